//! Seeded resampling: the model's own spectrum is measured again and again, and fitted each time.
//!
//! Parametric bootstrap (Efron & Tibshirani, *An Introduction to the Bootstrap* (1993), chapter 6.5): Poisson counts where
//! the data are true counts, else normal noise of the stated σ scaled by the scatter of the fit. Each sample has its own
//! stream of one seeded generator, so that the result does not depend on the number of threads.

use doublet_common::fit::{CovarianceScale, ParameterId};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, Poisson, StandardNormal};
use rayon::prelude::*;

use super::{GroupFit, solve};
use crate::error::Result;

/// Parameters of all resampled fits.
#[derive(Debug, Clone, PartialEq)]
pub struct Resampled {
    /// Values of every parameter, one row per converged fit.
    pub values: Vec<Vec<f64>>,
    /// Fits that did not converge and are left out.
    pub failed: usize,
}

impl Resampled {
    /// Standard deviation of a function of the parameters over the samples; none for fewer than 10.
    pub fn sigma(&self, of: impl Fn(&[f64]) -> f64) -> Option<f64> {
        if self.values.len() < 10 {
            return None;
        }
        let numbers: Vec<f64> = self.values.iter().map(|row| of(row)).collect();
        let n = numbers.len() as f64;
        let mean = numbers.iter().sum::<f64>() / n;
        let variance = numbers.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (n - 1.0);
        Some(variance.sqrt())
    }
}

/// Fits `samples` resampled spectra, starting each at the solution.
///
/// # Errors
/// None at present but those of building the samples; single fits that fail are counted.
pub fn resample(group: &GroupFit, samples: usize, seed: u64) -> Result<Resampled> {
    let scale = match (group.fit.covariance_scale, group.fit.statistics.reduced_chi_squared) {
        (CovarianceScale::FromResiduals, Some(reduced)) => reduced.sqrt(),
        _ => 1.0,
    };
    let fits: Vec<Option<Vec<f64>>> = (0..samples)
        .into_par_iter()
        .map(|sample| {
            let mut rng = ChaCha8Rng::seed_from_u64(seed);
            rng.set_stream(sample as u64);
            let observed = drawn(group, scale, &mut rng);
            let known = group.fit.covariance_scale == CovarianceScale::FromSigma;
            let model = &group.built.model;
            let fit = solve(model, &group.fit.parameters, &observed, &group.sigma, group.true_counts, known).ok()?;
            fit.converged().then(|| (0..fit.parameters.len()).map(|p| fit.value(ParameterId(p))).collect())
        })
        .collect();
    let failed = fits.iter().filter(|f| f.is_none()).count();
    Ok(Resampled { values: fits.into_iter().flatten().collect(), failed })
}

fn drawn(group: &GroupFit, scale: f64, rng: &mut ChaCha8Rng) -> Vec<f64> {
    let model = group.fit.values.iter().zip(&group.sigma);
    model
        .map(|(value, sigma)| {
            if group.true_counts {
                Poisson::new(value.max(1e-9)).map_or(0.0, |counts| counts.sample(rng))
            } else {
                let noise: f64 = StandardNormal.sample(rng);
                value + scale * sigma * noise
            }
        })
        .collect()
}
