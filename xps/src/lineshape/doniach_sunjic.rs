//! The line of a metal: Doniach–Šunjić, convolved with the instrument's Gaussian.
//!
//! `f(ε) = cos(πα/2 + (1 − α) arctan(ε/γ)) / (ε² + γ²)^((1−α)/2)`, ε towards lower binding energy, γ half the Lorentzian
//! width, α the asymmetry (S. Doniach & M. Šunjić, J. Phys. C 3 (1970) 285). With s = 1 − α this is the real part of
//! `exp(−iπα/2) (γ + iε)^−s`, an analytic function, which makes the convolution with a Gaussian of standard deviation σ a sum:
//!
//! `∫ φ(t) (γ + i(ε − t))^−s dt = Σ_k w_k (γ + c + i(ε − t_k))^−s`,
//!
//! the trapezoid rule on a path shifted by c = 2σ away from the singularity, where it converges exponentially. All derivatives
//! follow from the same sum: ∂/∂ε and ∂/∂γ are the two parts of one derivative, and `∂/∂σ = σ ∂²/∂ε²`.
//!
//! The area of f does not exist for α > 0 (its tail falls off as ε^(α−1)). The shape is normalised so that the unbroadened line
//! encloses area 1 within ±[`DoniachSunjic::AREA_REACH_EV`]; an area fitted with it counts the electrons in that range.

use std::f64::consts::{FRAC_PI_2, PI};

use doublet_common::Result;
use doublet_common::lineshape::{Point, Shape, Width};
use num_complex::Complex64;

use super::{SIGMA_TO_FWHM, domain, width, width_or_zero, widths};

/// Nodes on each side, their distance and the shift of the path, in units of σ.
const NODES: i32 = 15;
const NODE_STEP: f64 = 0.5;
const SHIFT: f64 = 2.0;
/// Largest asymmetry.
const MAX_ASYMMETRY: f64 = 0.9;

/// Doniach–Šunjić line; parameters: `lorentzian_fwhm`, `gaussian_fwhm`, `asymmetry` (α).
#[derive(Debug, Clone)]
pub struct DoniachSunjic {
    lorentzian_fwhm: f64,
    gaussian_fwhm: f64,
    asymmetry: f64,
    /// exp(−iπα/2).
    phase: Complex64,
    /// Nodes in eV with their complex weights.
    nodes: Vec<(f64, Complex64)>,
    /// Shift of the path in eV.
    shift: f64,
    /// Area within the reach, its derivatives by γ and α.
    area: [f64; 3],
}

impl DoniachSunjic {
    /// Distance from the position, on both sides, within which the unbroadened line has area 1, in eV.
    pub const AREA_REACH_EV: f64 = 20.0;

    /// Prepares the shape.
    ///
    /// # Errors
    /// [`Error::Domain`](doublet_common::Error::Domain) for a Lorentzian width that is not positive, a negative Gaussian width,
    /// an asymmetry outside 0 to 0.9.
    pub fn new(lorentzian_fwhm: f64, gaussian_fwhm: f64, asymmetry: f64) -> Result<Self> {
        const NAME: &str = "Doniach–Šunjić";
        let lorentzian_fwhm = width(NAME, "lorentzian_fwhm", lorentzian_fwhm)?;
        let gaussian_fwhm = width_or_zero(NAME, "gaussian_fwhm", gaussian_fwhm)?;
        if !(0.0..=MAX_ASYMMETRY).contains(&asymmetry) {
            return Err(domain(NAME, "asymmetry", asymmetry, "a number from 0 to 0.9"));
        }
        let sigma = gaussian_fwhm / SIGMA_TO_FWHM;
        Ok(Self {
            lorentzian_fwhm,
            gaussian_fwhm,
            asymmetry,
            phase: Complex64::cis(-FRAC_PI_2 * asymmetry),
            nodes: nodes(sigma),
            shift: SHIFT * sigma,
            area: area(0.5 * lorentzian_fwhm, asymmetry),
        })
    }

    fn scale(&self) -> f64 {
        self.lorentzian_fwhm + self.gaussian_fwhm
    }
}

/// Nodes of the trapezoid rule on the shifted path; a single one where there is no Gaussian.
fn nodes(sigma: f64) -> Vec<(f64, Complex64)> {
    if sigma == 0.0 {
        return vec![(0.0, Complex64::ONE)];
    }
    (-NODES..=NODES)
        .map(|k| {
            let t = f64::from(k) * NODE_STEP;
            let modulus = NODE_STEP / (2.0 * PI).sqrt() * (0.5 * (SHIFT * SHIFT - t * t)).exp();
            (t * sigma, Complex64::from_polar(modulus, -t * SHIFT))
        })
        .collect()
}

