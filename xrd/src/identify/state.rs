//! The pattern as fitted so far: what is common to all phases, and the phases.

use doublet_common::fit::{Coupling, Fit, Model, Options, ParameterId, Parameters, Weights, fit};

use crate::error::Result;
use crate::profile::InstrumentProfile;
use crate::radiation::Radiation;

use super::joint_model::{
    ASYMMETRY, BACKGROUND, CELL, DISPLACEMENT, JointModel, MAX_ASYMMETRY, SCALE, U, V, W, Widths, X, Y, positive,
};
use super::prepared::{Place, Prepared};

/// Tails below this fraction of the smallest σ are cut off.
const TAIL_SIGMA: f64 = 0.1;
/// A fit stops when its step is below this many σ.
const STEP_SIGMA: f64 = 0.05;
/// A cell that differs from the published one by this share of the tolerance is one σ off: published cells of the same
/// phase usually agree that well.
const CELL_SIGMA: f64 = 0.25;
/// Bounds of the widths: squares of Gaussian parts, Lorentzian parts.
const MOST_SQUARE_DEG2: f64 = 1.0;
const MOST_LORENTZIAN_DEG: f64 = 1.5;
/// Largest A of the asymmetry A cot 2θ.
const MOST_AXIAL: f64 = 0.25;
/// Strong lines that a phase needs before its own broadening is refined.
const SHAPE_LINES: usize = 3;

/// The data and what is given.
#[derive(Clone, Copy)]
pub(crate) struct Data<'a> {
    pub(crate) x: &'a [f64],
    pub(crate) y: &'a [f64],
    pub(crate) sigma: &'a [f64],
    pub(crate) radiation: &'a Radiation,
    pub(crate) instrument: Option<InstrumentProfile>,
    pub(crate) cell_tolerance: f64,
    pub(crate) displacement_tolerance_deg: f64,
    /// Largest broadening of a phase: what is much wider than the peaks that were found is not told from background.
    pub(crate) widest_deg: f64,
}

/// Parameters common to all phases.
#[derive(Debug, Clone)]
pub(crate) struct Common {
    pub(crate) displacement_deg: f64,
    /// U, V, W.
    pub(crate) caglioti_deg2: [f64; 3],
    pub(crate) asymmetry: f64,
    /// Chebyshev coefficients.
    pub(crate) background: Vec<f64>,
}

/// One phase.
#[derive(Debug, Clone)]
pub(crate) struct PhaseState<'a> {
    pub(crate) prepared: &'a Prepared<'a>,
    pub(crate) cell: Vec<f64>,
    /// Area of its strongest line.
    pub(crate) scale: f64,
    /// Lorentzian x and y beyond the instrument's.
    pub(crate) broadening_deg: [f64; 2],
}

/// See the module.
#[derive(Debug, Clone)]
pub(crate) struct PatternState<'a> {
    pub(crate) common: Common,
    pub(crate) phases: Vec<PhaseState<'a>>,
}

/// What a fit may vary beside scales and cells.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Freedom {
    pub(crate) background: bool,
    pub(crate) displacement: bool,
    /// W, asymmetry, Lorentzian widths of the phases.
    pub(crate) widths: bool,
    /// U and V, which need lines over the whole range.
    pub(crate) caglioti: bool,
}

impl Freedom {
    /// Nothing but scales and cells.
    pub(crate) const NONE: Self = Self { background: false, displacement: false, widths: false, caglioti: false };
}

/// How far from its position a line is calculated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reach {
    /// Some widths: enough to find lines.
    Core,
    /// Enough to weigh lines.
    Foot,
    /// As far as its tails matter.
    Tails,
}

/// A state, its model and its parameters in the model's order.
pub(crate) struct Posed<'a> {
    pub(crate) model: JointModel<'a>,
    pub(crate) parameters: Parameters,
}

impl Data<'_> {
    fn instrument_xy_deg(&self) -> [f64; 2] {
        self.instrument.map_or([0.0; 2], |i| [i.x_deg, i.y_deg])
    }

    /// Intensity below which a tail is cut off.
    fn floor(&self) -> f64 {
        TAIL_SIGMA * self.sigma.iter().copied().fold(f64::INFINITY, f64::min)
    }
}

