//! A chemical state that is said to be seen at a binding energy.

use std::collections::BTreeSet;

use doublet_reference_patterns::photoelectrons::{ChemicalState, Level, state as tabulated, states};
use doublet_xps::analysis::{Analysis, ComponentResult, RegionAnalysis};
use doublet_xps::energy_scale::tabulated_range_ev;
use doublet_xrd::analysis::ClaimVerdict;

use super::SampleAnswer;
use crate::analysis::SampleAnalysis;

/// Distance from the tabulated range beyond which an assignment is not supported: the rule of the fits' own review.
const OUTSIDE_EV: f64 = 0.5;
/// A line of another core level overlaps within this distance of its range: about one line width of an insulator.
const OVERLAP_EV: f64 = 1.5;
/// Area in σ below which a component is not seen.
const LEAST_SIGNIFICANCE: f64 = 3.0;
/// Distance in σ, and in eV at least, at which a fitted component still is the claimed one.
const SAME_SIGMA: f64 = 3.0;
const SAME_EV: f64 = 0.2;

/// State and energy as claimed.
pub(super) struct Assignment<'a> {
    pub(super) level: &'a Level,
    pub(super) state: &'a str,
    pub(super) energy_ev: f64,
}

impl Assignment<'_> {
    pub(super) fn answer(&self, samples: &[&SampleAnalysis]) -> (Vec<String>, Vec<SampleAnswer>) {
        let Some(first) = samples.iter().find_map(|sample| sample.xps.as_ref()) else {
            let open = |sample: &&SampleAnalysis| {
                SampleAnswer::new(sample, ClaimVerdict::NotDecidable, "No photoelectron spectra.")
            };
            return (Vec::new(), samples.iter().map(open).collect());
        };
        let facts = self.facts(first, &elements(samples));
        (facts, samples.iter().map(|sample| self.of_sample(sample)).collect())
    }

    /// Distance from the tabulated range on the scale of this analysis, negative below it; none for a state without one.
    fn outside_ev(&self, analysis: &Analysis) -> Option<f64> {
        let ([low, high], _) = self.range_ev(analysis)?;
        Some((self.energy_ev - high).max(0.0) - (low - self.energy_ev).max(0.0))
    }

    fn range_ev(&self, analysis: &Analysis) -> Option<([f64; 2], &'static ChemicalState)> {
        let state = tabulated(self.level, self.state)?;
        Some((tabulated_range_ev(state, &analysis.recipe.energy_reference).0, state))
    }

    /// Core levels of other subshells that have a state near the energy, with the range on the same scale.
    fn overlaps(&self, analysis: &Analysis, elements: &BTreeSet<String>) -> Vec<(&'static ChemicalState, [f64; 2])> {
        states()
            .iter()
            .filter(|s| s.level.subshell() != self.level.subshell() && elements.contains(s.level.element()))
            .map(|s| (s, tabulated_range_ev(s, &analysis.recipe.energy_reference).0))
            .filter(|(_, [low, high])| (low - OVERLAP_EV..=high + OVERLAP_EV).contains(&self.energy_ev))
            .collect()
    }

    fn facts(&self, analysis: &Analysis, elements: &BTreeSet<String>) -> Vec<String> {
        let scale = analysis.recipe.energy_reference.describe();
        let mut facts = Vec::new();
        match self.range_ev(analysis) {
            Some(([low, high], state)) => {
                let place = match self.outside_ev(analysis) {
                    Some(outside) if outside > 0.0 => format!("{outside:.1} eV above it"),
                    Some(outside) if outside < 0.0 => format!("{:.1} eV below it", -outside),
                    _ => "inside it".into(),
                };
                facts.push(format!(
                    "{} {} is tabulated at {low:.1}–{high:.1} eV on the scale {scale} ({}): {} eV is {place}",
                    state.level, state.name, state.source, self.energy_ev
                ));
            }
            None => facts.push(format!("the table has no range for {} {}", self.level, self.state)),
        }
        let rivals: Vec<String> = states()
            .iter()
            .filter(|s| s.level.subshell() == self.level.subshell() && !s.name.eq_ignore_ascii_case(self.state))
            .map(|s| (s, tabulated_range_ev(s, &analysis.recipe.energy_reference).0))
            .filter(|(_, [low, high])| (*low..=*high).contains(&self.energy_ev))
            .map(|(s, [low, high])| format!("{} ({low:.1}–{high:.1})", s.name))
            .collect();
        if !rivals.is_empty() {
            facts.push(format!("other states tabulated at this energy: {}", rivals.join(", ")));
        }
        for (state, [low, high]) in self.overlaps(analysis, elements) {
            facts.push(format!(
                "{} of {} lies at {low:.1}–{high:.1} eV, within a line width of it: its area must be tied to another line",
                state.level, state.name
            ));
        }
        facts
    }

    fn of_sample(&self, sample: &SampleAnalysis) -> SampleAnswer {
        let Some(analysis) = &sample.xps else {
            return SampleAnswer::new(sample, ClaimVerdict::NotDecidable, "No photoelectron spectra.");
        };
        let Some(region) = analysis.regions.iter().find(|r| r.core_level.subshell() == self.level.subshell()) else {
            let text = format!("{} was not measured, or is not in the recipe.", self.level);
            return SampleAnswer::new(sample, ClaimVerdict::NotDecidable, text);
        };
        let seen = self.seen(region);
        let mut text = seen.map_or_else(
            || format!("The fit of {} has no such component.", region.core_level),
            |component| found(component, self.energy_ev),
        );
        if let Some(outside) = self.outside_ev(analysis).filter(|outside| outside.abs() > OUTSIDE_EV) {
            let side = if outside > 0.0 { "above" } else { "below" };
            text.push_str(&format!(
                " The claimed energy is {:.1} eV {side} every tabulated value of this state.",
                outside.abs()
            ));
            return SampleAnswer::new(sample, ClaimVerdict::NotSupported, text);
        }
        let free = self.free_overlaps(analysis, region, sample, &mut text);
        let verdict = match seen {
            _ if free => ClaimVerdict::NotDecidable,
            Some(component) => self.judge(component),
            None => ClaimVerdict::NotDecidable,
        };
        SampleAnswer::new(sample, verdict, text)
    }

    /// Whether a line of another level lies there that the fit does not tie; what is tied is told.
    fn free_overlaps(
        &self,
        analysis: &Analysis,
        region: &RegionAnalysis,
        sample: &SampleAnalysis,
        text: &mut String,
    ) -> bool {
        let mut free = false;
        let mut levels: Vec<Level> =
            self.overlaps(analysis, &elements(&[sample])).iter().map(|(s, _)| s.level.subshell()).collect();
        levels.dedup();
        for level in levels {
            let own = region.components.iter().find(|c| c.level.subshell() == level);
            match own.and_then(|c| Some((c, c.tie.as_ref()?))) {
                Some((component, tie)) => text.push_str(&format!(
                    " {level} is tied to {} (area {:.0} ± {:.0}), so that the areas can be told apart.",
                    tie.core_level,
                    component.area.value,
                    component.area.sigma.unwrap_or(0.0)
                )),
                None => {
                    free = true;
                    text.push_str(&format!(
                        " {level} lies there too and is not tied: the area cannot be told from it."
                    ));
                }
            }
        }
        free
    }

    /// The component of this state, else the nearest of this level.
    fn seen<'r>(&self, region: &'r RegionAnalysis) -> Option<&'r ComponentResult> {
        let own = || region.components.iter().filter(|c| c.level.subshell() == self.level.subshell());
        let distance = |c: &&ComponentResult| (c.binding_energy_ev.value - self.energy_ev).abs();
        own()
            .find(|c| c.state.eq_ignore_ascii_case(self.state))
            .or_else(|| own().min_by(|a, b| distance(a).total_cmp(&distance(b))))
    }

    fn judge(&self, component: &ComponentResult) -> ClaimVerdict {
        let reach = (SAME_SIGMA * component.binding_energy_ev.sigma.unwrap_or(0.0)).max(SAME_EV);
        let near = (component.binding_energy_ev.value - self.energy_ev).abs() <= reach;
        let same = component.state.eq_ignore_ascii_case(self.state);
        match (significance(component) >= LEAST_SIGNIFICANCE, near && same) {
            (true, true) => ClaimVerdict::Supported,
            (true, false) => ClaimVerdict::NotSupported,
            (false, _) => ClaimVerdict::NotDecidable,
        }
    }
}

/// Area by its σ of counting and choices.
fn significance(component: &ComponentResult) -> f64 {
    let sigma = component.area.sigma.unwrap_or(0.0).hypot(component.area_sigma_choices.unwrap_or(0.0));
    if sigma > 0.0 { component.area.value / sigma } else { 0.0 }
}

fn found(component: &ComponentResult, claimed_ev: f64) -> String {
    let energy = component.binding_energy_ev;
    format!(
        "The fit has {} at {:.2} ± {:.2} eV, {:+.2} eV from the claim, with {:.1} σ of area.",
        component.label,
        energy.value,
        energy.sigma.unwrap_or(0.0),
        energy.value - claimed_ev,
        significance(component)
    )
}

/// Elements that were measured or found in these samples.
fn elements(samples: &[&SampleAnalysis]) -> BTreeSet<String> {
    let mut elements = BTreeSet::new();
    for sample in samples {
        for region in sample.xps.iter().flat_map(|analysis| &analysis.regions) {
            elements.insert(region.core_level.element().to_owned());
            elements.extend(region.components.iter().map(|c| c.level.element().to_owned()));
        }
    }
    elements
}
