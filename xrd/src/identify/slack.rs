//! The model with its own errors: how much a pattern really says for or against a phase.
//!
//! Calculated patterns are wrong in ways that counting statistics do not know: texture and few grains change
//! intensities, strain and absorption move lines, optics shape them. A plain χ² of a strong phase therefore holds misfit
//! in which weak false phases find a home. Here every cluster of overlapping lines of a phase in the model has slack: its
//! intensity, position and width may deviate by an amount that is drawn from a normal distribution of stated width, and
//! strong clusters may have tails. With these deviations integrated out, the data have the covariance C of
//! [`ArrowSystem`](super::arrow::ArrowSystem); what a further phase, or the absence of a phase, changes in the deviance
//! `χ²_C + ln det C` is evidence.

use doublet_common::fit::{WindowedColumn, serial_correlation_factor};
use doublet_common::vector::add_scaled;

use crate::error::{Error, Result};

use super::arrow::{ArrowSystem, Score, Solution};
use super::joint_model::{JointModel, LineBuffer, SCALE, Widths};
use super::state::{Data, Freedom, PatternState, Posed, Reach};
use super::weights::MEDIAN_CHI_SQUARED;

/// Standard deviation of an intensity, relative: texture and grain statistics of ordinary powders.
pub(crate) const INTENSITY_SLACK: f64 = 0.15;
/// Standard deviation of a position in FWHM.
const POSITION_SLACK: f64 = 0.10;
/// Standard deviation of a width, relative.
const WIDTH_SLACK: f64 = 0.15;
/// Standard deviation of the area of a tail on one side, relative, and its length.
const TAIL_SLACK: f64 = 0.04;
const TAIL_LENGTH_FWHM: f64 = 3.0;
/// Lines closer than this, in FWHM, share their slack.
const CLUSTER_FWHM: f64 = 0.5;
/// Clusters whose height exceeds this many σ have slack; above the second number, tails too.
const SLACK_SIGMA: f64 = 1.0;
const TAIL_SIGMA: f64 = 15.0;

/// Lines of one phase that stand so close that they are one peak.
#[derive(Debug, Clone)]
pub(crate) struct Cluster {
    /// Index of the phase in the state.
    pub(crate) phase: usize,
    /// Index of the strongest reflection.
    pub(crate) strongest: usize,
    /// Position of the strongest reflection, displacement included.
    pub(crate) two_theta_deg: f64,
    /// Calculated intensity, strongest line of the phase = 1.
    pub(crate) intensity: f64,
    /// Calculated height over σ at the top.
    pub(crate) height_sigma: f64,
    /// FWHM there.
    pub(crate) fwhm_deg: f64,
    /// Contribution to the pattern over its window.
    pub(crate) curve: WindowedColumn,
    /// Its derivatives: by position, by relative width.
    derivatives: [Vec<f64>; 2],
}

/// A state with slack, factored.
pub(crate) struct Slack {
    pub(crate) clusters: Vec<Cluster>,
    system: ArrowSystem,
    solution: Solution,
    /// For each local column: cluster and whether it is its intensity.
    owners: Vec<(usize, bool)>,
    /// Phases whose scale is a global column, in order.
    scales: Vec<usize>,
    /// 1/σ of the data.
    inverse_sigma: Vec<f64>,
    /// What remains of the data at the minimum, in σ.
    pub(crate) rest: Vec<f64>,
    /// Variance that a unit of χ² stands for: reduced χ² times serial correlation, at least 1.
    pub(crate) noise: f64,
    /// The same from the quieter half of the residuals: what noise would be if peaks that no phase explains were none.
    pub(crate) quiet_noise: f64,
}

/// What the data say about one cluster's intensity without what the model expects of it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Observed {
    /// Observed over calculated intensity.
    pub(crate) ratio: f64,
    /// Its σ, in units of counting noise; infinite where the data cannot tell.
    pub(crate) sigma: f64,
}

