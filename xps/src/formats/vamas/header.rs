//! The header of a VAMAS file: everything before the first block.

use doublet_common::error::FileError;

use super::cursor::Cursor;

/// How the first line that is not empty begins.
pub(super) const IDENTIFIER: &str = "VAMAS Surface Chemical Analysis Standard Data Transfer Format 1988 May 4";
/// Number of block parameters that an inclusion list can name.
pub(super) const BLOCK_PARAMETERS: usize = 40;

/// What each block holds ("experiment mode").
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    Map,
    MapDepthProfile,
    MapSingleValues,
    MapSingleValuesDepthProfile,
    Normal,
    DepthProfile,
    DepthProfileSingleValues,
    Image,
    None,
}

impl Mode {
    const NAMES: [(&'static str, Self); 9] = [
        ("MAP", Self::Map),
        ("MAPDP", Self::MapDepthProfile),
        ("MAPSV", Self::MapSingleValues),
        ("MAPSVDP", Self::MapSingleValuesDepthProfile),
        ("NORM", Self::Normal),
        ("SDP", Self::DepthProfile),
        ("SDPSV", Self::DepthProfileSingleValues),
        ("SEM", Self::Image),
        ("NOEXP", Self::None),
    ];

    /// One spectrum at each of many positions.
    pub(super) fn has_positions(self) -> bool {
        matches!(self, Self::Map | Self::MapDepthProfile)
    }

    /// Single values or intensities at every point of a field.
    pub(super) fn has_linescans(self) -> bool {
        matches!(self, Self::MapSingleValues | Self::MapSingleValuesDepthProfile | Self::Image)
    }

    pub(super) fn has_sputtering(self) -> bool {
        matches!(
            self,
            Self::MapDepthProfile
                | Self::MapSingleValuesDepthProfile
                | Self::DepthProfile
                | Self::DepthProfileSingleValues
        )
    }

    /// Blocks that are no spectra.
    pub(super) fn has_single_values(self) -> bool {
        self.has_linescans() || self == Self::DepthProfileSingleValues
    }

    fn has_spectral_regions(self) -> bool {
        self.has_positions() || matches!(self, Self::Normal | Self::DepthProfile)
    }
}

/// How the ordinates of a block follow each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ScanMode {
    Regular,
    Irregular,
    Mapping,
}

/// A label with its unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Variable {
    pub(super) label: String,
    pub(super) unit: String,
}

/// The header.
#[derive(Debug, Clone)]
pub(super) struct Header {
    /// Items in file order, for the metadata.
    pub(super) items: Vec<(String, String)>,
    /// Lines of the comment.
    pub(super) comment: Vec<String>,
    pub(super) mode: Mode,
    pub(super) scan_mode: ScanMode,
    pub(super) variables: Vec<Variable>,
    /// Which parameters the blocks after the first one hold.
    pub(super) included: [bool; BLOCK_PARAMETERS],
    pub(super) future_block_entries: usize,
    pub(super) blocks: usize,
    /// Line that declares the number of blocks.
    pub(super) blocks_line: usize,
}

impl Header {
    pub(super) fn read(cursor: &mut Cursor) -> Result<Self, FileError> {
        cursor.skip_blank();
        let line = cursor.line_number();
        let identifier = cursor.text("the format identifier")?;
        if !identifier.starts_with(IDENTIFIER) {
            return Err(cursor.error_at(line, &format!("\"{identifier}\""), &format!("\"{IDENTIFIER}\"")));
        }
        let mut items = Vec::new();
        for name in
            ["institution identifier", "instrument model identifier", "operator identifier", "experiment identifier"]
        {
            items.push((name.to_owned(), cursor.text(name)?.to_owned()));
        }
        let comment = texts(cursor, "number of lines in comment", "a comment line")?;
        let mode = choice(cursor, "experiment mode", &Mode::NAMES)?;
        let scan_names =
            [("REGULAR", ScanMode::Regular), ("IRREGULAR", ScanMode::Irregular), ("MAPPING", ScanMode::Mapping)];
        let scan_mode = choice(cursor, "scan mode", &scan_names)?;
        let mut item = |cursor: &mut Cursor, name: &str| -> Result<(), FileError> {
            items.push((name.to_owned(), cursor.whole(name)?.to_string()));
            Ok(())
        };
        if mode.has_spectral_regions() {
            item(cursor, "number of spectral regions")?;
        }
        if mode.has_positions() {
            item(cursor, "number of analysis positions")?;
            item(cursor, "number of discrete x coordinates available in full map")?;
            item(cursor, "number of discrete y coordinates available in full map")?;
        }
        let variables = variables(cursor, "number of experimental variables", "experimental variable")?;
        let included = inclusion(cursor)?;
        texts(cursor, "number of manually entered items in block", "the prefix number of a manually entered item")?;
        let (future, future_block_entries, blocks, blocks_line) = ending(cursor)?;
        items.extend(future.into_iter().map(|text| ("future upgrade experiment entry".to_owned(), text)));
        Ok(Self { items, comment, mode, scan_mode, variables, included, future_block_entries, blocks, blocks_line })
    }
}

