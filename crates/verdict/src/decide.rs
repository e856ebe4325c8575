//! The straight line from rules and observations to a verdict.

use crate::{
    DecideError, Rules, attack, completeness,
    criteria::{Criteria, public_votes::PublicVotes},
    decision::{self, Admission, Case, Ruling},
    evidence::{Evidence, gather},
    gates,
    joint::{self, Joint},
    number::wide,
    ranks,
    rules::{Roster, check},
    sequential::{PanelBallot, PanelError, choose, look},
};
use daepyo_core::{
    CandidateDecision, CandidateId, CandidateOutcome, CarriedPoints, Composite, CriterionId, CriterionResult,
    GateResult, Interval, LookResult, NoVerdict, Observation, Stage, Status, TaskResult, Verdict, VoteRating,
    VoteResult, WildcardResult,
};

/// The verdict on a stage: a pure function of the sealed rules, the observations and the stage's seed.
///
/// The order of `observations` does not matter, except that of several findings on the same gate and candidate
/// the last one counts. Every candidate of the programme is judged; the references of the stage's window, and
/// those that anchors name, are measured beside them. Corrections among the observations are in effect, teams that
/// withdrew take no place, and a panel's votes fill the wildcard once all else is decided.
///
/// A stage that was decided before, or that carries points over, is decided by [`crate::sequential::decide_after`].
///
/// # Errors
/// Observations that contradict the rules or each other, each named by its index; rules that can't be applied;
/// votes that never compare one part of the candidates with another. Evidence that is merely absent is no error
/// but [`Status::NoVerdict`].
pub fn decide(rules: &Rules<'_>, observations: &[Observation]) -> Result<Verdict, DecideError> {
    if let Some(carry) = &rules.stage.carry {
        let problem = format!("the points of stage `{}` that it carries over were not given", carry.stage);
        return Err(DecideError::InvalidRules { problem });
    }
    match prepare(rules, observations)? {
        Preparation::Ready(prepared) => prepared.verdict(&Course::default()),
        Preparation::Obstacle(verdict) => Ok(*verdict),
    }
}

/// A stage worked out up to the cut, or why there can be none.
pub(crate) enum Preparation<'a> {
    Ready(Box<Prepared<'a>>),
    Obstacle(Box<Verdict>),
}

/// Everything that a cut and the rows of a verdict are made from.
pub(crate) struct Prepared<'a> {
    pub(crate) rules: Rules<'a>,
    pub(crate) roster: Roster<'a>,
    pub(crate) evidence: Evidence<'a>,
    pub(crate) gates: Vec<GateResult>,
    pub(crate) criteria: Criteria,
    pub(crate) admissions: Vec<Admission>,
    pub(crate) joint: Joint,
    /// What the earlier stage brings in, by candidate; empty where nothing is carried over.
    pub(crate) carried: Vec<CarriedPoints>,
    blank: Verdict,
}

/// What a verdict follows.
#[derive(Default)]
pub(crate) struct Course {
    /// Information fractions of earlier looks.
    pub(crate) fractions: Vec<f64>,
    /// Those who keep a place.
    pub(crate) kept: Vec<(usize, CandidateDecision)>,
    /// Lots drawn before.
    pub(crate) lots: u64,
}

