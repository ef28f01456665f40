//! The even periodic grid in 2θ around a reflection and its transforms.

use std::sync::Arc;

use num_complex::Complex;
use realfft::{ComplexToReal, RealFftPlanner, RealToComplex};

/// Points of the grid.
const POINTS: usize = 2048;

/// Plans of both transforms, made once.
#[derive(Clone)]
pub(super) struct Plans {
    pub(super) forward: Arc<dyn RealToComplex<f64>>,
    pub(super) inverse: Arc<dyn ComplexToReal<f64>>,
}

impl Plans {
    pub(super) fn new() -> Self {
        let mut planner = RealFftPlanner::new();
        Self { forward: planner.plan_fft_forward(POINTS), inverse: planner.plan_fft_inverse(POINTS) }
    }
}

/// Grid of one reflection: offsets −period/2 … period/2 from its reference line, in transform order.
#[derive(Debug, Clone, Copy)]
pub(super) struct Grid {
    pub(super) points: usize,
    pub(super) period_deg: f64,
}

impl Grid {
    pub(super) fn new(period_deg: f64) -> Self {
        Self { points: POINTS, period_deg }
    }

    pub(super) fn step_deg(&self) -> f64 {
        self.period_deg / self.points as f64
    }

    /// Angular frequencies in rad/deg: 0 … π/step.
    pub(super) fn omegas(&self) -> impl Iterator<Item = f64> + use<> {
        let first = std::f64::consts::TAU / self.period_deg;
        (0..=self.points / 2).map(move |k| k as f64 * first)
    }

    /// Offset of a point of the grid.
    pub(super) fn offset_deg(&self, index: usize) -> f64 {
        let signed = if index < self.points / 2 { index as f64 } else { index as f64 - self.points as f64 };
        signed * self.step_deg()
    }

    /// Density in 1/deg on the grid from its transform.
    pub(super) fn density(&self, plans: &Plans, mut transform: Vec<Complex<f64>>) -> Vec<f64> {
        let mut out = plans.inverse.make_output_vec();
        // A real signal of even length has real first and last coefficients.
        transform[0].im = 0.0;
        if let Some(last) = transform.last_mut() {
            last.im = 0.0;
        }
        // Lengths come from the same plan and the ends are real: it cannot fail.
        let _ = plans.inverse.process(&mut transform, &mut out);
        out.iter_mut().for_each(|value| *value /= self.period_deg);
        out
    }
}
