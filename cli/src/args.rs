//! Arguments of the command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::xps::args::XpsVerb;

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
    /// X-ray photoelectron spectroscopy.
    Xps {
        #[command(subcommand)]
        verb: XpsVerb,
    },
    /// Built-in crystal structures and their powder lines.
    References {
        #[command(subcommand)]
        verb: ReferencesVerb,
    },
}

/// What to do with the built-in references.
#[derive(Debug, Subcommand)]
pub(crate) enum ReferencesVerb {
    /// List the built-in phases.
    List {
        /// Only phases whose id, name, formula, mineral or card contains every word.
        #[arg(value_name = "WORD")]
        words: Vec<String>,
        /// Print one JSON document.
        #[arg(long)]
        json: bool,
    },
    /// Show one phase: cell, source, density, I/Ic and its lines.
    Show(ShowArgs),
}

/// `references show`
#[derive(Debug, Args)]
pub(crate) struct ShowArgs {
    /// Id of the phase.
    #[arg(value_name = "ID")]
    pub(crate) id: String,
    /// Anode whose Kα1 the positions are for: Cr, Fe, Co, Cu, Mo, Ag.
    #[arg(long, value_name = "ANODE", default_value = "Cu")]
    pub(crate) radiation: String,
    /// Print one JSON document.
    #[arg(long)]
    pub(crate) json: bool,
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
