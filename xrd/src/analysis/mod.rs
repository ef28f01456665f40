//! The top floor of the diffraction side: a scan and a resolved recipe in, every number of the report out.
//!
//! [`Analysis`] is plain data. The report draws it, `--json` prints it, and there is no other path to a number.

mod analyze;
mod assignment;
mod contamination;
mod instrument_uncertainty;
mod line_profiles;
mod size;
mod sizes;
mod whole_pattern;

use doublet_common::Quantity;
use doublet_common::provenance::{Input, Tool};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::radiation::Radiation;
use crate::recipe::ResolvedRecipe;
use crate::scan::IntensityUnit;

pub use analyze::analyze;
pub(crate) use analyze::summary;
pub use size::{
    BreadthPlot, BreadthPoint, DetectionLimit, DirectionSize, FourierEnd, FourierSize, FourierSource, PhaseSize,
    ReflectionSize, SizeKind, SizeStrain, SizeStrainMethod, StrainKind,
};

/// Everything that was found in one scan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Analysis {
    /// Program and version.
    pub tool: Tool,
    /// The input file: name, hash, format, what the reader noticed.
    pub input: Input,
    /// The recipe with every default visible.
    pub recipe: ResolvedRecipe,
    /// What was measured.
    pub scan: ScanSummary,
    /// Background fitted with the peaks.
    pub background: Background,
    /// Fitted peaks, ascending in 2θ.
    pub peaks: Vec<Peak>,
    /// Statistics of the peak fit.
    pub peak_fit: FitStatistics,
    /// Candidates with a verdict, most certain first.
    pub phases: Vec<Phase>,
    /// Statistics of the whole-pattern model of the phases; none when no phase entered it.
    pub pattern_fit: Option<FitStatistics>,
    /// Displacement of the specimen as fitted with the phases: shift in 2θ = displacement · cosθ.
    pub specimen_displacement_deg: Option<Quantity>,
    /// Indices into `peaks` of those that no present phase explains.
    pub unexplained_peaks: Vec<usize>,
    /// Lines of the tube beside Kα that the recipe asked for and that are there.
    pub contamination: Vec<ContaminationLines>,
    /// Assignments that the user claimed, tested.
    pub claims: Vec<ClaimAnswer>,
    /// Crystallite sizes, one entry per phase.
    pub crystallite_size: Vec<PhaseSize>,
    /// Everything that was assumed, doubted or left out.
    pub warnings: Vec<String>,
    /// Curves for the figures.
    pub curves: Curves,
}

/// What was measured, and how.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ScanSummary {
    /// Title in the file.
    pub title: Option<String>,
    /// Number of points analysed.
    pub points: usize,
    /// First and last 2θ in degrees.
    pub two_theta_range_deg: [f64; 2],
    /// Median step in degrees.
    pub step_deg: f64,
    /// Counting time per step in seconds.
    pub counting_time_s: Option<f64>,
    /// Unit of the intensities.
    pub intensity_unit: IntensityUnit,
    /// Where σ comes from.
    pub sigma_source: doublet_common::SigmaSource,
    /// Largest intensity.
    pub maximum_intensity: f64,
    /// Radiation used, with the source of its wavelengths.
    pub radiation: Radiation,
    /// Whether the scan is a simulation by its own words.
    pub simulated: bool,
    /// Further statements of the file, in its order.
    pub metadata: Vec<(String, String)>,
}

/// Chebyshev background on the analysed range scaled to −1…1.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Background {
    /// Degree of the polynomial.
    pub chebyshev_degree: usize,
    /// Coefficients T0, T1, … in the unit of the intensities.
    pub coefficients: Vec<Quantity>,
    /// How the degree was found.
    pub choice: String,
}

/// Quality of a fit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FitStatistics {
    /// Points fitted.
    pub observations: usize,
    /// Parameters varied.
    pub free_parameters: usize,
    /// χ² per degree of freedom.
    pub reduced_chi_squared: f64,
    /// Weighted profile R factor in percent.
    pub r_wp_percent: f64,
    /// Expected R factor in percent.
    pub r_exp_percent: f64,
    /// Durbin–Watson statistic of the weighted residuals (2: uncorrelated).
    pub durbin_watson: f64,
    /// Factor by which σ was inflated for serially correlated residuals (Bérar & Lelann 1991).
    pub sigma_inflation: f64,
    /// Why the solver stopped.
    pub termination: String,
}

