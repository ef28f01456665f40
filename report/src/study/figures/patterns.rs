//! Patterns of all samples above each other, whole or magnified, with the lines of the main phase below and marks over
//! those of secondary phases.

use doublet_study::{SampleAnalysis, StudyAnalysis};
use doublet_xrd::analysis::{Analysis, Phase, Verdict};

use super::{Plan, simulated};
use crate::error::Result;
use crate::figure::{
    Align, Axis, Dash, Drawing, Frame, Legend, LineStyle, Panel, Sample, Scale, Sheet, Sides, Style, TextMark, palette,
    text_width_pt,
};
use crate::figures::extent;
use crate::formula::{formula_and_remark, formula_text};
use crate::text::printable;

const LEFT_PT: f64 = 18.0;
const RIGHT_PT: f64 = 6.0;
const BOTTOM_PT: f64 = 31.0;
const TRACE_PT: f64 = 52.0;
const TICKS_PT: f64 = 16.0;
const LABEL_PT: f64 = 7.0;
const MARKER_PT: f64 = 4.0;
/// Share of a trace's height that its strongest peak takes.
const FILLED: f64 = 0.82;
/// Lines of a secondary phase that are marked: of at least this intensity, so many at most.
const MARKED_INTENSITY: f64 = 25.0;
const MOST_MARKS: usize = 4;
/// Half width of the magnified window around one claimed angle.
const WINDOW_DEG: f64 = 1.2;

/// Patterns in the range of the study file, else all that was measured.
pub(super) fn whole(analysis: &StudyAnalysis) -> Option<Plan<'_>> {
    let scans: Vec<&Analysis> = scans(analysis).map(|(_, scan)| scan).collect();
    let measured = extent(scans.iter().flat_map(|scan| scan.scan.two_theta_range_deg));
    let range = analysis.study.figures.range_deg.map_or(measured, |[low, high]| (low, high));
    let caption = format!(
        "Diffraction patterns, each scaled to its strongest peak. Below: lines of the main phase. Marks: strong lines of \
         secondary phases that are present.{}",
        simulated(analysis)
    );
    plan(analysis, "patterns", caption, range)
}

/// The window of the study file, else around the first claimed angle.
pub(super) fn window(analysis: &StudyAnalysis) -> Option<Plan<'_>> {
    let claimed = || claimed_deg(analysis).next().map(|angle| (angle - WINDOW_DEG, angle + WINDOW_DEG));
    let range = analysis.study.figures.window_deg.map(|[low, high]| (low, high)).or_else(claimed)?;
    let caption = format!(
        "Diffraction patterns magnified, each scaled to its strongest peak in this window. Dotted: claimed angles. Marks: \
         lines of secondary phases that are present.{}",
        simulated(analysis)
    );
    plan(analysis, "patterns-window", caption, range)
}

fn claimed_deg(analysis: &StudyAnalysis) -> impl Iterator<Item = f64> {
    use doublet_study::study_file::Claim;
    analysis.study.claims.iter().flat_map(|claim| match claim {
        Claim::Phase { two_theta_deg, .. } => two_theta_deg.clone(),
        _ => Vec::new(),
    })
}

fn scans(analysis: &StudyAnalysis) -> impl Iterator<Item = (&SampleAnalysis, &Analysis)> {
    analysis.samples.iter().filter_map(|sample| Some((sample, sample.xrd.as_ref()?)))
}

fn plan<'a>(analysis: &'a StudyAnalysis, name: &str, caption: String, range: (f64, f64)) -> Option<Plan<'a>> {
    scans(analysis).next()?;
    let plot = Plot { analysis, range, secondary: secondary(analysis) };
    let title = caption.clone();
    let draw = move |width: f64| {
        let height = plot.top_pt(width) + plot.height_pt() + BOTTOM_PT;
        Drawing::new(width, height, &title, |sheet| plot.draw(sheet))
    };
    Some(Plan { name: name.to_owned(), caption, draw: Box::new(draw) })
}

/// The formula as a person writes it, with small numbers.
fn formula_label(formula: &str, name: &str) -> String {
    formula_text(&formula_and_remark(formula, name).0)
}

/// Secondary phases of all samples: id and formula.
fn secondary(analysis: &StudyAnalysis) -> Vec<(String, String)> {
    let main = analysis.main_phase.as_ref().map(|phase| phase.id.as_str());
    let mut phases: Vec<(String, String)> = Vec::new();
    for phase in scans(analysis).flat_map(|(_, scan)| &scan.phases) {
        let shown = phase.verdict == Verdict::Present && Some(phase.id.as_str()) != main;
        if shown && phases.iter().all(|(id, _)| *id != phase.id) {
            phases.push((phase.id.clone(), formula_label(&phase.formula, &phase.name)));
        }
    }
    phases
}

struct Plot<'a> {
    analysis: &'a StudyAnalysis,
    range: (f64, f64),
    secondary: Vec<(String, String)>,
}

