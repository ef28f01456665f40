//! Whole-pattern fit of the peaks: one least-squares problem for background and all peaks, repeated while peaks leave,
//! enter and part.
//!
//! A pass fits everything (module `model`), takes σ of the intensities from the fitted curve and decides what changes
//! (module `pass`), until nothing does.

use doublet_common::background::Chebyshev;
use doublet_common::lineshape::{BaseShape, Shape};

use super::degree;
use super::model::Expectations;
use super::noise::Noise;
use super::pass::{Pass, Problem};
use super::placed::{Heights, Start};
use super::results;
use super::search::{find_with, width_curve};
use super::width::WidthCurve;
use super::{FittedPeak, PeakFit, PeakOptions};
use crate::error::{Error, Result};
use crate::profile::{InstrumentProfile, bragg_lines};
use crate::radiation::Radiation;
use crate::scan::Scan;

/// Most passes.
const MAX_PASSES: usize = 12;
/// Passes after which no peak enters or parts any more.
const ENTRY_PASSES: usize = 4;
/// Most peaks that are fitted; of more, the most significant.
pub const MAX_FITTED_PEAKS: usize = 400;
/// End of the warning that there are more.
const MORE_FOUND: &str = "most significant are fitted";
/// Share of its height by which a peak that is not fitted yet may be wrong, for the background under it.
const START_DOUBT: f64 = 0.2;
/// A peak's tail is followed to where it is this share of the noise.
const TAIL_SHARE: f64 = 0.05;
/// Range of a peak in widths, at least and at most.
const WINDOW_WIDTHS: (f64, f64) = (4.0, 120.0);
/// Scatter of `ln w` and of `η` that is expected before the peaks have shown theirs.
const START_SCATTER: (f64, f64) = (0.2, 0.2);

/// What one pass hands to the next.
pub(super) struct State {
    pub(super) starts: Vec<Start>,
    pub(super) background: Vec<f64>,
    pub(super) chebyshev: Chebyshev,
    /// None where asymmetry is not fitted.
    pub(super) asymmetry: Option<f64>,
    pub(super) expectations: Expectations,
    /// Width of most peaks.
    pub(super) usual: WidthCurve,
    /// σ of the intensities.
    pub(super) sigma: Vec<f64>,
    /// Positions where peaks were tried and left.
    pub(super) rejected: Vec<f64>,
}

/// Fits the peaks of a scan. Without `instrument` widths start from what the scan teaches; with it, where the scan teaches
/// nothing, from the instrument's. An instrument of known axial divergence stands in front of every peak: position and width
/// are then those without it.
///
/// # Errors
/// [`Error::Recipe`] for options outside their domain; [`Error::Analysis`] for a scan with fewer points than parameters.
pub fn fit(
    scan: &Scan,
    radiation: &Radiation,
    instrument: Option<&InstrumentProfile>,
    options: &PeakOptions,
) -> Result<PeakFit> {
    check(scan, options)?;
    let (noise, heights) = (Noise::new(scan), Heights::of(instrument, options));
    let curve = width_curve(scan, radiation, instrument);
    let problem = Problem { scan, radiation, options, noise: &noise, instrument, heights, curve };
    let mut warnings = Vec::new();
    let state = begin(&problem, &mut warnings)?;
    passes(&problem, state, true, warnings)
}

/// Fits the peaks of a scan once more with other options, such as forced peaks, from where `previous` ended: the search and
/// the choice of the background's degree are not done again, and no peak enters or parts.
///
/// # Errors
/// As [`fit`].
pub fn refit(
    scan: &Scan,
    radiation: &Radiation,
    instrument: Option<&InstrumentProfile>,
    options: &PeakOptions,
    previous: &PeakFit,
) -> Result<PeakFit> {
    check(scan, options)?;
    let (noise, heights) = (Noise::new(scan), Heights::of(instrument, options));
    let curve = previous.curve.unwrap_or_else(|| width_curve(scan, radiation, instrument));
    let problem = Problem { scan, radiation, options, noise: &noise, instrument, heights, curve };
    let state = resume(&problem, previous)?;
    let of_search = previous.warnings.iter().filter(|warning| warning.ends_with(MORE_FOUND)).cloned().collect();
    let mut fitted = passes(&problem, state, false, of_search)?;
    fitted.background_choice.clone_from(&previous.background_choice);
    Ok(fitted)
}

