//! Rigaku RASX: the archive of SmartLab Studio II.
//!
//! `root.xml` lists groups `Data0`, `Data1`, …; each holds `Profile*.txt` (2θ, intensity, attenuator a line) and
//! `MesurementConditions*.xml` (the maker's spelling), which also repeats names and values of a RAS header.

use doublet_common::archive::{Archive, is_zip};
use doublet_common::container::Content;
use doublet_common::error::{FileError, Location};
use doublet_common::format::Confidence;
use doublet_common::text::lines;
use doublet_common::xml;

use super::points::MAX_POINTS;
use super::rigaku_ras::{Stated, point};
use super::{Format, MAX_SCANS};
use crate::error::Result;
use crate::scan::Scan;

/// The row of the registry.
pub(super) const FORMAT: Format = Format {
    name: "rigaku-rasx",
    extensions: &["rasx"],
    description: "Rigaku RASX archive, several scans",
    sniff,
    read,
    writers: &[],
};

fn sniff(content: &Content) -> Confidence {
    if !is_zip(content.bytes()) {
        return Confidence::No;
    }
    let archive = Archive::open(content.shown_name(), content.bytes());
    let named = archive.is_ok_and(|archive| archive.names().iter().any(|name| profile_of(name).is_some()));
    if named { Confidence::Certain } else { Confidence::No }
}

/// Group and number of a member that holds points.
fn profile_of(member: &str) -> Option<(&str, &str)> {
    let (group, file) = member.split_once('/')?;
    let number = file.strip_prefix("Profile")?.strip_suffix(".txt")?;
    group.starts_with("Data").then_some((group, number))
}

fn read(content: &Content) -> Result<Vec<Scan>> {
    let mut archive = Archive::open(content.shown_name(), content.bytes())?;
    let names = archive.names();
    let mut profiles: Vec<&String> = names.iter().filter(|name| profile_of(name).is_some()).collect();
    // Data2 comes before Data10.
    profiles.sort_by_key(|name| (name.len(), name.to_string()));
    if profiles.len() > MAX_SCANS {
        let found = format!("{} scans", profiles.len());
        return Err(content.error(Location::Whole, found, format!("at most {MAX_SCANS}")).into());
    }
    let (mut scans, mut left_out) = (Vec::new(), Vec::new());
    for profile in profiles {
        let group = profile.split('/').next().unwrap_or_default();
        let conditions = names.iter().find(|name| {
            name.strip_prefix(group).is_some_and(|file| file.starts_with("/Me") && file.ends_with(".xml"))
        });
        let header = match conditions {
            Some(member) => header(content, member, archive.read(member)?)?,
            None => Vec::new(),
        };
        let (points, places) = points(content, profile, archive.read(profile)?)?;
        scans.extend(Stated { header, points, places }.scan(content, FORMAT.name, &mut left_out)?);
    }
    if scans.is_empty() {
        return Err(content.error(Location::Whole, left_out.join("; "), "a 2θ scan").into());
    }
    for scan in &mut scans {
        scan.input.reader_warnings.extend(left_out.iter().cloned());
    }
    Ok(scans)
}

type Rows = (Vec<[f64; 3]>, Vec<Location>);

fn points(content: &Content, member: &str, bytes: Vec<u8>) -> Result<Rows> {
    let member_content = Content::from_bytes(&format!("{}: {member}", content.shown_name()), bytes)?;
    let (mut points, mut places) = (Vec::new(), Vec::new());
    for line in lines(&member_content.text()?.content) {
        let row = line.text.trim().trim_start_matches('\u{feff}');
        let place = Location::Part(format!("{member}, line {}", line.number));
        if points.len() == MAX_POINTS {
            return Err(content.error(place, "more points", format!("at most {MAX_POINTS}")).into());
        }
        if !row.is_empty() {
            points.push(point(content, &place, row)?);
            places.push(place);
        }
    }
    Ok((points, places))
}

