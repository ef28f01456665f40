//! Backgrounds of core-level spectra, in two ways: [`ActiveBackground`], part of the model and fitted with the peaks, so that
//! its uncertainty reaches the areas (the default); and [`classical`], decided from the data alone before anything is
//! fitted, as most programs do it.
//!
//! The classical form is kept because people compare with it. It takes what it believes of the ends of the window for the
//! truth: on simulated Bi 4f spectra a Shirley background that is subtracted first moves the area by −1.6 %, far outside the
//! stated errors, where the one that is fitted with the peaks is right within 0.1 %.

pub(crate) mod active;
pub mod classical;
mod cross_section;
mod kind;

pub use active::ActiveBackground;
pub use cross_section::{LossCrossSection, Solid};
pub use kind::{BackgroundKind, PreSubtraction};
