//! Instrument files: what a calibration leaves behind, as TOML that every analysis takes; those of GSAS and GSAS-II as well.

use std::path::Path;

use doublet_common::container::Content;
use doublet_common::output::{Overwrite, write_atomically};
use doublet_common::provenance::Tool;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::gsas;
use crate::error::{Error, Result};
use crate::radiation::{Radiation, WavelengthSource};
use crate::recipe::InstrumentChoice;

/// An instrument file. `[instrument]` is what a recipe holds under the same name, covariance included, so that a resolved
/// recipe needs no file; the rest says how it was measured.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct InstrumentFile {
    /// Profile of the instrument alone.
    pub instrument: InstrumentChoice,
    /// Where numbers from elsewhere come from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub origin: Option<InstrumentOrigin>,
    /// How it was measured; none for numbers from elsewhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub calibration: Option<CalibrationRecord>,
}

/// Where the numbers of an instrument come from; a recipe holds it beside them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct InstrumentOrigin {
    /// Name of the instrument file.
    pub file_name: String,
    /// Radiation to which the widths belong; used for scans whose file and recipe state none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub radiation: Option<Radiation>,
    /// 2θ in degrees of the first and the last reflection by which the numbers were measured; outside they are extrapolated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub two_theta_range_deg: Option<[f64; 2]>,
    /// What was assumed or left out when the numbers were taken over.
    #[serde(default)]
    pub remarks: Vec<String>,
}

/// How an instrument's profile was measured.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CalibrationRecord {
    /// Version that measured it.
    pub tool: Tool,
    /// Name of the scan.
    pub file_name: String,
    /// Hash of the scan's content.
    pub sha256: String,
    /// 2θ range of the reflections by which it was measured; outside, the numbers are extrapolated.
    pub two_theta_range_deg: [f64; 2],
    /// R_w of the fit in percent.
    pub r_weighted_percent: Option<f64>,
    /// R_exp in percent.
    pub r_expected_percent: Option<f64>,
    /// χ²/(n − p).
    pub reduced_chi_squared: Option<f64>,
    /// Durbin–Watson statistic of the residuals.
    pub durbin_watson: Option<f64>,
    /// What was assumed or looks wrong.
    pub warnings: Vec<String>,
    /// The standard.
    pub standard: StandardUsed,
    /// How its Kα lines were described.
    #[serde(default)]
    pub emission: String,
    /// Radiation of the scan.
    pub radiation: Radiation,
    /// Every parameter of profile and positions.
    pub parameters: Vec<CalibrationParameter>,
}

/// The standard of a calibration.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StandardUsed {
    /// Identifier, such as `lab6-660c`.
    pub id: String,
    /// Certificate with edition.
    pub certificate: String,
    /// Temperature of the measurement.
    pub temperature_c: f64,
    /// Free cell constants at that temperature in Å (a, or a and c), held fixed.
    pub cell_angstrom: Vec<f64>,
}

/// One parameter of a calibration.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CalibrationParameter {
    /// Name with unit.
    pub name: String,
    /// Value.
    pub value: f64,
    /// Standard uncertainty, inflated for serial correlation; none for a fixed one or one at a bound.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sigma: Option<f64>,
}

impl InstrumentFile {
    /// Reads an instrument file; `name` appears in the error.
    ///
    /// # Errors
    /// [`Error::Instrument`]: anything that is not TOML of known fields, with line; numbers that make no profile.
    pub fn from_toml(name: &str, text: &str) -> Result<Self> {
        let refuse = |message: String| Error::Instrument { file: name.into(), message };
        let file: Self = toml::from_str(text).map_err(|error| refuse(error.to_string().trim_end().to_owned()))?;
        file.instrument.check().map_err(|error| refuse(error.to_string()))?;
        Ok(file)
    }

    /// Reads an instrument file of any known kind, chosen by its content: TOML of a calibration, GSAS, GSAS-II.
    ///
    /// # Errors
    /// As [`InstrumentFile::from_toml`]; for the others line, value and what was expected: an instrument that is not of
    /// constant wavelength, an unknown profile function, missing coefficients, numbers that make no profile.
    pub fn from_content(content: &Content) -> Result<Self> {
        match gsas::read(content) {
            Some(file) => file,
            None => Self::from_toml(content.shown_name(), &content.text()?.content),
        }
    }

    /// Reads an instrument file from disk.
    ///
    /// # Errors
    /// What reading gives; as [`InstrumentFile::from_content`].
    pub fn from_path(path: &Path) -> Result<Self> {
        Self::from_content(&Content::from_path(path)?)
    }

