//! The 27 nonlinear problems of the NIST Statistical Reference Datasets, from both starts.
//!
//! `cargo test -p doublet-tests --test nist_strd -- --nocapture` prints the table of digits.

#![allow(clippy::print_stdout, reason = "the table of digits is printed on request")]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use doublet_common::fit::{Fit, Model, Options, Weights, derivative_check, fit};

#[path = "nist_strd/extended.rs"]
mod extended;
#[path = "nist_strd/problems.rs"]
mod problems;

use problems::Problem;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/nist_strd")
}

/// Correct digits, at most the 11 that are certified.
fn digits(value: f64, certified: f64) -> f64 {
    if value == certified { 11.0 } else { (-((value - certified) / certified).abs().log10()).min(11.0) }
}

struct Row {
    parameters: f64,
    errors: f64,
    fit: Fit,
}

impl Row {
    /// Digits of the worst parameter and of the worst standard error.
    fn new(problem: &Problem, fit: Fit) -> Self {
        let worst = |found: &mut dyn Iterator<Item = f64>, certified: &[f64]| {
            found.zip(certified).map(|(v, c)| digits(v, *c)).fold(f64::INFINITY, f64::min)
        };
        Self {
            parameters: worst(&mut fit.parameters.values().into_iter(), &problem.certified),
            errors: worst(&mut fit.sigma.iter().map(|s| s.unwrap_or(f64::NAN)), &problem.standard_error),
            fit,
        }
    }

    fn is_right(&self) -> bool {
        self.parameters >= 6.0 && self.errors >= 4.0
    }

    fn print(&self, name: &str, start: usize) -> String {
        let t = &self.fit.termination;
        format!(
            "{name:<10} {start:>5} {:>10.1} {:>15.1} {:>11}  {}",
            self.parameters, self.errors, t.evaluations, t.stop
        )
    }
}

fn run(problem: &Problem, start: usize) -> Row {
    let parameters = problem.parameters(start);
    let options = Options::default();
    let fitted = if problem.name == "Lanczos1" {
        // Residuals in doubled precision: see the module.
        let model = extended::Lanczos1::read(&folder());
        fit(&model, &parameters, &vec![0.0; model.observations()], Weights::Unit, &options)
    } else {
        fit(problem, &parameters, &problem.observed, Weights::Unit, &options)
    };
    Row::new(problem, fitted.unwrap())
}

/// Truth: NIST's certified parameters (≥ 6 digits) and standard errors (≥ 4 digits), from start 2 and from start 1.
#[test]
fn certified_values_are_found_from_both_starts() {
    let mut table = String::from("problem    start parameters standard errors evaluations  outcome\n");
    let mut wrong = Vec::new();
    for problem in problems::all(&folder()) {
        for start in [1, 2] {
            let row = run(&problem, start - 1);
            writeln!(table, "{}", row.print(problem.name, start)).unwrap();
            if !row.is_right() || !row.fit.converged() {
                wrong.push(row.print(problem.name, start));
            }
        }
    }
    println!("{table}");
    assert!(wrong.is_empty(), "not certified digits, or not converged:\n{}", wrong.join("\n"));
}

/// Truth: NIST's certified values. Whatever the start, "converged" is never said of a wrong answer: each start is
/// disturbed in 40 ways, by factors up to 100 either way, and where the fit claims a unique minimum that is not the
/// certified one, that minimum must be a true one (its residuals are stationary by an independent check).
#[test]
fn convergence_is_never_claimed_wrongly() {
    let (mut claims, mut certified) = (0, 0);
    for problem in problems::all(&folder()) {
        if problem.name == "Lanczos1" {
            continue;
        }
        for round in 0..40_u32 {
            let mut parameters = problem.parameters(1);
            let ids: Vec<_> = (1..=parameters.len()).map(|j| parameters.find(&format!("b{j}")).unwrap()).collect();
            for (j, id) in ids.into_iter().enumerate() {
                let turn = f64::from((round * 7 + 3 * j as u32) % 41) / 20.0 - 1.0;
                parameters.get_mut(id).value *= 100f64.powf(turn * f64::from(round) / 40.0);
            }
            let options = Options { max_evaluations: 300, ..Options::default() };
            let Ok(found) = fit(&problem, &parameters, &problem.observed, Weights::Unit, &options) else { continue };
            if found.converged() {
                claims += 1;
                assert_stationary(&problem, &found);
                let excess = found.statistics.chi_squared / problem.residual_sum_of_squares - 1.0;
                certified += usize::from(excess < 1e-8);
            }
        }
    }
    println!("{claims} claims of convergence, {certified} of them at the certified minimum");
    assert!(certified > 400, "{certified} of {claims}");
}

/// No parameter, moved by a thousandth of its σ either way with the others free to follow along the covariance, lowers
/// the sum of squares by more than such a move raises it at a minimum.
fn assert_stationary(problem: &Problem, found: &Fit) {
    let cost = |p: &[f64]| {
        let mut values = vec![0.0; problem.observations()];
        problem.evaluate(p, &mut values, None).unwrap();
        values.iter().zip(&problem.observed).map(|(f, y)| (y - f).powi(2)).sum::<f64>()
    };
    let at = found.parameters.values();
    let lowest = cost(&at);
    let variance = found.statistics.reduced_chi_squared.unwrap();
    let n = at.len();
    for j in 0..n {
        let sigma = found.sigma[j].unwrap();
        for step in [-0.01, 0.01] {
            let moved: Vec<f64> =
                (0..n).map(|i| at[i] + step * found.covariance.entry(i, j).unwrap() / sigma).collect();
            // At a minimum the cost rises by step² · variance; a slope would lower it on one side.
            let fall = lowest - cost(&moved);
            assert!(
                fall < 0.5 * step * step * variance + 1e-12 * lowest,
                "{}: χ² {lowest:e} falls by {fall:e} along b{}: {at:?}",
                problem.name,
                j + 1
            );
        }
    }
}

/// Truth: finite differences.
#[test]
fn derivatives_of_the_models() {
    for problem in problems::all(&folder()) {
        derivative_check::model(&problem, &problem.certified, 1e-6)
            .unwrap_or_else(|error| panic!("{}: {error}", problem.name));
    }
    derivative_check::model(&extended::Lanczos1::read(&folder()), &[0.1, 1.0, 0.8, 3.0, 1.5, 5.0], 1e-9).unwrap();
}
