//! Size and strain of every phase of a sample, fitted to the measured points behind a known instrument.
//!
//! A sample adds its Voigt functions of size and of strain to the instrument's. Their breadths go over the angle as the
//! instrument's own numbers do, so that the profile of a phase is that of the instrument with
//!
//! ```text
//! X + (2/π)(180/π) λ/D_L      Y + (2/π)(180/π) 4 e_L      W + (180/π)² λ²/(g² D_G²)      U + (180/π)² (16 e_G² + λ²/D_G²)/g²
//! ```
//!
//! in degrees, with g² = π/(4 ln 2); D and e are integral breadths, L and G the Lorentzian and the Gaussian part. A Gaussian
//! size adds to U as well, since 1/cos²θ = 1 + tan²θ.

use std::f64::consts::{FRAC_PI_2, LN_2, PI};

use doublet_common::background::Chebyshev;
use doublet_common::fit::{
    Coupling, Fit, Jacobian, Model, Options, ParameterId, Parameters, Weights, fit, serial_correlation_factor,
};

use super::model::{PatternFitModel, PhaseModel};
use super::parameters::{add_cell, add_own};
use super::sample_lines::{Area, Line, cell_values, keep_hidden, lines};
use crate::error::{Error, Result};
use crate::pattern::PatternModel;
use crate::profile::{InstrumentProfile, MeasuredProfile};
use crate::radiation::Radiation;
use crate::recipe::INSTRUMENT_NUMBERS;
use crate::structure::CrystalStructure;

/// Number of terms of a sample: Lorentzian and squared Gaussian breadth of size (1/nm, 1/nm²) and of strain.
pub(crate) const SAMPLE_TERMS: usize = 4;
/// In this order.
pub(crate) const SIZE: usize = 0;
pub(crate) const GAUSSIAN_SIZE: usize = 1;
pub(crate) const STRAIN: usize = 2;
pub(crate) const GAUSSIAN_STRAIN: usize = 3;

/// Instrument number that each term changes: X, W, Y, U.
const OWN_OF_TERM: [usize; SAMPLE_TERMS] = [3, 2, 4, 0];

/// Lines that a cell constant needs to be fitted.
const LINES_PER_CONSTANT: usize = 2;
/// Intensity, in σ of a point, below which a reflection is not followed.
const NEGLIGIBLE_SIGMA: f64 = 0.05;
/// Narrowest start of a Lorentzian part, in degrees.
pub(super) const NARROWEST_DEG: f64 = 1e-4;

/// A phase as identified.
#[derive(Debug)]
pub(crate) struct SamplePhase<'a> {
    /// Name in the list of parameters.
    pub(crate) id: &'a str,
    pub(crate) structure: &'a CrystalStructure,
    /// a, b, c, α, β, γ.
    pub(crate) cell: [f64; 6],
    /// Reflections in the range with their computed area.
    pub(crate) lines: Vec<([i32; 3], f64)>,
    /// Terms to start from.
    pub(crate) start: [f64; SAMPLE_TERMS],
    /// Terms that are fitted; the others are zero.
    pub(crate) free: [bool; SAMPLE_TERMS],
}

/// What is fitted.
#[derive(Debug)]
pub(crate) struct Sample<'a> {
    pub(crate) two_theta_deg: &'a [f64],
    /// Intensities, without what does not belong to the phases or the background.
    pub(crate) intensity: &'a [f64],
    /// Their σ.
    pub(crate) sigma: &'a [f64],
    pub(crate) radiation: &'a Radiation,
    pub(crate) instrument: &'a InstrumentProfile,
    pub(crate) phases: Vec<SamplePhase<'a>>,
    /// Coefficients of the background to start from.
    pub(crate) background: Vec<f64>,
    /// Specimen displacement to start from, degrees.
    pub(crate) displacement_deg: f64,
}

/// Symmetric matrix over the terms.
pub(crate) type TermCovariance = [[f64; SAMPLE_TERMS]; SAMPLE_TERMS];

/// What the fit finds of one phase.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct PhaseTerms {
    pub(crate) values: [f64; SAMPLE_TERMS],
    /// Covariance, enlarged for misfit and serial correlation of the residuals; without the part of the instrument.
    pub(crate) covariance: TermCovariance,
    /// Part of the instrument; none where its numbers count as exact.
    pub(crate) by_instrument: Option<TermCovariance>,
    /// Reflections with an area of their own.
    pub(crate) reflections: usize,
}

