//! The Faddeeva function `w(z) = exp(−z²) erfc(−iz)` for Im z ≥ 0, and its evaluation along a line of constant Im z.
//!
//! A Voigt function needs w at hundreds of points `x + iy` of one `y`. Far out the asymptotic series
//! `w = i/√π Σ (2k−1)!!/2ᵏ z^−(2k+1)` (Abramowitz & Stegun 7.1.23) is used; near the centre, Taylor series around nodes
//! on the line, whose coefficients follow from `w' = −2zw + 2i/√π`, i.e. for `c_n = w⁽ⁿ⁾/n!`:
//! `(n+1) c_{n+1} = −2 (z c_n + c_{n−1})`. Only the node at x = 0 needs a library value; each further node follows from
//! its neighbour's series, which is stable going outwards, because an error moves as exp(−z²) and so dies away.

use std::f64::consts::FRAC_2_SQRT_PI;

use errorfunctions::{ComplexErrorFunctions, RealErrorFunctions};
use num_complex::Complex64;

/// Beyond this |z|² the asymptotic series has full precision.
const FAR: f64 = 64.0;
/// Distance of the nodes of a [`Line`].
const STEP: f64 = 0.25;
/// Terms that carry a series over a whole step: 0.25ⁿ/Γ(n/2 + 1) < 1e-15.
const LONG_TERMS: usize = 17;
/// Terms that carry it over half a step.
const TERMS: usize = 13;

/// The Faddeeva function for any complex argument.
pub fn faddeeva(z: Complex64) -> Complex64 {
    z.w()
}

/// w at one point with its first two derivatives.
#[derive(Debug, Clone, Copy)]
pub(super) struct Faddeeva {
    pub(super) w: Complex64,
    pub(super) first: Complex64,
    pub(super) second: Complex64,
}

/// The line Im z = y ≥ 0.
#[derive(Debug, Clone)]
pub(super) struct Line {
    y: f64,
    /// Taylor coefficients (real parts, then imaginary parts) around the nodes x = 0, STEP, 2 STEP, ….
    nodes: Vec<[[f64; TERMS]; 2]>,
}

impl Line {
    /// Prepares the line; `y` must not be negative.
    pub(super) fn new(y: f64) -> Self {
        let mut nodes = Vec::new();
        if y * y < FAR {
            let last = ((FAR - y * y).sqrt() / STEP).ceil() as usize;
            nodes.reserve_exact(last + 1);
            let mut w = Complex64::new(RealErrorFunctions::erfcx(y), 0.0);
            for node in 0..=last {
                let c = taylor(Complex64::new(node as f64 * STEP, y), w);
                let mut parts = [[0.0; TERMS]; 2];
                for (k, c) in c.iter().take(TERMS).enumerate() {
                    parts[0][k] = c.re;
                    parts[1][k] = c.im;
                }
                nodes.push(parts);
                w = c.iter().rev().fold(Complex64::ZERO, |sum, c| sum * STEP + c);
            }
        }
        Self { y, nodes }
    }

    /// w, w′ and w″ at `x + iy`.
    pub(super) fn at(&self, x: f64) -> Faddeeva {
        let (reduced, mirrored) = (x.abs(), x < 0.0);
        let z = Complex64::new(reduced, self.y);
        let result = if z.norm_sqr() < FAR { self.near(z) } else { far(z) };
        if mirrored { result.mirrored() } else { result }
    }

    fn near(&self, z: Complex64) -> Faddeeva {
        let node = (z.re / STEP + 0.5) as usize;
        let Some([re, im]) = self.nodes.get(node) else { return far(z) };
        let t = z.re - node as f64 * STEP;
        // Even and odd powers apart: two short chains of dependent operations instead of a long one.
        let square = t * t;
        let sum = |c: &[f64; TERMS]| {
            let even = c.iter().step_by(2).rev().fold(0.0, |sum, c| sum * square + c);
            let odd = c[1..].iter().step_by(2).rev().fold(0.0, |sum, c| sum * square + c);
            even + t * odd
        };
        let w = Complex64::new(sum(re), sum(im));
        let first = -2.0 * z * w + Complex64::new(0.0, FRAC_2_SQRT_PI);
        Faddeeva { w, first, second: -2.0 * (w + z * first) }
    }
}

