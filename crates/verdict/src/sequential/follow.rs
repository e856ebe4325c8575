//! A verdict after another one: more evidence, a cut to be filled again, a correction; and points carried over.

use super::SequentialError;
use crate::{
    DecideError, Rules,
    decide::{Course, Preparation, Prepared, prepare},
    joint::Earlier,
};
use daepyo_core::{
    CandidateDecision, CandidateId, CandidateOutcome, CarriedPoints, Cause, Changed, Composite, Corrected,
    Decided, Follows, Interval, Observation, StageId, Status, TieStep, Verdict, canonical,
};

/// What a decision goes on from.
#[derive(Clone, Copy, Debug, Default)]
pub struct Before<'a> {
    /// The earlier verdict on the same stage, and why there is a new one.
    pub verdict: Option<(&'a Verdict, Cause)>,
    /// The points of the earlier stage, where the rules carry a share of them over.
    pub carried: Option<&'a Carried>,
}

/// The composites of a stage, as a later one carries them over.
#[derive(Clone, Debug, PartialEq)]
pub struct Carried {
    stage: StageId,
    /// Those with points: name, estimate with interval, and every draw.
    candidates: Vec<(CandidateId, Interval, Vec<f64>)>,
}

/// The composites of a stage with all draws, worked out again from its sealed rules and observations, so that a later
/// stage has their uncertainty too.
///
/// # Errors
/// As [`crate::decide()`]; a stage without a verdict, which has no points; or a stage that itself carries points over
/// and is not given them in `before`.
pub fn carry_over(
    rules: &Rules<'_>,
    observations: &[Observation],
    before: Option<&Carried>,
) -> Result<Carried, SequentialError> {
    let Some(prepared) = ready(rules, observations, before)?.0 else {
        let problem = "has no verdict, so it has no points to carry over".to_owned();
        return Err(SequentialError::Carry { stage: rules.stage.id.clone(), problem });
    };
    let with_points = (prepared.candidates().into_iter().enumerate())
        .filter(|(place, _)| !prepared.evidence.is_gone(*place))
        .map(|(place, id)| {
            let draws = prepared.joint.draws.iter().map(|draw| draw.points(place)).collect();
            (id.clone(), prepared.joint.interval(|draw| draw.points(place)), draws)
        });
    Ok(Carried { stage: rules.stage.id.clone(), candidates: with_points.collect() })
}

/// The verdict on a stage that was decided before, or that carries points over from an earlier stage.
///
/// - [`Cause::MoreEvidence`]: everything is decided anew at the next look; where the rules plan looks, at that look's
///   confidence ([`super::look`]).
/// - [`Cause::Refill`]: whoever holds a place keeps it, unless a gate or a withdrawal took it; the free places are
///   filled among the others by the same rule, from the same draws. Nothing is measured again, so points must be
///   what they were.
/// - [`Cause::Correction`]: everything is decided anew at the same look, and the verdict says which observations were
///   corrected and what that changed.
///
/// # Errors
/// As [`crate::decide()`]; an earlier verdict of another programme or stage; a refill of what was not decided, or with
/// other points than before; a further look without more evidence; a correction without corrections; points carried
/// over where the rules don't ask for them, or the other way round.
pub fn decide_after(
    rules: &Rules<'_>,
    observations: &[Observation],
    before: &Before<'_>,
) -> Result<Verdict, SequentialError> {
    let (prepared, verdict) = ready(rules, observations, before.carried)?;
    let Some((earlier, cause)) = before.verdict else {
        return match (prepared, verdict) {
            (Some(prepared), _) => Ok(prepared.verdict(&Course::default())?),
            (None, Some(verdict)) => Ok(*verdict),
            (None, None) => Err(other("nothing was worked out")),
        };
    };
    same_stage(rules, earlier)?;
    let corrected = prepared.as_ref().map(|prepared| prepared.evidence.corrected.clone()).unwrap_or_default();
    let mut verdict = match (prepared, verdict) {
        (Some(prepared), _) => {
            let course = course(&prepared, earlier, cause)?;
            prepared.verdict(&course)?
        }
        // Without a verdict nothing was looked at: the last look is handed on to the next verdict.
        (None, Some(verdict)) => Verdict { look: earlier.look.clone(), ..*verdict },
        (None, None) => return Err(other("nothing was worked out")),
    };
    verdict.follows = Some(follows(&verdict, earlier, cause, corrected)?);
    Ok(verdict)
}

