//! `doublet xps analyze FILE… [--recipe RECIPE]`: spectra to numbers, numbers to a report.

use std::path::PathBuf;

use doublet_report::photoelectron;
use doublet_xps::analysis::{Analysis, analyze};

use super::args::AnalyzeArgs;
use super::read;
use super::recipe::recipe;
use crate::failure::{Failure, Outcome};
use crate::output::print;
use crate::reports::{self, say_where};

/// Fits, prints, writes the report; fails if a fit did not reach a minimum.
pub(crate) fn run(arguments: &AnalyzeArgs) -> Outcome {
    let folder = folder(arguments);
    folder.as_deref().map_or(Ok(()), |folder| doublet_report::demand_vacant(folder, arguments.force))?;
    let set = read(&arguments.input)?;
    let analysis = analyze(&set, &recipe(arguments.recipe.as_deref(), &set)?)?;
    if let Some(folder) = &folder {
        photoelectron::write_report(&analysis, folder, arguments.force)?;
    }
    if arguments.json {
        print(&photoelectron::result_json(&analysis)?)?;
    } else {
        print(&photoelectron::summary(&analysis))?;
        folder.as_deref().map_or(Ok(()), say_where)?;
    }
    all_converged(&analysis)
}

/// Fails if a fit did not reach a minimum.
pub(super) fn all_converged(analysis: &Analysis) -> Outcome {
    let total = analysis.regions.len();
    let failed = analysis.regions.iter().filter(|region| !region.statistics.converged).count();
    if failed > 0 {
        return Err(Failure::NotFound(format!(
            "{failed} of {total} fits reached no minimum; their numbers are not results"
        )));
    }
    Ok(())
}

/// Folder of the report; none where only JSON is wanted. All files make one report, named after the first.
fn folder(arguments: &AnalyzeArgs) -> Option<PathBuf> {
    if arguments.output.is_some() {
        return arguments.output.clone();
    }
    if arguments.json {
        return None;
    }
    let first = arguments.input.files.first()?;
    Some(reports::parent(None).join(first.file_stem().unwrap_or(first.as_os_str())))
}