impl PhaseState<'_> {
    /// Deviance of the change of the cell against the published one.
    pub(crate) fn cell_cost(&self, data: &Data<'_>) -> f64 {
        let reference = self.prepared.reference_cell();
        let room = self.prepared.cell_room(data.cell_tolerance);
        let change = |((c, r), room): ((&f64, &f64), &f64)| {
            if *room > 0.0 { ((c - r) / (CELL_SIGMA * room)).powi(2) } else { 0.0 }
        };
        self.cell.iter().zip(&reference).zip(&room).map(change).sum()
    }
}

impl<'a> PatternState<'a> {
    /// Widths of a line of broadening `xy` at θ.
    pub(crate) fn widths(&self, data: &Data<'_>, broadening_deg: [f64; 2], tangent: f64, cosine: f64) -> Widths {
        let [u, v, w] = self.common.caglioti_deg2;
        let [x, y] = data.instrument_xy_deg();
        let cotangent = (1.0 - tangent * tangent) / (2.0 * tangent);
        Widths {
            gaussian_deg: positive((u * tangent + v) * tangent + w).0.sqrt(),
            lorentzian_deg: ((x + broadening_deg[0]) / cosine + (y + broadening_deg[1]) * tangent).max(0.0),
            asymmetry: (self.common.asymmetry * cotangent).clamp(-MAX_ASYMMETRY, MAX_ASYMMETRY),
        }
    }

    /// Broadening of a phase of which nothing is known: the mean of those that are, weighted by scale.
    pub(crate) fn typical_broadening_deg(&self, fallback: [f64; 2]) -> [f64; 2] {
        let total: f64 = self.phases.iter().map(|p| p.scale).sum();
        if total <= 0.0 {
            return fallback;
        }
        [0, 1].map(|i| self.phases.iter().map(|p| p.scale * p.broadening_deg[i]).sum::<f64>() / total)
    }

