//! Tables of a study: one row a sample, a comparison, an answer, an element.

use doublet_study::StudyAnalysis;
use doublet_study::properties::Property;

use super::words;
use crate::csv::{Row, Table};
use crate::text::printable;

/// Names of all properties with their units, in the order in which they first appear.
pub(super) fn property_names(analysis: &StudyAnalysis) -> Vec<(String, String)> {
    let mut names: Vec<(String, String)> = Vec::new();
    for property in analysis.samples.iter().flat_map(|sample| &sample.properties) {
        if names.iter().all(|(name, _)| *name != property.name) {
            names.push((property.name.clone(), property.unit.clone()));
        }
    }
    names
}

/// One row a sample, value and σ of every property.
pub(super) fn samples(analysis: &StudyAnalysis) -> Table {
    let names = property_names(analysis);
    let mut header = vec!["sample".to_owned(), "treatment".to_owned()];
    for (name, unit) in &names {
        let unit = if unit.is_empty() { String::new() } else { format!(" ({unit})") };
        header.push(printable(&format!("{name}{unit}")));
        header.push(printable(&format!("σ of {name}{unit}")));
    }
    header.push("failures".to_owned());
    let mut table = Table::new(&header.iter().map(String::as_str).collect::<Vec<_>>());
    for sample in &analysis.samples {
        let mut row =
            Row::default().text(&printable(&sample.label)).text(&printable(sample.treatment.as_deref().unwrap_or("")));
        for (name, _) in &names {
            let own: Option<&Property> = sample.properties.iter().find(|property| property.name == *name);
            row = row.optional_quantity(own.map(|property| &property.value));
        }
        table.push(row.text(&printable(&sample.failures.join("; "))));
    }
    table
}

/// One row a comparison.
pub(super) fn comparisons(analysis: &StudyAnalysis) -> Table {
    let mut table = Table::new(&[
        "property",
        "unit",
        "first",
        "second",
        "first value",
        "first σ",
        "second value",
        "second σ",
        "difference",
        "difference σ",
        "z",
        "p",
        "p corrected (Holm)",
        "distinguishable",
    ]);
    for c in &analysis.comparisons {
        let row = Row::default()
            .text(&printable(&c.property))
            .text(&printable(&c.unit))
            .text(&printable(&c.first))
            .text(&printable(&c.second))
            .quantity(&c.first_value)
            .quantity(&c.second_value)
            .quantity(&c.difference)
            .number(c.z)
            .number(c.probability)
            .number(c.corrected_probability)
            .text(if c.distinguishable { "yes" } else { "no" });
        table.push(row);
    }
    table
}

/// One row an answer of a sample to a claim.
pub(super) fn claims(analysis: &StudyAnalysis) -> Table {
    let mut table = Table::new(&["claim", "sample", "answer", "explanation", "facts"]);
    for claim in &analysis.claims {
        for answer in &claim.answers {
            let row = Row::default()
                .text(&printable(&claim.text))
                .text(&printable(&answer.sample))
                .text(words::verdict(answer.answer).0)
                .text(&printable(&answer.explanation))
                .text(&printable(&claim.facts.join("; ")));
            table.push(row);
        }
    }
    table
}

/// One row an element of a sample, bulk beside surface.
pub(super) fn surface(analysis: &StudyAnalysis) -> Table {
    let mut table = Table::new(&["sample", "element", "bulk %", "bulk σ", "surface %", "surface σ", "z", "reading"]);
    for sample in &analysis.samples {
        for element in sample.surface.iter().flat_map(|surface| &surface.elements) {
            let row = Row::default()
                .text(&printable(&sample.label))
                .text(&printable(&element.element))
                .quantity(&element.bulk_percent)
                .quantity(&element.surface_percent)
                .number(element.z)
                .text(element.reading.as_deref().unwrap_or(""));
            table.push(row);
        }
    }
    table
}