/// A count, and as many lines.
pub(super) fn texts(cursor: &mut Cursor, count: &str, each: &str) -> Result<Vec<String>, FileError> {
    let n = cursor.count(count, 1)?;
    (0..n).map(|_| Ok(cursor.text(each)?.to_owned())).collect()
}

/// A count, and as many labels with units.
pub(super) fn variables(cursor: &mut Cursor, count: &str, each: &str) -> Result<Vec<Variable>, FileError> {
    let n = cursor.count(count, 2)?;
    let (label, unit) = (format!("{each} label"), format!("{each} unit"));
    (0..n)
        .map(|_| Ok(Variable { label: cursor.text(&label)?.to_owned(), unit: cursor.text(&unit)?.to_owned() }))
        .collect()
}

fn choice<T: Copy>(cursor: &mut Cursor, what: &str, names: &[(&str, T)]) -> Result<T, FileError> {
    let line = cursor.line_number();
    let text = cursor.text(what)?;
    names.iter().find(|(name, _)| *name == text).map(|(_, value)| *value).ok_or_else(|| {
        let known: Vec<&str> = names.iter().map(|(name, _)| *name).collect();
        cursor.error_at(line, &format!("\"{text}\""), &format!("{what}, one of {}", known.join(", ")))
    })
}

/// The list of parameters that later blocks hold (positive count) or leave out (negative count).
fn inclusion(cursor: &mut Cursor) -> Result<[bool; BLOCK_PARAMETERS], FileError> {
    let what = "number of entries in parameter inclusion or exclusion list";
    let line = cursor.line_number();
    let entries = cursor.whole(what)?;
    if entries.unsigned_abs() > BLOCK_PARAMETERS as u64 {
        let expected = format!("{what}: between -{BLOCK_PARAMETERS} and {BLOCK_PARAMETERS}");
        return Err(cursor.error_at(line, &entries.to_string(), &expected));
    }
    let mut included = [entries <= 0; BLOCK_PARAMETERS];
    for _ in 0..entries.unsigned_abs() {
        let line = cursor.line_number();
        let what = "the prefix number of a block parameter";
        let number = cursor.whole(what)?;
        let slot = usize::try_from(number - 1).ok().and_then(|i| included.get_mut(i));
        let Some(slot) = slot else {
            return Err(cursor.error_at(line, &number.to_string(), &format!("{what}, 1 to {BLOCK_PARAMETERS}")));
        };
        *slot = entries > 0;
    }
    Ok(included)
}

/// Future upgrade entries and the number of blocks.
///
/// The standard puts both counts before the entries; some programs put the entries between the counts.
fn ending(cursor: &mut Cursor) -> Result<(Vec<String>, usize, usize, usize), FileError> {
    let place = cursor.place();
    let first = standard_ending(cursor);
    if first.is_ok() {
        return first;
    }
    cursor.go_back(place);
    other_ending(cursor).or(first)
}

const EXPERIMENT_ENTRIES: &str = "number of future upgrade experiment entries";
const BLOCK_ENTRIES: &str = "number of future upgrade block entries";
const EXPERIMENT_ENTRY: &str = "a future upgrade experiment entry";

fn standard_ending(cursor: &mut Cursor) -> Result<(Vec<String>, usize, usize, usize), FileError> {
    let n = cursor.count(EXPERIMENT_ENTRIES, 1)?;
    let block_entries = cursor.count(BLOCK_ENTRIES, 1)?;
    let entries = (0..n).map(|_| Ok(cursor.text(EXPERIMENT_ENTRY)?.to_owned())).collect::<Result<_, FileError>>()?;
    let line = cursor.line_number();
    Ok((entries, block_entries, cursor.count("number of blocks", 1)?, line))
}

fn other_ending(cursor: &mut Cursor) -> Result<(Vec<String>, usize, usize, usize), FileError> {
    let entries = texts(cursor, EXPERIMENT_ENTRIES, EXPERIMENT_ENTRY)?;
    let block_entries = cursor.count(BLOCK_ENTRIES, 1)?;
    let line = cursor.line_number();
    Ok((entries, block_entries, cursor.count("number of blocks", 1)?, line))
}
