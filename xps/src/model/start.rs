//! Starting values from the data, given only which states are expected and roughly where.
//!
//! For given positions and one width, areas and background enter linearly; so a grid over a common displacement and a width
//! is searched, each point solved as a linear problem with areas that may not be negative (projected Gauss–Seidel on the
//! normal equations), and then the position of each state is tried alone. Lines are pseudo-Voigt functions of the Voigt's width
//! and shape (Thompson, Cox & Hastings, J. Appl. Cryst. 20 (1987) 79): a hundredth off, and near enough to start from. The Shirley or Tougaard losses are estimated
//! from the data above their lowest point, which is near enough to start from.

use crate::background::ActiveBackground;

/// One state to be sought.
#[derive(Debug, Clone)]
pub(super) struct Sought {
    /// Expected position of the stronger line on the measured axis, in eV.
    pub(super) expected_ev: f64,
    /// How far from there it may lie, in eV.
    pub(super) tolerance_ev: f64,
    /// Offset and relative area of the weaker line.
    pub(super) partner: Option<(f64, f64)>,
    /// Lorentzian width in eV.
    pub(super) lorentzian_ev: f64,
    /// Whether the position is already decided by a tie or by the recipe, relative to nothing in this region.
    pub(super) stays: bool,
}

/// What the search found.
#[derive(Debug, Clone)]
pub(super) struct Start {
    /// Area of the stronger line of each state.
    pub(super) areas: Vec<f64>,
    /// Position of the stronger line of each state, in eV.
    pub(super) positions_ev: Vec<f64>,
    /// Gaussian width in eV.
    pub(super) gaussian_ev: f64,
    /// Coefficients of the basis curves.
    pub(super) bases: Vec<f64>,
    /// Amplitude of the losses.
    pub(super) loss: f64,
}

/// Gaussian widths that are tried, in eV: laboratory spectrometers and oxides.
const WIDTHS_EV: [f64; 7] = [0.5, 0.75, 1.0, 1.3, 1.7, 2.3, 3.2];
/// Steps of the common displacement on each side.
const STEPS: i32 = 10;
/// Largest common displacement in eV.
const MAX_DISPLACEMENT_EV: f64 = 1.5;
/// Sweeps of the projected Gauss–Seidel iteration.
const SWEEPS: usize = 60;

pub(super) fn search(
    energy_ev: &[f64],
    intensity: &[f64],
    sigma: &[f64],
    states: &[Sought],
    background: &ActiveBackground,
) -> Start {
    // What was decided before is no part of the search.
    let above: Option<Vec<f64>> =
        background.fixed.as_ref().map(|fixed| intensity.iter().zip(fixed).map(|(y, b)| y - b).collect());
    let intensity = above.as_deref().unwrap_or(intensity);
    let fixed = fixed_columns(intensity, background);
    let weights: Vec<f64> = sigma.iter().map(|s| 1.0 / (s * s)).collect();
    let weights = weights.as_slice();
    let problem =
        Problem { energy_ev, intensity, weights, states, fixed: &fixed, free_columns: background.bases.len() };
    let expected: Vec<f64> = states.iter().map(|s| s.expected_ev).collect();
    let mut best = Trial { cost: f64::INFINITY, positions: expected.clone(), width: 1.0, solution: Vec::new() };
    for width in WIDTHS_EV {
        for step in -STEPS..=STEPS {
            let move_ev = MAX_DISPLACEMENT_EV * f64::from(step) / f64::from(STEPS);
            let positions = states.iter().map(|s| s.moved(s.expected_ev + move_ev)).collect();
            problem.try_at(positions, width, &mut best);
        }
    }
    for _ in 0..2 {
        for index in 0..states.len() {
            for step in [-0.5, -0.25, -0.1, 0.1, 0.25, 0.5] {
                let mut positions = best.positions.clone();
                positions[index] = states[index].moved(positions[index] + step);
                let width = best.width;
                problem.try_at(positions, width, &mut best);
            }
        }
    }
    problem.start(best, background)
}

/// Basis curves and, where there are losses, those of the data above their lowest point.
fn fixed_columns(intensity: &[f64], background: &ActiveBackground) -> Vec<Vec<f64>> {
    let mut columns: Vec<Vec<f64>> = background.bases.iter().map(|(_, base)| base.clone()).collect();
    if let Some(loss) = &background.loss {
        let mut lost = vec![0.0; intensity.len()];
        loss.apply(&above_straight_line(intensity), &mut lost);
        columns.push(lost);
    }
    columns
}

