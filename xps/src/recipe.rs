//! Recipes: a TOML file of optional fields becomes a complete, resolved recipe that stands in every result.
//!
//! The shortest recipe names core levels and the states expected in them; everything else follows from the tables of
//! [`doublet_reference_patterns::photoelectrons`] and from the data:
//!
//! ```
//! use doublet_xps::recipe::Recipe;
//!
//! let text = r#"
//! [energy_reference]
//! mode = "line"
//! line = "C 1s"
//! energy_ev = 284.5
//!
//! [[region]]
//! core_level = "C 1s"
//! states = ["C-C, C-H", "C-O"]
//!
//! [[region]]
//! core_level = "Bi 4f"
//! states = ["Bi2O3", "Bi metal"]
//! "#;
//! let recipe = Recipe::from_toml("lagp.toml", text)?.resolve()?;
//! let oxide = &recipe.regions[1].components[0];
//! // The table gives 158.6 to 159.3 eV on the 284.8 eV scale.
//! assert!((oxide.binding_energy_ev.unwrap() - 158.65).abs() < 1e-9);
//! # Ok::<(), doublet_xps::Error>(())
//! ```

mod check;
mod shipped;

use std::collections::BTreeMap;

use doublet_reference_patterns::photoelectrons::{self as tables, Level, Library};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use self::shipped::{shipped_names, shipped_text};
pub use crate::background::{BackgroundKind, PreSubtraction};
use crate::error::{Error, Result};
use crate::model::ComponentShape;

/// What the user asks for. Missing fields take the defaults that the resolved form shows.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Recipe {
    /// What the binding energies refer to. Missing: none, and every result says so.
    pub energy_reference: Option<EnergyReference>,
    /// Core levels to fit.
    #[serde(rename = "region")]
    pub regions: Vec<RegionChoice>,
    /// How areas become atomic concentrations.
    pub quantification: Option<Quantification>,
    /// How uncertainties are found.
    pub uncertainty: Option<Uncertainty>,
}

/// A [`Recipe`] with every field decided; given back as a recipe, it reproduces the result.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ResolvedRecipe {
    /// What the binding energies refer to.
    pub energy_reference: EnergyReference,
    /// How areas become atomic concentrations.
    pub quantification: Quantification,
    /// How uncertainties are found.
    pub uncertainty: Uncertainty,
    /// Core levels to fit.
    #[serde(rename = "region")]
    pub regions: Vec<RegionRecipe>,
}

/// Charge reference.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "mode", rename_all = "snake_case", deny_unknown_fields)]
pub enum EnergyReference {
    /// A fitted line is placed at a stated energy; one shift for all regions of a sample.
    Line {
        /// Core level that holds the line.
        line: Level,
        /// State in that level; missing: the first of its region.
        #[serde(default)]
        state: Option<String>,
        /// Energy that the line is given, in eV.
        energy_ev: f64,
        /// Standard uncertainty of that energy, in eV; enters every binding energy.
        #[serde(default)]
        sigma_ev: f64,
    },
    /// A known shift: measured minus true binding energy.
    Shift {
        /// Shift in eV.
        shift_ev: f64,
        /// Its standard uncertainty in eV.
        #[serde(default)]
        sigma_ev: f64,
    },
    /// No correction: binding energies are those of the spectrometer's scale.
    #[default]
    None,
}

impl EnergyReference {
    /// In words, for tables and methods text.
    pub fn describe(&self) -> String {
        match self {
            Self::Line { line, state, energy_ev, .. } => {
                let state = state.as_ref().map(|s| format!(" ({s})")).unwrap_or_default();
                format!("{line}{state} = {energy_ev} eV")
            }
            Self::Shift { shift_ev, .. } => format!("stated shift of {shift_ev} eV"),
            Self::None => "no charge reference".into(),
        }
    }
}

