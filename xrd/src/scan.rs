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

/// What the beam meets on its way, as far as the file says: the input of instrument profiles computed from geometry.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Optics {
    /// Equatorial divergence of the incident beam; none for a programmable slit.
    pub divergence_deg: Option<f64>,
    /// Length of the specimen that a programmable slit keeps illuminated.
    pub irradiated_length_mm: Option<f64>,
    /// Equatorial width of the tube focus.
    pub focus_width_mm: Option<f64>,
    /// Axial length of the tube focus.
    pub focus_length_mm: Option<f64>,
    /// Take-off angle of the tube.
    pub take_off_deg: Option<f64>,
    /// Axial width of the beam behind a mask.
    pub mask_width_mm: Option<f64>,
    /// Opening of the incident-beam Soller slits, as the maker states it.
    pub soller_incident_rad: Option<f64>,
    /// Opening of the diffracted-beam Soller slits.
    pub soller_diffracted_rad: Option<f64>,
    /// Equatorial width of the receiving slit of a point detector.
    pub receiving_slit_mm: Option<f64>,
    /// 2θ that a position-sensitive detector covers at once.
    pub detector_length_deg: Option<f64>,
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
    /// Slits, focus and detector, as far as the file states them.
    pub optics: Optics,
    /// Title or sample name in the file.
    pub title: Option<String>,
    /// Everything else that the reader understood, in file order: name (with unit) and value.
    pub metadata: Vec<(String, String)>,
    /// Origin: file name, hash, format, warnings.
    pub input: Input,
}

impl Scan {
    /// First words of the comment by which every simulated scan of doublet says what it is.
    pub const SIMULATION_MARK: &str = "Simulated data";

    /// Name of the [`Scan::metadata`] entries that hold free comments of the file.
    pub const COMMENT: &str = "comment";

    /// Data that come from no file, under a name, with nothing else known of them.
    pub fn of_data(name: &str, data: Measurement, unit: IntensityUnit, radiation: Option<Radiation>) -> Self {
        let input = Input {
            file_name: name.into(),
            bytes: 0,
            sha256: String::new(),
            format: "numbers".into(),
            reader_warnings: Vec::new(),
        };
        Self {
            data,
            unit,
            radiation,
            counting_time_s: None,
            goniometer_radius_mm: None,
            optics: Optics::default(),
            title: None,
            metadata: Vec::new(),
            input,
        }
    }

    /// Whether a comment of the file opens with [`Scan::SIMULATION_MARK`].
    pub fn is_simulated(&self) -> bool {
        self.metadata.iter().any(|(name, value)| name == Self::COMMENT && value.starts_with(Self::SIMULATION_MARK))
    }

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
