//! The model of a whole pattern: Chebyshev background and any number of phases.
//!
//! ```text
//! y(x) = Σ c_n T_n(x) + Σ_p S_p Σ_h I_h Σ_e s_e Φ(x − x_he; Γ_G, Γ_L, a)
//! x_h  = 2θ_h(cell_p) + displacement · cosθ_h
//! Γ_G² = U tan²θ + V tanθ + W,   Γ_L = (X + x_p)/cosθ + (Y + y_p) tanθ,   a = A cot 2θ
//! ```
//!
//! Γ_G² is kept above zero ([`positive`]). Φ is the split Thompson–Cox–Hastings pseudo-Voigt; e runs over the emission lines, s_e are their shares. I_h, θ and
//! cot 2θ on the right are those of the cell at which the model was made ([`Place`]): they vary so slowly with the cell
//! that a fit is repeated once instead. Displacement, U, V, W and A are common to all phases.
//!
//! The points at which a line is calculated stay the same while it moves a little ([`beside`]). A window that followed every
//! move would take in and let go points one by one, each with a small jump of χ² that no derivative knows of, and a fit would
//! stop anywhere on these stairs.

use doublet_common::background::Chebyshev;
use doublet_common::fit::{Jacobian, Model};
use doublet_common::lineshape::{BaseShape, Columns};
use doublet_common::vector::add_scaled;

use crate::profile::{BraggLine, bragg_lines};
use crate::radiation::Radiation;

use super::prepared::{Place, Prepared};
use super::state::Reach;

/// Indices of the parameters common to all phases.
pub(crate) const DISPLACEMENT: usize = 0;
pub(crate) const U: usize = 1;
pub(crate) const V: usize = 2;
pub(crate) const W: usize = 3;
pub(crate) const ASYMMETRY: usize = 4;
/// First coefficient of the background.
pub(crate) const BACKGROUND: usize = 5;
/// Parameters of a phase before its cell: scale, x, y.
pub(crate) const SCALE: usize = 0;
pub(crate) const X: usize = 1;
pub(crate) const Y: usize = 2;
pub(crate) const CELL: usize = 3;

/// Window of a line in units of its width: at least, at most.
const WINDOW_FWHM: (f64, f64) = (3.0, 40.0);
/// The same without tails, and with the nearer part of them.
const CORE_FWHM: f64 = 6.0;
const FOOT_FWHM: f64 = 15.0;
/// Scale on which U tan²θ + V tanθ + W is kept above zero, where a fit can drive it if there are few lines.
const LEAST_SQUARE_DEG2: f64 = 2e-4;
/// Largest asymmetry that the split shape takes here.
pub(crate) const MAX_ASYMMETRY: f64 = 0.8;

/// One phase in the model.
pub(crate) struct ModelPhase<'a> {
    pub(crate) prepared: &'a Prepared<'a>,
    /// Places of its reflections; those without one, or out of reach, are none.
    pub(crate) places: Vec<Option<Place>>,
    /// Half window of each reflection in degrees.
    windows: Vec<f64>,
    /// Index of its first parameter.
    pub(crate) first: usize,
}

/// See the module.
pub(crate) struct JointModel<'a> {
    pub(crate) x: &'a [f64],
    pub(crate) radiation: &'a Radiation,
    /// Chebyshev polynomials at the points, a column each.
    pub(crate) basis: Vec<Vec<f64>>,
    /// Lorentzian X and Y of the instrument.
    pub(crate) instrument_xy_deg: [f64; 2],
    /// Displacement at which the model was made.
    displacement_deg: f64,
    pub(crate) phases: Vec<ModelPhase<'a>>,
}

/// One line on the data's axis: values and derivatives over a window, for unit area.
#[derive(Debug, Default)]
pub(crate) struct LineBuffer {
    pub(crate) first: usize,
    pub(crate) columns: Columns,
}

