//! Words for the enumerations of a diffraction result.

use doublet_common::{Quantity, SigmaSource};
use doublet_xrd::analysis::{Analysis, ClaimVerdict, Phase, SizeKind, StrainKind, Verdict};
use doublet_xrd::radiation::{Radiation, WavelengthSource};
use doublet_xrd::scan::IntensityUnit;

use crate::formula::formula_text;
use crate::number::compact;

pub(super) fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Present => "present",
        Verdict::Possible => "possible",
        Verdict::NotDetected => "not detected",
    }
}

pub(super) fn claim(verdict: ClaimVerdict) -> &'static str {
    match verdict {
        ClaimVerdict::Supported => "supported",
        ClaimVerdict::NotSupported => "not supported",
        ClaimVerdict::NotDecidable => "not decidable",
    }
}

/// Unit of the intensities, for axis and table headings.
pub(super) fn intensity_unit(unit: IntensityUnit) -> &'static str {
    match unit {
        IntensityUnit::Counts | IntensityUnit::AttenuationCorrectedCounts => "counts",
        IntensityUnit::CountsPerSecond => "counts s⁻¹",
        IntensityUnit::Arbitrary => "arb. units",
    }
}

/// The same inside a column name.
pub(super) fn intensity_column(unit: IntensityUnit) -> &'static str {
    match unit {
        IntensityUnit::Counts | IntensityUnit::AttenuationCorrectedCounts => "counts",
        IntensityUnit::CountsPerSecond => "counts_per_s",
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

/// `Cu Kα`, `Cu Kα1` or `λ = 1.2345 Å`.
pub(super) fn radiation(radiation: &Radiation) -> String {
    match (radiation.anode, radiation.lines.as_slice()) {
        (Some(anode), [_]) => format!("{anode:?} Kα₁"),
        (Some(anode), _) => format!("{anode:?} Kα"),
        (None, [line, ..]) => format!("λ = {} Å", line.wavelength_angstrom),
        (None, []) => "unknown radiation".into(),
    }
}

pub(super) fn wavelength_source(source: WavelengthSource) -> &'static str {
    match source {
        WavelengthSource::File => "as the data file states",
        WavelengthSource::Recipe => "as chosen for the analysis",
        WavelengthSource::Instrument => "as the instrument file states",
    }
}

/// Formula by which a reader knows the phase, and what else its name says.
pub(super) fn formula_and_remark(phase: &Phase) -> (String, String) {
    crate::formula::formula_and_remark(&phase.formula, &phase.name)
}

/// Formula by which a reader knows the phase with this id; the id itself if there is none.
pub(super) fn formula_of(analysis: &Analysis, id: &str) -> String {
    analysis.phases.iter().find(|phase| phase.id == id).map_or(id.to_owned(), |phase| formula_and_remark(phase).0)
}

/// Formula of a phase in a legend of sizes.
pub(super) fn size_label(analysis: &Analysis, id: &str) -> String {
    let formula = formula_text(&formula_of(analysis, id));
    if formula.is_empty() { "not explained".into() } else { formula }
}

/// Which average a size is.
pub(super) fn size_kind(kind: SizeKind) -> &'static str {
    match kind {
        SizeKind::VolumeWeightedColumn => "volume-weighted column length ⟨D⟩v",
        SizeKind::AreaWeightedColumn => "area-weighted column length ⟨D⟩a",
        SizeKind::ScherrerSize => "cube root of the volume (Scherrer)",
    }
}

/// Symbol of a size in a table.
pub(super) fn size_symbol(kind: SizeKind) -> &'static str {
    match kind {
        SizeKind::VolumeWeightedColumn => "⟨D⟩v",
        SizeKind::AreaWeightedColumn => "⟨D⟩a",
        SizeKind::ScherrerSize => "D",
    }
}

/// Symbol of a strain in a table.
pub(super) fn strain_symbol(kind: StrainKind) -> &'static str {
    match kind {
        StrainKind::IntegralBreadth => "e",
        StrainKind::RootMeanSquare => "ε",
    }
}

/// What a strain is.
pub(super) fn strain_kind(kind: StrainKind) -> &'static str {
    match kind {
        StrainKind::IntegralBreadth => "e = β/(4 tanθ)",
        StrainKind::RootMeanSquare => "root mean square",
    }
}

/// Weight percent as `shown`, or its upper limit; that of the only phase says why it has no σ.
pub(super) fn amount(phase: &Phase, shown: impl Fn(&Quantity) -> String) -> String {
    match (&phase.weight_percent, phase.upper_limit_wt_percent) {
        (Some(weight), _) if weight.sigma.is_none() => format!("{} (only phase)", compact(weight.value, 4)),
        (Some(weight), _) => shown(weight),
        (None, Some(percent)) => limit(percent),
        (None, None) => "–".into(),
    }
}

/// Upper limit in weight percent to two digits, and `< 0.001` for what is smaller.
pub(super) fn limit(limit: f64) -> String {
    if limit < 0.001 { "< 0.001".into() } else { format!("< {}", compact(limit, 2)) }
}
/// What was divided out of measured profiles.
pub(super) fn divided(analysis: &Analysis) -> &'static str {
    if analysis.crystallite_size.iter().all(|size| size.instrument_removed) {
        "emission lines and instrument"
    } else {
        "emission lines"
    }
}
