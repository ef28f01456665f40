//! Normal equations of windowed columns: products only where windows overlap, Cholesky only inside the envelope.
//!
//! Columns are scaled to unit length and ordered by where they sit in the data, with those that touch most of it (a
//! background, a scale, a zero shift) last: the matrix is then a band with a full border at its end, and the envelope of
//! a row is all that its Cholesky factor can fill (George & Liu, *Computer Solution of Large Sparse Positive Definite
//! Systems*, 1981, ch. 4).

use std::ops::Range;

use nalgebra::DMatrix;

use super::model::WindowedColumn;
use super::rank_factor::RankFactor;
use crate::vector::{add_scaled, dot, products};

/// `JᵀJ` of unit columns, in its own order, lower triangle by rows.
#[derive(Debug, Clone)]
pub(super) struct NormalEquations {
    n: usize,
    /// `order[k]` is the column that stands in row `k`.
    order: Vec<usize>,
    /// First column of row `k` that is not zero.
    envelope: Vec<usize>,
    matrix: Vec<f64>,
    norms: Vec<f64>,
    factor: Vec<f64>,
    /// Right-hand side behind the forward substitution.
    forward: Vec<f64>,
    /// Orthonormal directions along which `forward` has moved since the factor was made, one for each component held.
    held: Vec<Vec<f64>>,
    rhs: Vec<f64>,
}

impl NormalEquations {
    /// Memory for `n` columns.
    pub(super) fn new(n: usize) -> Self {
        Self {
            n,
            order: (0..n).collect(),
            envelope: vec![0; n],
            matrix: vec![0.0; n * n],
            norms: vec![0.0; n],
            factor: vec![0.0; n * n],
            forward: vec![0.0; n],
            held: Vec::new(),
            rhs: vec![0.0; n],
        }
    }

    /// Forms the products; `norms` are the lengths of the columns.
    pub(super) fn update(&mut self, columns: &[WindowedColumn], norms: &[f64]) {
        let n = self.n;
        let end = columns.iter().map(|c| c.first + c.values.len()).max().unwrap_or(0);
        self.order.sort_by_key(|&j| {
            let c = &columns[j];
            (2 * c.values.len() > end, 2 * c.first + c.values.len())
        });
        self.norms.iter_mut().zip(&self.order).for_each(|(o, &j)| *o = norms[j]);
        self.matrix.fill(0.0);
        let groups = self.groups(columns);
        for (g, rows) in groups.iter().enumerate() {
            groups[..=g].iter().for_each(|others| self.multiply(columns, rows, others));
        }
        for k in 0..n {
            let row = &mut self.matrix[k * n..k * n + k + 1];
            self.envelope[k] = k;
            for i in (0..k).rev() {
                let lengths = self.norms[k] * self.norms[i];
                if row[i] != 0.0 && lengths > 0.0 {
                    row[i] /= lengths;
                    self.envelope[k] = i;
                }
            }
            row[k] = if self.norms[k] > 0.0 { 1.0 } else { 0.0 };
        }
    }

    /// Rows in a sequence whose columns have the same window.
    fn groups(&self, columns: &[WindowedColumn]) -> Vec<Range<usize>> {
        let window = |k: usize| {
            let column = &columns[self.order[k]];
            (column.first, column.values.len())
        };
        let starts: Vec<usize> = (0..self.n).filter(|&k| k == 0 || window(k) != window(k - 1)).collect();
        let ends = starts.iter().skip(1).copied().chain([self.n]);
        starts.iter().copied().zip(ends).map(|(start, end)| start..end).collect()
    }

    /// Forms the products of the columns of two groups, the second not behind the first. Of one group with itself, some
    /// products above the diagonal are formed as well, where nothing is read.
    fn multiply(&mut self, columns: &[WindowedColumn], rows: &Range<usize>, others: &Range<usize>) {
        /// Points taken at once: four columns of so many stay near the processor.
        const POINTS: usize = 512;
        /// Columns and rows multiplied at once.
        const WIDTH: usize = 4;
        const HEIGHT: usize = 2;
        let n = self.n;
        let window = |k: usize| {
            let column = &columns[self.order[k]];
            column.first..column.first + column.values.len()
        };
        let (a, b) = (window(rows.start), window(others.start));
        let overlap = a.start.max(b.start)..a.end.min(b.end);
        for from in overlap.clone().step_by(POINTS) {
            let points = from..(from + POINTS).min(overlap.end);
            let part = |k: usize| {
                let column = &columns[self.order[k]];
                &column.values[points.start - column.first..points.end - column.first]
            };
            for i in others.clone().step_by(WIDTH) {
                let width = WIDTH.min(others.end - i);
                for k in (i.max(rows.start)..rows.end).step_by(HEIGHT) {
                    let height = HEIGHT.min(rows.end - k);
                    // At an edge the last row or column is taken again.
                    let tall = std::array::from_fn::<_, HEIGHT, _>(|m| part(k + m.min(height - 1)));
                    let wide = std::array::from_fn::<_, WIDTH, _>(|c| part(i + c.min(width - 1)));
                    let sums = products(tall, wide);
                    for (m, sums) in sums.iter().enumerate().take(height) {
                        let target = &mut self.matrix[(k + m) * n + i..(k + m) * n + i + width];
                        target.iter_mut().zip(sums).for_each(|(target, sum)| *target += sum);
                    }
                }
            }
        }
    }

