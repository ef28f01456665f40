//! Which phases enter the model: forward selection, joint refinement, removal, exchange of rivals.
//!
//! While phases are missing from the model, what they leave in the data must not pull on those that are there:
//! intensities count with an error of their own beside σ, which limits what any unexplained peak can weigh.

use std::collections::BTreeSet;

use rayon::prelude::*;

use crate::error::Result;

use super::cell_search::{Hypothesis, Search, Terms};
use super::line_filter::{LineAreas, LineFilter};
use super::prepared::Prepared;
use super::slack::{Basis, Slack};
use super::state::{Data, Freedom, PatternState, PhaseState, Reach};
use super::weights::{highest_within, model_sigma};

/// Most phases in one model.
const MOST_PHASES: usize = 12;
/// Error of net intensities relative to themselves while phases may be missing.
const NET_ERROR: f64 = 0.2;
/// Error of what the model already explains, for the search in what is left.
const MODEL_ERROR: f64 = 0.1;
/// Gain (see `cell_search`) that a candidate needs to be tried.
const LEAST_GAIN: f64 = 16.0;
/// Candidates whose cells are refined before one of them is taken.
const TRIED: usize = 8;
/// Evidence (Δχ² over noise) below which a phase leaves the model again.
const LEAST_EVIDENCE: f64 = 12.0;
/// Share of a phase's evidence that a rival must reach to be tried in its place.
const RIVAL_SHARE: f64 = 0.7;
/// Rivals of a phase that are looked at.
const CHALLENGERS: usize = 5;
/// Rounds of growing, shrinking and exchanging.
const MOST_ROUNDS: usize = 4;
/// Deviance by which a rival must be better to take a place.
const CLEARLY_BETTER: f64 = 10.0;
/// Evaluations of the model in one round of a fit: of one candidate, of all phases.
const CANDIDATE_EVALUATIONS: usize = 8;
const JOINT_EVALUATIONS: usize = 10;

/// What selection works on.
pub(crate) struct Selector<'a, 'd> {
    pub(crate) data: &'d Data<'a>,
    pub(crate) prepared: &'a [Prepared<'a>],
    /// Gaussian and Lorentzian FWHM with which the peaks were found, at an angle.
    pub(crate) first_broadening_deg: [f64; 2],
    filter: LineFilter,
    /// Background at the start.
    background: Vec<f64>,
    robust_sigma: Vec<f64>,
    /// Distinguishable cells of each candidate.
    trial_counts: Vec<f64>,
}

/// A candidate tested against what other phases leave.
#[derive(Debug, Clone)]
pub(crate) struct Trial<'a> {
    pub(crate) index: usize,
    pub(crate) phase: PhaseState<'a>,
    pub(crate) displacement_deg: f64,
    pub(crate) gain: f64,
}

/// A candidate in the place of a phase of the model.
pub(crate) struct Challenge<'a> {
    pub(crate) phase: PhaseState<'a>,
    /// χ² that it gains in what the model without the phase leaves.
    pub(crate) gain: f64,
    /// The same of the phase itself.
    pub(crate) own: f64,
}

/// What the data need.
pub(crate) struct Selected<'a> {
    pub(crate) state: PatternState<'a>,
    /// σ of every point near it.
    pub(crate) sigma: Vec<f64>,
    /// Candidates that explain what a phase explains, most first, for each phase.
    pub(crate) challengers: Vec<Vec<PhaseState<'a>>>,
}

/// A state, with what it is compared by.
struct Weighed<'a> {
    state: PatternState<'a>,
    sigma: Vec<f64>,
    basis: Basis,
    slack: Slack,
}

impl Weighed<'_> {
    /// The data with its σ.
    fn data<'w>(&'w self, data: &Data<'w>) -> Data<'w> {
        Data { sigma: &self.sigma, ..*data }
    }
}

