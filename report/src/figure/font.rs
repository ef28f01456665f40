//! The one font of all figures: DejaVu Sans, compiled in.

use std::sync::OnceLock;

use ab_glyph::{Font as _, FontRef, GlyphId, OutlineCurve};

use crate::error::{Error, Result};

/// Families that stand in for the font where SVG text is shown, nearly equal or narrower in width.
pub(super) const FAMILIES: &str = "DejaVu Sans, Bitstream Vera Sans, Verdana, Geneva, Helvetica, Arial, sans-serif";

/// Height of capitals and digits in em (DejaVu Sans: 1493 of 2048 units).
pub(super) const CAPITAL_EM: f64 = 1493.0 / 2048.0;

/// Height above the baseline of the bar over a negative index, in em.
pub(super) const OVERLINE_EM: f64 = 0.84;

/// Thickness of that bar in em.
pub(super) const OVERLINE_WIDTH_EM: f64 = 0.075;

/// Straight pieces into which a curve of a glyph is divided: at print sizes far below a pixel.
const PIECES: u32 = 6;

static FONT: OnceLock<Option<FontRef<'static>>> = OnceLock::new();

fn font() -> Option<&'static FontRef<'static>> {
    FONT.get_or_init(|| FontRef::try_from_slice(dejavu::sans::regular()).ok()).as_ref()
}

/// Makes sure that the font can be used.
pub(super) fn load() -> Result<()> {
    font().map(drop).ok_or_else(|| Error::Figure("the font compiled in cannot be read".into()))
}

/// Width of a line of text, in the unit of `size` (the em); nothing without the font.
pub(super) fn width(text: &str, size: f64) -> f64 {
    let mut width = 0.0;
    lay_out(text, |_, x_em, advance_em| width = x_em + advance_em);
    width * size
}

/// Outlines of a line of text, as closed polygons in em, x from the start of the baseline, y upwards.
pub(super) fn outlines(text: &str) -> Vec<Vec<(f64, f64)>> {
    let Some(font) = font() else { return Vec::new() };
    let em = units_per_em(font);
    let mut polygons = Vec::new();
    lay_out(text, |glyph, x_em, _| {
        let Some(outline) = font.outline(glyph) else { return };
        let place = |p: ab_glyph::Point| (x_em + f64::from(p.x) / em, f64::from(p.y) / em);
        let mut polygon: Vec<(f64, f64)> = Vec::new();
        for curve in &outline.curves {
            let points = flattened(curve, place);
            // A curve that does not begin where the last one ended opens a new contour.
            if polygon.last().is_some_and(|last| points.first() != Some(last)) {
                polygons.push(std::mem::take(&mut polygon));
            }
            polygon.extend(points);
        }
        polygons.push(polygon);
    });
    polygons
}

/// Calls `visit` for every glyph with its start and its advance in em.
fn lay_out(text: &str, mut visit: impl FnMut(GlyphId, f64, f64)) {
    let Some(font) = font() else { return };
    let em = units_per_em(font);
    let mut x = 0.0;
    let mut last = None;
    for character in text.chars() {
        let glyph = font.glyph_id(character);
        if let Some(last) = last {
            x += f64::from(font.kern_unscaled(last, glyph)) / em;
        }
        let advance = f64::from(font.h_advance_unscaled(glyph)) / em;
        visit(glyph, x, advance);
        x += advance;
        last = Some(glyph);
    }
}

fn units_per_em(font: &FontRef<'_>) -> f64 {
    f64::from(font.units_per_em().unwrap_or(2048.0))
}

fn flattened(curve: &OutlineCurve, place: impl Fn(ab_glyph::Point) -> (f64, f64)) -> Vec<(f64, f64)> {
    let mix = |a: (f64, f64), b: (f64, f64), t: f64| (a.0 + (b.0 - a.0) * t, a.1 + (b.1 - a.1) * t);
    let pieces = || (0..=PIECES).map(|i| f64::from(i) / f64::from(PIECES));
    match *curve {
        OutlineCurve::Line(a, b) => vec![place(a), place(b)],
        OutlineCurve::Quad(a, b, c) => {
            let (a, b, c) = (place(a), place(b), place(c));
            pieces().map(|t| mix(mix(a, b, t), mix(b, c, t), t)).collect()
        }
        OutlineCurve::Cubic(a, b, c, d) => {
            let (a, b, c, d) = (place(a), place(b), place(c), place(d));
            let quad = |a, b, c, t| mix(mix(a, b, t), mix(b, c, t), t);
            pieces().map(|t| mix(quad(a, b, c, t), quad(b, c, d, t), t)).collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_font_has_what_our_labels_need() {
        load().unwrap();
        for character in "2θ°λÅαβ₀₁₂₃₄₅₆₇₈₉⁰¹²³⁻χσΔ√−·–±×≥≤".chars() {
            assert_ne!(font().unwrap().glyph_id(character), GlyphId(0), "{character}");
        }
    }

    #[test]
    fn widths_follow_the_font_tables() {
        // Truth: hmtx of DejaVu Sans 2.37: digits 1303, "m" 1995 of 2048 units.
        assert!((width("0", 2048.0) - 1303.0).abs() < 1e-9);
        assert!((width("m", 2048.0) - 1995.0).abs() < 1e-9);
        assert_eq!(width("", 10.0), 0.0);
    }

    #[test]
    fn contours_are_closed() {
        let polygons = outlines("8");
        assert_eq!(polygons.len(), 3, "outer contour and two holes");
        for polygon in polygons {
            assert_eq!(polygon.first(), polygon.last());
        }
    }
}
