//! Records of GSAS: a key of twelve characters, then fields. An instrument-parameter file calls them `INS`, an experiment
//! file `HST`, followed by the number of bank or histogram and a name.
//!
//! * `ICONS`: wavelengths, zero (3F10), flags, polarisation (F10), its kind (I5), intensity ratio of the wavelengths (F10);
//! * `PRCFn`: profile function and number of coefficients of set n; `PRCFnm`: four coefficients each.
//!
//! Names of the coefficients: manual, "CW profile functions", and the tables of EXPGUI. Set 1 is the one that GSAS starts from.

use doublet_common::container::Content;
use doublet_common::error::{FileError, Location};
use doublet_common::text::lines;
use doublet_common::text::number::{DecimalMark, parse_number};

use super::{Coefficients, file, left_out, radiation, wavelength};
use crate::error::Result;
use crate::profile::InstrumentFile;

/// Length of a record's key.
const KEY: usize = 12;
/// Most coefficients of a profile function.
const MOST_COEFFICIENTS: usize = 64;

/// Coefficients of the profile functions 1 to 5, in their order.
const NAMES: [&[&str]; 5] = [
    &["GU", "GV", "GW", "asym", "F1", "F2"],
    &[
        "GU", "GV", "GW", "LX", "LY", "trns", "asym", "shft", "GP", "stec", "ptec", "sfec", "L11", "L22", "L33", "L12",
        "L13", "L23",
    ],
    &[
        "GU", "GV", "GW", "GP", "LX", "LY", "S/L", "H/L", "trns", "shft", "stec", "ptec", "sfec", "L11", "L22", "L33",
        "L12", "L13", "L23",
    ],
    &["GU", "GV", "GW", "GP", "LX", "ptec", "trns", "shft", "sfec", "S/L", "H/L", "eta"],
    &[
        "GU", "GV", "GW", "GP", "LX", "LY", "S/L", "H/L", "trns", "shft", "stec", "ptec", "sfec", "D1", "D2", "D3",
        "D4", "D5", "D6",
    ],
];

/// One record of a bank or histogram.
struct Record<'a> {
    /// `INS` or `HST`.
    block: &'a str,
    /// None where the record is of the whole file.
    bank: Option<usize>,
    name: &'a str,
    fields: &'a str,
    line: usize,
}

impl<'a> Record<'a> {
    fn all(text: &'a str) -> impl Iterator<Item = Self> {
        lines(text).filter_map(|line| {
            let (key, fields) = (line.text.get(..KEY)?, line.text.get(KEY..)?);
            let (block, bank, name) = (key.get(..3)?, key.get(3..6)?.trim(), key.get(6..)?.trim());
            Some(Self { block, bank: bank.parse().ok(), name, fields, line: line.number })
        })
    }

    fn is_instrument(&self) -> bool {
        matches!(self.block, "INS" | "HST")
    }

    fn place(&self) -> Location {
        Location::Line(self.line)
    }

    /// The number in these columns; none where they are blank.
    fn number(&self, content: &Content, from: usize, width: usize) -> Result<Option<f64>, FileError> {
        let end = (from + width).min(self.fields.len());
        let word = self.fields.get(from..end).unwrap_or_default().trim();
        if word.is_empty() {
            return Ok(None);
        }
        let value = parse_number(word, DecimalMark::Point).map_err(|fault| {
            let columns = format!("{fault} in columns {} to {}", KEY + from + 1, KEY + from + width);
            content.error(self.place(), word, columns)
        })?;
        Ok(Some(value))
    }
}

/// Whether this is such a file.
pub(super) fn is(text: &str) -> bool {
    Record::all(text).any(|record| record.is_instrument() && record.bank.is_some() && record.name == "ICONS")
}

/// Reads the first bank or histogram of constant wavelength.
pub(super) fn read(content: &Content, text: &str) -> Result<InstrumentFile> {
    let records: Vec<Record<'_>> = Record::all(text).collect();
    let banks: Vec<&Record<'_>> = records.iter().filter(|r| r.is_instrument() && r.name == "ICONS").collect();
    let kind = |record: &Record<'_>| histogram_kind(&records, record.bank.unwrap_or(1));
    let of_one_wavelength =
        |record: &&Record<'_>| kind(record).is_some_and(|kind| kind.as_bytes().get(2) == Some(&b'C'));
    let Some(icons) = banks.iter().copied().find(of_one_wavelength) else {
        let found = kind(banks[0]).map_or("no kind of histogram".into(), |kind| format!("histogram of kind {kind}"));
        return Err(content
            .error(banks[0].place(), found, "PXC or PNC, a diffractometer of constant wavelength")
            .into());
    };
    let bank = icons.bank.unwrap_or(1);
    let mut remarks = Vec::new();
    let own: Vec<&Record<'_>> = records.iter().filter(|r| r.block == icons.block && r.bank == icons.bank).collect();
    let coefficients = coefficients(content, icons, &own, &mut remarks)?;
    if banks.len() > 1 {
        remarks
            .push(format!("{bank} of {} banks or histograms is taken, the first of constant wavelength", banks.len()));
    }
    if records.iter().any(|r| r.block == "HAP" && r.name.starts_with("PRCF")) {
        remarks.push("the coefficients of the phases hold the specimen's broadening and are not used".into());
    }
    if kind(icons).is_some_and(|kind| kind.as_bytes().get(1) == Some(&b'N')) {
        remarks.push("the instrument is a neutron diffractometer".into());
    }
    let radiation = constants(content, icons, &mut remarks)?;
    file(content, &coefficients, radiation, remarks)
}

