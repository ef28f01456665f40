//! Truth of every test here: the description that the spectra were simulated from.

use super::*;
use crate::recipe::{Recipe, ResolvedRecipe};
use crate::simulate::{Simulation, simulate};

const SIMULATION: &str = include_str!("../../../examples/lagp-xps/simulation.toml");
const RECIPE: &str = include_str!("../../../examples/lagp-xps/recipe.toml");

fn recipe(text: &str) -> ResolvedRecipe {
    let mut recipe = Recipe::from_toml("recipe.toml", text).unwrap().resolve().unwrap();
    recipe.uncertainty.resamplings = 0;
    recipe
}

fn lagp() -> (Simulation, Analysis) {
    let simulation = Simulation::from_toml("simulation.toml", SIMULATION).unwrap();
    let set = simulate(&simulation, 7).unwrap();
    let analysis = analyze(&set, &recipe(RECIPE)).unwrap();
    (simulation, analysis)
}

#[test]
fn the_lagp_set_is_found_again() {
    let (simulation, analysis) = lagp();
    let shift = analysis.energy_reference[0].shift_ev;
    assert!((shift.value - 2.1).abs() < 4.0 * shift.sigma.unwrap(), "{shift:?}");
    let total: f64 = simulation
        .regions
        .iter()
        .flat_map(|r| &r.components)
        .filter(|c| c.level.is_none())
        .map(|c| c.atomic_percent)
        .sum();
    for (region, truth) in analysis.regions.iter().zip(&simulation.regions) {
        assert!(region.statistics.converged, "{}: {}", region.core_level, region.statistics.termination);
        let reduced = region.statistics.reduced_chi_squared.unwrap();
        assert!((0.7..1.4).contains(&reduced), "{}: {reduced}", region.core_level);
        for component in &region.components {
            let wanted = truth.components.iter().find(|c| c.state == component.state).unwrap();
            let at = component.binding_energy_ev;
            let off = (at.value - wanted.binding_energy_ev).abs();
            assert!(
                off < 4.0 * at.sigma.unwrap_or(0.05).max(0.02),
                "{}: {at:?} against {}",
                component.label,
                wanted.binding_energy_ev
            );
            let area = component.area;
            let expected = simulation.true_area(truth, wanted).unwrap();
            let tolerance = 4.0 * area.sigma.unwrap().hypot(component.area_sigma_choices.unwrap_or(0.0));
            assert!((area.value - expected).abs() < tolerance, "{}: {area:?} against {expected}", component.label);
            if component.tie.is_none() {
                let percent = component.atomic_percent.unwrap();
                let expected = 100.0 * wanted.atomic_percent / total;
                assert!(
                    (percent.value - expected).abs() < 2.0 * percent.sigma.unwrap(),
                    "{}: {percent:?} against {expected}",
                    component.label
                );
            }
        }
    }
    let budget = &analysis.quantification[0].rows[0].error_budget;
    assert!(budget.counting > 0.0 && budget.sensitivity_factors > 0.0 && budget.choices > 0.0);
}

#[test]
fn the_result_is_plain_data_and_repeats() {
    let (_, first) = lagp();
    let (_, second) = lagp();
    assert_eq!(first, second);
}

#[test]
fn a_missing_reference_region_is_an_error_that_says_what_to_do() {
    let simulation = Simulation::from_toml("simulation.toml", SIMULATION).unwrap();
    let mut set = simulate(&simulation, 7).unwrap();
    set.regions.remove(0);
    let error = analyze(&set, &recipe(RECIPE)).unwrap_err().to_string();
    assert!(error.contains("C 1s") && error.contains("declare none"), "{error}");
    set.regions.clear();
    let error = analyze(&set, &recipe(RECIPE)).unwrap_err().to_string();
    assert!(error.contains("matching the recipe"), "{error}");
}
