//! Lorentzian raised to different powers on its two sides, convolved with a Gaussian: CasaXPS's `LA(α, β, m)`, and with
//! damped tails `LF(α, β, w, n, m)`.
//!
//! With v = 2·offset/F, before the convolution and before normalisation to unit area,
//! `f = (1 + v²)^−e`, `e = 3 − (3 − a) / (1 + (v/w)²)`, a = α for offsets towards higher binding energy and β for the other
//! side. Without damping (w → ∞) e = a. The form of the damping, its limit 3 and the width w·F, in which w is CasaXPS's
//! number, were found on curves that CasaXPS exports: `LF(0.54,10,80,100,6)` is met to 5·10⁻⁵ of its height. An undamped shape has
//! an area only for a > ½.
//!
//! The convolution is the trapezoid rule on a grid that has a node at the kink v = 0, with the terms of
//! the Euler–Maclaurin formula, to the sixth order, for the jumps of derivatives there; f is smooth on either side.

use doublet_common::Result;
use doublet_common::lineshape::{Point, Shape, Width};

use super::{SIGMA_TO_FWHM, domain, width, width_or_zero, widths};

/// Exponent that damped tails reach.
const TAIL_EXPONENT: f64 = 3.0;
/// Smallest exponent of an undamped shape.
const MIN_UNDAMPED: f64 = 0.55;
/// Range of exponents.
const EXPONENTS: std::ops::RangeInclusive<f64> = 0.05..=500.0;
/// Range of the damping width in units of F.
const DAMPING: std::ops::RangeInclusive<f64> = 1.0..=1e6;
/// Nodes per width of the sharper side, and per σ.
const NODES_PER_WIDTH: f64 = 16.0;
const NODES_PER_SIGMA: f64 = 2.0;
/// Reach of the Gaussian in σ.
const REACH: f64 = 8.0;
/// Offsets within this many σ use the table of f; beyond, f is smooth over the Gaussian and is taken at nodes around the offset.
const NEAR: f64 = 10.0;
/// Steps over which the Gaussian is carried by recurrence.
const RECURRENCE: usize = 16;
/// Most nodes of the table on one side.
const MAX_TABLE: f64 = 40_000.0;
/// Step of the area integral in asinh v for exponents up to 1, finer as the root of larger ones: error exp(−π²/0.25).
const AREA_STEP: f64 = 0.25;
/// Terms smaller than this fraction of the first end the area integral.
const AREA_END: f64 = 1e-17;
/// Most terms of the area integral.
const MAX_AREA_TERMS: usize = 4_000;

/// f at one place with its derivatives by place, F, α and β.
type Sample = [f64; 5];

/// Asymmetric Lorentzian; parameters: `lorentzian_fwhm` (F), `gaussian_fwhm`, `alpha`, `beta`.
#[derive(Debug, Clone)]
pub struct AsymmetricLorentzian {
    lorentzian_fwhm: f64,
    alpha: f64,
    beta: f64,
    damping: Option<f64>,
    sigma: f64,
    /// Area for F = 1, its derivatives by α and β.
    area: [f64; 3],
    /// Step of the table in eV.
    step: f64,
    /// f at `(i − centre) · step`.
    table: Vec<Sample>,
}

impl AsymmetricLorentzian {
    /// Prepares the shape; `damping` is w, none for undamped tails.
    ///
    /// # Errors
    /// [`Error::Domain`](doublet_common::Error::Domain) for a Lorentzian width that is not positive, a negative Gaussian width,
    /// exponents outside 0.05 to 500 (undamped: 0.55 to 500), a damping width outside 1 to 10⁶, or a Lorentzian more than about
    /// a thousand times narrower than the Gaussian.
    pub fn new(lorentzian_fwhm: f64, gaussian_fwhm: f64, alpha: f64, beta: f64, damping: Option<f64>) -> Result<Self> {
        const NAME: &str = "asymmetric Lorentzian";
        let f = width(NAME, "lorentzian_fwhm", lorentzian_fwhm)?;
        let sigma = width_or_zero(NAME, "gaussian_fwhm", gaussian_fwhm)? / SIGMA_TO_FWHM;
        for (name, value) in [("alpha", alpha), ("beta", beta)] {
            let low = if damping.is_some() { *EXPONENTS.start() } else { MIN_UNDAMPED };
            if !(low..=*EXPONENTS.end()).contains(&value) {
                let expected = format!("{low} to 500 (tails that fall off more slowly need damping)");
                return Err(domain(NAME, name, value, &expected));
            }
        }
        if let Some(w) = damping.filter(|w| !DAMPING.contains(w)) {
            return Err(domain(NAME, "damping", w, "1 to 1000000"));
        }
        let [left, d_beta] = half_area(beta, damping);
        let [right, d_alpha] = half_area(alpha, damping);
        let sharpest = alpha.max(beta).max(1.0).sqrt();
        let step = (f / (NODES_PER_WIDTH * sharpest)).min(sigma / NODES_PER_SIGMA);
        let mut shape = Self {
            lorentzian_fwhm: f,
            alpha,
            beta,
            damping,
            sigma,
            area: [left + right, d_alpha, d_beta],
            step,
            table: Vec::new(),
        };
        if sigma > 0.0 {
            let side = ((NEAR + REACH) * sigma / step).ceil() + 1.0;
            if side > MAX_TABLE {
                return Err(domain(NAME, "lorentzian_fwhm", f, "more than a thousandth of the Gaussian width"));
            }
            let side = side as i64;
            shape.table = (-side..=side).map(|i| shape.sample(i as f64 * step)).collect();
        }
        Ok(shape)
    }

