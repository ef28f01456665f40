//! Figures of a calibration: widths over 2θ, and the fitted pattern with its difference.

use doublet_xrd::profile::InstrumentProfile;
use doublet_xrd::refine::Calibration;
use plotters::style::Color;

use crate::error::Result;
use crate::figure::{
    Axis, DOUBLE_COLUMN_MM, Drawing, Frame, LineStyle, PT_PER_MM, Panel, SINGLE_COLUMN_MM, Scale, Sheet, Sides, Style,
    palette,
};
use crate::figures::{Figure, extent};

const LEFT_PT: f64 = 42.0;
const BOTTOM_PT: f64 = 31.0;
const MAIN_PT: f64 = 140.0;
const LOWER_PT: f64 = 45.0;
const GAP_PT: f64 = 6.0;
const MARKER_PT: f64 = 3.6;

/// Widths and pattern.
///
/// # Errors
/// What drawing refuses.
pub fn figures(calibration: &Calibration) -> Result<Vec<Figure>> {
    let height = 6.0 + MAIN_PT + GAP_PT + LOWER_PT + BOTTOM_PT;
    let widths = Drawing::new(SINGLE_COLUMN_MM * PT_PER_MM, height, "Instrument FWHM over 2θ", |sheet| {
        draw_widths(calibration, sheet)
    })?;
    let pattern = Drawing::new(DOUBLE_COLUMN_MM * PT_PER_MM, height, "Fit of the standard", |sheet| {
        draw_pattern(calibration, sheet)
    })?;
    Ok(vec![
        Figure {
            name: "widths".into(),
            caption:
                "FWHM of the standard's reflections fitted by themselves (symbols, σ as bars), and of the instrument's \
                      profile (line); below, their difference."
                    .into(),
            drawing: widths,
        },
        Figure {
            name: "fit".into(),
            caption: "Scan of the standard (points), whole-pattern fit (line) and, below, the difference in σ.".into(),
            drawing: pattern,
        },
    ])
}

/// Upper and lower panel of a sheet.
fn frames(sheet: &Sheet) -> [Frame; 2] {
    let right_pt = sheet.width_pt() - 6.0;
    let frame = |top_pt: f64, height: f64| Frame { left_pt: LEFT_PT, top_pt, right_pt, bottom_pt: top_pt + height };
    [frame(6.0, MAIN_PT), frame(6.0 + MAIN_PT + GAP_PT, LOWER_PT)]
}

fn draw_widths(calibration: &Calibration, sheet: &Sheet) -> Result<()> {
    let profile = InstrumentProfile::from(calibration.file.instrument);
    let (low, high) = extent(calibration.two_theta_deg.iter().copied());
    let (first, last) = extent(calibration.widths.iter().map(|width| width.two_theta_deg));
    let xs: Vec<f64> = (0..=200).map(|i| first + (last - first) * f64::from(i) / 200.0).collect();
    let curve: Vec<f64> = xs.iter().map(|x| profile.asymmetric_fwhm_deg(*x).unwrap_or(f64::NAN)).collect();
    let top = extent(curve.iter().copied().chain(calibration.widths.iter().map(|w| w.fwhm_deg.value))).1;
    let difference = |i: usize| calibration.widths[i].fwhm_deg.value - calibration.widths[i].instrument_fwhm_deg;
    let count = calibration.widths.len();
    let span = (0..count).map(|i| difference(i).abs()).fold(1e-4, f64::max) * 1.2;
    let [upper, lower] = frames(sheet);
    let style = Style::series(0);
    let bar = LineStyle::solid(palette::GREY.to_rgba(), 0.6);
    let main = Panel::new(
        sheet,
        upper,
        Axis::new(low, high, Scale::Linear, ""),
        Axis::new(0.0, 1.1 * top, Scale::Linear, "FWHM / °"),
    );
    let rest = Panel::new(
        sheet,
        lower,
        Axis::new(low, high, Scale::Linear, "2θ / °"),
        Axis::new(-span, span, Scale::AroundZero, "Δ / °"),
    );
    main.line(&xs, &curve, style.line(0.9))?;
    rest.level(0.0, bar)?;
    for (i, width) in calibration.widths.iter().enumerate() {
        let (at, value) = (width.two_theta_deg, width.fwhm_deg.value);
        if let Some(sigma) = width.fwhm_deg.sigma {
            main.error_bar(at, value - sigma, value + sigma, bar)?;
            rest.error_bar(at, difference(i) - sigma, difference(i) + sigma, bar)?;
        }
        main.points(&[at], &[value], style.marker(MARKER_PT, true))?;
        rest.points(&[at], &[difference(i)], style.marker(MARKER_PT, true))?;
    }
    main.draw_axes(Sides::UPPER)?;
    rest.draw_axes(Sides::ALL)
}

fn draw_pattern(calibration: &Calibration, sheet: &Sheet) -> Result<()> {
    let xs = &calibration.two_theta_deg;
    let (low, high) = extent(xs.iter().copied());
    let top = extent(calibration.observed.iter().copied()).1;
    let residuals: Vec<f64> =
        (0..xs.len()).map(|i| (calibration.observed[i] - calibration.calculated[i]) / calibration.sigma[i]).collect();
    let span = residuals.iter().map(|r| r.abs()).fold(3.0, f64::max);
    let [upper, lower] = frames(sheet);
    let main = Panel::new(
        sheet,
        upper,
        Axis::new(low, high, Scale::Linear, ""),
        Axis::new(0.0, 1.05 * top, Scale::SquareRoot, "Intensity"),
    );
    let rest = Panel::new(
        sheet,
        lower,
        Axis::new(low, high, Scale::Linear, "2θ / °"),
        Axis::new(-span, span, Scale::AroundZero, "Δ / σ"),
    );
    main.line(xs, &calibration.observed, LineStyle::solid(palette::GREY.to_rgba(), 0.8))?;
    main.line(xs, &calibration.calculated, Style::series(0).line(0.6))?;
    main.line(xs, &calibration.background, Style::series(1).line(0.6))?;
    rest.line(xs, &residuals, LineStyle::solid(palette::GREY.to_rgba(), 0.5))?;
    main.draw_axes(Sides::UPPER)?;
    rest.draw_axes(Sides::ALL)
}
