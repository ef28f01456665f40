//! Named parameters with bounds, and the affine ties that express every doublet, split and constraint.

use crate::error::{Error, Result};

/// Index of a parameter in its [`Parameters`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ParameterId(pub usize);

/// How a parameter moves during a fit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Coupling {
    /// Varied by the solver.
    Free,
    /// Kept at its value.
    Fixed,
    /// `p = scale · source + offset`.
    Tied {
        /// Parameter it follows; may itself be tied, but not in a circle.
        source: ParameterId,
        /// Factor.
        scale: f64,
        /// Constant.
        offset: f64,
    },
}

/// One named parameter.
#[derive(Debug, Clone, PartialEq)]
pub struct Parameter {
    /// Name, unique in its set, with its unit (`"P 2p3/2 energy_ev"`).
    pub name: String,
    /// Value: start before a fit, result after it.
    pub value: f64,
    /// Smallest allowed value; may be −∞.
    pub lower: f64,
    /// Largest allowed value; may be +∞.
    pub upper: f64,
    /// How it moves.
    pub coupling: Coupling,
}

/// Ordered set of named parameters.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Parameters {
    list: Vec<Parameter>,
}

impl Parameters {
    /// An empty set.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a free, unbounded parameter.
    pub fn free(&mut self, name: impl Into<String>, value: f64) -> ParameterId {
        self.push(name, value, f64::NEG_INFINITY, f64::INFINITY, Coupling::Free)
    }

    /// Adds a free parameter with bounds.
    pub fn bounded(&mut self, name: impl Into<String>, value: f64, lower: f64, upper: f64) -> ParameterId {
        self.push(name, value, lower, upper, Coupling::Free)
    }

    /// Adds a parameter that is kept at its value.
    pub fn fixed(&mut self, name: impl Into<String>, value: f64) -> ParameterId {
        self.push(name, value, f64::NEG_INFINITY, f64::INFINITY, Coupling::Fixed)
    }

    /// Adds `scale · source + offset`.
    pub fn tied(&mut self, name: impl Into<String>, source: ParameterId, scale: f64, offset: f64) -> ParameterId {
        let value = self.list.get(source.0).map_or(f64::NAN, |s| scale * s.value + offset);
        self.push(name, value, f64::NEG_INFINITY, f64::INFINITY, Coupling::Tied { source, scale, offset })
    }

    fn push(&mut self, name: impl Into<String>, value: f64, lower: f64, upper: f64, coupling: Coupling) -> ParameterId {
        self.list.push(Parameter { name: name.into(), value, lower, upper, coupling });
        ParameterId(self.list.len() - 1)
    }

    /// All parameters in order.
    pub fn list(&self) -> &[Parameter] {
        &self.list
    }

    /// A parameter to change.
    pub fn get_mut(&mut self, id: ParameterId) -> &mut Parameter {
        &mut self.list[id.0]
    }

    /// A parameter.
    pub fn get(&self, id: ParameterId) -> &Parameter {
        &self.list[id.0]
    }

    /// Number of parameters, tied and fixed ones included.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Values in order.
    pub fn values(&self) -> Vec<f64> {
        self.list.iter().map(|p| p.value).collect()
    }

    /// Parameter of this name.
    ///
    /// # Errors
    /// [`Error::Fit`] if there is none.
    pub fn find(&self, name: &str) -> Result<ParameterId> {
        self.list
            .iter()
            .position(|p| p.name == name)
            .map(ParameterId)
            .ok_or_else(|| Error::Fit(format!("no parameter is named \"{name}\"")))
    }
}
