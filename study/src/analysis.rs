//! What a study says.

use doublet_common::provenance::Tool;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::claims::ClaimOutcome;
use crate::comparison::Comparison;
use crate::density::Density;
use crate::properties::Property;
use crate::study_file::Study;
use crate::surface::SurfaceComposition;

/// Everything that was found in all samples.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct StudyAnalysis {
    /// Program and version.
    pub tool: Tool,
    /// The study file as read.
    pub study: Study,
    /// Phase whose size, cell and density are compared; none without diffraction.
    pub main_phase: Option<MainPhase>,
    /// Samples in the order of the study file.
    pub samples: Vec<SampleAnalysis>,
    /// Every property of every pair of samples.
    pub comparisons: Vec<Comparison>,
    /// Answers to the claims.
    pub claims: Vec<ClaimOutcome>,
    /// What was assumed for the whole study.
    pub warnings: Vec<String>,
}

/// The phase that the samples are made of.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MainPhase {
    /// Id.
    pub id: String,
    /// Name.
    pub name: String,
    /// Formula.
    pub formula: String,
    /// How it was chosen.
    pub choice: String,
}

/// Everything that was found in one sample.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SampleAnalysis {
    /// Label.
    pub label: String,
    /// How it was made.
    pub treatment: Option<String>,
    /// Diffraction.
    pub xrd: Option<doublet_xrd::analysis::Analysis>,
    /// Photoelectrons.
    pub xps: Option<doublet_xps::analysis::Analysis>,
    /// Density.
    pub density: Option<Density>,
    /// Composition of bulk and surface; none without both techniques.
    pub surface: Option<SurfaceComposition>,
    /// What can be compared with other samples.
    pub properties: Vec<Property>,
    /// What could not be done, and why.
    pub failures: Vec<String>,
    /// What was assumed for this sample, beside what each technique says.
    pub warnings: Vec<String>,
}

impl StudyAnalysis {
    /// Samples of which something could not be done.
    pub fn failed(&self) -> usize {
        self.samples.iter().filter(|sample| !sample.failures.is_empty()).count()
    }
}
