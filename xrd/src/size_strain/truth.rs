//! Sizes and strains of simulated scans whose truth is known.

use doublet_common::Quantity;
use rayon::prelude::*;

use crate::analysis::{FourierSource, PhaseSize, SizeStrain, analyze};
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
    scan_behind(case, seed, INSTRUMENT)
}

fn scan_behind(case: Case, seed: u64, instrument: &str) -> Simulation {
    // FWHM = Kλ/(L cosθ) with K = 0.89 is the integral breadth λ/(⟨D⟩v cosθ) over π/2.
    let size = case.size_nm * 0.89 * std::f64::consts::FRAC_PI_2;
    let lorentzian = case.lorentzian / std::f64::consts::FRAC_PI_2;
    let gaussian = case.gaussian * (4.0 * std::f64::consts::LN_2 / std::f64::consts::PI).sqrt();
    let step = if case.size_nm < 15.0 { 0.06 } else { 0.03 };
    let text = format!(
        "title = 'W'\nseed = {seed}\ntwo_theta_range_deg = [20.0, 150.0]\nstep_deg = {step}\n\
         highest_counts = 10000.0\nbackground_counts = [150.0, -40.0]\n[radiation]\nanode = 'Cu'\n\
         [instrument]\n{instrument}[[phases]]\nid = 'W'\nweight_percent = 100.0\nsize_nm = {size}\n\
         microstrain = {lorentzian}\ngaussian_microstrain = {gaussian}\n"
    );
    Simulation::from_toml("tungsten", &text).unwrap()
}

fn size_of(simulation: &Simulation) -> PhaseSize {
    size_behind(simulation, INSTRUMENT)
}

fn size_behind(simulation: &Simulation, instrument: &str) -> PhaseSize {
    let scan = simulate(simulation).unwrap();
    let text = format!("[identification]\nphases = ['W']\n[instrument]\n{instrument}");
    let recipe = Recipe::from_toml("recipe", &text).unwrap().resolve().unwrap();
    let set = candidates(&recipe.identification, Vec::new()).unwrap();
    let analysis = analyze(&scan, &recipe, &set).unwrap();
    analysis.crystallite_size.into_iter().find(|size| size.phase_id == "W").unwrap()
}

const REPLICAS: u64 = 100;

fn replicas(case: Case) -> Vec<PhaseSize> {
    (0..REPLICAS).into_par_iter().map(|seed| size_of(&scan(case, 1000 + seed))).collect()
}

/// Mean over truth, and share of replicas whose σ covers the truth.
fn coverage(found: &[PhaseSize], truth: f64, of: impl Fn(&PhaseSize) -> Option<Quantity>) -> [f64; 2] {
    let found: Vec<Quantity> = found.iter().filter_map(of).collect();
    let covers = found.iter().filter(|q| (q.value - truth).abs() <= q.sigma.unwrap()).count();
    let mean = found.iter().map(|q| q.value / truth).sum::<f64>() / found.len() as f64;
    [mean, covers as f64 / REPLICAS as f64]
}

/// The method to quote.
fn quoted(size: &PhaseSize) -> &SizeStrain {
    size.methods.iter().find(|row| Some(row.method) == size.best_method).unwrap()
}

#[test]
fn sigma_of_size_and_strain_covers_the_truth_as_often_as_it_says() {
    // Truth: the simulated size and strain, 100 replicas of Poisson noise for each case, of which one σ covers 68.3 %: of 100
    // between 55 and 81 in all but one of a hundred cases. Lorentzian size is that of exponential columns: ⟨D⟩v = 2⟨D⟩a; a
    // Gaussian strain is what Warren and Averbach take it for.
    let lorentzian = |size_nm, strain| Case { size_nm, lorentzian: strain, gaussian: 0.0 };
    let gaussian = |size_nm, strain| Case { size_nm, lorentzian: 0.0, gaussian: strain };
    let cases = [
        lorentzian(5.0, 4e-3),
        gaussian(5.0, 4e-3),
        lorentzian(10.0, 1e-3),
        gaussian(10.0, 4e-3),
        gaussian(20.0, 1e-3),
        lorentzian(45.0, 4e-3),
        gaussian(45.0, 4e-3),
        lorentzian(100.0, 1e-3),
    ];
    let (mut shares, mut of_fourier) = (Vec::new(), Vec::new());
    for case in cases {
        let found = replicas(case);
        let [mean, size] = coverage(&found, case.size_nm, |found| quoted(found).size_nm);
        let [_, strain] = coverage(&found, case.lorentzian + case.gaussian, |found| quoted(found).strain);
        let text = format!("{case:?}: size {mean:.4} of the truth, covered {size:.2}; strain covered {strain:.2}");
        {
            use std::io::Write;
            writeln!(std::fs::OpenOptions::new().create(true).append(true).open("/tmp/cov.txt").unwrap(), "{text}")
                .unwrap();
        }
        assert!(found.iter().all(|found| quoted(found).method.is_whole_pattern()), "{text}");
        assert!((mean - 1.0).abs() < 0.015, "{text}");
        assert!([size, strain].iter().all(|share| (0.55..=0.81).contains(share)), "{text}");
        shares.extend([size, strain]);
        if case.gaussian > 0.0 && (9.0..21.0).contains(&case.size_nm) {
            let [mean, volume] = coverage(&found, case.size_nm, |found| found.fourier[0].volume_weighted_nm);
            let [mean_area, area] = coverage(&found, 0.5 * case.size_nm, |found| found.fourier[0].area_weighted_nm);
            let profiles = |found: &&PhaseSize| found.fourier[0].source == FourierSource::MeasuredProfiles;
            let text = format!("{case:?}: ⟨D⟩v {mean:.4}, covered {volume:.2}; ⟨D⟩a {mean_area:.4}, covered {area:.2}");
            assert_eq!(found.iter().filter(profiles).count(), found.len(), "{text}");
            assert!([mean, mean_area].iter().all(|mean| (mean - 1.0).abs() < 0.015), "{text}");
            assert!([volume, area].iter().all(|share| (0.55..=0.81).contains(share)), "{text}");
            of_fourier.extend([volume, area]);
        }
    }
    for shares in [shares, of_fourier] {
        let all = shares.iter().sum::<f64>() / shares.len() as f64;
        assert!((0.60..=0.76).contains(&all), "{all:.3} covered");
    }
}

