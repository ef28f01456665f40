//! The step of one iteration: the minimum of the linear model inside the trust region and the bounds.
//!
//! The trust region is the ellipsoid `‖D·s‖ ≤ Δ`, where `D` holds the largest length that each column of the Jacobian has
//! had: the path is independent of the units of the parameters, and a parameter that the model has ceased to depend on
//! does not run away (Moré, Lecture Notes in Mathematics 630 (1978) 105, whose rules for `Δ` are followed; the first
//! region is as large as the start vector itself). The Gauss–Newton step is taken if it lies inside; otherwise the
//! damping `μ` is sought with which `min ‖J·s − r‖² + μ ‖D·s‖²` reaches the boundary, by secant steps in `1/‖D·s‖`, which
//! is nearly linear in `μ` (Hebden's observation), inside a bracket.
//!
//! Where residuals and the bending of the model add to the curvature along a direction, Gauss–Newton steps overshoot the
//! minimum there again and again (or fall short of it). How the cost fell over one step tells that curvature; if the next
//! full step lies along the same line, its length is corrected by it.
//!
//! Bounds: a coordinate that sits on a bound with the gradient pushing it outwards is held in this step; the set is formed
//! anew at every step, so that it leaves the bound as soon as the gradient turns. A step that would cross bounds is walked
//! to the first of them; the coordinate is held there and the others are solved for again (a primal active-set method,
//! Nocedal & Wright, *Numerical Optimization*, 2nd ed., §16.5), so that the linear model never predicts an increase.

use super::reduction::Reduction;
use super::ties::FreeSpace;

/// Damping of a Gauss–Newton step: nothing but a guard for exactly singular triangles.
const GAUSS_NEWTON: f64 = 1e-20;
/// The boundary is met when the length of the step is this close to the radius.
const BOUNDARY: f64 = 0.1;
/// |Cosine| of two steps that lie along one line.
const SAME_LINE: f64 = 0.7;
/// Least and largest factor of a step along the line of the last one.
const RELAXATION: (f64, f64) = (0.4, 1.5);
/// Trials of the damping per step.
const MAX_DAMPINGS: usize = 12;

/// Size of the region, and the step that was proposed last.
#[derive(Debug, Clone)]
pub(super) struct TrustRegion {
    scale: Vec<f64>,
    /// Not known before the first step.
    radius: Option<f64>,
    damping: f64,
    movable: Vec<bool>,
    candidate: Vec<f64>,
    pub(super) step: Vec<f64>,
    /// Point that the step leads to, inside the bounds.
    pub(super) target: Vec<f64>,
    length: f64,
    /// Share of the full step that `step` is.
    relaxation: f64,
    /// Last undamped step that was tried.
    last: Vec<f64>,
    /// Curvature over it in units of the linear model's.
    curvature: Option<f64>,
}

impl TrustRegion {
    /// For `n` free coordinates.
    pub(super) fn new(n: usize) -> Self {
        Self {
            scale: vec![0.0; n],
            radius: None,
            damping: 0.0,
            movable: vec![true; n],
            candidate: vec![0.0; n],
            step: vec![0.0; n],
            target: vec![0.0; n],
            length: 0.0,
            relaxation: 1.0,
            last: vec![0.0; n],
            curvature: None,
        }
    }

    /// Takes in the column lengths at a new point.
    pub(super) fn rescale(&mut self, norms: &[f64]) {
        for (scale, norm) in self.scale.iter_mut().zip(norms) {
            *scale = scale.max(*norm);
            if *scale == 0.0 {
                *scale = 1.0;
            }
        }
    }

    /// Whether the last step was cut short by the region.
    pub(super) fn is_damped(&self) -> bool {
        self.damping > 0.0
    }

