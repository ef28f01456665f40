//! Truth of every test here: the elements that the spectra were simulated from.

use doublet_common::SigmaSource;
use doublet_common::container::Content;
use doublet_common::lineshape::{Shape as _, Voigt};
use doublet_reference_patterns::photoelectrons::{Library, elemental_lines, sensitivity};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, Poisson};

use super::*;
use crate::region::{IntensityUnit, Photons, RawSpectrum, ReadOptions, StatedBy};

/// A survey of `(element, atomic percent, chemical shift in eV)` from 0 to 1200 eV in steps of 1 eV, charged by `shift_ev`: every
/// tabulated line with its cross section, steps of inelastic losses, KLL groups of C and O.
fn simulated(elements: &[(&str, f64, f64)], shift_ev: f64) -> Region {
    let shape = Voigt::new(2.2, 0.4).unwrap();
    let mut lines: Vec<(f64, f64)> = Vec::new();
    for (element, percent, chemical) in elements {
        for line in elemental_lines().iter().filter(|l| l.level.element() == *element) {
            let whole = sensitivity(Library::Scofield, &line.level.subshell());
            let ratio = line.level.minor_to_major_area();
            let Some(whole) = whole else { continue };
            let share = match (ratio, line.level.twice_j() == line.level.major().twice_j()) {
                (None, _) => 1.0,
                (Some(r), true) => 1.0 / (1.0 + r),
                (Some(r), false) => r / (1.0 + r),
            };
            // Levels of oxygen and nitrogen are tabulated on the vacuum scale.
            let solid = match *element {
                "O" => -11.3,
                "N" => -9.5,
                _ => *chemical,
            };
            let at = line.binding_energy_ev + solid;
            lines.push((at, 160.0 * percent * share * whole * ((1486.7 - at) / 1000.0).powf(0.75)));
        }
        for auger in [("O", 977.7), ("C", 1223.7)].iter().filter(|(e, _)| e == element) {
            lines.push((auger.1, 100.0 * percent));
        }
    }
    let axis: Vec<f64> = (0..1201).map(f64::from).collect();
    let mut rng = ChaCha8Rng::seed_from_u64(5);
    let counts: Vec<f64> = axis
        .iter()
        .map(|e| {
            let sum = |(at, area): &(f64, f64)| {
                let offset = e - at - shift_ev;
                area * (shape.at(offset).value + 0.006 * (1.0 + (offset / 1.0).tanh()))
            };
            let mean = 500.0 + 0.5 * e + lines.iter().map(sum).sum::<f64>();
            Poisson::new(mean).unwrap().sample(&mut rng)
        })
        .collect();
    let raw = RawSpectrum {
        dwell_time_s: Some(0.1),
        scans: Some(1.0),
        photons: Some(Photons { energy_ev: 1486.7, label: None, stated_by: StatedBy::File }),
        ..RawSpectrum::new("survey", axis, Some(EnergyScale::Binding), counts, IntensityUnit::Counts)
    };
    let content = Content::from_bytes("simulated", Vec::new()).unwrap();
    let region = raw.into_region(&content, "simulated", &ReadOptions::default()).unwrap();
    assert_eq!(region.data.sigma_source(), SigmaSource::Counts);
    region
}

fn names(survey: &Survey, verdict: Verdict) -> Vec<&str> {
    let mut names: Vec<&str> =
        survey.elements.iter().filter(|e| e.verdict == verdict).map(|e| e.element.as_str()).collect();
    names.sort_unstable();
    names
}

#[test]
fn an_electrolyte_is_named_and_boron_under_phosphorus_is_not() {
    // Truth: C, O, P, Ge, Bi, Al as put in, 2.1 eV charged; 3 % of boron add to P 2s what a survey cannot tell from it.
    let sample = [
        ("C", 16.0, 0.3),
        ("O", 54.0, 0.0),
        ("P", 13.0, -1.5),
        ("Ge", 6.0, 3.0),
        ("Bi", 3.0, 1.7),
        ("Al", 6.0, 1.5),
        ("B", 3.0, 3.5),
    ];
    let found = survey(&simulated(&sample, 2.1), None).unwrap();
    assert!((found.shift_ev.value - 2.1).abs() < 0.6, "{:?}", found.shift_ev);
    let present = names(&found, Verdict::Present);
    for element in ["Bi", "C", "Ge", "O", "P"] {
        assert!(present.contains(&element), "{element} is missing from {present:?}");
    }
    assert!(!present.contains(&"B"), "{present:?}");
    assert!(present.iter().all(|e| sample.iter().any(|(known, ..)| known == e)), "{present:?}");
    let bismuth = found.elements.iter().find(|e| e.element == "Bi").unwrap();
    assert!(bismuth.lines.iter().filter(|l| l.status == LineStatus::Found).count() >= 3, "{bismuth:?}");
}

#[test]
fn every_strong_line_that_is_missing_speaks_against() {
    // Truth: nitrogen alone; scandium 2p lies there too, and its 2p1/2 and 2s must then be seen.
    let found = survey(&simulated(&[("C", 60.0, 0.3), ("N", 30.0, 0.0), ("O", 10.0, 0.0)], 0.0), Some(0.0)).unwrap();
    assert_eq!(names(&found, Verdict::Present), ["C", "N", "O"]);
    assert!(found.elements.iter().all(|e| e.element != "Sc"), "{:?}", found.elements);
    assert!(found.shift_declared);
}

#[test]
fn noise_alone_shows_nothing() {
    // Truth: no element was put in; six σ on 1201 points.
    let found = survey(&simulated(&[], 0.0), Some(0.0)).unwrap();
    assert!(found.peaks.is_empty() && found.elements.is_empty(), "{found:?}");
    let mut short = simulated(&[], 0.0);
    short.data = short.data.cut(0.0, 20.0).unwrap();
    assert!(survey(&short, None).unwrap_err().to_string().contains("21 points"));
}
