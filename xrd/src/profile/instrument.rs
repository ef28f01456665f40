//! Width of the instrument alone over 2θ: Gaussian `FWHM² = U tan²θ + V tanθ + W` (Caglioti, Paoletti & Ricci, Nucl.
//! Instrum. 3 (1958) 223), Lorentzian `FWHM = X/cosθ + Y tanθ`, put together as Thompson–Cox–Hastings pseudo-Voigt.

use doublet_common::lineshape::{Shape, Tch};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::recipe::{INSTRUMENT_NUMBERS, InstrumentChoice};

/// Profile of the instrument alone, in degrees 2θ.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct InstrumentProfile {
    /// Caglioti U, deg².
    pub u_deg2: f64,
    /// Caglioti V, deg².
    pub v_deg2: f64,
    /// Caglioti W, deg².
    pub w_deg2: f64,
    /// Lorentzian X, deg.
    pub x_deg: f64,
    /// Lorentzian Y, deg.
    pub y_deg: f64,
    /// Half the axial height of the specimen over the goniometer radius (Finger, Cox & Jephcoat 1994).
    #[serde(default)]
    pub s_over_l: f64,
    /// Half the axial height of the receiving slit over the goniometer radius.
    #[serde(default)]
    pub h_over_l: f64,
    /// Covariance of the seven numbers above in their order; none where they are taken as exact.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub covariance: Option<[[f64; INSTRUMENT_NUMBERS]; INSTRUMENT_NUMBERS]>,
}

/// Gaussian and Lorentzian part of the instrument's width at one angle.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct InstrumentParts {
    /// FWHM of the Gaussian and of the Lorentzian part; 0 where the numbers make no width.
    pub fwhm_deg: [f64; 2],
    /// Their covariance in deg²; none where the instrument's numbers have none.
    pub covariance_deg2: Option<[[f64; 2]; 2]>,
}

impl From<InstrumentChoice> for InstrumentProfile {
    fn from(choice: InstrumentChoice) -> Self {
        let InstrumentChoice { u_deg2, v_deg2, w_deg2, x_deg, y_deg, s_over_l, h_over_l, covariance } = choice;
        Self { u_deg2, v_deg2, w_deg2, x_deg, y_deg, s_over_l, h_over_l, covariance }
    }
}

impl InstrumentProfile {
    /// U, V, W, X, Y, S/L and H/L: the order of the covariance.
    pub fn numbers(&self) -> [f64; INSTRUMENT_NUMBERS] {
        [self.u_deg2, self.v_deg2, self.w_deg2, self.x_deg, self.y_deg, self.s_over_l, self.h_over_l]
    }

    /// The instrument of these numbers, taken as exact.
    pub fn of_numbers(numbers: [f64; INSTRUMENT_NUMBERS]) -> Self {
        let [u_deg2, v_deg2, w_deg2, x_deg, y_deg, s_over_l, h_over_l] = numbers;
        Self { u_deg2, v_deg2, w_deg2, x_deg, y_deg, s_over_l, h_over_l, covariance: None }
    }

    /// Squared FWHM of the Gaussian part; negative where the numbers make no width.
    pub fn gaussian_fwhm_squared_deg2(&self, two_theta_deg: f64) -> f64 {
        let tangent = (0.5 * two_theta_deg).to_radians().tan();
        (self.u_deg2 * tangent + self.v_deg2) * tangent + self.w_deg2
    }

    /// FWHM of the Lorentzian part; negative where the numbers make no width.
    pub fn lorentzian_fwhm_deg(&self, two_theta_deg: f64) -> f64 {
        let theta = (0.5 * two_theta_deg).to_radians();
        self.x_deg / theta.cos() + self.y_deg * theta.tan()
    }

    /// Gaussian and Lorentzian part at an angle with their covariance, which the instrument's numbers share.
    ///
    /// `∂G = ∂(G²)/(2G)`; where G² is not above its own σ the root of that σ bounds the σ of G.
    pub fn parts(&self, two_theta_deg: f64) -> InstrumentParts {
        let theta = (0.5 * two_theta_deg).to_radians();
        let (tangent, secant) = (theta.tan(), 1.0 / theta.cos());
        let gaussian = self.gaussian_fwhm_squared_deg2(two_theta_deg).max(0.0).sqrt();
        let by_square = [tangent * tangent, tangent, 1.0, 0.0, 0.0, 0.0, 0.0];
        let by_lorentzian = [0.0, 0.0, 0.0, secant, tangent, 0.0, 0.0];
        let covariance_deg2 = self.covariance.map(|covariance| {
            let between = |a: &[f64], b: &[f64]| -> f64 {
                covariance.iter().zip(a).map(|(row, a)| a * row.iter().zip(b).map(|(c, b)| c * b).sum::<f64>()).sum()
            };
            let variance = between(&by_square, &by_square).max(0.0);
            let slope = 1.0 / (2.0 * gaussian).max(variance.sqrt().sqrt()).max(f64::MIN_POSITIVE);
            let both = slope * between(&by_square, &by_lorentzian);
            let lorentzian = between(&by_lorentzian, &by_lorentzian).max(0.0);
            [[slope * slope * variance, both], [both, lorentzian]]
        });
        InstrumentParts { fwhm_deg: [gaussian, self.lorentzian_fwhm_deg(two_theta_deg).max(0.0)], covariance_deg2 }
    }

