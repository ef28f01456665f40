//! The study of the examples, from its files to its report.
//!
//! Truth: `examples/lagp-study/truth.toml`, what the simulated samples were made of; masses of pellets of stated relative
//! density, computed by hand from cell, formula and Tanaka's water.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use doublet_common::Quantity;
use doublet_report::study::write_report;
use doublet_study::properties::{Property, PropertyKind};
use doublet_study::study_file::Study;
use doublet_study::{SampleAnalysis, StudyAnalysis, analyze};
use doublet_xrd::analysis::{ClaimVerdict, Verdict};

fn home() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/lagp-study")
}

fn text(name: &str) -> String {
    std::fs::read_to_string(home().join(name)).unwrap()
}

fn example() -> &'static StudyAnalysis {
    static EXAMPLE: OnceLock<StudyAnalysis> = OnceLock::new();
    EXAMPLE.get_or_init(|| {
        analyze(&Study::from_toml("study.toml", &text("study.toml")).unwrap(), &home(), &|| ()).unwrap()
    })
}

fn property(sample: &SampleAnalysis, own: impl Fn(&Property) -> bool) -> Quantity {
    sample.properties.iter().find(|p| own(p)).unwrap_or_else(|| panic!("{}", sample.label)).value
}

/// Within three of its own σ.
fn assert_near(what: &str, found: Quantity, truth: f64) {
    let sigma = found.sigma.unwrap();
    assert!((found.value - truth).abs() < 3.0 * sigma, "{what}: {found:?}, truth {truth}");
}

#[test]
fn the_truths_of_all_four_samples_come_back() {
    let truth: toml::Table = text("truth.toml").parse().unwrap();
    assert_eq!((truth.len(), example().samples.len()), (4, 4));
    for (_, truth) in truth {
        let label = truth["label"].as_str().unwrap();
        let sample = example().samples.iter().find(|sample| sample.label == label).unwrap();
        assert_eq!((&sample.failures, sample.xrd.is_some(), sample.xps.is_some()), (&Vec::new(), true, true));
        let size = property(sample, |p| p.kind == PropertyKind::CrystalliteSize && p.name.ends_with("LAGP-x0.5"));
        let size_nm = truth["size_nm"].as_float().unwrap();
        assert_near(label, size, size_nm);
        assert!((size.value / size_nm - 1.0).abs() < 0.03, "{label}: {size:?}");
        let present = sample.xrd.iter().flat_map(|xrd| &xrd.phases).filter(|phase| phase.verdict == Verdict::Present);
        let mut secondary: Vec<&str> = present.map(|phase| phase.id.as_str()).filter(|id| *id != "LAGP-x0.5").collect();
        secondary.sort_unstable();
        let expected: Vec<&str> =
            truth["secondary_phases"].as_array().unwrap().iter().map(|id| id.as_str().unwrap()).collect();
        assert_eq!(secondary, expected, "{label}");
        let density = sample.density.as_ref().unwrap();
        assert_near(label, density.relative_percent.unwrap(), truth["relative_density_percent"].as_float().unwrap());
        assert_near(label, density.open_porosity_percent, truth["open_porosity_percent"].as_float().unwrap());
        if let Some(metal) = truth.get("bismuth_metal_percent") {
            let share = property(sample, |p| p.name == "Bi metal in Bi 4f");
            assert_near(label, share, metal.as_float().unwrap());
        }
        if let Some(ratio) = truth.get("boron_to_phosphorus") {
            // σ of the property leaves out what samples share; the sensitivity factors of the simulation are those of the fit.
            let boron = property(sample, |p| p.name == "B/P at the surface");
            assert_near(label, boron, ratio.as_float().unwrap());
        }
    }
}

