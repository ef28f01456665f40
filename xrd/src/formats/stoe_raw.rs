//! STOE `.raw` (WinXPOW): binary records of 512 bytes, little-endian, with up to eight ranges.
//!
//! File header, record 1: 0 mark `RAW_1.06` (the version is its end), 8 program, 16 date, 32 title (80 letters), 112 comment
//! (192 letters), 304 diffractometer, 308 monochromator, 310 anode, 312 detector, 316 sample to detector in mm, 318 kV, 320 mA
//! (16 bit each), 322 Kα1, 326 Kα2, 330 d* of the monochromator, 358 geometry, 360 kind of scan, 378 ranges measured, 470 kind
//! of data, 472 history bits, 480 record of each range's header (8 of 16 bit, counted from 1).
//!
//! Range header, one record: 0 and 16 start and end in time, 34 points, 38 size of a count (0: 32 bit, 1: 16 bit), 40 factor that
//! counts are multiplied by (since 1.05), 44 first 2θ and ω, 52 last ones, 60 steps, 68 time per step in s, 84 temperature, 118
//! history bits, 120 and 124 smallest and largest count. The counts follow in the next record.
//!
//! Layout: the description in DASH (after the maker's; interface facts). Version 1.06 was tried by hand on one real file, on whose
//! 5404 counts the header's smallest and largest agree; the older versions on constructed files only.

use doublet_common::binary::{Binary, shortest_f64};
use doublet_common::container::Content;
use doublet_common::error::{FileError, Location};
use doublet_common::format::Confidence;

use super::Format;
use super::header::{doublet, keep, keep_positive, positive, text};
use super::points::{Intensities, Points};
use crate::error::Result;
use crate::radiation::{Anode, Radiation};
use crate::scan::{Optics, Scan};

/// The row of the registry.
pub(super) const FORMAT: Format = Format {
    name: "stoe-raw",
    extensions: &["raw"],
    description: "STOE WinXPOW RAW 1.03 to 1.06, several ranges (1.06 tried on one real file, others on constructed ones only)",
    sniff,
    read,
    writers: &[],
};

const MARK: &[u8] = b"RAW_1.0";
const VERSIONS: std::ops::RangeInclusive<u8> = b'3'..=b'6';
const NEWEST: u8 = b'6';
/// Counts are multiplied by a factor since this version.
const WITH_FACTOR: u8 = b'5';
const RECORD_BYTES: usize = 512;
const MOST_RANGES: u16 = 8;
const ANODES: [Option<Anode>; 7] =
    [None, Some(Anode::Ag), Some(Anode::Mo), Some(Anode::Cu), Some(Anode::Co), Some(Anode::Fe), Some(Anode::Cr)];
const SCINTILLATION_COUNTER: u16 = 1;
const CALCULATED: u16 = 2;
/// Curved and flat germanium and gallium arsenide in the incident beam, which part Kα1 from Kα2.
const PERFECT_CRYSTALS: [u16; 4] = [2, 6, 7, 8];
/// A monochromator that is moved by a motor has its code raised by this.
const MOTORISED: u16 = 100;
/// Bits of the history that changed intensities, and what they did.
const CHANGED: [(u32, &str); 6] = [
    (0, "corrected for the detector"),
    (5, "smoothed"),
    (6, "freed of the background"),
    (7, "stripped of Kα2"),
    (8, "modified"),
    (9, "corrected for absorption"),
];
/// Bits that changed the axis.
const MOVED: [(u32, &str); 2] = [(1, "corrected for instrument errors"), (4, "changed")];

fn sniff(content: &Content) -> Confidence {
    if content.bytes().starts_with(b"RAW_1") { Confidence::Certain } else { Confidence::No }
}

