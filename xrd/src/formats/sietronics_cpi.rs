//! Sietronics CPI (Sieray): a text of one value a line.
//!
//! The mark `SIETRONICS XRD SCAN`, then start, end and step of 2θ, anode, wavelength, date, scan speed, remarks, the line
//! `SCANDATA`, and the intensities. The speed has no unit, so that it tells no counting time.
//!
//! Layout: the descriptions in xylib and DASH (interface facts). Tried on constructed files only.

use doublet_common::container::Content;
use doublet_common::error::{FileError, Location};
use doublet_common::format::Confidence;
use doublet_common::text::number::{DecimalMark, parse_number};
use doublet_common::text::{Line, lines};

use super::Format;
use super::header::{keep, points_of, single_wavelength};
use super::points::{Intensities, MAX_POINTS, Points};
use crate::error::Result;
use crate::scan::{Optics, Scan};

/// The row of the registry.
pub(super) const FORMAT: Format = Format {
    name: "sietronics-cpi",
    extensions: &["cpi"],
    description: "Sietronics CPI text (tried on constructed files only)",
    sniff,
    read,
    writers: &[],
};

const MARK: &str = "SIETRONICS XRD SCAN";
const DATA: &str = "SCANDATA";
/// Lines before the intensities that are believed.
const MOST_HEADER_LINES: usize = 100;

fn sniff(content: &Content) -> Confidence {
    let marked = content.text().is_ok_and(|text| text.content.trim_start().starts_with(MARK));
    if marked { Confidence::Certain } else { Confidence::No }
}

fn read(content: &Content) -> Result<Vec<Scan>> {
    let text = content.text()?;
    let mut warnings = text.warnings.clone();
    let mut all = lines(&text.content);
    let header: Vec<Line<'_>> =
        all.by_ref().take_while(|line| line.text.trim() != DATA).take(MOST_HEADER_LINES).collect();
    let [_, start, end, step, anode, wavelength, rest @ ..] = &header[..] else {
        let expected = format!("{MARK}, start, end, step, anode and wavelength, then {DATA}");
        return Err(content.error(Location::Line(1), format!("{} line(s)", header.len()), expected).into());
    };
    let (start_deg, end_deg, step_deg) = (number(content, *start)?, number(content, *end)?, number(content, *step)?);
    let announced = points_of(start_deg, end_deg, step_deg).ok_or_else(|| {
        let found = format!("{start_deg} to {end_deg} in steps of {step_deg}");
        content.error(Location::Line(start.number), found, format!("a scan of 2 to {MAX_POINTS} points"))
    })?;
    let (values, places) = intensities(content, all)?;
    // Some programs take the end into the scan and some do not.
    if values.len().abs_diff(announced) > 1 {
        let expected = format!("{announced}, as lines {} to {} announce", start.number, step.number);
        let place = Location::Line(places.last().copied().unwrap_or(step.number));
        let error = content.error(place, format!("{} intensities", values.len()), expected);
        return Err(error.with_advice("the file may be cut").into());
    }
    if values.len() != announced {
        warnings.push(format!("{} intensities, where the header announces {announced}", values.len()));
    }
    let two_theta_deg = (0..values.len()).map(|i| start_deg + step_deg * i as f64).collect();
    let place = |i: usize| Location::Line(places[i]);
    let intensities = Intensities::Unstated { values };
    let (data, unit) = Points { content, two_theta_deg, intensities, axis_place: &place, intensity_place: &place }
        .with_unit(&mut warnings)?;
    let mut metadata = Vec::new();
    keep(&mut metadata, "anode", anode.text.trim());
    let names = ["date", "scan speed (unit not stated)"].into_iter().chain(std::iter::repeat(Scan::COMMENT));
    for (name, line) in names.zip(rest) {
        keep(&mut metadata, name, line.text.trim());
    }
    let length = number(content, *wavelength)?;
    let radiation = (length != 0.0).then(|| single_wavelength(length, anode.text.trim().parse().ok(), &mut warnings));
    Ok(vec![Scan {
        data,
        unit,
        radiation,
        counting_time_s: None,
        goniometer_radius_mm: None,
        optics: Optics::default(),
        title: rest.get(2).map(|line| line.text.trim().to_string()).filter(|title| !title.is_empty()),
        metadata,
        input: content.input(FORMAT.name, warnings),
    }])
}

