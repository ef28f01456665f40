//! Crystallite size and strain from line breadths, with the instrument taken out before any size is quoted.
//!
//! [`scherrer`] gives sizes of single reflections and their mean; [`size_and_strain`] puts all methods side by side. Breadths are
//! those of fitted peaks; Warren–Averbach takes the measured profiles ([`LineProfile`]) where these stand apart.

mod breadth;
mod comparison;
mod directions;
mod estimate;
mod fourier_coefficients;
mod halder_wagner;
mod joint;
mod limits;
mod line_profile;
mod linear;
mod lines;
mod methods;
mod representation;
mod scherrer;
mod warren_averbach;
mod whole_pattern;
mod williamson_hall;

#[cfg(test)]
mod profile_truth;
#[cfg(test)]
mod truth;

pub use breadth::{Breadth, SampleBreadth, without_instrument};
pub use directions::Lattice;
pub use line_profile::{Continuation, LineProfile};
pub use methods::size_and_strain;
pub use representation::PeakConditions;
pub(crate) use representation::corrected;
pub use scherrer::{MeasuredReflection, scherrer};
pub(crate) use whole_pattern::{add, terms_to_fit};
