//! From evidence to a verdict.
//!
//! The evidence of a phase is the deviance (see `slack`) that the model loses without it, in units of the noise. A
//! candidate whose cell was free had many chances to fit something: of N independent trials the best gains about 2 ln N
//! by chance, which is taken off. What remains is stated as σ = √Δχ². A phase is *present* if that is beyond doubt, its
//! strong lines are there, they are not all those of another phase or flaws of its lines' shape, and its cell is one that
//! the phase can have.

use crate::analysis::Verdict;

use super::line_tests::{Fate, LineTest};

/// Evidence that a phase needs to be present, and to be possible.
pub(crate) const PRESENT_SIGMA: f64 = 6.0;
pub(crate) const POSSIBLE_SIGMA: f64 = 4.0;
/// Share of the testable strong intensity that must be there.
const FOUND_SHARE: f64 = 0.6;
/// Strong lines that must be there, where the phase has so many in the range.
const FOUND_LINES: usize = 3;
/// The same for a phase that is possible: one line alone names nothing.
const POSSIBLE_LINES: usize = 2;
/// Lines of two phases closer than this, in FWHM, are one.
const SAME_LINE_FWHM: f64 = 0.7;
/// A line within this many FWHM of one that is so many times larger may be a flaw of that line's shape: strain, a spread
/// of compositions and optics put shoulders there.
const FOOT_FWHM: f64 = 3.0;
const FOOT_RATIO: f64 = 20.0;
/// Share of the intensity found that must not lie under a stronger line of another phase or at its foot.
const OWN_SHARE: f64 = 0.2;

/// Changes of a cell against the published one, root mean square of its parameters in σ of such changes (see `state`),
/// beyond which the lines may be those of another phase of the same structure type.
const FOREIGN_CELL_SIGMA: f64 = 2.0;

/// Verdict with its reason.
#[derive(Debug, Clone)]
pub(crate) struct Judgement {
    pub(crate) verdict: Verdict,
    pub(crate) reason: String,
}

/// σ of an evidence Δχ² (over noise) after `trials` chances.
pub(crate) fn evidence_sigma(delta: f64, trials: f64) -> f64 {
    (delta - 2.0 * trials.max(1.0).ln()).max(0.0).sqrt()
}

/// What of a phase's strong lines is there.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Tally {
    found: usize,
    missing: usize,
    open: usize,
    /// Found share of the intensity that can be tested.
    share: f64,
    /// Share of the found intensity that is not under a stronger line of another phase or at its foot.
    own: f64,
}

impl Tally {
    /// Counts the lines of a phase; `others` are the lines of phases in the model: position and area.
    pub(crate) fn new(lines: &[LineTest], others: &[(f64, f64)]) -> Self {
        let sum = |fate: Fate| lines.iter().filter(|l| l.fate == fate).map(|l| l.intensity).sum::<f64>();
        let count = |fate: Fate| lines.iter().filter(|l| l.fate == fate).count();
        let own: f64 = lines
            .iter()
            .filter(|l| l.fate == Fate::Found)
            .filter(|l| {
                let covers = |(at, area): &(f64, f64)| {
                    let distance = (at - l.two_theta_deg).abs() / l.fwhm_deg;
                    (distance < SAME_LINE_FWHM && *area > l.area)
                        || (distance < FOOT_FWHM && *area > FOOT_RATIO * l.area)
                };
                !others.iter().any(covers)
            })
            .map(|l| l.intensity)
            .sum();
        let (found, missing) = (sum(Fate::Found), sum(Fate::Missing));
        let part = |a: f64, b: f64| if b > 0.0 { a / b } else { 0.0 };
        Self {
            found: count(Fate::Found),
            missing: count(Fate::Missing),
            open: count(Fate::Open),
            share: part(found, found + missing),
            own: part(own, found),
        }
    }

    /// Share of the found intensity that is not under a stronger line of another phase or at its foot.
    pub(crate) fn own(&self) -> f64 {
        self.own
    }

    fn words(&self) -> String {
        let all = self.found + self.missing + self.open;
        let mut text = format!("{} of {all} strong lines are there", self.found);
        if self.missing > 0 {
            text += &format!(", {} missing", self.missing);
        }
        if self.open > 0 {
            text += &format!(", {} overlapped or too weak to tell", self.open);
        }
        text
    }
}

/// Verdict on a phase that is part of the model. `cell_sigma` is how far its cell is from the published one, root mean
/// square in σ of such a change; `twin` is the phase under whose lines its own lie.
pub(crate) fn of_member(sigma: f64, tally: &Tally, cell_sigma: f64, twin: Option<&str>) -> Judgement {
    let lines = tally.words();
    let needed = FOUND_LINES.min(tally.found + tally.missing + tally.open);
    let doubt = if sigma < PRESENT_SIGMA {
        Some(format!("the evidence is only {sigma:.1} σ"))
    } else if tally.own < OWN_SHARE {
        let whose = twin.map_or_else(|| "another phase".to_owned(), |id| id.to_owned());
        Some(format!("its lines lie under or at the foot of stronger lines of {whose}"))
    } else if tally.share < FOUND_SHARE {
        Some("too many of its strong lines are missing".to_owned())
    } else if tally.found < needed {
        Some("too few of its lines can be told apart".to_owned())
    } else if cell_sigma > FOREIGN_CELL_SIGMA {
        let change = "its lines fit only with a cell changed more than published cells of one phase differ";
        Some(format!("{change} ({cell_sigma:.1} σ): a solid solution, or another phase of its structure type"))
    } else {
        None
    };
    match doubt {
        None => Judgement {
            verdict: Verdict::Present,
            reason: format!("without it the pattern is explained worse by {sigma:.1} σ; {lines}"),
        },
        Some(doubt) if sigma >= POSSIBLE_SIGMA && tally.found >= POSSIBLE_LINES.min(needed) => {
            Judgement { verdict: Verdict::Possible, reason: format!("{doubt} ({sigma:.1} σ; {lines})") }
        }
        Some(doubt) => Judgement { verdict: Verdict::NotDetected, reason: format!("{doubt}; {lines}") },
    }
}

/// Verdict on a candidate that is not part of the model. `twin` is a present phase that explains its lines.
pub(crate) fn of_outsider(sigma: f64, tally: &Tally, twin: Option<&str>) -> Judgement {
    let lines = tally.words();
    if let Some(twin) = twin {
        let reason = format!("{twin} explains its lines; beside that phase nothing in the pattern asks for it");
        return Judgement { verdict: Verdict::NotDetected, reason };
    }
    let most = tally.found > tally.missing + tally.open;
    let complete = tally.share >= FOUND_SHARE && tally.own >= OWN_SHARE && tally.found >= 2 && most;
    if sigma >= POSSIBLE_SIGMA && complete {
        let reason =
            format!("it would explain something ({sigma:.1} σ; {lines}), but not enough to be part of the model");
        return Judgement { verdict: Verdict::Possible, reason };
    }
    let reason = if tally.missing > 0 {
        format!("nothing in the pattern needs it: {lines}")
    } else {
        format!("nothing in the pattern needs it ({sigma:.1} σ)")
    };
    Judgement { verdict: Verdict::NotDetected, reason }
}
