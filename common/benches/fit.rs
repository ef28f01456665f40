//! The least-squares engine: the NIST problems, two spin–orbit doublets on 201 points, and a powder pattern of 5000 points
//! with 250 parameters.
//!
//! `cargo bench -p doublet-common --bench fit`
//!
//! Measured beside lmfit 1.3 (`GaussianModel` × 4 + `LinearModel`, `leastsq`, the same data, starts, bounds and ties) on one
//! machine of two cores that others used too, fastest of 100 runs here and of 40 there: two tied doublets 0.133 ms against
//! 103 ms (both χ² 196.0907), without ties 0.214 ms against 62 ms. SciPy's bare MINPACK with an analytic Jacobian in numpy,
//! no bounds: 0.75 ms. The powder pattern of 5000 points and 251 parameters: 22 ms.

use std::f64::consts::PI;
use std::path::Path;

use divan::{Bencher, black_box};
use doublet_common::Result;
use doublet_common::fit::{Jacobian, Model, Options, Parameters, ResampleOptions, Weights, fit, resample};

#[path = "../../tests/tests/nist_strd/problems.rs"]
mod problems;

fn main() {
    divan::main();
}

/// All 27 problems from the start `start`.
#[divan::bench(args = [1, 2])]
fn nist_problems(bencher: Bencher<'_, '_>, start: usize) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures/nist_strd");
    let problems = problems::all(&folder);
    bencher.bench(|| {
        for p in &problems {
            let result = fit(p, &p.parameters(start - 1), &p.observed, Weights::Unit, &Options::default());
            black_box(result.map(|r| r.converged()).unwrap_or(false));
        }
    });
}

/// The longest of them: a valley that hundreds of steps follow.
#[divan::bench]
fn nist_bennett5(bencher: Bencher<'_, '_>) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures/nist_strd");
    let problems = problems::all(&folder);
    if let Some(p) = problems.iter().find(|p| p.name == "Bennett5") {
        bencher.bench(|| fit(p, &p.parameters(0), &p.observed, Weights::Unit, &Options::default()));
    }
}

/// Gaussians (area, centre, standard deviation) cut at ±`reach` standard deviations, on a straight line.
struct Gaussians {
    x: Vec<f64>,
    peaks: usize,
    reach: f64,
}

impl Model for Gaussians {
    fn observations(&self) -> usize {
        self.x.len()
    }

    fn evaluate(&self, p: &[f64], values: &mut [f64], mut jacobian: Option<&mut Jacobian>) -> Result<()> {
        let line = 3 * self.peaks;
        let (origin, end) = (self.x[0], self.x[self.x.len() - 1]);
        for (v, x) in values.iter_mut().zip(&self.x) {
            *v = p[line] + p[line + 1] * (x - origin) / (end - origin);
        }
        if let Some(j) = &mut jacobian {
            j.window(line, 0..self.x.len()).fill(1.0);
            let slope = j.window(line + 1, 0..self.x.len());
            slope.iter_mut().zip(&self.x).for_each(|(s, x)| *s = (x - origin) / (end - origin));
        }
        for (k, peak) in p[..line].chunks(3).enumerate() {
            let &[area, centre, width] = peak else { continue };
            let reach = self.reach * width;
            let first = self.x.partition_point(|x| *x < centre - reach);
            let last = self.x.partition_point(|x| *x <= centre + reach);
            let norm = 1.0 / (width * (2.0 * PI).sqrt());
            if let Some(j) = &mut jacobian {
                (0..3).for_each(|m| _ = j.window(3 * k + m, first..last));
            }
            for (m, i) in (first..last).enumerate() {
                let z = (self.x[i] - centre) / width;
                let shape = norm * (-0.5 * z * z).exp();
                values[i] += area * shape;
                if let Some(j) = &mut jacobian {
                    j.columns[3 * k].values[m] = shape;
                    j.columns[3 * k + 1].values[m] = area * shape * z / width;
                    j.columns[3 * k + 2].values[m] = area * shape * (z * z - 1.0) / width;
                }
            }
        }
        Ok(())
    }
}

/// Deterministic stand-in for counting noise: ±1.7 σ, without any serial correlation that matters.
fn with_noise(mut values: Vec<f64>) -> Vec<f64> {
    for (i, v) in values.iter_mut().enumerate() {
        let turn = (i as f64 * 0.754_877_666).fract() - 0.5;
        *v = (*v + turn * 3.46 * v.sqrt()).round();
    }
    values
}