/// The conditions under the names that a RAS header has for them.
fn header(content: &Content, member: &str, bytes: Vec<u8>) -> Result<Vec<(String, String)>> {
    /// Elements that say what a RAS header says, with its name.
    const SAME: [(&[&str], &str); 11] = [
        (&["GeneralInformation", "SampleName"], "FILE_SAMPLE"),
        (&["GeneralInformation", "Comment"], "FILE_COMMENT"),
        (&["HWConfigurations", "XrayGenerator", "TargetName"], "HW_XG_TARGET_NAME"),
        (&["HWConfigurations", "XrayGenerator", "WaveType"], "HW_XG_WAVE_TYPE"),
        (&["HWConfigurations", "XrayGenerator", "WavelengthKalpha1"], "HW_XG_WAVE_LENGTH_ALPHA1"),
        (&["HWConfigurations", "XrayGenerator", "WavelengthKalpha2"], "HW_XG_WAVE_LENGTH_ALPHA2"),
        (&["ScanInformation", "AxisName"], "MEAS_SCAN_AXIS_X"),
        (&["ScanInformation", "Step"], "MEAS_SCAN_STEP"),
        (&["ScanInformation", "Speed"], "MEAS_SCAN_SPEED"),
        (&["ScanInformation", "SpeedUnit"], "MEAS_SCAN_SPEED_UNIT"),
        (&["ScanInformation", "IntensityUnit"], "MEAS_SCAN_UNIT_Y"),
    ];
    let part = Content::from_bytes(&format!("{}: {member}", content.shown_name()), bytes)?;
    let document: std::result::Result<_, FileError> = xml::parse(&part);
    let document = document?;
    let root = document.root_element();
    let mut header: Vec<(String, String)> = SAME
        .iter()
        .filter_map(|(path, name)| Some(((*name).to_string(), xml::text_at(root, path)?.to_string())))
        .collect();
    for pair in xml::child(root, "RASHeader").into_iter().flat_map(|node| xml::children(node, "Pair")) {
        let mut texts = xml::children(pair, "string").map(|node| node.text().unwrap_or("").trim().to_string());
        if let (Some(name), Some(value)) = (texts.next(), texts.next()) {
            let name = name.trim_start_matches('*').to_string();
            if !header.iter().any(|(known, _)| *known == name) {
                header.push((name, value));
            }
        }
    }
    Ok(header)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use zip::write::{SimpleFileOptions, ZipWriter};

    use crate::formats::read_bytes;

    /// Truth: the layout; each group is a scan with conditions of its own, and `Data2` comes before `Data10`.
    #[test]
    fn several_groups_keep_their_own_conditions() {
        let conditions = |axis: &str, speed: &str| {
            format!(
                "<MeasurementConditions><ScanInformation><AxisName>{axis}</AxisName><Step>0.02</Step><Speed>{speed}</Speed>\
                 <SpeedUnit>deg/min</SpeedUnit></ScanInformation></MeasurementConditions>"
            )
        };
        let mut zip = ZipWriter::new(std::io::Cursor::new(Vec::new()));
        for (group, axis, speed, points) in [
            ("Data10", "TwoTheta", "0.3", "30.00\t16\t1.0\n30.02\t25\t1.0\n"),
            ("Data2", "TwoTheta", "0.6", "10.00\t4\t1.0\n10.02\t9\t1.0\n"),
            ("Data3", "Omega", "0.6", "5\t1\t1\n6\t1\t1\n"),
        ] {
            zip.start_file(format!("{group}/Profile0.txt"), SimpleFileOptions::default()).unwrap();
            zip.write_all(points.as_bytes()).unwrap();
            zip.start_file(format!("{group}/MesurementConditions0.xml"), SimpleFileOptions::default()).unwrap();
            zip.write_all(conditions(axis, speed).as_bytes()).unwrap();
        }
        let scans = read_bytes("a.rasx", zip.finish().unwrap().into_inner()).unwrap();
        let starts: Vec<f64> = scans.iter().map(|scan| scan.two_theta_deg()[0]).collect();
        assert_eq!(starts, [10.0, 30.0]);
        assert_eq!([scans[0].counting_time_s, scans[1].counting_time_s], [Some(2.0), Some(4.0)]);
        assert_eq!(scans[1].sigma(), [4.0, 5.0]);
        assert!(scans[0].input.reader_warnings.iter().any(|w| w.contains("omega")));
    }
}
