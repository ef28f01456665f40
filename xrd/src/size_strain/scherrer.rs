//! Crystallite size by Scherrer's equation, `L = K λ / (β cosθ)`, from the sample's FWHM and integral breadth.
//!
//! P. Scherrer, Nachr. Ges. Wiss. Göttingen (1918) 98. Constants K for spheres, size being the cube root of the
//! crystallite's volume: 0.89 for the FWHM, 1.07 for the integral breadth (Langford and Wilson, J. Appl. Cryst. 11 (1978)
//! 102).
//!
//! One size broadens every line of a phase by the same Gaussian and Lorentzian widths times 1/cosθ. So these are averaged,
//! as the pairs that they are, with the weights that their covariance has at the mean (weights of each line's own width
//! would prefer the lines that noise made narrow), and the size of a phase is that of the mean pair. Where single lines
//! scatter more than chance would let them, the σ of the mean is enlarged by that scatter.

use std::sync::Arc;

use doublet_common::Quantity;

use super::breadth::{Breadth, Parts, SampleBreadth, without_instrument};
use super::line_profile::LineProfile;
use crate::analysis::{PhaseSize, ReflectionSize};
use crate::error::Result;
use crate::recipe::SizeChoice;

/// A sample line narrower than this share of the instrument's is not evidence of a finite size.
pub(super) const INSTRUMENT_LIMIT: f64 = 0.2;

/// Reflections whose σ of the breadth exceeds this share of it say nothing of size.
const LARGEST_RELATIVE_SIGMA: f64 = 0.5;

/// One reflection of a phase as fitted.
#[derive(Debug, Clone, PartialEq)]
pub struct MeasuredReflection {
    /// Miller indices.
    pub hkl: [i32; 3],
    /// Position of the reference line.
    pub two_theta_deg: Quantity,
    /// Width and shape of one emission line as fitted.
    pub observed: Breadth,
    /// The same as those of the Voigt function that it stands for.
    pub breadth: Breadth,
    /// The same as the data under this peak alone give it, without what other peaks make expected; none where they do not.
    pub own: Option<Breadth>,
    /// Gaussian and Lorentzian FWHM of the instrument at this angle, degrees.
    pub instrument_deg: Option<[f64; 2]>,
    /// Distance from the reference line (degrees) and share of every emission line behind the instrument's axial divergence.
    pub instrument_lines: Arc<[(f64, f64)]>,
    /// Its measured profile; none where it does not stand apart from its neighbours.
    pub profile: Option<Arc<LineProfile>>,
    /// Why the breadth is not that of this reflection alone, if so (overlap, width shared with neighbours).
    pub unfit: Option<String>,
}

/// Sizes of one phase.
///
/// # Errors
/// [`doublet_common::Error::Domain`] if a width is not positive.
pub fn scherrer(
    phase_id: &str,
    name: &str,
    reflections: &[MeasuredReflection],
    wavelength_angstrom: f64,
    choice: &SizeChoice,
) -> Result<PhaseSize> {
    let instrument_removed = !reflections.is_empty() && reflections.iter().all(|r| r.instrument_deg.is_some());
    let rows: Vec<ReflectionSize> =
        reflections.iter().map(|r| one_reflection(r, wavelength_angstrom, choice)).collect::<Result<_>>()?;
    let used: Vec<&MeasuredReflection> =
        rows.iter().zip(reflections).filter(|(row, _)| row.used).map(|(_, line)| line).collect();
    let mean = mean_parts(&used)?;
    let sizes = mean.map(|mean| mean_sizes(&mean, wavelength_angstrom, choice)).transpose()?.flatten();
    let spread = mean.and_then(|mean| mean.spread);
    let mut warnings = Vec::new();
    if !instrument_removed {
        warnings.push("upper width, lower size limit: no instrument profile was removed".to_owned());
    }
    let limited = rows.iter().filter(|row| row.remark.starts_with(LIMITED)).count();
    if limited > 0 {
        warnings.push(format!(
            "{limited} of {} reflections are instrument-limited: their size is at least the one given and cannot be told better",
            rows.len()
        ));
    }
    if sizes.is_none() {
        warnings.push("no reflection is fit to give a size".to_owned());
    } else if let Some(spread) = spread.filter(|spread| *spread > NOTED_SPREAD.max(chance(used.len(), 4.0))) {
        warnings.push(format!(
            "sizes of single reflections scatter by {:.1} times their σ: strain, anisotropic shape or faults, which one size cannot describe",
            spread.sqrt()
        ));
    }
    Ok(PhaseSize {
        phase_id: phase_id.into(),
        name: name.into(),
        instrument_removed,
        scherrer_k: [choice.scherrer_k_fwhm, choice.scherrer_k_integral],
        meaning: meaning(instrument_removed).into(),
        mean_size_fwhm_nm: sizes.map(|[fwhm, _]| fwhm),
        mean_size_integral_nm: sizes.map(|[_, integral]| integral),
        spread_reduced_chi_squared: spread,
        reflections: rows,
        methods: Vec::new(),
        best_method: None,
        comparison: Vec::new(),
        directions: Vec::new(),
        detection_limit: None,
        williamson_hall_plot: None,
        halder_wagner_plot: None,
        fourier: Vec::new(),
        warnings,
    })
}

