//! Philips PC-APD `.rd` and `.sd`: binary, little-endian, with intensities packed into sixteen bits.
//!
//! | byte | what |
//! |---|---|
//! | 0 | mark: `V3` (intensities from byte 250) or `V5` (from byte 810), then `RD` or `SD` |
//! | 84, 85, 86 | codes of diffractometer, anode, tube focus |
//! | 94, 102, 110 | Kα1, Kα2, their ratio (doubles) |
//! | 136 | largest packed intensity |
//! | 138, 146 | file (8 letters), sample (20 letters) |
//! | 214, 222, 230 | step, start, end of 2θ (doubles) |
//!
//! **Packing.** What is stored is v = round(10·√n) of a count n, so that n is v²/100, rounded to a whole number: exact up to
//! 24 counts, and within 0.1·√n beyond. The spread of that rounding, 0.2·√n/√12, raises σ from √n by the factor
//! √(1 + 1/300), 0.17 %, which is told and not added. That the root is rounded, neither cut nor raised, follows from files of
//! the IUCr round robin on quantitative analysis that came through this format: their counts leave out 3, 8, 11, 14 and 18,
//! which only the rounded root does when it is squared and cut to whole numbers. Programs that cut lose up to one count.
//!
//! Layout: the descriptions in xylib (after the maker's), PyXRD and rietx (interface facts). They call `V3` the mark of `.rd` and
//! `V5` that of `.sd`, always with `RD` behind; `SD` is taken alike. None says what was done to the intensities of `.sd`, so that
//! such a file must have exactly the size that its header makes, and its σ is an assumption. Tried on constructed files only.

use doublet_common::binary::Binary;
use doublet_common::container::Content;
use doublet_common::error::{FileError, Location};
use doublet_common::format::Confidence;

use super::Format;
use super::header::{doublet, keep, points_of, text};
use super::points::{Intensities, MAX_POINTS, Points};
use crate::error::Result;
use crate::radiation::Anode;
use crate::scan::{IntensityUnit, Optics, Scan};

/// The row of the registry.
pub(super) const FORMAT: Format = Format {
    name: "philips-rd",
    extensions: &["rd", "sd"],
    description: "Philips PC-APD RD and SD, V3 and V5 (tried on constructed files only)",
    sniff,
    read,
    writers: &[],
};

/// Marks, and where the intensities begin.
const MARKS: [(&[u8], usize); 4] = [(b"V3RD", 250), (b"V3SD", 250), (b"V5RD", 810), (b"V5SD", 810)];
/// The mark whose layout the descriptions agree on.
const AGREED: &[u8] = b"V3RD";
const ANODES: [Anode; 4] = [Anode::Cu, Anode::Mo, Anode::Fe, Anode::Cr];
const DIFFRACTOMETERS: [&str; 6] = ["PW1800", "PW1710", "PW1840", "PW3710", "undefined", "X'Pert MPD"];
const FOCI: [&str; 4] = ["BF", "NF", "FF", "LFF"];
const PACKED_BYTES: usize = 2;

fn sniff(content: &Content) -> Confidence {
    let marked = MARKS.iter().any(|(mark, _)| content.bytes().starts_with(mark));
    // The mark could open a text.
    if marked && content.bytes().contains(&0) { Confidence::Certain } else { Confidence::No }
}

