//! Where an axis has ticks: steps of 1, 2 or 5 times a power of ten, printed with the decimals that the step needs.

use crate::number::{fixed, superscript};

/// A labelled tick.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Tick {
    /// Value on the axis.
    pub(crate) value: f64,
    /// Label, already divided by the axis's power of ten.
    pub(crate) label: String,
}

/// Ticks of an axis: labelled ones, short ones between them, and the power of ten taken out of the labels.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Ticks {
    pub(crate) major: Vec<Tick>,
    pub(crate) minor: Vec<f64>,
    pub(crate) power: i32,
}

/// Axes whose largest value is outside these limits are labelled in units of a power of ten.
const PLAIN: std::ops::Range<f64> = 1e-2..1e4;

/// Most ticks that are considered.
const MAX_TICKS: usize = 1000;

/// Labels from `low` to `high`, at most `most` of them.
pub(crate) fn linear(low: f64, high: f64, most: usize) -> Ticks {
    let Some((mantissa, exponent)) = step(low, high, most) else { return Ticks::default() };
    let power = common_power(low, high);
    let step = f64::from(mantissa) * 10f64.powi(exponent);
    let decimals = usize::try_from(power - exponent).unwrap_or(0);
    let label = |value: f64| minus(&fixed(value / 10f64.powi(power), decimals));
    let major = multiples(low, high, step).map(|value| Tick { value, label: label(value) }).collect();
    let parts = if mantissa == 2 { 4.0 } else { 5.0 };
    let is_major = |value: f64| ((value / step).round() * step - value).abs() < 1e-6 * step;
    let minor = multiples(low, high, step / parts).filter(|value| !is_major(*value)).collect();
    Ticks { major, minor, power }
}

/// Labels for a square-root axis from `low` to `high` (as values): round numbers whose places, as `place` gives them,
/// are at least `apart` from each other.
pub(crate) fn square_root(low: f64, high: f64, apart: f64, place: impl Fn(f64) -> f64) -> Ticks {
    let power = common_power(low, high);
    let scale = 10f64.powi(power);
    // From the top down, since there the labels are far apart.
    let mut values = Vec::new();
    let mut last: Option<f64> = None;
    for value in round_numbers(high).filter(|value| *value >= low && *value <= high) {
        if last.is_none_or(|last| (place(last) - place(value)).abs() >= apart) {
            values.push(value);
            last = Some(value);
        }
    }
    values.reverse();
    let label = |value: f64| minus(&trimmed(value / scale));
    Ticks { major: values.into_iter().map(|value| Tick { value, label: label(value) }).collect(), minor: vec![], power }
}

/// Labels for a logarithmic axis between positive limits: powers of ten, with short ticks at their multiples.
pub(crate) fn logarithmic(low: f64, high: f64) -> Ticks {
    let mut ticks = Ticks::default();
    if !(low > 0.0 && high > low) {
        return ticks;
    }
    for exponent in low.log10().floor() as i32..=high.log10().ceil() as i32 {
        for digit in 1..10 {
            let value = f64::from(digit) * 10f64.powi(exponent);
            if value < low * (1.0 - 1e-9) || value > high * (1.0 + 1e-9) {
                continue;
            }
            if digit == 1 {
                ticks.major.push(Tick { value, label: format!("10{}", superscript(exponent)) });
            } else {
                ticks.minor.push(value);
            }
        }
    }
    ticks
}

/// Labels at ±one step and 0, where `reach` is the larger limit: for weighted residuals, of which ±3 is a landmark.
pub(crate) fn around_zero(reach: f64) -> Ticks {
    const NARROW: f64 = 6.5;
    if !(reach.is_finite() && reach > 0.0) {
        return Ticks::default();
    }
    let step = if (3.2..NARROW).contains(&reach) {
        3.0
    } else {
        let power = 10f64.powi(reach.log10().floor() as i32);
        [5.0, 2.0, 1.0].map(|m| m * power).into_iter().find(|step| *step <= 0.85 * reach).unwrap_or(0.5 * power)
    };
    let power = common_power(-reach, reach);
    let label = |value: f64| minus(&trimmed(value / 10f64.powi(power)));
    let major = [-step, 0.0, step].map(|value| Tick { value, label: label(value) }).into();
    Ticks { major, minor: Vec::new(), power }
}

/// `10³` as it stands in an axis title.
pub(crate) fn power_text(power: i32) -> String {
    format!("10{}", superscript(power))
}

/// Smallest step of 1, 2 or 5 times a power of ten that makes at most `most` ticks.
fn step(low: f64, high: f64, most: usize) -> Option<(u32, i32)> {
    let span = high - low;
    if !(span > 0.0 && span.is_finite()) || most == 0 {
        return None;
    }
    let first = (span / most as f64).log10().floor() as i32 - 1;
    (first..first + 4)
        .flat_map(|exponent| [1, 2, 5].map(|mantissa| (mantissa, exponent)))
        .find(|(mantissa, exponent)| multiples(low, high, f64::from(*mantissa) * 10f64.powi(*exponent)).count() <= most)
}

