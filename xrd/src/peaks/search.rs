//! Peak search: the most significant place is taken as a peak, the peak with all its emission lines is taken out of the
//! data, and so on until nothing significant is left (the CLEAN scheme; Högbom, Astron. Astrophys. Suppl. 15 (1974) 417).
//!
//! Taking out the whole doublet is what keeps Kα2 from being found. The height is tested with a matched filter of the
//! width that the scan itself teaches, and of wider and narrower ones. What the shape of a stronger peak may be wrong by
//! counts as uncertainty, so its foot and its residue are no peaks.
//!
//! False alarms: a scan of `n` degrees has about `2n/FWHM` independent places for each of the four widths. In pure noise a
//! height beyond `z` σ is found by chance with probability `Q(z)` at each (one-sided Gaussian tail): at the default of 5 σ
//! about once in five hundred scans.

use doublet_common::background::{ArPlsOptions, arpls};
use doublet_common::lineshape::{BaseShape, Profile, Shape};

use super::filter::{Kernel, Response, best_width};
use super::width::{WidthCurve, median_step};
use super::{FoundPeak, PeakOptions};
use crate::error::{Error, Result};
use crate::profile::{Contamination, InstrumentProfile, bragg_lines};
use crate::radiation::Radiation;
use crate::scan::Scan;

/// Filter widths relative to the learned width.
const SCALES: [f64; 4] = [0.65, 1.0, 1.6, 2.6];
/// A filter is asked at every point, or at this many points in each of its widths if there are more.
const POINTS_PER_WIDTH: f64 = 8.0;
/// Share of a peak's height by which its assumed shape may be wrong at any point, before it is fitted.
const SHAPE_DOUBT: f64 = 0.12;
/// Shape with which a found peak is taken out.
const LORENTZIAN_FRACTION: f64 = 0.5;
/// A peak is taken out as far as this many of its widths.
const SUBTRACTED_WIDTHS: f64 = 15.0;
/// Nothing is found nearer than this many widths to a peak that is already there.
const NEAREST_WIDTHS: f64 = 0.5;
/// `λ^¼` of the curve that is taken off first, in widths of the peaks.
const BACKGROUND_WIDTHS: f64 = 5.0;
/// Most peaks of one scan.
pub const MAX_PEAKS: usize = 1000;

/// Finds the peaks of a scan, ascending in 2θ.
///
/// # Errors
/// [`Error::Recipe`] for a significance that is not positive; [`Error::Analysis`] for more than [`MAX_PEAKS`] peaks.
pub fn find(scan: &Scan, radiation: &Radiation, options: &PeakOptions) -> Result<Vec<FoundPeak>> {
    let curve = width_curve(scan, radiation, None);
    find_with(scan, radiation, options, &curve)
}

/// Width that is expected of the peaks: learned, or the instrument's, whichever is larger, or an assumption.
pub(super) fn width_curve(scan: &Scan, radiation: &Radiation, instrument: Option<&InstrumentProfile>) -> WidthCurve {
    let x = scan.two_theta_deg();
    let variance: Vec<f64> = scan.sigma().iter().map(|s| s * s).collect();
    let middle = 0.5 * (x.first().unwrap_or(&0.0) + x.last().unwrap_or(&0.0));
    WidthCurve::learn(x, scan.intensity(), &variance, radiation)
        .or_else(|| instrument.and_then(|i| i.fwhm_deg(middle).ok()).map(WidthCurve::constant))
        .unwrap_or_else(|| WidthCurve::assumed(x))
}

/// As [`find`], with the width given.
pub(super) fn find_with(
    scan: &Scan,
    radiation: &Radiation,
    options: &PeakOptions,
    curve: &WidthCurve,
) -> Result<Vec<FoundPeak>> {
    let minimum_significance = options.minimum_significance;
    if !(minimum_significance > 0.0 && minimum_significance.is_finite()) {
        return Err(Error::Recipe(format!(
            "peaks.minimum_significance = {minimum_significance}, expected a number above 0"
        )));
    }
    let variance = scan.sigma().iter().map(|s| s * s).collect();
    let mut search = Search::new(
        scan.two_theta_deg(),
        without_background(scan, curve)?,
        variance,
        vec![0.0; scan.intensity().len()],
        (radiation, &options.contamination),
        &SCALES,
        |two_theta| curve.fwhm_deg(two_theta),
    );
    let mut found = search.run(minimum_significance, &[])?;
    found.sort_by(|a, b| a.two_theta_deg.total_cmp(&b.two_theta_deg));
    Ok(found)
}