fn meaning(instrument_removed: bool) -> &'static str {
    if instrument_removed {
        "volume-weighted size along the scattering vector, strain neglected: microstrain makes it too small"
    } else {
        "lower limit: the breadth still contains the instrument's, and strain is neglected"
    }
}

const LIMITED: &str = "instrument-limited";

fn one_reflection(line: &MeasuredReflection, wavelength_angstrom: f64, choice: &SizeChoice) -> Result<ReflectionSize> {
    let sample = match line.instrument_deg {
        Some(instrument) => without_instrument(&line.breadth, instrument)?,
        None => Some(SampleBreadth {
            fwhm_deg: line.breadth.fwhm_deg,
            integral_breadth_deg: line.breadth.integral_breadth_deg,
        }),
    };
    let instrument_fwhm_deg = line.instrument_deg.map(instrument_fwhm).transpose()?;
    let sizes = sample.map(|s| {
        let size = |k, breadth| size_nm(k, wavelength_angstrom, breadth, line.two_theta_deg.value);
        [size(choice.scherrer_k_fwhm, s.fwhm_deg), size(choice.scherrer_k_integral, s.integral_breadth_deg)]
    });
    let parts = Parts::of_sample(&line.breadth, line.instrument_deg.unwrap_or_default());
    let part =
        |k: usize| Quantity { value: parts.value[k], sigma: Some(parts.covariance[k][k].sqrt()).filter(|s| *s > 0.0) };
    let remark = remark(line, sample.map(|s| s.fwhm_deg), instrument_fwhm_deg);
    Ok(ReflectionSize {
        hkl: line.hkl,
        two_theta_deg: line.two_theta_deg,
        fwhm_deg: line.observed.fwhm_deg,
        integral_breadth_deg: line.observed.integral_breadth_deg,
        instrument_fwhm_deg,
        sample_fwhm_deg: sample.map(|s| s.fwhm_deg),
        sample_integral_breadth_deg: sample.map(|s| s.integral_breadth_deg),
        sample_gaussian_fwhm_squared_deg2: Some(part(0)),
        sample_lorentzian_fwhm_deg: Some(part(1)),
        sample_parts_covariance_deg3: Some(parts.covariance[0][1]),
        size_fwhm_nm: sizes.map(|s| s[0]),
        size_integral_nm: sizes.map(|s| s[1]),
        used: remark.is_empty(),
        remark,
    })
}

fn instrument_fwhm([gaussian, lorentzian]: [f64; 2]) -> Result<f64> {
    if gaussian + lorentzian <= 0.0 {
        return Ok(0.0);
    }
    Ok(doublet_common::lineshape::Tch::new(gaussian, lorentzian)?.mixing().fwhm)
}

/// Why a reflection is left out of the mean; empty if it is not.
fn remark(line: &MeasuredReflection, sample: Option<Quantity>, instrument_fwhm_deg: Option<f64>) -> String {
    let Some(width) = sample else {
        return format!("{LIMITED}: not wider than the instrument");
    };
    if let Some(instrument) = instrument_fwhm_deg.filter(|instrument| width.value < INSTRUMENT_LIMIT * instrument) {
        return format!(
            "{LIMITED}: sample {:.4}° under {INSTRUMENT_LIMIT} of the instrument's {instrument:.4}°",
            width.value
        );
    }
    if let Some(reason) = &line.unfit {
        return reason.clone();
    }
    match width.sigma {
        None => "breadth has no uncertainty".into(),
        Some(sigma) if sigma > LARGEST_RELATIVE_SIGMA * width.value => {
            format!("breadth uncertain by {:.0} %", 100.0 * sigma / width.value)
        }
        Some(_) if line.own.is_none() => "width follows that of the other peaks".into(),
        Some(_) => String::new(),
    }
}

