//! Evidence, lines, limits and rivals of every candidate, once the model stands.

use std::collections::BTreeSet;

use rayon::prelude::*;

use crate::analysis::{Rival, Verdict};
use crate::error::Result;

use super::line_tests::{self, Fate, LineTest};
use super::selection::Selector;
use super::slack::{Basis, Slack};
use super::state::{Data, PatternState, PhaseState};
use super::verdict::{self, Judgement, Tally, evidence_sigma};

/// Share of a phase's own gain that a rival must reach to be listed.
const RIVAL_SHARE: f64 = 0.3;
/// One-sided 95 % in σ.
const LIMIT_SIGMA: f64 = 1.645;

/// A candidate, judged.
pub(crate) struct Judged<'a> {
    /// Position in the state, for those in the model.
    pub(crate) position: Option<usize>,
    pub(crate) phase: PhaseState<'a>,
    /// Best scale and σ of it (noise included).
    pub(crate) scale: f64,
    pub(crate) scale_sigma: f64,
    pub(crate) delta: f64,
    pub(crate) sigma: f64,
    pub(crate) judgement: Judgement,
    pub(crate) lines: Vec<LineTest>,
    pub(crate) rivals: Vec<Rival>,
}

impl Judged<'_> {
    /// Scale that is excluded with 95 % confidence.
    pub(crate) fn scale_limit(&self) -> f64 {
        self.scale.max(0.0) + LIMIT_SIGMA * self.scale_sigma
    }

    pub(crate) fn id(&self) -> &str {
        self.phase.prepared.candidate.id()
    }
}

/// Judges every candidate against the final state, most certain first; `data` with the weights for that.
///
/// # Errors
/// What fits and factorisations refuse.
pub(crate) fn judge<'a>(
    selector: &Selector<'a, '_>,
    data: &Data<'a>,
    state: &PatternState<'a>,
    challengers: &[Vec<PhaseState<'a>>],
) -> Result<(Slack, Vec<Judged<'a>>)> {
    let basis = Basis::new(data, state)?;
    let slack = basis.slack(data, &[])?;
    let members = selector.members(state);
    let mut judged: Vec<Judged<'a>> = (0..members.len())
        .into_par_iter()
        .map(|position| {
            let rivals = challengers.get(position).map_or(&[][..], Vec::as_slice);
            member(selector, data, state, &basis, &slack, (position, members[position]), rivals)
        })
        .collect::<Result<_>>()?;
    settle_members(data, &slack, state, &mut judged);
    let claimed: Vec<(usize, String, f64)> = judged
        .iter()
        .flat_map(|member| member.rivals.iter().map(|r| (member.id().to_owned(), r)))
        .filter_map(|(id, rival)| Some((selector.index_of(&rival.id)?, id, -rival.delta_chi_squared)))
        .collect();
    let outsiders = outsiders(selector, state, &members)?;
    let outsiders: Vec<Judged<'a>> = outsiders
        .into_par_iter()
        .map(|(index, phase)| outsider(data, state, &slack, index, phase, selector, &claimed))
        .collect::<Result<_>>()?;
    judged.extend(outsiders);
    judged.sort_by(|a, b| {
        let key = |j: &Judged<'_>| j.judgement.verdict;
        key(a).cmp(&key(b)).then(b.sigma.total_cmp(&a.sigma)).then_with(|| a.id().cmp(b.id()))
    });
    Ok((slack, judged))
}

fn member<'a>(
    selector: &Selector<'a, '_>,
    data: &Data<'a>,
    state: &PatternState<'a>,
    basis: &Basis,
    slack: &Slack,
    (position, index): (usize, usize),
    challengers: &[PhaseState<'a>],
) -> Result<Judged<'a>> {
    let phase = state.phases[position].clone();
    let lacking = basis.slack(data, &[position])?;
    let delta = lacking.deviance(slack.noise) - slack.deviance(slack.noise) - phase.cell_cost(data);
    let (factor, factor_sigma) = slack.scale_factor(position).unwrap_or((1.0, f64::INFINITY));
    let rivals = rivals(data, state, &lacking, slack.noise, &phase, challengers)?;
    Ok(Judged {
        position: Some(position),
        scale: phase.scale * factor,
        scale_sigma: phase.scale * factor_sigma * slack.noise.sqrt(),
        delta: delta.max(0.0),
        sigma: evidence_sigma(delta, selector.trial_count(index)),
        judgement: Judgement { verdict: Verdict::NotDetected, reason: String::new() },
        lines: line_tests::of_present(slack, state, position),
        rivals,
        phase,
    })
}

