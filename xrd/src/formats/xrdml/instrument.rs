//! What an XRDML measurement says of sample, tube, optics and detector.
//!
//! Lattice spacings of monochromator crystals: Ge a = 5.6575 Å, Si a = 5.4310 Å, graphite (002) 3.354 Å (International
//! Tables for Crystallography C, section 4.2.5).

use doublet_common::container::Content;
use doublet_common::error::FileError;
use doublet_common::xml;
use roxmltree::Node;

use super::ScanPart;
use crate::error::Result;
use crate::radiation::{Anode, EmissionLine, Radiation, WavelengthSource};
use crate::scan::{Optics, Scan};

/// How many comments of a file are kept.
const MAX_COMMENTS: usize = 200;

/// Name of the sample, else its id.
pub(super) fn title(root: Node<'_, '_>) -> Option<String> {
    let sample = xml::child(root, "sample")?;
    xml::text_at(sample, &["name"]).or_else(|| xml::text_at(sample, &["id"])).map(str::to_string)
}

/// Everything that is text, in file order.
pub(super) fn describe(root: Node<'_, '_>, part: &ScanPart<'_, '_>, metadata: &mut Vec<(String, String)>) {
    let mut keep = |name: &str, value: Option<&str>| {
        if let Some(value) = value.map(str::trim).filter(|value| !value.is_empty()) {
            metadata.push((name.to_string(), value.to_string()));
        }
    };
    for (name, path) in [("sample id", "id"), ("sample name", "name"), ("prepared by", "preparedBy")] {
        keep(name, xml::text_at(root, &["sample", path]));
    }
    let (measurement, scan) = (part.measurement, part.scan);
    keep("measurement type", measurement.attribute("measurementType"));
    keep("sample mode", measurement.attribute("sampleMode"));
    keep("intended wavelength", xml::child(measurement, "usedWavelength").and_then(|w| w.attribute("intended")));
    for (name, path) in [("tension (kV)", "tension"), ("current (mA)", "current"), ("anode", "anodeMaterial")] {
        keep(name, xml::text_at(measurement, &["incidentBeamPath", "xRayTube", path]));
    }
    for beam in ["incidentBeamPath", "diffractedBeamPath"] {
        for optic in xml::children_of(measurement, beam) {
            keep(&format!("{} ({})", optic.tag_name().name(), side(beam)), optic.attribute("name"));
        }
    }
    for offset in xml::children_of(measurement, "sampleOffset") {
        let (axis, unit) = (offset.attribute("axis").unwrap_or(""), offset.attribute("unit").unwrap_or("no unit"));
        keep(&format!("sample offset {axis} ({unit})"), offset.text());
    }
    keep("scan axis", scan.attribute("scanAxis"));
    keep("scan mode", scan.attribute("mode"));
    keep("append number", scan.attribute("appendNumber").filter(|number| *number != "0"));
    keep("started", xml::text_at(scan, &["header", "startTimeStamp"]));
    keep("ended", xml::text_at(scan, &["header", "endTimeStamp"]));
    keep("author", xml::text_at(scan, &["header", "author", "name"]));
    for (name, path) in [
        ("application software", "applicationSoftware"),
        ("instrument control software", "instrumentControlSoftware"),
        ("instrument id", "instrumentID"),
    ] {
        keep(name, xml::text_at(scan, &["header", "source", path]));
    }
    let commented = [root, measurement, scan].into_iter().flat_map(|node| xml::children(node, "comment"));
    for entry in commented.flat_map(|comment| xml::children(comment, "entry")).take(MAX_COMMENTS) {
        keep(Scan::COMMENT, entry.text());
    }
}

fn side(beam: &str) -> &'static str {
    if beam == "incidentBeamPath" { "incident" } else { "diffracted" }
}

/// Goniometer radius: of the diffracted beam, else of the incident one.
pub(super) fn radius_mm(content: &Content, measurement: Node<'_, '_>) -> Result<Option<f64>, FileError> {
    match xml::number_at(content, measurement, &["diffractedBeamPath", "radius"])? {
        Some(radius) => Ok(Some(radius)),
        None => xml::number_at(content, measurement, &["incidentBeamPath", "radius"]),
    }
}

