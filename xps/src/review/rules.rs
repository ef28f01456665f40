//! The rules. Each is one function from a view to findings, with its threshold as a named constant.

use doublet_reference_patterns::photoelectrons::{Library, StateKind, sensitivity, spin_orbit, state};

use super::view::{FitView, LineView, RegionView};
use super::{Finding, Severity};

const RATIO_TOLERANCE: f64 = 0.05;
const SPLITTING_TOLERANCE_EV: f64 = 0.05;
const PHOSPHORUS_SPLITTING_TOLERANCE_EV: f64 = 0.1;
const PARTNER_WIDTH_TOLERANCE: f64 = 0.10;
const WIDTH_SPREAD: f64 = 1.5;
const CORRELATION: f64 = 0.95;
const SIGNIFICANCE: f64 = 3.0;
const OVERLAP_FWHM: f64 = 0.5;
const REDUCED_CHI_SQUARED: [f64; 2] = [0.7, 2.0];
const DURBIN_WATSON: f64 = 1.2;
const POINTS_BELOW_BACKGROUND: f64 = 0.05;
const WINDOW_FWHM: f64 = 1.5;
const SHIFT_TOLERANCE_EV: f64 = 0.02;
const STATE_TOLERANCE_EV: f64 = 0.5;
/// Friedel: α = 2 Σ (2l + 1) (δ_l/π)² with 2 Σ (2l + 1) δ_l/π = 1; metals lie between the values of p and s screening.
const SINGULARITY_INDEX: f64 = crate::analysis::LARGEST_ASYMMETRY;
/// Two lines are in one another's place below this distance, in eV.
const SAME_PLACE_EV: f64 = 3.0;
/// P 2s of phosphates lies within this range on any usual charge reference, in eV.
const PHOSPHATE_P2S_EV: [f64; 2] = [189.3, 192.3];

const SPIN_ORBIT_SOURCE: &str = "number of states 2j + 1; Moulder et al., Handbook of XPS (1992)";
const FITTING_GUIDE: &str =
    "Major et al., J. Vac. Sci. Technol. A 38 (2020) 061203 (practical guide for curve fitting in XPS)";
const STATISTICS: &str = "counting statistics";
const CHARGE_GUIDE: &str = "Baer et al., J. Vac. Sci. Technol. A 37 (2019) 031401; ISO 19318";
const TABLES: &str = "NIST SRD 20; Moulder et al., Handbook of XPS (1992)";

/// All findings, problems first.
pub(super) fn all(view: &FitView) -> Vec<Finding> {
    let mut findings = Vec::new();
    for region in &view.regions {
        for rule in [
            doublets,
            widths,
            bounds,
            correlations,
            significance,
            overlaps,
            quality,
            background,
            window,
            states,
            asymmetry,
            singularity,
            boron,
            bismuth,
            sensitivities,
        ] {
            rule(view, region, &mut findings);
        }
    }
    charge(view, &mut findings);
    findings.sort_by_key(|f| f.severity);
    findings
}

struct Says<'a> {
    rule: &'a str,
    severity: Severity,
    threshold: String,
    source: &'a str,
    advice: &'a str,
}

impl Says<'_> {
    fn of(self, subject: impl Into<String>, value: impl Into<Option<f64>>, message: String) -> Finding {
        Finding {
            rule: self.rule.into(),
            severity: self.severity,
            subject: subject.into(),
            message,
            value: value.into(),
            threshold: self.threshold,
            source: self.source.into(),
            advice: self.advice.into(),
        }
    }
}

fn subject(region: &RegionView, line: &LineView) -> String {
    format!("{}: {}", region.name, line.label)
}

