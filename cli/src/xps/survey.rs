//! `doublet xps survey FILE… [--shift EV]`.

use std::fmt::Write as _;

use doublet_common::provenance::Tool;
use doublet_xps::region::ScanType;
use doublet_xps::survey::{LineStatus, Survey, Verdict, survey};
use serde::Serialize;

use super::args::SurveyArgs;
use super::read;
use crate::failure::{Failure, Outcome};
use crate::output::{note, print, print_json};

#[derive(Serialize)]
struct Document {
    tool: Tool,
    surveys: Vec<Survey>,
}

/// Prints the elements of every survey region; fails where the files hold none.
pub(crate) fn run(arguments: &SurveyArgs) -> Outcome {
    let set = read(&arguments.input)?;
    let wide = set.regions.iter().filter(|region| region.scan_type == ScanType::Survey);
    let surveys = wide.map(|region| survey(region, arguments.shift)).collect::<Result<Vec<Survey>, _>>()?;
    if surveys.is_empty() {
        return Err(Failure::NotFound("no survey spectrum in these files; they hold narrow regions only".into()));
    }
    if arguments.json {
        return print_json(&Document { tool: Tool::this(), surveys });
    }
    print(&surveys.iter().map(text).collect::<Vec<String>>().join("\n"))?;
    surveys.iter().flat_map(|s| &s.warnings).for_each(|warning| note(&format!("warning: {warning}")));
    Ok(())
}

fn text(found: &Survey) -> String {
    let mut out = format!("{} ({})\n", found.label, found.sample.as_deref().unwrap_or("no sample named"));
    for (verdict, heading) in [(Verdict::Present, "present"), (Verdict::Undecided, "not decided")] {
        for element in found.elements.iter().filter(|e| e.verdict == verdict) {
            let lines: Vec<String> = element
                .lines
                .iter()
                .filter(|line| line.status == LineStatus::Found)
                .filter_map(|line| {
                    let (at, z) = (line.found_ev?, line.significance?);
                    Some(format!("{} {:.1} eV ({z:.0} σ)", line.line, at.value))
                })
                .collect();
            let _ = writeln!(out, "  {:<2} {heading}: {}", element.element, lines.join(", "));
            for remark in &element.remarks {
                let _ = writeln!(out, "     {remark}");
            }
        }
    }
    let unknown: Vec<String> = found
        .peaks
        .iter()
        .filter(|peak| peak.assignments.is_empty())
        .map(|peak| format!("{:.1}", peak.binding_energy_ev.value))
        .collect();
    if !unknown.is_empty() {
        let _ = writeln!(out, "  peaks that no reported element explains: {} eV", unknown.join(", "));
    }
    out
}
