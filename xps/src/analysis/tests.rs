//! Truth of every test here: the description that the spectra were simulated from.

use doublet_common::Quantity;
use doublet_common::container::Content;
use doublet_common::lineshape::Shape as _;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, Poisson};

use super::*;
use crate::formats::read_file;
use crate::lineshape::DoniachSunjic;
use crate::model::ComponentShape;
use crate::recipe::{Recipe, ResolvedRecipe};
use crate::region::{DataSet, EnergyScale as Scale, IntensityUnit, RawSpectrum, ReadOptions};
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

/// The example as it stands in the project, written by `doublet xps simulate examples/lagp-xps/simulation.toml`.
fn example() -> DataSet {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/lagp-xps/lagp-simulated.vms");
    DataSet { regions: read_file(&path, &ReadOptions::default()).unwrap() }
}

#[test]
fn the_example_is_what_the_simulation_writes() {
    // Truth: the simulation itself, seed 1.
    let simulation = Simulation::from_toml("simulation.toml", SIMULATION).unwrap();
    let (written, made) = (example(), simulate(&simulation, 1).unwrap());
    assert_eq!(written.regions.len(), made.regions.len());
    for (a, b) in written.regions.iter().zip(&made.regions) {
        assert_eq!(a.intensity(), b.intensity(), "{}", a.label);
        assert!(a.is_simulated() && b.is_simulated(), "{}: not labelled", a.label);
    }
}