/// Result of the fit.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct SampleFit {
    /// Terms of each phase; none where the data do not determine them.
    pub(crate) phases: Vec<Option<PhaseTerms>>,
    pub(crate) chi_squared: f64,
    pub(crate) reduced_chi_squared: f64,
    pub(crate) converged: bool,
}

/// How much one unit of a term adds to the instrument numbers U, V, W, X, Y.
fn slopes(wavelength_nm: f64) -> [[f64; 5]; SAMPLE_TERMS] {
    let degree = 1f64.to_degrees();
    let lorentzian = degree / FRAC_PI_2;
    let gaussian = degree * degree * 4.0 * LN_2 / PI;
    let size = gaussian * wavelength_nm * wavelength_nm;
    [
        [0.0, 0.0, 0.0, lorentzian * wavelength_nm, 0.0],
        [size, 0.0, size, 0.0, 0.0],
        [0.0, 0.0, 0.0, 0.0, 4.0 * lorentzian],
        [16.0 * gaussian, 0.0, 0.0, 0.0, 0.0],
    ]
}

/// Terms that add this much to U, V, W, X, Y: the inverse of [`slopes`].
fn terms(own: [f64; 5], wavelength_nm: f64) -> [f64; SAMPLE_TERMS] {
    let slopes = slopes(wavelength_nm);
    [
        own[3] / slopes[SIZE][3],
        own[2] / slopes[GAUSSIAN_SIZE][2],
        own[4] / slopes[STRAIN][4],
        (own[0] - own[2]) / slopes[GAUSSIAN_STRAIN][0],
    ]
}

/// Profile of a phase with its start.
fn profile(sample: &Sample<'_>, phase: &SamplePhase<'_>) -> MeasuredProfile {
    let wavelength_nm = 0.1 * sample.radiation.reference_wavelength_angstrom();
    let mut start = InstrumentProfile { covariance: None, ..*sample.instrument };
    let mut fixed = [true; INSTRUMENT_NUMBERS];
    for (term, by) in slopes(wavelength_nm).into_iter().enumerate().filter(|(term, _)| phase.free[*term]) {
        let value = phase.start[term];
        start.u_deg2 += value * by[0];
        start.w_deg2 += value * by[2];
        start.x_deg += value * by[3];
        start.y_deg += value * by[4];
        fixed[OWN_OF_TERM[term]] = false;
    }
    start.x_deg = start.x_deg.max(NARROWEST_DEG);
    start.y_deg = start.y_deg.max(0.0);
    start.u_deg2 = start.u_deg2.max(0.0);
    start.w_deg2 = start.w_deg2.max(0.0);
    MeasuredProfile {
        radiation: sample.radiation.clone(),
        spectrum: None,
        start,
        fixed,
        equal_heights: false,
        fit_ratio: false,
    }
}

/// Fits the pattern.
///
/// # Errors
/// [`Error::Structure`] where a structure gives no pattern; [`Error::Analysis`] without points or phases; what the fit
/// refuses.
pub(crate) fn fit_sample(sample: &Sample<'_>) -> Result<SampleFit> {
    let x = sample.two_theta_deg;
    let (Some(&low), Some(&high), false) = (x.first(), x.last(), sample.phases.is_empty()) else {
        return Err(Error::Analysis { stage: "pattern fit", message: "no points or no phases".into() });
    };
    let range = (low.max(0.5), high.min(179.0));
    let profiles: Vec<MeasuredProfile> = sample.phases.iter().map(|phase| profile(sample, phase)).collect();
    let patterns: Vec<PatternModel> = sample
        .phases
        .iter()
        .map(|phase| PatternModel::new(phase.structure, sample.radiation, range))
        .collect::<Result<_>>()?;
    let background = Chebyshev::new(low, high, sample.background.len().saturating_sub(1))?;
    let (parameters, mut model) = posed(sample, &profiles, &patterns, &background);
    let mut fitted = stage(&mut model, &parameters, sample, 0.3)?;
    fitted = stage(&mut model, &fitted.parameters, sample, 0.05)?;
    let reduced_chi_squared = fitted.statistics.reduced_chi_squared.unwrap_or(1.0);
    let by_instrument = responses(&model, &fitted, sample)?;
    fitted.inflate_sigma(serial_correlation_factor(&fitted.residuals).max(1.0) * reduced_chi_squared.max(1.0).sqrt());
    let phases = (0..sample.phases.len())
        .map(|k| {
            let (values, covariance) = found(&model, &fitted, sample, k)?;
            let by_instrument = by_instrument.as_ref().map(|all| all[k]);
            let list = fitted.parameters.list();
            let own = model.phases[k].areas.clone().filter(|a| list[*a].coupling == Coupling::Free);
            Some(PhaseTerms { values, covariance, by_instrument, reflections: own.count() })
        })
        .collect();
    let chi_squared = fitted.residuals.iter().map(|r| r * r).sum();
    Ok(SampleFit { phases, chi_squared, reduced_chi_squared, converged: fitted.converged() })
}

