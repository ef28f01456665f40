//! Line shapes: value and derivatives in one function, area-normalised.
//!
//! Every shape is a density of unit area around offset 0; a peak is `area · shape(x − position)`. A shape is first
//! prepared for its parameters ([`LineShape::with`] or the shape's own `new`), which does once what does not depend on
//! the offset, and then evaluated point by point ([`Shape::at`]): value, derivative with respect to the offset, and
//! derivative with respect to every parameter. Widths are full widths at half maximum, in the unit of the offset.
//!
//! A split shape has one more parameter, the asymmetry `a` in (−1, 1): `shape(x / (1 + a))` for x < 0 and
//! `shape(x / (1 − a))` for x ≥ 0, i.e. `a = (left − right) / (left + right)` of the two half widths. It keeps area,
//! FWHM and integral breadth, and its slope at the apex is continuous.

mod columns;
mod faddeeva;
mod gaussian;
mod lorentzian;
mod pearson_vii;
mod pseudo_voigt;
mod tch;
mod voigt;

#[cfg(test)]
mod contract;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use columns::Columns;
pub use faddeeva::faddeeva;
pub use gaussian::Gaussian;
pub use lorentzian::Lorentzian;
pub use pearson_vii::PearsonVii;
pub use pseudo_voigt::PseudoVoigt;
pub use tch::Tch;
pub use voigt::Voigt;

use crate::error::{Error, Result};

/// Largest number of shape parameters.
pub const MAX_PARAMETERS: usize = 4;

/// A shape at one offset. `d_parameters` beyond the shape's own parameters is zero.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Point {
    /// Density, 1/unit of the offset.
    pub value: f64,
    /// Derivative with respect to the offset.
    pub d_offset: f64,
    /// Derivatives with respect to the shape parameters, in their order.
    pub d_parameters: [f64; MAX_PARAMETERS],
}

/// A width of a shape with its derivatives with respect to the shape parameters.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Width {
    /// Width in the unit of the offset.
    pub value: f64,
    /// Derivatives with respect to the shape parameters, in their order.
    pub d_parameters: [f64; MAX_PARAMETERS],
}

/// A shape of unit area, prepared for one set of parameters.
pub trait Shape {
    /// Value and derivatives at `offset` from the position.
    fn at(&self, offset: f64) -> Point;

    /// Full width at half maximum.
    fn fwhm(&self) -> Width;

    /// Integral breadth: area divided by height.
    fn integral_breadth(&self) -> Width;

    /// Distance from the position beyond which, both sides together, less than the fraction `outside` of the area
    /// lies. An upper bound, not always the smallest one.
    fn half_window(&self, outside: f64) -> f64;
}

/// The symmetric shapes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum BaseShape {
    /// Gaussian: `fwhm`.
    Gaussian,
    /// Lorentzian: `fwhm`.
    Lorentzian,
    /// Sum of a Gaussian and a Lorentzian of one width: `fwhm`, `lorentzian_fraction`.
    PseudoVoigt,
    /// Thompson–Cox–Hastings pseudo-Voigt, close to a Voigt function: `gaussian_fwhm`, `lorentzian_fwhm`.
    Tch,
    /// Voigt function, the convolution itself: `gaussian_fwhm`, `lorentzian_fwhm`.
    Voigt,
    /// Pearson VII: `fwhm`, `exponent`.
    PearsonVii,
}

/// A line shape by name, as recipes state it: a symmetric shape, as it is or split.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LineShape {
    /// The symmetric shape.
    pub base: BaseShape,
    /// Whether its left and right half widths differ; adds the parameter `asymmetry`.
    #[serde(default)]
    pub split: bool,
}

/// A [`LineShape`] prepared for one set of parameters.
#[derive(Debug, Clone)]
pub struct Profile {
    base: Prepared,
    /// Index of the asymmetry among the parameters, and its value.
    split: Option<(usize, f64)>,
}

#[derive(Debug, Clone)]
enum Prepared {
    Gaussian(Gaussian),
    Lorentzian(Lorentzian),
    PseudoVoigt(PseudoVoigt),
    Tch(Tch),
    Voigt(Voigt),
    PearsonVii(PearsonVii),
}

impl BaseShape {
    /// Every symmetric shape.
    pub const ALL: [Self; 6] =
        [Self::Gaussian, Self::Lorentzian, Self::PseudoVoigt, Self::Tch, Self::Voigt, Self::PearsonVii];

    /// This shape as it is.
    pub const fn symmetric(self) -> LineShape {
        LineShape { base: self, split: false }
    }

    /// This shape with different half widths.
    pub const fn split(self) -> LineShape {
        LineShape { base: self, split: true }
    }
}

impl From<BaseShape> for LineShape {
    fn from(base: BaseShape) -> Self {
        base.symmetric()
    }
}

