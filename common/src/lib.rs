//! The ground floor of doublet: what powder diffraction and photoelectron spectroscopy share.
//!
//! Nothing in this crate knows a phase, an element or a file vendor.
//!
//! Counts of a constant source, with a known answer: the most likely rate is their mean, its variance mean/n.
//!
//! ```
//! use doublet_common::fit::{Jacobian, Model, Options, Parameters, Weights, fit};
//!
//! struct Constant(usize);
//!
//! impl Model for Constant {
//!     fn observations(&self) -> usize {
//!         self.0
//!     }
//!
//!     fn evaluate(&self, p: &[f64], y: &mut [f64], j: Option<&mut Jacobian>) -> doublet_common::Result<()> {
//!         y.fill(p[0]);
//!         if let Some(j) = j {
//!             j.window(0, 0..self.0).fill(1.0);
//!         }
//!         Ok(())
//!     }
//! }
//!
//! let counts = [3.0, 0.0, 5.0, 1.0];
//! let mut parameters = Parameters::new();
//! let rate = parameters.bounded("rate", 1.0, 0.0, f64::INFINITY);
//! let weights = Weights::Poisson { gain: &[1.0; 4] };
//! let result = fit(&Constant(4), &parameters, &counts, weights, &Options::default())?;
//! let rate = result.quantity(rate);
//! assert!((rate.value - 2.25).abs() < 1e-9);
//! assert!((rate.sigma.unwrap() - 0.75).abs() < 1e-9);
//! # Ok::<(), doublet_common::Error>(())
//! ```

pub mod archive;
pub mod background;
pub mod binary;
pub mod container;
pub mod convolution;
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
pub mod vector;
pub mod xml;

pub use data::{Measurement, SigmaSource};
pub use error::{Error, FileError, Location, Result};
pub use quantity::Quantity;