#[test]
fn claims_are_answered_by_computation() {
    // Truth: Li2O (a = 4.61 Å) has its first line at 33.6°; AlPO4 of 21.76, 28.16 and 35.99° is low cristobalite, berlinite's
    // strongest line stands at 26.4°; Bi2O3 4f7/2 is tabulated at 158.6 to 159.3 eV on the scale of C 1s = 284.8 eV.
    let claim =
        |text: &str| example().claims.iter().find(|claim| claim.text == text).unwrap_or_else(|| panic!("{text}"));
    let all =
        |text: &str, verdict| assert!(claim(text).answers.iter().all(|a| a.answer == verdict), "{:#?}", claim(text));
    all("Li2O at 20.5°", ClaimVerdict::NotSupported);
    let lithia = &claim("Li2O at 20.5°").answers;
    assert!(lithia[0].explanation.contains("33.58°") && lithia[0].explanation.contains("GeO2 (1 0 0) at 20.55°"));
    assert!(lithia[1].explanation.contains("AlP3O9-cubic"), "{}", lithia[1].explanation);
    all("AlPO4 at 21.8°, 28.2°, 35.9°", ClaimVerdict::Supported);
    let facts = &claim("AlPO4 at 21.8°, 28.2°, 35.9°").facts;
    assert!(facts.iter().any(|f| f.starts_with("AlPO4-cristobalite: a line at 3 of 3")), "{facts:?}");
    assert!(
        facts.iter().any(|f| f.starts_with("AlPO4-berlinite: a line at 0 of 3") && f.contains("26.40°")),
        "{facts:?}"
    );
    all("Bi 4f Bi2O3 at 159.8 eV", ClaimVerdict::NotSupported);
    assert!(claim("Bi 4f Bi2O3 at 159.8 eV").facts[0].contains("0.8 eV above"));
    all("Bi 4f Bi metal at 156.8 eV", ClaimVerdict::Supported);
    // B 1s: 1.4 to 1.7 eV below B2O3, inside the range of borates, and under P 2s.
    all("B 1s B2O3 at 191.8 eV", ClaimVerdict::NotSupported);
    all("B 1s borate at 191.8 eV", ClaimVerdict::Supported);
    let borate = claim("B 1s borate at 191.8 eV");
    assert!(borate.facts.iter().any(|fact| fact.contains("P 2s of phosphate")), "{:?}", borate.facts);
    assert!(borate.answers[0].explanation.contains("P 2s is tied to P 2p"));
}

#[test]
fn boron_without_a_tied_phosphorus_line_cannot_be_told() {
    // Truth: a B 1s under a free P 2s has an area that the data do not determine.
    let home = tempfile::tempdir().unwrap();
    std::fs::copy(self::home().join("b2o3.vms"), home.path().join("b2o3.vms")).unwrap();
    let recipe = text("xps-recipe.toml");
    let tie = "tie = { core_level = \"P 2p\", state = \"phosphate\", offset_ev = 57.4 }";
    assert!(recipe.contains(tie));
    std::fs::write(home.path().join("r.toml"), recipe.replace(tie, "binding_energy_ev = 190.5")).unwrap();
    let study = "title = 't'\n[recipes]\nxps = 'r.toml'\n[[sample]]\nlabel = 'a'\nxps = ['b2o3.vms']\n[[claim]]\nkind = 'state'\n\
                 core_level = 'B 1s'\nstate = 'borate'\nbinding_energy_ev = 191.8\n";
    let analysis = analyze(&Study::from_toml("s", study).unwrap(), home.path(), &|| ()).unwrap();
    let answer = &analysis.claims[0].answers[0];
    assert_eq!(answer.answer, ClaimVerdict::NotDecidable, "{answer:?}");
    assert!(answer.explanation.contains("P 2s lies there too and is not tied"), "{answer:?}");
}

#[test]
fn differences_are_called_real_only_beyond_noise() {
    // Truth: sizes of 42.7, 63.5, 48 and 58 nm; cells and binding energies are the same in all simulations.
    let comparisons = &example().comparisons;
    for c in comparisons {
        let same =
            matches!(c.kind, PropertyKind::CellLength | PropertyKind::BindingEnergy | PropertyKind::LinePosition);
        assert!(!(same && c.distinguishable), "{c:?}");
        if c.kind == PropertyKind::CrystalliteSize && c.property.ends_with("LAGP-x0.5") {
            assert!(c.distinguishable, "{c:?}");
        }
    }
    assert!(comparisons.len() > 100);
}

