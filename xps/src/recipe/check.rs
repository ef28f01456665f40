//! What a recipe must satisfy before anything is computed with it.

use super::{BackgroundKind, EnergyReference, PathLength, Recipe, RegionRecipe, ResolvedRecipe};
use crate::error::{Error, Result};

/// Largest energy that a recipe may name, in eV.
const MAX_ENERGY_EV: f64 = 20_000.0;
/// Most points that are averaged at one end of a window.
const MAX_END_POINTS: usize = 1000;
/// Most resamplings of one fit.
const MAX_RESAMPLINGS: usize = 100_000;

pub(super) fn check(recipe: &ResolvedRecipe) -> Result<()> {
    demand(recipe.regions.len() <= Recipe::MAX_ENTRIES, "region", recipe.regions.len(), "at most 200 regions")?;
    match &recipe.energy_reference {
        EnergyReference::Line { energy_ev, sigma_ev, .. } => {
            energy("energy_reference.energy_ev", *energy_ev)?;
            sigma("energy_reference.sigma_ev", *sigma_ev)?;
        }
        EnergyReference::Shift { shift_ev, sigma_ev } => {
            let ok = shift_ev.abs() <= 1000.0;
            demand(ok, "energy_reference.shift_ev", shift_ev, "a number from -1000 to 1000")?;
            sigma("energy_reference.sigma_ev", *sigma_ev)?;
        }
        EnergyReference::None => {}
    }
    for region in &recipe.regions {
        check_region(recipe, region)?;
    }
    let q = &recipe.quantification;
    sigma("quantification.factor_relative_sigma", q.factor_relative_sigma)?;
    sigma("quantification.path_length_relative_sigma", q.path_length_relative_sigma)?;
    for (level, factor) in &q.factors {
        let field = format!("quantification.factors.\"{level}\"");
        demand(
            level.parse::<doublet_reference_patterns::photoelectrons::Level>().is_ok(),
            &field,
            level,
            "a core level",
        )?;
        demand(factor.is_finite() && *factor > 0.0, &field, factor, "a positive number")?;
    }
    match &q.path_length {
        PathLength::Tpp2m { density_g_cm3, valence_electrons, molar_mass_g_mol, band_gap_ev } => {
            for (name, value) in [
                ("density_g_cm3", density_g_cm3),
                ("valence_electrons", valence_electrons),
                ("molar_mass_g_mol", molar_mass_g_mol),
            ] {
                let ok = value.is_finite() && *value > 0.0;
                demand(ok, &format!("quantification.path_length.{name}"), value, "a positive number")?;
            }
            let ok = (0.0..=20.0).contains(band_gap_ev);
            demand(ok, "quantification.path_length.band_gap_ev", band_gap_ev, "a number from 0 to 20")?;
        }
        PathLength::Power { exponent } => {
            let ok = (0.0..=2.0).contains(exponent);
            demand(ok, "quantification.path_length.exponent", exponent, "a number from 0 to 2")?;
        }
        PathLength::None => {}
    }
    let u = &recipe.uncertainty;
    demand(u.resamplings <= MAX_RESAMPLINGS, "uncertainty.resamplings", u.resamplings, "at most 100000")?;
    let ok = (0.0..=0.4).contains(&u.window_fraction);
    demand(ok, "uncertainty.window_fraction", u.window_fraction, "a number from 0 to 0.4")
}

