//! GSAS raw powder data: a title, then banks of fixed-width records.
//!
//! `BANK number points records CONST start step 0 0 KIND`, start and step in hundredths of a degree of 2θ. Records of 80
//! characters hold, by kind (GSAS manual, LAUR 86-748, "Powder data files"):
//!
//! * `STD`: ten fields of 8: two characters for how many detectors were averaged (blank: one), six for their mean intensity n̄, so
//!   that σ² = n̄/detectors;
//! * `ESD`: five pairs of fields of 8, intensity and σ;
//! * `ALT`: four points of 20 characters (F8.0, F7.4, F5.4): 2θ in 1/32 of a hundredth of a degree, normalised intensity, σ;
//!   a field without decimal point counts the last four of its digits behind one. Tried on constructed files only;
//! * `FXYE`, `FXY`: a line a point: 2θ (hundredths of a degree), intensity, σ.
//!
//! Banks on a scale of time of flight are no laboratory diffraction and left out; so are `RALF` banks, whose positions are
//! times or angles without a word on which. The wavelength stands in another file.

use doublet_common::container::Content;
use doublet_common::error::{FileError, Location};
use doublet_common::format::Confidence;
use doublet_common::text::number::{DecimalMark, parse_number};
use doublet_common::text::{Line, lines};

use super::points::{Intensities, MAX_POINTS, Points};
use super::{Format, MAX_SCANS};
use crate::error::Result;
use crate::scan::{Optics, Scan};

/// The row of the registry.
pub(super) const FORMAT: Format = Format {
    name: "gsas",
    extensions: &["gsas", "gsa", "gda", "xra", "raw", "fxye"],
    description: "GSAS powder data of constant wavelength: STD, ESD, ALT, FXYE, several banks",
    sniff,
    read,
    writers: &[],
};

/// A title and remarks come before the first bank.
const MOST_LINES_BEFORE: usize = 60;
const DEGREES: f64 = 0.01;
const FIELD: usize = 8;
/// Positions of `ALT` in a hundredth of a degree.
const POSITIONS_PER_UNIT: f64 = 32.0;

fn sniff(content: &Content) -> Confidence {
    let Ok(text) = content.text() else { return Confidence::No };
    let bank = lines(&text.content).take(MOST_LINES_BEFORE).find(|line| line.text.starts_with("BANK "));
    match bank.map(|line| line.text.split_whitespace().count()) {
        Some(5..) => Confidence::Certain,
        _ => Confidence::No,
    }
}

#[derive(Clone, Copy)]
enum Kind {
    Averaged,
    WithSigma,
    Alternate,
    Listed,
}

struct Bank {
    number: String,
    points: usize,
    start_deg: f64,
    step_deg: f64,
    kind: Kind,
    line: usize,
}

impl Bank {
    fn of(content: &Content, line: Line<'_>) -> Result<Option<Self>, FileError> {
        let place = Location::Line(line.number);
        let words: Vec<&str> = line.text.split_whitespace().collect();
        let [_, number, points, _, binning, start, step, ..] = words[..] else {
            return Err(content.error(place, line.text, "BANK number points records CONST start step 0 0 kind"));
        };
        if !binning.starts_with("CONS") {
            return Ok(None);
        }
        let number_of = |word: &str| {
            parse_number(word, DecimalMark::Point)
                .map_err(|fault| content.error(place.clone(), word, fault.to_string()))
        };
        let kind = match words.get(9).copied().unwrap_or("STD") {
            "STD" => Kind::Averaged,
            "ESD" => Kind::WithSigma,
            "ALT" => Kind::Alternate,
            "FXYE" | "FXY" => Kind::Listed,
            other => return Err(content.error(place, other, "STD, ESD, ALT, FXYE or FXY")),
        };
        let points = points.parse().ok().filter(|points| (2..=MAX_POINTS).contains(points));
        let points = points.ok_or_else(|| {
            content.error(place.clone(), format!("{} points", words[2]), format!("2 to {MAX_POINTS}"))
        })?;
        let (start_deg, step_deg) = (number_of(start)? * DEGREES, number_of(step)? * DEGREES);
        Ok(Some(Self { number: number.to_string(), points, start_deg, step_deg, kind, line: line.number }))
    }
}

