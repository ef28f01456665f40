//! Text of measured files: encodings, lines, numbers as people and instruments write them, tables of columns.
//!
//! - [`decode`]: bytes to text (UTF-8, UTF-16, Windows-1252), binary data refused with its byte;
//! - [`lines`]: numbered lines, whatever ends them (LF, CRLF, CR);
//! - [`number`]: one number with a decimal point or comma;
//! - [`table`]: comments, header and columns of numbers.

mod encoding;
pub mod number;
pub mod table;

pub use encoding::{Text, decode};

/// One line of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line<'a> {
    /// One-based number.
    pub number: usize,
    /// Text without the line's end.
    pub text: &'a str,
}

/// Numbered lines of `text`, ended by LF, CRLF or CR; an empty last line is left out.
pub fn lines(text: &str) -> impl Iterator<Item = Line<'_>> {
    let mut rest = text;
    let mut number = 0;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        number += 1;
        let (line, after) = match rest.find(['\n', '\r']) {
            Some(end) => {
                let width = if rest[end..].starts_with("\r\n") { 2 } else { 1 };
                (&rest[..end], &rest[end + width..])
            }
            None => (rest, ""),
        };
        rest = after;
        Some(Line { number, text: line })
    })
}

/// One-based line of the byte `at` of `text`.
pub fn line_at(text: &str, at: usize) -> usize {
    let before = text.get(..at).unwrap_or(text);
    let ended = before.is_empty() || before.ends_with(['\n', '\r']);
    lines(before).count() + usize::from(ended)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_in_three_ways_and_keep_their_numbers() {
        let all: Vec<_> = lines("a\nb\r\n\r\nd\re\n").map(|l| (l.number, l.text)).collect();
        assert_eq!(all, [(1, "a"), (2, "b"), (3, ""), (4, "d"), (5, "e")]);
        assert_eq!(lines("").count(), 0);
        assert_eq!(lines("x").count(), 1);
    }

    #[test]
    fn bytes_have_lines() {
        assert_eq!([0, 1, 2, 3, 99].map(|at| line_at("a\nb\n", at)), [1, 1, 2, 2, 3]);
    }
}
