//! Crystallite size of every reflection against its angle, with the mean of each phase.

use doublet_common::Quantity;
use doublet_xrd::analysis::{Analysis, PhaseSize, ReflectionSize};
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

const LEFT_PT: f64 = 34.0;
const RIGHT_PT: f64 = 6.0;
const BOTTOM_PT: f64 = 31.0;
const MAIN_PT: f64 = 150.0;
const MARKER_PT: f64 = 3.6;
/// Most reflections that are named, the surest first.
const MAX_NAMES: usize = 12;

/// Sizes from the full width at half maximum; none if no reflection gives one.
pub(super) fn figure(analysis: &Analysis) -> Result<Option<Figure>> {
    let series: Vec<Series<'_>> = analysis
        .crystallite_size
        .iter()
        .enumerate()
        .map(|(i, size)| Series { size, style: Style::series(i) })
        .filter(|series| series.points().next().is_some())
        .collect();
    if series.is_empty() {
        return Ok(None);
    }
    let plot = Plot { analysis, series };
    let width = SINGLE_COLUMN_MM * PT_PER_MM;
    let height = plot.top_pt(width) + MAIN_PT + BOTTOM_PT;
    let title = format!("Crystallite sizes of {}", analysis.input.file_name);
    let drawing = Drawing::new(width, height, &title, |sheet| plot.draw(sheet))?;
    let caption = format!(
        "Scherrer size of every reflection (from its full width at half maximum, K = {}) with its standard \
         uncertainty; the surest are named, open symbols did not enter the mean. Line and band: mean and its \
         standard uncertainty.{}",
        plot.series.first().map_or(0.0, |series| series.size.scherrer_k[0]),
        if plot.lower_limits() { " No instrument profile was removed: every size is a lower limit." } else { "" }
    );
    Ok(Some(Figure { name: "sizes".into(), caption, drawing }))
}

struct Series<'a> {
    size: &'a PhaseSize,
    style: Style,
}

impl Series<'_> {
    /// Reflections with a size.
    fn points(&self) -> impl Iterator<Item = (&ReflectionSize, &Quantity)> {
        self.size.reflections.iter().filter_map(|reflection| Some((reflection, reflection.size_fwhm_nm.as_ref()?)))
    }
}

struct Plot<'a> {
    analysis: &'a Analysis,
    series: Vec<Series<'a>>,
}

impl Plot<'_> {
    fn lower_limits(&self) -> bool {
        self.series.iter().any(|series| !series.size.instrument_removed)
    }

    fn legend(&self) -> Legend {
        self.series.iter().fold(Legend::default(), |legend, series| {
            let name = words::size_label(self.analysis, &series.size.phase_id);
            legend.entry(Sample::Marker(series.style.marker(MARKER_PT, true)), name)
        })
    }

    fn top_pt(&self, width_pt: f64) -> f64 {
        self.legend().height_pt(width_pt - LEFT_PT - RIGHT_PT) + 5.0
    }

    fn names(&self) -> Vec<Name> {
        let name = |(reflection, size): (&ReflectionSize, &Quantity)| Name {
            x: reflection.two_theta_deg.value,
            end_pt: size.value,
            text: hkl_text(reflection.hkl),
            line: reflections::leader(palette::GREY),
            weight: size.sigma.map_or(0.0, |sigma| size.value / sigma),
        };
        let used = |(reflection, _): &(&ReflectionSize, &Quantity)| reflection.used;
        let mut names: Vec<Name> = self.series.iter().flat_map(Series::points).filter(used).map(name).collect();
        names.sort_by(|a, b| b.weight.total_cmp(&a.weight));
        names.truncate(MAX_NAMES);
        names
    }

    fn draw(&self, sheet: &Sheet) -> Result<()> {
        let top_pt = self.top_pt(sheet.width_pt());
        let frame =
            Frame { left_pt: LEFT_PT, top_pt, right_pt: sheet.width_pt() - RIGHT_PT, bottom_pt: top_pt + MAIN_PT };
        self.legend().draw(sheet, frame.left_pt, 2.0, frame.width_pt())?;
        let points = || self.series.iter().flat_map(Series::points);
        let (first, last) = extent(points().map(|(reflection, _)| reflection.two_theta_deg.value));
        let margin = (0.05 * (last - first)).max(1.0);
        let names = self.names();
        let free = reflections::height_pt(&names);
        // The highest bar, but not the bar of a size that is hardly known.
        let high = extent(points().map(|(_, size)| size.value + size.sigma.unwrap_or(0.0).min(0.5 * size.value))).1;
        let high = 1.04 * high * frame.height_pt() / (frame.height_pt() - free - 4.0);
        let title = if self.lower_limits() { "Crystallite size, lower limit / nm" } else { "Crystallite size / nm" };
        let x = Axis::new(first - margin, last + margin, Scale::Linear, "2θ / °");
        let panel = Panel::new(sheet, frame, x, Axis::new(0.0, high, Scale::Linear, title));
        self.means(&panel)?;
        let ended = |name: Name| {
            let sigma = points().find(|(r, _)| r.two_theta_deg.value == name.x).and_then(|(_, size)| size.sigma);
            let end_pt = panel.place_pt(name.x, name.end_pt + sigma.unwrap_or(0.0)).1 - 2.5;
            Name { end_pt, ..name }
        };
        reflections::draw(sheet, &panel, names.into_iter().map(ended).collect(), free)?;
        for series in &self.series {
            series.points().try_for_each(|point| draw_point(&panel, &series.style, point))?;
        }
        panel.draw_axes(Sides::ALL)
    }

    fn means(&self, panel: &Panel<'_>) -> Result<()> {
        for series in &self.series {
            let Some(mean) = &series.size.mean_size_fwhm_nm else { continue };
            if let Some(sigma) = mean.sigma {
                panel.band(mean.value - sigma, mean.value + sigma, series.style.colour.mix(0.2))?;
            }
            panel.level(mean.value, series.style.line(0.7))?;
        }
        Ok(())
    }
}

fn draw_point(panel: &Panel<'_>, style: &Style, (reflection, size): (&ReflectionSize, &Quantity)) -> Result<()> {
    let angle = reflection.two_theta_deg.value;
    if let Some(sigma) = size.sigma {
        panel.error_bar(angle, size.value - sigma, size.value + sigma, LineStyle::solid(style.colour, 0.6))?;
    }
    panel.points(&[angle], &[size.value], style.marker(MARKER_PT, reflection.used))
}
