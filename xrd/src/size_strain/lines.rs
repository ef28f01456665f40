//! The lines of a phase in reciprocal space, where size and strain are what they are at every angle and wavelength.
//!
//! A breadth β on the 2θ scale is `β* = β cosθ / λ` on that of `d* = 2 sinθ / λ`. One size gives every line the same β*,
//! one strain gives β* in proportion to d*. All methods start from these lines.

use std::sync::Arc;

use super::breadth::{Breadth, Parts};
use super::line_profile::{Divisor, LineProfile};
use super::linear::{Block, predicted, solve};
use super::scherrer::{MeasuredReflection, inverse};
use crate::error::Result;

/// Integral breadth over FWHM: π/2 for a Lorentzian; its square for a Gaussian is π/(4 ln 2).
pub(super) const LORENTZIAN_BREADTH: f64 = std::f64::consts::FRAC_PI_2;
pub(super) const GAUSSIAN_BREADTH_SQUARED: f64 = std::f64::consts::PI / (4.0 * std::f64::consts::LN_2);

/// Times that weights are computed anew at the fit.
const REWEIGHTINGS: usize = 3;

/// One line of the sample alone.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Line {
    pub(super) hkl: [i32; 3],
    /// d*, nm⁻¹.
    pub(super) spacing: f64,
    /// Square of the Gaussian and Lorentzian integral breadth, nm⁻² and nm⁻¹, with the covariance that they have at the fit.
    pub(super) value: [f64; 2],
    pub(super) covariance: [[f64; 2]; 2],
    /// What the fit gives in their place.
    pub(super) smooth: [f64; 2],
    /// Its measured profile, where that stands apart.
    pub(super) profile: Option<Arc<LineProfile>>,
    /// nm⁻¹ of d* in a degree of 2θ.
    pub(super) scale: f64,
    own: Breadth,
    instrument_deg: [f64; 2],
    instrument_lines: Arc<[(f64, f64)]>,
}

impl Line {
    fn new(reflection: &MeasuredReflection, wavelength_nm: f64) -> Option<Self> {
        let own = reflection.own?;
        let theta = (0.5 * reflection.two_theta_deg.value).to_radians();
        let scale = theta.cos().to_radians() / wavelength_nm;
        let instrument_deg = reflection.instrument_deg.unwrap_or_default();
        let parts = integral(&Parts::of_sample(&own, instrument_deg).scaled(scale));
        let line = Self {
            hkl: reflection.hkl,
            spacing: 2.0 * theta.sin() / wavelength_nm,
            value: parts.value,
            covariance: parts.covariance,
            smooth: parts.value,
            profile: reflection.profile.clone(),
            scale,
            own,
            instrument_deg,
            instrument_lines: Arc::clone(&reflection.instrument_lines),
        };
        inverse(line.covariance).is_some().then_some(line)
    }

    /// Covariance of the parts, were they these: relative σ of the width and σ of the share as observed.
    fn covariance_at(&self, model: [f64; 2]) -> Result<Option<[[f64; 2]; 2]>> {
        let square = model[0].max(0.0) / (GAUSSIAN_BREADTH_SQUARED * self.scale * self.scale);
        let lorentzian = model[1].max(0.0) / (LORENTZIAN_BREADTH * self.scale);
        let Some(line) = self.own.behind([square, lorentzian], self.instrument_deg)? else { return Ok(None) };
        let covariance = integral(&Parts::of_sample(&line, [0.0; 2]).scaled(self.scale)).covariance;
        Ok(inverse(covariance).map(|_| covariance))
    }

    /// Both parts with their weight.
    pub(super) fn block(&self, columns: Vec<[f64; 2]>) -> Option<Block> {
        Some(Block { columns, value: self.value, weight: inverse(self.covariance)? })
    }

