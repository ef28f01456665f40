//! Parameters that each phase of a fitted pattern has.

use std::ops::Range;

use doublet_common::fit::{ParameterId, Parameters};

use crate::pattern::PatternModel;
use crate::profile::ReflectionProfile;

/// Adds the free cell constants of a phase at these values; names begin with `prefix`.
pub(super) fn add_cell(
    parameters: &mut Parameters,
    prefix: &str,
    pattern: &PatternModel,
    cell: &[f64],
    free: bool,
) -> Range<usize> {
    let first = parameters.len();
    for (constant, value) in pattern.cell_parameters.free.iter().zip(cell) {
        let name = format!("{prefix}{}", constant.name);
        if free {
            parameters.bounded(name, *value, 0.95 * value, 1.05 * value);
        } else {
            parameters.fixed(name, *value);
        }
    }
    first..parameters.len()
}

/// Adds the own parameters of a profile; names begin with `prefix`.
pub(super) fn add_own<P: ReflectionProfile + ?Sized>(
    parameters: &mut Parameters,
    prefix: &str,
    profile: &P,
) -> Range<usize> {
    let first = parameters.len();
    for own in profile.parameters() {
        let name = format!("{prefix}{}", own.name);
        match (own.fixed, own.same_as) {
            (true, _) => parameters.fixed(name, own.start),
            (_, Some(other)) => parameters.tied(name, ParameterId(first + other), 1.0, 0.0),
            _ => parameters.bounded(name, own.start, own.bounds.start, own.bounds.end),
        };
    }
    first..parameters.len()
}
