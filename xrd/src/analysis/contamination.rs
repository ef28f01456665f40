//! Kβ and W Lα in a pattern: how strong they are, which reflection each belongs to, and the hint that they may be there.
//!
//! A free ratio is estimated from every strong peak by itself: least squares of the lines that it should have, a constant
//! under them, in what background and other peaks leave. Real peaks may stand at the same place, and only ever make it look
//! stronger; so an estimate above the ratio enters the sum of squares with at most nine, one below it with all that it is.
//! σ counts how far those scatter that are not too high, and at least half of all must be among them.

use doublet_common::Quantity;
use doublet_common::lineshape::{BaseShape, Shape};

use super::{ContaminationLines, ContaminationPeak, Peak};
use crate::error::{Error, Result};
use crate::peaks::{FittedPeak, PeakFit};
use crate::profile::{Contamination, ContaminationKind, bragg_lines};
use crate::radiation::Radiation;
use crate::recipe::{ContaminationChoice, ContaminationStrength};
use crate::scan::Scan;

/// A peak teaches a ratio if it is this significant.
const TEACHER_SIGNIFICANCE: f64 = 30.0;
/// Half window of an estimate in widths.
const WINDOW_WIDTHS: f64 = 3.0;
/// A peak within this many widths, or degrees if that is more, of where a line is expected may be that line.
const NEAR_WIDTHS: f64 = 0.6;
const NEAR_DEG: f64 = 0.04;
/// Share of the height of other peaks by which they may be wrong under a line.
const PROFILE_DOUBT: f64 = 0.03;
/// Scatter of single ratios that is expected of absorption, dispersion and width.
const RATIO_SCATTER: f64 = 0.1;
/// An estimate that is higher by more σ than this counts as if it were by this.
const MOST_SIGMA: f64 = 3.0;
/// Times that the ratio is averaged over those that are not too high.
const ROUNDS: usize = 5;
/// A free ratio below so many σ is none.
const DETECTED_SIGMA: f64 = 3.0;
/// Largest ratios that a hint takes for possible: of Kβ behind a filter, of W Lα of an old tube.
const MOST_HINTED: [(ContaminationKind, f64); 2] =
    [(ContaminationKind::KBeta, 0.03), (ContaminationKind::WLAlpha, 0.05)];
/// A hint needs that stronger peaks show the line too, at no less than this share of what it would be.
const SEEN_SHARE: f64 = 0.3;
/// A peak that has less than this share of a contamination line that stands there is an error of that line's profile.
const MISFIT_SHARE: f64 = 0.5;

/// The lines that the recipe asks for, and for each whether its ratio is yet to be estimated.
///
/// # Errors
/// [`Error::Recipe`] for Kβ of an anode that is not stated.
pub(super) fn asked(choice: &ContaminationChoice, radiation: &Radiation) -> Result<Vec<(Contamination, bool)>> {
    let strength = |kind| match kind {
        ContaminationKind::KBeta => choice.k_beta,
        ContaminationKind::WLAlpha => choice.w_l_alpha,
    };
    let with = |(kind, strength): (_, Option<ContaminationStrength>)| {
        Some(match strength? {
            ContaminationStrength::Ratio(ratio) => Contamination::new(kind, radiation, ratio).map(|c| (c, false)),
            ContaminationStrength::Free(_) => Contamination::new(kind, radiation, 0.0).map(|c| (c, true)),
        })
    };
    ContaminationKind::ALL.into_iter().map(|kind| (kind, strength(kind))).filter_map(with).collect()
}

/// A ratio, and from how many peaks.
pub(super) struct Estimate {
    pub(super) ratio: Quantity,
    pub(super) peaks: usize,
}

