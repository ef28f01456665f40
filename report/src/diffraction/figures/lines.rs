//! Magnified windows: claims, peaks that nothing explains, the main lines of every phase.

use doublet_xrd::analysis::{Analysis, Peak, Phase, Verdict};

use super::pattern::{background_line, fit_line, unexplained_marker};
use super::reflections::{self, Name, claim_line, leader};
use super::{data_name, fit_curve, phase_label, shown_phases, top_near, within};
use crate::diffraction::words;
use crate::error::Result;
use crate::figure::{
    Axis, DOUBLE_COLUMN_MM, Drawing, Frame, Legend, LineStyle, Marker, PT_PER_MM, Panel, Sample, Scale, Sheet, Sides,
    Style, palette,
};
use crate::figures::{Figure, extent};
use crate::formula::hkl_text;
use crate::number::fixed;

/// Most windows, three in a row.
const MAX_WINDOWS: usize = 6;
const COLUMNS: usize = 3;
/// Most windows that are given to peaks without explanation, and to the lines of one phase.
const MAX_UNEXPLAINED: usize = 2;
const MAX_PER_PHASE: usize = 3;

/// Half width of a window in units of the peak's width, and its limits in degrees.
const HALF_WIDTH_FWHM: f64 = 7.0;
const HALF_WIDTH_DEG: (f64, f64) = (0.5, 1.5);
/// Width that is assumed where there is no peak.
const ASSUMED_FWHM_DEG: f64 = 0.12;

/// Part of a window at each end in which a peak does not count as shown.
const MARGIN: f64 = 0.08;

/// Half width, in units of the peak's width, of what must fill the height where something weak is to be seen.
const FOCUS_FWHM: f64 = 2.0;

/// A calculated line is named if it rises above the background by so many σ of the data.
const VISIBLE_SIGMA: f64 = 3.0;

const LEFT_PT: f64 = 42.0;
const RIGHT_PT: f64 = 10.0;
const BETWEEN_PT: f64 = 26.0;
const HEIGHT_PT: f64 = 118.0;
const BELOW_PT: f64 = 20.0;
const TITLE_PT: f64 = 12.0;

/// Part of the axis that is magnified.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Window {
    low: f64,
    high: f64,
    /// Part of it that fills the height, where this is not the whole: stronger peaks beside it are cut off.
    focus: Option<(f64, f64)>,
}

/// Angle that deserves a window.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Centre {
    angle: f64,
    /// Whether something weak or absent is to be seen there.
    weak: bool,
}

/// Windows round what must be seen closely; none if there is nothing to look at.
pub(super) fn figure(analysis: &Analysis) -> Result<Option<Figure>> {
    let windows = windows(analysis);
    if windows.is_empty() {
        return Ok(None);
    }
    let plot = Plot { analysis, phases: shown_phases(analysis), windows };
    let width = DOUBLE_COLUMN_MM * PT_PER_MM;
    let rows = plot.windows.len().div_ceil(COLUMNS) as f64;
    let height = plot.top_pt(width) + rows * (HEIGHT_PT + BELOW_PT) + TITLE_PT;
    let title = format!("Main lines in the pattern of {}", analysis.input.file_name);
    let drawing = Drawing::new(width, height, &title, |sheet| plot.draw(sheet))?;
    let caption = "Windows round claims, unexplained peaks and the strongest lines of every phase: data (points), fit \
                   (line), contribution of each phase above the background. A query marks peaks that no phase \
                   explains, and the places of claims (dotted); round these the height shows what is weak, and \
                   stronger peaks beside it are cut off."
        .to_owned();
    Ok(Some(Figure { name: "lines".into(), caption, drawing }))
}

struct Plot<'a> {
    analysis: &'a Analysis,
    phases: Vec<(&'a Phase, Style)>,
    windows: Vec<Window>,
}

