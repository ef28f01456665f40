//! Writing XRDML: schema 2.1 with `<counts>` as collected where they are known, else 1.5 with `<intensities>` and the
//! attenuation factors.
//!
//! Counts and factors are regained from intensity and σ (y = f·n and σ = f·√max(n, 1), so f = σ²/y, and f = σ where
//! y = 0). What XRDML cannot hold is refused: σ of its own, negative intensities.

use std::fmt::Write;

use doublet_common::SigmaSource;
use doublet_common::xml::escape;

use super::{NO_COUNTING_TIME, NOT_COUNTS};
use crate::error::{Error, Result};
use crate::radiation::Radiation;
use crate::scan::{IntensityUnit, Scan};

/// Time stamp of scans whose time is unknown; results never contain the clock of the machine that wrote them.
const UNKNOWN_TIME: &str = "1970-01-01T00:00:00Z";
/// Steps that differ less than this are written as start and end.
const EQUAL_STEPS_DEG: f64 = 1e-9;

/// Counts with the factor of each.
struct Collected {
    counts: Vec<f64>,
    factors: Vec<f64>,
    /// Whether counts times factors are the intensities to the last digit.
    exact: bool,
}

pub(super) fn write(scans: &[Scan]) -> Result<Vec<u8>> {
    let collected: Vec<Option<Collected>> = scans.iter().map(collected).collect::<Result<_>>()?;
    let whole = |collected: &Option<Collected>| collected.as_ref().is_some_and(|collected| collected.exact);
    let version = if collected.iter().all(whole) { "2.1" } else { "1.5" };
    let namespace = format!("http://www.xrdml.com/XRDMeasurement/{version}");
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let _ = writeln!(
        out,
        "<xrdMeasurements xmlns=\"{namespace}\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" \
         xsi:schemaLocation=\"{namespace} {namespace}/XRDMeasurement.xsd\" status=\"Completed\">"
    );
    comments(&mut out, &scans[0]);
    let title = escape(scans[0].title.as_deref().unwrap_or(""));
    let _ = writeln!(
        out,
        "\t<sample type=\"To be analyzed\">\n\t\t<id>{title}</id>\n\t\t<name>{title}</name>\n\t</sample>"
    );
    for (scan, collected) in scans.iter().zip(&collected) {
        measurement(&mut out, scan, collected.as_ref(), version == "2.1");
    }
    out.push_str("</xrdMeasurements>\n");
    Ok(out.into_bytes())
}

/// Counts of a scan whose σ comes from them; none where they are only assumed.
fn collected(scan: &Scan) -> Result<Option<Collected>> {
    let advice = "write xye or csv instead";
    match scan.data.sigma_source() {
        SigmaSource::File => {
            return Err(Error::Format(format!("XRDML holds counts and no σ, but σ of this scan is its own; {advice}")));
        }
        SigmaSource::AssumedCounts => return Ok(None),
        SigmaSource::Counts => {}
    }
    let mut collected = Collected { counts: Vec::new(), factors: Vec::new(), exact: true };
    for (i, (y, sigma)) in scan.intensity().iter().zip(scan.sigma()).enumerate() {
        let Some((count, factor)) = count_and_factor(*y, *sigma) else {
            let message = format!("point {i} with intensity {y} and σ {sigma} is no count times a factor; {advice}");
            return Err(Error::Format(message));
        };
        collected.exact &= (count * factor - y).abs() <= ROUNDING * y;
        collected.counts.push(count);
        collected.factors.push(factor);
    }
    if !collected.exact && scan.unit == IntensityUnit::CountsPerSecond {
        return Err(Error::Format(format!("counts per second of this scan are no counts over times; {advice}")));
    }
    Ok(Some(collected))
}

/// Relative error of a few operations in double precision.
const ROUNDING: f64 = 1e-12;

/// Whole count n and factor f with σ = f·√max(n, 1) and y = f·n, up to a rounding of y to a whole number.
fn count_and_factor(y: f64, sigma: f64) -> Option<(f64, f64)> {
    /// A regained count of a rounded intensity is off by 0.5/f, f being above 1.
    const ROUNDED: f64 = 0.51;
    /// How often the count is improved with the factor that it gives.
    const PASSES: usize = 3;
    if y < 0.0 {
        return None;
    }
    let mut count = ((y / sigma) * (y / sigma)).round();
    let mut factor = sigma / count.max(1.0).sqrt();
    for _ in 0..PASSES {
        count = (y / factor).round();
        factor = sigma / count.max(1.0).sqrt();
    }
    let off = (count * factor - y).abs();
    (off <= ROUNDED.min(ROUNDED * factor) || off <= ROUNDING * y).then(|| (count, without_last_digits(factor)))
}

