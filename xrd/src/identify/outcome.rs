//! What identification hands over: phases with verdicts, curves, statistics.

use doublet_common::Quantity;
use doublet_common::fit::{Fit, durbin_watson, serial_correlation_factor};

use crate::analysis::{FitStatistics, Line, Phase, PhaseCurve, RefinedCell, Verdict};

use super::LineArea;
use super::joint_model::{CELL, DISPLACEMENT};
use super::judge::{Judged, with_fate};
use super::line_tests::Fate;
use super::quantities::{Amount, upper_limit};
use super::state::{Data, PatternState, Posed};

/// The final fit and what is needed to read it.
pub(crate) struct Final<'a> {
    pub(crate) state: PatternState<'a>,
    pub(crate) fit: Fit,
    pub(crate) posed: Posed<'a>,
    /// Statistics on all points with σ of the data.
    pub(crate) statistics: FitStatistics,
    /// The same fit with other choices: a background of lower and of higher degree.
    pub(crate) alternatives: Vec<PatternState<'a>>,
}

/// Quality of a model on the data: σ of the data, whatever weights it was fitted with.
pub(crate) fn statistics(data: &Data<'_>, fit: &Fit) -> FitStatistics {
    let residuals: Vec<f64> = data.y.iter().zip(&fit.values).zip(data.sigma).map(|((y, f), s)| (y - f) / s).collect();
    let free = fit.statistics.free_parameters;
    let freedom = residuals.len().saturating_sub(free).max(1) as f64;
    let chi_squared: f64 = residuals.iter().map(|r| r * r).sum();
    let weighted: f64 = data.y.iter().zip(data.sigma).map(|(y, s)| (y / s).powi(2)).sum();
    FitStatistics {
        observations: residuals.len(),
        free_parameters: free,
        reduced_chi_squared: chi_squared / freedom,
        r_wp_percent: 100.0 * (chi_squared / weighted).sqrt(),
        r_exp_percent: 100.0 * (freedom / weighted).sqrt(),
        durbin_watson: durbin_watson(&residuals).unwrap_or(0.0),
        sigma_inflation: (chi_squared / freedom).max(1.0).sqrt() * serial_correlation_factor(&residuals),
        termination: fit.termination.to_string(),
    }
}

impl Final<'_> {
    /// Displacement of the specimen with its σ, inflated as the statistics say.
    pub(crate) fn displacement(&self) -> Quantity {
        self.inflated(self.fit.quantity(doublet_common::fit::ParameterId(DISPLACEMENT)))
    }

    fn inflated(&self, quantity: Quantity) -> Quantity {
        Quantity { sigma: quantity.sigma.map(|s| s * self.statistics.sigma_inflation), ..quantity }
    }

    /// Refined cell of the phase at a position of the state.
    fn cell(&self, position: usize) -> RefinedCell {
        let phase = &self.state.phases[position];
        let parameters = &phase.prepared.pattern.cell_parameters;
        let first = self.posed.model.phases[position].first + CELL;
        let cell = parameters.cell(&phase.cell);
        let reference = phase.prepared.pattern.cell.values();
        let sigma_of = |free: usize| self.fit.sigma.get(first + free).copied().flatten();
        let constant = |i: usize| {
            let tie = parameters.ties[i];
            let sigma = tie.parameter.and_then(|k| Some((tie.factor * sigma_of(k)?).abs()));
            self.inflated(Quantity { value: cell.values()[i], sigma })
        };
        let id = phase.prepared.candidate.id();
        let at_tolerance = parameters.free.iter().map(|p| p.name.clone());
        RefinedCell {
            lengths_angstrom: [0, 1, 2].map(constant),
            angles_deg: [3, 4, 5].map(constant),
            volume_angstrom3: self.volume(position, first),
            change_percent: [0, 1, 2].map(|i| 100.0 * (cell.values()[i] / reference[i] - 1.0)),
            at_tolerance: at_tolerance.filter(|name| self.fit.at_bound.contains(&format!("{id} {name}"))).collect(),
        }
    }

    fn volume(&self, position: usize, first: usize) -> Quantity {
        let phase = &self.state.phases[position];
        let parameters = &phase.prepared.pattern.cell_parameters;
        let volume = |cell: &[f64]| parameters.cell(cell).volume_angstrom3();
        let value = volume(&phase.cell);
        let mut gradient = vec![0.0; self.fit.parameters.len()];
        for k in 0..phase.cell.len() {
            // A volume is smooth in its parameters: a central difference is exact to 1e-9.
            let step = 1e-5 * phase.cell[k].abs().max(1.0);
            let (mut up, mut down) = (phase.cell.clone(), phase.cell.clone());
            up[k] += step;
            down[k] -= step;
            gradient[first + k] = (volume(&up) - volume(&down)) / (2.0 * step);
        }
        self.inflated(Quantity { value, sigma: self.fit.propagate(&gradient) })
    }
}

