//! The measured profile: Voigt function of Caglioti and Lorentzian widths, axial asymmetry, every emission line.
//!
//! The Voigt function and not its pseudo-Voigt substitute: the parts are what is later taken out of a sample's widths, and
//! the substitute shifts width from one part to the other (X by 9 % in the test of the whole-pattern fit).

use std::ops::Range;

use doublet_common::lineshape::{Shape, Voigt};

use super::axial::copies;
use super::emission::{BraggLine, bragg_lines};
use super::instrument::InstrumentProfile;
use super::reflection::{ProfileParameter, ReflectionProfile, ReflectionValues};
use super::spectrum::Spectrum;
use crate::error::Result;
use crate::radiation::Radiation;
use crate::recipe::INSTRUMENT_NUMBERS;

/// Share of an emission line's area that may lie outside the window of a reflection.
const OUTSIDE: f64 = 2e-3;
/// The same where what lies outside is negligible.
const LARGEST_OUTSIDE: f64 = 0.1;

/// A Voigt function behind Finger–Cox–Jephcoat asymmetry; own parameters U, V, W, X, Y, S/L, H/L and Kα2/Kα1.
#[derive(Debug, Clone, PartialEq)]
pub struct MeasuredProfile {
    /// Emission lines without a width of their own, reference line first.
    pub radiation: Radiation,
    /// Emission with its natural shape, in place of those lines; U … Y are then what is left of the width.
    pub spectrum: Option<Spectrum>,
    /// Start.
    pub start: InstrumentProfile,
    /// Own parameters that are kept.
    pub fixed: [bool; INSTRUMENT_NUMBERS],
    /// Whether H/L is S/L: the two are nearly exchangeable.
    pub equal_heights: bool,
    /// Whether Kα2/Kα1 is fitted.
    pub fit_ratio: bool,
}

/// Names of the own parameters; the first seven are those of the recipe's `[instrument]`.
pub const MEASURED_NAMES: [&str; INSTRUMENT_NUMBERS + 1] =
    ["u_deg2", "v_deg2", "w_deg2", "x_deg", "y_deg", "s_over_l", "h_over_l", "k_alpha_ratio"];

/// Symmetric shape of one emission line whose natural width there is `natural_deg`.
fn voigt(profile: &InstrumentProfile, two_theta_deg: f64, natural_deg: f64) -> Result<Voigt> {
    profile.at(two_theta_deg)?;
    let [gaussian, lorentzian] = profile.parts(two_theta_deg).fwhm_deg;
    Ok(Voigt::new(gaussian, lorentzian + natural_deg)?)
}

/// The profile of these own parameters.
pub(crate) fn profile_of(own: &[f64]) -> InstrumentProfile {
    InstrumentProfile::of_numbers(std::array::from_fn(|i| own.get(i).copied().unwrap_or(0.0)))
}

impl InstrumentProfile {
    /// FWHM of one emission line at an angle, axial asymmetry included.
    ///
    /// # Errors
    /// As [`InstrumentProfile::at`].
    pub fn asymmetric_fwhm_deg(&self, two_theta_deg: f64) -> Result<f64> {
        /// Points over twice the width on both sides.
        const POINTS: usize = 400;
        let shape = voigt(self, two_theta_deg, 0.0)?;
        let width = shape.fwhm().value;
        let copies = copies(self.s_over_l, self.h_over_l, two_theta_deg, width);
        let spread = copies.iter().map(|copy| (copy.position_deg - two_theta_deg).abs()).fold(0.0, f64::max);
        let reach = 2.0 * width + spread;
        let x = |i: usize| two_theta_deg + reach * (2.0 * i as f64 / POINTS as f64 - 1.0);
        let value = |i: usize| copies.iter().map(|c| c.weight * shape.at(x(i) - c.position_deg).value).sum::<f64>();
        let y: Vec<f64> = (0..=POINTS).map(value).collect();
        let half = 0.5 * y.iter().copied().fold(0.0, f64::max);
        let (Some(first), Some(last)) = (y.iter().position(|y| *y >= half), y.iter().rposition(|y| *y >= half)) else {
            return Ok(width);
        };
        let crossing =
            |out: usize, inside: usize| x(out) + (x(inside) - x(out)) * (half - y[out]) / (y[inside] - y[out]);
        Ok(crossing((last + 1).min(POINTS), last) - crossing(first.saturating_sub(1), first))
    }
}

/// An emission line of a peak, as wide as it is by nature.
struct NaturalLine {
    line: BraggLine,
    /// Lorentzian FWHM.
    fwhm_deg: f64,
    /// Derivative of that by the position of the reference line.
    d_reference: f64,
}