/// What the schema makes the file state without its being known.
fn doubts(scan: &Scan) -> Vec<&'static str> {
    let mut doubts = Vec::new();
    if scan.data.sigma_source() == SigmaSource::AssumedCounts {
        doubts.push(NOT_COUNTS);
    }
    if lacks_time(scan) {
        doubts.push(NO_COUNTING_TIME);
    }
    doubts
}

/// Whether no counting time is known, neither common nor, as in counts per second, of each point.
fn lacks_time(scan: &Scan) -> bool {
    let of_each_point = scan.unit == IntensityUnit::CountsPerSecond && scan.data.sigma_source() == SigmaSource::Counts;
    scan.counting_time_s.is_none() && !of_each_point
}

/// A factor regained by arithmetic, rounded to the digits that were written when that changes nothing else.
fn without_last_digits(factor: f64) -> f64 {
    const DIGITS: f64 = 1e6;
    let rounded = (factor * DIGITS).round() / DIGITS;
    if (rounded - factor).abs() <= ROUNDING * factor { rounded } else { factor }
}

fn comments(out: &mut String, scan: &Scan) {
    let of_file = |(name, value): &&(String, String)| name == Scan::COMMENT && !doubts(scan).contains(&value.as_str());
    let mut entries = scan.metadata.iter().filter(of_file).peekable();
    if entries.peek().is_none() {
        return;
    }
    out.push_str("\t<comment>\n");
    for (_, value) in entries {
        let _ = writeln!(out, "\t\t<entry>{}</entry>", escape(value));
    }
    out.push_str("\t</comment>\n");
}

fn measurement(out: &mut String, scan: &Scan, collected: Option<&Collected>, as_counts: bool) {
    out.push_str("\t<xrdMeasurement measurementType=\"Scan\" status=\"Completed\" sampleMode=\"Reflection\">\n");
    let doubts = doubts(scan);
    if !doubts.is_empty() {
        let entries: String = doubts.iter().map(|doubt| format!("\t\t\t<entry>{doubt}</entry>\n")).collect();
        let _ = writeln!(out, "\t\t<comment>\n{entries}\t\t</comment>");
    }
    if let Some(radiation) = &scan.radiation {
        wavelength(out, radiation);
    }
    let radius =
        scan.goniometer_radius_mm.map_or(String::new(), |r| format!("\t\t\t<radius unit=\"mm\">{r}</radius>\n"));
    incident_beam(out, scan, &radius);
    let _ = writeln!(out, "\t\t<diffractedBeamPath>\n{radius}\t\t</diffractedBeamPath>");
    out.push_str("\t\t<scan appendNumber=\"0\" mode=\"Continuous\" scanAxis=\"Gonio\" status=\"Completed\">\n");
    let time = |name: &str| {
        let stated = scan.metadata.iter().find(|(known, _)| known == name);
        escape(stated.map_or(UNKNOWN_TIME, |(_, value)| value.as_str()))
    };
    let version = env!("CARGO_PKG_VERSION");
    let _ = writeln!(
        out,
        "\t\t\t<header>\n\t\t\t\t<startTimeStamp>{}</startTimeStamp>\n\t\t\t\t<endTimeStamp>{}</endTimeStamp>\n\
         \t\t\t\t<source>\n\t\t\t\t\t<applicationSoftware version=\"{version}\">doublet</applicationSoftware>\n\
         \t\t\t\t</source>\n\t\t\t</header>",
        time("started"),
        time("ended")
    );
    data_points(out, scan, collected, as_counts);
    out.push_str("\t\t</scan>\n\t</xrdMeasurement>\n");
}

