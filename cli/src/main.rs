//! `doublet`: powder diffraction and photoelectron spectroscopy, from the instrument's file to the paper.
//!
//! Results go to stdout, diagnostics to stderr. Exit codes: 0 done, 1 ran but a file or a fit failed, 2 usage.

mod args;
mod failure;
mod output;
mod references;
mod reports;
mod sample;
mod xps;
mod xrd;

use std::process::ExitCode;

use clap::Parser;

use crate::args::{Arguments, Technique};

fn main() -> ExitCode {
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_max_level(tracing::Level::WARN)
        .without_time()
        .with_target(false)
        .init();
    let outcome = match Arguments::parse().technique {
        Technique::Xrd { verb } => xrd::run(verb),
        Technique::Xps { verb } => xps::run(verb),
        Technique::Sample { verb } => sample::run(verb),
        Technique::References { verb } => references::run(verb),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}
