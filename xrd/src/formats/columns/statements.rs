//! What the header and the comments of a column text say in so many words.
//!
//! Recognised are lines `name = value` or `name: value` (also with a comma or tab, as spreadsheets write them), and
//! pairs `Name: "value"` within a line. A wavelength close to a tube's Kα1, or to the weighted mean of Kα1 and Kα2,
//! stands for that tube's Kα pair; any other is monochromatic. What a second statement contradicts is not used.

use doublet_common::container::Content;
use doublet_common::error::{FileError, Location};
use doublet_common::text::number::{DecimalMark, parse_number};
use doublet_common::text::table::Remark;
use doublet_common::{Measurement, SigmaSource};
use nom::bytes::complete::{take_till1, take_while};
use nom::character::complete::{char, one_of, space0};
use nom::sequence::delimited;
use nom::{IResult, Parser};

use super::super::header::{SAME_WAVELENGTH, anode_near, single_wavelength};
use super::plain_name;
use crate::error::Result;
use crate::radiation::{Anode, EmissionLine, Radiation, WavelengthSource};
use crate::scan::{IntensityUnit, Scan};

/// Longest name of a statement, in characters.
const MAX_NAME_CHARS: usize = 40;

/// Everything that the remarks of a table state.
#[derive(Debug, Default)]
pub(super) struct Statements {
    pub(super) radiation: Option<Radiation>,
    pub(super) counting_time_s: Option<f64>,
    pub(super) goniometer_radius_mm: Option<f64>,
    pub(super) title: Option<String>,
    pub(super) unit: Option<IntensityUnit>,
    pub(super) metadata: Vec<(String, String)>,
    sigma_source: Option<SigmaSource>,
    wavelengths: Wavelengths,
}

/// What is said of wavelengths, before it is put together.
#[derive(Debug, Default)]
struct Wavelengths {
    anode: Option<Anode>,
    only: Option<f64>,
    alpha1: Option<f64>,
    alpha2: Option<f64>,
    ratio: Option<f64>,
    lines: Vec<EmissionLine>,
    monochromator_two_theta_deg: f64,
    contradicted: bool,
}

impl Statements {
    /// Reads the remarks in order.
    ///
    /// # Errors
    /// The line and the value of a wavelength or time that is stated in so many words but impossible.
    pub(super) fn of(content: &Content, remarks: &[Remark], warnings: &mut Vec<String>) -> Result<Self, FileError> {
        let mut statements = Self::default();
        for remark in remarks {
            let pairs = pairs(&remark.text);
            if pairs.is_empty() {
                statements.metadata.push((Scan::COMMENT.to_string(), remark.text.clone()));
            }
            for (name, value) in pairs {
                statements.take(content, remark.line, name, value)?;
                statements.metadata.push((name.to_string(), value.to_string()));
            }
        }
        statements.radiation = std::mem::take(&mut statements.wavelengths).radiation(warnings);
        Ok(statements)
    }

    /// Whether the file says in so many words that it holds σ.
    pub(super) fn states_sigma(&self) -> bool {
        self.sigma_source.is_some()
    }

    /// The data with the σ source that the file states, where σ agrees with it.
    ///
    /// # Errors
    /// Never in practice: the data were already checked.
    pub(super) fn with_sigma_source(&self, data: Measurement) -> Result<Measurement> {
        match self.sigma_source {
            Some(source) if data.sigma_source() == SigmaSource::File => {
                Ok(Measurement::new(data.x().clone(), data.y().clone(), data.sigma().clone(), source)?)
            }
            _ => Ok(data),
        }
    }

