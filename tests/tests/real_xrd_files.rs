//! Diffraction files as instruments wrote them, against what their headers and independent readers say of them.
//!
//! Sums, maxima and ends come from xrayutilities 1.8 (XRDML; confirmed by geddes 1.0) and from NumPy (columns).

use std::io::Write;
use std::path::{Path, PathBuf};

use doublet_common::SigmaSource;
use doublet_xrd::formats::{info, read_bytes, read_file, write};
use doublet_xrd::radiation::Anode;
use doublet_xrd::scan::{IntensityUnit, Scan};

doublet_tests::real_files! {
    xrdml_points_agree_with_independent_readers,
    columns_agree_with_numpy,
    the_attenuated_scan_keeps_its_counting_statistics,
    the_empyrean_header_is_read,
    the_powder_scan_says_what_another_reader_extracted,
    aeris_files_state_their_tube_and_optics,
    scans_that_are_not_bragg_brentano_are_marked,
    marks_of_scaling_are_seen,
    bruker_raw_agrees_with_its_text_and_with_another_reader,
    bruker_and_rigaku_archives_agree_with_another_reader,
    gsas_banks_agree_with_their_headers_and_the_text,
    powder_cifs_agree_with_their_loops,
    blocks_of_intensities_agree_with_their_headers,
    every_scan_survives_being_written,
    packed_counts_of_the_round_robin_are_unpacked,
    packed_files_give_the_same_scan,
    every_file_is_read_or_refused_by_name,
}

