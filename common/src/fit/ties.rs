//! From named parameters to the free coordinates that the solver moves.
//!
//! Every parameter is an affine function of at most one free coordinate, `p = scale · q + offset`: a chain of ties
//! multiplies out. The constant matrix `C = ∂p/∂q` has therefore one entry per row, and the Jacobian of the free
//! coordinates, `J·C`, is a sum of few windowed columns.

use std::collections::HashSet;

use super::parameters::{Coupling, Parameter, Parameters};
use crate::error::{Error, Result};

/// One parameter as a function of the free coordinates.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Link {
    /// Free coordinate it follows; none for a constant.
    pub(super) free: Option<usize>,
    /// `∂p/∂q`.
    pub(super) scale: f64,
    /// Value at `q = 0`.
    pub(super) offset: f64,
}

/// The free coordinates of a set of parameters: where they start, how far they may go, and what follows them.
#[derive(Debug, Clone)]
pub(super) struct FreeSpace {
    /// One per parameter.
    pub(super) links: Vec<Link>,
    /// Index of the parameter that each free coordinate is.
    pub(super) free: Vec<usize>,
    pub(super) start: Vec<f64>,
    /// Bounds of the free coordinates, those of tied parameters carried over.
    pub(super) lower: Vec<f64>,
    pub(super) upper: Vec<f64>,
    /// Index of the parameter whose bound is the binding one.
    lower_owner: Vec<usize>,
    upper_owner: Vec<usize>,
}

impl FreeSpace {
    /// Resolves ties and bounds.
    ///
    /// # Errors
    /// [`Error::Fit`] naming the parameter: a name used twice, a value that is not finite, a start outside its bounds
    /// (it is refused, not moved), bounds in the wrong order, a tie in a circle or to a parameter that does not exist.
    pub(super) fn new(parameters: &Parameters) -> Result<Self> {
        let list = parameters.list();
        check_each(list)?;
        let mut space = Self {
            links: Vec::with_capacity(list.len()),
            free: Vec::new(),
            start: Vec::new(),
            lower: Vec::new(),
            upper: Vec::new(),
            lower_owner: Vec::new(),
            upper_owner: Vec::new(),
        };
        let mut coordinate = vec![None; list.len()];
        for (i, p) in list.iter().enumerate() {
            if p.coupling == Coupling::Free {
                coordinate[i] = Some(space.free.len());
                space.free.push(i);
                space.start.push(p.value);
                space.lower.push(p.lower);
                space.upper.push(p.upper);
                space.lower_owner.push(i);
                space.upper_owner.push(i);
            }
        }
        for i in 0..list.len() {
            space.links.push(resolve(list, &coordinate, i)?);
        }
        for (i, p) in list.iter().enumerate() {
            space.carry_bounds(list, i, p)?;
        }
        Ok(space)
    }

    /// Carries the bounds of a tied parameter over to the coordinate that it follows.
    fn carry_bounds(&mut self, list: &[Parameter], i: usize, p: &Parameter) -> Result<()> {
        if !matches!(p.coupling, Coupling::Tied { .. }) {
            return Ok(());
        }
        let link = self.links[i];
        let value = link.offset + link.free.map_or(0.0, |q| link.scale * self.start[q]);
        // A fitted set, started again, may stand off its bound by the rounding of the tie.
        let slack = 8.0 * f64::EPSILON * (value.abs() + 2.0 * link.offset.abs());
        if !(p.lower - slack <= value && value <= p.upper + slack) {
            return Err(Error::Fit(format!(
                "tied parameter \"{}\" starts at {value}, outside its bounds {} to {}",
                p.name, p.lower, p.upper
            )));
        }
        let Some(q) = link.free else { return Ok(()) };
        let ends = [(p.lower - link.offset) / link.scale, (p.upper - link.offset) / link.scale];
        let (low, high) = if link.scale > 0.0 { (ends[0], ends[1]) } else { (ends[1], ends[0]) };
        if low > self.lower[q] {
            self.lower[q] = low;
            self.lower_owner[q] = i;
        }
        if high < self.upper[q] {
            self.upper[q] = high;
            self.upper_owner[q] = i;
        }
        if self.lower[q] > self.upper[q] {
            return Err(Error::Fit(format!(
                "the bounds of \"{}\" and \"{}\" leave no room for \"{}\"",
                list[self.lower_owner[q]].name, list[self.upper_owner[q]].name, list[self.free[q]].name
            )));
        }
        // All that this moves is rounding: the start has been checked against every bound.
        self.start[q] = self.start[q].clamp(self.lower[q], self.upper[q]);
        Ok(())
    }

