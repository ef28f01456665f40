//! From a block of a VAMAS file to a spectrum.

use doublet_common::container::Content;
use doublet_common::error::{FileError, Location};
use ndarray::Array1;

use super::block::{self, Block};
use super::casa;
use super::cursor::known;
use super::header::{Header, ScanMode, Variable};
use crate::core_level::core_level_in;
use crate::region::{Column, EnergyScale, IntensityUnit, Photons, RawSpectrum, StatedBy, Transmission};

/// Label of the abscissa, for messages.
pub(super) fn axis_label(block: &Block) -> &str {
    let label = block.parameters.abscissa.as_ref().map(|a| &a.variable).or(block.parameters.variables.first());
    label.map_or("no abscissa", |variable| variable.label.as_str())
}

/// The spectrum of a block; none for blocks that hold something else.
pub(super) fn raw_spectrum(
    content: &Content,
    header: &Header,
    block: &Block,
    place: Location,
) -> Result<Option<RawSpectrum>, FileError> {
    let parameters = &block.parameters;
    if header.scan_mode == ScanMode::Mapping || !block::is_spectrum(header.mode, &parameters.technique) {
        return Ok(None);
    }
    let Some((axis, energies, ordinates)) = split_axis(block) else { return Ok(None) };
    if !is_energy(axis) {
        return Ok(None);
    }
    let Some((variable, intensities)) = ordinates.first() else {
        let found = format!("no intensities in block \"{}\"", block.identifier);
        let expected = "a corresponding variable besides the energy";
        return Err(content.error(Location::Line(block.ordinates_line), found, expected));
    };
    let unit = intensity_unit(variable, parameters.text("signal mode"));
    let mut raw = RawSpectrum::new(label(block), energies, scale_of(axis), intensities.clone(), unit);
    raw.place = place;
    raw.core_level_hint = Some(species(block));
    raw.sample = Some(block.sample.clone());
    raw.block = block.identifier.clone();
    raw.technique = Some(parameters.technique.clone());
    raw.warnings.clone_from(&block.warnings);
    raw.dwell_time_s = parameters.number("signal collection time").filter(|t| *t > 0.0);
    raw.scans = parameters.number("number of scans to compile this block").filter(|n| *n > 0.0);
    raw.pass_energy_ev = pass_energy(block);
    raw.work_function_ev = parameters.number("analyser work function or acceptance energy of atom or ion");
    raw.photons = photons(block);
    for (variable, values) in &ordinates[1..] {
        further_column(&mut raw, variable, values);
    }
    raw.metadata = metadata(header, block);
    let program = casa::program(&header.comment).unwrap_or_else(|| "CasaXPS".into());
    if let Some((fit, warnings)) = casa::read(&parameters.comment, &program) {
        raw.analysis = Some(fit);
        raw.warnings.extend(warnings);
    }
    Ok(Some(raw))
}

type Ordinate<'a> = (&'a Variable, Vec<f64>);

/// Axis label, energies, and the columns on it.
fn split_axis(block: &Block) -> Option<(&Variable, Vec<f64>, Vec<Ordinate<'_>>)> {
    let mut columns = block.parameters.variables.iter().zip(block.columns.iter().cloned());
    match &block.parameters.abscissa {
        Some(abscissa) => {
            let points = block.columns.first()?.len();
            let energies = (0..points).map(|i| abscissa.start + i as f64 * abscissa.increment).collect();
            Some((&abscissa.variable, energies, columns.collect()))
        }
        None => {
            let (variable, energies) = columns.next()?;
            Some((variable, energies, columns.collect()))
        }
    }
}

fn is_energy(axis: &Variable) -> bool {
    axis.unit.eq_ignore_ascii_case("ev") && axis.label.to_lowercase().contains("energy")
}

fn scale_of(axis: &Variable) -> Option<EnergyScale> {
    let label = axis.label.to_lowercase();
    match (label.contains("binding"), label.contains("kinetic")) {
        (true, false) => Some(EnergyScale::Binding),
        (false, true) => Some(EnergyScale::Kinetic),
        _ => None,
    }
}

/// The standard's units: `d` is a plain number, for pulse counting the counts per channel; `c/s` is counts per second.
fn intensity_unit(variable: &Variable, signal_mode: &str) -> IntensityUnit {
    let label = variable.label.to_lowercase();
    let per_second = ["c/s", "cps", "counts/s", "counts per second"];
    if per_second.iter().any(|word| variable.unit.eq_ignore_ascii_case(word) || label.contains(word)) {
        IntensityUnit::CountsPerSecond
    } else if signal_mode == "pulse counting" && (variable.unit == "d" || label.contains("count")) {
        IntensityUnit::Counts
    } else {
        IntensityUnit::Arbitrary
    }
}

fn species(block: &Block) -> String {
    let parameters = &block.parameters;
    format!("{} {}", parameters.text("species label"), parameters.text("transition or charge state label"))
        .trim()
        .to_owned()
}

/// The block identifier, unless only the species tells what was measured.
fn label(block: &Block) -> String {
    let species = species(block);
    if core_level_in(&block.identifier).is_some() || species.is_empty() { block.identifier.clone() } else { species }
}

/// Pass energy, where the analyser is run at a constant one.
fn pass_energy(block: &Block) -> Option<f64> {
    let constant = matches!(block.parameters.text("analyser mode"), "FAT" | "CAE");
    let value = block.parameters.number("analyser pass energy or retard ratio or mass resolution");
    value.filter(|ev| constant && *ev > 0.0)
}

fn photons(block: &Block) -> Option<Photons> {
    let label = block.parameters.text("analysis source label");
    let stated = block.parameters.number("analysis source characteristic energy").filter(|ev| *ev > 0.0);
    let label = (!label.is_empty()).then(|| label.to_owned());
    stated.map(|energy_ev| Photons { energy_ev, label, stated_by: StatedBy::File })
}

fn further_column(raw: &mut RawSpectrum, variable: &Variable, values: &[f64]) {
    let values = Array1::from(values.to_vec());
    if raw.transmission.is_none() && variable.label.to_lowercase().contains("transmission") {
        // In this format the transmission stands beside raw intensities, for the reader to divide by.
        raw.transmission = Some(Transmission { values: Some(values), coefficients: Vec::new(), applied: Some(false) });
    } else {
        raw.columns.push(Column { label: variable.label.clone(), unit: variable.unit.clone(), values });
    }
}

/// Names of metadata entries that are lines of comments.
pub(super) const EXPERIMENT_COMMENT: &str = "experiment comment";
/// The same for blocks.
pub(super) const BLOCK_COMMENT: &str = "block comment";

fn metadata(header: &Header, block: &Block) -> Vec<(String, String)> {
    let comments =
        |name: &str, lines: &[String]| lines.iter().map(|line| (name.to_owned(), line.clone())).collect::<Vec<_>>();
    let mut out = header.items.clone();
    out.extend(comments(EXPERIMENT_COMMENT, &header.comment));
    for item in block.parameters.items() {
        let unknown = item.value.parse().is_ok_and(|value| known(value).is_none());
        if !unknown && !item.value.is_empty() {
            out.push((item.name.clone(), item.value.clone()));
        }
    }
    out.extend(comments(BLOCK_COMMENT, &block.parameters.comment));
    out
}
