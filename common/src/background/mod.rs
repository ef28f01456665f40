//! Backgrounds: Chebyshev polynomials fitted with the peaks; SNIP, rolling ball and arPLS as estimators.
//!
//! A background that enters a result is a model with σ, fitted together with the peaks ([`Chebyshev`]). The estimators
//! ([`snip`], [`rolling_ball`], [`arpls`]) take evenly spaced intensities alone; they start a fit, scale a figure or
//! find peaks, and their result has no σ.

mod arpls;
mod chebyshev;
mod rolling_ball;
mod snip;

#[cfg(test)]
mod contract;

pub use arpls::{ArPls, ArPlsOptions, arpls};
pub use chebyshev::Chebyshev;
pub use rolling_ball::rolling_ball;
pub use snip::{SnipScale, snip};

use crate::error::{Error, Result};

/// Most points that an estimator takes: far above any scan, and small enough for memory.
pub const MAX_POINTS: usize = 10_000_000;

/// Refuses what no estimator can work with: too few points, too many, values that are not finite.
fn check_intensities(method: &'static str, y: &[f64]) -> Result<()> {
    let refuse = |message| Err(Error::Domain { method, message });
    if y.len() < 3 {
        return refuse(format!("{} point(s), expected at least 3", y.len()));
    }
    if y.len() > MAX_POINTS {
        return refuse(format!("{} points, expected at most {MAX_POINTS}", y.len()));
    }
    match y.iter().position(|v| !v.is_finite()) {
        Some(i) => refuse(format!("intensity {} at point {i}, expected a finite number", y[i])),
        None => Ok(()),
    }
}

/// Refuses a window that is empty or does not fit into the data.
fn check_half_window(method: &'static str, half_window: usize, points: usize) -> Result<()> {
    let most = (points - 1) / 2;
    if (1..=most).contains(&half_window) {
        return Ok(());
    }
    let message = format!("half window of {half_window} point(s), expected 1 to {most} for {points} points");
    Err(Error::Domain { method, message })
}
