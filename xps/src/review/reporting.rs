//! What a paper must say: the fields of ISO 19830.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::analysis::Analysis;

/// One field of the minimum report.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ReportField {
    /// What is asked for.
    pub name: String,
    /// What can be said; none: missing, and to be added by the author.
    pub value: Option<String>,
}

/// Fields that ISO 19830:2015 asks for, filled from the analysis.
pub fn iso_19830_fields(analysis: &Analysis) -> Vec<ReportField> {
    let field = |name: &str, value: Option<String>| ReportField { name: name.into(), value };
    let every = |of: &dyn Fn(&crate::analysis::RegionAnalysis) -> Option<String>| -> Option<String> {
        let said: Vec<String> =
            analysis.regions.iter().map(|r| of(r).map(|v| format!("{}: {v}", r.core_level))).collect::<Option<_>>()?;
        (!said.is_empty()).then(|| said.join("; "))
    };
    let said = |of: &dyn Fn(&crate::analysis::RegionAnalysis) -> String| every(&|r| Some(of(r)));
    vec![
        field("photon energy", every(&|r| r.photon_energy_ev.map(|e| format!("{e} eV")))),
        field("pass energy", every(&|r| r.pass_energy_ev.map(|e| format!("{e} eV")))),
        field("energy step", said(&|r| format!("{:.3} eV", r.step_ev))),
        field("counting time per channel", every(&|r| r.counting_time_s.map(|t| format!("{t} s")))),
        field("charge reference", reference(analysis)),
        field("fitted range", said(&|r| format!("{:.1} to {:.1} eV", r.window_ev[0], r.window_ev[1]))),
        field("background", said(&background)),
        field("line shapes", said(&shapes)),
        field("constraints", said(&constraints)),
        field("uncertainties", Some(uncertainties(analysis))),
        field("goodness of fit", every(&|r| r.statistics.reduced_chi_squared.map(|c| format!("reduced χ² {c:.2}")))),
        field("residuals shown", Some("in units of σ under every figure".into())),
        field("software", Some(format!("{} {}", analysis.tool.name, analysis.tool.version))),
    ]
}

fn reference(analysis: &Analysis) -> Option<String> {
    let scale = analysis.energy_reference.first().filter(|s| s.declared)?;
    let sigma = scale.shift_ev.sigma.map(|s| format!(" ± {s:.2}")).unwrap_or_default();
    Some(format!("{}; shift {:.2}{sigma} eV", scale.reference, scale.shift_ev.value))
}

fn shapes(region: &crate::analysis::RegionAnalysis) -> String {
    let names: BTreeSet<&str> = region.components.iter().map(|c| c.shape.name()).collect();
    names.into_iter().collect::<Vec<_>>().join(", ")
}

fn background(region: &crate::analysis::RegionAnalysis) -> String {
    let how = if region.background.active { "fitted with the peaks" } else { "decided from the data before the fit" };
    format!("{}, {how}", region.background.name)
}

fn constraints(region: &crate::analysis::RegionAnalysis) -> String {
    let mut said = Vec::new();
    for component in &region.components {
        if let Some(doublet) = &component.doublet {
            let kept = doublet.released.is_empty();
            said.push(format!(
                "{} splitting {:.2} eV and area ratio {:.3} {}",
                component.state,
                doublet.splitting_ev.value,
                doublet.area_ratio.value,
                if kept { "kept" } else { "partly fitted" }
            ));
        }
        if let Some(tie) = &component.tie {
            said.push(format!("{} tied to {} {}", component.label, tie.core_level, tie.state));
        }
    }
    if said.is_empty() { "none".into() } else { said.join(", ") }
}

fn uncertainties(analysis: &Analysis) -> String {
    let asked = &analysis.recipe.uncertainty;
    let mut text = String::from("one standard uncertainty from the covariance of the fit");
    if asked.resamplings > 1 {
        text += &format!(", checked by {} resamplings", asked.resamplings);
    }
    if asked.choices {
        text += ", and separately the spread over background and window";
    }
    text
}
