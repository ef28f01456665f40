//! Sums over slices of numbers, at the width of the machine's vector registers.
//!
//! The width is asked for at run time, so that one binary serves every machine. Where two machines have different widths,
//! the last digit of a sum may differ.

use pulp::{Arch, Simd, WithSimd};

/// Independent partial sums of a scalar product: enough to hide the latency of an addition.
const PARTIAL_SUMS: usize = 4;

/// Length below which asking for the registers costs more than they give.
const SHORT: usize = 16;

/// `exp(x)` for x from −700 to 0, without a branch and without a call, so that a loop over points is computed at the width of
/// the registers. The error is about that of the last digit.
///
/// With n the whole number next to x/ln 2, `exp(x) = 2ⁿ exp(x − n ln 2)`; the second factor is a Taylor series, whose first
/// term left out is below 1e-17, since its argument is within ±0.35.
#[inline(always)]
pub(crate) fn exp_of_negative(x: f64) -> f64 {
    /// Adding this leaves a number rounded to a whole one, in the last bits of the sum.
    const ROUND: f64 = 6_755_399_441_055_744.0;
    /// `ln 2` in two parts, the first with so few digits that its products with n are exact.
    const LN_2: (f64, f64) = (0.693_147_180_369_123_816_49, 1.908_214_929_270_587_700_02e-10);
    /// `1/k!` for k from 13 down to 0.
    const TAYLOR: [f64; 14] = {
        let mut inverse = [1.0; 14];
        let mut k = 1;
        let mut factorial = 1.0;
        while k < 14 {
            factorial *= k as f64;
            inverse[13 - k] = 1.0 / factorial;
            k += 1;
        }
        inverse
    };
    let shifted = x * std::f64::consts::LOG2_E + ROUND;
    let n = shifted - ROUND;
    let rest = (x - n * LN_2.0) - n * LN_2.1;
    let series = TAYLOR.iter().fold(0.0, |sum, term| sum * rest + term);
    let power = f64::from_bits((shifted.to_bits() << 52).wrapping_add(1.0f64.to_bits()));
    series * power
}

/// Scalar product over the shorter of two slices.
#[inline]
pub fn dot(a: &[f64], b: &[f64]) -> f64 {
    let n = a.len().min(b.len());
    if n < SHORT {
        return short_dot(&a[..n], &b[..n]);
    }
    Arch::new().dispatch(Dot { a: &a[..n], b: &b[..n] })
}

/// Scalar product with two partial sums, which a short row of a factor is long enough for.
#[inline]
fn short_dot(a: &[f64], b: &[f64]) -> f64 {
    let (mut even, mut odd) = (0.0, 0.0);
    let (mut pairs_a, mut pairs_b) = (a.chunks_exact(2), b.chunks_exact(2));
    for (a, b) in (&mut pairs_a).zip(&mut pairs_b) {
        even += a[0] * b[0];
        odd += a[1] * b[1];
    }
    let last: f64 = pairs_a.remainder().iter().zip(pairs_b.remainder()).map(|(a, b)| a * b).sum();
    even + odd + last
}

/// Scalar products of each of `a` with each of `b`, all as long as the shortest: every number is fetched once for all the
/// products of its row or column.
pub fn products<const M: usize, const N: usize>(a: [&[f64]; M], b: [&[f64]; N]) -> [[f64; N]; M] {
    let n = a.iter().chain(&b).map(|slice| slice.len()).min().unwrap_or(0);
    Arch::new().dispatch(Products { a: a.map(|a| &a[..n]), b: b.map(|b| &b[..n]) })
}

struct Products<'a, const M: usize, const N: usize> {
    a: [&'a [f64]; M],
    b: [&'a [f64]; N],
}

impl<const M: usize, const N: usize> WithSimd for Products<'_, M, N> {
    type Output = [[f64; N]; M];

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> [[f64; N]; M] {
        let (a, b) = (self.a.map(|a| S::as_simd_f64s(a)), self.b.map(|b| S::as_simd_f64s(b)));
        let zero = simd.splat_f64s(0.0);
        let mut sums = [[zero; N]; M];
        for i in 0..a.iter().map(|(a, _)| a.len()).next().unwrap_or(0) {
            let mut column = [zero; N];
            for n in 0..N {
                column[n] = b[n].0[i];
            }
            for m in 0..M {
                for n in 0..N {
                    sums[m][n] = simd.mul_add_e_f64s(a[m].0[i], column[n], sums[m][n]);
                }
            }
        }
        std::array::from_fn(|m| {
            std::array::from_fn(|n| {
                let rest: f64 = a[m].1.iter().zip(b[n].1).map(|(a, b)| a * b).sum();
                simd.reduce_sum_f64s(sums[m][n]) + rest
            })
        })
    }
}

