//! Model of a whole pattern for the least-squares engine: a Chebyshev background and peaks with all emission lines.
//!
//! Every peak has position, area, FWHM `w` and Lorentzian fraction `η` of its own. That alone would let a weak or
//! overlapped peak take any width. So each width is also *expected* to lie near a smooth curve through all of them,
//! `ln w = c_0 + c_1 s + c_2 s²` (s: 2θ scaled to −1…1), with the scatter `τ` that the strong peaks show, and `η` near a
//! line. The expectations are further observations, `(ln w − curve)/τ = 0 ± 1`, of a fit in which the curve is free: where
//! the data determine a width, they prevail; where they do not, the width follows its neighbours and its σ says so.
//!
//! Axial divergence makes low-angle peaks asymmetric (module `placed`): with one α for the pattern where it is not known, and
//! as the instrument's heights say where it is.
//!
//! Only the core of a peak, some widths to either side, is fitted; its Lorentzian tail beyond, a few percent of its area, is
//! part of the model as the pass before left it. The normal equations are then a band with a border, and a pass costs as
//! much as there are points under peaks, however far the tails reach. Contamination lines, some percent of their peak and
//! far from it, are part of the model in the same way.

use std::ops::Range;

use doublet_common::background::Chebyshev;
use doublet_common::error::Result;
use doublet_common::fit::{Jacobian, Model, Parameters};
use doublet_common::lineshape::{BaseShape, Columns};
use doublet_common::vector::add_scaled;

use super::placed::{CORE_WIDTHS, Heights, Placed, ROWS_PER_PEAK, Start, scaled};
use super::width::median_step;
use crate::profile::{Contamination, bragg_lines};
use crate::radiation::Radiation;

/// Parameters of one peak, in this order after the common ones.
pub(super) const PER_PEAK: usize = 4;
/// Coefficients of the curve of `ln w`.
pub(super) const WIDTH_TERMS: usize = 3;
/// Coefficients of the line of `η`.
pub(super) const FRACTION_TERMS: usize = 2;

/// What is expected of the quantities that all peaks share.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Expectations {
    /// Scatter of `ln w` around its curve.
    pub(super) width_scatter: f64,
    /// Scatter of `η` around its line.
    pub(super) fraction_scatter: f64,
    /// Curve of `ln w` before the fit, with generous σ: [`WIDTH_SIGMA`].
    pub(super) width: [f64; WIDTH_TERMS],
    /// Line of `η` before the fit, with generous σ: [`FRACTION_SIGMA`].
    pub(super) fraction: [f64; FRACTION_TERMS],
}

/// σ of the coefficients of the width curve before the fit.
const WIDTH_SIGMA: [f64; WIDTH_TERMS] = [0.7, 0.5, 0.3];
/// σ of the coefficients of the line of the Lorentzian fraction before the fit.
const FRACTION_SIGMA: [f64; FRACTION_TERMS] = [0.3, 0.2];
/// σ of α before the fit.
const ASYMMETRY_SIGMA: f64 = 0.15;
/// Narrowest and widest peak in units of the usual width; what is wider is background.
const WIDTH_BOUNDS: (f64, f64) = (0.25, 5.0);
/// The same of a forced peak, which is one reflection and not a cluster of unresolved ones.
const FORCED_WIDTH_BOUNDS: (f64, f64) = (0.4, 2.0);
/// Largest move of a forced peak in units of its tolerance.
const FORCED_REACH: f64 = 2.0;

/// Where the parameters stand.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Layout {
    pub(super) background: usize,
    pub(super) peaks: usize,
}

impl Layout {
    pub(super) fn asymmetry(&self) -> usize {
        self.background
    }

    pub(super) fn width(&self) -> usize {
        self.background + 1
    }

    pub(super) fn fraction(&self) -> usize {
        self.width() + WIDTH_TERMS
    }

