//! Text files of Scienta's SES: sections `[Region n]`, `[Info n]` with `name=value` lines, `[Data n]` with rows of an energy and
//! one intensity for each slice of the detector.
//!
//! The file does not say what its intensities count (`DetectorMode=ADC` is a voltage), so that their unit stays arbitrary.
//! Slices are added up, which the warnings say: the energy spectrum is their sum.

use doublet_common::container::Content;
use doublet_common::error::{FileError, Location};
use doublet_common::format::Confidence;
use doublet_common::text::number::{DecimalMark, parse_number};
use doublet_common::text::{Line, lines};

use super::columns::energy_scale;
use crate::error::Result;
use crate::region::{IntensityUnit, Photons, RawSpectrum, StatedBy};

/// Short name of the format.
pub const NAME: &str = "scienta-text";

/// Characters in which the marks of the format must appear.
const SNIFFED_CHARS: usize = 500;
/// Most spectra in one file.
const MAX_SPECTRA: usize = 65_536;

/// Looks for the first sections.
pub fn sniff(content: &Content) -> Confidence {
    let Ok(text) = content.text() else { return Confidence::No };
    let head: String = text.content.chars().take(SNIFFED_CHARS).collect();
    let marks = ["[Info]", "Number of Regions=", "[Region 1]"];
    if marks.iter().all(|mark| head.contains(mark)) { Confidence::Certain } else { Confidence::No }
}

/// `name=value` lines of the sections of one region.
#[derive(Default)]
struct Part {
    number: String,
    line: usize,
    entries: Vec<(String, String)>,
    rows: Vec<(f64, f64)>,
    slices: usize,
}

