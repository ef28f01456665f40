//! Crystallite sizes of the present phases from their fitted peaks.

use std::sync::Arc;

use doublet_common::Quantity;
use doublet_common::lineshape::{PseudoVoigt, Shape};

use super::line_profiles::{instrument_lines, line_profiles};
use super::{Peak, Phase, PhaseSize, instrument_uncertainty};
use crate::error::Result;
use crate::identify::LineArea;
use crate::peaks::{FittedPeak, ForcedPeak, PeakFit};
use crate::profile::{InstrumentProfile, bragg_lines};
use crate::radiation::Radiation;
use crate::recipe::SizeChoice;
use crate::scan::Scan;
use crate::size_strain::{
    Breadth, Lattice, LineProfile, MeasuredReflection, PeakConditions, corrected, size_and_strain,
};

/// Share of a peak that one reflection must have for its width to be that reflection's.
const OWN_SHARE: f64 = 0.85;
/// Reflections of one phase under one peak are fitted apart if each has this share of it and they are this far apart, in
/// FWHM.
const PAIR_SHARE: f64 = 0.05;
const PAIR_FWHM: (f64, f64) = (0.25, 1.6);

/// Positions at which overlapping reflections are fitted although the search sees one peak.
pub(super) fn forced_peaks(lines: &[LineArea], peaks: &[Peak]) -> Vec<ForcedPeak> {
    let mut forced = Vec::new();
    for peak in peaks {
        let fwhm = peak.fwhm_deg.value;
        let strong = peak.assigned_to.iter().filter(|a| a.share >= PAIR_SHARE);
        let mut positions: Vec<f64> = strong.map(|a| peak.two_theta_deg.value + a.offset_deg).collect();
        positions.sort_by(f64::total_cmp);
        positions.dedup_by(|b, a| *b - *a < PAIR_FWHM.0 * fwhm);
        if positions.len() < 2 || positions.windows(2).any(|w| w[1] - w[0] > PAIR_FWHM.1 * fwhm) {
            continue;
        }
        let nearest = positions.windows(2).map(|w| w[1] - w[0]).fold(f64::INFINITY, f64::min);
        forced.extend(positions.iter().map(|p| ForcedPeak { two_theta_deg: *p, tolerance_deg: 0.2 * nearest }));
    }
    let in_model = |p: &ForcedPeak| lines.iter().any(|l| (l.two_theta_deg - p.two_theta_deg).abs() < 1e-6);
    forced.retain(in_model);
    forced
}

/// Sizes of each phase, and of the peaks that no phase explains if there is none; their σ hold the instrument's uncertainty.
///
/// # Errors
/// Widths that make no line.
pub(super) fn sizes(
    scan: &Scan,
    present: &[&Phase],
    peaks: &[Peak],
    fitted: &PeakFit,
    instrument: Option<&InstrumentProfile>,
    radiation: &Radiation,
    choice: &SizeChoice,
) -> Result<Vec<PhaseSize>> {
    let profiles = line_profiles(scan, fitted, instrument, radiation)?;
    let behind = |instrument: Option<&InstrumentProfile>| {
        sizes_behind(present, peaks, (fitted, &profiles), instrument, radiation, choice)
    };
    let mut sizes = behind(instrument)?;
    if let Some(instrument) = instrument {
        instrument_uncertainty::include(&mut sizes, instrument, |moved| behind(Some(moved)))?;
    }
    Ok(sizes)
}