impl Plot<'_> {
    fn height_pt(&self) -> f64 {
        TRACE_PT * scans(self.analysis).count() as f64 + TICKS_PT
    }

    fn top_pt(&self, width_pt: f64) -> f64 {
        self.legend().height_pt(width_pt - LEFT_PT - RIGHT_PT) + 5.0
    }

    fn legend(&self) -> Legend {
        let main = self.analysis.main_phase.as_ref().map(|phase| formula_label(&phase.formula, &phase.name));
        let ticks = Sample::Tick(LineStyle::solid(palette::BLACK, 0.8));
        let legend = main.map_or(Legend::default(), |name| Legend::default().entry(ticks, name));
        self.secondary.iter().enumerate().fold(legend, |legend, (i, (_, formula))| {
            legend.entry(Sample::Marker(Style::series(i + 1).marker(MARKER_PT, true)), formula.as_str())
        })
    }

    fn draw(&self, sheet: &Sheet) -> Result<()> {
        let top_pt = self.top_pt(sheet.width_pt());
        let frame = Frame {
            left_pt: LEFT_PT,
            top_pt,
            right_pt: sheet.width_pt() - RIGHT_PT,
            bottom_pt: top_pt + self.height_pt(),
        };
        self.legend().draw(sheet, frame.left_pt, 2.0, frame.width_pt())?;
        let count = scans(self.analysis).count() as f64;
        let below = -TICKS_PT / TRACE_PT;
        let x = Axis::new(self.range.0, self.range.1, Scale::Linear, "2θ / °");
        let panel = Panel::new(sheet, frame, x, Axis::new(below, count, Scale::Linear, ""));
        for angle in claimed_deg(self.analysis).filter(|angle| panel.contains_x(*angle)) {
            panel.upright(angle, LineStyle::solid(palette::GREY, 0.6).dashed(Dash::Dotted))?;
        }
        for (i, (sample, scan)) in scans(self.analysis).enumerate() {
            // The first sample lies lowest, as it is the one that the others are compared with.
            self.trace(sheet, &panel, i, (sample, scan))?;
        }
        self.ticks(&panel, below)?;
        let title = TextMark::new("Intensity / arb. units", 8.0).aligned(Align::Middle, Align::End).upwards();
        sheet.text(LEFT_PT - 5.0, 0.5 * (frame.top_pt + frame.bottom_pt), &title)?;
        panel.draw_axes(Sides { y_labels: false, ..Sides::ALL })
    }

    fn trace(
        &self,
        sheet: &Sheet,
        panel: &Panel<'_>,
        index: usize,
        (sample, scan): (&SampleAnalysis, &Analysis),
    ) -> Result<()> {
        let (x, y) = (&scan.curves.two_theta_deg, &scan.curves.observed);
        let (first, last) = (x.partition_point(|x| *x < self.range.0), x.partition_point(|x| *x <= self.range.1));
        let shown = y.get(first..last).unwrap_or(&[]);
        if shown.is_empty() {
            return Ok(());
        }
        let (low, high) = extent(shown.iter().copied());
        let base = index as f64 + 0.03;
        let place = |y: f64| base + FILLED * (y - low) / (high - low).max(f64::MIN_POSITIVE);
        let heights: Vec<f64> = y.iter().map(|y| place(*y)).collect();
        let colour = Style::series(index).colour;
        panel.line(x, &heights, LineStyle::solid(colour, 0.7))?;
        for (i, (id, _)) in self.secondary.iter().enumerate() {
            let Some(phase) = scan.phases.iter().find(|p| p.id == *id && p.verdict == Verdict::Present) else {
                continue;
            };
            for angle in self.marked(phase) {
                let top = x.iter().zip(&heights).filter(|(x, _)| (**x - angle).abs() < 0.12).map(|(_, h)| *h);
                let height = top.fold(base, f64::max) + 0.06;
                panel.points(
                    &[angle],
                    &[height.min(index as f64 + 0.97)],
                    Style::series(i + 1).marker(MARKER_PT, true),
                )?;
            }
        }
        let label = printable(&sample.label);
        let right = panel.frame().right_pt - 4.0;
        let row = panel.place_pt(self.range.1, index as f64 + 1.0).1 + 9.0;
        let text = TextMark::new(&label, LABEL_PT).aligned(Align::End, Align::Middle).coloured(colour);
        if text_width_pt(&label, LABEL_PT) < 0.5 * panel.frame().width_pt() {
            sheet.text(right, row, &text)
        } else {
            Ok(())
        }
    }

    /// Strong lines of a secondary phase in the range, strongest first.
    fn marked(&self, phase: &Phase) -> Vec<f64> {
        let mut lines: Vec<(f64, f64)> = phase
            .ticks
            .iter()
            .filter(|line| line.relative_intensity >= MARKED_INTENSITY)
            .map(|line| (line.relative_intensity, line.two_theta_deg))
            .filter(|(_, angle)| (self.range.0..=self.range.1).contains(angle))
            .collect();
        lines.sort_by(|a, b| b.0.total_cmp(&a.0));
        lines.into_iter().take(MOST_MARKS).map(|(_, angle)| angle).collect()
    }

    /// Lines of the main phase as fitted in the first sample that holds it.
    fn ticks(&self, panel: &Panel<'_>, below: f64) -> Result<()> {
        let Some(main) = &self.analysis.main_phase else { return Ok(()) };
        let mut phases = scans(self.analysis).flat_map(|(_, scan)| &scan.phases);
        let Some(phase) = phases.find(|p| p.id == main.id && p.verdict == Verdict::Present) else { return Ok(()) };
        for line in phase.ticks.iter().filter(|line| line.relative_intensity >= 0.5) {
            let height = if line.relative_intensity >= 5.0 { 0.75 } else { 0.4 };
            let style = LineStyle::solid(palette::BLACK, 0.8);
            let at = line.two_theta_deg;
            if panel.contains_x(at) {
                panel.line(&[at, at], &[below * 0.9, below * (0.9 - height)], style)?;
            }
        }
        panel.level(0.0, LineStyle::solid(palette::PALE_GREY, 0.6))
    }
}
