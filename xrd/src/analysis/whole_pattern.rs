//! One size and one strain for each phase that is present, fitted to the measured points of the whole pattern.

use super::{Peak, Phase, PhaseSize};
use crate::error::{Error, Result};
use crate::identify::{CandidateSet, LineArea};
use crate::peaks::{Noise, PeakFit};
use crate::profile::InstrumentProfile;
use crate::radiation::Radiation;
use crate::refine::{SAMPLE_TERMS, Sample, SampleFit, SamplePhase, fit_sample};
use crate::scan::Scan;
use crate::size_strain::{add, terms_to_fit};

/// What is known of the pattern before.
pub(super) struct Known<'a> {
    pub(super) scan: &'a Scan,
    pub(super) radiation: &'a Radiation,
    pub(super) instrument: &'a InstrumentProfile,
    pub(super) candidates: &'a CandidateSet,
    pub(super) present: &'a [&'a Phase],
    pub(super) lines: &'a [LineArea],
    pub(super) peaks: &'a [Peak],
    pub(super) fitted: &'a PeakFit,
    pub(super) displacement_deg: f64,
}

/// Adds the whole-pattern fit to the sizes of the phases present.
///
/// # Errors
/// Breadths that make no shape. A fit that fails is said in the comparison of each phase.
pub(super) fn include(sizes: &mut [PhaseSize], known: &Known<'_>) -> Result<()> {
    let Known { scan, fitted, .. } = *known;
    let intensity = of_the_phases(known)?;
    let sigma = Noise::new(scan).at(&fitted.calculated);
    let (places, phases): (Vec<_>, Vec<_>) = sizes
        .iter()
        .enumerate()
        .filter_map(|(place, size)| Some((place, phase(size, known)?)))
        .map(|(place, (phase, voigt))| ((place, voigt), phase))
        .unzip();
    if phases.is_empty() {
        return Ok(());
    }
    let mut sample = Sample {
        two_theta_deg: scan.two_theta_deg(),
        intensity: &intensity,
        sigma: &sigma,
        radiation: known.radiation,
        instrument: known.instrument,
        phases,
        background: fitted.background_coefficients.iter().map(|coefficient| coefficient.value).collect(),
        displacement_deg: known.displacement_deg,
    };
    let found = best_of(&mut sample, &places.iter().map(|(_, voigt)| *voigt).collect::<Vec<_>>());
    let free: Vec<_> = sample.phases.iter().map(|phase| phase.free).collect();
    for (k, (place, _)) in places.into_iter().enumerate() {
        let size = &mut sizes[place];
        match &found {
            Ok(fit) => {
                let quality = [fit.reduced_chi_squared, fitted.statistics.reduced_chi_squared];
                match &fit.phases[k] {
                    Some(terms) => add(size, terms, free[k], quality)?,
                    None => size
                        .comparison
                        .push("the fit of the whole pattern does not determine size and strain of this phase".into()),
                }
            }
            Err(error) => size.comparison.push(format!("no size by a fit of the whole pattern: {error}")),
        }
    }
    Ok(())
}

/// What is known of a phase whose size is sought, and whether its lines ask for Voigt functions of size and strain.
fn phase<'a>(size: &PhaseSize, known: &Known<'a>) -> Option<(SamplePhase<'a>, bool)> {
    let phase = known.present.iter().find(|phase| phase.id == size.phase_id)?;
    let mut all = known.candidates.list.iter().chain(&known.candidates.known);
    let structure = &all.find(|candidate| candidate.id() == phase.id)?.structure;
    let (start, free, voigt) = terms_to_fit(size);
    let cell = phase.cell.as_ref().map_or_else(
        || structure.cell.values(),
        |cell| {
            let (lengths, angles) = (&cell.lengths_angstrom, &cell.angles_deg);
            std::array::from_fn(|i| if i < 3 { lengths[i].value } else { angles[i - 3].value })
        },
    );
    let lines = known.lines.iter().filter(|line| line.phase_id == phase.id).map(|line| (line.hkl, line.area)).collect();
    Some((SamplePhase { id: &phase.id, structure, cell, lines, start, free }, voigt))
}

/// The fit with one kind of strain for each phase, and with Voigt functions for those phases that ask for them, where that
/// describes the pattern better for its number of parameters (Bayesian information criterion).
fn best_of(sample: &mut Sample<'_>, voigt: &[bool]) -> Result<SampleFit> {
    let mut best = fit_sample(sample)?;
    let penalty = (sample.intensity.len() as f64).ln() * best.reduced_chi_squared.max(1.0);
    for k in (0..voigt.len()).filter(|k| voigt[*k]) {
        let Some(found) = &best.phases[k] else { continue };
        let (start, free) = (sample.phases[k].start, sample.phases[k].free);
        let more = free.iter().filter(|free| !**free).count() as f64;
        (sample.phases[k].start, sample.phases[k].free) = (found.values, [true; SAMPLE_TERMS]);
        match fit_sample(sample) {
            Ok(fit) if fit.converged && best.chi_squared - fit.chi_squared > more * penalty => best = fit,
            _ => (sample.phases[k].start, sample.phases[k].free) = (start, free),
        }
    }
    if !best.converged {
        return Err(Error::Analysis { stage: "pattern fit", message: "it stopped before its minimum".into() });
    }
    Ok(best)
}

/// Intensities without contamination lines and peaks that no phase explains.
fn of_the_phases(known: &Known<'_>) -> Result<Vec<f64>> {
    let Known { scan, fitted, .. } = *known;
    let x = scan.two_theta_deg();
    let mut intensity: Vec<f64> =
        scan.intensity().iter().zip(&fitted.contamination).map(|(y, line)| y - line).collect();
    let is_present = |id: &str| known.present.iter().any(|phase| phase.id == id);
    for (row, peak) in known.peaks.iter().zip(&fitted.peaks) {
        if !row.assigned_to.iter().any(|assigned| is_present(&assigned.phase_id)) {
            let (at, half) = (peak.two_theta_deg.value, peak.half_window_deg);
            let points = x.partition_point(|x| *x < at - half)..x.partition_point(|x| *x <= at + half);
            let curve = peak.curve(&x[points.clone()], known.radiation, Some(known.instrument))?;
            intensity[points].iter_mut().zip(curve).for_each(|(y, peak)| *y -= peak);
        }
    }
    Ok(intensity)
}
