//! Backgrounds that are decided from the data alone, with averaged ends.
//!
//! With `y₀` and `y₁` the means of the points at the low and the high end of binding energy:
//! * constant: `y₀`; linear: the straight line between the means;
//! * Shirley: the fixed point of `B(E) = y₀ + (y₁ − y₀) ∫ (y − B) below E / ∫ (y − B)` (D. A. Shirley, Phys. Rev. B 5 (1972)
//!   4709; A. Proctor & P. M. A. Sherwood, Anal. Chem. 54 (1982) 13); with a line, after subtraction of the slope of the low end;
//! * Smart: Shirley between the outermost points at which it nowhere exceeds the smoothed data; outside of them the smoothed
//!   data themselves (the constraint that Thermo Avantage describes, in a form of our own: areas agree with its table to 1 %);
//! * Tougaard: `B(E) = y₀ + B ∫ K(E − E') (y − y₀)(E') dE'`, B such that the background meets `y₁` (S. Tougaard, Surf. Interface
//!   Anal. 11 (1988) 453);
//! * spline: through the means around its knots.

use super::active::{Loss, natural_spline};
use super::{BackgroundKind, PreSubtraction};
use crate::error::{Error, Result};

/// Most iterations of a Shirley background.
const MAX_ITERATIONS: usize = 200;
/// Change, as a fraction of the step, below which the iteration ends.
const CONVERGED: f64 = 1e-9;
/// Least points of a region.
const LEAST_POINTS: usize = 4;
/// Points on each side of the running mean under which a Smart background stays.
const SMOOTHING_POINTS: usize = 2;

/// The background of a region in the unit of its intensities; energies ascend, knots stand on the measured axis.
///
/// # Errors
/// [`Error::Model`] for fewer than four points, for no area above the ends (Shirley, Tougaard), for bad knots.
pub fn background(
    kind: &BackgroundKind,
    energy_ev: &[f64],
    intensity: &[f64],
    ends: PreSubtraction,
    shift_ev: f64,
) -> Result<Vec<f64>> {
    let n = intensity.len();
    if n < LEAST_POINTS || energy_ev.len() != n {
        return Err(refuse(kind, format!("{n} points, expected at least {LEAST_POINTS}")));
    }
    let count = ends.end_points.clamp(1, n / 2);
    let (low, high) = (mean(&intensity[..count]), mean(&intensity[n - count..]));
    match kind {
        BackgroundKind::Constant => Ok(vec![low; n]),
        BackgroundKind::Linear => {
            let (first, last) = (mean(&energy_ev[..count]), mean(&energy_ev[n - count..]));
            Ok(energy_ev.iter().map(|e| low + (high - low) * (e - first) / (last - first)).collect())
        }
        BackgroundKind::ShirleyLinear => {
            let slope = slope(&energy_ev[..count.max(2)], &intensity[..count.max(2)]);
            let line: Vec<f64> = energy_ev.iter().map(|e| slope * (e - energy_ev[0])).collect();
            let flat: Vec<f64> = intensity.iter().zip(&line).map(|(y, l)| y - l).collect();
            let ends = [mean(&flat[..count]), mean(&flat[n - count..])];
            let step = shirley(energy_ev, &flat, ends).ok_or_else(|| refuse(kind, no_area(low, high)))?;
            Ok(step.iter().zip(&line).map(|(s, l)| s + l).collect())
        }
        BackgroundKind::Smart => smart(energy_ev, intensity).ok_or_else(|| refuse(kind, no_area(low, high))),
        BackgroundKind::Spline { knots_ev } => spline(knots_ev, energy_ev, intensity, count, shift_ev),
        _ => between(kind, energy_ev, intensity, [low, high]),
    }
}

/// A straight line, Shirley's or Tougaard's background from one height at the first point to another at the last.
///
/// # Errors
/// [`Error::Model`] for no area above the ends (Shirley, Tougaard).
pub fn between(kind: &BackgroundKind, energy_ev: &[f64], intensity: &[f64], [low, high]: [f64; 2]) -> Result<Vec<f64>> {
    if let Some(cross_section) = kind.cross_section() {
        return tougaard(&Loss::kernel(energy_ev, &cross_section), intensity, low, high)
            .ok_or_else(|| refuse(kind, "no losses between the ends".into()));
    }
    if *kind == BackgroundKind::Linear {
        let (first, span) = (energy_ev[0], energy_ev[energy_ev.len() - 1] - energy_ev[0]);
        return Ok(energy_ev.iter().map(|e| low + (high - low) * (e - first) / span).collect());
    }
    shirley(energy_ev, intensity, [low, high]).ok_or_else(|| refuse(kind, no_area(low, high)))
}

fn refuse(kind: &BackgroundKind, message: String) -> Error {
    Error::Model { model: "background subtracted first", message: format!("{}: {message}", kind.describe()) }
}

