//! What an observation weighs, and the quantity that a fit makes small.
//!
//! With known σ the cost is `½ Σ ((y − f)/σ)²`. For counts, weights taken from the *data* pull areas down (a low count
//! gets a high weight), and weights taken once from a first fit are not yet right. [`Weights::Poisson`] therefore takes
//! the variance from the *model* at every step: `V(f) = gain · max(f, floor)`. What is minimised is the
//! quasi-deviance of Wedderburn (Biometrika 61 (1974) 439),
//!
//! `D(y; f) = 2 ∫_f^y (y − t) / V(t) dt`,
//!
//! whose gradient is exactly `−Jᵀ V⁻¹ (y − f)`, with no derivative of the weights in it. Its minimum is the fixed point of
//! iteratively re-weighted least squares, and where the floor is not reached it is the Poisson maximum likelihood
//! (Laurence & Chromy, Nature Methods 7 (2010) 338). The estimating equation has zero mean at the truth for any floor, so
//! areas are unbiased; the floor only keeps points of a vanishing model from weighing without limit.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// What the observations weigh.
#[derive(Debug, Clone, Copy)]
pub enum Weights<'a> {
    /// Known standard uncertainties, one per observation.
    Sigma(&'a [f64]),
    /// Counting statistics: the variance of observation `i` is `gain[i] · max(model_i, floor)`, re-evaluated with the
    /// model.
    Poisson {
        /// Variance per unit of intensity: 1 for plain counts, `1/(dwell time · scans)` for counts per second.
        gain: &'a [f64],
    },
    /// All the same; σ of the data is unknown.
    Unit,
}

/// The kind of [`Weights`] that a fit used, as its result states it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Weighting {
    /// Known standard uncertainties.
    Sigma,
    /// Poisson variance from the model.
    Poisson,
    /// Unit weights.
    Unit,
}

impl Weights<'_> {
    /// The kind, without the numbers.
    pub fn kind(&self) -> Weighting {
        match self {
            Self::Sigma(_) => Weighting::Sigma,
            Self::Poisson { .. } => Weighting::Poisson,
            Self::Unit => Weighting::Unit,
        }
    }
}

/// The observations and their weights, checked.
#[derive(Debug, Clone, Copy)]
pub(super) struct Target<'a> {
    pub(super) observed: &'a [f64],
    pub(super) weights: Weights<'a>,
    floor_counts: f64,
}

impl<'a> Target<'a> {
    /// Checks lengths and values.
    pub(super) fn new(observed: &'a [f64], weights: Weights<'a>, floor_counts: f64, expected: usize) -> Result<Self> {
        if observed.len() != expected {
            return Err(Error::Fit(format!("{} observations for a model of {expected} points", observed.len())));
        }
        if let Some((i, y)) = observed.iter().enumerate().find(|(_, y)| !y.is_finite()) {
            return Err(Error::Fit(format!("observation {y} at point {i}, expected a finite number")));
        }
        let (name, column) = match weights {
            Weights::Sigma(sigma) => ("σ", sigma),
            Weights::Poisson { gain } => ("gain", gain),
            Weights::Unit => return Ok(Self { observed, weights, floor_counts }),
        };
        if column.len() != expected {
            return Err(Error::Fit(format!("{} values of {name} for {expected} observations", column.len())));
        }
        if let Some((i, v)) = column.iter().enumerate().find(|(_, v)| !(v.is_finite() && **v > 0.0)) {
            return Err(Error::Fit(format!("{name} {v} at point {i}, expected a positive finite number")));
        }
        Ok(Self { observed, weights, floor_counts })
    }

    /// Whether χ² has a meaning of its own, because σ is known.
    pub(super) fn is_absolute(&self) -> bool {
        !matches!(self.weights, Weights::Unit)
    }

