//! Numbers of the fitted components, with σ propagated through the covariance.

use std::collections::BTreeSet;

use doublet_common::Quantity;
use doublet_common::fit::{Coupling, ParameterId, durbin_watson};
use doublet_common::lineshape::Shape as _;
use doublet_reference_patterns::photoelectrons as tables;

use super::prepare::Matched;
use super::types::{
    BackgroundResult, ComponentResult, Correlation, Curves, DoubletResult, RegionAnalysis, RegionStatistics,
};
use crate::energy_scale::{EnergyScale, tabulated_range_ev};
use crate::error::Result;
use crate::fit::GroupFit;
use crate::model::{Line, RegionData};
use crate::recipe::{Component, ResolvedRecipe};

/// Correlations beyond this are listed.
const STRONG_CORRELATION: f64 = 0.95;

/// Index of the state whose line is the charge reference, in the same fit.
pub(super) struct ReferenceLine {
    pub(super) position: ParameterId,
    pub(super) sigma_ev: f64,
}

/// Everything about region `index` of a fitted group.
pub(super) fn region_analysis(
    group: &GroupFit,
    index: usize,
    matched: &Matched<'_>,
    data: &[RegionData<'_>],
    scale: &EnergyScale,
    reference: Option<&ReferenceLine>,
    recipe: &ResolvedRecipe,
) -> Result<RegionAnalysis> {
    let region = &group.built.model.regions[index];
    let values = group.fit.parameters.values();
    let curves = region.curves(&values)?;
    let shift = scale.shift_ev.value;
    let first: usize = group.built.model.regions[..index].iter().map(|r| r.energy_ev.len()).sum();
    let span = first..first + region.energy_ev.len();
    let handles: Vec<_> = group.built.components.iter().filter(|c| c.region == index).collect();
    let mut components = Vec::with_capacity(handles.len());
    let mut component_curves = Vec::with_capacity(handles.len());
    for handle in &handles {
        let wanted = &matched.recipe.components[handle.component];
        let major = &region.lines[handle.major];
        let minor = handle.minor.map(|m| &region.lines[m]);
        components.push(component_result(group, wanted, major, minor, scale, reference, recipe, matched)?);
        let mut curve = curves.lines[handle.major].clone();
        if let Some(m) = handle.minor {
            curve.iter_mut().zip(&curves.lines[m]).for_each(|(a, b)| *a += b);
        }
        component_curves.push(curve);
    }
    let axis: Vec<f64> = region.energy_ev.iter().map(|e| e - shift).collect();
    let names = region.background.coefficient_names();
    let ids = region.base_parameters.iter().copied().chain(region.loss_parameter);
    Ok(RegionAnalysis {
        core_level: matched.recipe.core_level.clone(),
        label: matched.region.label.clone(),
        sample: matched.region.sample.clone(),
        simulated: matched.region.is_simulated(),
        shift_ev: scale.shift_ev,
        window_ev: [axis.first().copied().unwrap_or(0.0), axis.last().copied().unwrap_or(0.0)],
        photon_energy_ev: matched.region.photons.as_ref().map(|p| p.energy_ev),
        pass_energy_ev: matched.region.pass_energy_ev,
        step_ev: median_step(&axis),
        counting_time_s: matched.region.counting_time_s(),
        intensity_unit: matched.region.unit,
        sigma_source: matched.region.data.sigma_source(),
        background: BackgroundResult {
            kind: matched.recipe.background.clone(),
            name: matched.recipe.background.describe(),
            active: matched.recipe.pre_subtracted.is_none(),
            coefficients: names.into_iter().zip(ids).map(|(n, id)| (n, group.fit.quantity(id))).collect(),
        },
        components,
        asymmetry: None,
        statistics: statistics(group, index, span.clone(), &curves.background, data),
        curves: Curves {
            binding_energy_ev: axis,
            observed: group.observed[span.clone()].to_vec(),
            sigma: group.sigma[span.clone()].to_vec(),
            background: curves.background,
            envelope: group.fit.values[span.clone()].to_vec(),
            components: component_curves,
            residuals: group.fit.residuals[span].to_vec(),
        },
    })
}

fn median_step(axis: &[f64]) -> f64 {
    let mut steps: Vec<f64> = axis.windows(2).map(|w| w[1] - w[0]).collect();
    steps.sort_by(f64::total_cmp);
    steps.get(steps.len() / 2).copied().unwrap_or(0.0)
}

#[expect(clippy::too_many_arguments, reason = "one place where fit, recipe and scale meet")]
fn component_result(
    group: &GroupFit,
    wanted: &Component,
    major: &Line,
    minor: Option<&Line>,
    scale: &EnergyScale,
    reference: Option<&ReferenceLine>,
    recipe: &ResolvedRecipe,
    matched: &Matched<'_>,
) -> Result<ComponentResult> {
    let level = wanted.level_or(&matched.recipe.core_level).clone();
    let measured = group.fit.quantity(major.position);
    let table = tables::state(&level, &wanted.state);
    let names = wanted.shape.parameter_names().iter().zip(&major.shape_parameters);
    Ok(ComponentResult {
        label: format!("{} {}", minor.map_or_else(|| level.clone(), |_| level.major()), wanted.state),
        state: wanted.state.clone(),
        binding_energy_ev: corrected(group, major.position, scale, reference),
        measured_energy_ev: measured,
        fwhm_ev: fwhm(group, major)?,
        area: total_area(group, major, minor),
        area_sigma_resampled: None,
        area_sigma_choices: None,
        atomic_percent: None,
        shape: wanted.shape,
        shape_parameters: names.map(|(name, id)| ((*name).to_string(), group.fit.quantity(*id))).collect(),
        doublet: minor.map(|minor| doublet(group, major, minor, wanted)).transpose()?,
        tie: wanted.tie.clone(),
        tabulated_range_ev: table.map(|state| tabulated_range_ev(state, &recipe.energy_reference).0),
        tabulated_source: table.map(|state| state.source.to_string()),
        level,
    })
}

/// Corrected binding energy; within the fit of the reference line their covariance is taken into account.
fn corrected(
    group: &GroupFit,
    position: ParameterId,
    scale: &EnergyScale,
    reference: Option<&ReferenceLine>,
) -> Quantity {
    let measured = group.fit.quantity(position);
    let Some(reference) = reference else { return scale.corrected(measured) };
    let mut gradient = vec![0.0; group.fit.parameters.len()];
    gradient[position.0] += 1.0;
    gradient[reference.position.0] -= 1.0;
    let sigma = group.fit.propagate(&gradient).map(|s| s.hypot(reference.sigma_ev));
    Quantity { value: measured.value - scale.shift_ev.value, sigma }
}

pub(super) fn total_area(group: &GroupFit, major: &Line, minor: Option<&Line>) -> Quantity {
    let mut gradient = vec![0.0; group.fit.parameters.len()];
    gradient[major.area.0] = 1.0;
    let mut value = group.fit.value(major.area);
    if let Some(minor) = minor {
        gradient[minor.area.0] = 1.0;
        value += group.fit.value(minor.area);
    }
    Quantity { value, sigma: group.fit.propagate(&gradient) }
}

fn fwhm(group: &GroupFit, line: &Line) -> Result<Quantity> {
    let parameters: Vec<f64> = line.shape_parameters.iter().map(|id| group.fit.value(*id)).collect();
    let width = line.shape.with(&parameters)?.fwhm();
    let mut gradient = vec![0.0; group.fit.parameters.len()];
    for (id, d) in line.shape_parameters.iter().zip(width.d_parameters) {
        gradient[id.0] += d;
    }
    Ok(Quantity { value: width.value, sigma: group.fit.propagate(&gradient) })
}

fn doublet(group: &GroupFit, major: &Line, minor: &Line, wanted: &Component) -> Result<DoubletResult> {
    let value = |id: ParameterId| group.fit.value(id);
    let (a, b) = (value(major.area), value(minor.area));
    let released = |what| wanted.release.contains(&what);
    let mut gradient = vec![0.0; group.fit.parameters.len()];
    gradient[minor.position.0] += 1.0;
    gradient[major.position.0] -= 1.0;
    let splitting_sigma = group.fit.propagate(&gradient);
    gradient.fill(0.0);
    gradient[minor.area.0] += 1.0 / a;
    gradient[major.area.0] -= b / (a * a);
    let ratio_sigma = group.fit.propagate(&gradient);
    // What was kept has no uncertainty of its own.
    let kept = |is_free: bool, sigma: Option<f64>| if is_free { sigma } else { None };
    Ok(DoubletResult {
        splitting_ev: Quantity {
            value: value(minor.position) - value(major.position),
            sigma: kept(released(crate::recipe::Release::Splitting), splitting_sigma),
        },
        area_ratio: Quantity {
            value: if a > 0.0 { b / a } else { wanted.area_ratio.unwrap_or(f64::NAN) },
            sigma: kept(released(crate::recipe::Release::Ratio), ratio_sigma),
        },
        fwhm_ev: fwhm(group, minor)?,
        released: wanted.release.clone(),
    })
}

fn statistics(
    group: &GroupFit,
    index: usize,
    span: std::ops::Range<usize>,
    background: &[f64],
    data: &[RegionData<'_>],
) -> RegionStatistics {
    let region = &group.built.model.regions[index];
    let mut ids: BTreeSet<usize> = BTreeSet::new();
    let lines =
        region.lines.iter().flat_map(|l| [l.area, l.position].into_iter().chain(l.shape_parameters.iter().copied()));
    for id in lines.chain(region.base_parameters.iter().copied()).chain(region.loss_parameter) {
        ids.extend(free_root(group, id));
    }
    let residuals = &group.fit.residuals[span.clone()];
    let chi_squared: f64 = residuals.iter().map(|r| r * r).sum();
    let freedom = residuals.len().saturating_sub(ids.len());
    let observed = &group.observed[span.clone()];
    let sigma = &group.sigma[span];
    let above = observed.iter().zip(sigma).zip(background).filter(|((y, s), b)| **b - **y > 3.0 * **s).count();
    let name = |id: usize| group.fit.parameters.list()[id].name.clone();
    let own = |parameter: &String| ids.iter().any(|id| name(*id) == *parameter);
    let list: Vec<usize> = ids.iter().copied().collect();
    let mut strong_correlations = Vec::new();
    for (k, a) in list.iter().enumerate() {
        for b in &list[k + 1..] {
            let coefficient = group.fit.correlation(ParameterId(*a), ParameterId(*b)).unwrap_or(0.0);
            if coefficient.abs() > STRONG_CORRELATION {
                strong_correlations.push(Correlation { first: name(*a), second: name(*b), coefficient });
            }
        }
    }
    RegionStatistics {
        points: residuals.len(),
        free_parameters: ids.len(),
        reduced_chi_squared: (group.true_counts && freedom > 0).then(|| chi_squared / freedom as f64),
        durbin_watson: durbin_watson(residuals),
        background_above_data: above as f64 / residuals.len().max(1) as f64,
        termination: group.fit.termination.to_string(),
        converged: group.fit.converged(),
        at_bound: group.fit.at_bound.iter().filter(|p| own(p)).cloned().collect(),
        undetermined: group.fit.undetermined.iter().map(|u| u.name.clone()).filter(own).collect(),
        strong_correlations,
        fitted_with: data
            .iter()
            .enumerate()
            .filter(|(k, _)| *k != index)
            .map(|(_, d)| d.recipe.core_level.clone())
            .collect(),
    }
}

/// Free parameter that `id` follows; none if it is fixed.
fn free_root(group: &GroupFit, mut id: ParameterId) -> Option<usize> {
    for _ in 0..group.fit.parameters.len() {
        match group.fit.parameters.get(id).coupling {
            Coupling::Free => return Some(id.0),
            Coupling::Fixed => return None,
            Coupling::Tied { source, .. } => id = source,
        }
    }
    None
}