impl LineShape {
    /// Names of the shape parameters, in the order in which they are given to [`LineShape::with`].
    pub fn parameter_names(self) -> &'static [&'static str] {
        let with_split: &[&str] = match self.base {
            BaseShape::Gaussian | BaseShape::Lorentzian => &["fwhm", "asymmetry"],
            BaseShape::PseudoVoigt => &["fwhm", "lorentzian_fraction", "asymmetry"],
            BaseShape::Tch | BaseShape::Voigt => &["gaussian_fwhm", "lorentzian_fwhm", "asymmetry"],
            BaseShape::PearsonVii => &["fwhm", "exponent", "asymmetry"],
        };
        if self.split { with_split } else { &with_split[..with_split.len() - 1] }
    }

    /// Prepares the shape for `parameters`.
    ///
    /// # Errors
    /// [`Error::Domain`] for a wrong number of parameters, a width that is not positive, an asymmetry outside
    /// (−1, 1), or a shape parameter outside the domain that the shape states.
    pub fn with(self, parameters: &[f64]) -> Result<Profile> {
        let names = self.parameter_names();
        if parameters.len() != names.len() {
            return Err(Error::Domain {
                method: "line shape",
                message: format!("{} parameter(s) {parameters:?}, expected {names:?}", parameters.len()),
            });
        }
        let (own, asymmetry) = parameters.split_at(names.len() - usize::from(self.split));
        let base = match (self.base, own) {
            (BaseShape::Gaussian, [fwhm]) => Prepared::Gaussian(Gaussian::new(*fwhm)?),
            (BaseShape::Lorentzian, [fwhm]) => Prepared::Lorentzian(Lorentzian::new(*fwhm)?),
            (BaseShape::PseudoVoigt, [fwhm, fraction]) => Prepared::PseudoVoigt(PseudoVoigt::new(*fwhm, *fraction)?),
            (BaseShape::Tch, [g, l]) => Prepared::Tch(Tch::new(*g, *l)?),
            (BaseShape::Voigt, [g, l]) => Prepared::Voigt(Voigt::new(*g, *l)?),
            (BaseShape::PearsonVii, [fwhm, exponent]) => Prepared::PearsonVii(PearsonVii::new(*fwhm, *exponent)?),
            _ => return Err(domain("line shape", "parameters", parameters.len() as f64, "as many as its names")),
        };
        let split = match asymmetry {
            [a] if a.abs() < 1.0 => Some((own.len(), *a)),
            [a] => return Err(domain("split line shape", "asymmetry", *a, "a number between -1 and 1")),
            _ => None,
        };
        Ok(Profile { base, split })
    }
}

impl Profile {
    fn shape(&self) -> &dyn Shape {
        match &self.base {
            Prepared::Gaussian(s) => s,
            Prepared::Lorentzian(s) => s,
            Prepared::PseudoVoigt(s) => s,
            Prepared::Tch(s) => s,
            Prepared::Voigt(s) => s,
            Prepared::PearsonVii(s) => s,
        }
    }

    /// Calls `visit` with the index of each `x` and the point at its distance from `position`: [`Shape::at`] for a whole
    /// window, in half of the time.
    pub fn each(&self, x: &[f64], position: f64, visit: impl FnMut(usize, Point)) {
        let offsets = x.iter().map(|x| x - position).enumerate();
        match &self.base {
            Prepared::Gaussian(s) => each(s, self.split, offsets, visit),
            Prepared::Lorentzian(s) => each(s, self.split, offsets, visit),
            Prepared::PseudoVoigt(s) => each(s, self.split, offsets, visit),
            Prepared::Tch(s) => each(s, self.split, offsets, visit),
            Prepared::Voigt(s) => each(s, self.split, offsets, visit),
            Prepared::PearsonVii(s) => each(s, self.split, offsets, visit),
        }
    }

    fn symmetric_at(&self, offset: f64) -> Point {
        match &self.base {
            Prepared::Gaussian(s) => s.at(offset),
            Prepared::Lorentzian(s) => s.at(offset),
            Prepared::PseudoVoigt(s) => s.at(offset),
            Prepared::Tch(s) => s.at(offset),
            Prepared::Voigt(s) => s.at(offset),
            Prepared::PearsonVii(s) => s.at(offset),
        }
    }
}

/// As [`Profile::each`], for one shape.
fn each(
    shape: &impl Shape,
    split: Option<(usize, f64)>,
    offsets: impl Iterator<Item = (usize, f64)>,
    mut visit: impl FnMut(usize, Point),
) {
    match split {
        None => offsets.for_each(|(i, offset)| visit(i, shape.at(offset))),
        Some(split) => offsets.for_each(|(i, offset)| visit(i, split_at(|o| shape.at(o), split, offset))),
    }
}

/// Point of a symmetric shape whose half widths differ; `index` is that of the asymmetry among the parameters.
#[inline]
fn split_at(symmetric: impl Fn(f64) -> Point, (index, asymmetry): (usize, f64), offset: f64) -> Point {
    let side = if offset < 0.0 { 1.0 } else { -1.0 };
    let scale = 1.0 + side * asymmetry;
    let mut point = symmetric(offset / scale);
    point.d_offset /= scale;
    point.d_parameters[index] = -side * point.d_offset * (offset / scale);
    point
}

impl Shape for Profile {
    fn at(&self, offset: f64) -> Point {
        match self.split {
            None => self.symmetric_at(offset),
            Some(split) => split_at(|o| self.symmetric_at(o), split, offset),
        }
    }

    fn fwhm(&self) -> Width {
        self.shape().fwhm()
    }

    fn integral_breadth(&self) -> Width {
        self.shape().integral_breadth()
    }

    fn half_window(&self, outside: f64) -> f64 {
        let widest = self.split.map_or(1.0, |(_, asymmetry)| 1.0 + asymmetry.abs());
        self.shape().half_window(outside) * widest
    }
}

/// Refusal of one argument.
fn domain(method: &'static str, name: &str, value: f64, expected: &str) -> Error {
    Error::Domain { method, message: format!("{name} {value}, expected {expected}") }
}

/// A width that must be positive and finite.
fn positive_width(method: &'static str, name: &str, value: f64) -> Result<f64> {
    // Widths whose square would leave the range of f64 are refused, too.
    if (1e-100..=1e100).contains(&value) { Ok(value) } else { Err(domain(method, name, value, "a positive number")) }
}
