//! All files of the report of one scan.

use std::path::{Path, PathBuf};

use doublet_xrd::analysis::Analysis;

use super::figures::figures;
use super::{page, tables};
use crate::bundle::recipe_toml;
use crate::error::Result;
use crate::figures::image_files;
use crate::folder::{self, NewFile};
use crate::json;

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
    let mut files = vec![
        NewFile::text("report.html", page::html(analysis, &figures)?),
        NewFile::text("result.json", result_json(analysis)?),
        NewFile::text("peaks.csv", tables::peaks_csv(analysis)),
        NewFile::text("phases.csv", tables::phases_csv(analysis)),
        NewFile::text("sizes.csv", tables::sizes_csv(analysis)),
        NewFile::text("size_strain.csv", tables::size_strain_csv(analysis)),
        NewFile::text("recipe.toml", recipe(analysis)?),
    ];
    files.extend(image_files(&figures)?);
    Ok(files)
}

fn recipe(analysis: &Analysis) -> Result<String> {
    Ok(recipe_toml(&analysis.tool, std::slice::from_ref(&analysis.input), &analysis.recipe.to_toml()?))
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
        let text = recipe(&analysis).unwrap();
        let recipe = doublet_xrd::recipe::Recipe::from_toml("recipe.toml", &text).unwrap();
        assert_eq!(recipe.resolve().unwrap(), analysis.recipe);
    }
}
