//! Penalised linear least squares with many local columns and a few global ones.
//!
//! Minimised is `|r − G β − N δ|² + |δ|²`: G are the global columns (scales, background), free; N are the local ones,
//! each non-zero on a window only and already multiplied by the standard deviation that its coefficient may have. The
//! normal matrix is an arrow: banded where N meets itself, dense along the border. It is factored by blocks,
//! `NᵀN + 1 = L Lᵀ` inside its skyline and the Schur complement of the border densely (Björck, *Numerical Methods for
//! Least Squares Problems*, SIAM 1996, chapter 6).
//!
//! In statistical terms the minimum is `rᵀ C⁻¹ r` for the covariance `C = 1 + N Nᵀ` of noise and model error, minimised
//! over β; [`ArrowSystem::score`] tests one further column in that metric.

use doublet_common::fit::WindowedColumn;
use doublet_common::vector::{add_scaled, dot};
use nalgebra::{Cholesky, DMatrix, DVector, Dyn};

/// Relative ridge that keeps the border factorable where global columns repeat each other.
const RIDGE: f64 = 1e-10;

/// A factored system; see the module.
pub(crate) struct ArrowSystem {
    local: Vec<WindowedColumn>,
    global: Vec<Vec<f64>>,
    /// Norm that each global column was divided by.
    norms: Vec<f64>,
    /// Rows of L from their first non-zero column to the diagonal.
    rows: Vec<(usize, Vec<f64>)>,
    /// L⁻¹ Nᵀ G, one vector per global column.
    border: Vec<Vec<f64>>,
    schur: Cholesky<f64, Dyn>,
    residual: Vec<f64>,
    /// Projections of the residual on the orthonormal basis of the columns.
    local_part: Vec<f64>,
    global_part: DVector<f64>,
    /// The minimum.
    pub(crate) chi_squared: f64,
    /// ln det C = ln det(NᵀN + 1).
    pub(crate) log_determinant: f64,
}

/// Coefficients at the minimum.
pub(crate) struct Solution {
    /// β.
    pub(crate) global: Vec<f64>,
    /// δ, in units of their standard deviations.
    pub(crate) local: Vec<f64>,
}

impl ArrowSystem {
    /// Factors the system; `local` in the order of their windows. None if it is singular or not finite.
    pub(crate) fn new(local: Vec<WindowedColumn>, mut global: Vec<Vec<f64>>, residual: Vec<f64>) -> Option<Self> {
        let norms: Vec<f64> = global.iter_mut().map(|column| normalise(column)).collect();
        let rows = skyline_cholesky(&local)?;
        let log_determinant = rows.iter().filter_map(|(_, row)| row.last()).map(|l| 2.0 * l.ln()).sum();
        let border: Vec<Vec<f64>> = global
            .iter()
            .map(|column| {
                let mut projected: Vec<f64> = local.iter().map(|l| overlap_of(l, 0, column)).collect();
                forward_from(&rows, &mut projected, 0);
                projected
            })
            .collect();
        let m = global.len();
        // The factor asks for the lower triangle alone.
        let product = |i: usize, j: usize| dot(&global[i], &global[j]) - dot(&border[i], &border[j]);
        let mut schur = DMatrix::from_fn(m, m, |i, j| if i < j { 0.0 } else { product(i, j) });
        for i in 0..m {
            schur[(i, i)] += RIDGE;
        }
        let schur = schur.cholesky()?;
        let mut system = Self {
            local,
            global,
            norms,
            rows,
            border,
            schur,
            residual,
            local_part: Vec::new(),
            global_part: DVector::zeros(m),
            chi_squared: 0.0,
            log_determinant,
        };
        let (local_part, global_part) = system.whiten(0, &system.residual);
        system.chi_squared =
            dot(&system.residual, &system.residual) - dot(&local_part, &local_part) - global_part.norm_squared();
        (system.local_part, system.global_part) = (local_part, global_part);
        system.chi_squared.is_finite().then_some(system)
    }

    /// Components of a column, given from point `first` on, along the orthonormal basis of the system's own columns.
    fn whiten(&self, first: usize, column: &[f64]) -> (Vec<f64>, DVector<f64>) {
        let mut local: Vec<f64> = self.local.iter().map(|l| overlap_of(l, first, column)).collect();
        let start = local.iter().position(|v| *v != 0.0).unwrap_or(local.len());
        forward_from(&self.rows, &mut local, start);
        let part = |g: &[f64]| dot(g.get(first..).unwrap_or(&[]), column);
        let mut global = DVector::from_iterator(
            self.global.len(),
            self.global.iter().zip(&self.border).map(|(g, b)| part(g) - dot(&b[start..], &local[start..])),
        );
        self.schur.l_dirty().solve_lower_triangular_mut(&mut global);
        (local, global)
    }

