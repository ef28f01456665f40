//! Whether what is said of the parameters is true: σ, bias, what is not determined.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, Normal, Poisson};

use super::super::*;
use super::{ONE, TWO, id, one_peak, values};

/// Truth: σ of a free area at the same place, which needs no bound because its estimate is positive.
#[test]
fn an_area_at_zero_keeps_the_sigma_of_its_detection_limit() {
    let run = |shift: f64| {
        let data: Vec<f64> = values(&ONE, &[shift, 30.0, 4.0, 100.0]);
        let mut set = Parameters::new();
        set.bounded("area", 10.0, 0.0, f64::INFINITY);
        set.fixed("centre", 30.0);
        set.fixed("width", 4.0);
        set.free("background", 90.0);
        fit(&ONE, &set, &data, Weights::Sigma(&[10.0; 60]), &Options::default()).unwrap()
    };
    let (zero, positive) = (run(-20.0), run(20.0));
    assert_eq!((zero.value(ParameterId(0)), zero.sigma[0]), (0.0, None));
    let (limit, free) = (zero.sigma_ignoring_bounds[0].unwrap(), positive.sigma[0].unwrap());
    assert!((limit / free - 1.0).abs() < 1e-9, "{limit} {free}");
}

/// Two areas at one place and width cannot be told apart; the rest can.
#[test]
fn dependent_parameters_are_named_with_each_other() {
    let data = values(&TWO, &[400.0, 30.0, 3.0, 0.0, 30.0, 3.0, 5.0]);
    let mut set = Parameters::new();
    let first = set.free("first area", 300.0);
    let centre = set.free("centre", 29.0);
    let width = set.bounded("width", 4.0, 0.1, 20.0);
    let second = set.free("second area", 50.0);
    set.tied("second centre", centre, 1.0, 0.0);
    set.tied("second width", width, 1.0, 0.0);
    let background = set.free("background", 3.0);
    let result = fit(&TWO, &set, &data, Weights::Sigma(&[1.0; 80]), &Options::default()).unwrap();
    assert_eq!(result.termination.stop, Stop::NotUnique);
    assert!(!result.converged());
    assert_eq!(result.undetermined.len(), 1);
    let mut names = result.undetermined[0].exchangeable_with.clone();
    names.push(result.undetermined[0].name.clone());
    names.sort();
    assert_eq!(names, ["first area", "second area"]);
    assert_eq!((result.sigma[first.0], result.sigma[second.0]), (None, None));
    assert!(result.sigma[background.0].is_some() && result.sigma[centre.0].is_some());
    assert!((result.value(first) + result.value(second) - 400.0).abs() < 1e-6);
    // The sum is determined, but only through parameters that are not.
    assert_eq!(result.propagate(&[1.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0]), None);
}

/// A peak of vanished area has no centre and no width.
#[test]
fn parameters_without_influence_are_named() {
    let data = values(&ONE, &[0.0, 30.0, 4.0, 12.0]);
    let mut set = one_peak(100.0, 30.0, 4.0, 10.0);
    let sigma = [1.0; 60];
    let lowered: Vec<f64> =
        data.iter().enumerate().map(|(i, y)| y - if (20..40).contains(&i) { 1.0 } else { 0.0 }).collect();
    let centre = id(&set, "centre");
    set.get_mut(centre).lower = 25.0;
    set.get_mut(centre).upper = 35.0;
    let result = fit(&ONE, &set, &lowered, Weights::Sigma(&sigma), &Options::default()).unwrap();
    assert_eq!(result.value(id(&set, "area")), 0.0);
    assert!(result.at_bound.contains(&"area".to_string()), "{:?}", result.at_bound);
    let silent: Vec<_> = result.undetermined.iter().filter(|u| u.exchangeable_with.is_empty()).collect();
    assert_eq!(silent.len(), 2, "{:?}", result.undetermined);
    assert!(result.sigma[id(&set, "background").0].is_some());
}

/// Truth: the simulated areas. Weights from the data lose about one count per point; Poisson weights from the model
/// must not, even at half a count per point.
#[test]
fn poisson_weights_leave_areas_unbiased_at_low_counts() {
    for background in [0.5, 3.0] {
        let truth = [60.0, 30.0, 4.0, background];
        let mean = values(&ONE, &truth);
        let set = one_peak(40.0, 29.0, 5.0, 1.0);
        let replicas = 400;
        let (mut sum, mut squares, mut from_data) = (0.0, 0.0, 0.0);
        for seed in 0..replicas {
            let mut rng = ChaCha8Rng::seed_from_u64(seed);
            let counts: Vec<f64> = mean.iter().map(|m| Poisson::new(*m).unwrap().sample(&mut rng)).collect();
            let gain = [1.0; 60];
            let result = fit(&ONE, &set, &counts, Weights::Poisson { gain: &gain }, &Options::default()).unwrap();
            assert!(result.converged(), "{seed}: {}", result.termination);
            let total = result.value(ParameterId(0)) + 60.0 * result.value(ParameterId(3));
            // Counts are conserved by the Poisson likelihood (up to the floor and the tails cut at the ends).
            assert!((total - counts.iter().sum::<f64>()).abs() < 1.0, "{seed}: {total}");
            let area = result.value(ParameterId(0));
            sum += area;
            squares += area * area;
            let sigma: Vec<f64> = counts.iter().map(|n| n.max(1.0).sqrt()).collect();
            let neyman = fit(&ONE, &set, &counts, Weights::Sigma(&sigma), &Options::default()).unwrap();
            from_data += neyman.value(ParameterId(0)) + 60.0 * neyman.value(ParameterId(3));
        }
        let n = replicas as f64;
        let (mean_area, standard_error) = (sum / n, ((squares / n - (sum / n).powi(2)) / n).sqrt());
        assert!((mean_area - 60.0).abs() < 3.0 * standard_error, "{background}: {mean_area} ± {standard_error}");
        // The weights from the data do lose counts: the comparison is not empty.
        let total = 60.0 + 60.0 * background;
        assert!(from_data / n < 0.95 * total, "{background}: {} of {total}", from_data / n);
    }
}