impl MeasuredProfile {
    /// Whether Kα2/Kα1 is a parameter.
    fn has_ratio(&self) -> bool {
        self.spectrum.is_none() && self.radiation.lines.len() == 2
    }

    /// Lines of the peak whose reference line stands at `two_theta_deg`, with the ratio of the own parameters.
    fn lines(&self, own: &[f64], two_theta_deg: f64) -> Vec<NaturalLine> {
        if let Some(spectrum) = &self.spectrum {
            return spectrum
                .bragg_lines(two_theta_deg)
                .map(|(line, relative)| {
                    let theta = (0.5 * line.two_theta_deg).to_radians();
                    NaturalLine {
                        fwhm_deg: (2.0 * theta.tan() * relative).to_degrees(),
                        d_reference: relative * theta.cos().powi(-2) * line.d_reference,
                        line,
                    }
                })
                .collect();
        }
        let mut radiation = self.radiation.clone();
        if let (2, Some(second)) = (radiation.lines.len(), radiation.lines.get_mut(1)) {
            second.relative_intensity = own[INSTRUMENT_NUMBERS];
        }
        let narrow = |line| NaturalLine { line, fwhm_deg: 0.0, d_reference: 0.0 };
        bragg_lines(&radiation, two_theta_deg).map(narrow).collect()
    }
}

impl ReflectionProfile for MeasuredProfile {
    fn parameters(&self) -> Vec<ProfileParameter> {
        let ratio = self.radiation.lines.get(1).map_or(0.0, |line| line.relative_intensity);
        let starts = self.start.numbers().into_iter().chain([ratio]);
        // Samples of a few nanometres are wider than any instrument.
        let bounds = [0.0..20.0, -1.0..1.0, 0.0..20.0, 0.0..20.0, 0.0..20.0, 1e-4..0.2, 1e-4..0.2, 0.3..0.7];
        let fixed = |i: usize| self.fixed.get(i).copied().unwrap_or(!self.fit_ratio || !self.has_ratio());
        MEASURED_NAMES
            .iter()
            .zip(starts)
            .zip(bounds)
            .enumerate()
            .map(|(i, ((name, start), bounds))| ProfileParameter {
                name: (*name).to_owned(),
                start,
                bounds,
                fixed: fixed(i),
                same_as: (i == 6 && self.equal_heights && !fixed(6)).then_some(5),
            })
            .collect()
    }

    fn window_deg(&self, own: &[f64], two_theta_deg: f64, negligible_per_deg: f64) -> Result<Range<f64>> {
        let profile = profile_of(own);
        // A Lorentzian of half width h is h/(πd²) at the distance d, with 2h/(πd) of its area beyond.
        let half_width = self.tail_half_width_deg(own, two_theta_deg);
        let outside = 2.0 * (half_width * negligible_per_deg * std::f64::consts::FRAC_1_PI).sqrt();
        let outside = outside.clamp(OUTSIDE, LARGEST_OUTSIDE);
        let lines = self.lines(own, two_theta_deg);
        let widest = lines.iter().map(|line| line.fwhm_deg).fold(0.0, f64::max);
        let half = voigt(&profile, two_theta_deg, widest)?.half_window(outside);
        let (mut low, mut high) = (two_theta_deg, two_theta_deg);
        for NaturalLine { line, .. } in lines {
            let cosine = line.two_theta_deg.to_radians().cos();
            let reach = (profile.s_over_l + profile.h_over_l).powi(2);
            let last = (cosine * (1.0 + reach).sqrt()).clamp(-1.0, 1.0).acos().to_degrees();
            low = low.min(line.two_theta_deg).min(last);
            high = high.max(line.two_theta_deg).max(last);
        }
        Ok(low - half..high + half)
    }

    fn tail_half_width_deg(&self, own: &[f64], two_theta_deg: f64) -> f64 {
        0.5 * profile_of(own).lorentzian_fwhm_deg(two_theta_deg).max(0.0)
    }

