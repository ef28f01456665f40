//! Bytes to text. The encoding is found from a byte-order mark, from the pattern of zero bytes, or by trying UTF-8;
//! what is left is read as Windows-1252, which every byte of an old instrument's export is valid in, and said.

use encoding_rs::{Encoding, UTF_16BE, UTF_16LE, WINDOWS_1252};

use crate::error::{FileError, Location};

/// Decoded text of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    /// The text, without byte-order mark and without the end-of-file mark of old systems.
    pub content: String,
    /// Name of the encoding.
    pub encoding: &'static str,
    /// What had to be assumed.
    pub warnings: Vec<String>,
}

/// How many bytes are looked at to recognise UTF-16 without a byte-order mark.
const SAMPLE_BYTES: usize = 4096;

/// Decodes the bytes of a text file. `file` is named in errors.
///
/// # Errors
/// A [`FileError`] with the byte: malformed UTF-8 behind a byte-order mark, malformed or cut UTF-16, control characters
/// that no text holds (binary data).
pub fn decode(file: &str, bytes: &[u8]) -> Result<Text, FileError> {
    let mut text = match bytes {
        [0xEF, 0xBB, 0xBF, rest @ ..] => marked_utf8(file, rest)?,
        [0xFF, 0xFE, rest @ ..] => utf16(file, rest, UTF_16LE, 2)?,
        [0xFE, 0xFF, rest @ ..] => utf16(file, rest, UTF_16BE, 2)?,
        _ => unmarked(file, bytes)?,
    };
    if text.content.ends_with(['\u{1A}', '\0']) {
        let length = text.content.trim_end_matches(['\u{1A}', '\0']).len();
        text.content.truncate(length);
    }
    refuse_binary(file, &text, bytes)?;
    Ok(text)
}

fn marked_utf8(file: &str, bytes: &[u8]) -> Result<Text, FileError> {
    match std::str::from_utf8(bytes) {
        Ok(content) => Ok(Text { content: content.into(), encoding: "UTF-8", warnings: Vec::new() }),
        Err(error) => {
            let at = error.valid_up_to();
            let byte = Location::Byte((at + 3) as u64);
            Err(FileError::new(file, byte, format!("0x{:02X}", bytes[at]), "UTF-8, as the byte-order mark says"))
        }
    }
}

fn utf16(file: &str, bytes: &[u8], encoding: &'static Encoding, mark: usize) -> Result<Text, FileError> {
    if !bytes.len().is_multiple_of(2) {
        let byte = Location::Byte((bytes.len() + mark - 1) as u64);
        return Err(FileError::new(file, byte, "half a character", "an even number of bytes in UTF-16 text")
            .with_advice("the file seems to be cut"));
    }
    let little = encoding == UTF_16LE;
    let units =
        bytes.as_chunks::<2>().0.iter().map(|b| if little { u16::from_le_bytes(*b) } else { u16::from_be_bytes(*b) });
    let mut content = String::with_capacity(bytes.len() / 2);
    let mut at = mark;
    for decoded in char::decode_utf16(units) {
        match decoded {
            Ok(character) => {
                content.push(character);
                at += 2 * character.len_utf16();
            }
            Err(error) => {
                let found = format!("0x{:04X}", error.unpaired_surrogate());
                return Err(FileError::new(file, Location::Byte(at as u64), found, "a UTF-16 character"));
            }
        }
    }
    Ok(Text { content, encoding: encoding.name(), warnings: Vec::new() })
}

fn unmarked(file: &str, bytes: &[u8]) -> Result<Text, FileError> {
    if let Some(encoding) = utf16_by_zeros(bytes) {
        let mut text = utf16(file, bytes, encoding, 0)?;
        text.warnings.push(format!("no byte-order mark; read as {} because every other byte is zero", encoding.name()));
        return Ok(text);
    }
    match std::str::from_utf8(bytes) {
        Ok(content) => Ok(Text { content: content.into(), encoding: "UTF-8", warnings: Vec::new() }),
        Err(error) => {
            let at = error.valid_up_to();
            let line = super::line_at(std::str::from_utf8(&bytes[..at]).unwrap_or(""), at);
            let (content, _) = WINDOWS_1252.decode_without_bom_handling(bytes);
            Ok(Text {
                content: content.into_owned(),
                encoding: "windows-1252",
                warnings: vec![format!("not UTF-8 (byte 0x{:02X} near line {line}); read as Windows-1252", bytes[at])],
            })
        }
    }
}