fn read(content: &Content) -> Result<Vec<Scan>> {
    let binary = Binary::file(content.shown_name(), content.bytes());
    let mark: [u8; 8] = binary.array(0)?;
    if !mark.starts_with(MARK) || !VERSIONS.contains(&mark[7]) {
        return Err(binary.error(0, String::from_utf8_lossy(&mark), "RAW_1.03 to RAW_1.06").into());
    }
    let ranges = binary.u16_at(378)?;
    if !(1..=MOST_RANGES).contains(&ranges) {
        return Err(binary.error(378, format!("{ranges} ranges measured"), format!("1 to {MOST_RANGES}")).into());
    }
    let mut warnings = Vec::new();
    if mark[7] != NEWEST {
        warnings.push("versions before 1.06 are read by their description alone; compare with another program".into());
    }
    let file = File::read(&binary, mark[7], &mut warnings)?;
    if let Some(axis) = &file.other_axis {
        return Err(binary.error(360, axis, "a scan of 2θ").into());
    }
    let at = |i: usize| binary.u16_at(480 + 2 * i).map(|record| (480 + 2 * i, usize::from(record)));
    let mut scans = Vec::new();
    for i in 0..usize::from(ranges) {
        let (place, record) = at(i)?;
        if record < 2 {
            return Err(binary.error(place, format!("a range in record {record}"), "2 or more").into());
        }
        scans.push(range(content, &binary, &file, (record - 1) * RECORD_BYTES, warnings.clone())?);
    }
    Ok(scans)
}

/// What holds for every range.
struct File {
    version: u8,
    radiation: Option<Radiation>,
    other_axis: Option<String>,
    point_detector: bool,
    calculated: bool,
    history: u16,
    title: Option<String>,
    radius_mm: Option<f64>,
    metadata: Vec<(String, String)>,
}

impl File {
    fn read(binary: &Binary<'_>, version: u8, warnings: &mut Vec<String>) -> Result<Self, FileError> {
        let mut metadata = Vec::new();
        for (name, at, length) in [("program", 8, 8), ("date", 16, 16), (Scan::COMMENT, 112, 192)] {
            keep(&mut metadata, name, text(binary, at, length)?);
        }
        for (name, at) in [("tension (kV)", 318), ("current (mA)", 320)] {
            keep_positive(&mut metadata, name, f32::from(binary.u16_at(at)?));
        }
        match binary.u16_at(358)? {
            1 => warnings
                .push("measured in transmission: corrections for a flat reflecting specimen do not apply".into()),
            3 => {
                warnings.push("measured on a capillary: corrections for a flat reflecting specimen do not apply".into())
            }
            _ => {}
        }
        let other_axis = match binary.u16_at(360)? {
            1 | 3 => None,
            2 => Some("an ω scan".to_string()),
            other => {
                warnings.push(format!("kind of scan {other}: 2θ and ω move each on its own, or it is not known"));
                None
            }
        };
        Ok(Self {
            version,
            radiation: radiation(binary, warnings)?,
            other_axis,
            point_detector: binary.u16_at(312)? == SCINTILLATION_COUNTER,
            calculated: binary.u16_at(470)? == CALCULATED,
            history: binary.u16_at(472)?,
            title: Some(text(binary, 32, 80)?).filter(|title| !title.is_empty()),
            radius_mm: positive(f64::from(binary.u16_at(316)?)),
            metadata,
        })
    }
}

fn radiation(binary: &Binary<'_>, warnings: &mut Vec<String>) -> Result<Option<Radiation>, FileError> {
    let single = |at: usize| binary.f32_at(at).map(shortest_f64);
    let anode = ANODES.get(usize::from(binary.u16_at(310)?)).copied().flatten();
    let monochromator = binary.u16_at(308)? % MOTORISED;
    let perfect = PERFECT_CRYSTALS.contains(&monochromator);
    let ratio = if perfect { 0.0 } else { Radiation::K_ALPHA_RATIO };
    let Some(mut radiation) = doublet(anode, single(322)?, single(326)?, ratio) else { return Ok(None) };
    if perfect {
        warnings.push("monochromator of a perfect crystal in the incident beam: Kα1 alone is taken to pass".into());
    }
    if radiation.lines.len() == 2 {
        warnings.push(format!("the file states no Kα2/Kα1 ratio; {ratio} assumed"));
        if anode.is_none() {
            warnings.push("the anode is none of those known; its two wavelengths are taken as Kα1 and Kα2".into());
        }
    }
    if monochromator != 0 {
        // Bragg's law: sin θ = λ·d*/2.
        let sine = 0.5 * radiation.reference_wavelength_angstrom() * single(330)?;
        match positive(sine).filter(|sine| *sine < 1.0) {
            Some(sine) => radiation.monochromator_two_theta_deg = 2.0 * sine.asin().to_degrees(),
            None => warnings.push("a monochromator of unknown Bragg angle: no polarisation taken".into()),
        }
    }
    Ok(Some(radiation))
}

