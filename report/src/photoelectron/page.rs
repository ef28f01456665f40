//! The HTML page of photoelectron spectra: what the template prints, number by number.

use doublet_common::Quantity;
use doublet_xps::analysis::{Analysis, ComponentResult, QuantificationRow, RegionAnalysis, SampleQuantification};
use doublet_xps::review::{Finding, ReportField, Severity, iso_19830_fields};
use serde::Serialize;

use super::figures::{OVERVIEW, figure_name, swatch};
use super::{methods, verdict, words};
use crate::error::Result;
use crate::figures::Figure;
use crate::formula::state_text;
use crate::html;
use crate::number::{compact, fixed, significant};
use crate::page::{
    FigureView, Frame, capitalised, figure, number, optional, printable_all, printable_input, quantity, tool,
};
use crate::text::printable;

/// Energies this close to the end of a tabulated range count as inside.
const ROUNDING_EV: f64 = 0.01;

/// A page with the figures inside it.
///
/// # Errors
/// [`crate::Error::Page`] if the template cannot be filled in, [`crate::Error::Photoelectron`] if the recipe has no TOML.
pub fn html(analysis: &Analysis, figures: &[Figure]) -> Result<String> {
    html::render("photoelectron.html", include_str!("../../templates/photoelectron.html"), &page(analysis, figures)?)
}

#[derive(Serialize)]
struct Page {
    #[serde(flatten)]
    frame: Frame,
    overview: Option<FigureView>,
    scales: Vec<ScaleView>,
    samples: Vec<SampleView>,
    regions: Vec<RegionView>,
    findings: Vec<RuleView>,
    fields: Vec<ReportField>,
}

#[derive(Serialize)]
struct ScaleView {
    sample: String,
    reference: String,
    shift: String,
    measured: String,
}

#[derive(Serialize)]
struct SampleView {
    sample: String,
    library: String,
    path_length: String,
    transmission: String,
    rows: Vec<AmountView>,
}

#[derive(Serialize)]
struct AmountView {
    level: String,
    state: String,
    percent: String,
    counting: String,
    choices: String,
    factors: String,
    path: String,
    kinetic: String,
    factor: String,
    transmission: String,
    path_length: String,
}

#[derive(Serialize)]
struct RegionView {
    name: String,
    figure: Option<FigureView>,
    window: String,
    background: String,
    coefficients: Vec<(String, String)>,
    area_unit: &'static str,
    components: Vec<ComponentView>,
    points: usize,
    parameters: usize,
    chi: Option<String>,
    durbin_watson: Option<String>,
    termination: String,
    converged: bool,
    fitted_with: String,
    correlations: Vec<String>,
    undetermined: String,
    asymmetry: String,
    measurement: String,
}

#[derive(Serialize)]
struct ComponentView {
    colour: String,
    name: String,
    energy: String,
    fwhm: String,
    area: String,
    resampled: String,
    choices: String,
    percent: String,
    shape: &'static str,
    parameters: String,
    tabulated: String,
    tabulated_source: String,
    outside: bool,
    pair: String,
    tie: String,
}

/// What one rule found, everywhere.
#[derive(Serialize)]
struct RuleView {
    severity: &'static str,
    is_problem: bool,
    name: String,
    texts: Vec<String>,
    threshold: String,
    advice: String,
    source: String,
}

fn page(analysis: &Analysis, figures: &[Figure]) -> Result<Page> {
    Ok(Page {
        frame: frame(analysis)?,
        overview: figure(figures, OVERVIEW),
        scales: analysis
            .energy_reference
            .iter()
            .map(|scale| ScaleView {
                sample: sample(scale.sample.as_ref()),
                reference: state_text(&scale.reference),
                shift: if scale.declared { format!("{} eV", words::energy(&scale.shift_ev)) } else { "none".into() },
                measured: scale.measured_line_ev.as_ref().map_or("–".into(), |q| format!("{} eV", words::energy(q))),
            })
            .collect(),
        samples: analysis.quantification.iter().map(amounts).collect(),
        regions: (0..analysis.regions.len()).map(|index| region(analysis, figures, index)).collect(),
        findings: rules(&analysis.findings),
        fields: iso_19830_fields(analysis)
            .into_iter()
            .map(|field| ReportField {
                name: printable(&field.name),
                value: field.value.map(|value| printable(&value)),
            })
            .collect(),
    })
}

