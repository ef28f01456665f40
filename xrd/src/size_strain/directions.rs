//! Directions of the lattice: sizes along h00, 00l, …, and whether they differ.

use doublet_common::Quantity;

use super::joint::{GAUSSIAN_SIZE, SIZE};
use super::linear::{Block, Solution, solve};
use super::lines::{Line, all_terms, fwhm};
use crate::analysis::DirectionSize;
use crate::error::Result;

/// Which indices symmetry makes alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lattice {
    /// h, k and l.
    Cubic,
    /// h and k.
    Tetragonal,
    /// h, k and i = −h−k: hexagonal, and trigonal on hexagonal axes.
    Hexagonal,
    /// None.
    Other,
}

impl Lattice {
    /// The lattice of a cell, whose equal lengths and angles are equal by symmetry.
    pub fn of_cell([a, b, c]: [f64; 3], [alpha, beta, gamma]: [f64; 3]) -> Self {
        match (a == b, b == c) {
            (true, true) if alpha == 90.0 && beta == 90.0 && gamma == 90.0 => Self::Cubic,
            (true, _) if alpha == 90.0 && beta == 90.0 && gamma == 90.0 => Self::Tetragonal,
            (true, _) if alpha == 90.0 && beta == 90.0 && gamma == 120.0 => Self::Hexagonal,
            _ => Self::Other,
        }
    }

    /// Name of the direction of a reflection; empty for one without a name.
    pub(super) fn direction(self, hkl: [i32; 3]) -> &'static str {
        let mut index = hkl.map(i32::abs);
        match self {
            Self::Cubic => index.sort_by(|a, b| b.cmp(a)),
            Self::Tetragonal => index[..2].sort_by(|a, b| b.cmp(a)),
            // h, k and i may change places: the two smallest name the form.
            Self::Hexagonal => {
                let mut basal = [index[0], index[1], (hkl[0] + hkl[1]).abs()];
                basal.sort_unstable();
                index = [basal[1], basal[0], index[2]];
            }
            Self::Other => {}
        }
        match index {
            [0, 0, 0] => "",
            [_, 0, 0] => "h00",
            [0, _, 0] => "0k0",
            [0, 0, _] => "00l",
            [h, k, 0] if h == k => "hh0",
            [h, k, l] if h == k && k == l && self == Self::Cubic => "hhh",
            [_, _, 0] => "hk0",
            _ => "",
        }
    }
}

/// Lowest order of the direction of a reflection: (0 0 6) gives (0 0 1).
pub(super) fn lowest_order(hkl: [i32; 3]) -> [i32; 3] {
    let gcd = |mut a: i32, mut b: i32| {
        while b != 0 {
            (a, b) = (b, a % b);
        }
        a.abs()
    };
    match hkl.into_iter().fold(0, gcd) {
        0 => hkl,
        divisor => hkl.map(|index| index / divisor),
    }
}

/// Directions that have a name.
const NAMED: [&str; 6] = ["h00", "0k0", "00l", "hh0", "hhh", "hk0"];

/// Sizes along the named directions: a Lorentzian size for each and one for all other lines, and the other terms given for
/// all lines alike.
pub(super) fn directions(lines: &[Line], lattice: Lattice, others: &[usize]) -> Result<Vec<DirectionSize>> {
    let of = |line: &Line| NAMED.iter().position(|name| *name == lattice.direction(line.hkl)).unwrap_or(NAMED.len());
    let mut groups: Vec<usize> = lines.iter().map(of).collect();
    groups.sort_unstable();
    groups.dedup();
    let block = |line: &Line| {
        let terms = all_terms(line.spacing);
        let mut columns: Vec<[f64; 2]> =
            groups.iter().map(|group| if of(line) == *group { terms[SIZE] } else { [0.0; 2] }).collect();
        columns.extend(others.iter().map(|term| terms[*term]));
        line.block(columns)
    };
    let blocks: Option<Vec<Block>> = lines.iter().map(block).collect();
    let Some(found) = blocks.and_then(|blocks| solve(&blocks)) else { return Ok(Vec::new()) };
    // A Gaussian part of size is the same for all directions and belongs to the breadth of each.
    let gaussian = others.iter().position(|term| *term == GAUSSIAN_SIZE).map(|place| groups.len() + place);
    let known = groups.iter().enumerate().filter(|(_, group)| **group < NAMED.len());
    known
        .map(|(k, group)| {
            let size = breadth(&found, gaussian, k)?.filter(|(breadth, sigma)| *breadth > 2.0 * sigma);
            Ok(DirectionSize {
                direction: NAMED[*group].into(),
                reflections: lines.iter().filter(|line| of(line) == *group).map(|line| line.hkl).collect(),
                size_nm: size.map(|(breadth, sigma)| Quantity::new(breadth.recip(), sigma / (breadth * breadth))),
            })
        })
        .collect()
}

