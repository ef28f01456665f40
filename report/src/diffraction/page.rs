//! The HTML page of one scan: what the template prints, number by number.

use doublet_xrd::analysis::{
    Analysis, ClaimAnswer, ContaminationLines, ContaminationPeak, FitStatistics, Line, Peak, Phase, RefinedCell,
    ScanSummary, Verdict,
};
use minijinja::Value;
use serde::Serialize;

use super::size_view::SizeView;
use super::{methods, verdict, words};
use crate::error::Result;
use crate::figures::Figure;
use crate::formula::{formula_html, hkl_html, space_group_html, without_blanks, without_setting};
use crate::html::{self, trusted};
use crate::number::{compact, fixed, significant, typographic};
use crate::page::{FigureView, Frame, figure, number, printable_all, printable_input, quantity, tool};
use crate::text::printable;

/// A page with the figures inside it.
///
/// # Errors
/// [`crate::Error::Page`] if the template cannot be filled in, [`crate::Error::Diffraction`] if the recipe has no TOML.
pub fn html(analysis: &Analysis, figures: &[Figure]) -> Result<String> {
    html::render("diffraction.html", include_str!("../../templates/diffraction.html"), &page(analysis, figures)?)
}

#[derive(Serialize)]
struct Page {
    #[serde(flatten)]
    frame: Frame,
    figures: Figures,
    phases: Vec<PhaseView>,
    absent: Vec<PhaseView>,
    claims: Vec<ClaimView>,
    stray: Vec<PeakView>,
    sizes: Vec<SizeView>,
    peaks: Vec<PeakView>,
    contamination: Vec<ContaminationView>,
    unit: &'static str,
    fits: Vec<FitView>,
    background: String,
    displacement: Option<String>,
}

#[derive(Serialize)]
struct Figures {
    pattern: Option<FigureView>,
    sqrt: Option<FigureView>,
    lines: Option<FigureView>,
    sizes: Option<FigureView>,
    breadths: Vec<FigureView>,
}

#[derive(Serialize)]
struct PhaseView {
    id: String,
    id_is_formula: bool,
    name: String,
    formula: Value,
    space_group: Value,
    short_group: Value,
    references: String,
    citation: String,
    model: bool,
    verdict: &'static str,
    verdict_class: String,
    reason: String,
    evidence_sigma: String,
    evidence_chi: String,
    amount: String,
    amount_error: Option<ErrorView>,
    upper_limit: Option<String>,
    density: String,
    cell: Option<CellView>,
    found: Vec<LineView>,
    missing: Vec<LineView>,
    rivals: Vec<RivalView>,
}

/// Parts of the σ of a weight percent.
#[derive(Serialize)]
struct ErrorView {
    fit: String,
    choices: String,
    microabsorption: String,
}

#[derive(Serialize)]
struct CellView {
    lengths: String,
    angles: String,
    volume: String,
    change: [String; 3],
    at_tolerance: String,
}

#[derive(Serialize)]
struct LineView {
    hkl: Value,
    angle: String,
    ratio: Option<String>,
}

#[derive(Serialize)]
struct RivalView {
    id: String,
    formula: Value,
    chi: String,
}

#[derive(Serialize)]
struct ClaimView {
    claim: String,
    answer: &'static str,
    class: String,
    explanation: String,
    nearest: Option<LineView>,
    required: Vec<LineView>,
    absent: Vec<LineView>,
    alternatives: Vec<AlternativeView>,
}

#[derive(Serialize)]
struct AlternativeView {
    id: String,
    formula: Value,
    verdict: &'static str,
    line: LineView,
    remark: String,
}

#[derive(Serialize)]
struct PeakView {
    angle: String,
    d: String,
    area: String,
    relative: String,
    fwhm: String,
    integral: String,
    lorentzian: String,
    significance: String,
    stray: bool,
    assigned: Vec<Value>,
}

#[derive(Serialize)]
struct ContaminationView {
    label: String,
    wavelength: String,
    percent: String,
    source: String,
    /// Angle, area, significance, name.
    peaks: Vec<[String; 4]>,
}

#[derive(Serialize)]
struct FitView {
    name: &'static str,
    points: usize,
    parameters: usize,
    chi: String,
    wp: String,
    expected: String,
    durbin_watson: String,
    inflation: String,
    termination: String,
}