fn doublets(_: &FitView, region: &RegionView, out: &mut Vec<Finding>) {
    for line in &region.lines {
        let Some(pair) = line.level.as_ref().and_then(spin_orbit) else { continue };
        let Some(major) = line.weaker_of.and_then(|i| region.lines.get(i)) else {
            if !line.is_complete {
                let says = Says {
                    rule: "doublet_partner",
                    severity: Severity::Problem,
                    threshold: "both lines of a spin–orbit pair".into(),
                    source: SPIN_ORBIT_SOURCE,
                    advice: "model the state as a doublet, or say why its partner cannot be seen",
                };
                let message = format!("no partner line {:.2} eV above", pair.splitting_ev);
                out.push(says.of(subject(region, line), None, message));
            }
            continue;
        };
        let expected = pair.level.minor_to_major_area().unwrap_or(1.0);
        let ratio = line.area / major.area;
        if (ratio / expected - 1.0).abs() > RATIO_TOLERANCE {
            let says = Says {
                rule: "doublet_ratio",
                severity: Severity::Problem,
                threshold: format!("{expected:.3} within 5 %"),
                source: SPIN_ORBIT_SOURCE,
                advice: "keep the ratio; if the fit then fails, background, window or a missing state is at fault",
            };
            out.push(says.of(subject(region, major), ratio, format!("area ratio of the doublet is {ratio:.3}")));
        }
        let tolerance =
            if pair.level.to_string() == "P 2p" { PHOSPHORUS_SPLITTING_TOLERANCE_EV } else { SPLITTING_TOLERANCE_EV };
        let splitting = line.binding_energy_ev.zip(major.binding_energy_ev).map(|(a, b)| a - b);
        if let Some(splitting) =
            splitting.filter(|s| (s - pair.splitting_ev).abs() > tolerance.max(pair.splitting_range_ev))
        {
            let says = Says {
                rule: "doublet_splitting",
                severity: Severity::Problem,
                threshold: format!("{:.2} ± {:.2} eV", pair.splitting_ev, tolerance.max(pair.splitting_range_ev)),
                source: SPIN_ORBIT_SOURCE,
                advice: "keep the splitting at its tabulated value",
            };
            out.push(says.of(
                subject(region, major),
                splitting,
                format!("splitting of the doublet is {splitting:.2} eV"),
            ));
        }
        let widths = line.fwhm_ev / major.fwhm_ev;
        let free = pair.partner_width == doublet_reference_patterns::photoelectrons::PartnerWidth::Free;
        if !free && (widths - 1.0).abs() > PARTNER_WIDTH_TOLERANCE {
            let says = Says {
                rule: "partner_widths",
                severity: Severity::Question,
                threshold: "equal within 10 %".into(),
                source: FITTING_GUIDE,
                advice: "tie the widths of the two lines",
            };
            out.push(says.of(subject(region, major), widths, format!("partner is {widths:.2} times as wide")));
        }
    }
}

fn widths(_: &FitView, region: &RegionView, out: &mut Vec<Finding>) {
    // Core-hole widths differ between levels, and metals are narrower than their oxides: like is compared with like.
    let metal =
        |line: &LineView| line.level.as_ref().and_then(|l| state(l, &line.state)).map(|s| s.kind == StateKind::Metal);
    for (i, line) in region.lines.iter().enumerate().filter(|(_, l)| l.weaker_of.is_none() && !l.asymmetric) {
        let narrower = region.lines[..i].iter().chain(&region.lines[i + 1..]).filter(|o| {
            o.weaker_of.is_none()
                && o.level == line.level
                && metal(o) == metal(line)
                && !o.asymmetric
                && o.fwhm_ev > 0.0
        });
        let Some(least) = narrower.map(|o| o.fwhm_ev).min_by(f64::total_cmp) else { continue };
        let spread = line.fwhm_ev / least;
        if spread > WIDTH_SPREAD {
            let says = Says {
                rule: "width_spread",
                severity: Severity::Question,
                threshold: "1.5 between states of one level".into(),
                source: FITTING_GUIDE,
                advice: "share the width between states, or look for a state hidden under the broad line",
            };
            let message = format!("FWHM {:.2} eV is {spread:.1} times that of the narrowest state", line.fwhm_ev);
            out.push(says.of(subject(region, line), spread, message));
        }
    }
}

fn bounds(_: &FitView, region: &RegionView, out: &mut Vec<Finding>) {
    for parameter in &region.at_bound {
        let says = Says {
            rule: "parameter_at_bound",
            severity: Severity::Question,
            threshold: "no parameter at a bound".into(),
            source: FITTING_GUIDE,
            advice: "the bound and not the data gives this value: widen it, fix the parameter with a reason, or drop the state",
        };
        out.push(says.of(region.name.clone(), None, format!("{parameter} is held by its bound")));
    }
}

