//! The study file: samples with their files, shared recipes, and what the analyst claims.

use std::collections::BTreeSet;

use doublet_reference_patterns::photoelectrons::Level;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::composition::Formula;
use crate::density::Archimedes;
use crate::error::{Error, Result};

/// Most samples of a study.
pub const MAX_SAMPLES: usize = 200;
/// Most files of photoelectron spectra of a sample.
pub const MAX_FILES: usize = 200;
/// Most claims.
pub const MAX_CLAIMS: usize = 200;

/// A study as a person writes it. Paths are relative to the folder of the file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Study {
    /// Title.
    pub title: String,
    /// Recipes shared by all samples.
    #[serde(default)]
    pub recipes: Recipes,
    /// Choices for the figures.
    #[serde(default)]
    pub figures: FigureChoice,
    /// Phase whose size, cell and density are compared, by id; none: the one with most weight in most samples.
    pub main_phase: Option<String>,
    /// Samples in the order in which they are shown.
    #[serde(rename = "sample")]
    pub samples: Vec<Sample>,
    /// Assignments to test.
    #[serde(default, rename = "claim")]
    pub claims: Vec<Claim>,
}

/// Recipes of both techniques.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Recipes {
    /// Diffraction recipe; none: all defaults.
    pub xrd: Option<String>,
    /// Photoelectron recipe: a file, or the name of one that is shipped; none: usual states of what was measured.
    pub xps: Option<String>,
}

/// Choices for the figures.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct FigureChoice {
    /// Range of 2θ that is shown magnified; none: around the claimed angles, or the strongest line.
    pub window_deg: Option<[f64; 2]>,
    /// Range of 2θ of the stacked patterns; none: all that was measured.
    pub range_deg: Option<[f64; 2]>,
}

/// One sample.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Sample {
    /// Label in figures and tables.
    pub label: String,
    /// How it was made.
    pub treatment: Option<String>,
    /// Diffraction scan.
    pub xrd: Option<String>,
    /// Files of photoelectron spectra.
    #[serde(default)]
    pub xps: Vec<String>,
    /// Formula of the main phase as weighed in, such as "Li1.5Al0.5Ge1.5(PO4)3".
    pub nominal_composition: Option<String>,
    /// Weighed masses for Archimedes' principle.
    pub archimedes: Option<Archimedes>,
}

/// An assignment that the analyst makes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, tag = "kind", rename_all = "snake_case")]
pub enum Claim {
    /// A phase that is said to make these lines.
    Phase {
        /// Name, formula or id.
        phase: String,
        /// Angles 2θ in degrees; empty: the phase as a whole.
        #[serde(default)]
        two_theta_deg: Vec<f64>,
        /// Samples that the claim is about, by label; empty: all.
        #[serde(default)]
        samples: Vec<String>,
    },
    /// A chemical state at a binding energy.
    State {
        /// Core level.
        core_level: Level,
        /// State, by its name in the table of states.
        state: String,
        /// Binding energy in eV on the scale of the study's energy reference.
        binding_energy_ev: f64,
        /// Samples that the claim is about, by label; empty: all.
        #[serde(default)]
        samples: Vec<String>,
    },
    /// A crystallite size.
    Size {
        /// Sample, by label.
        sample: String,
        /// Phase, by id; none: the main phase.
        phase: Option<String>,
        /// Size in nm.
        size_nm: f64,
        /// Its standard uncertainty, if one is claimed.
        sigma_nm: Option<f64>,
    },
}

impl Study {
    /// Reads a study file; `name` appears in the errors.
    ///
    /// # Errors
    /// [`Error::StudyFile`] with line and field: text that is not TOML of known fields, no samples or too many, two
    /// samples of one label, a claim about an unknown sample, numbers out of range.
    pub fn from_toml(name: &str, text: &str) -> Result<Self> {
        let study: Self = toml::from_str(text)
            .map_err(|error| Error::StudyFile(format!("{name}: {}", error.to_string().trim_end())))?;
        study.check().map_err(|message| Error::StudyFile(format!("{name}: {message}")))?;
        Ok(study)
    }

    fn check(&self) -> std::result::Result<(), String> {
        if self.samples.is_empty() || self.samples.len() > MAX_SAMPLES {
            return Err(format!("{} samples, expected 1 to {MAX_SAMPLES}", self.samples.len()));
        }
        if self.claims.len() > MAX_CLAIMS {
            return Err(format!("{} claims, expected at most {MAX_CLAIMS}", self.claims.len()));
        }
        let mut labels = BTreeSet::new();
        for sample in &self.samples {
            if sample.label.trim().is_empty() || !labels.insert(sample.label.as_str()) {
                return Err(format!("sample.label \"{}\": expected labels that differ from each other", sample.label));
            }
            sample.check().map_err(|message| format!("sample \"{}\": {message}", sample.label))?;
        }
        for window in [self.figures.window_deg, self.figures.range_deg].into_iter().flatten() {
            if !(0.0 <= window[0] && window[0] < window[1] && window[1] <= 180.0) {
                return Err(format!("figures: {window:?}, expected two ascending angles from 0 to 180"));
            }
        }
        self.claims.iter().try_for_each(|claim| claim.check(&labels))
    }
}

