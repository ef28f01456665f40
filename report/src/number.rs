//! Numbers as a paper prints them: the value to the digits that its standard uncertainty allows.
//!
//! Notation of the GUM (JCGM 100:2008, 7.2.2): 100.021 47(35) g means that the digits in brackets are the standard
//! uncertainty in units of the last digits of the value. Two significant digits of the uncertainty are kept.

use doublet_common::Quantity;

/// Most decimals that are printed, whatever the uncertainty.
const MAX_DECIMALS: usize = 12;

/// Significant digits of a number whose uncertainty is unknown.
const DIGITS_WITHOUT_SIGMA: usize = 4;

/// `1.2345(12)`: the value to two significant digits of σ; without σ four significant digits and no bracket.
pub fn bracketed(quantity: &Quantity) -> String {
    match quantity.sigma {
        Some(sigma) if sigma > 0.0 && sigma.is_finite() => {
            let (digits, exponent) = two_digits(sigma);
            if exponent <= 0 {
                let decimals = usize::try_from(-exponent).unwrap_or(0).min(MAX_DECIMALS);
                format!("{}({digits})", fixed(quantity.value, decimals))
            } else {
                let unit = 10f64.powi(exponent);
                let value = fixed((quantity.value / unit).round() * unit, 0);
                format!("{value}({:.0})", f64::from(digits) * unit)
            }
        }
        _ => significant(quantity.value, DIGITS_WITHOUT_SIGMA),
    }
}

/// `1.2345 ± 0.0012`, for plain text.
pub fn plus_minus(quantity: &Quantity) -> String {
    match quantity.sigma {
        Some(sigma) if sigma > 0.0 && sigma.is_finite() => {
            let (digits, exponent) = two_digits(sigma);
            let decimals = usize::try_from(-exponent).unwrap_or(0).min(MAX_DECIMALS);
            let unit = 10f64.powi(exponent.max(0));
            let value = (quantity.value / unit).round() * unit;
            let value = if exponent > 0 { value } else { quantity.value };
            let sigma = if exponent > 0 { f64::from(digits) * unit } else { sigma };
            format!("{} ± {}", fixed(value, decimals), fixed(sigma, decimals))
        }
        _ => significant(quantity.value, DIGITS_WITHOUT_SIGMA),
    }
}

/// A number with so many decimals, and never a negative zero.
pub fn fixed(value: f64, decimals: usize) -> String {
    let text = format!("{value:.decimals$}");
    match text.strip_prefix('-') {
        Some(digits) if digits.chars().all(|c| c == '0' || c == '.') => digits.to_owned(),
        _ => text,
    }
}

/// A number with so many significant digits; powers of ten outside 10⁻⁴ … 10⁷.
pub fn significant(value: f64, digits: usize) -> String {
    if value == 0.0 || !value.is_finite() {
        return fixed(value, 0);
    }
    let last = digits.max(1) - 1;
    let scientific = format!("{value:.last$e}");
    let Some((mantissa, exponent)) = scientific.split_once('e') else { return scientific };
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-4..7).contains(&exponent) {
        let decimals = usize::try_from(i32::try_from(last).unwrap_or(0) - exponent).unwrap_or(0);
        return fixed(value, decimals);
    }
    format!("{mantissa}×10{}", superscript(exponent))
}

/// A number with at most so many significant digits, without trailing zeros: a setting, not a measurement.
pub fn compact(value: f64, digits: usize) -> String {
    let text = significant(value, digits);
    if text.contains('.') && !text.contains('×') {
        return text.trim_end_matches('0').trim_end_matches('.').to_owned();
    }
    text
}

/// An integer in raised digits.
pub fn superscript(number: i32) -> String {
    number
        .to_string()
        .chars()
        .map(|c| match c {
            '-' => '⁻',
            '1' => '¹',
            '2' => '²',
            '3' => '³',
            digit => char::from_u32('⁰' as u32 + digit.to_digit(10).unwrap_or(0)).unwrap_or(digit),
        })
        .collect()
}

/// The same number with a true minus sign, for print.
pub fn typographic(number: &str) -> String {
    number.replace('-', "−")
}

/// σ as two digits and the power of ten of the last of them: 0.0123 is (12, −3).
fn two_digits(sigma: f64) -> (u32, i32) {
    let text = format!("{sigma:.1e}");
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let digits = mantissa.replace('.', "").parse().unwrap_or(0);
    (digits, exponent.parse::<i32>().unwrap_or(0) - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(value: f64, sigma: f64) -> String {
        bracketed(&Quantity::new(value, sigma))
    }

    #[test]
    fn two_digits_of_sigma_decide() {
        // Truth: GUM 7.2.2 (first line) and the rule of two significant digits worked by hand.
        assert_eq!(text(100.02147, 0.00035), "100.02147(35)");
        assert_eq!(text(4.156826, 0.000008), "4.1568260(80)");
        assert_eq!(text(42.71, 1.26), "42.7(13)");
        assert_eq!(text(0.0, 0.5), "0.00(50)");
    }

    #[test]
    fn large_sigma_rounds_the_value_too() {
        assert_eq!(text(12345.6, 12.3), "12346(12)");
        assert_eq!(text(12345.6, 123.0), "12350(120)");
        assert_eq!(text(987654.0, 4567.0), "987700(4600)");
    }

    #[test]
    fn rounding_carries_into_the_next_digit() {
        assert_eq!(text(1.0, 0.0996), "1.00(10)");
        assert_eq!(text(1.0, 9.96), "1(10)");
        assert_eq!(text(1234.0, 99.6), "1230(100)");
    }

    #[test]
    fn no_sigma_no_bracket() {
        assert_eq!(bracketed(&Quantity::without_sigma(2.71628)), "2.716");
        assert_eq!(bracketed(&Quantity { value: 2.71628, sigma: Some(0.0) }), "2.716");
    }

    #[test]
    fn no_negative_zero() {
        assert_eq!(text(-0.001, 0.1), "0.00(10)");
        assert_eq!(fixed(-0.0004, 3), "0.000");
        assert_eq!(fixed(-0.0006, 3), "-0.001");
    }

    #[test]
    fn significant_digits() {
        assert_eq!(significant(0.00012345, 3), "0.000123");
        assert_eq!(significant(123456.0, 3), "123456");
        assert_eq!(significant(1.5e-7, 2), "1.5×10⁻⁷");
        assert_eq!(significant(2.5e9, 3), "2.50×10⁹");
        assert_eq!(compact(0.015, 3), "0.015");
        assert_eq!(compact(100.0, 3), "100");
    }

    #[test]
    fn plain_text_has_the_same_digits() {
        assert_eq!(plus_minus(&Quantity::new(42.71, 1.26)), "42.7 ± 1.3");
        assert_eq!(plus_minus(&Quantity::new(12345.6, 123.0)), "12350 ± 120");
    }
}