impl Part {
    fn value(&self, name: &str) -> Option<&str> {
        self.entries.iter().find(|(own, _)| own.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
}

/// Reads every `[Data]` section.
///
/// # Errors
/// A row that is no energy with intensities, a number of rows that `Dimension 1 size` contradicts, no data: with line.
pub fn read(content: &Content) -> Result<Vec<RawSpectrum>> {
    let text = content.text()?;
    let parts = parse(content, &text.content)?;
    if parts.is_empty() {
        return Err(content.error(Location::Whole, "no [Data] section", "the rows of at least one spectrum").into());
    }
    Ok(parts.iter().map(|part| spectrum(content, part)).collect::<std::result::Result<Vec<_>, FileError>>()?)
}

fn parse(content: &Content, text: &str) -> std::result::Result<Vec<Part>, FileError> {
    let mut headers: Vec<Part> = Vec::new();
    let mut spectra: Vec<Part> = Vec::new();
    let mut data = false;
    for line in lines(text) {
        let trimmed = line.text.trim();
        if trimmed.is_empty() {
            continue;
        }
        if let Some(name) = trimmed.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            let (kind, number) = name.rsplit_once(' ').unwrap_or((name, ""));
            // `[Data 1:2]` is the second spectrum of region 1.
            let number = number.split(':').next().unwrap_or(number);
            data = kind == "Data";
            if data {
                if spectra.len() == MAX_SPECTRA {
                    let expected = format!("at most {MAX_SPECTRA} spectra");
                    return Err(content.error(Location::Line(line.number), "another [Data] section", expected));
                }
                let entries = headers.iter().filter(|h| h.number == number).flat_map(|h| h.entries.clone()).collect();
                spectra.push(Part { number: number.into(), line: line.number, entries, ..Part::default() });
            } else {
                headers.push(Part { number: number.into(), line: line.number, ..Part::default() });
            }
        } else if data {
            if let Some(part) = spectra.last_mut() {
                row(content, line, part)?;
            }
        } else if let (Some((name, value)), Some(header)) = (trimmed.split_once('='), headers.last_mut()) {
            header.entries.push((name.trim().to_owned(), value.trim().to_owned()));
        }
    }
    Ok(spectra)
}

fn row(content: &Content, line: Line<'_>, part: &mut Part) -> std::result::Result<(), FileError> {
    let refuse =
        |found: String| Err(content.error(Location::Line(line.number), found, "an energy and its intensities"));
    let mut energy = None;
    let (mut sum, mut count) = (0.0, 0);
    for token in line.text.split_whitespace() {
        let Ok(value) = parse_number(token, DecimalMark::Point) else { return refuse(format!("\"{token}\"")) };
        if energy.is_none() {
            energy = Some(value);
        } else {
            sum += value;
            count += 1;
        }
    }
    match energy {
        Some(energy) if count > 0 && (part.slices == 0 || part.slices == count) => {
            part.slices = count;
            part.rows.push((energy, sum));
            Ok(())
        }
        _ => refuse(format!("{count} intensities where rows before have {}", part.slices)),
    }
}

fn spectrum(content: &Content, part: &Part) -> std::result::Result<RawSpectrum, FileError> {
    let stated = part.value("Dimension 1 size").and_then(|n| n.parse::<usize>().ok());
    if let Some(size) = stated.filter(|size| *size != part.rows.len()) {
        let found = format!("{} rows in [Data {}]", part.rows.len(), part.number);
        return Err(content.error(Location::Line(part.line), found, format!("{size}, as Dimension 1 size says")));
    }
    let (energies, intensities) = part.rows.iter().copied().unzip();
    let label = part.value("Region Name").unwrap_or("region").to_owned();
    let scale = part.value("Dimension 1 name").and_then(energy_scale);
    let mut raw = RawSpectrum::new(label, energies, scale, intensities, IntensityUnit::Arbitrary);
    raw.place = Location::Line(part.line);
    raw.block = format!("region {}", part.number);
    settings(&part.entries, &mut raw);
    if part.slices > 1 {
        raw.warnings.push(format!("{} slices of the detector are added up", part.slices));
    }
    Ok(raw)
}

/// What the `name=value` lines of SES say of a spectrum, in its text and in its Igor files.
pub(super) fn settings(entries: &[(String, String)], raw: &mut RawSpectrum) {
    let value = |name: &str| entries.iter().find(|(own, _)| own.eq_ignore_ascii_case(name)).map(|(_, v)| v.as_str());
    let positive = |name: &str| value(name)?.trim().parse::<f64>().ok().filter(|v| v.is_finite() && *v > 0.0);
    raw.sample = value("Sample").map(str::to_owned).filter(|s| !s.is_empty());
    raw.pass_energy_ev = positive("Pass Energy");
    raw.scans = positive("Number of Sweeps");
    raw.dwell_time_s = positive("Step Time").map(|milliseconds| milliseconds / 1000.0);
    raw.photons =
        positive("Excitation Energy").map(|energy_ev| Photons { energy_ev, label: None, stated_by: StatedBy::File });
    let axis = |name: &str| name.starts_with("Dimension ") && name.ends_with(" scale");
    raw.metadata = entries.iter().filter(|(name, _)| !axis(name)).cloned().collect();
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::read_content;
    use crate::region::{EnergyScale, ReadOptions, Region};

    const FILE: &str = "[Info]\nNumber of Regions=0001\nVersion=1.3.1\n\n[Region 1]\nRegion Name=Ag3d\n\
        Dimension 1 name=Kinetic Energy [eV]\nDimension 1 size=3\nDimension 1 scale=1 2 3\n\n[Info 1]\nPass Energy=50\n\
        Number of Sweeps=2\nExcitation Energy=520\nStep Time=203\nSample=Ag\n\n[Data 1]\n 1.0E+2  1.5 2.5\n 1.1E+2 3 4\n\
        1.2E+2 5 6\n\n";

    fn read_text(text: &str) -> std::result::Result<Vec<Region>, String> {
        let content = Content::from_bytes("a.txt", text.as_bytes().to_vec()).unwrap();
        read_content(&content, &ReadOptions::default()).map_err(|error| error.to_string())
    }

    #[test]
    fn sections_become_a_region() {
        // Truth: the numbers in the text; BE = 520 − KE.
        let region = &read_text(FILE).unwrap()[0];
        assert_eq!((region.energy_scale, region.core_level.as_deref()), (EnergyScale::Binding, Some("Ag 3d")));
        assert_eq!(region.energy_ev(), [400.0, 410.0, 420.0]);
        assert_eq!(region.intensity(), [11.0, 7.0, 4.0]);
        assert_eq!((region.pass_energy_ev, region.scans, region.dwell_time_s), (Some(50.0), Some(2.0), Some(0.203)));
        assert_eq!((region.unit, region.sample.as_deref()), (IntensityUnit::Arbitrary, Some("Ag")));
        assert!(region.input.reader_warnings.iter().any(|w| w.contains("2 slices")));
    }

    #[test]
    fn mistakes_are_named_with_their_line() {
        let fails = |text: String, parts: [&str; 2]| {
            let error = read_text(&text).unwrap_err();
            assert!(parts.iter().all(|part| error.contains(part)), "{error}");
        };
        fails(FILE.replace("size=3", "size=4"), ["a.txt, line 18", "3 rows"]);
        fails(FILE.replace("1.1E+2 3 4", "1.1E+2 3 x"), ["line 20", "\"x\""]);
        fails(FILE.replace("1.1E+2 3 4", "1.1E+2 3"), ["line 20", "1 intensities"]);
        fails(FILE[..FILE.find("[Data").unwrap()].into(), ["a.txt", "no [Data] section"]);
    }
}
