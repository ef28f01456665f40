//! Sizes and strains of scans that an independent program made (numpy and scipy, `tests/fixtures/size_strain/make.py`).

use doublet_common::Quantity;
use doublet_xrd::analysis::{FourierSource, PhaseSize, SizeStrain, SizeStrainMethod, analyze};
use doublet_xrd::formats::read_file;
use doublet_xrd::identify::candidates;
use doublet_xrd::recipe::Recipe;
use rayon::prelude::*;

/// The instrument of the script.
const RECIPE: &str = "[radiation]\nanode = 'Cu'\n[identification]\nphases = ['W']\n[instrument]\nu_deg2 = 0.0045\n\
                      v_deg2 = -0.0030\nw_deg2 = 0.0030\nx_deg = 0.012\ny_deg = 0.010\n";

/// One scan of the script: its truth and its text as columns.
struct Case {
    columns: String,
    size_nm: f64,
    strain: f64,
    kind: String,
    /// What the script's own fit finds with Lorentzian and with Gaussian strain: 1/D, its σ, strain or its square, its σ.
    fits: Vec<[f64; 4]>,
    /// Columns of 2θ and counts.
    text: String,
}

fn cases() -> Vec<Case> {
    let case = |(words, counts): (Vec<String>, Vec<String>)| {
        let number = |k: usize| words[k].parse::<f64>().unwrap();
        let (low, step) = (number(4), number(5));
        let rows = counts.iter().enumerate().map(|(i, n)| format!("{:.4} {n}\n", low + step * i as f64));
        Case {
            columns: words[0].clone(),
            size_nm: number(1),
            strain: number(2),
            kind: words[3].clone(),
            fits: (7..words.len()).step_by(4).map(|k| std::array::from_fn(|i| number(k + i))).collect(),
            text: rows.collect(),
        }
    };
    doublet_tests::packed_scans("size_strain").unwrap().into_iter().map(case).collect()
}

fn size(case: &Case) -> PhaseSize {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("scan.xy");
    std::fs::write(&file, &case.text).unwrap();
    let recipe = Recipe::from_toml("recipe", RECIPE).unwrap().resolve().unwrap();
    let set = candidates(&recipe.identification, Vec::new()).unwrap();
    let analysis = analyze(&read_file(&file).unwrap().remove(0), &recipe, &set).unwrap();
    analysis.crystallite_size.into_iter().find(|size| size.phase_id == "W").unwrap()
}

fn best(size: &PhaseSize) -> &SizeStrain {
    size.methods.iter().find(|row| Some(row.method) == size.best_method).unwrap()
}

/// Value over truth, and its distance from the truth in σ.
fn against(quantity: Option<Quantity>, truth: f64) -> Option<(f64, f64)> {
    quantity.map(|q| (q.value / truth, (q.value - truth) / q.sigma.unwrap()))
}

#[test]
fn sizes_and_strains_are_those_of_the_independent_script() {
    // Truth: what the script's fit of the function that it drew from finds in the same counts; and the column lengths of the
    // script within 3 % (100 nm: 6 %), but where the script's fit misses that as well, and as many within 2σ as by that fit.
    let cases: Vec<Case> = cases().into_iter().filter(|case| case.columns == "exponential").collect();
    let sizes: Vec<PhaseSize> = cases.par_iter().map(size).collect();
    let mut within = [0; 2];
    for (case, size) in cases.iter().zip(&sizes) {
        let row = best(size);
        let text = format!("{} nm, strain {} {}: {row:?}, {:?}", case.size_nm, case.strain, case.kind, case.fits);
        let found = row.size_nm.unwrap();
        let sigma = found.sigma.unwrap();
        let tolerance = if case.size_nm > 99.0 { 0.06 } else { 0.03 };
        let gaussian = row.method == SizeStrainMethod::PatternGaussian;
        assert!(gaussian || row.method == SizeStrainMethod::PatternLorentzian, "{text}");
        // Where strain is seen through the breadth of size, its kind is the script's.
        let seen = case.strain > 3e-3 || (case.strain > 0.0 && case.size_nm > 9.0);
        assert!(!seen || gaussian == (case.kind == "G"), "{text}");
        let undecided = size.comparison.iter().any(|sentence| sentence.contains("do not tell whether strain"));
        assert!(case.strain == 0.0 || gaussian == (case.kind == "G") || undecided, "{text} {:?}", size.comparison);
        let [inverse, inverse_sigma, strain, strain_sigma] = case.fits[usize::from(gaussian)];
        let near = |size_nm: f64| (size_nm / case.size_nm - 1.0).abs() < tolerance;
        assert!(near(found.value) || !near(inverse.recip()), "{text}");
        assert!(agree([found.value.recip(), sigma / (found.value * found.value)], [inverse, inverse_sigma]), "{text}");
        let by_script = (inverse - case.size_nm.recip()) / inverse_sigma;
        let deviations = [(found.value - case.size_nm) / sigma, by_script];
        within.iter_mut().zip(deviations).for_each(|(n, deviation)| *n += usize::from(deviation.abs() < 2.0));
        if let Some(Quantity { value, sigma: Some(sigma) }) = row.strain {
            let found = if gaussian { [value * value, 2.0 * value * sigma] } else { [value, sigma] };
            assert!(agree(found, [strain, strain_sigma]), "{text}");
        }
    }
    assert!(within[0] >= within[1], "within 2σ: {within:?} of {}", cases.len());
}