    /// First parameter of a peak: position, then area, FWHM, η.
    pub(super) fn peak(&self, k: usize) -> usize {
        self.fraction() + FRACTION_TERMS + PER_PEAK * k
    }
}

/// The model, on the points of one scan.
pub(super) struct Pattern<'a> {
    x: &'a [f64],
    radiation: &'a Radiation,
    contamination: &'a [Contamination],
    /// One row of Chebyshev polynomials per point, one column per coefficient.
    basis: Vec<Vec<f64>>,
    peaks: Vec<Placed>,
    expectations: Expectations,
    layout: Layout,
    /// Observation of every point.
    rows: Vec<usize>,
    observations: usize,
    /// Tails and contamination lines of all peaks at the points of the scan.
    tails: Vec<f64>,
}

impl<'a> Pattern<'a> {
    /// Model of `starts`, ascending in 2θ.
    pub(super) fn new(
        x: &'a [f64],
        (radiation, contamination): (&'a Radiation, &'a [Contamination]),
        heights: Option<Heights>,
        chebyshev: &Chebyshev,
        starts: &[Start],
        expectations: Expectations,
    ) -> Self {
        let layout = Layout { background: chebyshev.coefficients(), peaks: starts.len() };
        let mut basis = vec![vec![0.0; x.len()]; layout.background];
        let mut row = vec![0.0; layout.background];
        for (i, x) in x.iter().enumerate() {
            chebyshev.basis(*x, &mut row);
            basis.iter_mut().zip(&row).for_each(|(column, value)| column[i] = *value);
        }
        let mut rows = Vec::with_capacity(x.len());
        let mut peaks = Vec::with_capacity(starts.len());
        let mut next = 0;
        for (i, value) in x.iter().enumerate() {
            rows.push(next);
            next += 1;
            // The expectations of a peak stand beside the first point at or after its position, inside its window.
            while let Some(start) = starts.get(peaks.len()) {
                if start.two_theta_deg > *value && i + 1 < x.len() {
                    break;
                }
                peaks.push(Placed::new(x, radiation, heights, start, next));
                next += ROWS_PER_PEAK;
            }
        }
        // Last, the expectations of what the peaks share: curve of the width, line of η, α.
        let observations = next + WIDTH_TERMS + FRACTION_TERMS + 1;
        let tails = vec![0.0; x.len()];
        Self { x, radiation, contamination, basis, peaks, expectations, layout, rows, observations, tails }
    }

    pub(super) fn layout(&self) -> Layout {
        self.layout
    }

    /// Observations and their σ for the engine: the data, and zero for every expectation.
    pub(super) fn target(&self, y: &[f64], sigma: &[f64]) -> (Vec<f64>, Vec<f64>) {
        let (mut observed, mut uncertainty) = (vec![0.0; self.observations], vec![1.0; self.observations]);
        for ((row, y), sigma) in self.rows.iter().zip(y).zip(sigma) {
            observed[*row] = *y;
            uncertainty[*row] = *sigma;
        }
        (observed, uncertainty)
    }

    /// Values at the points of the scan out of those of all observations.
    pub(super) fn at_points(&self, values: &[f64]) -> Vec<f64> {
        self.rows.iter().map(|row| values[*row]).collect()
    }

    /// Background at the points of the scan.
    pub(super) fn background(&self, parameters: &[f64]) -> Vec<f64> {
        let mut values = vec![0.0; self.x.len()];
        for (column, c) in self.basis.iter().zip(parameters) {
            values.iter_mut().zip(column).for_each(|(v, t)| *v += c * t);
        }
        values
    }

