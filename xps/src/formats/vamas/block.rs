//! One block of a VAMAS file: its forty parameters, which later blocks may inherit from the first, and its ordinates.

use doublet_common::error::FileError;

use super::cursor::{Cursor, known};
use super::header::{BLOCK_PARAMETERS, Header, Mode, ScanMode, Variable, texts, variables};

/// Techniques of the standard.
const TECHNIQUES: [&str; 14] = [
    "AES diff",
    "AES dir",
    "EDX",
    "ELS",
    "FABMS",
    "FABMS energy spec",
    "ISS",
    "SIMS",
    "SIMS energy spec",
    "SNMS",
    "SNMS energy spec",
    "UPS",
    "XPS",
    "XRF",
];

/// Relative difference from which a declared range contradicts the values.
const RANGE_TOLERANCE: f64 = 1e-3;

/// One named item of a block.
#[derive(Debug, Clone)]
pub(super) struct Item {
    pub(super) name: String,
    pub(super) value: String,
    /// The value as a number, if it is one and known.
    pub(super) number: Option<f64>,
}

/// Regular abscissa.
#[derive(Debug, Clone)]
pub(super) struct Abscissa {
    pub(super) variable: Variable,
    pub(super) start: f64,
    pub(super) increment: f64,
}

/// Everything of a block that a later block may inherit.
#[derive(Debug, Clone)]
pub(super) struct Inheritable {
    /// Items of each of the forty parameters.
    items: [Vec<Item>; BLOCK_PARAMETERS],
    pub(super) comment: Vec<String>,
    pub(super) technique: String,
    pub(super) abscissa: Option<Abscissa>,
    pub(super) variables: Vec<Variable>,
}

/// One block.
#[derive(Debug, Clone)]
pub(super) struct Block {
    pub(super) identifier: String,
    pub(super) sample: String,
    pub(super) parameters: Inheritable,
    /// One column per corresponding variable.
    pub(super) columns: Vec<Vec<f64>>,
    /// Line that declares the number of ordinates.
    pub(super) ordinates_line: usize,
    pub(super) warnings: Vec<String>,
}

/// What a line of a parameter holds.
#[derive(Clone, Copy)]
enum Kind {
    Text,
    Number,
}
use Kind::{Number, Text};

/// When a parameter is there at all.
#[derive(Clone, Copy)]
enum When {
    Always,
    Positions,
    SputteringBeam,
    Field,
    Linescans,
    Differential,
    SputteringSource,
}

/// Parameters that are plain lists of lines: number in the standard, condition, items.
type Plain = (usize, When, &'static [(&'static str, Kind)]);

const BEFORE_TECHNIQUE: [Plain; 7] = [
    (1, When::Always, &[("year in full", Number)]),
    (2, When::Always, &[("month", Number)]),
    (3, When::Always, &[("day of month", Number)]),
    (4, When::Always, &[("hours", Number)]),
    (5, When::Always, &[("minutes", Number)]),
    (6, When::Always, &[("seconds", Number)]),
    (7, When::Always, &[("number of hours in advance of Greenwich Mean Time", Number)]),
];

const POSITION: Plain = (10, When::Positions, &[("x coordinate", Number), ("y coordinate", Number)]);

