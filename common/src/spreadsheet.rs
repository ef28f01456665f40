//! Cells of spreadsheets (`.xls`, `.xlsx`) under explicit limits.
//!
//! The `calamine` crate decodes the cells; before it may, the container is checked and, for the old binary format, the
//! area that each sheet spans, because a sheet is held as a full rectangle there.

use std::collections::BTreeMap;
use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};

use calamine::{Data, DataRef, Reader, Xls, Xlsx};

use crate::archive::{Archive, is_zip};
use crate::binary::Binary;
use crate::error::{FileError, Location};
use crate::ole::{OleFile, is_ole};

/// Most cells of all sheets together.
pub const MAX_CELLS: usize = 4_000_000;
/// Most sheets.
pub const MAX_SHEETS: usize = 1_000;

/// One cell that is not empty.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// Text, trimmed; dates and errors as text.
    Text(String),
    /// Number; truth values as 0 and 1.
    Number(f64),
}

impl Cell {
    /// The number, if it is one.
    pub fn number(&self) -> Option<f64> {
        match self {
            Self::Number(value) => Some(*value),
            Self::Text(_) => None,
        }
    }

    /// The text; empty for numbers.
    pub fn text(&self) -> &str {
        match self {
            Self::Text(text) => text,
            Self::Number(_) => "",
        }
    }
}

impl std::fmt::Display for Cell {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Text(text) => write!(f, "{text}"),
            Self::Number(value) => write!(f, "{value}"),
        }
    }
}

/// One sheet: its name and the cells that are not empty, by zero-based row and column.
#[derive(Debug, Clone, PartialEq)]
pub struct Sheet {
    /// Name, trimmed.
    pub name: String,
    /// Rows that hold anything, each with its cells by column.
    pub rows: BTreeMap<u32, BTreeMap<u32, Cell>>,
}

impl Sheet {
    /// A cell.
    pub fn cell(&self, row: u32, column: u32) -> Option<&Cell> {
        self.rows.get(&row)?.get(&column)
    }

    /// Place of a cell, for errors: sheet, and row and column as a spreadsheet program shows them.
    pub fn place(&self, row: u32, column: u32) -> Location {
        let mut letters = String::new();
        let mut rest = column;
        loop {
            letters.insert(0, char::from(b'A' + (rest % 26) as u8));
            if rest < 26 {
                break;
            }
            rest = rest / 26 - 1;
        }
        Location::Part(format!("sheet \"{}\", cell {letters}{}", self.name, row + 1))
    }
}

/// Whether `bytes` could be a spreadsheet, by their container.
pub fn is_spreadsheet_container(bytes: &[u8]) -> bool {
    is_ole(bytes) || is_zip(bytes)
}

/// Decodes every sheet; `file` is the name used in errors.
///
/// # Errors
/// A damaged container or workbook, or more than [`MAX_SHEETS`] or [`MAX_CELLS`].
pub fn read_spreadsheet(file: &str, bytes: &[u8]) -> Result<Vec<Sheet>, FileError> {
    if is_zip(bytes) {
        Archive::open(file, bytes)?.check()?;
        return guarded(file, || read_xlsx(file, bytes));
    }
    check_area(file, bytes)?;
    guarded(file, || read_xls(file, bytes))
}

/// Turns a panic of the decoder into an error.
fn guarded(file: &str, read: impl FnOnce() -> Result<Vec<Sheet>, FileError>) -> Result<Vec<Sheet>, FileError> {
    catch_unwind(AssertUnwindSafe(read)).unwrap_or_else(|_| Err(damaged(file, "cells that cannot be decoded")))
}

fn damaged(file: &str, found: impl AsRef<str>) -> FileError {
    FileError::new(file, Location::Whole, found, "a sound workbook")
        .with_advice("open it in a spreadsheet program and save it again")
}

#[derive(Default)]
struct Collector {
    sheets: Vec<Sheet>,
    cells: usize,
}

impl Collector {
    fn open(&mut self, file: &str, name: &str) -> Result<(), FileError> {
        if self.sheets.len() == MAX_SHEETS {
            return Err(FileError::new(file, Location::Whole, "another sheet", format!("at most {MAX_SHEETS}")));
        }
        self.sheets.push(Sheet { name: name.trim().to_owned(), rows: BTreeMap::new() });
        Ok(())
    }

    fn put(&mut self, file: &str, row: u32, column: u32, cell: Cell) -> Result<(), FileError> {
        let Some(sheet) = self.sheets.last_mut() else { return Ok(()) };
        self.cells += 1;
        if self.cells > MAX_CELLS {
            return Err(FileError::new(file, sheet.place(row, column), "another cell", format!("at most {MAX_CELLS}")));
        }
        sheet.rows.entry(row).or_default().insert(column, cell);
        Ok(())
    }
}

