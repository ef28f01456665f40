//! Figures of a calibration: widths over 2θ, and the fitted pattern, each with its differences.

use doublet_common::Quantity;
use doublet_xrd::profile::InstrumentProfile;
use doublet_xrd::recipe::InstrumentChoice;
use doublet_xrd::refine::{CalibratedWidth, Calibration, ComputedWidth, InstrumentFromOptics};
use plotters::style::Color;

use crate::diffraction::figures::pattern::{background_line, data_marker, fit_line};
use crate::diffraction::words;
use crate::error::Result;
use crate::figure::residuals::{self, Residuals};
use crate::figure::{
    Axis, DOUBLE_COLUMN_MM, Drawing, Frame, Legend, LineStyle, PT_PER_MM, Panel, SINGLE_COLUMN_MM, Sample, Scale,
    Sheet, Sides, Style, palette,
};
use crate::figures::{Figure, extent};

const LEFT_PT: f64 = 46.0;
const RIGHT_PT: f64 = 8.0;
const BOTTOM_PT: f64 = 31.0;
const MAIN_PT: f64 = 140.0;
const LOWER_PT: f64 = 45.0;
/// Room between the panels, so that the lowest number of one and the highest of the other stand apart.
const BETWEEN_PT: f64 = 8.0;
const MARKER_PT: f64 = 3.6;

/// A width beside that of the instrument's numbers.
struct WidthPoint {
    two_theta_deg: f64,
    fwhm_deg: Quantity,
    instrument_fwhm_deg: f64,
}

/// Widths and pattern.
///
/// # Errors
/// What drawing refuses.
pub fn figures(calibration: &Calibration) -> Result<Vec<Figure>> {
    let named = |what: &str| format!("{what} of {}", calibration.input.file_name);
    let point = |width: &CalibratedWidth| WidthPoint {
        two_theta_deg: width.two_theta_deg.value,
        fwhm_deg: width.fwhm_deg,
        instrument_fwhm_deg: width.instrument_fwhm_deg,
    };
    let points: Vec<WidthPoint> = calibration.widths.iter().map(point).collect();
    let range = extent(calibration.two_theta_deg.iter().copied());
    let legend = width_legend("reflections by themselves", "instrument");
    let widths = two_panels(SINGLE_COLUMN_MM, &named("Instrument FWHM"), legend, |sheet, frames| {
        draw_widths(calibration.instrument, &points, range, sheet, frames)
    })?;
    let fit = two_panels(DOUBLE_COLUMN_MM, &named("Fit"), fit_legend(), |sheet, frames| {
        draw_fit(calibration, sheet, frames)
    })?;
    Ok(vec![
        Figure {
            name: "widths".into(),
            caption: "Full width at half maximum of one emission line behind the axial divergence: reflections of the standard \
                      fitted by themselves (symbols, standard uncertainty as bars) and the instrument's profile (line). Below: \
                      their difference."
                .into(),
            drawing: widths,
        },
        Figure {
            name: "fit".into(),
            caption: "Scan of the standard with the whole-pattern fit. Below: difference in units of its standard \
                      uncertainty, ±3σ in grey. Nothing is drawn where the scan has a gap."
                .into(),
            drawing: fit,
        },
    ])
}

/// Widths of an instrument computed from its optics.
///
/// # Errors
/// What drawing refuses.
pub fn optics_figures(computed: &InstrumentFromOptics) -> Result<Vec<Figure>> {
    let point = |width: &ComputedWidth| WidthPoint {
        two_theta_deg: width.two_theta_deg,
        fwhm_deg: Quantity { value: width.computed_fwhm_deg, sigma: None },
        instrument_fwhm_deg: width.instrument_fwhm_deg,
    };
    let points: Vec<WidthPoint> = computed.widths.iter().map(point).collect();
    let (low, high) = extent(points.iter().map(|point| point.two_theta_deg));
    let range = (low - 5.0, high + 5.0);
    let title = format!("Instrument FWHM from the optics of {}", computed.input.file_name);
    let legend = width_legend("computed profile", "U, V, W, X, Y");
    let drawing = two_panels(SINGLE_COLUMN_MM, &title, legend, |sheet, frames| {
        draw_widths(computed.file.instrument, &points, range, sheet, frames)
    })?;
    let caption = "Full width at half maximum of Kα1: profile computed from the optics, axial divergence included (symbols), and \
                   the Voigt function of the numbers U, V, W, X, Y fitted to it (line). Below: their difference.";
    Ok(vec![Figure { name: "widths".into(), caption: caption.into(), drawing }])
}

/// A drawing of a legend, a panel and a lower one with the same horizontal axis.
fn two_panels(
    width_mm: f64,
    title: &str,
    legend: Legend,
    draw: impl Fn(&Sheet, [Frame; 2]) -> Result<()>,
) -> Result<Drawing> {
    let width_pt = width_mm * PT_PER_MM;
    let inner_pt = width_pt - LEFT_PT - RIGHT_PT;
    let top_pt = legend.height_pt(inner_pt) + 5.0;
    let frame = |top_pt: f64, height: f64| Frame {
        left_pt: LEFT_PT,
        top_pt,
        right_pt: width_pt - RIGHT_PT,
        bottom_pt: top_pt + height,
    };
    Drawing::new(width_pt, top_pt + MAIN_PT + BETWEEN_PT + LOWER_PT + BOTTOM_PT, title, |sheet| {
        legend.draw(sheet, LEFT_PT, 2.0, inner_pt)?;
        draw(sheet, [frame(top_pt, MAIN_PT), frame(top_pt + MAIN_PT + BETWEEN_PT, LOWER_PT)])
    })
}

