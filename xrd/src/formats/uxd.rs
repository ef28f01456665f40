//! Siemens and Bruker UXD: text of statements `_NAME=value`, comments behind `;`, and ranges of points.
//!
//! A range's points stand behind `_COUNTS` or `_CPS` (intensities alone) or `_2THETACOUNTS`, `_2THETACPS`,
//! `_2THETACOUNTSTIME` (2θ, intensity, time). A statement holds until another of its name. Printed 2θ has four digits, which is
//! coarser than many steps: where `_START` and `_STEPSIZE` agree with it, they are the axis.

use doublet_common::container::Content;
use doublet_common::error::{FileError, Location};
use doublet_common::format::Confidence;
use doublet_common::text::number::{DecimalMark, parse_number};
use doublet_common::text::{Line, lines};

use super::points::{Intensities, MAX_POINTS, Points};
use super::{Format, MAX_SCANS};
use crate::error::Result;
use crate::radiation::{Anode, Radiation, WavelengthSource};
use crate::scan::{Optics, Scan};

/// The row of the registry.
pub(super) const FORMAT: Format = Format {
    name: "uxd",
    extensions: &["uxd"],
    description: "Siemens and Bruker UXD text, several ranges",
    sniff,
    read,
    writers: &[],
};

/// Printed 2θ may differ from start and step by this part of a step, beside the rounding of its digits.
const AXIS_AGREEMENT_STEPS: f64 = 0.51;
const DIGITS: i32 = 4;
/// Drives whose scan is a 2θ scan.
const TWO_THETA_DRIVES: [&str; 3] = ["COUPLED", "2THETA", "DETECTOR"];

/// The layout of the points behind each mark: values of a point, and which of them are 2θ and intensity.
const MARKS: [(&str, usize, Option<usize>, usize); 5] = [
    ("_COUNTS", 1, None, 0),
    ("_CPS", 1, None, 0),
    ("_2THETACOUNTS", 2, Some(0), 1),
    ("_2THETACPS", 2, Some(0), 1),
    ("_2THETACOUNTSTIME", 3, Some(0), 1),
];

fn sniff(content: &Content) -> Confidence {
    let Ok(text) = content.text() else { return Confidence::No };
    let mut statements = 0;
    for line in lines(&text.content).map(|line| line.text.trim()).filter(|line| !line.is_empty()).take(60) {
        match line.as_bytes()[0] {
            b'_' if line.starts_with("_FILEVERSION") => return Confidence::Certain,
            b'_' => statements += 1,
            b';' => {}
            _ => break,
        }
    }
    // A powder CIF has names with a leading underscore too, but opens with data_.
    if statements > 2 { Confidence::Likely } else { Confidence::No }
}

/// A value of the points with its line.
type Value = (f64, usize);

#[derive(Default)]
struct Statements<'a>(Vec<(&'a str, &'a str, usize)>);

impl<'a> Statements<'a> {
    fn set(&mut self, line: Line<'a>) {
        let (name, value) = line.text.trim().split_once('=').unwrap_or((line.text.trim(), ""));
        self.0.retain(|(known, ..)| *known != name.trim());
        self.0.push((name.trim(), value.trim().trim_matches('\''), line.number));
    }

    fn text(&self, name: &str) -> Option<&'a str> {
        self.0.iter().find(|(known, ..)| *known == name).map(|(_, value, _)| *value).filter(|value| !value.is_empty())
    }

    fn number(&self, content: &Content, name: &str) -> Result<Option<f64>, FileError> {
        let Some((_, value, line)) = self.0.iter().find(|(known, value, _)| *known == name && !value.is_empty()) else {
            return Ok(None);
        };
        let number = parse_number(value, DecimalMark::Point);
        number.map(Some).map_err(|fault| content.error(Location::Line(*line), *value, fault.to_string()))
    }
}

