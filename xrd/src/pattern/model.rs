//! What of a pattern is computed once, and line positions with their derivatives by the cell.

use doublet_reference_patterns::scattering::{TabulatedLine, line_near};
use nalgebra::Vector3;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::intensity::PhaseConstants;
use super::reflections::{Reflection, reflections};
use super::structure_factor::StructureFactors;
use crate::error::{Error, Result};
use crate::radiation::Radiation;
use crate::structure::{CellParameters, CrystalStructure, UnitCell};

/// Spacings beyond the 2θ range by this fraction are kept, so that a refined cell loses no line at the edges.
const EDGE_MARGIN: f64 = 0.02;

/// Where f′ and f″ come from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DispersionSource {
    /// Table at a laboratory line, such as `CuKa1`.
    Tabulated {
        /// The line.
        line: String,
    },
    /// f′ = f″ = 0.
    Off {
        /// Why.
        reason: String,
    },
}

/// The reflections of one structure for one radiation and 2θ range, and the cell parameters that move them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PatternModel {
    /// Identifier of the structure.
    pub structure_id: String,
    /// Reflections, largest spacing first; some per cent beyond the range on both sides.
    pub reflections: Vec<Reflection>,
    /// Cell of the structure.
    pub cell: UnitCell,
    /// What symmetry leaves free of it.
    pub cell_parameters: CellParameters,
    /// Density, attenuation, Z·M, V.
    pub constants: PhaseConstants,
    /// Origin of f′ and f″.
    pub dispersion: DispersionSource,
    /// 2θ range in degrees at the reference line.
    pub range_deg: (f64, f64),
    /// What was assumed or replaced.
    pub warnings: Vec<String>,
}

/// Bragg angles of every reflection of a [`PatternModel`], in its order.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Positions {
    /// 2θ in degrees; none beyond backscattering.
    pub two_theta_deg: Vec<Option<f64>>,
    /// ∂2θ/∂p in degrees per Å or per degree: reflections × free cell parameters, row by row; 0 beyond backscattering.
    pub derivatives: Vec<f64>,
}

impl PatternModel {
    /// The model of a structure, with dispersion where the wavelength is a laboratory line's.
    ///
    /// `range_deg`: 2θ in degrees at the reference line of `radiation`.
    ///
    /// # Errors
    /// [`Error::Structure`] for an empty or impossible range, an element without form factor, a cell too large.
    pub fn new(structure: &CrystalStructure, radiation: &Radiation, range_deg: (f64, f64)) -> Result<Self> {
        Self::with_dispersion(structure, radiation, range_deg, true)
    }

    /// As [`PatternModel::new`], with f′ and f″ on or off.
    ///
    /// # Errors
    /// As [`PatternModel::new`].
    pub fn with_dispersion(
        structure: &CrystalStructure,
        radiation: &Radiation,
        range_deg: (f64, f64),
        dispersion: bool,
    ) -> Result<Self> {
        let refuse = |message: String| Error::Structure { name: structure.id.clone(), message };
        let (d_min, d_max) = spacing_range(radiation, range_deg).map_err(refuse)?;
        let wavelength = radiation.reference_wavelength_angstrom();
        let line = line_near(wavelength);
        let mut warnings = structure.warnings.clone();
        let source = dispersion_source(line, wavelength, dispersion, &mut warnings);
        let used = line.filter(|_| dispersion);
        let factors = StructureFactors::new(structure, used, &mut warnings).map_err(refuse)?;
        let cell_parameters = structure.cell_parameters();
        let reflections = reflections(structure, &cell_parameters, &factors, d_min, d_max).map_err(refuse)?;
        Ok(Self {
            structure_id: structure.id.clone(),
            reflections,
            cell: structure.cell,
            cell_parameters,
            constants: PhaseConstants::new(structure, line),
            dispersion: source,
            range_deg,
            warnings,
        })
    }