/// The data above the straight line between their ends (means of the outer twentieths).
fn above_straight_line(intensity: &[f64]) -> Vec<f64> {
    let n = intensity.len();
    let edge = (n / 20).max(1);
    let mean = |part: &[f64]| part.iter().sum::<f64>() / part.len() as f64;
    let (low, high) = (mean(&intensity[..edge]), mean(&intensity[n - edge..]));
    let line = |i: usize| low + (high - low) * i as f64 / (n - 1).max(1) as f64;
    intensity.iter().enumerate().map(|(i, y)| (y - line(i)).max(0.0)).collect()
}

impl Sought {
    fn moved(&self, position_ev: f64) -> f64 {
        if self.stays {
            return self.expected_ev;
        }
        position_ev.clamp(self.expected_ev - 0.98 * self.tolerance_ev, self.expected_ev + 0.98 * self.tolerance_ev)
    }
}

/// Pseudo-Voigt function of unit area.
struct Line {
    fwhm: f64,
    /// Heights of the Lorentzian and the Gaussian part.
    heights: [f64; 2],
}

impl Line {
    fn new(gaussian: f64, lorentzian: f64) -> Self {
        use std::f64::consts::{LN_2, PI};
        let (g, l) = (gaussian, lorentzian);
        let fifth = g.powi(5)
            + 2.69269 * g.powi(4) * l
            + 2.42843 * g.powi(3) * l.powi(2)
            + 4.47163 * g.powi(2) * l.powi(3)
            + 0.07842 * g * l.powi(4)
            + l.powi(5);
        let fwhm = fifth.powf(0.2);
        let q = l / fwhm;
        let share = q * (1.36603 + q * (-0.47719 + q * 0.11116));
        Self { fwhm, heights: [share * 2.0 / (PI * fwhm), (1.0 - share) * 2.0 * (LN_2 / PI).sqrt() / fwhm] }
    }

    fn at(&self, offset: f64) -> f64 {
        let square = 4.0 * (offset / self.fwhm).powi(2);
        self.heights[0] / (1.0 + square) + self.heights[1] * (-std::f64::consts::LN_2 * square).exp()
    }
}

struct Trial {
    cost: f64,
    positions: Vec<f64>,
    width: f64,
    solution: Vec<f64>,
}

struct Problem<'a> {
    energy_ev: &'a [f64],
    intensity: &'a [f64],
    /// 1/σ².
    weights: &'a [f64],
    states: &'a [Sought],
    fixed: &'a [Vec<f64>],
    /// Leading fixed columns whose coefficients may be negative.
    free_columns: usize,
}

