//! Width of the peaks over 2θ, learned from the scan: which filter width makes the clearest maxima most significant.

use super::filter::{Kernel, best_width};
use crate::radiation::Radiation;

/// Ratio of neighbouring filter widths.
const RATIO: f64 = 1.5;
/// Widest filter, degrees: broader features are background.
const WIDEST_DEG: f64 = 2.0;
/// Narrowest filter in steps of the scan.
const NARROWEST_STEPS: f64 = 2.5;
/// A maximum must be this significant to teach a width.
const TEACHING_SIGNIFICANCE: f64 = 8.0;
/// Most maxima that are asked.
const TEACHERS: usize = 40;
/// Width in steps that is assumed where nothing can be learned.
const DEFAULT_STEPS: f64 = 8.0;

/// `ln FWHM = level + slope · 2θ`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct WidthCurve {
    level: f64,
    slope: f64,
}

/// Most significant filter at one place.
#[derive(Debug, Clone, Copy)]
struct Maximum {
    point: usize,
    two_theta_deg: f64,
    significance: f64,
    fwhm: f64,
}

impl WidthCurve {
    /// The same width everywhere.
    pub(super) fn constant(fwhm_deg: f64) -> Self {
        Self { level: fwhm_deg.ln(), slope: 0.0 }
    }

    /// FWHM in degrees.
    pub(super) fn fwhm_deg(&self, two_theta_deg: f64) -> f64 {
        (self.level + self.slope * two_theta_deg).exp()
    }

    /// Learns the curve; none where no peak is clear enough.
    pub(super) fn learn(x: &[f64], y: &[f64], variance: &[f64], radiation: &Radiation) -> Option<Self> {
        let maxima = best_filters(x, y, variance, radiation);
        if maxima.is_empty() {
            return None;
        }
        let points: Vec<(f64, f64)> = maxima.iter().map(|m| (m.two_theta_deg, m.fwhm.ln())).collect();
        Some(Self::through(&points))
    }

    /// What is assumed of a scan that shows no clear peak.
    pub(super) fn assumed(x: &[f64]) -> Self {
        Self::constant((DEFAULT_STEPS * median_step(x)).clamp(0.08, 0.5))
    }

    /// Line through the medians of slopes and levels of `ln w` (Theil–Sen), which a few odd peaks cannot bend; `points` are
    /// pairs of 2θ and `ln w`.
    pub(super) fn through(points: &[(f64, f64)]) -> Self {
        let mut slopes = Vec::new();
        for (i, a) in points.iter().enumerate() {
            slopes.extend(points[..i].iter().filter(|b| (b.0 - a.0).abs() > 5.0).map(|b| (b.1 - a.1) / (b.0 - a.0)));
        }
        // Few peaks cannot tell a slope from their own differences.
        let slope = if points.len() < 8 { 0.0 } else { median(&mut slopes).unwrap_or(0.0).clamp(-0.01, 0.03) };
        let mut levels: Vec<f64> = points.iter().map(|p| p.1 - slope * p.0).collect();
        Self { level: median(&mut levels).unwrap_or(0.0), slope }
    }
}

/// Local maxima of the significance over places and widths.
fn best_filters(x: &[f64], y: &[f64], variance: &[f64], radiation: &Radiation) -> Vec<Maximum> {
    let step = median_step(x);
    let none = vec![0.0; x.len()];
    let mut all: Vec<Maximum> = Vec::new();
    let mut fwhm = NARROWEST_STEPS * step;
    while fwhm <= WIDEST_DEG.max(NARROWEST_STEPS * step) {
        let stride = ((fwhm / step / 8.0) as usize).max(1);
        let row: Vec<Maximum> = (0..x.len())
            .step_by(stride)
            .filter_map(|i| {
                let response = Kernel::new(x, radiation, x[i], fwhm)?.response(y, variance, &none);
                Some(Maximum { point: i, two_theta_deg: x[i], significance: response.significance(), fwhm })
            })
            .collect();
        for (k, m) in row.iter().enumerate() {
            let around = &row[k.saturating_sub(2)..(k + 3).min(row.len())];
            if m.significance >= TEACHING_SIGNIFICANCE && around.iter().all(|o| o.significance <= m.significance) {
                all.push(*m);
            }
        }
        fwhm *= RATIO;
    }
    all.sort_by(|a, b| b.significance.total_cmp(&a.significance));
    let mut kept: Vec<Maximum> = Vec::new();
    let mut asked: Vec<Maximum> = Vec::new();
    for m in all {
        if asked.len() == TEACHERS {
            break;
        }
        if asked.iter().any(|k| (k.two_theta_deg - m.two_theta_deg).abs() <= k.fwhm.max(m.fwhm)) {
            continue;
        }
        asked.push(m);
        // A feature that is best described by the widest profile is background, or too broad to teach.
        if let Some(measured) = best_width(x, y, radiation, m.point, m.fwhm).filter(|m| m.certain) {
            kept.push(Maximum { fwhm: measured.fwhm, ..m });
        }
    }
    kept
}

/// Median distance of neighbouring points.
pub(super) fn median_step(x: &[f64]) -> f64 {
    let mut steps: Vec<f64> = x.windows(2).map(|w| w[1] - w[0]).collect();
    median(&mut steps).unwrap_or(0.02)
}

/// Median (lower one of an even number); sorts.
pub(super) fn median(values: &mut [f64]) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    values.get(values.len().checked_sub(1)? / 2).copied()
}
