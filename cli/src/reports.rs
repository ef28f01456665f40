//! Where reports go, and saying so.

use std::path::{Path, PathBuf};

use crate::failure::Outcome;
use crate::output::print;

/// Folder of reports when none is named.
pub(crate) fn parent(output: Option<&PathBuf>) -> PathBuf {
    output.cloned().unwrap_or_else(|| "doublet-report".into())
}

/// Says where the report or the reports are.
pub(crate) fn say_where(folder: &Path) -> Outcome {
    let page = folder.join("report.html");
    if page.is_file() {
        print(&format!("\nreport: {}", page.display()))
    } else {
        print(&format!("\nreports: {}", folder.display()))
    }
}
