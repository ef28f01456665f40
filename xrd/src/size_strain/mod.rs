//! Crystallite size and strain from line breadths, with the instrument taken out before any size is quoted.
//!
//! [`scherrer`] gives sizes of single reflections and their mean; [`size_and_strain`] puts all methods side by side.

mod breadth;
mod comparison;
mod directions;
mod estimate;
mod halder_wagner;
mod joint;
mod limits;
mod linear;
mod lines;
mod methods;
mod representation;
mod scherrer;
mod warren_averbach;
mod williamson_hall;

#[cfg(test)]
mod truth;

pub use breadth::{Breadth, SampleBreadth, without_instrument};
pub use directions::Lattice;
pub use methods::size_and_strain;
pub use representation::PeakConditions;
pub(crate) use representation::corrected;
pub use scherrer::{MeasuredReflection, scherrer};
