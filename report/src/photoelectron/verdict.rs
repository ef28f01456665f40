//! What was found, in plain sentences: the top of the page.

use doublet_xps::analysis::{Analysis, SampleQuantification};
use doublet_xps::review::{Finding, Severity};

use super::words;
use crate::formula::state_text;
use crate::number::{bracketed, significant, typographic};
use crate::page::Sentence;
use crate::text::{escaped, printable};

/// Most findings that the summary names.
const MAX_NAMED: usize = 4;

/// Reduced χ² outside which a fit is doubted, as the review does.
const FAIR_CHI_SQUARED: std::ops::RangeInclusive<f64> = 0.7..=2.0;

/// The sentences, most important first.
pub(super) fn sentences(analysis: &Analysis) -> Vec<Sentence> {
    let several = analysis.quantification.len() > 1;
    let mut sentences: Vec<Sentence> = analysis.quantification.iter().map(|of| composition(of, several)).collect();
    sentences.push(reference(analysis));
    sentences.push(quality(analysis));
    sentences.extend(findings(analysis, Severity::Problem, "bad", "Problems"));
    sentences.extend(findings(analysis, Severity::Question, "doubt", "A referee will ask"));
    if analysis.findings.is_empty() {
        sentences.push(Sentence::new("good", "Review", "No rule of the review objects to these fits."));
    }
    sentences
}

fn composition(of: &SampleQuantification, several: bool) -> Sentence {
    let parts: Vec<String> = of
        .rows
        .iter()
        .map(|row| {
            let percent = typographic(&bracketed(&row.atomic_percent));
            format!("{} {} {percent}", row.level, escaped(&state_text(&row.state)))
        })
        .collect();
    let heading = match &of.sample {
        Some(sample) if several => format!("Composition of {}, at%", printable(sample)),
        _ => "Composition, at%".into(),
    };
    Sentence::new("plain", heading, format!("{}.", parts.join("; ")))
}

fn reference(analysis: &Analysis) -> Sentence {
    let scales: Vec<String> = analysis
        .energy_reference
        .iter()
        .filter(|scale| scale.declared)
        .map(|scale| {
            let several = analysis.energy_reference.len() > 1;
            let sample = scale.sample.as_ref().filter(|_| several);
            let sample = sample.map(|sample| format!("{}: ", printable(sample))).unwrap_or_default();
            let shift = words::energy(&scale.shift_ev);
            escaped(&format!("{sample}{}, shift {shift} eV", state_text(&scale.reference)))
        })
        .collect();
    if scales.is_empty() {
        let html = "None: binding energies stand on the spectrometer's own scale and cannot be compared with tables.";
        return Sentence::new("doubt", "Energy reference", html);
    }
    Sentence::new("plain", "Energy reference", format!("{}.", scales.join("; ")))
}

fn quality(analysis: &Analysis) -> Sentence {
    let failed: Vec<String> = analysis
        .regions
        .iter()
        .filter(|region| !region.statistics.converged)
        .map(|region| words::region_name(analysis, region))
        .collect();
    if !failed.is_empty() {
        let html =
            format!("No minimum was reached for {}: their numbers are not results.", escaped(&failed.join(", ")));
        return Sentence::new("bad", "Fits", html);
    }
    let chi: Vec<f64> = analysis.regions.iter().filter_map(|region| region.statistics.reduced_chi_squared).collect();
    let without = analysis.regions.len() - chi.len();
    let (low, high) = crate::figures::extent(chi.iter().copied());
    let all = analysis.regions.len();
    let mut html = match chi.len() {
        0 => format!("{all} regions fitted."),
        1 => format!("{all} regions fitted, reduced χ² {}.", significant(low, 3)),
        _ => format!("{all} regions fitted, reduced χ² from {} to {}.", significant(low, 3), significant(high, 3)),
    };
    if without > 0 {
        html.push_str(&format!(" No χ² for {without} of them: their files hold no true counts."));
    }
    let fair = chi.iter().all(|chi| FAIR_CHI_SQUARED.contains(chi)) && without == 0;
    Sentence::new(if fair { "good" } else { "doubt" }, "Fits", html)
}

fn findings(analysis: &Analysis, severity: Severity, kind: &'static str, heading: &str) -> Option<Sentence> {
    let all: Vec<&Finding> = analysis.findings.iter().filter(|finding| finding.severity == severity).collect();
    if all.is_empty() {
        return None;
    }
    let named: Vec<String> = all.iter().take(MAX_NAMED).map(|finding| escaped(&words::finding(finding))).collect();
    let rest = all.len() - named.len();
    let rest = if rest > 0 { format!("; and {rest} more below") } else { String::new() };
    Some(Sentence::new(kind, heading, format!("{}{rest}.", named.join("; "))))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn html(analysis: &Analysis) -> String {
        sentences(analysis).iter().map(|s| format!("[{}] {}: {}\n", s.kind, s.heading, s.html)).collect()
    }

    #[test]
    fn the_summary_says_composition_reference_and_quality() {
        let text = html(&crate::photoelectron::example());
        for expected in [
            "Bi 4f Bi₂O₃",
            "C 1s (C–C, C–H) = 284.5 eV, shift 2.0",
            "[good] Fits: 8 regions fitted",
            "A referee will ask",
        ] {
            assert!(text.contains(expected), "{expected}\nmissing in\n{text}");
        }
    }

    #[test]
    fn a_failed_fit_is_not_hidden() {
        let mut analysis = crate::photoelectron::example();
        analysis.regions[2].statistics.converged = false;
        assert!(html(&analysis).contains("[bad] Fits: No minimum was reached for P 2p"));
    }
}
