//! Uncertainty by repetition: the fit is repeated on data that could as well have been measured.
//!
//! Where the covariance at the minimum is not the whole story (asymmetric distributions, bounds, several minima close
//! together), the spread of repeated fits is. *Parametric* replicas draw new noise around the fitted model, Poisson or
//! Gaussian as the weights say; *residual* replicas redistribute the observed residuals, which needs no statement about
//! σ; *moving blocks* of residuals keep their serial correlation (Efron & Tibshirani, *An Introduction to the Bootstrap*,
//! 1993, ch. 9; Künsch, Ann. Statist. 17 (1989) 1217).
//!
//! Replica `k` draws from stream `k` of one ChaCha generator, so that the result depends on the seed alone, not on the
//! number of threads.

use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution as _, Poisson, StandardNormal};
use rayon::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::engine::{Fit, fit};
use super::model::Model;
use super::options::{Options, Stop};
use super::parameters::{Coupling, ParameterId};
use super::weights::{Target, Weights};
use crate::error::{Error, Result};

/// How the data of a replica are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Scheme {
    /// Fitted model plus new noise: Poisson for Poisson weights, Gaussian with the given σ, or with the scatter of the
    /// residuals for unit weights.
    Parametric,
    /// Fitted model plus residuals drawn one by one.
    Residuals,
    /// Fitted model plus residuals drawn in runs of neighbours.
    MovingBlocks {
        /// Points per run, at least as long as the residuals stay correlated.
        length: usize,
    },
}

/// How a resampling is carried out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ResampleOptions {
    /// How the data of a replica are made.
    pub scheme: Scheme,
    /// Number of replicas.
    pub replicas: usize,
    /// Seed of the generator.
    pub seed: u64,
    /// How each replica is fitted.
    pub fit: Options,
}

impl ResampleOptions {
    /// Largest number of replicas.
    pub const MAX_REPLICAS: usize = 1_000_000;

    /// Parametric resampling with default fit options.
    pub fn parametric(replicas: usize, seed: u64) -> Self {
        Self { scheme: Scheme::Parametric, replicas, seed, fit: Options::default() }
    }
}

/// Distribution of one quantity over the replicas.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Distribution {
    /// Mean.
    pub mean: f64,
    /// Standard deviation.
    pub sigma: f64,
    /// Median.
    pub median: f64,
    /// 15.87 and 84.13 % points, the interval of ±1σ of a normal distribution.
    pub one_sigma: [f64; 2],
    /// 2.5 and 97.5 % points.
    pub ninety_five_percent: [f64; 2],
}

/// Distribution of one parameter.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ResampledParameter {
    /// Name.
    pub name: String,
    /// Distribution; absent for fixed parameters.
    pub distribution: Option<Distribution>,
}

/// Result of a resampling.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Resampled {
    /// How the data were made.
    pub scheme: Scheme,
    /// Seed.
    pub seed: u64,
    /// Replicas that were fitted.
    pub replicas: usize,
    /// Of these, fits that reached no minimum; they are left out of everything else.
    pub failed: usize,
    /// One per parameter, in order.
    pub parameters: Vec<ResampledParameter>,
    /// Parameter values of every replica that did not fail, in order of the replicas.
    #[serde(skip)]
    pub values: Vec<Vec<f64>>,
}

impl Resampled {
    /// Distribution of a parameter; absent for fixed ones.
    pub fn parameter(&self, id: ParameterId) -> Option<&Distribution> {
        self.parameters.get(id.0)?.distribution.as_ref()
    }

    /// Distribution of a quantity derived from the parameters.
    pub fn derived(&self, quantity: impl Fn(&[f64]) -> f64) -> Distribution {
        Distribution::new(self.values.iter().map(|p| quantity(p)).collect())
    }
}

impl Distribution {
    /// Of at least two samples.
    fn new(mut samples: Vec<f64>) -> Self {
        let n = samples.len() as f64;
        let mean = samples.iter().sum::<f64>() / n;
        let variance = samples.iter().map(|s| (s - mean).powi(2)).sum::<f64>() / (n - 1.0);
        samples.sort_by(f64::total_cmp);
        let quantile = |q: f64| {
            let at = q * (n - 1.0);
            let (low, high) = (samples[at.floor() as usize], samples[at.ceil() as usize]);
            low + (high - low) * at.fract()
        };
        Self {
            mean,
            sigma: variance.sqrt(),
            median: quantile(0.5),
            one_sigma: [quantile(0.158655), quantile(0.841345)],
            ninety_five_percent: [quantile(0.025), quantile(0.975)],
        }
    }
}

