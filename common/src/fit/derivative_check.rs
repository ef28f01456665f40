//! The one finite-difference test of analytic derivatives, for models and for plain functions.
//!
//! Central differences are extrapolated to step zero by Ridders' method (Adv. Eng. Software 4 (1982) 75): steps shrink by
//! halves from a tenth of the parameter, each row of the tableau removes one even power of the step, and the entry that
//! agrees best with its neighbours wins. That reaches ten digits and more on smooth functions, and comes with an estimate
//! of its own error, which is granted on top of the tolerance.
//!
//! ```
//! use doublet_common::fit::derivative_check;
//!
//! // A function that returns its value and its gradient.
//! let area = |p: &[f64]| (p[0] * p[1].exp(), vec![p[1].exp(), p[0] * p[1].exp()]);
//! derivative_check::function(area, &[2.0, 0.3], 1e-9)?;
//!
//! let wrong = |p: &[f64]| (p[0] * p[0], vec![p[0]]);
//! assert!(derivative_check::function(wrong, &[2.0], 1e-9).is_err());
//! # Ok::<(), doublet_common::Error>(())
//! ```

use super::model::{Jacobian, Model};
use crate::error::{Error, Result};

/// Halvings of the step.
const LEVELS: usize = 16;

/// Checks every column of a model's Jacobian at `parameters`.
///
/// A column passes if no entry differs from the extrapolated difference by more than `tolerance` times the largest entry
/// of the column (plus what rounding of the model's values itself can cause). What lies outside a column's window counts
/// as a derivative of zero. Do not check at a point where the model has a kink.
///
/// # Errors
/// [`Error::Fit`] with parameter, observation, both derivatives and the relative difference; what the model reports.
pub fn model<M: Model + ?Sized>(model: &M, parameters: &[f64], tolerance: f64) -> Result<()> {
    let points = model.observations();
    let mut values = vec![0.0; points];
    let mut jacobian = Jacobian::new(parameters.len());
    model.evaluate(parameters, &mut values, Some(&mut jacobian))?;
    let mut plain = vec![0.0; points];
    model.evaluate(parameters, &mut plain, None)?;
    if let Some(i) = (0..points).find(|&i| (values[i] - plain[i]).abs() > 1e-12 * plain[i].abs()) {
        return Err(Error::Fit(format!(
            "the model gives {} at point {i} without derivatives and {} with them",
            plain[i], values[i]
        )));
    }
    for j in 0..parameters.len() {
        let mut analytic = vec![0.0; points];
        let column = jacobian.columns.get(j).ok_or_else(|| {
            Error::Fit(format!(
                "the model gives {} derivative columns for {}",
                jacobian.columns.len(),
                parameters.len()
            ))
        })?;
        let window = column.first..column.first + column.values.len();
        let inside = analytic.get_mut(window.clone()).ok_or_else(|| {
            Error::Fit(format!(
                "the derivative column of parameter number {j} covers {window:?} of {points} observations"
            ))
        })?;
        inside.copy_from_slice(&column.values);
        let mut at = parameters.to_vec();
        let numeric = ridders(parameters[j], points, |value, out| {
            at[j] = value;
            out.fill(0.0);
            model.evaluate(&at, out, None)
        })?;
        compare(j, &analytic, &numeric, &values, tolerance)?;
    }
    Ok(())
}

/// Checks the gradient of a function that returns its value and its gradient; criterion as for [`model`], entry by entry.
///
/// # Errors
/// [`Error::Fit`] with the parameter, both derivatives and the relative difference.
pub fn function(f: impl Fn(&[f64]) -> (f64, Vec<f64>), parameters: &[f64], tolerance: f64) -> Result<()> {
    let (value, gradient) = f(parameters);
    if gradient.len() != parameters.len() {
        return Err(Error::Fit(format!(
            "the gradient has {} entries for {} parameters",
            gradient.len(),
            parameters.len()
        )));
    }
    for j in 0..parameters.len() {
        let mut at = parameters.to_vec();
        let numeric = ridders(parameters[j], 1, |value, out| {
            at[j] = value;
            out[0] = f(&at).0;
            Ok(())
        })?;
        compare(j, &gradient[j..=j], &numeric, &[value], tolerance)?;
    }
    Ok(())
}

/// Extrapolated derivative and an estimate of its error, per observation.
struct Extrapolated {
    derivative: Vec<f64>,
    error: Vec<f64>,
}

