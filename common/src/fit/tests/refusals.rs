//! What the engine says: errors, limits, the printed report.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, Poisson};

use super::super::*;
use super::{ONE, Peaks, TWO, one_peak, values};

#[test]
fn hopeless_input_is_refused_with_the_reason() {
    let refusal = |set: &Parameters, data: &[f64]| {
        fit(&ONE, set, data, Weights::Unit, &Options::default()).unwrap_err().to_string()
    };
    let good = one_peak(1.0, 30.0, 4.0, 1.0);
    assert!(refusal(&good, &[1.0; 3]).contains("3 observations for a model of 60"));
    let few = Peaks { points: 3, peaks: 1, reach: 3 };
    let text = fit(&few, &good, &[1.0; 3], Weights::Unit, &Options::default()).unwrap_err().to_string();
    assert!(text.contains("3 observations cannot determine 4 free parameters"), "{text}");
    let mut outside = good.clone();
    outside.get_mut(ParameterId(2)).value = 50.0;
    assert!(refusal(&outside, &[1.0; 60]).contains("\"width\" starts at 50, outside its bounds 1 to 30"));
    let mut negative = good.clone();
    (negative.get_mut(ParameterId(2)).lower, negative.get_mut(ParameterId(2)).value) = (-5.0, -1.0);
    assert!(refusal(&negative, &[1.0; 60]).contains("width -1, expected more than 0"));
    let mut data = [1.0; 60];
    data[7] = f64::INFINITY;
    assert!(refusal(&good, &data).contains("observation inf at point 7"));
    let options = Options { tolerance: 0.0, ..Options::default() };
    let text = fit(&ONE, &good, &[1.0; 60], Weights::Unit, &options).unwrap_err().to_string();
    assert!(text.contains("option tolerance is 0"), "{text}");
}

/// A doublet with a tied partner, a bound and a fixed background, in print.
#[test]
fn the_report_shows_what_a_reader_must_know() {
    let mut rng = ChaCha8Rng::seed_from_u64(8);
    let mean = values(&TWO, &[4000.0, 30.0, 3.0, 2000.0, 42.0, 3.0, 50.0]);
    let counts: Vec<f64> = mean.iter().map(|m| Poisson::new(*m).unwrap().sample(&mut rng)).collect();
    let mut set = Parameters::new();
    let area = set.free("2p3/2 area", 3000.0);
    let centre = set.bounded("2p3/2 energy_ev", 28.0, 25.0, 29.5);
    let width = set.bounded("2p3/2 width_ev", 4.0, 1.0, 20.0);
    set.tied("2p1/2 area", area, 0.5, 0.0);
    set.tied("2p1/2 energy_ev", centre, 1.0, 12.0);
    set.tied("2p1/2 width_ev", width, 1.0, 0.0);
    set.fixed("background", 50.0);
    let gain = [1.0; 80];
    let result = fit(&TWO, &set, &counts, Weights::Poisson { gain: &gain }, &Options::default()).unwrap();
    let text = report(&result, 0.1);
    for expected in [
        "Fit: converged",
        "80 observations, 3 free parameters",
        "Poisson variance of the model; σ of the parameters from σ of the data",
        "start 3000",
        "start 28, at its upper bound",
        "= 0.5 · 2p3/2 area",
        "= 2p3/2 energy_ev + 12",
        "fixed",
        "Correlations of 0.1 or more",
        "2p3/2 energy_ev is held by its bound and has no σ",
        "the model or σ is wrong",
    ] {
        assert!(text.contains(expected), "no \"{expected}\" in\n{text}");
    }
}

#[test]
fn the_limit_of_evaluations_is_reported() {
    let data = values(&ONE, &[500.0, 31.5, 4.0, 12.0]);
    let options = Options { max_evaluations: 3, ..Options::default() };
    let result = fit(&ONE, &one_peak(300.0, 20.0, 6.0, 10.0), &data, Weights::Unit, &options).unwrap();
    assert_eq!(result.termination.stop, Stop::EvaluationLimit);
    assert!(!result.converged() && result.termination.evaluations <= 4);
}
