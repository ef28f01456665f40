//! Regions with a charge shift of their own: what the recipe says in true energies, said for the shift of the sample.
//!
//! The fit knows one shift. A region that was charged by `d` more than the sample has its energies, window, knots and the offsets
//! of its ties moved by `d` (less what the target of a tie is moved by); its results are corrected with its own shift.

use super::prepare::Matched;
use crate::recipe::{BackgroundKind, RegionRecipe};

/// The recipes of the regions of a sample, moved where they or the targets of their ties have a shift of their own; none where
/// nothing moves.
pub(super) fn moved(matched: &[Matched<'_>], shift_ev: f64) -> Vec<Option<RegionRecipe>> {
    let by: Vec<f64> = matched.iter().map(|m| m.recipe.shift_ev.map_or(0.0, |own| own - shift_ev)).collect();
    let target = |recipe: &crate::recipe::Tie| {
        let index = matched.iter().position(|m| m.recipe.core_level.subshell() == recipe.core_level.subshell());
        index.map_or(0.0, |index| by[index])
    };
    matched
        .iter()
        .zip(&by)
        .map(|(m, d)| {
            let mut recipe = m.recipe.clone();
            recipe.window_ev = recipe.window_ev.map(|window| window.map(|e| e + d));
            if let BackgroundKind::Spline { knots_ev } = &mut recipe.background {
                knots_ev.iter_mut().for_each(|knot| *knot += d);
            }
            for component in &mut recipe.components {
                component.binding_energy_ev = component.binding_energy_ev.map(|e| e + d);
                if let Some(tie) = &mut component.tie {
                    tie.offset_ev += d - target(tie);
                }
            }
            (recipe != *m.recipe).then_some(recipe)
        })
        .collect()
}
