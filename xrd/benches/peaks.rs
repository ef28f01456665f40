//! Time of peak search and of search with whole-pattern fit: a simulated scan of 5–90° in steps of 0.02° with 60 peaks (aim:
//! 0.2 s). Processor time on one core of a two-core machine: search 37 ms, search and fit 68 ms.

use divan::{Bencher, black_box};
use doublet_common::lineshape::{BaseShape, Shape};
use doublet_common::{Measurement, SigmaSource};
use doublet_xrd::peaks::{PeakOptions, find, fit};
use doublet_xrd::profile::bragg_lines;
use doublet_xrd::radiation::{Anode, Radiation};
use doublet_xrd::scan::{IntensityUnit, Scan};
use ndarray::Array1;
use rand::SeedableRng;
use rand_distr::{Distribution, Poisson};

fn main() {
    divan::main();
}

/// Sixty peaks of areas from 20 to 3000 counts·degrees, some of them overlapping, on a falling background.
fn sixty_peaks(radiation: &Radiation) -> Scan {
    let x: Vec<f64> = (0..=4250).map(|i| 5.0 + 0.02 * f64::from(i)).collect();
    let mut y: Vec<f64> = x.iter().map(|x| 80.0 + 3000.0 / x).collect();
    for i in 0..60 {
        let position = 12.0 + 1.28 * f64::from(i) + 0.3 * f64::from(i * i % 5);
        let area = [20.0, 200.0, 3000.0, 60.0, 700.0][i as usize % 5];
        let Ok(shape) = BaseShape::PseudoVoigt.symmetric().with(&[0.09 + 0.001 * position, 0.55]) else { continue };
        for line in bragg_lines(radiation, position) {
            for (y, x) in y.iter_mut().zip(&x) {
                *y += area * line.share * shape.at(x - line.two_theta_deg).value;
            }
        }
    }
    let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(1);
    let counts: Array1<f64> = y.iter().map(|y| Poisson::new(*y).map_or(0.0, |p| p.sample(&mut rng))).collect();
    let data = Measurement::from_counts(Array1::from(x), counts, SigmaSource::Counts).expect("a scan");
    Scan::of_data("simulated", data, IntensityUnit::Counts, Some(radiation.clone()))
}

#[divan::bench]
fn find_sixty_peaks(bencher: Bencher) {
    let radiation = Radiation::k_alpha(Anode::Cu);
    let scan = sixty_peaks(&radiation);
    bencher.bench_local(|| find(black_box(&scan), &radiation, &PeakOptions::default()).map(|f| f.len()));
}

#[divan::bench]
fn fit_sixty_peaks(bencher: Bencher) {
    let radiation = Radiation::k_alpha(Anode::Cu);
    let scan = sixty_peaks(&radiation);
    bencher.bench_local(|| fit(black_box(&scan), &radiation, None, &PeakOptions::default()).map(|f| f.peaks.len()));
}
