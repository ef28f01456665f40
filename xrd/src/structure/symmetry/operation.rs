//! One symmetry operation x′ = R x + t in fractional coordinates, and its spelling as `-y,x-y,z+1/2`.

use std::fmt;
use std::str::FromStr;

use nom::branch::alt;
use nom::bytes::complete::tag;
use nom::character::complete::{char, multispace0, one_of};
use nom::combinator::{all_consuming, map, opt};
use nom::multi::many1;
use nom::number::complete::double;
use nom::sequence::{delimited, preceded};
use nom::{IResult, Parser};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// x′ = R x + t, fractional coordinates.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SymmetryOperation {
    /// R, row by row.
    pub rotation: [[i32; 3]; 3],
    /// t, each component in 0 ≤ t < 1.
    pub translation: [f64; 3],
}

/// Translations of space groups in every setting of the International Tables are multiples of 1/24.
const TRANSLATION_DENOMINATOR: f64 = 24.0;
/// A translation this close to a multiple of 1/24 is that multiple (0.33 is 1/3).
const TRANSLATION_TOLERANCE: f64 = 5e-3;

impl SymmetryOperation {
    /// The identity.
    pub const IDENTITY: Self = Self { rotation: [[1, 0, 0], [0, 1, 0], [0, 0, 1]], translation: [0.0; 3] };

    /// An operation with its translation brought to 0 ≤ t < 1 and to the nearest multiple of 1/24 where one is close.
    pub fn new(rotation: [[i32; 3]; 3], translation: [f64; 3]) -> Self {
        Self { rotation, translation: translation.map(normalised) }
    }

    /// `self` after `first`.
    pub fn after(&self, first: &Self) -> Self {
        let mut rotation = [[0; 3]; 3];
        for (i, row) in rotation.iter_mut().enumerate() {
            for (j, cell) in row.iter_mut().enumerate() {
                *cell = (0..3).map(|k| self.rotation[i][k].saturating_mul(first.rotation[k][j])).sum();
            }
        }
        Self::new(rotation, self.apply(first.translation))
    }

    /// R x + t, not reduced to the cell.
    pub fn apply(&self, x: [f64; 3]) -> [f64; 3] {
        let turned = self.turn(x);
        [0, 1, 2].map(|i| turned[i] + self.translation[i])
    }

    /// R x.
    pub fn turn(&self, x: [f64; 3]) -> [f64; 3] {
        self.rotation.map(|row| (0..3).map(|j| f64::from(row[j]) * x[j]).sum())
    }

    /// hᵀ R: the index that this operation carries to h in a structure factor.
    pub fn turn_index(&self, h: [i32; 3]) -> [i32; 3] {
        [0, 1, 2].map(|j| (0..3).map(|i| h[i] * self.rotation[i][j]).sum())
    }

    /// h·t.
    pub fn phase(&self, h: [i32; 3]) -> f64 {
        (0..3).map(|i| f64::from(h[i]) * self.translation[i]).sum()
    }

    /// Determinant of R: 1 or −1 for an operation of a lattice.
    pub fn determinant(&self) -> i64 {
        let r = self.rotation.map(|row| row.map(i64::from));
        r[0][0] * (r[1][1] * r[2][2] - r[1][2] * r[2][1]) - r[0][1] * (r[1][0] * r[2][2] - r[1][2] * r[2][0])
            + r[0][2] * (r[1][0] * r[2][1] - r[1][1] * r[2][0])
    }

    /// The translation in units of 1/2400, by which operations are told apart.
    pub(super) fn translation_key(&self) -> [i32; 3] {
        self.translation.map(|t| (t * 2400.0).round() as i32 % 2400)
    }
}

fn normalised(t: f64) -> f64 {
    let reduced = t.rem_euclid(1.0);
    let multiple = (reduced * TRANSLATION_DENOMINATOR).round();
    if (reduced - multiple / TRANSLATION_DENOMINATOR).abs() < TRANSLATION_TOLERANCE {
        (multiple % TRANSLATION_DENOMINATOR) / TRANSLATION_DENOMINATOR
    } else {
        reduced
    }
}

/// A term of one component: a coordinate with its factor, or a number.
enum Term {
    Coordinate(usize, f64),
    Number(f64),
}

fn padded<'a, T>(
    inner: impl Parser<&'a str, Output = T, Error = nom::error::Error<&'a str>>,
) -> impl Parser<&'a str, Output = T, Error = nom::error::Error<&'a str>> {
    delimited(multispace0, inner, multispace0)
}

/// `1/2`, `0.5`, `2`.
fn number(input: &str) -> IResult<&str, f64> {
    let (rest, numerator) = padded(double).parse(input)?;
    let (rest, denominator) = opt(preceded(padded(char('/')), padded(double))).parse(rest)?;
    Ok((rest, numerator / denominator.unwrap_or(1.0)))
}

fn axis(input: &str) -> IResult<&str, usize> {
    map(padded(one_of("xyzXYZ")), |c| match c.to_ascii_lowercase() {
        'x' => 0,
        'y' => 1,
        _ => 2,
    })
    .parse(input)
}

