//! Assignments that a person claims, such as `Li2O@20.5`: which lines that phase must show, whether they are there, and
//! which phases do have a line at that angle.

use crate::analysis::{ClaimAlternative, ClaimAnswer, ClaimVerdict, Line, Verdict};
use crate::error::{Error, Result};
use crate::peaks::FittedPeak;

use super::candidates::{Candidate, unknown_phase};
use super::judge::Judged;
use super::line_tests::{Fate, LineTest, alone, of_absent};
use super::prepared::Prepared;
use super::slack::Slack;
use super::state::{Data, PatternState, PhaseState};

/// A line stands at a claimed angle if it is nearer than this: what an angle with one decimal can be off by, and a
/// displacement.
const AT_DEG: f64 = 0.2;
/// Lines of other phases at the angle are named from this intensity on, relative to their strongest.
const ALTERNATIVE_INTENSITY: f64 = 0.05;
/// A line of the claimed phase itself counts from here on.
const OWN_INTENSITY: f64 = 0.02;
/// Most alternatives.
const MOST_ALTERNATIVES: usize = 12;

/// A claim as written.
struct Claim<'c> {
    name: &'c str,
    two_theta_deg: Option<f64>,
}

/// What the claims are tested in.
pub(crate) struct Court<'a, 'd> {
    pub(crate) data: &'d Data<'a>,
    pub(crate) state: &'d PatternState<'a>,
    pub(crate) slack: &'d Slack,
    pub(crate) judged: &'d [Judged<'a>],
    /// Broadening of a phase of which nothing is known.
    pub(crate) broadening_deg: [f64; 2],
    pub(crate) peaks: &'d [FittedPeak],
    /// Every phase there is a structure of, for what a name that nothing is called may have meant.
    pub(crate) every: &'d dyn Fn() -> Vec<Candidate>,
}

/// Answers every claim. `known` are all phases that a name may stand for; `allowed` those that may be alternatives.
///
/// # Errors
/// [`Error::Recipe`] for a claim without a known phase or with an angle that is none.
pub(crate) fn answer<'a>(
    claims: &[String],
    court: &Court<'a, '_>,
    known: &[&'a Prepared<'a>],
    allowed: &dyn Fn(&Candidate) -> bool,
) -> Result<Vec<ClaimAnswer>> {
    claims.iter().map(|text| one(text, court, known, allowed)).collect()
}

/// Whether one of the claims is about this phase; one that cannot be read is about none.
pub(crate) fn names(claims: &[String], candidate: &Candidate) -> bool {
    claims.iter().filter_map(|text| parse(text).ok()).any(|claim| candidate.is_called(claim.name))
}

fn parse(text: &str) -> Result<Claim<'_>> {
    let Some((name, angle)) = text.rsplit_once('@') else {
        return Ok(Claim { name: text.trim(), two_theta_deg: None });
    };
    let two_theta_deg = angle.trim().trim_end_matches('°').parse::<f64>().ok().filter(|t| (0.0..=180.0).contains(t));
    match two_theta_deg {
        Some(_) => Ok(Claim { name: name.trim(), two_theta_deg }),
        None => Err(Error::Recipe(format!("claim \"{text}\": expected a phase, @ and an angle 2θ in degrees"))),
    }
}

/// A phase in the court: in the state, judged, or only known.
struct Party<'a> {
    phase: PhaseState<'a>,
    verdict: Verdict,
    /// Strong lines, tested.
    tests: Vec<LineTest>,
    /// All clusters: position, intensity, hkl.
    lines: Vec<(f64, f64, [i32; 3])>,
}

impl<'a> Court<'a, '_> {
    fn party(&self, prepared: &'a Prepared<'a>) -> Result<Party<'a>> {
        let id = prepared.candidate.id();
        let judged = self.judged.iter().find(|j| j.id() == id);
        let phase = judged.map_or_else(
            || PhaseState {
                prepared,
                cell: prepared.reference_cell(),
                scale: 0.0,
                broadening_deg: self.broadening_deg,
            },
            |j| j.phase.clone(),
        );
        let hkl = |h: usize| phase.prepared.pattern.reflections.get(h).map_or([0; 3], |r| r.hkl);
        let lines = alone(self.data, self.state, &phase)?
            .into_iter()
            .map(|c| (c.two_theta_deg, c.intensity, hkl(c.strongest)))
            .collect();
        let tests = match judged {
            Some(j) if j.position.is_some() => j.lines.clone(),
            _ => of_absent(self.data, self.state, self.slack, &phase, None)?,
        };
        let verdict = judged.map_or(Verdict::NotDetected, |j| j.judgement.verdict);
        Ok(Party { phase, verdict, tests, lines })
    }

    /// What the pattern shows at an angle, in words.
    fn seen(&self, two_theta_deg: f64) -> String {
        let strongest = self.peaks.iter().map(|p| p.area.value).fold(0.0, f64::max);
        let distance = |p: &&FittedPeak| (p.two_theta_deg.value - two_theta_deg).abs();
        let near =
            self.peaks.iter().filter(|p| distance(p) < AT_DEG).min_by(|a, b| distance(a).total_cmp(&distance(b)));
        match near {
            Some(peak) => format!(
                "the pattern has a peak at {:.2}° ({:.1} % of the strongest, {:.0} σ)",
                peak.two_theta_deg.value,
                100.0 * peak.area.value / strongest,
                peak.significance
            ),
            None => format!("the pattern has no peak within {AT_DEG}° of {two_theta_deg}°"),
        }
    }
}