/// Latin text in UTF-16 has a zero in every second byte and none in the others.
fn utf16_by_zeros(bytes: &[u8]) -> Option<&'static Encoding> {
    let sample = &bytes[..bytes.len().min(SAMPLE_BYTES)];
    let zeros = |parity: usize| sample.iter().skip(parity).step_by(2).filter(|b| **b == 0).count();
    let (even, odd, half) = (zeros(0), zeros(1), sample.len() / 2);
    if half < 2 {
        return None;
    }
    let many = |n: usize| n * 10 >= half * 8;
    let few = |n: usize| n * 50 <= half;
    match (many(even), many(odd)) {
        (false, true) if few(even) => Some(UTF_16LE),
        (true, false) if few(odd) => Some(UTF_16BE),
        _ => None,
    }
}

/// Control characters other than tab, line ends, form feed and escape do not occur in text.
fn refuse_binary(file: &str, text: &Text, bytes: &[u8]) -> Result<(), FileError> {
    let binary =
        |c: char| c.is_control() && !matches!(c, '\t' | '\n' | '\r' | '\u{0B}' | '\u{0C}' | '\u{1B}' | '\u{1A}');
    let Some((at, character)) = text.content.char_indices().find(|(_, c)| binary(*c)) else {
        return Ok(());
    };
    let before = text.content[..at].chars();
    let byte = match text.encoding {
        "UTF-8" => at + if bytes.starts_with(&[0xEF, 0xBB, 0xBF]) { 3 } else { 0 },
        "windows-1252" => before.count(),
        _ => 2 * before.map(char::len_utf16).sum::<usize>() + if text.warnings.is_empty() { 2 } else { 0 },
    };
    let found = format!("control character 0x{:02X}", u32::from(character));
    Err(FileError::new(file, Location::Byte(byte as u64), found, "text (the file holds binary data)"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utf16_bytes(text: &str, little: bool, mark: bool) -> Vec<u8> {
        let text = if mark { format!("\u{FEFF}{text}") } else { text.to_string() };
        text.encode_utf16().flat_map(|u| if little { u.to_le_bytes() } else { u.to_be_bytes() }).collect()
    }

    #[test]
    fn five_encodings_give_the_same_text() {
        let text = "# 2θ\n10,0 5\n";
        let mut marked = vec![0xEF, 0xBB, 0xBF];
        marked.extend_from_slice(text.as_bytes());
        let forms = [
            (text.as_bytes().to_vec(), "UTF-8"),
            (marked, "UTF-8"),
            (utf16_bytes(text, true, true), "UTF-16LE"),
            (utf16_bytes(text, false, true), "UTF-16BE"),
        ];
        for (bytes, encoding) in forms {
            let decoded = decode("f", &bytes).unwrap();
            assert_eq!((decoded.content.as_str(), decoded.encoding), (text, encoding));
            assert!(decoded.warnings.is_empty());
        }
        for little in [true, false] {
            let decoded = decode("f", &utf16_bytes("10.0 5\n11.0 6\n", little, false)).unwrap();
            assert_eq!(decoded.content, "10.0 5\n11.0 6\n");
            assert_eq!(decoded.warnings.len(), 1);
        }
    }

    #[test]
    fn latin_text_is_read_and_said() {
        let decoded = decode("f", b"# 20 \xB0C, 1.54 \xC5\n10 5\n").unwrap();
        assert_eq!(decoded.content, "# 20 °C, 1.54 Å\n10 5\n");
        assert!(decoded.warnings[0].contains("0xB0 near line 1"), "{:?}", decoded.warnings);
        let decoded = decode("f", b"a\nb\n\xB0\n").unwrap();
        assert!(decoded.warnings[0].contains("line 3"), "{:?}", decoded.warnings);
    }

    #[test]
    fn an_old_end_of_file_mark_is_dropped() {
        assert_eq!(decode("f", b"1 2\r\n\x1A").unwrap().content, "1 2\r\n");
    }

    #[test]
    fn binary_and_cut_data_are_refused_with_the_byte() {
        let message = |bytes: &[u8]| decode("scan.xy", bytes).unwrap_err().to_string();
        assert!(message(b"10 5\n\x00\x01\x02zz").contains("byte 5: found control character 0x00"));
        assert!(message(b"\xB0 5\n\x02zz").contains("byte 4: found control character 0x02"));
        assert!(message(b"\xEF\xBB\xBF10\xFF").contains("byte 5: found 0xFF"));
        let mut cut = utf16_bytes("10 5\n", true, true);
        cut.pop();
        assert!(message(&cut).contains("byte 10: found half a character"), "{}", message(&cut));
        let mut lone = utf16_bytes("ab", true, true);
        lone.extend([0x00, 0xD8, 0x41, 0x00]);
        assert!(message(&lone).contains("byte 6: found 0xD800"), "{}", message(&lone));
    }
}
