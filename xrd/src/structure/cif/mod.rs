//! Crystal structures from CIF files of any origin: databases, refinement programs, journals.
//!
//! Dictionary: core CIF, *International Tables for Crystallography* G (2005), 4.1. What the file leaves open is decided in
//! the open: every assumption stands in the structure's warnings.

mod atoms;
mod displacement;

mod space_group;

use std::path::Path;

use doublet_common::container::Content;
use doublet_common::{FileError, Location};

use crate::cif::{self, Block, Number, Value, number};

use super::{CrystalStructure, Draft, StructureSource, UnitCell};
use crate::error::{Error, Result};

const ATOM_COLUMNS: [&str; 1] = ["_atom_site_fract_x"];

/// Reads the crystal structure of a CIF file, packed or not.
///
/// # Errors
/// File, line, offending value and what was expected: unreadable text, broken syntax, no atoms, no or an impossible cell,
/// an unknown space group or element, a coordinate that is no number, more of anything than the caps allow.
pub fn read_path(path: &Path) -> Result<CrystalStructure> {
    read(&Content::from_path(path)?)
}

/// As [`read_path`], from a file in memory.
///
/// # Errors
/// As [`read_path`].
pub fn read(content: &Content) -> Result<CrystalStructure> {
    let file = content.shown_name();
    if content.bytes().len() > cif::MAX_BYTES {
        let found = format!("{} bytes", content.bytes().len());
        return Err(
            FileError::new(file, Location::Whole, found, format!("at most {} bytes in a CIF", cif::MAX_BYTES)).into()
        );
    }
    let decoded = content.text()?;
    let text = cif::unix_lines(&decoded.content);
    let blocks = cif::read(file, &text)?;
    let reader = Reader { file, block: block_with_atoms(file, &blocks)? };
    let mut warnings = decoded.warnings.clone();
    let others = blocks.iter().filter(|block| block.table(&ATOM_COLUMNS).is_some()).count();
    if others > 1 {
        warnings.push(format!("{others} data blocks hold atoms: the first, data_{}, is used", reader.block.name));
    }
    let draft = reader.draft(content.file_name(), warnings)?;
    let structure = CrystalStructure::from_draft(draft).map_err(|error| reader.in_block(error))?;
    Ok(reader.compared(structure))
}

fn block_with_atoms<'b, 'a>(file: &str, blocks: &'b [Block<'a>]) -> std::result::Result<&'b Block<'a>, FileError> {
    let holds_atoms = |block: &&Block<'a>| block.table(&ATOM_COLUMNS).is_some_and(|table| !table.values.is_empty());
    blocks.iter().find(holds_atoms).ok_or_else(|| {
        let found = match blocks {
            [] => "no data block".to_owned(),
            [block] => format!("a data block without atoms, data_{}", block.name),
            _ => format!("{} data blocks without atoms", blocks.len()),
        };
        FileError::new(file, Location::Whole, found, "a loop of _atom_site_fract_x, _y, _z")
            .with_advice("give the CIF of the crystal structure, not of the measurement or of one molecule")
    })
}

/// One file and its block with atoms.
struct Reader<'a, 'b> {
    file: &'b str,
    block: &'b Block<'a>,
}

