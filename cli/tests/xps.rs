//! The photoelectron commands on the example that stands in the project. Truth: the simulation it was written from.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

fn example() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/lagp-xps/lagp-simulated.vms")
}

fn doublet(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_doublet")).current_dir(folder).args(arguments).output().unwrap()
}

fn document(arguments: &[&str]) -> Value {
    let folder = tempfile::tempdir().unwrap();
    let output = doublet(folder.path(), arguments);
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "{arguments:?} wrote files");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// `{"value", "sigma"}` as two numbers.
fn quantity(value: &Value) -> (f64, f64) {
    (value["value"].as_f64().unwrap(), value["sigma"].as_f64().unwrap())
}

#[test]
fn one_level_is_fitted_by_arguments() {
    let file = example();
    let arguments = ["xps", "fit", file.to_str().unwrap(), "--level", "Bi 4f", "--shift", "2.1", "--json"];
    let fitted = document(&arguments);
    let components = fitted["regions"][0]["components"].as_array().unwrap();
    for (component, truth) in components.iter().zip([158.7, 156.7]) {
        let (energy, sigma) = quantity(&component["binding_energy_ev"]);
        assert!((energy - truth).abs() < 3.5 * sigma, "{energy} ± {sigma} against {truth}");
    }
    let subtracted =
        document(&[&arguments[..], &["--background", "smart", "--state", "Bi2O3", "--state", "Bi metal"]].concat());
    assert_eq!(subtracted["regions"][0]["background"]["active"], Value::Bool(false));
}

#[test]
fn concentrations_come_with_their_budget() {
    let file = example();
    let found = document(&["xps", "quantify", file.to_str().unwrap(), "--recipe", "lagp", "--json"]);
    let rows = found["quantification"][0]["rows"].as_array().unwrap();
    let phosphorus = rows.iter().find(|row| row["level"] == "P 2p").unwrap();
    let (percent, sigma) = quantity(&phosphorus["atomic_percent"]);
    assert!((percent - 12.0).abs() < 2.0 * sigma, "{percent} ± {sigma}");
    for source in ["counting", "choices", "sensitivity_factors", "path_length"] {
        assert!(phosphorus["error_budget"][source].as_f64().unwrap() > 0.0, "{source}");
    }
}

#[test]
fn a_fit_is_reviewed_with_its_reporting_fields() {
    let file = example();
    let review = document(&["xps", "review", file.to_str().unwrap(), "--recipe", "lagp", "--json"]);
    let rules: Vec<&str> = review["findings"].as_array().unwrap().iter().filter_map(|f| f["rule"].as_str()).collect();
    assert!(rules.contains(&"beam_reduction") && !rules.contains(&"boron_under_phosphorus"), "{rules:?}");
    assert!(review["iso_19830"].as_array().unwrap().iter().all(|field| field["value"].is_string()), "{review}");
    let methods = review["methods"].as_str().unwrap();
    assert!(methods.contains("setting the fitted C 1s line (C–C, C–H) to 284.5 eV"), "{methods}");
}

#[test]
fn what_cannot_be_done_ends_in_an_error_that_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let file = example();
    let file = file.to_str().unwrap();
    for (arguments, part) in [
        (&["xps", "survey", file][..], "no survey spectrum"),
        (&["xps", "review", file], "give --recipe"),
        (&["xps", "quantify", file, "--like", "avantage"], "no areas of that program"),
        (&["xps", "fit", file, "--level", "Bi 9f"], "Bi 9f"),
        (&["xps", "fit", file, "--level", "Bi 4f", "--state", "Bi2O5"], "Bi2O5"),
        (&["xps", "analyze", file, "--recipe", "no-such-recipe", "--json"], "no-such-recipe"),
    ] {
        let output = doublet(folder.path(), arguments);
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {stderr}");
        assert!(stderr.contains(part), "{arguments:?}: {stderr}");
    }
}
