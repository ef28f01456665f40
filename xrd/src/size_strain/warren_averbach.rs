//! Warren–Averbach: size and strain from the Fourier coefficients of several orders (B. E. Warren and B. L. Averbach, J. Appl.
//! Phys. 21 (1950) 595).
//!
//! `ln A(L, d*) = ln A_S(L) − 2π² L² ⟨ε²(L)⟩ d*²` over the column length L: a straight line over d*² at every length, whose
//! intercept is the size coefficient. Coefficients are those of the measured profiles, the instrument divided out, where
//! enough profiles stand apart, else those of the Voigt functions fitted (see `fourier_coefficients`).
//!
//! `⟨D⟩a` is where the tangent to A_S at L = 0 meets zero, `⟨D⟩v = 2∫A_S dL`. The tangent is that of `ln A_S = c₀ + c₁L + c₂L²`,
//! fitted while A_S is large, with `c₀ = 0`. But A(0) is the area of the profile and takes the whole error of background and
//! tails: where c₀, left free, is significant, it stays free, so that ⟨D⟩a does not rest on A(0), and if it is positive A_S is
//! divided by `exp c₀` (A(0) lies below what the other lengths point to: the "hook"). The second derivative of A_S is the
//! distribution of column lengths; where it is negative there is none (a hook as well), and the tangent is that where A_S
//! falls steepest.
//!
//! Every number is a function of the intercepts, whose covariance over L follows from that of the coefficients.

use std::f64::consts::PI;

use doublet_common::Quantity;
use nalgebra::{DMatrix, DVector};

use super::fourier_coefficients::{Coefficients, Orders, measured, of_functions, polynomial};
use super::linear::chance;
use super::lines::Line;
use crate::analysis::{FourierSize, FourierSource};

/// Most lengths that are kept of those computed.
const KEPT: usize = 40;
/// A hook, or an A(0) that is off, is told from noise from here on, in σ.
pub(super) const SIGNIFICANT: f64 = 2.0;
/// The tangent is fitted down to this coefficient, to at least so many lengths.
const TANGENT: f64 = 0.6;
const FEWEST_IN_TANGENT: usize = 5;
/// The integral is continued exponentially, as the range from this share of it on has it, if no more than this is left at the
/// end: of profiles, which noise ends, and of functions, which can be followed as far as one likes.
const CONTINUED_FROM: f64 = 0.7;
const MOST_LEFT: [f64; 2] = [0.3, 0.1];
/// An average that is less certain than this share of it is none.
const LARGEST_RELATIVE_SIGMA: f64 = 0.5;
/// Fewest lines that are taken for orders of one direction although they are not.
const FEWEST_LINES: usize = 3;

/// What a Warren–Averbach analysis says beside its numbers over L.
pub(super) struct WarrenAverbach {
    pub(super) size: FourierSize,
    /// Mean square strain at the length of the table and its σ; both may be used where the root means nothing.
    pub(super) mean_square_strain: (f64, f64),
    pub(super) reduced_chi_squared: Option<f64>,
}

/// Straight lines over d*² at all lengths.
struct Regression {
    step_nm: f64,
    /// ln A_S.
    intercept: DVector<f64>,
    covariance: DMatrix<f64>,
    /// Slope and its variance.
    slope: Vec<(f64, f64)>,
    reduced_chi_squared: Vec<Option<f64>>,
}

/// Analyses lines as orders of one direction; none without two orders, or where the coefficients do not fall.
pub(super) fn analyze(lines: &[Line], direction: Option<[i32; 3]>) -> Option<WarrenAverbach> {
    let fewest = if direction.is_none() { FEWEST_LINES } else { 2 };
    let of_profiles = measured(lines, fewest).and_then(|orders| averages(&orders, direction));
    of_profiles.or_else(|| averages(&of_functions(lines)?, direction))
}

