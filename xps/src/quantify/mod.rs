//! From areas to atomic concentrations: sensitivity factors, transmission, inelastic mean free path, error budget.

mod concentration;
mod path_length;
pub mod programs;
mod sensitivity;

pub use concentration::{Amount, ErrorBudget, concentrations};
pub use path_length::{PathLengthMaterial, relative_path_length, tpp2m_angstrom};
pub use sensitivity::{Factor, factor, factor_of_component};
