//! Regions to a VAMAS file: experiment mode `NORM`, `REGULAR` where every region has a constant step.
//!
//! What the reader kept as metadata goes back to its own line; comments of other programs with it.

use std::fmt::Write as _;

use super::block::parameter_names;
use super::convert::{BLOCK_COMMENT, EXPERIMENT_COMMENT};
use super::header::IDENTIFIER;
use crate::error::Result;
use crate::region::{EnergyScale, IntensityUnit, Region};

/// Largest deviation from a constant step, in eV, of a region that is written as regular.
const REGULAR_WITHIN_EV: f64 = 1e-7;
/// What the standard writes for a number that is not known.
const UNKNOWN: &str = "1E+37";

/// The bytes of a VAMAS file that holds these regions. Counts are written as counts, other intensities as such.
///
/// # Errors
/// None at present: every region can be written.
pub fn write(regions: &[Region]) -> Result<Vec<u8>> {
    let regular = regions.iter().all(|region| constant_step(region).is_some());
    let mut out = Lines::default();
    header(&mut out, regions, regular);
    for region in regions {
        block(&mut out, region, regular);
    }
    out.line("end of experiment");
    Ok(out.0.into_bytes())
}

/// Text whose lines cannot be broken by what they are given.
#[derive(Default)]
struct Lines(String);

impl Lines {
    fn line(&mut self, text: &str) {
        self.0.extend(text.chars().map(|c| if c.is_control() { ' ' } else { c }));
        self.0.push_str("\r\n");
    }

    fn number(&mut self, value: impl std::fmt::Display) {
        // Writing to a String cannot fail.
        let _ = write!(self.0, "{value}\r\n");
    }

    fn numbers(&mut self, values: &[f64]) {
        values.iter().for_each(|value| self.number(value));
    }

    fn list(&mut self, lines: &[&str]) {
        self.number(lines.len());
        lines.iter().for_each(|line| self.line(line));
    }
}

fn constant_step(region: &Region) -> Option<f64> {
    let energy = region.energy_ev();
    let (first, last) = (energy.first()?, energy.last()?);
    let step = (last - first) / (energy.len() as f64 - 1.0);
    let constant = energy.iter().enumerate().all(|(i, e)| (first + i as f64 * step - e).abs() <= REGULAR_WITHIN_EV);
    constant.then_some(step)
}

fn value<'a>(region: &'a Region, name: &str) -> Option<&'a str> {
    region.metadata.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
}

fn comments<'a>(region: &'a Region, name: &str) -> Vec<&'a str> {
    region.metadata.iter().filter(|(known, _)| known == name).map(|(_, value)| value.as_str()).collect()
}

fn header(out: &mut Lines, regions: &[Region], regular: bool) {
    out.line(IDENTIFIER);
    let stated = |name: &str| regions.first().and_then(|region| value(region, name)).unwrap_or("Not specified");
    for name in
        ["institution identifier", "instrument model identifier", "operator identifier", "experiment identifier"]
    {
        out.line(stated(name));
    }
    out.list(&regions.first().map(|region| comments(region, EXPERIMENT_COMMENT)).unwrap_or_default());
    out.line("NORM");
    out.line(if regular { "REGULAR" } else { "IRREGULAR" });
    out.number(regions.len());
    // No experimental variables, inclusion list, manually entered items, future upgrade entries of either kind.
    for _ in 0..5 {
        out.number(0);
    }
    out.number(regions.len());
}

/// Values of parameters that the region knows better than its metadata.
fn own_value(region: &Region, name: &str) -> Option<String> {
    let number = |value: Option<f64>| value.map(|v| v.to_string());
    let (species, transition) = region.core_level.as_deref().and_then(|level| level.split_once(' ')).unzip();
    match name {
        "analysis source characteristic energy" => number(region.photons.as_ref().map(|p| p.energy_ev)),
        "analysis source label" => region.photons.as_ref().and_then(|p| p.label.clone()),
        "analyser pass energy or retard ratio or mass resolution" => number(region.pass_energy_ev),
        "analyser work function or acceptance energy of atom or ion" => number(region.work_function_ev),
        "signal collection time" => number(region.dwell_time_s),
        "number of scans to compile this block" => number(region.scans),
        "signal mode" => {
            Some(if region.unit == IntensityUnit::Arbitrary { "analogue" } else { "pulse counting" }.into())
        }
        "species label" => Some(species.map_or_else(|| region.label.clone(), str::to_owned)),
        "transition or charge state label" => transition.map(str::to_owned),
        "analyser mode" => region.pass_energy_ev.map(|_| "FAT".to_owned()),
        _ => None,
    }
}