/// Checks, gathers, judges the gates and resamples.
pub(crate) fn prepare<'a>(
    rules: &Rules<'a>,
    observations: &'a [Observation],
) -> Result<Preparation<'a>, DecideError> {
    let roster = check(rules)?;
    let evidence = gather(rules, &roster, observations)?;
    let tasks = tasks(&roster, &evidence);
    let blank = blank(rules, observations.len(), tasks);
    if let Some(obstacle) = completeness::obstacle(rules, &roster, &evidence) {
        let verdict = without_verdict(&roster, &evidence, blank, obstacle);
        return Ok(Preparation::Obstacle(Box::new(verdict)));
    }
    let gates = gates::judge(rules, &roster, &evidence);
    let criteria = Criteria::new(rules, &roster, &evidence)?;
    let joint = joint::resample(&criteria, rules.stage.seed, rules.stage.draws);
    let admit = |(place, id): (usize, &&CandidateId)| {
        if evidence.is_gone(place) {
            Admission::Gone
        } else {
            decision::admit(&rules.stage.gates, &gates, id)
        }
    };
    let admissions = roster.ids.iter().take(roster.candidates).enumerate().map(admit).collect();
    let rules = *rules;
    let carried = Vec::new();
    Ok(Preparation::Ready(Box::new(Prepared {
        rules,
        roster,
        evidence,
        gates,
        criteria,
        admissions,
        joint,
        carried,
        blank,
    })))
}

impl<'a> Prepared<'a> {
    /// The candidates, in file order.
    pub(crate) fn candidates(&self) -> Vec<&'a CandidateId> {
        self.roster.ids.iter().copied().take(self.roster.candidates).collect()
    }

    /// Which look this is, where the rules plan several and anybody is left to look at.
    fn look(&self, course: &Course) -> Result<Option<LookResult>, DecideError> {
        let stage = self.rules.stage;
        let Some(looks) = &stage.decision.looks else {
            return Ok(None);
        };
        let place = stage.criteria.iter().position(|criterion| criterion.id == looks.criterion);
        let criterion = place.and_then(|place| self.criteria.all.get(place));
        let staying = (0..self.roster.candidates).filter(|candidate| !self.evidence.is_gone(*candidate));
        let units = staying.filter_map(|candidate| Some(criterion?.support(candidate).units)).min();
        let Some(units) = units else {
            return Ok(None);
        };
        let found = look(looks, stage.decision.confidence, stage.draws, &course.fractions, units);
        found.map(Some).map_err(|error| DecideError::InvalidRules { problem: error.to_string() })
    }

    /// The verdict.
    pub(crate) fn verdict(self, course: &Course) -> Result<Verdict, DecideError> {
        let stage = self.rules.stage;
        let look = self.look(course)?;
        let candidates = self.candidates();
        let criterion_ids: Vec<&CriterionId> = stage.criteria.iter().map(|criterion| &criterion.id).collect();
        let mut ruling = decision::rule(&Case {
            decision: &stage.decision,
            candidates: &candidates,
            criteria: &criterion_ids,
            admissions: &self.admissions,
            joint: &self.joint,
            seed: stage.seed,
            confidence: look.as_ref().map_or(stage.decision.confidence, |look| look.confidence),
            resolved: look.as_ref().is_none_or(|look| look.resolved),
            full: look.as_ref().is_some_and(|look| look.fraction >= 1.0),
            kept: &course.kept,
            lots: course.lots,
        });
        let wildcard = self.wildcard(&mut ruling)?;
        let field = Field::of(&self);
        let (outcomes, criteria) = (field.outcomes(&ruling), field.criteria(&self.criteria));
        let (composite, votes) = (field.composite(), field.votes(&self.criteria));
        let Self { gates, carried, blank, .. } = self;
        Ok(Verdict {
            status: ruling.status.clone(),
            outcomes,
            gates,
            criteria,
            composite,
            votes,
            ties: ruling.ties,
            look,
            wildcard,
            carried,
            ..blank
        })
    }

    /// The attack budgets of a criterion against the composite's cut; empty where it is not decided by votes, or there is
    /// no cut.
    pub(crate) fn budgets(
        &self,
        criterion: usize,
        settings: attack::AttackSettings,
    ) -> Vec<attack::AttackBudget> {
        let found = self.criteria.all.get(criterion);
        let Some((votes, weight)) = found.and_then(|found| Some((found.votes()?, found.weight))) else {
            return Vec::new();
        };
        let goal = Field::of(self).cut(criterion, weight).and_then(|cut| cut.goal(votes));
        goal.map(|goal| attack::all(&votes.tally, goal, settings)).unwrap_or_default()
    }

    /// The panel's choice among those who fell by points or by the tie order, once everybody is in or out.
    fn wildcard(&self, ruling: &mut Ruling) -> Result<Option<WildcardResult>, DecideError> {
        let Some(first) = self.evidence.panel.first() else {
            return Ok(None);
        };
        let Some(rule) = &self.rules.stage.decision.wildcard else {
            return Err(DecideError::Panel(PanelError::NoWildcard { member: first.member.clone() }));
        };
        if !matches!(ruling.status, Status::Decided(_)) {
            return Ok(None);
        }
        let fell = |place: usize| {
            let decision = ruling.decisions.get(place);
            decision.is_some_and(|decision| {
                matches!(decision, CandidateDecision::Eliminated | CandidateDecision::EliminatedByTie)
            })
        };
        let candidates = self.candidates();
        let eligible: Vec<&CandidateId> = (candidates.iter().copied().enumerate())
            .filter(|(place, _)| fell(*place))
            .map(|(_, id)| id)
            .collect();
        let panel = self.evidence.panel.iter();
        let ballots: Vec<PanelBallot<'_>> = panel
            .map(|vote| PanelBallot { member: &vote.member, candidate: vote.candidate.as_ref() })
            .collect();
        let result = choose(rule, &eligible, &ballots).map_err(DecideError::Panel)?;
        for (place, _) in candidates.iter().enumerate().filter(|(_, id)| result.chosen.contains(id)) {
            ruling.set(place, CandidateDecision::AdvancesByWildcard);
        }
        Ok(Some(result))
    }
}