/// Passes until nothing changes any more; while they are `open`, peaks enter and part, and the first chooses the degree of
/// the background.
fn passes(problem: &Problem<'_>, mut state: State, mut open: bool, warnings: Vec<String>) -> Result<PeakFit> {
    let x = problem.scan.two_theta_deg();
    let choose_degree = open && problem.options.chebyshev_degree.is_none();
    for number in 1.. {
        let pass = Pass::run(problem, &state, open)?;
        let changes = pass.changes(open)?;
        let quiet = number > 1 && changes.is_empty();
        if number == MAX_PASSES || (quiet && pass.is_settled()?) {
            return Ok(results::gather(&pass, warnings));
        }
        open &= !quiet && number < ENTRY_PASSES;
        let mut next = pass.next(changes);
        next.sigma = problem.noise.at(&pass.calculated);
        if number == 1 && choose_degree {
            let (rest, doubt) = pass.without_peaks();
            choose_background(&mut next, x, &rest, &doubt, None)?;
        }
        place_windows(&mut next, x);
        state = next;
    }
    Err(Error::Analysis { stage: "peak fit", message: "no pass was made".into() })
}

fn check(scan: &Scan, options: &PeakOptions) -> Result<()> {
    if let Some(degree) = options.chebyshev_degree.filter(|d| *d > Chebyshev::MAX_DEGREE) {
        return Err(Error::Recipe(format!(
            "background.chebyshev_degree = {degree}, expected at most {}",
            Chebyshev::MAX_DEGREE
        )));
    }
    for forced in &options.forced {
        if !(forced.two_theta_deg.is_finite() && forced.tolerance_deg > 0.0 && forced.tolerance_deg.is_finite()) {
            return Err(Error::Recipe(format!(
                "forced peak {forced:?}, expected a finite angle and a positive tolerance"
            )));
        }
    }
    // Background, what the peaks share, one peak, and something to judge them by.
    const FEWEST_POINTS: usize = 20;
    if scan.data.len() < FEWEST_POINTS {
        return Err(Error::Analysis {
            stage: "peak fit",
            message: format!("{} points, expected at least {FEWEST_POINTS}", scan.data.len()),
        });
    }
    Ok(())
}

/// Peaks and background before the first pass.
fn begin(problem: &Problem<'_>, warnings: &mut Vec<String>) -> Result<State> {
    let Problem { scan, radiation, options, noise, heights, ref curve, .. } = *problem;
    let x = scan.two_theta_deg();
    let mut found = find_with(scan, radiation, options, curve)?;
    if found.len() > MAX_FITTED_PEAKS {
        warnings.push(format!("{} peaks found; only the {MAX_FITTED_PEAKS} {MORE_FOUND}", found.len()));
        found.sort_by(|a, b| b.significance.total_cmp(&a.significance));
        found.truncate(MAX_FITTED_PEAKS);
    }
    let mut starts: Vec<Start> =
        found.iter().map(|f| start(radiation, heights, f.two_theta_deg, f.height, f.fwhm_deg)).collect();
    force(&mut starts, scan, radiation, options, curve);
    let (low, high) = (x[0], x[x.len() - 1]);
    let mut state = State {
        starts,
        background: Vec::new(),
        chebyshev: Chebyshev::new(low, high, 0)?,
        asymmetry: (options.axial_asymmetry && heights.is_none()).then_some(0.0),
        expectations: before_peaks(curve, low, high),
        usual: *curve,
        sigma: noise.before_fit(scan.intensity()),
        rejected: Vec::new(),
    };
    place_windows(&mut state, x);
    let peaks = calculated_peaks(&state, x, radiation, options)?;
    let rest: Vec<f64> = scan.intensity().iter().zip(&peaks).map(|(y, p)| y - p).collect();
    let doubt: Vec<f64> = peaks.iter().map(|p| START_DOUBT * p).collect();
    choose_background(&mut state, x, &rest, &doubt, options.chebyshev_degree)?;
    Ok(state)
}

