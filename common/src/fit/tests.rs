//! Behaviour of the engine as a whole, on models of peaks with analytic derivatives.

use std::ops::Range;

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, Normal, Poisson};

use super::*;
use crate::error::{Error, Result};

/// Gaussian peaks (area, centre, σ-width each) of unit spacing on a constant background (last parameter), each peak
/// cut to a window of ±8 widths at most `reach` points.
pub(super) struct Peaks {
    pub(super) points: usize,
    pub(super) peaks: usize,
    pub(super) reach: usize,
}

impl Peaks {
    fn window(&self, centre: f64) -> Range<usize> {
        let centre = centre.clamp(0.0, self.points as f64) as usize;
        centre.saturating_sub(self.reach)..(centre + self.reach).min(self.points)
    }
}

impl Model for Peaks {
    fn observations(&self) -> usize {
        self.points
    }

    fn evaluate(&self, p: &[f64], values: &mut [f64], mut jacobian: Option<&mut Jacobian>) -> Result<()> {
        let background = p[3 * self.peaks];
        values.fill(background);
        if let Some(j) = &mut jacobian {
            j.window(3 * self.peaks, 0..self.points).fill(1.0);
        }
        for (k, peak) in p[..3 * self.peaks].chunks(3).enumerate() {
            let (area, centre, width) = (peak[0], peak[1], peak[2]);
            if width <= 0.0 {
                return Err(Error::Fit(format!("width {width}, expected more than 0")));
            }
            let window = self.window(centre);
            if let Some(j) = &mut jacobian {
                (0..3).for_each(|m| _ = j.window(3 * k + m, window.clone()));
            }
            let norm = 1.0 / (width * (2.0 * std::f64::consts::PI).sqrt());
            for (m, i) in window.enumerate() {
                let z = (i as f64 - centre) / width;
                let shape = norm * (-0.5 * z * z).exp();
                values[i] += area * shape;
                if let Some(j) = &mut jacobian {
                    j.columns[3 * k].values[m] = shape;
                    j.columns[3 * k + 1].values[m] = area * shape * z / width;
                    j.columns[3 * k + 2].values[m] = area * shape * (z * z - 1.0) / width;
                }
            }
        }
        Ok(())
    }
}

pub(super) const ONE: Peaks = Peaks { points: 60, peaks: 1, reach: 60 };
const TWO: Peaks = Peaks { points: 80, peaks: 2, reach: 80 };

/// One peak on 60 points.
pub(super) fn one_peak(area: f64, centre: f64, width: f64, background: f64) -> Parameters {
    let mut set = Parameters::new();
    set.bounded("area", area, 0.0, f64::INFINITY);
    set.free("centre", centre);
    // No peak is narrower than the spacing of the points: such a one could hide between them.
    set.bounded("width", width, 1.0, 30.0);
    set.free("background", background);
    set
}

pub(super) fn values(model: &Peaks, p: &[f64]) -> Vec<f64> {
    let mut out = vec![0.0; model.points];
    model.evaluate(p, &mut out, None).unwrap();
    out
}

fn id(set: &Parameters, name: &str) -> ParameterId {
    set.find(name).unwrap()
}

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

#[test]
fn without_free_parameters_the_model_is_only_compared() {
    let mut set = one_peak(100.0, 30.0, 4.0, 5.0);
    (0..4).for_each(|p| set.get_mut(ParameterId(p)).coupling = Coupling::Fixed);
    let data = values(&ONE, &[100.0, 30.0, 4.0, 5.5]);
    let result = fit(&ONE, &set, &data, Weights::Sigma(&[0.5; 60]), &Options::default()).unwrap();
    assert_eq!(result.termination.stop, Stop::NothingToFit);
    assert!((result.statistics.chi_squared - 60.0).abs() < 1e-9);
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
    println!("{text}");
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