fn page(analysis: &Analysis, figures: &[Figure]) -> Result<Page> {
    let (absent, found): (Vec<&Phase>, Vec<&Phase>) =
        analysis.phases.iter().partition(|phase| phase.verdict == Verdict::NotDetected);
    let peaks = || (0..analysis.peaks.len()).map(|index| peak(analysis, index));
    let fit = |name| move |statistics| fit(name, statistics);
    Ok(Page {
        frame: frame(analysis)?,
        figures: Figures {
            pattern: figure(figures, "pattern"),
            sqrt: figure(figures, "pattern-sqrt"),
            lines: figure(figures, "lines"),
            sizes: figure(figures, "sizes"),
            breadths: ["williamson-hall", "size-strain-plot", "warren-averbach"]
                .iter()
                .filter_map(|name| figure(figures, name))
                .collect(),
        },
        phases: found.into_iter().map(|found| phase(analysis, found)).collect(),
        absent: absent.into_iter().map(|absent| phase(analysis, absent)).collect(),
        claims: analysis.claims.iter().map(|answer| claim(analysis, answer)).collect(),
        stray: peaks().filter(|peak| peak.stray).collect(),
        sizes: analysis.crystallite_size.iter().map(|size| SizeView::new(analysis, size)).collect(),
        peaks: peaks().collect(),
        contamination: analysis.contamination.iter().map(contamination).collect(),
        unit: words::intensity_unit(analysis.scan.intensity_unit),
        fits: std::iter::once(&analysis.peak_fit)
            .map(fit("Peaks"))
            .chain(analysis.pattern_fit.iter().map(fit("Whole pattern of the phases")))
            .collect(),
        background: format!(
            "Background: Chebyshev polynomial of degree {} ({}).",
            analysis.background.chebyshev_degree,
            printable(&analysis.background.choice)
        ),
        displacement: analysis.specimen_displacement_deg.as_ref().map(quantity),
    })
}

/// What the pages of both techniques show.
fn frame(analysis: &Analysis) -> Result<Frame> {
    let title = analysis.scan.title.as_deref().filter(|title| !title.trim().is_empty());
    let methods = methods(analysis);
    Ok(Frame {
        technique: "Powder diffraction",
        title: printable(title.unwrap_or(&analysis.input.file_name)),
        simulated: analysis.scan.simulated,
        tool: tool(&analysis.tool),
        measurement: scan(&analysis.scan),
        inputs: vec![printable_input(&analysis.input)],
        verdict: verdict::sentences(analysis),
        warnings: printable_all(&analysis.warnings),
        methods: methods.paragraphs,
        references: methods.references,
        metadata: analysis.scan.metadata.iter().map(|(name, value)| (printable(name), printable(value))).collect(),
        recipe: analysis.recipe.to_toml()?,
    })
}

/// `5000 points, 2θ 10.00–84.98°, step 0.015°, Cu Kα`
pub(in crate::diffraction) fn scan(scan: &ScanSummary) -> String {
    let [low, high] = scan.two_theta_range_deg;
    let time = scan.counting_time_s.map(|time| format!(", {} s per step", compact(time, 3))).unwrap_or_default();
    format!(
        "{} points, 2θ {}–{}°, step {}°{time}, {}",
        scan.points,
        fixed(low, 2),
        fixed(high, 2),
        compact(scan.step_deg, 3),
        words::radiation(&scan.radiation)
    )
}

fn phase(analysis: &Analysis, phase: &Phase) -> PhaseView {
    let verdict = words::verdict(phase.verdict);
    let (formula, name) = words::formula_and_remark(phase);
    PhaseView {
        id: printable(&phase.id),
        id_is_formula: phase.id == formula,
        name: printable(&name),
        formula: trusted(formula_html(&formula)),
        space_group: trusted(space_group_html(&phase.space_group)),
        short_group: trusted(space_group_html(without_setting(&phase.space_group))),
        references: printable(&phase.references.join(", ")),
        citation: printable(&phase.citation),
        model: phase.model,
        verdict,
        verdict_class: class(verdict),
        reason: printable(&phase.reason),
        evidence_sigma: number(phase.evidence_sigma, 1),
        evidence_chi: typographic(&significant(phase.evidence_delta_chi_squared, 4)),
        amount: words::amount(phase, quantity),
        amount_error: phase.weight_percent_error.as_ref().map(|error| ErrorView {
            fit: significant(error.fit, 2),
            choices: significant(error.choices, 2),
            microabsorption: significant(error.microabsorption, 2),
        }),
        upper_limit: phase.upper_limit_wt_percent.map(words::limit),
        density: fixed(phase.density_g_cm3, 3),
        cell: phase.cell.as_ref().map(cell),
        found: phase.lines_found.iter().map(line).collect(),
        missing: phase.lines_missing.iter().map(line).collect(),
        rivals: phase
            .rivals
            .iter()
            .map(|rival| RivalView {
                id: printable(&rival.id),
                formula: known_formula(analysis, &rival.id, &rival.formula),
                chi: typographic(&significant(rival.delta_chi_squared, 3)),
            })
            .collect(),
    }
}

