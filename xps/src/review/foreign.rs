//! The view of fits that other programs left in measurement files.

use doublet_common::SigmaSource;
use doublet_common::fit::durbin_watson;
use doublet_reference_patterns::photoelectrons::{Level, spin_orbit, states_of};

use super::rules;
use super::view::{FitView, LineView, RegionView};
use super::{Finding, Severity};
use crate::core_level::core_level_in;
use crate::foreign_fit::{
    CurveKind, ForeignComponent, ForeignCurve, ForeignFit, ForeignParameter, ForeignPeak, curves,
};
use crate::lineshape::CasaShape;
use crate::region::Region;

/// A tied area within this of the statistical ratio marks a doublet partner, as does a position near the splitting.
const PARTNER_DISTANCE_EV: f64 = 1.0;
/// Energies that only C 1s of adventitious carbon is given, in eV.
const CARBON_EV: std::ops::RangeInclusive<f64> = 284.0..=285.4;
/// A parameter this close to its bound, relative to the range, sits on it.
const AT_BOUND: f64 = 1e-6;

/// Regions that hold components, or areas of a peak table.
pub(super) fn fits<'a>(regions: &[&'a Region]) -> Vec<(&'a Region, &'a ForeignFit)> {
    let all = regions.iter().filter_map(|r| r.analysis.as_ref().map(|fit| (*r, fit)));
    all.filter(|(_, fit)| !fit.components.is_empty() || fit.peaks.iter().any(|p| p.area_cps_ev.is_some())).collect()
}

/// Whether any region holds components or a peak table of another program.
pub fn has_foreign_fit(regions: &[&Region]) -> bool {
    !fits(regions).is_empty()
}

/// Findings on the fits inside `regions`; empty if there are none.
pub fn review_foreign(regions: &[&Region]) -> Vec<Finding> {
    let fits = fits(regions);
    if fits.is_empty() {
        return Vec::new();
    }
    let views = fits.iter().map(|(region, fit)| region_view(region, fit)).collect();
    let reference_declared = fits.iter().all(|(_, fit)| !fit.calibrations.is_empty());
    let mut findings = rules::all(&FitView { regions: views, reference_declared });
    findings.extend(fits.iter().filter_map(|(region, fit)| not_judged(region, fit)));
    findings
}

fn region_view(region: &Region, fit: &ForeignFit) -> RegionView {
    let carbon_ev = carbon_reference_ev(fit);
    let mut lines: Vec<LineView> = fit.components.iter().map(|c| line_view(region, c, carbon_ev)).collect();
    for i in 0..lines.len() {
        if let Some(major) = partner(&lines, &fit.components, i) {
            lines[i].weaker_of = Some(major);
            lines[major].is_complete = true;
        }
    }
    // A peak table without components: one area for a whole region.
    if lines.is_empty() {
        lines.extend(fit.peaks.iter().filter_map(|peak| peak_view(region, peak)));
    }
    let limits = fit.regions.iter().filter_map(|r| r.binding_energy_ev);
    let peak_limits = fit.peaks.iter().filter_map(|p| p.limits_binding_energy_ev).map(|[a, b]| [a.min(b), a.max(b)]);
    let window_ev = limits.chain(peak_limits).reduce(|a, b| [a[0].min(b[0]), a[1].max(b[1])]);
    let judged = judged(region, fit);
    RegionView {
        name: region.label.clone(),
        sample: region.sample.clone(),
        window_ev,
        reduced_chi_squared: judged.reduced_chi_squared,
        durbin_watson: judged.durbin_watson,
        background_above_data: judged.background_above_data,
        at_bound: fit.components.iter().flat_map(at_bound).collect(),
        shift_ev: (!fit.calibrations.is_empty()).then_some(-fit.energy_shift_ev),
        lines,
        ..RegionView::default()
    }
}

/// What the curves of a fit say of it.
#[derive(Default)]
pub(super) struct Judged {
    pub(super) reduced_chi_squared: Option<f64>,
    pub(super) durbin_watson: Option<f64>,
    pub(super) background_above_data: Option<f64>,
}

