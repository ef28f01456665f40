//! What a file holds, as serialisable data: every region without its points.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use doublet_common::provenance::Input;

use super::{EnergyScale, IntensityUnit, Photons, Region, ScanType, scatter_ratio};
use crate::foreign_fit::ForeignFit;

/// Regions of one or many files.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DataSetInfo {
    /// Regions in the order in which they were read.
    pub regions: Vec<RegionInfo>,
}

/// One region without its points.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RegionInfo {
    /// Name as the file states it.
    pub label: String,
    /// Core level read from it.
    pub core_level: Option<String>,
    /// Sample, where stated.
    pub sample: Option<String>,
    /// Identifier of the block, sheet or file part.
    pub block: String,
    /// Technique as the file states it.
    pub technique: Option<String>,
    /// Survey or narrow scan.
    pub scan_type: ScanType,
    /// What the axis is.
    pub energy_scale: EnergyScale,
    /// Lowest energy in eV.
    pub low_ev: f64,
    /// Highest energy in eV.
    pub high_ev: f64,
    /// Mean step in eV.
    pub step_ev: f64,
    /// Number of points.
    pub points: usize,
    /// Unit of the intensities.
    pub unit: IntensityUnit,
    /// Unit in which the file stores them.
    pub stored_unit: IntensityUnit,
    /// Largest intensity.
    pub maximum: f64,
    /// Point-to-point variance divided by the mean: 1 for counted electrons, none for too few points.
    pub scatter_ratio: Option<f64>,
    /// Dwell time per channel and scan in seconds.
    pub dwell_time_s: Option<f64>,
    /// Number of scans.
    pub scans: Option<f64>,
    /// Pass energy in eV.
    pub pass_energy_ev: Option<f64>,
    /// Photon energy.
    pub photons: Option<Photons>,
    /// Whether a transmission function is known.
    pub transmission_known: bool,
    /// Whether the intensities have been divided by it.
    pub transmission_applied: Option<bool>,
    /// Work function in eV (metadata, never subtracted).
    pub work_function_ev: Option<f64>,
    /// Further columns: label and unit.
    pub columns: Vec<(String, String)>,
    /// Fit of another program.
    pub analysis: Option<ForeignFit>,
    /// Whether the file says that the spectrum is a simulation.
    pub simulated: bool,
    /// Everything else, in file order.
    pub metadata: Vec<(String, String)>,
    /// Origin.
    pub input: Input,
}

impl RegionInfo {
    pub(super) fn of(region: &Region) -> Self {
        let energy = region.energy_ev();
        let low_ev = energy.first().copied().unwrap_or(f64::NAN);
        let high_ev = energy.last().copied().unwrap_or(f64::NAN);
        Self {
            label: region.label.clone(),
            core_level: region.core_level.clone(),
            sample: region.sample.clone(),
            block: region.block.clone(),
            technique: region.technique.clone(),
            scan_type: region.scan_type,
            energy_scale: region.energy_scale,
            low_ev,
            high_ev,
            step_ev: (high_ev - low_ev) / (energy.len() as f64 - 1.0),
            points: energy.len(),
            unit: region.unit,
            stored_unit: region.stored_unit,
            maximum: region.intensity().iter().copied().fold(f64::NEG_INFINITY, f64::max),
            scatter_ratio: scatter_ratio(region.intensity()),
            dwell_time_s: region.dwell_time_s,
            scans: region.scans,
            pass_energy_ev: region.pass_energy_ev,
            photons: region.photons.clone(),
            transmission_known: region.transmission.is_some(),
            transmission_applied: region.transmission.as_ref().and_then(|t| t.applied),
            work_function_ev: region.work_function_ev,
            columns: region.columns.iter().map(|c| (c.label.clone(), c.unit.clone())).collect(),
            analysis: region.analysis.clone(),
            simulated: region.is_simulated(),
            metadata: region.metadata.clone(),
            input: region.input.clone(),
        }
    }
}
