//! Williamson–Hall and Halder–Wagner plots: breadths of every phase as straight lines.

use doublet_xrd::analysis::{Analysis, BreadthPlot, BreadthPoint, PhaseSize};
use plotters::style::Color;

use super::reflections::{self, Name};
use crate::diffraction::words;
use crate::error::Result;
use crate::figure::{
    Axis, Drawing, Frame, Legend, LineStyle, PT_PER_MM, Panel, SINGLE_COLUMN_MM, Sample, Scale, Sheet, Sides, Style,
    palette,
};
use crate::figures::{Figure, extent};
use crate::formula::hkl_text;

const LEFT_PT: f64 = 38.0;
const RIGHT_PT: f64 = 6.0;
const BOTTOM_PT: f64 = 31.0;
const MAIN_PT: f64 = 150.0;
const MARKER_PT: f64 = 3.6;
/// Most reflections that are named, those of named directions first.
const MAX_NAMES: usize = 14;

/// `β*` over `d*`.
pub(super) fn williamson_hall(analysis: &Analysis) -> Result<Option<Figure>> {
    let kind = Kind {
        name: "williamson-hall",
        title: "Williamson–Hall plot",
        x: "d* / nm⁻¹",
        y: "β* / nm⁻¹",
        caption: "Williamson–Hall plot: integral breadth of the sample β* = β cosθ/λ over d* = 2 sinθ/λ. The intercept of the \
                  line is 1/⟨D⟩v, its slope twice the strain.",
        of: |size| size.williamson_hall_plot.as_ref(),
    };
    figure(analysis, &kind)
}

/// `(β*/d*)²` over `β*/d*²`.
pub(super) fn halder_wagner(analysis: &Analysis) -> Result<Option<Figure>> {
    let kind = Kind {
        name: "size-strain-plot",
        title: "Size–strain plot",
        x: "β* d*⁻² / nm",
        y: "β*² d*⁻²",
        caption: "Size–strain (Halder–Wagner) plot of the integral breadths of the sample. The slope of the line is 1/⟨D⟩v, its \
                  intercept four times the square of the strain.",
        of: |size| size.halder_wagner_plot.as_ref(),
    };
    figure(analysis, &kind)
}

struct Kind {
    name: &'static str,
    title: &'static str,
    x: &'static str,
    y: &'static str,
    caption: &'static str,
    of: fn(&PhaseSize) -> Option<&BreadthPlot>,
}

struct Series<'a> {
    plot: &'a BreadthPlot,
    style: Style,
    label: String,
}

fn figure(analysis: &Analysis, kind: &Kind) -> Result<Option<Figure>> {
    let series: Vec<Series<'_>> = analysis
        .crystallite_size
        .iter()
        .enumerate()
        .filter_map(|(i, size)| {
            let label = words::size_label(analysis, &size.phase_id);
            Some(Series { plot: (kind.of)(size)?, style: Style::series(i), label })
        })
        .collect();
    if series.is_empty() {
        return Ok(None);
    }
    let plot = Plot { kind, series };
    let width = SINGLE_COLUMN_MM * PT_PER_MM;
    let height = plot.top_pt(width) + MAIN_PT + BOTTOM_PT;
    let title = format!("{} of {}", kind.title, analysis.input.file_name);
    let drawing = Drawing::new(width, height, &title, |sheet| plot.draw(sheet))?;
    let limits = analysis.crystallite_size.iter().any(|size| !size.instrument_removed);
    let caption = format!(
        "{} Filled symbols: reflections along h00, 0k0, 00l, hh0, hhh or hk0, which are named; open: all others.{}",
        kind.caption,
        if limits { " No instrument profile was removed: the breadths hold the instrument's." } else { "" }
    );
    Ok(Some(Figure { name: kind.name.into(), caption, drawing }))
}

struct Plot<'a> {
    kind: &'a Kind,
    series: Vec<Series<'a>>,
}

impl Plot<'_> {
    fn legend(&self) -> Legend {
        let named = |legend: Legend, series: &Series<'_>| {
            legend.entry(Sample::Marker(series.style.marker(MARKER_PT, true)), series.label.clone())
        };
        self.series.iter().fold(Legend::default(), named)
    }

    fn top_pt(&self, width_pt: f64) -> f64 {
        self.legend().height_pt(width_pt - LEFT_PT - RIGHT_PT) + 5.0
    }

    fn points(&self) -> impl Iterator<Item = &BreadthPoint> {
        self.series.iter().flat_map(|series| &series.plot.points)
    }

    fn names(&self) -> Vec<Name> {
        let along = |point: &&BreadthPoint| !point.direction.is_empty();
        let name = |point: &BreadthPoint| Name {
            x: point.x,
            end_pt: point.y.value,
            text: hkl_text(point.hkl),
            line: reflections::leader(palette::GREY),
            weight: point.y.sigma.map_or(0.0, |sigma| point.y.value / sigma),
        };
        let mut names: Vec<Name> = self.points().filter(along).map(name).collect();
        names.sort_by(|a, b| b.weight.total_cmp(&a.weight));
        names.truncate(MAX_NAMES);
        names
    }

    fn draw(&self, sheet: &Sheet) -> Result<()> {
        let top_pt = self.top_pt(sheet.width_pt());
        let frame =
            Frame { left_pt: LEFT_PT, top_pt, right_pt: sheet.width_pt() - RIGHT_PT, bottom_pt: top_pt + MAIN_PT };
        self.legend().draw(sheet, frame.left_pt, 2.0, frame.width_pt())?;
        let names = self.names();
        let free = reflections::height_pt(&names);
        let right = 1.06 * extent(self.points().map(|point| point.x)).1.max(0.0);
        // The bar of a breadth that is hardly known does not set the scale.
        let bar = |p: &BreadthPoint| p.y.value + p.y.sigma.unwrap_or(0.0).min(0.5 * p.y.value.abs());
        let high = extent(self.points().map(bar)).1;
        let high = 1.04 * high * frame.height_pt() / (frame.height_pt() - free - 4.0);
        let x = Axis::new(0.0, right, Scale::Linear, self.kind.x);
        let panel = Panel::new(sheet, frame, x, Axis::new(0.0, high, Scale::Linear, self.kind.y));
        let ended = |name: Name| {
            let point = self.points().find(|point| point.x == name.x && point.y.value == name.end_pt);
            let sigma = point.and_then(|point| point.y.sigma).unwrap_or(0.0);
            Name { end_pt: panel.place_pt(name.x, name.end_pt + sigma).1 - 2.5, ..name }
        };
        reflections::draw(sheet, &panel, names.into_iter().map(ended).collect(), free)?;
        for series in &self.series {
            let ends = [0.0, right];
            panel.line(&ends, &ends.map(|x| series.plot.intercept + series.plot.slope * x), series.style.line(0.8))?;
            series.plot.points.iter().try_for_each(|point| draw_point(&panel, &series.style, point))?;
        }
        panel.draw_axes(Sides::ALL)
    }
}

fn draw_point(panel: &Panel<'_>, style: &Style, point: &BreadthPoint) -> Result<()> {
    if let Some(sigma) = point.y.sigma {
        let bar = LineStyle::solid(style.colour.to_rgba(), 0.6);
        panel.error_bar(point.x, point.y.value - sigma, point.y.value + sigma, bar)?;
    }
    panel.points(&[point.x], &[point.y.value], style.marker(MARKER_PT, !point.direction.is_empty()))
}