fn read(content: &Content) -> Result<Vec<Scan>> {
    let text = content.text()?;
    let mut statements = Statements::default();
    let mut scans = Vec::new();
    let mut left_out = Vec::new();
    let mut all = lines(&text.content).peekable();
    while let Some(line) = all.next() {
        let trimmed = line.text.trim();
        let mark = MARKS.iter().find(|(mark, ..)| trimmed.trim_end_matches('=').trim_end() == *mark);
        let Some((name, width, axis, intensity)) = mark else {
            match trimmed.bytes().next() {
                Some(b'_') => statements.set(line),
                Some(b';') | None => {}
                _ => {
                    return Err(content.error(Location::Line(line.number), trimmed, "_NAME=value or ; comment").into());
                }
            }
            continue;
        };
        let mut values: Vec<Value> = Vec::new();
        while let Some(line) = all.next_if(|line| !line.text.trim_start().starts_with(['_', ';'])) {
            for token in line.text.split([' ', '\t', ',']).filter(|token| !token.is_empty()) {
                let value = parse_number(token, DecimalMark::Point)
                    .map_err(|fault| content.error(Location::Line(line.number), token, fault.to_string()))?;
                values.push((value, line.number));
            }
            if values.len() > width * MAX_POINTS {
                let expected = format!("at most {MAX_POINTS} points");
                return Err(content.error(Location::Line(line.number), "more points", expected).into());
            }
        }
        if !values.len().is_multiple_of(*width) {
            let found = format!("{} values behind {name}", values.len());
            return Err(content.error(Location::Line(line.number), found, format!("{width} for each point")).into());
        }
        let drive = statements.text("_DRIVE").unwrap_or("COUPLED");
        if !TWO_THETA_DRIVES.contains(&drive.to_uppercase().as_str()) {
            left_out.push(format!("a range is no 2θ scan (drive {drive}); left out"));
            continue;
        }
        if scans.len() == MAX_SCANS {
            let expected = format!("at most {MAX_SCANS}");
            return Err(content.error(Location::Line(line.number), "more ranges", expected).into());
        }
        let points: Vec<&[Value]> = values.chunks_exact(*width).collect();
        scans.push(range(content, &statements, &points, *axis, *intensity, text.warnings.clone())?);
    }
    if scans.is_empty() {
        let found = if left_out.is_empty() { "no points".to_string() } else { left_out.join("; ") };
        return Err(content.error(Location::Whole, found, "a range of a 2θ scan, as behind _2THETACOUNTS").into());
    }
    for scan in &mut scans {
        scan.input.reader_warnings.extend(left_out.iter().cloned());
    }
    Ok(scans)
}

fn range(
    content: &Content,
    statements: &Statements<'_>,
    points: &[&[Value]],
    axis: Option<usize>,
    intensity: usize,
    mut warnings: Vec<String>,
) -> Result<Scan> {
    let number = |name: &str| statements.number(content, name);
    let start = number("_START")?.or(number("_2THETA")?);
    let stepped = start
        .zip(number("_STEPSIZE")?)
        .map(|(start, step)| (0..points.len()).map(|i| start + step * i as f64).collect::<Vec<_>>());
    let printed: Option<Vec<f64>> = axis.map(|axis| points.iter().map(|point| point[axis].0).collect());
    let two_theta_deg = match (stepped, printed) {
        (Some(stepped), None) => stepped,
        (None, Some(printed)) => printed,
        (Some(stepped), Some(printed)) if agree(&stepped, &printed) => stepped,
        (Some(_), Some(printed)) => {
            warnings.push("printed 2θ does not follow _START and _STEPSIZE; the printed values are used".into());
            printed
        }
        (None, None) => {
            return Err(content
                .error(Location::Whole, "no _START and _STEPSIZE", "both, or 2θ beside each count")
                .into());
        }
    };
    let time = number("_STEPTIME")?.filter(|time| *time > 0.0);
    let place = |i: usize| Location::Line(points[i][intensity].1);
    let values = points.iter().map(|point| point[intensity].0).collect();
    let intensities = Intensities::counts_or_rate(values, time);
    let (data, unit) = Points { content, two_theta_deg, intensities, axis_place: &place, intensity_place: &place }
        .with_unit(&mut warnings)?;
    let metadata = statements.0.iter().filter(|(_, value, _)| !value.is_empty());
    Ok(Scan {
        data,
        unit,
        radiation: radiation(content, statements)?,
        counting_time_s: time,
        goniometer_radius_mm: number("_GONIOMETER_RADIUS")?.filter(|radius| *radius > 0.0),
        optics: Optics { divergence_deg: number("_FIXED_DIVSLIT")?.filter(|slit| *slit > 0.0), ..Optics::default() },
        title: statements.text("_SAMPLE").map(str::to_string),
        metadata: metadata.map(|(name, value, _)| ((*name).to_string(), (*value).to_string())).collect(),
        input: content.input(FORMAT.name, warnings),
    })
}