/// Formula by which a reader knows the phase `id`; `formula` if it is not among the candidates.
fn known_formula(analysis: &Analysis, id: &str, formula: &str) -> Value {
    let known = analysis.phases.iter().find(|phase| phase.id == id);
    let formula = known.map_or_else(|| without_blanks(formula), |phase| words::formula_and_remark(phase).0);
    trusted(formula_html(&formula))
}

/// `not detected` as the name of a CSS class.
fn class(words: &str) -> String {
    words.replace(' ', "-")
}

/// Lengths and angles; equal ones and right angles once.
fn cell(cell: &RefinedCell) -> CellView {
    let [a, b, c] = &cell.lengths_angstrom;
    let lengths = match (a.value == b.value, b.value == c.value) {
        (true, true) => format!("a = {} Å", quantity(a)),
        (true, false) => format!("a = b = {} Å, c = {} Å", quantity(a), quantity(c)),
        _ => format!("a = {} Å, b = {} Å, c = {} Å", quantity(a), quantity(b), quantity(c)),
    };
    let angles: Vec<String> = ["α", "β", "γ"]
        .iter()
        .zip(&cell.angles_deg)
        .map(|(name, angle)| {
            let fixed_by_symmetry = angle.sigma.is_none() && (angle.value == 90.0 || angle.value == 120.0);
            let value = if fixed_by_symmetry { fixed(angle.value, 0) } else { quantity(angle) };
            format!("{name} = {value}°")
        })
        .collect();
    CellView {
        lengths,
        angles: angles.join(", "),
        volume: quantity(&cell.volume_angstrom3),
        change: cell.change_percent.map(|change| typographic(&format!("{change:+.2}"))),
        at_tolerance: printable(&cell.at_tolerance.join(", ")),
    }
}

fn line(line: &Line) -> LineView {
    LineView {
        hkl: trusted(hkl_html(line.hkl)),
        angle: fixed(line.two_theta_deg, 2),
        ratio: line.observed_over_calculated.as_ref().map(quantity),
    }
}

fn claim(analysis: &Analysis, claim: &ClaimAnswer) -> ClaimView {
    let answer = words::claim(claim.answer);
    ClaimView {
        claim: printable(&claim.claim),
        answer,
        class: class(answer),
        explanation: printable(&claim.explanation),
        nearest: claim.nearest_line.as_ref().map(line),
        required: claim.required_lines.iter().map(line).collect(),
        absent: claim.absent_lines.iter().map(line).collect(),
        alternatives: claim
            .alternatives
            .iter()
            .map(|other| AlternativeView {
                id: printable(&other.id),
                formula: known_formula(analysis, &other.id, &other.formula),
                verdict: words::verdict(other.verdict),
                line: line(&other.line),
                remark: printable(&other.remark),
            })
            .collect(),
    }
}

fn peak(analysis: &Analysis, index: usize) -> PeakView {
    let peak: &Peak = &analysis.peaks[index];
    let assigned = |phase_id: &str, hkl| {
        let formula = formula_html(&words::formula_of(analysis, phase_id));
        trusted(format!("{formula}&nbsp;{}", hkl_html(hkl)))
    };
    PeakView {
        angle: quantity(&peak.two_theta_deg),
        d: quantity(&peak.d_angstrom),
        area: quantity(&peak.area),
        relative: number(peak.relative_area_percent, 1),
        fwhm: quantity(&peak.fwhm_deg),
        integral: quantity(&peak.integral_breadth_deg),
        lorentzian: quantity(&peak.lorentzian_fraction),
        significance: number(peak.significance, 1),
        stray: analysis.unexplained_peaks.contains(&index),
        assigned: peak.assigned_to.iter().map(|a| assigned(&a.phase_id, a.hkl)).collect(),
    }
}

fn contamination(lines: &ContaminationLines) -> ContaminationView {
    let percent = doublet_common::Quantity {
        value: 100.0 * lines.ratio.value,
        sigma: lines.ratio.sigma.map(|sigma| 100.0 * sigma),
    };
    let row = |peak: &ContaminationPeak| {
        [number(peak.two_theta_deg, 3), significant(peak.area, 3), number(peak.significance, 1), printable(&peak.name)]
    };
    ContaminationView {
        label: lines.label.clone(),
        wavelength: number(lines.wavelength_angstrom, 5),
        percent: quantity(&percent),
        source: printable(&lines.source),
        peaks: lines.peaks.iter().map(row).collect(),
    }
}

