//! The powder pattern of a crystal structure.
//!
//! A [`PatternModel`] holds, once and for all, what does not change while a pattern is fitted: the symmetry-unique
//! [`Reflection`]s with multiplicity and |F|², and what symmetry leaves free of the cell. Positions follow from the cell
//! with analytic derivatives; intensities follow from |F|², multiplicity and [`lorentz_polarisation`].
//!
//! The integrated intensity of line k of phase p in a flat, infinitely thick sample of a mixture is
//!
//! ```text
//! I = C · w_p / (Z M V)_p · m |F|² Lp / (2 µ_m)        C: instrument, µ_m: mass attenuation of the mixture, w_p: mass fraction
//! ```
//!
//! so that the scale S of a fit `I = S · m |F|² Lp` gives mass fractions by `w_p = S_p (ZMV)_p / Σ S (ZMV)` (Hill and
//! Howard, J. Appl. Cryst. 20 (1987) 467). Structure factors: *International Tables for Crystallography* B, 1.2;
//! coinciding reflections of a Friedel pair are averaged, |F|² = (|F(h)|² + |F(−h)|²) / 2.
//!
//! |F|² is computed at the d of the structure's own cell. A cell that a fit moves by some tenths of a percent changes
//! f₀ and the displacement factor by less than that fraction times a few units, which is neglected.

mod intensity;
mod model;
mod reflections;
mod structure_factor;

pub use intensity::{Line, PhaseConstants, lorentz_polarisation, reference_intensity_ratio};
pub use model::{DispersionSource, PatternModel, Positions};
pub use reflections::{Coincident, Reflection};
