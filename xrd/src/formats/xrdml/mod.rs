//! PANalytical (Malvern Panalytical) XRDML, schema 1.0 to 2.x: one or more measurements, each of one or more scans.
//!
//! What the schemas store (their own annotations, and `m54313` of the real files): `<intensities>` of 1.x are counts
//! already multiplied by the attenuation factor of each point; `<counts>` of 2.x are as the detector received them, with
//! neither attenuation nor divergence factors applied. Both elements are read by their name and not by the version.
//! The intensity of a point is its counts times its attenuation factor, σ comes from the counts alone. Counting times
//! that differ from point to point make the intensity counts per second.
//!
//! Only scans in which 2θ moves are powder scans: scan axes other than `Gonio`, `2Theta`, `2Theta-Omega` and
//! `Omega-2Theta` are refused, or left out with a warning when the file has powder scans too.

mod data_points;
mod instrument;
mod write;

use doublet_common::container::Content;
use doublet_common::error::FileError;
use doublet_common::format::Confidence;
use doublet_common::{Measurement, SigmaSource, xml};
use roxmltree::Node;

use super::{Format, MAX_SCANS};
use crate::error::{Error, Result};
use crate::scan::{IntensityUnit, Scan};

pub(super) const FORMAT: Format = Format {
    name: "xrdml",
    extensions: &["xrdml", "xml"],
    description: "PANalytical XRDML, schema 1.0 to 2.x",
    sniff,
    read,
    writers: &[("xrdml", write::write)],
};

/// Comment of a measurement by which the writer says that `unit="counts"`, which the schema demands, is not known to hold.
const NOT_COUNTS: &str = "The intensities may not be counts; their uncertainty is an assumption.";
/// Comment of a measurement whose counting time stands there only because the schema demands one.
const NO_COUNTING_TIME: &str = "The counting time is not known; 1 s stands for it.";
/// Root element.
const ROOT: &str = "xrdMeasurements";
/// How far into a file the root element is looked for.
const SNIFF_BYTES: usize = 65_536;

fn sniff(content: &Content) -> Confidence {
    let Ok(text) = content.text() else { return Confidence::No };
    let text = text.content.trim_start();
    if !text.starts_with('<') {
        return Confidence::No;
    }
    let head = text.get(..SNIFF_BYTES).unwrap_or(text);
    if head.contains(ROOT) {
        Confidence::Certain
    } else if content.extension() == "xrdml" {
        Confidence::Possible
    } else {
        Confidence::No
    }
}

fn read(content: &Content) -> Result<Vec<Scan>> {
    let mut notes = content.text()?.warnings.clone();
    let document = xml::parse(content)?;
    let root = document.root_element();
    if root.tag_name().name() != ROOT {
        let found = format!("<{}>", root.tag_name().name());
        return Err(content.error(xml::line(root), found, format!("the root element <{ROOT}>")).into());
    }
    let version = schema_version(root);
    if !matches!(version.as_deref().and_then(|v| v.split('.').next()), Some("1" | "2")) {
        notes
            .push(format!("schema version {}: only 1.x and 2.x are known", version.as_deref().unwrap_or("not stated")));
    }
    let parts = scan_parts(content, root)?;
    let total = parts.len();
    let (mut scans, mut refused) = (Vec::new(), Vec::<Error>::new());
    for part in &parts {
        let scan = match unusable(content, part) {
            Some(error) => Err(error.into()),
            None => read_scan(content, root, version.as_deref(), part),
        };
        match scan {
            Ok(scan) => scans.push(scan),
            // A scan that never ran to its end may have left too little; the others are none the worse.
            Err(error) if unusable(content, part).is_some() || !is_completed(part) => refused.push(error),
            Err(error) => return Err(error),
        }
    }
    if scans.is_empty() {
        return Err(refused.into_iter().next().unwrap_or_else(|| no_scan(content, root).into()));
    }
    notes.extend(refused.iter().map(|error| format!("a scan was left out: {error}")));
    if scans.len() > 1 {
        notes.push(format!("the file holds {total} scans; they are kept apart"));
    }
    for scan in &mut scans {
        scan.input.reader_warnings.splice(0..0, notes.iter().cloned());
    }
    Ok(scans)
}

/// A scan and the measurement that it belongs to.
struct ScanPart<'a, 'input> {
    measurement: Node<'a, 'input>,
    scan: Node<'a, 'input>,
}