/// Estimates the ratio of one line; none where no strong peak has it in the range, or most of them something stronger.
///
/// # Errors
/// Widths that make no line.
pub(super) fn estimate(
    line: &Contamination,
    scan: &Scan,
    radiation: &Radiation,
    fitted: &PeakFit,
) -> Result<Option<Estimate>> {
    let unit = Contamination { ratio: 1.0, ..line.clone() };
    let mut single: Vec<(f64, f64)> = Vec::new();
    for parent in fitted.peaks.iter().filter(|p| p.significance > TEACHER_SIGNIFICANCE) {
        single.extend(ratio_of(&unit, parent, scan, radiation, fitted)?);
    }
    let deviation = |(ratio, sigma): (f64, f64), r: f64| (ratio - r) / sigma.hypot(RATIO_SCATTER * r);
    let cost = |r: f64| single.iter().map(|s| deviation(*s, r).min(MOST_SIGMA).powi(2)).sum::<f64>();
    let starts = single.iter().map(|s| s.0.max(0.0));
    let Some(mut ratio) = starts.min_by(|a, b| cost(*a).total_cmp(&cost(*b))) else { return Ok(None) };
    let mut used = Vec::new();
    let mut sigma = 0.0;
    for _ in 0..ROUNDS {
        used = single.iter().copied().filter(|s| deviation(*s, ratio) < MOST_SIGMA).collect::<Vec<_>>();
        let weight = |s: &(f64, f64)| s.1.hypot(RATIO_SCATTER * ratio).powi(-2);
        let total: f64 = used.iter().map(weight).sum();
        if total <= 0.0 {
            break;
        }
        ratio = used.iter().map(|s| weight(s) * s.0).sum::<f64>() / total;
        sigma = total.sqrt().recip();
    }
    if 2 * used.len() < single.len() {
        return Ok(None);
    }
    let freedom = used.len().saturating_sub(1).max(1) as f64;
    let chi_squared: f64 = used.iter().map(|s| deviation(*s, ratio).powi(2)).sum();
    Ok(Some(Estimate {
        ratio: Quantity::new(ratio, sigma * (chi_squared / freedom).max(1.0).sqrt()),
        peaks: used.len(),
    }))
}

/// Ratio that one peak shows, and its σ.
fn ratio_of(
    unit: &Contamination,
    parent: &FittedPeak,
    scan: &Scan,
    radiation: &Radiation,
    fitted: &PeakFit,
) -> Result<Option<(f64, f64)>> {
    let x = scan.two_theta_deg();
    let fwhm = parent.fwhm_deg.value;
    let lines: Vec<_> = unit.bragg_lines(radiation, parent.two_theta_deg.value).collect();
    let Some(first) = lines.first() else { return Ok(None) };
    let (low, high) = (first.two_theta_deg - WINDOW_WIDTHS * fwhm, first.two_theta_deg + WINDOW_WIDTHS * fwhm);
    if x.first().is_none_or(|x| *x > low) || x.last().is_none_or(|x| *x < high) {
        return Ok(None);
    }
    let points = x.partition_point(|x| *x < low)..x.partition_point(|x| *x <= high);
    let inside = &x[points.clone()];
    let shape = BaseShape::PseudoVoigt.symmetric().with(&[fwhm, parent.lorentzian_fraction.value])?;
    let area = parent.area.value;
    let value = |x: &f64| lines.iter().map(|l| area * l.share * shape.at(x - l.two_theta_deg).value).sum::<f64>();
    let mut template: Vec<f64> = inside.iter().map(value).collect();
    let mean = template.iter().sum::<f64>() / template.len().max(1) as f64;
    template.iter_mut().for_each(|t| *t -= mean);
    let mut rest: Vec<f64> = points.clone().map(|i| scan.intensity()[i] - fitted.calculated[i]).collect();
    let mut others: Vec<f64> = points.clone().map(|i| fitted.calculated[i] - fitted.background[i]).collect();
    for peak in fitted.peaks.iter().filter(|peak| near(peak.two_theta_deg.value, fwhm, first.two_theta_deg)) {
        let own = BaseShape::PseudoVoigt.split().with(&[
            peak.fwhm_deg.value,
            peak.lorentzian_fraction.value,
            peak.asymmetry,
        ])?;
        for line in bragg_lines(radiation, peak.two_theta_deg.value) {
            for ((rest, others), x) in rest.iter_mut().zip(&mut others).zip(inside) {
                let value = peak.area.value * line.share * own.at(x - line.two_theta_deg).value;
                *rest += value;
                *others -= value;
            }
        }
    }
    let norm: f64 = template.iter().map(|t| t * t).sum();
    if norm <= 0.0 {
        return Ok(None);
    }
    let (mut sum, mut random, mut common) = (0.0, 0.0, 0.0);
    for (k, t) in template.iter().enumerate() {
        sum += t * rest[k];
        random += (t * scan.sigma()[points.start + k]).powi(2);
        common += t.abs() * PROFILE_DOUBT * others[k].abs();
    }
    Ok(Some((sum / norm, (random + common * common).sqrt() / norm)))
}

