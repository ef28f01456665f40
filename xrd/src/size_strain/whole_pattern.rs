//! Size and strain of the fit to all measured points (module [`crate::refine`]) beside those of the other methods.

use nalgebra::DMatrix;

use super::directions::anisotropy;
use super::estimate::{row, size_of_breadth, strain, strain_of_square};
use super::joint::voigt_numbers;
use super::linear::Solution;
use super::{comparison, limits};
use crate::analysis::{PhaseSize, SizeStrain, SizeStrainMethod};
use crate::error::Result;
use crate::refine::{GAUSSIAN_SIZE, GAUSSIAN_STRAIN, PhaseTerms, SAMPLE_TERMS, SIZE, STRAIN};

/// Reduced χ² of the pattern, in units of that of free peaks, up to which one size and one strain describe it.
const AS_GOOD: f64 = 1.5;

/// Terms of a phase to begin with and where they start, those of the joint fit of one kind of strain that describes its
/// lines better; and whether its lines ask for Voigt functions of size and strain.
pub(crate) fn terms_to_fit(size: &PhaseSize) -> ([f64; SAMPLE_TERMS], [bool; SAMPLE_TERMS], bool) {
    let joint = |row: &&SizeStrain| {
        matches!(row.method, SizeStrainMethod::JointGaussian | SizeStrainMethod::JointLorentzian)
            && row.reduced_chi_squared.is_some()
    };
    let chi = |row: &SizeStrain| row.reduced_chi_squared.unwrap_or(f64::INFINITY);
    let better = size.methods.iter().filter(joint).min_by(|a, b| chi(a).total_cmp(&chi(b)));
    let length = better.and_then(|row| row.size_nm).or(size.mean_size_fwhm_nm).map(|size| size.value);
    let strain = better.and_then(|row| row.strain).map_or(0.0, |strain| strain.value);
    let mut start = [length.map_or(0.0, f64::recip), 0.0, 0.0, 0.0];
    let mut free = [true, false, false, false];
    match better.map(|row| row.method) {
        Some(SizeStrainMethod::JointGaussian) => {
            free[GAUSSIAN_STRAIN] = true;
            start[GAUSSIAN_STRAIN] = strain * strain;
        }
        Some(_) => {
            free[STRAIN] = true;
            start[STRAIN] = strain;
        }
        None => {}
    }
    (start, free, size.best_method == Some(SizeStrainMethod::DoubleVoigt))
}

/// Adds what the fit to the whole pattern found of a phase, and says what the methods say together.
///
/// `pattern` and `peaks`: reduced χ² of this fit and of the fit of free peaks.
///
/// # Errors
/// [`doublet_common::Error::Domain`] for breadths that make no shape.
pub(crate) fn add(
    size: &mut PhaseSize,
    found: &PhaseTerms,
    free: [bool; SAMPLE_TERMS],
    [pattern, peaks]: [f64; 2],
) -> Result<()> {
    let mut own = numbers(found, free, false)?;
    own.reduced_chi_squared = Some(pattern);
    if found.by_instrument.is_some() {
        let both = numbers(found, free, true)?;
        let share = |both: Option<doublet_common::Quantity>, own: Option<doublet_common::Quantity>| {
            let (both, own) = (both?.sigma?, own?.sigma?);
            Some((both * both - own * own).max(0.0).sqrt())
        };
        own = SizeStrain {
            size_sigma_by_instrument_nm: share(both.size_nm, own.size_nm),
            strain_sigma_by_instrument: share(both.strain, own.strain),
            reduced_chi_squared: Some(pattern),
            ..both
        };
    }
    let as_good = pattern <= AS_GOOD * peaks.max(1.0);
    own.verdict = match (as_good, own.size_nm.is_some(), own.strain_upper_limit.is_some()) {
        (false, ..) => format!(
            "one size and one strain for all directions, at the places that the cell gives, describe the pattern worse than free \
             peaks do (reduced χ² {pattern:.1}, free peaks {peaks:.1})"
        ),
        (_, false, _) => "no finite size: breadths vanish towards d* = 0".into(),
        (_, true, true) => "strain is not significant".into(),
        (_, true, false) => "describes the pattern as well as free peaks do".into(),
    };
    if as_good {
        size.best_method = Some(own.method);
    }
    size.methods.push(own);
    limits::cap(size);
    size.comparison = comparison::sentences(size, anisotropy(&size.directions));
    Ok(())
}

/// Row of the terms, with σ of counting alone or of the instrument as well.
fn numbers(found: &PhaseTerms, free: [bool; SAMPLE_TERMS], instrument: bool) -> Result<SizeStrain> {
    let by = |i: usize, j: usize| found.by_instrument.filter(|_| instrument).map_or(0.0, |by| by[i][j]);
    let solution = Solution {
        values: found.values.to_vec(),
        covariance: DMatrix::from_fn(SAMPLE_TERMS, SAMPLE_TERMS, |i, j| found.covariance[i][j] + by(i, j)),
        reduced_chi_squared: None,
    };
    let (method, kind) = match (free[GAUSSIAN_SIZE], free[GAUSSIAN_STRAIN], free[STRAIN]) {
        (true, ..) => (SizeStrainMethod::PatternVoigt, "size and strain each broaden by a Voigt function"),
        (_, true, _) => {
            (SizeStrainMethod::PatternGaussian, "size broadens by a Lorentzian, strain by a Gaussian function")
        }
        (.., true) => (SizeStrainMethod::PatternLorentzian, "size and strain both broaden by Lorentzian functions"),
        _ => {
            (SizeStrainMethod::PatternLorentzian, "size broadens by a Lorentzian function, strain is taken to be none")
        }
    };
    let assumption = format!(
        "{kind}, alike in all directions; fitted to all measured points with cell, displacement, background and the areas of \
         reflections above 3σ and half a width apart; other areas as the structures say"
    );
    let mut row = row(method, found.reflections, &assumption);
    if free[GAUSSIAN_SIZE] {
        voigt_numbers(&mut row, &solution)?;
        return Ok(row);
    }
    size_of_breadth(&mut row, solution.values[SIZE], solution.sigma(SIZE));
    if free[GAUSSIAN_STRAIN] {
        strain_of_square(&mut row, solution.values[GAUSSIAN_STRAIN], solution.sigma(GAUSSIAN_STRAIN), 1.0);
        row.correlation = solution.correlation(SIZE, GAUSSIAN_STRAIN);
    } else if free[STRAIN] {
        strain(&mut row, solution.values[STRAIN], solution.sigma(STRAIN));
        row.correlation = solution.correlation(SIZE, STRAIN);
    }
    Ok(row)
}
