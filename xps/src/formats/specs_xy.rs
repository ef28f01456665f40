//! Text files that SpecsLab Prodigy exports (`.xy`): `# name: value` lines before each region, `# Cycle: …, Scan: …` before each
//! scan, rows of energy and intensity.
//!
//! Scans of one region are separate spectra where the export separates them. Counts are `counts/s × dwell × scans`.

use doublet_common::container::Content;
use doublet_common::error::{FileError, Location};
use doublet_common::format::Confidence;
use doublet_common::text::number::{DecimalMark, parse_number};
use doublet_common::text::{Line, lines};

use super::columns::{energy_scale, intensity_unit};
use crate::error::Result;
use crate::region::{Column, IntensityUnit, Photons, RawSpectrum, StatedBy};

/// Short name of the format.
pub const NAME: &str = "specs-xy";

/// Characters in which the axis must be named.
const SNIFFED_CHARS: usize = 2_000;
/// Most spectra in one file.
const MAX_SPECTRA: usize = 65_536;

/// Looks for the program's name in the first line and the settings of the export.
pub fn sniff(content: &Content) -> Confidence {
    let Ok(text) = content.text() else { return Confidence::No };
    let head: String = text.content.chars().take(SNIFFED_CHARS).collect();
    let first = head.lines().next().unwrap_or_default();
    let own = first.starts_with("# Created by:") && first.contains("SpecsLab") && head.contains("Energy Axis:");
    if own { Confidence::Certain } else { Confidence::No }
}

/// One scan with what was said before it.
#[derive(Default)]
struct Scan {
    line: usize,
    /// Statements of the file, group and region, the latest of each name.
    entries: Vec<(String, String)>,
    /// `Cycle: 0, Curve: 0, Scan: 0`
    place: String,
    columns: Vec<Vec<f64>>,
}

impl Scan {
    fn value(&self, name: &str) -> Option<&str> {
        self.entries.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str()).filter(|v| !v.is_empty())
    }

    fn positive(&self, name: &str) -> Option<f64> {
        self.value(name)?.parse::<f64>().ok().filter(|v| v.is_finite() && *v > 0.0)
    }
}

/// Reads every scan.
///
/// # Errors
/// A row that is no list of numbers, a number of rows that `Values/Curve` contradicts, no rows: with line.
pub fn read(content: &Content) -> Result<Vec<RawSpectrum>> {
    let text = content.text()?;
    let scans = parse(content, &text.content)?;
    if scans.is_empty() {
        return Err(content.error(Location::Whole, "no rows of numbers", "at least one scan").into());
    }
    Ok(scans.iter().map(|scan| spectrum(content, scan)).collect::<std::result::Result<Vec<_>, FileError>>()?)
}

fn parse(content: &Content, text: &str) -> std::result::Result<Vec<Scan>, FileError> {
    let mut entries: Vec<(String, String)> = Vec::new();
    let mut place = String::new();
    let mut scans: Vec<Scan> = Vec::new();
    let mut fresh = true;
    for line in lines(text) {
        let trimmed = line.text.trim();
        if trimmed.is_empty() {
            continue;
        }
        let Some(comment) = trimmed.strip_prefix('#') else {
            if fresh {
                if scans.len() == MAX_SPECTRA {
                    let expected = format!("at most {MAX_SPECTRA} scans");
                    return Err(content.error(Location::Line(line.number), "another scan", expected));
                }
                let (entries, place) = (entries.clone(), place.clone());
                scans.push(Scan { line: line.number, entries, place, columns: Vec::new() });
            }
            fresh = false;
            if let Some(scan) = scans.last_mut() {
                row(content, line, scan)?;
            }
            continue;
        };
        fresh = true;
        let comment = comment.trim();
        if comment.starts_with("Cycle:") {
            place = comment.to_owned();
        } else if let Some((name, value)) = comment.split_once(':') {
            set(&mut entries, name.trim(), value.trim());
        }
    }
    Ok(scans)
}

/// The latest statement of a name counts.
fn set(entries: &mut Vec<(String, String)>, name: &str, value: &str) {
    match entries.iter_mut().find(|(own, _)| own == name) {
        Some(entry) => entry.1 = value.to_owned(),
        None => entries.push((name.to_owned(), value.to_owned())),
    }
}

fn row(content: &Content, line: Line<'_>, scan: &mut Scan) -> std::result::Result<(), FileError> {
    let refuse =
        |found: String| content.error(Location::Line(line.number), found, "an energy, an intensity and no text");
    let values = line
        .text
        .split_whitespace()
        .map(|token| parse_number(token, DecimalMark::Point).map_err(|_| refuse(format!("\"{token}\""))))
        .collect::<std::result::Result<Vec<f64>, FileError>>()?;
    if scan.columns.is_empty() {
        scan.columns = vec![Vec::new(); values.len()];
    }
    if values.len() < 2 || values.len() != scan.columns.len() {
        return Err(refuse(format!("{} numbers, {} in the rows before", values.len(), scan.columns.len())));
    }
    scan.columns.iter_mut().zip(values).for_each(|(column, value)| column.push(value));
    Ok(())
}

