//! Evidence for elements, and which of them share their lines.

use doublet_common::Quantity;
use doublet_reference_patterns::photoelectrons::AugerLine;

use super::lines::{Candidate, Line, candidates};
use super::peaks::{Peak, SIGNIFICANT};
use super::{ElementEvidence, LineEvidence, LineStatus, Verdict};

/// A line must be seen if this share of its expected area would be significant.
const SURE_SHARE: f64 = 0.5;
/// A strongest line that stands alone is a peak of at least this significance.
const LONELY: f64 = 2.0 * SIGNIFICANT;
/// K lines deeper than this come with a stronger KLL group, in eV.
const DEEP_K_EV: f64 = 1000.0;
/// Energy losses of a strong line: where they lie above it in eV, and their largest share of its area.
const LOSS_EV: [f64; 2] = [14.0, 34.0];
const LOSS_SHARE: f64 = 0.15;
/// Further lines of an Auger group lie up to this far above its strongest one, in eV.
const AUGER_GROUP_EV: f64 = 28.0;
/// A found line has at least this share of the area that the strongest line implies: cross sections, escape depth and
/// transmission together are known to a factor of about two, peak shapes aside.
const LEAST_SHARE: f64 = 0.25;
/// A peak of more than this share is mainly something else.
const LARGEST_SHARE: f64 = 4.0;
/// Lines below this share of the strongest one are not listed.
const LISTED: f64 = 0.05;
/// Peaks this close are one at the resolution of a survey, in eV.
const RESOLUTION_EV: f64 = 3.0;
/// Shifts that are tried, in eV.
const SHIFTS_EV: [f64; 2] = [-6.0, 10.0];
const SHIFT_STEP_EV: f64 = 0.25;
/// C 1s and O 1s in eV, and how well they are met, in eV.
const ANCHORS_EV: [f64; 2] = [284.8, 531.8];
const ANCHOR_WIDTH_EV: f64 = 0.8;

/// Shift that puts the strongest peaks where C 1s and O 1s lie; the smallest of equals.
pub(super) fn estimated_shift_ev(peaks: &[Peak]) -> f64 {
    let steps = ((SHIFTS_EV[1] - SHIFTS_EV[0]) / SHIFT_STEP_EV) as i32;
    let score = |shift: f64| {
        let anchor = |at: &f64| {
            peaks
                .iter()
                .map(|p| p.significance.ln() * (-0.5 * ((p.energy_ev - shift - at) / ANCHOR_WIDTH_EV).powi(2)).exp())
                .fold(0.0, f64::max)
        };
        ANCHORS_EV.iter().map(anchor).sum::<f64>() - 0.05 * shift.abs()
    };
    (0..=steps)
        .map(|k| SHIFTS_EV[0] + SHIFT_STEP_EV * f64::from(k))
        .max_by(|a, b| score(*a).total_cmp(&score(*b)))
        .unwrap_or(0.0)
}

/// Elements with their lines, the surest first; what cannot be decided goes to `warnings`.
pub(super) fn evidence(
    peaks: &[Peak],
    range_ev: [f64; 2],
    photon_ev: Option<f64>,
    warnings: &mut Vec<String>,
) -> Vec<ElementEvidence> {
    let all = candidates(range_ev, photon_ev);
    let mut supported: Vec<(f64, &Candidate, Vec<LineEvidence>)> = all
        .iter()
        .filter_map(|candidate| {
            let lines = line_evidence(candidate, peaks, range_ev, photon_ev)?;
            Some((support(&lines), candidate, lines))
        })
        .collect();
    supported.sort_by(|a, b| b.0.total_cmp(&a.0));
    let mut taken: Vec<(f64, String)> = Vec::new();
    let mut found: Vec<ElementEvidence> = Vec::new();
    for (_, candidate, mut lines) in supported {
        let own = mark_overlaps(&mut lines, &taken);
        let lonely = is_lonely(candidate, &lines, photon_ev);
        let verdict = if own && !lonely { Verdict::Present } else { Verdict::Undecided };
        let mut remarks = Vec::new();
        if !own {
            let main = &lines[0];
            remarks.push(format!("its strongest line {} lies at {}", main.line, main.overlaps.join(", ")));
        } else if lonely {
            remarks.push(format!("only {} is seen, and its other lines are not checked", lines[0].line));
        } else {
            taken.extend(explained(candidate, peaks, photon_ev));
        }
        found.push(ElementEvidence { element: candidate.element.into(), verdict, lines, remarks });
    }
    overlap_remarks(&mut found, warnings);
    found.sort_by_key(|e| e.verdict);
    found
}

