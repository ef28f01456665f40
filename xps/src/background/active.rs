//! Active backgrounds: part of the model and fitted with the peaks, so that their uncertainty reaches the areas.
//!
//! An active background is linear in the peaks' signal `S`: a sum of fixed basis curves (constant, slope, spline) and, where
//! electrons lose energy, one amplitude times a loss operator `L` applied to `S`,
//!
//! `B(E) = Σ c_k b_k(E) + κ · (L S)(E)`.
//!
//! * Shirley: `(L S)(E) = ∫ S(E') dE'` over `E' < E`: every electron feeds a constant tail towards higher binding energy
//!   (Shirley, Phys. Rev. B 5 (1972) 4709; fitted with the peaks: Herrera-Gomez et al., Surf. Interface Anal. 46 (2014)
//!   897). κ in 1/eV.
//! * Tougaard: `(L S)(E) = ∫ K(E − E') S(E') dE'`, see [`super::cross_section`]. κ is Tougaard's B.
//!
//! Because `L` is linear, a derivative of the signal becomes one of the model by the same operator.

use doublet_common::convolution::Convolution;

use super::cross_section::LossCrossSection;
use crate::error::{Error, Result};

/// The operator that turns peaks into the electrons that lost energy.
#[derive(Debug, Clone)]
pub(crate) enum Loss {
    /// Trapezoidal running integral on the axis.
    Cumulative {
        /// Half steps between neighbours; `half_steps[i]` lies between point i and i + 1.
        half_steps: Vec<f64>,
    },
    /// On an uneven axis: lower triangle, row by row; `row i` holds `K(E_i − E_j) · w_j` for j < i.
    Kernel {
        /// Rows one behind the other.
        rows: Vec<f64>,
    },
    /// On an even axis, where `K(E_i − E_j)` depends on i − j alone.
    Convolution {
        /// Convolution with `K · step`.
        losses: Convolution,
        /// Half of `K(E_i − E_0) · step`: the trapezoid rule counts the first point half.
        half_first: Vec<f64>,
    },
}

impl Loss {
    pub(crate) fn cumulative(energy_ev: &[f64]) -> Self {
        Self::Cumulative { half_steps: energy_ev.windows(2).map(|w| 0.5 * (w[1] - w[0])).collect() }
    }

    pub(crate) fn kernel(energy_ev: &[f64], cross_section: &LossCrossSection) -> Self {
        if let Some(step) = even_step(energy_ev) {
            let kernel: Vec<f64> = (0..energy_ev.len()).map(|i| cross_section.at(step * i as f64) * step).collect();
            let half_first = kernel.iter().map(|k| 0.5 * k).collect();
            return Self::Convolution { losses: Convolution::new(&kernel), half_first };
        }
        let n = energy_ev.len();
        let weight = |j: usize| {
            let before = if j > 0 { energy_ev[j] - energy_ev[j - 1] } else { 0.0 };
            let after = if j + 1 < n { energy_ev[j + 1] - energy_ev[j] } else { 0.0 };
            0.5 * (before + after)
        };
        let weights: Vec<f64> = (0..n).map(weight).collect();
        let mut rows = Vec::with_capacity(n * n.saturating_sub(1) / 2);
        for i in 0..n {
            rows.extend((0..i).map(|j| cross_section.at(energy_ev[i] - energy_ev[j]) * weights[j]));
        }
        Self::Kernel { rows }
    }

    /// `out = L signal`.
    pub(crate) fn apply(&self, signal: &[f64], out: &mut [f64]) {
        match self {
            Self::Cumulative { half_steps } => {
                let (mut sum, mut previous) = (0.0, signal.first().copied().unwrap_or(0.0));
                for (i, (o, s)) in out.iter_mut().zip(signal).enumerate() {
                    if i > 0 {
                        sum += half_steps[i - 1] * (previous + s);
                    }
                    previous = *s;
                    *o = sum;
                }
            }
            Self::Kernel { rows } => {
                let mut start = 0;
                for (i, o) in out.iter_mut().enumerate() {
                    *o = rows[start..start + i].iter().zip(signal).map(|(k, s)| k * s).sum();
                    start += i;
                }
            }
            Self::Convolution { losses, half_first } => {
                losses.apply(signal, out);
                let first = signal.first().copied().unwrap_or(0.0);
                out.iter_mut().zip(half_first).for_each(|(o, half)| *o -= half * first);
            }
        }
    }
}

