//! Crystallite sizes of the present phases from their fitted peaks.

use doublet_common::Quantity;
use doublet_common::lineshape::{PseudoVoigt, Shape};

use super::{Peak, Phase, PhaseSize};
use crate::error::Result;
use crate::identify::LineArea;
use crate::peaks::{FittedPeak, ForcedPeak, PeakFit};
use crate::profile::InstrumentProfile;
use crate::radiation::Radiation;
use crate::recipe::SizeChoice;
use crate::size_strain::{Breadth, MeasuredReflection, scherrer};

/// Share of a peak that one reflection must have for its width to be that reflection's.
const OWN_SHARE: f64 = 0.85;
/// Reflections of one phase under one peak are fitted apart if each has this share of it and they are this far apart, in
/// FWHM.
const PAIR_SHARE: f64 = 0.12;
const PAIR_FWHM: (f64, f64) = (0.25, 1.6);

/// Positions at which overlapping reflections are fitted although the search sees one peak.
pub(super) fn forced_peaks(lines: &[LineArea], peaks: &[Peak]) -> Vec<ForcedPeak> {
    let mut forced = Vec::new();
    for peak in peaks {
        let fwhm = peak.fwhm_deg.value;
        let strong = peak.assigned_to.iter().filter(|a| a.share >= PAIR_SHARE);
        let mut positions: Vec<f64> = strong.map(|a| peak.two_theta_deg.value + a.offset_deg).collect();
        positions.sort_by(f64::total_cmp);
        positions.dedup_by(|b, a| *b - *a < PAIR_FWHM.0 * fwhm);
        if positions.len() < 2 || positions.windows(2).any(|w| w[1] - w[0] > PAIR_FWHM.1 * fwhm) {
            continue;
        }
        let nearest = positions.windows(2).map(|w| w[1] - w[0]).fold(f64::INFINITY, f64::min);
        forced.extend(positions.iter().map(|p| ForcedPeak { two_theta_deg: *p, tolerance_deg: 0.2 * nearest }));
    }
    let in_model = |p: &ForcedPeak| lines.iter().any(|l| (l.two_theta_deg - p.two_theta_deg).abs() < 1e-6);
    forced.retain(in_model);
    forced
}

/// Sizes of each phase, and of the peaks that no phase explains if there is none.
///
/// # Errors
/// Widths that make no line.
pub(super) fn sizes(
    present: &[&Phase],
    peaks: &[Peak],
    fitted: &PeakFit,
    instrument: Option<&InstrumentProfile>,
    radiation: &Radiation,
    choice: &SizeChoice,
) -> Result<Vec<PhaseSize>> {
    let wavelength = radiation.reference_wavelength_angstrom();
    if present.is_empty() {
        let reflections: Vec<MeasuredReflection> =
            fitted.peaks.iter().map(|peak| reflection(peak, [0; 3], instrument, None)).collect::<Result<_>>()?;
        return Ok(if reflections.is_empty() {
            Vec::new()
        } else {
            vec![scherrer("", "peaks without a phase", &reflections, wavelength, choice)?]
        });
    }
    present
        .iter()
        .map(|phase| {
            let reflections: Vec<MeasuredReflection> = peaks
                .iter()
                .zip(&fitted.peaks)
                .filter_map(|(peak, fit)| {
                    let strongest = peak.assigned_to.first().filter(|a| a.phase_id == phase.id)?;
                    let total: f64 = peak.assigned_to.iter().map(|a| a.share).sum();
                    let alone = strongest.share >= OWN_SHARE * total;
                    let unfit = (!alone).then(|| "overlapped: several reflections make this peak".to_owned());
                    Some(reflection(fit, strongest.hkl, instrument, unfit))
                })
                .collect::<Result<_>>()?;
            scherrer(&phase.id, &phase.name, &reflections, wavelength, choice)
        })
        .collect()
}

fn reflection(
    peak: &FittedPeak,
    hkl: [i32; 3],
    instrument: Option<&InstrumentProfile>,
    unfit: Option<String>,
) -> Result<MeasuredReflection> {
    let at = peak.two_theta_deg.value;
    let instrument_deg = instrument.map(|profile| {
        let gaussian = profile.gaussian_fwhm_squared_deg2(at).max(0.0).sqrt();
        [gaussian, profile.lorentzian_fwhm_deg(at).max(0.0)]
    });
    let breadth = Breadth {
        fwhm_deg: peak.fwhm_deg,
        integral_breadth_deg: peak.integral_breadth_deg,
        lorentzian_fraction: peak.lorentzian_fraction,
        covariance_deg: covariance(peak)?,
    };
    Ok(MeasuredReflection { hkl, two_theta_deg: peak.two_theta_deg, breadth, instrument_deg, unfit })
}

/// Covariance of width and share, from the σ of both and that of the integral breadth, which is a function of them.
fn covariance(peak: &FittedPeak) -> Result<f64> {
    let fraction = peak.lorentzian_fraction.value.clamp(0.0, 1.0);
    let breadth = PseudoVoigt::new(peak.fwhm_deg.value, fraction)?.integral_breadth();
    let [by_fwhm, by_fraction, ..] = breadth.d_parameters;
    let sigma = |q: Quantity| q.sigma.unwrap_or(0.0);
    let (f, e, b) = (sigma(peak.fwhm_deg), sigma(peak.lorentzian_fraction), sigma(peak.integral_breadth_deg));
    let mixed = 2.0 * by_fwhm * by_fraction;
    if mixed == 0.0 || e == 0.0 {
        return Ok(0.0);
    }
    let covariance = (b * b - (by_fwhm * f).powi(2) - (by_fraction * e).powi(2)) / mixed;
    Ok(covariance.clamp(-f * e, f * e))
}
