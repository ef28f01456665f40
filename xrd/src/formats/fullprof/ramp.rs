//! Blocks behind one line of start, step and end: intensities row by row; their σ behind them, or row by row with them; or
//! time and counts by turns.

use doublet_common::container::Content;
use doublet_common::error::{FileError, Location};
use doublet_common::text::Line;
use doublet_common::text::number::{DecimalMark, parse_number};

use super::super::points::{Intensities, MAX_POINTS};
use super::{Pattern, counted, told};

/// The line of start, step and end is one of the first.
pub(super) const MOST_LINES_BEFORE: usize = 6;
/// Fewest numbers of a full row: fewer are columns.
const FEWEST_IN_ROW: usize = 4;
/// Most numbers of a row.
const MOST_IN_ROW: usize = 40;

/// Start, step and number of points, and where they stand.
pub(super) struct Ramp {
    pub(super) start_deg: f64,
    pub(super) step_deg: f64,
    pub(super) points: usize,
    line: usize,
    /// What stands behind them.
    pub(super) rest: String,
}

impl Ramp {
    /// The ramp that a line states; none if it states none.
    pub(super) fn of(line: Line<'_>) -> Option<Self> {
        let mut words = line.text.split([' ', '\t', ',']).filter(|word| !word.is_empty());
        let mut number = || words.next().and_then(|word| parse_number(word, DecimalMark::Point).ok());
        let (start_deg, step_deg, end_deg) = (number()?, number()?, number()?);
        let intervals = (end_deg - start_deg) / step_deg;
        let sound = (-180.0..=180.0).contains(&start_deg)
            && (1e-5..=5.0).contains(&step_deg)
            && (1.0..MAX_POINTS as f64).contains(&intervals)
            && end_deg <= 180.0
            && (intervals - intervals.round()).abs() < 0.05;
        let rest: Vec<&str> = words.collect();
        sound.then(|| Self {
            start_deg,
            step_deg,
            points: intervals.round() as usize + 1,
            line: line.number,
            rest: rest.join(" "),
        })
    }
}

/// The numbers of a row; none for a line that is no row of numbers.
fn row(line: Line<'_>) -> Option<Vec<f64>> {
    let words: Vec<&str> = line.text.split_whitespace().collect();
    if words.len() > MOST_IN_ROW {
        return None;
    }
    words.into_iter().map(|word| parse_number(word, DecimalMark::Point).ok()).collect()
}

