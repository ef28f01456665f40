//! What a set of peaks behind an instrument could show at most: the largest size and the smallest strain.

use doublet_common::lineshape::{Shape, Tch};

use super::linear::{Block, solve};
use super::lines::{GAUSSIAN_BREADTH_SQUARED, LORENTZIAN_BREADTH, Line, all_terms};
use super::scherrer::INSTRUMENT_LIMIT;
use crate::analysis::{DetectionLimit, PhaseSize};
use crate::error::Result;

/// Standard uncertainties that a broadening must exceed to be seen.
const SEEN: f64 = 3.0;

/// Lower limits of sizes by their σ alone end where the phase is instrument-limited.
pub(super) fn cap(size: &mut PhaseSize) {
    let Some(DetectionLimit { largest_size_nm, .. }) = size.detection_limit else { return };
    for limit in size.methods.iter_mut().filter_map(|row| row.size_lower_limit_nm.as_mut()) {
        *limit = limit.min(largest_size_nm);
    }
}

/// Limits of these lines, had the sample no width; none without an instrument profile.
pub(super) fn detection_limit(lines: &[Line]) -> Result<Option<DetectionLimit>> {
    let narrow: Option<Vec<Line>> = lines.iter().map(Line::without_sample).collect::<Result<_>>()?;
    let Some(narrow) = narrow.filter(|narrow| !narrow.is_empty()) else { return Ok(None) };
    // The Gaussian part goes along, since it is as unknown.
    let sigma = |terms: [usize; 2]| {
        let column = |line: &Line| terms.map(|term| all_terms(line.spacing)[term]).to_vec();
        let blocks: Option<Vec<Block>> = narrow.iter().map(|line| line.block(column(line))).collect();
        solve(&blocks?).map(|found| found.sigma(0))
    };
    let (Some(size), Some(strain)) = (sigma([0, 1]), sigma([2, 3])) else { return Ok(None) };
    let (mut by_size, mut by_strain) = (f64::INFINITY, f64::INFINITY);
    for line in &narrow {
        let [square, lorentzian] = line.instrument();
        let (gaussian, lorentzian) = ((square / GAUSSIAN_BREADTH_SQUARED).sqrt(), lorentzian / LORENTZIAN_BREADTH);
        let breadth = LORENTZIAN_BREADTH * INSTRUMENT_LIMIT * Tch::new(gaussian, lorentzian)?.fwhm().value;
        by_size = by_size.min(breadth);
        by_strain = by_strain.min(breadth / (2.0 * line.spacing));
    }
    let (statistical_size_nm, size_at_fifth_of_instrument_nm) = ((SEEN * size).recip(), by_size.recip());
    Ok(Some(DetectionLimit {
        largest_size_nm: statistical_size_nm.min(size_at_fifth_of_instrument_nm),
        smallest_strain: (SEEN * strain).max(by_strain),
        statistical_size_nm,
        statistical_strain: SEEN * strain,
        size_at_fifth_of_instrument_nm,
        strain_at_fifth_of_instrument: by_strain,
    }))
}
