//! Peaks: found by their significance, fitted as Bragg peaks with all emission lines.
//!
//! [`find`] looks for peaks with a matched filter whose noise is known from counting statistics. [`fit`](fit()) refines the whole
//! pattern at once: positions, areas, widths and shapes of all peaks with a Chebyshev background, each with σ; peaks that
//! turn out insignificant leave, peaks that the residuals show enter. Kα2 is part of every peak and never a peak itself;
//! [`strip_k_alpha2`] exists for figures only.

mod degree;
mod filter;
mod fit;
mod inflation;
mod kalpha2;
mod model;
mod noise;
mod pass;
mod placed;
mod results;
mod search;
mod split;
mod width;

#[cfg(test)]
mod simulated;

pub use fit::{MAX_FITTED_PEAKS, fit, refit};
pub use kalpha2::strip_k_alpha2;
pub(crate) use noise::Noise;
pub(crate) use placed::CORE_WIDTHS;
pub use search::{MAX_PEAKS, find};

use doublet_common::Quantity;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::analysis::FitStatistics;
use crate::profile::Contamination;
use width::WidthCurve;

/// How peaks are sought and fitted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PeakOptions {
    /// Smallest significance, in σ of counting statistics, of a peak that is kept.
    pub minimum_significance: f64,
    /// Degree of the Chebyshev background; none: chosen from the data.
    pub chebyshev_degree: Option<usize>,
    /// Positions where a peak is fitted whether it is found or not, such as calculated reflections that overlap.
    pub forced: Vec<ForcedPeak>,
    /// Whether peaks may be asymmetric by axial divergence: one number for the whole pattern, scaled with cot 2θ.
    pub axial_asymmetry: bool,
    /// Lines beside Kα that every peak has as well, in known ratios.
    pub contamination: Vec<Contamination>,
}

/// A peak that is fitted because it must be there, not because it was found.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ForcedPeak {
    /// Position of the reference line.
    pub two_theta_deg: f64,
    /// How well that is known (one σ); the fit moves it by at most twice this.
    pub tolerance_deg: f64,
}

impl Default for PeakOptions {
    fn default() -> Self {
        Self {
            minimum_significance: 5.0,
            chebyshev_degree: None,
            forced: Vec::new(),
            axial_asymmetry: true,
            contamination: Vec::new(),
        }
    }
}

/// A peak that the search found.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FoundPeak {
    /// Position of the reference line (Kα1).
    pub two_theta_deg: f64,
    /// Height of the reference line above its surroundings.
    pub height: f64,
    /// Full width at half maximum of one emission line: that of the filter which fits best.
    pub fwhm_deg: f64,
    /// Height divided by its σ of counting statistics.
    pub significance: f64,
}

/// Width and shape of a peak as expected from those of all peaks; σ is the scatter of single peaks around that. Values and
/// σ of a [`FittedPeak`] include this expectation.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct ExpectedShape {
    /// `ln` of the full width at half maximum in degrees, and its scatter.
    pub ln_fwhm: (f64, f64),
    /// Lorentzian share, and its scatter.
    pub lorentzian_fraction: (f64, f64),
}

/// A fitted peak: all emission lines together; behind the axial divergence of the instrument where that is known.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FittedPeak {
    /// Position of the reference line.
    pub two_theta_deg: Quantity,
    /// Lattice spacing from that position, without displacement correction.
    pub d_angstrom: Quantity,
    /// Integrated intensity of all emission lines, intensity · degrees.
    pub area: Quantity,
    /// Height of the reference line above the background.
    pub height: Quantity,
    /// Full width at half maximum of one emission line.
    pub fwhm_deg: Quantity,
    /// Integral breadth of one emission line.
    pub integral_breadth_deg: Quantity,
    /// Lorentzian share of the pseudo-Voigt shape (0 Gaussian, 1 Lorentzian).
    pub lorentzian_fraction: Quantity,
    /// What width and shape the other peaks make expected here.
    #[serde(skip)]
    pub expected: ExpectedShape,
    /// Background under the peak.
    #[serde(skip)]
    pub background: f64,
    /// Its σ of counting.
    #[serde(skip)]
    pub background_sigma: Option<f64>,
    /// How far to each side the peak was followed, degrees.
    #[serde(skip)]
    pub half_window_deg: f64,
    /// How far the maximum of the reference line stands from its position, degrees: the instrument's axial divergence, where
    /// that is known; otherwise 0.
    #[serde(skip)]
    pub apex_shift_deg: f64,
    /// Half width on the low-angle side minus that on the other, divided by their sum; 0 where the instrument's axial
    /// divergence is known.
    pub asymmetry: f64,
    /// Area divided by its σ of counting.
    pub significance: f64,
    /// Factor by which every σ of this peak was inflated, because the residuals under it are larger than counting noise
    /// or alike.
    pub sigma_inflation: f64,
    /// Number of the group of overlapping peaks to which it belongs, from 0 ascending in 2θ.
    pub group: usize,
    /// Whether its position was given and not found.
    pub forced: bool,
    /// What must be known before its numbers are used.
    pub warnings: Vec<String>,
}

/// A fitted pattern.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PeakFit {
    /// Peaks, ascending in 2θ.
    pub peaks: Vec<FittedPeak>,
    /// Coefficients of the Chebyshev background on the range of the scan scaled to −1…1.
    pub background_coefficients: Vec<Quantity>,
    /// How the degree of the background was found.
    pub background_choice: String,
    /// Background at the points of the scan.
    pub background: Vec<f64>,
    /// Contamination lines of all peaks at the points of the scan; zero where none are asked for.
    pub contamination: Vec<f64>,
    /// Background, peaks and contamination at the points of the scan.
    pub calculated: Vec<f64>,
    /// Quality of the fit.
    pub statistics: FitStatistics,
    /// Width over 2θ that the scan taught before the fit.
    #[serde(skip)]
    curve: Option<WidthCurve>,
    /// What was assumed or doubted.
    pub warnings: Vec<String>,
}
