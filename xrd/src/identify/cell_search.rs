//! Where within its tolerance a candidate's cell fits the residual, found before any refinement.
//!
//! For a trial cell every strong line has an observed area A ± σ at its position. With scale S and calculated area S·I,
//! the gain in χ² is taken one-sidedly: a line may be stronger than calculated (another phase may lie on it), but it must
//! not be weaker,
//!
//! ```text
//! gain = Σ (2 e S I − (S I)²) / (σ² + τ² (S I)²),   e = min(A, S I)
//! ```
//!
//! so that no line counts for more than 1/τ² however strong it is (τ: error of calculated intensities by texture and
//! grain statistics), and a missing strong line costs as much as a found one brings.

use nalgebra::Matrix3;

use crate::radiation::Radiation;
use crate::structure::inverse_d_squared;

use super::line_filter::LineAreas;
use super::prepared::Prepared;

/// Error of a calculated intensity relative to itself.
const INTENSITY_ERROR: f64 = 0.25;
/// Lines used, and the weakest of them relative to the strongest.
const MOST_LINES: usize = 30;
const WEAKEST: f64 = 0.03;
/// Lines whose area may set the scale.
const SCALE_LINES: usize = 6;
/// Most steps along one cell parameter, to either side.
const MOST_STEPS: usize = 40;
/// Step along a cell parameter: shift of a line in FWHM.
const STEP_FWHM: f64 = 0.45;
/// Full grids up to this many free parameters; beyond, one parameter at a time.
const GRID_PARAMETERS: usize = 2;
/// Displacements tried to either side of zero, where displacement is not yet known.
const DISPLACEMENT_STEPS: i32 = 3;
/// Cost of a cell parameter at the end of its tolerance: among equals the published cell wins.
const COST_AT_TOLERANCE: f64 = 3.0;

/// A cell that explains something.
#[derive(Debug, Clone)]
pub(crate) struct Hypothesis {
    /// Free cell parameters.
    pub(crate) cell: Vec<f64>,
    /// Displacement at which it was found.
    pub(crate) displacement_deg: f64,
    /// Area of the strongest line.
    pub(crate) scale: f64,
    /// Gain, see the module.
    pub(crate) gain: f64,
}

/// What a search needs beside the candidate.
pub(crate) struct Search<'a> {
    pub(crate) areas: &'a LineAreas,
    pub(crate) radiation: &'a Radiation,
    pub(crate) range_deg: (f64, f64),
    pub(crate) cell_tolerance: f64,
    /// Displacement so far, and how far it may still be from that.
    pub(crate) displacement_deg: f64,
    pub(crate) displacement_room_deg: f64,
    /// Width of a line at an angle.
    pub(crate) fwhm_deg: &'a (dyn Fn(f64) -> f64 + Sync),
}

struct StrongLine {
    hkl: [i32; 3],
    intensity: f64,
}

