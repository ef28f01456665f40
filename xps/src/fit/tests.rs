//! Truth of every test here: the areas that the spectra were simulated with.

use doublet_common::SigmaSource;
use doublet_common::lineshape::{Shape as _, Voigt};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, Poisson};
use rayon::prelude::*;

use super::*;
use crate::model::{ComponentShape, PreparedShape};
use crate::recipe::{Recipe, ResolvedRecipe};

/// Losses that a simulated line feeds.
#[derive(Clone, Copy)]
enum Losses {
    /// Shirley's, per eV.
    Cumulative(f64),
    /// Tougaard's universal ones, B in eV².
    Tougaard(f64),
}

/// Step of the grid on which losses are integrated, in eV: far finer than the data.
const GRID_EV: f64 = 0.02;

/// Lines `(area, position, shape)` on 400 counts and losses that are integrated from 90 eV below, at 201 points.
fn spectrum(lines: &[(f64, f64, PreparedShape)], losses: Losses) -> (Vec<f64>, Vec<f64>) {
    let energy: Vec<f64> = (0..201).map(|i| 152.0 + 0.09 * f64::from(i)).collect();
    let signal = |e: f64| lines.iter().map(|(area, at, shape)| area * shape.at(e - at).value).sum::<f64>();
    let grid: Vec<f64> = (0..5500).map(|i| 62.0 + GRID_EV * f64::from(i)).collect();
    let on_grid: Vec<f64> = grid.iter().map(|e| signal(*e)).collect();
    let kernel = |t: f64| match losses {
        Losses::Cumulative(kappa) => kappa,
        Losses::Tougaard(b) => b * t / (1643.0 + t * t).powi(2),
    };
    let lost = |e: f64| {
        let below = grid.iter().zip(&on_grid).take_while(|(g, _)| **g < e - 0.5 * GRID_EV);
        below.map(|(g, s)| GRID_EV * kernel(e - g) * s).sum::<f64>() + 0.5 * GRID_EV * kernel(0.0) * signal(e)
    };
    let y = energy.iter().map(|e| 400.0 + signal(*e) + lost(*e)).collect();
    (energy, y)
}

/// Two Bi 4f doublets: Voigt functions, or for the metal a Doniach–Šunjić line.
fn bismuth(areas: [f64; 2], asymmetry: Option<f64>, losses: Losses) -> (Vec<f64>, Vec<f64>) {
    let oxide = ComponentShape::Voigt.with(&[1.15, 0.25]).unwrap();
    let metal = match asymmetry {
        None => ComponentShape::Voigt.with(&[0.95, 0.25]).unwrap(),
        Some(alpha) => ComponentShape::DoniachSunjic.with(&[0.25, 0.95, alpha]).unwrap(),
    };
    let lines: Vec<(f64, f64, PreparedShape)> = [(areas[0], 158.9, oxide), (areas[1], 156.9, metal)]
        .into_iter()
        .flat_map(|(area, at, shape)| [(area, at, shape.clone()), (0.75 * area, at + 5.31, shape)])
        .collect();
    spectrum(&lines, losses)
}

fn noisy(clean: &[f64], seed: u64) -> Vec<f64> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    clean.iter().map(|v| Poisson::new(*v).unwrap().sample(&mut rng)).collect()
}

fn recipe(text: &str) -> ResolvedRecipe {
    Recipe::from_toml("test", text).unwrap().resolve().unwrap()
}

fn counts<'a>(recipe: &'a ResolvedRecipe, index: usize, energy: &[f64], y: &[f64]) -> RegionData<'a> {
    RegionData {
        recipe: &recipe.regions[index],
        energy_ev: energy.to_vec(),
        sigma: y.iter().map(|v| v.max(1.0).sqrt()).collect(),
        intensity: y.to_vec(),
        sigma_source: SigmaSource::Counts,
        counting_time_s: Some(10.0),
    }
}

const BISMUTH: &str = "[[region]]\ncore_level = \"Bi 4f\"\nstates = [\"Bi2O3\", \"Bi metal\"]\nshared_widths = false\n";

