//! Errors of the photoelectron side, grouped by stage.

use doublet_common::error::{Error as CommonError, FileError};

/// Result of this crate.
pub type Result<T> = std::result::Result<T, Error>;

/// Everything that can go wrong between the spectrometer's file and the numbers.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Reading, data, fit: from the ground floor.
    #[error(transparent)]
    Common(#[from] CommonError),
    /// Columns of numbers whose energy axis nobody declared.
    #[error(
        "{file}: the file does not say which energies its first column holds; \
         give --axis be, or --axis ke with --photon-energy in eV (Al Kα 1486.6, Mg Kα 1253.6)"
    )]
    NoEnergyAxis {
        /// File that lacks it.
        file: String,
    },
    /// A line shape or background outside its domain.
    #[error("{model}: {message}")]
    Model {
        /// Line shape or background that refused.
        model: &'static str,
        /// Offending value and what was expected.
        message: String,
    },
    /// A recipe that contradicts itself or the data.
    #[error("recipe: {0}")]
    Recipe(String),
    /// The analysis cannot go on.
    #[error("{stage}: {message}")]
    Analysis {
        /// Stage that refused.
        stage: &'static str,
        /// Offending value, what was expected and what to do.
        message: String,
    },
}

impl From<FileError> for Error {
    fn from(error: FileError) -> Self {
        Self::Common(error.into())
    }
}
