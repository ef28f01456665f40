//! Sizes and strains of a phase, as plain data.

use doublet_common::Quantity;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Crystallite sizes of one phase.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PhaseSize {
    /// Id of the phase; peaks that no phase explains stand under an empty id.
    pub phase_id: String,
    /// Name of the phase.
    pub name: String,
    /// Whether an instrument profile was removed. Without one every size is a lower limit.
    pub instrument_removed: bool,
    /// Scherrer constants for FWHM and integral breadth.
    pub scherrer_k: [f64; 2],
    /// What the numbers mean: volume-weighted column length, lower limit, instrument-limited, ….
    pub meaning: String,
    /// Weighted mean size from FWHM.
    pub mean_size_fwhm_nm: Option<Quantity>,
    /// Weighted mean size from integral breadth.
    pub mean_size_integral_nm: Option<Quantity>,
    /// Scatter of the single sizes around the mean in units of their σ (reduced χ²); far above 1: strain or anisotropy.
    pub spread_reduced_chi_squared: Option<f64>,
    /// One row per reflection used.
    pub reflections: Vec<ReflectionSize>,
    /// Size and strain by every method, side by side.
    pub methods: Vec<SizeStrain>,
    /// The whole-pattern fit where it describes the pattern about as well as free peaks do; else, of the joint fits and double
    /// Voigt, the one that describes the lines best for its number of parameters (Bayesian information criterion); none where
    /// none can be made.
    pub best_method: Option<SizeStrainMethod>,
    /// What the methods say together: where they differ and why.
    pub comparison: Vec<String>,
    /// Sizes along the directions of the lattice that have reflections of their own, and whether they differ.
    pub directions: Vec<DirectionSize>,
    /// Largest size and smallest strain that these peaks behind this instrument can show.
    pub detection_limit: Option<DetectionLimit>,
    /// Williamson–Hall plot: breadth `β cosθ/λ` over `d*` = 2 sinθ/λ, both in nm⁻¹.
    pub williamson_hall_plot: Option<BreadthPlot>,
    /// Halder–Wagner plot: `(β*/d*)²` over `β*/d*²` in nm.
    pub halder_wagner_plot: Option<BreadthPlot>,
    /// Warren–Averbach: size coefficients and strains over the column length, for all reflections and for each direction
    /// with several orders.
    pub fourier: Vec<FourierSize>,
    /// What must be known before these numbers are used.
    pub warnings: Vec<String>,
}

/// Scherrer sizes from one reflection.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ReflectionSize {
    /// Miller indices.
    pub hkl: [i32; 3],
    /// Position, degrees.
    pub two_theta_deg: Quantity,
    /// Observed FWHM, degrees. The σ of this and of all that follows is that of the peak; the instrument's is common to all.
    pub fwhm_deg: Quantity,
    /// Observed integral breadth, degrees.
    pub integral_breadth_deg: Quantity,
    /// Instrument FWHM at this angle, degrees.
    pub instrument_fwhm_deg: Option<f64>,
    /// FWHM of the sample alone, degrees.
    pub sample_fwhm_deg: Option<Quantity>,
    /// Integral breadth of the sample alone, degrees.
    pub sample_integral_breadth_deg: Option<Quantity>,
    /// Square of the Gaussian width (FWHM) of the sample alone; noise may make it negative.
    pub sample_gaussian_fwhm_squared_deg2: Option<Quantity>,
    /// Lorentzian width (FWHM) of the sample alone; noise may make it negative.
    pub sample_lorentzian_fwhm_deg: Option<Quantity>,
    /// Covariance of these two.
    pub sample_parts_covariance_deg3: Option<f64>,
    /// Size from FWHM.
    pub size_fwhm_nm: Option<Quantity>,
    /// Size from integral breadth.
    pub size_integral_nm: Option<Quantity>,
    /// Whether this reflection entered the mean, and if not why.
    pub used: bool,
    /// Remark: overlapped, instrument-limited, ….
    pub remark: String,
}

