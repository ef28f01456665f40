//! The top floor of the photoelectron side: measured regions and a resolved recipe in, every number of the report out.
//!
//! [`Analysis`] is plain data. The report draws it, `--json` prints it, and there is no other path to a number.

mod asymmetry;
mod components;
mod own_shift;
mod prepare;
mod quantification;
mod run;
mod types;

pub(crate) use asymmetry::LARGEST_ASYMMETRY;
pub use run::analyze;
pub use types::*;

#[cfg(test)]
mod tests;
