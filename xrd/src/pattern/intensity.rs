//! Intensities: Lorentz–polarisation factor, lines of a pattern, constants for quantification, I/Ic.

use doublet_reference_patterns::elements::Species;
use doublet_reference_patterns::scattering::TabulatedLine;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::model::PatternModel;
use crate::error::Result;
use crate::radiation::{Anode, Radiation};
use crate::structure::{CrystalStructure, built_in};

/// Constants of a phase that quantification needs.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PhaseConstants {
    /// Mass of the cell's content, Z·M, in g/mol.
    pub cell_mass_g_mol: f64,
    /// Volume of the cell in Å³.
    pub cell_volume_angstrom3: f64,
    /// X-ray density in g/cm³.
    pub density_g_cm3: f64,
    /// Mass attenuation coefficient in cm²/g at the reference line; none where it is not tabulated.
    pub mass_attenuation_cm2_g: Option<f64>,
    /// Linear absorption coefficient in 1/cm at the reference line; none where it is not tabulated.
    pub linear_absorption_per_cm: Option<f64>,
}

impl PhaseConstants {
    pub(super) fn new(structure: &CrystalStructure, line: Option<&TabulatedLine>) -> Self {
        let density_g_cm3 = structure.density_g_cm3();
        let mass_attenuation_cm2_g = line.and_then(|line| mass_attenuation(structure, line));
        Self {
            cell_mass_g_mol: structure.cell_mass_g_mol(),
            cell_volume_angstrom3: structure.cell.volume_angstrom3(),
            density_g_cm3,
            mass_attenuation_cm2_g,
            linear_absorption_per_cm: mass_attenuation_cm2_g.map(|attenuation| attenuation * density_g_cm3),
        }
    }

    /// Z·M·V in g/mol · Å³: mass fractions are proportional to scale × ZMV (Hill and Howard 1987).
    pub fn zmv(&self) -> f64 {
        self.cell_mass_g_mol * self.cell_volume_angstrom3
    }
}

/// Σ w µ/ρ over the elements.
fn mass_attenuation(structure: &CrystalStructure, line: &TabulatedLine) -> Option<f64> {
    structure
        .mass_fractions()
        .into_iter()
        .map(|(symbol, fraction)| {
            let species: Species = symbol.parse().ok()?;
            Some(fraction * line.dispersion(species)?.mass_attenuation_cm2_g)
        })
        .sum()
}

/// Lorentz and polarisation factor of a powder in Bragg–Brentano geometry with an unpolarised tube,
/// (1 + A cos² 2θ) / ((1 + A) sin²θ cosθ), A = cos² 2θ_M of a monochromator (2θ_M = 0 without one).
pub fn lorentz_polarisation(two_theta_deg: f64, monochromator_two_theta_deg: f64) -> f64 {
    let two_theta = two_theta_deg.to_radians();
    let (sine, cosine) = (two_theta / 2.0).sin_cos();
    let a = monochromator_two_theta_deg.to_radians().cos().powi(2);
    (1.0 + a * two_theta.cos().powi(2)) / ((1.0 + a) * sine * sine * cosine)
}

/// One line of a computed pattern, at the reference wavelength.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Line {
    /// Index triple of the strongest family.
    pub hkl: [i32; 3],
    /// Index triples of the families on the same spacing.
    pub also: Vec<[i32; 3]>,
    /// Reflections on this spacing.
    pub multiplicity: u32,
    /// Spacing.
    pub d_angstrom: f64,
    /// Position.
    pub two_theta_deg: f64,
    /// |F|² in electrons², mean over the reflections.
    pub f_squared: f64,
    /// m |F|² Lp: integrated intensity of one cell up to the factors of [`super`].
    pub integrated: f64,
    /// The same, strongest line of the range = 100.
    pub relative: f64,
}

impl PatternModel {
    /// Lines of the structure's own cell at the reference line of `radiation`, within the range, ascending in 2θ.
    pub fn lines(&self, radiation: &Radiation) -> Vec<Line> {
        let positions = self.positions(&self.cell_parameters.values(), radiation.reference_wavelength_angstrom());
        let (low, high) = self.range_deg;
        let mut lines: Vec<Line> = self
            .reflections
            .iter()
            .zip(&positions.two_theta_deg)
            .filter_map(|(reflection, position)| Some((reflection, (*position)?)))
            .filter(|(_, two_theta_deg)| (low..=high).contains(two_theta_deg))
            .map(|(reflection, two_theta_deg)| {
                let lp = lorentz_polarisation(two_theta_deg, radiation.monochromator_two_theta_deg);
                Line {
                    hkl: reflection.hkl,
                    also: reflection.coincident.iter().map(|family| family.hkl).collect(),
                    multiplicity: reflection.multiplicity,
                    d_angstrom: reflection.d_angstrom,
                    two_theta_deg,
                    f_squared: reflection.f_squared,
                    integrated: f64::from(reflection.multiplicity) * reflection.f_squared * lp,
                    relative: 0.0,
                }
            })
            .collect();
        let strongest = lines.iter().map(|line| line.integrated).fold(0.0, f64::max);
        if strongest > 0.0 {
            for line in &mut lines {
                line.relative = 100.0 * line.integrated / strongest;
            }
        }
        lines
    }

    /// Integrated intensity of the strongest line per unit mass, up to a common factor: max(m |F|² Lp) / (Z M V).
    pub fn strongest_per_mass(&self, radiation: &Radiation) -> f64 {
        self.lines(radiation).iter().map(|line| line.integrated).fold(0.0, f64::max) / self.constants.zmv()
    }
}

/// I/Ic: strongest line of a phase over strongest line of corundum in a 1:1 mixture by mass, integrated intensities, Cu Kα1.
/// The mixture's absorption is common to both and cancels.
///
/// # Errors
/// As [`PatternModel::new`].
pub fn reference_intensity_ratio(structure: &CrystalStructure) -> Result<f64> {
    const RANGE_DEG: (f64, f64) = (2.0, 120.0);
    let radiation = Radiation::k_alpha(Anode::Cu);
    let corundum = PatternModel::new(&built_in("Al2O3-corundum")?, &radiation, RANGE_DEG)?;
    let phase = PatternModel::new(structure, &radiation, RANGE_DEG)?;
    Ok(phase.strongest_per_mass(&radiation) / corundum.strongest_per_mass(&radiation))
}
