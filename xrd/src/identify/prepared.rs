//! A candidate with everything computed that does not change while it is fitted.

use crate::error::Result;
use crate::pattern::{PatternModel, lorentz_polarisation};
use crate::radiation::Radiation;

use super::candidates::Candidate;

/// Lines below this fraction of a phase's strongest one do not enter its model.
const WEAKEST_LINE: f64 = 3e-4;

/// A candidate and its reflections, scaled so that the strongest line in the range has intensity 1.
#[derive(Debug, Clone)]
pub(crate) struct Prepared<'a> {
    /// Who it is.
    pub(crate) candidate: &'a Candidate,
    /// Its reflections, without those too weak to matter.
    pub(crate) pattern: PatternModel,
    /// m |F|² / `unit` of each reflection.
    pub(crate) strength: Vec<f64>,
    /// m |F|² Lp of the strongest line in the range: a fitted scale is the area of that line.
    pub(crate) unit: f64,
}

/// Where a reflection stands, kept fixed during one fit: what varies slowly with the angle is taken from here.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place {
    /// Position at the reference line.
    pub(crate) two_theta_deg: f64,
    /// Integrated intensity, strongest line = 1.
    pub(crate) intensity: f64,
    /// tan θ.
    pub(crate) tangent: f64,
    /// cos θ.
    pub(crate) cosine: f64,
    /// cot 2θ.
    pub(crate) cotangent: f64,
}

impl<'a> Prepared<'a> {
    /// Computes the reflections; none if the phase has no line in the range.
    ///
    /// # Errors
    /// What [`PatternModel::new`] refuses.
    pub(crate) fn new(candidate: &'a Candidate, radiation: &Radiation, range_deg: (f64, f64)) -> Result<Option<Self>> {
        let mut pattern = PatternModel::new(&candidate.structure, radiation, range_deg)?;
        let wavelength = radiation.reference_wavelength_angstrom();
        let positions = pattern.positions(&pattern.cell_parameters.values(), wavelength);
        let raw: Vec<f64> =
            pattern.reflections.iter().map(|r| f64::from(r.multiplicity) * r.f_squared.max(0.0)).collect();
        let at_home: Vec<f64> = raw
            .iter()
            .zip(&positions.two_theta_deg)
            .map(|(raw, t)| t.map_or(0.0, |t| raw * lorentz_polarisation(t, radiation.monochromator_two_theta_deg)))
            .collect();
        let inside = |t: &Option<f64>| t.is_some_and(|t| range_deg.0 <= t && t <= range_deg.1);
        let unit = at_home
            .iter()
            .zip(&positions.two_theta_deg)
            .filter(|(_, t)| inside(t))
            .map(|(intensity, _)| *intensity)
            .fold(0.0, f64::max);
        if unit <= 0.0 || !unit.is_finite() {
            return Ok(None);
        }
        let keep: Vec<bool> = at_home.iter().map(|intensity| *intensity >= WEAKEST_LINE * unit).collect();
        let mut kept = keep.iter();
        pattern.reflections.retain(|_| kept.next().copied().unwrap_or(false));
        let strength = raw.iter().zip(&keep).filter(|(_, keep)| **keep).map(|(raw, _)| raw / unit).collect();
        Ok(Some(Self { candidate, pattern, strength, unit }))
    }

    /// Free cell parameters of the reference structure.
    pub(crate) fn reference_cell(&self) -> Vec<f64> {
        self.pattern.cell_parameters.values()
    }

    /// Largest change of each free cell parameter: a fraction of a length, the same in radians of an angle.
    pub(crate) fn cell_room(&self, tolerance: f64) -> Vec<f64> {
        let room = |parameter: &crate::structure::CellParameter| match parameter.name.as_str() {
            "a" | "b" | "c" => parameter.value * tolerance,
            _ => tolerance.to_degrees(),
        };
        self.pattern.cell_parameters.free.iter().map(room).collect()
    }

    /// Places of all reflections at a cell; none beyond backscattering.
    pub(crate) fn places(&self, cell: &[f64], radiation: &Radiation) -> Vec<Option<Place>> {
        let positions = self.pattern.positions(cell, radiation.reference_wavelength_angstrom());
        positions
            .two_theta_deg
            .iter()
            .zip(&self.strength)
            .map(|(t, strength)| {
                let two_theta_deg = (*t)?;
                let theta = (0.5 * two_theta_deg).to_radians();
                let lp = lorentz_polarisation(two_theta_deg, radiation.monochromator_two_theta_deg);
                Some(Place {
                    two_theta_deg,
                    intensity: strength * lp,
                    tangent: theta.tan(),
                    cosine: theta.cos(),
                    cotangent: (2.0 * theta).tan().recip(),
                })
            })
            .collect()
    }

    /// Mass per unit of scale, up to a factor common to all phases (Hill & Howard 1987): Z M V / unit, V at the fitted cell.
    pub(crate) fn mass_per_scale(&self, cell: &[f64]) -> f64 {
        let volume = self.pattern.cell_parameters.cell(cell).volume_angstrom3();
        self.pattern.constants.cell_mass_g_mol * volume / self.unit
    }
}