/// Scherrer's equation for a breadth in degrees 2θ; the relative σ of size is that of the breadth.
fn size_nm(k: f64, wavelength_angstrom: f64, breadth_deg: Quantity, two_theta_deg: f64) -> Quantity {
    let cosine = (0.5 * two_theta_deg).to_radians().cos();
    let value = 0.1 * k * wavelength_angstrom / (breadth_deg.value.to_radians() * cosine);
    Quantity { value, sigma: breadth_deg.sigma.map(|sigma| value * sigma / breadth_deg.value) }
}

/// Mean parts of the sample times cosθ, and the reduced χ² of the single lines around them.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Mean {
    parts: Parts,
    spread: Option<f64>,
}

/// Reduced χ² above which the scatter of single lines is worth a word.
const NOTED_SPREAD: f64 = 3.0;

/// Reduced χ² of the parts of `lines` lines that chance does not exceed by more than so many standard deviations.
fn chance(lines: usize, deviations: f64) -> f64 {
    let freedom = 2 * lines.saturating_sub(1).max(1);
    1.0 + deviations * (2.0 / freedom as f64).sqrt()
}

/// Times that weights are computed anew at the mean.
const REWEIGHTINGS: usize = 3;

/// Weighted mean of the parts; none without a line of known uncertainty.
fn mean_parts(lines: &[&MeasuredReflection]) -> Result<Option<Mean>> {
    let owns: Vec<(&MeasuredReflection, &Breadth)> =
        lines.iter().filter_map(|line| Some((*line, line.own.as_ref()?))).collect();
    let cosine = |line: &MeasuredReflection| (0.5 * line.two_theta_deg.value).to_radians().cos();
    let values: Vec<Parts> = owns
        .iter()
        .map(|(line, own)| Parts::of_sample(own, line.instrument_deg.unwrap_or_default()).scaled(cosine(line)))
        .collect();
    let mut weights: Vec<[[f64; 2]; 2]> = values.iter().filter_map(|v| inverse(v.covariance)).collect();
    if weights.len() != values.len() || values.is_empty() {
        return Ok(None);
    }
    let mut mean = weighted(&values, &weights);
    for _ in 0..REWEIGHTINGS {
        let Some(existing) = mean.and_then(|mean| mean.existing()) else { break };
        let at_mean: Vec<[[f64; 2]; 2]> = owns
            .iter()
            .map(|(line, own)| {
                let sample = existing.scaled(cosine(line).recip()).value;
                let expected = own.behind(sample, line.instrument_deg.unwrap_or_default())?;
                Ok(expected.and_then(|line_at_mean| {
                    inverse(Parts::of_sample(&line_at_mean, [0.0; 2]).scaled(cosine(line)).covariance)
                }))
            })
            .collect::<Result<Option<_>>>()?
            .unwrap_or_else(|| weights.clone());
        weights = at_mean;
        mean = weighted(&values, &weights);
    }
    let Some(mut parts) = mean else { return Ok(None) };
    let freedom = 2 * (values.len() - 1);
    let spread = (freedom > 0).then(|| {
        let chi_squared = values.iter().zip(&weights).map(|(v, w)| {
            let d = [v.value[0] - parts.value[0], v.value[1] - parts.value[1]];
            (0..2).map(|i| (0..2).map(|j| d[i] * w[i][j] * d[j]).sum::<f64>()).sum::<f64>()
        });
        chi_squared.sum::<f64>() / freedom as f64
    });
    if let Some(excess) = spread.filter(|spread| *spread > chance(values.len(), 2.0)) {
        parts.covariance.iter_mut().flatten().for_each(|c| *c *= excess);
    }
    Ok(Some(Mean { parts, spread }))
}

/// `(Σ W)⁻¹ Σ W z` with its covariance.
fn weighted(values: &[Parts], weights: &[[[f64; 2]; 2]]) -> Option<Parts> {
    let (mut sum, mut total) = ([0.0; 2], [[0.0; 2]; 2]);
    for (v, w) in values.iter().zip(weights) {
        for i in 0..2 {
            for j in 0..2 {
                sum[i] += w[i][j] * v.value[j];
                total[i][j] += w[i][j];
            }
        }
    }
    let covariance = inverse(total)?;
    let value = covariance.map(|row| row[0] * sum[0] + row[1] * sum[1]);
    Some(Parts { value, covariance })
}

/// Inverse of a positive definite symmetric matrix; none of another.
pub(super) fn inverse([[a, b], [_, d]]: [[f64; 2]; 2]) -> Option<[[f64; 2]; 2]> {
    let determinant = a * d - b * b;
    let definite = a > 0.0 && determinant > 0.0 && determinant.is_finite();
    definite.then(|| [[d / determinant, -b / determinant], [-b / determinant, a / determinant]])
}