/// Judges background and envelope, as the program wrote them point by point or rebuilt from its numbers; nothing is judged
/// where neither can be had. χ² needs true counts.
pub(super) fn judged(region: &Region, fit: &ForeignFit) -> Judged {
    let curves = curves(region, fit).unwrap_or_default();
    let column = |kind: CurveKind| curves.iter().find(|c| c.kind == kind);
    let points = |curve: &ForeignCurve| -> Vec<(f64, f64, f64)> {
        let data = region.intensity().iter().zip(region.sigma());
        data.zip(&curve.values).filter_map(|((y, s), v)| Some((*y, *s, (*v)?))).filter(|(_, s, _)| *s > 0.0).collect()
    };
    let background = column(CurveKind::Background).map(points).filter(|p| !p.is_empty());
    let envelope = column(CurveKind::Envelope).map(points).filter(|p| !p.is_empty());
    let residuals: Option<Vec<f64>> = envelope.map(|p| p.iter().map(|(y, s, v)| (y - v) / s).collect());
    let true_counts = region.data.sigma_source() == SigmaSource::Counts;
    // Area, position and width of each component are free but where they are tied or held between equal bounds.
    let free: usize = fit
        .components
        .iter()
        .flat_map(|c| [&c.area, &c.fwhm_ev, &c.stored_position_ev])
        .filter(|p| p.tied_to.is_none() && p.upper > p.lower)
        .count();
    Judged {
        background_above_data: background
            .map(|p| p.iter().filter(|(y, s, b)| b - y > 3.0 * s).count() as f64 / p.len() as f64),
        durbin_watson: residuals.as_deref().and_then(durbin_watson),
        reduced_chi_squared: residuals.filter(|r| true_counts && r.len() > free).map(|r| {
            let freedom = (r.len() - free) as f64;
            r.iter().map(|v| v * v).sum::<f64>() / freedom
        }),
    }
}

/// Why the fit of a region cannot be judged by its residuals; none if it can.
fn not_judged(region: &Region, fit: &ForeignFit) -> Option<Finding> {
    let reason = if fit.components.is_empty() { None } else { curves(region, fit).err() }?;
    Some(Finding {
        rule: "curves_missing".into(),
        severity: Severity::Question,
        subject: region.label.clone(),
        message: format!("the curves of the fit are not in the file and cannot be computed again: {reason}"),
        value: None,
        threshold: "background and envelope point by point".into(),
        source: "ISO 19830".into(),
        advice:
            "look at the residuals in the program itself; χ², their correlation and the background are not judged here"
                .into(),
    })
}

/// Energy that a calibration gave to C 1s, if its value can only mean that line.
fn carbon_reference_ev(fit: &ForeignFit) -> Option<f64> {
    let last = fit.calibrations.last()?;
    CARBON_EV.contains(&last.assigned_ev).then_some(last.assigned_ev)
}

/// One area of a peak table; a table area counts every line of its subshell.
fn peak_view(region: &Region, peak: &ForeignPeak) -> Option<LineView> {
    let area = peak.area_cps_ev?;
    let level = [peak.name.as_str(), region.label.as_str()]
        .iter()
        .find_map(|text| core_level_in(text)?.parse::<Level>().ok())
        .map(|level| level.subshell());
    Some(LineView {
        label: peak.name.clone(),
        level,
        state: peak.name.clone(),
        binding_energy_ev: peak.binding_energy_ev,
        fwhm_ev: peak.fwhm_ev.unwrap_or(f64::NAN),
        area,
        is_complete: true,
        // Areas between limits, no components: nothing in them is free to slide.
        linked: true,
        sensitivity: peak.sensitivity_factor,
        ..LineView::default()
    })
}

fn line_view(region: &Region, component: &ForeignComponent, carbon_ev: Option<f64>) -> LineView {
    let named = [component.tag.as_str(), component.name.as_str(), region.label.as_str()];
    let level = named.iter().find_map(|text| core_level_in(text)?.parse::<Level>().ok()).map(|l| l.subshell());
    let known = level
        .as_ref()
        .and_then(|level| states_of(level).find(|s| component.name.to_lowercase().contains(&s.name.to_lowercase())));
    let carbon = carbon_ev.and_then(|ev| Some(("C 1s".parse::<Level>().ok()?, ev)));
    let tabulated = known
        .zip(carbon)
        .map(|(state, (carbon, ev))| (state.range_on_scale_ev(&carbon, ev), rules::table_source(state.source)));
    LineView {
        label: format!("{} ({})", component.name, component.line_shape),
        is_complete: level.as_ref().is_none_or(|l| spin_orbit(l).is_none()),
        level,
        state: known.map_or_else(|| component.name.clone(), |s| s.name.to_string()),
        tabulated,
        binding_energy_ev: component.binding_energy_ev,
        fwhm_ev: component.fwhm_ev.value,
        area: component.area.value,
        asymmetric: is_asymmetric(&component.line_shape),
        linked: component.area.tied_to.is_some() || component.stored_position_ev.tied_to.is_some(),
        sensitivity: Some(component.rsf).filter(|r| *r > 0.0),
        ..LineView::default()
    }
}

