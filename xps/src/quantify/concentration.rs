//! Atomic concentrations with an error budget by source.
//!
//! `n ∝ A / (t · RSF · T(KE) · λ(KE))` with area A in counts·eV, counting time t, sensitivity factor RSF, transmission T and
//! inelastic mean free path λ (ISO 18118; Seah, Gilmore & Spencer, J. Electron Spectrosc. 120 (2001) 93). Each source of
//! uncertainty is a relative change δ of some of the `n`; concentrations `x = n/Σn` answer with
//! `δx_i = x_i (1[i ∈ changed] − Σ_changed x) δ`, and independent changes add in squares.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Share of each source in the standard uncertainty of a concentration, in atomic percent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ErrorBudget {
    /// Counting statistics, from the covariance.
    pub counting: f64,
    /// Choice of background and window.
    pub choices: f64,
    /// Sensitivity factors.
    pub sensitivity_factors: f64,
    /// Path lengths.
    pub path_length: f64,
}

impl ErrorBudget {
    /// All sources together.
    pub fn total(&self) -> f64 {
        [self.counting, self.choices, self.sensitivity_factors, self.path_length]
            .iter()
            .map(|s| s * s)
            .sum::<f64>()
            .sqrt()
    }
}

/// One quantified component: its normalised amount and the relative σ that belong to it.
#[derive(Debug, Clone, PartialEq)]
pub struct Amount {
    /// Area / (time · RSF · transmission · path length), any common unit.
    pub normalised: f64,
    /// Relative σ of counting.
    pub counting: f64,
    /// Relative spread over background and window.
    pub choices: f64,
    /// Components of one level share sensitivity factor and path length: same number, same level.
    pub level: usize,
}

/// Atomic percent and budget of each amount; empty if nothing positive is there.
pub fn concentrations(amounts: &[Amount], factor_sigma: f64, path_sigma: f64) -> Vec<(f64, ErrorBudget)> {
    let total: f64 = amounts.iter().map(|a| a.normalised).sum();
    if !(total.is_finite() && total > 0.0) {
        return Vec::new();
    }
    let x: Vec<f64> = amounts.iter().map(|a| a.normalised / total).collect();
    let single = |i: usize, of: fn(&Amount) -> f64| {
        let answer = |(j, a): (usize, &Amount)| (f64::from(u8::from(i == j)) - x[j]) * of(a);
        x[i] * amounts.iter().enumerate().map(answer).map(|d| d * d).sum::<f64>().sqrt()
    };
    let levels: Vec<usize> = {
        let mut all: Vec<usize> = amounts.iter().map(|a| a.level).collect();
        all.sort_unstable();
        all.dedup();
        all
    };
    let common = |i: usize, sigma: f64| {
        let answer = |level: &usize| {
            let share: f64 = amounts.iter().zip(&x).filter(|(a, _)| a.level == *level).map(|(_, x)| x).sum();
            (f64::from(u8::from(amounts[i].level == *level)) - share) * sigma
        };
        x[i] * levels.iter().map(answer).map(|d| d * d).sum::<f64>().sqrt()
    };
    (0..amounts.len())
        .map(|i| {
            let budget = ErrorBudget {
                counting: 100.0 * single(i, |a| a.counting),
                choices: 100.0 * single(i, |a| a.choices),
                sensitivity_factors: 100.0 * common(i, factor_sigma),
                path_length: 100.0 * common(i, path_sigma),
            };
            (100.0 * x[i], budget)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_equal_amounts() {
        // Truth: x = n1/(n1 + n2); for n1 = n2 a relative δ of n1 alone changes x by 50 % · (1 − 0.5) · δ.
        let amount = |level, counting| Amount { normalised: 3.0, counting, choices: 0.0, level };
        let found = concentrations(&[amount(0, 0.02), amount(1, 0.0)], 0.0, 0.0);
        assert!((found[0].0 - 50.0).abs() < 1e-12);
        assert!((found[0].1.counting - 0.5).abs() < 1e-12 && (found[1].1.counting - 0.5).abs() < 1e-12);
    }

    #[test]
    fn what_is_common_to_all_cancels() {
        // Truth: one sensitivity factor for both states of one level cannot change their ratio.
        let amount = |n| Amount { normalised: n, counting: 0.0, choices: 0.0, level: 4 };
        let found = concentrations(&[amount(1.0), amount(3.0)], 0.3, 0.3);
        assert!(found[0].1.total() < 1e-12);
        assert!(concentrations(&[amount(0.0)], 0.1, 0.1).is_empty());
    }
}
