//! How well the model describes the data, in the figures that both techniques are judged by.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Figures of merit of a fit. `w = 1/σ²`, `r = (y − f)/σ`; σ is 1 for unit weights and that of the fitted model for Poisson
/// weights.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Statistics {
    /// Number of observations `n`.
    pub observations: usize,
    /// Number of free parameters `p`, those at a bound included.
    pub free_parameters: usize,
    /// `χ² = Σ r²` (Pearson's for Poisson weights).
    pub chi_squared: f64,
    /// `χ²/(n − p)`; absent if `n = p`.
    pub reduced_chi_squared: Option<f64>,
    /// Durbin–Watson `Σ (r_i − r_{i−1})² / Σ r²`: near 2 for independent residuals, towards 0 for a model that misses a
    /// feature; absent for fewer than two points or vanishing residuals.
    pub durbin_watson: Option<f64>,
    /// `R = Σ |y − f| / Σ |y|`; absent if all observations are zero.
    pub r_profile: Option<f64>,
    /// `R_w = √(Σ w (y − f)² / Σ w y²)`; absent if all observations are zero.
    pub r_weighted: Option<f64>,
    /// `R_exp = √((n − p) / Σ w y²)`: what `R_w` would be if only σ were at work; absent for unit weights.
    pub r_expected: Option<f64>,
}

impl Statistics {
    /// From observations, model, weighted residuals and `1/σ`.
    pub(super) fn new(
        observed: &[f64],
        values: &[f64],
        residuals: &[f64],
        inverse_sigma: &[f64],
        free_parameters: usize,
        absolute: bool,
    ) -> Self {
        let chi_squared: f64 = residuals.iter().map(|r| r * r).sum();
        let freedom = observed.len() - free_parameters;
        let weighted: f64 = observed.iter().zip(inverse_sigma).map(|(y, w)| (y * w).powi(2)).sum();
        let magnitude: f64 = observed.iter().map(|y| y.abs()).sum();
        let misfit: f64 = observed.iter().zip(values).map(|(y, f)| (y - f).abs()).sum();
        let present = |value: f64| value.is_finite().then_some(value);
        Self {
            observations: observed.len(),
            free_parameters,
            chi_squared,
            reduced_chi_squared: (freedom > 0).then(|| chi_squared / freedom as f64),
            durbin_watson: durbin_watson(residuals),
            r_profile: present(misfit / magnitude),
            r_weighted: present((chi_squared / weighted).sqrt()),
            r_expected: if absolute { present((freedom as f64 / weighted).sqrt()) } else { None },
        }
    }
}

/// Durbin & Watson, Biometrika 37 (1950) 409, of residuals in the order of the axis.
pub fn durbin_watson(residuals: &[f64]) -> Option<f64> {
    let sum: f64 = residuals.iter().map(|r| r * r).sum();
    let differences: f64 = residuals.windows(2).map(|w| (w[1] - w[0]).powi(2)).sum();
    (residuals.len() > 1 && sum > 0.0).then(|| differences / sum)
}

/// Factor by which σ of the parameters grows because neighbouring residuals are alike (1 for independent ones).
///
/// Bérar & Lelann (J. Appl. Cryst. 24 (1991) 1) observed that counting statistics understate the uncertainty of a
/// profile fit where the model misses the profile systematically: residuals then come in runs of one sign, and a run of
/// `k` points of similar size is worth one observation that is `k` times as large, not `k` observations. Their measure
/// takes the residuals of a run together, `Σ_runs (Σ_{i∈run} r_i)² / Σ r_i²`. Independent Gaussian residuals have runs
/// too, so that this ratio is not 1 but `1 + 4/π` for them; here it is divided by that value:
///
/// `factor² = max(1, Σ_runs (Σ_{i∈run} r_i)² / ((1 + 4/π) Σ r_i²))`.
///
/// For long runs of similar size this tends to (run length)/(1 + 4/π). Returns 1 for vanishing residuals.
pub fn serial_correlation_factor(residuals: &[f64]) -> f64 {
    /// For runs of independent Gaussian residuals of unit variance: lengths are geometric with E L = 2, E L² = 6, sizes
    /// have mean m = √(2/π) and variance 1 − m², so that E(Σ|r|)² = 2(1 − m²) + 6m², over E Σr² = 2.
    const INDEPENDENT: f64 = 1.0 + 2.0 * std::f64::consts::FRAC_2_PI;
    let total: f64 = residuals.iter().map(|r| r * r).sum();
    if total == 0.0 {
        return 1.0;
    }
    let (mut squares, mut run) = (0.0, 0.0);
    for &r in residuals {
        if run * r < 0.0 {
            squares += run * run;
            run = 0.0;
        }
        run += r;
    }
    squares += run * run;
    (squares / (INDEPENDENT * total)).sqrt().max(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;
    use rand_distr::{Distribution, StandardNormal};

    fn noise(n: usize) -> Vec<f64> {
        let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(5);
        (0..n).map(|_| StandardNormal.sample(&mut rng)).collect()
    }

    /// Truth: closed forms, 2 for white noise and 4 for alternating signs.
    #[test]
    fn durbin_watson_of_known_sequences() {
        assert!((durbin_watson(&noise(20_000)).unwrap() - 2.0).abs() < 0.03);
        let alternating: Vec<f64> = (0..1000).map(|i| if i % 2 == 0 { 1.0 } else { -1.0 }).collect();
        assert!((durbin_watson(&alternating).unwrap() - 4.0).abs() < 0.01);
        assert_eq!(durbin_watson(&[0.0, 0.0]), None);
    }

    /// Truth: the expectation for independent residuals (1), and for signs that come in blocks of 20 the run sum:
    /// (20·1)² per block over 20·(1 + 4/π).
    #[test]
    fn serial_correlation_of_known_sequences() {
        assert!((serial_correlation_factor(&noise(200_000)) - 1.0).abs() < 0.01);
        let blocks: Vec<f64> = (0..2000).map(|i| if (i / 20) % 2 == 0 { 1.0 } else { -1.0 }).collect();
        let expected = (20.0 / (1.0 + 4.0 / std::f64::consts::PI)).sqrt();
        assert!((serial_correlation_factor(&blocks) - expected).abs() < 1e-12);
        assert_eq!(serial_correlation_factor(&[]), 1.0);
    }
}
