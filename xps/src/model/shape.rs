//! Line shapes that a component can have, by the names that recipes use.

use doublet_common::lineshape::{BaseShape, Point, Profile, Shape, Voigt, Width};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Shape of a component.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ComponentShape {
    /// Lorentzian of the core hole convolved with a Gaussian: `gaussian_fwhm`, `lorentzian_fwhm`, both in eV.
    #[default]
    Voigt,
    /// Sum of a Gaussian and a Lorentzian of one width: `fwhm` in eV, `lorentzian_fraction`.
    GlSum,
}

/// A [`ComponentShape`] prepared for one set of parameters.
#[derive(Debug, Clone)]
pub enum PreparedShape {
    /// Voigt function.
    Voigt(Voigt),
    /// A shape of the ground floor.
    Profile(Profile),
}

impl ComponentShape {
    /// Names of the parameters, in order; widths are in eV.
    pub fn parameter_names(self) -> &'static [&'static str] {
        match self {
            Self::Voigt => BaseShape::Voigt.symmetric().parameter_names(),
            Self::GlSum => BaseShape::PseudoVoigt.symmetric().parameter_names(),
        }
    }

    /// Whether its two sides differ.
    pub fn is_asymmetric(self) -> bool {
        match self {
            Self::Voigt | Self::GlSum => false,
        }
    }

    /// Lower and upper bound of a parameter, in the order of the names.
    pub(super) fn bounds(self, index: usize) -> [f64; 2] {
        match (self, index) {
            (Self::GlSum, 1) => [0.0, 1.0],
            (Self::Voigt, 1) => [MIN_LORENTZIAN_EV, MAX_WIDTH_EV],
            _ => [MIN_WIDTH_EV, MAX_WIDTH_EV],
        }
    }

    /// Start value of a parameter that is no width and no Lorentzian fraction.
    pub(super) fn start(self, index: usize) -> f64 {
        let [lower, upper] = self.bounds(index);
        0.5 * (lower + upper)
    }

    /// Prepares the shape.
    ///
    /// # Errors
    /// As the shape itself: a width that is not positive, a fraction outside 0 to 1.
    pub fn with(self, parameters: &[f64]) -> doublet_common::Result<PreparedShape> {
        match (self, parameters) {
            (Self::Voigt, [gaussian, lorentzian]) => Ok(PreparedShape::Voigt(Voigt::new(*gaussian, *lorentzian)?)),
            (Self::Voigt, _) => Ok(PreparedShape::Profile(BaseShape::Voigt.symmetric().with(parameters)?)),
            (Self::GlSum, _) => Ok(PreparedShape::Profile(BaseShape::PseudoVoigt.symmetric().with(parameters)?)),
        }
    }
}

/// Narrowest Gaussian or total width that a fit may reach, in eV: below any laboratory spectrometer.
const MIN_WIDTH_EV: f64 = 0.05;
/// Narrowest core-hole width, in eV.
const MIN_LORENTZIAN_EV: f64 = 0.001;
/// Widest line, in eV.
const MAX_WIDTH_EV: f64 = 12.0;

impl Shape for PreparedShape {
    fn at(&self, offset: f64) -> Point {
        match self {
            Self::Voigt(s) => s.at(offset),
            Self::Profile(s) => s.at(offset),
        }
    }

    fn fwhm(&self) -> Width {
        match self {
            Self::Voigt(s) => s.fwhm(),
            Self::Profile(s) => s.fwhm(),
        }
    }

    fn integral_breadth(&self) -> Width {
        match self {
            Self::Voigt(s) => s.integral_breadth(),
            Self::Profile(s) => s.integral_breadth(),
        }
    }

    fn half_window(&self, outside: f64) -> f64 {
        match self {
            Self::Voigt(s) => s.half_window(outside),
            Self::Profile(s) => s.half_window(outside),
        }
    }
}