    /// Named parameters with the bounds of this pass; `usual` is the usual FWHM over 2θ.
    pub(super) fn parameters(
        &self,
        starts: &[Start],
        background: &[f64],
        asymmetry: Option<f64>,
        usual: impl Fn(f64) -> f64,
    ) -> Parameters {
        let step = median_step(self.x);
        let mut parameters = Parameters::new();
        for (n, value) in background.iter().enumerate() {
            parameters.free(format!("background T{n}"), *value);
        }
        match asymmetry {
            Some(value) => parameters.free("axial asymmetry at 20 deg", value),
            None => parameters.fixed("axial asymmetry at 20 deg", 0.0),
        };
        for (n, value) in self.expectations.width.iter().enumerate() {
            parameters.free(format!("ln fwhm curve s{n}"), *value);
        }
        for (n, value) in self.expectations.fraction.iter().enumerate() {
            parameters.free(format!("lorentzian fraction line s{n}"), *value);
        }
        for (k, start) in starts.iter().enumerate() {
            let (position, width) = (start.two_theta_deg, start.fwhm_deg);
            let move_deg = start.tolerance_deg.map_or(width.max(2.0 * step), |tolerance| FORCED_REACH * tolerance);
            let usual = usual(position);
            let bounds = if start.tolerance_deg.is_some() { FORCED_WIDTH_BOUNDS } else { WIDTH_BOUNDS };
            let narrowest = (bounds.0 * usual).max(step);
            let widest = bounds.1 * usual.max(narrowest);
            let label = format!("peak {} at {position:.3} deg", k + 1);
            parameters.bounded(format!("{label} two_theta_deg"), position, position - move_deg, position + move_deg);
            parameters.bounded(format!("{label} area"), start.area.max(0.0), 0.0, f64::INFINITY);
            let inside = width.clamp(1.01 * narrowest, 0.99 * widest);
            parameters.bounded(format!("{label} fwhm_deg"), inside, narrowest, widest);
            parameters.bounded(format!("{label} lorentzian_fraction"), start.lorentzian_fraction, 0.0, 1.0);
        }
        parameters
    }

    /// Adds one peak to `values`, and its derivatives to `jacobian`.
    fn add_peak(&self, k: usize, p: &[f64], values: &mut [f64], jacobian: Option<&mut Jacobian>) -> Result<()> {
        let placed = &self.peaks[k];
        let own = self.layout.peak(k);
        let (position, area, fwhm, fraction) = (p[own], p[own + 1], p[own + 2], p[own + 3]);
        let (shape, d_alpha) = placed.shape(fwhm, fraction, p[self.layout.asymmetry()])?;
        let rows = &self.rows[placed.points.clone()];
        let (Some(first), Some(last)) = (rows.first(), rows.last()) else { return Ok(()) };
        let window = *first..last.max(&(placed.row + ROWS_PER_PEAK - 1)) + 1;
        let x = &self.x[placed.points.clone()];
        let mut columns = Columns::default();
        let Some(jacobian) = jacobian else {
            for (n, line) in bragg_lines(self.radiation, position).enumerate() {
                for (shift, weight) in placed.copies(n) {
                    shape.columns(x, line.two_theta_deg + shift, &mut columns);
                    let scale = area * line.share * weight;
                    rows.iter().zip(&columns.value).for_each(|(row, value)| values[*row] += scale * value);
                }
            }
            return Ok(());
        };
        for j in 0..PER_PEAK {
            jacobian.window(own + j, window.clone());
        }
        let (common, of_peaks) = jacobian.columns.split_at_mut(own);
        let axial = &mut common[self.layout.asymmetry()].values;
        let [d_position, d_area, d_fwhm, d_fraction, ..] = of_peaks else { return Ok(()) };
        for (n, line) in bragg_lines(self.radiation, position).enumerate() {
            for (shift, weight) in placed.copies(n) {
                let share = line.share * weight;
                let scale = area * share;
                shape.columns(x, line.two_theta_deg + shift, &mut columns);
                let Columns { value, d_offset, d_parameters: [by_fwhm, by_fraction, by_asymmetry, ..] } = &columns;
                for (i, row) in rows.iter().enumerate() {
                    let at = row - window.start;
                    values[*row] += scale * value[i];
                    d_position.values[at] -= scale * line.d_reference * d_offset[i];
                    d_area.values[at] += share * value[i];
                    d_fwhm.values[at] += scale * by_fwhm[i];
                    d_fraction.values[at] += scale * by_fraction[i];
                    axial[*row] += scale * d_alpha * by_asymmetry[i];
                }
            }
        }
        Ok(())
    }