    /// Numerator and denominator of the best scale of a further column, given from point `first` on: scale = score / information,
    /// σ = information^(−½), gain in χ² = score² / information.
    pub(crate) fn score(&self, first: usize, column: &[f64]) -> Score {
        let (local, global) = self.whiten(first, column);
        Score {
            score: dot(column, self.residual.get(first..).unwrap_or(&[]))
                - dot(&local, &self.local_part)
                - global.dot(&self.global_part),
            information: (dot(column, column) - dot(&local, &local) - global.norm_squared()).max(0.0),
        }
    }

    /// Coefficients at the minimum.
    pub(crate) fn solve(&self) -> Solution {
        let mut beta = self.global_part.clone();
        self.schur.l_dirty().tr_solve_lower_triangular_mut(&mut beta);
        let mut local = self.local_part.clone();
        for (b, beta) in self.border.iter().zip(beta.iter()) {
            add_scaled(-beta, b, &mut local);
        }
        backward(&self.rows, &mut local);
        Solution { global: beta.iter().zip(&self.norms).map(|(b, n)| b / n).collect(), local }
    }

    /// Variance of local coefficient `index` at the minimum; 1 is its variance before the data.
    pub(crate) fn local_variance(&self, index: usize) -> f64 {
        let mut unit = vec![0.0; self.local.len()];
        unit[index] = 1.0;
        forward_from(&self.rows, &mut unit, index);
        let mut global =
            DVector::from_iterator(self.global.len(), self.border.iter().map(|b| -dot(&b[index..], &unit[index..])));
        self.schur.l_dirty().solve_lower_triangular_mut(&mut global);
        dot(&unit[index..], &unit[index..]) + global.norm_squared()
    }

    /// Standard deviation of global coefficient `index`.
    pub(crate) fn global_sigma(&self, index: usize) -> f64 {
        let mut unit = DVector::zeros(self.global.len());
        unit[index] = 1.0;
        self.schur.l_dirty().solve_lower_triangular_mut(&mut unit);
        unit.norm() / self.norms[index]
    }

    /// What the columns at their best coefficients leave of the residual.
    pub(crate) fn remainder(&self, solution: &Solution) -> Vec<f64> {
        let mut rest = self.residual.clone();
        for (column, (beta, norm)) in self.global.iter().zip(solution.global.iter().zip(&self.norms)) {
            add_scaled(-beta * norm, column, &mut rest);
        }
        for (column, delta) in self.local.iter().zip(&solution.local) {
            add_scaled(-delta, &column.values, &mut rest[column.first..]);
        }
        rest
    }
}

/// Test of one further column.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Score {
    pub(crate) score: f64,
    pub(crate) information: f64,
}

impl Score {
    /// Best scale; zero where the data say nothing.
    pub(crate) fn scale(self) -> f64 {
        if self.information > 0.0 { self.score / self.information } else { 0.0 }
    }

    /// σ of the scale; infinite where the data say nothing.
    pub(crate) fn sigma(self) -> f64 {
        if self.information > 0.0 { self.information.sqrt().recip() } else { f64::INFINITY }
    }

    /// Gain in χ² of a scale that may not be negative.
    pub(crate) fn gain(self) -> f64 {
        if self.score > 0.0 && self.information > 0.0 { self.score * self.score / self.information } else { 0.0 }
    }
}

fn normalise(column: &mut [f64]) -> f64 {
    let norm = dot(column, column).sqrt();
    let norm = if norm > 0.0 { norm } else { 1.0 };
    column.iter_mut().for_each(|v| *v /= norm);
    norm
}

/// Scalar product of a windowed column with one that is given from point `start` on.
fn overlap_of(a: &WindowedColumn, start: usize, b: &[f64]) -> f64 {
    let first = a.first.max(start);
    let last = (a.first + a.values.len()).min(start + b.len());
    if first >= last { 0.0 } else { dot(&a.values[first - a.first..last - a.first], &b[first - start..]) }
}

/// L of `NᵀN + 1`, row by row inside its skyline.
fn skyline_cholesky(local: &[WindowedColumn]) -> Option<Vec<(usize, Vec<f64>)>> {
    let mut rows: Vec<(usize, Vec<f64>)> = Vec::with_capacity(local.len());
    for (i, column) in local.iter().enumerate() {
        let start = local[..i].iter().position(|other| other.first + other.values.len() > column.first).unwrap_or(i);
        let mut row: Vec<f64> = (start..=i).map(|j| overlap_of(column, local[j].first, &local[j].values)).collect();
        row[i - start] += 1.0;
        for j in start..i {
            let (other_start, other) = &rows[j];
            let from = start.max(*other_start);
            let sum = dot(&row[from - start..j - start], &other[from - other_start..]);
            row[j - start] = (row[j - start] - sum) / other[j - other_start];
        }
        let square = row[i - start] - dot(&row[..i - start], &row[..i - start]);
        if !(square > 0.0 && square.is_finite()) {
            return None;
        }
        row[i - start] = square.sqrt();
        rows.push((start, row));
    }
    Some(rows)
}

