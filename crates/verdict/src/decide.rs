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
};
use daepyo_core::{
    CandidateDecision, CandidateId, CandidateOutcome, Composite, CriterionId, CriterionResult, Interval,
    NoVerdict, Observation, Stage, Status, TaskResult, Verdict, VoteRating, VoteResult,
};

/// The verdict on a stage: a pure function of the sealed rules, the observations and the stage's seed.
///
/// The order of `observations` does not matter, except that of several findings on the same gate and candidate
/// the last one counts. Every candidate of the programme is judged; the references of the stage's window, and
/// those that anchors name, are measured beside them.
///
/// # Errors
/// Observations that contradict the rules or each other, each named by its index; rules that can't be applied;
/// votes that never compare one part of the candidates with another. Evidence that is merely absent is no error
/// but [`Status::NoVerdict`].
pub fn decide(rules: &Rules<'_>, observations: &[Observation]) -> Result<Verdict, DecideError> {
    let roster = check(rules)?;
    let evidence = gather(rules, &roster, observations)?;
    let tasks = tasks(&roster, &evidence);
    let verdict = blank(rules, observations.len(), tasks);
    if let Some(obstacle) = completeness::obstacle(rules, &roster, &evidence) {
        return Ok(without_verdict(&roster, verdict, obstacle));
    }
    let gates = gates::judge(rules, &roster, &evidence);
    let criteria = Criteria::new(rules, &roster, &evidence)?;
    let joint = joint::resample(&criteria, rules.stage.seed, rules.stage.draws);
    let candidates: Vec<&CandidateId> = roster.ids.iter().copied().take(roster.candidates).collect();
    let admissions: Vec<Admission> =
        candidates.iter().map(|id| decision::admit(&rules.stage.gates, &gates, id)).collect();
    let criterion_ids: Vec<&CriterionId> =
        rules.stage.criteria.iter().map(|criterion| &criterion.id).collect();
    let ruling = decision::rule(&Case {
        decision: &rules.stage.decision,
        candidates: &candidates,
        criteria: &criterion_ids,
        admissions: &admissions,
        joint: &joint,
        seed: rules.stage.seed,
    });
    let field = Field { stage: rules.stage, roster: &roster, candidates, admissions, joint };
    Ok(Verdict {
        status: ruling.status.clone(),
        outcomes: field.outcomes(&ruling),
        gates,
        criteria: field.criteria(&criteria),
        composite: field.composite(),
        votes: field.votes(&criteria),
        ties: ruling.ties,
        ..verdict
    })
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
fn without_verdict(roster: &Roster<'_>, verdict: Verdict, obstacle: NoVerdict) -> Verdict {
    let mut candidates: Vec<&CandidateId> = roster.ids.iter().copied().take(roster.candidates).collect();
    candidates.sort();
    let open = |id: &CandidateId| CandidateOutcome {
        candidate: id.clone(),
        decision: CandidateDecision::Open,
        gate: None,
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
    admissions: Vec<Admission>,
    joint: Joint,
}

impl Field<'_> {
    /// Candidates, best composite first, then by id.
    fn order(&self) -> Vec<(usize, &CandidateId)> {
        let mut order: Vec<_> = self.candidates.iter().copied().enumerate().collect();
        let points = |place: usize| self.joint.estimate.points(place);
        order.sort_by(|a, b| points(b.0).total_cmp(&points(a.0)).then(a.1.cmp(b.1)));
        order
    }

    /// Candidates that no gate put out, in file order.
    fn members(&self) -> Vec<usize> {
        let admissions = self.admissions.iter().enumerate();
        admissions.filter(|(_, one)| !matches!(one, Admission::Out(_))).map(|(place, _)| place).collect()
    }

    fn outcomes(&self, ruling: &Ruling) -> Vec<CandidateOutcome> {
        let outcome = |(place, id): (usize, &CandidateId)| {
            let decision = ruling.decisions.get(place).copied().unwrap_or(CandidateDecision::Open);
            let gate = match (self.admissions.get(place), decision) {
                (Some(Admission::Out(gate)), _) | (Some(Admission::Held(gate)), CandidateDecision::Open) => {
                    Some(gate.clone())
                }
                (Some(Admission::In | Admission::Held(_)) | None, _) => None,
            };
            CandidateOutcome { candidate: id.clone(), decision, gate }
        };
        self.order().into_iter().map(outcome).collect()
    }

    fn criteria(&self, criteria: &Criteria) -> Vec<CriterionResult> {
        let count = self.candidates.len();
        let mut results = Vec::new();
        for (place, (rule, criterion)) in self.stage.criteria.iter().zip(&criteria.all).enumerate() {
            for (candidate, id) in self.candidates.iter().enumerate() {
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
        let ranks = ranks::distribution(&self.joint, &members);
        let sets = ranks::sets(&self.joint, &members);
        let places = usize::try_from(self.stage.decision.advance).unwrap_or(usize::MAX);
        let advance = ranks::advance(&self.joint, &members, places);
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
        self.order().into_iter().map(row).collect()
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
        let rest = |place: usize| {
            let figure = self.joint.estimate.figure(self.candidates.len(), criterion, place);
            self.joint.estimate.points(place) - weight * figure.share
        };
        Some(attack::Cut { last_in, first_out, lead: rest(last_in) - rest(first_out), weight })
    }
}

/// Ties, each counted once.
fn ties(votes: &PublicVotes) -> u64 {
    votes.tally.scores.iter().map(|score| score.ties).sum::<u64>() / 2
}
