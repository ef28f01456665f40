//! The whole pattern: data, fit, background, tick marks of the phases, weighted residuals.

use doublet_xrd::analysis::{Analysis, Line, Phase};

use super::reflections::{self, Name};
use super::{data_name, fit_curve, phase_label, shown_phases, top_near};
use crate::diffraction::words;
use crate::error::Result;
use crate::figure::residuals::{self, Residuals};
use crate::figure::{
    Align, Axis, DOUBLE_COLUMN_MM, Dash, Drawing, Frame, Legend, LineStyle, Marker, PT_PER_MM, Panel, Sample, Scale,
    Shape, Sheet, Sides, Style, TextMark, palette,
};
use crate::figures::{Figure, extent};

/// Most phases with a row of tick marks; the rest stand in the table only.
const MAX_ROWS: usize = 8;

/// Calculated intensity, relative to the phase's strongest line = 100, below which a tick mark is short.
const WEAK_LINE: f64 = 1.0;

const LEFT_PT: f64 = 46.0;
const RIGHT_PT: f64 = 10.0;
const BOTTOM_PT: f64 = 31.0;
const MAIN_PT: f64 = 175.0;
const ROW_PT: f64 = 13.5;
const BELOW_ROWS_PT: f64 = 1.5;
const RESIDUAL_PT: f64 = 50.0;
const LABEL_PT: f64 = 6.5;

/// The whole pattern; with the square root of the intensity and without residuals for weak phases.
pub(super) fn figure(analysis: &Analysis, scale: Scale) -> Result<Option<Figure>> {
    if analysis.curves.two_theta_deg.len() < 2 {
        return Ok(None);
    }
    let plot = Plot { analysis, scale, phases: shown_phases(analysis) };
    let width = DOUBLE_COLUMN_MM * PT_PER_MM;
    let title = format!("Diffraction pattern of {}", analysis.input.file_name);
    let drawing = Drawing::new(width, plot.height_pt(width), &title, |sheet| plot.draw(sheet))?;
    let name = if scale == Scale::Linear { "pattern" } else { "pattern-sqrt" };
    Ok(Some(Figure { name: name.into(), caption: plot.caption(), drawing }))
}

struct Plot<'a> {
    analysis: &'a Analysis,
    scale: Scale,
    phases: Vec<(&'a Phase, Style)>,
}

