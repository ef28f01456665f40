//! What CasaXPS writes into the comments of a VAMAS file: calibrations, quantification regions, components.
//!
//! Energies in these lines are kinetic, `hν − BE`, on the calibrated scale. Layout as found in files of versions 2.3.22 to
//! 2.3.26: `Casa Info Follows`, then four counted lists (calibrations, annotations, regions, components), then the
//! comment of the instrument.

use nom::branch::alt;
use nom::bytes::complete::{tag, take_until};
use nom::character::complete::{char, multispace0, multispace1};
use nom::combinator::{map, map_res, opt, rest};
use nom::multi::count;
use nom::number::complete::recognize_float;
use nom::sequence::{delimited, preceded};
use nom::{IResult, Parser};

use crate::foreign_fit::{ForeignCalibration, ForeignComponent, ForeignFit, ForeignParameter, ForeignRegion};

/// First line of a comment that CasaXPS has written, with its version in the header's comment.
const MARK: &str = "Casa Info Follows";

/// Version of CasaXPS in the header's comment.
pub(super) fn program(header_comment: &[String]) -> Option<String> {
    let line = header_comment.iter().find_map(|line| line.trim().strip_prefix(MARK))?;
    let version = line.trim().trim_start_matches("CasaXPS").trim().trim_start_matches("Version").trim();
    Some(if version.is_empty() { "CasaXPS".into() } else { format!("CasaXPS {version}") })
}

/// The fit in a block's comment, and what could not be understood of it; none if CasaXPS has not written there.
pub(super) fn read(comment: &[String], program: &str) -> Option<(ForeignFit, Vec<String>)> {
    if comment.first().is_none_or(|line| line.trim() != MARK) {
        return None;
    }
    let mut fit = ForeignFit { program: program.to_owned(), ..ForeignFit::default() };
    let mut warnings = Vec::new();
    for line in comment.iter().skip(1).map(|line| line.trim()) {
        let understood = if line.starts_with("Calib ") {
            calibration(line).map(|(_, found)| fit.calibrations.push(found)).is_ok()
        } else if line.starts_with("CASA region ") {
            region(line).map(|(_, found)| fit.regions.push(found)).is_ok()
        } else if line.starts_with("CASA comp ") {
            component(line).map(|(_, found)| fit.components.push(found)).is_ok()
        } else {
            continue;
        };
        fit.raw.push(line.to_owned());
        if !understood {
            let quoted: String = line.chars().take(60).collect();
            warnings.push(format!("CasaXPS line not understood, kept as text: \"{quoted}\""));
        }
    }
    check_counts(comment, &fit, &mut warnings);
    fit.energy_shift_ev =
        fit.calibrations.iter().fold(0.0, |sum, c| if c.adds { sum } else { 0.0 } + c.assigned_ev - c.measured_ev);
    Some((fit, warnings))
}

/// The line before each list says how long it is.
fn check_counts(comment: &[String], fit: &ForeignFit, warnings: &mut Vec<String>) {
    for (start, found) in
        [("Calib ", fit.calibrations.len()), ("CASA region ", fit.regions.len()), ("CASA comp ", fit.components.len())]
    {
        let Some(at) = comment.iter().position(|line| line.trim().starts_with(start)) else { continue };
        let declared = at.checked_sub(1).and_then(|i| comment[i].trim().parse::<usize>().ok());
        if declared != Some(found) {
            let declared = declared.map_or("no number".into(), |n| n.to_string());
            warnings.push(format!("CasaXPS declares {declared} of \"{}\", found {found}", start.trim()));
        }
    }
}

/// `Calib M = 281.1700 A = 284.8 BE ADD`
fn calibration(line: &str) -> IResult<&str, ForeignCalibration> {
    let (line, measured) = preceded((tag("Calib"), multispace1, tag("M"), equals), number).parse(line)?;
    let (line, assigned) = preceded((multispace1, tag("A"), equals), number).parse(line)?;
    let (line, scale) = preceded(multispace1, alt((tag("BE"), tag("KE")))).parse(line)?;
    let (line, added) = opt(preceded(multispace1, tag("ADD"))).parse(line)?;
    // A kinetic-energy correction moves binding energies the other way.
    let (measured_ev, assigned_ev) = if scale == "KE" { (assigned, measured) } else { (measured, assigned) };
    Ok((line, ForeignCalibration { measured_ev, assigned_ev, adds: added.is_some() }))
}

/// `CASA region (*name*) (*background*) start end RSF average start-offset end-offset B C D T0 (*tag*) mass ? RSF`
fn region(line: &str) -> IResult<&str, ForeignRegion> {
    let (line, name) = preceded((tag("CASA region"), multispace1), quoted).parse(line)?;
    let (line, background) = preceded(multispace1, quoted).parse(line)?;
    let (line, n) = count(preceded(multispace1, number), 10).parse(line)?;
    let (line, tag) = preceded(multispace1, quoted).parse(line)?;
    let (line, _) = rest(line)?;
    Ok((
        line,
        ForeignRegion {
            name,
            background,
            stored_limits_ev: [n[0], n[1]],
            binding_energy_ev: None,
            rsf: n[2],
            averaging: n[3],
            end_offsets: [n[4], n[5]],
            cross_section: [n[6], n[7], n[8], n[9]],
            tag,
        },
    ))
}