/// One core level as the user writes it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RegionChoice {
    /// Core level, by which the measured region is found.
    pub core_level: Level,
    /// Range in eV on the scale of the charge reference; missing: all that was measured.
    #[serde(default)]
    pub window_ev: Option<[f64; 2]>,
    /// Background.
    #[serde(default)]
    pub background: BackgroundKind,
    /// Decides the background from the data and keeps it; missing: fitted with the peaks (Smart: decided from the data).
    #[serde(default)]
    pub pre_subtracted: Option<PreSubtraction>,
    /// Names of states in the table; each becomes a component with defaults.
    #[serde(default)]
    pub states: Vec<String>,
    /// Components in full.
    #[serde(default, rename = "component")]
    pub components: Vec<Component>,
    /// Measured minus true binding energy of this region alone, in eV; missing: the shift of the sample, which is one for all.
    #[serde(default)]
    pub shift_ev: Option<f64>,
    /// Whether components of one kind of solid (metal or not) share their Gaussian width.
    #[serde(default = "yes")]
    pub shared_widths: bool,
    /// Whether metallic states may take an asymmetric line.
    #[serde(default)]
    pub asymmetric_metals: AsymmetricMetals,
}

/// Whether metallic states of the table, of levels whose asymmetry is known and with the default shape, take an asymmetric line.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AsymmetricMetals {
    /// Where the data demand it: both are fitted, and the result says how it was decided.
    #[default]
    ByData,
    /// Never; a `shape` in the component still counts.
    Never,
}

/// One core level with everything decided.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RegionRecipe {
    /// Core level.
    pub core_level: Level,
    /// Range in eV on the scale of the charge reference; none: all that was measured.
    pub window_ev: Option<[f64; 2]>,
    /// Measured minus true binding energy of this region alone, in eV; none: the shift of the sample.
    #[serde(default)]
    pub shift_ev: Option<f64>,
    /// Whether components of one kind of solid share their Gaussian width.
    pub shared_widths: bool,
    /// Whether metallic states may take an asymmetric line.
    #[serde(default)]
    pub asymmetric_metals: AsymmetricMetals,
    /// Background.
    pub background: BackgroundKind,
    /// How the background is decided from the data before the fit; none: it is fitted with the peaks.
    #[serde(default)]
    pub pre_subtracted: Option<PreSubtraction>,
    /// Components.
    #[serde(rename = "component")]
    pub components: Vec<Component>,
}

/// One state: a single line, or a doublet as one object.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Component {
    /// Name of the state; one of the table, or any with an energy.
    pub state: String,
    /// Level that it belongs to; missing: that of the region.
    #[serde(default)]
    pub level: Option<Level>,
    /// Energy of the (stronger) line in eV on the scale of the charge reference, where it is sought; missing: the middle
    /// of the tabulated range.
    #[serde(default)]
    pub binding_energy_ev: Option<f64>,
    /// How far from there it may be found, in eV.
    #[serde(default = "default_tolerance_ev")]
    pub tolerance_ev: f64,
    /// Shape.
    #[serde(default)]
    pub shape: ComponentShape,
    /// Start value, and whether it is kept, of shape parameters by name.
    #[serde(default)]
    pub shape_parameters: BTreeMap<String, ShapeParameter>,
    /// Spin–orbit splitting in eV; missing: that of the table.
    #[serde(default)]
    pub splitting_ev: Option<f64>,
    /// Area of the weaker over the stronger line; missing: statistical.
    #[serde(default)]
    pub area_ratio: Option<f64>,
    /// Relations of the doublet that are fitted and not kept; each is warned of.
    #[serde(default)]
    pub release: Vec<Release>,
    /// Tie to a component, of this or another region.
    #[serde(default)]
    pub tie: Option<Tie>,
}

/// Start value of a shape parameter.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ShapeParameter {
    /// Value; widths in eV.
    pub value: f64,
    /// Whether it is kept.
    #[serde(default)]
    pub fixed: bool,
}