    /// Integral breadth of the sample's Voigt function: observed, as the fit has it, and its σ there; none if there is no such
    /// function.
    pub(super) fn breadth(&self) -> Result<Option<(f64, f64, f64)>> {
        let observed = fwhm(self.value, self.covariance).breadths()?;
        let expected = fwhm([self.smooth[0].max(0.0), self.smooth[1].max(0.0)], self.covariance).breadths()?;
        Ok(observed.zip(expected).and_then(|(o, e)| {
            let (observed, expected) = (o.integral_breadth_deg, e.integral_breadth_deg);
            Some((observed.value, expected.value, expected.sigma?))
        }))
    }

    /// Instrument's Gaussian square and Lorentzian width in the same units.
    pub(super) fn instrument(&self) -> [f64; 2] {
        let [gaussian, lorentzian] = self.instrument_deg.map(|width| width * self.scale);
        [GAUSSIAN_BREADTH_SQUARED * gaussian * gaussian, LORENTZIAN_BREADTH * lorentzian]
    }

    /// The instrument, to be divided out of the profile.
    pub(super) fn divisor(&self) -> Divisor<'_> {
        Divisor { fwhm_deg: self.instrument_deg, lines: &self.instrument_lines }
    }

    /// The same line, were the sample without width; none where no instrument is known.
    pub(super) fn without_sample(&self) -> Result<Option<Self>> {
        let covariance = self.covariance_at([0.0; 2])?;
        Ok(covariance.map(|covariance| Self { value: [0.0; 2], smooth: [0.0; 2], covariance, ..self.clone() }))
    }
}

/// Parts of FWHM as parts of integral breadth.
fn integral(parts: &Parts) -> Parts {
    let by = [GAUSSIAN_BREADTH_SQUARED, LORENTZIAN_BREADTH];
    Parts {
        value: std::array::from_fn(|i| parts.value[i] * by[i]),
        covariance: std::array::from_fn(|i| std::array::from_fn(|j| parts.covariance[i][j] * by[i] * by[j])),
    }
}

/// Parts of integral breadth as parts of FWHM.
pub(super) fn fwhm(value: [f64; 2], covariance: [[f64; 2]; 2]) -> Parts {
    let by = [GAUSSIAN_BREADTH_SQUARED.recip(), LORENTZIAN_BREADTH.recip()];
    Parts {
        value: std::array::from_fn(|i| value[i] * by[i]),
        covariance: std::array::from_fn(|i| std::array::from_fn(|j| covariance[i][j] * by[i] * by[j])),
    }
}

/// What each of (size, Gaussian size², strain, Gaussian strain²) adds to the two parts at a spacing.
pub(super) fn all_terms(spacing: f64) -> [[f64; 2]; 4] {
    [[0.0, 1.0], [1.0, 0.0], [0.0, 2.0 * spacing], [4.0 * spacing * spacing, 0.0]]
}

/// Lines of the reflections, weighed at a smooth course of both parts over d*: constants and terms of strain where there
/// are lines enough, else constants alone. Weights of each line's own parts would prefer lines that noise made narrow.
pub(super) fn lines(reflections: &[&MeasuredReflection], wavelength_nm: f64) -> Result<Vec<Line>> {
    const ENOUGH: usize = 4;
    let mut lines: Vec<Line> = reflections.iter().filter_map(|r| Line::new(r, wavelength_nm)).collect();
    let kept = if lines.len() >= ENOUGH { 4 } else { 2 };
    let terms = |spacing: f64| all_terms(spacing)[..kept].to_vec();
    for _ in 0..REWEIGHTINGS {
        let blocks: Option<Vec<Block>> = lines.iter().map(|line| line.block(terms(line.spacing))).collect();
        let Some(found) = blocks.and_then(|blocks| solve(&blocks)) else { break };
        for line in &mut lines {
            line.smooth = predicted(&terms(line.spacing), &found.values);
            if let Some(covariance) = line.covariance_at(line.smooth)? {
                line.covariance = covariance;
            }
        }
    }
    Ok(lines)
}