    /// f and its derivatives, without convolution and normalisation.
    fn sample(&self, offset: f64) -> Sample {
        let v = 2.0 * offset / self.lorentzian_fwhm;
        let high = offset > 0.0;
        let a = if high { self.alpha } else { self.beta };
        let square = v * v;
        let log = square.ln_1p();
        let (q, d_exponent) = match self.damping {
            Some(w) => {
                let q = 1.0 / (1.0 + square / (w * w));
                (q, 2.0 * (TAIL_EXPONENT - a) * v * q * q / (w * w))
            }
            None => (1.0, 0.0),
        };
        let exponent = if self.damping.is_some() { TAIL_EXPONENT - (TAIL_EXPONENT - a) * q } else { a };
        let value = (-exponent * log).exp();
        let d_v = -value * (d_exponent * log + 2.0 * exponent * v / (1.0 + square));
        let d_a = -value * q * log;
        let d_f = -d_v * v / self.lorentzian_fwhm;
        let (d_alpha, d_beta) = if high { (d_a, 0.0) } else { (0.0, d_a) };
        [value, 2.0 / self.lorentzian_fwhm * d_v, d_f, d_alpha, d_beta]
    }

    /// Convolution at `offset`: value, first and second derivative by the offset, derivatives by F, α, β.
    fn convolved(&self, offset: f64) -> [f64; 6] {
        if self.sigma == 0.0 {
            let [value, d_offset, d_f, d_alpha, d_beta] = self.sample(offset);
            return [value, d_offset, 0.0, d_f, d_alpha, d_beta];
        }
        if offset.abs() > NEAR * self.sigma { self.far(offset) } else { self.near(offset) }
    }

    /// Sum over the table.
    fn near(&self, offset: f64) -> [f64; 6] {
        let (h, sigma) = (self.step, self.sigma);
        let centre = (self.table.len() / 2) as f64;
        let place = |x: f64| (x / h + centre).clamp(0.0, (self.table.len() - 1) as f64) as usize;
        let (first, last) = (place(offset - REACH * sigma), place(offset + REACH * sigma));
        let (norm, inverse) = (h / (sigma * (2.0 * std::f64::consts::PI).sqrt()), 1.0 / (sigma * sigma));
        let mut sums = [0.0; 6];
        // The Gaussian along equal steps: g(x + h) = g(x) · r(x), r(x + h) = r(x) · exp(−h²/σ²); begun anew now and then,
        // because the rounding of r grows with the square of the steps.
        let shrink = (-h * h * inverse).exp();
        for (block, samples) in self.table[first..=last].chunks(RECURRENCE).enumerate() {
            let start = offset - ((first + block * RECURRENCE) as f64 - centre) * h;
            let mut gauss = norm * (-0.5 * start * start * inverse).exp();
            let mut ratio = (start * h * inverse - 0.5 * h * h * inverse).exp();
            for (k, sample) in samples.iter().enumerate() {
                let slope = (start - k as f64 * h) * inverse;
                let weighted = gauss * sample[0];
                sums[0] += weighted;
                sums[1] -= weighted * slope;
                sums[2] += weighted * (slope * slope - inverse);
                sums[3] += gauss * sample[2];
                sums[4] += gauss * sample[3];
                sums[5] += gauss * sample[4];
                gauss *= ratio;
                ratio *= shrink;
            }
        }
        self.kink(offset, norm / h, &mut sums);
        sums
    }

