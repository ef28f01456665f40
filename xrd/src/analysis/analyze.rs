//! From a scan to everything that is said of it.

use std::borrow::Cow;

use doublet_common::provenance::Tool;
use doublet_common::{Measurement, SigmaSource};

use super::assignment::{assign, unexplained};
use super::contamination::{self, Found};
use super::instrument_uncertainty;
use super::sizes::{forced_peaks, sizes};
use super::whole_pattern::{self, Known};
use super::{Analysis, Background, Curves, Peak, ScanSummary, Verdict};
use crate::error::{Error, Result};
use crate::identify::{CandidateSet, identify};
use crate::peaks::{self, FittedPeak, PeakFit, PeakOptions};
use crate::profile::{InstrumentOrigin, InstrumentProfile};
use crate::radiation::{Radiation, WavelengthSource, resolve};
use crate::recipe::ResolvedRecipe;
use crate::scan::{IntensityUnit, Scan};

/// Analyses one scan: peaks, background, phases among `candidates`, claims, crystallite sizes.
///
/// # Errors
/// [`Error::NoWavelength`] where neither file nor recipe states one; [`Error::Recipe`] for a range without data or a claim
/// that names no known phase; what the stages refuse.
pub fn analyze(scan: &Scan, recipe: &ResolvedRecipe, candidates: &CandidateSet) -> Result<Analysis> {
    let mut warnings = candidates.warnings.clone();
    let scan = cut(scan, recipe)?;
    let asked = match recipe.radiation()? {
        None if scan.radiation.is_none() => recipe.instrument_radiation().cloned(),
        asked => asked,
    };
    let (radiation, radiation_warnings) = resolve(&scan, asked)?;
    let instrument = recipe.instrument.map(InstrumentProfile::from);
    warnings.extend(radiation_warnings);
    warnings.extend(assumptions(&scan, &radiation, recipe));
    let mut options = PeakOptions {
        minimum_significance: recipe.peaks.minimum_significance,
        chebyshev_degree: recipe.background.chebyshev_degree,
        ..PeakOptions::default()
    };
    let (free, given): (Vec<_>, Vec<_>) =
        contamination::asked(&recipe.contamination, &radiation)?.into_iter().partition(|(_, free)| *free);
    let mut found: Vec<Found> = given.into_iter().map(|(line, _)| Found::given(line)).collect();
    options.contamination = found.iter().map(|found| found.line.clone()).collect();
    let mut fitted = existing(peaks::fit(&scan, &radiation, instrument.as_ref(), &options)?);
    if !free.is_empty() {
        for (line, _) in free {
            let estimate = contamination::estimate(&line, &scan, &radiation, &fitted)?;
            found.extend(contamination::judged(line, estimate, &mut warnings));
        }
        options.contamination = found.iter().map(|found| found.line.clone()).collect();
        fitted = existing(peaks::fit(&scan, &radiation, instrument.as_ref(), &options)?);
    }
    // Identification knows no axial divergence of the instrument: its lines lie on the maxima.
    let mut identified = if found.is_empty() {
        identify(&scan, &radiation, recipe, candidates, &at_maxima(&fitted))?
    } else {
        identify(&contamination::without(&scan, &fitted)?, &radiation, recipe, candidates, &at_maxima(&fitted))?
    };
    identified.curve.iter_mut().zip(&fitted.contamination).for_each(|(curve, line)| *curve += line);
    let mut peaks = peak_rows(&at_maxima(&fitted));
    assign(&mut peaks, &identified.lines);
    // Reflections that overlap are fitted as the pair that the structure says they are.
    let mut forced = forced_peaks(&identified.lines, &peaks);
    if !forced.is_empty() {
        forced.iter_mut().for_each(|peak| peak.two_theta_deg -= shift_near(&fitted, peak.two_theta_deg));
        let options = PeakOptions { forced, ..options };
        fitted = existing(peaks::refit(&scan, &radiation, instrument.as_ref(), &options, &fitted)?);
        peaks = peak_rows(&at_maxima(&fitted));
        assign(&mut peaks, &identified.lines);
    }
    for (row, peak) in peaks.iter_mut().zip(&fitted.peaks) {
        (row.two_theta_deg, row.d_angstrom) = (peak.two_theta_deg, peak.d_angstrom);
    }
    let lines = |found: &Found| found.lines(&peaks, &scan, &fitted, &radiation, recipe.peaks.minimum_significance);
    let contamination: Vec<_> = found.iter().map(lines).collect();
    let mut unexplained_peaks = unexplained(&peaks);
    contamination::without_misfits(&mut unexplained_peaks, &peaks, &contamination);
    let present: Vec<_> = identified.phases.iter().filter(|p| p.verdict == Verdict::Present).collect();
    let mut crystallite_size = sizes(&scan, &present, &peaks, &fitted, instrument.as_ref(), &radiation, &recipe.size)?;
    if let Some(instrument) = &instrument {
        let known = Known {
            scan: &scan,
            radiation: &radiation,
            instrument,
            candidates,
            present: &present,
            lines: &identified.lines,
            peaks: &peaks,
            fitted: &fitted,
            displacement_deg: identified.displacement_deg.map_or(0.0, |displacement| displacement.value),
        };
        whole_pattern::include(&mut crystallite_size, &known)?;
        instrument_uncertainty::say(&mut crystallite_size, instrument);
    }
    warnings.extend(recipe.instrument_origin.as_ref().and_then(|origin| extrapolated(origin, &fitted)));
    warnings.extend(fitted.warnings.iter().cloned());
    warnings.extend(identified.warnings.iter().cloned());
    let end_deg = scan.two_theta_deg().last().copied().unwrap_or(0.0);
    warnings.extend(contamination::beyond_the_end(&unexplained_peaks, &peaks, &found, &radiation, end_deg));
    warnings.extend(contamination::hints(&unexplained_peaks, &peaks, &recipe.contamination, &radiation)?);
    if present.is_empty() {
        warnings.push("nothing matches: no candidate is present by its evidence".into());
    }
    Ok(Analysis {
        tool: Tool::this(),
        input: scan.input.clone(),
        recipe: recipe.clone(),
        scan: summary(&scan, &radiation),
        background: Background {
            chebyshev_degree: fitted.background_coefficients.len().saturating_sub(1),
            coefficients: fitted.background_coefficients.clone(),
            choice: fitted.background_choice.clone(),
        },
        peaks,
        peak_fit: fitted.statistics.clone(),
        pattern_fit: identified.statistics,
        specimen_displacement_deg: identified.displacement_deg,
        unexplained_peaks,
        contamination,
        claims: identified.claims,
        crystallite_size,
        warnings,
        curves: Curves {
            two_theta_deg: scan.two_theta_deg().to_vec(),
            observed: scan.intensity().to_vec(),
            sigma: scan.sigma().to_vec(),
            background: fitted.background,
            peak_fit: fitted.calculated,
            pattern_fit: identified.curve,
            phases: identified.phase_curves,
        },
        phases: identified.phases,
    })
}