fn averages(orders: &Orders<'_>, direction: Option<[i32; 3]>) -> Option<WarrenAverbach> {
    let regression = regression(orders)?;
    let origin = orders.source == FourierSource::MeasuredProfiles;
    let free = if origin { Some(Tangent::new(&regression, true)?) } else { None };
    let found_origin = free.as_ref().map(Tangent::origin);
    let tangent = match free.filter(Tangent::origin_is_off) {
        Some(free) => free,
        None => Tangent::new(&regression, false)?,
    };
    let regression = tangent.corrected(regression);
    let (volume, d_volume, continued) = volume_weighted(&regression, MOST_LEFT[usize::from(!origin)])?;
    let volume_sigma = regression.sigma(&d_volume);
    if volume_sigma > LARGEST_RELATIVE_SIGMA * volume {
        return None;
    }
    let n = regression.intercept.len();
    let length = |j: usize| regression.step_nm * j as f64;
    let kept: Vec<usize> = (0..n).step_by(n.div_ceil(KEPT)).collect();
    let strain_at = ((0.5 * volume / regression.step_nm).round() as usize).clamp(1, n - 1);
    let coefficient = |j: &usize| {
        let value = regression.intercept[*j].exp();
        Quantity::new(value, value * regression.covariance[(*j, *j)].max(0.0).sqrt())
    };
    let windows = |line: &&Line| Some(line.profile.as_ref()?.window_deg);
    Some(WarrenAverbach {
        mean_square_strain: regression.mean_square_strain(strain_at),
        reduced_chi_squared: regression.reduced_chi_squared[strain_at],
        size: FourierSize {
            direction,
            source: orders.source,
            reflections: orders.lines.iter().map(|line| line.hkl).collect(),
            window_deg: if origin { orders.lines.iter().filter_map(windows).collect() } else { Vec::new() },
            length_nm: kept.iter().map(|j| length(*j)).collect(),
            size_coefficient: kept.iter().map(coefficient).collect(),
            rms_strain: kept.iter().map(|j| regression.rms_strain(*j)).collect(),
            end: orders.end,
            area_weighted_nm: tangent.zero_nm(),
            volume_weighted_nm: Some(Quantity::new(volume, volume_sigma)),
            continued_share: continued / volume,
            strain_at_nm: Some(length(strain_at)),
            hook: tangent.hook(),
            origin: found_origin,
            tangent_at_nm: tangent.at_nm(),
        },
    })
}

/// Weighs the lines with the variances of their coefficients; none where they are no orders of each other.
fn regression(orders: &Orders<'_>) -> Option<Regression> {
    let n = orders.coefficients.first()?.ln.len();
    let place: Vec<f64> = orders.lines.iter().map(|line| line.spacing * line.spacing).collect();
    let mut intercept = DVector::<f64>::zeros(n);
    let (mut slope, mut reduced_chi_squared) = (vec![(0.0, 0.0)], vec![None]);
    let mut hats: Vec<DVector<f64>> = vec![DVector::zeros(n); place.len()];
    for j in 1..n {
        let weight: Vec<f64> = orders.coefficients.iter().map(|c| c.covariance[(j, j)].recip()).collect();
        let value: Vec<f64> = orders.coefficients.iter().map(|c| c.ln[j]).collect();
        let sum = |of: fn(f64) -> f64| weight.iter().zip(&place).map(|(w, x)| w * of(*x)).sum::<f64>();
        let (s, sx, sxx) = (sum(|_| 1.0), sum(|x| x), sum(|x| x * x));
        let delta = s * sxx - sx * sx;
        // Orders at one place alone make no line.
        if !(delta > 1e-6 * s * sxx && delta.is_finite()) {
            return None;
        }
        let mut inclination = 0.0;
        for (k, hat) in hats.iter_mut().enumerate() {
            hat[j] = weight[k] * (sxx - sx * place[k]) / delta;
            intercept[j] += hat[j] * value[k];
            inclination += weight[k] * (s * place[k] - sx) / delta * value[k];
        }
        let squares = (0..place.len())
            .map(|k| weight[k] * (value[k] - intercept[j] - inclination * place[k]).powi(2))
            .sum::<f64>();
        slope.push((inclination, s / delta));
        reduced_chi_squared.push((place.len() > 2).then(|| squares / (place.len() - 2) as f64));
    }
    let excess = excess(&intercept, &reduced_chi_squared, place.len());
    slope.iter_mut().for_each(|(_, variance)| *variance *= excess);
    let covariance = covariance(&orders.coefficients, &hats) * excess;
    Some(Regression { step_nm: orders.step_nm, intercept, covariance, slope, reduced_chi_squared })
}

