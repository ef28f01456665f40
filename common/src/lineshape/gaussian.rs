//! Gaussian of unit area, `g(x) = 2/w · √(ln2/π) · exp(−4 ln2 x²/w²)`, `w` the full width at half maximum.

use std::f64::consts::{LN_2, PI};

use super::{Point, Shape, Width, positive_width};
use crate::error::Result;
use crate::vector::exp_of_negative;

/// Gaussian; parameter: `fwhm`.
#[derive(Debug, Clone, Copy)]
pub struct Gaussian {
    fwhm: f64,
    height: f64,
}

impl Gaussian {
    /// Prepares the shape.
    ///
    /// # Errors
    /// [`Error::Domain`](crate::Error::Domain) if the width is not positive.
    pub fn new(fwhm: f64) -> Result<Self> {
        let fwhm = positive_width("Gaussian", "fwhm", fwhm)?;
        Ok(Self { fwhm, height: 2.0 / fwhm * (LN_2 / PI).sqrt() })
    }
}

impl Gaussian {
    /// Value at a distance of so many half widths at half maximum inside of [`Gaussian::reach`], for loops over points.
    #[inline(always)]
    pub(super) fn inside(&self, half_widths: f64) -> f64 {
        self.height * exp_of_negative(-LN_2 * half_widths * half_widths)
    }

    /// Distance beyond which the value is zero.
    pub(super) fn reach(&self) -> f64 {
        self.fwhm * (NOTHING_BEYOND / (8.0 * LN_2)).sqrt()
    }
}

/// `x²/s²` beyond which the value is set to zero: less than 1e-32 of the height, and an exponential for every point of a
/// long tail costs more than all the rest of a pseudo-Voigt.
const NOTHING_BEYOND: f64 = 150.0;

/// Half window of a Gaussian: `erfc(t) ≤ exp(−t²)` with `t = h·2√ln2/w`.
pub(super) fn half_window(fwhm: f64, outside: f64) -> f64 {
    fwhm * ((1.0 / outside).ln().max(0.0) / (4.0 * LN_2)).sqrt()
}

impl Shape for Gaussian {
    #[inline]
    fn at(&self, offset: f64) -> Point {
        let reduced = offset / self.fwhm;
        let square = 8.0 * LN_2 * reduced * reduced;
        if square > NOTHING_BEYOND {
            return Point::default();
        }
        let value = self.height * (-0.5 * square).exp();
        let d_fwhm = value * (square - 1.0) / self.fwhm;
        Point { value, d_offset: -8.0 * LN_2 * reduced / self.fwhm * value, d_parameters: [d_fwhm, 0.0, 0.0, 0.0] }
    }

    fn fwhm(&self) -> Width {
        Width { value: self.fwhm, d_parameters: [1.0, 0.0, 0.0, 0.0] }
    }

    fn integral_breadth(&self) -> Width {
        let ratio = 0.5 * (PI / LN_2).sqrt();
        Width { value: ratio * self.fwhm, d_parameters: [ratio, 0.0, 0.0, 0.0] }
    }

    fn half_window(&self, outside: f64) -> f64 {
        half_window(self.fwhm, outside)
    }
}
