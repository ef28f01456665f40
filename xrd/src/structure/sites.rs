//! Sites: which operations leave them in place, where exactly they then lie, how many atoms they stand for.
//!
//! A coordinate printed as 0.3333 is 1/3 if the site's own symmetry says so: the position becomes the mean of its images
//! under the operations that bring it back to within [`SAME_POSITION_ANGSTROM`]. The displacement tensor is averaged likewise.

use super::cell::UnitCell;
use super::symmetry::SymmetryOperation;
use super::{Displacement, Site};

/// Images of an atom closer than this are the atom itself, on a special position written with few digits.
pub const SAME_POSITION_ANGSTROM: f64 = 0.1;
/// Images of a fully occupied atom closer than this cannot both be there.
pub const TOO_CLOSE_ANGSTROM: f64 = 0.6;

/// Puts a site exactly on its special position and counts its atoms; what was moved or looks wrong goes to `warnings`.
pub(super) fn settle(site: &mut Site, cell: &UnitCell, operations: &[SymmetryOperation], warnings: &mut Vec<String>) {
    let written = site.position;
    let mut stabiliser = stabilising(site.position, cell, operations);
    // Averaging can bring one more operation into reach; twice is enough for any point group.
    for _ in 0..2 {
        site.position = mean_image(site.position, operations, &stabiliser);
        stabiliser = stabilising(site.position, cell, operations);
    }
    site.multiplicity = (operations.len() / stabiliser.len().max(1)) as u32;
    let moved = cell.lattice_distance_angstrom([0, 1, 2].map(|i| site.position[i] - written[i]));
    if moved > 0.02 {
        warnings.push(format!(
            "site {}: moved by {moved:.3} Å onto the special position that its symmetry demands",
            site.label
        ));
    }
    if let Displacement::Anisotropic { u_angstrom2 } = &mut site.displacement {
        let before = *u_angstrom2;
        *u_angstrom2 = mean_tensor(cell, u_angstrom2, operations, &stabiliser);
        let largest = before[..3].iter().fold(0.0, |m: f64, u| m.max(u.abs()));
        // Tensors are often printed to 0.001 Å²: half of it either way is rounding.
        let changed = before.iter().zip(*u_angstrom2).any(|(a, b)| (a - b).abs() > 0.1 * largest + 0.0005);
        if changed {
            warnings.push(format!(
                "site {}: displacement tensor {before:?} Å² breaks the symmetry of its site and was averaged",
                site.label
            ));
        }
    }
    let closest = closest_image(site.position, cell, operations, &stabiliser);
    if closest < TOO_CLOSE_ANGSTROM && site.occupancy > 0.55 {
        warnings.push(format!(
            "site {}: occupancy {} although its symmetry images are only {closest:.2} Å apart",
            site.label, site.occupancy
        ));
    }
}

/// Atoms per cell that these sites make under these operations.
pub(super) fn atoms_per_cell(sites: &[Site], cell: &UnitCell, operations: &[SymmetryOperation]) -> usize {
    sites.iter().map(|site| operations.len() / stabilising(site.position, cell, operations).len().max(1)).sum()
}

fn difference(a: [f64; 3], b: [f64; 3]) -> [f64; 3] {
    [0, 1, 2].map(|i| a[i] - b[i])
}

/// Indices of the operations that bring a position back to itself.
fn stabilising(position: [f64; 3], cell: &UnitCell, operations: &[SymmetryOperation]) -> Vec<usize> {
    (0..operations.len())
        .filter(|i| {
            let image = operations[*i].apply(position);
            cell.lattice_distance_angstrom(difference(image, position)) < SAME_POSITION_ANGSTROM
        })
        .collect()
}

fn mean_image(position: [f64; 3], operations: &[SymmetryOperation], stabiliser: &[usize]) -> [f64; 3] {
    let mut sum = [0.0; 3];
    for i in stabiliser {
        let image = operations[*i].apply(position);
        for axis in 0..3 {
            let offset = image[axis] - position[axis];
            sum[axis] += offset - offset.round();
        }
    }
    let count = stabiliser.len().max(1) as f64;
    [0, 1, 2].map(|axis| position[axis] + sum[axis] / count)
}

/// Mean of R U Rᵀ over the stabiliser, in the crystal basis. U refers to reciprocal axes of unit length, so that it is
/// first multiplied by their lengths.
fn mean_tensor(cell: &UnitCell, u: &[f64; 6], operations: &[SymmetryOperation], stabiliser: &[usize]) -> [f64; 6] {
    let star = cell.reciprocal_lengths();
    let [u11, u22, u33, u12, u13, u23] = *u;
    let full = nalgebra::Matrix3::new(u11, u12, u13, u12, u22, u23, u13, u23, u33);
    let beta = nalgebra::Matrix3::from_fn(|i, j| full[(i, j)] * star[i] * star[j]);
    let mut sum = nalgebra::Matrix3::zeros();
    for i in stabiliser {
        let r = nalgebra::Matrix3::from_fn(|row, column| f64::from(operations[*i].rotation[row][column]));
        sum += r * beta * r.transpose();
    }
    let mean = sum / stabiliser.len().max(1) as f64;
    let back = |i: usize, j: usize| mean[(i, j)] / (star[i] * star[j]);
    [back(0, 0), back(1, 1), back(2, 2), back(0, 1), back(0, 2), back(1, 2)]
}

fn closest_image(position: [f64; 3], cell: &UnitCell, operations: &[SymmetryOperation], stabiliser: &[usize]) -> f64 {
    (0..operations.len())
        .filter(|i| !stabiliser.contains(i))
        .map(|i| cell.lattice_distance_angstrom(difference(operations[i].apply(position), position)))
        .fold(f64::INFINITY, f64::min)
}

/// Distance in Å between the closest atoms of two sites, symmetry images included.
pub(super) fn distance_between(a: &Site, b: &Site, cell: &UnitCell, operations: &[SymmetryOperation]) -> f64 {
    operations
        .iter()
        .map(|op| cell.lattice_distance_angstrom(difference(op.apply(b.position), a.position)))
        .fold(f64::INFINITY, f64::min)
}
