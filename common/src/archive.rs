//! ZIP archives under explicit limits.

use std::io::{Cursor, Read};

use crate::container::MAX_EXPANDED_BYTES;
use crate::error::{FileError, Location};

/// First bytes of a ZIP archive that is not empty (PKWARE APPNOTE 6.3.10, 4.3.7).
const SIGNATURE: &[u8] = b"PK\x03\x04";

/// Most members that are accepted.
pub const MAX_MEMBERS: usize = 10_000;

/// Whether `bytes` open as a ZIP archive does.
pub fn is_zip(bytes: &[u8]) -> bool {
    bytes.starts_with(SIGNATURE)
}

/// An opened archive. All members together may expand to [`MAX_EXPANDED_BYTES`].
pub struct Archive<'a> {
    file: String,
    zip: zip::ZipArchive<Cursor<&'a [u8]>>,
    left: u64,
}

impl<'a> Archive<'a> {
    /// Opens the directory of an archive; `file` is the name used in errors.
    ///
    /// # Errors
    /// No sound directory, or more than [`MAX_MEMBERS`].
    pub fn open(file: &str, bytes: &'a [u8]) -> Result<Self, FileError> {
        let zip = zip::ZipArchive::new(Cursor::new(bytes)).map_err(|error| {
            FileError::new(file, Location::Byte(bytes.len() as u64), error.to_string(), "a complete ZIP archive")
                .with_advice("the file seems to be cut or damaged")
        })?;
        if zip.len() > MAX_MEMBERS {
            let found = format!("{} members", zip.len());
            return Err(FileError::new(file, Location::Whole, found, format!("at most {MAX_MEMBERS}")));
        }
        Ok(Self { file: file.to_owned(), zip, left: MAX_EXPANDED_BYTES })
    }

    /// Names of all members, in the order of the directory.
    pub fn names(&self) -> Vec<String> {
        (0..self.zip.len()).filter_map(|i| self.zip.name_for_index(i)?.ok().map(|name| name.into_owned())).collect()
    }

    /// The bytes of a member.
    ///
    /// # Errors
    /// There is no such member, it is damaged, or the archive expands to more than [`MAX_EXPANDED_BYTES`].
    pub fn read(&mut self, name: &str) -> Result<Vec<u8>, FileError> {
        let index = self.zip.index_for_name(name).ok_or_else(|| {
            let found = format!("{} other members", self.zip.len());
            FileError::new(&self.file, Location::Part(format!("member \"{name}\"")), found, "a member of this name")
        })?;
        self.read_at(index)
    }

    fn read_at(&mut self, index: usize) -> Result<Vec<u8>, FileError> {
        let allowed = self.left;
        let name = self.zip.name_for_index(index).and_then(Result::ok).map(|name| name.into_owned());
        let place = || match &name {
            Some(name) => Location::Part(format!("member \"{name}\"")),
            None => Location::Part(format!("member {}", index + 1)),
        };
        let expected = "a sound compressed member";
        let member = self
            .zip
            .by_index(index)
            .map_err(|error| FileError::new(&self.file, place(), error.to_string(), expected))?;
        let mut bytes = Vec::new();
        member
            .take(allowed + 1)
            .read_to_end(&mut bytes)
            .map_err(|error| FileError::new(&self.file, place(), error.to_string(), expected))?;
        if bytes.len() as u64 > allowed {
            let expected = format!("an archive that expands to at most {MAX_EXPANDED_BYTES} bytes");
            return Err(FileError::new(&self.file, place(), "more", expected));
        }
        self.left -= bytes.len() as u64;
        Ok(bytes)
    }

    /// Expands every member once, to be sure that another reader may do so.
    ///
    /// # Errors
    /// As [`Archive::read`].
    pub fn check(mut self) -> Result<(), FileError> {
        (0..self.zip.len()).try_for_each(|index| self.read_at(index).map(drop))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn archive(members: &[(&str, &[u8])]) -> Vec<u8> {
        let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for (name, bytes) in members {
            writer.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
            writer.write_all(bytes).unwrap();
        }
        writer.finish().unwrap().into_inner()
    }

    #[test]
    fn members_are_read_by_name() {
        let bytes = archive(&[("a.xml", b"<a/>"), ("b/c.txt", b"text")]);
        assert!(is_zip(&bytes) && !is_zip(b"PK"));
        let mut zip = Archive::open("x.zip", &bytes).unwrap();
        assert_eq!(zip.names(), ["a.xml", "b/c.txt"]);
        assert_eq!(zip.read("b/c.txt").unwrap(), b"text");
        let text = zip.read("d").unwrap_err().to_string();
        assert!(text.contains("x.zip, member \"d\""), "{text}");
        zip.check().unwrap();
    }

    #[test]
    fn cut_and_damaged_archives_are_refused() {
        let content: Vec<u8> = (0..10_000_u32).flat_map(|i| (i * i % 251).to_le_bytes()).collect();
        let mut bytes = archive(&[("a", &content)]);
        for cut in [4, 40, bytes.len() / 2, bytes.len() - 1] {
            assert!(Archive::open("x.zip", &bytes[..cut]).is_err(), "{cut}");
        }
        let middle = bytes.len() / 2;
        bytes[middle] ^= 0xFF;
        assert!(Archive::open("x.zip", &bytes).unwrap().check().is_err());
    }

    #[test]
    fn an_archive_that_expands_too_far_is_refused() {
        let bytes = archive(&[("a", &vec![0; 1 << 20]), ("b", &vec![0; 1 << 20])]);
        let mut zip = Archive::open("x.zip", &bytes).unwrap();
        zip.left = 3 << 19;
        let text = zip.check().unwrap_err().to_string();
        assert!(text.contains("member \"b\"") && text.contains("expands to at most"), "{text}");
    }
}