/// Points, first and last 2θ, sum and maximum of the intensities, 2θ of the maximum.
type Figures = (&'static str, usize, f64, f64, f64, f64, f64);

fn agrees(data: &Path, figures: Figures) -> Scan {
    let (file, points, first, last, sum, maximum, at) = figures;
    let scans = read_file(&data.join("xrd").join(file)).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(scans.len(), 1, "{file}");
    let scan = scans.into_iter().next().unwrap();
    let (x, y) = (scan.two_theta_deg(), scan.intensity());
    assert_eq!(x.len(), points, "{file}");
    assert!((x[0] - first).abs() < 1e-8 && (x[points - 1] - last).abs() < 1e-8, "{file}");
    assert!((y.iter().sum::<f64>() - sum).abs() <= 1e-12 * sum, "{file}");
    let best = (0..points).rev().max_by(|a, b| y[*a].total_cmp(&y[*b])).unwrap();
    assert_eq!(y[best], maximum, "{file}");
    assert!((x[best] - at).abs() < 1e-6, "{file}: {} {at}", x[best]);
    scan
}

/// Truth: xrayutilities 1.8.0, counts per second times its counting time; geddes gives the same to 1e-11.
fn xrdml_points_agree_with_independent_readers(data: &Path) {
    let truth: [(Figures, f64); 12] = [
        (
            ("dara/NiO_0p6007-Bi2O3_0p4008--2min.xrdml", 2071, 10.02173288, 99.99585608, 5315053.0, 12545.0, 43.620765),
            10.965,
        ),
        (
            (
                "dara/NiO_0p6007-Bi2O3_0p4008--8min.xrdml",
                8282,
                10.00943322,
                99.99442286,
                24155615.0,
                12775.0,
                43.619332,
            ),
            12.495,
        ),
        (
            ("dara/TiO2_0p4009-ZnO_0p6010--2min.xrdml", 2071, 10.02173288, 99.99585608, 1410422.0, 11932.0, 36.361983),
            10.965,
        ),
        (
            ("dara/TiO2_0p4009-ZnO_0p6010--8min.xrdml", 8282, 10.00943322, 99.99442286, 6586557.0, 14028.0, 36.349684),
            12.495,
        ),
        (
            ("dara/V2O5_0p8011-ZrO2_0p2012--2min.xrdml", 2071, 10.02173288, 99.99585608, 1936982.0, 6947.0, 20.453515),
            10.965,
        ),
        (
            ("dara/V2O5_0p8011-ZrO2_0p2012--8min.xrdml", 8282, 10.00943322, 99.99442286, 9218324.0, 8935.0, 20.452082),
            12.495,
        ),
        (
            ("dara/ZnO_0p4006-In2O3_0p6008--2min.xrdml", 2071, 10.02173288, 99.99585608, 1693635.0, 25392.0, 30.754900),
            10.965,
        ),
        (
            ("dara/ZnO_0p4006-In2O3_0p6008--8min.xrdml", 8282, 10.00943322, 99.99442286, 7817013.0, 29221.0, 30.742601),
            12.495,
        ),
        (("panalytical/XRD-918-16_10.xrdml", 5027, 4.00656514, 69.99936587, 3643728.0, 100168.0, 26.616912), 39.27),
        (("panalytical/sample.xrdml", 5027, 4.00656514, 69.99936587, 3643728.0, 100168.0, 26.616912), 39.27),
        (("panalytical/empyrean.xrdml", 196, 30.05, 41.75, 1814.0, 22.0, 39.17), 0.44),
        (("panalytical/m54313_om2th_10.xrdml", 1800, 26.025, 79.995, 416528.0, 352876.0, 66.105), 0.5),
    ];
    for (figures, counting_time_s) in truth {
        let scan = agrees(data, figures);
        assert_eq!(scan.counting_time_s, Some(counting_time_s), "{}", figures.0);
        assert_eq!(scan.data.sigma_source(), SigmaSource::Counts, "{}", figures.0);
        assert_eq!(scan.input.format, "xrdml");
    }
}

/// Truth: numpy.loadtxt.
fn columns_agree_with_numpy(data: &Path) {
    let truth: [Figures; 9] = [
        ("cpd/corundum.prn", 7251, 5.0, 150.0, 902301.0, 6872.0, 43.3),
        ("cpd/cpd-1a.prn", 7251, 5.0, 150.0, 501025.0, 10261.0, 28.28),
        ("cpd/cpd-1c.prn", 7251, 5.0, 150.0, 1527455.0, 24180.0, 36.26),
        ("cpd/cpd-1e.prn", 7251, 5.0, 150.0, 785928.0, 5491.0, 28.28),
        ("cpd/cpd-1g.prn", 7251, 5.0, 150.0, 867965.0, 7259.0, 36.26),
        ("cpd/cpd-4.prn", 7251, 5.0, 150.0, 645619.0, 3540.0, 26.96),
        ("cpd/fluorite.prn", 7251, 5.0, 150.0, 464089.0, 10241.0, 28.28),
        ("cpd/zincite.prn", 7251, 5.0, 150.0, 1567326.0, 25185.0, 36.26),
        ("other/quartz.xy", 1693, 4.00973, 69.85199, 109012.0, 10000.0, 26.58311),
    ];
    for figures in truth {
        let scan = agrees(data, figures);
        assert!(scan.radiation.is_none(), "{}: a text without wavelength has none", figures.0);
        if figures.0.starts_with("cpd") {
            assert_eq!((scan.unit, scan.data.sigma_source()), (IntensityUnit::Counts, SigmaSource::Counts));
            assert!(scan.input.reader_warnings.is_empty(), "{:?}", scan.input.reader_warnings);
        }
    }
    let scan = agrees(data, ("other/with_sigma.txt", 3, 20.0, 20.04, 119.0, 49.0, 20.0));
    assert_eq!((scan.sigma(), scan.data.sigma_source()), (&[0.5, 0.1, 0.3][..], SigmaSource::File));
}

/// Truth: the file's lists. At 66.105° 1877 counts behind an attenuator of 188 in 0.5 s, as
/// intensity = counts × factor ÷ time = 705752 per second.
fn the_attenuated_scan_keeps_its_counting_statistics(data: &Path) {
    let scan = &read_file(&data.join("xrd/panalytical/m54313_om2th_10.xrdml")).unwrap()[0];
    assert_eq!(scan.unit, IntensityUnit::AttenuationCorrectedCounts);
    let at = |angle: f64| scan.two_theta_deg().iter().position(|x| (x - angle).abs() < 1e-6).unwrap();
    let peak = at(66.105);
    assert_eq!(scan.intensity()[peak] / scan.counting_time_s.unwrap(), 705752.0);
    assert!((scan.sigma()[peak] - 188.0 * 1877f64.sqrt()).abs() < 1e-9);
    // The neighbours were counted without the attenuator.
    assert_eq!(scan.intensity()[at(66.075)], 14602.0);
    assert!((scan.sigma()[at(66.135)] - 13749f64.sqrt()).abs() < 1e-12);
    assert_eq!(scan.sigma()[0], 1.0);
}

/// Truth: header of the file.
fn the_empyrean_header_is_read(data: &Path) {
    let scan = &read_file(&data.join("xrd/panalytical/empyrean.xrdml")).unwrap()[0];
    let radiation = scan.radiation.as_ref().unwrap();
    assert_eq!(radiation.anode, Some(Anode::Cu));
    let lines: Vec<_> = radiation.lines.iter().map(|l| (l.wavelength_angstrom, l.relative_intensity)).collect();
    assert_eq!(lines, [(1.540598, 1.0), (1.544426, 0.5)]);
    assert_eq!(scan.goniometer_radius_mm, Some(240.0));
    assert_eq!((scan.optics.receiving_slit_mm, scan.optics.take_off_deg), (Some(0.1), Some(4.4)));
    let stated = |name: &str| scan.metadata.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
    assert_eq!(stated("schema version"), Some("1.5"));
    assert_eq!(stated("started"), Some("2016-11-03T11:08:45+01:00"));
    assert_eq!(stated("detector (diffracted)"), Some("PIXcel-3D detector"));
    assert_eq!(stated("Z (mm)"), Some("9.391"));
    assert!(scan.title.is_none());
}

/// Truth: `panalytical_powder.xrdml.json`, what another reader extracted.
fn the_powder_scan_says_what_another_reader_extracted(data: &Path) {
    let scan = &read_file(&data.join("xrd/panalytical/XRD-918-16_10.xrdml")).unwrap()[0];
    let json = std::fs::read_to_string(data.join("xrd/panalytical/panalytical_powder.xrdml.json")).unwrap();
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["2Theta"], format!("({},)", scan.data.len()));
    assert_eq!(json["intensity"], format!("({},)", scan.data.len()));
    let source = &json["metadata"]["source"];
    let number = |name: &str| source[name].as_str().unwrap().parse::<f64>().unwrap();
    let radiation = scan.radiation.as_ref().unwrap();
    assert_eq!(radiation.lines[0].wavelength_angstrom, number("kAlpha1"));
    assert_eq!(radiation.lines[1].wavelength_angstrom, number("kAlpha2"));
    assert_eq!(radiation.lines[1].relative_intensity, number("ratioKAlpha2KAlpha1"));
    assert_eq!(format!("{:?}", radiation.anode.unwrap()), source["anode_material"].as_str().unwrap());
    let stated = |name: &str| scan.metadata.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
    assert_eq!(stated("scan axis"), json["metadata"]["scan_axis"].as_str());
    assert_eq!(stated("scan mode"), json["metadata"]["scan_mode"].as_str());
    assert_eq!(stated("measurement type"), json["metadata"]["measurement_type"].as_str());
    assert_eq!(stated("sample mode"), json["metadata"]["sample_mode"].as_str());
    assert_eq!(stated("current (mA)"), source["current"].as_str());
    assert_eq!(stated("tension (kV)"), source["voltage"].as_str());
}