    /// `‖J·s‖²`.
    pub(super) fn quadratic(&self, step: &[f64]) -> f64 {
        let scaled = |k: usize| self.norms[k] * step[self.order[k]];
        (0..self.n)
            .map(|k| {
                let row = &self.matrix[k * self.n..];
                let below: f64 = (self.envelope[k]..k).map(|i| row[i] * scaled(i)).sum();
                scaled(k) * (2.0 * below + row[k] * scaled(k))
            })
            .sum()
    }

    /// See [`super::reduction::Reduction::solve`].
    pub(super) fn solve(
        &mut self,
        gradient: &[f64],
        damping: f64,
        scale: &[f64],
        movable: &[bool],
        step: &mut [f64],
    ) -> bool {
        let n = self.n;
        for k in 0..n {
            let j = self.order[k];
            let range = k * n + self.envelope[k]..=k * n + k;
            self.factor[range.clone()].copy_from_slice(&self.matrix[range]);
            self.rhs[k] = -gradient[j] / self.length(k);
            self.factor[k * n + k] += damping * (scale[j] / self.length(k)).powi(2);
        }
        self.pin(movable, step);
        if !self.factorize() {
            return false;
        }
        self.held.clear();
        self.forward.copy_from_slice(&self.rhs);
        forward_from(0, &self.factor, &self.envelope, &mut self.forward);
        self.back_substitute(movable, step)
    }

    /// Solves as the last [`NormalEquations::solve`] did, but with component `j`, too, held at its value in `step`: by a
    /// multiplier along one more direction instead of one more factor. False where that direction is spent.
    ///
    /// With `A = L Lᵀ` and `w = L⁻¹ e_j`, component `j` of the solution is `w · forward`; components held before depend on
    /// what is orthogonal to the new direction.
    pub(super) fn hold(&mut self, j: usize, movable: &[bool], step: &mut [f64]) -> bool {
        /// Square of the sine of the angle to the directions held before.
        const SPENT: f64 = 1e-8;
        let Some(k) = self.order.iter().position(|&o| o == j) else { return false };
        let mut w = vec![0.0; self.n];
        w[k] = 1.0;
        forward_from(k, &self.factor, &self.envelope, &mut w);
        let mut direction = w.clone();
        for held in &self.held {
            add_scaled(-dot(&w, held), held, &mut direction);
        }
        let left = dot(&direction, &direction);
        if left.partial_cmp(&(SPENT * dot(&w, &w))) != Some(std::cmp::Ordering::Greater) {
            return false;
        }
        let unit = left.sqrt().recip();
        direction.iter_mut().for_each(|d| *d *= unit);
        let missing = step[j] * self.length(k) - dot(&w, &self.forward);
        add_scaled(missing / dot(&w, &direction), &direction, &mut self.forward);
        self.held.push(direction);
        self.back_substitute(movable, step)
    }

    fn length(&self, k: usize) -> f64 {
        if self.norms[k] > 0.0 { self.norms[k] } else { 1.0 }
    }

    /// Moves the products with components that are not movable to the right-hand side and makes their rows trivial.
    fn pin(&mut self, movable: &[bool], step: &[f64]) {
        let n = self.n;
        for k in (0..n).filter(|&k| !movable[self.order[k]]) {
            let value = step[self.order[k]] * self.norms[k];
            for i in self.envelope[k]..k {
                self.rhs[i] -= self.factor[k * n + i] * value;
                self.factor[k * n + i] = 0.0;
            }
            for i in k + 1..n {
                if self.envelope[i] <= k {
                    self.rhs[i] -= self.factor[i * n + k] * value;
                    self.factor[i * n + k] = 0.0;
                }
            }
            self.factor[k * n + k] = 1.0;
        }
    }