    /// The model of this state, with parameters that are free as `freedom` says.
    ///
    /// # Errors
    /// A background that cannot be made.
    pub(crate) fn pose(&self, data: &Data<'a>, freedom: Freedom, reach: Reach) -> Result<Posed<'a>> {
        let degree = (!self.common.background.is_empty()).then(|| self.common.background.len() - 1);
        let room = data.displacement_tolerance_deg;
        let displacement = self.common.displacement_deg.clamp(-room, room);
        let mut model = JointModel::new(data.x, data.radiation, degree, data.instrument_xy_deg(), displacement)?;
        let mut parameters = Parameters::new();
        let free = freedom.displacement && room > 0.0;
        push(&mut parameters, "displacement_deg", displacement, (-room, room), free);
        let widths = freedom.widths && data.instrument.is_none();
        for (name, value) in ["U_deg2", "V_deg2", "W_deg2"].into_iter().zip(self.common.caglioti_deg2) {
            let low = if name == "V_deg2" { -MOST_SQUARE_DEG2 } else { 0.0 };
            let free = widths && (freedom.caglioti || name == "W_deg2");
            push(&mut parameters, name, value.clamp(low, MOST_SQUARE_DEG2), (low, MOST_SQUARE_DEG2), free);
        }
        let asymmetry = self.common.asymmetry.clamp(0.0, MOST_AXIAL);
        push(&mut parameters, "asymmetry", asymmetry, (0.0, MOST_AXIAL), freedom.widths);
        for (i, c) in self.common.background.iter().enumerate() {
            push(
                &mut parameters,
                &format!("background {i}"),
                *c,
                (f64::NEG_INFINITY, f64::INFINITY),
                freedom.background,
            );
        }
        let floor = data.floor();
        for phase in &self.phases {
            let fwhm = |p: &Place| self.widths(data, phase.broadening_deg, p.tangent, p.cosine).fwhm_deg().max(1e-3);
            model.add_phase(phase.prepared, &phase.cell, phase.scale.max(0.0), floor, reach, fwhm);
            push_phase(&mut parameters, data, phase, freedom.widths);
        }
        debug_assert_eq!(parameters.len(), model.parameter_count());
        Ok(Posed { model, parameters })
    }

    /// This state with the values of a fit of its [`PatternState::pose`].
    pub(crate) fn with_values(&self, posed: &Posed<'_>, values: &[f64]) -> Self {
        let n = self.common.background.len();
        let common = Common {
            displacement_deg: values[DISPLACEMENT],
            caglioti_deg2: [values[U], values[V], values[W]],
            asymmetry: values[ASYMMETRY],
            background: values[BACKGROUND..BACKGROUND + n].to_vec(),
        };
        let phases = self
            .phases
            .iter()
            .zip(&posed.model.phases)
            .map(|(phase, place)| PhaseState {
                prepared: phase.prepared,
                cell: values[place.first + CELL..place.first + CELL + phase.cell.len()].to_vec(),
                scale: values[place.first + SCALE],
                broadening_deg: [values[place.first + X], values[place.first + Y]],
            })
            .collect();
        Self { common, phases }
    }

    /// Fits this state to `y` (the data or a residual).
    ///
    /// # Errors
    /// What the fit refuses.
    pub(crate) fn refine_once(
        &self,
        data: &Data<'a>,
        y: &[f64],
        sigma: &[f64],
        freedom: Freedom,
        evaluations: usize,
        reach: Reach,
    ) -> Result<(Self, Fit, Posed<'a>)> {
        let options = Options { max_evaluations: evaluations, tolerance: STEP_SIGMA, ..Options::default() };
        let posed = self.pose(data, freedom, reach)?;
        let fit = fit(&posed.model, &posed.parameters, y, Weights::Sigma(sigma), &options)?;
        Ok((self.with_values(&posed, &fit.parameters.values()), fit, posed))
    }

    /// As [`PatternState::refine_once`], twice: the second time with intensities and windows of the first result.
    ///
    /// # Errors
    /// What the fit refuses.
    pub(crate) fn refine(
        &self,
        data: &Data<'a>,
        y: &[f64],
        sigma: &[f64],
        freedom: Freedom,
        evaluations: usize,
    ) -> Result<(Self, Fit, Posed<'a>)> {
        let (state, _, _) = self.refine_once(data, y, sigma, freedom, evaluations, Reach::Tails)?;
        state.refine_once(data, y, sigma, freedom, evaluations, Reach::Tails)
    }

    /// A phase at unit scale in the model of this state, without background.
    ///
    /// # Errors
    /// Parameters that give no width.
    pub(crate) fn unit_curve(&self, data: &Data<'a>, phase: &PhaseState<'a>) -> Result<Vec<f64>> {
        self.alone(phase).calculate(data)
    }

    /// A phase at unit scale, alone, without background.
    pub(crate) fn alone(&self, phase: &PhaseState<'a>) -> Self {
        let mut common = self.common.clone();
        common.background.clear();
        Self { common, phases: vec![PhaseState { scale: 1.0, ..phase.clone() }] }
    }

    /// Whole model at this state.
    ///
    /// # Errors
    /// Parameters that give no width.
    pub(crate) fn calculate(&self, data: &Data<'a>) -> Result<Vec<f64>> {
        let posed = self.pose(data, Freedom::NONE, Reach::Tails)?;
        let mut values = vec![0.0; data.x.len()];
        posed.model.evaluate(&posed.parameters.values(), &mut values, None)?;
        Ok(values)
    }
}

fn push(parameters: &mut Parameters, name: &str, value: f64, bounds: (f64, f64), free: bool) -> ParameterId {
    let id = parameters.bounded(name, value, bounds.0, bounds.1);
    if !free {
        parameters.get_mut(id).coupling = Coupling::Fixed;
    }
    id
}

fn push_phase(parameters: &mut Parameters, data: &Data<'_>, phase: &PhaseState<'_>, widths: bool) {
    let id = phase.prepared.candidate.id();
    push(parameters, &format!("{id} scale"), phase.scale.max(0.0), (0.0, f64::INFINITY), true);
    let places = phase.prepared.places(&phase.cell, data.radiation);
    let strong = places.iter().flatten().filter(|p| {
        let inside = data.x.first().is_some_and(|low| p.two_theta_deg > *low)
            && data.x.last().is_some_and(|high| p.two_theta_deg < *high);
        inside && p.intensity > 0.05
    });
    let free = widths && strong.count() >= SHAPE_LINES;
    for (name, value) in ["x_deg", "y_deg"].into_iter().zip(phase.broadening_deg) {
        let most = data.widest_deg.min(MOST_LORENTZIAN_DEG);
        let value = value.clamp(0.0, most);
        push(parameters, &format!("{id} {name}"), value, (0.0, most), free);
    }
    let reference = phase.prepared.reference_cell();
    let room = phase.prepared.cell_room(data.cell_tolerance);
    for (k, parameter) in phase.prepared.pattern.cell_parameters.free.iter().enumerate() {
        let (low, high) = (reference[k] - room[k], reference[k] + room[k]);
        let value = phase.cell[k].clamp(low, high);
        push(parameters, &format!("{id} {}", parameter.name), value, (low, high), room[k] > 0.0);
    }
}