    /// Takes the Euler–Maclaurin terms of the kink off the trapezoid sum: with φ(t) = f(t) g(offset − t) and [φ] = φ(0−) − φ(0+),
    /// sum − integral = −h⁴/720 [φ‴] + h⁶/30240 [φ⁗′], [φ‴] = −3 [f″] g′, [φ⁗′] = −10 [f″] g‴ − 5 [f⁗] g′; and
    /// f = 1 − a v² + (a(a + 1)/2 − (3 − a)/w²) v⁴ − … on either side.
    fn kink(&self, offset: f64, norm: f64, sums: &mut [f64; 6]) {
        let inverse = 1.0 / (self.sigma * self.sigma);
        let f2 = self.lorentzian_fwhm * self.lorentzian_fwhm;
        let soft = self.damping.map_or(0.0, |w| 1.0 / (w * w));
        let fourth = |a: f64| 384.0 / (f2 * f2) * (0.5 * a * (a + 1.0) - (TAIL_EXPONENT - a) * soft);
        let d_fourth = |a: f64| 384.0 / (f2 * f2) * (a + 0.5 + soft);
        // Derivatives of the Gaussian: g⁽ⁿ⁺¹⁾ = −(x g⁽ⁿ⁾ + n g⁽ⁿ⁻¹⁾)/σ².
        let mut g = [0.0; 6];
        g[0] = norm * (-0.5 * offset * offset * inverse).exp();
        g[1] = -offset * inverse * g[0];
        for n in 1..5 {
            g[n + 1] = -inverse * (offset * g[n] + n as f64 * g[n - 1]);
        }
        let (c4, c6) = (self.step.powi(4) / 720.0, self.step.powi(6) / 30240.0);
        // Terms of the jumps of f″ and f⁗ in the n-th derivative by the offset.
        let second = |n: usize| -3.0 * c4 * g[1 + n] + 10.0 * c6 * g[3 + n];
        let quartic = |n: usize| 5.0 * c6 * g[1 + n];
        let jump2 = 8.0 * (self.alpha - self.beta) / f2;
        let jump4 = fourth(self.beta) - fourth(self.alpha);
        for (n, sum) in sums[..3].iter_mut().enumerate() {
            *sum += jump2 * second(n) + jump4 * quartic(n);
        }
        sums[3] -= (2.0 * jump2 * second(0) + 4.0 * jump4 * quartic(0)) / self.lorentzian_fwhm;
        sums[4] += 8.0 / f2 * second(0) - d_fourth(self.alpha) * quartic(0);
        sums[5] += -8.0 / f2 * second(0) + d_fourth(self.beta) * quartic(0);
    }

    /// Trapezoid rule around the offset.
    fn far(&self, offset: f64) -> [f64; 6] {
        const STEP: f64 = 0.5;
        let mut sums = [0.0; 6];
        let count = (REACH / STEP) as i32;
        for k in -count..=count {
            let t = f64::from(k) * STEP;
            let gauss = STEP / (2.0 * std::f64::consts::PI).sqrt() * (-0.5 * t * t).exp();
            let sample = self.sample(offset - t * self.sigma);
            let weighted = gauss * sample[0];
            sums[0] += weighted;
            sums[1] += gauss * sample[1];
            sums[2] += weighted * (t * t - 1.0) / (self.sigma * self.sigma);
            sums[3] += gauss * sample[2];
            sums[4] += gauss * sample[3];
            sums[5] += gauss * sample[4];
        }
        sums
    }

    fn scale(&self) -> f64 {
        self.lorentzian_fwhm + self.sigma * SIGMA_TO_FWHM
    }

    /// Fraction of the unbroadened area beyond `reach` on both sides.
    fn beyond(&self, reach: f64) -> f64 {
        let start = (2.0 * reach / self.lorentzian_fwhm).asinh();
        let side = |a: f64| integrate(start, a, self.damping)[0];
        (side(self.alpha) + side(self.beta)) / self.area[0]
    }

    /// Twice the half width at half maximum towards lower binding energy, measured from the maximum: what CasaXPS calls the
    /// (measured) FWHM of these shapes. In eV.
    pub fn casa_fwhm_ev(&self) -> f64 {
        let ([low, _], _) = widths::half_points(self, self.scale());
        2.0 * (widths::apex(self, self.scale()) - low)
    }
}

/// Area of one side for F = 1, `½ ∫ (1 + v²)^−e dv`, and its derivative by the exponent.
fn half_area(a: f64, damping: Option<f64>) -> [f64; 2] {
    integrate(0.0, a, damping)
}

/// The same from v = sinh(start) on, by the trapezoid rule in asinh v.
fn integrate(start: f64, a: f64, damping: Option<f64>) -> [f64; 2] {
    let term = |u: f64| {
        let square = u.sinh().powi(2);
        let q = damping.map_or(1.0, |w| 1.0 / (1.0 + square / (w * w)));
        let exponent = if damping.is_some() { TAIL_EXPONENT - (TAIL_EXPONENT - a) * q } else { a };
        let log = 2.0 * u.cosh().ln();
        let value = (u.cosh().ln() - exponent * log).exp();
        [value, -q * log * value]
    };
    let step = AREA_STEP / a.max(1.0).sqrt();
    let first = term(start);
    let mut sum = first.map(|t| 0.5 * t);
    // sinh leaves the range of f64 only beyond u = 700.
    for k in 1..MAX_AREA_TERMS {
        let u = start + k as f64 * step;
        let next = if u < 350.0 { term(u) } else { far_term(u, a, damping) };
        sum[0] += next[0];
        sum[1] += next[1];
        if next[0] <= AREA_END * first[0] && next[1].abs() <= AREA_END {
            break;
        }
    }
    sum.map(|s| 0.5 * step * s)
}

