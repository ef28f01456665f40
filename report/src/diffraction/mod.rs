//! The report of one diffraction scan: page, figures, tables, methods text, summary for a terminal.

mod bundle;
mod summary;
mod tables;
mod words;

pub use bundle::{result_json, write_report};
pub use summary::summary;
pub use tables::{peaks_csv, phases_csv, sizes_csv};
