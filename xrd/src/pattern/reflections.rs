//! Which reflections a lattice and its space group have, with multiplicities, absences and coincidences.
//!
//! Every index triple within the sphere 1/d ≤ 1/d_min is tested; one per orbit of the Laue group is kept. A reflection is
//! absent if an operation leaves its index but shifts its phase, `hᵀR = h` and `h·t` not whole.

use std::cmp::Ordering;

use nalgebra::Matrix3;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::structure_factor::StructureFactors;
use crate::structure::{CellParameters, CrystalStructure, SymmetryOperation, UnitCell, inverse_d_squared};

/// Most index triples that are tested: beyond it the cell is no powder's.
const MAX_TRIPLES: f64 = 4e6;
/// Spacings whose squares agree to this fraction in two generic cells coincide by symmetry.
const COINCIDENT: f64 = 1e-9;
/// A phase this close to whole turns is whole.
const WHOLE_TURN: f64 = 1e-3;

/// A further reflection family on exactly the same spacing, whatever the cell (cubic 333 and 511).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Coincident {
    /// Index triple.
    pub hkl: [i32; 3],
    /// Reflections of this family.
    pub multiplicity: u32,
    /// |F|² in electrons², mean over Friedel pairs.
    pub f_squared: f64,
}

/// All reflections on one spacing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Reflection {
    /// Index triple of the strongest family.
    pub hkl: [i32; 3],
    /// Spacing in the structure's own cell.
    pub d_angstrom: f64,
    /// Reflections on this spacing, all families and Friedel mates.
    pub multiplicity: u32,
    /// |F|² in electrons², mean over all reflections on this spacing: `multiplicity · f_squared` is what enters an intensity.
    pub f_squared: f64,
    /// Weaker families on the same spacing.
    pub coincident: Vec<Coincident>,
}

/// Rotations of the Laue group: those of the space group and their inverses through the origin, each once.
fn laue_rotations(operations: &[SymmetryOperation]) -> Vec<SymmetryOperation> {
    let mut rotations: Vec<[[i32; 3]; 3]> = Vec::new();
    for operation in operations {
        for sign in [1, -1] {
            let rotation = operation.rotation.map(|row| row.map(|r| sign * r));
            if !rotations.contains(&rotation) {
                rotations.push(rotation);
            }
        }
    }
    rotations.into_iter().map(|rotation| SymmetryOperation { rotation, translation: [0.0; 3] }).collect()
}

/// The customary index of an orbit: fewest minus signs, then largest h, k, l.
fn preference(hkl: [i32; 3]) -> (i32, [i32; 3]) {
    (-hkl.iter().map(|i| i32::from(*i < 0)).sum::<i32>(), hkl)
}

/// Multiplicity of a triple that is its orbit's customary index; none if another one is.
fn multiplicity(hkl: [i32; 3], laue: &[SymmetryOperation]) -> Option<u32> {
    let own = preference(hkl);
    let mut fixing = 0;
    for rotation in laue {
        match preference(rotation.turn_index(hkl)).cmp(&own) {
            Ordering::Greater => return None,
            Ordering::Equal => fixing += 1,
            Ordering::Less => {}
        }
    }
    u32::try_from(laue.len()).ok().map(|order| order / fixing)
}

fn is_absent(hkl: [i32; 3], operations: &[SymmetryOperation]) -> bool {
    operations.iter().any(|operation| {
        let phase = operation.phase(hkl);
        (phase - phase.round()).abs() > WHOLE_TURN && operation.turn_index(hkl) == hkl
    })
}

/// Symmetry-unique triples with `d_min <= d <= d_max` that are not absent, with multiplicities.
fn unique_triples(
    cell: &UnitCell,
    operations: &[SymmetryOperation],
    d_min: f64,
    d_max: f64,
) -> Result<Vec<([i32; 3], u32)>, String> {
    let expected = 4.0 / 3.0 * std::f64::consts::PI * cell.volume_angstrom3() / d_min.powi(3);
    if expected.is_nan() || expected > MAX_TRIPLES {
        return Err(format!(
            "about {expected:.0} reflections down to d = {d_min:.3} Å, expected at most {MAX_TRIPLES}: take a smaller 2θ range"
        ));
    }
    let laue = laue_rotations(operations);
    let centring: Vec<SymmetryOperation> = operations
        .iter()
        .filter(|operation| operation.rotation == SymmetryOperation::IDENTITY.rotation)
        .copied()
        .collect();
    let g = cell.reciprocal_metric();
    let (q_min, q_max) = (d_max.powi(-2), d_min.powi(-2));
    // |h| = |a·s| <= a/d.
    let limit = cell.lengths_angstrom.map(|edge| (edge / d_min).floor() as i32);
    let mut unique = Vec::new();
    for h in -limit[0]..=limit[0] {
        for k in -limit[1]..=limit[1] {
            let Some((first, last)) = l_range(&g, h, k, q_max) else { continue };
            for l in first..=last {
                let hkl = [h, k, l];
                // Friedel mates: one of the two has at most one minus sign.
                if hkl.iter().filter(|i| **i < 0).count() > 1 || hkl == [0, 0, 0] {
                    continue;
                }
                let q = inverse_d_squared(&g, hkl);
                if q < q_min || q > q_max || is_absent(hkl, &centring) {
                    continue;
                }
                if let Some(count) = multiplicity(hkl, &laue)
                    && !is_absent(hkl, operations)
                {
                    unique.push((hkl, count));
                }
            }
        }
    }
    Ok(unique)
}

