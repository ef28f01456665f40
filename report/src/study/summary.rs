//! The study in a few lines for a terminal.

use doublet_study::StudyAnalysis;
use doublet_study::properties::PropertyKind;

use super::words;
use crate::columns::columns;
use crate::number::bracketed;
use crate::text::printable;

/// Samples with size, density and phases, what differs, and the answers to the claims.
pub fn summary(analysis: &StudyAnalysis) -> String {
    let mut text = format!("{}\n", printable(&analysis.study.title));
    let rows: Vec<[String; 5]> = analysis.samples.iter().map(|sample| row(analysis, sample)).collect();
    text.push_str(&columns(["sample", "phases (wt%)", "size (nm)", "density (%)", "treatment"], &rows));
    let (real, noise): (Vec<_>, Vec<_>) = analysis.comparisons.iter().partition(|c| c.distinguishable);
    for comparison in &real {
        text.push_str(&format!("differs: {}\n", words::sentence(comparison)));
    }
    if !noise.is_empty() {
        text.push_str(&format!(
            "{} further comparisons cannot be told from noise; comparisons.csv has them all\n",
            noise.len()
        ));
    }
    for claim in &analysis.claims {
        text.push_str(&format!("claim {}\n", printable(&claim.text)));
        for fact in &claim.facts {
            text.push_str(&format!("  table: {}\n", printable(fact)));
        }
        for answer in &claim.answers {
            let (verdict, _) = words::verdict(answer.answer);
            text.push_str(&format!("  {}: {verdict}. {}\n", printable(&answer.sample), printable(&answer.explanation)));
        }
    }
    for warning in &analysis.warnings {
        text.push_str(&format!("warning: {}\n", printable(warning)));
    }
    text
}

fn row(analysis: &StudyAnalysis, sample: &doublet_study::SampleAnalysis) -> [String; 5] {
    use doublet_xrd::analysis::Verdict;

    let main = analysis.main_phase.as_ref().map_or("", |phase| phase.id.as_str());
    let of = |kind: PropertyKind, name: &str| {
        let own = sample.properties.iter().find(|p| p.kind == kind && p.name.ends_with(name));
        own.map_or("–".to_owned(), |p| format!("{}{}", if p.lower_limit { "≥ " } else { "" }, bracketed(&p.value)))
    };
    let phases = sample.xrd.iter().flat_map(|xrd| &xrd.phases).filter(|phase| phase.verdict == Verdict::Present);
    let phases: Vec<String> = phases
        // The only phase has 100 % by definition.
        .map(|phase| match phase.weight_percent.filter(|percent| percent.sigma.is_some()) {
            Some(percent) => format!("{} {}", phase.id, bracketed(&percent)),
            None => phase.id.clone(),
        })
        .collect();
    [
        printable(&sample.label),
        if phases.is_empty() { "–".into() } else { printable(&phases.join(", ")) },
        of(PropertyKind::CrystalliteSize, main),
        of(PropertyKind::RelativeDensity, ""),
        printable(sample.treatment.as_deref().unwrap_or("–")),
    ]
}
