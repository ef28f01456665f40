//! One pass of the whole-pattern fit, and what it shows: peaks that leave, enter or part, and how alike widths are.
//!
//! The weakest insignificant peak of each run of overlapping ones leaves. Peaks enter that the residuals show (module
//! `search`, now with the fitted widths); what a fitted profile may still be wrong by counts as uncertainty there, so that
//! the misfit of a strong peak is not filled with small ones. Peaks that are too wide to be one part (module `split`).

use doublet_common::fit::{Fit, Options, Weights, fit as least_squares};

use super::PeakOptions;
use super::fit::{MAX_FITTED_PEAKS, State, start};
use super::inflation::local_inflation;
use super::model::{Expectations, Pattern};
use super::noise::Noise;
use super::placed::{Heights, Start, scaled};
use super::search::Search;
use super::split::{Local, half_window_deg, suspicious};
use super::width::WidthCurve;
use crate::error::Result;
use crate::profile::{InstrumentProfile, bragg_lines};
use crate::radiation::Radiation;
use crate::scan::Scan;

/// Share of its height by which a fitted profile may be wrong.
const PROFILE_DOUBT: f64 = 0.05;
/// Residuals within this many widths of a peak's lines judge it.
const JUDGED_WIDTHS: f64 = 2.0;
/// Least, usual and largest scatter of `ln w` around its curve.
const WIDTH_SCATTER: [f64; 3] = [0.03, 0.1, 0.5];
/// Least, usual and largest scatter of `η` around its line.
const FRACTION_SCATTER: [f64; 3] = [0.05, 0.1, 0.3];
/// Number of peaks for which the usual scatter stands.
const USUAL_WEIGHT: f64 = 2.0;
/// Fewest peaks that tell what width is usual.
const FEWEST_USUAL: usize = 5;
/// Two peaks farther apart than this many widths do not overlap.
const APART_WIDTHS: f64 = 3.0;
/// Evaluations of the model in one pass.
const MAX_EVALUATIONS: usize = 15;
/// Remaining step, in σ of the parameters, at which a pass ends: while peaks come and go, and at last.
const TOLERANCE: (f64, f64) = (0.3, 0.05);
/// Tails that moved by less, all points together and in σ, need no further pass.
const SETTLED_TAILS: f64 = 0.3;
/// The same of the scatters of widths and fractions, relative.
const SETTLED_SCATTER: f64 = 0.1;

/// What stays the same in all passes.
#[derive(Clone, Copy)]
pub(super) struct Problem<'a> {
    pub(super) scan: &'a Scan,
    pub(super) radiation: &'a Radiation,
    pub(super) options: &'a PeakOptions,
    pub(super) noise: &'a Noise<'a>,
    pub(super) instrument: Option<&'a InstrumentProfile>,
    /// Its axial divergence, where it is known.
    pub(super) heights: Option<Heights>,
    /// Width that the scan taught before any fit.
    pub(super) curve: WidthCurve,
}

/// A fitted pass.
pub(super) struct Pass<'a> {
    pub(super) problem: &'a Problem<'a>,
    pub(super) state: &'a State,
    pub(super) pattern: Pattern<'a>,
    pub(super) fit: Fit,
    /// Fitted parameters.
    pub(super) values: Vec<f64>,
    /// Background and peaks at the points of the scan.
    pub(super) calculated: Vec<f64>,
    /// Background at the points of the scan.
    pub(super) background: Vec<f64>,
    /// Contamination lines at the points of the scan.
    pub(super) contamination: Vec<f64>,
}

/// What changes after a pass.
#[derive(Default)]
pub(super) struct Changes {
    /// Peaks that leave, by index.
    leaving: Vec<usize>,
    /// Peaks that part, by index.
    parting: Vec<(usize, [Start; 2])>,
    entering: Vec<Start>,
    /// Whether a position ran to the end of its range, which the next pass moves.
    moved: bool,
}

impl Changes {
    pub(super) fn is_empty(&self) -> bool {
        self.leaving.is_empty() && self.parting.is_empty() && self.entering.is_empty() && !self.moved
    }
}

