//! A fit report that a person can judge: every parameter with value, σ, start and what held it, the figures of merit, the
//! correlations that matter, and plain warnings.

use std::fmt::Write as _;

use super::engine::Fit;
use super::options::CovarianceScale;
use super::parameters::{Coupling, Parameter};
use super::weights::Weighting;

/// Correlations above this size are listed by default.
pub const LISTED_CORRELATION: f64 = 0.8;
/// Reduced χ² outside this range draws a warning where σ is known.
pub const EXPECTED_REDUCED_CHI_SQUARED: [f64; 2] = [0.7, 2.0];
/// A Durbin–Watson statistic below this draws a warning.
pub const LOWEST_DURBIN_WATSON: f64 = 1.2;

/// Writes the report; correlations of at least `listed_correlation` are listed.
pub fn report(fit: &Fit, listed_correlation: f64) -> String {
    let mut text = format!("Fit: {}\n", fit.termination);
    write_statistics(&mut text, fit);
    write_parameters(&mut text, fit);
    write_correlations(&mut text, fit, listed_correlation);
    let warnings = warnings(fit);
    if !warnings.is_empty() {
        text.push_str("\nWarnings\n");
        warnings.iter().for_each(|warning| line(&mut text, format_args!("  {warning}")));
    }
    text
}

/// Everything in a fit that a reader must not overlook, one sentence each.
pub fn warnings(fit: &Fit) -> Vec<String> {
    let mut list = Vec::new();
    if !fit.converged() {
        list.push(format!("no minimum: {}", fit.termination.stop));
    }
    list.extend(fit.at_bound.iter().map(|name| format!("{name} is held by its bound and has no σ")));
    for parameter in &fit.undetermined {
        list.push(if parameter.exchangeable_with.is_empty() {
            format!("{} has no influence on the model", parameter.name)
        } else {
            format!("{} cannot be told from {}", parameter.name, parameter.exchangeable_with.join(", "))
        });
    }
    let [low, high] = EXPECTED_REDUCED_CHI_SQUARED;
    if let Some(reduced) = fit.statistics.reduced_chi_squared
        && fit.weighting != Weighting::Unit
        && !(low..=high).contains(&reduced)
    {
        list.push(format!("reduced χ² {reduced:.3} is outside {low} to {high}: the model or σ is wrong"));
    }
    if let Some(dw) = fit.statistics.durbin_watson
        && dw < LOWEST_DURBIN_WATSON
    {
        list.push(format!("Durbin–Watson {dw:.2} is below {LOWEST_DURBIN_WATSON}: neighbouring residuals are alike"));
    }
    list
}

/// Writing to a `String` cannot fail.
fn line(text: &mut String, arguments: std::fmt::Arguments<'_>) {
    let _ = text.write_fmt(arguments);
    text.push('\n');
}

fn write_statistics(text: &mut String, fit: &Fit) {
    let s = &fit.statistics;
    let shown = |value: Option<f64>, factor: f64| value.map_or_else(|| "–".to_string(), |v| significant(v * factor, 4));
    line(text, format_args!("  {} observations, {} free parameters", s.observations, s.free_parameters));
    line(
        text,
        format_args!(
            "  χ² {}, reduced χ² {}, Durbin–Watson {}",
            significant(s.chi_squared, 5),
            shown(s.reduced_chi_squared, 1.0),
            shown(s.durbin_watson, 1.0)
        ),
    );
    line(
        text,
        format_args!(
            "  R {} %, Rw {} %, expected Rw {} %",
            shown(s.r_profile, 100.0),
            shown(s.r_weighted, 100.0),
            shown(s.r_expected, 100.0)
        ),
    );
    let weights = match fit.weighting {
        Weighting::Sigma => "given σ",
        Weighting::Poisson => "Poisson variance of the model",
        Weighting::Unit => "unit weights",
    };
    let scale = match fit.covariance_scale {
        CovarianceScale::FromSigma => "from σ of the data",
        CovarianceScale::FromResiduals => "from the scatter of the residuals",
    };
    line(text, format_args!("  weights: {weights}; σ of the parameters {scale}"));
}

