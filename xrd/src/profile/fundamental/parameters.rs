//! What the computed profile depends on.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::scan::Scan;

/// What of a diffractometer is not refined.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Geometry {
    /// Radius of the goniometer.
    pub goniometer_radius_mm: f64,
    /// Axial length of the tube focus.
    pub focus_length_mm: f64,
}

/// What can be refined, with the values at the start.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Own {
    /// Opening of the incident-beam Soller slits, from one cut-off to the other.
    pub soller_incident_deg: f64,
    /// Opening of the diffracted-beam Soller slits.
    pub soller_diffracted_deg: f64,
    /// Axial length of the illuminated specimen.
    pub specimen_length_mm: f64,
    /// Axial length of the receiving slit.
    pub receiving_length_mm: f64,
    /// Equatorial width of the focus as the specimen sees it; 0: a line without width.
    pub focus_width_mm: f64,
    /// Height of the tube tails relative to the focus.
    pub tube_tail_height: f64,
    /// Reach of the tube tails from the middle of the focus, on the side of lower angles.
    pub tube_tail_low_mm: f64,
    /// The same on the side of higher angles.
    pub tube_tail_high_mm: f64,
    /// Equatorial width of the receiving slit.
    pub receiving_slit_mm: f64,
    /// Equatorial divergence of the incident beam, full.
    pub divergence_deg: f64,
    /// Depth 1/μ in the (packed) specimen; 0: opaque.
    pub absorption_length_mm: f64,
    /// One over the volume-weighted column length, Lorentzian.
    pub inverse_column_length_per_nm: f64,
    /// Root mean square strain, Gaussian.
    pub strain_rms: f64,
    /// Middle of a monochromator's passband, as (λ − λ₀)/λ₀.
    pub passband_offset: f64,
    /// Full width at half maximum of the passband, as Δλ/λ₀; 0: everything passes.
    pub passband_fwhm: f64,
}

impl Own {
    pub(super) const SOLLER_INCIDENT: usize = 0;
    pub(super) const SOLLER_DIFFRACTED: usize = 1;
    pub(super) const SPECIMEN_LENGTH: usize = 2;
    pub(super) const RECEIVING_LENGTH: usize = 3;
    pub(super) const FOCUS_WIDTH: usize = 4;
    pub(super) const TUBE_TAIL_HEIGHT: usize = 5;
    pub(super) const TUBE_TAIL_LOW: usize = 6;
    pub(super) const TUBE_TAIL_HIGH: usize = 7;
    pub(super) const RECEIVING_SLIT: usize = 8;
    pub(super) const DIVERGENCE: usize = 9;
    pub(super) const ABSORPTION_LENGTH: usize = 10;
    pub(super) const INVERSE_COLUMN_LENGTH: usize = 11;
    pub(super) const STRAIN: usize = 12;
    pub(super) const PASSBAND_OFFSET: usize = 13;
    pub(super) const PASSBAND_FWHM: usize = 14;

    /// Names with units, and the smallest and largest value allowed.
    pub const RANGES: [(&str, f64, f64); 15] = [
        ("soller_incident_deg", 0.1, 60.0),
        ("soller_diffracted_deg", 0.1, 60.0),
        ("specimen_length_mm", 0.1, 200.0),
        ("receiving_length_mm", 0.1, 200.0),
        ("focus_width_mm", 0.0, 5.0),
        ("tube_tail_height", 0.0, 0.1),
        ("tube_tail_low_mm", 0.0, 10.0),
        ("tube_tail_high_mm", 0.0, 10.0),
        ("receiving_slit_mm", 0.0, 10.0),
        ("divergence_deg", 0.0, 10.0),
        ("absorption_length_mm", 0.0, 10.0),
        ("inverse_column_length_per_nm", 0.0, 1.0),
        ("strain_rms", 0.0, 0.05),
        ("passband_offset", -0.1, 0.1),
        ("passband_fwhm", 0.0, 1.0),
    ];

    /// In the order of [`Own::RANGES`].
    pub fn to_array(&self) -> [f64; 15] {
        [
            self.soller_incident_deg,
            self.soller_diffracted_deg,
            self.specimen_length_mm,
            self.receiving_length_mm,
            self.focus_width_mm,
            self.tube_tail_height,
            self.tube_tail_low_mm,
            self.tube_tail_high_mm,
            self.receiving_slit_mm,
            self.divergence_deg,
            self.absorption_length_mm,
            self.inverse_column_length_per_nm,
            self.strain_rms,
            self.passband_offset,
            self.passband_fwhm,
        ]
    }

    /// From values in the order of [`Own::RANGES`].
    ///
    /// # Errors
    /// [`Error::Recipe`] with the name of a value that is missing or outside its range.
    pub fn from_slice(values: &[f64]) -> Result<Self> {
        for (i, (name, low, high)) in Self::RANGES.into_iter().enumerate() {
            let value = values.get(i).copied().unwrap_or(f64::NAN);
            if !(low..=high).contains(&value) {
                return Err(Error::Recipe(format!("{name} = {value}, expected {low} to {high}")));
            }
        }
        Ok(Self {
            soller_incident_deg: values[0],
            soller_diffracted_deg: values[1],
            specimen_length_mm: values[2],
            receiving_length_mm: values[3],
            focus_width_mm: values[4],
            tube_tail_height: values[5],
            tube_tail_low_mm: values[6],
            tube_tail_high_mm: values[7],
            receiving_slit_mm: values[8],
            divergence_deg: values[9],
            absorption_length_mm: values[10],
            inverse_column_length_per_nm: values[11],
            strain_rms: values[12],
            passband_offset: values[13],
            passband_fwhm: values[14],
        })
    }
}