impl<'a> Pass<'a> {
    /// Fits the pattern from `state`.
    pub(super) fn run(problem: &'a Problem<'a>, state: &'a State, open: bool) -> Result<Self> {
        let x = problem.scan.two_theta_deg();
        let emission = (problem.radiation, problem.options.contamination.as_slice());
        let mut pattern =
            Pattern::new(x, emission, problem.heights, &state.chebyshev, &state.starts, state.expectations);
        let parameters = pattern
            .parameters(&state.starts, &state.background, state.asymmetry, |two_theta| state.usual.fwhm_deg(two_theta));
        pattern.fix_tails(&parameters.values())?;
        let (observed, sigma) = pattern.target(problem.scan.intensity(), &state.sigma);
        let tolerance = if open { TOLERANCE.0 } else { TOLERANCE.1 };
        let options = Options { max_evaluations: MAX_EVALUATIONS, tolerance, ..Options::default() };
        let fit = least_squares(&pattern, &parameters, &observed, Weights::Sigma(&sigma), &options)?;
        let values = fit.parameters.values();
        let calculated = pattern.at_points(&fit.values);
        let background = pattern.background(&values);
        let contamination = pattern.contamination(&values)?;
        Ok(Self { problem, state, pattern, fit, values, calculated, background, contamination })
    }

    /// What must change; peaks enter and part only while `open`.
    pub(super) fn changes(&self, open: bool) -> Result<Changes> {
        let mut changes = Changes { leaving: self.leaving(), moved: self.moved(), ..Changes::default() };
        if open {
            changes.parting = self.parting(&changes.leaving)?;
            changes.entering = self.entering()?;
        }
        Ok(changes)
    }

    /// Whether another pass with the same peaks would find the same.
    pub(super) fn is_settled(&self) -> Result<bool> {
        let (before, after) = (self.state.expectations, self.learned());
        let stays = |before: f64, after: f64| (after / before - 1.0).abs() < SETTLED_SCATTER;
        Ok(self.fit.converged()
            && self.fit.termination.relative_offset <= TOLERANCE.1
            && stays(before.width_scatter, after.width_scatter)
            && stays(before.fraction_scatter, after.fraction_scatter)
            && self.pattern.tail_shift(&self.values, &self.state.sigma)? < SETTLED_TAILS)
    }

    /// Data less peaks, and what the peaks may be wrong by.
    pub(super) fn without_peaks(&self) -> (Vec<f64>, Vec<f64>) {
        let peaks: Vec<f64> = self.calculated.iter().zip(&self.background).map(|(c, b)| c - b).collect();
        let rest = self.problem.scan.intensity().iter().zip(&peaks).map(|(y, p)| y - p).collect();
        (rest, peaks.iter().map(|p| PROFILE_DOUBT * p.abs()).collect())
    }

    fn position(&self, k: usize) -> f64 {
        self.values[self.pattern.layout().peak(k)]
    }

    fn is_forced(&self, k: usize) -> bool {
        self.state.starts[k].tolerance_deg.is_some()
    }

    /// Peak `k` as it was fitted.
    fn fitted(&self, k: usize) -> Start {
        let own = self.pattern.layout().peak(k);
        let start = &self.state.starts[k];
        Start {
            // A forced peak stays tied to where it was forced.
            two_theta_deg: if self.is_forced(k) { start.two_theta_deg } else { self.values[own] },
            area: self.values[own + 1],
            fwhm_deg: self.values[own + 2],
            lorentzian_fraction: self.values[own + 3].clamp(0.02, 0.98),
            ..start.clone()
        }
    }

    fn significance(&self, k: usize) -> f64 {
        let area = self.pattern.layout().peak(k) + 1;
        self.fit.sigma[area].map_or(0.0, |sigma| self.values[area] / sigma)
    }

    /// Weighted residuals at the points of the scan.
    pub(super) fn residuals(&self) -> Vec<f64> {
        let pairs = self.problem.scan.intensity().iter().zip(&self.calculated);
        pairs.zip(&self.state.sigma).map(|((y, c), s)| (y - c) / s).collect()
    }