fn near(two_theta_deg: f64, fwhm_deg: f64, expected_deg: f64) -> bool {
    (two_theta_deg - expected_deg).abs() <= (NEAR_WIDTHS * fwhm_deg).max(NEAR_DEG)
}

/// What is said of a line whose ratio was estimated; none where it is not there.
pub(super) fn judged(line: Contamination, estimate: Option<Estimate>, warnings: &mut Vec<String>) -> Option<Found> {
    let Some(Estimate { ratio, peaks }) = estimate else {
        warnings.push(format!(
            "{}: too few strong peaks have it alone and in the range, so its ratio cannot be estimated",
            line.label
        ));
        return None;
    };
    let sigma = ratio.sigma.unwrap_or(0.0);
    if ratio.value < DETECTED_SIGMA * sigma {
        let limit = 100.0 * (ratio.value.max(0.0) + 2.0 * sigma);
        warnings.push(format!("{} is not detected: below {limit:.2} % of Kα ({peaks} peaks)", line.label));
        return None;
    }
    let source = format!("estimated from {peaks} peaks");
    Some(Found { line: Contamination { ratio: ratio.value, ..line }, ratio, source })
}

/// A line that is in the model.
pub(super) struct Found {
    pub(super) line: Contamination,
    ratio: Quantity,
    source: String,
}

impl Found {
    /// A line whose ratio the recipe states.
    pub(super) fn given(line: Contamination) -> Self {
        let ratio = Quantity::without_sigma(line.ratio);
        Self { line, ratio, source: "as the recipe says".into() }
    }

    /// The line with its peaks that rise above the noise.
    pub(super) fn lines(
        &self,
        peaks: &[Peak],
        scan: &Scan,
        fitted: &PeakFit,
        radiation: &Radiation,
        minimum_significance: f64,
    ) -> ContaminationLines {
        let x = scan.two_theta_deg();
        let row = |(index, parent): (usize, &Peak)| {
            let line = self.line.bragg_lines(radiation, parent.two_theta_deg.value).next()?;
            let fwhm_deg = parent.fwhm_deg.value;
            let share: f64 = self.line.bragg_lines(radiation, parent.two_theta_deg.value).map(|l| l.share).sum();
            let area = share * parent.area.value;
            let (low, high) = (line.two_theta_deg - fwhm_deg, line.two_theta_deg + fwhm_deg);
            let points = x.partition_point(|x| *x < low)..x.partition_point(|x| *x <= high);
            let noise = noise(scan, fitted, points)?;
            (area > minimum_significance * noise).then(|| ContaminationPeak {
                two_theta_deg: line.two_theta_deg,
                area,
                significance: area / noise,
                of_peak: index,
                name: name(&self.line, parent),
            })
        };
        ContaminationLines {
            label: self.line.label.clone(),
            wavelength_angstrom: self.line.lines.first().map_or(0.0, |line| line.wavelength_angstrom),
            ratio: self.ratio,
            source: self.source.clone(),
            peaks: peaks.iter().enumerate().filter_map(row).collect(),
        }
    }
}

/// σ of an area over these points; none where there are too few.
fn noise(scan: &Scan, fitted: &PeakFit, points: std::ops::Range<usize>) -> Option<f64> {
    let x = scan.two_theta_deg().get(points.clone()).filter(|x| x.len() > 2)?;
    let step = (x[x.len() - 1] - x[0]) / (x.len() - 1) as f64;
    let variance: f64 = points
        .map(|i| {
            // σ of what is expected, not of what happened to be counted.
            let ratio = fitted.calculated[i] / scan.intensity()[i].max(scan.sigma()[i]);
            scan.sigma()[i].powi(2) * ratio.max(0.0)
        })
        .sum();
    Some(step * variance.sqrt()).filter(|noise| *noise > 0.0)
}

/// `Cu Kβ of Al2O3-corundum (1 1 3)`.
fn name(line: &Contamination, parent: &Peak) -> String {
    format!("{} of {}", line.label, of_parent(parent))
}

