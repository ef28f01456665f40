//! The HTML page of a calibration.

use doublet_common::fit::report::EXPECTED_REDUCED_CHI_SQUARED;
use doublet_xrd::profile::CalibrationParameter;
use doublet_xrd::refine::{CalibratedWidth, Calibration};
use minijinja::Value;
use serde::Serialize;

use super::methods::methods;
use super::quantity as parameter_quantity;
use crate::diffraction::page::scan;
use crate::diffraction::words;
use crate::error::Result;
use crate::figures::Figure;
use crate::formula::hkl_html;
use crate::html::{self, trusted};
use crate::number::{compact, fixed, significant};
use crate::page::{FigureView, Frame, Sentence, figure, number, printable_all, printable_input, quantity, tool};
use crate::text::{escaped, printable};

/// A page with the figures inside it.
///
/// # Errors
/// [`crate::Error::Page`] if the template cannot be filled in, [`crate::Error::Diffraction`] if the options have no TOML.
pub fn html(calibration: &Calibration, figures: &[Figure]) -> Result<String> {
    html::render("calibration.html", include_str!("../../../templates/calibration.html"), &page(calibration, figures)?)
}

#[derive(Serialize)]
struct Page {
    #[serde(flatten)]
    frame: Frame,
    widths_figure: Option<FigureView>,
    fit_figure: Option<FigureView>,
    parameters: Vec<ParameterView>,
    standard: String,
    certificate: String,
    temperature: String,
    temperature_assumed: bool,
    cell: String,
    wavelength: String,
    range: String,
    displacement: Option<String>,
    widths: Vec<WidthView>,
    unit: &'static str,
    fit: FitView,
}

#[derive(Serialize)]
pub(super) struct ParameterView {
    pub(super) name: String,
    pub(super) value: String,
    pub(super) meaning: &'static str,
    pub(super) without_sigma: bool,
}

#[derive(Serialize)]
struct WidthView {
    hkl: Value,
    angle: String,
    moved: String,
    area: String,
    fwhm: String,
    instrument: String,
    difference: String,
}

#[derive(Serialize)]
struct FitView {
    points: usize,
    parameters: usize,
    chi: String,
    wp: String,
    expected: String,
    durbin_watson: String,
    inflation: String,
}

fn page(calibration: &Calibration, figures: &[Figure]) -> Result<Page> {
    let (record, statistics) = (&calibration.record, &calibration.statistics);
    let shown = |value: Option<f64>| value.map_or("–".into(), |value| significant(value, 3));
    Ok(Page {
        frame: frame(calibration)?,
        widths_figure: figure(figures, "widths"),
        fit_figure: figure(figures, "fit"),
        parameters: record.parameters.iter().map(parameter).collect(),
        standard: printable(&record.standard.id),
        certificate: printable(&record.standard.certificate),
        temperature: compact(record.standard.temperature_c, 5),
        temperature_assumed: calibration.options.temperature_c.is_none(),
        cell: cell(calibration),
        wavelength: compact(record.radiation.reference_wavelength_angstrom(), 8),
        range: record.two_theta_range_deg.map(|end| fixed(end, 2)).join("° to "),
        displacement: calibration.displacement_mm.as_ref().map(quantity),
        widths: calibration.widths.iter().map(|width| width_row(calibration, width)).collect(),
        unit: words::intensity_unit(calibration.scan.intensity_unit),
        fit: FitView {
            points: statistics.observations,
            parameters: statistics.free_parameters,
            chi: shown(statistics.reduced_chi_squared),
            wp: percent(record.r_weighted_percent),
            expected: percent(record.r_expected_percent),
            durbin_watson: shown(statistics.durbin_watson),
            inflation: fixed(calibration.inflation, 2),
        },
    })
}

fn percent(value: Option<f64>) -> String {
    value.map_or("–".into(), |value| fixed(value, 2))
}

fn frame(calibration: &Calibration) -> Result<Frame> {
    let title = calibration.scan.title.as_deref().filter(|title| !title.trim().is_empty());
    let methods = methods(calibration);
    Ok(Frame {
        technique: "Instrument calibration",
        title: printable(title.unwrap_or(&calibration.input.file_name)),
        simulated: calibration.scan.simulated,
        tool: tool(&calibration.record.tool),
        measurement: scan(&calibration.scan),
        inputs: vec![printable_input(&calibration.input)],
        verdict: sentences(calibration),
        warnings: printable_all(&calibration.record.warnings),
        methods: methods.paragraphs,
        references: methods.references,
        metadata: calibration.scan.metadata.iter().map(|(name, value)| (printable(name), printable(value))).collect(),
        recipe: calibration.options.to_toml()?,
    })
}

