//! `doublet xrd analyze`, `peaks` and `identify`: scans to numbers, numbers to reports.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use doublet_report::columns::columns;
use doublet_report::diffraction;
use doublet_report::number::bracketed;
use doublet_xrd::analysis::{Analysis, Peak, Verdict, analyze};
use doublet_xrd::identify::CandidateSet;
use doublet_xrd::recipe::ResolvedRecipe;
use indicatif::{ProgressBar, ProgressStyle};
use rayon::prelude::*;

use super::options::candidates;
use crate::args::{AnalyzeArgs, OneScanArgs, RecipeArgs};
use crate::failure::{Failure, Outcome};
use crate::output::{note, print, print_json};
use crate::reports::{self, say_where};

/// `xrd analyze`
pub(super) fn run(args: &AnalyzeArgs) -> Outcome {
    let recipe = args.recipe.resolve()?;
    let candidates = candidates(&recipe)?;
    let folders = folders(args)?;
    let progress = progress(args.files.len());
    let results: Vec<Result<Analysis, Failure>> = args
        .files
        .par_iter()
        .zip(&folders)
        .map(|(file, folder)| {
            let result = one(file, &args.recipe, &recipe, &candidates).and_then(|analysis| {
                if let Some(folder) = folder {
                    diffraction::write_report(&analysis, folder, args.force)?;
                }
                Ok(analysis)
            });
            progress.inc(1);
            result
        })
        .collect();
    progress.finish_and_clear();
    tell(args, &folders, results)
}

fn one(
    file: &Path,
    args: &RecipeArgs,
    recipe: &ResolvedRecipe,
    candidates: &CandidateSet,
) -> Result<Analysis, Failure> {
    Ok(analyze(&args.load(file)?, recipe, candidates)?)
}

/// Folder of each file's report; none where only JSON is wanted.
fn folders(args: &AnalyzeArgs) -> Result<Vec<Option<PathBuf>>, Failure> {
    if args.json && args.output.is_none() {
        return Ok(vec![None; args.files.len()]);
    }
    let parent = reports::parent(args.output.as_ref());
    if let ([_], Some(folder)) = (args.files.as_slice(), &args.output) {
        return Ok(vec![Some(folder.clone())]);
    }
    let mut seen = BTreeSet::new();
    args.files
        .iter()
        .map(|file| {
            let stem = file.file_stem().unwrap_or(file.as_os_str());
            if !seen.insert(stem.to_owned()) {
                let stem = stem.display();
                return Err(Failure::Usage(format!("two files are called {stem}: their reports would share a folder")));
            }
            Ok(Some(parent.join(stem)))
        })
        .collect()
}

/// A bar on a terminal, for several files.
fn progress(files: usize) -> ProgressBar {
    if files < 2 {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{bar:40} {pos}/{len} scans, {eta} left");
    ProgressBar::new(files as u64).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

fn tell(args: &AnalyzeArgs, folders: &[Option<PathBuf>], results: Vec<Result<Analysis, Failure>>) -> Outcome {
    let total = results.len();
    let mut done = Vec::new();
    let mut failures = Vec::new();
    for ((file, folder), result) in args.files.iter().zip(folders).zip(results) {
        match result {
            Ok(analysis) => done.push((file, folder, analysis)),
            Err(failure) => failures.push(failure),
        }
    }
    match (args.json, total, done.as_slice()) {
        (true, 1, [(_, _, analysis)]) => print(&diffraction::result_json(analysis)?)?,
        (true, _, _) => print_json(&done.iter().map(|(_, _, analysis)| analysis).collect::<Vec<_>>())?,
        (false, 1, [(_, folder, analysis)]) => {
            print(&diffraction::summary(analysis))?;
            folder.as_deref().map_or(Ok(()), say_where)?;
        }
        (false, _, _) => {
            let rows: Vec<[String; 4]> = done.iter().map(|(file, _, analysis)| row(file, analysis)).collect();
            if !rows.is_empty() {
                print(&columns(["file", "phases (wt%)", "size (nm)", "warnings"], &rows))?;
                say_where(&reports::parent(args.output.as_ref()))?;
            }
        }
    }
    match (failures.len(), total) {
        (0, _) => Ok(()),
        (1, 1) => Err(failures.remove(0)),
        (failed, _) => {
            failures.iter().for_each(|failure| note(&format!("error: {failure}")));
            Err(Failure::Some { failed, total })
        }
    }
}

/// One line of the table of several files.
fn row(file: &Path, analysis: &Analysis) -> [String; 4] {
    let present: Vec<String> = analysis
        .phases
        .iter()
        .filter(|phase| phase.verdict == Verdict::Present)
        .map(|phase| match phase.weight_percent {
            Some(percent) => format!("{} {}", phase.id, bracketed(&percent)),
            None => phase.id.clone(),
        })
        .collect();
    let sizes: Vec<String> = analysis
        .crystallite_size
        .iter()
        .filter_map(|size| {
            let bound = if size.instrument_removed { "" } else { "≥ " };
            Some(format!("{} {bound}{}", size.phase_id, bracketed(&size.mean_size_fwhm_nm?)))
        })
        .collect();
    let or_none = |list: Vec<String>| if list.is_empty() { "none".to_owned() } else { list.join(", ") };
    [file.display().to_string(), or_none(present), or_none(sizes), analysis.warnings.len().to_string()]
}

/// `xrd peaks`
pub(super) fn peaks(args: &OneScanArgs) -> Outcome {
    let analysis = single(args)?;
    if args.json {
        return print_json(&serde_json::json!({
            "tool": analysis.tool,
            "input": analysis.input,
            "recipe": analysis.recipe,
            "scan": analysis.scan,
            "background": analysis.background,
            "peaks": analysis.peaks,
            "peak_fit": analysis.peak_fit,
            "warnings": analysis.warnings,
        }));
    }
    let rows: Vec<[String; 6]> = analysis
        .peaks
        .iter()
        .map(|peak| {
            [
                bracketed(&peak.two_theta_deg),
                bracketed(&peak.d_angstrom),
                format!("{:.1}", peak.relative_area_percent),
                bracketed(&peak.fwhm_deg),
                format!("{:.0}", peak.significance),
                explanation(peak),
            ]
        })
        .collect();
    print(&columns(["2θ (°)", "d (Å)", "area (%)", "FWHM (°)", "σ", "phase (h k l)"], &rows))
}

/// Phases and reflections under a peak.
fn explanation(peak: &Peak) -> String {
    let each = peak.assigned_to.iter().map(|assigned| {
        let [h, k, l] = assigned.hkl;
        format!("{} ({h} {k} {l})", assigned.phase_id)
    });
    each.collect::<Vec<_>>().join(", ")
}

/// `xrd identify`
pub(super) fn identify(args: &OneScanArgs) -> Outcome {
    let analysis = single(args)?;
    if args.json {
        return print_json(&serde_json::json!({
            "tool": analysis.tool,
            "input": analysis.input,
            "recipe": analysis.recipe,
            "phases": analysis.phases,
            "unexplained_peaks": analysis.unexplained_peaks,
            "claims": analysis.claims,
            "warnings": analysis.warnings,
        }));
    }
    print(&diffraction::summary(&analysis))
}

fn single(args: &OneScanArgs) -> Result<Analysis, Failure> {
    let recipe = args.recipe.resolve()?;
    one(&args.file, &args.recipe, &recipe, &candidates(&recipe)?)
}
