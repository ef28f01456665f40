//! The physics of a core-level spectrum as one least-squares model: doublets as one object, affine ties within and across
//! regions, backgrounds that the peaks themselves feed.

mod build;
mod compiled;
mod shape;
mod start;

pub use build::{BuiltModel, ComponentHandle, RegionData, build};
pub use compiled::{Line, RegionCurves, RegionModel, SampleModel};
pub use shape::{ComponentShape, PreparedShape};
