//! `doublet xrd convert FILE --to FORMAT`: a scan in another format, to a file or to standard output.

use doublet_common::output::{Overwrite, write_atomically};
use doublet_xrd::formats::{read_file, write};
use doublet_xrd::scan::Scan;

use crate::args::{ConvertArgs, ScanFormat};
use crate::failure::{Failure, Outcome};
use crate::output::{note, print_bytes};

/// Reads, chooses the scan, writes; what the reader noticed goes to stderr.
pub(crate) fn run(args: &ConvertArgs) -> Outcome {
    let scans = chosen(read_file(&args.file)?, args.scan)?;
    for warning in scans.iter().flat_map(|scan| &scan.input.reader_warnings) {
        note(&format!("warning: {}: {warning}", args.file.display()));
    }
    let name = match args.to {
        ScanFormat::Xye => "xye",
        ScanFormat::Csv => "csv",
        ScanFormat::Xrdml => "xrdml",
        ScanFormat::Cif => "cif",
    };
    let bytes = write(&scans, name)?;
    match &args.output {
        None => print_bytes(&bytes),
        Some(path) => Ok(write_atomically(path, &bytes, Overwrite::from(args.force))?),
    }
}

/// All scans, or the one with this number, counted from 1.
fn chosen(mut scans: Vec<Scan>, number: Option<usize>) -> Result<Vec<Scan>, Failure> {
    let Some(number) = number else { return Ok(scans) };
    let found = scans.len();
    if number == 0 || number > found {
        return Err(Failure::Usage(format!("--scan {number}: the file holds {found} scan(s), counted from 1")));
    }
    Ok(vec![scans.swap_remove(number - 1)])
}
