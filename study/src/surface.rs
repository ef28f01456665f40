//! Bulk against surface: the composition of the crystalline phases that diffraction finds beside the atomic concentrations of
//! the outermost nanometres.
//!
//! Both are normalised over the elements that both can see. Carbon is left out, since every surface carries some. What only
//! the surface shows (glass, thin layers, contamination) is listed apart.

use std::collections::{BTreeMap, BTreeSet};

use doublet_common::Quantity;
use doublet_xps::analysis::SampleQuantification;
use doublet_xrd::analysis::{Analysis, Verdict};
use doublet_xrd::structure::built_in;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::composition::Formula;

/// Element that is left out of the comparison.
const ADVENTITIOUS: &str = "C";
/// Difference in σ from which it is said.
const NOTED_Z: f64 = 2.0;

/// Compositions of one sample.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SurfaceComposition {
    /// Elements that both techniques see, each sum 100.
    pub elements: Vec<ElementShare>,
    /// Elements that only the surface shows, in atomic percent of all that was quantified.
    pub only_at_the_surface: Vec<(String, Quantity)>,
    /// Elements that only the crystalline phases hold.
    pub only_in_the_bulk: Vec<String>,
    /// Carbon in atomic percent of all that was quantified.
    pub carbon_percent: Option<Quantity>,
    /// What else must be known of these numbers.
    pub remarks: Vec<String>,
    /// How the two were made comparable.
    pub basis: String,
}

/// One element in bulk and surface.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ElementShare {
    /// Symbol.
    pub element: String,
    /// Expected from the phases, percent of the atoms that both see.
    pub bulk_percent: Quantity,
    /// Measured at the surface, percent of the same; σ holds counting, choices, sensitivity factors and path lengths.
    pub surface_percent: Quantity,
    /// Surface minus bulk, in σ.
    pub z: f64,
    /// Likely reading of a difference beyond 2 σ.
    pub reading: Option<String>,
}

/// Compares the two techniques; none where they share no element.
pub(crate) fn surface(
    diffraction: &Analysis,
    photoelectrons: &doublet_xps::analysis::Analysis,
    main_phase: Option<&str>,
    nominal: Option<&str>,
) -> Option<SurfaceComposition> {
    let nominal: Option<Formula> = nominal.and_then(|text| text.parse().ok());
    let bulk = bulk_atoms(diffraction, main_phase, nominal.as_ref())?;
    let measured = measured(photoelectrons.quantification.first()?);
    let common: BTreeSet<&str> =
        measured.keys().copied().filter(|element| *element != ADVENTITIOUS && bulk.contains_key(element)).collect();
    if common.len() < 2 {
        return None;
    }
    let of = |all: &BTreeMap<&'static str, Quantity>| {
        normalised(all.iter().filter(|(element, _)| common.contains(*element)).map(|(e, q)| (*e, *q)).collect())
    };
    let (inside, outside) = (of(&bulk), of(&measured));
    let elements: Vec<ElementShare> = common
        .iter()
        .map(|element| {
            let (bulk_percent, surface_percent) = (inside[element], outside[element]);
            let sigma = bulk_percent.sigma.unwrap_or(0.0).hypot(surface_percent.sigma.unwrap_or(0.0));
            let z = if sigma > 0.0 { (surface_percent.value - bulk_percent.value) / sigma } else { 0.0 };
            ElementShare {
                element: (*element).to_owned(),
                bulk_percent,
                surface_percent,
                z,
                reading: (z.abs() > NOTED_Z).then(|| reading(element, z).to_owned()),
            }
        })
        .collect();
    let main = match &nominal {
        Some(_) => "the main phase as weighed in, other phases by their structures",
        None => "every phase by its structure",
    };
    Some(SurfaceComposition {
        elements,
        only_at_the_surface: measured
            .iter()
            .filter(|(element, _)| **element != ADVENTITIOUS && !bulk.contains_key(*element))
            .map(|(element, amount)| ((*element).to_owned(), *amount))
            .collect(),
        only_in_the_bulk: bulk.keys().filter(|e| !measured.contains_key(*e)).map(|e| (*e).to_owned()).collect(),
        carbon_percent: measured.get(ADVENTITIOUS).copied(),
        remarks: remarks(photoelectrons, &measured),
        basis: format!("normalised over {}; {main}", common.iter().copied().collect::<Vec<_>>().join(", ")),
    })
}

