//! The backend of plotters that keeps what is drawn as a list of marks.
//!
//! One unit is a hundredth of a point, finer than any printer, so that plotters' whole-numbered coordinates cost
//! nothing. Marks of the same style that follow each other are joined, which keeps the list and the files short.

use std::convert::Infallible;

use plotters_backend::text_anchor::{HPos, VPos};
use plotters_backend::{
    BackendColor, BackendCoord, BackendStyle, BackendTextStyle, DrawingBackend, DrawingErrorKind, FontTransform,
};

use super::font;
use crate::formula::OVERLINE;

/// Canvas units in one point.
pub(super) const UNITS_PER_PT: f64 = 100.0;

/// Position in canvas units, y downwards.
pub(super) type Point = (i32, i32);

type Outcome = Result<(), DrawingErrorKind<Infallible>>;

/// Colour with opacity.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Paint {
    pub(super) rgb: (u8, u8, u8),
    pub(super) alpha: f64,
}

/// One thing that was drawn; all lengths in canvas units.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Mark {
    /// Open lines with round ends and joins.
    Stroke { paths: Vec<Vec<Point>>, width: u32, paint: Paint },
    /// Filled polygons.
    Fill { polygons: Vec<Vec<Point>>, paint: Paint },
    /// Filled circles.
    Dots { centres: Vec<Point>, radius: u32, paint: Paint },
    /// Empty circles.
    Rings { centres: Vec<Point>, radius: u32, width: u32, paint: Paint },
    /// A line of text.
    Text(TextRun),
}

/// A line of text on its baseline.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct TextRun {
    pub(super) text: String,
    /// End of the baseline, or its middle, as `anchor` says.
    pub(super) position: Point,
    pub(super) anchor: Anchor,
    pub(super) size: f64,
    /// Whether it reads upwards instead of to the right.
    pub(super) upwards: bool,
    pub(super) paint: Paint,
}

/// Which point of the baseline the position is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

impl Anchor {
    /// Part of the text's width that lies before the position.
    pub(super) fn fraction(self) -> f64 {
        match self {
            Self::Start => 0.0,
            Self::Middle => 0.5,
            Self::End => 1.0,
        }
    }
}

/// List of marks under construction.
pub(super) struct Canvas {
    width: u32,
    height: u32,
    marks: Vec<Mark>,
}

impl Canvas {
    /// An empty canvas of this size in units.
    pub(super) fn new(width: i32, height: i32) -> Self {
        Self { width: width.unsigned_abs(), height: height.unsigned_abs(), marks: Vec::new() }
    }

    /// What was drawn, in drawing order.
    pub(super) fn take_marks(&mut self) -> Vec<Mark> {
        std::mem::take(&mut self.marks)
    }

    /// Adds a mark, joining it with the last one where both are of one style.
    fn push(&mut self, mark: Mark) {
        if let Some(last) = self.marks.last_mut() {
            match (last, &mark) {
                (Mark::Stroke { paths, width, paint }, Mark::Stroke { paths: more, width: w, paint: p })
                    if (*width, *paint) == (*w, *p) =>
                {
                    return paths.extend_from_slice(more);
                }
                (Mark::Fill { polygons, paint }, Mark::Fill { polygons: more, paint: p }) if paint == p => {
                    return polygons.extend_from_slice(more);
                }
                (Mark::Dots { centres, radius, paint }, Mark::Dots { centres: more, radius: r, paint: p })
                    if (*radius, *paint) == (*r, *p) =>
                {
                    return centres.extend_from_slice(more);
                }
                (
                    Mark::Rings { centres, radius, width, paint },
                    Mark::Rings { centres: more, radius: r, width: w, paint: p },
                ) if (*radius, *width, *paint) == (*r, *w, *p) => return centres.extend_from_slice(more),
                _ => {}
            }
        }
        self.marks.push(mark);
    }

    fn stroke<S: BackendStyle>(&mut self, path: Vec<Point>, style: &S) -> Outcome {
        if path.len() > 1 {
            self.push(Mark::Stroke { paths: vec![path], width: style.stroke_width(), paint: paint(style.color()) });
        }
        Ok(())
    }

    fn fill<S: BackendStyle>(&mut self, polygon: Vec<Point>, style: &S) -> Outcome {
        if polygon.len() > 2 {
            self.push(Mark::Fill { polygons: vec![polygon], paint: paint(style.color()) });
        }
        Ok(())
    }

    /// Strokes over the characters that carry a combining overline.
    fn overlines(&mut self, run: &TextRun, marked: &str) {
        let start = -run.anchor.fraction() * font::width(&run.text, run.size);
        let height = -font::OVERLINE_EM * run.size;
        let mut before = String::new();
        let mut characters = marked.chars().peekable();
        while let Some(character) = characters.next() {
            let from = start + font::width(&before, run.size);
            before.push(character);
            let to = start + font::width(&before, run.size);
            if characters.next_if_eq(&OVERLINE).is_none() {
                continue;
            }
            // A little shorter than the digit, so that neighbouring bars stay apart.
            let inset = 0.05 * run.size;
            let place = |along: f64| run.offset(along, height);
            let width = (font::OVERLINE_WIDTH_EM * run.size).round() as u32;
            let path = vec![place(from + inset), place(to - inset)];
            self.push(Mark::Stroke { paths: vec![path], width, paint: run.paint });
        }
    }
}

