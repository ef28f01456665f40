//! Printing of results: everything a command says on stdout passes here, so that a closed pipe is no error.

use std::io::Write;

use serde::Serialize;

use crate::failure::Outcome;

/// Prints text as it is.
pub(crate) fn print(text: &str) -> Outcome {
    let mut stdout = std::io::stdout().lock();
    stdout.write_all(text.as_bytes())?;
    if !text.ends_with('\n') {
        stdout.write_all(b"\n")?;
    }
    stdout.flush()?;
    Ok(())
}

/// Prints the bytes of a file as they are.
pub(crate) fn print_bytes(bytes: &[u8]) -> Outcome {
    let mut stdout = std::io::stdout().lock();
    stdout.write_all(bytes)?;
    stdout.flush()?;
    Ok(())
}

/// Prints one indented JSON document.
pub(crate) fn print_json(value: &impl Serialize) -> Outcome {
    let mut stdout = std::io::stdout().lock();
    serde_json::to_writer_pretty(&mut stdout, value).map_err(std::io::Error::from)?;
    stdout.write_all(b"\n")?;
    stdout.flush()?;
    Ok(())
}

/// Says something on stderr that is neither result nor error.
#[expect(clippy::print_stderr, reason = "diagnostics of the command line")]
pub(crate) fn note(text: &str) {
    eprintln!("{text}");
}
