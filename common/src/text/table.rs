//! Columns of numbers in a text, with comments and header lines: the table that every column-text format stands on.
//!
//! How columns are separated and which decimal mark is used is one decision for the whole file, the [`Dialect`] in
//! which most lines are rows of numbers; a line in another dialect is an error and not a guess. Rules for the rest:
//! - comment lines (`#`, `!`, `;`, `%`, `'`, `"`, `//`, `/*`) and empty lines may stand anywhere;
//! - other text before the first row is header; a header line that begins like a number is reported;
//! - other text behind the last row is reported with its line and left out; between rows it is an error.

use nom::bytes::complete::{take_till, take_while_m_n};
use nom::{IResult, Parser};

use super::number::{self, DecimalMark, NumberFault};
use super::{Line, Text, lines};
use crate::error::{FileError, Location};

/// Largest number of rows of a table.
pub const MAX_ROWS: usize = 5_000_000;
/// Largest number of columns of a table.
pub const MAX_COLUMNS: usize = 256;
/// How many header and comment lines are kept.
pub const MAX_REMARKS: usize = 2_000;
/// How many lines that are not rows may follow the last row.
pub const MAX_TRAILING_LINES: usize = 20;
/// How many rows decide on the dialect.
const DIALECT_ROWS: usize = 64;
/// How many lines are searched for those rows.
const DIALECT_LINES: usize = 5_000;

/// What separates two columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Separator {
    /// Spaces and tabs.
    Space,
    /// Comma, with or without spaces.
    Comma,
    /// Semicolon, with or without spaces.
    Semicolon,
}

/// Separator and decimal mark of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dialect {
    /// Between columns.
    pub separator: Separator,
    /// Within numbers.
    pub decimal_mark: DecimalMark,
}

/// Header or comment line of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remark {
    /// One-based line.
    pub line: usize,
    /// Text without the comment mark.
    pub text: String,
}

/// A table of numbers.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// Separator and decimal mark.
    pub dialect: Dialect,
    /// Columns, all of one length, at least two.
    pub columns: Vec<Vec<f64>>,
    /// One-based line of each row.
    pub lines: Vec<usize>,
    /// Header and comment lines in order.
    pub remarks: Vec<Remark>,
    /// Names of the columns, where the last remark before the first row has one for each.
    pub labels: Option<Vec<String>>,
    /// What was left out or doubted.
    pub warnings: Vec<String>,
}

/// One line cut into cells.
#[derive(Debug, Clone, PartialEq)]
struct Row<'a> {
    /// Values of the cells that are numbers; other cells hold zero.
    values: Vec<f64>,
    /// First cell that is no number, and why.
    fault: Option<(&'a str, NumberFault)>,
    /// Whether some cell is text.
    has_text: bool,
}

impl Row<'_> {
    /// Two or more usable numbers and nothing else.
    fn is_sound(&self) -> bool {
        self.fault.is_none() && self.values.len() >= 2
    }

    /// Two or more cells, all numbers, though perhaps unusable ones such as `nan`.
    fn is_numeric(&self) -> bool {
        !self.has_text && self.values.len() >= 2
    }
}

impl Dialect {
    /// Every dialect, in the order in which ties are decided.
    const ALL: [Self; 5] = [
        Self { separator: Separator::Semicolon, decimal_mark: DecimalMark::Point },
        Self { separator: Separator::Semicolon, decimal_mark: DecimalMark::Comma },
        Self { separator: Separator::Comma, decimal_mark: DecimalMark::Point },
        Self { separator: Separator::Space, decimal_mark: DecimalMark::Point },
        Self { separator: Separator::Space, decimal_mark: DecimalMark::Comma },
    ];

    /// The dialect in which most of the first lines are rows, and how many rows it has there; none if no line is a row.
    pub fn of(text: &str) -> Option<(Self, usize)> {
        let mut rows = [0usize; Self::ALL.len()];
        for line in lines(text).filter(|l| !is_remark(l.text)).take(DIALECT_LINES) {
            for (dialect, rows) in Self::ALL.iter().zip(&mut rows) {
                *rows += usize::from(dialect.resembles_row(line.text));
            }
            if rows.iter().any(|n| *n >= DIALECT_ROWS) {
                break;
            }
        }
        let best = rows.iter().copied().max().filter(|n| *n > 0)?;
        let index = rows.iter().position(|n| *n == best)?;
        Some((Self::ALL[index], best))
    }

    /// Words for messages.
    pub fn describe(self) -> String {
        let separator = match self.separator {
            Separator::Space => "spaces or tabs",
            Separator::Comma => "commas",
            Separator::Semicolon => "semicolons",
        };
        format!("columns separated by {separator}, decimal \"{}\"", self.decimal_mark.character())
    }