/// One fitted peak: all emission lines together, position at the reference line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Peak {
    /// Position of the reference line (Kα1).
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
    /// Area relative to the strongest peak, percent.
    pub relative_area_percent: f64,
    /// Area divided by its σ of counting.
    pub significance: f64,
    /// Phase and reflections that explain it, as "id (hkl)".
    pub assigned_to: Vec<Assignment>,
}

/// A line of the tube beside Kα, with what it adds to the pattern. Its peaks are in the fit and not in the list of peaks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ContaminationLines {
    /// Name, such as `Cu Kβ`.
    pub label: String,
    /// Wavelength of its strongest line.
    pub wavelength_angstrom: f64,
    /// Intensity relative to Kα1 and Kα2 together, Lorentz and polarisation factors apart.
    pub ratio: Quantity,
    /// Where the ratio comes from.
    pub source: String,
    /// Its peaks that rise above the noise, ascending in 2θ.
    pub peaks: Vec<ContaminationPeak>,
}

/// What a contamination line adds for one peak.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ContaminationPeak {
    /// Position of its strongest line.
    pub two_theta_deg: f64,
    /// Integrated intensity, intensity · degrees.
    pub area: f64,
    /// Area divided by the σ of counting there.
    pub significance: f64,
    /// Index of the peak that it belongs to.
    pub of_peak: usize,
    /// What it is, such as `Cu Kβ of Al2O3-corundum (1 1 3)`.
    pub name: String,
}

/// A reflection of a phase under a peak.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Assignment {
    /// Id of the phase.
    pub phase_id: String,
    /// Miller indices.
    pub hkl: [i32; 3],
    /// Calculated position minus peak position, degrees.
    pub offset_deg: f64,
    /// Share of the peak's area that this reflection is calculated to have.
    pub share: f64,
}

/// What is said of a candidate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Without it the pattern cannot be explained, and its strong lines are there.
    Present,
    /// It explains something, but a rival or chance may as well.
    Possible,
    /// Nothing in the pattern needs it.
    NotDetected,
}

/// One candidate phase with its evidence.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Phase {
    /// Id in the built-in set, or the name of the CIF.
    pub id: String,
    /// Name of the phase.
    pub name: String,
    /// Chemical formula.
    pub formula: String,
    /// Space group, Hermann–Mauguin.
    pub space_group: String,
    /// Card numbers and database ids.
    pub references: Vec<String>,
    /// Citation of the structure.
    pub citation: String,
    /// Whether the structure is a model and not a published refinement.
    pub model: bool,
    /// Verdict.
    pub verdict: Verdict,
    /// One sentence that gives the reason for the verdict.
    pub reason: String,
    /// χ² that the pattern's model loses without this phase, in units of the model's reduced χ².
    pub evidence_delta_chi_squared: f64,
    /// The same as a significance in σ.
    pub evidence_sigma: f64,
    /// Weight percent among the crystalline phases present; its σ has the parts of `weight_percent_error`. The only phase has
    /// 100 by definition, without σ.
    pub weight_percent: Option<Quantity>,
    /// Parts of the σ of `weight_percent`.
    pub weight_percent_error: Option<WeightPercentError>,
    /// Upper limit (95 %) in weight percent when not detected or only possible.
    pub upper_limit_wt_percent: Option<f64>,
    /// Refined cell.
    pub cell: Option<RefinedCell>,
    /// X-ray density of the fitted cell.
    pub density_g_cm3: f64,
    /// Strong lines that are there.
    pub lines_found: Vec<Line>,
    /// Strong lines that should be seen and are not.
    pub lines_missing: Vec<Line>,
    /// Ids of candidates that explain the same lines.
    pub rivals: Vec<Rival>,
    /// All lines in the range, for the tick marks: 2θ in degrees at the fitted cell and displacement.
    pub ticks: Vec<Line>,
}

