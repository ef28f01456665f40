//! Fundamental parameters: the profile of a reflection computed from the geometry of the diffractometer.
//!
//! Emission spectrum ⊗ axial divergence ⊗ flat specimen ⊗ receiving slit ⊗ focus with tube tails ⊗ transparency ⊗ size and
//! strain: R. W. Cheary, A. Coelho, J. Appl. Cryst. 25 (1992) 109. Every aberration is a factor in Fourier space on an
//! even grid about the reflection; most factors and their derivatives have a closed form there.

mod aberrations;
mod axial;
mod deposit;
mod emission;
mod factor;
mod grid;
mod parameters;
#[cfg(test)]
mod tests;

use std::fmt;
use std::ops::Range;

use num_complex::Complex;

use super::{ProfileParameter, ReflectionProfile, ReflectionValues, Spectrum};
use crate::error::{Error, Result};
use factor::product;
use grid::{Grid, Plans};
pub use parameters::{Geometry, OpticsOrigin, Own, from_scan};

/// Number of own parameters.
const OWN: usize = Own::RANGES.len();
/// Half of the window of a reflection in degrees: at θ = 0, and what is added times tanθ.
const HALF_WINDOW_DEG: (f64, f64) = (1.5, 2.2);
/// Period of the grid in half windows: more than 2, so that the far end is not the near one.
const PERIOD: f64 = 2.2;

/// The profile of a diffractometer.
#[derive(Clone)]
pub struct FundamentalProfile {
    /// Emission.
    pub spectrum: Spectrum,
    /// What is not refined.
    pub geometry: Geometry,
    /// Values at the start.
    pub start: Own,
    /// Which of [`Own::RANGES`] are refined.
    pub free: [bool; OWN],
    plans: Plans,
}

impl fmt::Debug for FundamentalProfile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FundamentalProfile").field("geometry", &self.geometry).field("start", &self.start).finish()
    }
}

/// Profile of one reflection on an even grid, periodic in itself.
pub struct ComputedReflection {
    grid: Grid,
    two_theta_deg: f64,
    /// Density in 1/deg.
    density: Vec<f64>,
    /// Derivative by the position of the reference line; none if not asked for.
    by_position: Vec<f64>,
    /// Derivatives by own parameters; empty where there is none or none is wanted.
    by_own: Vec<Vec<f64>>,
}

impl FundamentalProfile {
    /// Profile of an instrument; nothing is refined.
    pub fn new(spectrum: Spectrum, geometry: Geometry, start: Own) -> Self {
        Self { spectrum, geometry, start, free: [false; OWN], plans: Plans::new() }
    }

    /// Half of the window of a reflection.
    pub fn half_window_deg(two_theta_deg: f64) -> f64 {
        HALF_WINDOW_DEG.0 + HALF_WINDOW_DEG.1 * (0.5 * two_theta_deg).to_radians().tan()
    }

    /// Refines parameters by name.
    ///
    /// # Errors
    /// [`Error::Recipe`] for a name that is not one of [`Own::RANGES`].
    pub fn refine(mut self, names: &[&str]) -> Result<Self> {
        for name in names {
            let known = Own::RANGES.iter().position(|(own, ..)| own == name);
            let index = known.ok_or_else(|| {
                let all: Vec<&str> = Own::RANGES.iter().map(|(own, ..)| *own).collect();
                Error::Recipe(format!("fundamental parameter \"{name}\", expected one of {}", all.join(", ")))
            })?;
            self.free[index] = true;
        }
        Ok(self)
    }

