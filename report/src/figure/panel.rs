//! A panel: a frame with two axes into which curves, points and labels are drawn.

use plotters::coord::cartesian::Cartesian2d;
use plotters::drawing::DrawingArea;
use plotters::element::{Polygon, Rectangle};
use plotters::style::{Color, RGBAColor, ShapeStyle};

use super::canvas::{Canvas, Point};
use super::curve::{self, Bounds, pt};
use super::style::{Align, FRAME_PT, LineStyle, Marker, TICK_PT, TITLE_PT, TextMark, palette};
use super::ticks::power_text;
use super::{Axis, Sheet, decimated, text_width_pt, units};
use crate::error::Result;

/// Length of labelled and of short ticks, outwards from the frame, in points.
const MAJOR_PT: f64 = 3.0;
const MINOR_PT: f64 = 1.6;
/// Distance between tick and label.
const LABEL_GAP_PT: f64 = 2.0;
/// Distance between labels along each axis.
const X_LABELS_APART_PT: f64 = 32.0;
const Y_LABELS_APART_PT: f64 = 20.0;

/// Rectangle on the sheet, in points from the upper left corner.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Frame {
    /// Left edge.
    pub left_pt: f64,
    /// Upper edge.
    pub top_pt: f64,
    /// Right edge.
    pub right_pt: f64,
    /// Lower edge.
    pub bottom_pt: f64,
}

/// What stands outside a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sides {
    /// Labels and title below.
    pub x_labels: bool,
    /// Ticks below, with or without labels.
    pub x_ticks: bool,
    /// Ticks, labels and title on the left.
    pub y_labels: bool,
}

impl Sides {
    /// A panel that stands alone.
    pub const ALL: Self = Self { x_labels: true, x_ticks: true, y_labels: true };
    /// A panel above another one with the same horizontal axis.
    pub const UPPER: Self = Self { x_labels: false, x_ticks: false, y_labels: true };
    /// A strip without a vertical axis.
    pub const STRIP: Self = Self { x_labels: false, x_ticks: false, y_labels: false };
}

/// A frame with axes.
pub struct Panel<'a> {
    sheet: &'a Sheet,
    frame: Frame,
    area: DrawingArea<Canvas, Cartesian2d<Axis, Axis>>,
    x: Axis,
    y: Axis,
}

impl<'a> Panel<'a> {
    /// Puts two axes on a rectangle of the sheet; nothing is drawn yet.
    pub fn new(sheet: &'a Sheet, frame: Frame, x: Axis, y: Axis) -> Self {
        let x = x.with_ticks(frame.width_pt(), X_LABELS_APART_PT);
        let y = y.with_ticks(frame.height_pt(), Y_LABELS_APART_PT);
        let horizontal = units(frame.left_pt)..units(frame.right_pt);
        let vertical = units(frame.bottom_pt)..units(frame.top_pt);
        let coordinates = Cartesian2d::new(x.clone(), y.clone(), (horizontal, vertical));
        Self { sheet, frame, area: sheet.area.apply_coord_spec(coordinates), x, y }
    }

    /// The rectangle.
    pub fn frame(&self) -> Frame {
        self.frame
    }

    /// Place on the sheet, in points, of a pair of values.
    pub fn place_pt(&self, x: f64, y: f64) -> (f64, f64) {
        let (x, y) = self.place(x, y);
        (pt(x), pt(y))
    }

    /// Whether a value lies on the horizontal axis.
    pub fn contains_x(&self, x: f64) -> bool {
        let (low, high) = self.x.limits();
        (low..=high).contains(&x)
    }

