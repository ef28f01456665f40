//! Warren–Averbach: size and strain from the Fourier coefficients of several orders (B. E. Warren and B. L. Averbach, J. Appl.
//! Phys. 21 (1950) 595).
//!
//! `ln A(L, d*) = ln A_S(L) − 2π² L² ⟨ε²(L)⟩ d*²` over the column length L. The coefficients are those of the Voigt function of
//! the sample's parts, `ln A = −2Lβ_L* − πL²β_G*²` (D. Balzar and H. Ledbetter, J. Appl. Cryst. 26 (1993) 97): the instrument
//! is out of them, and neither background nor neighbours truncate them as they would those of measured profiles (Stokes).
//! What remains is that a Voigt function is assumed.
//!
//! `⟨D⟩a` is where the tangent to A_S at L = 0 meets zero, `⟨D⟩v = 2∫A_S dL`. The second derivative of A_S is the distribution
//! of column lengths; where it is negative (the "hook"), there is none, and the tangent is taken where A_S falls steepest.
//! Coefficients at all L are linear in the parts of the lines, so that σ follows from their covariance.

use std::f64::consts::PI;

use doublet_common::Quantity;

use super::linear::chance;
use super::lines::Line;
use crate::analysis::FourierSize;

/// Points of the coefficients that are computed, and of these every n-th is kept.
const POINTS: usize = 240;
const KEPT_EVERY: usize = 6;
/// The coefficients are followed to this many times the size that the broadest estimate would give.
const REACH: f64 = 4.0;
/// A hook is told from noise from here on, in σ.
const SIGNIFICANT: f64 = 2.0;

/// Weights by which the parts of the lines enter a number.
type Gradient = Vec<[f64; 2]>;

/// Intercept and slope over d*² of `ln A / L` at one length.
struct Order {
    length: f64,
    intercept: f64,
    slope: f64,
    d_intercept: Gradient,
    d_slope: Gradient,
    reduced_chi_squared: Option<f64>,
}

/// Analyses lines as orders of one direction; none without two orders, or where the coefficients do not fall.
pub(super) fn analyze(lines: &[Line], direction: Option<[i32; 3]>) -> Option<FourierSize> {
    let widest = lines.iter().map(|l| l.smooth[1].max(0.0) + l.smooth[0].max(0.0).sqrt()).fold(f64::INFINITY, f64::min);
    if lines.len() < 2 || !(widest > 0.0 && widest.is_finite()) {
        return None;
    }
    let step = REACH / widest / POINTS as f64;
    let orders: Vec<Order> = (0..=POINTS).map(|k| order(lines, k as f64 * step)).collect::<Option<_>>()?;
    let coefficient = |o: &Order| (o.length * o.intercept).exp();
    // The coefficients must be gone at the end: else these lines show no finite size.
    if orders.last().is_none_or(|last| coefficient(last) > 0.1) {
        return None;
    }
    let sigma = Sigma { lines, excess: excess(&orders, lines.len()) };
    let volume = 2.0 * trapezoid(&orders, step, coefficient);
    let d_volume = summed(&orders, |o, k| {
        let end = if k == 0 || k == POINTS { 0.5 } else { 1.0 };
        (2.0 * step * end * coefficient(o) * o.length, &o.d_intercept)
    });
    let volume_weighted = Quantity::new(volume, sigma.of(&d_volume));
    let tangent = steepest(&orders, step, &sigma);
    let (area, d_area) = at_zero(&orders, tangent, step);
    let strain_at = ((0.5 * volume / step).round() as usize).clamp(1, POINTS);
    let kept = || orders.iter().step_by(KEPT_EVERY).take_while(|o| o.length == 0.0 || coefficient(o) > 0.01);
    Some(FourierSize {
        direction,
        reflections: lines.iter().map(|line| line.hkl).collect(),
        length_nm: kept().map(|o| o.length).collect(),
        size_coefficient: kept()
            .map(|o| Quantity::new(coefficient(o), coefficient(o) * o.length * sigma.of(&o.d_intercept)))
            .collect(),
        rms_strain: kept().map(|o| strain(o, &sigma)).collect(),
        area_weighted_nm: (area > 0.0).then(|| Quantity::new(area, sigma.of(&d_area))),
        volume_weighted_nm: Some(volume_weighted),
        strain_at_nm: Some(orders[strain_at].length),
        hook: tangent > 0,
        tangent_at_nm: orders[tangent].length,
    })
}

/// Mean square strain at a length and its σ; both may be used where the root means nothing.
pub(super) fn mean_square_strain(lines: &[Line], length: f64) -> Option<(f64, f64)> {
    let order = order(lines, length)?;
    let sigma = Sigma { lines, excess: excess(std::slice::from_ref(&order), lines.len()) };
    let factor = -1.0 / (2.0 * PI * PI * length);
    Some((factor * order.slope, factor.abs() * sigma.of(&order.d_slope)))
}

/// Scatter of the lines around the straight line at a length.
pub(super) fn reduced_chi_squared(lines: &[Line], length: f64) -> Option<f64> {
    order(lines, length)?.reduced_chi_squared
}

