//! Columns of text: 2θ, intensity, and perhaps σ, as spreadsheets, older programs and people write them.
//!
//! The table itself (separators, decimal marks, comments, header, junk behind the data) is
//! [`doublet_common::text::table`]'s. Here it becomes a scan:
//! - two columns are 2θ and intensity; a third is σ if it can be one; of four and more, 2θ, intensity and σ are chosen
//!   by the names in the header, and without such names the file is refused;
//! - whole numbers are taken as counts, σ = √n; other intensities get σ = √I with a warning, since the file does not
//!   say what was counted;
//! - negative intensities are refused without a σ column: they are differences, and √I says nothing about them;
//! - wavelength, anode, counting time and the like are taken from the header only where they are stated in so many words
//!   (see [`statements`]); a text file without them has no radiation.

mod statements;
mod write;

use doublet_common::container::Content;
use doublet_common::error::{FileError, Location};
use doublet_common::format::Confidence;
use doublet_common::text::table::{Dialect, Table, read_table};
use doublet_common::{Measurement, SigmaSource};

use super::Format;
use super::points::{Intensities, Points};
use crate::error::Result;
use crate::scan::{IntensityUnit, Optics, Scan};
use statements::Statements;

pub(super) const FORMAT: Format = Format {
    name: "columns",
    extensions: &["xy", "xye", "csv", "prn", "dat", "txt", "asc", "tsv", "chi"],
    description: "text in columns: 2θ, intensity and perhaps σ",
    sniff,
    read,
    writers: &[("xye", write::xye), ("csv", write::csv)],
};

/// How many rows make a text a likely table.
const LIKELY_ROWS: usize = 10;

fn sniff(content: &Content) -> Confidence {
    let Ok(text) = content.text() else { return Confidence::No };
    if text.content.trim_start().starts_with('<') {
        return Confidence::No;
    }
    match Dialect::of(&text.content) {
        Some((_, rows)) if rows >= LIKELY_ROWS => Confidence::Likely,
        Some(_) => Confidence::Possible,
        None => Confidence::No,
    }
}

/// Which columns are what.
#[derive(Debug, PartialEq, Eq)]
struct Roles {
    two_theta: usize,
    intensity: usize,
    sigma: Option<usize>,
}

fn read(content: &Content) -> Result<Vec<Scan>> {
    let table = read_table(content.shown_name(), content.text()?)?;
    let mut warnings = table.warnings.clone();
    let statements = Statements::of(content, &table.remarks, &mut warnings)?;
    let roles = roles(content, &table, &mut warnings)?;
    let place = |i: usize| Location::Line(table.lines[i]);
    let values = table.columns[roles.intensity].clone();
    let sigma = match roles.sigma {
        Some(column) if statements.states_sigma() => Some(table.columns[column].clone()),
        Some(column) => plausible_sigma(&table, column, &values, &mut warnings),
        None => None,
    };
    let intensities = match sigma {
        Some(sigma) => Intensities::WithSigma { values, sigma },
        None => Intensities::Unstated { values },
    };
    let two_theta_deg = table.columns[roles.two_theta].clone();
    let points = Points { content, two_theta_deg, intensities, axis_place: &place, intensity_place: &place };
    let data = points.measurement(&mut warnings)?;
    let data = statements.with_sigma_source(data)?;
    Ok(vec![Scan {
        unit: statements.unit.unwrap_or(unit(&data)),
        data,
        radiation: statements.radiation,
        counting_time_s: statements.counting_time_s,
        goniometer_radius_mm: statements.goniometer_radius_mm,
        optics: Optics::default(),
        title: statements.title,
        metadata: statements.metadata,
        input: content.input(FORMAT.name, warnings),
    }])
}

fn unit(data: &Measurement) -> IntensityUnit {
    if data.sigma_source() == SigmaSource::Counts { IntensityUnit::Counts } else { IntensityUnit::Arbitrary }
}

/// A column name reduced to letters and digits, Greek letters spelt out.
fn plain_name(label: &str) -> String {
    let spelt = label.to_lowercase().replace(['θ', 'ϑ'], "theta").replace('σ', "sigma").replace('λ', "lambda");
    spelt.chars().filter(|c| c.is_alphanumeric()).collect()
}

