//! The report of a calibration, by a standard or by the optics alone: page, figures, the widths as a table, the instrument file.

mod figures;
mod methods;
mod optics;
mod page;
mod summary;

use std::path::{Path, PathBuf};

use doublet_common::Quantity;
use doublet_xrd::profile::CalibrationParameter;
use doublet_xrd::refine::{Calibration, InstrumentFromOptics};

use crate::bundle::recipe_toml;
use crate::csv::{Row, Table};
use crate::error::Result;
use crate::figures::image_files;
use crate::folder::{self, NewFile};
use crate::formula::hkl_plain;
use crate::json;

pub use figures::{figures, optics_figures};
pub use optics::optics_html;
pub use page::html;
pub use summary::{optics_summary, summary};

/// `result.json`: the whole result; also what `--json` prints.
///
/// # Errors
/// [`crate::Error::NotFinite`] with the field's name if a number is NaN or infinite.
pub fn result_json(calibration: &Calibration) -> Result<String> {
    json::document(calibration)
}

/// What `--from-optics --json` prints.
///
/// # Errors
/// As [`result_json`].
pub fn optics_json(computed: &InstrumentFromOptics) -> Result<String> {
    json::document(computed)
}

/// Writes page, result, instrument file, widths, figures and options into `folder`, and returns their paths.
///
/// As [`crate::diffraction::write_report`]: all files or none; files that are there are replaced only with `force`.
///
/// # Errors
/// [`crate::Error`] if a file exists (without `force`), a number is not finite, or the system refuses to write.
pub fn write_report(calibration: &Calibration, folder: &Path, force: bool) -> Result<Vec<PathBuf>> {
    let figures = figures(calibration)?;
    let mut files = vec![
        NewFile::text("report.html", html(calibration, &figures)?),
        NewFile::text("result.json", result_json(calibration)?),
        NewFile::text("instrument.toml", calibration.file().to_toml()?),
        NewFile::text("widths.csv", widths_csv(calibration)),
        NewFile::text("recipe.toml", options(calibration)?),
    ];
    files.extend(image_files(&figures)?);
    folder::write(folder, &files, force)
}

/// The same of an instrument computed from its optics.
///
/// # Errors
/// As [`write_report`].
pub fn write_optics_report(computed: &InstrumentFromOptics, folder: &Path, force: bool) -> Result<Vec<PathBuf>> {
    let figures = optics_figures(computed)?;
    let inputs = std::slice::from_ref(&computed.input);
    let mut files = vec![
        NewFile::text("report.html", optics_html(computed, &figures)?),
        NewFile::text("result.json", optics_json(computed)?),
        NewFile::text("instrument.toml", computed.file.to_toml()?),
        NewFile::text("widths.csv", optics::widths_csv(computed)),
        NewFile::text("recipe.toml", recipe_toml(&computed.tool, inputs, &computed.options.to_toml()?)),
    ];
    files.extend(image_files(&figures)?);
    folder::write(folder, &files, force)
}

/// `recipe.toml`: what the calibration was told.
fn options(calibration: &Calibration) -> Result<String> {
    let inputs = std::slice::from_ref(&calibration.input);
    Ok(recipe_toml(&calibration.record.tool, inputs, &calibration.options.to_toml()?))
}

/// `widths.csv`: one row per reflection of the standard that was fitted by itself.
fn widths_csv(calibration: &Calibration) -> String {
    let mut table = Table::new(&[
        "hkl",
        "two_theta_deg",
        "two_theta_sigma_deg",
        "expected_two_theta_deg",
        "fwhm_deg",
        "fwhm_sigma_deg",
        "instrument_fwhm_deg",
    ]);
    for width in &calibration.widths {
        table.push(
            Row::default()
                .text(&hkl_plain(width.hkl))
                .quantity(&width.two_theta_deg)
                .number(width.expected_two_theta_deg)
                .quantity(&width.fwhm_deg)
                .number(width.instrument_fwhm_deg),
        );
    }
    table.finish()
}

fn quantity(parameter: &CalibrationParameter) -> Quantity {
    Quantity { value: parameter.value, sigma: parameter.sigma }
}

#[cfg(test)]
mod tests {
    use doublet_xrd::refine::{CalibrateOptions, OpticsOptions, calibrate, instrument_from_optics};
    use doublet_xrd::scan::{Optics, Scan};
    use doublet_xrd::simulate::{Simulation, simulate};

    use super::*;

