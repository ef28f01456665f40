//! What was found, in plain sentences: the top of the page.

use doublet_xrd::analysis::{Analysis, ClaimVerdict, Phase, PhaseSize, Verdict};

use super::words;
use crate::formula::formula_html;
use crate::number::{bracketed, fixed, typographic};
use crate::page::{Sentence, capitalised};
use crate::text::{escaped, printable};

/// Most phases or peaks that a sentence names.
const MAX_NAMED: usize = 6;

/// The sentences, most important first.
pub(super) fn sentences(analysis: &Analysis) -> Vec<Sentence> {
    let mut sentences = phases(analysis);
    sentences.push(unexplained(analysis));
    sentences.extend(analysis.claims.iter().map(|claim| {
        let kind = match claim.answer {
            ClaimVerdict::Supported => "good",
            ClaimVerdict::NotSupported => "bad",
            ClaimVerdict::NotDecidable => "doubt",
        };
        let heading = format!("Claim {}", printable(&claim.claim));
        let answer = capitalised(words::claim(claim.answer));
        Sentence::new(kind, heading, format!("{answer}. {}", escaped(&printable(&claim.explanation))))
    }));
    sentences.extend(crystallites(analysis));
    sentences
}

fn phases(analysis: &Analysis) -> Vec<Sentence> {
    let with = |verdict| analysis.phases.iter().filter(move |phase| phase.verdict == verdict).collect::<Vec<_>>();
    let (present, possible, absent) = (with(Verdict::Present), with(Verdict::Possible), with(Verdict::NotDetected));
    let mut sentences = Vec::new();
    sentences.push(if present.is_empty() {
        let html = if analysis.phases.is_empty() {
            "No candidate matches the pattern."
        } else {
            "No candidate is needed to explain the pattern, or none with all its strong lines."
        };
        Sentence::new("bad", "No phase identified", html)
    } else {
        Sentence::new("good", "Present", list(&present, amount))
    });
    if !possible.is_empty() {
        let html = list(&possible, |phase| format!("{}, {}", amount(phase), escaped(&printable(&phase.reason))));
        sentences.push(Sentence::new("doubt", "Possible, not certain", html));
    }
    if !absent.is_empty() {
        let html = if absent.len() > MAX_NAMED {
            format!("{} further candidates; the upper limit of each is below.", absent.len())
        } else {
            list(&absent, amount)
        };
        sentences.push(Sentence::new("plain", "Not detected", html));
    }
    sentences
}

/// Phases by formula with something in brackets, the first few of them.
fn list(phases: &[&Phase], remark: impl Fn(&Phase) -> String) -> String {
    let named: Vec<String> = phases
        .iter()
        .take(MAX_NAMED)
        .map(|phase| {
            let (formula, name) = words::formula_and_remark(phase);
            let name = if name.is_empty() { name } else { format!(" {}", escaped(&printable(&name))) };
            let remark = remark(phase);
            let remark = if remark.is_empty() { remark } else { format!(" – {remark}") };
            format!("<b>{}</b>{name}{remark}", formula_html(&formula))
        })
        .collect();
    let rest = phases.len() - named.len();
    let rest = if rest > 0 { format!(", and {rest} more") } else { String::new() };
    format!("{}{rest}.", named.join("; "))
}

/// Weight fraction or its limit.
fn amount(phase: &Phase) -> String {
    match (&phase.weight_percent, phase.upper_limit_wt_percent) {
        (Some(weight), _) if weight.sigma.is_none() => "the only phase".into(),
        (Some(weight), _) => format!("{} wt%", typographic(&bracketed(weight))),
        (None, Some(limit)) => format!("{} wt%", escaped(&words::limit(limit))),
        (None, None) => String::new(),
    }
}

fn unexplained(analysis: &Analysis) -> Sentence {
    let angles: Vec<String> = analysis
        .unexplained_peaks
        .iter()
        .filter_map(|&index| analysis.peaks.get(index))
        .map(|peak| format!("{}°", fixed(peak.two_theta_deg.value, 2)))
        .collect();
    let all = analysis.peaks.len();
    let (kind, heading, html) = match (angles.len(), all) {
        (_, 0) => ("plain", "No peaks", "Nothing rises significantly above the background.".to_owned()),
        (0, _) => ("good", "All peaks explained", format!("Every one of {all} peaks belongs to a phase named here.")),
        (some, _) => {
            let named = angles.iter().take(MAX_NAMED).cloned().collect::<Vec<_>>().join(", ");
            let rest = if some > MAX_NAMED { ", …" } else { "" };
            ("doubt", "Not explained", format!("{some} of {all} peaks: {named}{rest}. Another phase may be there."))
        }
    };
    Sentence::new(kind, heading, html)
}

/// Mean sizes, those of one meaning in one sentence.
fn crystallites(analysis: &Analysis) -> Vec<Sentence> {
    let mut meanings: Vec<(&PhaseSize, Vec<String>)> = Vec::new();
    for size in &analysis.crystallite_size {
        let Some(mean) = &size.mean_size_fwhm_nm else { continue };
        let of = match formula_html(&words::formula_of(analysis, &size.phase_id)) {
            formula if formula.is_empty() => "peaks that no phase explains".to_owned(),
            formula => formula,
        };
        let bound = if size.instrument_removed { "" } else { "at least " };
        let text = format!("{of} {bound}{} nm", typographic(&bracketed(mean)));
        match meanings.iter_mut().find(|(known, _)| known.meaning == size.meaning) {
            Some((_, texts)) => texts.push(text),
            None => meanings.push((size, vec![text])),
        }
    }
    meanings
        .into_iter()
        .map(|(size, texts)| {
            let kind = if size.instrument_removed { "plain" } else { "doubt" };
            let meaning = escaped(&printable(&size.meaning));
            Sentence::new(kind, "Crystallite size", format!("{} – {meaning}.", texts.join("; ")))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn html(analysis: &Analysis) -> String {
        sentences(analysis).iter().map(|s| format!("[{}] {}: {}\n", s.kind, s.heading, s.html)).collect()
    }

    #[test]
    fn the_summary_says_the_verdicts() {
        let text = html(&crate::synthetic::analysis());
        for expected in [
            "[good] Present: <b>LiGe<sub>2</sub>(PO<sub>4</sub>)<sub>3</sub></b> lithium germanium phosphate – 96.31(22) wt%.",
            "[doubt] Possible, not certain: <b>AlPO<sub>4</sub></b>",
            "[plain] Not detected: <b>Li<sub>2</sub>O</b> lithium oxide – &lt; 1.8 wt%.",
            "[doubt] Not explained: 1 of 19 peaks: 20.55°.",
            "[bad] Claim Li2O@20.5: Not supported.",
            "at least 47.6(11) nm",
        ] {
            assert!(text.contains(expected), "{expected}\nmissing in\n{text}");
        }
    }

    #[test]
    fn nothing_found_is_not_hidden() {
        let mut analysis = crate::synthetic::analysis();
        analysis.phases.clear();
        analysis.peaks.clear();
        analysis.unexplained_peaks.clear();
        let text = html(&analysis);
        assert!(text.contains("No phase identified") && text.contains("No peaks"), "{text}");
    }
}