/// Slits, focus and detector.
pub(super) fn optics(content: &Content, measurement: Node<'_, '_>) -> Result<Optics, FileError> {
    let at = |path: &[&str]| xml::number_at(content, measurement, path);
    let (incident, diffracted) = ("incidentBeamPath", "diffractedBeamPath");
    let height = at(&[incident, "divergenceSlit", "height"])?;
    let distance = at(&[incident, "divergenceSlit", "distanceToSample"])?;
    let radius = at(&[incident, "radius"])?;
    // A fixed slit of a given height stands between focus and specimen: it is seen from the focus.
    let by_height = match (height, distance, radius) {
        (Some(height), Some(distance), Some(radius)) if radius > distance => {
            Some((height / (radius - distance)).to_degrees())
        }
        _ => None,
    };
    Ok(Optics {
        divergence_deg: at(&[incident, "divergenceSlit", "angle"])?.or(by_height),
        irradiated_length_mm: at(&[incident, "divergenceSlit", "irradiatedLength"])?,
        focus_width_mm: at(&[incident, "xRayTube", "focus", "width"])?,
        focus_length_mm: at(&[incident, "xRayTube", "focus", "length"])?,
        take_off_deg: at(&[incident, "xRayTube", "focus", "takeOffAngle"])?,
        mask_width_mm: at(&[incident, "mask", "width"])?,
        soller_incident_rad: at(&[incident, "sollerSlit", "opening"])?,
        soller_diffracted_rad: at(&[diffracted, "sollerSlit", "opening"])?,
        receiving_slit_mm: at(&[diffracted, "receivingSlit", "height"])?,
        detector_length_deg: at(&[diffracted, "detector", "activeLength"])?,
    })
}

/// Radiation that the measurement states.
pub(super) fn radiation(
    content: &Content,
    measurement: Node<'_, '_>,
    warnings: &mut Vec<String>,
) -> Result<Option<Radiation>, FileError> {
    let anode = anode(measurement, warnings);
    let mut radiation = match xml::child(measurement, "usedWavelength") {
        Some(used) => stated_lines(content, used, anode, warnings)?,
        None => None,
    };
    if radiation.is_none()
        && let Some(anode) = anode
    {
        warnings.push(format!("no wavelength in the file; those of its {anode:?} anode are taken from NIST SRD 128"));
        radiation = Some(Radiation { source: WavelengthSource::File, ..Radiation::k_alpha(anode) });
    }
    if let Some(radiation) = &mut radiation {
        monochromators(content, measurement, radiation, warnings)?;
    }
    Ok(radiation)
}

fn anode(measurement: Node<'_, '_>, warnings: &mut Vec<String>) -> Option<Anode> {
    let text = xml::text_at(measurement, &["incidentBeamPath", "xRayTube", "anodeMaterial"])?;
    let anode = text.parse().ok();
    if anode.is_none() {
        warnings.push(format!("anode \"{text}\" is not known: no dispersion correction"));
    }
    anode
}

/// Lines of `<usedWavelength>`. `intended` names the line that lattice spacings refer to; it does not say that the
/// other one is absent from the beam.
fn stated_lines(
    content: &Content,
    used: Node<'_, '_>,
    anode: Option<Anode>,
    warnings: &mut Vec<String>,
) -> Result<Option<Radiation>, FileError> {
    let alpha1 = wavelength(content, used, "kAlpha1")?;
    let alpha2 = wavelength(content, used, "kAlpha2")?;
    let beta = wavelength(content, used, "kBeta")?;
    let ratio = match xml::child(used, "ratioKAlpha2KAlpha1") {
        Some(element) => Some(ratio(content, element)?),
        None => None,
    };
    let intended = used.attribute("intended").unwrap_or("not stated");
    if intended == "K-Beta"
        && let Some(beta) = beta
    {
        let line = EmissionLine { label: "Kβ".into(), wavelength_angstrom: beta, relative_intensity: 1.0 };
        let source = WavelengthSource::File;
        return Ok(Some(Radiation { anode, lines: vec![line], source, monochromator_two_theta_deg: 0.0 }));
    }
    if !matches!(intended, "K-Alpha" | "K-Alpha 1" | "K-Alpha1") {
        warnings.push(format!("intended wavelength \"{intended}\"; Kα1 and Kα2 of the file are used"));
    }
    Ok(alpha1.map(|alpha1| {
        let ratio = match (alpha2, ratio) {
            (Some(_), Some(ratio)) => ratio,
            (Some(_), None) => {
                warnings.push(format!("no ratio of Kα2 to Kα1 in the file; {} taken", Radiation::K_ALPHA_RATIO));
                Radiation::K_ALPHA_RATIO
            }
            (None, _) => 0.0,
        };
        Radiation::from_k_alpha(anode, alpha1, alpha2.unwrap_or(alpha1), ratio, WavelengthSource::File)
    }))
}