    /// Cholesky factor in place; false if a pivot is not positive.
    fn factorize(&mut self) -> bool {
        let n = self.n;
        for k in 0..n {
            let (above, rest) = self.factor.split_at_mut(k * n);
            let row = &mut rest[..=k];
            for i in self.envelope[k]..k {
                let start = self.envelope[k].max(self.envelope[i]);
                let other = &above[i * n..=i * n + i];
                row[i] = (row[i] - dot(&row[start..i], &other[start..i])) / other[i];
            }
            let filled = &row[self.envelope[k]..k];
            let pivot = row[k] - dot(filled, filled);
            // Not positive, and not NaN either.
            if pivot.partial_cmp(&0.0) != Some(std::cmp::Ordering::Greater) {
                return false;
            }
            row[k] = pivot.sqrt();
        }
        true
    }

    /// Back substitution; writes what is movable into `step`, and returns whether all of it is finite.
    fn back_substitute(&mut self, movable: &[bool], step: &mut [f64]) -> bool {
        let n = self.n;
        self.rhs.copy_from_slice(&self.forward);
        for k in (0..n).rev() {
            let (row, envelope) = (&self.factor[k * n..=k * n + k], self.envelope[k]);
            self.rhs[k] /= row[k];
            let value = self.rhs[k];
            add_scaled(-value, &row[envelope..k], &mut self.rhs[envelope..k]);
        }
        for k in 0..n {
            let j = self.order[k];
            if movable[j] {
                step[j] = self.rhs[k] / self.length(k);
            }
        }
        step.iter().all(|s| s.is_finite())
    }

    /// Rank-revealing factor of the columns `chosen`: in the order of the envelope where no column comes near to depending
    /// on those before it, else with pivoting.
    pub(super) fn rank_factor(&self, norms: &[f64], chosen: &[usize], tolerance: f64) -> RankFactor {
        if let Some(factor) = self.clear_factor(norms, chosen) {
            return factor;
        }
        let mut place = vec![0; self.n];
        self.order.iter().enumerate().for_each(|(k, &j)| place[j] = k);
        let product = |i: usize, j: usize| {
            let (high, low) = (place[i].max(place[j]), place[i].min(place[j]));
            self.matrix[high * self.n + low]
        };
        RankFactor::from_products(product, norms, chosen, tolerance)
    }
}

/// Forward substitution in place; components before `start` are zero.
fn forward_from(start: usize, factor: &[f64], envelope: &[usize], x: &mut [f64]) {
    let n = x.len();
    for k in start..n {
        let range = envelope[k].max(start)..k;
        let sum = dot(&factor[k * n + range.start..k * n + k], &x[range]);
        x[k] = (x[k] - sum) / factor[k * n + k];
    }
}

impl NormalEquations {
    /// Factor without pivoting; none where a pivot is small enough to leave a doubt of the rank.
    fn clear_factor(&self, norms: &[f64], chosen: &[usize]) -> Option<RankFactor> {
        /// Square of the sine of the angle between a column and those before it.
        const CLEAR: f64 = 1e-8;
        let n = self.n;
        let mut wanted = vec![false; n];
        chosen.iter().for_each(|&j| wanted[j] = true);
        let kept: Vec<usize> = (0..n).filter(|&k| wanted[self.order[k]]).collect();
        let first: Vec<usize> = kept.iter().map(|&k| kept.partition_point(|&i| i < self.envelope[k])).collect();
        let m = kept.len();
        let mut r = DMatrix::zeros(m, m);
        for b in 0..m {
            let (before, rest) = r.as_mut_slice().split_at_mut(b * m);
            let column = &mut rest[..=b];
            for a in first[b]..b {
                let start = first[a].max(first[b]);
                let other = &before[a * m..=a * m + a];
                let product = self.matrix[kept[b] * n + kept[a]];
                column[a] = (product - dot(&column[start..a], &other[start..a])) / other[a];
            }
            let filled = &column[first[b]..b];
            let pivot = self.matrix[kept[b] * n + kept[b]] - dot(filled, filled);
            if pivot.partial_cmp(&CLEAR) != Some(std::cmp::Ordering::Greater) {
                return None;
            }
            column[b] = pivot.sqrt();
        }
        Some(RankFactor::of_full_rank(r, kept.iter().map(|&k| self.order[k]).collect(), norms))
    }
}

#[cfg(test)]
mod tests {
    use super::super::reduction::Reduction;
    use super::*;

