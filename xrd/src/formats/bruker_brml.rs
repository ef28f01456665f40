//! Bruker BRML: the archive of Diffrac Suite.
//!
//! `Experiment*/RawData*.xml` holds a scan. Each `Datum` is a row of numbers, whose columns `DataViews` describes: `MeasuredTime`,
//! `AbsorptionFactor`, varying axes by their `AxisId`, and what was recorded. The recorded intensity is already multiplied by
//! the absorber's factor: only divided by it do the values of real files become whole counts, and σ follows from those.

use doublet_common::archive::{Archive, is_zip};
use doublet_common::container::Content;
use doublet_common::error::{FileError, Location};
use doublet_common::format::Confidence;
use doublet_common::text::number::{DecimalMark, parse_number};
use doublet_common::xml;
use roxmltree::Node;

use super::points::{Intensities, MAX_POINTS, Points};
use super::{Format, MAX_SCANS};
use crate::error::Result;
use crate::radiation::{Radiation, WavelengthSource};
use crate::scan::{IntensityUnit, Optics, Scan};

/// The row of the registry.
pub(super) const FORMAT: Format = Format {
    name: "bruker-brml",
    extensions: &["brml"],
    description: "Bruker BRML archive, several scans, with absorber factors",
    sniff,
    read,
    writers: &[],
};

fn sniff(content: &Content) -> Confidence {
    if !is_zip(content.bytes()) {
        return Confidence::No;
    }
    let archive = Archive::open(content.shown_name(), content.bytes());
    let named = archive.is_ok_and(|archive| archive.names().iter().any(|name| is_raw_data(name)));
    if named { Confidence::Certain } else { Confidence::No }
}

fn is_raw_data(member: &str) -> bool {
    let file = member.rsplit('/').next().unwrap_or(member);
    file.starts_with("RawData") && file.ends_with(".xml")
}

fn read(content: &Content) -> Result<Vec<Scan>> {
    let mut archive = Archive::open(content.shown_name(), content.bytes())?;
    let mut members: Vec<String> = archive.names().into_iter().filter(|name| is_raw_data(name)).collect();
    members.sort_by_key(|name| (name.len(), name.clone()));
    let (mut scans, mut left_out) = (Vec::new(), Vec::new());
    for member in members {
        let part = Content::from_bytes(&format!("{}: {member}", content.shown_name()), archive.read(&member)?)?;
        let document = xml::parse(&part)?;
        for route in document.descendants().filter(|node| node.has_tag_name("DataRoute")) {
            if scans.len() == MAX_SCANS {
                return Err(content.error(Location::Part(member), "more scans", format!("at most {MAX_SCANS}")).into());
            }
            scans.extend(scan(content, &part, route, &mut left_out)?);
        }
    }
    if scans.is_empty() {
        let found = if left_out.is_empty() { "no data route".to_string() } else { left_out.join("; ") };
        return Err(content.error(Location::Whole, found, "a 2θ scan of single counts").into());
    }
    for scan in &mut scans {
        scan.input.reader_warnings.extend(left_out.iter().cloned());
    }
    Ok(scans)
}

/// Which column of a row holds what.
#[derive(Default)]
struct Columns {
    two_theta: Option<usize>,
    intensity: Option<usize>,
    /// Channels of the record; more than one is a frame of an area detector.
    channels: usize,
    absorption: Option<usize>,
    time: Option<usize>,
}

impl Columns {
    fn of(part: &Content, route: Node<'_, '_>) -> Result<Self, FileError> {
        let mut columns = Self::default();
        for view in xml::child(route, "DataViews").into_iter().flat_map(|views| xml::children(views, "RawDataView")) {
            let whole = |name: &str| -> Result<usize, FileError> {
                let text = view.attribute(name).unwrap_or("");
                text.parse().map_err(|_| part.error(xml::line(view), format!("{name}=\"{text}\""), "a whole number"))
            };
            let (start, length) = (whole("Start")?, whole("Length")?);
            match view.attribute("LogicName") {
                Some("MeasuredTime") => columns.time = Some(start),
                Some("AbsorptionFactor") => columns.absorption = Some(start),
                _ => {}
            }
            let fields =
                xml::child(view, "Varying").into_iter().flat_map(|node| xml::children(node, "FieldDefinitions"));
            for (i, field) in fields.enumerate() {
                if field.attribute("AxisId") == Some("TwoTheta") {
                    columns.two_theta = Some(start + i);
                }
            }
            if xml::child(view, "Recording").is_some() && columns.intensity.is_none() {
                (columns.intensity, columns.channels) = (Some(start), length);
            }
        }
        Ok(columns)
    }
}

