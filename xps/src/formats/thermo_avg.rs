//! Text dumps of Thermo Avantage data spaces (`.avg`).
//!
//! No file of this kind was at hand: the layout is taken from public descriptions of the dump and from the data file it is
//! a dump of, and its properties are named as there. Sections: properties (`NAME : TYPE = value`), `$DATAAXES=`,
//! `$SPACEAXES=` (start, step, points, kind, linearity, symbol, unit, label), `$AXISVALUE=` for the value of another axis,
//! and for every spectrum `$DATA=` with lines `LIST@ n= v, v, v, v`; `#empty#` stands for a value that was not measured.

use doublet_common::binary::shortest_f64;
use doublet_common::container::Content;
use doublet_common::error::{FileError, Location};
use doublet_common::format::Confidence;
use doublet_common::text::number::{DecimalMark, parse_number};
use doublet_common::text::{Line, lines};
use nom::bytes::complete::{tag, take_until, take_while1};
use nom::character::complete::{char, space0};
use nom::combinator::{opt, rest, verify};
use nom::sequence::{delimited, preceded, terminated};
use nom::{IResult, Parser};

use crate::error::Result;
use crate::region::{EnergyScale, IntensityUnit, Photons, RawSpectrum, StatedBy, Transmission};

/// Short name of the format.
pub const NAME: &str = "thermo-avg";

/// Most points of the energy axis.
const MAX_POINTS: usize = 10_000_000;
/// Most spectra in one file.
const MAX_SPECTRA: usize = 65_536;
/// Characters in which the marks of the format must appear.
const SNIFFED_CHARS: usize = 20_000;

/// Looks for the sections of the dump.
pub fn sniff(content: &Content) -> Confidence {
    let Ok(text) = content.text() else { return Confidence::No };
    let head: String = text.content.chars().take(SNIFFED_CHARS).collect();
    match (head.contains("$PROPERTIES"), head.contains("$SPACEAXES=")) {
        (true, true) => Confidence::Certain,
        (false, true) => Confidence::Likely,
        _ => Confidence::No,
    }
}

/// One property line.
struct Property<'a> {
    name: &'a str,
    kind: &'a str,
    value: &'a str,
}

#[derive(Debug, Clone, Copy)]
struct EnergyAxis {
    start: f64,
    step: f64,
    points: usize,
}

/// Line at which a spectrum begins, its properties, its values.
type Spectrum = (usize, Vec<(String, String)>, Vec<Option<f64>>);

#[derive(Default)]
struct Dump {
    properties: Vec<(String, String, String)>,
    energy: Option<EnergyAxis>,
    /// Spectra: line of `$DATA=`, labels from `$AXISVALUE=` since the one before, values.
    spectra: Vec<Spectrum>,
}

/// Reads every spectrum of a dump.
///
/// # Errors
/// No energy axis, a value that is no number, or a number of values that the axis contradicts: with line.
pub fn read(content: &Content) -> Result<Vec<RawSpectrum>> {
    let text = content.text()?;
    let dump = parse(content, &text.content)?;
    let Some(energy) = dump.energy else {
        let expected = "a line under $SPACEAXES= whose kind is ENERGY";
        return Err(content.error(Location::Whole, "no energy axis", expected).into());
    };
    if dump.spectra.is_empty() {
        return Err(content.error(Location::Whole, "no $DATA= section", "the values of at least one spectrum").into());
    }
    let energies: Vec<f64> = (0..energy.points).map(|i| energy.start + i as f64 * energy.step).collect();
    let mut spectra = Vec::with_capacity(dump.spectra.len());
    for (line, labels, values) in &dump.spectra {
        let mut raw = spectrum(content, &dump, *line, &energies, values)?;
        raw.block = labels.iter().map(|(name, value)| format!("{name} {value}")).collect::<Vec<_>>().join(", ");
        raw.metadata.extend(labels.iter().cloned());
        raw.warnings.extend(text.warnings.iter().cloned());
        spectra.push(raw);
    }
    Ok(spectra)
}

