//! The neutral view of a fit that the rules read.

use doublet_reference_patterns::photoelectrons::Level;

/// One line of a fit.
#[derive(Debug, Clone, Default)]
pub(super) struct LineView {
    /// Name for the reader.
    pub(super) label: String,
    /// Subshell it belongs to, where known.
    pub(super) level: Option<Level>,
    /// State as named.
    pub(super) state: String,
    /// Binding energy in eV, corrected.
    pub(super) binding_energy_ev: Option<f64>,
    /// FWHM in eV.
    pub(super) fwhm_ev: f64,
    /// Area.
    pub(super) area: f64,
    /// Its σ.
    pub(super) area_sigma: Option<f64>,
    /// Whether the shape has a tail on one side.
    pub(super) asymmetric: bool,
    /// Doniach and Šunjić's asymmetry, where that shape was fitted.
    pub(super) singularity_index: Option<f64>,
    /// Index of the stronger line of its doublet, if this is the weaker one.
    pub(super) weaker_of: Option<usize>,
    /// Whether a doublet partner is modelled or not needed (s levels, unresolved or one-line windows).
    pub(super) is_complete: bool,
    /// Whether position or area follow another line.
    pub(super) linked: bool,
    /// Tabulated range of the state on the scale of the fit, with its source.
    pub(super) tabulated: Option<([f64; 2], String)>,
    /// Sensitivity factor used, with the level that it counts.
    pub(super) sensitivity: Option<f64>,
}

/// One region of a fit.
#[derive(Debug, Clone, Default)]
pub(super) struct RegionView {
    pub(super) name: String,
    pub(super) sample: Option<String>,
    pub(super) lines: Vec<LineView>,
    pub(super) window_ev: Option<[f64; 2]>,
    pub(super) reduced_chi_squared: Option<f64>,
    pub(super) durbin_watson: Option<f64>,
    pub(super) background_above_data: Option<f64>,
    pub(super) at_bound: Vec<String>,
    /// Pairs of parameters with their correlation.
    pub(super) correlations: Vec<(String, String, f64)>,
    /// Measured minus corrected energy in eV; none if no correction is stated.
    pub(super) shift_ev: Option<f64>,
}

/// A whole fit.
#[derive(Debug, Clone, Default)]
pub(super) struct FitView {
    pub(super) regions: Vec<RegionView>,
    /// Whether a charge reference is declared.
    pub(super) reference_declared: bool,
}
