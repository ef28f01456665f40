//! Bounded Levenberg–Marquardt as an argmin `Solver`: proposes, tries and judges steps.
//!
//! Each iteration tries the step of the [trust region](super::trust_region). The ratio of the actual to the predicted
//! decrease of the cost decides whether it is taken and how the region changes. Where the decrease is below the rounding
//! of the cost, whose difference then says nothing, it is taken from the slopes at both ends of the step.
//!
//! **Convergence** is a statement about the first-order condition, not about small progress: the Gauss–Newton step over
//! the coordinates that no bound holds must be shorter than `tolerance` in units of the parameters' own uncertainty (the
//! relative offset of Bates & Watts, Technometrics 23 (1981) 179), computed from a rank-revealing factor. Small relative
//! decrease and small step end a fit too, where arithmetic can do no better, but then the offset that remains decides
//! whether this is a minimum or stagnation.

use argmin::core::{Error as ArgminError, IterState, KV, Problem, Solver, State as _, TerminationReason};

use super::model::Model;
use super::options::{Options, Stop};
use super::problem::{Evaluation, LeastSquares};
use super::reduction::Reduction;
use super::ties::FreeSpace;
use super::trust_region::{TrustRegion, is_active};

/// State that argmin carries from iteration to iteration: the free coordinates and the cost.
pub(super) type State = IterState<Vec<f64>, (), (), (), (), f64>;

/// Steps with a smaller gain ratio are refused.
const ACCEPTED_RATIO: f64 = 1e-4;
/// Bates & Watts: below this offset, what remains to be gained is small against the uncertainty.
const NEGLIGIBLE_OFFSET: f64 = 1e-3;
/// Steps in a row whose gain is below the rounding of the cost, after which the solver stops.
const MAX_BLIND_STEPS: usize = 50;

/// The solver; also keeps the last accepted point for the covariance.
#[derive(Debug, Clone)]
pub(super) struct LevenbergMarquardt {
    tolerance: f64,
    max_evaluations: usize,
    blind_steps: usize,
    last_step_accepted: bool,
    region: TrustRegion,
    /// Accepted point, its derivatives included.
    pub(super) current: Evaluation,
    trial: Evaluation,
    pub(super) reduction: Reduction,
    pub(super) evaluations: usize,
    pub(super) stop: Option<Stop>,
    pub(super) relative_offset: f64,
}

impl LevenbergMarquardt {
    pub(super) fn new<M: Model + ?Sized>(problem: &LeastSquares<'_, M>, options: &Options) -> Self {
        let free = problem.space.len();
        let memory = problem.memory();
        Self {
            tolerance: options.tolerance,
            max_evaluations: options.max_evaluations,
            blind_steps: 0,
            last_step_accepted: true,
            region: TrustRegion::new(free),
            trial: memory.clone(),
            current: memory,
            reduction: Reduction::new(problem.target.observed.len(), free),
            evaluations: 0,
            stop: None,
            relative_offset: f64::INFINITY,
        }
    }

    /// Free coordinates that are not held at a bound by the gradient.
    pub(super) fn active(&self, space: &FreeSpace, point: &[f64]) -> Vec<usize> {
        (0..point.len()).filter(|&j| is_active(space, self.reduction.gradient(), point, j)).collect()
    }

    /// Uncertainty of one degree of freedom, in units of the weighted residuals: what an offset is compared with.
    fn noise<M: ?Sized>(&self, problem: &LeastSquares<'_, M>, cost: f64) -> f64 {
        let freedom = problem.target.observed.len().saturating_sub(problem.space.len()).max(1);
        let reduced = (2.0 * cost / freedom as f64).sqrt();
        if problem.target.is_absolute() { reduced.max(1.0) } else { reduced }
    }