/// Intensities less a curve that follows nothing as narrow as a peak: the filters then need not cope with curvature.
fn without_background(scan: &Scan, curve: &WidthCurve) -> Result<Vec<f64>> {
    let (x, y) = (scan.two_theta_deg(), scan.intensity());
    if y.len() < 3 {
        return Ok(y.to_vec());
    }
    let widest = x.iter().map(|x| curve.fwhm_deg(*x)).fold(0.0, f64::max) / median_step(x);
    let options =
        ArPlsOptions { smoothness: (BACKGROUND_WIDTHS * widest).powi(4).clamp(1e3, 1e10), ..Default::default() };
    let background = arpls(y, &options)?.background;
    Ok(y.iter().zip(background).map(|(y, b)| y - b).collect())
}

/// A running search: what is left of the data, and the filters' answers to it.
pub(super) struct Search<'a> {
    x: &'a [f64],
    radiation: &'a Radiation,
    contamination: &'a [Contamination],
    /// Filter widths relative to the expected width.
    scales: &'a [f64],
    rest: Vec<f64>,
    variance: Vec<f64>,
    /// What the model taken out so far may be wrong by.
    doubt: Vec<f64>,
    /// One row per scale, one kernel per point.
    kernels: Vec<Vec<Option<Kernel>>>,
    widths: Vec<f64>,
    responses: Vec<Vec<Response>>,
}

impl<'a> Search<'a> {
    /// Prepares the filters. `doubt` is what a model that was taken out of `rest` before may be wrong by.
    pub(super) fn new(
        x: &'a [f64],
        rest: Vec<f64>,
        variance: Vec<f64>,
        doubt: Vec<f64>,
        (radiation, contamination): (&'a Radiation, &'a [Contamination]),
        scales: &'a [f64],
        width: impl Fn(f64) -> f64,
    ) -> Self {
        let narrowest = 2.0 * median_step(x);
        let widths: Vec<f64> = x.iter().map(|x| width(*x).max(narrowest)).collect();
        let step = 0.5 * narrowest;
        let row = |scale: &f64| {
            let kernel = |(i, (x0, w)): (usize, (&f64, &f64))| {
                let fwhm = (scale * w).max(narrowest);
                let stride = ((fwhm / step / POINTS_PER_WIDTH) as usize).max(1);
                if i % stride == 0 { Kernel::new(x, radiation, *x0, fwhm) } else { None }
            };
            x.iter().zip(&widths).enumerate().map(kernel).collect()
        };
        let kernels: Vec<Vec<Option<Kernel>>> = scales.iter().map(row).collect();
        let responses = vec![vec![Response::default(); x.len()]; scales.len()];
        let mut search =
            Self { x, radiation, contamination, scales, rest, variance, doubt, kernels, widths, responses };
        search.respond(0..x.len());
        search
    }

    /// Takes peaks until none is significant; `taken` are positions where peaks are already.
    pub(super) fn run(&mut self, minimum_significance: f64, taken: &[f64]) -> Result<Vec<FoundPeak>> {
        let mut found: Vec<FoundPeak> = Vec::new();
        let mut open: Vec<bool> = self.x.iter().zip(&self.widths).map(|(x, w)| self.is_open(*x, *w, taken)).collect();
        while let Some((scale, i)) = self.most_significant(minimum_significance, &open) {
            open[i] = false;
            let peak = self.peak_at(scale, i);
            let crowded = |f: &FoundPeak| {
                (f.two_theta_deg - peak.two_theta_deg).abs() < NEAREST_WIDTHS * f.fwhm_deg.min(peak.fwhm_deg)
            };
            if found.iter().any(crowded) {
                continue;
            }
            if found.len() == MAX_PEAKS {
                return Err(Error::Analysis {
                    stage: "peak search",
                    message: format!(
                        "more than {MAX_PEAKS} peaks, expected a powder pattern; raise minimum_significance"
                    ),
                });
            }
            self.take_out(&peak)?;
            found.push(peak);
        }
        Ok(found)
    }

