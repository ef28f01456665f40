//! From fitted parameters to peaks with σ, groups and warnings.
//!
//! σ of a peak is that of counting, from the covariance, times the factor that the residuals under the peak demand (module
//! `inflation`).

use doublet_common::Quantity;
use doublet_common::fit::{ParameterId, durbin_watson, serial_correlation_factor};
use doublet_common::lineshape::{PseudoVoigt, Shape};

use super::pass::Pass;
use super::placed::MAX_ASYMMETRY;
use super::{ExpectedShape, FittedPeak, PeakFit};
use crate::analysis::FitStatistics;
use crate::profile::bragg_lines;

/// Peaks nearer than this many of their mean widths belong to one group.
const GROUP_WIDTHS: f64 = 3.0;
/// Smallest area in units of its σ, the misfit around it included, that needs no warning.
const TRUSTED_SIGNIFICANCE: f64 = 3.0;
/// |Correlation| of two areas above which a warning names the other peak.
const SHARED_AREA: f64 = 0.9;
/// A width whose σ of `ln w` is above this share of the scatter follows the other peaks.
const FOLLOWING: f64 = 0.7;

/// The result of the last pass.
pub(super) fn gather(pass: &Pass<'_>, mut warnings: Vec<String>) -> PeakFit {
    let residuals = pass.residuals();
    let statistics = statistics(pass, &residuals);
    let groups = groups(pass);
    let mut peaks: Vec<FittedPeak> =
        (0..pass.state.starts.len()).map(|k| Own::new(pass, k, &residuals).peak(groups[k])).collect();
    peaks.sort_by(|a, b| a.two_theta_deg.value.total_cmp(&b.two_theta_deg.value));
    if !pass.fit.converged() {
        warnings.push(format!("the peak fit did not converge: {}", pass.fit.termination));
    }
    let steepest =
        (0..pass.state.starts.len()).map(|k| pass.pattern.asymmetry(k, &pass.values).abs()).fold(0.0, f64::max);
    if steepest > 0.98 * MAX_ASYMMETRY {
        warnings.push("axial asymmetry reached its limit: the low-angle peaks are not of this shape".into());
    }
    PeakFit {
        peaks,
        background_coefficients: (0..pass.pattern.layout().background)
            .map(|n| Quantity { value: pass.values[n], sigma: pass.fit.sigma[n] })
            .collect(),
        background_choice: match pass.problem.options.chebyshev_degree {
            Some(degree) => format!("degree {degree} as the recipe says"),
            None => format!("degree {}: smallest Bayesian information criterion", pass.state.chebyshev.degree()),
        },
        background: pass.background.clone(),
        contamination: pass.contamination.clone(),
        calculated: pass.calculated.clone(),
        statistics,
        curve: Some(pass.problem.curve),
        warnings,
    }
}

fn statistics(pass: &Pass<'_>, residuals: &[f64]) -> FitStatistics {
    let free = pass.fit.statistics.free_parameters;
    let freedom = residuals.len().saturating_sub(free).max(1) as f64;
    let chi_squared: f64 = residuals.iter().map(|r| r * r).sum();
    let weighted: f64 = pass.problem.scan.intensity().iter().zip(&pass.state.sigma).map(|(y, s)| (y / s).powi(2)).sum();
    let weighted = weighted.max(f64::MIN_POSITIVE);
    FitStatistics {
        observations: residuals.len(),
        free_parameters: free,
        reduced_chi_squared: chi_squared / freedom,
        r_wp_percent: 100.0 * (chi_squared / weighted).sqrt(),
        r_exp_percent: 100.0 * (freedom / weighted).sqrt(),
        durbin_watson: durbin_watson(residuals).unwrap_or(0.0),
        sigma_inflation: serial_correlation_factor(residuals),
        termination: pass.fit.termination.to_string(),
    }
}

