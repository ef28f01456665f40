//! The report of a study: series figures, comparisons, claims, tables, page, supplement with every fit.

mod bundle;
pub mod figures;
mod methods;
mod page;
mod summary;
mod supplement;
mod tables;
mod words;

pub use bundle::{result_json, write_report};
pub use summary::summary;
