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

#[test]
fn derivatives_agree_with_differences() {
    let own = Own { strain_rms: 4e-4, passband_offset: 0.004, passband_fwhm: 0.04, ..case("all") }.to_array();
    let profile = copper(NOTHING);
    for two_theta in [21.36, 75.0, 141.0] {
        let reflection = profile.reflection(&own, two_theta, true).unwrap();
        let points: Vec<f64> = (-60..=60).map(|i| two_theta + 0.021 * f64::from(i)).collect();
        let compare = |name: &str,
                       step: f64,
                       high: ComputedReflection,
                       low: ComputedReflection,
                       analytic: &dyn Fn(f64) -> f64| {
            let largest = points.iter().map(|x| analytic(*x).abs()).fold(0.0, f64::max);
            for x in &points {
                let numeric = (high.density(*x) - low.density(*x)) / (2.0 * step);
                // Quadrature of the rays and the grid move with the parameter.
                let miss = (numeric - analytic(*x)).abs() / largest;
                assert!(miss < 0.02, "{name} at {two_theta}, {x}: {numeric} {} {miss:.1e}", analytic(*x));
            }
        };
        for (k, (name, ..)) in Own::RANGES.iter().enumerate() {
            let step = 1e-3 * own[k];
            let at = |value: f64| {
                let mut moved = own;
                moved[k] = value;
                profile.reflection(&moved, two_theta, false).unwrap()
            };
            compare(name, step, at(own[k] + step), at(own[k] - step), &|x| reflection.by_own(k, x));
        }
        let at = |angle: f64| profile.reflection(&own, angle, false).unwrap();
        let step = 1e-4;
        compare("position", step, at(two_theta + step), at(two_theta - step), &|x| reflection.by_position(x));
    }
}

#[test]
fn impossible_values_are_refused_by_name() {
    let bad = Own { receiving_slit_mm: -1.0, ..NOTHING };
    let text = copper(NOTHING).reflection(&bad.to_array(), 40.0, false).err().unwrap().to_string();
    assert!(text.contains("receiving_slit_mm = -1"), "{text}");
    assert!(copper(NOTHING).refine(&["soller"]).unwrap_err().to_string().contains("soller_incident_deg"));
}
