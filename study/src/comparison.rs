//! Is the difference real? Every property of every pair of samples, with z and a probability that counts all comparisons.
//!
//! z is the difference by its σ. Of many comparisons some look large by chance, so the two-sided probabilities are
//! corrected for their number by Holm's step-down procedure (S. Holm, Scand. J. Statist. 6 (1979) 65).

use doublet_common::Quantity;
use errorfunctions::RealErrorFunctions;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::analysis::SampleAnalysis;
use crate::properties::{Property, PropertyKind};

/// Probability of a chance difference below which a difference is called real, over all comparisons of a study.
pub const SIGNIFICANCE: f64 = 0.05;

/// One property of two samples.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Comparison {
    /// What is compared.
    pub kind: PropertyKind,
    /// Its name.
    pub property: String,
    /// Unit.
    pub unit: String,
    /// Label of one sample.
    pub first: String,
    /// Label of the other.
    pub second: String,
    /// Value of the one.
    pub first_value: Quantity,
    /// Value of the other.
    pub second_value: Quantity,
    /// Second minus first.
    pub difference: Quantity,
    /// Difference by its σ.
    pub z: f64,
    /// Two-sided probability of such a difference by chance.
    pub probability: f64,
    /// The same, corrected for the number of comparisons (Holm).
    pub corrected_probability: f64,
    /// Whether the samples differ: the corrected probability is below [`SIGNIFICANCE`].
    pub distinguishable: bool,
}

/// All pairs of samples that have a property with σ. Lower limits are not compared.
pub(crate) fn compare(samples: &[SampleAnalysis]) -> Vec<Comparison> {
    let mut comparisons = Vec::new();
    for (i, first) in samples.iter().enumerate() {
        for second in &samples[i + 1..] {
            for property in first.properties.iter().filter(|p| !p.lower_limit) {
                let same = |other: &&Property| other.name == property.name && !other.lower_limit;
                let Some(other) = second.properties.iter().find(same) else { continue };
                comparisons.extend(pair((first, property), (second, other)));
            }
        }
    }
    // In the order of the properties, all pairs of one together.
    let order: Vec<&str> = samples.iter().flat_map(|s| &s.properties).map(|p| p.name.as_str()).collect();
    comparisons.sort_by_key(|c| order.iter().position(|name| *name == c.property));
    correct(&mut comparisons);
    comparisons
}

fn pair((first, a): (&SampleAnalysis, &Property), (second, b): (&SampleAnalysis, &Property)) -> Option<Comparison> {
    let sigma = a.value.sigma?.hypot(b.value.sigma?);
    let difference = b.value.value - a.value.value;
    let z = (sigma > 0.0).then_some(difference / sigma)?;
    let probability = RealErrorFunctions::erfc(z.abs() / std::f64::consts::SQRT_2);
    Some(Comparison {
        kind: a.kind,
        property: a.name.clone(),
        unit: a.unit.clone(),
        first: first.label.clone(),
        second: second.label.clone(),
        first_value: a.value,
        second_value: b.value,
        difference: Quantity::new(difference, sigma),
        z,
        probability,
        corrected_probability: probability,
        distinguishable: false,
    })
}

/// Holm: the k-th smallest of m probabilities times m − k + 1, never less than that of a smaller one.
fn correct(comparisons: &mut [Comparison]) {
    let mut order: Vec<usize> = (0..comparisons.len()).collect();
    order.sort_by(|a, b| comparisons[*a].probability.total_cmp(&comparisons[*b].probability));
    let mut least: f64 = 0.0;
    for (k, index) in order.iter().enumerate() {
        let corrected = comparisons[*index].probability * (order.len() - k) as f64;
        least = least.max(corrected.min(1.0));
        comparisons[*index].corrected_probability = least;
        comparisons[*index].distinguishable = least < SIGNIFICANCE;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(label: &str, value: f64, sigma: f64) -> SampleAnalysis {
        let property = Property {
            kind: PropertyKind::BulkDensity,
            name: "bulk density".into(),
            unit: "g/cm³".into(),
            value: Quantity::new(value, sigma),
            lower_limit: false,
        };
        SampleAnalysis { label: label.into(), properties: vec![property], ..SampleAnalysis::default() }
    }

    #[test]
    fn z_and_holms_correction() {
        // Truth: closed forms. P(|z| > 1.96) = 0.05, P(|z| > 3) = 0.0027; Holm's factors for three comparisons are 3, 2, 1.
        let samples = [sample("a", 0.0, 0.6), sample("b", 1.96, 0.8), sample("c", 3.0, 0.8)];
        let comparisons = compare(&samples);
        let find = |a: &str, b: &str| comparisons.iter().find(|c| c.first == a && c.second == b).unwrap();
        let (ab, ac, bc) = (find("a", "b"), find("a", "c"), find("b", "c"));
        assert!((ab.z - 1.96).abs() < 1e-12 && (ab.probability - 0.05).abs() < 1e-4);
        assert!((ac.probability - 0.0027).abs() < 1e-5 && (ac.corrected_probability - 0.0081).abs() < 3e-5);
        assert!((ab.corrected_probability - 0.1).abs() < 2e-4);
        assert!(bc.corrected_probability >= ab.corrected_probability);
        assert_eq!([ab, ac, bc].map(|c| c.distinguishable), [false, true, false]);
    }

    #[test]
    fn a_lower_limit_is_not_compared() {
        let mut samples = [sample("a", 0.0, 0.1), sample("b", 9.0, 0.1)];
        samples[1].properties[0].lower_limit = true;
        assert!(compare(&samples).is_empty());
    }
}
