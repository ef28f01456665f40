//! Gaussian and Lorentzian of one width, mixed as a sum or as a product, as CasaXPS defines `SGL(m)` and `GL(m)`.
//!
//! With u = offset / F and the fraction m (0 Gaussian, 1 Lorentzian), before normalisation to unit area:
//!
//! * sum: `(1 − m) exp(−4 ln2 u²) + m / (1 + 4u²)`. F is the FWHM; m is the share of the *height*.
//! * product: `exp(−4 ln2 (1 − m) u²) / (1 + 4 m u²)`. F is the FWHM for m = 0 and 1; between, the FWHM is smaller (by 4 %
//!   at m = 0.3).
//!
//! Area of the product: `(π/√b) erfcx(√(a/b))` with a = 4 ln2 (1 − m), b = 4m; for small m by the trapezoid rule, which
//! converges exponentially for this integrand.

use std::f64::consts::{FRAC_PI_2, LN_2, PI};

use doublet_common::Result;
use doublet_common::lineshape::{MAX_PARAMETERS, Point, Shape, Width, faddeeva};
use num_complex::Complex64;

use super::{fraction, width, widths};

/// √(π / ln2) / 2: area of a Gaussian of unit height and FWHM.
const GAUSSIAN_AREA: f64 = 1.064_467_019_431_226_2;
/// Fraction below which the area of the product is summed.
const SUMMED_BELOW: f64 = 0.5;
/// Step and number of terms of that sum: error exp(−2π · 0.7 / 0.1), last term exp(−4 ln2 · 0.5 · 5.5²).
const AREA_STEP: f64 = 0.1;
const AREA_TERMS: usize = 56;

/// Sum of a Gaussian and a Lorentzian; parameters: `fwhm`, `lorentzian_fraction` (of the height).
#[derive(Debug, Clone)]
pub struct GlSum {
    fwhm: f64,
    fraction: f64,
    area: f64,
}

impl GlSum {
    /// Prepares the shape.
    ///
    /// # Errors
    /// [`Error::Domain`](doublet_common::Error::Domain) for a width that is not positive, a fraction outside 0 to 1.
    pub fn new(fwhm: f64, lorentzian_fraction: f64) -> Result<Self> {
        let m = fraction("GL sum", "lorentzian_fraction", lorentzian_fraction)?;
        let area = (1.0 - m) * GAUSSIAN_AREA + m * FRAC_PI_2;
        Ok(Self { fwhm: width("GL sum", "fwhm", fwhm)?, fraction: m, area })
    }
}

impl Shape for GlSum {
    fn at(&self, offset: f64) -> Point {
        let (f, m) = (self.fwhm, self.fraction);
        let u = offset / f;
        let gauss = (-4.0 * LN_2 * u * u).exp();
        let lorentz = 1.0 / (1.0 + 4.0 * u * u);
        let scale = 1.0 / (f * self.area);
        let value = scale * ((1.0 - m) * gauss + m * lorentz);
        let d_offset = -8.0 * u * scale / f * ((1.0 - m) * LN_2 * gauss + m * lorentz * lorentz);
        let d_area = FRAC_PI_2 - GAUSSIAN_AREA;
        let d_fraction = scale * (lorentz - gauss) - value * d_area / self.area;
        Point { value, d_offset, d_parameters: [-(value + offset * d_offset) / f, d_fraction, 0.0, 0.0] }
    }

    fn fwhm(&self) -> Width {
        Width { value: self.fwhm, d_parameters: [1.0, 0.0, 0.0, 0.0] }
    }

    fn integral_breadth(&self) -> Width {
        let d_area = FRAC_PI_2 - GAUSSIAN_AREA;
        Width { value: self.fwhm * self.area, d_parameters: [self.area, self.fwhm * d_area, 0.0, 0.0] }
    }

    fn half_window(&self, outside: f64) -> f64 {
        self.fwhm * gl_half_window(outside)
    }
}

/// Half window in units of the FWHM: both shapes fall off faster than the Lorentzian of that width, whose tails beyond x
/// hold 1/(πx) of its area, except for the Gaussian core.
fn gl_half_window(outside: f64) -> f64 {
    (0.5 * (FRAC_PI_2 * (1.0 - outside.clamp(1e-12, 1.0))).tan()).max(3.5)
}

/// The product before normalisation at u = offset / F: value, derivative by u, derivative by the fraction.
pub(super) fn product(u: f64, m: f64) -> [f64; 3] {
    let square = u * u;
    let denominator = 1.0 / (1.0 + 4.0 * m * square);
    let value = (-4.0 * LN_2 * (1.0 - m) * square).exp() * denominator;
    let d_u = -8.0 * u * value * (LN_2 * (1.0 - m) + m * denominator);
    let d_m = 4.0 * square * value * (LN_2 - denominator);
    [value, d_u, d_m]
}

