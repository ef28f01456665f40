//! The methods text of a paper, written from the result: only what was done, only what is cited truly.

use std::collections::BTreeSet;

use doublet_reference_patterns::photoelectrons::Library;
use doublet_xps::analysis::{Analysis, ComponentResult, RegionAnalysis};
use doublet_xps::model::ComponentShape;
use doublet_xps::recipe::{EnergyReference, PathLength};

use super::words;
use crate::citations::{Citations, electron_works as works};
use crate::formula::state_text;
use crate::number::{compact, fixed, significant};
use crate::page::capitalised;
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
        measurement(analysis),
        reference(analysis, &mut citations),
        fit(analysis, &mut citations),
        constraints(analysis),
        quantification(analysis, &mut citations),
        uncertainties(analysis),
        software(analysis, &mut citations),
    ];
    let paragraphs = paragraphs.into_iter().filter(|paragraph| !paragraph.is_empty()).collect();
    Methods { paragraphs, references: citations.into_list() }
}

fn measurement(analysis: &Analysis) -> String {
    let levels: Vec<String> = distinct(analysis.regions.iter().map(|region| region.core_level.to_string()));
    let simulated =
        if analysis.regions.iter().any(|region| region.simulated) { "Simulated spectra" } else { "Spectra" };
    let mut text = format!("{simulated} of {} were analysed", listed(&levels));
    let settings = [
        setting("photon energy", "eV", analysis, |region| region.photon_energy_ev),
        setting("pass energy", "eV", analysis, |region| region.pass_energy_ev),
        setting("step", "eV", analysis, |region| Some(region.step_ev)),
        setting("counting time per channel", "s", analysis, |region| region.counting_time_s),
    ];
    let known: Vec<String> = settings.iter().flatten().cloned().collect();
    if !known.is_empty() {
        text.push_str(&format!(" ({})", known.join(", ")));
    }
    text.push('.');
    let sources = distinct(analysis.regions.iter().map(|r| words::sigma_source(r.sigma_source).to_owned()));
    text.push_str(&format!(" Standard uncertainties of the intensities follow from {}.", listed(&sources)));
    text
}

/// `pass energy 50 eV`, or with its range; none where no region states it.
fn setting(name: &str, unit: &str, analysis: &Analysis, of: impl Fn(&RegionAnalysis) -> Option<f64>) -> Option<String> {
    let values: Vec<f64> = analysis.regions.iter().filter_map(of).collect();
    if values.is_empty() {
        return None;
    }
    let (low, high) = crate::figures::extent(values.iter().copied());
    let number = |value: f64| compact(value, 6);
    let value = if number(low) == number(high) { number(low) } else { format!("{} to {}", number(low), number(high)) };
    let some = if values.len() < analysis.regions.len() { ", where stated" } else { "" };
    Some(format!("{name} {value} {unit}{some}"))
}

fn reference(analysis: &Analysis, citations: &mut Citations) -> String {
    match &analysis.recipe.energy_reference {
        EnergyReference::None => {
            "Binding energies were not corrected for charging; they stand on the scale of the spectrometer.".into()
        }
        EnergyReference::Shift { .. } => {
            let shifts: Vec<String> = analysis.energy_reference.iter().map(|s| words::energy(&s.shift_ev)).collect();
            format!(
                "Binding energies were corrected for charging by a stated shift of {} eV.",
                listed(&distinct(shifts))
            )
        }
        EnergyReference::Line { line, state, energy_ev, sigma_ev } => {
            let state = state.as_ref().map(|state| format!(" ({})", state_text(state))).unwrap_or_default();
            let sigma = if *sigma_ev > 0.0 {
                format!(", whose standard uncertainty was taken as {} eV", compact(*sigma_ev, 2))
            } else {
                String::new()
            };
            let shifts: Vec<String> = analysis.energy_reference.iter().map(|s| words::energy(&s.shift_ev)).collect();
            format!(
                "The energy scale was corrected for charging by setting the fitted {line} line{state} to {} eV{sigma}; \
                 the shift was {} eV. The choice of this reference limits the comparison of absolute binding energies \
                 {}.",
                compact(*energy_ev, 6),
                listed(&distinct(shifts)),
                citations.cite(works::REFERENCING)
            )
        }
    }
}

