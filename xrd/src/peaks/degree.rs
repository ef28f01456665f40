//! Degree of the Chebyshev background: the smallest Bayesian information criterion, `χ² + p ln n` (Schwarz, Ann. Stat. 6
//! (1978) 461), of a polynomial through the intensities that are left when the peaks are taken out.
//!
//! Points far above the polynomial are peaks that are not in the model yet; they are left out. Under the peaks, what the
//! peaks may be wrong by counts as σ.

use doublet_common::background::Chebyshev;
use doublet_common::vector::add_scaled;
use nalgebra::{DMatrix, DVector};

use crate::error::Result;

/// Largest degree that is tried.
const MOST: usize = 20;
/// Fewest points for each coefficient.
const POINTS_PER_COEFFICIENT: usize = 8;
/// Points more than this many σ above the polynomial are not background.
const CLIP: f64 = 3.0;
/// Times that points are left out.
const CLIPPINGS: usize = 3;

/// A background that was chosen: its coefficients are where a fit starts.
pub(super) struct Choice {
    pub(super) chebyshev: Chebyshev,
    pub(super) coefficients: Vec<f64>,
}

/// Polynomial of the best degree (or of the `given` one) through `rest` with σ `sigma`.
pub(super) fn choose(x: &[f64], rest: &[f64], sigma: &[f64], given: Option<usize>) -> Result<Choice> {
    let most = given.unwrap_or_else(|| MOST.min(x.len() / POINTS_PER_COEFFICIENT));
    let (low, high) = (x.first().copied().unwrap_or(0.0), x.last().copied().unwrap_or(0.0));
    let whole = Chebyshev::new(low, high, most)?;
    let mut equations = Equations::new(whole.coefficients());
    let (mut used, mut wanted) = (vec![false; x.len()], vec![true; x.len()]);
    let mut row = vec![0.0; whole.coefficients()];
    let mut solution = (most, vec![0.0; most + 1]);
    for _ in 0..=CLIPPINGS {
        for i in (0..x.len()).filter(|i| used[*i] != wanted[*i]) {
            whole.basis(x[i], &mut row);
            equations.change(&row, rest[i], sigma[i], wanted[i]);
        }
        used.copy_from_slice(&wanted);
        solution = equations.best(given);
        let degree = Chebyshev::new(low, high, solution.0)?;
        for (i, wanted) in wanted.iter_mut().enumerate() {
            *wanted = rest[i] - degree.value(x[i], &solution.1) < CLIP * sigma[i];
        }
    }
    Ok(Choice { chebyshev: Chebyshev::new(low, high, solution.0)?, coefficients: solution.1 })
}

/// Normal equations of the largest degree; those of a smaller one are their leading part.
struct Equations {
    matrix: DMatrix<f64>,
    right: DVector<f64>,
    square: f64,
    points: usize,
}

impl Equations {
    /// Of no point, for so many coefficients.
    fn new(terms: usize) -> Self {
        Self { matrix: DMatrix::zeros(terms, terms), right: DVector::zeros(terms), square: 0.0, points: 0 }
    }

    /// Takes a point in, or out again.
    fn change(&mut self, row: &[f64], rest: f64, sigma: f64, enters: bool) {
        let sign = if enters { 1.0 } else { -1.0 };
        let weight = sign / (sigma * sigma);
        for (b, value) in row.iter().enumerate() {
            self.right[b] += weight * value * rest;
            // Only the lower triangle is ever read.
            add_scaled(weight * value, &row[b..], &mut self.matrix.column_mut(b).as_mut_slice()[b..]);
        }
        self.square += weight * rest * rest;
        self.points = if enters { self.points + 1 } else { self.points - 1 };
    }

    /// Degree and coefficients.
    fn best(&self, given: Option<usize>) -> (usize, Vec<f64>) {
        let most = self.right.len();
        let solved: Vec<(usize, f64, Vec<f64>)> = (1..=most)
            .filter(|terms| given.is_none_or(|degree| *terms == degree + 1))
            .filter_map(|terms| {
                let part = self.matrix.view((0, 0), (terms, terms)).into_owned();
                let right = self.right.rows(0, terms).into_owned();
                let coefficients = part.cholesky()?.solve(&right);
                let chi_squared = (self.square - coefficients.dot(&right)).max(0.0);
                Some((terms, chi_squared, coefficients.iter().copied().collect()))
            })
            .collect();
        // If even the largest degree leaves more than noise, the rest is the unit in which degrees are compared.
        let freedom = self.points.saturating_sub(most).max(1) as f64;
        let unit = solved.last().map_or(1.0, |(_, chi_squared, _)| (chi_squared / freedom).max(1.0));
        let cost =
            |terms: usize, chi_squared: f64| chi_squared / unit + terms as f64 * (self.points.max(2) as f64).ln();
        solved
            .into_iter()
            .min_by(|a, b| cost(a.0, a.1).total_cmp(&cost(b.0, b.1)))
            .map_or((0, vec![0.0]), |(terms, _, coefficients)| (terms - 1, coefficients))
    }
}

#[cfg(test)]
mod tests {
    use super::super::simulated::{Setting, scan};
    use super::*;

    #[test]
    fn the_degree_of_a_polynomial_is_found() {
        // Truth: the simulated background, 400 + 300 t² − 150 t³ of the scaled axis: T0 to T3.
        let t = |x: f64| (x - 50.0) / 40.0;
        let setting = Setting {
            low: 10.0,
            high: 90.0,
            step: 0.02,
            background: |x| 400.0 + 300.0 * ((x - 50.0) / 40.0).powi(2) - 150.0 * ((x - 50.0) / 40.0).powi(3),
        };
        for seed in 0..5 {
            let scan = scan(&setting, &[], Some(seed));
            let choice = choose(scan.two_theta_deg(), scan.intensity(), scan.sigma(), None).unwrap();
            assert!((3..=4).contains(&choice.chebyshev.degree()), "{}", choice.chebyshev.degree());
            for x in [12.0, 45.0, 88.0] {
                let truth = 400.0 + 300.0 * t(x).powi(2) - 150.0 * t(x).powi(3);
                // Clipping above only, and weights of the counts themselves, pull a start value down by a few σ.
                assert!((choice.chebyshev.value(x, &choice.coefficients) - truth).abs() < 3.0);
            }
        }
    }

    #[test]
    fn a_given_degree_is_kept() {
        let setting = Setting { low: 10.0, high: 20.0, step: 0.02, background: |_| 50.0 };
        let scan = scan(&setting, &[], Some(1));
        let choice = choose(scan.two_theta_deg(), scan.intensity(), scan.sigma(), Some(7)).unwrap();
        assert_eq!((choice.chebyshev.degree(), choice.coefficients.len()), (7, 8));
    }
}
