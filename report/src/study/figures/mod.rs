//! Figures of a series, each for one and for two columns of a journal page.

mod bars;
mod levels;
mod patterns;

use doublet_study::StudyAnalysis;
use doublet_study::properties::PropertyKind;
use rayon::prelude::*;

use crate::error::Result;
use crate::figure::{DOUBLE_COLUMN_MM, Drawing, PT_PER_MM, SINGLE_COLUMN_MM};
use crate::figures::Figure;

/// All figures that the study has something to show for; those for one column end in `-single`.
///
/// # Errors
/// [`crate::Error::Figure`] if one cannot be drawn.
pub fn figures(analysis: &StudyAnalysis) -> Result<Vec<Figure>> {
    let mut plans: Vec<Plan<'_>> = Vec::new();
    plans.extend(patterns::whole(analysis));
    plans.extend(patterns::window(analysis));
    plans.extend(bars::plan(analysis, PropertyKind::CrystalliteSize));
    plans.extend(bars::plan(analysis, PropertyKind::RelativeDensity));
    plans.extend(levels::plans(analysis));
    let widths = [(DOUBLE_COLUMN_MM, ""), (SINGLE_COLUMN_MM, "-single")];
    let jobs: Vec<(&Plan<'_>, f64, &str)> =
        plans.iter().flat_map(|plan| widths.map(|(width_mm, ending)| (plan, width_mm * PT_PER_MM, ending))).collect();
    jobs.into_par_iter()
        .map(|(plan, width_pt, ending)| {
            Ok(Figure {
                name: format!("{}{ending}", plan.name),
                caption: plan.caption.clone(),
                drawing: (plan.draw)(width_pt)?,
            })
        })
        .collect()
}

/// A figure that can be drawn in any width.
struct Plan<'a> {
    name: String,
    caption: String,
    draw: Box<dyn Fn(f64) -> Result<Drawing> + Sync + 'a>,
}

/// Words for simulated data, where there are any.
fn simulated(analysis: &StudyAnalysis) -> &'static str {
    if is_measured(analysis) { "" } else { " The data are simulated." }
}

/// Whether no file says that it is a simulation.
pub(super) fn is_measured(analysis: &StudyAnalysis) -> bool {
    analysis.samples.iter().all(|sample| {
        sample.xrd.as_ref().is_none_or(|xrd| !xrd.scan.simulated)
            && sample.xps.as_ref().is_none_or(|xps| xps.regions.iter().all(|region| !region.simulated))
    })
}
