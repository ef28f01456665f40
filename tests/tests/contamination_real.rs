//! Kβ of real scans: one diffractometer has one ratio, whatever the sample.

use std::path::Path;

use doublet_xrd::analysis::{Analysis, analyze};
use doublet_xrd::formats::read_file;
use doublet_xrd::identify::candidates;
use doublet_xrd::recipe::Recipe;

doublet_tests::real_files! {
    pure_phases_of_the_round_robin_have_one_ratio,
    a_peak_that_looks_like_k_beta_earns_a_hint,
}

fn analysed(data: &Path, file: &str, contamination: &str) -> Analysis {
    let text = format!(
        "[radiation]\nanode = 'Cu'\nmonochromator_two_theta_deg = 26.6\n[identification]\n\
         phases = ['Al2O3-corundum', 'CaF2', 'ZnO']\n[contamination]\n{contamination}\n"
    );
    let recipe = Recipe::from_toml("recipe", &text).unwrap().resolve().unwrap();
    let scan = read_file(&data.join("xrd/cpd").join(file)).unwrap().swap_remove(0);
    analyze(&scan, &recipe, &candidates(&recipe.identification, Vec::new()).unwrap()).unwrap()
}

/// Truth: the three scans come from one diffractometer, so their ratios are one within their σ.
fn pure_phases_of_the_round_robin_have_one_ratio(data: &Path) {
    let ratio = |file| {
        let analysis = analysed(data, file, "k_beta = 'free'\nw_l_alpha = 'free'");
        let [lines] = analysis.contamination.as_slice() else { panic!("{file}: {:?}", analysis.warnings) };
        assert_eq!(lines.label, "Cu Kβ");
        (lines.ratio.value, lines.ratio.sigma.unwrap())
    };
    let ratios = ["corundum.prn", "fluorite.prn", "zincite.prn"].map(ratio);
    let weight: f64 = ratios.iter().map(|r| r.1.powi(-2)).sum();
    let mean = ratios.iter().map(|r| r.0 / r.1.powi(2)).sum::<f64>() / weight;
    // χ² of 2 degrees of freedom is above 9.2 once in a hundred times.
    let chi_squared: f64 = ratios.iter().map(|r| ((r.0 - mean) / r.1).powi(2)).sum();
    assert!(chi_squared < 9.2 && mean > 5.0 * weight.sqrt().recip(), "{ratios:?}");
}

/// Truth: Bragg's law: Kβ of fluorite's strongest reflections at 28.27 and 47.01° stands at 25.49 and 42.24°.
fn a_peak_that_looks_like_k_beta_earns_a_hint(data: &Path) {
    let analysis = analysed(data, "fluorite.prn", "");
    for (at, hkl) in [("25.49°", "(1 1 1)"), ("42.24°", "(2 2 0)")] {
        let hinted = |w: &String| w.contains(at) && w.contains(hkl) && w.contains("--contamination k_beta");
        assert!(analysis.warnings.iter().any(hinted), "{:?}", analysis.warnings);
    }
}
