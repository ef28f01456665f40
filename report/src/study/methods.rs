//! The methods text of a study: those of both techniques, and what compares the samples.

use doublet_study::StudyAnalysis;
use doublet_study::comparison::SIGNIFICANCE;

use crate::text::printable;
use crate::{diffraction, photoelectron};

/// Text and reference list of one part.
pub(super) struct Part {
    pub(super) heading: &'static str,
    pub(super) paragraphs: Vec<String>,
    pub(super) references: Vec<String>,
}

/// The parts; each technique as told of the first sample that has it, since the recipe is one for all.
pub(super) fn parts(analysis: &StudyAnalysis) -> Vec<Part> {
    let mut parts = Vec::new();
    if let Some(xrd) = analysis.samples.iter().find_map(|sample| sample.xrd.as_ref()) {
        let text = diffraction::methods(xrd);
        parts.push(Part { heading: "Diffraction", paragraphs: text.paragraphs, references: text.references });
    }
    if let Some(xps) = analysis.samples.iter().find_map(|sample| sample.xps.as_ref()) {
        let text = photoelectron::methods(xps);
        parts.push(Part { heading: "Photoelectrons", paragraphs: text.paragraphs, references: text.references });
    }
    parts.push(comparison(analysis));
    parts
}

fn comparison(analysis: &StudyAnalysis) -> Part {
    let mut paragraphs = vec![format!(
        "Properties of the samples were compared in pairs by the difference divided by its standard uncertainty; the two-sided \
         probabilities of {} comparisons were corrected for their number by Holm's procedure, and a difference is called real \
         below {SIGNIFICANCE}. Errors that all samples share (sensitivity factors, instrument profile) are left out of these \
         differences.",
        analysis.comparisons.len()
    )];
    let mut references = vec!["S. Holm, Scand. J. Statist. 6 (1979) 65".to_owned()];
    if let Some(density) = analysis.samples.iter().find_map(|sample| sample.density.as_ref()) {
        paragraphs.push(format!(
            "Bulk densities and open porosities follow from Archimedes' principle; theoretical densities from the cells as \
             fitted. {}.",
            printable(&density.assumed.join("; "))
        ));
        references.push("M. Tanaka et al., Metrologia 38 (2001) 301".to_owned());
    }
    if let Some(surface) = analysis.samples.iter().find_map(|sample| sample.surface.as_ref()) {
        paragraphs.push(format!(
            "The composition of the crystalline phases was set beside the atomic concentrations of the surface, {}; carbon is \
             left out.",
            printable(&surface.basis)
        ));
    }
    Part { heading: "Comparison", paragraphs, references }
}
