//! Writing powder CIF: one data block for each scan, counts where they are counts, else intensities with their weights.

use std::fmt::Write;

use doublet_common::SigmaSource;

use super::conditions::ALPHA_1;
use crate::error::{Error, Result};
use crate::scan::{IntensityUnit, Scan};

/// Longest line of a value before it becomes a text field.
const LONGEST_QUOTED: usize = 200;

pub(super) fn write(scans: &[Scan]) -> Result<Vec<u8>> {
    let mut text = String::new();
    for (i, scan) in scans.iter().enumerate() {
        block(&mut text, i + 1, scan).map_err(|error| Error::Format(error.to_string()))?;
    }
    Ok(text.into_bytes())
}

fn block(text: &mut String, number: usize, scan: &Scan) -> std::fmt::Result {
    writeln!(text, "data_scan_{number}")?;
    let mut item = |tag: &str, value: String| writeln!(text, "{tag} {}", quoted(&value));
    for (_, comment) in scan.metadata.iter().filter(|(name, _)| name == Scan::COMMENT).take(1) {
        item("_pd_meas_special_details", comment.clone())?;
    }
    if let Some(title) = &scan.title {
        item("_pd_phase_name", title.clone())?;
    }
    if let Some(seconds) = scan.counting_time_s {
        item("_pd_meas_step_count_time", seconds.to_string())?;
    }
    if let Some(radius) = scan.goniometer_radius_mm {
        item("_pd_instr_dist_spec/detc", radius.to_string())?;
    }
    item("_pd_meas_number_of_points", scan.two_theta_deg().len().to_string())?;
    if let Some(radiation) = &scan.radiation {
        item("_diffrn_radiation_probe", "x-ray".into())?;
        if let Some(anode) = radiation.anode {
            let alpha = if radiation.lines.len() == 1 { ALPHA_1 } else { "\\a" };
            item("_diffrn_radiation_type", format!("{anode:?} K{alpha}"))?;
        }
        if radiation.monochromator_two_theta_deg > 0.0 {
            item("_pd_instr_monochr_post_spec", format!("{} degree", radiation.monochromator_two_theta_deg))?;
        }
        writeln!(text, "loop_\n_diffrn_radiation_wavelength_id\n_diffrn_radiation_wavelength")?;
        writeln!(text, "_diffrn_radiation_wavelength_wt")?;
        for (i, line) in radiation.lines.iter().enumerate() {
            writeln!(text, "{} {} {}", i + 1, line.wavelength_angstrom, line.relative_intensity)?;
        }
    }
    points(text, scan)
}

fn points(text: &mut String, scan: &Scan) -> std::fmt::Result {
    let counted = scan.unit == IntensityUnit::Counts && scan.data.sigma_source() == SigmaSource::Counts;
    writeln!(text, "loop_\n_pd_meas_2theta_scan")?;
    writeln!(text, "{}", if counted { super::COUNTS } else { "_pd_meas_intensity_total\n_pd_proc_ls_weight" })?;
    for ((x, y), sigma) in scan.two_theta_deg().iter().zip(scan.intensity()).zip(scan.sigma()) {
        match counted {
            true => writeln!(text, "{x} {y}")?,
            false => writeln!(text, "{x} {y} {:e}", 1.0 / (sigma * sigma))?,
        }
    }
    Ok(())
}

/// A value as CIF wants it: bare, in quotes, or as a text field. Lines of a text field never begin with its mark.
fn quoted(value: &str) -> String {
    let value: String = value.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let plain = |c: char| c.is_ascii_alphanumeric() || "+-.,/:|%".contains(c);
    if !value.is_empty() && value.chars().all(plain) && value.starts_with(|c: char| c.is_ascii_alphanumeric()) {
        value
    } else if !value.contains('\'') && value.len() <= LONGEST_QUOTED {
        format!("'{value}'")
    } else {
        format!("\n;{value}\n;")
    }
}
