//! The methods paragraph of a paper, written from the result: only what was done, only what is cited truly.

use doublet_common::provenance::{Input, Tool};
use doublet_xrd::analysis::{Analysis, FitStatistics, FourierSource, ScanSummary, SizeStrainMethod, Verdict};
use doublet_xrd::radiation::WavelengthSource;
use doublet_xrd::recipe::RadiationChoice;

use super::words;
use crate::citations::{Citations, works};
use crate::formula::formula_text;
use crate::number::{bracketed, compact, fixed, significant, typographic};
use crate::text::printable;

/// Text and reference list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Methods {
    /// Paragraphs with citations as `[1]`.
    pub paragraphs: Vec<String>,
    /// Works cited, number 1 first.
    pub references: Vec<String>,
}

/// Writes the methods text.
pub fn methods(analysis: &Analysis) -> Methods {
    let mut citations = Citations::default();
    let paragraphs = [
        measurement(&analysis.scan, analysis.recipe.radiation.as_ref(), &mut citations),
        peaks(analysis, &mut citations),
        phases(analysis, &mut citations),
        sizes(analysis, &mut citations),
        software("analysis", &analysis.tool, &analysis.input),
    ];
    Methods {
        paragraphs: paragraphs.into_iter().filter(|paragraph| !paragraph.is_empty()).collect(),
        references: citations.into_list(),
    }
}

/// How the scan was taken; `chosen` is the radiation that was asked for where the file states none.
pub(in crate::diffraction) fn measurement(
    scan: &ScanSummary,
    chosen: Option<&RadiationChoice>,
    citations: &mut Citations,
) -> String {
    let [low, high] = scan.two_theta_range_deg;
    let mut text = format!(
        "{} from 2θ = {}° to {}° in {} points with a step of {}°",
        if scan.simulated {
            "A powder diffraction pattern was simulated"
        } else {
            "Powder diffraction data were taken"
        },
        fixed(low, 2),
        fixed(high, 2),
        scan.points,
        compact(scan.step_deg, 3),
    );
    if let Some(time) = scan.counting_time_s {
        text.push_str(&format!(", counted for {} s each", compact(time, 3)));
    }
    let lines: Vec<String> = scan
        .radiation
        .lines
        .iter()
        .map(|line| {
            format!("{} {} Å ({})", printable(&line.label), line.wavelength_angstrom, fixed(line.relative_intensity, 2))
        })
        .collect();
    let anode = scan.radiation.anode.map(|anode| format!("{anode:?} ")).unwrap_or_default();
    text.push_str(&format!(". Emission lines (relative intensity): {anode}{}", lines.join(", ")));
    text.push_str(&format!(", {}", words::wavelength_source(scan.radiation.source)));
    // The wavelengths that the program tabulates for an anode.
    if scan.radiation.source == WavelengthSource::Recipe
        && chosen.is_some_and(|choice| choice.anode.is_some() && choice.k_alpha1_angstrom.is_none())
    {
        text.push_str(&format!(" {}", citations.cite(works::DESLATTES)));
    }
    if scan.radiation.monochromator_two_theta_deg > 0.0 {
        let angle = compact(scan.radiation.monochromator_two_theta_deg, 4);
        text.push_str(&format!("; monochromator at 2θ = {angle}°"));
    }
    let source = words::sigma_source(scan.sigma_source);
    text.push_str(&format!(". Standard uncertainties of the intensities follow from {source}."));
    text
}

fn peaks(analysis: &Analysis, citations: &mut Citations) -> String {
    if analysis.peaks.is_empty() {
        return String::new();
    }
    let statistics = &analysis.peak_fit;
    let mut text = format!(
        "{} with a significance of at least {}σ of counting statistics were fitted together with a Chebyshev background \
         of degree {} ({}). A peak is a pseudo-Voigt function with all emission lines at the angles that Bragg's law \
         gives, in their fixed ratio; angles refer to {}. {}",
        count(analysis.peaks.len(), "peak"),
        compact(analysis.recipe.peaks.minimum_significance, 2),
        analysis.background.chebyshev_degree,
        printable(&analysis.background.choice),
        analysis.scan.radiation.lines.first().map_or("the first line".into(), |line| printable(&line.label)),
        quality(statistics),
    );
    if statistics.sigma_inflation > 1.0 {
        text.push_str(&format!(
            " Standard uncertainties are those of counting, multiplied by {} for the serial correlation of the \
             residuals {}.",
            fixed(statistics.sigma_inflation, 2),
            citations.cite(works::BERAR_LELANN)
        ));
    }
    text
}

