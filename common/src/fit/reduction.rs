//! The weighted Jacobian of one step, reduced to what the solver needs: a small triangle or the normal equations.
//!
//! Which of the two is decided by structure alone. Where `2 m n²` operations are few (a spectrum, a group of peaks, every
//! small problem) the Jacobian is triangularised by Householder reflections, whose accuracy is that of the Jacobian
//! itself. A long pattern with many parameters, each touching few points, goes through `JᵀJ`, which costs only where
//! windows overlap, and a Cholesky factor within the envelope of the matrix (columns ordered by position, those that
//! touch most points last). That squares the condition number; columns are scaled to unit length first, and since the
//! gradient is exact, a less accurate step costs iterations, not digits.

use super::householder::{DampedTriangle, triangularize};
use super::model::WindowedColumn;
use super::normal_equations::NormalEquations;
use super::rank_factor::RankFactor;
use crate::vector::dot;

/// Operations `2 m n²` up to which the dense triangle is formed (about 2 ms on one core).
const DENSE_LIMIT: usize = 4_000_000;

/// Columns whose pivot falls below this fraction of their length depend on the others, for a Jacobian accurate to
/// rounding.
const DENSE_RANK_TOLERANCE: f64 = 1e-12;

/// The same for normal equations, whose pivots are squared.
const NORMAL_RANK_TOLERANCE: f64 = 1e-6;

/// A step's linear least-squares problem `min ‖J·s − r‖`.
#[derive(Debug, Clone)]
pub(super) struct Reduction {
    form: Form,
    gradient: Vec<f64>,
    norms: Vec<f64>,
}

#[derive(Debug, Clone)]
enum Form {
    Triangle { rows: usize, matrix: Vec<f64>, r: Vec<f64>, c: Vec<f64>, solver: DampedTriangle, diagonal: Vec<f64> },
    Normal(NormalEquations),
}

impl Reduction {
    /// Memory for `rows` observations and `columns` free coordinates.
    pub(super) fn new(rows: usize, columns: usize) -> Self {
        let work = rows.saturating_mul(columns).saturating_mul(columns).saturating_mul(2);
        let form = if work <= DENSE_LIMIT {
            Form::Triangle {
                rows,
                matrix: vec![0.0; rows * (columns + 1)],
                r: vec![0.0; columns * columns],
                c: vec![0.0; columns],
                solver: DampedTriangle::default(),
                diagonal: vec![0.0; columns],
            }
        } else {
            Form::Normal(NormalEquations::new(columns))
        };
        Self { form, gradient: vec![0.0; columns], norms: vec![0.0; columns] }
    }

    /// Takes in the weighted Jacobian and the weighted residuals `(y − f)/σ`. Returns whether all of it is finite.
    pub(super) fn update(&mut self, columns: &[WindowedColumn], residuals: &[f64]) -> bool {
        for (j, column) in columns.iter().enumerate() {
            self.norms[j] = dot(&column.values, &column.values).sqrt();
            let window = column.first..column.first + column.values.len();
            self.gradient[j] = -dot(&column.values, &residuals[window]);
        }
        if !self.norms.iter().chain(&self.gradient).all(|v| v.is_finite()) {
            return false;
        }
        match &mut self.form {
            Form::Triangle { rows, matrix, r, c, .. } => {
                fill_triangle(columns, residuals, *rows, matrix, r, c);
            }
            Form::Normal(normal) => normal.update(columns, &self.norms),
        }
        true
    }

    /// Gradient of half the weighted sum of squares, `−Jᵀ r`.
    pub(super) fn gradient(&self) -> &[f64] {
        &self.gradient
    }

    /// Lengths of the weighted columns.
    pub(super) fn norms(&self) -> &[f64] {
        &self.norms
    }

    /// Solves `min ‖J·s − r‖² + damping · Σ (scale_j s_j)²` over the movable components; the others keep their value in
    /// `step`. Returns false if the damped matrix is not positive definite in floating arithmetic.
    pub(super) fn solve(&mut self, damping: f64, scale: &[f64], movable: &[bool], step: &mut [f64]) -> bool {
        match &mut self.form {
            Form::Triangle { r, c, solver, diagonal, .. } => {
                let root = damping.sqrt();
                diagonal.iter_mut().zip(scale).for_each(|(d, s)| *d = root * s);
                solver.solve(r, c, diagonal, movable, step);
                step.iter().all(|s| s.is_finite())
            }
            Form::Normal(normal) => normal.solve(&self.gradient, damping, scale, movable, step),
        }
    }

    /// Solves once more after [`Reduction::solve`], with one more component `held` at its value in `step`, which is no longer
    /// movable.
    pub(super) fn hold(
        &mut self,
        held: usize,
        damping: f64,
        scale: &[f64],
        movable: &[bool],
        step: &mut [f64],
    ) -> bool {
        if let Form::Normal(normal) = &mut self.form
            && normal.hold(held, movable, step)
        {
            return true;
        }
        self.solve(damping, scale, movable, step)
    }

    /// Decrease of half the sum of squares that the linear model predicts for `step`: `−gᵀs − ½‖J·s‖²`.
    pub(super) fn predicted_decrease(&self, step: &[f64]) -> f64 {
        let curvature = match &self.form {
            Form::Triangle { r, .. } => {
                let n = step.len();
                (0..n).map(|i| (i..n).map(|j| r[j * n + i] * step[j]).sum::<f64>().powi(2)).sum()
            }
            Form::Normal(normal) => normal.quadratic(step),
        };
        -dot(&self.gradient, step) - 0.5 * curvature
    }

    /// Rank-revealing factor of the columns `chosen`.
    pub(super) fn rank_factor(&self, chosen: &[usize]) -> RankFactor {
        match &self.form {
            Form::Triangle { r, .. } => {
                let n = self.norms.len();
                RankFactor::from_triangle(r, n, &self.norms, chosen, DENSE_RANK_TOLERANCE)
            }
            Form::Normal(normal) => normal.rank_factor(&self.norms, chosen, NORMAL_RANK_TOLERANCE),
        }
    }
}

/// Copies the columns beside the residuals, triangularises, and keeps the triangle and its right-hand side.
fn fill_triangle(
    columns: &[WindowedColumn],
    residuals: &[f64],
    rows: usize,
    matrix: &mut [f64],
    r: &mut [f64],
    c: &mut [f64],
) {
    let n = columns.len();
    matrix.fill(0.0);
    for (column, target) in columns.iter().zip(matrix.chunks_exact_mut(rows)) {
        target[column.first..column.first + column.values.len()].copy_from_slice(&column.values);
    }
    matrix[n * rows..].copy_from_slice(residuals);
    triangularize(matrix, rows, n);
    for j in 0..n {
        r[j * n..=j * n + j].copy_from_slice(&matrix[j * rows..=j * rows + j]);
    }
    c.copy_from_slice(&matrix[n * rows..n * rows + n]);
}
