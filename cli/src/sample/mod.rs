//! `doublet sample analyze STUDY`: a series of samples, both techniques, one report.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use doublet_common::container::Content;
use doublet_report::study;
use doublet_study::study_file::Study;
use doublet_study::{StudyAnalysis, analyze};
use indicatif::{ProgressBar, ProgressFinish, ProgressStyle};

use crate::failure::{Failure, Outcome};
use crate::output::{note, print};
use crate::reports::{self, say_where};

/// What to do with a series of samples.
#[derive(Debug, Subcommand)]
pub(crate) enum SampleVerb {
    /// Analyse every sample of a study file and compare them.
    Analyze(AnalyzeArgs),
}

/// `sample analyze`
#[derive(Debug, Args)]
pub(crate) struct AnalyzeArgs {
    /// Study file (TOML): samples with their files, recipes, masses, claims; paths are relative to its folder.
    #[arg(value_name = "STUDY")]
    study: PathBuf,
    /// Folder of the report [default: doublet-report/NAME].
    #[arg(short, long, value_name = "DIR")]
    output: Option<PathBuf>,
    /// Print one JSON document; a report is then written only with --output.
    #[arg(long)]
    json: bool,
    /// Overwrite an existing report.
    #[arg(long)]
    force: bool,
}

/// Runs one verb.
pub(crate) fn run(verb: SampleVerb) -> Outcome {
    let SampleVerb::Analyze(args) = verb;
    let folder = folder(&args);
    folder.as_deref().map_or(Ok(()), |folder| doublet_report::demand_vacant(folder, args.force))?;
    let content = Content::from_path(&args.study)?;
    let text = content.text().map_err(doublet_common::Error::from)?;
    let plan = Study::from_toml(content.shown_name(), &text.content)?;
    let home = args.study.parent().unwrap_or(Path::new(""));
    let progress = progress(plan.samples.len());
    let analysis = analyze(&plan, home, &|| progress.inc(1))?;
    progress.finish_and_clear();
    if let Some(folder) = &folder {
        study::write_report(&analysis, folder, args.force)?;
    }
    if args.json {
        print(&study::result_json(&analysis)?)?;
    } else {
        print(&study::summary(&analysis))?;
        folder.as_deref().map_or(Ok(()), say_where)?;
    }
    conclude(&analysis)
}

/// Says what could not be done.
fn conclude(analysis: &StudyAnalysis) -> Outcome {
    for sample in &analysis.samples {
        sample.failures.iter().for_each(|failure| note(&format!("error: {}: {failure}", sample.label)));
    }
    match analysis.failed() {
        0 => Ok(()),
        failed => Err(Failure::Samples { failed, total: analysis.samples.len() }),
    }
}

fn folder(args: &AnalyzeArgs) -> Option<PathBuf> {
    if args.output.is_some() || args.json {
        return args.output.clone();
    }
    Some(reports::parent(None).join(args.study.file_stem().unwrap_or(args.study.as_os_str())))
}

/// A bar, on a terminal.
fn progress(samples: usize) -> ProgressBar {
    let style = ProgressStyle::with_template("{bar:40} {pos}/{len} samples");
    ProgressBar::new(samples as u64)
        .with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
        .with_finish(ProgressFinish::AndClear)
}
