//! One global fit over all regions that share parameters: counting weights, covariance, seeded resampling.
//!
//! Where the intensities are true counts the weights are Poisson's, re-evaluated with the model; χ² then has a meaning of
//! its own. Otherwise σ is scaled by the scatter of the residuals, and no χ² is reported.

use doublet_common::SigmaSource;
use doublet_common::fit::{
    CovarianceScale, Fit, Options, ResampleOptions, Resampled, Weights, fit as least_squares, resample as repeat,
};

use crate::error::Result;
use crate::model::{BuiltModel, RegionData, build};
use crate::recipe::Quantification;

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
    let gain = gains(true_counts, observed.len());
    let options = options(known);
    let fit = least_squares(&built.model, &built.parameters, &observed, weights(&gain, &sigma), &options)?;
    Ok(GroupFit { built, fit, observed, sigma, true_counts })
}

/// Fits `replicas` spectra drawn around the fitted model (Poisson where the data are true counts); the result depends on the
/// seed alone.
///
/// # Errors
/// As the least-squares engine: fewer than two replicas asked for or successful.
pub fn resample(group: &GroupFit, replicas: usize, seed: u64) -> Result<Resampled> {
    let gain = gains(group.true_counts, group.observed.len());
    let known = group.fit.covariance_scale == CovarianceScale::FromSigma;
    let options = ResampleOptions { fit: options(known), ..ResampleOptions::parametric(replicas, seed) };
    Ok(repeat(&group.built.model, &group.fit, weights(&gain, &group.sigma), &options)?)
}

/// Unit gains for true counts, nothing otherwise.
fn gains(true_counts: bool, points: usize) -> Vec<f64> {
    if true_counts { vec![1.0; points] } else { Vec::new() }
}

/// The weights that the data deserve.
fn weights<'a>(gain: &'a [f64], sigma: &'a [f64]) -> Weights<'a> {
    if gain.is_empty() { Weights::Sigma(sigma) } else { Weights::Poisson { gain } }
}

fn options(known_sigma: bool) -> Options {
    let covariance_scale = (!known_sigma).then_some(CovarianceScale::FromResiduals);
    Options { covariance_scale, tolerance: TOLERANCE, ..Options::default() }
}

/// Convergence in units of the parameters' own σ: far below what any result shows.
const TOLERANCE: f64 = 1e-4;

#[cfg(test)]
mod tests;