/// A way from breadths to size and strain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SizeStrainMethod {
    /// Scherrer's equation with the full width at half maximum; strain neglected.
    ScherrerFwhm,
    /// Scherrer's equation with the integral breadth; strain neglected.
    ScherrerIntegral,
    /// Williamson–Hall, breadths of size and strain add (both Lorentzian).
    WilliamsonHall,
    /// Williamson–Hall, squares of the breadths add (both Gaussian).
    WilliamsonHallSquared,
    /// Size–strain plot, which in other units is the Halder–Wagner and the Halder–Wagner–Langford plot.
    HalderWagner,
    /// One size and one strain fitted to both parts of all lines at once: size Lorentzian, strain Gaussian.
    JointGaussian,
    /// Warren–Averbach, all reflections as orders of one direction.
    WarrenAverbach,
    /// One size and one strain fitted to both parts of all lines at once, both Lorentzian.
    JointLorentzian,
    /// The same, size and strain each broadening by a Voigt function of its own.
    DoubleVoigt,
    /// One size and one strain fitted to the measured points of the whole pattern: size Lorentzian, strain Gaussian.
    PatternGaussian,
    /// The same, both Lorentzian.
    PatternLorentzian,
    /// The same, size and strain each a Voigt function.
    PatternVoigt,
}

impl SizeStrainMethod {
    /// Whether it is a fit to the measured points and not to the widths of peaks.
    pub fn is_whole_pattern(self) -> bool {
        matches!(self, Self::PatternGaussian | Self::PatternLorentzian | Self::PatternVoigt)
    }

    /// Whether it takes strain for purely Gaussian, or purely Lorentzian.
    pub(crate) fn strain_is(self) -> Option<Self> {
        match self {
            Self::JointGaussian | Self::PatternGaussian => Some(Self::JointGaussian),
            Self::JointLorentzian | Self::PatternLorentzian => Some(Self::JointLorentzian),
            _ => None,
        }
    }

    /// Name in tables and sentences.
    pub fn name(self) -> &'static str {
        match self {
            Self::ScherrerFwhm => "Scherrer (FWHM)",
            Self::ScherrerIntegral => "Scherrer (integral breadth)",
            Self::WilliamsonHall => "Williamson–Hall (Lorentzian)",
            Self::WilliamsonHallSquared => "Williamson–Hall (Gaussian)",
            Self::HalderWagner => "Size–strain plot (Halder–Wagner)",
            Self::JointGaussian => "Joint fit, Gaussian strain",
            Self::JointLorentzian => "Joint fit, Lorentzian strain",
            Self::DoubleVoigt => "Double Voigt",
            Self::WarrenAverbach => "Warren–Averbach",
            Self::PatternGaussian => "Whole pattern, Gaussian strain",
            Self::PatternLorentzian => "Whole pattern, Lorentzian strain",
            Self::PatternVoigt => "Whole pattern, double Voigt",
        }
    }
}

/// What average a size is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SizeKind {
    /// Volume-weighted mean length ⟨D⟩v of the columns along the scattering vector.
    VolumeWeightedColumn,
    /// Area-weighted mean length ⟨D⟩a of the columns along the scattering vector.
    AreaWeightedColumn,
    /// Cube root of the volume of crystallites of one size, by Scherrer's constant.
    ScherrerSize,
}

/// What a strain is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum StrainKind {
    /// e = β/(4 tanθ) of the integral breadth β that strain causes (Stokes and Wilson's "maximum strain").
    IntegralBreadth,
    /// Root mean square over the column length that stands with it.
    RootMeanSquare,
}

/// Size and strain by one method.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SizeStrain {
    /// Method.
    pub method: SizeStrainMethod,
    /// Size.
    pub size_nm: Option<Quantity>,
    /// Part of its σ that the uncertainty of the instrument's profile causes; none where that counts as exact.
    pub size_sigma_by_instrument_nm: Option<f64>,
    /// Which average the size is.
    pub size_kind: SizeKind,
    /// Where the data show no finite size: 95 % lower limit, but not above the size beyond which the phase is instrument-limited.
    pub size_lower_limit_nm: Option<f64>,
    /// Strain, dimensionless; none where the method neglects it.
    pub strain: Option<Quantity>,
    /// Part of its σ that the uncertainty of the instrument's profile causes; none where that counts as exact.
    pub strain_sigma_by_instrument: Option<f64>,
    /// What the strain is.
    pub strain_kind: StrainKind,
    /// Where strain is not significant (under 2σ): 95 % upper limit.
    pub strain_upper_limit: Option<f64>,
    /// Correlation of breadths by size and by strain.
    pub correlation: Option<f64>,
    /// Reflections used.
    pub reflections: usize,
    /// χ² per degree of freedom of the lines around the fit; where chance would let it exceed that less than once in twenty
    /// cases, σ is enlarged by its root. Of a whole-pattern fit that of the measured points; σ is enlarged by its root where it
    /// is above 1, and for serial correlation of the residuals.
    pub reduced_chi_squared: Option<f64>,
    /// What the method takes for granted.
    pub assumption: String,
    /// What is to be said of this result.
    pub verdict: String,
}

