//! A calibration as plain text for a terminal.

use doublet_xrd::refine::Calibration;

use super::quantity;
use crate::columns::columns;
use crate::number::bracketed;
use crate::text::printable;

/// Every parameter with σ, the figures of merit, and what was assumed or looks wrong.
pub fn summary(calibration: &Calibration) -> String {
    let record = &calibration.record;
    let mut rows: Vec<[String; 2]> =
        record.parameters.iter().map(|p| [printable(&p.name), bracketed(&quantity(p))]).collect();
    if let Some(displacement) = &calibration.displacement_mm {
        rows.push(["displacement (mm)".into(), bracketed(displacement)]);
    }
    let percent = |value: Option<f64>| value.map_or("–".to_owned(), |value| format!("{value:.2} %"));
    rows.push(["Rwp".into(), percent(record.r_weighted_percent)]);
    rows.push(["Rexp".into(), percent(record.r_expected_percent)]);
    let warnings = record.warnings.iter().map(|warning| format!("\nwarning: {}", printable(warning)));
    columns(["parameter", "value"], &rows).trim_end().to_owned() + &warnings.collect::<String>() + "\n"
}
