//! Size–strain plot: size broadens by a Lorentzian, strain by a Gaussian function, and the breadth of their Voigt function
//! follows the parabola `β_L/β = 1 − (β_G/β)²` (N. C. Halder and C. N. J. Wagner, Acta Cryst. 20 (1966) 312).
//!
//! With `β_L* = 1/⟨D⟩v` and `β_G* = 2e d*` it is the straight line `(β*/d*)² = (1/⟨D⟩v) β*/d*² + (2e)²`. This is the plot of
//! Halder and Wagner in the reciprocal units of J. I. Langford (NIST Spec. Publ. 846 (1992) 145); times λ² it is the
//! size–strain plot `(dβ cosθ)² = (λ/⟨D⟩v) d²β cosθ + (2eλ)²`: one line under three names, so it is fitted once. Both of its
//! axes hold β, so that not the line is fitted but what it says of the breadth, `β* = (s + √(s² + 4c d*²))/2`.
//!
//! The parabola is an approximation: where both parts count, it takes up to 7.5 % of the breadth from one and gives it to
//! the other (compared with the integral breadth of the Voigt function itself). [`super::joint`] does without it.

use doublet_common::Quantity;

use super::estimate::{quality, row, size_of_breadth, strain_of_square};
use super::linear::{Block, Solution, solve};
use super::lines::Line;
use crate::analysis::{BreadthPlot, BreadthPoint, SizeStrain, SizeStrainMethod};
use crate::error::Result;

/// A line with its integral breadth.
#[derive(Debug, Clone, Copy)]
pub(super) struct Measured<'a> {
    pub(super) line: &'a Line,
    /// β*, nm⁻¹.
    pub(super) breadth: f64,
    /// The same as the fit of all lines expects it.
    pub(super) expected: f64,
    pub(super) sigma: f64,
}

impl Measured<'_> {
    pub(super) fn plotted(&self, x: f64, y: f64, sigma: f64) -> BreadthPoint {
        BreadthPoint { hkl: self.line.hkl, direction: String::new(), x, y: Quantity::new(y, sigma) }
    }
}

/// Lines whose parts make a Voigt function.
pub(super) fn measured(lines: &[Line]) -> Result<Vec<Measured<'_>>> {
    let of = |line| -> Result<Option<Measured<'_>>> {
        let breadth = Line::breadth(line)?;
        Ok(breadth.map(|(breadth, expected, sigma)| Measured { line, breadth, expected, sigma }))
    };
    lines.iter().map(of).filter_map(Result::transpose).collect()
}

/// Size and strain by the parabola.
pub(super) fn halder_wagner(lines: &[Line]) -> Result<(SizeStrain, Option<BreadthPlot>)> {
    let points = measured(lines)?;
    let mut row = row(
        SizeStrainMethod::HalderWagner,
        points.len(),
        "size broadens by a Lorentzian, strain by a Gaussian function, alike in all directions; their sum by the parabola \
         β_L/β = 1 − (β_G/β)², which is an approximation",
    );
    let Some((found, [slope, intercept])) = parabola(&points) else { return Ok((row, None)) };
    size_of_breadth(&mut row, slope, found.sigma(0));
    strain_of_square(&mut row, intercept, found.sigma(1), 2.0);
    quality(&mut row, &found, points.len() - 2);
    let point = |p: &Measured<'_>| {
        let (d, beta) = (p.line.spacing, p.breadth);
        p.plotted(beta / (d * d), (beta / d).powi(2), 2.0 * beta * p.sigma / (d * d))
    };
    Ok((row, Some(BreadthPlot { points: points.iter().map(point).collect(), intercept, slope })))
}

/// `s` and `c` of `β = (s + √(s² + 4c d²))/2` by Gauss–Newton steps from the straight line.
fn parabola(points: &[Measured<'_>]) -> Option<(Solution, [f64; 2])> {
    const STEPS: usize = 30;
    let start = |p: &Measured<'_>| {
        let (d, beta) = (p.line.spacing, p.breadth);
        Block::single(&[beta / (d * d), 1.0], (beta / d).powi(2), 2.0 * p.expected * p.sigma / (d * d))
    };
    let found = solve(&points.iter().map(start).collect::<Vec<_>>())?;
    let mut values = [found.values[0], found.values[1]];
    let mut last = None;
    for _ in 0..STEPS {
        // The root must exist at every line.
        let steepest = points.iter().map(|p| p.line.spacing).fold(0.0, f64::max);
        let least = -0.2 * values[0] * values[0] / (steepest * steepest);
        values[1] = values[1].max(least);
        let [s, c] = values;
        let blocks: Vec<Block> = points
            .iter()
            .map(|p| {
                let d = p.line.spacing;
                let root = (s * s + 4.0 * c * d * d).sqrt();
                let slopes = [0.5 * (1.0 + s / root), d * d / root];
                let residual = p.breadth - 0.5 * (s + root);
                Block::single(&slopes, residual, p.sigma)
            })
            .collect();
        let step = solve(&blocks)?;
        values = [s + step.values[0], c + step.values[1]];
        let small = (0..2).all(|k| step.values[k].abs() < 1e-6 * step.sigma(k));
        last = Some(step);
        if small {
            break;
        }
    }
    last.map(|step| (step, values))
}