/// Peaks and background of an earlier fit, with the forced peaks in the place of those that they explain.
fn resume(problem: &Problem<'_>, previous: &PeakFit) -> Result<State> {
    let Problem { scan, radiation, options, noise, heights, ref curve, .. } = *problem;
    let x = scan.two_theta_deg();
    let (low, high) = (x[0], x[x.len() - 1]);
    let start = |peak: &FittedPeak| Start {
        two_theta_deg: peak.two_theta_deg.value,
        area: peak.area.value,
        fwhm_deg: peak.fwhm_deg.value,
        lorentzian_fraction: peak.lorentzian_fraction.value,
        tolerance_deg: None,
        half_window_deg: peak.half_window_deg,
    };
    let mut starts: Vec<Start> = previous.peaks.iter().map(start).collect();
    force(&mut starts, scan, radiation, options, curve);
    let background: Vec<f64> = previous.background_coefficients.iter().map(|c| c.value).collect();
    let mut state = State {
        starts,
        chebyshev: Chebyshev::new(low, high, background.len().saturating_sub(1))?,
        background,
        asymmetry: (options.axial_asymmetry && heights.is_none()).then_some(0.0),
        expectations: before_peaks(curve, low, high),
        usual: *curve,
        sigma: noise.at(&previous.calculated),
        rejected: Vec::new(),
    };
    place_windows(&mut state, x);
    Ok(state)
}

/// What is expected of widths and shapes before peaks have taught anything.
fn before_peaks(curve: &WidthCurve, low: f64, high: f64) -> Expectations {
    let width = |two_theta| curve.fwhm_deg(two_theta).ln();
    Expectations {
        width_scatter: START_SCATTER.0,
        fraction_scatter: START_SCATTER.1,
        width: [0.5 * (width(low) + width(high)), 0.5 * (width(high) - width(low)), 0.0],
        fraction: [0.5, 0.0],
    }
}

/// A peak whose reference line has this height and its maximum there.
pub(super) fn start(
    radiation: &Radiation,
    heights: Option<Heights>,
    apex_deg: f64,
    height: f64,
    fwhm_deg: f64,
) -> Start {
    let two_theta_deg = heights.map_or(apex_deg, |heights| heights.position_deg(apex_deg, fwhm_deg));
    let share = bragg_lines(radiation, two_theta_deg).next().map_or(1.0, |l| l.share);
    // Integral breadth of a pseudo-Voigt half Gaussian, half Lorentzian.
    const BREADTH: f64 = 1.27;
    Start {
        two_theta_deg,
        area: height * BREADTH * fwhm_deg / share,
        fwhm_deg,
        lorentzian_fraction: 0.5,
        tolerance_deg: None,
        half_window_deg: 0.0,
    }
}

/// Puts forced peaks in the place of the found ones that they explain.
fn force(starts: &mut Vec<Start>, scan: &Scan, radiation: &Radiation, options: &PeakOptions, curve: &WidthCurve) {
    let x = scan.two_theta_deg();
    let inside =
        |two_theta: f64| x.first().is_some_and(|l| *l <= two_theta) && x.last().is_some_and(|h| two_theta <= *h);
    let forced: Vec<_> = options.forced.iter().filter(|f| inside(f.two_theta_deg)).collect();
    let mut heirs: Vec<Start> = forced
        .iter()
        .map(|f| Start {
            tolerance_deg: Some(f.tolerance_deg),
            ..start(radiation, None, f.two_theta_deg, 0.0, curve.fwhm_deg(f.two_theta_deg))
        })
        .collect();
    starts.retain(|found| {
        let near: Vec<usize> = (0..heirs.len())
            .filter(|k| {
                let reach = forced[*k].tolerance_deg.max(0.5 * found.fwhm_deg);
                (heirs[*k].two_theta_deg - found.two_theta_deg).abs() <= reach
            })
            .collect();
        for k in &near {
            heirs[*k].area += found.area / near.len() as f64;
        }
        near.is_empty()
    });
    starts.append(&mut heirs);
    starts.sort_by(|a, b| a.two_theta_deg.total_cmp(&b.two_theta_deg));
}

