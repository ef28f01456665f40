//! The legend: samples of lines and markers with their names, in rows above the panels, where no data are.

use plotters::style::RGBAColor;

use super::style::{Align, LineStyle, Marker, SMALL_PT, TextMark};
use super::{Sheet, text_width_pt};
use crate::error::Result;

/// What is shown before a name.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Sample {
    /// A piece of line.
    Line(LineStyle),
    /// A marker.
    Marker(Marker),
    /// An upright tick.
    Tick(LineStyle),
    /// A filled area below its outline.
    Area(LineStyle, RGBAColor),
}

/// Names of what a figure shows.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Legend {
    entries: Vec<(Sample, String)>,
}

const SAMPLE_PT: f64 = 14.0;
const GAP_PT: f64 = 3.0;
const BETWEEN_PT: f64 = 12.0;
/// Height of one row.
pub(crate) const ROW_PT: f64 = 11.0;

impl Legend {
    /// Adds an entry.
    pub fn entry(mut self, sample: Sample, name: impl Into<String>) -> Self {
        self.entries.push((sample, name.into()));
        self
    }

    /// Height that the legend needs over this width.
    pub fn height_pt(&self, width_pt: f64) -> f64 {
        ROW_PT * self.rows(width_pt).len() as f64
    }

    /// Draws the rows with the first one's upper edge at `top_pt`.
    ///
    /// # Errors
    /// [`crate::Error::Figure`] if plotters refuses.
    pub fn draw(&self, sheet: &Sheet, left_pt: f64, top_pt: f64, width_pt: f64) -> Result<()> {
        for (i, row) in self.rows(width_pt).into_iter().enumerate() {
            let y = top_pt + ROW_PT * (i as f64 + 0.5);
            let mut x = left_pt;
            for (sample, name) in row {
                draw_sample(sheet, *sample, x, y)?;
                let text = TextMark::new(name, SMALL_PT).aligned(Align::Start, Align::Middle);
                sheet.text(x + SAMPLE_PT + GAP_PT, y, &text)?;
                x += entry_width(name) + BETWEEN_PT;
            }
        }
        Ok(())
    }

    /// Entries in reading order, broken where the width ends.
    fn rows(&self, width_pt: f64) -> Vec<&[(Sample, String)]> {
        let mut rows = Vec::new();
        let mut start = 0;
        let mut used = 0.0;
        for (i, (_, name)) in self.entries.iter().enumerate() {
            let width = entry_width(name);
            if i > start && used + width > width_pt {
                rows.push(&self.entries[start..i]);
                (start, used) = (i, 0.0);
            }
            used += width + BETWEEN_PT;
        }
        if start < self.entries.len() {
            rows.push(&self.entries[start..]);
        }
        rows
    }
}

fn entry_width(name: &str) -> f64 {
    SAMPLE_PT + GAP_PT + text_width_pt(name, SMALL_PT)
}

fn draw_sample(sheet: &Sheet, sample: Sample, x: f64, y: f64) -> Result<()> {
    let middle = x + 0.5 * SAMPLE_PT;
    match sample {
        Sample::Line(style) => sheet.line(&[(x, y), (x + SAMPLE_PT, y)], style),
        Sample::Tick(style) => sheet.line(&[(middle, y - 3.0), (middle, y + 3.0)], style),
        Sample::Area(outline, fill) => {
            sheet.area(&[(x, y - 3.0), (x + SAMPLE_PT, y - 3.0), (x + SAMPLE_PT, y + 3.0), (x, y + 3.0)], fill)?;
            sheet.line(&[(x, y - 3.0), (x + SAMPLE_PT, y - 3.0)], outline)
        }
        Sample::Marker(marker) if marker.size_pt < 2.0 => {
            (-1..=1).try_for_each(|i| sheet.marker(middle + 4.0 * f64::from(i), y, marker))
        }
        Sample::Marker(marker) => sheet.marker(middle, y, marker),
    }
}