    /// Finds the next step. False if no damping made the linear system solvable.
    pub(super) fn propose(&mut self, reduction: &mut Reduction, space: &FreeSpace, point: &[f64]) -> bool {
        let Some(radius) = self.radius else {
            let start = scaled_length(point, &self.scale);
            self.radius = Some(if start > 0.0 { start } else { 1.0 });
            let found = self.propose(reduction, space, point);
            self.radius = self.radius.map(|radius| radius.min(self.length));
            return found;
        };
        let solvable = self.solve(reduction, space, point, GAUSS_NEWTON);
        if solvable && self.length <= (1.0 + BOUNDARY) * radius {
            self.damping = 0.0;
            self.relax(space, point);
            return true;
        }
        self.meet_boundary(reduction, space, point, radius, solvable)
    }

    /// Takes in the `ratio` of the actual to the predicted decrease over the step.
    pub(super) fn remember(&mut self, ratio: f64) {
        // Along a share t of the full step the linear model predicts t − t²/2, a curvature h gives t − h·t²/2.
        let twice = 2.0 / self.relaxation;
        let curvature = twice - ratio * (twice - 1.0);
        self.last.copy_from_slice(&self.step);
        self.curvature = (!self.is_damped() && curvature.is_finite()).then_some(curvature);
    }

    /// Makes a full step along the line of the last one as long as the curvature there asks for.
    fn relax(&mut self, space: &FreeSpace, point: &[f64]) {
        self.relaxation = 1.0;
        let Some(curvature) = self.curvature else { return };
        let products = self.step.iter().zip(&self.last).zip(&self.scale).map(|((a, b), d)| a * b * d * d);
        let lengths = self.length * scaled_length(&self.last, &self.scale);
        if lengths == 0.0 || (products.sum::<f64>() / lengths).abs() < SAME_LINE {
            return;
        }
        self.relaxation = if curvature > 0.0 { 1.0 / curvature } else { f64::INFINITY };
        self.relaxation = self.relaxation.clamp(RELAXATION.0, RELAXATION.1);
        for (j, step) in self.step.iter_mut().enumerate() {
            self.target[j] = (point[j] + self.relaxation * *step).clamp(space.lower[j], space.upper[j]);
            *step = self.target[j] - point[j];
        }
        self.length = scaled_length(&self.step, &self.scale);
    }

    /// Seeks the damping with which the step is as long as the radius.
    fn meet_boundary(
        &mut self,
        reduction: &mut Reduction,
        space: &FreeSpace,
        point: &[f64],
        radius: f64,
        solvable: bool,
    ) -> bool {
        // ‖D·s(μ)‖ ≤ ‖D⁻¹g‖/μ bounds the damping from above.
        let steepest: f64 = reduction.gradient().iter().zip(&self.scale).map(|(g, d)| (g / d).powi(2)).sum();
        let (mut low, mut high) = (GAUSS_NEWTON, (steepest.sqrt() / radius).max(GAUSS_NEWTON));
        let mut previous = solvable.then_some((GAUSS_NEWTON, 1.0 / self.length));
        let mut damping = if low < self.damping && self.damping < high { self.damping } else { 1e-3 * high };
        for _ in 0..MAX_DAMPINGS {
            self.damping = damping;
            if !self.solve(reduction, space, point, damping) {
                low = damping;
                damping = (10.0 * damping).max(f64::EPSILON);
                high = high.max(2.0 * damping);
                continue;
            }
            if (self.length - radius).abs() <= BOUNDARY * radius {
                return true;
            }
            let (inverse, wanted) = (1.0 / self.length, 1.0 / radius);
            if self.length > radius {
                low = damping;
            } else {
                high = damping;
            }
            let secant = match previous {
                Some((other, at)) if at != inverse => damping + (wanted - inverse) * (damping - other) / (inverse - at),
                _ => f64::NAN,
            };
            previous = Some((damping, inverse));
            damping = if low < secant && secant < high { secant } else { (low * high).sqrt().max(1e-3 * high) };
        }
        self.damping = high;
        self.solve(reduction, space, point, high)
    }

