//! The result for a terminal: a few aligned lines per region.

use std::fmt::Write as _;

use doublet_common::Quantity;
use doublet_xps::analysis::{Analysis, ComponentResult, RegionAnalysis};

use super::words;
use crate::columns::columns;
use crate::number::{fixed, plus_minus, significant};
use crate::text::printable;

/// Energy reference, components of every region, findings and warnings, each line ending with a line break.
///
/// Control characters in names from files are replaced, so that a file cannot write to the terminal.
pub fn summary(analysis: &Analysis) -> String {
    let mut out = String::new();
    for scale in &analysis.energy_reference {
        let sample = scale.sample.as_ref().map(|sample| format!("{}: ", printable(sample))).unwrap_or_default();
        let shift = if scale.declared { format!(", shift {} eV", plus_minus(&scale.shift_ev)) } else { String::new() };
        line(&mut out, &format!("{sample}{}{shift}", printable(&scale.reference)));
    }
    analysis.regions.iter().for_each(|region| self::region(&mut out, analysis, region));
    for finding in &analysis.findings {
        line(&mut out, &format!("{}: {}", words::severity(finding.severity), words::finding(finding)));
    }
    for warning in &analysis.warnings {
        line(&mut out, &format!("warning: {}", printable(warning)));
    }
    out
}

fn line(out: &mut String, text: &str) {
    // Writing into a string cannot fail.
    let _ = writeln!(out, "{text}");
}

fn region(out: &mut String, analysis: &Analysis, region: &RegionAnalysis) {
    let s = &region.statistics;
    let chi = s
        .reduced_chi_squared
        .map_or("no χ² (no true counts)".into(), |c| format!("reduced χ² {}", significant(c, 3)));
    let failed = if s.converged { String::new() } else { format!("; NO MINIMUM: {}", printable(&s.termination)) };
    line(
        out,
        &format!(
            "{}: {}–{} eV, background {}, {chi}{failed}",
            words::region_name(analysis, region),
            fixed(region.window_ev[0], 1),
            fixed(region.window_ev[1], 1),
            printable(&region.background.name)
        ),
    );
    if let Some(test) = region.asymmetry.as_ref().filter(|test| test.f_ratio > test.least_f_ratio) {
        line(out, &format!("  {}", words::asymmetry(test)));
    }
    let rows: Vec<[String; 5]> = region.components.iter().map(row).collect();
    let area = format!("area ({})", words::area_unit(region.intensity_unit));
    let table = columns(["state", "BE (eV)", "FWHM (eV)", &area, "at%"], &rows);
    table.lines().for_each(|row| line(out, &format!("  {row}")));
}

fn row(component: &ComponentResult) -> [String; 5] {
    let tied = component.tie.as_ref().map(|tie| format!("tied to {} {}", tie.core_level, printable(&tie.state)));
    [
        printable(&component.label),
        energy(&component.binding_energy_ev),
        energy(&component.fwhm_ev),
        plus_minus(&component.area),
        component.atomic_percent.as_ref().map(plus_minus).or(tied).unwrap_or_else(|| "–".into()),
    ]
}

/// An energy with σ; what was kept or stands at a bound, with two decimals and none.
fn energy(quantity: &Quantity) -> String {
    if quantity.sigma.is_some_and(|sigma| sigma > 0.0) { plus_minus(quantity) } else { fixed(quantity.value, 2) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_summary_reads_like_this() {
        let text = summary(&crate::photoelectron::example());
        for expected in [
            "C 1s (C-C, C-H) = 284.5 eV, shift 2.0",
            "Bi 4f: 151.0–171.0 eV, background Shirley, reduced χ² 1.",
            "  Bi 4f7/2 Bi2O3",
            "tied to P 2p phosphate",
            "question: ",
        ] {
            assert!(text.contains(expected), "{expected}\nmissing in\n{text}");
        }
    }

    #[test]
    fn names_cannot_write_to_the_terminal() {
        let mut analysis = crate::photoelectron::example();
        analysis.regions[0].components[0].label = "a\u{1b}[2Jb\nc".into();
        analysis.warnings = vec!["\u{1b}]0;x".into()];
        assert!(!summary(&analysis).contains('\u{1b}'));
    }
}
