//! Weighted straight lines and planes through pairs of numbers: small linear least squares in closed form.

use nalgebra::{DMatrix, DVector};

/// One reflection's contribution: up to two observed numbers, what each parameter adds to them, and their weight matrix.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Block {
    /// For each parameter, the change of the two numbers per unit of it.
    pub(super) columns: Vec<[f64; 2]>,
    pub(super) value: [f64; 2],
    pub(super) weight: [[f64; 2]; 2],
}

impl Block {
    /// A single number with its σ.
    pub(super) fn single(columns: &[f64], value: f64, sigma: f64) -> Self {
        Self {
            columns: columns.iter().map(|c| [*c, 0.0]).collect(),
            value: [value, 0.0],
            weight: [[sigma.powi(-2), 0.0], [0.0, 0.0]],
        }
    }

    fn numbers(&self) -> usize {
        if self.weight[1][1] > 0.0 { 2 } else { 1 }
    }
}

/// A solution.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Solution {
    pub(super) values: Vec<f64>,
    /// Covariance, enlarged by χ² per degree of freedom where that is more than chance lets expect.
    pub(super) covariance: DMatrix<f64>,
    /// None without a degree of freedom.
    pub(super) reduced_chi_squared: Option<f64>,
}

impl Solution {
    pub(super) fn sigma(&self, parameter: usize) -> f64 {
        self.covariance[(parameter, parameter)].max(0.0).sqrt()
    }

    pub(super) fn correlation(&self, a: usize, b: usize) -> Option<f64> {
        let of = self.covariance[(a, b)] / (self.sigma(a) * self.sigma(b));
        of.is_finite().then_some(of)
    }
}

/// χ² per degree of freedom that chance exceeds less than once in twenty times (normal approximation).
pub(super) fn chance(freedom: usize) -> f64 {
    1.0 + 1.645 * (2.0 / freedom.max(1) as f64).sqrt()
}

/// Least squares; none if the parameters cannot be told apart.
pub(super) fn solve(blocks: &[Block]) -> Option<Solution> {
    let parameters = blocks.first()?.columns.len();
    let observations: usize = blocks.iter().map(Block::numbers).sum();
    if observations < parameters {
        return None;
    }
    let mut normal = DMatrix::<f64>::zeros(parameters, parameters);
    let mut right = DVector::<f64>::zeros(parameters);
    for block in blocks {
        for (i, column) in block.columns.iter().enumerate() {
            let weighed = product(*column, block.weight);
            right[i] += dot(weighed, block.value);
            for (j, other) in block.columns.iter().enumerate() {
                normal[(i, j)] += dot(weighed, *other);
            }
        }
    }
    // Parameters have different units: the matrix is factorised with a unit diagonal.
    let scale: Vec<f64> = (0..parameters).map(|i| normal[(i, i)].sqrt().recip()).collect();
    let scaled = DMatrix::from_fn(parameters, parameters, |i, j| normal[(i, j)] * scale[i] * scale[j]);
    let inverse = scaled.cholesky()?.inverse();
    let mut covariance = DMatrix::from_fn(parameters, parameters, |i, j| inverse[(i, j)] * scale[i] * scale[j]);
    let values: Vec<f64> = (&covariance * &right).iter().copied().collect();
    let freedom = observations - parameters;
    let reduced = (freedom > 0).then(|| blocks.iter().map(|b| chi_squared(b, &values)).sum::<f64>() / freedom as f64);
    if let Some(excess) = reduced.filter(|reduced| *reduced > chance(freedom)) {
        covariance *= excess;
    }
    let finite = values.iter().chain(covariance.iter()).all(|v| v.is_finite());
    finite.then_some(Solution { values, covariance, reduced_chi_squared: reduced })
}

/// The two numbers that the parameters make.
pub(super) fn predicted(columns: &[[f64; 2]], values: &[f64]) -> [f64; 2] {
    columns.iter().zip(values).fold([0.0; 2], |sum, (c, v)| [sum[0] + c[0] * v, sum[1] + c[1] * v])
}

fn chi_squared(block: &Block, values: &[f64]) -> f64 {
    let model = predicted(&block.columns, values);
    let residual = [block.value[0] - model[0], block.value[1] - model[1]];
    dot(product(residual, block.weight), residual)
}

fn product(vector: [f64; 2], m: [[f64; 2]; 2]) -> [f64; 2] {
    [vector[0] * m[0][0] + vector[1] * m[1][0], vector[0] * m[0][1] + vector[1] * m[1][1]]
}

fn dot(a: [f64; 2], b: [f64; 2]) -> f64 {
    a[0] * b[0] + a[1] * b[1]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_straight_line_is_that_of_the_textbook() {
        // Truth: closed form of the weighted line, Bevington, Data Reduction and Error Analysis, eq. 6.12 and 6.21.
        let data = [(1.0, 2.1, 0.1), (2.0, 2.9, 0.2), (3.0, 4.2, 0.1), (4.0, 4.8, 0.3)];
        let (mut s, mut sx, mut sy, mut sxx, mut sxy) = (0.0, 0.0, 0.0, 0.0, 0.0);
        for (x, y, sigma) in data {
            let w = f64::powi(sigma, -2);
            (s, sx, sy, sxx, sxy) = (s + w, sx + w * x, sy + w * y, sxx + w * x * x, sxy + w * x * y);
        }
        let delta = s * sxx - sx * sx;
        let blocks: Vec<Block> = data.iter().map(|(x, y, sigma)| Block::single(&[1.0, *x], *y, *sigma)).collect();
        let found = solve(&blocks).unwrap();
        assert!((found.values[0] - (sxx * sy - sx * sxy) / delta).abs() < 1e-12);
        assert!((found.values[1] - (s * sxy - sx * sy) / delta).abs() < 1e-12);
        let excess = found.reduced_chi_squared.filter(|r| *r > chance(2)).unwrap_or(1.0);
        assert!((found.sigma(0) - (excess * sxx / delta).sqrt()).abs() < 1e-12);
        assert!((found.sigma(1) - (excess * s / delta).sqrt()).abs() < 1e-12);
    }

    #[test]
    fn a_line_through_one_abscissa_is_none() {
        let blocks: Vec<Block> = [1.0, 2.0, 3.0].iter().map(|y| Block::single(&[1.0, 5.0], *y, 0.1)).collect();
        assert!(solve(&blocks).is_none());
    }
}
