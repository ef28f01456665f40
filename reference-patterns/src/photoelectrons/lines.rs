//! Elemental lines, spin–orbit pairs and Auger lines.

use std::sync::OnceLock;

use super::{Level, rows};

/// Natural width of the weaker line of a pair, as far as the table states it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum PartnerWidth {
    /// The same as that of the stronger line, times this factor.
    Factor(f64),
    /// Coster–Kronig decay broadens it: free in a fit.
    Free,
}

/// The spin–orbit pair of a subshell.
#[derive(Debug, Clone, PartialEq)]
pub struct SpinOrbit {
    /// Subshell.
    pub level: Level,
    /// Weaker minus stronger line in binding energy, in eV.
    pub splitting_ev: f64,
    /// Half-range of the splitting over compounds in eV.
    pub splitting_range_ev: f64,
    /// Natural width of the weaker line.
    pub partner_width: PartnerWidth,
    /// Whether conducting states of this level are asymmetric.
    pub metal_asymmetric: bool,
    /// Source.
    pub source: &'static str,
}

/// Spin–orbit pair of the subshell that holds `level`; none for s levels and those that the table lacks.
pub fn spin_orbit(level: &Level) -> Option<&'static SpinOrbit> {
    static TABLE: OnceLock<Vec<SpinOrbit>> = OnceLock::new();
    let table = TABLE.get_or_init(|| rows(include_str!("splittings.txt")).filter_map(spin_orbit_row).collect());
    let subshell = level.subshell();
    table.iter().find(|pair| pair.level == subshell)
}

fn spin_orbit_row(line: &'static str) -> Option<SpinOrbit> {
    let fields: Vec<&'static str> = line.split_whitespace().collect();
    let [element, shell, splitting, range, width, asymmetric, source] = fields.as_slice() else { return None };
    Some(SpinOrbit {
        level: format!("{element} {shell}").parse().ok()?,
        splitting_ev: splitting.parse().ok()?,
        splitting_range_ev: range.parse().ok()?,
        partner_width: width.parse().map_or(PartnerWidth::Free, PartnerWidth::Factor),
        metal_asymmetric: *asymmetric == "yes",
        source,
    })
}

/// A core-level line of an element.
#[derive(Debug, Clone, PartialEq)]
pub struct ElementalLine {
    /// Level; one line of a pair.
    pub level: Level,
    /// Binding energy in eV; a guide to ±2 eV, chemical shifts aside.
    pub binding_energy_ev: f64,
    /// Core-hole width (FWHM) in eV; none where none is listed.
    pub width_ev: Option<f64>,
}

/// Every elemental line up to 1486 eV.
pub fn elemental_lines() -> &'static [ElementalLine] {
    static TABLE: OnceLock<Vec<ElementalLine>> = OnceLock::new();
    TABLE.get_or_init(|| rows(include_str!("elemental_lines.txt")).filter_map(elemental_row).collect())
}

fn elemental_row(line: &'static str) -> Option<ElementalLine> {
    let mut fields = line.split_whitespace();
    let (element, shell) = (fields.next()?, fields.next()?);
    Some(ElementalLine {
        level: format!("{element} {shell}").parse().ok()?,
        binding_energy_ev: fields.next()?.parse().ok()?,
        width_ev: fields.next()?.parse().ok().filter(|w| *w > 0.0),
    })
}

/// Elemental line of `level`; for a whole subshell, its stronger line.
pub fn elemental_line(level: &Level) -> Option<&'static ElementalLine> {
    let wanted = if level.twice_j().is_some() { level.clone() } else { level.major() };
    elemental_lines().iter().find(|line| line.level == wanted)
}

/// Strongest Auger line of an element.
#[derive(Debug, Clone, PartialEq)]
pub struct AugerLine {
    /// Symbol of the element.
    pub element: &'static str,
    /// Series (`KLL`).
    pub series: &'static str,
    /// Kinetic energy in eV.
    pub kinetic_energy_ev: f64,
    /// Half-range over compounds in eV.
    pub range_ev: f64,
}

/// Every Auger line of the table.
pub fn auger_lines() -> &'static [AugerLine] {
    static TABLE: OnceLock<Vec<AugerLine>> = OnceLock::new();
    TABLE.get_or_init(|| rows(include_str!("auger.txt")).filter_map(auger_row).collect())
}

fn auger_row(line: &'static str) -> Option<AugerLine> {
    let mut fields = line.split_whitespace();
    Some(AugerLine {
        element: fields.next()?,
        series: fields.next()?,
        kinetic_energy_ev: fields.next()?.parse().ok()?,
        range_ev: fields.next()?.parse().ok()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_read() {
        // Truth: the number of rows in the text.
        let count = |text| rows(text).count();
        assert_eq!(elemental_lines().len(), count(include_str!("elemental_lines.txt")));
        assert_eq!(auger_lines().len(), count(include_str!("auger.txt")));
        let read = rows(include_str!("splittings.txt")).filter_map(spin_orbit_row).count();
        assert_eq!(read, count(include_str!("splittings.txt")));
    }

    #[test]
    fn splittings_agree_with_elemental_lines() {
        // Truth: two independent tables, the handbook's splittings and the elemental energies; 0.6 eV covers rounding and
        // chemical change (Ti 2p: 6.2 eV in the metal, 5.7 eV in the oxide).
        for row in rows(include_str!("splittings.txt")).filter_map(spin_orbit_row) {
            let (Some(major), Some(minor)) =
                (elemental_line(&row.level.major()), row.level.minor().and_then(|l| elemental_line(&l)))
            else {
                continue;
            };
            let difference = minor.binding_energy_ev - major.binding_energy_ev;
            assert!(
                (difference - row.splitting_ev).abs() < 0.75,
                "{}: {difference} against {}",
                row.level,
                row.splitting_ev
            );
        }
    }

    #[test]
    fn known_lines() {
        // Truth: Cardona & Ley (1978): Bi 4f7/2 157.0 eV, P 2p3/2 135 eV.
        assert_eq!(elemental_line(&"Bi 4f".parse().unwrap()).unwrap().binding_energy_ev, 157.0);
        assert_eq!(elemental_line(&"P 2p3/2".parse().unwrap()).unwrap().binding_energy_ev, 135.0);
    }
}