fn spectrum(content: &Content, scan: &Scan) -> std::result::Result<RawSpectrum, FileError> {
    let rows = scan.columns.first().map_or(0, Vec::len);
    let stated = scan.value("Values/Curve").and_then(|n| n.parse::<usize>().ok());
    if let Some(size) = stated.filter(|size| *size != rows) {
        let found = format!("{rows} rows of a scan");
        return Err(content.error(Location::Line(scan.line), found, format!("{size}, as Values/Curve says")));
    }
    let mut columns = scan.columns.iter().cloned();
    let (energies, intensities) = (columns.next().unwrap_or_default(), columns.next().unwrap_or_default());
    let unit = match scan.value("Count Rate").map(intensity_unit) {
        Some(unit) if unit != IntensityUnit::Arbitrary => unit,
        _ => scan.value("ColumnLabels").map_or(IntensityUnit::Arbitrary, intensity_unit),
    };
    let unit = if scan.value("Count Rate").is_some_and(|rate| rate.contains("per Second")) {
        IntensityUnit::CountsPerSecond
    } else {
        unit
    };
    let scale = scan.value("Energy Axis").and_then(energy_scale);
    let label = scan.value("Region").unwrap_or("region").to_owned();
    let mut raw = RawSpectrum::new(label, energies, scale, intensities, unit);
    raw.place = Location::Line(scan.line);
    raw.block = match scan.value("Spectrum ID") {
        Some(id) if scan.place.is_empty() => format!("spectrum {id}"),
        Some(id) => format!("spectrum {id}, {}", scan.place),
        None => scan.place.clone(),
    };
    raw.technique = scan.value("Analysis Method").map(str::to_owned);
    raw.sample =
        scan.value("Group").and_then(|g| Some(g.split_once(' ')?.1.trim().to_owned())).filter(|s| !s.is_empty());
    raw.dwell_time_s = scan.positive("Dwell Time");
    // Scans that stand apart were made once each.
    raw.scans = if scan.place.contains("Scan:") { Some(1.0) } else { scan.positive("Number of Scans") };
    raw.pass_energy_ev = scan.positive("Pass Energy");
    raw.work_function_ev = scan.positive("Eff. Workfunction");
    raw.photons = scan.positive("Excitation Energy").map(|energy_ev| Photons {
        energy_ev,
        label: scan.value("Source").map(str::to_owned),
        stated_by: StatedBy::File,
    });
    let names: Vec<&str> = scan.value("ColumnLabels").map(|l| l.split_whitespace().collect()).unwrap_or_default();
    raw.columns = columns
        .enumerate()
        .map(|(i, values)| {
            let label = names.get(i + 2).map_or_else(|| format!("column {}", i + 3), |name| (*name).to_owned());
            Column { label, unit: String::new(), values: values.into() }
        })
        .collect();
    raw.metadata = scan.entries.clone();
    Ok(raw)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::read_content;
    use crate::region::{ReadOptions, Region};

    const FILE: &str = "# Created by:        SpecsLab Prodigy, Version 4.100\n#   Energy Axis:              Binding Energy\n\
        #   Count Rate:               Counts per Second\n#\n# Group:                        1 as-loaded\n#\n\
        # Region:                       C1s\n# Spectrum ID:                  7\n# Values/Curve:                 3\n\
        # Dwell Time:                   0.5\n# Excitation Energy:            1486.61\n# Pass Energy:                  30\n\
        # Eff. Workfunction:            4.1082\n\n# Cycle: 0, Curve: 0, Scan: 0\n#\n# ColumnLabels: energy counts/s\n#\n\
        286  10\n285 30\n284 20\n\n# Cycle: 0, Curve: 0, Scan: 1\n286 12\n285 34\n284 16\n";

    fn read_text(text: &str) -> std::result::Result<Vec<Region>, String> {
        let content = Content::from_bytes("a.xy", text.as_bytes().to_vec()).unwrap();
        read_content(&content, &ReadOptions::default()).map_err(|error| error.to_string())
    }

    #[test]
    fn scans_become_regions() {
        // Truth: the numbers in the text; counts = cps × 0.5 s × 1.
        let regions = read_text(FILE).unwrap();
        assert_eq!(regions.len(), 2);
        let first = &regions[0];
        assert_eq!(first.energy_ev(), [284.0, 285.0, 286.0]);
        assert_eq!((first.intensity(), first.unit), (&[10.0, 15.0, 5.0][..], IntensityUnit::Counts));
        assert_eq!((first.core_level.as_deref(), first.sample.as_deref()), (Some("C 1s"), Some("as-loaded")));
        assert_eq!((first.pass_energy_ev, first.work_function_ev), (Some(30.0), Some(4.1082)));
        assert!(regions[1].block.contains("Scan: 1") && regions[1].intensity() == [8.0, 17.0, 6.0]);
    }

    #[test]
    fn mistakes_are_named_with_their_line() {
        let fails = |text: String, parts: [&str; 2]| {
            let error = read_text(&text).unwrap_err();
            assert!(parts.iter().all(|part| error.contains(part)), "{error}");
        };
        fails(FILE.replacen("285 30\n", "", 1), ["a.xy, line 19", "2 rows"]);
        fails(FILE.replace("285 30", "285 x"), ["line 20", "\"x\""]);
        fails(FILE.replace("285 30", "285 30 1"), ["line 20", "3 numbers"]);
        fails(FILE[..FILE.find("286").unwrap()].into(), ["a.xy", "no rows"]);
    }
}
