//! The report of one diffraction scan: page, figures, tables, methods text, summary for a terminal.

mod bundle;
pub mod calibration;
pub mod figures;
mod methods;
mod page;
mod size_view;
mod summary;
mod tables;
mod verdict;
mod words;

pub use bundle::{result_json, write_report};
pub use methods::{Methods, methods};
pub use page::html;
pub use summary::{contamination, summary};
pub use tables::{peaks_csv, phases_csv, sizes_csv};