fn sizes_behind(
    present: &[&Phase],
    peaks: &[Peak],
    (fitted, profiles): (&PeakFit, &[Option<Arc<LineProfile>>]),
    instrument: Option<&InstrumentProfile>,
    radiation: &Radiation,
    choice: &SizeChoice,
) -> Result<Vec<PhaseSize>> {
    let wavelength = radiation.reference_wavelength_angstrom();
    if present.is_empty() {
        let reflections: Vec<MeasuredReflection> = fitted
            .peaks
            .iter()
            .zip(profiles)
            .map(|(peak, profile)| reflection((peak, profile), [0; 3], instrument, radiation, None))
            .collect::<Result<_>>()?;
        return Ok(if reflections.is_empty() {
            Vec::new()
        } else {
            vec![size_and_strain("", "peaks without a phase", Lattice::Other, &reflections, wavelength, choice)?]
        });
    }
    present
        .iter()
        .map(|phase| {
            let reflections: Vec<MeasuredReflection> = peaks
                .iter()
                .zip(fitted.peaks.iter().zip(profiles))
                .filter_map(|(peak, fit)| {
                    let strongest = peak.assigned_to.first().filter(|a| a.phase_id == phase.id)?;
                    let total: f64 = peak.assigned_to.iter().map(|a| a.share).sum();
                    let alone = strongest.share >= OWN_SHARE * total;
                    let unfit = (!alone).then(|| "overlapped: several reflections make this peak".to_owned());
                    Some(reflection(fit, strongest.hkl, instrument, radiation, unfit))
                })
                .collect::<Result<_>>()?;
            size_and_strain(&phase.id, &phase.name, lattice(phase), &reflections, wavelength, choice)
        })
        .collect()
}

fn lattice(phase: &Phase) -> Lattice {
    phase.cell.as_ref().map_or(Lattice::Other, |cell| {
        Lattice::of_cell(cell.lengths_angstrom.map(|l| l.value), cell.angles_deg.map(|a| a.value))
    })
}

fn reflection(
    (peak, profile): (&FittedPeak, &Option<Arc<LineProfile>>),
    hkl: [i32; 3],
    instrument: Option<&InstrumentProfile>,
    radiation: &Radiation,
    unfit: Option<String>,
) -> Result<MeasuredReflection> {
    let at = peak.two_theta_deg.value;
    let instrument_deg = instrument.map(|profile| {
        let gaussian = profile.gaussian_fwhm_squared_deg2(at).max(0.0).sqrt();
        [gaussian, profile.lorentzian_fwhm_deg(at).max(0.0)]
    });
    let observed = Breadth {
        fwhm_deg: peak.fwhm_deg,
        integral_breadth_deg: peak.integral_breadth_deg,
        lorentzian_fraction: peak.lorentzian_fraction,
        covariance_deg: covariance(peak)?,
    };
    let [width, share] = corrected(&observed, &conditions(peak, radiation))?;
    let voigt = |mut line: Breadth| {
        line.fwhm_deg.value += width;
        line.lorentzian_fraction.value += share;
        line
    };
    let (breadth, own) = (voigt(observed), own_breadth(peak, &observed).map(voigt));
    Ok(MeasuredReflection {
        hkl,
        two_theta_deg: peak.two_theta_deg,
        observed,
        breadth,
        own,
        instrument_deg,
        instrument_lines: instrument_lines(peak, instrument, radiation).into(),
        profile: profile.clone(),
        unfit,
    })
}

/// How a peak was measured and fitted.
fn conditions(peak: &FittedPeak, radiation: &Radiation) -> PeakConditions {
    let at = peak.two_theta_deg.value;
    PeakConditions {
        emission: bragg_lines(radiation, at).map(|line| (line.two_theta_deg - at, line.share)).collect(),
        background_over_height: (peak.background / peak.height.value).clamp(0.0, 1e3),
        half_window_deg: peak.half_window_deg,
    }
}

/// Least information that the data under a peak must give of any combination of width and share, in units of that of the
/// expectation.
const OWN_INFORMATION: f64 = 0.2;

/// A width that its own data leave more uncertain than this share of it says nothing by itself.
const LARGEST_OWN_SIGMA: f64 = 0.2;