/// Clusters of all phases of a state, in the order of the phases.
///
/// # Errors
/// Parameters that give no width.
pub(crate) fn clusters(data: &Data<'_>, posed: &Posed<'_>) -> Result<Vec<Cluster>> {
    let parameters = posed.parameters.values();
    let mut all = Vec::new();
    for index in 0..posed.model.phases.len() {
        all.extend(phase_clusters(data, &posed.model, &parameters, index)?);
    }
    Ok(all)
}

fn phase_clusters(data: &Data<'_>, model: &JointModel<'_>, parameters: &[f64], index: usize) -> Result<Vec<Cluster>> {
    let phase = &model.phases[index];
    let scale = parameters[phase.first + SCALE];
    let positions = model.positions(parameters, phase).two_theta_deg;
    let mut list: Vec<Cluster> = Vec::new();
    let mut last_reflection = usize::MAX;
    // Reflections come with falling spacing, so their angles ascend apart from anisotropic cell changes, which are small.
    model.visit_lines(parameters, phase, &positions, |h, place, widths, line, shape| {
        let fwhm = widths.fwhm_deg();
        let two_theta_deg = positions[h].unwrap_or(place.two_theta_deg);
        let new = h != last_reflection
            && list.last().is_none_or(|c| (two_theta_deg - c.two_theta_deg).abs() > CLUSTER_FWHM * fwhm);
        if new {
            list.push(Cluster {
                phase: index,
                strongest: h,
                two_theta_deg,
                intensity: 0.0,
                height_sigma: 0.0,
                fwhm_deg: fwhm,
                curve: WindowedColumn { first: shape.first, values: Vec::new() },
                derivatives: [Vec::new(), Vec::new()],
            });
        }
        let Some(cluster) = list.last_mut() else { return };
        if h != last_reflection {
            let strongest = phase.places[cluster.strongest].map_or(0.0, |p| p.intensity);
            if place.intensity > strongest {
                (cluster.strongest, cluster.two_theta_deg) = (h, two_theta_deg);
            }
            cluster.intensity += place.intensity;
            last_reflection = h;
        }
        cluster.take(shape, scale * place.intensity * line.share, line.d_reference, widths);
    })?;
    for cluster in &mut list {
        let heights = cluster.curve.values.iter().zip(&data.sigma[cluster.curve.first..]);
        cluster.height_sigma = heights.map(|(v, s)| v / s).fold(0.0, f64::max);
    }
    list.retain(|cluster| !cluster.curve.values.is_empty());
    Ok(list)
}

impl Cluster {
    /// Adds a line and widens the window where needed.
    fn take(&mut self, shape: &LineBuffer, weight: f64, d_reference: f64, widths: Widths) {
        let line = &shape.columns;
        let end = self.curve.first + self.curve.values.len();
        let (first, last) = (self.curve.first.min(shape.first), end.max(shape.first + line.value.len()));
        for column in [&mut self.curve.values].into_iter().chain(&mut self.derivatives) {
            column.splice(0..0, std::iter::repeat_n(0.0, self.curve.first - first));
            column.resize(last - first, 0.0);
        }
        self.curve.first = first;
        let offset = shape.first - first;
        add_scaled(weight, &line.value, &mut self.curve.values[offset..]);
        let [position, width] = &mut self.derivatives;
        add_scaled(-weight * d_reference, &line.d_offset, &mut position[offset..]);
        let [d_gaussian, d_lorentzian, ..] = &line.d_parameters;
        add_scaled(weight * widths.gaussian_deg, d_gaussian, &mut width[offset..]);
        add_scaled(weight * widths.lorentzian_deg, d_lorentzian, &mut width[offset..]);
    }