/// Whether a fit with more freedom agrees with one with less on the same data. The script takes a cubic for a background that is
/// a line, the program has to find its degree: the two may differ by the root of the difference of their variances (J. A.
/// Hausman, Econometrica 46 (1978) 1251), and by half a σ for cell, displacement and what else is free.
fn agree([value, sigma]: [f64; 2], [expected, expected_sigma]: [f64; 2]) -> bool {
    let freedom = (sigma * sigma - expected_sigma * expected_sigma).max(0.0).sqrt();
    (value - expected).abs() < 0.5 * expected_sigma + 2.0 * freedom && (0.9..2.0).contains(&(sigma / expected_sigma))
}

#[test]
fn strain_alone_gives_a_strain_and_a_lower_limit_of_size() {
    // Truth: the strains of the script, whose crystallites are without end: within 2σ, and 3 % where σ is under half of that.
    for case in cases().iter().filter(|case| case.columns == "none") {
        let size = size(case);
        let row = best(&size);
        let (ratio, deviation) = against(row.strain, case.strain).unwrap();
        let known = row.strain.unwrap().sigma.unwrap() < 0.015 * case.strain;
        assert!((ratio - 1.0).abs() < 0.03 || !known, "{} {}: {row:?}", case.strain, case.kind);
        assert!(deviation.abs() < 2.0, "{} {}: {row:?}", case.strain, case.kind);
        assert!(row.size_nm.is_none() && row.size_lower_limit_nm.is_some_and(|limit| limit > 400.0), "{row:?}");
    }
}

#[test]
fn measured_profiles_of_spheres_give_their_coefficients() {
    // Truth: spheres of diameter d have A_S = 1 − 3x/2 + x³/2 with x = L/d, ⟨D⟩v = 3d/4 and ⟨D⟩a = 2d/3, and no hook. Within 3σ,
    // and ⟨D⟩v within 2 %; of their lines, which are no Voigt functions, the breadths give it within 8 %.
    for case in cases().iter().filter(|case| case.columns == "spheres") {
        let size = size(case);
        let row = best(&size);
        let voigt = [SizeStrainMethod::PatternVoigt, SizeStrainMethod::DoubleVoigt].contains(&row.method);
        assert!(voigt, "{} nm: {row:?}", case.size_nm);
        let found = row.size_nm.unwrap().value / case.size_nm;
        assert!((found - 1.0).abs() < 0.08, "{} nm: {found:.3}", case.size_nm);
        let fourier = &size.fourier[0];
        assert!(fourier.source == FourierSource::MeasuredProfiles && !fourier.hook, "{fourier:?}");
        let diameter = 4.0 / 3.0 * case.size_nm;
        let (ratio, deviation) = against(fourier.volume_weighted_nm, case.size_nm).unwrap();
        assert!((ratio - 1.0).abs() < 0.02 && deviation.abs() < 3.0, "{} nm: ⟨D⟩v {ratio:.3}", case.size_nm);
        let (ratio, deviation) = against(fourier.area_weighted_nm, 2.0 / 3.0 * diameter).unwrap();
        assert!(deviation.abs() < 3.0, "{} nm: ⟨D⟩a {ratio:.3}, {deviation:.1} σ", case.size_nm);
        for (length, found) in fourier.length_nm.iter().zip(&fourier.size_coefficient) {
            let x = (length / diameter).min(1.0);
            let truth = 1.0 - 1.5 * x + 0.5 * x.powi(3);
            assert!((found.value - truth).abs() < 0.015, "{} nm: A_S({length}) = {found:?}, {truth}", case.size_nm);
        }
    }
}

#[test]
fn measured_profiles_tell_gaussian_strain_from_exponential_columns() {
    // Truth: the column lengths of the script, ⟨D⟩v = 2⟨D⟩a, and its strains e, whose root mean square is e √(2/π). Of the
    // scans whose strain is Gaussian or none and whose profiles stand for themselves: all within 3.5σ, three quarters within
    // 2σ (counting alone lets expect 95 %). Not those of 3 nm, whose lines lie on each other: ⟨D⟩v is right within 1 % there,
    // but ⟨D⟩a up to 11 % too large (4σ).
    let cases: Vec<Case> = cases()
        .into_iter()
        .filter(|case| case.columns == "exponential" && (case.kind == "G" || case.strain == 0.0))
        .filter(|case| case.size_nm > 3.0)
        .collect();
    let sizes: Vec<PhaseSize> = cases.par_iter().map(size).collect();
    let mut deviations = Vec::new();
    for (case, size) in cases.iter().zip(&sizes) {
        let Some(fourier) = size.fourier.first().filter(|f| f.source == FourierSource::MeasuredProfiles) else {
            continue;
        };
        let row = size.methods.iter().find(|row| row.method == SizeStrainMethod::WarrenAverbach).unwrap();
        let strain = case.strain * (2.0 / std::f64::consts::PI).sqrt();
        let found = [
            against(fourier.volume_weighted_nm, case.size_nm),
            against(fourier.area_weighted_nm, 0.5 * case.size_nm),
            against(row.strain, strain).filter(|_| strain > 0.0),
        ];
        for (ratio, deviation) in found.into_iter().flatten() {
            assert!(deviation.abs() < 3.5, "{} nm, {}: {ratio:.3}, {deviation:.1} σ", case.size_nm, case.strain);
            deviations.push(deviation.abs());
        }
    }
    let near = deviations.iter().filter(|deviation| **deviation < 2.0).count();
    assert!(deviations.len() >= 30 && 4 * near >= 3 * deviations.len(), "{near} of {}", deviations.len());
}