fn correlations(_: &FitView, region: &RegionView, out: &mut Vec<Finding>) {
    for (first, second, value) in region.correlations.iter().filter(|(_, _, c)| c.abs() > CORRELATION) {
        let says = Says {
            rule: "correlation",
            severity: Severity::Question,
            threshold: "|r| ≤ 0.95".into(),
            source: FITTING_GUIDE,
            advice: "the data do not tell the two apart: tie or fix one of them",
        };
        out.push(says.of(region.name.clone(), *value, format!("{first} and {second} are correlated by {value:.3}")));
    }
}

fn significance(_: &FitView, region: &RegionView, out: &mut Vec<Finding>) {
    for line in region.lines.iter().filter(|l| l.weaker_of.is_none() && !l.linked) {
        let Some(sigma) = line.area_sigma.filter(|s| *s > 0.0) else { continue };
        let significance = line.area / sigma;
        if significance < SIGNIFICANCE {
            let says = Says {
                rule: "insignificant_area",
                severity: Severity::Problem,
                threshold: "area ≥ 3 σ".into(),
                source: STATISTICS,
                advice: "leave the state out and give an upper limit",
            };
            out.push(says.of(subject(region, line), significance, format!("area is {significance:.1} σ")));
        }
    }
}

fn overlaps(_: &FitView, region: &RegionView, out: &mut Vec<Finding>) {
    let free: Vec<&LineView> = region.lines.iter().filter(|l| l.weaker_of.is_none() && !l.linked).collect();
    for (i, line) in free.iter().enumerate() {
        for other in &free[i + 1..] {
            let Some(distance) = line.binding_energy_ev.zip(other.binding_energy_ev).map(|(a, b)| (a - b).abs()) else {
                continue;
            };
            let share = distance / (0.5 * (line.fwhm_ev + other.fwhm_ev));
            if share < OVERLAP_FWHM {
                let says = Says {
                    rule: "unlinked_overlap",
                    severity: Severity::Problem,
                    threshold: "0.5 FWHM between unlinked components".into(),
                    source: FITTING_GUIDE,
                    advice: "tie the two by what is known of them, or fit one component",
                };
                let message = format!("{distance:.2} eV from {}, {share:.2} of a FWHM", other.label);
                out.push(says.of(subject(region, line), share, message));
            }
        }
    }
}

fn quality(_: &FitView, region: &RegionView, out: &mut Vec<Finding>) {
    if let Some(value) =
        region.reduced_chi_squared.filter(|v| !(REDUCED_CHI_SQUARED[0]..=REDUCED_CHI_SQUARED[1]).contains(v))
    {
        let says = Says {
            rule: "reduced_chi_squared",
            severity: Severity::Question,
            threshold: "0.7 to 2 with true counts".into(),
            source: STATISTICS,
            advice: "above: a state, a shape or the background is wrong; below: the intensities are not counts",
        };
        out.push(says.of(region.name.clone(), value, format!("reduced χ² is {value:.2}")));
    }
    if let Some(value) = region.durbin_watson.filter(|v| *v < DURBIN_WATSON) {
        let says = Says {
            rule: "durbin_watson",
            severity: Severity::Question,
            threshold: "≥ 1.2".into(),
            source: "Durbin & Watson, Biometrika 37 (1950) 409",
            advice: "the residuals have a structure that the model lacks: look at them before using the areas",
        };
        out.push(says.of(
            region.name.clone(),
            value,
            format!("Durbin–Watson statistic of the residuals is {value:.2}"),
        ));
    }
}

fn background(_: &FitView, region: &RegionView, out: &mut Vec<Finding>) {
    if let Some(share) = region.background_above_data.filter(|s| *s > POINTS_BELOW_BACKGROUND) {
        let says = Says {
            rule: "background_above_data",
            severity: Severity::Problem,
            threshold: "above the data by 3 σ on at most 5 % of the points".into(),
            source: FITTING_GUIDE,
            advice: "choose another background or window",
        };
        let message = format!("the background lies above the data on {:.0} % of the points", 100.0 * share);
        out.push(says.of(region.name.clone(), share, message));
    }
}

