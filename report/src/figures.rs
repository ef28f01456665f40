//! Figures of a report: name, caption, drawing, and the image files of each.

use rayon::prelude::*;

use crate::error::Result;
use crate::figure::{Drawing, PNG_DPI};
use crate::folder::NewFile;

/// A figure of a report.
#[derive(Debug, Clone, PartialEq)]
pub struct Figure {
    /// Name of its files without extension: lower-case letters, digits and hyphens.
    pub name: String,
    /// What it shows, as a caption.
    pub caption: String,
    /// The drawing.
    pub drawing: Drawing,
}

/// An SVG and a PNG file of each figure.
pub(crate) fn image_files(figures: &[Figure]) -> Result<Vec<NewFile>> {
    let images: Result<Vec<[NewFile; 2]>> = figures
        .par_iter()
        .map(|figure| {
            let png = NewFile { name: format!("{}.png", figure.name), bytes: figure.drawing.png(PNG_DPI)? };
            Ok([NewFile::text(&format!("{}.svg", figure.name), figure.drawing.svg()), png])
        })
        .collect();
    Ok(images?.into_iter().flatten().collect())
}

/// Smallest and largest of the finite values; 0 and 1 if there are none.
pub(crate) fn extent(values: impl IntoIterator<Item = f64>) -> (f64, f64) {
    let (low, high) = values
        .into_iter()
        .filter(|value| value.is_finite())
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)));
    if low <= high { (low, high) } else { (0.0, 1.0) }
}

/// Panics if a text leaves the sheet or lies on another one.
#[cfg(test)]
pub(crate) fn assert_readable(figures: &[Figure]) {
    for figure in figures {
        let (width, height) = figure.drawing.size_pt();
        let boxes = figure.drawing.text_boxes();
        for (text, [left, top, right, bottom]) in &boxes {
            let inside = *left >= 0.0 && *top >= 0.0 && *right <= width && *bottom <= height;
            assert!(inside, "{}: \"{text}\" leaves the sheet", figure.name);
        }
        for (i, (text, a)) in boxes.iter().enumerate() {
            for (other, b) in &boxes[i + 1..] {
                let overlap = a[0] < b[2] && b[0] < a[2] && a[1] < b[3] && b[1] < a[3];
                assert!(!overlap, "{}: \"{text}\" lies on \"{other}\"", figure.name);
            }
        }
    }
}
