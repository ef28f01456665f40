//! One measured spectrum, a *region*, and the data set that regions make.
//!
//! Binding energies stand on the spectrometer's Fermi-referenced scale, BE = hν − KE. The analyser's work function is kept
//! as metadata and never subtracted: the instrument has already counted it in.

use doublet_common::Measurement;
use doublet_common::provenance::Input;
use ndarray::Array1;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::foreign_fit::ForeignFit;
use crate::simulate::{COMMENT, SIMULATION_MARK};

mod assemble;
mod info;

pub use assemble::{RawSpectrum, ReadOptions, scatter_ratio};
pub use info::{DataSetInfo, RegionInfo};

/// What the energies of a region are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum EnergyScale {
    /// Binding energy in eV.
    Binding,
    /// Kinetic energy in eV: no photon energy is known.
    Kinetic,
}

/// Unit of the intensities of a region.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum IntensityUnit {
    /// Counts collected in each channel over all scans.
    Counts,
    /// Counts per second, dwell time or number of scans unknown.
    CountsPerSecond,
    /// The file does not say, or says it falsely.
    Arbitrary,
}

/// How much of the spectrum a region covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ScanType {
    /// Wide scan for finding the elements.
    Survey,
    /// Narrow scan of one or a few core levels.
    Narrow,
}

/// Who stated a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum StatedBy {
    /// The measurement file.
    File,
    /// The user.
    User,
}

/// Photon energy and where it comes from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Photons {
    /// Energy in eV.
    pub energy_ev: f64,
    /// Source as the file calls it (`Al mono`).
    pub label: Option<String>,
    /// Who stated the energy.
    pub stated_by: StatedBy,
}

/// Transmission of the spectrometer, as far as the file gives it.
#[derive(Debug, Clone, PartialEq)]
pub struct Transmission {
    /// Relative transmission at each point, in the order of the data.
    pub values: Option<Array1<f64>>,
    /// Coefficients of the maker's own transmission function; what they mean is the maker's matter.
    pub coefficients: Vec<f64>,
    /// Whether the stored intensities have already been divided by it; none if the file does not say.
    pub applied: Option<bool>,
}

/// Any further column of the file on the axis of the data.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    /// Heading.
    pub label: String,
    /// Unit as stated.
    pub unit: String,
    /// Values in the order of the data.
    pub values: Array1<f64>,
}

/// One measured spectrum.
#[derive(Debug, Clone, PartialEq)]
pub struct Region {
    /// Name as the file states it.
    pub label: String,
    /// Core level read from the label, in the form `C 1s`; none for surveys and unreadable labels.
    pub core_level: Option<String>,
    /// Sample, where stated.
    pub sample: Option<String>,
    /// Identifier of the block, sheet or file part that held it.
    pub block: String,
    /// Technique as the file states it (`XPS`, `UPS`, `AES dir`).
    pub technique: Option<String>,
    /// Survey or narrow scan.
    pub scan_type: ScanType,
    /// What the axis is.
    pub energy_scale: EnergyScale,
    /// Energies in eV, ascending; intensities in `unit`; σ.
    pub data: Measurement,
    /// Unit of the intensities: counts wherever they are known or follow from counts per second, dwell and scans.
    pub unit: IntensityUnit,
    /// Unit in which the file stores them.
    pub stored_unit: IntensityUnit,
    /// Dwell time per channel and scan in seconds.
    pub dwell_time_s: Option<f64>,
    /// Number of scans.
    pub scans: Option<f64>,
    /// Pass energy in eV.
    pub pass_energy_ev: Option<f64>,
    /// Photon energy.
    pub photons: Option<Photons>,
    /// Transmission of the spectrometer.
    pub transmission: Option<Transmission>,
    /// Work function in eV as the file states it. Metadata: it is never subtracted.
    pub work_function_ev: Option<f64>,
    /// Further columns.
    pub columns: Vec<Column>,
    /// Fit of another program, found in the file.
    pub analysis: Option<ForeignFit>,
    /// Everything else that the reader understood, in file order: name (with unit) and value.
    pub metadata: Vec<(String, String)>,
    /// Origin: file name, hash, format, warnings.
    pub input: Input,
}

impl Region {
    /// Energies in eV on [`Region::energy_scale`], ascending.
    pub fn energy_ev(&self) -> &[f64] {
        self.data.x().as_slice().unwrap_or(&[])
    }

    /// Intensities in [`Region::unit`].
    pub fn intensity(&self) -> &[f64] {
        self.data.y().as_slice().unwrap_or(&[])
    }

    /// Standard uncertainties of the intensities.
    pub fn sigma(&self) -> &[f64] {
        self.data.sigma().as_slice().unwrap_or(&[])
    }

    /// Kinetic energies in eV, in the order of the data; none for a binding-energy axis without photon energy.
    pub fn kinetic_energy_ev(&self) -> Option<Array1<f64>> {
        match (self.energy_scale, &self.photons) {
            (EnergyScale::Kinetic, _) => Some(self.data.x().clone()),
            (EnergyScale::Binding, Some(photons)) => Some(self.data.x().mapv(|be| photons.energy_ev - be)),
            (EnergyScale::Binding, None) => None,
        }
    }

    /// Seconds for which each channel was counted: dwell × scans; none if one of them is unknown.
    pub fn counting_time_s(&self) -> Option<f64> {
        let time = self.dwell_time_s? * self.scans?;
        (time.is_finite() && time > 0.0).then_some(time)
    }

    /// Intensities in counts per second; none where the unit or the counting time is unknown.
    pub fn counts_per_second(&self) -> Option<Array1<f64>> {
        match self.unit {
            IntensityUnit::CountsPerSecond => Some(self.data.y().clone()),
            IntensityUnit::Counts => self.counting_time_s().map(|time| self.data.y() / time),
            IntensityUnit::Arbitrary => None,
        }
    }

    /// Whether a comment of the file says that the spectrum is a simulation (see [`crate::simulate`]).
    pub fn is_simulated(&self) -> bool {
        self.metadata.iter().any(|(name, value)| name == COMMENT && value.starts_with(SIMULATION_MARK))
    }

    /// Everything but the points, as serialisable data.
    pub fn info(&self) -> RegionInfo {
        RegionInfo::of(self)
    }
}

/// Regions that belong together: one file, or all files of one call.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct DataSet {
    /// Regions in the order in which they were read.
    pub regions: Vec<Region>,
}

impl DataSet {
    /// Everything but the points, as serialisable data.
    pub fn info(&self) -> DataSetInfo {
        DataSetInfo { regions: self.regions.iter().map(Region::info).collect() }
    }

    /// Names of the samples, each once, in order of appearance.
    pub fn samples(&self) -> Vec<&str> {
        let mut names: Vec<&str> = Vec::new();
        for sample in self.regions.iter().filter_map(|r| r.sample.as_deref()) {
            if !names.contains(&sample) {
                names.push(sample);
            }
        }
        names
    }
}