fn window(_: &FitView, region: &RegionView, out: &mut Vec<Finding>) {
    let Some([low, high]) = region.window_ev else { return };
    for line in &region.lines {
        let Some(at) = line.binding_energy_ev else { continue };
        let room = (at - low).min(high - at) / line.fwhm_ev;
        // A line outside its own window is one that was not measured (the weaker line of a wide pair).
        if (0.0..WINDOW_FWHM).contains(&room) {
            let says = Says {
                rule: "window_end",
                severity: Severity::Question,
                threshold: "1.5 FWHM between the outer components and the ends".into(),
                source: FITTING_GUIDE,
                advice: "measure or fit a wider window: the background has nothing to hold on to",
            };
            out.push(says.of(subject(region, line), room, format!("the window ends {room:.1} FWHM from this line")));
        }
    }
}

fn states(view: &FitView, region: &RegionView, out: &mut Vec<Finding>) {
    for line in region.lines.iter().filter(|l| l.weaker_of.is_none()) {
        let (Some(([low, high], source)), Some(at)) = (&line.tabulated, line.binding_energy_ev) else { continue };
        let outside = (low - at).max(at - high);
        if outside > STATE_TOLERANCE_EV && view.reference_declared {
            let says = Says {
                rule: "state_range",
                severity: Severity::Problem,
                threshold: format!("{low:.1} to {high:.1} eV on this scale, ± 0.5 eV"),
                source,
                advice: "check the charge reference; if it holds, the state is another one",
            };
            let message = format!("{at:.2} eV is {outside:.1} eV outside the tabulated range of {}", line.state);
            out.push(says.of(subject(region, line), at, message));
        }
    }
}

fn asymmetry(_: &FitView, region: &RegionView, out: &mut Vec<Finding>) {
    for line in region.lines.iter().filter(|l| l.weaker_of.is_none() && l.asymmetric) {
        let known = line.level.as_ref().and_then(|level| state(level, &line.state));
        if known.is_some_and(|s| s.kind != StateKind::Metal) {
            let says = Says {
                rule: "asymmetric_insulator",
                severity: Severity::Problem,
                threshold: "symmetric lines for states without conduction electrons".into(),
                source: "Doniach & Šunjić, J. Phys. C 3 (1970) 285",
                advice: "use a symmetric shape; a tail then needs a state or a loss feature of its own",
            };
            out.push(says.of(subject(region, line), None, format!("{} has an asymmetric shape", line.state)));
        }
    }
}

fn singularity(_: &FitView, region: &RegionView, out: &mut Vec<Finding>) {
    for line in region.lines.iter().filter(|l| l.weaker_of.is_none()) {
        let Some(index) = line.singularity_index.filter(|index| *index > SINGULARITY_INDEX) else { continue };
        let says = Says {
            rule: "large_asymmetry",
            severity: Severity::Question,
            threshold: "0.3; screening by s electrons alone gives 0.5, by p 0.17, by d 0.10".into(),
            source: "Doniach & Šunjić, J. Phys. C 3 (1970) 285, with Friedel's sum rule",
            advice: "look for a missing state on the high-energy side, as a suboxide; the tail stands in for it",
        };
        out.push(says.of(subject(region, line), index, format!("{} has an asymmetry of {index:.2}", line.state)));
    }
}

/// Lines of all regions of the same sample.
fn sample_lines<'a>(view: &'a FitView, region: &'a RegionView) -> impl Iterator<Item = &'a LineView> {
    view.regions.iter().filter(|r| r.sample == region.sample).flat_map(|r| &r.lines)
}

fn is_level(line: &LineView, name: &str) -> bool {
    line.level.as_ref().is_some_and(|level| level.subshell().to_string() == name)
}

fn boron(view: &FitView, region: &RegionView, out: &mut Vec<Finding>) {
    let phosphorus = sample_lines(view, region).any(|l| is_level(l, "P 2p"));
    let tied = region.lines.iter().any(|l| is_level(l, "P 2s") && l.linked);
    for line in region.lines.iter().filter(|l| is_level(l, "B 1s") && l.weaker_of.is_none()) {
        let near = line
            .binding_energy_ev
            .is_none_or(|at| at > PHOSPHATE_P2S_EV[0] - SAME_PLACE_EV && at < PHOSPHATE_P2S_EV[1] + SAME_PLACE_EV);
        if phosphorus && near && !tied {
            let says = Says {
                rule: "boron_under_phosphorus",
                severity: Severity::Problem,
                threshold: "P 2s tied to P 2p wherever P and B 1s are reported together".into(),
                source: "P 2s of phosphates 57.4 eV above P 2p: Atuchin et al., Surf. Rev. Lett. 15 (2008) 391; Scofield 1976: P 2s/P 2p = 1.18/1.192",
                advice: "add P 2s at P 2p + 57.4 eV with its area tied by the ratio of the sensitivity factors",
            };
            let message =
                "B 1s lies where P 2s lies, and no tied P 2s is in the model: this line may be phosphorus".into();
            out.push(says.of(subject(region, line), line.binding_energy_ev, message));
        }
    }
}

