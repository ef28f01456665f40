//! What the data determine: a rank-revealing factor of the weighted Jacobian at the solution.
//!
//! Columns are scaled to unit length and factorised with pivoting. A column whose pivot vanishes is a combination of
//! those before it; the combination names the parameters that the data cannot tell apart (the null vectors of the
//! Jacobian), and none of these gets a σ.

use nalgebra::DMatrix;

/// Components of a unit null vector below this are rounding.
const PARTICIPATION: f64 = 1e-5;

/// `J_chosen = Q·[R₁ R₂]·Pᵀ·diag(norms)`, `R₁` of full rank.
#[derive(Debug, Clone)]
pub(super) struct RankFactor {
    /// Free coordinates in pivot order: the first [`RankFactor::rank`] are determined, the others depend on them.
    order: Vec<usize>,
    /// Lengths of the columns, in pivot order.
    norms: Vec<f64>,
    rank: usize,
    /// `rank × order.len()`, upper trapezoidal, for unit columns.
    r: DMatrix<f64>,
}

/// A free coordinate that the data do not determine, and the coordinates that it can be exchanged for.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct NullDirection {
    pub(super) coordinate: usize,
    /// Empty if the model does not depend on the coordinate at all; strongest first.
    pub(super) partners: Vec<usize>,
}

impl RankFactor {
    /// From the `n × n` triangle of a QR factorisation (column-major).
    pub(super) fn from_triangle(r: &[f64], n: usize, norms: &[f64], chosen: &[usize], tolerance: f64) -> Self {
        let (mut order, vanished) = split_vanished(norms, chosen);
        if order.is_empty() {
            return Self::trim(DMatrix::zeros(0, 0), order, vanished, norms, 0);
        }
        let scaled = DMatrix::from_fn(n, order.len(), |i, k| r[order[k] * n + i] / norms[order[k]]);
        let pivoted = scaled.col_piv_qr();
        let mut places = DMatrix::from_fn(1, order.len(), |_, k| k);
        pivoted.p().permute_columns(&mut places);
        order = places.iter().map(|&k| order[k]).collect();
        let r = pivoted.r();
        let rank = (0..order.len().min(r.nrows())).take_while(|&k| r[(k, k)].abs() > tolerance).count();
        Self::trim(r, order, vanished, norms, rank)
    }

    /// From the products of the unit columns, by Cholesky with diagonal pivoting (Higham, *Accuracy and Stability of
    /// Numerical Algorithms*, §10.3).
    pub(super) fn from_products(
        product: impl Fn(usize, usize) -> f64,
        norms: &[f64],
        chosen: &[usize],
        tolerance: f64,
    ) -> Self {
        let (mut order, vanished) = split_vanished(norms, chosen);
        let n = order.len();
        let mut a = DMatrix::from_fn(n, n, |i, j| product(order[i], order[j]));
        let mut rank = n;
        for k in 0..n {
            let best = (k..n).max_by(|&i, &j| a[(i, i)].total_cmp(&a[(j, j)])).unwrap_or(k);
            if a[(best, best)] <= tolerance * tolerance {
                rank = k;
                break;
            }
            a.swap_columns(k, best);
            a.swap_rows(k, best);
            order.swap(k, best);
            let pivot = a[(k, k)].sqrt();
            a[(k, k)] = pivot;
            for j in k + 1..n {
                a[(k, j)] /= pivot;
            }
            for j in k + 1..n {
                let factor = a[(k, j)];
                for i in k + 1..=j {
                    a[(i, j)] -= a[(k, i)] * factor;
                    a[(j, i)] = a[(i, j)];
                }
            }
        }
        a.fill_lower_triangle(0.0, 1);
        Self::trim(a, order, vanished, norms, rank)
    }

    /// From a triangle of full rank: column `k` of `r` belongs to coordinate `order[k]`, of length `norms[order[k]]`.
    pub(super) fn of_full_rank(r: DMatrix<f64>, order: Vec<usize>, norms: &[f64]) -> Self {
        Self { norms: order.iter().map(|&j| norms[j]).collect(), rank: order.len(), order, r }
    }

    /// Keeps the `rank` leading rows and appends the vanished columns.
    fn trim(r: DMatrix<f64>, mut order: Vec<usize>, vanished: Vec<usize>, norms: &[f64], rank: usize) -> Self {
        order.extend(vanished);
        let kept = DMatrix::from_fn(rank, order.len(), |i, k| if k < r.ncols() && i <= k { r[(i, k)] } else { 0.0 });
        Self { norms: order.iter().map(|&j| norms[j]).collect(), order, rank, r: kept }
    }

    /// Length of the Gauss–Newton step in units of the weighted residuals, `√(gᵀ (JᵀJ)⁻¹ g)`: the part of the residuals
    /// that the tangent space of the model could still explain (Bates & Watts, Technometrics 23 (1981) 179).
    pub(super) fn tangential_residual(&self, gradient: &[f64]) -> f64 {
        let mut t = vec![0.0; self.rank];
        for k in 0..self.rank {
            let sum: f64 = (0..k).map(|i| self.r[(i, k)] * t[i]).sum();
            t[k] = (gradient[self.order[k]] / self.norms[k] - sum) / self.r[(k, k)];
        }
        t.iter().map(|v| v * v).sum::<f64>().sqrt()
    }

