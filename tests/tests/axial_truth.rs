//! Calibrations on scans that an independent program made (numpy and scipy, `tests/fixtures/axial/make.py`).

use doublet_common::{Measurement, SigmaSource};
use doublet_xrd::radiation::{Anode, Radiation};
use doublet_xrd::refine::{CalibrateOptions, Calibration, calibrate};
use doublet_xrd::scan::{IntensityUnit, Scan};

/// U, V, W, X, Y of the script.
const WIDTHS: [f64; 5] = [0.002, -0.001, 0.002, 0.02, 0.015];

/// Scans of the script with S/L and H/L.
fn scans() -> Vec<([f64; 2], Scan)> {
    let scan = |(words, counts): (Vec<String>, Vec<String>)| {
        let heights = [&words[0], &words[1]].map(|word| word.parse().unwrap());
        let x = (0..counts.len()).map(|i| 18.0 + 0.02 * i as f64).collect();
        let counts = counts.iter().map(|n| n.parse().unwrap()).collect();
        let data = Measurement::from_counts(x, counts, SigmaSource::Counts).unwrap();
        let radiation = Radiation::k_alpha(Anode::Cu);
        let scan = Scan::of_data("scans.txt.gz", data, IntensityUnit::Counts, Some(radiation));
        (heights, scan)
    };
    doublet_tests::packed_scans("axial").unwrap().into_iter().map(scan).collect()
}

fn calibrated(scan: &Scan, separate_heights: bool) -> Calibration {
    let options = CalibrateOptions {
        temperature_c: Some(22.5),
        separate_heights,
        chebyshev_degree: 2,
        ..CalibrateOptions::new("lab6-660c")
    };
    calibrate(scan, &options).unwrap()
}

#[test]
fn widths_and_axial_heights_are_those_of_the_independent_script() {
    // Truth: U to Y, S/L and H/L of the script, which sums the divergence in another way; no displacement. S and H stand for
    // each other, so that the fit may give them in either order.
    for (mut heights, scan) in scans() {
        heights.sort_by(f64::total_cmp);
        let calibration = calibrated(&scan, heights[0] != heights[1]);
        let at = |name: &str| calibration.record.parameters.iter().find(|p| p.name == name).unwrap();
        let mut found = [at("s_over_l"), at("h_over_l")];
        found.sort_by(|a, b| a.value.total_cmp(&b.value));
        let widths = ["u_deg2", "v_deg2", "w_deg2", "x_deg", "y_deg"].map(at).into_iter().zip(WIDTHS);
        let displacement = [(at("displacement_deg"), 0.0)];
        for (parameter, truth) in widths.chain(found.into_iter().zip(heights)).chain(displacement) {
            let deviation = (parameter.value - truth) / parameter.sigma.unwrap();
            assert!(deviation.abs() < 2.5, "S/L, H/L {heights:?}: {parameter:?} for {truth}");
        }
        let chi_squared = calibration.statistics.reduced_chi_squared.unwrap();
        // χ² of 6601 points is known to 1.7 % of itself.
        assert!((chi_squared - 1.0).abs() < 0.06, "S/L, H/L {heights:?}: reduced χ² {chi_squared}");
    }
}
