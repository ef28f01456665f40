//! The elements with their masses, and the species (atoms and ions) that occupy a crystal's sites.
//!
//! Table: `elements.txt`, CIAAW abridged standard atomic weights (2021).

use std::fmt;
use std::str::FromStr;
use std::sync::OnceLock;

use nom::character::complete::{alpha1, digit0, one_of};
use nom::combinator::{all_consuming, opt};
use nom::{IResult, Parser};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// An element; deuterium is listed beside hydrogen with the same atomic number.
#[derive(Debug, Clone, PartialEq)]
pub struct Element {
    /// Atomic number.
    pub number: u8,
    /// Symbol.
    pub symbol: &'static str,
    /// English name.
    pub name: &'static str,
    /// Standard atomic weight in g/mol.
    pub mass_g_mol: f64,
}

/// Every element, ascending in atomic number; deuterium follows hydrogen.
pub fn all() -> &'static [Element] {
    static TABLE: OnceLock<Vec<Element>> = OnceLock::new();
    TABLE.get_or_init(|| include_str!("elements.txt").lines().filter_map(row).collect())
}

fn row(line: &'static str) -> Option<Element> {
    if line.starts_with('#') {
        return None;
    }
    let mut fields = line.split_whitespace();
    Some(Element {
        number: fields.next()?.parse().ok()?,
        symbol: fields.next()?,
        name: fields.next()?,
        mass_g_mol: fields.next()?.parse().ok()?,
    })
}

/// The element of this symbol, whatever its case.
pub fn by_symbol(symbol: &str) -> Option<&'static Element> {
    all().iter().find(|element| element.symbol.eq_ignore_ascii_case(symbol))
}

/// A neutral atom or an ion of an element.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct Species {
    /// Index into [`all`].
    element: u8,
    charge: i8,
}

impl Species {
    /// Largest charge that is taken seriously.
    const MAX_CHARGE: i8 = 9;

    /// The element.
    pub fn element(self) -> &'static Element {
        const NOTHING: Element = Element { number: 0, symbol: "", name: "", mass_g_mol: 0.0 };
        all().get(usize::from(self.element)).unwrap_or(&NOTHING)
    }

    /// Element symbol (`D` for deuterium).
    pub fn symbol(self) -> &'static str {
        self.element().symbol
    }

    /// Charge in elementary charges.
    pub fn charge(self) -> i8 {
        self.charge
    }

    /// The same element without charge.
    pub fn without_charge(self) -> Self {
        Self { charge: 0, ..self }
    }

    /// Standard atomic weight of the element in g/mol.
    pub fn mass_g_mol(self) -> f64 {
        self.element().mass_g_mol
    }

    /// Atomic number.
    pub fn number(self) -> u8 {
        self.element().number
    }

    /// Symbol under which X-ray tables list the element: deuterium scatters X-rays as hydrogen.
    pub fn scattering_symbol(self) -> &'static str {
        if self.symbol() == "D" { "H" } else { self.symbol() }
    }
}

impl fmt::Display for Species {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.symbol())?;
        if self.charge != 0 {
            write!(f, "{}{}", self.charge.unsigned_abs(), if self.charge > 0 { '+' } else { '-' })?;
        }
        Ok(())
    }
}

/// Symbol, then a charge as `4+`, `+4`, `+` or nothing.
fn species(input: &str) -> IResult<&str, (&str, &str, Option<char>, &str)> {
    (alpha1, digit0, opt(one_of("+-")), digit0).parse(input)
}

impl FromStr for Species {
    type Err = String;

    /// Reads `Ge`, `Ge4+`, `O-2`, `Li+`; the symbol's case is free.
    fn from_str(text: &str) -> Result<Self, String> {
        let refuse = || format!("\"{text}\", expected an element or an ion such as Ge, Ge4+ or O2-");
        let (_, (symbol, before, sign, after)) = all_consuming(species).parse(text).map_err(|_| refuse())?;
        let element =
            all().iter().position(|element| element.symbol.eq_ignore_ascii_case(symbol)).ok_or_else(refuse)?;
        let element = u8::try_from(element).map_err(|_| refuse())?;
        let size = match (before, sign, after) {
            ("", None, "") => 0,
            ("", Some(_), "") => 1,
            (digits, Some(_), "") | ("", Some(_), digits) => digits.parse::<i8>().map_err(|_| refuse())?,
            _ => return Err(refuse()),
        };
        if size > Self::MAX_CHARGE {
            return Err(refuse());
        }
        Ok(Self { element, charge: if sign == Some('-') { -size } else { size } })
    }
}

impl TryFrom<String> for Species {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<Species> for String {
    fn from(species: Species) -> Self {
        species.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table_is_complete_and_ascending() {
        // 118 elements and deuterium.
        let numbers: Vec<u8> = all().iter().map(|element| element.number).collect();
        assert_eq!(numbers.len(), 119);
        assert!(numbers.is_sorted());
        assert_eq!(numbers.last(), Some(&118));
        assert!(all().iter().all(|element| element.mass_g_mol > 1.0));
    }

    #[test]
    fn charges_in_every_spelling() {
        for (text, canonical) in [("Ge4+", "Ge4+"), ("O-2", "O2-"), ("Li+", "Li1+"), ("cl-", "Cl1-"), ("BI", "Bi")] {
            assert_eq!(text.parse::<Species>().unwrap().to_string(), canonical);
        }
        for text in ["", "Xx", "Ge4", "Ge+4+", "Ge99+", "4+", "Ge 4+"] {
            assert!(text.parse::<Species>().is_err(), "{text}");
        }
    }

    #[test]
    fn deuterium_weighs_two_and_scatters_as_hydrogen() {
        let d: Species = "D".parse().unwrap();
        assert_eq!((d.number(), d.scattering_symbol()), (1, "H"));
        assert!((d.mass_g_mol() - 2.0141).abs() < 1e-4);
    }
}
