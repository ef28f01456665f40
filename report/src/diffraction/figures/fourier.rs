//! Warren–Averbach: size coefficients over the column length.

use doublet_xrd::analysis::{Analysis, FourierSize, FourierSource};
use plotters::style::Color;

use crate::diffraction::words;
use crate::error::Result;
use crate::figure::{
    Axis, Dash, Drawing, Frame, Legend, PT_PER_MM, Panel, SINGLE_COLUMN_MM, Sample, Scale, Sheet, Sides, Style,
};
use crate::figures::{Figure, extent};

const LEFT_PT: f64 = 34.0;
const RIGHT_PT: f64 = 6.0;
const BOTTOM_PT: f64 = 31.0;
const MAIN_PT: f64 = 130.0;

struct Series<'a> {
    fourier: &'a FourierSize,
    style: Style,
    label: String,
}

/// Coefficients of all reflections of each phase, with band and tangent; none without any.
pub(super) fn figure(analysis: &Analysis) -> Result<Option<Figure>> {
    let series: Vec<Series<'_>> = analysis
        .crystallite_size
        .iter()
        .enumerate()
        .filter_map(|(i, size)| {
            let fourier = size.fourier.iter().find(|fourier| fourier.direction.is_none())?;
            Some(Series { fourier, style: Style::series(i), label: words::size_label(analysis, &size.phase_id) })
        })
        .collect();
    if series.is_empty() {
        return Ok(None);
    }
    let width = SINGLE_COLUMN_MM * PT_PER_MM;
    let legend = series.iter().fold(Legend::default(), |legend, series| {
        legend.entry(Sample::Line(series.style.line(1.0)), series.label.clone())
    });
    let top_pt = legend.height_pt(width - LEFT_PT - RIGHT_PT) + 5.0;
    let title = format!("Fourier size coefficients of {}", analysis.input.file_name);
    let drawing = Drawing::new(width, top_pt + MAIN_PT + BOTTOM_PT, &title, |sheet| {
        legend.draw(sheet, LEFT_PT, 2.0, width - LEFT_PT - RIGHT_PT)?;
        draw(sheet, top_pt, &series)
    })?;
    let caption = format!(
        "Fourier size coefficients by Warren and Averbach {}, all reflections as orders of one direction, with their standard \
         uncertainty (band). Dotted: the tangent, whose zero is ⟨D⟩a{}; twice the area under the curve is ⟨D⟩v.",
        source(analysis, &series),
        if series.iter().any(|series| series.fourier.tangent_at_nm > 0.0) {
            ", taken beyond the hook, where the coefficients bend downwards"
        } else {
            ""
        }
    );
    Ok(Some(Figure { name: "warren-averbach".into(), caption, drawing }))
}

/// What the coefficients are of.
fn source(analysis: &Analysis, series: &[Series<'_>]) -> String {
    let of = |source: FourierSource| -> Vec<&str> {
        series.iter().filter(|s| s.fourier.source == source).map(|s| s.label.as_str()).collect()
    };
    let (profiles, functions) = (of(FourierSource::MeasuredProfiles), of(FourierSource::VoigtFunctions));
    if profiles.is_empty() {
        return "of the Voigt functions fitted".into();
    }
    let mut text = format!("of the measured profiles, {} divided out", words::divided(analysis));
    if !functions.is_empty() {
        text.push_str(&format!(" ({}: of the Voigt functions fitted)", functions.join(", ")));
    }
    text
}

fn draw(sheet: &Sheet, top_pt: f64, series: &[Series<'_>]) -> Result<()> {
    let frame = Frame { left_pt: LEFT_PT, top_pt, right_pt: sheet.width_pt() - RIGHT_PT, bottom_pt: top_pt + MAIN_PT };
    let right = extent(series.iter().flat_map(|series| series.fourier.length_nm.iter().copied())).1;
    let x = Axis::new(0.0, right, Scale::Linear, "Column length L / nm");
    let panel = Panel::new(sheet, frame, x, Axis::new(0.0, 1.05, Scale::Linear, "Size coefficient"));
    for Series { fourier, style, .. } in series {
        let bound = |sign: f64| -> Vec<f64> {
            fourier.size_coefficient.iter().map(|q| q.value + sign * q.sigma.unwrap_or(0.0)).collect()
        };
        panel.fill_between(&fourier.length_nm, &bound(-1.0), &bound(1.0), style.colour.mix(0.2))?;
        panel.line(&fourier.length_nm, &bound(0.0), style.line(1.0))?;
        if let Some((start, end)) = tangent(fourier) {
            panel.line(&[0.0, end], &[start, 0.0], style.line(0.6).dashed(Dash::Dotted))?;
        }
    }
    panel.draw_axes(Sides::ALL)
}

/// Height at L = 0 and zero of the tangent: the line from ⟨D⟩a through the coefficient where it touches; none where ⟨D⟩a is
/// not known to half of it.
fn tangent(fourier: &FourierSize) -> Option<(f64, f64)> {
    let length = fourier.area_weighted_nm.filter(|length| length.sigma.is_some_and(|s| s < 0.5 * length.value))?;
    let end = length.value;
    let at = fourier.tangent_at_nm;
    let near = fourier.length_nm.iter().position(|length| *length >= at)?;
    let (length, coefficient) = (fourier.length_nm[near], fourier.size_coefficient.get(near)?.value);
    (length < end).then(|| (coefficient * end / (end - length), end))
}