fn number(content: &Content, line: Line<'_>) -> Result<f64, FileError> {
    let word = line.text.trim();
    parse_number(word, DecimalMark::Point)
        .map_err(|fault| content.error(Location::Line(line.number), word, fault.to_string()))
}

/// Intensities, and the line of each.
fn intensities<'a>(
    content: &Content,
    rest: impl Iterator<Item = Line<'a>>,
) -> Result<(Vec<f64>, Vec<usize>), FileError> {
    let (mut values, mut places) = (Vec::new(), Vec::new());
    for line in rest.filter(|line| !line.text.trim().is_empty()) {
        if values.len() > MAX_POINTS {
            let expected = format!("at most {MAX_POINTS} points");
            return Err(content.error(Location::Line(line.number), "more points", expected));
        }
        values.push(number(content, line)?);
        places.push(line.number);
    }
    Ok((values, places))
}

#[cfg(test)]
mod tests {
    use doublet_common::SigmaSource;

    use crate::formats::read_bytes;
    use crate::radiation::Anode;

    fn file(start: &str, counts: &str) -> Vec<u8> {
        let head = format!(
            "SIETRONICS XRD SCAN\r\n{start}\r\n10.03\r\n0.010\r\nCu\r\n1.54060\r\n29-4-2002\r\n0.080\r\nSMRR-1\r\n"
        );
        format!("{head}SCANDATA\r\n{counts}").into_bytes()
    }

    /// Truth: the layout as described.
    #[test]
    fn header_and_counts() {
        let scan = read_bytes("a.cpi", file("10.00", "8992\r\n9077\r\n9017\r\n9018\r\n")).unwrap().remove(0);
        assert_eq!((scan.intensity()[1], scan.sigma()[1]), (9077.0, 9077f64.sqrt()));
        assert!((scan.two_theta_deg()[3] - 10.03).abs() < 1e-12);
        assert_eq!(scan.data.sigma_source(), SigmaSource::Counts);
        let radiation = scan.radiation.as_ref().unwrap();
        assert_eq!((radiation.anode, radiation.lines.len()), (Some(Anode::Cu), 2));
        assert_eq!((scan.title.as_deref(), scan.counting_time_s), (Some("SMRR-1"), None));
        assert!(scan.metadata.contains(&("date".into(), "29-4-2002".into())));
        assert!(scan.input.reader_warnings.iter().any(|w| w.contains("Kα2 is assumed")));
        // A file made by a program, and without the last point.
        let made = read_bytes("b.cpi", file("10.00", "89.5\n90.25\n90\n")).unwrap().remove(0);
        assert_eq!(made.data.sigma_source(), SigmaSource::AssumedCounts);
        assert!(made.input.reader_warnings[0].contains("3 intensities"));
    }

    #[test]
    fn faults_name_the_line() {
        for (bytes, part) in [
            (file("10.00", "1\n2\n"), "line 12: found 2 intensities, expected 4, as lines 2 to 4"),
            (file("10.00", "1\ntwo\n3\n4\n"), "line 12: found two"),
            (file("10.00", "1\n-2\n3\n4\n"), "line 12: found intensity -2"),
            (file("nan", "1\n2\n"), "line 2: found nan"),
            (file("20", "1\n2\n"), "line 2: found 20 to 10.03 in steps of 0.01"),
            (b"SIETRONICS XRD SCAN\n10\n".to_vec(), "line 1: found 2 line(s)"),
        ] {
            let message = read_bytes("a.cpi", bytes).unwrap_err().to_string();
            assert!(message.contains(part), "{message}");
        }
    }
}
