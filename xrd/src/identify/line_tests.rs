//! The strong lines of a phase, each looked for in the data: there, missing, or not to be told.

use doublet_common::Quantity;

use crate::analysis::Line;
use crate::error::Result;

use super::slack::{Cluster, Slack, clusters};
use super::state::{Data, Freedom, PatternState, PhaseState, Reach};

/// Lines weaker than this, relative to the strongest of the phase in the range, are no proof of anything.
const STRONG: f64 = 0.10;
/// Most lines that are tested.
const MOST_LINES: usize = 12;
/// A line is there if its area exceeds this many σ.
const FOUND_SIGMA: f64 = 3.0;
/// Error of a calculated intensity relative to itself, when a line is called missing.
const INTENSITY_ERROR: f64 = 0.25;
/// A line is missing if it is weaker than calculated by this many σ, error of the calculation included.
const MISSING_SIGMA: f64 = 2.0;
/// A line that could be twice as strong or not there at all, within one σ, tells nothing.
const USELESS_SIGMA: f64 = 1.0;

/// What became of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    Found,
    Missing,
    /// Overlapped or too weak for this noise.
    Open,
}

/// One strong line, tested.
#[derive(Debug, Clone)]
pub(crate) struct LineTest {
    pub(crate) hkl: [i32; 3],
    pub(crate) two_theta_deg: f64,
    /// Strongest line of the phase in the range = 1.
    pub(crate) intensity: f64,
    pub(crate) fwhm_deg: f64,
    /// Observed area and its σ, in units of the scale's.
    pub(crate) area: f64,
    pub(crate) sigma: f64,
    /// Observed over expected at the scale against which the line was judged.
    pub(crate) ratio: f64,
    pub(crate) ratio_sigma: f64,
    pub(crate) fate: Fate,
}

impl LineTest {
    fn judged(mut self, scale: f64) -> Self {
        let expected = scale * self.intensity;
        (self.ratio, self.ratio_sigma) = (self.area / expected, self.sigma / expected);
        self.fate = if self.ratio_sigma > USELESS_SIGMA || !self.ratio.is_finite() {
            Fate::Open
        } else if 1.0 - self.ratio > MISSING_SIGMA * self.ratio_sigma.hypot(INTENSITY_ERROR) {
            Fate::Missing
        } else if self.area > FOUND_SIGMA * self.sigma {
            Fate::Found
        } else {
            Fate::Open
        };
        self
    }

    /// As the result states it.
    pub(crate) fn line(&self) -> Line {
        let known = self.ratio.is_finite() && self.ratio_sigma.is_finite();
        Line {
            hkl: self.hkl,
            two_theta_deg: self.two_theta_deg,
            relative_intensity: 100.0 * self.intensity,
            observed_over_calculated: known.then(|| Quantity::new(self.ratio, self.ratio_sigma)),
        }
    }
}

/// Strong lines of phase `position` of the state of which `slack` was made.
pub(crate) fn of_present(slack: &Slack, state: &PatternState<'_>, position: usize) -> Vec<LineTest> {
    let phase = &state.phases[position];
    let scale = phase.scale * slack.scale_factor(position).map_or(1.0, |(factor, _)| factor);
    let noise = slack.noise.sqrt();
    let mut tests: Vec<LineTest> = slack
        .observed(position)
        .into_iter()
        .map(|(index, observed)| {
            let cluster = &slack.clusters[index];
            let unit = phase.scale * cluster.intensity;
            test(phase, cluster, observed.ratio * unit, observed.sigma * noise * unit)
        })
        .collect();
    keep_strong(&mut tests);
    tests.into_iter().map(|test| test.judged(scale)).collect()
}

/// Strong lines of a phase that is not in the state, and the curve of the whole phase at unit scale. They are judged
/// against `scale`, or where none is given against the scale that the best of them would ask for.
///
/// # Errors
/// Parameters that give no width.
pub(crate) fn of_absent<'a>(
    data: &Data<'a>,
    state: &PatternState<'a>,
    slack: &Slack,
    phase: &PhaseState<'a>,
    scale: Option<f64>,
) -> Result<Vec<LineTest>> {
    let clusters = alone(data, state, phase)?;
    let noise = slack.noise.sqrt();
    let mut strong: Vec<&Cluster> = clusters.iter().filter(|c| inside(data, c.two_theta_deg)).collect();
    strong.sort_by(|a, b| b.intensity.total_cmp(&a.intensity));
    strong.truncate(MOST_LINES);
    let mut tests: Vec<LineTest> = strong
        .into_iter()
        .map(|cluster| {
            let score = slack.score(cluster.curve.first, &cluster.curve.values);
            test(phase, cluster, score.scale() * cluster.intensity, score.sigma() * noise * cluster.intensity)
        })
        .collect();
    keep_strong(&mut tests);
    let asked =
        tests.iter().filter(|t| t.area > FOUND_SIGMA * t.sigma).map(|t| t.area / t.intensity).fold(f64::NAN, f64::max);
    let detectable = tests.iter().map(|t| 2.0 * FOUND_SIGMA * t.sigma / t.intensity).fold(f64::INFINITY, f64::min);
    let scale = scale.unwrap_or(if asked.is_finite() { asked } else { detectable });
    Ok(tests.into_iter().map(|test| test.judged(scale)).collect())
}

/// Clusters of a phase at unit scale on the axis of the data.
///
/// # Errors
/// Parameters that give no width.
pub(crate) fn alone<'a>(data: &Data<'a>, state: &PatternState<'a>, phase: &PhaseState<'a>) -> Result<Vec<Cluster>> {
    let posed = state.alone(phase).pose(data, Freedom::NONE, Reach::Core)?;
    clusters(data, &posed)
}

fn inside(data: &Data<'_>, two_theta_deg: f64) -> bool {
    data.x.first().is_some_and(|low| *low <= two_theta_deg) && data.x.last().is_some_and(|high| two_theta_deg <= *high)
}

fn test(phase: &PhaseState<'_>, cluster: &Cluster, area: f64, sigma: f64) -> LineTest {
    LineTest {
        hkl: phase.prepared.pattern.reflections.get(cluster.strongest).map_or([0; 3], |r| r.hkl),
        two_theta_deg: cluster.two_theta_deg,
        intensity: cluster.intensity,
        fwhm_deg: cluster.fwhm_deg,
        area,
        sigma,
        ratio: f64::NAN,
        ratio_sigma: f64::INFINITY,
        fate: Fate::Open,
    }
}

/// Strongest first; their intensities relative to the strongest cluster.
fn keep_strong(tests: &mut Vec<LineTest>) {
    tests.sort_by(|a, b| b.intensity.total_cmp(&a.intensity));
    let strongest = tests.first().map_or(1.0, |t| t.intensity);
    tests.retain(|t| t.intensity >= STRONG * strongest);
    tests.truncate(MOST_LINES);
}
