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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lorentz_polarisation_in_closed_form() {
        // 2theta = 90: 1/2 / (1/2 · 1/sqrt 2) = sqrt 2. With a monochromator at 90 the beam is fully polarised: twice that.
        assert!((lorentz_polarisation(90.0, 0.0) - 2f64.sqrt()).abs() < 1e-12);
        assert!((lorentz_polarisation(90.0, 90.0) - 2.0 * 2f64.sqrt()).abs() < 1e-12);
        // Graphite, Cu: A = cos² 26.6°; at low angle both agree.
        assert!((lorentz_polarisation(1.0, 26.6) / lorentz_polarisation(1.0, 0.0) - 1.0).abs() < 1e-3);
    }

    #[test]
    fn absorption_and_density_of_the_round_robin_phases() {
        // Truth: linear absorption coefficients of CPD sample 4 at Cu Kα, Scarlett et al., J. Appl. Cryst. 35 (2002) 383:
        // corundum 126, magnetite 1167, zircon 380 per cm; densities 3.98, 5.20, 4.67 g/cm³.
        let radiation = Radiation::k_alpha(Anode::Cu);
        for (id, absorption, density) in
            [("Al2O3-corundum", 126.0, 3.98), ("Fe3O4-magnetite", 1167.0, 5.20), ("zircon", 380.0, 4.67)]
        {
            let model = PatternModel::new(&built_in(id).unwrap(), &radiation, (10.0, 60.0)).unwrap();
            let computed = model.constants.linear_absorption_per_cm.unwrap();
            assert!((computed / absorption - 1.0).abs() < 0.03, "{id}: {computed:.0} per cm, expected {absorption}");
            assert!((model.constants.density_g_cm3 - density).abs() < 0.02, "{id}");
        }
    }

    #[test]
    fn scale_times_zmv_gives_mass_fractions() {
        // Hill and Howard (1987), in closed form: a doubled cell holds twice the mass and volume and four times |F|².
        let radiation = Radiation::k_alpha(Anode::Cu);
        let single = built_in("MgO").unwrap();
        let mut double = single.clone();
        let [a, b, c] = single.cell.lengths_angstrom;
        double.cell.lengths_angstrom = [a, b, 2.0 * c];
        let halved = |z: f64| z / 2.0;
        double.operations = vec![crate::structure::SymmetryOperation::IDENTITY];
        double.sites = Vec::new();
        for operation in &single.operations {
            for site in &single.sites {
                let [x, y, z] = operation.apply(site.position).map(|t| t.rem_euclid(1.0));
                for shift in [0.0, 0.5] {
                    let position = [x, y, halved(z) + shift];
                    let close = |other: &crate::structure::Site| {
                        (0..3).all(|i| {
                            let d = other.position[i] - position[i];
                            (d - d.round()).abs() < 1e-6
                        })
                    };
                    if !double.sites.iter().any(close) {
                        double.sites.push(crate::structure::Site { position, multiplicity: 1, ..site.clone() });
                    }
                }
            }
        }
        let per_mass = |structure: &CrystalStructure| {
            let model = PatternModel::new(structure, &radiation, (40.0, 45.0)).unwrap();
            let sum: f64 = model.lines(&radiation).iter().map(|line| line.integrated).sum();
            sum / model.constants.zmv()
        };
        assert!((per_mass(&double) / per_mass(&single) - 1.0).abs() < 1e-9);
    }
}