fn text_cell(text: &str) -> Option<Cell> {
    let text = text.trim_matches(|c: char| c.is_whitespace() || c == '\u{FEFF}');
    (!text.is_empty()).then(|| Cell::Text(text.to_owned()))
}

fn read_xls(file: &str, bytes: &[u8]) -> Result<Vec<Sheet>, FileError> {
    let mut book: Xls<_> = Xls::new(Cursor::new(bytes)).map_err(|error| damaged(file, error.to_string()))?;
    let mut out = Collector::default();
    for name in book.sheet_names() {
        out.open(file, &name)?;
        let range = book.worksheet_range(&name).map_err(|error| damaged(file, error.to_string()))?;
        let (top, left) = range.start().unwrap_or((0, 0));
        for (row, column, data) in range.used_cells() {
            let cell = match data {
                Data::Int(value) => Some(Cell::Number(*value as f64)),
                Data::Float(value) => Some(Cell::Number(*value)),
                Data::Bool(value) => Some(Cell::Number(f64::from(u8::from(*value)))),
                Data::Empty => None,
                other => text_cell(&other.to_string()),
            };
            if let Some(cell) = cell {
                out.put(file, top + row as u32, left + column as u32, cell)?;
            }
        }
    }
    Ok(out.sheets)
}

fn read_xlsx(file: &str, bytes: &[u8]) -> Result<Vec<Sheet>, FileError> {
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(|error| damaged(file, error.to_string()))?;
    let mut out = Collector::default();
    for name in book.sheet_names() {
        out.open(file, &name)?;
        let mut cells = book.worksheet_cells_reader(&name).map_err(|error| damaged(file, error.to_string()))?;
        while let Some(found) = cells.next_cell().map_err(|error| damaged(file, error.to_string()))? {
            let (row, column) = found.get_position();
            let cell = match found.get_value() {
                DataRef::Int(value) => Some(Cell::Number(*value as f64)),
                DataRef::Float(value) => Some(Cell::Number(*value)),
                DataRef::Bool(value) => Some(Cell::Number(f64::from(u8::from(*value)))),
                DataRef::Empty => None,
                DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => text_cell(text),
                DataRef::SharedString(text) => text_cell(text),
                DataRef::DateTime(date) => Some(Cell::Number(date.as_f64())),
                DataRef::Error(error) => text_cell(&error.to_string()),
            };
            if let Some(cell) = cell {
                out.put(file, row, column, cell)?;
            }
        }
    }
    Ok(out.sheets)
}

/// Walks the records of an old workbook and adds up the rectangles that its sheets span.
///
/// Record structure and numbers: Microsoft, \[MS-XLS\] 2.1.4 and 2.3 (cell records begin with row and column).
fn check_area(file: &str, bytes: &[u8]) -> Result<(), FileError> {
    const BEGIN: u16 = 0x0809;
    const CELLS: [u16; 10] = [0x0006, 0x00BD, 0x00BE, 0x00D6, 0x00FD, 0x0201, 0x0203, 0x0204, 0x0205, 0x027E];
    let mut ole = OleFile::open(file, bytes)?;
    let name = ["Workbook", "Book"].into_iter().find(|name| ole.has_stream(name));
    let Some(name) = name else { return Err(damaged(file, "a container without a workbook")) };
    let stream = ole.read(name)?;
    let part = format!("stream \"{name}\"");
    let book = Binary::part(file, &part, &stream);
    let (mut at, mut total, mut sheet) = (0, 0_usize, Span::default());
    while at + 4 <= stream.len() {
        let (kind, length) = (book.u16_at(at)?, usize::from(book.u16_at(at + 2)?));
        if kind == BEGIN {
            total = total.saturating_add(sheet.area());
            sheet = Span::default();
        } else if CELLS.contains(&kind) && length >= 6 {
            let (row, first) = (book.u16_at(at + 4)?, book.u16_at(at + 6)?);
            // Records of several cells end with the last column.
            let several = kind == 0x00BD || kind == 0x00BE;
            let last = if several { book.u16_at(at + 4 + length - 2)? } else { first };
            sheet.add(row, first);
            sheet.add(row, last);
        }
        if total.saturating_add(sheet.area()) > MAX_CELLS {
            let found = format!("sheets that span more than {MAX_CELLS} cells");
            return Err(book.error(at, found, format!("at most {MAX_CELLS}")));
        }
        at += 4 + length;
    }
    Ok(())
}