fn read(content: &Content) -> Result<Vec<Scan>> {
    let text = content.text()?;
    let all: Vec<Line<'_>> = lines(&text.content).collect();
    let title =
        all.first().map(|line| line.text.trim().to_string()).filter(|t| !t.is_empty() && !t.starts_with("BANK "));
    let starts: Vec<usize> = (0..all.len()).filter(|i| all[*i].text.starts_with("BANK ")).collect();
    if starts.len() > MAX_SCANS {
        let found = format!("{} banks", starts.len());
        return Err(content.error(Location::Whole, found, format!("at most {MAX_SCANS}")).into());
    }
    let mut scans = Vec::new();
    let mut left_out = Vec::new();
    for (n, first) in starts.iter().enumerate() {
        let end = starts.get(n + 1).copied().unwrap_or(all.len());
        match Bank::of(content, all[*first])? {
            Some(bank) => {
                let scan = scan(content, &bank, &all[first + 1..end], text.warnings.clone())?;
                scans.push(Scan { title: title.clone(), ..scan });
            }
            None => {
                left_out.push(format!("the bank on line {} is no scan of constant wavelength; left out", first + 1));
            }
        }
    }
    if scans.is_empty() {
        return Err(content.error(Location::Whole, left_out.join("; "), "a bank with CONST binning").into());
    }
    for scan in &mut scans {
        scan.input.reader_warnings.extend(left_out.iter().cloned());
    }
    Ok(scans)
}

/// Values of the records, each with its line.
type Values = Vec<(f64, usize)>;

