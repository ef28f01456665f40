//! The least-squares problem that the solver sees: free coordinates in, weighted residuals and weighted columns out.

use super::model::{Jacobian, Model, WindowedColumn};
use super::ties::FreeSpace;
use super::weights::Target;
use crate::error::{Error, Result};
use crate::vector::dot;

/// A model, its parameters and the observations, as the problem of an argmin `Solver`.
#[derive(Debug)]
pub(super) struct LeastSquares<'a, M: ?Sized> {
    pub(super) model: &'a M,
    pub(super) space: &'a FreeSpace,
    pub(super) target: Target<'a>,
}

/// Everything known at one point of the free space; its memory is reused.
#[derive(Debug, Clone)]
pub(super) struct Evaluation {
    /// Every parameter.
    pub(super) full: Vec<f64>,
    /// Model.
    pub(super) values: Vec<f64>,
    /// `1/σ`.
    pub(super) inverse_sigma: Vec<f64>,
    /// `(y − f)/σ`.
    pub(super) residuals: Vec<f64>,
    /// Weighted Jacobian over the free coordinates.
    pub(super) columns: Vec<WindowedColumn>,
    jacobian: Jacobian,
}

impl Evaluation {
    /// Slope of the cost along `step`: `−(J·s)ᵀ r`. The derivatives must have been asked for.
    pub(super) fn slope(&self, step: &[f64]) -> f64 {
        let along = |(column, s): (&WindowedColumn, &f64)| {
            s * dot(&column.values, &self.residuals[column.first..column.first + column.values.len()])
        };
        -self.columns.iter().zip(step).map(along).sum::<f64>()
    }
}

impl<M: Model + ?Sized> LeastSquares<'_, M> {
    /// Memory for evaluations of this problem.
    pub(super) fn memory(&self) -> Evaluation {
        let points = self.target.observed.len();
        Evaluation {
            full: vec![0.0; self.space.links.len()],
            values: vec![0.0; points],
            inverse_sigma: vec![0.0; points],
            residuals: vec![0.0; points],
            columns: vec![WindowedColumn::default(); self.space.len()],
            jacobian: Jacobian::of_wanted(self.space.links.iter().map(|link| link.free.is_some())),
        }
    }

    /// Evaluates the model, with its derivatives if `derivatives`, and returns the cost (not finite where the model is
    /// not).
    ///
    /// # Errors
    /// What the model reports; a Jacobian that does not fit the observations.
    pub(super) fn evaluate(&self, coordinates: &[f64], derivatives: bool, at: &mut Evaluation) -> Result<f64> {
        self.space.expand(coordinates, &mut at.full);
        at.values.fill(0.0);
        if derivatives {
            at.jacobian.clear();
            self.model.evaluate(&at.full, &mut at.values, Some(&mut at.jacobian))?;
        } else {
            self.model.evaluate(&at.full, &mut at.values, None)?;
        }
        let cost = self.target.cost(&at.values);
        if derivatives && cost.is_finite() {
            self.weigh(at)?;
        }
        Ok(cost)
    }

    /// Weighted residuals and columns from values and Jacobian.
    fn weigh(&self, at: &mut Evaluation) -> Result<()> {
        self.target.inverse_sigma(&at.values, &mut at.inverse_sigma);
        let pairs = self.target.observed.iter().zip(&at.values).zip(&at.inverse_sigma);
        at.residuals.iter_mut().zip(pairs).for_each(|(r, ((y, f), w))| *r = (y - f) * w);
        if at.jacobian.columns.len() != self.space.links.len() {
            return Err(Error::Fit(format!(
                "the model gives {} derivative columns for {} parameters",
                at.jacobian.columns.len(),
                self.space.links.len()
            )));
        }
        self.union_windows(at)?;
        for (link, source) in self.space.links.iter().zip(&at.jacobian.columns) {
            let Some(q) = link.free else { continue };
            if source.values.is_empty() {
                continue;
            }
            let target = &mut at.columns[q];
            let shift = source.first - target.first;
            let weights = &at.inverse_sigma[source.first..];
            let summed = &mut target.values[shift..shift + source.values.len()];
            for ((t, d), w) in summed.iter_mut().zip(&source.values).zip(weights) {
                *t += link.scale * d * w;
            }
        }
        Ok(())
    }

    /// Sets every free column to zeros over the union of the windows of the parameters that follow it.
    fn union_windows(&self, at: &mut Evaluation) -> Result<()> {
        for column in &mut at.columns {
            column.first = 0;
            column.values.clear();
        }
        for (p, (link, source)) in self.space.links.iter().zip(&at.jacobian.columns).enumerate() {
            let end = source.first + source.values.len();
            if end > at.values.len() {
                return Err(Error::Fit(format!(
                    "the derivative column of parameter number {p} covers {} to {end} of {} observations",
                    source.first,
                    at.values.len()
                )));
            }
            let Some(q) = link.free.filter(|_| !source.values.is_empty()) else { continue };
            let column = &mut at.columns[q];
            let (first, old_end) = if column.values.is_empty() {
                (source.first, end)
            } else {
                (column.first.min(source.first), (column.first + column.values.len()).max(end))
            };
            column.first = first;
            column.values.resize(old_end - first, 0.0);
        }
        Ok(())
    }
}
