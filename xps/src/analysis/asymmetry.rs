//! Whether the conducting states of a region need an asymmetric line: both are fitted, and the data decide.
//!
//! Only states that the tables call metallic, of levels whose asymmetry they know, are asked: an oxide never becomes asymmetric
//! here. The asymmetric line is Doniach and Šunjić's. It is taken where it lowers χ² by more than chance could: the ratio
//! `F = (Δχ²/Δν) / (χ²/ν)` of an additional parameter must exceed 16, four standard deviations; the ratio needs no true counts,
//! and misfit of other kinds raises its denominator. An asymmetry above 0.3 is not taken: it is more than any metal's, and its tail
//! stands in for the background or for a state that the recipe lacks.

use doublet_reference_patterns::photoelectrons::{self as tables, Level, Orbital, StateKind};

use super::prepare::{Matched, data};
use super::types::AsymmetryTest;
use crate::fit::{GroupFit, fit_group};
use crate::model::ComponentShape;
use crate::recipe::{AsymmetricMetals, Component, RegionRecipe, ResolvedRecipe};

/// F from which an asymmetric line is taken.
const LEAST_F: f64 = 16.0;
/// Largest asymmetry that is taken; see the rule of the review that asks about larger ones.
pub(crate) const LARGEST_ASYMMETRY: f64 = 0.3;

/// The recipe of a region with the shapes that the data ask for, and how that was decided; none where nothing is to be decided.
pub(super) fn decide(
    matched: &Matched<'_>,
    shift_ev: f64,
    recipe: &ResolvedRecipe,
) -> Option<(RegionRecipe, AsymmetryTest)> {
    let symmetric = matched.recipe;
    let tied = symmetric.components.iter().any(|c| c.tie.is_some());
    let asked: Vec<usize> = (0..symmetric.components.len())
        .filter(|i| is_candidate(&symmetric.components[*i], &symmetric.core_level))
        .collect();
    if symmetric.asymmetric_metals == AsymmetricMetals::Never || tied || asked.is_empty() {
        return None;
    }
    let mut asymmetric = symmetric.clone();
    for index in &asked {
        asymmetric.components[*index].shape = ComponentShape::DoniachSunjic;
    }
    let fitted = |own: &RegionRecipe| -> Option<GroupFit> {
        let data = [data(matched, own, shift_ev, [0.0; 2]).ok()?];
        fit_group(&data, shift_ev, &recipe.quantification).ok().filter(|group| group.fit.converged())
    };
    let (before, after) = (fitted(symmetric)?, fitted(&asymmetric)?);
    let freedom = |group: &GroupFit| group.observed.len().checked_sub(group.fit.statistics.free_parameters);
    let (nu_before, nu_after) = (freedom(&before)?, freedom(&after).filter(|nu| *nu > 0)?);
    let more = nu_before.checked_sub(nu_after).filter(|n| *n > 0)?;
    let (chi_before, chi_after) = (before.fit.statistics.chi_squared, after.fit.statistics.chi_squared);
    let f_ratio = (chi_before - chi_after) / more as f64 / (chi_after / nu_after as f64);
    let found = asked.iter().map(|i| asymmetry_of(&after, *i)).fold(0.0, f64::max);
    let test = AsymmetryTest {
        states: asked.iter().map(|i| symmetric.components[*i].state.clone()).collect(),
        chi_squared_symmetric: chi_before,
        chi_squared_asymmetric: chi_after,
        f_ratio,
        least_f_ratio: LEAST_F,
        asymmetry: found,
        largest_asymmetry: LARGEST_ASYMMETRY,
        taken: f_ratio > LEAST_F && found <= LARGEST_ASYMMETRY,
    };
    f_ratio.is_finite().then(|| (if test.taken { asymmetric } else { symmetric.clone() }, test))
}

/// Fitted asymmetry of a component.
fn asymmetry_of(group: &GroupFit, component: usize) -> f64 {
    let names = ComponentShape::DoniachSunjic.parameter_names();
    let index = names.iter().position(|name| *name == "asymmetry");
    let handle = group.built.components.iter().find(|handle| handle.component == component);
    let line = handle.map(|handle| &group.built.model.regions[handle.region].lines[handle.major]);
    line.zip(index).and_then(|(line, i)| line.shape_parameters.get(i)).map_or(0.0, |id| group.fit.value(*id))
}

/// A metallic state of a level whose asymmetry is known, with the default shape and nothing said about it.
fn is_candidate(component: &Component, region: &Level) -> bool {
    let level = component.level_or(region);
    let metal = tables::state(level, &component.state).is_some_and(|state| state.kind == StateKind::Metal);
    let known = level.orbital() == Orbital::S || tables::spin_orbit(level).is_some_and(|pair| pair.metal_asymmetric);
    metal && known && component.shape == ComponentShape::default() && component.shape_parameters.is_empty()
}