/// Number of the group of each peak.
fn groups(pass: &Pass<'_>) -> Vec<usize> {
    let (layout, values) = (pass.pattern.layout(), &pass.values);
    let mut order: Vec<usize> = (0..layout.peaks).collect();
    order.sort_by(|a, b| values[layout.peak(*a)].total_cmp(&values[layout.peak(*b)]));
    let mut numbers = vec![0; layout.peaks];
    let (mut number, mut end) = (0, f64::NEG_INFINITY);
    for (place, k) in order.into_iter().enumerate() {
        let (position, fwhm) = (values[layout.peak(k)], values[layout.peak(k) + 2]);
        let half = 0.5 * GROUP_WIDTHS * fwhm;
        if position - half > end && place > 0 {
            number += 1;
        }
        numbers[k] = number;
        let last = bragg_lines(pass.problem.radiation, position).map(|l| l.two_theta_deg).fold(position, f64::max);
        end = end.max(last + half);
    }
    numbers
}

/// One peak on its way to a result.
struct Own<'a> {
    pass: &'a Pass<'a>,
    /// First of its parameters.
    first: usize,
    k: usize,
    inflation: f64,
}

impl<'a> Own<'a> {
    fn new(pass: &'a Pass<'a>, k: usize, residuals: &[f64]) -> Self {
        let first = pass.pattern.layout().peak(k);
        Self { pass, first, k, inflation: pass.inflation(k, residuals) }
    }

    /// σ of counting of a quantity with this gradient over (position, area, FWHM, η).
    ///
    /// σ of a parameter is that of a fit without limits: a neighbour that is held at a limit is no better known for it.
    fn counting_sigma(&self, gradient: [f64; 4]) -> Option<f64> {
        let fit = &self.pass.fit;
        let mut variance = 0.0;
        for (i, a) in gradient.iter().enumerate().filter(|(_, a)| **a != 0.0) {
            for (j, b) in gradient.iter().enumerate().filter(|(_, b)| **b != 0.0) {
                let (p, q) = (self.first + i, self.first + j);
                let unknown = if i == j { 1.0 } else { 0.0 };
                let correlation = fit.covariance.correlation(p, q).unwrap_or(unknown);
                variance += a * b * fit.sigma_ignoring_bounds[p]? * fit.sigma_ignoring_bounds[q]? * correlation;
            }
        }
        (variance > 0.0).then(|| variance.sqrt())
    }

    fn quantity(&self, value: f64, gradient: [f64; 4]) -> Quantity {
        Quantity { value, sigma: self.counting_sigma(gradient).map(|s| s * self.inflation) }
    }

    fn peak(&self, group: usize) -> FittedPeak {
        let [position, area, fwhm, fraction] = std::array::from_fn(|j| self.pass.values[self.first + j]);
        let share = bragg_lines(self.pass.problem.radiation, position).next().map_or(1.0, |l| l.share);
        let breadth = PseudoVoigt::new(fwhm, fraction).map(|s| s.integral_breadth()).unwrap_or_default();
        let [d_fwhm, d_fraction, ..] = breadth.d_parameters;
        let (apex_shift_deg, top) = self.pass.pattern.apex(self.k, &self.pass.values);
        let per_area = top * share / breadth.value;
        let height = area * per_area;
        let theta = (0.5 * position).to_radians();
        let d = 0.5 * self.pass.problem.radiation.reference_wavelength_angstrom() / theta.sin();
        let d_per_degree = -d / theta.tan() * 0.5f64.to_radians();
        let significance = self.counting_sigma([0.0, 1.0, 0.0, 0.0]).map_or(0.0, |s| area / s);
        FittedPeak {
            two_theta_deg: self.quantity(position, [1.0, 0.0, 0.0, 0.0]),
            d_angstrom: self.quantity(d, [d_per_degree, 0.0, 0.0, 0.0]),
            area: self.quantity(area, [0.0, 1.0, 0.0, 0.0]),
            height: self.quantity(
                height,
                [0.0, per_area, -height / breadth.value * d_fwhm, -height / breadth.value * d_fraction],
            ),
            fwhm_deg: self.quantity(fwhm, [0.0, 0.0, 1.0, 0.0]),
            integral_breadth_deg: self.quantity(breadth.value, [0.0, 0.0, d_fwhm, d_fraction]),
            lorentzian_fraction: self.quantity(fraction, [0.0, 0.0, 0.0, 1.0]),
            expected: self.expected(fwhm, fraction),
            background: self.background(position),
            background_sigma: self.background_sigma(position),
            half_window_deg: self.pass.state.starts[self.k].half_window_deg,
            apex_shift_deg,
            asymmetry: self.pass.pattern.asymmetry(self.k, &self.pass.values),
            significance,
            sigma_inflation: self.inflation,
            group,
            forced: self.pass.state.starts[self.k].tolerance_deg.is_some(),
            warnings: self.warnings(significance),
        }
    }

