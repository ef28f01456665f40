//! OLE property sets: numbered, typed values with an optional dictionary of names.
//!
//! Structure: Microsoft, \[MS-OLEPS\] Object Linking and Embedding (OLE) Property Set Data Structures, sections 2.2–2.21.

use std::collections::HashMap;

use crate::binary::{Binary, shortest_f64, utf16_text};
use crate::error::FileError;

/// Largest number of properties in one set.
const MAX_PROPERTIES: usize = 65_536;
/// Largest number of sets in one stream ([MS-OLEPS] allows two).
const MAX_SETS: usize = 2;
/// Code page of UTF-16 strings ([MS-OLEPS] 2.3).
const CODE_PAGE_UTF16: i32 = 1200;

/// The value of a property, as far as its type is a plain one.
#[derive(Debug, Clone, PartialEq)]
pub enum PropertyValue {
    /// Any integer type.
    Integer(i64),
    /// Single or double precision.
    Real(f64),
    /// Code-page or Unicode string.
    Text(String),
    /// Truth value.
    Boolean(bool),
    /// Instant, in units of 100 ns since 1601-01-01 UTC.
    FileTime(u64),
    /// Sixteen bytes of an identifier, in the order of the file.
    Identifier([u8; 16]),
    /// A type that is not decoded: its number.
    Other(u16),
}

impl PropertyValue {
    /// The value as a number, if it is one.
    pub fn as_f64(&self) -> Option<f64> {
        match self {
            Self::Integer(n) => Some(*n as f64),
            Self::Real(x) => Some(*x),
            _ => None,
        }
    }
}

impl std::fmt::Display for PropertyValue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Integer(n) => write!(f, "{n}"),
            Self::Real(x) => write!(f, "{x}"),
            Self::Text(text) => write!(f, "{text}"),
            Self::Boolean(b) => write!(f, "{b}"),
            Self::FileTime(ticks) => write!(f, "{}", iso_instant(*ticks)),
            Self::Identifier(bytes) => bytes.iter().try_for_each(|b| write!(f, "{b:02x}")),
            Self::Other(kind) => write!(f, "(type {kind}, not decoded)"),
        }
    }
}

/// One property.
#[derive(Debug, Clone, PartialEq)]
pub struct Property {
    /// Number that identifies it in its set.
    pub id: u32,
    /// Name in the set's own dictionary; absent if it has none.
    pub name: Option<String>,
    /// Value.
    pub value: PropertyValue,
}

/// The properties of one set, in file order.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct PropertySet {
    /// Properties in file order, dictionary and code page left out.
    pub properties: Vec<Property>,
}

impl PropertySet {
    /// Property of this number.
    pub fn get(&self, id: u32) -> Option<&PropertyValue> {
        self.properties.iter().find(|p| p.id == id).map(|p| &p.value)
    }
}

/// Decodes the property sets in the stream `part` of `file`.
///
/// # Errors
/// The stream is shorter than it declares, or declares more sets or properties than allowed: with the byte in the stream.
pub fn property_sets(file: &str, part: &str, bytes: &[u8]) -> Result<Vec<PropertySet>, FileError> {
    let binary = Binary::part(file, part, bytes);
    if binary.u16_at(0)? != 0xFFFE {
        return Err(binary.error(0, "another byte-order mark", "FE FF"));
    }
    let count = binary.u32_at(24)? as usize;
    if count > MAX_SETS {
        return Err(binary.error(24, format!("{count} sets"), "at most two"));
    }
    let reader = Reader(binary);
    (0..count).map(|i| reader.set(binary.u32_at(44 + 20 * i)? as usize)).collect()
}

struct Reader<'a>(Binary<'a>);

