//! Widths of a shape from its values alone, with their derivatives.
//!
//! With the apex a and the half points x₋, x₊ (f(x±) = f(a)/2), implicit differentiation gives
//! `dx±/dp = (½ ∂f/∂p(a) − ∂f/∂p(x±)) / f'(x±)`; the apex itself does not contribute, because f'(a) = 0.

use doublet_common::lineshape::{MAX_PARAMETERS, Point, Shape, Width};

/// Halvings of a bracket: enough for the last bit of a double.
const MAX_STEPS: usize = 200;
/// Doublings of the distance in which a half point must lie.
const MAX_DOUBLINGS: usize = 60;

/// Offset of the maximum; `scale` is of the order of the width.
pub(super) fn apex(shape: &impl Shape, scale: f64) -> f64 {
    let slope = |x: f64| shape.at(x).d_offset;
    let (mut low, mut high) = (-scale, scale);
    for _ in 0..MAX_DOUBLINGS {
        if slope(low) > 0.0 {
            break;
        }
        low *= 2.0;
    }
    for _ in 0..MAX_DOUBLINGS {
        if slope(high) < 0.0 {
            break;
        }
        high *= 2.0;
    }
    root(slope, low, high)
}

/// Offsets where the shape has half of its height, below and above the apex, and the values at apex and half points.
pub(super) fn half_points(shape: &impl Shape, scale: f64) -> ([f64; 2], [Point; 3]) {
    let top = apex(shape, scale);
    let apex_point = shape.at(top);
    let half = |sign: f64| {
        let mut reach = scale;
        for _ in 0..MAX_DOUBLINGS {
            if shape.at(top + sign * reach).value < 0.5 * apex_point.value {
                break;
            }
            reach *= 2.0;
        }
        root(|x| shape.at(x).value - 0.5 * apex_point.value, top, top + sign * reach)
    };
    let (low, high) = (half(-1.0), half(1.0));
    ([low, high], [apex_point, shape.at(low), shape.at(high)])
}

/// Full width at half maximum.
pub(super) fn fwhm(shape: &impl Shape, scale: f64) -> Width {
    let ([low, high], [top, at_low, at_high]) = half_points(shape, scale);
    let mut d_parameters = [0.0; MAX_PARAMETERS];
    for (k, d) in d_parameters.iter_mut().enumerate() {
        let shift = |point: &Point| (0.5 * top.d_parameters[k] - point.d_parameters[k]) / point.d_offset;
        *d = shift(&at_high) - shift(&at_low);
    }
    Width { value: high - low, d_parameters }
}

/// Integral breadth, for unit area: one over the height.
pub(super) fn integral_breadth(shape: &impl Shape, scale: f64) -> Width {
    let top = shape.at(apex(shape, scale));
    let mut d_parameters = top.d_parameters;
    d_parameters.iter_mut().for_each(|d| *d /= -top.value * top.value);
    Width { value: 1.0 / top.value, d_parameters }
}

/// Root of a function that changes sign between `a` and `b` (regula falsi, Illinois variant).
fn root(f: impl Fn(f64) -> f64, mut a: f64, mut b: f64) -> f64 {
    let (mut fa, mut fb) = (f(a), f(b));
    for _ in 0..MAX_STEPS {
        if fa == 0.0 || (b - a).abs() <= f64::EPSILON * (a.abs() + b.abs()) {
            return a;
        }
        let c = b - fb * (b - a) / (fb - fa);
        // Rounding can push the secant outside the bracket.
        let c = if c.is_finite() && (c - a) * (c - b) < 0.0 { c } else { 0.5 * (a + b) };
        let fc = f(c);
        if fc * fb < 0.0 {
            (a, fa) = (b, fb);
        } else {
            fa *= 0.5;
        }
        (b, fb) = (c, fc);
        if fb == 0.0 {
            return b;
        }
    }
    b
}
