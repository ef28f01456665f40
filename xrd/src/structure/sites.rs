//! Sites: which operations leave them in place, where exactly they then lie, how many atoms they stand for.
//!
//! A coordinate printed as 0.3333 is 1/3 if the site's own symmetry says so: the position becomes the mean of its images
//! under the operations that bring it back to within [`SAME_POSITION_ANGSTROM`]. The displacement tensor is averaged likewise.
//! Atoms that are disordered over images as close as that, by their occupancies, stay where they are.

use nalgebra::{Matrix3, Vector3};

use super::cell::UnitCell;
use super::symmetry::SymmetryOperation;
use super::{Displacement, Site};

/// Images of an atom closer than this are the atom itself, on a special position written with few digits.
pub const SAME_POSITION_ANGSTROM: f64 = 0.1;
/// Images closer than this are one position whatever its occupancy: three digits of a coordinate in a cell of 20 Å.
const ROUNDING_ANGSTROM: f64 = 0.02;
/// Images of a fully occupied atom closer than this cannot both be there.
pub const TOO_CLOSE_ANGSTROM: f64 = 0.6;

/// Puts every site exactly on its special position and counts its atoms; what was moved or looks wrong goes to `warnings`.
pub(super) fn settle_all(
    sites: &mut [Site],
    cell: &UnitCell,
    operations: &[SymmetryOperation],
    warnings: &mut Vec<String>,
) {
    let metric = cell.metric();
    // Species that share a position in the source are one occupancy.
    let together: Vec<f64> = sites
        .iter()
        .map(|site| {
            let same = |other: &&Site| near_distance(&metric, other.position, site.position) < ROUNDING_ANGSTROM;
            sites.iter().filter(same).map(|other| other.occupancy).sum()
        })
        .collect();
    for (site, occupied) in sites.iter_mut().zip(together) {
        let exact = stabilising(site.position, &metric, operations, ROUNDING_ANGSTROM).len();
        let near = stabilising(site.position, &metric, operations, SAME_POSITION_ANGSTROM).len();
        let disordered = occupied * near as f64 <= 1.05 * exact as f64;
        let tolerance = if disordered { ROUNDING_ANGSTROM } else { SAME_POSITION_ANGSTROM };
        settle(site, cell, operations, tolerance, warnings);
    }
}

fn settle(
    site: &mut Site,
    cell: &UnitCell,
    operations: &[SymmetryOperation],
    tolerance_angstrom: f64,
    warnings: &mut Vec<String>,
) {
    let metric = cell.metric();
    let written = site.position;
    let mut stabiliser = stabilising(site.position, &metric, operations, tolerance_angstrom);
    // Averaging can bring one more operation into reach; twice is enough for any point group.
    for _ in 0..2 {
        site.position = mean_image(site.position, operations, &stabiliser);
        stabiliser = stabilising(site.position, &metric, operations, tolerance_angstrom);
    }
    site.multiplicity = (operations.len() / stabiliser.len().max(1)) as u32;
    let moved = near_distance(&metric, site.position, written);
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
    let closest = closest_image(site.position, &metric, operations, &stabiliser);
    if closest < TOO_CLOSE_ANGSTROM && site.occupancy > 0.55 {
        warnings.push(format!(
            "site {}: occupancy {} although its symmetry images are only {closest:.2} Å apart",
            site.label, site.occupancy
        ));
    }
}

/// Atoms per cell that these sites make under these operations.
pub(super) fn atoms_per_cell(sites: &[Site], cell: &UnitCell, operations: &[SymmetryOperation]) -> usize {
    let metric = cell.metric();
    sites
        .iter()
        .map(|site| {
            operations.len() / stabilising(site.position, &metric, operations, SAME_POSITION_ANGSTROM).len().max(1)
        })
        .sum()
}

/// Distance in Å between two fractional points, each coordinate brought to its nearest image. That is the shortest distance
/// between their lattices wherever it is below half the spacing of the lattice planes, and only such distances are asked for.
fn near_distance(metric: &Matrix3<f64>, a: [f64; 3], b: [f64; 3]) -> f64 {
    let v = Vector3::from([0, 1, 2].map(|i| {
        let difference = a[i] - b[i];
        difference - difference.round()
    }));
    v.dot(&(metric * v)).max(0.0).sqrt()
}

/// Indices of the operations that bring a position back to within a distance of itself.
fn stabilising(
    position: [f64; 3],
    metric: &Matrix3<f64>,
    operations: &[SymmetryOperation],
    tolerance_angstrom: f64,
) -> Vec<usize> {
    (0..operations.len())
        .filter(|i| near_distance(metric, operations[*i].apply(position), position) < tolerance_angstrom)
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
    let full = Matrix3::new(u11, u12, u13, u12, u22, u23, u13, u23, u33);
    let beta = Matrix3::from_fn(|i, j| full[(i, j)] * star[i] * star[j]);
    let mut sum = Matrix3::zeros();
    for i in stabiliser {
        let r = Matrix3::from_fn(|row, column| f64::from(operations[*i].rotation[row][column]));
        sum += r * beta * r.transpose();
    }
    let mean = sum / stabiliser.len().max(1) as f64;
    let back = |i: usize, j: usize| mean[(i, j)] / (star[i] * star[j]);
    [back(0, 0), back(1, 1), back(2, 2), back(0, 1), back(0, 2), back(1, 2)]
}

fn closest_image(
    position: [f64; 3],
    metric: &Matrix3<f64>,
    operations: &[SymmetryOperation],
    stabiliser: &[usize],
) -> f64 {
    (0..operations.len())
        .filter(|i| !stabiliser.contains(i))
        .map(|i| near_distance(metric, operations[i].apply(position), position))
        .fold(f64::INFINITY, f64::min)
}

/// Whether an atom of site `b` lies on an atom of site `a`.
pub(super) fn share_position(a: &Site, b: &Site, metric: &Matrix3<f64>, operations: &[SymmetryOperation]) -> bool {
    operations.iter().any(|op| near_distance(metric, op.apply(b.position), a.position) < SAME_POSITION_ANGSTROM)
}

/// Distance in Å between the closest atoms of two sites, symmetry images included.
pub(super) fn distance_between(a: &Site, b: &Site, cell: &UnitCell, operations: &[SymmetryOperation]) -> f64 {
    operations
        .iter()
        .map(|op| {
            let image = op.apply(b.position);
            cell.lattice_distance_angstrom([0, 1, 2].map(|i| image[i] - a.position[i]))
        })
        .fold(f64::INFINITY, f64::min)
}