impl Plot<'_> {
    fn legend(&self) -> Legend {
        let legend = Legend::default()
            .entry(Sample::Marker(data_marker()), data_name(self.analysis))
            .entry(Sample::Line(fit_line()), fit_curve(self.analysis).1)
            .entry(Sample::Line(background_line()), "background");
        self.phases
            .iter()
            .filter(|(phase, _)| self.phase_curve(phase).is_some())
            .fold(legend, |legend, (phase, style)| legend.entry(Sample::Line(phase_line(style)), phase_label(phase)))
    }

    fn top_pt(&self, width_pt: f64) -> f64 {
        self.legend().height_pt(width_pt - LEFT_PT - RIGHT_PT) + 15.0
    }

    fn phase_curve(&self, phase: &Phase) -> Option<&[f64]> {
        let curves = &self.analysis.curves;
        let curve = curves.phases.iter().find(|curve| curve.phase_id == phase.id)?;
        (curve.intensity.len() == curves.two_theta_deg.len()).then_some(&curve.intensity)
    }

    fn draw(&self, sheet: &Sheet) -> Result<()> {
        let inner = sheet.width_pt() - LEFT_PT - RIGHT_PT;
        self.legend().draw(sheet, LEFT_PT, 2.0, inner)?;
        let columns = COLUMNS.min(self.windows.len());
        let width = (inner - BETWEEN_PT * (columns - 1) as f64) / columns as f64;
        for (i, window) in self.windows.iter().enumerate() {
            let (row, column) = (i / COLUMNS, i % COLUMNS);
            let left_pt = LEFT_PT + (width + BETWEEN_PT) * column as f64;
            let top_pt = self.top_pt(sheet.width_pt()) + (HEIGHT_PT + BELOW_PT) * row as f64;
            let bottom_pt = top_pt + HEIGHT_PT - 6.0;
            let lowest = i + COLUMNS >= self.windows.len();
            let titles = (if lowest { "2θ / °" } else { "" }, column == 0);
            self.window(sheet, Frame { left_pt, top_pt, right_pt: left_pt + width, bottom_pt }, *window, titles)?;
        }
        Ok(())
    }

    fn window(&self, sheet: &Sheet, frame: Frame, window: Window, titles: (&str, bool)) -> Result<()> {
        let curves = &self.analysis.curves;
        let xs = &curves.two_theta_deg;
        let limits = (window.low, window.high);
        let part = |ys: &[f64]| extent(within(xs, ys, limits).iter().copied());
        let (observed, fit, background) =
            (part(&curves.observed), part(fit_curve(self.analysis).0), part(&curves.background));
        let low = observed.0.min(background.0);
        let high = match window.focus {
            Some(focus) => extent(within(xs, &curves.observed, focus).iter().copied()).1,
            None => observed.1.max(fit.1),
        };
        let names = self.names(window);
        let free = reflections::height_pt(&names);
        // The data end below the names.
        let span = (high - low) * frame.height_pt() / (frame.height_pt() - free - 6.0);
        let unit = words::intensity_unit(self.analysis.scan.intensity_unit);
        let title = if titles.1 { format!("Intensity / {unit}") } else { String::new() };
        let y = Axis::new(low - 0.04 * span, low + span, Scale::Linear, title);
        let panel = Panel::new(sheet, frame, Axis::new(limits.0, limits.1, Scale::Linear, titles.0), y);
        panel.line(xs, &curves.background, background_line())?;
        for (phase, style) in &self.phases {
            if let Some(curve) = self.phase_curve(phase) {
                let above: Vec<f64> =
                    curve.iter().zip(&curves.background).map(|(phase, below)| phase + below).collect();
                panel.line(xs, &above, phase_line(style))?;
            }
        }
        panel.points(xs, &curves.observed, data_marker())?;
        panel.line(xs, fit_curve(self.analysis).0, fit_line())?;
        let names = names.into_iter().map(|name| self.ended(name, &panel)).collect();
        reflections::draw(sheet, &panel, names, free)?;
        self.unexplained(sheet, &panel)?;
        panel.draw_axes(Sides::ALL)
    }

    /// The name with a line that ends above the peak, or, for a claim, on the axis.
    fn ended(&self, name: Name, panel: &Panel<'_>) -> Name {
        if name.line == claim_line() {
            return Name { end_pt: panel.frame().bottom_pt, ..name };
        }
        let end_pt = panel.place_pt(name.x, top_near(self.analysis, name.x)).1 - 3.0;
        Name { end_pt, ..name }
    }

    /// Names of the lines that can be seen in a window, of those that are missing, and of what is not explained.
    fn names(&self, window: Window) -> Vec<Name> {
        let inside = |angle: f64| window.low < angle && angle < window.high;
        let name = |x, text, line, weight| Name { x, end_pt: 0.0, text, line, weight };
        let mut names = Vec::new();
        for (phase, style) in &self.phases {
            for line in phase.ticks.iter().filter(|line| inside(line.two_theta_deg)) {
                let (angle, indices) = (line.two_theta_deg, hkl_text(line.hkl));
                let height = self.calculated_sigma(phase, angle);
                if phase.lines_missing.iter().any(|other| other.hkl == line.hkl) {
                    names.push(name(angle, format!("{indices} missing"), leader(style.colour), f64::MAX));
                } else if height > VISIBLE_SIGMA {
                    names.push(name(angle, indices, leader(style.colour), height * line.relative_intensity));
                }
            }
        }
        for &index in &self.analysis.unexplained_peaks {
            if let Some(peak) = self.analysis.peaks.get(index).filter(|peak| inside(peak.two_theta_deg.value)) {
                let angle = peak.two_theta_deg.value;
                names.push(name(angle, format!("{}° ?", fixed(angle, 2)), leader(palette::BLACK), f64::MAX));
            }
        }
        names.extend(reflections::claims(self.analysis, 0.0).filter(|name| inside(name.x)));
        names
    }

    /// Calculated height of a phase at an angle in units of σ of the data there.
    fn calculated_sigma(&self, phase: &Phase, angle: f64) -> f64 {
        let curves = &self.analysis.curves;
        let index = curves.two_theta_deg.partition_point(|x| *x < angle);
        let value = |curve: &[f64]| curve.get(index).copied();
        match (self.phase_curve(phase).and_then(value), value(&curves.sigma)) {
            (Some(height), Some(sigma)) => height / sigma,
            _ => 0.0,
        }
    }

    fn unexplained(&self, sheet: &Sheet, panel: &Panel<'_>) -> Result<()> {
        for &index in &self.analysis.unexplained_peaks {
            let Some(peak) = self.analysis.peaks.get(index) else { continue };
            let angle = peak.two_theta_deg.value;
            if panel.contains_x(angle) {
                let (x, y) = panel.place_pt(angle, top_near(self.analysis, angle));
                sheet.marker(x, y - 4.0, unexplained_marker())?;
            }
        }
        Ok(())
    }
}