fn read(content: &Content) -> Result<Vec<Scan>> {
    let binary = Binary::file(content.shown_name(), content.bytes());
    let Some((mark, first)) = MARKS.into_iter().find(|(mark, _)| content.bytes().starts_with(mark)) else {
        return Err(binary.error(0, "another mark", "V3RD, V3SD, V5RD or V5SD").into());
    };
    let mut warnings = Vec::new();
    let (step_deg, start_deg, end_deg) = (binary.f64_at(214)?, binary.f64_at(222)?, binary.f64_at(230)?);
    let points = points_of(start_deg, end_deg, step_deg).ok_or_else(|| {
        let found = format!("{start_deg} to {end_deg} in steps of {step_deg}");
        binary.error(214, found, format!("a scan of 2 to {MAX_POINTS} points"))
    })?;
    let packed = packed(&binary, mark, first, points, &mut warnings)?;
    let counts: Vec<f64> = packed.iter().map(|v| (f64::from(*v).powi(2) / 100.0).round()).collect();
    let intensities = if mark == AGREED {
        warnings.push(
            "the file keeps the rounded root of each count n: counts are known to ±0.1·√n beyond 24, which raises σ by \
             0.17 %; not added"
                .into(),
        );
        Intensities::Counted { counts, factors: Vec::new() }
    } else {
        warnings.push(
            "no description says whether the intensities of such a file were smoothed or otherwise changed; σ = √I is an \
             assumption"
                .into(),
        );
        Intensities::Treated { values: counts }
    };
    let place = |i: usize| Location::Byte((first + PACKED_BYTES * i) as u64);
    let data = Points {
        content,
        two_theta_deg: (0..points).map(|i| start_deg + step_deg * i as f64).collect(),
        intensities,
        axis_place: &place,
        intensity_place: &place,
    }
    .measurement(&mut warnings)?;
    let code = |at: usize| binary.u8_at(at).map(usize::from);
    let anode = ANODES.get(code(85)?).copied();
    let mut metadata = Vec::new();
    keep(&mut metadata, "diffractometer", DIFFRACTOMETERS.get(code(84)?).unwrap_or(&""));
    keep(&mut metadata, "anode", anode.map_or(String::new(), |anode| format!("{anode:?}")));
    keep(&mut metadata, "tube focus", FOCI.get(code(86)?).unwrap_or(&""));
    keep(&mut metadata, "file", text(&binary, 138, 8)?);
    Ok(vec![Scan {
        data,
        unit: if mark == AGREED { IntensityUnit::Counts } else { IntensityUnit::Arbitrary },
        radiation: doublet(anode, binary.f64_at(94)?, binary.f64_at(102)?, binary.f64_at(110)?),
        counting_time_s: None,
        goniometer_radius_mm: None,
        optics: Optics::default(),
        title: Some(text(&binary, 146, 20)?).filter(|title| !title.is_empty()),
        metadata,
        input: content.input(FORMAT.name, warnings),
    }])
}

/// The packed intensities, checked by what the header says twice: the size of the file, and the largest of them.
fn packed(
    binary: &Binary<'_>,
    mark: &[u8],
    first: usize,
    points: usize,
    warnings: &mut Vec<String>,
) -> Result<Vec<u16>, FileError> {
    let bytes = binary.slice(first, points * PACKED_BYTES)?;
    let behind = binary.len() - first - bytes.len();
    if behind > 0 && mark != AGREED {
        let expected = format!("{} behind {points} points from byte {first} on", first + bytes.len());
        let error = binary.error(first, format!("a file of {} bytes", binary.len()), expected);
        return Err(error.with_advice("the layout of this kind is not certain; export the scan as UDF or XRDML"));
    }
    if behind > 0 {
        warnings.push(format!("{behind} bytes behind the last point are not read"));
    }
    let packed: Vec<u16> = bytes.as_chunks::<PACKED_BYTES>().0.iter().map(|pair| u16::from_le_bytes(*pair)).collect();
    let (stated, largest) = (binary.u16_at(136)?, packed.iter().copied().max().unwrap_or(0));
    if stated != 0 && stated != largest {
        warnings
            .push(format!("the header calls {stated} the largest packed intensity, and {largest} is; check the scan"));
    }
    Ok(packed)
}

#[cfg(test)]
mod tests {
    use doublet_common::SigmaSource;

    use super::*;
    use crate::formats::read_bytes;