fn parse(content: &Content, text: &str) -> std::result::Result<Dump, FileError> {
    let mut dump = Dump::default();
    let mut labels = Vec::new();
    let mut section = Section::Properties;
    for line in lines(text) {
        let trimmed = line.text.trim();
        if trimmed.is_empty() || trimmed.starts_with(';') {
            continue;
        }
        if let Some(label) = trimmed.strip_prefix("$AXISVALUE=") {
            labels.extend(axis_value(label));
        } else if trimmed.starts_with("$SPACEAXES=") {
            section = Section::SpaceAxes;
        } else if trimmed.starts_with("$DATA=") {
            if dump.spectra.len() == MAX_SPECTRA {
                return Err(content.error(
                    Location::Line(line.number),
                    "another spectrum",
                    format!("at most {MAX_SPECTRA}"),
                ));
            }
            dump.spectra.push((line.number, std::mem::take(&mut labels), Vec::new()));
            section = Section::Data;
        } else if trimmed.starts_with('$') {
            section = if trimmed.starts_with("$PROPERTIES") { Section::Properties } else { Section::Other };
        } else {
            match section {
                Section::Properties => {
                    if let Ok((_, p)) = property(trimmed) {
                        dump.properties.push((p.name.to_owned(), p.kind.to_owned(), p.value.to_owned()));
                    }
                }
                Section::SpaceAxes => space_axis(content, line, &mut dump)?,
                Section::Data => list(content, line, &mut dump)?,
                Section::Other => {}
            }
        }
    }
    Ok(dump)
}

#[derive(Clone, Copy)]
enum Section {
    Properties,
    SpaceAxes,
    Data,
    Other,
}

/// `DS_SOPROPID_ENERGY : VT_R4 = 1486.680054`, with or without a title between name and type.
fn property(line: &str) -> IResult<&str, Property<'_>> {
    let name = take_while1(|c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '[' | ']'));
    let (line, name) =
        terminated(verify(name, |n: &str| n.starts_with("DS_")), (space0, char(':'), space0)).parse(line)?;
    let (line, _) = opt(terminated(take_until(": VT_"), (char(':'), space0))).parse(line)?;
    let (line, kind) =
        terminated(take_while1(|c: char| c.is_ascii_alphanumeric() || c == '_'), (space0, char('='), space0))
            .parse(line)?;
    let (line, value) = rest(line)?;
    Ok((line, Property { name, kind, value: value.trim().trim_matches('\'') }))
}

/// ` DATAXIS=1 SPACEAXIS=1 LABEL='Etch Time' POINT=0 VALUE=0.000000;`
fn axis_value(text: &str) -> Option<(String, String)> {
    let quoted = |input| -> IResult<&str, &str> {
        preceded((take_until("LABEL="), tag("LABEL=")), delimited(char('\''), take_until("'"), char('\''))).parse(input)
    };
    let (after, label) = quoted(text).ok()?;
    let (_, value) = after.split_once("VALUE=")?;
    Some((label.to_owned(), value.trim().trim_end_matches(';').trim_matches('\'').to_owned()))
}

fn number(content: &Content, line: Line, text: &str, what: &str) -> std::result::Result<f64, FileError> {
    parse_number(text.trim(), DecimalMark::Point).map_err(|fault| {
        content.error(Location::Line(line.number), format!("\"{}\"", text.trim()), format!("{what}: {fault}"))
    })
}

/// `0= 1188.68, 0.1, 231, ENERGY, LINEAR, 'E', 'eV', 'Energy'`
fn space_axis(content: &Content, line: Line, dump: &mut Dump) -> std::result::Result<(), FileError> {
    let Some((_, fields)) = line.text.split_once('=') else { return Ok(()) };
    let fields: Vec<&str> = fields.split(',').map(str::trim).collect();
    if fields.get(3).is_none_or(|kind| *kind != "ENERGY") {
        return Ok(());
    }
    let error = |found: &str, expected: String| content.error(Location::Line(line.number), found, expected);
    if fields.get(4) != Some(&"LINEAR") {
        return Err(error(fields.get(4).unwrap_or(&"nothing"), "LINEAR for the energy axis".into()));
    }
    let points = number(content, line, fields[2], "the number of points")?;
    if points.fract() != 0.0 || !(2.0..=MAX_POINTS as f64).contains(&points) {
        return Err(error(fields[2], format!("a number of points from 2 to {MAX_POINTS}")));
    }
    dump.energy = Some(EnergyAxis {
        start: number(content, line, fields[0], "the first energy")?,
        step: number(content, line, fields[1], "the energy step")?,
        points: points as usize,
    });
    Ok(())
}