/// Whether the strongest line has no other to confirm it and is not one that stands alone by nature: a K line of a light
/// element, well above the noise.
fn is_lonely(candidate: &Candidate, lines: &[LineEvidence], photon_ev: Option<f64>) -> bool {
    let confirmed = lines.iter().filter(|l| l.status == LineStatus::Found && l.overlaps.is_empty()).count() > 1;
    let main = &lines[0];
    let strong = main.significance.is_some_and(|z| z >= LONELY);
    let deep = main.found_ev.is_some_and(|q| q.value > DEEP_K_EV);
    let k_line = candidate.lines.first().is_some_and(|l| l.level.shell() == 1);
    !confirmed && !(k_line && strong && (!deep || photon_ev.is_some()))
}

/// Lines of a candidate; none if its strongest line is missing or another one that must be seen.
fn line_evidence(
    candidate: &Candidate,
    peaks: &[Peak],
    range_ev: [f64; 2],
    photon_ev: Option<f64>,
) -> Option<Vec<LineEvidence>> {
    let main = candidate.lines.first()?;
    let first = strongest(peaks, main.range_ev).filter(|p| !is_loss(p, peaks))?;
    let offset = first.energy_ev - main.elemental_ev;
    let mut lines = Vec::new();
    for (index, line) in candidate.lines.iter().enumerate() {
        let relative = line.strength / main.strength;
        if relative < LISTED && index > 0 {
            break;
        }
        // Lines of one element move together.
        let near = if index == 0 { main.range_ev } else { moved(line, offset) };
        let expected = first.area * relative;
        let peak = strongest(peaks, near).filter(|p| p.area >= LEAST_SHARE * expected);
        let must = SURE_SHARE * relative * first.significance >= SIGNIFICANT * noise_growth(peaks, near, first);
        let status = match (peak, must) {
            (Some(p), _) if p.area > LARGEST_SHARE * expected => LineStatus::Hidden,
            (Some(_), _) => LineStatus::Found,
            (None, true) => LineStatus::Absent,
            (None, false) => LineStatus::TooWeak,
        };
        if status == LineStatus::Absent {
            return None;
        }
        lines.push(LineEvidence {
            line: line.level.to_string(),
            expected_ev: near,
            expected_relative_area: Some(relative),
            found_ev: peak.map(|p| Quantity::new(p.energy_ev, p.energy_sigma_ev)),
            significance: peak.map(|p| p.significance),
            status,
            overlaps: Vec::new(),
        });
    }
    let auger = auger_evidence(candidate, peaks, first, range_ev, photon_ev);
    let deep = first.energy_ev > DEEP_K_EV && main.level.shell() == 1 && first.significance > LONELY;
    if deep && auger.iter().any(|line| line.status != LineStatus::Found) {
        return None;
    }
    lines.extend(auger);
    Some(lines)
}

/// Whether a peak lies where a much stronger one has its energy losses.
pub(super) fn is_loss(peak: &Peak, peaks: &[Peak]) -> bool {
    peaks.iter().any(|strong| {
        let distance = peak.energy_ev - strong.energy_ev;
        (LOSS_EV[0]..=LOSS_EV[1]).contains(&distance) && peak.area < LOSS_SHARE * strong.area
    })
}

/// Where a weaker line is sought: as far from its elemental energy as the strongest one, and where its states are tabulated.
fn moved(line: &Line, offset: f64) -> [f64; 2] {
    let centre = line.elemental_ev + offset;
    let [low, high] = [centre - RESOLUTION_EV, centre + RESOLUTION_EV];
    if line.has_states { [low.min(line.range_ev[0]), high.max(line.range_ev[1])] } else { [low, high] }
}

/// Background grows towards higher binding energy and carries its noise: relative to that at the strongest line.
fn noise_growth(peaks: &[Peak], at: [f64; 2], first: &Peak) -> f64 {
    let centre = 0.5 * (at[0] + at[1]);
    let nearest = peaks.iter().min_by(|a, b| (a.energy_ev - centre).abs().total_cmp(&(b.energy_ev - centre).abs()));
    nearest.map_or(1.0, |p| (p.area_sigma / first.area_sigma).max(1.0))
}

fn auger_evidence(
    candidate: &Candidate,
    peaks: &[Peak],
    first: &Peak,
    [low, high]: [f64; 2],
    photon_ev: Option<f64>,
) -> Vec<LineEvidence> {
    let Some(photon) = photon_ev else { return Vec::new() };
    let place = |a: &&&AugerLine| {
        let at = photon - a.kinetic_energy_ev;
        (low..=high).contains(&at)
    };
    candidate
        .auger
        .iter()
        .filter(place)
        .map(|auger| {
            let at = photon - auger.kinetic_energy_ev;
            let expected_ev = [at - auger.range_ev, at + auger.range_ev];
            let peak = strongest(peaks, expected_ev);
            let other = |p: &Peak| is_loss(p, peaks) || p.area > 2.0 * LARGEST_SHARE * first.area;
            let status = match peak {
                Some(p) if other(p) => LineStatus::Hidden,
                Some(_) => LineStatus::Found,
                None => LineStatus::TooWeak,
            };
            LineEvidence {
                line: format!("{} {}", auger.element, auger.series),
                expected_ev,
                expected_relative_area: None,
                found_ev: peak.map(|p| Quantity::new(p.energy_ev, p.energy_sigma_ev)),
                significance: peak.map(|p| p.significance),
                status,
                overlaps: Vec::new(),
            }
        })
        .collect()
}

