//! A whole study: several samples, each with a diffraction scan and a set of photoelectron spectra, compared.
//!
//! A [`study_file`] names the samples, their files and recipes, and the assignments that the analyst makes.
//! [`analyze`] runs both techniques on every sample in parallel and goes on when one fails. From what they find follow the
//! [`properties`] of each sample, whether their [`comparison`] shows more than noise, the [`density`] by Archimedes'
//! principle against that of the fitted cell, the composition of bulk and [`surface`], and the answer to every
//! [`claims`] entry.
//!
//! ```
//! use doublet_study::density::{Archimedes, Fluid};
//!
//! // A cube of 1 cm³ of density 3 g/cm³ without pores, weighed in water of 25 °C (0.997047 g/cm³, Tanaka et al. 2001).
//! let masses = Archimedes { fluid: Fluid::Water, temperature_c: 25.0, ..Archimedes::weighed(3.0, 3.0, 3.0 - 0.997047) };
//! let bulk = masses.bulk_density_g_cm3()?;
//! assert!((bulk.value - 3.0).abs() < 1e-5);
//! assert!(bulk.sigma.is_some());
//! # Ok::<(), doublet_study::Error>(())
//! ```

mod analysis;
pub mod claims;
pub mod comparison;
mod composition;
pub mod density;
mod error;
pub mod properties;
mod run;
pub mod study_file;
pub mod surface;

pub use analysis::{MainPhase, SampleAnalysis, StudyAnalysis};
pub use error::{Error, Result};
pub use run::analyze;
