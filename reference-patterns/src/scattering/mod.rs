//! X-ray scattering by atoms: form factors f₀(s), dispersion f′ + i f″ and mass attenuation at laboratory lines.
//!
//! Tables: `form_factors.txt` (Waasmaier and Kirfel, Acta Cryst. A51 (1995) 416), `dispersion.txt` (Chantler, J. Phys.
//! Chem. Ref. Data 24 (1995) 71; 29 (2000) 597; attenuation: Elam, Ravel and Sieber, Radiat. Phys. Chem. 63 (2002) 121).

use std::collections::HashMap;
use std::sync::OnceLock;

use crate::elements::Species;

/// f₀(s) = c + Σ aᵢ exp(−bᵢ s²), s = sinθ/λ = 1/(2d) in 1/Å, valid to s = 6/Å.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FormFactor {
    c: f64,
    a: [f64; 5],
    b: [f64; 5],
}

impl FormFactor {
    /// f₀ in electrons at s² in 1/Å², s = sinθ/λ.
    pub fn at(&self, s_squared: f64) -> f64 {
        self.c + self.a.iter().zip(self.b).map(|(a, b)| a * (-b * s_squared).exp()).sum::<f64>()
    }
}

/// Form factor of a species exactly as listed; none for an ion that the table lacks (take the neutral atom, and say so).
pub fn form_factor(species: Species) -> Option<&'static FormFactor> {
    static TABLE: OnceLock<HashMap<&'static str, FormFactor>> = OnceLock::new();
    let table = TABLE.get_or_init(|| include_str!("form_factors.txt").lines().filter_map(form_factor_row).collect());
    if species.charge() == 0 { table.get(species.scattering_symbol()) } else { table.get(species.to_string().as_str()) }
}

fn form_factor_row(line: &'static str) -> Option<(&'static str, FormFactor)> {
    if line.starts_with('#') {
        return None;
    }
    let mut fields = line.split_whitespace();
    let ion = fields.next()?;
    let mut number = || fields.next()?.parse::<f64>().ok();
    let mut factor = FormFactor { c: number()?, a: [0.0; 5], b: [0.0; 5] };
    for i in 0..5 {
        factor.a[i] = number()?;
        factor.b[i] = number()?;
    }
    Some((ion, factor))
}

/// Dispersion and attenuation of an element at one wavelength.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Dispersion {
    /// f′ in electrons.
    pub f_prime: f64,
    /// f″ in electrons.
    pub f_double_prime: f64,
    /// Total mass attenuation coefficient in cm²/g.
    pub mass_attenuation_cm2_g: f64,
}

/// An emission line at which [`Dispersion`] is tabulated.
#[derive(Debug, Clone, PartialEq)]
pub struct TabulatedLine {
    /// Anode and line, such as `CuKa1`.
    pub name: &'static str,
    /// Wavelength in Å.
    pub wavelength_angstrom: f64,
    elements: HashMap<&'static str, Dispersion>,
}

impl TabulatedLine {
    /// Values of an element; none beyond uranium.
    pub fn dispersion(&self, species: Species) -> Option<Dispersion> {
        self.elements.get(species.scattering_symbol()).copied()
    }
}

/// Every line at which dispersion and attenuation are tabulated.
pub fn tabulated_lines() -> &'static [TabulatedLine] {
    static TABLE: OnceLock<Vec<TabulatedLine>> = OnceLock::new();
    TABLE.get_or_init(|| {
        let mut lines: Vec<TabulatedLine> = Vec::new();
        for text in include_str!("dispersion.txt").lines().filter(|line| !line.starts_with('#')) {
            let fields: Vec<&'static str> = text.split_whitespace().collect();
            let number = |i: usize| fields.get(i).and_then(|field| field.parse::<f64>().ok());
            if let (Some(&"line"), Some(&name), Some(wavelength_angstrom)) = (fields.first(), fields.get(1), number(2))
            {
                lines.push(TabulatedLine { name, wavelength_angstrom, elements: HashMap::new() });
            } else if let (Some(line), Some(&symbol), Some(f_prime), Some(f_double_prime), Some(mass)) =
                (lines.last_mut(), fields.first(), number(1), number(2), number(3))
            {
                line.elements.insert(symbol, Dispersion { f_prime, f_double_prime, mass_attenuation_cm2_g: mass });
            }
        }
        lines
    })
}

/// The tabulated line within one part in a thousand of a wavelength: an instrument maker's value for the same line or
/// the weighted mean of a Kα doublet qualifies, another line does not.
pub fn line_near(wavelength_angstrom: f64) -> Option<&'static TabulatedLine> {
    tabulated_lines()
        .iter()
        .map(|line| (line, (line.wavelength_angstrom / wavelength_angstrom - 1.0).abs()))
        .filter(|(_, distance)| *distance < 1e-3)
        .min_by(|a, b| a.1.total_cmp(&b.1))
        .map(|(line, _)| line)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::elements;

    #[test]
    fn forward_scattering_counts_the_electrons() {
        // Closed form: f0(0) = Z - charge; the fit of the source is good to some 0.01 electrons.
        let mut ions = 0;
        for element in elements::all() {
            for charge in -2..=6 {
                let text = format!("{}{}{}", element.symbol, i8::abs(charge), if charge < 0 { "-" } else { "+" });
                let species: Species = if charge == 0 { element.symbol.parse() } else { text.parse() }.unwrap();
                if let Some(factor) = form_factor(species) {
                    let expected = f64::from(element.number) - f64::from(charge);
                    assert!((factor.at(0.0) - expected).abs() < 0.05, "{species} {}", factor.at(0.0));
                    ions += usize::from(element.symbol != "D");
                }
            }
        }
        assert_eq!(ions, 209, "211 rows without the two valence states");
    }

    #[test]
    fn every_line_lists_hydrogen_to_uranium() {
        assert_eq!(tabulated_lines().len(), 12);
        for line in tabulated_lines() {
            assert_eq!(line.elements.len(), 92, "{}", line.name);
        }
    }

    #[test]
    fn iron_at_copper_and_cobalt_k_alpha() {
        // Henke, Gullikson and Davis (1993), independent of Chantler: f'(Fe) -1.1 at Cu K-alpha, -3.3 at Co K-alpha, to 0.2.
        let iron: Species = "Fe".parse().unwrap();
        let at = |wavelength| line_near(wavelength).unwrap().dispersion(iron).unwrap();
        assert!((at(1.5406).f_prime + 1.13).abs() < 0.2, "{:?}", at(1.5406));
        assert!((at(1.7890).f_prime + 3.3).abs() < 0.3, "{:?}", at(1.7890));
        assert!(line_near(1.0).is_none());
    }
}