/// Multiples of `step` from `low` to `high`, ends included within rounding.
fn multiples(low: f64, high: f64, step: f64) -> impl Iterator<Item = f64> + use<> {
    let first = (low / step - 1e-6).ceil() as i64;
    let last = (high / step + 1e-6).floor() as i64;
    (first..=last).take(MAX_TICKS).map(move |n| n as f64 * step)
}

/// 0 and 1, 2, 5 times powers of ten, and 3, 4, … from large ones, descending from `high`.
fn round_numbers(high: f64) -> impl Iterator<Item = f64> {
    let top = high.max(1.0).log10().ceil() as i32;
    (-3..=top)
        .rev()
        .flat_map(|exponent| [10.0, 8.0, 6.0, 5.0, 4.0, 3.0, 2.0, 1.5, 1.0].map(|m| m * 10f64.powi(exponent)))
        .chain([0.0])
}

/// Multiple of three taken out of labels that would else have many digits.
fn common_power(low: f64, high: f64) -> i32 {
    let largest = low.abs().max(high.abs());
    if PLAIN.contains(&largest) || largest == 0.0 { 0 } else { (largest.log10() / 3.0).floor() as i32 * 3 }
}

/// Up to three decimals, without trailing zeros.
fn trimmed(value: f64) -> String {
    let text = fixed(value, 3);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn minus(text: &str) -> String {
    crate::number::typographic(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(ticks: &Ticks) -> Vec<&str> {
        ticks.major.iter().map(|tick| tick.label.as_str()).collect()
    }

    #[test]
    fn steps_are_round() {
        assert_eq!(labels(&linear(10.0, 90.0, 9)), ["10", "20", "30", "40", "50", "60", "70", "80", "90"]);
        assert_eq!(labels(&linear(20.93, 21.87, 5)), ["21.0", "21.2", "21.4", "21.6", "21.8"]);
        assert_eq!(labels(&linear(-3.7, 3.7, 3)), ["−2", "0", "2"]);
        assert_eq!(labels(&linear(-11.6, 11.6, 3)), ["−10", "0", "10"]);
        assert_eq!(linear(0.0, 10.0, 3).minor.len(), 8);
    }

    #[test]
    fn residuals_have_three_labels() {
        assert_eq!(labels(&around_zero(4.2)), ["−3", "0", "3"]);
        assert_eq!(labels(&around_zero(11.6)), ["−5", "0", "5"]);
        assert_eq!(labels(&around_zero(14.0)), ["−10", "0", "10"]);
        assert_eq!(labels(&around_zero(300.0)), ["−200", "0", "200"]);
        assert_eq!(labels(&around_zero(1.0)), ["−0.5", "0", "0.5"]);
        assert!(around_zero(f64::NAN).major.is_empty());
    }

    #[test]
    fn large_values_share_a_power_of_ten() {
        let ticks = linear(0.0, 28_000.0, 6);
        assert_eq!(ticks.power, 3);
        assert_eq!(labels(&ticks), ["0", "5", "10", "15", "20", "25"]);
        assert_eq!(power_text(3), "10³");
        let ticks = linear(0.0, 2.8e-5, 4);
        assert_eq!((ticks.power, labels(&ticks)), (-6, vec!["0", "10", "20"]));
        assert_eq!(labels(&linear(0.0, 1.2e6, 4)), ["0.0", "0.5", "1.0"]);
    }

    #[test]
    fn square_root_labels_keep_their_distance() {
        let ticks = square_root(0.0, 28_000.0, 20.0, |v: f64| v.sqrt());
        let values: Vec<f64> = ticks.major.iter().map(|tick| tick.value).collect();
        assert!(values.windows(2).all(|w| w[1].sqrt() - w[0].sqrt() >= 20.0), "{values:?}");
        assert_eq!(values.last(), Some(&20_000.0));
        assert_eq!(values.first(), Some(&0.0).filter(|_| values[0] == 0.0).or(values.first()));
    }

    #[test]
    fn decades() {
        let ticks = logarithmic(50.0, 20_000.0);
        assert_eq!(labels(&ticks), ["10²", "10³", "10⁴"]);
        assert_eq!(ticks.minor.len(), 5 + 8 + 8 + 1);
    }

    #[test]
    fn impossible_ranges_have_no_ticks() {
        for ticks in [linear(1.0, 1.0, 5), linear(f64::NAN, 2.0, 5), linear(0.0, f64::INFINITY, 5), linear(2.0, 1.0, 5)]
        {
            assert!(ticks.major.is_empty());
        }
    }
}