fn data_marker() -> Marker {
    Marker::dot(palette::DARK_GREY, 1.5)
}

fn phase_line(style: &Style) -> LineStyle {
    style.line(0.8)
}

/// The windows, ascending, chosen in the order of what a reader would look at first.
fn windows(analysis: &Analysis) -> Vec<Window> {
    let xs = &analysis.curves.two_theta_deg;
    let Some((first, last)) = xs.first().copied().zip(xs.last().copied()) else { return Vec::new() };
    let mut windows: Vec<Window> = Vec::new();
    for Centre { angle, weak } in centres(analysis) {
        let fwhm = width_near(analysis, angle);
        let half = (HALF_WIDTH_FWHM * fwhm).clamp(HALF_WIDTH_DEG.0, HALF_WIDTH_DEG.1);
        let limits = ((angle - half).max(first), (angle + half).min(last));
        let focus = (angle - FOCUS_FWHM * fwhm, angle + FOCUS_FWHM * fwhm);
        let weak = weak && magnified(analysis, focus, limits);
        let shown = |window: &Window| match window.focus {
            Some((low, high)) => weak && low <= angle && angle <= high,
            None => {
                let margin = MARGIN * (window.high - window.low);
                !weak && window.low + margin <= angle && angle <= window.high - margin
            }
        };
        if !(first..=last).contains(&angle) || windows.iter().any(shown) || windows.len() >= MAX_WINDOWS {
            continue;
        }
        windows.push(Window { low: limits.0, high: limits.1, focus: weak.then_some(focus) });
    }
    windows.sort_by(|a, b| a.low.total_cmp(&b.low));
    windows
}

