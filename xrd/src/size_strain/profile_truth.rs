//! Sizes and strains from measured profiles that closed forms of the Fourier coefficients make.

use std::f64::consts::{LN_2, PI};
use std::sync::Arc;

use doublet_common::Quantity;
use doublet_common::lineshape::{PseudoVoigt, Shape, Tch};

use super::line_profile::{Continuation, LineProfile};
use super::lines::lines;
use super::warren_averbach::{WarrenAverbach, analyze};
use super::{Breadth, MeasuredReflection};
use crate::analysis::{FourierSize, FourierSource};
use crate::profile::bragg_lines;
use crate::radiation::{Anode, Radiation};

const LAMBDA_NM: f64 = 0.15405929;
/// Gaussian and Lorentzian FWHM of the instrument, degrees.
const INSTRUMENT: [f64; 2] = [0.05, 0.02];
const TUNGSTEN: [[i32; 3]; 6] = [[1, 1, 0], [2, 0, 0], [2, 1, 1], [2, 2, 0], [3, 1, 0], [3, 2, 1]];
/// Integrated intensity and background, counts · degrees and counts.
const AREA: f64 = 5000.0;
const BACKGROUND: f64 = 50.0;

/// What makes a profile.
#[derive(Clone, Copy)]
struct Sample {
    /// Size coefficient at a length.
    columns: fn(f64) -> f64,
    /// ⟨D⟩v of these columns.
    volume_weighted_nm: f64,
    /// Root mean square strain, the same over all lengths.
    strain: f64,
    /// Lorentzian share of the tails over that of exponential columns of the same ⟨D⟩v; 0 cuts them off.
    tails: f64,
    half_window_widths: f64,
    step_deg: f64,
}

const EXPONENTIAL: Sample = Sample {
    columns: |length| (-length / 7.5).exp(),
    volume_weighted_nm: 15.0,
    strain: 0.0,
    tails: 1.0,
    half_window_widths: 8.0,
    step_deg: 0.04,
};

/// Size coefficient of spheres of diameter 20 nm.
fn spheres(length: f64) -> f64 {
    let x = length / 20.0;
    if x < 1.0 { 1.0 - 1.5 * x + 0.5 * x * x * x } else { 0.0 }
}

fn reflection(hkl: [i32; 3], sample: &Sample) -> MeasuredReflection {
    let spacing = f64::from(hkl.iter().map(|i| i * i).sum::<i32>()).sqrt() / 0.31648;
    let theta = (0.5 * LAMBDA_NM * spacing).asin();
    let (at, scale) = (2.0 * theta.to_degrees(), theta.cos().to_radians() / LAMBDA_NM);
    let emission: Vec<(f64, f64)> =
        bragg_lines(&Radiation::k_alpha(Anode::Cu), at).map(|line| (line.two_theta_deg - at, line.share)).collect();
    // The pseudo-Voigt that exponential columns of the same ⟨D⟩v would give.
    let gaussian_strain = sample.strain * spacing * (2.0 * PI).sqrt() / scale * (4.0 * LN_2 / PI).sqrt();
    let size = 2.0 / (PI * sample.volume_weighted_nm * scale);
    let shape = Tch::new(INSTRUMENT[0].hypot(gaussian_strain), INSTRUMENT[1] + size).unwrap();
    let (fwhm, share) = (shape.mixing().fwhm, shape.mixing().lorentzian_fraction);
    let breadth = Breadth {
        fwhm_deg: Quantity::new(fwhm, 0.002),
        lorentzian_fraction: Quantity::new(share, 0.02),
        integral_breadth_deg: Quantity::new(shape.integral_breadth().value, 0.003),
        covariance_deg: 0.0,
    };
    let continuation =
        Continuation { area: AREA, fwhm_deg: fwhm, lorentzian_fraction: sample.tails * share, lines: emission.clone() };
    let function = PseudoVoigt::new(fwhm, continuation.lorentzian_fraction).unwrap();
    let reach = (sample.half_window_widths * fwhm / sample.step_deg).round() as i32;
    let offset_deg: Vec<f64> = (-reach..=reach).map(|i| sample.step_deg * f64::from(i)).collect();
    let transform = transform(sample, spacing, scale);
    let sum = |shape: &dyn Fn(f64) -> f64, x: f64| -> f64 {
        AREA * emission.iter().map(|(offset, share)| share * shape(x - offset)).sum::<f64>()
    };
    let intensity: Vec<f64> = offset_deg.iter().map(|x| sum(&|d| inverse(&transform, d), *x)).collect();
    let profile = LineProfile {
        window_deg: [offset_deg[0], -offset_deg[0]],
        step_deg: vec![sample.step_deg; offset_deg.len()],
        difference: offset_deg.iter().zip(&intensity).map(|(x, y)| y - sum(&|d| function.at(d).value, *x)).collect(),
        sigma: intensity.iter().map(|y| (y + BACKGROUND).sqrt()).collect(),
        background_sigma: 0.0,
        offset_deg,
        continuation,
    };
    MeasuredReflection {
        hkl,
        two_theta_deg: Quantity::new(at, 0.001),
        observed: breadth,
        breadth,
        own: Some(breadth),
        instrument_deg: Some(INSTRUMENT),
        instrument_lines: emission.into(),
        profile: Some(Arc::new(profile)),
        unfit: None,
    }
}

