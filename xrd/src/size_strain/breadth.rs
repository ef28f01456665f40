//! Breadth of one line, and what of it the sample causes.
//!
//! A line is a pseudo-Voigt of full width Γ and Lorentzian share η. By the inverse relations of Thompson, Cox and Hastings
//! (J. Appl. Cryst. 20 (1987) 79) it stands for a Voigt function of Gaussian and Lorentzian width; fitted to true Voigt
//! functions they give both back within 2 % of the narrower. Convolution with the instrument adds squares of Gaussian
//! widths and Lorentzian widths, so the sample's are the differences.
//!
//! Noise can make such a difference negative. To put zero in its place alone would make every line too wide, since the
//! other part keeps what it had gained by the same noise; so the two are kept as they are, with their covariance, until
//! nothing more is averaged; then the breadth of a pair that is a little below zero is continued as a straight line, and a
//! pair far below is moved to the nearest widths that exist.

use doublet_common::lineshape::{Shape, Tch, Voigt, Width};
use doublet_common::{Quantity, Result};

/// How far below zero a part is taken for noise: the Gaussian square in squares of the other width, the Lorentzian width in
/// units of it.
const REACH_BELOW: f64 = 0.2;
/// Gaussian width, in units of the Lorentzian one, at which the slope by its square is taken for zero.
const SLOPE_AT: f64 = 0.02;

/// An observed line: pseudo-Voigt width and share with their uncertainties.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Breadth {
    /// Full width at half maximum, degrees.
    pub fwhm_deg: Quantity,
    /// Integral breadth, degrees.
    pub integral_breadth_deg: Quantity,
    /// Lorentzian share, 0 to 1; noise may take it beyond.
    pub lorentzian_fraction: Quantity,
    /// Covariance of width and share, degrees.
    pub covariance_deg: f64,
}

/// What the sample contributes to a line.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SampleBreadth {
    /// Full width at half maximum, degrees.
    pub fwhm_deg: Quantity,
    /// Integral breadth, degrees.
    pub integral_breadth_deg: Quantity,
}

/// Square of a Gaussian width and a Lorentzian width (FWHM, degrees), either of which noise may have made negative.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Parts {
    pub(super) value: [f64; 2],
    pub(super) covariance: [[f64; 2]; 2],
}

/// What the sample contributes to a line behind an instrument of these Gaussian and Lorentzian widths (FWHM, degrees).
/// Gives none if the line is not wider than the instrument.
///
/// # Errors
/// [`doublet_common::Error::Domain`] if the widths make no line.
pub fn without_instrument(line: &Breadth, instrument_deg: [f64; 2]) -> Result<Option<SampleBreadth>> {
    Parts::of_sample(line, instrument_deg).breadths()
}

impl Breadth {
    /// The line that a sample of these parts (Gaussian FWHM squared, Lorentzian FWHM, degrees) makes behind an instrument,
    /// with the relative σ of the width and the σ of the share that this one has; none if it has no width.
    pub(super) fn behind(&self, sample: [f64; 2], instrument: [f64; 2]) -> Result<Option<Self>> {
        let gaussian = (sample[0] + instrument[0] * instrument[0]).sqrt();
        let lorentzian = sample[1] + instrument[1];
        if gaussian + lorentzian <= 0.0 {
            return Ok(None);
        }
        let shape = Tch::new(gaussian, lorentzian)?;
        let mixing = shape.mixing();
        let ratio = mixing.fwhm / self.fwhm_deg.value;
        let mut line = *self;
        line.fwhm_deg = Quantity { value: mixing.fwhm, sigma: self.fwhm_deg.sigma.map(|s| s * ratio) };
        line.lorentzian_fraction.value = mixing.lorentzian_fraction;
        line.covariance_deg *= ratio;
        Ok(Some(line))
    }
}

impl Parts {
    /// Parts of a line less those of the instrument.
    pub(super) fn of_sample(line: &Breadth, [gaussian, lorentzian]: [f64; 2]) -> Self {
        let (width, share) = (line.fwhm_deg.value, line.lorentzian_fraction.value);
        let (values, slopes) = parts_of_unit_width(share);
        let value = [width * width * values[0] - gaussian * gaussian, width * values[1] - lorentzian];
        // Rows: parts; columns: width and share.
        let jacobian = [[2.0 * width * values[0], width * width * slopes[0]], [values[1], width * slopes[1]]];
        let (a, b) = (line.fwhm_deg.sigma.unwrap_or(0.0), line.lorentzian_fraction.sigma.unwrap_or(0.0));
        let of_line = [[a * a, line.covariance_deg], [line.covariance_deg, b * b]];
        let entry = |i: usize, j: usize| -> f64 {
            (0..2).map(|k| (0..2).map(|l| jacobian[i][k] * of_line[k][l] * jacobian[j][l]).sum::<f64>()).sum()
        };
        Self { value, covariance: [[entry(0, 0), entry(0, 1)], [entry(1, 0), entry(1, 1)]] }
    }

