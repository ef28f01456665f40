//! Which recipe a command follows: a file, one that comes with the program, or what was measured decides.

use std::path::Path;

use doublet_xps::recipe::{Recipe, ResolvedRecipe, shipped_text};
use doublet_xps::region::DataSet;

use super::read_text;
use crate::failure::Failure;
use crate::output::note;

/// The recipe of this file or name; without one, what was measured decides, and that is said.
pub(super) fn recipe(given: Option<&Path>, set: &DataSet) -> Result<ResolvedRecipe, Failure> {
    let Some(path) = given else {
        let suggested = Recipe::suggested(set)?;
        note("note: no recipe given; usual states and backgrounds were taken for what was measured");
        return Ok(suggested.resolve()?);
    };
    let name = path.display().to_string();
    let recipe = match shipped_text(&name).filter(|_| !path.is_file()) {
        Some(text) => Recipe::from_toml(&name, text)?,
        None => Recipe::from_toml(&name, &read_text(path)?)?,
    };
    Ok(recipe.resolve()?)
}
