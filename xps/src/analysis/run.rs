//! The order of an analysis: reference line, shift, groups of tied regions, choices, concentrations, review.

use doublet_common::Quantity;
use doublet_common::provenance::{Input, Tool};

use super::components::{ReferenceLine, region_analysis, total_area};
use super::prepare::{Matched, data, matches, rough_shift_ev};
use super::quantification::quantify;
use super::types::{Analysis, RegionAnalysis};
use super::{asymmetry, own_shift};
use crate::energy_scale::EnergyScale;
use crate::error::{Error, Result};
use crate::fit::{GroupFit, fit_group, resample};
use crate::model::RegionData;
use crate::recipe::{BackgroundKind, EnergyReference, RegionRecipe, ResolvedRecipe};
use crate::region::{DataSet, Region};
use crate::review;

/// Most fits of the reference region until the shift rests, and the change at which it does.
const MOST_SHIFTS: usize = 8;
const SHIFT_TOLERANCE_EV: f64 = 1e-4;

/// Fits every region of `set` that the recipe names, sample by sample.
///
/// # Errors
/// [`Error::Analysis`] if no region can be fitted; otherwise as recipe, model and least-squares engine.
pub fn analyze(set: &DataSet, recipe: &ResolvedRecipe) -> Result<Analysis> {
    let mut analysis = Analysis {
        tool: Tool::this(),
        input: inputs(set),
        recipe: recipe.clone(),
        energy_reference: Vec::new(),
        regions: Vec::new(),
        quantification: Vec::new(),
        findings: Vec::new(),
        warnings: Vec::new(),
    };
    for (sample, regions) in samples(set) {
        analyze_sample(sample, &regions, recipe, &mut analysis)?;
    }
    if analysis.regions.is_empty() {
        let measured: Vec<&str> = set.regions.iter().map(|r| r.label.as_str()).collect();
        return Err(Error::Analysis {
            stage: "matching the recipe",
            message: format!(
                "no measured region is one of the recipe's core levels; measured: {}; name the regions as core levels or \
                 change the recipe",
                measured.join(", ")
            ),
        });
    }
    if analysis.regions.iter().any(|region| region.simulated) {
        analysis.warnings.push("the data are simulated".into());
    }
    analysis.findings = review::review_analysis(&analysis);
    Ok(analysis)
}

/// Input files, each once.
fn inputs(set: &DataSet) -> Vec<Input> {
    let mut inputs: Vec<Input> = Vec::new();
    for region in &set.regions {
        if !inputs.contains(&region.input) {
            inputs.push(region.input.clone());
        }
    }
    inputs
}

/// Regions by sample, in order of appearance; regions that name none are one sample.
fn samples(set: &DataSet) -> Vec<(Option<String>, Vec<&Region>)> {
    let mut samples: Vec<(Option<String>, Vec<&Region>)> = Vec::new();
    for region in &set.regions {
        match samples.iter_mut().find(|(name, _)| *name == region.sample) {
            Some((_, regions)) => regions.push(region),
            None => samples.push((region.sample.clone(), vec![region])),
        }
    }
    samples
}

fn analyze_sample(
    sample: Option<String>,
    regions: &[&Region],
    recipe: &ResolvedRecipe,
    analysis: &mut Analysis,
) -> Result<()> {
    let matched = matches(regions, recipe, &mut analysis.warnings);
    if matched.is_empty() {
        return Ok(());
    }
    let rough = rough_shift_ev(&matched, &recipe.energy_reference);
    let decided: Vec<_> =
        matched.iter().map(|m| asymmetry::decide(m, m.recipe.shift_ev.unwrap_or(rough), recipe)).collect();
    let matched: Vec<Matched<'_>> = matched
        .iter()
        .zip(&decided)
        .map(|(m, decided)| Matched { recipe: decided.as_ref().map_or(m.recipe, |(own, _)| own), ..*m })
        .collect();
    let scale = energy_scale(sample.clone(), &matched, recipe, &mut analysis.warnings)?;
    let shift = scale.shift_ev.value;
    let moved = own_shift::moved(&matched, shift);
    let asked = matched;
    let matched: Vec<Matched<'_>> = asked
        .iter()
        .zip(&moved)
        .map(|(m, moved)| Matched { recipe: moved.as_ref().unwrap_or(m.recipe), ..*m })
        .collect();
    let mut results: Vec<(usize, RegionAnalysis)> = Vec::new();
    for group in groups(&matched) {
        let members: Vec<&Matched<'_>> = group.iter().map(|i| &matched[*i]).collect();
        let data =
            members.iter().map(|m| data(m, m.recipe, shift, [0.0; 2])).collect::<Result<Vec<RegionData<'_>>>>()?;
        let fit = fit_group(&data, shift, &recipe.quantification)?;
        analysis.warnings.extend(fit.built.warnings.iter().cloned());
        let reference = reference_line(&fit, &data, &recipe.energy_reference);
        let mut own = members
            .iter()
            .enumerate()
            .map(|(k, m)| match m.recipe.shift_ev {
                Some(own) => {
                    let scale = EnergyScale::stated(sample.clone(), own, 0.0);
                    region_analysis(&fit, k, m, &data, &scale, None, recipe)
                }
                None => region_analysis(&fit, k, m, &data, &scale, reference.as_ref(), recipe),
            })
            .collect::<Result<Vec<RegionAnalysis>>>()?;
        if recipe.uncertainty.resamplings > 1 {
            resampled(&fit, recipe, &mut own, &mut analysis.warnings);
        }
        if recipe.uncertainty.choices {
            choices(&members, shift, recipe, &mut own);
        }
        results.extend(group.into_iter().zip(own));
    }
    results.sort_by_key(|(index, _)| *index);
    let mut regions: Vec<RegionAnalysis> = results
        .into_iter()
        .map(|(index, region)| RegionAnalysis {
            asymmetry: decided[index].as_ref().map(|(_, test)| test.clone()),
            ..as_asked(region, asked[index].recipe)
        })
        .collect();
    let measured: Vec<&Region> = matched.iter().map(|m| m.region).collect();
    if let Some(quantification) = quantify(sample, &mut regions, &measured, recipe, &mut analysis.warnings) {
        analysis.quantification.push(quantification);
    }
    analysis.energy_reference.push(scale);
    analysis.regions.extend(regions);
    Ok(())
}

