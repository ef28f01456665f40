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
//!
//! The tolerance is swept in steps of about a line's width, with areas widened by half of that (the largest within reach
//! counts); the best places are then narrowed down with the areas as they are.

use crate::radiation::Radiation;

use super::line_filter::{LineAreas, SineMap};
use super::prepared::Prepared;

/// Error of a calculated intensity relative to itself.
const INTENSITY_ERROR: f64 = 0.25;
/// Lines used, and the weakest of them relative to the strongest.
const MOST_LINES: usize = 24;
const WEAKEST: f64 = 0.03;
/// Lines whose area may set the scale.
const SCALE_LINES: usize = 5;
/// Lines whose shift sets the step of the sweep.
const STEP_LINES: usize = 8;
/// Most steps along one cell parameter, to either side.
const MOST_STEPS: usize = 40;
/// Step of the sweep: shift of a line in FWHM. Areas are widened by half of it.
const STEP_FWHM: f64 = 0.9;
/// Full grids up to this many free parameters; beyond, one parameter at a time.
const GRID_PARAMETERS: usize = 2;
/// Most displacements tried to either side of zero, where displacement is not yet known.
const DISPLACEMENT_STEPS: i32 = 4;
/// Places of the sweep that are narrowed down, and how often their step is halved.
const STARTS: usize = 4;
const HALVINGS: usize = 4;
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

/// A search in one residual for any number of candidates.
pub(crate) struct Search<'a> {
    areas: LineAreas,
    radiation: &'a Radiation,
    range_deg: (f64, f64),
    cell_tolerance: f64,
    displacement_deg: f64,
    displacement_room_deg: f64,
    fwhm_deg: Box<dyn Fn(f64) -> f64 + Sync + 'a>,
    /// Displacements of the sweep, with the widened areas over sin θ.
    sweeps: Vec<(f64, SineMap)>,
}

/// Where and how a search is made.
pub(crate) struct Terms<'a> {
    pub(crate) radiation: &'a Radiation,
    pub(crate) range_deg: (f64, f64),
    pub(crate) cell_tolerance: f64,
    /// Displacement so far, and how far it may still be from that.
    pub(crate) displacement_deg: f64,
    pub(crate) displacement_room_deg: f64,
    /// Width of a line at an angle.
    pub(crate) fwhm_deg: Box<dyn Fn(f64) -> f64 + Sync + 'a>,
}

/// A strong line: the factors of the six elements of the reciprocal metric in its 1/d², and its intensity.
struct StrongLine {
    factors: [f64; 6],
    intensity: f64,
}

/// What a search knows of one candidate.
struct Subject<'p> {
    prepared: &'p Prepared<'p>,
    lines: Vec<StrongLine>,
    reference: Vec<f64>,
    room: Vec<f64>,
    steps: Vec<f64>,
}

impl<'a> Search<'a> {
    /// A search in these areas.
    pub(crate) fn new(areas: LineAreas, terms: Terms<'a>) -> Self {
        let Terms { radiation, range_deg, cell_tolerance, displacement_deg, displacement_room_deg, fwhm_deg } = terms;
        let middle = fwhm_deg(0.5 * (range_deg.0 + range_deg.1).min(90.0)).max(1e-3);
        let n = ((displacement_room_deg / (STEP_FWHM * middle)).round() as i32).clamp(0, DISPLACEMENT_STEPS);
        let step = if n > 0 { displacement_room_deg / f64::from(n) } else { 0.0 };
        let widened = areas.widened(|t| 0.5 * STEP_FWHM * fwhm_deg(t));
        let sweeps = (-n..=n)
            .map(|k| displacement_deg + f64::from(k) * step)
            .map(|displacement| (displacement, widened.over_sine(displacement)))
            .collect();
        Self { areas, radiation, range_deg, cell_tolerance, displacement_deg, displacement_room_deg, fwhm_deg, sweeps }
    }

    /// Best cell of a candidate; none if it has no line in the range, or none that could be there.
    pub(crate) fn best(&self, prepared: &Prepared<'_>) -> Option<Hypothesis> {
        let subject = self.subject(prepared)?;
        let mut starts: Vec<Hypothesis> = self.sweeps.iter().flat_map(|sweep| self.sweep(&subject, sweep)).collect();
        starts.sort_by(|a, b| b.gain.total_cmp(&a.gain));
        starts.truncate(STARTS);
        starts.retain(|start| start.gain > 0.0);
        starts.into_iter().map(|start| self.narrow(&subject, start)).reduce(better)
    }

