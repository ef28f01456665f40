//! Recipes that come with the program, by name: one for each usual core level, and the set of a LAGP study.

use super::{EnergyReference, Recipe};
use crate::error::{Error, Result};
use crate::region::{DataSet, ScanType};
use doublet_reference_patterns::photoelectrons::Level;

/// Name, core level that it is for (none: a set), and TOML text.
const SHIPPED: [(&str, Option<&str>, &str); 10] = [
    ("c1s", Some("C 1s"), include_str!("../../recipes/c1s.toml")),
    ("o1s", Some("O 1s"), include_str!("../../recipes/o1s.toml")),
    ("p2p", Some("P 2p"), include_str!("../../recipes/p2p.toml")),
    ("ge3d", Some("Ge 3d"), include_str!("../../recipes/ge3d.toml")),
    ("bi4f", Some("Bi 4f"), include_str!("../../recipes/bi4f.toml")),
    ("b1s", Some("B 1s"), include_str!("../../recipes/b1s.toml")),
    ("b1s-without-phosphorus", None, include_str!("../../recipes/b1s-without-phosphorus.toml")),
    ("al2p", Some("Al 2p"), include_str!("../../recipes/al2p.toml")),
    ("li1s", Some("Li 1s"), include_str!("../../recipes/li1s.toml")),
    ("lagp", None, include_str!("../../recipes/lagp.toml")),
];

/// Names of the recipes that come with the program.
pub fn shipped_names() -> impl Iterator<Item = &'static str> {
    SHIPPED.iter().map(|(name, ..)| *name)
}

/// Text of the recipe of this name; none if there is none.
pub fn shipped_text(name: &str) -> Option<&'static str> {
    SHIPPED.iter().find(|(own, ..)| *own == name).map(|(.., text)| *text)
}

impl Recipe {
    /// The recipe of this name.
    ///
    /// # Errors
    /// [`Error::Recipe`] for a name that is not there, with those that are.
    pub fn shipped(name: &str) -> Result<Self> {
        let text = shipped_text(name).ok_or_else(|| {
            let names: Vec<&str> = shipped_names().collect();
            Error::Recipe(format!("no recipe is named \"{name}\"; there are: {}", names.join(", ")))
        })?;
        Self::from_toml(name, text)
    }

    /// A recipe for what was measured, of shipped recipes: the reference is C 1s (C-C, C-H) = 284.8 eV where C 1s was measured, else
    /// none. It takes usual states for the expected ones, which only the user can know.
    ///
    /// # Errors
    /// [`Error::Recipe`] if no measured region has a shipped recipe.
    pub fn suggested(set: &DataSet) -> Result<Self> {
        let measured: Vec<Level> = set
            .regions
            .iter()
            .filter(|r| r.scan_type == ScanType::Narrow)
            .filter_map(|r| Some(r.core_level.as_ref()?.parse::<Level>().ok()?.subshell()))
            .collect();
        let has = |name: &str| measured.iter().any(|level| level.to_string() == name);
        let mut recipe = Self::default();
        for (name, level, _) in SHIPPED {
            if !level.is_some_and(has) {
                continue;
            }
            let name = if name == "b1s" && !has("P 2p") { "b1s-without-phosphorus" } else { name };
            let own = Self::shipped(name)?;
            recipe.energy_reference = recipe.energy_reference.or(own.energy_reference);
            for region in own.regions {
                if recipe.regions.iter().all(|r| r.core_level != region.core_level) {
                    recipe.regions.push(region);
                }
            }
        }
        if recipe.regions.is_empty() {
            let names: Vec<&str> = shipped_names().collect();
            return Err(Error::Recipe(format!(
                "no measured region has a recipe of its own; write one, or take one of: {}",
                names.join(", ")
            )));
        }
        recipe.energy_reference.get_or_insert(EnergyReference::None);
        Ok(recipe)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulate::{Simulation, simulate};

    #[test]
    fn every_shipped_recipe_resolves() {
        // Truth: the tables that name its states.
        for name in shipped_names() {
            let resolved = Recipe::shipped(name).unwrap().resolve();
            assert!(resolved.is_ok(), "{name}: {}", resolved.unwrap_err());
        }
        assert!(Recipe::shipped("x").unwrap_err().to_string().contains("lagp"));
        // The example and the recipe of its name are one.
        assert_eq!(shipped_text("lagp"), Some(include_str!("../../../examples/lagp-xps/recipe.toml")));
    }

    #[test]
    fn what_was_measured_decides() {
        // Truth: the regions of the simulated set; P 2s must be tied where phosphorus was measured.
        let text = include_str!("../../../examples/lagp-xps/simulation.toml");
        let mut set = simulate(&Simulation::from_toml("s", text).unwrap(), 1).unwrap();
        let all = Recipe::suggested(&set).unwrap();
        assert_eq!(all.regions.len(), 8);
        assert!(matches!(all.energy_reference, Some(EnergyReference::Line { energy_ev: 284.8, .. })));
        let tied = |r: &Recipe| r.regions.iter().flat_map(|r| &r.components).any(|c| c.tie.is_some());
        assert!(tied(&all));
        set.regions.retain(|r| r.core_level.as_deref() == Some("B 1s"));
        let boron = Recipe::suggested(&set).unwrap();
        assert!(!tied(&boron) && boron.energy_reference == Some(EnergyReference::None));
        set.regions.clear();
        assert!(Recipe::suggested(&set).is_err());
    }
}
