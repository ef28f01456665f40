//! Sizes and strains of simulated scans whose truth is known.

use doublet_common::Quantity;
use rayon::prelude::*;

use crate::analysis::{PhaseSize, SizeStrain, SizeStrainMethod, SizeStrainMethod as M, analyze};
use crate::identify::candidates;
use crate::recipe::Recipe;
use crate::simulate::{Simulation, simulate};

const INSTRUMENT: &str = "u_deg2 = 0.0045\nv_deg2 = -0.0030\nw_deg2 = 0.0030\nx_deg = 0.012\ny_deg = 0.010\n";

/// What broadens the lines: column length ⟨D⟩v, strains e of integral breadth.
#[derive(Debug, Clone, Copy)]
struct Case {
    size_nm: f64,
    lorentzian: f64,
    gaussian: f64,
}

/// Tungsten: few lines, far apart.
fn scan(case: Case, seed: u64) -> Simulation {
    // FWHM = Kλ/(L cosθ) with K = 0.89 is the integral breadth λ/(⟨D⟩v cosθ) over π/2.
    let size = case.size_nm * 0.89 * std::f64::consts::FRAC_PI_2;
    let lorentzian = case.lorentzian / std::f64::consts::FRAC_PI_2;
    let gaussian = case.gaussian * (4.0 * std::f64::consts::LN_2 / std::f64::consts::PI).sqrt();
    let step = if case.size_nm < 15.0 { 0.06 } else { 0.03 };
    let text = format!(
        "title = 'W'\nseed = {seed}\ntwo_theta_range_deg = [20.0, 150.0]\nstep_deg = {step}\n\
         highest_counts = 10000.0\nbackground_counts = [150.0, -40.0]\n[radiation]\nanode = 'Cu'\n\
         [instrument]\n{INSTRUMENT}[[phases]]\nid = 'W'\nweight_percent = 100.0\nsize_nm = {size}\n\
         microstrain = {lorentzian}\ngaussian_microstrain = {gaussian}\n"
    );
    Simulation::from_toml("tungsten", &text).unwrap()
}

fn size_of(simulation: &Simulation) -> PhaseSize {
    let scan = simulate(simulation).unwrap();
    let text = format!("[identification]\nphases = ['W']\n[instrument]\n{INSTRUMENT}");
    let recipe = Recipe::from_toml("recipe", &text).unwrap().resolve().unwrap();
    let set = candidates(&recipe.identification, Vec::new()).unwrap();
    let analysis = analyze(&scan, &recipe, &set).unwrap();
    analysis.crystallite_size.into_iter().find(|size| size.phase_id == "W").unwrap()
}

/// Share of replicas whose σ covers the truth, for size and strain, and mean of size over truth.
fn coverage(case: Case, method: SizeStrainMethod) -> [f64; 3] {
    const REPLICAS: u64 = 100;
    let rows: Vec<SizeStrain> = (0..REPLICAS)
        .into_par_iter()
        .map(|seed| {
            let size = size_of(&scan(case, 1000 + seed));
            size.methods.into_iter().find(|row| row.method == method).unwrap()
        })
        .collect();
    let covers = |q: Option<Quantity>, truth: f64| q.is_some_and(|q| (q.value - truth).abs() <= q.sigma.unwrap());
    let share = |of: &dyn Fn(&SizeStrain) -> bool| rows.iter().filter(|row| of(row)).count() as f64 / REPLICAS as f64;
    let mean = rows.iter().filter_map(|row| row.size_nm).map(|size| size.value / case.size_nm).sum::<f64>();
    [
        share(&|row| covers(row.size_nm, case.size_nm)),
        share(&|row| covers(row.strain, case.lorentzian + case.gaussian)),
        mean / REPLICAS as f64,
    ]
}

#[test]
fn sigma_of_size_and_strain_covers_the_truth_as_often_as_it_says() {
    // Truth: the simulated size and strain, 100 replicas of Poisson noise for each case, of which one σ covers 68.3 %: of 100
    // between 55 and 81 in all but one of a hundred cases.
    let lorentzian = |size_nm, strain| (Case { size_nm, lorentzian: strain, gaussian: 0.0 }, M::JointLorentzian);
    let gaussian = |size_nm, strain| (Case { size_nm, lorentzian: 0.0, gaussian: strain }, M::JointGaussian);
    let mut shares = Vec::new();
    for (case, method) in [lorentzian(10.0, 1e-3), gaussian(10.0, 4e-3), gaussian(20.0, 1e-3), lorentzian(100.0, 1e-3)]
    {
        let [size, strain, mean] = coverage(case, method);
        let text = format!("{case:?}: size {mean:.4} of the truth, covered {size:.2}; strain covered {strain:.2}");
        assert!((mean - 1.0).abs() < 0.015, "{text}");
        assert!([size, strain].iter().all(|share| (0.55..=0.84).contains(share)), "{text}");
        shares.extend([size, strain]);
    }
    let all = shares.iter().sum::<f64>() / shares.len() as f64;
    assert!((0.60..=0.76).contains(&all), "{all:.3} covered");
}