    /// A curve, cut at the frame; thinned only where its points lie closer than can be seen.
    ///
    /// # Errors
    /// [`crate::Error::Figure`] if plotters refuses.
    pub fn line(&self, xs: &[f64], ys: &[f64], style: LineStyle) -> Result<()> {
        // One point beyond each end, so that the curve reaches the frame.
        let (low, high) = self.x.limits();
        let first = xs.partition_point(|x| *x < low).saturating_sub(1);
        let last = (xs.partition_point(|x| *x <= high) + 1).min(xs.len()).min(ys.len());
        let (xs, ys) = (xs.get(first..last).unwrap_or(&[]), ys.get(first..last).unwrap_or(&[]));
        let limits = xs.first().zip(xs.last()).map_or((0.0, 0.0), |(a, b)| (*a, *b));
        let kept = decimated(xs, ys, limits, self.frame.width_pt());
        let points: Vec<Point> = kept.into_iter().map(|i| self.place(xs[i], ys[i])).collect();
        for piece in curve::clipped(&points, self.bounds()) {
            curve::draw(self.sheet, curve::simplified(&piece), style)?;
        }
        Ok(())
    }

    /// A curve over the points of a scan, broken where the scan has a gap.
    ///
    /// # Errors
    /// [`crate::Error::Figure`] if plotters refuses.
    pub fn scan_line(&self, xs: &[f64], ys: &[f64], style: LineStyle) -> Result<()> {
        /// A step this many times the median one is a gap.
        const GAP: f64 = 10.0;
        let mut steps: Vec<f64> = xs.windows(2).map(|pair| pair[1] - pair[0]).collect();
        steps.sort_by(f64::total_cmp);
        let usual = steps.get(steps.len() / 2).copied().unwrap_or(0.0);
        let mut first = 0;
        for piece in xs.chunk_by(|a, b| b - a <= GAP * usual) {
            let range = first..first + piece.len();
            first = range.end;
            self.line(piece, ys.get(range).unwrap_or(&[]), style)?;
        }
        Ok(())
    }

    /// Points; those outside the frame are not drawn.
    ///
    /// # Errors
    /// [`crate::Error::Figure`] if plotters refuses.
    pub fn points(&self, xs: &[f64], ys: &[f64], marker: Marker) -> Result<()> {
        for i in decimated(xs, ys, self.x.limits(), self.frame.width_pt()) {
            let place = self.place(xs[i], ys[i]);
            if self.holds(place) {
                marker.draw(self.sheet, place)?;
            }
        }
        Ok(())
    }

    /// Upright error bars with caps.
    ///
    /// # Errors
    /// [`crate::Error::Figure`] if plotters refuses.
    pub fn error_bar(&self, x: f64, low: f64, high: f64, style: LineStyle) -> Result<()> {
        const CAP: i32 = 150;
        let ((px, top), (_, bottom)) = (self.place(x, high), self.place(x, low));
        for bar in
            [[(px, top), (px, bottom)], [(px - CAP, top), (px + CAP, top)], [(px - CAP, bottom), (px + CAP, bottom)]]
        {
            for piece in curve::clipped(&bar, self.bounds()) {
                curve::draw(self.sheet, piece, style)?;
            }
        }
        Ok(())
    }

    /// The area between two curves on one axis.
    ///
    /// # Errors
    /// [`crate::Error::Figure`] if plotters refuses.
    pub fn fill_between(&self, xs: &[f64], lower: &[f64], upper: &[f64], colour: RGBAColor) -> Result<()> {
        let [left, top, right, bottom] = self.bounds();
        let inside = |(x, y): Point| (x.clamp(left, right), y.clamp(top, bottom));
        let side = |ys: &[f64]| {
            let places: Vec<Point> = xs.iter().zip(ys).map(|(x, y)| inside(self.place(*x, *y))).collect();
            curve::simplified(&places)
        };
        let mut outline = side(upper);
        outline.extend(side(lower).into_iter().rev());
        self.sheet.draw(&Polygon::new(outline, colour))
    }

    /// A band across the panel between two values of the vertical axis.
    ///
    /// # Errors
    /// [`crate::Error::Figure`] if plotters refuses.
    pub fn band(&self, low: f64, high: f64, colour: impl Color) -> Result<()> {
        let [left, top, right, bottom] = self.bounds();
        let row = |y: f64| self.place(self.x.limits().0, y).1.clamp(top, bottom);
        let corners = [(left, row(high)), (right, row(low))];
        self.sheet.draw(&Rectangle::new(corners, ShapeStyle::from(&colour).filled()))
    }

