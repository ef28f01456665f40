//! Which phases are in the sample, with the evidence for each.
//!
//! A candidate's pattern is calculated from its structure; cell, scale and widths are free, within stated tolerances, and
//! one specimen displacement is common to all ([`joint_model`]). Candidates are screened against what the model leaves of
//! the data ([`line_filter`], [`cell_search`]), enter one after the other, are refined together, leave again without
//! evidence, and are exchanged for rivals that explain more ([`selection`]). Evidence is what a penalised χ² loses
//! without a phase, where the errors of calculated patterns have their own place ([`slack`]), in units of the noise that
//! remains; how a verdict follows is said in [`verdict`]. Mass fractions follow from absolute intensities (Hill & Howard,
//! J. Appl. Cryst. 20 (1987) 467).

mod arrow;
mod candidates;
mod cell_search;
mod claims;
mod composition;
mod joint_model;
mod judge;
mod line_filter;
mod line_tests;
mod outcome;
mod prepared;
mod quantities;
mod selection;
mod slack;
mod state;
mod verdict;
mod weights;

use doublet_common::Quantity;
use doublet_common::lineshape::{Shape, Tch};
use rayon::prelude::*;

use crate::analysis::{ClaimAnswer, FitStatistics, Phase, PhaseCurve};
use crate::error::{Error, Result};
use crate::peaks::PeakFit;
use crate::profile::InstrumentProfile;
use crate::radiation::Radiation;
use crate::recipe::ResolvedRecipe;
use crate::scan::Scan;

pub use candidates::{Candidate, CandidateSet, candidates};

use claims::Court;
use outcome::Final;
use prepared::Prepared;
use selection::{Selected, Selector};
use state::{Common, Data, Freedom, PatternState, Reach};

/// Most candidates of one analysis.
pub const MAX_CANDIDATES: usize = 5_000;
/// Largest broadening of a phase, in FWHM of the strong peaks.
const WIDEST_FWHM: f64 = 8.0;
/// Evaluations of the model in one round of the final fit.
const FINAL_EVALUATIONS: usize = 30;
/// Change of the background's degree that an analyst may as well have chosen.
const DEGREE_STEP: usize = 2;

/// Phases and the model of the pattern that they make.
#[derive(Debug, Clone)]
pub(crate) struct Identified {
    pub(crate) phases: Vec<Phase>,
    pub(crate) statistics: Option<FitStatistics>,
    pub(crate) displacement_deg: Option<Quantity>,
    pub(crate) curve: Vec<f64>,
    pub(crate) phase_curves: Vec<PhaseCurve>,
    /// Calculated lines of the phases that are present or possible.
    pub(crate) lines: Vec<LineArea>,
    pub(crate) claims: Vec<ClaimAnswer>,
    pub(crate) warnings: Vec<String>,
}

/// A calculated line with its area.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct LineArea {
    pub(crate) phase_id: String,
    pub(crate) hkl: [i32; 3],
    pub(crate) two_theta_deg: f64,
    /// Integrated intensity of all emission lines, intensity · degrees.
    pub(crate) area: f64,
}