fn scan(content: &Content, part: &Content, route: Node<'_, '_>, left_out: &mut Vec<String>) -> Result<Option<Scan>> {
    let columns = Columns::of(part, route)?;
    let information = xml::child(route, "ScanInformation");
    let name = information.and_then(|node| node.attribute("VisibleName")).unwrap_or("without a name").trim();
    let (Some(two_theta), Some(intensity), 0..=1) = (columns.two_theta, columns.intensity, columns.channels) else {
        let what = match columns.channels {
            0 => "nothing recorded",
            1 => "2θ does not vary",
            _ => "an area detector's frames",
        };
        left_out.push(format!("scan {name}: {what}; left out"));
        return Ok(None);
    };
    let rows: Vec<Node<'_, '_>> = xml::children(route, "Datum").take(MAX_POINTS + 1).collect();
    let mut values: [Vec<f64>; 4] = Default::default();
    for row in &rows {
        let tokens: Vec<&str> = row.text().unwrap_or("").split(',').collect();
        let wanted = [Some(two_theta), Some(intensity), columns.absorption, columns.time];
        for (column, list) in wanted.iter().zip(&mut values) {
            let Some(column) = column else { continue };
            let token = tokens.get(*column).map_or("", |token| token.trim());
            let value = parse_number(token, DecimalMark::Point);
            list.push(value.map_err(|fault| part.error(xml::line(*row), token, fault.to_string()))?);
        }
    }
    let [two_theta_deg, recorded, factors, times] = values;
    if let Some(i) = factors.iter().position(|factor| *factor < 1.0 || !factor.is_finite()) {
        let found = format!("absorption factor {}", factors[i]);
        return Err(part.error(xml::line(rows[i]), found, "a factor of 1 or more").into());
    }
    let mut warnings = Vec::new();
    let attenuated = factors.iter().filter(|factor| **factor != 1.0).count();
    if attenuated > 0 {
        warnings.push(format!(
            "{attenuated} points were measured behind an absorber; their intensities are corrected in the file"
        ));
    }
    let place = |i: usize| rows.get(i).map_or(Location::Whole, |row| xml::line(*row));
    let intensities = Intensities::Scaled { values: recorded, factors };
    let data = Points { content: part, two_theta_deg, intensities, axis_place: &place, intensity_place: &place }
        .measurement(&mut warnings)?;
    Ok(Some(Scan {
        data,
        unit: if attenuated > 0 { IntensityUnit::AttenuationCorrectedCounts } else { IntensityUnit::Counts },
        radiation: radiation(part, route, &mut warnings)?,
        counting_time_s: times.first().copied().filter(|first| times.iter().all(|time| time == first)),
        goniometer_radius_mm: None,
        optics: Optics::default(),
        title: None,
        metadata: metadata(route, name),
        input: content.input(FORMAT.name, warnings),
    }))
}

fn metadata(route: Node<'_, '_>, name: &str) -> Vec<(String, String)> {
    let mut metadata = vec![("scan".to_string(), name.to_string())];
    for (shown, path) in [
        ("scan mode", &["ScanInformation", "ScanMode"][..]),
        ("time per step (s)", &["ScanInformation", "TimePerStep"]),
    ] {
        metadata.extend(xml::text_at(route, path).map(|value| (shown.to_string(), value.to_string())));
    }
    metadata
}