/// Namespaces end in the version: `http://www.xrdml.com/XRDMeasurement/1.5`.
fn schema_version(root: Node<'_, '_>) -> Option<String> {
    let namespace = root.tag_name().namespace()?;
    namespace.rsplit('/').next().filter(|version| version.starts_with(|c: char| c.is_ascii_digit())).map(str::to_string)
}

fn scan_parts<'a, 'input>(content: &Content, root: Node<'a, 'input>) -> Result<Vec<ScanPart<'a, 'input>>, FileError> {
    let mut parts = Vec::new();
    for measurement in xml::children(root, "xrdMeasurement") {
        for scan in xml::children(measurement, "scan") {
            if parts.len() == MAX_SCANS {
                return Err(content.error(xml::line(scan), "another scan", format!("at most {MAX_SCANS}")));
            }
            parts.push(ScanPart { measurement, scan });
        }
    }
    Ok(parts)
}

fn no_scan(content: &Content, root: Node<'_, '_>) -> FileError {
    content.error(xml::line(root), "no <scan>", "an <xrdMeasurement> with a <scan>")
}

/// Why a scan is no powder scan, if so.
fn unusable(content: &Content, part: &ScanPart<'_, '_>) -> Option<FileError> {
    let axis = part.scan.attribute("scanAxis").unwrap_or("not stated");
    let line = xml::line(part.scan);
    let expected = "a scan along 2θ (Gonio, 2Theta, 2Theta-Omega, Omega-2Theta)";
    if !matches!(axis, "Gonio" | "2Theta" | "2Theta-Omega" | "Omega-2Theta") {
        let advice = "this is no powder scan; doublet does not treat it as one";
        return Some(content.error(line, format!("scanAxis \"{axis}\""), expected).with_advice(advice));
    }
    if part.measurement.attribute("measurementType").is_some_and(|kind| kind.to_lowercase().contains("area")) {
        return Some(content.error(xml::line(part.measurement), "an area measurement", expected));
    }
    if xml::child(part.scan, "dataPoints").is_none() {
        let status = part.scan.attribute("status").unwrap_or("not stated");
        return Some(content.error(line, format!("a scan without data (status \"{status}\")"), "<dataPoints>"));
    }
    None
}

fn read_scan(content: &Content, root: Node<'_, '_>, version: Option<&str>, part: &ScanPart<'_, '_>) -> Result<Scan> {
    let mut warnings = Vec::new();
    let mut metadata = Vec::new();
    if let Some(version) = version {
        metadata.push(("schema version".to_string(), version.to_string()));
    }
    instrument::describe(root, part, &mut metadata);
    let radiation = instrument::radiation(content, part.measurement, &mut warnings)?;
    let points = data_points::read(content, part.scan, &mut metadata, &mut warnings)?;
    warn_of_status(part, &mut warnings);
    let (data, unit) = if says(part.measurement, NOT_COUNTS) {
        warnings.push(NOT_COUNTS.to_string());
        let data = points.data;
        let (x, y, sigma) = (data.x().clone(), data.y().clone(), data.sigma().clone());
        (Measurement::new(x, y, sigma, SigmaSource::AssumedCounts)?, IntensityUnit::Arbitrary)
    } else {
        (points.data, points.unit)
    };
    Ok(Scan {
        data,
        unit,
        radiation,
        counting_time_s: points.counting_time_s.filter(|_| !says(part.measurement, NO_COUNTING_TIME)),
        goniometer_radius_mm: instrument::radius_mm(content, part.measurement)?,
        optics: instrument::optics(content, part.measurement)?,
        title: instrument::title(root),
        metadata,
        input: content.input(FORMAT.name, warnings),
    })
}

/// Whether a comment of the measurement is this sentence.
fn says(measurement: Node<'_, '_>, sentence: &str) -> bool {
    let entries = xml::children(measurement, "comment").flat_map(|comment| xml::children(comment, "entry"));
    entries.filter_map(|entry| entry.text()).any(|text| text.trim() == sentence)
}

fn is_completed(part: &ScanPart<'_, '_>) -> bool {
    part.scan.attribute("status").is_none_or(|status| status == "Completed")
}

fn warn_of_status(part: &ScanPart<'_, '_>, warnings: &mut Vec<String>) {
    if let (Some(status), false) = (part.scan.attribute("status"), is_completed(part)) {
        let place = xml::line(part.scan);
        warnings.push(format!("the scan's status is \"{status}\", not \"Completed\"{place}"));
    }
}

#[cfg(test)]
mod tests;