/// The stronger line of which component `i` is the weaker one: tied to it, or at the splitting above it under one name.
fn partner(lines: &[LineView], components: &[ForeignComponent], i: usize) -> Option<usize> {
    let pair = lines[i].level.as_ref().and_then(spin_orbit)?;
    let near = |j: usize| {
        let distance = lines[i].binding_energy_ev.zip(lines[j].binding_energy_ev).map(|(a, b)| a - b);
        j != i
            && lines[j].level == lines[i].level
            && distance.is_some_and(|d| (d - pair.splitting_ev).abs() < PARTNER_DISTANCE_EV)
    };
    let tied = [components[i].area.tied_to, components[i].stored_position_ev.tied_to];
    let named = (0..lines.len()).find(|j| components[*j].name == components[i].name && near(*j));
    tied.into_iter().flatten().find(|j| *j < lines.len() && near(*j)).or(named)
}

fn at_bound(component: &ForeignComponent) -> Vec<String> {
    let parameters: [(&str, &ForeignParameter); 3] =
        [("area", &component.area), ("FWHM", &component.fwhm_ev), ("position", &component.stored_position_ev)];
    let sits = |p: &ForeignParameter| {
        let range = p.upper - p.lower;
        let close = |bound: f64| (p.value - bound).abs() <= AT_BOUND * range;
        p.tied_to.is_none() && range > 0.0 && (close(p.lower) || close(p.upper))
    };
    parameters.iter().filter(|(_, p)| sits(p)).map(|(name, _)| format!("{} of {}", name, component.name)).collect()
}

/// Whether a CasaXPS line shape has unlike sides, Doniach–Šunjić and the older asymmetric forms included.
fn is_asymmetric(line_shape: &str) -> bool {
    const ASYMMETRIC: [&str; 5] = ["DS(", "A(", "E(", "F(", "H("];
    let name = line_shape.trim();
    CasaShape::parse(name)
        .map_or_else(|| ASYMMETRIC.iter().any(|start| name.starts_with(start)), CasaShape::is_asymmetric)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::foreign_fit::ForeignRegion;
    use crate::simulate::{Simulation, simulate};

    /// A simulated C 1s region with one component of a foreign fit.
    fn fitted(line_shape: &str) -> Region {
        let text = include_str!("../../../examples/lagp-xps/simulation.toml");
        let mut region = simulate(&Simulation::from_toml("s", text).unwrap(), 1).unwrap().regions.remove(0);
        let photon = region.photons.as_ref().unwrap().energy_ev;
        let free = |value: f64| ForeignParameter { value, lower: 0.0, upper: 1e9, tied_to: None, tie: 1.0 };
        let (energy, last) = (region.energy_ev(), region.energy_ev().len() - 1);
        let mut fit = ForeignFit {
            program: "CasaXPS".into(),
            regions: vec![ForeignRegion {
                name: "C 1s".into(),
                background: "Shirley".into(),
                stored_limits_ev: [photon - energy[last], photon - energy[0]],
                binding_energy_ev: None,
                rsf: 1.0,
                averaging: 4.0,
                end_offsets: [0.0; 2],
                cross_section: [0.0; 4],
                tag: String::new(),
            }],
            components: vec![ForeignComponent {
                name: "C 1s".into(),
                line_shape: line_shape.into(),
                area: free(1000.0),
                fwhm_ev: free(1.2),
                stored_position_ev: free(photon - 286.6),
                binding_energy_ev: None,
                rsf: 1.0,
                mass: 12.0,
                tag: "C 1s".into(),
            }],
            ..ForeignFit::default()
        };
        fit.resolve_binding_energies(photon);
        region.analysis = Some(fit);
        region
    }

    #[test]
    fn curves_that_cannot_be_rebuilt_are_said_to_be_missing() {
        // Truth: GL(30) is a shape of this program, Doniach–Šunjić's area in CasaXPS is not known.
        let rules = |shape: &str| {
            let region = fitted(shape);
            review_foreign(&[&region]).into_iter().map(|f| (f.rule, f.message)).collect::<Vec<_>>()
        };
        let (known, unknown) = (rules("GL(30)"), rules("DS(0.1,200)"));
        assert!(known.iter().all(|(rule, _)| rule != "curves_missing"), "{known:?}");
        assert!(known.iter().any(|(rule, _)| rule == "reduced_chi_squared"), "{known:?}");
        assert!(
            unknown.iter().any(|(rule, text)| rule == "curves_missing" && text.contains("DS(0.1,200)")),
            "{unknown:?}"
        );
        assert!(unknown.iter().all(|(rule, _)| rule != "reduced_chi_squared"), "{unknown:?}");
    }

    #[test]
    fn shapes_of_casa() {
        // Truth: CasaXPS' definition: LA(m-form) with two numbers is symmetric, with unlike exponents it is not.
        for (shape, asymmetric) in [
            ("SGL(30)", false),
            ("GL(30)", false),
            ("LA(1.53,243)", false),
            ("LA(1.4,1.7,100)", true),
            ("LF(0.54,10,80,100,6)", true),
            ("GL(30)T(1.2)", true),
            ("DS(0.1,200)", true),
        ] {
            assert_eq!(is_asymmetric(shape), asymmetric, "{shape}");
        }
    }
}
