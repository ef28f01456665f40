//! Spectra (`.spe`) and depth profiles (`.pro`) of Physical Electronics' SmartSoft: a text header from `SOFH` to `EOFH`, then binary.
//!
//! The header defines regions: `SpectralRegDef: number number name Z points step start end … … seconds pass-energy …`, on the
//! binding-energy scale. The binary part opens with four words (the second is the number of data sets, the third the length
//! of their headers), then one header of 24 words for each set: word 3 is the number of its region (0: no spectrum), 5 its
//! points, 6 its cycles, 19 and 20 length and place of its values, single-precision counts per second. The layout was
//! established on files of VersaProbe 4, SmartSoft 3.3.3; times the seconds of the definition the values are whole numbers, so that
//! those are the seconds for which each channel was counted in all.

use doublet_common::binary::{Binary, shortest_f64};
use doublet_common::container::Content;
use doublet_common::error::{FileError, Location};
use doublet_common::format::Confidence;

use crate::error::Result;
use crate::region::{EnergyScale, IntensityUnit, Photons, RawSpectrum, StatedBy};

/// Short name of the format.
pub const NAME: &str = "phi";

/// First and last line of the header.
const FIRST: &[u8] = b"SOFH";
const LAST: &[u8] = b"EOFH";
/// Bytes in which the header must end.
const MAX_HEADER: usize = 1 << 20;
/// Words before the headers of the data sets, and in each of those.
const OPENING_WORDS: usize = 4;
const SET_WORDS: usize = 24;
/// Most data sets, and most spectra, in one file.
const MAX_SETS: usize = 4_096;
const MAX_SPECTRA: usize = 65_536;
/// Most points of a spectrum.
const MAX_POINTS: usize = 10_000_000;

/// Looks for the first line.
pub fn sniff(content: &Content) -> Confidence {
    if content.bytes().starts_with(FIRST) { Confidence::Certain } else { Confidence::No }
}

/// `name: value` lines of the header.
struct Header {
    entries: Vec<(String, String)>,
    /// First byte of the binary part.
    end: usize,
}

/// One `SpectralRegDef`.
struct Definition {
    number: usize,
    name: String,
    points: usize,
    step_ev: f64,
    start_ev: f64,
    seconds: f64,
    pass_energy_ev: f64,
}

/// One data set.
struct Set {
    region: usize,
    points: usize,
    cycles: usize,
    bytes: usize,
    place: usize,
    /// Where its header stands.
    header: usize,
}

/// Reads every spectrum: one for each region, or one for each region and cycle of a profile.
///
/// # Errors
/// A header without end or regions, a data set that its header or the definition of its region contradicts: with the byte.
pub fn read(content: &Content) -> Result<Vec<RawSpectrum>> {
    let header = header(content)?;
    let definitions = definitions(content, &header)?;
    let binary = Binary::file(content.shown_name(), content.bytes());
    let mut spectra = Vec::new();
    for set in sets(&binary, header.end)? {
        let Some(definition) = definitions.iter().find(|d| d.number == set.region) else { continue };
        let values = values(&binary, header.end, &set, definition)?;
        for (cycle, counts) in values.chunks_exact(set.points).enumerate() {
            if spectra.len() == MAX_SPECTRA {
                let expected = format!("at most {MAX_SPECTRA}");
                return Err(binary.error(set.header, "another spectrum", expected).into());
            }
            spectra.push(spectrum(&header, definition, set.cycles, cycle, counts, set.place + header.end));
        }
    }
    if spectra.is_empty() {
        return Err(binary.error(header.end, "no data set of a region", "the values of at least one spectrum").into());
    }
    Ok(spectra)
}

fn header(content: &Content) -> std::result::Result<Header, FileError> {
    let bytes = content.bytes();
    let head = &bytes[..bytes.len().min(MAX_HEADER)];
    let Some(at) = head.windows(LAST.len()).position(|window| window == LAST) else {
        return Err(content.error(Location::Byte(head.len() as u64), "no EOFH", "the end of the header"));
    };
    // The line ends with a line feed, the binary part begins behind it.
    let end = at + head[at..].iter().position(|b| *b == b'\n').map_or(LAST.len(), |n| n + 1);
    let text: String = bytes[..at].iter().map(|b| char::from(*b)).collect();
    let entries = text
        .lines()
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned()))
        .collect();
    Ok(Header { entries, end })
}

