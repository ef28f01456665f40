//! The ground floor of doublet: what powder diffraction and photoelectron spectroscopy share.
//!
//! Nothing in this crate knows a phase, an element or a file vendor.

pub mod archive;
pub mod background;
pub mod binary;
pub mod container;
pub mod data;
pub mod error;
pub mod fit;
pub mod format;
pub mod lineshape;
pub mod ole;
pub mod output;
pub mod provenance;
pub mod quantity;
pub mod spreadsheet;
pub mod text;
pub mod xml;

pub use data::{Measurement, SigmaSource};
pub use error::{Error, FileError, Location, Result};
pub use quantity::Quantity;