    /// Number of free coordinates.
    pub(super) fn len(&self) -> usize {
        self.free.len()
    }

    /// Fills `full` (every parameter) from the free coordinates.
    pub(super) fn expand(&self, coordinates: &[f64], full: &mut [f64]) {
        for (p, link) in full.iter_mut().zip(&self.links) {
            *p = match link.free {
                // A free parameter itself is copied, so that not even a rounding separates it from its bound.
                Some(q) if link.scale == 1.0 && link.offset == 0.0 => coordinates[q],
                Some(q) => link.scale * coordinates[q] + link.offset,
                None => link.offset,
            };
        }
    }

    /// Gradient over the free coordinates from one over all parameters: `Cᵀ·g`.
    pub(super) fn pull_back(&self, gradient: &[f64]) -> Vec<f64> {
        let mut out = vec![0.0; self.len()];
        for (g, link) in gradient.iter().zip(&self.links) {
            if let Some(q) = link.free {
                out[q] += g * link.scale;
            }
        }
        out
    }

    /// Parameter whose bound a coordinate sits on.
    pub(super) fn bound_owner(&self, coordinate: usize, at_lower: bool) -> usize {
        if at_lower { self.lower_owner[coordinate] } else { self.upper_owner[coordinate] }
    }
}

fn check_each(list: &[Parameter]) -> Result<()> {
    let mut names = HashSet::with_capacity(list.len());
    for p in list {
        if !names.insert(p.name.as_str()) {
            return Err(Error::Fit(format!("two parameters are named \"{}\"", p.name)));
        }
        if p.lower.is_nan() || p.upper.is_nan() || p.lower > p.upper {
            return Err(Error::Fit(format!(
                "parameter \"{}\" has bounds {} to {}, expected lower ≤ upper",
                p.name, p.lower, p.upper
            )));
        }
        if matches!(p.coupling, Coupling::Tied { .. }) {
            continue;
        }
        if !p.value.is_finite() {
            return Err(Error::Fit(format!(
                "parameter \"{}\" starts at {}, expected a finite number",
                p.name, p.value
            )));
        }
        if !(p.lower <= p.value && p.value <= p.upper) {
            return Err(Error::Fit(format!(
                "parameter \"{}\" starts at {}, outside its bounds {} to {}",
                p.name, p.value, p.lower, p.upper
            )));
        }
    }
    Ok(())
}

/// Multiplies out the chain of ties that starts at parameter `i`.
fn resolve(list: &[Parameter], coordinate: &[Option<usize>], i: usize) -> Result<Link> {
    let (mut at, mut scale, mut offset) = (i, 1.0, 0.0);
    // A chain without a circle visits each parameter at most once.
    for _ in 0..list.len() {
        match list[at].coupling {
            Coupling::Free => return Ok(Link { free: coordinate[at], scale, offset }.without_influence()),
            Coupling::Fixed => return Ok(Link { free: None, scale: 0.0, offset: scale * list[at].value + offset }),
            Coupling::Tied { source, scale: s, offset: o } => {
                if !(s.is_finite() && o.is_finite()) {
                    return Err(Error::Fit(format!(
                        "parameter \"{}\" is tied with scale {s} and offset {o}, expected finite numbers",
                        list[at].name
                    )));
                }
                if source.0 >= list.len() {
                    return Err(Error::Fit(format!(
                        "parameter \"{}\" is tied to parameter number {}, but there are {}",
                        list[at].name,
                        source.0,
                        list.len()
                    )));
                }
                offset += scale * o;
                scale *= s;
                at = source.0;
            }
        }
    }
    Err(Error::Fit(format!("parameter \"{}\" is tied in a circle", list[i].name)))
}

