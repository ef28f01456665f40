//! The instrument's profile computed from slits and radius, as far as no standard was measured.
//!
//! Fundamental parameters give the profile of one emission line at every angle. Its full width at half maximum and its integral
//! breadth are those of one Voigt function; the numbers of an instrument file are those whose Gaussian squares and Lorentzian
//! widths come nearest to these, in least squares of relative deviations. Asymmetry is part of the widths, as it is for a
//! symmetric peak that is fitted.

use doublet_common::lineshape::{Shape, Voigt};
use nalgebra::{DMatrix, DVector};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::profile::fundamental::{FundamentalProfile, Own, from_scan};
use crate::profile::{InstrumentFile, InstrumentOrigin, InstrumentProfile, Spectrum};
use crate::radiation::resolve;
use crate::recipe::{InstrumentChoice, RadiationChoice};
use crate::scan::Scan;

/// Angles at which profiles are computed: first, last, step, degrees.
const ANGLES_DEG: (f64, f64, f64) = (15.0, 150.0, 5.0);
/// Lines of the emission within this share of the reference wavelength are Kα1.
const ALONE: f64 = 1e-3;

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
    /// The instrument file; its numbers have no covariance, since nothing was measured.
    pub file: InstrumentFile,
    /// Optics from which it was computed: name with unit, and value.
    pub optics: Vec<(String, f64)>,
    /// Largest deviation of the two widths, relative to the computed one.
    pub largest_deviation: f64,
    /// Widths over 2θ.
    pub widths: Vec<ComputedWidth>,
}