/// Repeats `fitted` on resampled data; `weights` are those that it was fitted with.
///
/// Every replica starts from the fitted parameters, with the same bounds and ties. Replicas run in parallel.
///
/// # Errors
/// [`Error::Fit`] if fewer than two replicas are asked for or succeed, more than [`ResampleOptions::MAX_REPLICAS`] are
/// asked for, a block is empty or longer than the data, unit weights come without a degree of freedom, or the model and
/// weights do not belong to the fit.
pub fn resample<M: Model + Sync + ?Sized>(
    model: &M,
    fitted: &Fit,
    weights: Weights<'_>,
    options: &ResampleOptions,
) -> Result<Resampled> {
    check(fitted, weights, options)?;
    let template = Template::new(fitted, weights, options.fit.poisson_floor_counts)?;
    let outcomes: Vec<Option<Vec<f64>>> = (0..options.replicas)
        .into_par_iter()
        .map(|replica| {
            let mut rng = ChaCha8Rng::seed_from_u64(options.seed);
            rng.set_stream(replica as u64);
            let data = template.draw(options.scheme, &mut rng);
            let result = fit(model, &fitted.parameters, &data, weights, &options.fit).ok()?;
            let minimum = matches!(result.termination.stop, Stop::Converged | Stop::NotUnique);
            minimum.then(|| result.parameters.values())
        })
        .collect();
    let values: Vec<Vec<f64>> = outcomes.into_iter().flatten().collect();
    let failed = options.replicas - values.len();
    if values.len() < 2 {
        return Err(Error::Fit(format!("{failed} of {} replicas could not be fitted", options.replicas)));
    }
    let parameters = fitted.parameters.list().iter().enumerate().map(|(p, parameter)| ResampledParameter {
        name: parameter.name.clone(),
        distribution: (parameter.coupling != Coupling::Fixed)
            .then(|| Distribution::new(values.iter().map(|v| v[p]).collect())),
    });
    Ok(Resampled {
        scheme: options.scheme,
        seed: options.seed,
        replicas: options.replicas,
        failed,
        parameters: parameters.collect(),
        values,
    })
}

fn check(fitted: &Fit, weights: Weights<'_>, options: &ResampleOptions) -> Result<()> {
    let points = fitted.values.len();
    if !(2..=ResampleOptions::MAX_REPLICAS).contains(&options.replicas) {
        return Err(Error::Fit(format!(
            "{} replicas, expected 2 to {}",
            options.replicas,
            ResampleOptions::MAX_REPLICAS
        )));
    }
    if let Scheme::MovingBlocks { length } = options.scheme
        && !(1..=points).contains(&length)
    {
        return Err(Error::Fit(format!("blocks of {length} points, expected 1 to the {points} of the data")));
    }
    if weights.kind() != fitted.weighting {
        return Err(Error::Fit(format!(
            "the fit was weighted as {:?}, the resampling as {:?}",
            fitted.weighting,
            weights.kind()
        )));
    }
    Ok(())
}

/// What replicas are drawn from.
struct Template<'a> {
    values: &'a [f64],
    weights: Weights<'a>,
    /// σ of every observation.
    sigma: Vec<f64>,
    /// Residuals in units of σ, centred, and widened by what the fit has taken from them.
    standardized: Vec<f64>,
}

impl<'a> Template<'a> {
    fn new(fitted: &'a Fit, weights: Weights<'a>, floor_counts: f64) -> Result<Self> {
        let points = fitted.values.len();
        let freedom = points.saturating_sub(fitted.statistics.free_parameters);
        let mut sigma = vec![0.0; points];
        Target::new(&fitted.values, weights, floor_counts, points)?.inverse_sigma(&fitted.values, &mut sigma);
        sigma.iter_mut().for_each(|s| *s = 1.0 / *s);
        if freedom == 0 {
            return Err(Error::Fit("no degree of freedom is left to resample".into()));
        }
        let widening = (points as f64 / freedom as f64).sqrt();
        let mean = fitted.residuals.iter().sum::<f64>() / points as f64;
        let standardized = fitted.residuals.iter().map(|r| (r - mean) * widening).collect();
        Ok(Self { values: &fitted.values, weights, sigma, standardized })
    }

    fn draw(&self, scheme: Scheme, rng: &mut ChaCha8Rng) -> Vec<f64> {
        match scheme {
            Scheme::Parametric => self.draw_noise(rng),
            Scheme::Residuals => self.draw_blocks(1, rng),
            Scheme::MovingBlocks { length } => self.draw_blocks(length, rng),
        }
    }

    fn draw_noise(&self, rng: &mut ChaCha8Rng) -> Vec<f64> {
        match self.weights {
            Weights::Poisson { gain } => self.values.iter().zip(gain).map(|(f, g)| g * counts(f / g, rng)).collect(),
            Weights::Sigma(_) => self.gaussian(1.0, rng),
            Weights::Unit => {
                let n = self.standardized.len() as f64;
                self.gaussian((self.standardized.iter().map(|r| r * r).sum::<f64>() / n).sqrt(), rng)
            }
        }
    }

    fn gaussian(&self, width: f64, rng: &mut ChaCha8Rng) -> Vec<f64> {
        let noise = |rng: &mut ChaCha8Rng| -> f64 { StandardNormal.sample(rng) };
        self.values.iter().zip(&self.sigma).map(|(f, s)| f + width * s * noise(rng)).collect()
    }

