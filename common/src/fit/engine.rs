//! The one entry: from a model, parameters and observations to a judged [`Fit`].

use argmin::core::{Executor, State as _};

use super::covariance::{Covariance, Undetermined, name_undetermined};
use super::levenberg_marquardt::LevenbergMarquardt;
use super::model::Model;
use super::options::{CovarianceScale, Options, Stop, Termination};
use super::parameters::{ParameterId, Parameters};
use super::problem::LeastSquares;
use super::statistics::Statistics;
use super::ties::FreeSpace;
use super::weights::{Target, Weighting, Weights};
use crate::error::{Error, Result};
use crate::quantity::Quantity;

/// Result of a fit.
#[derive(Debug, Clone)]
pub struct Fit {
    /// Parameters with their fitted values, tied ones following.
    pub parameters: Parameters,
    /// Values that the fit started from, one per parameter.
    pub start: Vec<f64>,
    /// σ of every parameter, tied ones propagated; absent for fixed ones, those at a bound and those that the data do
    /// not determine.
    pub sigma: Vec<Option<f64>>,
    /// σ from the curvature of the cost as if no bound held anything; it differs from [`Fit::sigma`] only where something
    /// is at a bound. This is what a detection limit of an area that was found to be zero is computed from.
    pub sigma_ignoring_bounds: Vec<Option<f64>>,
    /// Covariance behind [`Fit::sigma`].
    pub covariance: Covariance,
    /// What the covariance is scaled with.
    pub covariance_scale: CovarianceScale,
    /// What the observations weighed.
    pub weighting: Weighting,
    /// Model at the fitted parameters.
    pub values: Vec<f64>,
    /// Weighted residuals `(y − f)/σ` (plain ones for unit weights).
    pub residuals: Vec<f64>,
    /// Figures of merit.
    pub statistics: Statistics,
    /// Why the solver stopped.
    pub termination: Termination,
    /// Names of the parameters whose bound holds them (a tied parameter if the bound is its own).
    pub at_bound: Vec<String>,
    /// Parameters that the data do not determine.
    pub undetermined: Vec<Undetermined>,
}

impl Fit {
    /// Whether a minimum was reached and verified.
    pub fn converged(&self) -> bool {
        self.termination.converged()
    }

    /// Fitted value of a parameter.
    pub fn value(&self, id: ParameterId) -> f64 {
        self.parameters.get(id).value
    }

    /// Fitted value and σ of a parameter.
    pub fn quantity(&self, id: ParameterId) -> Quantity {
        Quantity { value: self.value(id), sigma: self.sigma.get(id.0).copied().flatten() }
    }

    /// Correlation of two parameters; absent where one has no σ.
    pub fn correlation(&self, a: ParameterId, b: ParameterId) -> Option<f64> {
        self.covariance.correlation(a.0, b.0)
    }

    /// σ of a derived quantity from its gradient over all parameters (tied and fixed ones included); see
    /// [`Covariance::propagate`].
    pub fn propagate(&self, gradient: &[f64]) -> Option<f64> {
        self.covariance.propagate(gradient)
    }

    /// Multiplies every σ by `factor`: for an uncertainty inflated by
    /// [serial correlation](super::serial_correlation_factor).
    pub fn inflate_sigma(&mut self, factor: f64) {
        self.covariance.inflate(factor);
        let all = self.sigma.iter_mut().chain(&mut self.sigma_ignoring_bounds);
        all.flatten().for_each(|s| *s *= factor);
    }
}

/// Fits `model` to `observed`.
///
/// Start values outside their bounds are refused, not moved. Fixed parameters stay, tied ones follow. Without any free
/// parameter the model is only compared with the data.
///
/// # Errors
/// [`Error::Fit`] naming the parameter or the index: lengths that do not match, numbers that are not finite, a σ or gain
/// that is not positive, bounds in the wrong order, circular ties, fewer observations than free parameters, a model that
/// has no finite value at the start. A fit that does not converge is no error: see [`Fit::termination`].
pub fn fit<M: Model + ?Sized>(
    model: &M,
    parameters: &Parameters,
    observed: &[f64],
    weights: Weights<'_>,
    options: &Options,
) -> Result<Fit> {
    check_options(options)?;
    let space = FreeSpace::new(parameters)?;
    let target = Target::new(observed, weights, options.poisson_floor_counts, model.observations())?;
    if observed.len() < space.len() || observed.is_empty() {
        return Err(Error::Fit(format!(
            "{} observations cannot determine {} free parameters",
            observed.len(),
            space.len()
        )));
    }
    let problem = LeastSquares { model, space: &space, target };
    let solver = LevenbergMarquardt::new(&problem, options);
    let done = Executor::new(problem, solver)
        .configure(|state| state.param(space.start.clone()).max_iters(iteration_limit(options)))
        .timer(false)
        .ctrlc(false)
        .run()
        .map_err(from_argmin)?;
    let point = done.state.get_param().cloned().unwrap_or_default();
    Ok(judge(done.solver, &point, done.state.get_iter() as usize, parameters, &target, space, options))
}

