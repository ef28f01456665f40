//! Fundamental parameters on the certification data of a standard.

use std::path::Path;

use doublet_xrd::formats::read_file;
use doublet_xrd::profile::Spectrum;
use doublet_xrd::profile::fundamental::{FundamentalProfile, Own, from_scan};
use doublet_xrd::refine::{Pawley, PawleyOptions, PositionError, pawley};
use doublet_xrd::structure::built_in;

doublet_tests::real_files! {
    lanthanum_hexaboride_660c_has_its_certified_cell,
}

/// Truth: NIST's own analysis in the file: a = 4.156780 Å at 20.85 °C, displacement −78.8 µm, Rwp 6.06 %.
///
/// Radius, focus, slits, divergence and lengths are those of the file. Refined: the incident Soller opening (the file's 6.776°
/// on both sides leaves Rwp at 9.6 %), width and tails of the focus, transparency, size, passband of the analyser.
fn lanthanum_hexaboride_660c_has_its_certified_cell(data: &Path) {
    let scan = &read_file(&data.join("xrd/nist/nist_srm660c_100a.cif")).unwrap()[0];
    let radiation = scan.radiation.clone().unwrap();
    let (geometry, stated, assumed) = from_scan(scan).unwrap();
    assert!(assumed.iter().any(|text| text.contains("15 mm")), "{assumed:?}");
    let start = Own {
        tube_tail_height: 0.001,
        absorption_length_mm: 0.02,
        inverse_column_length_per_nm: 0.001,
        passband_fwhm: 0.03,
        ..stated
    };
    let refined = [
        "soller_incident_deg",
        "focus_width_mm",
        "tube_tail_height",
        "absorption_length_mm",
        "inverse_column_length_per_nm",
        "passband_offset",
        "passband_fwhm",
    ];
    let spectrum = Spectrum::k_alpha(&radiation).unwrap();
    let profile = FundamentalProfile::new(spectrum, geometry, start).refine(&refined).unwrap();
    let structure = built_in("LaB6").unwrap();
    let input = Pawley { scan, radiation: &radiation, structure: &structure, profile: &profile };
    let options = PawleyOptions {
        cell: None,
        refine_cell: true,
        position_error: PositionError::Displacement,
        chebyshev_degree: 6,
    };
    let fit = pawley(&input, &options).unwrap();
    let weighted = 100.0 * fit.statistics().r_weighted.unwrap();
    let a = fit.cell[0].1.value;
    let displacement_um = 1000.0 * fit.displacement_mm.unwrap().value;
    assert!(weighted < 7.5, "Rwp {weighted:.2} %");
    assert!((a / 4.156780 - 1.0).abs() < 20e-6, "a = {a}");
    // The certificate's −78.8 is missed by 19 µm: transparency, divergence and tails move the lines nearly as it does.
    assert!((displacement_um + 78.8).abs() < 25.0, "displacement {displacement_um:.1} µm");
}