fn range(content: &Content, binary: &Binary<'_>, file: &File, at: usize, mut warnings: Vec<String>) -> Result<Scan> {
    let points = usize::from(binary.u16_at(at + 34)?);
    if points < 2 {
        return Err(binary.error(at + 34, format!("a range of {points} points"), "2 or more").into());
    }
    let stride = match binary.u16_at(at + 38)? {
        0 => 4,
        1 => 2,
        other => {
            return Err(binary.error(at + 38, format!("counts of kind {other}"), "0 (32 bit) or 1 (16 bit)").into());
        }
    };
    let first = at + RECORD_BYTES;
    binary.slice(first, points * stride)?;
    let stored = |i: usize| match stride {
        2 => binary.i16_at(first + 2 * i).map(f64::from),
        _ => binary.i32_at(first + 4 * i).map(f64::from),
    };
    let stored = (0..points).map(stored).collect::<Result<Vec<f64>, _>>()?;
    check_extremes(binary, at, &stored, &mut warnings)?;
    let single = |offset: usize| binary.f32_at(at + offset).map(shortest_f64);
    let (start_deg, end_deg, step_deg) = (single(44)?, single(52)?, single(60)?);
    let reached_deg = start_deg + step_deg * (points - 1) as f64;
    if (reached_deg - end_deg).abs() > 0.5 * step_deg.abs() {
        warnings.push(format!("the range ends at {reached_deg:.4}°, where {end_deg}° was planned"));
    }
    let place = |i: usize| Location::Byte((first + stride * i) as u64);
    let data = Points {
        content,
        two_theta_deg: (0..points).map(|i| start_deg + step_deg * i as f64).collect(),
        intensities: intensities(stored, file, single(40)?, binary.u16_at(at + 118)?, &mut warnings),
        axis_place: &place,
        intensity_place: &place,
    };
    let (data, unit) = data.with_unit(&mut warnings)?;
    let mut metadata = file.metadata.clone();
    for (name, offset) in [("started", 0), ("ended", 16)] {
        keep(&mut metadata, name, text(binary, at + offset, 16)?);
    }
    let time = positive(single(68)?);
    if !file.point_detector {
        keep(&mut metadata, "time of each position of the detector (s)", time.map_or(String::new(), |t| t.to_string()));
    }
    for (name, offset) in [("temperature", 84), ("divergence slit", 100), ("receiving slit", 108)] {
        keep_positive(&mut metadata, name, binary.f32_at(at + offset)?);
    }
    Ok(Scan {
        data,
        unit,
        radiation: file.radiation.clone(),
        counting_time_s: time.filter(|_| file.point_detector),
        goniometer_radius_mm: file.radius_mm,
        optics: Optics::default(),
        title: file.title.clone(),
        metadata,
        input: content.input(FORMAT.name, warnings),
    })
}

/// What the header says of the smallest and the largest count.
fn check_extremes(binary: &Binary<'_>, at: usize, stored: &[f64], warnings: &mut Vec<String>) -> Result<(), FileError> {
    let stated = [binary.i32_at(at + 120)?, binary.i32_at(at + 124)?].map(f64::from);
    let found = [f64::INFINITY, f64::NEG_INFINITY];
    let found = stored.iter().fold(found, |[low, high], n| [low.min(*n), high.max(*n)]);
    if stated[1] != 0.0 && stated != found {
        warnings.push(format!(
            "the header states counts from {} to {}, and they go from {} to {}; check the scan",
            stated[0], stated[1], found[0], found[1]
        ));
    }
    Ok(())
}

