//! The text format of the phase files.
//!
//! A stanza begins with `phase ID`; each further line is a keyword and its value; `#` opens a comment line.
//!
//! ```text
//! phase    LiGe2P3O12
//! name     lithium germanium phosphate
//! formula  Li Ge2 P3 O12
//! mineral  (optional)
//! card     JCPDS 80-1922 (optional, repeated)
//! group    R -3 c | -R 3 2"c                    Hermann-Mauguin | Hall, of this very setting and origin
//! cell     8.275 8.275 20.47  90 90 120         angstrom and degrees; 8.275(2) where a sigma is published
//! units    6                                    formula units per cell
//! site     Ge1 Ge 0 0 0.14097 1 U 0.0032        label species x y z occupancy, then nothing, U or U11 U22 U33 U12 U13 U23
//! paper    authors, journal volume (year) page
//! data     AMCSD 16403 (repeated)
//! licence  terms of the source
//! model    why this is a model (optional)
//! note     remark (optional, repeated)
//! ```

use nom::bytes::complete::{tag, take_while1};
use nom::character::complete::{digit1, multispace0, space0, space1, u32 as whole};
use nom::combinator::{all_consuming, map_res, opt};
use nom::multi::many0;
use nom::number::complete::double;
use nom::sequence::{delimited, preceded};
use nom::{IResult, Parser};

use super::{Phase, PhaseSite, Published, PublishedDisplacement};
use crate::elements::Species;

/// Reads every stanza of a file.
///
/// # Errors
/// A sentence with line number and offending text.
pub(super) fn read(text: &'static str) -> Result<Vec<Phase>, String> {
    let mut phases: Vec<Phase> = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let (keyword, value) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
        let value = value.trim();
        if keyword == "phase" {
            phases.push(empty(value));
            continue;
        }
        phases
            .last_mut()
            .ok_or_else(|| "before the first phase".to_owned())
            .and_then(|phase| set(phase, keyword, value))
            .map_err(|message| format!("line {}: {keyword}: {message}", index + 1))?;
    }
    Ok(phases)
}

fn empty(id: &'static str) -> Phase {
    Phase {
        id,
        name: "",
        formula: "",
        mineral: None,
        cards: Vec::new(),
        hermann_mauguin: "",
        hall: "",
        cell: [Published { value: 0.0, sigma: None }; 6],
        formula_units: 0,
        sites: Vec::new(),
        citation: "",
        database_ids: Vec::new(),
        licence: "",
        model: None,
        notes: Vec::new(),
    }
}

fn set(phase: &mut Phase, keyword: &str, value: &'static str) -> Result<(), String> {
    let whole_value = |expected: &str| format!("\"{value}\", expected {expected}");
    match keyword {
        "name" => phase.name = value,
        "formula" => phase.formula = value,
        "mineral" => phase.mineral = Some(value),
        "card" => phase.cards.push(value),
        "group" => {
            let (hermann_mauguin, hall) = value.split_once('|').ok_or_else(|| whole_value("H-M | Hall"))?;
            (phase.hermann_mauguin, phase.hall) = (hermann_mauguin.trim(), hall.trim());
        }
        "cell" => {
            let (_, numbers) =
                all_consuming(many0(padded(published))).parse(value).map_err(|_| whole_value("six numbers"))?;
            phase.cell = numbers.try_into().map_err(|_| whole_value("six numbers"))?;
        }
        "units" => phase.formula_units = value.parse().map_err(|_| whole_value("a whole number"))?,
        "site" => {
            let (_, site) = all_consuming(site)
                .parse(value)
                .map_err(|_| whole_value("label species x y z occupancy [U | U11 U22 U33 U12 U13 U23]"))?;
            phase.sites.push(site);
        }
        "paper" => phase.citation = value,
        "data" => phase.database_ids.push(value),
        "licence" => phase.licence = value,
        "model" => phase.model = Some(value),
        "note" => phase.notes.push(value),
        _ => return Err("not a keyword of this format".into()),
    }
    Ok(())
}

