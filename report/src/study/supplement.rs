//! Supplementary information: every fit of every sample, to be printed by a browser.

use doublet_study::{SampleAnalysis, StudyAnalysis};
use doublet_xrd::analysis::Verdict;
use rayon::prelude::*;
use serde::Serialize;

use super::page::statistic;
use crate::error::Result;
use crate::figures::Figure;
use crate::html::render;
use crate::number::fixed;
use crate::page::{FigureView, figure, optional, printable_all, quantity, tool};
use crate::text::printable;
use crate::{diffraction, photoelectron};

/// The document.
///
/// # Errors
/// [`crate::Error`] if a figure cannot be drawn or the template not be filled in.
pub(super) fn html(analysis: &StudyAnalysis) -> Result<String> {
    let samples: Result<Vec<SampleView>> = analysis.samples.par_iter().map(sample).collect();
    let page = Page { title: printable(&analysis.study.title), tool: tool(&analysis.tool), samples: samples? };
    render("study-supplement.html", include_str!("../../templates/study-supplement.html"), &page)
}

#[derive(Serialize)]
struct Page {
    title: String,
    tool: String,
    samples: Vec<SampleView>,
}

#[derive(Serialize)]
struct SampleView {
    label: String,
    treatment: String,
    failures: Vec<String>,
    diffraction: Option<Diffraction>,
    photoelectrons: Option<Photoelectrons>,
}

#[derive(Serialize)]
struct Diffraction {
    file: String,
    sha256: String,
    figures: Vec<FigureView>,
    phases: Vec<[String; 5]>,
    structures: Vec<String>,
    sizes: Vec<[String; 5]>,
    fits: Vec<[String; 6]>,
    warnings: Vec<String>,
}

#[derive(Serialize)]
struct Photoelectrons {
    files: Vec<[String; 2]>,
    reference: String,
    figures: Vec<FigureView>,
    components: Vec<[String; 7]>,
    fits: Vec<[String; 6]>,
    findings: Vec<String>,
    warnings: Vec<String>,
}

fn sample(sample: &SampleAnalysis) -> Result<SampleView> {
    Ok(SampleView {
        label: printable(&sample.label),
        treatment: printable(sample.treatment.as_deref().unwrap_or("")),
        failures: printable_all(&sample.failures),
        diffraction: sample.xrd.as_ref().map(of_diffraction).transpose()?,
        photoelectrons: sample.xps.as_ref().map(of_photoelectrons).transpose()?,
    })
}

fn views(figures: &[Figure]) -> Vec<FigureView> {
    figures.iter().filter_map(|one| figure(figures, &one.name)).collect()
}

fn of_diffraction(analysis: &doublet_xrd::analysis::Analysis) -> Result<Diffraction> {
    let fit = |name: &str, fit: &doublet_xrd::analysis::FitStatistics| {
        [
            name.to_owned(),
            fit.observations.to_string(),
            fit.free_parameters.to_string(),
            fixed(fit.r_wp_percent, 2),
            statistic(Some(fit.reduced_chi_squared)),
            statistic(Some(fit.durbin_watson)),
        ]
    };
    let pattern = analysis.pattern_fit.iter().map(|statistics| fit("phases", statistics));
    let lengths = |cell: &doublet_xrd::analysis::RefinedCell| {
        let [a, b, c] = cell.lengths_angstrom.map(|length| quantity(&length));
        format!("{a}, {b}, {c}")
    };
    let shown = || analysis.phases.iter().filter(|phase| phase.verdict != Verdict::NotDetected);
    Ok(Diffraction {
        file: printable(&analysis.input.file_name),
        sha256: printable(&analysis.input.sha256),
        figures: views(&diffraction::figures::figures(analysis)?),
        structures: shown().map(|phase| printable(&format!("{}: {}", phase.id, phase.citation))).collect(),
        phases: shown()
            .map(|phase| {
                [
                    printable(&phase.id),
                    if phase.verdict == Verdict::Present { "present".into() } else { "possible".into() },
                    optional(phase.weight_percent.as_ref()),
                    fixed(phase.evidence_sigma, 1),
                    phase.cell.as_ref().map_or("–".into(), lengths),
                ]
            })
            .collect(),
        sizes: analysis
            .crystallite_size
            .iter()
            .map(|size| {
                [
                    printable(&size.phase_id),
                    optional(size.mean_size_fwhm_nm.as_ref()),
                    optional(size.mean_size_integral_nm.as_ref()),
                    size.reflections.iter().filter(|reflection| reflection.used).count().to_string(),
                    printable(&size.meaning),
                ]
            })
            .collect(),
        fits: [fit("peaks", &analysis.peak_fit)].into_iter().chain(pattern).collect(),
        warnings: printable_all(&analysis.warnings),
    })
}

fn of_photoelectrons(analysis: &doublet_xps::analysis::Analysis) -> Result<Photoelectrons> {
    let components = analysis.regions.iter().flat_map(|region| region.components.iter().map(move |c| (region, c)));
    let scale = analysis.energy_reference.first();
    Ok(Photoelectrons {
        files: analysis.input.iter().map(|input| [printable(&input.file_name), printable(&input.sha256)]).collect(),
        reference: scale.map_or(String::new(), |scale| {
            printable(&format!("{}, shift {} eV", scale.reference, quantity(&scale.shift_ev)))
        }),
        figures: views(&photoelectron::figures::figures(analysis)?),
        components: components
            .map(|(region, component)| {
                [
                    region.core_level.to_string(),
                    printable(&component.label),
                    quantity(&component.binding_energy_ev),
                    quantity(&component.fwhm_ev),
                    quantity(&component.area),
                    optional(component.atomic_percent.as_ref()),
                    component
                        .tie
                        .as_ref()
                        .map_or(String::new(), |tie| format!("tied to {} {}", tie.core_level, tie.state)),
                ]
            })
            .collect(),
        fits: analysis
            .regions
            .iter()
            .map(|region| {
                let statistics = &region.statistics;
                [
                    region.core_level.to_string(),
                    statistics.points.to_string(),
                    statistics.free_parameters.to_string(),
                    printable(&region.background.name),
                    statistic(statistics.reduced_chi_squared),
                    statistic(statistics.durbin_watson),
                ]
            })
            .collect(),
        findings: analysis
            .findings
            .iter()
            .map(|finding| printable(&format!("{}: {}", finding.subject, finding.message)))
            .collect(),
        warnings: printable_all(&analysis.warnings),
    })
}