fn stage(
    model: &mut PatternFitModel<'_, MeasuredProfile>,
    parameters: &Parameters,
    sample: &Sample<'_>,
    tolerance: f64,
) -> Result<Fit> {
    model.place_windows(&parameters.values())?;
    let options = Options { max_evaluations: 60, tolerance, ..Options::default() };
    Ok(fit(model, parameters, sample.intensity, Weights::Sigma(sample.sigma), &options)?)
}

/// Parameters and model of the fit.
fn posed<'a>(
    sample: &Sample<'a>,
    profiles: &'a [MeasuredProfile],
    patterns: &'a [PatternModel],
    background: &'a Chebyshev,
) -> (Parameters, PatternFitModel<'a, MeasuredProfile>) {
    let mut parameters = Parameters::new();
    let zero = parameters.fixed("zero_deg", 0.0).0;
    let displacement = parameters.bounded("displacement_deg", sample.displacement_deg, -2.0, 2.0).0;
    let wavelength_angstrom = sample.radiation.reference_wavelength_angstrom();
    let of_phase = |((phase, profile), pattern)| lines(sample, phase, profile, pattern);
    let mut all: Vec<Vec<Line>> = sample.phases.iter().zip(profiles).zip(patterns).map(of_phase).collect();
    keep_hidden(&mut all);
    let mut phases = Vec::new();
    let mut areas = Vec::new();
    for (((phase, profile), pattern), lines) in sample.phases.iter().zip(profiles).zip(patterns).zip(all) {
        let prefix = format!("{}: ", phase.id);
        let cell = cell_values(pattern, &phase.cell);
        let strong = lines.iter().filter(|line| line.coupling == Area::Own).count();
        let cell_free = strong > LINES_PER_CONSTANT * cell.len();
        let cell = add_cell(&mut parameters, &prefix, pattern, &cell, cell_free);
        let own = add_own(&mut parameters, &prefix, profile);
        let reflections = lines.iter().map(|line| line.index).collect();
        phases.push(PhaseModel { profile, pattern, reflections, cell, own, areas: 0..0, windows: Vec::new() });
        areas.push((prefix, lines));
    }
    let first_coefficient = parameters.len();
    for (k, coefficient) in sample.background.iter().enumerate() {
        parameters.free(format!("background {k}"), *coefficient);
    }
    let coefficients = first_coefficient..parameters.len();
    for (model, (prefix, lines)) in phases.iter_mut().zip(areas) {
        let first = parameters.len();
        for line in &lines {
            let [h, k, l] = line.hkl;
            let name = format!("{prefix}area {h} {k} {l}");
            match line.coupling {
                Area::Own => parameters.free(name, line.area),
                Area::Computed => parameters.fixed(name, line.area),
                Area::With(other, ratio) => parameters.tied(name, ParameterId(first + other), ratio, 0.0),
            };
        }
        model.areas = first..parameters.len();
    }
    let negligible = Some(sample.sigma.iter().map(|sigma| NEGLIGIBLE_SIGMA * sigma).collect());
    let x = sample.two_theta_deg;
    let tails = Vec::new();
    let model = PatternFitModel {
        x,
        phases,
        wavelength_angstrom,
        background,
        negligible,
        tails,
        zero,
        displacement,
        coefficients,
    };
    (parameters, model)
}

/// Own parameter of a phase whose value is the instrument's.
fn is_kept(model: &PatternFitModel<'_, MeasuredProfile>, phase: usize, own: usize) -> bool {
    model.phases[phase].profile.fixed.get(own).copied().unwrap_or(true)
}