fn bismuth(_: &FitView, region: &RegionView, out: &mut Vec<Finding>) {
    let metal =
        |l: &&LineView| is_level(l, "Bi 4f") && l.weaker_of.is_none() && l.state.to_lowercase().contains("metal");
    let oxide = region.lines.iter().any(|l| is_level(l, "Bi 4f") && !l.state.to_lowercase().contains("metal"));
    if let Some(line) = region.lines.iter().find(metal).filter(|_| oxide) {
        let says = Says {
            rule: "beam_reduction",
            severity: Severity::Question,
            threshold: "a series of spectra over time of exposure".into(),
            source: "Bi(III) oxides are reduced by X-rays and low-energy electrons",
            advice: "measure Bi 4f first and again at the end; extrapolate the metallic share to zero dose",
        };
        let message = "metallic Bi beside an oxide: the measurement itself may have made it".into();
        out.push(says.of(subject(region, line), line.binding_energy_ev, message));
    }
}

fn sensitivities(_: &FitView, region: &RegionView, out: &mut Vec<Finding>) {
    for line in region.lines.iter().filter(|l| l.weaker_of.is_none()) {
        let (Some(level), Some(used)) = (&line.level, line.sensitivity) else { continue };
        let Some(whole) = sensitivity(Library::Scofield, &level.subshell()) else { continue };
        let major = sensitivity(Library::Scofield, &level.major());
        // The factor of one line where the areas of both are counted, or the other way round.
        let single = |value: f64| major.is_some_and(|m| (value / m - 1.0).abs() < 0.01);
        let paired = region.lines.iter().any(|l| l.weaker_of.is_some() && l.level.as_ref() == Some(level));
        if paired && single(used) && (used / whole - 1.0).abs() > 0.05 {
            let says = Says {
                rule: "sensitivity_of_other_line",
                severity: Severity::Problem,
                threshold: format!("{whole} for both lines together"),
                source: "Scofield, J. Electron Spectrosc. Relat. Phenom. 8 (1976) 129",
                advice: "use the factor of the subshell for the area of the doublet",
            };
            out.push(says.of(subject(region, line), used, format!("factor {used} counts one line of the pair")));
        }
    }
}

fn charge(view: &FitView, out: &mut Vec<Finding>) {
    if !view.reference_declared {
        let says = Says {
            rule: "energy_reference",
            severity: Severity::Problem,
            threshold: "a stated charge reference".into(),
            source: CHARGE_GUIDE,
            advice: "declare the line and the energy that it was given; without it no state can be compared with tables",
        };
        out.push(says.of("all regions", None, "no charge reference is declared".into()));
    }
    for (i, region) in view.regions.iter().enumerate() {
        let Some(own) = region.shift_ev else { continue };
        let other = view.regions[..i]
            .iter()
            .find(|o| o.sample == region.sample && o.shift_ev.is_some_and(|s| (s - own).abs() > SHIFT_TOLERANCE_EV));
        if let Some(other) = other {
            let difference = own - other.shift_ev.unwrap_or(own);
            let says = Says {
                rule: "different_shifts",
                severity: Severity::Problem,
                threshold: "one shift per sample, within 0.02 eV".into(),
                source: CHARGE_GUIDE,
                advice: "use one charge correction for all regions, or show why the sample charges differently",
            };
            let message = format!("shifted by {difference:+.2} eV against {}", other.name);
            out.push(says.of(region.name.clone(), difference, message));
        }
    }
}

/// Source of a tabulated range, for views that know none better.
pub(super) fn table_source(source: &str) -> String {
    if source.is_empty() { TABLES.into() } else { source.to_string() }
}
