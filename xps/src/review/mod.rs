//! Reads a fit as a referee would: every rule names its threshold, its source, and what to do.
//!
//! The rules work on a neutral view of a fit, so that doublet's own results and the fits that CasaXPS and Avantage leave in
//! their files are read by the same code. Reporting fields follow ISO 19830:2015, *Surface chemical analysis — X-ray
//! photoelectron spectroscopy — Minimum reporting requirements for peak fitting*.

mod foreign;
mod foreign_reporting;
mod own;
mod reporting;
mod rules;
mod view;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use foreign::{has_foreign_fit, review_foreign};
pub use foreign_reporting::{iso_19830_fields_of_foreign, methods_paragraph_of_foreign};
pub use own::review_analysis;
pub use reporting::{ReportField, iso_19830_fields};

/// How much a finding matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// The result cannot be defended as it stands.
    Problem,
    /// A referee will ask.
    Question,
}

/// One thing a reviewer would say.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Finding {
    /// Name of the rule.
    pub rule: String,
    /// How much it matters.
    pub severity: Severity,
    /// Region and component it concerns.
    pub subject: String,
    /// What was found.
    pub message: String,
    /// The number that was judged.
    pub value: Option<f64>,
    /// The threshold of the rule, in words.
    pub threshold: String,
    /// Where the rule comes from.
    pub source: String,
    /// What to do.
    pub advice: String,
}

#[cfg(test)]
mod tests;