/// Chooses degree and start of the background from what the peaks leave.
fn choose_background(state: &mut State, x: &[f64], rest: &[f64], doubt: &[f64], given: Option<usize>) -> Result<()> {
    let sigma: Vec<f64> = state.sigma.iter().zip(doubt).map(|(s, d)| s.hypot(*d)).collect();
    let choice = degree::choose(x, rest, &sigma, given)?;
    state.chebyshev = choice.chebyshev;
    state.background = choice.coefficients;
    Ok(())
}

/// Peaks with their contamination as they start, at the points of the scan.
fn calculated_peaks(state: &State, x: &[f64], radiation: &Radiation, options: &PeakOptions) -> Result<Vec<f64>> {
    let mut values = vec![0.0; x.len()];
    for s in &state.starts {
        let shape = BaseShape::PseudoVoigt.symmetric().with(&[s.fwhm_deg, s.lorentzian_fraction])?;
        let contamination = options.contamination.iter().flat_map(|c| c.bragg_lines(radiation, s.two_theta_deg));
        for line in bragg_lines(radiation, s.two_theta_deg).chain(contamination) {
            let from = x.partition_point(|x| *x < line.two_theta_deg - s.half_window_deg);
            let to = x.partition_point(|x| *x <= line.two_theta_deg + s.half_window_deg);
            for i in from..to {
                values[i] += s.area * line.share * shape.at(x[i] - line.two_theta_deg).value;
            }
        }
    }
    Ok(values)
}

/// Follows the tail of every peak, `A η w / (2π h²)` at distance h, to where noise hides it.
fn place_windows(state: &mut State, x: &[f64]) {
    for s in &mut state.starts {
        let reach = WINDOW_WIDTHS.0 * s.fwhm_deg;
        let from = x.partition_point(|x| *x < s.two_theta_deg - reach);
        let to = x.partition_point(|x| *x <= s.two_theta_deg + reach);
        let quiet = state.sigma[from.min(to)..to].iter().copied().fold(f64::INFINITY, f64::min);
        let lorentzian = s.area.max(0.0) * s.lorentzian_fraction.max(0.3) * s.fwhm_deg;
        let tail = (lorentzian / (2.0 * std::f64::consts::PI * TAIL_SHARE * quiet)).sqrt();
        s.half_window_deg = tail.clamp(reach, WINDOW_WIDTHS.1 * s.fwhm_deg);
    }
}

#[cfg(test)]
mod tests {
    use super::super::simulated::{Setting, TruePeak, copper, scan};
    use super::*;
    use crate::pattern::PatternModel;
    use crate::peaks::ForcedPeak;
    use crate::simulate::{Simulation, simulate};
    use crate::structure::built_in;
    use rand::SeedableRng;
    use rand_distr::{Distribution, StandardNormal};

    const SETTING: Setting = Setting { low: 15.0, high: 60.0, step: 0.02, background: |x| 60.0 + 1500.0 / x };

    fn peak(two_theta_deg: f64, area: f64) -> TruePeak {
        TruePeak { two_theta_deg, area, fwhm_deg: 0.11 + 0.001 * two_theta_deg, lorentzian_fraction: 0.5 }
    }

    fn list() -> Vec<TruePeak> {
        // Strong, weak, an overlapping pair, a pair at the limit of what can be told apart.
        [(18.2, 300.0), (21.4, 60.0), (25.0, 900.0), (25.22, 400.0), (31.1, 25.0), (35.7, 150.0), (35.88, 150.0)]
            .into_iter()
            .chain([(42.3, 500.0), (47.9, 80.0), (54.6, 250.0)])
            .map(|(x, area)| peak(x, area))
            .collect()
    }

