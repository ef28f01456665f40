use super::*;
use crate::formats::{read_bytes, write};
use crate::radiation::{Anode, Radiation};

fn one(text: &str) -> Scan {
    read_bytes("a.xy", text.as_bytes().to_vec()).unwrap().remove(0)
}

fn refusal(text: &str) -> String {
    read_bytes("a.xy", text.as_bytes().to_vec()).unwrap_err().to_string()
}

fn warned(text: &str, part: &str) -> Scan {
    let scan = one(text);
    assert!(scan.input.reader_warnings.iter().any(|w| w.contains(part)), "{part}: {:?}", scan.input.reader_warnings);
    scan
}

#[test]
fn whole_numbers_are_counts_and_others_are_assumed() {
    let scan = one("10 100\n10.1 0\n10.2 9\n");
    assert_eq!((scan.unit, scan.data.sigma_source()), (IntensityUnit::Counts, SigmaSource::Counts));
    assert_eq!(scan.sigma(), [10.0, 1.0, 3.0]);
    assert!(scan.radiation.is_none() && scan.input.reader_warnings.is_empty());
    let scan = warned("10 100.5\n10.1 1\n10.2 9\n", "not whole counts (first: 100.5, line 1)");
    assert_eq!((scan.unit, scan.data.sigma_source()), (IntensityUnit::Arbitrary, SigmaSource::AssumedCounts));
}

#[test]
fn a_third_column_is_sigma_if_it_can_be() {
    let scan = one("20.0 49\t0.5\n20.02 39\t0.1\n20.04 31\t0.3\n");
    assert_eq!((scan.sigma(), scan.data.sigma_source()), (&[0.5, 0.1, 0.3][..], SigmaSource::File));
    let scan = warned("10 100 1\n11 900 1\n12 400 1\n", "column 3 is 1 throughout");
    assert_eq!(scan.sigma(), [10.0, 30.0, 20.0]);
    warned("10 100 99\n11 900 905\n12 400 404\n", "as large as the intensity");
    warned("# 2theta,obs,calc\n10,100,9\n11,900,30\n12,400,20\n", "third column \"calc\"");
    let scan = warned("10 100 10\n11 -3 9\n12 400 20\n", "negative intensities (first: -3, line 2)");
    assert_eq!(scan.intensity()[1], -3.0);
}

#[test]
fn further_columns_need_names() {
    assert!(refusal("10 100 10 1\n11 90 9 1\n").contains("line 1: found 4 columns, expected 2 or 3"));
    let text = "Angle,TimePerStep,Intensity,ESD\n10,40,100,10\n11,40,81,9\n";
    let scan = warned(text, "\"Angle\" is taken as 2θ, \"Intensity\" as intensity and \"ESD\" as σ");
    assert_eq!((scan.intensity(), scan.sigma()), (&[100.0, 81.0][..], &[10.0, 9.0][..]));
}

#[test]
fn another_axis_is_refused() {
    for name in ["Q", "d-spacing", "Energy", "time"] {
        let message = refusal(&format!("# {name} intensity\n1 100\n2 90\n"));
        assert!(message.contains("expected 2θ in degrees"), "{message}");
    }
    // Dates as spreadsheets count them are no angles.
    assert!(refusal("41110,0001736 0,29\n41110,0003472 0,26\n").contains("line 1: found 2θ = 41110.0001736"));
}