fn is_two_theta(name: &str) -> bool {
    ["2theta", "twotheta", "2th", "tth", "angle", "pos2th"].iter().any(|known| name.starts_with(known)) || name == "x"
}

fn is_intensity(name: &str) -> bool {
    matches!(name, "i" | "y" | "yobs" | "iobs" | "obs" | "cps" | "observed" | "counts" | "count" | "signal")
        || name.contains("intensity")
        || name.starts_with("counts")
}

fn is_sigma(name: &str) -> bool {
    matches!(name, "e" | "err" | "std" | "stdev" | "sig" | "s")
        || ["sigma", "esd", "error", "uncert"].iter().any(|known| name.contains(known))
}

/// Quantities that an axis of a diffraction scan may be but a 2θ axis is not.
fn is_other_axis(name: &str) -> bool {
    matches!(name, "q" | "d" | "s" | "be" | "ke" | "tof" | "omega" | "phi" | "chi" | "theta" | "channel")
        || ["dspacing", "energy", "binding", "kinetic", "wavelength", "wavenumber", "raman", "time", "qa", "qnm"]
            .iter()
            .any(|known| name.starts_with(known))
}

fn roles(content: &Content, table: &Table, warnings: &mut Vec<String>) -> Result<Roles, FileError> {
    let columns = table.columns.len();
    let names: Vec<String> = table.labels.iter().flatten().map(|label| plain_name(label)).collect();
    let place = Location::Line(table.lines[0]);
    if let Some(other) = names.first().filter(|name| is_other_axis(name)) {
        let found = format!("a first column named \"{other}\"");
        return Err(content.error(place, found, "2θ in degrees").with_advice("convert the axis to 2θ first"));
    }
    if columns <= 3 {
        let third = names.get(2).filter(|name| !is_sigma(name));
        if let Some(name) = third {
            warnings.push(format!("third column \"{name}\" is not named as σ; left out"));
        }
        let sigma = (columns == 3 && third.is_none()).then_some(2);
        return Ok(Roles { two_theta: 0, intensity: 1, sigma });
    }
    let find = |is: fn(&str) -> bool| names.iter().position(|name| is(name));
    let (Some(two_theta), Some(intensity)) = (find(is_two_theta), find(is_intensity)) else {
        let expected = "2 or 3 (2θ, intensity, σ), or a header that names 2θ and intensity";
        return Err(content.error(place, format!("{columns} columns"), expected));
    };
    let sigma = find(is_sigma);
    let chosen = |column: usize| table.labels.as_ref().map_or("", |labels| labels[column].as_str());
    warnings.push(format!(
        "of {columns} columns, \"{}\" is taken as 2θ, \"{}\" as intensity and {} as σ",
        chosen(two_theta),
        chosen(intensity),
        sigma.map_or("none".to_string(), |column| format!("\"{}\"", chosen(column)))
    ));
    Ok(Roles { two_theta, intensity, sigma })
}

/// The column as σ, unless it cannot be one: then why is said.
fn plausible_sigma(table: &Table, column: usize, values: &[f64], warnings: &mut Vec<String>) -> Option<Vec<f64>> {
    /// Intensities that differ less than this tell nothing about a constant σ.
    const RANGE: f64 = 4.0;
    /// A σ beyond this share of most intensities is another intensity.
    const LARGEST_SHARE: f64 = 0.9;
    /// Counts above which σ is expected well below the intensity.
    const CLEAR_COUNTS: f64 = 10.0;
    let sigma = &table.columns[column];
    let (low, high) = values.iter().fold((f64::MAX, f64::MIN), |(low, high), y| (low.min(*y), high.max(*y)));
    let constant = sigma.iter().all(|s| *s == sigma[0]) && sigma.len() > 2 && high > RANGE * low.max(1.0);
    if constant {
        warnings.push(format!("column {} is {} throughout: not taken as σ", column + 1, sigma[0]));
        return None;
    }
    let clear: Vec<(&f64, &f64)> = values.iter().zip(sigma).filter(|(y, _)| **y > CLEAR_COUNTS).collect();
    let alike = clear.iter().filter(|(y, s)| **s > LARGEST_SHARE * **y).count();
    if !clear.is_empty() && 2 * alike > clear.len() {
        warnings.push(format!("column {} is as large as the intensity: not taken as σ", column + 1));
        return None;
    }
    Some(sigma.clone())
}

#[cfg(test)]
mod tests;
