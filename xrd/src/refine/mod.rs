//! Whole-pattern fits with free intensities: G. S. Pawley, J. Appl. Cryst. 14 (1981) 357.
//!
//! Every reflection that the cell allows has an area of its own; positions follow from the cell, the specimen displacement
//! or zero error; shapes from one [`ReflectionProfile`](crate::profile::ReflectionProfile) for each phase; the background is a
//! Chebyshev polynomial. Reflections that fall together are one. A standard gives the instrument (`calibrate`), a sample behind a
//! known instrument its sizes and strains (`sample`).

mod calibrate;
mod from_optics;
mod model;
mod parameters;
mod pawley;
mod sample;
mod sample_lines;
#[cfg(test)]
mod truth;

pub use calibrate::{CalibrateOptions, CalibratedWidth, Calibration, calibrate};
pub use from_optics::{ComputedWidth, InstrumentFromOptics, OpticsOptions, OpticsValue, instrument_from_optics};
pub use pawley::{Pawley, PawleyFit, PawleyOptions, PawleyReflection, PositionError, pawley};
pub(crate) use sample::{
    GAUSSIAN_SIZE, GAUSSIAN_STRAIN, PhaseTerms, SAMPLE_TERMS, SIZE, STRAIN, Sample, SampleFit, SamplePhase, fit_sample,
};