const BEFORE_ABSCISSA: [Plain; 19] = [
    (12, When::Always, &[("analysis source label", Text)]),
    (
        13,
        When::SputteringBeam,
        &[
            ("sputtering ion or atom atomic number", Number),
            ("number of atoms in sputtering ion or atom particle", Number),
            ("sputtering ion or atom charge sign and number", Number),
        ],
    ),
    (14, When::Always, &[("analysis source characteristic energy", Number)]),
    (15, When::Always, &[("analysis source strength", Number)]),
    (16, When::Always, &[("analysis source beam width x", Number), ("analysis source beam width y", Number)]),
    (17, When::Field, &[("field of view x", Number), ("field of view y", Number)]),
    (
        18,
        When::Linescans,
        &[
            ("first linescan start x coordinate", Number),
            ("first linescan start y coordinate", Number),
            ("first linescan finish x coordinate", Number),
            ("first linescan finish y coordinate", Number),
            ("last linescan finish x coordinate", Number),
            ("last linescan finish y coordinate", Number),
        ],
    ),
    (19, When::Always, &[("analysis source polar angle of incidence", Number)]),
    (20, When::Always, &[("analysis source azimuth", Number)]),
    (21, When::Always, &[("analyser mode", Text)]),
    (22, When::Always, &[("analyser pass energy or retard ratio or mass resolution", Number)]),
    (23, When::Differential, &[("differential width", Number)]),
    (24, When::Always, &[("magnification of analyser transfer lens", Number)]),
    (25, When::Always, &[("analyser work function or acceptance energy of atom or ion", Number)]),
    (26, When::Always, &[("target bias", Number)]),
    (27, When::Always, &[("analysis width x", Number), ("analysis width y", Number)]),
    (28, When::Always, &[("analyser axis take off polar angle", Number), ("analyser axis take off azimuth", Number)]),
    (29, When::Always, &[("species label", Text)]),
    (30, When::Always, &[("transition or charge state label", Text), ("charge of detected particle", Number)]),
];

const AFTER_VARIABLES: [Plain; 7] = [
    (33, When::Always, &[("signal mode", Text)]),
    (34, When::Always, &[("signal collection time", Number)]),
    (35, When::Always, &[("number of scans to compile this block", Number)]),
    (36, When::Always, &[("signal time correction", Number)]),
    (
        37,
        When::SputteringSource,
        &[
            ("sputtering source energy", Number),
            ("sputtering source beam current", Number),
            ("sputtering source width x", Number),
            ("sputtering source width y", Number),
            ("sputtering source polar angle of incidence", Number),
            ("sputtering source azimuth", Number),
            ("sputtering mode", Text),
        ],
    ),
    (38, When::Always, &[("sample normal polar angle of tilt", Number), ("sample normal tilt azimuth", Number)]),
    (39, When::Always, &[("sample rotation angle", Number)]),
];

impl Default for Inheritable {
    fn default() -> Self {
        Self {
            items: std::array::from_fn(|_| Vec::new()),
            comment: Vec::new(),
            technique: String::new(),
            abscissa: None,
            variables: Vec::new(),
        }
    }
}

impl Inheritable {
    /// Items in file order.
    pub(super) fn items(&self) -> impl Iterator<Item = &Item> {
        self.items.iter().flatten()
    }

    /// Item of this name.
    pub(super) fn item(&self, name: &str) -> Option<&Item> {
        self.items().find(|item| item.name == name)
    }

    /// Number of this name, if known.
    pub(super) fn number(&self, name: &str) -> Option<f64> {
        self.item(name).and_then(|item| item.number)
    }

    /// Text of this name; empty if there is none.
    pub(super) fn text(&self, name: &str) -> &str {
        self.item(name).map_or("", |item| item.value.as_str())
    }
}

/// Reads one block; `first` is the block from which parameters are inherited.
pub(super) fn read(
    cursor: &mut Cursor,
    header: &Header,
    index: usize,
    first: Option<&Inheritable>,
) -> Result<Block, FileError> {
    cursor.enter(format!("block {}", index + 1));
    let identifier = cursor.text("a block identifier")?.to_owned();
    cursor.enter(format!("block {} \"{identifier}\"", index + 1));
    let sample = cursor.text("a sample identifier")?.to_owned();
    let reader =
        Reader { header, included: if first.is_some() { header.included } else { [true; BLOCK_PARAMETERS] }, first };
    let parameters = reader.parameters(cursor)?;
    for _ in 0..header.future_block_entries {
        cursor.text("a future upgrade block entry")?;
    }
    let Ordinates { columns, line, warnings } = ordinates(cursor, &parameters.variables)?;
    Ok(Block { identifier, sample, parameters, columns, ordinates_line: line, warnings })
}