    /// Slack columns, weighted: intensity first.
    fn columns(&self, x: &[f64], inverse_sigma: &[f64]) -> Vec<WindowedColumn> {
        let range = self.curve.first..self.curve.first + self.curve.values.len();
        let weights = &inverse_sigma[range.clone()];
        let column = |values: &[f64], factor: f64| WindowedColumn {
            first: self.curve.first,
            values: values.iter().zip(weights).map(|(v, w)| v * w * factor).collect(),
        };
        let mut columns = vec![
            column(&self.curve.values, INTENSITY_SLACK),
            column(&self.derivatives[0], POSITION_SLACK * self.fwhm_deg),
            column(&self.derivatives[1], WIDTH_SLACK),
        ];
        if self.height_sigma > TAIL_SIGMA {
            columns.extend([-1.0, 1.0].map(|side| self.tail(&x[range.clone()], weights, side)));
        }
        columns
    }

    /// Exponential tail on one side of the strongest reflection.
    fn tail(&self, x: &[f64], weights: &[f64], side: f64) -> WindowedColumn {
        let length = TAIL_LENGTH_FWHM * self.fwhm_deg;
        let step = if x.len() > 1 { (x[x.len() - 1] - x[0]) / (x.len() - 1) as f64 } else { 0.0 };
        let area: f64 = self.curve.values.iter().sum::<f64>() * step;
        let values = x
            .iter()
            .zip(weights)
            .map(|(x, w)| {
                let distance = side * (x - self.two_theta_deg);
                if distance > 0.0 { TAIL_SLACK * area / length * (-distance / length).exp() * w } else { 0.0 }
            })
            .collect();
        WindowedColumn { first: self.curve.first, values }
    }
}

/// What every [`Slack`] of one state shares.
pub(crate) struct Basis {
    clusters: Vec<Cluster>,
    /// Contribution of each phase.
    curves: Vec<Vec<f64>>,
    background: Vec<f64>,
    /// Polynomials of the background.
    polynomials: Vec<Vec<f64>>,
}

impl Basis {
    /// Curves and clusters of a state.
    ///
    /// # Errors
    /// Parameters that give no width.
    pub(crate) fn new(data: &Data<'_>, state: &PatternState<'_>) -> Result<Self> {
        let clusters = clusters(data, &state.pose(data, Freedom::NONE, Reach::Foot)?)?;
        let posed = state.pose(data, Freedom::NONE, Reach::Tails)?;
        let parameters = posed.parameters.values();
        let curves = (0..state.phases.len())
            .map(|index| posed.model.phase_curve(&parameters, index))
            .collect::<doublet_common::Result<_>>()?;
        let background = posed.model.background_curve(&parameters);
        Ok(Self { clusters, curves, background, polynomials: posed.model.basis })
    }

    /// Whole model.
    pub(crate) fn calculated(&self) -> Vec<f64> {
        let mut sum = self.background.clone();
        self.curves.iter().for_each(|curve| add_scaled(1.0, curve, &mut sum));
        sum
    }

    /// The state with slack, without the phases in `without`.
    ///
    /// # Errors
    /// A system that cannot be factored.
    pub(crate) fn slack(&self, data: &Data<'_>, without: &[usize]) -> Result<Slack> {
        Slack::of_basis(data, self, without)
    }
}

impl Slack {
    fn of_basis(data: &Data<'_>, basis: &Basis, without: &[usize]) -> Result<Self> {
        let inverse_sigma: Vec<f64> = data.sigma.iter().map(|s| 1.0 / s).collect();
        let weigh = |curve: &[f64]| -> Vec<f64> { curve.iter().zip(&inverse_sigma).map(|(c, w)| c * w).collect() };
        let mut residual: Vec<f64> = data.y.iter().zip(&basis.background).map(|(y, b)| y - b).collect();
        let scales: Vec<usize> = (0..basis.curves.len()).filter(|index| !without.contains(index)).collect();
        let mut global: Vec<Vec<f64>> = Vec::new();
        for index in &scales {
            add_scaled(-1.0, &basis.curves[*index], &mut residual);
            global.push(weigh(&basis.curves[*index]));
        }
        global.extend(basis.polynomials.iter().map(|column| weigh(column)));
        let kept: Vec<Cluster> = basis
            .clusters
            .iter()
            .filter(|c| !without.contains(&c.phase) && c.height_sigma > SLACK_SIGMA)
            .cloned()
            .collect();
        let (local, owners) = local_columns(data.x, &inverse_sigma, &kept);
        let singular = || Error::Analysis {
            stage: "identification",
            message: "the pattern's normal equations are singular".into(),
        };
        let system = ArrowSystem::new(local, global, weigh(&residual)).ok_or_else(singular)?;
        let solution = system.solve();
        let rest = system.remainder(&solution);
        let freedom = rest.len().saturating_sub(solution.global.len()).max(1) as f64;
        let reduced = rest.iter().map(|r| r * r).sum::<f64>() / freedom;
        let noise = reduced.max(1.0) * serial_correlation_factor(&rest).powi(2);
        let quiet_noise = quiet_noise(&rest);
        Ok(Self { clusters: kept, system, solution, owners, scales, inverse_sigma, rest, noise, quiet_noise })
    }