    /// Where the numbers come from: as the file tells, or the radiation and range of its calibration.
    pub fn origin(&self, file_name: &str) -> InstrumentOrigin {
        let of_calibration = || InstrumentOrigin {
            file_name: file_name.into(),
            radiation: self
                .calibration
                .as_ref()
                .map(|record| Radiation { source: WavelengthSource::Instrument, ..record.radiation.clone() }),
            two_theta_range_deg: self.calibration.as_ref().map(|record| record.two_theta_range_deg),
            remarks: Vec::new(),
        };
        self.origin.clone().unwrap_or_else(of_calibration)
    }

    /// The text of the file.
    ///
    /// # Errors
    /// [`Error::Recipe`] if a value has no TOML form.
    pub fn to_toml(&self) -> Result<String> {
        toml::to_string(self).map_err(|error| Error::Recipe(error.to_string()))
    }

    /// Writes the file, whole or not at all.
    ///
    /// # Errors
    /// The path where it exists and may not be replaced, or cannot be written.
    pub fn write(&self, path: &Path, overwrite: Overwrite) -> Result<()> {
        Ok(write_atomically(path, self.to_toml()?.as_bytes(), overwrite)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::radiation::Anode;
    use crate::recipe::{Recipe, ResolvedRecipe};

    fn file() -> InstrumentFile {
        let mut covariance = [[0.0; 7]; 7];
        covariance[2][2] = 1.25e-9;
        InstrumentFile {
            instrument: InstrumentChoice {
                w_deg2: 0.003,
                s_over_l: 0.02,
                covariance: Some(covariance),
                ..InstrumentChoice::default()
            },
            origin: None,
            calibration: Some(CalibrationRecord {
                tool: Tool::this(),
                file_name: "scan.xye".into(),
                sha256: "00".into(),
                two_theta_range_deg: [21.0, 150.0],
                r_weighted_percent: Some(8.0),
                r_expected_percent: None,
                reduced_chi_squared: None,
                durbin_watson: None,
                warnings: vec!["a \"warning\"".into()],
                standard: StandardUsed {
                    id: "lab6-660c".into(),
                    certificate: "certificate".into(),
                    temperature_c: 22.5,
                    cell_angstrom: vec![4.15],
                },
                emission: "Kα1 and Kα2 without natural widths".into(),
                radiation: Radiation::k_alpha(Anode::Cu),
                parameters: vec![CalibrationParameter { name: "w_deg2".into(), value: 0.003, sigma: None }],
            }),
        }
    }

    #[test]
    fn a_file_comes_back_as_it_was_written() {
        let written = file().to_toml().unwrap();
        assert_eq!(InstrumentFile::from_toml("i.toml", &written).unwrap(), file());
    }

    #[test]
    fn a_resolved_recipe_carries_all_of_it() {
        let recipe = Recipe { instrument: Some(file().instrument), ..Recipe::default() }.resolve().unwrap();
        let again: ResolvedRecipe = toml::from_str(&recipe.to_toml().unwrap()).unwrap();
        assert_eq!(again.instrument, Some(file().instrument));
    }

    #[test]
    fn the_radiation_of_the_instrument_goes_with_it() {
        let origin = file().origin("i.toml");
        assert_eq!((origin.file_name.as_str(), origin.radiation.as_ref().unwrap().anode), ("i.toml", Some(Anode::Cu)));
        assert_eq!(origin.two_theta_range_deg, Some([21.0, 150.0]));
        let recipe = Recipe {
            instrument: Some(file().instrument),
            instrument_origin: Some(InstrumentOrigin { remarks: vec!["a remark".into()], ..origin }),
            ..Recipe::default()
        };
        let resolved = recipe.resolve().unwrap();
        let again: ResolvedRecipe = toml::from_str(&resolved.to_toml().unwrap()).unwrap();
        assert_eq!(again, resolved);
        assert_eq!(again.instrument_radiation().unwrap().source, WavelengthSource::Instrument);
    }

    #[test]
    fn faults_are_named_with_file_and_line() {
        let error = InstrumentFile::from_toml("i.toml", "[instrument]\nq_deg = 1.0\n").unwrap_err().to_string();
        assert!(error.contains("i.toml") && error.contains("line 2") && error.contains("q_deg"), "{error}");
        let error = InstrumentFile::from_toml("i.toml", "[instrument]\ns_over_l = 3.0\n").unwrap_err().to_string();
        assert!(error.contains("s_over_l = 3, expected 0 to 0.5"), "{error}");
    }
}