fn strongest(peaks: &[Peak], [low, high]: [f64; 2]) -> Option<&Peak> {
    let inside = peaks.iter().filter(|p| (low..=high).contains(&p.energy_ev));
    inside.max_by(|a, b| a.area.total_cmp(&b.area))
}

/// Order in which elements are taken: strong lines found, times the share of the listed strength that was found.
fn support(lines: &[LineEvidence]) -> f64 {
    let found = |line: &&LineEvidence| line.status == LineStatus::Found;
    let strength = |line: &LineEvidence| line.expected_relative_area.unwrap_or(0.0);
    let seen: f64 = lines.iter().filter(found).map(strength).sum();
    let all: f64 = lines.iter().map(strength).sum();
    let significance: f64 = lines.iter().filter(found).filter_map(|l| l.significance).map(f64::ln_1p).sum();
    if all > 0.0 { significance * seen / all } else { 0.0 }
}

/// Where lines of a present element lie, whether found or not, as `(energy, name)`.
fn explained(candidate: &Candidate, peaks: &[Peak], photon_ev: Option<f64>) -> Vec<(f64, String)> {
    let main = &candidate.lines[0];
    let Some(first) = strongest(peaks, main.range_ev) else { return Vec::new() };
    let offset = first.energy_ev - main.elemental_ev;
    let listed = candidate.lines.iter().filter(|l| l.strength >= LISTED * main.strength);
    let core = listed.map(|line| {
        let near = if std::ptr::eq(line, main) { main.range_ev } else { moved(line, offset) };
        let at = strongest(peaks, near).map_or(0.5 * (near[0] + near[1]), |p| p.energy_ev);
        (at, line.level.to_string())
    });
    let auger = candidate.auger.iter().flat_map(|a| {
        let at = photon_ev.unwrap_or(0.0) - a.kinetic_energy_ev;
        let group = at - a.range_ev..=at + a.range_ev + AUGER_GROUP_EV;
        let within = peaks.iter().filter(move |p| group.contains(&p.energy_ev));
        within.map(|p| (p.energy_ev, format!("{} {}", a.element, a.series))).collect::<Vec<_>>()
    });
    core.chain(auger).collect()
}

/// Notes lines of present elements beside each found line; whether one of the found lines that matter stands alone.
fn mark_overlaps(lines: &mut [LineEvidence], taken: &[(f64, String)]) -> bool {
    for line in lines.iter_mut() {
        let Some(at) = line.found_ev else { continue };
        let near = taken.iter().filter(|(energy, _)| (energy - at.value).abs() < RESOLUTION_EV);
        line.overlaps = near.map(|(_, name)| name.clone()).collect();
        line.overlaps.dedup();
    }
    // The strongest line decides; a weaker one does only where it must be seen.
    lines
        .iter()
        .filter(|l| l.status == LineStatus::Found)
        .any(|l| l.overlaps.is_empty() && l.expected_relative_area.is_some_and(|r| r > 0.5))
}

/// Says where strongest lines of present elements lie among those of others.
fn overlap_remarks(found: &mut [ElementEvidence], warnings: &mut Vec<String>) {
    let present: Vec<(String, Vec<LineEvidence>)> =
        found.iter().filter(|e| e.verdict == Verdict::Present).map(|e| (e.element.clone(), e.lines.clone())).collect();
    for element in found.iter_mut() {
        let Some(main) = element.lines.first().cloned() else { continue };
        let Some(at) = main.found_ev else { continue };
        for (other, lines) in present.iter().filter(|(name, _)| *name != element.element) {
            let near = lines.iter().find(|l| {
                let place = l.found_ev.map_or(0.5 * (l.expected_ev[0] + l.expected_ev[1]), |q| q.value);
                (place - at.value).abs() < RESOLUTION_EV
            });
            if let Some(near) = near.filter(|_| element.verdict == Verdict::Present) {
                element.remarks.push(format!("{} overlaps with {} of {other}", main.line, near.line));
                warnings.push(format!(
                    "{} overlaps with {}: fit both together, tied by what is known",
                    main.line, near.line
                ));
            }
        }
    }
    let open: Vec<&str> =
        found.iter().filter(|e| e.verdict == Verdict::Undecided).map(|e| e.element.as_str()).collect();
    if !open.is_empty() {
        warnings.push(format!("not excluded and not proved: {}; measure their strongest lines", open.join(", ")));
    }
}