    fn background(&self, position: f64) -> f64 {
        let nearest = self.pass.problem.scan.two_theta_deg().partition_point(|x| *x < position);
        self.pass.background.get(nearest).or(self.pass.background.last()).copied().unwrap_or_default()
    }

    fn background_sigma(&self, position: f64) -> Option<f64> {
        let fit = &self.pass.fit;
        let mut basis = vec![0.0; self.pass.pattern.layout().background];
        self.pass.state.chebyshev.basis(position, &mut basis);
        let mut variance = 0.0;
        for n in 0..basis.len() {
            for m in 0..basis.len() {
                let correlation = if n == m { 1.0 } else { fit.covariance.correlation(n, m)? };
                variance += basis[n] * basis[m] * fit.sigma[n]? * fit.sigma[m]? * correlation;
            }
        }
        Some(variance.max(0.0).sqrt())
    }

    fn expected(&self, fwhm: f64, fraction: f64) -> ExpectedShape {
        let scatters = self.pass.state.expectations;
        let deviation = |row: usize| self.pass.pattern.deviation(self.k, row, &self.pass.values);
        let (width, share) = (scatters.width_scatter, scatters.fraction_scatter);
        ExpectedShape {
            ln_fwhm: (fwhm.ln() - deviation(0) * width, width),
            lorentzian_fraction: (fraction - deviation(1) * share, share),
        }
    }

    fn warnings(&self, significance: f64) -> Vec<String> {
        let fit = &self.pass.fit;
        let mut warnings = Vec::new();
        if self.pass.state.starts[self.k].tolerance_deg.is_some()
            && significance < self.pass.problem.options.minimum_significance
        {
            warnings.push(format!("fitted because it was asked for; {significance:.1} σ do not show that it is there"));
        }
        for (j, name) in [(0, "position"), (2, "width"), (3, "Lorentzian fraction")] {
            let bound = &fit.parameters.get(ParameterId(self.first + j)).name;
            if fit.at_bound.contains(bound) {
                warnings.push(format!("{name} is held by its limit"));
            }
        }
        let relative = fit.sigma[self.first + 2].map(|s| s / self.pass.values[self.first + 2]);
        if relative.is_some_and(|r| r > FOLLOWING * self.pass.state.expectations.width_scatter) {
            warnings.push("width follows that of the other peaks".into());
        }
        let layout = self.pass.pattern.layout();
        for other in (0..layout.peaks).filter(|o| *o != self.k) {
            let correlation = fit.covariance.correlation(self.first + 1, layout.peak(other) + 1);
            if correlation.is_some_and(|c| c.abs() > SHARED_AREA) {
                let position = self.pass.values[layout.peak(other)];
                warnings.push(format!("overlaps with the peak at {position:.3}°: only their sum is well known"));
            }
        }
        let trusted = significance / self.inflation;
        if self.inflation > 1.0 && trusted < TRUSTED_SIGNIFICANCE {
            warnings.push(format!("may be a misfit of its neighbours: {trusted:.1} σ once that is counted"));
        }
        if self.inflation > 3.0 {
            warnings
                .push(format!("the profile is not quite of the model's shape: σ inflated {:.1} times", self.inflation));
        }
        warnings
    }
}