impl Sample {
    fn check(&self) -> std::result::Result<(), String> {
        if self.xrd.is_none() && self.xps.is_empty() && self.archimedes.is_none() {
            return Err("it has neither xrd nor xps nor archimedes; expected one of them".into());
        }
        if self.xps.len() > MAX_FILES {
            return Err(format!("{} files, expected at most {MAX_FILES}", self.xps.len()));
        }
        if let Some(formula) = &self.nominal_composition {
            formula.parse::<Formula>().map_err(|message| format!("nominal_composition: {message}"))?;
        }
        match &self.archimedes {
            Some(masses) => masses.check().map_err(|message| format!("archimedes: {message}")),
            None => Ok(()),
        }
    }
}

impl Claim {
    /// The claim in one line.
    pub fn text(&self) -> String {
        match self {
            Self::Phase { phase, two_theta_deg, .. } => {
                let angles: Vec<String> = two_theta_deg.iter().map(|angle| format!("{angle}°")).collect();
                if angles.is_empty() { phase.clone() } else { format!("{phase} at {}", angles.join(", ")) }
            }
            Self::State { core_level, state, binding_energy_ev, .. } => {
                format!("{core_level} {state} at {binding_energy_ev} eV")
            }
            Self::Size { sample, phase, size_nm, .. } => {
                let phase = phase.as_deref().unwrap_or("the main phase");
                format!("size of {phase} in {sample}: {size_nm} nm")
            }
        }
    }

    /// Whether it is about a sample.
    pub fn is_about(&self, label: &str) -> bool {
        match self {
            Self::Phase { samples, .. } | Self::State { samples, .. } => {
                samples.is_empty() || samples.iter().any(|own| own == label)
            }
            Self::Size { sample, .. } => sample == label,
        }
    }

    fn check(&self, labels: &BTreeSet<&str>) -> std::result::Result<(), String> {
        let named: Vec<&str> = match self {
            Self::Phase { samples, .. } | Self::State { samples, .. } => samples.iter().map(String::as_str).collect(),
            Self::Size { sample, .. } => vec![sample],
        };
        if let Some(unknown) = named.iter().find(|label| !labels.contains(*label)) {
            return Err(format!("claim \"{}\": no sample is labelled \"{unknown}\"", self.text()));
        }
        let sound = match self {
            Self::Phase { two_theta_deg, .. } => two_theta_deg.iter().all(|angle| (0.0..=180.0).contains(angle)),
            Self::State { binding_energy_ev, .. } => (0.0..=10_000.0).contains(binding_energy_ev),
            Self::Size { size_nm, sigma_nm, .. } => {
                *size_nm > 0.0 && size_nm.is_finite() && sigma_nm.is_none_or(|sigma| sigma > 0.0 && sigma.is_finite())
            }
        };
        if sound { Ok(()) } else { Err(format!("claim \"{}\": expected a number that can be measured", self.text())) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_name_the_field_or_the_line() {
        for (text, part) in [
            ("title = 'x'\nsampel = 1\n", "line 2"),
            ("title = 'x'\nsample = []\n", "0 samples"),
            ("title = 'x'\n[[sample]]\nlabel = 'a'\n", "neither xrd nor xps"),
            ("title = 'x'\n[[sample]]\nlabel = 'a'\nxrd = 'a'\n[[sample]]\nlabel = 'a'\nxrd = 'b'\n", "\"a\""),
            ("title = 'x'\n[[sample]]\nlabel = 'a'\nxrd = 'a'\nnominal_composition = 'Xx2'\n", "Xx"),
            (
                "title = 'x'\n[[sample]]\nlabel = 'a'\nxrd = 'a'\n[[claim]]\nkind = 'size'\nsample = 'b'\nsize_nm = 4\n",
                "labelled \"b\"",
            ),
            (
                "title = 'x'\n[[sample]]\nlabel = 'a'\n[sample.archimedes]\ndry_g = 1\nsaturated_g = 0.9\nimmersed_g = 0.5\ntemperature_c = 20\n",
                "saturated",
            ),
        ] {
            let message = Study::from_toml("s.toml", text).unwrap_err().to_string();
            assert!(message.starts_with("s.toml") && message.contains(part), "{message}");
        }
    }
}
