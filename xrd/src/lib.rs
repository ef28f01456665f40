//! Powder X-ray diffraction, from the diffractometer's file to numbers.
//!
//! The module list is the method: a [`scan`] is read by one of the [`formats`], its [`radiation`] known; background
//! and [`peaks`] are fitted with the [`profile`] of the instrument; [`structure`]s give calculated [`pattern`]s, by which
//! [`identify`] names phases; [`size_strain`] gives crystallite sizes; [`analysis`] does all of it from one [`recipe`]. [`simulate`] makes scans with known truth.

pub mod analysis;
mod cif;
pub mod error;
pub mod formats;
pub mod identify;
pub mod pattern;
pub mod peaks;
pub mod profile;
pub mod radiation;
pub mod recipe;
pub mod refine;
pub mod scan;
pub mod simulate;
pub mod size_strain;
pub mod structure;

pub use error::{Error, Result};