    /// Whether a peak may be looked for at `x`: half a width inside the scan, and no peak there yet.
    fn is_open(&self, x: f64, width: f64, taken: &[f64]) -> bool {
        let inside = |end: Option<&f64>| end.is_some_and(|end| (x - end).abs() > 0.5 * width);
        inside(self.x.first()) && inside(self.x.last()) && taken.iter().all(|t| (t - x).abs() > NEAREST_WIDTHS * width)
    }

    fn respond(&mut self, points: std::ops::Range<usize>) {
        for (row, kernels) in self.responses.iter_mut().zip(&self.kernels) {
            for i in points.clone() {
                row[i] = kernels[i]
                    .as_ref()
                    .map_or_else(Response::default, |k| k.response(&self.rest, &self.variance, &self.doubt));
            }
        }
    }

    fn most_significant(&self, threshold: f64, open: &[bool]) -> Option<(usize, usize)> {
        let mut best = None;
        let mut highest = threshold;
        for (scale, row) in self.responses.iter().enumerate() {
            for (i, response) in row.iter().enumerate() {
                let significance = response.significance();
                if significance > highest && open[i] {
                    highest = significance;
                    best = Some((scale, i));
                }
            }
        }
        best
    }

    /// The peak at point `i`: significance from the filter that found it, width and height from the profile that
    /// describes the data best.
    fn peak_at(&self, scale: usize, i: usize) -> FoundPeak {
        let response = self.responses[scale][i];
        let filter = self.scales[scale] * self.widths[i];
        let measured = best_width(self.x, &self.rest, self.radiation, i, filter);
        let (point, fwhm, height) = measured.map_or((i, filter, response.height), |m| (m.point, m.fwhm, m.height));
        // A width that noise chose is no narrower than what the scan can resolve, nor far from that of the others.
        let fwhm_deg = fwhm.clamp(SCALES[0] * self.widths[i], SCALES[SCALES.len() - 1] * self.widths[i]);
        FoundPeak { two_theta_deg: self.x[point], height, fwhm_deg, significance: response.significance() }
    }

    /// Takes the peak with all its lines out of the data and asks the filters around it again.
    fn take_out(&mut self, peak: &FoundPeak) -> Result<()> {
        let shape = BaseShape::PseudoVoigt.symmetric().with(&[peak.fwhm_deg, LORENTZIAN_FRACTION])?;
        let reference_share = bragg_lines(self.radiation, peak.two_theta_deg).next().map_or(1.0, |l| l.share);
        let height = peak.height / shape.at(0.0).value;
        let (mut from, mut to) = (self.x.len(), 0);
        for line in bragg_lines(self.radiation, peak.two_theta_deg) {
            let range = self.subtract(&shape, line.two_theta_deg, height * line.share / reference_share, peak.fwhm_deg);
            from = from.min(range.start);
            to = to.max(range.end);
        }
        self.ask_again(from..to, peak.fwhm_deg);
        let contamination = self.contamination;
        for line in contamination.iter().flat_map(|c| c.bragg_lines(self.radiation, peak.two_theta_deg)) {
            let area = height * line.share / reference_share;
            let range = self.subtract(&shape, line.two_theta_deg, area, peak.fwhm_deg);
            self.ask_again(range, peak.fwhm_deg);
        }
        Ok(())
    }

    /// Asks the filters again that points from which something was taken reach into.
    fn ask_again(&mut self, points: std::ops::Range<usize>, fwhm_deg: f64) {
        let last = points.end.checked_sub(1).and_then(|last| self.x.get(last));
        if let (Some(low), Some(high)) = (self.x.get(points.start), last) {
            // As far again as the widest kernel reaches.
            let reach = 4.0 * SCALES[SCALES.len() - 1] * fwhm_deg;
            let (low, high) = (low - reach, high + reach);
            self.respond(self.x.partition_point(|x| *x < low)..self.x.partition_point(|x| *x <= high));
        }
    }

