//! The lines by which an element is looked for in a survey.

use doublet_reference_patterns::elements;
use doublet_reference_patterns::photoelectrons::{
    self as tables, AugerLine, Level, Library, elemental_lines, sensitivity, states_of,
};

/// One core-level line of an element.
#[derive(Debug, Clone)]
pub(super) struct Line {
    pub(super) level: Level,
    /// Tabulated energy of the element, in eV.
    pub(super) elemental_ev: f64,
    /// Whether the range is that of tabulated states.
    pub(super) has_states: bool,
    /// Where it may lie over chemical states, in eV.
    pub(super) range_ev: [f64; 2],
    /// Cross section times escape depth, relative units.
    pub(super) strength: f64,
}

/// An element as a survey sees it.
#[derive(Debug, Clone)]
pub(super) struct Candidate {
    pub(super) element: &'static str,
    /// The strongest first.
    pub(super) lines: Vec<Line>,
    pub(super) auger: Vec<&'static AugerLine>,
}

/// How far a state may lie outside of the tabulated ones, in eV.
const STATE_MARGIN_EV: f64 = 1.5;
/// Range around an elemental line for which no states are tabulated: chemical shifts are mostly upwards.
const ELEMENTAL_RANGE_EV: [f64; 2] = [-2.5, 6.0];
/// Elements without long-lived nuclide, which no sample holds unsaid; nor those beyond uranium.
const NEVER: [&str; 9] = ["Tc", "Pm", "Po", "At", "Rn", "Fr", "Ra", "Ac", "Pa"];
const URANIUM: u8 = 92;
/// Gases that are not looked for: they leave the vacuum.
const GASES: [&str; 4] = ["He", "Ne", "Kr", "Xe"];
/// Lines nearer to the Fermi edge than this are valence-like and not looked for, in eV.
const LEAST_ENERGY_EV: f64 = 14.0;
/// Pairs closer than this are one line at the resolution of a survey, in eV.
const UNRESOLVED_EV: f64 = 4.0;
/// Escape depth grows with kinetic energy to this power.
const ESCAPE_EXPONENT: f64 = 0.75;
/// Photon energy for which the cross sections hold, in eV; stands in for an unknown one.
const AL_K_ALPHA_EV: f64 = 1486.6;

/// Every element that can be looked for between two binding energies.
pub(super) fn candidates(range_ev: [f64; 2], photon_ev: Option<f64>) -> Vec<Candidate> {
    let photon = photon_ev.unwrap_or(AL_K_ALPHA_EV);
    elements::all()
        .iter()
        .filter(|e| e.number <= URANIUM && !NEVER.contains(&e.symbol) && !GASES.contains(&e.symbol))
        .filter_map(|e| {
            let lines = lines_of(e.symbol, range_ev, photon);
            let auger = tables::auger_lines().iter().filter(|a| a.element == e.symbol && photon_ev.is_some()).collect();
            (!lines.is_empty()).then_some(Candidate { element: e.symbol, lines, auger })
        })
        .collect()
}

fn lines_of(element: &str, [low, high]: [f64; 2], photon: f64) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    for line in elemental_lines().iter().filter(|l| l.level.element() == element) {
        let Some((range_ev, area)) = position(&line.level, line.binding_energy_ev).zip(cross_section(&line.level))
        else {
            continue;
        };
        let centre = 0.5 * (range_ev[0] + range_ev[1]);
        if centre < low.max(LEAST_ENERGY_EV) || centre > high || photon - centre < 50.0 {
            continue;
        }
        let strength = area * (photon - centre).powf(ESCAPE_EXPONENT);
        // The weaker line of a close pair joins the stronger one.
        let partner = lines.iter_mut().find(|o| {
            o.level.subshell() == line.level.subshell()
                && (0.5 * (o.range_ev[0] + o.range_ev[1]) - centre).abs() < UNRESOLVED_EV
        });
        match partner {
            Some(partner) => {
                if strength > partner.strength {
                    (partner.range_ev, partner.elemental_ev) = (range_ev, line.binding_energy_ev);
                }
                partner.strength += strength;
                partner.level = line.level.subshell();
            }
            None => lines.push(Line {
                level: line.level.clone(),
                elemental_ev: line.binding_energy_ev,
                has_states: states_of(&line.level).next().is_some(),
                range_ev,
                strength,
            }),
        }
    }
    lines.sort_by(|a, b| b.strength.total_cmp(&a.strength));
    lines
}

/// Range over chemical states: those of the table, for a weaker line moved by the splitting; else around the elemental line.
fn position(level: &Level, elemental_ev: f64) -> Option<[f64; 2]> {
    let known = states_of(level);
    let range = known.map(|s| s.range_ev).reduce(|a, b| [a[0].min(b[0]), a[1].max(b[1])]);
    let Some([low, high]) = range else {
        return Some(ELEMENTAL_RANGE_EV.map(|d| elemental_ev + d));
    };
    let weaker = level.minor().is_some() && level.twice_j() != level.major().twice_j() && level.twice_j().is_some();
    let move_ev = if weaker { tables::spin_orbit(level).map_or(0.0, |pair| pair.splitting_ev) } else { 0.0 };
    Some([low + move_ev - STATE_MARGIN_EV, high + move_ev + STATE_MARGIN_EV])
}

/// Cross section of one line: its own, or its statistical share of the subshell.
fn cross_section(level: &Level) -> Option<f64> {
    if let Some(own) = sensitivity(Library::Scofield, level) {
        return Some(own);
    }
    let whole = sensitivity(Library::Scofield, &level.subshell())?;
    let ratio = level.minor_to_major_area()?;
    let major = level.twice_j() == level.major().twice_j();
    Some(whole * if major { 1.0 / (1.0 + ratio) } else { ratio / (1.0 + ratio) })
}
