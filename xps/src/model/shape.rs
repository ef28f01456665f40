//! Line shapes that a component can have, by the names that recipes use.

use doublet_common::lineshape::{BaseShape, Point, Profile, Shape, Voigt, Width};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::lineshape::{AsymmetricLorentzian, DoniachSunjic, GlProduct, TailedGl};

/// Shape of a component. Positions of asymmetric shapes are those of the unbroadened line; their tails lie towards higher
/// binding energy.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ComponentShape {
    /// Lorentzian of the core hole convolved with a Gaussian: `gaussian_fwhm`, `lorentzian_fwhm`, both in eV.
    #[default]
    Voigt,
    /// Sum of a Gaussian and a Lorentzian of one width: `fwhm` in eV, `lorentzian_fraction`.
    GlSum,
    /// Product of a Gaussian and a Lorentzian: `fwhm` in eV, `lorentzian_fraction`.
    GlProduct,
    /// Line of a metal, convolved with a Gaussian: `lorentzian_fwhm`, `gaussian_fwhm` in eV, `asymmetry`.
    DoniachSunjic,
    /// Lorentzian with powers `alpha` and `beta` on its two sides, convolved with a Gaussian (CasaXPS's LA):
    /// `lorentzian_fwhm`, `gaussian_fwhm` in eV, `alpha`, `beta`.
    La,
    /// The same with damped tails (CasaXPS's LF).
    Lf {
        /// Width of the damping in units of the Lorentzian width (CasaXPS's w).
        damping: u16,
    },
    /// GL product with an exponential tail: `fwhm` in eV, `lorentzian_fraction`, `tail`.
    TailedGl,
}

/// A [`ComponentShape`] prepared for one set of parameters.
#[derive(Debug, Clone)]
pub enum PreparedShape {
    /// Voigt function.
    Voigt(Voigt),
    /// A shape of the ground floor.
    Profile(Profile),
    /// GL product.
    GlProduct(GlProduct),
    /// Doniach–Šunjić.
    DoniachSunjic(DoniachSunjic),
    /// LA or LF.
    AsymmetricLorentzian(AsymmetricLorentzian),
    /// GL product with a tail.
    TailedGl(TailedGl),
}

impl ComponentShape {
    /// One of each, for lists and tests.
    pub const ALL: [Self; 7] = [
        Self::Voigt,
        Self::GlSum,
        Self::GlProduct,
        Self::DoniachSunjic,
        Self::La,
        Self::Lf { damping: 80 },
        Self::TailedGl,
    ];

