//! Density of a pellet by Archimedes' principle, and the density that its crystals would have.
//!
//! A body of dry mass m₁ is weighed again with its open pores filled (m₂, in air) and hanging in the fluid (m₃): its volume
//! with all pores is (m₂ − m₃)/ρ, that of the open pores (m₂ − m₁)/ρ (ISO 18754; ASTM C373). The buoyancy of air, below
//! 0.1 %, is neglected. The crystals' density follows from the cell as fitted and the formula that fills it.

use doublet_common::Quantity;
use doublet_xrd::analysis::{Analysis, Phase, Verdict};
use doublet_xrd::structure::built_in;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::composition::Formula;
use crate::error::{Error, Result};

/// Atomic mass constant over 1 Å³ in g/cm³: 10²⁴ / N_A, with N_A = 6.02214076e23 (SI 2019).
const G_CM3_PER_DALTON_ANGSTROM3: f64 = 1.66053907;
/// σ of a mass where none is stated: the last digit of an analytical balance.
const MASS_SIGMA_G: f64 = 0.0001;
/// σ of a temperature where none is stated.
const TEMPERATURE_SIGMA_C: f64 = 0.5;

/// Fluid in which a pellet is weighed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Fluid {
    /// Water, free of air.
    #[default]
    Water,
    /// Ethanol, free of water.
    Ethanol,
    /// Any other, whose density is stated.
    Other,
}

/// Weighed masses.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Archimedes {
    /// Dry, in air, g.
    pub dry_g: f64,
    /// Open pores filled with the fluid, in air, g.
    pub saturated_g: f64,
    /// Hanging in the fluid, g.
    pub immersed_g: f64,
    /// Standard uncertainty of each mass, g; none: 0.1 mg, and said.
    pub mass_sigma_g: Option<f64>,
    /// Fluid.
    #[serde(default)]
    pub fluid: Fluid,
    /// Its temperature in °C.
    pub temperature_c: f64,
    /// Standard uncertainty of the temperature; none: 0.5 °C, and said.
    pub temperature_sigma_c: Option<f64>,
    /// Density of the fluid in g/cm³, where it is not that of the table.
    pub fluid_density_g_cm3: Option<f64>,
}

/// What is said of a sample's density.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Density {
    /// Mass over volume with all pores, g/cm³.
    pub bulk_g_cm3: Quantity,
    /// Open pores in percent of the volume.
    pub open_porosity_percent: Quantity,
    /// Density of the fluid, g/cm³.
    pub fluid_g_cm3: Quantity,
    /// Density of the crystals, g/cm³; none without a diffraction scan.
    pub theoretical_g_cm3: Option<Quantity>,
    /// What it was computed from.
    pub theoretical_basis: Option<String>,
    /// Bulk over theoretical density in percent.
    pub relative_percent: Option<Quantity>,
    /// What was assumed.
    pub assumed: Vec<String>,
}

impl Archimedes {
    /// Masses in water of 20 °C.
    pub fn weighed(dry_g: f64, saturated_g: f64, immersed_g: f64) -> Self {
        Self {
            dry_g,
            saturated_g,
            immersed_g,
            mass_sigma_g: None,
            fluid: Fluid::Water,
            temperature_c: 20.0,
            temperature_sigma_c: None,
            fluid_density_g_cm3: None,
        }
    }

    pub(crate) fn check(&self) -> std::result::Result<(), String> {
        let masses = [self.dry_g, self.saturated_g, self.immersed_g];
        if !masses.iter().all(|m| m.is_finite() && *m > 0.0 && *m < 1e6) {
            return Err(format!("masses {masses:?} g, expected positive numbers"));
        }
        if self.saturated_g < self.dry_g {
            return Err(format!("saturated_g {} is less than dry_g {}", self.saturated_g, self.dry_g));
        }
        if self.immersed_g >= self.dry_g {
            return Err(format!("immersed_g {} is not less than dry_g {}", self.immersed_g, self.dry_g));
        }
        let sigmas = [self.mass_sigma_g, self.temperature_sigma_c];
        if sigmas.iter().flatten().any(|sigma| !(*sigma > 0.0 && sigma.is_finite())) {
            return Err(format!("uncertainties {sigmas:?}, expected positive numbers"));
        }
        fluid_density(self).map(drop)
    }

