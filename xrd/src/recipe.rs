//! Recipes: a TOML file of optional fields becomes a complete, resolved recipe that stands in every result.
//!
//! [`Recipe`] is what a user writes: every field may be missing. [`ResolvedRecipe`] has none missing; it is written
//! beside the result and, given back as a recipe, reproduces it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::profile::InstrumentOrigin;
use crate::radiation::Radiation;

/// What the user asks for. Missing fields take the defaults that [`ResolvedRecipe::default`] documents.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Recipe {
    /// Radiation to use where the file states none: an anode ("Cu") or explicit wavelengths.
    pub radiation: Option<RadiationChoice>,
    /// Range of 2θ in degrees that is analysed.
    pub two_theta_range_deg: Option<[f64; 2]>,
    /// Background model.
    pub background: Option<BackgroundChoice>,
    /// Peak search and fit.
    pub peaks: Option<PeakChoice>,
    /// Which phases may be in the sample and how they are sought.
    pub identification: Option<IdentificationChoice>,
    /// Crystallite sizes.
    pub size: Option<SizeChoice>,
    /// Lines of the tube beside Kα.
    pub contamination: Option<ContaminationChoice>,
    /// Profile of the instrument alone.
    pub instrument: Option<InstrumentChoice>,
    /// Where its numbers come from.
    pub instrument_origin: Option<InstrumentOrigin>,
    /// Assignments to test, such as "Li2O@20.5".
    pub claims: Option<Vec<String>>,
}

/// A [`Recipe`] with every field decided.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ResolvedRecipe {
    /// Radiation used where the file states none.
    pub radiation: Option<RadiationChoice>,
    /// Range of 2θ in degrees; none: the whole scan.
    pub two_theta_range_deg: Option<[f64; 2]>,
    /// Background model.
    pub background: BackgroundChoice,
    /// Peak search and fit.
    pub peaks: PeakChoice,
    /// Identification.
    pub identification: IdentificationChoice,
    /// Crystallite sizes.
    pub size: SizeChoice,
    /// Lines of the tube beside Kα; none: hinted at where peaks look like them.
    pub contamination: ContaminationChoice,
    /// Instrument profile; none: not removed, and said.
    pub instrument: Option<InstrumentChoice>,
    /// Where its numbers come from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instrument_origin: Option<InstrumentOrigin>,
    /// Assignments to test.
    pub claims: Vec<String>,
}

/// Radiation as a person writes it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RadiationChoice {
    /// Anode: Cr, Fe, Co, Cu, Mo, Ag. Its tabulated Kα1 and Kα2 are used unless wavelengths are given.
    pub anode: Option<String>,
    /// Kα1, or the only wavelength, in Å.
    pub k_alpha1_angstrom: Option<f64>,
    /// Kα2 in Å; without it the beam is monochromatic.
    pub k_alpha2_angstrom: Option<f64>,
    /// Intensity ratio Kα2/Kα1; 0.5 if missing.
    pub k_alpha_ratio: Option<f64>,
    /// Bragg angle 2θ of a monochromator in degrees (graphite and Cu: 26.6), for the polarisation factor.
    pub monochromator_two_theta_deg: Option<f64>,
}

/// Background fitted with the peaks: a Chebyshev polynomial of the first kind.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct BackgroundChoice {
    /// Degree of the polynomial; none: chosen from the data, and stated.
    pub chebyshev_degree: Option<usize>,
}

/// Peak search and fit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PeakChoice {
    /// Smallest significance, in σ of counting statistics, of a peak that is kept.
    pub minimum_significance: f64,
}

/// Identification of phases.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct IdentificationChoice {
    /// Elements that the sample may contain; empty: any. A candidate with another element is left out.
    pub elements: Vec<String>,
    /// Built-in phases by id, name or formula; empty: all.
    pub phases: Vec<String>,
    /// CIF files of the user, added to the candidates.
    pub cif: Vec<String>,
    /// Largest relative change of each cell length of a candidate.
    pub cell_tolerance: f64,
    /// Largest specimen displacement along 2θ at low angle, in degrees (shift = displacement·cosθ).
    pub displacement_tolerance_deg: f64,
    /// Diameter of the grains in µm for which microabsorption enters σ of weight percents; 0: left out.
    pub grain_diameter_um: f64,
}

/// Crystallite sizes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SizeChoice {
    /// Scherrer constant for the full width at half maximum.
    pub scherrer_k_fwhm: f64,
    /// Scherrer constant for the integral breadth.
    pub scherrer_k_integral: f64,
}