impl<'a, 'd> Selector<'a, 'd> {
    /// Prepares the search; `start` holds the background and the widths that the peaks taught.
    ///
    /// # Errors
    /// Widths that make no line.
    pub(crate) fn new(
        data: &'d Data<'a>,
        prepared: &'a [Prepared<'a>],
        start: &PatternState<'a>,
        first_broadening_deg: [f64; 2],
    ) -> Result<Self> {
        let widths = |two_theta: f64| {
            let theta = (0.5 * two_theta).to_radians();
            let w = start.widths(data, first_broadening_deg, theta.tan(), theta.cos());
            [w.gaussian_deg, w.lorentzian_deg]
        };
        let filter = LineFilter::new(data.x, data.radiation, widths)?;
        let background = start.calculate(data)?;
        let robust_sigma = data
            .y
            .iter()
            .zip(data.sigma)
            .zip(&background)
            .map(|((y, s), b)| s.hypot(NET_ERROR * (y - b).max(0.0)))
            .collect();
        let mut selector =
            Self { data, prepared, first_broadening_deg, filter, background, robust_sigma, trial_counts: Vec::new() };
        let search = selector.search(start, LineAreas::none());
        let trial_counts = prepared.iter().map(|p| search.cells(p)).collect();
        drop(search);
        selector.trial_counts = trial_counts;
        Ok(selector)
    }

    /// The phases that the data need, from `start` without phases.
    ///
    /// # Errors
    /// What fits refuse.
    pub(crate) fn select(&self, start: PatternState<'a>) -> Result<Selected<'a>> {
        let mut weighed = self.weigh(start)?;
        let mut refused: BTreeSet<usize> = BTreeSet::new();
        for _ in 0..MOST_ROUNDS {
            weighed = self.grow(weighed, &mut refused)?;
            let lacking;
            (weighed, lacking) = self.shrink(weighed, &mut refused)?;
            let challenges: Vec<Vec<Challenge<'a>>> = lacking
                .par_iter()
                .enumerate()
                .map(|(position, lacking)| self.challenges(&weighed, lacking, position))
                .collect::<Result<_>>()?;
            let Some(better) = self.exchange(&weighed, &challenges)? else {
                let phases = |list: Vec<Challenge<'a>>| list.into_iter().map(|c| c.phase).collect();
                let challengers = challenges.into_iter().map(phases).collect();
                return Ok(Selected { state: weighed.state, sigma: weighed.sigma, challengers });
            };
            weighed = self.weigh(better)?;
        }
        let challengers = vec![Vec::new(); weighed.state.phases.len()];
        Ok(Selected { state: weighed.state, sigma: weighed.sigma, challengers })
    }

    fn weigh(&self, state: PatternState<'a>) -> Result<Weighed<'a>> {
        let sigma = self.model_sigma(&state)?;
        let data = Data { sigma: &sigma, ..*self.data };
        let basis = Basis::new(&data, &state)?;
        let slack = basis.slack(&data, &[])?;
        Ok(Weighed { state, sigma, basis, slack })
    }

    /// Index of each phase of a state among the candidates.
    pub(crate) fn members(&self, state: &PatternState<'a>) -> Vec<usize> {
        let index = |phase: &PhaseState<'a>| self.prepared.iter().position(|p| std::ptr::eq(p, phase.prepared));
        state.phases.iter().filter_map(index).collect()
    }

    /// Index of the candidate of this id.
    pub(crate) fn index_of(&self, id: &str) -> Option<usize> {
        self.prepared.iter().position(|p| p.candidate.id() == id)
    }

    /// Chances that this candidate and all others had to fit something.
    pub(crate) fn trial_count(&self, index: usize) -> f64 {
        self.prepared.len() as f64 * self.trial_counts[index]
    }

    fn grow(&self, mut weighed: Weighed<'a>, refused: &mut BTreeSet<usize>) -> Result<Weighed<'a>> {
        while weighed.state.phases.len() < MOST_PHASES {
            let mut excluded: BTreeSet<usize> = self.members(&weighed.state).into_iter().collect();
            excluded.extend(refused.iter());
            let Some(best) = self.next(&weighed, &excluded, refused)? else { break };
            let mut state = weighed.state;
            if state.phases.is_empty() {
                state.common.displacement_deg = best.displacement_deg;
            }
            state.phases.push(best.phase);
            state = self.refine(&state)?;
            if state.phases.last().is_none_or(|phase| phase.scale <= 0.0) {
                state.phases.pop();
                refused.insert(best.index);
            }
            weighed = self.weigh(state)?;
        }
        Ok(weighed)
    }

    /// The candidate to take next, that of most evidence; those tried without evidence are refused.
    fn next(
        &self,
        weighed: &Weighed<'a>,
        excluded: &BTreeSet<usize>,
        refused: &mut BTreeSet<usize>,
    ) -> Result<Option<Trial<'a>>> {
        let Weighed { state, slack, .. } = weighed;
        let data = weighed.data(self.data);
        let mut best: Option<(f64, Trial<'a>)> = None;
        for trial in self.trials(state, excluded, TRIED)? {
            // The first phase brings the displacement with it.
            let mut at = state.clone();
            at.common.displacement_deg = trial.displacement_deg;
            let gain = slack.score(0, &at.unit_curve(&data, &trial.phase)?).gain();
            let gain =
                gain / slack.quiet_noise - trial.phase.cell_cost(&data) - 2.0 * self.trial_count(trial.index).ln();
            if gain < LEAST_EVIDENCE {
                refused.insert(trial.index);
            } else if best.as_ref().is_none_or(|(most, _)| gain > *most) {
                best = Some((gain, trial));
            }
        }
        Ok(best.map(|(_, trial)| trial))
    }

    /// Takes out phases without evidence, weakest first; with the slack that the state has without each of those that stay.
    ///
    /// Evidence is what the deviance loses without a phase, less the cost of its cell's change.
    fn shrink(&self, mut weighed: Weighed<'a>, refused: &mut BTreeSet<usize>) -> Result<(Weighed<'a>, Vec<Slack>)> {
        loop {
            let Weighed { state, basis, slack, .. } = &weighed;
            let data = weighed.data(self.data);
            let lacking: Vec<Slack> = (0..state.phases.len())
                .into_par_iter()
                .map(|index| basis.slack(&data, &[index]))
                .collect::<Result<_>>()?;
            let evidence = |index: usize| {
                lacking[index].deviance(slack.noise)
                    - slack.deviance(slack.noise)
                    - state.phases[index].cell_cost(&data)
            };
            let evidence = (0..lacking.len()).map(|index| (index, evidence(index)));
            let weakest = evidence.min_by(|a, b| a.1.total_cmp(&b.1));
            let Some((index, _)) = weakest.filter(|(_, e)| *e < LEAST_EVIDENCE) else { return Ok((weighed, lacking)) };
            refused.extend(self.members(state).get(index));
            let mut state = weighed.state;
            state.phases.remove(index);
            if !state.phases.is_empty() {
                state = self.refine(&state)?;
            }
            weighed = self.weigh(state)?;
        }
    }

    /// The state with a rival in the place of a phase, if the pattern is explained better so.
    fn exchange(&self, weighed: &Weighed<'a>, challenges: &[Vec<Challenge<'a>>]) -> Result<Option<PatternState<'a>>> {
        let near = |c: &&Challenge<'a>| c.gain > RIVAL_SHARE * c.own;
        if !challenges.iter().flatten().any(|c| near(&c)) {
            return Ok(None);
        }
        let Weighed { state, slack: before, .. } = weighed;
        let data = weighed.data(self.data);
        let cost = |s: &PatternState<'a>, slack: &Slack| {
            slack.deviance(before.noise) + s.phases.iter().map(|p| p.cell_cost(self.data)).sum::<f64>()
        };
        for (position, list) in challenges.iter().enumerate() {
            for challenge in list.iter().filter(near) {
                let mut other = state.clone();
                other.phases[position] = challenge.phase.clone();
                let other = self.refine(&other)?;
                let after = Basis::new(&data, &other)?.slack(&data, &[])?;
                if cost(&other, &after) < cost(state, before) - CLEARLY_BETTER {
                    return Ok(Some(other));
                }
            }
        }
        Ok(None)
    }

    /// Candidates that explain what a phase of the state explains, most first; `lacking`: the slack without it.
    ///
    /// # Errors
    /// What fits and factorisations refuse.
    fn challenges(&self, weighed: &Weighed<'a>, lacking: &Slack, position: usize) -> Result<Vec<Challenge<'a>>> {
        let state = &weighed.state;
        let data = weighed.data(self.data);
        let members: BTreeSet<usize> = self.members(state).into_iter().collect();
        let mut without = state.clone();
        without.phases.remove(position);
        let gain =
            |phase: &PhaseState<'a>| -> Result<f64> { Ok(lacking.score(0, &state.unit_curve(&data, phase)?).gain()) };
        let own = gain(&state.phases[position])?;
        let mut challenges = Vec::new();
        for trial in self.trials(&without, &members, CHALLENGERS)? {
            challenges.push(Challenge { gain: gain(&trial.phase)?, own, phase: trial.phase });
        }
        challenges.sort_by(|a, b| b.gain.total_cmp(&a.gain));
        Ok(challenges)
    }

    /// Candidates that gain in what `state` leaves, best first: cells searched, the best `most` of them refined.
    ///
    /// # Errors
    /// What fits refuse.
    pub(crate) fn trials(
        &self,
        state: &PatternState<'a>,
        excluded: &BTreeSet<usize>,
        most: usize,
    ) -> Result<Vec<Trial<'a>>> {
        let (residual, variance) = self.residual(state)?;
        let areas = self.filter.areas(&residual, &variance);
        let indices: Vec<usize> = (0..self.prepared.len()).filter(|i| !excluded.contains(i)).collect();
        let search = self.search(state, areas);
        let mut found: Vec<(usize, Hypothesis)> = indices
            .par_iter()
            .filter_map(|i| Some((*i, search.best(&self.prepared[*i])?)))
            .filter(|(_, hypothesis)| hypothesis.gain > LEAST_GAIN)
            .collect();
        found.sort_by(|a, b| b.1.gain.total_cmp(&a.1.gain));
        found.truncate(most);
        let sigma: Vec<f64> =
            variance.iter().zip(&residual).map(|(v, r)| v.sqrt().hypot(NET_ERROR * r.max(0.0))).collect();
        let mut trials: Vec<Trial<'a>> = found
            .par_iter()
            .filter_map(|(index, hypothesis)| self.settle(state, *index, hypothesis, &residual, &sigma, &search))
            .collect();
        trials.sort_by(|a, b| b.gain.total_cmp(&a.gain));
        Ok(trials)
    }

    fn search<'s>(&'s self, state: &'s PatternState<'a>, areas: LineAreas) -> Search<'s> {
        let ends = |x: Option<&f64>| x.copied().unwrap_or(0.0);
        Search::new(
            areas,
            Terms {
                radiation: self.data.radiation,
                range_deg: (ends(self.data.x.first()), ends(self.data.x.last())),
                cell_tolerance: self.data.cell_tolerance,
                displacement_deg: state.common.displacement_deg,
                displacement_room_deg: if state.phases.is_empty() { self.data.displacement_tolerance_deg } else { 0.0 },
                fwhm_deg: Box::new(|t| self.fwhm_deg(state, t)),
            },
        )
    }

    /// Refines scale and cell of one candidate in the residual.
    fn settle(
        &self,
        state: &PatternState<'a>,
        index: usize,
        hypothesis: &Hypothesis,
        residual: &[f64],
        sigma: &[f64],
        search: &Search<'_>,
    ) -> Option<Trial<'a>> {
        let mut alone = state.clone();
        alone.common.background.clear();
        alone.common.displacement_deg = hypothesis.displacement_deg;
        let broadening_deg = state.typical_broadening_deg(self.first_broadening_deg);
        alone.phases = vec![PhaseState {
            prepared: &self.prepared[index],
            cell: hypothesis.cell.clone(),
            scale: hypothesis.scale,
            broadening_deg,
        }];
        let freedom = Freedom { displacement: state.phases.is_empty(), ..Freedom::NONE };
        let refined = alone.refine_once(self.data, residual, sigma, freedom, CANDIDATE_EVALUATIONS, Reach::Core);
        let settled = refined.ok().and_then(|(alone, _, _)| {
            let displacement_deg = alone.common.displacement_deg;
            let phase = alone.phases.into_iter().next()?;
            let at = search.at(phase.prepared, &phase.cell, displacement_deg)?;
            (at.gain > hypothesis.gain).then_some(Trial { index, phase, displacement_deg, gain: at.gain })
        });
        // A refinement that runs away does not make the cell worse that the search has found.
        Some(settled.unwrap_or_else(|| Trial {
            index,
            phase: PhaseState {
                prepared: &self.prepared[index],
                cell: hypothesis.cell.clone(),
                scale: hypothesis.scale,
                broadening_deg,
            },
            displacement_deg: hypothesis.displacement_deg,
            gain: hypothesis.gain,
        }))
    }

    /// What a state leaves of the data, and the variance of that: noise and error of the model.
    fn residual(&self, state: &PatternState<'a>) -> Result<(Vec<f64>, Vec<f64>)> {
        let calculated = state.calculate(self.data)?;
        let residual = self.data.y.iter().zip(&calculated).map(|(y, c)| y - c).collect();
        let net: Vec<f64> = calculated.iter().zip(&self.background).map(|(c, b)| (c - b).max(0.0)).collect();
        let highest = highest_within(self.data.x, &net, |t| self.fwhm_deg(state, t));
        let variance =
            self.data.sigma.iter().zip(highest).map(|(sigma, n)| sigma.powi(2) + (MODEL_ERROR * n).powi(2)).collect();
        Ok((residual, variance))
    }

    /// σ of every point for the comparison of models near `state`.
    ///
    /// # Errors
    /// As [`Basis::slack`].
    pub(crate) fn model_sigma(&self, state: &PatternState<'a>) -> Result<Vec<f64>> {
        model_sigma(self.data, state, &self.background, |t| self.fwhm_deg(state, t))
    }

    fn fwhm_deg(&self, state: &PatternState<'a>, two_theta_deg: f64) -> f64 {
        let theta = (0.5 * two_theta_deg).to_radians();
        let broadening = state.typical_broadening_deg(self.first_broadening_deg);
        state.widths(self.data, broadening, theta.tan(), theta.cos()).fwhm_deg()
    }

    /// Joint refinement of all phases while some may be missing.
    fn refine(&self, state: &PatternState<'a>) -> Result<PatternState<'a>> {
        let freedom = Freedom { displacement: true, widths: true, ..Freedom::NONE };
        let (data, sigma) = (self.data, &self.robust_sigma);
        Ok(state.refine_once(data, data.y, sigma, freedom, JOINT_EVALUATIONS, Reach::Tails)?.0)
    }
}
