//! The energy scale: what binding energies refer to, by how much they were shifted, and how sure that is.
//!
//! Photoelectrons of an insulator leave a surface that has charged; all its lines appear at binding energies too high by one
//! shift. The shift is found from a line whose energy is agreed upon, or stated, or left at zero and said so. Its
//! uncertainty belongs to every binding energy, and the reference to every reported state, because tables that stand on
//! another reference must be moved before a comparison.

use doublet_common::Quantity;
use doublet_reference_patterns::photoelectrons::{ChemicalState, Level, StateReference};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::recipe::EnergyReference;

/// Charge correction of one sample.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct EnergyScale {
    /// Sample; none where the files name none.
    pub sample: Option<String>,
    /// The reference in words ("C 1s = 284.5 eV").
    pub reference: String,
    /// Whether a reference was declared at all.
    pub declared: bool,
    /// Measured minus corrected binding energy, in eV; σ holds that of the fitted line and that of the reference.
    pub shift_ev: Quantity,
    /// Position of the reference line before correction, in eV.
    pub measured_line_ev: Option<Quantity>,
}

impl EnergyScale {
    /// No correction.
    pub fn uncorrected(sample: Option<String>) -> Self {
        Self {
            sample,
            reference: EnergyReference::None.describe(),
            declared: false,
            shift_ev: Quantity::without_sigma(0.0),
            measured_line_ev: None,
        }
    }

    /// A stated shift.
    pub fn stated(sample: Option<String>, shift_ev: f64, sigma_ev: f64) -> Self {
        Self {
            sample,
            reference: EnergyReference::Shift { shift_ev, sigma_ev }.describe(),
            declared: true,
            shift_ev: Quantity::new(shift_ev, sigma_ev),
            measured_line_ev: None,
        }
    }

    /// From a fitted line at `measured_ev` that is given `energy_ev` ± `sigma_ev`.
    pub fn from_line(
        sample: Option<String>,
        reference: &EnergyReference,
        measured_ev: Quantity,
        energy_ev: f64,
        sigma_ev: f64,
    ) -> Self {
        let sigma = measured_ev.sigma.unwrap_or(0.0).hypot(sigma_ev);
        Self {
            sample,
            reference: reference.describe(),
            declared: true,
            shift_ev: Quantity::new(measured_ev.value - energy_ev, sigma),
            measured_line_ev: Some(measured_ev),
        }
    }

    /// A measured energy on this scale, its σ and that of the shift together (independent of each other).
    pub fn corrected(&self, measured_ev: Quantity) -> Quantity {
        let value = measured_ev.value - self.shift_ev.value;
        match measured_ev.sigma {
            Some(sigma) => Quantity::new(value, sigma.hypot(self.shift_ev.sigma.unwrap_or(0.0))),
            None => Quantity::without_sigma(value),
        }
    }
}

/// Tabulated range of a state on the scale of `reference`, and whether the table's reference could be compared with it.
pub fn tabulated_range_ev(state: &ChemicalState, reference: &EnergyReference) -> ([f64; 2], bool) {
    match (reference, &state.reference) {
        (EnergyReference::Line { line, energy_ev, .. }, StateReference::Line { level, .. }) => {
            let line: Level = line.subshell();
            (state.range_on_scale_ev(&line, *energy_ev), *level == line)
        }
        (_, StateReference::FermiLevel) => (state.range_ev, true),
        _ => (state.range_ev, false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use doublet_reference_patterns::photoelectrons::state;

    #[test]
    fn the_shift_carries_both_uncertainties() {
        // Truth: 286.6 − 284.5 = 2.1 eV; σ² = 0.03² + 0.04² = 0.05².
        let reference =
            EnergyReference::Line { line: "C 1s".parse().unwrap(), state: None, energy_ev: 284.5, sigma_ev: 0.04 };
        let scale = EnergyScale::from_line(None, &reference, Quantity::new(286.6, 0.03), 284.5, 0.04);
        assert!((scale.shift_ev.value - 2.1).abs() < 1e-12);
        assert!((scale.shift_ev.sigma.unwrap() - 0.05).abs() < 1e-12);
        let be = scale.corrected(Quantity::new(161.0, 0.12));
        assert!((be.value - 158.9).abs() < 1e-12 && (be.sigma.unwrap() - 0.13).abs() < 1e-12);
    }

    #[test]
    fn tables_move_with_the_reference() {
        // Truth: 158.6 to 159.3 on 284.8 is 158.3 to 159.0 on 284.5; without a line nothing can be compared.
        let oxide = state(&"Bi 4f".parse().unwrap(), "Bi2O3").unwrap();
        let reference =
            EnergyReference::Line { line: "C 1s".parse().unwrap(), state: None, energy_ev: 284.5, sigma_ev: 0.0 };
        let (range, comparable) = tabulated_range_ev(oxide, &reference);
        assert!(comparable && (range[0] - 158.3).abs() < 1e-9 && (range[1] - 159.0).abs() < 1e-9);
        assert!(!tabulated_range_ev(oxide, &EnergyReference::None).1);
    }
}