    /// The profile of a reflection whose reference line stands at `two_theta_deg`, with derivatives, where wanted, by it and by
    /// what is refined.
    ///
    /// # Errors
    /// As [`Own::from_slice`].
    pub fn reflection(&self, own: &[f64], two_theta_deg: f64, derivatives: bool) -> Result<ComputedReflection> {
        let own = Own::from_slice(own)?;
        let grid = Grid::new(PERIOD * Self::half_window_deg(two_theta_deg));
        let two_theta = two_theta_deg.to_radians();
        let (plans, geometry) = (&self.plans, &self.geometry);
        let (emission, wide) = emission::emission(&grid, plans, &self.spectrum, &own, two_theta);
        let (sample, by_inverse_length) =
            aberrations::size_and_strain(&grid, &own, two_theta, self.spectrum.reference_wavelength_angstrom);
        let mut factors = [
            emission,
            axial::axial(&grid, plans, geometry, &own, two_theta, derivatives),
            aberrations::flat_specimen(&grid, &own, two_theta),
            aberrations::receiving_slit(&grid, geometry, &own),
            aberrations::focus(&grid, geometry, &own),
            aberrations::absorption(&grid, geometry, &own, two_theta),
            sample,
        ];
        for factor in &mut factors {
            factor.by_own.retain(|(index, _)| derivatives && self.free[*index]);
            factor.by_two_theta = factor.by_two_theta.take().filter(|_| derivatives);
        }
        let (transform, mut slopes) = product(&factors, Own::RANGES.len());
        let (mut by_position, mut by_own) = (Vec::new(), Vec::new());
        if derivatives {
            // The profile moves with its position, and changes with it.
            let mut moved: Vec<Complex<f64>> =
                transform.iter().zip(grid.omegas()).map(|(v, omega)| v * Complex::new(0.0, -omega)).collect();
            if let Some(slope) = slopes.pop().flatten() {
                moved.iter_mut().zip(&slope).for_each(|(m, s)| *m += s);
            }
            by_position = grid.density(plans, moved);
            by_own = slopes.into_iter().map(|s| s.map_or_else(Vec::new, |s| grid.density(plans, s))).collect();
            without_neighbours(&grid, &mut by_own[Own::INVERSE_COLUMN_LENGTH], by_inverse_length);
        }
        let mut density = grid.density(plans, transform);
        without_neighbours(&grid, &mut density, wide + by_inverse_length * own.inverse_column_length_per_nm);
        Ok(ComputedReflection { grid, two_theta_deg, density, by_position, by_own })
    }
}

impl ReflectionProfile for FundamentalProfile {
    fn parameters(&self) -> Vec<ProfileParameter> {
        let own = Own::RANGES.iter().zip(self.start.to_array()).zip(self.free);
        own.map(|(((name, low, high), start), free)| ProfileParameter {
            name: (*name).to_owned(),
            start,
            bounds: *low..*high,
            fixed: !free,
            same_as: None,
        })
        .collect()
    }

    fn window_deg(&self, _own: &[f64], two_theta_deg: f64, _negligible_per_deg: f64) -> Result<Range<f64>> {
        let half = Self::half_window_deg(two_theta_deg);
        Ok(two_theta_deg - half..two_theta_deg + half)
    }

    fn evaluate(&self, own: &[f64], two_theta_deg: f64, x: &[f64], into: &mut ReflectionValues) -> Result<()> {
        into.reset(x.len(), OWN);
        let computed = self.reflection(own, two_theta_deg, true)?;
        for (i, x) in x.iter().enumerate() {
            into.values[i] = computed.density(*x);
            into.d_position[i] = computed.by_position(*x);
        }
        for (k, slopes) in into.d_own.iter_mut().enumerate().filter(|(k, _)| self.free[*k]) {
            slopes.iter_mut().zip(x).for_each(|(slope, x)| *slope = computed.by_own(k, *x));
        }
        Ok(())
    }
}

/// Takes out what Lorentzian tails of the neighbouring periods add: Σ 1/(x − nP)² = (π/P)² / sin²(πx/P).
fn without_neighbours(grid: &Grid, density: &mut [f64], fwhm_deg: f64) {
    let scale = std::f64::consts::PI / grid.period_deg;
    for (i, density) in density.iter_mut().enumerate() {
        let x = scale * grid.offset_deg(i);
        let images = if x.abs() < 1e-2 { 1.0 / 3.0 + x * x / 15.0 } else { x.sin().powi(-2) - x.powi(-2) };
        *density -= fwhm_deg / std::f64::consts::TAU * scale * scale * images;
    }
}

impl ComputedReflection {
    /// Density, and derivatives by position and by own parameters through `take(index of own, or none, value)`, at 2θ.
    pub fn density(&self, x_deg: f64) -> f64 {
        self.interpolate(&self.density, x_deg)
    }

    /// Derivative by the position of the reference line.
    pub fn by_position(&self, x_deg: f64) -> f64 {
        self.interpolate(&self.by_position, x_deg)
    }

    /// Derivative by an own parameter.
    pub fn by_own(&self, parameter: usize, x_deg: f64) -> f64 {
        self.interpolate(&self.by_own[parameter], x_deg)
    }

    /// Cubic through four neighbours (Lagrange).
    fn interpolate(&self, values: &[f64], x_deg: f64) -> f64 {
        let n = values.len() as i64;
        if n == 0 {
            return 0.0;
        }
        let place = (x_deg - self.two_theta_deg) / self.grid.step_deg();
        let floor = place.floor();
        let t = place - floor;
        let at = |k: i64| values[(floor as i64 + k).rem_euclid(n) as usize];
        let (a, b, c, d) = (at(-1), at(0), at(1), at(2));
        let (minus, plus, two) = (t - 1.0, t + 1.0, t - 2.0);
        -t * minus * two / 6.0 * a + plus * minus * two / 2.0 * b - plus * t * two / 2.0 * c
            + plus * t * minus / 6.0 * d
    }
}
