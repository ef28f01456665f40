//! The model of one or more regions as the least-squares engine sees it: peaks on active backgrounds, one vector of
//! observations, analytic derivatives.

use doublet_common::fit::{Jacobian, Model, ParameterId};
use doublet_common::lineshape::{MAX_PARAMETERS, Shape as _};

use super::shape::ComponentShape;
use crate::background::ActiveBackground;

/// One line: `area · shape(E − position)`. Every parameter belongs to this line alone; what lines share is tied.
#[derive(Debug, Clone)]
pub struct Line {
    /// Area in intensity · eV.
    pub area: ParameterId,
    /// Binding energy on the measured axis, in eV.
    pub position: ParameterId,
    /// Shape.
    pub shape: ComponentShape,
    /// Parameters of the shape, in its order.
    pub shape_parameters: Vec<ParameterId>,
}

/// One region: axis, lines and background.
#[derive(Debug, Clone)]
pub struct RegionModel {
    /// Energies in eV, ascending.
    pub energy_ev: Vec<f64>,
    /// Lines.
    pub lines: Vec<Line>,
    /// Background.
    pub background: ActiveBackground,
    /// Coefficients of the basis curves, in their order.
    pub base_parameters: Vec<ParameterId>,
    /// Amplitude of the losses.
    pub loss_parameter: Option<ParameterId>,
}

/// Regions whose observations stand one behind the other.
#[derive(Debug, Clone, Default)]
pub struct SampleModel {
    /// Regions in order.
    pub regions: Vec<RegionModel>,
}

/// The parts of a region's model, for figures and review.
#[derive(Debug, Clone, PartialEq)]
pub struct RegionCurves {
    /// Background, losses included.
    pub background: Vec<f64>,
    /// Each line without background, in order.
    pub lines: Vec<Vec<f64>>,
}

impl RegionModel {
    /// Shape of line `index` at the parameters.
    fn prepared(&self, line: &Line, parameters: &[f64]) -> doublet_common::Result<super::shape::PreparedShape> {
        let mut own = [0.0; MAX_PARAMETERS];
        let count = line.shape_parameters.len().min(MAX_PARAMETERS);
        for (value, id) in own.iter_mut().zip(&line.shape_parameters) {
            *value = parameters[id.0];
        }
        line.shape.with(&own[..count])
    }

    fn evaluate(
        &self,
        first: usize,
        parameters: &[f64],
        values: &mut [f64],
        mut jacobian: Option<&mut Jacobian>,
    ) -> doublet_common::Result<()> {
        let n = self.energy_ev.len();
        let loss = self.background.loss.as_ref().zip(self.loss_parameter);
        let mut lost = vec![0.0; n];
        let mut columns = vec![0.0; if jacobian.is_some() { (2 + MAX_PARAMETERS) * n } else { 0 }];
        for line in &self.lines {
            let shape = self.prepared(line, parameters)?;
            let (area, position) = (parameters[line.area.0], parameters[line.position.0]);
            let Some(jacobian) = jacobian.as_deref_mut() else {
                for (value, energy) in values.iter_mut().zip(&self.energy_ev) {
                    *value += area * shape.at(energy - position).value;
                }
                continue;
            };
            let count = line.shape_parameters.len().min(MAX_PARAMETERS);
            for (i, (value, energy)) in values.iter_mut().zip(&self.energy_ev).enumerate() {
                let point = shape.at(energy - position);
                *value += area * point.value;
                columns[i] = point.value;
                columns[n + i] = -area * point.d_offset;
                for k in 0..count {
                    columns[(2 + k) * n + i] = area * point.d_parameters[k];
                }
            }
            let ids = [line.area, line.position].into_iter().chain(line.shape_parameters.iter().copied().take(count));
            for (column, id) in columns.chunks_exact(n).zip(ids) {
                if !jacobian.wants(id.0) {
                    continue;
                }
                let target = jacobian.window(id.0, first..first + n);
                match loss {
                    Some((operator, amplitude)) => {
                        operator.apply(column, &mut lost);
                        let kappa = parameters[amplitude.0];
                        for ((t, c), l) in target.iter_mut().zip(column).zip(&lost) {
                            *t = c + kappa * l;
                        }
                    }
                    None => target.copy_from_slice(column),
                }
            }
        }
        if let Some((operator, amplitude)) = loss {
            operator.apply(values, &mut lost);
            let kappa = parameters[amplitude.0];
            for (value, l) in values.iter_mut().zip(&lost) {
                *value += kappa * l;
            }
            if let Some(jacobian) = jacobian.as_deref_mut()
                && jacobian.wants(amplitude.0)
            {
                jacobian.window(amplitude.0, first..first + n).copy_from_slice(&lost);
            }
        }
        if let Some(fixed) = &self.background.fixed {
            values.iter_mut().zip(fixed).for_each(|(value, b)| *value += b);
        }
        for ((_, base), id) in self.background.bases.iter().zip(&self.base_parameters) {
            let coefficient = parameters[id.0];
            for (value, b) in values.iter_mut().zip(base) {
                *value += coefficient * b;
            }
            if let Some(jacobian) = jacobian.as_deref_mut()
                && jacobian.wants(id.0)
            {
                jacobian.window(id.0, first..first + n).copy_from_slice(base);
            }
        }
        Ok(())
    }

