//! arPLS, asymmetrically reweighted penalised least squares: the smooth curve z that minimises
//! `Σ w_i (y_i − z_i)² + λ Σ (z_{i−1} − 2z_i + z_{i+1})²`, where w falls to zero for points that stand above z by more
//! than the noise of the points below it.
//!
//! Baek, Park, Ahn & Choo, Analyst 140 (2015) 250. The pentadiagonal system is solved by a banded `LDLᵀ`
//! factorisation, in time proportional to the number of points.

use super::check_intensities;
use crate::error::{Error, Result};

/// Choices of [`arpls`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ArPlsOptions {
    /// Weight λ of the roughness; a feature narrower than about `2π λ^¼` points is no background.
    pub smoothness: f64,
    /// Relative change of the weights at which the iteration ends.
    pub tolerance: f64,
    /// Most iterations.
    pub max_iterations: usize,
}

impl Default for ArPlsOptions {
    /// The paper's λ = 1e5, tolerance 1e-3, at most 50 iterations.
    fn default() -> Self {
        Self { smoothness: 1e5, tolerance: 1e-3, max_iterations: 50 }
    }
}

/// Result of [`arpls`].
#[derive(Debug, Clone, PartialEq)]
pub struct ArPls {
    /// The background.
    pub background: Vec<f64>,
    /// Weights in the last solution, 0 to 1: small under peaks.
    pub weights: Vec<f64>,
    /// Systems solved.
    pub iterations: usize,
    /// Whether the weights came to rest.
    pub converged: bool,
}

/// Background of evenly spaced intensities `y`.
///
/// # Errors
/// [`Error::Domain`] for fewer than 3 points, values that are not finite, a smoothness that is not a positive number up
/// to 1e10, or a tolerance or number of iterations that is not positive.
pub fn arpls(y: &[f64], options: &ArPlsOptions) -> Result<ArPls> {
    check_intensities("arPLS", y)?;
    check_options(options)?;
    // Solved relative to the largest intensity, so that no scale of the data is special.
    let unit = y.iter().fold(0.0f64, |m, v| m.max(v.abs())).max(f64::MIN_POSITIVE);
    let y: Vec<f64> = y.iter().map(|v| v / unit).collect();
    let mut weights = vec![1.0; y.len()];
    let mut background = Vec::new();
    let mut converged = false;
    let mut iterations = 0;
    while iterations < options.max_iterations && !converged {
        background = smooth(&y, &weights, options.smoothness);
        iterations += 1;
        let Some(new) = reweighted(&y, &background) else {
            // No noise below the curve is left to judge by: it is as good as it gets.
            converged = true;
            break;
        };
        let norm = weights.iter().map(|w| w * w).sum::<f64>().sqrt();
        let change = weights.iter().zip(&new).map(|(a, b)| (a - b) * (a - b)).sum::<f64>().sqrt();
        converged = change < options.tolerance * norm.max(f64::MIN_POSITIVE);
        if !converged {
            weights = new;
        }
    }
    for value in &mut background {
        *value *= unit;
    }
    Ok(ArPls { background, weights, iterations, converged })
}

fn check_options(options: &ArPlsOptions) -> Result<()> {
    let refuse = |message| Err(Error::Domain { method: "arPLS", message });
    if !(options.smoothness > 0.0 && options.smoothness <= 1e10) {
        return refuse(format!("smoothness {}, expected a positive number up to 1e10", options.smoothness));
    }
    if !(options.tolerance > 0.0 && options.tolerance.is_finite()) {
        return refuse(format!("tolerance {}, expected a positive number", options.tolerance));
    }
    if options.max_iterations == 0 {
        return refuse("max_iterations 0, expected at least 1".into());
    }
    Ok(())
}

/// New weights from the distances of the points to the curve; none if fewer than two points lie below it.
fn reweighted(y: &[f64], background: &[f64]) -> Option<Vec<f64>> {
    let below: Vec<f64> = y.iter().zip(background).map(|(y, z)| y - z).filter(|d| *d < 0.0).collect();
    if below.len() < 2 {
        return None;
    }
    let mean = below.iter().sum::<f64>() / below.len() as f64;
    let variance = below.iter().map(|d| (d - mean) * (d - mean)).sum::<f64>() / (below.len() - 1) as f64;
    let sigma = variance.sqrt().max(1e-15);
    let logistic = |d: f64| 1.0 / (1.0 + (2.0 * (d - (2.0 * sigma - mean)) / sigma).min(700.0).exp());
    Some(y.iter().zip(background).map(|(y, z)| logistic(y - z)).collect())
}

/// Solves `(W + λ DᵀD) z = W y`, D the second difference: `LDLᵀ` with two subdiagonals.
fn smooth(y: &[f64], weights: &[f64], smoothness: f64) -> Vec<f64> {
    let n = y.len();
    // Bands of DᵀD: each interior point adds the outer product of (1, −2, 1).
    let count = |i: usize, positions: &[usize]| positions.iter().filter(|p| i >= **p && i - **p + 2 < n).count() as f64;
    let mut diagonal = vec![0.0; n];
    let mut first = vec![0.0; n];
    let mut second = vec![0.0; n];
    let mut z = vec![0.0; n];
    for i in 0..n {
        let d0 = weights[i] + smoothness * (count(i, &[0, 2]) + 4.0 * count(i, &[1]));
        let d1 = -2.0 * smoothness * count(i, &[0, 1]);
        let d2 = smoothness * count(i, &[0]);
        // Row i of L is (…, second[i−2], first[i−1], 1): the loop eliminates column by column.
        let mut pivot = d0;
        let mut below = d1;
        let mut right = weights[i] * y[i];
        if i >= 1 {
            pivot -= first[i - 1] * first[i - 1] * diagonal[i - 1];
            below -= second[i - 1] * first[i - 1] * diagonal[i - 1];
            right -= first[i - 1] * z[i - 1];
        }
        if i >= 2 {
            pivot -= second[i - 2] * second[i - 2] * diagonal[i - 2];
            right -= second[i - 2] * z[i - 2];
        }
        diagonal[i] = pivot.max(f64::MIN_POSITIVE);
        first[i] = if i + 1 < n { below / diagonal[i] } else { 0.0 };
        second[i] = if i + 2 < n { d2 / diagonal[i] } else { 0.0 };
        z[i] = right;
    }
    for i in (0..n).rev() {
        let mut value = z[i] / diagonal[i];
        if i + 1 < n {
            value -= first[i] * z[i + 1];
        }
        if i + 2 < n {
            value -= second[i] * z[i + 2];
        }
        z[i] = value;
    }
    z
}