/// `χ²red = 1.04, Rwp = 4.21 %, …`
fn quality(statistics: &FitStatistics) -> String {
    format!(
        "The fit has {} parameters, a reduced χ² of {}, Rwp = {} % (expected {} %) and a Durbin–Watson statistic of {}.",
        statistics.free_parameters,
        significant(statistics.reduced_chi_squared, 3),
        fixed(statistics.r_wp_percent, 2),
        fixed(statistics.r_exp_percent, 2),
        fixed(statistics.durbin_watson, 2),
    )
}

fn phases(analysis: &Analysis, citations: &mut Citations) -> String {
    if analysis.phases.is_empty() {
        return String::new();
    }
    let choice = &analysis.recipe.identification;
    let elements = if choice.elements.is_empty() {
        String::new()
    } else {
        format!(" of the elements {}", printable(&choice.elements.join(", ")))
    };
    let mut text = format!(
        "{}{elements} entered a non-negative whole-pattern model, with calculated intensities from scattering factors \
         {}{}, cell lengths free within {} %{}. Evidence for a phase is the χ² that this model loses when it is refined \
         without the phase; intensities, positions and widths of calculated lines may deviate within penalties, since \
         texture and strain make them deviate. A phase counts as present if its evidence is beyond doubt, its strong \
         lines are there, and they are not all those of another phase.",
        count(analysis.phases.len(), "candidate structure"),
        citations.cite(works::WAASMAIER_KIRFEL),
        if analysis.scan.radiation.anode.is_some() {
            format!(" and dispersion corrections {}", citations.cite(works::CHANTLER))
        } else {
            String::new()
        },
        compact(100.0 * choice.cell_tolerance, 2),
        match &analysis.specimen_displacement_deg {
            Some(shift) => format!(
                ", and one specimen displacement (refined to a shift of {}° · cosθ)",
                typographic(&bracketed(shift))
            ),
            None => String::new(),
        },
    );
    if let Some(statistics) = &analysis.pattern_fit {
        text.push_str(&format!(" {}", quality(statistics)));
    }
    if analysis.phases.iter().any(|phase| phase.weight_percent_error.is_some()) {
        text.push_str(&format!(
            " Weight fractions follow from the scale factors {} and refer to the crystalline phases present; their \
             uncertainties add counting, the misfit of the model (intensities 15 % off, serial correlation), the choice \
             of the background and the microabsorption of grains of {} µm, which is not corrected.",
            citations.cite(works::HILL_HOWARD),
            significant(analysis.recipe.identification.grain_diameter_um, 3)
        ));
    }
    let structures: Vec<String> = analysis
        .phases
        .iter()
        .filter(|phase| phase.verdict != Verdict::NotDetected)
        .map(|phase| {
            let model = if phase.model { ", a structure model," } else { "" };
            let (formula, _) = words::formula_and_remark(phase);
            format!("{}{model} {}", formula_text(&formula), citations.cite(&printable(&phase.citation)))
        })
        .collect();
    if !structures.is_empty() {
        text.push_str(&format!(" Structures: {}.", structures.join("; ")));
    }
    text
}

fn sizes(analysis: &Analysis, citations: &mut Citations) -> String {
    let Some(first) = analysis.crystallite_size.first() else { return String::new() };
    let mut text = format!(
        "Crystallite sizes were calculated with the Scherrer equation {} from the full width at half maximum \
         (K = {}) and from the integral breadth (K = {}) {} of single reflections; the mean is that of the reciprocal \
         sizes, weighted by their uncertainties.",
        citations.cite(works::SCHERRER),
        first.scherrer_k[0],
        first.scherrer_k[1],
        citations.cite(works::LANGFORD_WILSON),
    );
    if let Some(words) = compared(analysis, citations) {
        text.push_str(&words);
    }
    text.push_str(&if first.instrument_removed {
        let origin = analysis.recipe.instrument_origin.as_ref();
        let from = origin.map_or(String::new(), |origin| format!(", from the file {},", origin.file_name));
        format!(
            " The instrument's Gaussian and Lorentzian widths {}{from} were removed from the breadths before.",
            citations.cite_all(&[works::CAGLIOTI, works::THOMPSON_COX_HASTINGS])
        )
    } else {
        " No instrument profile was removed, so that every size is a lower limit.".to_owned()
    });
    text
}