/// Bias (relative) and coverage of the 95 % interval of the areas of two states, state by state, over 500 replicas: 200 know a
/// coverage of 95 % to 1.5 % only, and with several states tested one of them would now and then leave 92 to 97 % by chance.
fn bias_and_coverage(
    recipe: &ResolvedRecipe,
    (energy, clean): &(Vec<f64>, Vec<f64>),
    areas: [f64; 2],
) -> [[f64; 2]; 2] {
    const REPLICAS: u64 = 500;
    let found: Vec<[(f64, bool); 2]> = (0..REPLICAS)
        .into_par_iter()
        .map(|seed| {
            let y = noisy(clean, seed);
            let group = fit_group(&[counts(recipe, 0, energy, &y)], 0.0, &recipe.quantification).unwrap();
            assert!(group.fit.converged(), "{seed}: {}", group.fit.termination);
            [0, 1].map(|k| {
                let area = group.fit.quantity(group.built.model.regions[0].lines[2 * k].area);
                (area.value, (area.value - areas[k]).abs() < 1.96 * area.sigma.unwrap())
            })
        })
        .collect();
    let n = REPLICAS as f64;
    [0, 1].map(|k| {
        let mean = found.iter().map(|f| f[k].0).sum::<f64>() / n;
        [mean / areas[k] - 1.0, found.iter().filter(|f| f[k].1).count() as f64 / n]
    })
}

fn is_true(found: [[f64; 2]; 2]) {
    for (state, [bias, coverage]) in found.iter().enumerate() {
        assert!(bias.abs() < 0.003, "state {state}: bias {bias}");
        assert!((0.92..=0.97).contains(coverage), "state {state}: coverage {coverage}");
    }
}

#[test]
fn areas_of_two_doublets_on_a_true_shirley_background() {
    // Truth: the simulated areas; |bias| < 0.3 %, the 95 % interval covers 92 to 97 % of them.
    let areas = [9000.0, 2500.0];
    is_true(bias_and_coverage(&recipe(BISMUTH), &bismuth(areas, None, Losses::Cumulative(0.012)), areas));
}

#[test]
fn areas_of_two_doublets_on_a_true_tougaard_background() {
    // Truth: as above; universal cross section, B = 2866 eV².
    let areas = [9000.0, 2500.0];
    let recipe = recipe(&BISMUTH.replace("states", "background = \"tougaard_u2\"\nstates"));
    is_true(bias_and_coverage(&recipe, &bismuth(areas, None, Losses::Tougaard(2866.0)), areas));
}

/// The metal as a Doniach–Šunjić line whose asymmetry is known, as from a clean foil.
const ASYMMETRIC: &str = "[[region]]\ncore_level = \"Bi 4f\"\nstates = [\"Bi2O3\"]\nshared_widths = false\n\
    [[region.component]]\nstate = \"Bi metal\"\nshape = \"doniach_sunjic\"\n\
    shape_parameters = { asymmetry = { value = 0.08, fixed = true }, lorentzian_fwhm = { value = 0.25, fixed = true } }\n";

#[test]
fn areas_of_an_asymmetric_doublet_beside_its_oxide() {
    // Truth: as above, for a metal of asymmetry 0.08 on Shirley and on Tougaard losses.
    let areas = [5000.0, 9000.0];
    let step = bismuth(areas, Some(0.08), Losses::Cumulative(0.012));
    is_true(bias_and_coverage(&recipe(ASYMMETRIC), &step, areas));
    let tougaard = recipe(&ASYMMETRIC.replace("states", "background = \"tougaard_u2\"\nstates"));
    is_true(bias_and_coverage(&tougaard, &bismuth(areas, Some(0.08), Losses::Tougaard(2866.0)), areas));
}

#[test]
fn a_background_that_is_subtracted_first_is_biased() {
    // Truth: the simulated areas. The fault of the classical form: a bias of more than 0.5 %, and intervals that cover
    // fewer than half of the replicas.
    let areas = [9000.0, 2500.0];
    let recipe = recipe(&BISMUTH.replace("states", "pre_subtracted = { end_points = 10 }\nstates"));
    let [[bias, coverage], _] = bias_and_coverage(&recipe, &bismuth(areas, None, Losses::Cumulative(0.012)), areas);
    assert!(bias < -0.005 && coverage < 0.5, "bias {bias}, coverage {coverage}");
}

