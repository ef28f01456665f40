//! The strip of weighted residuals below a fit.

use super::style::{LineStyle, Marker, palette};
use super::{Axis, Frame, Panel, Scale, Sheet, Sides};
use crate::error::Result;

/// Residuals within so many σ are expected.
pub(crate) const EXPECTED_SIGMA: f64 = 3.0;

/// How residuals are drawn.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Residuals {
    /// As a line: many points.
    Line,
    /// As points: few.
    Points,
}

/// Draws residuals in units of σ over the horizontal axis `x`, with ±3 σ in grey.
///
/// # Errors
/// [`crate::Error::Figure`] if plotters refuses.
pub(crate) fn draw(sheet: &Sheet, frame: Frame, x: Axis, xs: &[f64], weighted: &[f64], how: Residuals) -> Result<()> {
    let largest = weighted.iter().filter(|r| r.is_finite()).fold(0.0, |largest: f64, r| largest.max(r.abs()));
    let reach = 1.12 * largest.max(EXPECTED_SIGMA + 1.0);
    let panel = Panel::new(sheet, frame, x, Axis::new(-reach, reach, Scale::AroundZero, "Δ / σ"));
    panel.band(-EXPECTED_SIGMA, EXPECTED_SIGMA, palette::PALE_GREY)?;
    match how {
        Residuals::Line => panel.scan_line(xs, weighted, LineStyle::solid(palette::DARK_GREY, 0.4))?,
        Residuals::Points => panel.points(xs, weighted, Marker::dot(palette::DARK_GREY, 1.5))?,
    }
    panel.level(0.0, LineStyle::solid(palette::BLACK, 0.3))?;
    panel.draw_axes(Sides::ALL)
}