/// A term where cosh u = exp(u)/2 to the last bit.
fn far_term(u: f64, a: f64, damping: Option<f64>) -> [f64; 2] {
    let log = 2.0 * (u - std::f64::consts::LN_2);
    if damping.is_some() {
        return [0.0, 0.0];
    }
    let value = ((0.5 - a) * log).exp();
    [value, -log * value]
}

impl Shape for AsymmetricLorentzian {
    fn at(&self, offset: f64) -> Point {
        let [value, d_offset, second, d_f, d_alpha, d_beta] = self.convolved(offset);
        let f = self.lorentzian_fwhm;
        let [area, area_alpha, area_beta] = self.area;
        let scale = 1.0 / (f * area);
        let value = value * scale;
        Point {
            value,
            d_offset: d_offset * scale,
            d_parameters: [
                d_f * scale - value / f,
                self.sigma * second * scale / SIGMA_TO_FWHM,
                d_alpha * scale - value * area_alpha / area,
                d_beta * scale - value * area_beta / area,
            ],
        }
    }

    fn fwhm(&self) -> Width {
        widths::fwhm(self, self.scale())
    }

    fn integral_breadth(&self) -> Width {
        widths::integral_breadth(self, self.scale())
    }

    fn half_window(&self, outside: f64) -> f64 {
        let mut reach = self.scale();
        while self.beyond(reach) > outside && reach < 1e30 {
            reach *= 2.0;
        }
        reach + 5.0 * self.sigma
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use doublet_common::lineshape::Voigt;

    /// Truth: the Voigt function, which α = β = 1 is.
    #[test]
    fn equal_exponents_of_one_are_a_voigt_function() {
        for (l, g) in [(0.4, 0.6), (0.05, 0.9), (1.2, 0.05), (0.3, 0.0)] {
            let shape = AsymmetricLorentzian::new(l, g, 1.0, 1.0, None).unwrap();
            let voigt = Voigt::new(g, l).unwrap();
            for i in -60..=60 {
                let x = 0.15 * f64::from(i);
                let (a, b) = (shape.at(x), voigt.at(x));
                let top = voigt.at(0.0).value;
                assert!((a.value - b.value).abs() < 1e-10 * top, "{l} {g} {x}: {} {}", a.value, b.value);
                assert!((a.d_parameters[1] - b.d_parameters[0]).abs() < 1e-8 * top / (l + g), "{l} {g} {x}");
            }
        }
    }

    /// Truth: ∫ (1 + v²)^−a dv = √π Γ(a − ½)/Γ(a): π for a = 1, π/2 for a = 2, 3π/8 for a = 3.
    #[test]
    fn areas_have_closed_forms() {
        use std::f64::consts::PI;
        for (a, both) in [(1.0, PI), (2.0, PI / 2.0), (3.0, 3.0 * PI / 8.0)] {
            assert!((4.0 * half_area(a, None)[0] - both).abs() < 1e-13, "{a}");
        }
        // Γ(0.1)/Γ(0.6) = 9.513507698668732 / 1.4891922488128171 (DLMF 5).
        let expected = PI.sqrt() * 9.513507698668732 / 1.4891922488128171;
        assert!((4.0 * half_area(0.6, None)[0] - expected).abs() < 1e-10 * expected);
    }

    /// Truth: mpmath 30-digit quadrature of the definition: value and its differences.
    #[test]
    fn values_of_another_program() {
        let shape = AsymmetricLorentzian::new(0.3, 0.9, 1.2, 4.8, None).unwrap();
        let rows = [
            (
                0.09,
                0.933266265702564,
                -0.0262148417040,
                [-0.395024370672031, -0.902666243053490, 0.233304844061253, 0.000368231034763],
            ),
            (
                0.5,
                0.571427490037238,
                -1.309883261650958,
                [0.171143318293711, 0.035745717002581, -0.063148343752738, 0.008247758497113],
            ),
        ];
        for (offset, value, slope, derivatives) in rows {
            let point = shape.at(offset);
            assert!((point.value - value).abs() < 1e-11, "{offset}: {}", point.value);
            assert!((point.d_offset - slope).abs() < 1e-9, "{offset}: {}", point.d_offset);
            for (a, b) in point.d_parameters.iter().zip(derivatives) {
                assert!((a - b).abs() < 1e-8, "{offset}: {a} {b}");
            }
        }
    }
}