/// Integral breadth by a Lorentzian and, where there is one, a Gaussian term of size.
fn breadth(found: &Solution, gaussian: Option<usize>, lorentzian: usize) -> Result<Option<(f64, f64)>> {
    let Some(gaussian) = gaussian else { return Ok(Some((found.values[lorentzian], found.sigma(lorentzian)))) };
    let terms = [gaussian, lorentzian];
    let covariance = std::array::from_fn(|i| std::array::from_fn(|j| found.covariance[(terms[i], terms[j])]));
    let breadths = fwhm(terms.map(|term| found.values[term]), covariance).breadths()?;
    Ok(breadths.and_then(|b| Some((b.integral_breadth_deg.value, b.integral_breadth_deg.sigma?))))
}

/// One sentence: whether sizes differ with direction. None with fewer than two directions.
pub(super) fn anisotropy(directions: &[DirectionSize]) -> Option<String> {
    /// Difference of two directions that is worth a word, in its σ.
    const NOTED: f64 = 3.0;
    // Breadths are what has a normal distribution.
    let known: Vec<(&str, f64, f64)> = directions
        .iter()
        .filter_map(|d| {
            let size = d.size_nm?;
            Some((d.direction.as_str(), size.value.recip(), size.sigma? / (size.value * size.value)))
        })
        .collect();
    let long = known.iter().min_by(|a, b| a.1.total_cmp(&b.1))?;
    let short = known.iter().max_by(|a, b| a.1.total_cmp(&b.1))?;
    if long.0 == short.0 {
        return None;
    }
    let deviations = (short.1 - long.1) / long.2.hypot(short.2);
    Some(if deviations > NOTED {
        format!(
            "size is anisotropic: {:.1} nm along {} and {:.1} nm along {} differ by {deviations:.1} σ, with one strain for all lines; \
             one size does not describe this phase",
            short.1.recip(),
            short.0,
            long.1.recip(),
            long.0,
        )
    } else {
        let names: Vec<&str> = known.iter().map(|(name, ..)| *name).collect();
        format!("no anisotropy is seen: sizes along {} agree within {NOTED} σ", names.join(", "))
    })
}

/// Lines of each direction that has orders at different places, with the lowest order.
pub(super) fn orders(lines: &[Line]) -> Vec<([i32; 3], Vec<Line>)> {
    let mut families: Vec<([i32; 3], Vec<Line>)> = Vec::new();
    for line in lines.iter().filter(|line| line.hkl != [0; 3]) {
        let lowest = lowest_order(line.hkl);
        match families.iter_mut().find(|(direction, _)| *direction == lowest) {
            Some((_, family)) => family.push(line.clone()),
            None => families.push((lowest, vec![line.clone()])),
        }
    }
    families.retain(|(_, family)| family.len() > 1);
    families
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directions_follow_the_lattice() {
        // Truth: forms of equivalent reflections, International Tables A.
        assert_eq!(Lattice::Cubic.direction([0, 0, 2]), "h00");
        assert_eq!(Lattice::Cubic.direction([0, 2, -2]), "hh0");
        assert_eq!(Lattice::Cubic.direction([1, -1, 1]), "hhh");
        assert_eq!(Lattice::Hexagonal.direction([0, 0, 6]), "00l");
        assert_eq!(Lattice::Hexagonal.direction([0, 3, 0]), "h00");
        assert_eq!(Lattice::Hexagonal.direction([1, 1, 3]), "");
        assert_eq!(Lattice::Hexagonal.direction([2, 1, 0]), "hk0");
        assert_eq!(Lattice::Hexagonal.direction([1, -1, 0]), "h00");
        assert_eq!(Lattice::Hexagonal.direction([1, -2, 0]), "hh0");
        assert_eq!(Lattice::Tetragonal.direction([0, 2, 0]), "h00");
        assert_eq!(Lattice::Other.direction([0, 2, 0]), "0k0");
        assert_eq!(lowest_order([0, 0, 6]), [0, 0, 1]);
        assert_eq!(lowest_order([2, -2, 4]), [1, -1, 2]);
        assert_eq!(Lattice::of_cell([8.2; 3], [90.0; 3]), Lattice::Cubic);
        assert_eq!(Lattice::of_cell([8.2, 8.2, 20.4], [90.0, 90.0, 120.0]), Lattice::Hexagonal);
    }
}