    /// Whether a line is a row of numbers whose notation is this dialect's.
    fn resembles_row(self, line: &str) -> bool {
        let row = self.row(line);
        row.is_numeric() && !matches!(row.fault, Some((_, NumberFault::ThousandSeparator)))
    }

    /// Cells of one line: `cell (separator cell)* separator?`, spaces around.
    fn row(self, line: &str) -> Row<'_> {
        let mut row = Row { values: Vec::new(), fault: None, has_text: false };
        let mut rest = line.trim();
        while !rest.is_empty() && row.values.len() <= MAX_COLUMNS {
            let (token, after) = self.cell(rest);
            match number::parse_number(token, self.decimal_mark) {
                Ok(value) => row.values.push(value),
                Err(fault) => {
                    row.values.push(0.0);
                    row.fault.get_or_insert((token, fault));
                    row.has_text |= fault == NumberFault::NotANumber;
                }
            }
            rest = after;
        }
        row
    }

    /// The first cell of `rest`, and what follows the separator behind it.
    fn cell(self, rest: &str) -> (&str, &str) {
        let separator = |c: char| match self.separator {
            Separator::Space => c.is_whitespace(),
            Separator::Comma => c == ',',
            Separator::Semicolon => c == ';',
        };
        let parsed: IResult<&str, (&str, &str)> = (take_till(separator), take_while_m_n(0, 1, separator)).parse(rest);
        match parsed {
            Ok((after, (token, _))) => (token.trim(), after.trim_start()),
            Err(_) => (rest, ""),
        }
    }

    /// Cells of a line of labels.
    fn labels(self, line: &str) -> Vec<String> {
        let split: Vec<&str> = match self.separator {
            Separator::Comma => line.split(',').collect(),
            Separator::Semicolon => line.split(';').collect(),
            Separator::Space if line.contains('\t') => line.split('\t').collect(),
            Separator::Space => line.split_whitespace().collect(),
        };
        split.iter().map(|cell| cell.trim().trim_matches('"').to_string()).filter(|cell| !cell.is_empty()).collect()
    }
}

/// Whether a line is empty or a comment.
fn is_remark(line: &str) -> bool {
    let line = line.trim_start();
    line.is_empty()
        || line.starts_with(['#', '!', ';', '%', '\'', '"'])
        || line.starts_with("//")
        || line.starts_with("/*")
}

/// Whether a word of a header can name a column: `2theta` can, `12:30`, `8.04keV` and `Time:` cannot.
fn is_label(word: &str) -> bool {
    let mut characters = word.chars();
    let starts = match (characters.next(), characters.next()) {
        (Some(first), second) if first.is_ascii_digit() => second.is_some_and(char::is_alphabetic),
        (first, _) => first.is_some(),
    };
    starts && !word.ends_with(':') && !word.contains('=')
}

/// Text of a comment line without its mark.
fn without_mark(line: &str) -> &str {
    let line = line.trim();
    if line.starts_with('"') {
        return line;
    }
    line.trim_start_matches(['#', '!', ';', '%', '\'', '/', '*']).trim_end_matches("*/").trim()
}

/// Reads a table. `file` is named in errors.
///
/// # Errors
/// A [`FileError`] naming line, value and expectation: no row at all, one column, rows of different length, text or
/// another dialect between rows, numbers that are not finite, more than [`MAX_ROWS`] or [`MAX_COLUMNS`].
pub fn read_table(file: &str, text: &Text) -> Result<Table, FileError> {
    let Some((dialect, _)) = Dialect::of(&text.content) else {
        return Err(no_rows(file, &text.content));
    };
    let mut reader = TableReader {
        file,
        table: Table {
            dialect,
            columns: Vec::new(),
            lines: Vec::new(),
            remarks: Vec::new(),
            labels: None,
            warnings: text.warnings.clone(),
        },
        odd: Vec::new(),
    };
    for line in lines(&text.content) {
        reader.take(line)?;
    }
    reader.finish()
}

fn no_rows(file: &str, text: &str) -> FileError {
    let first = lines(text).find(|line| !line.text.trim().is_empty());
    let location = first.map_or(Location::Whole, |line| Location::Line(line.number));
    let found = first.map_or("no text".to_string(), |line| format!("\"{}\"", line.text.trim()));
    FileError::new(file, location, found, "a table: lines of two or more numbers")
}

struct TableReader<'a> {
    file: &'a str,
    table: Table,
    /// Lines since the last row that are neither rows nor remarks.
    odd: Vec<Line<'a>>,
}

