//! Measured data: one ascending axis, the intensities on it, and σ from what was actually counted.

use ndarray::{Array1, Axis, Slice};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// Where the standard uncertainties of a measurement come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SigmaSource {
    /// Square root of the counts actually collected, propagated through attenuation and time scaling.
    Counts,
    /// Written in the file.
    File,
    /// Square root of intensities that may not be counts: an assumption, stated with every result.
    AssumedCounts,
}

/// A measured curve: strictly ascending finite `x`, finite `y`, positive finite `sigma`, all of one length.
#[derive(Debug, Clone, PartialEq)]
pub struct Measurement {
    x: Array1<f64>,
    y: Array1<f64>,
    sigma: Array1<f64>,
    sigma_source: SigmaSource,
}

impl Measurement {
    /// Checks and keeps the three columns.
    ///
    /// # Errors
    /// [`Error::Data`] with index and value if lengths differ, fewer than two points are given, a value is not
    /// finite, `x` does not ascend strictly, or a σ is not positive.
    pub fn new(x: Array1<f64>, y: Array1<f64>, sigma: Array1<f64>, sigma_source: SigmaSource) -> Result<Self> {
        if x.len() != y.len() || x.len() != sigma.len() {
            return Err(Error::Data(format!(
                "columns of different length: {} axis values, {} intensities, {} uncertainties",
                x.len(),
                y.len(),
                sigma.len()
            )));
        }
        if x.len() < 2 {
            return Err(Error::Data(format!("{} point(s), expected at least 2", x.len())));
        }
        for i in 0..x.len() {
            let bad = |what: &str, value: f64, expected: &str| {
                Err(Error::Data(format!("{what} {value} at point {i}, expected {expected}")))
            };
            if !x[i].is_finite() {
                return bad("axis value", x[i], "a finite number");
            }
            if !y[i].is_finite() {
                return bad("intensity", y[i], "a finite number");
            }
            if !(sigma[i].is_finite() && sigma[i] > 0.0) {
                return bad("uncertainty", sigma[i], "a positive finite number");
            }
            if i > 0 && x[i] <= x[i - 1] {
                return bad("axis value", x[i], &format!("more than the {} before it", x[i - 1]));
            }
        }
        Ok(Self { x, y, sigma, sigma_source })
    }

    /// Measurement of plain counts: σ = √max(n, 1) (a zero count has σ = 1).
    ///
    /// # Errors
    /// As [`Measurement::new`]; negative counts are refused.
    pub fn from_counts(x: Array1<f64>, counts: Array1<f64>, sigma_source: SigmaSource) -> Result<Self> {
        if let Some((i, n)) = counts.iter().enumerate().find(|(_, n)| **n < 0.0) {
            return Err(Error::Data(format!("count {n} at point {i}, expected zero or more")));
        }
        let sigma = counts.mapv(|n| n.max(1.0).sqrt());
        Self::new(x, counts, sigma, sigma_source)
    }

    /// Axis values, ascending.
    pub fn x(&self) -> &Array1<f64> {
        &self.x
    }

    /// Intensities.
    pub fn y(&self) -> &Array1<f64> {
        &self.y
    }

    /// Standard uncertainties of the intensities.
    pub fn sigma(&self) -> &Array1<f64> {
        &self.sigma
    }

    /// Where σ comes from.
    pub fn sigma_source(&self) -> SigmaSource {
        self.sigma_source
    }

    /// Number of points.
    pub fn len(&self) -> usize {
        self.x.len()
    }

    /// Never true: a measurement has at least two points.
    pub fn is_empty(&self) -> bool {
        self.x.is_empty()
    }

    /// Index range of the points with `low <= x <= high`.
    pub fn window(&self, low: f64, high: f64) -> std::ops::Range<usize> {
        let xs = self.x.as_slice().unwrap_or(&[]);
        let start = xs.partition_point(|v| *v < low);
        start..xs.partition_point(|v| *v <= high).max(start)
    }

    /// The measurement cut to `low <= x <= high`.
    ///
    /// # Errors
    /// [`Error::Data`] if fewer than two points remain.
    pub fn cut(&self, low: f64, high: f64) -> Result<Self> {
        let w = self.window(low, high);
        if w.len() < 2 {
            return Err(Error::Data(format!(
                "range {low} to {high} keeps {} point(s) of {} to {}, expected at least 2",
                w.len(),
                self.x[0],
                self.x[self.len() - 1]
            )));
        }
        let part = |a: &Array1<f64>| a.slice_axis(Axis(0), Slice::from(w.clone())).to_owned();
        Self::new(part(&self.x), part(&self.y), part(&self.sigma), self.sigma_source)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn zero_count_has_unit_sigma() {
        let m = Measurement::from_counts(array![1.0, 2.0], array![0.0, 9.0], SigmaSource::Counts).unwrap();
        assert_eq!(m.sigma(), &array![1.0, 3.0]);
    }

    #[test]
    fn refusals_name_index_and_value() {
        let text =
            Measurement::from_counts(array![1.0, 1.0], array![1.0, 2.0], SigmaSource::Counts).unwrap_err().to_string();
        assert!(text.contains("axis value 1 at point 1"), "{text}");
        let text =
            Measurement::from_counts(array![1.0, 2.0], array![1.0, -2.0], SigmaSource::Counts).unwrap_err().to_string();
        assert!(text.contains("-2 at point 1"), "{text}");
    }

    #[test]
    fn window_is_inclusive() {
        let m = Measurement::from_counts(array![1.0, 2.0, 3.0, 4.0], array![1.0, 1.0, 1.0, 1.0], SigmaSource::Counts)
            .unwrap();
        assert_eq!(m.window(2.0, 3.0), 1..3);
        assert_eq!(m.cut(2.0, 3.0).unwrap().len(), 2);
        assert!(m.cut(2.1, 2.9).is_err());
    }
}
