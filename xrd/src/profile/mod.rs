//! Profiles: what one Bragg peak looks like, before and after the instrument.
//!
//! A peak is one object with all its emission lines ([`bragg_lines`]): position at the reference line (Kα1), the others
//! where Bragg's law puts them, intensities in the fixed ratio of the [`Radiation`](crate::radiation::Radiation). Its
//! line shape is one of [`doublet_common::lineshape`]; the part of its width that is the instrument's is an
//! [`InstrumentProfile`].

mod axial;
mod contamination;
mod emission;
mod file;
pub mod fundamental;
mod gsas;
mod instrument;
mod measured;
mod reflection;
mod spectrum;

pub(crate) use axial::{copies, few_copies};
pub use contamination::{Contamination, ContaminationKind};
pub use emission::{BraggLine, bragg_lines};
pub use file::{CalibrationParameter, CalibrationRecord, InstrumentFile, InstrumentOrigin, StandardUsed};
pub use instrument::{InstrumentParts, InstrumentProfile};
pub use measured::{MEASURED_NAMES, MeasuredProfile};
pub use reflection::{ProfileParameter, ReflectionProfile, ReflectionValues};
pub use spectrum::{EmissionModel, Spectrum, SpectrumLine};