    /// The same at another angle scale: widths times `factor`.
    pub(super) fn scaled(&self, factor: f64) -> Self {
        let by = [factor * factor, factor];
        let covariance = std::array::from_fn(|i| std::array::from_fn(|j| self.covariance[i][j] * by[i] * by[j]));
        Self { value: [self.value[0] * by[0], self.value[1] * by[1]], covariance }
    }

    /// Nearest pair of widths that exist, in units of the covariance; none if there is no such but zero.
    pub(super) fn existing(&self) -> Option<Self> {
        let mut parts = *self;
        for zero in [0, 1] {
            if parts.value[zero] >= 0.0 {
                continue;
            }
            let other = 1 - zero;
            let [own, shared] = [parts.covariance[zero][zero], parts.covariance[zero][other]];
            let slope = if own > 0.0 { shared / own } else { 0.0 };
            parts.value[other] -= slope * parts.value[zero];
            parts.covariance[other][other] -= slope * shared;
            parts.value[zero] = 0.0;
            for (i, j) in [(zero, zero), (zero, other), (other, zero)] {
                parts.covariance[i][j] = 0.0;
            }
        }
        (parts.value.iter().all(|v| *v >= 0.0) && parts.value.iter().any(|v| *v > 0.0)).then_some(parts)
    }

    /// Breadths of the Voigt function of these parts; none if there is no such function.
    pub(super) fn breadths(&self) -> Result<Option<SampleBreadth>> {
        let [square, lorentzian] = self.value;
        // A little below zero the breadth is continued as a straight line, so that noise of either sign does the same.
        let below = [
            (-REACH_BELOW * lorentzian * lorentzian..0.0).contains(&square) && lorentzian > 0.0,
            lorentzian < 0.0 && square > 0.0 && -lorentzian < REACH_BELOW * square.sqrt(),
        ];
        if below[0] {
            return self.at_widths([SLOPE_AT * lorentzian, lorentzian], [square, 0.0]).map(Some);
        }
        if below[1] {
            return self.at_widths([square.sqrt(), 0.0], [0.0, lorentzian]).map(Some);
        }
        let Some(parts) = self.existing() else { return Ok(None) };
        parts.at_widths([parts.value[0].sqrt(), parts.value[1]], [0.0, 0.0]).map(Some)
    }

    /// Breadths of the Voigt function of these widths, from there along a straight line by `beyond` (of square and width).
    fn at_widths(&self, [gaussian, lorentzian]: [f64; 2], beyond: [f64; 2]) -> Result<SampleBreadth> {
        let shape = Voigt::new(gaussian, lorentzian)?;
        let edge = Voigt::new(if beyond[0] < 0.0 { 0.0 } else { gaussian }, lorentzian)?;
        let quantity = |width: Width, start: Width| {
            let [by_gaussian, by_lorentzian, ..] = width.d_parameters;
            let gradient = [if gaussian > 0.0 { 0.5 * by_gaussian / gaussian } else { 0.0 }, by_lorentzian];
            let variance: f64 =
                (0..2).map(|i| (0..2).map(|j| gradient[i] * self.covariance[i][j] * gradient[j]).sum::<f64>()).sum();
            let value = start.value + gradient[0] * beyond[0] + gradient[1] * beyond[1];
            Quantity { value, sigma: (variance >= 0.0).then(|| variance.sqrt()) }
        };
        Ok(SampleBreadth {
            fwhm_deg: quantity(shape.fwhm(), edge.fwhm()),
            integral_breadth_deg: quantity(shape.integral_breadth(), edge.integral_breadth()),
        })
    }
}

