//! Reports as the commands write them: the same bytes twice, every table readable, pages that load nothing, nothing
//! overwritten unasked.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn examples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples")
}

fn doublet(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_doublet")).args(arguments).output().unwrap()
}

fn succeeds(arguments: &[&str]) -> Output {
    let output = doublet(arguments);
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    output
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// Runs `command` into two folders, compares them byte by byte, and looks at every file.
fn check_report(command: &[&str], expected: &[&str]) {
    let home = tempfile::tempdir().unwrap();
    let folder = |name: &str| home.path().join(name);
    let write = |name: &str| {
        let output = folder(name);
        succeeds(&[command, &["-o", output.to_str().unwrap()]].concat());
    };
    write("first");
    write("second");
    let files = names(&folder("first"));
    assert_eq!(files, names(&folder("second")));
    for name in expected {
        assert!(files.iter().any(|file| file == name), "{name} not in {files:?}");
    }
    for name in &files {
        let bytes = fs::read(folder("first").join(name)).unwrap();
        assert!(bytes == fs::read(folder("second").join(name)).unwrap(), "{name} differs between two runs");
        look_at(name, &bytes);
    }
    refuses_to_overwrite(command, &folder("first"));
}

fn look_at(name: &str, bytes: &[u8]) {
    let text = || String::from_utf8(bytes.to_vec()).unwrap();
    match name.rsplit('.').next().unwrap() {
        "html" => is_self_contained(&text()),
        "csv" => is_table(name, &text()),
        "json" => assert!(serde_json::from_str::<serde_json::Value>(&text()).unwrap().is_object()),
        "toml" => assert!(text().parse::<toml::Table>().is_ok(), "{name}"),
        "svg" => assert!(text().matches("<path").count() > 5 && text().contains("</svg>"), "{name} is empty"),
        "png" => assert!(bytes.starts_with(b"\x89PNG\r\n\x1a\n") && bytes.len() > 20_000, "{name} is empty"),
        "xlsx" => assert!(bytes.starts_with(b"PK")),
        other => panic!("{name}: nobody looks at .{other}"),
    }
}

fn is_self_contained(page: &str) {
    for foreign in ["<script", "<link", "<img", "url(", "@import", "src="] {
        assert!(!page.contains(foreign), "{foreign}");
    }
    let addresses = page.match_indices("http").map(|(at, _)| &page[at..]);
    assert!(addresses.into_iter().all(|rest| rest.starts_with("http://www.w3.org/2000/svg")), "an address in the page");
    assert!(page.contains("<svg ") && page.ends_with("</html>\n"));
}

/// RFC 4180 by hand: every row has the fields of the header.
fn is_table(name: &str, text: &str) {
    let rows: Vec<usize> = text.trim_end_matches("\r\n").split("\r\n").map(fields).collect();
    assert!(rows.len() > 1, "{name} is empty");
    assert!(rows.iter().all(|count| *count == rows[0]), "{name}: {rows:?}");
}

/// Number of fields: commas outside quotes, and one.
fn fields(row: &str) -> usize {
    row.split('"').step_by(2).map(|outside| outside.matches(',').count()).sum::<usize>() + 1
}

fn refuses_to_overwrite(command: &[&str], folder: &Path) {
    let page = folder.join("report.html");
    fs::write(&page, "mine").unwrap();
    let arguments = [command, &["-o", folder.to_str().unwrap()]].concat();
    let output = doublet(&arguments);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(said.contains("report.html exists") && said.contains("--force"), "{said}");
    assert_eq!(fs::read(&page).unwrap(), b"mine");
    succeeds(&[arguments.as_slice(), &["--force"]].concat());
    assert!(fs::read(&page).unwrap().len() > 10_000);
}

#[test]
fn diffraction() {
    let (scan, recipe) = (examples().join("lagp/lagp-simulated.xrdml"), examples().join("lagp/recipe.toml"));
    let command = ["xrd", "analyze", scan.to_str().unwrap(), "--recipe", recipe.to_str().unwrap()];
    check_report(&command, &["report.html", "result.json", "peaks.csv", "phases.csv", "sizes.csv", "pattern.svg"]);
}

#[test]
fn photoelectrons() {
    let home = tempfile::tempdir().unwrap();
    let (spectra, recipe) = (home.path().join("lagp.vms"), home.path().join("recipe.toml"));
    let description = examples().join("lagp-xps/simulation.toml");
    succeeds(&["xps", "simulate", description.to_str().unwrap(), "-o", spectra.to_str().unwrap()]);
    let text = fs::read_to_string(examples().join("lagp-xps/recipe.toml")).unwrap();
    fs::write(&recipe, format!("{text}\n[uncertainty]\nresamplings = 20\n")).unwrap();
    let command = ["xps", "analyze", spectra.to_str().unwrap(), "--recipe", recipe.to_str().unwrap()];
    let expected = ["report.html", "result.json", "components.csv", "quantification.csv", "tables.xlsx", "bi-4f.png"];
    check_report(&command, &expected);

    let json = succeeds(&[command.as_slice(), &["--json"]].concat()).stdout;
    let result: serde_json::Value = serde_json::from_slice(&json).unwrap();
    for key in ["tool", "input", "recipe", "energy_reference", "regions", "quantification", "findings", "warnings"] {
        assert!(result.get(key).is_some(), "{key}");
    }
    // Truth: the description of the simulated sample places Bi2O3 at 158.7 eV.
    let bismuth = result["regions"].as_array().unwrap().iter().find(|region| region["core_level"] == "Bi 4f").unwrap();
    let energy = &bismuth["components"][0]["binding_energy_ev"];
    let (value, sigma) = (energy["value"].as_f64().unwrap(), energy["sigma"].as_f64().unwrap());
    assert!((value - 158.7).abs() < 3.0 * sigma, "{value} ± {sigma}");
}