    /// An upright line through the whole panel.
    ///
    /// # Errors
    /// [`crate::Error::Figure`] if plotters refuses.
    pub fn upright(&self, x: f64, style: LineStyle) -> Result<()> {
        if !self.contains_x(x) {
            return Ok(());
        }
        let column = self.place_pt(x, self.y.limits().0).0;
        self.sheet.line(&[(column, self.frame.top_pt), (column, self.frame.bottom_pt)], style)
    }

    /// A level line through the whole panel.
    ///
    /// # Errors
    /// [`crate::Error::Figure`] if plotters refuses.
    pub fn level(&self, y: f64, style: LineStyle) -> Result<()> {
        let row = self.place_pt(self.x.limits().0, y).1;
        self.sheet.line(&[(self.frame.left_pt, row), (self.frame.right_pt, row)], style)
    }

    /// Frame, ticks, labels and titles. Called last, so that they lie above the data.
    ///
    /// # Errors
    /// [`crate::Error::Figure`] if plotters refuses.
    pub fn draw_axes(&self, sides: Sides) -> Result<()> {
        let [left, top, right, bottom] = self.bounds();
        let line = LineStyle::solid(palette::BLACK, FRAME_PT);
        self.sheet.draw(&Rectangle::new([(left, top), (right, bottom)], line.shape()))?;
        if sides.x_ticks {
            self.x_axis(sides.x_labels, line)?;
        }
        if sides.y_labels {
            self.y_axis(line)?;
        }
        Ok(())
    }

    fn x_axis(&self, labels: bool, line: LineStyle) -> Result<()> {
        let bottom = self.frame.bottom_pt;
        let column = |value: f64| self.place_pt(value, self.y.limits().0).0;
        for value in &self.x.ticks().minor {
            let x = column(*value);
            self.sheet.line(&[(x, bottom), (x, bottom + MINOR_PT)], line)?;
        }
        for tick in &self.x.ticks().major {
            let x = column(tick.value);
            self.sheet.line(&[(x, bottom), (x, bottom + MAJOR_PT)], line)?;
        }
        if !labels {
            return Ok(());
        }
        let row = bottom + MAJOR_PT + LABEL_GAP_PT;
        for tick in &self.x.ticks().major {
            let text = TextMark::new(&tick.label, TICK_PT).aligned(Align::Middle, Align::Start);
            self.sheet.text(column(tick.value), row, &text)?;
        }
        if self.x.has_title() {
            let middle = 0.5 * (self.frame.left_pt + self.frame.right_pt);
            let title = self.x.title();
            let text = TextMark::new(&title, TITLE_PT).aligned(Align::Middle, Align::Start);
            self.sheet.text(middle, row + TICK_PT + 3.0, &text)?;
        }
        Ok(())
    }

    fn y_axis(&self, line: LineStyle) -> Result<()> {
        let left = self.frame.left_pt;
        let row = |value: f64| self.place_pt(self.x.limits().0, value).1;
        for value in &self.y.ticks().minor {
            let y = row(*value);
            self.sheet.line(&[(left, y), (left - MINOR_PT, y)], line)?;
        }
        let end = left - MAJOR_PT - LABEL_GAP_PT;
        let mut widest: f64 = 0.0;
        for tick in &self.y.ticks().major {
            let y = row(tick.value);
            self.sheet.line(&[(left, y), (left - MAJOR_PT, y)], line)?;
            let text = TextMark::new(&tick.label, TICK_PT).aligned(Align::End, Align::Middle);
            self.sheet.text(end, y, &text)?;
            widest = widest.max(text_width_pt(&tick.label, TICK_PT));
        }
        if self.y.has_title() {
            let middle = 0.5 * (self.frame.top_pt + self.frame.bottom_pt);
            let title = self.y.title();
            let text = TextMark::new(&title, TITLE_PT).aligned(Align::Middle, Align::End).upwards();
            return self.sheet.text(end - widest - 4.0, middle, &text);
        }
        if self.y.ticks().power != 0 {
            let power = format!("×{}", power_text(self.y.ticks().power));
            let text = TextMark::new(&power, TICK_PT).aligned(Align::Start, Align::End);
            return self.sheet.text(left, self.frame.top_pt - 2.5, &text);
        }
        Ok(())
    }

