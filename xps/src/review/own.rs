//! The view of doublet's own results.

use super::Finding;
use super::rules;
use super::view::{FitView, LineView, RegionView};
use crate::analysis::{Analysis, ComponentResult, RegionAnalysis};
use crate::model::ComponentShape;

/// Findings on an analysis (its own `findings` are not read).
pub fn review_analysis(analysis: &Analysis) -> Vec<Finding> {
    let regions = analysis.regions.iter().map(|region| region_view(analysis, region)).collect();
    let reference_declared = analysis.energy_reference.iter().all(|scale| scale.declared);
    rules::all(&FitView { regions, reference_declared })
}

fn region_view(analysis: &Analysis, region: &RegionAnalysis) -> RegionView {
    let s = &region.statistics;
    let mut lines = Vec::new();
    for component in &region.components {
        lines.extend(line_views(analysis, region, component, lines.len()));
    }
    RegionView {
        name: region.core_level.to_string(),
        sample: region.sample.clone(),
        lines,
        window_ev: Some(region.window_ev),
        reduced_chi_squared: s.reduced_chi_squared,
        durbin_watson: s.durbin_watson,
        background_above_data: Some(s.background_above_data),
        at_bound: s.at_bound.clone(),
        correlations: s
            .strong_correlations
            .iter()
            .map(|c| (c.first.clone(), c.second.clone(), c.coefficient))
            .collect(),
        shift_ev: Some(region.shift_ev.value),
    }
}

/// One view for a single line, two for a doublet; `next` is the index of the first.
fn line_views(analysis: &Analysis, region: &RegionAnalysis, component: &ComponentResult, next: usize) -> Vec<LineView> {
    let quantified = analysis.quantification.iter().filter(|q| q.sample == region.sample).flat_map(|q| &q.rows);
    let sensitivity = quantified
        .filter(|row| row.level == component.level && row.state == component.state)
        .map(|row| row.sensitivity_factor)
        .next();
    let ratio = component.doublet.as_ref().map_or(0.0, |d| d.area_ratio.value);
    let single_line_window = region.core_level.twice_j().is_some();
    let major = LineView {
        label: component.label.clone(),
        level: Some(component.level.clone()),
        state: component.state.clone(),
        binding_energy_ev: Some(component.binding_energy_ev.value),
        fwhm_ev: component.fwhm_ev.value,
        area: component.area.value / (1.0 + ratio),
        area_sigma: component.area.sigma.map(|s| s / (1.0 + ratio)),
        asymmetric: component.shape.is_asymmetric(),
        singularity_index: (component.shape == ComponentShape::DoniachSunjic)
            .then(|| component.shape_parameters.iter().find(|(name, _)| name == "asymmetry").map(|(_, q)| q.value))
            .flatten(),
        weaker_of: None,
        is_complete: component.doublet.is_some() || single_line_window,
        linked: component.tie.is_some(),
        tabulated: component
            .tabulated_range_ev
            .map(|range| (range, rules::table_source(component.tabulated_source.as_deref().unwrap_or("")))),
        sensitivity,
    };
    let minor = component.doublet.as_ref().map(|doublet| LineView {
        binding_energy_ev: Some(component.binding_energy_ev.value + doublet.splitting_ev.value),
        fwhm_ev: doublet.fwhm_ev.value,
        area: major.area * ratio,
        area_sigma: major.area_sigma.map(|s| s * ratio),
        weaker_of: Some(next),
        linked: true,
        ..major.clone()
    });
    std::iter::once(major).chain(minor).collect()
}
