//! Crystallite size by Scherrer's equation, `L = K λ / (β cosθ)`, from the sample's FWHM and integral breadth.
//!
//! P. Scherrer, Nachr. Ges. Wiss. Göttingen (1918) 98. Constants K for spheres, size being the cube root of the
//! crystallite's volume: 0.89 for the FWHM, 1.07 for the integral breadth (Langford and Wilson, J. Appl. Cryst. 11 (1978)
//! 102). The mean over reflections is taken of 1/L, in which the uncertainties of breadths are symmetric; where single
//! sizes scatter more than their σ, the σ of the mean is enlarged by that scatter.

use doublet_common::Quantity;

use super::breadth::{Breadth, SampleBreadth, without_instrument};
use crate::analysis::{PhaseSize, ReflectionSize};
use crate::error::Result;
use crate::recipe::SizeChoice;

/// A sample line narrower than this share of the instrument's is not evidence of a finite size.
const INSTRUMENT_LIMIT: f64 = 0.2;

/// Reflections whose σ of the breadth exceeds this share of it say nothing of size.
const LARGEST_RELATIVE_SIGMA: f64 = 0.5;

/// One reflection of a phase as fitted.
#[derive(Debug, Clone, PartialEq)]
pub struct MeasuredReflection {
    /// Miller indices.
    pub hkl: [i32; 3],
    /// Position of the reference line.
    pub two_theta_deg: Quantity,
    /// Width and shape of one emission line.
    pub breadth: Breadth,
    /// Gaussian and Lorentzian FWHM of the instrument at this angle, degrees.
    pub instrument_deg: Option<[f64; 2]>,
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
    let used = || rows.iter().filter(|row| row.used);
    let fwhm = mean_size(used().filter_map(|row| row.size_fwhm_nm));
    let integral = mean_size(used().filter_map(|row| row.size_integral_nm));
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
    if fwhm.is_none() {
        warnings.push("no reflection is fit to give a size".to_owned());
    } else if let Some(spread) = fwhm.and_then(|mean| mean.spread).filter(|spread| *spread > 3.0) {
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
        mean_size_fwhm_nm: fwhm.map(|mean| mean.size_nm),
        mean_size_integral_nm: integral.map(|mean| mean.size_nm),
        spread_reduced_chi_squared: fwhm.and_then(|mean| mean.spread),
        reflections: rows,
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
    let remark = remark(line, sample.map(|s| s.fwhm_deg), instrument_fwhm_deg);
    Ok(ReflectionSize {
        hkl: line.hkl,
        two_theta_deg: line.two_theta_deg,
        fwhm_deg: line.breadth.fwhm_deg,
        integral_breadth_deg: line.breadth.integral_breadth_deg,
        instrument_fwhm_deg,
        sample_fwhm_deg: sample.map(|s| s.fwhm_deg),
        sample_integral_breadth_deg: sample.map(|s| s.integral_breadth_deg),
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
        Some(_) => String::new(),
    }
}

/// Scherrer's equation for a breadth in degrees 2θ; the relative σ of size is that of the breadth.
fn size_nm(k: f64, wavelength_angstrom: f64, breadth_deg: Quantity, two_theta_deg: f64) -> Quantity {
    let cosine = (0.5 * two_theta_deg).to_radians().cos();
    let value = 0.1 * k * wavelength_angstrom / (breadth_deg.value.to_radians() * cosine);
    Quantity { value, sigma: breadth_deg.sigma.map(|sigma| value * sigma / breadth_deg.value) }
}

/// A mean size and the reduced χ² of the single reciprocal sizes around it.
#[derive(Debug, Clone, Copy, PartialEq)]
struct MeanSize {
    size_nm: Quantity,
    spread: Option<f64>,
}

/// Weighted mean of 1/L with weights 1/σ²(1/L) = L⁴/σ²(L).
fn mean_size(sizes: impl Iterator<Item = Quantity>) -> Option<MeanSize> {
    let reciprocal: Vec<(f64, f64)> = sizes
        .filter_map(|size| {
            let sigma = size.sigma.filter(|sigma| *sigma > 0.0)?;
            Some((1.0 / size.value, (size.value * size.value / sigma).powi(2)))
        })
        .collect();
    let weight: f64 = reciprocal.iter().map(|(_, w)| w).sum();
    if weight <= 0.0 {
        return None;
    }
    let mean = reciprocal.iter().map(|(r, w)| r * w).sum::<f64>() / weight;
    let spread = (reciprocal.len() > 1)
        .then(|| reciprocal.iter().map(|(r, w)| w * (r - mean).powi(2)).sum::<f64>() / (reciprocal.len() - 1) as f64);
    let sigma = (spread.unwrap_or(1.0).max(1.0) / weight).sqrt();
    Some(MeanSize { size_nm: Quantity::new(1.0 / mean, sigma / (mean * mean)), spread })
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
        MeasuredReflection {
            hkl: [1, 0, 0],
            two_theta_deg: Quantity::new(two_theta_deg, 0.001),
            breadth: Breadth {
                fwhm_deg: Quantity::new(shape.mixing().fwhm, 0.002),
                lorentzian_fraction: Quantity::new(shape.mixing().lorentzian_fraction, 0.03),
                integral_breadth_deg: Quantity::new(shape.integral_breadth().value, 0.003),
                covariance_deg: 0.0,
            },
            instrument_deg: Some(instrument),
            unfit: None,
        }
    }

    #[test]
    fn the_size_that_went_in_comes_out() {
        // Truth: Scherrer's equation itself, sizes of the LAGP study.
        for size in [42.7, 63.5] {
            let lines = [21.2, 25.1, 33.4, 60.0, 85.0].map(|angle| reflection(angle, size, [0.05, 0.01]));
            let result = scherrer("p", "p", &lines, LAMBDA, &SizeChoice::default()).unwrap();
            assert!((result.mean_size_fwhm_nm.unwrap().value - size).abs() < 1e-6);
            // A Lorentzian's integral breadth is π/2 FWHM: closed form for the other constant.
            let integral = size * 1.07 / (0.89 * std::f64::consts::FRAC_PI_2);
            assert!((result.mean_size_integral_nm.unwrap().value - integral).abs() < 1e-6);
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