    /// Takes the tails of all peaks, as these parameters give them, into the model.
    pub(super) fn fix_tails(&mut self, p: &[f64]) -> Result<()> {
        self.tails = self.tails(p)?;
        Ok(())
    }

    /// Contamination lines of all peaks; their width is that of the peak, changed as the curve of the widths says.
    pub(super) fn contamination(&self, p: &[f64]) -> Result<Vec<f64>> {
        let mut values = vec![0.0; self.x.len()];
        if self.contamination.is_empty() {
            return Ok(values);
        }
        let width = &p[self.layout.width()..self.layout.fraction()];
        let ln_width = |two_theta: f64| {
            let s = scaled(self.x, two_theta).clamp(-1.0, 1.0);
            width.iter().rev().fold(0.0, |sum, c| sum * s + c)
        };
        for k in 0..self.layout.peaks {
            let own = self.layout.peak(k);
            let (position, area, fwhm) = (p[own], p[own + 1], p[own + 2]);
            for line in self.contamination.iter().flat_map(|c| c.bragg_lines(self.radiation, position)) {
                let there = fwhm * (ln_width(line.two_theta_deg) - ln_width(position)).exp();
                let shape = BaseShape::PseudoVoigt.symmetric().with(&[there, p[own + 3]])?;
                let reach = CORE_WIDTHS * there;
                let from = self.x.partition_point(|x| *x < line.two_theta_deg - reach);
                let to = self.x.partition_point(|x| *x <= line.two_theta_deg + reach).max(from);
                let values = &mut values[from..to];
                shape.each(&self.x[from..to], line.two_theta_deg, |i, point| {
                    values[i] += area * line.share * point.value;
                });
            }
        }
        Ok(values)
    }

    /// What all peaks contribute outside their cores.
    fn tails(&self, p: &[f64]) -> Result<Vec<f64>> {
        let mut tails = self.contamination(p)?;
        let mut columns = Columns::default();
        for (k, placed) in self.peaks.iter().enumerate() {
            let own = self.layout.peak(k);
            let (shape, _) = placed.shape(p[own + 2], p[own + 3], p[self.layout.asymmetry()])?;
            let sides = [placed.whole.start..placed.points.start, placed.points.end..placed.whole.end];
            for (n, line) in bragg_lines(self.radiation, p[own]).enumerate() {
                let scale = p[own + 1] * line.share;
                let centre = line.two_theta_deg + placed.mean_shift_deg(n);
                for side in sides.iter().cloned() {
                    shape.columns(&self.x[side.clone()], centre, &mut columns);
                    add_scaled(scale, &columns.value, &mut tails[side]);
                }
            }
        }
        Ok(tails)
    }

    /// How far the tails of these parameters are from those in the model: length of the difference in units of `sigma`.
    pub(super) fn tail_shift(&self, p: &[f64], sigma: &[f64]) -> Result<f64> {
        let squares = self.tails(p)?.iter().zip(&self.tails).zip(sigma).map(|((a, b), s)| ((a - b) / s).powi(2)).sum();
        Ok(f64::sqrt(squares))
    }

    /// Points and values of peak `k` alone.
    pub(super) fn peak_alone(&self, k: usize, p: &[f64]) -> Result<(Range<usize>, Vec<f64>)> {
        let mut values = vec![0.0; self.observations];
        self.add_peak(k, p, &mut values, None)?;
        let points = self.peaks[k].points.clone();
        Ok((points.clone(), points.map(|i| values[self.rows[i]]).collect()))
    }

