//! The reflections of a sample's phases, and which of their areas the data decide.
//!
//! An area is fitted where its reflection stands out of the noise and apart from others. Elsewhere the structure says it: in
//! ratio to a neighbour of the same phase, or as identified.

use super::sample::{NARROWEST_DEG, Sample, SamplePhase};
use crate::pattern::{PatternModel, lorentz_polarisation};
use crate::profile::MeasuredProfile;

/// Reflections nearer than this share of their width cannot be told apart: those of one phase keep the ratio of their computed
/// areas, of those of two phases the weaker one is kept as computed.
const TOGETHER_FWHM: f64 = 0.5;
/// A reflection whose computed area is below this many of its σ is kept as computed.
const WEAK_SIGMA: f64 = 3.0;

/// Values of the free constants in a cell.
pub(super) fn cell_values(pattern: &PatternModel, cell: &[f64; 6]) -> Vec<f64> {
    let index = |k: usize| pattern.cell_parameters.ties.iter().position(|tie| tie.parameter == Some(k));
    let value = |k: usize| index(k).map_or(pattern.cell_parameters.free[k].value, |i| cell[i]);
    (0..pattern.cell_parameters.free.len()).map(value).collect()
}

/// What an area follows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Area {
    /// The data.
    Own,
    /// The structure.
    Computed,
    /// That of an earlier line, in this ratio.
    With(usize, f64),
}

/// A reflection that is fitted.
pub(super) struct Line {
    pub(super) hkl: [i32; 3],
    pub(super) index: usize,
    pub(super) two_theta_deg: f64,
    pub(super) fwhm_deg: f64,
    pub(super) area: f64,
    pub(super) coupling: Area,
}

/// Reflections of a phase in ascending 2θ.
pub(super) fn lines(
    sample: &Sample<'_>,
    phase: &SamplePhase<'_>,
    profile: &MeasuredProfile,
    pattern: &PatternModel,
) -> Vec<Line> {
    let wavelength_angstrom = sample.radiation.reference_wavelength_angstrom();
    let positions = pattern.positions(&cell_values(pattern, &phase.cell), wavelength_angstrom).two_theta_deg;
    let mut lines: Vec<Line> = phase
        .lines
        .iter()
        .filter(|(_, area)| *area > 0.0)
        .filter_map(|&(hkl, area)| {
            let index = pattern.reflections.iter().position(|reflection| reflection.hkl == hkl)?;
            let two_theta_deg = positions[index]?;
            let fwhm_deg = profile.start.fwhm_deg(two_theta_deg).unwrap_or(NARROWEST_DEG);
            Some(Line { hkl, index, two_theta_deg, fwhm_deg, area, coupling: Area::Own })
        })
        .collect();
    lines.extend(outside(sample, profile, pattern, &positions, &lines));
    lines.sort_by(|a, b| a.two_theta_deg.total_cmp(&b.two_theta_deg));
    let x = sample.two_theta_deg;
    let mut last: Option<usize> = None;
    for k in 0..lines.len() {
        let Line { two_theta_deg: at, fwhm_deg: fwhm, .. } = lines[k];
        let here = x.partition_point(|x| *x < at).clamp(1, x.len() - 1);
        let step = x[here] - x[here - 1];
        let sigma = sample.sigma[here] * (1.5 * fwhm * step).sqrt();
        let near = last.filter(|last| at - lines[*last].two_theta_deg < TOGETHER_FWHM * fwhm);
        if let Some(other) = near {
            lines[k].coupling = Area::With(other, lines[k].area / lines[other].area);
        } else if lines[k].coupling == Area::Computed || lines[k].area < WEAK_SIGMA * sigma {
            lines[k].coupling = Area::Computed;
        } else {
            last = Some(k);
        }
    }
    lines
}

/// Reflections just outside the range, whose tails reach into it: as strong as the structure says beside those inside.
fn outside(
    sample: &Sample<'_>,
    profile: &MeasuredProfile,
    pattern: &PatternModel,
    positions: &[Option<f64>],
    inside: &[Line],
) -> Vec<Line> {
    let x = sample.two_theta_deg;
    let computed = |index: usize, at: f64| {
        let reflection = &pattern.reflections[index];
        let lp = lorentz_polarisation(at, sample.radiation.monochromator_two_theta_deg);
        f64::from(reflection.multiplicity) * reflection.f_squared * lp
    };
    let all: f64 = inside.iter().map(|line| computed(line.index, line.two_theta_deg)).sum();
    let scale = inside.iter().map(|line| line.area).sum::<f64>() / all;
    if !scale.is_finite() {
        return Vec::new();
    }
    let beyond = |at: f64| at < x[0] || at > x[x.len() - 1];
    let line = |(index, at): (usize, &Option<f64>)| {
        let two_theta_deg = at.filter(|at| beyond(*at))?;
        let fwhm_deg = profile.start.fwhm_deg(two_theta_deg).ok()?;
        let (hkl, area) = (pattern.reflections[index].hkl, scale * computed(index, two_theta_deg));
        Some(Line { hkl, index, two_theta_deg, fwhm_deg, area, coupling: Area::Computed })
    };
    positions.iter().enumerate().filter_map(line).collect()
}

/// Keeps reflections as computed that a stronger one of another phase hides; those that go with them are kept as well.
pub(super) fn keep_hidden(all: &mut [Vec<Line>]) {
    for k in 0..all.len() {
        for i in 0..all[k].len() {
            let Line { two_theta_deg, fwhm_deg, area, .. } = all[k][i];
            let hides = |other: &Line| {
                other.area > area
                    && (other.two_theta_deg - two_theta_deg).abs() < TOGETHER_FWHM * fwhm_deg.min(other.fwhm_deg)
            };
            let hidden = all.iter().enumerate().any(|(j, lines)| j != k && lines.iter().any(hides));
            let with_hidden =
                matches!(all[k][i].coupling, Area::With(other, _) if all[k][other].coupling == Area::Computed);
            if with_hidden || (hidden && all[k][i].coupling == Area::Own) {
                all[k][i].coupling = Area::Computed;
            }
        }
    }
}