impl LineBuffer {
    /// Writes `Φ(x − centre)` over the points within `half_window` of `middle`.
    ///
    /// # Errors
    /// Widths or an asymmetry outside the shape's domain.
    pub(crate) fn fill(
        &mut self,
        x: &[f64],
        centre: f64,
        widths: Widths,
        (middle, half_window): (f64, f64),
    ) -> doublet_common::Result<()> {
        self.first = x.partition_point(|x| *x < middle - half_window);
        let last = x.partition_point(|x| *x <= middle + half_window).max(self.first);
        let shape = BaseShape::Tch.split().with(&[widths.gaussian_deg, widths.lorentzian_deg, widths.asymmetry])?;
        shape.columns(&x[self.first..last], centre, &mut self.columns);
        Ok(())
    }
}

/// Widths of a line.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Widths {
    pub(crate) gaussian_deg: f64,
    pub(crate) lorentzian_deg: f64,
    pub(crate) asymmetry: f64,
}

impl Widths {
    /// Approximate FWHM: enough for windows.
    pub(crate) fn fwhm_deg(self) -> f64 {
        self.gaussian_deg.hypot(self.lorentzian_deg).max(self.gaussian_deg + 0.5 * self.lorentzian_deg)
    }
}

impl<'a> JointModel<'a> {
    /// A model of data at `x` without phases, made at a displacement; `background_degree` none for no background.
    ///
    /// # Errors
    /// What [`Chebyshev::new`] refuses.
    pub(crate) fn new(
        x: &'a [f64],
        radiation: &'a Radiation,
        background_degree: Option<usize>,
        instrument_xy_deg: [f64; 2],
        displacement_deg: f64,
    ) -> doublet_common::Result<Self> {
        let (low, high) = (x.first().copied().unwrap_or(0.0), x.last().copied().unwrap_or(0.0));
        let basis = match background_degree {
            Some(degree) => columns(&Chebyshev::new(low, high, degree)?, x),
            None => Vec::new(),
        };
        Ok(Self { x, radiation, basis, instrument_xy_deg, displacement_deg, phases: Vec::new() })
    }

    /// Number of background coefficients.
    pub(crate) fn background_coefficients(&self) -> usize {
        self.basis.len()
    }

    /// Number of parameters.
    pub(crate) fn parameter_count(&self) -> usize {
        let phases = self.phases.iter().map(|phase| CELL + phase.cell_len()).sum::<usize>();
        BACKGROUND + self.background_coefficients() + phases
    }

    /// Adds a phase at a cell. `largest_area` is the area of its strongest line, `floor` the intensity below which a
    /// tail may be cut off; `fwhm_deg` gives the width at an angle.
    pub(crate) fn add_phase(
        &mut self,
        prepared: &'a Prepared<'a>,
        cell: &[f64],
        largest_area: f64,
        floor: f64,
        reach: Reach,
        fwhm_deg: impl Fn(&Place) -> f64,
    ) {
        let first = self.parameter_count();
        let margin = 3.0;
        let low = self.x.first().copied().unwrap_or(0.0) - margin;
        let high = self.x.last().copied().unwrap_or(0.0) + margin;
        let mut places = prepared.places(cell, self.radiation);
        let windows = places
            .iter_mut()
            .map(|place| {
                let Some(p) = place else { return 0.0 };
                if p.two_theta_deg < low || p.two_theta_deg > high {
                    *place = None;
                    return 0.0;
                }
                let fwhm = fwhm_deg(p);
                // A Lorentzian tail of area A is A Γ / (2π x²) high.
                let tail = (largest_area * p.intensity * fwhm / (2.0 * std::f64::consts::PI * floor)).sqrt();
                let most = match reach {
                    Reach::Core => CORE_FWHM,
                    Reach::Foot => FOOT_FWHM,
                    Reach::Tails => WINDOW_FWHM.1,
                };
                tail.clamp(WINDOW_FWHM.0 * fwhm, most * fwhm)
            })
            .collect();
        self.phases.push(ModelPhase { prepared, places, windows, first });
    }