    /// σ of each mass, g.
    fn sigma_g(&self) -> f64 {
        self.mass_sigma_g.unwrap_or(MASS_SIGMA_G)
    }

    /// Mass over volume with all pores.
    ///
    /// # Errors
    /// [`Error::StudyFile`] for masses or a fluid that make no density.
    pub fn bulk_density_g_cm3(&self) -> Result<Quantity> {
        self.check().map_err(Error::StudyFile)?;
        let fluid = fluid_density(self).map_err(Error::StudyFile)?;
        let difference = self.saturated_g - self.immersed_g;
        let value = self.dry_g * fluid.value / difference;
        let by_mass = [fluid.value / difference, value / difference, value / difference];
        let by_fluid = value / fluid.value * fluid.sigma.unwrap_or(0.0);
        let variance: f64 = by_mass.iter().map(|d| (d * self.sigma_g()).powi(2)).sum();
        Ok(Quantity::new(value, (variance + by_fluid * by_fluid).sqrt()))
    }

    /// Open pores in percent of the volume.
    pub fn open_porosity_percent(&self) -> Quantity {
        let (pores, whole) = (self.saturated_g - self.dry_g, self.saturated_g - self.immersed_g);
        let slopes = [(whole - pores) / (whole * whole), 1.0 / whole, pores / (whole * whole)];
        let sigma = slopes.iter().map(|s| s * s).sum::<f64>().sqrt() * self.sigma_g();
        Quantity::new(100.0 * pores / whole, 100.0 * sigma)
    }

    fn assumed(&self) -> Vec<String> {
        let mut assumed = vec!["the buoyancy of air is neglected".to_owned()];
        if self.mass_sigma_g.is_none() {
            assumed.push(format!("σ of each mass: {MASS_SIGMA_G} g"));
        }
        if self.temperature_sigma_c.is_none() {
            assumed.push(format!("σ of the temperature of the fluid: {TEMPERATURE_SIGMA_C} °C"));
        }
        assumed
    }
}

/// Density of the fluid, g/cm³.
fn fluid_density(masses: &Archimedes) -> std::result::Result<Quantity, String> {
    let t = masses.temperature_c;
    let sigma_c = masses.temperature_sigma_c.unwrap_or(TEMPERATURE_SIGMA_C);
    if let Some(stated) = masses.fluid_density_g_cm3 {
        // Organic fluids expand by about 0.1 % per degree, water by less.
        const EXPANSION_PER_C: f64 = 1e-3;
        let sound = (0.1..=5.0).contains(&stated);
        return if sound {
            Ok(Quantity::new(stated, stated * EXPANSION_PER_C * sigma_c))
        } else {
            Err(format!("fluid_density_g_cm3 {stated}, expected 0.1 to 5"))
        };
    }
    let (density, range, own_sigma): (fn(f64) -> f64, _, f64) = match masses.fluid {
        Fluid::Water => (water_g_cm3, 0.0..=40.0, 1e-6),
        Fluid::Ethanol => (ethanol_g_cm3, 10.0..=30.0, 3e-4),
        Fluid::Other => return Err("fluid = \"other\" needs fluid_density_g_cm3".into()),
    };
    if !range.contains(&t) {
        return Err(format!("temperature_c {t}, expected {} to {} for this fluid", range.start(), range.end()));
    }
    let slope = 0.5 * (density(t + 1.0) - density(t - 1.0));
    Ok(Quantity::new(density(t), (slope * sigma_c).hypot(own_sigma)))
}

/// Air-free water of 0 to 40 °C at 101.325 kPa: M. Tanaka, G. Girard, R. Davis, A. Peuto and N. Bignell, Metrologia 38
/// (2001) 301, equation 1.
fn water_g_cm3(t: f64) -> f64 {
    const A: [f64; 5] = [-3.983035, 301.797, 522528.9, 69.34881, 999.974950];
    1e-3 * A[4] * (1.0 - (t + A[0]).powi(2) * (t + A[1]) / (A[2] * (t + A[3])))
}