fn check_region(recipe: &ResolvedRecipe, region: &RegionRecipe) -> Result<()> {
    let name = &region.core_level;
    let twins = recipe.regions.iter().filter(|other| other.core_level == *name).count();
    demand(twins == 1, "region.core_level", name, "each core level once")?;
    if let Some([low, high]) = region.window_ev {
        let ok = low.is_finite() && high.is_finite() && low < high;
        demand(ok, &format!("{name} window_ev"), format!("[{low}, {high}]"), "two ascending energies")?;
    }
    if let Some(shift) = region.shift_ev {
        demand(shift.abs() <= MAX_ENERGY_EV, &format!("{name} shift_ev"), shift, "a finite energy")?;
        let is_reference =
            matches!(&recipe.energy_reference, EnergyReference::Line { line, .. } if line.subshell() == *name);
        let expected = "no shift of its own: its line is the charge reference";
        demand(!is_reference, &format!("{name} shift_ev"), shift, expected)?;
    }
    match region.pre_subtracted {
        None => {
            let ok = region.background != BackgroundKind::Smart;
            let field = format!("{name} background");
            demand(ok, &field, "smart", "pre_subtracted beside it, or shirley, which is fitted with the peaks")?;
        }
        Some(ends) => {
            let field = format!("{name} pre_subtracted.end_points");
            demand((1..=MAX_END_POINTS).contains(&ends.end_points), &field, ends.end_points, "1 to 1000 points")?;
        }
    }
    let count = region.components.len();
    demand((1..=Recipe::MAX_ENTRIES).contains(&count), &format!("{name} component"), count, "1 to 200 components")?;
    for component in &region.components {
        let field = |what: &str| format!("{name} \"{}\" {what}", component.state);
        let same = |other: &&super::Component| other.state == component.state && other.level == component.level;
        demand(
            region.components.iter().filter(same).count() == 1,
            &field("state"),
            &component.state,
            "each state once",
        )?;
        energy(&field("binding_energy_ev"), component.binding_energy_ev.unwrap_or(f64::NAN))?;
        let ok = component.tolerance_ev > 0.0 && component.tolerance_ev <= 20.0;
        demand(ok, &field("tolerance_ev"), component.tolerance_ev, "a number above 0, at most 20")?;
        if let Some(splitting) = component.splitting_ev {
            demand((0.0..=200.0).contains(&splitting), &field("splitting_ev"), splitting, "a number from 0 to 200")?;
        }
        if let Some(ratio) = component.area_ratio {
            demand(ratio > 0.0 && ratio <= 2.0, &field("area_ratio"), ratio, "a number above 0, at most 2")?;
        }
        let names = component.shape.parameter_names();
        for (parameter, start) in &component.shape_parameters {
            demand(names.contains(&parameter.as_str()), &field("shape_parameters"), parameter, &names.join(", "))?;
            demand(start.value.is_finite(), &field(parameter), start.value, "a finite number")?;
        }
        if let Some(tie) = &component.tie {
            let target =
                recipe.region(&tie.core_level).and_then(|r| r.components.iter().find(|c| c.state == tie.state));
            let ok = target.is_some_and(|t| t.tie.is_none());
            let value = format!("{} \"{}\"", tie.core_level, tie.state);
            demand(ok, &field("tie"), value, "a component of this recipe that is not tied itself")?;
            let ok = tie.offset_ev.abs() <= MAX_ENERGY_EV;
            demand(ok, &field("tie.offset_ev"), tie.offset_ev, "a finite energy")?;
            let ok = tie.area_ratio.is_none_or(|r| r.is_finite() && r > 0.0);
            demand(ok, &field("tie.area_ratio"), tie.area_ratio.unwrap_or(0.0), "a positive number")?;
        }
    }
    Ok(())
}

fn demand(ok: bool, field: &str, value: impl std::fmt::Display, expected: &str) -> Result<()> {
    if ok { Ok(()) } else { Err(Error::Recipe(format!("{field} = {value}, expected {expected}"))) }
}

fn energy(field: &str, value: f64) -> Result<()> {
    demand(value.is_finite() && (0.0..=MAX_ENERGY_EV).contains(&value), field, value, "an energy from 0 to 20000 eV")
}

fn sigma(field: &str, value: f64) -> Result<()> {
    demand((0.0..=100.0).contains(&value), field, value, "a standard uncertainty from 0 to 100")
}

#[cfg(test)]
mod tests {
    use super::super::Recipe;

    const LAGP: &str = r#"
[energy_reference]
mode = "line"
line = "C 1s"
energy_ev = 284.5

[[region]]
core_level = "C 1s"
states = ["C-C, C-H", "C-O"]

[[region]]
core_level = "P 2p"
states = ["phosphate"]

[[region]]
core_level = "B 1s"
background = "linear"
states = ["B2O3"]
[[region.component]]
state = "phosphate"
level = "P 2s"
tie = { core_level = "P 2p", state = "phosphate", offset_ev = 57.4 }
"#;

    #[test]
    fn a_resolved_recipe_reproduces_itself() {
        // Truth: the recipe itself; table: splitting 0.87 eV, ratio 1/2.
        let resolved = Recipe::from_toml("r.toml", LAGP).unwrap().resolve().unwrap();
        let again = Recipe::from_toml("r.toml", &resolved.to_toml().unwrap()).unwrap().resolve().unwrap();
        assert_eq!(resolved, again);
        let phosphate = &resolved.regions[1].components[0];
        assert_eq!((phosphate.splitting_ev, phosphate.area_ratio), (Some(0.87), Some(0.5)));
        let p2s = &resolved.regions[2].components[1];
        assert_eq!((p2s.splitting_ev, p2s.area_ratio), (None, None));
    }

    #[test]
    fn mistakes_are_named() {
        let refused = |text: &str| Recipe::from_toml("r.toml", text).and_then(|r| r.resolve()).unwrap_err().to_string();
        let text = refused("[[region]]\ncore_level = \"Bi 4f\"\nstates = [\"Bi2O5\"]");
        assert!(text.contains("Bi2O5") && text.contains("Bi metal"), "{text}");
        let text = refused("[[region]]\ncore_level = \"Bi 9f\"\nstates = []");
        assert!(text.contains("Bi 9f"), "{text}");
        let text = refused("[[region]]\ncore_level = \"Bi 4f\"\nstate = []");
        assert!(text.contains("state"), "{text}");
        let text = refused(&LAGP.replace("state = \"phosphate\", off", "state = \"phosfate\", off"));
        assert!(text.contains("phosfate"), "{text}");
        let text = refused("[energy_reference]\nmode = \"line\"\nline = \"C 1s\"\nenergy_ev = -1.0");
        assert!(text.contains("-1"), "{text}");
    }
}
