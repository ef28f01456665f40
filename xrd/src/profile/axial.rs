//! Axial divergence: the asymmetry of Finger, Cox & Jephcoat, J. Appl. Cryst. 27 (1994) 892, as a sum of shifted shapes.
//!
//! A ray diffracted at 2θ that leaves the plane of the diffractometer by the axial offset z (in units of the radius) is
//! detected at δ, cos δ = cos 2θ √(1 + z²) (their eq. 10). With z instead of 2φ as variable of integration the singular
//! 1/h of their eq. 7 cancels: the density over z is W(z) / ((1 + z²) sin δ), with W = 2 min(S, H) for z < |S − H| and
//! S + H − z up to S + H (eqs. 11–14). Each part is smooth, so Gauss–Legendre points serve each.

use std::sync::OnceLock;

/// Points of one part where the shift is small against the width, and at most.
const POINTS: [usize; 5] = [4, 8, 16, 32, 64];

/// A shifted copy of the shape of a reflection.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Copy {
    /// Where it stands, 2θ in degrees.
    pub position_deg: f64,
    /// ∂ position / ∂ 2θ.
    pub d_position: f64,
    /// Weight; the weights of all copies sum to 1.
    pub weight: f64,
    /// ∂ weight by 2θ (1/deg), S/L and H/L.
    pub d_weight: [f64; 3],
}

/// The copies whose sum is the reflection at `two_theta_deg`, for a shape of width `fwhm_deg` (which decides how many).
pub(crate) fn copies(s_over_l: f64, h_over_l: f64, two_theta_deg: f64, fwhm_deg: f64) -> Vec<Copy> {
    copies_of(s_over_l, h_over_l, two_theta_deg, |spread_deg| 4.0 + 5.0 * spread_deg / fwhm_deg)
}

/// Shift from `two_theta_deg` and weight of as few copies as give a peak of width `fwhm_deg` to two thousandths of its height;
/// a single one, at their mean, where they all lie within a tenth of the width.
pub(crate) fn few_copies(s_over_l: f64, h_over_l: f64, two_theta_deg: f64, fwhm_deg: f64) -> Vec<(f64, f64)> {
    const TOGETHER: f64 = 0.1;
    let all = copies_of(s_over_l, h_over_l, two_theta_deg, |spread_deg| 2.0 + 3.0 * spread_deg / fwhm_deg);
    let shifts: Vec<(f64, f64)> = all.iter().map(|copy| (copy.position_deg - two_theta_deg, copy.weight)).collect();
    if shifts.iter().all(|(shift, _)| shift.abs() < TOGETHER * fwhm_deg) {
        return vec![(shifts.iter().map(|(shift, weight)| shift * weight).sum(), 1.0)];
    }
    shifts
}

/// The copies; `needed` says how many each part needs from how far they spread.
fn copies_of(s_over_l: f64, h_over_l: f64, two_theta_deg: f64, needed: impl Fn(f64) -> f64) -> Vec<Copy> {
    let two_theta = two_theta_deg.to_radians();
    let (sine, cosine) = two_theta.sin_cos();
    // Beyond this offset no ray of the cone goes; a slit without height is one of little height.
    let reach = (sine / cosine.abs()).abs() * (1.0 - 1e-9);
    let floor = 1e-6 * s_over_l.max(h_over_l);
    let (s, h) = (s_over_l.max(floor), h_over_l.max(floor));
    let (kink, end) = ((s - h).abs().min(reach), (s + h).min(reach));
    if end <= 0.0 {
        return vec![Copy { position_deg: two_theta_deg, d_position: 1.0, weight: 1.0, d_weight: [0.0; 3] }];
    }
    let detected = |z: f64| (cosine * (1.0 + z * z).sqrt()).clamp(-1.0, 1.0).acos();
    let shift_deg = (two_theta - detected(end)).to_degrees().abs();
    let needed = needed(shift_deg);
    let index = POINTS.iter().position(|n| *n as f64 >= needed).unwrap_or(POINTS.len() - 1);
    let smaller = s.min(h);
    let mut copies = Vec::with_capacity(2 * POINTS[index]);
    for (low, high) in [(0.0, kink), (kink, end)] {
        if high - low <= 0.0 {
            continue;
        }
        for (node, share) in legendre(index) {
            let z = low + (high - low) * node;
            // W over twice the smaller height, which the normalisation divides out again.
            let inner = z < (s - h).abs();
            let height = if inner { 2.0 * smaller } else { s + h - z };
            let d_height = match (inner, s < h) {
                (true, true) => [2.0, 0.0],
                (true, false) => [0.0, 2.0],
                (false, _) => [1.0, 1.0],
            };
            let at = detected(z);
            let (at_sine, at_cosine) = at.sin_cos();
            let measure = share * (high - low) / ((1.0 + z * z) * at_sine);
            let d_position = sine * (1.0 + z * z).sqrt() / at_sine;
            let d_angle = -height * measure * at_cosine / at_sine * d_position * 1f64.to_radians();
            copies.push(Copy {
                position_deg: at.to_degrees(),
                d_position,
                weight: height * measure,
                d_weight: [d_angle, d_height[0] * measure, d_height[1] * measure],
            });
        }
    }
    normalise(&mut copies);
    copies
}