impl<'a> Reader<'a, '_> {
    fn refuse(&self, line: usize, found: impl AsRef<str>, expected: impl Into<String>) -> FileError {
        FileError::new(self.file, Location::Line(line), found, expected)
    }

    /// A structure that cannot be, as an error of this file.
    fn in_block(&self, error: Error) -> Error {
        let Error::Structure { message, .. } = error else { return error };
        let (found, expected) = message.split_once(", expected ").unwrap_or((&message, "a crystal structure"));
        FileError::new(self.file, Location::Part(format!("data_{}", self.block.name)), found, expected).into()
    }

    /// The number of a given value.
    fn number(&self, value: Value<'a>) -> std::result::Result<Number, FileError> {
        number(value.given().unwrap_or_default()).map_err(|expected| self.refuse(value.line, value.text, expected))
    }

    fn draft(&self, file_name: &str, mut warnings: Vec<String>) -> std::result::Result<Draft, FileError> {
        let (cell, cell_sigma) = self.cell(&mut warnings)?;
        let sites = self.sites(&cell, &mut warnings)?;
        let (space_group, operations) = self.symmetry(&cell, &sites, &mut warnings)?;
        let stem = file_name.strip_suffix(".gz").unwrap_or(file_name);
        let stem = stem.rsplit_once('.').map_or(stem, |(stem, _)| stem);
        let model = self.block.name.to_ascii_lowercase().contains("model");
        Ok(Draft {
            id: stem.to_owned(),
            name: self.name(stem),
            cards: Vec::new(),
            formula: None,
            space_group,
            cell,
            cell_sigma,
            operations,
            sites,
            source: StructureSource::Cif {
                file: file_name.to_owned(),
                block: self.block.name.to_owned(),
                citation: self.citation(),
                database_ids: self.database_ids(),
            },
            model: model.then(|| format!("the data block calls itself {}", self.block.name)),
            warnings,
        })
    }

    fn cell(&self, warnings: &mut Vec<String>) -> std::result::Result<(UnitCell, [Option<f64>; 6]), FileError> {
        const LENGTHS: [&str; 3] = ["_cell_length_a", "_cell_length_b", "_cell_length_c"];
        const ANGLES: [&str; 3] = ["_cell_angle_alpha", "_cell_angle_beta", "_cell_angle_gamma"];
        let mut values = [0.0; 6];
        let mut sigma = [None; 6];
        let mut line = self.block.line;
        for (i, tag) in LENGTHS.into_iter().chain(ANGLES).enumerate() {
            match self.block.item(&[tag]) {
                Some(value) => {
                    let number = self.number(value)?;
                    (values[i], sigma[i], line) = (number.value, number.sigma, value.line);
                }
                // The core dictionary's default for angles.
                None if i >= 3 => {
                    values[i] = 90.0;
                    warnings.push(format!("{tag} is not given: 90° taken"));
                }
                None => return Err(self.refuse(self.block.line, format!("no {tag}"), "the six cell constants")),
            }
        }
        let [a, b, c, alpha, beta, gamma] = values;
        let cell = UnitCell::new([a, b, c], [alpha, beta, gamma]).map_err(|message| {
            let (found, expected) = message.split_once(", expected ").unwrap_or((&message, "a unit cell"));
            self.refuse(line, found, expected)
        })?;
        Ok((cell, sigma))
    }

    fn name(&self, stem: &str) -> String {
        self.block
            .text(&[
                "_chemical_name_mineral",
                "_chemical_name_common",
                "_chemical_name_systematic",
                "_chemical_formula_sum",
            ])
            .map_or_else(|| stem.to_owned(), one_line)
    }

    fn citation(&self) -> Option<String> {
        let authors: Vec<&str> =
            self.block.list(&["_publ_author_name", "_citation_author_name"]).iter().filter_map(Value::given).collect();
        let part = |tags: &[&str]| self.block.text(tags).map(one_line);
        let journal = part(&["_journal_name_full", "_citation_journal_full", "_citation_journal_abbrev"]);
        let mut text = match authors.as_slice() {
            [] => String::new(),
            [one] => one_line(one),
            [first, ..] => format!("{} et al.", one_line(first)),
        };
        for piece in [
            journal,
            part(&["_journal_volume", "_citation_journal_volume"]),
            part(&["_journal_year", "_citation_year"]).map(|year| format!("({year})")),
            part(&["_journal_page_first", "_citation_page_first"]),
        ]
        .into_iter()
        .flatten()
        {
            if !text.is_empty() {
                text.push(' ');
            }
            text.push_str(&piece);
        }
        (!text.is_empty()).then_some(text)
    }

    fn database_ids(&self) -> Vec<String> {
        [
            ("AMCSD", "_database_code_amcsd"),
            ("COD", "_cod_database_code"),
            ("ICSD", "_database_code_icsd"),
            ("CCDC", "_database_code_depnum_ccdc_archive"),
        ]
        .into_iter()
        .filter_map(|(name, tag)| Some(format!("{name} {}", one_line(self.block.text(&[tag])?))))
        .collect()
    }

    /// Adds what the file's own formula and density say against the structure.
    fn compared(&self, mut structure: CrystalStructure) -> CrystalStructure {
        if let Some(stated) = self.block.text(&["_chemical_formula_sum"])
            && let Some(doubt) = atoms::formula_doubt(stated, &structure)
        {
            structure.warnings.push(doubt);
        }
        if let Some(value) = self.block.item(&["_exptl_crystal_density_diffrn"])
            && let Ok(stated) = self.number(value)
            && stated.value > 0.0
        {
            let computed = structure.density_g_cm3();
            if (computed / stated.value - 1.0).abs() > 0.05 {
                structure.warnings.push(format!(
                    "density {computed:.3} g/cm³ computed from cell and atoms, {} stated in the file",
                    stated.value
                ));
            }
        }
        structure
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests;