impl Plot<'_> {
    fn with_residuals(&self) -> bool {
        self.scale == Scale::Linear
    }

    fn rows(&self) -> &[(&Phase, Style)] {
        &self.phases[..self.phases.len().min(MAX_ROWS)]
    }

    fn height_pt(&self, width_pt: f64) -> f64 {
        let residuals = if self.with_residuals() { RESIDUAL_PT } else { 0.0 };
        self.top_pt(width_pt) + MAIN_PT + self.strip_pt() + residuals + BOTTOM_PT
    }

    fn strip_pt(&self) -> f64 {
        if self.rows().is_empty() { 0.0 } else { ROW_PT * self.rows().len() as f64 + BELOW_ROWS_PT }
    }

    fn top_pt(&self, width_pt: f64) -> f64 {
        self.legend().height_pt(width_pt - LEFT_PT - RIGHT_PT) + 5.0
    }

    fn legend(&self) -> Legend {
        let mut legend = Legend::default()
            .entry(Sample::Marker(data_marker()), data_name(self.analysis))
            .entry(Sample::Line(fit_line()), fit_curve(self.analysis).1)
            .entry(Sample::Line(background_line()), "background");
        if self.marks_unexplained() {
            legend = legend.entry(Sample::Marker(unexplained_marker()), "not explained");
        }
        if self.rows().iter().any(|(phase, _)| !phase.lines_missing.is_empty()) {
            legend = legend.entry(Sample::Marker(missing_marker(palette::BLACK)), "strong line missing");
        }
        legend
    }

    fn draw(&self, sheet: &Sheet) -> Result<()> {
        let (left_pt, right_pt) = (LEFT_PT, sheet.width_pt() - RIGHT_PT);
        let top_pt = self.top_pt(sheet.width_pt());
        self.legend().draw(sheet, left_pt, 2.0, right_pt - left_pt)?;
        let main = Frame { left_pt, right_pt, top_pt, bottom_pt: top_pt + MAIN_PT };
        let strip =
            Frame { top_pt: main.bottom_pt, bottom_pt: main.bottom_pt + ROW_PT * self.rows().len() as f64, ..main };
        let residual = Frame { top_pt: strip.bottom_pt, bottom_pt: strip.bottom_pt + RESIDUAL_PT, ..main };
        let has_strip = !self.rows().is_empty();
        self.main(sheet, main, self.sides(!has_strip && !self.with_residuals()))?;
        if has_strip {
            let sides = self.sides(!self.with_residuals());
            self.strip(sheet, strip, Sides { y_labels: false, ..sides })?;
        }
        if self.with_residuals() {
            self.residuals(sheet, residual)?;
        }
        Ok(())
    }

    fn sides(&self, lowest: bool) -> Sides {
        if lowest { Sides::ALL } else { Sides::UPPER }
    }

    fn x_axis(&self) -> Axis {
        let xs = &self.analysis.curves.two_theta_deg;
        let title = format!("2θ / °   ({})", words::radiation(&self.analysis.scan.radiation));
        Axis::new(xs[0], xs[xs.len() - 1], Scale::Linear, title)
    }

    fn y_axis(&self) -> Axis {
        let curves = &self.analysis.curves;
        let (lowest, highest) = extent(curves.observed.iter().chain(fit_curve(self.analysis).0).copied());
        // Room for names at the top, and a margin.
        let names: Vec<Name> = reflections::claims(self.analysis, 0.0).collect();
        let stretch = 1.05 * MAIN_PT / (MAIN_PT - reflections::height_pt(&names));
        let root = |v: f64| v.max(0.0).sqrt();
        let (low, high) = match self.scale {
            Scale::SquareRoot => {
                let low = (root(lowest) - 0.05 * (root(highest) - root(lowest))).max(0.0);
                (low.powi(2), (low + stretch * (root(highest) - low)).powi(2))
            }
            // A background that fills most of the height is cut off, otherwise the axis begins at zero.
            _ => {
                let low = if lowest > 0.3 * highest { lowest - 0.05 * (highest - lowest) } else { lowest.min(0.0) };
                (low, low + stretch * (highest - low))
            }
        };
        let unit = words::intensity_unit(self.analysis.scan.intensity_unit);
        Axis::new(low, high, self.scale, format!("Intensity / {unit}"))
    }

    fn main(&self, sheet: &Sheet, frame: Frame, sides: Sides) -> Result<()> {
        let panel = Panel::new(sheet, frame, self.x_axis(), self.y_axis());
        let curves = &self.analysis.curves;
        let xs = &curves.two_theta_deg;
        let claims: Vec<Name> = reflections::claims(self.analysis, frame.bottom_pt).collect();
        let free = reflections::height_pt(&claims);
        reflections::draw(sheet, &panel, claims, free)?;
        panel.points(xs, &curves.observed, data_marker())?;
        panel.scan_line(xs, &curves.background, background_line())?;
        panel.scan_line(xs, fit_curve(self.analysis).0, fit_line())?;
        self.unexplained(sheet, &panel)?;
        panel.draw_axes(sides)
    }

    /// Whether single peaks are worth a mark: not where every peak is unexplained for want of a phase.
    fn marks_unexplained(&self) -> bool {
        !self.analysis.unexplained_peaks.is_empty() && self.analysis.unexplained_peaks.len() < self.analysis.peaks.len()
    }

    fn unexplained(&self, sheet: &Sheet, panel: &Panel<'_>) -> Result<()> {
        let marked = if self.marks_unexplained() { self.analysis.unexplained_peaks.as_slice() } else { &[] };
        for peak in marked.iter().filter_map(|&index| self.analysis.peaks.get(index)) {
            let angle = peak.two_theta_deg.value;
            if panel.contains_x(angle) {
                let (x, y) = panel.place_pt(angle, top_near(self.analysis, angle));
                sheet.marker(x, (y - 5.0).max(panel.frame().top_pt + 4.0), unexplained_marker())?;
            }
        }
        Ok(())
    }

    fn strip(&self, sheet: &Sheet, frame: Frame, sides: Sides) -> Result<()> {
        let panel = Panel::new(sheet, frame, self.x_axis(), Axis::new(0.0, 1.0, Scale::Linear, ""));
        for (row, (phase, style)) in self.rows().iter().enumerate() {
            let top = frame.top_pt + ROW_PT * row as f64;
            let label = phase_label(phase);
            let text = TextMark::new(&label, LABEL_PT).aligned(Align::Start, Align::Start);
            sheet.text(frame.left_pt + 3.0, top + 2.0, &text)?;
            for line in phase.ticks.iter().filter(|line| panel.contains_x(line.two_theta_deg)) {
                let x = panel.place_pt(line.two_theta_deg, 0.0).0;
                let height = if line.relative_intensity < WEAK_LINE { 2.2 } else { 4.4 };
                let bottom = top + ROW_PT - 0.8;
                sheet.line(&[(x, bottom - height), (x, bottom)], LineStyle::solid(style.colour, 0.6))?;
            }
            for line in missing(phase, &panel) {
                let x = panel.place_pt(line.two_theta_deg, 0.0).0;
                sheet.marker(x, top + ROW_PT - 7.0, missing_marker(style.colour))?;
            }
        }
        panel.draw_axes(sides)
    }

    fn residuals(&self, sheet: &Sheet, frame: Frame) -> Result<()> {
        let curves = &self.analysis.curves;
        let weighted: Vec<f64> = curves
            .observed
            .iter()
            .zip(fit_curve(self.analysis).0)
            .zip(&curves.sigma)
            .map(|((observed, fit), sigma)| (observed - fit) / sigma)
            .collect();
        let xs = &curves.two_theta_deg;
        residuals::draw(sheet, frame, self.x_axis(), xs, &weighted, Residuals::Line)
    }

    fn caption(&self) -> String {
        let simulated = if self.analysis.scan.simulated { "Simulated diffraction" } else { "Diffraction" };
        let scale = if self.scale == Scale::SquareRoot {
            " on a square-root scale, on which the scatter of counts is equally high everywhere and weak phases are \
             seen"
        } else {
            ""
        };
        let mut caption = format!(
            "{simulated} pattern ({}){scale}: {} (points), {} (line), background (dashed).",
            words::radiation(&self.analysis.scan.radiation),
            data_name(self.analysis),
            fit_curve(self.analysis).1
        );
        if !self.rows().is_empty() {
            caption.push_str(
                " Tick marks: calculated lines of each phase, short below 1 % of its strongest; open circles: strong \
                 lines that should be seen and are not.",
            );
        }
        if self.analysis.claims.iter().any(|claim| claim.two_theta_deg.is_some()) {
            caption.push_str(" Dotted: places of claims.");
        }
        let left_out = self.phases.len() - self.rows().len();
        if left_out > 0 {
            caption.push_str(&format!(" {left_out} more phases are in the table only."));
        }
        if self.with_residuals() {
            caption
                .push_str(" Below: difference of data and fit in units of its standard uncertainty, with ±3σ in grey.");
        }
        caption
    }
}

/// Missing strong lines on the panel's axis.
fn missing<'a>(phase: &'a Phase, panel: &'a Panel<'_>) -> impl Iterator<Item = &'a Line> {
    phase.lines_missing.iter().filter(|line| panel.contains_x(line.two_theta_deg))
}

pub(in crate::diffraction) fn data_marker() -> Marker {
    Marker::dot(palette::DARK_GREY, 1.1)
}

pub(in crate::diffraction) fn fit_line() -> LineStyle {
    LineStyle::solid(palette::VERMILLION, 0.7)
}

pub(in crate::diffraction) fn background_line() -> LineStyle {
    LineStyle::solid(palette::GREY, 0.6).dashed(Dash::Dashed)
}

pub(super) fn unexplained_marker() -> Marker {
    Marker { shape: Shape::TriangleDown, ..Marker::dot(palette::BLACK, 3.4) }
}

pub(super) fn missing_marker(colour: impl plotters::style::Color) -> Marker {
    Marker { filled: false, ..Marker::dot(colour, 3.0) }
}