/// Rectangle of the cells of one sheet.
#[derive(Default)]
struct Span {
    corners: Option<[u16; 4]>,
}

impl Span {
    fn add(&mut self, row: u16, column: u16) {
        let [top, left, bottom, right] = self.corners.unwrap_or([row, column, row, column]);
        self.corners = Some([top.min(row), left.min(column), bottom.max(row), right.max(column)]);
    }

    fn area(&self) -> usize {
        self.corners
            .map_or(0, |[top, left, bottom, right]| (usize::from(bottom - top) + 1) * (usize::from(right - left) + 1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    /// A workbook of one sheet with the parts that the standard (ECMA-376) demands.
    fn xlsx(cells: &str) -> Vec<u8> {
        let relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
        let main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
        let package = "http://schemas.openxmlformats.org/package/2006/relationships";
        let parts = [
            (
                "_rels/.rels",
                format!(
                    r#"<Relationships xmlns="{package}"><Relationship Id="r1" Type="{relations}/officeDocument" Target="xl/workbook.xml"/></Relationships>"#
                ),
            ),
            (
                "xl/workbook.xml",
                format!(
                    r#"<workbook xmlns="{main}" xmlns:r="{relations}"><sheets><sheet name="C1s" sheetId="1" r:id="r1"/></sheets></workbook>"#
                ),
            ),
            (
                "xl/_rels/workbook.xml.rels",
                format!(
                    r#"<Relationships xmlns="{package}"><Relationship Id="r1" Type="{relations}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>"#
                ),
            ),
            (
                "xl/worksheets/sheet1.xml",
                format!(r#"<worksheet xmlns="{main}"><sheetData>{cells}</sheetData></worksheet>"#),
            ),
        ];
        let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for (name, text) in parts {
            writer.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
            writer.write_all(text.as_bytes()).unwrap();
        }
        writer.finish().unwrap().into_inner()
    }

    #[test]
    fn numbers_and_texts() {
        let bytes =
            xlsx(r#"<row r="2"><c r="B2"><v>284.5</v></c><c r="C2" t="inlineStr"><is><t> eV </t></is></c></row>"#);
        let sheets = read_spreadsheet("a.xlsx", &bytes).unwrap();
        assert_eq!(sheets[0].name, "C1s");
        assert_eq!(sheets[0].cell(1, 1), Some(&Cell::Number(284.5)));
        assert_eq!(sheets[0].cell(1, 2), Some(&Cell::Text("eV".into())));
        assert_eq!(sheets[0].place(1, 27), Location::Part("sheet \"C1s\", cell AB2".into()));
    }

    #[test]
    fn a_far_away_cell_costs_nothing() {
        let bytes =
            xlsx(r#"<row r="1048576"><c r="XFD1048576"><v>1</v></c></row><row r="1"><c r="A1"><v>2</v></c></row>"#);
        let sheets = read_spreadsheet("a.xlsx", &bytes).unwrap();
        assert_eq!(sheets[0].rows.values().map(BTreeMap::len).sum::<usize>(), 2);
    }

    #[test]
    fn an_old_workbook_that_spans_too_much_is_refused() {
        let record = |kind: u16, content: &[u8]| {
            [&kind.to_le_bytes()[..], &(content.len() as u16).to_le_bytes(), content].concat()
        };
        let number = |row: u16, column: u16| {
            let mut content = [row.to_le_bytes(), column.to_le_bytes(), [0, 0]].concat();
            content.extend(1.0_f64.to_le_bytes());
            record(0x0203, &content)
        };
        let stream = [record(0x0809, &[0; 16]), number(0, 0), number(65_535, 255), record(0x000A, &[])].concat();
        let mut file = cfb::CompoundFile::create(Cursor::new(Vec::new())).unwrap();
        file.create_stream("Workbook").unwrap().write_all(&stream).unwrap();
        file.flush().unwrap();
        let bytes = file.into_inner().into_inner();
        let text = read_spreadsheet("a.xls", &bytes).unwrap_err().to_string();
        assert!(text.contains("span more than 4000000 cells"), "{text}");
    }

    #[test]
    fn damage_is_an_error() {
        let bytes = xlsx(r#"<row r="1"><c r="A1"><v>1</v></c></row>"#);
        for cut in (10..bytes.len()).step_by(97) {
            assert!(read_spreadsheet("a.xlsx", &bytes[..cut]).is_err(), "{cut}");
        }
        assert!(read_spreadsheet("a.xls", b"text").is_err());
    }
}