    /// −2 ln of the probability of the data, up to a constant of the data, all slack integrated out: penalised χ² over
    /// `noise` plus ln det C. The determinant is the price of slack: a phase with many lines that could be anything pays
    /// for them.
    pub(crate) fn deviance(&self, noise: f64) -> f64 {
        self.system.chi_squared / noise + self.system.log_determinant
    }

    /// Tests a further curve of intensity, given from point `first` on.
    pub(crate) fn score(&self, first: usize, curve: &[f64]) -> Score {
        let weights = self.inverse_sigma.get(first..).unwrap_or(&[]);
        let weighted: Vec<f64> = curve.iter().zip(weights).map(|(c, w)| c * w).collect();
        self.system.score(first, &weighted)
    }

    /// Factor on the scale of a phase of the state at the penalised minimum, and its σ in units of counting noise.
    pub(crate) fn scale_factor(&self, phase: usize) -> Option<(f64, f64)> {
        let i = self.scales.iter().position(|s| *s == phase)?;
        Some((1.0 + self.solution.global[i], self.system.global_sigma(i)))
    }

    /// What the data alone say of each cluster's intensity, clusters of phase `phase` only, with their index.
    pub(crate) fn observed(&self, phase: usize) -> Vec<(usize, Observed)> {
        let scale = self.scale_factor(phase).map_or(1.0, |(factor, _)| factor);
        let mine = self
            .owners
            .iter()
            .enumerate()
            .filter(|(_, (cluster, intensity))| *intensity && self.clusters[*cluster].phase == phase);
        mine.map(|(column, (cluster, _))| {
            let (mean, variance) = (self.solution.local[column], self.system.local_variance(column));
            // Posterior precision = prior precision (1) + precision of the data alone.
            let precision = (1.0 / variance - 1.0).max(1e-12);
            let ratio = scale + INTENSITY_SLACK * mean / (variance * precision);
            (*cluster, Observed { ratio, sigma: INTENSITY_SLACK / precision.sqrt() })
        })
        .collect()
    }
}

/// Variance of residuals from the median of their squares, at least 1.
fn quiet_noise(rest: &[f64]) -> f64 {
    let mut squares: Vec<f64> = rest.iter().map(|r| r * r).collect();
    let middle = squares.len() / 2;
    if squares.is_empty() {
        return 1.0;
    }
    let (_, median, _) = squares.select_nth_unstable_by(middle, f64::total_cmp);
    (*median / MEDIAN_CHI_SQUARED).max(1.0)
}

fn local_columns(x: &[f64], inverse_sigma: &[f64], clusters: &[Cluster]) -> (Vec<WindowedColumn>, Vec<(usize, bool)>) {
    let mut columns: Vec<(WindowedColumn, (usize, bool))> = clusters
        .iter()
        .enumerate()
        .flat_map(|(i, cluster)| {
            let columns = cluster.columns(x, inverse_sigma);
            columns.into_iter().enumerate().map(move |(kind, column)| (column, (i, kind == 0)))
        })
        .collect();
    columns.sort_by_key(|(column, _)| column.first);
    columns.into_iter().unzip()
}