/// A relation inside a doublet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Release {
    /// Area ratio.
    Ratio,
    /// Splitting.
    Splitting,
    /// Equal widths.
    Width,
}

/// Affine tie of a whole component to another one: position, area and Gaussian width follow.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Tie {
    /// Region of the other component.
    pub core_level: Level,
    /// State of the other component.
    pub state: String,
    /// This position minus that one (stronger lines), in eV.
    pub offset_ev: f64,
    /// Total area of this component over that of the other, for equal counting times; missing: the ratio of the
    /// sensitivity factors of the library.
    #[serde(default)]
    pub area_ratio: Option<f64>,
    /// Whether the Gaussian width follows, too.
    #[serde(default = "yes")]
    pub width: bool,
}

/// How areas become concentrations.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Quantification {
    /// Library of sensitivity factors.
    pub library: Library,
    /// Sensitivity factors that take the place of the library's, by level.
    pub factors: BTreeMap<String, f64>,
    /// Relative standard uncertainty of a sensitivity factor.
    pub factor_relative_sigma: f64,
    /// Inelastic mean free path.
    pub path_length: PathLength,
    /// Relative standard uncertainty of a ratio of path lengths.
    pub path_length_relative_sigma: f64,
    /// Whether the transmission in the file is divided out where the file has not done so.
    pub transmission: bool,
}

/// Where the inelastic mean free path comes from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "method", rename_all = "snake_case", deny_unknown_fields)]
pub enum PathLength {
    /// TPP-2M from the solid's own numbers.
    Tpp2m {
        /// Density in g/cm³.
        density_g_cm3: f64,
        /// Valence electrons per formula unit.
        valence_electrons: f64,
        /// Molar mass of the formula unit in g/mol.
        molar_mass_g_mol: f64,
        /// Band gap in eV.
        band_gap_ev: f64,
    },
    /// `λ ∝ KE^exponent`.
    Power {
        /// Exponent.
        exponent: f64,
    },
    /// The same for every line.
    None,
}

/// How uncertainties are found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Uncertainty {
    /// Seeded resamplings of each fit; 0: covariance alone.
    pub resamplings: usize,
    /// Seed.
    pub seed: u64,
    /// Whether the spread of the areas over background and window is found.
    pub choices: bool,
    /// By how much each end of the window is moved inwards for that, as a fraction of its length.
    pub window_fraction: f64,
}

impl Default for Quantification {
    fn default() -> Self {
        Self {
            library: Library::Scofield,
            factors: BTreeMap::new(),
            // Spread of calculated cross sections against measured sensitivities: Seah & Gilmore, Surf. Interface Anal. 31
            // (2001) 778, about a tenth.
            factor_relative_sigma: 0.1,
            // Kinetic-energy dependence of λ averaged over solids above 300 eV.
            path_length: PathLength::Power { exponent: 0.75 },
            path_length_relative_sigma: 0.1,
            transmission: true,
        }
    }
}

impl Default for Uncertainty {
    fn default() -> Self {
        Self { resamplings: 200, seed: 1, choices: true, window_fraction: 0.05 }
    }
}

impl Recipe {
    /// Largest number of regions and of components in one region.
    pub const MAX_ENTRIES: usize = 200;

    /// Reads a recipe; `name` appears in the error.
    ///
    /// # Errors
    /// Anything that is not TOML of known fields, with line and column.
    pub fn from_toml(name: &str, text: &str) -> Result<Self> {
        toml::from_str(text).map_err(|error| Error::Recipe(format!("{name}: {}", error.to_string().trim_end())))
    }