fn tasks(roster: &Roster<'_>, evidence: &Evidence<'_>) -> Vec<TaskResult> {
    let entrants = 0..roster.ids.len();
    let rows =
        entrants.flat_map(|entrant| evidence.tables.iter().map(move |table| table.result(roster, entrant)));
    rows.flatten().collect()
}

fn blank(rules: &Rules<'_>, observations: usize, tasks: Vec<TaskResult>) -> Verdict {
    Verdict {
        format: 1,
        programme: rules.programme.id.clone(),
        rules: rules.rules_digest,
        stage: rules.stage.id.clone(),
        seed: rules.stage.seed,
        draws: rules.stage.draws,
        observations: wide(observations),
        status: Status::Undecided { step: None },
        outcomes: Vec::new(),
        gates: Vec::new(),
        criteria: Vec::new(),
        composite: Vec::new(),
        votes: Vec::new(),
        ties: Vec::new(),
        tasks,
        look: None,
        carried: Vec::new(),
        wildcard: None,
        follows: None,
    }
}

/// What was measured, and nothing that could be taken for a rank.
fn without_verdict(
    roster: &Roster<'_>,
    evidence: &Evidence<'_>,
    verdict: Verdict,
    obstacle: NoVerdict,
) -> Verdict {
    let mut candidates: Vec<&CandidateId> = roster.ids.iter().copied().take(roster.candidates).collect();
    candidates.sort();
    let open = |id: &CandidateId| {
        let gone = roster.place(id).is_some_and(|place| evidence.is_gone(place));
        let decision = if gone { CandidateDecision::Withdrawn } else { CandidateDecision::Open };
        CandidateOutcome { candidate: id.clone(), decision, gate: None }
    };
    Verdict {
        status: Status::NoVerdict(obstacle),
        outcomes: candidates.into_iter().map(open).collect(),
        ..verdict
    }
}

/// Everything that the rows of a verdict are read from.
struct Field<'a> {
    stage: &'a Stage,
    roster: &'a Roster<'a>,
    candidates: Vec<&'a CandidateId>,
    admissions: &'a [Admission],
    joint: &'a Joint,
    carried: &'a [CarriedPoints],
}

