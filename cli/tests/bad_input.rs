//! What a bad file gets from the command line: an error that names it, exit code 1, and nothing written.
//!
//! It stands here and not with the other end-to-end tests because cargo gives the binary's path to this package alone.

use std::path::Path;
use std::process::{Command, Output};

fn doublet(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_doublet")).current_dir(folder).args(arguments).output().unwrap()
}

fn files(folder: &Path) -> usize {
    std::fs::read_dir(folder).unwrap().count()
}

#[test]
fn bad_files_end_in_an_error_and_nothing_is_written() {
    let bad: [(&str, &[u8], &str); 5] = [
        ("empty.xy", b"", "an empty file"),
        ("nan.xy", b"10 5\n11 nan\n", "line 2: found \"nan\""),
        ("noise.xrdml", b"\x00\x01\x02\x03", "control character"),
        ("cut.xrdml", b"<?xml version=\"1.0\"?>\n<xrdMeasurements>", "well-formed XML"),
        ("cut.xy.gz", b"\x1F\x8B\x08\x00", "complete gzip"),
    ];
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes, _) in bad {
        std::fs::write(folder.path().join(name), bytes).unwrap();
    }
    for (name, _, part) in bad {
        for arguments in [&["xrd", "info", name][..], &["xrd", "convert", name, "--to", "xye", "-o", "new/out.xye"]] {
            let output = doublet(folder.path(), arguments);
            let stderr = String::from_utf8(output.stderr).unwrap();
            assert_eq!(output.status.code(), Some(1), "{arguments:?}: {stderr}");
            assert!(output.stdout.is_empty() && stderr.contains(name) && stderr.contains(part), "{stderr}");
        }
    }
    assert_eq!(files(folder.path()), bad.len());
}

#[test]
fn one_bad_file_among_good_ones_is_reported_and_the_rest_is_printed() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("good.xy"), "10 5\n11 6\n").unwrap();
    std::fs::write(folder.path().join("bad.xy"), "10 5\n").unwrap();
    let output = doublet(folder.path(), &["xrd", "info", "bad.xy", "good.xy", "--json"]);
    assert_eq!(output.status.code(), Some(1));
    let document: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(document["scans"][0]["input"]["file_name"], "good.xy");
    assert_eq!(document["scans"][0]["points"], 2);
    assert!(String::from_utf8(output.stderr).unwrap().contains("bad.xy, line 1: found 1 point(s)"));
}

#[test]
fn nothing_is_overwritten_and_wrong_arguments_are_usage_errors() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a.xy"), "10 5\n11 6\n").unwrap();
    std::fs::write(folder.path().join("out.xrdml"), "mine").unwrap();
    let convert = ["xrd", "convert", "a.xy", "--to", "xrdml", "-o", "out.xrdml"];
    let output = doublet(folder.path(), &convert);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8(output.stderr).unwrap().contains("out.xrdml: the file exists; give --force"));
    assert_eq!(std::fs::read_to_string(folder.path().join("out.xrdml")).unwrap(), "mine");
    let output = doublet(folder.path(), &[&convert[..], &["--force"]].concat());
    assert_eq!(output.status.code(), Some(0));
    let info = doublet(folder.path(), &["xrd", "info", "out.xrdml"]);
    assert!(String::from_utf8(info.stdout).unwrap().contains("10 to 11°"));
    for arguments in [&["--scan", "2"][..], &["--to", "docx"]] {
        let output = doublet(folder.path(), &[&["xrd", "convert", "a.xy", "--to", "xye"], arguments].concat());
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
    }
    assert_eq!(files(folder.path()), 2);
}

/// A scan of one peak in `folder`.
fn peak(folder: &Path, name: &str, at_deg: f64) {
    let counts = |x: f64| 40.0 + 4000.0 * (-((x - at_deg) / 0.08).powi(2)).exp();
    let points = (0..600).map(|i| 20.0 + 0.02 * f64::from(i)).map(|x| format!("{x:.2} {:.0}\n", counts(x)));
    std::fs::write(folder.join(name), points.collect::<String>()).unwrap();
}

