//! Binding energies of chemical states, each with the reference on which it was measured.

use std::sync::OnceLock;

use super::{Level, rows};

/// What kind of solid a state belongs to, as far as it concerns line shapes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StateKind {
    /// Conducting: an asymmetric line can be right.
    Metal,
    /// Insulating or semiconducting: symmetric lines.
    Insulator,
    /// Organic: symmetric lines.
    Organic,
}

/// Energy scale of a tabulated state.
#[derive(Debug, Clone, PartialEq)]
pub enum StateReference {
    /// Fermi level of the conductor itself.
    FermiLevel,
    /// A line placed at a stated energy.
    Line {
        /// The line.
        level: Level,
        /// Its energy in eV.
        energy_ev: f64,
    },
}

/// One chemical state.
#[derive(Debug, Clone, PartialEq)]
pub struct ChemicalState {
    /// Line to which the energies belong (`Bi 4f7/2`; a whole subshell where the pair is not resolved).
    pub level: Level,
    /// Name of the state.
    pub name: &'static str,
    /// Lowest and highest binding energy in eV.
    pub range_ev: [f64; 2],
    /// Scale on which they hold.
    pub reference: StateReference,
    /// Kind of solid.
    pub kind: StateKind,
    /// Source.
    pub source: &'static str,
}

impl ChemicalState {
    /// Middle of the range in eV.
    pub fn centre_ev(&self) -> f64 {
        0.5 * (self.range_ev[0] + self.range_ev[1])
    }

    /// Range in eV on the scale on which `level` stands at `energy_ev`; unchanged where the table refers to another line
    /// or to the Fermi level.
    pub fn range_on_scale_ev(&self, level: &Level, energy_ev: f64) -> [f64; 2] {
        match &self.reference {
            StateReference::Line { level: own, energy_ev: at } if own == level => {
                self.range_ev.map(|e| e + energy_ev - at)
            }
            _ => self.range_ev,
        }
    }
}

/// Every state of the table.
pub fn states() -> &'static [ChemicalState] {
    static TABLE: OnceLock<Vec<ChemicalState>> = OnceLock::new();
    TABLE.get_or_init(|| rows(include_str!("states.txt")).filter_map(row).collect())
}

/// States of the subshell that holds `level`.
pub fn states_of(level: &Level) -> impl Iterator<Item = &'static ChemicalState> {
    let subshell = level.subshell();
    states().iter().filter(move |state| state.level.subshell() == subshell)
}

/// The state of this name (whatever its case) in the subshell that holds `level`.
pub fn state(level: &Level, name: &str) -> Option<&'static ChemicalState> {
    states_of(level).find(|state| state.name.eq_ignore_ascii_case(name.trim()))
}

fn row(line: &'static str) -> Option<ChemicalState> {
    let fields: Vec<&'static str> = line.split('|').map(str::trim).collect();
    let [level, name, low, high, reference, kind, source] = fields.as_slice() else { return None };
    Some(ChemicalState {
        level: level.parse().ok()?,
        name,
        range_ev: [low.parse().ok()?, high.parse().ok()?],
        reference: match reference.rsplit_once(' ') {
            Some((level, energy)) => {
                StateReference::Line { level: level.parse().ok()?, energy_ev: energy.parse().ok()? }
            }
            None => StateReference::FermiLevel,
        },
        kind: match *kind {
            "metal" => StateKind::Metal,
            "insulator" => StateKind::Insulator,
            "organic" => StateKind::Organic,
            _ => return None,
        },
        source,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_read_and_makes_sense() {
        // Truth: the number of rows in the text; a state lies within 12 eV of its elemental line (S(VI), N(V), Cl(VII) are
        // the farthest), gas-phase and vacuum-referenced elements aside.
        assert_eq!(states().len(), rows(include_str!("states.txt")).count());
        for state in states() {
            assert!(state.range_ev[0] <= state.range_ev[1], "{state:?}");
            let Some(line) = super::super::elemental_line(&state.level) else { continue };
            if !["N", "O", "F"].contains(&state.level.element()) {
                assert!((state.centre_ev() - line.binding_energy_ev).abs() < 12.0, "{state:?}");
            }
        }
    }

    #[test]
    fn states_move_with_their_reference() {
        // Truth: a state on the 284.8 eV scale lies 0.3 eV lower where the same line is placed at 284.5 eV.
        let carbon: Level = "C 1s".parse().unwrap();
        let oxide = state(&"Bi 4f".parse().unwrap(), "bi2o3").unwrap();
        let moved = oxide.range_on_scale_ev(&carbon, 284.5);
        assert!((moved[0] - 158.3).abs() < 1e-9 && (moved[1] - 159.0).abs() < 1e-9);
        let metal = state(&"Bi 4f7/2".parse().unwrap(), "Bi metal").unwrap();
        assert_eq!(metal.range_on_scale_ev(&carbon, 284.5), metal.range_ev);
    }
}