impl Header {
    fn value(&self, name: &str) -> Option<&str> {
        self.entries.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str()).filter(|v| !v.is_empty())
    }
}

fn definitions(content: &Content, header: &Header) -> std::result::Result<Vec<Definition>, FileError> {
    let found = header.entries.iter().filter(|(name, _)| name == "SpectralRegDef");
    found
        .map(|(_, text)| {
            definition(text).ok_or_else(|| {
                let expected = "number, number, name, Z, points, step, start, end, two more, seconds, pass energy";
                content.error(Location::Part("header".into()), format!("SpectralRegDef: {text}"), expected)
            })
        })
        .collect()
}

fn definition(text: &str) -> Option<Definition> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let number = |i: usize| words.get(i)?.parse::<f64>().ok().filter(|n| n.is_finite());
    let definition = Definition {
        number: words.first()?.parse().ok()?,
        name: (*words.get(2)?).to_owned(),
        points: words.get(4)?.parse().ok()?,
        step_ev: number(5)?,
        start_ev: number(6)?,
        seconds: number(10)?,
        pass_energy_ev: number(11)?,
    };
    (definition.step_ev != 0.0 && (2..=MAX_POINTS).contains(&definition.points)).then_some(definition)
}

fn sets(binary: &Binary<'_>, start: usize) -> std::result::Result<Vec<Set>, FileError> {
    let count = binary.u32_at(start + 4)? as usize;
    if !(1..=MAX_SETS).contains(&count) {
        return Err(binary.error(start + 4, format!("{count} data sets"), format!("1 to {MAX_SETS}")));
    }
    (0..count)
        .map(|i| {
            let header = start + 4 * (OPENING_WORDS + i * SET_WORDS);
            let word = |index: usize| binary.u32_at(header + 4 * index).map(|value| value as usize);
            Ok(Set { region: word(3)?, points: word(5)?, cycles: word(6)?, bytes: word(19)?, place: word(20)?, header })
        })
        .collect()
}

fn values(
    binary: &Binary<'_>,
    start: usize,
    set: &Set,
    definition: &Definition,
) -> std::result::Result<Vec<f64>, FileError> {
    if set.points != definition.points {
        let expected = format!("{}, as SpectralRegDef of {} says", definition.points, definition.name);
        return Err(binary.error(set.header + 20, format!("{} points", set.points), expected));
    }
    let count = set.points.checked_mul(set.cycles).filter(|n| n.checked_mul(4) == Some(set.bytes));
    let Some(count) = count.filter(|n| *n > 0) else {
        let expected = format!("4 × {} points × {} cycles", set.points, set.cycles);
        return Err(binary.error(set.header + 76, format!("{} bytes", set.bytes), expected));
    };
    Ok(binary.f32s_at(start.saturating_add(set.place), count)?.into_iter().map(shortest_f64).collect())
}

