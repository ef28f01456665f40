//! From the columns of a file to measured data: the checks and the statistics that every reader shares.
//!
//! Counting is Poissonian: the variance of a count is the count, and a zero count has σ = 1 (one count more or less).
//! An intensity that was multiplied by a factor f (attenuator, 1/time) is y = f·n with σ = f·√max(n, 1), n being what
//! the detector counted.

use doublet_common::container::Content;
use doublet_common::error::{FileError, Location};
use doublet_common::{Measurement, SigmaSource};
use ndarray::Array1;

use crate::error::Result;
use crate::scan::IntensityUnit;

/// Largest number of points of a scan.
pub const MAX_POINTS: usize = 2_000_000;
/// Largest intensity; beyond it no detector counts and double precision no longer resolves single counts.
pub const MAX_INTENSITY: f64 = 1e15;
/// Range of 2θ in degrees that a goniometer can reach.
const TWO_THETA_RANGE_DEG: (f64, f64) = (-180.0, 180.0);
/// Positions closer than this are one: no goniometer tells them apart, and written with ten decimals they would merge.
const CLOSEST_DEG: f64 = 1e-9;
/// How many different counts make a common factor of all of them more than chance.
const FACTOR_TEST_POINTS: usize = 20;

/// Intensities as a file states them.
pub enum Intensities {
    /// What the detector counted, and the factor that makes it the intensity (1 for all if empty).
    Counted {
        /// Counts.
        counts: Vec<f64>,
        /// Factor of each.
        factors: Vec<f64>,
    },
    /// Intensities that the factor (1 for all if empty) was already applied to.
    Scaled {
        /// Intensities.
        values: Vec<f64>,
        /// Factor of each.
        factors: Vec<f64>,
    },
    /// Intensities of which the file does not say what they are; whole numbers are taken as counts unless they bear the
    /// marks of scaling.
    Unstated {
        /// Intensities.
        values: Vec<f64>,
    },
    /// Intensities that something was done to after counting, such as smoothing: σ = √I is only assumed.
    Treated {
        /// Intensities.
        values: Vec<f64>,
    },
    /// Intensities with σ from the file.
    WithSigma {
        /// Intensities.
        values: Vec<f64>,
        /// Standard uncertainties.
        sigma: Vec<f64>,
    },
}

impl Intensities {
    /// Intensities that may be counts or, by the time per step, a rate: whichever of the two makes them whole numbers. What
    /// a file claims of itself does not decide, since files are known to claim falsely.
    pub fn counts_or_rate(values: Vec<f64>, time_s: Option<f64>) -> Self {
        let whole =
            |scale: f64| values.iter().all(|y| (y * scale - (y * scale).round()).abs() <= printed_digits(y * scale));
        match time_s {
            Some(time) if time > 0.0 && time != 1.0 && !whole(1.0) && whole(time) => {
                let factors = vec![1.0 / time; values.len()];
                Self::Scaled { values, factors }
            }
            _ => Self::Unstated { values },
        }
    }
}

/// Points of a scan, with the place of each in the file.
pub struct Points<'a> {
    /// The file.
    pub content: &'a Content,
    /// 2θ in degrees, ascending or descending.
    pub two_theta_deg: Vec<f64>,
    /// Intensities, one for each.
    pub intensities: Intensities,
    /// Where the 2θ of a point stands.
    pub axis_place: &'a dyn Fn(usize) -> Location,
    /// Where the intensity of a point stands.
    pub intensity_place: &'a dyn Fn(usize) -> Location,
}