    /// Length of a Gauss–Newton step that rounding of the model's values and of the parameters alone can cause.
    fn rounding(&self, point: &[f64]) -> f64 {
        let weighted = self.current.values.iter().zip(&self.current.inverse_sigma);
        let values = weighted.map(|(f, w)| (f * w).powi(2)).sum::<f64>().sqrt();
        let parameters: f64 = point.iter().zip(self.reduction.norms()).map(|(x, norm)| (x * norm).abs()).sum();
        f64::EPSILON * (4.0 * values + parameters)
    }

    /// Measures the remaining Gauss–Newton step, and decides with `negligible` offset whether this is a minimum.
    fn is_minimum<M: ?Sized>(
        &mut self,
        problem: &LeastSquares<'_, M>,
        point: &[f64],
        cost: f64,
        negligible: f64,
    ) -> bool {
        let factor = self.reduction.rank_factor(&self.active(problem.space, point));
        let length = factor.tangential_residual(self.reduction.gradient());
        self.relative_offset = if length <= self.rounding(point) { 0.0 } else { length / self.noise(problem, cost) };
        let reached = self.relative_offset <= negligible;
        if reached {
            self.stop = Some(if factor.is_full_rank() { Stop::Converged } else { Stop::NotUnique });
        }
        reached
    }

    /// Arithmetic can do no better: a minimum if what remains is negligible.
    fn stagnate<M: ?Sized>(&mut self, problem: &LeastSquares<'_, M>, point: &[f64], cost: f64) {
        if !self.is_minimum(problem, point, cost, NEGLIGIBLE_OFFSET) {
            self.stop = Some(Stop::Stagnated);
        }
    }

    /// Takes in the derivatives of the current point; false if they are not finite.
    fn absorb(&mut self) -> bool {
        if !self.reduction.update(&self.current.columns, &self.current.residuals) {
            return false;
        }
        self.region.rescale(self.reduction.norms());
        true
    }

    fn refuse(&mut self) {
        self.region.shrink();
        self.last_step_accepted = false;
    }

    /// Evaluates the target of the step; `None` where the model has no finite value there.
    fn evaluate_target<M: Model + ?Sized>(
        &mut self,
        problem: &mut Problem<LeastSquares<'_, M>>,
        derivatives: bool,
    ) -> Result<Option<f64>, ArgminError> {
        self.evaluations += 1;
        let (point, trial) = (&self.region.target, &mut self.trial);
        problem.problem("evaluations", |p| {
            // A model that refuses these parameters refuses the step, not the fit.
            Ok(p.evaluate(point, derivatives, trial).ok().filter(|cost| cost.is_finite()))
        })
    }

    /// Decrease of the cost along the step by the trapezoidal rule over its slopes at both ends: exact to third order in
    /// the step, and free of the cancellation in a difference of two costs.
    fn decrease_by_slopes(&self) -> f64 {
        let step = &self.region.step;
        let before: f64 = self.reduction.gradient().iter().zip(step).map(|(g, s)| g * s).sum();
        -0.5 * (before + self.trial.slope(step))
    }

    /// Tries the proposed step. Returns the new cost if it was taken.
    ///
    /// Derivatives are asked for at once while steps are being taken, since value and derivative share their work.
    fn try_step<M: Model + ?Sized>(
        &mut self,
        problem: &mut Problem<LeastSquares<'_, M>>,
        cost: f64,
        predicted: f64,
        rounding: f64,
    ) -> Result<Option<f64>, ArgminError> {
        let blind = predicted < rounding;
        let speculative = self.last_step_accepted || blind;
        let Some(new_cost) = self.evaluate_target(problem, speculative)? else {
            self.refuse();
            return Ok(None);
        };
        let decrease = if blind { self.decrease_by_slopes() } else { cost - new_cost };
        let ratio = decrease / predicted;
        self.region.remember(ratio);
        if ratio.is_nan() || ratio < ACCEPTED_RATIO {
            self.refuse();
            return Ok(None);
        }
        if !speculative && self.evaluate_target(problem, true)?.is_none() {
            self.refuse();
            return Ok(None);
        }
        std::mem::swap(&mut self.current, &mut self.trial);
        if !self.absorb() {
            std::mem::swap(&mut self.current, &mut self.trial);
            self.absorb();
            self.refuse();
            return Ok(None);
        }
        self.blind_steps = if blind { self.blind_steps + 1 } else { 0 };
        self.region.adapt(ratio);
        self.last_step_accepted = true;
        Ok(Some(new_cost))
    }

