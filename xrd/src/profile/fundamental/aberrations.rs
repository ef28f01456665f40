//! Aberrations whose transform has a closed form, and the flat specimen.
//!
//! R. W. Cheary, A. A. Coelho, J. P. Cline, J. Res. NIST 109 (2004) 1, table 1; tube tails: J. Bergmann, R. Kleeberg,
//! A. Haase, B. Breidenstein, Mater. Sci. Forum 347–349 (2000) 303. Angles ε in degrees, ω in rad/deg.

use doublet_common::lineshape::faddeeva;
use num_complex::Complex;

use super::factor::Factor;
use super::grid::Grid;
use super::parameters::{Geometry, Own};

const I: Complex<f64> = Complex::new(0.0, 1.0);

/// sin a / a and its derivative.
fn sinc(a: f64) -> (f64, f64) {
    if a.abs() < 1e-4 {
        return (1.0 - a * a / 6.0, -a / 3.0);
    }
    let value = a.sin() / a;
    (value, (a.cos() - value) / a)
}

/// Receiving slit: a box of slit/R.
pub(super) fn receiving_slit(grid: &Grid, geometry: &Geometry, own: &Own) -> Factor {
    let half = 0.5 * (1.0 / geometry.goniometer_radius_mm).to_degrees();
    let (value, derivative) = grid
        .omegas()
        .map(|omega| {
            let (value, slope) = sinc(omega * half * own.receiving_slit_mm);
            (Complex::from(value), Complex::from(slope * omega * half))
        })
        .unzip();
    Factor { value, by_two_theta: None, by_own: vec![(Own::RECEIVING_SLIT, derivative)] }
}

/// Focus: a box of width/R upon a lower and wider one, the tube tails, which may reach further on one side.
pub(super) fn focus(grid: &Grid, geometry: &Geometry, own: &Own) -> Factor {
    let per_mm = (1.0 / geometry.goniometer_radius_mm).to_degrees();
    // Tails count by their height, so that without width there are none.
    let (width, height) = (own.focus_width_mm.max(1e-6), own.tube_tail_height);
    let (low, high) = (own.tube_tail_low_mm, own.tube_tail_high_mm);
    let area = width + height * (low + high);
    let mut columns: [Vec<Complex<f64>>; 5] = Default::default();
    for omega in grid.omegas().map(|omega| omega * per_mm) {
        let (middle, slope) = sinc(0.5 * omega * width);
        // The tails: sinc about their own middle.
        let ((tail, tail_slope), phase) = (sinc(0.5 * omega * (low + high)), (-0.5 * I * omega * (high - low)).exp());
        let tails = (low + high) * tail * phase;
        let sum = (width * middle + height * tails) / area;
        let reach = |sign: f64| {
            let by_length = tail + 0.5 * omega * (low + high) * tail_slope;
            phase * by_length - sign * 0.5 * I * omega * tails
        };
        let values = [
            sum,
            (middle + 0.5 * omega * width * slope - sum) / area,
            (tails - (low + high) * sum) / area,
            height * (reach(-1.0) - sum) / area,
            height * (reach(1.0) - sum) / area,
        ];
        columns.iter_mut().zip(values).for_each(|(column, value)| column.push(value));
    }
    let [value, by_width, by_height, by_low, by_high] = columns;
    let by_own = vec![
        (Own::FOCUS_WIDTH, by_width),
        (Own::TUBE_TAIL_HEIGHT, by_height),
        (Own::TUBE_TAIL_LOW, by_low),
        (Own::TUBE_TAIL_HIGH, by_high),
    ];
    Factor { value, by_two_theta: None, by_own }
}

/// Transparency: an exponential towards low angles with δ = sin 2θ / (2 μ R).
pub(super) fn absorption(grid: &Grid, geometry: &Geometry, own: &Own, two_theta: f64) -> Factor {
    let per_mm = (0.5 / geometry.goniometer_radius_mm).to_degrees();
    let by_length = two_theta.sin() * per_mm;
    let by_angle = two_theta.cos() * 0.5 / geometry.goniometer_radius_mm * own.absorption_length_mm;
    let delta = by_length * own.absorption_length_mm;
    let mut factor = Factor { value: Vec::new(), by_two_theta: None, by_own: Vec::new() };
    let (mut length, mut angle) = (Vec::new(), Vec::new());
    for omega in grid.omegas() {
        let value = 1.0 / (1.0 - I * omega * delta);
        let slope = I * omega * value * value;
        factor.value.push(value);
        length.push(slope * by_length);
        angle.push(slope * by_angle);
    }
    factor.by_two_theta = Some(angle);
    factor.by_own.push((Own::ABSORPTION_LENGTH, length));
    factor
}

