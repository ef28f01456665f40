//! Instrument-parameter text of GSAS-II: a line `#GSAS-II instrument parameter file`, then `name:value`, several of them on
//! a line behind `;`. With several banks the line is `#Bank n: GSAS-II …`.
//!
//! `Z`, a Lorentzian width that is the same everywhere, has no counterpart here. `SH/L` is the sum of S/L and H/L, which
//! GSAS-II takes as equal.

use std::collections::BTreeMap;

use doublet_common::container::Content;
use doublet_common::error::{FileError, Location};
use doublet_common::text::lines;
use doublet_common::text::number::{DecimalMark, parse_number};

use super::{Coefficients, file, left_out, radiation, wavelength};
use crate::error::Result;
use crate::profile::InstrumentFile;

/// Marks of a text of several lines, which GSAS-II writes for remarks.
const QUOTES: [&str; 2] = ["\"\"\"", "'''"];

/// Whether this is such a file.
pub(super) fn is(text: &str) -> bool {
    lines(text).find(|line| !line.text.trim().is_empty()).is_some_and(|line| opens_bank(line.text))
}

fn opens_bank(line: &str) -> bool {
    line.starts_with('#') && line.contains("GSAS-II")
}

/// Items of one bank.
struct Bank<'a> {
    content: &'a Content,
    /// Line that opens it.
    line: usize,
    /// Value and line by name without blanks.
    items: BTreeMap<String, (&'a str, usize)>,
}

impl Bank<'_> {
    /// A number by its name; none where it is not stated.
    fn stated(&self, name: &str) -> Result<Option<f64>, FileError> {
        let Some((word, line)) = self.items.get(name) else { return Ok(None) };
        let value = parse_number(word, DecimalMark::Point).map_err(|fault| {
            self.content.error(Location::Line(*line), format!("{name} = {word}"), fault.to_string())
        })?;
        Ok(Some(value))
    }

    fn number(&self, name: &str) -> Result<f64, FileError> {
        self.stated(name)?.ok_or_else(|| {
            self.content.error(Location::Line(self.line), format!("a bank without {name}"), format!("{name}:number"))
        })
    }

    fn wavelength(&self, name: &str) -> Result<f64, FileError> {
        let value = self.number(name)?;
        wavelength(self.content, Location::Line(self.items.get(name).map_or(self.line, |(_, line)| *line)), value)
    }

    /// Kind of the histogram, such as `PXC`: powder, X-rays, constant wavelength.
    fn kind(&self) -> &str {
        self.items.get("Type").map_or("none", |(value, _)| *value)
    }
}

/// Reads the first bank of constant wavelength.
pub(super) fn read(content: &Content, text: &str) -> Result<InstrumentFile> {
    let banks = banks(content, text);
    let Some(bank) = banks.iter().find(|bank| matches!(bank.kind(), "PXC" | "PNC")) else {
        let (kind, line) = banks.first().map_or(("none", 1), |bank| (bank.kind(), bank.line));
        let expected = "PXC or PNC, a diffractometer of constant wavelength";
        return Err(content.error(Location::Line(line), format!("Type {kind}"), expected).into());
    };
    let mut remarks = Vec::new();
    let radiation = if bank.items.contains_key("Lam1") {
        let second = bank.wavelength("Lam2")?;
        radiation(bank.wavelength("Lam1")?, second, bank.stated("I(L2)/I(L1)")?, &mut remarks)
    } else {
        radiation(bank.wavelength("Lam")?, 0.0, None, &mut remarks)
    };
    let heights = bank.stated("SH/L")?.unwrap_or(0.0);
    let coefficients = Coefficients {
        u: bank.number("U")?,
        v: bank.number("V")?,
        w: bank.number("W")?,
        p: 0.0,
        x: bank.number("X")?,
        y: bank.number("Y")?,
        s_over_l: 0.5 * heights,
        h_over_l: 0.5 * heights,
    };
    remarks.push("profile of GSAS-II".into());
    if heights > 0.0 {
        remarks.push(format!("SH/L = {heights} is the sum of S/L and H/L: half of it is taken for each"));
    }
    if banks.len() > 1 {
        let number = bank.stated("Bank")?.map_or(String::new(), |number| format!(" {number}"));
        remarks.push(format!("bank{number} of {} is taken, the first of constant wavelength", banks.len()));
    }
    if bank.kind() == "PNC" {
        remarks.push("the instrument is a neutron diffractometer".into());
    }
    remarks.extend(left_out(&[("Z", bank.stated("Z")?.unwrap_or(0.0))]));
    if let Some(zero) = bank.stated("Zero")?.filter(|zero| *zero != 0.0) {
        remarks.push(format!("zero of {zero}° is not applied"));
    }
    if let Some(polarisation) = bank.stated("Polariz.")?.filter(|value| *value != 0.5) {
        remarks.push(format!("polarisation {polarisation} is not applied: state the monochromator in the recipe"));
    }
    file(content, &coefficients, radiation, remarks)
}

fn banks<'a>(content: &'a Content, text: &'a str) -> Vec<Bank<'a>> {
    let mut banks: Vec<Bank<'a>> = Vec::new();
    let mut quoted = None;
    for line in lines(text) {
        // A text of several lines ends with the mark that began it.
        if let Some(mark) = quoted {
            if line.text.contains(mark) {
                quoted = None;
            }
            continue;
        }
        if opens_bank(line.text) {
            banks.push(Bank { content, line: line.number, items: BTreeMap::new() });
            continue;
        }
        let Some(bank) = banks.last_mut().filter(|_| !line.text.starts_with('#')) else { continue };
        if let Some(mark) = QUOTES.into_iter().find(|mark| line.text.contains(mark)) {
            quoted = (line.text.matches(mark).count() == 1).then_some(mark);
            continue;
        }
        for item in line.text.split(';') {
            if let Some((name, value)) = item.split_once(':') {
                bank.items.insert(name.split_whitespace().collect(), (value.trim(), line.number));
            }
        }
    }
    banks
}