struct Reader<'a> {
    header: &'a Header,
    included: [bool; BLOCK_PARAMETERS],
    first: Option<&'a Inheritable>,
}

impl Reader<'_> {
    fn includes(&self, parameter: usize) -> bool {
        self.included[parameter - 1]
    }

    fn parameters(&self, cursor: &mut Cursor) -> Result<Inheritable, FileError> {
        let mut out = self.first.cloned().unwrap_or_default();
        for plain in &BEFORE_TECHNIQUE {
            self.plain(cursor, plain, &mut out)?;
        }
        if self.includes(8) {
            out.comment = texts(cursor, "number of lines in block comment", "a block comment line")?;
        }
        if self.includes(9) {
            out.technique = technique(cursor)?;
            out.items[8] = vec![Item { name: "technique".into(), value: out.technique.clone(), number: None }];
        }
        self.plain(cursor, &POSITION, &mut out)?;
        if self.includes(11) {
            out.items[10].clear();
            for variable in &self.header.variables {
                let name = format!("{} [{}]", variable.label, variable.unit);
                out.items[10].push(number_item(cursor, &name)?);
            }
        }
        for plain in &BEFORE_ABSCISSA {
            self.plain(cursor, plain, &mut out)?;
        }
        if self.includes(31) && self.header.scan_mode == ScanMode::Regular {
            out.abscissa = Some(abscissa(cursor)?);
        }
        if self.includes(32) {
            out.variables = variables(cursor, "number of corresponding variables", "corresponding variable")?;
        }
        for plain in &AFTER_VARIABLES {
            self.plain(cursor, plain, &mut out)?;
        }
        if self.includes(40) {
            out.items[39] = additional(cursor)?;
        }
        Ok(out)
    }

    fn plain(&self, cursor: &mut Cursor, plain: &Plain, out: &mut Inheritable) -> Result<(), FileError> {
        let (parameter, when, names) = plain;
        if !self.includes(*parameter) || !self.applies(*when, &out.technique) {
            return Ok(());
        }
        let items = &mut out.items[parameter - 1];
        items.clear();
        for (name, kind) in *names {
            items.push(match kind {
                Number => number_item(cursor, name)?,
                Text => Item { name: (*name).into(), value: cursor.text(name)?.to_owned(), number: None },
            });
        }
        Ok(())
    }

    fn applies(&self, when: When, technique: &str) -> bool {
        let mode = self.header.mode;
        match when {
            When::Always => true,
            When::Positions => mode.has_positions(),
            When::Field => mode.has_positions() || mode.has_linescans(),
            When::Linescans => mode.has_linescans(),
            When::Differential => technique == "AES diff",
            When::SputteringBeam => {
                mode.has_sputtering()
                    || ["FABMS", "ISS", "SIMS", "SNMS"].iter().any(|start| technique.starts_with(start))
            }
            When::SputteringSource => {
                mode.has_sputtering()
                    && ["AES", "EDX", "ELS", "UPS", "XPS", "XRF"].iter().any(|start| technique.starts_with(start))
            }
        }
    }
}

fn number_item(cursor: &mut Cursor, name: &str) -> Result<Item, FileError> {
    let number = cursor.number(name)?;
    Ok(Item { name: name.into(), value: number.to_string(), number: known(number) })
}

fn technique(cursor: &mut Cursor) -> Result<String, FileError> {
    let line = cursor.line_number();
    let text = cursor.text("technique")?;
    if TECHNIQUES.contains(&text) {
        return Ok(text.to_owned());
    }
    let expected = format!("a technique, one of {}", TECHNIQUES.join(", "));
    Err(cursor.error_at(line, &format!("\"{text}\""), &expected))
}

fn abscissa(cursor: &mut Cursor) -> Result<Abscissa, FileError> {
    Ok(Abscissa {
        variable: Variable {
            label: cursor.text("abscissa label")?.to_owned(),
            unit: cursor.text("abscissa units")?.to_owned(),
        },
        start: cursor.number("abscissa start")?,
        increment: cursor.number("abscissa increment")?,
    })
}

