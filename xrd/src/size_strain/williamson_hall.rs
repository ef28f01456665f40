//! Williamson–Hall: integral breadths over d* as a straight line (G. K. Williamson and W. H. Hall, Acta Metall. 1 (1953)
//! 22).
//!
//! If size and strain both broaden by Lorentzian functions, breadths add, `β* = 1/⟨D⟩v + 2e d*`; if both by Gaussian ones,
//! squares add, `β*² = 1/⟨D⟩v² + (2e d*)²`. The strain is `e = β/(4 tanθ)` of the integral breadth that it causes.

use super::estimate::{quality, row, size_of_breadth, size_of_square, strain, strain_of_square};
use super::halder_wagner::measured;
use super::linear::{Block, solve};
use super::lines::Line;
use crate::analysis::{BreadthPlot, SizeStrain, SizeStrainMethod};
use crate::error::Result;

/// Breadths add.
pub(super) fn linear(lines: &[Line]) -> Result<(SizeStrain, Option<BreadthPlot>)> {
    let points = measured(lines)?;
    let mut row = row(
        SizeStrainMethod::WilliamsonHall,
        points.len(),
        "size and strain both broaden by Lorentzian functions, alike in all directions; β* = 1/⟨D⟩v + 2e d*",
    );
    let blocks: Vec<Block> =
        points.iter().map(|p| Block::single(&[1.0, 2.0 * p.line.spacing], p.breadth, p.sigma)).collect();
    let Some(found) = solve(&blocks) else { return Ok((row, None)) };
    size_of_breadth(&mut row, found.values[0], found.sigma(0));
    strain(&mut row, found.values[1], found.sigma(1));
    quality(&mut row, &found, points.len() - 2);
    let plot = BreadthPlot {
        points: points.iter().map(|p| p.plotted(p.line.spacing, p.breadth, p.sigma)).collect(),
        intercept: found.values[0],
        slope: 2.0 * found.values[1],
    };
    Ok((row, Some(plot)))
}

/// Squares of breadths add.
pub(super) fn squared(lines: &[Line]) -> Result<SizeStrain> {
    let points = measured(lines)?;
    let mut row = row(
        SizeStrainMethod::WilliamsonHallSquared,
        points.len(),
        "size and strain both broaden by Gaussian functions, alike in all directions; β*² = 1/⟨D⟩v² + (2e d*)²",
    );
    let block = |p: &super::halder_wagner::Measured<'_>| {
        let square = 4.0 * p.line.spacing * p.line.spacing;
        // E[β²] exceeds the square of the true breadth by the variance.
        Block::single(&[1.0, square], p.breadth * p.breadth - p.sigma * p.sigma, 2.0 * p.expected * p.sigma)
    };
    let Some(found) = solve(&points.iter().map(block).collect::<Vec<_>>()) else { return Ok(row) };
    size_of_square(&mut row, found.values[0], found.sigma(0));
    strain_of_square(&mut row, found.values[1], found.sigma(1), 1.0);
    quality(&mut row, &found, points.len() - 2);
    Ok(row)
}