#[test]
fn the_instruments_share_of_a_whole_pattern_is_that_of_moved_instruments() {
    // Truth: sizes and strains behind instruments with V and W, which the fit keeps, or X, which it fits, moved to both sides.
    let simulation = scan(Case { size_nm: 20.0, lorentzian: 1e-3, gaussian: 0.0 }, 7);
    let numbers = [0.0045, -0.0030, 0.0030, 0.012, 0.010, 0.0, 0.0];
    let sigma = [0.0, 4e-4, 2e-4, 1.5e-3, 0.0, 0.0, 0.0];
    let behind = |moved: [f64; 7], covariance: &str| {
        let [u, v, w, x, y, ..] = moved;
        let text = format!("u_deg2 = {u}\nv_deg2 = {v}\nw_deg2 = {w}\nx_deg = {x}\ny_deg = {y}\n{covariance}");
        quoted(&size_behind(&simulation, &text)).clone()
    };
    let rows: Vec<String> = (0..7)
        .map(|i| format!("{:?}", std::array::from_fn::<f64, 7, _>(|j| if i == j { sigma[i] * sigma[i] } else { 0.0 })))
        .collect();
    let row = behind(numbers, &format!("covariance = [{}]\n", rows.join(", ")));
    let mut squares = [0.0; 2];
    for number in 1..4 {
        let side = |sign: f64| {
            let mut moved = numbers;
            moved[number] += sign * sigma[number];
            behind(moved, "")
        };
        let (up, down) = (side(1.0), side(-1.0));
        assert_eq!((up.method, down.method), (row.method, row.method));
        squares[0] += (0.5 * (up.size_nm.unwrap().value - down.size_nm.unwrap().value)).powi(2);
        squares[1] += (0.5 * (up.strain.unwrap().value - down.strain.unwrap().value)).powi(2);
    }
    let found = [row.size_sigma_by_instrument_nm.unwrap(), row.strain_sigma_by_instrument.unwrap()];
    for (found, square) in found.into_iter().zip(squares) {
        assert!((found / square.sqrt() - 1.0).abs() < 0.05, "{found} {}", square.sqrt());
    }
    // Both parts of σ add in squares.
    let alone = behind(numbers, "").size_nm.unwrap().sigma.unwrap();
    assert!((row.size_nm.unwrap().sigma.unwrap() / alone.hypot(found[0]) - 1.0).abs() < 0.02);
}

#[test]
fn lines_narrower_than_any_instrument_give_limits_and_no_zero_sigma() {
    // Truth: simulated widths that fall with the angle, which no instrument's numbers without sign can follow; σ of the size
    // is that of the script's fit to such a scan, 0.2 nm.
    let instrument =
        |u: f64, y: f64| format!("u_deg2 = {u}\nv_deg2 = 0.0\nw_deg2 = 0.003\nx_deg = 0.012\ny_deg = {y}\n");
    let case = Case { size_nm: 20.0, lorentzian: 0.0, gaussian: 0.0 };
    for (u, y) in [(1e-3, -4e-3), (-2e-4, 1e-2)] {
        let size = size_behind(&scan_behind(case, 3, &instrument(u, y)), &instrument(1e-3, 1e-2));
        let row = size.methods.iter().find(|row| row.method.is_whole_pattern()).unwrap();
        assert!(row.strain.is_none_or(|strain| strain.sigma.unwrap() > 1e-6), "{row:?}");
        assert!(row.strain_upper_limit.is_none_or(|limit| limit > 1e-6), "{row:?}");
        assert!(row.size_nm.unwrap().sigma.unwrap() > 0.1, "{row:?}");
    }
}
