//! The instrument's own profile from a scan of a standard whose cell is certified.

use doublet_common::fit::Statistics;
use doublet_common::provenance::{Input, Tool};
use doublet_common::{Quantity, SigmaSource};
use doublet_reference_patterns::standards::{EXPANSION_RANGE_C, Expansion, Provenance, Standard, standard, standards};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Pawley, PawleyFit, PawleyOptions, PawleyReflection, PositionError, pawley};
use crate::analysis::{ScanSummary, summary};
use crate::error::{Error, Result};
use crate::peaks::{self, PeakOptions};
use crate::profile::{
    CalibrationParameter, CalibrationRecord, EmissionModel, InstrumentFile, InstrumentProfile, MeasuredProfile,
    Spectrum, StandardUsed,
};
use crate::radiation::{Radiation, resolve};
use crate::recipe::{INSTRUMENT_NUMBERS, InstrumentChoice, RadiationChoice};
use crate::scan::Scan;
use crate::structure::built_in;

/// What a calibration is told.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CalibrateOptions {
    /// Identifier of the standard.
    pub standard: String,
    /// Radiation used where the file states none.
    pub radiation: Option<RadiationChoice>,
    /// How the Kα lines are described.
    pub emission: EmissionModel,
    /// Temperature of the measurement in °C; none: that of the certificate is assumed.
    pub temperature_c: Option<f64>,
    /// Position error that is fitted.
    pub position_error: PositionError,
    /// Whether Kα2/Kα1 is fitted.
    pub fit_ratio: bool,
    /// Whether S/L and H/L are fitted apart.
    pub separate_heights: bool,
    /// Degree of the background.
    pub chebyshev_degree: usize,
}

impl CalibrateOptions {
    /// What the command takes where nothing else is asked for: Kα1 and Kα2 as lines, a displacement, S/L = H/L, degree 5.
    pub fn new(standard: &str) -> Self {
        Self {
            standard: standard.into(),
            radiation: None,
            emission: EmissionModel::Lines,
            temperature_c: None,
            position_error: PositionError::Displacement,
            fit_ratio: false,
            separate_heights: false,
            chebyshev_degree: 5,
        }
    }

    /// The options as TOML.
    ///
    /// # Errors
    /// [`Error::Recipe`] if a value has no TOML form.
    pub fn to_toml(&self) -> Result<String> {
        toml::to_string(self).map_err(|error| Error::Recipe(error.to_string()))
    }
}

/// Place and width of one reflection by itself beside the instrument's.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CalibratedWidth {
    /// Index triple.
    pub hkl: [i32; 3],
    /// Position of the peak fitted by itself.
    pub two_theta_deg: Quantity,
    /// Position by the certified cell and the fitted errors of position.
    pub expected_two_theta_deg: f64,
    /// FWHM of the peak fitted by itself, behind the axial divergence of the instrument.
    pub fwhm_deg: Quantity,
    /// FWHM of the instrument's profile there, behind its axial divergence.
    pub instrument_fwhm_deg: f64,
}

/// Result of a calibration.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Calibration {
    /// The file of the scan.
    pub input: Input,
    /// What the calibration was told.
    pub options: CalibrateOptions,
    /// The scan.
    pub scan: ScanSummary,
    /// The instrument.
    pub instrument: InstrumentChoice,
    /// How it was measured.
    pub record: CalibrationRecord,
    /// Specimen displacement in mm, positive below the axis; none without a goniometer radius.
    pub displacement_mm: Option<Quantity>,
    /// Figures of merit.
    pub statistics: Statistics,
    /// Factor by which σ of counting was multiplied for misfit and serial correlation of the residuals.
    pub inflation: f64,
    /// Areas of the reflections.
    pub reflections: Vec<PawleyReflection>,
    /// Widths of reflections by themselves.
    pub widths: Vec<CalibratedWidth>,
    /// 2θ in degrees.
    pub two_theta_deg: Vec<f64>,
    /// Data.
    pub observed: Vec<f64>,
    /// Their σ.
    pub sigma: Vec<f64>,
    /// Fit.
    pub calculated: Vec<f64>,
    /// Background of the fit.
    pub background: Vec<f64>,
}

impl Calibration {
    /// The instrument file.
    pub fn file(&self) -> InstrumentFile {
        InstrumentFile { instrument: self.instrument, origin: None, calibration: Some(self.record.clone()) }
    }
}

