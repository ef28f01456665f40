//! Truth of every test here: the stated threshold of each rule, on results made for the purpose just inside and outside of it.

use super::view::{FitView, LineView, RegionView};
use super::*;
use crate::analysis::analyze;
use crate::recipe::Recipe;
use crate::simulate::{Simulation, simulate};

fn line(level: &str, state: &str, at: f64, area: f64) -> LineView {
    LineView {
        label: format!("{level} {state}"),
        level: Some(level.parse().unwrap()),
        state: state.into(),
        binding_energy_ev: Some(at),
        fwhm_ev: 1.2,
        area,
        area_sigma: Some(0.01 * area),
        is_complete: true,
        ..LineView::default()
    }
}

fn fit(lines: Vec<LineView>) -> FitView {
    let region = RegionView { name: "region".into(), lines, shift_ev: Some(2.0), ..RegionView::default() };
    FitView { regions: vec![region], reference_declared: true }
}

fn fired(view: &FitView) -> Vec<String> {
    rules::all(view).into_iter().map(|f| f.rule).collect()
}

/// Whether `rule` is silent on `good` and speaks on `bad`.
fn tells_apart(rule: &str, good: &FitView, bad: &FitView) {
    assert!(!fired(good).contains(&rule.to_string()), "{rule} on the good fit");
    assert!(fired(bad).contains(&rule.to_string()), "{rule} on the bad fit: {:?}", fired(bad));
}

fn pair(ratio: f64, splitting: f64, width: f64) -> FitView {
    let major = line("Bi 4f", "Bi2O3", 158.9, 100.0);
    let mut minor = line("Bi 4f", "Bi2O3", 158.9 + splitting, 100.0 * ratio);
    minor.fwhm_ev *= width;
    minor.weaker_of = Some(0);
    fit(vec![major, minor])
}

#[test]
fn doublet_rules() {
    tells_apart("doublet_ratio", &pair(0.77, 5.31, 1.0), &pair(0.85, 5.31, 1.0));
    tells_apart("doublet_splitting", &pair(0.75, 5.34, 1.0), &pair(0.75, 5.40, 1.0));
    tells_apart("partner_widths", &pair(0.75, 5.31, 1.08), &pair(0.75, 5.31, 1.15));
    let mut lonely = line("Bi 4f", "Bi2O3", 158.9, 100.0);
    lonely.is_complete = false;
    tells_apart("doublet_partner", &pair(0.75, 5.31, 1.0), &fit(vec![lonely]));
}

#[test]
fn line_rules() {
    let two = |distance: f64, width: f64, sigma: f64| {
        let mut second = line("C 1s", "C-O", 284.5 + distance, 50.0);
        second.fwhm_ev *= width;
        second.area_sigma = Some(sigma);
        fit(vec![line("C 1s", "C-C, C-H", 284.5, 100.0), second])
    };
    tells_apart("width_spread", &two(1.5, 1.3, 1.0), &two(1.5, 1.6, 1.0));
    tells_apart("insignificant_area", &two(1.5, 1.0, 10.0), &two(1.5, 1.0, 20.0));
    tells_apart("unlinked_overlap", &two(0.8, 1.0, 1.0), &two(0.5, 1.0, 1.0));
    let at = |energy: f64| {
        let mut oxide = line("Bi 4f", "Bi2O3", energy, 100.0);
        oxide.tabulated = Some(([158.3, 159.0], "NIST SRD 20".into()));
        fit(vec![oxide])
    };
    tells_apart("state_range", &at(159.4), &at(159.8));
    let tailed = |asymmetric: bool| {
        let mut oxide = line("Bi 4f", "Bi2O3", 158.8, 100.0);
        oxide.asymmetric = asymmetric;
        fit(vec![oxide])
    };
    tells_apart("asymmetric_insulator", &tailed(false), &tailed(true));
    let screened = |index: f64| {
        let mut metal = line("Bi 4f", "Bi metal", 156.9, 100.0);
        metal.singularity_index = Some(index);
        fit(vec![metal])
    };
    tells_apart("large_asymmetry", &screened(0.2), &screened(0.44));
    let mut wrong = pair(0.75, 5.31, 1.0);
    wrong.regions[0].lines[0].sensitivity = Some(13.90);
    tells_apart("sensitivity_of_other_line", &pair(0.75, 5.31, 1.0), &wrong);
}