/// Pure ethanol of 10 to 30 °C: 789.24 kg/m³ at 20 °C (OIML R 22, 1973), falling by 0.86 kg/m³ per degree; ± 0.3 kg/m³.
fn ethanol_g_cm3(t: f64) -> f64 {
    0.78924 - 8.6e-4 * (t - 20.0)
}

/// Density of a sample from its masses and, where there is one, its diffraction scan.
///
/// # Errors
/// [`Error::StudyFile`] for masses or a fluid that make no density.
pub fn density(
    masses: &Archimedes,
    diffraction: Option<&Analysis>,
    main_phase: Option<&str>,
    nominal: Option<&str>,
) -> Result<Density> {
    let bulk = masses.bulk_density_g_cm3()?;
    let mut assumed = masses.assumed();
    let nominal: Option<Formula> = nominal.and_then(|text| text.parse().ok());
    let theoretical =
        diffraction.and_then(|analysis| theoretical(analysis, main_phase, nominal.as_ref(), &mut assumed));
    let relative = theoretical.as_ref().map(|(density, _)| {
        let ratio = bulk.value / density.value;
        let sigma = ratio * (relative_sigma(bulk).powi(2) + relative_sigma(*density).powi(2)).sqrt();
        Quantity::new(100.0 * ratio, 100.0 * sigma)
    });
    Ok(Density {
        bulk_g_cm3: bulk,
        open_porosity_percent: masses.open_porosity_percent(),
        fluid_g_cm3: fluid_density(masses).map_err(Error::StudyFile)?,
        theoretical_g_cm3: theoretical.as_ref().map(|(density, _)| *density),
        theoretical_basis: theoretical.map(|(_, basis)| basis),
        relative_percent: relative,
        assumed,
    })
}

fn relative_sigma(quantity: Quantity) -> f64 {
    quantity.sigma.map_or(0.0, |sigma| sigma / quantity.value)
}

/// Density of the crystalline phases together: 1/ρ = Σ w/ρ.
fn theoretical(
    analysis: &Analysis,
    main_phase: Option<&str>,
    nominal: Option<&Formula>,
    assumed: &mut Vec<String>,
) -> Option<(Quantity, String)> {
    let present: Vec<&Phase> = analysis.phases.iter().filter(|phase| phase.verdict == Verdict::Present).collect();
    let alone = present.len() == 1;
    let (mut volume, mut variance, mut names) = (0.0, 0.0, Vec::new());
    for phase in &present {
        let share = phase.weight_percent.map(|w| Quantity { value: 0.01 * w.value, sigma: w.sigma.map(|s| 0.01 * s) });
        let share = share.or(alone.then(|| Quantity::without_sigma(1.0)))?;
        let formula = nominal.filter(|_| main_phase == Some(phase.id.as_str()));
        let own = crystal_density(phase, formula);
        volume += share.value / own.value;
        let by_share = share.sigma.unwrap_or(0.0) / own.value;
        let by_density = share.value / own.value * relative_sigma(own);
        variance += by_share * by_share + by_density * by_density;
        let filled = if formula.is_some() { "fitted cell, nominal composition" } else { "fitted cell, its structure" };
        names.push(format!("{:.1} wt% {} ({:.4} g/cm³: {filled})", 100.0 * share.value, phase.id, own.value));
    }
    if names.is_empty() {
        return None;
    }
    assumed.push("the theoretical density is that of the crystalline phases; glass is not seen by diffraction".into());
    let density = 1.0 / volume;
    Some((Quantity::new(density, density * density * variance.sqrt()), names.join(", ")))
}

