//! Igor binary waves (version 5, little-endian) as Scienta's SES writes them: a header of 64 bytes, one of 320, the values, and a
//! note of `name=value` lines under `[SES]`, which are those of the text files.
//!
//! Layout: WaveMetrics, Technical Note 003. The first dimension is the energy, `start + i·step`; slices of the detector in a second one
//! are added up, which the warnings say. What the energies are stands in the note as `Energy Scale`.

use doublet_common::binary::{Binary, shortest_f64};
use doublet_common::container::Content;
use doublet_common::error::FileError;
use doublet_common::format::Confidence;

use super::columns::energy_scale;
use super::scienta_text::settings;
use crate::error::Result;
use crate::region::{IntensityUnit, RawSpectrum};

/// Short name of the format.
pub const NAME: &str = "scienta-ibw";

/// Version in the first word.
const VERSION: i16 = 5;
/// Where the wave's own header and its values begin.
const WAVE: usize = 64;
const VALUES: usize = WAVE + 320;
/// Places in the wave's header.
const POINTS: usize = WAVE + 12;
const TYPE: usize = WAVE + 16;
const LABEL: usize = WAVE + 28;
const LABEL_LENGTH: usize = 32;
const DIMENSIONS: usize = WAVE + 68;
const STEP: usize = WAVE + 84;
const START: usize = WAVE + 116;
/// Types of the values.
const SINGLE: i16 = 2;
const DOUBLE: i16 = 4;
/// Most points of a wave.
const MAX_POINTS: usize = 50_000_000;
/// First line of the note.
const MARK: &[u8] = b"[SES]";

/// Looks for the version, and for the note of SES.
pub fn sniff(content: &Content) -> Confidence {
    let bytes = content.bytes();
    let version = bytes.starts_with(&VERSION.to_le_bytes());
    let found = version && bytes.len() > VALUES && bytes.windows(MARK.len()).any(|window| window == MARK);
    if found { Confidence::Certain } else { Confidence::No }
}

/// Reads the wave as one spectrum.
///
/// # Errors
/// Values of another type than real singles or doubles, numbers of points that contradict each other, a cut file: with the byte.
pub fn read(content: &Content) -> Result<Vec<RawSpectrum>> {
    let binary = Binary::file(content.shown_name(), content.bytes());
    let points = size(&binary, DIMENSIONS)?;
    let slices = size(&binary, DIMENSIONS + 4)?.max(1);
    let stated = size(&binary, POINTS)?;
    if points < 2 || points.checked_mul(slices) != Some(stated) || size(&binary, DIMENSIONS + 8)? > 0 {
        let found = format!("{stated} points in dimensions of {points} and {slices}");
        return Err(binary.error(POINTS, found, "points of one dimension, or of two whose product they are").into());
    }
    let values = values(&binary, stated)?;
    let mut intensities = vec![0.0; points];
    for slice in values.chunks_exact(points) {
        intensities.iter_mut().zip(slice).for_each(|(sum, value)| *sum += value);
    }
    let (start, step) = (binary.f64_at(START)?, binary.f64_at(STEP)?);
    let energies = (0..points).map(|i| start + i as f64 * step).collect();
    let entries = note(&binary)?;
    let value = |name: &str| entries.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str());
    let name: String =
        binary.slice(LABEL, LABEL_LENGTH)?.iter().take_while(|b| **b != 0).map(|b| char::from(*b)).collect();
    let label = value("Region Name").map_or_else(|| name.clone(), str::to_owned);
    let scale = value("Energy Scale").and_then(energy_scale);
    let mut raw = RawSpectrum::new(label, energies, scale, intensities, IntensityUnit::Arbitrary);
    raw.place = binary.place(VALUES);
    raw.block = name;
    settings(&entries, &mut raw);
    if slices > 1 {
        raw.warnings.push(format!("{slices} slices of the detector are added up"));
    }
    Ok(vec![raw])
}

fn size(binary: &Binary<'_>, at: usize) -> std::result::Result<usize, FileError> {
    let value = binary.i32_at(at)?;
    usize::try_from(value)
        .ok()
        .filter(|n| *n <= MAX_POINTS)
        .ok_or_else(|| binary.error(at, format!("{value} points"), format!("0 to {MAX_POINTS}")))
}

