//! The cell parameters that symmetry leaves free, and how the six cell constants follow from them.
//!
//! A metric tensor is allowed if every rotation of the group leaves it as it is, `Rᵀ G R = G`. Averaging `Rᵀ G R` over
//! the group makes any tensor allowed; what two such averages of generic tensors have in common (a = b, γ = 120°) is
//! what symmetry demands. Each of a, b, c, α, β, γ is then an affine function of one free parameter.

use nalgebra::Matrix3;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::cell::UnitCell;
use super::symmetry::SymmetryOperation;

/// Names of the six cell constants.
pub const CELL_NAMES: [&str; 6] = ["a", "b", "c", "alpha", "beta", "gamma"];

/// A free cell parameter.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CellParameter {
    /// `a`, `b`, `c`, `alpha`, `beta` or `gamma`: the first constant that it determines.
    pub name: String,
    /// Value in Å or degrees.
    pub value: f64,
}

/// One cell constant as an affine function of a free parameter: `factor · p + offset`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CellTie {
    /// Index into [`CellParameters::free`]; none where symmetry fixes the constant at `offset`.
    pub parameter: Option<usize>,
    /// Slope.
    pub factor: f64,
    /// Constant part, in Å or degrees.
    pub offset: f64,
}

/// Free cell parameters of a structure and the ties that make the six constants of them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CellParameters {
    /// Free parameters: `a` for cubic, `a` and `c` for hexagonal and tetragonal, ….
    pub free: Vec<CellParameter>,
    /// Ties of a, b, c, α, β, γ.
    pub ties: [CellTie; 6],
    /// False in the rare settings (body-centred cells written as primitive ones) whose free metric is no affine function of
    /// cell constants: there the one free parameter scales the whole cell.
    pub complete: bool,
}

/// Agreement in Å or degrees by which two constants of a generic allowed cell are called equal.
const EQUAL: f64 = 1e-7;

impl CellParameters {
    /// What the operations leave free, with the values of `cell`.
    pub fn new(cell: &UnitCell, operations: &[SymmetryOperation]) -> Self {
        let rotations: Vec<Matrix3<f64>> =
            operations.iter().map(|op| Matrix3::from_fn(|i, j| f64::from(op.rotation[i][j]))).collect();
        let generic = [
            Matrix3::new(25.0, 1.1, 2.3, 1.1, 37.0, 3.1, 2.3, 3.1, 53.0),
            Matrix3::new(41.0, -3.7, 1.9, -3.7, 29.0, 5.3, 1.9, 5.3, 61.0),
        ]
        .map(|metric| constants(&averaged(&metric, &rotations)));
        let same = |i: usize, j: usize| generic.iter().all(|cell| (cell[i] - cell[j]).abs() < EQUAL);
        let values = cell.values();
        let mut free: Vec<CellParameter> = Vec::new();
        let mut owner: [Option<usize>; 6] = [None; 6];
        let mut ties = [CellTie { parameter: None, factor: 0.0, offset: 0.0 }; 6];
        for i in 0..6 {
            let first = if i < 3 { 0 } else { 3 };
            if i >= 3 && (generic[0][i] - generic[1][i]).abs() < EQUAL {
                ties[i].offset = (generic[0][i] * 1e6).round() / 1e6;
            } else if let Some(j) = (first..i).find(|j| same(*j, i) && owner[*j].is_some()) {
                owner[i] = owner[j];
                ties[i] = ties[j];
            } else {
                owner[i] = Some(free.len());
                ties[i] = CellTie { parameter: owner[i], factor: 1.0, offset: 0.0 };
                free.push(CellParameter { name: CELL_NAMES[i].into(), value: values[i] });
            }
        }
        if free.len() == free_dimensions(&rotations) {
            Self { free, ties, complete: true }
        } else {
            Self::scaling(&values)
        }
    }

    fn scaling(values: &[f64; 6]) -> Self {
        let ties = [0, 1, 2, 3, 4, 5].map(|i| {
            if i < 3 {
                CellTie { parameter: Some(0), factor: values[i] / values[0], offset: 0.0 }
            } else {
                CellTie { parameter: None, factor: 0.0, offset: values[i] }
            }
        });
        Self { free: vec![CellParameter { name: "a".into(), value: values[0] }], ties, complete: false }
    }