impl Problem<'_> {
    fn state_columns(&self, positions: &[f64], width: f64) -> Vec<Vec<f64>> {
        self.states
            .iter()
            .zip(positions)
            .map(|(state, position)| {
                let shape = Line::new(width, state.lorentzian_ev);
                let line = |energy: &f64| {
                    let partner =
                        state.partner.map_or(0.0, |(offset, ratio)| ratio * shape.at(energy - position - offset));
                    shape.at(energy - position) + partner
                };
                self.energy_ev.iter().map(line).collect()
            })
            .collect()
    }

    fn try_at(&self, positions: Vec<f64>, width: f64, best: &mut Trial) {
        let peaks = self.state_columns(&positions, width);
        let columns: Vec<&Vec<f64>> = self.fixed.iter().chain(&peaks).collect();
        let product =
            |a: &[f64], b: &[f64]| a.iter().zip(b).zip(self.weights).map(|((x, y), w)| x * y * w).sum::<f64>();
        let n = columns.len();
        let mut matrix = vec![0.0; n * n];
        let mut right = vec![0.0; n];
        for i in 0..n {
            for j in 0..=i {
                let value = product(columns[i], columns[j]);
                matrix[i * n + j] = value;
                matrix[j * n + i] = value;
            }
            right[i] = product(columns[i], self.intensity);
        }
        let solution = non_negative(&matrix, &right, self.free_columns);
        let quadratic: f64 = (0..n)
            .map(|i| solution[i] * ((0..n).map(|j| matrix[i * n + j] * solution[j]).sum::<f64>() - 2.0 * right[i]))
            .sum();
        if quadratic < best.cost {
            *best = Trial { cost: quadratic, positions, width, solution };
        }
    }

    fn start(&self, best: Trial, background: &ActiveBackground) -> Start {
        let fixed = self.fixed.len();
        let bases: Vec<f64> = best.solution.iter().copied().take(self.free_columns).collect();
        let areas: Vec<f64> = best.solution.iter().copied().skip(fixed).collect();
        let areas = if areas.len() == self.states.len() { areas } else { vec![0.0; self.states.len()] };
        let loss =
            background.loss.as_ref().zip(best.solution.get(self.free_columns)).map_or(0.0, |(operator, amplitude)| {
                // The same losses from the fitted lines.
                let mut signal = vec![0.0; self.energy_ev.len()];
                for (column, area) in self.state_columns(&best.positions, best.width).iter().zip(&areas) {
                    signal.iter_mut().zip(column).for_each(|(s, c)| *s += area * c);
                }
                let mut lost = vec![0.0; signal.len()];
                operator.apply(&signal, &mut lost);
                let (of_data, of_lines) = (self.fixed[self.free_columns].iter().sum::<f64>(), lost.iter().sum::<f64>());
                if of_lines > 0.0 { amplitude * of_data / of_lines } else { 0.0 }
            });
        Start { areas, positions_ev: best.positions, gaussian_ev: best.width, bases, loss }
    }
}

/// Minimum of `½ xᵀMx − bᵀx` with all but the first `free` coordinates at least zero.
fn non_negative(matrix: &[f64], right: &[f64], free: usize) -> Vec<f64> {
    let n = right.len();
    let mut x = vec![0.0; n];
    for _ in 0..SWEEPS {
        for i in 0..n {
            let diagonal = matrix[i * n + i];
            if diagonal <= 0.0 {
                continue;
            }
            let rest: f64 = (0..n).filter(|j| *j != i).map(|j| matrix[i * n + j] * x[j]).sum();
            let value = (right[i] - rest) / diagonal;
            x[i] = if i < free { value } else { value.max(0.0) };
        }
    }
    x
}

#[cfg(test)]
mod tests {
    use doublet_common::lineshape::{Shape as _, Voigt};

    use super::*;

    #[test]
    fn a_shifted_pair_of_doublets_is_found() {
        // Truth: the curve itself, two Bi 4f doublets moved by 0.4 eV from where they are expected, on a Shirley step.
        let energy: Vec<f64> = (0..201).map(|i| 152.0 + 0.1 * f64::from(i)).collect();
        let background = ActiveBackground::shirley(&energy);
        let shape = Voigt::new(1.1, 0.2).unwrap();
        let doublet = |e: f64, at: f64| shape.at(e - at).value + 0.75 * shape.at(e - at - 5.31).value;
        let signal: Vec<f64> =
            energy.iter().map(|e| 5000.0 * doublet(*e, 159.1) + 1500.0 * doublet(*e, 157.3)).collect();
        let mut lost = vec![0.0; 201];
        background.loss.as_ref().unwrap().apply(&signal, &mut lost);
        let y: Vec<f64> = signal.iter().zip(&lost).map(|(s, l)| 300.0 + s + 0.02 * l).collect();
        let sigma: Vec<f64> = y.iter().map(|v| v.sqrt()).collect();
        let sought = |expected_ev| Sought {
            expected_ev,
            tolerance_ev: 1.5,
            partner: Some((5.31, 0.75)),
            lorentzian_ev: 0.2,
            stays: false,
        };
        let start = search(&energy, &y, &sigma, &[sought(158.7), sought(156.9)], &background);
        assert!((start.positions_ev[0] - 159.1).abs() < 0.15, "{start:?}");
        assert!((start.positions_ev[1] - 157.3).abs() < 0.3, "{start:?}");
        assert!((start.areas[0] / 5000.0 - 1.0).abs() < 0.15, "{start:?}");
        assert!((start.areas[1] / 1500.0 - 1.0).abs() < 0.3, "{start:?}");
        assert!(start.loss > 0.01 && start.loss < 0.03, "{start:?}");
    }
}