    /// A file of 0.02° steps from 5° whose intensities are packed as PC-APD packs counts.
    fn file(mark: &[u8], counts: &[u32]) -> Vec<u8> {
        let first = if mark.starts_with(b"V3") { 250 } else { 810 };
        let mut bytes = vec![0; first];
        let mut put = |at: usize, value: &[u8]| bytes[at..at + value.len()].copy_from_slice(value);
        put(0, mark);
        put(84, &[3, 0, 3]);
        put(146, b"corundum");
        let end = 5.0 + 0.02 * (counts.len() - 1) as f64;
        for (at, value) in [(94, 1.54060), (102, 1.54439), (110, 0.5), (214, 0.02), (222, 5.0), (230, end)] {
            put(at, &f64::to_le_bytes(value));
        }
        bytes.extend(counts.iter().flat_map(|n| ((10.0 * f64::from(*n).sqrt()).round() as u16).to_le_bytes()));
        bytes
    }

    /// Truth: the layout as described; small counts come back as they were, large ones within 0.1·√n.
    #[test]
    fn header_and_counts() {
        let counts: Vec<u32> = (0..25).chain([100, 123, 9_999, 42_000_000]).collect();
        let scan = read_bytes("a.rd", file(b"V3RD", &counts)).unwrap().remove(0);
        for (n, read) in counts.iter().zip(scan.intensity()) {
            let n = f64::from(*n);
            let off = if n < 25.0 { 0.0 } else { 0.1 * n.sqrt() + 0.5 };
            assert!((read - n).abs() <= off, "{n} {read}");
        }
        assert_eq!((scan.sigma()[0], scan.sigma()[16]), (1.0, 4.0));
        assert_eq!((scan.unit, scan.data.sigma_source()), (IntensityUnit::Counts, SigmaSource::Counts));
        assert!((scan.two_theta_deg()[28] - 5.56).abs() < 1e-12);
        let radiation = scan.radiation.as_ref().unwrap();
        assert_eq!((radiation.anode, radiation.lines[1].relative_intensity), (Some(Anode::Cu), 0.5));
        assert_eq!(scan.title.as_deref(), Some("corundum"));
        assert!(scan.metadata.contains(&("diffractometer".into(), "PW3710".into())));
        assert!(scan.input.reader_warnings[0].contains("0.17 %"));
    }

    #[test]
    fn version_5_is_read_where_its_size_agrees() {
        let whole = file(b"V5SD", &[100, 400, 900]);
        let scan = read_bytes("a.sd", whole.clone()).unwrap().remove(0);
        assert_eq!(scan.intensity(), [100.0, 400.0, 900.0]);
        assert_eq!(scan.data.sigma_source(), SigmaSource::AssumedCounts);
        let message = read_bytes("a.sd", [whole, vec![0; 2]].concat()).unwrap_err().to_string();
        assert!(message.contains("byte 810: found a file of 818 bytes, expected 816"), "{message}");
    }

    #[test]
    fn faults_name_the_byte() {
        let whole = file(b"V3RD", &[100, 400, 900]);
        for length in 4..whole.len() {
            let Err(error) = read_bytes("cut.rd", whole[..length].to_vec()) else { panic!("{length} bytes") };
            assert!(error.to_string().starts_with("cut.rd"), "{error}");
        }
        for (at, value) in [(214, 0.0), (214, 1e-9), (222, f64::NAN), (230, f64::INFINITY), (230, 4.0)] {
            let mut bytes = whole.clone();
            bytes[at..at + 8].copy_from_slice(&f64::to_le_bytes(value));
            let message = read_bytes("a.rd", bytes).unwrap_err().to_string();
            assert!(message.contains("byte 214"), "{message}");
        }
        let mut bytes = whole;
        bytes[136] = 7;
        let scan = read_bytes("a.rd", bytes).unwrap().remove(0);
        assert!(scan.input.reader_warnings.iter().any(|w| w.contains("calls 7 the largest")));
    }
}