#[test]
fn the_example_gives_its_truths_back_within_their_sigma() {
    // Truth: positions, areas and concentrations that the file was simulated from. Deviations in units of the stated σ: none
    // beyond 3.5, and their root mean square near 1 (counting σ alone for areas and positions).
    let simulation = Simulation::from_toml("simulation.toml", SIMULATION).unwrap();
    let analysis = analyze(&example(), &recipe(RECIPE)).unwrap();
    let mut pulls: Vec<(String, f64)> = Vec::new();
    let shift = analysis.energy_reference[0].shift_ev;
    // The line's own fit, without the 0.05 eV that the recipe grants the reference.
    pulls.push(("shift".into(), (shift.value - 2.1) / shift.sigma.unwrap()));
    for (region, truth) in analysis.regions.iter().zip(&simulation.regions) {
        for component in &region.components {
            let wanted = truth.components.iter().find(|c| c.state == component.state).unwrap();
            let area = component.area;
            let expected = simulation.true_area(truth, wanted).unwrap();
            pulls.push((format!("{} area", component.label), (area.value - expected) / area.sigma.unwrap()));
            if component.tie.is_none() {
                let at = component.measured_energy_ev;
                let expected = wanted.binding_energy_ev + 2.1;
                pulls.push((format!("{} position", component.label), (at.value - expected) / at.sigma.unwrap()));
            }
        }
    }
    assert!(analysis.regions.iter().all(|region| region.simulated));
    assert!(analysis.warnings.iter().any(|w| w.contains("simulated")), "{:?}", analysis.warnings);
    let rms = (pulls.iter().map(|(_, p)| p * p).sum::<f64>() / pulls.len() as f64).sqrt();
    assert!(pulls.iter().all(|(_, p)| p.abs() < 3.5), "{pulls:?}");
    assert!((0.5..1.4).contains(&rms), "{rms}: {pulls:?}");
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

#[test]
fn metals_become_asymmetric_where_the_data_demand_it() {
    // Truth: the curves themselves, with Poisson noise: Ag 3d of a Doniach–Šunjić line of asymmetry 0.1, then of a symmetric one.
    let fitted = |asymmetry: f64, choice: &str| {
        let shape = DoniachSunjic::new(0.3, 0.5, asymmetry).unwrap();
        let energy: Vec<f64> = (0..361).map(|i| 362.0 + 0.05 * f64::from(i)).collect();
        let mut noise = ChaCha8Rng::seed_from_u64(3);
        let counts = energy.iter().map(|e| {
            let at = |position: f64| shape.at(e - position).value;
            let mean = 500.0 + 20_000.0 * (at(368.2) + at(374.2) / 1.5);
            Poisson::new(mean).unwrap().sample(&mut noise)
        });
        let raw = RawSpectrum {
            dwell_time_s: Some(1.0),
            scans: Some(1.0),
            ..RawSpectrum::new("Ag 3d", energy.clone(), Some(Scale::Binding), counts.collect(), IntensityUnit::Counts)
        };
        let content = Content::from_bytes("made", Vec::new()).unwrap();
        let set = DataSet { regions: vec![raw.into_region(&content, "made", &ReadOptions::default()).unwrap()] };
        let text = format!(
            "energy_reference = {{ mode = \"none\" }}\nuncertainty = {{ resamplings = 0, choices = false }}\n[[region]]\n\
             core_level = \"Ag 3d\"\nbackground = \"constant\"\nstates = [\"Ag metal\"]\n{choice}"
        );
        let mut analysis = analyze(&set, &recipe(&text)).unwrap();
        let region = analysis.regions.remove(0);
        let said = analysis.warnings.iter().any(|w| w.contains("within 20 eV"));
        assert_eq!(said, region.components[0].shape == ComponentShape::DoniachSunjic, "{:?}", analysis.warnings);
        region
    };
    let metal = fitted(0.1, "");
    let test = metal.asymmetry.unwrap();
    assert!(test.taken && test.chi_squared_asymmetric < test.chi_squared_symmetric, "{test:?}");
    let (_, found) = metal.components[0].shape_parameters.iter().find(|(name, _)| name == "asymmetry").unwrap();
    assert!((found.value - 0.1).abs() < 4.0 * found.sigma.unwrap(), "{found:?}");
    assert!((metal.components[0].area.value / (20_000.0 * 5.0 / 3.0) - 1.0).abs() < 0.02);
    let symmetric = fitted(0.0, "");
    assert!(!symmetric.asymmetry.unwrap().taken && symmetric.components[0].shape == ComponentShape::Voigt);
    assert_eq!(fitted(0.1, "asymmetric_metals = \"never\"").asymmetry, None);
    // No oxide of the example was asked.
    let (_, lagp) = lagp();
    let asked: Vec<String> = lagp.regions.iter().filter_map(|r| r.asymmetry.clone()).flat_map(|t| t.states).collect();
    assert_eq!(asked, ["Bi metal"]);
}

#[test]
fn a_region_may_have_a_shift_of_its_own() {
    // Truth: the description: phosphorus charged by 0.4 eV more than the rest, which its recipe says.
    let mut simulation = Simulation::from_toml("simulation.toml", SIMULATION).unwrap();
    let phosphorus = simulation.regions.iter_mut().find(|r| r.core_level.to_string() == "P 2p").unwrap();
    phosphorus.components.iter_mut().for_each(|c| c.binding_energy_ev += 0.4);
    let truth = phosphorus.components[0].binding_energy_ev - 0.4;
    let set = simulate(&simulation, 7).unwrap();
    let told = RECIPE.replace("core_level = \"P 2p\"\nstates", "core_level = \"P 2p\"\nshift_ev = 2.5\nstates");
    assert_ne!(told, RECIPE);
    let analysis = analyze(&set, &recipe(&told)).unwrap();
    let region = analysis.regions.iter().find(|r| r.core_level.to_string() == "P 2p").unwrap();
    let found = region.components[0].binding_energy_ev;
    assert!((found.value - truth).abs() < 4.0 * found.sigma.unwrap(), "{found:?} {truth}");
    assert_eq!(region.shift_ev, Quantity::new(2.5, 0.0));
    // P 2s did not move: its tie stands in true energies.
    let boron = analysis.regions.iter().find(|r| r.core_level.to_string() == "B 1s").unwrap();
    let tied = boron.components.iter().find(|c| c.tie.is_some()).unwrap();
    assert!((tied.binding_energy_ev.value - found.value - 57.4).abs() < 0.05, "{tied:?}");
    assert_eq!(tied.tie.as_ref().unwrap().offset_ev, 57.4);
    assert!(analysis.findings.iter().any(|f| f.rule == "different_shifts"), "{:?}", analysis.findings);
    let reference = RECIPE.replace("core_level = \"C 1s\"\n", "core_level = \"C 1s\"\nshift_ev = 2.1\n");
    let error = Recipe::from_toml("r", &reference).unwrap().resolve().unwrap_err().to_string();
    assert!(error.contains("shift_ev") && error.contains("charge reference"), "{error}");
}

#[test]
fn released_relations_are_fitted_and_warned_of() {
    // Truth: the description: splitting 5.31 eV, area ratio 3 : 4, equal widths.
    let simulation = Simulation::from_toml("simulation.toml", SIMULATION).unwrap();
    let set = simulate(&simulation, 7).unwrap();
    let text = "energy_reference = { mode = \"shift\", shift_ev = 2.1 }\n[[region]]\ncore_level = \"Bi 4f\"\n\
                states = [\"Bi metal\"]\n[[region.component]]\nstate = \"Bi2O3\"\nrelease = [\"ratio\", \"splitting\", \"width\"]\n";
    let analysis = analyze(&set, &recipe(text)).unwrap();
    let oxide = analysis.regions[0].components.iter().find(|c| c.state == "Bi2O3").unwrap();
    let pair = oxide.doublet.as_ref().unwrap();
    for (found, truth) in [(pair.splitting_ev, 5.31), (pair.area_ratio, 0.75)] {
        assert!((found.value - truth).abs() < 4.0 * found.sigma.unwrap(), "{found:?} {truth}");
    }
    for what in ["area ratio", "splitting", "width ratio"] {
        assert!(analysis.warnings.iter().any(|w| w.contains(what)), "{what}: {:?}", analysis.warnings);
    }
}

#[test]
fn every_background_fits_in_both_ways() {
    // Truth: the area of the description, thirty times as bright, on a Shirley step of 1 % per eV; a background of another kind may
    // be off by 20 %.
    let mut simulation = Simulation::from_toml("simulation.toml", SIMULATION).unwrap();
    simulation.brightness *= 30.0;
    let set = simulate(&simulation, 7).unwrap();
    let truth = simulation.regions.iter().find(|r| r.core_level.to_string() == "P 2p").unwrap();
    let area = simulation.true_area(truth, &truth.components[0]).unwrap();
    let kinds = [
        "\"constant\"",
        "\"linear\"",
        "\"shirley\"",
        "\"shirley_linear\"",
        "\"smart\"",
        "\"tougaard_u2\"",
        "{ tougaard_u3 = { c_ev2 = 551, d_ev2 = 436 } }",
        "{ tougaard_of = \"silicon_dioxide\" }",
        "{ tougaard_u4 = { c_ev2 = 551, d_ev2 = 436, gap_ev = 3 } }",
        "{ spline = { knots_ev = [127, 130, 138, 141] } }",
    ];
    for kind in kinds {
        for how in ["", "pre_subtracted = { end_points = 20 }\n"] {
            // Smart has no active form.
            if kind.contains("smart") && how.is_empty() {
                continue;
            }
            let text = format!(
                "energy_reference = {{ mode = \"shift\", shift_ev = 2.1 }}\nuncertainty = {{ resamplings = 0, choices = false }}\n\
                 [[region]]\ncore_level = \"P 2p\"\nbackground = {kind}\n{how}states = [\"phosphate\"]\n"
            );
            let analysis = analyze(&set, &recipe(&text)).unwrap_or_else(|error| panic!("{kind} {how}: {error}"));
            let region = &analysis.regions[0];
            assert!(region.statistics.converged && region.background.active == how.is_empty(), "{kind} {how}");
            let found = region.components[0].area.value;
            assert!((found / area - 1.0).abs() < 0.2, "{kind} {how}: {found} {area}");
            let guide = analysis.warnings.iter().any(|w| w.contains("guide values"));
            assert_eq!(guide, kind.contains("silicon_dioxide"), "{kind}: {:?}", analysis.warnings);
        }
    }
}
