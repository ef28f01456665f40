//! Time of computed patterns, single-threaded: LAGP, 108 atoms in the cell, Cu Kα, 5–120° (aim: 3 ms).
//!
//! The same pattern, best of seven runs in CPU time on the same two-core machine: pymatgen 2026.10.24 134 ms, xrd-rust 0.3.5
//! (serial, SIMD) 48 ms; here 0.51 ms with dispersion and displacement, which those two leave out.

use divan::{Bencher, black_box};
use doublet_xrd::pattern::PatternModel;
use doublet_xrd::radiation::{Anode, Radiation};
use doublet_xrd::structure::{built_in, built_in_all};

const RANGE_DEG: (f64, f64) = (5.0, 120.0);

fn main() {
    divan::main();
}

/// Reflections, structure factors, positions and intensities from the structure.
#[divan::bench]
fn pattern_of_lagp(bencher: Bencher) {
    let structure = built_in("LAGP-x0.5").expect("a built-in phase");
    let radiation = Radiation::k_alpha(Anode::Cu);
    bencher.bench(|| {
        let model = PatternModel::new(black_box(&structure), &radiation, RANGE_DEG).expect("a pattern");
        model.lines(&radiation)
    });
}

/// What each step of a cell refinement costs: positions with derivatives by a and c.
#[divan::bench]
fn positions_of_lagp(bencher: Bencher) {
    let structure = built_in("LAGP-x0.5").expect("a built-in phase");
    let radiation = Radiation::k_alpha(Anode::Cu);
    let model = PatternModel::new(&structure, &radiation, RANGE_DEG).expect("a pattern");
    let cell = model.cell_parameters.values();
    bencher.bench(|| model.positions(black_box(&cell), radiation.reference_wavelength_angstrom()));
}

/// Every built-in structure with its symmetry.
#[divan::bench]
fn structures_of_the_whole_set() -> usize {
    built_in_all().expect("the built-in set").len()
}

/// Patterns of every built-in phase.
#[divan::bench]
fn patterns_of_the_whole_set(bencher: Bencher) {
    let structures = built_in_all().expect("the built-in set");
    let radiation = Radiation::k_alpha(Anode::Cu);
    bencher.bench(|| {
        let pattern =
            |structure| PatternModel::new(structure, &radiation, RANGE_DEG).map(|model| model.reflections.len());
        black_box(&structures).iter().map(pattern).sum::<doublet_xrd::Result<usize>>().expect("patterns")
    });
}