/// Parts of the σ of a weight percent, in weight percent; they add in squares.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct WeightPercentError {
    /// Counting; calculated intensities that may each be 15 % off by texture and few grains, positions and widths of lines
    /// that may deviate; inflated for what remains unexplained and for serial correlation.
    pub fit: f64,
    /// Root mean square change with other choices: background degree two lower and two higher, intensities taken exactly as
    /// calculated.
    pub choices: f64,
    /// Change that microabsorption would make in grains of the recipe's diameter, which is not corrected.
    pub microabsorption: f64,
}

/// A candidate that explains the same lines.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Rival {
    /// Id.
    pub id: String,
    /// Formula.
    pub formula: String,
    /// χ² (in units of the model's reduced χ²) by which the pattern is explained worse with the rival instead.
    pub delta_chi_squared: f64,
}

/// One calculated line of a phase.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Line {
    /// Miller indices of the strongest reflection in it.
    pub hkl: [i32; 3],
    /// Position at the reference line, degrees.
    pub two_theta_deg: f64,
    /// Calculated integrated intensity, strongest line of the phase in the range = 100.
    pub relative_intensity: f64,
    /// Observed over calculated integrated intensity, where the fit can tell.
    pub observed_over_calculated: Option<Quantity>,
}

/// Cell as fitted, with its change against the reference structure.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RefinedCell {
    /// a, b, c.
    pub lengths_angstrom: [Quantity; 3],
    /// α, β, γ.
    pub angles_deg: [Quantity; 3],
    /// Volume.
    pub volume_angstrom3: Quantity,
    /// Relative change of a, b, c against the reference, percent.
    pub change_percent: [f64; 3],
    /// Names of cell parameters that stopped at the tolerance.
    pub at_tolerance: Vec<String>,
}

/// Answer to a claim such as "Li2O@20.5".
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ClaimAnswer {
    /// The claim as written.
    pub claim: String,
    /// Angle that the claim names, where it names one.
    pub two_theta_deg: Option<f64>,
    /// Answer.
    pub answer: ClaimVerdict,
    /// The reason in a few sentences, with the numbers.
    pub explanation: String,
    /// Structures that the claimed name stands for.
    pub structures: Vec<String>,
    /// Lines that the claimed phase must show, with what is observed there.
    pub required_lines: Vec<Line>,
    /// Those of them that are absent.
    pub absent_lines: Vec<Line>,
    /// Line of the claimed phase nearest to the claimed angle.
    pub nearest_line: Option<Line>,
    /// Phases that do have a line there.
    pub alternatives: Vec<ClaimAlternative>,
}

/// Whether a claim stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ClaimVerdict {
    /// The phase has that line and the pattern agrees with the rest of it.
    Supported,
    /// The phase has no such line, or its strong lines are absent.
    NotSupported,
    /// The data cannot tell.
    NotDecidable,
}

/// A phase that has a line at a claimed angle.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ClaimAlternative {
    /// Id.
    pub id: String,
    /// Formula.
    pub formula: String,
    /// The line there.
    pub line: Line,
    /// Verdict on that phase in this pattern.
    pub verdict: Verdict,
    /// What else must then be seen.
    pub remark: String,
}

/// Curves on the measured axis, for the figures.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Curves {
    /// 2θ, degrees.
    pub two_theta_deg: Vec<f64>,
    /// Observed intensity.
    pub observed: Vec<f64>,
    /// σ of the observed intensity.
    pub sigma: Vec<f64>,
    /// Background of the peak fit.
    pub background: Vec<f64>,
    /// Peak fit, background included.
    pub peak_fit: Vec<f64>,
    /// Whole-pattern model of the phases, background included; empty when no phase entered it.
    pub pattern_fit: Vec<f64>,
    /// Contribution of each present phase without background, in the order of `phases`.
    pub phases: Vec<PhaseCurve>,
}

/// Contribution of one phase to the pattern.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PhaseCurve {
    /// Id of the phase.
    pub phase_id: String,
    /// Intensity without background.
    pub intensity: Vec<f64>,
}
