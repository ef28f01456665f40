//! The figures of a diffraction result.

mod breadths;
mod fourier;
mod lines;
pub(super) mod pattern;
mod reflections;
mod sizes;

use doublet_xrd::analysis::{Analysis, Phase, Verdict};
use rayon::prelude::*;

use super::words;
use crate::error::Result;
use crate::figure::{Scale, Style};
use crate::figures::{Figure, extent};
use crate::formula::{formula_text, space_group_text, without_setting};

/// All figures that the result has something to show for.
///
/// # Errors
/// [`crate::Error::Figure`] if one cannot be drawn.
pub fn figures(analysis: &Analysis) -> Result<Vec<Figure>> {
    type Maker = fn(&Analysis) -> Result<Option<Figure>>;
    const MAKERS: [Maker; 7] = [
        |a| pattern::figure(a, Scale::Linear),
        |a| pattern::figure(a, Scale::SquareRoot),
        lines::figure,
        sizes::figure,
        breadths::williamson_hall,
        breadths::halder_wagner,
        fourier::figure,
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
    let (formula, _) = words::formula_and_remark(phase);
    let symbol = space_group_text(without_setting(&phase.space_group));
    let mut label = format!("{}, {symbol}", formula_text(&formula));
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

/// Values of a curve whose place on the axis lies within the limits.
fn within<'a>(xs: &[f64], ys: &'a [f64], limits: (f64, f64)) -> &'a [f64] {
    let (first, last) = (xs.partition_point(|x| *x < limits.0), xs.partition_point(|x| *x <= limits.1));
    ys.get(first..last).unwrap_or(&[])
}

/// Height of data and fit near an angle.
fn top_near(analysis: &Analysis, angle: f64) -> f64 {
    const REACH_DEG: f64 = 0.05;
    let xs = &analysis.curves.two_theta_deg;
    let top = |ys| extent(within(xs, ys, (angle - REACH_DEG, angle + REACH_DEG)).iter().copied()).1;
    top(&analysis.curves.observed).max(top(fit_curve(analysis).0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use doublet_common::Quantity;

    fn assert_readable(analysis: &Analysis) {
        crate::figures::assert_readable(&figures(analysis).unwrap());
    }

    #[test]
    fn texts_neither_overlap_nor_leave_the_sheet() {
        assert_readable(&crate::synthetic::analysis());
    }

    #[test]
    fn crowded_figures_stay_readable() {
        let mut analysis = crate::synthetic::analysis();
        let line = analysis.phases[0].ticks[1].clone();
        for i in 0..60 {
            let mut line = line.clone();
            line.hkl = [i, -i, 10 + i];
            line.two_theta_deg += 0.02 * f64::from(i);
            analysis.phases[0].ticks.push(line);
            let mut peak = analysis.peaks[5].clone();
            peak.two_theta_deg = Quantity::new(21.0 + 0.01 * f64::from(i), 0.001);
            peak.assigned_to.clear();
            analysis.unexplained_peaks.push(analysis.peaks.len());
            analysis.peaks.push(peak);
            let mut row = analysis.crystallite_size[0].reflections[3].clone();
            row.two_theta_deg = Quantity::new(60.0 + 0.1 * f64::from(i), 0.001);
            analysis.crystallite_size[0].reflections.push(row);
        }
        let phase = analysis.phases[1].clone();
        analysis.phases.extend(std::iter::repeat_n(phase, 12));
        let claim = analysis.claims[0].clone();
        analysis.claims.extend(std::iter::repeat_n(claim, 5));
        assert_readable(&analysis);
    }

    /// The invented pattern with other intensities.
    fn rescaled(scale: f64, offset: f64) -> Analysis {
        let mut analysis = crate::synthetic::analysis();
        let curves = &mut analysis.curves;
        let all = [&mut curves.observed, &mut curves.background, &mut curves.peak_fit, &mut curves.pattern_fit];
        all.into_iter().flatten().for_each(|value| *value = *value * scale + offset);
        analysis
    }

    #[test]
    fn weak_and_strong_patterns_are_readable() {
        for (scale, offset) in [(1e-9, 0.0), (1e-3, 0.0), (0.1, 0.0), (50.0, 0.0), (1e9, 0.0), (1.0, 30_000.0)] {
            assert_readable(&rescaled(scale, offset));
        }
    }

    #[test]
    fn senseless_intensities_are_drawn_all_the_same() {
        for (scale, offset) in [(0.0, 0.0), (0.0, 5.0), (1.0, -50_000.0), (1.0, 1e7), (1e-300, 0.0), (1e300, 0.0)] {
            let drawn = figures(&rescaled(scale, offset)).unwrap();
            assert!(drawn.iter().all(|figure| !figure.drawing.svg().contains("NaN")));
        }
    }

    #[test]
    fn phases_differ_in_colour_dashes_and_shape() {
        let styles: Vec<Style> = (0..5).map(Style::series).collect();
        for (i, a) in styles.iter().enumerate() {
            for b in &styles[i + 1..] {
                assert!(a.colour != b.colour && a.shape != b.shape);
            }
        }
        assert_ne!(Style::series(0).dash, Style::series(1).dash);
        assert_ne!(Style::series(0).dash, Style::series(5).dash);
    }
}
