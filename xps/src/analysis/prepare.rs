//! Which measured region belongs to which part of the recipe, and its points as the fit takes them.

use doublet_reference_patterns::photoelectrons::Level;

use crate::error::Result;
use crate::model::RegionData;
use crate::recipe::{EnergyReference, RegionRecipe, ResolvedRecipe};
use crate::region::{EnergyScale, IntensityUnit, Region, ScanType};

/// A measured region and its part of the recipe.
#[derive(Debug, Clone, Copy)]
pub(super) struct Matched<'a> {
    pub(super) region: &'a Region,
    pub(super) recipe: &'a RegionRecipe,
}

/// Pairs the regions of one sample with the recipe; says what was left out.
pub(super) fn matches<'a>(
    regions: &[&'a Region],
    recipe: &'a ResolvedRecipe,
    warnings: &mut Vec<String>,
) -> Vec<Matched<'a>> {
    let mut matched: Vec<Matched<'a>> = Vec::new();
    for wanted in &recipe.regions {
        let mut found = regions.iter().copied().filter(|region| is_level(region, &wanted.core_level));
        let Some(region) = found.next() else {
            warnings
                .push(format!("{}: the recipe asks for it, no region of this sample is named so", wanted.core_level));
            continue;
        };
        for other in found {
            warnings.push(format!(
                "{}: measured more than once; \"{}\" ({}) is used, \"{}\" ({}) is not",
                wanted.core_level, region.label, region.block, other.label, other.block
            ));
        }
        if region.energy_scale != EnergyScale::Binding {
            warnings.push(format!("{}: kinetic energies without photon energy; left out", region.label));
            continue;
        }
        matched.push(Matched { region, recipe: wanted });
    }
    for region in regions.iter().filter(|r| r.scan_type == ScanType::Narrow) {
        if !recipe.regions.iter().any(|wanted| is_level(region, &wanted.core_level)) {
            warnings.push(format!("\"{}\" was measured and is not in the recipe", region.label));
        }
    }
    matched
}

fn is_level(region: &Region, wanted: &Level) -> bool {
    let measured = region.core_level.as_ref().and_then(|level| level.parse::<Level>().ok());
    region.scan_type == ScanType::Narrow && measured.is_some_and(|level| level.subshell() == wanted.subshell())
}

/// The points of a region within its window, moved inwards by the given fractions of its length.
///
/// # Errors
/// Fewer than two points in the window.
pub(super) fn data<'a>(
    matched: &Matched<'a>,
    recipe: &'a RegionRecipe,
    shift_ev: f64,
    inwards: [f64; 2],
) -> Result<RegionData<'a>> {
    let region = matched.region;
    let axis = region.energy_ev();
    let (first, last) = (axis.first().copied().unwrap_or(0.0), axis.last().copied().unwrap_or(0.0));
    let [low, high] =
        recipe.window_ev.map_or([first, last], |w| [(w[0] + shift_ev).max(first), (w[1] + shift_ev).min(last)]);
    let length = high - low;
    let cut = region.data.cut(low + inwards[0] * length, high - inwards[1] * length)?;
    let column = |a: &ndarray::Array1<f64>| a.to_vec();
    let counts = region.unit == IntensityUnit::Counts;
    Ok(RegionData {
        recipe,
        energy_ev: column(cut.x()),
        intensity: column(cut.y()),
        sigma: column(cut.sigma()),
        sigma_source: cut.sigma_source(),
        counting_time_s: if counts { region.counting_time_s() } else { None },
    })
}

/// Measured minus true binding energy, roughly: from the highest point of the reference region, or as stated.
pub(super) fn rough_shift_ev(matched: &[Matched<'_>], reference: &EnergyReference) -> f64 {
    match reference {
        EnergyReference::Line { line, energy_ev, .. } => {
            let region = matched.iter().find(|m| m.recipe.core_level.subshell() == line.subshell());
            region.map_or(0.0, |m| highest_ev(m.region) - energy_ev)
        }
        EnergyReference::Shift { shift_ev, .. } => *shift_ev,
        EnergyReference::None => 0.0,
    }
}

/// Energy of the highest point after a running mean over five.
fn highest_ev(region: &Region) -> f64 {
    let (x, y) = (region.energy_ev(), region.intensity());
    let smooth = |i: usize| {
        let part = &y[i.saturating_sub(2)..(i + 3).min(y.len())];
        part.iter().sum::<f64>() / part.len() as f64
    };
    (0..y.len()).max_by(|a, b| smooth(*a).total_cmp(&smooth(*b))).and_then(|i| x.get(i)).copied().unwrap_or(0.0)
}
