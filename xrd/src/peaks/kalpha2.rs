//! Rachinger stripping: the part of a scan that the reference line (Kα1) alone would have given, for figures.
//!
//! `I₁(2θ) = I(2θ) − Σ r_k I₁(2θ_k) d2θ_k/d2θ`, where `2θ_k` is the angle at which the reference line is diffracted by the
//! spacing that diffracts line k at 2θ, and `r_k` its relative intensity (Rachinger, J. Sci. Instrum. 25 (1948) 254). The
//! recursion runs upwards from the lowest angle and adds the noise of what it subtracts, shifted: no number is ever
//! taken from its result.

use crate::radiation::Radiation;
use crate::scan::Scan;

/// Intensities of the reference line alone, at the points of the scan. Below the first point the scan is taken as flat.
pub fn strip_k_alpha2(scan: &Scan, radiation: &Radiation) -> Vec<f64> {
    let (x, y) = (scan.two_theta_deg(), scan.intensity());
    let reference = radiation.reference_wavelength_angstrom();
    let others: Vec<(f64, f64)> = radiation
        .lines
        .iter()
        .skip(1)
        .map(|line| (reference / line.wavelength_angstrom, line.relative_intensity))
        .collect();
    let total = 1.0 + others.iter().map(|(_, intensity)| intensity).sum::<f64>();
    let mut stripped: Vec<f64> = Vec::with_capacity(y.len());
    for (i, (x_i, y_i)) in x.iter().zip(y).enumerate() {
        let mut value = *y_i;
        for (ratio, intensity) in &others {
            let (source, slope) = source_angle(*x_i, *ratio);
            let there = match interpolated(x, &stripped, source) {
                Some(there) => there,
                // Before the first point, or closer than a step: the scan as it is here.
                None if i == 0 || source < x[0] => y[0] / total,
                None => y_i / total,
            };
            value -= intensity * slope * there;
        }
        stripped.push(value);
    }
    stripped
}

/// Angle of the reference line for the spacing that diffracts another line at `two_theta_deg`, and its derivative.
fn source_angle(two_theta_deg: f64, ratio: f64) -> (f64, f64) {
    let (sine, cosine) = (0.5 * two_theta_deg).to_radians().sin_cos();
    let source_sine = (ratio * sine).clamp(-1.0, 1.0);
    let source_cosine = (1.0 - source_sine * source_sine).sqrt().max(1e-9);
    (2.0 * source_sine.asin().to_degrees(), ratio * cosine / source_cosine)
}

/// Linear interpolation among the values that are known so far; none outside them.
fn interpolated(x: &[f64], known: &[f64], at: f64) -> Option<f64> {
    let next = x[..known.len()].partition_point(|x| *x <= at);
    let (low, high) = (next.checked_sub(1)?, next);
    if high == known.len() {
        return (x[low] == at).then(|| known[low]);
    }
    let share = (at - x[low]) / (x[high] - x[low]);
    Some(known[low] + share * (known[high] - known[low]))
}

#[cfg(test)]
mod tests {
    use super::super::simulated::{Setting, TruePeak, copper, scan};
    use super::*;
    use doublet_common::lineshape::{PseudoVoigt, Shape};

    #[test]
    fn what_is_left_is_the_reference_line() {
        // Truth: the simulated Kα1 alone, two thirds of area and background.
        let setting = Setting { low: 30.0, high: 110.0, step: 0.01, background: |_| 30.0 };
        let peaks = [(40.0, 0.12), (75.0, 0.15), (100.0, 0.2)].map(|(two_theta_deg, fwhm_deg)| TruePeak {
            two_theta_deg,
            area: 300.0,
            fwhm_deg,
            lorentzian_fraction: 0.5,
        });
        let scan = scan(&setting, &peaks, None);
        let stripped = strip_k_alpha2(&scan, &copper());
        for (x, value) in scan.two_theta_deg().iter().zip(&stripped) {
            let lines: f64 = peaks
                .iter()
                .map(|p| {
                    200.0 * PseudoVoigt::new(p.fwhm_deg, p.lorentzian_fraction).unwrap().at(x - p.two_theta_deg).value
                })
                .sum();
            // The simulated lines are of one width; Rachinger's stretch with the angle: up to 1 % of the height.
            assert!((value - lines - 20.0).abs() < 20.0, "{x}: {value} {}", lines + 20.0);
        }
    }

    #[test]
    fn one_line_is_left_as_it_is() {
        let setting = Setting { low: 30.0, high: 32.0, step: 0.02, background: |x| x };
        let scan = scan(&setting, &[], Some(1));
        let one = Radiation::monochromatic(1.54, crate::radiation::WavelengthSource::Recipe);
        assert_eq!(strip_k_alpha2(&scan, &one), scan.intensity());
    }
}