    /// Name for reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Voigt => "Voigt",
            Self::GlSum => "Gaussian–Lorentzian sum",
            Self::GlProduct => "Gaussian–Lorentzian product",
            Self::DoniachSunjic => "Doniach–Šunjić ⊗ Gaussian",
            Self::La => "asymmetric Lorentzian ⊗ Gaussian (LA)",
            Self::Lf { .. } => "asymmetric Lorentzian with damped tails ⊗ Gaussian (LF)",
            Self::TailedGl => "Gaussian–Lorentzian product with exponential tail",
        }
    }

    /// Names of the parameters, in order; widths are in eV.
    pub fn parameter_names(self) -> &'static [&'static str] {
        match self {
            Self::Voigt => BaseShape::Voigt.symmetric().parameter_names(),
            Self::GlSum | Self::GlProduct => BaseShape::PseudoVoigt.symmetric().parameter_names(),
            Self::DoniachSunjic => &["lorentzian_fwhm", "gaussian_fwhm", "asymmetry"],
            Self::La | Self::Lf { .. } => &["lorentzian_fwhm", "gaussian_fwhm", "alpha", "beta"],
            Self::TailedGl => &["fwhm", "lorentzian_fraction", "tail"],
        }
    }

    /// Whether its two sides differ.
    pub fn is_asymmetric(self) -> bool {
        match self {
            Self::Voigt | Self::GlSum | Self::GlProduct => false,
            Self::DoniachSunjic | Self::La | Self::Lf { .. } | Self::TailedGl => true,
        }
    }

    /// Lower and upper bound of a parameter, in the order of the names.
    pub(super) fn bounds(self, index: usize) -> [f64; 2] {
        match self.parameter_names().get(index).copied() {
            Some("lorentzian_fraction") => [0.0, 1.0],
            Some("lorentzian_fwhm") if self == Self::Voigt => [MIN_LORENTZIAN_EV, MAX_WIDTH_EV],
            // Beyond, a line of the tabulated kind would have lost more than half of its area to its tail.
            Some("asymmetry") => [0.0, 0.5],
            Some("alpha" | "beta") => [if self == Self::La { 0.6 } else { 0.2 }, 20.0],
            Some("tail") => [0.1, 30.0],
            _ => [MIN_WIDTH_EV, MAX_WIDTH_EV],
        }
    }

    /// Start value of a parameter that is no width and no Lorentzian fraction.
    pub(super) fn start(self, index: usize) -> f64 {
        match self.parameter_names().get(index).copied() {
            Some("asymmetry") => 0.08,
            Some("alpha") => 1.2,
            Some("beta") => 1.6,
            Some("tail") => 1.5,
            _ => {
                let [lower, upper] = self.bounds(index);
                0.5 * (lower + upper)
            }
        }
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
            (Self::GlProduct, [fwhm, fraction]) => Ok(PreparedShape::GlProduct(GlProduct::new(*fwhm, *fraction)?)),
            (Self::DoniachSunjic, [lorentzian, gaussian, asymmetry]) => {
                Ok(PreparedShape::DoniachSunjic(DoniachSunjic::new(*lorentzian, *gaussian, *asymmetry)?))
            }
            (Self::La, [l, g, alpha, beta]) => {
                Ok(PreparedShape::AsymmetricLorentzian(AsymmetricLorentzian::new(*l, *g, *alpha, *beta, None)?))
            }
            (Self::Lf { damping }, [l, g, alpha, beta]) => {
                let damping = Some(f64::from(damping));
                Ok(PreparedShape::AsymmetricLorentzian(AsymmetricLorentzian::new(*l, *g, *alpha, *beta, damping)?))
            }
            (Self::TailedGl, [fwhm, fraction, tail]) => {
                Ok(PreparedShape::TailedGl(TailedGl::new(*fwhm, *fraction, *tail)?))
            }
            _ => Err(doublet_common::Error::Domain {
                method: "component shape",
                message: format!(
                    "{} parameter(s) {parameters:?}, expected {:?}",
                    parameters.len(),
                    self.parameter_names()
                ),
            }),
        }
    }
}

/// Narrowest Gaussian or total width that a fit may reach, in eV: below any laboratory spectrometer.
const MIN_WIDTH_EV: f64 = 0.05;
/// Narrowest core-hole width, in eV.
const MIN_LORENTZIAN_EV: f64 = 0.001;
/// Widest line, in eV.
const MAX_WIDTH_EV: f64 = 12.0;

impl PreparedShape {
    fn shape(&self) -> &dyn Shape {
        match self {
            Self::Voigt(s) => s,
            Self::Profile(s) => s,
            Self::GlProduct(s) => s,
            Self::DoniachSunjic(s) => s,
            Self::AsymmetricLorentzian(s) => s,
            Self::TailedGl(s) => s,
        }
    }
}

impl Shape for PreparedShape {
    fn at(&self, offset: f64) -> Point {
        // The usual shape without an indirect call.
        if let Self::Voigt(s) = self { s.at(offset) } else { self.shape().at(offset) }
    }

    fn fwhm(&self) -> Width {
        self.shape().fwhm()
    }

    fn integral_breadth(&self) -> Width {
        self.shape().integral_breadth()
    }

    fn half_window(&self, outside: f64) -> f64 {
        self.shape().half_window(outside)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Truth: the bounds of each shape's own parameters; a fit may go everywhere within them.
    #[test]
    fn every_shape_can_be_prepared_within_its_bounds() {
        for shape in ComponentShape::ALL {
            let names = shape.parameter_names();
            let starts: Vec<f64> = (0..names.len()).map(|i| shape.start(i).min(1.0)).collect();
            for index in 0..names.len() {
                for bound in shape.bounds(index) {
                    let mut parameters = starts.clone();
                    parameters[index] = bound;
                    let prepared = shape.with(&parameters).unwrap_or_else(|e| panic!("{shape:?} {parameters:?}: {e}"));
                    assert!(prepared.at(0.3).value.is_finite(), "{shape:?} {parameters:?}");
                }
            }
            assert!(shape.with(&starts[..1]).is_err());
        }
    }
}