    /// A simulated scan of SRM 660c.
    fn scan() -> Scan {
        let text = "title = 'LaB6 simulated'\nseed = 4\ntwo_theta_range_deg = [18.0, 150.0]\nstep_deg = 0.02\n\
                    highest_counts = 20000.0\nbackground_counts = [200.0, -50.0]\n[radiation]\nanode = 'Cu'\n[instrument]\n\
                    u_deg2 = 0.002\nv_deg2 = -0.001\nw_deg2 = 0.002\nx_deg = 0.02\ny_deg = 0.015\ns_over_l = 0.03\n\
                    h_over_l = 0.03\n[[phases]]\nid = 'LaB6'\nweight_percent = 100.0\ncell = [4.156826]\n";
        simulate(&Simulation::from_toml("s.toml", text).unwrap()).unwrap()
    }

    /// Calibration on it, its temperature not given.
    fn calibration() -> Calibration {
        calibrate(&scan(), &CalibrateOptions::new("lab6-660c")).unwrap()
    }

    /// An instrument whose file states all of its optics but the receiving slit.
    fn computed() -> InstrumentFromOptics {
        let optics = Optics {
            divergence_deg: Some(0.5),
            focus_width_mm: Some(0.04),
            focus_length_mm: Some(12.0),
            mask_width_mm: Some(10.0),
            soller_incident_rad: Some(0.04),
            soller_diffracted_rad: Some(0.04),
            ..Optics::default()
        };
        let scan = Scan { optics, goniometer_radius_mm: Some(240.0), ..scan() };
        let stated = [("receiving_slit_mm".to_owned(), 0.1)].into();
        instrument_from_optics(&scan, &OpticsOptions { radiation: None, stated }).unwrap()
    }

    #[test]
    fn the_page_says_from_which_optics_the_instrument_was_computed() {
        let computed = computed();
        let figures = optics_figures(&computed).unwrap();
        crate::figures::assert_readable(&figures);
        let page = optics_html(&computed, &figures).unwrap();
        crate::page::assert_self_contained(&page);
        for expected in [
            "<h1>LaB6 simulated</h1>",
            "Computed, not measured",
            "Gaussian FWHM², with tan²θ",
            "<td class=\"text\">width of the receiving slit</td><td>0.1</td><td class=\"text\">mm</td><td class=\"text\">stated",
            "file of the scan",
            "Hölzer",
            "receiving_slit_mm = 0.1",
        ] {
            assert!(page.contains(expected), "{expected}");
        }
        assert_eq!(page.matches("<svg ").count(), 1);
        assert_eq!(optics::widths_csv(&computed).lines().count(), computed.widths.len() + 1);
        let again: InstrumentFromOptics = serde_json::from_str(&optics_json(&computed).unwrap()).unwrap();
        assert!(again == computed, "a field changed on the way through JSON");
    }

    #[test]
    fn the_page_says_how_the_instrument_was_measured() {
        let calibration = calibration();
        let figures = figures(&calibration).unwrap();
        crate::figures::assert_readable(&figures);
        let page = html(&calibration, &figures).unwrap();
        crate::page::assert_self_contained(&page);
        for expected in [
            "<h1>LaB6 simulated</h1>",
            "Simulated data, not a measurement",
            "Fit within noise",
            "No temperature was given",
            "a = 4.156826 Å",
            "Gaussian FWHM², with tan²θ",
            "kept, or held by its bound",
            "Pawley fit [",
            "standard = &quot;lab6-660c&quot;",
        ] {
            assert!(page.contains(expected), "{expected}");
        }
        assert_eq!(page.matches("<svg ").count(), 2);
        let rows = widths_csv(&calibration).lines().count();
        assert_eq!(rows, calibration.widths.len() + 1);
        let again: Calibration = serde_json::from_str(&result_json(&calibration).unwrap()).unwrap();
        assert!(again == calibration, "a field changed on the way through JSON");
    }

    #[test]
    fn text_from_files_cannot_become_markup() {
        let hostile = "\"'><script>alert(1)</script>\u{1b}";
        let mut calibration = calibration();
        calibration.scan.title = Some(hostile.into());
        calibration.scan.metadata = vec![(hostile.into(), hostile.into())];
        calibration.input.file_name = hostile.into();
        calibration.record.warnings = vec![hostile.into()];
        calibration.record.standard.certificate = hostile.into();
        calibration.record.parameters[0].name = hostile.into();
        let page = html(&calibration, &figures(&calibration).unwrap()).unwrap();
        crate::page::assert_self_contained(&page);
        assert!(!summary(&calibration).contains('\u{1b}'));
        let mut computed = computed();
        computed.scan.title = Some(hostile.into());
        computed.input.file_name = hostile.into();
        computed.emission = hostile.into();
        computed.optics[0].name = hostile.into();
        computed.options.stated = [(hostile.to_owned(), 1.0)].into();
        let page = optics_html(&computed, &optics_figures(&computed).unwrap()).unwrap();
        crate::page::assert_self_contained(&page);
    }
}