/// Covariance of the intercepts, to which each line adds by its weight at each length.
fn covariance(coefficients: &[Coefficients], hats: &[DVector<f64>]) -> DMatrix<f64> {
    let n = hats[0].len();
    let mut sum = DMatrix::<f64>::zeros(n, n);
    for (coefficients, hat) in coefficients.iter().zip(hats) {
        for k in 1..n {
            for j in 1..n {
                sum[(j, k)] += hat[j] * hat[k] * coefficients.covariance[(j, k)];
            }
        }
    }
    sum
}

/// Factor on variances where lines scatter more than chance lets expect, at the length where coefficients are half gone.
fn excess(intercept: &DVector<f64>, reduced_chi_squared: &[Option<f64>], lines: usize) -> f64 {
    let half = intercept.iter().position(|ln| *ln < -0.7).unwrap_or(intercept.len() - 1);
    reduced_chi_squared[half].filter(|reduced| *reduced > chance(lines - 2)).unwrap_or(1.0)
}

impl Regression {
    /// σ of a number with these derivatives by the intercepts.
    fn sigma(&self, gradient: &DVector<f64>) -> f64 {
        gradient.dot(&(&self.covariance * gradient)).max(0.0).sqrt()
    }

    fn mean_square_strain(&self, j: usize) -> (f64, f64) {
        let factor = 1.0 / (2.0 * PI * PI * (self.step_nm * j as f64).powi(2));
        let (slope, variance) = self.slope[j];
        (-factor * slope, factor * variance.sqrt())
    }

    fn rms_strain(&self, j: usize) -> Option<Quantity> {
        let (square, sigma) = if j > 0 { self.mean_square_strain(j) } else { return None };
        let root = (square > 0.0).then(|| square.sqrt())?;
        Some(Quantity::new(root, 0.5 * sigma / root))
    }
}

/// `ln A_S = c₀ + c₁L + c₂L²` at short lengths.
struct Tangent {
    value: [f64; 3],
    covariance: [[f64; 3]; 3],
    /// What every intercept adds to c₀.
    hat: DVector<f64>,
    /// Second derivative of A_S in the mean over the same lengths, and its σ.
    bend: (f64, f64),
}

impl Tangent {
    /// With an origin of its own, or through A_S(0) = 1.
    fn new(regression: &Regression, origin: bool) -> Option<Self> {
        let n = regression.intercept.len();
        let last = regression.intercept.iter().rposition(|ln| ln.exp() >= TANGENT)?.max(FEWEST_IN_TANGENT);
        let powers: &[i32] = if origin { &[0, 1, 2] } else { &[1, 2] };
        let rows = polynomial(1, last.min(n - 1), regression.step_nm, powers)?;
        let row = |power: i32| {
            let at = powers.iter().position(|p| *p == power);
            at.map_or(DVector::zeros(n), |at| rows[at].clone().resize_vertically(n, 0.0))
        };
        let rows = [row(0), row(1), row(2)];
        let covariance =
            std::array::from_fn(|i| std::array::from_fn(|j| rows[i].dot(&(&regression.covariance * &rows[j]))));
        let value = std::array::from_fn(|i| rows[i].dot(&regression.intercept));
        let d_bend = 2.0 * rows[2].component_mul(&regression.intercept.map(f64::exp));
        let bend = (2.0 * rows[2].dot(&regression.intercept.map(f64::exp_m1)), regression.sigma(&d_bend));
        let [hat, ..] = rows;
        Some(Self { value, covariance, hat, bend })
    }

    fn sigma(&self, gradient: [f64; 3]) -> f64 {
        let each = |i: usize, j: usize| gradient[i] * gradient[j] * self.covariance[i][j];
        (0..3).map(|i| (0..3).map(|j| each(i, j)).sum::<f64>()).sum::<f64>().max(0.0).sqrt()
    }

    /// A_S(0) as the lengths beyond it have it.
    fn origin(&self) -> Quantity {
        let value = self.value[0].exp();
        Quantity::new(value, value * self.sigma([1.0, 0.0, 0.0]))
    }

