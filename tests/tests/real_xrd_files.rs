//! Diffraction files as instruments wrote them, against what their headers and independent readers say of them.
//!
//! Sums, maxima and ends come from other programs: [`second_readers`].

use std::io::Write;
use std::path::{Path, PathBuf};

use doublet_common::SigmaSource;
use doublet_xrd::formats::{info, read_bytes, read_file, write};
use doublet_xrd::profile::{InstrumentFile, InstrumentProfile};
use doublet_xrd::radiation::Anode;
use doublet_xrd::scan::{IntensityUnit, Scan};

use second_readers::{NO_SCAN, ROWS, Row};

#[path = "real_xrd_files/second_readers.rs"]
mod second_readers;

doublet_tests::real_files! {
    every_scan_agrees_with_a_second_reader,
    xrdml_and_columns_state_their_statistics,
    the_attenuated_scan_keeps_its_counting_statistics,
    the_empyrean_header_is_read,
    the_powder_scan_says_what_another_reader_extracted,
    aeris_files_state_their_tube_and_optics,
    scans_that_are_not_bragg_brentano_are_marked,
    marks_of_scaling_are_seen,
    bruker_raw_agrees_with_its_text,
    bruker_and_rigaku_archives_state_what_they_measured,
    the_experiment_file_gives_the_instrument,
    powder_cifs_agree_with_their_loops,
    blocks_of_intensities_agree_with_their_headers,
    every_scan_survives_being_written,
    packed_counts_of_the_round_robin_are_unpacked,
    packed_files_give_the_same_scan,
    every_file_is_read_or_refused_by_name,
}

/// The only scan of a file.
fn only(data: &Path, file: &str) -> Scan {
    let scans = read_file(&data.join("xrd").join(file)).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(scans.len(), 1, "{file}");
    scans.into_iter().next().unwrap()
}

/// Truth: other programs on the same files, as [`second_readers`] names them. A new file needs a row.
fn every_scan_agrees_with_a_second_reader(data: &Path) {
    let root = data.join("xrd");
    let mut rows = ROWS.iter().peekable();
    for path in files_below(&root) {
        let name = path.strip_prefix(&root).unwrap().to_str().unwrap().replace('\\', "/");
        if NO_SCAN.contains(&name.as_str()) {
            assert!(read_file(&path).is_err(), "{name}");
            continue;
        }
        let scans = read_file(&path).unwrap_or_else(|error| panic!("{error}"));
        for (number, scan) in (1..).zip(&scans) {
            let row = rows.next().unwrap_or_else(|| panic!("{name}: no row"));
            assert_eq!((row.0, row.1), (name.as_str(), number), "rows stand in the order of files and scans");
            agrees(scan, row);
        }
    }
    assert_eq!(rows.next(), None, "a row without its file");
}

fn agrees(scan: &Scan, row: &Row) {
    let (file, _, points, [first, last], sum, [maximum, at], sigma_sum, peer) = *row;
    // One peer works in single precision.
    let single = peer.starts_with("crysfml");
    let (axis, relative) = if single { (2e-5, 1e-7) } else { (1e-8, 1e-12) };
    let (x, y) = (scan.two_theta_deg(), scan.intensity());
    assert_eq!(x.len(), points, "{file}");
    assert!((x[0] - first).abs() < axis && (x[points - 1] - last).abs() < axis, "{file}: {} {}", x[0], x[points - 1]);
    assert!((y.iter().sum::<f64>() - sum).abs() <= relative * sum, "{file}");
    let best = (0..points).rev().max_by(|a, b| y[*a].total_cmp(&y[*b])).unwrap();
    assert!((y[best] - maximum).abs() <= relative * maximum && (x[best] - at).abs() < axis, "{file}: {} {at}", x[best]);
    if let Some(truth) = sigma_sum {
        let sum: f64 = scan.sigma().iter().sum();
        assert!((sum - truth).abs() <= 1e-8 * truth, "{file}: Σσ {sum} {truth}");
    }
}

