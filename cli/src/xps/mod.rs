//! `doublet xps …`: one function per verb.

mod analyze;
pub(crate) mod args;
mod fit;
mod quantify;
mod recipe;
mod review;
mod survey;

use std::path::Path;

use doublet_common::output::{Overwrite, write_atomically};
use doublet_common::provenance::Tool;
use doublet_xps::formats::{read_files, writer};
use doublet_xps::region::{DataSet, DataSetInfo, EnergyScale, ReadOptions, Region};
use doublet_xps::simulate::{Simulation, simulate};
use serde::Serialize;

use self::args::{Axis, ConvertArgs, InfoArgs, InputArgs, SimulateArgs, SpectrumFormat, XpsVerb};
use crate::failure::{Failure, Outcome};
use crate::output::{note, print, print_bytes, print_json};

/// Runs one verb.
pub(crate) fn run(verb: XpsVerb) -> Outcome {
    match verb {
        XpsVerb::Info(arguments) => info(&arguments),
        XpsVerb::Convert(arguments) => convert(&arguments),
        XpsVerb::Analyze(arguments) => analyze::run(&arguments),
        XpsVerb::Fit(arguments) => fit::run(&arguments),
        XpsVerb::Quantify(arguments) => quantify::run(&arguments),
        XpsVerb::Survey(arguments) => survey::run(&arguments),
        XpsVerb::Review(arguments) => review::run(&arguments),
        XpsVerb::Simulate(arguments) => simulated(&arguments),
    }
}

/// Reads the files; what their readers noticed goes to stderr, each remark once.
fn read(input: &InputArgs) -> Result<DataSet, Failure> {
    let axis = input.axis.map(|axis| match axis {
        Axis::Be => EnergyScale::Binding,
        Axis::Ke => EnergyScale::Kinetic,
    });
    let set = read_files(&input.files, &ReadOptions { axis, photon_energy_ev: input.photon_energy })?;
    let mut said: Vec<String> = Vec::new();
    for region in &set.regions {
        for warning in &region.input.reader_warnings {
            let text = format!("warning: {}: {warning}", region.input.file_name);
            if !said.contains(&text) {
                note(&text);
                said.push(text);
            }
        }
    }
    Ok(set)
}

#[derive(Serialize)]
struct InfoDocument {
    tool: Tool,
    #[serde(flatten)]
    info: DataSetInfo,
}

fn info(arguments: &InfoArgs) -> Outcome {
    let set = read(&arguments.input)?;
    if arguments.json {
        return print_json(&InfoDocument { tool: Tool::this(), info: set.info() });
    }
    print(&set.regions.iter().map(info_line).collect::<Vec<String>>().join("\n"))
}

fn info_line(region: &Region) -> String {
    let energy = region.energy_ev();
    let range = energy.first().zip(energy.last()).map(|(a, b)| format!("{a:.2} to {b:.2} eV")).unwrap_or_default();
    let scale = if region.energy_scale == EnergyScale::Binding { "binding" } else { "kinetic" };
    let fitted = region.analysis.as_ref().map(|fit| format!(", fitted in {}", fit.program)).unwrap_or_default();
    format!(
        "{}: {} ({}), {scale} energy {range}, {} points{fitted}",
        region.input.file_name,
        region.label,
        region.sample.as_deref().unwrap_or("no sample named"),
        energy.len()
    )
}

fn convert(arguments: &ConvertArgs) -> Outcome {
    let set = read(&arguments.input)?;
    let name = match arguments.to {
        SpectrumFormat::Vamas => "vamas",
        SpectrumFormat::Csv => "csv",
    };
    write(&set, name, arguments.output.as_deref(), arguments.force)
}

fn write(set: &DataSet, format: &str, output: Option<&Path>, force: bool) -> Outcome {
    let writer = writer(format).ok_or_else(|| Failure::NotFound(format!("no writer is named {format}")))?;
    let bytes = writer(&set.regions)?;
    match output {
        None => print_bytes(&bytes),
        Some(path) => {
            let overwrite = if force { Overwrite::Allow } else { Overwrite::Refuse };
            Ok(write_atomically(path, &bytes, overwrite)?)
        }
    }
}

fn simulated(arguments: &SimulateArgs) -> Outcome {
    let text = read_text(&arguments.description)?;
    let simulation = Simulation::from_toml(&arguments.description.display().to_string(), &text)?;
    write(&simulate(&simulation, arguments.seed)?, "vamas", arguments.output.as_deref(), arguments.force)
}

fn read_text(path: &Path) -> Result<String, Failure> {
    std::fs::read_to_string(path)
        .map_err(|source| Failure::Common(doublet_common::Error::Io { file: path.display().to_string(), source }))
}
