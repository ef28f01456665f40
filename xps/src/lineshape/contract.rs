//! One contract that every line shape keeps.

use doublet_common::fit::derivative_check;
use doublet_common::lineshape::{Shape, Width};

use super::*;

type Prepare = fn(&[f64]) -> Result<Box<dyn Shape>>;

/// Every shape with parameter sets from common to extreme.
fn cases() -> Vec<(&'static str, Prepare, Vec<Vec<f64>>)> {
    let all = |sets: &[&[f64]]| sets.iter().map(|set| set.to_vec()).collect::<Vec<_>>();
    vec![
        ("GL sum", |p| Ok(Box::new(GlSum::new(p[0], p[1])?)), all(&[&[1.0, 0.3], &[0.4, 0.001], &[2.0, 0.9]])),
        (
            "GL product",
            |p| Ok(Box::new(GlProduct::new(p[0], p[1])?)),
            all(&[&[1.0, 0.3], &[0.4, 0.002], &[2.0, 0.7], &[1.0, 0.88]]),
        ),
        (
            "LA",
            |p| Ok(Box::new(AsymmetricLorentzian::new(p[0], p[1], p[2], p[3], None)?)),
            all(&[&[0.5, 0.7, 1.53, 1.53], &[0.3, 0.9, 1.2, 4.8], &[1.0, 0.2, 0.9, 10.0], &[0.1, 1.0, 1.3, 2.5]]),
        ),
        (
            "LF",
            |p| Ok(Box::new(AsymmetricLorentzian::new(p[0], p[1], p[2], p[3], Some(80.0))?)),
            all(&[&[1.85, 3.2, 0.54, 10.0], &[0.4, 0.3, 0.7, 1.6]]),
        ),
        (
            "Doniach–Šunjić",
            |p| Ok(Box::new(DoniachSunjic::new(p[0], p[1], p[2])?)),
            all(&[&[0.3, 0.5, 0.1], &[0.05, 0.8, 0.25], &[1.0, 0.1, 0.002], &[0.4, 0.4, 0.6]]),
        ),
        (
            "tailed GL",
            |p| Ok(Box::new(TailedGl::new(p[0], p[1], p[2])?)),
            all(&[&[1.0, 0.3, 1.5], &[0.6, 0.8, 0.3], &[2.0, 0.05, 12.0]]),
        ),
    ]
}

fn for_every_case(check: impl Fn(&str, Prepare, &[f64], &dyn Shape)) {
    for (name, prepare, sets) in cases() {
        for set in sets {
            check(name, prepare, &set, prepare(&set).unwrap().as_ref());
        }
    }
}

/// Area within ±reach by the substitution x = d sinh t on each side of 0.
fn area(shape: &dyn Shape, detail: f64, reach: f64) -> f64 {
    let (end, n) = ((reach / detail).asinh(), 4000_i32);
    let h = end / f64::from(n);
    (-n..=n)
        .map(|i| {
            let t = h * f64::from(i);
            let weight = if i.abs() == n { 0.5 } else { 1.0 };
            weight * h * detail * t.cosh() * shape.at(detail * t.sinh()).value
        })
        .sum()
}

/// Truth: definition. Out to where less than 1e-6 can be left; within its reach for Doniach–Šunjić, whose Gaussian carries
/// a little over the ends.
#[test]
fn area_is_one() {
    for_every_case(|name, _, set, shape| {
        let outside = if name == "LA" { 1e-3 } else { 1e-6 };
        let total = area(shape, 0.05 * shape.fwhm().value, shape.half_window(outside));
        let tolerance = if name.starts_with("Don") { 2e-4 } else { outside };
        assert!((total - 1.0).abs() < 1.1 * tolerance, "{name} {set:?}: {total}");
    });
}

/// Truth: extrapolated finite differences of the values.
#[test]
fn derivatives_are_those_of_the_values() {
    for_every_case(|name, prepare, set, shape| {
        let fwhm = shape.fwhm().value;
        for multiple in [-12.0, -3.0, -1.1, -0.4, -0.07, 0.09, 0.3, 0.8, 2.3, 9.0, 20.0] {
            let x = multiple * fwhm;
            let mut point = vec![x];
            point.extend(set);
            let top = shape.at(0.0).value;
            if shape.at(x).value < 1e-9 * top {
                continue;
            }
            let function = |p: &[f64]| {
                let at = prepare(&p[1..]).unwrap().at(p[0]);
                let mut gradient = vec![at.d_offset];
                gradient.extend(&at.d_parameters[..p.len() - 1]);
                (at.value, gradient)
            };
            derivative_check::function(function, &point, 1e-6)
                .unwrap_or_else(|error| panic!("{name} {set:?} at {multiple} FWHM: {error}"));
        }
    });
}

/// Truth: the values at the half points that the width implies, and finite differences of the widths.
#[test]
fn widths_are_true() {
    for_every_case(|name, prepare, set, shape| {
        let fwhm = shape.fwhm().value;
        let apex = (-4000..=4000)
            .map(|i| 0.0005 * f64::from(i) * fwhm)
            .max_by(|a, b| shape.at(*a).value.total_cmp(&shape.at(*b).value));
        let top = shape.at(apex.unwrap()).value;
        let above = (-40_000..40_000).filter(|i| shape.at(1e-4 * f64::from(*i) * fwhm).value > 0.5 * top).count();
        assert!((above as f64 * 1e-4 - 1.0).abs() < 3e-4, "{name} {set:?}: {above}");
        assert!((shape.integral_breadth().value * top - 1.0).abs() < 1e-6, "{name} {set:?}");
        let widths: [fn(&dyn Shape) -> Width; 2] = [|s| s.fwhm(), |s| s.integral_breadth()];
        for which in widths {
            let function = |p: &[f64]| {
                let width = which(prepare(p).unwrap().as_ref());
                (width.value, width.d_parameters[..p.len()].to_vec())
            };
            derivative_check::function(function, set, 1e-5).unwrap_or_else(|e| panic!("{name} {set:?}: {e}"));
        }
    });
}

#[test]
fn arguments_outside_the_domain_are_refused() {
    for (name, prepare, sets) in cases() {
        for bad in [f64::NAN, f64::INFINITY, -1.0] {
            for k in 0..sets[0].len() {
                let mut set = sets[0].clone();
                set[k] = bad;
                let text = prepare(&set).err().unwrap_or_else(|| panic!("{name} {set:?}")).to_string();
                assert!(text.contains(&bad.to_string()), "{name}: {text}");
            }
        }
    }
}
