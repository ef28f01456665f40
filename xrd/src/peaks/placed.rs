//! A peak on the points of a scan: where it is evaluated, and what axial divergence does to it.
//!
//! Where the instrument's divergence is not known, a split pseudo-Voigt with `a = α · cot 2θ / cot 20°` (levelling off before
//! it reaches 1) follows the asymmetry, and the position is that of the maximum. Where it is known, the pseudo-Voigt stands
//! behind it, as a sum of shifted copies (Finger, Cox & Jephcoat 1994; see `profile::axial`), and position and width are
//! those without it. The shifts are those of the start: they change with the position by less than a hundredth of what that
//! moves, and the next pass follows.

use std::ops::Range;

use doublet_common::error::Result;
use doublet_common::lineshape::{BaseShape, Columns, Profile, PseudoVoigt, Shape};

use super::{FittedPeak, PeakOptions};
use crate::profile::{InstrumentProfile, bragg_lines, few_copies};
use crate::radiation::Radiation;

/// Expectations of one peak: width, Lorentzian fraction, and position (of a found peak: nothing).
pub(super) const ROWS_PER_PEAK: usize = 3;
/// Half width of the fitted core of a peak in widths.
pub(crate) const CORE_WIDTHS: f64 = 8.0;
/// Largest asymmetry of any peak.
pub(super) const MAX_ASYMMETRY: f64 = 0.85;

/// A peak as it stands before a fit: what it starts from and where it is evaluated.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Start {
    pub(super) two_theta_deg: f64,
    pub(super) area: f64,
    pub(super) fwhm_deg: f64,
    pub(super) lorentzian_fraction: f64,
    /// σ of the expected position of a forced peak; none for a found one.
    pub(super) tolerance_deg: Option<f64>,
    /// Half width of the range in which the peak contributes.
    pub(super) half_window_deg: f64,
}

/// Half heights of specimen and receiving slit over the radius: axial divergence that is known.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Heights {
    pub(super) s_over_l: f64,
    pub(super) h_over_l: f64,
}

impl Heights {
    /// Those of the instrument, where it has any and peaks may be asymmetric.
    pub(super) fn of(instrument: Option<&InstrumentProfile>, options: &PeakOptions) -> Option<Self> {
        let InstrumentProfile { s_over_l, h_over_l, .. } = *instrument?;
        (options.axial_asymmetry && s_over_l + h_over_l > 0.0).then_some(Self { s_over_l, h_over_l })
    }

    fn copies(self, two_theta_deg: f64, fwhm_deg: f64) -> Vec<(f64, f64)> {
        few_copies(self.s_over_l, self.h_over_l, two_theta_deg, fwhm_deg)
    }

    /// Position of the peak whose maximum stands at `apex_deg`.
    pub(super) fn position_deg(self, apex_deg: f64, fwhm_deg: f64) -> f64 {
        apex_deg - apex(&self.copies(apex_deg, fwhm_deg), fwhm_deg, 0.5).0
    }
}

/// A peak with what does not change during a fit.
pub(super) struct Placed {
    /// Points at which it contributes.
    pub(super) whole: Range<usize>,
    /// Those of them at which it is fitted.
    pub(super) points: Range<usize>,
    /// Observation of its expected width; those of its fraction and position follow.
    pub(super) row: usize,
    /// Where a forced peak is expected, and to what.
    pub(super) expected_position: Option<(f64, f64)>,
    /// Asymmetry for α = 1.
    axial: f64,
    /// Position scaled to −1…1.
    pub(super) scaled: f64,
    /// Shift and weight of the copies of each emission line; empty where divergence is not known.
    copies: Vec<Vec<(f64, f64)>>,
}

/// Position scaled to −1…1 on the range of the scan.
pub(super) fn scaled(x: &[f64], two_theta_deg: f64) -> f64 {
    match (x.first(), x.last()) {
        (Some(low), Some(high)) if high > low => (2.0 * two_theta_deg - low - high) / (high - low),
        _ => 0.0,
    }
}

/// `cot 2θ / cot 20°`.
fn axial(two_theta_deg: f64) -> f64 {
    20f64.to_radians().tan() / two_theta_deg.to_radians().tan()
}

impl Placed {
    pub(super) fn new(x: &[f64], radiation: &Radiation, heights: Option<Heights>, start: &Start, row: usize) -> Self {
        let position = start.two_theta_deg;
        let last = bragg_lines(radiation, position).map(|l| l.two_theta_deg).fold(position, f64::max);
        let of_line = |heights: Heights| {
            bragg_lines(radiation, position).map(move |l| heights.copies(l.two_theta_deg, start.fwhm_deg)).collect()
        };
        let copies: Vec<Vec<(f64, f64)>> = heights.map(of_line).unwrap_or_default();
        let shifts = || copies.iter().flatten().map(|(shift, _)| *shift);
        let (lowest, highest) = (shifts().fold(0.0, f64::min), shifts().fold(0.0, f64::max));
        let within = |reach: f64| {
            let from = x.partition_point(|v| *v < position + lowest - reach);
            let to = x.partition_point(|v| *v <= last + highest + reach).max(from);
            // A window without a point (a gap in the scan) still needs a place in the observations.
            let from = from.min(x.len().saturating_sub(1));
            from..to.max(from + 1).min(x.len())
        };
        Self {
            whole: within(start.half_window_deg),
            points: within(start.half_window_deg.min(CORE_WIDTHS * start.fwhm_deg)),
            row,
            expected_position: start.tolerance_deg.map(|tolerance| (position, tolerance)),
            axial: axial(position),
            scaled: scaled(x, position),
            copies,
        }
    }

