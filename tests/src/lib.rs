//! Harness of the end-to-end tests: where the real measurement files lie, and how a test on them is run or ignored.
//!
//! Real files do not belong to the project. They lie in `../shared/data` beside it, or in the folder that the
//! environment variable `DOUBLET_DATA` names. A test on them is a *trial* of a binary without the standard harness:
//! where the folder is missing it reports itself as ignored, with the reason, and never as passed.
//!
//! A new test binary is one file in `tests/tests/` and one `[[test]]` entry with `harness = false` in
//! `tests/Cargo.toml`:
//!
//! ```text
//! //! What these files must give, and who says so.
//! use std::path::Path;
//!
//! doublet_tests::real_files! {
//!     the_scan_has_its_points,
//! }
//!
//! /// Truth: header of the file.
//! fn the_scan_has_its_points(data: &Path) {
//!     assert!(data.join("xrd/cpd/cpd-1e.prn").is_file());
//! }
//! ```
//!
//! A trial fails by panicking, as any test does. Each function gets the data folder.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use libtest_mimic::{Arguments, Completion, Trial};

/// Environment variable that names the folder of real files.
pub const DATA_VARIABLE: &str = "DOUBLET_DATA";

/// One test on real files: name, and the function that is given the data folder.
pub type RealFileTrial = (&'static str, fn(&Path));

/// Folder of real files.
///
/// # Errors
/// The sentence with which a test reports itself as ignored, when there is no such folder.
pub fn data_folder() -> Result<PathBuf, String> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data");
    let folder = std::env::var_os(DATA_VARIABLE).map_or(beside, PathBuf::from);
    if folder.is_dir() {
        Ok(folder)
    } else {
        Err(format!("no folder of real files; set {DATA_VARIABLE} or put it at ../shared/data"))
    }
}

/// Runs the trials of one test binary; the body of its `main`.
pub fn run_real_file_trials(trials: &[RealFileTrial]) -> ExitCode {
    let folder = data_folder();
    let trials = trials
        .iter()
        .map(|(name, trial)| {
            let (folder, trial) = (folder.clone(), *trial);
            Trial::ignorable_test(*name, move || match folder {
                Ok(folder) => {
                    trial(&folder);
                    Ok(Completion::Completed)
                }
                Err(reason) => Ok(Completion::ignored_with(reason)),
            })
        })
        .collect();
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

/// Writes the `main` of a test binary on real files from the names of its trial functions.
#[macro_export]
macro_rules! real_files {
    ($($trial:ident),+ $(,)?) => {
        fn main() -> std::process::ExitCode {
            $crate::run_real_file_trials(&[$((stringify!($trial), $trial)),+])
        }
    };
}

/// Scans that the script of `fixtures/NAME` wrote into `scans.txt.gz` there: words of the heading of each, and counts.
///
/// # Errors
/// The system's, where the file is not there or not whole.
pub fn packed_scans(name: &str) -> std::io::Result<Vec<(Vec<String>, Vec<String>)>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(name).join("scans.txt.gz");
    let mut text = String::new();
    flate2::read::GzDecoder::new(std::fs::File::open(path)?).read_to_string(&mut text)?;
    let lines: Vec<&str> = text.lines().collect();
    let words = |line: &str| line.split_whitespace().map(str::to_owned).collect();
    Ok(lines.chunks_exact(2).map(|pair| (words(pair[0].trim_start_matches('#')), words(pair[1]))).collect())
}
