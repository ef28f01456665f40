//! `doublet xrd …`: one file per verb.

use crate::args::XrdVerb;
use crate::failure::{Failure, Outcome};

/// Runs one verb.
pub(crate) fn run(verb: XrdVerb) -> Outcome {
    match verb {
        XrdVerb::Info(_) | XrdVerb::Convert(_) => Err(Failure::Usage("not there yet".into())),
    }
}
