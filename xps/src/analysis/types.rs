//! What an analysis says.

use doublet_common::provenance::{Input, Tool};
use doublet_common::{Quantity, SigmaSource};
use doublet_reference_patterns::photoelectrons::Level;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::energy_scale::EnergyScale;
use crate::model::ComponentShape;
use crate::quantify::ErrorBudget;
use crate::recipe::{BackgroundKind, ResolvedRecipe, Tie};
use crate::region::IntensityUnit;
use crate::review::Finding;

/// Everything that was found in the regions of one call.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Analysis {
    /// Program and version.
    pub tool: Tool,
    /// Input files: name, hash, format, what the reader noticed; each once.
    pub input: Vec<Input>,
    /// The recipe with every default visible.
    pub recipe: ResolvedRecipe,
    /// Charge correction, one per sample.
    pub energy_reference: Vec<EnergyScale>,
    /// Fitted regions.
    pub regions: Vec<RegionAnalysis>,
    /// Atomic concentrations, one per sample.
    pub quantification: Vec<SampleQuantification>,
    /// What a reviewer would say.
    pub findings: Vec<Finding>,
    /// Everything that was assumed, doubted or left out.
    pub warnings: Vec<String>,
}

/// One fitted core level.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RegionAnalysis {
    /// Core level.
    pub core_level: Level,
    /// Name in the file.
    pub label: String,
    /// Sample; none where the file names none.
    pub sample: Option<String>,
    /// Whether the file says that the spectrum is a simulation.
    pub simulated: bool,
    /// Measured minus corrected binding energy of this region, in eV.
    pub shift_ev: Quantity,
    /// Range that was fitted, in eV of corrected binding energy.
    pub window_ev: [f64; 2],
    /// Photon energy in eV.
    pub photon_energy_ev: Option<f64>,
    /// Pass energy in eV.
    pub pass_energy_ev: Option<f64>,
    /// Median step in eV.
    pub step_ev: f64,
    /// Seconds for which each channel was counted.
    pub counting_time_s: Option<f64>,
    /// Unit of the intensities; areas stand in this unit times eV.
    pub intensity_unit: IntensityUnit,
    /// Where σ comes from.
    pub sigma_source: SigmaSource,
    /// Background.
    pub background: BackgroundResult,
    /// Components in the order of the recipe.
    pub components: Vec<ComponentResult>,
    /// Quality of the fit.
    pub statistics: RegionStatistics,
    /// How it was decided whether metallic states take an asymmetric line; none where there was nothing to decide.
    pub asymmetry: Option<AsymmetryTest>,
    /// Curves for the figure.
    pub curves: Curves,
}

/// Comparison of symmetric with asymmetric lines of the metallic states of a region.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AsymmetryTest {
    /// States that were asked.
    pub states: Vec<String>,
    /// χ² with symmetric lines (in units of the scatter where the counts are not known).
    pub chi_squared_symmetric: f64,
    /// χ² with asymmetric lines.
    pub chi_squared_asymmetric: f64,
    /// Decrease of χ² for each additional parameter over the reduced χ² of the asymmetric fit.
    pub f_ratio: f64,
    /// What it must exceed.
    pub least_f_ratio: f64,
    /// Largest asymmetry of the asymmetric fit.
    pub asymmetry: f64,
    /// What it must not exceed.
    pub largest_asymmetry: f64,
    /// Whether the asymmetric lines were taken.
    pub taken: bool,
}

/// Background of a region.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct BackgroundResult {
    /// Model.
    pub kind: BackgroundKind,
    /// Model in words.
    pub name: String,
    /// Whether it was fitted with the peaks.
    pub active: bool,
    /// Coefficients by name, in the unit of the intensities (losses: per eV for Shirley, Tougaard's B in eV²).
    pub coefficients: Vec<(String, Quantity)>,
}