fn fit(name: &'static str, statistics: &FitStatistics) -> FitView {
    FitView {
        name,
        points: statistics.observations,
        parameters: statistics.free_parameters,
        chi: significant(statistics.reduced_chi_squared, 3),
        wp: fixed(statistics.r_wp_percent, 2),
        expected: fixed(statistics.r_exp_percent, 2),
        durbin_watson: fixed(statistics.durbin_watson, 2),
        inflation: fixed(statistics.sigma_inflation, 2),
        termination: printable(&statistics.termination),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diffraction::figures::figures;

    fn render(analysis: &Analysis) -> String {
        html(analysis, &figures(analysis).unwrap()).unwrap()
    }

    #[test]
    fn the_page_is_self_contained() {
        let page = render(&crate::synthetic::analysis());
        crate::page::assert_self_contained(&page);
        assert_eq!(page.matches("<svg ").count(), 7);
    }

    #[test]
    fn every_kind_of_result_is_on_the_page() {
        let page = render(&crate::synthetic::analysis());
        for expected in [
            "Invented sample",
            "Simulated data, not a measurement",
            "96.31(22)",
            "<td>0.20</td><td>0.070</td><td>0.050</td>",
            "Strong lines<br>missing",
            "&lt; 1.8",
            "not supported",
            "47.6(11)",
            "Williamson–Hall (Lorentzian)</td><td>⟨D⟩v</td><td>46.8(14)</td>",
            "because strain was taken for size",
            "limited by the instrument above 610 nm",
            "Before you use these numbers",
            "a = b = 8.27590(42) Å",
            "γ = 120°",
            "Scherrer",
            "minimum_significance",
            "no counting time in the file",
        ] {
            assert!(page.contains(expected), "{expected}");
        }
    }

    #[test]
    fn text_from_files_cannot_become_markup() {
        let hostile = "\"'><script>alert(1)</script><img src=x onerror=alert(1)>\u{1b}\u{0}";
        let mut analysis = crate::synthetic::analysis();
        analysis.scan.title = Some(hostile.into());
        analysis.scan.metadata = vec![(hostile.into(), hostile.into())];
        analysis.input.file_name = hostile.into();
        analysis.input.format = hostile.into();
        analysis.input.sha256 = hostile.into();
        analysis.input.reader_warnings = vec![hostile.into()];
        analysis.warnings = vec![hostile.into()];
        analysis.tool.version = hostile.into();
        analysis.background.choice = hostile.into();
        analysis.peak_fit.termination = hostile.into();
        analysis.recipe.identification.cif = vec![hostile.into()];
        analysis.scan.radiation.lines[0].label = hostile.into();
        for phase in &mut analysis.phases {
            let fields = [
                &mut phase.id,
                &mut phase.name,
                &mut phase.formula,
                &mut phase.space_group,
                &mut phase.citation,
                &mut phase.reason,
            ];
            fields.into_iter().for_each(|field| *field = hostile.into());
            phase.references = vec![hostile.into()];
            phase.rivals.iter_mut().for_each(|rival| (rival.id, rival.formula) = (hostile.into(), hostile.into()));
            phase.cell.iter_mut().for_each(|cell| cell.at_tolerance = vec![hostile.into()]);
        }
        for claim in &mut analysis.claims {
            (claim.claim, claim.explanation) = (hostile.into(), hostile.into());
            for other in &mut claim.alternatives {
                (other.id, other.formula, other.remark) = (hostile.into(), hostile.into(), hostile.into());
            }
        }
        for peak in &mut analysis.peaks {
            peak.assigned_to.iter_mut().for_each(|a| a.phase_id = hostile.into());
        }
        for size in &mut analysis.crystallite_size {
            (size.phase_id, size.name, size.meaning) = (hostile.into(), hostile.into(), hostile.into());
            size.warnings = vec![hostile.into()];
            size.comparison = vec![hostile.into()];
            size.methods.iter_mut().for_each(|row| (row.assumption, row.verdict) = (hostile.into(), hostile.into()));
            size.directions.iter_mut().for_each(|d| d.direction = hostile.into());
            size.reflections.iter_mut().for_each(|row| row.remark = hostile.into());
        }
        let page = render(&analysis);
        crate::page::assert_self_contained(&page);
    }

    #[test]
    fn a_scan_without_anything_has_a_page() {
        let mut analysis = crate::synthetic::analysis();
        analysis.phases.clear();
        analysis.peaks.clear();
        analysis.unexplained_peaks.clear();
        analysis.claims.clear();
        analysis.crystallite_size.clear();
        analysis.pattern_fit = None;
        analysis.curves.pattern_fit.clear();
        analysis.curves.phases.clear();
        analysis.warnings.clear();
        analysis.scan.title = None;
        let page = render(&analysis);
        assert!(page.contains("No phase identified") && page.contains("<h1>invented.xy</h1>"));
    }
}
