//! One measured powder scan: what every reader makes and every method takes.

use doublet_common::Measurement;
use doublet_common::provenance::Input;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::radiation::Radiation;

/// Unit of the intensities of a scan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum IntensityUnit {
    /// Counts per step.
    Counts,
    /// Counts collected, multiplied by the attenuation factor of each step.
    AttenuationCorrectedCounts,
    /// Counts per second.
    CountsPerSecond,
    /// The file does not say, or says it falsely.
    Arbitrary,
}

/// A powder scan on an ascending 2θ axis in degrees, with σ from what was counted.
#[derive(Debug, Clone, PartialEq)]
pub struct Scan {
    /// 2θ in degrees, intensities in `unit`, σ.
    pub data: Measurement,
    /// Unit of the intensities.
    pub unit: IntensityUnit,
    /// Radiation as the file states it; none for most text files.
    pub radiation: Option<Radiation>,
    /// Counting time per step in seconds, where constant and known.
    pub counting_time_s: Option<f64>,
    /// Goniometer radius in millimetres, where known.
    pub goniometer_radius_mm: Option<f64>,
    /// Title or sample name in the file.
    pub title: Option<String>,
    /// Everything else that the reader understood, in file order: name (with unit) and value.
    pub metadata: Vec<(String, String)>,
    /// Origin: file name, hash, format, warnings.
    pub input: Input,
}

impl Scan {
    /// 2θ in degrees, ascending.
    pub fn two_theta_deg(&self) -> &[f64] {
        self.data.x().as_slice().unwrap_or(&[])
    }

    /// Intensities in [`Scan::unit`].
    pub fn intensity(&self) -> &[f64] {
        self.data.y().as_slice().unwrap_or(&[])
    }

    /// Standard uncertainties of the intensities.
    pub fn sigma(&self) -> &[f64] {
        self.data.sigma().as_slice().unwrap_or(&[])
    }
}
