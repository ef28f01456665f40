//! A calibration as plain text for a terminal.

use doublet_xrd::refine::{Calibration, InstrumentFromOptics};

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

/// Widths of an instrument computed from its optics, and what was assumed.
pub fn optics_summary(computed: &InstrumentFromOptics) -> String {
    let rows: Vec<[String; 3]> = computed
        .widths
        .iter()
        .map(|width| {
            [
                format!("{:.2}", width.two_theta_deg),
                format!("{:.4}", width.computed_fwhm_deg),
                format!("{:.4}", width.instrument_fwhm_deg),
            ]
        })
        .collect();
    let remarks = computed.file.origin.iter().flat_map(|origin| &origin.remarks);
    let remarks: String = remarks.map(|remark| format!("\nnote: {}", printable(remark))).collect();
    columns(["2θ (deg)", "computed FWHM (deg)", "instrument file (deg)"], &rows).trim_end().to_owned() + &remarks + "\n"
}
