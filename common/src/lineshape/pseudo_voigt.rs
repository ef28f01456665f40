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
        // Distances in half widths at half maximum.
        let inverse_fwhm = self.fwhm.recip();
        let per_unit = 2.0 * inverse_fwhm / stretch;
        let height = self.fraction * FRAC_2_PI * inverse_fwhm;
        let rows = x.iter().zip(&mut *value).zip(&mut *d_offset).zip(&mut *d_fwhm).zip(&mut *d_fraction);
        for ((((x, value), d_offset), d_fwhm), d_fraction) in rows {
            let reduced = (x - position) * per_unit;
            let fall = 1.0 / (1.0 + reduced * reduced);
            *value = height * fall;
            *d_offset = -2.0 * per_unit * reduced * fall * *value;
            *d_fwhm = *value * (1.0 - 2.0 * fall) * inverse_fwhm;
            *d_fraction = FRAC_2_PI * inverse_fwhm * fall;
        }
        // The exponential is paid for only where it is not zero.
        let reach = self.gaussian.reach() * stretch;
        let core = x.partition_point(|x| *x < position - reach)..x.partition_point(|x| *x <= position + reach);
        let share = 1.0 - self.fraction;
        let columns = value[core.clone()].iter_mut().zip(&mut d_offset[core.clone()]);
        let rows = x[core.clone()].iter().zip(columns).zip(&mut d_fwhm[core.clone()]).zip(&mut d_fraction[core]);
        for (((x, (value, d_offset)), d_fwhm), d_fraction) in rows {
            let reduced = (x - position) * per_unit;
            let density = self.gaussian.inside(reduced);
            let part = share * density;
            *value += part;
            *d_offset -= 2.0 * LN_2 * per_unit * reduced * part;
            *d_fwhm += part * (2.0 * LN_2 * reduced * reduced - 1.0) * inverse_fwhm;
            *d_fraction -= density;
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