/// Truth: headers of the eight Aeris files (schema 2.3 behind a byte-order mark).
fn aeris_files_state_their_tube_and_optics(data: &Path) {
    let files = files_below(&data.join("xrd/dara"));
    assert_eq!(files.len(), 8);
    for file in files {
        let scan = &read_file(&file).unwrap()[0];
        assert_eq!(scan.radiation.as_ref().unwrap().anode, Some(Anode::Cu));
        assert_eq!(scan.goniometer_radius_mm, Some(145.0));
        assert_eq!(scan.optics.detector_length_deg, Some(5.542));
        assert_eq!((scan.optics.soller_incident_rad, scan.optics.soller_diffracted_rad), (Some(0.04), Some(0.04)));
        assert!(scan.metadata.contains(&("schema version".into(), "2.3".into())));
        assert!(scan.title.is_some());
        assert!(scan.input.reader_warnings.is_empty(), "{:?}", scan.input.reader_warnings);
    }
}

/// Truth: `scanAxis` and the ω positions in the headers.
fn scans_that_are_not_bragg_brentano_are_marked(data: &Path) {
    let warnings =
        |file: &str| read_file(&data.join("xrd/panalytical").join(file)).unwrap()[0].input.reader_warnings.clone();
    assert!(warnings("empyrean.xrdml").iter().any(|w| w.contains("ω stands at 4°")));
    let epitaxy = warnings("m54313_om2th_10.xrdml");
    assert!(epitaxy.iter().any(|w| w.contains("-0.1565° off θ")), "{epitaxy:?}");
    assert!(epitaxy.iter().any(|w| w.contains("Kα1 alone")), "{epitaxy:?}");
    assert!(warnings("XRD-918-16_10.xrdml").is_empty());
}