/// Density of one phase: mass of its cell over the volume as fitted.
fn crystal_density(phase: &Phase, formula: Option<&Formula>) -> Quantity {
    let own = Quantity {
        value: phase.density_g_cm3,
        sigma: phase
            .cell
            .as_ref()
            .and_then(|cell| Some(phase.density_g_cm3 * cell.volume_angstrom3.sigma? / cell.volume_angstrom3.value)),
    };
    let with_formula = || {
        let formula = formula?;
        let cell = phase.cell.as_ref()?;
        let content: Formula = built_in(&phase.id).ok()?.composition().into_iter().collect();
        let framework = formula.framework()?;
        let units = content.atoms(framework) / formula.atoms(framework);
        let volume = cell.volume_angstrom3;
        let value = G_CM3_PER_DALTON_ANGSTROM3 * units * formula.mass_g_mol() / volume.value;
        (units > 0.0).then(|| Quantity { value, sigma: volume.sigma.map(|sigma| value * sigma / volume.value) })
    };
    with_formula().unwrap_or(own)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn water_and_ethanol_have_their_densities() {
        // Truth: Tanaka et al. (2001), table 1: 999.8428, 998.2067, 997.0470, 992.2152 kg/m³ at 0, 20, 25, 40 °C.
        for (t, density) in [(0.0, 999.8428), (20.0, 998.2067), (25.0, 997.0470), (40.0, 992.2152)] {
            assert!((1e3 * water_g_cm3(t) - density).abs() < 2e-4, "{t}: {}", 1e3 * water_g_cm3(t));
        }
        // Truth: CRC Handbook, 0.7893 g/cm³ at 20 °C, 0.7850 at 25 °C.
        assert!((ethanol_g_cm3(20.0) - 0.7893).abs() < 3e-4 && (ethanol_g_cm3(25.0) - 0.7850).abs() < 3e-4);
    }

    #[test]
    fn densities_and_their_sigma_follow_the_definitions() {
        // Truth: the definitions, σ by finite differences of each mass and of the temperature.
        let masses = Archimedes { mass_sigma_g: Some(2e-4), ..Archimedes::weighed(1.5, 1.55, 1.02) };
        let bulk = |m: &Archimedes| m.bulk_density_g_cm3().unwrap();
        assert!((bulk(&masses).value - 1.5 * 0.9982067 / 0.53).abs() < 1e-6);
        let h = 1e-6;
        let moved = [
            Archimedes { dry_g: 1.5 + h, ..masses.clone() },
            Archimedes { saturated_g: 1.55 + h, ..masses.clone() },
            Archimedes { immersed_g: 1.02 + h, ..masses.clone() },
        ];
        let slope = |m: &Archimedes| (bulk(m).value - bulk(&masses).value) / h;
        let warm = Archimedes { temperature_c: 20.0 + 1e-3, ..masses.clone() };
        let by_temperature = 0.5 * (bulk(&warm).value - bulk(&masses).value) / 1e-3;
        let variance: f64 = moved.iter().map(|m| (slope(m) * 2e-4).powi(2)).sum::<f64>() + by_temperature.powi(2);
        assert!((bulk(&masses).sigma.unwrap() / variance.sqrt() - 1.0).abs() < 1e-3);
        let porosity = |m: &Archimedes| m.open_porosity_percent();
        assert!((porosity(&masses).value - 100.0 * 0.05 / 0.53).abs() < 1e-9);
        let slope = |m: &Archimedes| (porosity(m).value - porosity(&masses).value) / h;
        let variance: f64 = moved.iter().map(|m| (slope(m) * 2e-4).powi(2)).sum();
        assert!((porosity(&masses).sigma.unwrap() / variance.sqrt() - 1.0).abs() < 1e-3);
    }

    #[test]
    fn the_nominal_formula_fills_the_cell() {
        // Truth: LiGe2(PO4)3, a = 8.275, c = 20.470 Å (Alami et al. 1991): six formula units of 437.11
        // g/mol in a²c·sin60 = 1213.9 Å³ make 3.587 g/cm³.
        let volume = 8.275f64.powi(2) * 20.470 * 3f64.sqrt() / 2.0;
        let expected = 1.66053907 * 6.0 * 437.11 / volume;
        assert!((expected - 3.588).abs() < 0.002, "{expected}");
        let content: Formula = built_in("LiGe2P3O12").unwrap().composition().into_iter().collect();
        let formula: Formula = "LiGe2(PO4)3".parse().unwrap();
        assert!((content.atoms("O") / formula.atoms("O") - 6.0).abs() < 1e-9);
    }
}