impl Party<'_> {
    fn id(&self) -> &str {
        self.phase.prepared.candidate.id()
    }

    fn formula(&self) -> &str {
        &self.phase.prepared.candidate.structure.formula
    }

    /// Formula and id, or the id alone where it is the formula.
    fn name(&self) -> String {
        let formula = without_blanks(self.formula());
        if formula == self.id() { formula } else { format!("{formula} ({})", self.id()) }
    }

    /// Line nearest to an angle among those of at least this intensity.
    fn nearest(&self, two_theta_deg: f64, intensity: f64) -> Option<Line> {
        let strongest = self.lines.iter().map(|l| l.1).fold(0.0, f64::max);
        let distance = |at: f64| (at - two_theta_deg).abs();
        let candidates = self.lines.iter().filter(|l| l.1 >= intensity * strongest);
        let (at, i, hkl) = candidates.min_by(|a, b| distance(a.0).total_cmp(&distance(b.0)))?;
        let tested = self.tests.iter().find(|t| t.two_theta_deg == *at).map(LineTest::line);
        Some(tested.unwrap_or(Line {
            hkl: *hkl,
            two_theta_deg: *at,
            relative_intensity: 100.0 * i / strongest,
            observed_over_calculated: None,
        }))
    }

    fn with_fate(&self, fate: Fate) -> Vec<Line> {
        self.tests.iter().filter(|t| t.fate == fate).map(LineTest::line).collect()
    }

    /// Its strongest lines other than the one at `two_theta_deg`, and what became of them.
    fn remark(&self, at: &Line) -> String {
        let others: Vec<String> = self
            .tests
            .iter()
            .filter(|t| (t.two_theta_deg - at.two_theta_deg).abs() > 1e-6)
            .take(3)
            .map(|t| {
                let fate = match t.fate {
                    Fate::Found => "is there",
                    Fate::Missing => "is missing",
                    Fate::Open => "cannot be told",
                };
                let times = 100.0 * t.intensity / at.relative_intensity;
                format!("{} at {:.2}° ({times:.1} times as strong) {fate}", words(t.hkl), t.two_theta_deg)
            })
            .collect();
        if others.is_empty() {
            return "it has no other strong line in the range".into();
        }
        format!("then also: {}", others.join("; "))
    }
}

fn words([h, k, l]: [i32; 3]) -> String {
    format!("({h} {k} {l})")
}

fn list(lines: &[Line]) -> String {
    let line = |l: &Line| {
        let ratio = l.observed_over_calculated.map_or(String::new(), |q| match q.sigma {
            Some(sigma) => format!(", observed/calculated {:.2} ± {sigma:.2}", q.value),
            None => format!(", observed/calculated {:.2}", q.value),
        });
        format!("{} {:.2}° (I {:.0}{ratio})", words(l.hkl), l.two_theta_deg, l.relative_intensity)
    };
    lines.iter().take(5).map(line).collect::<Vec<_>>().join(", ")
}

fn one<'a>(
    text: &str,
    court: &Court<'a, '_>,
    known: &[&'a Prepared<'a>],
    allowed: &dyn Fn(&Candidate) -> bool,
) -> Result<ClaimAnswer> {
    let claim = parse(text)?;
    let mut parties: Vec<Party<'a>> =
        known.iter().filter(|p| p.candidate.is_called(claim.name)).map(|p| court.party(p)).collect::<Result<_>>()?;
    // The structure that the pattern speaks for most stands for the name.
    parties.sort_by_key(|party| party.verdict);
    let Some(party) = parties.first() else {
        return Err(unknown_phase(claim.name, &(court.every)()));
    };
    let nearest_line = claim.two_theta_deg.and_then(|at| party.nearest(at, OWN_INTENSITY));
    let has_line = match (claim.two_theta_deg, &nearest_line) {
        (Some(at), Some(line)) => (line.two_theta_deg - at).abs() <= AT_DEG,
        (None, _) => true,
        _ => false,
    };
    let absent_lines = party.with_fate(Fate::Missing);
    let answer = match (has_line, party.verdict) {
        (true, Verdict::Present) => ClaimVerdict::Supported,
        (true, Verdict::Possible) => ClaimVerdict::NotDecidable,
        (true, Verdict::NotDetected) if absent_lines.is_empty() => ClaimVerdict::NotDecidable,
        _ => ClaimVerdict::NotSupported,
    };
    let alternatives = match claim.two_theta_deg {
        Some(at) => alternatives(court, known, allowed, at, party.id())?,
        None => Vec::new(),
    };
    Ok(ClaimAnswer {
        claim: text.into(),
        two_theta_deg: claim.two_theta_deg,
        answer,
        explanation: explanation(court, &claim, party, nearest_line.as_ref(), has_line, &absent_lines, &alternatives),
        structures: parties.iter().map(|p| p.id().to_owned()).collect(),
        required_lines: party.tests.iter().map(LineTest::line).collect(),
        absent_lines,
        nearest_line,
        alternatives,
    })
}