    /// Shape of one copy, and the derivative of its asymmetry by α.
    pub(super) fn shape(&self, fwhm_deg: f64, fraction: f64, alpha: f64) -> Result<(Profile, f64)> {
        if self.copies.is_empty() {
            let (asymmetry, d_alpha) = self.asymmetry(alpha);
            return Ok((BaseShape::PseudoVoigt.split().with(&[fwhm_deg, fraction, asymmetry])?, d_alpha));
        }
        Ok((BaseShape::PseudoVoigt.symmetric().with(&[fwhm_deg, fraction])?, 0.0))
    }

    /// Shift and weight of the copies of an emission line.
    pub(super) fn copies(&self, line: usize) -> &[(f64, f64)] {
        self.copies.get(line).map_or(&[(0.0, 1.0)], Vec::as_slice)
    }

    /// Mean shift of an emission line.
    pub(super) fn mean_shift_deg(&self, line: usize) -> f64 {
        self.copies(line).iter().map(|(shift, weight)| shift * weight).sum()
    }

    /// How far the maximum stands from the position, and its height over that of one copy.
    pub(super) fn apex(&self, fwhm_deg: f64, fraction: f64) -> (f64, f64) {
        apex(self.copies(0), fwhm_deg, fraction)
    }

    /// Asymmetry for this α, and its derivative.
    pub(super) fn asymmetry(&self, alpha: f64) -> (f64, f64) {
        if !self.copies.is_empty() {
            return (0.0, 0.0);
        }
        let level = (alpha * self.axial / MAX_ASYMMETRY).tanh();
        (MAX_ASYMMETRY * level, self.axial * (1.0 - level * level))
    }
}

impl FittedPeak {
    /// Distance from the position and share of every emission line as fitted, behind the axial divergence of `instrument`.
    pub(crate) fn lines(&self, radiation: &Radiation, instrument: Option<&InstrumentProfile>) -> Vec<(f64, f64)> {
        let (at, fwhm_deg) = (self.two_theta_deg.value, self.fwhm_deg.value);
        let heights = Heights::of(instrument, &PeakOptions::default());
        bragg_lines(radiation, at)
            .flat_map(|line| {
                let copies = heights.map_or(vec![(0.0, 1.0)], |heights| heights.copies(line.two_theta_deg, fwhm_deg));
                copies.into_iter().map(move |(shift, weight)| (line.two_theta_deg + shift - at, line.share * weight))
            })
            .collect()
    }

    /// The peak as fitted, at points of its core.
    pub(crate) fn curve(
        &self,
        x: &[f64],
        radiation: &Radiation,
        instrument: Option<&InstrumentProfile>,
    ) -> Result<Vec<f64>> {
        let parameters = [self.fwhm_deg.value, self.lorentzian_fraction.value, self.asymmetry];
        let shape = BaseShape::PseudoVoigt.split().with(&parameters)?;
        let mut columns = Columns::default();
        let mut values = vec![0.0; x.len()];
        for (offset, share) in self.lines(radiation, instrument) {
            shape.columns(x, self.two_theta_deg.value + offset, &mut columns);
            values.iter_mut().zip(&columns.value).for_each(|(sum, v)| *sum += self.area.value * share * v);
        }
        Ok(values)
    }
}

/// Maximum of a sum of copies: where, and how high in units of one.
fn apex(copies: &[(f64, f64)], fwhm_deg: f64, fraction: f64) -> (f64, f64) {
    /// Points over the range of the shifts; a parabola through three of them does the rest.
    const POINTS: usize = 64;
    let shifts = || copies.iter().map(|(shift, _)| *shift);
    let (low, high) = (shifts().fold(f64::INFINITY, f64::min), shifts().fold(f64::NEG_INFINITY, f64::max));
    let Ok(shape) = PseudoVoigt::new(fwhm_deg, fraction) else { return (0.0, 1.0) };
    let top = shape.at(0.0).value;
    let value = |at: f64| copies.iter().map(|(shift, weight)| weight * shape.at(at - shift).value).sum::<f64>() / top;
    let step = (high - low) / POINTS as f64;
    if step <= 0.0 {
        return (low, 1.0);
    }
    let heights: Vec<f64> = (0..=POINTS).map(|i| value(low + step * i as f64)).collect();
    let highest = (1..POINTS).max_by(|a, b| heights[*a].total_cmp(&heights[*b])).unwrap_or(1);
    let [before, here, after] = [highest - 1, highest, highest + 1].map(|i| heights[i]);
    let bend = before - 2.0 * here + after;
    let aside = if bend < 0.0 { (0.5 * (before - after) / bend).clamp(-1.0, 1.0) } else { 0.0 };
    let at = low + step * (highest as f64 + aside);
    (at, value(at))
}