/// Distance to the minimum in σ at which what remains is negligible (Bates & Watts, Technometrics 23 (1981) 179).
const SETTLED: f64 = 1e-3;

/// What stands in the record for Kα1 and Kα2 as one wavelength each.
const LINES: &str = "Kα1 and Kα2 without natural widths";

/// Correlation beyond which two parameters are reported.
const CORRELATED: f64 = 0.95;

/// Measures the instrument's profile with the certified cell held fixed.
///
/// # Errors
/// [`Error::Recipe`] for an unknown standard; [`Error::NoWavelength`]; what peaks and fit refuse; a fit that finds no minimum.
pub fn calibrate(scan: &Scan, options: &CalibrateOptions) -> Result<Calibration> {
    let used = standard(&options.standard).ok_or_else(|| {
        let known: Vec<&str> = standards().iter().map(|standard| standard.id).collect();
        Error::Recipe(format!("standard \"{}\", expected one of {}", options.standard, known.join(", ")))
    })?;
    let asked = options.radiation.as_ref().map(RadiationChoice::resolve).transpose()?;
    let (radiation, mut warnings) = resolve(scan, asked)?;
    warnings.extend(scan.input.reader_warnings.iter().cloned());
    if scan.data.sigma_source() == SigmaSource::AssumedCounts {
        warnings.push("σ is the square root of the intensities, which are assumed to be counts".into());
    }
    let cell = cell_at(used, options.temperature_c, &mut warnings);
    if options.fit_ratio && options.emission != EmissionModel::Lines {
        return Err(Error::Recipe(
            "the ratio Kα2/Kα1 is part of the natural shape of the emission and cannot be fitted".into(),
        ));
    }
    let spectrum = options.emission.spectrum(&radiation)?;
    let fit = best(scan, (&radiation, spectrum.as_ref()), used, &cell, options, &mut warnings)?;
    let mut instrument = instrument(&fit);
    warnings.extend(doubts(&fit, &instrument, &radiation));
    if let Some(spectrum) = &spectrum {
        if radiation.monochromator_two_theta_deg > 0.0 {
            warnings.push(
                "emission with its natural shape: what the monochromator cuts off its tails is not described".into(),
            );
        }
        // Everything else describes Kα1 and Kα2 as one line each.
        let natural = spectrum.natural_y_deg();
        instrument.y_deg += natural;
        warnings.push(format!(
            "emission with its natural shape: the instrument's Y is the fitted y_deg and {natural:.4}° of natural width, since \
             analyses describe Kα1 and Kα2 as one line each"
        ));
    }
    warnings.extend(fit.warnings.iter().cloned());
    let widths = widths(scan, &radiation, &fit, &instrument, &mut warnings)?;
    let statistics = fit.statistics().clone();
    let percent = |value: Option<f64>| value.map(|value| 100.0 * value);
    let ends = |list: &[PawleyReflection]| [list[0].two_theta_deg, list[list.len() - 1].two_theta_deg];
    let shifts = [("zero_deg", fit.zero_deg), ("displacement_deg", fit.displacement_deg)];
    let parameters = fit.own.iter().map(|(name, quantity)| (name.as_str(), *quantity)).chain(shifts);
    let record = CalibrationRecord {
        tool: Tool::this(),
        file_name: scan.input.file_name.clone(),
        sha256: scan.input.sha256.clone(),
        two_theta_range_deg: ends(&fit.reflections),
        r_weighted_percent: percent(statistics.r_weighted),
        r_expected_percent: percent(statistics.r_expected),
        reduced_chi_squared: statistics.reduced_chi_squared,
        durbin_watson: statistics.durbin_watson,
        warnings,
        standard: StandardUsed {
            id: used.id.into(),
            certificate: used.certificate.into(),
            temperature_c: options.temperature_c.unwrap_or(used.temperature_c),
            cell_angstrom: cell,
        },
        emission: spectrum.map_or_else(|| LINES.to_owned(), |spectrum| spectrum.source),
        radiation,
        parameters: parameters
            .map(|(name, q)| CalibrationParameter { name: name.into(), value: q.value, sigma: q.sigma })
            .collect(),
    };
    Ok(Calibration {
        input: scan.input.clone(),
        options: options.clone(),
        scan: summary(scan, &record.radiation),
        instrument,
        record,
        displacement_mm: fit.displacement_mm,
        inflation: fit.inflation,
        statistics,
        widths,
        two_theta_deg: scan.two_theta_deg().to_vec(),
        observed: scan.intensity().to_vec(),
        sigma: scan.sigma().to_vec(),
        calculated: fit.fit.values,
        background: fit.background,
        reflections: fit.reflections,
    })
}

