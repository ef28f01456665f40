//! Blocks of intensities behind one line of start, step and end: the `.dat` kinds of FullProf (manual, "Format of data
//! files": INSTRM = 0 free format, 5 the instruments D1A5 and ILL's later ones, 8 DMC and HRPT of PSI) and DBWS.
//!
//! One of the first lines begins with start, step and end of 2θ in degrees. Behind it stand the intensities, row by row; where
//! as many numbers again follow, they are their σ. INSTRM = 10, columns of 2θ, intensity and σ, is text in columns. The kinds
//! of DBWS and of free format were tried on constructed files only.

use doublet_common::container::Content;
use doublet_common::error::{FileError, Location};
use doublet_common::format::Confidence;
use doublet_common::text::number::{DecimalMark, parse_number};
use doublet_common::text::{Line, lines};

use super::Format;
use super::points::{Intensities, MAX_POINTS, Points};
use crate::error::Result;
use crate::radiation::{Radiation, WavelengthSource};
use crate::scan::{Optics, Scan};

/// The row of the registry.
pub(super) const FORMAT: Format = Format {
    name: "fullprof",
    extensions: &["dat", "dbw", "rit"],
    description: "FullProf .dat (free format, D1A5, DMC and HRPT) and DBWS: start, step and end, then intensities",
    sniff,
    read,
    writers: &[],
};

/// The line of start, step and end is one of the first.
const MOST_LINES_BEFORE: usize = 6;
/// Fewest numbers of a full row: fewer are columns.
const FEWEST_IN_ROW: usize = 4;
/// Most numbers of a row.
const MOST_IN_ROW: usize = 40;

/// Start, step and number of points, and where they stand.
struct Ramp {
    start_deg: f64,
    step_deg: f64,
    points: usize,
    line: usize,
    /// What stands behind them.
    rest: String,
}

impl Ramp {
    /// The ramp that a line states; none if it states none.
    fn of(line: Line<'_>) -> Option<Self> {
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
fn find(text: &str) -> Option<Ramp> {
    let first: Vec<Line<'_>> = lines(text).take(MOST_LINES_BEFORE + 1).collect();
    first.windows(2).find_map(|pair| {
        let [line, next] = pair else { return None };
        let ramp = Ramp::of(*line)?;
        (row(*next)?.len() >= FEWEST_IN_ROW).then_some(ramp)
    })
}

fn sniff(content: &Content) -> Confidence {
    let Ok(text) = content.text() else { return Confidence::No };
    if find(&text.content).is_some() { Confidence::Likely } else { Confidence::No }
}

fn read(content: &Content) -> Result<Vec<Scan>> {
    let text = content.text()?;
    let mut warnings = text.warnings.clone();
    let Some(ramp) = find(&text.content) else {
        let expected = "start, step and end of 2θ, then rows of intensities";
        return Err(content.error(Location::Line(1), "no such line", expected).into());
    };
    let all: Vec<Line<'_>> = lines(&text.content).collect();
    let (values, places) = numbers(content, &ramp, &all)?;
    let points = ramp.points;
    let (values, sigma) = values.split_at(points);
    let place = |i: usize| Location::Line(places[i]);
    let intensities = match sigma.len() {
        0 => Intensities::Unstated { values: values.to_vec() },
        _ => Intensities::WithSigma { values: values.to_vec(), sigma: sigma.to_vec() },
    };
    let two_theta_deg = (0..points).map(|i| ramp.start_deg + ramp.step_deg * i as f64).collect();
    let (data, unit) = Points { content, two_theta_deg, intensities, axis_place: &place, intensity_place: &place }
        .with_unit(&mut warnings)?;
    let header = &all[..ramp.line - 1];
    let radiation = wavelength(header).map(|length| Radiation::monochromatic(length, WavelengthSource::File));
    if radiation.is_some() {
        warnings.push(
            "files of this kind come from neutron diffractometers: intensities calculated for X-rays do not apply"
                .into(),
        );
    }
    let mut metadata: Vec<(String, String)> =
        header.iter().skip(1).filter_map(|line| told("header", line.text)).collect();
    metadata.extend(told("behind the range", &ramp.rest));
    let title = header.first().map_or(ramp.rest.as_str(), |line| line.text).trim();
    Ok(vec![Scan {
        data,
        unit,
        radiation,
        counting_time_s: None,
        goniometer_radius_mm: None,
        optics: Optics::default(),
        title: (!title.is_empty()).then(|| title.to_owned()),
        metadata,
        input: content.input(FORMAT.name, warnings),
    }])
}

fn told(name: &str, text: &str) -> Option<(String, String)> {
    (!text.trim().is_empty()).then(|| (name.to_owned(), text.trim().to_owned()))
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

/// `lambda= 1.494` of the files of PSI.
fn wavelength(header: &[Line<'_>]) -> Option<f64> {
    let text = header.iter().find_map(|line| line.text.split("lambda=").nth(1))?;
    let word = text.trim_start().split([',', ' ']).next()?;
    parse_number(word, DecimalMark::Point).ok().filter(|length| (0.1..=10.0).contains(length))
}

#[cfg(test)]
mod tests {
    use crate::formats::read_bytes;

    #[test]
    fn blocks_with_and_without_sigma() {
        // Truth: the format's definition.
        let free = read_bytes("a.dat", b"10.0 0.5 12.5 quartz\n100 121 144 169\n196 225\n-1000\n".to_vec()).unwrap();
        assert_eq!(free[0].intensity(), [100.0, 121.0, 144.0, 169.0, 196.0, 225.0]);
        assert_eq!((free[0].sigma()[1], free[0].two_theta_deg()[5]), (11.0, 12.5));
        assert_eq!(free[0].title.as_deref(), Some("quartz"));
        let psi = "HRPT, sample\nlambda=  1.49400, T= 0\n  2.0 0.1 2.4 1800., x\n 5. 6. 7. 8. 9.\n 1. 2. 3. 4. 5.\n Filelist='x'\n";
        let psi = read_bytes("b.dat", psi.as_bytes().to_vec()).unwrap();
        assert_eq!(psi[0].sigma(), [1.0, 2.0, 3.0, 4.0, 5.0]);
        assert_eq!(psi[0].radiation.as_ref().unwrap().reference_wavelength_angstrom(), 1.494);
    }

    #[test]
    fn columns_stay_columns() {
        let columns = read_bytes("a.xye", b"10 0.5 90\n10.5 7 2\n11 8 2\n".to_vec()).unwrap();
        assert_eq!(columns[0].intensity(), [0.5, 7.0, 8.0]);
    }

    #[test]
    fn faults_name_the_line() {
        for (text, part) in [
            ("10 0.5 15 x\n1 2 3 4 5\n6 7\n", "line 1: found 7 intensities, expected 11"),
            ("10 0.5 15 x\n1 2 3 4 5\n6 seven 8 9\n", "line 3: found seven"),
            ("10 0.5 12.5 x\n1 2 3 4 5\n-6\n", "line 3: found intensity -6"),
            ("10 0.5 12.5 x\n1 2 3 4 5\n6 7\n", "line 3: found 2 numbers, expected 1 in this row"),
        ] {
            let message = read_bytes("a.dat", text.as_bytes().to_vec()).unwrap_err().to_string();
            assert!(message.contains(part), "{message}");
        }
    }
}