/// Lines of the tube beside Kα, each with its integrated intensity relative to Kα1 and Kα2 together (0.005 is half a percent)
/// or `"free"`: estimated from the scan.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ContaminationChoice {
    /// Kβ of the anode.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub k_beta: Option<ContaminationStrength>,
    /// W Lα of tungsten on the anode.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub w_l_alpha: Option<ContaminationStrength>,
}

/// Strength of a contamination line: a ratio or `"free"`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum ContaminationStrength {
    /// Intensity relative to Kα1 and Kα2 together.
    Ratio(f64),
    /// Estimated from the scan.
    Free(Free),
}

/// The word `free`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Free {
    /// `free`
    Free,
}

impl ContaminationStrength {
    /// Estimated from the scan.
    pub const FREE: Self = Self::Free(Free::Free);
}

impl ContaminationChoice {
    /// Takes a line as the command line writes it: `k_beta`, whose ratio is estimated, or `k_beta=0.005`.
    ///
    /// # Errors
    /// [`Error::Recipe`] for an unknown line or a ratio that is no number.
    pub fn set(&mut self, text: &str) -> Result<()> {
        let (name, ratio) = text.split_once('=').map_or((text, None), |(name, ratio)| (name, Some(ratio)));
        let strength = match ratio.map(str::trim) {
            None | Some("free") => ContaminationStrength::FREE,
            Some(ratio) => ContaminationStrength::Ratio(ratio.parse().map_err(|_| {
                Error::Recipe(format!("contamination {text}: ratio \"{ratio}\", expected a number or \"free\""))
            })?),
        };
        match name.trim() {
            "k_beta" => self.k_beta = Some(strength),
            "w_l_alpha" => self.w_l_alpha = Some(strength),
            other => {
                return Err(Error::Recipe(format!("contamination \"{other}\", expected k_beta or w_l_alpha")));
            }
        }
        Ok(())
    }

    /// Checks the ratios.
    ///
    /// # Errors
    /// [`Error::Recipe`] with field and value for a ratio outside 0 to 1.
    pub fn check(&self) -> Result<()> {
        for (field, strength) in [("k_beta", self.k_beta), ("w_l_alpha", self.w_l_alpha)] {
            if let Some(ContaminationStrength::Ratio(ratio)) = strength
                && !(ratio > 0.0 && ratio <= 1.0)
            {
                let expected = "a ratio above 0, at most 1, or \"free\"";
                return Err(Error::Recipe(format!("contamination.{field} = {ratio}, expected {expected}")));
            }
        }
        Ok(())
    }
}

/// Numbers of an instrument profile, in the order of [`InstrumentChoice::covariance`].
pub const INSTRUMENT_NUMBERS: usize = 7;

/// Profile of the instrument alone, in degrees of 2θ: Gaussian FWHM² = U tan²θ + V tanθ + W, Lorentzian FWHM = X/cosθ + Y tanθ,
/// axial divergence by the heights of specimen and receiving slit.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct InstrumentChoice {
    /// Caglioti U, deg².
    pub u_deg2: f64,
    /// Caglioti V, deg².
    pub v_deg2: f64,
    /// Caglioti W, deg².
    pub w_deg2: f64,
    /// Lorentzian X, deg.
    pub x_deg: f64,
    /// Lorentzian Y, deg.
    pub y_deg: f64,
    /// Half the axial height of the illuminated specimen, divided by the goniometer radius; 0 with `h_over_l`: no axial divergence.
    pub s_over_l: f64,
    /// Half the axial height of the receiving slit, divided by the goniometer radius.
    pub h_over_l: f64,
    /// Covariance of the seven numbers above, in their order and units; none where they are taken as exact.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub covariance: Option<[[f64; INSTRUMENT_NUMBERS]; INSTRUMENT_NUMBERS]>,
}

impl Default for PeakChoice {
    fn default() -> Self {
        Self { minimum_significance: 5.0 }
    }
}

impl Default for IdentificationChoice {
    fn default() -> Self {
        Self {
            elements: Vec::new(),
            phases: Vec::new(),
            cif: Vec::new(),
            cell_tolerance: 0.01,
            displacement_tolerance_deg: 0.5,
            grain_diameter_um: 2.0,
        }
    }
}

impl Default for SizeChoice {
    fn default() -> Self {
        // Sphere of cubic crystallites: Langford & Wilson, J. Appl. Cryst. 11 (1978) 102, table 2: K = 0.89 (FWHM), 1.07 (integral).
        Self { scherrer_k_fwhm: 0.89, scherrer_k_integral: 1.07 }
    }
}