fn of_parent(parent: &Peak) -> String {
    match parent.assigned_to.first() {
        Some(assigned) => {
            let [h, k, l] = assigned.hkl;
            format!("{} ({h} {k} {l})", assigned.phase_id)
        }
        None => format!("the peak at {:.2}°", parent.two_theta_deg.value),
    }
}

/// Leaves out of `unexplained` the peaks that are an error of the profile of a contamination line.
pub(super) fn without_misfits(unexplained: &mut Vec<usize>, peaks: &[Peak], found: &[ContaminationLines]) {
    unexplained.retain(|index| {
        let peak = &peaks[*index];
        !found.iter().flat_map(|lines| &lines.peaks).any(|line| {
            near(peak.two_theta_deg.value, peak.fwhm_deg.value, line.two_theta_deg)
                && peak.area.value < MISFIT_SHARE * line.area
        })
    });
}

/// Says which unexplained peaks may be lines of reflections beyond the end of the scan, which no fitted peak stands for.
pub(super) fn beyond_the_end(
    unexplained: &[usize],
    peaks: &[Peak],
    found: &[Found],
    radiation: &Radiation,
    end_deg: f64,
) -> Vec<String> {
    let strongest = peaks.iter().map(|peak| peak.area.value).fold(0.0, f64::max);
    let possible = |(peak, found): (&Peak, &Found)| {
        let parent = found.line.parent_two_theta_deg(radiation, peak.two_theta_deg.value)?;
        let share: f64 = found.line.bragg_lines(radiation, parent).map(|line| line.share).sum();
        (parent > end_deg && peak.area.value < share * strongest).then(|| {
            format!(
                "the unexplained peak at {:.2}° may be {} of a reflection at {parent:.2}°, beyond the end of the scan",
                peak.two_theta_deg.value, found.line.label
            )
        })
    };
    unexplained.iter().flat_map(|i| found.iter().map(|found| (&peaks[*i], found))).filter_map(possible).collect()
}

/// Hints at lines that are not in the model: unexplained peaks that stand where one of a stronger peak would.
///
/// # Errors
/// None for an anode that is stated.
pub(super) fn hints(
    unexplained: &[usize],
    peaks: &[Peak],
    choice: &ContaminationChoice,
    radiation: &Radiation,
) -> Result<Vec<String>> {
    if radiation.anode.is_none() {
        return Ok(Vec::new());
    }
    let mut hints = Vec::new();
    for (kind, most) in MOST_HINTED {
        let is_on = match kind {
            ContaminationKind::KBeta => choice.k_beta.is_some(),
            ContaminationKind::WLAlpha => choice.w_l_alpha.is_some(),
        };
        if is_on {
            continue;
        }
        let line = Contamination::new(kind, radiation, 1.0)?;
        for index in unexplained {
            let peak = &peaks[*index];
            let Some((parent, ratio)) = parent(&line, peak, peaks, radiation).filter(|(_, ratio)| *ratio <= most)
            else {
                continue;
            };
            if !is_contradicted(&line, ratio, peak, peaks, radiation) {
                hints.push(format!(
                    "the unexplained peak at {:.2}° stands where {} of {} at {:.2}° would stand, with {:.1} % of its \
                     area: contamination.{} in the recipe, or --contamination {}, takes it into account",
                    peak.two_theta_deg.value,
                    line.label,
                    of_parent(parent),
                    parent.two_theta_deg.value,
                    100.0 * ratio,
                    kind.option(),
                    kind.option(),
                ));
            }
        }
    }
    Ok(hints)
}

/// The peak of which `peak` may be a contamination line, and the ratio that it then has.
fn parent<'a>(line: &Contamination, peak: &Peak, peaks: &'a [Peak], radiation: &Radiation) -> Option<(&'a Peak, f64)> {
    let expected = line.parent_two_theta_deg(radiation, peak.two_theta_deg.value)?;
    let distance = |other: &&Peak| (other.two_theta_deg.value - expected).abs();
    let parent = peaks.iter().min_by(|a, b| distance(a).total_cmp(&distance(b)))?;
    let stands = near(parent.two_theta_deg.value, parent.fwhm_deg.value.min(peak.fwhm_deg.value), expected);
    let share: f64 = line.bragg_lines(radiation, parent.two_theta_deg.value).map(|l| l.share).sum();
    (stands && share > 0.0).then(|| (parent, peak.area.value / (share * parent.area.value)))
}

