//! Numbers at places in binary files; every place is checked, and errors name it.

use crate::error::{FileError, Location};

/// Bytes of a file, or of a named part of one, read at explicit offsets.
#[derive(Debug, Clone, Copy)]
pub struct Binary<'a> {
    file: &'a str,
    part: Option<&'a str>,
    bytes: &'a [u8],
}

macro_rules! little_endian {
    ($($(#[$doc:meta])* $name:ident: $kind:ty;)+) => {
        $(
            $(#[$doc])*
            ///
            /// # Errors
            /// The file ends before.
            pub fn $name(&self, at: usize) -> Result<$kind, FileError> {
                self.array(at).map(<$kind>::from_le_bytes)
            }
        )+
    };
}

impl<'a> Binary<'a> {
    /// The bytes of a whole file.
    pub fn file(file: &'a str, bytes: &'a [u8]) -> Self {
        Self { file, part: None, bytes }
    }

    /// The bytes of a named part of a file, whose offsets count from its own beginning.
    pub fn part(file: &'a str, part: &'a str, bytes: &'a [u8]) -> Self {
        Self { file, part: Some(part), bytes }
    }

    /// Number of bytes.
    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Place of the byte `at`, for errors.
    pub fn place(&self, at: usize) -> Location {
        match self.part {
            Some(part) => Location::Part(format!("{}, byte {at}", part.escape_debug())),
            None => Location::Byte(at as u64),
        }
    }

    /// An error at the byte `at`.
    pub fn error(&self, at: usize, found: impl AsRef<str>, expected: impl Into<String>) -> FileError {
        FileError::new(self.file, self.place(at), found, expected)
    }

    /// `length` bytes from `at`.
    ///
    /// # Errors
    /// The file ends before.
    pub fn slice(&self, at: usize, length: usize) -> Result<&'a [u8], FileError> {
        at.checked_add(length).and_then(|end| self.bytes.get(at..end)).ok_or_else(|| {
            self.error(at, format!("the end after {} bytes", self.bytes.len()), format!("{length} more bytes"))
                .with_advice("the file seems to be cut or damaged")
        })
    }

    /// `N` bytes from `at`.
    ///
    /// # Errors
    /// The file ends before.
    pub fn array<const N: usize>(&self, at: usize) -> Result<[u8; N], FileError> {
        let mut out = [0; N];
        out.copy_from_slice(self.slice(at, N)?);
        Ok(out)
    }

    little_endian! {
        /// One byte.
        u8_at: u8;
        /// Unsigned 16-bit integer.
        u16_at: u16;
        /// Signed 16-bit integer.
        i16_at: i16;
        /// Unsigned 32-bit integer.
        u32_at: u32;
        /// Signed 32-bit integer.
        i32_at: i32;
        /// Signed 64-bit integer.
        i64_at: i64;
        /// Unsigned 64-bit integer.
        u64_at: u64;
        /// Single precision.
        f32_at: f32;
        /// Double precision.
        f64_at: f64;
    }

    /// `count` doubles from `at`.
    ///
    /// # Errors
    /// The file ends before.
    pub fn f64s_at(&self, at: usize, count: usize) -> Result<Vec<f64>, FileError> {
        let bytes = self.slice(at, count.saturating_mul(8))?;
        Ok(bytes.as_chunks::<8>().0.iter().map(|b| f64::from_le_bytes(*b)).collect())
    }

    /// `count` singles from `at`.
    ///
    /// # Errors
    /// The file ends before.
    pub fn f32s_at(&self, at: usize, count: usize) -> Result<Vec<f32>, FileError> {
        let bytes = self.slice(at, count.saturating_mul(4))?;
        Ok(bytes.as_chunks::<4>().0.iter().map(|b| f32::from_le_bytes(*b)).collect())
    }
}

/// The double that has the shortest decimal form of a single (4.2 rather than 4.199999809…).
pub fn shortest_f64(single: f32) -> f64 {
    single.to_string().parse().unwrap_or(f64::from(single))
}

/// UTF-16 (little-endian) text without trailing zeros; what is no character becomes U+FFFD.
pub fn utf16_text(bytes: &[u8]) -> String {
    let units: Vec<u16> = bytes.as_chunks::<2>().0.iter().map(|b| u16::from_le_bytes(*b)).collect();
    String::from_utf16_lossy(&units).trim_end_matches('\0').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_ends() {
        let bytes = [1, 0, 0, 0, 0x66, 0x66, 0x86, 0x40];
        let binary = Binary::part("a.vgd", "stream \"\u{5}x\"", &bytes);
        assert_eq!(binary.u32_at(0).unwrap(), 1);
        assert_eq!(binary.f32_at(4).map(shortest_f64).unwrap(), 4.2);
        let text = binary.f64_at(1).unwrap_err().to_string();
        assert!(text.contains("a.vgd, stream") && text.contains("byte 1") && text.contains("8 more bytes"), "{text}");
        assert!(binary.slice(usize::MAX, 2).is_err() && binary.f64s_at(0, usize::MAX).is_err());
        assert!(Binary::file("a", &bytes).u8_at(8).unwrap_err().to_string().starts_with("a, byte 8"));
    }
}
