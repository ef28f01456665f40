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
