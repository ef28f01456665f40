//! Atom sites of a CIF: coordinates, elements by type symbol or by label, occupancies.

use doublet_common::FileError;
use doublet_reference_patterns::elements::{Species, by_symbol};
use nom::character::complete::{alpha1, multispace0};
use nom::combinator::{all_consuming, opt};
use nom::multi::many1;
use nom::number::complete::double;
use nom::sequence::terminated;
use nom::{IResult, Parser};

use super::Reader;
use super::displacement::IsotropicColumns;
use crate::cif::Value;
use crate::structure::{CrystalStructure, Displacement, MAX_SITES, Site, UnitCell};

/// Largest coordinate that is taken for a fraction of a cell edge.
const MAX_COORDINATE: f64 = 10.0;
/// Heaviest element that a label can mean: NH4 is no nihonium.
const MAX_LABELLED_NUMBER: u8 = 98;
/// Largest occupancy that rounding and constraints explain.
const MAX_OCCUPANCY: f64 = 1.5;

impl<'a> Reader<'a, '_> {
    pub(super) fn sites(&self, cell: &UnitCell, warnings: &mut Vec<String>) -> Result<Vec<Site>, FileError> {
        let Some(table) = self.block.table(&super::ATOM_COLUMNS) else { return Ok(Vec::new()) };
        let required = |tag: &str| {
            table
                .column(&[tag])
                .ok_or_else(|| self.refuse(table.line, format!("no {tag}"), "three fractional coordinates"))
        };
        let axes = [required("_atom_site_fract_x")?, required("_atom_site_fract_y")?, required("_atom_site_fract_z")?];
        let label = table.column(&["_atom_site_label"]);
        let symbol = table.column(&["_atom_site_type_symbol"]);
        let occupancy = table.column(&["_atom_site_occupancy"]);
        let flag = table.column(&["_atom_site_calc_flag"]);
        let disorder = table.column(&["_atom_site_disorder_group", "_atom_site_disorder_assembly"]);
        let isotropic = IsotropicColumns::of(table);
        let tensors = self.anisotropic(warnings)?;
        let formula = self.block.text(&["_chemical_formula_sum"]).and_then(composition).unwrap_or_default();

        let mut sites: Vec<Site> = Vec::new();
        let mut disordered = false;
        for row in table.rows() {
            let text = |column: Option<usize>| column.and_then(|i| row.get(i)).and_then(Value::given);
            let Some(first) = row.first() else { continue };
            let name = text(label).or(text(symbol)).unwrap_or("unnamed");
            if text(flag).is_some_and(|flag| flag.eq_ignore_ascii_case("dum")) {
                continue;
            }
            disordered |= text(disorder).is_some();
            let Some(position) = self.position(row, axes)? else {
                warnings.push(format!("site {name}: no coordinates, left out"));
                continue;
            };
            let Some(occupancy) = self.occupancy(row, occupancy, name, warnings)? else { continue };
            let species = self.species(text(symbol), name, &formula, first.line, warnings)?;
            let displacement = match tensors.get(name) {
                Some(tensor) => Displacement::Anisotropic { u_angstrom2: *tensor },
                None => self.isotropic(&isotropic, row, name, warnings)?,
            };
            if sites.len() >= MAX_SITES {
                return Err(self.refuse(first.line, name, format!("at most {MAX_SITES} atom sites")));
            }
            sites.push(Site { label: name.to_owned(), species, position, occupancy, displacement, multiplicity: 1 });
        }
        if disordered {
            warnings.push("the file marks disorder groups: occupancies are used as written".into());
        }
        if sites.is_empty() {
            return Err(self
                .refuse(table.line, "no atom with coordinates", "at least one atom in a cell of volume")
                .with_advice(format!("cell volume {:.1} Å³", cell.volume_angstrom3())));
        }
        Ok(sites)
    }

    fn position(&self, row: &[Value<'a>], axes: [usize; 3]) -> Result<Option<[f64; 3]>, FileError> {
        let mut position = [0.0; 3];
        for (coordinate, column) in position.iter_mut().zip(axes) {
            let Some(value) = row.get(column).filter(|value| value.given().is_some()) else { return Ok(None) };
            *coordinate = self.number(*value)?.value;
            if coordinate.abs() > MAX_COORDINATE {
                let expected = format!("a fractional coordinate within ±{MAX_COORDINATE}");
                return Err(self
                    .refuse(value.line, value.text, expected)
                    .with_advice("coordinates in Å are not fractions"));
            }
        }
        Ok(Some(position))
    }

    /// Occupancy of a row; none if the site is empty.
    fn occupancy(
        &self,
        row: &[Value<'a>],
        column: Option<usize>,
        name: &str,
        warnings: &mut Vec<String>,
    ) -> Result<Option<f64>, FileError> {
        let Some(value) = column.and_then(|i| row.get(i)).filter(|value| value.given().is_some()) else {
            return Ok(Some(1.0));
        };
        let occupancy = self.number(*value)?.value;
        if !(0.0..=MAX_OCCUPANCY).contains(&occupancy) {
            return Err(self.refuse(value.line, value.text, "an occupancy from 0 to 1"));
        }
        if occupancy == 0.0 {
            warnings.push(format!("site {name}: occupancy 0, left out"));
            return Ok(None);
        }
        if occupancy > 1.0 {
            warnings.push(format!("site {name}: occupancy {occupancy} is more than 1"));
        }
        Ok(Some(occupancy))
    }

    /// Species from the type symbol, else from the label.
    fn species(
        &self,
        symbol: Option<&str>,
        label: &str,
        formula: &[(String, f64)],
        line: usize,
        warnings: &mut Vec<String>,
    ) -> Result<Species, FileError> {
        if let Some(species) = symbol.and_then(|symbol| symbol.parse().ok()) {
            return Ok(species);
        }
        let text = symbol.unwrap_or(label);
        let found = element_of(text, formula);
        if let Some((species, Some(doubt))) = found {
            warnings.push(format!("site {label}: {doubt}"));
            return Ok(species);
        }
        found.map(|(species, _)| species).ok_or_else(|| {
            self.refuse(line, text, "an element symbol at the head of the atom's type or label")
                .with_advice("name the element in _atom_site_type_symbol")
        })
    }
}

/// Element at the head of a label such as `Ge1`, `O2A`, `CA1`, `Wat`, with a doubt where the label is ambiguous.
fn element_of(label: &str, formula: &[(String, f64)]) -> Option<(Species, Option<String>)> {
    let letters: String = label.chars().take_while(char::is_ascii_alphabetic).collect();
    let neutral = |symbol: &str| symbol.parse::<Species>().ok();
    let listed = |symbol: &str| formula.iter().any(|(element, _)| element.eq_ignore_ascii_case(symbol));
    // Oxygen of water and of hydroxyl groups, as mineralogical databases label it.
    let water = letters.starts_with('W') && listed("O") && !listed("W");
    if water || ["WAT", "OH", "OW"].contains(&letters.to_ascii_uppercase().as_str()) {
        return neutral("O")
            .map(|oxygen| (oxygen, Some(format!("{letters} taken as oxygen, its hydrogen is missing"))));
    }
    let known = |symbol: &&str| by_symbol(symbol).is_some_and(|element| element.number <= MAX_LABELLED_NUMBER);
    let two = letters.get(..2).filter(known);
    let one = letters.get(..1).filter(known);
    match (two, one) {
        (Some(two), Some(one)) => {
            let proper = two.ends_with(|c: char| c.is_ascii_lowercase());
            match (listed(two), listed(one)) {
                (true, false) => Some((neutral(two)?, None)),
                (false, true) => Some((neutral(one)?, None)),
                _ if proper => Some((neutral(two)?, None)),
                _ => Some((neutral(two)?, Some(format!("{letters} taken as {two}, not {one}")))),
            }
        }
        (Some(two), None) => Some((neutral(two)?, None)),
        (None, Some(one)) => Some((neutral(one)?, None)),
        (None, None) => None,
    }
}

/// `Li Ge2 P3 O12` as elements with counts; none if the text is no such formula. Brackets around elements that share a
/// site, `(Mg.7 Fe.3) O`, mean nothing; brackets with a factor are not read.
fn composition(text: &str) -> Option<Vec<(String, f64)>> {
    let factor = |after: &str| after.starts_with(|c: char| c.is_ascii_digit() || c == '.');
    if text.split(')').skip(1).any(factor) {
        return None;
    }
    let text = text.replace(['(', ')'], " ");
    let element =
        |input| -> IResult<&str, (&str, Option<f64>)> { terminated((alpha1, opt(double)), multispace0).parse(input) };
    let (_, parts) = all_consuming(many1(element)).parse(text.trim()).ok()?;
    parts
        .into_iter()
        .map(|(symbol, count)| by_symbol(symbol).map(|_| (symbol.to_owned(), count.unwrap_or(1.0))))
        .collect()
}

/// What the stated formula says against the structure's composition.
pub(super) fn formula_doubt(stated: &str, structure: &CrystalStructure) -> Option<String> {
    let stated_parts = composition(stated)?;
    let total: f64 = stated_parts.iter().map(|(_, count)| count).sum();
    let counts = structure.composition();
    let found: f64 = counts.iter().map(|(_, count)| count).sum();
    let share = |symbol: &str| {
        counts.iter().filter(|(own, _)| own.eq_ignore_ascii_case(symbol)).map(|(_, count)| count / found).sum::<f64>()
    };
    let missing: f64 = counts
        .iter()
        .filter(|(own, _)| !stated_parts.iter().any(|(symbol, _)| symbol.eq_ignore_ascii_case(own)))
        .map(|(_, count)| count / found)
        .sum();
    let largest =
        stated_parts.iter().map(|(symbol, count)| (share(symbol) - count / total).abs()).fold(missing, f64::max);
    (largest > 0.02)
        .then(|| format!("the sites hold {}, the file's formula is {}", structure.formula, super::one_line(stated)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_with_and_without_brackets() {
        let counts = composition("(Mg.7 Fe0.3)2 O");
        assert_eq!(counts, None);
        let counts = composition("(Mg.7 Fe0.3) O").unwrap();
        assert_eq!(counts, [("Mg".into(), 0.7), ("Fe".into(), 0.3), ("O".into(), 1.0)]);
    }

    #[test]
    fn elements_of_labels() {
        let formula = composition("Ca Si O3").unwrap();
        let element = |label: &str, formula: &[(String, f64)]| element_of(label, formula).map(|(s, _)| s.to_string());
        for (label, expected) in [("SI1", "Si"), ("CA1", "Ca"), ("O2A", "O"), ("OSi", "O"), ("Wat1", "O"), ("D1", "D")]
        {
            assert_eq!(element(label, &formula).as_deref(), Some(expected), "{label}");
        }
        assert_eq!(element("Co1", &[]).as_deref(), Some("Co"));
        assert!(element_of("CO1", &[]).unwrap().1.is_some());
        assert_eq!(element("NH4", &[]).as_deref(), Some("N"));
        assert_eq!(element("W1", &formula).as_deref(), Some("O"));
        assert_eq!(element("W1", &[]).as_deref(), Some("W"));
        assert_eq!(element("M1", &[]), None);
        assert_eq!(element("1", &[]), None);
    }
}
