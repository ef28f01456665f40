//! How a fit is carried out, and why it stopped.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What the covariance is scaled with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CovarianceScale {
    /// `(JᵀWJ)⁻¹`: σ of the data is known, and so is that of the parameters, however good the fit.
    FromSigma,
    /// `(JᵀWJ)⁻¹ · χ²/(n − p)`: the scatter around the model tells what σ of the data is; right only if the model is.
    FromResiduals,
}

/// How a fit is carried out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// Model evaluations after which the solver gives up.
    pub max_evaluations: usize,
    /// Converged when the Gauss–Newton step, in units of the parameters' own σ, is below this.
    pub tolerance: f64,
    /// Scale of the covariance; absent: [`CovarianceScale::FromResiduals`] for unit weights, otherwise
    /// [`CovarianceScale::FromSigma`].
    pub covariance_scale: Option<CovarianceScale>,
    /// Smallest number of counts that a Poisson variance is computed from.
    pub poisson_floor_counts: f64,
}

impl Default for Options {
    fn default() -> Self {
        Self { max_evaluations: 2000, tolerance: 1e-7, covariance_scale: None, poisson_floor_counts: 0.1 }
    }
}

/// Why the solver stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Stop {
    /// A minimum: first-order optimality verified at the end, bounds taken into account, all parameters determined.
    Converged,
    /// A stationary point that does not determine every parameter: the data are described equally well along a line.
    NotUnique,
    /// No step reduces the cost any more, but the point is not a minimum.
    Stagnated,
    /// The limit of evaluations was reached.
    EvaluationLimit,
    /// No parameter is free.
    NothingToFit,
}

/// Why and how the solver stopped.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Termination {
    /// Why.
    pub stop: Stop,
    /// Steps that were tried, refused ones included.
    pub iterations: usize,
    /// Model evaluations.
    pub evaluations: usize,
    /// Length of the Gauss–Newton step that remains, in units of the standard uncertainty of the fit.
    pub relative_offset: f64,
}

impl Termination {
    /// Whether a minimum was reached and verified.
    pub fn converged(&self) -> bool {
        matches!(self.stop, Stop::Converged | Stop::NothingToFit)
    }
}

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Converged => "converged",
            Self::NotUnique => "stopped where the data do not determine every parameter",
            Self::Stagnated => "stagnated before a minimum",
            Self::EvaluationLimit => "limit of evaluations reached",
            Self::NothingToFit => "nothing to fit: no parameter is free",
        })
    }
}

impl fmt::Display for Termination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} ({} iterations, {} evaluations, remaining step {:.1e} σ)",
            self.stop, self.iterations, self.evaluations, self.relative_offset
        )
    }
}