/// Width and share without what the other peaks make expected: that would be counted once for every reflection, and would
/// pull the size of one phase towards that of the others.
///
/// The expectation is one more observation of `ln w` and `η`; its information `P` is taken from that of the fit, `C⁻¹`, and
/// the values move back by `(C⁻¹ − P)⁻¹ P` times their distance from what was expected.
fn own_breadth(peak: &FittedPeak, breadth: &Breadth) -> Option<Breadth> {
    let inflation = peak.sigma_inflation * peak.sigma_inflation;
    let (width, share) = (breadth.fwhm_deg.value, breadth.lorentzian_fraction.value);
    let [a, d] = [breadth.fwhm_deg.sigma?, breadth.lorentzian_fraction.sigma?].map(|s| s * s / inflation);
    let b = breadth.covariance_deg / inflation;
    let determinant = a * d - b * b;
    let ((ln_width, width_scatter), (expected_share, share_scatter)) =
        (peak.expected.ln_fwhm, peak.expected.lorentzian_fraction);
    let removed = [(width * width_scatter).powi(-2), share_scatter.powi(-2)];
    let own = [d / determinant - removed[0], -b / determinant, a / determinant - removed[1]];
    let own_determinant = own[0] * own[2] - own[1] * own[1];
    let trace = own[0] / removed[0] + own[2] / removed[1];
    let least = 0.5 * (trace - (trace * trace - 4.0 * own_determinant / (removed[0] * removed[1])).max(0.0).sqrt());
    let known = determinant > 0.0 && least > OWN_INFORMATION;
    if !known {
        return None;
    }
    let [aa, ab, bb] = [own[2], -own[1], own[0]].map(|v| v / own_determinant);
    let pull = [removed[0] * width * (width.ln() - ln_width), removed[1] * (share - expected_share)];
    let width = width + aa * pull[0] + ab * pull[1];
    let certain = width > 0.0 && aa < (LARGEST_OWN_SIGMA * width).powi(2);
    certain.then(|| Breadth {
        fwhm_deg: Quantity::new(width, (aa * inflation).sqrt()),
        lorentzian_fraction: Quantity::new(share + ab * pull[0] + bb * pull[1], (bb * inflation).sqrt()),
        covariance_deg: ab * inflation,
        ..*breadth
    })
}

