//! The unit cell and its metric: volume, lattice spacings, distances.

use std::f64::consts::PI;

use nalgebra::Matrix3;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Longest edge that is taken for a crystal of a powder, in Å.
pub const MAX_EDGE_ANGSTROM: f64 = 200.0;
/// Shortest edge that can hold an atom, in Å.
pub const MIN_EDGE_ANGSTROM: f64 = 1.5;

/// A unit cell.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct UnitCell {
    /// a, b, c.
    pub lengths_angstrom: [f64; 3],
    /// α, β, γ.
    pub angles_deg: [f64; 3],
}

impl UnitCell {
    /// A cell that closes, with edges and angles that a crystal can have.
    ///
    /// # Errors
    /// A sentence with the offending value.
    pub fn new(lengths_angstrom: [f64; 3], angles_deg: [f64; 3]) -> Result<Self, String> {
        for (name, length) in ["a", "b", "c"].iter().zip(lengths_angstrom) {
            if !(MIN_EDGE_ANGSTROM..=MAX_EDGE_ANGSTROM).contains(&length) {
                return Err(format!(
                    "cell edge {name} = {length} Å, expected {MIN_EDGE_ANGSTROM} to {MAX_EDGE_ANGSTROM} Å"
                ));
            }
        }
        for (name, angle) in ["alpha", "beta", "gamma"].iter().zip(angles_deg) {
            if !(10.0..=170.0).contains(&angle) {
                return Err(format!("cell angle {name} = {angle}°, expected 10 to 170°"));
            }
        }
        let cell = Self { lengths_angstrom, angles_deg };
        let volume_squared = cell.metric().determinant();
        let edges: f64 = lengths_angstrom.iter().product();
        if volume_squared.is_nan() || volume_squared < 1e-4 * edges * edges {
            return Err(format!("cell angles {angles_deg:?}°, expected angles that enclose a volume"));
        }
        Ok(cell)
    }

    /// The cell of a, b, c, α, β, γ, unchecked: for values that a fit has stepped to.
    pub fn from_values(values: [f64; 6]) -> Self {
        let [a, b, c, alpha, beta, gamma] = values;
        Self { lengths_angstrom: [a, b, c], angles_deg: [alpha, beta, gamma] }
    }

    /// a, b, c in Å, α, β, γ in degrees.
    pub fn values(&self) -> [f64; 6] {
        let [a, b, c] = self.lengths_angstrom;
        let [alpha, beta, gamma] = self.angles_deg;
        [a, b, c, alpha, beta, gamma]
    }

    /// Metric tensor G, Å².
    pub fn metric(&self) -> Matrix3<f64> {
        let [a, b, c] = self.lengths_angstrom;
        let [cos_alpha, cos_beta, cos_gamma] = self.cosines();
        let (bc, ac, ab) = (b * c * cos_alpha, a * c * cos_beta, a * b * cos_gamma);
        Matrix3::new(a * a, ab, ac, ab, b * b, bc, ac, bc, c * c)
    }

    /// Derivative of G with respect to a, b, c (per Å) or α, β, γ (per degree), by index 0 to 5.
    pub fn metric_derivative(&self, parameter: usize) -> Matrix3<f64> {
        let [a, b, c] = self.lengths_angstrom;
        let [cos_alpha, cos_beta, cos_gamma] = self.cosines();
        let slope = |angle: f64| -angle.to_radians().sin() * PI / 180.0;
        let [alpha, beta, gamma] = self.angles_deg;
        let (aa, bb, cc, ab, ac, bc) = match parameter {
            0 => (2.0 * a, 0.0, 0.0, b * cos_gamma, c * cos_beta, 0.0),
            1 => (0.0, 2.0 * b, 0.0, a * cos_gamma, 0.0, c * cos_alpha),
            2 => (0.0, 0.0, 2.0 * c, 0.0, a * cos_beta, b * cos_alpha),
            3 => (0.0, 0.0, 0.0, 0.0, 0.0, b * c * slope(alpha)),
            4 => (0.0, 0.0, 0.0, 0.0, a * c * slope(beta), 0.0),
            _ => (0.0, 0.0, 0.0, a * b * slope(gamma), 0.0, 0.0),
        };
        Matrix3::new(aa, ab, ac, ab, bb, bc, ac, bc, cc)
    }

