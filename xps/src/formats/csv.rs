//! Regions as comma-separated text: what `convert --to csv` writes and reads back.
//!
//! One part per region, parts separated by an empty line: comment lines `# name: value`, a line of column names, the
//! points. Numbers are written so that they read back to the same double.

use std::fmt::Write as _;

use doublet_common::container::Content;
use doublet_common::error::{FileError, Location};
use doublet_common::format::Confidence;
use doublet_common::text::number::{DecimalMark, parse_number};
use doublet_common::text::{Line, lines};
use ndarray::Array1;

use crate::error::Result;
use crate::region::{Column, EnergyScale, IntensityUnit, Photons, RawSpectrum, Region, StatedBy, Transmission};

/// Short name of the format.
pub const NAME: &str = "csv";
/// First line of every part.
const MARK: &str = "# doublet XPS region";
/// Most columns that a part may have.
const MAX_COLUMNS: usize = 256;

const BINDING: &str = "binding_energy_ev";
const KINETIC: &str = "kinetic_energy_ev";
const COUNTS: &str = "counts";
const CPS: &str = "counts_per_second";
const INTENSITY: &str = "intensity";
const SIGMA: &str = "sigma";
const TRANSMISSION: &str = "transmission";

/// Looks for the mark on the first line.
pub fn sniff(content: &Content) -> Confidence {
    if content.bytes().starts_with(MARK.as_bytes()) { Confidence::Certain } else { Confidence::No }
}

fn unit_name(unit: IntensityUnit) -> &'static str {
    match unit {
        IntensityUnit::Counts => COUNTS,
        IntensityUnit::CountsPerSecond => CPS,
        IntensityUnit::Arbitrary => INTENSITY,
    }
}

/// The bytes of a file that holds these regions.
///
/// # Errors
/// None at present: every region can be written.
pub fn write(regions: &[Region]) -> Result<Vec<u8>> {
    let mut out = String::new();
    for region in regions {
        if !out.is_empty() {
            out.push('\n');
        }
        head(&mut out, region);
        points(&mut out, region);
    }
    Ok(out.into_bytes())
}

fn head(out: &mut String, region: &Region) {
    let number = |value: Option<f64>| value.map(|v| v.to_string());
    let photons = region.photons.as_ref();
    let applied = region.transmission.as_ref().and_then(|t| t.applied).map(|yes| yes.to_string());
    let stated = [
        ("label", Some(region.label.clone())),
        ("sample", region.sample.clone()),
        ("block", Some(region.block.clone())),
        ("technique", region.technique.clone()),
        ("photon_energy_ev", photons.map(|p| p.energy_ev.to_string())),
        ("photon_source", photons.and_then(|p| p.label.clone())),
        ("dwell_time_s", number(region.dwell_time_s)),
        ("scans", number(region.scans)),
        ("pass_energy_ev", number(region.pass_energy_ev)),
        ("work_function_ev", number(region.work_function_ev)),
        ("transmission_applied", applied),
    ];
    out.push_str(MARK);
    out.push('\n');
    let known = stated.iter().filter_map(|(name, value)| value.as_deref().map(|value| (*name, value)));
    let kept = region.metadata.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    for (name, value) in known.filter(|(_, value)| !value.is_empty()).chain(kept) {
        // Writing to a String cannot fail; names lose what would end them early, values their line breaks.
        let _ = writeln!(out, "# {}: {}", one_line(name).replace(": ", " "), one_line(value));
    }
}

fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

fn points(out: &mut String, region: &Region) {
    let axis = if region.energy_scale == EnergyScale::Binding { BINDING } else { KINETIC };
    let mut columns: Vec<(String, &[f64])> = vec![
        (axis.into(), region.energy_ev()),
        (unit_name(region.unit).into(), region.intensity()),
        (SIGMA.into(), region.sigma()),
    ];
    let cps = region.counts_per_second().filter(|_| region.unit != IntensityUnit::CountsPerSecond);
    if let Some(values) = cps.as_ref().and_then(|values| values.as_slice()) {
        columns.push((CPS.into(), values));
    }
    let transmission =
        region.transmission.as_ref().and_then(|t| t.values.as_ref()).and_then(|values| values.as_slice());
    columns.extend(transmission.map(|values| (TRANSMISSION.to_owned(), values)));
    for column in &region.columns {
        let name = one_line(&column.label).replace([',', '"', '#'], " ");
        columns.extend(column.values.as_slice().map(|values| (name, values)));
    }
    out.push_str(&columns.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(","));
    out.push('\n');
    for i in 0..region.data.len() {
        let row: Vec<String> = columns.iter().filter_map(|(_, values)| values.get(i)).map(f64::to_string).collect();
        out.push_str(&row.join(","));
        out.push('\n');
    }
}

