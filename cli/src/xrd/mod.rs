//! `doublet xrd …`: one file per verb.

mod convert;
mod info;

use crate::args::XrdVerb;
use crate::failure::Outcome;

/// Runs one verb.
pub(crate) fn run(verb: XrdVerb) -> Outcome {
    match verb {
        XrdVerb::Info(arguments) => info::run(&arguments),
        XrdVerb::Convert(arguments) => convert::run(&arguments),
    }
}