/// `LIST@ 0= v, v, v, v`, or a line of values that continues it.
fn list(content: &Content, line: Line, dump: &mut Dump) -> std::result::Result<(), FileError> {
    let text = line.text.trim();
    let values = match text.strip_prefix("LIST@") {
        Some(after) => after.split_once('=').map_or("", |(_, values)| values),
        None => text,
    };
    let allowed = dump.energy.map_or(MAX_POINTS, |axis| axis.points);
    let Some((_, _, spectrum)) = dump.spectra.last_mut() else { return Ok(()) };
    for cell in values.trim_end_matches(';').split(',').map(str::trim).filter(|cell| !cell.is_empty()) {
        if spectrum.len() == allowed {
            let expected = format!("no more than {allowed} values, as $SPACEAXES= says");
            return Err(content.error(Location::Line(line.number), format!("\"{cell}\""), expected));
        }
        spectrum.push(if cell == "#empty#" { None } else { Some(number(content, line, cell, "a value")?) });
    }
    Ok(())
}

fn spectrum(
    content: &Content,
    dump: &Dump,
    line: usize,
    energies: &[f64],
    values: &[Option<f64>],
) -> std::result::Result<RawSpectrum, FileError> {
    if values.len() != energies.len() {
        let expected = format!("{}, as $SPACEAXES= says", energies.len());
        return Err(content.error(Location::Line(line), format!("{} values", values.len()), expected));
    }
    // A measurement that was stopped ends in empty values.
    let measured = values.iter().position(Option::is_none).unwrap_or(values.len());
    let text = |name: &str| dump.properties.iter().find(|(known, ..)| known == name).map(|(_, _, value)| value.clone());
    let value = |name: &str| {
        let (_, kind, value) = dump.properties.iter().find(|(known, ..)| known == name)?;
        let parsed = parse_number(value, DecimalMark::Point).ok()?;
        Some(if kind == "VT_R4" { shortest_f64(parsed as f32) } else { parsed })
    };
    let positive = |name: &str| value(name).filter(|n| *n > 0.0);
    let stem = content.file_name().rsplit_once('.').map_or(content.file_name(), |(stem, _)| stem);
    let title = text("DS_EXT_SUPROPID_TITLE").filter(|t| !t.is_empty()).unwrap_or_else(|| stem.to_owned());
    // The dump has the label of the values only where it differs from counts.
    let unit = match text("DS_GEPROPID_VALUE_LABEL").map(|label| label.to_lowercase()) {
        Some(label) if label.contains("/ s") || label.contains("/s") => IntensityUnit::CountsPerSecond,
        Some(label) if !label.contains("count") => IntensityUnit::Arbitrary,
        _ => IntensityUnit::Counts,
    };
    let counts: Vec<f64> = values[..measured].iter().flatten().copied().collect();
    let mut raw = RawSpectrum::new(title, energies[..measured].to_vec(), Some(EnergyScale::Kinetic), counts, unit);
    raw.place = Location::Line(line);
    if measured < values.len() {
        raw.warnings.push(format!("only {measured} of {} points were measured", values.len()));
    }
    raw.sample = text("DS_EXT_SUPROPID_SUBJECT");
    raw.technique = Some("XPS".into());
    raw.photons =
        positive("DS_SOPROPID_ENERGY").map(|energy_ev| Photons { energy_ev, label: None, stated_by: StatedBy::File });
    raw.dwell_time_s = positive("DS_ACPROPID_ACQ_TIME");
    raw.scans = positive("DS_ACPROPID_PERIODS");
    raw.pass_energy_ev = positive("DS_ANPROPID_PASS");
    raw.work_function_ev = value("DS_ANPROPID_WORK_FTN");
    let coefficients: Vec<f64> = (0..64).map_while(|i| value(&format!("DS_ANPROPID_TXFN_COEFF[{i}]"))).collect();
    raw.transmission = (!coefficients.is_empty()).then_some(Transmission { values: None, coefficients, applied: None });
    raw.metadata = dump.properties.iter().map(|(name, _, value)| (name.clone(), value.clone())).collect();
    Ok(raw)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::read_content;
    use crate::region::{ReadOptions, Region};

    fn dump(data: &str) -> String {
        format!(
            ";Dump of DataSpace 'C1s Scan.VGD'\r\n$FORMAT=4\r\n$PROPERTIES=SUM\r\n\
             DS_EXT_SUPROPID_TITLE       : VT_BSTR = 'C1s Scan'\r\n$PROPERTIES=STD\r\n\
             DS_SOPROPID_ENERGY : Source energy : VT_R4   = 1486.680054\r\n\
             DS_ACPROPID_ACQ_TIME : VT_R4   = 0.050000\r\nDS_ACPROPID_PERIODS : VT_I4   = 2\r\n\
             DS_ANPROPID_PASS : VT_R4   = 50.000000\r\nDS_ANPROPID_WORK_FTN : VT_R4   = 4.199999\r\n\
             DS_ANPROPID_TXFN_COEFF[0] : VT_R4   = 3.88\r\n$DATAAXES=1,#empty#\r\n    0=  0, 4, 1\r\n\
             $SPACEAXES=1\r\n    0= 1188.680000, 0.100000, 5, ENERGY, LINEAR, 'E', 'eV', 'Energy'\r\n{data}"
        )
    }

    fn regions(text: &str) -> Result<Vec<Region>> {
        let content = Content::from_bytes("C1s Scan.avg", text.as_bytes().to_vec()).unwrap();
        assert_eq!(sniff(&content), Confidence::Certain);
        read_content(&content, &ReadOptions::default())
    }

    #[test]
    fn one_spectrum() {
        let region = &regions(&dump("$DATA=*\r\nLIST@   0=  10.5, 20,  30, 40\r\nLIST@   4=  50\r\n")).unwrap()[0];
        assert_eq!((region.label.as_str(), region.core_level.as_deref()), ("C1s Scan", Some("C 1s")));
        assert_eq!(region.intensity(), [50.0, 40.0, 30.0, 20.0, 10.5]);
        assert!((region.energy_ev()[4] - 298.0).abs() < 1e-9, "{:?}", region.energy_ev());
        assert_eq!((region.dwell_time_s, region.scans), (Some(0.05), Some(2.0)));
        assert_eq!(region.counts_per_second().unwrap()[4], 105.0);
        assert_eq!(region.transmission.as_ref().unwrap().coefficients, [3.88]);
    }

    #[test]
    fn levels_and_unmeasured_ends() {
        let level = |value: &str, data: &str| {
            format!(
                "$AXISVALUE= DATAXIS=1 SPACEAXIS=1 LABEL='Etch Time' POINT=0 VALUE={value};\n$DATA=*,0\nLIST@ 0= {data}\n"
            )
        };
        let text = dump(&(level("0.000000", "1, 2, 3, 4, 5") + &level("30.5", "6, 7, 8, #empty#, #empty#")));
        let regions = regions(&text).unwrap();
        assert_eq!(regions[1].block, "Etch Time 30.5");
        assert_eq!(regions[1].intensity(), [8.0, 7.0, 6.0]);
        assert!(regions[1].input.reader_warnings.iter().any(|w| w.contains("3 of 5 points")));
    }

    #[test]
    fn contradictions_name_their_line() {
        let refusal = |data: &str| regions(&dump(data)).unwrap_err().to_string();
        assert!(refusal("$DATA=*\r\nLIST@ 0= 1, 2, x, 4, 5\r\n").contains("line 17: found \"x\""));
        assert!(refusal("$DATA=*\r\nLIST@ 0= 1, 2\r\n").contains("line 16: found 2 values, expected 5"));
        assert!(refusal("$DATA=*\r\nLIST@ 0= 1,2,3,4,5,6\r\n").contains("line 17: found \"6\""));
        assert!(refusal("").contains("no $DATA= section"));
    }
}
