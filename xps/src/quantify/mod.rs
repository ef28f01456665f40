//! From areas to atomic concentrations: sensitivity factors, transmission, inelastic mean free path.

mod path_length;
mod sensitivity;

pub use path_length::{PathLengthMaterial, relative_path_length, tpp2m_angstrom};
pub use sensitivity::{Factor, factor};
