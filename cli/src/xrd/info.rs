//! `doublet xrd info FILE…`: what each file holds, and what its reader noticed.

use doublet_common::provenance::Tool;
use doublet_xrd::formats::{ScanInfo, info, read_file};
use serde::Serialize;

use crate::args::InfoArgs;
use crate::failure::{Failure, Outcome};
use crate::output::{note, print, print_json};

/// The JSON document.
#[derive(Serialize)]
struct Document {
    tool: Tool,
    scans: Vec<ScanInfo>,
}

/// Reads every file; those that cannot be read are reported and the rest is printed.
pub(crate) fn run(args: &InfoArgs) -> Outcome {
    let (mut scans, mut failed) = (Vec::new(), 0);
    for file in &args.files {
        match read_file(file) {
            Ok(read) => scans.extend(read.iter().map(info)),
            Err(error) if args.files.len() == 1 => return Err(error.into()),
            Err(error) => {
                failed += 1;
                note(&format!("error: {error}"));
            }
        }
    }
    if args.json {
        print_json(&Document { tool: Tool::this(), scans })?;
    } else if !scans.is_empty() {
        let texts: Vec<String> = scans.iter().map(ToString::to_string).collect();
        print(&texts.join("\n"))?;
    }
    if failed > 0 { Err(Failure::Some { failed, total: args.files.len() }) } else { Ok(()) }
}
