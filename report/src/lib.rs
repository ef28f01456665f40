//! Figures, tables and text of a result.
//!
//! This crate formats what an analysis found and computes no science. At the bottom stand what both techniques use:
//! numbers with their uncertainty ([`number`]), formulas and labels ([`formula`]), comma-separated tables, finite
//! JSON, folders that are written whole or not at all, and the publication figures of [`figure`]. On them stands the
//! report of a diffraction scan ([`diffraction`]).
//!
//! ```
//! use doublet_common::Quantity;
//!
//! // GUM (JCGM 100:2008), 7.2.2: m = 100.021 47 g with u = 0.35 mg.
//! assert_eq!(doublet_report::number::bracketed(&Quantity::new(100.02147, 0.00035)), "100.02147(35)");
//! ```

mod citations;
mod csv;
pub mod diffraction;
mod error;
pub mod figure;
mod folder;
pub mod formula;
mod html;
mod json;
pub mod number;
#[cfg(test)]
mod synthetic;
mod text;

pub use error::{Error, Result};
