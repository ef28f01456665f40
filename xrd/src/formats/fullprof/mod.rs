//! The `.dat` kinds of FullProf (manual, "Format of data files", by the number `INSTRM`) and DBWS:
//!
//! | INSTRM | instruments | layout |
//! |---|---|---|
//! | 0 | any; DBWS | start, step and end, then intensities in rows |
//! | 1 | D1A and D2B, old | start, step and end, then detectors and intensity, 10(I2,F6) a row |
//! | 3 | D1B and D20 | three lines; start and step; points; detectors and intensity, 10(I2,F8) |
//! | 4 | Brookhaven, two lines | start, step and end, then a row of intensities and a row of their σ by turns |
//! | 5 | general, two axes: G4.1, D1A5 | three lines; points, temperatures, σ or not, two monitors; start, step and end; intensities, σ |
//! | 6 | D1A, D2B, 3T2 | title; step; start; two monitors; detectors and intensity, 10(I2,F6), up to −1000 |
//! | 8 | DMC and HRPT of PSI | two lines; start, step and end; intensities, then as many σ |
//! | 11 | variable time | four lines; start, step and end; time and counts, 5(F6,F10) |
//!
//! INSTRM = 10, columns of 2θ, intensity and σ, is text in columns, and 12 is GSAS. Kinds 5 and 8 were tried on real files,
//! the others on constructed ones only.

mod detectors;
mod ramp;

use doublet_common::container::Content;
use doublet_common::error::Location;
use doublet_common::format::Confidence;
use doublet_common::text::number::{DecimalMark, parse_number};
use doublet_common::text::{Line, lines};

use super::Format;
use super::points::{Intensities, Points};
use crate::error::Result;
use crate::radiation::{Radiation, WavelengthSource};
use crate::scan::{IntensityUnit, Optics, Scan};

/// The row of the registry.
pub(super) const FORMAT: Format = Format {
    name: "fullprof",
    extensions: &["dat", "dbw", "rit"],
    description: "FullProf .dat: general two-axis format, DMC and HRPT; free format, DBWS, D1A, D2B, 3T2, D1B, D20, \
                  Brookhaven and variable time (constructed files only)",
    sniff,
    read,
    writers: &[],
};

/// What a layout gives.
struct Pattern {
    start_deg: f64,
    step_deg: f64,
    intensities: Intensities,
    /// Line of each intensity.
    places: Vec<usize>,
    title: String,
    metadata: Vec<(String, String)>,
    warnings: Vec<String>,
    /// Whether the intensities are counts divided by seconds.
    per_second: bool,
}

fn sniff(content: &Content) -> Confidence {
    let Ok(text) = content.text() else { return Confidence::No };
    let lines: Vec<Line<'_>> = lines(&text.content).collect();
    if detectors::layout(&lines).is_some() || ramp::find(&lines).is_some() {
        Confidence::Likely
    } else {
        Confidence::No
    }
}

fn read(content: &Content) -> Result<Vec<Scan>> {
    let text = content.text()?;
    let lines: Vec<Line<'_>> = lines(&text.content).collect();
    let pattern = match (detectors::layout(&lines), ramp::find(&lines)) {
        (Some(layout), _) => detectors::read(content, &layout, &lines)?,
        (None, Some(ramp)) => ramp::read(content, &ramp, &lines)?,
        (None, None) => {
            let expected = "start, step and end of 2θ, then rows of intensities";
            return Err(content.error(Location::Line(1), "no such line", expected).into());
        }
    };
    let Pattern { start_deg, step_deg, intensities, places, title, metadata, per_second, .. } = pattern;
    let mut warnings = text.warnings.clone();
    warnings.extend(pattern.warnings);
    let radiation = wavelength(&lines).map(|length| Radiation::monochromatic(length, WavelengthSource::File));
    if radiation.is_some() {
        warnings.push(NEUTRONS.into());
    }
    let place = |i: usize| Location::Line(places[i]);
    let two_theta_deg = (0..places.len()).map(|i| start_deg + step_deg * i as f64).collect();
    let points = Points { content, two_theta_deg, intensities, axis_place: &place, intensity_place: &place };
    let (data, unit) = points.with_unit(&mut warnings)?;
    let unit = if per_second && unit == IntensityUnit::Counts { IntensityUnit::CountsPerSecond } else { unit };
    Ok(vec![Scan {
        data,
        unit,
        radiation,
        counting_time_s: None,
        goniometer_radius_mm: None,
        optics: Optics::default(),
        title: (!title.is_empty()).then_some(title),
        metadata,
        input: content.input(FORMAT.name, warnings),
    }])
}

/// Files of these kinds come from neutron diffractometers.
const NEUTRONS: &str =
    "files of this kind come from neutron diffractometers: intensities calculated for X-rays do not apply";

fn told(name: &str, text: &str) -> Option<(String, String)> {
    (!text.trim().is_empty()).then(|| (name.to_owned(), text.trim().to_owned()))
}

/// Counts of which `factor` makes the stated intensities: σ² = factor·intensity.
fn counted(values: &[f64], factor: impl Fn(usize) -> f64) -> Intensities {
    let factors: Vec<f64> = (0..values.len()).map(factor).collect();
    Intensities::Counted {
        counts: values.iter().zip(&factors).map(|(value, factor)| value / factor).collect(),
        factors,
    }
}

/// `lambda= 1.494` of the files of PSI, before the intensities.
fn wavelength(lines: &[Line<'_>]) -> Option<f64> {
    let text = lines.iter().take(ramp::MOST_LINES_BEFORE).find_map(|line| line.text.split("lambda=").nth(1))?;
    let word = text.trim_start().split([',', ' ']).next()?;
    parse_number(word, DecimalMark::Point).ok().filter(|length| (0.1..=10.0).contains(length))
}

#[cfg(test)]
mod tests;
