//! Identification in simulated scans, whose truth is what they were made of.

use doublet_xrd::analysis::{Analysis, ClaimVerdict, Phase, Verdict, analyze};
use doublet_xrd::identify::candidates;
use doublet_xrd::recipe::Recipe;
use doublet_xrd::simulate::{Simulation, simulate};

const LAGP: &str = include_str!("../../examples/lagp/simulation.toml");
const LAGP_RECIPE: &str = include_str!("../../examples/lagp/recipe.toml");
const EMPTY: &str = r#"
title = "nothing but background"
two_theta_range_deg = [10.0, 90.0]
step_deg = 0.02
highest_counts = 1000.0
background_counts = [420.0, -250.0, 120.0]
[radiation]
anode = "Cu"
[instrument]
w_deg2 = 0.003
"#;

fn run(simulation: &Simulation, recipe: &Recipe) -> Analysis {
    let recipe = recipe.resolve().unwrap();
    analyze(&simulate(simulation).unwrap(), &recipe, &candidates(&recipe.identification, Vec::new()).unwrap()).unwrap()
}

fn phase<'a>(analysis: &'a Analysis, id: &str) -> &'a Phase {
    analysis.phases.iter().find(|phase| phase.id == id).unwrap()
}

/// Truth: the weight percents of the simulation, LAGP 90, low-cristobalite AlPO4 6, hexagonal GeO2 4, no Li2O; sought in
/// the whole built-in set without elements and without an instrument profile.
#[test]
fn lagp_with_its_secondary_phases() {
    let recipe = Recipe { claims: Some(vec!["Li2O@20.5".into(), "AlPO4@21.8".into()]), ..Recipe::default() };
    let analysis = run(&Simulation::from_toml("lagp", LAGP).unwrap(), &recipe);
    let truth = [("LAGP-x0.5", 90.0), ("AlPO4-cristobalite", 6.0), ("GeO2-quartz", 4.0)];
    for (id, percent) in truth {
        let found = phase(&analysis, id);
        assert_eq!(found.verdict, Verdict::Present, "{id}: {}", found.reason);
        let wt = found.weight_percent.unwrap();
        assert!((wt.value - percent).abs() < 2.0 * wt.sigma.unwrap(), "{id}: {wt:?}, truth {percent}");
        assert!(wt.sigma.unwrap() < 0.1 * percent, "{id}: {wt:?}");
    }
    for other in analysis.phases.iter().filter(|phase| !truth.iter().any(|(id, _)| *id == phase.id)) {
        assert_eq!(other.verdict, Verdict::NotDetected, "{}: {}", other.id, other.reason);
    }
    let limit = phase(&analysis, "Li2O").upper_limit_wt_percent.unwrap();
    assert!(limit > 0.0 && limit < 1.5, "{limit}");
    the_claims_are_answered(&analysis);
}

/// Truth: antifluorite, a = 4.61 Å, has 111 at 33.6°, 220 at 56.3° and nothing below; hexagonal GeO2 has 100 at 20.55°.
fn the_claims_are_answered(analysis: &Analysis) {
    let [lithium_oxide, phosphate] = &analysis.claims[..] else { panic!("two claims were made") };
    assert_eq!(lithium_oxide.answer, ClaimVerdict::NotSupported);
    assert!((lithium_oxide.nearest_line.as_ref().unwrap().two_theta_deg - 33.6).abs() < 0.1);
    let missing = |angle: f64| lithium_oxide.absent_lines.iter().any(|line| (line.two_theta_deg - angle).abs() < 0.2);
    assert!(missing(33.6) && missing(56.3), "{:?}", lithium_oxide.absent_lines);
    let first = &lithium_oxide.alternatives[0];
    assert!(first.id == "GeO2-quartz" && first.verdict == Verdict::Present && first.remark.contains("is there"));
    assert!((first.line.two_theta_deg - 20.55).abs() < 0.1);
    assert_eq!(phosphate.answer, ClaimVerdict::Supported);
    assert_eq!(phosphate.structures[0], "AlPO4-cristobalite");
}

/// Truth: without hexagonal GeO2 in the sample nothing stands at 20.5°.
#[test]
fn a_claim_without_a_peak_is_not_supported() {
    let mut simulation = Simulation::from_toml("lagp", LAGP).unwrap();
    simulation.phases.retain(|phase| phase.id == "LAGP-x0.5");
    let analysis = run(&simulation, &Recipe::from_toml("recipe", LAGP_RECIPE).unwrap());
    let present: Vec<&str> =
        analysis.phases.iter().filter(|p| p.verdict != Verdict::NotDetected).map(|p| p.id.as_str()).collect();
    assert_eq!(present, ["LAGP-x0.5"]);
    let claim = &analysis.claims[0];
    assert_eq!(claim.answer, ClaimVerdict::NotSupported);
    assert!(claim.explanation.contains("no peak within"), "{}", claim.explanation);
    assert!(claim.alternatives.iter().all(|a| a.verdict == Verdict::NotDetected));
    assert_eq!(analysis.claims[1].answer, ClaimVerdict::NotSupported);
}

/// Truth: background and counting noise alone, or not even that, hold no phase.
#[test]
fn noise_and_flat_scans_match_nothing() {
    for seed in [None, Some(1), Some(2), Some(3)] {
        let simulation = Simulation { seed, ..Simulation::from_toml("empty", EMPTY).unwrap() };
        let analysis = run(&simulation, &Recipe::default());
        for phase in &analysis.phases {
            assert_eq!(phase.verdict, Verdict::NotDetected, "seed {seed:?}, {}: {}", phase.id, phase.reason);
        }
        assert!(analysis.warnings.iter().any(|warning| warning.contains("nothing matches")));
    }
}
