//! Version 3, `RAW1.01` of Diffrac Plus.
//!
//! File header (712 bytes): 12 number of ranges, 16 date, 26 time, 36 user, 108 site, 326 sample, 386 comment, 564 radius in
//! mm, 568 divergence slit, 572 sample slit, 576 Soller slits, 584 antiscatter slit, 588 detector slit, 608 anode, 624 Kα1,
//! 632 Kα2, 648 their ratio, 656 unit of the wavelengths.
//!
//! Range header: 0 its length, 4 points, 8 start of θ, 16 start of 2θ, 176 step, 192 time per step in s, 196 kind of scan, 224
//! tension in kV, 228 current in mA, 240 wavelength in use, 248 bits of the parameters that vary from point to point, 252
//! bytes of a point, 256 bytes between header and points. A point is the intensity and a double for each varying parameter,
//! of which bit 0 is 2θ.

use doublet_common::binary::{Binary, shortest_f64};
use doublet_common::error::FileError;

use super::{Data, File, Range, check_ranges, doublet, keep, keep_positive, positive, text};
use crate::radiation::Radiation;

const HEADER_BYTES: usize = 712;
/// Bytes that every range header has.
const LEAST_RANGE_HEADER_BYTES: u32 = 260;
/// Headers and records between header and points that are believed.
const MAX_HEADER_BYTES: u32 = 1 << 20;
/// Kinds of scan that move 2θ: coupled, uncoupled, detector, uncoupled at high resolution.
const TWO_THETA_KINDS: [u32; 4] = [0, 1, 2, 20];
const OTHER_KINDS: [(u32, &str); 7] =
    [(3, "rocking curve"), (4, "χ scan"), (5, "φ scan"), (6, "x scan"), (7, "y scan"), (8, "z scan"), (12, "ψ scan")];

pub(super) fn read(binary: &Binary<'_>, warnings: &mut Vec<String>) -> Result<File, FileError> {
    let mut file = File::default();
    binary.slice(0, HEADER_BYTES)?;
    let ranges = binary.u32_at(12)? as usize;
    check_ranges(binary, 12, ranges)?;
    let metadata = &mut file.metadata;
    for (name, at, length) in
        [("date", 16, 10), ("time", 26, 10), ("user", 36, 72), ("site", 108, 218), ("anode", 608, 4)]
    {
        keep(metadata, name, text(binary, at, length)?);
    }
    keep(metadata, crate::scan::Scan::COMMENT, text(binary, 386, 160)?);
    for (name, at) in
        [("divergence slit", 568), ("sample slit", 572), ("antiscatter slit", 584), ("detector slit", 588)]
    {
        keep_positive(metadata, name, binary.f32_at(at)?);
    }
    file.title = Some(text(binary, 326, 60)?).filter(|title| !title.is_empty());
    file.radius_mm = positive(shortest_f64(binary.f32_at(564)?));
    let lines = lines(binary)?;
    let mut at = HEADER_BYTES;
    for _ in 0..ranges {
        let range = range(binary, at, lines.clone())?;
        at = range.data.end();
        file.ranges.push(range);
    }
    if binary.slice(at, binary.len() - at)?.iter().any(|b| *b != 0) {
        warnings.push(format!("{} bytes behind the last range are not read", binary.len() - at));
    }
    Ok(file)
}

fn lines(binary: &Binary<'_>) -> Result<Option<Radiation>, FileError> {
    let unit = text(binary, 656, 4)?;
    let to_angstrom = if unit.eq_ignore_ascii_case("nm") { 10.0 } else { 1.0 };
    let (alpha1, alpha2) = (binary.f64_at(624)? * to_angstrom, binary.f64_at(632)? * to_angstrom);
    Ok(doublet(text(binary, 608, 4)?.parse().ok(), alpha1, alpha2, binary.f64_at(648)?))
}

fn range(binary: &Binary<'_>, at: usize, radiation: Option<Radiation>) -> Result<Range, FileError> {
    let header = binary.u32_at(at)?;
    if !(LEAST_RANGE_HEADER_BYTES..=MAX_HEADER_BYTES).contains(&header) {
        let expected = format!("{LEAST_RANGE_HEADER_BYTES} to {MAX_HEADER_BYTES}");
        return Err(binary.error(at, format!("a range header of {header} bytes"), expected));
    }
    let (varying, stride, between) = (binary.u32_at(at + 248)?, binary.u32_at(at + 252)?, binary.u32_at(at + 256)?);
    if stride != 4 + 8 * varying.count_ones() {
        let found = format!("points of {stride} bytes with the varying parameters {varying:#b}");
        return Err(binary.error(at + 252, found, "4 bytes and 8 for each bit"));
    }
    if between > MAX_HEADER_BYTES {
        let expected = format!("at most {MAX_HEADER_BYTES}");
        return Err(binary.error(at + 256, format!("{between} bytes before the points"), expected));
    }
    let first = at + (header + between) as usize;
    let data = Data::within(binary, at + 4, first, binary.u32_at(at + 4)?, stride as usize)?;
    let kind = binary.u32_at(at + 196)?;
    let other_axis = (!TWO_THETA_KINDS.contains(&kind)).then(|| {
        let known = OTHER_KINDS.iter().find(|(code, _)| *code == kind);
        known.map_or(format!("kind of scan {kind}"), |(_, name)| (*name).to_string())
    });
    let mut metadata = Vec::new();
    for (name, offset) in [("tension (kV)", 224), ("current (mA)", 228)] {
        let value = binary.u32_at(at + offset)?;
        if value > 0 {
            keep(&mut metadata, name, value);
        }
    }
    Ok(Range {
        radiation,
        start_deg: binary.f64_at(at + 16)?,
        step_deg: binary.f64_at(at + 176)?,
        time_s: positive(shortest_f64(binary.f32_at(at + 192)?)),
        other_axis,
        metadata,
        data: Data { measured_axis: varying & 1 != 0, ..data },
    })
}
