//! X-ray photoelectron spectroscopy, from the spectrometer's file to numbers.
//!
//! The module list is the method: a [`region`] is read by one of the [`formats`], with any fit another program left in the
//! file as [`foreign_fit`]; a [`survey`] names the elements; the [`energy_scale`] is set by a reference; a [`recipe`] becomes a
//! [`model`] of [`lineshape`]s on a [`background`] and one [`fit`]; areas are [`quantify`]-ed; [`review`] reads it all as a
//! referee would; [`analysis`] is all of it in one call, and [`simulate`] makes spectra of known truth to prove it.
//!
//! ```
//! use doublet_xps::analysis::analyze;
//! use doublet_xps::recipe::Recipe;
//! use doublet_xps::simulate::{Simulation, simulate};
//!
//! let sample = r#"
//! sample = "bismuth oxide (simulated)"
//! photon_energy_ev = 1486.68
//! charge_shift_ev = 0.4
//! brightness = 60.0
//! pass_energy_ev = 50.0
//! [[region]]
//! core_level = "Bi 4f"
//! range_ev = [151.0, 171.0]
//! step_ev = 0.1
//! dwell_time_s = 0.05
//! scans = 20
//! background_cps = 1200.0
//! shirley_per_ev = 0.01
//! [[region.component]]
//! state = "Bi2O3"
//! binding_energy_ev = 158.9
//! atomic_percent = 2.0
//! gaussian_fwhm_ev = 1.2
//! lorentzian_fwhm_ev = 0.25
//! "#;
//! let spectra = simulate(&Simulation::from_toml("sample", sample)?, 1)?;
//! let recipe = r#"
//! energy_reference = { mode = "shift", shift_ev = 0.4 }
//! uncertainty = { resamplings = 0 }
//! [[region]]
//! core_level = "Bi 4f"
//! states = ["Bi2O3"]
//! "#;
//! let analysis = analyze(&spectra, &Recipe::from_toml("recipe", recipe)?.resolve()?)?;
//! let oxide = &analysis.regions[0].components[0];
//! assert!((oxide.binding_energy_ev.value - 158.9).abs() < 3.0 * oxide.binding_energy_ev.sigma.unwrap());
//! # Ok::<(), doublet_xps::Error>(())
//! ```

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
