//! A product of Gaussian and Lorentzian with an exponential tail towards higher binding energy, CasaXPS's `GL(m)T(k)`.
//!
//! With g the product (see [`GlProduct`](super::GlProduct)) and u = offset / F, before normalisation:
//! `g(u)` for u ≤ 0, `g(u) + (1 − g(u)) exp(−k u)` for u > 0. The smaller k, the longer the tail.
//!
//! The tail's area `∫₀^∞ (1 − g) exp(−k u) du` is summed by the double-exponential rule u = exp(π/2 sinh t) (Takahasi & Mori,
//! Publ. RIMS 9 (1974) 721).

use std::f64::consts::FRAC_PI_2;

use doublet_common::Result;
use doublet_common::lineshape::{MAX_PARAMETERS, Point, Shape, Width};

use super::gl::{product, product_area};
use super::{domain, fraction, width, widths};

/// Range of the tail parameter: below, the tail has no end within any spectrum; above, it cannot be seen.
const TAIL: std::ops::RangeInclusive<f64> = 0.01..=1e4;
/// Step and terms on each side of the double-exponential rule.
const STEP: f64 = 0.05;
const TERMS: i32 = 90;

/// GL product with a tail; parameters: `fwhm`, `lorentzian_fraction`, `tail` (k).
#[derive(Debug, Clone)]
pub struct TailedGl {
    fwhm: f64,
    fraction: f64,
    tail: f64,
    /// Area for F = 1, its derivatives by fraction and tail.
    area: [f64; 3],
}

impl TailedGl {
    /// Prepares the shape.
    ///
    /// # Errors
    /// [`Error::Domain`](doublet_common::Error::Domain) for a width that is not positive, a fraction outside 0 to 1, a tail
    /// outside 0.01 to 10⁴.
    pub fn new(fwhm: f64, lorentzian_fraction: f64, tail: f64) -> Result<Self> {
        const NAME: &str = "GL product with tail";
        let m = fraction(NAME, "lorentzian_fraction", lorentzian_fraction)?;
        if !TAIL.contains(&tail) {
            return Err(domain(NAME, "tail", tail, "a number from 0.01 to 10000"));
        }
        let [core, d_core] = product_area(m);
        let [value, d_m, d_k] = tail_area(m, tail);
        Ok(Self { fwhm: width(NAME, "fwhm", fwhm)?, fraction: m, tail, area: [core + value, d_core + d_m, d_k] })
    }
}

/// Area of the tail for F = 1, and its derivatives by fraction and tail.
fn tail_area(m: f64, k: f64) -> [f64; 3] {
    let mut sum = [0.0; 3];
    for i in -TERMS..=TERMS {
        let t = f64::from(i) * STEP;
        let u = (FRAC_PI_2 * t.sinh()).exp();
        let weight = STEP * FRAC_PI_2 * t.cosh() * u * (-k * u).exp();
        if weight == 0.0 || !weight.is_finite() {
            continue;
        }
        let [g, _, d_m] = product(u, m);
        sum[0] += weight * (1.0 - g);
        sum[1] -= weight * d_m;
        sum[2] -= weight * (1.0 - g) * u;
    }
    sum
}

impl Shape for TailedGl {
    fn at(&self, offset: f64) -> Point {
        let f = self.fwhm;
        let u = offset / f;
        let [g, g_u, g_m] = product(u, self.fraction);
        let [mut value, mut d_u, mut d_m, mut d_k] = [g, g_u, g_m, 0.0];
        if u > 0.0 {
            let tail = (-self.tail * u).exp();
            value += (1.0 - g) * tail;
            d_u -= (g_u + self.tail * (1.0 - g)) * tail;
            d_m -= g_m * tail;
            d_k = -u * (1.0 - g) * tail;
        }
        let scale = 1.0 / (f * self.area[0]);
        let value = value * scale;
        let d_offset = d_u * scale / f;
        Point {
            value,
            d_offset,
            d_parameters: [
                -(value + offset * d_offset) / f,
                d_m * scale - value * self.area[1] / self.area[0],
                d_k * scale - value * self.area[2] / self.area[0],
                0.0,
            ],
        }
    }

    fn fwhm(&self) -> Width {
        widths::fwhm(self, self.fwhm)
    }

    fn integral_breadth(&self) -> Width {
        // The apex keeps the height of the product: g = 1 at u = 0, where the tail adds nothing.
        let [area, d_m, d_k] = self.area;
        let mut d_parameters = [0.0; MAX_PARAMETERS];
        d_parameters[..3].copy_from_slice(&[area, self.fwhm * d_m, self.fwhm * d_k]);
        Width { value: self.fwhm * area, d_parameters }
    }

    fn half_window(&self, outside: f64) -> f64 {
        // Lorentzian tails of the core, and ∫ exp(−ku) beyond x, each given half of what may be outside.
        let outside = outside.clamp(1e-12, 1.0);
        let core = 0.5 * (FRAC_PI_2 * (1.0 - 0.5 * outside)).tan();
        let tail = (2.0 / (self.tail * outside * self.area[0])).ln().max(0.0) / self.tail;
        self.fwhm * core.max(tail).max(3.5)
    }
}