impl Points<'_> {
    /// Checked data on an ascending axis; what was assumed or turned round is added to `warnings`.
    ///
    /// # Errors
    /// The place and the value: fewer than two points, more than [`MAX_POINTS`], 2θ that is out of range or neither
    /// ascends nor descends strictly, negative counts, a σ that is no uncertainty, an intensity beyond [`MAX_INTENSITY`].
    pub fn measurement(self, warnings: &mut Vec<String>) -> Result<Measurement> {
        self.check_number()?;
        let descending = self.check_axis()?;
        let (mut y, mut sigma, source) = self.intensities_with_sigma(warnings)?;
        let mut x = self.two_theta_deg;
        if descending {
            warnings.push("2θ descends in the file; turned round".into());
            x.reverse();
            y.reverse();
            sigma.reverse();
        }
        Ok(Measurement::new(Array1::from(x), Array1::from(y), Array1::from(sigma), source)?)
    }

    /// [`Points::measurement`] of intensities from [`Intensities::counts_or_rate`], with the unit that they turned out to have.
    ///
    /// # Errors
    /// As [`Points::measurement`].
    pub fn with_unit(self, warnings: &mut Vec<String>) -> Result<(Measurement, IntensityUnit)> {
        let rate = matches!(self.intensities, Intensities::Scaled { .. });
        let data = self.measurement(warnings)?;
        let unit = match (data.sigma_source(), rate) {
            (SigmaSource::Counts, true) => IntensityUnit::CountsPerSecond,
            (SigmaSource::Counts, false) => IntensityUnit::Counts,
            _ => IntensityUnit::Arbitrary,
        };
        Ok((data, unit))
    }

    fn check_number(&self) -> Result<(), FileError> {
        let points = self.two_theta_deg.len();
        if points < 2 {
            let place = if points == 0 { Location::Whole } else { (self.axis_place)(0) };
            return Err(self.content.error(place, format!("{points} point(s)"), "a scan of at least 2"));
        }
        if points > MAX_POINTS {
            return Err(self.content.error(
                Location::Whole,
                format!("{points} points"),
                format!("at most {MAX_POINTS}"),
            ));
        }
        Ok(())
    }

    /// Whether 2θ descends.
    fn check_axis(&self) -> Result<bool, FileError> {
        let x = &self.two_theta_deg;
        let descending = x[1] < x[0];
        for (i, value) in x.iter().enumerate() {
            if !(TWO_THETA_RANGE_DEG.0..=TWO_THETA_RANGE_DEG.1).contains(value) {
                let expected = format!("degrees from {} to {}", TWO_THETA_RANGE_DEG.0, TWO_THETA_RANGE_DEG.1);
                return Err(self.content.error((self.axis_place)(i), format!("2θ = {value}"), expected));
            }
            let Some(before) = i.checked_sub(1).map(|before| x[before]) else { continue };
            if (*value - before).abs() < CLOSEST_DEG || (*value < before) != descending {
                let (found, way) = (format!("2θ = {value} after {before}"), if descending { "less" } else { "more" });
                return Err(self
                    .content
                    .error((self.axis_place)(i), found, format!("{way} than the value before it"))
                    .with_advice("a scan must ascend or descend all along"));
            }
        }
        Ok(descending)
    }

    /// Intensities, σ and its source.
    fn intensities_with_sigma(
        &self,
        warnings: &mut Vec<String>,
    ) -> Result<(Vec<f64>, Vec<f64>, SigmaSource), FileError> {
        match &self.intensities {
            Intensities::WithSigma { values, sigma } => {
                self.check_sizes(values)?;
                let sigma = self.checked_sigma(values, sigma, warnings)?;
                if let Some(i) = values.iter().position(|y| *y < 0.0) {
                    let place = (self.intensity_place)(i);
                    warnings.push(format!(
                        "negative intensities (first: {}{place}) are kept, since the file states their σ",
                        values[i]
                    ));
                }
                Ok((values.clone(), sigma, SigmaSource::File))
            }
            Intensities::Counted { counts, factors } => {
                self.check_counts(counts)?;
                let factor = |i: usize| factors.get(i).copied().unwrap_or(1.0);
                let source = self.counting_source(counts, warnings);
                let y: Vec<f64> = counts.iter().enumerate().map(|(i, n)| n * factor(i)).collect();
                self.check_sizes(&y)?;
                let sigma = counts.iter().enumerate().map(|(i, n)| factor(i) * n.max(1.0).sqrt()).collect();
                Ok((y, sigma, source))
            }
            Intensities::Scaled { values, factors } => {
                self.check_counts(values)?;
                let factor = |i: usize| factors.get(i).copied().unwrap_or(1.0);
                let counts: Vec<f64> = values.iter().enumerate().map(|(i, y)| regained_count(*y, factor(i))).collect();
                let source = self.counting_source(&counts, warnings);
                let sigma = counts.iter().enumerate().map(|(i, n)| factor(i) * n.max(1.0).sqrt()).collect();
                Ok((values.clone(), sigma, source))
            }
            Intensities::Treated { values } => {
                self.check_counts(values)?;
                Ok((values.clone(), sigma_of(values, |_| 1.0), SigmaSource::AssumedCounts))
            }
            Intensities::Unstated { values } => {
                self.check_counts(values)?;
                let mut source = self.counting_source(values, warnings);
                let mut factor = 1.0;
                if source == SigmaSource::Counts
                    && let Some((scale, mark)) = marks_of_scaling(values)
                {
                    warnings.push(mark);
                    (factor, source) = (scale, SigmaSource::AssumedCounts);
                }
                Ok((values.clone(), sigma_of(values, |_| factor), source))
            }
        }
    }

    fn check_counts(&self, counts: &[f64]) -> Result<(), FileError> {
        self.check_sizes(counts)?;
        match counts.iter().position(|n| *n < 0.0) {
            Some(i) => Err(self
                .content
                .error((self.intensity_place)(i), format!("intensity {}", counts[i]), "counts of zero or more")
                .with_advice("for data with a background subtracted, give σ as a third column")),
            None => Ok(()),
        }
    }

    fn check_sizes(&self, values: &[f64]) -> Result<(), FileError> {
        if values.len() != self.two_theta_deg.len() {
            let found = format!("{} intensities for {} values of 2θ", values.len(), self.two_theta_deg.len());
            return Err(self.content.error((self.intensity_place)(0), found, "one for each"));
        }
        match values.iter().position(|y| !y.is_finite() || y.abs() > MAX_INTENSITY) {
            Some(i) => {
                let expected = format!("at most {MAX_INTENSITY:e}");
                Err(self.content.error((self.intensity_place)(i), format!("intensity {}", values[i]), expected))
            }
            None => Ok(()),
        }
    }

    /// Whole numbers are counts; anything else is only assumed to be.
    fn counting_source(&self, counts: &[f64], warnings: &mut Vec<String>) -> SigmaSource {
        let broken = counts.iter().enumerate().find(|(_, n)| (*n - n.round()).abs() > printed_digits(**n));
        let Some((i, _)) = broken else { return SigmaSource::Counts };
        let value = match &self.intensities {
            Intensities::Counted { counts: stated, .. } => stated[i],
            Intensities::Scaled { values: stated, .. }
            | Intensities::Unstated { values: stated }
            | Intensities::Treated { values: stated }
            | Intensities::WithSigma { values: stated, .. } => stated[i],
        };
        warnings.push(format!(
            "intensities are not whole counts (first: {value}{}); σ = √I is an assumption",
            (self.intensity_place)(i)
        ));
        SigmaSource::AssumedCounts
    }

    /// σ from the file; where both intensity and σ are zero, the σ of one count by the file's own σ²/I.
    fn checked_sigma(&self, values: &[f64], sigma: &[f64], warnings: &mut Vec<String>) -> Result<Vec<f64>, FileError> {
        let bad = sigma.iter().zip(values).position(|(s, y)| !s.is_finite() || *s < 0.0 || (*s == 0.0 && *y != 0.0));
        if let Some(i) = bad {
            return Err(self.content.error(
                (self.intensity_place)(i),
                format!("σ = {}", sigma[i]),
                "a positive number",
            ));
        }
        let Some(first) = sigma.iter().position(|s| *s == 0.0) else { return Ok(sigma.to_vec()) };
        let mut scales: Vec<f64> =
            values.iter().zip(sigma).filter(|(y, s)| **y > 0.0 && **s > 0.0).map(|(y, s)| s * s / y).collect();
        scales.sort_by(f64::total_cmp);
        let Some(one_count) = scales.get(scales.len() / 2).copied() else {
            return Err(self.content.error((self.intensity_place)(first), "σ = 0", "a positive number"));
        };
        warnings.push(format!(
            "intensity and σ are both zero (first:{}); σ = {one_count} taken there, one count by the other points",
            (self.intensity_place)(first)
        ));
        Ok(sigma.iter().map(|s| if *s == 0.0 { one_count } else { *s }).collect())
    }
}

