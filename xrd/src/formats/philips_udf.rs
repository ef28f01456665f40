//! Philips and PANalytical UDF: text of `Name,value,/` lines, the line `RawScan`, and intensities, the last ended by `/`.
//!
//! A value may be empty and may hold commas (`DivergenceSlit,Fixed, 1/2,/`). The range gives the first and the last 2θ that was
//! measured; with the number of intensities they are the axis, since the step is often printed with three decimals only.
//! `ScanStepTime` is the time for which each point was counted, for position-sensitive detectors too: an export of an
//! Empyrean states 47.94 s there and 47.940 s as the common counting time of its XRDML file. The format names no axis.
//!
//! Layout: xylib's and rietx's descriptions (interface facts). Tried on constructed files, and by hand on the first 32 points of
//! that one export, which are those of its XRDML file.

use doublet_common::container::Content;
use doublet_common::error::{FileError, Location};
use doublet_common::format::Confidence;
use doublet_common::text::number::{DecimalMark, parse_number};
use doublet_common::text::{Line, lines};

use super::Format;
use super::header::{doublet, points_of, positive};
use super::points::{Intensities, MAX_POINTS, Points};
use crate::error::Result;
use crate::radiation::Radiation;
use crate::scan::{Optics, Scan};

/// The row of the registry.
pub(super) const FORMAT: Format = Format {
    name: "philips-udf",
    extensions: &["udf"],
    description: "Philips and PANalytical UDF text (tried on constructed files, on one real export in part)",
    sniff,
    read,
    writers: &[],
};

const MARK: &str = "RawScan";
const RANGE: &str = "DataAngleRange";
const STEP: &str = "ScanStepSize";
/// The mark comes within these lines.
const MOST_HEADER_LINES: usize = 200;

fn sniff(content: &Content) -> Confidence {
    let Ok(text) = content.text() else { return Confidence::No };
    let mut header = lines(&text.content).take(MOST_HEADER_LINES).map(|line| line.text.trim());
    let first = header.find(|line| !line.is_empty()).unwrap_or_default();
    let named = |line: &str| line.starts_with(RANGE);
    if first.starts_with("SampleIdent,") || named(first) || header.any(named) {
        Confidence::Certain
    } else {
        Confidence::No
    }
}

/// Name, value and line of every entry.
struct Header<'a>(Vec<(&'a str, &'a str, usize)>);

impl<'a> Header<'a> {
    fn entry(&self, name: &str) -> Option<(&'a str, usize)> {
        let found = self.0.iter().find(|(known, ..)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value, line)| (*value, *line)).filter(|(value, _)| !value.is_empty())
    }

    fn text(&self, name: &str) -> Option<&'a str> {
        self.entry(name).map(|(value, _)| value)
    }

    fn number(&self, content: &Content, name: &str) -> Result<Option<f64>, FileError> {
        let Some((value, line)) = self.entry(name) else { return Ok(None) };
        number(content, value, line).map(Some)
    }

    fn demanded(&self, content: &Content, name: &str) -> Result<(&'a str, usize), FileError> {
        self.entry(name)
            .ok_or_else(|| content.error(Location::Whole, format!("no {name}"), format!("a line {name},…,/")))
    }
}

fn number(content: &Content, word: &str, line: usize) -> Result<f64, FileError> {
    parse_number(word.trim(), DecimalMark::Point)
        .map_err(|fault| content.error(Location::Line(line), word.trim(), fault.to_string()))
}

fn read(content: &Content) -> Result<Vec<Scan>> {
    let text = content.text()?;
    let mut warnings = text.warnings.clone();
    warnings.push("the format names no axis; 2θ assumed".into());
    let mut all = lines(&text.content);
    let header = header(content, &mut all)?;
    let (values, places) = intensities(content, &mut all)?;
    if let Some(line) = all.find(|line| !line.text.trim().is_empty()) {
        warnings.push(format!("what stands behind the scan, from line {} on, is not read", line.number));
    }
    let two_theta_deg = axis(content, &header, values.len(), &mut warnings)?;
    let time = header.number(content, "ScanStepTime")?.and_then(positive);
    let place = |i: usize| Location::Line(places.get(i).copied().unwrap_or(1));
    let intensities = Intensities::counts_or_rate(values, time);
    let (data, unit) = Points { content, two_theta_deg, intensities, axis_place: &place, intensity_place: &place }
        .with_unit(&mut warnings)?;
    let told = header.0.iter().filter(|(_, value, _)| !value.is_empty());
    Ok(vec![Scan {
        data,
        unit,
        radiation: radiation(content, &header, &mut warnings)?,
        counting_time_s: time,
        goniometer_radius_mm: None,
        optics: optics(content, &header)?,
        title: header.text("SampleIdent").map(str::to_string),
        metadata: told.map(|(name, value, _)| ((*name).to_string(), (*value).to_string())).collect(),
        input: content.input(FORMAT.name, warnings),
    }])
}

