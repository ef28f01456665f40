//! Errors of a study.

/// Result of this crate.
pub type Result<T> = std::result::Result<T, Error>;

/// What can keep a study from being made. What keeps one sample from being analysed stands with that sample.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The study file does not say what it must.
    #[error("{0}")]
    StudyFile(String),
    /// Diffraction: a recipe.
    #[error(transparent)]
    Xrd(#[from] doublet_xrd::Error),
    /// Photoelectrons: a recipe.
    #[error(transparent)]
    Xps(#[from] doublet_xps::Error),
    /// A file that cannot be read.
    #[error(transparent)]
    Common(#[from] doublet_common::Error),
}
