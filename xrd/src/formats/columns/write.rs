//! Writing columns: 2θ, intensity and σ under a header that the reader understands, so that nothing is lost.

use std::fmt::Write;

use crate::error::{Error, Result};
use crate::scan::Scan;

/// Columns separated by spaces.
pub(super) fn xye(scans: &[Scan]) -> Result<Vec<u8>> {
    write(scans, ' ', "two_theta_deg intensity sigma")
}

/// Columns separated by commas.
pub(super) fn csv(scans: &[Scan]) -> Result<Vec<u8>> {
    write(scans, ',', "two_theta_deg,intensity,sigma")
}

fn write(scans: &[Scan], separator: char, labels: &str) -> Result<Vec<u8>> {
    let [scan] = scans else {
        let message = format!("{} scans for one text in columns; choose one with --scan", scans.len());
        return Err(Error::Format(message));
    };
    let mut text = String::new();
    for (name, value) in header(scan) {
        // One statement is one line, whatever the text of a comment.
        let value: String = value.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        let _ = writeln!(text, "# {name}: {value}");
    }
    // As a comment, the labels do not stop programs that expect nothing but numbers.
    let _ = writeln!(text, "# {labels}");
    for ((x, y), sigma) in scan.two_theta_deg().iter().zip(scan.intensity()).zip(scan.sigma()) {
        let _ = writeln!(text, "{}{separator}{}{separator}{}", angle(*x), plain(*y), plain(*sigma));
    }
    Ok(text.into_bytes())
}

/// 2θ in degrees, without the last digits where they are but the rounding of binary arithmetic.
fn angle(two_theta_deg: f64) -> String {
    const PER_DEGREE: f64 = 1e10;
    const ROUNDING_DEG: f64 = 1e-13;
    let rounded = (two_theta_deg * PER_DEGREE).round() / PER_DEGREE;
    plain(if (rounded - two_theta_deg).abs() < ROUNDING_DEG { rounded } else { two_theta_deg })
}

/// All digits of a number, without a long row of zeros.
fn plain(value: f64) -> String {
    const SHORTEST_FIXED: f64 = 1e-6;
    if value != 0.0 && value.abs() < SHORTEST_FIXED { format!("{value:e}") } else { value.to_string() }
}

/// Statements about the scan, in the words that `statements` recognises.
fn header(scan: &Scan) -> Vec<(&'static str, String)> {
    let mut header = Vec::new();
    if let Some(title) = &scan.title {
        header.push(("title", title.clone()));
    }
    let comments = scan.metadata.iter().filter(|(name, _)| name == Scan::COMMENT);
    header.extend(comments.map(|(_, value)| (Scan::COMMENT, value.clone())));
    if let Some(radiation) = &scan.radiation {
        if let Some(anode) = radiation.anode {
            header.push(("anode", format!("{anode:?}")));
        }
        for line in &radiation.lines {
            let value = format!("{} {} {}", line.label, line.wavelength_angstrom, line.relative_intensity);
            header.push(("emission line", value));
        }
        if radiation.monochromator_two_theta_deg > 0.0 {
            header.push(("monochromator", format!("{} deg 2theta", radiation.monochromator_two_theta_deg)));
        }
    }
    if let Some(seconds) = scan.counting_time_s {
        header.push(("counting time per step", format!("{seconds} s")));
    }
    if let Some(radius) = scan.goniometer_radius_mm {
        header.push(("goniometer radius", format!("{radius} mm")));
    }
    header.extend(name_of(&scan.unit).map(|unit| ("intensity unit", unit)));
    header.extend(name_of(&scan.data.sigma_source()).map(|source| ("sigma source", source)));
    header
}

/// The name under which `serde` writes a variant.
fn name_of(variant: &impl serde::Serialize) -> Option<String> {
    match toml::Value::try_from(variant) {
        Ok(toml::Value::String(name)) => Some(name),
        _ => None,
    }
}
