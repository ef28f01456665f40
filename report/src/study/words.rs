//! Sentences of a study.

use doublet_common::Quantity;
use doublet_study::comparison::Comparison;
use doublet_xrd::analysis::ClaimVerdict;

use crate::number::{bracketed, fixed, typographic};
use crate::text::printable;

/// `20.8(15) nm`
pub(super) fn with_unit(quantity: &Quantity, unit: &str) -> String {
    printable(&format!("{} {unit}", typographic(&bracketed(quantity)))).trim_end().to_owned()
}

/// Whether two samples differ, as a sentence.
pub(super) fn sentence(c: &Comparison) -> String {
    let size = Quantity { value: c.difference.value.abs(), sigma: c.difference.sigma };
    let by = with_unit(&size, &c.unit);
    let z = fixed(c.z.abs(), 1);
    let (first, second) = (printable(&c.first), printable(&c.second));
    let property = printable(&c.property);
    if c.distinguishable {
        let way = if c.difference.value > 0.0 { "larger" } else { "smaller" };
        format!("{property}: {second} is {way} than {first} by {by} ({z} σ)")
    } else {
        format!("{property}: {first} and {second} cannot be told apart (difference {by}, {z} σ)")
    }
}

/// Words and look of an answer.
pub(super) fn verdict(answer: ClaimVerdict) -> (&'static str, &'static str) {
    match answer {
        ClaimVerdict::Supported => ("supported", "good"),
        ClaimVerdict::NotSupported => ("not supported", "bad"),
        ClaimVerdict::NotDecidable => ("not decidable", "doubt"),
    }
}
