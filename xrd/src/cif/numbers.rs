//! Numbers of a CIF: a standard uncertainty may follow in brackets, counted in units of the last digit.

use nom::character::complete::{char, digit0, digit1, one_of};
use nom::combinator::{all_consuming, opt, verify};
use nom::sequence::{delimited, preceded};
use nom::{IResult, Parser};

/// A number and its standard uncertainty.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Number {
    pub(crate) value: f64,
    pub(crate) sigma: Option<f64>,
}

/// Sign, whole part and fraction; at least one digit.
type Mantissa<'a> = (Option<char>, &'a str, Option<&'a str>);

fn mantissa(input: &str) -> IResult<&str, Mantissa<'_>> {
    verify((opt(one_of("+-")), digit0, opt(preceded(char('.'), digit0))), |(_, whole, fraction): &Mantissa<'_>| {
        !whole.is_empty() || fraction.is_some_and(|digits| !digits.is_empty())
    })
    .parse(input)
}

/// Sign and digits of a power of ten.
fn exponent(input: &str) -> IResult<&str, (Option<char>, &str)> {
    preceded(one_of("eE"), (opt(one_of("+-")), digit1)).parse(input)
}

/// Reads `5.1`, `-.25`, `8.275(2)`, `1.2e-3(4)`, `1/3`.
///
/// # Errors
/// The sentence "a number such as …" for anything else, infinities and NaN included.
pub(crate) fn number(text: &str) -> Result<Number, String> {
    let refuse = || "a number such as 8.275(2)".to_owned();
    let bracket = delimited(char('('), digit1, char(')'));
    let divisor = preceded(char('/'), digit1);
    let parsed: IResult<&str, _> = all_consuming((mantissa, opt(exponent), opt(bracket), opt(divisor))).parse(text);
    let (_, ((sign, whole, fraction), exponent, bracket, divisor)) = parsed.map_err(|_| refuse())?;
    let (sign, fraction) = (sign.unwrap_or('+'), fraction.unwrap_or(""));
    let power = exponent.map_or("e0".to_owned(), |(sign, digits)| format!("e{}{digits}", sign.unwrap_or('+')));
    let read = |text: String| text.parse::<f64>().map_err(|_| refuse());
    let mut value = read(format!("{sign}0{whole}.{fraction}0{power}"))?;
    if let Some(divisor) = divisor {
        value /= read(divisor.to_owned())?;
    }
    let sigma = match bracket {
        Some(digits) => Some(read(format!("{digits}{power}"))? / 10f64.powi(fraction.len().min(300) as i32)),
        None => None,
    };
    if value.is_finite() { Ok(Number { value, sigma }) } else { Err(refuse()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_with_and_without_uncertainty() {
        for (text, value, sigma) in [
            ("8.275(2)", 8.275, Some(0.002)),
            ("-0.1(13)", -0.1, Some(1.3)),
            ("4", 4.0, None),
            (".25", 0.25, None),
            ("5.(1)", 5.0, Some(1.0)),
            ("1.25e-3(5)", 1.25e-3, Some(5e-5)),
            ("1/3", 1.0 / 3.0, None),
        ] {
            let number = number(text).unwrap();
            assert!((number.value - value).abs() < 1e-15, "{text}");
            assert_eq!(number.sigma.is_some(), sigma.is_some(), "{text}");
            assert!((number.sigma.unwrap_or(0.0) - sigma.unwrap_or(0.0)).abs() < 1e-15, "{text}");
        }
        for text in ["", "-", ".", "a", "nan", "inf", "1e999", "1,5", "1(2", "1()", "(2)", "1/0", "0x1", "1.2.3"] {
            assert!(number(text).is_err(), "{text}");
        }
    }
}
