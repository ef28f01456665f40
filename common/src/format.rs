//! Registry of file formats: one row per format, chosen by what a file holds and never by its extension alone.
//!
//! Each technique keeps a static slice of [`Format`] rows for its own kind of data set `T` and its own error `E`.
//! [`choose`] asks every row's sniffer how sure it is of a [`Content`]; the surest wins, the first of equals.

use crate::container::Content;
use crate::error::{FileError, Location};

/// How sure a sniffer is that a file is of its format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Confidence {
    /// It is not.
    No,
    /// It could be, and nothing speaks against it.
    Possible,
    /// It looks like it from end to end of what was looked at.
    Likely,
    /// It bears the format's own mark.
    Certain,
}

/// Reader of one format: every data set that a file holds.
pub type Reader<T, E> = fn(&Content) -> Result<Vec<T>, E>;

/// Writer of one format: the bytes of a file that holds these data sets.
pub type Writer<T, E> = fn(&[T]) -> Result<Vec<u8>, E>;

/// One row of a registry.
#[derive(Debug)]
pub struct Format<T: 'static, E: 'static> {
    /// Short name, as provenance and errors give it.
    pub name: &'static str,
    /// Usual extensions in lower case, without dot.
    pub extensions: &'static [&'static str],
    /// What it is and whose, for lists of formats.
    pub description: &'static str,
    /// Looks at the content, cheaply and without failing.
    pub sniff: fn(&Content) -> Confidence,
    /// Reads the content.
    pub read: Reader<T, E>,
    /// Writers by the name that selects them; empty for formats that are only read.
    pub writers: &'static [(&'static str, Writer<T, E>)],
}

/// The row whose sniffer is surest of `content`.
///
/// # Errors
/// A [`FileError`] that shows how the file begins and lists the known formats, if no sniffer takes it; for an empty file
/// it says so.
pub fn choose<'r, T, E>(registry: &'r [Format<T, E>], content: &Content) -> Result<&'r Format<T, E>, FileError> {
    if content.bytes().is_empty() {
        return Err(content.error(Location::Whole, "an empty file", "a measured file"));
    }
    let mut best = (Confidence::No, None);
    for row in registry {
        let confidence = (row.sniff)(content);
        if confidence > best.0 {
            best = (confidence, Some(row));
        }
    }
    best.1.ok_or_else(|| unknown(registry, content))
}

/// The writer that is selected by `name`.
pub fn writer<T, E>(registry: &[Format<T, E>], name: &str) -> Option<Writer<T, E>> {
    registry.iter().flat_map(|row| row.writers).find(|(known, _)| *known == name).map(|(_, writer)| *writer)
}

fn unknown<T, E>(registry: &[Format<T, E>], content: &Content) -> FileError {
    let names: Vec<&str> = registry.iter().map(|row| row.name).collect();
    let expected = format!("the content of a known format ({})", names.join(", "));
    match content.text() {
        Ok(text) => {
            let line = crate::text::lines(&text.content).find(|line| !line.text.trim().is_empty());
            let (number, quoted) = line.map_or((1, String::new()), |line| (line.number, line.text.trim().to_string()));
            content.error(Location::Line(number), format!("\"{quoted}\""), expected)
        }
        Err(error) => {
            let head: Vec<String> = content.bytes().iter().take(8).map(|b| format!("{b:02X}")).collect();
            let found = format!("{} (the file begins {})", error.found, head.join(" "));
            content.error(error.location, found, expected)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Row = Format<&'static str, FileError>;

    const ROWS: [Row; 2] = [
        Format {
            name: "letters",
            extensions: &["abc"],
            description: "begins with a letter",
            sniff: |c| if c.bytes()[0].is_ascii_alphabetic() { Confidence::Likely } else { Confidence::No },
            read: |_| Ok(vec!["letters"]),
            writers: &[("abc", |_| Ok(b"abc".to_vec()))],
        },
        Format {
            name: "magic",
            extensions: &[],
            description: "begins with MAGIC",
            sniff: |c| if c.bytes().starts_with(b"MAGIC") { Confidence::Certain } else { Confidence::No },
            read: |_| Ok(vec!["magic"]),
            writers: &[],
        },
    ];

    fn chosen(bytes: &[u8]) -> Result<&'static str, String> {
        let content = Content::from_bytes("f.abc", bytes.to_vec()).unwrap();
        choose(&ROWS, &content).map(|row| row.name).map_err(|error| error.to_string())
    }

    #[test]
    fn the_surest_wins() {
        assert_eq!(chosen(b"MAGIC 1"), Ok("magic"));
        assert_eq!(chosen(b"other"), Ok("letters"));
    }

    #[test]
    fn unknown_content_is_shown() {
        assert!(chosen(b"").unwrap_err().contains("an empty file"));
        let text = chosen(b"\n 12 34\n").unwrap_err();
        assert!(text.contains("line 2: found \"12 34\"") && text.contains("letters, magic"), "{text}");
        let text = chosen(b"\x89PNG\x00\x01").unwrap_err();
        assert!(text.contains("byte 4: found control character 0x00 (the file begins 89 50 4E 47 00 01)"), "{text}");
    }

    #[test]
    fn writers_are_found_by_name() {
        assert!(writer(&ROWS, "abc").is_some());
        assert!(writer(&ROWS, "magic").is_none());
    }
}