/// Covariance of width and share, from the σ of both and that of the integral breadth, which is a function of them.
fn covariance(peak: &FittedPeak) -> Result<f64> {
    let fraction = peak.lorentzian_fraction.value.clamp(0.0, 1.0);
    let breadth = PseudoVoigt::new(peak.fwhm_deg.value, fraction)?.integral_breadth();
    let [by_fwhm, by_fraction, ..] = breadth.d_parameters;
    let sigma = |q: Quantity| q.sigma.unwrap_or(0.0);
    let (f, e, b) = (sigma(peak.fwhm_deg), sigma(peak.lorentzian_fraction), sigma(peak.integral_breadth_deg));
    let mixed = 2.0 * by_fwhm * by_fraction;
    if mixed == 0.0 || e == 0.0 {
        return Ok(0.0);
    }
    let covariance = (b * b - (by_fwhm * f).powi(2) - (by_fraction * e).powi(2)) / mixed;
    Ok(covariance.clamp(-f * e, f * e))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::analyze;
    use crate::identify::candidates;
    use crate::pattern::PatternModel;
    use crate::peaks::{PeakOptions, fit};
    use crate::recipe::{InstrumentChoice, Recipe};
    use crate::simulate::{Simulation, simulate};
    use crate::structure::built_in;
    use rayon::prelude::*;

    const INSTRUMENT: &str = "u_deg2 = 0.0045\nv_deg2 = -0.0030\nw_deg2 = 0.0030\nx_deg = 0.012\ny_deg = 0.010\n";

    fn instrument() -> InstrumentProfile {
        toml::from_str::<InstrumentChoice>(INSTRUMENT).unwrap().into()
    }

    /// Ceria of one crystallite size behind the instrument.
    fn ceria(size_nm: f64, step_deg: f64, seed: u64) -> Simulation {
        let text = format!(
            "title = 'CeO2'\nseed = {seed}\ntwo_theta_range_deg = [22.0, 100.0]\nstep_deg = {step_deg}\n\
             highest_counts = 8000.0\nbackground_counts = [150.0, -40.0]\n[radiation]\nanode = 'Cu'\n\
             [instrument]\n{INSTRUMENT}[[phases]]\nid = 'CeO2'\nweight_percent = 100.0\nsize_nm = {size_nm}\n"
        );
        Simulation::from_toml("ceria", &text).unwrap()
    }

    fn size_of(simulation: &Simulation, instrument: Option<&InstrumentProfile>) -> PhaseSize {
        let scan = simulate(simulation).unwrap();
        let radiation = scan.radiation.clone().unwrap();
        let fitted = fit(&scan, &radiation, instrument, &PeakOptions::default()).unwrap();
        size_behind(&fitted, &radiation, instrument)
    }

    fn size_behind(fitted: &PeakFit, radiation: &Radiation, instrument: Option<&InstrumentProfile>) -> PhaseSize {
        let model = PatternModel::new(&built_in("CeO2").unwrap(), radiation, (22.0, 100.0)).unwrap();
        let reflections: Vec<MeasuredReflection> = model
            .lines(radiation)
            .iter()
            .filter_map(|line| {
                let near = |p: &&FittedPeak| (p.two_theta_deg.value - line.two_theta_deg).abs();
                let peak = fitted.peaks.iter().min_by(|a, b| near(a).total_cmp(&near(b)))?;
                (near(&peak) < 0.3).then(|| reflection((peak, &None), line.hkl, instrument, radiation, None).unwrap())
            })
            .collect();
        let wavelength = radiation.reference_wavelength_angstrom();
        size_and_strain("CeO2", "CeO2", Lattice::Cubic, &reflections, wavelength, &SizeChoice::default()).unwrap()
    }

    /// Truth: the scatter of sizes behind 400 instruments drawn from the covariance, Cholesky factor times normal numbers.
    #[test]
    fn the_instruments_uncertainty_is_that_of_drawn_instruments() {
        use rand::SeedableRng;
        use rand_distr::{Distribution, StandardNormal};
        // σ of U, V, W, X, Y; U and V, as in every fit, against each other, and so X and Y.
        let sigma = [4e-4, 5e-4, 2e-4, 1.5e-3, 2e-3, 0.0, 0.0];
        let pair = |i: usize, j: usize| [(0, 1), (1, 0), (3, 4), (4, 3)].contains(&(i, j));
        let correlation = |i: usize, j: usize| {
            if i == j {
                1.0
            } else if pair(i, j) {
                -0.8
            } else {
                0.0
            }
        };
        let covariance = std::array::from_fn(|i| std::array::from_fn(|j| correlation(i, j) * sigma[i] * sigma[j]));
        let instrument = InstrumentProfile { covariance: Some(covariance), ..instrument() };
        let scan = simulate(&ceria(45.0, 0.02, 1)).unwrap();
        let radiation = scan.radiation.clone().unwrap();
        let fitted = fit(&scan, &radiation, Some(&instrument), &PeakOptions::default()).unwrap();
        let behind = |instrument: &InstrumentProfile| size_behind(&fitted, &radiation, Some(instrument));
        let mut sizes = [behind(&instrument)];
        let alone = sizes[0].mean_size_fwhm_nm.unwrap();
        instrument_uncertainty::include(&mut sizes, &instrument, |moved| Ok(vec![behind(moved)])).unwrap();
        instrument_uncertainty::say(&mut sizes, &instrument);
        let with = sizes[0].mean_size_fwhm_nm.unwrap();
        let own = (with.sigma.unwrap().powi(2) - alone.sigma.unwrap().powi(2)).sqrt();
        let factor = nalgebra::SMatrix::<f64, 5, 5>::from_fn(|i, j| covariance[i][j]).cholesky().unwrap().l();
        let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(5);
        let drawn: Vec<f64> = (0..400)
            .map(|_| {
                let normal = nalgebra::SVector::<f64, 5>::from_fn(|_, _| StandardNormal.sample(&mut random));
                let [u, v, w, x, y]: [f64; 5] = (factor * normal).into();
                let mut moved = instrument;
                moved.u_deg2 += u;
                moved.v_deg2 += v;
                moved.w_deg2 += w;
                moved.x_deg += x;
                moved.y_deg += y;
                behind(&moved).mean_size_fwhm_nm.unwrap().value
            })
            .collect();
        let mean = drawn.iter().sum::<f64>() / drawn.len() as f64;
        let scatter = (drawn.iter().map(|d| (d - mean).powi(2)).sum::<f64>() / (drawn.len() - 1) as f64).sqrt();
        // 400 draws know their scatter within 3.5 %; three of these, and the curvature of 1/breadth.
        assert!((own / scatter - 1.0).abs() < 0.15, "{own} {scatter}");
        assert!(own > 0.3 * alone.sigma.unwrap(), "{own} {alone:?}");
        assert!(sizes[0].comparison.last().unwrap().contains("which all lines share"));
        let row = &sizes[0].methods[0];
        assert!((row.size_sigma_by_instrument_nm.unwrap() / own - 1.0).abs() < 1e-6);
    }

    #[test]
    fn an_instrument_without_covariance_is_said_to_be_exact() {
        let mut sizes = [size_of(&ceria(45.0, 0.05, 2), Some(&instrument()))];
        let before = sizes[0].mean_size_fwhm_nm;
        instrument_uncertainty::include(&mut sizes, &instrument(), |_| unreachable!()).unwrap();
        instrument_uncertainty::say(&mut sizes, &instrument());
        assert_eq!(sizes[0].mean_size_fwhm_nm, before);
        assert!(sizes[0].comparison.last().unwrap().contains("exact"));
    }

    /// Mean of size/truth, and share of replicas whose σ covers the truth, for FWHM and integral breadth.
    fn replicas(size_nm: f64, step_deg: f64) -> [(f64, f64); 2] {
        const REPLICAS: u64 = 60;
        // A Lorentzian's integral breadth is π/2 FWHM: closed form for the other constant.
        let truths = [size_nm, size_nm * 1.07 / (0.89 * std::f64::consts::FRAC_PI_2)];
        let sizes: Vec<[Quantity; 2]> = (0..REPLICAS)
            .into_par_iter()
            .map(|seed| {
                let size = size_of(&ceria(size_nm, step_deg, seed), Some(&instrument()));
                [size.mean_size_fwhm_nm.unwrap(), size.mean_size_integral_nm.unwrap()]
            })
            .collect();
        std::array::from_fn(|k| {
            let ratio = sizes.iter().map(|s| s[k].value / truths[k]).sum::<f64>() / REPLICAS as f64;
            let covered = |s: &&[Quantity; 2]| (s[k].value - truths[k]).abs() <= s[k].sigma.unwrap();
            (ratio, sizes.iter().filter(covered).count() as f64 / REPLICAS as f64)
        })
    }

    #[test]
    fn the_size_of_a_phase_is_that_of_the_simulation() {
        // Truth: the simulated size, Scherrer's K of the simulation; 60 replicas of Poisson noise for each size, of which
        // one σ covers 68.3 %: of 60 between 52 and 84 % in all but one of a hundred cases.
        let cases = [(10.0, 0.1, 0.03), (20.0, 0.06, 0.03), (45.0, 0.03, 0.03), (100.0, 0.03, 0.06)];
        let mut shares = Vec::new();
        for (size_nm, step_deg, bias) in cases {
            for (ratio, covered) in replicas(size_nm, step_deg) {
                assert!((ratio - 1.0).abs() < bias, "{size_nm} nm: {ratio:.4} of the truth, covered {covered:.2}");
                assert!(
                    (0.52..=0.84).contains(&covered),
                    "{size_nm} nm: {ratio:.4} of the truth, covered {covered:.2}"
                );
                shares.push(covered);
            }
        }
        let all = shares.iter().sum::<f64>() / shares.len() as f64;
        assert!((0.60..=0.76).contains(&all), "{all:.3} covered");
    }

    #[test]
    fn an_unresolved_pair_of_one_phase_is_fitted_as_the_pair_it_is() {
        // Truth: simulated LiGe2(PO4)3 of 42.7 nm, whose (104) and (110), 0.14° apart at a width of 0.21°, overlap.
        let text = format!(
            "title = 'LGP'\nseed = 3\ntwo_theta_range_deg = [18.0, 46.0]\nstep_deg = 0.02\n\
             highest_counts = 8000.0\nbackground_counts = [150.0, -40.0]\n[radiation]\nanode = 'Cu'\n\
             [instrument]\n{INSTRUMENT}[[phases]]\nid = 'LiGe2P3O12'\nweight_percent = 100.0\nsize_nm = 42.7\n"
        );
        let scan = simulate(&Simulation::from_toml("LGP", &text).unwrap()).unwrap();
        let text = format!("[identification]\nphases = ['LiGe2P3O12']\n[instrument]\n{INSTRUMENT}");
        let recipe = Recipe::from_toml("recipe", &text).unwrap().resolve().unwrap();
        let set = candidates(&recipe.identification, Vec::new()).unwrap();
        let analysis = analyze(&scan, &recipe, &set).unwrap();
        let size = &analysis.crystallite_size[0];
        for hkl in [[1, 0, 4], [1, 1, 0]] {
            let line = size.reflections.iter().find(|r| r.hkl == hkl).unwrap();
            let fwhm = line.size_fwhm_nm.unwrap();
            assert!((fwhm.value - 42.7).abs() < 3.0 * fwhm.sigma.unwrap(), "{line:?}");
        }
        let mean = size.mean_size_fwhm_nm.unwrap();
        assert!((mean.value - 42.7).abs() < 3.0 * mean.sigma.unwrap() && mean.sigma.unwrap() < 0.05 * mean.value);
    }

    #[test]
    fn the_sizes_of_the_example_are_those_of_its_simulation() {
        // Truth: examples/lagp/simulation.toml.
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/lagp");
        let scan = crate::formats::read_file(&folder.join("lagp-simulated.xrdml")).unwrap().remove(0);
        let text = std::fs::read_to_string(folder.join("recipe.toml")).unwrap();
        let recipe = Recipe::from_toml("recipe.toml", &text).unwrap().resolve().unwrap();
        let set = candidates(&recipe.identification, Vec::new()).unwrap();
        let analysis = analyze(&scan, &recipe, &set).unwrap();
        let truths = [("LAGP-x0.5", 63.5), ("AlPO4-cristobalite", 80.0), ("GeO2-quartz", 80.0)];
        for (id, truth) in truths {
            let size = analysis.crystallite_size.iter().find(|size| size.phase_id == id).unwrap();
            let mean = size.mean_size_fwhm_nm.unwrap();
            assert!((mean.value - truth).abs() < 2.0 * mean.sigma.unwrap(), "{id}: {mean:?}");
            assert!(size.warnings.is_empty(), "{id}: {:?}", size.warnings);
        }
    }

    #[test]
    fn without_an_instrument_profile_a_size_is_a_lower_limit() {
        // Truth: the simulated size, which the instrument's width hides.
        let size = size_of(&ceria(45.0, 0.04, 1), None);
        assert!(size.mean_size_fwhm_nm.unwrap().value < 40.0 && !size.instrument_removed);
        assert!(size.warnings.iter().any(|w| w.contains("upper width, lower size limit: no instrument profile")));
    }
}
