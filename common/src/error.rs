//! Errors of the ground floor, and the one form in which every reader of every crate reports a bad file.

use std::fmt;

/// Result of this crate.
pub type Result<T> = std::result::Result<T, Error>;

/// Everything that can go wrong on the ground floor, grouped by stage.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file could not be opened, read or written.
    #[error("{file}: {source}")]
    Io {
        /// Name of the file as the user gave it.
        file: String,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// A file was read but does not say what its format demands.
    #[error(transparent)]
    File(#[from] Box<FileError>),
    /// Measured values that no model can be compared with.
    #[error("measured data: {0}")]
    Data(String),
    /// A model, its parameters or a fit.
    #[error("fit: {0}")]
    Fit(String),
    /// An argument outside the domain of a numerical method.
    #[error("{method}: {message}")]
    Domain {
        /// Method that refused.
        method: &'static str,
        /// Offending value and what was expected.
        message: String,
    },
}

/// Place in a file to which an error or a warning refers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Location {
    /// The file as a whole.
    Whole,
    /// One-based line.
    Line(usize),
    /// Zero-based byte offset.
    Byte(u64),
    /// Named part: a member of an archive, an element of an XML tree, a block.
    Part(String),
}

/// A file that does not say what its format demands: where, what was found, what was expected, what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileError {
    /// Name of the file as the user gave it.
    pub file: String,
    /// Place in the file.
    pub location: Location,
    /// Offending value or situation, shortened if long.
    pub found: String,
    /// What the format demands there.
    pub expected: String,
    /// What the user can do; may be empty.
    pub advice: String,
}

impl FileError {
    /// Longest offending value that is quoted in full.
    pub const MAX_QUOTED_CHARS: usize = 60;

    /// An error at `location`, with `found` cut to [`Self::MAX_QUOTED_CHARS`].
    pub fn new(
        file: impl Into<String>,
        location: Location,
        found: impl AsRef<str>,
        expected: impl Into<String>,
    ) -> Self {
        let found = found.as_ref();
        let mut quoted: String = found.chars().take(Self::MAX_QUOTED_CHARS).collect();
        if quoted.len() < found.len() {
            quoted.push('…');
        }
        Self { file: file.into(), location, found: quoted, expected: expected.into(), advice: String::new() }
    }

    /// The same error with a sentence on what to do.
    pub fn with_advice(mut self, advice: impl Into<String>) -> Self {
        self.advice = advice.into();
        self
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Whole => Ok(()),
            Self::Line(line) => write!(f, ", line {line}"),
            Self::Byte(byte) => write!(f, ", byte {byte}"),
            Self::Part(part) => write!(f, ", {part}"),
        }
    }
}

impl fmt::Display for FileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}: found {}, expected {}", self.file, self.location, self.found, self.expected)?;
        if !self.advice.is_empty() {
            write!(f, "; {}", self.advice)?;
        }
        Ok(())
    }
}

impl std::error::Error for FileError {}

impl From<FileError> for Error {
    fn from(error: FileError) -> Self {
        Self::File(Box::new(error))
    }
}
