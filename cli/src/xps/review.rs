//! `doublet xps review FILE… [--recipe RECIPE]`.

use std::fmt::Write as _;

use doublet_common::provenance::Tool;
use doublet_report::photoelectron::methods;
use doublet_xps::analysis::{Analysis, analyze};
use doublet_xps::region::Region;
use doublet_xps::review::{
    Finding, ReportField, has_foreign_fit, iso_19830_fields, iso_19830_fields_of_foreign, methods_paragraph_of_foreign,
    review_foreign,
};
use serde::Serialize;

use super::args::ReviewArgs;
use super::read;
use super::recipe::recipe;
use crate::failure::{Failure, Outcome};
use crate::output::{print, print_json};

#[derive(Serialize)]
struct Document {
    tool: Tool,
    findings: Vec<Finding>,
    iso_19830: Vec<ReportField>,
    methods: String,
}

/// Prints what a referee would say; fails where there is nothing to review.
pub(crate) fn run(arguments: &ReviewArgs) -> Outcome {
    let set = read(&arguments.input)?;
    let document = if arguments.recipe.is_some() {
        let analysis = analyze(&set, &recipe(arguments.recipe.as_deref(), &set)?)?;
        Document {
            tool: Tool::this(),
            iso_19830: iso_19830_fields(&analysis),
            methods: methods_text(&analysis),
            findings: analysis.findings,
        }
    } else {
        let regions: Vec<&Region> = set.regions.iter().collect();
        if !has_foreign_fit(&regions) {
            let message = "no fit of another program was found in these files; give --recipe to fit and review them";
            return Err(Failure::NotFound(message.into()));
        }
        Document {
            tool: Tool::this(),
            findings: review_foreign(&regions),
            iso_19830: iso_19830_fields_of_foreign(&regions),
            methods: methods_paragraph_of_foreign(&regions),
        }
    };
    if arguments.json { print_json(&document) } else { print(&text(&document)) }
}

/// The methods text of the report, and what it cites.
fn methods_text(analysis: &Analysis) -> String {
    let methods = methods(analysis);
    let references = methods.references.iter().zip(1..).map(|(work, number)| format!("[{number}] {work}"));
    methods.paragraphs.into_iter().chain(references).collect::<Vec<_>>().join("\n")
}

fn text(document: &Document) -> String {
    let mut out = String::new();
    for finding in &document.findings {
        let _ = writeln!(
            out,
            "{} [{}] {}\n    allowed: {}; {} ({})",
            finding.subject, finding.rule, finding.message, finding.threshold, finding.advice, finding.source
        );
    }
    if document.findings.is_empty() {
        out.push_str("no rule objects\n");
    }
    out.push_str("\nFields of ISO 19830\n");
    for field in &document.iso_19830 {
        let _ = writeln!(out, "- {}: {}", field.name, field.value.as_deref().unwrap_or("MISSING, to be added"));
    }
    let _ = writeln!(out, "\nMethods\n{}", document.methods);
    out
}