    /// Columns of several windows, two of them over everything.
    fn columns() -> Vec<WindowedColumn> {
        let column = |first: usize, len: usize, f: &dyn Fn(f64) -> f64| WindowedColumn {
            first,
            values: (0..len).map(|k| f((first + k) as f64)).collect(),
        };
        vec![
            column(0, 40, &|_| 1.0),
            column(20, 10, &|t| 3.0 + (t * 0.9).sin()),
            column(0, 40, &|t| 0.01 * t),
            column(2, 12, &|t| (t - 7.0).powi(2)),
            column(10, 15, &|t| (0.3 * t).cos()),
        ]
    }

    /// Truth: the dense triangle of the same columns, whose own truth is nalgebra.
    #[test]
    fn steps_agree_with_the_dense_triangle() {
        let columns = columns();
        let residuals: Vec<f64> = (0..40).map(|k| (k as f64 * 0.37).sin()).collect();
        let mut dense = Reduction::new(40, 5);
        assert!(dense.update(&columns, &residuals));
        let mut normal = NormalEquations::new(5);
        normal.update(&columns, dense.norms());
        let scale = dense.norms().to_vec();
        let gradient = dense.gradient().to_vec();
        for (damping, movable) in [(0.0, [true; 5]), (0.1, [true; 5]), (1e-3, [true, false, true, true, false])] {
            let (mut a, mut b) = ([0.1; 5], [0.1; 5]);
            assert!(dense.solve(damping, &scale, &movable, &mut a));
            assert!(normal.solve(&gradient, damping, &scale, &movable, &mut b));
            for j in 0..5 {
                assert!((a[j] - b[j]).abs() < 1e-12 * (1.0 + a[j].abs()), "{a:?} {b:?}");
            }
            let predicted = -dot(&gradient, &b) - 0.5 * normal.quadratic(&b);
            assert!((dense.predicted_decrease(&a) - predicted).abs() < 1e-10);
        }
    }

    #[test]
    fn components_held_one_by_one_are_those_held_from_the_start() {
        // Truth: the factor of the matrix in which they are pinned.
        let columns = columns();
        let mut dense = Reduction::new(40, 5);
        assert!(dense.update(&columns, &[1.0; 40]));
        let (scale, gradient) = (dense.norms().to_vec(), dense.gradient().to_vec());
        let mut normal = NormalEquations::new(5);
        normal.update(&columns, &scale);
        for damping in [0.0, 0.1] {
            let mut movable = [true, true, false, true, true];
            let mut one_by_one = [0.1; 5];
            assert!(normal.solve(&gradient, damping, &scale, &movable, &mut one_by_one));
            for (j, value) in [(3, 0.2), (0, -0.3), (4, 0.05)] {
                (movable[j], one_by_one[j]) = (false, value);
                assert!(normal.hold(j, &movable, &mut one_by_one));
                let mut pinned = one_by_one;
                assert!(normal.clone().solve(&gradient, damping, &scale, &movable, &mut pinned));
                for (a, b) in one_by_one.iter().zip(pinned) {
                    assert!((a - b).abs() < 1e-11 * (1.0 + b.abs()), "{one_by_one:?} {pinned:?}");
                }
            }
        }
    }

    #[test]
    fn both_factors_give_the_same_inverse() {
        // Truth: the factor with pivoting, on all columns and on some.
        let columns = columns();
        let mut dense = Reduction::new(40, 5);
        assert!(dense.update(&columns, &[1.0; 40]));
        let norms = dense.norms().to_vec();
        let mut normal = NormalEquations::new(5);
        normal.update(&columns, &norms);
        for chosen in [vec![0, 1, 2, 3, 4], vec![1, 2, 4]] {
            let inverse = |factor: RankFactor| factor.inverse_root(5).tr_mul(&factor.inverse_root(5));
            let clear = inverse(normal.clear_factor(&norms, &chosen).unwrap());
            let pivoted = inverse(dense.rank_factor(&chosen));
            assert!((&clear - &pivoted).amax() < 1e-10 * pivoted.amax(), "{clear} {pivoted}");
        }
    }

    #[test]
    fn columns_over_everything_are_last_and_the_rest_is_a_band() {
        let columns = columns();
        let mut normal = NormalEquations::new(5);
        normal.update(&columns, &[1.0; 5]);
        assert_eq!(normal.order, [3, 4, 1, 0, 2]);
        assert_eq!(normal.envelope, [0, 0, 1, 0, 0]);
    }
}
