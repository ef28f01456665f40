//! The figures of photoelectron spectra: one per region, and all regions together.
//!
//! Binding energy increases to the left. Data are points, the sum of background and components is a line, every
//! component is an area above the background (both lines of a doublet together), and below stand the residuals in
//! units of σ.

use doublet_xps::analysis::{Analysis, RegionAnalysis};
use plotters::style::Color;
use rayon::prelude::*;

use super::words;
use crate::error::Result;
use crate::figure::residuals::{self, Residuals};
use crate::figure::{
    Align, Axis, DOUBLE_COLUMN_MM, Dash, Drawing, Frame, Legend, LineStyle, Marker, PT_PER_MM, Panel, SINGLE_COLUMN_MM,
    Sample, Scale, Sheet, Sides, Style, TextMark, palette,
};
use crate::figures::{Figure, extent};
use crate::number::significant;
use crate::text::printable;

/// Name of the figure of all regions.
pub(super) const OVERVIEW: &str = "spectra";
/// Most regions in it.
const MAX_CELLS: usize = 10;
const COLUMNS: usize = 2;

const LEFT_PT: f64 = 40.0;
const RIGHT_PT: f64 = 7.0;
const BOTTOM_PT: f64 = 31.0;
const MAIN_PT: f64 = 140.0;
const OVERVIEW_MAIN_PT: f64 = 100.0;
const RESIDUAL_PT: f64 = 42.0;
const BELOW_LEGEND_PT: f64 = 4.0;
const NAME_PT: f64 = 8.0;
const SMALL_PT: f64 = 6.5;

/// Opacity of the areas.
const FILL: f64 = 0.3;
/// Part of the height above the data that stays free for the name of the region.
const HEADROOM: f64 = 0.16;

/// One figure per region, and one of all if there are several.
///
/// # Errors
/// [`crate::Error::Figure`] if one cannot be drawn.
pub fn figures(analysis: &Analysis) -> Result<Vec<Figure>> {
    let drawable: Vec<usize> =
        (0..analysis.regions.len()).filter(|i| analysis.regions[*i].curves.binding_energy_ev.len() > 1).collect();
    let singles: Result<Vec<Figure>> = drawable.par_iter().map(|i| single(analysis, *i)).collect();
    let mut figures = singles?;
    if drawable.len() > 1 {
        figures.insert(0, overview(analysis, &drawable)?);
    }
    Ok(figures)
}

/// Name of the files of a region's figure: `bi-4f`, with the number of the region if another has that name.
pub(super) fn figure_name(analysis: &Analysis, index: usize) -> String {
    let slug = |region: &RegionAnalysis| region.core_level.to_string().to_lowercase().replace([' ', '/'], "-");
    let name = slug(&analysis.regions[index]);
    let shared = analysis.regions.iter().filter(|other| slug(other) == name).count() > 1;
    if shared { format!("{name}-{}", index + 1) } else { name }
}

fn single(analysis: &Analysis, index: usize) -> Result<Figure> {
    let region = &analysis.regions[index];
    let name = words::region_name(analysis, region);
    let cell = Cell { region, letter: None, main_pt: MAIN_PT, residual_pt: RESIDUAL_PT };
    let width = SINGLE_COLUMN_MM * PT_PER_MM;
    let title = format!("Photoelectron spectrum {name}");
    let drawing =
        Drawing::new(width, cell.top_pt(width) + cell.below_pt(), &title, |sheet| cell.draw(sheet, 0.0, 0.0, width))?;
    let caption = format!(
        "{name}: data (points), fit (line), background ({}, dashed) and components above it (areas; both lines of a \
         doublet together), with their binding energies in eV.{} Below: difference of data and fit in units of its \
         standard uncertainty, with ±3σ in grey.{}",
        printable(&region.background.name),
        region
            .statistics
            .reduced_chi_squared
            .map(|chi| format!(" Reduced χ² {}.", significant(chi, 3)))
            .unwrap_or_default(),
        if region.simulated { " The data are simulated." } else { "" }
    );
    Ok(Figure { name: figure_name(analysis, index), caption, drawing })
}

