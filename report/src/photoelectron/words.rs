//! Words for the parts of a photoelectron result.

use doublet_common::{Quantity, SigmaSource};
use doublet_xps::analysis::{Analysis, AsymmetryTest, ComponentResult, RegionAnalysis};
use doublet_xps::recipe::Release;
use doublet_xps::region::IntensityUnit;
use doublet_xps::review::{Finding, Severity};

use crate::formula::state_text;
use crate::number::{bracketed, compact, fixed, significant, typographic};
use crate::text::printable;

/// Decimals of an energy whose uncertainty is unknown.
const ENERGY_DECIMALS: usize = 2;

/// Unit of the intensities, for axis and table headings.
pub(super) fn intensity_unit(unit: IntensityUnit) -> &'static str {
    match unit {
        IntensityUnit::Counts => "counts",
        IntensityUnit::CountsPerSecond => "counts s⁻¹",
        IntensityUnit::Arbitrary => "arb. units",
    }
}

/// Unit of areas inside a table of a program.
pub(super) fn area_unit(unit: IntensityUnit) -> &'static str {
    match unit {
        IntensityUnit::Counts => "counts eV",
        IntensityUnit::CountsPerSecond => "counts/s eV",
        IntensityUnit::Arbitrary => "arbitrary",
    }
}

pub(super) fn sigma_source(source: SigmaSource) -> &'static str {
    match source {
        SigmaSource::Counts => "the counts collected",
        SigmaSource::File => "the data file",
        SigmaSource::AssumedCounts => "the square root of the intensities, which are assumed to be counts",
    }
}

/// How it was decided whether metallic states take an asymmetric line.
pub(super) fn asymmetry(test: &AsymmetryTest) -> String {
    let states: Vec<String> = test.states.iter().map(|state| state_text(state)).collect();
    let head = format!("an asymmetric line of {} was tried and", states.join(", "));
    let ratio = format!(
        "F = {} for the decrease of χ², {} needed",
        significant(test.f_ratio, 3),
        significant(test.least_f_ratio, 2)
    );
    if test.taken {
        format!("{head} taken: {ratio}")
    } else if test.f_ratio > test.least_f_ratio {
        format!(
            "{head} not taken: it lowers χ² from {} to {} with an asymmetry of {}, more than any metal's; the background or a \
             missing state is at fault",
            significant(test.chi_squared_symmetric, 3),
            significant(test.chi_squared_asymmetric, 3),
            significant(test.asymmetry, 2)
        )
    } else {
        format!("{head} not taken: {ratio}")
    }
}

pub(super) fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Problem => "problem",
        Severity::Question => "question",
    }
}

pub(super) fn release(release: Release) -> &'static str {
    match release {
        Release::Ratio => "area ratio",
        Release::Splitting => "splitting",
        Release::Width => "width",
    }
}

/// `Bi 4f`, and the sample where there are several.
pub(super) fn region_name(analysis: &Analysis, region: &RegionAnalysis) -> String {
    let several = analysis.regions.iter().any(|other| other.sample != region.sample);
    match region.sample.as_ref().filter(|_| several) {
        Some(sample) => format!("{}, {}", region.core_level, printable(sample)),
        None => region.core_level.to_string(),
    }
}

/// `Bi₂O₃`, with the line in front where it is not that of the region: `P 2s phosphate`.
pub(super) fn component_name(region: &RegionAnalysis, component: &ComponentResult) -> String {
    let state = state_text(&component.state);
    if component.level == region.core_level.subshell() { state } else { format!("{} {state}", component.level) }
}

/// Energy with σ in brackets, or with two decimals and none.
pub(super) fn energy(quantity: &Quantity) -> String {
    match quantity.sigma {
        Some(sigma) if sigma > 0.0 => typographic(&bracketed(quantity)),
        _ => typographic(&fixed(quantity.value, ENERGY_DECIMALS)),
    }
}

/// Value with σ in brackets; without σ, as for what was kept, a setting.
pub(super) fn fitted(quantity: &Quantity) -> String {
    match quantity.sigma {
        Some(sigma) if sigma > 0.0 => typographic(&bracketed(quantity)),
        _ => typographic(&compact(quantity.value, 4)),
    }
}

/// `Bi 4f: metallic Bi beside an oxide`: what a finding concerns and says, the subject once.
pub(super) fn finding(finding: &Finding) -> String {
    let (subject, message) = (printable(&finding.subject), printable(&finding.message).replace('_', " "));
    if message.starts_with(&subject) { message } else { format!("{subject}: {message}") }
}
