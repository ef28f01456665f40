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
    check_folders(&folder("first"), &folder("second"), expected);
    refuses_to_overwrite(command, &folder("first"));
}

/// Two folders with the same bytes, in which every file is what its name says.
fn check_folders(first: &Path, second: &Path, expected: &[&str]) {
    let files = names(first);
    assert_eq!(files, names(second));
    for name in expected {
        assert!(files.iter().any(|file| file == name), "{name} not in {files:?}");
    }
    for name in &files {
        let bytes = fs::read(first.join(name)).unwrap();
        assert!(bytes == fs::read(second.join(name)).unwrap(), "{name} differs between two runs");
        look_at(name, &bytes);
    }
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

const INSTRUMENT: &str = "[instrument]\nu_deg2 = 0.002\nv_deg2 = -0.001\nw_deg2 = 0.002\nx_deg = 0.02\ny_deg = 0.015\n\
                          s_over_l = 0.03\nh_over_l = 0.03\n";

/// Simulates one phase behind the instrument and returns the path of the scan.
fn simulated(home: &Path, name: &str, phase: &str) -> String {
    let description = home.join(format!("{name}.toml"));
    let text = format!(
        "title = '{name}'\nseed = 5\ntwo_theta_range_deg = [20.0, 140.0]\nstep_deg = 0.03\nhighest_counts = 20000.0\n\
         background_counts = [150.0]\n[radiation]\nanode = 'Cu'\n{INSTRUMENT}[[phases]]\n{phase}\nweight_percent = 100.0\n"
    );
    fs::write(&description, text).unwrap();
    let scan = home.join(format!("{name}.xye")).to_str().unwrap().to_owned();
    succeeds(&["xrd", "simulate", description.to_str().unwrap(), "-o", &scan]);
    scan
}

/// Runs `xrd calibrate` twice, looks at the reports, and returns the path of the instrument file.
fn check_calibration(home: &Path, arguments: &[&str]) -> String {
    let write = |name: &str| {
        let file = home.join(format!("{name}.toml")).to_str().unwrap().to_owned();
        let command = [&["xrd", "calibrate"], arguments, &["-o", &file]].concat();
        let said = String::from_utf8(succeeds(&command).stdout).unwrap();
        assert!(said.contains(&format!("instrument file: {file}")) && said.contains("report.html"), "{said}");
        // Neither the file nor the report is replaced unasked.
        let again = doublet(&command);
        assert_eq!(again.status.code(), Some(2));
        assert!(String::from_utf8_lossy(&again.stderr).contains("--force"));
        file
    };
    let (first, second) = (write("first"), write("second"));
    let folder = |file: &str| Path::new(file).with_extension("report");
    let expected = ["report.html", "result.json", "instrument.toml", "recipe.toml", "widths.csv", "widths.svg"];
    check_folders(&folder(&first), &folder(&second), &expected);
    assert_eq!(fs::read(&first).unwrap(), fs::read(folder(&first).join("instrument.toml")).unwrap());
    // A report where it is asked for, and JSON alone on standard output.
    let there = home.join("there");
    let options = ["-o", &second, "--report", there.to_str().unwrap(), "--json", "--force"];
    let json = succeeds(&[&["xrd", "calibrate"], arguments, &options].concat()).stdout;
    assert_eq!(serde_json::from_slice::<serde_json::Value>(&json).unwrap(), read_json(&there.join("result.json")));
    first
}

fn read_json(path: &Path) -> serde_json::Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

/// What `xrd analyze --instrument` says of a scan of ceria.
fn behind(scan: &str, instrument: &str) -> serde_json::Value {
    let command = ["xrd", "analyze", scan, "--instrument", instrument, "--phases", "CeO2", "--json"];
    serde_json::from_slice(&succeeds(&command).stdout).unwrap()
}

#[test]
fn instrument_by_a_standard() {
    let home = tempfile::tempdir().unwrap();
    let standard = simulated(home.path(), "standard", "id = 'LaB6'\ncell = [4.156826]");
    let sample = simulated(home.path(), "sample", "id = 'CeO2'\nsize_nm = 45.0");
    let instrument = check_calibration(home.path(), &[&standard, "--standard", "lab6-660c", "--temperature", "22.5"]);
    // Truth: the simulated size.
    let result = behind(&sample, &instrument);
    let size = &result["crystallite_size"][0]["mean_size_fwhm_nm"];
    let (value, sigma) = (size["value"].as_f64().unwrap(), size["sigma"].as_f64().unwrap());
    assert!((value - 45.0).abs() < 3.0 * sigma && sigma < 2.0, "{value} ± {sigma}");
    assert!(result["recipe"]["instrument"]["covariance"].is_array());
    // One phase alone has 100 wt% by definition: no σ, and no microabsorption to warn of.
    let phase = result["phases"].as_array().unwrap().iter().find(|phase| phase["verdict"] == "present").unwrap();
    assert_eq!(phase["weight_percent"]["value"], 100.0);
    assert!(phase["weight_percent"]["sigma"].is_null() && phase["weight_percent_error"].is_null(), "{phase}");
    assert!(!result["warnings"].to_string().contains("microabsorption"));
    assert_eq!(result["recipe"]["instrument_origin"]["file_name"], "first.toml");
}

#[test]
fn a_simulation_takes_an_instrument_file() {
    // Truth: the same simulation with the same numbers in it; without any the width is missed, not taken for none.
    let home = tempfile::tempdir().unwrap();
    let inside = simulated(home.path(), "inside", "id = 'CeO2'\nsize_nm = 45.0");
    let text = fs::read_to_string(home.path().join("inside.toml")).unwrap();
    let [description, instrument, scan] =
        ["outside.toml", "instrument.toml", "outside.xye"].map(|name| home.path().join(name));
    fs::write(&description, text.replace(INSTRUMENT, "")).unwrap();
    fs::write(&instrument, INSTRUMENT).unwrap();
    let command = ["xrd", "simulate", description.to_str().unwrap(), "-o", scan.to_str().unwrap()];
    let refused = doublet(&command);
    assert!(!refused.status.success() && String::from_utf8_lossy(&refused.stderr).contains("expected a width"));
    succeeds(&[&command[..], &["--instrument", instrument.to_str().unwrap()]].concat());
    assert_eq!(fs::read(&scan).unwrap(), fs::read(&inside).unwrap());
}

#[test]
fn instrument_from_optics() {
    let home = tempfile::tempdir().unwrap();
    let sample = simulated(home.path(), "sample", "id = 'CeO2'\nsize_nm = 45.0");
    let optics = [
        "goniometer_radius_mm=240",
        "focus_length_mm=12",
        "soller_incident_deg=4.6",
        "soller_diffracted_deg=4.6",
        "specimen_length_mm=10",
        "receiving_length_mm=10",
        "focus_width_mm=0.04",
        "receiving_slit_mm=0.1",
        "divergence_deg=0.5",
    ];
    let stated: Vec<&str> = optics.iter().flat_map(|value| ["--optics", value]).collect();
    let instrument = check_calibration(home.path(), &[&[sample.as_str(), "--from-optics"][..], &stated].concat());
    let page = fs::read_to_string(home.path().join("first.report/report.html")).unwrap();
    for text in ["Computed, not measured", "opening of the incident Soller slits", "stated", "assumed"] {
        assert!(page.contains(text), "{text}");
    }
    let recipe = &behind(&sample, &instrument)["recipe"];
    assert!(recipe["instrument"]["covariance"].is_null());
    assert!(recipe["instrument_origin"]["remarks"].to_string().contains("not measured with a standard"));
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