    /// Distance of peak `k` from what is expected of its width (`row` 0) or Lorentzian fraction (1), in units of the
    /// scatter.
    pub(super) fn deviation(&self, k: usize, row: usize, p: &[f64]) -> f64 {
        let (own, s) = (self.layout.peak(k), self.peaks[k].scaled);
        let polynomial = |first: usize, terms: usize| (0..terms).rev().fold(0.0, |sum, n| sum * s + p[first + n]);
        if row == 0 {
            (p[own + 2].ln() - polynomial(self.layout.width(), WIDTH_TERMS)) / self.expectations.width_scatter
        } else {
            (p[own + 3] - polynomial(self.layout.fraction(), FRACTION_TERMS)) / self.expectations.fraction_scatter
        }
    }

    /// Asymmetry of peak `k`.
    pub(super) fn asymmetry(&self, k: usize, p: &[f64]) -> f64 {
        self.peaks[k].asymmetry(p[self.layout.asymmetry()]).0
    }

    /// How far the maximum of peak `k` stands from its position, and its height over that of the symmetric shape.
    pub(super) fn apex(&self, k: usize, p: &[f64]) -> (f64, f64) {
        let own = self.layout.peak(k);
        self.peaks[k].apex(p[own + 2], p[own + 3])
    }

    /// Expectations of one peak, and their derivatives.
    fn expect_of_peak(&self, k: usize, p: &[f64], values: &mut [f64], jacobian: Option<&mut Jacobian>) {
        let placed = &self.peaks[k];
        let (own, width, fraction) = (self.layout.peak(k), self.layout.width(), self.layout.fraction());
        let s = placed.scaled;
        let (tau, scatter) = (self.expectations.width_scatter, self.expectations.fraction_scatter);
        values[placed.row] = self.deviation(k, 0, p);
        values[placed.row + 1] = self.deviation(k, 1, p);
        if let Some((position, tolerance)) = placed.expected_position {
            values[placed.row + 2] = (p[own] - position) / tolerance;
        }
        let Some(jacobian) = jacobian else { return };
        let mut set = |parameter: usize, row: usize, value: f64| {
            let column = &mut jacobian.columns[parameter];
            if let Some(entry) = row.checked_sub(column.first).and_then(|at| column.values.get_mut(at)) {
                *entry = value;
            }
        };
        set(own + 2, placed.row, 1.0 / (p[own + 2] * tau));
        set(own + 3, placed.row + 1, 1.0 / scatter);
        if let Some((_, tolerance)) = placed.expected_position {
            set(own, placed.row + 2, 1.0 / tolerance);
        }
        for n in 0..WIDTH_TERMS {
            set(width + n, placed.row, -s.powi(n as i32) / tau);
        }
        for n in 0..FRACTION_TERMS {
            set(fraction + n, placed.row + 1, -s.powi(n as i32) / scatter);
        }
    }

    /// Expectations of what the peaks share.
    fn expect_of_all(&self, p: &[f64], values: &mut [f64], jacobian: Option<&mut Jacobian>) {
        let expected = self.expectations.width.iter().chain(&self.expectations.fraction).chain(&[0.0]);
        let sigma = WIDTH_SIGMA.iter().chain(&FRACTION_SIGMA).chain(&[ASYMMETRY_SIGMA]);
        let (width, fraction) = (self.layout.width(), self.layout.fraction());
        let parameters = (width..width + WIDTH_TERMS).chain(fraction..fraction + FRACTION_TERMS);
        let first = self.observations - (WIDTH_TERMS + FRACTION_TERMS + 1);
        let mut derivatives = Vec::new();
        for (k, ((j, e), s)) in parameters.chain([self.layout.asymmetry()]).zip(expected).zip(sigma).enumerate() {
            values[first + k] = (p[j] - e) / s;
            derivatives.push((j, first + k, 1.0 / s));
        }
        if let Some(jacobian) = jacobian {
            for (j, row, value) in derivatives {
                jacobian.columns[j].values[row] = value;
            }
        }
    }
}

