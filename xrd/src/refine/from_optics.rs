//! The instrument's profile computed from slits and radius, as far as no standard was measured.
//!
//! Fundamental parameters give the profile of one emission line at every angle. The Lorentzian width of the instrument file is
//! that of emission and crystallites; U, V, W give the lines their full widths at half maximum. Axial divergence is part of the
//! widths and S/L = H/L = 0, since Finger's divergence, which vanishes at 90°, widens lines otherwise than the whole one, and
//! what it lacks there no U, V, W make good.

use std::collections::BTreeMap;

use doublet_common::lineshape::{Shape, Voigt};
use doublet_common::provenance::{Input, Tool};
use nalgebra::{DMatrix, DVector};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::analysis::{ScanSummary, summary};
use crate::error::{Error, Result};
use crate::profile::fundamental::{FundamentalProfile, OpticsOrigin, Own, from_scan};
use crate::profile::{InstrumentFile, InstrumentOrigin, InstrumentProfile, Spectrum};
use crate::radiation::resolve;
use crate::recipe::{InstrumentChoice, RadiationChoice};
use crate::scan::Scan;

/// Angles at which profiles are computed: first, last, step, degrees.
const ANGLES_DEG: (f64, f64, f64) = (20.0, 150.0, 5.0);
/// Opening of Soller slits that let no axial divergence pass, degrees.
const CLOSED_DEG: f64 = 0.1;
/// Lines of the emission within this share of the reference wavelength are Kα1.
const ALONE: f64 = 1e-3;

/// What the computation is told.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct OpticsOptions {
    /// Radiation used where the file states none.
    pub radiation: Option<RadiationChoice>,
    /// Optics that come before those of the file: name as in [`Own::RANGES`], or `goniometer_radius_mm`, `focus_length_mm`.
    pub stated: BTreeMap<String, f64>,
}

impl OpticsOptions {
    /// The options as TOML.
    ///
    /// # Errors
    /// [`Error::Recipe`] if a value has no TOML form.
    pub fn to_toml(&self) -> Result<String> {
        toml::to_string(self).map_err(|error| Error::Recipe(error.to_string()))
    }
}

/// A value of the optics.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct OpticsValue {
    /// Name with unit.
    pub name: String,
    /// Value.
    pub value: f64,
    /// Who says so.
    pub origin: OpticsOrigin,
}

/// Width of one computed reflection.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ComputedWidth {
    /// Position.
    pub two_theta_deg: f64,
    /// FWHM of the computed profile, Kα1 alone.
    pub computed_fwhm_deg: f64,
    /// FWHM that the numbers of the instrument file give.
    pub instrument_fwhm_deg: f64,
}

/// An instrument computed from its optics.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct InstrumentFromOptics {
    /// Version that computed it.
    pub tool: Tool,
    /// The file of the scan.
    pub input: Input,
    /// What the computation was told.
    pub options: OpticsOptions,
    /// The scan.
    pub scan: ScanSummary,
    /// The instrument file; its numbers have no covariance, since nothing was measured.
    pub file: InstrumentFile,
    /// Optics from which it was computed.
    pub optics: Vec<OpticsValue>,
    /// Where the natural shape of the emission comes from.
    pub emission: String,
    /// Largest deviation of the two widths, relative to the computed one.
    pub largest_deviation: f64,
    /// Widths over 2θ.
    pub widths: Vec<ComputedWidth>,
}

