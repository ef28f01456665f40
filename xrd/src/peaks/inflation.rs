//! Factor by which σ of a peak grows because the residuals under it are larger than counting noise, or alike.
//!
//! A run of residuals of one sign tells that the model misses something there, and then tells no more than one point would
//! (Bérar & Lelann, J. Appl. Cryst. 24 (1991) 1). The factor is local: a strong peak that is not quite of the model's shape
//! does not blur a weak one elsewhere.

use std::f64::consts::FRAC_2_PI;

/// Factor by which the residuals in a window demand that σ grows: 1 for noise.
///
/// `Σ_runs (Σ r)² / n` is `1 + 4/π` for independent residuals of unit variance. In a short window it scatters; only what is
/// beyond that scatter counts.
pub(super) fn local_inflation(residuals: &[f64]) -> f64 {
    let n = residuals.len() as f64;
    let (mut squares, mut run) = (0.0, 0.0);
    for r in residuals {
        if run * r < 0.0 {
            squares += run * run;
            run = 0.0;
        }
        run += r;
    }
    let ratio = (squares + run * run) / (n * (1.0 + 2.0 * FRAC_2_PI));
    // The 97 % point of the ratio for independent residuals (see the test).
    let usual = 1.0 + 5.0 / n.sqrt();
    if n > 0.0 && ratio > usual { ratio.sqrt() } else { 1.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;
    use rand_distr::{Distribution, StandardNormal};

    #[test]
    fn noise_is_rarely_inflated_and_runs_are() {
        // Truth: independent residuals of unit variance; and runs of ten equal ones, 10/(1 + 4/π).
        let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(2);
        for n in [15, 40, 150] {
            let inflated = (0..2000)
                .filter(|_| {
                    let residuals: Vec<f64> = (0..n).map(|_| StandardNormal.sample(&mut rng)).collect();
                    local_inflation(&residuals) > 1.0
                })
                .count();
            assert!(inflated < 100, "{inflated} of 2000 windows of {n} points");
        }
        let runs: Vec<f64> = (0..100).map(|i| if (i / 10) % 2 == 0 { 1.0 } else { -1.0 }).collect();
        assert!((local_inflation(&runs) - (10.0 / (1.0 + 2.0 * FRAC_2_PI)).sqrt()).abs() < 1e-12);
    }
}