impl<'a> Field<'a> {
    fn of(prepared: &'a Prepared<'a>) -> Self {
        Self {
            stage: prepared.rules.stage,
            roster: &prepared.roster,
            candidates: prepared.candidates(),
            admissions: &prepared.admissions,
            joint: &prepared.joint,
            carried: &prepared.carried,
        }
    }

    /// Candidates, best composite first, then by id; those that went come last.
    fn order(&self) -> Vec<(usize, &CandidateId)> {
        let mut order: Vec<_> = self.candidates.iter().copied().enumerate().collect();
        let points = |place: usize| {
            if self.is_gone(place) { f64::NEG_INFINITY } else { self.joint.estimate.points(place) }
        };
        order.sort_by(|a, b| points(b.0).total_cmp(&points(a.0)).then(a.1.cmp(b.1)));
        order
    }

    fn is_gone(&self, place: usize) -> bool {
        matches!(self.admissions.get(place), Some(Admission::Gone))
    }

    /// The order without those that went: they have no points and no rank.
    fn ranked(&self) -> Vec<(usize, &CandidateId)> {
        self.order().into_iter().filter(|(place, _)| !self.is_gone(*place)).collect()
    }

    /// Candidates that no gate put out and that have not gone, in file order.
    fn members(&self) -> Vec<usize> {
        let admissions = self.admissions.iter().enumerate();
        let stays = |one: &Admission| !matches!(one, Admission::Out(_) | Admission::Gone);
        admissions.filter(|(_, one)| stays(one)).map(|(place, _)| place).collect()
    }

    fn outcomes(&self, ruling: &Ruling) -> Vec<CandidateOutcome> {
        let outcome = |(place, id): (usize, &CandidateId)| {
            let decision = ruling.decisions.get(place).copied().unwrap_or(CandidateDecision::Open);
            let gate = match (self.admissions.get(place), decision) {
                (Some(Admission::Out(gate)), _) | (Some(Admission::Held(gate)), CandidateDecision::Open) => {
                    Some(gate.clone())
                }
                (Some(Admission::In | Admission::Held(_) | Admission::Gone) | None, _) => None,
            };
            CandidateOutcome { candidate: id.clone(), decision, gate }
        };
        self.order().into_iter().map(outcome).collect()
    }

    fn criteria(&self, criteria: &Criteria) -> Vec<CriterionResult> {
        let count = self.candidates.len();
        let mut results = Vec::new();
        for (place, (rule, criterion)) in self.stage.criteria.iter().zip(&criteria.all).enumerate() {
            for (candidate, id) in self.candidates.iter().enumerate().filter(|(one, _)| !self.is_gone(*one)) {
                let support = criterion.support(candidate);
                let points = self.joint.interval(|draw| draw.figure(count, place, candidate).share);
                results.push(CriterionResult {
                    criterion: rule.id.clone(),
                    candidate: (*id).clone(),
                    raw: self.joint.interval(|draw| draw.figure(count, place, candidate).raw),
                    points: Interval {
                        estimate: criterion.weight * points.estimate,
                        low: criterion.weight * points.low,
                        high: criterion.weight * points.high,
                    },
                    observations: support.observations,
                    units: support.units,
                });
            }
        }
        results
    }

    fn composite(&self) -> Vec<Composite> {
        let members = self.members();
        let ranks = ranks::distribution(self.joint, &members);
        let sets = ranks::sets(self.joint, &members);
        let places = usize::try_from(self.stage.decision.advance).unwrap_or(usize::MAX);
        let advance = ranks::advance(self.joint, &members, places);
        let row = |(place, id): (usize, &CandidateId)| {
            let member = members.iter().position(|member| *member == place);
            let ranks = member.and_then(|member| ranks.get(member)).cloned().unwrap_or_default();
            Composite {
                candidate: id.clone(),
                points: self.joint.interval(|draw| draw.points(place)),
                rank_set: member.and_then(|member| sets.get(member)).copied(),
                p_last: ranks.last().copied().unwrap_or_default(),
                p_advance: member.and_then(|member| advance.get(member)).copied().unwrap_or_default(),
                ranks,
            }
        };
        self.ranked().into_iter().map(row).collect()
    }

