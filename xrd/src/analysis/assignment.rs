//! Which calculated reflections stand under which fitted peak.

use super::{Assignment, Peak};
use crate::identify::LineArea;

/// A reflection belongs to the nearest peak within this many of its widths, or this many degrees if that is more.
const REACH_FWHM: f64 = 0.6;
const REACH_DEG: f64 = 0.04;
/// Reflections with a smaller share of the peak are not named.
const LEAST_SHARE: f64 = 0.02;
/// A peak is explained if reflections make up this share of it.
const EXPLAINED_SHARE: f64 = 0.25;
/// Peaks nearer than this, in FWHM of the narrower one, are judged together: how a fit shares intensity between them is
/// arbitrary. They are explained if reflections leave no more than the second number of it, or no more than so many σ.
const TOGETHER_FWHM: f64 = 1.5;
const LEFT_SHARE: f64 = 0.25;
const LEFT_SIGMA: f64 = 3.0;
/// A small peak beside an explained one that is this many times larger, within so many of its widths, is a flaw of that
/// peak's shape and not a peak of its own.
const FOOT_RATIO: f64 = 20.0;
const FOOT_FWHM: f64 = 2.5;

/// Notes the reflections under each peak, largest share first.
pub(super) fn assign(peaks: &mut [Peak], lines: &[LineArea]) {
    for line in lines {
        let distance = |peak: &Peak| (peak.two_theta_deg.value - line.two_theta_deg).abs();
        let Some(peak) = peaks.iter_mut().min_by(|a, b| distance(a).total_cmp(&distance(b))) else { return };
        let share = line.area / peak.area.value;
        if distance(peak) <= (REACH_FWHM * peak.fwhm_deg.value).max(REACH_DEG) && share >= LEAST_SHARE {
            peak.assigned_to.push(Assignment {
                phase_id: line.phase_id.clone(),
                hkl: line.hkl,
                offset_deg: line.two_theta_deg - peak.two_theta_deg.value,
                share,
            });
        }
    }
    for peak in peaks {
        peak.assigned_to.sort_by(|a, b| b.share.total_cmp(&a.share));
    }
}

/// Indices of the peaks that no reflection explains.
pub(super) fn unexplained(peaks: &[Peak]) -> Vec<usize> {
    let explained = |peak: &Peak| peak.assigned_to.iter().map(|a| a.share).sum::<f64>() >= EXPLAINED_SHARE;
    let foot = |peak: &Peak| {
        peaks.iter().any(|other| {
            let near = (other.two_theta_deg.value - peak.two_theta_deg.value).abs() < FOOT_FWHM * other.fwhm_deg.value;
            near && explained(other) && other.area.value > FOOT_RATIO * peak.area.value
        })
    };
    (0..peaks.len()).filter(|i| !explained(&peaks[*i]) && !foot(&peaks[*i]) && !together(peaks, &peaks[*i])).collect()
}

/// Whether reflections explain a peak together with those that it overlaps.
fn together(peaks: &[Peak], peak: &Peak) -> bool {
    let near = |other: &&Peak| {
        let distance = (other.two_theta_deg.value - peak.two_theta_deg.value).abs();
        distance <= TOGETHER_FWHM * other.fwhm_deg.value.min(peak.fwhm_deg.value)
    };
    let (mut area, mut calculated, mut variance) = (0.0, 0.0, 0.0);
    for other in peaks.iter().filter(near) {
        area += other.area.value;
        calculated += other.area.value * other.assigned_to.iter().map(|a| a.share).sum::<f64>();
        variance += other.area.sigma.unwrap_or(0.0).powi(2);
    }
    area - calculated <= (LEFT_SHARE * area).max(LEFT_SIGMA * variance.sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;
    use doublet_common::Quantity;

    fn peak(two_theta_deg: f64, area: f64) -> Peak {
        let q = Quantity::without_sigma;
        Peak {
            two_theta_deg: q(two_theta_deg),
            d_angstrom: q(1.0),
            area: q(area),
            height: q(area),
            fwhm_deg: q(0.1),
            integral_breadth_deg: q(0.1),
            lorentzian_fraction: q(0.5),
            relative_area_percent: 0.0,
            significance: 10.0,
            assigned_to: Vec::new(),
        }
    }

    #[test]
    fn reflections_go_to_the_nearest_peak_and_the_rest_is_unexplained() {
        let line = |two_theta_deg, area| LineArea { phase_id: "P".into(), hkl: [1, 0, 0], two_theta_deg, area };
        let mut peaks = vec![peak(20.0, 100.0), peak(20.2, 4.0), peak(30.0, 50.0), peak(40.0, 5.0)];
        assign(&mut peaks, &[line(20.01, 90.0), line(30.05, 1.5), line(35.0, 9.0)]);
        assert_eq!(peaks[0].assigned_to.len(), 1);
        assert!((peaks[0].assigned_to[0].share - 0.9).abs() < 1e-12);
        // The foot of the first peak is none of its own; a share of 3 % explains nothing.
        assert_eq!(unexplained(&peaks), vec![2, 3]);
    }

    #[test]
    fn halves_of_one_line_are_explained_together() {
        let line = LineArea { phase_id: "P".into(), hkl: [3, 1, 2], two_theta_deg: 53.39, area: 430.0 };
        let mut peaks = vec![peak(53.323, 260.0), peak(53.430, 237.0), peak(53.9, 237.0)];
        assign(&mut peaks, &[line]);
        assert_eq!(unexplained(&peaks), vec![2]);
    }
}
