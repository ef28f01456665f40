//! Errors of writing a report.

use std::io;
use std::path::PathBuf;

/// Result of this crate.
pub type Result<T> = std::result::Result<T, Error>;

/// Everything that can keep a report from being written.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file or folder could not be written; nothing of the report was left behind.
    #[error("{}: {source}", path.display())]
    Write {
        /// What was to be written.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// A file of the report is already there and overwriting was not asked for; nothing was written.
    #[error("{} exists and nothing was written; choose another folder, or --force to replace it", .0.display())]
    Exists(PathBuf),
    /// A number that has no place in a result.
    #[error("{field} is {value}, expected a finite number")]
    NotFinite {
        /// Field of the result, as `peaks[3].area.sigma`.
        field: String,
        /// The value.
        value: f64,
    },
    /// A figure could not be drawn.
    #[error("figure: {0}")]
    Figure(String),
    /// The page could not be filled in.
    #[error("page: {0}")]
    Page(#[from] minijinja::Error),
    /// The result has no JSON form.
    #[error("JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// From the diffraction side: a recipe without a TOML form.
    #[error(transparent)]
    Diffraction(#[from] doublet_xrd::Error),
    /// From the photoelectron side: the same.
    #[error(transparent)]
    Photoelectron(#[from] doublet_xps::Error),
    /// The workbook could not be written.
    #[error("workbook: {0}")]
    Workbook(#[from] rust_xlsxwriter::XlsxError),
}
