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
    values: Vec<f64>,
}

/// Where a ray falls: two neighbouring points of the grid and the share of the second.
#[derive(Clone, Copy)]
pub(super) struct Place {
    points: [usize; 2],
    part: f64,
}

impl Place {
    /// The place of ε.
    pub(super) fn of(grid: &Grid, epsilon_deg: f64) -> Self {
        let place = epsilon_deg / grid.step_deg();
        let floor = place.floor();
        let index = (floor as i64).rem_euclid(grid.points as i64) as usize;
        let next = if index + 1 == grid.points { 0 } else { index + 1 };
        Self { points: [index, next], part: place - floor }
    }
}

impl Deposit {
    pub(super) fn new(grid: &Grid) -> Self {
        Self { values: vec![0.0; grid.points] }
    }

    /// Adds `weight` at a place.
    pub(super) fn add(&mut self, Place { points: [index, next], part }: Place, weight: f64) {
        self.values[index] += weight * (1.0 - part);
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
