//! Rigaku RAS: text of SmartLab and MiniFlex.
//!
//! A scan is a header of `*NAME "value"` lines between `*RAS_HEADER_START` and `*RAS_HEADER_END` and points between
//! `*RAS_INT_START` and `*RAS_INT_END`: 2θ, intensity, attenuator. A file can hold several scans. The header's word on the unit
//! ("counts") is known to be false at times, so that arithmetic decides. Whether the intensity holds the attenuator already is
//! not stated anywhere: it is not applied, and a factor other than one is said.

use doublet_common::container::Content;
use doublet_common::error::{FileError, Location};
use doublet_common::format::Confidence;
use doublet_common::text::lines;
use doublet_common::text::number::{DecimalMark, parse_number};

use super::points::{Intensities, MAX_POINTS, Points};
use super::{Format, MAX_SCANS};
use crate::error::Result;
use crate::radiation::{Radiation, WavelengthSource};
use crate::scan::{Optics, Scan};

/// The row of the registry.
pub(super) const FORMAT: Format = Format {
    name: "rigaku-ras",
    extensions: &["ras"],
    description: "Rigaku RAS text, several scans",
    sniff,
    read,
    writers: &[],
};

const MARK: &str = "*RAS_DATA_START";
/// Header entries that are kept, by how they begin; the others tell of every drive and shutter.
const KEPT: [&str; 6] = ["FILE_", "HW_XG_", "HW_COUNTER_SELECT", "HW_GONIOMETER_NAME", "MEAS_COND_XG_", "MEAS_SCAN_"];

fn sniff(content: &Content) -> Confidence {
    let starts = |text: &str| text.trim_start_matches('\u{feff}').trim_start().starts_with(MARK);
    if content.text().is_ok_and(|text| starts(&text.content)) { Confidence::Certain } else { Confidence::No }
}

/// One scan as a Rigaku file states it.
pub(super) struct Stated {
    /// Header: name without asterisk, and value.
    pub header: Vec<(String, String)>,
    /// 2θ, intensity, attenuator.
    pub points: Vec<[f64; 3]>,
    /// Where each point stands.
    pub places: Vec<Location>,
}

impl Stated {
    fn text(&self, name: &str) -> Option<&str> {
        self.header.iter().find(|(known, _)| known == name).map(|(_, value)| value.trim()).filter(|v| !v.is_empty())
    }

    fn number(&self, name: &str) -> Option<f64> {
        parse_number(self.text(name)?, DecimalMark::Point).ok()
    }

    /// The scan; none where another axis than 2θ was scanned, which `left_out` then says.
    pub(super) fn scan(self, content: &Content, format: &str, left_out: &mut Vec<String>) -> Result<Option<Scan>> {
        let axis = self.text("MEAS_SCAN_AXIS_X").unwrap_or("").to_lowercase().replace(['-', '_', ' ', '/'], "");
        if !axis.is_empty() && !["twotheta", "2theta", "2θ"].iter().any(|known| axis.starts_with(known)) {
            left_out.push(format!("a scan of the axis {axis} is no 2θ scan; left out"));
            return Ok(None);
        }
        let mut warnings = Vec::new();
        if axis.is_empty() {
            warnings.push("the file does not name the axis; 2θ assumed".into());
        }
        if let Some(point) = self.points.iter().position(|p| p[2] != 1.0) {
            warnings.push(format!(
                "attenuator factors other than 1 (first: {}{}) are not applied: the file does not say whether they already are",
                self.points[point][2], self.places[point]
            ));
        }
        let time = self.time_s();
        let column = |i: usize| self.points.iter().map(|p| p[i]).collect::<Vec<f64>>();
        let intensities = Intensities::counts_or_rate(column(1), time);
        let place = |i: usize| self.places[i].clone();
        let points =
            Points { content, two_theta_deg: column(0), intensities, axis_place: &place, intensity_place: &place };
        let (data, unit) = points.with_unit(&mut warnings)?;
        let radiation = self.radiation(&mut warnings);
        let kept = |(name, value): &&(String, String)| KEPT.iter().any(|k| name.starts_with(k)) && !value.is_empty();
        Ok(Some(Scan {
            data,
            unit,
            radiation,
            counting_time_s: time,
            goniometer_radius_mm: None,
            optics: Optics::default(),
            title: self.text("FILE_SAMPLE").map(str::to_string),
            metadata: self.header.iter().filter(kept).cloned().collect(),
            input: content.input(format, warnings),
        }))
    }