/// Terms of a phase with their covariance.
fn found(
    model: &PatternFitModel<'_, MeasuredProfile>,
    fitted: &Fit,
    sample: &Sample<'_>,
    k: usize,
) -> Option<([f64; SAMPLE_TERMS], TermCovariance)> {
    let own = model.phases[k].own.clone();
    let values = fitted.parameters.values();
    let instrument = sample.instrument.numbers();
    let added: [f64; 5] = std::array::from_fn(|i| values[own.start + i] - instrument[i]);
    let wavelength_nm = 0.1 * model.wavelength_angstrom;
    let gradients: [Vec<f64>; SAMPLE_TERMS] = std::array::from_fn(|term| {
        let mut gradient = vec![0.0; values.len()];
        for i in 0..5 {
            let unit = std::array::from_fn(|j| f64::from(u8::from(i == j)));
            gradient[own.start + i] = terms(unit, wavelength_nm)[term];
        }
        gradient
    });
    let mut covariance = [[0.0; SAMPLE_TERMS]; SAMPLE_TERMS];
    let stopped =
        own.clone().any(|i| fitted.parameters.list()[i].coupling == Coupling::Free && fitted.sigma[i].is_none());
    for (i, row) in covariance.iter_mut().enumerate() {
        if stopped {
            // Lines narrower than any instrument: a width that stopped at zero is no better known for it, nor is the other.
            let part = |(gradient, sigma): (&f64, &Option<f64>)| (*gradient * sigma.unwrap_or(0.0)).powi(2);
            row[i] = gradients[i].iter().zip(&fitted.sigma_ignoring_bounds).map(part).sum();
            continue;
        }
        for (j, entry) in row.iter_mut().enumerate() {
            *entry = fitted.covariance.between(&gradients[i], &gradients[j])?;
        }
    }
    Some((terms(added, wavelength_nm), covariance))
}

/// Covariance of the terms of each phase by that of the instrument's numbers.
///
/// A number that a phase does not fit is part of the model: where it moves by `du`, the minimum follows by
/// `dp = −(JᵀWJ)⁻¹ JᵀW J_u du`. A number that it fits is only what the sample's part is counted from.
fn responses(
    model: &PatternFitModel<'_, MeasuredProfile>,
    fitted: &Fit,
    sample: &Sample<'_>,
) -> Result<Option<Vec<TermCovariance>>> {
    let Some(covariance) = &sample.instrument.covariance else { return Ok(None) };
    let values = fitted.parameters.values();
    let mut jacobian = Jacobian::new(values.len());
    model.evaluate(&values, &mut vec![0.0; sample.two_theta_deg.len()], Some(&mut jacobian))?;
    let weights: Vec<f64> = sample.sigma.iter().map(|sigma| sigma.powi(-2)).collect();
    let wavelength_nm = 0.1 * model.wavelength_angstrom;
    // Terms of each phase by each number.
    let mut slopes = vec![[[0.0; INSTRUMENT_NUMBERS]; SAMPLE_TERMS]; model.phases.len()];
    for number in (0..INSTRUMENT_NUMBERS).filter(|number| covariance[*number][*number] > 0.0) {
        let mut column = vec![0.0; weights.len()];
        for (_, phase) in model.phases.iter().enumerate().filter(|(k, _)| is_kept(model, *k, number)) {
            let by_number = &jacobian.columns[phase.own.start + number].values;
            column.iter_mut().zip(by_number).for_each(|(sum, by)| *sum += by);
        }
        column.iter_mut().zip(&weights).for_each(|(by, weight)| *by *= weight);
        let pull: Vec<f64> = jacobian
            .columns
            .iter()
            .map(|c| c.values.iter().zip(&column[c.first..]).map(|(a, b)| a * b).sum())
            .collect();
        for (k, phase) in model.phases.iter().enumerate() {
            let mut own = [0.0; 5];
            for (i, own) in own.iter_mut().enumerate().filter(|(i, _)| !is_kept(model, k, *i)) {
                let mut unit = vec![0.0; values.len()];
                unit[phase.own.start + i] = 1.0;
                let Some(moved) = fitted.covariance.between(&unit, &pull) else { continue };
                *own = -moved - f64::from(u8::from(i == number));
            }
            for (term, slope) in terms(own, wavelength_nm).into_iter().enumerate() {
                slopes[k][term][number] = slope;
            }
        }
    }
    let of_phase = |slopes: &[[f64; INSTRUMENT_NUMBERS]; SAMPLE_TERMS]| -> TermCovariance {
        std::array::from_fn(|i| {
            std::array::from_fn(|j| {
                let by = |row: &[f64; INSTRUMENT_NUMBERS]| row.iter().zip(&slopes[j]).map(|(c, s)| c * s).sum::<f64>();
                covariance.iter().zip(&slopes[i]).map(|(row, s)| s * by(row)).sum()
            })
        })
    };
    Ok(Some(slopes.iter().map(of_phase).collect()))
}