/// The phases as the result states them, in the order of `judged`.
pub(crate) fn phases(
    data: &Data<'_>,
    outcome: Option<&Final<'_>>,
    judged: &[Judged<'_>],
    amounts: &[Option<Amount>],
) -> Vec<Phase> {
    judged
        .iter()
        .zip(amounts)
        .map(|(j, amount)| {
            let present = j.judgement.verdict == Verdict::Present;
            let cell = j.position.zip(outcome).map(|(position, outcome)| outcome.cell(position));
            Phase {
                verdict: j.judgement.verdict,
                reason: reason(j, cell.as_ref()),
                evidence_delta_chi_squared: j.delta,
                evidence_sigma: j.sigma,
                weight_percent: amount.map(|a| a.percent),
                weight_percent_error: amount.and_then(|a| a.error),
                upper_limit_wt_percent: if present { None } else { upper_limit(j, judged) },
                cell,
                density_g_cm3: density(j),
                lines_found: with_fate(j, Fate::Found),
                lines_missing: with_fate(j, Fate::Missing),
                rivals: j.rivals.clone(),
                ticks: ticks(data, outcome, j),
                ..undecided(j.phase.prepared.candidate)
            }
        })
        .collect()
}

fn reason(j: &Judged<'_>, cell: Option<&RefinedCell>) -> String {
    let stuck = cell.map(|c| c.at_tolerance.join(", ")).filter(|names| !names.is_empty());
    match stuck {
        Some(names) => format!("{}; cell at the end of its tolerance ({names})", j.judgement.reason),
        None => j.judgement.reason.clone(),
    }
}

/// A candidate of which nothing is said.
pub(crate) fn undecided(candidate: &super::Candidate) -> Phase {
    let structure = &candidate.structure;
    Phase {
        id: structure.id.clone(),
        name: structure.name.clone(),
        formula: structure.formula.clone(),
        space_group: structure.space_group.clone(),
        references: candidate.references.clone(),
        citation: candidate.citation.clone(),
        model: structure.model.is_some(),
        verdict: Verdict::NotDetected,
        reason: String::new(),
        evidence_delta_chi_squared: 0.0,
        evidence_sigma: 0.0,
        weight_percent: None,
        weight_percent_error: None,
        upper_limit_wt_percent: None,
        cell: None,
        density_g_cm3: structure.density_g_cm3(),
        lines_found: Vec::new(),
        lines_missing: Vec::new(),
        rivals: Vec::new(),
        ticks: Vec::new(),
    }
}

fn density(j: &Judged<'_>) -> f64 {
    let structure = &j.phase.prepared.candidate.structure;
    let fitted = j.phase.prepared.pattern.cell_parameters.cell(&j.phase.cell).volume_angstrom3();
    structure.density_g_cm3() * structure.cell.volume_angstrom3() / fitted
}

/// All lines in the range at the cell and the displacement of the fit.
fn ticks(data: &Data<'_>, outcome: Option<&Final<'_>>, j: &Judged<'_>) -> Vec<Line> {
    let displacement = outcome.map_or(0.0, |o| o.state.common.displacement_deg);
    let (low, high) = (data.x.first().copied().unwrap_or(0.0), data.x.last().copied().unwrap_or(0.0));
    let places = j.phase.prepared.places(&j.phase.cell, data.radiation);
    let reflections = &j.phase.prepared.pattern.reflections;
    let mut ticks: Vec<Line> = reflections
        .iter()
        .zip(places)
        .filter_map(|(reflection, place)| {
            let place = place?;
            let two_theta_deg = place.two_theta_deg + displacement * place.cosine;
            (low <= two_theta_deg && two_theta_deg <= high).then_some(Line {
                hkl: reflection.hkl,
                two_theta_deg,
                relative_intensity: 100.0 * place.intensity,
                observed_over_calculated: None,
            })
        })
        .collect();
    ticks.sort_by(|a, b| a.two_theta_deg.total_cmp(&b.two_theta_deg));
    ticks
}

/// Calculated lines of the phases of the model that are not ruled out, with their areas.
pub(crate) fn line_areas(data: &Data<'_>, outcome: Option<&Final<'_>>, judged: &[Judged<'_>]) -> Vec<LineArea> {
    let counts = |j: &&Judged<'_>| j.position.is_some() && j.judgement.verdict != Verdict::NotDetected;
    let lines = |j: &Judged<'_>| -> Vec<LineArea> {
        ticks(data, outcome, j)
            .into_iter()
            .map(|line| LineArea {
                phase_id: j.id().into(),
                hkl: line.hkl,
                two_theta_deg: line.two_theta_deg,
                area: j.scale * line.relative_intensity / 100.0,
            })
            .collect()
    };
    judged.iter().filter(counts).flat_map(lines).collect()
}

/// Curves of the present phases, in their order.
pub(crate) fn phase_curves(outcome: Option<&Final<'_>>, judged: &[Judged<'_>]) -> Vec<PhaseCurve> {
    let Some(outcome) = outcome else { return Vec::new() };
    let values = outcome.fit.parameters.values();
    judged
        .iter()
        .filter(|j| j.judgement.verdict == Verdict::Present)
        .filter_map(|j| {
            let intensity = outcome.posed.model.phase_curve(&values, j.position?).ok()?;
            Some(PhaseCurve { phase_id: j.id().into(), intensity })
        })
        .collect()
}

/// What was assumed or doubted of the structures used.
pub(crate) fn warnings(outcome: Option<&Final<'_>>, judged: &[Judged<'_>]) -> Vec<String> {
    let mut warnings = Vec::new();
    for j in judged.iter().filter(|j| j.judgement.verdict != Verdict::NotDetected) {
        let structure = &j.phase.prepared.candidate.structure;
        if let Some(model) = &structure.model {
            warnings.push(format!("{}: the structure is a model, not a refinement ({model})", j.id()));
        }
        warnings.extend(j.phase.prepared.pattern.warnings.iter().map(|w| format!("{}: {w}", j.id())));
    }
    if let Some(outcome) = outcome {
        if !outcome.fit.converged() {
            warnings.push(format!("the whole-pattern fit did not converge: {}", outcome.fit.termination));
        }
        let names = &outcome.fit.at_bound;
        let shared: Vec<&str> = names.iter().map(String::as_str).filter(|n| n.starts_with("displacement")).collect();
        if !shared.is_empty() {
            warnings.push("the specimen displacement stopped at its tolerance".into());
        }
    }
    warnings
}
