//! Gaussian of unit area, `g(x) = 2/w · √(ln2/π) · exp(−4 ln2 x²/w²)`, `w` the full width at half maximum.

use std::f64::consts::{LN_2, PI};

use super::{Point, Shape, Width, positive_width};
use crate::error::Result;

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

/// Half window of a Gaussian: `erfc(t) ≤ exp(−t²)` with `t = h·2√ln2/w`.
pub(super) fn half_window(fwhm: f64, outside: f64) -> f64 {
    fwhm * ((1.0 / outside).ln().max(0.0) / (4.0 * LN_2)).sqrt()
}

impl Shape for Gaussian {
    fn at(&self, offset: f64) -> Point {
        let reduced = offset / self.fwhm;
        // Beyond this the value is zero anyway; the cap keeps zero times infinity away.
        let square = (8.0 * LN_2 * reduced * reduced).min(1e6);
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
