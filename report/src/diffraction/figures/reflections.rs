//! Names of reflections and claims in a row along the top of a panel, each with a line down to its place.

use doublet_xrd::analysis::Analysis;
use plotters::style::Color;

use crate::error::Result;
use crate::figure::{Align, Dash, LineStyle, Panel, Sheet, TextMark, palette, spread, text_width_pt};
use crate::formula::formula_text;

/// Size of the names.
const NAME_PT: f64 = 6.0;
/// Distance between names that read upwards.
const APART_PT: f64 = 7.2;
/// Height over which a line bends from the name to the peak.
const BEND_PT: f64 = 6.0;

/// A name to be placed.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Name {
    /// Value on the horizontal axis.
    pub(super) x: f64,
    /// Row on the sheet, in points, at which the line ends.
    pub(super) end_pt: f64,
    /// The text.
    pub(super) text: String,
    /// Look of the line.
    pub(super) line: LineStyle,
    /// Names with less weight are left out first where there is no room.
    pub(super) weight: f64,
}

/// Names at the angles that claims state: their lines end at the row `end_pt`.
pub(super) fn claims(analysis: &Analysis, end_pt: f64) -> impl Iterator<Item = Name> {
    analysis.claims.iter().filter_map(move |claim| {
        let phase = claim.claim.split('@').next().unwrap_or_default();
        let text = format!("{} ?", formula_text(phase.trim()));
        Some(Name { x: claim.two_theta_deg?, end_pt, text, line: claim_line(), weight: f64::MAX })
    })
}

/// The dotted line down from a claim.
pub(super) fn claim_line() -> LineStyle {
    LineStyle::solid(palette::DARK_GREY, 0.6).dashed(Dash::Dotted)
}

/// The line from a name to its peak.
pub(super) fn leader(colour: impl Color) -> LineStyle {
    LineStyle::solid(colour, 0.35)
}

/// Height that names of this length need.
pub(super) fn height_pt(names: &[Name]) -> f64 {
    let longest = names.iter().map(|name| text_width_pt(&name.text, NAME_PT)).fold(0.0, f64::max);
    if names.is_empty() { 0.0 } else { longest + BEND_PT + 4.0 }
}

/// Draws the names that there is room for, without overlap; `height_pt` is what was kept free for them.
pub(super) fn draw(sheet: &Sheet, panel: &Panel<'_>, mut names: Vec<Name>, height_pt: f64) -> Result<()> {
    let frame = panel.frame();
    names.retain(|name| panel.contains_x(name.x));
    names.sort_by(|a, b| b.weight.total_cmp(&a.weight));
    let limits = (frame.left_pt + 0.6 * APART_PT, frame.right_pt - 0.6 * APART_PT);
    names.truncate(((limits.1 - limits.0) / APART_PT).max(0.0) as usize);
    names.sort_by(|a, b| a.x.total_cmp(&b.x));
    let columns: Vec<f64> = names.iter().map(|name| panel.place_pt(name.x, 0.0).0).collect();
    let Some(places) = spread(&columns, APART_PT, limits) else { return Ok(()) };
    let foot = frame.top_pt + height_pt - BEND_PT;
    for ((name, column), place) in names.iter().zip(columns).zip(places) {
        let end = name.end_pt.max(foot + BEND_PT);
        sheet.line(&[(place, foot), (column, foot + BEND_PT - 1.0), (column, end)], name.line)?;
        let text = TextMark::new(&name.text, NAME_PT).aligned(Align::Start, Align::Middle).upwards();
        sheet.text(place, foot - 1.0, &text)?;
    }
    Ok(())
}