    /// The cell at these values of the free parameters (missing ones keep their start value).
    pub fn cell(&self, free: &[f64]) -> UnitCell {
        UnitCell::from_values(self.ties.map(|tie| match tie.parameter {
            Some(i) => tie.factor * free.get(i).copied().unwrap_or(self.free[i].value) + tie.offset,
            None => tie.offset,
        }))
    }

    /// Start values of the free parameters.
    pub fn values(&self) -> Vec<f64> {
        self.free.iter().map(|parameter| parameter.value).collect()
    }

    /// ∂G/∂pᵢ of the metric tensor for every free parameter, at `cell`.
    pub fn metric_derivatives(&self, cell: &UnitCell) -> Vec<Matrix3<f64>> {
        let mut derivatives = vec![Matrix3::zeros(); self.free.len()];
        for (constant, tie) in self.ties.iter().enumerate() {
            if let Some(i) = tie.parameter {
                derivatives[i] += cell.metric_derivative(constant) * tie.factor;
            }
        }
        derivatives
    }
}

fn averaged(metric: &Matrix3<f64>, rotations: &[Matrix3<f64>]) -> Matrix3<f64> {
    let sum: Matrix3<f64> = rotations.iter().map(|r| r.transpose() * metric * r).sum();
    sum / rotations.len().max(1) as f64
}

fn constants(metric: &Matrix3<f64>) -> [f64; 6] {
    let length = [0, 1, 2].map(|i| metric[(i, i)].sqrt());
    let angle = |i: usize, j: usize| (metric[(i, j)] / (length[i] * length[j])).acos().to_degrees();
    [length[0], length[1], length[2], angle(1, 2), angle(0, 2), angle(0, 1)]
}

/// Dimension of the space of allowed metric tensors: the mean character of the symmetric square of the rotations.
fn free_dimensions(rotations: &[Matrix3<f64>]) -> usize {
    let sum: f64 = rotations.iter().map(|r| (r.trace().powi(2) + (r * r).trace()) / 2.0).sum();
    (sum / rotations.len().max(1) as f64).round() as usize
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::structure::symmetry::hall;

    fn names(symbol: &str, cell: [f64; 6]) -> (String, [f64; 6]) {
        let group = hall(symbol).unwrap();
        let parameters = CellParameters::new(&UnitCell::from_values(cell), group.operations());
        assert!(parameters.complete);
        let names: Vec<&str> = parameters.free.iter().map(|p| p.name.as_str()).collect();
        (names.join(" "), parameters.cell(&parameters.values()).values())
    }

    #[test]
    fn crystal_systems_free_what_the_tables_say() {
        // International Tables A, table 2.1.2.1: free lattice parameters of the crystal systems.
        let orthogonal = [5.0, 6.0, 7.0, 90.0, 90.0, 90.0];
        for (symbol, cell, expected) in [
            ("-P 1", [5.0, 6.0, 7.0, 81.0, 97.0, 105.0], "a b c alpha beta gamma"),
            ("-P 2ybc", [5.0, 6.0, 7.0, 90.0, 97.0, 90.0], "a b c beta"),
            ("-P 2c", [5.0, 6.0, 7.0, 90.0, 90.0, 105.0], "a b c gamma"),
            ("C 2c 2", orthogonal, "a b c"),
            ("-P 4n 2n", [5.0, 5.0, 7.0, 90.0, 90.0, 90.0], "a c"),
            ("-R 3 2\"c", [5.0, 5.0, 7.0, 90.0, 90.0, 120.0], "a c"),
            ("-P 3* 2", [5.0, 5.0, 5.0, 80.0, 80.0, 80.0], "a alpha"),
            ("P 6c -2c", [5.0, 5.0, 7.0, 90.0, 90.0, 120.0], "a c"),
            ("-F 4 2 3", [5.0, 5.0, 5.0, 90.0, 90.0, 90.0], "a"),
        ] {
            let (free, values) = names(symbol, cell);
            assert_eq!(free, expected, "{symbol}");
            assert_eq!(values, cell, "{symbol}");
        }
    }

    #[test]
    fn a_primitive_cell_of_a_body_centred_lattice_only_scales() {
        // I 4/m m m in its primitive cell a = b = c: two free dimensions that no two cell constants carry alone.
        let group: Vec<SymmetryOperation> = ["y,z,x", "x,y,z"].iter().map(|text| text.parse().unwrap()).collect();
        assert!(
            CellParameters::new(&UnitCell::from_values([5.0, 5.0, 5.0, 80.0, 80.0, 80.0]), &group[..]).free.len() <= 2
        );
    }
}