fn explanation(
    court: &Court<'_, '_>,
    claim: &Claim<'_>,
    party: &Party<'_>,
    nearest: Option<&Line>,
    has_line: bool,
    absent: &[Line],
    alternatives: &[ClaimAlternative],
) -> String {
    let mut sentences = Vec::new();
    let name = party.name();
    if let Some(at) = claim.two_theta_deg {
        sentences.push(match nearest {
            Some(line) if has_line => {
                format!("{name} has the line {} at {:.2}°", words(line.hkl), line.two_theta_deg)
            }
            Some(line) => {
                format!("{name} has no line at {at}°: the nearest is {} at {:.2}°", words(line.hkl), line.two_theta_deg)
            }
            None => format!("{name} has no line in the range of the scan"),
        });
        sentences.push(court.seen(at));
    }
    sentences.push(match party.verdict {
        Verdict::Present => "the phase is present by its other lines".into(),
        Verdict::Possible => "the phase is possible".into(),
        Verdict::NotDetected => "the phase is not detected".into(),
    });
    let found = party.with_fate(Fate::Found);
    if !found.is_empty() {
        sentences.push(format!("of its strong lines these are there: {}", list(&found)));
    }
    if !absent.is_empty() {
        sentences.push(format!("of its strong lines these are missing: {}", list(absent)));
    }
    let likely: Vec<String> = alternatives
        .iter()
        .filter(|a| a.verdict != Verdict::NotDetected)
        .map(|a| format!("{} {} at {:.2}°", without_blanks(&a.formula), words(a.line.hkl), a.line.two_theta_deg))
        .collect();
    if !likely.is_empty() {
        sentences.push(format!("found in this pattern with a line there: {}", likely.join(", ")));
    } else if !alternatives.is_empty() {
        let named: Vec<&str> = alternatives.iter().take(4).map(|a| a.id.as_str()).collect();
        sentences.push(format!("phases with a line there: {}", named.join(", ")));
    }
    sentences.iter().map(|sentence| format!("{}.", capitalised(sentence))).collect::<Vec<_>>().join(" ")
}

fn capitalised(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map(|first| first.to_uppercase().chain(characters).collect()).unwrap_or_default()
}

/// `Li2 O` as `Li2O`.
fn without_blanks(formula: &str) -> String {
    formula.split_whitespace().collect()
}

/// Phases with a line at an angle, most certain and strongest first.
fn alternatives<'a>(
    court: &Court<'a, '_>,
    known: &[&'a Prepared<'a>],
    allowed: &dyn Fn(&Candidate) -> bool,
    two_theta_deg: f64,
    claimed: &str,
) -> Result<Vec<ClaimAlternative>> {
    let mut found = Vec::new();
    for prepared in known.iter().filter(|p| allowed(p.candidate) && p.candidate.id() != claimed) {
        if !has_line_near(court, prepared, two_theta_deg) {
            continue;
        }
        let party = court.party(prepared)?;
        let Some(line) = party.nearest(two_theta_deg, ALTERNATIVE_INTENSITY) else { continue };
        if (line.two_theta_deg - two_theta_deg).abs() <= AT_DEG {
            found.push(ClaimAlternative {
                id: party.id().into(),
                formula: party.formula().into(),
                remark: party.remark(&line),
                verdict: party.verdict,
                line,
            });
        }
    }
    found.sort_by(|a, b| {
        let strength = |x: &ClaimAlternative| x.line.relative_intensity;
        a.verdict.cmp(&b.verdict).then(strength(b).total_cmp(&strength(a)))
    });
    found.truncate(MOST_ALTERNATIVES);
    Ok(found)
}

/// Whether a line at the reference cell is near enough for a closer look.
fn has_line_near(court: &Court<'_, '_>, prepared: &Prepared<'_>, two_theta_deg: f64) -> bool {
    let reach = AT_DEG + 2.0 * court.data.cell_tolerance.to_degrees() * (0.5 * two_theta_deg.to_radians()).tan();
    prepared
        .places(&prepared.reference_cell(), court.data.radiation)
        .iter()
        .flatten()
        .any(|p| p.intensity >= 0.5 * ALTERNATIVE_INTENSITY && (p.two_theta_deg - two_theta_deg).abs() < reach)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn claims_are_a_name_and_an_angle() {
        let claim = parse("Li2O@20.5").unwrap();
        assert_eq!((claim.name, claim.two_theta_deg), ("Li2O", Some(20.5)));
        assert_eq!(parse(" low cristobalite AlPO4 @ 21.8°").unwrap().two_theta_deg, Some(21.8));
        assert_eq!(parse("Li2O").unwrap().two_theta_deg, None);
        assert!(parse("Li2O@x").is_err() && parse("Li2O@200").is_err());
    }
}
