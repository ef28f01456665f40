//! Arguments of the command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use doublet_xrd::profile::EmissionModel;

use crate::sample::SampleVerb;
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
    /// A series of samples, both techniques.
    Sample {
        #[command(subcommand)]
        verb: SampleVerb,
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
    /// Do everything: peaks, phases with evidence, crystallite sizes, report.
    Analyze(AnalyzeArgs),
    /// Find and fit peaks.
    Peaks(OneScanArgs),
    /// Name phases with their evidence.
    Identify(OneScanArgs),
    /// Measure the instrument's own profile on a certified standard.
    Calibrate(CalibrateArgs),
    /// Compute a scan with known truth from structures.
    Simulate(SimulateArgs),
    /// Say what a file holds.
    Info(InfoArgs),
    /// Write a scan in another format.
    Convert(ConvertArgs),
}

/// What every analysis may be told on the command line; it overrides the recipe.
#[derive(Debug, Args)]
pub(crate) struct RecipeArgs {
    /// Recipe (TOML); missing fields take their defaults.
    #[arg(long, value_name = "FILE")]
    pub(crate) recipe: Option<PathBuf>,
    /// Instrument file of `xrd calibrate`, GSAS (.prm, .inst, .EXP) or GSAS-II (.instprm): its profile takes the place of the
    /// recipe's.
    #[arg(long, value_name = "FILE")]
    pub(crate) instrument: Option<PathBuf>,
    /// Anode, for files that state no wavelength: Cr, Fe, Co, Cu, Mo, Ag.
    #[arg(long, value_name = "ANODE")]
    pub(crate) radiation: Option<String>,
    /// Range of 2θ in degrees to analyse.
    #[arg(long, num_args = 2, value_names = ["LOW", "HIGH"])]
    pub(crate) range: Option<Vec<f64>>,
    /// Elements that the sample may contain, separated by commas; candidates with another are left out.
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    pub(crate) elements: Vec<String>,
    /// Built-in phases to consider, by id, name or formula, separated by commas; all if missing.
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    pub(crate) phases: Vec<String>,
    /// Crystal structure (CIF) to consider as well; may be repeated.
    #[arg(long, value_name = "FILE")]
    pub(crate) cif: Vec<String>,
    /// Line of the tube beside Kα that is in the pattern: k_beta or w_l_alpha, its ratio to Kα estimated from the scan, or
    /// stated as in k_beta=0.005; may be repeated.
    #[arg(long, value_name = "LINE")]
    pub(crate) contamination: Vec<String>,
    /// Assignment to test, as phase@angle ("Li2O@20.5"); may be repeated.
    #[arg(long, value_name = "CLAIM")]
    pub(crate) claim: Vec<String>,
    /// Which scan of a file that holds several, counted from 1.
    #[arg(long, value_name = "N")]
    pub(crate) scan: Option<usize>,
}

/// `xrd analyze`
#[derive(Debug, Args)]
pub(crate) struct AnalyzeArgs {
    /// Measurement files.
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) recipe: RecipeArgs,
    /// Folder of the report, or with several files of their reports [default: doublet-report/NAME].
    #[arg(short, long, value_name = "DIR")]
    pub(crate) output: Option<PathBuf>,
    /// Print one JSON document (with several files an array of them); a report is then written only with --output.
    #[arg(long)]
    pub(crate) json: bool,
    /// Overwrite an existing report.
    #[arg(long)]
    pub(crate) force: bool,
}

/// `xrd peaks`, `xrd identify`
#[derive(Debug, Args)]
pub(crate) struct OneScanArgs {
    /// Measurement file.
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    #[command(flatten)]
    pub(crate) recipe: RecipeArgs,
    /// Print one JSON document.
    #[arg(long)]
    pub(crate) json: bool,
}

/// `xrd calibrate`
#[derive(Debug, Args)]
pub(crate) struct CalibrateArgs {
    /// Scan of the standard.
    #[arg(value_name = "SCAN")]
    pub(crate) file: PathBuf,
    /// Standard: lab6-660c, si-640f, …; an unknown one lists all.
    #[arg(long, value_name = "ID", required_unless_present = "from_optics")]
    pub(crate) standard: Option<String>,
    /// Compute the profile from the slits and radius that the file states, instead of measuring it with a standard.
    #[arg(long, conflicts_with_all = ["standard", "temperature", "zero", "displacement", "ratio", "separate_heights"])]
    pub(crate) from_optics: bool,
    /// Optics that the file does not state, or states wrongly, as receiving_slit_mm=0.1; may be repeated; an unknown name
    /// lists all.
    #[arg(long, value_name = "NAME=VALUE", requires = "from_optics")]
    pub(crate) optics: Vec<String>,
    /// Temperature of the measurement in °C [default: that of the certificate].
    #[arg(long, value_name = "C", allow_negative_numbers = true)]
    pub(crate) temperature: Option<f64>,
    /// Fit a zero error in place of a specimen displacement; with --displacement as well.
    #[arg(long)]
    pub(crate) zero: bool,
    /// Fit the specimen displacement, which is the default.
    #[arg(long)]
    pub(crate) displacement: bool,
    /// How Kα is described: lines (Kα1 and Kα2, one wavelength each) or hoelzer (Lorentzians of Hölzer et al. 1997; the
    /// instrument file then holds their natural width, and sizes agree with those behind lines within 1 % up to 45 nm).
    #[arg(long, value_name = "MODEL", default_value = "lines")]
    pub(crate) emission: EmissionModel,
    /// Fit Kα2/Kα1.
    #[arg(long)]
    pub(crate) ratio: bool,
    /// Fit S/L and H/L apart; they are nearly exchangeable.
    #[arg(long)]
    pub(crate) separate_heights: bool,
    /// Degree of the background polynomial.
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u8).range(0..=40))]
    pub(crate) degree: u8,
    /// Anode, for files that state no wavelength: Cr, Fe, Co, Cu, Mo, Ag.
    #[arg(long, value_name = "ANODE")]
    pub(crate) radiation: Option<String>,
    /// Which scan of a file that holds several, counted from 1.
    #[arg(long, value_name = "N")]
    pub(crate) scan: Option<usize>,
    /// Instrument file to write.
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: PathBuf,
    /// Folder of the report [default: the name of the instrument file with the ending .report].
    #[arg(long, value_name = "DIR")]
    pub(crate) report: Option<PathBuf>,
    /// Print one JSON document; a report is then written only with --report.
    #[arg(long)]
    pub(crate) json: bool,
    /// Overwrite existing files.
    #[arg(long)]
    pub(crate) force: bool,
}

/// `xrd simulate`
#[derive(Debug, Args)]
pub(crate) struct SimulateArgs {
    /// What to simulate (TOML): phases with weight percent and size, instrument, counts, seed.
    #[arg(value_name = "SIMULATION")]
    pub(crate) simulation: PathBuf,
    /// Instrument file, as for the other commands: its profile takes the place of that in the simulation.
    #[arg(long, value_name = "FILE")]
    pub(crate) instrument: Option<PathBuf>,
    /// Where to write; the ending says the format: xrdml, xye, csv.
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: PathBuf,
    /// Overwrite an existing file.
    #[arg(long)]
    pub(crate) force: bool,
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
    /// Powder CIF.
    Cif,
}
