//! Peaks that are too wide to be one: a peak that stands clear of the widths of the others is tried as a pair.
//!
//! The trial is local: the rest of the model is taken out, and around the peak one profile of free width competes with two
//! of the usual width, each on a straight background. The pair wins if it describes the data better by more than noise can,
//! and by more than a small misfit of the profile could.

use doublet_common::background::Chebyshev;
use doublet_common::fit::{Coupling, Fit, Options, ParameterId, Weights, fit as least_squares};

use super::model::{Expectations, Pattern};
use super::placed::{Heights, Start};
use crate::error::Result;
use crate::radiation::Radiation;

/// A peak is tried if `ln w` exceeds the usual by this.
const EXCESS: f64 = 0.18;
/// Half window of the trial in widths of the peak.
const WINDOW: f64 = 2.5;
/// Scatter of `ln w` that the members of a pair are allowed.
const MEMBER_SCATTER: f64 = 0.1;
/// Improvement of χ² that noise does not give, with three more parameters.
const LEAST_GAIN: f64 = 25.0;
/// Improvement relative to the χ² of the single peak that a misfit of the profile does not give.
const LEAST_RELATIVE_GAIN: f64 = 0.15;
/// Smallest significance of each member.
const MEMBER_SIGNIFICANCE: f64 = 5.0;
/// Smallest distance of the members in usual widths.
const LEAST_DISTANCE: f64 = 0.35;
/// Where the members of a pair of distance 1 start, relative to the peak: like areas, or one much larger.
const OFFSETS: [(f64, f64); 3] = [(-0.5, 0.5), (-0.2, 0.8), (-0.8, 0.2)];

/// The data under one peak, everything else taken out.
pub(super) struct Local<'a> {
    pub(super) x: &'a [f64],
    pub(super) rest: Vec<f64>,
    pub(super) sigma: Vec<f64>,
    pub(super) radiation: &'a Radiation,
    pub(super) heights: Option<Heights>,
    pub(super) asymmetry: f64,
    /// Usual FWHM here.
    pub(super) usual_fwhm_deg: f64,
}

/// Half window of the trial of a peak.
pub(super) fn half_window_deg(peak: &Start) -> f64 {
    WINDOW * peak.fwhm_deg
}

/// Whether a peak is wide enough to be tried as a pair.
pub(super) fn suspicious(peak: &Start, usual_fwhm_deg: f64) -> bool {
    peak.tolerance_deg.is_none() && (peak.fwhm_deg / usual_fwhm_deg).ln() > EXCESS
}

impl Local<'_> {
    /// The pair that describes the data better than `peak`, if there is one.
    pub(super) fn pair(&self, peak: &Start) -> Result<Option<[Start; 2]>> {
        // Two straight-line coefficients, four parameters for each of two peaks, and some points to judge.
        const FEWEST_POINTS: usize = 14;
        if self.x.len() < FEWEST_POINTS {
            return Ok(None);
        }
        let mut peak = peak.clone();
        peak.half_window_deg = 2.0 * half_window_deg(&peak);
        let (single, _) = self.fit(std::slice::from_ref(&peak), 10.0)?;
        let distance = (peak.fwhm_deg - 0.6 * self.usual_fwhm_deg).max(0.5 * self.usual_fwhm_deg);
        let mut best: Option<(f64, [Start; 2])> = None;
        for (left, right) in OFFSETS {
            let member = |offset: f64, other: f64| Start {
                two_theta_deg: peak.two_theta_deg + offset * distance,
                area: peak.area * other.abs(),
                fwhm_deg: self.usual_fwhm_deg,
                ..peak.clone()
            };
            let members = [member(left, right), member(right, left)];
            let (cost, fit) = self.fit(&members, MEMBER_SCATTER)?;
            let enough = single - cost > LEAST_GAIN.max(LEAST_RELATIVE_GAIN * single);
            let better = enough && best.as_ref().is_none_or(|(least, _)| cost < *least);
            let pair = fit.filter(|_| better).and_then(|fit| self.judged(&members, &fit));
            if let Some(pair) = pair {
                best = Some((cost, pair));
            }
        }
        Ok(best.map(|(_, pair)| pair))
    }

    /// χ², expectations included, and the fit if it converged.
    fn fit(&self, starts: &[Start], scatter: f64) -> Result<(f64, Option<Fit>)> {
        let (low, high) = (self.x[0], self.x[self.x.len() - 1]);
        let expectations = Expectations {
            width_scatter: scatter,
            fraction_scatter: 0.2,
            width: [self.usual_fwhm_deg.ln(), 0.0, 0.0],
            fraction: [0.5, 0.0],
        };
        let chebyshev = Chebyshev::new(low, high, 1)?;
        let pattern = Pattern::new(self.x, (self.radiation, &[]), self.heights, &chebyshev, starts, expectations);
        let mut parameters = pattern.parameters(starts, &[0.0, 0.0], Some(self.asymmetry), |_| self.usual_fwhm_deg);
        let layout = pattern.layout();
        for shared in layout.asymmetry()..layout.peak(0) {
            parameters.get_mut(ParameterId(shared)).coupling = Coupling::Fixed;
        }
        let (observed, sigma) = pattern.target(&self.rest, &self.sigma);
        let options = Options { max_evaluations: 40, tolerance: 3e-2, ..Options::default() };
        let fit = least_squares(&pattern, &parameters, &observed, Weights::Sigma(&sigma), &options)?;
        let cost = fit.statistics.chi_squared;
        Ok((cost, fit.converged().then_some(fit)))
    }

    /// The fitted members, if both are there and apart.
    fn judged(&self, members: &[Start; 2], fit: &Fit) -> Option<[Start; 2]> {
        let values = fit.parameters.values();
        let first = values.len() - 2 * super::model::PER_PEAK;
        let member = |k: usize| {
            let own = first + k * super::model::PER_PEAK;
            let significance = values[own + 1] / fit.sigma[own + 1]?;
            (significance > MEMBER_SIGNIFICANCE).then(|| Start {
                two_theta_deg: values[own],
                area: values[own + 1],
                fwhm_deg: values[own + 2],
                lorentzian_fraction: values[own + 3].clamp(0.02, 0.98),
                ..members[k].clone()
            })
        };
        let (a, b) = (member(0)?, member(1)?);
        let apart = (a.two_theta_deg - b.two_theta_deg).abs() > LEAST_DISTANCE * self.usual_fwhm_deg;
        apart.then_some([a, b])
    }
}
