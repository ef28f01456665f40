//! OLE2 compound files (streams and property sets) under explicit limits.
//!
//! The sector chains that a file declares are walked and bounded here before the `cfb` crate reads a stream, so that a
//! truncated, looping or oversized file is refused with the byte where it goes wrong. Structure: Microsoft, \[MS-CFB\]
//! Compound File Binary File Format, v20231113, sections 2.2–2.6.

use std::io::{Cursor, Read};

use crate::error::{FileError, Location};

mod chains;
mod properties;

pub use properties::{Property, PropertySet, PropertyValue, property_sets};

/// First eight bytes of every compound file.
pub const SIGNATURE: [u8; 8] = [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1];

/// Longest stream that is read into memory, in bytes.
pub const MAX_STREAM_BYTES: u64 = 256 * 1024 * 1024;

/// Largest number of directory entries that is accepted.
pub const MAX_DIRECTORY_ENTRIES: usize = 16_384;

/// Whether `bytes` open as a compound file does.
pub fn is_ole(bytes: &[u8]) -> bool {
    bytes.starts_with(&SIGNATURE)
}

/// An opened compound file whose chains have been checked.
pub struct OleFile<'a> {
    file: String,
    container: cfb::CompoundFile<Cursor<&'a [u8]>>,
}

impl<'a> OleFile<'a> {
    /// Checks every chain of `bytes` and opens the directory; `file` is the name used in errors.
    ///
    /// # Errors
    /// Wrong signature, impossible sector sizes, a chain that leaves the file, loops or exceeds a limit: with its byte.
    pub fn open(file: &str, bytes: &'a [u8]) -> Result<Self, FileError> {
        chains::check(file, bytes)?;
        let container = cfb::CompoundFile::open(Cursor::new(bytes)).map_err(|error| {
            FileError::new(file, Location::Whole, error.to_string(), "a sound OLE2 compound file")
                .with_advice("export the data again")
        })?;
        Ok(Self { file: file.to_owned(), container })
    }

    /// Paths of all streams, `/`-separated, in directory order.
    pub fn streams(&self) -> Vec<String> {
        self.container
            .walk()
            .filter(cfb::Entry::is_stream)
            .take(MAX_DIRECTORY_ENTRIES)
            .map(|entry| entry.path().to_string_lossy().trim_start_matches('/').to_owned())
            .collect()
    }

    /// Whether a stream of this path exists.
    pub fn has_stream(&self, path: &str) -> bool {
        self.container.is_stream(path)
    }

    /// The bytes of a stream.
    ///
    /// # Errors
    /// The stream is missing, longer than [`MAX_STREAM_BYTES`] or broken.
    pub fn read(&mut self, path: &str) -> Result<Vec<u8>, FileError> {
        let part = || Location::Part(format!("stream \"{path}\""));
        let mut stream = self.container.open_stream(path).map_err(|error| {
            FileError::new(&self.file, part(), error.to_string(), "a stream of this name in the container")
        })?;
        if stream.len() > MAX_STREAM_BYTES {
            return Err(FileError::new(
                &self.file,
                part(),
                format!("{} bytes", stream.len()),
                format!("at most {MAX_STREAM_BYTES} bytes"),
            ));
        }
        let mut bytes = Vec::new();
        stream
            .read_to_end(&mut bytes)
            .map_err(|error| FileError::new(&self.file, part(), error.to_string(), "a readable stream"))?;
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn container(stream: &[u8]) -> Vec<u8> {
        let mut file = cfb::CompoundFile::create(Cursor::new(Vec::new())).unwrap();
        file.create_stream("/numbers").unwrap().write_all(stream).unwrap();
        file.flush().unwrap();
        file.into_inner().into_inner()
    }

    #[test]
    fn reads_small_and_large_streams() {
        for length in [10, 4095, 4096, 100_000] {
            let content: Vec<u8> = (0..length).map(|i| (i % 251) as u8).collect();
            let bytes = container(&content);
            let mut ole = OleFile::open("x.ole", &bytes).unwrap();
            assert_eq!(ole.streams(), ["numbers"]);
            assert!(ole.has_stream("numbers") && !ole.has_stream("letters"));
            assert_eq!(ole.read("numbers").unwrap(), content);
        }
    }

    #[test]
    fn truncation_names_a_byte() {
        let bytes = container(&[7; 100_000]);
        for keep in [100, 600, 1024, 40_000, bytes.len() - 4096] {
            let text = OleFile::open("x.ole", &bytes[..keep]).err().expect("refused").to_string();
            assert!(text.contains("x.ole, byte "), "{keep}: {text}");
        }
    }

    #[test]
    fn a_loop_names_a_byte() {
        let mut bytes = container(&[7; 100_000]);
        // [MS-CFB] 2.2: the first FAT sector's number stands at byte 76; 2.3: FAT entries are u32.
        let sector = 1 << u16::from_le_bytes([bytes[30], bytes[31]]);
        let fat = (u32::from_le_bytes([bytes[76], bytes[77], bytes[78], bytes[79]]) as usize + 1) * sector;
        for from in 5..20_usize {
            let at = fat + 4 * from;
            let mut looping = bytes.clone();
            looping[at..at + 4].copy_from_slice(&4_u32.to_le_bytes());
            let text = OleFile::open("x.ole", &looping).err().expect("refused").to_string();
            assert!(text.contains(", byte "), "{text}");
        }
        bytes[30] = 60;
        let text = OleFile::open("x.ole", &bytes).err().expect("refused").to_string();
        assert!(text.contains("byte 30: found 60"), "{text}");
    }

    #[test]
    fn missing_stream_is_named() {
        let bytes = container(&[1]);
        let text = OleFile::open("x.ole", &bytes).unwrap().read("letters").unwrap_err().to_string();
        assert!(text.contains("stream \"letters\""), "{text}");
    }
}
