//! Errors of the diffraction side, grouped by stage.

use doublet_common::error::{Error as CommonError, FileError};

/// Result of this crate; readers name the narrower [`FileError`] where nothing else can happen.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Everything that can go wrong between the diffractometer's file and the numbers.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Reading, data, fit: from the ground floor.
    #[error(transparent)]
    Common(#[from] CommonError),
    /// A scan that cannot be written in the format asked for.
    #[error("format: {0}")]
    Format(String),
    /// The wavelength is neither in the file nor in the recipe.
    #[error(
        "{file}: the file states no wavelength; give it with --radiation (Cr, Fe, Co, Cu, Mo, Ag) or in the recipe"
    )]
    NoWavelength {
        /// File that lacks it.
        file: String,
    },
    /// A recipe that contradicts itself or the data.
    #[error("recipe: {0}")]
    Recipe(String),
    /// An instrument file that cannot be used.
    #[error("{file}: {message}; expected an instrument file of `doublet xrd calibrate`, GSAS or GSAS-II")]
    Instrument {
        /// The file.
        file: String,
        /// Line or field, and what was expected.
        message: String,
    },
    /// A crystal structure that cannot be used.
    #[error("structure {name}: {message}")]
    Structure {
        /// Name or id of the structure.
        name: String,
        /// Offending value and what was expected.
        message: String,
    },
    /// The analysis cannot go on.
    #[error("{stage}: {message}")]
    Analysis {
        /// Stage that refused.
        stage: &'static str,
        /// Offending value and what was expected.
        message: String,
    },
}

impl From<FileError> for Error {
    fn from(error: FileError) -> Self {
        Self::Common(error.into())
    }
}
