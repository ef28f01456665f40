//! SNIP, statistics-sensitive non-linear iterative peak clipping: each point is clipped to the mean of its two
//! neighbours at distance p, for p from the half window down to 1.
//!
//! Ryan et al., Nucl. Instrum. Methods B 34 (1988) 396; decreasing windows: Morháč & Matoušek, Appl. Spectrosc. 62
//! (2008) 91.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{check_half_window, check_intensities};
use crate::error::{Error, Result};

/// Scale on which intensities are clipped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SnipScale {
    /// As measured.
    Linear,
    /// `ln(ln(√(y + 1) + 1) + 1)`, for intensities over several decades; refuses y below −1.
    LogLogSqrt,
}

/// Background of evenly spaced intensities `y`; peaks wider than about `2·half_window` points are kept as background.
/// The first and the last `p` points are not clipped at distance p.
///
/// # Errors
/// [`Error::Domain`] for fewer than 3 points, values that are not finite, a half window that is 0 or longer than the
/// data allow, or intensities below −1 on the logarithmic scale.
pub fn snip(y: &[f64], half_window: usize, scale: SnipScale) -> Result<Vec<f64>> {
    check_intensities("SNIP", y)?;
    check_half_window("SNIP", half_window, y.len())?;
    let mut curve = match scale {
        SnipScale::Linear => y.to_vec(),
        SnipScale::LogLogSqrt => log_log_sqrt(y)?,
    };
    let mut clipped = curve.clone();
    let n = curve.len();
    for p in (1..=half_window).rev() {
        for i in p..n - p {
            clipped[i] = curve[i].min(0.5 * (curve[i - p] + curve[i + p]));
        }
        curve[p..n - p].copy_from_slice(&clipped[p..n - p]);
    }
    if scale == SnipScale::LogLogSqrt {
        for value in &mut curve {
            *value = (value.exp_m1().exp_m1()).powi(2) - 1.0;
        }
    }
    Ok(curve)
}

fn log_log_sqrt(y: &[f64]) -> Result<Vec<f64>> {
    if let Some((i, value)) = y.iter().enumerate().find(|(_, v)| **v < -1.0) {
        let message = format!("intensity {value} at point {i}, expected -1 or more on the logarithmic scale");
        return Err(Error::Domain { method: "SNIP", message });
    }
    Ok(y.iter().map(|v| ((v + 1.0).sqrt().ln_1p()).ln_1p()).collect())
}
