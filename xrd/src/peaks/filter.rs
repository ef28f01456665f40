//! Matched filter: the height of a peak of known width at a known place, and its σ, whatever constant and slope lie
//! under it.
//!
//! The kernel is the least-squares estimator of `h` in `y = h·s(x) + a + b·x` with equal weights, `s` a bell of the width
//! of the reference line with the emission lines that it overlaps with. It is a zero-sum filter of the kind of a
//! smoothed second derivative (Mariscotti, Nucl. Instrum. Methods 50 (1967) 309), but with the shape of the radiation. As
//! the kernel does not depend on the data, its response to counts is unbiased and `σ² = Σ k² σ_y²`.

use doublet_common::vector::{add_scaled, dot};

use crate::profile::{BraggLine, bragg_lines};
use crate::radiation::Radiation;

/// Half window of a kernel in units of the width.
const REACH: f64 = 2.0;
/// Widths relative to a filter's among which [`best_width`] chooses.
const TRIED_WIDTHS: [f64; 9] = [0.25, 0.33, 0.43, 0.55, 0.7, 0.85, 1.05, 1.3, 1.6];
/// Emission lines farther away than this many widths are no part of the kernel: they would be found apart.
const DOUBLET: f64 = 2.0;
/// Fewest points that determine height, constant and slope and still average.
const FEWEST_POINTS: usize = 5;

/// Weights of one kernel: the height is `Σ values[k] · y[first + k]`.
#[derive(Debug, Clone, Default)]
pub(super) struct Kernel {
    first: usize,
    values: Vec<f64>,
    /// Sum of squares of the profile without its mean and slope.
    norm: f64,
}

/// Height at one point.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Response {
    pub(super) height: f64,
    pub(super) sigma: f64,
}

impl Response {
    pub(super) fn significance(&self) -> f64 {
        if self.sigma > 0.0 { self.height / self.sigma } else { 0.0 }
    }
}

impl Kernel {
    /// Kernel for a reference line of width `fwhm` at `position`; none where too few points lie around it.
    pub(super) fn new(x: &[f64], radiation: &Radiation, position: f64, fwhm: f64) -> Option<Self> {
        Self::within(x, radiation, position, fwhm, fwhm)
    }

    /// The same in the window that belongs to another width, `window_fwhm`.
    fn within(x: &[f64], radiation: &Radiation, position: f64, fwhm: f64, window_fwhm: f64) -> Option<Self> {
        let mut lines =
            bragg_lines(radiation, position).take_while(|l| l.two_theta_deg - position < DOUBLET * window_fwhm);
        let reference = lines.next()?;
        let others: Vec<BraggLine> = lines.collect();
        let end = others.last().unwrap_or(&reference).two_theta_deg + REACH * window_fwhm;
        let first = x.partition_point(|v| *v < position - REACH * window_fwhm);
        let last = first + x[first..].partition_point(|v| *v <= end);
        if last - first < FEWEST_POINTS {
            return None;
        }
        let inside = &x[first..last];
        let mut values = vec![0.0; inside.len()];
        let inverse = 1.0 / fwhm;
        for line in std::iter::once(&reference).chain(&others) {
            let weight = line.share / reference.share;
            let from = inside.partition_point(|x| *x < line.two_theta_deg - BUMP_REACH * fwhm);
            for (value, x) in values.iter_mut().zip(inside).skip(from) {
                let t = (x - line.two_theta_deg) * inverse;
                if t > BUMP_REACH {
                    break;
                }
                *value += weight * bump(t);
            }
        }
        remove_line(inside, &mut values);
        let norm = dot(&values, &values);
        if norm.partial_cmp(&1e-6) != Some(std::cmp::Ordering::Greater) {
            return None;
        }
        values.iter_mut().for_each(|v| *v /= norm);
        Some(Self { first, values, norm })
    }

    /// Response to intensities `y` of variance `variance`; `systematic` is what the model under them may be wrong by, all
    /// points in the same sense.
    pub(super) fn response(&self, y: &[f64], variance: &[f64], systematic: &[f64]) -> Response {
        let range = self.first..self.first + self.values.len();
        let (y, variance, systematic) = (&y[range.clone()], &variance[range.clone()], &systematic[range]);
        let (mut height, mut random, mut common) = (0.0, 0.0, 0.0);
        for (k, weight) in self.values.iter().enumerate() {
            height += weight * y[k];
            random += weight * weight * variance[k];
            common += weight.abs() * systematic[k];
        }
        Response { height, sigma: (random + common * common).sqrt() }
    }
}

/// Where [`bump`] ends, in units of its width.
const BUMP_REACH: f64 = 1.2535;