fn overview(analysis: &Analysis, drawable: &[usize]) -> Result<Figure> {
    let shown: Vec<&RegionAnalysis> = drawable.iter().take(MAX_CELLS).map(|i| &analysis.regions[*i]).collect();
    let cells: Vec<Cell<'_>> = shown
        .iter()
        .zip('a'..)
        .map(|(region, letter)| Cell { region, letter: Some(letter), main_pt: OVERVIEW_MAIN_PT, residual_pt: 0.0 })
        .collect();
    let sheet_width = DOUBLE_COLUMN_MM * PT_PER_MM;
    let width = sheet_width / COLUMNS as f64;
    // The panels of a row begin at one height.
    let tops: Vec<f64> =
        cells.chunks(COLUMNS).map(|row| row.iter().map(|cell| cell.top_pt(width)).fold(0.0, f64::max)).collect();
    let below = cells.first().map_or(0.0, Cell::below_pt);
    let height: f64 = tops.iter().map(|top| top + below).sum();
    let drawing = Drawing::new(sheet_width, height, "Photoelectron spectra", |sheet| {
        let mut row_top = 0.0;
        for (row, top) in cells.chunks(COLUMNS).zip(&tops) {
            for (column, cell) in row.iter().enumerate() {
                cell.draw(sheet, width * column as f64, row_top + top - cell.top_pt(width), width)?;
            }
            row_top += top + below;
        }
        Ok(())
    })?;
    let names: Vec<String> =
        shown.iter().zip('a'..).map(|(region, c)| format!("({c}) {}", words::region_name(analysis, region))).collect();
    let mut caption = format!(
        "{}: data (points), fit (line), background (dashed) and components (areas) with their binding energies in eV.",
        names.join(", ")
    );
    if shown.iter().any(|region| region.simulated) {
        caption.push_str(" The data are simulated.");
    }
    let left_out = drawable.len() - shown.len();
    if left_out > 0 {
        caption.push_str(&format!(" {left_out} more regions have figures of their own."));
    }
    Ok(Figure { name: OVERVIEW.into(), caption, drawing })
}

/// One region on a part of a sheet.
struct Cell<'a> {
    region: &'a RegionAnalysis,
    letter: Option<char>,
    main_pt: f64,
    /// Height of the residuals; 0 for none.
    residual_pt: f64,
}

impl Cell<'_> {
    fn legend(&self) -> Legend {
        let legend = if self.letter.is_some() {
            Legend::default()
        } else {
            Legend::default()
                .entry(Sample::Marker(data_marker()), "data")
                .entry(Sample::Line(fit_line()), "fit")
                .entry(Sample::Line(background_line()), "background")
        };
        self.region.components.iter().enumerate().fold(legend, |legend, (i, component)| {
            let style = Style::series(i);
            let name = words::component_name(self.region, component);
            let text = format!("{name} {}", words::energy(&component.binding_energy_ev));
            legend.entry(Sample::Area(style.line(0.7), style.colour.mix(FILL)), text)
        })
    }

    /// Height of legend and margin above the panel.
    fn top_pt(&self, width_pt: f64) -> f64 {
        self.legend().height_pt(width_pt - LEFT_PT - RIGHT_PT) + 2.0 + BELOW_LEGEND_PT
    }

    /// Height of panel, residuals and axis.
    fn below_pt(&self) -> f64 {
        self.main_pt + self.residual_pt + BOTTOM_PT
    }

    fn draw(&self, sheet: &Sheet, left_pt: f64, top_pt: f64, width_pt: f64) -> Result<()> {
        let (left, right) = (left_pt + LEFT_PT, left_pt + width_pt - RIGHT_PT);
        self.legend().draw(sheet, left, top_pt + 2.0, right - left)?;
        let top = top_pt + self.top_pt(width_pt);
        let main = Frame { left_pt: left, right_pt: right, top_pt: top, bottom_pt: top + self.main_pt };
        self.main(sheet, main)?;
        if self.residual_pt > 0.0 {
            let strip = Frame { top_pt: main.bottom_pt, bottom_pt: main.bottom_pt + self.residual_pt, ..main };
            let curves = &self.region.curves;
            let xs = &curves.binding_energy_ev;
            residuals::draw(sheet, strip, self.x_axis(), xs, &curves.residuals, Residuals::Points)?;
        }
        Ok(())
    }

    /// Binding energy, increasing to the left.
    fn x_axis(&self) -> Axis {
        let (low, high) = extent(self.region.curves.binding_energy_ev.iter().copied());
        Axis::new(high, low, Scale::Linear, "Binding energy / eV")
    }

    fn main(&self, sheet: &Sheet, frame: Frame) -> Result<()> {
        let curves = &self.region.curves;
        let xs = &curves.binding_energy_ev;
        let all = || curves.observed.iter().chain(&curves.envelope).chain(&curves.background).copied();
        let (low, high) = extent(all());
        let span = high - low;
        let unit = words::intensity_unit(self.region.intensity_unit);
        let y = Axis::new(low - 0.05 * span, high + HEADROOM * span, Scale::Linear, format!("Intensity / {unit}"));
        let panel = Panel::new(sheet, frame, self.x_axis(), y);
        for (i, component) in curves.components.iter().enumerate() {
            let above: Vec<f64> = component.iter().zip(&curves.background).map(|(c, b)| c + b).collect();
            let style = Style::series(i);
            panel.fill_between(xs, &curves.background, &above, style.colour.mix(FILL))?;
            panel.line(xs, &above, style.line(0.7))?;
        }
        panel.line(xs, &curves.background, background_line())?;
        panel.points(xs, &curves.observed, data_marker())?;
        panel.line(xs, &curves.envelope, fit_line())?;
        self.names(sheet, frame)?;
        panel.draw_axes(if self.residual_pt > 0.0 { Sides::UPPER } else { Sides::ALL })
    }

    /// The region at the upper left, the quality of the fit at the upper right.
    fn names(&self, sheet: &Sheet, frame: Frame) -> Result<()> {
        let letter = self.letter.map(|c| format!("({c}) ")).unwrap_or_default();
        let name = format!("{letter}{}", self.region.core_level);
        let row = frame.top_pt + 4.0;
        sheet.text(frame.left_pt + 4.0, row, &TextMark::new(&name, NAME_PT).aligned(Align::Start, Align::Start))?;
        let Some(chi) = self.region.statistics.reduced_chi_squared else { return Ok(()) };
        let text = format!("reduced χ² {}", significant(chi, 3));
        sheet.text(frame.right_pt - 4.0, row, &TextMark::new(&text, SMALL_PT).aligned(Align::End, Align::Start))
    }
}

