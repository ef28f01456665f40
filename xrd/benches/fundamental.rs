//! Time of one profile from fundamental parameters: Cu Kα (four Lorentzians), axial divergence, flat specimen, receiving slit,
//! focus with tube tails, transparency and size, on 2048 points.
//!
//! The same profile with the same convolutions and points, best of 60 runs or more, interleaved on one core of a two-core machine:
//! xrayutilities 1.8.0 (`FP_profile` of M. H. Mendenhall et al., ten steps of the axial integral) 0.81 to 0.85 ms; here, without
//! link-time optimisation, 0.52 to 0.61 ms, and 0.97 to 1.16 ms with the derivatives, which the peer does not give.

use divan::{Bencher, black_box};
use doublet_xrd::profile::Spectrum;
use doublet_xrd::profile::fundamental::{FundamentalProfile, Geometry, Own};
use doublet_xrd::radiation::{Anode, Radiation};

/// Angles of the reflections, degrees.
const ANGLES: [f64; 3] = [21.36, 60.0, 148.0];

fn main() {
    divan::main();
}

fn diffractometer() -> FundamentalProfile {
    let mut spectrum = Spectrum::k_alpha(&Radiation::k_alpha(Anode::Cu)).expect("a tabulated anode");
    // Without the satellites, which the peer was not given either.
    spectrum.lines.pop();
    let own = Own {
        soller_incident_deg: 6.776,
        soller_diffracted_deg: 6.776,
        specimen_length_mm: 15.0,
        receiving_length_mm: 15.0,
        focus_width_mm: 0.04,
        tube_tail_height: 0.001,
        tube_tail_low_mm: 1.0,
        tube_tail_high_mm: 1.0,
        receiving_slit_mm: 0.2,
        divergence_deg: 1.05,
        absorption_length_mm: 0.05,
        inverse_column_length_per_nm: 0.002,
        strain_rms: 0.0,
        passband_offset: 0.0,
        passband_fwhm: 0.0,
    };
    FundamentalProfile::new(spectrum, Geometry { goniometer_radius_mm: 217.5, focus_length_mm: 12.0 }, own)
}

/// The profile alone.
#[divan::bench(args = ANGLES)]
fn profile(bencher: Bencher, two_theta_deg: f64) {
    let profile = diffractometer();
    let own = profile.start.to_array();
    bencher.bench_local(|| profile.reflection(black_box(&own), two_theta_deg, false).map(|found| found.density(0.0)));
}

/// The profile with its derivatives by position and all fifteen parameters, as each step of a fit needs it.
#[divan::bench(args = ANGLES)]
fn profile_with_derivatives(bencher: Bencher, two_theta_deg: f64) {
    let profile = diffractometer().refine(&Own::RANGES.map(|(name, ..)| name)).expect("names of parameters");
    let own = profile.start.to_array();
    bencher.bench_local(|| profile.reflection(black_box(&own), two_theta_deg, true).map(|found| found.density(0.0)));
}
