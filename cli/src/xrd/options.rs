//! From arguments to a resolved recipe, and from a path to the scan that is meant.

use std::path::Path;

use doublet_common::container::Content;
use doublet_xrd::formats;
use doublet_xrd::identify::{self, CandidateSet};
use doublet_xrd::profile::InstrumentFile;
use doublet_xrd::recipe::{RadiationChoice, Recipe, ResolvedRecipe};
use doublet_xrd::scan::Scan;
use doublet_xrd::structure::cif;

use crate::args::RecipeArgs;
use crate::failure::Failure;

impl RecipeArgs {
    /// The recipe file, if any, with the arguments laid over it, and every default filled in.
    pub(super) fn resolve(&self) -> Result<ResolvedRecipe, Failure> {
        let mut recipe = match &self.recipe {
            Some(path) => {
                let content = Content::from_path(path)?;
                Recipe::from_toml(content.shown_name(), &content.text().map_err(doublet_xrd::Error::from)?.content)?
            }
            None => Recipe::default(),
        };
        if let Some(path) = &self.instrument {
            let content = Content::from_path(path)?;
            let file = InstrumentFile::from_content(&content)?;
            recipe.instrument = Some(file.instrument);
            recipe.instrument_origin = Some(file.origin(content.file_name()));
        }
        if let Some(anode) = &self.radiation {
            recipe.radiation = Some(RadiationChoice::anode(anode));
        }
        if let Some([low, high]) = self.range.as_deref().and_then(|range| range.first_chunk::<2>()) {
            recipe.two_theta_range_deg = Some([*low, *high]);
        }
        let identification = recipe.identification.get_or_insert_default();
        overlay(&mut identification.elements, &self.elements);
        overlay(&mut identification.phases, &self.phases);
        identification.cif.extend(self.cif.iter().cloned());
        for line in &self.contamination {
            recipe.contamination.get_or_insert_default().set(line)?;
        }
        recipe.claims.get_or_insert_default().extend(self.claim.iter().cloned());
        Ok(recipe.resolve()?)
    }

    /// The scan of `path` that is meant.
    pub(super) fn load(&self, path: &Path) -> Result<Scan, Failure> {
        select(path, formats::read_file(path)?, self.scan)
    }
}

/// Built-in phases and the user's CIF files that the recipe admits.
pub(super) fn candidates(recipe: &ResolvedRecipe) -> Result<CandidateSet, Failure> {
    let own = recipe.identification.cif.iter().map(|file| cif::read_path(Path::new(file)));
    Ok(identify::candidates(&recipe.identification, own.collect::<doublet_xrd::Result<_>>()?)?)
}

/// Scan `number` (from 1) of a file; without a number the only one, or the first with a warning in it.
pub(super) fn select(path: &Path, mut scans: Vec<Scan>, number: Option<usize>) -> Result<Scan, Failure> {
    let count = scans.len();
    let index = number.unwrap_or(1);
    if index == 0 || index > count {
        return Err(Failure::Usage(format!("{}: --scan {index}, but the file holds {count} scan(s)", path.display())));
    }
    let mut scan = scans.swap_remove(index - 1);
    if number.is_none() && count > 1 {
        scan.input.reader_warnings.push(format!("the file holds {count} scans; the first is used, --scan chooses"));
    }
    Ok(scan)
}

/// Arguments replace what the recipe says, where given.
fn overlay(field: &mut Vec<String>, argument: &[String]) {
    if !argument.is_empty() {
        *field = argument.iter().map(|word| word.trim().to_owned()).collect();
    }
}