fn values(binary: &Binary<'_>, count: usize) -> std::result::Result<Vec<f64>, FileError> {
    match binary.i16_at(TYPE)? {
        SINGLE => Ok(binary.f32s_at(VALUES, count)?.into_iter().map(shortest_f64).collect()),
        DOUBLE => binary.f64s_at(VALUES, count),
        other => Err(binary.error(TYPE, format!("type {other}"), "2 (singles) or 4 (doubles)")),
    }
}

/// Lines of the note, which stands behind values and formula.
fn note(binary: &Binary<'_>) -> std::result::Result<Vec<(String, String)>, FileError> {
    let (wave, formula, length) = (size(binary, 4)?, size(binary, 8)?, size(binary, 12)?);
    let text: String = binary.slice(WAVE + wave + formula, length)?.iter().map(|b| char::from(*b)).collect();
    let lines = text.split(['\r', '\n']).filter_map(|line| line.split_once('='));
    Ok(lines.map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned())).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::read_content;
    use crate::region::{EnergyScale, ReadOptions, Region};

    /// Two slices of three points.
    fn file() -> Vec<u8> {
        let note = b"[SES]\rRegion Name=Ag3d\rPass Energy=50\rExcitation Energy=520\rEnergy Scale=Kinetic\r";
        let mut bytes = vec![0_u8; VALUES];
        let mut put = |at: usize, value: &[u8]| bytes[at..at + value.len()].copy_from_slice(value);
        put(0, &VERSION.to_le_bytes());
        put(4, &(320_i32 + 24).to_le_bytes());
        put(12, &(note.len() as i32).to_le_bytes());
        put(POINTS, &6_i32.to_le_bytes());
        put(TYPE, &SINGLE.to_le_bytes());
        put(LABEL, b"Ag__001");
        put(DIMENSIONS, &3_i32.to_le_bytes());
        put(DIMENSIONS + 4, &2_i32.to_le_bytes());
        put(STEP, &0.5_f64.to_le_bytes());
        put(START, &150.0_f64.to_le_bytes());
        bytes.extend([1.0_f32, 2.0, 3.0, 10.0, 20.0, 30.0].iter().flat_map(|v| v.to_le_bytes()));
        bytes.extend(note);
        bytes
    }

    fn read_bytes(bytes: Vec<u8>) -> std::result::Result<Vec<Region>, String> {
        let content = Content::from_bytes("a.ibw", bytes).unwrap();
        read_content(&content, &ReadOptions::default()).map_err(|error| error.to_string())
    }

    #[test]
    fn a_wave_becomes_a_region() {
        // Truth: the numbers that were written; BE = 520 − KE.
        let region = &read_bytes(file()).unwrap()[0];
        assert_eq!((region.energy_scale, region.core_level.as_deref()), (EnergyScale::Binding, Some("Ag 3d")));
        assert_eq!(region.energy_ev(), [369.0, 369.5, 370.0]);
        assert_eq!(region.intensity(), [33.0, 22.0, 11.0]);
        assert_eq!((region.pass_energy_ev, region.block.as_str()), (Some(50.0), "Ag__001"));
        assert!(region.input.reader_warnings.iter().any(|w| w.contains("2 slices")));
    }

    #[test]
    fn damage_is_refused_with_its_byte() {
        let fails = |at: usize, value: &[u8], part: &str| {
            let mut bytes = file();
            bytes[at..at + value.len()].copy_from_slice(value);
            let error = read_bytes(bytes).unwrap_err();
            assert!(error.contains("a.ibw, byte") && error.contains(part), "{error}");
        };
        fails(POINTS, &7_i32.to_le_bytes(), "7 points");
        fails(POINTS, &(-1_i32).to_le_bytes(), "-1 points");
        fails(TYPE, &8_i16.to_le_bytes(), "type 8");
        fails(4, &40_000_i32.to_le_bytes(), "more bytes");
        fails(DIMENSIONS, &[3, 0, 0, 0, 2, 0, 0, 0, 1], "dimensions");
    }
}
