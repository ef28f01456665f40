//! The HTML page of an instrument computed from its optics.

use doublet_xrd::profile::CalibrationParameter;
use doublet_xrd::profile::fundamental::OpticsOrigin;
use doublet_xrd::refine::{ComputedWidth, InstrumentFromOptics, OpticsValue};
use serde::Serialize;

use super::page::{ParameterView, course, parameter};
use crate::citations::{Citations, works};
use crate::csv::{Row, Table};
use crate::diffraction::methods::{Methods, measurement, software};
use crate::diffraction::page::scan;
use crate::error::Result;
use crate::figures::Figure;
use crate::html;
use crate::number::{compact, fixed, typographic};
use crate::page::{FigureView, Frame, Sentence, figure, number, printable_all, printable_input, tool};
use crate::text::printable;

/// A page with the figure inside it.
///
/// # Errors
/// [`crate::Error::Page`] if the template cannot be filled in, [`crate::Error::Diffraction`] if the options have no TOML.
pub fn optics_html(computed: &InstrumentFromOptics, figures: &[Figure]) -> Result<String> {
    html::render("optics.html", include_str!("../../../templates/optics.html"), &page(computed, figures)?)
}

/// `widths.csv`: one row per angle.
pub(super) fn widths_csv(computed: &InstrumentFromOptics) -> String {
    let mut table = Table::new(&["two_theta_deg", "computed_fwhm_deg", "instrument_fwhm_deg"]);
    for width in &computed.widths {
        let row = Row::default().number(width.two_theta_deg).number(width.computed_fwhm_deg);
        table.push(row.number(width.instrument_fwhm_deg));
    }
    table.finish()
}

#[derive(Serialize)]
struct Page {
    #[serde(flatten)]
    frame: Frame,
    parameters: Vec<ParameterView>,
    widths_figure: Option<FigureView>,
    optics: Vec<OpticsView>,
    widths: Vec<WidthView>,
}

#[derive(Serialize)]
struct OpticsView {
    name: String,
    value: String,
    unit: &'static str,
    origin: &'static str,
}

#[derive(Serialize)]
struct WidthView {
    angle: String,
    computed: String,
    instrument: String,
    difference: String,
}

fn page(computed: &InstrumentFromOptics, figures: &[Figure]) -> Result<Page> {
    let instrument = &computed.file.instrument;
    let numbers = [
        ("u_deg2", instrument.u_deg2),
        ("v_deg2", instrument.v_deg2),
        ("w_deg2", instrument.w_deg2),
        ("x_deg", instrument.x_deg),
        ("y_deg", instrument.y_deg),
    ];
    let exact = |(name, value): (&str, f64)| ParameterView {
        value: typographic(&compact(value, 5)),
        // None of them was fitted.
        without_sigma: false,
        ..parameter(&CalibrationParameter { name: name.into(), value, sigma: None })
    };
    Ok(Page {
        frame: frame(computed)?,
        parameters: numbers.into_iter().map(exact).collect(),
        widths_figure: figure(figures, "widths"),
        optics: computed.optics.iter().map(optics_row).collect(),
        widths: computed.widths.iter().map(width_row).collect(),
    })
}

fn frame(computed: &InstrumentFromOptics) -> Result<Frame> {
    let title = computed.scan.title.as_deref().filter(|title| !title.trim().is_empty());
    let methods = methods(computed);
    let remarks = computed.file.origin.iter().flat_map(|origin| &origin.remarks).cloned();
    Ok(Frame {
        technique: "Instrument from its optics",
        title: printable(title.unwrap_or(&computed.input.file_name)),
        simulated: computed.scan.simulated,
        tool: tool(&computed.tool),
        measurement: scan(&computed.scan),
        inputs: vec![printable_input(&computed.input)],
        verdict: sentences(computed),
        warnings: printable_all(&remarks.collect::<Vec<_>>()),
        methods: methods.paragraphs,
        references: methods.references,
        metadata: computed.scan.metadata.iter().map(|(name, value)| (printable(name), printable(value))).collect(),
        recipe: computed.options.to_toml()?,
    })
}

