//! Phases of real samples, sought in the whole built-in set without a hint, against what was weighed.

use std::path::Path;

use doublet_xrd::analysis::{Analysis, Phase, Verdict, analyze};
use doublet_xrd::formats::read_file;
use doublet_xrd::identify::candidates;
use doublet_xrd::recipe::{RadiationChoice, Recipe, ResolvedRecipe};

doublet_tests::real_files! {
    round_robin_1a,
    round_robin_1c,
    round_robin_1e,
    round_robin_1g,
}

/// Corundum, zincite, fluorite: ids in the built-in set.
const ROUND_ROBIN_PHASES: [&str; 3] = ["Al2O3-corundum", "ZnO", "CaF2"];
/// Phases above this weight percent must be present.
const MUST_BE_FOUND_WT_PERCENT: f64 = 1.2;
/// How far a weight percent may be from the weighed one; the structures are taken as published, nothing in them is refined.
const WT_PERCENT: f64 = 1.5;

fn run(file: &Path, recipe: &ResolvedRecipe) -> Analysis {
    let scan = read_file(file).unwrap().remove(0);
    analyze(&scan, recipe, &candidates(&recipe.identification, Vec::new()).unwrap()).unwrap()
}

fn present(analysis: &Analysis) -> Vec<&Phase> {
    analysis.phases.iter().filter(|phase| phase.verdict == Verdict::Present).collect()
}

/// Truth: weighed mass fractions of the IUCr round robin on quantitative phase analysis (Madsen et al., J. Appl. Cryst. 34
/// (2001) 409), graphite monochromator, Cu Kα.
fn round_robin(data: &Path, file: &str, weighed_wt_percent: [f64; 3]) {
    let mut radiation = RadiationChoice::anode("Cu");
    radiation.monochromator_two_theta_deg = Some(26.6);
    let recipe = Recipe { radiation: Some(radiation), ..Recipe::default() }.resolve().unwrap();
    let analysis = run(&data.join("xrd/cpd").join(file), &recipe);
    let present = present(&analysis);
    for phase in &present {
        assert!(ROUND_ROBIN_PHASES.contains(&phase.id.as_str()), "{} is not in the sample: {}", phase.id, phase.reason);
    }
    for (id, weighed) in ROUND_ROBIN_PHASES.iter().zip(weighed_wt_percent) {
        let found = present.iter().find(|phase| phase.id == *id);
        assert!(found.is_some() || weighed < MUST_BE_FOUND_WT_PERCENT, "{id}, {weighed} wt%, is not found");
        if let Some(wt) = found.and_then(|phase| phase.weight_percent) {
            assert!((wt.value - weighed).abs() < WT_PERCENT, "{id}: {wt:?}, weighed {weighed}");
        }
    }
    assert!(analysis.unexplained_peaks.iter().all(|i| analysis.peaks[*i].relative_area_percent < 0.5));
}

fn round_robin_1a(data: &Path) {
    round_robin(data, "cpd-1a.prn", [1.15, 4.04, 94.81]);
}

fn round_robin_1c(data: &Path) {
    round_robin(data, "cpd-1c.prn", [5.04, 93.59, 1.36]);
}

fn round_robin_1e(data: &Path) {
    round_robin(data, "cpd-1e.prn", [55.12, 15.25, 29.62]);
}

fn round_robin_1g(data: &Path) {
    round_robin(data, "cpd-1g.prn", [31.37, 34.21, 34.42]);
}
