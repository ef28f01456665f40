//! Version 4, `RAW4.00` of Diffrac Suite: a chain of segments.
//!
//! 12 date, 24 time; from byte 61 on segments `(kind, length)` of 32 bits each, the length from the segment's own beginning:
//!
//! * 10: name (24 letters from 12) and value (from 36);
//! * 30: tube and goniometer: doubles 72 mean, 80 Kα1, 88 Kα2, 96 Kβ, 104 ratio; 120 anode;
//! * 0 or 160: a range. From it on 32 the kind of scan (24 letters), 72 start and 80 step (doubles), 88 points, 92 time per step
//!   in **milliseconds**, 100 tension in kV, 104 current in mA, 136 bytes of a point, 140 bytes of the segments that come at 160,
//!   and behind those the points. Among them kind 50 is a drive: 12 name (24 letters), 56 position.

use doublet_common::binary::{Binary, shortest_f64};
use doublet_common::error::FileError;

use super::{Data, File, Range, check_ranges, doublet, keep, keep_positive, positive, text};
use crate::radiation::Radiation;

const FIRST_SEGMENT: usize = 61;
const RANGE: [u32; 2] = [0, 160];
const NAMED_VALUE: u32 = 10;
const TUBE: u32 = 30;
const DRIVE: u32 = 50;
/// Bytes before the segments of a range.
const RANGE_BYTES: usize = 160;
/// Values longer than this are instrument descriptions, not words for a person.
const LONGEST_VALUE: usize = 200;
/// Kinds of scan that move 2θ.
const TWO_THETA_KINDS: [&str; 4] = ["locked coupled", "unlocked coupled", "detector scan", "unlocked coupled hr xrd"];

pub(super) fn read(binary: &Binary<'_>, _: &mut Vec<String>) -> Result<File, FileError> {
    let mut file = File::default();
    keep(&mut file.metadata, "date", text(binary, 12, 12)?);
    keep(&mut file.metadata, "time", text(binary, 24, 10)?);
    let mut lines = None;
    let mut at = FIRST_SEGMENT;
    while at < binary.len() {
        let kind = binary.u32_at(at)?;
        if RANGE.contains(&kind) {
            check_ranges(binary, at, file.ranges.len() + 1)?;
            let range = range(binary, at, lines.clone())?;
            at = range.data.end();
            file.ranges.push(range);
            continue;
        }
        let length = segment_length(binary, at, binary.len())?;
        match kind {
            NAMED_VALUE => named_value(binary, at, length, &mut file)?,
            TUBE => lines = tube(binary, at, length)?,
            _ => {}
        }
        at += length;
    }
    Ok(file)
}

/// Length of the segment at `at`, which ends by `end`.
fn segment_length(binary: &Binary<'_>, at: usize, end: usize) -> Result<usize, FileError> {
    let length = binary.u32_at(at + 4)? as usize;
    if !(8..=end.saturating_sub(at)).contains(&length) {
        let expected = format!("8 to {}", end.saturating_sub(at));
        return Err(binary.error(at + 4, format!("a segment of {length} bytes"), expected));
    }
    Ok(length)
}

fn named_value(binary: &Binary<'_>, at: usize, length: usize, file: &mut File) -> Result<(), FileError> {
    let name = text(binary, at + 12, 24)?;
    let value = text(binary, at + 36, length.saturating_sub(36))?;
    if name == "SAMPLEID" {
        file.title = Some(value.clone()).filter(|title| !title.is_empty());
    }
    if !name.is_empty() && value.len() <= LONGEST_VALUE {
        let name = if name == "COMMENT" { crate::scan::Scan::COMMENT.to_string() } else { name.to_lowercase() };
        keep(&mut file.metadata, &name.replace('_', " "), value);
    }
    Ok(())
}

fn tube(binary: &Binary<'_>, at: usize, length: usize) -> Result<Option<Radiation>, FileError> {
    if length < 124 {
        return Err(binary.error(at + 4, format!("a tube segment of {length} bytes"), "at least 124"));
    }
    let anode = text(binary, at + 120, 4)?;
    let (alpha1, alpha2) = (binary.f64_at(at + 80)?, binary.f64_at(at + 88)?);
    Ok(doublet(anode.parse().ok(), alpha1, alpha2, binary.f64_at(at + 104)?))
}

fn range(binary: &Binary<'_>, at: usize, radiation: Option<Radiation>) -> Result<Range, FileError> {
    let kind = text(binary, at + 32, 24)?;
    let start_deg = binary.f64_at(at + 72)?;
    let (stride, header) = (binary.u32_at(at + 136)? as usize, binary.u32_at(at + 140)? as usize);
    if stride < 4 || !stride.is_multiple_of(4) {
        return Err(binary.error(at + 136, format!("points of {stride} bytes"), "a multiple of 4"));
    }
    let first = at + RANGE_BYTES;
    binary.slice(first, header)?;
    let data = Data::within(binary, at + 88, first + header, binary.u32_at(at + 88)?, stride)?;
    let mut metadata = Vec::new();
    keep(&mut metadata, "scan", &kind);
    for (name, offset) in [("tension (kV)", 100), ("current (mA)", 104)] {
        keep_positive(&mut metadata, name, binary.f32_at(at + offset)?);
    }
    drives(binary, first, first + header, &mut metadata)?;
    let known = TWO_THETA_KINDS.contains(&kind.to_lowercase().as_str());
    Ok(Range {
        radiation,
        start_deg,
        step_deg: binary.f64_at(at + 80)?,
        time_s: positive(shortest_f64(binary.f32_at(at + 92)?)).map(|milliseconds| milliseconds / 1000.0),
        other_axis: (!known).then_some(kind),
        metadata,
        data,
    })
}

/// Positions of the drives at the start of a range.
fn drives(
    binary: &Binary<'_>,
    mut at: usize,
    end: usize,
    metadata: &mut Vec<(String, String)>,
) -> Result<(), FileError> {
    while at < end {
        let length = segment_length(binary, at, end)?;
        if binary.u32_at(at)? == DRIVE && length >= 64 {
            let name = text(binary, at + 12, 24)?;
            keep(metadata, &format!("{name} at the start"), binary.f64_at(at + 56)?);
        }
        at += length;
    }
    Ok(())
}