fn wavelength(out: &mut String, radiation: &Radiation) {
    let beta = radiation.lines[0].label == "Kβ";
    let first = radiation.lines[0].wavelength_angstrom;
    let (alpha2, ratio) = radiation.lines.get(1).map_or((0.0, 0.0), |l| (l.wavelength_angstrom, l.relative_intensity));
    let (intended, alpha1, beta) = if beta { ("K-Beta", 0.0, first) } else { ("K-Alpha 1", first, 0.0) };
    let _ = writeln!(
        out,
        "\t\t<usedWavelength intended=\"{intended}\">\n\t\t\t<kAlpha1 unit=\"Angstrom\">{alpha1}</kAlpha1>\n\
         \t\t\t<kAlpha2 unit=\"Angstrom\">{alpha2}</kAlpha2>\n\t\t\t<kBeta unit=\"Angstrom\">{beta}</kBeta>\n\
         \t\t\t<ratioKAlpha2KAlpha1>{ratio}</ratioKAlpha2KAlpha1>\n\t\t</usedWavelength>"
    );
}

fn incident_beam(out: &mut String, scan: &Scan, radius: &str) {
    let anode = scan.radiation.as_ref().and_then(|radiation| radiation.anode);
    let tube = anode.map_or(String::new(), |anode| {
        format!("\t\t\t<xRayTube>\n\t\t\t\t<anodeMaterial>{anode:?}</anodeMaterial>\n\t\t\t</xRayTube>\n")
    });
    let _ = writeln!(out, "\t\t<incidentBeamPath>\n{radius}{tube}\t\t</incidentBeamPath>");
}

fn data_points(out: &mut String, scan: &Scan, collected: Option<&Collected>, as_counts: bool) {
    let indent = "\t\t\t\t";
    let _ = writeln!(out, "\t\t\t<dataPoints>");
    positions(out, "2Theta", scan.two_theta_deg(), 1.0);
    positions(out, "Omega", scan.two_theta_deg(), 0.5);
    let per_second = scan.unit == IntensityUnit::CountsPerSecond;
    match (collected, per_second) {
        // Factors of counts per second are inverse times; attenuation cannot be told from them any more.
        (Some(collected), true) => {
            let times: Vec<f64> = collected.factors.iter().map(|factor| 1.0 / factor).collect();
            let _ = writeln!(out, "{indent}<countingTimes unit=\"seconds\">{}</countingTimes>", list(&times));
        }
        (Some(collected), false) if collected.factors.iter().any(|factor| *factor != 1.0) => {
            let factors = list(&collected.factors);
            let _ = writeln!(out, "{indent}<beamAttenuationFactors>{factors}</beamAttenuationFactors>");
        }
        _ => {}
    }
    let common = if lacks_time(scan) { Some(1.0) } else { scan.counting_time_s };
    if let (Some(seconds), false) = (common, per_second && collected.is_some()) {
        let _ = writeln!(out, "{indent}<commonCountingTime unit=\"seconds\">{seconds}</commonCountingTime>");
    }
    let _ = match collected.filter(|_| as_counts) {
        Some(collected) => writeln!(out, "{indent}<counts unit=\"counts\">{}</counts>", list(&collected.counts)),
        None => writeln!(out, "{indent}<intensities unit=\"counts\">{}</intensities>", list(scan.intensity())),
    };
    let _ = writeln!(out, "\t\t\t</dataPoints>");
}

/// Positions of an axis that moves with 2θ: start and end where the steps are equal, else a list.
fn positions(out: &mut String, axis: &str, two_theta_deg: &[f64], share: f64) {
    let (start, end) = (two_theta_deg[0], two_theta_deg[two_theta_deg.len() - 1]);
    let last = (two_theta_deg.len() - 1) as f64;
    let even = |i: usize| start + (end - start) * (i as f64 / last);
    let equal = two_theta_deg.iter().enumerate().all(|(i, x)| (x - even(i)).abs() < EQUAL_STEPS_DEG);
    let _ = writeln!(out, "\t\t\t\t<positions axis=\"{axis}\" unit=\"deg\">");
    let _ = if equal {
        let (start, end) = (start * share, end * share);
        writeln!(out, "\t\t\t\t\t<startPosition>{start}</startPosition>\n\t\t\t\t\t<endPosition>{end}</endPosition>")
    } else {
        let values: Vec<f64> = two_theta_deg.iter().map(|x| x * share).collect();
        writeln!(out, "\t\t\t\t\t<listPositions>{}</listPositions>", list(&values))
    };
    let _ = writeln!(out, "\t\t\t\t</positions>");
}

fn list(values: &[f64]) -> String {
    let words: Vec<String> = values.iter().map(f64::to_string).collect();
    words.join(" ")
}
