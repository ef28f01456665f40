//! Readers and writers of spectra: one file per format, one row per format in the [`FORMATS`] registry.
//!
//! The reader is chosen by content. How to add a format: write `sniff` and `read` in a file of its own, hand what the file
//! stores to [`RawSpectrum`], and add a row.

use std::path::Path;

use doublet_common::container::Content;
use doublet_common::format::{Format, choose};

use crate::error::{Error, Result};
use crate::region::{DataSet, RawSpectrum, ReadOptions, Region};

pub mod avantage_sheets;
pub mod columns;
pub mod csv;
pub mod phi;
pub mod scienta_ibw;
pub mod scienta_text;
pub mod specs_xy;
pub mod thermo_avg;
pub mod thermo_vgd;
pub mod vamas;

/// Every format that is read.
pub static FORMATS: &[Format<RawSpectrum, Error>] = &[
    Format {
        name: vamas::NAME,
        extensions: &["vms", "vamas", "npl"],
        description: "VAMAS transfer format of surface analysis, ISO 14976",
        sniff: vamas::sniff,
        read: vamas::read,
        writers: &[],
    },
    Format {
        name: thermo_vgd::NAME,
        extensions: &["vgd"],
        description: "Thermo Scientific Avantage data file",
        sniff: thermo_vgd::sniff,
        read: thermo_vgd::read,
        writers: &[],
    },
    Format {
        name: thermo_avg::NAME,
        extensions: &["avg"],
        description: "text dump of a Thermo Scientific Avantage data file",
        sniff: thermo_avg::sniff,
        read: thermo_avg::read,
        writers: &[],
    },
    Format {
        name: avantage_sheets::NAME,
        extensions: &["xls", "xlsx"],
        description: "spreadsheet exported by Thermo Scientific Avantage: spectra, fitted curves, peak table",
        sniff: avantage_sheets::sniff,
        read: avantage_sheets::read,
        writers: &[],
    },
    Format {
        name: phi::NAME,
        extensions: &["spe", "pro"],
        description: "Physical Electronics (PHI) SmartSoft spectra and depth profiles",
        sniff: phi::sniff,
        read: phi::read,
        writers: &[],
    },
    Format {
        name: scienta_text::NAME,
        extensions: &["txt"],
        description: "text file of Scienta SES",
        sniff: scienta_text::sniff,
        read: scienta_text::read,
        writers: &[],
    },
    Format {
        name: scienta_ibw::NAME,
        extensions: &["ibw"],
        description: "Igor binary wave of Scienta SES",
        sniff: scienta_ibw::sniff,
        read: scienta_ibw::read,
        writers: &[],
    },
    Format {
        name: specs_xy::NAME,
        extensions: &["xy"],
        description: "text export of SpecsLab Prodigy",
        sniff: specs_xy::sniff,
        read: specs_xy::read,
        writers: &[],
    },
    Format {
        name: csv::NAME,
        extensions: &["csv"],
        description: "comma-separated regions as doublet writes them",
        sniff: csv::sniff,
        read: csv::read,
        writers: &[],
    },
    Format {
        name: columns::NAME,
        extensions: &["txt", "csv", "xy", "dat", "asc"],
        description: "columns of numbers; the energy axis is named in the header or declared with --axis",
        sniff: columns::sniff,
        read: columns::read,
        writers: &[],
    },
];

/// Writes regions as the bytes of a file.
pub type Writer = fn(&[Region]) -> Result<Vec<u8>>;

/// Every format that is written, by the name that selects it.
pub static WRITERS: &[(&str, Writer)] = &[("vamas", vamas::write), ("csv", csv::write)];

/// The writer that is selected by `name`.
pub fn writer(name: &str) -> Option<Writer> {
    WRITERS.iter().find(|(known, _)| *known == name).map(|(_, writer)| *writer)
}

/// Reads every spectrum of a file.
///
/// # Errors
/// The file cannot be read, is of no known format, or does not say what its format demands.
pub fn read_file(path: &Path, options: &ReadOptions) -> Result<Vec<Region>> {
    read_content(&Content::from_path(path)?, options)
}

/// Reads every spectrum of a file in memory.
///
/// # Errors
/// As [`read_file`].
pub fn read_content(content: &Content, options: &ReadOptions) -> Result<Vec<Region>> {
    let format = choose(FORMATS, content)?;
    (format.read)(content)?.into_iter().map(|raw| raw.into_region(content, format.name, options)).collect()
}

/// Reads files into one data set, in the order given.
///
/// # Errors
/// As [`read_file`], for the first file that fails.
pub fn read_files<P: AsRef<Path>>(paths: &[P], options: &ReadOptions) -> Result<DataSet> {
    let mut regions = Vec::new();
    for path in paths {
        regions.extend(read_file(path.as_ref(), options)?);
    }
    Ok(DataSet { regions })
}