/// The entries before the mark.
fn header<'a>(content: &Content, all: &mut impl Iterator<Item = Line<'a>>) -> Result<Header<'a>, FileError> {
    let mut entries = Vec::new();
    for line in all.take(MOST_HEADER_LINES) {
        match (line.text.trim(), line.text.split_once(',')) {
            (MARK, _) => return Ok(Header(entries)),
            (_, Some((name, value))) => {
                let value = value.trim().trim_end_matches('/').trim_end().trim_end_matches(',').trim();
                entries.push((name.trim(), value, line.number));
            }
            // A title that nobody gave may be a bare name.
            (bare, None) if bare.chars().all(char::is_alphanumeric) => {}
            (other, None) => return Err(content.error(Location::Line(line.number), other, "Name,value,/")),
        }
    }
    let expected = format!("{MARK} within {MOST_HEADER_LINES} lines");
    Err(content.error(Location::Whole, format!("no line {MARK}"), expected).with_advice("the file may be cut"))
}

/// Intensities up to `/`, and the line of each.
fn intensities<'a>(
    content: &Content,
    all: &mut impl Iterator<Item = Line<'a>>,
) -> Result<(Vec<f64>, Vec<usize>), FileError> {
    let (mut values, mut places) = (Vec::new(), Vec::new());
    let mut last = 1;
    for line in all {
        last = line.number;
        let (row, ended) = line.text.split_once('/').map_or((line.text, false), |(row, _)| (row, true));
        for word in row.split([',', ' ', '\t']).filter(|word| !word.is_empty()) {
            values.push(number(content, word, line.number)?);
            places.push(line.number);
        }
        if values.len() > MAX_POINTS {
            let expected = format!("at most {MAX_POINTS} points");
            return Err(content.error(Location::Line(line.number), "more points", expected));
        }
        if ended {
            return Ok((values, places));
        }
    }
    Err(content
        .error(Location::Line(last), "the end of the file", "intensities up to a /")
        .with_advice("the file seems to be cut"))
}

/// 2θ from the first to the last value; the step must agree to the digits that it is printed with.
fn axis(
    content: &Content,
    header: &Header<'_>,
    points: usize,
    warnings: &mut Vec<String>,
) -> Result<Vec<f64>, FileError> {
    let (range, line) = header.demanded(content, RANGE)?;
    let Some((start, end)) = range.split_once(',') else {
        return Err(content.error(Location::Line(line), range, "the first and the last 2θ"));
    };
    let (start_deg, end_deg) = (number(content, start, line)?, number(content, end, line)?);
    let (printed, line) = header.demanded(content, STEP)?;
    let step_deg = number(content, printed, line)?;
    let announced = points_of(start_deg, end_deg, step_deg).ok_or_else(|| {
        let found = format!("a step of {step_deg} from {start_deg} to {end_deg}");
        content.error(Location::Line(line), found, format!("a scan of 2 to {MAX_POINTS} points"))
    })?;
    let intervals = (points.max(2) - 1) as f64;
    let implied_deg = (end_deg - start_deg) / intervals;
    if points != announced {
        if (implied_deg - step_deg).abs() > half_a_digit(printed) {
            let expected = format!("{announced} from {start_deg} to {end_deg} in steps of {step_deg}");
            return Err(content.error(Location::Line(line), format!("{points} intensities"), expected));
        }
        warnings.push(format!(
            "{points} intensities, where the printed step of {printed} would make {announced}: \
             the step is taken as {implied_deg:.7}° from the ends of the range"
        ));
    }
    Ok((0..points).map(|i| start_deg + (end_deg - start_deg) * (i as f64 / intervals)).collect())
}

/// Half a unit of the last decimal of a printed step; three decimals are always meant.
fn half_a_digit(printed: &str) -> f64 {
    const FEWEST_DECIMALS: i32 = 3;
    let decimals = printed.split_once('.').map_or(0, |(_, digits)| digits.len() as i32);
    0.5 * 10f64.powi(-decimals.max(FEWEST_DECIMALS))
}

fn radiation(
    content: &Content,
    header: &Header<'_>,
    warnings: &mut Vec<String>,
) -> Result<Option<Radiation>, FileError> {
    // The makers' spelling, and that of programs that corrected it.
    let line = |number: u8| {
        let own = header.number(content, &format!("LabdaAlpha{number}"))?;
        Ok(own.or(header.number(content, &format!("LambdaAlpha{number}"))?))
    };
    let (alpha1, alpha2) = (line(1)?, line(2)?);
    let ratio = header.number(content, "RatioAlpha21")?;
    if alpha2.is_some() && ratio.is_none() {
        warnings.push(format!("the file states no Kα2/Kα1 ratio; {} assumed", Radiation::K_ALPHA_RATIO));
    }
    if header.text("MonochromatorUsed").is_some_and(|used| used.to_uppercase().starts_with("YES")) {
        warnings.push("a monochromator was used: its Bragg angle is unknown, no polarisation taken".into());
    }
    let anode = header.text("Anode").and_then(|anode| anode.parse().ok());
    let ratio = ratio.unwrap_or(Radiation::K_ALPHA_RATIO);
    Ok(alpha1.and_then(|alpha1| doublet(anode, alpha1, alpha2.unwrap_or(0.0), ratio)))
}