/// Truth: the largest value of the quartz file is 10000 to the last digit; the second column of the table of gases does
/// not hold angles.
fn marks_of_scaling_are_seen(data: &Path) {
    let scan = &read_file(&data.join("xrd/other/quartz.xy")).unwrap()[0];
    assert_eq!(scan.data.sigma_source(), SigmaSource::AssumedCounts);
    assert!(scan.input.reader_warnings[0].contains("exactly 10000"));
    let gases = read_file(&data.join("xrd/other/with_commas.txt")).unwrap_err().to_string();
    assert!(gases.contains("with_commas.txt, line 14: found 5 columns, expected 4"), "{gases}");
}

/// Truth: the same scan in UXD, point by point; geddes 1.0.1 for the others.
fn bruker_raw_agrees_with_its_text_and_with_another_reader(data: &Path) {
    let raw = agrees(data, ("bruker/BT86.raw", 2374, 3.0, 40.0002906, 918372.0, 5774.0, 9.0653658));
    let text = &read_file(&data.join("xrd/bruker/BT86_.UXD")).unwrap()[0];
    assert_eq!(raw.intensity(), text.intensity());
    for (a, b) in raw.two_theta_deg().iter().zip(text.two_theta_deg()) {
        assert!((a - b).abs() < 5e-4, "{a} {b}: the step of the text has six decimals");
    }
    assert_eq!((raw.counting_time_s, raw.goniometer_radius_mm), (Some(0.5), Some(200.5)));
    let lines = &raw.radiation.as_ref().unwrap().lines;
    assert_eq!([lines[0].wavelength_angstrom, lines[1].wavelength_angstrom], [1.5406, 1.54439]);

    agrees(data, ("bruker/Cu3Au-1.raw", 3901, 22.0, 100.0, 59299.0, 138.0, 41.5));
    let modern = agrees(
        data,
        ("bruker/bruker4_v5converter.raw", 4059, 37.0001, 120.00464352884002, 32881728.0, 94855.0, 43.01373622412),
    );
    assert_eq!((modern.counting_time_s, modern.unit), (Some(0.288), IntensityUnit::Counts));

    // Truth: the headers of its three ranges.
    let ranges = read_file(&data.join("xrd/bruker/format1.raw")).unwrap();
    let ends: Vec<(usize, f64, f64)> =
        ranges.iter().map(|scan| (scan.data.len(), scan.two_theta_deg()[0], scan.intensity()[0])).collect();
    assert_eq!(ends, [(101, 10.0, 10.0), (26, 30.0, 6.0), (51, 40.0, 4.0)]);
}

