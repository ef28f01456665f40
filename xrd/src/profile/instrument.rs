//! Width of the instrument alone over 2θ: Gaussian `FWHM² = U tan²θ + V tanθ + W` (Caglioti, Paoletti & Ricci, Nucl.
//! Instrum. 3 (1958) 223), Lorentzian `FWHM = X/cosθ + Y tanθ`, put together as Thompson–Cox–Hastings pseudo-Voigt.

use doublet_common::lineshape::{Shape, Tch};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::recipe::InstrumentChoice;

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
}

impl From<InstrumentChoice> for InstrumentProfile {
    fn from(choice: InstrumentChoice) -> Self {
        let InstrumentChoice { u_deg2, v_deg2, w_deg2, x_deg, y_deg } = choice;
        Self { u_deg2, v_deg2, w_deg2, x_deg, y_deg }
    }
}

impl InstrumentProfile {
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

    /// Profile of one emission line at an angle.
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

    const PROFILE: InstrumentProfile =
        InstrumentProfile { u_deg2: 0.004, v_deg2: -0.002, w_deg2: 0.003, x_deg: 0.02, y_deg: 0.01 };

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
        let none = InstrumentProfile { u_deg2: 0.0, v_deg2: 0.0, w_deg2: 0.0, x_deg: 0.0, y_deg: 0.0 };
        assert!(none.at(40.0).is_err());
    }
}
