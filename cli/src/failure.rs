//! How a command fails: what is printed, and with which exit code. The one place that prints errors.

use std::io;
use std::process::ExitCode;

/// Result of a command.
pub(crate) type Outcome = Result<(), Failure>;

/// Why a command did not do all of its work.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// Diffraction.
    #[error(transparent)]
    Xrd(#[from] doublet_xrd::Error),
    /// Photoelectrons.
    #[error(transparent)]
    Xps(#[from] doublet_xps::Error),
    /// Study.
    #[error(transparent)]
    Study(#[from] doublet_study::Error),
    /// Report.
    #[error(transparent)]
    Report(#[from] doublet_report::Error),
    /// Files.
    #[error(transparent)]
    Common(#[from] doublet_common::Error),
    /// The arguments make no sense together.
    #[error("{0}")]
    Usage(String),
    /// What was asked for is not there.
    #[error("{0}")]
    NotFound(String),
    /// Some of several files failed; each was reported when it did.
    #[error("{failed} of {total} files failed")]
    Some {
        /// How many.
        failed: usize,
        /// Of how many.
        total: usize,
    },
    /// Of some samples something could not be done; each was reported when it was.
    #[error("{failed} of {total} samples failed")]
    Samples {
        /// How many.
        failed: usize,
        /// Of how many.
        total: usize,
    },
    /// stdout was closed by its reader, which is no error.
    #[error("output closed")]
    Closed,
    /// stdout could not be written.
    #[error("standard output: {0}")]
    Stdout(io::Error),
}

impl From<io::Error> for Failure {
    /// Only writing to stdout yields a bare I/O error here; every file error carries its file.
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe { Self::Closed } else { Self::Stdout(error) }
    }
}

impl Failure {
    /// Prints the failure and gives the exit code.
    #[expect(clippy::print_stderr, reason = "the one place where errors are printed")]
    pub(crate) fn report(&self) -> ExitCode {
        match self {
            Self::Closed => return ExitCode::SUCCESS,
            Self::Usage(message) => {
                eprintln!("error: {message}");
                return ExitCode::from(2);
            }
            other => eprintln!("error: {other}"),
        }
        ExitCode::FAILURE
    }
}