fn order(lines: &[Line], length: f64) -> Option<Order> {
    // ln A / L and its derivatives with respect to the two parts.
    let gradient = [-PI * length, -2.0];
    let rows: Vec<(f64, f64, f64)> = lines
        .iter()
        .map(|line| {
            let c = line.covariance;
            let value = gradient[0] * line.value[0] + gradient[1] * line.value[1];
            let variance = gradient[0] * gradient[0] * c[0][0]
                + 2.0 * gradient[0] * gradient[1] * c[0][1]
                + gradient[1] * gradient[1] * c[1][1];
            (line.spacing * line.spacing, value, variance.recip())
        })
        .collect();
    let sum = |of: fn(f64) -> f64| rows.iter().map(|(x, _, w)| w * of(*x)).sum::<f64>();
    let (s, sx, sxx) = (sum(|_| 1.0), sum(|x| x), sum(|x| x * x));
    let delta = s * sxx - sx * sx;
    // Orders at one place alone make no line.
    if !(delta > 1e-6 * s * sxx && delta.is_finite()) {
        return None;
    }
    let hats: Vec<[f64; 2]> =
        rows.iter().map(|(x, _, w)| [w * (sxx - sx * x) / delta, w * (s * x - sx) / delta]).collect();
    let total = |k: usize| rows.iter().zip(&hats).map(|((_, y, _), hat)| hat[k] * y).sum::<f64>();
    let (intercept, slope) = (total(0), total(1));
    let freedom = rows.len() - 2;
    let chi_squared = rows.iter().map(|(x, y, w)| w * (y - intercept - slope * x).powi(2)).sum::<f64>();
    let of = |k: usize| hats.iter().map(|hat| gradient.map(|g| g * hat[k])).collect();
    Some(Order {
        length,
        intercept,
        slope,
        d_intercept: of(0),
        d_slope: of(1),
        reduced_chi_squared: (freedom > 0).then(|| chi_squared / freedom as f64),
    })
}

/// Factor on variances where lines scatter more than chance lets expect, at the length where coefficients are half gone.
fn excess(orders: &[Order], lines: usize) -> f64 {
    let half = orders.iter().find(|o| o.length * o.intercept < -0.7).or(orders.last());
    let reduced = half.and_then(|o| o.reduced_chi_squared);
    reduced.filter(|reduced| *reduced > chance(lines - 2)).unwrap_or(1.0)
}

/// Propagates the covariance of the lines.
struct Sigma<'a> {
    lines: &'a [Line],
    excess: f64,
}

impl Sigma<'_> {
    fn of(&self, gradient: &[[f64; 2]]) -> f64 {
        let each = |(line, g): (&Line, &[f64; 2])| {
            let c = line.covariance;
            g[0] * g[0] * c[0][0] + 2.0 * g[0] * g[1] * c[0][1] + g[1] * g[1] * c[1][1]
        };
        (self.excess * self.lines.iter().zip(gradient).map(each).sum::<f64>()).max(0.0).sqrt()
    }
}

fn trapezoid(orders: &[Order], step: f64, of: impl Fn(&Order) -> f64) -> f64 {
    let ends = 0.5 * (of(&orders[0]) + of(&orders[orders.len() - 1]));
    step * (orders.iter().map(of).sum::<f64>() - ends)
}

fn summed<'a>(orders: &'a [Order], of: impl Fn(&'a Order, usize) -> (f64, &'a Gradient)) -> Gradient {
    let mut sum = vec![[0.0; 2]; orders[0].d_intercept.len()];
    for (k, order) in orders.iter().enumerate() {
        let (factor, gradient) = of(order, k);
        for (s, g) in sum.iter_mut().zip(gradient) {
            *s = [s[0] + factor * g[0], s[1] + factor * g[1]];
        }
    }
    sum
}

/// Index of the length at which the tangent is taken: 0, or where A_S falls steepest if it bends downwards before.
fn steepest(orders: &[Order], step: f64, sigma: &Sigma<'_>) -> usize {
    // A″(0) = u² + 2u′ for ln A = L u(L).
    let (first, second) = (&orders[0], &orders[1]);
    let u = first.intercept;
    let bend = u * u + 2.0 * (second.intercept - u) / step;
    let d_bend: Gradient = first
        .d_intercept
        .iter()
        .zip(&second.d_intercept)
        .map(|(a, b)| std::array::from_fn(|i| 2.0 * u * a[i] + 2.0 * (b[i] - a[i]) / step))
        .collect();
    if bend >= -SIGNIFICANT * sigma.of(&d_bend) {
        return 0;
    }
    let fall = |k: usize| {
        let at = |k: usize| (orders[k].length * orders[k].intercept).exp();
        at(k - 1) - at(k + 1)
    };
    (1..orders.len() - 1).max_by(|a, b| fall(*a).total_cmp(&fall(*b))).unwrap_or(0)
}

/// Length at which the tangent to A_S at this index meets zero, `L − A/A′ = L − 1/(u + L u′)`, with its gradient.
fn at_zero(orders: &[Order], index: usize, step: f64) -> (f64, Gradient) {
    let at = &orders[index];
    if index == 0 {
        let d = at.d_intercept.iter().map(|g| g.map(|g| g / (at.intercept * at.intercept))).collect();
        return (-1.0 / at.intercept, d);
    }
    let (before, after) = (&orders[index - 1], &orders[index + 1]);
    let slope = |a: f64, b: f64| at.length * (b - a) / (2.0 * step);
    let fall = at.intercept + slope(before.intercept, after.intercept);
    let d = (0..at.d_intercept.len()).map(|i| {
        std::array::from_fn(|k| {
            let d_fall = at.d_intercept[i][k] + slope(before.d_intercept[i][k], after.d_intercept[i][k]);
            d_fall / (fall * fall)
        })
    });
    (at.length - 1.0 / fall, d.collect())
}

fn strain(order: &Order, sigma: &Sigma<'_>) -> Option<Quantity> {
    if order.length == 0.0 {
        return None;
    }
    let factor = -1.0 / (2.0 * PI * PI * order.length);
    let square = factor * order.slope;
    let root = (square > 0.0).then(|| square.sqrt())?;
    Some(Quantity::new(root, 0.5 * factor.abs() * sigma.of(&order.d_slope) / root))
}