impl Search<'_> {
    /// Best cell of a candidate; none if it has no line in the range.
    pub(crate) fn best(&self, prepared: &Prepared<'_>) -> Option<Hypothesis> {
        let lines = self.strong_lines(prepared);
        if lines.is_empty() {
            return None;
        }
        let reference = prepared.reference_cell();
        let room = prepared.cell_room(self.cell_tolerance);
        let steps = self.steps(prepared, &reference, &room, &lines);
        let mut best: Option<Hypothesis> = None;
        for displacement in self.displacements() {
            let found = if reference.len() <= GRID_PARAMETERS {
                self.grid(prepared, &lines, &reference, &room, &steps, displacement)
            } else {
                self.one_by_one(prepared, &lines, &reference, &room, &steps, displacement)
            };
            if found.gain > best.as_ref().map_or(f64::NEG_INFINITY, |b| b.gain) {
                best = Some(found);
            }
        }
        best
    }

    /// Gain of a given cell.
    pub(crate) fn at(&self, prepared: &Prepared<'_>, cell: &[f64], displacement_deg: f64) -> Option<Hypothesis> {
        let lines = self.strong_lines(prepared);
        (!lines.is_empty()).then(|| {
            let zero = vec![0.0; cell.len()];
            self.try_cell(prepared, &lines, cell, &zero, &zero, displacement_deg)
        })
    }

    /// Number of cells within the tolerance that differ by more than a line's width.
    pub(crate) fn cells(&self, prepared: &Prepared<'_>) -> f64 {
        let reference = prepared.reference_cell();
        let room = prepared.cell_room(self.cell_tolerance);
        let steps = self.steps(prepared, &reference, &room, &self.strong_lines(prepared));
        let independent = |(room, step): (&f64, &f64)| (2.0 * room * STEP_FWHM / step).max(1.0);
        room.iter().zip(&steps).map(independent).product()
    }

    fn displacements(&self) -> Vec<f64> {
        if self.displacement_room_deg <= 0.0 {
            return vec![self.displacement_deg];
        }
        let step = self.displacement_room_deg / f64::from(DISPLACEMENT_STEPS);
        (-DISPLACEMENT_STEPS..=DISPLACEMENT_STEPS).map(|k| self.displacement_deg + f64::from(k) * step).collect()
    }

    fn strong_lines(&self, prepared: &Prepared<'_>) -> Vec<StrongLine> {
        let (low, high) = self.range_deg;
        let places = prepared.places(&prepared.reference_cell(), self.radiation);
        let mut lines: Vec<StrongLine> = prepared
            .pattern
            .reflections
            .iter()
            .zip(places)
            .filter_map(|(reflection, place)| {
                let place = place.filter(|p| (low..=high).contains(&p.two_theta_deg) && p.intensity >= WEAKEST)?;
                Some(StrongLine { hkl: reflection.hkl, intensity: place.intensity })
            })
            .collect();
        lines.sort_by(|a, b| b.intensity.total_cmp(&a.intensity));
        lines.truncate(MOST_LINES);
        lines
    }

    /// Step of each parameter: that which moves the most sensitive of the strongest lines by a part of its width.
    fn steps(&self, prepared: &Prepared<'_>, cell: &[f64], room: &[f64], lines: &[StrongLine]) -> Vec<f64> {
        let positions = prepared.pattern.positions(cell, self.radiation.reference_wavelength_angstrom());
        let strongest: Vec<[i32; 3]> = lines.iter().take(MOST_LINES / 2).map(|line| line.hkl).collect();
        (0..cell.len())
            .map(|k| {
                let mut step = f64::INFINITY;
                for (i, reflection) in prepared.pattern.reflections.iter().enumerate() {
                    if let (true, Some(t)) = (strongest.contains(&reflection.hkl), positions.two_theta_deg[i]) {
                        let slope = positions.derivatives[i * cell.len() + k].abs();
                        if slope > 0.0 {
                            step = step.min(STEP_FWHM * (self.fwhm_deg)(t) / slope);
                        }
                    }
                }
                step.max(room[k] / MOST_STEPS as f64).min(room[k].max(f64::MIN_POSITIVE))
            })
            .collect()
    }

    fn grid(
        &self,
        prepared: &Prepared<'_>,
        lines: &[StrongLine],
        reference: &[f64],
        room: &[f64],
        steps: &[f64],
        displacement: f64,
    ) -> Hypothesis {
        let axis = |k: usize| -> Vec<f64> {
            let n = (room[k] / steps[k]).floor() as i32;
            (-n..=n).map(|i| reference[k] + f64::from(i) * steps[k]).collect()
        };
        let mut best = self.try_cell(prepared, lines, reference, reference, room, displacement);
        let second = if reference.len() > 1 { axis(1) } else { vec![0.0] };
        for a in axis(0) {
            for b in &second {
                let cell: Vec<f64> = [a, *b].into_iter().take(reference.len()).collect();
                best = better(best, self.try_cell(prepared, lines, &cell, reference, room, displacement));
            }
        }
        best
    }

    /// Lengths together first, then one parameter after the other, twice.
    fn one_by_one(
        &self,
        prepared: &Prepared<'_>,
        lines: &[StrongLine],
        reference: &[f64],
        room: &[f64],
        steps: &[f64],
        displacement: f64,
    ) -> Hypothesis {
        let lengths: Vec<bool> = prepared.pattern.cell_parameters.free.iter().map(|p| p.name.len() == 1).collect();
        let mut starts: Vec<Hypothesis> = (-(MOST_STEPS as i32)..=MOST_STEPS as i32)
            .map(|i| {
                let fraction = f64::from(i) / MOST_STEPS as f64;
                let cell: Vec<f64> = (0..reference.len())
                    .map(|k| reference[k] + if lengths[k] { fraction * room[k] } else { 0.0 })
                    .collect();
                self.try_cell(prepared, lines, &cell, reference, room, displacement)
            })
            .collect();
        starts.sort_by(|a, b| b.gain.total_cmp(&a.gain));
        starts.truncate(3);
        starts
            .into_iter()
            .map(|start| {
                let mut best = start;
                for k in (0..reference.len()).chain(0..reference.len()) {
                    let n = (room[k] / steps[k]).floor() as i32;
                    let origin = best.cell.clone();
                    for i in -n..=n {
                        let mut cell = origin.clone();
                        cell[k] = reference[k] + f64::from(i) * steps[k];
                        best = better(best, self.try_cell(prepared, lines, &cell, reference, room, displacement));
                    }
                }
                best
            })
            .reduce(better)
            .unwrap_or_else(|| self.try_cell(prepared, lines, reference, reference, room, displacement))
    }

    fn try_cell(
        &self,
        prepared: &Prepared<'_>,
        lines: &[StrongLine],
        cell: &[f64],
        reference: &[f64],
        room: &[f64],
        displacement_deg: f64,
    ) -> Hypothesis {
        let metric: Matrix3<f64> = prepared.pattern.cell_parameters.cell(cell).reciprocal_metric();
        let wavelength = self.radiation.reference_wavelength_angstrom();
        let mut seen = [(0.0, 0.0, 0.0); MOST_LINES];
        let mut n = 0;
        for line in lines {
            let sine = 0.5 * wavelength * inverse_d_squared(&metric, line.hkl).max(0.0).sqrt();
            if sine >= 1.0 {
                continue;
            }
            let theta = sine.asin();
            let position = 2.0 * theta.to_degrees() + displacement_deg * theta.cos();
            if let Some((area, sigma)) = self.areas.at(position) {
                seen[n] = (area, sigma, line.intensity);
                n += 1;
            }
        }
        let (gain, scale) = best_scale(&seen[..n]);
        let cost: f64 = cell
            .iter()
            .zip(reference)
            .zip(room)
            .map(|((c, r), room)| if *room > 0.0 { COST_AT_TOLERANCE * ((c - r) / room).powi(2) } else { 0.0 })
            .sum();
        Hypothesis { cell: cell.to_vec(), displacement_deg, scale, gain: gain - cost }
    }
}

