//! One size and one strain, fitted at once to both parts of every line: what a Rietveld program refines as X, Y and U.
//!
//! The Lorentzian breadth of size is `β_L* = 1/⟨D⟩v`. Strain is either Lorentzian, `β_L* = 2e d*` more, or Gaussian,
//! `β_G*² = (2e d*)²`. In the double-Voigt form (D. Balzar, J. Res. NIST 98 (1993) 321) size and strain are each a Voigt
//! function, with four terms in all; their breadths are those of these functions. The parts of each line enter with their
//! covariance, and no approximation of the Voigt function.

use super::estimate::{ONE_SIDED_95, quality, row, size_of_breadth, strain, strain_of_square};
use super::linear::{Block, Solution, solve};
use super::lines::{Line, all_terms, fwhm};
use crate::analysis::{SizeStrain, SizeStrainMethod};
use crate::error::Result;

/// Index of each term in [`all_terms`].
pub(super) use crate::refine::{GAUSSIAN_SIZE, GAUSSIAN_STRAIN, SIZE, STRAIN as LORENTZIAN_STRAIN};

/// A joint fit.
pub(super) struct Joint {
    pub(super) row: SizeStrain,
    /// Terms of [`all_terms`] that it has beside the Lorentzian size.
    pub(super) terms: Vec<usize>,
    /// χ², and numbers fitted.
    quality: Option<(f64, usize)>,
}

impl Joint {
    fn new(row: SizeStrain, terms: Vec<usize>, found: Option<&Solution>) -> Self {
        let numbers = 2 * row.reflections;
        let freedom = numbers.saturating_sub(1 + terms.len());
        let quality = found.and_then(|found| Some((found.reduced_chi_squared? * freedom as f64, numbers)));
        Self { row, terms, quality }
    }

    /// Bayesian information criterion, with χ² in units of `scale`.
    fn criterion(&self, scale: f64) -> f64 {
        self.quality.map_or(f64::INFINITY, |(chi_squared, numbers)| {
            chi_squared / scale + (1 + self.terms.len()) as f64 * (numbers as f64).ln()
        })
    }
}

/// Index of the fit that describes the lines best for its number of parameters.
pub(super) fn best(fits: &[Joint]) -> Option<usize> {
    // Lines that scatter more than their σ from the freest model do so from every other one as well.
    let scale = fits.iter().filter_map(|fit| fit.row.reduced_chi_squared).fold(f64::INFINITY, f64::min).max(1.0);
    let criterion = |k: &usize| fits[*k].criterion(scale);
    let found = |k: &usize| fits[*k].row.size_nm.is_some() || fits[*k].row.size_lower_limit_nm.is_some();
    (0..fits.len()).filter(found).min_by(|a, b| criterion(a).total_cmp(&criterion(b)))
}

/// Strain Lorentzian.
pub(super) fn lorentzian(lines: &[Line]) -> Joint {
    let row = row(
        SizeStrainMethod::JointLorentzian,
        lines.len(),
        "size and strain both broaden by Lorentzian functions, alike in all directions; fitted to the Gaussian and Lorentzian \
         parts of all lines at once (over fitted peaks, not over the measured points)",
    );
    simple(lines, row, LORENTZIAN_STRAIN)
}

/// Strain Gaussian.
pub(super) fn gaussian(lines: &[Line]) -> Joint {
    let row = row(
        SizeStrainMethod::JointGaussian,
        lines.len(),
        "size broadens by a Lorentzian, strain by a Gaussian function, alike in all directions; fitted to the Gaussian and \
         Lorentzian parts of all lines at once (over fitted peaks, not over the measured points)",
    );
    simple(lines, row, GAUSSIAN_STRAIN)
}

/// Size and strain each a Voigt function.
pub(super) fn double_voigt(lines: &[Line]) -> Result<Joint> {
    let mut row = row(
        SizeStrainMethod::DoubleVoigt,
        lines.len(),
        "size and strain each broaden by a Voigt function, alike in all directions; fitted to the Gaussian and Lorentzian \
         parts of all lines at once (over fitted peaks, not over the measured points)",
    );
    let terms = vec![GAUSSIAN_SIZE, LORENTZIAN_STRAIN, GAUSSIAN_STRAIN];
    // With two parts each, three lines would leave too little to judge the fit by.
    let found = if lines.len() > 3 { solved(lines, &terms) } else { None };
    if let Some(found) = &found {
        voigt_numbers(&mut row, found)?;
        quality(&mut row, found, 2 * lines.len() - 4);
        row.correlation = found.correlation(SIZE, LORENTZIAN_STRAIN);
    }
    Ok(Joint::new(row, terms, found.as_ref()))
}

/// Size and strain of all four terms.
pub(super) fn voigt_numbers(row: &mut SizeStrain, found: &Solution) -> Result<()> {
    if let Some((breadth, sigma)) = breadth(found, GAUSSIAN_SIZE, SIZE)? {
        size_of_breadth(row, breadth, sigma);
    }
    match breadth(found, GAUSSIAN_STRAIN, LORENTZIAN_STRAIN)? {
        Some((breadth, sigma)) => strain(row, 0.5 * breadth, 0.5 * sigma),
        None => {
            let limit = |k: usize| found.values[k].max(0.0) + ONE_SIDED_95 * found.sigma(k);
            row.strain_upper_limit = Some(limit(GAUSSIAN_STRAIN).sqrt().hypot(limit(LORENTZIAN_STRAIN)));
        }
    }
    Ok(())
}

/// Integral breadth of the Voigt function of a Gaussian and a Lorentzian term: of size in nm⁻¹, of strain for d* = 1 nm⁻¹.
fn breadth(found: &Solution, gaussian: usize, lorentzian: usize) -> Result<Option<(f64, f64)>> {
    let by = if gaussian == GAUSSIAN_STRAIN { [4.0, 2.0] } else { [1.0, 1.0] };
    let terms = [gaussian, lorentzian];
    let covariance =
        std::array::from_fn(|i| std::array::from_fn(|j| by[i] * by[j] * found.covariance[(terms[i], terms[j])]));
    let value = std::array::from_fn(|i| by[i] * found.values[terms[i]]);
    let breadths = fwhm(value, covariance).breadths()?;
    Ok(breadths.and_then(|b| Some((b.integral_breadth_deg.value, b.integral_breadth_deg.sigma?))))
}

fn solved(lines: &[Line], terms: &[usize]) -> Option<Solution> {
    let columns = |line: &Line| {
        let all = all_terms(line.spacing);
        std::iter::once(SIZE).chain(terms.iter().copied()).map(|term| all[term]).collect()
    };
    let blocks: Option<Vec<Block>> = lines.iter().map(|line| line.block(columns(line))).collect();
    solve(&blocks?)
}

fn simple(lines: &[Line], mut row: SizeStrain, strain_term: usize) -> Joint {
    let found = solved(lines, &[strain_term]);
    if let Some(found) = &found {
        size_of_breadth(&mut row, found.values[0], found.sigma(0));
        if strain_term == LORENTZIAN_STRAIN {
            strain(&mut row, found.values[1], found.sigma(1));
        } else {
            strain_of_square(&mut row, found.values[1], found.sigma(1), 1.0);
        }
        quality(&mut row, found, 2 * lines.len() - 2);
    }
    Joint::new(row, vec![strain_term], found.as_ref())
}