/// Truth: geddes 1.0.1.
fn bruker_and_rigaku_archives_agree_with_another_reader(data: &Path) {
    let ras = agrees(data, ("rigaku/rigaku_nims.ras", 3501, 25.0, 60.0, 120695.0, 4551.0, 28.4));
    assert_eq!((ras.unit, ras.data.sigma_source()), (IntensityUnit::Counts, SigmaSource::Counts));
    assert_eq!(ras.radiation.as_ref().unwrap().lines[0].wavelength_angstrom, 1.540593);
    // 0.01° at 8°/min.
    assert!((ras.counting_time_s.unwrap() - 0.075).abs() < 1e-12);

    // The file calls its intensities counts, and they are none by any factor that it states.
    let rasx =
        agrees(data, ("rigaku/rigaku_powder.rasx", 2726, 10.0, 119.0, 149926.8533592224, 1698.50854492188, 32.68));
    assert_eq!((rasx.unit, rasx.data.sigma_source()), (IntensityUnit::Arbitrary, SigmaSource::AssumedCounts));
    assert_eq!(rasx.radiation.as_ref().unwrap().lines.len(), 1, "behind a Ge(220) monochromator: Ka1");

    let scan = agrees(data, ("bruker/bruker_absorber.brml", 2001, 44.0, 48.0, 13287743.1, 495559.8, 45.82));
    assert_eq!(scan.unit, IntensityUnit::AttenuationCorrectedCounts);
    assert_eq!(scan.data.sigma_source(), SigmaSource::Counts, "divided by the factors they are whole");
    let strongest = scan.intensity().iter().position(|y| *y == 495559.8).unwrap();
    // 59706 counts behind an absorber of 8.3.
    assert!((scan.sigma()[strongest] - 8.3 * 59706f64.sqrt()).abs() < 1e-6);
}

/// Truth: the headers of the banks, and sums of the fields by NumPy.
fn gsas_banks_agree_with_their_headers_and_the_text(data: &Path) {
    agrees(data, ("gsas/FAP.XRA", 5753, 15.0, 130.04, 1827364.0, 19693.0, 31.86));
    agrees(data, ("gsas/gsas.raw", 4941, 16.0, 99.98, 6172227.0, 7959.0, 43.047));
}

/// Truth: the loops of the files, summed by a script of its own; the header of the NIST file.
fn powder_cifs_agree_with_their_loops(data: &Path) {
    let figures = ("other/1517474.cif", 3296, 1.5, 166.25, 1481903.0, 8440.0, 9.1);
    let scan = agrees(data, figures);
    assert_eq!((scan.sigma()[0], scan.data.sigma_source()), (160.0, SigmaSource::File));
    let scans = read_file(&data.join("xrd/nist/nist_srm660c_100a.cif")).unwrap();
    assert_eq!(scans.len(), 2);
    let lab6 = &scans[0];
    assert_eq!((lab6.two_theta_deg().len(), lab6.two_theta_deg()[5331]), (5332, 150.908));
    assert!((lab6.intensity().iter().sum::<f64>() - 376422.35).abs() < 1e-6);
    assert!((lab6.sigma()[0] - 1.0 / 0.103f64.sqrt()).abs() < 1e-12);
    assert_eq!((lab6.goniometer_radius_mm, lab6.optics.receiving_slit_mm), (Some(217.5), Some(0.2)));
    assert_eq!(lab6.radiation.as_ref().unwrap().monochromator_two_theta_deg, 26.6);
}