#[cfg(test)]
mod tests {
    use doublet_common::fit::derivative_check;

    use super::*;
    use crate::radiation::Anode;
    use crate::structure::built_in;

    #[test]
    fn terms_are_what_they_add_to_the_instrument() {
        // Truth: closed forms: β = λ/(D cosθ) and β = 4e tanθ, as FWHM of a Lorentzian (2/π) or a Gaussian (√(4 ln 2/π)).
        let (wavelength_nm, size_nm, strain) = (0.15406f64, 20.0f64, 1e-3f64);
        let values = [1.0 / size_nm, (1.0 / size_nm).powi(2), strain, strain * strain];
        let by = slopes(wavelength_nm);
        let own: [f64; 5] = std::array::from_fn(|i| (0..SAMPLE_TERMS).map(|t| values[t] * by[t][i]).sum());
        for (found, value) in terms(own, wavelength_nm).into_iter().zip(values) {
            assert!((found / value - 1.0).abs() < 1e-12, "{found} {value}");
        }
        let theta = 40f64.to_radians();
        let breadths = [wavelength_nm / (size_nm * theta.cos()), 4.0 * strain * theta.tan()].map(f64::to_degrees);
        let lorentzian = own[3] / theta.cos() + own[4] * theta.tan();
        assert!((lorentzian / (breadths.iter().sum::<f64>() / FRAC_PI_2) - 1.0).abs() < 1e-12);
        let squared = own[0] * theta.tan().powi(2) + own[2];
        let expected = breadths.iter().map(|b| b * b * 4.0 * LN_2 / PI).sum::<f64>();
        assert!((squared / expected - 1.0).abs() < 1e-12);
    }

    #[test]
    fn derivatives_of_two_phases_agree_with_finite_differences() {
        let radiation = Radiation::k_alpha(Anode::Cu);
        let instrument = InstrumentProfile {
            u_deg2: 0.0045,
            v_deg2: -0.003,
            w_deg2: 0.003,
            x_deg: 0.012,
            y_deg: 0.01,
            s_over_l: 0.02,
            h_over_l: 0.02,
            covariance: None,
        };
        let x: Vec<f64> = (0..500).map(|i| 25.0 + 0.1 * f64::from(i)).collect();
        let structures = ["CeO2", "GeO2-quartz"].map(|id| built_in(id).unwrap());
        let phases = structures.iter().map(|structure| {
            let lines = PatternModel::new(structure, &radiation, (25.0, 75.0)).unwrap().lines(&radiation);
            SamplePhase {
                id: &structure.id,
                structure,
                cell: structure.cell.values(),
                lines: lines.iter().map(|line| (line.hkl, 50.0)).collect(),
                start: [0.05, 1e-3, 1e-3, 1e-6],
                free: [true; SAMPLE_TERMS],
            }
        });
        let sample = Sample {
            two_theta_deg: &x,
            intensity: &vec![100.0; x.len()],
            sigma: &vec![10.0; x.len()],
            radiation: &radiation,
            instrument: &instrument,
            phases: phases.collect(),
            background: vec![100.0, -10.0],
            displacement_deg: 0.02,
        };
        let profiles: Vec<MeasuredProfile> = sample.phases.iter().map(|phase| profile(&sample, phase)).collect();
        let patterns: Vec<PatternModel> = structures
            .iter()
            .map(|structure| PatternModel::new(structure, &radiation, (25.0, 75.0)).unwrap())
            .collect();
        let background = Chebyshev::new(25.0, 74.9, 1).unwrap();
        let (parameters, mut model) = posed(&sample, &profiles, &patterns, &background);
        model.place_windows(&parameters.values()).unwrap();
        derivative_check::model(&model, &parameters.values(), 1e-5).unwrap();
    }
}
