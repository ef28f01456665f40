//! `doublet references …`: the built-in crystal structures, as a list and one by one.

use std::fmt::Write;

use doublet_reference_patterns::crystals::{self, Phase};
use doublet_xrd::pattern::{Line, PatternModel, PhaseConstants, reference_intensity_ratio};
use doublet_xrd::radiation::{Anode, Radiation};
use doublet_xrd::structure::built_in;
use serde::Serialize;

use crate::args::{ReferencesVerb, ShowArgs};
use crate::failure::{Failure, Outcome};
use crate::output::{print, print_json};
use doublet_report::columns::columns;

/// Range of 2θ in degrees for which lines are listed.
const RANGE_DEG: (f64, f64) = (5.0, 90.0);

/// Runs one verb.
pub(crate) fn run(verb: ReferencesVerb) -> Outcome {
    match verb {
        ReferencesVerb::List { words, json } => list(&words, json),
        ReferencesVerb::Show(args) => show(&args),
    }
}

fn list(words: &[String], json: bool) -> Outcome {
    let phases: Vec<&Phase> = crystals::phases().iter().filter(|phase| matches(phase, words)).collect();
    if json {
        return print_json(&phases);
    }
    if phases.is_empty() {
        return Err(Failure::NotFound(format!("no built-in phase matches {}", words.join(" "))));
    }
    let rows: Vec<[String; 5]> = phases
        .iter()
        .map(|phase| {
            let numbers = phase.cards.iter().chain(&phase.database_ids).copied().collect::<Vec<_>>().join(", ");
            let name = if phase.model.is_some() { format!("{} (model)", phase.name) } else { phase.name.to_owned() };
            [phase.id.to_owned(), phase.formula.to_owned(), phase.hermann_mauguin.to_owned(), numbers, name]
        })
        .collect();
    print(&columns(["id", "formula", "space group", "card, database", "name"], &rows))
}

/// Every word stands somewhere in what the phase is called.
fn matches(phase: &Phase, words: &[String]) -> bool {
    let text = format!(
        "{} {} {} {} {} {}",
        phase.id,
        phase.name,
        phase.formula,
        phase.formula.replace(' ', ""),
        phase.mineral.unwrap_or_default(),
        phase.cards.join(" ")
    )
    .to_lowercase();
    words.iter().all(|word| text.contains(&word.to_lowercase()))
}

/// What `references show --json` prints.
#[derive(Serialize)]
struct Shown<'a> {
    phase: &'a Phase,
    constants: PhaseConstants,
    reference_intensity_ratio: f64,
    radiation: Radiation,
    lines: Vec<Line>,
    warnings: Vec<String>,
}

fn show(args: &ShowArgs) -> Outcome {
    let phase = crystals::phase(&args.id).ok_or_else(|| {
        Failure::NotFound(format!("no built-in phase has the id {}; `doublet references list` names them", args.id))
    })?;
    let anode: Anode = args.radiation.parse().map_err(Failure::Usage)?;
    let radiation = Radiation::k_alpha(anode);
    let structure = built_in(phase.id)?;
    let model = PatternModel::new(&structure, &radiation, RANGE_DEG)?;
    let shown = Shown {
        phase,
        constants: model.constants,
        reference_intensity_ratio: reference_intensity_ratio(&structure)?,
        lines: model.lines(&radiation),
        radiation,
        warnings: model.warnings,
    };
    if args.json { print_json(&shown) } else { print(&describe(&shown, anode)) }
}

fn describe(shown: &Shown<'_>, anode: Anode) -> String {
    let phase = shown.phase;
    let mut text = String::new();
    let mut say = |name: &str, value: &str| {
        let _ = writeln!(text, "{name:<14}{value}");
    };
    say("id", phase.id);
    say("name", phase.name);
    if let Some(mineral) = phase.mineral {
        say("mineral", mineral);
    }
    say("formula", phase.formula);
    say("space group", &format!("{} (Hall {})", phase.hermann_mauguin, phase.hall));
    let cell: Vec<String> = phase.cell.iter().map(|constant| format!("{}", constant.value)).collect();
    say("cell", &format!("{} Å  {}°", cell[..3].join(" "), cell[3..].join(" ")));
    say("density", &format!("{:.3} g/cm³", shown.constants.density_g_cm3));
    say("I/Ic", &format!("{:.2} (Cu Kα1, integrated)", shown.reference_intensity_ratio));
    for number in phase.cards.iter().chain(&phase.database_ids) {
        say("number", number);
    }
    say("paper", phase.citation);
    say("licence", phase.licence);
    if let Some(model) = phase.model {
        say("MODEL", model);
    }
    for warning in &shown.warnings {
        say("note", warning);
    }
    let rows: Vec<[String; 5]> = shown
        .lines
        .iter()
        .filter(|line| line.relative >= 1.0)
        .map(|line| {
            let hkl = line.hkl.map(|index| index.to_string()).join(" ");
            [
                hkl,
                format!("{:.4}", line.d_angstrom),
                format!("{:.3}", line.two_theta_deg),
                format!("{:.1}", line.relative),
                line.multiplicity.to_string(),
            ]
        })
        .collect();
    let (low, high) = RANGE_DEG;
    let _ = writeln!(text, "\nlines of 1 % and more, {anode:?} Kα1, {low} to {high}°:");
    text.push_str(&columns(["h k l", "d (Å)", "2θ (°)", "I", "m"], &rows));
    text
}