fn additional(cursor: &mut Cursor) -> Result<Vec<Item>, FileError> {
    let n = cursor.count("number of additional numerical parameters", 3)?;
    (0..n)
        .map(|_| {
            let label = cursor.text("additional numerical parameter label")?;
            let unit = cursor.text("additional numerical parameter units")?;
            number_item(cursor, &format!("{label} [{unit}]"))
        })
        .collect()
}

/// The values of a block: one column per variable, the line that declares their number, and what was noticed.
struct Ordinates {
    columns: Vec<Vec<f64>>,
    line: usize,
    warnings: Vec<String>,
}

/// Number of ordinates, minimum and maximum of each variable, and the values.
fn ordinates(cursor: &mut Cursor, variables: &[Variable]) -> Result<Ordinates, FileError> {
    let line = cursor.line_number();
    let total = cursor.count("number of ordinate values", 1)?;
    if variables.is_empty() || !total.is_multiple_of(variables.len()) {
        let expected = format!("a number of ordinate values that {} corresponding variables share", variables.len());
        return Err(cursor.error_at(line, &total.to_string(), &expected));
    }
    let mut limits = Vec::with_capacity(variables.len());
    for _ in variables {
        limits.push((cursor.number("minimum ordinate value")?, cursor.number("maximum ordinate value")?));
    }
    let mut columns = vec![Vec::with_capacity(total / variables.len()); variables.len()];
    for i in 0..total {
        let place = cursor.line_number();
        let value = cursor.number(&format!("ordinate value {} of {total} (declared in line {line})", i + 1))?;
        if known(value).is_none() {
            return Err(cursor.error_at(place, &value.to_string(), "a measured ordinate value"));
        }
        columns[i % variables.len()].push(value);
    }
    let warnings = variables
        .iter()
        .zip(&columns)
        .zip(&limits)
        .filter_map(|((variable, column), (low, high))| range_warning(&variable.label, column, *low, *high));
    let warnings = warnings.collect();
    Ok(Ordinates { columns, line, warnings })
}

/// Says when the declared range of a variable is not that of its values; 0 to 0 and 0 to 1 are placeholders.
fn range_warning(label: &str, column: &[f64], low: f64, high: f64) -> Option<String> {
    if low == 0.0 && (high == 0.0 || high == 1.0) {
        return None;
    }
    let (low, high) = (known(low)?, known(high)?);
    let found = column.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), y| (a.min(*y), b.max(*y)));
    let tolerance = RANGE_TOLERANCE * found.0.abs().max(found.1.abs());
    let agrees = (found.0 - low).abs() <= tolerance && (found.1 - high).abs() <= tolerance;
    (!agrees).then(|| {
        format!("{label}: declared range {low} to {high}, found {} to {}; the values are kept", found.0, found.1)
    })
}

/// The parameters of a block in file order for experiment mode `NORM`: number, and names with whether each is a text.
/// Parameters 8, 9, 11, 31, 32 and 40 have no fixed items.
pub(super) fn parameter_names() -> impl Iterator<Item = (usize, Vec<(&'static str, bool)>)> {
    let always = |plain: &&Plain| matches!(plain.1, When::Always);
    let mut all: Vec<(usize, Vec<(&'static str, bool)>)> = BEFORE_TECHNIQUE
        .iter()
        .chain(&BEFORE_ABSCISSA)
        .chain(&AFTER_VARIABLES)
        .filter(always)
        .map(|(number, _, items)| (*number, items.iter().map(|(name, kind)| (*name, matches!(kind, Text))).collect()))
        .collect();
    all.extend([8, 9, 31, 32, 40].map(|number| (number, Vec::new())));
    all.sort_by_key(|(number, _)| *number);
    all.into_iter()
}

/// Whether the blocks of this mode and technique are photoelectron or Auger spectra.
pub(super) fn is_spectrum(mode: Mode, technique: &str) -> bool {
    !mode.has_single_values() && matches!(technique, "XPS" | "UPS" | "AES dir" | "AES diff" | "ELS")
}