/// `-x`, `+2*y`, `2y`, `1/2`.
fn term(input: &str) -> IResult<&str, Term> {
    let (rest, sign) = opt(padded(one_of("+-"))).parse(input)?;
    let sign = if sign == Some('-') { -1.0 } else { 1.0 };
    let unsigned = |input| alt((map(axis, |i| Term::Coordinate(i, 1.0)), scaled)).parse(input);
    let (rest, term) = unsigned(rest)?;
    Ok((
        rest,
        match term {
            Term::Coordinate(i, factor) => Term::Coordinate(i, sign * factor),
            Term::Number(value) => Term::Number(sign * value),
        },
    ))
}

fn scaled(input: &str) -> IResult<&str, Term> {
    let (rest, value) = number(input)?;
    let (rest, coordinate) = opt(preceded(opt(padded(tag("*"))), axis)).parse(rest)?;
    Ok((rest, coordinate.map_or(Term::Number(value), |i| Term::Coordinate(i, value))))
}

fn component(input: &str) -> IResult<&str, ([f64; 3], f64)> {
    let (rest, terms) = many1(term).parse(input)?;
    let mut row = [0.0; 3];
    let mut shift = 0.0;
    for term in terms {
        match term {
            Term::Coordinate(i, factor) => row[i] += factor,
            Term::Number(value) => shift += value,
        }
    }
    Ok((rest, (row, shift)))
}

impl FromStr for SymmetryOperation {
    type Err = String;

    /// Reads `x,y,z` spellings: signs and fractions in any order, decimals, spaces, capitals.
    fn from_str(text: &str) -> Result<Self, String> {
        let refuse = || format!("symmetry operation \"{text}\", expected a form such as -y,x-y,z+1/2");
        let (_, ((x, tx), _, (y, ty), _, (z, tz))) =
            all_consuming((component, char(','), component, char(','), component))
                .parse(text.trim())
                .map_err(|_| refuse())?;
        if [x, y, z].iter().flatten().any(|value| value.fract() != 0.0 || value.abs() > 9.0)
            || ![tx, ty, tz].iter().all(|value| value.is_finite() && value.abs() < 100.0)
        {
            return Err(refuse());
        }
        let operation = Self::new([x, y, z].map(|row| row.map(|value| value as i32)), [tx, ty, tz]);
        if operation.determinant().abs() == 1 { Ok(operation) } else { Err(refuse()) }
    }
}

impl fmt::Display for SymmetryOperation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for i in 0..3 {
            if i > 0 {
                f.write_str(",")?;
            }
            let mut text = String::new();
            for (name, factor) in ["x", "y", "z"].iter().zip(self.rotation[i]) {
                match factor {
                    0 => {}
                    1 if text.is_empty() => text.push_str(name),
                    1 => text.push_str(&format!("+{name}")),
                    -1 => text.push_str(&format!("-{name}")),
                    n => text.push_str(&format!("{n:+}{name}")),
                }
            }
            if self.translation[i] != 0.0 {
                text.push_str(&fraction(self.translation[i]));
            }
            f.write_str(&text)?;
        }
        Ok(())
    }
}

/// `+1/3`; a decimal where the translation is no multiple of 1/24.
fn fraction(t: f64) -> String {
    for denominator in [2, 3, 4, 6, 8, 12, 24] {
        let numerator = t * f64::from(denominator);
        if (numerator - numerator.round()).abs() < 1e-6 {
            return format!("+{}/{denominator}", numerator.round());
        }
    }
    format!("+{t}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_an_operation() {
        for (text, canonical) in [
            ("x,y,z", "x,y,z"),
            ("-X, 1/2+Y , -Z+1/2", "-x,y+1/2,-z+1/2"),
            ("2/3-x+y,1/3-x,z-1/3", "-x+y+2/3,-x+1/3,z+2/3"),
            ("0.33333+x,0.6667+y,.25+z", "x+1/3,y+2/3,z+1/4"),
            ("+y,+x,-z", "y,x,-z"),
            ("x-y,-y,-z+7/6", "x-y,-y,-z+1/6"),
            ("1x,1*y,z", "x,y,z"),
        ] {
            assert_eq!(text.parse::<SymmetryOperation>().unwrap().to_string(), canonical);
        }
    }

    #[test]
    fn what_is_no_operation_is_refused() {
        for text in ["", "x,y", "x,y,z,x", "x,y,w", "x,x,z", "x/2,y,z", "1/0+x,y,z", "x,y,nan", "x,y,z;"] {
            assert!(text.parse::<SymmetryOperation>().is_err(), "{text}");
        }
    }

    #[test]
    fn composition_applies_the_second_first() {
        let screw: SymmetryOperation = "-y,x-y,z+1/3".parse().unwrap();
        let twice = screw.after(&screw);
        assert_eq!(twice.to_string(), "-x+y,-x,z+2/3");
        assert_eq!(twice.after(&screw), SymmetryOperation::IDENTITY);
    }
}
