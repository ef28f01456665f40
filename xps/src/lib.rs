//! X-ray photoelectron spectroscopy, from the spectrometer's file to numbers.
//!
//! The module list is the method: a [`region`] is read by one of the [`formats`], with any fit another program left in the
//! file as [`foreign_fit`].

pub mod analysis;
pub mod background;
pub mod core_level;
pub mod energy_scale;
pub mod error;
pub mod fit;
pub mod foreign_fit;
pub mod formats;
pub mod lineshape;
pub mod model;
pub mod quantify;
pub mod recipe;
pub mod region;
pub mod review;
pub mod simulate;
pub mod survey;

pub use error::{Error, Result};
