//! Whether the minimum is found: bounds, ties, long patterns, peers.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, Poisson};

use super::super::*;
use super::{ONE, Peaks, TWO, id, one_peak, values};

#[test]
fn derivatives_of_the_test_model() {
    derivative_check::model(&TWO, &[100.0, 20.3, 3.0, 50.0, 40.7, 5.0, 2.0], 1e-9).unwrap();
}

/// Truth: the parameters that made the noiseless data.
#[test]
fn exact_data_give_exact_parameters() {
    let truth = [500.0, 31.5, 4.0, 12.0];
    let data = values(&ONE, &truth);
    for weights in [Weights::Unit, Weights::Sigma(&[2.0; 60]), Weights::Poisson { gain: &[1.0; 60] }] {
        let result = fit(&ONE, &one_peak(300.0, 28.0, 6.0, 10.0), &data, weights, &Options::default()).unwrap();
        assert!(result.converged(), "{}", result.termination);
        for (found, expected) in result.parameters.values().iter().zip(truth) {
            assert!((found - expected).abs() < 1e-9 * expected, "{weights:?} {found} {expected}");
        }
    }
}

/// Truth: the constrained minimum, found by fixing the parameter at its bound.
#[test]
fn a_bound_holds_and_is_named() {
    let data = values(&ONE, &[500.0, 31.5, 4.0, 12.0]);
    let mut set = one_peak(300.0, 28.0, 5.5, 10.0);
    let width = id(&set, "width");
    set.get_mut(width).lower = 5.0;
    let bounded = fit(&ONE, &set, &data, Weights::Unit, &Options::default()).unwrap();
    assert!(bounded.converged(), "{}", bounded.termination);
    assert_eq!(bounded.at_bound, ["width"]);
    assert_eq!(bounded.value(width), 5.0);
    assert_eq!(bounded.sigma[width.0], None);

    set.get_mut(width).coupling = Coupling::Fixed;
    set.get_mut(width).value = 5.0;
    let fixed = fit(&ONE, &set, &data, Weights::Unit, &Options::default()).unwrap();
    for p in ["area", "centre", "background"] {
        let (a, b) = (bounded.quantity(id(&set, p)), fixed.quantity(id(&set, p)));
        assert!((a.value - b.value).abs() < 1e-6 * b.value, "{p} {a:?} {b:?}");
    }
}

/// Truth: the parameters that made the data, inside the bounds; every start sits on a bound.
#[test]
fn a_parameter_leaves_the_bound_it_starts_on() {
    let truth = [500.0, 31.5, 4.0, 12.0];
    let data = values(&ONE, &truth);
    for at_upper in [false, true] {
        let mut set = Parameters::new();
        for (name, lower, upper) in
            [("area", 100.0, 1500.0), ("centre", 26.0, 36.0), ("width", 1.5, 9.0), ("background", 0.0, 40.0)]
        {
            set.bounded(name, if at_upper { upper } else { lower }, lower, upper);
        }
        let result = fit(&ONE, &set, &data, Weights::Unit, &Options::default()).unwrap();
        assert!(result.converged() && result.at_bound.is_empty(), "{}", result.termination);
        for (found, expected) in result.parameters.values().iter().zip(truth) {
            assert!((found - expected).abs() < 1e-8 * expected, "{found} {expected}");
        }
    }
}

/// Truth: the doublet that made the data: splitting 12, area ratio 1:2, one width.
#[test]
fn ties_express_a_doublet() {
    let data = values(&TWO, &[400.0, 30.0, 3.0, 200.0, 42.0, 3.0, 5.0]);
    let mut set = Parameters::new();
    let area = set.free("area", 300.0);
    let centre = set.free("centre", 29.0);
    let width = set.bounded("width", 4.0, 0.1, 20.0);
    let partner = set.tied("partner area", area, 0.5, 0.0);
    set.tied("partner centre", centre, 1.0, 12.0);
    set.tied("partner width", width, 1.0, 0.0);
    set.fixed("background", 5.0);
    let result = fit(&TWO, &set, &data, Weights::Sigma(&[1.0; 80]), &Options::default()).unwrap();
    assert!(result.converged());
    assert_eq!(result.statistics.free_parameters, 3);
    assert!((result.value(partner) - 200.0).abs() < 1e-7);
    assert!((result.value(id(&set, "partner centre")) - 42.0).abs() < 1e-7);
    let (main, tied) = (result.quantity(area).sigma.unwrap(), result.quantity(partner).sigma.unwrap());
    assert!((tied - 0.5 * main).abs() < 1e-12 * main);
    assert_eq!(result.correlation(area, partner), Some(1.0));
    assert_eq!(result.sigma[id(&set, "background").0], None);
    // σ of the sum of both areas is 1.5 times that of one, not √(1 + ¼).
    let total = result.propagate(&[1.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0]).unwrap();
    assert!((total - 1.5 * main).abs() < 1e-12 * main);
}