/// Identifies the phases of a scan whose peaks and background are fitted.
///
/// # Errors
/// Candidates that cannot be calculated, fits that cannot be made.
pub(crate) fn identify(
    scan: &Scan,
    radiation: &Radiation,
    recipe: &ResolvedRecipe,
    candidates: &CandidateSet,
    peaks: &PeakFit,
) -> Result<Identified> {
    let (known, candidates) = (&candidates.known, &candidates.list);
    if candidates.len() > MAX_CANDIDATES {
        return Err(Error::Analysis {
            stage: "identification",
            message: format!("{} candidates, expected at most {MAX_CANDIDATES}", candidates.len()),
        });
    }
    let x = scan.two_theta_deg();
    let (Some(&low), Some(&high)) = (x.first(), x.last()) else { return Ok(nothing(candidates, "there are no data")) };
    if peaks.peaks.is_empty() && recipe.claims.is_empty() {
        return Ok(nothing(candidates, "the pattern has no peak"));
    }
    let data = Data {
        x,
        y: scan.intensity(),
        sigma: scan.sigma(),
        radiation,
        instrument: recipe.instrument.map(InstrumentProfile::from),
        cell_tolerance: recipe.identification.cell_tolerance,
        displacement_tolerance_deg: recipe.identification.displacement_tolerance_deg,
        widest_deg: WIDEST_FWHM * typical_peak(x, peaks).0,
    };
    let prepared = prepare(candidates.iter(), radiation, (low, high))?;
    let (start, broadening_deg) = start(&data, peaks);
    let selector = Selector::new(&data, &prepared, &start, broadening_deg)?;
    let Selected { state, sigma, challengers } = selector.select(start)?;
    let outcome = if state.phases.is_empty() { None } else { Some(finish(&data, &sigma, &state)?) };
    let state = outcome.as_ref().map_or(&state, |o| &o.state);
    let sigma = selector.model_sigma(state)?;
    let weighed = Data { sigma: &sigma, ..data };
    let (slack, judged) = judge::judge(&selector, &weighed, state, &challengers)?;
    let elements = &recipe.identification.elements;
    let allowed = |candidate: &Candidate| elements.is_empty() || candidate.foreign_elements(elements).is_empty();
    let beyond: Vec<&Candidate> = known.iter().filter(|k| !candidates.iter().any(|c| c.id() == k.id())).collect();
    // Others can be neither claimed nor alternatives, and a pattern takes longer to compute than many a fit.
    let asked = |candidate: &&Candidate| {
        !recipe.claims.is_empty() && (allowed(candidate) || claims::names(&recipe.claims, candidate))
    };
    let strangers = prepare(beyond.iter().copied().filter(asked), radiation, (low, high))?;
    let nameable: Vec<&Prepared<'_>> = prepared.iter().chain(&strangers).collect();
    let court = Court {
        data: &weighed,
        state,
        slack: &slack,
        judged: &judged,
        broadening_deg: state.typical_broadening_deg(broadening_deg),
        peaks: &peaks.peaks,
        every: &|| candidates.iter().chain(beyond.iter().copied()).cloned().collect(),
    };
    let claims = claims::answer(&recipe.claims, &court, &nameable, &allowed)?;
    let grains = recipe.identification.grain_diameter_um;
    let amounts = quantities::amounts(outcome.as_ref(), &judged, grains);
    let mut phases = outcome::phases(&data, outcome.as_ref(), &judged, &amounts);
    let mut warnings = outcome::warnings(outcome.as_ref(), &judged);
    warnings.extend(quantities::warnings(&judged, &amounts, grains));
    let absent = |candidate: &&Candidate| !prepared.iter().any(|p| p.candidate.id() == candidate.id());
    phases.extend(candidates.iter().filter(absent).map(|candidate| Phase {
        reason: "it has no line in the range of the scan".into(),
        ..outcome::undecided(candidate)
    }));
    Ok(Identified {
        phases,
        statistics: outcome.as_ref().map(|o| o.statistics.clone()),
        displacement_deg: outcome.as_ref().map(Final::displacement),
        curve: outcome.as_ref().map_or_else(Vec::new, |o| o.fit.values.clone()),
        phase_curves: outcome::phase_curves(outcome.as_ref(), &judged),
        lines: outcome::line_areas(&data, outcome.as_ref(), &judged),
        claims,
        warnings,
    })
}

/// Candidates that have lines in the range, with these computed.
fn prepare<'a>(
    candidates: impl Iterator<Item = &'a Candidate>,
    radiation: &Radiation,
    range_deg: (f64, f64),
) -> Result<Vec<Prepared<'a>>> {
    let candidates: Vec<&Candidate> = candidates.collect();
    let prepared: Vec<Option<Prepared<'a>>> =
        candidates.par_iter().map(|candidate| Prepared::new(candidate, radiation, range_deg)).collect::<Result<_>>()?;
    Ok(prepared.into_iter().flatten().collect())
}

fn nothing(candidates: &[Candidate], reason: &str) -> Identified {
    let phase = |candidate| Phase { reason: reason.into(), ..outcome::undecided(candidate) };
    Identified {
        phases: candidates.iter().map(phase).collect(),
        statistics: None,
        displacement_deg: None,
        curve: Vec::new(),
        phase_curves: Vec::new(),
        lines: Vec::new(),
        claims: Vec::new(),
        warnings: Vec::new(),
    }
}

