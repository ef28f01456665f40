//! The Pawley fit itself: what is free, how it starts, what comes out.

use doublet_common::Quantity;
use doublet_common::background::Chebyshev;
use doublet_common::fit::{
    Coupling, Fit, Options, ParameterId, Parameters, Statistics, Weights, fit, report, serial_correlation_factor,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::model::{PatternFitModel, PhaseModel};
use super::parameters::{add_cell, add_own};
use crate::error::{Error, Result};
use crate::pattern::{PatternModel, lorentz_polarisation};
use crate::profile::ReflectionProfile;
use crate::radiation::Radiation;
use crate::scan::Scan;
use crate::structure::CrystalStructure;

/// What moves all reflections.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PositionError {
    /// Nothing.
    None,
    /// A constant.
    Zero,
    /// A specimen beside the axis: ∝ cosθ.
    Displacement,
    /// Both; they are nearly exchangeable.
    Both,
}

/// What a Pawley fit is told.
#[derive(Debug, Clone, PartialEq)]
pub struct PawleyOptions {
    /// Free cell constants to start from or to keep (a for cubic; a, c); none: those of the structure.
    pub cell: Option<Vec<f64>>,
    /// Whether the cell is fitted.
    pub refine_cell: bool,
    /// Position error that is fitted.
    pub position_error: PositionError,
    /// Degree of the background.
    pub chebyshev_degree: usize,
}

/// One reflection of the result.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PawleyReflection {
    /// Index triple of the strongest family.
    pub hkl: [i32; 3],
    /// Fitted position of the reference line, errors of position included.
    pub two_theta_deg: f64,
    /// Area, all emission lines, in intensity · degree.
    pub area: Quantity,
}

/// Input of a Pawley fit.
#[derive(Debug)]
pub struct Pawley<'a, P: ?Sized> {
    /// Data.
    pub scan: &'a Scan,
    /// Radiation.
    pub radiation: &'a Radiation,
    /// The phase.
    pub structure: &'a CrystalStructure,
    /// Profile of its reflections.
    pub profile: &'a P,
}

/// Result of a Pawley fit.
#[derive(Debug, Clone)]
pub struct PawleyFit {
    /// The fit; σ inflated for serial correlation of the residuals.
    pub fit: Fit,
    /// Factor by which σ was inflated.
    pub inflation: f64,
    /// Zero error in degrees.
    pub zero_deg: Quantity,
    /// Displacement along 2θ at low angle in degrees: shift = displacement · cosθ.
    pub displacement_deg: Quantity,
    /// Displacement in mm, `−½ R · displacement`: positive where the specimen stands below the axis; none without radius.
    pub displacement_mm: Option<Quantity>,
    /// Free cell constants in Å or degrees.
    pub cell: Vec<(String, Quantity)>,
    /// Own parameters of the profile, in its order.
    pub own: Vec<(String, Quantity)>,
    /// Covariance of two own parameters is `fit.covariance.between` of their unit vectors; index of the first.
    pub first_own: usize,
    /// Reflections in ascending 2θ.
    pub reflections: Vec<PawleyReflection>,
    /// Background at every point.
    pub background: Vec<f64>,
    /// What was assumed or looks wrong.
    pub warnings: Vec<String>,
}

impl PawleyFit {
    /// Figures of merit.
    pub fn statistics(&self) -> &Statistics {
        &self.fit.statistics
    }

    /// Covariance of two own parameters; none where one has no σ.
    pub fn own_covariance(&self, i: usize, j: usize) -> Option<f64> {
        let unit = |k: usize| {
            let mut gradient = vec![0.0; self.fit.parameters.len()];
            gradient[self.first_own + k] = 1.0;
            gradient
        };
        self.fit.covariance.between(&unit(i), &unit(j))
    }
}

/// Reflections nearer than this have areas in the computed ratio.
const COINCIDENT_DEG: f64 = 0.01;

/// Weakest reflection that has an area of its own, as share of the strongest computed one.
const WEAKEST: f64 = 1e-4;