/// How far a count may be from a whole number: printed digits, not statistics.
fn printed_digits(count: f64) -> f64 {
    const RELATIVE: f64 = 1e-6;
    RELATIVE * count.max(1.0)
}

/// The count behind an intensity that was scaled by a factor and may have been rounded to a whole number again.
pub(super) fn regained_count(intensity: f64, factor: f64) -> f64 {
    const ROUNDED: f64 = 0.51;
    let count = intensity / factor;
    let near = (count - count.round()).abs() <= printed_digits(count).max(ROUNDED / factor);
    if factor > 1.0 && near { count.round() } else { count }
}

/// σ of intensities y = f·n.
fn sigma_of(values: &[f64], factor: impl Fn(usize) -> f64) -> Vec<f64> {
    values.iter().enumerate().map(|(i, y)| factor(i) * (y / factor(i)).max(1.0).sqrt()).collect()
}

/// Signs that whole numbers are scaled counts, with the scale if it is known (else 1).
fn marks_of_scaling(values: &[f64]) -> Option<(f64, String)> {
    /// Normalised data in whole numbers end at 1000, 10000, …
    const SMALLEST_NORMALISED_MAXIMUM: f64 = 1000.0;
    let common = common_factor(values);
    if common > 1.0 {
        let mark =
            format!("every intensity is a multiple of {common}: taken as counts times {common}, σ = √({common}·I)");
        return Some((common, mark));
    }
    let largest = values.iter().copied().fold(0.0, f64::max);
    let power = largest.log10();
    (largest >= SMALLEST_NORMALISED_MAXIMUM && power == power.round()).then(|| {
        (1.0, format!("the largest intensity is exactly {largest}, as in normalised data: σ = √I is an assumption"))
    })
}