    /// Background and single lines at the parameters.
    ///
    /// # Errors
    /// Parameters outside the domain of a shape.
    pub fn curves(&self, parameters: &[f64]) -> crate::Result<RegionCurves> {
        let n = self.energy_ev.len();
        let mut lines = Vec::with_capacity(self.lines.len());
        let mut signal = vec![0.0; n];
        for line in &self.lines {
            let shape = self.prepared(line, parameters)?;
            let (area, position) = (parameters[line.area.0], parameters[line.position.0]);
            let curve: Vec<f64> = self.energy_ev.iter().map(|e| area * shape.at(e - position).value).collect();
            signal.iter_mut().zip(&curve).for_each(|(s, c)| *s += c);
            lines.push(curve);
        }
        let mut background = self.background.fixed.clone().unwrap_or_else(|| vec![0.0; n]);
        if let Some((operator, amplitude)) = self.background.loss.as_ref().zip(self.loss_parameter) {
            let mut lost = vec![0.0; n];
            operator.apply(&signal, &mut lost);
            let kappa = parameters[amplitude.0];
            background.iter_mut().zip(&lost).for_each(|(b, l)| *b += kappa * l);
        }
        for ((_, base), id) in self.background.bases.iter().zip(&self.base_parameters) {
            background.iter_mut().zip(base).for_each(|(b, v)| *b += parameters[id.0] * v);
        }
        Ok(RegionCurves { background, lines })
    }
}

impl Model for SampleModel {
    fn observations(&self) -> usize {
        self.regions.iter().map(|r| r.energy_ev.len()).sum()
    }