/// Whether another peak should show the line more clearly than `peak` does, and does not.
fn is_contradicted(line: &Contamination, ratio: f64, peak: &Peak, peaks: &[Peak], radiation: &Radiation) -> bool {
    let (Some(first), Some(last)) = (peaks.first(), peaks.last()) else { return false };
    peaks.iter().any(|other| {
        let share: f64 = line.bragg_lines(radiation, other.two_theta_deg.value).map(|l| l.share).sum();
        let area = ratio * share * other.area.value;
        let Some(at) = line.bragg_lines(radiation, other.two_theta_deg.value).next().map(|l| l.two_theta_deg) else {
            return false;
        };
        let inside = first.two_theta_deg.value <= at && at <= last.two_theta_deg.value;
        let seen = peaks.iter().any(|there| {
            near(there.two_theta_deg.value, 2.0 * there.fwhm_deg.value, at) && there.area.value > SEEN_SHARE * area
        });
        area > 2.0 * peak.area.value && inside && !seen
    })
}

/// The scan without its contamination lines.
///
/// # Errors
/// None for a fit of this scan.
pub(super) fn without(scan: &Scan, fitted: &PeakFit) -> Result<Scan> {
    let mut scan = scan.clone();
    let rest = scan.intensity().iter().zip(&fitted.contamination).map(|(y, c)| y - c).collect::<Vec<_>>();
    scan.data = doublet_common::Measurement::new(
        scan.data.x().clone(),
        rest.into(),
        scan.data.sigma().clone(),
        scan.data.sigma_source(),
    )
    .map_err(Error::from)?;
    Ok(scan)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::{Analysis, Verdict, analyze};
    use crate::identify::candidates;
    use crate::recipe::Recipe;
    use crate::simulate::{Simulation, simulate};

    const INSTRUMENT: &str = "u_deg2 = 0.002\nv_deg2 = -0.001\nw_deg2 = 0.003\nx_deg = 0.02\ny_deg = 0.01\n";

    /// Corundum with zincite; the lines of the tube as stated.
    fn mixture(contamination: &str) -> Scan {
        let text = format!(
            "title = 't'\nseed = 11\ntwo_theta_range_deg = [20.0, 90.0]\nstep_deg = 0.02\nhighest_counts = 40000.0\n\
             background_counts = [120.0, -40.0]\ndisplacement_deg = 0.02\n[radiation]\nanode = 'Cu'\n[contamination]\n\
             {contamination}\n[instrument]\n{INSTRUMENT}[[phases]]\nid = 'Al2O3-corundum'\nweight_percent = 60.0\n\
             size_nm = 80.0\n[[phases]]\nid = 'ZnO'\nweight_percent = 40.0\nsize_nm = 60.0\n"
        );
        simulate(&Simulation::from_toml("mixture", &text).unwrap()).unwrap()
    }

    fn analysed(scan: &Scan, contamination: &str) -> Analysis {
        let text = format!(
            "[identification]\nphases = ['Al2O3-corundum', 'ZnO', 'CaF2', 'Si', 'MgO']\n[contamination]\n{contamination}\n\
             [instrument]\n{INSTRUMENT}"
        );
        let recipe = Recipe::from_toml("recipe", &text).unwrap().resolve().unwrap();
        let set = candidates(&recipe.identification, Vec::new()).unwrap();
        analyze(scan, &recipe, &set).unwrap()
    }

    fn hinted(analysis: &Analysis) -> Vec<&String> {
        analysis.warnings.iter().filter(|w| w.contains("--contamination")).collect()
    }

    /// Whether every peak is explained, but for lines of reflections beyond the end.
    fn explained(analysis: &Analysis) -> bool {
        let beyond = analysis.warnings.iter().filter(|w| w.ends_with("beyond the end of the scan")).count();
        analysis.unexplained_peaks.len() <= beyond && beyond <= 2
    }

    #[test]
    fn simulated_ratios_come_back_and_their_peaks_are_named() {
        // Truth: the simulation, Kβ 0.8 % and W Lα 0.5 % of Kα.
        let scan = mixture("k_beta = 0.008\nw_l_alpha = 0.005");
        let on = analysed(&scan, "k_beta = 'free'\nw_l_alpha = 'free'");
        for (lines, truth) in on.contamination.iter().zip([0.008, 0.005]) {
            let sigma = lines.ratio.sigma.unwrap();
            assert!((lines.ratio.value - truth).abs() < 2.5 * sigma && sigma < 0.1 * truth, "{lines:?}");
        }
        assert_eq!(on.contamination.len(), 2);
        let named = |name: &str| on.contamination.iter().flat_map(|lines| &lines.peaks).any(|peak| peak.name == name);
        assert!(named("Cu Kβ of Al2O3-corundum (1 1 3)") && named("W Lα of ZnO (1 0 1)"), "{:?}", on.contamination);
        assert!(explained(&on) && hinted(&on).is_empty(), "{:?}", on.warnings);

        let off = analysed(&scan, "");
        let hints = hinted(&off);
        assert!(off.unexplained_peaks.len() >= 4, "{:?}", off.unexplained_peaks);
        assert!(hints.iter().any(|w| w.contains("Cu Kβ of Al2O3-corundum (1 1 3)")), "{hints:?}");
        assert!(hints.iter().any(|w| w.contains("w_l_alpha")), "{hints:?}");
        // A line that stands under a reflection no longer counts for it.
        for analysis in [&on, &off] {
            let present = analysis.phases.iter().filter(|p| p.verdict == Verdict::Present).count();
            assert_eq!(present, 2);
        }
        let weight = |analysis: &Analysis| {
            analysis.phases.iter().find(|p| p.id == "ZnO").and_then(|p| p.weight_percent).unwrap()
        };
        assert!((weight(&on).value - 40.0).abs() < 2.0 * weight(&on).sigma.unwrap());
    }

    #[test]
    fn with_the_lines_in_the_model_the_fit_is_as_good_as_without_them_in_the_data() {
        // Truth: the simulation; no reflection of MgO beyond the end has a line inside.
        let scan = |contamination: &str| {
            let text = format!(
                "title = 't'\nseed = 5\ntwo_theta_range_deg = [30.0, 80.0]\nstep_deg = 0.02\nhighest_counts = 40000.0\n\
                 background_counts = [100.0]\n[radiation]\nanode = 'Cu'\n[contamination]\n{contamination}\n[instrument]\n\
                 {INSTRUMENT}[[phases]]\nid = 'MgO'\nweight_percent = 100.0\nsize_nm = 60.0\n"
            );
            simulate(&Simulation::from_toml("MgO", &text).unwrap()).unwrap()
        };
        let quality = |scan: &Scan, contamination: &str| {
            let analysis = analysed(scan, contamination);
            assert!(
                contamination.is_empty() || analysis.unexplained_peaks.is_empty(),
                "{:?}",
                analysis.unexplained_peaks
            );
            analysis.peak_fit.reduced_chi_squared
        };
        let clean = quality(&scan(""), "");
        let with = quality(&scan("k_beta = 0.008\nw_l_alpha = 0.005"), "k_beta = 'free'\nw_l_alpha = 'free'");
        // χ² of 2500 points is known to 2.8 % of itself.
        assert!((with - clean).abs() < 0.08, "{with}, clean {clean}");
    }

    #[test]
    fn clean_radiation_shows_no_line_and_earns_no_hint() {
        // Truth: the simulation, which has none.
        let scan = mixture("");
        let on = analysed(&scan, "k_beta = 'free'\nw_l_alpha = 'free'");
        assert!(on.contamination.is_empty(), "{:?}", on.contamination);
        assert_eq!(on.warnings.iter().filter(|w| w.contains("is not detected: below")).count(), 2, "{:?}", on.warnings);
        assert!(hinted(&analysed(&scan, "")).is_empty());
    }

    #[test]
    fn a_stated_ratio_is_taken_as_stated() {
        // Truth: the simulation.
        let scan = mixture("k_beta = 0.01");
        let on = analysed(&scan, "k_beta = 0.01");
        assert_eq!((on.contamination[0].ratio.value, on.contamination[0].ratio.sigma), (0.01, None));
        assert!(explained(&on), "{:?}", on.warnings);
        let error = Recipe::from_toml("r", "[contamination]\nk_beta = 3.0").unwrap().resolve().unwrap_err();
        assert!(error.to_string().contains("contamination.k_beta = 3"), "{error}");
    }
}
