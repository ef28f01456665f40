//! Crystallite size from line breadths, with the instrument taken out before any size is quoted.

mod breadth;
mod scherrer;

pub use breadth::{Breadth, SampleBreadth, without_instrument};
pub use scherrer::{MeasuredReflection, scherrer};