impl Model for Pattern<'_> {
    fn observations(&self) -> usize {
        self.observations
    }

    fn evaluate(&self, p: &[f64], values: &mut [f64], mut jacobian: Option<&mut Jacobian>) -> Result<()> {
        values.fill(0.0);
        for ((row, value), tails) in self.rows.iter().zip(self.background(p)).zip(&self.tails) {
            values[*row] = value + tails;
        }
        if let Some(jacobian) = jacobian.as_deref_mut() {
            for (n, column) in self.basis.iter().enumerate() {
                let window = jacobian.window(n, 0..self.observations);
                self.rows.iter().zip(column).for_each(|(row, t)| window[*row] = *t);
            }
            for j in self.layout.asymmetry()..self.layout.peak(0) {
                jacobian.window(j, 0..self.observations);
            }
        }
        for k in 0..self.layout.peaks {
            self.add_peak(k, p, values, jacobian.as_deref_mut())?;
            self.expect_of_peak(k, p, values, jacobian.as_deref_mut());
        }
        self.expect_of_all(p, values, jacobian);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::simulated::copper;
    use super::*;
    use doublet_common::fit::derivative_check;

    #[test]
    fn derivatives_agree_with_differences() {
        let x: Vec<f64> = (0..900).map(|i| 15.0 + 0.05 * f64::from(i)).collect();
        let start = |two_theta_deg: f64, area, fwhm_deg| Start {
            two_theta_deg,
            area,
            fwhm_deg,
            lorentzian_fraction: 0.4,
            tolerance_deg: (two_theta_deg == 30.61).then_some(0.2),
            half_window_deg: 6.0,
        };
        let starts =
            [start(18.03, 40.0, 0.3), start(30.11, 90.0, 0.35), start(30.61, 20.0, 0.4), start(58.7, 70.0, 0.5)];
        let expectations =
            Expectations { width_scatter: 0.2, fraction_scatter: 0.1, width: [-1.0, 0.2, 0.0], fraction: [0.5, 0.0] };
        let radiation = copper();
        let chebyshev = Chebyshev::new(15.0, 59.95, 3).unwrap();
        for heights in [None, Some(Heights { s_over_l: 0.05, h_over_l: 0.03 })] {
            let pattern = Pattern::new(&x, (&radiation, &[]), heights, &chebyshev, &starts, expectations);
            let alpha = if heights.is_none() { 0.07 } else { 0.0 };
            let origin = pattern.parameters(&starts, &[100.0, -20.0, 5.0, 1.0], Some(alpha), |_| 0.35).values();
            let nearby = Nearby { pattern: &pattern, origin: &origin, unit: 0.05 };
            derivative_check::model(&nearby, &vec![1.0; origin.len()], 1e-6).unwrap();
        }
    }

    /// The pattern as a function of `q`, parameters = origin + unit · q: the check's steps are a tenth of a parameter, which
    /// for a position would be many widths.
    struct Nearby<'a> {
        pattern: &'a Pattern<'a>,
        origin: &'a [f64],
        unit: f64,
    }

    impl Model for Nearby<'_> {
        fn observations(&self) -> usize {
            self.pattern.observations()
        }

        fn evaluate(&self, q: &[f64], values: &mut [f64], mut jacobian: Option<&mut Jacobian>) -> Result<()> {
            let p: Vec<f64> = self.origin.iter().zip(q).map(|(p, q)| p + self.unit * q).collect();
            self.pattern.evaluate(&p, values, jacobian.as_deref_mut())?;
            if let Some(jacobian) = jacobian {
                jacobian.columns.iter_mut().flat_map(|c| &mut c.values).for_each(|d| *d *= self.unit);
            }
            Ok(())
        }
    }
}
