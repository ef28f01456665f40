//! All files of the report of a study.

use std::path::{Path, PathBuf};

use doublet_study::StudyAnalysis;
use rayon::prelude::*;

use super::figures::figures;
use super::{page, supplement, tables};
use crate::error::Result;
use crate::figures::{Figure, image_files};
use crate::folder::{self, NewFile};
use crate::{json, workbook};

/// `result.json`: the whole result; also what `--json` prints.
///
/// # Errors
/// [`crate::Error::NotFinite`] with the field's name if a number is NaN or infinite.
pub fn result_json(analysis: &StudyAnalysis) -> Result<String> {
    json::document(analysis)
}

/// Writes page, supplement, result, tables and figures (SVG, PNG, PDF) into `folder`, and returns their paths.
///
/// The folder and its parents are made if needed. The same result gives the same bytes. Either all files are written
/// or none; files that are there already are replaced only with `force`.
///
/// # Errors
/// [`crate::Error`] if a file exists (without `force`), a number is not finite, or the system refuses to write.
pub fn write_report(analysis: &StudyAnalysis, folder: &Path, force: bool) -> Result<Vec<PathBuf>> {
    folder::write(folder, &files(analysis)?, force)
}

fn files(analysis: &StudyAnalysis) -> Result<Vec<NewFile>> {
    let figures = figures(analysis)?;
    let sheets = [
        ("Samples".to_owned(), tables::samples(analysis)),
        ("Comparisons".to_owned(), tables::comparisons(analysis)),
        ("Claims".to_owned(), tables::claims(analysis)),
        ("Bulk and surface".to_owned(), tables::surface(analysis)),
    ];
    let mut files = vec![
        NewFile::text("report.html", page::html(analysis, &figures)?),
        NewFile::text("supplement.html", supplement::html(analysis)?),
        NewFile::text("result.json", result_json(analysis)?),
        NewFile { name: "tables.xlsx".into(), bytes: workbook::xlsx(&sheets)? },
    ];
    for (name, (_, table)) in ["samples.csv", "comparisons.csv", "claims.csv", "surface.csv"].iter().zip(&sheets) {
        files.push(NewFile::text(name, table.finish()));
    }
    files.extend(image_files(&figures)?);
    files.extend(pdf_files(&figures));
    Ok(files)
}

fn pdf_files(figures: &[Figure]) -> Vec<NewFile> {
    let file = |figure: &Figure| NewFile { name: format!("{}.pdf", figure.name), bytes: figure.drawing.pdf() };
    figures.par_iter().map(file).collect()
}
