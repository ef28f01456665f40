//! `doublet xps analyze FILE… --recipe RECIPE`.

use std::fmt::Write as _;

use doublet_common::Quantity;
use doublet_xps::analysis::{Analysis, RegionAnalysis, analyze};
use doublet_xps::recipe::Recipe;
use doublet_xps::review::methods_paragraph;

use super::args::AnalyzeArgs;
use super::{finding_text, read, read_text};
use crate::failure::{Failure, Outcome};
use crate::output::{print, print_json};

/// Fits and prints; fails if a fit did not reach a minimum.
pub(crate) fn run(arguments: &AnalyzeArgs) -> Outcome {
    let text = read_text(&arguments.recipe)?;
    let recipe = Recipe::from_toml(&arguments.recipe.display().to_string(), &text)?.resolve()?;
    let analysis = analyze(&read(&arguments.input)?, &recipe)?;
    if arguments.json {
        print_json(&analysis)?;
    } else {
        print(&summary(&analysis))?;
    }
    let total = analysis.regions.len();
    let failed = analysis.regions.iter().filter(|region| !region.statistics.converged).count();
    if failed > 0 {
        return Err(Failure::NotFound(format!(
            "{failed} of {total} fits reached no minimum; their numbers are not results"
        )));
    }
    Ok(())
}

fn summary(analysis: &Analysis) -> String {
    let mut out = String::new();
    for scale in &analysis.energy_reference {
        let _ = writeln!(out, "Energy reference: {}, shift {} eV", scale.reference, quantity(scale.shift_ev, 3));
    }
    for region in &analysis.regions {
        region_table(&mut out, region);
    }
    for q in &analysis.quantification {
        let _ = writeln!(
            out,
            "\nAtomic percent with {}; path length {}; transmission {}.",
            q.library, q.path_length, q.transmission
        );
    }
    list(&mut out, "Findings", analysis.findings.iter().map(finding_text));
    list(&mut out, "Assumed", analysis.warnings.iter().cloned());
    let _ = writeln!(out, "\nMethods\n{}", methods_paragraph(analysis));
    out
}

fn region_table(out: &mut String, region: &RegionAnalysis) {
    let s = &region.statistics;
    let chi = s.reduced_chi_squared.map_or("no χ² (no true counts)".into(), |c| format!("reduced χ² {c:.2}"));
    let _ = writeln!(
        out,
        "\n{}, {:.1} to {:.1} eV, background {}, {} points, {} free parameters, {chi}; {}",
        region.core_level,
        region.window_ev[0],
        region.window_ev[1],
        region.background.name,
        s.points,
        s.free_parameters,
        s.termination
    );
    for c in &region.components {
        let choices = c.area_sigma_choices.map(|sigma| format!(" (choices ±{sigma:.0})")).unwrap_or_default();
        let percent = c.atomic_percent.map(|p| format!("  {} at%", quantity(p, 2))).unwrap_or_default();
        let tied = if c.tie.is_some() { "  tied" } else { "" };
        let _ = writeln!(
            out,
            "  {:<24} BE {} eV  FWHM {} eV  area {}{choices}{percent}{tied}",
            c.label,
            quantity(c.binding_energy_ev, 2),
            quantity(c.fwhm_ev, 2),
            quantity(c.area, 0)
        );
    }
}

fn list(out: &mut String, heading: &str, lines: impl Iterator<Item = String>) {
    let lines: Vec<String> = lines.collect();
    if !lines.is_empty() {
        let _ = writeln!(out, "\n{heading}");
        lines.iter().for_each(|line| {
            let _ = writeln!(out, "- {line}");
        });
    }
}

/// Value ± σ with a number of decimals; the σ says when it is not known.
fn quantity(q: Quantity, decimals: usize) -> String {
    match q.sigma {
        Some(sigma) => format!("{:.decimals$} ± {sigma:.decimals$}", q.value),
        None => format!("{:.decimals$} (no σ)", q.value),
    }
}
