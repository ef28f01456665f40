//! Atomic displacement in a CIF: U or B, isotropic in the atom loop, anisotropic in a loop of its own.

use std::collections::HashMap;
use std::f64::consts::PI;

use doublet_common::FileError;

use super::Reader;
use crate::cif::{Loop, Value};
use crate::structure::Displacement;

/// B = 8π² U.
const B_PER_U: f64 = 8.0 * PI * PI;
/// A mean square displacement beyond this (in Å²) is doubted …
const DOUBTFUL_U_ANGSTROM2: f64 = 0.3;
/// … and beyond this not believed.
const MAX_U_ANGSTROM2: f64 = 1.0;

/// Columns of the isotropic value.
pub(super) struct IsotropicColumns {
    u: Option<usize>,
    b: Option<usize>,
}

impl IsotropicColumns {
    pub(super) fn of(table: &Loop<'_>) -> Self {
        Self {
            u: table.column(&["_atom_site_u_iso_or_equiv", "_atom_site_u_equiv_geom_mean"]),
            b: table.column(&["_atom_site_b_iso_or_equiv", "_atom_site_b_equiv_geom_mean"]),
        }
    }
}

impl<'a> Reader<'a, '_> {
    /// Displacement of one row of the atom loop.
    pub(super) fn isotropic(
        &self,
        columns: &IsotropicColumns,
        row: &[Value<'a>],
        label: &str,
        warnings: &mut Vec<String>,
    ) -> Result<Displacement, FileError> {
        let cell = |column: Option<usize>| column.and_then(|i| row.get(i)).filter(|value| value.given().is_some());
        let u = match (cell(columns.u), cell(columns.b)) {
            (Some(value), _) => self.number(*value)?.value,
            (None, Some(value)) => self.number(*value)?.value / B_PER_U,
            (None, None) => return Ok(Displacement::Assumed),
        };
        // A written zero stands for "not refined": no atom is at rest.
        if u == 0.0 {
            return Ok(Displacement::Assumed);
        }
        if u < 0.0 {
            warnings.push(format!("site {label}: negative displacement U = {u:.4} Å² not used"));
            return Ok(Displacement::Assumed);
        }
        if u > MAX_U_ANGSTROM2 {
            warnings.push(format!("site {label}: U = {u:.3} Å² is no displacement of an atom in a crystal, not used"));
            return Ok(Displacement::Assumed);
        }
        if u > DOUBTFUL_U_ANGSTROM2 {
            warnings.push(format!("site {label}: displacement U = {u:.3} Å² is doubtful, perhaps B written as U"));
        }
        Ok(Displacement::Isotropic { u_angstrom2: u })
    }

    /// Displacement tensors by label of the site.
    pub(super) fn anisotropic(&self, warnings: &mut Vec<String>) -> Result<HashMap<&'a str, [f64; 6]>, FileError> {
        const INDICES: [&str; 6] = ["11", "22", "33", "12", "13", "23"];
        let mut tensors = HashMap::new();
        for (letter, divisor) in [("u", 1.0), ("b", B_PER_U)] {
            let tags = INDICES.map(|index| format!("_atom_site_aniso_{letter}_{index}"));
            let Some(table) = self.block.table(&[tags[0].as_str()]) else { continue };
            let Some(label) = table.column(&["_atom_site_aniso_label"]) else { continue };
            let mut columns = [0; 6];
            for (column, tag) in columns.iter_mut().zip(&tags) {
                *column = table.column(&[tag.as_str()]).ok_or_else(|| {
                    self.refuse(table.line, format!("no {tag}"), "six components of the displacement tensor")
                })?;
            }
            for row in table.rows() {
                let given: Vec<&Value<'a>> =
                    columns.iter().filter_map(|i| row.get(*i)).filter(|value| value.given().is_some()).collect();
                let (Some(name), [_, _, _, _, _, _]) = (row.get(label).and_then(Value::given), given.as_slice()) else {
                    continue;
                };
                let mut tensor = [0.0; 6];
                for (component, value) in tensor.iter_mut().zip(given) {
                    *component = self.number(*value)?.value / divisor;
                }
                if is_positive(&tensor) {
                    tensors.entry(name).or_insert(tensor);
                } else if tensor.iter().any(|component| *component != 0.0) {
                    warnings
                        .push(format!("site {name}: displacement tensor {tensor:?} Å² is not positive and not used"));
                }
            }
        }
        Ok(tensors)
    }
}

/// Whether a tensor is positive definite (Sylvester).
fn is_positive(tensor: &[f64; 6]) -> bool {
    let [u11, u22, u33, u12, u13, u23] = *tensor;
    let second = u11 * u22 - u12 * u12;
    let third = u33 * second - u11 * u23 * u23 - u22 * u13 * u13 + 2.0 * u12 * u13 * u23;
    u11 > 0.0 && second > 0.0 && third > 0.0
}