/// `CASA comp (*name*) (*shape*) Area … MFWHM … Position … RSF r MASS m INDEX i (*tag*) …`, five numbers each:
/// value, lower, upper, component it is tied to (−1 for none), factor or offset of the tie.
fn component(line: &str) -> IResult<&str, ForeignComponent> {
    let (line, name) = preceded((tag("CASA comp"), multispace1), quoted).parse(line)?;
    let (line, line_shape) = preceded(multispace1, quoted).parse(line)?;
    let (line, area) = parameter("Area").parse(line)?;
    let (line, fwhm_ev) = alt((parameter("MFWHM"), parameter("FWHM"))).parse(line)?;
    let (line, stored_position_ev) = parameter("Position").parse(line)?;
    let (line, rsf) = named("RSF").parse(line)?;
    let (line, mass) = named("MASS").parse(line)?;
    let (line, _) = named("INDEX").parse(line)?;
    let (line, tag) = preceded(multispace1, quoted).parse(line)?;
    let (line, _) = rest(line)?;
    let component = ForeignComponent {
        name,
        line_shape,
        area,
        fwhm_ev,
        stored_position_ev,
        binding_energy_ev: None,
        rsf,
        mass,
        tag,
    };
    Ok((line, component))
}

fn parameter<'a>(
    name: &'static str,
) -> impl Parser<&'a str, Output = ForeignParameter, Error = nom::error::Error<&'a str>> {
    map(preceded((multispace1, tag(name)), count(preceded(multispace1, number), 5)), |n| ForeignParameter {
        value: n[0],
        lower: n[1],
        upper: n[2],
        tied_to: (n[3] >= 0.0).then_some(n[3] as usize),
        tie: n[4],
    })
}

fn named<'a>(name: &'static str) -> impl Parser<&'a str, Output = f64, Error = nom::error::Error<&'a str>> {
    preceded((multispace1, tag(name), multispace1), number)
}

fn quoted(text: &str) -> IResult<&str, String> {
    map(delimited(tag("(*"), take_until("*)"), tag("*)")), str::to_owned).parse(text)
}

fn number(text: &str) -> IResult<&str, f64> {
    map_res(recognize_float, |digits: &str| match digits.parse::<f64>() {
        Ok(value) if value.is_finite() => Ok(value),
        _ => Err("no finite number"),
    })
    .parse(text)
}

fn equals(text: &str) -> IResult<&str, char> {
    delimited(multispace0, char('='), multispace0).parse(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<String> {
        text.lines().map(str::to_owned).collect()
    }

    #[test]
    fn version_from_the_header() {
        let comment = lines("Casa Info Follows CasaXPS Version 2.3.22PR1.0\n0");
        assert_eq!(program(&comment).as_deref(), Some("CasaXPS 2.3.22PR1.0"));
        assert_eq!(program(&lines("x")), None);
    }

    #[test]
    fn every_list_is_read() {
        let comment = lines(
            "Casa Info Follows\n2\nCalib M = 281.1700 A = 284.8 BE ADD\nCalib M = 284.9 A = 284.8 BE ADD\n0\n1\n\
             CASA region (*C 1s*) (*U 2 Tougaard*) 1193.9028 1205.0344 0.278 2 0 0 786.7 -450 0 0 (*C 1s*) 12.011 0 0.278\n\
             1\n\
             CASA comp (*Mo 3d MoS2 2H*) (*LA(1.53,243)*) Area 153.57981 1e-020 2327991 0 0.66666667 MFWHM 0.76493355 \
             0.65389948 1.2538995 -1 1 Position 1254.08 0 0 0 -3.14 RSF 10.804667 MASS 95.9219 INDEX -1 (*Mo 3d*) CONST \
             (**) UNCORRECTEDRSF 9.5\nAnything else",
        );
        let (mut fit, warnings) = read(&comment, "CasaXPS").unwrap();
        fit.resolve_binding_energies(1486.69);
        assert!(warnings.is_empty(), "{warnings:?}");
        assert!((fit.energy_shift_ev - 3.53).abs() < 1e-9);
        let region = &fit.regions[0];
        assert_eq!((region.background.as_str(), region.rsf, region.averaging), ("U 2 Tougaard", 0.278, 2.0));
        let [low, high] = region.binding_energy_ev.unwrap();
        assert!((low - 281.6556).abs() < 1e-9 && (high - 292.7872).abs() < 1e-9);
        let component = &fit.components[0];
        assert_eq!(component.line_shape, "LA(1.53,243)");
        assert_eq!((component.area.tied_to, component.area.tie), (Some(0), 0.66666667));
        assert_eq!((component.fwhm_ev.tied_to, component.fwhm_ev.upper), (None, 1.2538995));
        assert!((component.binding_energy_ev.unwrap() - 232.61).abs() < 1e-9);
        assert_eq!(fit.raw.len(), 4);
    }

    #[test]
    fn damage_is_said_and_kept() {
        let comment = lines("Casa Info Follows\n3\nCalib M = x\nCASA comp (*a*) (*b*) Area 1 2");
        let (fit, warnings) = read(&comment, "CasaXPS").unwrap();
        assert_eq!((fit.raw.len(), fit.components.len()), (2, 0));
        assert!(warnings.iter().any(|w| w.contains("not understood")), "{warnings:?}");
        assert!(warnings.iter().any(|w| w.contains("declares 3")), "{warnings:?}");
        assert!(read(&lines("Other"), "CasaXPS").is_none());
    }
}
