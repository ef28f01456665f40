//! From the fitted areas of one sample to atomic concentrations.

use doublet_common::Quantity;
use doublet_reference_patterns::photoelectrons::Level;

use super::types::{QuantificationRow, RegionAnalysis, SampleQuantification};
use crate::quantify::{Amount, Factor, concentrations, factor_of_component, relative_path_length};
use crate::recipe::{PathLength, ResolvedRecipe};
use crate::region::Region;

/// Where a quantified component stands, and what its area was divided by.
struct Entry {
    region: usize,
    component: usize,
    factor: Factor,
    kinetic_energy_ev: Option<f64>,
    transmission: f64,
    path_length: f64,
    amount: Amount,
}

/// Fills `atomic_percent` of the components; none if no component can be quantified.
pub(super) fn quantify(
    sample: Option<String>,
    regions: &mut [RegionAnalysis],
    measured: &[&Region],
    recipe: &ResolvedRecipe,
    warnings: &mut Vec<String>,
) -> Option<SampleQuantification> {
    let mut entries: Vec<Entry> = Vec::new();
    let counted = counted_levels(regions, warnings);
    for (r, (region, source)) in regions.iter().zip(measured).enumerate() {
        for c in 0..region.components.len() {
            entries.extend(entry(r, c, region, source, &counted, recipe, warnings));
        }
    }
    let timed = regions.iter().filter(|r| r.counting_time_s.is_some()).count();
    if timed != 0 && timed != regions.len() {
        warnings.push("counting times are known for some regions only: no concentrations".into());
        return None;
    }
    let amounts: Vec<Amount> = entries.iter().map(|e| e.amount.clone()).collect();
    let q = &recipe.quantification;
    let found = concentrations(&amounts, q.factor_relative_sigma, q.path_length_relative_sigma);
    let rows: Vec<QuantificationRow> = entries
        .into_iter()
        .zip(found)
        .map(|(entry, (percent, budget))| {
            let component = &mut regions[entry.region].components[entry.component];
            let atomic_percent = Quantity::new(percent, budget.total());
            component.atomic_percent = Some(atomic_percent);
            QuantificationRow {
                level: component.level.clone(),
                state: component.state.clone(),
                kinetic_energy_ev: entry.kinetic_energy_ev,
                sensitivity_factor: entry.factor.value,
                sensitivity_source: entry.factor.source,
                sensitivity_level: entry.factor.level,
                transmission: entry.transmission,
                path_length: entry.path_length,
                atomic_percent,
                error_budget: budget,
            }
        })
        .collect();
    (!rows.is_empty()).then(|| SampleQuantification {
        sample,
        library: q.library.source().to_string(),
        path_length: describe(&q.path_length),
        transmission: transmission_note(measured, q.transmission),
        rows,
    })
}

/// The level by which each element is counted: the first that was measured, so that no element counts twice.
fn counted_levels(regions: &[RegionAnalysis], warnings: &mut Vec<String>) -> Vec<Level> {
    let mut counted: Vec<Level> = Vec::new();
    for component in regions.iter().flat_map(|r| &r.components).filter(|c| c.tie.is_none()) {
        match counted.iter().find(|level| level.element() == component.level.element()) {
            None => counted.push(component.level.clone()),
            Some(level) if *level != component.level => {
                warnings.push(format!(
                    "{} is not quantified: {} is counted by {level}",
                    component.label,
                    level.element()
                ));
            }
            Some(_) => {}
        }
    }
    counted
}

fn entry(
    r: usize,
    c: usize,
    region: &RegionAnalysis,
    source: &Region,
    counted: &[Level],
    recipe: &ResolvedRecipe,
    warnings: &mut Vec<String>,
) -> Option<Entry> {
    let component = &region.components[c];
    let level = counted.iter().position(|level| *level == component.level)?;
    if component.tie.is_some() {
        return None;
    }
    let q = &recipe.quantification;
    let Some(factor) = factor_of_component(q, &component.level, component.doublet.is_some()) else {
        warnings.push(format!(
            "{} is not quantified: {} has no sensitivity factor for {}; give one in quantification.factors",
            component.label, q.library, component.level
        ));
        return None;
    };
    let kinetic_energy_ev = region.photon_energy_ev.map(|photon| photon - component.measured_energy_ev.value);
    let path_length = match kinetic_energy_ev.map(|energy| relative_path_length(&q.path_length, energy)) {
        Some(Ok(length)) => length,
        Some(Err(error)) => {
            warnings.push(format!("{}: {error}; not quantified", component.label));
            return None;
        }
        None => {
            warnings.push(format!("{}: no photon energy; path length not corrected for", component.label));
            1.0
        }
    };
    let transmission = if q.transmission { transmission_at(source, component.measured_energy_ev.value) } else { 1.0 };
    let time = region.counting_time_s.unwrap_or(1.0);
    let area = component.area.value;
    let relative = |sigma: Option<f64>| if area > 0.0 { sigma.unwrap_or(0.0) / area } else { 0.0 };
    Some(Entry {
        region: r,
        component: c,
        kinetic_energy_ev,
        transmission,
        path_length,
        amount: Amount {
            normalised: area / (time * factor.value * transmission * path_length),
            counting: relative(component.area.sigma),
            choices: relative(component.area_sigma_choices),
            level,
        },
        factor,
    })
}

/// Relative transmission at a measured binding energy where the file lists it and has not applied it; else 1.
fn transmission_at(region: &Region, energy_ev: f64) -> f64 {
    let Some(transmission) = &region.transmission else { return 1.0 };
    let Some(values) = transmission.values.as_ref().filter(|_| transmission.applied == Some(false)) else { return 1.0 };
    let nearest = region.energy_ev().partition_point(|e| *e < energy_ev).min(values.len().saturating_sub(1));
    values.get(nearest).copied().filter(|t| t.is_finite() && *t > 0.0).unwrap_or(1.0)
}

fn transmission_note(regions: &[&Region], wanted: bool) -> String {
    let usable = |r: &&Region| r.transmission.as_ref().is_some_and(|t| t.values.is_some() && t.applied == Some(false));
    let applied = |r: &&Region| r.transmission.as_ref().is_some_and(|t| t.applied == Some(true));
    if !wanted {
        "not corrected for, as the recipe says".into()
    } else if regions.iter().all(usable) {
        "as listed in the files, divided out".into()
    } else if regions.iter().all(applied) {
        "already divided out in the files".into()
    } else {
        "not stated by all files; taken as constant where it is missing".into()
    }
}

fn describe(choice: &PathLength) -> String {
    match choice {
        PathLength::Tpp2m { density_g_cm3, valence_electrons, molar_mass_g_mol, band_gap_ev } => format!(
            "TPP-2M (ρ = {density_g_cm3} g/cm³, {valence_electrons} valence electrons, M = {molar_mass_g_mol} g/mol, \
             Eg = {band_gap_ev} eV)"
        ),
        PathLength::Power { exponent } => format!("proportional to kinetic energy to the power {exponent}"),
        PathLength::None => "not corrected for".into(),
    }
}