/// Counts; what was done to them, by the history, makes their statistics an assumption.
fn intensities(stored: Vec<f64>, file: &File, factor: f64, history: u16, warnings: &mut Vec<String>) -> Intensities {
    let scaled = file.version >= WITH_FACTOR && factor > 1.0;
    let values = if scaled { stored.iter().map(|n| n / factor).collect() } else { stored };
    // Bits 0 to 3 stand for the file, the others for the range.
    let history = (file.history & 0xF) | (history & !0xF);
    let done = |list: &[(u32, &str)]| {
        let words: Vec<&str> =
            list.iter().filter(|(bit, _)| (history >> bit) & 1 == 1).map(|(_, word)| *word).collect();
        words.join(", ")
    };
    if !done(&MOVED).is_empty() {
        warnings.push(format!("the 2θ axis was {} after the measurement", done(&MOVED)));
    }
    let mut changes = done(&CHANGED);
    if file.calculated {
        changes = "calculated, not measured".into();
    }
    if changes.is_empty() {
        return Intensities::Unstated { values };
    }
    warnings.push(format!("the intensities were {changes}: σ = √I is an assumption"));
    Intensities::Treated { values }
}

#[cfg(test)]
mod tests {
    use doublet_common::SigmaSource;

    use super::*;
    use crate::formats::read_bytes;

    fn put(bytes: &mut [u8], at: usize, value: &[u8]) {
        bytes[at..at + value.len()].copy_from_slice(value);
    }

    /// A file whose ranges hold three 32-bit counts each, from 10° and 20° on in steps of 0.5°.
    fn file(ranges: u16) -> Vec<u8> {
        let mut bytes = vec![0; RECORD_BYTES * (4 + 2 * usize::from(ranges))];
        put(&mut bytes, 0, b"RAW_1.06Powdat");
        put(&mut bytes, 32, b"silicon");
        for (at, value) in [(310, 3u16), (312, 1), (316, 130), (318, 40), (358, 2), (360, 3), (378, ranges), (470, 1)] {
            put(&mut bytes, at, &value.to_le_bytes());
        }
        for (at, value) in [(322, 1.5406f32), (326, 1.54439)] {
            put(&mut bytes, at, &value.to_le_bytes());
        }
        for i in 0..usize::from(ranges) {
            let record = 5 + 2 * i;
            put(&mut bytes, 480 + 2 * i, &(record as u16).to_le_bytes());
            let at = (record - 1) * RECORD_BYTES;
            let start = 10.0 * (i + 1) as f32;
            put(&mut bytes, at + 34, &3u16.to_le_bytes());
            for (offset, value) in
                [(44, start), (48, start / 2.0), (52, start + 1.0), (60, 0.5), (64, 0.25), (68, 30.0)]
            {
                put(&mut bytes, at + offset, &value.to_le_bytes());
            }
            for (offset, value) in [(120, 100i32), (124, 70_000), (512, 100), (516, 70_000), (520, 144)] {
                put(&mut bytes, at + offset, &value.to_le_bytes());
            }
        }
        bytes
    }

    fn warned(scan: &Scan, part: &str) -> bool {
        scan.input.reader_warnings.iter().any(|warning| warning.contains(part))
    }

    /// Truth: the layout as described.
    #[test]
    fn ranges_header_and_counts() {
        let scans = read_bytes("a.raw", file(2)).unwrap();
        assert_eq!(scans.len(), 2);
        assert_eq!(scans[1].two_theta_deg(), [20.0, 20.5, 21.0]);
        let scan = &scans[0];
        assert_eq!((scan.intensity(), scan.sigma()[2]), (&[100.0, 70_000.0, 144.0][..], 12.0));
        assert_eq!((scan.counting_time_s, scan.goniometer_radius_mm), (Some(30.0), Some(130.0)));
        let radiation = scan.radiation.as_ref().unwrap();
        assert_eq!((radiation.anode, radiation.lines[1].wavelength_angstrom), (Some(Anode::Cu), 1.54439));
        assert_eq!(scan.title.as_deref(), Some("silicon"));
        assert_eq!(scan.input.reader_warnings.len(), 1, "{:?}", scan.input.reader_warnings);
        assert!(warned(scan, "ratio"));
    }