/// A wavelength in Å; zero stands for "not given".
fn wavelength(content: &Content, used: Node<'_, '_>, name: &str) -> Result<Option<f64>, FileError> {
    let Some(element) = xml::child(used, name) else { return Ok(None) };
    let value = xml::number(content, element)?;
    let angstrom = match element.attribute("unit") {
        None | Some("Angstrom") => value,
        Some("nm") => 10.0 * value,
        Some(unit) => return Err(content.error(xml::line(element), format!("unit \"{unit}\""), "Angstrom or nm")),
    };
    if angstrom == 0.0 {
        return Ok(None);
    }
    if !Radiation::WAVELENGTHS_ANGSTROM.contains(&angstrom) {
        let expected = format!("{:?} Å", Radiation::WAVELENGTHS_ANGSTROM);
        return Err(content.error(xml::line(element), format!("<{name}> = {angstrom}"), expected));
    }
    Ok(Some(angstrom))
}

fn ratio(content: &Content, element: Node<'_, '_>) -> Result<f64, FileError> {
    let value = xml::number(content, element)?;
    if (0.0..=1.0).contains(&value) {
        return Ok(value);
    }
    Err(content.error(xml::line(element), format!("Kα2/Kα1 = {value}"), "a ratio from 0 to 1"))
}

/// A perfect crystal in the incident beam passes Kα1 alone; any monochromator polarises.
fn monochromators(
    content: &Content,
    measurement: Node<'_, '_>,
    radiation: &mut Radiation,
    warnings: &mut Vec<String>,
) -> Result<(), FileError> {
    for beam in ["incidentBeamPath", "diffractedBeamPath"] {
        let path = [beam, "monochromator"];
        let Some(monochromator) = xml::descend(measurement, &path) else { continue };
        let name = monochromator.attribute("name").unwrap_or("without name");
        let crystal = xml::text_at(monochromator, &["crystal"]).unwrap_or("not stated");
        let spacing = spacing_angstrom(content, monochromator, crystal)?;
        match spacing.and_then(|d| radiation.two_theta_deg(d)) {
            Some(angle) => radiation.monochromator_two_theta_deg = angle,
            None => warnings.push(format!(
                "monochromator \"{name}\" of crystal \"{crystal}\": its Bragg angle is unknown, no polarisation taken"
            )),
        }
        if beam == "incidentBeamPath" && matches!(crystal, "Ge" | "Si") && radiation.lines.len() > 1 {
            warnings.push(format!("monochromator \"{name}\" in the incident beam: Kα1 alone is taken to pass"));
            radiation.lines.truncate(1);
        }
    }
    Ok(())
}

fn spacing_angstrom(content: &Content, monochromator: Node<'_, '_>, crystal: &str) -> Result<Option<f64>, FileError> {
    let index = |name: &str| xml::number_at(content, monochromator, &["hkl", name]);
    let (h, k, l) = (index("h")?, index("k")?, index("l")?);
    let order = match (h, k, l) {
        (Some(h), Some(k), Some(l)) if h != 0.0 || k != 0.0 || l != 0.0 => Some((h * h + k * k + l * l).sqrt()),
        _ => None,
    };
    Ok(match (crystal, order) {
        ("Ge", Some(order)) => Some(5.6575 / order),
        ("Si", Some(order)) => Some(5.4310 / order),
        ("C" | "Graphite", None) => Some(3.354),
        // The layers of graphite lie along c, whose (002) is 3.354 Å.
        ("C" | "Graphite", Some(_)) => l.filter(|l| *l != 0.0).map(|l| 2.0 * 3.354 / l),
        _ => None,
    })
}