fn padded<T>(
    inner: fn(&'static str) -> IResult<&'static str, T>,
) -> impl Parser<&'static str, Output = T, Error = nom::error::Error<&'static str>> {
    delimited(space0, inner, multispace0)
}

/// `8.275` or `8.275(2)`: the bracket counts in units of the last digit written.
fn published(input: &'static str) -> IResult<&'static str, Published> {
    let (rest, value) = double(input)?;
    let written = &input[..input.len() - rest.len()];
    let decimals = written.split_once('.').map_or(0, |(_, fraction)| fraction.len());
    let (rest, bracket) = opt(delimited(tag("("), digit1, tag(")"))).parse(rest)?;
    let sigma = bracket.and_then(|digits: &str| digits.parse::<f64>().ok()).map(|n| n / 10f64.powi(decimals as i32));
    Ok((rest, Published { value, sigma }))
}

fn word(input: &'static str) -> IResult<&'static str, &'static str> {
    take_while1(|c: char| !c.is_whitespace())(input)
}

/// A number, or a fraction such as 1/3.
fn coordinate(input: &'static str) -> IResult<&'static str, f64> {
    let (rest, value) = double(input)?;
    let (rest, divisor) = opt(preceded(tag("/"), whole)).parse(rest)?;
    Ok((rest, divisor.map_or(value, |divisor| value / f64::from(divisor))))
}

fn site(input: &'static str) -> IResult<&'static str, PhaseSite> {
    let (rest, (label, _, species, _)) =
        (word, space1, map_res(word, |text: &str| text.parse::<Species>()), space1).parse(input)?;
    let (rest, (x, y, z, occupancy)) =
        (padded(coordinate), padded(coordinate), padded(coordinate), padded(coordinate)).parse(rest)?;
    let (rest, u) = opt(preceded(tag("U"), many0(preceded(space1, double)))).parse(rest)?;
    let displacement = match u.as_deref() {
        None => PublishedDisplacement::Missing,
        Some([u]) => PublishedDisplacement::Isotropic(*u),
        Some(&[u11, u22, u33, u12, u13, u23]) => PublishedDisplacement::Anisotropic([u11, u22, u33, u12, u13, u23]),
        Some(_) => return Err(nom::Err::Failure(nom::error::Error::new(rest, nom::error::ErrorKind::Count))),
    };
    Ok((rest, PhaseSite { label, species, position: [x, y, z], occupancy, displacement }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stanza_in_every_detail() {
        let phases = read(
            "# comment\nphase X\nname x y\nformula Ge O2\ngroup P 1 | P 1\ncell 4.1(2) 5 6.25(13)  90 90 120\nunits 2\n\
             site Ge1 Ge4+ 1/3 -0.25 0 0.5 U 0.01\nsite O1 O 0 0 0 1 U 1 2 3 4 5 6\nsite O2 O 0 0 .5 1\nmodel why\n",
        )
        .unwrap();
        let phase = &phases[0];
        assert_eq!(phase.cell[2], Published { value: 6.25, sigma: Some(0.13) });
        assert_eq!(phase.cell[1].sigma, None);
        assert_eq!(phase.sites[0].position, [1.0 / 3.0, -0.25, 0.0]);
        assert_eq!(phase.sites[0].displacement, PublishedDisplacement::Isotropic(0.01));
        assert_eq!(phase.sites[1].displacement, PublishedDisplacement::Anisotropic([1.0, 2.0, 3.0, 4.0, 5.0, 6.0]));
        assert_eq!(phase.sites[2].displacement, PublishedDisplacement::Missing);
        assert_eq!(phase.model, Some("why"));
    }

    #[test]
    fn refusals_name_line_and_value() {
        for (text, line) in [
            ("name x", "line 1"),
            ("phase X\ncell 1 2 3", "line 2"),
            ("phase X\n\nsite A Xx 0 0 0 1", "line 3"),
            ("phase X\nsite A O 0 0 0 1 U 1 2", "line 2"),
            ("phase X\nweight 3", "line 2"),
        ] {
            assert!(read(text).unwrap_err().starts_with(line), "{text}");
        }
    }
}
