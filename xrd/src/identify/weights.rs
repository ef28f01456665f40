//! What a point of the data weighs when models are compared: counting, the misfit of line shapes, and what no phase
//! explains.
//!
//! Calculated line shapes are wrong by a share ε of their height. Beside σ a point therefore has an error `ε n`, n being
//! the largest net intensity that the model has within a line's width. With the residuals z, in σ, that remain when the
//! lines may deviate as `slack` says, ε is the share at which the median of `z² / (1 + ε² n²/σ²)` on strong lines is that
//! of χ² with one degree of freedom: a median, so that neighbours which no phase explains do not count as misfit. Without
//! it χ² of a few strong lines would be the noise by which faint lines in quiet places are judged. A point that stands far
//! above the model belongs to something that is not in the model; its net intensity is taken as its error.

use crate::error::Result;

use super::slack::{Basis, Slack};
use super::state::{Data, PatternState};

/// A point belongs to a peak that no phase explains if its net intensity exceeds this many times the calculated one, and
/// this many σ beyond.
const UNEXPLAINED_FACTOR: f64 = 3.0;
const UNEXPLAINED_SIGMA: f64 = 8.0;
/// Shares ε that are tried: least, most, number.
const SHARES: (f64, f64, i32) = (1e-3, 0.4, 48);
/// Net intensity over σ of what is called a strong line here.
const STRONG_SIGMA: f64 = 20.0;
/// Median of χ² with one degree of freedom.
pub(crate) const MEDIAN_CHI_SQUARED: f64 = 0.4549;
/// Reach of a line's misfit, in FWHM to either side.
const REACH_FWHM: f64 = 1.0;

/// σ of every point for the comparison of models near `state`.
///
/// # Errors
/// As [`Basis::slack`].
pub(crate) fn model_sigma<'a>(
    data: &Data<'a>,
    state: &PatternState<'a>,
    background: &[f64],
    fwhm_deg: impl Fn(f64) -> f64,
) -> Result<Vec<f64>> {
    if state.phases.is_empty() {
        return Ok(data.sigma.to_vec());
    }
    let basis = Basis::new(data, state)?;
    let slack = basis.slack(data, &[])?;
    let net: Vec<f64> = basis.calculated().iter().zip(background).map(|(c, b)| (c - b).max(0.0)).collect();
    let highest = highest_within(data.x, &net, fwhm_deg);
    let share = misfit_share(&slack, data.sigma, &highest);
    let sigma = |i: usize| {
        let own = data.sigma[i].hypot(share * highest[i]);
        let above = data.y[i] - background[i];
        let stray = above > UNEXPLAINED_FACTOR * net[i] + UNEXPLAINED_SIGMA * own;
        if stray { own.hypot(above) } else { own }
    };
    Ok((0..data.x.len()).map(sigma).collect())
}

/// Largest of `values` within the reach of a line.
pub(crate) fn highest_within(x: &[f64], values: &[f64], fwhm_deg: impl Fn(f64) -> f64) -> Vec<f64> {
    let step = match x {
        [first, .., last] => (last - first) / (x.len() - 1) as f64,
        _ => 1.0,
    };
    let around = |i: usize| {
        let reach = (REACH_FWHM * fwhm_deg(x[i]) / step).ceil() as usize;
        let near = &values[i.saturating_sub(reach)..(i + reach + 1).min(values.len())];
        near.iter().copied().fold(0.0, f64::max)
    };
    (0..values.len()).map(around).collect()
}

/// ε at which half of the residuals on strong lines are what noise makes of them.
fn misfit_share(slack: &Slack, sigma: &[f64], highest: &[f64]) -> f64 {
    let points: Vec<(f64, f64)> = slack
        .rest
        .iter()
        .zip(sigma.iter().zip(highest))
        .map(|(z, (sigma, n))| ((n / sigma).powi(2) / slack.quiet_noise, z * z / slack.quiet_noise))
        .filter(|(q, _)| *q > STRONG_SIGMA * STRONG_SIGMA)
        .collect();
    let too_small = |share: f64| {
        let outside = points.iter().filter(|(q, z)| z / (1.0 + share * share * q) > MEDIAN_CHI_SQUARED).count();
        2 * outside > points.len()
    };
    let (least, most, n) = SHARES;
    let mut shares = (0..n).map(|k| least * (most / least).powf(f64::from(k) / f64::from(n - 1)));
    if too_small(0.0) { shares.find(|share| !too_small(*share)).unwrap_or(most) } else { 0.0 }
}
