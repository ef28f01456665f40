//! Axial divergence: R. W. Cheary, A. A. Coelho, J. Appl. Cryst. 31 (1998) 851 and 862.
//!
//! A ray leaves the focus at x, meets the specimen at s = x + βR and the receiving slit at z = s + γR, all along the axis.
//! Its angle differs by `ε = βγ / sin 2θ − (β² + γ²) cot 2θ / 2` (their equation for the cone of diffraction, in the
//! form that is symmetric in β and γ). For given β and γ the specimen's length from which such rays pass is a piecewise
//! linear function; Soller slits weigh each of β and γ with a triangle. What the paper integrates over γ in closed form
//! piece by piece is summed here over rays, which needs no distinction of cases and gives every derivative at once.

use num_complex::Complex;

use super::deposit::{Deposit, Place};
use super::factor::Factor;
use super::grid::{Grid, Plans};
use super::parameters::{Geometry, Own};

/// Values of β, by symmetry only positive ones.
const BETAS: usize = 40;
/// Least and largest number of γ for one β.
const GAMMAS: (usize, usize) = (64, 512);

/// Transform of the axial aberration at 2θ, with `derivatives` also those by 2θ, by the opening of both Soller slits and by the
/// lengths of specimen and receiving slit.
pub(super) fn axial(
    grid: &Grid,
    plans: &Plans,
    geometry: &Geometry,
    own: &Own,
    two_theta: f64,
    derivatives: bool,
) -> Factor {
    let radius = geometry.goniometer_radius_mm;
    let [focus, specimen, receiver] =
        [geometry.focus_length_mm, own.specimen_length_mm, own.receiving_length_mm].map(|l| 0.5 * l / radius);
    let half_opening = [own.soller_incident_deg, own.soller_diffracted_deg].map(|deg| 0.5 * deg.to_radians());
    let (sine, cosine) = two_theta.sin_cos();
    let (cotangent, cosecant) = (cosine / sine, 1.0 / sine);
    let (cotangent_slope, cosecant_slope) = (-cosecant * cosecant, -cosine * cosecant * cosecant);

    let mut plain = Deposit::new(grid);
    let mut moved = Deposit::new(grid);
    let mut opened = [Deposit::new(grid), Deposit::new(grid)];
    let mut dragged = [Deposit::new(grid), Deposit::new(grid)];
    let mut lengthened = [Deposit::new(grid), Deposit::new(grid)];
    let (mut total, mut total_opened, mut total_lengthened) = (0.0, [0.0; 2], [0.0; 2]);

    let beta_most = (focus + specimen).min(half_opening[0]);
    let gamma_most = (receiver + specimen).min(half_opening[1]);
    let limited = [half_opening[0] < focus + specimen, half_opening[1] < receiver + specimen];
    let gamma_count = gammas(grid, cotangent.abs().max(cosecant * 0.5), beta_most, gamma_most);
    let (beta_step, gamma_step) = (beta_most / BETAS as f64, 2.0 * gamma_most / gamma_count as f64);
    for i in 0..BETAS {
        let beta = (i as f64 + 0.5) * beta_step;
        for j in 0..gamma_count {
            let gamma = (j as f64 + 0.5) * gamma_step - gamma_most;
            let upper = specimen.min(focus + beta).min(receiver - gamma);
            let lower = (-specimen).max(beta - focus).max(-receiver - gamma);
            if upper <= lower {
                continue;
            }
            let soller = [1.0 - beta / half_opening[0], 1.0 - gamma.abs() / half_opening[1]];
            let length = upper - lower;
            let weight = length * soller[0] * soller[1];
            let (squares, product) = (0.5 * (beta * beta + gamma * gamma), beta * gamma);
            let epsilon = Place::of(grid, (product * cosecant - squares * cotangent).to_degrees());
            plain.add(epsilon, weight);
            total += weight;
            if !derivatives {
                continue;
            }
            // Radians per radian, and degrees per degree.
            let slope = product * cosecant_slope - squares * cotangent_slope;
            // Where a Soller slit is the limit, rays keep their place in its opening and move with it.
            let edge = f64::from(u8::from(focus + beta < specimen.min(receiver - gamma)))
                - f64::from(u8::from(beta - focus > (-specimen).max(-receiver - gamma)));
            let far = f64::from(u8::from(-receiver - gamma > (-specimen).max(beta - focus)))
                - f64::from(u8::from(receiver - gamma < specimen.min(focus + beta)));
            let coordinate = [beta, gamma];
            let by_length = [edge, far];
            let by_epsilon = [gamma * cosecant - beta * cotangent, beta * cosecant - gamma * cotangent];
            moved.add(epsilon, weight * slope);
            let ends = |which: f64, other: f64| f64::from(u8::from(which < other));
            let by_lengths = [
                ends(specimen, (focus + beta).min(receiver - gamma))
                    + ends((beta - focus).max(-receiver - gamma), -specimen),
                ends(receiver - gamma, specimen.min(focus + beta))
                    + ends((-specimen).max(beta - focus), -receiver - gamma),
            ];
            for k in 0..2 {
                let longer = by_lengths[k] * soller[0] * soller[1];
                lengthened[k].add(epsilon, longer);
                total_lengthened[k] += longer;
                let share = coordinate[k] / half_opening[k];
                let by_opening = if limited[k] {
                    dragged[k].add(epsilon, weight * by_epsilon[k] * share);
                    by_length[k] * share * soller[0] * soller[1]
                } else {
                    length * soller[1 - k] * share.abs() / half_opening[k]
                };
                opened[k].add(epsilon, by_opening);
                total_opened[k] += by_opening;
            }
        }
    }
    let norm = 1.0 / total;
    let value: Vec<Complex<f64>> = plain.transform(&plans.forward).into_iter().map(|v| v * norm).collect();
    if !derivatives {
        return Factor { value, by_two_theta: None, by_own: Vec::new() };
    }
    let by_two_theta = moved
        .transform(&plans.forward)
        .into_iter()
        .zip(grid.omegas())
        .map(|(v, omega)| v * norm * Complex::new(0.0, -omega))
        .collect();
    // Half an opening in radians per full opening in degrees.
    let unit = 0.5f64.to_radians();
    let mut by_own = Vec::new();
    let names = [Own::SOLLER_INCIDENT, Own::SOLLER_DIFFRACTED];
    for (k, (opened, dragged)) in opened.into_iter().zip(dragged).enumerate() {
        let ratio = total_opened[k] * norm;
        // ε in degrees by an opening in radians.
        let moved = dragged.transform(&plans.forward).into_iter().zip(grid.omegas());
        let moved = moved.map(|(v, omega)| v * Complex::new(0.0, -omega) * 1f64.to_degrees());
        let derivative = opened.transform(&plans.forward).into_iter().zip(moved).zip(&value);
        let derivative = derivative.map(|((d, m), v)| ((d + m) * norm - v * ratio) * unit).collect();
        by_own.push((names[k], derivative));
    }
    // Half a length over the radius per length.
    let unit = 0.5 / radius;
    let names = [Own::SPECIMEN_LENGTH, Own::RECEIVING_LENGTH];
    for (k, lengthened) in lengthened.into_iter().enumerate() {
        let ratio = total_lengthened[k] * norm;
        let derivative = lengthened.transform(&plans.forward).into_iter().zip(&value);
        by_own.push((names[k], derivative.map(|(d, v)| (d * norm - v * ratio) * unit).collect()));
    }
    Factor { value, by_two_theta: Some(by_two_theta), by_own }
}

/// So many γ that neighbours fall into neighbouring points of the grid; a power of 2, so that it seldom changes.
fn gammas(grid: &Grid, slope: f64, beta: f64, gamma: f64) -> usize {
    let reach = slope * (beta + gamma) * 2.0 * gamma;
    ((reach.to_degrees() / grid.step_deg()) as usize).next_power_of_two().clamp(GAMMAS.0, GAMMAS.1)
}
