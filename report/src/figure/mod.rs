//! Publication figures: a thin layer above plotters with physical sizes.
//!
//! A figure is laid out once, in points (1/72 inch), on a plotters drawing area whose backend is the canvas of
//! this module. The canvas keeps what was drawn as a short list of marks; [`Drawing::svg`] and [`Drawing::png`]
//! render that list, and a further format is one more renderer. Axes, panels, ticks, labels and the palette know
//! nothing of diffraction or photoelectrons; the figures of each technique stand on them.
//!
//! Why plotters' own two backends are not used: the bitmap backend strokes a noisy curve as one polygon, whose spikes
//! reach where there are no data, does not smooth its edges and places text on whole pixels; the SVG backend spends
//! over a hundred bytes on every data point. The renderers here smooth by coverage in plain arithmetic, so that the
//! same figure is the same bytes on every machine, and write a curve as one path.
//!
//! Text in SVG stays text, so that it can be searched, edited and read aloud. Layout is measured in DejaVu Sans, and
//! the families offered after it are Verdana, which has nearly its widths (Windows, macOS, iOS), and narrower ones, so
//! that labels which do not overlap here do not overlap anywhere. PNG carries the outlines of DejaVu Sans itself; no
//! font of the system is asked for.

mod axis;
mod canvas;
mod coverage;
mod curve;
mod font;
mod label;
mod legend;
mod panel;
mod pdf;
mod raster;
pub(crate) mod residuals;
mod style;
mod svg;
mod ticks;

use std::cell::RefCell;
use std::rc::Rc;

use plotters::coord::Shift;
use plotters::drawing::DrawingArea;
use plotters::element::{Drawable, PointCollection, Polygon, Text};
use plotters::style::RGBAColor;

pub use axis::{Axis, Scale};
pub(crate) use curve::decimated;
pub(crate) use label::spread;
pub use legend::{Legend, Sample};
pub use panel::{Frame, Panel, Sides};
pub use style::{Align, Dash, LineStyle, Marker, Shape, Style, TextMark, palette};

use crate::error::{Error, Result};
use canvas::{Canvas, Mark, UNITS_PER_PT};

/// Points per millimetre.
pub const PT_PER_MM: f64 = 72.0 / 25.4;

/// Width of a figure over one column of a journal page.
pub const SINGLE_COLUMN_MM: f64 = 85.0;

/// Width of a figure over two columns.
pub const DOUBLE_COLUMN_MM: f64 = 175.0;

/// Resolution of the PNG files.
pub const PNG_DPI: f64 = 300.0;

/// Plotters' drawing area on our canvas.
type Area = DrawingArea<Canvas, Shift>;

/// A finished figure, ready to be written in any format.
#[derive(Debug, Clone, PartialEq)]
pub struct Drawing {
    width_pt: f64,
    height_pt: f64,
    title: String,
    marks: Vec<Mark>,
}

/// The sheet on which a figure is drawn: positions in points from the upper left corner.
pub struct Sheet {
    area: Area,
    width_pt: f64,
    height_pt: f64,
}

impl Drawing {
    /// Lays a figure out: `draw` gets the sheet of this size. The title is for programs that read figures aloud.
    ///
    /// # Errors
    /// What `draw` returns, and [`Error::Figure`] if the font cannot be used.
    pub fn new(width_pt: f64, height_pt: f64, title: &str, draw: impl FnOnce(&Sheet) -> Result<()>) -> Result<Self> {
        font::load()?;
        let canvas = Rc::new(RefCell::new(Canvas::new(units(width_pt), units(height_pt))));
        draw(&Sheet { area: Area::from(&canvas), width_pt, height_pt })?;
        let marks = canvas.borrow_mut().take_marks();
        Ok(Self { width_pt, height_pt, title: crate::text::printable(title), marks })
    }

    /// Whether the figure is wider than one column.
    pub fn is_wide(&self) -> bool {
        self.width_pt > 1.05 * SINGLE_COLUMN_MM * PT_PER_MM
    }

    /// The figure as an SVG document.
    pub fn svg(&self) -> String {
        svg::document(self)
    }