/// Lorentzian of the integral breadth λ / (L cosθ), and Gaussian of the standard deviation 2 e tanθ; with the derivative of the
/// Lorentzian's FWHM in degrees by 1/L.
pub(super) fn size_and_strain(grid: &Grid, own: &Own, two_theta: f64, wavelength_angstrom: f64) -> (Factor, f64) {
    let (theta, nm) = (0.5 * two_theta, 0.1 * wavelength_angstrom);
    let by_inverse = (2.0 / std::f64::consts::PI * nm / theta.cos()).to_degrees();
    let (fwhm, by_strain) = (by_inverse * own.inverse_column_length_per_nm, (2.0 * theta.tan()).to_degrees());
    let sigma = by_strain * own.strain_rms;
    let fwhm_by_angle = 0.5 * fwhm.to_radians() * theta.tan();
    let sigma_by_angle = own.strain_rms / theta.cos().powi(2);
    let mut value = Vec::new();
    let (mut inverse, mut strain, mut angle) = (Vec::new(), Vec::new(), Vec::new());
    for omega in grid.omegas() {
        let v = (-0.5 * omega * fwhm - 0.5 * (omega * sigma).powi(2)).exp();
        value.push(Complex::from(v));
        inverse.push(Complex::from(-0.5 * omega * by_inverse * v));
        strain.push(Complex::from(-omega * omega * sigma * by_strain * v));
        angle.push(Complex::from((-0.5 * omega * fwhm_by_angle - omega * omega * sigma * sigma_by_angle) * v));
    }
    let by_own = vec![(Own::INVERSE_COLUMN_LENGTH, inverse), (Own::STRAIN, strain)];
    (Factor { value, by_two_theta: Some(angle), by_own }, by_inverse)
}

/// Flat specimen: `ε = −α² cotθ / 2 · u²`, u even from 0 to 1.
pub(super) fn flat_specimen(grid: &Grid, own: &Own, two_theta: f64) -> Factor {
    let (theta, alpha) = (0.5 * two_theta, own.divergence_deg.to_radians());
    let cotangent = 1.0 / theta.tan();
    let reach = (0.5 * alpha * alpha * cotangent).to_degrees();
    let (value, squared): (Vec<_>, Vec<_>) = grid.omegas().map(|omega| fresnel(omega * reach)).unzip();
    let derivative =
        |slope: f64| squared.iter().zip(grid.omegas()).map(|(v, omega)| -I * omega * v * slope).collect::<Vec<_>>();
    Factor {
        by_two_theta: Some(derivative(0.25 * alpha * alpha / theta.sin().powi(2))),
        by_own: vec![(Own::DIVERGENCE, derivative(-alpha * cotangent))],
        value,
    }
}

/// `∫ e^(iκu²) du` and `∫ u² e^(iκu²) du` for u from 0 to 1: a Fresnel integral, `√π erf(z) / (2 z)` with z² = −iκ
/// (Abramowitz & Stegun, 7.3.22), and what integration by parts makes of it.
fn fresnel(kappa: f64) -> (Complex<f64>, Complex<f64>) {
    /// Below, the power series loses no digits.
    const SMALL: f64 = 1.0;
    const TERMS: i32 = 20;
    if kappa < SMALL {
        let (mut term, mut plain, mut squared) = (Complex::from(1.0), Complex::default(), Complex::default());
        for n in 0..TERMS {
            plain += term / f64::from(2 * n + 1);
            squared += term / f64::from(2 * n + 3);
            term *= I * kappa / f64::from(n + 1);
        }
        return (plain, squared);
    }
    let end = (I * kappa).exp();
    let root = Complex::new(1.0, -1.0) * (0.5 * kappa).sqrt();
    let plain = 0.5 * std::f64::consts::PI.sqrt() / root * (1.0 - end * faddeeva(I * root));
    (plain, (end - plain) / (2.0 * I * kappa))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integrals_of_fresnel_are_those_of_a_sum() {
        // Truth: both integrals by the rule of the midpoint, whose error for 20000 steps is below (κ/20000)².
        const STEPS: usize = 20_000;
        for kappa in [0.0, 1e-3, 0.5, 0.999_999, 1.000_001, 7.0, 170.0] {
            let (mut plain, mut squared) = (Complex::default(), Complex::default());
            for i in 0..STEPS {
                let u = (i as f64 + 0.5) / STEPS as f64;
                let ray = (I * kappa * u * u).exp() / STEPS as f64;
                plain += ray;
                squared += ray * (u * u);
            }
            let found = fresnel(kappa);
            let allowed = 1e-9 + (kappa / STEPS as f64).powi(2);
            assert!((found.0 - plain).norm() < allowed, "{kappa}: {} {plain}", found.0);
            assert!((found.1 - squared).norm() < allowed, "{kappa}: {} {squared}", found.1);
        }
    }
}
