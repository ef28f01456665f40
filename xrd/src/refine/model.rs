//! The pattern as a function of its parameters, with windowed derivatives.

use std::ops::Range;

use doublet_common::background::Chebyshev;
use doublet_common::fit::{Jacobian, Model};
use doublet_common::{Error as CommonError, Result as CommonResult};

use crate::pattern::PatternModel;
use crate::profile::{ReflectionProfile, ReflectionValues};

/// One phase of the pattern, and where its parameters stand in the list.
pub(super) struct PhaseModel<'a, P: ?Sized> {
    pub profile: &'a P,
    pub pattern: &'a PatternModel,
    /// Index of each fitted reflection among those of `pattern`.
    pub reflections: Vec<usize>,
    pub cell: Range<usize>,
    pub own: Range<usize>,
    pub areas: Range<usize>,
    /// Points at which each fitted reflection is computed. They stay during a fit: were they to follow the widths, the cost
    /// would jump with every point that enters, and near its minimum these jumps are larger than its slope.
    pub windows: Vec<Range<usize>>,
}

/// Model of a whole pattern. Areas are the last parameters.
pub(super) struct PatternFitModel<'a, P: ?Sized> {
    pub x: &'a [f64],
    pub phases: Vec<PhaseModel<'a, P>>,
    pub wavelength_angstrom: f64,
    pub background: &'a Chebyshev,
    /// Intensity at each point below which a reflection is not fitted; none where it is followed to where its profile ends.
    pub negligible: Option<Vec<f64>>,
    /// What all reflections add outside their windows, as the windows were set. Many negligible tails add up to what a size
    /// shows.
    pub tails: Vec<f64>,
    pub zero: usize,
    pub displacement: usize,
    /// Coefficients of the background.
    pub coefficients: Range<usize>,
}

/// A reflection's position and its derivatives.
pub(super) struct Place {
    pub two_theta_deg: f64,
    /// By zero error, displacement and Bragg angle.
    pub d: [f64; 3],
}