/// One fitted state.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ComponentResult {
    /// Level and state, for tables and legends.
    pub label: String,
    /// State.
    pub state: String,
    /// Subshell that the component belongs to.
    pub level: Level,
    /// Corrected binding energy of the stronger (or only) line, in eV.
    pub binding_energy_ev: Quantity,
    /// Energy at which it was measured, before correction, in eV.
    pub measured_energy_ev: Quantity,
    /// FWHM of the stronger line in eV.
    pub fwhm_ev: Quantity,
    /// Area, both lines of a doublet together, in intensity · eV; σ is that of counting.
    pub area: Quantity,
    /// σ of the area from resampling; none if that was not asked for.
    pub area_sigma_resampled: Option<f64>,
    /// Spread of the area over backgrounds and windows: the second uncertainty, beside that of counting.
    pub area_sigma_choices: Option<f64>,
    /// Atomic percent; σ holds every source of the error budget.
    pub atomic_percent: Option<Quantity>,
    /// Shape.
    pub shape: ComponentShape,
    /// Parameters of the shape by name.
    pub shape_parameters: Vec<(String, Quantity)>,
    /// Second line.
    pub doublet: Option<DoubletResult>,
    /// Tie to another component.
    pub tie: Option<Tie>,
    /// Tabulated range of the state on the scale of the reference, in eV.
    pub tabulated_range_ev: Option<[f64; 2]>,
    /// Source of that range.
    pub tabulated_source: Option<String>,
}

/// The weaker line of a doublet.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DoubletResult {
    /// Weaker minus stronger line, in eV.
    pub splitting_ev: Quantity,
    /// Area of the weaker over that of the stronger line.
    pub area_ratio: Quantity,
    /// FWHM of the weaker line in eV.
    pub fwhm_ev: Quantity,
    /// Relations that were fitted and not kept.
    pub released: Vec<crate::recipe::Release>,
}

/// Quality of the fit of one region.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RegionStatistics {
    /// Points.
    pub points: usize,
    /// Free parameters that touch this region.
    pub free_parameters: usize,
    /// χ² per degree of freedom; none without true counts.
    pub reduced_chi_squared: Option<f64>,
    /// Durbin–Watson statistic of the weighted residuals.
    pub durbin_watson: Option<f64>,
    /// Fraction of points at which the background lies above the data by more than 3 σ.
    pub background_above_data: f64,
    /// Why the solver stopped.
    pub termination: String,
    /// Whether a minimum was reached.
    pub converged: bool,
    /// Parameters held by a bound.
    pub at_bound: Vec<String>,
    /// Parameters that the data do not determine.
    pub undetermined: Vec<String>,
    /// Pairs of free parameters of this region with a correlation beyond ±0.95.
    pub strong_correlations: Vec<Correlation>,
    /// Regions fitted together with this one because of ties.
    pub fitted_with: Vec<Level>,
}

/// Correlation of two parameters.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Correlation {
    /// One parameter.
    pub first: String,
    /// The other.
    pub second: String,
    /// Correlation coefficient.
    pub coefficient: f64,
}

/// Curves on the corrected axis.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Curves {
    /// Corrected binding energy in eV, ascending.
    pub binding_energy_ev: Vec<f64>,
    /// Measured intensity.
    pub observed: Vec<f64>,
    /// Its σ.
    pub sigma: Vec<f64>,
    /// Background.
    pub background: Vec<f64>,
    /// Background and components.
    pub envelope: Vec<f64>,
    /// Each component without background, in their order; both lines of a doublet together.
    pub components: Vec<Vec<f64>>,
    /// Residuals in σ of the fit.
    pub residuals: Vec<f64>,
}

/// Concentrations in one sample.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SampleQuantification {
    /// Sample; none where the files name none.
    pub sample: Option<String>,
    /// Library of sensitivity factors with its source.
    pub library: String,
    /// Path length in words.
    pub path_length: String,
    /// What was done about the transmission.
    pub transmission: String,
    /// One row per quantified component.
    pub rows: Vec<QuantificationRow>,
}

/// One quantified component.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct QuantificationRow {
    /// Level.
    pub level: Level,
    /// State.
    pub state: String,
    /// Kinetic energy in eV.
    pub kinetic_energy_ev: Option<f64>,
    /// Sensitivity factor.
    pub sensitivity_factor: f64,
    /// Where it comes from.
    pub sensitivity_source: String,
    /// Level that the factor counts.
    pub sensitivity_level: Level,
    /// Relative transmission that was divided out.
    pub transmission: f64,
    /// Path length that was divided out, Å for TPP-2M, relative otherwise.
    pub path_length: f64,
    /// Atomic percent.
    pub atomic_percent: Quantity,
    /// Its σ by source, in atomic percent.
    pub error_budget: ErrorBudget,
}