/// Area of the product for F = 1, and its derivative by the fraction.
pub(super) fn product_area(m: f64) -> [f64; 2] {
    if m < SUMMED_BELOW {
        let mut sum = [0.5, 0.0];
        for k in 1..AREA_TERMS {
            let [value, _, d_m] = product(k as f64 * AREA_STEP, m);
            sum[0] += value;
            sum[1] += d_m;
        }
        return sum.map(|s| 2.0 * AREA_STEP * s);
    }
    let (a, b) = (4.0 * LN_2 * (1.0 - m), 4.0 * m);
    let y = (a / b).sqrt();
    let erfcx = faddeeva(Complex64::new(0.0, y)).re;
    let area = PI / b.sqrt() * erfcx;
    // erfcx' = 2 y erfcx − 2/√π and dy/dm = (a'/b − a b'/b²) / (2y), so that 2 y dy/dm stays finite at y = 0.
    let d_ratio = -4.0 * LN_2 / b - a * 4.0 / (b * b);
    let from_first = area * d_ratio;
    let from_second = if y > 0.0 { PI / b.sqrt() * (2.0 / PI.sqrt()) * d_ratio / (2.0 * y) } else { 0.0 };
    [area, -2.0 * area / b + from_first - from_second]
}

/// Product of a Gaussian and a Lorentzian; parameters: `fwhm`, `lorentzian_fraction`.
#[derive(Debug, Clone)]
pub struct GlProduct {
    fwhm: f64,
    fraction: f64,
    area: [f64; 2],
}

impl GlProduct {
    /// Prepares the shape.
    ///
    /// # Errors
    /// [`Error::Domain`](doublet_common::Error::Domain) for a width that is not positive, a fraction outside 0 to 1.
    pub fn new(fwhm: f64, lorentzian_fraction: f64) -> Result<Self> {
        let m = fraction("GL product", "lorentzian_fraction", lorentzian_fraction)?;
        Ok(Self { fwhm: width("GL product", "fwhm", fwhm)?, fraction: m, area: product_area(m) })
    }
}

impl Shape for GlProduct {
    fn at(&self, offset: f64) -> Point {
        let f = self.fwhm;
        let scale = 1.0 / (f * self.area[0]);
        let [value, d_u, d_m] = product(offset / f, self.fraction).map(|v| v * scale);
        let d_offset = d_u / f;
        let d_fraction = d_m - value * self.area[1] / self.area[0];
        Point { value, d_offset, d_parameters: [-(value + offset * d_offset) / f, d_fraction, 0.0, 0.0] }
    }

    fn fwhm(&self) -> Width {
        widths::fwhm(self, self.fwhm)
    }

    fn integral_breadth(&self) -> Width {
        let mut d_parameters = [0.0; MAX_PARAMETERS];
        d_parameters[0] = self.area[0];
        d_parameters[1] = self.fwhm * self.area[1];
        Width { value: self.fwhm * self.area[0], d_parameters }
    }

    fn half_window(&self, outside: f64) -> f64 {
        self.fwhm * gl_half_window(outside)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Truth: the definitions themselves at m = 0 and 1 (areas √(π/ln2)/2 and π/2), and numerical integration between.
    #[test]
    fn area_of_the_product() {
        assert!((product_area(0.0)[0] - GAUSSIAN_AREA).abs() < 1e-14);
        assert!((product_area(1.0)[0] - FRAC_PI_2).abs() < 1e-14);
        let below = product_area(SUMMED_BELOW - 1e-12);
        let above = product_area(SUMMED_BELOW);
        assert!((below[0] - above[0]).abs() < 1e-11 && (below[1] - above[1]).abs() < 1e-9, "{below:?} {above:?}");
    }

    /// Truth: SGL(30) at one and two half widths by hand: 0.7·2⁻¹ + 0.3/2, 0.7·2⁻⁴ + 0.3/5.
    #[test]
    fn the_sum_is_a_sum_of_heights() {
        let shape = GlSum::new(2.0, 0.3).unwrap();
        let top = shape.at(0.0).value;
        assert!((shape.at(1.0).value / top - 0.5).abs() < 1e-15);
        assert!((shape.at(-2.0).value / top - (0.7 / 16.0 + 0.06)).abs() < 1e-15);
    }

    /// Truth: GL(30) at half its nominal width by hand: 2^−0.7 / 1.3.
    #[test]
    fn the_product_is_a_product() {
        let shape = GlProduct::new(2.0, 0.3).unwrap();
        assert!((shape.at(1.0).value / shape.at(0.0).value - 2_f64.powf(-0.7) / 1.3).abs() < 1e-15);
        assert!((shape.fwhm().value / 2.0 - 0.96).abs() < 0.005, "{}", shape.fwhm().value);
    }
}