    fn evaluate(&self, own: &[f64], two_theta_deg: f64, x: &[f64], into: &mut ReflectionValues) -> Result<()> {
        into.reset(x.len(), INSTRUMENT_NUMBERS + 1);
        let profile = profile_of(own);
        let widths = Widths::at(&profile, two_theta_deg);
        let ratio = own[INSTRUMENT_NUMBERS];
        let mut shape = voigt(&profile, two_theta_deg, 0.0)?;
        let mut width = shape.fwhm().value;
        for (k, NaturalLine { line, fwhm_deg, d_reference }) in self.lines(own, two_theta_deg).into_iter().enumerate() {
            if fwhm_deg > 0.0 {
                shape = voigt(&profile, two_theta_deg, fwhm_deg)?;
                width = shape.fwhm().value;
            }
            let d_lorentzian = widths.d_angle[1] + d_reference;
            // Shares 1/(1+r) and r/(1+r).
            let d_share = if self.has_ratio() { [-1.0, 1.0][k] / (1.0 + ratio).powi(2) } else { 0.0 };
            for copy in copies(profile.s_over_l, profile.h_over_l, line.two_theta_deg, width) {
                let [d_angle, d_s, d_h] = copy.d_weight.map(|d| d * line.share);
                let (d_angle, moved) = (d_angle * line.d_reference, copy.d_position * line.d_reference);
                let weight = copy.weight * line.share;
                let d_ratio = d_share * copy.weight;
                for (i, x) in x.iter().enumerate() {
                    let point = shape.at(x - copy.position_deg);
                    let [by_g, by_l] = [point.d_parameters[0], point.d_parameters[1]];
                    into.values[i] += weight * point.value;
                    into.d_position[i] += d_angle * point.value
                        + weight * (by_g * widths.d_angle[0] + by_l * d_lorentzian - point.d_offset * moved);
                    into.d_own[0][i] += weight * by_g;
                    into.d_own[3][i] += weight * by_l;
                    for (column, d) in into.d_own[5..].iter_mut().zip([d_s, d_h, d_ratio]) {
                        if d != 0.0 {
                            column[i] += d * point.value;
                        }
                    }
                }
            }
        }
        spread(&mut into.d_own[..3], &widths.d_gaussian);
        spread(&mut into.d_own[3..5], &widths.d_lorentzian);
        Ok(())
    }
}

/// From the derivative by a width, in the first column, to those by the numbers that make the width.
fn spread(columns: &mut [Vec<f64>], slopes: &[f64]) {
    let Some((first, rest)) = columns.split_first_mut() else { return };
    for (column, slope) in rest.iter_mut().zip(&slopes[1..]) {
        column.iter_mut().zip(first.iter()).for_each(|(to, by_width)| *to = slope * by_width);
    }
    first.iter_mut().for_each(|by_width| *by_width *= slopes[0]);
}

/// Derivatives of the widths of Gaussian and Lorentzian part.
struct Widths {
    /// Both by 2θ.
    d_angle: [f64; 2],
    /// Gaussian by U, V, W.
    d_gaussian: [f64; 3],
    /// Lorentzian by X, Y.
    d_lorentzian: [f64; 2],
}

impl Widths {
    fn at(profile: &InstrumentProfile, two_theta_deg: f64) -> Self {
        let theta = (0.5 * two_theta_deg).to_radians();
        let (tangent, secant) = (theta.tan(), 1.0 / theta.cos());
        let half = 0.5f64.to_radians();
        let d_tangent = secant * secant * half;
        // A Gaussian part of no width has no derivative; the shape's own by it is zero there.
        let square = profile.gaussian_fwhm_squared_deg2(two_theta_deg).max(1e-300);
        let by_square = 0.5 / square.sqrt();
        Self {
            d_angle: [
                by_square * (2.0 * profile.u_deg2 * tangent + profile.v_deg2) * d_tangent,
                profile.x_deg * secant * tangent * half + profile.y_deg * d_tangent,
            ],
            d_gaussian: [tangent * tangent, tangent, 1.0].map(|d| d * by_square),
            d_lorentzian: [secant, tangent],
        }
    }
}

#[cfg(test)]
mod tests {
    use doublet_common::fit::{Jacobian, Model, derivative_check};

    use super::*;
    use crate::radiation::Anode;

    const OWN: [f64; 8] = [0.004, -0.002, 0.003, 0.02, 0.01, 0.035, 0.02, 0.5];

    fn measured() -> MeasuredProfile {
        MeasuredProfile {
            radiation: Radiation::k_alpha(Anode::Cu),
            spectrum: None,
            start: profile_of(&OWN),
            fixed: [false; 7],
            equal_heights: false,
            fit_ratio: true,
        }
    }

    /// One reflection as a model of position and own parameters.
    struct One(MeasuredProfile, Vec<f64>);

    impl Model for One {
        fn observations(&self) -> usize {
            self.1.len()
        }

        fn evaluate(&self, p: &[f64], y: &mut [f64], j: Option<&mut Jacobian>) -> doublet_common::Result<()> {
            let mut values = ReflectionValues::default();
            self.0.evaluate(&p[1..], p[0], &self.1, &mut values).unwrap();
            y.copy_from_slice(&values.values);
            if let Some(j) = j {
                j.window(0, 0..y.len()).copy_from_slice(&values.d_position);
                for (k, column) in values.d_own.iter().enumerate() {
                    j.window(k + 1, 0..y.len()).copy_from_slice(column);
                }
            }
            Ok(())
        }
    }