fn other(problem: &str) -> SequentialError {
    SequentialError::OtherVerdict { problem: problem.to_owned() }
}

fn same_stage(rules: &Rules<'_>, earlier: &Verdict) -> Result<(), SequentialError> {
    if earlier.programme != rules.programme.id || earlier.stage != rules.stage.id {
        let problem =
            format!("it is on stage `{}` of `{}`, another than this one", earlier.stage, earlier.programme);
        return Err(SequentialError::OtherVerdict { problem });
    }
    if (earlier.seed, earlier.draws) != (rules.stage.seed, rules.stage.draws) {
        return Err(other("it was drawn with another seed or another number of draws"));
    }
    Ok(())
}

/// The stage worked out with what it carries over, or the verdict that there is none.
pub(crate) type Ready<'a> = (Option<Prepared<'a>>, Option<Box<Verdict>>);

pub(crate) fn ready<'a>(
    rules: &Rules<'a>,
    observations: &'a [Observation],
    carried: Option<&Carried>,
) -> Result<Ready<'a>, SequentialError> {
    let fail = |problem: String| Err(SequentialError::Carry { stage: rules.stage.id.clone(), problem });
    match (&rules.stage.carry, carried) {
        (Some(carry), None) => {
            return fail(format!("carries over `{}`, whose points were not given", carry.stage));
        }
        (None, Some(_)) => return fail("carries nothing over by its rules".to_owned()),
        (Some(carry), Some(given)) if carry.stage != given.stage => {
            return fail(format!(
                "carries over `{}`, and was given the points of `{}`",
                carry.stage, given.stage
            ));
        }
        (Some(_), Some(_)) | (None, None) => {}
    }
    let mut prepared = match prepare(rules, observations)? {
        Preparation::Ready(prepared) => *prepared,
        Preparation::Obstacle(verdict) => return Ok((None, Some(verdict))),
    };
    if let (Some(carry), Some(given)) = (&rules.stage.carry, carried) {
        let total: f64 = rules.stage.criteria.iter().map(|criterion| criterion.weight).sum();
        if (total - 100.0).abs() > 1e-6 {
            return fail(format!(
                "has {total} points of its own, which don't mix with the 100 of `{}`",
                carry.stage
            ));
        }
        let candidates = prepared.candidates();
        let find = |id: &CandidateId| given.candidates.iter().find(|(other, ..)| other == id);
        let row = |(place, id): (usize, &&CandidateId)| CarriedPoints {
            candidate: (*id).clone(),
            earlier: find(id).map(|(_, interval, _)| *interval),
            own: prepared.joint.interval(|draw| draw.points(place)),
        };
        let rows: Vec<CarriedPoints> = (candidates.iter().enumerate())
            .filter(|(place, _)| !prepared.evidence.is_gone(*place))
            .map(row)
            .collect();
        let earlier: Vec<Option<Earlier<'_>>> = candidates
            .iter()
            .map(|id| find(id).map(|(_, interval, draws)| Earlier { estimate: interval.estimate, draws }))
            .collect();
        prepared.joint.carry(&earlier, carry.share, rules.stage.seed);
        prepared.carried = rows;
    }
    Ok((Some(prepared), None))
}

