//! The lines of a VAMAS file, taken one by one; what each should be is part of every error.

use doublet_common::container::Content;
use doublet_common::error::{FileError, Location};
use doublet_common::text::number::{DecimalMark, parse_number};
use doublet_common::text::{Line, Text, lines};

/// Values from this on mean "not known" (the standard writes 1E37).
const UNKNOWN_FROM: f64 = 9e36;

/// Lines of one file with the place that has been reached.
pub(super) struct Cursor<'a> {
    content: &'a Content,
    lines: Vec<Line<'a>>,
    next: usize,
    /// Part of the file for errors: the header or a block.
    part: String,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(content: &'a Content, text: &'a Text) -> Self {
        Self { content, lines: lines(&text.content).collect(), next: 0, part: "the header".into() }
    }

    /// Names the part of the file that follows, for errors.
    pub(super) fn enter(&mut self, part: String) {
        self.part = part;
    }

    /// One-based number of the line that comes next.
    pub(super) fn line_number(&self) -> usize {
        self.next + 1
    }

    /// Lines that are left.
    pub(super) fn remaining(&self) -> usize {
        self.lines.len().saturating_sub(self.next)
    }

    /// Place to return to with [`Cursor::go_back`].
    pub(super) fn place(&self) -> usize {
        self.next
    }

    pub(super) fn go_back(&mut self, place: usize) {
        self.next = place;
    }

    /// The next line without taking it.
    pub(super) fn peek(&self) -> Option<&'a str> {
        self.lines.get(self.next).map(|line| line.text.trim())
    }

    /// Takes empty lines.
    pub(super) fn skip_blank(&mut self) {
        while self.peek().is_some_and(str::is_empty) {
            self.next += 1;
        }
    }

    /// An error at line `number`.
    pub(super) fn error_at(&self, number: usize, found: &str, expected: &str) -> FileError {
        self.content.error(Location::Line(number), found, format!("{expected} in {}", self.part)).with_advice(
            "every line of a VAMAS file counts: a number of lines, variables or values declared before this line may be wrong",
        )
    }

    /// The next line, trimmed.
    pub(super) fn text(&mut self, what: &str) -> Result<&'a str, FileError> {
        let Some(line) = self.lines.get(self.next) else {
            return Err(self.error_at(self.next.max(1), "the end of the file", what));
        };
        self.next += 1;
        Ok(line.text.trim())
    }

    /// The next line as a finite number, 1E37 included.
    pub(super) fn number(&mut self, what: &str) -> Result<f64, FileError> {
        let line = self.line_number();
        let text = self.text(what)?;
        parse_number(text, DecimalMark::Point)
            .map_err(|fault| self.error_at(line, &format!("\"{text}\""), &format!("{what}: {fault}")))
    }

    /// The next line as a whole number.
    pub(super) fn whole(&mut self, what: &str) -> Result<i64, FileError> {
        let line = self.line_number();
        let value = self.number(what)?;
        if value.fract() != 0.0 || value.abs() > 1e15 {
            return Err(self.error_at(line, &format!("{value}"), &format!("{what}: a whole number")));
        }
        Ok(value as i64)
    }

    /// The next line as a number of things that take `lines_each` lines; more than the file has lines is an error here.
    pub(super) fn count(&mut self, what: &str, lines_each: usize) -> Result<usize, FileError> {
        let line = self.line_number();
        let value = self.whole(what)?;
        let left = self.remaining();
        match usize::try_from(value) {
            Ok(n) if n.saturating_mul(lines_each) <= left => Ok(n),
            _ => {
                let expected = format!("{what}: zero or more, and no more than the {left} lines that follow hold");
                Err(self.error_at(line, &value.to_string(), &expected))
            }
        }
    }
}

/// A number, unless the file says that it is not known.
pub(super) fn known(value: f64) -> Option<f64> {
    (value.abs() < UNKNOWN_FROM).then_some(value)
}