/// Value of a parameter that nobody knows.
fn default_value(name: &str, is_text: bool) -> &'static str {
    match name {
        "charge of detected particle" => "-1",
        "year in full" | "month" | "day of month" | "hours" | "minutes" | "seconds" => "-1",
        "number of hours in advance of Greenwich Mean Time" => "0",
        "analyser mode" => "FAT",
        _ if is_text => "",
        _ => UNKNOWN,
    }
}

fn block(out: &mut Lines, region: &Region, regular: bool) {
    out.line(if region.block.is_empty() { &region.label } else { &region.block });
    out.line(region.sample.as_deref().unwrap_or(""));
    let technique = value(region, "technique").or(region.technique.as_deref()).filter(|t| *t == "UPS");
    for (parameter, items) in parameter_names() {
        match parameter {
            8 => out.list(&comments(region, BLOCK_COMMENT)),
            9 => out.line(technique.unwrap_or("XPS")),
            31 if regular => abscissa(out, region),
            32 => variables(out, region, regular),
            40 => additional(out, region),
            _ => {
                for (name, is_text) in items {
                    let own = own_value(region, name);
                    let kept = own.as_deref().or_else(|| value(region, name));
                    out.line(kept.unwrap_or_else(|| default_value(name, is_text)));
                }
            }
        }
    }
    ordinates(out, region, regular);
}

/// Numbers with a unit in their name (experimental variables of the original file, additional parameters).
fn additional(out: &mut Lines, region: &Region) {
    let numbers: Vec<(&str, &str, &str)> = region
        .metadata
        .iter()
        .filter(|(_, value)| value.parse::<f64>().is_ok_and(f64::is_finite))
        .filter_map(|(name, value)| {
            let (label, unit) = name.strip_suffix(']')?.rsplit_once(" [")?;
            Some((label, unit, value.as_str()))
        })
        .collect();
    out.number(numbers.len());
    for (label, unit, value) in numbers {
        out.line(label);
        out.line(unit);
        out.line(value);
    }
}

fn axis_name(region: &Region) -> &'static str {
    match region.energy_scale {
        EnergyScale::Binding => "Binding energy",
        EnergyScale::Kinetic => "Kinetic energy",
    }
}

fn abscissa(out: &mut Lines, region: &Region) {
    out.line(axis_name(region));
    out.line("eV");
    out.number(region.energy_ev().first().copied().unwrap_or(0.0));
    out.number(constant_step(region).unwrap_or(0.0));
}

fn variables(out: &mut Lines, region: &Region, regular: bool) {
    let (label, unit) = match region.unit {
        IntensityUnit::Counts => ("Counts", "d"),
        IntensityUnit::CountsPerSecond => ("Counts per second", "c/s"),
        IntensityUnit::Arbitrary => ("Intensity", "n"),
    };
    let mut names = vec![(label.to_owned(), unit.to_owned())];
    if transmission(region).is_some() {
        names.push(("Transmission".to_owned(), "d".to_owned()));
    }
    names.extend(region.columns.iter().map(|column| (column.label.clone(), column.unit.clone())));
    if !regular {
        names.insert(0, (axis_name(region).to_owned(), "eV".to_owned()));
    }
    out.number(names.len());
    for (label, unit) in names {
        out.line(&label);
        out.line(&unit);
    }
}

/// Transmission that the reader of the file is to divide by: not one that has been applied already.
fn transmission(region: &Region) -> Option<&[f64]> {
    region
        .transmission
        .as_ref()
        .filter(|t| t.applied != Some(true))
        .and_then(|t| t.values.as_ref())
        .and_then(|values| values.as_slice())
}

fn ordinates(out: &mut Lines, region: &Region, regular: bool) {
    let mut columns: Vec<&[f64]> = vec![region.intensity()];
    columns.extend(transmission(region));
    columns.extend(region.columns.iter().filter_map(|column| column.values.as_slice()));
    if !regular {
        columns.insert(0, region.energy_ev());
    }
    out.number(columns.len() * region.data.len());
    for column in &columns {
        let range = column.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), y| (a.min(*y), b.max(*y)));
        out.numbers(&[range.0, range.1]);
    }
    for i in 0..region.data.len() {
        columns.iter().filter_map(|column| column.get(i)).for_each(|value| out.number(value));
    }
}