fn data_marker() -> Marker {
    Marker::dot(palette::DARK_GREY, 1.6)
}

fn fit_line() -> LineStyle {
    LineStyle::solid(palette::VERMILLION, 0.9)
}

fn background_line() -> LineStyle {
    LineStyle::solid(palette::GREY, 0.7).dashed(Dash::Dashed)
}

/// Colour class of a component in tables: that of its area in the figure.
pub(super) fn swatch(index: usize) -> String {
    let (r, g, b) = Style::series(index).colour.rgb();
    format!("#{r:02x}{g:02x}{b:02x}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figures::assert_readable;

    #[test]
    fn every_region_has_a_readable_figure() {
        let analysis = crate::photoelectron::example();
        let figures = figures(&analysis).unwrap();
        assert_eq!(figures.len(), analysis.regions.len() + 1);
        assert!(figures.iter().any(|figure| figure.name == "bi-4f"));
        assert_readable(&figures);
        for figure in &figures {
            // Not empty: points, lines and areas of the data are there.
            assert!(figure.drawing.svg().matches("<path").count() > 5, "{}", figure.name);
        }
    }

    #[test]
    fn binding_energy_increases_to_the_left() {
        let analysis = crate::photoelectron::example();
        let figure = single(&analysis, 0).unwrap();
        let boxes = figure.drawing.text_boxes();
        let place = |label: &str| boxes.iter().find(|(text, _)| text == label).map(|(_, b)| b[0]).unwrap();
        assert!(place("290") < place("280"), "C 1s");
    }

    #[test]
    fn strange_numbers_are_drawn_all_the_same() {
        for (scale, offset) in [(0.0, 0.0), (0.0, 5.0), (1e9, 0.0), (1e-9, 0.0), (1.0, 3e4), (1.0, -1e7)] {
            let mut analysis = crate::photoelectron::example();
            for region in &mut analysis.regions {
                let curves = &mut region.curves;
                let all = [&mut curves.observed, &mut curves.background, &mut curves.envelope];
                all.into_iter().flatten().for_each(|v| *v = *v * scale + offset);
                curves.components.iter_mut().flatten().for_each(|v| *v *= scale);
            }
            let figures = figures(&analysis).unwrap();
            if offset >= 0.0 {
                assert_readable(&figures);
            }
            assert!(figures.iter().all(|figure| !figure.drawing.svg().contains("NaN")));
        }
    }

    #[test]
    fn many_components_and_equal_names_stay_readable() {
        let mut analysis = crate::photoelectron::example();
        let (component, curve) =
            (analysis.regions[0].components[0].clone(), analysis.regions[0].curves.components[0].clone());
        for _ in 0..12 {
            analysis.regions[0].components.push(component.clone());
            analysis.regions[0].curves.components.push(curve.clone());
        }
        let mut second = analysis.regions[0].clone();
        second.sample = Some("another sample with a long name".into());
        analysis.regions.push(second);
        let figures = figures(&analysis).unwrap();
        assert_readable(&figures);
        let mut names: Vec<&str> = figures.iter().map(|figure| figure.name.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), figures.len());
    }
}
