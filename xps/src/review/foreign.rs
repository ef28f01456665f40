//! The view of fits that other programs left in measurement files.

use doublet_reference_patterns::photoelectrons::{Level, spin_orbit, states_of};

use super::Finding;
use super::rules;
use super::view::{FitView, LineView, RegionView};
use crate::core_level::core_level_in;
use crate::foreign_fit::{ForeignComponent, ForeignFit, ForeignParameter};
use crate::region::Region;

/// A tied area within this of the statistical ratio marks a doublet partner, as does a position near the splitting.
const PARTNER_DISTANCE_EV: f64 = 1.0;
/// A parameter this close to its bound, relative to the range, sits on it.
const AT_BOUND: f64 = 1e-6;

/// Findings on the fits inside `regions`; empty if there are none.
pub fn review_foreign(regions: &[&Region]) -> Vec<Finding> {
    let fits: Vec<(&Region, &ForeignFit)> = regions
        .iter()
        .filter_map(|r| r.analysis.as_ref().map(|fit| (*r, fit)))
        .filter(|(_, f)| !f.components.is_empty())
        .collect();
    if fits.is_empty() {
        return Vec::new();
    }
    let views = fits.iter().map(|(region, fit)| region_view(region, fit)).collect();
    let reference_declared = fits.iter().all(|(_, fit)| !fit.calibrations.is_empty());
    rules::all(&FitView { regions: views, reference_declared })
}

fn region_view(region: &Region, fit: &ForeignFit) -> RegionView {
    let mut lines: Vec<LineView> = fit.components.iter().map(|c| line_view(region, c)).collect();
    for i in 0..lines.len() {
        if let Some(major) = partner(&lines, &fit.components, i) {
            lines[i].weaker_of = Some(major);
            lines[major].is_complete = true;
        }
    }
    let window_ev =
        fit.regions.iter().filter_map(|r| r.binding_energy_ev).reduce(|a, b| [a[0].min(b[0]), a[1].max(b[1])]);
    RegionView {
        name: region.label.clone(),
        sample: region.sample.clone(),
        window_ev,
        at_bound: fit.components.iter().flat_map(at_bound).collect(),
        shift_ev: (!fit.calibrations.is_empty()).then_some(-fit.energy_shift_ev),
        lines,
        ..RegionView::default()
    }
}

fn line_view(region: &Region, component: &ForeignComponent) -> LineView {
    let named = [component.tag.as_str(), component.name.as_str(), region.label.as_str()];
    let level = named.iter().find_map(|text| core_level_in(text)?.parse::<Level>().ok()).map(|l| l.subshell());
    let state = level.as_ref().and_then(|level| {
        let known = states_of(level).find(|s| component.name.to_lowercase().contains(&s.name.to_lowercase()));
        known.map(|s| s.name.to_string())
    });
    LineView {
        label: format!("{} ({})", component.name, component.line_shape),
        is_complete: level.as_ref().is_none_or(|l| spin_orbit(l).is_none()),
        level,
        state: state.unwrap_or_else(|| component.name.clone()),
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

/// Whether a CasaXPS line shape has unlike sides: `LA(a, b, m)` and `LF(a, b, …)` with a ≠ b, Doniach–Šunjić, tail forms.
fn is_asymmetric(line_shape: &str) -> bool {
    let Some((name, rest)) = line_shape.split_once('(') else { return false };
    let numbers: Vec<f64> =
        rest.trim_end_matches(')').split([',', ')', '(']).filter_map(|n| n.trim().parse().ok()).collect();
    match name.trim() {
        "LA" => numbers.len() >= 3 && numbers[0] != numbers[1],
        "LF" => numbers.len() >= 2 && numbers[0] != numbers[1],
        "DS" | "A" | "E" | "F" | "H" => true,
        _ => line_shape.contains(")T(") || line_shape.contains("DS("),
    }
}

#[cfg(test)]
mod tests {
    use super::is_asymmetric;

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
        ] {
            assert_eq!(is_asymmetric(shape), asymmetric, "{shape}");
        }
    }
}
