//! `doublet xrd …`: one file per verb.

mod analyze;
mod calibrate;
mod convert;
mod info;
mod options;
mod simulate;

use crate::args::XrdVerb;
use crate::failure::Outcome;

/// Runs one verb.
pub(crate) fn run(verb: XrdVerb) -> Outcome {
    match verb {
        XrdVerb::Analyze(args) => analyze::run(&args),
        XrdVerb::Peaks(args) => analyze::peaks(&args),
        XrdVerb::Identify(args) => analyze::identify(&args),
        XrdVerb::Calibrate(args) => calibrate::run(&args),
        XrdVerb::Simulate(args) => simulate::run(&args),
        XrdVerb::Info(args) => info::run(&args),
        XrdVerb::Convert(args) => convert::run(&args),
    }
}