/// The step of an axis that ascends evenly but for rounding; none for any other.
fn even_step(energy_ev: &[f64]) -> Option<f64> {
    /// Deviation from an even axis in steps; losses vary over many steps.
    const ROUNDING_STEPS: f64 = 1e-3;
    let (first, last) = (energy_ev.first()?, energy_ev.last()?);
    let step = (last - first) / (energy_ev.len().checked_sub(1)?.max(1)) as f64;
    let even = |(i, e): (usize, &f64)| (e - first - step * i as f64).abs() <= ROUNDING_STEPS * step;
    (step > 0.0 && energy_ev.iter().enumerate().all(even)).then_some(step)
}

/// Background of one region: basis curves and the loss operator.
#[derive(Debug, Clone)]
pub struct ActiveBackground {
    /// Basis curves on the axis of the region, each with the name of its coefficient.
    pub(crate) bases: Vec<(String, Vec<f64>)>,
    /// Loss operator.
    pub(crate) loss: Option<Loss>,
    /// A curve that was decided before the fit, for a background that is subtracted first.
    pub(crate) fixed: Option<Vec<f64>>,
}

impl ActiveBackground {
    /// A curve that was decided before the fit: the peaks stand on it, and nothing of it is fitted.
    pub fn decided(curve: Vec<f64>) -> Self {
        Self { bases: Vec::new(), loss: None, fixed: Some(curve) }
    }

    /// A constant.
    pub fn constant(energy_ev: &[f64]) -> Self {
        Self { bases: vec![("constant".into(), vec![1.0; energy_ev.len()])], loss: None, fixed: None }
    }

    /// A straight line; the slope is measured from the middle of the axis.
    pub fn linear(energy_ev: &[f64]) -> Self {
        let mut background = Self::constant(energy_ev);
        background.bases.push(("slope".into(), slope(energy_ev)));
        background
    }

    /// Constant and Shirley step.
    pub fn shirley(energy_ev: &[f64]) -> Self {
        Self { loss: Some(Loss::cumulative(energy_ev)), ..Self::constant(energy_ev) }
    }

    /// Straight line and Shirley step.
    pub fn shirley_linear(energy_ev: &[f64]) -> Self {
        Self { loss: Some(Loss::cumulative(energy_ev)), ..Self::linear(energy_ev) }
    }

    /// Constant and Tougaard losses.
    pub fn tougaard(energy_ev: &[f64], cross_section: &LossCrossSection) -> Self {
        Self { loss: Some(Loss::kernel(energy_ev, cross_section)), ..Self::constant(energy_ev) }
    }

    /// Natural cubic spline through free heights at `knots_ev` (ascending, at least 2).
    ///
    /// # Errors
    /// [`Error::Model`] for fewer than two knots or knots that do not ascend.
    pub fn spline(energy_ev: &[f64], knots_ev: &[f64]) -> Result<Self> {
        if knots_ev.len() < 2 || !knots_ev.windows(2).all(|w| w[1] > w[0]) {
            return Err(Error::Model {
                model: "spline background",
                message: format!("knots {knots_ev:?} eV, expected at least two in ascending order"),
            });
        }
        let bases = (0..knots_ev.len())
            .map(|k| {
                let heights: Vec<f64> = (0..knots_ev.len()).map(|j| f64::from(u8::from(j == k))).collect();
                let curve = natural_spline(knots_ev, &heights);
                (format!("height at {} eV", knots_ev[k]), energy_ev.iter().map(|e| curve(*e)).collect())
            })
            .collect();
        Ok(Self { bases, loss: None, fixed: None })
    }

    /// Names of the coefficients in order, that of the losses last.
    pub fn coefficient_names(&self) -> Vec<String> {
        let bases = self.bases.iter().map(|(name, _)| name.clone());
        bases.chain(self.loss.as_ref().map(|_| "losses".to_string())).collect()
    }

    /// Whether peaks feed the background.
    pub fn has_loss(&self) -> bool {
        self.loss.is_some()
    }
}

fn slope(energy_ev: &[f64]) -> Vec<f64> {
    let middle = match energy_ev {
        [first, .., last] => 0.5 * (first + last),
        _ => 0.0,
    };
    energy_ev.iter().map(|e| e - middle).collect()
}

