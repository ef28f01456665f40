//! Thompson–Cox–Hastings pseudo-Voigt: a pseudo-Voigt whose width and mixing follow from the widths of the Gaussian and
//! the Lorentzian of which the Voigt function that it stands for is the convolution.
//!
//! `Γ⁵ = G⁵ + 2.69269 G⁴L + 2.42843 G³L² + 4.47163 G²L³ + 0.07842 GL⁴ + L⁵`,
//! `η = 1.36603 (L/Γ) − 0.47719 (L/Γ)² + 0.11116 (L/Γ)³`: Thompson, Cox & Hastings, J. Appl. Cryst. 20 (1987) 79.

use super::columns::{Columns, Fill};
use super::{MAX_PARAMETERS, Point, PseudoVoigt, Shape, Width, domain};
use crate::error::Result;

/// Thompson–Cox–Hastings pseudo-Voigt; parameters: `gaussian_fwhm`, `lorentzian_fwhm`.
#[derive(Debug, Clone, Copy)]
pub struct Tch {
    pseudo_voigt: PseudoVoigt,
    mixing: TchMixing,
}

/// Width and mixing of the pseudo-Voigt, with their derivatives with respect to (`gaussian_fwhm`, `lorentzian_fwhm`).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TchMixing {
    /// Full width at half maximum of the whole.
    pub fwhm: f64,
    /// Its derivatives.
    pub d_fwhm: [f64; 2],
    /// Share of the Lorentzian.
    pub lorentzian_fraction: f64,
    /// Its derivatives.
    pub d_lorentzian_fraction: [f64; 2],
}

impl TchMixing {
    /// Width and mixing for two component widths, at least one of them positive.
    ///
    /// # Errors
    /// [`Error::Domain`](crate::Error::Domain) if a width is negative or both are zero.
    pub fn new(gaussian_fwhm: f64, lorentzian_fwhm: f64) -> Result<Self> {
        let (g, l) = component_widths("TCH pseudo-Voigt", gaussian_fwhm, lorentzian_fwhm)?;
        // In units of the larger width, so that no fifth power leaves the range of f64.
        let unit = g.max(l);
        let (g, l) = (g / unit, l / unit);
        let horner = |c: [f64; 6], s: f64, t: f64| {
            c[0] * s.powi(5)
                + c[1] * s.powi(4) * t
                + c[2] * s.powi(3) * t * t
                + c[3] * s * s * t.powi(3)
                + c[4] * s * t.powi(4)
                + c[5] * t.powi(5)
        };
        const C: [f64; 6] = [1.0, 2.69269, 2.42843, 4.47163, 0.07842, 1.0];
        let fwhm = horner(C, g, l).powf(0.2);
        let scale = 0.2 / fwhm.powi(4);
        let d_gaussian = 5.0 * g.powi(4)
            + 4.0 * C[1] * g.powi(3) * l
            + 3.0 * C[2] * g * g * l * l
            + 2.0 * C[3] * g * l.powi(3)
            + C[4] * l.powi(4);
        let d_lorentzian = C[1] * g.powi(4)
            + 2.0 * C[2] * g.powi(3) * l
            + 3.0 * C[3] * g * g * l * l
            + 4.0 * C[4] * g * l.powi(3)
            + 5.0 * l.powi(4);
        let d_fwhm = [scale * d_gaussian, scale * d_lorentzian];

        let q = l / fwhm;
        // 1.36603 − 0.47719 + 0.11116 is 1 for a pure Lorentzian; rounding must not push it above.
        let lorentzian_fraction = (q * (1.36603 + q * (-0.47719 + q * 0.11116))).min(1.0);
        let slope = (1.36603 + q * (-2.0 * 0.47719 + q * 3.0 * 0.11116)) / (fwhm * unit);
        Ok(Self {
            fwhm: fwhm * unit,
            d_fwhm,
            lorentzian_fraction,
            d_lorentzian_fraction: [-slope * q * d_fwhm[0], slope * (1.0 - q * d_fwhm[1])],
        })
    }

    /// Derivatives with respect to (fwhm, fraction) turned into derivatives with respect to the component widths.
    fn chain(&self, d: [f64; MAX_PARAMETERS]) -> [f64; MAX_PARAMETERS] {
        let with = |i: usize| d[0] * self.d_fwhm[i] + d[1] * self.d_lorentzian_fraction[i];
        [with(0), with(1), 0.0, 0.0]
    }
}

/// Component widths of a Voigt function or its substitute: none negative, one positive.
pub(super) fn component_widths(method: &'static str, gaussian: f64, lorentzian: f64) -> Result<(f64, f64)> {
    let fits = |w: f64| w == 0.0 || (1e-100..=1e100).contains(&w);
    if !fits(gaussian) {
        return Err(domain(method, "gaussian_fwhm", gaussian, "zero or a positive number"));
    }
    if !fits(lorentzian) {
        return Err(domain(method, "lorentzian_fwhm", lorentzian, "zero or a positive number"));
    }
    if gaussian + lorentzian == 0.0 {
        return Err(domain(method, "both widths", 0.0, "one of them positive"));
    }
    Ok((gaussian, lorentzian))
}

impl Tch {
    /// Prepares the shape.
    ///
    /// # Errors
    /// [`Error::Domain`](crate::Error::Domain) if a width is negative or both are zero.
    pub fn new(gaussian_fwhm: f64, lorentzian_fwhm: f64) -> Result<Self> {
        let mixing = TchMixing::new(gaussian_fwhm, lorentzian_fwhm)?;
        Ok(Self { pseudo_voigt: PseudoVoigt::new(mixing.fwhm, mixing.lorentzian_fraction)?, mixing })
    }

    /// Width and mixing of the pseudo-Voigt.
    pub fn mixing(&self) -> &TchMixing {
        &self.mixing
    }
}

impl Fill for Tch {
    #[inline(always)]
    fn fill(&self, x: &[f64], position: f64, stretch: f64, columns: &mut Columns, first: usize) {
        self.pseudo_voigt.fill(x, position, stretch, columns, first);
        let ([w0, w1], [f0, f1]) = (self.mixing.d_fwhm, self.mixing.d_lorentzian_fraction);
        let [gaussian, lorentzian, ..] = &mut columns.d_parameters;
        let end = first + x.len();
        for (gaussian, lorentzian) in gaussian[first..end].iter_mut().zip(&mut lorentzian[first..end]) {
            let (by_fwhm, by_fraction) = (*gaussian, *lorentzian);
            *gaussian = w0 * by_fwhm + f0 * by_fraction;
            *lorentzian = w1 * by_fwhm + f1 * by_fraction;
        }
    }
}

impl Shape for Tch {
    #[inline]
    fn at(&self, offset: f64) -> Point {
        let point = self.pseudo_voigt.at(offset);
        Point { d_parameters: self.mixing.chain(point.d_parameters), ..point }
    }

    fn fwhm(&self) -> Width {
        let [d_gaussian, d_lorentzian] = self.mixing.d_fwhm;
        Width { value: self.mixing.fwhm, d_parameters: [d_gaussian, d_lorentzian, 0.0, 0.0] }
    }

    fn integral_breadth(&self) -> Width {
        let width = self.pseudo_voigt.integral_breadth();
        Width { value: width.value, d_parameters: self.mixing.chain(width.d_parameters) }
    }

    fn half_window(&self, outside: f64) -> f64 {
        self.pseudo_voigt.half_window(outside)
    }
}