    /// Factor that the `residuals` under peak `k` demand of its σ.
    pub(super) fn inflation(&self, k: usize, residuals: &[f64]) -> f64 {
        let x = self.problem.scan.two_theta_deg();
        let fwhm = self.values[self.pattern.layout().peak(k) + 2];
        let mut under = Vec::new();
        let mut next = 0;
        for line in bragg_lines(self.problem.radiation, self.position(k)) {
            let from = x.partition_point(|x| *x < line.two_theta_deg - JUDGED_WIDTHS * fwhm).max(next);
            let to = x.partition_point(|x| *x <= line.two_theta_deg + JUDGED_WIDTHS * fwhm).max(from);
            under.extend_from_slice(&residuals[from..to]);
            next = to;
        }
        local_inflation(&under)
    }

    fn leaving(&self) -> Vec<usize> {
        let mut weak: Vec<(usize, f64)> = (0..self.state.starts.len())
            .filter(|k| !self.is_forced(*k))
            .map(|k| (k, self.significance(k)))
            .filter(|(_, significance)| *significance < self.problem.options.minimum_significance)
            .collect();
        weak.sort_by(|a, b| a.1.total_cmp(&b.1));
        let mut leaving: Vec<usize> = Vec::new();
        for (k, _) in weak {
            let reach = APART_WIDTHS * self.state.starts[k].fwhm_deg;
            if leaving.iter().all(|other| (self.position(k) - self.position(*other)).abs() > reach) {
                leaving.push(k);
            }
        }
        leaving
    }

    fn moved(&self) -> bool {
        (0..self.state.starts.len()).any(|k| {
            let parameter = &self.fit.parameters.list()[self.pattern.layout().peak(k)];
            !self.is_forced(k) && (parameter.value <= parameter.lower || parameter.value >= parameter.upper)
        })
    }

    fn entering(&self) -> Result<Vec<Start>> {
        let Problem { scan, radiation, options, noise, heights, .. } = *self.problem;
        let x = scan.two_theta_deg();
        let rest = scan.intensity().iter().zip(&self.calculated).map(|(y, c)| y - c).collect();
        let variance = noise.at(&self.calculated).iter().map(|s| s * s).collect();
        let (_, doubt) = self.without_peaks();
        let first = self.pattern.layout().width();
        let curve = &self.values[first..self.pattern.layout().fraction()];
        let width = |two_theta: f64| curve.iter().rev().fold(0.0, |sum, c| sum * scaled(x, two_theta) + c).exp();
        let taken: Vec<f64> =
            (0..self.state.starts.len()).map(|k| self.position(k)).chain(self.state.rejected.iter().copied()).collect();
        let mut search = Search::new(x, rest, variance, doubt, (radiation, &options.contamination), &[1.0], width);
        let mut found = search.run(options.minimum_significance, &taken)?;
        found.truncate(MAX_FITTED_PEAKS.saturating_sub(self.state.starts.len()));
        Ok(found.iter().map(|f| start(radiation, heights, f.two_theta_deg, f.height, width(f.two_theta_deg))).collect())
    }

    /// Width of a peak that is one peak: through the medians, which pairs taken for one cannot bend.
    fn usual_widths(&self) -> WidthCurve {
        let layout = self.pattern.layout();
        let points: Vec<(f64, f64)> = (0..layout.peaks)
            .filter_map(|k| {
                let width = layout.peak(k) + 2;
                let relative = self.fit.sigma_ignoring_bounds[width]? / self.values[width];
                (relative < 0.15).then(|| (self.position(k), self.values[width].ln()))
            })
            .collect();
        if points.len() >= FEWEST_USUAL { WidthCurve::through(&points) } else { self.state.usual }
    }

