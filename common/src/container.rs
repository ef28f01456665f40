//! Measured files as bytes: read once, under explicit limits, with gzip taken off.
//!
//! [`Content`] is what every reader of every format gets: the bytes, the text they decode to, the file's name, and what
//! is needed for the provenance of a result.

use std::io::Read;
use std::path::Path;
use std::sync::OnceLock;

use flate2::read::MultiGzDecoder;

use crate::error::{Error, FileError, Location, Result};
use crate::provenance::{Input, sha256_hex};
use crate::text::{self, Text};

/// Largest file that is read, in bytes.
pub const MAX_FILE_BYTES: u64 = 256 << 20;
/// Largest content of a compressed file, in bytes.
pub const MAX_EXPANDED_BYTES: u64 = 256 << 20;
/// Largest expansion of a compressed file; measured text shrinks to a tenth, rarely to a fiftieth.
pub const MAX_EXPANSION: u64 = 200;
/// Content below this size is accepted whatever its expansion.
pub const FREE_EXPANDED_BYTES: u64 = 4 << 20;

/// First bytes of a gzip stream (RFC 1952).
const GZIP_MAGIC: [u8; 2] = [0x1F, 0x8B];

/// One measured file in memory.
#[derive(Debug)]
pub struct Content {
    shown_name: String,
    file_name: String,
    bytes: Vec<u8>,
    stored_bytes: u64,
    sha256: String,
    text: OnceLock<std::result::Result<Text, FileError>>,
}

impl Content {
    /// Reads a file and takes gzip off it.
    ///
    /// # Errors
    /// [`Error::Io`] if it cannot be read; [`Error::File`] if it is larger than [`MAX_FILE_BYTES`], or as
    /// [`Content::from_bytes`].
    pub fn from_path(path: &Path) -> Result<Self> {
        let shown = path.display().to_string();
        let io = |source| Error::Io { file: shown.clone(), source };
        let file = std::fs::File::open(path).map_err(io)?;
        let mut stored = Vec::new();
        file.take(MAX_FILE_BYTES + 1).read_to_end(&mut stored).map_err(io)?;
        Self::from_bytes(&shown, stored)
    }

    /// The same from bytes; `shown_name` is the file's name as errors give it, with or without its folder.
    ///
    /// # Errors
    /// [`Error::File`] if there are more than [`MAX_FILE_BYTES`]; if gzip is cut, damaged, nested, or expands beyond
    /// [`MAX_EXPANDED_BYTES`] or [`MAX_EXPANSION`].
    pub fn from_bytes(shown_name: &str, stored: Vec<u8>) -> Result<Self> {
        if stored.len() as u64 > MAX_FILE_BYTES {
            let expected = format!("at most {MAX_FILE_BYTES} bytes in a measured file");
            return Err(FileError::new(shown_name, Location::Whole, "a larger file", expected).into());
        }
        let file_name = shown_name.rsplit(['/', '\\']).next().unwrap_or(shown_name).to_string();
        let (sha256, stored_bytes) = (sha256_hex(&stored), stored.len() as u64);
        let packed = stored.starts_with(&GZIP_MAGIC);
        let bytes = if packed { gunzip(shown_name, &stored)? } else { stored };
        let shown_name = if packed { format!("{shown_name} (unpacked)") } else { shown_name.to_string() };
        Ok(Self { shown_name, file_name, bytes, stored_bytes, sha256, text: OnceLock::new() })
    }

    /// Name for messages.
    pub fn shown_name(&self) -> &str {
        &self.shown_name
    }

    /// Name without folder.
    pub fn file_name(&self) -> &str {
        &self.file_name
    }

    /// Extension in lower case, without `.gz`; empty if there is none.
    pub fn extension(&self) -> String {
        let name = self.file_name.to_lowercase();
        let name = name.strip_suffix(".gz").unwrap_or(&name);
        name.rsplit_once('.').map_or(String::new(), |(_, extension)| extension.to_string())
    }

    /// The bytes, unpacked.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The bytes as text, decoded once.
    ///
    /// # Errors
    /// As [`text::decode`].
    pub fn text(&self) -> std::result::Result<&Text, FileError> {
        self.text.get_or_init(|| text::decode(&self.shown_name, &self.bytes)).as_ref().map_err(Clone::clone)
    }