fn fit(analysis: &Analysis, citations: &mut Citations) -> String {
    let active = analysis.regions.iter().all(|region| region.background.active);
    let backgrounds = by_kind(analysis, |region| region.background.name.clone());
    let cited: Vec<String> = backgrounds
        .into_iter()
        .map(|(name, levels)| {
            let work = match name.as_str() {
                name if name.contains("Shirley") => format!(" {}", citations.cite(works::SHIRLEY)),
                name if name.contains("Tougaard") => format!(" {}", citations.cite(works::TOUGAARD)),
                _ => String::new(),
            };
            let levels = if analysis.regions.len() > 1 { format!(" for {}", listed(&levels)) } else { String::new() };
            format!("{}{work}{levels}", printable(&name))
        })
        .collect();
    let mut text = format!("Backgrounds ({}) were ", cited.join("; "));
    text.push_str(&if active {
        format!(
            "fitted together with the peaks {}, so that their uncertainty is part of that of the areas.",
            citations.cite(works::ACTIVE_BACKGROUND)
        )
    } else {
        "fixed before the fit of the peaks where that was asked for; the uncertainty of a fixed background is not part \
         of that of the areas."
            .to_owned()
    });
    let shapes = distinct(components(analysis).map(|(_, component)| component.shape.name().to_owned()));
    let asymmetric = components(analysis).any(|(_, component)| component.shape == ComponentShape::DoniachSunjic);
    let work = if asymmetric { format!(" {}", citations.cite(works::DONIACH_SUNJIC)) } else { String::new() };
    text.push_str(&format!(" Line shapes: {}{work}.", listed(&shapes)));
    for test in analysis.regions.iter().filter_map(|region| region.asymmetry.as_ref()) {
        text.push_str(&format!(" {}.", capitalised(&words::asymmetry(test))));
    }
    let chi: Vec<f64> = analysis.regions.iter().filter_map(|region| region.statistics.reduced_chi_squared).collect();
    if !chi.is_empty() {
        let (low, high) = crate::figures::extent(chi.iter().copied());
        let range = if chi.len() > 1 {
            format!("lies between {} and {}", significant(low, 3), significant(high, 3))
        } else {
            format!("is {}", significant(low, 3))
        };
        text.push_str(&format!(" The reduced χ² {range}."));
    }
    if chi.len() < analysis.regions.len() {
        text.push_str(" Regions without true counts have no χ².");
    }
    text
}

/// Regions by a property, in order of appearance.
fn by_kind(analysis: &Analysis, of: impl Fn(&RegionAnalysis) -> String) -> Vec<(String, Vec<String>)> {
    let mut kinds: Vec<(String, Vec<String>)> = Vec::new();
    for region in &analysis.regions {
        let (kind, level) = (of(region), region.core_level.to_string());
        match kinds.iter_mut().find(|(known, _)| *known == kind) {
            Some((_, levels)) if levels.contains(&level) => {}
            Some((_, levels)) => levels.push(level),
            None => kinds.push((kind, vec![level])),
        }
    }
    kinds
}

fn components(analysis: &Analysis) -> impl Iterator<Item = (&RegionAnalysis, &ComponentResult)> {
    analysis.regions.iter().flat_map(|region| region.components.iter().map(move |component| (region, component)))
}

fn constraints(analysis: &Analysis) -> String {
    let mut sentences = Vec::new();
    let kept = distinct(components(analysis).filter_map(|(_, component)| {
        let doublet = component.doublet.as_ref().filter(|doublet| doublet.released.is_empty())?;
        let (splitting, ratio) = (fixed(doublet.splitting_ev.value, 2), significant(doublet.area_ratio.value, 3));
        Some(format!("{} {splitting} eV and {ratio}", component.level))
    }));
    if !kept.is_empty() {
        sentences.push(format!(
            "Spin–orbit pairs were fitted as one object with equal widths and fixed splitting and area ratio ({})",
            kept.join("; ")
        ));
    }
    for (_, component) in components(analysis) {
        let Some(doublet) = component.doublet.as_ref().filter(|doublet| !doublet.released.is_empty()) else { continue };
        let released: Vec<String> = doublet.released.iter().map(|r| words::release(*r).to_owned()).collect();
        sentences.push(format!(
            "of {} the {} of the pair was fitted, too",
            printable(&component.label),
            listed(&released)
        ));
    }
    for (_, component) in components(analysis) {
        let Some(tie) = &component.tie else { continue };
        let sign = if tie.offset_ev < 0.0 { "below" } else { "above" };
        let width = if tie.width { ", and with its Gaussian width" } else { "" };
        sentences.push(format!(
            "{} was tied to {} {}: {} eV {sign} it, with an area that follows from {}{width}",
            label(component),
            tie.core_level,
            state_text(&tie.state),
            compact(tie.offset_ev.abs(), 6),
            match tie.area_ratio {
                Some(ratio) => format!("the ratio {}", compact(ratio, 4)),
                None => "the ratio of the sensitivity factors".into(),
            }
        ));
    }
    sentences.iter().map(|sentence| format!("{}.", capitalised(sentence))).collect::<Vec<_>>().join(" ")
}