/// Whether the height of the focus is less than half that of the window, so that filling the height with it helps.
fn magnified(analysis: &Analysis, focus: (f64, f64), limits: (f64, f64)) -> bool {
    let curves = &analysis.curves;
    let part = |limits| extent(within(&curves.two_theta_deg, &curves.observed, limits).iter().copied());
    let ((_, focus), (low, high)) = (part(focus), part(limits));
    focus - low < 0.5 * (high - low)
}

/// Width of the nearest peak.
fn width_near(analysis: &Analysis, angle: f64) -> f64 {
    let distance = |peak: &Peak| (peak.two_theta_deg.value - angle).abs();
    let nearest = analysis.peaks.iter().min_by(|a, b| distance(a).total_cmp(&distance(b)));
    nearest.map_or(ASSUMED_FWHM_DEG, |peak| peak.fwhm_deg.value)
}

/// Angles worth a window, most wanted first.
fn centres(analysis: &Analysis) -> Vec<Centre> {
    let mut centres: Vec<Centre> = Vec::new();
    let weak = |angle| Centre { angle, weak: true };
    centres.extend(analysis.claims.iter().filter_map(|claim| claim.two_theta_deg).map(weak));
    let unexplained = strongest(analysis, |index| analysis.unexplained_peaks.contains(&index));
    centres.extend(unexplained.take(MAX_UNEXPLAINED).map(weak));
    let absent = analysis.claims.iter().filter_map(|claim| claim.absent_lines.first());
    centres.extend(absent.map(|line| weak(line.two_theta_deg)));
    let found = analysis.phases.iter().filter(|phase| phase.verdict != Verdict::NotDetected);
    let of_phases: Vec<Vec<Centre>> = found
        .map(|phase| {
            let belongs = |index: usize| {
                analysis.peaks[index].assigned_to.first().is_some_and(|assignment| assignment.phase_id == phase.id)
            };
            let weak = phase.verdict == Verdict::Possible;
            strongest(analysis, belongs).take(MAX_PER_PHASE).map(|angle| Centre { angle, weak }).collect()
        })
        .collect();
    // In turn: the strongest line of every phase before the second of any.
    centres.extend((0..MAX_PER_PHASE).flat_map(|rank| of_phases.iter().filter_map(move |of| of.get(rank).copied())));
    if of_phases.is_empty() {
        centres.extend(strongest(analysis, |_| true).take(MAX_WINDOWS).map(|angle| Centre { angle, weak: false }));
    }
    centres
}

/// Positions of the peaks that satisfy the condition, largest area first.
fn strongest(analysis: &Analysis, wanted: impl Fn(usize) -> bool) -> impl Iterator<Item = f64> {
    let mut peaks: Vec<usize> = (0..analysis.peaks.len()).filter(|index| wanted(*index)).collect();
    let area = |index: &usize| analysis.peaks[*index].area.value;
    peaks.sort_by(|a, b| area(b).total_cmp(&area(a)));
    peaks.into_iter().map(|index| analysis.peaks[index].two_theta_deg.value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_show_claims_and_unexplained_peaks_first() {
        let analysis = crate::synthetic::analysis();
        let windows = windows(&analysis);
        let shows = |angle: f64| windows.iter().any(|window| window.low < angle && angle < window.high);
        assert!(
            windows.len() <= MAX_WINDOWS && shows(20.5) && shows(20.55) && shows(33.6) && shows(25.15) && shows(21.76)
        );
        assert!(windows.is_sorted_by(|a, b| a.low < b.low));
    }

    #[test]
    fn nothing_to_see_gives_no_figure() {
        let mut analysis = crate::synthetic::analysis();
        analysis.peaks.clear();
        analysis.unexplained_peaks.clear();
        analysis.claims.clear();
        assert!(figure(&analysis).unwrap().is_none());
    }
}