    /// The figure as a PDF document of one page.
    pub fn pdf(&self) -> Vec<u8> {
        pdf::document(self)
    }

    /// The figure as a PNG file of this resolution, which the file states.
    ///
    /// # Errors
    /// [`Error::Figure`] if the image cannot be encoded.
    pub fn png(&self, dpi: f64) -> Result<Vec<u8>> {
        raster::png(self, dpi)
    }
}

#[cfg(test)]
impl Drawing {
    /// Every text with the box that it fills: left, top, right, bottom in points.
    pub(crate) fn text_boxes(&self) -> Vec<(String, [f64; 4])> {
        let texts = self.marks.iter().filter_map(|mark| if let Mark::Text(run) = mark { Some(run) } else { None });
        texts
            .map(|run| {
                let width = font::width(&run.text, run.size);
                let start = -run.anchor.fraction() * width;
                let corners = [run.offset(start, -font::CAPITAL_EM * run.size), run.offset(start + width, 0.0)];
                let (xs, ys) = (corners.map(|corner| corner.0), corners.map(|corner| corner.1));
                let pt = |units: i32| f64::from(units) / UNITS_PER_PT;
                let edges = [xs[0].min(xs[1]), ys[0].min(ys[1]), xs[0].max(xs[1]), ys[0].max(ys[1])];
                (run.text.clone(), edges.map(pt))
            })
            .collect()
    }

    /// Width and height in points.
    pub(crate) fn size_pt(&self) -> (f64, f64) {
        (self.width_pt, self.height_pt)
    }
}

impl Sheet {
    /// Width in points.
    pub fn width_pt(&self) -> f64 {
        self.width_pt
    }

    /// Height in points.
    pub fn height_pt(&self) -> f64 {
        self.height_pt
    }

    /// Writes text at a place of the sheet.
    ///
    /// # Errors
    /// [`Error::Figure`] if plotters refuses.
    pub fn text(&self, x_pt: f64, y_pt: f64, text: &TextMark<'_>) -> Result<()> {
        self.draw(&Text::new(text.text, (units(x_pt), units(y_pt)), text.plotters_style()))
    }

    /// Draws a line through places of the sheet.
    ///
    /// # Errors
    /// [`Error::Figure`] if plotters refuses.
    pub fn line(&self, points_pt: &[(f64, f64)], style: LineStyle) -> Result<()> {
        let points: Vec<(i32, i32)> = points_pt.iter().map(|(x, y)| (units(*x), units(*y))).collect();
        curve::draw(self, points, style)
    }

    /// Fills the polygon with these corners.
    ///
    /// # Errors
    /// [`Error::Figure`] if plotters refuses.
    pub fn area(&self, corners_pt: &[(f64, f64)], fill: RGBAColor) -> Result<()> {
        let corners: Vec<(i32, i32)> = corners_pt.iter().map(|(x, y)| (units(*x), units(*y))).collect();
        self.draw(&Polygon::new(corners, fill))
    }

    /// Draws a marker at a place of the sheet.
    ///
    /// # Errors
    /// [`Error::Figure`] if plotters refuses.
    pub fn marker(&self, x_pt: f64, y_pt: f64, marker: Marker) -> Result<()> {
        marker.draw(self, (units(x_pt), units(y_pt)))
    }

    /// Draws an element of plotters whose coordinates are canvas units.
    fn draw<'e, E>(&self, element: &'e E) -> Result<()>
    where
        &'e E: PointCollection<'e, (i32, i32)>,
        E: Drawable<Canvas>,
    {
        self.area.draw(element).map_err(failed)
    }
}

/// Width of a text of this size when set in the figure font.
pub fn text_width_pt(text: &str, size_pt: f64) -> f64 {
    font::width(text, size_pt)
}

/// Points to canvas units.
fn units(pt: f64) -> i32 {
    (pt * UNITS_PER_PT).round() as i32
}

/// Any failure of a plotters drawing area.
fn failed(error: impl std::fmt::Display) -> Error {
    Error::Figure(error.to_string())
}
