//! The same report for fits that other programs left in files: what can be said of them, and what their authors must add.

use std::collections::BTreeSet;

use super::ReportField;
use super::foreign::{fits, judged};
use crate::foreign_fit::ForeignFit;
use crate::lineshape::CasaShape;
use crate::region::Region;

/// Fields that ISO 19830:2015 asks for, filled from what the files hold.
pub fn iso_19830_fields_of_foreign(regions: &[&Region]) -> Vec<ReportField> {
    let fits = fits(regions);
    let every = |of: &dyn Fn(&Region, &ForeignFit) -> Option<String>| -> Option<String> {
        let said: Option<Vec<String>> =
            fits.iter().map(|(r, f)| of(r, f).map(|value| format!("{}: {value}", r.label))).collect();
        said.filter(|said| !said.is_empty()).map(|said| said.join("; "))
    };
    let field = |name: &str, value: Option<String>| ReportField { name: name.into(), value };
    vec![
        field("photon energy", every(&|r, _| r.photons.as_ref().map(|p| format!("{} eV", p.energy_ev)))),
        field("pass energy", every(&|r, _| r.pass_energy_ev.map(|e| format!("{e} eV")))),
        field("energy step", every(&|r, _| step(r).map(|s| format!("{s:.3} eV")))),
        field("counting time per channel", every(&|r, _| r.counting_time_s().map(|t| format!("{t} s")))),
        field("charge reference", every(&|_, f| calibration(f))),
        field("fitted range", every(&|_, f| range(f).map(|[a, b]| format!("{a:.1} to {b:.1} eV")))),
        field("background", every(&|_, f| backgrounds(f))),
        field("line shapes", every(&|_, f| shapes(f))),
        field("constraints", every(&|_, f| (!f.components.is_empty()).then(|| ties(f)))),
        field("uncertainties", None),
        field("goodness of fit", every(&|r, f| goodness(r, f))),
        field("residuals shown", None),
        field("software", every(&|_, f| (!f.program.is_empty()).then(|| f.program.clone()))),
    ]
}

fn step(region: &Region) -> Option<f64> {
    let energy = region.energy_ev();
    let span = energy.last()? - energy.first()?;
    (energy.len() > 1).then(|| span / (energy.len() - 1) as f64)
}

/// χ² from the curves in the file or from those rebuilt from its numbers, which says so.
fn goodness(region: &Region, fit: &ForeignFit) -> Option<String> {
    let value = judged(region, fit).reduced_chi_squared?;
    let inferred =
        fit.components.iter().any(|c| matches!(CasaShape::parse(&c.line_shape), Some(CasaShape::Asymmetric { .. })));
    let rebuilt = match (fit.curves.is_empty(), inferred) {
        (false, _) => "",
        (true, false) => " (curves computed again from the fit's numbers)",
        (true, true) => {
            " (curves computed again from the fit's numbers; the Gaussian of LA is inferred, not documented)"
        }
    };
    Some(format!("reduced χ² {value:.2}{rebuilt}"))
}

fn calibration(fit: &ForeignFit) -> Option<String> {
    let last = fit.calibrations.last()?;
    let (seen, given, shift) = (last.measured_ev, last.assigned_ev, fit.energy_shift_ev);
    Some(format!("a line seen at {seen} eV placed at {given} eV; shift {shift:+.2} eV"))
}

fn range(fit: &ForeignFit) -> Option<[f64; 2]> {
    let limits = fit.regions.iter().filter_map(|r| r.binding_energy_ev);
    let peaks = fit.peaks.iter().filter_map(|p| p.limits_binding_energy_ev).map(|[a, b]| [a.min(b), a.max(b)]);
    limits.chain(peaks).reduce(|a, b| [a[0].min(b[0]), a[1].max(b[1])])
}

fn joined(names: impl Iterator<Item = String>) -> Option<String> {
    let names: BTreeSet<String> = names.filter(|n| !n.is_empty()).collect();
    (!names.is_empty()).then(|| names.into_iter().collect::<Vec<_>>().join(", "))
}

fn backgrounds(fit: &ForeignFit) -> Option<String> {
    let peaks = fit.peaks.iter().filter_map(|p| p.background.clone());
    joined(fit.regions.iter().map(|r| r.background.clone()).chain(peaks))
}

fn shapes(fit: &ForeignFit) -> Option<String> {
    joined(fit.components.iter().map(|c| c.line_shape.clone()))
}

fn ties(fit: &ForeignFit) -> String {
    let name = |index: usize| fit.components.get(index).map_or("another component", |c| c.name.as_str());
    let said: Vec<String> = fit
        .components
        .iter()
        .flat_map(|c| {
            [("area", &c.area), ("FWHM", &c.fwhm_ev), ("position", &c.stored_position_ev)].map(|(what, p)| {
                p.tied_to.map(|target| format!("{what} of {} tied to {} ({})", c.name, name(target), p.tie))
            })
        })
        .flatten()
        .collect();
    if said.is_empty() { "none".into() } else { said.join(", ") }
}

/// The methods paragraph as far as the files allow; what they do not say is named.
pub fn methods_paragraph_of_foreign(regions: &[&Region]) -> String {
    let fits = fits(regions);
    if fits.is_empty() {
        return String::new();
    }
    let programs = joined(fits.iter().map(|(_, f)| f.program.clone())).unwrap_or_else(|| "a program not named".into());
    let mut text = format!("Core-level spectra were evaluated with {programs}. ");
    text += &match joined(fits.iter().filter_map(|(_, f)| calibration(f))) {
        Some(said) => format!("Charge correction: {said}. "),
        None => "No charge correction is recorded. ".into(),
    };
    if let Some(names) = joined(fits.iter().filter_map(|(_, f)| backgrounds(f))) {
        text += &format!("Backgrounds ({names}) were subtracted before the areas were taken. ");
    }
    if let Some(names) = joined(fits.iter().filter_map(|(_, f)| shapes(f))) {
        text += &format!("Components have the line shapes {names}. ");
    }
    let libraries = joined(fits.iter().flat_map(|(_, f)| &f.peaks).filter_map(|p| p.sensitivity_library.clone()));
    text += &match libraries {
        Some(names) => format!("Sensitivity factors are those of {names}. "),
        None => "The library of the sensitivity factors is not recorded. ".into(),
    };
    let missing: Vec<String> =
        iso_19830_fields_of_foreign(regions).into_iter().filter(|f| f.value.is_none()).map(|f| f.name).collect();
    if !missing.is_empty() {
        text += &format!("Not recorded, and to be added by the authors: {}.", missing.join(", "));
    }
    text
}
