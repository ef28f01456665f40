//! One number a sample, with its standard uncertainty: a bar where the axis begins at zero, a point where it does not.

use doublet_study::StudyAnalysis;
use doublet_study::properties::{Property, PropertyKind};
use plotters::style::Color;

use super::{Plan, simulated};
use crate::error::Result;
use crate::figure::{
    Align, Axis, Drawing, Frame, LineStyle, Panel, Scale, Sheet, Sides, Style, TextMark, palette, text_width_pt,
};
use crate::figures::extent;
use crate::number::{bracketed, typographic};
use crate::text::printable;

const LEFT_PT: f64 = 40.0;
const RIGHT_PT: f64 = 6.0;
const TOP_PT: f64 = 6.0;
const MAIN_PT: f64 = 130.0;
const BOTTOM_PT: f64 = 24.0;
const LABEL_PT: f64 = 7.0;
const MARKER_PT: f64 = 4.5;
/// Share of its place that a bar takes.
const BAR: f64 = 0.6;

/// Bars of one kind of property: of the main phase where it belongs to a phase.
pub(super) fn plan(analysis: &StudyAnalysis, kind: PropertyKind) -> Option<Plan<'_>> {
    let main = analysis.main_phase.as_ref().map_or("", |phase| phase.id.as_str());
    let own = |p: &&Property| p.kind == kind && (kind != PropertyKind::CrystalliteSize || p.name.ends_with(main));
    let values: Vec<(&str, &Property)> = analysis
        .samples
        .iter()
        .filter_map(|sample| Some((sample.label.as_str(), sample.properties.iter().find(own)?)))
        .collect();
    if values.is_empty() {
        return None;
    }
    let (name, title, from_zero) = match kind {
        PropertyKind::CrystalliteSize => ("sizes", "Crystallite size / nm", true),
        _ => ("densities", "Relative density / %", false),
    };
    let limits = values.iter().any(|(_, p)| p.lower_limit);
    let caption = format!(
        "{} of the samples, with standard uncertainties.{}{}",
        title.split(" /").next().unwrap_or(title),
        if limits { " Without an instrument profile every size is a lower limit." } else { "" },
        simulated(analysis)
    );
    let plot = Plot { values, title, from_zero };
    let text = caption.clone();
    let draw = move |width: f64| Drawing::new(width, TOP_PT + MAIN_PT + BOTTOM_PT, &text, |sheet| plot.draw(sheet));
    Some(Plan { name: name.to_owned(), caption, draw: Box::new(draw) })
}

struct Plot<'a> {
    values: Vec<(&'a str, &'a Property)>,
    title: &'static str,
    from_zero: bool,
}

impl Plot<'_> {
    fn draw(&self, sheet: &Sheet) -> Result<()> {
        let frame = Frame {
            left_pt: LEFT_PT,
            top_pt: TOP_PT,
            right_pt: sheet.width_pt() - RIGHT_PT,
            bottom_pt: TOP_PT + MAIN_PT,
        };
        let sigma = |p: &Property| p.value.sigma.unwrap_or(0.0);
        let ends = self.values.iter().flat_map(|(_, p)| [p.value.value - sigma(p), p.value.value + sigma(p)]);
        let (low, high) = extent(ends);
        let span = (high - low).max(0.02 * high.abs());
        let bottom = if self.from_zero { 0.0 } else { low - 0.6 * span };
        let x = Axis::new(0.0, self.values.len() as f64, Scale::Linear, "");
        let panel =
            Panel::new(sheet, frame, x, Axis::new(bottom, high + 0.16 * (high - bottom), Scale::Linear, self.title));
        for (i, (label, property)) in self.values.iter().enumerate() {
            self.bar(sheet, &panel, i, label, property, bottom)?;
        }
        panel.draw_axes(Sides { x_labels: false, x_ticks: false, y_labels: true })
    }

    fn bar(
        &self,
        sheet: &Sheet,
        panel: &Panel<'_>,
        index: usize,
        label: &str,
        property: &Property,
        bottom: f64,
    ) -> Result<()> {
        let middle = index as f64 + 0.5;
        let value = property.value.value;
        let colour = Style::series(index).colour;
        if self.from_zero {
            let (left, top) = panel.place_pt(middle - 0.5 * BAR, value);
            let (right, foot) = panel.place_pt(middle + 0.5 * BAR, bottom);
            let corners = [(left, foot), (left, top), (right, top), (right, foot)];
            sheet.area(&corners, colour.mix(0.35))?;
            sheet.line(&corners, LineStyle::solid(colour, 0.8))?;
        }
        let sigma = property.value.sigma.unwrap_or(0.0);
        panel.error_bar(middle, value - sigma, value + sigma, LineStyle::solid(palette::BLACK, 0.8))?;
        if !self.from_zero {
            panel.points(&[middle], &[value], Style::series(index).marker(MARKER_PT, true))?;
        }
        let (x, above) = panel.place_pt(middle, value + sigma);
        let number =
            format!("{}{}", if property.lower_limit { "≥ " } else { "" }, typographic(&bracketed(&property.value)));
        let room = panel.frame().width_pt() / self.values.len() as f64 - 2.0;
        if text_width_pt(&number, LABEL_PT) < room {
            sheet.text(x, above - 3.0, &TextMark::new(&number, LABEL_PT).aligned(Align::Middle, Align::End))?;
        }
        let label = fitting(&printable(label), room);
        let below = panel.frame().bottom_pt + 5.0;
        sheet.text(x, below, &TextMark::new(&label, LABEL_PT).aligned(Align::Middle, Align::Start))
    }
}

/// As much of a label as there is room for.
fn fitting(label: &str, room_pt: f64) -> String {
    if text_width_pt(label, LABEL_PT) <= room_pt {
        return label.to_owned();
    }
    let mut kept = String::new();
    for character in label.chars() {
        if text_width_pt(&format!("{kept}{character}…"), LABEL_PT) > room_pt {
            break;
        }
        kept.push(character);
    }
    format!("{kept}…")
}
