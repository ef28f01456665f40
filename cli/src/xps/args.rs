//! Arguments of `doublet xps …`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

/// What to do with photoelectron spectra.
#[derive(Debug, Subcommand)]
pub(crate) enum XpsVerb {
    /// Say what files hold.
    Info(InfoArgs),
    /// Write spectra in another format.
    Convert(ConvertArgs),
    /// Fit the core levels that a recipe names: states, areas, concentrations, review, report.
    Analyze(AnalyzeArgs),
    /// Read the fits of CasaXPS or Avantage inside files as a referee would.
    Review(InfoArgs),
    /// Make spectra of known truth.
    Simulate(SimulateArgs),
}

/// Which files, and what the user declares of those that do not say it.
#[derive(Debug, Args)]
pub(crate) struct InputArgs {
    /// Measurement files.
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// What the energies of columns without a heading are.
    #[arg(long, value_enum)]
    pub(crate) axis: Option<Axis>,
    /// Photon energy in eV (Al Kα 1486.6, Mg Kα 1253.6); wins over the file's own.
    #[arg(long, value_name = "EV")]
    pub(crate) photon_energy: Option<f64>,
}

/// An energy axis.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Axis {
    /// Binding energy.
    Be,
    /// Kinetic energy.
    Ke,
}

/// `xps info`, `xps review`
#[derive(Debug, Args)]
pub(crate) struct InfoArgs {
    #[command(flatten)]
    pub(crate) input: InputArgs,
    /// Print one JSON document.
    #[arg(long)]
    pub(crate) json: bool,
}

/// `xps convert`
#[derive(Debug, Args)]
pub(crate) struct ConvertArgs {
    #[command(flatten)]
    pub(crate) input: InputArgs,
    /// Format to write.
    #[arg(long, value_enum)]
    pub(crate) to: SpectrumFormat,
    /// Where to write; standard output if missing.
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Overwrite an existing file.
    #[arg(long)]
    pub(crate) force: bool,
}

/// Formats that spectra can be written in.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum SpectrumFormat {
    /// ISO 14976.
    Vamas,
    /// Comma-separated columns.
    Csv,
}

/// `xps analyze`
#[derive(Debug, Args)]
pub(crate) struct AnalyzeArgs {
    #[command(flatten)]
    pub(crate) input: InputArgs,
    /// Recipe: core levels and the states expected in them.
    #[arg(long, value_name = "FILE")]
    pub(crate) recipe: PathBuf,
    /// Folder of the report [default: doublet-report/NAME, named after the first file].
    #[arg(short, long, value_name = "DIR")]
    pub(crate) output: Option<PathBuf>,
    /// Print one JSON document; a report is then written only with --output.
    #[arg(long)]
    pub(crate) json: bool,
    /// Overwrite an existing report.
    #[arg(long)]
    pub(crate) force: bool,
}

/// `xps simulate`
#[derive(Debug, Args)]
pub(crate) struct SimulateArgs {
    /// Description of the sample.
    #[arg(value_name = "FILE")]
    pub(crate) description: PathBuf,
    /// Seed of the noise.
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// Where to write; standard output if missing.
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Overwrite an existing file.
    #[arg(long)]
    pub(crate) force: bool,
}
