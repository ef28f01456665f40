//! How lines, markers and text look: physical widths, a palette that colour-blind readers can tell apart, and dashes
//! and shapes that survive a grey print.

use plotters::element::{Circle, PathElement, Polygon};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color, FontDesc, FontFamily, FontStyle, FontTransform, RGBAColor, ShapeStyle, TextStyle};

use super::canvas::Point;
use super::{Sheet, units};
use crate::error::Result;

/// Colours. The eight of Okabe and Ito ("Color Universal Design", 2008) without their yellow, which is too faint for
/// lines on white, and greys.
pub mod palette {
    use plotters::style::RGBColor;

    /// Text and frames.
    pub const BLACK: RGBColor = RGBColor(0, 0, 0);
    /// Measured points.
    pub const DARK_GREY: RGBColor = RGBColor(60, 60, 60);
    /// What is not in the foreground.
    pub const GREY: RGBColor = RGBColor(130, 130, 130);
    /// Bands and guides.
    pub const PALE_GREY: RGBColor = RGBColor(225, 225, 225);
    /// The fit.
    pub const VERMILLION: RGBColor = RGBColor(213, 94, 0);
    /// First of a series.
    pub const BLUE: RGBColor = RGBColor(0, 114, 178);
    /// Second.
    pub const BLUISH_GREEN: RGBColor = RGBColor(0, 158, 115);
    /// Third.
    pub const REDDISH_PURPLE: RGBColor = RGBColor(204, 121, 167);
    /// Fourth.
    pub const ORANGE: RGBColor = RGBColor(230, 159, 0);
    /// Fifth.
    pub const SKY_BLUE: RGBColor = RGBColor(86, 180, 233);
}

/// Sizes of text, in points.
pub(crate) const TITLE_PT: f64 = 8.0;
pub(crate) const TICK_PT: f64 = 7.0;
pub(crate) const SMALL_PT: f64 = 6.5;

/// Width of frames and ticks in points.
pub(crate) const FRAME_PT: f64 = 0.5;

/// Pattern of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dash {
    /// Unbroken.
    Solid,
    /// Long dashes.
    Dashed,
    /// Dots.
    Dotted,
}

/// Shape of a marker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// Circle.
    Circle,
    /// Square.
    Square,
    /// Triangle on its base.
    Triangle,
    /// Triangle on its tip.
    TriangleDown,
    /// Square on its corner.
    Diamond,
    /// Upright cross.
    Plus,
}

/// Look of one series of a figure: colour, dashes and marker differ together, so that each alone tells it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Style {
    /// Colour.
    pub colour: RGBAColor,
    /// Pattern of its line.
    pub dash: Dash,
    /// Shape of its markers.
    pub shape: Shape,
}

impl Style {
    /// Look of the series with this number; after five colours they begin again with other dashes.
    pub fn series(index: usize) -> Self {
        use palette::*;
        const COLOURS: [plotters::style::RGBColor; 5] = [BLUE, BLUISH_GREEN, REDDISH_PURPLE, ORANGE, SKY_BLUE];
        const SHAPES: [Shape; 5] = [Shape::Circle, Shape::Square, Shape::Triangle, Shape::Diamond, Shape::TriangleDown];
        const DASHES: [Dash; 3] = [Dash::Solid, Dash::Dashed, Dash::Dotted];
        let round = index / COLOURS.len();
        Self {
            colour: COLOURS[index % COLOURS.len()].to_rgba(),
            dash: DASHES[(index + 2 * round) % DASHES.len()],
            shape: SHAPES[index % SHAPES.len()],
        }
    }

    /// Its line of this width in points.
    pub fn line(&self, width_pt: f64) -> LineStyle {
        LineStyle { colour: self.colour, width_pt, dash: self.dash }
    }

    /// Its marker of this size in points, filled or open.
    pub fn marker(&self, size_pt: f64, filled: bool) -> Marker {
        Marker { shape: self.shape, size_pt, colour: self.colour, filled }
    }
}

/// A line.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LineStyle {
    /// Colour.
    pub colour: RGBAColor,
    /// Width in points.
    pub width_pt: f64,
    /// Pattern.
    pub dash: Dash,
}

impl LineStyle {
    /// An unbroken line.
    pub fn solid(colour: impl Color, width_pt: f64) -> Self {
        Self { colour: colour.to_rgba(), width_pt, dash: Dash::Solid }
    }

    /// The same with another pattern.
    pub fn dashed(self, dash: Dash) -> Self {
        Self { dash, ..self }
    }

    pub(super) fn shape(&self) -> ShapeStyle {
        ShapeStyle { color: self.colour, filled: false, stroke_width: units(self.width_pt).unsigned_abs() }
    }

    /// Length of dash and gap in canvas units; the round ends take their part of the gap.
    pub(super) fn dash_units(&self) -> Option<(i32, i32)> {
        let (dash, gap) = match self.dash {
            Dash::Solid => return None,
            Dash::Dashed => (3.0, 2.0 + self.width_pt),
            Dash::Dotted => (0.05, 1.5 + self.width_pt),
        };
        Some((units(dash), units(gap)))
    }
}