/// The methods that stand beside Scherrer's, if any were used.
fn compared(analysis: &Analysis, citations: &mut Citations) -> Option<String> {
    let used =
        |method| analysis.crystallite_size.iter().any(|size| size.methods.iter().any(|row| row.method == method));
    let sources = [
        (SizeStrainMethod::WilliamsonHall, "Williamson and Hall", works::WILLIAMSON_HALL),
        (SizeStrainMethod::HalderWagner, "the size–strain plot of Halder and Wagner", works::HALDER_WAGNER),
        (
            SizeStrainMethod::DoubleVoigt,
            "joint and double-Voigt fits to the Gaussian and Lorentzian parts of all lines",
            works::BALZAR_LEDBETTER,
        ),
    ];
    let whole = analysis
        .crystallite_size
        .iter()
        .any(|size| size.methods.iter().any(|row| row.method.is_whole_pattern()))
        .then(|| {
            format!(
                "a fit of the whole pattern with one size and one strain for each phase, free areas {} and cells, behind the \
                 fixed profile of the instrument",
                citations.cite(works::PAWLEY)
            )
        });
    let mut named: Vec<String> = sources
        .into_iter()
        .filter(|(method, ..)| used(*method))
        .map(|(_, name, work)| format!("{name} {}", citations.cite(work)))
        .chain(whole)
        .collect();
    if used(SizeStrainMethod::WarrenAverbach) {
        named.push(warren_averbach(analysis, citations));
    }
    (!named.is_empty()).then(|| {
        format!(
            " Size and microstrain were told apart by {}; sizes of these are volume-weighted column lengths ⟨D⟩v, strains \
             e = β/(4 tanθ) of integral breadths.",
            named.join("; ")
        )
    })
}

pub(in crate::diffraction) fn software(what: &str, tool: &Tool, input: &Input) -> String {
    format!(
        "The {what} was made with {} {}; input ({}, SHA-256 {}) and resolved recipe reproduce it.",
        printable(&tool.name),
        printable(&tool.version),
        printable(&input.file_name),
        printable(&input.sha256),
    )
}

/// `one peak`, `12 peaks`
fn count(number: usize, noun: &str) -> String {
    if number == 1 { format!("One {noun}") } else { format!("{number} {noun}s") }
}

/// Where the Fourier coefficients came from.
fn warren_averbach(analysis: &Analysis, citations: &mut Citations) -> String {
    let from = |source| {
        analysis.crystallite_size.iter().filter_map(|size| size.fourier.first()).any(|fourier| fourier.source == source)
    };
    let work = citations.cite(works::WARREN_AVERBACH);
    let measured = |citations: &mut Citations| {
        let stokes = citations.cite(works::STOKES);
        let divided = words::divided(analysis);
        format!("of the measured profiles, from which {divided} were divided out {stokes}")
    };
    let functions = "of the Voigt functions fitted";
    let source = match (from(FourierSource::MeasuredProfiles), from(FourierSource::VoigtFunctions)) {
        (true, true) => {
            let measured = measured(citations);
            format!("{measured}, or {functions} where too few stand apart")
        }
        (true, false) => measured(citations),
        (false, _) => functions.into(),
    };
    format!("Warren and Averbach {work}, with the Fourier coefficients {source}")
}

#[cfg(test)]
mod tests {
    use doublet_xrd::profile::InstrumentOrigin;

    use super::*;

    #[test]
    fn the_text_says_what_was_done_and_cites_it() {
        let methods = methods(&crate::synthetic::analysis());
        let text = methods.paragraphs.join("\n");
        for expected in ["simulated", "Kα1 1.5405929 Å", "lower limit", "K = 0.89", "degree 5", "LiGe₂(PO₄)₃"] {
            assert!(text.contains(expected), "{expected} missing in {text}");
        }
        let cited = |work: &str| methods.references.iter().any(|reference| reference == work);
        assert!(cited(works::WILLIAMSON_HALL) && !cited(works::WARREN_AVERBACH));
        assert!(cited(works::SCHERRER) && cited(works::BERAR_LELANN) && cited(works::WAASMAIER_KIRFEL));
        assert!(!cited(works::CAGLIOTI), "no instrument profile was removed");
        assert!(!cited(works::DESLATTES), "the recipe does not name the anode");
        for number in 1..=methods.references.len() {
            let forms = [format!("[{number}]"), format!("[{number},"), format!(",{number}]"), format!(",{number},")];
            assert!(forms.iter().any(|form| text.contains(form.as_str())), "reference {number} is never cited");
        }
    }

    #[test]
    fn the_file_of_the_instrument_is_named() {
        let mut analysis = crate::synthetic::analysis();
        analysis.crystallite_size[0].instrument_removed = true;
        let origin = InstrumentOrigin {
            file_name: "i.prm".into(),
            radiation: None,
            two_theta_range_deg: None,
            remarks: Vec::new(),
        };
        analysis.recipe.instrument_origin = Some(origin);
        let text = methods(&analysis).paragraphs.join("\n");
        assert!(text.contains(", from the file i.prm, were removed"), "{text}");
    }

    #[test]
    fn nothing_is_said_of_what_was_not_done() {
        let mut analysis = crate::synthetic::analysis();
        analysis.phases.clear();
        analysis.crystallite_size.clear();
        let text = methods(&analysis).paragraphs.join("\n");
        assert!(!text.contains("Scherrer") && !text.contains("candidate"), "{text}");
    }
}
