//! All files of the report of one call.

use std::path::{Path, PathBuf};

use doublet_xps::analysis::Analysis;

use super::figures::{figure_name, figures};
use super::{page, tables};
use crate::bundle::recipe_toml;
use crate::csv::Table;
use crate::error::Result;
use crate::figures::image_files;
use crate::folder::{self, NewFile};
use crate::{json, workbook};

/// `result.json`: the whole result; also what `--json` prints.
///
/// # Errors
/// [`crate::Error::NotFinite`] with the field's name if a number is NaN or infinite.
pub fn result_json(analysis: &Analysis) -> Result<String> {
    json::document(analysis)
}

/// Writes page, result, tables, workbook, figures and recipe into `folder`, and returns their paths.
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
        NewFile::text("components.csv", tables::components_csv(analysis)),
        NewFile::text("quantification.csv", tables::quantification_csv(analysis)),
        NewFile::text("findings.csv", tables::findings_csv(analysis)),
        NewFile { name: "tables.xlsx".into(), bytes: workbook::xlsx(&sheets(analysis))? },
        NewFile::text("recipe.toml", recipe(analysis)?),
    ];
    for (index, region) in analysis.regions.iter().enumerate() {
        files.push(NewFile::text(&format!("{}.csv", figure_name(analysis, index)), tables::curves_csv(region)));
    }
    files.extend(image_files(&figures)?);
    Ok(files)
}

/// Every table, and the curves of every region.
fn sheets(analysis: &Analysis) -> Vec<(String, Table)> {
    let mut sheets = vec![
        ("Components".to_owned(), tables::components(analysis)),
        ("Quantification".to_owned(), tables::quantification(analysis)),
        ("Findings".to_owned(), tables::findings(analysis)),
        ("Fits".to_owned(), tables::statistics(analysis)),
    ];
    sheets.extend(analysis.regions.iter().map(|region| (region.core_level.to_string(), tables::curves(region))));
    sheets
}

fn recipe(analysis: &Analysis) -> Result<String> {
    Ok(recipe_toml(&analysis.tool, &analysis.input, &analysis.recipe.to_toml()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Error;

    #[test]
    fn the_same_result_gives_the_same_bytes() {
        let home = tempfile::tempdir().unwrap();
        let write = |name| write_report(&crate::photoelectron::example(), &home.path().join(name), false).unwrap();
        let (first, second) = (write("first"), write("second"));
        let names: Vec<_> = first.iter().map(|path| path.file_name().unwrap().to_str().unwrap()).collect();
        for expected in [
            "report.html",
            "result.json",
            "components.csv",
            "quantification.csv",
            "tables.xlsx",
            "spectra.png",
            "bi-4f.csv",
            "bi-4f.svg",
            "bi-4f.png",
        ] {
            assert!(names.contains(&expected), "{expected} not in {names:?}");
        }
        for (a, b) in first.iter().zip(&second) {
            let (a_bytes, b_bytes) = (std::fs::read(a).unwrap(), std::fs::read(b).unwrap());
            assert!(!a_bytes.is_empty() && a_bytes == b_bytes, "{} differs", a.display());
        }
    }

    #[test]
    fn a_number_that_is_none_is_refused_and_nothing_written() {
        let mut analysis = crate::photoelectron::example();
        analysis.regions[1].components[0].area.sigma = Some(f64::NAN);
        let home = tempfile::tempdir().unwrap();
        let error = write_report(&analysis, &home.path().join("report"), false).unwrap_err();
        let field = "regions[1].components[0].area.sigma";
        assert!(matches!(&error, Error::NotFinite { field: found, .. } if found == field), "{error}");
        assert!(!home.path().join("report").exists());
    }

    #[test]
    fn the_json_has_the_promised_keys_and_gives_the_result_back() {
        let analysis = crate::photoelectron::example();
        let text = result_json(&analysis).unwrap();
        let value: serde_json::Value = serde_json::from_str(&text).unwrap();
        for pointer in [
            "/tool",
            "/input",
            "/recipe",
            "/energy_reference",
            "/regions/0/core_level",
            "/regions/0/background",
            "/regions/0/components/0/label",
            "/regions/0/components/0/state",
            "/regions/0/components/0/binding_energy_ev/value",
            "/regions/0/components/0/binding_energy_ev/sigma",
            "/regions/0/components/0/fwhm_ev/value",
            "/regions/0/components/0/area/sigma",
            "/regions/0/components/0/atomic_percent/value",
            "/regions/0/statistics",
            "/regions/0/simulated",
            "/quantification",
            "/findings",
            "/warnings",
        ] {
            assert!(value.pointer(pointer).is_some(), "{pointer}");
        }
        let again: Analysis = serde_json::from_str(&text).unwrap();
        assert!(again == analysis, "a field changed on the way through JSON");
    }

    #[test]
    fn the_recipe_written_is_the_recipe_used() {
        let analysis = crate::photoelectron::example();
        let text = recipe(&analysis).unwrap();
        let again = doublet_xps::recipe::Recipe::from_toml("recipe.toml", &text).unwrap();
        assert_eq!(again.resolve().unwrap(), analysis.recipe);
    }
}