/// `(Γ_G/Γ)²` and `Γ_L/Γ` of a pseudo-Voigt of this share, and their slopes.
pub(super) fn parts_of_unit_width(share: f64) -> ([f64; 2], [f64; 2]) {
    let cubic = |c: [f64; 4]| {
        let value = c[0] + share * (c[1] + share * (c[2] + share * c[3]));
        (value, c[1] + share * (2.0 * c[2] + share * 3.0 * c[3]))
    };
    let (gaussian, by_gaussian) = cubic([1.0, -0.74417, -0.24781, -0.00810]);
    let (lorentzian, by_lorentzian) = cubic([0.0, 0.72928, 0.19289, 0.07783]);
    ([gaussian, lorentzian], [by_gaussian, by_lorentzian])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(gaussian: f64, lorentzian: f64) -> Breadth {
        let shape = Tch::new(gaussian, lorentzian).unwrap();
        Breadth {
            fwhm_deg: Quantity::new(shape.mixing().fwhm, 0.001),
            integral_breadth_deg: Quantity::new(shape.integral_breadth().value, 0.001),
            lorentzian_fraction: Quantity::new(shape.mixing().lorentzian_fraction, 0.02),
            covariance_deg: -0.000_01,
        }
    }

    #[test]
    fn parts_come_back() {
        // Truth: the widths that went in; the relations and their inverse agree to 1 % of the whole width.
        for (g, l) in [(0.1, 0.0), (0.1, 0.02), (0.1, 0.1), (0.02, 0.1), (0.0, 0.1)] {
            let line = line(g, l);
            let [square, lorentzian] = Parts::of_sample(&line, [0.0, 0.0]).value;
            let width = line.fwhm_deg.value;
            assert!((square - g * g).abs() < 0.01 * width * width, "{g} {l}: {square}");
            assert!((lorentzian - l).abs() < 0.01 * width, "{g} {l}: {lorentzian}");
        }
    }

    #[test]
    fn the_instrument_is_taken_out() {
        // Truth: widths add linearly (Lorentzian) and in squares (Gaussian).
        let observed = line((0.06f64.powi(2) + 0.05f64.powi(2)).sqrt(), 0.02 + 0.1);
        let sample = without_instrument(&observed, [0.06, 0.02]).unwrap().unwrap();
        let truth = Voigt::new(0.05, 0.1).unwrap();
        assert!((sample.fwhm_deg.value / truth.fwhm().value - 1.0).abs() < 0.01);
        assert!((sample.integral_breadth_deg.value / truth.integral_breadth().value - 1.0).abs() < 0.01);
    }

    #[test]
    fn a_line_narrower_than_the_instrument_has_no_sample_width() {
        assert_eq!(without_instrument(&line(0.05, 0.01), [0.06, 0.02]).unwrap(), None);
    }

    #[test]
    fn noise_in_the_share_does_not_widen_the_sample() {
        // Truth: a line of well-known width and uncertain share, whose sample has no Gaussian part: closed form of no bias.
        let at = |d_share: f64| {
            let mut line = line(0.05, 0.12);
            line.fwhm_deg.sigma = Some(1e-5);
            line.covariance_deg = 0.0;
            line.lorentzian_fraction.value += d_share;
            without_instrument(&line, [0.05, 0.02]).unwrap().unwrap().fwhm_deg.value
        };
        // What noise of one sign adds, noise of the other takes away.
        for d_share in [0.02, 0.04] {
            let mean = 0.5 * (at(d_share) + at(-d_share));
            assert!((mean / at(0.0) - 1.0).abs() < 0.02, "{d_share}: {} {} {}", at(d_share), at(-d_share), at(0.0));
        }
    }

    #[test]
    fn sigma_follows_finite_differences() {
        // Truth: first-order propagation with numerical derivatives.
        let instrument = [0.04, 0.015];
        let observed = line(0.08, 0.06);
        let at = |d_fwhm: f64, d_share: f64| {
            let mut moved = observed;
            moved.fwhm_deg.value += d_fwhm;
            moved.lorentzian_fraction.value += d_share;
            without_instrument(&moved, instrument).unwrap().unwrap()
        };
        let h = 1e-6;
        let numeric = |pick: fn(&SampleBreadth) -> f64| {
            let a = (pick(&at(h, 0.0)) - pick(&at(-h, 0.0))) / (2.0 * h);
            let b = (pick(&at(0.0, h)) - pick(&at(0.0, -h))) / (2.0 * h);
            ((a * 0.001).powi(2) + (b * 0.02).powi(2) + 2.0 * a * b * -0.000_01).sqrt()
        };
        let sample = without_instrument(&observed, instrument).unwrap().unwrap();
        let fwhm = numeric(|s| s.fwhm_deg.value);
        let integral = numeric(|s| s.integral_breadth_deg.value);
        assert!((sample.fwhm_deg.sigma.unwrap() / fwhm - 1.0).abs() < 1e-6);
        assert!((sample.integral_breadth_deg.sigma.unwrap() / integral - 1.0).abs() < 1e-6);
    }
}
