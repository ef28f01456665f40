//! A number and its standard uncertainty, as every result states them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A measured or derived number with its standard uncertainty (one σ).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Quantity {
    /// Value in the unit that the field's name states.
    pub value: f64,
    /// Standard uncertainty in the same unit; absent where none exists, never zero for "unknown".
    pub sigma: Option<f64>,
}

impl Quantity {
    /// A value with its standard uncertainty; a σ that is not finite becomes absent.
    pub fn new(value: f64, sigma: f64) -> Self {
        Self { value, sigma: sigma.is_finite().then_some(sigma) }
    }

    /// A value whose uncertainty is not known.
    pub fn without_sigma(value: f64) -> Self {
        Self { value, sigma: None }
    }
}
