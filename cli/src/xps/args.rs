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
    /// Fit one core level without a recipe: name it, and the states expected in it.
    Fit(FitArgs),
    /// Atomic concentrations: of a recipe's fit, or another program's table computed again.
    Quantify(QuantifyArgs),
    /// Name the elements of survey spectra, with the evidence for each.
    Survey(SurveyArgs),
    /// Read a fit as a referee would: those of CasaXPS or Avantage inside files, or with a recipe doublet's own.
    Review(ReviewArgs),
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

/// `xps info`
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
    /// Recipe: a file, or the name of one that comes with the program (lagp, c1s, bi4f, …); missing: what was measured decides.
    #[arg(long, value_name = "FILE|NAME")]
    pub(crate) recipe: Option<PathBuf>,
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

/// `xps fit`
#[derive(Debug, Args)]
pub(crate) struct FitArgs {
    #[command(flatten)]
    pub(crate) input: InputArgs,
    /// Core level ("Bi 4f").
    #[arg(long, value_name = "LEVEL")]
    pub(crate) level: String,
    /// State of the level's table ("Bi2O3"); once for each. Missing: those of the recipe that comes with the program.
    #[arg(long = "state", value_name = "STATE")]
    pub(crate) states: Vec<String>,
    /// Background, fitted with the peaks.
    #[arg(long, value_enum, default_value_t = Background::Shirley)]
    pub(crate) background: Background,
    /// Decide the background from the data before the fit, ends averaged over five points.
    #[arg(long)]
    pub(crate) subtract_first: bool,
    /// Range of binding energy to fit, in eV.
    #[arg(long, num_args = 2, value_names = ["LOW", "HIGH"])]
    pub(crate) range: Option<Vec<f64>>,
    /// Measured minus true binding energy in eV; missing: the energies stay as measured.
    #[arg(long, value_name = "EV", allow_negative_numbers = true)]
    pub(crate) shift: Option<f64>,
    /// Print one JSON document.
    #[arg(long)]
    pub(crate) json: bool,
}

/// A background that a name is enough for.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Background {
    /// Constant.
    Constant,
    /// Straight line.
    Linear,
    /// Shirley step.
    Shirley,
    /// Shirley step on a straight line.
    ShirleyLinear,
    /// Shirley step nowhere above the data; always subtracted first.
    Smart,
    /// Universal Tougaard losses.
    Tougaard,
}

/// `xps review`
#[derive(Debug, Args)]
pub(crate) struct ReviewArgs {
    #[command(flatten)]
    pub(crate) input: InputArgs,
    /// Fit with this recipe (a file, or the name of one that comes with the program) and review that fit.
    #[arg(long, value_name = "FILE|NAME")]
    pub(crate) recipe: Option<PathBuf>,
    /// Print one JSON document.
    #[arg(long)]
    pub(crate) json: bool,
}

/// `xps quantify`
#[derive(Debug, Args)]
pub(crate) struct QuantifyArgs {
    #[command(flatten)]
    pub(crate) input: InputArgs,
    /// Recipe: a file, or the name of one that comes with the program; missing: what was measured decides.
    #[arg(long, value_name = "FILE|NAME", conflicts_with = "like")]
    pub(crate) recipe: Option<PathBuf>,
    /// Compute the table that this program prints from the areas it left in the files.
    #[arg(long, value_enum)]
    pub(crate) like: Option<OtherProgram>,
    /// Print one JSON document.
    #[arg(long)]
    pub(crate) json: bool,
}

/// A program whose tables can be computed again.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum OtherProgram {
    /// Thermo Avantage.
    Avantage,
    /// CasaXPS.
    Casaxps,
}

/// `xps survey`
#[derive(Debug, Args)]
pub(crate) struct SurveyArgs {
    #[command(flatten)]
    pub(crate) input: InputArgs,
    /// Measured minus true binding energy in eV; missing: as C 1s and O 1s imply.
    #[arg(long, value_name = "EV", allow_negative_numbers = true)]
    pub(crate) shift: Option<f64>,
    /// Print one JSON document.
    #[arg(long)]
    pub(crate) json: bool,
}
