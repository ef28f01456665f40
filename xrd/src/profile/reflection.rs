//! What a whole-pattern fit asks of a profile, whether measured or computed from the geometry.

use std::ops::Range;

use crate::error::Result;

/// One own parameter of a profile.
#[derive(Debug, Clone, PartialEq)]
pub struct ProfileParameter {
    /// Name with unit.
    pub name: String,
    /// Start value.
    pub start: f64,
    /// Smallest and largest allowed value.
    pub bounds: Range<f64>,
    /// Whether it is kept at its start value.
    pub fixed: bool,
    /// Own parameter (by index) whose value it takes.
    pub same_as: Option<usize>,
}

/// Profile of one reflection at the points of a window; its memory is reused.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ReflectionValues {
    /// Density in 1/deg, all emission lines together; its area is 1.
    pub values: Vec<f64>,
    /// Derivative with respect to the position of the reference line.
    pub d_position: Vec<f64>,
    /// Derivatives with respect to each own parameter.
    pub d_own: Vec<Vec<f64>>,
}

impl ReflectionValues {
    /// Zeros for `points` and `own` parameters.
    pub fn reset(&mut self, points: usize, own: usize) {
        let zero = |list: &mut Vec<f64>| {
            list.clear();
            list.resize(points, 0.0);
        };
        self.d_own.resize_with(own, Vec::new);
        [&mut self.values, &mut self.d_position].into_iter().chain(&mut self.d_own).for_each(zero);
    }
}

/// Profile of any reflection of a pattern as a function of its position and of own parameters.
pub trait ReflectionProfile: Sync {
    /// Own parameters in order.
    fn parameters(&self) -> Vec<ProfileParameter>;

    /// 2θ from which and to which a reflection whose reference line stands at `two_theta_deg` is computed: some shares of a
    /// thousand of its area lie outside, or what is below the density `negligible_per_deg` (0: nothing is) if that is more.
    ///
    /// # Errors
    /// Own parameters outside the domain.
    fn window_deg(&self, own: &[f64], two_theta_deg: f64, negligible_per_deg: f64) -> Result<Range<f64>>;

    /// Half width of the Lorentzian that far tails of a reflection follow; 0 where its window holds all of it.
    fn tail_half_width_deg(&self, _own: &[f64], _two_theta_deg: f64) -> f64 {
        0.0
    }

    /// Fills `into` at the ascending `x` (2θ in degrees) for a reflection whose reference line stands at `two_theta_deg`.
    ///
    /// # Errors
    /// Own parameters outside the domain.
    fn evaluate(&self, own: &[f64], two_theta_deg: f64, x: &[f64], into: &mut ReflectionValues) -> Result<()>;
}
