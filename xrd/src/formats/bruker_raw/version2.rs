//! Version 2, `RAW2`. Tried on constructed files only.
//!
//! File header (256 bytes): 4 number of ranges (16 bit), 168 date and time (20 letters), 188 anode (2 letters), 190 Kα1,
//! 194 Kα2, 198 ratio. Range header: 0 its length, 2 points (16 bit each), 8 time per step in s, 12 step, 16 start of 2θ,
//! 46 temperature in K (16 bit).

use doublet_common::binary::{Binary, shortest_f64};
use doublet_common::error::FileError;

use super::{Data, File, Range, check_ranges, doublet, keep, positive, text};

const HEADER_BYTES: usize = 256;
const LEAST_RANGE_HEADER_BYTES: u16 = 48;

pub(super) fn read(binary: &Binary<'_>, warnings: &mut Vec<String>) -> Result<File, FileError> {
    let mut file = File::default();
    let ranges = binary.u16_at(4)?;
    check_ranges(binary, 4, usize::from(ranges))?;
    keep(&mut file.metadata, "measured", text(binary, 168, 20)?);
    let anode = text(binary, 188, 2)?;
    keep(&mut file.metadata, "anode", &anode);
    let single = |at: usize| binary.f32_at(at).map(shortest_f64);
    let lines = doublet(anode.parse().ok(), single(190)?, single(194)?, single(198)?);
    let mut at = HEADER_BYTES;
    for _ in 0..ranges {
        let header = binary.u16_at(at)?;
        if header < LEAST_RANGE_HEADER_BYTES {
            let expected = format!("at least {LEAST_RANGE_HEADER_BYTES}");
            return Err(binary.error(at, format!("a range header of {header} bytes"), expected));
        }
        let points = u32::from(binary.u16_at(at + 2)?);
        let data = Data::within(binary, at + 2, at + usize::from(header), points, 4)?;
        let mut metadata = Vec::new();
        let temperature = binary.u16_at(at + 46)?;
        if temperature > 0 {
            keep(&mut metadata, "temperature (K)", temperature);
        }
        let next = data.end();
        file.ranges.push(Range {
            radiation: lines.clone(),
            start_deg: single(at + 16)?,
            step_deg: single(at + 12)?,
            time_s: positive(single(at + 8)?),
            other_axis: None,
            metadata,
            data,
        });
        at = next;
    }
    warnings
        .push("RAW version 2 is read by its description alone; compare the first points with another program".into());
    Ok(file)
}
