//! What the least-squares engine asks of a model: values and, where wanted, the windowed Jacobian.

use crate::error::Result;

/// A model of measured data, with analytic derivatives.
pub trait Model {
    /// Number of observations that the model predicts.
    fn observations(&self) -> usize;

    /// Fills `values` (length [`Model::observations`]) with the model at `parameters` (every parameter, in the order of
    /// the [`Parameters`](super::Parameters) it is fitted with, tied and fixed ones included), and, where `jacobian` is
    /// given, the derivative with respect to each of them.
    ///
    /// # Errors
    /// Parameters outside the model's domain; the solver treats this as a rejected step.
    fn evaluate(&self, parameters: &[f64], values: &mut [f64], jacobian: Option<&mut Jacobian>) -> Result<()>;
}

/// Derivatives of the model: one column per parameter, stored only where it is not zero.
///
/// Peaks touch few points, so `JᵀJ` of a whole pattern is banded in practice; windows make it cost what it should.
#[derive(Debug, Clone, Default)]
pub struct Jacobian {
    /// Columns, one per parameter.
    pub columns: Vec<WindowedColumn>,
    /// Parameters whose column nobody will read; empty if all are wanted.
    unwanted: Vec<bool>,
}

/// One column of a [`Jacobian`]: `values[k]` is the derivative at observation `first + k`; zero elsewhere.
#[derive(Debug, Clone, Default)]
pub struct WindowedColumn {
    /// First observation of the window.
    pub first: usize,
    /// Derivatives inside the window.
    pub values: Vec<f64>,
}

impl Jacobian {
    /// An empty Jacobian of `parameters` columns.
    pub fn new(parameters: usize) -> Self {
        Self { columns: vec![WindowedColumn::default(); parameters], unwanted: Vec::new() }
    }

    /// An empty Jacobian of which only the columns with `wanted` will be read.
    pub(super) fn of_wanted(wanted: impl Iterator<Item = bool>) -> Self {
        let unwanted: Vec<bool> = wanted.map(|w| !w).collect();
        Self { columns: vec![WindowedColumn::default(); unwanted.len()], unwanted }
    }

    /// Whether the column of `parameter` will be read. A model may leave the others empty: the fit does not need the
    /// derivatives of fixed parameters.
    pub fn wants(&self, parameter: usize) -> bool {
        !self.unwanted.get(parameter).copied().unwrap_or(false)
    }

    /// Empties every column and keeps the memory.
    pub fn clear(&mut self) {
        for column in &mut self.columns {
            column.first = 0;
            column.values.clear();
        }
    }

    /// Column `parameter`, set to zeros over `window` and ready to be filled.
    pub fn window(&mut self, parameter: usize, window: std::ops::Range<usize>) -> &mut [f64] {
        let column = &mut self.columns[parameter];
        column.first = window.start;
        column.values.clear();
        column.values.resize(window.len(), 0.0);
        &mut column.values
    }
}