    fn place(&self, x: f64, y: f64) -> Point {
        self.area.map_coordinate(&(x, y))
    }

    fn holds(&self, (x, y): Point) -> bool {
        let [left, top, right, bottom] = self.bounds();
        (left..=right).contains(&x) && (top..=bottom).contains(&y)
    }

    fn bounds(&self) -> Bounds {
        [units(self.frame.left_pt), units(self.frame.top_pt), units(self.frame.right_pt), units(self.frame.bottom_pt)]
    }
}

impl Frame {
    /// Width.
    pub fn width_pt(&self) -> f64 {
        self.right_pt - self.left_pt
    }

    /// Height.
    pub fn height_pt(&self) -> f64 {
        self.bottom_pt - self.top_pt
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figure::canvas::Mark;
    use crate::figure::{Drawing, Scale};

    /// A panel with a binding-energy axis that runs backwards, as the photoelectron figures need it.
    fn reversed(draw: impl Fn(&Panel<'_>) -> Result<()>) -> Drawing {
        let frame = Frame { left_pt: 40.0, top_pt: 10.0, right_pt: 240.0, bottom_pt: 110.0 };
        Drawing::new(250.0, 140.0, "test", |sheet| {
            let x = Axis::new(540.0, 520.0, Scale::Linear, "Binding energy / eV");
            draw(&Panel::new(sheet, frame, x, Axis::new(0.0, 100.0, Scale::Linear, "Counts")))
        })
        .unwrap()
    }

    #[test]
    fn a_curve_on_a_reversed_axis_runs_from_right_to_left() {
        let xs: Vec<f64> = (0..=40).map(|i| 515.0 + f64::from(i)).collect();
        let ys: Vec<f64> = xs.iter().map(|x| (x - 515.0) * 2.0).collect();
        let style = LineStyle::solid(palette::BLACK, 1.0);
        let drawing = reversed(|panel| panel.line(&xs, &ys, style));
        let Mark::Stroke { paths, .. } = &drawing.marks[0] else { panic!("{:?}", drawing.marks[0]) };
        assert_eq!(paths[0], [(24_000, 10_000), (4_000, 6_000)]);
    }

    #[test]
    fn areas_stay_inside_the_frame() {
        let xs = [510.0, 530.0, 550.0];
        let drawing =
            reversed(|panel| panel.fill_between(&xs, &[0.0; 3], &[20.0, 500.0, 20.0], palette::BLUE.mix(0.3)));
        let Mark::Fill { polygons, .. } = &drawing.marks[0] else { panic!("{:?}", drawing.marks[0]) };
        let inside = |(x, y): &Point| (4_000..=24_000).contains(x) && (1_000..=11_000).contains(y);
        assert!(polygons[0].iter().all(inside), "{polygons:?}");
    }

    #[test]
    fn labels_of_a_reversed_axis_descend() {
        let drawing = reversed(|panel| panel.draw_axes(Sides::ALL));
        let labels: Vec<&str> = drawing
            .marks
            .iter()
            .filter_map(
                |mark| if let Mark::Text(run) = mark { Some((run.position.0, run.text.as_str())) } else { None },
            )
            .filter(|(_, text)| text.starts_with('5'))
            .map(|(_, text)| text)
            .collect();
        assert_eq!(labels, ["520", "525", "530", "535", "540"]);
        let positions = drawing.svg();
        assert!(positions.find("x=\"240\"").is_some(), "520 eV stands at the right end");
    }
}
