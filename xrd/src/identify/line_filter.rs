//! What line area the residual holds at every angle: a matched filter of the shape of one Bragg peak.
//!
//! At each grid angle t the area A of a peak with all its emission lines is estimated by weighted least squares,
//! `A = Σ Φ r / v / Σ Φ² / v`, `σ² = 1 / Σ Φ² / v`, with the variance v of noise and model error.

use doublet_common::fit::WindowedColumn;
use doublet_common::lineshape::{BaseShape, Columns, Shape};
use doublet_common::vector::{add_scaled, dot};

use crate::profile::bragg_lines;
use crate::radiation::Radiation;

/// Window on either side of each emission line, in FWHM.
const REACH_FWHM: f64 = 1.5;
/// Emission lines further than this from the reference line in wavelength have peaks of their own.
const NEAR_WAVELENGTH: f64 = 0.02;

/// Filter for one pattern.
pub(crate) struct LineFilter {
    start: f64,
    step: f64,
    templates: Vec<WindowedColumn>,
}

/// Points of a [`SineMap`] per step of the data.
const POINTS_PER_STEP: usize = 2;

/// Areas and their σ on an even grid of sin θ.
pub(crate) struct SineMap {
    start: f64,
    per_step: f64,
    values: Vec<(f64, f64)>,
}

/// Areas and their σ on the grid of the filter.
pub(crate) struct LineAreas {
    start: f64,
    step: f64,
    values: Vec<(f64, f64)>,
}

impl LineFilter {
    /// Templates on an even grid over `x`; `widths` gives Gaussian and Lorentzian FWHM at an angle.
    ///
    /// # Errors
    /// Widths that make no shape.
    pub(crate) fn new(
        x: &[f64],
        radiation: &Radiation,
        widths: impl Fn(f64) -> [f64; 2],
    ) -> doublet_common::Result<Self> {
        let (Some(&start), Some(&end)) = (x.first(), x.last()) else {
            return Ok(Self { start: 0.0, step: 1.0, templates: Vec::new() });
        };
        let step = (end - start) / (x.len().max(2) - 1) as f64;
        let near = near_lines(radiation);
        let mut columns = Columns::default();
        let templates = (0..x.len())
            .map(|i| template(x, &near, start + i as f64 * step, &widths, &mut columns))
            .collect::<doublet_common::Result<_>>()?;
        Ok(Self { start, step, templates })
    }

    /// Areas in a residual of this variance.
    pub(crate) fn areas(&self, residual: &[f64], variance: &[f64]) -> LineAreas {
        let weights: Vec<f64> = variance.iter().map(|v| v.recip()).collect();
        let weighted: Vec<f64> = residual.iter().zip(&weights).map(|(r, w)| r * w).collect();
        let area = |template: &WindowedColumn| {
            let score = dot(&template.values, &weighted[template.first..]);
            let information: f64 = template.values.iter().zip(&weights[template.first..]).map(|(s, w)| s * s * w).sum();
            if information > 0.0 { (score / information, information.sqrt().recip()) } else { (0.0, f64::INFINITY) }
        };
        let values = self.templates.iter().map(area).collect();
        LineAreas { start: self.start, step: self.step, values }
    }
}

impl LineAreas {
    /// No data.
    pub(crate) fn none() -> Self {
        Self { start: 0.0, step: 1.0, values: Vec::new() }
    }

    /// Area and σ at an angle, between grid points linearly; none outside the data.
    pub(crate) fn at(&self, two_theta_deg: f64) -> Option<(f64, f64)> {
        let position = (two_theta_deg - self.start) / self.step;
        if !(position >= 0.0 && position < self.values.len() as f64) {
            return None;
        }
        let (index, fraction) = (position as usize, position.fract());
        let a = self.values.get(index)?;
        let b = self.values.get(index + 1).unwrap_or(a);
        Some((a.0 + fraction * (b.0 - a.0), a.1.max(b.1)))
    }
}

impl LineAreas {
    /// At every grid angle the largest area within `reach_deg` of it, with its σ.
    pub(crate) fn widened(&self, reach_deg: impl Fn(f64) -> f64) -> Self {
        let n = self.values.len();
        let largest = |i: usize| {
            let reach = (reach_deg(self.start + i as f64 * self.step) / self.step).round().max(0.0) as usize;
            let around = &self.values[i.saturating_sub(reach)..(i + reach + 1).min(n)];
            around.iter().copied().reduce(|a, b| if b.0 > a.0 { b } else { a }).unwrap_or((0.0, f64::INFINITY))
        };
        Self { start: self.start, step: self.step, values: (0..n).map(largest).collect() }
    }