#[test]
fn region_rules() {
    let with = |change: fn(&mut RegionView)| {
        let mut view = fit(vec![line("C 1s", "C-C, C-H", 284.5, 100.0)]);
        change(&mut view.regions[0]);
        view
    };
    let good = with(|r| {
        r.reduced_chi_squared = Some(1.1);
        r.durbin_watson = Some(1.9);
        r.background_above_data = Some(0.01);
        r.window_ev = Some([280.0, 292.0]);
        r.correlations = vec![("a".into(), "b".into(), 0.9)];
    });
    tells_apart("reduced_chi_squared", &good, &with(|r| r.reduced_chi_squared = Some(2.4)));
    tells_apart("durbin_watson", &good, &with(|r| r.durbin_watson = Some(1.0)));
    tells_apart("background_above_data", &good, &with(|r| r.background_above_data = Some(0.08)));
    tells_apart("window_end", &good, &with(|r| r.window_ev = Some([283.0, 292.0])));
    tells_apart("correlation", &good, &with(|r| r.correlations = vec![("a".into(), "b".into(), -0.97)]));
    tells_apart("parameter_at_bound", &good, &with(|r| r.at_bound = vec!["width".into()]));
}

#[test]
fn sample_rules() {
    let boron = |linked: bool| {
        let mut p2s = line("P 2s", "phosphate", 190.5, 100.0);
        p2s.linked = linked;
        fit(vec![line("P 2p", "phosphate", 133.1, 100.0), line("B 1s", "B2O3", 191.8, 20.0), p2s])
    };
    tells_apart("boron_under_phosphorus", &boron(true), &boron(false));
    let alone = fit(vec![line("Bi 4f", "Bi metal", 156.8, 10.0)]);
    let both = fit(vec![line("Bi 4f", "Bi metal", 156.8, 10.0), line("Bi 4f", "Bi2O3", 158.8, 10.0)]);
    tells_apart("beam_reduction", &alone, &both);
    let shifted = |other: f64| {
        let mut view = fit(vec![line("C 1s", "C-C, C-H", 284.5, 100.0)]);
        let second = RegionView { name: "second".into(), shift_ev: Some(other), ..RegionView::default() };
        view.regions.push(second);
        view
    };
    tells_apart("different_shifts", &shifted(2.01), &shifted(2.05));
    let undeclared = FitView { reference_declared: false, ..shifted(2.0) };
    tells_apart("energy_reference", &shifted(2.0), &undeclared);
}

/// A study's reading of B 1s and Bi 4f does not survive: one line at 191.8 eV called boron beside phosphorus.
#[test]
fn the_lagp_recipe_passes_and_a_free_boron_line_does_not() {
    let text = include_str!("../../../examples/lagp-xps/simulation.toml");
    let set = simulate(&Simulation::from_toml("simulation.toml", text).unwrap(), 7).unwrap();
    let findings = |recipe: &str| {
        let mut recipe = Recipe::from_toml("recipe.toml", recipe).unwrap().resolve().unwrap();
        recipe.uncertainty.resamplings = 0;
        recipe.uncertainty.choices = false;
        let analysis = analyze(&set, &recipe).unwrap();
        assert!(iso_19830_fields(&analysis).iter().all(|f| f.value.is_some()), "{:?}", iso_19830_fields(&analysis));
        analysis.findings
    };
    let tied = findings(include_str!("../../../examples/lagp-xps/recipe.toml"));
    assert!(tied.iter().all(|f| f.rule != "boron_under_phosphorus"), "{tied:?}");
    assert!(tied.iter().any(|f| f.rule == "beam_reduction"));
    let free = "[energy_reference]\nmode = \"line\"\nline = \"C 1s\"\nenergy_ev = 284.5\n\
                [[region]]\ncore_level = \"C 1s\"\nstates = [\"C-C, C-H\", \"C-O\", \"O-C=O\"]\n\
                [[region]]\ncore_level = \"P 2p\"\nstates = [\"phosphate\"]\n\
                [[region]]\ncore_level = \"B 1s\"\nstates = [\"B2O3\"]\n";
    let free = findings(free);
    let boron = free.iter().find(|f| f.rule == "boron_under_phosphorus").unwrap();
    assert_eq!(boron.severity, Severity::Problem);
    assert!(boron.advice.contains("57.4") && !boron.threshold.is_empty() && !boron.source.is_empty());
}
