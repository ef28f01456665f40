//! The page of a study: samples, what differs, claims, series figures, bulk and surface, methods.

use doublet_study::{SampleAnalysis, StudyAnalysis};
use serde::Serialize;

use super::{methods, tables, words};
use crate::error::Result;
use crate::figures::Figure;
use crate::html::render;
use crate::number::{fixed, significant, typographic};
use crate::page::{FigureView, figure, optional, printable_all, quantity, tool};
use crate::text::printable;

/// Comparisons of one property on the page.
const NOISE_ON_PAGE: usize = 12;

/// The page as one self-contained document.
///
/// # Errors
/// [`crate::Error::Page`] if the template cannot be filled in.
pub(super) fn html(analysis: &StudyAnalysis, figures: &[Figure]) -> Result<String> {
    render("study.html", include_str!("../../templates/study.html"), &page(analysis, figures))
}

#[derive(Serialize)]
struct Page {
    title: String,
    tool: String,
    simulated: bool,
    samples: Vec<SampleRow>,
    properties: Vec<PropertyRow>,
    labels: Vec<String>,
    real: Vec<String>,
    noise: Vec<String>,
    more_noise: usize,
    comparisons: usize,
    claims: Vec<ClaimView>,
    series: Vec<FigureView>,
    levels: Vec<FigureView>,
    surfaces: Vec<SurfaceView>,
    densities: Vec<DensityRow>,
    warnings: Vec<String>,
    methods: Vec<MethodsView>,
}

#[derive(Serialize)]
struct SampleRow {
    label: String,
    treatment: String,
    files: String,
    failures: Vec<String>,
}

#[derive(Serialize)]
struct PropertyRow {
    name: String,
    values: Vec<String>,
}

#[derive(Serialize)]
struct ClaimView {
    text: String,
    facts: Vec<String>,
    answers: Vec<AnswerView>,
}

#[derive(Serialize)]
struct AnswerView {
    sample: String,
    words: &'static str,
    class: &'static str,
    explanation: String,
}

#[derive(Serialize)]
struct SurfaceView {
    label: String,
    basis: String,
    carbon: String,
    only_surface: String,
    remarks: Vec<String>,
    rows: Vec<[String; 5]>,
}

#[derive(Serialize)]
struct DensityRow {
    label: String,
    bulk: String,
    porosity: String,
    theoretical: String,
    relative: String,
    basis: String,
}

#[derive(Serialize)]
struct MethodsView {
    heading: &'static str,
    paragraphs: Vec<String>,
    references: Vec<String>,
}

fn page(analysis: &StudyAnalysis, figures: &[Figure]) -> Page {
    let (real, noise): (Vec<_>, Vec<_>) = analysis.comparisons.iter().partition(|c| c.distinguishable);
    let view = |figure_of: &Figure| figure(figures, &figure_of.name);
    let wide = || figures.iter().filter(|f| !f.name.ends_with("-single"));
    let is_level = |f: &&Figure| f.name.starts_with("level-");
    // Sizes and densities are narrow by nature.
    let series = wide().filter(|f| !is_level(f)).filter_map(|f| match f.name.as_str() {
        "sizes" | "densities" => figure(figures, &format!("{}-single", f.name)),
        _ => view(f),
    });
    Page {
        title: printable(&analysis.study.title),
        tool: tool(&analysis.tool),
        simulated: !super::figures::is_measured(analysis),
        samples: analysis.samples.iter().map(sample_row).collect(),
        properties: properties(analysis),
        labels: analysis.samples.iter().map(|sample| printable(&sample.label)).collect(),
        real: real.iter().map(|c| words::sentence(c)).collect(),
        noise: noise.iter().take(NOISE_ON_PAGE).map(|c| words::sentence(c)).collect(),
        more_noise: noise.len().saturating_sub(NOISE_ON_PAGE),
        comparisons: analysis.comparisons.len(),
        claims: claims(analysis),
        series: series.collect(),
        levels: figures.iter().filter(|f| is_level(f) && f.name.ends_with("-single")).filter_map(view).collect(),
        surfaces: analysis.samples.iter().filter_map(surface).collect(),
        densities: analysis.samples.iter().filter_map(density).collect(),
        warnings: warnings(analysis),
        methods: methods::parts(analysis)
            .into_iter()
            .map(|part| MethodsView { heading: part.heading, paragraphs: part.paragraphs, references: part.references })
            .collect(),
    }
}