impl Recipe {
    /// Reads a recipe; `name` appears in the error.
    ///
    /// # Errors
    /// Anything that is not TOML of known fields, with line and column.
    pub fn from_toml(name: &str, text: &str) -> Result<Self> {
        toml::from_str(text).map_err(|error| Error::Recipe(format!("{name}: {}", error.to_string().trim_end())))
    }

    /// Fills every missing field with its default and checks the numbers.
    ///
    /// # Errors
    /// [`Error::Recipe`] with field and value.
    pub fn resolve(&self) -> Result<ResolvedRecipe> {
        let default = ResolvedRecipe::default();
        let resolved = ResolvedRecipe {
            radiation: self.radiation.clone(),
            two_theta_range_deg: self.two_theta_range_deg,
            background: self.background.clone().unwrap_or(default.background),
            peaks: self.peaks.clone().unwrap_or(default.peaks),
            identification: self.identification.clone().unwrap_or(default.identification),
            size: self.size.clone().unwrap_or(default.size),
            contamination: self.contamination.clone().unwrap_or_default(),
            instrument: self.instrument,
            instrument_origin: self.instrument_origin.clone(),
            claims: self.claims.clone().unwrap_or_default(),
        };
        resolved.check()?;
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

    /// Radiation that the recipe offers for files that state none.
    ///
    /// # Errors
    /// [`Error::Recipe`] if the anode is unknown or the wavelengths make no sense.
    pub fn radiation(&self) -> Result<Option<Radiation>> {
        self.radiation.as_ref().map(RadiationChoice::resolve).transpose()
    }

    /// Radiation of the instrument's numbers, where they come from a file that states it.
    pub fn instrument_radiation(&self) -> Option<&Radiation> {
        self.instrument_origin.as_ref()?.radiation.as_ref()
    }

    fn check(&self) -> Result<()> {
        let demand = |ok: bool, field: &str, value: String, expected: &str| {
            if ok { Ok(()) } else { Err(Error::Recipe(format!("{field} = {value}, expected {expected}"))) }
        };
        if let Some([low, high]) = self.two_theta_range_deg {
            let ok = low.is_finite() && high.is_finite() && 0.0 <= low && low < high && high <= 180.0;
            demand(ok, "two_theta_range_deg", format!("[{low}, {high}]"), "two ascending angles from 0 to 180")?;
        }
        if let Some(degree) = self.background.chebyshev_degree {
            demand(degree <= 40, "background.chebyshev_degree", degree.to_string(), "at most 40")?;
        }
        let positive = |field: &str, value: f64, most: f64| {
            let ok = value.is_finite() && value > 0.0 && value <= most;
            demand(ok, field, value.to_string(), &format!("a number above 0, at most {most}"))
        };
        positive("peaks.minimum_significance", self.peaks.minimum_significance, 1e6)?;
        positive("size.scherrer_k_fwhm", self.size.scherrer_k_fwhm, 2.0)?;
        positive("size.scherrer_k_integral", self.size.scherrer_k_integral, 2.0)?;
        let id = &self.identification;
        demand(
            (0.0..=0.05).contains(&id.cell_tolerance),
            "identification.cell_tolerance",
            id.cell_tolerance.to_string(),
            "0 to 0.05",
        )?;
        demand(
            (0.0..=1.0).contains(&id.displacement_tolerance_deg),
            "identification.displacement_tolerance_deg",
            id.displacement_tolerance_deg.to_string(),
            "0 to 1",
        )?;
        demand(
            (0.0..=100.0).contains(&id.grain_diameter_um),
            "identification.grain_diameter_um",
            id.grain_diameter_um.to_string(),
            "0 to 100",
        )?;
        if let Some(i) = self.instrument {
            i.check()?;
        }
        self.contamination.check()?;
        self.radiation()?;
        Ok(())
    }
}

impl InstrumentChoice {
    /// Checks the numbers.
    ///
    /// # Errors
    /// [`Error::Recipe`] with field and value: a number or covariance that is not finite, a negative variance, a height
    /// over distance outside 0 to 0.5.
    pub fn check(&self) -> Result<()> {
        let refuse = |field: &str, value: f64, expected: &str| {
            Err(Error::Recipe(format!("instrument.{field} = {value}, expected {expected}")))
        };
        let widths = [
            ("u_deg2", self.u_deg2),
            ("v_deg2", self.v_deg2),
            ("w_deg2", self.w_deg2),
            ("x_deg", self.x_deg),
            ("y_deg", self.y_deg),
        ];
        if let Some((field, value)) = widths.into_iter().find(|(_, value)| !value.is_finite()) {
            return refuse(field, value, "a finite number");
        }
        let heights = [("s_over_l", self.s_over_l), ("h_over_l", self.h_over_l)];
        if let Some((field, value)) = heights.into_iter().find(|(_, value)| !(0.0..=0.5).contains(value)) {
            return refuse(field, value, "0 to 0.5");
        }
        for (i, row) in self.covariance.iter().flatten().enumerate() {
            if let Some(value) = row.iter().find(|value| !value.is_finite()) {
                return refuse("covariance", *value, "finite numbers");
            }
            if row[i] < 0.0 {
                return refuse("covariance", row[i], "no negative variance");
            }
        }
        Ok(())
    }
}

impl RadiationChoice {
    /// An anode with its tabulated lines.
    pub fn anode(symbol: &str) -> Self {
        Self {
            anode: Some(symbol.into()),
            k_alpha1_angstrom: None,
            k_alpha2_angstrom: None,
            k_alpha_ratio: None,
            monochromator_two_theta_deg: None,
        }
    }