/// Fits the pattern of one phase.
///
/// # Errors
/// [`Error::Structure`] where the structure gives no pattern; [`Error::Analysis`] where no reflection is in the range; what
/// the fit refuses.
pub fn pawley<P: ReflectionProfile + ?Sized>(input: &Pawley<'_, P>, options: &PawleyOptions) -> Result<PawleyFit> {
    let Pawley { scan, radiation, structure, .. } = *input;
    let x = scan.two_theta_deg();
    let refuse = |message: String| Error::Analysis { stage: "pattern fit", message };
    let (Some(low), Some(high)) = (x.first().copied(), x.last().copied()) else {
        return Err(refuse("the scan has no points".into()));
    };
    let pattern = PatternModel::new(structure, radiation, (low.max(0.5), high.min(179.0)))?;
    let cell = options.cell.clone().unwrap_or_else(|| pattern.cell_parameters.values());
    if cell.len() != pattern.cell_parameters.free.len() {
        let names: Vec<&str> = pattern.cell_parameters.free.iter().map(|p| p.name.as_str()).collect();
        return Err(refuse(format!("cell {cell:?}, expected {names:?}")));
    }
    let chosen = chosen(&pattern, &cell, radiation, (low, high));
    if chosen.is_empty() {
        return Err(refuse(format!("no reflection of {} between {low} and {high}°", structure.id)));
    }
    let background = Chebyshev::new(low, high, options.chebyshev_degree)?;
    let (parameters, mut model) = posed(input, options, (&pattern, &cell), &chosen, &background)?;
    let mut fitted = staged(&mut model, parameters, scan)?;
    let inflation = serial_correlation_factor(&fitted.residuals).max(1.0)
        * fitted.statistics.reduced_chi_squared.unwrap_or(1.0).max(1.0).sqrt();
    fitted.inflate_sigma(inflation);
    Ok(result(&model, fitted, inflation, scan))
}

/// A reflection that is fitted.
struct Chosen {
    index: usize,
    two_theta_deg: f64,
    /// Computed intensity.
    intensity: f64,
}

fn chosen(pattern: &PatternModel, cell: &[f64], radiation: &Radiation, (low, high): (f64, f64)) -> Vec<Chosen> {
    let positions = pattern.positions(cell, radiation.reference_wavelength_angstrom());
    let all: Vec<Chosen> = positions
        .two_theta_deg
        .iter()
        .enumerate()
        .filter_map(|(index, at)| {
            let two_theta_deg = at.filter(|at| (low..=high).contains(at))?;
            let reflection = &pattern.reflections[index];
            let lp = lorentz_polarisation(two_theta_deg, radiation.monochromator_two_theta_deg);
            let intensity = f64::from(reflection.multiplicity) * reflection.f_squared * lp;
            Some(Chosen { index, two_theta_deg, intensity })
        })
        .collect();
    let strongest = all.iter().map(|c| c.intensity).fold(0.0, f64::max);
    let mut kept: Vec<Chosen> = all.into_iter().filter(|c| c.intensity >= WEAKEST * strongest).collect();
    kept.sort_by(|a, b| a.two_theta_deg.total_cmp(&b.two_theta_deg));
    kept
}

/// Parameters and model of the fit.
fn posed<'a, P: ReflectionProfile + ?Sized>(
    input: &Pawley<'a, P>,
    options: &PawleyOptions,
    (pattern, cell): (&'a PatternModel, &[f64]),
    chosen: &[Chosen],
    background: &'a Chebyshev,
) -> Result<(Parameters, PatternFitModel<'a, P>)> {
    let (x, y) = (input.scan.two_theta_deg(), input.scan.intensity());
    let mut parameters = Parameters::new();
    let mut shift = |name: &str, free: bool| {
        if free { parameters.bounded(name, 0.0, -1.0, 1.0) } else { parameters.fixed(name, 0.0) }
    };
    let error = options.position_error;
    let zero = shift("zero_deg", matches!(error, PositionError::Zero | PositionError::Both)).0;
    let displacement = shift("displacement_deg", matches!(error, PositionError::Displacement | PositionError::Both)).0;
    let cell = add_cell(&mut parameters, "", pattern, cell, options.refine_cell);
    let own_range = add_own(&mut parameters, "", input.profile);
    let own: Vec<f64> = parameters.values()[own_range.clone()].to_vec();
    let first_background = parameters.len();
    let mut sorted = y.to_vec();
    sorted.sort_by(f64::total_cmp);
    let level = sorted[sorted.len() / 4];
    for k in 0..background.coefficients() {
        parameters.free(format!("background {k}"), if k == 0 { level } else { 0.0 });
    }
    let first_area = parameters.len();
    let mut last: Option<(f64, f64, ParameterId)> = None;
    for reflection in chosen {
        let [h, k, l] = pattern.reflections[reflection.index].hkl;
        let name = format!("area {h} {k} {l}");
        let at = reflection.two_theta_deg;
        if let Some((near, intensity, id)) = last.filter(|(near, ..)| at - near < COINCIDENT_DEG) {
            parameters.tied(name, id, reflection.intensity / intensity, 0.0);
            last = Some((near, intensity, id));
            continue;
        }
        let window = input.profile.window_deg(&own, at, 0.0)?;
        let reach = (0.02 * (window.end - window.start)).max(0.1);
        let (from, to) = (x.partition_point(|x| *x < at - reach), x.partition_point(|x| *x <= at + reach));
        let sum: f64 = (from + 1..to).map(|i| (y[i] - level).max(0.0) * (x[i] - x[i - 1])).sum();
        last = Some((at, reflection.intensity, parameters.bounded(name, sum.max(1e-6), 0.0, f64::INFINITY)));
    }
    let phase = PhaseModel {
        profile: input.profile,
        pattern,
        reflections: chosen.iter().map(|c| c.index).collect(),
        cell,
        own: own_range,
        areas: first_area..parameters.len(),
        windows: Vec::new(),
    };
    let model = PatternFitModel {
        x,
        phases: vec![phase],
        wavelength_angstrom: input.radiation.reference_wavelength_angstrom(),
        background,
        negligible: None,
        tails: Vec::new(),
        zero,
        displacement,
        coefficients: first_background..first_area,
    };
    Ok((parameters, model))
}

