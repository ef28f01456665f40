//! Behaviour of the engine as a whole, on models of peaks with analytic derivatives.

use std::ops::Range;

mod refusals;
mod solution;
mod uncertainty;

use super::*;
use crate::error::{Error, Result};

/// Gaussian peaks (area, centre, σ-width each) of unit spacing on a constant background (last parameter), each peak
/// cut to a window of ±8 widths at most `reach` points.
pub(super) struct Peaks {
    pub(super) points: usize,
    pub(super) peaks: usize,
    pub(super) reach: usize,
}

impl Peaks {
    fn window(&self, centre: f64) -> Range<usize> {
        let centre = centre.clamp(0.0, self.points as f64) as usize;
        centre.saturating_sub(self.reach)..(centre + self.reach).min(self.points)
    }
}

impl Model for Peaks {
    fn observations(&self) -> usize {
        self.points
    }

    fn evaluate(&self, p: &[f64], values: &mut [f64], mut jacobian: Option<&mut Jacobian>) -> Result<()> {
        let background = p[3 * self.peaks];
        values.fill(background);
        if let Some(j) = &mut jacobian {
            j.window(3 * self.peaks, 0..self.points).fill(1.0);
        }
        for (k, peak) in p[..3 * self.peaks].chunks(3).enumerate() {
            let (area, centre, width) = (peak[0], peak[1], peak[2]);
            if width <= 0.0 {
                return Err(Error::Fit(format!("width {width}, expected more than 0")));
            }
            let window = self.window(centre);
            if let Some(j) = &mut jacobian {
                (0..3).for_each(|m| _ = j.window(3 * k + m, window.clone()));
            }
            let norm = 1.0 / (width * (2.0 * std::f64::consts::PI).sqrt());
            for (m, i) in window.enumerate() {
                let z = (i as f64 - centre) / width;
                let shape = norm * (-0.5 * z * z).exp();
                values[i] += area * shape;
                if let Some(j) = &mut jacobian {
                    j.columns[3 * k].values[m] = shape;
                    j.columns[3 * k + 1].values[m] = area * shape * z / width;
                    j.columns[3 * k + 2].values[m] = area * shape * (z * z - 1.0) / width;
                }
            }
        }
        Ok(())
    }
}

pub(super) const ONE: Peaks = Peaks { points: 60, peaks: 1, reach: 60 };
pub(super) const TWO: Peaks = Peaks { points: 80, peaks: 2, reach: 80 };

/// One peak on 60 points.
pub(super) fn one_peak(area: f64, centre: f64, width: f64, background: f64) -> Parameters {
    let mut set = Parameters::new();
    set.bounded("area", area, 0.0, f64::INFINITY);
    set.free("centre", centre);
    // No peak is narrower than the spacing of the points: such a one could hide between them.
    set.bounded("width", width, 1.0, 30.0);
    set.free("background", background);
    set
}

pub(super) fn values(model: &Peaks, p: &[f64]) -> Vec<f64> {
    let mut out = vec![0.0; model.points];
    model.evaluate(p, &mut out, None).unwrap();
    out
}

pub(super) fn id(set: &Parameters, name: &str) -> ParameterId {
    set.find(name).unwrap()
}
