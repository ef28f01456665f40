//! `doublet xps quantify FILE… [--recipe RECIPE | --like PROGRAM]`.

use doublet_common::provenance::{Input, Tool};
use doublet_report::columns::columns;
use doublet_xps::analysis::{Analysis, SampleQuantification, analyze};
use doublet_xps::energy_scale::EnergyScale;
use doublet_xps::quantify::programs::{Program, ProgramRow, caveats, table as table_of};
use serde::Serialize;

use super::analyze::all_converged;
use super::args::{OtherProgram, QuantifyArgs};
use super::read;
use super::recipe::recipe;
use crate::failure::{Failure, Outcome};
use crate::output::{note, print, print_json};

#[derive(Serialize)]
struct Document<'a> {
    tool: Tool,
    input: &'a [Input],
    energy_reference: &'a [EnergyScale],
    quantification: &'a [SampleQuantification],
    warnings: &'a [String],
}

#[derive(Serialize)]
struct ProgramDocument {
    tool: Tool,
    program: Program,
    rows: Vec<ProgramRow>,
    warnings: Vec<String>,
}

/// Prints concentrations; fails where there are none.
pub(crate) fn run(arguments: &QuantifyArgs) -> Outcome {
    let set = read(&arguments.input)?;
    if let Some(like) = arguments.like {
        let program = match like {
            OtherProgram::Avantage => Program::Avantage,
            OtherProgram::Casaxps => Program::CasaXps,
        };
        return like_program(program, table_of(program, &set.regions), arguments.json);
    }
    let analysis = analyze(&set, &recipe(arguments.recipe.as_deref(), &set)?)?;
    if analysis.quantification.is_empty() {
        return Err(Failure::NotFound(format!("nothing could be quantified: {}", analysis.warnings.join("; "))));
    }
    if arguments.json {
        print_json(&Document {
            tool: Tool::this(),
            input: &analysis.input,
            energy_reference: &analysis.energy_reference,
            quantification: &analysis.quantification,
            warnings: &analysis.warnings,
        })?;
    } else {
        print(&concentrations(&analysis))?;
        analysis.warnings.iter().for_each(|warning| note(&format!("warning: {warning}")));
    }
    all_converged(&analysis)
}

fn concentrations(analysis: &Analysis) -> String {
    let mut out = String::new();
    for q in &analysis.quantification {
        out += &format!(
            "{}: {}; path length {}; transmission {}\n",
            q.sample.as_deref().unwrap_or("sample without name"),
            q.library,
            q.path_length,
            q.transmission
        );
        let rows: Vec<[String; 8]> = q
            .rows
            .iter()
            .map(|row| {
                let b = &row.error_budget;
                let share = |v: f64| format!("{v:.2}");
                [
                    format!("{} {}", row.level, row.state),
                    format!("{:.4}", row.sensitivity_factor),
                    format!("{:.2}", row.atomic_percent.value),
                    share(b.counting),
                    share(b.choices),
                    share(b.sensitivity_factors),
                    share(b.path_length),
                    share(b.total()),
                ]
            })
            .collect();
        let head = ["state", "RSF", "at%", "σ counting", "σ choices", "σ RSF", "σ path", "σ total"];
        out += &columns(head, &rows);
    }
    out
}

fn like_program(program: Program, rows: Vec<ProgramRow>, json: bool) -> Outcome {
    if rows.is_empty() {
        return Err(Failure::NotFound("the files hold no areas of that program".into()));
    }
    let warnings = caveats(program, &rows);
    if json {
        return print_json(&ProgramDocument { tool: Tool::this(), program, rows, warnings });
    }
    let cells: Vec<[String; 7]> = rows
        .iter()
        .map(|row| {
            [
                row.name.clone(),
                format!("{:.2}", row.binding_energy_ev.value),
                format!("{:.2}", row.area.value),
                format!("{}", row.sensitivity_factor),
                format!("{:.4}", row.transmission),
                format!("{:.2}", row.normalised_area.value),
                format!("{:.2}", row.atomic_percent.value),
            ]
        })
        .collect();
    print(&columns(["name", "BE eV", "area", "RSF", "T", "normalised", "at%"], &cells))?;
    warnings.iter().for_each(|warning| note(&format!("warning: {warning}")));
    Ok(())
}
