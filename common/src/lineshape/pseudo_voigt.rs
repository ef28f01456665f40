//! Pseudo-Voigt: `η · Lorentzian + (1 − η) · Gaussian`, both of unit area and of one full width at half maximum.
//!
//! Wertheim, Butler, West & Buchanan, Rev. Sci. Instrum. 45 (1974) 1369.

use std::f64::consts::{FRAC_2_PI, LN_2, PI};

use super::columns::{Columns, Fill};
use super::{Gaussian, Lorentzian, Point, Shape, Width, domain, gaussian, lorentzian};
use crate::error::Result;

/// Pseudo-Voigt; parameters: `fwhm`, `lorentzian_fraction` (0 Gaussian, 1 Lorentzian).
#[derive(Debug, Clone, Copy)]
pub struct PseudoVoigt {
    fwhm: f64,
    fraction: f64,
    gaussian: Gaussian,
    lorentzian: Lorentzian,
}

impl PseudoVoigt {
    /// Prepares the shape.
    ///
    /// # Errors
    /// [`Error::Domain`](crate::Error::Domain) if the width is not positive or the fraction is outside 0 to 1.
    pub fn new(fwhm: f64, lorentzian_fraction: f64) -> Result<Self> {
        if !(0.0..=1.0).contains(&lorentzian_fraction) {
            return Err(domain("pseudo-Voigt", "lorentzian_fraction", lorentzian_fraction, "0 to 1"));
        }
        Ok(Self {
            fwhm,
            fraction: lorentzian_fraction,
            gaussian: Gaussian::new(fwhm)?,
            lorentzian: Lorentzian::new(fwhm)?,
        })
    }
}

impl Fill for PseudoVoigt {
    #[inline(always)]
    fn fill(&self, x: &[f64], position: f64, stretch: f64, columns: &mut Columns, first: usize) {
        let range = first..first + x.len();
        let value = &mut columns.value[range.clone()];
        let d_offset = &mut columns.d_offset[range.clone()];
        let [d_fwhm, d_fraction, ..] = &mut columns.d_parameters;
        let (d_fwhm, d_fraction) = (&mut d_fwhm[range.clone()], &mut d_fraction[range]);
        let rows = x.iter().zip(&mut *value).zip(&mut *d_offset).zip(&mut *d_fwhm).zip(&mut *d_fraction);
        for ((((x, value), d_offset), d_fwhm), d_fraction) in rows {
            let l = self.lorentzian.at((x - position) / stretch);
            *value = self.fraction * l.value;
            *d_offset = self.fraction * l.d_offset / stretch;
            *d_fwhm = self.fraction * l.d_parameters[0];
            *d_fraction = l.value;
        }
        // The exponential is paid for only where it is not zero.
        let reach = self.gaussian.reach() * stretch;
        let core = x.partition_point(|x| *x < position - reach)..x.partition_point(|x| *x <= position + reach);
        let share = 1.0 - self.fraction;
        for i in core {
            let g = self.gaussian.at((x[i] - position) / stretch);
            value[i] += share * g.value;
            d_offset[i] += share * g.d_offset / stretch;
            d_fwhm[i] += share * g.d_parameters[0];
            d_fraction[i] -= g.value;
        }
    }
}

impl Shape for PseudoVoigt {
    #[inline]
    fn at(&self, offset: f64) -> Point {
        let g = self.gaussian.at(offset);
        let l = self.lorentzian.at(offset);
        let mix = |gaussian: f64, lorentzian: f64| gaussian + self.fraction * (lorentzian - gaussian);
        Point {
            value: mix(g.value, l.value),
            d_offset: mix(g.d_offset, l.d_offset),
            d_parameters: [mix(g.d_parameters[0], l.d_parameters[0]), l.value - g.value, 0.0, 0.0],
        }
    }

    fn fwhm(&self) -> Width {
        Width { value: self.fwhm, d_parameters: [1.0, 0.0, 0.0, 0.0] }
    }

    fn integral_breadth(&self) -> Width {
        // Height times width of the two parts.
        let gaussian = 2.0 * (LN_2 / PI).sqrt();
        let height = gaussian + self.fraction * (FRAC_2_PI - gaussian);
        let d_fraction = self.fwhm * (gaussian - FRAC_2_PI) / (height * height);
        Width { value: self.fwhm / height, d_parameters: [1.0 / height, d_fraction, 0.0, 0.0] }
    }

    fn half_window(&self, outside: f64) -> f64 {
        // Half of what may be outside is given to each part.
        let of_part = |share: f64| if share > 0.0 { 0.5 * outside / share } else { f64::INFINITY };
        gaussian::half_window(self.fwhm, of_part(1.0 - self.fraction))
            .max(lorentzian::half_window(self.fwhm, of_part(self.fraction)))
    }
}
