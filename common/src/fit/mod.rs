//! Least squares for every fit of both techniques.

mod model;
mod parameters;

pub use model::{Jacobian, Model, WindowedColumn};
pub use parameters::{Coupling, Parameter, ParameterId, Parameters};
