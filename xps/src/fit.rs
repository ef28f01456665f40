//! One global fit over all regions that share parameters: counting weights, covariance, seeded resampling.
//!
//! Where the intensities are true counts the weights are Poisson's, re-evaluated with the model; χ² then has a meaning of
//! its own. Otherwise σ is scaled by the scatter of the residuals, and no χ² is reported.

mod resample;

use doublet_common::SigmaSource;
use doublet_common::fit::{CovarianceScale, Fit, Options, Parameters, Weights, fit as least_squares};

use crate::error::Result;
use crate::model::{BuiltModel, RegionData, SampleModel, build};
use crate::recipe::Quantification;

pub use resample::{Resampled, resample};

/// Fit of regions that share parameters (or of one).
#[derive(Debug, Clone)]
pub struct GroupFit {
    /// Model, components and what was assumed; `parameters` hold the start.
    pub built: BuiltModel,
    /// Result.
    pub fit: Fit,
    /// Observations of all regions one behind the other.
    pub observed: Vec<f64>,
    /// Their σ as measured.
    pub sigma: Vec<f64>,
    /// Whether all intensities are true counts.
    pub true_counts: bool,
}

/// Builds the model of `regions` and fits it. `shift_ev` is measured minus true binding energy, roughly.
///
/// # Errors
/// As [`build`] and the least-squares engine.
pub fn fit_group(regions: &[RegionData<'_>], shift_ev: f64, quantification: &Quantification) -> Result<GroupFit> {
    let built = build(regions, shift_ev, quantification)?;
    fit_built(built, regions)
}

/// Fits a model that is built already, from its start.
///
/// # Errors
/// As the least-squares engine.
pub fn fit_built(built: BuiltModel, regions: &[RegionData<'_>]) -> Result<GroupFit> {
    let observed: Vec<f64> = regions.iter().flat_map(|r| r.intensity.iter().copied()).collect();
    let sigma: Vec<f64> = regions.iter().flat_map(|r| r.sigma.iter().copied()).collect();
    let true_counts = regions.iter().all(RegionData::is_true_counts);
    let known = true_counts || regions.iter().all(|r| r.sigma_source != SigmaSource::AssumedCounts);
    let fit = solve(&built.model, &built.parameters, &observed, &sigma, true_counts, known)?;
    Ok(GroupFit { built, fit, observed, sigma, true_counts })
}

/// Runs the engine with the weights that the data deserve.
fn solve(
    model: &SampleModel,
    parameters: &Parameters,
    observed: &[f64],
    sigma: &[f64],
    true_counts: bool,
    known_sigma: bool,
) -> Result<Fit> {
    let unit_gain = if true_counts { vec![1.0; observed.len()] } else { Vec::new() };
    let weights = if true_counts { Weights::Poisson { gain: &unit_gain } } else { Weights::Sigma(sigma) };
    let covariance_scale = (!known_sigma).then_some(CovarianceScale::FromResiduals);
    let options = Options { covariance_scale, tolerance: TOLERANCE, ..Options::default() };
    Ok(least_squares(model, parameters, observed, weights, &options)?)
}

/// Convergence in units of the parameters' own σ: far below what any result shows.
const TOLERANCE: f64 = 1e-4;

#[cfg(test)]
mod tests;