/// Size along one direction of the lattice.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DirectionSize {
    /// Kind of reflections: "h00", "00l", "hk0", ….
    pub direction: String,
    /// Reflections used.
    pub reflections: Vec<[i32; 3]>,
    /// Volume-weighted column length ⟨D⟩v along it, with one strain for all lines of the phase (none with fewer than three
    /// lines); none where no broadening by size is seen.
    pub size_nm: Option<Quantity>,
}

/// Largest size and smallest strain that a set of peaks can show behind an instrument.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DetectionLimit {
    /// Size ⟨D⟩v beyond which the phase is instrument-limited: the smaller of the next two.
    pub largest_size_nm: f64,
    /// Strain e below which nothing is seen: the larger of its two limits.
    pub smallest_strain: f64,
    /// Size whose broadening is three standard uncertainties of the mean breadth of these peaks, were they as narrow as the
    /// instrument: counting statistics alone.
    pub statistical_size_nm: f64,
    /// Strain whose broadening is three standard uncertainties in the same way.
    pub statistical_strain: f64,
    /// Size at which the sample's Lorentzian width is a fifth of the instrument's at the best reflection; narrower lines are no
    /// evidence of size, since an instrument is not known better.
    pub size_at_fifth_of_instrument_nm: f64,
    /// Strain at which it is a fifth of the instrument's at the best reflection.
    pub strain_at_fifth_of_instrument: f64,
}

/// One reflection in a plot of breadths.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct BreadthPoint {
    /// Miller indices.
    pub hkl: [i32; 3],
    /// Direction it belongs to ("h00", "00l", …); empty: none of these.
    pub direction: String,
    /// Abscissa.
    pub x: f64,
    /// Ordinate with σ.
    pub y: Quantity,
}

/// Breadths of a phase as a straight line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct BreadthPlot {
    /// Reflections.
    pub points: Vec<BreadthPoint>,
    /// Intercept of the line fitted.
    pub intercept: f64,
    /// Slope of the line fitted.
    pub slope: f64,
}

/// Where Fourier coefficients come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FourierSource {
    /// Measured profiles, from which the instrument is divided out (Stokes); the function fitted continues each outside its
    /// window.
    MeasuredProfiles,
    /// Voigt functions fitted, of the parts of the sample alone: too few profiles stand apart, or they are soon lost in noise.
    VoigtFunctions,
}

/// What ends Fourier coefficients over the column length.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FourierEnd {
    /// They have fallen to nothing.
    Fallen,
    /// The coefficients of this reflection, the weakest used, fall below five times their σ.
    Noise {
        /// Miller indices.
        hkl: [i32; 3],
    },
    /// The transform of the instrument at this reflection falls below a twentieth of its area.
    Instrument {
        /// Miller indices.
        hkl: [i32; 3],
    },
}

/// Warren–Averbach analysis of several orders.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FourierSize {
    /// Direction of the orders, as the lowest hkl; none: all reflections, as if size and strain were the same in all.
    pub direction: Option<[i32; 3]>,
    /// Where the coefficients come from.
    pub source: FourierSource,
    /// Reflections used.
    pub reflections: Vec<[i32; 3]>,
    /// Ends of the window of each measured profile, as distance from the position of the reference line; empty without.
    pub window_deg: Vec<[f64; 2]>,
    /// Column lengths L, common to all orders.
    pub length_nm: Vec<f64>,
    /// Size coefficients at these lengths.
    pub size_coefficient: Vec<Quantity>,
    /// Root mean square strain at these lengths; none where its square is not positive.
    pub rms_strain: Vec<Option<Quantity>>,
    /// Why L ends where it does.
    pub end: FourierEnd,
    /// Area-weighted column length: where the tangent to the size coefficients reaches zero.
    pub area_weighted_nm: Option<Quantity>,
    /// Volume-weighted column length: twice the area under the size coefficients.
    pub volume_weighted_nm: Option<Quantity>,
    /// Share of it beyond the end of L, where the coefficients are continued exponentially.
    pub continued_share: f64,
    /// Length at which the strain of the table stands: half of ⟨D⟩v.
    pub strain_at_nm: Option<f64>,
    /// Whether the coefficients bend downwards at short lengths, which no distribution of column lengths does.
    pub hook: bool,
    /// Size coefficient at L = 0 as those at short lengths have it, 1 by definition, of measured profiles; where it is off by
    /// more than 2σ (background, tails cut off) the others are divided by it.
    pub origin: Option<Quantity>,
    /// Length at which the tangent was taken: 0, or beyond the hook.
    pub tangent_at_nm: f64,
}