/// Sizes from the FWHM and the integral breadth of the mean, if that is the breadth of any line.
fn mean_sizes(mean: &Mean, wavelength_angstrom: f64, choice: &SizeChoice) -> Result<Option<[Quantity; 2]>> {
    let size = |k, breadth| size_nm(k, wavelength_angstrom, breadth, 0.0);
    let breadths = mean.parts.breadths()?;
    Ok(breadths
        .map(|b| [size(choice.scherrer_k_fwhm, b.fwhm_deg), size(choice.scherrer_k_integral, b.integral_breadth_deg)]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use doublet_common::lineshape::{Shape, Tch};

    const LAMBDA: f64 = 1.5405929;

    /// A line of a crystallite of `size_nm` (Lorentzian, K = 0.89) behind an instrument.
    fn reflection(two_theta_deg: f64, size_nm: f64, instrument: [f64; 2]) -> MeasuredReflection {
        let cosine = (two_theta_deg / 2.0).to_radians().cos();
        let lorentzian = (0.89 * 0.1 * LAMBDA / (size_nm * cosine)).to_degrees();
        let shape = Tch::new(instrument[0], instrument[1] + lorentzian).unwrap();
        let breadth = Breadth {
            fwhm_deg: Quantity::new(shape.mixing().fwhm, 0.002),
            lorentzian_fraction: Quantity::new(shape.mixing().lorentzian_fraction, 0.03),
            integral_breadth_deg: Quantity::new(shape.integral_breadth().value, 0.003),
            covariance_deg: 0.0,
        };
        MeasuredReflection {
            hkl: [1, 0, 0],
            two_theta_deg: Quantity::new(two_theta_deg, 0.001),
            observed: breadth,
            breadth,
            own: Some(breadth),
            instrument_deg: Some(instrument),
            instrument_lines: [(0.0, 1.0)].into(),
            profile: None,
            unfit: None,
        }
    }

    #[test]
    fn the_size_that_went_in_comes_out() {
        // Truth: Scherrer's equation itself, sizes of the LAGP study; the relations of the pseudo-Voigt are good to 1 %.
        for size in [42.7, 63.5] {
            let lines = [21.2, 25.1, 33.4, 60.0, 85.0].map(|angle| reflection(angle, size, [0.05, 0.01]));
            let result = scherrer("p", "p", &lines, LAMBDA, &SizeChoice::default()).unwrap();
            assert!((result.mean_size_fwhm_nm.unwrap().value / size - 1.0).abs() < 0.01);
            // A Lorentzian's integral breadth is π/2 FWHM: closed form for the other constant.
            let integral = size * 1.07 / (0.89 * std::f64::consts::FRAC_PI_2);
            assert!((result.mean_size_integral_nm.unwrap().value / integral - 1.0).abs() < 0.01);
            assert!(result.warnings.is_empty(), "{:?}", result.warnings);
        }
    }

    #[test]
    fn without_an_instrument_it_is_a_lower_limit_and_says_so() {
        let mut line = reflection(25.0, 42.7, [0.05, 0.01]);
        line.instrument_deg = None;
        let result = scherrer("p", "p", &[line], LAMBDA, &SizeChoice::default()).unwrap();
        assert!(!result.instrument_removed && result.mean_size_fwhm_nm.unwrap().value < 42.7);
        assert!(result.warnings[0].contains("lower size limit: no instrument profile"));
    }

    #[test]
    fn a_line_of_the_instrument_is_not_given_a_size() {
        let line = reflection(25.0, 5000.0, [0.08, 0.02]);
        let result = scherrer("p", "p", &[line], LAMBDA, &SizeChoice::default()).unwrap();
        assert!(result.mean_size_fwhm_nm.is_none());
        assert!(result.reflections[0].remark.starts_with("instrument-limited"));
    }

    #[test]
    fn scatter_enlarges_the_uncertainty_of_the_mean() {
        let sizes = [30.0, 60.0].map(|size| reflection(25.0, size, [0.05, 0.01]));
        let equal = [42.7, 42.7].map(|size| reflection(25.0, size, [0.05, 0.01]));
        let of = |lines: &[MeasuredReflection]| scherrer("p", "p", lines, LAMBDA, &SizeChoice::default()).unwrap();
        let (wide, tight) = (of(&sizes), of(&equal));
        assert!(wide.spread_reduced_chi_squared.unwrap() > 3.0);
        assert!(wide.mean_size_fwhm_nm.unwrap().sigma > tight.mean_size_fwhm_nm.unwrap().sigma);
        assert!(wide.warnings.iter().any(|w| w.contains("scatter")));
    }
}