/// Truth: the headers of the files, and their blocks summed by a script of its own.
fn blocks_of_intensities_agree_with_their_headers(data: &Path) {
    let psi = agrees(data, ("other/PSI_DMC.dat", 3200, 2.948, 162.898, 26992221.0, 45712.0, 39.498));
    assert_eq!((psi.sigma()[0], psi.data.sigma_source()), (81.5, SigmaSource::File));
    assert_eq!(psi.radiation.unwrap().reference_wavelength_angstrom(), 1.494);
    let d1a = agrees(data, ("other/D1A5.dat", 1680, -10.0, 157.9, 343018.7, 1503.6, 36.6));
    assert_eq!(d1a.sigma()[0], 0.58);
}

/// Truth: the scan itself, written in every format that can hold it and read again. Columns and CIF print every digit; a
/// CIF keeps σ as the weight 1/σ²; XRDML keeps ends of an even axis, and counts and factors for intensities and σ.
fn every_scan_survives_being_written(data: &Path) {
    let formats =
        [("xye", 1e-13, 0.0, 0.0), ("csv", 1e-13, 0.0, 0.0), ("cif", 0.0, 0.0, 1e-15), ("xrdml", 1e-9, 1e-12, 1e-12)];
    let (mut scans_written, mut refused) = (0, Vec::new());
    for file in files_below(&data.join("xrd")) {
        // Which files are no scans is told by the test of refusals.
        let Ok(scans) = read_file(&file) else { continue };
        for (number, scan) in scans.iter().enumerate() {
            for (format, angle_deg, relative_intensity, relative_sigma) in formats {
                let case = format!("{} scan {number} as {format}", file.display());
                let bytes = match write(std::slice::from_ref(scan), format) {
                    Ok(bytes) => bytes,
                    Err(error) => {
                        assert!(format == "xrdml" && error.to_string().contains("write xye or csv"), "{case}: {error}");
                        refused.push(file.file_name().unwrap().to_string_lossy().into_owned());
                        continue;
                    }
                };
                let again = read_bytes("again", bytes).unwrap_or_else(|error| panic!("{case}: {error}")).remove(0);
                let far = |a: &[f64], b: &[f64], allowed: &dyn Fn(f64) -> f64| {
                    assert_eq!(a.len(), b.len(), "{case}");
                    a.iter().zip(b).position(|(a, b)| (a - b).abs() > allowed(*b)).map(|i| (i, a[i], b[i]))
                };
                assert_eq!(far(again.two_theta_deg(), scan.two_theta_deg(), &|_| angle_deg), None, "2θ of {case}");
                let allowed = |y: f64| relative_intensity * y.abs();
                assert_eq!(far(again.intensity(), scan.intensity(), &allowed), None, "intensity of {case}");
                assert_eq!(far(again.sigma(), scan.sigma(), &|s| relative_sigma * s), None, "σ of {case}");
                keeps_what_is_known(&again, scan, format, &case);
                scans_written += 1;
            }
        }
    }
    refused.dedup();
    assert!(scans_written > 120, "{scans_written}");
    // XRDML holds counts and no σ of its own.
    assert_eq!(refused, REFUSED_BY_XRDML);
}

const REFUSED_BY_XRDML: [&str; 5] =
    ["nist_srm660c_100a.cif", "1517474.cif", "D1A5.dat", "PSI_DMC.dat", "with_sigma.txt"];

fn keeps_what_is_known(again: &Scan, scan: &Scan, format: &str, case: &str) {
    let (a, b) = (info(again), info(scan));
    // A CIF tells σ by weights and has no word for where they came from, unless the intensities are counts.
    if format != "cif" || b.intensity_unit == IntensityUnit::Counts && b.sigma_source == SigmaSource::Counts {
        assert_eq!((a.intensity_unit, a.sigma_source), (b.intensity_unit, b.sigma_source), "{case}");
    }
    assert_eq!((a.counting_time_s, a.goniometer_radius_mm), (b.counting_time_s, b.goniometer_radius_mm), "{case}");
    let lines = |info: doublet_xrd::formats::ScanInfo| {
        let lines = info.radiation.map(|radiation| radiation.lines).unwrap_or_default();
        lines.into_iter().map(|line| (line.wavelength_angstrom, line.relative_intensity)).collect::<Vec<_>>()
    };
    assert_eq!(lines(a), lines(b), "{case}");
}