/// Range of l with 1/d² <= `q_max` at given h, k.
fn l_range(g: &Matrix3<f64>, h: i32, k: i32, q_max: f64) -> Option<(i32, i32)> {
    let (h, k) = (f64::from(h), f64::from(k));
    let linear = g[(0, 2)] * h + g[(1, 2)] * k;
    let rest = g[(0, 0)] * h * h + 2.0 * g[(0, 1)] * h * k + g[(1, 1)] * k * k - q_max;
    let discriminant = linear * linear - g[(2, 2)] * rest;
    (discriminant >= 0.0).then(|| {
        let root = discriminant.sqrt();
        (((-linear - root) / g[(2, 2)]).floor() as i32, ((-linear + root) / g[(2, 2)]).ceil() as i32)
    })
}

/// Every line position of a structure with `d_min <= d <= d_max`, largest spacing first.
///
/// # Errors
/// A sentence if the cell is so large that the list would not end.
pub(super) fn reflections(
    structure: &CrystalStructure,
    parameters: &CellParameters,
    factors: &StructureFactors,
    d_min: f64,
    d_max: f64,
) -> Result<Vec<Reflection>, String> {
    let triples = unique_triples(&structure.cell, &structure.operations, d_min, d_max)?;
    let here = structure.cell.reciprocal_metric();
    let generic = generic_cell(parameters).reciprocal_metric();
    let mut families: Vec<(f64, Coincident)> = triples
        .into_iter()
        .map(|(hkl, multiplicity)| {
            let f_squared = factors.f_squared(hkl, inverse_d_squared(&here, hkl));
            (inverse_d_squared(&generic, hkl), Coincident { hkl, multiplicity, f_squared })
        })
        .collect();
    families.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut lines: Vec<Reflection> =
        families.chunk_by(|a, b| (a.0 / b.0 - 1.0).abs() < COINCIDENT).map(|group| merged(group, &here)).collect();
    lines.sort_by(|a, b| b.d_angstrom.total_cmp(&a.d_angstrom));
    Ok(lines)
}

/// A cell of the same symmetry in which no two spacings agree by accident.
fn generic_cell(parameters: &CellParameters) -> UnitCell {
    let moved: Vec<f64> = parameters
        .values()
        .iter()
        .enumerate()
        .map(|(i, value)| value * (1.0 + 0.0317 * ((i + 1) as f64).sqrt()))
        .collect();
    parameters.cell(&moved)
}

fn merged(group: &[(f64, Coincident)], metric: &Matrix3<f64>) -> Reflection {
    let mut families: Vec<Coincident> = group.iter().map(|(_, family)| *family).collect();
    let strength = |family: &Coincident| family.f_squared * f64::from(family.multiplicity);
    families.sort_by(|a, b| strength(b).total_cmp(&strength(a)).then_with(|| b.hkl.cmp(&a.hkl)));
    let multiplicity: u32 = families.iter().map(|family| family.multiplicity).sum();
    let f_squared = families.iter().map(strength).sum::<f64>() / f64::from(multiplicity);
    let strongest = families.remove(0);
    Reflection {
        hkl: strongest.hkl,
        d_angstrom: inverse_d_squared(metric, strongest.hkl).sqrt().recip(),
        multiplicity,
        f_squared,
        coincident: families,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::structure::symmetry::hall;

    fn triples(symbol: &str, cell: [f64; 6], d_min: f64) -> Vec<([i32; 3], u32)> {
        let group = hall(symbol).unwrap();
        let mut list = unique_triples(&UnitCell::from_values(cell), group.operations(), d_min, 1e9).unwrap();
        list.sort();
        list
    }

    #[test]
    fn diamond_has_its_textbook_lines() {
        // International Tables A, no. 227, general position: hkl all odd or all even, 0kl with k + l = 4n; Laue group m-3m.
        let list = triples("-F 4vw 2vw 3", [5.431, 5.431, 5.431, 90.0, 90.0, 90.0], 1.04);
        let expected = [
            ([1, 1, 1], 8),
            ([2, 2, 0], 12),
            ([2, 2, 2], 8),
            ([3, 1, 1], 24),
            ([3, 3, 1], 24),
            ([4, 0, 0], 6),
            ([4, 2, 2], 24),
            ([3, 3, 3], 8),
            ([5, 1, 1], 24),
        ];
        let mut expected = expected.to_vec();
        expected.sort();
        assert_eq!(list, expected);
    }

    #[test]
    fn multiplicities_add_up_to_the_whole_sphere() {
        // Closed form: orbits partition the triples; counted here without symmetry in P -1.
        let cell = [6.0, 6.0, 9.0, 90.0, 90.0, 120.0];
        for symbol in ["P 3", "-P 3", "P 3 2", "P 3 2\"", "-P 6 2", "P 6", "-P 3 2\""] {
            let all: u32 = triples("P 1", cell, 1.1).iter().map(|(_, m)| m).sum();
            let orbits: u32 = triples(symbol, cell, 1.1).iter().map(|(_, m)| m).sum();
            assert_eq!(all, orbits, "{symbol}");
        }
    }

    #[test]
    fn a_huge_cell_is_refused() {
        let group = hall("P 1").unwrap();
        let cell = UnitCell::from_values([200.0, 200.0, 200.0, 90.0, 90.0, 90.0]);
        assert!(unique_triples(&cell, group.operations(), 0.7, 1e9).unwrap_err().contains("0.700"));
    }
}