/// Truth: the simulated parameters; 68.3 % of the intervals ±σ must hold them, within the binomial spread.
#[test]
fn one_sigma_covers_the_truth_in_two_thirds_of_simulations() {
    let truth = [2000.0, 30.3, 4.0, 25.0];
    let mean = values(&ONE, &truth);
    let replicas = 600;
    for poisson in [false, true] {
        let mut covered = [0; 4];
        for seed in 0..replicas {
            let mut rng = ChaCha8Rng::seed_from_u64(1000 + seed);
            let sigma = [6.0; 60];
            let data: Vec<f64> = mean
                .iter()
                .map(|m| {
                    if poisson {
                        Poisson::new(*m).unwrap().sample(&mut rng)
                    } else {
                        Normal::new(*m, 6.0).unwrap().sample(&mut rng)
                    }
                })
                .collect();
            let weights = if poisson { Weights::Poisson { gain: &[1.0; 60] } } else { Weights::Sigma(&sigma) };
            let result = fit(&ONE, &one_peak(1500.0, 29.0, 5.0, 20.0), &data, weights, &Options::default()).unwrap();
            for (p, hits) in covered.iter_mut().enumerate() {
                let q = result.quantity(ParameterId(p));
                *hits += u32::from((q.value - truth[p]).abs() < q.sigma.unwrap());
            }
        }
        for hits in covered {
            let fraction = f64::from(hits) / replicas as f64;
            let spread = (0.683 * 0.317 / replicas as f64).sqrt();
            assert!((fraction - 0.683).abs() < 3.0 * spread, "poisson {poisson}: {covered:?} of {replicas}");
        }
    }
}

/// Truth: gain scales counts: data in counts per second with gain 1/T give the areas of the counts divided by T, and
/// the same χ².
#[test]
fn gain_makes_rates_equal_to_counts() {
    let mean = values(&ONE, &[200.0, 30.0, 4.0, 3.0]);
    let mut rng = ChaCha8Rng::seed_from_u64(3);
    let counts: Vec<f64> = mean.iter().map(|m| Poisson::new(*m).unwrap().sample(&mut rng)).collect();
    let seconds = 8.0;
    let rates: Vec<f64> = counts.iter().map(|n| n / seconds).collect();
    let run = |data: &[f64], gain: f64, scale: f64| {
        let gain = [gain; 60];
        let start = one_peak(150.0 * scale, 29.0, 5.0, 2.0 * scale);
        fit(&ONE, &start, data, Weights::Poisson { gain: &gain }, &Options::default()).unwrap()
    };
    let (a, b) = (run(&counts, 1.0, 1.0), run(&rates, 1.0 / seconds, 1.0 / seconds));
    let area = ParameterId(0);
    assert!((a.value(area) - seconds * b.value(area)).abs() < 1e-6 * a.value(area));
    assert!((a.statistics.chi_squared - b.statistics.chi_squared).abs() < 1e-6 * a.statistics.chi_squared);
}

#[test]
fn the_scale_of_the_covariance_is_what_was_asked_for() {
    let mut rng = ChaCha8Rng::seed_from_u64(4);
    let data: Vec<f64> = values(&ONE, &[500.0, 31.5, 4.0, 12.0])
        .iter()
        .map(|m| Normal::new(*m, 3.0).unwrap().sample(&mut rng))
        .collect();
    let sigma_of = |scale| {
        let options = Options { covariance_scale: scale, ..Options::default() };
        let result = fit(&ONE, &one_peak(300.0, 28.0, 6.0, 10.0), &data, Weights::Sigma(&[1.0; 60]), &options).unwrap();
        (result.sigma[0].unwrap(), result.covariance_scale, result.statistics.reduced_chi_squared.unwrap())
    };
    let (known, default, reduced) = sigma_of(None);
    assert_eq!(default, CovarianceScale::FromSigma);
    let (scattered, asked, _) = sigma_of(Some(CovarianceScale::FromResiduals));
    assert_eq!(asked, CovarianceScale::FromResiduals);
    assert!((scattered / known - reduced.sqrt()).abs() < 1e-9);
}