/// Whether printed positions are the stepped ones, rounded.
fn agree(stepped: &[f64], printed: &[f64]) -> bool {
    let step = match stepped {
        [first, second, ..] => (second - first).abs(),
        _ => 0.0,
    };
    stepped.iter().zip(printed).all(|(s, p)| {
        let last_digit = 10f64.powi(s.abs().max(1.0).log10().floor() as i32 + 1 - DIGITS);
        (s - p).abs() <= AXIS_AGREEMENT_STEPS * step.min(last_digit) + 0.51 * last_digit
    })
}

fn radiation(content: &Content, statements: &Statements<'_>) -> Result<Option<Radiation>, FileError> {
    let to_angstrom =
        if statements.text("_WL_UNIT").is_some_and(|unit| unit.eq_ignore_ascii_case("nm")) { 10.0 } else { 1.0 };
    let line = |name: &str| statements.number(content, name).map(|w| w.map(|w| w * to_angstrom).filter(|w| *w > 0.0));
    let Some(alpha1) = line("_WL1")? else { return Ok(None) };
    let anode: Option<Anode> = statements.text("_ANODE").and_then(|anode| anode.parse().ok());
    let ratio = statements.number(content, "_WLRATIO")?.unwrap_or(Radiation::K_ALPHA_RATIO);
    Ok(Some(match line("_WL2")? {
        Some(alpha2) => Radiation::from_k_alpha(anode, alpha1, alpha2, ratio, WavelengthSource::File),
        None => Radiation { anode, ..Radiation::monochromatic(alpha1, WavelengthSource::File) },
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::read_bytes;

    const HEAD: &str = "_FILEVERSION=2\n_ANODE='Co'\n_WL1=1.78897\n_WL2=1.79285\n_STEPTIME=2.0\n_STEPSIZE=0.05\n";

    #[test]
    fn every_kind_of_points() {
        let file = format!(
            "; made up\n{HEAD}_SAMPLE='iron'\n_START=20\n_COUNTS\n 10 20\n30\n_DRIVE='THETA'\n_START=5\n_COUNTS\n1 2 3\n\
             _DRIVE='COUPLED'\n_START=30.0\n_2THETACPS\n30.00 5\n30.05 2.5\n30.10 3\n"
        );
        let scans = read_bytes("a.uxd", file.into_bytes()).unwrap();
        assert_eq!(scans.len(), 2);
        assert_eq!(scans[0].intensity(), [10.0, 20.0, 30.0]);
        assert_eq!(scans[0].title.as_deref(), Some("iron"));
        assert!((scans[0].two_theta_deg()[2] - 20.1).abs() < 1e-12);
        assert!(scans[0].input.reader_warnings[0].contains("THETA"));
        // 5 and 2.5 per second over 2 s: 10 and 5 counts.
        assert_eq!(scans[1].sigma()[..2], [10f64.sqrt() / 2.0, 5f64.sqrt() / 2.0]);
        assert_eq!(scans[1].radiation.as_ref().unwrap().anode, Some(Anode::Co));
    }

    #[test]
    fn faults_name_the_line() {
        for (rest, line, found) in [
            ("_START=x\n_COUNTS\n1 2\n", 7, "x"),
            ("_START=1\n_COUNTS\n1 two\n", 9, "two"),
            ("_2THETACOUNTS\n1 2 3\n", 7, "3 values"),
            ("stray\n", 7, "stray"),
        ] {
            let message = read_bytes("a.uxd", format!("{HEAD}{rest}").into_bytes()).unwrap_err().to_string();
            assert!(message.contains(&format!("line {line}")) && message.contains(found), "{message}");
        }
    }
}
