//! The result of one scan as plain text for a terminal.

use std::fmt::Write as _;

use doublet_xrd::analysis::{Analysis, Phase, PhaseSize, Verdict};

use super::words;
use crate::columns::columns;
use crate::formula::without_setting;
use crate::number::{fixed, plus_minus};
use crate::text::printable;

/// Longest list of peaks that is printed in full.
const MAX_LISTED_PEAKS: usize = 8;

/// Most phases that are named although they are not detected.
const MAX_ABSENT: usize = 5;

/// Phases, sizes, claims, unexplained peaks and warnings in a few aligned lines, each ending with a line break.
///
/// Control characters in names from files are replaced, so that a file cannot write to the terminal.
pub fn summary(analysis: &Analysis) -> String {
    let mut out = String::new();
    let scan = &analysis.scan;
    let title = scan.title.as_deref().map(|title| format!(" \"{}\"", printable(title))).unwrap_or_default();
    let simulated = if scan.simulated { ", simulated" } else { "" };
    line(
        &mut out,
        &format!(
            "{}{title}: {} points, {}–{}°, {}{simulated}",
            printable(&analysis.input.file_name),
            scan.points,
            fixed(scan.two_theta_range_deg[0], 2),
            fixed(scan.two_theta_range_deg[1], 2),
            words::radiation(&scan.radiation),
        ),
    );
    phases(&mut out, analysis);
    sizes(&mut out, &analysis.crystallite_size, analysis);
    claims(&mut out, analysis);
    contamination_lines(&mut out, analysis);
    unexplained(&mut out, analysis);
    for warning in &analysis.warnings {
        line(&mut out, &format!("warning: {}", printable(warning)));
    }
    out
}

fn line(out: &mut String, text: &str) {
    // Writing to a String cannot fail.
    let _ = writeln!(out, "{text}");
}

fn phases(out: &mut String, analysis: &Analysis) {
    if analysis.phases.is_empty() {
        line(out, "  no phase matches");
        return;
    }
    let shown = shown(&analysis.phases);
    let rows: Vec<[String; 4]> = shown
        .iter()
        .map(|phase| {
            let evidence = format!("{} σ", fixed(phase.evidence_sigma, 1));
            [words::verdict(phase.verdict).into(), name(phase), words::amount(phase, plus_minus), evidence]
        })
        .collect();
    table(out, ["verdict", "phase", "weight %", "evidence"], &rows);
    let rest = analysis.phases.len() - shown.len();
    if rest > 0 {
        line(out, &format!("  {rest} more candidates not detected; phases.csv has the upper limit of each"));
    }
}

/// All phases that are there or may be, and of the others those with most evidence.
fn shown(phases: &[Phase]) -> Vec<&Phase> {
    let (mut absent, mut shown): (Vec<&Phase>, Vec<&Phase>) =
        phases.iter().partition(|phase| phase.verdict == Verdict::NotDetected);
    if absent.len() > MAX_ABSENT {
        absent.retain(|phase| phase.evidence_sigma > 0.0);
        absent.sort_by(|a, b| b.evidence_sigma.total_cmp(&a.evidence_sigma));
        absent.truncate(MAX_ABSENT);
    }
    shown.extend(absent);
    shown
}

fn name(phase: &Phase) -> String {
    let model = if phase.model { " (model)" } else { "" };
    let (formula, _) = words::formula_and_remark(phase);
    format!("{} {}{model}", printable(&formula), printable(without_setting(&phase.space_group)))
}

fn sizes(out: &mut String, sizes: &[PhaseSize], analysis: &Analysis) {
    let rows: Vec<[String; 4]> = sizes
        .iter()
        .map(|size| {
            let formula = printable(&words::formula_of(analysis, &size.phase_id));
            let nm = |quantity: &Option<doublet_common::Quantity>| quantity.as_ref().map_or("–".into(), plus_minus);
            let formula = if formula.is_empty() { "unexplained peaks".into() } else { formula };
            [formula, nm(&size.mean_size_fwhm_nm), nm(&size.mean_size_integral_nm), printable(&size.meaning)]
        })
        .collect();
    if !rows.is_empty() {
        table(out, ["size of", "nm (FWHM)", "nm (integral)", "meaning"], &rows);
    }
}

fn claims(out: &mut String, analysis: &Analysis) {
    for claim in &analysis.claims {
        let answer = words::claim(claim.answer);
        line(out, &format!("claim {}: {answer}. {}", printable(&claim.claim), printable(&claim.explanation)));
    }
}