impl Reader<'_> {
    fn set(&self, start: usize) -> Result<PropertySet, FileError> {
        let count = self.0.u32_at(start.saturating_add(4))? as usize;
        if count > MAX_PROPERTIES {
            return Err(self.0.error(start + 4, format!("{count} properties"), format!("at most {MAX_PROPERTIES}")));
        }
        let mut places = Vec::with_capacity(count.min(1024));
        for i in 0..count {
            let id = self.0.u32_at(start + 8 + 8 * i)?;
            places.push((id, start.saturating_add(self.0.u32_at(start + 12 + 8 * i)? as usize)));
        }
        // Property 1 is the code page, property 0 the dictionary ([MS-OLEPS] 2.18, 2.17).
        let mut code_page = CODE_PAGE_UTF16;
        if let Some((_, at)) = places.iter().find(|(id, _)| *id == 1) {
            code_page = i32::from(self.0.u16_at(at + 4)?);
        }
        let names = match places.iter().find(|(id, _)| *id == 0) {
            Some((_, at)) => self.dictionary(*at, start, code_page)?,
            None => HashMap::new(),
        };
        let mut properties = Vec::new();
        for (id, at) in places.into_iter().filter(|(id, _)| *id > 1 && *id < 0x8000_0000) {
            properties.push(Property { id, name: names.get(&id).cloned(), value: self.value(at, code_page)? });
        }
        Ok(PropertySet { properties })
    }

    fn dictionary(&self, at: usize, start: usize, code_page: i32) -> Result<HashMap<u32, String>, FileError> {
        let count = self.0.u32_at(at)? as usize;
        if count > MAX_PROPERTIES {
            return Err(self.0.error(at, format!("{count} names"), format!("at most {MAX_PROPERTIES}")));
        }
        let mut names = HashMap::new();
        let mut place = at + 4;
        for _ in 0..count {
            let id = self.0.u32_at(place)?;
            let length = self.0.u32_at(place + 4)? as usize;
            place += 8;
            if code_page == CODE_PAGE_UTF16 {
                let bytes = self.0.slice(place, length.saturating_mul(2))?;
                names.insert(id, utf16_text(bytes));
                place += 2 * length;
                // Unicode entries are padded to four bytes from the start of the set.
                place += (4 - (place - start) % 4) % 4;
            } else {
                names.insert(id, single_bytes(self.0.slice(place, length)?));
                place += length;
            }
        }
        Ok(names)
    }

    fn value(&self, at: usize, code_page: i32) -> Result<PropertyValue, FileError> {
        let kind = self.0.u16_at(at)?;
        let at = at + 4;
        Ok(match kind {
            2 => PropertyValue::Integer(i64::from(self.0.u16_at(at)?.cast_signed())),
            3 | 22 => PropertyValue::Integer(i64::from(self.0.u32_at(at)?.cast_signed())),
            18 => PropertyValue::Integer(i64::from(self.0.u16_at(at)?)),
            19 | 23 => PropertyValue::Integer(i64::from(self.0.u32_at(at)?)),
            20 => PropertyValue::Integer(i64::from_le_bytes(self.0.array(at)?)),
            4 => PropertyValue::Real(shortest_f64(f32::from_le_bytes(self.0.array(at)?))),
            5 | 7 => PropertyValue::Real(f64::from_le_bytes(self.0.array(at)?)),
            11 => PropertyValue::Boolean(self.0.u16_at(at)? != 0),
            64 => PropertyValue::FileTime(u64::from_le_bytes(self.0.array(at)?)),
            72 => PropertyValue::Identifier(self.0.array(at)?),
            8 | 30 => {
                let bytes = self.0.slice(at + 4, self.0.u32_at(at)? as usize)?;
                PropertyValue::Text(if code_page == CODE_PAGE_UTF16 { utf16_text(bytes) } else { single_bytes(bytes) })
            }
            31 => {
                PropertyValue::Text(utf16_text(self.0.slice(at + 4, (self.0.u32_at(at)? as usize).saturating_mul(2))?))
            }
            other => PropertyValue::Other(other),
        })
    }
}

fn single_bytes(bytes: &[u8]) -> String {
    bytes.iter().map(|b| char::from(*b)).collect::<String>().trim_end_matches('\0').to_owned()
}

/// ISO 8601 form of a Windows file time; civil date from the day number by Howard Hinnant's algorithm.
fn iso_instant(ticks: u64) -> String {
    let seconds = ticks / 10_000_000;
    let (days, second) = ((seconds / 86_400) as i64, seconds % 86_400);
    // 1601-01-01 is 134774 days before 1970-01-01; the algorithm counts from 0000-03-01.
    let z = days - 134_774 + 719_468;
    let era = z.div_euclid(146_097);
    let day_of_era = z.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_index = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_index + 2) / 5 + 1;
    let month = if month_index < 10 { month_index + 3 } else { month_index - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}Z", second / 3600, second / 60 % 60, second % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Truth: Python's datetime for 134176249000000000 ticks; 1601-01-01 by definition.
    #[test]
    fn file_time() {
        assert_eq!(iso_instant(0), "1601-01-01T00:00:00Z");
        assert_eq!(iso_instant(134_176_249_000_000_000), "2026-03-10T14:01:40Z");
        assert_eq!(iso_instant(116_444_736_000_000_000), "1970-01-01T00:00:00Z");
    }

    fn stream(values: &[(u32, Vec<u8>)]) -> Vec<u8> {
        let mut set = Vec::new();
        let mut body = Vec::new();
        let header = 8 + 8 * values.len();
        for (id, value) in values {
            set.extend(id.to_le_bytes());
            set.extend(((header + body.len()) as u32).to_le_bytes());
            body.extend(value);
            body.resize(body.len().next_multiple_of(4), 0);
        }
        let mut out = vec![0xFE, 0xFF, 0, 0];
        out.resize(24, 0);
        out.extend(1_u32.to_le_bytes());
        out.resize(44, 0);
        out.extend(48_u32.to_le_bytes());
        out.extend(((header + body.len()) as u32).to_le_bytes());
        out.extend((values.len() as u32).to_le_bytes());
        out.extend(set);
        out.extend(body);
        out
    }

    fn typed(kind: u32, content: &[u8]) -> Vec<u8> {
        [&kind.to_le_bytes(), content].concat()
    }

    #[test]
    fn values_with_names() {
        let mut dictionary = 1_u32.to_le_bytes().to_vec();
        dictionary.extend(404_u32.to_le_bytes());
        dictionary.extend(5_u32.to_le_bytes());
        dictionary.extend("Pass\0".encode_utf16().flat_map(u16::to_le_bytes));
        let bytes = stream(&[
            (0, dictionary),
            (1, typed(2, &1200_u16.to_le_bytes())),
            (404, typed(4, &4.2_f32.to_le_bytes())),
            (306, typed(3, &(-2_i32).to_le_bytes())),
        ]);
        let sets = property_sets("x.vgd", "set", &bytes).unwrap();
        assert_eq!(sets[0].properties[0].name.as_deref(), Some("Pass"));
        assert_eq!(sets[0].get(404), Some(&PropertyValue::Real(4.2)));
        assert_eq!(sets[0].get(306).and_then(PropertyValue::as_f64), Some(-2.0));
        for cut in 0..bytes.len() {
            assert!(property_sets("x.vgd", "set", &bytes[..cut]).is_err(), "cut at {cut}");
        }
    }
}