/// Reads every region of a file that [`write()`] has written.
///
/// # Errors
/// A line that is not what it writes: with line and value.
pub fn read(content: &Content) -> Result<Vec<RawSpectrum>> {
    let text = content.text()?;
    let mut spectra = Vec::new();
    let mut part: Vec<Line> = Vec::new();
    for line in lines(&text.content) {
        if line.text.trim() == MARK && !part.is_empty() {
            spectra.push(read_part(content, &part)?);
            part.clear();
        }
        part.push(line);
    }
    spectra.push(read_part(content, &part)?);
    Ok(spectra)
}

fn read_part(content: &Content, part: &[Line]) -> std::result::Result<RawSpectrum, FileError> {
    let mut stated: Vec<(String, String)> = Vec::new();
    let mut names: Option<Vec<&str>> = None;
    let mut columns: Vec<Vec<f64>> = Vec::new();
    for line in part.iter().filter(|line| !line.text.trim().is_empty()) {
        let error = |found: &str, expected: String| content.error(Location::Line(line.number), found, expected);
        match (&names, line.text.strip_prefix("# ")) {
            (None, Some(comment)) => stated.extend(comment.split_once(": ").map(|(n, v)| (n.to_owned(), v.to_owned()))),
            (None, None) => {
                let header: Vec<&str> = line.text.split(',').map(str::trim).collect();
                if header.len() < 2 || header.len() > MAX_COLUMNS {
                    return Err(error(line.text, format!("2 to {MAX_COLUMNS} names of columns")));
                }
                columns = vec![Vec::new(); header.len()];
                names = Some(header);
            }
            (Some(names), _) => {
                let cells: Vec<&str> = line.text.split(',').map(str::trim).collect();
                if cells.len() != names.len() {
                    return Err(error(&format!("{} columns", cells.len()), format!("{}, as named", names.len())));
                }
                for (cell, column) in cells.iter().zip(&mut columns) {
                    let value = parse_number(cell, DecimalMark::Point);
                    column.push(value.map_err(|fault| error(&format!("\"{cell}\""), fault.to_string()))?);
                }
            }
        }
    }
    let place = part.first().map_or(Location::Whole, |line| Location::Line(line.number));
    let names = names.ok_or_else(|| content.error(place.clone(), "no line of column names", "one"))?;
    spectrum(content, place, stated, &names, columns)
}

fn spectrum(
    content: &Content,
    place: Location,
    stated: Vec<(String, String)>,
    names: &[&str],
    columns: Vec<Vec<f64>>,
) -> std::result::Result<RawSpectrum, FileError> {
    let scale = match names[0] {
        BINDING => EnergyScale::Binding,
        KINETIC => EnergyScale::Kinetic,
        other => return Err(content.error(place, other, format!("{BINDING} or {KINETIC} as first column"))),
    };
    let unit = match names[1] {
        COUNTS => IntensityUnit::Counts,
        CPS => IntensityUnit::CountsPerSecond,
        INTENSITY => IntensityUnit::Arbitrary,
        other => return Err(content.error(place, other, format!("{COUNTS}, {CPS} or {INTENSITY} as second column"))),
    };
    let mut columns = columns.into_iter();
    let energies = columns.next().unwrap_or_default();
    let intensities = columns.next().unwrap_or_default();
    let mut raw = RawSpectrum::new("", energies, Some(scale), intensities, unit);
    raw.place = place;
    for (name, value) in stated {
        keep(&mut raw, name, value);
    }
    for (name, values) in names[2..].iter().zip(columns) {
        match *name {
            // σ of counts follows from the counts; kept otherwise.
            SIGMA if unit == IntensityUnit::Counts => {}
            SIGMA => raw.sigmas = Some(values),
            CPS => {}
            TRANSMISSION => {
                let known = raw.transmission.get_or_insert(Transmission {
                    values: None,
                    coefficients: Vec::new(),
                    applied: None,
                });
                known.values = Some(Array1::from(values));
            }
            other => {
                raw.columns.push(Column { label: other.to_owned(), unit: String::new(), values: Array1::from(values) })
            }
        }
    }
    Ok(raw)
}

fn keep(raw: &mut RawSpectrum, name: String, value: String) {
    let number = value.parse::<f64>().ok().filter(|n| n.is_finite());
    match (name.as_str(), number) {
        ("label", _) => raw.label = value,
        ("sample", _) => raw.sample = Some(value),
        ("block", _) => raw.block = value,
        ("technique", _) => raw.technique = Some(value),
        ("photon_energy_ev", Some(energy_ev)) => {
            raw.photons = Some(Photons { energy_ev, label: None, stated_by: StatedBy::File });
        }
        ("photon_source", _) if raw.photons.is_some() => {
            raw.photons.iter_mut().for_each(|photons| photons.label = Some(value.clone()));
        }
        ("dwell_time_s", Some(_)) => raw.dwell_time_s = number,
        ("scans", Some(_)) => raw.scans = number,
        ("pass_energy_ev", Some(_)) => raw.pass_energy_ev = number,
        ("work_function_ev", Some(_)) => raw.work_function_ev = number,
        ("transmission_applied", _) => {
            let applied = value.parse().ok();
            raw.transmission = Some(Transmission { values: None, coefficients: Vec::new(), applied });
        }
        _ => raw.metadata.push((name, value)),
    }
}
