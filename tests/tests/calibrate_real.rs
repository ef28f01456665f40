//! The measured instrument profile on the certification data of a standard.

use std::path::Path;

use doublet_xrd::formats::read_file;
use doublet_xrd::peaks::{FittedPeak, PeakOptions, fit};
use doublet_xrd::profile::{InstrumentProfile, MeasuredProfile};
use doublet_xrd::recipe::InstrumentChoice;
use doublet_xrd::refine::{CalibrateOptions, Calibration, Pawley, PawleyOptions, PositionError, calibrate, pawley};
use doublet_xrd::scan::Scan;
use doublet_xrd::structure::built_in;

doublet_tests::real_files! {
    lanthanum_hexaboride_660c_has_its_certified_cell,
    lanthanum_hexaboride_660c_gives_the_instrument,
    peaks_behind_the_instrument_stand_where_the_certificate_has_them,
}

/// h² + k² + l² of the reflections of the scan.
const REFLECTIONS: [u8; 24] = [1, 2, 3, 4, 5, 6, 8, 9, 10, 11, 12, 13, 14, 16, 17, 18, 19, 20, 21, 22, 24, 25, 26, 27];

/// Displacement of NIST's own analysis in the file, µm.
const DISPLACEMENT_UM: f64 = -78.8;

fn scan(data: &Path) -> Scan {
    read_file(&data.join("xrd/nist/nist_srm660c_100a.cif")).unwrap().swap_remove(0)
}

/// Truth: NIST's own analysis in the file: a = 4.156780 Å at 20.85 °C, displacement −78.8 µm; rietx 0.1 with a
/// Thompson–Cox–Hastings profile: Rwp 8.7 %.
fn lanthanum_hexaboride_660c_has_its_certified_cell(data: &Path) {
    let scan = scan(data);
    let radiation = scan.radiation.clone().unwrap();
    let start = InstrumentProfile::from(InstrumentChoice {
        u_deg2: 0.001,
        w_deg2: 0.003,
        x_deg: 0.02,
        y_deg: 0.02,
        s_over_l: 0.02,
        h_over_l: 0.02,
        ..InstrumentChoice::default()
    });
    let profile = MeasuredProfile {
        radiation: radiation.clone(),
        spectrum: None,
        start,
        fixed: [false; 7],
        equal_heights: true,
        fit_ratio: false,
    };
    let structure = built_in("LaB6").unwrap();
    let input = Pawley { scan: &scan, radiation: &radiation, structure: &structure, profile: &profile };
    let options = PawleyOptions {
        cell: None,
        refine_cell: true,
        position_error: PositionError::Displacement,
        chebyshev_degree: 5,
    };
    let found = pawley(&input, &options).unwrap();
    // Few steps, as of a smooth cost; a window that followed the widths took over a hundred.
    assert!(found.fit.converged() && found.fit.termination.evaluations < 15, "{}", found.fit.termination);
    let (a, displacement_um) = (found.cell[0].1.value, 1000.0 * found.displacement_mm.unwrap().value);
    let weighted = 100.0 * found.statistics().r_weighted.unwrap();
    // 19 ± 2 ppm above.
    assert!((a / 4.156780 - 1.0).abs() < 20e-6, "a = {a}");
    assert!((displacement_um - DISPLACEMENT_UM).abs() < 5.0, "displacement {displacement_um:.1} µm");
    assert!(weighted < 8.7, "Rwp {weighted:.2} %");
}

fn calibrated(scan: &Scan) -> Calibration {
    let options = CalibrateOptions { temperature_c: Some(20.85), ..CalibrateOptions::new("lab6-660c") };
    calibrate(scan, &options).unwrap()
}

/// Truth: NIST's own displacement in the file, −78.8 µm; rietx 0.1 with a Thompson–Cox–Hastings profile: Rwp 8.7 %.
fn lanthanum_hexaboride_660c_gives_the_instrument(data: &Path) {
    let calibration = calibrated(&scan(data));
    let record = &calibration.record;
    let displacement_um = 1000.0 * calibration.displacement_mm.unwrap().value;
    // The cell is held 19 ppm below the one that fits best, and the displacement makes up for it.
    assert!((displacement_um - DISPLACEMENT_UM).abs() < 8.0, "displacement {displacement_um:.1} µm");
    assert!(record.r_weighted_percent.unwrap() < 8.7, "{record:?}");
    assert!(record.warnings.iter().all(|text| !text.contains("missing")), "{:?}", record.warnings);
    assert_eq!(calibration.widths.len(), calibration.reflections.len());
}

/// Truth: NIST's own cell in the file, 4.156780 Å; what moves all lines as a displacement does, ∝ cosθ, is taken off.
fn peaks_behind_the_instrument_stand_where_the_certificate_has_them(data: &Path) {
    let scan = scan(data);
    let radiation = scan.radiation.clone().unwrap();
    let instrument = InstrumentProfile::from(calibrated(&scan).instrument);
    let rms = |instrument: Option<&InstrumentProfile>| {
        let fitted = fit(&scan, &radiation, instrument, &PeakOptions::default()).unwrap();
        let half = |degrees: f64| (0.5 * degrees).to_radians();
        // (cosθ, observed − calculated) of every reflection.
        let misses: Vec<(f64, f64)> = REFLECTIONS
            .iter()
            .map(|squares| {
                let sine = 0.5 * radiation.reference_wavelength_angstrom() * f64::from(*squares).sqrt() / 4.156780;
                let expected = 2.0 * sine.asin().to_degrees();
                let distance = |peak: &&FittedPeak| (peak.two_theta_deg.value - expected).abs();
                let peak = fitted.peaks.iter().min_by(|a, b| distance(a).total_cmp(&distance(b))).unwrap();
                (half(expected).cos(), peak.two_theta_deg.value - expected)
            })
            .collect();
        let displacement =
            misses.iter().map(|(c, miss)| c * miss).sum::<f64>() / misses.iter().map(|(c, _)| c * c).sum::<f64>();
        let square = |(c, miss): &(f64, f64)| (miss - displacement * c).powi(2);
        (misses.iter().map(square).sum::<f64>() / misses.len() as f64).sqrt()
    };
    let (without, with) = (rms(None), rms(Some(&instrument)));
    // Measured: half of the misses go.
    assert!(with < 0.6 * without, "rms {with:.4}° behind the instrument, {without:.4}° by itself");
}