    /// 2θ of every reflection at `wavelength_angstrom`, for a cell given by its free parameters
    /// ([`CellParameters::values`] for the structure's own), with derivatives by them.
    ///
    /// From Q = hᵀ G* h and dG* = −G* dG G*: ∂Q/∂p = −uᵀ (∂G/∂p) u with u = G* h, and ∂2θ/∂Q = λ² / (2 sin 2θ).
    pub fn positions(&self, free: &[f64], wavelength_angstrom: f64) -> Positions {
        let cell = self.cell_parameters.cell(free);
        let star = cell.reciprocal_metric();
        let slopes = self.cell_parameters.metric_derivatives(&cell);
        let mut positions = Positions {
            two_theta_deg: Vec::with_capacity(self.reflections.len()),
            derivatives: Vec::with_capacity(self.reflections.len() * slopes.len()),
        };
        for reflection in &self.reflections {
            let h = Vector3::from(reflection.hkl.map(f64::from));
            let u = star * h;
            let q = h.dot(&u);
            let sine = 0.5 * wavelength_angstrom * q.max(0.0).sqrt();
            // At 2θ = 180° the derivative diverges: that reflection is not measured.
            if !(sine > 0.0 && sine < 1.0) {
                positions.two_theta_deg.push(None);
                positions.derivatives.extend(slopes.iter().map(|_| 0.0));
                continue;
            }
            let two_theta = 2.0 * sine.asin();
            let by_q = wavelength_angstrom.powi(2) / (2.0 * two_theta.sin());
            positions.two_theta_deg.push(Some(two_theta.to_degrees()));
            positions.derivatives.extend(slopes.iter().map(|slope| (-u.dot(&(slope * u)) * by_q).to_degrees()));
        }
        positions
    }
}

/// Spacings that any line of the radiation can bring into the range, with margin.
fn spacing_range(radiation: &Radiation, (low, high): (f64, f64)) -> std::result::Result<(f64, f64), String> {
    if !(low >= 0.0 && high <= 180.0 && low < high) {
        return Err(format!("2θ range {low} to {high}°, expected 0 ≤ low < high ≤ 180"));
    }
    let wavelengths = || radiation.lines.iter().map(|line| line.wavelength_angstrom);
    let shortest = wavelengths().fold(f64::INFINITY, f64::min);
    let longest = wavelengths().fold(0.0, f64::max);
    if !(shortest > 0.0 && longest.is_finite()) {
        return Err(format!("wavelengths {shortest} to {longest} Å, expected positive numbers"));
    }
    let spacing = |wavelength: f64, two_theta: f64| wavelength / (2.0 * (two_theta.to_radians() / 2.0).sin());
    let d_max = if low > 0.0 { spacing(longest, low) * (1.0 + EDGE_MARGIN) } else { f64::MAX };
    Ok((spacing(shortest, high) / (1.0 + EDGE_MARGIN), d_max))
}