fn better(a: Hypothesis, b: Hypothesis) -> Hypothesis {
    if b.gain > a.gain { b } else { a }
}

/// Scale of largest gain among those that one of the first lines asks for; lines are (A, σ, I).
fn best_scale(lines: &[(f64, f64, f64)]) -> (f64, f64) {
    let mut best = (0.0, 0.0);
    for (area, sigma, intensity) in lines.iter().take(SCALE_LINES) {
        if *area > 2.0 * sigma {
            let scale = area / intensity;
            let gain = gain(lines, scale);
            if gain > best.0 {
                best = (gain, scale);
            }
        }
    }
    best
}

fn gain(lines: &[(f64, f64, f64)], scale: f64) -> f64 {
    lines
        .iter()
        .map(|(area, sigma, intensity)| {
            let expected = scale * intensity;
            let explained = area.min(expected);
            (2.0 * explained * expected - expected * expected) / (sigma * sigma + (INTENSITY_ERROR * expected).powi(2))
        })
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Truth: closed form; found lines bring at most 1/τ² each, missing ones cost as much, stronger ones cost nothing.
    #[test]
    fn the_gain_is_one_sided() {
        let strong = 1e6;
        let cap = INTENSITY_ERROR.powi(-2);
        assert!((gain(&[(strong, 1.0, 1.0)], strong) - cap).abs() < 1e-3);
        assert!((gain(&[(0.0, 1.0, 1.0)], strong) + cap).abs() < 1e-3);
        assert!((gain(&[(5.0 * strong, 1.0, 1.0)], strong) - cap).abs() < 1e-3);
        let (gain, scale) = best_scale(&[(100.0, 1.0, 1.0), (50.0, 1.0, 0.5), (500.0, 1.0, 0.4)]);
        assert!(scale == 100.0 && gain > 2.9 * cap, "{gain} {scale}");
        assert_eq!(best_scale(&[(1.0, 1.0, 1.0)]), (0.0, 0.0));
    }
}