fn label(component: &ComponentResult) -> String {
    format!("{} {}", component.level, state_text(&component.state))
}

fn quantification(analysis: &Analysis, citations: &mut Citations) -> String {
    let Some(first) = analysis.quantification.first() else { return String::new() };
    let choice = &analysis.recipe.quantification;
    let quantity = citations.cite(works::QUANTITY);
    let library = match choice.library {
        Library::Scofield => format!("calculated by Scofield {}", citations.cite(works::SCOFIELD)),
        Library::Althermo1 => "of the library ALTHERMO1 of Thermo Avantage".to_owned(),
    };
    let own =
        if choice.factors.is_empty() { "" } else { ", with those of the recipe in their place where it names any" };
    let path = match &choice.path_length {
        PathLength::Tpp2m { .. } => format!("the TPP-2M equation {}", citations.cite(works::TPP_2M)),
        PathLength::Power { exponent } => format!("the power {} of the kinetic energy", compact(*exponent, 3)),
        PathLength::None => "no dependence on the kinetic energy".into(),
    };
    format!(
        "Atomic concentrations follow from the areas {quantity} with sensitivity factors {library}{own} (standard \
         uncertainty {} % each) and path lengths from {path} ({} %). Transmission of the analyser: {}.",
        compact(100.0 * choice.factor_relative_sigma, 2),
        compact(100.0 * choice.path_length_relative_sigma, 2),
        printable(&first.transmission)
    )
}

fn uncertainties(analysis: &Analysis) -> String {
    let asked = &analysis.recipe.uncertainty;
    let mut text = "Uncertainties in brackets are standard uncertainties from the covariance of the fit".to_owned();
    if asked.resamplings > 1 {
        text.push_str(&format!("; those of areas were checked with {} seeded resamplings", asked.resamplings));
    }
    if asked.choices {
        text.push_str("; the spread of the areas over background and window is stated beside them");
    }
    text.push('.');
    if !analysis.quantification.is_empty() {
        text.push_str(" Those of concentrations hold all terms of the error budget.");
    }
    text
}

fn software(analysis: &Analysis, citations: &mut Citations) -> String {
    let inputs: Vec<String> = analysis
        .input
        .iter()
        .map(|input| format!("{}, SHA-256 {}", printable(&input.file_name), printable(&input.sha256)))
        .collect();
    format!(
        "The analysis was made with {} {}; input ({}) and resolved recipe reproduce it. The report lists what {} asks \
         a paper to state.",
        printable(&analysis.tool.name),
        printable(&analysis.tool.version),
        inputs.join("; "),
        format_args!("ISO 19830 {}", citations.cite(works::ISO_19830))
    )
}

/// Each text once, in order of appearance.
fn distinct(texts: impl IntoIterator<Item = String>) -> Vec<String> {
    let mut seen = BTreeSet::new();
    texts.into_iter().filter(|text| seen.insert(text.clone())).collect()
}

/// `a, b and c`
fn listed(texts: &[String]) -> String {
    match texts {
        [] => "none".into(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {}", first.join(", "), last),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_says_what_was_done_and_cites_it() {
        let methods = methods(&crate::photoelectron::example());
        let text = methods.paragraphs.join("\n");
        for expected in [
            "Simulated spectra of C 1s, O 1s, P 2p, Ge 3d, Bi 4f, B 1s, Al 2p and Li 1s were analysed (photon energy 1486.68 eV",
            "the fitted C 1s line (C–C, C–H) to 284.5 eV",
            "Shirley [2] for C 1s",
            "constant for Li 1s",
            "Bi 4f 5.31 eV and 0.75",
            "P 2s phosphate was tied to P 2p phosphate: 57.4 eV above it",
            "calculated by Scofield",
        ] {
            assert!(text.contains(expected), "{expected}\nmissing in\n{text}");
        }
        for number in 1..=methods.references.len() {
            assert!(text.contains(&format!("[{number}]")), "reference {number} is never cited");
        }
        assert!(!methods.references.iter().any(|work| work == works::DONIACH_SUNJIC || work == works::TPP_2M));
    }

    #[test]
    fn nothing_is_said_of_what_was_not_done() {
        let mut analysis = crate::photoelectron::example();
        analysis.quantification.clear();
        analysis.recipe.energy_reference = EnergyReference::None;
        let text = methods(&analysis).paragraphs.join("\n");
        assert!(!text.contains("Scofield") && text.contains("not corrected for charging"), "{text}");
    }
}
