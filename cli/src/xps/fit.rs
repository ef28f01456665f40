//! `doublet xps fit FILE… --level LEVEL [--state STATE]…`: one core level, described by arguments.

use doublet_reference_patterns::photoelectrons::{Level, states_of};
use doublet_report::photoelectron;
use doublet_xps::analysis::analyze;
use doublet_xps::recipe::{
    AsymmetricMetals, BackgroundKind, EnergyReference, PreSubtraction, Recipe, RegionChoice, Uncertainty, shipped_names,
};

use super::analyze::all_converged;
use super::args::{Background, FitArgs};
use super::read;
use crate::failure::{Failure, Outcome};
use crate::output::print;

/// Fits and prints; fails if the fit did not reach a minimum.
pub(crate) fn run(arguments: &FitArgs) -> Outcome {
    let recipe = recipe(arguments)?.resolve()?;
    let analysis = analyze(&read(&arguments.input)?, &recipe)?;
    if arguments.json {
        print(&photoelectron::result_json(&analysis)?)?;
    } else {
        print(&photoelectron::summary(&analysis))?;
    }
    all_converged(&analysis)
}

fn recipe(arguments: &FitArgs) -> Result<Recipe, Failure> {
    let level: Level = arguments.level.parse().map_err(|error| Failure::NotFound(format!("--level: {error}")))?;
    let level = level.subshell();
    let states = if arguments.states.is_empty() { usual_states(&level)? } else { arguments.states.clone() };
    let window_ev = arguments.range.as_deref().and_then(|range| range.try_into().ok());
    let region = RegionChoice {
        core_level: level,
        window_ev,
        background: match arguments.background {
            Background::Constant => BackgroundKind::Constant,
            Background::Linear => BackgroundKind::Linear,
            Background::Shirley => BackgroundKind::Shirley,
            Background::ShirleyLinear => BackgroundKind::ShirleyLinear,
            Background::Smart => BackgroundKind::Smart,
            Background::Tougaard => BackgroundKind::TougaardU2,
        },
        pre_subtracted: arguments.subtract_first.then(PreSubtraction::default),
        states,
        components: Vec::new(),
        shift_ev: None,
        shared_widths: true,
        asymmetric_metals: AsymmetricMetals::ByData,
    };
    Ok(Recipe {
        energy_reference: arguments.shift.map(|shift_ev| EnergyReference::Shift { shift_ev, sigma_ev: 0.0 }),
        regions: vec![region],
        quantification: None,
        uncertainty: Some(Uncertainty { resamplings: 0, ..Uncertainty::default() }),
    })
}

/// States of the recipe that comes with the program for this level.
fn usual_states(level: &Level) -> Result<Vec<String>, Failure> {
    let regions = shipped_names().filter_map(|name| Recipe::shipped(name).ok()).flat_map(|recipe| recipe.regions);
    let own = regions.filter(|region| region.core_level == *level).find(|region| region.components.is_empty());
    own.map(|region| region.states).ok_or_else(|| {
        let known: Vec<&str> = states_of(level).map(|s| s.name).collect();
        let known = if known.is_empty() { "none in the table".into() } else { known.join("; ") };
        Failure::NotFound(format!("give the states of {level} with --state; known: {known}"))
    })
}
