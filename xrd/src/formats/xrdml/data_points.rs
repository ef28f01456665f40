//! `<dataPoints>` of an XRDML scan: positions, counting times, attenuation, counts.

use doublet_common::container::Content;
use doublet_common::error::FileError;
use doublet_common::{Measurement, SigmaSource, xml};
use roxmltree::Node;

use crate::error::Result;
use crate::formats::points::{Intensities, MAX_POINTS, Points, regained_count};
use crate::scan::IntensityUnit;

/// What the data points give.
pub(super) struct ScanData {
    pub(super) data: Measurement,
    pub(super) unit: IntensityUnit,
    pub(super) counting_time_s: Option<f64>,
}

/// Counting time of the steps.
enum CountingTime {
    Unknown,
    Common(f64),
    PerPoint(Vec<f64>),
}

pub(super) fn read(
    content: &Content,
    scan: Node<'_, '_>,
    metadata: &mut Vec<(String, String)>,
    warnings: &mut Vec<String>,
) -> Result<ScanData> {
    let Some(points) = xml::child(scan, "dataPoints") else {
        return Err(content.error(xml::line(scan), "no <dataPoints>", "the data of the scan").into());
    };
    let (list, corrected) = match (xml::child(points, "counts"), xml::child(points, "intensities")) {
        (Some(counts), _) => (counts, false),
        (None, Some(intensities)) => (intensities, true),
        (None, None) => {
            return Err(content.error(xml::line(points), "neither", "<counts> or <intensities>").into());
        }
    };
    check_unit(content, list)?;
    let values = xml::numbers(content, list)?;
    if values.len() > MAX_POINTS {
        let found = format!("{} values", values.len());
        return Err(content.error(xml::line(list), found, format!("at most {MAX_POINTS}")).into());
    }
    let axis = two_theta_element(content, points)?;
    let two_theta_deg = positions(content, axis, values.len())?;
    fixed_axes(points, metadata);
    coupling(content, scan, points, &two_theta_deg, warnings)?;
    let attenuation = factors(content, points, "beamAttenuationFactors", "commonBeamAttenuationFactor", values.len())?;
    divergence(content, points, values.len(), corrected, warnings)?;
    let time = counting_time(content, points, values.len())?;
    let attenuated = attenuation.iter().any(|factor| *factor != 1.0);
    if attenuated {
        let largest = attenuation.iter().copied().fold(1.0, f64::max);
        metadata.push(("largest attenuation factor".into(), largest.to_string()));
    }
    let (intensities, unit, counting_time_s) = intensities(values, corrected, attenuation, time);
    let unit =
        if attenuated && unit == IntensityUnit::Counts { IntensityUnit::AttenuationCorrectedCounts } else { unit };
    let list_positions = xml::child(axis, "listPositions");
    let data = Points {
        content,
        two_theta_deg,
        intensities,
        axis_place: &|i| list_positions.map_or_else(|| xml::line(axis), |positions| xml::list_line(positions, i)),
        intensity_place: &|i| xml::list_line(list, i),
    }
    .measurement(warnings)?;
    let unit = if data.sigma_source() == SigmaSource::AssumedCounts { IntensityUnit::Arbitrary } else { unit };
    Ok(ScanData { data, unit, counting_time_s })
}

/// Intensities with the factors that turn counts into them, their unit, and the counting time common to all steps.
fn intensities(
    values: Vec<f64>,
    corrected: bool,
    attenuation: Vec<f64>,
    time: CountingTime,
) -> (Intensities, IntensityUnit, Option<f64>) {
    let counting_time_s = match time {
        CountingTime::Common(seconds) => Some(seconds),
        CountingTime::PerPoint(times) => {
            let factor = |i: usize| attenuation.get(i).copied().unwrap_or(1.0);
            let count = |(i, y): (usize, &f64)| if corrected { regained_count(*y, factor(i)) } else { *y };
            let counts = values.iter().enumerate().map(count).collect();
            let factors = times.iter().enumerate().map(|(i, seconds)| factor(i) / seconds).collect();
            return (Intensities::Counted { counts, factors }, IntensityUnit::CountsPerSecond, None);
        }
        CountingTime::Unknown => None,
    };
    let intensities = if corrected {
        Intensities::Scaled { values, factors: attenuation }
    } else {
        Intensities::Counted { counts: values, factors: attenuation }
    };
    (intensities, IntensityUnit::Counts, counting_time_s)
}

fn check_unit(content: &Content, list: Node<'_, '_>) -> Result<(), FileError> {
    match list.attribute("unit") {
        None | Some("counts") => Ok(()),
        Some(unit) => Err(content.error(xml::line(list), format!("intensities in \"{unit}\""), "unit=\"counts\"")),
    }
}

fn two_theta_element<'a, 'input>(content: &Content, points: Node<'a, 'input>) -> Result<Node<'a, 'input>, FileError> {
    let axis = xml::children(points, "positions").find(|p| p.attribute("axis") == Some("2Theta"));
    let axis = axis.ok_or_else(|| content.error(xml::line(points), "no 2θ", "<positions axis=\"2Theta\">"))?;
    match axis.attribute("unit") {
        None | Some("deg") => Ok(axis),
        Some(unit) => Err(content.error(xml::line(axis), format!("2θ in \"{unit}\""), "unit=\"deg\"")),
    }
}