struct Dot<'a> {
    a: &'a [f64],
    b: &'a [f64],
}

impl WithSimd for Dot<'_> {
    type Output = f64;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> f64 {
        let ((a, a_rest), (b, b_rest)) = (S::as_simd_f64s(self.a), S::as_simd_f64s(self.b));
        let mut sums = [simd.splat_f64s(0.0); PARTIAL_SUMS];
        let (mut blocks_a, mut blocks_b) = (a.chunks_exact(PARTIAL_SUMS), b.chunks_exact(PARTIAL_SUMS));
        for (a, b) in (&mut blocks_a).zip(&mut blocks_b) {
            for k in 0..PARTIAL_SUMS {
                sums[k] = simd.mul_add_e_f64s(a[k], b[k], sums[k]);
            }
        }
        for (k, (a, b)) in blocks_a.remainder().iter().zip(blocks_b.remainder()).enumerate() {
            sums[k] = simd.mul_add_e_f64s(*a, *b, sums[k]);
        }
        let [s0, s1, s2, s3] = sums;
        let sum = simd.add_f64s(simd.add_f64s(s0, s1), simd.add_f64s(s2, s3));
        simd.reduce_sum_f64s(sum) + a_rest.iter().zip(b_rest).map(|(a, b)| a * b).sum::<f64>()
    }
}

/// `y ← y + factor · x` over the shorter of two slices.
#[inline]
pub fn add_scaled(factor: f64, x: &[f64], y: &mut [f64]) {
    let n = x.len().min(y.len());
    if n < SHORT {
        y.iter_mut().zip(x).for_each(|(y, x)| *y += factor * x);
        return;
    }
    Arch::new().dispatch(AddScaled { factor, x: &x[..n], y: &mut y[..n] });
}

struct AddScaled<'a> {
    factor: f64,
    x: &'a [f64],
    y: &'a mut [f64],
}

impl WithSimd for AddScaled<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let ((x, x_rest), (y, y_rest)) = (S::as_simd_f64s(self.x), S::as_mut_simd_f64s(self.y));
        let factor = simd.splat_f64s(self.factor);
        for (y, x) in y.iter_mut().zip(x) {
            *y = simd.mul_add_e_f64s(factor, *x, *y);
        }
        for (y, x) in y_rest.iter_mut().zip(x_rest) {
            *y += self.factor * x;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Truth: whole numbers, whose sums are exact in any order.
    #[test]
    fn sums_of_any_length_are_exact() {
        for n in [0, 1, 3, 7, 16, 31, 64, 131] {
            let a: Vec<f64> = (0..n).map(|i| f64::from(i % 11) - 5.0).collect();
            let b: Vec<f64> = (0..n).map(|i| f64::from(i % 7)).collect();
            let expected: f64 = a.iter().zip(&b).map(|(a, b)| a * b).sum();
            assert_eq!(dot(&a, &b), expected, "{n}");
            let squares: f64 = a.iter().map(|a| a * a).sum();
            assert_eq!(products([&a, &a], [&b, &a, &b]), [[expected, squares, expected]; 2], "{n}");
            let mut y = b.clone();
            add_scaled(3.0, &a, &mut y);
            assert!(y.iter().zip(&a).zip(&b).all(|((y, a), b)| *y == b + 3.0 * a), "{n}");
        }
    }

    #[test]
    fn the_exponential_is_that_of_the_library() {
        // Truth: std's exp, which is right to the last digit.
        for i in 0..=70_000 {
            let x = -0.01 * f64::from(i);
            let (own, expected) = (exp_of_negative(x), x.exp());
            assert!((own / expected - 1.0).abs() < 5e-16, "exp({x}) = {own}, expected {expected}");
        }
    }

    #[test]
    fn the_shorter_slice_decides() {
        assert_eq!(dot(&[1.0, 2.0, 3.0], &[4.0]), 4.0);
        let mut y = [1.0, 1.0];
        add_scaled(2.0, &[1.0, 2.0, 3.0], &mut y);
        assert_eq!(y, [3.0, 5.0]);
    }
}
