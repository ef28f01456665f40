//! Standard reference materials for line position and line shape: certified cells, and the expansion that takes them to
//! another temperature.

use std::sync::OnceLock;

/// Range in °C in which the coefficients of [`Expansion`] are good.
pub const EXPANSION_RANGE_C: std::ops::RangeInclusive<f64> = 0.0..=60.0;

/// How a figure came into a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Provenance {
    /// Transcribed from the source's own text.
    Transcribed,
    /// As other programs carry it.
    OtherPrograms,
    /// As remembered.
    Remembered,
}

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
    /// Temperature for which the cell is certified.
    pub temperature_c: f64,
    /// How the cell came into the table.
    pub provenance: Provenance,
    /// Certificate.
    pub certificate: &'static str,
}

/// Linear thermal expansion of a material near room temperature.
#[derive(Debug, Clone, PartialEq)]
pub struct Expansion {
    /// Identifier of the structure in [`crystals`](crate::crystals).
    pub phase: &'static str,
    /// Coefficient of each free cell constant, 1/K.
    pub per_k: Vec<f64>,
    /// Standard uncertainty of each, 1/K.
    pub sigma_per_k: f64,
    /// How the coefficients came into the table.
    pub provenance: Provenance,
    /// Source.
    pub source: &'static str,
}

/// Cell of a standard at a temperature.
#[derive(Debug, Clone, PartialEq)]
pub struct CellAt {
    /// Free cell constants in Å: a, or a and c.
    pub cell_angstrom: Vec<f64>,
    /// Standard uncertainty that the expansion adds to each, relative to it.
    pub relative_sigma: f64,
}

impl Standard {
    /// Expansion of its material; none where none is tabulated.
    pub fn expansion(&self) -> Option<&'static Expansion> {
        expansions().iter().find(|expansion| expansion.phase == self.phase)
    }

    /// Its cell at `temperature_c`, none where no expansion is tabulated: `a (1 + α (T − T_certificate))`.
    pub fn cell_at(&self, temperature_c: f64) -> Option<CellAt> {
        let expansion = self.expansion()?;
        let difference = temperature_c - self.temperature_c;
        let pairs = self.cell_angstrom.iter().zip(&expansion.per_k);
        Some(CellAt {
            cell_angstrom: pairs.map(|(length, per_k)| length * (1.0 + per_k * difference)).collect(),
            relative_sigma: expansion.sigma_per_k * difference.abs(),
        })
    }
}

/// Every standard.
pub fn standards() -> &'static [Standard] {
    static STANDARDS: OnceLock<Vec<Standard>> = OnceLock::new();
    STANDARDS.get_or_init(|| include_str!("standards.txt").lines().filter_map(standard_of).collect())
}

/// The standard of this identifier; upper and lower case are the same.
pub fn standard(id: &str) -> Option<&'static Standard> {
    standards().iter().find(|standard| standard.id.eq_ignore_ascii_case(id))
}

fn expansions() -> &'static [Expansion] {
    static EXPANSIONS: OnceLock<Vec<Expansion>> = OnceLock::new();
    EXPANSIONS.get_or_init(|| include_str!("expansion.txt").lines().filter_map(expansion_of).collect())
}

fn standard_of(line: &'static str) -> Option<Standard> {
    let mut words = line.splitn(7, ' ').filter(|_| !line.starts_with('#'));
    Some(Standard {
        id: words.next()?,
        phase: words.next()?,
        cell_angstrom: numbers(words.next()?)?,
        expanded_uncertainty_angstrom: words.next()?.parse().ok(),
        temperature_c: words.next()?.parse().ok()?,
        provenance: provenance(words.next()?)?,
        certificate: words.next()?,
    })
}

fn expansion_of(line: &'static str) -> Option<Expansion> {
    let mut words = line.splitn(5, ' ').filter(|_| !line.starts_with('#'));
    Some(Expansion {
        phase: words.next()?,
        per_k: numbers(words.next()?)?.into_iter().map(|value| value * 1e-6).collect(),
        sigma_per_k: words.next()?.parse::<f64>().ok()? * 1e-6,
        provenance: provenance(words.next()?)?,
        source: words.next()?,
    })
}

fn numbers(list: &str) -> Option<Vec<f64>> {
    list.split(',').map(|number| number.parse().ok()).collect()
}

fn provenance(letter: &str) -> Option<Provenance> {
    match letter {
        "T" => Some(Provenance::Transcribed),
        "P" => Some(Provenance::OtherPrograms),
        "M" => Some(Provenance::Remembered),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &str) -> usize {
        text.lines().filter(|line| !line.starts_with('#')).count()
    }

    #[test]
    fn every_row_is_read_and_names_a_phase() {
        // Truth: the rows of the text; the certificate of SRM 660c, 0.415 682 6 nm ± 0.000 008 nm.
        assert_eq!(standards().len(), rows(include_str!("standards.txt")));
        assert_eq!(expansions().len(), rows(include_str!("expansion.txt")));
        for standard in standards() {
            let phase = crate::crystals::phase(standard.phase).unwrap();
            assert!((phase.cell[0].value / standard.cell_angstrom[0] - 1.0).abs() < 1e-3, "{}", standard.id);
            let expansion = standard.expansion().unwrap();
            assert_eq!(expansion.per_k.len(), standard.cell_angstrom.len(), "{}", standard.id);
        }
        let lab6 = standard("LaB6-660c").unwrap();
        assert_eq!((lab6.cell_angstrom[0], lab6.expanded_uncertainty_angstrom), (4.156826, Some(0.00008)));
    }

    #[test]
    fn lanthanum_hexaboride_is_what_nist_measured_below_the_temperature_of_the_certificate() {
        // Truth: NIST's refinement of one scan of SRM 660c at 20.85 °C, a = 4.156780 Å; the certificate is for 22.5 °C. The
        // rounding of the two is 0.2 ppm, blocks of NIST's differ by a few.
        let certified = standard("lab6-660c").unwrap();
        let there = certified.cell_at(20.85).unwrap();
        assert!((there.cell_angstrom[0] / 4.156780 - 1.0).abs() < 1.5e-6, "{there:?}");
        assert!((there.relative_sigma - 0.66e-6).abs() < 1e-9);
        assert!((certified.cell_angstrom[0] / 4.156780 - 1.0).abs() > 1e-5);
    }

    #[test]
    fn silicon_expands_as_its_formula_says() {
        // Truth: Okada & Tokumaru (1984), formula of the expansion coefficient at 22.5 °C.
        let t: f64 = 295.65;
        let formula = 3.725 * (1.0 - (-5.88e-3 * (t - 124.0)).exp()) + 5.548e-4 * t;
        let expansion = standard("si-640f").unwrap().expansion().unwrap();
        assert!((expansion.per_k[0] * 1e6 - formula).abs() < 5e-4, "{formula}");
    }
}