impl TextRun {
    /// Position `along` the baseline and `down` from it, as the text reads.
    pub(super) fn offset(&self, along: f64, down: f64) -> Point {
        let (x, y) = if self.upwards { (down, -along) } else { (along, down) };
        (self.position.0 + x.round() as i32, self.position.1 + y.round() as i32)
    }
}

fn paint(color: BackendColor) -> Paint {
    Paint { rgb: color.rgb, alpha: color.alpha }
}

impl DrawingBackend for Canvas {
    type ErrorType = Infallible;

    fn get_size(&self) -> (u32, u32) {
        (self.width, self.height)
    }

    fn ensure_prepared(&mut self) -> Outcome {
        Ok(())
    }

    fn present(&mut self) -> Outcome {
        Ok(())
    }

    fn draw_pixel(&mut self, (x, y): BackendCoord, color: BackendColor) -> Outcome {
        self.fill(vec![(x, y), (x + 1, y), (x + 1, y + 1), (x, y + 1)], &color)
    }

    fn draw_line<S: BackendStyle>(&mut self, from: BackendCoord, to: BackendCoord, style: &S) -> Outcome {
        self.stroke(vec![from, to], style)
    }

    fn draw_rect<S: BackendStyle>(
        &mut self,
        (x0, y0): BackendCoord,
        (x1, y1): BackendCoord,
        style: &S,
        fill: bool,
    ) -> Outcome {
        let mut corners = vec![(x0, y0), (x1, y0), (x1, y1), (x0, y1)];
        if fill {
            return self.fill(corners, style);
        }
        corners.push((x0, y0));
        self.stroke(corners, style)
    }

    fn draw_path<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(&mut self, path: I, style: &S) -> Outcome {
        self.stroke(path.into_iter().collect(), style)
    }

    fn draw_circle<S: BackendStyle>(&mut self, centre: BackendCoord, radius: u32, style: &S, fill: bool) -> Outcome {
        let (centres, paint) = (vec![centre], paint(style.color()));
        self.push(if fill {
            Mark::Dots { centres, radius, paint }
        } else {
            Mark::Rings { centres, radius, width: style.stroke_width(), paint }
        });
        Ok(())
    }

    fn fill_polygon<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(&mut self, vert: I, style: &S) -> Outcome {
        self.fill(vert.into_iter().collect(), style)
    }

    /// Vertical anchors: top is the top of capitals, centre the middle of capitals, bottom the baseline.
    fn draw_text<S: BackendTextStyle>(&mut self, text: &str, style: &S, position: BackendCoord) -> Outcome {
        let marked = crate::text::printable(text);
        let size = style.size();
        let down = match style.anchor().v_pos {
            VPos::Top => font::CAPITAL_EM * size,
            VPos::Center => 0.5 * font::CAPITAL_EM * size,
            VPos::Bottom => 0.0,
        };
        let mut run = TextRun {
            text: marked.chars().filter(|c| *c != OVERLINE).collect(),
            position,
            anchor: match style.anchor().h_pos {
                HPos::Left => Anchor::Start,
                HPos::Center => Anchor::Middle,
                HPos::Right => Anchor::End,
            },
            size,
            upwards: matches!(style.transform(), FontTransform::Rotate270),
            paint: paint(style.color()),
        };
        run.position = run.offset(0.0, down);
        self.overlines(&run, &marked);
        self.push(Mark::Text(run));
        Ok(())
    }

    fn estimate_text_size<S: BackendTextStyle>(
        &self,
        text: &str,
        style: &S,
    ) -> Result<(u32, u32), DrawingErrorKind<Infallible>> {
        let size = style.size();
        Ok((font::width(text, size).ceil() as u32, (font::CAPITAL_EM * size).ceil() as u32))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BLACK: BackendColor = BackendColor { alpha: 1.0, rgb: (0, 0, 0) };
    const GREY: BackendColor = BackendColor { alpha: 1.0, rgb: (9, 9, 9) };

    #[test]
    fn marks_of_one_style_are_joined() {
        let mut canvas = Canvas::new(1000, 1000);
        canvas.draw_circle((1, 1), 5, &BLACK, true).unwrap();
        canvas.draw_circle((2, 2), 5, &BLACK, true).unwrap();
        canvas.draw_circle((3, 3), 5, &GREY, true).unwrap();
        canvas.draw_line((0, 0), (9, 9), &GREY).unwrap();
        canvas.draw_line((9, 9), (0, 9), &GREY).unwrap();
        let marks = canvas.take_marks();
        assert_eq!(marks.len(), 3);
        assert!(matches!(&marks[0], Mark::Dots { centres, .. } if centres.len() == 2));
        assert!(matches!(&marks[2], Mark::Stroke { paths, .. } if paths.len() == 2));
    }
}