/// Truth: headers of the files. Counts of XRDML and of the round robin's columns are counts.
fn xrdml_and_columns_state_their_statistics(data: &Path) {
    for (file, counting_time_s) in [
        ("dara/NiO_0p6007-Bi2O3_0p4008--2min.xrdml", 10.965),
        ("dara/NiO_0p6007-Bi2O3_0p4008--8min.xrdml", 12.495),
        ("dara/V2O5_0p8011-ZrO2_0p2012--2min.xrdml", 10.965),
        ("panalytical/XRD-918-16_10.xrdml", 39.27),
        ("panalytical/empyrean.xrdml", 0.44),
        ("panalytical/m54313_om2th_10.xrdml", 0.5),
    ] {
        let scan = only(data, file);
        assert_eq!(scan.counting_time_s, Some(counting_time_s), "{file}");
        assert_eq!((scan.data.sigma_source(), scan.input.format.as_str()), (SigmaSource::Counts, "xrdml"), "{file}");
    }
    for path in files_below(&data.join("xrd/cpd")) {
        let scan = &read_file(&path).unwrap()[0];
        assert!(scan.radiation.is_none(), "a text without wavelength has none");
        assert_eq!((scan.unit, scan.data.sigma_source()), (IntensityUnit::Counts, SigmaSource::Counts));
        assert!(scan.input.reader_warnings.is_empty(), "{:?}", scan.input.reader_warnings);
    }
    let scan = only(data, "other/with_sigma.txt");
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

/// Truth: the same scan in UXD, point by point; headers.
fn bruker_raw_agrees_with_its_text(data: &Path) {
    let raw = only(data, "bruker/BT86.raw");
    let text = &read_file(&data.join("xrd/bruker/BT86_.UXD")).unwrap()[0];
    assert_eq!(raw.intensity(), text.intensity());
    for (a, b) in raw.two_theta_deg().iter().zip(text.two_theta_deg()) {
        assert!((a - b).abs() < 5e-4, "{a} {b}: the step of the text has six decimals");
    }
    assert_eq!((raw.counting_time_s, raw.goniometer_radius_mm), (Some(0.5), Some(200.5)));
    let lines = &raw.radiation.as_ref().unwrap().lines;
    assert_eq!([lines[0].wavelength_angstrom, lines[1].wavelength_angstrom], [1.5406, 1.54439]);

    let modern = only(data, "bruker/bruker4_v5converter.raw");
    assert_eq!((modern.counting_time_s, modern.unit), (Some(0.288), IntensityUnit::Counts));
}

/// Truth: headers of the files.
fn bruker_and_rigaku_archives_state_what_they_measured(data: &Path) {
    let ras = only(data, "rigaku/rigaku_nims.ras");
    assert_eq!((ras.unit, ras.data.sigma_source()), (IntensityUnit::Counts, SigmaSource::Counts));
    assert_eq!(ras.radiation.as_ref().unwrap().lines[0].wavelength_angstrom, 1.540593);
    // 0.01° at 8°/min.
    assert!((ras.counting_time_s.unwrap() - 0.075).abs() < 1e-12);

    // The file calls its intensities counts, and they are none by any factor that it states.
    let rasx = only(data, "rigaku/rigaku_powder.rasx");
    assert_eq!((rasx.unit, rasx.data.sigma_source()), (IntensityUnit::Arbitrary, SigmaSource::AssumedCounts));
    assert_eq!(rasx.radiation.as_ref().unwrap().lines.len(), 1, "behind a Ge(220) monochromator: Ka1");

    let scan = only(data, "bruker/bruker_absorber.brml");
    assert_eq!(scan.unit, IntensityUnit::AttenuationCorrectedCounts);
    assert_eq!(scan.data.sigma_source(), SigmaSource::Counts, "divided by the factors they are whole");
    let strongest = scan.intensity().iter().position(|y| *y == 495559.8).unwrap();
    // 59706 counts behind an absorber of 8.3.
    assert!((scan.sigma()[strongest] - 8.3 * 59706f64.sqrt()).abs() < 1e-6);
}

/// Truth: rietx 1.10 (GU 2, GV −2, GW 5, LX 1, LY 1, 1.5405 and 1.5443 Å), and widths by a script of its own:
/// FWHM² = 8 ln 2 σ², hundredths of a degree.
fn the_experiment_file_gives_the_instrument(data: &Path) {
    let file = InstrumentFile::from_path(&data.join("xrd/gsas/FAP.EXP")).unwrap();
    let profile = InstrumentProfile::from(file.instrument);
    for (at, gaussian, lorentzian) in [
        (20.0, 0.05110300472332529, 0.0119175359259421),
        (60.0, 0.050019648944025136, 0.017320508075688773),
        (120.0, 0.06464355632824363, 0.03732050807568876),
    ] {
        let [g, l] = profile.parts(at).fwhm_deg;
        assert!((g - gaussian).abs() < 1e-12 && (l - lorentzian).abs() < 1e-12, "{at}: {g} {l}");
    }
    let origin = file.origin.unwrap();
    let lines: Vec<f64> = origin.radiation.unwrap().lines.iter().map(|line| line.wavelength_angstrom).collect();
    assert_eq!(lines, [1.5405, 1.5443]);
    assert!(origin.remarks.iter().any(|remark| remark.contains("the specimen's broadening")), "{:?}", origin.remarks);
}

/// Truth: the loops of the files; the header of the NIST file.
fn powder_cifs_agree_with_their_loops(data: &Path) {
    let scan = only(data, "other/1517474.cif");
    assert!(scan.input.reader_warnings.iter().any(|w| w.contains("shifts by 0.0180°")));
    assert_eq!((scan.sigma()[0], scan.data.sigma_source()), (160.0, SigmaSource::File));
    let scans = read_file(&data.join("xrd/nist/nist_srm660c_100a.cif")).unwrap();
    assert_eq!(scans.len(), 2);
    let lab6 = &scans[0];
    assert!((lab6.sigma()[0] - 1.0 / 0.103f64.sqrt()).abs() < 1e-12);
    assert_eq!((lab6.goniometer_radius_mm, lab6.optics.receiving_slit_mm), (Some(217.5), Some(0.2)));
    assert_eq!(lab6.radiation.as_ref().unwrap().monochromator_two_theta_deg, 26.6);
}

/// Truth: the headers and first σ of the files; the smallest σ by crysfml 0.8.0.
fn blocks_of_intensities_agree_with_their_headers(data: &Path) {
    let psi = only(data, "other/PSI_DMC.dat");
    assert_eq!((psi.sigma()[0], psi.data.sigma_source()), (81.5, SigmaSource::File));
    assert_eq!(psi.radiation.as_ref().unwrap().reference_wavelength_angstrom(), 1.494);
    let d1a = only(data, "other/D1A5.dat");
    assert_eq!(d1a.sigma()[0], 0.58);
    let smallest = |scan: &Scan| scan.sigma().iter().copied().fold(f64::INFINITY, f64::min);
    assert_eq!((smallest(&d1a), smallest(&psi)), (0.02, 4.3));
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