/// Computes the profile of the instrument that measured `scan` from what the file says of its optics; `stated` (name as in
/// [`Own::RANGES`], value) comes before the file.
///
/// # Errors
/// [`Error::NoWavelength`]; [`Error::Recipe`] for optics that neither the file nor `stated` gives, for unknown names or
/// impossible values, and for an anode whose natural line shape is not tabulated.
pub fn instrument_from_optics(
    scan: &Scan,
    radiation: Option<&RadiationChoice>,
    stated: &[(String, f64)],
) -> Result<InstrumentFromOptics> {
    let asked = radiation.map(RadiationChoice::resolve).transpose()?;
    let (radiation, mut remarks) = resolve(scan, asked)?;
    let (geometry, own, assumed) = from_scan(scan, stated)?;
    remarks.push(format!("computed from the optics of {}, not measured with a standard", scan.input.file_name));
    remarks.extend(assumed);
    let mut profile = FundamentalProfile::new(Spectrum::k_alpha(&radiation)?, geometry, own);
    let reference = profile.spectrum.reference_wavelength_angstrom;
    profile.spectrum.lines.retain(|line| (line.wavelength_angstrom / reference - 1.0).abs() < ALONE);
    let (first, last, step) = ANGLES_DEG;
    let angles = (0..).map(|i| first + step * f64::from(i)).take_while(|angle| *angle <= last);
    let lines = angles.map(|angle| Line::computed(&profile, angle)).collect::<Result<Vec<_>>>()?;
    let instrument = numbers(&lines)?;
    let shape = InstrumentProfile::from(instrument);
    let widths = lines
        .iter()
        .map(|line| {
            Ok(ComputedWidth {
                two_theta_deg: line.two_theta_deg,
                computed_fwhm_deg: line.fwhm_deg,
                instrument_fwhm_deg: shape.fwhm_deg(line.two_theta_deg)?,
            })
        })
        .collect::<Result<Vec<_>>>()?;
    let deviation = |width: &ComputedWidth| (width.instrument_fwhm_deg / width.computed_fwhm_deg - 1.0).abs();
    let largest_deviation = widths.iter().map(deviation).fold(0.0, f64::max);
    remarks.push(format!(
        "five numbers describe the computed widths within {:.1} %; asymmetry is part of the widths",
        100.0 * largest_deviation
    ));
    let names = Own::RANGES.iter().map(|(name, ..)| (*name).to_owned()).zip(own.to_array());
    let lengths =
        [("goniometer_radius_mm", geometry.goniometer_radius_mm), ("focus_length_mm", geometry.focus_length_mm)];
    Ok(InstrumentFromOptics {
        optics: lengths.map(|(name, value)| (name.to_owned(), value)).into_iter().chain(names).collect(),
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

/// One computed line as a Voigt function of the same FWHM and integral breadth.
struct Line {
    two_theta_deg: f64,
    fwhm_deg: f64,
    gaussian_deg: f64,
    lorentzian_deg: f64,
}

impl Line {
    fn computed(profile: &FundamentalProfile, two_theta_deg: f64) -> Result<Self> {
        /// Step over the top, and steps to either side.
        const STEP_DEG: f64 = 2.5e-4;
        const STEPS: i32 = 8000;
        let reflection = profile.reflection(&profile.start.to_array(), two_theta_deg, false)?;
        let values: Vec<f64> =
            (-STEPS..=STEPS).map(|i| reflection.density(two_theta_deg + STEP_DEG * f64::from(i))).collect();
        let highest = values.iter().copied().fold(0.0, f64::max);
        let above = values.iter().filter(|value| **value >= 0.5 * highest).count();
        let fwhm_deg = STEP_DEG * above as f64;
        // The area is one.
        let [gaussian, lorentzian] = voigt(fwhm_deg * highest)?;
        Ok(Self { two_theta_deg, fwhm_deg, gaussian_deg: gaussian * fwhm_deg, lorentzian_deg: lorentzian * fwhm_deg })
    }
}

/// Gaussian and Lorentzian width of the Voigt function of unit FWHM whose FWHM is `form` integral breadths; beyond the
/// Gaussian's 0.94, as of a box, the Gaussian, and beyond the Lorentzian's 0.64 that.
fn voigt(form: f64) -> Result<[f64; 2]> {
    let at = |lorentzian: f64| -> Result<(f64, f64)> {
        let shape = Voigt::new(1.0 - lorentzian, lorentzian)?;
        let fwhm = shape.fwhm().value;
        Ok((fwhm, fwhm / shape.integral_breadth().value))
    };
    let (mut low, mut high) = (0.0, 1.0);
    for _ in 0..40 {
        let middle = 0.5 * (low + high);
        if at(middle)?.1 > form { low = middle } else { high = middle }
    }
    let lorentzian = if low == 0.0 { 0.0 } else { 0.5 * (low + high) };
    let fwhm = at(lorentzian)?.0;
    Ok([(1.0 - lorentzian) / fwhm, lorentzian / fwhm])
}

/// U, V, W from the Gaussian squares, X and Y from the Lorentzian widths.
fn numbers(lines: &[Line]) -> Result<InstrumentChoice> {
    let solve = |rows: &dyn Fn(f64) -> Vec<f64>, of: &dyn Fn(&Line) -> (f64, f64)| -> Result<Vec<f64>> {
        let theta = |line: &Line| (0.5 * line.two_theta_deg).to_radians();
        let columns = rows(0.5).len();
        let matrix = DMatrix::from_fn(lines.len(), columns, |i, j| rows(theta(&lines[i]))[j] / of(&lines[i]).1);
        let right = DVector::from_fn(lines.len(), |i, _| of(&lines[i]).0 / of(&lines[i]).1);
        let solution = matrix.svd(true, true).solve(&right, 1e-12);
        solution
            .map(|solution| solution.iter().copied().collect())
            .map_err(|text| Error::Analysis { stage: "instrument from optics", message: text.into() })
    };
    let squares = solve(&|theta| vec![theta.tan().powi(2), theta.tan(), 1.0], &|line| {
        (line.gaussian_deg.powi(2), line.fwhm_deg.powi(2))
    })?;
    let widths = solve(&|theta| vec![theta.cos().recip(), theta.tan()], &|line| (line.lorentzian_deg, line.fwhm_deg))?;
    Ok(InstrumentChoice {
        u_deg2: squares[0],
        v_deg2: squares[1],
        w_deg2: squares[2],
        x_deg: widths[0],
        y_deg: widths[1],
        ..InstrumentChoice::default()
    })
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

    #[test]
    fn numbers_describe_the_widths_that_optics_make() {
        // Truth: the computed profiles themselves, which are compared with an independent program elsewhere.
        let stated = [("receiving_slit_mm".to_owned(), 0.1)];
        let computed = instrument_from_optics(&scan(), None, &stated).unwrap();
        assert!(computed.largest_deviation < 0.05, "{:#?}", computed.widths);
        assert_eq!(computed.file.instrument.covariance, None);
        let origin = computed.file.origin.unwrap();
        assert!(origin.remarks.iter().any(|text| text.contains("not measured")), "{:?}", origin.remarks);
    }

    #[test]
    fn a_wide_slit_makes_its_own_width() {
        // Truth: a receiving slit of 0.6 mm at 240 mm is a box of 0.1432°, wider than all else at 60°.
        let stated = [("receiving_slit_mm".to_owned(), 0.6)];
        let computed = instrument_from_optics(&scan(), None, &stated).unwrap();
        let width = computed.widths.iter().find(|width| width.two_theta_deg == 60.0).unwrap();
        assert!((width.computed_fwhm_deg / 0.1432 - 1.0).abs() < 0.02, "{width:?}");
    }

    #[test]
    fn voigt_functions_come_back_from_their_breadths() {
        // Truth: the widths that went in.
        for (gaussian, lorentzian) in [(1.0, 0.0), (0.8, 0.3), (0.3, 0.9), (0.0, 1.0)] {
            let shape = Voigt::new(gaussian, lorentzian).unwrap();
            let (fwhm, breadth) = (shape.fwhm().value, shape.integral_breadth().value);
            let [g, l] = voigt(fwhm / breadth).unwrap().map(|width| width * fwhm);
            assert!((g - gaussian).abs() < 1e-3 && (l - lorentzian).abs() < 1e-3, "{g} {l}");
        }
    }

    #[test]
    fn optics_that_nobody_states_are_named() {
        let error = instrument_from_optics(&scan(), None, &[]).unwrap_err().to_string();
        assert!(error.contains("receiving slit") && error.contains("receiving_slit_mm"), "{error}");
        let unknown = [("slit".to_owned(), 0.1)];
        let error = instrument_from_optics(&scan(), None, &unknown).unwrap_err().to_string();
        assert!(error.contains("\"slit\"") && error.contains("receiving_slit_mm"), "{error}");
    }
}