/// Lines of the tube beside Kα: ratio, and their peaks; empty where there are none.
pub fn contamination(analysis: &Analysis) -> String {
    let mut out = String::new();
    contamination_lines(&mut out, analysis);
    let rows: Vec<[String; 4]> = analysis
        .contamination
        .iter()
        .flat_map(|lines| &lines.peaks)
        .map(|peak| {
            let angle = fixed(peak.two_theta_deg, 3);
            [angle, fixed(peak.area, 2), fixed(peak.significance, 0), printable(&peak.name)]
        })
        .collect();
    if !rows.is_empty() {
        table(&mut out, ["2θ (°)", "area", "σ", "line"], &rows);
    }
    out
}

fn contamination_lines(out: &mut String, analysis: &Analysis) {
    for lines in &analysis.contamination {
        let percent = doublet_common::Quantity {
            value: 100.0 * lines.ratio.value,
            sigma: lines.ratio.sigma.map(|sigma| 100.0 * sigma),
        };
        let name = format!("{} ({} Å)", lines.label, lines.wavelength_angstrom);
        let peaks = lines.peaks.len();
        line(
            out,
            &format!(
                "{name}: {} % of Kα, {}; {peaks} of its peaks rise above the noise",
                plus_minus(&percent),
                lines.source
            ),
        );
    }
}

fn unexplained(out: &mut String, analysis: &Analysis) {
    let peaks: Vec<String> = analysis
        .unexplained_peaks
        .iter()
        .filter_map(|&index| analysis.peaks.get(index))
        .map(|peak| format!("{}°", fixed(peak.two_theta_deg.value, 2)))
        .collect();
    if peaks.is_empty() {
        return;
    }
    let shown = peaks.iter().take(MAX_LISTED_PEAKS).cloned().collect::<Vec<_>>().join(", ");
    let rest = peaks.len().saturating_sub(MAX_LISTED_PEAKS);
    let rest = if rest > 0 { format!(" and {rest} more") } else { String::new() };
    line(out, &format!("unexplained: {shown}{rest}"));
}

fn table<const N: usize>(out: &mut String, header: [&str; N], rows: &[[String; N]]) {
    columns(header, rows).lines().for_each(|row| line(out, &format!("  {row}")));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_whole_result_in_a_few_lines() {
        let expected = "\
invented.xy \"Invented sample\": 5000 points, 10.00–84.98°, Cu Kα, simulated
  verdict       phase                   weight %      evidence
  present       LiGe2(PO4)3 R -3 c      96.31 ± 0.22  301.7 σ
  possible      AlPO4 C 2 2 21 (model)  3.69 ± 0.22   9.1 σ
  not detected  Li2O F m -3 m           < 1.8         0.5 σ
  size of      nm (FWHM)   nm (integral)  meaning
  LiGe2(PO4)3  47.6 ± 1.1  42.9 ± 1.4     lower limit: no instrument profile was removed
claim Li2O@20.5: not supported. Li2O has no line within 13° of 20.5°; its strongest line (111) at 33.60° is absent.
unexplained: 20.55°
warning: no instrument profile: every crystallite size is a lower limit
warning: σ is assumed to be √intensity, since the file does not say whether its values are counts
";
        assert_eq!(summary(&crate::synthetic::analysis()), expected);
    }

    #[test]
    fn a_name_cannot_command_the_terminal() {
        let mut analysis = crate::synthetic::analysis();
        analysis.scan.title = Some("\u{1b}]0;owned\u{7}\nwarning: none".into());
        let text = summary(&analysis);
        assert!(!text.contains('\u{1b}') && !text.contains("\nwarning: none"), "{text}");
    }

    #[test]
    fn many_absent_candidates_are_counted() {
        let mut analysis = crate::synthetic::analysis();
        let absent = analysis.phases[2].clone();
        analysis.phases.extend((0..80).map(|i| Phase { evidence_sigma: 0.01 * f64::from(i), ..absent.clone() }));
        let text = summary(&analysis);
        assert_eq!(text.matches("not detected  ").count(), MAX_ABSENT);
        assert!(text.contains("76 more candidates not detected") && text.contains("0.8 σ"), "{text}");
    }

    #[test]
    fn nothing_found_is_said() {
        let mut analysis = crate::synthetic::analysis();
        analysis.phases.clear();
        analysis.unexplained_peaks = (0..analysis.peaks.len()).collect();
        let text = summary(&analysis);
        assert!(text.contains("no phase matches") && text.contains("and 11 more"), "{text}");
    }
}
