//! Bruker and Siemens `.raw`: four layouts behind four marks.
//!
//! | mark | name of the maker | here |
//! |---|---|---|
//! | `RAW ` | version 1 (Diffrac AT) | [`version1`], tried on constructed files only |
//! | `RAW2` | version 2 | [`version2`], tried on constructed files only |
//! | `RAW1.01` | version 3 (Diffrac Plus) | [`version3`] |
//! | `RAW4.00` | version 4 (Diffrac Suite) | [`version4`] |
//!
//! Numbers are little-endian, intensities single precision. None of the layouts says whether an intensity is a count: whole
//! numbers are taken as counts. A file can hold several ranges; each becomes a scan. Layouts: xylib's and rietx's descriptions
//! of the formats (interface facts), checked against real files where there are any.

mod version1;
mod version2;
mod version3;
mod version4;

#[cfg(test)]
mod tests;

use doublet_common::binary::Binary;
use doublet_common::container::Content;
use doublet_common::error::{FileError, Location};
use doublet_common::format::Confidence;

use super::header::{doublet, keep, keep_positive, positive, text};
use super::points::{Intensities, MAX_POINTS, Points};
use super::{Format, MAX_SCANS};
use crate::error::Result;
use crate::radiation::Radiation;
use crate::scan::{Optics, Scan};

/// The row of the registry.
pub(super) const FORMAT: Format = Format {
    name: "bruker-raw",
    extensions: &["raw"],
    description: "Bruker and Siemens RAW, versions 1 to 4, several ranges",
    sniff,
    read,
    writers: &[],
};

type Reader = fn(&Binary<'_>, &mut Vec<String>) -> Result<File, FileError>;

const VERSIONS: [(&[u8], Reader); 4] =
    [(b"RAW1.01", version3::read), (b"RAW4.00", version4::read), (b"RAW2", version2::read), (b"RAW ", version1::read)];

/// What holds for the whole file, and its ranges.
#[derive(Default)]
struct File {
    title: Option<String>,
    radius_mm: Option<f64>,
    optics: Optics,
    metadata: Vec<(String, String)>,
    ranges: Vec<Range>,
}

/// One range as it stands in the file.
struct Range {
    radiation: Option<Radiation>,
    start_deg: f64,
    step_deg: f64,
    time_s: Option<f64>,
    /// Why the axis that was scanned is not 2θ.
    other_axis: Option<String>,
    metadata: Vec<(String, String)>,
    data: Data,
}

/// Where the intensities of a range stand.
struct Data {
    at: usize,
    points: usize,
    /// Bytes of a point, of which the first four are the intensity.
    stride: usize,
    /// Whether the eight bytes behind the intensity are the 2θ that was measured.
    measured_axis: bool,
}

impl Data {
    /// `points` intensities from the byte `at`, all inside the file.
    fn within(binary: &Binary<'_>, count_at: usize, at: usize, points: u32, stride: usize) -> Result<Self, FileError> {
        let points = points as usize;
        if !(2..=MAX_POINTS).contains(&points) {
            let expected = format!("2 to {MAX_POINTS}");
            return Err(binary.error(count_at, format!("a range of {points} points"), expected));
        }
        binary.slice(at, points.saturating_mul(stride))?;
        Ok(Self { at, points, stride, measured_axis: false })
    }

    fn end(&self) -> usize {
        self.at + self.points * self.stride
    }
}

fn sniff(content: &Content) -> Confidence {
    let marked = VERSIONS.iter().any(|(mark, _)| content.bytes().starts_with(mark));
    // "RAW " could open a text.
    if marked && content.bytes().contains(&0) { Confidence::Certain } else { Confidence::No }
}

fn read(content: &Content) -> Result<Vec<Scan>> {
    let binary = Binary::file(content.shown_name(), content.bytes());
    let Some((_, reader)) = VERSIONS.iter().find(|(mark, _)| content.bytes().starts_with(mark)) else {
        return Err(binary.error(0, "another mark", "RAW , RAW2, RAW1.01 or RAW4.00").into());
    };
    let mut warnings = Vec::new();
    let file = reader(&binary, &mut warnings)?;
    let mut scans = Vec::new();
    let total = file.ranges.len();
    for (number, range) in file.ranges.iter().enumerate() {
        match &range.other_axis {
            Some(axis) => warnings.push(format!("range {} of {total} is no 2θ scan ({axis}); left out", number + 1)),
            None => scans.push(scan(content, &binary, &file, range)?),
        }
    }
    if scans.is_empty() {
        let found = if warnings.is_empty() { "no range".to_string() } else { warnings.join("; ") };
        return Err(content.error(Location::Whole, found, "at least one 2θ scan").into());
    }
    for scan in &mut scans {
        scan.input.reader_warnings.extend(warnings.iter().cloned());
    }
    Ok(scans)
}

fn scan(content: &Content, binary: &Binary<'_>, file: &File, range: &Range) -> Result<Scan> {
    let mut warnings = Vec::new();
    let data = &range.data;
    let byte = |i: usize| data.at + i * data.stride;
    let values = (0..data.points).map(|i| binary.f32_at(byte(i)).map(f64::from)).collect::<Result<Vec<_>, _>>()?;
    let two_theta_deg = if data.measured_axis {
        (0..data.points).map(|i| binary.f64_at(byte(i) + 4)).collect::<Result<Vec<_>, _>>()?
    } else {
        (0..data.points).map(|i| range.start_deg + range.step_deg * i as f64).collect()
    };
    let place = |i: usize| Location::Byte(byte(i) as u64);
    let intensities = Intensities::counts_or_rate(values, range.time_s);
    let points = Points { content, two_theta_deg, intensities, axis_place: &place, intensity_place: &place };
    let (data, unit) = points.with_unit(&mut warnings)?;
    Ok(Scan {
        data,
        unit,
        radiation: range.radiation.clone(),
        counting_time_s: range.time_s,
        goniometer_radius_mm: file.radius_mm,
        optics: file.optics.clone(),
        title: file.title.clone(),
        metadata: file.metadata.iter().chain(&range.metadata).cloned().collect(),
        input: content.input(FORMAT.name, warnings),
    })
}

/// Room for one more range.
fn check_ranges(binary: &Binary<'_>, at: usize, ranges: usize) -> Result<(), FileError> {
    if ranges > MAX_SCANS {
        return Err(binary.error(at, format!("{ranges} ranges"), format!("at most {MAX_SCANS}")));
    }
    Ok(())
}