impl<P: ReflectionProfile + ?Sized> PatternFitModel<'_, P> {
    /// Where each fitted reflection of a phase stands: `2θ = 2θ_B + zero + displacement · cosθ_B`; and its derivatives by the
    /// cell.
    pub(super) fn places(&self, phase: &PhaseModel<'_, P>, p: &[f64]) -> (Vec<Option<Place>>, Vec<f64>) {
        let positions = phase.pattern.positions(&p[phase.cell.clone()], self.wavelength_angstrom);
        let (zero, displacement) = (p[self.zero], p[self.displacement]);
        let places = phase.reflections.iter().map(|&k| {
            positions.two_theta_deg[k].map(|bragg_deg| {
                let (sine, cosine) = (0.5 * bragg_deg).to_radians().sin_cos();
                Place {
                    two_theta_deg: bragg_deg + zero + displacement * cosine,
                    d: [1.0, cosine, 1.0 - displacement * sine * 0.5f64.to_radians()],
                }
            })
        });
        (places.collect(), positions.derivatives)
    }

    /// Sets the windows to those of these parameters.
    pub(super) fn place_windows(&mut self, p: &[f64]) -> crate::Result<()> {
        let of_phase = |phase: &PhaseModel<'_, P>| {
            let own = &p[phase.own.clone()];
            let areas = &p[phase.areas.clone()];
            let window = |(place, area): (&Option<Place>, &f64)| {
                let Some(place) = place else { return Ok(0..0) };
                let first_not_below = |at: f64| self.x.partition_point(|x| *x < at);
                let negligible = self.negligible.as_ref().map_or(0.0, |negligible| {
                    let here = first_not_below(place.two_theta_deg).min(self.x.len() - 1);
                    negligible[here] / area.abs().max(f64::MIN_POSITIVE)
                });
                let window = phase.profile.window_deg(own, place.two_theta_deg, negligible)?;
                Ok(first_not_below(window.start)..self.x.partition_point(|x| *x <= window.end))
            };
            self.places(phase, p).0.iter().zip(areas).map(window).collect::<crate::Result<Vec<_>>>()
        };
        let windows = self.phases.iter().map(of_phase).collect::<crate::Result<Vec<_>>>()?;
        self.phases.iter_mut().zip(windows).for_each(|(phase, windows)| phase.windows = windows);
        self.tails = vec![0.0; self.x.len()];
        if self.negligible.is_some() {
            for k in 0..self.phases.len() {
                self.add_tails(k, p);
            }
        }
        Ok(())
    }

    /// Adds the tails of one phase: a Lorentzian of half width h is `h/(πd²)` far from its place.
    fn add_tails(&mut self, k: usize, p: &[f64]) {
        let phase = &self.phases[k];
        let (own, areas) = (&p[phase.own.clone()], &p[phase.areas.clone()]);
        for ((place, area), window) in self.places(phase, p).0.iter().zip(areas).zip(&phase.windows) {
            let Some(Place { two_theta_deg: at, .. }) = *place else { continue };
            let strength = area * phase.profile.tail_half_width_deg(own, at) * std::f64::consts::FRAC_1_PI;
            if strength == 0.0 || window.is_empty() {
                continue;
            }
            let mut add = |points: Range<usize>| {
                let x = &self.x[points.clone()];
                self.tails[points].iter_mut().zip(x).for_each(|(sum, x)| *sum += strength / ((x - at) * (x - at)));
            };
            add(0..window.start);
            add(window.end..self.x.len());
        }
    }

    fn fill(&self, p: &[f64], values: &mut [f64], mut jacobian: Option<&mut Jacobian>) -> crate::Result<()> {
        let mut row = vec![0.0; self.coefficients.len()];
        if let Some(jacobian) = jacobian.as_deref_mut() {
            let common = self.phases.iter().map(|phase| phase.areas.start).min().unwrap_or(p.len());
            for k in (0..common).filter(|k| jacobian.wants(*k)).collect::<Vec<_>>() {
                jacobian.window(k, 0..self.x.len());
            }
        }
        for (i, (x, value)) in self.x.iter().zip(values.iter_mut()).enumerate() {
            self.background.basis(*x, &mut row);
            *value = self.tails[i] + row.iter().zip(&p[self.coefficients.clone()]).map(|(b, c)| b * c).sum::<f64>();
            if let Some(jacobian) = jacobian.as_deref_mut() {
                for (k, b) in row.iter().enumerate() {
                    jacobian.columns[self.coefficients.start + k].values[i] = *b;
                }
            }
        }
        let mut shape = ReflectionValues::default();
        self.phases.iter().try_for_each(|phase| self.add(phase, p, values, jacobian.as_deref_mut(), &mut shape))
    }

    /// Adds the reflections of one phase.
    fn add(
        &self,
        phase: &PhaseModel<'_, P>,
        p: &[f64],
        values: &mut [f64],
        mut jacobian: Option<&mut Jacobian>,
        shape: &mut ReflectionValues,
    ) -> crate::Result<()> {
        let own = &p[phase.own.clone()];
        let (places, by_cell) = self.places(phase, p);
        for (r, place) in places.iter().enumerate() {
            let Some(place) = place else { continue };
            let window = phase.windows[r].clone();
            let area = p[phase.areas.start + r];
            phase.profile.evaluate(own, place.two_theta_deg, &self.x[window.clone()], shape)?;
            for (value, density) in values[window.clone()].iter_mut().zip(&shape.values) {
                *value += area * density;
            }
            let Some(jacobian) = jacobian.as_deref_mut() else { continue };
            if jacobian.wants(phase.areas.start + r) {
                jacobian.window(phase.areas.start + r, window.clone()).copy_from_slice(&shape.values);
            }
            let mut add = |parameter: usize, factor: f64, slopes: &[f64]| {
                if factor != 0.0 && jacobian.wants(parameter) {
                    let column = &mut jacobian.columns[parameter].values[window.clone()];
                    column.iter_mut().zip(slopes).for_each(|(c, s)| *c += factor * s);
                }
            };
            add(self.zero, area * place.d[0], &shape.d_position);
            add(self.displacement, area * place.d[1], &shape.d_position);
            let cells = phase.cell.len();
            for j in 0..cells {
                let slope = by_cell[phase.reflections[r] * cells + j];
                add(phase.cell.start + j, area * place.d[2] * slope, &shape.d_position);
            }
            for (j, slopes) in shape.d_own.iter().enumerate() {
                add(phase.own.start + j, area, slopes);
            }
        }
        Ok(())
    }
}

impl<P: ReflectionProfile + ?Sized> Model for PatternFitModel<'_, P> {
    fn observations(&self) -> usize {
        self.x.len()
    }

    fn evaluate(&self, p: &[f64], values: &mut [f64], jacobian: Option<&mut Jacobian>) -> CommonResult<()> {
        self.fill(p, values, jacobian).map_err(|error| CommonError::Fit(error.to_string()))
    }
}