/// L⁻¹ v where `v` is zero before `first`.
fn forward_from(rows: &[(usize, Vec<f64>)], v: &mut [f64], first: usize) {
    for i in first..v.len() {
        let (start, row) = &rows[i];
        let from = first.max(*start).min(i);
        let sum = dot(&row[from - start..i - start], &v[from..i]);
        v[i] = (v[i] - sum) / row[i - start];
    }
}

/// L⁻ᵀ v.
fn backward(rows: &[(usize, Vec<f64>)], v: &mut [f64]) {
    for i in (0..v.len()).rev() {
        let (start, row) = &rows[i];
        v[i] /= row[i - start];
        let value = v[i];
        for (j, l) in row[..i - start].iter().enumerate() {
            v[start + j] -= l * value;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns() -> (Vec<WindowedColumn>, Vec<Vec<f64>>, Vec<f64>) {
        let n = 60;
        let wave = |k: f64, i: usize| (k * i as f64).sin() + 0.3 * (0.37 * k * i as f64).cos();
        let local = (0..12)
            .map(|j| WindowedColumn { first: 4 * j, values: (0..11).map(|i| wave(0.9 + 0.1 * j as f64, i)).collect() })
            .collect();
        let global = (0..3).map(|k| (0..n).map(|i| wave(0.05 * (k + 1) as f64, i) * 5.0 + 1.0).collect()).collect();
        let residual = (0..n).map(|i| wave(0.31, i) * 2.0).collect();
        (local, global, residual)
    }

    /// Truth: the same problem as one dense normal equation.
    #[test]
    fn agrees_with_dense_algebra() {
        let (local, global, residual) = columns();
        let (n, p, m) = (residual.len(), local.len(), global.len());
        let dense = DMatrix::from_fn(n, p + m, |i, j| {
            if j < p {
                local[j].values.get(i.wrapping_sub(local[j].first)).copied().unwrap_or(0.0)
            } else {
                global[j - p][i]
            }
        });
        let mut normal = dense.transpose() * &dense;
        for j in 0..p {
            normal[(j, j)] += 1.0;
        }
        let determinant = normal.view((0, 0), (p, p)).determinant();
        let r = DVector::from_vec(residual.clone());
        let inverse = normal.try_inverse().unwrap();
        let solution = &inverse * dense.transpose() * &r;
        let chi = r.norm_squared() - (dense.transpose() * &r).dot(&solution);

        let system = ArrowSystem::new(local, global, residual).unwrap();
        let own = system.solve();
        assert!((system.chi_squared - chi).abs() < 1e-6 * chi, "{} {chi}", system.chi_squared);
        assert!((system.log_determinant - determinant.ln()).abs() < 1e-6);
        for j in 0..p {
            assert!((own.local[j] - solution[j]).abs() < 1e-6);
            assert!((system.local_variance(j) - inverse[(j, j)]).abs() < 1e-6);
        }
        for j in 0..m {
            assert!((own.global[j] - solution[p + j]).abs() < 1e-6 * solution[p + j].abs().max(1.0));
            assert!((system.global_sigma(j) - inverse[(p + j, p + j)].sqrt()).abs() < 1e-6);
        }
        let rest = system.remainder(&own);
        let penalty: f64 = own.local.iter().map(|d| d * d).sum();
        assert!((dot(&rest, &rest) + penalty - chi).abs() < 1e-6 * chi);
    }

    /// Truth: the drop of χ² when the column joins the global ones.
    #[test]
    fn the_score_is_the_gain_of_one_more_column() {
        let (local, global, residual) = columns();
        let further: Vec<f64> = (0..residual.len()).map(|i| if (20..30).contains(&i) { 1.0 } else { 0.0 }).collect();
        let score = ArrowSystem::new(local.clone(), global.clone(), residual.clone()).unwrap().score(0, &further);
        let before = ArrowSystem::new(local.clone(), global.clone(), residual.clone()).unwrap().chi_squared;
        let mut more = global;
        more.push(further);
        let system = ArrowSystem::new(local, more, residual).unwrap();
        assert!((score.score.powi(2) / score.information - (before - system.chi_squared)).abs() < 1e-6);
        assert!((score.scale() - system.solve().global[3]).abs() < 1e-6);
        assert!((score.sigma() - system.global_sigma(3)).abs() < 1e-6);
    }
}
