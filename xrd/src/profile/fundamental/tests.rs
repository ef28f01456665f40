use super::*;
use crate::radiation::{Anode, Radiation};

const NIST: Geometry = Geometry {
    goniometer_radius_mm: 217.5,
    focus_length_mm: 12.0,
    specimen_length_mm: 15.0,
    receiving_length_mm: 15.0,
    tube_tail_mm: 1.0,
};

/// Everything off that can be: only the emission.
const NOTHING: Own = Own {
    soller_incident_deg: 0.1,
    soller_diffracted_deg: 0.1,
    focus_width_mm: 0.0,
    tube_tail_height: 0.0,
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

#[test]
fn peer() {
    let text = std::fs::read_to_string("/tmp/xu/truth.txt").unwrap();
    let mut worst: std::collections::BTreeMap<String, (f64, f64, f64)> = Default::default();
    let mut cache: std::collections::BTreeMap<String, ComputedReflection> = Default::default();
    for line in text.lines() {
        let f: Vec<&str> = line.split_whitespace().collect();
        let key = format!("{} {}", f[0], f[1]);
        let n = |i: usize| f[i].parse::<f64>().unwrap();
        let r = cache
            .entry(key.clone())
            .or_insert_with(|| copper(NOTHING).reflection(&case(f[0]).to_array(), n(1), false).unwrap());
        let mine = r.density(n(1) + n(2));
        let w = worst.entry(key).or_default();
        w.0 = w.0.max((mine - n(3)).abs());
        w.1 = w.1.max(n(3));
        if (mine - n(3)).abs() >= w.0 {
            w.2 = n(2);
        }
    }
    for (k, (d, m, x)) in worst {
        println!("{k}: {:.2e} of max {m:.3} at {x:.4}", d / m);
    }
}