/// Divides by the sum of the weights, derivatives included.
fn normalise(copies: &mut [Copy]) {
    let sum: f64 = copies.iter().map(|copy| copy.weight).sum();
    let d_sum = [0, 1, 2].map(|i| copies.iter().map(|copy| copy.d_weight[i]).sum::<f64>());
    for copy in copies {
        copy.weight /= sum;
        for (d, d_sum) in copy.d_weight.iter_mut().zip(d_sum) {
            *d = (*d - copy.weight * d_sum) / sum;
        }
    }
}

/// Gauss–Legendre points and weights on 0 to 1, by Newton's method on the Legendre polynomial.
fn legendre(index: usize) -> impl Iterator<Item = (f64, f64)> {
    static TABLES: OnceLock<[Vec<(f64, f64)>; POINTS.len()]> = OnceLock::new();
    let tables = TABLES.get_or_init(|| {
        POINTS.map(|n| {
            (0..n)
                .map(|i| {
                    let mut x = (std::f64::consts::PI * (i as f64 + 0.75) / (n as f64 + 0.5)).cos();
                    let mut slope = 1.0;
                    for _ in 0..20 {
                        let (mut last, mut value) = (1.0, x);
                        for k in 2..=n {
                            let k = k as f64;
                            (last, value) = (value, ((2.0 * k - 1.0) * x * value - (k - 1.0) * last) / k);
                        }
                        slope = n as f64 * (x * value - last) / (x * x - 1.0);
                        x -= value / slope;
                    }
                    (0.5 * (1.0 + x), 1.0 / ((1.0 - x * x) * slope * slope))
                })
                .collect()
        })
    });
    tables[index].iter().copied()
}

#[cfg(test)]
mod tests {
    use doublet_common::lineshape::{Shape, Tch};

    use super::*;

    #[test]
    fn the_sum_is_the_papers_integral() {
        // Truth: eqs. 7 to 14 of the paper integrated over 2φ by mpmath with 40 digits; S/L 0.035, H/L 0.02, TCH of 0.04° and 0.03°.
        let truth: [(f64, [(f64, f64); 4]); 3] = [
            (21.3, [(20.9, 0.044776233676), (21.2, 2.6121248277), (21.3, 7.30482159677), (21.35, 1.158245174)]),
            (
                140.0,
                [(139.8, 0.115516153465), (140.0, 9.65646601289), (140.1, 1.25858742447), (140.5, 0.0237310546476)],
            ),
            (8.0, [(7.5, 0.247255589985), (7.9, 2.59568386469), (7.98, 5.27794845), (8.05, 0.75072916918)]),
        ];
        let shape = Tch::new(0.04, 0.03).unwrap();
        for (at, points) in truth {
            for (x, expected) in points {
                for (s, h) in [(0.035, 0.02), (0.02, 0.035)] {
                    let copies = copies(s, h, at, shape.fwhm().value);
                    let value: f64 = copies.iter().map(|c| c.weight * shape.at(x - c.position_deg).value).sum();
                    assert!((value - expected).abs() < 1e-6 * 10.0, "{at} {x}: {value} for {expected}");
                }
            }
        }
    }

    #[test]
    fn few_copies_are_enough_for_a_peak() {
        // Truth: the many copies.
        for at in [7.0, 12.0, 21.3, 30.0, 45.0, 70.0, 110.0, 150.0] {
            for (gaussian, lorentzian) in [(0.04, 0.03), (0.03, 0.01), (0.15, 0.1)] {
                let shape = Tch::new(gaussian, lorentzian).unwrap();
                let width = shape.fwhm().value;
                let (few, many) = (few_copies(0.03, 0.03, at, width), copies(0.03, 0.03, at, width));
                let value = |x: f64| {
                    let few: f64 = few.iter().map(|(shift, weight)| weight * shape.at(x - at - shift).value).sum();
                    let many: f64 = many.iter().map(|c| c.weight * shape.at(x - c.position_deg).value).sum();
                    (few, many)
                };
                let points: Vec<(f64, f64)> = (-300..300).map(|i| value(at + 0.01 * width * f64::from(i))).collect();
                let height = points.iter().map(|(_, many)| *many).fold(0.0, f64::max);
                let worst = points.iter().map(|(few, many)| (few - many).abs()).fold(0.0, f64::max);
                assert!(
                    worst < 2e-3 * height,
                    "{at} {width}: {:.1e} of the height, {} copies",
                    worst / height,
                    few.len()
                );
            }
        }
    }

    #[test]
    fn without_heights_or_at_ninety_degrees_nothing_moves() {
        // Truth: closed form: the cone is a plane at 90°.
        assert_eq!(copies(0.0, 0.0, 30.0, 0.05).len(), 1);
        assert!(copies(0.05, 0.03, 90.0, 0.05).iter().all(|copy| (copy.position_deg - 90.0).abs() < 1e-12));
    }
}