    /// Time per step: of a continuous scan from step and speed.
    fn time_s(&self) -> Option<f64> {
        let (step, speed) = (self.number("MEAS_SCAN_STEP")?, self.number("MEAS_SCAN_SPEED")?);
        let seconds = match self.text("MEAS_SCAN_SPEED_UNIT")? {
            unit if unit.eq_ignore_ascii_case("deg/min") => 60.0 * step / speed,
            unit if unit.eq_ignore_ascii_case("deg/sec") => step / speed,
            unit if unit.eq_ignore_ascii_case("sec") => speed,
            _ => return None,
        };
        (seconds > 0.0 && seconds.is_finite()).then_some(seconds)
    }

    fn radiation(&self, warnings: &mut Vec<String>) -> Option<Radiation> {
        let to_angstrom = if self.text("HW_XG_WAVE_LENGTH_UNIT").is_some_and(|unit| unit == "nm") { 10.0 } else { 1.0 };
        let alpha1 = self.number("HW_XG_WAVE_LENGTH_ALPHA1").map(|w| w * to_angstrom).filter(|w| *w > 0.0)?;
        let anode = self.text("HW_XG_TARGET_NAME").and_then(|name| name.parse().ok());
        let kind = self.text("MEAS_COND_XG_WAVE_TYPE").or(self.text("HW_XG_WAVE_TYPE")).unwrap_or("Ka");
        let alpha2 = self.number("HW_XG_WAVE_LENGTH_ALPHA2").map(|w| w * to_angstrom).filter(|w| *w > alpha1);
        match alpha2 {
            Some(alpha2) if !kind.eq_ignore_ascii_case("Ka1") => {
                warnings.push(format!("the file states no Kα2/Kα1 ratio; {} assumed", Radiation::K_ALPHA_RATIO));
                let ratio = Radiation::K_ALPHA_RATIO;
                Some(Radiation::from_k_alpha(anode, alpha1, alpha2, ratio, WavelengthSource::File))
            }
            _ => Some(Radiation { anode, ..Radiation::monochromatic(alpha1, WavelengthSource::File) }),
        }
    }
}

fn read(content: &Content) -> Result<Vec<Scan>> {
    let text = content.text()?;
    let (mut scans, mut left_out) = (Vec::new(), Vec::new());
    for stated in scans_of(content, &text.content)? {
        scans.extend(stated.scan(content, FORMAT.name, &mut left_out)?);
    }
    if scans.is_empty() {
        let found = if left_out.is_empty() { "no points".to_string() } else { left_out.join("; ") };
        return Err(content.error(Location::Whole, found, "a 2θ scan behind *RAS_INT_START").into());
    }
    for scan in &mut scans {
        scan.input.reader_warnings.extend(text.warnings.iter().chain(&left_out).cloned());
    }
    Ok(scans)
}

fn scans_of(content: &Content, text: &str) -> Result<Vec<Stated>, FileError> {
    let mut scans: Vec<Stated> = Vec::new();
    let mut header = Vec::new();
    let mut points: Option<(Vec<[f64; 3]>, Vec<Location>)> = None;
    let mut last = 0;
    for line in lines(text) {
        let trimmed = line.text.trim().trim_start_matches('\u{feff}');
        let place = Location::Line(line.number);
        last = line.number;
        match (trimmed, &mut points) {
            ("", _) => {}
            ("*RAS_HEADER_START", None) => header.clear(),
            ("*RAS_INT_START", None) => points = Some(Default::default()),
            ("*RAS_INT_END", Some(_)) => {
                if scans.len() == MAX_SCANS {
                    return Err(content.error(place, "more scans", format!("at most {MAX_SCANS}")));
                }
                let (points, places) = points.take().unwrap_or_default();
                scans.push(Stated { header: header.clone(), points, places });
            }
            (statement, None) if statement.starts_with('*') => {
                if let Some((name, value)) = statement[1..].split_once(char::is_whitespace) {
                    header.push((name.to_string(), value.trim().trim_matches('"').to_string()));
                }
            }
            (row, Some((points, places))) => {
                if points.len() == MAX_POINTS {
                    return Err(content.error(place, "more points", format!("at most {MAX_POINTS}")));
                }
                points.push(point(content, &place, row)?);
                places.push(place);
            }
            (other, None) => return Err(content.error(place, other, "*NAME \"value\"")),
        }
    }
    if points.is_some() {
        let expected = "*RAS_INT_END";
        return Err(content
            .error(Location::Line(last), "the end of the file", expected)
            .with_advice("the file seems to be cut"));
    }
    Ok(scans)
}