fn no_area(low: f64, high: f64) -> String {
    format!("no area above ends of {low} and {high}; widen the window or choose a linear background")
}

fn mean(part: &[f64]) -> f64 {
    part.iter().sum::<f64>() / part.len().max(1) as f64
}

/// Slope of the least-squares line.
fn slope(x: &[f64], y: &[f64]) -> f64 {
    let (mx, my) = (mean(x), mean(y));
    let (top, bottom) =
        x.iter().zip(y).fold((0.0, 0.0), |(t, b), (x, y)| (t + (x - mx) * (y - my), b + (x - mx) * (x - mx)));
    if bottom > 0.0 { top / bottom } else { 0.0 }
}

/// Fixed point of Shirley's equation between two heights; none if no area is left above the background.
fn shirley(energy_ev: &[f64], intensity: &[f64], [low, high]: [f64; 2]) -> Option<Vec<f64>> {
    let integral = Loss::cumulative(energy_ev);
    let mut background = vec![low; intensity.len()];
    let mut below = background.clone();
    for _ in 0..MAX_ITERATIONS {
        let net: Vec<f64> = intensity.iter().zip(&background).map(|(y, b)| y - b).collect();
        integral.apply(&net, &mut below);
        let total = below.last().copied().filter(|t| *t > 0.0 && t.is_finite())?;
        let mut change = 0.0_f64;
        for (b, part) in background.iter_mut().zip(&below) {
            let next = low + (high - low) * part / total;
            change = change.max((next - *b).abs());
            *b = next;
        }
        if change <= CONVERGED * (high - low).abs() {
            break;
        }
    }
    Some(background)
}

fn smart(energy_ev: &[f64], intensity: &[f64]) -> Option<Vec<f64>> {
    let n = intensity.len();
    let window = |i: usize| i.saturating_sub(SMOOTHING_POINTS)..(i + SMOOTHING_POINTS + 1).min(n);
    let smooth: Vec<f64> = (0..n).map(|i| mean(&intensity[window(i)])).collect();
    let top = (0..n).max_by(|a, b| smooth[*a].total_cmp(&smooth[*b]))?;
    let (mut low, mut high) = (0, n - 1);
    // Each turn moves one end inwards by a point.
    for _ in 0..n {
        let Some(step) = shirley(&energy_ev[low..=high], &intensity[low..=high], [smooth[low], smooth[high]]) else {
            // So far above the data that no area is left.
            high -= 1;
            if high - low < LEAST_POINTS {
                return None;
            }
            continue;
        };
        let over = |from: usize, to: usize| (from..to).map(|i| step[i - low] - smooth[i]).fold(0.0, f64::max);
        let (before, after) = (over(low + 1, top.max(low + 1)), over(top.min(high), high));
        if before.max(after) <= CONVERGED * smooth[top].abs() || high - low < LEAST_POINTS {
            let mut background = smooth;
            background[low..=high].copy_from_slice(&step);
            return Some(background);
        }
        if after >= before { high -= 1 } else { low += 1 }
    }
    None
}

fn tougaard(losses: &Loss, intensity: &[f64], low: f64, high: f64) -> Option<Vec<f64>> {
    let net: Vec<f64> = intensity.iter().map(|y| y - low).collect();
    let mut lost = vec![0.0; net.len()];
    losses.apply(&net, &mut lost);
    let amplitude = (high - low) / lost.last().copied().filter(|l| *l > 0.0)?;
    amplitude.is_finite().then(|| lost.iter().map(|l| low + amplitude * l).collect())
}