/// First areas, background and position at the start profile, then everything, then once more with windows of the widths
/// found.
fn staged<P: ReflectionProfile + ?Sized>(
    model: &mut PatternFitModel<'_, P>,
    mut parameters: Parameters,
    scan: &Scan,
) -> Result<Fit> {
    let shape = model.phases.iter().flat_map(|phase| phase.own.clone().chain(phase.cell.clone()));
    let couplings: Vec<(ParameterId, Coupling)> =
        shape.map(|k| (ParameterId(k), parameters.get(ParameterId(k)).coupling)).collect();
    couplings.iter().for_each(|(id, _)| parameters.get_mut(*id).coupling = Coupling::Fixed);
    parameters = stage(model, &parameters, scan, 15, 1e-2)?.parameters;
    couplings.into_iter().for_each(|(id, coupling)| parameters.get_mut(id).coupling = coupling);
    parameters = stage(model, &parameters, scan, 150, 0.1)?.parameters;
    stage(model, &parameters, scan, 150, 1e-4)
}

fn stage<P: ReflectionProfile + ?Sized>(
    model: &mut PatternFitModel<'_, P>,
    parameters: &Parameters,
    scan: &Scan,
    max_evaluations: usize,
    tolerance: f64,
) -> Result<Fit> {
    model.place_windows(&parameters.values())?;
    let options = Options { max_evaluations, tolerance, ..Options::default() };
    Ok(fit(model, parameters, scan.intensity(), Weights::Sigma(scan.sigma()), &options)?)
}

fn result<P: ReflectionProfile + ?Sized>(
    model: &PatternFitModel<'_, P>,
    fit: Fit,
    inflation: f64,
    scan: &Scan,
) -> PawleyFit {
    let phase = &model.phases[0];
    let quantity = |k: usize| fit.quantity(ParameterId(k));
    let values = fit.parameters.values();
    let named = |range: std::ops::Range<usize>| {
        range.map(|k| (fit.parameters.list()[k].name.clone(), quantity(k))).collect::<Vec<_>>()
    };
    let (places, _) = model.places(phase, &values);
    let reflections = places
        .iter()
        .enumerate()
        .filter_map(|(r, place)| {
            Some(PawleyReflection {
                hkl: phase.pattern.reflections[phase.reflections[r]].hkl,
                two_theta_deg: place.as_ref()?.two_theta_deg,
                area: quantity(phase.areas.start + r),
            })
        })
        .collect();
    let coefficients = &values[model.coefficients.clone()];
    let background = model.x.iter().map(|x| model.background.value(*x, coefficients)).collect();
    let displacement_deg = quantity(model.displacement);
    let displacement_mm = scan.goniometer_radius_mm.map(|radius| {
        let factor = -0.5 * radius * 1f64.to_radians();
        Quantity {
            value: factor * displacement_deg.value,
            sigma: displacement_deg.sigma.map(|sigma| factor.abs() * sigma),
        }
    });
    let mut warnings = phase.pattern.warnings.clone();
    warnings.extend(report::warnings(&fit));
    PawleyFit {
        inflation,
        zero_deg: quantity(model.zero),
        displacement_deg,
        displacement_mm,
        cell: named(phase.cell.clone()),
        own: named(phase.own.clone()),
        first_own: phase.own.start,
        reflections,
        background,
        warnings,
        fit,
    }
}
