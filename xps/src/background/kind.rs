//! Backgrounds by the names that recipes use.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{ActiveBackground, LossCrossSection, Solid};
use crate::error::{Error, Result};

/// Background model.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum BackgroundKind {
    /// Constant.
    Constant,
    /// Straight line.
    Linear,
    /// Shirley step on a constant.
    #[default]
    Shirley,
    /// Shirley step on a straight line.
    ShirleyLinear,
    /// Shirley step that nowhere exceeds the (smoothed) data; only as a background that is subtracted first, because the one
    /// that is fitted with the peaks cannot rise above its own envelope.
    Smart,
    /// Universal two-parameter Tougaard losses on a constant; the amplitude is fitted.
    TougaardU2,
    /// Three-parameter Tougaard losses `B·T/((C − T²)² + D·T²)`; the amplitude is fitted.
    TougaardU3 {
        /// C in eV².
        c_ev2: f64,
        /// D in eV².
        d_ev2: f64,
    },
    /// As U3, with C and D of a class of solids.
    TougaardOf(Solid),
    /// As U3, without losses below a gap.
    TougaardU4 {
        /// C in eV².
        c_ev2: f64,
        /// D in eV².
        d_ev2: f64,
        /// Smallest loss in eV.
        gap_ev: f64,
    },
    /// Natural cubic spline through free heights.
    Spline {
        /// Knots in eV, ascending, on the scale of the charge reference.
        knots_ev: Vec<f64>,
    },
}

/// A background that is decided from the data alone, before the peaks are fitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PreSubtraction {
    /// Points that are averaged at each end of the window.
    pub end_points: usize,
}

impl Default for PreSubtraction {
    fn default() -> Self {
        Self { end_points: 5 }
    }
}

impl BackgroundKind {
    /// In words.
    pub fn describe(&self) -> String {
        match self {
            Self::Constant => "constant".into(),
            Self::Linear => "linear".into(),
            Self::Shirley => "Shirley".into(),
            Self::ShirleyLinear => "Shirley + linear".into(),
            Self::Smart => "Smart".into(),
            Self::TougaardU2 => "Tougaard U2".into(),
            Self::TougaardU3 { .. } => "Tougaard U3".into(),
            Self::TougaardOf(solid) => {
                let [c, d] = solid.c_and_d_ev2();
                format!("Tougaard U3 (C = {c} eV², D = {d} eV²)")
            }
            Self::TougaardU4 { .. } => "Tougaard U4".into(),
            Self::Spline { .. } => "spline".into(),
        }
    }

    /// Loss cross section of the Tougaard backgrounds; none for the others.
    pub fn cross_section(&self) -> Option<LossCrossSection> {
        match self {
            Self::TougaardU2 => Some(LossCrossSection::UNIVERSAL),
            Self::TougaardU3 { c_ev2, d_ev2 } => Some(LossCrossSection::three_parameters(*c_ev2, *d_ev2, 0.0)),
            Self::TougaardOf(solid) => Some(LossCrossSection::of(*solid)),
            Self::TougaardU4 { c_ev2, d_ev2, gap_ev } => {
                Some(LossCrossSection::three_parameters(*c_ev2, *d_ev2, *gap_ev))
            }
            _ => None,
        }
    }

    /// The background as part of the model; `shift_ev` is measured minus true binding energy.
    ///
    /// # Errors
    /// [`Error::Model`] for knots that do not ascend, and for Smart, which has no such form.
    pub fn active(&self, energy_ev: &[f64], shift_ev: f64) -> Result<ActiveBackground> {
        if let Some(cross_section) = self.cross_section() {
            return Ok(ActiveBackground::tougaard(energy_ev, &cross_section));
        }
        match self {
            Self::Constant => Ok(ActiveBackground::constant(energy_ev)),
            Self::Linear => Ok(ActiveBackground::linear(energy_ev)),
            Self::ShirleyLinear => Ok(ActiveBackground::shirley_linear(energy_ev)),
            Self::Spline { knots_ev } => {
                let measured: Vec<f64> = knots_ev.iter().map(|k| k + shift_ev).collect();
                ActiveBackground::spline(energy_ev, &measured)
            }
            Self::Smart => Err(Error::Model {
                model: "Smart background",
                message: "it cannot be fitted with the peaks; give pre_subtracted, or take shirley".into(),
            }),
            _ => Ok(ActiveBackground::shirley(energy_ev)),
        }
    }
}
