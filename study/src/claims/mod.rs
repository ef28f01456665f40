//! Assignments that the analyst makes, tested sample by sample.
//!
//! What is true of the tables alone (which polymorph has lines at the claimed angles, which states and which other core
//! levels lie at a binding energy) stands once; what a sample shows, with each sample.

mod phase;
mod size;
mod state;

use doublet_xrd::analysis::ClaimVerdict;
use doublet_xrd::identify::CandidateSet;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::analysis::SampleAnalysis;
use crate::study_file::{Claim, Study};

pub(crate) use phase::{texts, unknown};

/// A claim and what became of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ClaimOutcome {
    /// The claim in one line.
    pub text: String,
    /// The claim as written.
    pub claim: Claim,
    /// What tables say of it, whatever the samples show.
    pub facts: Vec<String>,
    /// Answer of each sample that it is about.
    pub answers: Vec<SampleAnswer>,
}

/// What one sample says of a claim.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SampleAnswer {
    /// Label of the sample.
    pub sample: String,
    /// Answer.
    pub answer: ClaimVerdict,
    /// The reason, with the numbers.
    pub explanation: String,
}

/// Answers every claim of a study.
pub(crate) fn answer(
    study: &Study,
    samples: &[SampleAnalysis],
    candidates: &CandidateSet,
    main_phase: Option<&str>,
) -> Vec<ClaimOutcome> {
    study
        .claims
        .iter()
        .map(|claim| {
            let about: Vec<&SampleAnalysis> = samples.iter().filter(|s| claim.is_about(&s.label)).collect();
            let (facts, answers) = match claim {
                Claim::Phase { phase, two_theta_deg, .. } => phase::answer(phase, two_theta_deg, &about, candidates),
                Claim::State { core_level, state, binding_energy_ev, .. } => {
                    state::Assignment { level: core_level, state, energy_ev: *binding_energy_ev }.answer(&about)
                }
                Claim::Size { phase, size_nm, sigma_nm, .. } => {
                    size::answer(phase.as_deref().or(main_phase), *size_nm, *sigma_nm, &about)
                }
            };
            ClaimOutcome { text: claim.text(), claim: claim.clone(), facts, answers }
        })
        .collect()
}

impl SampleAnswer {
    fn new(sample: &SampleAnalysis, answer: ClaimVerdict, explanation: impl Into<String>) -> Self {
        Self { sample: sample.label.clone(), answer, explanation: explanation.into() }
    }
}