    /// The radiation itself.
    ///
    /// # Errors
    /// [`Error::Recipe`] if the anode is unknown or the wavelengths make no sense.
    pub fn resolve(&self) -> Result<Radiation> {
        use crate::radiation::{Anode, WavelengthSource};
        let anode = match &self.anode {
            Some(symbol) => Some(symbol.parse::<Anode>().map_err(|e| Error::Recipe(format!("radiation.anode: {e}")))?),
            None => None,
        };
        let ratio = self.k_alpha_ratio.unwrap_or(Radiation::K_ALPHA_RATIO);
        let in_range = |w: f64| Radiation::WAVELENGTHS_ANGSTROM.contains(&w);
        let mut radiation = match (self.k_alpha1_angstrom, self.k_alpha2_angstrom, anode) {
            (Some(a1), a2, _) if in_range(a1) && a2.is_none_or(in_range) => match a2 {
                Some(a2) => Radiation::from_k_alpha(anode, a1, a2, ratio, WavelengthSource::Recipe),
                None => Radiation { anode, ..Radiation::monochromatic(a1, WavelengthSource::Recipe) },
            },
            (None, None, Some(anode)) => {
                let (a1, a2) = anode.k_alpha_angstrom();
                Radiation::from_k_alpha(Some(anode), a1, a2, ratio, WavelengthSource::Recipe)
            }
            _ => {
                return Err(Error::Recipe(format!(
                    "radiation: anode {:?}, Kα1 {:?}, Kα2 {:?}; expected an anode or wavelengths of {:?} Å",
                    self.anode,
                    self.k_alpha1_angstrom,
                    self.k_alpha2_angstrom,
                    Radiation::WAVELENGTHS_ANGSTROM
                )));
            }
        };
        if ratio != 0.0 && !Radiation::RELATIVE_INTENSITIES.contains(&ratio) {
            let expected = Radiation::RELATIVE_INTENSITIES;
            return Err(Error::Recipe(format!("radiation.k_alpha_ratio = {ratio}, expected 0 or {expected:?}")));
        }
        let angle = self.monochromator_two_theta_deg.unwrap_or(0.0);
        if !(0.0..180.0).contains(&angle) {
            return Err(Error::Recipe(format!("radiation.monochromator_two_theta_deg = {angle}, expected 0 to 180")));
        }
        radiation.monochromator_two_theta_deg = angle;
        Ok(radiation)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_recipe_resolves_and_round_trips() {
        let resolved = Recipe::from_toml("r.toml", "").unwrap().resolve().unwrap();
        let again = Recipe::from_toml("r.toml", &resolved.to_toml().unwrap()).unwrap().resolve().unwrap();
        assert_eq!(resolved, again);
    }

    #[test]
    fn unknown_fields_are_named() {
        let error = Recipe::from_toml("r.toml", "[peaks]\nsignificance = 3\n").unwrap_err().to_string();
        assert!(error.contains("significance") && error.contains("line 2"), "{error}");
    }

    #[test]
    fn impossible_numbers_are_refused() {
        let recipe = Recipe::from_toml("r.toml", "two_theta_range_deg = [90.0, 10.0]").unwrap();
        assert!(recipe.resolve().unwrap_err().to_string().contains("[90, 10]"));
        let recipe = Recipe::from_toml("r.toml", "[radiation]\nanode = \"Xx\"").unwrap();
        assert!(recipe.resolve().unwrap_err().to_string().contains("Xx"));
    }
}
