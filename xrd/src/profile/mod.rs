//! Profiles: what one Bragg peak looks like, before and after the instrument.
//!
//! A peak is one object with all its emission lines ([`bragg_lines`]): position at the reference line (Kα1), the others
//! where Bragg's law puts them, intensities in the fixed ratio of the [`Radiation`](crate::radiation::Radiation). Its
//! line shape is one of [`doublet_common::lineshape`]; the part of its width that is the instrument's is an
//! [`InstrumentProfile`].

mod emission;
mod instrument;

pub use emission::{BraggLine, bragg_lines};
pub use instrument::InstrumentProfile;