/// Natural cubic spline through `(x, y)`; straight beyond the ends. `x` ascends.
pub(super) fn natural_spline(x: &[f64], y: &[f64]) -> impl Fn(f64) -> f64 + use<> {
    let n = x.len();
    let (x, y) = (x.to_vec(), y.to_vec());
    // Second derivatives: tridiagonal system, Thomas algorithm.
    let mut second = vec![0.0; n];
    let (mut upper, mut right) = (vec![0.0; n], vec![0.0; n]);
    for i in 1..n - 1 {
        let (h0, h1) = (x[i] - x[i - 1], x[i + 1] - x[i]);
        let pivot = 2.0 * (h0 + h1) - h0 * upper[i - 1];
        upper[i] = h1 / pivot;
        right[i] = (6.0 * ((y[i + 1] - y[i]) / h1 - (y[i] - y[i - 1]) / h0) - h0 * right[i - 1]) / pivot;
    }
    for i in (1..n - 1).rev() {
        second[i] = right[i] - upper[i] * second[i + 1];
    }
    move |at: f64| {
        let k = x.partition_point(|v| *v <= at).clamp(1, n - 1) - 1;
        let h = x[k + 1] - x[k];
        let (a, b) = ((x[k + 1] - at) / h, (at - x[k]) / h);
        let straight = a * y[k] + b * y[k + 1];
        if !(0.0..=1.0).contains(&b) {
            // Beyond the ends the curve goes on along its tangent.
            let edge = if b < 0.0 { 0.0 } else { 1.0 };
            let bend = if b < 0.0 {
                -h / 6.0 * (2.0 * second[k] + second[k + 1])
            } else {
                h / 6.0 * (second[k] + 2.0 * second[k + 1])
            };
            let end = if edge == 0.0 { y[k] } else { y[k + 1] };
            return end + (b - edge) * h * ((y[k + 1] - y[k]) / h + bend);
        }
        straight + ((a * a * a - a) * second[k] + (b * b * b - b) * second[k + 1]) * h * h / 6.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn axis() -> Vec<f64> {
        (0..101).map(|i| 0.1 * f64::from(i)).collect()
    }

    #[test]
    fn the_running_integral_is_the_integral() {
        // Truth: ∫ x dx = x²/2, which the trapezoid gives exactly on a straight line.
        let energies = axis();
        let mut out = vec![0.0; energies.len()];
        Loss::cumulative(&energies).apply(&energies, &mut out);
        for (x, o) in energies.iter().zip(&out) {
            assert!((o - 0.5 * x * x).abs() < 1e-12);
        }
    }

    #[test]
    fn the_kernel_is_the_convolution() {
        // Truth: for a narrow line of unit area the losses are the cross section itself, B·T/(C + T²)².
        let energies: Vec<f64> = (0..1001).map(|i| 0.05 * f64::from(i)).collect();
        let signal: Vec<f64> = (0..1001).map(|i| if i == 100 { 1.0 / 0.05 } else { 0.0 }).collect();
        let mut out = vec![0.0; energies.len()];
        Loss::kernel(&energies, &LossCrossSection::UNIVERSAL).apply(&signal, &mut out);
        for (i, o) in out.iter().enumerate() {
            let t: f64 = energies[i] - energies[100];
            let expected = if t > 0.0 { t / (1643.0 + t * t).powi(2) } else { 0.0 };
            assert!((o - expected).abs() < 1e-15, "{t}: {o} {expected}");
        }
    }

    #[test]
    fn the_transform_is_the_sum_over_rows() {
        // Truth: the direct sum, which an axis gets that is uneven by a little more than rounding.
        let even: Vec<f64> = (0..401).map(|i| 150.0 + 0.05 * f64::from(i)).collect();
        let mut uneven = even.clone();
        uneven[200] += 1e-4;
        let signal: Vec<f64> = even.iter().map(|e| 1e4 / (1.0 + (e - 158.0).powi(2)) + 3.0).collect();
        let [mut fast, mut direct] = [vec![0.0; 401], vec![0.0; 401]];
        let (transform, rows) =
            (Loss::kernel(&even, &LossCrossSection::UNIVERSAL), Loss::kernel(&uneven, &LossCrossSection::UNIVERSAL));
        assert!(matches!((&transform, &rows), (Loss::Convolution { .. }, Loss::Kernel { .. })));
        transform.apply(&signal, &mut fast);
        rows.apply(&signal, &mut direct);
        let largest = direct.iter().copied().fold(0.0, f64::max);
        for (a, b) in fast.iter().zip(&direct) {
            assert!((a - b).abs() < 1e-5 * largest, "{a} {b}");
        }
    }

    #[test]
    fn splines_reproduce_straight_lines_and_pass_their_knots() {
        // Truth: a natural spline through points of a straight line is that line; cardinal curves are 1 at their knot.
        let energies = axis();
        let knots = [1.0, 3.0, 4.0, 8.0];
        let background = ActiveBackground::spline(&energies, &knots).unwrap();
        for (i, e) in energies.iter().enumerate() {
            let sum: f64 = background.bases.iter().zip(knots).map(|((_, b), k)| (2.0 * k + 1.0) * b[i]).sum();
            assert!((sum - (2.0 * e + 1.0)).abs() < 1e-10, "{e}: {sum}");
        }
        assert!((background.bases[1].1[30] - 1.0).abs() < 1e-12);
        assert!(ActiveBackground::spline(&energies, &[1.0]).is_err());
    }
}