/// Two doublets as the Bi 4f region has them: metal at 157 eV and oxide at 159 eV, each with its partner 5.31 eV above.
fn doublets(free: bool) -> (Gaussians, Parameters, Vec<f64>, Vec<f64>) {
    let model = Gaussians { x: (0..201).map(|i| 152.0 + 0.1 * f64::from(i)).collect(), peaks: 4, reach: 1e9 };
    let truth = [800.0, 157.0, 0.45, 600.0, 162.31, 0.45, 3000.0, 159.0, 0.55, 2250.0, 164.31, 0.55, 300.0, 150.0];
    let mut values = vec![0.0; 201];
    let data = model.evaluate(&truth, &mut values, None).map(|()| with_noise(values)).unwrap_or_default();
    let mut set = Parameters::new();
    for (name, area, centre) in [("metal", 500.0, 156.8), ("oxide", 2500.0, 159.3)] {
        let a = set.bounded(format!("{name} 4f7/2 area"), area, 0.0, f64::INFINITY);
        let c = set.bounded(format!("{name} 4f7/2 energy_ev"), centre, centre - 1.0, centre + 1.0);
        let w = set.bounded(format!("{name} 4f7/2 width_ev"), 0.7, 0.2, 2.0);
        if free {
            set.bounded(format!("{name} 4f5/2 area"), 0.75 * area, 0.0, f64::INFINITY);
            set.bounded(format!("{name} 4f5/2 energy_ev"), centre + 5.3, centre + 4.3, centre + 6.3);
            set.bounded(format!("{name} 4f5/2 width_ev"), 0.7, 0.2, 2.0);
        } else {
            set.tied(format!("{name} 4f5/2 area"), a, 0.75, 0.0);
            set.tied(format!("{name} 4f5/2 energy_ev"), c, 1.0, 5.31);
            set.tied(format!("{name} 4f5/2 width_ev"), w, 1.0, 0.0);
        }
    }
    set.free("background at start", 250.0);
    set.free("background rise", 100.0);
    let sigma = data.iter().map(|y: &f64| y.max(1.0).sqrt()).collect();
    (model, set, data, sigma)
}

/// Two doublets with their ties (8 free parameters) or without (14).
#[divan::bench(args = [8, 14])]
fn two_doublets_201_points(bencher: Bencher<'_, '_>, free: usize) {
    let (model, set, data, sigma) = doublets(free == 14);
    bencher.bench(|| fit(&model, &set, &data, Weights::Sigma(black_box(&sigma)), &Options::default()));
}

/// The same with Poisson variances from the model.
#[divan::bench]
fn two_doublets_201_points_poisson(bencher: Bencher<'_, '_>) {
    let (model, set, data, _) = doublets(false);
    let gain = [1.0; 201];
    bencher.bench(|| fit(&model, &set, &data, Weights::Poisson { gain: black_box(&gain) }, &Options::default()));
}

/// 500 parametric replicas of the tied fit, on all cores.
#[divan::bench]
fn two_doublets_500_replicas(bencher: Bencher<'_, '_>) {
    let (model, set, data, sigma) = doublets(false);
    let weights = Weights::Sigma(&sigma);
    let options = ResampleOptions::parametric(500, 1);
    bencher.bench(|| {
        fit(&model, &set, &data, weights, &Options::default()).and_then(|f| resample(&model, &f, weights, &options))
    });
}

/// A powder pattern: 5000 points, 83 peaks in windows, a line below: 251 free parameters.
#[divan::bench]
fn pattern_5000_points_251_parameters(bencher: Bencher<'_, '_>) {
    let model = Gaussians { x: (0..5000).map(|i| 5.0 + 0.02 * f64::from(i)).collect(), peaks: 83, reach: 8.0 };
    let mut truth = Vec::new();
    let mut set = Parameters::new();
    for k in 0..83 {
        let wobble = f64::from((k * 37) % 83) / 83.0;
        let (area, centre, width) =
            (20.0 + 300.0 * wobble, 7.0 + 1.16 * f64::from(k) + 0.5 * wobble, 0.06 + 0.1 * wobble);
        truth.extend([area, centre, width]);
        set.bounded(format!("area {k}"), 0.7 * area, 0.0, f64::INFINITY);
        set.free(format!("two_theta_deg {k}"), centre + 0.3 * width);
        set.bounded(format!("width_deg {k}"), 1.25 * width, 0.01, 2.0);
    }
    truth.extend([100.0, -50.0]);
    set.free("background at start", 80.0);
    set.free("background rise", 0.0);
    let mut values = vec![0.0; 5000];
    let data = model.evaluate(&truth, &mut values, None).map(|()| with_noise(values)).unwrap_or_default();
    let sigma: Vec<f64> = data.iter().map(|y: &f64| y.max(1.0).sqrt()).collect();
    bencher.bench(|| fit(&model, &set, &data, Weights::Sigma(black_box(&sigma)), &Options::default()));
}