    /// Fills `1/σ_i` at the model `values`.
    pub(super) fn inverse_sigma(&self, values: &[f64], out: &mut [f64]) {
        match self.weights {
            Weights::Sigma(sigma) => out.iter_mut().zip(sigma).for_each(|(o, s)| *o = 1.0 / s),
            Weights::Poisson { gain } => {
                for ((o, f), g) in out.iter_mut().zip(values).zip(gain) {
                    // The floor is a number of counts: in units of intensity it is `gain · counts`.
                    *o = 1.0 / (g * f.max(g * self.floor_counts)).sqrt();
                }
            }
            Weights::Unit => out.fill(1.0),
        }
    }

    /// Half the weighted sum of squares, or half the quasi-deviance.
    pub(super) fn cost(&self, values: &[f64]) -> f64 {
        let pairs = self.observed.iter().zip(values);
        match self.weights {
            Weights::Sigma(sigma) => 0.5 * pairs.zip(sigma).map(|((y, f), s)| ((y - f) / s).powi(2)).sum::<f64>(),
            Weights::Poisson { gain } => {
                0.5 * pairs.zip(gain).map(|((y, f), g)| quasi_deviance(*y, *f, *g, g * self.floor_counts)).sum::<f64>()
            }
            Weights::Unit => 0.5 * pairs.map(|(y, f)| (y - f) * (y - f)).sum::<f64>(),
        }
    }
}

/// `2 ∫_f^y (y − t) / (gain · max(t, floor)) dt`, in closed form on both sides of the floor.
fn quasi_deviance(y: f64, f: f64, gain: f64, floor: f64) -> f64 {
    let above = if y > floor && f > floor {
        // y ln(y/f) − (y − f), written so that nothing cancels near y = f.
        let u = (f - y) / y;
        y * (u - u.ln_1p())
    } else if y > floor || f > floor {
        let (from, to) = (f.max(floor), y.max(floor));
        y * (to / from).ln() - (to - from)
    } else {
        0.0
    };
    let (from, to) = (y - f.min(floor), y - y.min(floor));
    let below = (from * from - to * to) / (2.0 * floor);
    2.0 * (above + below) / gain
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Truth: the defining integral by Simpson's rule.
    #[test]
    fn quasi_deviance_is_its_integral() {
        let (gain, floor) = (0.5, 0.2);
        for y in [0.0, 0.1, 0.2, 0.5, 4.0, -1.0] {
            for f in [-2.0, 0.05, 0.2, 0.3, 3.9, 12.0] {
                let n = 20_000;
                let h = (y - f) / n as f64;
                let integrand = |t: f64| (y - t) / (gain * t.max(floor));
                let mut sum = integrand(f) + integrand(y);
                for k in 1..n {
                    sum += integrand(f + h * k as f64) * if k % 2 == 1 { 4.0 } else { 2.0 };
                }
                let expected = 2.0 * sum * h / 3.0;
                let got = quasi_deviance(y, f, gain, floor);
                assert!((got - expected).abs() < 1e-6 * (1.0 + expected), "y {y} f {f}: {got} {expected}");
            }
        }
    }

    #[test]
    fn bad_columns_are_refused_with_index_and_value() {
        let text = |r: Result<Target<'_>>| r.unwrap_err().to_string();
        assert!(text(Target::new(&[1.0], Weights::Unit, 0.1, 2)).contains("1 observations for a model of 2"));
        assert!(text(Target::new(&[1.0, f64::NAN], Weights::Unit, 0.1, 2)).contains("NaN at point 1"));
        assert!(text(Target::new(&[1.0, 1.0], Weights::Sigma(&[1.0, 0.0]), 0.1, 2)).contains("σ 0 at point 1"));
        assert!(text(Target::new(&[1.0, 1.0], Weights::Sigma(&[1.0]), 0.1, 2)).contains("1 values of σ for 2"));
        let negative = Weights::Poisson { gain: &[1.0, -1.0] };
        assert!(text(Target::new(&[1.0, 1.0], negative, 0.1, 2)).contains("gain -1 at point 1"));
    }
}
