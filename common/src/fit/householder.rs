//! Small dense linear algebra on plain column-major slices, in place, so that the inner loop of a fit allocates nothing:
//! Householder triangularisation, and the damped triangular problem of Levenberg–Marquardt.
//!
//! Golub & Van Loan, *Matrix Computations*, 4th ed., §5.1–5.2; the augmented form of the damped step is that of Moré
//! (Lecture Notes in Mathematics 630 (1978) 105).

use crate::vector::{add_scaled, dot};

/// Reflects the first `columns` columns of a column-major matrix of `rows` rows to upper triangular form; the columns
/// behind them (right-hand sides) are transformed along. Below the diagonal the matrix holds no information afterwards.
pub(super) fn triangularize(matrix: &mut [f64], rows: usize, columns: usize) {
    for k in 0..columns.min(rows) {
        let (head, tail) = matrix.split_at_mut((k + 1) * rows);
        let v = &mut head[k * rows + k..];
        let norm = dot(v, v).sqrt();
        if norm == 0.0 {
            continue;
        }
        let alpha = if v[0] > 0.0 { -norm } else { norm };
        let beta = 1.0 / (norm * (norm + v[0].abs()));
        v[0] -= alpha;
        for column in tail.chunks_exact_mut(rows) {
            let target = &mut column[k..];
            let projection = beta * dot(v, target);
            add_scaled(-projection, v, target);
        }
        v[0] = alpha;
    }
}

/// Memory of [`DampedTriangle::solve`].
#[derive(Debug, Clone, Default)]
pub(super) struct DampedTriangle {
    top: Vec<f64>,
    bottom: Vec<f64>,
    rhs_top: Vec<f64>,
    rhs_bottom: Vec<f64>,
}

impl DampedTriangle {
    /// Solves `min ‖R·s − c‖² + Σ (d_j s_j)²` for the components with `movable[j]`, the others keeping the value they
    /// have in `step`. `r` is `n × n`, column-major, upper triangular; `diagonal` holds `d`.
    pub(super) fn solve(&mut self, r: &[f64], c: &[f64], diagonal: &[f64], movable: &[bool], step: &mut [f64]) {
        let n = c.len();
        self.load(r, c, diagonal, movable, step);
        for k in 0..n {
            self.eliminate(k, n);
        }
        for k in (0..n).rev() {
            if !movable[k] {
                continue;
            }
            let pivot = self.top[k * n + k];
            let value = if pivot == 0.0 { 0.0 } else { self.rhs_top[k] / pivot };
            step[k] = value;
            for i in 0..k {
                self.rhs_top[i] -= value * self.top[k * n + i];
            }
        }
    }

    /// Stacks `R` over the diagonal; a component that is not movable goes to the right-hand side.
    fn load(&mut self, r: &[f64], c: &[f64], diagonal: &[f64], movable: &[bool], step: &[f64]) {
        let n = c.len();
        self.top.clear();
        self.top.extend_from_slice(r);
        self.bottom.clear();
        self.bottom.resize(n * n, 0.0);
        self.rhs_top.clear();
        self.rhs_top.extend_from_slice(c);
        self.rhs_bottom.clear();
        self.rhs_bottom.resize(n, 0.0);
        for j in 0..n {
            let column = &mut self.top[j * n..=j * n + j];
            if movable[j] {
                self.bottom[j * n + j] = diagonal[j];
            } else {
                add_scaled(-step[j], column, &mut self.rhs_top[..=j]);
                column.fill(0.0);
                self.bottom[j * n + j] = 1.0;
            }
        }
    }

    /// One reflection: row `k` of the triangle with rows `0..=k` of the diagonal block, which have filled up so far.
    fn eliminate(&mut self, k: usize, n: usize) {
        let (done, rest) = self.bottom.split_at_mut((k + 1) * n);
        let v = &done[k * n..=k * n + k];
        let pivot = self.top[k * n + k];
        let norm = (pivot * pivot + dot(v, v)).sqrt();
        if norm == 0.0 {
            return;
        }
        let alpha = if pivot > 0.0 { -norm } else { norm };
        let (v0, beta) = (pivot - alpha, 1.0 / (norm * (norm + pivot.abs())));
        for j in k + 1..n {
            let target = &mut rest[(j - k - 1) * n..=(j - k - 1) * n + k];
            let top = &mut self.top[j * n + k];
            let projection = beta * (v0 * *top + dot(v, target));
            *top -= projection * v0;
            add_scaled(-projection, v, target);
        }
        let target = &mut self.rhs_bottom[..=k];
        let projection = beta * (v0 * self.rhs_top[k] + dot(v, target));
        self.rhs_top[k] -= projection * v0;
        add_scaled(-projection, v, target);
        self.top[k * n + k] = alpha;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nalgebra::{DMatrix, DVector};

    fn example() -> (DMatrix<f64>, DVector<f64>) {
        let a = DMatrix::from_fn(9, 4, |i, j| ((i * 7 + j * 3) % 5) as f64 + 0.1 * (i * j) as f64 - 1.0);
        let b = DVector::from_fn(9, |i, _| (i as f64 * 1.7).sin());
        (a, b)
    }

    /// Triangle and right-hand side of [`example`].
    fn reduced() -> (Vec<f64>, Vec<f64>) {
        let (a, b) = example();
        let mut m: Vec<f64> = a.as_slice().iter().chain(b.as_slice()).copied().collect();
        triangularize(&mut m, 9, 4);
        let r = (0..16).map(|k| if k % 4 <= k / 4 { m[(k / 4) * 9 + k % 4] } else { 0.0 }).collect();
        (r, m[36..40].to_vec())
    }

    /// Truth: nalgebra's least squares on the augmented system.
    #[test]
    fn damped_step_is_the_augmented_least_squares_solution() {
        let (a, b) = example();
        let (r, c) = reduced();
        let d = [0.3, 0.7, 0.1, 1.1];
        let mut step = [0.0; 4];
        DampedTriangle::default().solve(&r, &c, &d, &[true; 4], &mut step);
        let normal = a.transpose() * &a + DMatrix::from_diagonal(&DVector::from_fn(4, |i, _| d[i] * d[i]));
        let expected = normal.cholesky().unwrap().solve(&(a.transpose() * b));
        for i in 0..4 {
            assert!((step[i] - expected[i]).abs() < 1e-13, "{step:?} {expected}");
        }
    }

    /// Truth: nalgebra's least squares on the three remaining columns.
    #[test]
    fn pinned_components_keep_their_value() {
        let (a, b) = example();
        let (r, c) = reduced();
        let mut step = [0.0, 0.25, 0.0, 0.0];
        DampedTriangle::default().solve(&r, &c, &[0.0; 4], &[true, false, true, true], &mut step);
        let rest = a.clone().remove_column(1);
        let rhs = b - a.column(1) * 0.25;
        let expected = (rest.transpose() * &rest).cholesky().unwrap().solve(&(rest.transpose() * rhs));
        assert_eq!(step[1], 0.25);
        for (k, i) in [0, 2, 3].into_iter().enumerate() {
            assert!((step[i] - expected[k]).abs() < 1e-12, "{step:?} {expected}");
        }
    }
}
