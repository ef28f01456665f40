//! A phase that is said to make lines at stated angles.

use doublet_xrd::analysis::{ClaimAnswer, ClaimVerdict};
use doublet_xrd::identify::{Candidate, CandidateSet};
use doublet_xrd::pattern::PatternModel;
use doublet_xrd::radiation::Radiation;

use super::SampleAnswer;
use crate::analysis::SampleAnalysis;
use crate::study_file::{Claim, Study};

/// A line stands at a claimed angle if it is nearer than this: what an angle with one decimal and a displacement can be
/// off by.
const AT_DEG: f64 = 0.2;
/// Lines of at least this intensity count, the strongest being 100.
const LEAST_INTENSITY: f64 = 2.0;
/// Range in which the lines of a structure are computed.
const RANGE_DEG: (f64, f64) = (5.0, 90.0);

/// The claims about one sample as the diffraction analysis takes them.
pub(crate) fn texts(study: &Study, label: &str) -> Vec<String> {
    let own = study.claims.iter().filter(|claim| claim.is_about(label));
    own.flat_map(|claim| match claim {
        Claim::Phase { phase, two_theta_deg, .. } => each(phase, two_theta_deg),
        _ => Vec::new(),
    })
    .collect()
}

fn each(phase: &str, two_theta_deg: &[f64]) -> Vec<String> {
    if two_theta_deg.is_empty() {
        return vec![phase.to_owned()];
    }
    two_theta_deg.iter().map(|angle| format!("{phase}@{angle}")).collect()
}

/// The first phase of a claim that no candidate is called.
pub(crate) fn unknown<'s>(study: &'s Study, candidates: &CandidateSet) -> Option<&'s str> {
    let named = study.claims.iter().filter_map(|claim| match claim {
        Claim::Phase { phase, .. } => Some(phase.as_str()),
        _ => None,
    });
    named.into_iter().find(|name| called(name, candidates).next().is_none())
}

fn called<'c>(name: &str, candidates: &'c CandidateSet) -> impl Iterator<Item = &'c Candidate> {
    let extra = candidates.known.iter().filter(|k| !candidates.list.iter().any(|c| c.id() == k.id()));
    candidates.list.iter().chain(extra).filter(move |candidate| candidate.is_called(name))
}

pub(super) fn answer(
    phase: &str,
    two_theta_deg: &[f64],
    samples: &[&SampleAnalysis],
    candidates: &CandidateSet,
) -> (Vec<String>, Vec<SampleAnswer>) {
    let radiation = samples.iter().find_map(|s| s.xrd.as_ref()).map(|analysis| analysis.scan.radiation.clone());
    let facts = match radiation {
        Some(radiation) if !two_theta_deg.is_empty() => {
            called(phase, candidates).filter_map(|c| polymorph(c, two_theta_deg, &radiation)).collect()
        }
        _ => Vec::new(),
    };
    let answers = samples.iter().map(|sample| of_sample(sample, &each(phase, two_theta_deg))).collect();
    (facts, answers)
}

/// How many of the claimed angles one structure explains, and where its strongest line is.
fn polymorph(candidate: &Candidate, two_theta_deg: &[f64], radiation: &Radiation) -> Option<String> {
    let model = PatternModel::new(&candidate.structure, radiation, RANGE_DEG).ok()?;
    let lines = model.lines(radiation);
    let strongest = lines.iter().max_by(|a, b| a.relative.total_cmp(&b.relative))?;
    let at = |angle: &&f64| {
        lines.iter().any(|line| line.relative >= LEAST_INTENSITY && (line.two_theta_deg - **angle).abs() <= AT_DEG)
    };
    let (with, without): (Vec<&f64>, Vec<&f64>) = two_theta_deg.iter().partition(at);
    let list = |angles: &[&f64]| angles.iter().map(|a| format!("{a}°")).collect::<Vec<_>>().join(", ");
    let [h, k, l] = strongest.hkl;
    let missing = if without.is_empty() { String::new() } else { format!(", none at {}", list(&without)) };
    Some(format!(
        "{}: a line at {} of {} claimed angles{missing}; its strongest, ({h} {k} {l}), stands at {:.2}°",
        candidate.id(),
        with.len(),
        two_theta_deg.len(),
        strongest.two_theta_deg
    ))
}

/// The answers of the diffraction analysis to the lines of one claim, as one.
fn of_sample(sample: &SampleAnalysis, texts: &[String]) -> SampleAnswer {
    let Some(analysis) = &sample.xrd else {
        return SampleAnswer::new(sample, ClaimVerdict::NotDecidable, "No diffraction scan.");
    };
    let own: Vec<&ClaimAnswer> = analysis.claims.iter().filter(|answer| texts.contains(&answer.claim)).collect();
    let any = |verdict: ClaimVerdict| own.iter().any(|answer| answer.answer == verdict);
    let verdict = if any(ClaimVerdict::NotSupported) {
        ClaimVerdict::NotSupported
    } else if any(ClaimVerdict::NotDecidable) || own.is_empty() {
        ClaimVerdict::NotDecidable
    } else {
        ClaimVerdict::Supported
    };
    // What is said of the phase as a whole is said once.
    let mut sentences: Vec<&str> = Vec::new();
    for sentence in own.iter().flat_map(|answer| answer.explanation.split_inclusive(". ")) {
        if !sentences.iter().any(|known| known.trim() == sentence.trim()) {
            sentences.push(sentence);
        }
    }
    SampleAnswer::new(sample, verdict, sentences.iter().map(|s| s.trim()).collect::<Vec<_>>().join(" "))
}
