//! The report of photoelectron spectra: page, figures, tables, workbook, methods text, summary for a terminal.

mod bundle;
pub mod figures;
mod methods;
mod page;
mod summary;
mod tables;
mod verdict;
mod words;

pub use bundle::{result_json, write_report};
pub use methods::{Methods, methods};
pub use page::html;
pub use summary::summary;
pub use tables::{components_csv, findings_csv, quantification_csv};

/// A simulated sample, analysed without resampling: what the tests of the report look at.
#[cfg(test)]
fn example() -> doublet_xps::analysis::Analysis {
    use std::sync::OnceLock;

    static EXAMPLE: OnceLock<doublet_xps::analysis::Analysis> = OnceLock::new();
    let make = || {
        let description = include_str!("../../../examples/lagp-xps/simulation.toml");
        let simulation = doublet_xps::simulate::Simulation::from_toml("simulation.toml", description).unwrap();
        let set = doublet_xps::simulate::simulate(&simulation, 1).unwrap();
        let recipe = include_str!("../../../examples/lagp-xps/recipe.toml");
        let recipe = format!("{recipe}\n[uncertainty]\nresamplings = 0\nchoices = false\n");
        let recipe = doublet_xps::recipe::Recipe::from_toml("recipe.toml", &recipe).unwrap().resolve().unwrap();
        doublet_xps::analysis::analyze(&set, &recipe).unwrap()
    };
    OnceLock::get_or_init(&EXAMPLE, make).clone()
}