    /// Widths of a reflection of a phase.
    fn widths(&self, parameters: &[f64], phase: &ModelPhase<'_>, place: &Place) -> Widths {
        let squared = (parameters[U] * place.tangent + parameters[V]) * place.tangent + parameters[W];
        let [instrument_x, instrument_y] = self.instrument_xy_deg;
        let x = instrument_x + parameters[phase.first + X];
        let y = instrument_y + parameters[phase.first + Y];
        let lorentzian_deg = x / place.cosine + y * place.tangent;
        Widths {
            gaussian_deg: positive(squared).0.sqrt(),
            lorentzian_deg: lorentzian_deg.max(0.0),
            asymmetry: (parameters[ASYMMETRY] * place.cotangent).clamp(-MAX_ASYMMETRY, MAX_ASYMMETRY),
        }
    }

    /// Calls `visit` with every emission line of every reflection of a phase: index of the reflection, its place, its
    /// widths, the emission line, and its shape.
    ///
    /// # Errors
    /// Parameters that give no width.
    pub(crate) fn visit_lines(
        &self,
        parameters: &[f64],
        phase: &ModelPhase<'_>,
        positions: &[Option<f64>],
        mut visit: impl FnMut(usize, &Place, Widths, BraggLine, &LineBuffer),
    ) -> doublet_common::Result<()> {
        let mut buffer = LineBuffer::default();
        for (h, place) in phase.places.iter().enumerate() {
            let (Some(place), Some(Some(position))) = (place, positions.get(h)) else { continue };
            let widths = self.widths(parameters, phase, place);
            let two_theta_deg = position + parameters[DISPLACEMENT] * place.cosine;
            let half_window = phase.windows[h];
            let made_at = place.two_theta_deg + self.displacement_deg * place.cosine;
            let beside = beside(two_theta_deg - made_at, half_window);
            for line in bragg_lines(self.radiation, two_theta_deg) {
                let middle = line.two_theta_deg - beside * line.d_reference;
                buffer.fill(self.x, line.two_theta_deg, widths, (middle, half_window))?;
                if !buffer.columns.value.is_empty() {
                    visit(h, place, widths, line, &buffer);
                }
            }
        }
        Ok(())
    }

    /// Positions of the reflections of a phase at its cell in `parameters`, without displacement.
    pub(crate) fn positions(&self, parameters: &[f64], phase: &ModelPhase<'_>) -> crate::pattern::Positions {
        let cell = &parameters[phase.first + CELL..phase.first + CELL + phase.cell_len()];
        phase.prepared.pattern.positions(cell, self.radiation.reference_wavelength_angstrom())
    }

    /// Contribution of one phase at `parameters`, without background.
    ///
    /// # Errors
    /// Parameters that give no width.
    pub(crate) fn phase_curve(&self, parameters: &[f64], index: usize) -> doublet_common::Result<Vec<f64>> {
        let phase = &self.phases[index];
        let scale = parameters[phase.first + SCALE];
        let mut curve = vec![0.0; self.x.len()];
        let positions = self.positions(parameters, phase);
        self.visit_lines(parameters, phase, &positions.two_theta_deg, |_, place, _, line, shape| {
            add_scaled(scale * place.intensity * line.share, &shape.columns.value, &mut curve[shape.first..]);
        })?;
        Ok(curve)
    }

    /// Background at `parameters`.
    pub(crate) fn background_curve(&self, parameters: &[f64]) -> Vec<f64> {
        let mut curve = vec![0.0; self.x.len()];
        for (column, coefficient) in self.basis.iter().zip(&parameters[BACKGROUND..]) {
            add_scaled(*coefficient, column, &mut curve);
        }
        curve
    }

    fn fill_background(&self, jacobian: &mut Jacobian) {
        for (c, column) in self.basis.iter().enumerate() {
            if jacobian.wants(BACKGROUND + c) {
                jacobian.columns[BACKGROUND + c].values.copy_from_slice(column);
            }
        }
    }

