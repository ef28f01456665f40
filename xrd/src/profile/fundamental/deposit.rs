//! Distributions that are sums over rays, put on the even grid of the transform.
//!
//! A ray at ε is shared between its two neighbours so that weight and mean are kept. That convolves the distribution with
//! a triangle one step wide on each side, whose transform sinc²(ωh/2) is divided out again.

use std::sync::Arc;

use num_complex::Complex;
use realfft::RealToComplex;

use super::grid::Grid;

/// A distribution over the periodic grid, centred on index 0.
pub(super) struct Deposit {
    step_deg: f64,
    values: Vec<f64>,
}

impl Deposit {
    pub(super) fn new(grid: &Grid) -> Self {
        Self { step_deg: grid.step_deg(), values: vec![0.0; grid.points] }
    }

    /// Adds `weight` at ε.
    pub(super) fn add(&mut self, epsilon_deg: f64, weight: f64) {
        let place = epsilon_deg / self.step_deg;
        let floor = place.floor();
        let part = place - floor;
        let points = self.values.len() as i64;
        let index = (floor as i64).rem_euclid(points) as usize;
        self.values[index] += weight * (1.0 - part);
        let next = if index + 1 == self.values.len() { 0 } else { index + 1 };
        self.values[next] += weight * part;
    }

    /// Transform at the frequencies of the grid.
    pub(super) fn transform(mut self, forward: &Arc<dyn RealToComplex<f64>>) -> Vec<Complex<f64>> {
        let mut out = forward.make_output_vec();
        // Lengths come from the same plan: it cannot fail.
        let _ = forward.process(&mut self.values, &mut out);
        let points = self.values.len() as f64;
        for (k, value) in out.iter_mut().enumerate().skip(1) {
            let half = std::f64::consts::PI * k as f64 / points;
            let sinc = half.sin() / half;
            *value /= sinc * sinc;
        }
        out
    }
}
