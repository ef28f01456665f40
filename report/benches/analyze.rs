//! Time of a whole analysis of one scan and of its report: simulated LAGP with cristobalite, 5000 points of 10–85°, 66 peaks,
//! the instrument removed, all built-in phases as candidates (aim: 1 s on one core for both). On one busy core of two:
//! analysis 0.32 s, of it the first peak fit 0.12 s and the second 0.02 s; report 0.12 s.

use divan::{Bencher, black_box};
use doublet_report::diffraction::write_report;
use doublet_xrd::analysis::{Analysis, analyze};
use doublet_xrd::identify::{CandidateSet, candidates};
use doublet_xrd::peaks::{PeakOptions, fit, refit};
use doublet_xrd::profile::InstrumentProfile;
use doublet_xrd::radiation::{Anode, Radiation};
use doublet_xrd::recipe::{Recipe, ResolvedRecipe};
use doublet_xrd::scan::Scan;
use doublet_xrd::simulate::{Simulation, simulate};

fn main() {
    divan::main();
}

const INSTRUMENT: &str = "u_deg2 = 0.0045\nv_deg2 = -0.003\nw_deg2 = 0.003\nx_deg = 0.012\ny_deg = 0.01\n";

fn scan() -> Scan {
    let text = format!(
        "title = 'LAGP'\nseed = 1\ntwo_theta_range_deg = [10.0, 84.985]\nstep_deg = 0.015\nhighest_counts = 8000.0\n\
         background_counts = [400.0, -300.0, 60.0]\n[radiation]\nanode = 'Cu'\n[instrument]\n{INSTRUMENT}[[phases]]\n\
         id = 'LAGP-x0.5'\nweight_percent = 90.0\nsize_nm = 63.5\n[[phases]]\nid = 'AlPO4-cristobalite'\n\
         weight_percent = 10.0\nsize_nm = 80.0\n"
    );
    Simulation::from_toml("bench", &text).and_then(|simulation| simulate(&simulation)).expect("a scan")
}

fn recipe() -> ResolvedRecipe {
    let text = format!("[instrument]\n{INSTRUMENT}");
    Recipe::from_toml("bench", &text).and_then(|recipe| recipe.resolve()).expect("a recipe")
}

fn all_phases(recipe: &ResolvedRecipe) -> CandidateSet {
    candidates(&recipe.identification, Vec::new()).expect("phases")
}

fn analyzed() -> Analysis {
    let recipe = recipe();
    analyze(&scan(), &recipe, &all_phases(&recipe)).expect("an analysis")
}

#[divan::bench(sample_count = 10)]
fn analysis(bencher: Bencher) {
    let (scan, recipe) = (scan(), recipe());
    let phases = all_phases(&recipe);
    bencher.bench_local(|| analyze(black_box(&scan), &recipe, &phases));
}

#[divan::bench(sample_count = 10)]
fn report(bencher: Bencher) {
    let analysis = analyzed();
    let home = tempfile::tempdir().expect("a folder");
    bencher.bench_local(|| write_report(black_box(&analysis), &home.path().join("report"), true));
}

#[divan::bench(sample_count = 10)]
fn peak_fit(bencher: Bencher) {
    let (scan, radiation) = (scan(), Radiation::k_alpha(Anode::Cu));
    let instrument = recipe().instrument.map(InstrumentProfile::from);
    bencher.bench_local(|| fit(black_box(&scan), &radiation, instrument.as_ref(), &PeakOptions::default()));
}

#[divan::bench(sample_count = 10)]
fn second_peak_fit(bencher: Bencher) {
    let (scan, radiation) = (scan(), Radiation::k_alpha(Anode::Cu));
    let instrument = recipe().instrument.map(InstrumentProfile::from);
    let first = fit(&scan, &radiation, instrument.as_ref(), &PeakOptions::default()).expect("a fit");
    let options = PeakOptions::default();
    bencher.bench_local(|| refit(black_box(&scan), &radiation, instrument.as_ref(), &options, &first));
}
