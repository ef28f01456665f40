//! What can be compared between samples: each property with its value and σ.
//!
//! σ of a property is that which differs from sample to sample: counting and the choices of the analyst. What all samples
//! share, such as the error of a sensitivity factor or of the instrument's profile, cancels in a difference and is left out.

use std::collections::BTreeMap;

use doublet_common::Quantity;
use doublet_xps::analysis::{ComponentResult, SampleQuantification};
use doublet_xrd::analysis::{Phase, Verdict};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::analysis::SampleAnalysis;

/// What a property is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PropertyKind {
    /// Crystallite size of a phase, nm.
    CrystalliteSize,
    /// Length of a cell edge of the main phase, Å.
    CellLength,
    /// Weight percent of a phase.
    WeightPercent,
    /// Position of the strongest line of the main phase, degrees 2θ, less the fitted displacement of the specimen.
    LinePosition,
    /// Share of a state in its core level, percent.
    StateFraction,
    /// Binding energy of a state, eV.
    BindingEnergy,
    /// Ratio of atomic concentrations.
    AtomicRatio,
    /// Bulk density, g/cm³.
    BulkDensity,
    /// Relative density, percent.
    RelativeDensity,
}

/// One property of one sample.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Property {
    /// What it is.
    pub kind: PropertyKind,
    /// Its name, the same for all samples.
    pub name: String,
    /// Unit; empty for a ratio.
    pub unit: String,
    /// Value and σ.
    pub value: Quantity,
    /// Whether the value is a lower limit, and no difference can be told from it.
    pub lower_limit: bool,
}

/// Element to which atomic ratios refer, the first of these that was measured.
const REFERENCE_ELEMENTS: [&str; 4] = ["P", "Si", "Ti", "O"];

impl Property {
    fn new(kind: PropertyKind, name: impl Into<String>, unit: &str, value: Quantity) -> Self {
        Self { kind, name: name.into(), unit: unit.into(), value, lower_limit: false }
    }
}

/// Every property of a sample.
pub(crate) fn properties(sample: &SampleAnalysis, main_phase: Option<&str>) -> Vec<Property> {
    let mut list = diffraction(sample, main_phase);
    list.extend(densities(sample));
    list.extend(photoelectrons(sample));
    list
}

fn diffraction(sample: &SampleAnalysis, main_phase: Option<&str>) -> Vec<Property> {
    let Some(analysis) = &sample.xrd else { return Vec::new() };
    let mut list = Vec::new();
    for size in &analysis.crystallite_size {
        let Some(value) = size.mean_size_fwhm_nm.filter(|_| !size.phase_id.is_empty()) else { continue };
        let name = format!("crystallite size of {}", size.phase_id);
        let property = Property::new(PropertyKind::CrystalliteSize, name, "nm", value);
        list.push(Property { lower_limit: !size.instrument_removed, ..property });
    }
    let present = |phase: &&Phase| phase.verdict == Verdict::Present;
    if let Some(main) = analysis.phases.iter().filter(present).find(|phase| Some(phase.id.as_str()) == main_phase) {
        list.extend(cell(main));
        let strongest = main.ticks.iter().max_by(|a, b| a.relative_intensity.total_cmp(&b.relative_intensity));
        let peak = strongest.and_then(|line| {
            let own = |a: &doublet_xrd::analysis::Assignment| a.phase_id == main.id && a.hkl == line.hkl;
            let peak = analysis.peaks.iter().find(|peak| peak.assigned_to.first().is_some_and(own))?;
            Some((line.hkl, without_displacement(peak.two_theta_deg, analysis.specimen_displacement_deg?)))
        });
        if let Some(([h, k, l], position)) = peak {
            let name = format!("position of {} ({h} {k} {l}), displacement corrected", main.id);
            list.push(Property::new(PropertyKind::LinePosition, name, "° 2θ", position));
        }
    }
    for phase in analysis.phases.iter().filter(present) {
        let Some(value) = phase.weight_percent.filter(|_| analysis.phases.iter().filter(present).count() > 1) else {
            continue;
        };
        list.push(Property::new(PropertyKind::WeightPercent, format!("share of {}", phase.id), "wt%", value));
    }
    list
}

/// A displaced specimen shifts every line by displacement · cosθ, which is no property of the sample.
fn without_displacement(position: Quantity, displacement: Quantity) -> Quantity {
    let cosine = (0.5 * position.value).to_radians().cos();
    let sigma = position.sigma.unwrap_or(0.0).hypot(cosine * displacement.sigma.unwrap_or(0.0));
    Quantity::new(position.value - cosine * displacement.value, sigma)
}