#[test]
fn bulk_and_surface_are_set_beside_each_other() {
    // Truth: the simulations. The surface holds 6 Li, 3 Al, 6 Ge, 12 P and 52 O to 100 atoms with carbon, boron and bismuth; LAGP
    // with 5 wt% AlPO4 has more lithium and less oxygen by its formula (1.5 Li, 0.5 Al, 1.5 Ge, 3 P, 12 O).
    let sample = &example().samples[1];
    let surface = sample.surface.as_ref().unwrap();
    let of = |element: &str| surface.elements.iter().find(|e| e.element == element).unwrap();
    let total = 6.0 + 3.0 + 6.0 + 12.0 + 52.0;
    for (element, atoms) in [("Li", 6.0), ("Al", 3.0), ("Ge", 6.0), ("P", 12.0), ("O", 52.0)] {
        assert_near(element, of(element).surface_percent, 100.0 * atoms / total);
    }
    // 95 wt% of 417.75 g/mol and 5 wt% of 121.95 g/mol: oxygen 12·0.2274 + 4·0.041 of 18.5·0.2274 + 6·0.041.
    let (lagp, alpo4) = (95.0 / 417.75, 5.0 / 121.95);
    let oxygen = 100.0 * (12.0 * lagp + 4.0 * alpo4) / (18.5 * lagp + 6.0 * alpo4);
    assert!((of("O").bulk_percent.value - oxygen).abs() < 0.3, "{:?} {oxygen}", of("O"));
    assert!(surface.only_at_the_surface.iter().any(|(element, _)| element == "B"), "{surface:?}");
    assert!(
        surface.remarks.iter().any(|r| r.contains("P 2s lies in the same range and is tied to P 2p")),
        "{surface:?}"
    );
}

#[test]
fn one_failing_sample_leaves_the_others() {
    let home = tempfile::tempdir().unwrap();
    std::fs::copy(self::home().join("b2o3.xrdml"), home.path().join("good.xrdml")).unwrap();
    std::fs::write(home.path().join("bad.xrdml"), "<xrdMeasurements>").unwrap();
    let study = "title = 't'\n[[sample]]\nlabel = 'good'\nxrd = 'good.xrdml'\n[[sample]]\nlabel = 'bad'\nxrd = 'bad.xrdml'\n\
                 [[sample]]\nlabel = 'missing'\nxps = ['missing.vms']\n";
    let analysis = analyze(&Study::from_toml("s", study).unwrap(), home.path(), &|| ()).unwrap();
    assert_eq!(analysis.failed(), 2);
    assert!(analysis.samples[0].xrd.is_some() && analysis.samples[0].failures.is_empty());
    assert!(analysis.samples[1].failures[0].contains("bad.xrdml"), "{:?}", analysis.samples[1].failures);
    assert!(analysis.samples[2].failures[0].contains("missing.vms"), "{:?}", analysis.samples[2].failures);
    // Without an instrument profile sizes are lower limits and are not compared.
    assert!(analysis.samples[0].properties.iter().any(|p| p.kind == PropertyKind::CrystalliteSize && p.lower_limit));
}

#[test]
fn the_report_is_whole_and_the_same_bytes_twice() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str| write_report(example(), &folder.path().join(name), false).unwrap();
    let (first, second) = (write("first"), write("second"));
    let names: Vec<&str> = first.iter().map(|path| path.file_name().unwrap().to_str().unwrap()).collect();
    for figure in ["patterns", "patterns-window", "sizes", "densities", "level-bi-4f", "level-b-1s", "level-p-2p"] {
        for ending in [".svg", ".png", ".pdf", "-single.svg", "-single.png", "-single.pdf"] {
            assert!(names.contains(&format!("{figure}{ending}").as_str()), "{figure}{ending} not in {names:?}");
        }
    }
    for name in ["report.html", "supplement.html", "result.json", "samples.csv", "comparisons.csv", "tables.xlsx"] {
        assert!(names.contains(&name), "{name}");
    }
    for (a, b) in first.iter().zip(&second) {
        let bytes = std::fs::read(a).unwrap();
        assert!(bytes.len() > 200, "{} is empty", a.display());
        assert!(bytes == std::fs::read(b).unwrap(), "{} differs", a.display());
    }
    let page = std::fs::read_to_string(&first[names.iter().position(|n| *n == "report.html").unwrap()]).unwrap();
    for part in
        ["Simulated data, not a measurement", "LAGP-B is larger than LAGP by", "not supported", "Bulk and surface"]
    {
        assert!(page.contains(part), "{part}");
    }
    assert!(!page.contains(env!("CARGO_MANIFEST_DIR")) && !page.contains("examples/"), "a path of this machine");
}
