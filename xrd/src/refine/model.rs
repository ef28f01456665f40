//! The pattern as a function of its parameters, with windowed derivatives.

use std::ops::Range;

use doublet_common::background::Chebyshev;
use doublet_common::fit::{Jacobian, Model};
use doublet_common::{Error as CommonError, Result as CommonResult};

use crate::pattern::PatternModel;
use crate::profile::{ReflectionProfile, ReflectionValues};

/// Where the parameters of each kind stand in the list.
#[derive(Debug, Clone)]
pub(super) struct Layout {
    pub zero: usize,
    pub displacement: usize,
    pub cell: Range<usize>,
    pub own: Range<usize>,
    pub background: Range<usize>,
    pub areas: Range<usize>,
}

/// Model of a whole pattern.
pub(super) struct PatternFitModel<'a, P: ?Sized> {
    pub x: &'a [f64],
    pub profile: &'a P,
    pub pattern: &'a PatternModel,
    /// Index of each fitted reflection among those of `pattern`.
    pub reflections: Vec<usize>,
    pub wavelength_angstrom: f64,
    pub background: &'a Chebyshev,
    pub layout: Layout,
    /// Points at which each fitted reflection is computed. They stay during a fit: were they to follow the widths, the cost
    /// would jump with every point that enters, and near its minimum these jumps are larger than its slope.
    pub windows: Vec<Range<usize>>,
}

/// A reflection's position and its derivatives.
pub(super) struct Place {
    pub two_theta_deg: f64,
    /// By zero error, displacement and Bragg angle.
    pub d: [f64; 3],
}

impl<P: ReflectionProfile + ?Sized> PatternFitModel<'_, P> {
    /// Where each fitted reflection stands: `2θ = 2θ_B + zero + displacement · cosθ_B`.
    pub(super) fn places(&self, p: &[f64]) -> (Vec<Option<Place>>, Vec<f64>) {
        let free = &p[self.layout.cell.clone()];
        let positions = self.pattern.positions(free, self.wavelength_angstrom);
        let (zero, displacement) = (p[self.layout.zero], p[self.layout.displacement]);
        let places = self.reflections.iter().map(|&k| {
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
        let own = &p[self.layout.own.clone()];
        let window = |place: &Option<Place>| {
            let Some(place) = place else { return Ok(0..0) };
            let window = self.profile.window_deg(own, place.two_theta_deg)?;
            Ok(self.x.partition_point(|x| *x < window.start)..self.x.partition_point(|x| *x <= window.end))
        };
        self.windows = self.places(p).0.iter().map(window).collect::<crate::Result<_>>()?;
        Ok(())
    }

    fn fill(&self, p: &[f64], values: &mut [f64], mut jacobian: Option<&mut Jacobian>) -> crate::Result<()> {
        let layout = &self.layout;
        let own = &p[layout.own.clone()];
        let mut row = vec![0.0; layout.background.len()];
        if let Some(jacobian) = jacobian.as_deref_mut() {
            for k in 0..layout.areas.start {
                jacobian.window(k, 0..self.x.len());
            }
        }
        for (i, (x, value)) in self.x.iter().zip(values.iter_mut()).enumerate() {
            self.background.basis(*x, &mut row);
            *value = row.iter().zip(&p[layout.background.clone()]).map(|(b, c)| b * c).sum();
            if let Some(jacobian) = jacobian.as_deref_mut() {
                for (k, b) in row.iter().enumerate() {
                    jacobian.columns[layout.background.start + k].values[i] = *b;
                }
            }
        }
        let (places, by_cell) = self.places(p);
        let mut shape = ReflectionValues::default();
        for (r, place) in places.iter().enumerate() {
            let Some(place) = place else { continue };
            let window = self.windows[r].clone();
            let area = p[layout.areas.start + r];
            self.profile.evaluate(own, place.two_theta_deg, &self.x[window.clone()], &mut shape)?;
            for (value, density) in values[window.clone()].iter_mut().zip(&shape.values) {
                *value += area * density;
            }
            let Some(jacobian) = jacobian.as_deref_mut() else { continue };
            jacobian.window(layout.areas.start + r, window.clone()).copy_from_slice(&shape.values);
            let mut add = |parameter: usize, factor: f64, slopes: &[f64]| {
                if factor != 0.0 && jacobian.wants(parameter) {
                    let column = &mut jacobian.columns[parameter].values[window.clone()];
                    column.iter_mut().zip(slopes).for_each(|(c, s)| *c += factor * s);
                }
            };
            add(layout.zero, area * place.d[0], &shape.d_position);
            add(layout.displacement, area * place.d[1], &shape.d_position);
            let cells = layout.cell.len();
            for j in 0..cells {
                let slope = by_cell[self.reflections[r] * cells + j];
                add(layout.cell.start + j, area * place.d[2] * slope, &shape.d_position);
            }
            for (j, slopes) in shape.d_own.iter().enumerate() {
                add(layout.own.start + j, area, slopes);
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