/// Verdicts of the phases in the model, strongest first, each against the lines of the others.
fn settle_members(data: &Data<'_>, slack: &Slack, state: &PatternState<'_>, members: &mut [Judged<'_>]) {
    let lines = |of: usize| -> Vec<(f64, f64)> {
        let mine = slack.clusters.iter().filter(|c| c.phase == of);
        mine.map(|c| (c.two_theta_deg, c.intensity * state.phases[of].scale)).collect()
    };
    let ids: Vec<String> = members.iter().map(|m| m.id().to_owned()).collect();
    let sigmas: Vec<f64> = members.iter().map(|m| m.sigma).collect();
    for (i, member) in members.iter_mut().enumerate() {
        let Some(position) = member.position else { continue };
        // Of two phases on the same lines the one with more evidence is the phase, the other its twin.
        let stronger: Vec<usize> = (0..sigmas.len()).filter(|j| *j != i && sigmas[*j] > sigmas[i]).collect();
        let tallies = stronger.iter().map(|j| (*j, Tally::new(&member.lines, &lines(*j))));
        let twin = tallies.min_by(|a, b| a.1.own().total_cmp(&b.1.own())).map(|(j, _)| ids[j].as_str());
        let others: Vec<(f64, f64)> = stronger.iter().filter(|j| **j != position).flat_map(|j| lines(*j)).collect();
        let cell_sigma = (member.phase.cell_cost(data) / member.phase.cell.len().max(1) as f64).sqrt();
        member.judgement = verdict::of_member(member.sigma, &Tally::new(&member.lines, &others), cell_sigma, twin);
    }
}

/// Candidates that explain the lines of a phase of the state, nearest first.
fn rivals<'a>(
    data: &Data<'a>,
    state: &PatternState<'a>,
    lacking: &Slack,
    noise: f64,
    phase: &PhaseState<'a>,
    challengers: &[PhaseState<'a>],
) -> Result<Vec<Rival>> {
    let gain = |phase: &PhaseState<'a>| -> Result<f64> { Ok(lacking.score(0, &state.unit_curve(data, phase)?).gain()) };
    let own = gain(phase)?;
    let mut rivals = Vec::new();
    for challenger in challengers {
        let other = gain(challenger)?;
        if other > RIVAL_SHARE * own {
            let candidate = challenger.prepared.candidate;
            rivals.push(Rival {
                id: candidate.id().into(),
                formula: candidate.structure.formula.clone(),
                delta_chi_squared: (own - other) / noise,
            });
        }
    }
    rivals.sort_by(|a, b| a.delta_chi_squared.total_cmp(&b.delta_chi_squared));
    Ok(rivals)
}

/// Candidates outside the model, each at the cell at which it explains most of what the model leaves, or at its own.
fn outsiders<'a>(
    selector: &Selector<'a, '_>,
    state: &PatternState<'a>,
    members: &[usize],
) -> Result<Vec<(usize, PhaseState<'a>)>> {
    let excluded: BTreeSet<usize> = members.iter().copied().collect();
    let found = selector.trials(state, &excluded, usize::MAX)?;
    let broadening_deg = state.typical_broadening_deg(selector.first_broadening_deg);
    let mut list: Vec<(usize, PhaseState<'a>)> = found.into_iter().map(|t| (t.index, t.phase)).collect();
    for (index, prepared) in selector.prepared.iter().enumerate() {
        if !excluded.contains(&index) && !list.iter().any(|(i, _)| *i == index) {
            list.push((index, PhaseState { prepared, cell: prepared.reference_cell(), scale: 0.0, broadening_deg }));
        }
    }
    Ok(list)
}

fn outsider<'a>(
    data: &Data<'a>,
    state: &PatternState<'a>,
    slack: &Slack,
    index: usize,
    phase: PhaseState<'a>,
    selector: &Selector<'a, '_>,
    claimed: &[(usize, String, f64)],
) -> Result<Judged<'a>> {
    let score = slack.score(0, &state.unit_curve(data, &phase)?);
    let delta = (score.gain() / slack.noise - phase.cell_cost(data)).max(0.0);
    let sigma = evidence_sigma(delta, selector.trial_count(index));
    let lines = line_tests::of_absent(data, state, slack, &phase, None)?;
    let twins: Vec<&(usize, String, f64)> = claimed.iter().filter(|(i, ..)| *i == index).collect();
    let others: Vec<(f64, f64)> =
        slack.clusters.iter().map(|c| (c.two_theta_deg, c.intensity * state.phases[c.phase].scale)).collect();
    let judgement =
        verdict::of_outsider(sigma, &Tally::new(&lines, &others), twins.first().map(|(_, id, _)| id.as_str()));
    let rivals = twins
        .iter()
        .filter_map(|(_, id, delta)| {
            let member = state.phases.iter().find(|p| p.prepared.candidate.id() == id)?;
            let formula = member.prepared.candidate.structure.formula.clone();
            Some(Rival { id: id.clone(), formula, delta_chi_squared: *delta })
        })
        .collect();
    Ok(Judged {
        position: None,
        scale: score.scale(),
        scale_sigma: score.sigma() * slack.noise.sqrt(),
        delta,
        sigma,
        judgement,
        lines,
        rivals,
        phase,
    })
}

/// Lines of a judged phase with one fate, strongest first.
pub(crate) fn with_fate(judged: &Judged<'_>, fate: Fate) -> Vec<crate::analysis::Line> {
    judged.lines.iter().filter(|l| l.fate == fate).map(LineTest::line).collect()
}