    fn parting(&self, leaving: &[usize]) -> Result<Vec<(usize, [Start; 2])>> {
        let Problem { scan, radiation, .. } = *self.problem;
        let usual = self.usual_widths();
        let x = scan.two_theta_deg();
        let sigma = self.problem.noise.at(&self.calculated);
        let mut parting = Vec::new();
        for k in (0..self.state.starts.len()).filter(|k| !leaving.contains(k)) {
            let peak = self.fitted(k);
            // What is no wider than the instrument is one peak, whatever the others are like.
            let instrument = self.problem.instrument.and_then(|i| i.fwhm_deg(peak.two_theta_deg).ok());
            let usual_fwhm_deg = usual.fwhm_deg(peak.two_theta_deg).max(instrument.unwrap_or(0.0));
            if !suspicious(&peak, usual_fwhm_deg) || self.state.starts.len() + parting.len() >= MAX_FITTED_PEAKS {
                continue;
            }
            let reach = half_window_deg(&peak);
            let from = x.partition_point(|x| *x < peak.two_theta_deg - reach);
            let to = x.partition_point(|x| *x <= peak.two_theta_deg + reach).max(from);
            let mut rest: Vec<f64> =
                scan.intensity()[from..to].iter().zip(&self.calculated[from..to]).map(|(y, c)| y - c).collect();
            let (points, alone) = self.pattern.peak_alone(k, &self.values)?;
            for (i, value) in points.zip(alone).filter(|(i, _)| (from..to).contains(i)) {
                rest[i - from] += value;
            }
            let sigma = sigma[from..to].to_vec();
            let asymmetry = self.values[self.pattern.layout().asymmetry()];
            let heights = self.problem.heights;
            let local = Local { x: &x[from..to], rest, sigma, radiation, heights, asymmetry, usual_fwhm_deg };
            if let Some(pair) = local.pair(&peak)? {
                parting.push((k, pair));
            }
        }
        Ok(parting)
    }

    /// Scatter of widths and fractions that the peaks show around their curves.
    fn learned(&self) -> Expectations {
        let before = self.state.expectations;
        Expectations {
            width_scatter: self.scatter(0, before.width_scatter, WIDTH_SCATTER),
            fraction_scatter: self.scatter(1, before.fraction_scatter, FRACTION_SCATTER),
            ..before
        }
    }

    /// Scatter of one expectation (0: `ln w`, 1: `η`), drawn towards the usual one as if [`USUAL_WEIGHT`] peaks had shown
    /// that: the fixed point `τ² = Σ d²/Σ (1 − σ²/τ²)` of the evidence (D. J. C. MacKay, Neural Comput. 4 (1992) 415), in
    /// which a peak counts by how much its own data, and not the expectation, determine it.
    fn scatter(&self, row: usize, before: f64, [least, usual, most]: [f64; 3]) -> f64 {
        let layout = self.pattern.layout();
        let (mut sum, mut weight) = (USUAL_WEIGHT * usual * usual, USUAL_WEIGHT);
        for k in 0..layout.peaks {
            let parameter = layout.peak(k) + 2 + row;
            let Some(sigma) = self.fit.sigma[parameter] else { continue };
            let sigma = if row == 0 { sigma / self.values[parameter] } else { sigma };
            // A few peaks of quite another kind must not let all others go where they like.
            let deviation = (self.pattern.deviation(k, row, &self.values) * before).clamp(-most, most);
            sum += deviation * deviation;
            weight += (1.0 - (sigma / before).powi(2)).clamp(0.0, 1.0);
        }
        (sum / weight).sqrt().clamp(least, most)
    }

    /// State of the next pass; σ and windows are still those of this one.
    pub(super) fn next(&self, changes: Changes) -> State {
        let Changes { leaving, parting, entering, .. } = changes;
        let layout = self.pattern.layout();
        let mut starts: Vec<Start> = (0..self.state.starts.len())
            .filter(|k| !leaving.contains(k) && parting.iter().all(|(other, _)| k != other))
            .map(|k| self.fitted(k))
            .chain(entering)
            .collect();
        starts.extend(parting.into_iter().flat_map(|(_, pair)| pair));
        starts.sort_by(|a, b| a.two_theta_deg.total_cmp(&b.two_theta_deg));
        let mut rejected = self.state.rejected.clone();
        rejected.extend(leaving.iter().map(|k| self.position(*k)));
        State {
            starts,
            background: self.values[..layout.background].to_vec(),
            chebyshev: self.state.chebyshev,
            asymmetry: self.state.asymmetry.map(|_| self.values[layout.asymmetry()]),
            expectations: self.learned(),
            usual: self.usual_widths(),
            sigma: self.state.sigma.clone(),
            rejected,
        }
    }
}
