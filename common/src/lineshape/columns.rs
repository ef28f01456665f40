//! A shape over a whole window: one column of values, one for each derivative.
//!
//! What a fit of a pattern spends its time on. The pseudo-Voigts, of which patterns are made, are computed column by column
//! at the width of the machine's vector registers; the other shapes point by point.

use pulp::{Arch, Simd, WithSimd};

use super::{MAX_PARAMETERS, Prepared, Profile};

/// Values and derivatives of a shape at the points of a window. Columns of derivatives by parameters that the shape does
/// not have are zero.
#[derive(Debug, Clone, Default)]
pub struct Columns {
    /// Density, 1/unit of the offset.
    pub value: Vec<f64>,
    /// Derivative with respect to the offset.
    pub d_offset: Vec<f64>,
    /// Derivatives with respect to the shape parameters, in their order.
    pub d_parameters: [Vec<f64>; MAX_PARAMETERS],
}

impl Columns {
    /// Makes room for the points of a shape, which will write the columns of so many parameters; the others are zero.
    fn resize(&mut self, length: usize, written: usize) {
        let (written, silent) = self.d_parameters.split_at_mut(written);
        let written = [&mut self.value, &mut self.d_offset].into_iter().chain(written);
        written.for_each(|column| column.resize(length, 0.0));
        for column in silent {
            column.clear();
            column.resize(length, 0.0);
        }
    }
}

impl Profile {
    /// Fills `columns` with the shape at the distances of `x`, which must ascend, from `position`: what
    /// [`Shape::at`](super::Shape::at) gives for each of them.
    pub fn columns(&self, x: &[f64], position: f64, columns: &mut Columns) {
        let split = self.split;
        let written = match &self.base {
            Prepared::PseudoVoigt(_) | Prepared::Tch(_) => 2 + usize::from(split.is_some()),
            _ => MAX_PARAMETERS,
        };
        columns.resize(x.len(), written);
        match &self.base {
            Prepared::PseudoVoigt(shape) => Arch::new().dispatch(BothSides { shape, split, x, position, columns }),
            Prepared::Tch(shape) => Arch::new().dispatch(BothSides { shape, split, x, position, columns }),
            _ => self.each(x, position, |i, point| {
                columns.value[i] = point.value;
                columns.d_offset[i] = point.d_offset;
                columns.d_parameters.iter_mut().zip(point.d_parameters).for_each(|(column, d)| column[i] = d);
            }),
        }
    }
}

/// A shape that writes its points column by column.
pub(super) trait Fill {
    /// Writes the points at the distances of the ascending `x` from `position`, each divided by `stretch`, into
    /// `columns` from index `first` on: what [`Shape::at`](super::Shape::at) gives, with the derivative by `x` as that by
    /// the offset.
    fn fill(&self, x: &[f64], position: f64, stretch: f64, columns: &mut Columns, first: usize);
}

/// Both sides of a shape, each with its own stretch of the offset. A type, since the compiler would not take a closure's
/// body into the code for wide registers.
struct BothSides<'a, F> {
    shape: &'a F,
    split: Option<(usize, f64)>,
    x: &'a [f64],
    position: f64,
    columns: &'a mut Columns,
}

impl<F: Fill> WithSimd for BothSides<'_, F> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Self { shape, split, x, position, columns } = self;
        let middle = x.partition_point(|x| *x < position);
        let asymmetry = split.map_or(0.0, |(_, asymmetry)| asymmetry);
        for (range, side) in [(0..middle, 1.0), (middle..x.len(), -1.0)] {
            let stretch = 1.0 + side * asymmetry;
            shape.fill(&x[range.clone()], position, stretch, columns, range.start);
            let Some((index, _)) = split else { continue };
            let by_offset = &columns.d_offset[range.clone()];
            let by_asymmetry = &mut columns.d_parameters[index][range.clone()];
            for ((by_asymmetry, by_offset), x) in by_asymmetry.iter_mut().zip(by_offset).zip(&x[range]) {
                *by_asymmetry = -side * by_offset * ((x - position) / stretch);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{BaseShape, Shape};
    use super::*;

    /// Truth: the shape, point by point.
    #[test]
    fn columns_are_the_points() {
        let x: Vec<f64> = (0..501).map(|i| 0.02 * f64::from(i) - 4.0).collect();
        for base in BaseShape::ALL {
            for split in [false, true] {
                let shape = if split { base.split() } else { base.symmetric() };
                let own = match base {
                    BaseShape::Gaussian | BaseShape::Lorentzian => vec![0.3],
                    BaseShape::PearsonVii => vec![0.3, 2.5],
                    _ => vec![0.3, 0.2],
                };
                let parameters: Vec<f64> = own.into_iter().chain(split.then_some(0.35)).collect();
                let profile = shape.with(&parameters).unwrap();
                let mut columns = Columns::default();
                profile.columns(&x, 0.501, &mut columns);
                for (i, x) in x.iter().enumerate() {
                    let point = profile.at(x - 0.501);
                    let pairs = [(columns.value[i], point.value), (columns.d_offset[i], point.d_offset)];
                    let parameters = columns.d_parameters.iter().map(|c| c[i]).zip(point.d_parameters);
                    for (own, expected) in pairs.into_iter().chain(parameters) {
                        assert!((own - expected).abs() <= 1e-12 * (1.0 + expected.abs()), "{shape:?} at {x}");
                    }
                }
            }
        }
    }
}