    #[test]
    fn derivatives_agree_with_finite_differences() {
        for at in [21.3, 60.0, 140.0] {
            let x = (-40..60).map(|i| at + 0.02 * f64::from(i)).collect();
            let p = [&[at][..], &OWN].concat();
            derivative_check::model(&One(measured(), x), &p, 1e-5).unwrap();
        }
    }

    fn natural() -> MeasuredProfile {
        let spectrum = Spectrum::k_alpha(&Radiation::k_alpha(Anode::Cu)).unwrap();
        MeasuredProfile { spectrum: Some(spectrum), ..measured() }
    }

    #[test]
    fn derivatives_agree_with_finite_differences_for_natural_lines() {
        for at in [21.3, 60.0, 140.0] {
            let x = (-40..60).map(|i| at + 0.02 * f64::from(i)).collect();
            let p = [&[at][..], &OWN].concat();
            derivative_check::model(&One(natural(), x), &p, 1e-5).unwrap();
        }
    }

    #[test]
    fn without_instrument_it_is_the_emission_spectrum() {
        // Truth: closed form: the sum of the tabulated Lorentzians over λ = 2 d sin θ, whose peak is at that of Kα1.
        let own = [0.0, 0.0, 1e-9, 0.0, 0.0, 0.0, 0.0, 0.5];
        let profile = natural();
        let spectrum = profile.spectrum.clone().unwrap();
        let at = 110.0f64;
        let x: Vec<f64> = (-100..200).map(|i| at + 0.005 * f64::from(i)).collect();
        let mut values = ReflectionValues::default();
        profile.evaluate(&own, at, &x, &mut values).unwrap();
        let sine = |two_theta: f64| (0.5 * two_theta).to_radians().sin();
        let spectral = |x: f64| -> f64 {
            let wavelength = spectrum.reference_wavelength_angstrom * sine(x) / sine(at);
            let density = |l: &crate::profile::SpectrumLine| {
                let half = 0.5 * l.fwhm_angstrom;
                l.share * half / ((wavelength - l.wavelength_angstrom).powi(2) + half * half) / std::f64::consts::PI
            };
            // dλ/d2θ, per degree.
            let slope = spectrum.reference_wavelength_angstrom / sine(at) * (0.5 * x).to_radians().cos();
            spectrum.lines.iter().map(density).sum::<f64>() * slope * 0.5f64.to_radians()
        };
        let highest = x.iter().map(|x| spectral(*x)).fold(0.0, f64::max);
        for (x, value) in x.iter().zip(&values.values) {
            // A Lorentzian in λ is one in 2θ but for the curvature of the sine.
            assert!((value - spectral(*x)).abs() < 0.01 * highest, "{x}: {value} {}", spectral(*x));
        }
        let top = x.iter().zip(&values.values).max_by(|a, b| a.1.total_cmp(b.1)).unwrap().0;
        assert!((top - at).abs() < 0.006, "{top}");
    }

    #[test]
    fn without_divergence_it_is_the_symmetric_shape_and_the_area_is_one() {
        // Truth: closed forms: the doublet of Voigt functions; unit area.
        let mut own = OWN;
        (own[5], own[6]) = (0.0, 0.0);
        let x: Vec<f64> = (0..200_000).map(|i| 1e-3 * f64::from(i) - 70.0).collect();
        let mut values = ReflectionValues::default();
        measured().evaluate(&own, 30.0, &x, &mut values).unwrap();
        let shape = voigt(&profile_of(&own), 30.0, 0.0).unwrap();
        let radiation = measured().radiation;
        for (x, value) in x.iter().zip(&values.values) {
            let lines = bragg_lines(&radiation, 30.0);
            let expected: f64 = lines.map(|line| line.share * shape.at(x - line.two_theta_deg).value).sum();
            assert!((value - expected).abs() < 1e-12 * expected.max(1e-9));
        }
        measured().evaluate(&OWN, 30.0, &x, &mut values).unwrap();
        let plain = profile_of(&own);
        assert!((plain.asymmetric_fwhm_deg(30.0).unwrap() - shape.fwhm().value).abs() < 1e-4 * shape.fwhm().value);
        let area: f64 = values.values.iter().sum::<f64>() * 1e-3;
        assert!((area - 1.0).abs() < 5e-4, "{area}");
    }
}