    /// Symmetric profile of one emission line at an angle, without axial divergence.
    ///
    /// # Errors
    /// [`Error::Recipe`] with the angle where the numbers give a negative width or none at all.
    pub fn at(&self, two_theta_deg: f64) -> Result<Tch> {
        let (squared, lorentzian) =
            (self.gaussian_fwhm_squared_deg2(two_theta_deg), self.lorentzian_fwhm_deg(two_theta_deg));
        let refuse = |what: &str, value: f64| {
            Err(Error::Recipe(format!("instrument: {what} {value:.3e} at 2θ = {two_theta_deg}°, expected a width")))
        };
        if !(squared >= 0.0 && squared.is_finite()) {
            return refuse("U tan²θ + V tanθ + W =", squared);
        }
        if !(lorentzian >= 0.0 && lorentzian.is_finite()) {
            return refuse("X/cosθ + Y tanθ =", lorentzian);
        }
        Tch::new(squared.sqrt(), lorentzian).or_else(|_| refuse("width", 0.0))
    }

    /// FWHM of one emission line at an angle.
    ///
    /// # Errors
    /// As [`InstrumentProfile::at`].
    pub fn fwhm_deg(&self, two_theta_deg: f64) -> Result<f64> {
        Ok(self.at(two_theta_deg)?.fwhm().value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PROFILE: InstrumentProfile = InstrumentProfile {
        u_deg2: 0.004,
        v_deg2: -0.002,
        w_deg2: 0.003,
        x_deg: 0.02,
        y_deg: 0.01,
        s_over_l: 0.0,
        h_over_l: 0.0,
        covariance: None,
    };

    #[test]
    fn parts_follow_their_formulas() {
        // Truth: closed form at 2θ = 90°, tanθ = 1, cosθ = 1/√2.
        assert!((PROFILE.gaussian_fwhm_squared_deg2(90.0) - 0.005).abs() < 1e-15);
        assert!((PROFILE.lorentzian_fwhm_deg(90.0) - (0.02 * 2f64.sqrt() + 0.01)).abs() < 1e-15);
        let whole = PROFILE.fwhm_deg(90.0).unwrap();
        assert!(whole > 0.005f64.sqrt() && whole < 0.005f64.sqrt() + 0.0383);
    }

    #[test]
    fn numbers_without_a_width_are_refused_by_angle() {
        let bad = InstrumentProfile { w_deg2: -0.1, ..PROFILE };
        assert!(bad.at(40.0).unwrap_err().to_string().contains("2θ = 40°"));
        assert!(InstrumentProfile::from(InstrumentChoice::default()).at(40.0).is_err());
    }

    #[test]
    fn parts_carry_the_covariance_of_the_numbers() {
        // Truth: closed form at 2θ = 90°: σ²(G²) = Σ C over U, V, W, σ(G) = σ(G²)/2G; L = √2 X + Y.
        let mut covariance = [[0.0; 7]; 7];
        covariance[0][0] = 1e-8;
        covariance[2][2] = 3e-8;
        (covariance[0][2], covariance[2][0]) = (-1e-8, -1e-8);
        covariance[3][3] = 1e-6;
        (covariance[2][3], covariance[3][2]) = (1e-7, 1e-7);
        let parts = InstrumentProfile { covariance: Some(covariance), ..PROFILE }.parts(90.0);
        let [[g, both], [_, l]] = parts.covariance_deg2.unwrap();
        assert!((g - 2e-8 / (4.0 * 0.005)).abs() < 1e-15 && (l - 2e-6).abs() < 1e-15);
        assert!((both - 2f64.sqrt() * 1e-7 / (2.0 * 0.005f64.sqrt())).abs() < 1e-15);
        let none = InstrumentProfile { u_deg2: 0.0, v_deg2: 0.0, w_deg2: 0.0, covariance: Some(covariance), ..PROFILE };
        let [[g, _], _] = none.parts(90.0).covariance_deg2.unwrap();
        assert!((g - 2e-8f64.sqrt()).abs() < 1e-12, "a width of zero is not exact: {g}");
    }
}