    /// One iteration from `point`. Returns the new cost if the step to the region's target was taken.
    fn advance<M: Model + ?Sized>(
        &mut self,
        problem: &mut Problem<LeastSquares<'_, M>>,
        point: &[f64],
        cost: f64,
    ) -> Result<Option<f64>, ArgminError> {
        let Some(known) = problem.problem.as_ref() else { return Err(missing()) };
        if !self.region.propose(&mut self.reduction, known.space, point) {
            self.stagnate(known, point, cost);
            return Ok(None);
        }
        let predicted = self.reduction.predicted_decrease(&self.region.step);
        let rounding = self.rounding(point);
        let wanted = (self.tolerance * self.noise(known, cost)).max(rounding);
        if predicted <= 0.5 * wanted * wanted {
            if self.is_minimum(known, point, cost, self.tolerance) {
                return Ok(None);
            }
            if self.last_step_accepted && self.region.is_damped() {
                self.region.widen();
                return Ok(None);
            }
        }
        let moves = self.region.target.iter().zip(point).any(|(a, b)| a != b);
        if !moves || self.blind_steps >= MAX_BLIND_STEPS {
            self.stagnate(known, point, cost);
            return Ok(None);
        }
        if self.evaluations >= self.max_evaluations {
            if !self.is_minimum(known, point, cost, self.tolerance) {
                self.stop = Some(Stop::EvaluationLimit);
            }
            return Ok(None);
        }
        if predicted <= 0.0 {
            self.refuse();
            return Ok(None);
        }
        // The cost is a sum of squares of residuals that are each known to the rounding of the model.
        let cost_rounding = 16.0 * f64::EPSILON * cost + (2.0 * cost).sqrt() * rounding;
        self.try_step(problem, cost, predicted, cost_rounding)
    }
}

fn missing() -> ArgminError {
    ArgminError::msg("the solver was started without problem or start")
}

impl<M: Model + ?Sized> Solver<LeastSquares<'_, M>, State> for LevenbergMarquardt {
    fn name(&self) -> &str {
        "bounded Levenberg–Marquardt"
    }

    fn init(
        &mut self,
        problem: &mut Problem<LeastSquares<'_, M>>,
        mut state: State,
    ) -> Result<(State, Option<KV>), ArgminError> {
        let start = state.take_param().ok_or_else(missing)?;
        self.evaluations = 1;
        let current = &mut self.current;
        let cost = problem.problem("evaluations", |p| Ok(p.evaluate(&start, true, current)?))?;
        if !cost.is_finite() || !self.absorb() {
            return Err(ArgminError::msg("the model or its derivatives are not finite at the start"));
        }
        Ok((state.param(start).cost(cost), None))
    }

    fn next_iter(
        &mut self,
        problem: &mut Problem<LeastSquares<'_, M>>,
        mut state: State,
    ) -> Result<(State, Option<KV>), ArgminError> {
        let mut point = state.take_param().ok_or_else(missing)?;
        let mut cost = state.get_cost();
        if let Some(new_cost) = self.advance(problem, &point, cost)? {
            cost = new_cost;
            point.copy_from_slice(&self.region.target);
        }
        state = state.param(point).cost(cost);
        if let Some(stop) = self.stop {
            let reason = match stop {
                Stop::Converged => TerminationReason::SolverConverged,
                other => TerminationReason::SolverExit(other.to_string()),
            };
            state = state.terminate_with(reason);
        }
        Ok((state, None))
    }
}
