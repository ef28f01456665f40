//! Bounded Levenberg–Marquardt as an argmin `Solver`.
//!
//! Each iteration tries one step, the solution of `min ‖J·s − r‖² + μ Σ (D_j s_j)²` inside the bounds. `D` holds the
//! largest length that each column of `J` has had (Moré, Lecture Notes in Mathematics 630 (1978) 105), which makes the
//! path independent of the units of the parameters. `μ` follows the gain ratio of actual to predicted decrease by
//! Nielsen's rule (IMM-REP-1999-05, Technical University of Denmark): it shrinks smoothly after good steps and grows ever
//! faster after refused ones.
//!
//! **Bounds.** A coordinate that sits on a bound with the gradient pushing it outwards is inactive in this step; the set
//! is formed anew at every step, so that a coordinate leaves its bound as soon as the gradient turns. Components of a
//! step that would cross a bound are set to reach it exactly, and the others are solved again with these held
//! (a projected active set).
//!
//! **Convergence** is a statement about the first-order condition, not about small progress: the Gauss–Newton step over
//! the active coordinates must be shorter than `tolerance` in units of the parameters' own uncertainty (the relative
//! offset of Bates & Watts, Technometrics 23 (1981) 179), computed from a rank-revealing factor. Where arithmetic ends
//! before that, the offset that remains decides between a minimum and stagnation.

use argmin::core::{Error as ArgminError, IterState, KV, Problem, Solver, State as _, TerminationReason};

use super::model::Model;
use super::options::{Options, Stop};
use super::problem::{Evaluation, LeastSquares};
use super::reduction::Reduction;
use super::ties::FreeSpace;

/// State that argmin carries from iteration to iteration: the free coordinates and the cost.
pub(super) type State = IterState<Vec<f64>, (), (), (), (), f64>;

/// First damping, relative to squared column lengths.
const INITIAL_DAMPING: f64 = 1e-3;
/// Steps with a smaller gain ratio are refused.
const ACCEPTED_RATIO: f64 = 1e-4;
/// Damping above which no step moves anything.
const MAX_DAMPING: f64 = 1e25;
/// Damping never falls below this, so that a singular triangle stays solvable.
const MIN_DAMPING: f64 = 1e-18;
/// Bates & Watts: below this offset, what remains to be gained is small against the uncertainty.
const NEGLIGIBLE_OFFSET: f64 = 1e-3;
/// Steps in a row whose gain is below the rounding of the cost, after which the solver stops.
const MAX_BLIND_STEPS: usize = 12;