    /// Gain of a given cell.
    pub(crate) fn at(&self, prepared: &Prepared<'_>, cell: &[f64], displacement_deg: f64) -> Option<Hypothesis> {
        let subject = self.subject(prepared)?;
        Some(self.exact(&subject, cell, displacement_deg))
    }

    /// Number of cells within the tolerance that differ by about a line's width.
    pub(crate) fn cells(&self, prepared: &Prepared<'_>) -> f64 {
        let Some(subject) = self.subject(prepared) else { return 1.0 };
        let independent = |(room, step): (&f64, &f64)| (2.0 * room / step).max(1.0);
        subject.room.iter().zip(&subject.steps).map(independent).product()
    }

    fn subject<'p>(&self, prepared: &'p Prepared<'p>) -> Option<Subject<'p>> {
        let (low, high) = self.range_deg;
        let reference = prepared.reference_cell();
        let room = prepared.cell_room(self.cell_tolerance);
        let wavelength = self.radiation.reference_wavelength_angstrom();
        let positions = prepared.pattern.positions(&reference, wavelength);
        let places = prepared.places(&reference, self.radiation);
        let mut strong: Vec<(usize, f64, f64)> = places
            .iter()
            .enumerate()
            .filter_map(|(i, place)| Some((i, place.as_ref()?)))
            .filter(|(_, p)| (low..=high).contains(&p.two_theta_deg) && p.intensity >= WEAKEST)
            .map(|(i, p)| (i, p.intensity, p.two_theta_deg))
            .collect();
        strong.sort_by(|a, b| b.1.total_cmp(&a.1));
        strong.truncate(MOST_LINES);
        if strong.is_empty() {
            return None;
        }
        let step = |k: usize| {
            let shift = |(i, _, t): &(usize, f64, f64)| {
                let slope = positions.derivatives[i * reference.len() + k].abs();
                if slope > 0.0 { STEP_FWHM * (self.fwhm_deg)(*t) / slope } else { f64::INFINITY }
            };
            let finest = strong.iter().take(STEP_LINES).map(shift).fold(f64::INFINITY, f64::min);
            finest.max(room[k] / MOST_STEPS as f64).min(room[k].max(f64::MIN_POSITIVE))
        };
        let steps = (0..reference.len()).map(step).collect();
        let lines = strong
            .iter()
            .map(|(i, intensity, _)| StrongLine {
                factors: factors(prepared.pattern.reflections[*i].hkl),
                intensity: *intensity,
            })
            .collect();
        Some(Subject { prepared, lines, reference, room, steps })
    }

    /// The best cells of one sweep.
    fn sweep(&self, subject: &Subject<'_>, sweep: &(f64, SineMap)) -> Vec<Hypothesis> {
        if subject.reference.len() > GRID_PARAMETERS {
            return self.one_by_one(subject, sweep);
        }
        let second = if subject.reference.len() > 1 { subject.axis(1) } else { vec![0.0] };
        let row = |a: &f64| -> Option<Hypothesis> {
            let cell = |b: &f64| -> Vec<f64> { [*a, *b].into_iter().take(subject.reference.len()).collect() };
            second.iter().map(|b| self.coarse(subject, &cell(b), sweep)).reduce(better)
        };
        let mut rows: Vec<Hypothesis> = subject.axis(0).iter().filter_map(row).collect();
        rows.sort_by(|a, b| b.gain.total_cmp(&a.gain));
        rows.truncate(STARTS);
        rows
    }

    /// Lengths together first, then one parameter after the other, twice.
    fn one_by_one(&self, subject: &Subject<'_>, sweep: &(f64, SineMap)) -> Vec<Hypothesis> {
        let parameters = &subject.prepared.pattern.cell_parameters.free;
        let lengths: Vec<bool> = parameters.iter().map(|p| p.name.len() == 1).collect();
        let n = subject.reference.len();
        let mut starts: Vec<Hypothesis> = (-(MOST_STEPS as i32)..=MOST_STEPS as i32)
            .map(|i| {
                let fraction = f64::from(i) / MOST_STEPS as f64;
                let moved = |k: usize| if lengths[k] { fraction * subject.room[k] } else { 0.0 };
                let cell: Vec<f64> = (0..n).map(|k| subject.reference[k] + moved(k)).collect();
                self.coarse(subject, &cell, sweep)
            })
            .collect();
        starts.sort_by(|a, b| b.gain.total_cmp(&a.gain));
        starts.truncate(STARTS);
        for best in &mut starts {
            for k in (0..n).chain(0..n) {
                for value in subject.axis(k) {
                    let mut cell = best.cell.clone();
                    cell[k] = value;
                    let trial = self.coarse(subject, &cell, sweep);
                    if trial.gain > best.gain {
                        *best = trial;
                    }
                }
            }
        }
        starts
    }

