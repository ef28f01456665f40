//! The sector chains of a compound file, walked once under limits before anything is read through them.

use super::{MAX_DIRECTORY_ENTRIES, SIGNATURE};
use crate::error::{FileError, Location};

const HEADER_BYTES: usize = 512;
const DIRECTORY_ENTRY_BYTES: usize = 128;
const DIFAT_IN_HEADER: usize = 109;
/// Largest sector number that is a place in the file; those above are marks ([MS-CFB] 2.1).
const MAX_REGULAR_SECTOR: u32 = 0xFFFF_FFFA;
const END_OF_CHAIN: u32 = 0xFFFF_FFFE;

/// Object type of a stream in a directory entry ([MS-CFB] 2.6.1).
const STREAM: u8 = 2;
/// Object type of the root storage.
const ROOT: u8 = 5;

struct Layout<'a> {
    file: &'a str,
    bytes: &'a [u8],
    sector_bytes: usize,
    sectors: usize,
}

/// Walks the allocation tables and the chain of every stream.
pub(super) fn check(file: &str, bytes: &[u8]) -> Result<(), FileError> {
    let layout = Layout::new(file, bytes)?;
    let fat = layout.allocation_table()?;
    let directory = layout.chain(&fat, layout.u32_at(48)?, 48, None)?;
    let mini_fat = layout.mini_allocation_table(&fat)?;
    let cutoff = u64::from(layout.u32_at(56)?);
    let mut root_bytes = 0_u64;
    for (entries, at) in directory_entries(&layout, &directory)?.into_iter().enumerate() {
        if entries >= MAX_DIRECTORY_ENTRIES {
            return Err(layout.error(at, "another directory entry", format!("at most {MAX_DIRECTORY_ENTRIES}")));
        }
        let Some(kind) = bytes.get(at + 66).copied() else { break };
        if kind != STREAM && kind != ROOT {
            continue;
        }
        let start = layout.u32_at(at + 116)?;
        // Version 3 files use the low 32 bits of the size only ([MS-CFB] 2.6.1).
        let size = u64::from(layout.u32_at(at + 120)?);
        if kind == ROOT {
            root_bytes = size;
        }
        if size == 0 {
            continue;
        }
        if kind == ROOT || size >= cutoff {
            layout.chain(&fat, start, at + 116, Some(size))?;
        } else {
            layout.mini_chain(&mini_fat, start, at + 116, size, root_bytes)?;
        }
    }
    Ok(())
}

/// Byte offsets of the directory entries.
fn directory_entries(layout: &Layout, directory: &[u32]) -> Result<Vec<usize>, FileError> {
    let per_sector = layout.sector_bytes / DIRECTORY_ENTRY_BYTES;
    if directory.is_empty() {
        return Err(layout.error(48, "an empty directory", "a root entry"));
    }
    Ok(directory
        .iter()
        .flat_map(|sector| {
            let first = layout.offset(*sector);
            (0..per_sector).map(move |i| first + i * DIRECTORY_ENTRY_BYTES)
        })
        .collect())
}

impl<'a> Layout<'a> {
    fn new(file: &'a str, bytes: &'a [u8]) -> Result<Self, FileError> {
        let at = |byte: usize, found: String, expected: &str| {
            FileError::new(file, Location::Byte(byte as u64), found, expected)
                .with_advice("the file is damaged or no OLE2 compound file; copy or export it again")
        };
        if bytes.len() < HEADER_BYTES {
            return Err(at(bytes.len(), "the end of the file".into(), "an OLE2 header of 512 bytes"));
        }
        if !bytes.starts_with(&SIGNATURE) {
            return Err(at(0, format!("{:02X?}", &bytes[..8]), "the OLE2 signature D0 CF 11 E0 A1 B1 1A E1"));
        }
        let shift = u16::from_le_bytes([bytes[30], bytes[31]]);
        if shift != 9 && shift != 12 {
            return Err(at(30, shift.to_string(), "9 or 12, the binary logarithm of the sector size"));
        }
        let mini_shift = u16::from_le_bytes([bytes[32], bytes[33]]);
        if mini_shift != 6 {
            return Err(at(32, mini_shift.to_string(), "6, the binary logarithm of the short-sector size"));
        }
        let sector_bytes = 1 << shift;
        // The last sector may be cut at the end of its content.
        let sectors = bytes.len().saturating_sub(sector_bytes).div_ceil(sector_bytes);
        Ok(Self { file, bytes, sector_bytes, sectors })
    }

    fn error(&self, byte: usize, found: impl AsRef<str>, expected: impl Into<String>) -> FileError {
        FileError::new(self.file, Location::Byte(byte as u64), found, expected)
            .with_advice("the OLE2 container is truncated or damaged; copy or export it again")
    }

    fn offset(&self, sector: u32) -> usize {
        (sector as usize).saturating_add(1).saturating_mul(self.sector_bytes)
    }