fn spline(knots_ev: &[f64], energy_ev: &[f64], intensity: &[f64], count: usize, shift_ev: f64) -> Result<Vec<f64>> {
    let knots: Vec<f64> = knots_ev.iter().map(|k| k + shift_ev).collect();
    if knots.len() < 2 || !knots.windows(2).all(|w| w[1] > w[0]) {
        let kind = BackgroundKind::Spline { knots_ev: knots_ev.to_vec() };
        return Err(refuse(&kind, format!("knots {knots_ev:?} eV, expected at least two in ascending order")));
    }
    let n = intensity.len();
    let height = |knot: &f64| {
        let at = energy_ev.partition_point(|e| e < knot).min(n - 1);
        mean(&intensity[at.saturating_sub(count / 2)..(at + count / 2 + 1).min(n)])
    };
    let heights: Vec<f64> = knots.iter().map(height).collect();
    Ok(energy_ev.iter().map(|e| natural_spline(&knots, &heights)(*e)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use doublet_common::lineshape::{Shape as _, Voigt};

    fn axis() -> Vec<f64> {
        (0..401).map(|i| 150.0 + 0.05 * f64::from(i)).collect()
    }

    fn peak(energy: &[f64]) -> Vec<f64> {
        let shape = Voigt::new(1.0, 0.0).unwrap();
        energy.iter().map(|e| 5000.0 * shape.at(e - 158.0).value).collect()
    }

    fn found(kind: BackgroundKind, energy: &[f64], y: &[f64]) -> Vec<f64> {
        background(&kind, energy, y, PreSubtraction::default(), 0.0).unwrap()
    }

    fn worst(a: &[f64], b: &[f64]) -> f64 {
        a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
    }

    #[test]
    fn shirley_is_found_again() {
        // Truth: a line whose step is its own running integral; that background is the fixed point of Shirley's equation.
        let energy = axis();
        let signal = peak(&energy);
        let mut step = vec![0.0; signal.len()];
        Loss::cumulative(&energy).apply(&signal, &mut step);
        let truth: Vec<f64> = step.iter().map(|s| 100.0 + 0.04 * s).collect();
        let y: Vec<f64> = signal.iter().zip(&truth).map(|(s, b)| s + b).collect();
        assert!(worst(&found(BackgroundKind::Shirley, &energy, &y), &truth) < 1e-6);
        // The same on a slope of 3 per eV, which the low end shows.
        let line = |e: &f64| 3.0 * (e - 150.0);
        let tilted: Vec<f64> = y.iter().zip(&energy).map(|(y, e)| y + line(e)).collect();
        let truth: Vec<f64> = truth.iter().zip(&energy).map(|(b, e)| b + line(e)).collect();
        assert!(worst(&found(BackgroundKind::ShirleyLinear, &energy, &tilted), &truth) < 1e-6);
    }

    #[test]
    fn tougaard_is_found_again() {
        // Truth: measured spectrum j = F + B ∫ K j, solved forward from the primary line F; Tougaard's algorithm inverts it.
        let energy = axis();
        let losses = Loss::kernel(&energy, &super::super::LossCrossSection::UNIVERSAL);
        let primary = peak(&energy);
        let mut measured = primary.clone();
        let mut lost = vec![0.0; primary.len()];
        for _ in 0..60 {
            losses.apply(&measured, &mut lost);
            measured = primary.iter().zip(&lost).map(|(f, l)| f + 2866.0 * l).collect();
        }
        let truth: Vec<f64> = lost.iter().map(|l| 100.0 + 2866.0 * l).collect();
        let y: Vec<f64> = measured.iter().map(|m| 100.0 + m).collect();
        // The five points at the end stand for one: they rise along the losses.
        assert!(worst(&found(BackgroundKind::TougaardU2, &energy, &y), &truth) < 0.01 * (truth[400] - 100.0));
    }

    #[test]
    fn straight_backgrounds_are_found_again() {
        // Truth: the curves themselves.
        let energy = axis();
        let line: Vec<f64> = energy.iter().map(|e| 20.0 + 2.0 * (e - 150.0)).collect();
        let y: Vec<f64> = peak(&energy).iter().zip(&line).map(|(s, l)| s + l).collect();
        assert!(worst(&found(BackgroundKind::Linear, &energy, &y), &line) < 1e-9);
        let knots_ev = vec![151.0, 154.0, 164.0, 169.0];
        assert!(worst(&found(BackgroundKind::Spline { knots_ev }, &energy, &y), &line) < 1e-6);
        let flat = found(BackgroundKind::Constant, &energy, &vec![7.0; 401]);
        assert!(flat.iter().all(|b| *b == 7.0));
    }

    #[test]
    fn smart_stays_below_the_data() {
        // Truth: definition. The data fall behind the line, where Shirley's step stands above them.
        let energy = axis();
        let rise = |e: f64| (200.0 * (e - 158.0)).clamp(0.0, 400.0);
        let fall = |e: f64| rise(e) - 60.0 * (e - 160.0).clamp(0.0, 5.0) + 80.0 * (e - 166.0).max(0.0);
        let y: Vec<f64> = peak(&energy).iter().zip(&energy).map(|(s, e)| 100.0 + 4.0 * s + fall(*e)).collect();
        let (step, smart) = (found(BackgroundKind::Shirley, &energy, &y), found(BackgroundKind::Smart, &energy, &y));
        let above = |b: &[f64]| b.iter().zip(&y).filter(|(b, y)| **b > **y + 5.0).count();
        assert!(above(&step) > 20, "the example does not show the fault: {}", above(&step));
        assert_eq!(above(&smart), 0);
    }

    #[test]
    fn what_cannot_be_is_refused() {
        // Truth: a valley has no area above its ends.
        let energy = axis();
        let valley: Vec<f64> = peak(&energy).iter().map(|p| 9000.0 - p).collect();
        let ends = PreSubtraction::default();
        let error = background(&BackgroundKind::Shirley, &energy, &valley, ends, 0.0).unwrap_err().to_string();
        assert!(error.contains("no area"), "{error}");
        assert!(background(&BackgroundKind::Linear, &energy[..3], &valley[..3], ends, 0.0).is_err());
        let knots_ev = vec![3.0, 2.0];
        assert!(background(&BackgroundKind::Spline { knots_ev }, &energy, &valley, ends, 0.0).is_err());
    }
}
