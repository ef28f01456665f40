//! The measured profile of one reflection and its Fourier coefficients, the instrument divided out (A. R. Stokes, Proc. Phys.
//! Soc. 61 (1948) 382).
//!
//! A profile is what a window of the scan shows of the reflection once background, neighbours and contamination of the peak fit
//! are taken away; outside the window the function fitted continues it, since a profile that is cut off loses part of A(0) and
//! makes a hook (R. A. Young, R. J. Gerdes & A. J. C. Wilson, Acta Cryst. 22 (1967) 155). Its transform is that of the function
//! in closed form, and that of the differences of the points from the function.
//!
//! The instrument divides as a whole: widths, axial divergence and every emission line, so that Kα2 is taken out with it and
//! not before. 2θ times `cosθ/λ` of the reference line stands for s: the curvature of the sine makes sine coefficients first.

use std::f64::consts::{LN_2, PI};

use nalgebra::DMatrix;
use num_complex::Complex;

use super::fourier_coefficients::Coefficients;

/// Coefficients are followed to where they are this many σ.
pub(super) const LEAST_SIGNIFICANCE: f64 = 5.0;
/// … and to where the transform of the instrument is this share of its area.
pub(super) const LEAST_INSTRUMENT: f64 = 0.05;

/// Points that are transformed together: their sums do not wait for each other.
const LANES: usize = 4;

/// What a scan shows of one reflection alone.
#[derive(Debug, Clone, PartialEq)]
pub struct LineProfile {
    /// First and last point of the window, as distance from the reference line.
    pub window_deg: [f64; 2],
    /// Distance of the points from the reference line.
    pub offset_deg: Vec<f64>,
    /// Step at each of the points.
    pub step_deg: Vec<f64>,
    /// Intensity of this reflection there, less that of `continuation`.
    pub difference: Vec<f64>,
    /// σ of counting.
    pub sigma: Vec<f64>,
    /// σ of the background under it, common to all points.
    pub background_sigma: f64,
    /// The function that continues the profile outside the window.
    pub continuation: Continuation,
}

/// A symmetric pseudo-Voigt function for each emission line.
#[derive(Debug, Clone, PartialEq)]
pub struct Continuation {
    /// Integrated intensity, intensity · degrees.
    pub area: f64,
    /// Full width at half maximum of one line, degrees.
    pub fwhm_deg: f64,
    /// Lorentzian share.
    pub lorentzian_fraction: f64,
    /// Distance from the reference line (degrees) and share of every line.
    pub lines: Vec<(f64, f64)>,
}

/// The instrument that is divided out of a profile.
#[derive(Debug, Clone, Copy)]
pub(super) struct Divisor<'a> {
    /// Gaussian and Lorentzian FWHM, degrees.
    pub(super) fwhm_deg: [f64; 2],
    /// Distance from the reference line (degrees) and share of every emission line.
    pub(super) lines: &'a [(f64, f64)],
}

/// Fourier coefficients of the sample at even steps of L, before they become logarithms.
pub(super) struct Divided {
    /// Real part about the origin at which the sine coefficient vanishes where half of the line is left.
    value: Vec<f64>,
    /// The same as the fitted functions have them, normalised: weights from these know nothing of the noise.
    expected: Vec<f64>,
    /// What a point at offset 0 adds.
    response: Vec<Complex<f64>>,
    /// Share of its area that the instrument's transform has.
    instrument: Vec<f64>,
    /// Transform of the variances, to twice as many steps.
    variance: Vec<Complex<f64>>,
    /// What σ of the background adds.
    background: Vec<f64>,
    /// Covariance of every coefficient with A(0), before any is divided by that.
    with_area: Vec<f64>,
}

impl LineProfile {
    /// Coefficients at `expected.len()` steps of `step` (per degree) from 0; `expected` are those of the fitted functions.
    /// None where the profile has no area.
    pub(super) fn divided(&self, instrument: Divisor<'_>, step: f64, expected: &[f64]) -> Option<Divided> {
        let at = |j: usize| step * j as f64;
        let n = expected.len();
        let [profile, window, variance] = self.transforms(step, n);
        let divisor: Vec<Complex<f64>> =
            (0..n).map(|j| voigt(instrument.fwhm_deg, at(j)) * doublet(instrument.lines, at(j))).collect();
        let ratio: Vec<Complex<f64>> =
            (0..n).map(|j| (profile[j] + self.continuation.transform(at(j))) / divisor[j]).collect();
        let half = expected.iter().position(|e| *e < 0.5).unwrap_or(n).clamp(1, n.max(2) - 1);
        let shift = ratio.get(half)?.arg() / (2.0 * PI * at(half));
        let turned = |j: usize| Complex::from_polar(1.0, -2.0 * PI * at(j) * shift);
        let response: Vec<Complex<f64>> = (0..n).map(|j| turned(j) / divisor[j]).collect();
        let value: Vec<f64> = (0..n).map(|j| (ratio[j] * turned(j)).re).collect();
        (value[0] > 0.0).then(|| {
            let mut divided = Divided {
                background: (0..n).map(|j| self.background_sigma * (window[j] * response[j]).re).collect(),
                instrument: divisor.iter().map(|d| d.norm() / divisor[0].norm()).collect(),
                value,
                expected: expected.to_vec(),
                response,
                variance,
                with_area: Vec::new(),
            };
            divided.with_area = (0..n).map(|j| divided.own_covariance(j, 0)).collect();
            divided
        })
    }