    /// The areas over sin θ of the undisplaced line: what is asked most often is then asked without a trigonometric function.
    pub(crate) fn over_sine(&self, displacement_deg: f64) -> SineMap {
        let end = self.start + self.step * self.values.len() as f64;
        let sine = |two_theta: f64| (0.5 * two_theta).clamp(0.0, 90.0).to_radians().sin();
        let start = sine(self.start - displacement_deg.abs());
        let points = POINTS_PER_STEP * self.values.len().max(1);
        let step = (sine(end + displacement_deg.abs()) - start) / points as f64;
        let values = (0..points)
            .map(|i| {
                let theta = (start + (i as f64 + 0.5) * step).min(1.0).asin();
                self.at(2.0 * theta.to_degrees() + displacement_deg * theta.cos()).unwrap_or((0.0, f64::INFINITY))
            })
            .collect();
        SineMap { start, per_step: step.recip(), values }
    }
}

impl SineMap {
    /// Area and σ; none outside the data.
    pub(crate) fn at(&self, sine: f64) -> Option<(f64, f64)> {
        let position = (sine - self.start) * self.per_step;
        if position < 0.0 {
            return None;
        }
        self.values.get(position as usize).copied().filter(|(_, sigma)| sigma.is_finite())
    }
}

/// The radiation without lines so far off that they are peaks of their own.
fn near_lines(radiation: &Radiation) -> Radiation {
    let reference = radiation.reference_wavelength_angstrom();
    let mut near = radiation.clone();
    near.lines.retain(|line| (line.wavelength_angstrom / reference - 1.0).abs() < NEAR_WAVELENGTH);
    near
}

fn template(
    x: &[f64],
    radiation: &Radiation,
    two_theta_deg: f64,
    widths: &impl Fn(f64) -> [f64; 2],
    columns: &mut Columns,
) -> doublet_common::Result<WindowedColumn> {
    let shape = BaseShape::Tch.symmetric().with(&widths(two_theta_deg))?;
    let reach = REACH_FWHM * shape.fwhm().value;
    let lines: Vec<_> = bragg_lines(radiation, two_theta_deg).collect();
    let first = lines.iter().map(|l| l.two_theta_deg).fold(f64::INFINITY, f64::min) - reach;
    let last = lines.iter().map(|l| l.two_theta_deg).fold(f64::NEG_INFINITY, f64::max) + reach;
    let points = x.partition_point(|x| *x < first)..x.partition_point(|x| *x <= last);
    let mut template = WindowedColumn { first: points.start, values: vec![0.0; points.len()] };
    for line in &lines {
        shape.columns(&x[points.clone()], line.two_theta_deg, columns);
        add_scaled(line.share, &columns.value, &mut template.values);
    }
    Ok(template)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::radiation::Anode;
    use doublet_common::lineshape::Tch;

    /// Truth: closed form; a noiseless peak of area 7 must come out as 7 wherever it stands.
    #[test]
    fn finds_the_area_of_a_peak() {
        let radiation = Radiation::k_alpha(Anode::Cu);
        let x: Vec<f64> = (0..2000).map(|i| 20.0 + 0.02 * f64::from(i)).collect();
        let widths = |_: f64| [0.08, 0.04];
        let shape = Tch::new(0.08, 0.04).unwrap();
        let mut y = vec![0.0; x.len()];
        for centre in [24.0, 55.0] {
            for line in bragg_lines(&radiation, centre) {
                for (y, x) in y.iter_mut().zip(&x) {
                    *y += 7.0 * line.share * shape.at(x - line.two_theta_deg).value;
                }
            }
        }
        let areas = LineFilter::new(&x, &radiation, widths).unwrap().areas(&y, &vec![1.0; x.len()]);
        for centre in [24.0, 55.0] {
            assert!((areas.at(centre).unwrap().0 - 7.0).abs() < 0.01, "{:?}", areas.at(centre));
        }
        assert!(areas.at(40.0).unwrap().0.abs() < 0.05 && areas.at(10.0).is_none());
    }
}