    fn cosines(&self) -> [f64; 3] {
        // Right angles are exact, so that no 6e-17 couples axes that are perpendicular.
        self.angles_deg.map(|angle| if angle == 90.0 { 0.0 } else { angle.to_radians().cos() })
    }

    /// Reciprocal metric tensor G* = G⁻¹, 1/Å²; zero for a cell that does not close.
    pub fn reciprocal_metric(&self) -> Matrix3<f64> {
        self.metric().try_inverse().unwrap_or_else(Matrix3::zeros)
    }

    /// Lengths of the reciprocal axes, 1/Å.
    pub fn reciprocal_lengths(&self) -> [f64; 3] {
        let g = self.reciprocal_metric();
        [0, 1, 2].map(|i| g[(i, i)].max(0.0).sqrt())
    }

    /// Volume in Å³.
    pub fn volume_angstrom3(&self) -> f64 {
        self.metric().determinant().max(0.0).sqrt()
    }

    /// Lattice spacing of an index triple in Å.
    pub fn d_angstrom(&self, hkl: [i32; 3]) -> f64 {
        inverse_d_squared(&self.reciprocal_metric(), hkl).sqrt().recip()
    }

    /// Shortest distance in Å between the lattices through two fractional points that differ by `difference`.
    pub fn lattice_distance_angstrom(&self, difference: [f64; 3]) -> f64 {
        let g = self.metric();
        let near = difference.map(|x| x - x.round());
        let mut best = f64::INFINITY;
        // In a skewed cell the nearest image need not be the one of smallest coordinates.
        for i in -1..=1 {
            for j in -1..=1 {
                for k in -1..=1 {
                    let v =
                        nalgebra::Vector3::new(near[0] + f64::from(i), near[1] + f64::from(j), near[2] + f64::from(k));
                    best = best.min(v.dot(&(g * v)));
                }
            }
        }
        best.max(0.0).sqrt()
    }
}

/// 1/d² = hᵀ G* h in 1/Å².
pub fn inverse_d_squared(reciprocal_metric: &Matrix3<f64>, hkl: [i32; 3]) -> f64 {
    let h = nalgebra::Vector3::from(hkl.map(f64::from));
    h.dot(&(reciprocal_metric * h))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn volume_and_spacing_in_closed_form() {
        // Hexagonal: V = a^2 c sqrt(3)/2; 1/d^2 = 4 (h^2 + hk + k^2) / (3 a^2) + l^2 / c^2.
        let cell = UnitCell::new([8.275, 8.275, 20.47], [90.0, 90.0, 120.0]).unwrap();
        assert!((cell.volume_angstrom3() - 8.275f64.powi(2) * 20.47 * 0.75f64.sqrt()).abs() < 1e-9);
        let expected = 4.0 * 3.0 / (3.0 * 8.275f64.powi(2)) + 9.0 / 20.47f64.powi(2);
        assert!((cell.d_angstrom([1, 1, 3]).powi(-2) - expected).abs() < 1e-12);
    }

    #[test]
    fn metric_derivatives_agree_with_finite_differences() {
        let cell = UnitCell::new([5.1, 6.2, 7.3], [81.0, 97.0, 105.0]).unwrap();
        for parameter in 0..6 {
            let moved = |step: f64| {
                let mut values = cell.values();
                values[parameter] += step;
                UnitCell::from_values(values).metric()
            };
            let numeric = (moved(1e-4) - moved(-1e-4)) / 2e-4;
            assert!((numeric - cell.metric_derivative(parameter)).norm() < 1e-6, "{parameter}");
        }
    }

    #[test]
    fn impossible_cells_are_refused() {
        for (lengths, angles) in [
            ([0.0, 5.0, 5.0], [90.0; 3]),
            ([5.0, f64::NAN, 5.0], [90.0; 3]),
            ([5.0, 5.0, 1e9], [90.0; 3]),
            ([5.0; 3], [90.0, 90.0, 180.0]),
            ([5.0; 3], [150.0, 150.0, 150.0]),
        ] {
            assert!(UnitCell::new(lengths, angles).is_err(), "{lengths:?} {angles:?}");
        }
    }
}
