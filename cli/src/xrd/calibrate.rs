//! `doublet xrd calibrate`: a scan of a standard to the instrument's file and the report of how it was measured.

use std::path::Path;

use doublet_common::output::Overwrite;
use doublet_report::diffraction::calibration;
use doublet_xrd::formats;
use doublet_xrd::recipe::RadiationChoice;
use doublet_xrd::refine::{CalibrateOptions, OpticsOptions, PositionError, calibrate, instrument_from_optics};
use doublet_xrd::scan::Scan;

use super::options::select;
use crate::args::CalibrateArgs;
use crate::failure::{Failure, Outcome};
use crate::output::print;
use crate::reports::say_where;

pub(super) fn run(args: &CalibrateArgs) -> Outcome {
    if !args.force && args.output.symlink_metadata().is_ok() {
        return Err(Failure::Usage(format!("{} exists; --force replaces it", args.output.display())));
    }
    // With JSON a report is written only where one is asked for.
    let beside = (!args.json).then(|| args.output.with_extension("report"));
    let folder = args.report.clone().or(beside);
    folder.as_ref().map_or(Ok(()), |folder| doublet_report::demand_vacant(folder, args.force))?;
    let scan = select(&args.file, formats::read_file(&args.file)?, args.scan)?;
    let Some(standard) = &args.standard else { return from_optics(args, &scan, folder.as_deref()) };
    let calibration = calibrate(&scan, &options(args, standard))?;
    if let Some(folder) = &folder {
        calibration::write_report(&calibration, folder, args.force)?;
    }
    calibration.file().write(&args.output, Overwrite::from(args.force))?;
    if args.json {
        return print(&calibration::result_json(&calibration)?);
    }
    finish(args, &calibration::summary(&calibration), folder.as_deref())
}

/// Prints the summary and where the files are.
fn finish(args: &CalibrateArgs, summary: &str, folder: Option<&Path>) -> Outcome {
    print(summary)?;
    print(&format!("instrument file: {}", args.output.display()))?;
    folder.map_or(Ok(()), say_where)
}

/// The profile from slits and radius in place of a standard.
fn from_optics(args: &CalibrateArgs, scan: &Scan, folder: Option<&Path>) -> Outcome {
    let options = OpticsOptions {
        radiation: args.radiation.as_deref().map(RadiationChoice::anode),
        stated: args.optics.iter().map(|text| number(text)).collect::<Result<_, _>>()?,
    };
    let computed = instrument_from_optics(scan, &options)?;
    if let Some(folder) = folder {
        calibration::write_optics_report(&computed, folder, args.force)?;
    }
    computed.file.write(&args.output, Overwrite::from(args.force))?;
    if args.json {
        return print(&calibration::optics_json(&computed)?);
    }
    finish(args, &calibration::optics_summary(&computed), folder)
}

/// "name=number".
fn number(text: &str) -> Result<(String, f64), Failure> {
    let refuse = || Failure::Usage(format!("--optics {text}, expected a name and a number, as receiving_slit_mm=0.1"));
    let (name, value) = text.split_once('=').ok_or_else(refuse)?;
    let value = value.trim().parse().ok().filter(|value: &f64| value.is_finite()).ok_or_else(refuse)?;
    Ok((name.trim().to_owned(), value))
}

fn options(args: &CalibrateArgs, standard: &str) -> CalibrateOptions {
    CalibrateOptions {
        standard: standard.to_owned(),
        radiation: args.radiation.as_deref().map(RadiationChoice::anode),
        emission: args.emission,
        temperature_c: args.temperature,
        position_error: match (args.zero, args.displacement) {
            (true, true) => PositionError::Both,
            (true, false) => PositionError::Zero,
            (false, _) => PositionError::Displacement,
        },
        fit_ratio: args.ratio,
        separate_heights: args.separate_heights,
        chebyshev_degree: args.degree.into(),
    }
}