/// The fit without forced peaks whose area ended at zero: they are not there.
fn existing(mut fitted: PeakFit) -> PeakFit {
    fitted.peaks.retain(|peak| peak.area.value > 0.0);
    fitted
}

/// The fit with every peak at its maximum.
fn at_maxima(fitted: &PeakFit) -> Cow<'_, PeakFit> {
    if fitted.peaks.iter().all(|peak| peak.apex_shift_deg == 0.0) {
        return Cow::Borrowed(fitted);
    }
    let mut moved = fitted.clone();
    moved.peaks.iter_mut().for_each(|peak| peak.two_theta_deg.value += peak.apex_shift_deg);
    Cow::Owned(moved)
}

/// How far the maximum of a peak at this angle stands from its position, as that of the nearest.
fn shift_near(fitted: &PeakFit, two_theta_deg: f64) -> f64 {
    let distance = |peak: &FittedPeak| (peak.two_theta_deg.value - two_theta_deg).abs();
    let nearest = fitted.peaks.iter().min_by(|a, b| distance(a).total_cmp(&distance(b)));
    nearest.map_or(0.0, |peak| peak.apex_shift_deg)
}

/// The part of the scan that is analysed.
fn cut(scan: &Scan, recipe: &ResolvedRecipe) -> Result<Scan> {
    let mut scan = scan.clone();
    if let Some([low, high]) = recipe.two_theta_range_deg {
        let data: Measurement = scan.data.cut(low, high).map_err(|error| {
            Error::Recipe(format!("two_theta_range_deg = [{low}, {high}] of {}: {error}", scan.input.file_name))
        })?;
        scan.data = data;
    }
    Ok(scan)
}

