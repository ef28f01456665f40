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
/// Radius, Soller slits, receiving slit and focus length are those of the file, which states no transparency: the specimen is
/// opaque. Refined: the illuminated lengths along the axis, width and tails of the focus, divergence, size, passband of the
/// analyser. The displacement leans on these choices: with 1/μ = 9 µm it is 3 µm lower, with the divergence held at the
/// file's 1.05° (it refines to 0.91°) 5 µm, with both 9 µm.
fn lanthanum_hexaboride_660c_has_its_certified_cell(data: &Path) {
    let scan = &read_file(&data.join("xrd/nist/nist_srm660c_100a.cif")).unwrap()[0];
    let radiation = scan.radiation.clone().unwrap();
    let (geometry, stated, assumed) = from_scan(scan, &[]).unwrap();
    assert!(assumed.iter().any(|text| text.contains("opaque")), "{assumed:?}");
    let start = Own {
        specimen_length_mm: 9.0,
        receiving_length_mm: 8.0,
        focus_width_mm: 0.1,
        tube_tail_height: 0.003,
        inverse_column_length_per_nm: 0.0006,
        passband_fwhm: 0.03,
        ..stated
    };
    let refined = [
        "specimen_length_mm",
        "receiving_length_mm",
        "focus_width_mm",
        "tube_tail_height",
        "tube_tail_low_mm",
        "tube_tail_high_mm",
        "divergence_deg",
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
    assert!((displacement_um + 78.8).abs() < 5.0, "displacement {displacement_um:.1} µm");
}