#[test]
fn a_series_comes_out_in_its_order_and_a_bad_scan_does_not_stop_it() {
    let folder = tempfile::tempdir().unwrap();
    let names: Vec<String> = (0..11).map(|i| format!("{i}.xy")).collect();
    for (i, name) in names.iter().enumerate() {
        peak(folder.path(), name, 24.0 + 0.4 * i as f64);
    }
    std::fs::write(folder.path().join("5.xy"), "10 5\n").unwrap();
    let options = ["--radiation", "Cu", "--phases", "CaF2"];
    let files: Vec<&str> = names.iter().map(String::as_str).collect();
    let output = doublet(folder.path(), &[&["xrd", "analyze", "--json"][..], &files, &options].concat());
    assert_eq!(output.status.code(), Some(1));
    let document: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let read: Vec<&str> =
        document.as_array().unwrap().iter().map(|d| d["input"]["file_name"].as_str().unwrap()).collect();
    assert_eq!(read, [&files[..5], &files[6..]].concat());
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(stderr.contains("5.xy, line 1") && stderr.contains("1 of 11 files failed"), "{stderr}");
}

#[test]
fn an_instrument_file_of_gsas_is_taken_or_refused_by_its_line() {
    let folder = tempfile::tempdir().unwrap();
    peak(folder.path(), "a.xy", 28.3);
    let prm = "INS   HTYPE   PXCR\nINS  1 ICONS  1.540598  1.544426       0.0         0     0.500    0     0.500\n\
               INS  1PRCF1     3    8   0.00100\nINS  1PRCF11   0.7 -0.6 0.9 0.0\nINS  1PRCF12   2.1 1.3 0.02 0.02\n";
    std::fs::write(folder.path().join("i.prm"), prm).unwrap();
    std::fs::write(folder.path().join("tof.prm"), prm.replace("PXCR", "PNTR")).unwrap();
    for verb in ["analyze", "peaks", "identify"] {
        let arguments = ["xrd", verb, "a.xy", "--json", "--phases", "CaF2", "--instrument"];
        let output = doublet(folder.path(), &[&arguments[..], &["i.prm"]].concat());
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        let document: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(document["recipe"]["instrument"]["x_deg"], 0.021);
        assert!(document["warnings"].to_string().contains("1.540598 Å is that of the instrument file"));
        let output = doublet(folder.path(), &[&arguments[..], &["tof.prm"]].concat());
        assert_eq!(output.status.code(), Some(1));
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert!(stderr.contains("tof.prm, line 2: found histogram of kind PNTR, expected PXC"), "{stderr}");
    }
    assert_eq!(files(folder.path()), 3);
}

#[test]
fn a_report_that_is_there_is_refused_before_the_work() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("mine")).unwrap();
    std::fs::write(folder.path().join("mine/report.html"), "mine").unwrap();
    // The measurement does not even exist: the folder is looked at first.
    for technique in ["xrd", "xps"] {
        let output = doublet(folder.path(), &[technique, "analyze", "missing.xy", "-o", "mine"]);
        assert_eq!(output.status.code(), Some(1));
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert!(stderr.contains("report.html exists and nothing was written"), "{stderr}");
    }
    assert_eq!(std::fs::read_to_string(folder.path().join("mine/report.html")).unwrap(), "mine");
}

#[test]
fn a_study_with_a_failing_sample_is_reported_and_fails() {
    let folder = tempfile::tempdir().unwrap();
    peak(folder.path(), "a.xy", 28.3);
    let study = "title = 't'\n[recipes]\nxrd = 'r.toml'\n[[sample]]\nlabel = 'a'\nxrd = 'a.xy'\n[[sample]]\nlabel = 'b'\nxrd = 'b.xy'\n";
    std::fs::write(folder.path().join("study.toml"), study).unwrap();
    std::fs::write(folder.path().join("r.toml"), "[radiation]\nanode = 'Cu'\n[identification]\nphases = ['CaF2']\n")
        .unwrap();
    let output = doublet(folder.path(), &["sample", "analyze", "study.toml", "-o", "out"]);
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    assert!(stderr.contains("error: b: diffraction: b.xy") && stderr.contains("1 of 2 samples failed"), "{stderr}");
    assert!(folder.path().join("out/report.html").is_file());
    let again = doublet(folder.path(), &["sample", "analyze", "study.toml", "-o", "out"]);
    assert!(String::from_utf8(again.stderr).unwrap().contains("report.html exists"));
    std::fs::write(folder.path().join("study.toml"), "title = 't'\nsmaple = 1\n").unwrap();
    let wrong = doublet(folder.path(), &["sample", "analyze", "study.toml", "-o", "other"]);
    assert!(String::from_utf8(wrong.stderr).unwrap().contains("study.toml: TOML parse error at line 2"));
    assert!(!folder.path().join("other").exists());
}