/// What the recipe says in true energies takes the place of what was moved for the fit.
fn as_asked(mut region: RegionAnalysis, recipe: &RegionRecipe) -> RegionAnalysis {
    region.background.kind = recipe.background.clone();
    for (component, asked) in region.components.iter_mut().zip(&recipe.components) {
        component.tie.clone_from(&asked.tie);
    }
    region
}

/// Charge correction: the reference region is fitted alone first.
fn energy_scale(
    sample: Option<String>,
    matched: &[Matched<'_>],
    recipe: &ResolvedRecipe,
    warnings: &mut Vec<String>,
) -> Result<EnergyScale> {
    let reference = &recipe.energy_reference;
    let (line, energy_ev, sigma_ev) = match reference {
        EnergyReference::Line { line, energy_ev, sigma_ev, .. } => (line, *energy_ev, *sigma_ev),
        EnergyReference::Shift { shift_ev, sigma_ev } => return Ok(EnergyScale::stated(sample, *shift_ev, *sigma_ev)),
        EnergyReference::None => {
            warnings.push("no charge reference: binding energies stand on the spectrometer's own scale".into());
            return Ok(EnergyScale::uncorrected(sample));
        }
    };
    let Some(own) = matched.iter().find(|m| m.recipe.core_level.subshell() == line.subshell()) else {
        let name = sample.as_deref().unwrap_or("the sample");
        return Err(Error::Analysis {
            stage: "charge reference",
            message: format!(
                "{line} is the reference and {name} has no such region; measure or add it, state a shift, or declare none"
            ),
        });
    };
    let mut shift = rough_shift_ev(matched, reference);
    let mut position = measured_line(own, shift, recipe)?;
    // Window and search ranges follow the shift, and may move the line in turn.
    for _ in 0..MOST_SHIFTS {
        let found = position.value - energy_ev;
        if (found - shift).abs() < SHIFT_TOLERANCE_EV {
            break;
        }
        shift = found;
        position = measured_line(own, shift, recipe)?;
    }
    Ok(EnergyScale::from_line(sample, reference, position, energy_ev, sigma_ev))
}

/// Measured position of the reference line, its region fitted alone with a shift to start from.
fn measured_line(own: &Matched<'_>, shift_ev: f64, recipe: &ResolvedRecipe) -> Result<Quantity> {
    let reference = &recipe.energy_reference;
    let data = [data(own, own.recipe, shift_ev, [0.0; 2])?];
    let fit = fit_group(&data, shift_ev, &recipe.quantification)?;
    let Some(found) = reference_line(&fit, &data, reference) else {
        return Err(Error::Analysis {
            stage: "charge reference",
            message: format!("{}: no such state in the recipe of its region", reference.describe()),
        });
    };
    Ok(fit.fit.quantity(found.position))
}

/// The reference line, if this fit holds it.
fn reference_line(fit: &GroupFit, data: &[RegionData<'_>], reference: &EnergyReference) -> Option<ReferenceLine> {
    let EnergyReference::Line { line, state, sigma_ev, .. } = reference else { return None };
    let region = data.iter().position(|d| d.recipe.core_level.subshell() == line.subshell())?;
    let components = &data[region].recipe.components;
    let wanted = match state {
        Some(state) => components.iter().position(|c| c.state == *state)?,
        None => 0,
    };
    let handle = fit.built.components.iter().find(|h| h.region == region && h.component == wanted)?;
    let position = fit.built.model.regions[region].lines[handle.major].position;
    Some(ReferenceLine { position, sigma_ev: *sigma_ev })
}

/// Regions that ties connect, as lists of indices.
fn groups(matched: &[Matched<'_>]) -> Vec<Vec<usize>> {
    let mut group: Vec<usize> = (0..matched.len()).collect();
    for (i, m) in matched.iter().enumerate() {
        for tie in m.recipe.components.iter().filter_map(|c| c.tie.as_ref()) {
            let target = matched.iter().position(|o| o.recipe.core_level.subshell() == tie.core_level.subshell());
            if let Some(j) = target {
                let (from, to) = (group[i].max(group[j]), group[i].min(group[j]));
                group.iter_mut().filter(|g| **g == from).for_each(|g| *g = to);
            }
        }
    }
    let mut names = group.clone();
    names.sort_unstable();
    names.dedup();
    names.iter().map(|name| (0..matched.len()).filter(|i| group[*i] == *name).collect()).collect()
}

fn resampled(fit: &GroupFit, recipe: &ResolvedRecipe, own: &mut [RegionAnalysis], warnings: &mut Vec<String>) {
    let asked = &recipe.uncertainty;
    let samples = match resample(fit, asked.resamplings, asked.seed) {
        Ok(samples) => samples,
        Err(error) => {
            warnings.push(format!("resampling failed: {error}"));
            return;
        }
    };
    for handle in &fit.built.components {
        let region = &fit.built.model.regions[handle.region];
        let major = region.lines[handle.major].area;
        let minor = handle.minor.map(|m| region.lines[m].area);
        let spread = samples.derived(|p| p[major.0] + minor.map_or(0.0, |id| p[id.0]));
        if let Some(component) = own[handle.region].components.get_mut(handle.component) {
            component.area_sigma_resampled = Some(spread.sigma).filter(|s| s.is_finite());
        }
    }
    if samples.failed * 20 > samples.replicas {
        warnings.push(format!(
            "{}: {} of {} resampled fits reached no minimum",
            own.first().map_or_else(String::new, |r| r.core_level.to_string()),
            samples.failed,
            samples.replicas
        ));
    }
}

/// Root mean square deviation of the areas over other backgrounds of the same kind and narrower windows.
fn choices(members: &[&Matched<'_>], shift: f64, recipe: &ResolvedRecipe, own: &mut [RegionAnalysis]) {
    let fraction = recipe.uncertainty.window_fraction;
    let variants = (0..alternatives(&members[0].recipe.background).len())
        .map(|k| (Some(k), [0.0, 0.0]))
        .chain([(None, [fraction, 0.0]), (None, [0.0, fraction])]);
    let mut squares: Vec<Vec<(f64, usize)>> = own.iter().map(|r| vec![(0.0, 0); r.components.len()]).collect();
    for (background, inwards) in variants {
        let changed: Vec<RegionRecipe> = members
            .iter()
            .map(|m| {
                let mut changed = m.recipe.clone();
                let others = alternatives(&changed.background);
                if let Some(other) = background.and_then(|k| others.get(k)) {
                    changed.background = other.clone();
                }
                changed
            })
            .collect();
        let data: Result<Vec<RegionData<'_>>> =
            members.iter().zip(&changed).map(|(m, r)| data(m, r, shift, inwards)).collect();
        let Ok(fit) = data.and_then(|data| fit_group(&data, shift, &recipe.quantification)) else { continue };
        if !fit.fit.converged() {
            continue;
        }
        for handle in &fit.built.components {
            let lines = &fit.built.model.regions[handle.region].lines;
            let area = total_area(&fit, &lines[handle.major], handle.minor.map(|m| &lines[m])).value;
            let reported = own[handle.region].components[handle.component].area.value;
            let (sum, count) = &mut squares[handle.region][handle.component];
            *sum += (area - reported).powi(2);
            *count += 1;
        }
    }
    for (region, squares) in own.iter_mut().zip(squares) {
        for (component, (sum, count)) in region.components.iter_mut().zip(squares) {
            component.area_sigma_choices = (count > 0).then(|| (sum / count as f64).sqrt());
        }
    }
}

/// Other backgrounds that an analyst could have chosen.
fn alternatives(chosen: &BackgroundKind) -> Vec<BackgroundKind> {
    let family = match chosen {
        BackgroundKind::Constant | BackgroundKind::Linear | BackgroundKind::Spline { .. } => {
            vec![BackgroundKind::Constant, BackgroundKind::Linear, BackgroundKind::Shirley]
        }
        _ => vec![BackgroundKind::Shirley, BackgroundKind::ShirleyLinear, BackgroundKind::TougaardU2],
    };
    family.into_iter().filter(|kind| kind != chosen).collect()
}
