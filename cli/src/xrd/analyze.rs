//! `doublet xrd analyze`, `peaks` and `identify`: scans to numbers, numbers to reports.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use doublet_report::columns::columns;
use doublet_report::diffraction;
use doublet_report::number::bracketed;
use doublet_xrd::analysis::{Analysis, Peak, Verdict, analyze};
use doublet_xrd::identify::CandidateSet;
use doublet_xrd::recipe::ResolvedRecipe;
use indicatif::{ProgressBar, ProgressFinish, ProgressStyle};
use rayon::prelude::*;

use super::options::candidates;
use crate::args::{AnalyzeArgs, OneScanArgs, RecipeArgs};
use crate::failure::{Failure, Outcome};
use crate::output::{note, print, print_bytes, print_json};
use crate::reports::{self, say_where};

/// `xrd analyze`
pub(super) fn run(args: &AnalyzeArgs) -> Outcome {
    let recipe = args.recipe.resolve()?;
    let job = Job { args, candidates: candidates(&recipe)?, recipe };
    let folders = folders(args)?;
    match (args.files.as_slice(), folders.as_slice(), args.json) {
        ([file], [folder], json) => job.single(file, folder.as_deref(), json),
        (_, _, true) => job.documents(&folders),
        _ => job.table(&folders),
    }
}

/// What all files of one call share.
struct Job<'a> {
    args: &'a AnalyzeArgs,
    candidates: CandidateSet,
    recipe: ResolvedRecipe,
}

impl Job<'_> {
    /// Analyses one file and writes its report; a report that is there already is refused before the work.
    fn analyze(&self, file: &Path, folder: Option<&Path>) -> Result<Analysis, Failure> {
        folder.map_or(Ok(()), |folder| doublet_report::demand_vacant(folder, self.args.force))?;
        let analysis = one(file, &self.args.recipe, &self.recipe, &self.candidates)?;
        if let Some(folder) = folder {
            diffraction::write_report(&analysis, folder, self.args.force)?;
        }
        Ok(analysis)
    }

    /// One file: its summary or document.
    fn single(&self, file: &Path, folder: Option<&Path>, json: bool) -> Outcome {
        let analysis = self.analyze(file, folder)?;
        if json {
            return print(&diffraction::result_json(&analysis)?);
        }
        print(&diffraction::summary(&analysis))?;
        folder.map_or(Ok(()), say_where)
    }

    /// Several files: a table of one line each. Only that line is kept, so that a series of any length fits into memory.
    fn table(&self, folders: &[Option<PathBuf>]) -> Outcome {
        let line = |file: &Path, analysis: &Analysis| Ok(row(file, analysis));
        let (rows, failures) = parted(self.each(&self.args.files, folders, &self.progress(), line));
        if !rows.is_empty() {
            print(&columns(["file", "phases (wt%)", "size (nm)", "warnings"], &rows))?;
            say_where(&reports::parent(self.args.output.as_ref()))?;
        }
        self.conclude(&failures)
    }

    /// Several files: one array of documents in the order of the files, printed as they come.
    fn documents(&self, folders: &[Option<PathBuf>]) -> Outcome {
        let progress = self.progress();
        let batch = BATCH_PER_THREAD * rayon::current_num_threads();
        let mut failures = Vec::new();
        let mut separator = "[\n";
        for (files, folders) in self.args.files.chunks(batch).zip(folders.chunks(batch)) {
            let document = |_: &Path, analysis: &Analysis| Ok(diffraction::result_json(analysis)?);
            let (documents, failed) = parted(self.each(files, folders, &progress, document));
            failures.extend(failed);
            for document in documents {
                print_bytes(separator.as_bytes())?;
                print_bytes(document.trim_end().as_bytes())?;
                separator = ",\n";
            }
        }
        print(if separator == "[\n" { "[]" } else { "\n]" })?;
        self.conclude(&failures)
    }

    /// What `keep` makes of each file's analysis, files in parallel, in the order of the files.
    fn each<T: Send>(
        &self,
        files: &[PathBuf],
        folders: &[Option<PathBuf>],
        progress: &ProgressBar,
        keep: impl Fn(&Path, &Analysis) -> Result<T, Failure> + Sync,
    ) -> Vec<Result<T, Failure>> {
        let of_file = |(file, folder): (&PathBuf, &Option<PathBuf>)| {
            let kept = self.analyze(file, folder.as_deref()).and_then(|analysis| keep(file, &analysis));
            progress.inc(1);
            kept
        };
        files.par_iter().zip(folders).map(of_file).collect()
    }

    /// A bar, on a terminal.
    fn progress(&self) -> ProgressBar {
        let style = ProgressStyle::with_template("{bar:40} {pos}/{len} scans, {eta} left");
        ProgressBar::new(self.args.files.len() as u64)
            .with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
            .with_finish(ProgressFinish::AndClear)
    }

    /// Says which files failed.
    fn conclude(&self, failures: &[Failure]) -> Outcome {
        failures.iter().for_each(|failure| note(&format!("error: {failure}")));
        match failures.len() {
            0 => Ok(()),
            failed => Err(Failure::Some { failed, total: self.args.files.len() }),
        }
    }
}

/// Documents of so many files for each processor wait in memory to be printed in order.
const BATCH_PER_THREAD: usize = 4;

fn parted<T>(results: Vec<Result<T, Failure>>) -> (Vec<T>, Vec<Failure>) {
    let (mut done, mut failures) = (Vec::new(), Vec::new());
    for result in results {
        match result {
            Ok(value) => done.push(value),
            Err(failure) => failures.push(failure),
        }
    }
    (done, failures)
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

/// One line of the table of several files.
fn row(file: &Path, analysis: &Analysis) -> [String; 4] {
    let present: Vec<String> = analysis
        .phases
        .iter()
        .filter(|phase| phase.verdict == Verdict::Present)
        // The only phase has 100 % by definition.
        .map(|phase| match phase.weight_percent.filter(|percent| percent.sigma.is_some()) {
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
            "contamination": analysis.contamination,
            "warnings": analysis.warnings,
        }));
    }
    analysis.warnings.iter().for_each(|warning| note(&format!("warning: {warning}")));
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
    print(&columns(["2θ (°)", "d (Å)", "area (%)", "FWHM (°)", "σ", "phase (h k l)"], &rows))?;
    let contamination = diffraction::contamination(&analysis);
    if contamination.is_empty() { Ok(()) } else { print(&contamination) }
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
            "contamination": analysis.contamination,
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