    /// Transforms of the differences and of the window to `n` steps, and of the variances to twice as many.
    fn transforms(&self, step: f64, n: usize) -> [Vec<Complex<f64>>; 3] {
        let mut sums = vec![[[[0.0; LANES]; 2]; 3]; 2 * n];
        let points: Vec<usize> = (0..self.offset_deg.len()).collect();
        for block in points.chunks(LANES) {
            let lanes = |of: &dyn Fn(usize) -> f64| -> [f64; LANES] {
                std::array::from_fn(|lane| block.get(lane).map_or(0.0, |i| of(*i)))
            };
            let weights = [
                lanes(&|i| self.difference[i] * self.step_deg[i]),
                lanes(&|i| self.step_deg[i]),
                lanes(&|i| (self.sigma[i] * self.step_deg[i]).powi(2)),
            ];
            let angle = lanes(&|i| 2.0 * PI * step * self.offset_deg[i]);
            let (sine, cosine) = (angle.map(f64::sin), angle.map(f64::cos));
            let mut wave = [[1.0; LANES], [0.0; LANES]];
            for (j, sums) in sums.iter_mut().enumerate() {
                let needed = if j < n { 0 } else { 2 };
                for (sum, weight) in sums.iter_mut().zip(&weights).skip(needed) {
                    for lane in 0..LANES {
                        sum[0][lane] += weight[lane] * wave[0][lane];
                        sum[1][lane] += weight[lane] * wave[1][lane];
                    }
                }
                let [re, im] = wave;
                for lane in 0..LANES {
                    wave[0][lane] = re[lane] * cosine[lane] - im[lane] * sine[lane];
                    wave[1][lane] = re[lane] * sine[lane] + im[lane] * cosine[lane];
                }
            }
        }
        let sum = |lanes: [[f64; LANES]; 2]| Complex::new(lanes[0].iter().sum(), lanes[1].iter().sum());
        [(0, n), (1, n), (2, 2 * n)].map(|(which, n)| sums[..n].iter().map(|sums| sum(sums[which])).collect())
    }

    /// Largest inverse length, per degree, that the points resolve.
    pub(super) fn resolved(&self) -> f64 {
        0.5 / self.step_deg.iter().copied().fold(f64::MIN_POSITIVE, f64::max)
    }
}

impl Continuation {
    fn transform(&self, inverse_deg: f64) -> Complex<f64> {
        let width = PI * self.fwhm_deg * inverse_deg;
        let (gaussian, lorentzian) = ((-width * width / (4.0 * LN_2)).exp(), (-width).exp());
        let shape = gaussian + self.lorentzian_fraction * (lorentzian - gaussian);
        self.area * shape * doublet(&self.lines, inverse_deg)
    }
}

/// Transform of a Voigt function of unit area.
fn voigt([gaussian, lorentzian]: [f64; 2], inverse_deg: f64) -> f64 {
    let [gaussian, lorentzian] = [gaussian, lorentzian].map(|width| PI * width * inverse_deg);
    (-gaussian * gaussian / (4.0 * LN_2) - lorentzian).exp()
}

/// Transform of lines without width.
fn doublet(lines: &[(f64, f64)], inverse_deg: f64) -> Complex<f64> {
    lines.iter().map(|(offset, share)| Complex::from_polar(*share, 2.0 * PI * offset * inverse_deg)).sum()
}

impl Divided {
    /// Covariance of the logarithms of the normalised coefficients at two steps, `j` not less than `k`.
    ///
    /// With `z_j(x) = r_j exp(2πi t_j x)` as what a point adds, `Σ σ² Re z_j Re z_k` is half the real part of
    /// `r_j r_k V(j+k) + r_j r̄_k V(j−k)`, where V is the transform of the variances.
    fn covariance(&self, j: usize, k: usize) -> f64 {
        let [e, f] = [j, k].map(|j| self.expected[j]);
        let [with_j, with_k, area] = [j, k, 0].map(|j| self.with_area[j]);
        (self.own_covariance(j, k) / (e * f) - with_k / f - with_j / e + area) / (self.value[0] * self.value[0])
    }

    /// Covariance of the coefficients themselves; `j` is not less than `k`.
    fn own_covariance(&self, j: usize, k: usize) -> f64 {
        let (a, b) = (self.response[j], self.response[k]);
        let counting = 0.5 * (a * b * self.variance[j + k] + a * b.conj() * self.variance[j - k]).re;
        counting + self.background[j] * self.background[k]
    }

    /// First step at which the coefficient is lost, and why.
    pub(super) fn lost(&self) -> (usize, Loss) {
        (1..self.value.len())
            .find_map(|j| {
                let drowned = self.covariance(j, j).sqrt() * LEAST_SIGNIFICANCE > 1.0 || self.value[j] <= 0.0;
                if self.instrument[j] < LEAST_INSTRUMENT {
                    Some((j, Loss::Instrument))
                } else {
                    drowned.then_some((j, Loss::Noise))
                }
            })
            .unwrap_or((self.value.len(), Loss::None))
    }

    /// Logarithms of the normalised coefficients with their covariance, of the first `n` steps, which are not lost.
    pub(super) fn coefficients(&self, n: usize) -> Coefficients {
        let mut covariance = DMatrix::zeros(n, n);
        for j in 1..n {
            for k in 1..=j {
                covariance[(j, k)] = self.covariance(j, k);
                covariance[(k, j)] = covariance[(j, k)];
            }
        }
        Coefficients { ln: self.value[..n].iter().map(|v| (v / self.value[0]).ln()).collect(), covariance }
    }
}

/// What ends the coefficients of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Loss {
    /// They end where they were computed to.
    None,
    Noise,
    Instrument,
}