/// Turns the accepted point of the solver into a result.
fn judge(
    solver: LevenbergMarquardt,
    point: &[f64],
    iterations: usize,
    parameters: &Parameters,
    target: &Target<'_>,
    space: FreeSpace,
    options: &Options,
) -> Fit {
    let mut start = vec![0.0; parameters.len()];
    space.expand(&space.start, &mut start);
    let active = solver.active(&space, point);
    let factor = solver.reduction.rank_factor(&active);
    let current = &solver.current;
    let statistics = Statistics::new(
        target.observed,
        &current.values,
        &current.residuals,
        &current.inverse_sigma,
        space.len(),
        target.is_absolute(),
    );
    let covariance_scale = options.covariance_scale.unwrap_or(if target.is_absolute() {
        CovarianceScale::FromSigma
    } else {
        CovarianceScale::FromResiduals
    });
    let scale = match covariance_scale {
        CovarianceScale::FromSigma => Some(1.0),
        CovarianceScale::FromResiduals => statistics.reduced_chi_squared,
    };
    let undetermined = name_undetermined(parameters, &space, &factor.null_directions());
    let at_bound = held_by(parameters, &space, point, &active);
    let stop = if space.len() == 0 { Stop::NothingToFit } else { solver.stop.unwrap_or(Stop::Stagnated) };
    let sigma_of = |c: &Covariance| (0..parameters.len()).map(|p| c.sigma(p)).collect::<Vec<_>>();
    let sigma_ignoring_bounds = if at_bound.is_empty() {
        None
    } else {
        let all: Vec<usize> = (0..space.len()).collect();
        Some(sigma_of(&Covariance::new(space.clone(), &solver.reduction.rank_factor(&all), &all, scale)))
    };
    let covariance = Covariance::new(space, &factor, &active, scale);
    let sigma = sigma_of(&covariance);
    let mut fitted = parameters.clone();
    for (i, value) in current.full.iter().enumerate() {
        fitted.get_mut(ParameterId(i)).value = *value;
    }
    Fit {
        parameters: fitted,
        start,
        sigma_ignoring_bounds: sigma_ignoring_bounds.unwrap_or_else(|| sigma.clone()),
        sigma,
        covariance,
        covariance_scale,
        weighting: target.weights.kind(),
        values: solver.current.values,
        residuals: solver.current.residuals,
        statistics,
        termination: Termination {
            stop,
            iterations,
            evaluations: solver.evaluations,
            relative_offset: solver.relative_offset,
        },
        at_bound,
        undetermined,
    }
}

/// Names of the parameters whose bound holds a coordinate that is not active.
fn held_by(parameters: &Parameters, space: &FreeSpace, point: &[f64], active: &[usize]) -> Vec<String> {
    (0..space.len())
        .filter(|j| !active.contains(j))
        .map(|j| parameters.list()[space.bound_owner(j, point[j] <= space.lower[j])].name.clone())
        .collect()
}

/// Iterations that only change the trust region evaluate nothing; this bounds them too.
fn iteration_limit(options: &Options) -> u64 {
    4 * options.max_evaluations as u64 + 100
}

fn check_options(options: &Options) -> Result<()> {
    let positive = |name: &str, value: f64| {
        if value.is_finite() && value > 0.0 {
            return Ok(());
        }
        Err(Error::Fit(format!("option {name} is {value}, expected a positive number")))
    };
    positive("tolerance", options.tolerance)?;
    positive("poisson_floor_counts", options.poisson_floor_counts)
}

/// The solver carries our own errors through argmin's.
fn from_argmin(error: argmin::core::Error) -> Error {
    match error.downcast::<Error>() {
        Ok(own) => own,
        Err(other) => Error::Fit(other.to_string()),
    }
}