impl<'a> TableReader<'a> {
    fn take(&mut self, line: Line<'a>) -> Result<(), FileError> {
        if is_remark(line.text) {
            let text = without_mark(line.text);
            if !text.is_empty() {
                self.remark(line.number, text);
            }
            return Ok(());
        }
        let row = self.table.dialect.row(line.text);
        if row.is_sound() { self.row(line, &row.values) } else { self.odd_line(line, &row) }
    }

    fn remark(&mut self, line: usize, text: &str) {
        if self.table.remarks.len() < MAX_REMARKS {
            self.table.remarks.push(Remark { line, text: text.to_string() });
        }
    }

    fn row(&mut self, line: Line<'a>, row: &[f64]) -> Result<(), FileError> {
        if row.len() > MAX_COLUMNS {
            return Err(self.error(line.number, "more columns", &format!("at most {MAX_COLUMNS}")));
        }
        if self.table.lines.is_empty() {
            self.open(line, row.len())?;
        } else if let Some(odd) = self.odd.first() {
            return Err(self.bad_row(*odd));
        }
        if row.len() != self.table.columns.len() {
            let expected = format!("{} as in line {}", self.table.columns.len(), self.table.lines[0]);
            return Err(self.error(line.number, &format!("{} columns", row.len()), &expected));
        }
        if self.table.lines.len() == MAX_ROWS {
            return Err(self.error(line.number, "another row", &format!("at most {MAX_ROWS}")));
        }
        for (column, value) in self.table.columns.iter_mut().zip(row) {
            column.push(*value);
        }
        self.table.lines.push(line.number);
        Ok(())
    }