/// Truth: the conversions of the round robin itself (IUCr CPD, 1998), measured on a PW3710 and kept by PC-APD as ten times the
/// root of each count, rounded. One converter rounded the squares and the other cut them; `cpd-1e` is of the first kind.
fn packed_counts_of_the_round_robin_are_unpacked(data: &Path) {
    let values = |file: &str| read_file(&data.join("xrd/cpd").join(file)).unwrap()[0].intensity().to_vec();
    let packed_again =
        |values: &[f64]| -> Vec<u16> { values.iter().map(|y| (10.0 * y.sqrt()).round() as u16).collect() };
    let rounded = values("cpd-1e.prn");
    let scan = &read_bytes("cpd-1e.rd", philips_rd(&packed_again(&rounded))).unwrap()[0];
    assert_eq!(scan.intensity(), rounded);
    assert_eq!((scan.two_theta_deg()[0], scan.data.len()), (5.0, 7251));
    // Whole counts, packed by rounding, unpacked by cutting: these small values and no others.
    let cut: Vec<f64> = (0..25).map(|n| ((10.0 * f64::from(n).sqrt()).round().powi(2) / 100.0).floor()).collect();
    for file in ["fluorite.prn", "cpd-1a.prn", "cpd-4.prn", "corundum.prn"] {
        assert!(values(file).iter().all(|y| *y > 24.0 || cut.contains(y)), "{file}");
    }
    let seen = values("fluorite.prn");
    assert!(cut.iter().all(|y| seen.contains(y)));
    // The reader returns the counts, not what cutting left of them.
    let counts: Vec<f64> = (0..25).map(f64::from).collect();
    assert_eq!(read_bytes("small.rd", philips_rd(&packed_again(&counts))).unwrap()[0].intensity(), counts);
}

/// A file of PC-APD from 5° in steps of 0.02° (layout: `doublet_xrd::formats`, module `philips_rd`).
fn philips_rd(packed: &[u16]) -> Vec<u8> {
    let mut bytes = vec![0; 250];
    bytes[..4].copy_from_slice(b"V3RD");
    let end = 5.0 + 0.02 * (packed.len() - 1) as f64;
    for (at, value) in [(94, 1.5406), (102, 1.54439), (110, 0.5), (214, 0.02), (222, 5.0), (230, end)] {
        bytes[at..at + 8].copy_from_slice(&f64::to_le_bytes(value));
    }
    bytes.extend(packed.iter().flat_map(|v| v.to_le_bytes()));
    bytes
}

/// Truth: the plain file.
fn packed_files_give_the_same_scan(data: &Path) {
    for name in ["xrd/cpd/cpd-4.prn", "xrd/dara/V2O5_0p8011-ZrO2_0p2012--2min.xrdml"] {
        let plain = std::fs::read(data.join(name)).unwrap();
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(&plain).unwrap();
        let packed = read_bytes("scan.gz", encoder.finish().unwrap()).unwrap();
        let plain = read_bytes("scan", plain).unwrap();
        assert_eq!(packed[0].data, plain[0].data);
        assert_ne!(packed[0].input.sha256, plain[0].input.sha256);
    }
}

/// Truth: what a reader must do with any file at all.
fn every_file_is_read_or_refused_by_name(data: &Path) {
    let files = files_below(&data.join("xrd"));
    assert!(files.len() > 30);
    for file in files {
        if let Err(error) = read_file(&file) {
            let (text, name) = (error.to_string(), file.file_name().unwrap().to_string_lossy().into_owned());
            assert!(text.contains(&name) && text.contains("expected"), "{text}");
        }
    }
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { files.extend(files_below(&path)) } else { files.push(path) }
    }
    files.sort();
    files
}