/// Product of the coefficients of size, strain and instrument at the middles of even steps per degree, with the step.
fn transform(sample: &Sample, spacing: f64, scale: f64) -> (Vec<f64>, f64) {
    const STEPS: usize = 4000;
    let end = 6.0 * sample.volume_weighted_nm * scale;
    let step = end / STEPS as f64;
    let at = |i: usize| {
        let inverse_deg = step * (i as f64 + 0.5);
        let length = inverse_deg / scale;
        let strain = 2.0 * (PI * length * sample.strain * spacing).powi(2);
        let [gaussian, lorentzian] = INSTRUMENT.map(|width| PI * width * inverse_deg);
        (sample.columns)(length) * (-strain - gaussian * gaussian / (4.0 * LN_2) - lorentzian).exp()
    };
    ((0..STEPS).map(at).collect(), step)
}

fn inverse((transform, step): &(Vec<f64>, f64), x: f64) -> f64 {
    let wave = |i: usize| (2.0 * PI * step * (i as f64 + 0.5) * x).cos();
    2.0 * step * transform.iter().enumerate().map(|(i, a)| a * wave(i)).sum::<f64>()
}

fn analyzed(reflections: &[MeasuredReflection], direction: Option<[i32; 3]>) -> WarrenAverbach {
    let used: Vec<&MeasuredReflection> = reflections.iter().collect();
    analyze(&lines(&used, LAMBDA_NM).unwrap(), direction).unwrap()
}

fn of_sample(sample: &Sample) -> WarrenAverbach {
    analyzed(&TUNGSTEN.map(|hkl| reflection(hkl, sample)), None)
}

/// Largest difference of the size coefficients from those of the sample.
fn farthest(size: &FourierSize, columns: fn(f64) -> f64) -> f64 {
    let pairs = size.length_nm.iter().zip(&size.size_coefficient);
    pairs.map(|(length, found)| (found.value - columns(*length)).abs()).fold(0.0, f64::max)
}

fn near(found: Option<Quantity>, truth: f64, tolerance: f64) {
    let found = found.unwrap();
    assert!((found.value / truth - 1.0).abs() < tolerance, "{found:?} for {truth}");
    assert!(found.sigma.unwrap() > 0.0);
}

#[test]
fn spheres_have_their_own_coefficients_and_averages() {
    // Truth: spheres of diameter d have A_S = 1 − 3x/2 + x³/2 with x = L/d, ⟨D⟩a = 2d/3 and ⟨D⟩v = 3d/4: no Voigt function,
    // and no hook. The parabola of the tangent leaves 2 % of ⟨D⟩a.
    let size = of_sample(&Sample { columns: spheres, tails: 0.56, ..EXPONENTIAL }).size;
    assert_eq!(size.source, FourierSource::MeasuredProfiles);
    assert!(farthest(&size, spheres) < 0.003 && !size.hook, "{} {size:?}", farthest(&size, spheres));
    near(size.area_weighted_nm, 40.0 / 3.0, 0.03);
    near(size.volume_weighted_nm, 15.0, 0.01);
}

