//! Chebyshev polynomials of the first kind on an axis scaled to −1…1: `b(x) = Σ c_n T_n(t)`, `T_0 = 1`, `T_1 = t`,
//! `T_{n+1} = 2t T_n − T_{n−1}`. Linear in its coefficients, so the basis row is the derivative.

use crate::error::{Error, Result};

/// Chebyshev background between two ends of the axis.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Chebyshev {
    low: f64,
    high: f64,
    degree: usize,
}

impl Chebyshev {
    /// Largest degree: more wiggles than any background of a powder pattern or a spectrum has.
    pub const MAX_DEGREE: usize = 60;

    /// Polynomial of `degree` on `low`…`high`.
    ///
    /// # Errors
    /// [`Error::Domain`] if the ends do not ascend or the degree is above [`Self::MAX_DEGREE`].
    pub fn new(low: f64, high: f64, degree: usize) -> Result<Self> {
        let refuse = |message| Err(Error::Domain { method: "Chebyshev background", message });
        if !(low.is_finite() && high.is_finite() && low < high) {
            return refuse(format!("axis from {low} to {high}, expected two ascending finite ends"));
        }
        if degree > Self::MAX_DEGREE {
            return refuse(format!("degree {degree}, expected at most {}", Self::MAX_DEGREE));
        }
        Ok(Self { low, high, degree })
    }

    /// Number of coefficients: degree + 1.
    pub fn coefficients(&self) -> usize {
        self.degree + 1
    }

    /// Degree of the polynomial.
    pub fn degree(&self) -> usize {
        self.degree
    }

    /// `T_0(x) … T_degree(x)`: the derivatives of the background at `x` with respect to its coefficients. As many are
    /// written as `row` has room for, at most degree + 1.
    pub fn basis(&self, x: f64, row: &mut [f64]) {
        let t = self.scaled(x);
        let (mut this, mut next) = (1.0, t);
        for value in row.iter_mut().take(self.coefficients()) {
            *value = this;
            (this, next) = (next, 2.0 * t * next - this);
        }
    }

    /// Background at `x` (Clenshaw's recurrence); missing coefficients count as zero.
    pub fn value(&self, x: f64, coefficients: &[f64]) -> f64 {
        let t = self.scaled(x);
        let used = &coefficients[..coefficients.len().min(self.coefficients())];
        let Some((first, rest)) = used.split_first() else { return 0.0 };
        let (mut b1, mut b2) = (0.0, 0.0);
        for c in rest.iter().rev() {
            (b1, b2) = (c + 2.0 * t * b1 - b2, b1);
        }
        first + t * b1 - b2
    }

    fn scaled(&self, x: f64) -> f64 {
        (2.0 * x - self.low - self.high) / (self.high - self.low)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn basis_is_the_cosine() {
        // Truth: T_n(cos φ) = cos nφ.
        let c = Chebyshev::new(5.0, 150.0, 24).unwrap();
        let mut row = vec![0.0; c.coefficients()];
        for i in 0..=40 {
            let phi = f64::from(i) * std::f64::consts::PI / 40.0;
            c.basis(77.5 + 72.5 * phi.cos(), &mut row);
            for (n, value) in row.iter().enumerate() {
                assert!((value - (n as f64 * phi).cos()).abs() < 1e-12, "T{n}({phi}) = {value}");
            }
        }
    }

    #[test]
    fn value_is_the_sum_over_the_basis() {
        let c = Chebyshev::new(-3.0, 2.0, 7).unwrap();
        let coefficients = [3.0, -1.0, 0.5, 2.0, 0.0, -0.25, 1.5, 0.125];
        let mut row = [0.0; 8];
        for i in 0..=30 {
            let x = -3.0 + f64::from(i) / 6.0;
            c.basis(x, &mut row);
            let sum: f64 = row.iter().zip(coefficients).map(|(t, c)| t * c).sum();
            assert!((c.value(x, &coefficients) - sum).abs() < 1e-12);
        }
    }

    #[test]
    fn refuses_bad_ends_and_degrees() {
        for (low, high, degree) in
            [(1.0, 1.0, 3), (2.0, 1.0, 3), (f64::NAN, 1.0, 3), (0.0, f64::INFINITY, 1), (0.0, 1.0, 61)]
        {
            assert!(matches!(Chebyshev::new(low, high, degree), Err(Error::Domain { .. })), "{low} {high} {degree}");
        }
    }
}