    /// The first row: what stood before it becomes the header.
    fn open(&mut self, line: Line<'a>, columns: usize) -> Result<(), FileError> {
        for odd in std::mem::take(&mut self.odd) {
            let text = odd.text.trim();
            if text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | '.')) {
                let quoted: String = text.chars().take(FileError::MAX_QUOTED_CHARS).collect();
                self.table.warnings.push(format!("line {}: \"{quoted}\" taken as header, not as data", odd.number));
            }
            self.remark(odd.number, text);
        }
        self.table.remarks.sort_by_key(|remark| remark.line);
        let labels = self.table.remarks.iter().rev().find(|remark| remark.line < line.number);
        let labels = labels.map(|remark| self.table.dialect.labels(&remark.text));
        self.table.labels = labels.filter(|labels| labels.len() == columns && labels.iter().all(|l| is_label(l)));
        self.table.columns = vec![Vec::new(); columns];
        Ok(())
    }

    /// A line that is no row: an error at once if it is nothing but a damaged or foreign row, else kept until it is
    /// known whether rows follow.
    fn odd_line(&mut self, line: Line<'a>, row: &Row<'a>) -> Result<(), FileError> {
        let begun = !self.table.lines.is_empty();
        let full = begun && self.odd.len() == MAX_TRAILING_LINES;
        if row.is_numeric() || full || (begun && self.is_foreign(line)) {
            return Err(self.bad_row(if full { self.odd[0] } else { line }));
        }
        if self.odd.len() < MAX_REMARKS {
            self.odd.push(line);
        }
        Ok(())
    }

    /// Whether the line would be a row in another dialect.
    fn is_foreign(&self, line: Line<'_>) -> bool {
        Dialect::ALL.iter().any(|other| *other != self.table.dialect && other.resembles_row(line.text))
    }

    fn bad_row(&self, line: Line<'_>) -> FileError {
        let dialect = self.table.dialect;
        match dialect.row(line.text).fault {
            Some((token, fault)) if fault != NumberFault::NotANumber => {
                self.error(line.number, &format!("\"{token}\""), &fault.to_string())
            }
            _ => {
                let expected = format!("{}, as in the other lines", dialect.describe());
                let error = self.error(line.number, &format!("\"{}\"", line.text.trim()), &expected);
                if self.is_foreign(line) { error.with_advice("separators or decimal marks are mixed") } else { error }
            }
        }
    }

    fn error(&self, line: usize, found: &str, expected: &str) -> FileError {
        FileError::new(self.file, Location::Line(line), found, expected)
    }

    fn finish(mut self) -> Result<Table, FileError> {
        if self.table.lines.is_empty() {
            return Err(match self.odd.first() {
                Some(line) => self.bad_row(*line),
                None => FileError::new(self.file, Location::Whole, "no rows", "a table of numbers"),
            });
        }
        for line in &self.odd {
            let quoted: String = line.text.trim().chars().take(FileError::MAX_QUOTED_CHARS).collect();
            self.table.warnings.push(format!("line {}: \"{quoted}\" behind the data left out", line.number));
        }
        Ok(self.table)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Table, FileError> {
        read_table("t", &Text { content: text.into(), encoding: "UTF-8", warnings: Vec::new() })
    }

    fn refusal(text: &str) -> String {
        read(text).unwrap_err().to_string()
    }

    #[test]
    fn one_table_in_many_dialects() {
        let forms = [
            "10.5 100 3\n10.6 200 4\n",
            "10.5\t100\t3\r\n10.6 200\t4\r\n",
            "10.5,100,3\n10.6,200,4,\n",
            "10.5 , 100, 3\n10.6 , 200, 4\n",
            "10.5;100;3\n10.6;200;4\n",
            "10,5;100;3\n10,6;200;4\n",
            "10,5 100 3\n10,6 200 4\n",
            "10,5\t100\t3\r10,6\t200\t4\r",
            "1.05E+01  1D2 3\n1.06E+01  2D2 4\n",
            "# c\n\n10.5 100 3\n! c\n10.6 200 4\n\n",
        ];
        for form in forms {
            let table = read(form).unwrap();
            assert_eq!(table.columns, [vec![10.5, 10.6], vec![100.0, 200.0], vec![3.0, 4.0]], "{form}");
            assert!(table.warnings.is_empty(), "{form}");
        }
    }

    #[test]
    fn header_and_labels() {
        let table = read("Sample A\n# 2theta I\n10 5\n11 6\n").unwrap();
        assert_eq!(
            table.remarks.iter().map(|r| (r.line, r.text.as_str())).collect::<Vec<_>>(),
            [(1, "Sample A"), (2, "2theta I")]
        );
        assert_eq!(table.labels.unwrap(), ["2theta", "I"]);
        assert_eq!(table.lines, [3, 4]);
        for header in ["Time: 12:30", "Energy 8.04keV", "Run 2020", "T=300 K"] {
            assert!(read(&format!("# {header}\n10 5\n11 6\n")).unwrap().labels.is_none(), "{header}");
        }
        let table = read("\"Angle\",\"Counts\"\n10,5\n11,6\n").unwrap();
        assert_eq!(table.labels.unwrap(), ["Angle", "Counts"]);
        assert_eq!(table.columns[0], [10.0, 11.0]);
    }

    #[test]
    fn a_header_that_looks_like_data_is_reported() {
        let table = read("3\n10 5\n11 6\n12 7\n").unwrap();
        assert!(table.warnings[0].contains("line 1: \"3\" taken as header"), "{:?}", table.warnings);
    }

    #[test]
    fn junk_behind_the_data_is_reported_and_in_between_refused() {
        let table = read("10 5\n11 6\n12\nend of scan\n").unwrap();
        assert_eq!(table.columns[0].len(), 2);
        assert!(table.warnings[0].contains("line 3"), "{:?}", table.warnings);
        assert!(table.warnings[1].contains("line 4: \"end of scan\""), "{:?}", table.warnings);
        assert!(refusal("10 5\n11 6\nbreak\n12 7\n").contains("line 3: found \"break\""));
        assert!(refusal(&format!("10 5\n11 6\n{}", "junk\n".repeat(21))).contains("line 3: found \"junk\""));
    }

    #[test]
    fn damaged_rows_are_refused_with_line_and_value() {
        let cases = [
            ("10 5\n11 nan\n12 7\n", "line 2: found \"nan\", expected a finite number"),
            ("nan 5\n11 6\n12 7\n", "line 1: found \"nan\", expected a finite number"),
            ("10 nan\n11 6\n12 7\n", "line 1: found \"nan\", expected a finite number"),
            ("10 5\n11 6\n12 -Inf\n", "line 3: found \"-Inf\", expected a finite number"),
            ("10 5\n11 1e999\n", "line 2: found \"1e999\", expected a number within double precision"),
            (
                "10.0 950\n10.1 1,024\n10.2 990\n",
                "line 2: found \"1,024\", expected a number without thousand separators",
            ),
            ("10.0 5\n10.1 6\n10.2,7\n10.3 7\n", "separators or decimal marks are mixed"),
            ("10.0 5\n10.1 6\n10.2;7\n", "line 3: found \"10.2;7\""),
            ("10 5\n11 6 7\n12 7\n", "line 2: found 3 columns, expected 2 as in line 1"),
            ("word\nother\n", "line 1: found \"word\", expected a table"),
            ("5\n6\n7\n", "line 1: found \"5\", expected a table"),
        ];
        for (text, part) in cases {
            let message = refusal(text);
            assert!(message.contains(part), "{text}: {message}");
        }
    }

    #[test]
    fn limits_hold() {
        let wide = "1 ".repeat(100_000);
        assert!(refusal(&wide).contains("more columns"), "{}", refusal(&wide));
        let long = "9".repeat(1_000_000);
        assert!(refusal(&long).contains("expected a table"));
    }
}