/// What was found, most important first.
fn sentences(calibration: &Calibration) -> Vec<Sentence> {
    let record = &calibration.record;
    let mut sentences = Vec::new();
    let widths = calibration.widths.iter().map(|width| (width.two_theta_deg.value, width.instrument_fwhm_deg));
    sentences.extend(course("FWHM behind the axial divergence", widths.collect()));
    let text = format!(
        "R<sub>wp</sub> = {} % (expected from counting {} %), reduced χ² {}.",
        percent(record.r_weighted_percent),
        percent(record.r_expected_percent),
        record.reduced_chi_squared.map_or("–".into(), |value| significant(value, 3)),
    );
    let [low, high] = EXPECTED_REDUCED_CHI_SQUARED;
    let good = record.reduced_chi_squared.is_some_and(|value| (low..=high).contains(&value));
    sentences.push(if good {
        Sentence::new("good", "Fit within noise", text)
    } else {
        Sentence::new("doubt", "Fit not within noise", format!("{text} Standard uncertainties are inflated for it."))
    });
    let text = format!(
        "{}, {}, {} at {} °C, held fixed.",
        escaped(&printable(&record.standard.id)),
        escaped(&printable(&record.standard.certificate)),
        cell(calibration),
        compact(record.standard.temperature_c, 5)
    );
    sentences.push(if calibration.options.temperature_c.is_some() {
        Sentence::new("plain", "Standard", text)
    } else {
        Sentence::new(
            "doubt",
            "Standard",
            format!("{text} No temperature was given: that of the certificate is assumed."),
        )
    });
    if let Some(displacement) = calibration.displacement_mm.filter(|displacement| displacement.sigma.is_some()) {
        let text = format!("{} mm (positive: below the axis).", quantity(&displacement));
        sentences.push(Sentence::new("plain", "Specimen displacement", text));
    }
    sentences
}

/// Widths (2θ and FWHM in degrees) at both ends and where they are least; none without widths.
pub(super) fn course(of: &str, widths: Vec<(f64, f64)>) -> Option<Sentence> {
    let least = widths.iter().enumerate().min_by(|(_, a), (_, b)| a.1.total_cmp(&b.1))?.0;
    let mut places = vec![0, least, widths.len() - 1];
    places.dedup();
    let at = |i: usize| {
        let narrowest = if i == least { " (narrowest)" } else { "" };
        format!("{}° at {}°{narrowest}", fixed(widths[i].1, 4), fixed(widths[i].0, 1))
    };
    let text = format!("{of}: {}.", places.into_iter().map(at).collect::<Vec<_>>().join(", "));
    Some(Sentence::new("plain", "Instrument", text))
}

/// `a = 4.156826 Å`
fn cell(calibration: &Calibration) -> String {
    let cell = calibration.record.standard.cell_angstrom.iter().zip(["a", "c"]);
    cell.map(|(length, name)| format!("{name} = {} Å", fixed(*length, 6))).collect::<Vec<_>>().join(", ")
}

pub(super) fn parameter(parameter: &CalibrationParameter) -> ParameterView {
    let (name, meaning) = match parameter.name.as_str() {
        "u_deg2" => ("U / deg²", "Gaussian FWHM², with tan²θ"),
        "v_deg2" => ("V / deg²", "Gaussian FWHM², with tanθ"),
        "w_deg2" => ("W / deg²", "Gaussian FWHM², constant"),
        "x_deg" => ("X / °", "Lorentzian FWHM, with 1/cosθ"),
        "y_deg" => ("Y / °", "Lorentzian FWHM, with tanθ"),
        "s_over_l" => ("S/L", "half the axial height of the specimen over the radius"),
        "h_over_l" => ("H/L", "half the axial height of the receiving slit over the radius"),
        "k_alpha_ratio" => ("Kα2/Kα1", "ratio of the emission lines"),
        "zero_deg" => ("zero / °", "shift of all reflections"),
        "displacement_deg" => ("displacement / °", "shift of a reflection over cosθ"),
        other => (other, ""),
    };
    ParameterView {
        name: printable(name),
        value: quantity(&parameter_quantity(parameter)),
        meaning,
        without_sigma: parameter.sigma.is_none(),
    }
}

fn width_row(calibration: &Calibration, width: &CalibratedWidth) -> WidthView {
    let area = calibration.reflections.iter().find(|reflection| reflection.hkl == width.hkl);
    WidthView {
        hkl: trusted(hkl_html(width.hkl)),
        angle: quantity(&width.two_theta_deg),
        moved: number(width.two_theta_deg.value - width.expected_two_theta_deg, 4),
        area: area.map_or("–".into(), |reflection| quantity(&reflection.area)),
        fwhm: quantity(&width.fwhm_deg),
        instrument: fixed(width.instrument_fwhm_deg, 4),
        difference: number(width.fwhm_deg.value - width.instrument_fwhm_deg, 4),
    }
}