/// Everything that is taken for granted before the first number.
fn assumptions(scan: &Scan, radiation: &Radiation, recipe: &ResolvedRecipe) -> Vec<String> {
    let mut warnings: Vec<String> = scan.input.reader_warnings.clone();
    let wavelength = radiation.reference_wavelength_angstrom();
    match radiation.source {
        WavelengthSource::File => {}
        WavelengthSource::Recipe => {
            warnings.push(format!("the file states no wavelength: {wavelength} Å is that of the recipe"));
        }
        WavelengthSource::Instrument => {
            warnings.push(format!("the file states no wavelength: {wavelength} Å is that of the instrument file"));
        }
    }
    if radiation.monochromator_two_theta_deg == 0.0 {
        warnings.push("polarisation as without a monochromator: none is stated".into());
    }
    if scan.data.sigma_source() == SigmaSource::AssumedCounts {
        warnings.push("σ is the square root of the intensities, which are assumed to be counts".into());
    }
    if scan.unit == IntensityUnit::Arbitrary {
        warnings.push("the file does not say what its intensities are".into());
    }
    if recipe.instrument.is_none() {
        warnings.push("no instrument profile: widths include the instrument's, sizes are lower limits".into());
    }
    warnings.extend(recipe.instrument_origin.iter().flat_map(|origin| doubts(origin, radiation)));
    if scan.is_simulated() {
        warnings.push("the data are simulated".into());
    }
    warnings
}

/// What was assumed of an instrument's numbers, and whether they belong to the radiation of the scan.
fn doubts(origin: &InstrumentOrigin, used: &Radiation) -> Vec<String> {
    let mut doubts: Vec<String> =
        origin.remarks.iter().map(|remark| format!("instrument file {}: {remark}", origin.file_name)).collect();
    if let Some(radiation) = origin.radiation.as_ref().filter(|radiation| !used.has_every_line_of(radiation)) {
        doubts.push(format!(
            "instrument file {}: its widths are for {}, the scan is of {}",
            origin.file_name,
            radiation.describe(),
            used.describe()
        ));
    }
    doubts
}

/// Where widths of the instrument are used that were not measured.
fn extrapolated(origin: &InstrumentOrigin, fitted: &PeakFit) -> Option<String> {
    let [low, high] = origin.two_theta_range_deg?;
    let angles = fitted.peaks.iter().map(|peak| peak.two_theta_deg.value);
    let outside: Vec<f64> = angles.filter(|at| !(low..=high).contains(at)).collect();
    let (first, last) = (outside.first()?, outside.last()?);
    Some(format!(
        "instrument file {}: measured from {low:.2} to {high:.2}°, extrapolated for {} of {} peaks (the first at {first:.2}°, the \
         last at {last:.2}°)",
        origin.file_name,
        outside.len(),
        fitted.peaks.len()
    ))
}

