//! One number as people and instruments write it: `12`, `-1.5e-3`, `1,25`, `0.25D+02`, `−4` (U+2212).
//!
//! Thousand separators, `nan` and `inf` are recognised in order to be refused by name.

use std::fmt;

use nom::branch::alt;
use nom::bytes::complete::{tag_no_case, take_while1};
use nom::character::complete::{char, digit0, digit1, one_of};
use nom::combinator::{all_consuming, opt, recognize};
use nom::{IResult, Parser};

/// What stands between the whole and the fraction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DecimalMark {
    /// `1.5`
    Point,
    /// `1,5`
    Comma,
}

impl DecimalMark {
    /// The character.
    pub fn character(self) -> char {
        match self {
            Self::Point => '.',
            Self::Comma => ',',
        }
    }
}

/// Why a token is no usable number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NumberFault {
    /// Not written as a number.
    NotANumber,
    /// `nan`, `inf` and their relatives.
    NotFinite,
    /// Beyond the range of double precision.
    TooLarge,
    /// Groups of three digits, as in `1,234.5`.
    ThousandSeparator,
}

impl fmt::Display for NumberFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotANumber => "a number",
            Self::NotFinite => "a finite number",
            Self::TooLarge => "a number within double precision",
            Self::ThousandSeparator => "a number without thousand separators",
        })
    }
}

/// Longest token that can be a number.
pub const MAX_NUMBER_CHARS: usize = 64;

/// Parses one token.
///
/// # Errors
/// What is wrong with it; its `Display` says what was expected.
pub fn parse_number(token: &str, mark: DecimalMark) -> Result<f64, NumberFault> {
    let plain = |b: u8| b.is_ascii_digit() || b == b'.' || b == b'-';
    if mark == DecimalMark::Point && token.len() <= MAX_NUMBER_CHARS && token.bytes().all(plain) {
        // The common case of a long list, without a copy; what it cannot parse is judged by the grammar below.
        if let Ok(value) = token.parse::<f64>() {
            return Ok(value);
        }
    }
    if all_consuming(|rest| number(rest, mark)).parse(token).is_ok() {
        return value(token);
    }
    Err(fault(token, mark))
}

/// The grammar: sign, digits with an optional decimal mark, exponent by `e` or (Fortran) `d`. Gives the number's text.
pub(super) fn number(input: &str, mark: DecimalMark) -> IResult<&str, &str> {
    let mark = mark.character();
    let mantissa = alt((recognize((digit1, opt((char(mark), digit0)))), recognize((char(mark), digit1))));
    let exponent = (one_of("eEdD"), opt(one_of("+-−")), digit1);
    recognize((opt(one_of("+-−")), mantissa, opt(exponent))).parse(input)
}

/// Value of a text that [`number`] accepted.
pub(super) fn value(text: &str) -> Result<f64, NumberFault> {
    if text.len() > MAX_NUMBER_CHARS {
        return Err(NumberFault::NotANumber);
    }
    let plain: String = text
        .chars()
        .map(|c| match c {
            ',' => '.',
            'd' | 'D' => 'e',
            '−' => '-',
            other => other,
        })
        .collect();
    match plain.parse::<f64>() {
        Ok(number) if number.is_finite() => Ok(number),
        Ok(_) => Err(NumberFault::TooLarge),
        Err(_) => Err(NumberFault::NotANumber),
    }
}

/// Says what a token is that is no number.
pub(super) fn fault(token: &str, mark: DecimalMark) -> NumberFault {
    if all_consuming(not_finite).parse(token).is_ok() {
        NumberFault::NotFinite
    } else if token.len() <= MAX_NUMBER_CHARS && has_thousand_separators(token, mark) {
        NumberFault::ThousandSeparator
    } else {
        NumberFault::NotANumber
    }
}

/// `nan`, `inf`, `infinity`, `nan(ind)`, `1.#INF`, `1.#QNAN`, `1.#IND`.
fn not_finite(input: &str) -> IResult<&str, &str> {
    let words = alt((tag_no_case("infinity"), tag_no_case("inf"), tag_no_case("nan")));
    let payload = opt((char('('), take_while1(|c: char| c.is_ascii_alphanumeric()), char(')')));
    let old = recognize((tag_no_case("1.#"), take_while1(|c: char| c.is_ascii_alphanumeric())));
    recognize((opt(one_of("+-−")), alt((recognize((words, payload)), old)))).parse(input)
}

fn has_thousand_separators(token: &str, mark: DecimalMark) -> bool {
    let unsigned = token.trim_start_matches(['+', '-', '−']);
    let separators: &[char] = match mark {
        DecimalMark::Point => &[',', '\'', '’', '_'],
        DecimalMark::Comma => &['.', '\'', '’', '_'],
    };
    let whole = unsigned.split(mark.character()).next().unwrap_or("");
    let mut groups = whole.split(separators);
    let first = groups.next().unwrap_or("");
    let digits = |text: &str| text.chars().all(|c| c.is_ascii_digit());
    let rest: Vec<&str> = groups.collect();
    (1..=3).contains(&first.len())
        && digits(first)
        && !rest.is_empty()
        && rest.iter().all(|group| group.len() == 3 && digits(group))
}

#[cfg(test)]
mod tests {
    use super::*;
    use DecimalMark::{Comma, Point};

    #[test]
    fn numbers_as_they_are_written() {
        let good = [
            ("12", Point, 12.0),
            ("-1.5e-3", Point, -1.5e-3),
            ("+.5", Point, 0.5),
            ("5.", Point, 5.0),
            ("0.25D+02", Point, 25.0),
            ("1d2", Point, 100.0),
            ("−4", Point, -4.0),
            ("1,25", Comma, 1.25),
            ("-0,5E1", Comma, -5.0),
            ("7", Comma, 7.0),
        ];
        for (token, mark, expected) in good {
            assert_eq!(parse_number(token, mark), Ok(expected), "{token}");
        }
    }

    #[test]
    fn refusals_say_why() {
        let bad = [
            ("", Point, NumberFault::NotANumber),
            (".", Point, NumberFault::NotANumber),
            ("1.2.3", Point, NumberFault::NotANumber),
            ("12a", Point, NumberFault::NotANumber),
            ("1e", Point, NumberFault::NotANumber),
            ("1,25", Point, NumberFault::NotANumber),
            ("1.25", Comma, NumberFault::NotANumber),
            ("1,234", Point, NumberFault::ThousandSeparator),
            ("1,234,567.8", Point, NumberFault::ThousandSeparator),
            ("-1.234,5", Comma, NumberFault::ThousandSeparator),
            ("1'234", Point, NumberFault::ThousandSeparator),
            ("NaN", Point, NumberFault::NotFinite),
            ("-nan(ind)", Point, NumberFault::NotFinite),
            ("Inf", Point, NumberFault::NotFinite),
            ("-Infinity", Comma, NumberFault::NotFinite),
            ("-1.#QNAN", Point, NumberFault::NotFinite),
            ("1e400", Point, NumberFault::TooLarge),
        ];
        for (token, mark, expected) in bad {
            assert_eq!(parse_number(token, mark), Err(expected), "{token}");
        }
        assert_eq!(parse_number(&"9".repeat(1000), Point), Err(NumberFault::NotANumber));
    }
}
