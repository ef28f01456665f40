//! Reference facts for both techniques: plain text files compiled in, each with its source, behind a small typed API.
//!
//! [`elements`] names the elements and their masses, [`scattering`] gives form factors, dispersion and attenuation,
//! [`crystals`] holds published crystal structures, [`photoelectrons`] lists core levels, chemical states and sensitivity
//! factors. There are facts here and no algorithms: symmetry, structure factors and patterns are computed by the crates
//! above.
//!
//! ```
//! use doublet_reference_patterns::{crystals, elements::Species, scattering};
//!
//! let lgp = crystals::phase("LiGe2P3O12").unwrap();
//! assert!(lgp.cards.contains(&"JCPDS 80-1922"));
//! let germanium: Species = "Ge4+".parse().unwrap();
//! // A free ion scatters forward with all its electrons: 32 - 4.
//! assert!((scattering::form_factor(germanium).unwrap().at(0.0) - 28.0).abs() < 0.02);
//! ```

pub mod crystals;
pub mod elements;
pub mod emission;
pub mod photoelectrons;
pub mod scattering;
pub mod standards;