    fn u32_at(&self, byte: usize) -> Result<u32, FileError> {
        match self.bytes.get(byte..byte.saturating_add(4)) {
            Some(&[a, b, c, d]) => Ok(u32::from_le_bytes([a, b, c, d])),
            _ => Err(self.error(byte, "the end of the file", "a sector number")),
        }
    }

    /// Entry of the sector number that stands at `from`: its own byte offset, checked to lie in the file.
    fn sector_at(&self, sector: u32, from: usize) -> Result<usize, FileError> {
        if (sector as usize) < self.sectors {
            Ok(self.offset(sector))
        } else {
            Err(self.error(from, format!("sector {sector}"), format!("one of the file's {} sectors", self.sectors)))
        }
    }

    /// The file allocation table: one entry per sector.
    fn allocation_table(&self) -> Result<Vec<u32>, FileError> {
        let declared = self.u32_at(44)? as usize;
        if declared > self.sectors {
            return Err(self.error(44, format!("{declared} FAT sectors"), format!("at most {}", self.sectors)));
        }
        let mut places: Vec<usize> = (0..declared.min(DIFAT_IN_HEADER)).map(|i| 76 + 4 * i).collect();
        let (mut next, mut from, mut visited) = (self.u32_at(68)?, 68, 0);
        while next < MAX_REGULAR_SECTOR && places.len() < declared {
            let start = self.sector_at(next, from)?;
            visited += 1;
            if visited > self.sectors {
                return Err(self.error(from, "a loop in the list of FAT sectors", "an end"));
            }
            let entries = self.sector_bytes / 4 - 1;
            places.extend((0..entries.min(declared - places.len())).map(|i| start + 4 * i));
            from = start + 4 * entries;
            next = self.u32_at(from)?;
        }
        if places.len() < declared {
            return Err(self.error(44, format!("{declared} FAT sectors"), format!("{}, as listed", places.len())));
        }
        let mut fat = Vec::with_capacity(self.sectors);
        for place in places {
            let start = self.sector_at(self.u32_at(place)?, place)?;
            for i in 0..self.sector_bytes / 4 {
                fat.push(self.u32_at(start + 4 * i)?);
            }
        }
        Ok(fat)
    }

    /// Sectors of the chain that begins at `start`; `from` is where that number stands, `size` what it must hold.
    fn chain(&self, fat: &[u32], start: u32, from: usize, size: Option<u64>) -> Result<Vec<u32>, FileError> {
        let mut chain = Vec::new();
        let mut sector = start;
        while sector != END_OF_CHAIN {
            let at = self.sector_at(sector, from)?;
            if chain.len() >= self.sectors {
                return Err(self.error(from, format!("a chain that loops at sector {sector}"), "an end of the chain"));
            }
            chain.push(sector);
            sector = *fat
                .get(sector as usize)
                .ok_or_else(|| self.error(at, format!("sector {sector} outside the FAT"), "a sector that it lists"))?;
        }
        let Some(size) = size else { return Ok(chain) };
        let held = chain.len() as u64 * self.sector_bytes as u64;
        if held < size {
            return Err(self.error(from, format!("a chain of {held} bytes"), format!("{size} bytes, as declared")));
        }
        let last = ((size - 1) / self.sector_bytes as u64) as usize;
        let end = self.offset(chain[last]) as u64 + (size - 1) % self.sector_bytes as u64;
        if end >= self.bytes.len() as u64 {
            return Err(self.error(self.bytes.len(), "the end of the file", format!("content up to byte {end}")));
        }
        Ok(chain)
    }

    fn mini_allocation_table(&self, fat: &[u32]) -> Result<Vec<u32>, FileError> {
        let start = self.u32_at(60)?;
        if start >= MAX_REGULAR_SECTOR {
            return Ok(Vec::new());
        }
        let mut table = Vec::new();
        for sector in self.chain(fat, start, 60, None)? {
            let first = self.offset(sector);
            for i in 0..self.sector_bytes / 4 {
                table.push(self.u32_at(first + 4 * i)?);
            }
        }
        Ok(table)
    }

    /// Checks the chain of a stream shorter than the cutoff, which lives in the root's stream of 64-byte sectors.
    fn mini_chain(&self, table: &[u32], start: u32, from: usize, size: u64, root_bytes: u64) -> Result<(), FileError> {
        let (mut sector, mut length) = (start, 0_u64);
        while sector != END_OF_CHAIN {
            let next = table.get(sector as usize).copied().filter(|_| u64::from(sector) * 64 < root_bytes);
            let Some(next) = next else {
                let expected = format!("one of the {} short sectors", root_bytes.div_ceil(64));
                return Err(self.error(from, format!("short sector {sector}"), expected));
            };
            length += 1;
            if length > table.len() as u64 {
                return Err(self.error(from, format!("a chain that loops at short sector {sector}"), "an end of it"));
            }
            sector = next;
        }
        if length * 64 < size {
            return Err(self.error(from, format!("a chain of {} bytes", length * 64), format!("{size}, as declared")));
        }
        Ok(())
    }
}
