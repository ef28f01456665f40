//! The emission spectrum at a reflection: every line where Bragg's law puts it, as wide as dispersion makes it, and what of
//! it a monochromator lets pass.

use num_complex::Complex;

use super::factor::Factor;
use super::grid::{Grid, Plans};
use super::parameters::Own;
use crate::profile::Spectrum;

/// The factor and the Lorentzian width that reaches beyond the grid.
pub(super) fn emission(grid: &Grid, plans: &Plans, spectrum: &Spectrum, own: &Own, two_theta: f64) -> (Factor, f64) {
    let theta = 0.5 * two_theta;
    let mut value = vec![Complex::default(); grid.points / 2 + 1];
    let mut slope = value.clone();
    let mut width = 0.0;
    for line in &spectrum.lines {
        let ratio = line.wavelength_angstrom / spectrum.reference_wavelength_angstrom;
        let sine = ratio * theta.sin();
        if sine >= 1.0 {
            continue;
        }
        let line_theta = sine.asin();
        let by_reference = ratio * theta.cos() / line_theta.cos();
        let shift = (2.0 * (line_theta - theta)).to_degrees();
        let spread = line.fwhm_angstrom / line.wavelength_angstrom;
        let fwhm = (2.0 * line_theta.tan() * spread).to_degrees();
        width += line.share * fwhm;
        let rate = Complex::new(-0.5 * spread * by_reference / line_theta.cos().powi(2), -(by_reference - 1.0));
        for ((value, slope), omega) in value.iter_mut().zip(&mut slope).zip(grid.omegas()) {
            let term = line.share * Complex::new(-0.5 * omega * fwhm, -omega * shift).exp();
            *value += term;
            *slope += term * rate * omega;
        }
    }
    if own.passband_fwhm > 0.0 {
        return (passed(grid, plans, own, theta, value, slope), 0.0);
    }
    (Factor { value, by_two_theta: Some(slope), by_own: Vec::new() }, width)
}

/// A Gaussian passband in wavelength: M. H. Mendenhall, D. Black, J. P. Cline, J. Appl. Cryst. 52 (2019) 1087, without a
/// dispersion of its own.
fn passed(
    grid: &Grid,
    plans: &Plans,
    own: &Own,
    theta: f64,
    value: Vec<Complex<f64>>,
    slope: Vec<Complex<f64>>,
) -> Factor {
    let steep = 8.0 * std::f64::consts::LN_2 / own.passband_fwhm;
    let (density, slope) = (grid.density(plans, value), grid.density(plans, slope));
    let mut products = vec![vec![0.0; grid.points]; 4];
    for i in 0..grid.points {
        let half = 0.5 * grid.offset_deg(i).to_radians();
        let u = ((theta + half).sin() / theta.sin() - 1.0 - own.passband_offset) / own.passband_fwhm;
        let band = (-4.0 * std::f64::consts::LN_2 * u * u).exp() * grid.step_deg();
        let by_angle = (steep * u * 0.5 * half.sin() / theta.sin().powi(2)).to_radians();
        products[0][i] = density[i] * band;
        products[1][i] = (slope[i] + density[i] * by_angle) * band;
        products[2][i] = density[i] * band * steep * u;
        products[3][i] = density[i] * band * steep * u * u;
    }
    let mut transforms = products.into_iter().map(|mut product| {
        let mut out = plans.forward.make_output_vec();
        // Lengths come from the same plan: it cannot fail.
        let _ = plans.forward.process(&mut product, &mut out);
        out
    });
    let mut next = || transforms.next().unwrap_or_default();
    let raw = next();
    let area = raw[0].re;
    // The area stays 1: quotient rule.
    let value: Vec<Complex<f64>> = raw.iter().map(|v| v / area).collect();
    let mut normal = || {
        let d = next();
        let relative = d[0].re / area;
        d.iter().zip(&value).map(|(d, v)| d / area - v * relative).collect::<Vec<_>>()
    };
    let by_two_theta = Some(normal());
    let by_own = vec![(Own::PASSBAND_OFFSET, normal()), (Own::PASSBAND_FWHM, normal())];
    Factor { value, by_two_theta, by_own }
}
