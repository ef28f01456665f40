//! The measured profile of each reflection: what the scan shows of a peak once background, other peaks and contamination
//! of the peak fit are taken away.
//!
//! Its window is that in which the fit followed the peak's core, cut where other peaks stand higher than this one and than the
//! noise. A peak that is cut nearer than a few widths does not stand apart and has no profile.

use std::ops::Range;
use std::sync::Arc;

use doublet_common::lineshape::{PseudoVoigt, Shape};

use crate::error::Result;
use crate::peaks::{CORE_WIDTHS, FittedPeak, PeakFit};
use crate::profile::{InstrumentProfile, bragg_lines, copies};
use crate::radiation::Radiation;
use crate::scan::Scan;
use crate::size_strain::{Continuation, LineProfile};

/// A profile reaches so many widths beyond its outer emission lines, at least.
const LEAST_WIDTHS: f64 = 2.0;

/// Profile of every fitted peak, in their order; none where a peak does not stand apart. `instrument` is that of the fit.
///
/// # Errors
/// Widths that make no line.
pub(super) fn line_profiles(
    scan: &Scan,
    fitted: &PeakFit,
    instrument: Option<&InstrumentProfile>,
    radiation: &Radiation,
) -> Result<Vec<Option<Arc<LineProfile>>>> {
    let profile = |peak| Ok(line_profile(scan, fitted, peak, instrument, radiation)?.map(Arc::new));
    fitted.peaks.iter().map(profile).collect()
}

/// Distance from the reference line and share of every emission line of a peak behind the axial divergence.
pub(super) fn instrument_lines(
    peak: &FittedPeak,
    instrument: Option<&InstrumentProfile>,
    radiation: &Radiation,
) -> Vec<(f64, f64)> {
    let at = peak.two_theta_deg.value;
    let (s_over_l, h_over_l) = instrument.map_or((0.0, 0.0), |i| (i.s_over_l.max(0.0), i.h_over_l.max(0.0)));
    bragg_lines(radiation, at)
        .flat_map(|line| {
            copies(s_over_l, h_over_l, line.two_theta_deg, peak.fwhm_deg.value)
                .into_iter()
                .map(move |copy| (copy.position_deg - at, line.share * copy.weight))
        })
        .collect()
}

fn line_profile(
    scan: &Scan,
    fitted: &PeakFit,
    peak: &FittedPeak,
    instrument: Option<&InstrumentProfile>,
    radiation: &Radiation,
) -> Result<Option<LineProfile>> {
    let (x, y, sigma) = (scan.two_theta_deg(), scan.intensity(), scan.sigma());
    let (at, fwhm) = (peak.two_theta_deg.value, peak.fwhm_deg.value);
    let lines = peak.lines(radiation, instrument);
    let [first, last] = [f64::min, f64::max].map(|pick: fn(f64, f64) -> f64| lines.iter().map(|l| l.0).fold(0.0, pick));
    let core = within(x, at + first - CORE_WIDTHS * fwhm..at + last + CORE_WIDTHS * fwhm);
    let own = peak.curve(&x[core.clone()], radiation, instrument)?;
    let others: Vec<f64> =
        core.clone().zip(&own).map(|(i, own)| fitted.calculated[i] - fitted.background[i] - own).collect();
    let hidden = |i: usize| others[i - core.start] > own[i - core.start].max(sigma[i]);
    let least = within(x, at + first - LEAST_WIDTHS * fwhm..at + last + LEAST_WIDTHS * fwhm);
    let reached = x.first().is_some_and(|x| *x <= at + first - LEAST_WIDTHS * fwhm)
        && x.last().is_some_and(|x| *x >= at + last + LEAST_WIDTHS * fwhm);
    if !reached || least.len() < 3 || least.clone().any(hidden) {
        return Ok(None);
    }
    let from = (core.start..least.start).rev().find(|i| hidden(*i)).map_or(core.start, |i| i + 1);
    let to = (least.end..core.end).find(|i| hidden(*i)).unwrap_or(core.end);
    let continuation = Continuation {
        area: peak.area.value,
        fwhm_deg: fwhm,
        lorentzian_fraction: peak.lorentzian_fraction.value.clamp(0.0, 1.0),
        lines,
    };
    let shape = PseudoVoigt::new(fwhm, continuation.lorentzian_fraction)?;
    let continued = |i: usize| {
        let value: f64 = continuation.lines.iter().map(|(d, share)| share * shape.at(x[i] - at - d).value).sum();
        continuation.area * value
    };
    let difference = |i: usize| y[i] - fitted.background[i] - others[i - core.start] - continued(i);
    let step = |i: usize| {
        let (before, after) = (i.saturating_sub(1), (i + 1).min(x.len() - 1));
        (x[after] - x[before]) / (after - before) as f64
    };
    Ok(Some(LineProfile {
        window_deg: [x[from] - at, x[to - 1] - at],
        offset_deg: x[from..to].iter().map(|x| x - at).collect(),
        step_deg: (from..to).map(step).collect(),
        difference: (from..to).map(difference).collect(),
        sigma: sigma[from..to].to_vec(),
        background_sigma: peak.background_sigma.unwrap_or(0.0),
        continuation,
    }))
}

fn within(x: &[f64], range: Range<f64>) -> Range<usize> {
    let from = x.partition_point(|x| *x < range.start);
    from..x.partition_point(|x| *x <= range.end).max(from)
}