/// What the scan is, with the radiation that was used.
pub(crate) fn summary(scan: &Scan, radiation: &Radiation) -> ScanSummary {
    let x = scan.two_theta_deg();
    let mut steps: Vec<f64> = x.windows(2).map(|w| w[1] - w[0]).collect();
    steps.sort_by(f64::total_cmp);
    ScanSummary {
        title: scan.title.clone(),
        points: x.len(),
        two_theta_range_deg: [x.first().copied().unwrap_or(0.0), x.last().copied().unwrap_or(0.0)],
        step_deg: steps.get(steps.len() / 2).copied().unwrap_or(0.0),
        counting_time_s: scan.counting_time_s,
        intensity_unit: scan.unit,
        sigma_source: scan.data.sigma_source(),
        maximum_intensity: scan.intensity().iter().copied().fold(0.0, f64::max),
        radiation: radiation.clone(),
        simulated: scan.is_simulated(),
        metadata: scan.metadata.clone(),
    }
}

fn peak_rows(fitted: &PeakFit) -> Vec<Peak> {
    let largest = fitted.peaks.iter().map(|p| p.area.value).fold(0.0, f64::max);
    let row = |peak: &FittedPeak| Peak {
        two_theta_deg: peak.two_theta_deg,
        d_angstrom: peak.d_angstrom,
        area: peak.area,
        height: peak.height,
        fwhm_deg: peak.fwhm_deg,
        integral_breadth_deg: peak.integral_breadth_deg,
        lorentzian_fraction: peak.lorentzian_fraction,
        relative_area_percent: if largest > 0.0 { 100.0 * peak.area.value / largest } else { 0.0 },
        significance: peak.significance,
        assigned_to: Vec::new(),
    };
    fitted.peaks.iter().map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::radiation::Anode;
    use crate::simulate::{Simulation, simulate};

    #[test]
    fn an_instrument_of_another_radiation_is_doubted() {
        // Truth: Co is not Cu, and a table of Cu that differs in the fifth digit is that of Cu.
        let of = |radiation| InstrumentOrigin {
            file_name: "i.prm".into(),
            radiation: Some(radiation),
            two_theta_range_deg: None,
            remarks: vec!["a remark".into()],
        };
        let used = Radiation::k_alpha(Anode::Cu);
        let same = Radiation::from_k_alpha(None, 1.5405, 1.5443, 0.5, WavelengthSource::Instrument);
        assert_eq!(doubts(&of(same), &used), ["instrument file i.prm: a remark"]);
        let doubts = doubts(&of(Radiation::k_alpha(Anode::Co)), &used);
        assert!(doubts[1].contains("its widths are for Co") && doubts[1].contains("the scan is of Cu"), "{doubts:?}");
    }

    #[test]
    fn an_instrument_of_another_range_is_doubted() {
        // Truth: lines of CeO2 (a = 5.411 Å) for Cu Kα1 from 20 to 60°: 28.55, 33.08, 47.48, 56.34, 59.09°.
        let text = "title = 't'\nseed = 1\ntwo_theta_range_deg = [20.0, 60.0]\nstep_deg = 0.02\nhighest_counts = 5000.0\n\
                    background_counts = [50.0]\n[radiation]\nanode = 'Cu'\n[instrument]\nw_deg2 = 0.003\nx_deg = 0.02\n\
                    [[phases]]\nid = 'CeO2'\nweight_percent = 100.0\n";
        let scan = simulate(&Simulation::from_toml("s.toml", text).unwrap()).unwrap();
        let fitted = peaks::fit(&scan, &Radiation::k_alpha(Anode::Cu), None, &PeakOptions::default()).unwrap();
        let doubt = |range| {
            let origin = InstrumentOrigin {
                file_name: "i.toml".into(),
                radiation: None,
                two_theta_range_deg: Some(range),
                remarks: Vec::new(),
            };
            extrapolated(&origin, &fitted)
        };
        let text = doubt([30.0, 59.0]).unwrap();
        assert!(text.contains("from 30.00 to 59.00°") && text.contains("2 of 5 peaks (the first at 28.55°"), "{text}");
        assert_eq!(doubt([20.0, 150.0]), None);
    }
}