    /// Fills every missing field from the tables and checks the numbers.
    ///
    /// # Errors
    /// [`Error::Recipe`] with field and value; a state that no table knows and no energy is given for.
    pub fn resolve(&self) -> Result<ResolvedRecipe> {
        let mut energy_reference = self.energy_reference.clone().unwrap_or_default();
        let regions = self
            .regions
            .iter()
            .map(|region| region.resolve(&energy_reference))
            .collect::<Result<Vec<RegionRecipe>>>()?;
        if let EnergyReference::Line { line, state: state @ None, .. } = &mut energy_reference {
            let region = regions.iter().find(|region| region.core_level == line.subshell());
            *state = region.and_then(|region| region.components.first()).map(|first| first.state.clone());
        }
        let resolved = ResolvedRecipe {
            regions,
            quantification: self.quantification.clone().unwrap_or_default(),
            uncertainty: self.uncertainty.clone().unwrap_or_default(),
            energy_reference,
        };
        check::check(&resolved)?;
        Ok(resolved)
    }
}

impl ResolvedRecipe {
    /// This recipe as the TOML that reproduces it.
    ///
    /// # Errors
    /// [`Error::Recipe`] if a value has no TOML form.
    pub fn to_toml(&self) -> Result<String> {
        toml::to_string(self).map_err(|error| Error::Recipe(error.to_string()))
    }

    /// Region of this core level.
    pub fn region(&self, level: &Level) -> Option<&RegionRecipe> {
        self.regions.iter().find(|region| region.core_level.subshell() == level.subshell())
    }
}

impl RegionChoice {
    fn resolve(&self, reference: &EnergyReference) -> Result<RegionRecipe> {
        let named = self.states.iter().map(|state| Component::of_state(state));
        let components = named
            .chain(self.components.iter().cloned())
            .map(|component| component.resolve(&self.core_level, reference))
            .collect::<Result<Vec<Component>>>()?;
        Ok(RegionRecipe {
            core_level: self.core_level.subshell(),
            window_ev: self.window_ev,
            shift_ev: self.shift_ev,
            shared_widths: self.shared_widths,
            asymmetric_metals: self.asymmetric_metals,
            background: self.background.clone(),
            pre_subtracted: self
                .pre_subtracted
                .or_else(|| (self.background == BackgroundKind::Smart).then(PreSubtraction::default)),
            components,
        })
    }
}

impl Component {
    /// A component of which only the state is known.
    pub fn of_state(state: &str) -> Self {
        Self {
            state: state.into(),
            level: None,
            binding_energy_ev: None,
            tolerance_ev: default_tolerance_ev(),
            shape: ComponentShape::default(),
            shape_parameters: BTreeMap::new(),
            splitting_ev: None,
            area_ratio: None,
            release: Vec::new(),
            tie: None,
        }
    }

    /// Level of the component: set when resolved.
    pub fn level_or<'a>(&'a self, region: &'a Level) -> &'a Level {
        self.level.as_ref().unwrap_or(region)
    }

    fn resolve(mut self, region: &Level, reference: &EnergyReference) -> Result<Self> {
        let level = self.level_or(region).subshell();
        if self.binding_energy_ev.is_none() {
            let Some(known) = tables::state(&level, &self.state) else {
                let names: Vec<&str> = tables::states_of(&level).map(|s| s.name).collect();
                return Err(Error::Recipe(format!(
                    "state \"{}\" of {level} is not in the table; known there: {}; or give binding_energy_ev",
                    self.state,
                    if names.is_empty() { "none".into() } else { names.join(", ") }
                )));
            };
            let range = match reference {
                EnergyReference::Line { line, energy_ev, .. } => known.range_on_scale_ev(&line.subshell(), *energy_ev),
                _ => known.range_ev,
            };
            self.binding_energy_ev = Some(0.5 * (range[0] + range[1]));
        }
        if let (Some(pair), None) = (tables::spin_orbit(&level), self.splitting_ev) {
            self.splitting_ev = Some(pair.splitting_ev);
        }
        if self.splitting_ev.is_some() && self.area_ratio.is_none() {
            self.area_ratio = level.minor_to_major_area();
        }
        self.level = Some(level);
        Ok(self)
    }
}

fn yes() -> bool {
    true
}

fn default_tolerance_ev() -> f64 {
    1.5
}
