//! Voigt function: the convolution of a Gaussian and a Lorentzian, `V(x) = Re w(z) / (σ√(2π))`,
//! `z = (x + iγ) / (σ√2)`, `σ = gaussian_fwhm / (2√(2 ln2))`, `γ = lorentzian_fwhm / 2`.
//!
//! Derivatives: `∂V/∂x` and `∂V/∂γ` are real and (negative) imaginary part of one analytic function, and a Gaussian
//! spreads like heat, `∂V/∂σ = σ ∂²V/∂x²`.
//! Accuracy: 1e-10 of the value, down to 1e-15 of the height. FWHM: Newton steps from the approximation of
//! Olivero & Longbothum, J. Quant. Spectrosc. Radiat. Transfer 17 (1977) 233.

use std::f64::consts::PI;

use super::faddeeva::Line;
use super::{Lorentzian, Point, Shape, Width, gaussian, lorentzian, tch};
use crate::error::Result;

/// Voigt function; parameters: `gaussian_fwhm`, `lorentzian_fwhm`.
#[derive(Debug, Clone)]
pub struct Voigt {
    gaussian_fwhm: f64,
    lorentzian_fwhm: f64,
    form: Form,
}

#[derive(Debug, Clone)]
enum Form {
    /// The Gaussian is too narrow to be seen beside the Lorentzian.
    Lorentzian(Lorentzian),
    Convolution {
        sigma: f64,
        /// 1 / (σ√2).
        scale: f64,
        line: Line,
    },
}

/// Width of the Gaussian relative to the Lorentzian below which double precision cannot tell the Voigt from it.
const NEGLIGIBLE_GAUSSIAN: f64 = 1e-12;

impl Voigt {
    /// Prepares the shape.
    ///
    /// # Errors
    /// [`Error::Domain`](crate::Error::Domain) if a width is negative or both are zero.
    pub fn new(gaussian_fwhm: f64, lorentzian_fwhm: f64) -> Result<Self> {
        let (g, l) = tch::component_widths("Voigt", gaussian_fwhm, lorentzian_fwhm)?;
        let form = if g < NEGLIGIBLE_GAUSSIAN * l {
            Form::Lorentzian(Lorentzian::new(l)?)
        } else {
            let sigma = g / SIGMA_TO_FWHM;
            let scale = 1.0 / (sigma * 2f64.sqrt());
            Form::Convolution { sigma, scale, line: Line::new(0.5 * l * scale) }
        };
        Ok(Self { gaussian_fwhm: g, lorentzian_fwhm: l, form })
    }

    /// Half of the FWHM, from its approximation by Newton steps on `V(h) = V(0)/2`.
    fn half_width(&self) -> f64 {
        let (g, l) = (self.gaussian_fwhm, self.lorentzian_fwhm);
        let mut half = 0.5 * (0.5346 * l + (0.2166 * l * l + g * g).sqrt());
        let target = 0.5 * self.at(0.0).value;
        // The start is right to 2e-4 and the curve is nearly straight there: three steps reach rounding.
        for _ in 0..3 {
            let point = self.at(half);
            half -= (point.value - target) / point.d_offset;
        }
        half
    }
}

/// 2√(2 ln2): FWHM of a Gaussian of unit standard deviation.
const SIGMA_TO_FWHM: f64 = 2.3548200450309493;

impl Shape for Voigt {
    fn at(&self, offset: f64) -> Point {
        match &self.form {
            Form::Lorentzian(shape) => {
                let point = shape.at(offset);
                Point { d_parameters: [0.0, point.d_parameters[0], 0.0, 0.0], ..point }
            }
            Form::Convolution { sigma, scale, line } => {
                let w = line.at(offset * scale);
                let height = scale / PI.sqrt();
                let slope = height * scale;
                let d_sigma = sigma * slope * scale * w.second.re;
                Point {
                    value: height * w.w.re,
                    d_offset: slope * w.first.re,
                    d_parameters: [d_sigma / SIGMA_TO_FWHM, -0.5 * slope * w.first.im, 0.0, 0.0],
                }
            }
        }
    }

    fn fwhm(&self) -> Width {
        let half = self.half_width();
        let (edge, top) = (self.at(half), self.at(0.0));
        let derivative = |i: usize| -2.0 * (edge.d_parameters[i] - 0.5 * top.d_parameters[i]) / edge.d_offset;
        Width { value: 2.0 * half, d_parameters: [derivative(0), derivative(1), 0.0, 0.0] }
    }

    fn integral_breadth(&self) -> Width {
        let top = self.at(0.0);
        let breadth = 1.0 / top.value;
        Width { value: breadth, d_parameters: top.d_parameters.map(|d| -d * breadth * breadth) }
    }

    fn half_window(&self, outside: f64) -> f64 {
        // |x + y| > h + k needs |x| > h or |y| > k: any division of `outside` between the two gives a bound.
        (1..=16)
            .map(|k| {
                let share = outside * 0.5f64.powi(k);
                gaussian::half_window(self.gaussian_fwhm, share)
                    + lorentzian::half_window(self.lorentzian_fwhm, outside - share)
            })
            .fold(f64::INFINITY, f64::min)
    }
}

#[cfg(test)]
mod tests {
    use std::f64::consts::LN_2;

    use super::*;

    #[test]
    fn sigma_to_fwhm_is_its_closed_form() {
        assert_eq!(SIGMA_TO_FWHM, 2.0 * (2.0 * LN_2).sqrt());
    }

    /// Truth: scipy.special.voigt_profile, (x, gaussian_fwhm, lorentzian_fwhm, value).
    const VOIGT_PROFILE: &[(f64, f64, f64, f64)] = include!("truth/voigt_profile.in");

    #[test]
    fn agrees_with_voigt_profile() {
        for &(x, g, l, expected) in VOIGT_PROFILE {
            let shape = Voigt::new(g, l).unwrap();
            let value = shape.at(x).value;
            let tolerance = 1e-10 * expected + 1e-15 * shape.at(0.0).value;
            assert!((value - expected).abs() <= tolerance, "V({x}; {g}, {l}) = {value:e}, expected {expected:e}");
        }
    }
}
