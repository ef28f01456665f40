//! What the folders of both techniques hold: the resolved recipe with a heading that says what it belongs to.

use doublet_common::provenance::{Input, Tool};

use crate::text::printable;

/// `recipe.toml`: program, inputs and their hashes as comments, then the recipe.
pub(crate) fn recipe_toml(tool: &Tool, inputs: &[Input], recipe: &str) -> String {
    let mut text = format!(
        "# Resolved recipe: every default is visible.\n# {} {}\n",
        printable(&tool.name),
        printable(&tool.version)
    );
    for input in inputs {
        text.push_str(&format!("# input {}, SHA-256 {}\n", printable(&input.file_name), printable(&input.sha256)));
    }
    text.push('\n');
    text.push_str(recipe);
    text
}
