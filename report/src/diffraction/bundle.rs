//! All files of the report of one scan.

use std::path::{Path, PathBuf};

use doublet_xrd::analysis::Analysis;
use rayon::prelude::*;

use super::figures::figures;
use super::{page, tables};
use crate::error::Result;
use crate::figure::PNG_DPI;
use crate::folder::{self, NewFile};
use crate::json;
use crate::text::printable;

/// `result.json`: the whole result; also what `--json` prints.
///
/// # Errors
/// [`crate::Error::NotFinite`] with the field's name if a number is NaN or infinite.
pub fn result_json(analysis: &Analysis) -> Result<String> {
    json::document(analysis)
}

/// Writes page, result, tables, figures and recipe into `folder`, and returns their paths.
///
/// The folder and its parents are made if needed. The same result gives the same bytes. Either all files are written
/// or none; files that are there already are replaced only with `force`.
///
/// # Errors
/// [`crate::Error`] if a file exists (without `force`), a number is not finite, or the system refuses to write.
pub fn write_report(analysis: &Analysis, folder: &Path, force: bool) -> Result<Vec<PathBuf>> {
    folder::write(folder, &files(analysis)?, force)
}

/// All files with their content.
fn files(analysis: &Analysis) -> Result<Vec<NewFile>> {
    let figures = figures(analysis)?;
    let text = |name: &str, text: String| NewFile { name: name.to_owned(), bytes: text.into_bytes() };
    let mut files = vec![
        text("report.html", page::html(analysis, &figures)?),
        text("result.json", result_json(analysis)?),
        text("peaks.csv", tables::peaks_csv(analysis)),
        text("phases.csv", tables::phases_csv(analysis)),
        text("sizes.csv", tables::sizes_csv(analysis)),
        text("recipe.toml", recipe_toml(analysis)?),
    ];
    let images: Result<Vec<[NewFile; 2]>> = figures
        .par_iter()
        .map(|figure| {
            let png = NewFile { name: format!("{}.png", figure.name), bytes: figure.drawing.png(PNG_DPI)? };
            Ok([text(&format!("{}.svg", figure.name), figure.drawing.svg()), png])
        })
        .collect();
    files.extend(images?.into_iter().flatten());
    Ok(files)
}

/// The resolved recipe, with a heading that says what it belongs to.
fn recipe_toml(analysis: &Analysis) -> Result<String> {
    Ok(format!(
        "# Resolved recipe: every default is visible.\n# {} {}, input {}, SHA-256 {}\n\n{}",
        printable(&analysis.tool.name),
        printable(&analysis.tool.version),
        printable(&analysis.input.file_name),
        printable(&analysis.input.sha256),
        analysis.recipe.to_toml()?
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Error;

    #[test]
    fn a_number_that_is_none_is_refused_and_nothing_written() {
        let mut analysis = crate::synthetic::analysis();
        analysis.peaks[3].area.sigma = Some(f64::INFINITY);
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("report");
        let error = write_report(&analysis, &folder, false).unwrap_err();
        assert!(matches!(&error, Error::NotFinite { field, .. } if field == "peaks[3].area.sigma"), "{error}");
        assert!(!folder.exists());
    }

    #[test]
    fn the_same_result_gives_the_same_bytes() {
        let home = tempfile::tempdir().unwrap();
        let write = |name| write_report(&crate::synthetic::analysis(), &home.path().join(name), false).unwrap();
        let (first, second) = (write("first"), write("second"));
        let names: Vec<_> = first.iter().map(|path| path.file_name().unwrap().to_str().unwrap()).collect();
        for expected in
            ["report.html", "result.json", "peaks.csv", "pattern.svg", "pattern.png", "lines.png", "sizes.svg"]
        {
            assert!(names.contains(&expected), "{expected} not in {names:?}");
        }
        for (a, b) in first.iter().zip(&second) {
            let (a_bytes, b_bytes) = (std::fs::read(a).unwrap(), std::fs::read(b).unwrap());
            assert!(!a_bytes.is_empty() && a_bytes == b_bytes, "{} differs", a.display());
        }
    }

    #[test]
    fn the_json_gives_the_result_back() {
        let analysis = crate::synthetic::analysis();
        let again: Analysis = serde_json::from_str(&result_json(&analysis).unwrap()).unwrap();
        assert!(again == analysis, "a field changed on the way through JSON");
    }

    #[test]
    fn the_recipe_written_is_the_recipe_used() {
        let analysis = crate::synthetic::analysis();
        let text = recipe_toml(&analysis).unwrap();
        let recipe = doublet_xrd::recipe::Recipe::from_toml("recipe.toml", &text).unwrap();
        assert_eq!(recipe.resolve().unwrap(), analysis.recipe);
    }
}
