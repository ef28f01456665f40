//! Rolling ball: minimum, then maximum, then mean in a moving window (a morphological opening, smoothed).
//!
//! Kneen & Annegarn, Nucl. Instrum. Methods B 109 (1996) 209.

use std::collections::VecDeque;

use super::{check_half_window, check_intensities};
use crate::error::Result;

/// Background of evenly spaced intensities `y` under a ball of `2·half_window + 1` points. At the ends the windows of
/// minimum and maximum are cut off, and the window of the mean shrinks symmetrically.
///
/// # Errors
/// [`Error::Domain`](crate::Error::Domain) for fewer than 3 points, values that are not finite, or a half window that
/// is 0 or longer than the data allow.
pub fn rolling_ball(y: &[f64], half_window: usize) -> Result<Vec<f64>> {
    check_intensities("rolling ball", y)?;
    check_half_window("rolling ball", half_window, y.len())?;
    let minimum = moving_extreme(y, half_window, |new, old| new <= old);
    let opened = moving_extreme(&minimum, half_window, |new, old| new >= old);
    Ok(moving_mean(&opened, half_window))
}

/// Extreme value in a moving window, in time proportional to the number of points: a queue keeps the indices that can
/// still become the extreme.
fn moving_extreme(y: &[f64], half_window: usize, beats: impl Fn(f64, f64) -> bool) -> Vec<f64> {
    let mut queue: VecDeque<usize> = VecDeque::new();
    let mut entered = 0;
    (0..y.len())
        .map(|i| {
            while entered < y.len() && entered <= i + half_window {
                while queue.back().is_some_and(|last| beats(y[entered], y[*last])) {
                    queue.pop_back();
                }
                queue.push_back(entered);
                entered += 1;
            }
            while queue.front().is_some_and(|first| first + half_window < i) {
                queue.pop_front();
            }
            queue.front().map_or(y[i], |first| y[*first])
        })
        .collect()
}

fn moving_mean(y: &[f64], half_window: usize) -> Vec<f64> {
    let mut sums = Vec::with_capacity(y.len() + 1);
    let mut sum = 0.0;
    sums.push(sum);
    for value in y {
        sum += value;
        sums.push(sum);
    }
    (0..y.len())
        .map(|i| {
            let half = half_window.min(i).min(y.len() - 1 - i);
            (sums[i + half + 1] - sums[i - half]) / (2 * half + 1) as f64
        })
        .collect()
}
