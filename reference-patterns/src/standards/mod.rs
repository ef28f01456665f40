//! Standard reference materials for line position and line shape, with their certified cells.

use std::sync::OnceLock;

/// Temperature in °C at which every cell of the list is certified.
pub const CERTIFIED_TEMPERATURE_C: f64 = 22.5;

/// A standard.
#[derive(Debug, Clone, PartialEq)]
pub struct Standard {
    /// Identifier, such as `lab6-660c`.
    pub id: &'static str,
    /// Identifier of the structure in [`crystals`](crate::crystals).
    pub phase: &'static str,
    /// Certified free cell constants in Å: a, or a and c.
    pub cell_angstrom: Vec<f64>,
    /// Expanded uncertainty (k = 2) of a in Å, where carried over from the certificate.
    pub expanded_uncertainty_angstrom: Option<f64>,
    /// Linear thermal expansion in 1/K, where one with a source is known.
    pub expansion_per_k: Option<f64>,
    /// Certificate.
    pub certificate: &'static str,
}

/// Every standard.
pub fn standards() -> &'static [Standard] {
    static STANDARDS: OnceLock<Vec<Standard>> = OnceLock::new();
    STANDARDS.get_or_init(|| include_str!("standards.txt").lines().filter_map(row).collect())
}

/// The standard of this identifier; upper and lower case are the same.
pub fn standard(id: &str) -> Option<&'static Standard> {
    standards().iter().find(|standard| standard.id.eq_ignore_ascii_case(id))
}

fn row(line: &'static str) -> Option<Standard> {
    if line.starts_with('#') {
        return None;
    }
    let mut words = line.splitn(6, ' ');
    let (id, phase, cell) = (words.next()?, words.next()?, words.next()?);
    let (uncertainty, expansion) = (words.next()?, words.next()?);
    Some(Standard {
        id,
        phase,
        cell_angstrom: cell.split(',').map(str::parse).collect::<Result<_, _>>().ok()?,
        expanded_uncertainty_angstrom: uncertainty.parse().ok(),
        expansion_per_k: expansion.parse::<f64>().ok().map(|expansion| expansion * 1e-6),
        certificate: words.next()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_read_and_names_a_phase() {
        // Truth: the rows of the text; the certificate of SRM 660c, 0.415 682 6 nm ± 0.000 008 nm.
        let rows = include_str!("standards.txt").lines().filter(|line| !line.starts_with('#')).count();
        assert_eq!(standards().len(), rows);
        for standard in standards() {
            let phase = crate::crystals::phase(standard.phase).unwrap();
            assert!((phase.cell[0].value / standard.cell_angstrom[0] - 1.0).abs() < 1e-3, "{}", standard.id);
        }
        let lab6 = standard("LaB6-660c").unwrap();
        assert_eq!((lab6.cell_angstrom[0], lab6.expanded_uncertainty_angstrom), (4.156826, Some(0.00008)));
    }
}