fn compare(j: usize, analytic: &[f64], numeric: &Extrapolated, values: &[f64], tolerance: f64) -> Result<()> {
    let largest = analytic.iter().chain(&numeric.derivative).fold(0.0_f64, |m, d| m.max(d.abs()));
    for (i, value) in values.iter().enumerate() {
        let (a, n) = (analytic[i], numeric.derivative[i]);
        // The error estimate is granted only as far as it is itself small, so that a wild estimate passes nothing.
        let granted = (2.0 * numeric.error[i]).min(1e-4 * largest + f64::EPSILON * value.abs());
        let difference = (a - n).abs();
        if difference.is_nan() || difference > tolerance * largest + granted {
            return Err(Error::Fit(format!(
                "derivative by parameter number {j} at point {i}: analytic {a:e}, by differences {n:e} (±{:.1e}), \
                 {:.1e} of the column's largest {largest:e}",
                numeric.error[i],
                difference / largest
            )));
        }
    }
    Ok(())
}

/// Derivative of the vector function `f` of `n` entries at `x`.
fn ridders(x: f64, n: usize, mut f: impl FnMut(f64, &mut [f64]) -> Result<()>) -> Result<Extrapolated> {
    let mut step = if x == 0.0 { 0.1 } else { 0.1 * x.abs() };
    let mut best = Extrapolated { derivative: vec![f64::NAN; n], error: vec![f64::INFINITY; n] };
    let mut previous: Vec<Vec<f64>> = Vec::new();
    let (mut above, mut below) = (vec![0.0; n], vec![0.0; n]);
    for _ in 0..LEVELS {
        // Steps that are exact in floating arithmetic.
        let (high, low) = (x + step, x - step);
        let evaluated = f(high, &mut above).is_ok() && f(low, &mut below).is_ok();
        step *= 0.5;
        // A step may leave the domain of the model; a shorter one will not.
        if !evaluated || !above.iter().chain(&below).all(|v| v.is_finite()) {
            previous.clear();
            continue;
        }
        let mut row = vec![above.iter().zip(&below).map(|(a, b)| (a - b) / (high - low)).collect::<Vec<f64>>()];
        let mut power = 1.0;
        for coarse in &previous {
            power *= 4.0;
            let fine = &row[row.len() - 1];
            let entry: Vec<f64> = fine.iter().zip(coarse).map(|(f, c)| (power * f - c) / (power - 1.0)).collect();
            for i in 0..n {
                let error = (entry[i] - fine[i]).abs().max((entry[i] - coarse[i]).abs());
                if error < best.error[i] {
                    best.error[i] = error;
                    best.derivative[i] = entry[i];
                }
            }
            row.push(entry);
        }
        previous = row;
    }
    if best.derivative.iter().any(|d| d.is_nan()) {
        return Err(Error::Fit(format!("no finite difference could be formed at {x}")));
    }
    Ok(best)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gaussian peak on points 0..n, cut to a window, whose derivative by position is multiplied by `fault`.
    struct Peak {
        fault: f64,
        window: std::ops::Range<usize>,
    }

    impl Model for Peak {
        fn observations(&self) -> usize {
            100
        }

        fn evaluate(&self, p: &[f64], values: &mut [f64], jacobian: Option<&mut Jacobian>) -> Result<()> {
            let shape = |i: usize| {
                let z = (i as f64 - p[1]) / p[2];
                (z, (-0.5 * z * z).exp())
            };
            for i in self.window.clone() {
                values[i] = p[0] * shape(i).1;
            }
            if let Some(jacobian) = jacobian {
                for k in 0..3 {
                    let column = jacobian.window(k, self.window.clone());
                    for (i, d) in self.window.clone().zip(column) {
                        let (z, e) = shape(i);
                        *d = [e, p[0] * e * z / p[2] * self.fault, p[0] * e * z * z / p[2]][k];
                    }
                }
            }
            Ok(())
        }
    }

    #[test]
    fn right_derivatives_pass_and_wrong_ones_are_named() {
        let p = [1000.0, 48.3, 5.0];
        model(&Peak { fault: 1.0, window: 0..100 }, &p, 1e-10).unwrap();
        model(&Peak { fault: 1.0, window: 30..70 }, &p, 1e-10).unwrap();
        let text = model(&Peak { fault: 1.00001, window: 0..100 }, &p, 1e-7).unwrap_err().to_string();
        assert!(text.contains("parameter number 1 at point"), "{text}");
    }

    #[test]
    fn a_zero_parameter_and_a_half_domain_are_handled() {
        function(|p| (p[0].sin(), vec![p[0].cos()]), &[0.0], 1e-10).unwrap();
        function(|p| (p[0].ln(), vec![1.0 / p[0]]), &[1e-3], 1e-9).unwrap();
        function(|p| (3.0 + 0.0 * p[0], vec![0.0]), &[1.0], 1e-9).unwrap();
    }
}