    fn add_phase_derivatives(
        &self,
        parameters: &[f64],
        phase: &ModelPhase<'_>,
        values: &mut [f64],
        jacobian: &mut Jacobian,
    ) -> doublet_common::Result<()> {
        let scale = parameters[phase.first + SCALE];
        let cells = phase.cell_len();
        let positions = self.positions(parameters, phase);
        self.visit_lines(parameters, phase, &positions.two_theta_deg, |h, place, widths, line, shape| {
            let Columns { value, d_offset, d_parameters: [d_gaussian, d_lorentzian, d_asymmetry, ..] } = &shape.columns;
            let weight = scale * place.intensity * line.share;
            let mut put = |parameter: usize, column: &[f64], factor: f64| {
                if jacobian.wants(parameter) && factor != 0.0 {
                    add_scaled(factor, column, &mut jacobian.columns[parameter].values[shape.first..]);
                }
            };
            add_scaled(weight, value, &mut values[shape.first..]);
            put(phase.first + SCALE, value, place.intensity * line.share);
            let by_position = -weight * line.d_reference;
            put(DISPLACEMENT, d_offset, by_position * place.cosine);
            for k in 0..cells {
                put(phase.first + CELL + k, d_offset, by_position * positions.derivatives[h * cells + k]);
            }
            let squared = (parameters[U] * place.tangent + parameters[V]) * place.tangent + parameters[W];
            let by_square = weight / (2.0 * widths.gaussian_deg) * positive(squared).1;
            put(U, d_gaussian, by_square * place.tangent * place.tangent);
            put(V, d_gaussian, by_square * place.tangent);
            put(W, d_gaussian, by_square);
            put(phase.first + X, d_lorentzian, weight / place.cosine);
            put(phase.first + Y, d_lorentzian, weight * place.tangent);
            let free = (parameters[ASYMMETRY] * place.cotangent).abs() < MAX_ASYMMETRY;
            put(ASYMMETRY, d_asymmetry, if free { weight * place.cotangent } else { 0.0 });
        })
    }
}

/// How far a line stands from the middle of its window when it has `moved` since the model was made: the window follows in
/// steps of its own half.
fn beside(moved: f64, half_window: f64) -> f64 {
    let step = 0.5 * half_window;
    moved - step * (moved / step).round()
}

/// Columns of the polynomials at these points.
fn columns(chebyshev: &Chebyshev, x: &[f64]) -> Vec<Vec<f64>> {
    let mut columns = vec![vec![0.0; x.len()]; chebyshev.coefficients()];
    let mut row = vec![0.0; chebyshev.coefficients()];
    for (i, x) in x.iter().enumerate() {
        chebyshev.basis(*x, &mut row);
        columns.iter_mut().zip(&row).for_each(|(column, value)| column[i] = *value);
    }
    columns
}

impl ModelPhase<'_> {
    /// Number of free cell parameters.
    pub(crate) fn cell_len(&self) -> usize {
        self.prepared.pattern.cell_parameters.free.len()
    }
}

impl Model for JointModel<'_> {
    fn observations(&self) -> usize {
        self.x.len()
    }

    fn evaluate(
        &self,
        parameters: &[f64],
        values: &mut [f64],
        jacobian: Option<&mut Jacobian>,
    ) -> doublet_common::Result<()> {
        values.copy_from_slice(&self.background_curve(parameters));
        let Some(jacobian) = jacobian else {
            for index in 0..self.phases.len() {
                add_scaled(1.0, &self.phase_curve(parameters, index)?, values);
            }
            return Ok(());
        };
        for p in (0..parameters.len()).filter(|p| jacobian.wants(*p)).collect::<Vec<_>>() {
            jacobian.window(p, 0..self.x.len());
        }
        self.fill_background(jacobian);
        for phase in &self.phases {
            self.add_phase_derivatives(parameters, phase, values, jacobian)?;
        }
        Ok(())
    }
}

/// A square that is kept positive, `(s + √(s² + 4 ε²)) / 2`, and its derivative: s itself but near zero and below.
pub(crate) fn positive(square: f64) -> (f64, f64) {
    let root = square.hypot(2.0 * LEAST_SQUARE_DEG2);
    // The sum cancels below zero; there the product of the two roots of the same equation is used.
    let value = if square >= 0.0 {
        0.5 * (square + root)
    } else {
        2.0 * LEAST_SQUARE_DEG2 * LEAST_SQUARE_DEG2 / (root - square)
    };
    (value, value / root)
}