    /// Solves for the step with this damping inside the bounds.
    fn solve(&mut self, reduction: &mut Reduction, space: &FreeSpace, point: &[f64], damping: f64) -> bool {
        for j in 0..point.len() {
            self.movable[j] = is_active(space, reduction.gradient(), point, j);
        }
        self.step.fill(0.0);
        self.candidate.fill(0.0);
        let mut solved = reduction.solve(damping, &self.scale, &self.movable, &mut self.candidate);
        // Each round holds one more coordinate.
        while solved {
            let Some(held) = self.walk_to_bound(space, point) else { break };
            self.candidate.copy_from_slice(&self.step);
            solved = reduction.hold(held, damping, &self.scale, &self.movable, &mut self.candidate);
        }
        if !solved {
            return false;
        }
        for (target, ((from, step), (low, high))) in
            self.target.iter_mut().zip(point.iter().zip(&self.step).zip(space.lower.iter().zip(&space.upper)))
        {
            *target = (from + step).clamp(*low, *high);
        }
        self.length = scaled_length(&self.step, &self.scale);
        true
    }

    /// Walks from the step towards the candidate, up to the first bound, and holds the coordinate there. Returns which
    /// that was, if any; otherwise the step is the candidate.
    ///
    /// The damped linear model decreases all along the way, however many bounds are met.
    fn walk_to_bound(&mut self, space: &FreeSpace, point: &[f64]) -> Option<usize> {
        let mut first: Option<(usize, f64, f64)> = None;
        for (j, from) in point.iter().enumerate() {
            let free = from + self.candidate[j];
            let inside = free.clamp(space.lower[j], space.upper[j]);
            if !self.movable[j] || free == inside {
                continue;
            }
            let at_bound = inside - from;
            let way = self.candidate[j] - self.step[j];
            // Nothing but rounding separates the two where there is no way at all.
            let fraction = if way == 0.0 { 0.0 } else { ((at_bound - self.step[j]) / way).clamp(0.0, 1.0) };
            if first.is_none_or(|(_, shortest, _)| fraction < shortest) {
                first = Some((j, fraction, at_bound));
            }
        }
        let Some((held, fraction, at_bound)) = first else {
            std::mem::swap(&mut self.step, &mut self.candidate);
            return None;
        };
        for (step, to) in self.step.iter_mut().zip(&self.candidate) {
            *step += fraction * (to - *step);
        }
        self.step[held] = at_bound;
        self.movable[held] = false;
        Some(held)
    }

    /// The step did not help, or led where the model has no value.
    pub(super) fn shrink(&mut self) {
        const FACTOR: f64 = 0.25;
        self.radius = self.radius.map(|radius| FACTOR * radius.min(10.0 * self.length));
        self.damping /= FACTOR;
    }

    /// The step was accepted with this ratio of actual to predicted decrease.
    pub(super) fn adapt(&mut self, ratio: f64) {
        if ratio < 0.25 {
            self.radius = self.radius.map(|radius| 0.5 * radius.min(10.0 * self.length));
            self.damping *= 2.0;
        } else if ratio > 0.75 || !self.is_damped() {
            self.radius = Some(2.0 * self.length);
            self.damping *= 0.5;
        }
    }

    /// The region is so small that progress says nothing about the distance to a minimum.
    pub(super) fn widen(&mut self) {
        self.radius = self.radius.map(|radius| 100.0 * radius);
    }
}

/// Whether coordinate `j` may move: it is inside its bounds, or the gradient pulls it inwards.
pub(super) fn is_active(space: &FreeSpace, gradient: &[f64], point: &[f64], j: usize) -> bool {
    let (lower, upper) = (space.lower[j], space.upper[j]);
    let held = (point[j] <= lower && gradient[j] >= 0.0) || (point[j] >= upper && gradient[j] <= 0.0);
    !held && lower < upper
}

/// `‖D·v‖`.
fn scaled_length(v: &[f64], scale: &[f64]) -> f64 {
    v.iter().zip(scale).map(|(v, d)| (v * d).powi(2)).sum::<f64>().sqrt()
}