/// P 2p and, one window further, B 1s on the flank of P 2s, which the simulation ties as physics does.
fn phosphate_and_boron() -> [(Vec<f64>, Vec<f64>); 2] {
    let voigt = |g: f64, l: f64| Voigt::new(g, l).unwrap();
    let p2p = voigt(1.25, 0.1);
    let (p2s, b1s) = (voigt(1.25, 1.26), voigt(1.4, 0.1));
    let (major, at) = (12000.0, 133.5);
    let low: Vec<f64> = (0..121).map(|i| 128.0 + 0.1 * f64::from(i)).collect();
    let first =
        low.iter().map(|e| 900.0 + major * (p2p.at(e - at).value + 0.5 * p2p.at(e - at - 0.87).value)).collect();
    let high: Vec<f64> = (0..151).map(|i| 183.0 + 0.1 * f64::from(i)).collect();
    let area_2s = 1.5 * major * 1.18 / 1.192;
    let second =
        high.iter().map(|e| 1100.0 + area_2s * p2s.at(e - at - 57.4).value + 600.0 * b1s.at(e - 192.3).value).collect();
    [(low, first), (high, second)]
}

#[test]
fn boron_under_a_tied_phosphorus_line() {
    // Truth: 600 counts·eV of B 1s under P 2s. Tied to P 2p (+57.4 eV, area by the ratio of Scofield's cross sections) the
    // boron area is right within its error; left free, the same data determine it several times worse.
    let head = "[[region]]\ncore_level = \"P 2p\"\nbackground = \"constant\"\nstates = [\"phosphate\"]\n\
                [[region]]\ncore_level = \"B 1s\"\nbackground = \"constant\"\n\
                [[region.component]]\nstate = \"borate\"\n\
                shape_parameters = { gaussian_fwhm = { value = 1.4 }, lorentzian_fwhm = { value = 0.1, fixed = true } }\n\
                [[region.component]]\nstate = \"phosphate\"\nlevel = \"P 2s\"\n";
    let tie = "tie = { core_level = \"P 2p\", state = \"phosphate\", offset_ev = 57.4 }\n\
               shape_parameters = { lorentzian_fwhm = { value = 1.26, fixed = true } }\n";
    let [(low, first), (high, second)] = phosphate_and_boron();
    let (mut inside, mut sigma_ratio, mut sum) = (0, 0.0, 0.0);
    const REPLICAS: u64 = 40;
    for seed in 0..REPLICAS {
        let (y0, y1) = (noisy(&first, 2 * seed), noisy(&second, 2 * seed + 1));
        let boron = |text: &str| {
            let recipe = recipe(text);
            let data = [counts(&recipe, 0, &low, &y0), counts(&recipe, 1, &high, &y1)];
            let group = fit_group(&data, 0.0, &recipe.quantification).unwrap();
            group.fit.quantity(group.built.model.regions[1].lines[0].area)
        };
        let (tied, free) = (boron(&format!("{head}{tie}")), boron(head));
        let sigma = tied.sigma.unwrap();
        inside += u32::from((tied.value - 600.0).abs() < 1.96 * sigma);
        sum += tied.value;
        sigma_ratio += free.sigma.unwrap_or(f64::INFINITY).min(20.0 * sigma) / sigma / REPLICAS as f64;
    }
    assert!(inside >= 35, "{inside} of {REPLICAS} within 1.96 σ");
    assert!((sum / REPLICAS as f64 - 600.0).abs() < 50.0, "{sum}");
    assert!(sigma_ratio > 3.0, "{sigma_ratio}");
}

#[test]
fn resampling_agrees_with_the_covariance() {
    // Truth: for a nearly linear problem the two are the same; 200 samples know a σ to 5 %.
    let recipe = recipe(BISMUTH);
    let (energy, clean) = bismuth([9000.0, 2500.0], None, Losses::Cumulative(0.012));
    let y = noisy(&clean, 7);
    let group = fit_group(&[counts(&recipe, 0, &energy, &y)], 0.0, &recipe.quantification).unwrap();
    let samples = resample(&group, 200, 3).unwrap();
    assert_eq!(samples, resample(&group, 200, 3).unwrap(), "the same seed gives the same samples");
    let area = group.built.model.regions[0].lines[0].area;
    let ratio = samples.parameter(area).unwrap().sigma / group.fit.quantity(area).sigma.unwrap();
    assert!((ratio - 1.0).abs() < 0.2, "{ratio}");
}