    fn subtract(&mut self, shape: &Profile, position: f64, area: f64, fwhm: f64) -> std::ops::Range<usize> {
        let reach = SUBTRACTED_WIDTHS * fwhm;
        let from = self.x.partition_point(|x| *x < position - reach);
        let to = self.x.partition_point(|x| *x <= position + reach);
        for i in from..to {
            let value = area * shape.at(self.x[i] - position).value;
            self.rest[i] -= value;
            self.doubt[i] += SHAPE_DOUBT * value;
        }
        from..to
    }
}

#[cfg(test)]
mod tests {
    use super::super::simulated::{Setting, TruePeak, copper, scan};
    use super::*;

    fn flat(background: fn(f64) -> f64) -> Setting {
        Setting { low: 10.0, high: 100.0, step: 0.02, background }
    }

    fn peak(two_theta_deg: f64, area: f64, fwhm_deg: f64) -> TruePeak {
        TruePeak { two_theta_deg, area, fwhm_deg, lorentzian_fraction: 0.5 }
    }

    #[test]
    fn pure_noise_has_no_peaks() {
        // Truth: the stated false-alarm level. At 4 σ, Q = 3.2e-5, 4 · 2 · 90°/0.16° = 4500 places: 0.14 a scan.
        let levels: [fn(f64) -> f64; 4] = [|_| 0.3, |_| 5.0, |_| 200.0, |x| 2e4 / x];
        let mut alarms = [0; 4];
        for (alarms, level) in alarms.iter_mut().zip(levels) {
            for seed in 0..10 {
                let scan = scan(&flat(level), &[], Some(seed));
                let options = PeakOptions { minimum_significance: 4.0, ..PeakOptions::default() };
                *alarms += find(&scan, &copper(), &options).unwrap().len();
                assert!(find(&scan, &copper(), &PeakOptions::default()).unwrap().is_empty(), "seed {seed}");
            }
        }
        // 1.4 expected in ten scans; 5 or more happen once in a hundred times.
        assert!(alarms.iter().all(|a| *a < 6), "{alarms:?}");
    }

    #[test]
    fn simulated_peaks_are_found_once_each_and_kalpha2_never() {
        // Truth: the simulated peaks. Widths grow with angle; Kα2 is resolved above ~50°.
        let width = |x: f64| 0.08 + 0.0012 * x;
        let list: Vec<TruePeak> = (0..30)
            .map(|i| {
                let x = 12.0 + 2.9 * f64::from(i) + 0.013 * f64::from(i * i % 7);
                peak(x, [30.0, 900.0, 6000.0, 150.0][i as usize % 4], width(x))
            })
            .collect();
        for seed in 0..3 {
            let scan = scan(&flat(|x| 100.0 + 2000.0 / x), &list, Some(seed));
            let found = find(&scan, &copper(), &PeakOptions::default()).unwrap();
            for peak in &list {
                let near = found.iter().filter(|f| (f.two_theta_deg - peak.two_theta_deg).abs() < 0.4 * peak.fwhm_deg);
                assert_eq!(near.count(), 1, "{peak:?}\n{found:#?}");
            }
            assert_eq!(found.len(), list.len(), "{found:#?}");
        }
    }

    #[test]
    fn a_hump_and_a_step_in_the_background_are_no_peaks() {
        let hump = |x: f64| 300.0 + 800.0 * (-((x - 25.0) / 5.0).powi(2)).exp();
        for seed in 0..3 {
            let scan = scan(&flat(hump), &[peak(40.0, 50.0, 0.12)], Some(seed));
            let found = find(&scan, &copper(), &PeakOptions::default()).unwrap();
            assert_eq!(found.len(), 1, "{found:?}");
        }
    }

    #[test]
    fn a_scan_of_a_few_points_gives_no_peak_and_no_panic() {
        let short = Setting { low: 10.0, high: 10.04, step: 0.02, background: |_| 9.0 };
        assert!(find(&scan(&short, &[], Some(1)), &copper(), &PeakOptions::default()).unwrap().is_empty());
        let options = PeakOptions { minimum_significance: f64::NAN, ..PeakOptions::default() };
        assert!(find(&scan(&short, &[], Some(1)), &copper(), &options).unwrap_err().to_string().contains("NaN"));
    }
}