    fn votes(&self, criteria: &Criteria) -> Vec<VoteResult> {
        let mut results = Vec::new();
        let mut first = 0;
        for (place, (rule, criterion)) in self.stage.criteria.iter().zip(&criteria.all).enumerate() {
            let Some(votes) = criterion.votes() else {
                continue;
            };
            let budget = self.cut(place, criterion.weight).and_then(|cut| attack::budget(votes, cut));
            let scores = &votes.tally.scores;
            let log_tie = votes.strengths().last().copied().unwrap_or_default();
            results.push(VoteResult {
                criterion: rule.id.clone(),
                votes: scores.iter().map(|score| score.wins).sum::<u64>() + ties(votes),
                ties: ties(votes),
                both_bad: votes.tally.both_bad,
                voters: wide(votes.tally.voters.len()),
                tie_parameter: libm::exp(log_tie),
                attack_budget: budget,
                ratings: self.ratings(votes, first),
            });
            first += votes.models();
        }
        results
    }

    /// Ratings of one criterion's models, whose draws begin at `first`; best first, then by id.
    fn ratings(&self, votes: &PublicVotes, first: usize) -> Vec<VoteRating> {
        let mut ratings = Vec::new();
        for (model, (place, score)) in votes.places.iter().zip(&votes.tally.scores).enumerate() {
            let Some(candidate) = self.roster.id(*place).filter(|_| score.votes() > 0) else {
                continue;
            };
            let rating = |draw: &joint::Draw| draw.ratings.get(first + model).copied().unwrap_or_default();
            ratings.push(VoteRating {
                candidate: candidate.clone(),
                rating: self.joint.interval(rating),
                wins: score.wins,
                losses: score.losses,
                ties: score.ties,
                both_bad: score.both_bad,
            });
        }
        ratings.sort_by(|a, b| {
            b.rating.estimate.total_cmp(&a.rating.estimate).then(a.candidate.cmp(&b.candidate))
        });
        ratings
    }

    /// The two candidates at the cut by points; none where everybody advances or nobody does.
    fn cut(&self, criterion: usize, weight: f64) -> Option<attack::Cut> {
        let members = self.members();
        let order: Vec<usize> = self
            .order()
            .into_iter()
            .map(|(place, _)| place)
            .filter(|place| members.contains(place))
            .collect();
        let places = usize::try_from(self.stage.decision.advance).ok()?;
        let (last_in, first_out) = (*order.get(places.checked_sub(1)?)?, *order.get(places)?);
        // Between a newcomer and one with points of an earlier stage the same vote weighs differently.
        let part = self.own_part(last_in);
        if (part - self.own_part(first_out)).abs() > 0.0 {
            return None;
        }
        let weight = weight * part;
        let rest = |place: usize| {
            let figure = self.joint.estimate.figure(self.candidates.len(), criterion, place);
            self.joint.estimate.points(place) - weight * figure.share
        };
        Some(attack::Cut { last_in, first_out, lead: rest(last_in) - rest(first_out), weight })
    }

    /// The part of a candidate's composite that this stage's own points are.
    fn own_part(&self, place: usize) -> f64 {
        let id = self.candidates.get(place);
        let row = self.carried.iter().find(|row| id.is_some_and(|id| row.candidate == **id));
        let share = self.stage.carry.as_ref().map_or(0.0, |carry| carry.share);
        if row.is_some_and(|row| row.earlier.is_some()) { 1.0 - share } else { 1.0 }
    }
}

/// Ties, each counted once.
fn ties(votes: &PublicVotes) -> u64 {
    votes.tally.scores.iter().map(|score| score.ties).sum::<u64>() / 2
}