fn dispersion_source(
    line: Option<&TabulatedLine>,
    wavelength: f64,
    wanted: bool,
    warnings: &mut Vec<String>,
) -> DispersionSource {
    match line {
        _ if !wanted => DispersionSource::Off { reason: "switched off".into() },
        Some(line) => DispersionSource::Tabulated { line: line.name.into() },
        None => {
            let reason = format!("f′ and f″ are not tabulated at {wavelength} Å");
            warnings.push(format!("{reason}: dispersion is left out"));
            DispersionSource::Off { reason }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::radiation::{Anode, WavelengthSource};
    use crate::structure::built_in;

    const WAVELENGTH: f64 = 1.5405929;

    fn model(id: &str) -> PatternModel {
        PatternModel::new(&built_in(id).unwrap(), &Radiation::k_alpha(Anode::Cu), (5.0, 120.0)).unwrap()
    }

    #[test]
    fn derivatives_agree_with_finite_differences_in_every_crystal_system() {
        for id in ["MgO", "GeO2-rutile", "LiGe2P3O12", "barite", "Bi2O3-alpha", "SiO2-tridymite-MX1"] {
            let model = model(id);
            let free = model.cell_parameters.values();
            let analytic = model.positions(&free, WAVELENGTH);
            for i in 0..free.len() {
                let moved = |step: f64| {
                    let mut values = free.clone();
                    values[i] += step;
                    model.positions(&values, WAVELENGTH).two_theta_deg
                };
                for (k, (high, low)) in moved(1e-5).into_iter().zip(moved(-1e-5)).enumerate() {
                    let (Some(high), Some(low)) = (high, low) else { continue };
                    let numeric = (high - low) / 2e-5;
                    let value = analytic.derivatives[k * free.len() + i];
                    assert!((numeric - value).abs() < 1e-5 * value.abs().max(1.0), "{id} {i} {k}: {numeric} {value}");
                }
            }
        }
    }

    #[test]
    fn positions_follow_the_cell_in_closed_form() {
        // Bragg's law for periclase (200) at a = 4.2113 and 4.25 angstrom.
        let model = model("MgO");
        let k = model.reflections.iter().position(|reflection| reflection.hkl == [2, 0, 0]).unwrap();
        for a in [4.2113, 4.25] {
            let expected = 2.0 * (WAVELENGTH / a).asin().to_degrees();
            assert!((model.positions(&[a], WAVELENGTH).two_theta_deg[k].unwrap() - expected).abs() < 1e-10);
        }
        let far = model.positions(&[1.0], WAVELENGTH);
        assert!(far.two_theta_deg[k].is_none() && far.derivatives[k] == 0.0, "beyond backscattering");
    }

    #[test]
    fn reflections_reach_a_little_beyond_the_range_and_lines_do_not() {
        let radiation = Radiation::k_alpha(Anode::Cu);
        let model = PatternModel::new(&built_in("LiGe2P3O12").unwrap(), &radiation, (21.4, 30.4)).unwrap();
        assert!(model.reflections.iter().any(|reflection| reflection.hkl == [1, 0, 4]));
        let lines: Vec<[i32; 3]> = model.lines(&radiation).iter().map(|line| line.hkl).collect();
        assert!(!lines.contains(&[1, 0, 4]) && lines.contains(&[1, 1, 0]), "{lines:?}");
    }

    #[test]
    fn cubic_coincidences_keep_their_indices() {
        // Silicon: 333 and 511 fall together whatever a; multiplicities 8 and 24.
        let model = model("Si");
        let line = model.reflections.iter().find(|line| line.hkl == [5, 1, 1]).unwrap();
        assert_eq!((line.multiplicity, line.coincident.len(), line.coincident[0].hkl), (32, 1, [3, 3, 3]));
    }

    #[test]
    fn dispersion_is_used_where_it_is_tabulated_and_its_absence_is_said() {
        let structure = built_in("Fe3O4-magnetite").unwrap();
        let source = |wavelength: f64| {
            let radiation = Radiation::monochromatic(wavelength, WavelengthSource::File);
            PatternModel::new(&structure, &radiation, (10.0, 60.0)).unwrap()
        };
        assert_eq!(source(1.5406).dispersion, DispersionSource::Tabulated { line: "CuKa1".into() });
        assert_eq!(source(1.7890).dispersion, DispersionSource::Tabulated { line: "CoKa1".into() });
        let synchrotron = source(0.8);
        assert!(matches!(synchrotron.dispersion, DispersionSource::Off { .. }));
        assert!(synchrotron.warnings.iter().any(|text| text.contains("0.8 Å") && text.contains("left out")));
        assert_eq!(synchrotron.constants.linear_absorption_per_cm, None);
    }

    #[test]
    fn impossible_ranges_are_refused() {
        let structure = built_in("Si").unwrap();
        let radiation = Radiation::k_alpha(Anode::Cu);
        for range in [(10.0, 5.0), (-1.0, 5.0), (10.0, 200.0), (f64::NAN, 20.0)] {
            assert!(PatternModel::new(&structure, &radiation, range).is_err(), "{range:?}");
        }
        assert!(PatternModel::new(&structure, &radiation, (0.0, 180.0)).is_ok());
        let nothing = Radiation::monochromatic(0.0, WavelengthSource::File);
        assert!(PatternModel::new(&structure, &nothing, (5.0, 90.0)).is_err());
    }
}