fn warnings(analysis: &StudyAnalysis) -> Vec<String> {
    let own = analysis.samples.iter().flat_map(|sample| {
        let failed = sample.failures.iter().map(|failure| format!("{}: {failure}", sample.label));
        failed.chain(sample.warnings.iter().map(|warning| format!("{}: {warning}", sample.label)))
    });
    let all: Vec<String> = analysis.warnings.iter().cloned().chain(own).collect();
    printable_all(&all)
}

fn sample_row(sample: &SampleAnalysis) -> SampleRow {
    let xrd = sample.xrd.iter().map(|xrd| xrd.input.file_name.as_str());
    let xps = sample.xps.iter().flat_map(|xps| &xps.input).map(|input| input.file_name.as_str());
    SampleRow {
        label: printable(&sample.label),
        treatment: printable(sample.treatment.as_deref().unwrap_or("–")),
        files: printable(&xrd.chain(xps).collect::<Vec<_>>().join(", ")),
        failures: printable_all(&sample.failures),
    }
}

/// One row a property, one value a sample.
fn properties(analysis: &StudyAnalysis) -> Vec<PropertyRow> {
    tables::property_names(analysis)
        .into_iter()
        .map(|(name, unit)| {
            let value = |sample: &SampleAnalysis| match sample.properties.iter().find(|p| p.name == name) {
                Some(p) => format!("{}{}", if p.lower_limit { "≥ " } else { "" }, quantity(&p.value)),
                None => "–".into(),
            };
            let unit = if unit.is_empty() { String::new() } else { format!(" / {unit}") };
            PropertyRow {
                values: analysis.samples.iter().map(value).collect(),
                name: printable(&format!("{name}{unit}")),
            }
        })
        .collect()
}

fn claims(analysis: &StudyAnalysis) -> Vec<ClaimView> {
    let answer = |answer: &doublet_study::claims::SampleAnswer| {
        let (words, class) = words::verdict(answer.answer);
        AnswerView { sample: printable(&answer.sample), words, class, explanation: printable(&answer.explanation) }
    };
    analysis
        .claims
        .iter()
        .map(|claim| ClaimView {
            text: printable(&claim.text),
            facts: printable_all(&claim.facts),
            answers: claim.answers.iter().map(answer).collect(),
        })
        .collect()
}

fn surface(sample: &SampleAnalysis) -> Option<SurfaceView> {
    let surface = sample.surface.as_ref()?;
    let only: Vec<String> =
        surface.only_at_the_surface.iter().map(|(element, amount)| format!("{element} {}", quantity(amount))).collect();
    Some(SurfaceView {
        label: printable(&sample.label),
        basis: printable(&surface.basis),
        carbon: optional(surface.carbon_percent.as_ref()),
        only_surface: printable(&only.join(", ")),
        remarks: printable_all(&surface.remarks),
        rows: surface
            .elements
            .iter()
            .map(|e| {
                [
                    printable(&e.element),
                    quantity(&e.bulk_percent),
                    quantity(&e.surface_percent),
                    typographic(&fixed(e.z, 1)),
                    e.reading.clone().unwrap_or_default(),
                ]
            })
            .collect(),
    })
}

fn density(sample: &SampleAnalysis) -> Option<DensityRow> {
    let density = sample.density.as_ref()?;
    Some(DensityRow {
        label: printable(&sample.label),
        bulk: quantity(&density.bulk_g_cm3),
        porosity: quantity(&density.open_porosity_percent),
        theoretical: optional(density.theoretical_g_cm3.as_ref()),
        relative: optional(density.relative_percent.as_ref()),
        basis: printable(density.theoretical_basis.as_deref().unwrap_or("no diffraction scan")),
    })
}

/// A number for a table of statistics.
pub(super) fn statistic(value: Option<f64>) -> String {
    value.map_or("–".into(), |value| typographic(&significant(value, 3)))
}