/// What was found, most important first.
fn sentences(computed: &InstrumentFromOptics) -> Vec<Sentence> {
    let widths = computed.widths.iter().map(|width| (width.two_theta_deg, width.computed_fwhm_deg)).collect();
    let text = format!(
        "The numbers of the instrument file describe the computed widths within {} %. No standard was measured: they have no \
         standard uncertainty.",
        fixed(100.0 * computed.largest_deviation, 1)
    );
    course("FWHM of Kα1", widths).into_iter().chain([Sentence::new("doubt", "Computed, not measured", text)]).collect()
}

fn methods(computed: &InstrumentFromOptics) -> Methods {
    let mut citations = Citations::default();
    let scan = measurement(&computed.scan, computed.options.radiation.as_ref(), &mut citations);
    let (profile, tails, widths) =
        (citations.cite(works::CHEARY_COELHO_CLINE), citations.cite(works::BERGMANN), citations.cite(works::CAGLIOTI));
    let text = format!(
        "The profile of the instrument was computed from its optics {profile}: the natural shape of Kα1 ({}), axial divergence, \
         flat specimen, receiving slit, focus with its tails {tails} and transparency of the specimen. A Voigt function \
         with the Gaussian width U tan²θ + V tanθ + W {widths} and the Lorentzian width X/cosθ + Y tanθ, Y being that of Kα1 \
         alone and X that of the stated size, was given its full widths at half maximum by least squares of relative \
         differences; the axial divergence is part of these widths.",
        printable(&computed.emission)
    );
    let paragraphs = vec![scan, text, software("computation", &computed.tool, &computed.input)];
    Methods { paragraphs, references: citations.into_list() }
}

fn optics_row(value: &OpticsValue) -> OpticsView {
    let (name, unit) = match value.name.as_str() {
        "goniometer_radius_mm" => ("goniometer radius", "mm"),
        "focus_length_mm" => ("axial length of the focus", "mm"),
        "soller_incident_deg" => ("opening of the incident Soller slits", "°"),
        "soller_diffracted_deg" => ("opening of the diffracted Soller slits", "°"),
        "specimen_length_mm" => ("axial length of the illuminated specimen", "mm"),
        "receiving_length_mm" => ("axial length of the receiving slit", "mm"),
        "focus_width_mm" => ("width of the focus as the specimen sees it", "mm"),
        "tube_tail_height" => ("height of the tube tails over that of the focus", ""),
        "tube_tail_low_mm" => ("reach of the tube tails towards lower angles", "mm"),
        "tube_tail_high_mm" => ("reach of the tube tails towards higher angles", "mm"),
        "receiving_slit_mm" => ("width of the receiving slit", "mm"),
        "divergence_deg" => ("divergence", "°"),
        "absorption_length_mm" => ("depth 1/μ in the specimen", "mm"),
        "inverse_column_length_per_nm" => ("1/column length", "nm⁻¹"),
        "strain_rms" => ("root mean square strain", ""),
        "passband_offset" => ("middle of the passband, Δλ/λ", ""),
        "passband_fwhm" => ("width of the passband, Δλ/λ (0: all passes)", ""),
        other => (other, ""),
    };
    OpticsView {
        name: printable(name),
        value: typographic(&compact(value.value, 5)),
        unit,
        origin: match value.origin {
            OpticsOrigin::Stated => "stated",
            OpticsOrigin::File => "file of the scan",
            OpticsOrigin::Assumed => "assumed",
        },
    }
}

fn width_row(width: &ComputedWidth) -> WidthView {
    WidthView {
        angle: fixed(width.two_theta_deg, 0),
        computed: fixed(width.computed_fwhm_deg, 4),
        instrument: fixed(width.instrument_fwhm_deg, 4),
        difference: number(width.computed_fwhm_deg - width.instrument_fwhm_deg, 4),
    }
}