/// Cell edges that differ from those before them.
fn cell(phase: &Phase) -> Vec<Property> {
    let Some(cell) = &phase.cell else { return Vec::new() };
    let mut list: Vec<Property> = Vec::new();
    for (edge, value) in ["a", "b", "c"].into_iter().zip(cell.lengths_angstrom) {
        if list.iter().all(|own| own.value.value != value.value) {
            list.push(Property::new(PropertyKind::CellLength, format!("{edge} of {}", phase.id), "Å", value));
        }
    }
    list
}

fn densities(sample: &SampleAnalysis) -> Vec<Property> {
    let Some(density) = &sample.density else { return Vec::new() };
    let bulk = Property::new(PropertyKind::BulkDensity, "bulk density", "g/cm³", density.bulk_g_cm3);
    let relative = density
        .relative_percent
        .map(|value| Property::new(PropertyKind::RelativeDensity, "relative density", "%", value));
    [bulk].into_iter().chain(relative).collect()
}

fn photoelectrons(sample: &SampleAnalysis) -> Vec<Property> {
    let Some(analysis) = &sample.xps else { return Vec::new() };
    let mut list = Vec::new();
    for region in &analysis.regions {
        let own: Vec<&ComponentResult> = region
            .components
            .iter()
            .filter(|c| c.tie.is_none() && c.level.subshell() == region.core_level.subshell())
            .collect();
        if own.len() > 1 {
            for component in &own {
                let name = format!("{} in {}", component.state, region.core_level);
                if let Some(value) = share(component, &own) {
                    list.push(Property::new(PropertyKind::StateFraction, name, "%", value));
                }
            }
        }
        for component in own {
            let name = format!("binding energy of {} {}", component.level, component.state);
            list.push(Property::new(PropertyKind::BindingEnergy, name, "eV", component.binding_energy_ev));
        }
    }
    if let Some(quantification) = analysis.quantification.first() {
        list.extend(ratios(quantification));
    }
    list
}

/// Share of one component in the sum of all, percent; the areas are taken as independent.
fn share(component: &ComponentResult, all: &[&ComponentResult]) -> Option<Quantity> {
    let sigma = |c: &ComponentResult| c.area.sigma.map(|s| s.hypot(c.area_sigma_choices.unwrap_or(0.0)));
    let total: f64 = all.iter().map(|c| c.area.value).sum();
    let (mut others, mut rest) = (0.0, 0.0);
    for other in all.iter().filter(|other| !std::ptr::eq(**other, component)) {
        others += sigma(other)?.powi(2);
        rest += other.area.value;
    }
    let own = rest * sigma(component)?;
    let variance = own * own + component.area.value.powi(2) * others;
    (total > 0.0)
        .then(|| Quantity::new(100.0 * component.area.value / total, 100.0 * variance.sqrt() / (total * total)))
}

/// Concentration of each element by that of the reference element.
fn ratios(quantification: &SampleQuantification) -> Vec<Property> {
    let amounts = amounts(quantification);
    let Some(reference) = REFERENCE_ELEMENTS.into_iter().find(|element| amounts.contains_key(element)) else {
        return Vec::new();
    };
    let of = amounts[reference];
    let relative = |q: Quantity| q.sigma.map_or(0.0, |sigma| sigma / q.value);
    amounts
        .iter()
        .filter(|(element, amount)| **element != reference && amount.value > 0.0)
        .map(|(element, amount)| {
            let ratio = amount.value / of.value;
            let sigma = ratio * relative(*amount).hypot(relative(of));
            let name = format!("{element}/{reference} at the surface");
            Property::new(PropertyKind::AtomicRatio, name, "", Quantity::new(ratio, sigma))
        })
        .collect()
}

/// Atomic percent of each element, with the σ of counting and choices alone.
fn amounts(quantification: &SampleQuantification) -> BTreeMap<&'static str, Quantity> {
    let mut amounts: BTreeMap<&'static str, (f64, f64)> = BTreeMap::new();
    for row in &quantification.rows {
        let own = row.error_budget.counting.hypot(row.error_budget.choices);
        let sum = amounts.entry(row.level.element()).or_insert((0.0, 0.0));
        *sum = (sum.0 + row.atomic_percent.value, sum.1 + own * own);
    }
    amounts.into_iter().map(|(element, (value, variance))| (element, Quantity::new(value, variance.sqrt()))).collect()
}