/// Largest whole number of which every value is a multiple; 1 where there are too few different values to tell.
fn common_factor(values: &[f64]) -> f64 {
    let mut divisor = 0u64;
    let mut different = std::collections::BTreeSet::new();
    for value in values.iter().filter(|v| **v > 0.0) {
        let (mut a, mut b) = (value.round() as u64, divisor);
        different.insert(a);
        while b != 0 {
            (a, b) = (b, a % b);
        }
        divisor = a;
        if divisor == 1 {
            return 1.0;
        }
    }
    if different.len() >= FACTOR_TEST_POINTS { divisor as f64 } else { 1.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn build(x: &[f64], intensities: Intensities) -> (Result<Measurement>, Vec<String>) {
        let content = Content::from_bytes("f.xy", b"x".to_vec()).unwrap();
        let mut warnings = Vec::new();
        let points = Points {
            content: &content,
            two_theta_deg: x.to_vec(),
            intensities,
            axis_place: &|i| Location::Line(i + 1),
            intensity_place: &|i| Location::Line(i + 1),
        };
        (points.measurement(&mut warnings), warnings)
    }

    fn unstated(values: &[f64]) -> Intensities {
        Intensities::Unstated { values: values.to_vec() }
    }

    #[test]
    fn attenuated_counts_keep_their_own_statistics() {
        // Closed form: y = f·n, σ = f·√n; a zero count has σ = f.
        let (counts, factors) = (vec![0.0, 100.0, 1877.0], vec![2.0, 1.0, 188.0]);
        let (data, warnings) = build(&[1.0, 2.0, 3.0], Intensities::Counted { counts, factors: factors.clone() });
        let data = data.unwrap();
        assert_eq!(data.y().to_vec(), [0.0, 100.0, 352876.0]);
        assert_eq!(data.sigma().to_vec(), [2.0, 10.0, 188.0 * 1877f64.sqrt()]);
        assert_eq!((data.sigma_source(), warnings.len()), (SigmaSource::Counts, 0));
        let values = vec![0.0, 100.0, 352876.0];
        let (again, _) = build(&[1.0, 2.0, 3.0], Intensities::Scaled { values, factors });
        assert_eq!(again.unwrap(), data);
        // 20018 counts behind a factor of 131.32, stored as a whole number (an X'Pert file of schema 1.3).
        let rounded = Intensities::Scaled { values: vec![2628764.0, 5.0], factors: vec![131.32, 1.0] };
        let data = build(&[1.0, 2.0], rounded).0.unwrap();
        assert_eq!(data.sigma_source(), SigmaSource::Counts);
        assert_eq!(data.sigma()[0], 131.32 * 20018f64.sqrt());
    }

    #[test]
    fn a_descending_axis_is_turned_round_with_its_data() {
        let (data, warnings) = build(&[3.0, 2.0, 1.0], unstated(&[9.0, 4.0, 1.0]));
        let data = data.unwrap();
        assert_eq!((data.x().to_vec(), data.y().to_vec()), (vec![1.0, 2.0, 3.0], vec![1.0, 4.0, 9.0]));
        assert_eq!(data.sigma().to_vec(), [1.0, 2.0, 3.0]);
        assert!(warnings[0].contains("turned round"));
    }

    #[test]
    fn what_may_not_be_counts_is_said() {
        let (data, warnings) = build(&[1.0, 2.0], unstated(&[4.5, 9.0]));
        assert_eq!(data.unwrap().sigma_source(), SigmaSource::AssumedCounts);
        assert!(warnings[0].contains("4.5, line 1"), "{warnings:?}");
        let x: Vec<f64> = (0..40).map(f64::from).collect();
        let y: Vec<f64> = (0..40).map(|i| 100.0 * f64::from(i + 3)).collect();
        let (data, warnings) = build(&x, unstated(&y));
        let data = data.unwrap();
        assert_eq!(data.sigma_source(), SigmaSource::AssumedCounts);
        assert!((data.sigma()[1] - 200.0).abs() < 1e-12, "counts 4 times 100: σ = 200, not 20");
        assert!(warnings[0].contains("multiple of 100"), "{warnings:?}");
        let (data, warnings) = build(&[1.0, 2.0, 3.0], unstated(&[17.0, 1000.0, 33.0]));
        assert_eq!(data.unwrap().sigma_source(), SigmaSource::AssumedCounts);
        assert!(warnings[0].contains("exactly 1000"), "{warnings:?}");
    }

    #[test]
    fn zero_sigma_of_zero_intensity_becomes_one_count() {
        let with = |values: &[f64], sigma: &[f64]| {
            build(&[1.0, 2.0, 3.0], Intensities::WithSigma { values: values.to_vec(), sigma: sigma.to_vec() })
        };
        let (data, warnings) = with(&[8.0, 0.0, 32.0], &[4.0, 0.0, 8.0]);
        assert_eq!(data.unwrap().sigma().to_vec(), [4.0, 2.0, 8.0]);
        assert!(warnings[0].contains("both zero"));
        let (data, _) = with(&[8.0, 1.0, 32.0], &[4.0, 0.0, 8.0]);
        assert!(data.unwrap_err().to_string().contains("line 2: found σ = 0"));
        let (data, warnings) = with(&[8.0, -1.0, 32.0], &[4.0, 1.0, 8.0]);
        assert_eq!(data.unwrap().y()[1], -1.0);
        assert!(warnings[0].contains("-1, line 2"), "{warnings:?}");
    }

    #[test]
    fn refusals_name_place_and_value() {
        let refusal = |x: &[f64], y: &[f64]| build(x, unstated(y)).0.unwrap_err().to_string();
        let cases = [
            (refusal(&[1.0], &[1.0]), "line 1: found 1 point(s)"),
            (refusal(&[1.0, 2.0, 1.5], &[1.0; 3]), "line 3: found 2θ = 1.5 after 2, expected more"),
            (refusal(&[1.0, 1.0 + 1e-12], &[1.0; 2]), "line 2: found 2θ = 1.000000000001 after 1, expected more"),
            (refusal(&[3.0, 2.0, 2.0], &[1.0; 3]), "line 3: found 2θ = 2 after 2, expected less"),
            (refusal(&[1.0, 400.0], &[1.0; 2]), "line 2: found 2θ = 400, expected degrees"),
            (refusal(&[1.0, 2.0], &[1.0, -4.0]), "line 2: found intensity -4, expected counts of zero or more"),
            (refusal(&[1.0, 2.0], &[1.0, 1e18]), "line 2: found intensity 1000000000000000000, expected at most 1e15"),
            (refusal(&[1.0, 2.0], &[1.0]), "found 1 intensities for 2 values of 2θ"),
        ];
        for (message, part) in cases {
            assert!(message.contains(part), "{message}");
        }
        let counted = Intensities::Counted { counts: vec![1.0, 9e14], factors: vec![10.0; 2] };
        let message = build(&[1.0, 2.0], counted).0.unwrap_err().to_string();
        assert!(message.contains("intensity 9000000000000000, expected at most 1e15"), "{message}");
    }
}