/// Wavelengths of the tube, which stand in the description of the instrument beside the scan.
fn radiation(part: &Content, route: Node<'_, '_>, warnings: &mut Vec<String>) -> Result<Option<Radiation>, FileError> {
    let Some(tube) = route.document().descendants().find(|node| xml::child(*node, "WaveLengthAlpha1").is_some()) else {
        return Ok(None);
    };
    let value = |name: &str| -> Result<Option<f64>, FileError> {
        let Some(node) = xml::child(tube, name) else { return Ok(None) };
        let text = node.attribute("Value").unwrap_or("");
        let number = parse_number(text, DecimalMark::Point);
        number.map(Some).map_err(|fault| part.error(xml::line(node), text, fault.to_string()))
    };
    let anode = xml::child(tube, "TubeMaterial").and_then(|node| node.text()).and_then(|text| text.parse().ok());
    let Some(alpha1) = value("WaveLengthAlpha1")?.filter(|w| *w > 0.0) else { return Ok(None) };
    Ok(Some(match value("WaveLengthAlpha2")?.filter(|w| *w > alpha1) {
        Some(alpha2) => {
            let ratio = match value("WaveLengthRatio")?.filter(|ratio| *ratio > 0.0 && *ratio <= 1.0) {
                Some(ratio) => ratio,
                None => {
                    warnings.push(format!("the file states no Kα2/Kα1 ratio; {} assumed", Radiation::K_ALPHA_RATIO));
                    Radiation::K_ALPHA_RATIO
                }
            };
            Radiation::from_k_alpha(anode, alpha1, alpha2, ratio, WavelengthSource::File)
        }
        None => Radiation { anode, ..Radiation::monochromatic(alpha1, WavelengthSource::File) },
    }))
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use doublet_common::SigmaSource;
    use zip::write::{SimpleFileOptions, ZipWriter};

    use crate::formats::read_bytes;
    use crate::scan::IntensityUnit;

    /// An archive of the members `RawData*.xml` with these data routes.
    fn archive(members: &[(&str, String)]) -> Vec<u8> {
        let mut zip = ZipWriter::new(std::io::Cursor::new(Vec::new()));
        for (name, routes) in members {
            zip.start_file(format!("Experiment0/{name}"), SimpleFileOptions::default()).unwrap();
            let tube = "<Tube><TubeMaterial>Co</TubeMaterial><WaveLengthAlpha1 Value=\"1.78897\"/>\
                <WaveLengthAlpha2 Value=\"1.79285\"/><WaveLengthRatio Value=\"0.5\"/></Tube>";
            write!(zip, "<RawData>{tube}<DataRoutes>{routes}</DataRoutes></RawData>").unwrap();
        }
        zip.finish().unwrap().into_inner()
    }

    /// A data route: time, absorption factor, 2θ (or what `axis` names), intensity.
    fn route(name: &str, axis: &str, channels: usize, rows: &[&str]) -> String {
        let rows: String = rows.iter().map(|row| format!("<Datum>{row}</Datum>")).collect();
        format!(
            "<DataRoute><ScanInformation VisibleName=\"{name}\"/><DataViews>\
             <RawDataView Start=\"0\" Length=\"1\" LogicName=\"MeasuredTime\"/>\
             <RawDataView Start=\"1\" Length=\"1\" LogicName=\"AbsorptionFactor\"/>\
             <RawDataView Start=\"2\" Length=\"1\"><Varying><FieldDefinitions AxisId=\"{axis}\"/></Varying></RawDataView>\
             <RawDataView Start=\"3\" Length=\"{channels}\"><Recording/></RawDataView></DataViews>{rows}</DataRoute>"
        )
    }

    /// Truth: the layout; a range is a data route, several in one member or in members of their own.
    #[test]
    fn every_range_becomes_a_scan_with_its_own_factors() {
        let first = route("one", "TwoTheta", 1, &["0.5,1,10.0,16", "0.5,8.5,10.1,850", "0.5,1,10.2,25"]);
        let other = route("rocking", "Theta", 1, &["0.5,1,5.0,1", "0.5,1,5.1,1"]);
        let frames = route("frames", "TwoTheta", 2, &["0.5,1,5.0,1,1", "0.5,1,5.1,1,1"]);
        let later = route("two", "TwoTheta", 1, &["2.0,1,60.0,100", "2.0,1,60.1,81"]);
        let members = [("RawData10.xml", later), ("RawData2.xml", first + &other + &frames)];
        let scans = read_bytes("a.brml", archive(&members)).unwrap();
        let starts: Vec<f64> = scans.iter().map(|scan| scan.two_theta_deg()[0]).collect();
        assert_eq!(starts, [10.0, 60.0], "members in the order of their numbers");
        // 850 behind a factor of 8.5 are 100 counts: σ = 8.5·10.
        assert_eq!(scans[0].sigma(), [4.0, 85.0, 5.0]);
        assert_eq!(scans[1].sigma(), [10.0, 9.0]);
        assert_eq!(scans[0].unit, IntensityUnit::AttenuationCorrectedCounts);
        assert_eq!((scans[1].unit, scans[1].data.sigma_source()), (IntensityUnit::Counts, SigmaSource::Counts));
        assert_eq!([scans[0].counting_time_s, scans[1].counting_time_s], [Some(0.5), Some(2.0)]);
        for scan in &scans {
            assert_eq!(scan.radiation.as_ref().unwrap().lines[1].wavelength_angstrom, 1.79285);
            for part in ["rocking: 2θ does not vary", "frames: an area detector"] {
                assert!(scan.input.reader_warnings.iter().any(|w| w.contains(part)), "{part}");
            }
        }
    }

    #[test]
    fn faults_name_the_member_and_the_line() {
        let message = |rows: &[&str]| {
            let members = [("RawData0.xml", format!("\n{}", route("one", "TwoTheta", 1, rows)))];
            read_bytes("a.brml", archive(&members)).unwrap_err().to_string()
        };
        for (rows, part) in [
            (&["0.5,1,10.0,16", "0.5,1,10.1"][..], "RawData0.xml, line 2: found , expected"),
            (&["0.5,0,10.0,16", "0.5,1,10.1,9"][..], "absorption factor 0"),
            (&["0.5,1,10.0,16", "0.5,1,nan,9"][..], "found nan"),
            (&["0.5,1,10.0,16", "0.5,1,9.0,-9"][..], "intensity -9"),
        ] {
            let message = message(rows);
            assert!(message.contains(part), "{message}");
        }
    }
}
