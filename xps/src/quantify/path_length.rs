//! Inelastic mean free path of electrons.
//!
//! TPP-2M: Tanuma, Powell & Penn, Surf. Interface Anal. 21 (1994) 165, valid from 50 to 2000 eV (their VII, ibid. 35 (2003)
//! 268, finds 11 % between the formula and values from optical data):
//!
//! `λ/Å = E / {Ep² [β ln(γE) − C/E + D/E²]}` with `E` in eV,
//! `Ep = 28.8 (Nv ρ/M)^½`, `U = Nv ρ/M = Ep²/829.4`,
//! `β = −0.10 + 0.944 (Ep² + Eg²)^−½ + 0.069 ρ^0.1`, `γ = 0.191 ρ^−½`, `C = 1.97 − 0.91 U`, `D = 53.4 − 20.8 U`,
//!
//! with density ρ in g/cm³, `Nv` valence electrons per formula unit of molar mass M, and the band gap `Eg` in eV.

use crate::error::{Error, Result};
use crate::recipe::PathLength;

/// The numbers of a solid that TPP-2M needs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PathLengthMaterial {
    /// Density in g/cm³.
    pub density_g_cm3: f64,
    /// Valence electrons per formula unit.
    pub valence_electrons: f64,
    /// Molar mass of the formula unit in g/mol.
    pub molar_mass_g_mol: f64,
    /// Band gap in eV.
    pub band_gap_ev: f64,
}

/// Lowest kinetic energy for which TPP-2M was made, in eV.
const LOWEST_EV: f64 = 50.0;
/// Highest kinetic energy for which this non-relativistic form is used, in eV.
const HIGHEST_EV: f64 = 2000.0;

/// Inelastic mean free path in Å at a kinetic energy in eV.
///
/// # Errors
/// [`Error::Model`] for an energy outside 50 to 2000 eV or a solid for which the formula gives no positive length.
pub fn tpp2m_angstrom(material: &PathLengthMaterial, kinetic_energy_ev: f64) -> Result<f64> {
    let refuse = |message: String| Err(Error::Model { model: "TPP-2M", message });
    if !(LOWEST_EV..=HIGHEST_EV).contains(&kinetic_energy_ev) {
        return refuse(format!("kinetic energy {kinetic_energy_ev} eV, expected {LOWEST_EV} to {HIGHEST_EV} eV"));
    }
    let density = material.density_g_cm3;
    let u = material.valence_electrons * density / material.molar_mass_g_mol;
    let plasmon_squared = 829.4 * u;
    let beta = -0.10 + 0.944 / (plasmon_squared + material.band_gap_ev.powi(2)).sqrt() + 0.069 * density.powf(0.1);
    let gamma = 0.191 / density.sqrt();
    let (c, d) = (1.97 - 0.91 * u, 53.4 - 20.8 * u);
    let e = kinetic_energy_ev;
    let length = e / (plasmon_squared * (beta * (gamma * e).ln() - c / e + d / (e * e)));
    if length.is_finite() && length > 0.0 { Ok(length) } else { refuse(format!("length {length} Å for {material:?}")) }
}

/// Length at a kinetic energy, in Å for TPP-2M and in arbitrary units otherwise; only ratios enter concentrations.
///
/// # Errors
/// As [`tpp2m_angstrom`]; an energy that is not positive.
pub fn relative_path_length(choice: &PathLength, kinetic_energy_ev: f64) -> Result<f64> {
    match choice {
        PathLength::Tpp2m { density_g_cm3, valence_electrons, molar_mass_g_mol, band_gap_ev } => tpp2m_angstrom(
            &PathLengthMaterial {
                density_g_cm3: *density_g_cm3,
                valence_electrons: *valence_electrons,
                molar_mass_g_mol: *molar_mass_g_mol,
                band_gap_ev: *band_gap_ev,
            },
            kinetic_energy_ev,
        ),
        PathLength::Power { exponent } if kinetic_energy_ev > 0.0 => Ok(kinetic_energy_ev.powf(*exponent)),
        PathLength::Power { .. } => Err(Error::Model {
            model: "path length",
            message: format!("kinetic energy {kinetic_energy_ev} eV, expected a positive one"),
        }),
        PathLength::None => Ok(1.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silicon_by_hand() {
        // Truth: the published formula worked out by hand for silicon (ρ 2.33, Nv 4, M 28.086, Eg 1.1) at 1000 eV:
        // U = 0.33184, Ep² = 275.2, β = 0.03186, γ = 0.12513, C = 1.668, D = 46.5 → λ = 23.9 Å.
        let silicon = PathLengthMaterial {
            density_g_cm3: 2.33,
            valence_electrons: 4.0,
            molar_mass_g_mol: 28.086,
            band_gap_ev: 1.1,
        };
        let length = tpp2m_angstrom(&silicon, 1000.0).unwrap();
        assert!((length - 23.87).abs() < 0.05, "{length}");
        assert!(tpp2m_angstrom(&silicon, 10.0).unwrap_err().to_string().contains("10 eV"));
    }

    #[test]
    fn lengths_grow_with_energy() {
        // Truth: above 200 eV the mean free path of every solid grows with energy, by a power of 0.6 to 0.85.
        let oxide = PathLengthMaterial {
            density_g_cm3: 3.5,
            valence_electrons: 100.0,
            molar_mass_g_mol: 440.0,
            band_gap_ev: 6.0,
        };
        let exponent =
            (tpp2m_angstrom(&oxide, 1400.0).unwrap() / tpp2m_angstrom(&oxide, 500.0).unwrap()).ln() / 2.8f64.ln();
        assert!((0.6..0.85).contains(&exponent), "{exponent}");
    }
}
