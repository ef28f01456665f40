//! Arguments of the command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

/// Powder X-ray diffraction and X-ray photoelectron spectroscopy, from the instrument's file to the paper.
#[derive(Debug, Parser)]
#[command(version, about, propagate_version = true, arg_required_else_help = true)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) technique: Technique,
}

/// First word: the technique.
#[derive(Debug, Subcommand)]
pub(crate) enum Technique {
    /// Powder X-ray diffraction.
    Xrd {
        #[command(subcommand)]
        verb: XrdVerb,
    },
}

/// Second word: what to do with a diffraction scan.
#[derive(Debug, Subcommand)]
pub(crate) enum XrdVerb {
    /// Say what a file holds.
    Info(InfoArgs),
    /// Write a scan in another format.
    Convert(ConvertArgs),
}

/// `xrd info`
#[derive(Debug, Args)]
pub(crate) struct InfoArgs {
    /// Measurement files.
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// Print one JSON document.
    #[arg(long)]
    pub(crate) json: bool,
}

/// `xrd convert`
#[derive(Debug, Args)]
pub(crate) struct ConvertArgs {
    /// Measurement file.
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// Format to write.
    #[arg(long, value_enum)]
    pub(crate) to: ScanFormat,
    /// Where to write; standard output if missing.
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Which scan of a file that holds several, counted from 1.
    #[arg(long, value_name = "N")]
    pub(crate) scan: Option<usize>,
    /// Overwrite an existing file.
    #[arg(long)]
    pub(crate) force: bool,
}

/// Formats that a scan can be written in.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum ScanFormat {
    /// Columns: 2θ, intensity, σ.
    Xye,
    /// Comma-separated columns with a header.
    Csv,
    /// PANalytical XRDML.
    Xrdml,
}