    fn covers(quantity: doublet_common::Quantity, truth: f64) -> bool {
        (quantity.value - truth).abs() <= quantity.sigma.unwrap_or(0.0)
    }

    /// The peaks with widths that scatter from peak to peak, as those of a real phase do; were they all on one curve, σ of
    /// the widths would be too large.
    fn with_scatter(smooth: &[TruePeak], scatter: f64, seed: u64) -> Vec<TruePeak> {
        let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(1000 + seed);
        let mut draw = || -> f64 { StandardNormal.sample(&mut rng) };
        smooth.iter().map(|p| TruePeak { fwhm_deg: p.fwhm_deg * f64::exp(scatter * draw()), ..*p }).collect()
    }

    #[test]
    fn sigma_covers_the_truth_as_often_as_it_says() {
        // Truth: the simulated peaks, whose widths scatter by 5 %, 60 replicas of Poisson noise; one σ covers 68.3 %.
        let smooth = list();
        let (mut inside, mut total) = ([0; 3], 0);
        for seed in 0..60 {
            let truth = with_scatter(&smooth, 0.05, seed);
            let scan = scan(&SETTING, &truth, Some(seed));
            let fit = fit(&scan, &copper(), None, &PeakOptions::default()).unwrap();
            assert_eq!(fit.peaks.len(), truth.len(), "seed {seed}");
            for (found, truth) in fit.peaks.iter().zip(&truth) {
                inside[0] += usize::from(covers(found.two_theta_deg, truth.two_theta_deg));
                inside[1] += usize::from(covers(found.area, truth.area));
                inside[2] += usize::from(covers(found.fwhm_deg, truth.fwhm_deg));
                total += 1;
            }
        }
        let share = inside.map(|n| n as f64 / f64::from(total));
        assert!(share.iter().all(|s| (0.60..=0.76).contains(s)), "position, area, width: {share:?}");
    }

    #[test]
    fn a_forced_pair_is_fitted_as_the_pair_it_is() {
        // Truth: the simulated pair, (104) and (110) of LiGe2(PO4)3 0.14° apart at a width of 0.18°, which the data alone
        // show as one peak; 40 replicas, of which one σ covers 68.3 %: 55 to 81 % of 80 areas or positions in all but one of
        // a hundred cases. Widths scatter by 8 %.
        let smooth = [(21.32, 360.0), (21.46, 260.0), (25.15, 600.0), (30.43, 300.0), (33.34, 100.0), (34.03, 200.0)]
            .map(|(x, area)| TruePeak { fwhm_deg: 0.18, ..peak(x, area) });
        let forced = smooth[..2].iter().map(|t| ForcedPeak { two_theta_deg: t.two_theta_deg, tolerance_deg: 0.03 });
        let options = PeakOptions { forced: forced.collect(), ..PeakOptions::default() };
        let mut inside = [0; 2];
        for seed in 0..40 {
            let truth = with_scatter(&smooth, 0.08, seed);
            let scan = scan(&SETTING, &truth, Some(seed));
            let fit = fit(&scan, &copper(), None, &options).unwrap();
            assert_eq!(
                fit.peaks.iter().map(|p| p.forced).collect::<Vec<_>>(),
                [true, true, false, false, false, false]
            );
            for (found, truth) in fit.peaks[..2].iter().zip(&truth) {
                inside[0] += usize::from(covers(found.two_theta_deg, truth.two_theta_deg));
                inside[1] += usize::from(covers(found.area, truth.area));
            }
        }
        assert!(inside.iter().all(|n| (44..=72).contains(n)), "{inside:?} of 80 positions and areas");
    }

