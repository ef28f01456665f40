//! VAMAS, the transfer format of surface analysis (ISO 14976:1998).
//!
//! The format is positional: one value a line, and what a line means follows from the counts before it. Grammar: W. A.
//! Dench, L. B. Hazell, M. P. Seah, *Surf. Interface Anal.* **13** (1988) 63–122. Spectra of every experiment mode are
//! read (`NORM`, `MAP`, `MAPDP`, `SDP`, regular and irregular); blocks that hold single values or images (`MAPSV`,
//! `MAPSVDP`, `SDPSV`, `SEM`, scan mode `MAPPING`) are no spectra and are named in the warnings.

use std::borrow::Cow;

use doublet_common::container::Content;
use doublet_common::error::{FileError, Location};
use doublet_common::format::Confidence;
use doublet_common::text::{Text, decode};

use self::block::Inheritable;
use self::cursor::Cursor;
use self::header::Header;
use crate::error::Result;
use crate::region::RawSpectrum;

mod block;
mod casa;
mod convert;
mod cursor;
mod header;
mod write;

pub use write::write;

/// Short name of the format.
pub const NAME: &str = "vamas";

/// Bytes in which the format identifier must begin.
const SNIFFED_BYTES: usize = 4096;

/// Looks for the format identifier on the first line that is not empty.
pub fn sniff(content: &Content) -> Confidence {
    let head = &content.bytes()[..content.bytes().len().min(SNIFFED_BYTES)];
    let head = head.strip_prefix(&[0xEF, 0xBB, 0xBF]).unwrap_or(head).trim_ascii_start();
    let utf16 = || content.text().is_ok_and(|text| text.content.trim_start().starts_with(header::IDENTIFIER));
    if head.starts_with(header::IDENTIFIER.as_bytes()) || (head.starts_with(&[0xFF, 0xFE]) && utf16()) {
        Confidence::Certain
    } else {
        Confidence::No
    }
}

/// Reads every spectrum of a VAMAS file.
///
/// # Errors
/// A line that is not what the counts before it make it (with block, line and value), or no spectrum at all.
pub fn read(content: &Content) -> Result<Vec<RawSpectrum>> {
    let text = text_without_controls(content)?;
    let mut cursor = Cursor::new(content, &text);
    let header = Header::read(&mut cursor)?;
    let mut spectra = Vec::new();
    let mut remarks = text.warnings.clone();
    let mut first: Option<Inheritable> = None;
    for index in 0..header.blocks {
        refuse_early_end(&mut cursor, &header, index)?;
        let block = block::read(&mut cursor, &header, index, first.as_ref())?;
        let place = format!("block {} \"{}\"", index + 1, block.identifier);
        match convert::raw_spectrum(content, &header, &block, Location::Part(place.clone()))? {
            Some(raw) => spectra.push(raw),
            None => remarks.push(format!(
                "{place} ({}, {}) is no spectrum and was left out",
                block.parameters.technique,
                convert::axis_label(&block)
            )),
        }
        first.get_or_insert(block.parameters);
    }
    remarks.extend(ending(&mut cursor, &header)?);
    if spectra.is_empty() {
        let found = remarks.pop().unwrap_or_else(|| "no block".into());
        return Err(content.error(Location::Whole, found, "a file with at least one spectrum").into());
    }
    for raw in &mut spectra {
        raw.warnings.extend(remarks.iter().cloned());
    }
    Ok(spectra)
}

/// The text; control characters, which some instruments leave behind names, become spaces.
fn text_without_controls(content: &Content) -> std::result::Result<Cow<'_, Text>, FileError> {
    if let Ok(text) = content.text() {
        return Ok(Cow::Borrowed(text));
    }
    let mut controls = 0;
    let clean: Vec<u8> = content
        .bytes()
        .iter()
        .map(|byte| {
            let control = matches!(byte, 0..=8 | 14..=26 | 28..=31 | 127);
            controls += usize::from(control);
            if control { b' ' } else { *byte }
        })
        .collect();
    let mut text = decode(content.shown_name(), &clean)?;
    text.warnings.push(format!("{controls} control characters read as spaces"));
    Ok(Cow::Owned(text))
}

/// Says so where the file ends before the declared number of blocks.
fn refuse_early_end(cursor: &mut Cursor, header: &Header, index: usize) -> std::result::Result<(), FileError> {
    let ends = cursor.peek().is_none_or(|line| line.eq_ignore_ascii_case(END)) && cursor.remaining() <= 2;
    if !ends {
        return Ok(());
    }
    let found = cursor.peek().map_or("the end of the file".to_owned(), |line| format!("\"{line}\""));
    let expected = format!("block {} of {} (declared in line {})", index + 1, header.blocks, header.blocks_line);
    Err(cursor.error_at(cursor.line_number(), &found, &expected))
}

/// Last line of a complete file.
const END: &str = "end of experiment";

/// What follows the last block: the end mark, or nothing (said); anything else contradicts the counts.
fn ending(cursor: &mut Cursor, header: &Header) -> std::result::Result<Option<String>, FileError> {
    cursor.skip_blank();
    match cursor.peek() {
        Some(line) if line.eq_ignore_ascii_case(END) => Ok(None),
        None => Ok(Some(format!("the file lacks its last line, \"{END}\""))),
        Some(line) => {
            let found = format!("\"{line}\"");
            let expected = format!(
                "\"{END}\" after the last of {} blocks (declared in line {})",
                header.blocks, header.blocks_line
            );
            Err(cursor.error_at(cursor.line_number(), &found, &expected))
        }
    }
}