    fn evaluate(
        &self,
        parameters: &[f64],
        values: &mut [f64],
        mut jacobian: Option<&mut Jacobian>,
    ) -> doublet_common::Result<()> {
        values.fill(0.0);
        let mut first = 0;
        for region in &self.regions {
            let n = region.energy_ev.len();
            region.evaluate(first, parameters, &mut values[first..first + n], jacobian.as_deref_mut())?;
            first += n;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::background::LossCrossSection;
    use crate::background::active::Loss;
    use doublet_common::fit::derivative_check;

    fn region(background: fn(&[f64]) -> ActiveBackground) -> (SampleModel, Vec<f64>) {
        let energy_ev: Vec<f64> = (0..121).map(|i| 150.0 + 0.15 * f64::from(i)).collect();
        let background = background(&energy_ev);
        let mut parameters = Vec::new();
        let mut push = |value: f64| {
            parameters.push(value);
            ParameterId(parameters.len() - 1)
        };
        let lines = [(900.0, 157.1, 0.9, 0.4), (1200.0, 159.2, 1.1, 0.3)]
            .map(|(area, position, gauss, lorentz)| Line {
                area: push(area),
                position: push(position),
                shape: ComponentShape::Voigt,
                shape_parameters: vec![push(gauss), push(lorentz)],
            })
            .to_vec();
        let base_parameters = background.bases.iter().map(|_| push(40.0)).collect();
        // Tougaard's B is a few thousand eV², Shirley's amplitude a few hundredths per eV.
        let amplitude = if matches!(background.loss, Some(Loss::Convolution { .. })) { 2800.0 } else { 0.02 };
        let loss_parameter = background.has_loss().then(|| push(amplitude));
        (
            SampleModel {
                regions: vec![RegionModel { energy_ev, lines, background, base_parameters, loss_parameter }],
            },
            parameters,
        )
    }

    #[test]
    fn derivatives_are_those_of_the_model() {
        // Truth: extrapolated finite differences of the model itself.
        let backgrounds: [fn(&[f64]) -> ActiveBackground; 6] = [
            ActiveBackground::constant,
            ActiveBackground::linear,
            ActiveBackground::shirley,
            ActiveBackground::shirley_linear,
            |e| ActiveBackground::tougaard(e, &LossCrossSection::UNIVERSAL),
            |e| ActiveBackground::spline(e, &[150.0, 155.0, 168.0]).unwrap(),
        ];
        for background in backgrounds {
            let (model, parameters) = region(background);
            derivative_check::model(&model, &parameters, 1e-7).unwrap();
        }
    }

    #[test]
    fn derivatives_by_every_shape_are_those_of_the_model() {
        // Truth: extrapolated finite differences of the model itself; losses of both kinds carry the shapes' derivatives.
        let starts: [(ComponentShape, &[f64]); 7] = [
            (ComponentShape::Voigt, &[0.9, 0.4]),
            (ComponentShape::GlSum, &[1.1, 0.3]),
            (ComponentShape::GlProduct, &[1.1, 0.3]),
            (ComponentShape::DoniachSunjic, &[0.3, 0.6, 0.12]),
            (ComponentShape::La, &[0.5, 0.7, 1.3, 2.1]),
            (ComponentShape::Lf { damping: 80 }, &[0.5, 0.7, 0.7, 2.1]),
            (ComponentShape::TailedGl, &[1.1, 0.3, 1.5]),
        ];
        for background in
            [ActiveBackground::shirley, |e: &[f64]| ActiveBackground::tougaard(e, &LossCrossSection::UNIVERSAL)]
        {
            for (shape, shape_values) in starts {
                let (mut model, mut parameters) = region(background);
                for line in &mut model.regions[0].lines {
                    line.shape = shape;
                    line.shape_parameters = shape_values
                        .iter()
                        .map(|value| {
                            parameters.push(*value);
                            ParameterId(parameters.len() - 1)
                        })
                        .collect();
                }
                derivative_check::model(&model, &parameters, 1e-6).unwrap_or_else(|e| panic!("{shape:?}: {e}"));
            }
        }
    }

    #[test]
    fn a_decided_background_is_only_added() {
        // Truth: the same model without background, and the curve.
        let (mut model, parameters) = region(|_| ActiveBackground::decided(vec![7.5; 121]));
        let (mut with, mut without) = (vec![0.0; 121], vec![0.0; 121]);
        model.evaluate(&parameters, &mut with, None).unwrap();
        assert!(model.regions[0].curves(&parameters).unwrap().background.iter().all(|b| *b == 7.5));
        model.regions[0].background = ActiveBackground::decided(vec![0.0; 121]);
        model.evaluate(&parameters, &mut without, None).unwrap();
        assert!(with.iter().zip(&without).all(|(a, b)| (a - b - 7.5).abs() < 1e-9));
    }

    #[test]
    fn curves_add_up_to_the_model() {
        // Truth: the model's own values.
        let (model, parameters) = region(ActiveBackground::shirley_linear);
        let mut values = vec![0.0; model.observations()];
        model.evaluate(&parameters, &mut values, None).unwrap();
        let curves = model.regions[0].curves(&parameters).unwrap();
        for (i, value) in values.iter().enumerate() {
            let sum = curves.background[i] + curves.lines.iter().map(|l| l[i]).sum::<f64>();
            assert!((sum - value).abs() < 1e-9 * value.abs());
        }
    }
}