    #[test]
    fn short_counts_factors_and_the_time_of_a_linear_detector() {
        let mut bytes = file(1);
        put(&mut bytes, 7, b"5");
        put(&mut bytes, 310, &7u16.to_le_bytes());
        put(&mut bytes, 312, &3u16.to_le_bytes());
        put(&mut bytes, 2048 + 38, &1u16.to_le_bytes());
        put(&mut bytes, 2048 + 40, &10f32.to_le_bytes());
        put(&mut bytes, 2048 + 120, &[100u32, 0].map(u32::to_le_bytes).concat());
        put(&mut bytes, 2560, &[1000i16, 250, 40].map(i16::to_le_bytes).concat());
        let scan = read_bytes("a.raw", bytes).unwrap().remove(0);
        assert_eq!((scan.intensity(), scan.counting_time_s), (&[100.0, 25.0, 4.0][..], None));
        assert!(warned(&scan, "1.06") && warned(&scan, "none of those known"));
        assert!(scan.metadata.iter().any(|(_, value)| value == "30"));
    }

    #[test]
    fn what_was_done_to_intensities_is_said() {
        let mut bytes = file(1);
        put(&mut bytes, 2048 + 118, &(1u16 << 5 | 1 << 7).to_le_bytes());
        put(&mut bytes, 2048 + 52, &30f32.to_le_bytes());
        put(&mut bytes, 2048 + 124, &9i32.to_le_bytes());
        put(&mut bytes, 308, &102u16.to_le_bytes());
        put(&mut bytes, 330, &0.3061f32.to_le_bytes());
        put(&mut bytes, 358, &1u16.to_le_bytes());
        let scan = read_bytes("a.raw", bytes).unwrap().remove(0);
        assert_eq!(scan.data.sigma_source(), SigmaSource::AssumedCounts);
        for part in ["smoothed, stripped of Kα2", "30° was planned", "from 100 to 9", "transmission", "Kα1 alone"] {
            assert!(warned(&scan, part), "{part}: {:?}", scan.input.reader_warnings);
        }
        // Ge(111) and Cu Kα1: 2θ = 27.28°.
        let radiation = scan.radiation.unwrap();
        assert!((radiation.monochromator_two_theta_deg - 27.28).abs() < 0.01, "{radiation:?}");
        assert_eq!(radiation.lines.len(), 1);
    }

    #[test]
    fn faults_name_the_byte() {
        let whole = file(2);
        // The last record need not be full.
        for length in (8..whole.len() - RECORD_BYTES + 12).step_by(37) {
            let Err(error) = read_bytes("cut.raw", whole[..length].to_vec()) else { panic!("{length} bytes") };
            assert!(error.to_string().contains("cut.raw, byte"), "{error}");
        }
        let with = |at: usize, value: &[u8]| {
            let mut bytes = whole.clone();
            put(&mut bytes, at, value);
            read_bytes("a.raw", bytes).unwrap_err().to_string()
        };
        for (at, value, part) in [
            (7, &b"7"[..], "byte 0: found RAW_1.07"),
            (378, &[0, 0][..], "byte 378: found 0 ranges"),
            (378, &[255, 255][..], "byte 378: found 65535 ranges"),
            (360, &[2, 0][..], "byte 360: found an ω scan"),
            (480, &[1, 0][..], "byte 480: found a range in record 1"),
            (482, &[255, 255][..], "expected 2 more bytes"),
            (2048 + 34, &[1, 0][..], "byte 2082: found a range of 1 points"),
            (2048 + 34, &[255, 255][..], "byte 2560: found the end"),
            (2048 + 38, &[9, 0][..], "byte 2086: found counts of kind 9"),
            (2048 + 44, &f32::NAN.to_le_bytes()[..], "byte 2560: found 2θ = NaN"),
            (2048 + 60, &[0; 4][..], "byte 2564: found 2θ = 10 after 10"),
            (2560, &[255; 4][..], "byte 2560: found intensity -1"),
        ] {
            let message = with(at, value);
            assert!(message.contains(part), "{part}: {message}");
        }
    }
}