/// A marker.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Marker {
    /// Shape.
    pub shape: Shape,
    /// Diameter or side in points.
    pub size_pt: f64,
    /// Colour.
    pub colour: RGBAColor,
    /// Filled, or an outline filled with white.
    pub filled: bool,
}

impl Marker {
    /// A filled circle.
    pub fn dot(colour: impl Color, size_pt: f64) -> Self {
        Self { shape: Shape::Circle, size_pt, colour: colour.to_rgba(), filled: true }
    }

    /// Draws it at a place of the canvas.
    pub(super) fn draw(&self, sheet: &Sheet, centre: Point) -> Result<()> {
        let radius = units(0.5 * self.size_pt);
        let filled = ShapeStyle::from(self.colour).filled();
        let outline = ShapeStyle { stroke_width: units(0.7).unsigned_abs(), ..ShapeStyle::from(self.colour) };
        if self.shape == Shape::Circle {
            if self.filled {
                return sheet.draw(&Circle::new(centre, radius, filled));
            }
            sheet.draw(&Circle::new(centre, radius, ShapeStyle::from(&plotters::style::WHITE).filled()))?;
            return sheet.draw(&Circle::new(centre, radius, outline));
        }
        let mut corners = self.corners(centre, radius);
        if self.shape == Shape::Plus {
            return corners.chunks(2).try_for_each(|bar| sheet.draw(&PathElement::new(bar.to_vec(), outline)));
        }
        let fill = if self.filled { self.colour } else { plotters::style::WHITE.to_rgba() };
        sheet.draw(&Polygon::new(corners.clone(), fill))?;
        corners.extend(corners.first().copied());
        sheet.draw(&PathElement::new(corners, outline))
    }

    fn corners(&self, (x, y): Point, r: i32) -> Vec<Point> {
        match self.shape {
            Shape::Circle => Vec::new(),
            Shape::Square => {
                let r = r * 9 / 10;
                vec![(x - r, y - r), (x + r, y - r), (x + r, y + r), (x - r, y + r)]
            }
            Shape::Triangle => vec![(x - r, y + r), (x, y - r), (x + r, y + r)],
            Shape::TriangleDown => vec![(x - r, y - r), (x + r, y - r), (x, y + r)],
            Shape::Diamond => {
                let r = r * 5 / 4;
                vec![(x - r, y), (x, y - r), (x + r, y), (x, y + r)]
            }
            Shape::Plus => vec![(x - r, y), (x + r, y), (x, y - r), (x, y + r)],
        }
    }
}

/// Where a text stands relative to its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Align {
    /// Begins there.
    Start,
    /// Its middle is there.
    Middle,
    /// Ends there.
    End,
}

/// A line of text. Its place is on the baseline, at half the height of capitals, or at their top.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TextMark<'a> {
    /// The text; a combining overline puts a bar over the character before it.
    pub text: &'a str,
    /// Size in points.
    pub size_pt: f64,
    /// Colour.
    pub colour: RGBAColor,
    /// Along the line.
    pub align: Align,
    /// Across the line: `Start` hangs from its place, `Middle` is centred on it, `End` stands on it.
    pub across: Align,
    /// Whether it reads upwards.
    pub upwards: bool,
}

impl<'a> TextMark<'a> {
    /// Black text that begins at its place and stands on it.
    pub fn new(text: &'a str, size_pt: f64) -> Self {
        Self {
            text,
            size_pt,
            colour: palette::BLACK.to_rgba(),
            align: Align::Start,
            across: Align::End,
            upwards: false,
        }
    }

    /// The same, aligned otherwise along and across the line.
    pub fn aligned(self, align: Align, across: Align) -> Self {
        Self { align, across, ..self }
    }

    /// The same in another colour.
    pub fn coloured(self, colour: impl Color) -> Self {
        Self { colour: colour.to_rgba(), ..self }
    }

    /// The same, reading upwards.
    pub fn upwards(self) -> Self {
        Self { upwards: true, ..self }
    }

    pub(super) fn plotters_style(&self) -> TextStyle<'_> {
        let turn = if self.upwards { FontTransform::Rotate270 } else { FontTransform::None };
        let size = f64::from(units(self.size_pt));
        let font = FontDesc::new(FontFamily::Name("DejaVu Sans"), size, FontStyle::Normal).transform(turn);
        let along = match self.align {
            Align::Start => HPos::Left,
            Align::Middle => HPos::Center,
            Align::End => HPos::Right,
        };
        let across = match self.across {
            Align::Start => VPos::Top,
            Align::Middle => VPos::Center,
            Align::End => VPos::Bottom,
        };
        TextStyle::from(font).color(&self.colour).pos(Pos::new(along, across))
    }
}
