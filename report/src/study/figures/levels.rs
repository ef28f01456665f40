//! One core level of all samples above each other, on the same corrected energy scale.

use doublet_study::StudyAnalysis;
use doublet_xps::analysis::RegionAnalysis;
use plotters::style::Color;

use super::{Plan, simulated};
use crate::error::Result;
use crate::figure::{
    Align, Axis, Dash, Drawing, Frame, Legend, LineStyle, Marker, Panel, Sample, Scale, Sheet, Sides, Style, TextMark,
    palette, text_width_pt,
};
use crate::figures::extent;
use crate::formula::state_text;
use crate::text::printable;

const LEFT_PT: f64 = 18.0;
const RIGHT_PT: f64 = 6.0;
const BOTTOM_PT: f64 = 31.0;
const TRACE_PT: f64 = 58.0;
const LABEL_PT: f64 = 7.0;
const FILLED: f64 = 0.78;

/// A figure for every core level that was fitted.
pub(super) fn plans(analysis: &StudyAnalysis) -> Vec<Plan<'_>> {
    let mut levels: Vec<String> = Vec::new();
    for region in analysis.samples.iter().filter_map(|s| s.xps.as_ref()).flat_map(|xps| &xps.regions) {
        let level = region.core_level.to_string();
        if !levels.contains(&level) {
            levels.push(level);
        }
    }
    levels.into_iter().map(|level| plan(analysis, level)).collect()
}

fn plan(analysis: &StudyAnalysis, level: String) -> Plan<'_> {
    let traces: Vec<(&str, &RegionAnalysis)> = analysis
        .samples
        .iter()
        .filter_map(|sample| {
            let regions = &sample.xps.as_ref()?.regions;
            Some((sample.label.as_str(), regions.iter().find(|r| r.core_level.to_string() == level)?))
        })
        .collect();
    let reference = analysis.samples.iter().find_map(|sample| sample.xps.as_ref()?.energy_reference.first());
    let caption = format!(
        "{level} of the samples on one energy scale{}: data (points) less background, fit (line) and components (areas), each \
         scaled to its highest point.{}",
        reference.map_or(String::new(), |scale| format!(" ({})", printable(&scale.reference))),
        simulated(analysis)
    );
    let name = format!("level-{}", level.to_lowercase().replace(|c: char| !c.is_ascii_alphanumeric(), "-"));
    let plot = Plot { states: states(&traces), traces };
    let title = caption.clone();
    let draw = move |width: f64| {
        let height = plot.top_pt(width) + plot.height_pt() + BOTTOM_PT;
        Drawing::new(width, height, &title, |sheet| plot.draw(sheet))
    };
    Plan { name, caption, draw: Box::new(draw) }
}

/// States of all traces, in the order in which they appear; a line of another level with its name.
fn states(traces: &[(&str, &RegionAnalysis)]) -> Vec<String> {
    let mut states: Vec<String> = Vec::new();
    for component in traces.iter().flat_map(|(_, region)| &region.components) {
        if !states.contains(&component.label) {
            states.push(component.label.clone());
        }
    }
    states
}

struct Plot<'a> {
    traces: Vec<(&'a str, &'a RegionAnalysis)>,
    states: Vec<String>,
}

impl Plot<'_> {
    fn height_pt(&self) -> f64 {
        TRACE_PT * self.traces.len() as f64
    }

    fn top_pt(&self, width_pt: f64) -> f64 {
        self.legend().height_pt(width_pt - LEFT_PT - RIGHT_PT) + 5.0
    }

    fn legend(&self) -> Legend {
        self.states.iter().enumerate().fold(Legend::default(), |legend, (i, state)| {
            let style = Style::series(i);
            legend.entry(Sample::Area(style.line(0.8), style.colour.mix(0.3)), state_text(state))
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
        let (low, high) = extent(self.traces.iter().flat_map(|(_, region)| region.window_ev));
        // Binding energies run from right to left.
        let x = Axis::new(high, low, Scale::Linear, "Binding energy / eV");
        let panel = Panel::new(sheet, frame, x, Axis::new(0.0, self.traces.len() as f64, Scale::Linear, ""));
        for (i, (label, region)) in self.traces.iter().enumerate() {
            self.trace(sheet, &panel, i, label, region)?;
        }
        let title = TextMark::new("Intensity / arb. units", 8.0).aligned(Align::Middle, Align::End).upwards();
        sheet.text(LEFT_PT - 5.0, 0.5 * (frame.top_pt + frame.bottom_pt), &title)?;
        panel.draw_axes(Sides { y_labels: false, ..Sides::ALL })
    }

    fn trace(
        &self,
        sheet: &Sheet,
        panel: &Panel<'_>,
        index: usize,
        label: &str,
        region: &RegionAnalysis,
    ) -> Result<()> {
        let curves = &region.curves;
        let net = |curve: &[f64]| -> Vec<f64> { curve.iter().zip(&curves.background).map(|(y, b)| y - b).collect() };
        let (observed, envelope) = (net(&curves.observed), net(&curves.envelope));
        let high = extent(observed.iter().chain(&envelope).copied()).1.max(f64::MIN_POSITIVE);
        let base = index as f64 + 0.1;
        let placed = |curve: &[f64]| -> Vec<f64> { curve.iter().map(|y| base + FILLED * y / high).collect() };
        let x = &curves.binding_energy_ev;
        let floor = vec![base; x.len()];
        for (component, curve) in region.components.iter().zip(&curves.components) {
            let state = self.states.iter().position(|own| *own == component.label).unwrap_or(0);
            let style = Style::series(state);
            panel.fill_between(x, &floor, &placed(curve), style.colour.mix(0.3))?;
            panel.line(x, &placed(curve), style.line(0.6))?;
        }
        panel.level(base, LineStyle::solid(palette::GREY, 0.5).dashed(Dash::Dashed))?;
        panel.points(x, &placed(&observed), Marker::dot(palette::DARK_GREY, 1.4))?;
        panel.line(x, &placed(&envelope), LineStyle::solid(palette::VERMILLION, 0.8))?;
        let label = printable(label);
        let row = panel.place_pt(region.window_ev[0], index as f64 + 1.0).1 + 7.0;
        let text = TextMark::new(&label, LABEL_PT).aligned(Align::Start, Align::Middle);
        if text_width_pt(&label, LABEL_PT) < 0.5 * panel.frame().width_pt() {
            sheet.text(panel.frame().left_pt + 4.0, row, &text)?;
        }
        Ok(())
    }
}