    fn take(&mut self, content: &Content, line: usize, name: &str, value: &str) -> Result<(), FileError> {
        let bad = |expected: &str| Err(content.error(Location::Line(line), format!("{name} = \"{value}\""), expected));
        let number = leading_number(value);
        let positive = |expected: &str| match number {
            Some(number) if number > 0.0 => Ok(number),
            _ => bad(expected).map(|()| 0.0),
        };
        let waves = &mut self.wavelengths;
        match plain_name(strip_unit(name)).as_str() {
            "wavelength" | "lambda" | "wavelengthlambda" | "lambdawavelength" => {
                waves.only = waves.single(waves.only, number, name, value);
            }
            "kalpha1wavelength" | "wavelengthkalpha1" | "kalpha1" | "ka1" | "kα1" | "wavelength1" | "alpha1" => {
                waves.alpha1 = waves.single(waves.alpha1, number, name, value);
            }
            "kalpha2wavelength" | "wavelengthkalpha2" | "kalpha2" | "ka2" | "kα2" | "wavelength2" | "alpha2" => {
                waves.alpha2 = waves.single(waves.alpha2, number, name, value);
            }
            "ratiokalpha2kalpha1" | "kalpha2kalpha1ratio" | "kalpha2kalpha1" => {
                waves.ratio = number.filter(|ratio| (0.0..=1.0).contains(ratio));
            }
            "anode" | "anodematerial" | "tubeanode" | "target" => {
                waves.anode = value.trim_matches(['"', '\'']).parse().ok();
            }
            "emissionline" => match emission_line(value) {
                Some(emission) => waves.lines.push(emission),
                None => return bad("a label, a wavelength in Å and an intensity"),
            },
            "monochromator" => match number.filter(|angle| (0.0..180.0).contains(angle)) {
                Some(angle) => waves.monochromator_two_theta_deg = angle,
                None => return bad("a Bragg angle 2θ in degrees"),
            },
            "countingtimeperstep" | "timeperstep" | "countingtime" | "steptime" | "scansteptime" => {
                self.counting_time_s = Some(positive("seconds above zero")?);
            }
            "goniometerradius" => self.goniometer_radius_mm = Some(positive("millimetres above zero")?),
            "title" | "sample" | "samplename" => self.title = Some(value.to_string()),
            "intensityunit" => self.unit = from_name(value),
            "sigmasource" => self.sigma_source = from_name(value),
            _ => {}
        }
        Ok(())
    }
}

/// The variant that `serde` writes as this name.
fn from_name<T: serde::de::DeserializeOwned>(name: &str) -> Option<T> {
    use serde::de::IntoDeserializer;
    let deserializer: serde::de::value::StrDeserializer<'_, serde::de::value::Error> = name.into_deserializer();
    T::deserialize(deserializer).ok()
}

impl Wavelengths {
    /// A wavelength in Å from a value such as `1.5406`, `1.5406 Å`, `0.15406 nm`; contradictions are noted.
    fn single(&mut self, before: Option<f64>, number: Option<f64>, name: &str, value: &str) -> Option<f64> {
        let unit = format!("{name} {value}").to_lowercase();
        let nanometre = unit.split(|c: char| !c.is_alphanumeric()).any(|word| word == "nm");
        let angstrom = number.map(|number| if nanometre { 10.0 * number } else { number });
        let angstrom = angstrom.filter(|angstrom| Radiation::WAVELENGTHS_ANGSTROM.contains(angstrom));
        if let (Some(before), Some(angstrom)) = (before, angstrom) {
            self.contradicted |= (before - angstrom).abs() > SAME_WAVELENGTH * before;
        }
        angstrom.or(before)
    }

    fn radiation(self, warnings: &mut Vec<String>) -> Option<Radiation> {
        if self.contradicted {
            warnings.push("the header states different wavelengths; none is used".into());
            return None;
        }
        let mut radiation = if self.lines.is_empty() { self.pair_or_single(warnings)? } else { self.exact_lines() };
        radiation.monochromator_two_theta_deg = self.monochromator_two_theta_deg;
        Some(radiation)
    }

    fn exact_lines(&self) -> Radiation {
        let (anode, lines, source) = (self.anode, self.lines.clone(), WavelengthSource::File);
        Radiation { anode, lines, source, monochromator_two_theta_deg: 0.0 }
    }