/// Computes the profile of the instrument that measured `scan` from what the file, and before it `options`, says of its optics.
///
/// # Errors
/// [`Error::NoWavelength`]; [`Error::Recipe`] for optics that neither the file nor `options` gives, for unknown names or
/// impossible values, and for an anode whose natural line shape is not tabulated.
pub fn instrument_from_optics(scan: &Scan, options: &OpticsOptions) -> Result<InstrumentFromOptics> {
    let asked = options.radiation.as_ref().map(RadiationChoice::resolve).transpose()?;
    let (radiation, mut remarks) = resolve(scan, asked)?;
    let stated: Vec<(String, f64)> = options.stated.iter().map(|(name, value)| (name.clone(), *value)).collect();
    let (geometry, own, assumed) = from_scan(scan, &stated)?;
    remarks.push(format!("computed from the optics of {}, not measured with a standard", scan.input.file_name));
    remarks.extend(assumed);
    let mut profile = FundamentalProfile::new(Spectrum::k_alpha(&radiation)?, geometry, own);
    let reference = profile.spectrum.reference_wavelength_angstrom;
    profile.spectrum.lines.retain(|line| (line.wavelength_angstrom / reference - 1.0).abs() < ALONE);
    let alone: f64 = profile.spectrum.lines.iter().map(|line| line.share).sum();
    profile.spectrum.lines.iter_mut().for_each(|line| line.share /= alone);
    let (first, last, step) = ANGLES_DEG;
    let angles = (0..).map(|i| first + step * f64::from(i)).take_while(|angle| *angle <= last);
    let angles: Vec<f64> = angles.collect();
    let whole_deg = angles.iter().map(|angle| fwhm_deg(&profile, *angle)).collect::<Result<Vec<_>>>()?;
    let instrument = numbers(&profile, &angles, &whole_deg)?;
    let shape = InstrumentProfile::from(instrument);
    let widths = angles
        .iter()
        .zip(&whole_deg)
        .map(|(angle, whole)| {
            Ok(ComputedWidth {
                two_theta_deg: *angle,
                computed_fwhm_deg: *whole,
                instrument_fwhm_deg: shape.fwhm_deg(*angle)?,
            })
        })
        .collect::<Result<Vec<_>>>()?;
    let deviation = |width: &ComputedWidth| (width.instrument_fwhm_deg / width.computed_fwhm_deg - 1.0).abs();
    let largest_deviation = widths.iter().map(deviation).fold(0.0, f64::max);
    remarks.push(format!("the numbers describe the computed widths within {:.1} %", 100.0 * largest_deviation));
    let lengths =
        [("goniometer_radius_mm", geometry.goniometer_radius_mm), ("focus_length_mm", geometry.focus_length_mm)];
    let values = lengths.into_iter().chain(Own::RANGES.iter().map(|(name, ..)| *name).zip(own.to_array()));
    let value = |(name, value): (&str, f64)| OpticsValue {
        name: name.to_owned(),
        value,
        origin: OpticsOrigin::of(name, &stated),
    };
    Ok(InstrumentFromOptics {
        tool: Tool::this(),
        input: scan.input.clone(),
        options: options.clone(),
        scan: summary(scan, &radiation),
        optics: values.map(value).collect(),
        emission: profile.spectrum.source,
        largest_deviation,
        widths,
        file: InstrumentFile {
            instrument,
            origin: Some(InstrumentOrigin {
                file_name: scan.input.file_name.clone(),
                two_theta_range_deg: Some([first, last]),
                radiation: Some(radiation),
                remarks,
            }),
            calibration: None,
        },
    })
}

/// Full width at half maximum of a line with one top within two degrees of its position.
fn fwhm_deg(profile: &FundamentalProfile, two_theta_deg: f64) -> Result<f64> {
    const STEP_DEG: f64 = 2.5e-4;
    const STEPS: i32 = 8000;
    let reflection = profile.reflection(&profile.start.to_array(), two_theta_deg, false)?;
    let values: Vec<f64> =
        (-STEPS..=STEPS).map(|i| reflection.density(two_theta_deg + STEP_DEG * f64::from(i))).collect();
    let half = 0.5 * values.iter().copied().fold(0.0, f64::max);
    Ok(STEP_DEG * values.iter().filter(|value| **value >= half).count() as f64)
}

/// `Y` of the emission: the width at tanθ = 1 of a line that nothing else widens.
fn natural_y_deg(profile: &FundamentalProfile) -> Result<f64> {
    let mut bare = profile.clone();
    bare.start = Own {
        soller_incident_deg: CLOSED_DEG,
        soller_diffracted_deg: CLOSED_DEG,
        focus_width_mm: 0.0,
        tube_tail_height: 0.0,
        receiving_slit_mm: 0.0,
        divergence_deg: 0.0,
        absorption_length_mm: 0.0,
        inverse_column_length_per_nm: 0.0,
        strain_rms: 0.0,
        ..bare.start
    };
    fwhm_deg(&bare, 90.0)
}

/// Gaussian width of the Voigt function of this whole and Lorentzian width.
fn gaussian_deg(fwhm_deg: f64, lorentzian_deg: f64) -> Result<f64> {
    let (mut low, mut high) = (0.0, fwhm_deg);
    for _ in 0..40 {
        let middle = 0.5 * (low + high);
        if Voigt::new(middle, lorentzian_deg)?.fwhm().value < fwhm_deg { low = middle } else { high = middle }
    }
    Ok(0.5 * (low + high))
}

/// The numbers of the instrument whose lines are as wide as the computed ones.
fn numbers(profile: &FundamentalProfile, angles: &[f64], whole_deg: &[f64]) -> Result<InstrumentChoice> {
    let nm = 0.1 * profile.spectrum.reference_wavelength_angstrom;
    let mut choice = InstrumentChoice {
        x_deg: (2.0 / std::f64::consts::PI * nm * profile.start.inverse_column_length_per_nm).to_degrees(),
        y_deg: natural_y_deg(profile)?,
        ..InstrumentChoice::default()
    };
    let lorentzian = |angle: f64| InstrumentProfile::from(choice).lorentzian_fwhm_deg(angle);
    let squares = angles
        .iter()
        .zip(whole_deg)
        .map(|(angle, whole)| Ok(gaussian_deg(*whole, lorentzian(*angle))?.powi(2)))
        .collect::<Result<Vec<_>>>()?;
    [choice.u_deg2, choice.v_deg2, choice.w_deg2] = caglioti(angles, &squares, whole_deg)?;
    Ok(choice)
}