    fn origin_is_off(&self) -> bool {
        self.value[0].abs() > SIGNIFICANT * self.sigma([1.0, 0.0, 0.0])
    }

    /// Whether A_S bends downwards: in the mean over all these lengths, since that of one size of spheres begins without a bend.
    fn bends(&self) -> bool {
        let [_, c1, c2] = self.value;
        c1 * c1 + 2.0 * c2 < 0.0 && self.bend.0 < -SIGNIFICANT * self.bend.1
    }

    /// Whether A(0) lies below what the other lengths point to.
    fn starts_low(&self) -> bool {
        self.value[0] > 0.0 && self.origin_is_off()
    }

    fn hook(&self) -> bool {
        self.bends() || self.starts_low()
    }

    /// Where the tangent is taken: A_S falls steepest where `c₁ + 2c₂L = −√(−2c₂)`.
    fn at_nm(&self) -> f64 {
        let [_, c1, c2] = self.value;
        let q = (-2.0 * c2).max(0.0).sqrt();
        if self.bends() { (q + c1) / (q * q) } else { 0.0 }
    }

    /// Length at which the tangent meets zero: `−1/c₁`, or `L + 1/q` with `q = √(−2c₂)` where A_S bends.
    fn zero_nm(&self) -> Option<Quantity> {
        let [_, c1, c2] = self.value;
        let (value, gradient) = if self.bends() {
            let q = (-2.0 * c2).sqrt();
            (2.0 / q + c1 / (q * q), [0.0, 1.0 / (q * q), (2.0 / (q * q) + 2.0 * c1 / (q * q * q)) / q])
        } else {
            (-1.0 / c1, [0.0, 1.0 / (c1 * c1), 0.0])
        };
        (value > 0.0 && value.is_finite()).then(|| Quantity::new(value, self.sigma(gradient)))
    }

    /// The regression with A_S(0) where the other lengths say that it is, if they put it higher.
    fn corrected(&self, mut regression: Regression) -> Regression {
        if !self.starts_low() {
            return regression;
        }
        let n = regression.intercept.len();
        // ln A_S − c₀ at all lengths but 0.
        let mut map = DMatrix::<f64>::identity(n, n);
        for j in 1..n {
            regression.intercept[j] -= self.value[0];
            map.row_mut(j).iter_mut().zip(self.hat.iter()).for_each(|(m, hat)| *m -= hat);
        }
        regression.covariance = &map * regression.covariance * map.transpose();
        regression
    }
}

/// `2∫A_S dL` by Simpson's rule, with its derivatives by ln A_S, and what of it is beyond the end; none where more than
/// `most_left` of A_S is left there.
fn volume_weighted(regression: &Regression, most_left: f64) -> Option<(f64, DVector<f64>, f64)> {
    let last = regression.intercept.len() - 1;
    let step = regression.step_nm;
    let coefficient = |j: usize| regression.intercept[j].exp();
    let (mut volume, mut gradient) = (0.0, DVector::zeros(last + 1));
    for j in 0..=last {
        let inside = 2.0 * step * simpson(j, last) * coefficient(j);
        volume += inside;
        gradient[j] = inside;
    }
    let rows = polynomial((CONTINUED_FROM * last as f64) as usize, last, step, &[0, 1])?;
    let [level, fall] = [0, 1].map(|i| rows[i].dot(&regression.intercept));
    let end = step * last as f64;
    let left = (level + fall * end).exp();
    let beyond = 2.0 * left / -fall;
    if !(fall < 0.0 && left < most_left) {
        return None;
    }
    gradient += &rows[0] * beyond + &rows[1] * (beyond * (end - 1.0 / fall));
    Some((volume + beyond, gradient, beyond))
}

/// Weight of an ordinate by Simpson's rule; of an odd number of intervals the last is a trapezium.
fn simpson(j: usize, last: usize) -> f64 {
    let even = last - last % 2;
    let parabola = match j {
        _ if j > even => 0.0,
        0 => 1.0 / 3.0,
        _ if j == even => 1.0 / 3.0,
        _ if j % 2 == 1 => 4.0 / 3.0,
        _ => 2.0 / 3.0,
    };
    parabola + if last > even && j >= even { 0.5 } else { 0.0 }
}