    fn pair_or_single(&self, warnings: &mut Vec<String>) -> Option<Radiation> {
        let source = WavelengthSource::File;
        if let Some(alpha1) = self.alpha1 {
            let ratio = if self.alpha2.is_some() { self.ratio.unwrap_or(Radiation::K_ALPHA_RATIO) } else { 0.0 };
            if self.alpha2.is_some() && self.ratio.is_none() {
                warnings.push(format!("no ratio of Kα2 to Kα1 in the header; {ratio} taken"));
            }
            let anode = self.anode.or_else(|| anode_near(alpha1, |anode| anode.k_alpha_angstrom().0));
            return Some(Radiation::from_k_alpha(anode, alpha1, self.alpha2.unwrap_or(alpha1), ratio, source));
        }
        match (self.only, self.anode) {
            (Some(only), anode) => Some(single_wavelength(only, anode, warnings)),
            (None, Some(anode)) => {
                warnings.push(format!("the header names the anode {anode:?} only; wavelengths from NIST SRD 128"));
                Some(Radiation { source, ..Radiation::k_alpha(anode) })
            }
            (None, None) => None,
        }
    }
}

/// `Kα1 1.5405980 1`: label, wavelength, intensity.
fn emission_line(value: &str) -> Option<EmissionLine> {
    let words: Vec<&str> = value.split_whitespace().collect();
    let [label, wavelength, intensity] = words[..] else { return None };
    let wavelength_angstrom = parse_number(wavelength, DecimalMark::Point).ok()?;
    let relative_intensity = parse_number(intensity, DecimalMark::Point).ok()?;
    let sound =
        Radiation::WAVELENGTHS_ANGSTROM.contains(&wavelength_angstrom) && (0.0..=1.0).contains(&relative_intensity);
    sound.then(|| EmissionLine { label: label.to_string(), wavelength_angstrom, relative_intensity })
}

/// The number that a value begins with, whatever unit follows.
fn leading_number(value: &str) -> Option<f64> {
    let token = value.trim().trim_matches('"').split(|c: char| c.is_whitespace() || c == 'Å').next()?;
    let token = token.trim_end_matches([',', ';']);
    let mark = if token.contains(',') { DecimalMark::Comma } else { DecimalMark::Point };
    parse_number(token, mark).ok()
}

/// `Wavelength (Å)`, `wavelength [A]` without the unit.
fn strip_unit(name: &str) -> &str {
    name.split(['(', '[']).next().unwrap_or(name).trim()
}

/// Statements of one line: quoted pairs if there are any, else the line as one pair.
fn pairs(line: &str) -> Vec<(&str, &str)> {
    let mut quoted = Vec::new();
    let mut rest = line;
    while let Ok((after, pair)) = quoted_pair(rest) {
        quoted.push(pair);
        rest = after;
    }
    if !quoted.is_empty() {
        return quoted.into_iter().filter(|(_, value)| !value.is_empty()).collect();
    }
    match pair(line) {
        Ok((_, (name, value))) if !value.is_empty() && name.chars().count() <= MAX_NAME_CHARS => vec![(name, value)],
        _ => Vec::new(),
    }
}

/// `Name: "value"`
fn quoted_pair(input: &str) -> IResult<&str, (&str, &str)> {
    let name = take_till1(|c| c == ':' || c == '"');
    let value = delimited(char('"'), take_while(|c| c != '"'), char('"'));
    let (rest, (_, name, _, _, value)) = (space0, name, char(':'), space0, value).parse(input)?;
    Ok((rest, (name.trim(), value.trim())))
}

/// `name = value`, `name: value`, `name,value`
fn pair(input: &str) -> IResult<&str, (&str, &str)> {
    let separator = |c| matches!(c, '=' | ':' | ',' | '\t' | ';');
    let (value, (name, _)) = (take_till1(separator), one_of("=:,;\t")).parse(input)?;
    Ok(("", (name.trim().trim_matches('"'), value.trim().trim_matches('"'))))
}
