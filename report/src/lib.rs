//! Figures, tables and text of a result.
//!
//! This crate formats what an analysis found and computes no science. At the bottom stand what both techniques use:
//! numbers with their uncertainty ([`number`]), formulas and labels ([`formula`]), comma-separated tables, finite
//! JSON, folders that are written whole or not at all, the frame of a page, and the publication figures of [`figure`].
//! On them stand the reports of a diffraction scan ([`diffraction`]), of photoelectron spectra ([`photoelectron`]) and of a
//! [`study`].
//!
//! ```
//! use doublet_common::Quantity;
//!
//! // GUM (JCGM 100:2008), 7.2.2: m = 100.021 47 g with u = 0.35 mg.
//! assert_eq!(doublet_report::number::bracketed(&Quantity::new(100.02147, 0.00035)), "100.02147(35)");
//! ```

mod bundle;
mod citations;
pub mod columns;
mod csv;
pub mod diffraction;
mod error;
pub mod figure;
pub mod figures;
mod folder;
pub mod formula;
mod html;
mod json;
pub mod number;
mod page;
pub mod photoelectron;
pub mod study;
#[cfg(test)]
mod synthetic;
mod text;
mod workbook;

pub use error::{Error, Result};
pub use folder::demand_vacant;
