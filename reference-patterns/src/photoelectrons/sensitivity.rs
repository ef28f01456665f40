//! Libraries of sensitivity factors. They differ from each other by up to half: a number is never given without the name.

use std::fmt;
use std::str::FromStr;
use std::sync::OnceLock;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Level, rows};

/// A library of sensitivity factors, C 1s = 1, for Al Kα.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Library {
    /// Calculated photoionisation cross sections, Scofield (1976).
    Scofield,
    /// Library ALTHERMO1 of Thermo Avantage, as its exports print it.
    Althermo1,
}

impl Library {
    /// Where its numbers come from, in one phrase.
    pub fn source(self) -> &'static str {
        match self {
            Self::Scofield => {
                "Scofield, J. Electron Spectrosc. Relat. Phenom. 8 (1976) 129, Al Kα, C 1s = 1; lines beyond its common ones by xraylib"
            }
            Self::Althermo1 => "ALTHERMO1 as printed by Thermo Avantage, Al Kα, C 1s = 1",
        }
    }
}

impl fmt::Display for Library {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Scofield => "Scofield",
            Self::Althermo1 => "ALTHERMO1",
        })
    }
}

impl FromStr for Library {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.to_ascii_lowercase().as_str() {
            "scofield" => Ok(Self::Scofield),
            "althermo1" => Ok(Self::Althermo1),
            _ => Err(format!("\"{text}\" is no library of sensitivity factors; expected scofield or althermo1")),
        }
    }
}

/// All rows of a library.
pub fn library(library: Library) -> &'static [(Level, f64)] {
    static SCOFIELD: OnceLock<Vec<(Level, f64)>> = OnceLock::new();
    static ALTHERMO1: OnceLock<Vec<(Level, f64)>> = OnceLock::new();
    match library {
        Library::Scofield => SCOFIELD.get_or_init(|| table(include_str!("scofield.txt"))),
        Library::Althermo1 => ALTHERMO1.get_or_init(|| table(include_str!("althermo1.txt"))),
    }
}

/// Factor of exactly this level (a subshell is the sum of its lines); none where the library has none.
pub fn sensitivity(of: Library, level: &Level) -> Option<f64> {
    library(of).iter().find(|(listed, _)| listed == level).map(|(_, value)| *value)
}

fn table(text: &'static str) -> Vec<(Level, f64)> {
    rows(text)
        .filter_map(|line| {
            let (level, value) = line.rsplit_once(' ')?;
            Some((level.parse().ok()?, value.parse().ok()?))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::photoelectrons::Orbital;

    #[test]
    fn every_row_is_read() {
        // Truth: the number of rows in the texts.
        assert_eq!(library(Library::Scofield).len(), rows(include_str!("scofield.txt")).count());
        assert_eq!(library(Library::Althermo1).len(), rows(include_str!("althermo1.txt")).count());
    }

    #[test]
    fn subshells_are_the_sum_of_their_lines() {
        // Truth: Scofield's totals; and d and f pairs keep the statistical ratio within 6 %, so that 10 % shows a mistyped
        // digit. Relativity makes p1/2 of heavy elements far smaller.
        for (level, total) in library(Library::Scofield) {
            let pair = level.minor().and_then(|minor| {
                Some((sensitivity(Library::Scofield, &level.major())?, sensitivity(Library::Scofield, &minor)?))
            });
            let (Some((major, minor)), None) = (pair, level.twice_j()) else { continue };
            assert!((major + minor - total).abs() < 0.006 * total, "{level}: {major} + {minor} against {total}");
            let ratio = minor / major / level.minor_to_major_area().unwrap();
            let least = if level.orbital() == Orbital::P && level.shell() > 2 { 0.35 } else { 0.9 };
            assert!((least..1.1).contains(&ratio), "{level}: {ratio}");
        }
    }
}