fn write_parameters(text: &mut String, fit: &Fit) {
    text.push_str("\nParameters\n");
    let list = fit.parameters.list();
    let width = list.iter().map(|p| p.name.chars().count()).max().unwrap_or(0);
    for (i, parameter) in list.iter().enumerate() {
        let value = with_sigma(parameter.value, fit.sigma[i]);
        let remark = remark(fit, parameter, fit.start[i]);
        line(text, format_args!("  {:<width$}  {value:<34}  {remark}", parameter.name));
    }
}

/// What a reader asks next about a parameter: what it is tied to, or where it came from and what held it.
fn remark(fit: &Fit, parameter: &Parameter, start: f64) -> String {
    let held = if fit.at_bound.contains(&parameter.name) {
        let at_lower = parameter.value - parameter.lower < parameter.upper - parameter.value;
        format!(", at its {} bound", if at_lower { "lower" } else { "upper" })
    } else {
        String::new()
    };
    match parameter.coupling {
        Coupling::Free => format!("start {}{held}", significant(start, 6)),
        Coupling::Fixed => "fixed".to_string(),
        Coupling::Tied { source, scale, offset } => {
            let name = &fit.parameters.get(source).name;
            let factor = if scale == 1.0 { String::new() } else { format!("{scale} · ") };
            let shift = match offset {
                0.0 => String::new(),
                o if o < 0.0 => format!(" − {}", -o),
                o => format!(" + {o}"),
            };
            format!("= {factor}{name}{shift}{held}")
        }
    }
}

fn write_correlations(text: &mut String, fit: &Fit, threshold: f64) {
    let list = fit.parameters.list();
    let free: Vec<usize> = (0..list.len()).filter(|&p| list[p].coupling == Coupling::Free).collect();
    let mut found: Vec<(usize, usize, f64)> = Vec::new();
    for (k, &p) in free.iter().enumerate() {
        for &q in &free[k + 1..] {
            if let Some(c) = fit.covariance.correlation(p, q).filter(|c| c.abs() >= threshold) {
                found.push((p, q, c));
            }
        }
    }
    if found.is_empty() {
        return;
    }
    found.sort_by(|a, b| b.2.abs().total_cmp(&a.2.abs()));
    line(text, format_args!("\nCorrelations of {threshold} or more"));
    for (p, q, c) in found {
        line(text, format_args!("  {:+.3}  {}, {}", c, list[p].name, list[q].name));
    }
}

/// Value with as many decimals as σ has with two digits, and σ in percent.
fn with_sigma(value: f64, sigma: Option<f64>) -> String {
    let Some(sigma) = sigma.filter(|s| *s > 0.0) else { return significant(value, 8) };
    let percent = 100.0 * sigma / value.abs();
    let relative = if percent.is_finite() { format!(" ({} %)", significant(percent, 2)) } else { String::new() };
    let decimals = 1 - sigma.log10().floor() as i32;
    if (0..=9).contains(&decimals) && value.abs() < 1e9 {
        let decimals = decimals as usize;
        return format!("{value:.decimals$} ± {sigma:.decimals$}{relative}");
    }
    let digits = (value.abs().max(sigma).log10().floor() as i32 + decimals).clamp(1, 16) as usize;
    format!("{value:.digits$e} ± {sigma:.1e}{relative}")
}

/// A number with this many significant digits, without trailing zeros; powers of ten where it is very large or small.
fn significant(value: f64, digits: usize) -> String {
    if value == 0.0 || !value.is_finite() {
        return format!("{value}");
    }
    let magnitude = value.abs().log10().floor() as i32;
    if !(-5..=9).contains(&magnitude) {
        return format!("{value:.*e}", digits.saturating_sub(1));
    }
    let decimals = (digits as i32 - 1 - magnitude).max(0) as usize;
    let text = format!("{value:.decimals$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_string() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_carry_the_digits_that_sigma_allows() {
        assert_eq!(with_sigma(503.2412, Some(12.07)), "503 ± 12 (2.4 %)");
        assert_eq!(with_sigma(8.256581, Some(0.000123)), "8.25658 ± 0.00012 (0.0015 %)");
        assert_eq!(with_sigma(1.5e12, Some(2.5e10)), "1.500e12 ± 2.5e10 (1.7 %)");
        assert_eq!(with_sigma(5.0, None), "5");
        assert_eq!(significant(1234.5678, 6), "1234.57");
        assert_eq!(significant(-0.00001234, 3), "-0.0000123");
    }
}
