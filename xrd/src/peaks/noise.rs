//! σ of the intensities as the fit uses it: from what the model expects, not from what happened to be counted.
//!
//! Weighting counts by `1/counts` pulls every fit down, because points that fluctuated low weigh more: by about one count
//! per point, which is much in a weak pattern. Weighting by the expected counts does not (iteratively reweighted least
//! squares). What one count is worth in the unit of the scan follows from the scan's own intensities and σ.

use doublet_common::SigmaSource;

use crate::scan::Scan;

/// Smallest expected number of counts that a variance is computed from.
const FEWEST_COUNTS: f64 = 0.3;
/// Half window, in points, of the mean that stands for the expected intensity before any fit.
const SMOOTHED_POINTS: usize = 3;

/// Noise of one scan.
pub(crate) struct Noise<'a> {
    sigma: &'a [f64],
    /// Intensity of one count at every point; none where σ is not of counting.
    gain: Option<Vec<f64>>,
}

impl<'a> Noise<'a> {
    pub(crate) fn new(scan: &'a Scan) -> Self {
        let sigma = scan.sigma();
        let of_counts = scan.data.sigma_source() != SigmaSource::File;
        // σ² = gain² · counts; below one count the scan states σ of one count.
        let gain = |(y, s): (&f64, &f64)| if y > s { s * s / y } else { *s };
        let gain = of_counts.then(|| scan.intensity().iter().zip(sigma).map(gain).collect());
        Self { sigma, gain }
    }

    /// σ where the intensities `expected` are expected.
    pub(crate) fn at(&self, expected: &[f64]) -> Vec<f64> {
        match &self.gain {
            None => self.sigma.to_vec(),
            Some(gain) => expected.iter().zip(gain).map(|(y, g)| (g * y.max(g * FEWEST_COUNTS)).sqrt()).collect(),
        }
    }

    /// σ before any fit, from the scan smoothed over a few points.
    pub(super) fn before_fit(&self, intensity: &[f64]) -> Vec<f64> {
        let n = intensity.len();
        let smooth: Vec<f64> = (0..n)
            .map(|i| {
                let around = &intensity[i.saturating_sub(SMOOTHED_POINTS)..(i + SMOOTHED_POINTS + 1).min(n)];
                around.iter().sum::<f64>() / around.len() as f64
            })
            .collect();
        self.at(&smooth)
    }
}

#[cfg(test)]
mod tests {
    use super::super::simulated::{Setting, scan};
    use super::*;

    #[test]
    fn sigma_is_the_root_of_the_expected_counts() {
        // Truth: Poisson statistics; 4 counts expected where 0, 1, … happened.
        let setting = Setting { low: 10.0, high: 12.0, step: 0.02, background: |_| 4.0 };
        let scan = scan(&setting, &[], Some(4));
        let sigma = Noise::new(&scan).at(&vec![4.0; scan.data.len()]);
        assert!(sigma.iter().all(|s| (s - 2.0).abs() < 1e-12));
    }
}
