//! SVG: marks as paths, text as text.
//!
//! Lengths are points with two decimals, exact images of the canvas units. Nothing has an id, so that several figures
//! can stand in one HTML page.

use std::fmt::Write as _;

use super::canvas::{Anchor, Mark, Paint, Point, TextRun, UNITS_PER_PT};
use super::{Drawing, PT_PER_MM, font};
use crate::text::escaped;

/// Length of the invisible line whose round ends make a dot, in canvas units.
const DOT_LENGTH: i32 = 1;

/// The figure as an SVG document.
pub(super) fn document(drawing: &Drawing) -> String {
    let (width, height) = (drawing.width_pt, drawing.height_pt);
    let title = escaped(&drawing.title);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{:.2}mm\" height=\"{:.2}mm\" viewBox=\"0 0 {w} {h}\" \
         role=\"img\" aria-label=\"{title}\" font-family=\"{}\" fill=\"none\" stroke-linecap=\"round\" \
         stroke-linejoin=\"round\">\n<title>{title}</title>\n<path fill=\"#fff\" d=\"M0 0H{w}V{h}H0Z\"/>\n",
        width / PT_PER_MM,
        height / PT_PER_MM,
        font::FAMILIES,
        w = length(super::units(width)),
        h = length(super::units(height)),
    );
    for mark in &drawing.marks {
        write_mark(&mut out, mark);
    }
    out.push_str("</svg>\n");
    out
}

fn write_mark(out: &mut String, mark: &Mark) {
    match mark {
        Mark::Stroke { paths, width, paint } => {
            let _ = write!(out, "<path {} stroke-width=\"{}\" d=\"", stroke(*paint), length_of(*width));
            paths.iter().for_each(|path| write_path(out, path, false));
            out.push_str("\"/>\n");
        }
        Mark::Fill { polygons, paint } => {
            let _ = write!(out, "<path {} d=\"", fill(*paint));
            polygons.iter().for_each(|polygon| write_path(out, polygon, true));
            out.push_str("\"/>\n");
        }
        Mark::Dots { centres, radius, paint } => {
            let _ = write!(out, "<path {} stroke-width=\"{}\" d=\"", stroke(*paint), length_of(2 * radius));
            let mut last = None;
            for centre in centres {
                write_move(out, *centre, last);
                let _ = write!(out, "h{}", length(DOT_LENGTH));
                last = Some((centre.0 + DOT_LENGTH, centre.1));
            }
            out.push_str("\"/>\n");
        }
        Mark::Rings { centres, radius, width, paint } => {
            for (x, y) in centres {
                let _ = writeln!(
                    out,
                    "<circle {} stroke-width=\"{}\" cx=\"{}\" cy=\"{}\" r=\"{}\"/>",
                    stroke(*paint),
                    length_of(*width),
                    length(*x),
                    length(*y),
                    length_of(*radius)
                );
            }
        }
        Mark::Text(run) => write_text(out, run),
    }
}

fn write_text(out: &mut String, run: &TextRun) {
    let (x, y) = (length(run.position.0), length(run.position.1));
    let anchor = match run.anchor {
        Anchor::Start => "",
        Anchor::Middle => " text-anchor=\"middle\"",
        Anchor::End => " text-anchor=\"end\"",
    };
    let turn = if run.upwards { format!(" transform=\"rotate(-90 {x} {y})\"") } else { String::new() };
    let size = length((run.size).round() as i32);
    let _ = writeln!(
        out,
        "<text {} font-size=\"{size}\" x=\"{x}\" y=\"{y}\"{anchor}{turn}>{}</text>",
        fill(run.paint),
        escaped(&run.text)
    );
}

/// Absolute start, relative lines.
fn write_path(out: &mut String, path: &[Point], close: bool) {
    let mut last: Option<Point> = None;
    for point in path {
        match last {
            None => write_move(out, *point, None),
            Some(last) => {
                out.push('l');
                write_pair(out, point.0 - last.0, point.1 - last.1);
            }
        }
        last = Some(*point);
    }
    if close {
        out.push('Z');
    }
}

/// Moves the pen, relative to its last place if there is one.
fn write_move(out: &mut String, point: Point, last: Option<Point>) {
    match last {
        None => {
            out.push('M');
            write_pair(out, point.0, point.1);
        }
        Some(last) => {
            out.push('m');
            write_pair(out, point.0 - last.0, point.1 - last.1);
        }
    }
}

fn write_pair(out: &mut String, x: i32, y: i32) {
    out.push_str(&length(x));
    if y >= 0 {
        out.push(' ');
    }
    out.push_str(&length(y));
}

fn length_of(units: u32) -> String {
    length(i32::try_from(units).unwrap_or(i32::MAX))
}

/// Canvas units as points, without needless zeros.
fn length(units: i32) -> String {
    let per_pt = UNITS_PER_PT as u32;
    let (whole, part) = (units.unsigned_abs() / per_pt, units.unsigned_abs() % per_pt);
    let sign = if units < 0 { "-" } else { "" };
    match (whole, part) {
        (whole, 0) => format!("{sign}{whole}"),
        (0, part) if part % 10 == 0 => format!("{sign}.{}", part / 10),
        (0, part) => format!("{sign}.{part:02}"),
        (whole, part) if part % 10 == 0 => format!("{sign}{whole}.{}", part / 10),
        (whole, part) => format!("{sign}{whole}.{part:02}"),
    }
}

fn stroke(paint: Paint) -> String {
    attribute("stroke", paint)
}

fn fill(paint: Paint) -> String {
    attribute("fill", paint)
}

fn attribute(name: &str, paint: Paint) -> String {
    let (r, g, b) = paint.rgb;
    let opacity = if paint.alpha < 1.0 { format!(" {name}-opacity=\"{}\"", paint.alpha) } else { String::new() };
    format!("{name}=\"#{r:02x}{g:02x}{b:02x}\"{opacity}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_exact_and_short() {
        for (units, text) in [(0, "0"), (5, ".05"), (-50, "-.5"), (1234, "12.34"), (-1200, "-12"), (110, "1.1")] {
            assert_eq!(length(units), text);
        }
    }

    #[test]
    fn paths_are_relative_after_the_start() {
        let mut out = String::new();
        write_path(&mut out, &[(100, 200), (150, 100), (150, 350)], true);
        assert_eq!(out, "M1 2l.5-1l0 2.5Z");
    }
}