/// The solver; also keeps the last accepted point for the covariance.
#[derive(Debug, Clone)]
pub(super) struct LevenbergMarquardt {
    tolerance: f64,
    max_evaluations: usize,
    damping: f64,
    growth: f64,
    blind_steps: usize,
    last_step_accepted: bool,
    scale: Vec<f64>,
    /// Accepted point, its derivatives included.
    pub(super) current: Evaluation,
    trial: Evaluation,
    pub(super) reduction: Reduction,
    movable: Vec<bool>,
    step: Vec<f64>,
    trial_point: Vec<f64>,
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
            damping: INITIAL_DAMPING,
            growth: 2.0,
            blind_steps: 0,
            last_step_accepted: true,
            scale: vec![0.0; free],
            trial: memory.clone(),
            current: memory,
            reduction: Reduction::new(problem.target.observed.len(), free),
            movable: vec![true; free],
            step: vec![0.0; free],
            trial_point: vec![0.0; free],
            evaluations: 0,
            stop: None,
            relative_offset: f64::INFINITY,
        }
    }

    /// Free coordinates that are not held at a bound by the gradient.
    pub(super) fn active(&self, space: &FreeSpace, point: &[f64]) -> Vec<usize> {
        (0..point.len()).filter(|&j| is_active(space, self.reduction.gradient(), point, j)).collect()
    }

    /// Fills `step` with the damped step inside the bounds; false if the damping is too small to solve for it.
    fn bounded_step<M: ?Sized>(&mut self, problem: &LeastSquares<'_, M>, point: &[f64]) -> bool {
        let (lower, upper) = (&problem.space.lower, &problem.space.upper);
        for j in 0..point.len() {
            self.movable[j] = is_active(problem.space, self.reduction.gradient(), point, j);
            self.step[j] = 0.0;
        }
        // Each round holds at least one more coordinate, so that this ends.
        loop {
            if !self.reduction.solve(self.damping, &self.scale, &self.movable, &mut self.step) {
                return false;
            }
            let mut crossed = false;
            for j in 0..point.len() {
                let to = point[j] + self.step[j];
                self.trial_point[j] = to.clamp(lower[j], upper[j]);
                if self.movable[j] && to != self.trial_point[j] {
                    self.movable[j] = false;
                    self.step[j] = self.trial_point[j] - point[j];
                    crossed = true;
                }
            }
            if !crossed {
                return true;
            }
        }
    }

    /// Uncertainty of one degree of freedom, in units of the weighted residuals: what an offset is compared with.
    fn noise<M: ?Sized>(&self, problem: &LeastSquares<'_, M>, cost: f64) -> f64 {
        let freedom = problem.target.observed.len().saturating_sub(problem.space.len()).max(1);
        let reduced = (2.0 * cost / freedom as f64).sqrt();
        if problem.target.is_absolute() { reduced.max(1.0) } else { reduced }
    }

    /// Length of a Gauss–Newton step that rounding of the model alone can cause.
    fn rounding(&self) -> f64 {
        let weighted = self.current.values.iter().zip(&self.current.inverse_sigma);
        4.0 * f64::EPSILON * weighted.map(|(f, w)| (f * w).powi(2)).sum::<f64>().sqrt()
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
        let noise = self.noise(problem, cost);
        self.relative_offset = if length <= self.rounding() { 0.0 } else { length / noise };
        let reached = self.relative_offset <= negligible;
        if reached {
            self.stop = Some(if factor.is_full_rank() { Stop::Converged } else { Stop::NotUnique });
        }
        reached
    }

    /// Where arithmetic ends: a minimum if what remains is negligible, otherwise stagnation.
    fn give_up<M: ?Sized>(&mut self, problem: &LeastSquares<'_, M>, point: &[f64], cost: f64) {
        if !self.is_minimum(problem, point, cost, NEGLIGIBLE_OFFSET) {
            self.stop = Some(Stop::Stagnated);
        }
    }

    /// Takes in the derivatives of the current point; false if they are not finite.
    fn absorb(&mut self) -> bool {
        if !self.reduction.update(&self.current.columns, &self.current.residuals) {
            return false;
        }
        for (scale, norm) in self.scale.iter_mut().zip(self.reduction.norms()) {
            *scale = scale.max(*norm);
            if *scale == 0.0 {
                *scale = 1.0;
            }
        }
        true
    }

    fn refuse(&mut self) {
        self.damping *= self.growth;
        self.growth *= 2.0;
        self.last_step_accepted = false;
    }

    fn accept(&mut self, ratio: f64) {
        self.damping = (self.damping * (1.0 - (2.0 * ratio - 1.0).powi(3)).max(1.0 / 3.0)).max(MIN_DAMPING);
        self.growth = 2.0;
        self.last_step_accepted = true;
    }

    /// Evaluates the trial point; `None` where the model has no finite value there.
    ///
    /// Derivatives are asked for at once while steps are being accepted, since value and derivative share their work.
    fn evaluate_trial<M: Model + ?Sized>(
        &mut self,
        problem: &mut Problem<LeastSquares<'_, M>>,
        derivatives: bool,
    ) -> Result<Option<f64>, ArgminError> {
        self.evaluations += 1;
        let (point, trial) = (&self.trial_point, &mut self.trial);
        // A model that refuses these parameters refuses the step, not the fit.
        let cost = problem.problem("evaluations", |p| {
            Ok(p.evaluate(point, derivatives, trial).ok().filter(|cost| cost.is_finite()))
        })?;
        Ok(cost)
    }

    /// Tries the step to `trial_point`. Returns the new cost if it was accepted.
    fn try_step<M: Model + ?Sized>(
        &mut self,
        problem: &mut Problem<LeastSquares<'_, M>>,
        cost: f64,
        predicted: f64,
    ) -> Result<Option<f64>, ArgminError> {
        let speculative = self.last_step_accepted;
        let Some(mut trial_cost) = self.evaluate_trial(problem, speculative)? else {
            self.refuse();
            return Ok(None);
        };
        // Differences of the cost below its own rounding say nothing; a step that the model predicts to help is taken.
        let rounding = 16.0 * f64::EPSILON * cost;
        let blind = predicted < rounding && (cost - trial_cost).abs() < rounding;
        let ratio = if blind { 1.0 } else { (cost - trial_cost) / predicted };
        if ratio.is_nan() || ratio < ACCEPTED_RATIO {
            self.refuse();
            return Ok(None);
        }
        if !speculative {
            match self.evaluate_trial(problem, true)? {
                Some(repeated) => trial_cost = repeated,
                None => {
                    self.refuse();
                    return Ok(None);
                }
            }
        }
        std::mem::swap(&mut self.current, &mut self.trial);
        if !self.absorb() {
            std::mem::swap(&mut self.current, &mut self.trial);
            self.absorb();
            self.refuse();
            return Ok(None);
        }
        self.blind_steps = if blind { self.blind_steps + 1 } else { 0 };
        self.accept(ratio);
        Ok(Some(trial_cost))
    }

    /// One step from `point`; true if `trial_point` is the new point.
    fn advance<M: Model + ?Sized>(
        &mut self,
        problem: &mut Problem<LeastSquares<'_, M>>,
        point: &[f64],
        cost: f64,
    ) -> Result<Option<f64>, ArgminError> {
        let Some(known) = problem.problem.as_ref() else { return Err(missing()) };
        if !self.bounded_step(known, point) {
            self.refuse();
            return Ok(None);
        }
        let predicted = self.reduction.predicted_decrease(&self.step);
        let wanted = (self.tolerance * self.noise(known, cost)).max(self.rounding());
        if predicted <= 0.5 * wanted * wanted {
            if self.is_minimum(known, point, cost, self.tolerance) {
                return Ok(None);
            }
            // The step is short only because it is damped.
            if self.last_step_accepted && self.damping > MIN_DAMPING {
                self.damping = (self.damping * 1e-3).max(MIN_DAMPING);
                return Ok(None);
            }
        }
        let moves = self.trial_point.iter().zip(point).any(|(a, b)| a != b);
        if !moves || self.damping > MAX_DAMPING || self.blind_steps >= MAX_BLIND_STEPS {
            self.give_up(known, point, cost);
            return Ok(None);
        }
        if self.evaluations >= self.max_evaluations {
            if !self.is_minimum(known, point, cost, self.tolerance) {
                self.stop = Some(Stop::EvaluationLimit);
            }
            return Ok(None);
        }
        self.try_step(problem, cost, predicted)
    }
}

/// Whether coordinate `j` may move: it is inside its bounds, or the gradient pulls it inwards.
fn is_active(space: &FreeSpace, gradient: &[f64], point: &[f64], j: usize) -> bool {
    let (lower, upper) = (space.lower[j], space.upper[j]);
    let held = (point[j] <= lower && gradient[j] >= 0.0) || (point[j] >= upper && gradient[j] <= 0.0);
    !held && lower < upper
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
        if let Some(lower_cost) = self.advance(problem, &point, cost)? {
            cost = lower_cost;
            point.copy_from_slice(&self.trial_point);
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
