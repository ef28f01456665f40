use doublet_common::fit::{Jacobian, Model, derivative_check};

use super::*;
use crate::radiation::{Anode, Radiation};

const NIST: Geometry = Geometry { goniometer_radius_mm: 217.5, focus_length_mm: 12.0 };

/// Everything off that can be: only the emission.
const NOTHING: Own = Own {
    soller_incident_deg: 0.1,
    soller_diffracted_deg: 0.1,
    specimen_length_mm: 15.0,
    receiving_length_mm: 15.0,
    focus_width_mm: 0.0,
    tube_tail_height: 0.0,
    tube_tail_low_mm: 1.0,
    tube_tail_high_mm: 1.0,
    receiving_slit_mm: 0.0,
    divergence_deg: 0.0,
    absorption_length_mm: 0.0,
    inverse_column_length_per_nm: 0.0,
    strain_rms: 0.0,
    passband_offset: 0.0,
    passband_fwhm: 0.0,
};

fn copper(own: Own) -> FundamentalProfile {
    let mut spectrum = Spectrum::k_alpha(&Radiation::k_alpha(Anode::Cu)).unwrap();
    spectrum.lines.pop();
    let sum: f64 = spectrum.lines.iter().map(|line| line.share).sum();
    spectrum.lines.iter_mut().for_each(|line| line.share /= sum);
    FundamentalProfile::new(spectrum, NIST, own)
}

fn case(name: &str) -> Own {
    let all = name == "all";
    let mut own = NOTHING;
    if all || name == "axial" {
        (own.soller_incident_deg, own.soller_diffracted_deg) = (6.776, 6.776);
    }
    if all || name == "flat" {
        own.divergence_deg = 1.05;
    }
    if all || name == "slit" {
        own.receiving_slit_mm = 0.2;
    }
    if all || name == "tube" {
        (own.focus_width_mm, own.tube_tail_height) = (0.04, 0.001);
    }
    if all || name == "absorption" {
        own.absorption_length_mm = 0.05;
    }
    if all {
        own.inverse_column_length_per_nm = 1.0 / 500.0;
    }
    own
}

/// Largest differences from the peer relative to the largest density of each reflection. It gives every emission line the
/// width at the reference line's angle, not at its own: that is the rest at high angles.
const PEER: [(f64, f64); 4] = [(21.36, 0.035), (60.0, 0.02), (90.5, 0.006), (148.0, 0.012)];

#[test]
fn profiles_are_those_of_an_independent_program() {
    // Truth: FP_profile (M. H. Mendenhall et al., NIST) as xrayutilities 1.8.0 carries it.
    for line in include_str!("peer.txt").lines().filter(|line| !line.starts_with('#')) {
        let (name, rest) = line.split_once(' ').unwrap();
        let numbers: Vec<f64> = rest.split(' ').map(|number| number.parse().unwrap()).collect();
        let [two_theta, offset, expected] = numbers[..] else { panic!("{line}") };
        let reflection = copper(NOTHING).reflection(&case(name).to_array(), two_theta, false).unwrap();
        let highest = (-400..400).map(|i| reflection.density(two_theta + 0.005 * f64::from(i))).fold(0.0, f64::max);
        let allowed = PEER.iter().find(|(angle, _)| *angle == two_theta).unwrap().1;
        // All together, below 100 degrees: half a percent.
        let allowed = if name == "all" && two_theta < 100.0 { 0.005 } else { allowed };
        let difference = (reflection.density(two_theta + offset) - expected) / highest;
        assert!(difference.abs() < allowed, "{line}: {difference:.2e}");
    }
}

#[test]
fn the_area_is_one() {
    // Truth: the definition; what is missing lies beyond the window in the tails of the emission.
    for two_theta in [10.0, 40.0, 90.0, 140.0] {
        let own = Own { passband_fwhm: 0.04, ..case("all") };
        let reflection = copper(NOTHING).reflection(&own.to_array(), two_theta, false).unwrap();
        let half = FundamentalProfile::half_window_deg(two_theta);
        let sum: f64 =
            (0..20_000).map(|i| reflection.density(two_theta + half * (f64::from(i) / 10_000.0 - 1.0))).sum();
        let area = sum * half / 10_000.0;
        assert!((area - 1.0).abs() < 3e-3, "{two_theta}: {area}");
    }
}

/// One reflection as a model of one of its parameters, `at + unit · (q − 1)`: the position, or an own parameter.
struct Along<'a> {
    profile: &'a FundamentalProfile,
    own: [f64; OWN],
    two_theta_deg: f64,
    parameter: Option<usize>,
    unit: f64,
    x: Vec<f64>,
}

impl Model for Along<'_> {
    fn observations(&self) -> usize {
        self.x.len()
    }

    fn evaluate(&self, q: &[f64], y: &mut [f64], j: Option<&mut Jacobian>) -> doublet_common::Result<()> {
        let (mut own, mut at, moved) = (self.own, self.two_theta_deg, self.unit * (q[0] - 1.0));
        *self.parameter.map_or(&mut at, |k| &mut own[k]) += moved;
        let mut values = ReflectionValues::default();
        let found = self.profile.evaluate(&own, at, &self.x, &mut values);
        found.map_err(|error| doublet_common::Error::Fit(error.to_string()))?;
        y.copy_from_slice(&values.values);
        if let Some(j) = j {
            let slopes = self.parameter.map_or(&values.d_position, |k| &values.d_own[k]);
            j.window(0, 0..y.len()).iter_mut().zip(slopes).for_each(|(d, slope)| *d = slope * self.unit);
        }
        Ok(())
    }
}

#[test]
fn derivatives_agree_with_differences() {
    let own = Own { strain_rms: 4e-4, passband_offset: 0.004, passband_fwhm: 0.04, ..case("all") }.to_array();
    let mut profile = copper(NOTHING);
    profile.free = [true; OWN];
    for two_theta_deg in [21.36, 75.0, 141.0] {
        for parameter in (0..OWN).map(Some).chain([None]) {
            let unit = parameter.map_or(0.01, |k| own[k]);
            let x = (-60..=60).map(|i| two_theta_deg + 0.021 * f64::from(i)).collect();
            let along = Along { profile: &profile, own, two_theta_deg, parameter, unit, x };
            let name = parameter.map_or("position", |k| Own::RANGES[k].0);
            let tolerance = match parameter {
                // Rays come and go with the opening of a slit.
                Some(Own::SOLLER_INCIDENT | Own::SOLLER_DIFFRACTED) => 1e-2,
                // Between points of the grid the profile is a cubic, whose slope jumps from one to the next.
                None => 1e-3,
                _ => 1e-5,
            };
            let checked = derivative_check::model(&along, &[1.0], tolerance);
            checked.unwrap_or_else(|error| panic!("{name} at {two_theta_deg}: {error}"));
        }
    }
}

#[test]
fn impossible_values_are_refused_by_name() {
    let bad = Own { receiving_slit_mm: -1.0, ..NOTHING };
    let text = copper(NOTHING).reflection(&bad.to_array(), 40.0, false).err().unwrap().to_string();
    assert!(text.contains("receiving_slit_mm = -1"), "{text}");
    assert!(copper(NOTHING).refine(&["soller"]).unwrap_err().to_string().contains("soller_incident_deg"));
}