/// Truth: SciPy 1.x `leastsq` on the same model and data, refined by `least_squares` with three-point differences to its
/// rounding: two doublets of fixed ratio 0.75 and splitting 53.1, one σ each, on a constant background.
#[test]
fn two_doublets_agree_with_scipy() {
    let model = Peaks { points: 201, peaks: 4, reach: 201 };
    let truth = [8000.0, 50.0, 4.5, 6000.0, 103.1, 4.5, 30000.0, 70.0, 5.5, 22500.0, 123.1, 5.5, 300.0];
    let mut data = values(&model, &truth);
    for (i, y) in data.iter_mut().enumerate() {
        let turn = (i as f64 * 0.754877666) % 1.0 - 0.5;
        *y = (*y + turn * 3.46 * y.sqrt()).round();
    }
    let sigma: Vec<f64> = data.iter().map(|y| y.max(1.0).sqrt()).collect();
    let mut set = Parameters::new();
    for (k, [area, centre, width]) in [[5000.0, 48.0, 7.0], [25000.0, 73.0, 7.0]].into_iter().enumerate() {
        let a = set.bounded(format!("area {k}"), area, 0.0, f64::INFINITY);
        let c = set.free(format!("centre {k}"), centre);
        let w = set.bounded(format!("width {k}"), width, 1.0, 30.0);
        set.tied(format!("partner area {k}"), a, 0.75, 0.0);
        set.tied(format!("partner centre {k}"), c, 1.0, 53.1);
        set.tied(format!("partner width {k}"), w, 1.0, 0.0);
    }
    set.free("background", 250.0);
    let result = fit(&model, &set, &data, Weights::Sigma(&sigma), &Options::default()).unwrap();
    assert!(result.converged() && result.termination.evaluations <= 12, "{}", result.termination);
    assert!((result.statistics.chi_squared - 196.00725318).abs() < 1e-7);
    assert!((result.statistics.durbin_watson.unwrap() - 2.282485).abs() < 1e-6);
    let peer = [
        (0, 8025.08299, 113.9085),
        (1, 49.863281, 0.06976235),
        (2, 4.48195092, 0.06929377),
        (6, 29938.8405, 166.9969),
        (7, 70.0182065, 0.03358988),
        (8, 5.50679799, 0.03191363),
        (12, 298.836451, 1.668856),
    ];
    for (p, value, sigma) in peer {
        let found = result.quantity(ParameterId(p));
        assert!((found.value / value - 1.0).abs() < 1e-8, "{p}: {found:?} {value}");
        assert!((found.sigma.unwrap() / sigma - 1.0).abs() < 1e-5, "{p}: {found:?} {sigma}");
    }
    let correlation = |a, b| result.correlation(ParameterId(a), ParameterId(b)).unwrap();
    assert!((correlation(0, 6) + 0.053665).abs() < 1e-5 && (correlation(6, 8) - 0.374542).abs() < 1e-5);
}

/// A model that refuses parameters refuses the step, not the fit.
#[test]
fn steps_out_of_the_domain_are_survived() {
    let truth = [500.0, 31.5, 1.2, 12.0];
    let data = values(&ONE, &truth);
    let mut set = one_peak(2000.0, 30.0, 9.0, 60.0);
    let width = id(&set, "width");
    set.get_mut(width).lower = f64::NEG_INFINITY;
    let result = fit(&ONE, &set, &data, Weights::Unit, &Options::default()).unwrap();
    assert!(result.converged(), "{}", result.termination);
    assert!((result.value(width) - 1.2).abs() < 1e-9);
}

/// Truth: the simulated parameters, and σ of one peak fitted alone through the dense triangle.
#[test]
fn long_patterns_go_through_normal_equations_to_the_same_answer() {
    let many = Peaks { points: 4000, peaks: 40, reach: 60 };
    let mut truth = Vec::new();
    let mut set = Parameters::new();
    for k in 0..40 {
        let wobble = f64::from((k * 7) % 11);
        let (area, centre, width) = (500.0 + 100.0 * wobble, 50.0 + 95.0 * f64::from(k) + wobble, 4.0 + 0.3 * wobble);
        truth.extend([area, centre, width]);
        set.bounded(format!("area {k}"), 0.8 * area, 0.0, 1e6);
        set.free(format!("centre {k}"), centre + 1.5);
        set.bounded(format!("width {k}"), 1.3 * width, 0.5, 30.0);
    }
    truth.push(20.0);
    set.free("background", 15.0);
    let mean = values(&many, &truth);
    let mut rng = ChaCha8Rng::seed_from_u64(9);
    let counts: Vec<f64> = mean.iter().map(|m| Poisson::new(*m).unwrap().sample(&mut rng)).collect();
    let sigma: Vec<f64> = mean.iter().map(|m| m.sqrt()).collect();
    let result = fit(&many, &set, &counts, Weights::Sigma(&sigma), &Options::default()).unwrap();
    assert!(result.converged(), "{}", result.termination);
    let beyond = (0..truth.len())
        .filter(|&p| (result.parameters.values()[p] - truth[p]).abs() > 3.0 * result.sigma[p].unwrap())
        .count();
    assert!(beyond <= 3, "{beyond} of {} beyond 3σ", truth.len());
    // A single peak, its neighbours too far to matter, fitted densely.
    let alone = Peaks { points: 95, peaks: 1, reach: 95 };
    let mut part = Parameters::new();
    part.free("area", truth[30]);
    part.free("centre", truth[31] - 955.0);
    part.free("width", truth[32]);
    part.fixed("background", result.value(id(&set, "background")));
    let range = 955..1050;
    let dense = fit(&alone, &part, &counts[range.clone()], Weights::Sigma(&sigma[range]), &Options::default()).unwrap();
    for p in 0..3 {
        let (a, b) = (result.sigma[30 + p].unwrap(), dense.sigma[p].unwrap());
        assert!((a / b - 1.0).abs() < 0.02, "{p}: {a} {b}");
    }
}

