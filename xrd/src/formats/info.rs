//! What a file holds, as plain data and as text for people.

use std::fmt;

use doublet_common::SigmaSource;
use doublet_common::provenance::Input;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::radiation::Radiation;
use crate::scan::{IntensityUnit, Optics, Scan};

/// A scan without its points.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ScanInfo {
    /// File, hash, format, reader warnings.
    pub input: Input,
    /// Title or sample name.
    pub title: Option<String>,
    /// Number of points.
    pub points: usize,
    /// First and last 2θ in degrees.
    pub two_theta_range_deg: [f64; 2],
    /// Step in degrees: smallest and largest.
    pub step_range_deg: [f64; 2],
    /// Smallest and largest intensity.
    pub intensity_range: [f64; 2],
    /// Unit of the intensities.
    pub intensity_unit: IntensityUnit,
    /// Where σ comes from.
    pub sigma_source: SigmaSource,
    /// Counting time per step in seconds.
    pub counting_time_s: Option<f64>,
    /// Radiation as the file states it.
    pub radiation: Option<Radiation>,
    /// Goniometer radius in millimetres.
    pub goniometer_radius_mm: Option<f64>,
    /// Slits, focus, detector.
    pub optics: Optics,
    /// Whether the scan says that it is simulated.
    pub simulated: bool,
    /// Everything else that the reader understood.
    pub metadata: Vec<(String, String)>,
}

/// What a scan is, without its points.
pub fn info(scan: &Scan) -> ScanInfo {
    let x = scan.two_theta_deg();
    let range = |values: &mut dyn Iterator<Item = f64>| {
        let (low, high) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)));
        [low, high]
    };
    ScanInfo {
        input: scan.input.clone(),
        title: scan.title.clone(),
        points: x.len(),
        two_theta_range_deg: range(&mut x.iter().copied()),
        step_range_deg: range(&mut x.windows(2).map(|pair| pair[1] - pair[0])),
        intensity_range: range(&mut scan.intensity().iter().copied()),
        intensity_unit: scan.unit,
        sigma_source: scan.data.sigma_source(),
        counting_time_s: scan.counting_time_s,
        radiation: scan.radiation.clone(),
        goniometer_radius_mm: scan.goniometer_radius_mm,
        optics: scan.optics.clone(),
        simulated: scan.is_simulated(),
        metadata: scan.metadata.clone(),
    }
}

impl fmt::Display for ScanInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut row = |name: &str, value: String| writeln!(f, "{name:<28} {value}");
        row("file", format!("{} ({} bytes)", self.input.file_name, self.input.bytes))?;
        row("format", self.input.format.clone())?;
        row("sha256", self.input.sha256.clone())?;
        if let Some(title) = &self.title {
            row("title", title.clone())?;
        }
        if self.simulated {
            row("origin", "simulated".into())?;
        }
        row("points", self.points.to_string())?;
        let [start, end] = self.two_theta_range_deg;
        row("2θ", format!("{start} to {end}°, step {}", self.step()))?;
        let [low, high] = self.intensity_range;
        row("intensity", format!("{low} to {high} {}", unit_words(self.intensity_unit)))?;
        row("σ", source_words(self.sigma_source).into())?;
        row("counting time", self.counting_time_s.map_or("not stated".into(), |s| format!("{s} s per step")))?;
        row("radiation", self.radiation.as_ref().map_or("not stated".into(), Radiation::describe))?;
        if let Some(radius) = self.goniometer_radius_mm {
            row("radius", format!("{radius} mm"))?;
        }
        for (name, value) in &self.metadata {
            row(name, value.clone())?;
        }
        for warning in &self.input.reader_warnings {
            row("warning", warning.clone())?;
        }
        Ok(())
    }
}

impl ScanInfo {
    fn step(&self) -> String {
        /// Steps that differ less than this differ by rounding.
        const SAME_STEP_DEG: f64 = 2e-4;
        let [low, high] = self.step_range_deg;
        if high - low < SAME_STEP_DEG {
            format!("{:.5}°", f64::midpoint(low, high))
        } else {
            format!("{low:.5} to {high:.5}°")
        }
    }
}

fn unit_words(unit: IntensityUnit) -> &'static str {
    match unit {
        IntensityUnit::Counts => "counts",
        IntensityUnit::AttenuationCorrectedCounts => "counts, corrected for attenuation",
        IntensityUnit::CountsPerSecond => "counts per second",
        IntensityUnit::Arbitrary => "(unit not stated)",
    }
}

fn source_words(source: SigmaSource) -> &'static str {
    match source {
        SigmaSource::Counts => "from the counts collected",
        SigmaSource::File => "from the file",
        SigmaSource::AssumedCounts => "assumed: square root of the intensity",
    }
}
