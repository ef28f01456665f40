//! Least squares for every fit of both techniques.
//!
//! A [`Model`] gives values and windowed analytic derivatives; [`Parameters`] are named, bounded, fixed or tied to each
//! other; [`fit()`] finds the minimum and says how sure it is: σ and covariance of every parameter, what is held by a
//! bound, what the data do not determine, figures of merit, and why the solver stopped.
//!
//! The minimum of `½ Σ w_i (y_i − f_i)²` (or of the Poisson quasi-deviance, see [`Weights`]) is found by a bounded
//! Levenberg–Marquardt method, run as an argmin `Solver`: K. Levenberg, Quart. Appl. Math. 2 (1944) 164; D. W. Marquardt,
//! J. SIAM 11 (1963) 431; J. J. Moré, Lecture Notes in Mathematics 630 (1978) 105. Derivatives are checked by
//! [`derivative_check`].
//!
//! ```
//! use doublet_common::fit::{Jacobian, Model, Options, Parameters, Weights, fit};
//!
//! /// A straight line, y = a + b·x.
//! struct Line(Vec<f64>);
//!
//! impl Model for Line {
//!     fn observations(&self) -> usize {
//!         self.0.len()
//!     }
//!
//!     fn evaluate(&self, p: &[f64], y: &mut [f64], j: Option<&mut Jacobian>) -> doublet_common::Result<()> {
//!         for (y, x) in y.iter_mut().zip(&self.0) {
//!             *y = p[0] + p[1] * x;
//!         }
//!         if let Some(j) = j {
//!             j.window(0, 0..self.0.len()).fill(1.0);
//!             j.window(1, 0..self.0.len()).copy_from_slice(&self.0);
//!         }
//!         Ok(())
//!     }
//! }
//!
//! // Pearson's data with unit weights; known answer: y = 5.76 − 0.54·x.
//! let x = vec![0.0, 0.9, 1.8, 2.6, 3.3, 4.4, 5.2, 6.1, 6.5, 7.4];
//! let y = [5.9, 5.4, 4.4, 4.6, 3.5, 3.7, 2.8, 2.8, 2.4, 1.5];
//! let mut parameters = Parameters::new();
//! let a = parameters.free("intercept", 0.0);
//! let b = parameters.free("slope", 0.0);
//!
//! let result = fit(&Line(x), &parameters, &y, Weights::Unit, &Options::default())?;
//! assert!(result.converged());
//! assert!((result.value(a) - 5.7611852).abs() < 1e-6);
//! assert!((result.value(b) + 0.5395773).abs() < 1e-6);
//! assert!((result.quantity(b).sigma.unwrap() - 0.0421266).abs() < 1e-6);
//! # Ok::<(), doublet_common::Error>(())
//! ```

mod covariance;
pub mod derivative_check;
mod engine;
mod householder;
mod levenberg_marquardt;
mod model;
mod normal_equations;
mod options;
mod parameters;
mod problem;
mod rank_factor;
mod reduction;
pub mod report;
pub mod resample;
mod statistics;
#[cfg(test)]
mod tests;
mod ties;
mod trust_region;
mod weights;

pub use covariance::{Covariance, Undetermined};
pub use engine::{Fit, fit};
pub use model::{Jacobian, Model, WindowedColumn};
pub use options::{CovarianceScale, Options, Stop, Termination};
pub use parameters::{Coupling, Parameter, ParameterId, Parameters};
pub use report::report;
pub use resample::{ResampleOptions, Resampled, Scheme, resample};
pub use statistics::{Statistics, durbin_watson, serial_correlation_factor};
pub use weights::{Weighting, Weights};