/// What the new verdict takes over from the earlier one.
fn course(prepared: &Prepared<'_>, earlier: &Verdict, cause: Cause) -> Result<Course, SequentialError> {
    let mut fractions = earlier.look.as_ref().map(|look| look.earlier.clone()).unwrap_or_default();
    match cause {
        Cause::MoreEvidence => {
            fractions.extend(earlier.look.as_ref().map(|look| look.fraction));
            Ok(Course { fractions, kept: Vec::new(), lots: 0 })
        }
        Cause::Correction if prepared.evidence.corrected.is_empty() => {
            Err(other("nothing was corrected since, so there is nothing to correct in it"))
        }
        Cause::Correction => Ok(Course { fractions, kept: Vec::new(), lots: 0 }),
        Cause::Refill => {
            if !matches!(earlier.status, Status::Decided(Decided::Confident | Decided::ByTieOrder)) {
                return Err(other("it was not decided, so there is no cut to fill again"));
            }
            same_points(prepared, earlier)?;
            let lots = earlier.ties.iter().filter(|tie| tie.step == TieStep::Lot).count();
            let before =
                earlier.follows.as_ref().map_or(0, |follows| u64::from(follows.cause == Cause::Refill));
            let lots = u64::try_from(lots).unwrap_or(0) + before;
            Ok(Course { fractions, kept: kept(prepared, earlier), lots })
        }
    }
}

/// Places that are held on: those that the earlier verdict gave by points or by the tie order, and that no gate and no
/// withdrawal took since. A wildcard is the panel's and takes none of these places.
fn kept(prepared: &Prepared<'_>, earlier: &Verdict) -> Vec<(usize, CandidateDecision)> {
    let had = |id: &CandidateId| {
        let row = earlier.outcomes.iter().find(|row| row.candidate == *id);
        row.map(|row| row.decision).filter(|decision| {
            matches!(decision, CandidateDecision::Advances | CandidateDecision::AdvancesByTie)
        })
    };
    let stays = |place: usize| matches!(prepared.admissions.get(place), Some(crate::decision::Admission::In));
    let candidates = prepared.candidates().into_iter().enumerate();
    candidates.filter(|(place, _)| stays(*place)).filter_map(|(place, id)| Some((place, had(id)?))).collect()
}

/// Fails where somebody's points are others than in the earlier verdict.
fn same_points(prepared: &Prepared<'_>, earlier: &Verdict) -> Result<(), SequentialError> {
    for (place, id) in prepared.candidates().into_iter().enumerate() {
        let now = prepared.joint.interval(|draw| draw.points(place));
        let row = earlier.composite.iter().find(|row| row.candidate == *id);
        let same = |a: f64, b: f64| a.total_cmp(&b).is_eq();
        let differs = |row: &Composite| {
            let then = row.points;
            !(same(then.estimate, now.estimate) && same(then.low, now.low) && same(then.high, now.high))
        };
        if !prepared.evidence.is_gone(place) && row.is_none_or(differs) {
            let problem =
                format!("the points of `{id}` are others now; a cut is filled again from the same evidence");
            return Err(SequentialError::OtherVerdict { problem });
        }
    }
    Ok(())
}

fn follows(
    verdict: &Verdict,
    earlier: &Verdict,
    cause: Cause,
    corrected: Vec<Corrected>,
) -> Result<Follows, SequentialError> {
    let digest = canonical::digest(earlier).map_err(|_| other("it holds a number that is not finite"))?;
    let points = |verdict: &Verdict, id: &CandidateId| {
        let row = verdict.composite.iter().find(|row| row.candidate == *id);
        row.map(|row| row.points.estimate)
    };
    let changed = |now: &CandidateOutcome| {
        let then = earlier.outcomes.iter().find(|row| row.candidate == now.candidate);
        let from = then.map(|row| row.decision);
        let row = Changed {
            candidate: now.candidate.clone(),
            from,
            to: now.decision,
            points_from: points(earlier, &now.candidate),
            points_to: points(verdict, &now.candidate),
        };
        (from != Some(now.decision)).then_some(row)
    };
    let mut rows: Vec<Changed> = verdict.outcomes.iter().filter_map(changed).collect();
    rows.sort_by(|a, b| a.candidate.cmp(&b.candidate));
    Ok(Follows { verdict: digest, cause, corrected, changed: rows })
}

impl From<DecideError> for SequentialError {
    fn from(error: DecideError) -> Self {
        Self::Decide(error)
    }
}