#[test]
fn gaussian_strain_is_told_from_exponential_columns() {
    // Truth: exponentially distributed columns have A_S = exp(−L/⟨D⟩a), ⟨D⟩v = 2⟨D⟩a; the root mean square strain put in.
    let found = of_sample(&Sample { strain: 2e-3, ..EXPONENTIAL });
    assert!(farthest(&found.size, EXPONENTIAL.columns) < 0.004 && !found.size.hook, "{:?}", found.size);
    // The function that continues the profiles is good to a percent, and the tangent leans on their feet.
    near(found.size.area_weighted_nm, 7.5, 0.02);
    near(found.size.volume_weighted_nm, 15.0, 0.01);
    assert!((found.mean_square_strain.0.sqrt() / 2e-3 - 1.0).abs() < 0.01, "{:?}", found.mean_square_strain);
}

#[test]
fn profiles_that_are_cut_off_show_a_hook_which_is_corrected() {
    // Truth: the same columns. Cut five widths from their middle the profiles lose 6 % of their area, which A(0) lacks: every other
    // coefficient is too high by one factor, but for ripples of the cut. Without correction ⟨D⟩v would be 7 % too large; ⟨D⟩a, on
    // which the ripples lie, stays 17 % too large, and this is why profiles are continued.
    let size = of_sample(&Sample { tails: 0.0, half_window_widths: 5.0, ..EXPONENTIAL }).size;
    let origin = size.origin.unwrap();
    assert!(size.hook && origin.value > 1.05, "{origin:?}");
    near(size.volume_weighted_nm, 15.0, 0.02);
}

#[test]
fn sigma_is_that_of_numerical_derivatives() {
    // Truth: first-order propagation of σ of every point, and of the background that all share, with numerical derivatives.
    let coarse = Sample { half_window_widths: 5.0, step_deg: 0.08, ..EXPONENTIAL };
    let plain = [[1, 1, 0], [2, 2, 0]].map(|hkl| reflection(hkl, &coarse));
    let changed = |line: usize, change: &dyn Fn(&mut LineProfile)| {
        let mut lines = plain.clone();
        let mut profile = lines[line].profile.as_deref().unwrap().clone();
        change(&mut profile);
        lines[line].profile = Some(Arc::new(profile));
        let size = analyzed(&lines, Some([1, 1, 0])).size;
        [size.area_weighted_nm.unwrap(), size.volume_weighted_nm.unwrap(), size.size_coefficient[12]]
    };
    let own = changed(0, &|_| ());
    let mut variance = [0.0; 3];
    for (line, reflection) in plain.iter().enumerate() {
        let sigma = &reflection.profile.as_ref().unwrap().sigma;
        for (i, sigma) in sigma.iter().enumerate() {
            let moved = changed(line, &|p| p.difference[i] += 0.1 * sigma);
            (0..3).for_each(|k| variance[k] += (10.0 * (moved[k].value - own[k].value)).powi(2));
        }
    }
    for k in 0..3 {
        let (sigma, numerical) = (own[k].sigma.unwrap(), variance[k].sqrt());
        assert!((sigma / numerical - 1.0).abs() < 0.05, "{k}: {sigma} {numerical}");
    }
    let with_background = changed(0, &|p| p.background_sigma = 3.0);
    let moved = changed(0, &|p| p.difference.iter_mut().for_each(|d| *d += 0.3));
    for k in 0..3 {
        let added = (with_background[k].sigma.unwrap().powi(2) - own[k].sigma.unwrap().powi(2)).sqrt();
        let numerical = (10.0 * (moved[k].value - own[k].value)).abs();
        assert!((added / numerical - 1.0).abs() < 0.1, "{k}: {added} {numerical}");
    }
}
