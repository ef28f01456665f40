//! Which elements a survey spectrum shows, with the evidence: every line that should be seen, found or absent, Auger lines, and
//! the overlaps that a survey cannot decide.
//!
//! Peaks are found by a top-hat filter (positive over the width of a line, negative on both flanks, area zero), in units of the
//! noise. An element is *present* if its strongest line is there and no other line of it that must then be seen is missing;
//! what "must be seen" follows from cross sections times kinetic energy to the power ¾. Where the strongest line is also a
//! line of an element that is present by other evidence, the survey does not decide, and says so. It is a guide to which
//! regions to measure: concentrations come from their fits.

mod elements;
mod lines;
mod peaks;

use doublet_common::Quantity;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::region::{EnergyScale, Region};

/// What a survey says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Survey {
    /// Name of the region.
    pub label: String,
    /// Sample; none where the file names none.
    pub sample: Option<String>,
    /// Measured minus true binding energy in eV, as declared or as C 1s and O 1s imply it (then to ±0.5 eV).
    pub shift_ev: Quantity,
    /// Whether the shift was declared.
    pub shift_declared: bool,
    /// Peaks in the order of binding energy.
    pub peaks: Vec<SurveyPeak>,
    /// Elements that are present or possible, the surest first.
    pub elements: Vec<ElementEvidence>,
    /// What was assumed, and what a survey cannot decide.
    pub warnings: Vec<String>,
}

/// One peak.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SurveyPeak {
    /// Binding energy in eV, shift taken off.
    pub binding_energy_ev: Quantity,
    /// Area above the line through its flanks, in the unit of the intensities times eV.
    pub area: Quantity,
    /// Height of the filtered spectrum in units of its noise.
    pub significance: f64,
    /// Lines of present and possible elements that lie here; empty: nothing known.
    pub assignments: Vec<String>,
}

/// What speaks for and against an element.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ElementEvidence {
    /// Symbol.
    pub element: String,
    /// Verdict.
    pub verdict: Verdict,
    /// Lines in the order of expected strength.
    pub lines: Vec<LineEvidence>,
    /// Why the verdict is not better, or what overlaps.
    pub remarks: Vec<String>,
}

/// Verdict on an element.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// All lines that must be seen are there, and one of them at least belongs to no other element.
    Present,
    /// Its lines are there, but each is also a line of an element that is present.
    Undecided,
}

/// One line of an element.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LineEvidence {
    /// Core level or Auger series (`Bi 4f7/2`, `O KLL`).
    pub line: String,
    /// Where it is expected, in eV of binding energy.
    pub expected_ev: [f64; 2],
    /// Strength relative to the strongest line of the element; none for Auger lines.
    pub expected_relative_area: Option<f64>,
    /// Where it was found.
    pub found_ev: Option<Quantity>,
    /// Its significance.
    pub significance: Option<f64>,
    /// What that means.
    pub status: LineStatus,
    /// Lines of other present elements within the resolution of a survey.
    pub overlaps: Vec<String>,
}

/// What was seen of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LineStatus {
    /// A peak is there.
    Found,
    /// A peak is there that is mainly something else: far stronger than the line can be, or the energy loss of another.
    Hidden,
    /// It must be seen and is not (elements with such a line are not reported).
    Absent,
    /// Too weak to be seen here.
    TooWeak,
}

/// Names elements of a survey region. `shift_ev` is measured minus true binding energy; none: estimated from C 1s and O 1s.
///
/// # Errors
/// [`Error::Analysis`] for a kinetic-energy axis without photon energy and for a region of fewer than 100 points.
pub fn survey(region: &Region, shift_ev: Option<f64>) -> Result<Survey> {
    let refuse = |message: String| Error::Analysis { stage: "survey", message };
    if region.energy_scale != EnergyScale::Binding {
        return Err(refuse(format!("{}: kinetic energies; state the photon energy", region.label)));
    }
    if region.data.len() < LEAST_POINTS {
        return Err(refuse(format!(
            "{}: {} points, expected at least {LEAST_POINTS}",
            region.label,
            region.data.len()
        )));
    }
    let mut warnings = Vec::new();
    let mut found = peaks::find(region.energy_ev(), region.intensity(), region.sigma());
    let photon = region.photons.as_ref().map(|p| p.energy_ev);
    if photon.is_none() {
        warnings
            .push("no photon energy: Auger lines are not looked for, strengths are not corrected for energy".into());
    }
    let shift = shift_ev.unwrap_or_else(|| elements::estimated_shift_ev(&found));
    if shift_ev.is_none() {
        warnings.push(format!(
            "measured energies taken as {shift:+.1} eV too high, as C 1s and O 1s imply; declare the shift to be sure"
        ));
    }
    found.iter_mut().for_each(|peak| peak.energy_ev -= shift);
    let energy = region.energy_ev();
    let range = [energy[0] - shift, energy[energy.len() - 1] - shift];
    let evidence = elements::evidence(&found, range, photon, &mut warnings);
    let peaks = found.iter().map(|peak| surveyed(peak, &found, &evidence)).collect();
    Ok(Survey {
        label: region.label.clone(),
        sample: region.sample.clone(),
        shift_ev: match shift_ev {
            Some(stated) => Quantity::without_sigma(stated),
            None => Quantity::new(shift, SHIFT_SIGMA_EV),
        },
        shift_declared: shift_ev.is_some(),
        peaks,
        elements: evidence,
        warnings,
    })
}

/// Fewest points of a survey.
const LEAST_POINTS: usize = 100;
/// Standard uncertainty of an estimated shift in eV.
const SHIFT_SIGMA_EV: f64 = 0.5;

fn surveyed(peak: &peaks::Peak, all: &[peaks::Peak], evidence: &[ElementEvidence]) -> SurveyPeak {
    let at = |line: &&LineEvidence| {
        let same = line.found_ev.is_some_and(|q| (q.value - peak.energy_ev).abs() < 1e-9);
        same && line.status == LineStatus::Found
    };
    let mut assignments: Vec<String> =
        evidence.iter().flat_map(|e| &e.lines).filter(at).map(|line| line.line.clone()).collect();
    if assignments.is_empty() && elements::is_loss(peak, all) {
        assignments.push("energy loss of a stronger line".into());
    }
    SurveyPeak {
        binding_energy_ev: Quantity::new(peak.energy_ev, peak.energy_sigma_ev),
        area: Quantity::new(peak.area, peak.area_sigma),
        significance: peak.significance,
        assignments,
    }
}

#[cfg(test)]
mod tests;