/// U, V, W of these squares of Gaussian widths, in least squares of what they miss relative to the squares of whole widths.
fn caglioti(angles: &[f64], squares: &[f64], whole_deg: &[f64]) -> Result<[f64; 3]> {
    let matrix = DMatrix::from_fn(angles.len(), 3, |i, j| {
        (0.5 * angles[i]).to_radians().tan().powi(2 - j as i32) / whole_deg[i].powi(2)
    });
    let right = DVector::from_fn(angles.len(), |i, _| squares[i] / whole_deg[i].powi(2));
    let solution = matrix.svd(true, true).solve(&right, 1e-12);
    let solution =
        solution.map_err(|text| Error::Analysis { stage: "instrument from optics", message: text.into() })?;
    Ok([solution[0], solution[1], solution[2]])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::radiation::{Anode, Radiation};
    use crate::scan::Optics;
    use crate::simulate::{Simulation, simulate};

    fn scan() -> Scan {
        let text = "title = 'x'\nseed = 1\ntwo_theta_range_deg = [20.0, 30.0]\nstep_deg = 0.02\nhighest_counts = 100.0\n\
                    background_counts = [10.0]\n[radiation]\nanode = 'Cu'\n[instrument]\nw_deg2 = 0.003\n\
                    [[phases]]\nid = 'LaB6'\nweight_percent = 100.0\nsize_nm = 100.0\n";
        let scan = simulate(&Simulation::from_toml("x", text).unwrap()).unwrap();
        let optics = Optics {
            divergence_deg: Some(0.5),
            focus_width_mm: Some(0.04),
            focus_length_mm: Some(12.0),
            mask_width_mm: Some(10.0),
            soller_incident_rad: Some(0.04),
            soller_diffracted_rad: Some(0.04),
            ..Optics::default()
        };
        Scan { optics, goniometer_radius_mm: Some(240.0), radiation: Some(Radiation::k_alpha(Anode::Cu)), ..scan }
    }

    fn stating(name: &str, value: f64) -> OpticsOptions {
        OpticsOptions { radiation: None, stated: BTreeMap::from([(name.to_owned(), value)]) }
    }

    #[test]
    fn numbers_describe_the_widths_that_optics_make() {
        // Truth: the computed profiles themselves, which are compared with an independent program elsewhere.
        let computed = instrument_from_optics(&scan(), &stating("receiving_slit_mm", 0.1)).unwrap();
        // U, V, W have no term that rises towards low angles as axial divergence does: 5.2 % at 20°, here 4 %.
        for width in computed.widths.iter().filter(|width| width.two_theta_deg >= 25.0) {
            assert!((width.instrument_fwhm_deg / width.computed_fwhm_deg - 1.0).abs() < 0.04, "{width:?}");
        }
        let first = &computed.widths[0];
        assert_eq!(computed.largest_deviation, (first.instrument_fwhm_deg / first.computed_fwhm_deg - 1.0).abs());
        assert_eq!(computed.file.instrument.covariance, None);
        let says = |name: &str| computed.optics.iter().find(|value| value.name == name).unwrap().origin;
        let origins = ["receiving_slit_mm", "divergence_deg", "tube_tail_low_mm"].map(says);
        assert_eq!(origins, [OpticsOrigin::Stated, OpticsOrigin::File, OpticsOrigin::Assumed]);
        let origin = computed.file.origin.unwrap();
        assert!(origin.remarks.iter().any(|text| text.contains("not measured")), "{:?}", origin.remarks);
    }

    #[test]
    fn a_wide_slit_makes_its_own_width() {
        // Truth: a receiving slit of 0.6 mm at 240 mm is a box of 0.1432°, wider than all else at 60°.
        let computed = instrument_from_optics(&scan(), &stating("receiving_slit_mm", 0.6)).unwrap();
        let width = computed.widths.iter().find(|width| width.two_theta_deg == 60.0).unwrap();
        assert!((width.computed_fwhm_deg / 0.1432 - 1.0).abs() < 0.02, "{width:?}");
    }

    #[test]
    fn the_gaussian_part_comes_back() {
        // Truth: the width that went in.
        for (gaussian, lorentzian) in [(1.0, 0.0), (0.8, 0.3), (0.3, 0.9)] {
            let whole = Voigt::new(gaussian, lorentzian).unwrap().fwhm().value;
            assert!((gaussian_deg(whole, lorentzian).unwrap() - gaussian).abs() < 1e-6);
        }
    }

    #[test]
    fn optics_that_nobody_states_are_named() {
        let error = instrument_from_optics(&scan(), &OpticsOptions::default()).unwrap_err().to_string();
        assert!(error.contains("receiving slit") && error.contains("receiving_slit_mm"), "{error}");
        let error = instrument_from_optics(&scan(), &stating("slit", 0.1)).unwrap_err().to_string();
        assert!(error.contains("\"slit\"") && error.contains("receiving_slit_mm"), "{error}");
    }
}