/// What the pages of both techniques show.
fn frame(analysis: &Analysis) -> Result<Frame> {
    let methods = methods(analysis);
    Ok(Frame {
        technique: "X-ray photoelectron spectroscopy",
        title: title(analysis),
        simulated: analysis.regions.iter().any(|region| region.simulated),
        tool: tool(&analysis.tool),
        measurement: measurement(analysis),
        inputs: analysis.input.iter().map(printable_input).collect(),
        verdict: verdict::sentences(analysis),
        warnings: printable_all(&analysis.warnings),
        methods: methods.paragraphs,
        references: methods.references,
        metadata: Vec::new(),
        recipe: analysis.recipe.to_toml()?,
    })
}

/// Names of the samples, or of the files where there are none.
fn title(analysis: &Analysis) -> String {
    let mut names: Vec<&str> = Vec::new();
    for name in analysis.regions.iter().filter_map(|region| region.sample.as_deref()) {
        if !name.trim().is_empty() && !names.contains(&name) {
            names.push(name);
        }
    }
    if names.is_empty() {
        names = analysis.input.iter().map(|input| input.file_name.as_str()).collect();
    }
    printable(&names.join(", "))
}

/// `8 regions: C 1s, O 1s; photon energy 1486.68 eV`
fn measurement(analysis: &Analysis) -> String {
    let levels: Vec<String> = analysis.regions.iter().map(|region| region.core_level.to_string()).collect();
    let plural = if levels.len() == 1 { "" } else { "s" };
    let photons = analysis.regions.iter().find_map(|region| region.photon_energy_ev);
    let photons = photons.map(|energy| format!("; photon energy {} eV", compact(energy, 6))).unwrap_or_default();
    format!("{} region{plural}: {}{photons}", levels.len(), levels.join(", "))
}

fn sample(name: Option<&String>) -> String {
    name.map(|name| printable(name)).unwrap_or_default()
}

fn amounts(of: &SampleQuantification) -> SampleView {
    SampleView {
        sample: sample(of.sample.as_ref()),
        library: printable(&of.library),
        path_length: printable(&of.path_length),
        transmission: printable(&of.transmission),
        rows: of.rows.iter().map(amount).collect(),
    }
}

fn amount(row: &QuantificationRow) -> AmountView {
    let budget = &row.error_budget;
    AmountView {
        level: row.level.to_string(),
        state: state_text(&row.state),
        percent: quantity(&row.atomic_percent),
        counting: significant(budget.counting, 2),
        choices: significant(budget.choices, 2),
        factors: significant(budget.sensitivity_factors, 2),
        path: significant(budget.path_length, 2),
        kinetic: row.kinetic_energy_ev.map_or("–".into(), |energy| fixed(energy, 1)),
        factor: if row.sensitivity_level == row.level {
            compact(row.sensitivity_factor, 5)
        } else {
            format!("{} ({})", compact(row.sensitivity_factor, 5), row.sensitivity_level)
        },
        transmission: significant(row.transmission, 4),
        path_length: significant(row.path_length, 4),
    }
}

fn region(analysis: &Analysis, figures: &[Figure], index: usize) -> RegionView {
    let region = &analysis.regions[index];
    let s = &region.statistics;
    let fitted_with: Vec<String> = s.fitted_with.iter().map(ToString::to_string).collect();
    RegionView {
        name: words::region_name(analysis, region),
        figure: figure(figures, &figure_name(analysis, index)),
        window: format!("{} to {} eV", number(region.window_ev[0], 1), number(region.window_ev[1], 1)),
        background: format!(
            "{}, {}",
            printable(&region.background.name),
            if region.background.active { "fitted with the peaks" } else { "fixed before the fit" }
        ),
        coefficients: region.background.coefficients.iter().map(|(n, q)| (printable(n), quantity(q))).collect(),
        area_unit: words::area_unit(region.intensity_unit),
        components: region.components.iter().enumerate().map(|(i, c)| component(region, i, c)).collect(),
        points: s.points,
        parameters: s.free_parameters,
        chi: s.reduced_chi_squared.map(|chi| significant(chi, 3)),
        durbin_watson: s.durbin_watson.map(|dw| fixed(dw, 2)),
        termination: printable(&s.termination),
        converged: s.converged,
        fitted_with: fitted_with.join(", "),
        correlations: s
            .strong_correlations
            .iter()
            .map(|c| format!("{} and {}: {}", spaced(&c.first), spaced(&c.second), number(c.coefficient, 3)))
            .collect(),
        undetermined: spaced(&s.undetermined.join(", ")),
        asymmetry: region.asymmetry.as_ref().map(|test| capitalised(&words::asymmetry(test))).unwrap_or_default(),
        measurement: acquisition(region),
    }
}

