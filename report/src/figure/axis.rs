//! An axis: range, scale and title. A range whose start is the larger value runs backwards, as binding energies do.

use std::ops::Range;

use plotters::coord::ranged1d::{KeyPointHint, NoDefaultFormatting, Ranged};

use super::ticks::{self, Ticks};

/// How values are spaced on an axis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scale {
    /// Evenly.
    Linear,
    /// By their square root: the scatter of counts is equally high everywhere, and weak peaks are seen.
    SquareRoot,
    /// By their logarithm; values that have none lie at the lower end.
    Logarithmic,
    /// Evenly round zero, with a label there and one at each side: weighted residuals.
    AroundZero,
}

/// Width of a range relative to its largest value below which it counts as empty.
const NARROWEST: f64 = 1e-9;

/// An axis of a panel; a ranged coordinate of plotters.
#[derive(Debug, Clone, PartialEq)]
pub struct Axis {
    start: f64,
    end: f64,
    scale: Scale,
    title: String,
    ticks: Ticks,
}

impl Axis {
    /// An axis from `start` (left, bottom) to `end` (right, top).
    ///
    /// An empty or infinite range is widened to something that can be drawn.
    pub fn new(start: f64, end: f64, scale: Scale, title: impl Into<String>) -> Self {
        let (mut start, mut end) = if start.is_finite() && end.is_finite() { (start, end) } else { (0.0, 1.0) };
        let largest = start.abs().max(end.abs());
        if (end - start).abs() <= NARROWEST * largest || largest < f64::MIN_POSITIVE {
            let margin = if largest < f64::MIN_POSITIVE { 1.0 } else { 0.05 * largest };
            (start, end) = (start - margin, end + margin);
        }
        if scale == Scale::Logarithmic {
            let floor = if start.max(end) > 0.0 { start.max(end) * 1e-9 } else { 1e-9 };
            (start, end) = (start.max(floor), end.max(floor));
        }
        Self { start, end, scale, title: title.into(), ticks: Ticks::default() }
    }

    /// Lower and upper limit.
    pub fn limits(&self) -> (f64, f64) {
        (self.start.min(self.end), self.start.max(self.end))
    }

    /// Title, with the power of ten that the labels leave out: `Intensity / 10³ counts`.
    pub(super) fn title(&self) -> String {
        if self.ticks.power == 0 {
            return self.title.clone();
        }
        let power = ticks::power_text(self.ticks.power);
        match self.title.split_once(" / ") {
            Some((quantity, unit)) => format!("{quantity} / {power} {unit}"),
            None => format!("{} / {power}", self.title),
        }
    }

    /// Whether the axis has a title.
    pub(super) fn has_title(&self) -> bool {
        !self.title.is_empty()
    }

    pub(super) fn ticks(&self) -> &Ticks {
        &self.ticks
    }

    /// The same axis with ticks for this length, labels at least `apart_pt` from each other.
    pub(super) fn with_ticks(mut self, length_pt: f64, apart_pt: f64) -> Self {
        let (low, high) = self.limits();
        self.ticks = match self.scale {
            Scale::Linear => ticks::linear(low, high, (length_pt / apart_pt) as usize + 1),
            Scale::SquareRoot => ticks::square_root(low, high, apart_pt, |value| self.fraction(value) * length_pt),
            Scale::Logarithmic => ticks::logarithmic(low, high),
            Scale::AroundZero => ticks::around_zero(high.min(-low)),
        };
        self
    }

    /// Place of a value, 0 at the start and 1 at the end.
    pub(super) fn fraction(&self, value: f64) -> f64 {
        let place = |value: f64| match self.scale {
            Scale::Linear | Scale::AroundZero => value,
            Scale::SquareRoot => value.signum() * value.abs().sqrt(),
            Scale::Logarithmic => value.max(self.limits().0).log10(),
        };
        let (start, end) = (place(self.start), place(self.end));
        (place(value) - start) / (end - start)
    }
}

impl Ranged for Axis {
    type FormatOption = NoDefaultFormatting;
    type ValueType = f64;

    fn map(&self, value: &f64, limit: (i32, i32)) -> i32 {
        let length = f64::from(limit.1) - f64::from(limit.0);
        // Far outside a panel stays far outside, and within whole numbers.
        let place = (f64::from(limit.0) + self.fraction(*value) * length).clamp(-1e8, 1e8);
        place.round() as i32
    }

    fn key_points<Hint: KeyPointHint>(&self, _hint: Hint) -> Vec<f64> {
        self.ticks.major.iter().map(|tick| tick.value).collect()
    }

    fn range(&self) -> Range<f64> {
        self.start..self.end
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reversed_axis_runs_backwards() {
        let axis = Axis::new(540.0, 520.0, Scale::Linear, "");
        assert_eq!(axis.map(&540.0, (0, 1000)), 0);
        assert_eq!(axis.map(&525.0, (0, 1000)), 750);
        assert_eq!(axis.limits(), (520.0, 540.0));
        let ticks = axis.with_ticks(200.0, 40.0);
        assert_eq!(ticks.ticks().major.len(), 5);
    }

    #[test]
    fn scales() {
        assert_eq!(Axis::new(0.0, 100.0, Scale::SquareRoot, "").map(&25.0, (0, 1000)), 500);
        assert_eq!(Axis::new(1.0, 100.0, Scale::Logarithmic, "").map(&10.0, (0, 1000)), 500);
        assert_eq!(Axis::new(1.0, 100.0, Scale::Logarithmic, "").map(&-5.0, (0, 1000)), 0);
    }

    #[test]
    fn degenerate_ranges_are_drawable() {
        for (a, b) in [
            (0.0, 0.0),
            (5.0, 5.0),
            (f64::NAN, 1.0),
            (1e9, 1e9 + 1e-6),
            (0.0, 1e-308),
            (f64::NEG_INFINITY, f64::INFINITY),
        ] {
            for scale in [Scale::Linear, Scale::SquareRoot, Scale::Logarithmic] {
                let axis = Axis::new(a, b, scale, "").with_ticks(100.0, 20.0);
                assert!(axis.fraction(0.5).is_finite(), "{a} {b} {scale:?}");
            }
        }
    }

    #[test]
    fn the_power_of_ten_stands_before_the_unit() {
        let axis = Axis::new(0.0, 28_000.0, Scale::Linear, "Intensity / counts").with_ticks(200.0, 30.0);
        assert_eq!(axis.title(), "Intensity / 10³ counts");
    }
}
