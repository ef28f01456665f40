//! Convolution with a fixed kernel on an even axis, by the fast Fourier transform.
//!
//! `(K ∗ s)_i = Σ_{j ≤ i} K_{i−j} s_j`: what a signal leaves behind itself. The direct sum takes n²/2 multiplications each
//! time; with the kernel's transform kept, two transforms of at least 2n points do, padded with zeros so that the end of the
//! signal does not reach its beginning (Press et al., Numerical Recipes, 3rd ed. (2007), §13.1).

use std::fmt;
use std::sync::Arc;

use rustfft::num_complex::Complex;
use rustfft::{Fft, FftPlanner};

/// A kernel, transformed once and applied to any number of signals of its length.
#[derive(Clone)]
pub struct Convolution {
    points: usize,
    forward: Arc<dyn Fft<f64>>,
    inverse: Arc<dyn Fft<f64>>,
    /// Transform of the kernel over the number of points of a transform, which `rustfft` leaves out.
    kernel: Vec<Complex<f64>>,
}

impl fmt::Debug for Convolution {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Convolution").field("points", &self.points).field("transform", &self.kernel.len()).finish()
    }
}

impl Convolution {
    /// Takes a kernel: its value at lag 0, 1, … steps of the axis.
    pub fn new(kernel: &[f64]) -> Self {
        let length = fast_length(2 * kernel.len().max(1));
        let mut planner = FftPlanner::new();
        let (forward, inverse) = (planner.plan_fft_forward(length), planner.plan_fft_inverse(length));
        let scale = 1.0 / length as f64;
        let mut transformed = vec![Complex::default(); length];
        for (to, from) in transformed.iter_mut().zip(kernel) {
            to.re = from * scale;
        }
        forward.process(&mut transformed);
        Self { points: kernel.len(), forward, inverse, kernel: transformed }
    }

    /// Points of kernel and signal.
    pub fn points(&self) -> usize {
        self.points
    }

    /// `out = K ∗ signal`; of each slice at most [`Convolution::points`] are read or written.
    pub fn apply(&self, signal: &[f64], out: &mut [f64]) {
        let mut buffer = vec![Complex::default(); self.kernel.len()];
        for (to, from) in buffer.iter_mut().zip(&signal[..signal.len().min(self.points)]) {
            to.re = *from;
        }
        self.forward.process(&mut buffer);
        for (value, factor) in buffer.iter_mut().zip(&self.kernel) {
            *value *= factor;
        }
        self.inverse.process(&mut buffer);
        for (to, from) in out.iter_mut().take(self.points).zip(&buffer) {
            *to = from.re;
        }
    }
}

/// Smallest number from `least` on of which a transform is fast: 2, 3 and 5 are its only factors.
fn fast_length(least: usize) -> usize {
    let only_small_factors = |n: &usize| {
        let mut rest = *n;
        for factor in [2, 3, 5] {
            while rest.is_multiple_of(factor) {
                rest /= factor;
            }
        }
        rest == 1
    };
    (least..).find(only_small_factors).unwrap_or(least)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_the_direct_sum() {
        // Truth: the definition, summed directly, for lengths with and without large prime factors.
        for points in [1, 2, 3, 17, 100, 401, 1361] {
            let kernel: Vec<f64> = (0..points).map(|i| f64::from(i) / (1643.0 + 0.01 * f64::from(i * i))).collect();
            let signal: Vec<f64> = (0..points).map(|i| 1e4 * (0.37 * f64::from(i)).sin().powi(2) + 50.0).collect();
            let mut fast = vec![f64::NAN; signal.len()];
            Convolution::new(&kernel).apply(&signal, &mut fast);
            for (i, value) in fast.iter().enumerate() {
                let direct: f64 = (0..=i).map(|j| kernel[i - j] * signal[j]).sum();
                assert!((value - direct).abs() <= 1e-12 * (direct.abs() + 1e5), "{points}, {i}: {value}, {direct}");
            }
        }
    }

    #[test]
    fn the_end_does_not_reach_the_beginning() {
        // Truth: a spike at the last point leaves nothing before itself.
        let mut signal = vec![0.0; 50];
        signal[49] = 1e6;
        let mut out = vec![1.0; 50];
        Convolution::new(&[1.0; 50]).apply(&signal, &mut out);
        assert!(out[..49].iter().all(|v| v.abs() < 1e-9) && (out[49] - 1e6).abs() < 1e-9);
    }

    #[test]
    fn transforms_have_small_factors_and_little_padding() {
        assert_eq!([1, 2, 7, 11, 402, 2722].map(fast_length), [1, 2, 8, 12, 405, 2880]);
    }
}
