//! Fits that another program left in a file: what it found, in its own words and in physical units.
//!
//! Numbers stand in electronvolts of binding energy where the photon energy allows it; the program's own lines are kept beside
//! them. Only [`curves`] computes: what the numbers of a CasaXPS fit look like on the axis of the data.

mod rebuild;

pub use rebuild::curves;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A fit, or parts of one, found in a measurement file.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ForeignFit {
    /// Program that wrote it, with its version where stated.
    pub program: String,
    /// Charge corrections in the order in which they were applied.
    pub calibrations: Vec<ForeignCalibration>,
    /// Sum of the calibrations: what the program adds to the binding energies of the data before it fits. The data
    /// themselves are kept as stored; the energies in this structure include the shift.
    pub energy_shift_ev: f64,
    /// Quantification regions with their backgrounds.
    pub regions: Vec<ForeignRegion>,
    /// Synthetic components.
    pub components: Vec<ForeignComponent>,
    /// Rows of a peak table.
    pub peaks: Vec<ForeignPeak>,
    /// Curves point by point on the axis of the data.
    pub curves: Vec<ForeignCurve>,
    /// Lines of the program that hold all of this, unchanged.
    pub raw: Vec<String>,
}

/// One charge correction.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ForeignCalibration {
    /// Energy at which the reference line was seen, in eV.
    pub measured_ev: f64,
    /// Energy that was assigned to it, in eV.
    pub assigned_ev: f64,
    /// Whether it adds to the corrections before it (otherwise it replaces them).
    pub adds: bool,
}

/// One quantification region.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ForeignRegion {
    /// Name.
    pub name: String,
    /// Background as the program calls it.
    pub background: String,
    /// Limits as stored: kinetic energy in eV on the calibrated scale.
    pub stored_limits_ev: [f64; 2],
    /// Limits in binding energy, ascending; absent without a photon energy.
    pub binding_energy_ev: Option<[f64; 2]>,
    /// Relative sensitivity factor.
    pub rsf: f64,
    /// Number that sets how many points are averaged at each end.
    pub averaging: f64,
    /// By how many per cent of the intensity the background's ends are lowered, high-binding-energy end first.
    pub end_offsets: [f64; 2],
    /// Parameters of the loss cross-section (B, C, D, T0) of a Tougaard background.
    pub cross_section: [f64; 4],
    /// Element or group tag.
    pub tag: String,
}

/// One parameter of a component: value, bounds, and the tie to another component.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ForeignParameter {
    /// Value.
    pub value: f64,
    /// Lower bound.
    pub lower: f64,
    /// Upper bound.
    pub upper: f64,
    /// Index of the component to which it is tied.
    pub tied_to: Option<usize>,
    /// Factor (area, width) or offset in eV (position, as stored) of the tie.
    pub tie: f64,
}

/// One synthetic component.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ForeignComponent {
    /// Name.
    pub name: String,
    /// Line shape as the program writes it, for example `LA(1.53,243)`.
    pub line_shape: String,
    /// Area, in stored intensity times eV.
    pub area: ForeignParameter,
    /// Full width at half maximum in eV.
    pub fwhm_ev: ForeignParameter,
    /// Position as stored: kinetic energy in eV on the calibrated scale.
    pub stored_position_ev: ForeignParameter,
    /// Position in binding energy, calibration included; absent without a photon energy.
    pub binding_energy_ev: Option<f64>,
    /// Relative sensitivity factor.
    pub rsf: f64,
    /// Atomic mass.
    pub mass: f64,
    /// Element or group tag.
    pub tag: String,
}

/// One row of a peak table.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ForeignPeak {
    /// Name.
    pub name: String,
    /// Title of the spectrum to which it belongs.
    pub spectrum: Option<String>,
    /// Limits in binding energy, start (high) and end (low), in eV.
    pub limits_binding_energy_ev: Option<[f64; 2]>,
    /// Position in binding energy, in eV.
    pub binding_energy_ev: Option<f64>,
    /// Height in counts per second.
    pub height_cps: Option<f64>,
    /// Full width at half maximum in eV.
    pub fwhm_ev: Option<f64>,
    /// Area in counts per second times eV.
    pub area_cps_ev: Option<f64>,
    /// Area divided by sensitivity factor, transmission and path length, as the program defines it.
    pub normalised_area: Option<f64>,
    /// Atomic per cent.
    pub atomic_percent: Option<f64>,
    /// Sensitivity factor.
    pub sensitivity_factor: Option<f64>,
    /// Library of the sensitivity factors.
    pub sensitivity_library: Option<String>,
    /// Relative transmission.
    pub transmission: Option<f64>,
    /// Background as the program calls it.
    pub background: Option<String>,
    /// Every cell of the row under its heading.
    pub cells: Vec<(String, String)>,
}

/// What a curve shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CurveKind {
    /// Background.
    Background,
    /// Sum of background and components.
    Envelope,
    /// One component (with or without background, as the program wrote it).
    Component,
    /// Data minus envelope.
    Residual,
}

/// One curve on the axis of the data.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ForeignCurve {
    /// Heading.
    pub name: String,
    /// What it shows.
    pub kind: CurveKind,
    /// Values in the unit of the stored intensities, in the order of the region's data; none where the program wrote none.
    pub values: Vec<Option<f64>>,
}

impl ForeignFit {
    /// Fills in binding energies of what is stored in kinetic energy: BE = hν − KE.
    pub(crate) fn resolve_binding_energies(&mut self, photon_energy_ev: f64) {
        for region in &mut self.regions {
            let [a, b] = region.stored_limits_ev.map(|ke| photon_energy_ev - ke);
            region.binding_energy_ev = Some([a.min(b), a.max(b)]);
        }
        for component in &mut self.components {
            component.binding_energy_ev = Some(photon_energy_ev - component.stored_position_ev.value);
        }
    }

    /// Whether it holds nothing but its program's name.
    pub fn is_empty(&self) -> bool {
        self.calibrations.is_empty()
            && self.regions.is_empty()
            && self.components.is_empty()
            && self.peaks.is_empty()
            && self.curves.is_empty()
    }
}