impl Faddeeva {
    /// `w(−z̄)` is the complex conjugate of `w(z)`; each derivative along x turns the sign once.
    fn mirrored(self) -> Self {
        Self { w: self.w.conj(), first: -self.first.conj(), second: self.second.conj() }
    }
}

/// Taylor coefficients of w around `z`, where it is `w`.
fn taylor(z: Complex64, w: Complex64) -> [Complex64; LONG_TERMS] {
    let mut c = [w; LONG_TERMS];
    c[1] = -2.0 * z * w + Complex64::new(0.0, FRAC_2_SQRT_PI);
    for n in 1..LONG_TERMS - 1 {
        c[n + 1] = (z * c[n] + c[n - 1]) * (-2.0 / (n + 1) as f64);
    }
    c
}

/// Asymptotic series, summed for w″, from which w and w′ follow without cancellation.
fn far(z: Complex64) -> Faddeeva {
    // w″ = i/√π Σ (2k+1)(2k+2) a_k z^−(2k+3), a_k = (2k−1)!!/2ᵏ.
    const C: [f64; 13] = {
        let mut c = [0.0; 13];
        let mut a = 1.0;
        let mut k = 0;
        while k < 13 {
            c[k] = a * ((2 * k + 1) * (2 * k + 2)) as f64;
            a *= (2 * k + 1) as f64 / 2.0;
            k += 1;
        }
        c
    };
    let size = z.norm_sqr();
    let inverse = z.conj() / size;
    let u = inverse * inverse;
    // Enough terms that the first one left out is below 1e-14.
    let terms = match size {
        _ if size > 1e4 => 4,
        _ if size > 400.0 => 6,
        _ if size > 150.0 => 8,
        _ => C.len(),
    };
    let sum = C[..terms].iter().rev().fold(Complex64::ZERO, |sum, c| sum * u + c);
    let second = Complex64::new(0.0, 0.5 * FRAC_2_SQRT_PI) * inverse * u * sum;
    // From w″ = (4z² − 2) w − 4iz/√π and w″ = −2w − 2zw′.
    let numerator = second * u + Complex64::new(0.0, 2.0 * FRAC_2_SQRT_PI) * inverse;
    let w = numerator / (4.0 - 2.0 * u);
    let first = -(0.5 * second + w) * inverse;
    Faddeeva { w, first, second }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Truth: scipy.special.wofz (SciPy 1.x, Johnson's Faddeeva package), (x, y, Re w, Im w).
    const WOFZ: &[(f64, f64, f64, f64)] = include!("truth/wofz.in");

    #[test]
    fn line_agrees_with_wofz() {
        for &(x, y, re, im) in WOFZ {
            let w = Line::new(y).at(x).w;
            // Relative, down to the rounding of the value at the centre of the line.
            let floor = 1e-15 * RealErrorFunctions::erfcx(y);
            assert!((w.re - re).abs() <= 1e-11 * re.abs() + floor, "Re w({x} + {y}i) = {}, expected {re}", w.re);
            assert!((w.im - im).abs() <= 1e-11 * im.abs() + floor, "Im w({x} + {y}i) = {}, expected {im}", w.im);
        }
    }

    #[test]
    fn derivatives_obey_the_differential_equation() {
        // Truth: w′ = −2zw + 2i/√π (closed form), checked against central differences of the library's w.
        for y in [0.003, 0.4, 2.0, 7.9, 30.0] {
            let line = Line::new(y);
            for i in -100..=100 {
                let x = 0.17 * i as f64;
                let h = 2e-3;
                let w = |x: f64| faddeeva(Complex64::new(x, y));
                let first = (w(x - 2.0 * h) - 8.0 * w(x - h) + 8.0 * w(x + h) - w(x + 2.0 * h)) / (12.0 * h);
                let at = line.at(x);
                assert!((at.first - first).norm() < 1e-10, "w′({x} + {y}i) {} {first}", at.first);
                let outer = w(x - 2.0 * h) + w(x + 2.0 * h);
                let second = (16.0 * (w(x - h) + w(x + h)) - outer - 30.0 * w(x)) / (12.0 * h * h);
                assert!((at.second - second).norm() < 1e-8, "w″({x} + {y}i) {} {second}", at.second);
            }
        }
    }
}
