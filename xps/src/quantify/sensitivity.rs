//! The sensitivity factor of a line: the recipe's own, else the library's.

use doublet_reference_patterns::photoelectrons::{Level, sensitivity};

use crate::recipe::Quantification;

/// A sensitivity factor with where it comes from.
#[derive(Debug, Clone, PartialEq)]
pub struct Factor {
    /// Value, C 1s = 1 in the built-in libraries.
    pub value: f64,
    /// Level that it belongs to: a subshell counts both lines of its pair.
    pub level: Level,
    /// Library, or "recipe".
    pub source: String,
}

/// Factor of exactly `level`; none where neither recipe nor library has one.
pub fn factor(quantification: &Quantification, level: &Level) -> Option<Factor> {
    let own = quantification.factors.iter().find(|(name, _)| name.parse::<Level>().as_ref() == Ok(level));
    if let Some((_, value)) = own {
        return Some(Factor { value: *value, level: level.clone(), source: "recipe".into() });
    }
    let value = sensitivity(quantification.library, level)?;
    Some(Factor { value, level: level.clone(), source: quantification.library.to_string() })
}

/// Factor of what a component's area counts: a doublet, or an s line, the whole subshell; a single line of a pair that is
/// not modelled as one, first that line (`Ge 2p3/2`), then the subshell.
pub fn factor_of_component(quantification: &Quantification, level: &Level, is_doublet: bool) -> Option<Factor> {
    let subshell = level.subshell();
    if !is_doublet && let Some(found) = factor(quantification, &subshell.major()) {
        return Some(found);
    }
    factor(quantification, &subshell)
}
