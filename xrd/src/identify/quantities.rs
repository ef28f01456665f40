//! Weight percents among the phases present, what their σ is made of, and upper limits of the others.
//!
//! Masses are scales times Z M V (Hill & Howard, J. Appl. Cryst. 20 (1987) 467). A coarse grain that absorbs more than its
//! neighbours hides itself: its intensity is less by the factor τ that Brindley (Phil. Mag. 36 (1945) 347) gave. To leading
//! order a ray's way in a sphere of radius R is 3/2 R (International Tables C, 6.3.3), hence
//!
//! ```text
//! τ_k = exp(−3/2 (µ_k − µ̄) R),   µ̄ = Σ v_k µ_k,   v_k ∝ w_k / ρ_k
//! ```
//!
//! Nobody knows R from a pattern. Nothing is corrected therefore, but the change that grains of the recipe's diameter
//! would make is a part of σ.

use doublet_common::Quantity;

use crate::analysis::{Verdict, WeightPercentError};

use super::judge::Judged;
use super::outcome::Final;
use super::state::PatternState;

/// Centimetres in a micrometre.
const CM_PER_UM: f64 = 1e-4;

/// A weight percent with the parts of its σ; one phase alone has 100 by definition and no σ.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Amount {
    pub(crate) percent: Quantity,
    pub(crate) error: Option<WeightPercentError>,
}

/// Amount of every phase that is present, in the order of `judged`.
pub(crate) fn amounts(
    outcome: Option<&Final<'_>>,
    judged: &[Judged<'_>],
    grain_diameter_um: f64,
) -> Vec<Option<Amount>> {
    let present: Vec<&Judged<'_>> = judged.iter().filter(|j| is_present(j)).collect();
    let masses: Vec<f64> = present.iter().map(|j| mass(j)).collect();
    let Some(percents) = percents(&masses) else { return vec![None; judged.len()] };
    if percents.len() == 1 {
        let alone = Amount { percent: Quantity::without_sigma(100.0), error: None };
        return judged.iter().map(|j| is_present(j).then_some(alone)).collect();
    }
    let fit = fit_errors(&present, &masses);
    let choices = choice_errors(outcome, &present, &percents);
    let grains = grain_changes(&present, &percents, grain_diameter_um);
    let mut amounts = percents.iter().enumerate().map(|(i, percent)| {
        let error = WeightPercentError { fit: fit[i], choices: choices[i], microabsorption: grains[i] };
        let sigma = error.fit.hypot(error.choices).hypot(error.microabsorption);
        Amount { percent: Quantity::new(*percent, sigma), error: Some(error) }
    });
    judged.iter().map(|j| if is_present(j) { amounts.next() } else { None }).collect()
}

/// Upper limit in weight percent beside the phases that are present; none where none is.
pub(crate) fn upper_limit(j: &Judged<'_>, judged: &[Judged<'_>]) -> Option<f64> {
    let present: f64 = judged.iter().filter(|j| is_present(j)).map(mass).sum();
    let mass = j.scale_limit() * j.phase.prepared.mass_per_scale(&j.phase.cell);
    (present > 0.0 && mass.is_finite()).then(|| 100.0 * mass / (present + mass))
}