/// Atoms of each element in 100 g of the crystalline phases.
fn bulk_atoms(
    analysis: &Analysis,
    main_phase: Option<&str>,
    nominal: Option<&Formula>,
) -> Option<BTreeMap<&'static str, Quantity>> {
    let present: Vec<_> = analysis.phases.iter().filter(|phase| phase.verdict == Verdict::Present).collect();
    let mut atoms: BTreeMap<&'static str, (f64, f64)> = BTreeMap::new();
    for phase in &present {
        let formula: Formula = match nominal.filter(|_| main_phase == Some(phase.id.as_str())) {
            Some(formula) => formula.clone(),
            None => match built_in(&phase.id) {
                Ok(structure) => structure.composition().into_iter().collect(),
                Err(_) => phase.formula.parse().ok()?,
            },
        };
        let weight = phase.weight_percent.or((present.len() == 1).then(|| Quantity::without_sigma(100.0)))?;
        for (element, n) in &formula.0 {
            let moles = n / formula.mass_g_mol();
            let sum = atoms.entry(element).or_insert((0.0, 0.0));
            sum.0 += weight.value * moles;
            sum.1 += (weight.sigma.unwrap_or(0.0) * moles).powi(2);
        }
    }
    (!atoms.is_empty())
        .then(|| atoms.into_iter().map(|(e, (value, variance))| (e, Quantity::new(value, variance.sqrt()))).collect())
}

/// Atomic percent of each element, all components of one level together; of several levels the one with least relative σ.
fn measured(quantification: &SampleQuantification) -> BTreeMap<&'static str, Quantity> {
    let mut levels: BTreeMap<(&'static str, String), (f64, f64)> = BTreeMap::new();
    for row in &quantification.rows {
        let sum = levels.entry((row.level.element(), row.level.subshell().to_string())).or_insert((0.0, 0.0));
        sum.0 += row.atomic_percent.value;
        sum.1 += row.atomic_percent.sigma.unwrap_or(0.0).powi(2);
    }
    let mut elements: BTreeMap<&'static str, Quantity> = BTreeMap::new();
    for ((element, _), (value, variance)) in levels.into_iter().filter(|(_, (value, _))| *value > 0.0) {
        let own = Quantity::new(value, variance.sqrt());
        let relative = |q: &Quantity| q.sigma.unwrap_or(0.0) / q.value;
        let best = elements.entry(element).or_insert(own);
        if relative(&own) < relative(best) {
            *best = own;
        }
    }
    elements
}

/// Lines that lie under those of another element, and the layer of carbon.
fn remarks(
    photoelectrons: &doublet_xps::analysis::Analysis,
    measured: &BTreeMap<&'static str, Quantity>,
) -> Vec<String> {
    let mut remarks = Vec::new();
    for region in &photoelectrons.regions {
        for component in region.components.iter().filter(|c| c.level.element() != region.core_level.element()) {
            let how = match &component.tie {
                Some(tie) => format!(
                    "is tied to {}; the amount of {} is as good as this tie",
                    tie.core_level,
                    region.core_level.element()
                ),
                None => format!("is free; the amount of {} cannot be told from it", region.core_level.element()),
            };
            remarks.push(format!("{}: {} lies in the same range and {how}", region.core_level, component.level));
        }
    }
    if let Some(carbon) = measured.get(ADVENTITIOUS) {
        remarks.push(format!(
            "{:.0} at% of carbon lie on the surface and weaken lines of low kinetic energy more than others",
            carbon.value
        ));
    }
    remarks
}

/// Shares in percent: σ_i² = ((1 − f_i) σ_i)² + Σ_j≠i (f_i σ_j)², over the sum squared.
fn normalised(amounts: BTreeMap<&'static str, Quantity>) -> BTreeMap<&'static str, Quantity> {
    let total: f64 = amounts.values().map(|q| q.value).sum();
    let squares: f64 = amounts.values().map(|q| q.sigma.unwrap_or(0.0).powi(2)).sum();
    amounts
        .into_iter()
        .map(|(element, q)| {
            let share = q.value / total;
            let own = q.sigma.unwrap_or(0.0).powi(2);
            let variance = (1.0 - share).powi(2) * own + share * share * (squares - own);
            (element, Quantity::new(100.0 * share, 100.0 * variance.sqrt() / total))
        })
        .collect()
}

/// What a difference may come from.
fn reading(element: &str, z: f64) -> &'static str {
    match (element, z > 0.0) {
        ("O", true) => "hydroxide, carbonate or adsorbed water may add oxygen",
        ("Li", false) => "lithium may be lost from the surface, or lie under a layer without it",
        ("Li", true) => "lithium may have come to the surface, as carbonate or hydroxide",
        (_, true) => "enriched at the surface, or in a glass or layer that diffraction does not see",
        (_, false) => "depleted at the surface, or covered by a layer without it",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_and_their_sigma() {
        // Truth: first-order propagation by finite differences.
        let amounts = || BTreeMap::from([("A", Quantity::new(3.0, 0.3)), ("B", Quantity::new(7.0, 0.5))]);
        let shares = normalised(amounts());
        let share = |a: f64, b: f64| 100.0 * a / (a + b);
        let (by_a, by_b) = ((share(3.0 + 1e-6, 7.0) - 30.0) / 1e-6, (share(3.0, 7.0 + 1e-6) - 30.0) / 1e-6);
        let sigma = (by_a * 0.3).hypot(by_b * 0.5);
        assert!((shares["A"].value - 30.0).abs() < 1e-12 && (shares["A"].sigma.unwrap() / sigma - 1.0).abs() < 1e-5);
        assert!((shares["A"].sigma.unwrap() - shares["B"].sigma.unwrap()).abs() < 1e-12);
    }
}