/// The line of the ramp, which a full row follows.
pub(super) fn find(lines: &[Line<'_>]) -> Option<Ramp> {
    lines[..lines.len().min(MOST_LINES_BEFORE + 1)].windows(2).find_map(|pair| {
        let [line, next] = pair else { return None };
        let ramp = Ramp::of(*line)?;
        (row(*next)?.len() >= FEWEST_IN_ROW).then_some(ramp)
    })
}

pub(super) fn read(content: &Content, ramp: &Ramp, lines: &[Line<'_>]) -> Result<Pattern, FileError> {
    let header = &lines[..ramp.line - 1];
    let mut metadata: Vec<(String, String)> =
        header.iter().skip(1).filter_map(|line| told("header", line.text)).collect();
    metadata.extend(told("behind the range", &ramp.rest));
    let title = header.first().map_or(ramp.rest.as_str(), |line| line.text).trim().to_owned();
    let pattern = |intensities, places, warnings| Pattern {
        start_deg: ramp.start_deg,
        step_deg: ramp.step_deg,
        intensities,
        places,
        title,
        metadata,
        warnings,
        per_second: false,
    };
    if let Some((times, counts, places)) = timed(ramp, lines) {
        let remark = "time and counts stand by turns: the intensities are counts per unit of time".into();
        let intensities = Intensities::Counted { counts, factors: times.iter().map(|time| 1.0 / time).collect() };
        return Ok(Pattern { per_second: true, ..pattern(intensities, places, vec![remark]) });
    }
    if let Some((values, sigma, places)) = by_turns(ramp, lines).filter(|_| !titled(header)) {
        let remark = "rows of intensities and of σ by turns, since σ² goes with the intensity so".into();
        return Ok(pattern(Intensities::WithSigma { values, sigma }, places, vec![remark]));
    }
    let (mut values, places) = numbers(content, ramp, lines)?;
    let mut warnings = Vec::new();
    let sigma = values.split_off(ramp.points);
    let intensities = match (sigma.is_empty(), Announced::of(ramp, header)) {
        (false, _) => Intensities::WithSigma { values, sigma },
        (true, Some(Announced { sigma: true, .. })) => {
            let expected = format!("{} σ behind the intensities, as the header announces", ramp.points);
            return Err(content.error(Location::Line(ramp.line), "none", expected).with_advice("the file may be cut"));
        }
        (true, Some(Announced { scale, .. })) if scale != 1.0 => {
            warnings.push(format!("σ² is {scale} times the intensity, by the two monitors of the header"));
            counted(&values, |_| scale)
        }
        (true, _) => Intensities::Unstated { values },
    };
    let places = places.into_iter().take(ramp.points).collect();
    Ok(pattern(intensities, places, warnings))
}

/// What the line before the ramp of the general two-axis format announces.
#[derive(Clone, Copy)]
struct Announced {
    /// Whether σ follow.
    sigma: bool,
    /// Monitor of the intensities over that of the counts.
    scale: f64,
}

impl Announced {
    /// Points, two temperatures, 0 or 1 for σ, two monitors.
    fn of(ramp: &Ramp, header: &[Line<'_>]) -> Option<Self> {
        let [points, _, _, sigma, monitor, of_counts] = row(*header.last()?)?[..] else { return None };
        let scale = if monitor > 1.0 && of_counts > 1.0 { monitor / of_counts } else { 1.0 };
        (points == ramp.points as f64).then_some(Self { sigma: sigma != 0.0, scale })
    }
}

/// Whether a title stands before the ramp, and not only remarks.
fn titled(header: &[Line<'_>]) -> bool {
    header.iter().any(|line| !line.text.trim_start().starts_with(['!', '#']))
}

/// Intensities, σ and lines where a row of ten intensities and a row of their σ stand by turns; none where they do not, or
/// where a block of intensities and a block of σ makes σ² go better with the intensity.
fn by_turns(ramp: &Ramp, lines: &[Line<'_>]) -> Option<(Vec<f64>, Vec<f64>, Vec<usize>)> {
    const ROW: usize = 10;
    let rows = lines.get(ramp.line..ramp.line + 2 * ramp.points.div_ceil(ROW))?;
    let (mut values, mut sigma, mut places, mut all) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for (n, line) in rows.iter().enumerate() {
        let count = ROW.min(ramp.points - n / 2 * ROW);
        let mut numbers = row(*line).filter(|numbers| numbers.len() == count || numbers.len() == ROW)?;
        numbers.truncate(count);
        all.extend(&numbers);
        if n % 2 == 0 {
            places.extend(std::iter::repeat_n(line.number, count));
            values.extend(numbers);
        } else {
            sigma.extend(numbers);
        }
    }
    let (first, second) = all.split_at(ramp.points);
    (spread(&values, &sigma) < spread(first, second)).then_some((values, sigma, places))
}

/// Variance of ln(σ²/intensity), which counting keeps constant.
fn spread(values: &[f64], sigma: &[f64]) -> f64 {
    let pairs = values.iter().zip(sigma).filter(|(value, sigma)| **value > 0.0 && **sigma > 0.0);
    let ratios: Vec<f64> = pairs.map(|(value, sigma)| (sigma * sigma / value).ln()).collect();
    let mean = ratios.iter().sum::<f64>() / ratios.len() as f64;
    ratios.iter().map(|ratio| (ratio - mean).powi(2)).sum::<f64>() / ratios.len() as f64
}

/// Times, counts and lines of rows 5(F6,F10); none where the rows are not of this kind.
type Timed = (Vec<f64>, Vec<f64>, Vec<usize>);

fn timed(ramp: &Ramp, lines: &[Line<'_>]) -> Option<Timed> {
    const TIME: usize = 6;
    const COUNTS: usize = 10;
    const IN_ROW: usize = 5;
    let (mut times, mut counts, mut places) = (Vec::new(), Vec::new(), Vec::new());
    let number = |text: &str| parse_number(text.trim(), DecimalMark::Point).ok().filter(|value| *value >= 0.0);
    for line in lines.get(ramp.line..ramp.line + ramp.points.div_ceil(IN_ROW))? {
        let text = line.text.trim_end();
        for at in (0..text.len()).step_by(TIME + COUNTS) {
            let time = number(text.get(at..at + TIME)?).filter(|time| *time > 0.0)?;
            counts.push(number(text.get(at + TIME..(at + TIME + COUNTS).min(text.len()))?)?);
            times.push(time);
            places.push(line.number);
        }
    }
    (counts.len() == ramp.points).then_some((times, counts, places))
}

/// Intensities, and σ where as many numbers follow; the line of each.
fn numbers(content: &Content, ramp: &Ramp, all: &[Line<'_>]) -> Result<(Vec<f64>, Vec<usize>), FileError> {
    let (mut values, mut places) = (Vec::new(), Vec::new());
    for line in &all[ramp.line..] {
        if values.len() >= 2 * ramp.points {
            break;
        }
        match row(*line) {
            Some(numbers) => {
                let (before, after) = (values.len(), values.len() + numbers.len());
                if before < ramp.points && after > ramp.points {
                    let expected = format!("{} in this row, the last of {}", ramp.points - before, ramp.points);
                    let found = format!("{} numbers", numbers.len());
                    return Err(content.error(Location::Line(line.number), found, expected));
                }
                places.extend(std::iter::repeat_n(line.number, numbers.len()));
                values.extend(numbers);
            }
            // Words behind the intensities are remarks.
            None if values.len() >= ramp.points => break,
            None => {
                let bad = line.text.split_whitespace().find(|word| parse_number(word, DecimalMark::Point).is_err());
                let expected = format!("intensities, {} in all", ramp.points);
                return Err(content.error(Location::Line(line.number), bad.unwrap_or(line.text), expected));
            }
        }
    }
    if values.len() < ramp.points {
        let expected = format!("{}, as line {} announces", ramp.points, ramp.line);
        return Err(content
            .error(Location::Line(ramp.line), format!("{} intensities", values.len()), expected)
            .with_advice("the file may be cut"));
    }
    // A few numbers more, such as an end mark, are no σ.
    let kept = if values.len() >= 2 * ramp.points { 2 * ramp.points } else { ramp.points };
    values.truncate(kept);
    Ok((values, places))
}