/// `DivergenceSlit,Fixed, 1/2` in degrees or `DivergenceSlit,Automatic, 12` in mm; `ReceivingSlit, 0.1` in mm.
fn optics(content: &Content, header: &Header<'_>) -> Result<Optics, FileError> {
    let mut optics = Optics::default();
    if let Some(((kind, size), line)) =
        header.entry("DivergenceSlit").and_then(|(value, line)| Some((value.split_once(',')?, line)))
    {
        let (whole, part) = size.split_once('/').unwrap_or((size, "1"));
        let size = number(content, whole, line)? / number(content, part, line)?;
        match kind.trim().to_lowercase().as_str() {
            "fixed" => optics.divergence_deg = positive(size),
            "automatic" => optics.irradiated_length_mm = positive(size),
            _ => {}
        }
    }
    let receiving = header.text("ReceivingSlit").and_then(|slit| parse_number(slit, DecimalMark::Point).ok());
    optics.receiving_slit_mm = receiving.and_then(positive);
    Ok(optics)
}

#[cfg(test)]
mod tests {
    use crate::formats::read_bytes;
    use crate::radiation::Anode;

    const HEAD: &str = "SampleIdent,zincite ,/\r\nTitle1\r\nTitle2,,/\r\nDiffrType,PW1710,/\r\nAnode,Cu,/\r\n\
        LabdaAlpha1, 1.54060,/\r\nLabdaAlpha2, 1.54439,/\r\nRatioAlpha21, 0.50000,/\r\n\
        DivergenceSlit,Fixed, 1/2,/\r\nReceivingSlit,0.1,/\r\nMonochromatorUsed,YES ,/\r\n";

    fn file(range: &str, step: &str, scan: &str) -> Vec<u8> {
        format!("{HEAD}DataAngleRange, {range},/\r\nScanStepSize, {step},/\r\nScanStepTime, 5.00,/\r\n{scan}")
            .into_bytes()
    }

    /// Truth: the layout as described.
    #[test]
    fn header_axis_and_counts() {
        let scan = "RawScan\r\n   640,   625\r\n   729,   635,/\r\n";
        let scan = read_bytes("a.udf", file("3.0100, 3.0700", "0.020", scan)).unwrap().remove(0);
        assert_eq!(scan.intensity(), [640.0, 625.0, 729.0, 635.0]);
        assert_eq!(scan.sigma()[..3], [640f64.sqrt(), 25.0, 27.0]);
        assert!(scan.two_theta_deg().iter().zip([3.01, 3.03, 3.05, 3.07]).all(|(a, b)| (a - b).abs() < 1e-12));
        let radiation = scan.radiation.as_ref().unwrap();
        assert_eq!((radiation.anode, radiation.lines[1].wavelength_angstrom), (Some(Anode::Cu), 1.54439));
        assert_eq!((scan.optics.divergence_deg, scan.optics.receiving_slit_mm), (Some(0.5), Some(0.1)));
        assert_eq!((scan.title.as_deref(), scan.counting_time_s), (Some("zincite"), Some(5.0)));
        assert!(scan.metadata.contains(&("DiffrType".into(), "PW1710".into())));
        for part in ["no axis", "monochromator"] {
            assert!(scan.input.reader_warnings.iter().any(|w| w.contains(part)), "{part}");
        }
    }

    #[test]
    fn a_step_printed_with_three_decimals_is_taken_from_the_ends() {
        let counts: Vec<String> = (0..101).map(|i| (100 + i).to_string()).collect();
        let scan = format!("RawScan\n{}/", counts.join(","));
        // 100 steps of 0.0167° are announced as 98 of 0.017°.
        let scan = read_bytes("a.udf", file("10, 11.67", "0.017", &scan)).unwrap().remove(0);
        assert!((scan.two_theta_deg()[1] - 10.0167).abs() < 1e-12 && scan.two_theta_deg()[100] == 11.67);
        assert!(scan.input.reader_warnings.iter().any(|w| w.contains("0.0167000")));
    }

    #[test]
    fn faults_name_the_line() {
        for (range, step, scan, part) in [
            ("3.01, 3.07", "0.020", "RawScan\n1,2,3,/", "line 13: found 3 intensities, expected 4 from 3.01 to 3.07"),
            ("3.01, 3.07", "0.020", "RawScan\n1,2,3,4\n", "line 16: found the end of the file"),
            ("3.01, 3.07", "0.020", "RawScan\n1,two,3,4/", "line 16: found two"),
            ("3.01, 3.07", "0", "RawScan\n1,2/", "line 13: found a step of 0"),
            ("3.01, 3.07", "nan", "RawScan\n1,2/", "line 13: found nan"),
            ("3.01", "0.02", "RawScan\n1,2/", "line 12: found 3.01"),
            ("3.01, 3.07", "0.02", "?\n", "line 15: found ?"),
            ("3.01, 3.07", "0.02", "", "no line RawScan"),
        ] {
            let message = read_bytes("a.udf", file(range, step, scan)).unwrap_err().to_string();
            assert!(message.contains(part), "{message}");
        }
    }
}