/// Certified cell at the temperature of the measurement.
fn cell_at(used: &Standard, temperature_c: Option<f64>, warnings: &mut Vec<String>) -> Vec<f64> {
    let certified_c = used.temperature_c;
    let Some(temperature_c) = temperature_c else {
        warnings.push(format!("no temperature is given: {certified_c} °C of the certificate is assumed"));
        return used.cell_angstrom.clone();
    };
    if temperature_c == certified_c {
        return used.cell_angstrom.clone();
    }
    let (Some(expansion), Some(there)) = (used.expansion(), used.cell_at(temperature_c)) else {
        warnings.push(format!(
            "no thermal expansion of {} is tabulated here: its cell is that of {certified_c} °C, not of {temperature_c} °C",
            used.id
        ));
        return used.cell_angstrom.clone();
    };
    warnings.push(format!(
        "the cell certified at {certified_c} °C is taken to {temperature_c} °C by {}; that adds {:.1} ppm to its σ",
        stated(expansion),
        1e6 * there.relative_sigma
    ));
    if !EXPANSION_RANGE_C.contains(&temperature_c) {
        let (low, high) = (EXPANSION_RANGE_C.start(), EXPANSION_RANGE_C.end());
        warnings.push(format!("the expansion is good from {low} to {high} °C, not at {temperature_c} °C"));
    }
    there.cell_angstrom
}

/// Coefficients of an expansion with their σ and source.
fn stated(expansion: &Expansion) -> String {
    let coefficients: Vec<String> = expansion.per_k.iter().map(|per_k| format!("{:.3}", 1e6 * per_k)).collect();
    let remembered = if expansion.provenance == Provenance::Remembered { ", as remembered" } else { "" };
    format!(
        "an expansion of ({} ± {:.1})·10⁻⁶/K ({}{remembered})",
        coefficients.join(", "),
        1e6 * expansion.sigma_per_k,
        expansion.source
    )
}

/// The fit with all widths; where that has no minimum inside its bounds, with V at 0; then with U at 0 as well.
fn best(
    scan: &Scan,
    (radiation, spectrum): (&Radiation, Option<&Spectrum>),
    used: &Standard,
    cell: &[f64],
    options: &CalibrateOptions,
    warnings: &mut Vec<String>,
) -> Result<PawleyFit> {
    let start = InstrumentProfile::from(InstrumentChoice {
        u_deg2: 0.001,
        w_deg2: 0.003,
        x_deg: 0.02,
        y_deg: 0.02,
        s_over_l: if options.separate_heights { 0.025 } else { 0.02 },
        h_over_l: 0.02,
        ..InstrumentChoice::default()
    });
    let structure = built_in(used.phase)?;
    let with = |constant: bool, u_fixed: bool| {
        let mut fixed = [false; INSTRUMENT_NUMBERS];
        (fixed[0], fixed[1]) = (u_fixed, constant);
        let mut start = start;
        if u_fixed {
            start.u_deg2 = 0.0;
        }
        let profile = MeasuredProfile {
            radiation: radiation.clone(),
            spectrum: spectrum.cloned(),
            start,
            fixed,
            equal_heights: !options.separate_heights,
            fit_ratio: options.fit_ratio,
        };
        let input = Pawley { scan, radiation, structure: &structure, profile: &profile };
        pawley(
            &input,
            &PawleyOptions {
                cell: Some(cell.to_vec()),
                refine_cell: false,
                position_error: options.position_error,
                chebyshev_degree: options.chebyshev_degree,
            },
        )
    };
    let edge = |fit: &PawleyFit| fit.fit.at_bound.iter().any(|name| name == "u_deg2" || name == "w_deg2");
    let settled = |fit: &PawleyFit| fit.fit.termination.relative_offset < SETTLED && !edge(fit);
    let whole = with(false, false)?;
    if settled(&whole) {
        return Ok(whole);
    }
    let even = with(true, false)?;
    if settled(&even) {
        warnings.push("V is kept at 0: with it free the Gaussian widths have no minimum inside their bounds".into());
        return Ok(even);
    }
    let constant = with(true, true)?;
    if constant.fit.termination.relative_offset < SETTLED {
        warnings.push("U and V are kept at 0: free, the Gaussian widths have no minimum inside their bounds".into());
        return Ok(constant);
    }
    let reasons = constant.warnings.join("; ");
    Err(Error::Analysis { stage: "calibration", message: format!("the fit found no minimum: {reasons}") })
}