#[test]
fn the_wavelength_is_taken_only_where_it_is_stated() {
    let data = "10 5\n11 6\n";
    let radiation = |header: &str| one(&format!("{header}\n{data}")).radiation;
    for header in ["# wavelength = 1.5406", "! Lambda: 1.5406 Å", "Wavelength (nm) = 0.15406", "wavelength,1.5406"] {
        let radiation = radiation(header).unwrap_or_else(|| panic!("{header}"));
        assert_eq!((radiation.anode, radiation.lines.len()), (Some(Anode::Cu), 2), "{header}");
        assert!((radiation.reference_wavelength_angstrom() - 1.5406).abs() < 1e-9, "{header}");
    }
    assert_eq!(radiation("# lambda = 1.5418").unwrap().lines, Radiation::k_alpha(Anode::Cu).lines);
    assert_eq!(radiation("lambda=  1.49400, T=   0.000").unwrap().lines.len(), 1);
    let eva = "'Id: \"\" Operator: \"A\" Anode: \"Cu\" Scantype: \"Coupled\" TimePerStep: \"96\"";
    let scan = one(&format!("{eva}\n{data}"));
    assert_eq!((scan.radiation.unwrap().anode, scan.counting_time_s), (Some(Anode::Cu), Some(96.0)));
    let csv = "Anode material,Co\nK-Alpha1 wavelength,1.78901\nK-Alpha2 wavelength,1.7929\nRatio K-Alpha2/K-Alpha1,0.5\n\
               Scan step time,2.5\nAngle,Intensity\n10,5\n11,6\n";
    let scan = one(csv);
    let radiation_of_csv = scan.radiation.unwrap();
    assert_eq!((radiation_of_csv.anode, radiation_of_csv.lines.len()), (Some(Anode::Co), 2));
    assert_eq!(radiation_of_csv.lines[1].wavelength_angstrom, 1.7929);
    assert_eq!(scan.counting_time_s, Some(2.5));
    for header in ["# Cu sample, 1.5406", "# measured in 2001", "# wavelength = unknown", "# Cu K alpha"] {
        assert!(radiation(header).is_none(), "{header}");
    }
    let twice = format!("# wavelength = 1.5406\n# lambda = 0.7093\n{data}");
    assert!(warned(&twice, "different wavelengths").radiation.is_none());
}

#[test]
fn impossible_statements_are_refused() {
    assert!(refusal("# step time = 0\n10 5\n11 6\n").contains("line 1: found step time = \"0\", expected seconds"));
    assert!(refusal("# emission line: K 99 1\n10 5\n11 6\n").contains("line 1: found emission line"));
}

#[test]
fn refusals_name_line_and_value() {
    let cases = [
        ("10 5\n", "line 1: found 1 point(s)"),
        ("10 5\n11 -6\n12 7\n", "line 2: found intensity -6, expected counts of zero or more; for data with"),
        ("10 5\n11 6\n10.5 7\n", "line 3: found 2θ = 10.5 after 11"),
        ("10 5\n11 1e16\n", "line 2: found intensity 10000000000000000"),
        ("10 5 1\n11 6 -1\n", "line 2: found σ = -1"),
        ("10 5\n11 inf\n", "line 2: found \"inf\", expected a finite number"),
    ];
    for (text, part) in cases {
        let message = refusal(text);
        assert!(message.contains(part), "{text}: {message}");
    }
}

#[test]
fn what_is_written_is_read_back() {
    let text = "# title: Quartz\n# comment: Simulated data: seed 1\n# counting time per step: 2.5 s\n\
                # goniometer radius: 240 mm\n# anode: Cu\n# emission line: Kα1 1.540598 1\n# emission line: Kα2 1.544426 0.5\n\
                # monochromator: 26.6\n10.013 100\n10.026 0\n10.0391 7\n";
    let scan = one(text);
    assert_eq!(scan.radiation.as_ref().unwrap().monochromator_two_theta_deg, 26.6);
    for format in ["xye", "csv"] {
        let bytes = write(std::slice::from_ref(&scan), format).unwrap();
        let again = read_bytes("b.xye", bytes).unwrap().remove(0);
        assert_eq!(again.data, scan.data, "{format}");
        assert_eq!((&again.radiation, again.unit), (&scan.radiation, scan.unit));
        assert_eq!((again.counting_time_s, again.goniometer_radius_mm), (Some(2.5), Some(240.0)));
        assert_eq!((again.title.as_deref(), again.is_simulated()), (Some("Quartz"), true));
        assert!(again.input.reader_warnings.is_empty(), "{:?}", again.input.reader_warnings);
    }
}

#[test]
fn one_text_holds_one_scan_and_names_of_writers_are_checked() {
    let scans = [one("10 5\n11 6\n"), one("10 5\n11 6\n")];
    assert!(write(&scans, "xye").unwrap_err().to_string().contains("2 scans"));
    let text = write(&scans, "docx").unwrap_err().to_string();
    assert!(text.contains("xrdml, cif, xye, csv"), "{text}");
}