fn width_legend(points: &str, line: &str) -> Legend {
    let style = Style::series(0);
    Legend::default()
        .entry(Sample::Marker(style.marker(MARKER_PT, true)), points)
        .entry(Sample::Line(style.line(0.9)), line)
}

fn fit_legend() -> Legend {
    Legend::default()
        .entry(Sample::Marker(data_marker()), "observed")
        .entry(Sample::Line(fit_line()), "whole-pattern fit")
        .entry(Sample::Line(background_line()), "background")
}

fn two_theta(calibration: &Calibration, title: &str) -> Axis {
    let (low, high) = extent(calibration.two_theta_deg.iter().copied());
    Axis::new(low, high, Scale::Linear, title)
}

fn draw_widths(
    instrument: InstrumentChoice,
    points: &[WidthPoint],
    range: (f64, f64),
    sheet: &Sheet,
    [upper, lower]: [Frame; 2],
) -> Result<()> {
    let profile = InstrumentProfile::from(instrument);
    let (first, last) = extent(points.iter().map(|point| point.two_theta_deg));
    let xs: Vec<f64> = (0..=200).map(|i| first + (last - first) * f64::from(i) / 200.0).collect();
    let curve: Vec<f64> = xs.iter().map(|x| profile.fwhm_deg(*x).unwrap_or(f64::NAN)).collect();
    let top = extent(curve.iter().copied().chain(points.iter().map(|point| point.fwhm_deg.value))).1;
    let difference = |point: &WidthPoint| point.fwhm_deg.value - point.instrument_fwhm_deg;
    // The bar of a width that is hardly known does not set the scale.
    let reach = |point: &WidthPoint| {
        let sigma = point.fwhm_deg.sigma.unwrap_or(0.0);
        difference(point).abs() + sigma.min(0.1 * point.fwhm_deg.value)
    };
    let span = 1.1 * points.iter().map(reach).fold(1e-4, f64::max);
    let style = Style::series(0);
    let bar = LineStyle::solid(style.colour.to_rgba(), 0.6);
    let horizontal = |title: &str| Axis::new(range.0, range.1, Scale::Linear, title);
    let main = Panel::new(sheet, upper, horizontal(""), Axis::new(0.0, 1.1 * top, Scale::Linear, "FWHM / °"));
    let rest = Panel::new(sheet, lower, horizontal("2θ / °"), Axis::new(-span, span, Scale::AroundZero, "Δ / °"));
    main.line(&xs, &curve, style.line(0.9))?;
    rest.level(0.0, LineStyle::solid(palette::BLACK, 0.3))?;
    for point in points {
        let (at, value, difference) = (point.two_theta_deg, point.fwhm_deg.value, difference(point));
        if let Some(sigma) = point.fwhm_deg.sigma {
            main.error_bar(at, value - sigma, value + sigma, bar)?;
            rest.error_bar(at, difference - sigma, difference + sigma, bar)?;
        }
        main.points(&[at], &[value], style.marker(MARKER_PT, true))?;
        rest.points(&[at], &[difference], style.marker(MARKER_PT, true))?;
    }
    main.draw_axes(Sides::UPPER)?;
    rest.draw_axes(Sides::ALL)
}

fn draw_fit(calibration: &Calibration, sheet: &Sheet, [upper, lower]: [Frame; 2]) -> Result<()> {
    let xs = &calibration.two_theta_deg;
    let (low, high) = extent(calibration.observed.iter().chain(&calibration.calculated).copied());
    let [low, high] = [low, high].map(|value| value.max(0.0).sqrt());
    let margin = 0.05 * (high - low);
    let limits = [(low - margin).max(0.0), high + margin].map(|root| root * root);
    let weighted: Vec<f64> =
        (0..xs.len()).map(|i| (calibration.observed[i] - calibration.calculated[i]) / calibration.sigma[i]).collect();
    let unit = words::intensity_unit(calibration.scan.intensity_unit);
    let y = Axis::new(limits[0], limits[1], Scale::SquareRoot, format!("Intensity / {unit}"));
    let main = Panel::new(sheet, upper, two_theta(calibration, ""), y);
    main.points(xs, &calibration.observed, data_marker())?;
    main.scan_line(xs, &calibration.background, background_line())?;
    main.scan_line(xs, &calibration.calculated, fit_line())?;
    main.draw_axes(Sides::UPPER)?;
    let title = format!("2θ / °   ({})", words::radiation(&calibration.scan.radiation));
    residuals::draw(sheet, lower, two_theta(calibration, &title), xs, &weighted, Residuals::Line)
}
