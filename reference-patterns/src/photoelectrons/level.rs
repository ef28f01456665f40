//! Core levels by name: `Bi 4f`, `Bi 4f7/2`.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::elements;

/// Orbital of a core level.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Orbital {
    /// l = 0.
    S,
    /// l = 1.
    P,
    /// l = 2.
    D,
    /// l = 3.
    F,
}

impl Orbital {
    /// Angular momentum l.
    pub fn l(self) -> u8 {
        self as u8
    }

    fn letter(self) -> char {
        ['s', 'p', 'd', 'f'][self as usize]
    }
}

/// A core level: a subshell (`Bi 4f`) or one line of its spin–orbit pair (`Bi 4f7/2`).
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct Level {
    /// Index into [`elements::all`].
    element: u8,
    shell: u8,
    orbital: Orbital,
    twice_j: Option<u8>,
}

/// Text that names no core level.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "\"{0}\" is no core level; expected element, shell and, for one line of a pair, j: \"C 1s\", \"Bi 4f\", \"Bi 4f7/2\""
)]
pub struct LevelError(pub String);

impl Level {
    /// Symbol of the element.
    pub fn element(&self) -> &'static str {
        elements::all().get(usize::from(self.element)).map_or("", |element| element.symbol)
    }

    /// Principal quantum number.
    pub fn shell(&self) -> u8 {
        self.shell
    }

    /// Orbital.
    pub fn orbital(&self) -> Orbital {
        self.orbital
    }

    /// 2j of one line of a pair; none for a whole subshell.
    pub fn twice_j(&self) -> Option<u8> {
        self.twice_j
    }

    /// The subshell that holds the level.
    pub fn subshell(&self) -> Self {
        Self { twice_j: None, ..self.clone() }
    }

    /// The stronger line, j = l + 1/2; an s level itself.
    pub fn major(&self) -> Self {
        let twice_j = (self.orbital != Orbital::S).then_some(2 * self.orbital.l() + 1);
        Self { twice_j, ..self.clone() }
    }

    /// The weaker line, j = l − 1/2; none for an s level.
    pub fn minor(&self) -> Option<Self> {
        (self.orbital != Orbital::S).then(|| Self { twice_j: Some(2 * self.orbital.l() - 1), ..self.clone() })
    }

    /// Area of the weaker over the stronger line, l/(l + 1), from the number of states 2j + 1; none for an s level.
    pub fn minor_to_major_area(&self) -> Option<f64> {
        let l = f64::from(self.orbital.l());
        (l > 0.0).then(|| l / (l + 1.0))
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}{}", self.element(), self.shell, self.orbital.letter())?;
        self.twice_j.map_or(Ok(()), |j| write!(f, "{j}/2"))
    }
}

impl FromStr for Level {
    type Err = LevelError;

    fn from_str(text: &str) -> Result<Self, LevelError> {
        parse(text).ok_or_else(|| LevelError(text.into()))
    }
}

fn parse(text: &str) -> Option<Level> {
    let text = text.trim();
    let at = text.find(|c: char| c.is_ascii_digit())?;
    let (symbol, rest) = text.split_at(at);
    let element = u8::try_from(elements::all().iter().position(|e| e.symbol == symbol.trim())?).ok()?;
    let mut characters = rest.chars();
    let shell = characters.next()?.to_digit(10).filter(|n| (1..=7).contains(n))? as u8;
    let orbital = match characters.next()? {
        's' => Orbital::S,
        'p' => Orbital::P,
        'd' => Orbital::D,
        'f' => Orbital::F,
        _ => return None,
    };
    let j = characters.as_str().trim();
    let twice_j = if j.is_empty() { None } else { Some(j.strip_suffix("/2")?.parse::<u8>().ok()?) };
    let l = orbital.l();
    let possible = twice_j.is_none_or(|j| j == 2 * l + 1 || (l > 0 && j == 2 * l - 1));
    let twice_j = twice_j.filter(|_| l > 0);
    (l < shell && possible).then_some(Level { element, shell, orbital, twice_j })
}

impl TryFrom<String> for Level {
    type Error = LevelError;

    fn try_from(text: String) -> Result<Self, LevelError> {
        text.parse()
    }
}

impl From<Level> for String {
    fn from(level: Level) -> Self {
        level.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_and_written() {
        // Truth: the quantum numbers themselves.
        for (text, written) in [
            ("Bi4f7/2", "Bi 4f7/2"),
            ("C 1s", "C 1s"),
            ("P 2p", "P 2p"),
            ("C 1s1/2", "C 1s"),
            (" Ge 3d3/2", "Ge 3d3/2"),
        ] {
            assert_eq!(text.parse::<Level>().unwrap().to_string(), written);
        }
        for text in ["", "C", "Xx 1s", "C 1p", "P 2p5/2", "C 8s", "C 1s5/2", "P 2px"] {
            assert!(text.parse::<Level>().is_err(), "{text}");
        }
    }

    #[test]
    fn pairs_have_their_lines() {
        let level: Level = "Ge 3d".parse().unwrap();
        assert_eq!(level.major().to_string(), "Ge 3d5/2");
        assert_eq!(level.minor().unwrap().to_string(), "Ge 3d3/2");
        assert_eq!(level.minor_to_major_area(), Some(2.0 / 3.0));
        assert_eq!("C 1s".parse::<Level>().unwrap().minor(), None);
    }
}