/// What no file states, with the values taken unless stated.
const NOT_IN_FILES: [(&str, f64); 8] = [
    ("tube_tail_height", 0.0),
    ("tube_tail_low_mm", 1.0),
    ("tube_tail_high_mm", 1.0),
    ("absorption_length_mm", 0.0),
    ("inverse_column_length_per_nm", 0.0),
    ("strain_rms", 0.0),
    ("passband_offset", 0.0),
    ("passband_fwhm", 0.0),
];

/// Who says a value of the optics.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OpticsOrigin {
    /// The user.
    Stated,
    /// The file of the scan.
    File,
    /// Nobody: it is assumed.
    Assumed,
}

impl OpticsOrigin {
    /// Where [`from_scan`] has the value of this name from.
    pub fn of(name: &str, stated: &[(String, f64)]) -> Self {
        if stated.iter().any(|(own, _)| own == name) {
            Self::Stated
        } else if NOT_IN_FILES.iter().any(|(own, _)| *own == name) {
            Self::Assumed
        } else {
            Self::File
        }
    }
}

/// Geometry and start values: what `stated` says (name as in [`Own::RANGES`], `goniometer_radius_mm` or `focus_length_mm`, and
/// value), else what the file states, and what was assumed where both are silent.
///
/// # Errors
/// [`Error::Recipe`] where radius, divergence, receiving slit, focus, lengths along the axis or Soller slits are not stated;
/// for a name that is not known.
pub fn from_scan(scan: &Scan, stated: &[(String, f64)]) -> Result<(Geometry, Own, Vec<String>)> {
    const LENGTHS: [&str; 2] = ["goniometer_radius_mm", "focus_length_mm"];
    let names: Vec<&str> = Own::RANGES.iter().map(|(name, ..)| *name).chain(LENGTHS).collect();
    if let Some((name, _)) = stated.iter().find(|(name, _)| !names.contains(&name.as_str())) {
        return Err(Error::Recipe(format!("optics \"{name}\", expected one of {}", names.join(", "))));
    }
    let given = |name: &str| stated.iter().rev().find(|(own, _)| own == name).map(|(_, value)| *value);
    let unless_given = |name: &str| {
        let default = || NOT_IN_FILES.iter().find(|(own, _)| *own == name).map_or(0.0, |(_, value)| *value);
        given(name).unwrap_or_else(default)
    };
    let need = |name: &str, value: Option<f64>, words: &str| {
        given(name).or(value).ok_or_else(|| {
            Error::Recipe(format!("fundamental parameters: the file does not state the {words}; state {name}"))
        })
    };
    let optics = &scan.optics;
    let mut assumed = Vec::new();
    let mut length = |name: &str, what: &str| {
        if given(name).is_none() && optics.mask_width_mm.is_some() {
            assumed.push(format!("{what} is as long along the axis as the beam mask is wide"));
        }
        need(name, optics.mask_width_mm, &format!("axial length of the {what}"))
    };
    let specimen_length_mm = length("specimen_length_mm", "illuminated specimen")?;
    let receiving_length_mm = length("receiving_length_mm", "receiving slit")?;
    let seen = optics.focus_width_mm.map(|width| match optics.take_off_deg {
        Some(angle) => width * angle.to_radians().sin(),
        None => {
            if given("focus_width_mm").is_none() {
                assumed.push(format!("the focus of {width} mm is as wide as the specimen sees it"));
            }
            width
        }
    });
    let deg = |radians: Option<f64>| radians.map(f64::to_degrees);
    let geometry = Geometry {
        goniometer_radius_mm: need(LENGTHS[0], scan.goniometer_radius_mm, "goniometer radius")?,
        focus_length_mm: need(LENGTHS[1], optics.focus_length_mm, "length of the focus")?,
    };
    let own = Own {
        soller_incident_deg: need(
            "soller_incident_deg",
            deg(optics.soller_incident_rad),
            "opening of the incident Soller slits",
        )?,
        soller_diffracted_deg: need(
            "soller_diffracted_deg",
            deg(optics.soller_diffracted_rad),
            "opening of the diffracted Soller slits",
        )?,
        specimen_length_mm,
        receiving_length_mm,
        focus_width_mm: need("focus_width_mm", seen, "width of the focus")?,
        tube_tail_height: unless_given("tube_tail_height"),
        tube_tail_low_mm: unless_given("tube_tail_low_mm"),
        tube_tail_high_mm: unless_given("tube_tail_high_mm"),
        receiving_slit_mm: need("receiving_slit_mm", optics.receiving_slit_mm, "receiving slit")?,
        divergence_deg: need("divergence_deg", optics.divergence_deg, "divergence")?,
        absorption_length_mm: unless_given("absorption_length_mm"),
        inverse_column_length_per_nm: unless_given("inverse_column_length_per_nm"),
        strain_rms: unless_given("strain_rms"),
        passband_offset: unless_given("passband_offset"),
        passband_fwhm: unless_given("passband_fwhm"),
    };
    // Impossible values are refused by name.
    let own = Own::from_slice(&own.to_array())?;
    assumed.push("no tube tails, opaque specimen, no size, no strain, no passband unless refined or stated".into());
    Ok((geometry, own, assumed))
}
