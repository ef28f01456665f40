//! From fitted breadths to sizes and strains with σ, or to limits where the data show none.

use doublet_common::Quantity;

use super::linear::Solution;
use crate::analysis::{SizeKind, SizeStrain, SizeStrainMethod, StrainKind};

/// Standard deviations that one side of a normal distribution leaves 5 % beyond.
pub(super) const ONE_SIDED_95: f64 = 1.645;
/// A number is told from zero from here on, in units of its σ.
const SIGNIFICANT: f64 = 2.0;

/// A row of the comparison, empty so far.
pub(super) fn row(method: SizeStrainMethod, reflections: usize, assumption: &str) -> SizeStrain {
    SizeStrain {
        method,
        size_nm: None,
        size_sigma_by_instrument_nm: None,
        size_kind: SizeKind::VolumeWeightedColumn,
        size_lower_limit_nm: None,
        strain: None,
        strain_sigma_by_instrument: None,
        strain_kind: StrainKind::IntegralBreadth,
        strain_upper_limit: None,
        correlation: None,
        reflections,
        reduced_chi_squared: None,
        assumption: assumption.into(),
        verdict: String::new(),
    }
}

/// Size that is the inverse of a breadth in nm⁻¹.
pub(super) fn size_of_breadth(row: &mut SizeStrain, breadth: f64, sigma: f64) {
    if breadth > SIGNIFICANT * sigma {
        row.size_nm = Some(Quantity::new(breadth.recip(), sigma / (breadth * breadth)));
    } else {
        row.size_lower_limit_nm = Some((breadth.max(0.0) + ONE_SIDED_95 * sigma).recip());
    }
}

/// Size from the square of a breadth in nm⁻².
pub(super) fn size_of_square(row: &mut SizeStrain, square: f64, sigma: f64) {
    if square > SIGNIFICANT * sigma {
        row.size_nm = Some(Quantity::new(square.sqrt().recip(), 0.5 * sigma * square.powf(-1.5)));
    } else {
        row.size_lower_limit_nm = Some((square.max(0.0) + ONE_SIDED_95 * sigma).sqrt().recip());
    }
}

/// Strain that is fitted itself, and may come out negative.
pub(super) fn strain(row: &mut SizeStrain, strain: f64, sigma: f64) {
    row.strain = Some(Quantity::new(strain, sigma));
    row.strain_upper_limit = (strain <= SIGNIFICANT * sigma).then(|| strain.max(0.0) + ONE_SIDED_95 * sigma);
}

/// Strain of which the square of `factor` times it was fitted.
pub(super) fn strain_of_square(row: &mut SizeStrain, square: f64, sigma: f64, factor: f64) {
    if square > SIGNIFICANT * sigma {
        row.strain = Some(Quantity::new(square.sqrt() / factor, 0.5 * sigma / (square.sqrt() * factor)));
    } else {
        row.strain_upper_limit = Some((square.max(0.0) + ONE_SIDED_95 * sigma).sqrt() / factor);
    }
}

/// Correlation, quality and verdict of a fit whose first two parameters are of size and strain.
pub(super) fn quality(row: &mut SizeStrain, solution: &Solution, freedom: usize) {
    row.correlation = solution.correlation(0, 1);
    row.reduced_chi_squared = solution.reduced_chi_squared;
    let scatter = solution.reduced_chi_squared.filter(|r| *r > super::linear::chance(freedom));
    row.verdict = match (scatter, row.size_nm.is_some(), row.strain_upper_limit.is_some()) {
        (Some(scatter), ..) => {
            format!(
                "lines deviate {:.1} times more than σ: one size and one strain of this kind do not describe them",
                scatter.sqrt()
            )
        }
        (None, false, _) => "no finite size: breadths vanish towards d* = 0".into(),
        (None, true, true) => "strain is not significant".into(),
        (None, true, false) => "describes the lines within their σ".into(),
    };
}
