//! Crystallite sizes as the page of a scan prints them.

use doublet_xrd::analysis::{Analysis, PhaseSize, ReflectionSize, SizeStrain};
use minijinja::Value;
use serde::Serialize;

use super::words;
use crate::formula::{formula_html, hkl_html};
use crate::html::trusted;
use crate::number::{fixed, significant, superscript, typographic};
use crate::page::{number, optional, printable_all, quantity};
use crate::text::printable;

/// Sizes of one phase.
#[derive(Serialize)]
pub(super) struct SizeView {
    phase: Value,
    mean_fwhm: Option<String>,
    mean_integral: Option<String>,
    bound: &'static str,
    k_fwhm: f64,
    k_integral: f64,
    meaning: String,
    spread: Option<String>,
    warnings: Vec<String>,
    methods: Vec<MethodView>,
    comparison: Vec<String>,
    directions: Vec<DirectionView>,
    limit: Option<LimitView>,
    rows: Vec<SizeRow>,
}

/// One method of size and strain.
#[derive(Serialize)]
struct MethodView {
    /// Whether it is the one to quote.
    quoted: bool,
    name: &'static str,
    size: String,
    kind: &'static str,
    strain: String,
    strain_kind: &'static str,
    reflections: usize,
    chi: String,
    correlation: String,
    assumption: String,
    verdict: String,
}

#[derive(Serialize)]
struct DirectionView {
    direction: String,
    reflections: usize,
    size: String,
}

#[derive(Serialize)]
struct LimitView {
    size: String,
    strain: String,
    statistical_size: String,
    statistical_strain: String,
    fifth_size: String,
    fifth_strain: String,
}

#[derive(Serialize)]
struct SizeRow {
    hkl: Value,
    angle: String,
    fwhm: String,
    integral: String,
    instrument: String,
    sample: String,
    size_fwhm: String,
    size_integral: String,
    used: bool,
    remark: String,
}

impl SizeView {
    /// What the page shows of the sizes of a phase.
    pub(super) fn new(analysis: &Analysis, size: &PhaseSize) -> Self {
        let formula = formula_html(&words::formula_of(analysis, &size.phase_id));
        Self {
            phase: trusted(if formula.is_empty() { "Peaks that no phase explains".into() } else { formula }),
            mean_fwhm: size.mean_size_fwhm_nm.as_ref().map(quantity),
            mean_integral: size.mean_size_integral_nm.as_ref().map(quantity),
            bound: if size.instrument_removed { "" } else { "at least " },
            k_fwhm: size.scherrer_k[0],
            k_integral: size.scherrer_k[1],
            meaning: printable(&size.meaning),
            spread: size.spread_reduced_chi_squared.map(|spread| significant(spread, 2)),
            warnings: printable_all(&size.warnings),
            methods: size.methods.iter().map(|row| method(row, size.best_method == Some(row.method))).collect(),
            comparison: printable_all(&size.comparison),
            directions: size
                .directions
                .iter()
                .map(|d| DirectionView {
                    direction: printable(&d.direction),
                    reflections: d.reflections.len(),
                    size: optional(d.size_nm.as_ref()),
                })
                .collect(),
            limit: size.detection_limit.as_ref().map(|limit| LimitView {
                size: significant(limit.largest_size_nm, 2),
                strain: scientific(limit.smallest_strain),
                statistical_size: significant(limit.statistical_size_nm, 2),
                statistical_strain: scientific(limit.statistical_strain),
                fifth_size: significant(limit.size_at_fifth_of_instrument_nm, 2),
                fifth_strain: scientific(limit.strain_at_fifth_of_instrument),
            }),
            rows: size.reflections.iter().map(size_row).collect(),
        }
    }
}

fn method(row: &SizeStrain, quoted: bool) -> MethodView {
    let size = match (&row.size_nm, row.size_lower_limit_nm) {
        (Some(size), _) => quantity(size),
        (None, Some(limit)) => format!("> {}", significant(limit, 2)),
        (None, None) => "–".into(),
    };
    let strain = match (&row.strain, row.strain_upper_limit) {
        (_, Some(limit)) => format!("< {}", scientific(limit)),
        (Some(strain), None) => quantity(strain),
        (None, None) => "–".into(),
    };
    MethodView {
        quoted,
        name: row.method.name(),
        size,
        kind: words::size_symbol(row.size_kind),
        strain,
        strain_kind: words::strain_symbol(row.strain_kind),
        reflections: row.reflections,
        chi: row.reduced_chi_squared.map_or("–".into(), |chi| significant(chi, 3)),
        correlation: row.correlation.map_or("–".into(), |correlation| number(correlation, 2)),
        assumption: printable(&row.assumption),
        verdict: printable(&row.verdict),
    }
}

/// `1.2 · 10⁻⁴`
fn scientific(value: f64) -> String {
    if value <= 0.0 || !value.is_finite() {
        return typographic(&significant(value, 2));
    }
    let power = value.log10().floor() as i32;
    format!("{} · 10{}", fixed(value / 10f64.powi(power), 1), superscript(power))
}

fn size_row(row: &ReflectionSize) -> SizeRow {
    SizeRow {
        hkl: trusted(hkl_html(row.hkl)),
        angle: quantity(&row.two_theta_deg),
        fwhm: quantity(&row.fwhm_deg),
        integral: quantity(&row.integral_breadth_deg),
        instrument: row.instrument_fwhm_deg.map(|width| fixed(width, 4)).unwrap_or_else(|| "–".into()),
        sample: optional(row.sample_fwhm_deg.as_ref()),
        size_fwhm: optional(row.size_fwhm_nm.as_ref()),
        size_integral: optional(row.size_integral_nm.as_ref()),
        used: row.used,
        remark: printable(&row.remark),
    }
}