fn scan(content: &Content, bank: &Bank, records: &[Line<'_>], mut warnings: Vec<String>) -> Result<Scan> {
    let records = records.iter().filter(|line| !line.text.starts_with('#') && !line.text.trim().is_empty());
    let mut columns: [Values; 3] = Default::default();
    for line in records {
        if columns[1].len() >= bank.points {
            break;
        }
        match bank.kind {
            Kind::Averaged => averaged(content, *line, &mut columns)?,
            Kind::WithSigma => pairs(content, *line, &mut columns)?,
            Kind::Alternate => triples(content, *line, &mut columns)?,
            Kind::Listed => listed(content, *line, &mut columns)?,
        }
    }
    for column in &mut columns {
        column.truncate(bank.points);
    }
    let [axis, intensity, last] = columns;
    if intensity.len() < bank.points {
        let found = format!("{} points", intensity.len());
        let expected = format!("{}, as the bank announces", bank.points);
        return Err(content
            .error(Location::Line(bank.line), found, expected)
            .with_advice("the file seems to be cut")
            .into());
    }
    let of = |values: &Values| values.iter().map(|(value, _)| *value).collect::<Vec<f64>>();
    let values = of(&intensity);
    let intensities = match bank.kind {
        // The mean of d detectors is the count of all of them times 1/d.
        Kind::Averaged if last.iter().any(|(detectors, _)| *detectors != 1.0) => {
            let counts = values.iter().zip(&last).map(|(mean, (detectors, _))| mean * detectors).collect();
            Intensities::Counted { counts, factors: last.iter().map(|(detectors, _)| 1.0 / detectors).collect() }
        }
        Kind::Averaged => Intensities::Unstated { values },
        Kind::Listed if last.is_empty() => Intensities::Unstated { values },
        Kind::WithSigma | Kind::Alternate | Kind::Listed => Intensities::WithSigma { values, sigma: of(&last) },
    };
    let two_theta_deg = match bank.kind {
        Kind::Listed => axis.iter().map(|(x, _)| x * DEGREES).collect(),
        Kind::Alternate => {
            let listed: Vec<f64> = axis.iter().map(|(x, _)| x * DEGREES / POSITIONS_PER_UNIT).collect();
            let (from, to) = (listed[0], listed[listed.len() - 1]);
            let last_deg = bank.start_deg + bank.step_deg * (bank.points - 1) as f64;
            if (from - bank.start_deg).abs().max((to - last_deg).abs()) > 0.5 * bank.step_deg.abs() {
                warnings.push(format!(
                    "2θ is listed from {from} to {to}°, the bank announces {} to {last_deg}°: as listed",
                    bank.start_deg
                ));
            }
            listed
        }
        Kind::Averaged | Kind::WithSigma => {
            (0..bank.points).map(|i| bank.start_deg + bank.step_deg * i as f64).collect()
        }
    };
    let place = |i: usize| Location::Line(intensity[i].1);
    let points = Points { content, two_theta_deg, intensities, axis_place: &place, intensity_place: &place };
    let (data, unit) = points.with_unit(&mut warnings)?;
    Ok(Scan {
        data,
        unit,
        radiation: None,
        counting_time_s: None,
        goniometer_radius_mm: None,
        optics: Optics::default(),
        title: None,
        metadata: vec![("bank".into(), bank.number.clone())],
        input: content.input(FORMAT.name, warnings),
    })
}

/// The field of `width` characters from `at`, trimmed; none beyond the end of the line.
fn field(line: Line<'_>, at: usize, width: usize) -> Option<&str> {
    let end = (at + width).min(line.text.len());
    line.text.get(at..end).map(str::trim).filter(|text| !text.is_empty())
}

fn number(content: &Content, line: Line<'_>, text: &str) -> Result<f64, FileError> {
    parse_number(text, DecimalMark::Point)
        .map_err(|fault| content.error(Location::Line(line.number), text, fault.to_string()))
}

fn averaged(content: &Content, line: Line<'_>, columns: &mut [Values; 3]) -> Result<(), FileError> {
    for at in (0..line.text.len()).step_by(FIELD) {
        let Some(mean) = field(line, at + 2, FIELD - 2) else { continue };
        let detectors = match field(line, at, 2) {
            Some(text) => number(content, line, text)?.max(1.0),
            None => 1.0,
        };
        columns[1].push((number(content, line, mean)?, line.number));
        columns[2].push((detectors, line.number));
    }
    Ok(())
}

fn pairs(content: &Content, line: Line<'_>, columns: &mut [Values; 3]) -> Result<(), FileError> {
    for at in (0..line.text.len()).step_by(2 * FIELD) {
        let (Some(value), Some(sigma)) = (field(line, at, FIELD), field(line, at + FIELD, FIELD)) else { continue };
        columns[1].push((number(content, line, value)?, line.number));
        columns[2].push((number(content, line, sigma)?, line.number));
    }
    Ok(())
}

fn triples(content: &Content, line: Line<'_>, columns: &mut [Values; 3]) -> Result<(), FileError> {
    const WIDTHS: [usize; 3] = [8, 7, 5];
    const DIGITS_BEHIND_POINT: [i32; 3] = [0, 4, 4];
    for at in (0..line.text.len()).step_by(WIDTHS.iter().sum()) {
        let mut from = at;
        for ((column, width), digits) in columns.iter_mut().zip(WIDTHS).zip(DIGITS_BEHIND_POINT) {
            let Some(text) = field(line, from, width) else {
                let expected = "fields of 8, 7 and 5 characters: position, intensity, σ";
                let left = line.text.get(at..).unwrap_or_default();
                return if left.trim().is_empty() {
                    Ok(())
                } else {
                    Err(content.error(Location::Line(line.number), left, expected))
                };
            };
            let value = number(content, line, text)?;
            column.push((if text.contains('.') { value } else { value / 10f64.powi(digits) }, line.number));
            from += width;
        }
    }
    Ok(())
}

fn listed(content: &Content, line: Line<'_>, columns: &mut [Values; 3]) -> Result<(), FileError> {
    let tokens: Vec<&str> = line.text.split([' ', '\t', ',']).filter(|token| !token.is_empty()).collect();
    let with_sigma = columns[2].len() == columns[1].len();
    let alike = columns[1].is_empty() || with_sigma == (tokens.len() == 3);
    if !(2..=3).contains(&tokens.len()) || !alike {
        let expected = "2θ in hundredths of a degree, intensity, and σ on every line or on none";
        return Err(content.error(Location::Line(line.number), line.text, expected));
    }
    for (column, token) in columns.iter_mut().zip(tokens) {
        column.push((number(content, line, token)?, line.number));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::formats::read_bytes;

    #[test]
    fn every_kind_of_bank() {
        let text = "corundum\nBANK 1 4 1 CONST 2000 2 0 0 STD\n     100     121 4   100 1   144\n\
                    BANK 2 3 1 CONST 3000.0 5.0 0 0 ESD\n    10.0     2.0    20.0     3.0    30.0     4.0\n\
                    BANK 3 2 2 CONST 4000 2 0 0 FXYE\n4000.0 7 1.5\n4002.5 8 2.5\n\
                    BANK 4 2 1 TIME_MAP 1 2 3 STD\n       1       2\n";
        let scans = read_bytes("a.gsas", text.as_bytes().to_vec()).unwrap();
        assert_eq!(scans.len(), 3);
        assert_eq!(scans[0].intensity(), [100.0, 121.0, 100.0, 144.0]);
        // Four detectors with a mean of 100: 400 counts, so that the mean is known to 20/4.
        assert_eq!(scans[0].sigma(), [10.0, 11.0, 5.0, 12.0]);
        assert!((scans[0].two_theta_deg()[3] - 20.06).abs() < 1e-12);
        assert_eq!((scans[1].sigma(), scans[1].two_theta_deg()[2]), (&[2.0, 3.0, 4.0][..], 30.1));
        assert_eq!((scans[2].sigma(), scans[2].two_theta_deg()), (&[1.5, 2.5][..], &[40.0, 40.025][..]));
        assert_eq!(scans[2].title.as_deref(), Some("corundum"));
        assert!(scans[0].input.reader_warnings.iter().any(|w| w.contains("line 9")));
    }

    #[test]
    fn alternate_banks() {
        // Truth: the fields of two banks; crysfml 0.8 reads the same fields (positions in hundredths of a degree, no point).
        let text = "alternate\nBANK 1 5 2 CONST 1000 5 0 0 ALT\n\
                    \x20  32000  73900 2718   32160  12200 1105   32320  20200 1421   32480  25100 1584\n\
                    \x20  32640   2.04.1428\n\
                    BANK 2 2 1 CONST 2000 10 0 0 ALT\n   64320   3.00  .50   64640   4.00  .25\n\
                    BANK 3 2 1 RALF 64000 320 64000 0.001 ALT\n   64000   3.00  .50   64320   4.00  .25\n";
        let scans = read_bytes("a.gsas", text.as_bytes().to_vec()).unwrap();
        assert_eq!(scans.len(), 2);
        let close = |found: &[f64], truth: &[f64]| {
            assert_eq!(found.len(), truth.len());
            assert!(found.iter().zip(truth).all(|(a, b)| (a - b).abs() < 1e-12), "{found:?}");
        };
        close(scans[0].two_theta_deg(), &[10.0, 10.05, 10.1, 10.15, 10.2]);
        close(scans[0].intensity(), &[7.39, 1.22, 2.02, 2.51, 2.04]);
        close(scans[0].sigma(), &[0.2718, 0.1105, 0.1421, 0.1584, 0.1428]);
        close(scans[1].two_theta_deg(), &[20.1, 20.2]);
        close(scans[1].sigma(), &[0.5, 0.25]);
        let said = |n: usize, words: &str| scans[n].input.reader_warnings.iter().any(|w| w.contains(words));
        assert!(said(0, "line 7") && !said(0, "as listed") && said(1, "2θ is listed from 20.1"));
    }

    #[test]
    fn faults_name_the_line() {
        for (text, part) in [
            ("t\nBANK 1 4 1 CONST 2000 2 0 0 STD\n       1       2\n", "line 2: found 2 points, expected 4"),
            ("t\nBANK 1 2 1 CONST 2000 x 0 0 STD\n       1       2\n", "line 2: found x"),
            ("t\nBANK 1 2 1 CONST 2000 2 0 0 ALP\n       1       2\n", "line 2: found ALP"),
            ("t\nBANK 1 2 1 CONST 2000 2 0 0 ALT\n   64000   3.00\n", "line 3: found    64000   3.00, expected fields"),
            ("t\nBANK 1 2 1 CONST 2000 2 0 0 STD\n       1     two\n", "line 3: found two"),
            ("t\nBANK 1 2 2 CONST 2000 2 0 0 FXYE\n2000 9 3\n2002 16\n", "line 4: found 2002 16, expected 2θ"),
            ("t\nBANK 1 2 1 SLOG 2000 2 0 0 FXYE\n1 2 3\n", "CONST"),
        ] {
            let message = read_bytes("a.gsas", text.as_bytes().to_vec()).unwrap_err().to_string();
            assert!(message.contains(part), "{message}");
        }
    }
}
