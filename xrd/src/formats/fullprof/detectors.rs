//! Rows of fields in fixed columns: two characters for how many detectors were averaged (blank: one), then their mean
//! intensity. Monitors M₁ and M₂ say that the intensities were scaled from M₂ to M₁, so that σ² = intensity·(M₁/M₂)/detectors.

use doublet_common::container::Content;
use doublet_common::error::{FileError, Location};
use doublet_common::text::Line;
use doublet_common::text::number::{DecimalMark, parse_number};

use super::super::points::MAX_POINTS;
use super::ramp::Ramp;
use super::{NEUTRONS, Pattern, counted, told};

/// Fields of a row.
const FIELDS: usize = 10;
/// First intensity of the row that ends a D1A file.
const END: f64 = -1000.0;

/// Where rows begin and what stands before them.
pub(super) struct Layout {
    /// Name of the layout.
    kind: &'static str,
    start_deg: f64,
    step_deg: f64,
    /// None: up to the end mark.
    points: Option<usize>,
    /// Scale of the intensities by the monitors.
    scale: f64,
    /// Index of the first row.
    first: usize,
    /// Characters of an intensity.
    width: usize,
}

/// The layout of the lines; none if it is no such file.
pub(super) fn layout(lines: &[Line<'_>]) -> Option<Layout> {
    old_d1a(lines).or_else(|| d1a(lines)).or_else(|| d1b(lines))
}

/// INSTRM = 1. What tells it from rows in free format: as many fields as the first line announces, and another number of words.
fn old_d1a(lines: &[Line<'_>]) -> Option<Layout> {
    const WIDTH: usize = 6;
    let ramp = Ramp::of(*lines.first()?).filter(|ramp| ramp.rest.is_empty())?;
    let rows = lines.get(1..1 + ramp.points.div_ceil(FIELDS))?;
    let fields: usize = rows.iter().map(|line| row(line.text, WIDTH).map(|fields| fields.len())).sum::<Option<_>>()?;
    let words: usize = rows.iter().map(|line| line.text.split_whitespace().count()).sum();
    (fields == ramp.points && words != ramp.points).then_some(Layout {
        kind: "D1A and D2B, old",
        start_deg: ramp.start_deg,
        step_deg: ramp.step_deg,
        points: Some(ramp.points),
        scale: 1.0,
        first: 1,
        width: WIDTH,
    })
}

/// INSTRM = 6.
fn d1a(lines: &[Line<'_>]) -> Option<Layout> {
    const WIDTH: usize = 6;
    let [_, step, start, monitors, rows @ ..] = lines else { return None };
    let step_deg = columns(step.text, 16, 8).filter(|step| (1e-5..=5.0).contains(step))?;
    let start_deg = columns(start.text, 0, 8).filter(|start| (-180.0..=180.0).contains(start))?;
    let (monitor, of_one) = (columns(monitors.text, 0, 8)?, columns(monitors.text, 8, 8).unwrap_or(0.0));
    let end = rows.iter().position(|line| row(line.text, WIDTH).is_some_and(|fields| ends(&fields)))?;
    (end > 0 && row(rows[0].text, WIDTH).is_some()).then_some(Layout {
        kind: "D1A, D2B or 3T2",
        start_deg,
        step_deg,
        points: None,
        scale: if monitor > 0.0 && of_one >= 1.0 { monitor / of_one } else { 1.0 },
        first: 4,
        width: WIDTH,
    })
}

/// INSTRM = 3.
fn d1b(lines: &[Line<'_>]) -> Option<Layout> {
    const WIDTH: usize = 8;
    let [_, _, _, place, count, first, ..] = lines else { return None };
    let start_deg = columns(place.text, 23, 8).filter(|start| (-180.0..=180.0).contains(start))?;
    let step_deg = columns(place.text, 76, 8).filter(|step| (1e-5..=5.0).contains(step))?;
    let points = count.text.trim().parse().ok().filter(|points| (2..=MAX_POINTS).contains(points))?;
    row(first.text, WIDTH)?;
    let kind = "D1B or D20";
    Some(Layout { kind, start_deg, step_deg, points: Some(points), scale: 1.0, first: 5, width: WIDTH })
}

/// The number in these columns.
fn columns(text: &str, from: usize, width: usize) -> Option<f64> {
    let word = text.get(from..(from + width).min(text.len()))?.trim();
    parse_number(word, DecimalMark::Point).ok()
}

fn ends(fields: &[(Option<f64>, f64)]) -> bool {
    fields.first().is_some_and(|(_, intensity)| *intensity <= END)
}

/// Detectors and intensity of each field of a row; none for a line that is no such row.
fn row(text: &str, width: usize) -> Option<Vec<(Option<f64>, f64)>> {
    let text = text.trim_end();
    let field = 2 + width;
    if text.is_empty() || text.len() > FIELDS * field || !text.is_ascii() {
        return None;
    }
    (0..text.len())
        .step_by(field)
        .map(|at| {
            let end = (at + field).min(text.len());
            let (detectors, intensity) = (text.get(at..at + 2)?.trim(), text.get(at + 2..end)?.trim());
            let intensity = parse_number(intensity, DecimalMark::Point).ok()?;
            if detectors.is_empty() {
                return Some((None, intensity));
            }
            Some((Some(f64::from(detectors.parse::<u8>().ok()?)), intensity))
        })
        .collect()
}

pub(super) fn read(content: &Content, layout: &Layout, lines: &[Line<'_>]) -> Result<Pattern, FileError> {
    let (mut values, mut detectors, mut places) = (Vec::new(), Vec::new(), Vec::new());
    for line in &lines[layout.first..] {
        if layout.points.is_some_and(|points| values.len() >= points) {
            break;
        }
        let Some(fields) = row(line.text, layout.width) else {
            let expected = format!("ten fields of {} characters, detectors and intensity", 2 + layout.width);
            return Err(content.error(Location::Line(line.number), line.text, expected));
        };
        if layout.points.is_none() && ends(&fields) {
            break;
        }
        for (number, intensity) in fields {
            values.push(intensity);
            detectors.push(number.unwrap_or(1.0).max(1.0));
            places.push(line.number);
        }
    }
    let points = layout.points.unwrap_or(values.len());
    if values.len() < points {
        let (found, expected) = (format!("{} intensities", values.len()), format!("{points}, as the header announces"));
        let place = Location::Line(lines[layout.first - 1].number);
        return Err(content.error(place, found, expected).with_advice("the file may be cut"));
    }
    values.truncate(points);
    places.truncate(points);
    let header = if layout.first == 1 { &[] } else { &lines[..layout.first] };
    let title = header.first().map_or(String::new(), |line| line.text.trim().trim_matches('\'').to_owned());
    let mut metadata = vec![("layout".to_owned(), layout.kind.to_owned())];
    metadata.extend(header.iter().skip(1).filter_map(|line| told("header", line.text)));
    if layout.scale != 1.0 {
        metadata.push(("scale by the monitors".to_owned(), layout.scale.to_string()));
    }
    Ok(Pattern {
        start_deg: layout.start_deg,
        step_deg: layout.step_deg,
        intensities: counted(&values, |i| layout.scale / detectors[i]),
        places,
        title,
        metadata,
        warnings: vec![NEUTRONS.into()],
        per_second: false,
    })
}