fn spectrum(
    header: &Header,
    definition: &Definition,
    cycles: usize,
    cycle: usize,
    counts: &[f64],
    place: usize,
) -> RawSpectrum {
    let energies = (0..counts.len()).map(|i| definition.start_ev + i as f64 * definition.step_ev).collect();
    let unit = IntensityUnit::CountsPerSecond;
    let mut raw =
        RawSpectrum::new(definition.name.clone(), energies, Some(EnergyScale::Binding), counts.to_vec(), unit);
    raw.place = Location::Byte(place as u64);
    raw.block = if cycles > 1 { format!("{}, cycle {}", definition.name, cycle + 1) } else { definition.name.clone() };
    raw.sample = header.value("FileDesc").map(str::to_owned);
    raw.technique = header.value("Technique").map(str::to_owned);
    raw.dwell_time_s = Some(definition.seconds).filter(|s| *s > 0.0);
    raw.scans = Some(1.0);
    raw.pass_energy_ev = Some(definition.pass_energy_ev).filter(|e| *e > 0.0);
    let first_number = |text: &str| text.split_whitespace().find_map(|word| word.parse::<f64>().ok());
    raw.work_function_ev = header.value("AnalyserWorkFcn").and_then(first_number);
    raw.photons = header.value("XraySource").and_then(|text| {
        let energy_ev = first_number(text).filter(|e| *e > 0.0 && e.is_finite())?;
        Some(Photons { energy_ev, label: Some(text.to_owned()), stated_by: StatedBy::File })
    });
    if cycles > 1 {
        raw.metadata.push(("cycle".into(), (cycle + 1).to_string()));
    }
    raw.metadata.extend(header.entries.iter().cloned());
    raw
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::read_content;
    use crate::region::{ReadOptions, Region};

    /// Two cycles of three points, and a data set that is no spectrum.
    fn file() -> Vec<u8> {
        let mut bytes = b"SOFH\r\nTechnique: XPS\r\nFileDesc: (1, a)\r\nAnalyserWorkFcn: 4.506 eV\r\n\
            SpectralRegDef: 1 1 C1s 6 3 -0.2000 285.0000 284.6000 0 0 0.500000 55.00 AREA\r\n\
            XraySource: Al 1486.6 mono\r\nEOFH\r\n"
            .to_vec();
        let mut words = vec![1_u32, 2, 192, 16];
        let set = |region: u32, points: u32, cycles: u32, place: u32| {
            let mut set = vec![0_u32; SET_WORDS];
            (set[3], set[5], set[6], set[19], set[20]) = (region, points, cycles, 4 * points * cycles, place);
            set
        };
        words.extend(set(1, 3, 2, 208));
        words.extend(set(0, 1, 1, 232));
        bytes.extend(words.iter().flat_map(|w| w.to_le_bytes()));
        bytes.extend([10.0_f32, 30.0, 20.0, 4.0, 6.0, 8.0, 1.0].iter().flat_map(|v| v.to_le_bytes()));
        bytes
    }

    fn read_bytes(bytes: Vec<u8>) -> std::result::Result<Vec<Region>, String> {
        let content = Content::from_bytes("a.pro", bytes).unwrap();
        read_content(&content, &ReadOptions::default()).map_err(|error| error.to_string())
    }

    #[test]
    fn cycles_become_regions() {
        // Truth: the numbers that were written; counts = cps × 0.5 s.
        let regions = read_bytes(file()).unwrap();
        assert_eq!(regions.len(), 2);
        let first = &regions[0];
        for (energy, expected) in first.energy_ev().iter().zip([284.6, 284.8, 285.0]) {
            assert!((energy - expected).abs() < 1e-9);
        }
        assert_eq!((first.intensity(), first.unit), (&[10.0, 15.0, 5.0][..], IntensityUnit::Counts));
        assert_eq!((first.core_level.as_deref(), first.pass_energy_ev), (Some("C 1s"), Some(55.0)));
        assert_eq!(first.photons.as_ref().unwrap().energy_ev, 1486.6);
        assert!(regions[1].block.ends_with("cycle 2") && regions[1].intensity() == [4.0, 3.0, 2.0]);
    }

    #[test]
    fn damage_is_refused_with_its_byte() {
        let end = file().windows(4).position(|w| w == LAST).unwrap() + 6;
        let fails = |change: &dyn Fn(&mut Vec<u8>), part: &str| {
            let mut bytes = file();
            change(&mut bytes);
            let error = read_bytes(bytes).unwrap_err();
            assert!(error.contains("a.pro") && error.contains(part), "{error}");
        };
        let put = |at: usize, value: u32| move |b: &mut Vec<u8>| b[at..at + 4].copy_from_slice(&value.to_le_bytes());
        fails(&put(end + 4, u32::MAX), &format!("byte {}", end + 4));
        fails(&put(end + 16 + 20, 4), "4 points");
        fails(&put(end + 16 + 76, 20), "20 bytes");
        fails(&put(end + 16 + 80, u32::MAX), "byte");
        fails(&|b| b.truncate(end + 100), "byte");
        fails(&|b| b.truncate(20), "EOFH");
    }
}
