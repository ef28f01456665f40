//! Covariance of the parameters, σ of anything computed from them, and what the data leave undetermined.

use nalgebra::{DMatrix, DVector};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::parameters::Parameters;
use super::rank_factor::{NullDirection, RankFactor};
use super::ties::FreeSpace;
use crate::vector::dot;

/// A parameter that the data do not determine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Undetermined {
    /// Name of the parameter.
    pub name: String,
    /// Names of the parameters that it can be exchanged for without changing the model, strongest first; empty if the
    /// model does not depend on it at all.
    pub exchangeable_with: Vec<String>,
}

/// What is known of a free coordinate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Knowledge {
    Determined,
    /// Held at a bound: a constant for the covariance.
    AtBound,
    /// Part of a combination that the data do not determine.
    Undetermined,
}

/// Covariance of all parameters through the free coordinates that they follow.
#[derive(Debug, Clone)]
pub struct Covariance {
    space: FreeSpace,
    /// `L` of the covariance `Lᵀ L`, a column for each free coordinate; zero where [`Knowledge`] is not `Determined`. Most
    /// fits are asked for few entries, and all of them at once cost more than the fit of a long pattern.
    root: DMatrix<f64>,
    /// Diagonal of the covariance.
    variance: Vec<f64>,
    knowledge: Vec<Knowledge>,
}

impl Covariance {
    /// `factor` covers the `active` coordinates; the others are at a bound. `scale` multiplies `(JᵀWJ)⁻¹`; without it
    /// nothing is determined.
    pub(super) fn new(space: FreeSpace, factor: &RankFactor, active: &[usize], scale: Option<f64>) -> Self {
        let n = space.len();
        let mut knowledge = vec![Knowledge::AtBound; n];
        let known = if scale.is_some() { Knowledge::Determined } else { Knowledge::Undetermined };
        active.iter().for_each(|&j| knowledge[j] = known);
        for direction in factor.null_directions() {
            knowledge[direction.coordinate] = Knowledge::Undetermined;
            direction.partners.iter().for_each(|&j| knowledge[j] = Knowledge::Undetermined);
        }
        let mut root = factor.inverse_root(n) * scale.unwrap_or(0.0).sqrt();
        for j in (0..n).filter(|&j| knowledge[j] != Knowledge::Determined) {
            root.column_mut(j).fill(0.0);
        }
        let variance = (0..n).map(|j| dot(column(&root, j), column(&root, j))).collect();
        Self { space, root, variance, knowledge }
    }

    /// Indices of the free parameters, in the order of [`Covariance::entry`].
    pub fn free_parameters(&self) -> &[usize] {
        &self.space.free
    }

    /// Covariance of the `i`-th and `j`-th free parameter; absent if one of them is at a bound or not determined.
    pub fn entry(&self, i: usize, j: usize) -> Option<f64> {
        let known = |k: usize| self.knowledge.get(k) == Some(&Knowledge::Determined);
        (known(i) && known(j)).then(|| dot(column(&self.root, i), column(&self.root, j)))
    }

    /// Covariance of two quantities from their gradients over *all* parameters (tied and fixed ones included).
    ///
    /// Parameters at a bound count as constants, as fixed ones do. Absent if a quantity depends on a parameter that the
    /// data do not determine, or if a gradient has not one entry per parameter.
    pub fn between(&self, a: &[f64], b: &[f64]) -> Option<f64> {
        if a.len() != self.space.links.len() || b.len() != a.len() {
            return None;
        }
        let (a, b) = (self.space.pull_back(a), self.space.pull_back(b));
        let lost = |g: &[f64]| g.iter().zip(&self.knowledge).any(|(g, k)| *g != 0.0 && *k == Knowledge::Undetermined);
        if lost(&a) || lost(&b) {
            return None;
        }
        let through_root = |g: Vec<f64>| &self.root * DVector::from_vec(g);
        Some(through_root(a).dot(&through_root(b)))
    }

    /// σ of a quantity from its gradient over all parameters; conditions as in [`Covariance::between`]. Zero only for a
    /// quantity of constants.
    pub fn propagate(&self, gradient: &[f64]) -> Option<f64> {
        self.between(gradient, gradient).map(f64::sqrt)
    }

    /// σ of parameter `p`: absent for fixed ones, those at a bound and those not determined.
    pub fn sigma(&self, p: usize) -> Option<f64> {
        let link = self.space.links.get(p)?;
        let q = link.free.filter(|&q| self.knowledge[q] == Knowledge::Determined)?;
        Some(link.scale.abs() * self.variance[q].sqrt())
    }

    /// Correlation of parameters `p` and `q`; absent where one has no σ. A tied parameter has ±1 with its source.
    pub fn correlation(&self, p: usize, q: usize) -> Option<f64> {
        let (a, b) = (self.space.links.get(p)?, self.space.links.get(q)?);
        let (i, j) = (a.free?, b.free?);
        let lengths = self.sigma(p)? * self.sigma(q)?;
        let sign = (a.scale * b.scale).signum();
        if i == j {
            return Some(sign);
        }
        let covariance = a.scale * b.scale * dot(column(&self.root, i), column(&self.root, j));
        (lengths > 0.0).then(|| (covariance / lengths).clamp(-1.0, 1.0))
    }

    /// Multiplies every σ by `factor`, e.g. for [serial correlation](super::serial_correlation_factor).
    pub fn inflate(&mut self, factor: f64) {
        self.root *= factor;
        self.variance.iter_mut().for_each(|v| *v *= factor * factor);
    }
}

fn column(matrix: &DMatrix<f64>, j: usize) -> &[f64] {
    &matrix.as_slice()[j * matrix.nrows()..(j + 1) * matrix.nrows()]
}

/// Null directions in the names of the parameters.
pub(super) fn name_undetermined(
    parameters: &Parameters,
    space: &FreeSpace,
    directions: &[NullDirection],
) -> Vec<Undetermined> {
    let name = |coordinate: usize| parameters.list()[space.free[coordinate]].name.clone();
    directions
        .iter()
        .map(|d| Undetermined {
            name: name(d.coordinate),
            exchangeable_with: d.partners.iter().map(|&j| name(j)).collect(),
        })
        .collect()
}