    /// An error at a place of this file.
    pub fn error(&self, location: Location, found: impl AsRef<str>, expected: impl Into<String>) -> FileError {
        FileError::new(&self.shown_name, location, found, expected)
    }

    /// Provenance of what was read from this file.
    pub fn input(&self, format: &str, reader_warnings: Vec<String>) -> Input {
        Input {
            file_name: self.file_name.clone(),
            bytes: self.stored_bytes,
            sha256: self.sha256.clone(),
            format: format.to_string(),
            reader_warnings,
        }
    }
}

fn gunzip(file: &str, stored: &[u8]) -> Result<Vec<u8>> {
    let allowed = (stored.len() as u64).saturating_mul(MAX_EXPANSION).clamp(FREE_EXPANDED_BYTES, MAX_EXPANDED_BYTES);
    let mut decoder = MultiGzDecoder::new(stored);
    let mut bytes = Vec::new();
    let outcome = (&mut decoder).take(allowed + 1).read_to_end(&mut bytes);
    let position = (stored.len() - decoder.get_ref().len()) as u64;
    if let Err(source) = outcome {
        let found = format!("{source} after {} unpacked bytes", bytes.len());
        let error = FileError::new(file, Location::Byte(position), found, "a complete gzip stream");
        return Err(error.with_advice("the file seems to be cut or damaged").into());
    }
    if bytes.len() as u64 > allowed {
        let found = format!("{} bytes that unpack to more than {allowed}", stored.len());
        let expected = format!("an expansion of at most {MAX_EXPANSION} and at most {MAX_EXPANDED_BYTES} bytes");
        return Err(FileError::new(file, Location::Whole, found, expected).into());
    }
    if bytes.starts_with(&GZIP_MAGIC) {
        return Err(FileError::new(file, Location::Byte(0), "gzip inside gzip", "a measured file, packed once").into());
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::{Compression, write::GzEncoder};
    use std::io::Write;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn packed_and_plain_give_the_same_content_and_their_own_hash() {
        let plain = Content::from_bytes("d/a.XY", b"1 2\n".to_vec()).unwrap();
        let stored = gzip(b"1 2\n");
        let packed = Content::from_bytes("a.xy.gz", stored.clone()).unwrap();
        assert_eq!(plain.bytes(), packed.bytes());
        assert_eq!((plain.extension(), packed.extension()), ("xy".to_string(), "xy".to_string()));
        assert_eq!(plain.file_name(), "a.XY");
        let input = packed.input("columns", Vec::new());
        assert_eq!((input.bytes, input.sha256), (stored.len() as u64, sha256_hex(&stored)));
        let error = packed.error(Location::Line(3), "x", "y").to_string();
        assert!(error.starts_with("a.xy.gz (unpacked), line 3"), "{error}");
    }

    #[test]
    fn bad_gzip_is_refused() {
        let message = |bytes: Vec<u8>| Content::from_bytes("a.gz", bytes).unwrap_err().to_string();
        let text: String = (0..5000).map(|i| format!("{} {}\n", f64::from(i) * 0.02, i * 7919 % 1000)).collect();
        let whole = gzip(text.as_bytes());
        for cut in [2, 5, 12, whole.len() / 2, whole.len() - 1] {
            let text = message(whole[..cut].to_vec());
            assert!(text.contains("a.gz, byte") && text.contains("complete gzip"), "{cut}: {text}");
        }
        let mut damaged = whole.clone();
        damaged[whole.len() / 2] ^= 0xFF;
        assert!(message(damaged).contains("complete gzip"));
        assert!(message(gzip(&gzip(b"1 2"))).contains("gzip inside gzip"));
    }

    #[test]
    fn a_gzip_bomb_is_refused() {
        let bomb = gzip(&vec![b'0'; 8 << 20]);
        let text = Content::from_bytes("a.gz", bomb).unwrap_err().to_string();
        assert!(text.contains("unpack to more than 4194304"), "{text}");
    }

    #[test]
    fn a_missing_file_is_named() {
        let text = Content::from_path(Path::new("no/such.xy")).unwrap_err().to_string();
        assert!(text.starts_with("no/such.xy: "), "{text}");
    }
}
