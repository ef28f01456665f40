//! Line shapes of photoelectrons beyond those of the ground floor, on the trait that those share
//! ([`Shape`](doublet_common::lineshape::Shape)): value and all derivatives in one function, area one.
//!
//! Offsets count towards higher binding energy, so that loss tails lie at positive offsets. The position of an asymmetric
//! shape is that of its unbroadened line, not of its maximum. Gaussian widths are those of the instrument.
//!
//! | shape | parameters | asymmetric |
//! |---|---|---|
//! | [`GlSum`] | `fwhm`, `lorentzian_fraction` (of the height) | no |
//! | [`GlProduct`] | `fwhm`, `lorentzian_fraction` | no |
//! | [`AsymmetricLorentzian`] | `lorentzian_fwhm`, `gaussian_fwhm`, `alpha`, `beta` | yes |
//! | [`DoniachSunjic`] | `lorentzian_fwhm`, `gaussian_fwhm`, `asymmetry` | yes |
//! | [`TailedGl`] | `fwhm`, `lorentzian_fraction`, `tail` | yes |
//!
//! [`CasaShape`] reads the names by which CasaXPS writes its shapes.

mod asymmetric_lorentzian;
mod casa;
mod doniach_sunjic;
mod gl;
mod tailed_gl;
mod widths;

#[cfg(test)]
mod contract;

pub use asymmetric_lorentzian::AsymmetricLorentzian;
pub use casa::CasaShape;
pub use doniach_sunjic::DoniachSunjic;
pub use gl::{GlProduct, GlSum};
pub use tailed_gl::TailedGl;

use doublet_common::{Error, Result};

/// 2√(2 ln 2): FWHM of a Gaussian of unit standard deviation.
const SIGMA_TO_FWHM: f64 = 2.3548200450309493;
/// Smallest and largest width that is taken, in eV.
const WIDTHS_EV: std::ops::RangeInclusive<f64> = 1e-4..=1e4;

/// Refusal of one argument.
fn domain(method: &'static str, name: &str, value: f64, expected: &str) -> Error {
    Error::Domain { method, message: format!("{name} {value}, expected {expected}") }
}

/// A width in eV that must be positive.
fn width(method: &'static str, name: &str, value: f64) -> Result<f64> {
    if WIDTHS_EV.contains(&value) {
        Ok(value)
    } else {
        let expected = format!("{} to {} eV", WIDTHS_EV.start(), WIDTHS_EV.end());
        Err(domain(method, name, value, &expected))
    }
}

/// A width in eV that may be zero.
fn width_or_zero(method: &'static str, name: &str, value: f64) -> Result<f64> {
    if value == 0.0 { Ok(value) } else { width(method, name, value) }
}

/// A fraction from 0 to 1.
fn fraction(method: &'static str, name: &str, value: f64) -> Result<f64> {
    if (0.0..=1.0).contains(&value) { Ok(value) } else { Err(domain(method, name, value, "a number from 0 to 1")) }
}