    #[test]
    fn a_forced_peak_that_is_not_there_has_no_area_but_a_sigma() {
        let scan = scan(&SETTING, &[peak(25.1, 600.0), peak(30.4, 300.0)], Some(5));
        let forced = vec![ForcedPeak { two_theta_deg: 40.0, tolerance_deg: 0.05 }];
        let fit = fit(&scan, &copper(), None, &PeakOptions { forced, ..PeakOptions::default() }).unwrap();
        let peak = fit.peaks.iter().find(|p| p.forced).unwrap();
        let sigma = peak.area.sigma.unwrap();
        // Truth: σ of an area on a background of about 97 counts a step, √(background · step · 3 widths) ≈ 0.9.
        assert!((0.3..3.0).contains(&sigma) && peak.area.value < 4.0 * sigma, "{peak:?}");
        assert!(peak.warnings.iter().any(|w| w.contains("asked for")), "{peak:?}");
    }

    #[test]
    fn noise_alone_gives_a_background_and_no_peak() {
        let scan = scan(&SETTING, &[], Some(3));
        let fit = fit(&scan, &copper(), None, &PeakOptions::default()).unwrap();
        assert!(fit.peaks.is_empty());
        assert!((fit.statistics.reduced_chi_squared - 1.0).abs() < 0.1, "{:?}", fit.statistics);
    }

    #[test]
    fn bad_options_are_refused_by_value() {
        let scan = scan(&SETTING, &[], Some(3));
        let text = |options: PeakOptions| fit(&scan, &copper(), None, &options).unwrap_err().to_string();
        let degree = PeakOptions { chebyshev_degree: Some(99), ..PeakOptions::default() };
        assert!(text(degree).contains("99"));
        let forced = vec![ForcedPeak { two_theta_deg: 20.0, tolerance_deg: -1.0 }];
        assert!(text(PeakOptions { forced, ..PeakOptions::default() }).contains("-1"));
    }

    #[test]
    fn behind_a_known_divergence_positions_and_widths_are_those_without_it() {
        // Truth: the simulation: reflections of LaB6 behind S/L = H/L = 0.04, and the widths of its instrument, from which a
        // pseudo-Voigt fitted to a Voigt function differs by some percent.
        let text = "title = 't'\nseed = 1\ntwo_theta_range_deg = [18.0, 100.0]\nstep_deg = 0.01\nhighest_counts = 50000.0\n\
                    background_counts = [100.0]\n[radiation]\nanode = 'Cu'\n[instrument]\nw_deg2 = 0.002\nx_deg = 0.025\n\
                    y_deg = 0.015\ns_over_l = 0.04\nh_over_l = 0.04\n[[phases]]\nid = 'LaB6'\nweight_percent = 100.0\n";
        let simulation = Simulation::from_toml("s.toml", text).unwrap();
        let profile = InstrumentProfile::from(simulation.instrument);
        let scan = simulate(&Simulation { seed: None, ..simulation }).unwrap();
        let lines = PatternModel::new(&built_in("LaB6").unwrap(), &copper(), (18.0, 100.0)).unwrap().lines(&copper());
        let largest = |instrument: Option<&InstrumentProfile>| {
            let fit = fit(&scan, &copper(), instrument, &PeakOptions::default()).unwrap();
            let misses = lines.iter().map(|line| {
                let miss = |peak: &&FittedPeak| (peak.two_theta_deg.value - line.two_theta_deg).abs();
                let peak = fit.peaks.iter().min_by(|a, b| miss(a).total_cmp(&miss(b))).unwrap();
                let width = profile.fwhm_deg(line.two_theta_deg).unwrap();
                [miss(&peak), (peak.fwhm_deg.value / width - 1.0).abs()]
            });
            let largest = misses.fold([0.0; 2], |most: [f64; 2], miss| [most[0].max(miss[0]), most[1].max(miss[1])]);
            (fit.peaks.len(), largest)
        };
        let ((count, known), (_, unknown)) = (largest(Some(&profile)), largest(None));
        assert_eq!(count, lines.len());
        assert!(known[0] < 2e-4 && known[1] < 0.05, "place and width behind it: {known:?}");
        assert!(unknown[0] > 100.0 * known[0] && unknown[1] > 2.0 * known[1], "with the split shape: {unknown:?}");
    }
}