/// 2θ, intensity and, where it stands there, the attenuator.
pub(super) fn point(content: &Content, place: &Location, row: &str) -> Result<[f64; 3], FileError> {
    let mut point = [0.0, 0.0, 1.0];
    let mut found = 0;
    for token in row.split_whitespace() {
        let value = parse_number(token, DecimalMark::Point);
        let value = value.map_err(|fault| content.error(place.clone(), token, fault.to_string()))?;
        match point.get_mut(found) {
            Some(slot) => *slot = value,
            None => break,
        }
        found += 1;
    }
    if found < 2 {
        return Err(content.error(place.clone(), row, "2θ, intensity and attenuator"));
    }
    Ok(point)
}

#[cfg(test)]
mod tests {
    use crate::formats::read_bytes;

    fn file(axis: &str, points: &str) -> Vec<u8> {
        format!(
            "*RAS_DATA_START\n*RAS_HEADER_START\n*FILE_SAMPLE \"LAGP\"\n*HW_XG_TARGET_NAME \"Cu\"\n\
             *HW_XG_WAVE_LENGTH_ALPHA1 \"1.540593\"\n*HW_XG_WAVE_LENGTH_ALPHA2 \"1.544414\"\n\
             *MEAS_SCAN_AXIS_X \"{axis}\"\n*MEAS_SCAN_STEP \"0.02\"\n*MEAS_SCAN_SPEED \"0.6\"\n\
             *MEAS_SCAN_SPEED_UNIT \"deg/min\"\n*MEAS_SCAN_UNIT_Y \"counts\"\n*RAS_HEADER_END\n*RAS_INT_START\n{points}\
             *RAS_INT_END\n*RAS_DATA_END\n"
        )
        .into_bytes()
    }

    #[test]
    fn the_claimed_unit_is_tested() {
        // 0.02° at 0.6°/min are 2 s: halves are whole counts of a rate, whatever the header claims.
        let scan = &read_bytes("a.ras", file("TwoTheta", "10.00 10.5 1.0\n10.02 9.5 1.0\n")).unwrap()[0];
        assert_eq!(scan.counting_time_s, Some(2.0));
        assert_eq!(scan.sigma(), [21f64.sqrt() / 2.0, 19f64.sqrt() / 2.0]);
        let scan = &read_bytes("a.ras", file("2-Theta/Theta", "10.00 170.5535 1.0\n10.02 9.51 1.0\n")).unwrap()[0];
        assert!(scan.input.reader_warnings.iter().any(|w| w.contains("not whole counts")));
        assert_eq!((scan.title.as_deref(), scan.radiation.as_ref().unwrap().lines.len()), (Some("LAGP"), 2));
    }

    #[test]
    fn other_axes_attenuators_and_cut_files() {
        let message = read_bytes("a.ras", file("Omega", "10 1 1\n11 2 1\n")).unwrap_err().to_string();
        assert!(message.contains("omega"), "{message}");
        let scan = &read_bytes("a.ras", file("TwoTheta", "10 1 1\n11 2 10\n")).unwrap()[0];
        assert!(scan.input.reader_warnings.iter().any(|w| w.contains("first: 10, line 15")), "{scan:?}");
        let whole = file("TwoTheta", "10 1 1\n11 2 1\n");
        let message = read_bytes("a.ras", whole[..whole.len() - 30].to_vec()).unwrap_err().to_string();
        assert!(message.contains("*RAS_INT_END"), "{message}");
        let message = read_bytes("a.ras", file("TwoTheta", "10 1 1\n11 two 1\n")).unwrap_err().to_string();
        assert!(message.contains("line 15") && message.contains("two"), "{message}");
    }

    /// Truth: the layout; each scan has the header before it, and what is no 2θ scan is told.
    #[test]
    fn several_scans_keep_their_own_headers() {
        let one = |axis: &str, points: &str| String::from_utf8(file(axis, points)).unwrap();
        let slow = one("TwoTheta", "30.00 16 1.0\n30.02 25 1.0\n").replace("\"0.6\"", "\"0.3\"");
        let all = one("TwoTheta", "10.00 4 1.0\n10.02 9 1.0\n") + &one("Omega", "5 1 1\n6 1 1\n") + &slow;
        let scans = read_bytes("a.ras", all.into_bytes()).unwrap();
        let starts: Vec<f64> = scans.iter().map(|scan| scan.two_theta_deg()[0]).collect();
        assert_eq!(starts, [10.0, 30.0]);
        assert_eq!([scans[0].counting_time_s, scans[1].counting_time_s], [Some(2.0), Some(4.0)]);
        assert_eq!((scans[0].sigma(), scans[1].sigma()), (&[2.0, 3.0][..], &[4.0, 5.0][..]));
        assert!(scans.iter().all(|scan| scan.input.reader_warnings.iter().any(|w| w.contains("omega"))));
    }
}
