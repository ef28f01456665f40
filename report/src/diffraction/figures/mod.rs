//! The figures of a diffraction result.

mod lines;
mod pattern;
mod reflections;
mod sizes;

use doublet_xrd::analysis::{Analysis, Phase, Verdict};
use rayon::prelude::*;

use crate::error::Result;
use crate::figure::{Drawing, Scale, Style};
use crate::formula::{formula_text, space_group_text};

/// A figure of the report.
#[derive(Debug, Clone, PartialEq)]
pub struct Figure {
    /// Name of its files without extension.
    pub name: &'static str,
    /// What it shows, as a caption.
    pub caption: String,
    /// The drawing.
    pub drawing: Drawing,
}

/// All figures that the result has something to show for.
///
/// # Errors
/// [`crate::Error::Figure`] if one cannot be drawn.
pub fn figures(analysis: &Analysis) -> Result<Vec<Figure>> {
    type Maker = fn(&Analysis) -> Result<Option<Figure>>;
    const MAKERS: [Maker; 4] = [
        |a| pattern::figure(a, Scale::Linear),
        |a| pattern::figure(a, Scale::SquareRoot),
        lines::figure,
        sizes::figure,
    ];
    let made: Result<Vec<Option<Figure>>> = MAKERS.par_iter().map(|make| make(analysis)).collect();
    Ok(made?.into_iter().flatten().collect())
}

/// The phases that figures show, present ones first, each with its look.
fn shown_phases(analysis: &Analysis) -> Vec<(&Phase, Style)> {
    let with = |verdict| analysis.phases.iter().filter(move |phase| phase.verdict == verdict);
    with(Verdict::Present)
        .chain(with(Verdict::Possible))
        .enumerate()
        .map(|(i, phase)| (phase, Style::series(i)))
        .collect()
}

/// `LiGe₂(PO₄)₃, R3̄c`, and what must be known of it.
fn phase_label(phase: &Phase) -> String {
    let mut label = format!("{}, {}", formula_text(&phase.formula), space_group_text(&phase.space_group));
    if phase.verdict == Verdict::Possible {
        label.push_str(" (possible)");
    }
    if phase.model {
        label.push_str(" (model)");
    }
    label
}

/// The fitted curve that figures compare with the data, and its name.
fn fit_curve(analysis: &Analysis) -> (&[f64], &'static str) {
    let curves = &analysis.curves;
    if curves.pattern_fit.len() == curves.two_theta_deg.len() {
        (&curves.pattern_fit, "whole-pattern model of the phases")
    } else {
        (&curves.peak_fit, "peak fit")
    }
}

/// Name of the data in a legend.
fn data_name(analysis: &Analysis) -> &'static str {
    if analysis.scan.simulated { "simulated data" } else { "observed" }
}

/// Smallest and largest of the finite values; 0 and 1 if there are none.
fn extent(values: impl IntoIterator<Item = f64>) -> (f64, f64) {
    let (low, high) = values
        .into_iter()
        .filter(|value| value.is_finite())
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)));
    if low <= high { (low, high) } else { (0.0, 1.0) }
}

/// Values of a curve whose place on the axis lies within the limits.
fn within<'a>(xs: &[f64], ys: &'a [f64], limits: (f64, f64)) -> &'a [f64] {
    let (first, last) = (xs.partition_point(|x| *x < limits.0), xs.partition_point(|x| *x <= limits.1));
    ys.get(first..last).unwrap_or(&[])
}