    /// Narrows a place of the sweep down, by steps that are halved.
    fn narrow(&self, subject: &Subject<'_>, start: Hypothesis) -> Hypothesis {
        let mut best = self.exact(subject, &start.cell, start.displacement_deg);
        let n = subject.reference.len();
        let room = self.displacement_room_deg;
        for halving in 1..=HALVINGS {
            let part = 0.5f64.powi(halving as i32);
            let shift = part * STEP_FWHM * (self.fwhm_deg)(60.0);
            for k in (0..=n).chain(0..=n) {
                for sign in [-1.0, 1.0] {
                    let (mut cell, mut displacement) = (best.cell.clone(), best.displacement_deg);
                    if k == n {
                        let from = displacement + sign * shift.min(room) - self.displacement_deg;
                        displacement = self.displacement_deg + from.clamp(-room, room);
                    } else {
                        let (reference, room) = (subject.reference[k], subject.room[k]);
                        cell[k] = (cell[k] + sign * part * subject.steps[k]).clamp(reference - room, reference + room);
                    }
                    best = better(best, self.exact(subject, &cell, displacement));
                }
            }
        }
        best
    }

    fn coarse(&self, subject: &Subject<'_>, cell: &[f64], (displacement_deg, map): &(f64, SineMap)) -> Hypothesis {
        self.weigh(subject, cell, *displacement_deg, |sine| map.at(sine))
    }

    fn exact(&self, subject: &Subject<'_>, cell: &[f64], displacement_deg: f64) -> Hypothesis {
        self.weigh(subject, cell, displacement_deg, |sine| {
            let theta = sine.asin();
            self.areas.at(2.0 * theta.to_degrees() + displacement_deg * theta.cos())
        })
    }

    fn weigh(
        &self,
        subject: &Subject<'_>,
        cell: &[f64],
        displacement_deg: f64,
        area: impl Fn(f64) -> Option<(f64, f64)>,
    ) -> Hypothesis {
        let g = subject.prepared.pattern.cell_parameters.cell(cell).reciprocal_metric();
        let metric = [g[(0, 0)], g[(1, 1)], g[(2, 2)], g[(1, 2)], g[(0, 2)], g[(0, 1)]];
        let half_wavelength = 0.5 * self.radiation.reference_wavelength_angstrom();
        let mut seen = [(0.0, 0.0, 0.0); MOST_LINES];
        let mut n = 0;
        for line in &subject.lines {
            let q: f64 = line.factors.iter().zip(&metric).map(|(f, g)| f * g).sum();
            let sine = half_wavelength * q.max(0.0).sqrt();
            if let Some((area, sigma)) = (sine < 1.0).then(|| area(sine)).flatten() {
                seen[n] = (area, sigma, line.intensity);
                n += 1;
            }
        }
        let (gain, scale) = best_scale(&seen[..n]);
        Hypothesis { cell: cell.to_vec(), displacement_deg, scale, gain: gain - subject.cost(cell) }
    }
}

impl Subject<'_> {
    /// Values of one cell parameter in the sweep.
    fn axis(&self, k: usize) -> Vec<f64> {
        let n = (self.room[k] / self.steps[k]).floor() as i32;
        (-n..=n).map(|i| self.reference[k] + f64::from(i) * self.steps[k]).collect()
    }

    fn cost(&self, cell: &[f64]) -> f64 {
        let each = |((c, r), room): ((&f64, &f64), &f64)| if *room > 0.0 { ((c - r) / room).powi(2) } else { 0.0 };
        COST_AT_TOLERANCE * cell.iter().zip(&self.reference).zip(&self.room).map(each).sum::<f64>()
    }
}

fn factors(hkl: [i32; 3]) -> [f64; 6] {
    let [h, k, l] = hkl.map(f64::from);
    [h * h, k * k, l * l, 2.0 * k * l, 2.0 * h * l, 2.0 * h * k]
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