/// What the reader of the amounts must know.
pub(crate) fn warnings(judged: &[Judged<'_>], amounts: &[Option<Amount>], grain_diameter_um: f64) -> Vec<String> {
    let mut absorbing: Vec<(f64, &str)> = judged
        .iter()
        .filter(|j| is_present(j))
        .filter_map(|j| Some((j.phase.prepared.pattern.constants.linear_absorption_per_cm?, j.id())))
        .collect();
    absorbing.sort_by(|a, b| a.0.total_cmp(&b.0));
    let told = amounts.iter().flatten().filter_map(|a| a.error).filter(|error| error.microabsorption > error.fit);
    let most = told.map(|error| error.microabsorption).fold(0.0, f64::max);
    match (absorbing.first(), absorbing.last()) {
        (Some((low, weak)), Some((high, strong))) if most > 0.0 => vec![format!(
            "microabsorption is not corrected: µ is {low:.0} /cm in {weak} and {high:.0} /cm in {strong}; grains of \
             {grain_diameter_um} µm would change weight percents by up to {most:.1}"
        )],
        _ => Vec::new(),
    }
}

fn is_present(j: &Judged<'_>) -> bool {
    j.judgement.verdict == Verdict::Present
}

fn mass(j: &Judged<'_>) -> f64 {
    j.scale.max(0.0) * j.phase.prepared.mass_per_scale(&j.phase.cell)
}

fn percents(masses: &[f64]) -> Option<Vec<f64>> {
    let total: f64 = masses.iter().sum();
    (total > 0.0).then(|| masses.iter().map(|m| 100.0 * m / total).collect())
}

/// σ from those of the scales.
fn fit_errors(present: &[&Judged<'_>], masses: &[f64]) -> Vec<f64> {
    let total: f64 = masses.iter().sum();
    let part = |i: usize, k: usize| {
        let same = if i == k { 1.0 } else { 0.0 };
        let sigma = present[k].scale_sigma * present[k].phase.prepared.mass_per_scale(&present[k].phase.cell);
        ((same - masses[i] / total) / total * sigma).powi(2)
    };
    (0..masses.len()).map(|i| 100.0 * (0..masses.len()).map(|k| part(i, k)).sum::<f64>().sqrt()).collect()
}

/// Root mean square of what other choices change.
fn choice_errors(outcome: Option<&Final<'_>>, present: &[&Judged<'_>], percents_found: &[f64]) -> Vec<f64> {
    let of_state = |state: &PatternState<'_>| -> Option<Vec<f64>> {
        let phase = |j: &&Judged<'_>| state.phases.get(j.position?);
        let mass = |j: &&Judged<'_>| phase(j).map(|p| p.scale.max(0.0) * p.prepared.mass_per_scale(&p.cell));
        percents(&present.iter().map(mass).collect::<Option<Vec<f64>>>()?)
    };
    let Some((outcome, plain)) = outcome.and_then(|o| Some((o, of_state(&o.state)?))) else {
        return vec![0.0; percents_found.len()];
    };
    let mut changes: Vec<Vec<f64>> = vec![difference(&plain, percents_found)];
    changes.extend(outcome.alternatives.iter().filter_map(of_state).map(|other| difference(&other, &plain)));
    let n = changes.len() as f64;
    (0..percents_found.len()).map(|i| (changes.iter().map(|c| c[i] * c[i]).sum::<f64>() / n).sqrt()).collect()
}

fn difference(a: &[f64], b: &[f64]) -> Vec<f64> {
    a.iter().zip(b).map(|(a, b)| a - b).collect()
}

/// What microabsorption in grains of this diameter would change; zero where an attenuation is not tabulated.
fn grain_changes(present: &[&Judged<'_>], percents_found: &[f64], diameter_um: f64) -> Vec<f64> {
    let constants = |j: &&Judged<'_>| {
        let constants = &j.phase.prepared.pattern.constants;
        constants.linear_absorption_per_cm.map(|mu| (mu, constants.density_g_cm3))
    };
    let known: Option<Vec<(f64, f64)>> = present.iter().map(constants).collect();
    let hidden = known.and_then(|known| {
        let factors = absorption_factors(&known, percents_found, 0.5 * diameter_um * CM_PER_UM);
        percents(&percents_found.iter().zip(factors).map(|(w, tau)| w / tau).collect::<Vec<f64>>())
    });
    match hidden {
        Some(true_percents) => true_percents.iter().zip(percents_found).map(|(a, b)| (a - b).abs()).collect(),
        None => vec![0.0; percents_found.len()],
    }
}

/// τ of phases with (µ in 1/cm, density) and these weights.
fn absorption_factors(phases: &[(f64, f64)], weights: &[f64], radius_cm: f64) -> Vec<f64> {
    let volumes: Vec<f64> = phases.iter().zip(weights).map(|((_, density), w)| w / density).collect();
    let total: f64 = volumes.iter().sum();
    let mean: f64 = phases.iter().zip(&volumes).map(|((mu, _), v)| mu * v / total).sum();
    phases.iter().map(|(mu, _)| (-1.5 * (mu - mean) * radius_cm).exp()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Truth: closed form; equal absorption changes nothing, and 2 µm of NiO and Bi2O3 (µ 260 and 2100 /cm) differ by
    /// exp(−3/2 · 1840 · 1e-4).
    #[test]
    fn absorbing_grains_hide() {
        assert_eq!(absorption_factors(&[(300.0, 5.0), (300.0, 2.0)], &[40.0, 60.0], 1e-4), [1.0, 1.0]);
        let tau = absorption_factors(&[(260.0, 6.7), (2100.0, 8.9)], &[60.0, 40.0], 1e-4);
        assert!(tau[0] > 1.0 && tau[1] < 1.0);
        assert!((tau[1] / tau[0] - (-1.5f64 * 1840.0 * 1e-4).exp()).abs() < 1e-12);
    }
}
