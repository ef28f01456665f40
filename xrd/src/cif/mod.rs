//! The grammar of CIF files, whatever they hold: tokens, data blocks with items and loops, numbers with uncertainties.
//!
//! Crystal structures ([`crate::structure::cif`]) and powder scans ([`crate::formats`]) are read from it.

mod document;
mod lexer;
mod numbers;

pub(crate) use document::{Block, Loop, Value, read};
pub(crate) use numbers::{Number, number};

/// Largest CIF that is read, in bytes.
pub(crate) const MAX_BYTES: usize = 32 << 20;

/// Text with its lines ended by LF alone, as the grammar wants it.
pub(crate) fn unix_lines(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\r', "\n")
}
