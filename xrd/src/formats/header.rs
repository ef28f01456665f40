//! What headers of several makers say in the same way: fixed fields of text, the lines of a tube, values worth telling on.

use doublet_common::binary::Binary;
use doublet_common::error::FileError;

use super::points::MAX_POINTS;
use crate::radiation::{Anode, Radiation, WavelengthSource};

/// How far, relatively, a rounded wavelength may be from the tabulated one.
pub(super) const SAME_WAVELENGTH: f64 = 1.5e-4;

/// A text field padded with zeros, one byte a character.
pub(super) fn text(binary: &Binary<'_>, at: usize, length: usize) -> Result<String, FileError> {
    let bytes = binary.slice(at, length)?;
    let letters: String = bytes.iter().take_while(|b| **b != 0).map(|b| char::from(*b)).collect();
    Ok(letters.trim().to_string())
}

/// Number of points from start to end; none where the three are no scan of a believable size.
pub(super) fn points_of(start: f64, end: f64, step: f64) -> Option<usize> {
    let intervals = ((end - start) / step).round();
    (1.0..MAX_POINTS as f64).contains(&intervals).then(|| intervals as usize + 1)
}

pub(super) fn positive(value: f64) -> Option<f64> {
    (value > 0.0 && value.is_finite()).then_some(value)
}

/// Adds what the file really states.
pub(super) fn keep(metadata: &mut Vec<(String, String)>, name: &str, value: impl ToString) {
    let value = value.to_string();
    if !value.is_empty() {
        metadata.push((name.into(), value));
    }
}

pub(super) fn keep_positive(metadata: &mut Vec<(String, String)>, name: &str, value: f32) {
    if value > 0.0 && value.is_finite() {
        keep(metadata, name, value);
    }
}

/// The doublet by its wavelengths; none without Kα1, Kα1 alone without a longer Kα2 or its ratio, for which zero may stand.
pub(super) fn doublet(anode: Option<Anode>, alpha1: f64, alpha2: f64, ratio: f64) -> Option<Radiation> {
    let source = WavelengthSource::File;
    if alpha1 == 0.0 {
        None
    } else if alpha2 > alpha1 && ratio > 0.0 {
        Some(Radiation::from_k_alpha(anode, alpha1, alpha2, ratio, source))
    } else {
        Some(Radiation { anode, ..Radiation::monochromatic(alpha1, source) })
    }
}

/// The tube whose line, of those that `of` gives, is this wavelength.
pub(super) fn anode_near(wavelength_angstrom: f64, of: fn(Anode) -> f64) -> Option<Anode> {
    Anode::ALL.into_iter().find(|anode| (of(*anode) / wavelength_angstrom - 1.0).abs() < SAME_WAVELENGTH)
}

/// What a header means that states one wavelength: a tube's Kα doublet by its first line or its mean, else one line.
pub(super) fn single_wavelength(only: f64, stated: Option<Anode>, warnings: &mut Vec<String>) -> Radiation {
    let source = WavelengthSource::File;
    if let Some(anode) = anode_near(only, |anode| anode.k_alpha_angstrom().0) {
        let (alpha1, alpha2) = anode.k_alpha_angstrom();
        warnings.push(format!(
            "the header's wavelength {only} Å is Kα1 of {anode:?}; Kα2 is assumed with it, ratio {}",
            Radiation::K_ALPHA_RATIO
        ));
        return Radiation::from_k_alpha(Some(anode), only, alpha2 * only / alpha1, Radiation::K_ALPHA_RATIO, source);
    }
    if let Some(anode) = anode_near(only, mean_k_alpha_angstrom) {
        warnings.push(format!(
            "the header's wavelength {only} Å is the mean Kα of {anode:?}; Kα1 and Kα2 from NIST SRD 128 are used"
        ));
        return Radiation { source, ..Radiation::k_alpha(anode) };
    }
    warnings.push(format!("the header's wavelength {only} Å is no tube's Kα; taken as monochromatic"));
    Radiation { anode: stated, ..Radiation::monochromatic(only, source) }
}

/// Mean of Kα1 and Kα2, weighted two to one.
fn mean_k_alpha_angstrom(anode: Anode) -> f64 {
    let (alpha1, alpha2) = anode.k_alpha_angstrom();
    (2.0 * alpha1 + alpha2) / 3.0
}