    /// `L` with `(JᵀJ)⁻¹ = Lᵀ L` over all `n` free coordinates, a column for each; zero where a coordinate is not determined.
    pub(super) fn inverse_root(&self, n: usize) -> DMatrix<f64> {
        let inverse = self.inverse_triangle();
        let mut root = DMatrix::zeros(self.rank, n);
        for a in 0..self.rank {
            let mut column = root.column_mut(self.order[a]);
            (a..self.rank).for_each(|k| column[k] = inverse[(a, k)] / self.norms[a]);
        }
        root
    }

    /// `R₁⁻¹`. Only what is not zero in a column of the triangle is touched: of a banded one, little.
    fn inverse_triangle(&self) -> DMatrix<f64> {
        let columns: Vec<(usize, &[f64])> = (0..self.rank)
            .map(|k| {
                let column = &self.r.as_slice()[k * self.r.nrows()..k * self.r.nrows() + k + 1];
                let first = column.iter().position(|v| *v != 0.0).unwrap_or(k);
                (first, &column[first..])
            })
            .collect();
        let mut inverse = DMatrix::zeros(self.rank, self.rank);
        for j in 0..self.rank {
            let mut target = inverse.column_mut(j);
            let x = &mut target.as_mut_slice()[..=j];
            x[j] = 1.0;
            for i in (0..=j).rev() {
                let (first, column) = columns[i];
                // R₁ has no vanishing pivot by construction.
                let Some((pivot, above)) = column.split_last() else { continue };
                x[i] /= pivot;
                let value = x[i];
                if value != 0.0 {
                    x[first..i].iter_mut().zip(above).for_each(|(x, r)| *x -= value * r);
                }
            }
        }
        inverse
    }

    /// Whether all chosen coordinates are determined.
    pub(super) fn is_full_rank(&self) -> bool {
        self.rank == self.order.len()
    }

    /// The coordinates that the data do not determine.
    pub(super) fn null_directions(&self) -> Vec<NullDirection> {
        let r = self.r.columns(0, self.rank);
        (self.rank..self.order.len())
            .map(|k| {
                let column = self.r.column(k).into_owned();
                let combination = r.solve_upper_triangular(&column).unwrap_or(column);
                let mut partners: Vec<(usize, f64)> = (0..self.rank)
                    .map(|i| (self.order[i], combination[i].abs()))
                    .filter(|(_, weight)| *weight > PARTICIPATION)
                    .collect();
                partners.sort_by(|a, b| b.1.total_cmp(&a.1));
                NullDirection {
                    coordinate: self.order[k],
                    partners: partners.into_iter().map(|(coordinate, _)| coordinate).collect(),
                }
            })
            .collect()
    }
}

/// Columns of some length, and those without any.
fn split_vanished(norms: &[f64], chosen: &[usize]) -> (Vec<usize>, Vec<usize>) {
    chosen.iter().partition(|&&j| norms[j] > f64::MIN_POSITIVE)
}

#[cfg(test)]
mod tests {
    use super::super::model::WindowedColumn;
    use super::super::normal_equations::NormalEquations;
    use super::super::reduction::Reduction;
    use super::*;

    /// Five columns: 0 and 3 are the same but for a factor, 2 is zero.
    fn columns() -> Vec<WindowedColumn> {
        let column =
            |f: &dyn Fn(f64) -> f64| WindowedColumn { first: 0, values: (0..30).map(|k| f(k as f64 / 30.0)).collect() };
        let wave = |t: f64| (3.0 * t).sin();
        vec![column(&wave), column(&|t| 1e6 * t), column(&|_| 0.0), column(&|t| -2.0 * wave(t)), column(&|t| t * t)]
    }

    fn factors() -> [RankFactor; 2] {
        let columns = columns();
        let mut dense = Reduction::new(30, 5);
        assert!(dense.update(&columns, &[1.0; 30]));
        let mut normal = NormalEquations::new(5);
        normal.update(&columns, dense.norms());
        let all = [0, 1, 2, 3, 4];
        [dense.rank_factor(&all), normal.rank_factor(dense.norms(), &all, 1e-6)]
    }

    #[test]
    fn dependent_columns_are_named_with_their_partners() {
        for factor in factors() {
            let mut found = factor.null_directions();
            found.sort_by_key(|d| d.coordinate);
            let silent = NullDirection { coordinate: 2, partners: vec![] };
            assert!(found.contains(&silent), "{found:?}");
            let pair = found.iter().find(|d| d.coordinate != 2).unwrap();
            assert_eq!(pair.coordinate + pair.partners[0], 3, "{found:?}");
            assert_eq!((found.len(), pair.partners.len()), (2, 1));
        }
    }

    /// Truth: nalgebra's inverse of the normal matrix of the independent columns 1 and 4 beside the pair.
    #[test]
    fn inverse_of_the_determined_part() {
        let columns = columns();
        for factor in factors() {
            let dropped = factor.null_directions().iter().map(|d| d.coordinate).collect::<Vec<_>>();
            let kept: Vec<usize> = (0..5).filter(|j| !dropped.contains(j)).collect();
            let j = DMatrix::from_fn(30, 3, |i, k| columns[kept[k]].values[i]);
            let expected = (j.transpose() * j).try_inverse().unwrap();
            let root = factor.inverse_root(5);
            let got = root.transpose() * root;
            for (a, &i) in kept.iter().enumerate() {
                for (b, &k) in kept.iter().enumerate() {
                    let (e, g) = (expected[(a, b)], got[(i, k)]);
                    assert!((e - g).abs() < 1e-8 * e.abs(), "{i} {k}: {g} {e}");
                }
            }
        }
    }
}
