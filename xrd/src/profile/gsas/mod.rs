//! Instrument files of other programs: GSAS (`.prm`, `.ins`, `.inst`, `.EXP`) and GSAS-II (`.instprm`).
//!
//! Both give the Gaussian part as a **variance** in squared hundredths of a degree and the Lorentzian part as FWHM in
//! hundredths of a degree (Larson & Von Dreele, *GSAS*, LAUR 86-748 (2004), "CW profile functions"; GSAS-II keeps them):
//!
//! ```text
//! σ² = U tan²θ + V tanθ + W + P/cos²θ        γ = X/cosθ + Y tanθ
//! ```
//!
//! Here the Gaussian part is FWHM² in squared degrees. With FWHM² = 8 ln 2·σ² and 1/cos²θ = 1 + tan²θ, exactly:
//!
//! ```text
//! u_deg2 = 8 ln 2·10⁻⁴·(U + P)    v_deg2 = 8 ln 2·10⁻⁴·V    w_deg2 = 8 ln 2·10⁻⁴·(W + P)    x_deg = X/100    y_deg = Y/100
//! ```
//!
//! S/L and H/L are the same ratios of heights to radius as here.

mod instprm;
mod records;
#[cfg(test)]
mod tests;

use std::f64::consts::LN_2;

use doublet_common::container::Content;
use doublet_common::error::{FileError, Location};

use super::file::{InstrumentFile, InstrumentOrigin};
use super::instrument::InstrumentProfile;
use crate::error::Result;
use crate::radiation::{Anode, Radiation, WavelengthSource};
use crate::recipe::InstrumentChoice;

/// Reads the file if it is one of GSAS or GSAS-II; none if it is neither.
pub(super) fn read(content: &Content) -> Option<Result<InstrumentFile>> {
    let text = &content.text().ok()?.content;
    if instprm::is(text) {
        Some(instprm::read(content, text))
    } else if records::is(text) {
        Some(records::read(content, text))
    } else {
        None
    }
}

/// Coefficients in the units of the files: hundredths of a degree, variances squared.
#[derive(Debug, Clone, Copy, Default)]
struct Coefficients {
    u: f64,
    v: f64,
    w: f64,
    /// Gaussian Scherrer term.
    p: f64,
    x: f64,
    y: f64,
    s_over_l: f64,
    h_over_l: f64,
}

impl Coefficients {
    fn instrument(&self) -> InstrumentChoice {
        const DEGREES: f64 = 0.01;
        let squared = |variance: f64| 8.0 * LN_2 * variance * DEGREES * DEGREES;
        InstrumentChoice {
            u_deg2: squared(self.u + self.p),
            v_deg2: squared(self.v),
            w_deg2: squared(self.w + self.p),
            x_deg: self.x * DEGREES,
            y_deg: self.y * DEGREES,
            s_over_l: self.s_over_l,
            h_over_l: self.h_over_l,
            covariance: None,
        }
    }
}

/// The file of these coefficients, checked.
fn file(
    content: &Content,
    coefficients: &Coefficients,
    radiation: Radiation,
    mut remarks: Vec<String>,
) -> Result<InstrumentFile> {
    let instrument = coefficients.instrument();
    instrument
        .check()
        .map_err(|error| content.error(Location::Whole, error.to_string(), "the profile of an instrument"))?;
    remarks.push("the file states no uncertainties: the numbers are taken as exact".into());
    remarks.extend(without_width(&InstrumentProfile::from(instrument)));
    let origin = InstrumentOrigin {
        file_name: content.file_name().into(),
        radiation: Some(radiation),
        two_theta_range_deg: None,
        remarks,
    };
    Ok(InstrumentFile { instrument, origin: Some(origin), calibration: None })
}

/// Where the numbers make no Gaussian or no Lorentzian width.
fn without_width(profile: &InstrumentProfile) -> Vec<String> {
    let angles = || (2..=32).map(|i| 5.0 * f64::from(i));
    let range = |name: &str, negative: &dyn Fn(f64) -> bool| {
        let (first, last) = (angles().find(|at| negative(*at))?, angles().rev().find(|at| negative(*at))?);
        Some(format!("the {name} width is negative from 2θ = {first}° to {last}°: taken as zero there"))
    };
    let gaussian = range("Gaussian", &|at| profile.gaussian_fwhm_squared_deg2(at) < 0.0);
    let lorentzian = range("Lorentzian", &|at| profile.lorentzian_fwhm_deg(at) < 0.0);
    gaussian.into_iter().chain(lorentzian).collect()
}

/// Lines of a tube or of a monochromatic beam; `second` of zero or as the first is none.
fn radiation(first: f64, second: f64, ratio: Option<f64>, remarks: &mut Vec<String>) -> Radiation {
    /// Editions of wavelength tables differ by less.
    const SAME_ANODE: f64 = 1e-3;
    if second == 0.0 || second == first {
        return Radiation::monochromatic(first, WavelengthSource::Instrument);
    }
    let near = |wavelength: f64, table: f64| (wavelength / table - 1.0).abs() < SAME_ANODE;
    let anode = Anode::ALL.into_iter().find(|anode| {
        let (alpha1, alpha2) = anode.k_alpha_angstrom();
        near(first, alpha1) && near(second, alpha2)
    });
    let ratio = ratio.unwrap_or_else(|| {
        remarks.push("the file states no ratio of its two lines: 0.5 is taken".into());
        Radiation::K_ALPHA_RATIO
    });
    Radiation::from_k_alpha(anode, first, second, ratio, WavelengthSource::Instrument)
}

/// A wavelength in Å, or what is wrong with it.
fn wavelength(content: &Content, place: Location, value: f64) -> Result<f64, FileError> {
    if Radiation::WAVELENGTHS_ANGSTROM.contains(&value) {
        return Ok(value);
    }
    Err(content.error(place, format!("wavelength {value}"), format!("{:?} Å", Radiation::WAVELENGTHS_ANGSTROM)))
}

/// Terms other than zero that have no counterpart here.
fn left_out(terms: &[(&str, f64)]) -> Option<String> {
    let list: Vec<String> =
        terms.iter().filter(|(_, value)| *value != 0.0).map(|(name, value)| format!("{name} = {value}")).collect();
    (!list.is_empty()).then(|| format!("left out, having no counterpart here: {}", list.join(", ")))
}
