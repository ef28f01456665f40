//! Fourier coefficients of several orders over the column length L: of measured profiles where enough of them stand apart, of the
//! Voigt functions fitted otherwise.
//!
//! The Voigt function of the sample's parts has `ln A = −2Lβ_L* − πL²β_G*²` (D. Balzar and H. Ledbetter, J. Appl. Cryst. 26
//! (1993) 97).

use std::f64::consts::PI;

use nalgebra::{DMatrix, DVector};

use super::line_profile::{Divided, Loss};
use super::lines::Line;
use crate::analysis::{FourierEnd, FourierSource};

/// Steps of L to the end of the range in which lines are sought to be lost.
const STEPS: usize = 64;
/// The range is this many times the inverse of the smallest breadth …
const REACH: f64 = 4.0;
/// … for measured profiles to where this is left of that line by its function.
const LEFT: f64 = 0.01;
/// Weak lines leave while the coefficients of the narrowest line have not fallen to this where they are lost …
const FALLEN: f64 = 0.1;
/// … and this share of the lines stays.
const STAYING: f64 = 0.5;
/// Fewest steps that make a range.
const FEWEST_STEPS: usize = 12;

/// Logarithms of normalised coefficients of one line, and their covariance.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Coefficients {
    pub(super) ln: Vec<f64>,
    pub(super) covariance: DMatrix<f64>,
}

/// Coefficients of several lines at the same lengths.
pub(super) struct Orders<'a> {
    pub(super) lines: Vec<&'a Line>,
    pub(super) coefficients: Vec<Coefficients>,
    /// Step of L, nm; the first length is 0.
    pub(super) step_nm: f64,
    pub(super) source: FourierSource,
    pub(super) end: FourierEnd,
}

/// Coefficients of the measured profiles; none where fewer than `fewest`, or a third, stand apart or are soon lost.
pub(super) fn measured(lines: &[Line], fewest: usize) -> Option<Orders<'_>> {
    let fewest = fewest.max(lines.len().div_ceil(3));
    let lines: Vec<&Line> = lines.iter().filter(|line| line.profile.is_some()).collect();
    let (narrowest, breadth) = narrowest(lines.iter().copied())?;
    if lines.len() < fewest {
        return None;
    }
    let end =
        (1..=STEPS).map(|j| REACH / breadth * j as f64 / STEPS as f64).find(|l| expected(narrowest, *l) < LEFT)?;
    let resolved = lines.iter().filter_map(|l| Some(l.profile.as_ref()?.resolved() / l.scale)).fold(end, f64::min);
    let step_nm = end.min(resolved) / STEPS as f64;
    let lost = |line| {
        let divided: Divided = Line::divided(line, step_nm, STEPS)?;
        Some((line, divided.lost(), divided))
    };
    let mut kept: Vec<(&Line, (usize, Loss), Divided)> = lines.into_iter().filter_map(lost).collect();
    let staying = fewest.max((STAYING * kept.len() as f64).ceil() as usize);
    kept.sort_by_key(|(_, (lost, _), _)| std::cmp::Reverse(*lost));
    while kept.len() > staying {
        let (_, (lost, _), _) = *kept.last()?;
        if expected(narrowest, step_nm * lost as f64) < FALLEN {
            break;
        }
        kept.pop();
    }
    let (weakest, (n, loss)) = kept.last().map(|(line, lost, _)| (*line, *lost))?;
    let end = match loss {
        Loss::None => FourierEnd::Fallen,
        Loss::Noise => FourierEnd::Noise { hkl: weakest.hkl },
        Loss::Instrument => FourierEnd::Instrument { hkl: weakest.hkl },
    };
    (n >= FEWEST_STEPS && kept.len() >= fewest).then(|| Orders {
        coefficients: kept.iter().map(|(.., divided)| divided.coefficients(n)).collect(),
        lines: kept.iter().map(|(line, ..)| *line).collect(),
        step_nm,
        source: FourierSource::MeasuredProfiles,
        end,
    })
}

/// Coefficients of the Voigt functions fitted; none where they have no breadth.
pub(super) fn of_functions(lines: &[Line]) -> Option<Orders<'_>> {
    let (_, breadth) = narrowest(lines.iter())?;
    let step_nm = REACH / breadth / STEPS as f64;
    Some(Orders {
        lines: lines.iter().collect(),
        coefficients: lines.iter().map(|line| of_function(line, step_nm)).collect(),
        step_nm,
        source: FourierSource::VoigtFunctions,
        end: FourierEnd::Fallen,
    })
}

fn of_function(line: &Line, step_nm: f64) -> Coefficients {
    let by_parts: Vec<[f64; 2]> = (0..=STEPS).map(|j| parts(step_nm * j as f64)).collect();
    let dot = |a: &[f64; 2], b: [f64; 2]| a[0] * b[0] + a[1] * b[1];
    let product = |b: &[f64; 2]| line.covariance.map(|row| dot(b, row));
    Coefficients {
        ln: by_parts.iter().map(|a| dot(a, line.value)).collect(),
        covariance: DMatrix::from_fn(STEPS + 1, STEPS + 1, |i, j| dot(&by_parts[i], product(&by_parts[j]))),
    }
}

/// What the squared Gaussian and the Lorentzian breadth each add to ln A at a length.
fn parts(length_nm: f64) -> [f64; 2] {
    [-PI * length_nm * length_nm, -2.0 * length_nm]
}

/// Coefficient of a line as the smooth course of both parts over d* has it.
fn expected(line: &Line, length_nm: f64) -> f64 {
    let [gaussian, lorentzian] = parts(length_nm);
    (gaussian * line.smooth[0].max(0.0) + lorentzian * line.smooth[1].max(0.0)).exp()
}

impl Line {
    fn divided(&self, step_nm: f64, steps: usize) -> Option<Divided> {
        let expected: Vec<f64> = (0..steps).map(|j| expected(self, step_nm * j as f64)).collect();
        self.profile.as_ref()?.divided(self.divisor(), step_nm * self.scale, &expected)
    }
}

/// The line of smallest breadth, and that breadth; none where it has none.
fn narrowest<'a>(lines: impl Iterator<Item = &'a Line>) -> Option<(&'a Line, f64)> {
    let breadth = |l: &Line| l.smooth[1].max(0.0) + l.smooth[0].max(0.0).sqrt();
    lines
        .map(|line| (line, breadth(line)))
        .min_by(|a, b| a.1.total_cmp(&b.1))
        .filter(|(_, breadth)| *breadth > 0.0 && breadth.is_finite())
}

/// Polynomial over even steps by least squares: what each ordinate adds to each of its coefficients.
pub(super) fn polynomial(first: usize, last: usize, step: f64, powers: &[i32]) -> Option<Vec<DVector<f64>>> {
    // In units of the last abscissa, so that no power overwhelms another.
    let unit = step * last as f64;
    let design =
        DMatrix::from_fn(last + 1 - first, powers.len(), |i, p| ((first + i) as f64 / last as f64).powi(powers[p]));
    let hat = (design.transpose() * &design).cholesky()?.solve(&design.transpose());
    let row = |(p, power): (usize, &i32)| {
        let mut row = DVector::zeros(last + 1);
        (first..=last).for_each(|j| row[j] = hat[(p, j - first)] / unit.powi(*power));
        row
    };
    Some(powers.iter().enumerate().map(row).collect())
}