/// ∫ f dε within ±W: `(2/α) R^α sin(αφ) cos(πα/2)` with R² = γ² + W², φ = arctan(W/γ); and its derivatives by γ and α.
fn area(gamma: f64, alpha: f64) -> [f64; 3] {
    let reach = DoniachSunjic::AREA_REACH_EV;
    let (r, phi) = (gamma.hypot(reach), (reach / gamma).atan());
    let x = alpha * phi;
    // sin(αφ)/α and its derivative, by series where α vanishes.
    let (sine, d_sine) = if x < 1e-3 {
        (phi * (1.0 - x * x / 6.0), phi * phi * (-x / 3.0 + x * x * x / 30.0))
    } else {
        (x.sin() / alpha, (x * x.cos() - x.sin()) / (alpha * alpha))
    };
    let power = r.powf(alpha);
    let (cos, sin) = ((FRAC_PI_2 * alpha).cos(), (FRAC_PI_2 * alpha).sin());
    let value = 2.0 * power * sine * cos;
    let d_gamma = 2.0 * cos * r.powf(alpha - 1.0) * ((alpha - 1.0) * phi).sin();
    let d_alpha = 2.0 * power * ((r.ln() * sine + d_sine) * cos - FRAC_PI_2 * sine * sin);
    [value, d_gamma, d_alpha]
}

impl Shape for DoniachSunjic {
    fn at(&self, offset: f64) -> Point {
        let gamma = 0.5 * self.lorentzian_fwhm + self.shift;
        let power = 1.0 - self.asymmetry;
        // Σ w ζ^−s, Σ w ln ζ ζ^−s, Σ w ζ^−s−1, Σ w ζ^−s−2.
        let mut sums = [Complex64::ZERO; 4];
        for (t, weight) in &self.nodes {
            let zeta = Complex64::new(gamma, -offset - t);
            let log = zeta.ln();
            let term = weight * (-power * log).exp();
            let next = term / zeta;
            sums[0] += term;
            sums[1] += term * log;
            sums[2] += next;
            sums[3] += next / zeta;
        }
        let [s0, s_log, s1, s2] = sums.map(|s| s * self.phase);
        let [area, d_area_gamma, d_area_alpha] = self.area;
        let scale = 1.0 / area;
        let value = scale * s0.re;
        // dζ/d(offset) = −i, so that the derivative of the real part is that of the imaginary one, with its sign.
        let d_offset = -scale * power * s1.im;
        let d_gamma = -scale * power * s1.re - value * d_area_gamma * scale;
        let sigma = self.gaussian_fwhm / SIGMA_TO_FWHM;
        let d_sigma = -scale * sigma * power * (power + 1.0) * s2.re;
        let d_alpha = scale * (s_log.re + FRAC_PI_2 * s0.im) - value * d_area_alpha * scale;
        Point { value, d_offset, d_parameters: [0.5 * d_gamma, d_sigma / SIGMA_TO_FWHM, d_alpha, 0.0] }
    }

    fn fwhm(&self) -> Width {
        widths::fwhm(self, self.scale())
    }

    fn integral_breadth(&self) -> Width {
        widths::integral_breadth(self, self.scale())
    }

    fn half_window(&self, _outside: f64) -> f64 {
        Self::AREA_REACH_EV
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use doublet_common::lineshape::Voigt;

    /// Truth: the Voigt function, which α = 0 is but for the area beyond the reach (2/π · arctan(W/γ)).
    #[test]
    fn without_asymmetry_it_is_a_voigt_function() {
        for (l, g) in [(0.4, 0.6), (0.05, 0.9), (1.2, 0.05), (0.3, 0.0)] {
            let shape = DoniachSunjic::new(l, g, 0.0).unwrap();
            let voigt = Voigt::new(g, l).unwrap();
            let share = 2.0 / PI * (2.0 * DoniachSunjic::AREA_REACH_EV / l).atan();
            for i in -40..=40 {
                let x = 0.15 * f64::from(i);
                let (a, b) = (shape.at(x).value * share, voigt.at(x).value);
                assert!((a - b).abs() < 1e-10 * voigt.at(0.0).value, "{l} {g} {x}: {a} {b}");
            }
        }
    }

    /// Truth: numerical convolution of the definition (lmfit 1.3.4 `doniach`, SciPy 1.17.1 `quad`), normalised over the reach.
    #[test]
    fn values_of_another_program() {
        let rows = [
            (0.3, 0.5, 0.1, -1.5, 1.5811146817191e-02),
            (0.3, 0.5, 0.1, -0.2, 5.6578756005863e-01),
            (0.3, 0.5, 0.1, 0.0, 7.7173754244175e-01),
            (0.3, 0.5, 0.1, 0.4, 4.1506646857411e-01),
            (0.3, 0.5, 0.1, 2.0, 4.8613523718399e-02),
            (0.3, 0.5, 0.1, 8.0, 1.2059378369250e-02),
            (0.05, 0.8, 0.25, -1.5, 1.8202966417165e-03),
            (0.05, 0.8, 0.25, 0.0, 4.1571379109047e-01),
            (0.05, 0.8, 0.25, 2.0, 7.2497202528108e-02),
            (0.4, 0.4, 0.6, -0.2, 6.3709722586778e-02),
            (0.4, 0.4, 0.6, 0.4, 1.2621692899442e-01),
            (0.4, 0.4, 0.6, 8.0, 4.3326544896519e-02),
        ];
        for (l, g, alpha, offset, expected) in rows {
            let value = DoniachSunjic::new(l, g, alpha).unwrap().at(offset).value;
            assert!((value - expected).abs() < 1e-9, "{l} {g} {alpha} {offset}: {value}");
        }
    }
}
