//! Version 1, `RAW `: each range has a header of its own. Tried on constructed files only.
//!
//! Header (156 bytes): 4 points, 8 time per step in s, 12 step, 16 scan mode, 24 start of 2θ, 28 θ, 32 χ, 36 φ, 40 sample
//! (32 letters), 72 Kα1, 76 Kα2, 152 number of ranges that follow. Further ranges may come without the mark.

use doublet_common::binary::{Binary, shortest_f64};
use doublet_common::error::FileError;

use super::{Data, File, Range, check_ranges, doublet, keep, positive, text};
use crate::radiation::Radiation;

const MARK: &[u8] = b"RAW ";
const HEADER_BYTES: usize = 156;

pub(super) fn read(binary: &Binary<'_>, warnings: &mut Vec<String>) -> Result<File, FileError> {
    let mut file = File::default();
    let mut at = 0;
    loop {
        check_ranges(binary, at, file.ranges.len() + 1)?;
        // What is counted from the mark, even where a later range leaves it out.
        let marked = binary.slice(at, MARK.len())? == MARK;
        let origin = if marked { Some(at) } else { at.checked_sub(MARK.len()) };
        let origin = origin.ok_or_else(|| binary.error(at, "no mark", "RAW"))?;
        let single = |offset: usize| binary.f32_at(origin + offset).map(shortest_f64);
        let mut metadata = Vec::new();
        keep(&mut metadata, "scan mode", binary.u32_at(origin + 16)?);
        let sample = text(binary, origin + 40, 32)?;
        file.title = file.title.or_else(|| Some(sample).filter(|title| !title.is_empty()));
        let data = Data::within(binary, origin + 4, origin + HEADER_BYTES, binary.u32_at(origin + 4)?, 4)?;
        at = data.end();
        let following = binary.u32_at(origin + 152)?;
        file.ranges.push(Range {
            radiation: doublet(None, single(72)?, single(76)?, Radiation::K_ALPHA_RATIO),
            start_deg: single(24)?,
            step_deg: single(12)?,
            time_s: positive(single(8)?),
            other_axis: None,
            metadata,
            data,
        });
        if following == 0 {
            break;
        }
    }
    if file.ranges.iter().any(|range| range.radiation.as_ref().is_some_and(|r| r.lines.len() == 2)) {
        warnings.push(format!("the file states no Kα2/Kα1 ratio; {} assumed", Radiation::K_ALPHA_RATIO));
    }
    warnings
        .push("RAW version 1 is read by its description alone; compare the first points with another program".into());
    Ok(file)
}