impl Link {
    /// A tie with scale zero is a constant.
    fn without_influence(self) -> Self {
        if self.scale == 0.0 { Self { free: None, ..self } } else { self }
    }
}

#[cfg(test)]
mod tests {
    use super::super::parameters::ParameterId;
    use super::*;

    /// Truth: closed form, r = 0.5·(2a + 1) − 3 = a − 2.5.
    #[test]
    fn chains_multiply_out() {
        let mut set = Parameters::new();
        let a = set.free("a", 4.0);
        let b = set.tied("b", a, 2.0, 1.0);
        set.tied("c", b, 0.5, -3.0);
        let space = FreeSpace::new(&set).unwrap();
        assert_eq!(space.links[2], Link { free: Some(0), scale: 1.0, offset: -2.5 });
        let mut full = [0.0; 3];
        space.expand(&[10.0], &mut full);
        assert_eq!(full, [10.0, 21.0, 7.5]);
        assert_eq!(space.pull_back(&[1.0, 1.0, 1.0]), [4.0]);
    }

    #[test]
    fn circles_are_refused_by_name() {
        let mut set = Parameters::new();
        let a = set.free("a", 1.0);
        let b = set.tied("b", a, 1.0, 0.0);
        set.get_mut(a).coupling = Coupling::Tied { source: b, scale: 1.0, offset: 0.0 };
        let text = FreeSpace::new(&set).unwrap_err().to_string();
        assert!(text.contains("\"a\" is tied in a circle"), "{text}");
        set.get_mut(a).coupling = Coupling::Tied { source: ParameterId(9), scale: 1.0, offset: 0.0 };
        assert!(FreeSpace::new(&set).unwrap_err().to_string().contains("parameter number 9"));
    }

    #[test]
    fn bounds_of_a_tied_parameter_bind_its_source() {
        let mut set = Parameters::new();
        let a = set.bounded("a", 1.0, 0.0, 10.0);
        let b = set.tied("b", a, -2.0, 0.0);
        set.get_mut(b).lower = -4.0;
        let space = FreeSpace::new(&set).unwrap();
        assert_eq!((space.lower[0], space.upper[0]), (0.0, 2.0));
        assert_eq!(space.bound_owner(0, false), b.0);
        set.get_mut(b).lower = -1.0;
        let text = FreeSpace::new(&set).unwrap_err().to_string();
        assert!(text.contains("\"b\" starts at -2"), "{text}");
    }

    #[test]
    fn bad_parameters_are_refused_by_name() {
        let refusal = |change: &dyn Fn(&mut Parameters, ParameterId)| {
            let mut set = Parameters::new();
            let a = set.free("a", 1.0);
            change(&mut set, a);
            FreeSpace::new(&set).unwrap_err().to_string()
        };
        assert!(refusal(&|s, _| _ = s.free("a", 2.0)).contains("two parameters are named \"a\""));
        assert!(refusal(&|s, a| s.get_mut(a).value = f64::NAN).contains("\"a\" starts at NaN"));
        assert!(refusal(&|s, a| s.get_mut(a).lower = 2.0).contains("\"a\" starts at 1, outside its bounds 2 to inf"));
        assert!(refusal(&|s, a| (s.get_mut(a).lower, s.get_mut(a).upper) = (2.0, 0.0)).contains("lower ≤ upper"));
    }
}
