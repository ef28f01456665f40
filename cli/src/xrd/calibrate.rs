//! `doublet xrd calibrate`: a scan of a standard to the instrument's file and its figures.

use doublet_common::output::{Overwrite, write_atomically};
use doublet_report::columns::columns;
use doublet_report::diffraction::calibration;
use doublet_report::figure::PNG_DPI;
use doublet_report::number::bracketed;
use doublet_xrd::formats;
use doublet_xrd::recipe::RadiationChoice;
use doublet_xrd::refine::{CalibrateOptions, PositionError, calibrate};

use super::options::select;
use crate::args::CalibrateArgs;
use crate::failure::{Failure, Outcome};
use crate::output::{note, print, print_json};

pub(super) fn run(args: &CalibrateArgs) -> Outcome {
    let overwrite = Overwrite::from(args.force);
    if !args.force && args.output.symlink_metadata().is_ok() {
        return Err(Failure::Usage(format!("{} exists; --force replaces it", args.output.display())));
    }
    let scan = select(&args.file, formats::read_file(&args.file)?, args.scan)?;
    let radiation = args.radiation.as_deref().map(|anode| RadiationChoice::anode(anode).resolve()).transpose()?;
    let options = CalibrateOptions {
        standard: args.standard.clone(),
        temperature_c: args.temperature,
        position_error: match (args.zero, args.displacement) {
            (true, true) => PositionError::Both,
            (true, false) => PositionError::Zero,
            (false, _) => PositionError::Displacement,
        },
        fit_ratio: args.ratio,
        separate_heights: args.separate_heights,
        chebyshev_degree: args.degree.into(),
    };
    let calibration = calibrate(&scan, radiation, &options)?;
    let stem = args.output.with_extension("");
    for figure in calibration::figures(&calibration)? {
        let path = |ending: &str| stem.with_file_name(format!("{}-{}.{ending}", name(&stem), figure.name));
        write_atomically(&path("svg"), figure.drawing.svg().as_bytes(), overwrite)?;
        write_atomically(&path("png"), &figure.drawing.png(PNG_DPI)?, overwrite)?;
    }
    calibration.file.write(&args.output, overwrite)?;
    if args.json {
        return print_json(&calibration);
    }
    let Some(record) = &calibration.file.calibration else { return Ok(()) };
    let mut rows: Vec<[String; 2]> = Vec::new();
    for parameter in &record.parameters {
        let quantity = doublet_common::Quantity { value: parameter.value, sigma: parameter.sigma };
        rows.push([parameter.name.clone(), bracketed(&quantity)]);
    }
    if let Some(displacement) = &calibration.displacement_mm {
        rows.push(["displacement (mm)".into(), bracketed(displacement)]);
    }
    let percent = |value: Option<f64>| value.map_or("–".to_owned(), |value| format!("{value:.2} %"));
    rows.push(["Rwp".into(), percent(record.r_weighted_percent)]);
    rows.push(["Rexp".into(), percent(record.r_expected_percent)]);
    print(&columns(["parameter", "value"], &rows))?;
    record.warnings.iter().for_each(|warning| note(&format!("warning: {warning}")));
    print(&format!("written: {}", args.output.display()))
}

fn name(stem: &std::path::Path) -> String {
    stem.file_name().unwrap_or_default().to_string_lossy().into_owned()
}