/// Kind of a histogram, such as `PXC`: powder, X-rays, constant wavelength.
fn histogram_kind<'a>(records: &[Record<'a>], bank: usize) -> Option<&'a str> {
    if let Some(record) = records.iter().find(|r| r.block == "INS" && r.name == "HTYPE") {
        return Some(record.fields.trim());
    }
    // ` EXPR  HTYPn` of an experiment file lists the histograms.
    let lists = records.iter().filter(|r| r.block == " EX" && r.name.starts_with("HTYP"));
    lists.flat_map(|record| record.fields.split_whitespace()).nth(bank.checked_sub(1)?)
}

/// Wavelengths of an `ICONS` record; the rest of it is told.
fn constants(
    content: &Content,
    icons: &Record<'_>,
    remarks: &mut Vec<String>,
) -> Result<crate::radiation::Radiation, FileError> {
    let number = |from, width| icons.number(content, from, width);
    let first = number(0, 10)?.unwrap_or(0.0);
    let first = wavelength(content, icons.place(), first)?;
    let second = match number(10, 10)? {
        None | Some(0.0) => 0.0,
        Some(second) => wavelength(content, icons.place(), second)?,
    };
    let ratio = number(55, 10)?.filter(|ratio| *ratio > 0.0);
    let radiation = radiation(first, second, ratio, remarks);
    if let Some(zero) = number(20, 10)?.filter(|zero| *zero != 0.0) {
        remarks.push(format!("zero of {zero} hundredths of a degree is not applied"));
    }
    let (polarisation, kind) = (number(40, 10)?.unwrap_or(0.0), number(50, 5)?.unwrap_or(0.0));
    // 0.5 of kind 0 is the tube without a monochromator; 0 is nothing stated.
    if polarisation != 0.0 && (polarisation, kind) != (0.5, 0.0) {
        remarks.push(format!(
            "polarisation {polarisation} of kind {kind} is not applied: state the monochromator in the recipe"
        ));
    }
    Ok(radiation)
}

/// Coefficients of the first profile set.
fn coefficients(
    content: &Content,
    icons: &Record<'_>,
    own: &[&Record<'_>],
    remarks: &mut Vec<String>,
) -> Result<Coefficients, FileError> {
    let headers: Vec<&&Record<'_>> =
        own.iter().filter(|r| r.name.strip_prefix("PRCF").is_some_and(|set| set.len() == 1)).collect();
    let Some(header) = headers.iter().min_by_key(|r| r.name) else {
        return Err(content.error(icons.place(), "a bank without profile", "PRCF1 and its coefficients"));
    };
    let mut words = header.fields.split_whitespace().map(|word| word.parse::<usize>().ok());
    let (function, count) = (words.next().flatten().unwrap_or(0), words.next().flatten().unwrap_or(0));
    let names = function.checked_sub(1).and_then(|i| NAMES.get(i));
    let (Some(names), 3..=MOST_COEFFICIENTS) = (names, count) else {
        let found = format!("profile function {function} of {count} coefficients");
        let expected = format!("function 1 to 5 of 3 to {MOST_COEFFICIENTS} coefficients");
        return Err(content.error(header.place(), found, expected));
    };
    let values = values(content, header, own, names, count)?;
    let value = |name: &str| {
        let place = names.iter().position(|known| *known == name);
        place.and_then(|i| values.get(i)).copied().unwrap_or(0.0)
    };
    let coefficients = Coefficients {
        u: value("GU"),
        v: value("GV"),
        w: value("GW"),
        p: value("GP"),
        x: value("LX"),
        y: value("LY"),
        s_over_l: value("S/L"),
        h_over_l: value("H/L"),
    };
    remarks.push(format!("profile function {function} of GSAS, set {}", &header.name["PRCF".len()..]));
    if headers.len() > 1 {
        remarks.push(format!("{} more profile sets are left out", headers.len() - 1));
    }
    if coefficients.p != 0.0 {
        remarks.push(format!("GP = {} is contained in U and W: P/cos²θ = P + P tan²θ", coefficients.p));
    }
    const CARRIED: [&str; 8] = ["GU", "GV", "GW", "GP", "LX", "LY", "S/L", "H/L"];
    let terms: Vec<(&str, f64)> = values
        .iter()
        .enumerate()
        .map(|(i, value)| (names.get(i).copied().unwrap_or("a strain coefficient"), *value))
        .filter(|(name, _)| !CARRIED.contains(name))
        .collect();
    remarks.extend(left_out(&terms));
    Ok(coefficients)
}

/// The `count` coefficients behind a header; their names, where printed between them, are skipped.
fn values(
    content: &Content,
    header: &Record<'_>,
    own: &[&Record<'_>],
    names: &[&str],
    count: usize,
) -> Result<Vec<f64>, FileError> {
    let number_in_set = |record: &Record<'_>| -> Option<usize> {
        record.name.strip_prefix(header.name).filter(|rest| !rest.is_empty())?.parse().ok()
    };
    let mut cards: Vec<(usize, &Record<'_>)> = own.iter().filter_map(|r| Some((number_in_set(r)?, *r))).collect();
    cards.sort_by_key(|(number, _)| *number);
    let mut values = Vec::new();
    for (_, card) in cards {
        for word in card.fields.split_whitespace().filter(|word| !names.contains(word)) {
            if values.len() == count {
                break;
            }
            let value = parse_number(word, DecimalMark::Point)
                .map_err(|fault| content.error(card.place(), word, fault.to_string()))?;
            values.push(value);
        }
    }
    if values.len() < count {
        let found = format!("{} coefficients", values.len());
        return Err(content.error(header.place(), found, format!("{count}, as the record announces")));
    }
    Ok(values)
}