    fn draw_blocks(&self, length: usize, rng: &mut ChaCha8Rng) -> Vec<f64> {
        let points = self.values.len();
        let mut drawn = Vec::with_capacity(points + length);
        while drawn.len() < points {
            let start = rng.random_range(0..=points - length);
            drawn.extend_from_slice(&self.standardized[start..start + length]);
        }
        self.values.iter().zip(&self.sigma).zip(drawn).map(|((f, s), r)| f + s * r).collect()
    }
}

/// Poisson counts of this mean; none where the model is not positive.
fn counts(mean: f64, rng: &mut impl Rng) -> f64 {
    Poisson::new(mean).map_or(0.0, |poisson| poisson.sample(rng))
}

#[cfg(test)]
mod tests {
    use super::super::options::CovarianceScale;
    use super::super::tests::{ONE, one_peak, values};
    use super::*;

    const GAIN: [f64; 60] = [1.0; 60];

    /// One peak with Poisson noise, and its fit.
    fn fitted() -> (Vec<f64>, Fit) {
        let mut rng = ChaCha8Rng::seed_from_u64(11);
        let data: Vec<f64> = values(&ONE, &[2000.0, 30.3, 4.0, 25.0]).iter().map(|m| counts(*m, &mut rng)).collect();
        let weights = Weights::Poisson { gain: &GAIN };
        let fit = fit(&ONE, &one_peak(1500.0, 29.0, 5.0, 20.0), &data, weights, &Options::default()).unwrap();
        (data, fit)
    }

    fn run(scheme: Scheme, replicas: usize) -> Resampled {
        let options = ResampleOptions { scheme, ..ResampleOptions::parametric(replicas, 42) };
        resample(&ONE, &fitted().1, Weights::Poisson { gain: &GAIN }, &options).unwrap()
    }

    /// Truth: the covariance of a nearly linear problem; 500 replicas know σ to 3.2 %.
    #[test]
    fn spread_of_replicas_is_sigma() {
        let (_, fit) = fitted();
        // Residuals know σ only as well as this one spectrum's scatter does: compare with that.
        let scatter = fit.statistics.reduced_chi_squared.unwrap().sqrt();
        for (scheme, factor) in [(Scheme::Parametric, 1.0), (Scheme::Residuals, scatter)] {
            let result = run(scheme, 500);
            assert_eq!(result.failed, 0);
            for p in 0..4 {
                let found = result.parameters[p].distribution.as_ref().unwrap();
                let expected = fit.sigma[p].unwrap() * factor;
                assert!((found.sigma / expected - 1.0).abs() < 0.12, "{scheme:?} {p}: {} {expected}", found.sigma);
                let half = 0.5 * (found.one_sigma[1] - found.one_sigma[0]);
                assert!((half / expected - 1.0).abs() < 0.2, "{scheme:?} {p}: {half} {expected}");
            }
        }
    }

    #[test]
    fn one_thread_and_two_give_the_same_numbers() {
        let on = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| run(Scheme::MovingBlocks { length: 5 }, 40))
        };
        assert_eq!(on(1), on(2));
        assert_ne!(on(1).values[0], on(1).values[1]);
    }

    /// Truth: propagation through the covariance.
    #[test]
    fn derived_quantities_carry_their_correlation() {
        let (_, fit) = fitted();
        let height = |p: &[f64]| p[0] / p[2];
        let p = fit.parameters.values();
        let sigma = fit.propagate(&[1.0 / p[2], 0.0, -p[0] / (p[2] * p[2]), 0.0]).unwrap();
        let found = run(Scheme::Parametric, 500).derived(height);
        assert!((found.sigma / sigma - 1.0).abs() < 0.12, "{} {sigma}", found.sigma);
    }

    #[test]
    fn impossible_requests_are_refused() {
        let (_, fit) = fitted();
        let weights = Weights::Poisson { gain: &GAIN };
        let refusal =
            |options: &ResampleOptions, weights| resample(&ONE, &fit, weights, options).unwrap_err().to_string();
        let mut options = ResampleOptions::parametric(1, 0);
        assert!(refusal(&options, weights).contains("1 replicas, expected 2"));
        options.replicas = 10;
        assert!(refusal(&options, Weights::Unit).contains("weighted as Poisson"));
        options.scheme = Scheme::MovingBlocks { length: 61 };
        assert!(refusal(&options, weights).contains("blocks of 61 points"));
        assert_eq!(fit.covariance_scale, CovarianceScale::FromSigma);
    }

    /// Truth: quantiles of the integers 0 to 100.
    #[test]
    fn quantiles_of_integers() {
        let d = Distribution::new((0..=100).rev().map(f64::from).collect());
        assert_eq!((d.median, d.mean, d.ninety_five_percent), (50.0, 50.0, [2.5, 97.5]));
    }
}