/// Names of parameters for readers: `position ev`.
fn spaced(name: &str) -> String {
    printable(name).replace('_', " ")
}

/// What the file says about how the region was measured.
fn acquisition(region: &RegionAnalysis) -> String {
    let stated = [
        region.pass_energy_ev.map(|energy| format!("pass energy {} eV", compact(energy, 4))),
        Some(format!("step {} eV", compact(region.step_ev, 3))),
        region.counting_time_s.map(|time| format!("{} s per channel", compact(time, 4))),
        Some(format!("σ from {}", words::sigma_source(region.sigma_source))),
    ];
    stated.into_iter().flatten().collect::<Vec<_>>().join("; ")
}

fn tabulated(low: String, high: String) -> String {
    if low == high { low } else { format!("{low}–{high}") }
}

/// `Gaussian FWHM 1.24(4) eV`
fn shape_parameter(name: &str, value: &Quantity) -> String {
    let unit = if name.contains("fwhm") { " eV" } else { "" };
    let name = capitalised(&name.replace('_', " ")).replace("fwhm", "FWHM").replace("Fwhm", "FWHM");
    format!("{name} {}{unit}", words::fitted(value))
}

fn component(region: &RegionAnalysis, index: usize, component: &ComponentResult) -> ComponentView {
    let parameters: Vec<String> =
        component.shape_parameters.iter().map(|(name, value)| shape_parameter(&printable(name), value)).collect();
    let energy = component.binding_energy_ev.value;
    ComponentView {
        colour: swatch(index),
        name: words::component_name(region, component),
        energy: words::energy(&component.binding_energy_ev),
        fwhm: words::energy(&component.fwhm_ev),
        area: quantity(&component.area),
        resampled: component.area_sigma_resampled.map_or("–".into(), |sigma| significant(sigma, 2)),
        choices: component.area_sigma_choices.map_or("–".into(), |sigma| significant(sigma, 2)),
        percent: optional(component.atomic_percent.as_ref()),
        shape: component.shape.name(),
        parameters: parameters.join(", "),
        tabulated: component
            .tabulated_range_ev
            .map_or("–".into(), |[low, high]| tabulated(fixed(low, 1), fixed(high, 1))),
        tabulated_source: printable(component.tabulated_source.as_deref().unwrap_or_default()),
        outside: component
            .tabulated_range_ev
            .is_some_and(|[low, high]| energy < low - ROUNDING_EV || energy > high + ROUNDING_EV),
        pair: pair(component).unwrap_or_default(),
        tie: component
            .tie
            .as_ref()
            .map(|tie| format!("{} {}", tie.core_level, state_text(&tie.state)))
            .unwrap_or_default(),
    }
}

/// `+5.31 eV, area ratio 0.75, FWHM 1.3(1) eV`, and which of them were fitted.
fn pair(component: &ComponentResult) -> Option<String> {
    let doublet = component.doublet.as_ref()?;
    let released: Vec<&str> = doublet.released.iter().map(|r| words::release(*r)).collect();
    let fitted = if released.is_empty() { String::new() } else { format!(" ({} fitted)", released.join(", ")) };
    let (splitting, ratio) = (words::energy(&doublet.splitting_ev), words::fitted(&doublet.area_ratio));
    Some(format!("+{splitting} eV, area ratio {ratio}, FWHM {} eV{fitted}", words::energy(&doublet.fwhm_ev)))
}