/// Truth: the value of a tied parameter at its own bound, which is rounded when it is multiplied out.
#[test]
fn a_result_on_a_tied_bound_can_be_fitted_again() {
    let data = values(&TWO, &[400.0, 30.0, 3.0, 200.0, 42.0, 3.0, 5.0]);
    let mut set = Parameters::new();
    set.free("area", 300.0);
    let centre = set.free("centre", 29.0);
    let width = set.bounded("width", 2.0, 0.1, 20.0);
    set.free("partner area", 100.0);
    let partner = set.tied("partner centre", centre, 0.7, 20.03);
    set.get_mut(partner).upper = 40.77;
    set.tied("partner width", width, 1.0, 0.0);
    set.fixed("background", 5.0);
    let first = fit(&TWO, &set, &data, Weights::Unit, &Options::default()).unwrap();
    assert_eq!(first.at_bound, ["partner centre"]);
    assert!((first.value(partner) - 40.77).abs() < 1e-12);
    let second = fit(&TWO, &first.parameters, &data, Weights::Unit, &Options::default()).unwrap();
    assert_eq!(second.at_bound, ["partner centre"]);
}

#[test]
fn without_free_parameters_the_model_is_only_compared() {
    let mut set = one_peak(100.0, 30.0, 4.0, 5.0);
    (0..4).for_each(|p| set.get_mut(ParameterId(p)).coupling = Coupling::Fixed);
    let data = values(&ONE, &[100.0, 30.0, 4.0, 5.5]);
    let result = fit(&ONE, &set, &data, Weights::Sigma(&[0.5; 60]), &Options::default()).unwrap();
    assert_eq!(result.termination.stop, Stop::NothingToFit);
    assert!((result.statistics.chi_squared - 60.0).abs() < 1e-9);
}
/// Truth: the minimum that is found from the simulated parameters. Whatever the start, a fit of two overlapping peaks
/// inside wide bounds ends at a verified stationary point, and mostly at the best one.
#[test]
fn no_start_makes_a_fit_of_two_peaks_stagnate() {
    let mut rng = ChaCha8Rng::seed_from_u64(77);
    let gain = [1.0; 80];
    let weights = Weights::Poisson { gain: &gain };
    let (fits, mut best) = (400, 0);
    for _ in 0..fits {
        let mut truth = Vec::new();
        let mut start = Parameters::new();
        let mut near = Parameters::new();
        for (k, centre) in [30.0, 30.0 + rng.random_range(4.0..20.0)].into_iter().enumerate() {
            truth.extend([rng.random_range(100.0..5000.0), centre, rng.random_range(2.0..5.0)]);
            let guess =
                [rng.random_range(100.0..5000.0), centre + rng.random_range(-4.0..4.0), rng.random_range(1.5..8.0)];
            for (set, values) in [(&mut start, &guess[..]), (&mut near, &truth[3 * k..])] {
                set.bounded(format!("area {k}"), values[0], 0.0, f64::INFINITY);
                set.bounded(format!("centre {k}"), values[1], centre - 5.0, centre + 5.0);
                set.bounded(format!("width {k}"), values[2], 1.0, 15.0);
            }
        }
        truth.push(rng.random_range(2.0..100.0));
        start.bounded("background", 10.0, 0.0, f64::INFINITY);
        near.bounded("background", truth[6], 0.0, f64::INFINITY);
        let counts: Vec<f64> =
            values(&TWO, &truth).iter().map(|m| Poisson::new(*m).unwrap().sample(&mut rng)).collect();
        let found = fit(&TWO, &start, &counts, weights, &Options::default()).unwrap();
        let expected = fit(&TWO, &near, &counts, weights, &Options::default()).unwrap();
        assert!(matches!(found.termination.stop, Stop::Converged | Stop::NotUnique), "{}", found.termination);
        best += usize::from(found.statistics.chi_squared < expected.statistics.chi_squared * 1.001);
    }
    assert!(10 * best > 8 * fits, "{best} of {fits}");
}
