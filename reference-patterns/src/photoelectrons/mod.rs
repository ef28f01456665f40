//! Photoelectron lines: binding energies of chemical states, spin–orbit pairs, elemental and Auger lines, sensitivity
//! factors. Facts with their sources; nothing is computed here but l : l + 1.
//!
//! Tables: `states.txt`, `splittings.txt`, `elemental_lines.txt`, `auger.txt`, `scofield.txt`, `althermo1.txt`; each names
//! its sources at the top.
//!
//! ```
//! use doublet_reference_patterns::photoelectrons::{self as xps, Level, Library};
//!
//! let bismuth: Level = "Bi4f7/2".parse().unwrap();
//! assert_eq!(bismuth.to_string(), "Bi 4f7/2");
//! assert_eq!(xps::spin_orbit(&bismuth).unwrap().splitting_ev, 5.31);
//! assert_eq!(bismuth.minor_to_major_area(), Some(0.75));
//! assert_eq!(xps::sensitivity(Library::Scofield, &bismuth.subshell()), Some(24.83));
//! ```

mod level;
mod lines;
mod sensitivity;
mod states;

pub use level::{Level, LevelError, Orbital};
pub use lines::{
    AugerLine, ElementalLine, PartnerWidth, SpinOrbit, auger_lines, elemental_line, elemental_lines, spin_orbit,
};
pub use sensitivity::{Library, library, sensitivity};
pub use states::{ChemicalState, StateKind, StateReference, state, states, states_of};

/// Rows of a table: neither comments nor empty.
fn rows(text: &'static str) -> impl Iterator<Item = &'static str> {
    text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'))
}
