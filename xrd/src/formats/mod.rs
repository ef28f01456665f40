//! Files of diffractometers, and of the programs around them: one file per format, one row in the [`registry`].
//!
//! A reader turns a file's content into [`Scan`]s on an ascending 2θ axis in degrees, with σ from the counts that were
//! truly collected, and says in the scan's warnings whatever it assumed, converted or left out. How to add a format is
//! told in `docs/add-a-format.md`.

mod bruker_brml;
mod bruker_raw;
mod columns;
mod fullprof;
mod gsas;
mod header;
mod info;
mod philips_rd;
mod philips_udf;
pub mod points;
mod powder_cif;
mod rigaku_ras;
mod rigaku_rasx;
mod sietronics_cpi;
mod stoe_raw;
mod uxd;
mod xrdml;

use std::path::Path;

use doublet_common::container::Content;
use doublet_common::format;

use crate::error::{Error, Result};
use crate::scan::Scan;

pub use info::{ScanInfo, info};

/// One row of the registry of diffraction formats.
pub type Format = format::Format<Scan, Error>;

/// Largest number of scans of a file.
pub const MAX_SCANS: usize = 1_000;

/// Every format, in the order in which equals are decided.
pub fn registry() -> &'static [Format] {
    static REGISTRY: [Format; 14] = [
        xrdml::FORMAT,
        bruker_raw::FORMAT,
        bruker_brml::FORMAT,
        uxd::FORMAT,
        rigaku_ras::FORMAT,
        rigaku_rasx::FORMAT,
        stoe_raw::FORMAT,
        philips_rd::FORMAT,
        philips_udf::FORMAT,
        sietronics_cpi::FORMAT,
        gsas::FORMAT,
        powder_cif::FORMAT,
        fullprof::FORMAT,
        columns::FORMAT,
    ];
    &REGISTRY
}

/// Reads every scan of a file; the format is recognised by the content.
///
/// # Errors
/// The file cannot be read, is of no known format, or does not say what its format demands; the message names the file,
/// the line or byte, what was found and what was expected.
pub fn read_file(path: &Path) -> Result<Vec<Scan>> {
    read(&Content::from_path(path)?)
}

/// The same from bytes in memory; `file_name` appears in messages and provenance.
///
/// # Errors
/// As [`read_file`].
pub fn read_bytes(file_name: &str, bytes: Vec<u8>) -> Result<Vec<Scan>> {
    read(&Content::from_bytes(file_name, bytes)?)
}

fn read(content: &Content) -> Result<Vec<Scan>> {
    let mut scans = (format::choose(registry(), content)?.read)(content)?;
    for scan in &mut scans {
        let stated = scan.radiation.take();
        scan.radiation = stated.and_then(|radiation| radiation.believable(&mut scan.input.reader_warnings));
    }
    Ok(scans)
}

/// Bytes of a file that holds `scans`, in the format that the registry's writers know by `name`: `xye`, `csv`, `xrdml`, `cif`.
///
/// # Errors
/// [`Error::Format`] for a name that no writer has, for no scans, for several where the format holds one, or for
/// intensities that the format cannot hold.
pub fn write(scans: &[Scan], name: &str) -> Result<Vec<u8>> {
    if scans.is_empty() {
        return Err(Error::Format("no scan to write".into()));
    }
    let known: Vec<&str> = registry().iter().flat_map(|row| row.writers).map(|(known, _)| *known).collect();
    let unknown = || Error::Format(format!("no writer \"{name}\", expected one of {}", known.join(", ")));
    format::writer(registry(), name).ok_or_else(unknown)?(scans)
}

/// The page on adding a format, whose example is compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/add-a-format.md")]
struct AddAFormat;

#[cfg(test)]
mod tests {
    use super::*;

    /// Truth: `docs/add-a-format.md`, which promises one file and one row.
    #[test]
    fn a_format_is_one_file_and_one_row() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/formats");
        let mut files = 0;
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let file = if path.is_dir() { path.join("mod.rs") } else { path };
            let text = std::fs::read_to_string(file).unwrap();
            files += text.lines().filter(|line| line.starts_with("pub(super) const FORMAT: Format")).count();
        }
        assert_eq!(files, registry().len());
    }

    #[test]
    fn names_of_formats_and_writers_are_unique() {
        let mut names: Vec<&str> = registry().iter().map(|row| row.name).collect();
        let mut writers: Vec<&str> = registry().iter().flat_map(|row| row.writers).map(|(name, _)| *name).collect();
        for list in [&mut names, &mut writers] {
            let length = list.len();
            list.sort_unstable();
            list.dedup();
            assert_eq!(list.len(), length);
        }
        assert!(registry().iter().all(|row| !row.extensions.is_empty() && !row.description.is_empty()));
    }
}