/// Positions of `n` points: a list, or start and end of equal steps.
fn positions(content: &Content, axis: Node<'_, '_>, n: usize) -> Result<Vec<f64>, FileError> {
    if let Some(list) = xml::child(axis, "listPositions") {
        let values = xml::numbers(content, list)?;
        if values.len() == n {
            return Ok(values);
        }
        let found = format!("{} positions for {n} intensities", values.len());
        return Err(content.error(xml::line(list), found, "one for each").with_advice("the file seems to be cut"));
    }
    let ends = (xml::number_at(content, axis, &["startPosition"])?, xml::number_at(content, axis, &["endPosition"])?);
    let (Some(start), Some(end)) = ends else {
        let found = if xml::child(axis, "commonPosition").is_some() { "a fixed 2θ" } else { "no positions" };
        return Err(content.error(xml::line(axis), found, "<startPosition> and <endPosition>, or <listPositions>"));
    };
    let last = n.saturating_sub(1).max(1) as f64;
    Ok((0..n).map(|i| start + (end - start) * (i as f64 / last)).collect())
}

/// Axes that stand still, for the record.
fn fixed_axes(points: Node<'_, '_>, metadata: &mut Vec<(String, String)>) {
    for axis in xml::children(points, "positions") {
        if let (Some(name), Some(value)) = (axis.attribute("axis"), xml::text_at(axis, &["commonPosition"])) {
            metadata.push((format!("{name} ({})", axis.attribute("unit").unwrap_or("no unit")), value.to_string()));
        }
    }
}

/// Powder methods assume ω = θ; what departs from it is said.
fn coupling(
    content: &Content,
    scan: Node<'_, '_>,
    points: Node<'_, '_>,
    two_theta_deg: &[f64],
    warnings: &mut Vec<String>,
) -> Result<(), FileError> {
    /// An offset of ω below this is the goniometer's resolution.
    const SMALLEST_OFFSET_DEG: f64 = 0.005;
    let Some(omega) = xml::children(points, "positions").find(|p| p.attribute("axis") == Some("Omega")) else {
        return Ok(());
    };
    if let Some(fixed) = xml::number_at(content, omega, &["commonPosition"])? {
        warnings.push(format!(
            "ω stands at {fixed}° while 2θ moves: not the Bragg–Brentano geometry, so that intensities, widths and \
             displacement follow other laws"
        ));
        return Ok(());
    }
    let start = xml::number_at(content, omega, &["startPosition"])?;
    let coupled = scan.attribute("scanAxis") != Some("Gonio");
    if let (Some(omega), Some(two_theta), true) = (start, two_theta_deg.first(), coupled) {
        let offset = omega - two_theta / 2.0;
        if offset.abs() > SMALLEST_OFFSET_DEG {
            warnings.push(format!("ω is {offset:.4}° off θ: a coupled scan of a tilted specimen"));
        }
    }
    Ok(())
}

/// Positive factors of the points, empty if the file states none.
fn factors(
    content: &Content,
    points: Node<'_, '_>,
    list_name: &str,
    common_name: &str,
    n: usize,
) -> Result<Vec<f64>, FileError> {
    let (element, list) = match (xml::child(points, list_name), xml::child(points, common_name)) {
        (Some(element), _) => (element, xml::numbers(content, element)?),
        (None, Some(element)) => (element, vec![xml::number(content, element)?; n]),
        (None, None) => return Ok(Vec::new()),
    };
    if list.len() != n {
        let found = format!("{} values in <{list_name}> for {n} intensities", list.len());
        return Err(content.error(xml::line(element), found, "one for each"));
    }
    if let Some(i) = list.iter().position(|factor| *factor <= 0.0) {
        let found = format!("{} in <{}>", list[i], element.tag_name().name());
        return Err(content.error(xml::list_line(element, i), found, "a factor above zero"));
    }
    Ok(list)
}

/// Divergence corrections belong to programmable slits. How they combine with counts no schema says, so they are not
/// applied, and said.
fn divergence(
    content: &Content,
    points: Node<'_, '_>,
    n: usize,
    corrected: bool,
    warnings: &mut Vec<String>,
) -> Result<(), FileError> {
    let list = factors(content, points, "divergenceCorrections", "commonDivergenceCorrection", n)?;
    let (low, high) = list.iter().fold((f64::MAX, f64::MIN), |(low, high), f| (low.min(*f), high.max(*f)));
    if high > low {
        let state = if corrected { "already contain" } else { "do not contain" };
        warnings.push(format!(
            "a programmable slit: divergence corrections from {low} to {high}, which the intensities {state}; they are \
             left as they are"
        ));
    }
    Ok(())
}

fn counting_time(content: &Content, points: Node<'_, '_>, n: usize) -> Result<CountingTime, FileError> {
    let times = factors(content, points, "countingTimes", "commonCountingTime", n)?;
    Ok(match times.first() {
        None => CountingTime::Unknown,
        Some(first) if times.iter().all(|seconds| seconds == first) => CountingTime::Common(*first),
        Some(_) => CountingTime::PerPoint(times),
    })
}