/// Background and widths that the fitted peaks teach, and the Lorentzian part of their widths.
fn start<'a>(data: &Data<'a>, peaks: &PeakFit) -> (PatternState<'a>, [f64; 2]) {
    let (fwhm, fraction) = typical_peak(data.x, peaks);
    let [gaussian, lorentzian] = component_widths(fwhm, fraction.clamp(0.0, 1.0));
    let (caglioti_deg2, broadening_deg) = match data.instrument {
        Some(i) => ([i.u_deg2, i.v_deg2, i.w_deg2], [0.3 * fwhm, 0.0]),
        None => ([0.0, 0.0, gaussian * gaussian], [lorentzian, 0.0]),
    };
    let background = peaks.background_coefficients.iter().map(|c| c.value).collect();
    let common = Common { displacement_deg: 0.0, caglioti_deg2, asymmetry: 0.0, background };
    (PatternState { common, phases: Vec::new() }, broadening_deg)
}

/// FWHM and Lorentzian fraction of the strong peaks.
fn typical_peak(x: &[f64], peaks: &PeakFit) -> (f64, f64) {
    let median = |mut values: Vec<f64>| {
        values.sort_by(f64::total_cmp);
        values.get(values.len() / 2).copied()
    };
    let strongest = peaks.peaks.iter().map(|p| p.significance).fold(0.0, f64::max);
    // Weak peaks are often several, or badly determined: the stronger half of a decade teaches.
    let strong: Vec<_> = peaks.peaks.iter().filter(|p| p.significance > 0.1 * strongest).collect();
    let step = x.windows(2).map(|w| w[1] - w[0]).fold(f64::INFINITY, f64::min);
    let fwhm = median(strong.iter().map(|p| p.fwhm_deg.value).collect()).unwrap_or(0.1).max(2.0 * step);
    (fwhm, median(strong.iter().map(|p| p.lorentzian_fraction.value).collect()).unwrap_or(0.5))
}

/// Gaussian and Lorentzian FWHM of a TCH pseudo-Voigt, by bisection of its mixing.
fn component_widths(fwhm: f64, lorentzian_fraction: f64) -> [f64; 2] {
    let (mut low, mut high) = (0.0, 1.0);
    let at = |share: f64| Tch::new(1.0 - share, share).ok().map(|t| (t.mixing().lorentzian_fraction, t.fwhm().value));
    for _ in 0..40 {
        let middle = 0.5 * (low + high);
        match at(middle) {
            Some((fraction, _)) if fraction < lorentzian_fraction => low = middle,
            _ => high = middle,
        }
    }
    let share = 0.5 * (low + high);
    let scale = at(share).map_or(1.0, |(_, width)| fwhm / width);
    [((1.0 - share) * scale).max(0.05 * fwhm), share * scale]
}

/// The final fit: background, widths, displacement, all phases.
fn finish<'a>(data: &Data<'a>, sigma: &[f64], state: &PatternState<'a>) -> Result<Final<'a>> {
    let freedom = Freedom { background: true, displacement: true, widths: true, caglioti: true };
    let (state, fit, posed) = state.refine(data, data.y, sigma, freedom, FINAL_EVALUATIONS)?;
    let statistics = outcome::statistics(data, &fit);
    let alternatives = other_backgrounds(&state).into_par_iter().filter_map(|other| {
        // A background that the data cannot determine is no choice that an analyst has.
        let refined = other.refine_once(data, data.y, sigma, freedom, FINAL_EVALUATIONS, Reach::Tails).ok()?;
        Some(refined.0)
    });
    let alternatives = alternatives.collect();
    Ok(Final { state, fit, posed, statistics, alternatives })
}

/// The state with a background of lower and of higher degree.
fn other_backgrounds<'a>(state: &PatternState<'a>) -> Vec<PatternState<'a>> {
    let terms = state.common.background.len();
    let with = |terms: usize| {
        let mut other = state.clone();
        other.common.background.resize(terms, 0.0);
        other
    };
    vec![with(terms.saturating_sub(DEGREE_STEP).max(1)), with(terms + DEGREE_STEP)]
}