/// Findings by rule, in order of appearance.
fn rules(findings: &[Finding]) -> Vec<RuleView> {
    let mut rules: Vec<(&Finding, RuleView)> = Vec::new();
    for finding in findings {
        let same = |(first, _): &&mut (&Finding, RuleView)| {
            (&first.rule, first.severity, &first.threshold, &first.advice, &first.source)
                == (&finding.rule, finding.severity, &finding.threshold, &finding.advice, &finding.source)
        };
        match rules.iter_mut().find(same) {
            Some((_, rule)) => rule.texts.push(words::finding(finding)),
            None => rules.push((finding, rule(finding))),
        }
    }
    rules.into_iter().map(|(_, rule)| rule).collect()
}

fn rule(first: &Finding) -> RuleView {
    RuleView {
        severity: words::severity(first.severity),
        is_problem: first.severity == Severity::Problem,
        name: capitalised(&printable(&first.rule).replace('_', " ")),
        texts: vec![words::finding(first)],
        threshold: printable(&first.threshold),
        advice: printable(&first.advice),
        source: printable(&first.source),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::assert_self_contained;
    use crate::photoelectron::figures::figures;

    fn render(analysis: &Analysis) -> String {
        html(analysis, &figures(analysis).unwrap()).unwrap()
    }

    #[test]
    fn the_page_is_self_contained_and_complete() {
        let analysis = crate::photoelectron::example();
        let page = render(&analysis);
        assert_self_contained(&page);
        assert_eq!(page.matches("<svg ").count(), analysis.regions.len() + 1);
        for expected in [
            "LAGP + B2O3 + Bi2O3 (simulated)",
            "Simulated data, not a measurement",
            "Bi₂O₃",
            "Ge⁴⁺",
            "tied to P 2p phosphate",
            "Error budget",
            "counts eV",
            "Gaussian FWHM 1.2",
            "weaker line: +5.31 eV, area ratio 0.75",
            "Beam reduction",
            "ISO 19830",
            "energy_reference",
            "reduced by X-rays",
        ] {
            assert!(page.contains(expected), "{expected}");
        }
    }

    #[test]
    fn text_from_files_cannot_become_markup() {
        let hostile = "\"'><script>alert(1)</script><img src=x onerror=alert(1)>\u{1b}\u{0}";
        let mut analysis = crate::photoelectron::example();
        for input in &mut analysis.input {
            (input.file_name, input.format, input.sha256) = (hostile.into(), hostile.into(), hostile.into());
            input.reader_warnings = vec![hostile.into()];
        }
        analysis.warnings = vec![hostile.into()];
        analysis.tool.version = hostile.into();
        for scale in &mut analysis.energy_reference {
            (scale.sample, scale.reference) = (Some(hostile.into()), hostile.into());
        }
        for region in &mut analysis.regions {
            (region.label, region.sample) = (hostile.into(), Some(hostile.into()));
            region.background.name = hostile.into();
            region.statistics.termination = hostile.into();
            region.statistics.undetermined = vec![hostile.into()];
            for component in &mut region.components {
                (component.label, component.state) = (hostile.into(), hostile.into());
                component.tabulated_source = Some(hostile.into());
                component.tie.iter_mut().for_each(|tie| tie.state = hostile.into());
            }
        }
        for sample in &mut analysis.quantification {
            sample.sample = Some(hostile.into());
            (sample.library, sample.path_length, sample.transmission) =
                (hostile.into(), hostile.into(), hostile.into());
            sample.rows.iter_mut().for_each(|row| row.state = hostile.into());
        }
        for finding in &mut analysis.findings {
            (finding.rule, finding.subject, finding.message) = (hostile.into(), hostile.into(), hostile.into());
            (finding.threshold, finding.advice, finding.source) = (hostile.into(), hostile.into(), hostile.into());
        }
        assert_self_contained(&render(&analysis));
    }

    #[test]
    fn little_known_spectra_have_a_page() {
        let mut analysis = crate::photoelectron::example();
        analysis.quantification.clear();
        analysis.findings.clear();
        analysis.warnings.clear();
        analysis.regions.truncate(1);
        let region = &mut analysis.regions[0];
        region.sample = None;
        region.statistics.reduced_chi_squared = None;
        region.components.truncate(1);
        region.curves.components.truncate(1);
        region.components[0].atomic_percent = None;
        let page = render(&analysis);
        assert!(page.contains("No χ²") && page.contains("No rule of the review objects"));
    }
}