/// A peak of height and FWHM 1: `(1 − (t/a)²)⁴` inside ±a, within 0.03 of the Gaussian and much faster.
fn bump(t: f64) -> f64 {
    // Half height at t = 1/2: (1/2a)² = 1 − 2^(−1/4).
    const INVERSE_A_SQUARED: f64 = 4.0 * 0.159_103_584_746_285_46;
    let square = (1.0 - INVERSE_A_SQUARED * t * t).max(0.0).powi(2);
    square * square
}

/// Position, width and height that describe the data around the point `near` best (unweighted least squares in the window of
/// a filter of width `fwhm`), and whether the width is the best of those tried and not the last of them.
pub(super) fn best_width(x: &[f64], y: &[f64], radiation: &Radiation, near: usize, fwhm: f64) -> Option<Measured> {
    let mut best: Option<(f64, usize, Measured)> = None;
    let explained = |position: f64, width: f64| {
        let kernel = Kernel::within(x, radiation, position, width, fwhm)?;
        let height = dot(&kernel.values, &y[kernel.first..]);
        Some((if height > 0.0 { height * height * kernel.norm } else { 0.0 }, height))
    };
    for (k, scale) in TRIED_WIDTHS.iter().enumerate() {
        let width = scale * fwhm;
        let mut i = near;
        // Uphill to the best position for this width.
        let mut here = explained(x[i], width)?;
        loop {
            let neighbours = [i.checked_sub(1), Some(i + 1).filter(|j| *j < x.len())];
            let better = neighbours
                .into_iter()
                .flatten()
                .filter(|j| (x[*j] - x[near]).abs() < fwhm)
                .filter_map(|j| explained(x[j], width).map(|e| (j, e)))
                .find(|(_, e)| e.0 > here.0);
            match better {
                Some((j, e)) => (i, here) = (j, e),
                None => break,
            }
        }
        if best.as_ref().is_none_or(|(most, ..)| here.0 > *most) {
            best = Some((here.0, k, Measured { point: i, fwhm: width, height: here.1, certain: false }));
        }
    }
    best.map(|(_, k, measured)| Measured { certain: k > 0 && k + 1 < TRIED_WIDTHS.len(), ..measured })
}

/// What [`best_width`] finds.
#[derive(Debug, Clone, Copy)]
pub(super) struct Measured {
    pub(super) point: usize,
    pub(super) fwhm: f64,
    pub(super) height: f64,
    /// Whether neither a narrower nor a wider profile of those tried would be as good.
    pub(super) certain: bool,
}

/// Makes `values` orthogonal to every straight line on `x`.
fn remove_line(x: &[f64], values: &mut [f64]) {
    let n = x.len() as f64;
    let ones = vec![1.0; x.len()];
    let middle = dot(x, &ones) / n;
    let mean = dot(values, &ones) / n;
    let centred: Vec<f64> = x.iter().map(|x| x - middle).collect();
    let square = dot(&centred, &centred);
    let slope = if square > 0.0 { dot(&centred, values) / square } else { 0.0 };
    add_scaled(-mean, &ones, values);
    add_scaled(-slope, &centred, values);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bump_has_unit_height_and_width() {
        assert_eq!(bump(0.0), 1.0);
        assert!((bump(0.5) - 0.5).abs() < 1e-15 && bump(1.3) == 0.0);
    }

    use crate::radiation::Anode;

    #[test]
    fn height_of_a_doublet_on_a_slope_is_exact() {
        // Truth: the simulated height; a straight line contributes nothing.
        let radiation = Radiation::k_alpha(Anode::Cu);
        let x: Vec<f64> = (0..500).map(|i| 58.0 + 0.02 * f64::from(i)).collect();
        let y: Vec<f64> = x
            .iter()
            .map(|x| {
                let peak: f64 =
                    bragg_lines(&radiation, 63.0).map(|l| 1.5 * l.share * bump((x - l.two_theta_deg) / 0.2)).sum();
                900.0 - 7.0 * x + 250.0 * peak
            })
            .collect();
        let kernel = Kernel::new(&x, &radiation, 63.0, 0.2).unwrap();
        let response = kernel.response(&y, &vec![1.0; 500], &vec![0.0; 500]);
        assert!((response.height - 250.0).abs() < 1e-9, "{}", response.height);
        let norm: f64 = kernel.values.iter().map(|v| v * v).sum();
        assert!((response.sigma - norm.sqrt()).abs() < 1e-12);
    }

    #[test]
    fn too_few_points_give_no_kernel() {
        let radiation = Radiation::k_alpha(Anode::Cu);
        assert!(Kernel::new(&[10.0, 10.1, 10.2, 10.3], &radiation, 10.1, 0.2).is_none());
    }
}
