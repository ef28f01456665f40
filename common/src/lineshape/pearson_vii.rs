//! Pearson VII of unit area: `f(x) = h · (1 + 4 (2^{1/m} − 1) x²/w²)^{−m}`, `w` the full width at half maximum;
//! m = 1 is a Lorentzian, m → ∞ a Gaussian. `h = 2 √(2^{1/m} − 1) Γ(m) / (w √π Γ(m − ½))`.
//!
//! Hall, Veeraraghavan, Rubin & Winchell, J. Appl. Cryst. 10 (1977) 66.

use std::f64::consts::{LN_2, PI};

use super::{Point, Shape, Width, domain, positive_width};
use crate::error::Result;

/// Pearson VII; parameters: `fwhm`, `exponent` (above 0.5; 1 Lorentzian, large Gaussian).
#[derive(Debug, Clone, Copy)]
pub struct PearsonVii {
    fwhm: f64,
    exponent: f64,
    /// 4 (2^{1/m} − 1).
    curvature: f64,
    /// d ln(curvature) / dm.
    d_ln_curvature: f64,
    height: f64,
    /// d ln(height) / dm.
    d_ln_height: f64,
}

impl PearsonVii {
    /// Largest exponent: beyond it the shape is a Gaussian to five digits.
    pub const MAX_EXPONENT: f64 = 1e5;

    /// Prepares the shape.
    ///
    /// # Errors
    /// [`Error::Domain`](crate::Error::Domain) if the width is not positive or the exponent is outside 0.5 (excluded)
    /// to [`Self::MAX_EXPONENT`].
    pub fn new(fwhm: f64, exponent: f64) -> Result<Self> {
        let fwhm = positive_width("Pearson VII", "fwhm", fwhm)?;
        if !(exponent > 0.5 && exponent <= Self::MAX_EXPONENT) {
            return Err(domain("Pearson VII", "exponent", exponent, "more than 0.5, at most 100000"));
        }
        let root = (LN_2 / exponent).exp_m1();
        let d_ln_curvature = -(1.0 + root) * LN_2 / (exponent * exponent * root);
        let (ln_ratio, d_ln_ratio) = ln_gamma_ratio(exponent);
        Ok(Self {
            fwhm,
            exponent,
            curvature: 4.0 * root,
            d_ln_curvature,
            height: 2.0 * (root / PI).sqrt() * ln_ratio.exp() / fwhm,
            d_ln_height: 0.5 * d_ln_curvature + d_ln_ratio,
        })
    }
}

/// `ln Γ(m) − ln Γ(m − ½)` and its derivative, for m > ½.
///
/// Lifted to large arguments by Γ(z + 1) = z Γ(z), then Stirling's series (Abramowitz & Stegun 6.1.40, 6.3.18) with the
/// leading terms of both combined, so that nothing cancels.
fn ln_gamma_ratio(m: f64) -> (f64, f64) {
    let (mut z, mut ln, mut slope) = (m, 0.0, 0.0);
    while z < 15.0 {
        // Γ(z)/Γ(z − ½) = Γ(z + 1)/Γ(z + ½) · (z − ½)/z
        ln += (-0.5 / z).ln_1p();
        slope += 1.0 / (z - 0.5) - 1.0 / z;
        z += 1.0;
    }
    let low = z - 0.5;
    let tail = |z: f64| {
        let u = 1.0 / (z * z);
        (1.0 / 12.0 - u * (1.0 / 360.0 - u * (1.0 / 1260.0 - u * (1.0 / 1680.0 - u / 1188.0)))) / z
    };
    let d_tail = |z: f64| {
        let u = 1.0 / (z * z);
        -(1.0 / 12.0 - u * (1.0 / 120.0 - u * (1.0 / 252.0 - u * (1.0 / 240.0 - u / 132.0)))) * u
    };
    let ratio = (-0.5 / z).ln_1p();
    ln += 0.5 * z.ln() - (z - 1.0) * ratio - 0.5 + tail(z) - tail(low);
    slope += -ratio - 0.5 / z + 0.5 / low + d_tail(z) - d_tail(low);
    (ln, slope)
}

impl Shape for PearsonVii {
    fn at(&self, offset: f64) -> Point {
        let reduced = offset / self.fwhm;
        // Beyond this the value is zero or its tail is; the cap keeps zero times infinity away.
        let square = (self.curvature * reduced * reduced).min(1e200);
        let fall = 1.0 / (1.0 + square);
        let ln = square.ln_1p();
        let value = self.height * (-self.exponent * ln).exp();
        let share = self.exponent * square * fall;
        Point {
            value,
            d_offset: -2.0 * self.exponent * self.curvature * reduced * fall / self.fwhm * value,
            d_parameters: [
                value * (2.0 * share - 1.0) / self.fwhm,
                value * (self.d_ln_height - ln - share * self.d_ln_curvature),
                0.0,
                0.0,
            ],
        }
    }

    fn fwhm(&self) -> Width {
        Width { value: self.fwhm, d_parameters: [1.0, 0.0, 0.0, 0.0] }
    }

    fn integral_breadth(&self) -> Width {
        let breadth = 1.0 / self.height;
        Width { value: breadth, d_parameters: [breadth / self.fwhm, -breadth * self.d_ln_height, 0.0, 0.0] }
    }

    fn half_window(&self, outside: f64) -> f64 {
        let (m, k) = (self.exponent, self.curvature);
        // Two bounds on the area outside ±t·w: without the 1 in the bracket, and, for m > 1, with x/h ≥ 1 inserted.
        let tail = |t: f64| {
            let height = 2.0 * self.height * self.fwhm;
            let bare = height * (k * t * t).powf(-m) * t / (2.0 * m - 1.0);
            let inserted = if m > 1.0 {
                height * (1.0 + k * t * t).powf(1.0 - m) / (2.0 * k * t * (m - 1.0))
            } else {
                f64::INFINITY
            };
            bare.min(inserted)
        };
        let (mut low, mut high) = (0.0, 1.0);
        while tail(high) > outside && high < 1e100 {
            low = high;
            high *= 2.0;
        }
        for _ in 0..40 {
            let middle = 0.5 * (low + high);
            if tail(middle) > outside { low = middle } else { high = middle }
        }
        high * self.fwhm
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gamma_ratio_at_known_values() {
        // Closed form: Γ(1)/Γ(½) = 1/√π, Γ(3/2)/Γ(1) = √π/2, Γ(2)/Γ(3/2) = 2/√π; derivative at 1: ψ(1) − ψ(½) = 2 ln2.
        for (m, ratio) in [(1.0, 1.0 / PI.sqrt()), (1.5, PI.sqrt() / 2.0), (2.0, 2.0 / PI.sqrt())] {
            assert!((ln_gamma_ratio(m).0.exp() / ratio - 1.0).abs() < 1e-13, "{m}");
        }
        assert!((ln_gamma_ratio(1.0).1 - 2.0 * LN_2).abs() < 1e-13);
    }
}
