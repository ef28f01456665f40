//! Lorentzian of unit area, `l(x) = 2/(π w) / (1 + 4x²/w²)`, `w` the full width at half maximum.

use std::f64::consts::{FRAC_2_PI, FRAC_PI_2};

use super::{Point, Shape, Width, positive_width};
use crate::error::Result;

/// Lorentzian; parameter: `fwhm`.
#[derive(Debug, Clone, Copy)]
pub struct Lorentzian {
    fwhm: f64,
}

impl Lorentzian {
    /// Prepares the shape.
    ///
    /// # Errors
    /// [`Error::Domain`](crate::Error::Domain) if the width is not positive.
    pub fn new(fwhm: f64) -> Result<Self> {
        Ok(Self { fwhm: positive_width("Lorentzian", "fwhm", fwhm)? })
    }
}

/// Half window of a Lorentzian: the area outside ±h is `1 − (2/π) atan(2h/w)`.
pub(super) fn half_window(fwhm: f64, outside: f64) -> f64 {
    if outside >= 1.0 { 0.0 } else { 0.5 * fwhm / (FRAC_PI_2 * outside).tan() }
}

impl Shape for Lorentzian {
    #[inline]
    fn at(&self, offset: f64) -> Point {
        let reduced = 2.0 * offset / self.fwhm;
        let fall = 1.0 / (1.0 + reduced * reduced);
        let value = FRAC_2_PI / self.fwhm * fall;
        let d_fwhm = value * (1.0 - 2.0 * fall) / self.fwhm;
        Point { value, d_offset: -4.0 * reduced * fall / self.fwhm * value, d_parameters: [d_fwhm, 0.0, 0.0, 0.0] }
    }

    fn fwhm(&self) -> Width {
        Width { value: self.fwhm, d_parameters: [1.0, 0.0, 0.0, 0.0] }
    }

    fn integral_breadth(&self) -> Width {
        Width { value: FRAC_PI_2 * self.fwhm, d_parameters: [FRAC_PI_2, 0.0, 0.0, 0.0] }
    }

    fn half_window(&self, outside: f64) -> f64 {
        half_window(self.fwhm, outside)
    }
}
