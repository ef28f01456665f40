//! Simulated scans with known peaks, for the tests of search and fit.

use doublet_common::lineshape::{BaseShape, Shape};
use doublet_common::{Measurement, SigmaSource};
use ndarray::Array1;
use rand::SeedableRng;
use rand_distr::{Distribution, Poisson};

use crate::profile::bragg_lines;
use crate::radiation::{Anode, Radiation};
use crate::scan::{IntensityUnit, Scan};

/// A peak that is put into a simulated scan.
#[derive(Debug, Clone, Copy)]
pub(super) struct TruePeak {
    pub(super) two_theta_deg: f64,
    /// Counts · degrees, all emission lines.
    pub(super) area: f64,
    pub(super) fwhm_deg: f64,
    pub(super) lorentzian_fraction: f64,
}

/// Axis and smooth background of a simulated scan.
#[derive(Debug, Clone, Copy)]
pub(super) struct Setting {
    pub(super) low: f64,
    pub(super) high: f64,
    pub(super) step: f64,
    pub(super) background: fn(f64) -> f64,
}

pub(super) fn copper() -> Radiation {
    Radiation::k_alpha(Anode::Cu)
}

/// Counts at every step, with Poisson noise of a stated seed, or expected counts without one.
pub(super) fn scan(setting: &Setting, peaks: &[TruePeak], seed: Option<u64>) -> Scan {
    let n = ((setting.high - setting.low) / setting.step).round() as usize + 1;
    let x: Vec<f64> = (0..n).map(|i| setting.low + setting.step * i as f64).collect();
    let mut y: Vec<f64> = x.iter().map(|x| (setting.background)(*x)).collect();
    for peak in peaks {
        let shape = BaseShape::PseudoVoigt.symmetric().with(&[peak.fwhm_deg, peak.lorentzian_fraction]).unwrap();
        for line in bragg_lines(&copper(), peak.two_theta_deg) {
            for (y, x) in y.iter_mut().zip(&x) {
                *y += peak.area * line.share * shape.at(x - line.two_theta_deg).value;
            }
        }
    }
    if let Some(seed) = seed {
        let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(seed);
        for y in y.iter_mut().filter(|y| **y > 0.0) {
            *y = Poisson::new(*y).unwrap().sample(&mut rng);
        }
    }
    let data = Measurement::from_counts(Array1::from(x), Array1::from(y), SigmaSource::Counts).unwrap();
    Scan::of_data("simulated", data, IntensityUnit::Counts, Some(copper()))
}