/// The seven numbers with their covariance.
fn instrument(fit: &PawleyFit) -> InstrumentChoice {
    let at = |i: usize| fit.own[i].1.value;
    let mut covariance = [[0.0; INSTRUMENT_NUMBERS]; INSTRUMENT_NUMBERS];
    for (i, row) in covariance.iter_mut().enumerate() {
        for (j, entry) in row.iter_mut().enumerate() {
            *entry = fit.own_covariance(i, j).unwrap_or(0.0);
        }
    }
    InstrumentChoice {
        u_deg2: at(0),
        v_deg2: at(1),
        w_deg2: at(2),
        x_deg: at(3),
        y_deg: at(4),
        s_over_l: at(5),
        h_over_l: at(6),
        covariance: Some(covariance),
    }
}

/// What makes a calibration doubtful.
fn doubts(fit: &PawleyFit, instrument: &InstrumentChoice, radiation: &Radiation) -> Vec<String> {
    /// A standard whose 1/cosθ term is that of smaller crystallites may be broadened itself.
    const SMALL_NM: f64 = 150.0;
    let mut list = Vec::new();
    let size_nm = 0.089 * radiation.reference_wavelength_angstrom() / instrument.x_deg.to_radians();
    if size_nm < SMALL_NM {
        list.push(format!("X is what crystallites of {size_nm:.0} nm give: the standard itself may be broadened"));
    }
    let (first, last) = (&fit.reflections[0], &fit.reflections[fit.reflections.len() - 1]);
    if fit.reflections.len() < 8 || last.two_theta_deg - first.two_theta_deg < 60.0 {
        list.push(format!(
            "{} reflections from {:.1} to {:.1}° do not determine widths over the whole range",
            fit.reflections.len(),
            first.two_theta_deg,
            last.two_theta_deg
        ));
    }
    for reflection in &fit.reflections {
        if reflection.area.value < 3.0 * reflection.area.sigma.unwrap_or(0.0) || reflection.area.value <= 0.0 {
            let [h, k, l] = reflection.hkl;
            list.push(format!("reflection {h} {k} {l} at {:.2}° is missing", reflection.two_theta_deg));
        }
    }
    for i in 0..fit.own.len() {
        for j in (i + 1..fit.own.len()).filter(|j| (i, *j) != (5, 6)) {
            let (Some(both), Some(a), Some(b)) = (fit.own_covariance(i, j), fit.own[i].1.sigma, fit.own[j].1.sigma)
            else {
                continue;
            };
            let correlation = both / (a * b);
            if correlation.abs() > CORRELATED {
                list.push(format!("{} and {} are correlated by {correlation:.3}", fit.own[i].0, fit.own[j].0));
            }
        }
    }
    list
}

/// Peaks fitted by themselves, beside the instrument's width; peaks that no reflection explains are reported.
fn widths(
    scan: &Scan,
    radiation: &Radiation,
    fit: &PawleyFit,
    instrument: &InstrumentChoice,
    warnings: &mut Vec<String>,
) -> Result<Vec<CalibratedWidth>> {
    let profile = InstrumentProfile::from(*instrument);
    let mut widths = Vec::new();
    for peak in peaks::fit(scan, radiation, Some(&profile), &PeakOptions::default())?.peaks {
        let at = peak.two_theta_deg.value;
        let near =
            fit.reflections.iter().min_by(|a, b| (a.two_theta_deg - at).abs().total_cmp(&(b.two_theta_deg - at).abs()));
        let Some(near) = near.filter(|r| (r.two_theta_deg - at).abs() < 2.0 * peak.fwhm_deg.value) else {
            let in_range = fit.reflections[0].two_theta_deg < at;
            if in_range && peak.area.value > 0.0 {
                warnings.push(format!("a peak at {at:.2}° belongs to no reflection of the standard"));
            }
            continue;
        };
        widths.push(CalibratedWidth {
            hkl: near.hkl,
            two_theta_deg: peak.two_theta_deg,
            expected_two_theta_deg: near.two_theta_deg,
            fwhm_deg: peak.fwhm_deg,
            instrument_fwhm_deg: profile.fwhm_deg(at)?,
        });
    }
    Ok(widths)
}
