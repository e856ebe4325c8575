//! Observations checked against the rules and put into one order, whatever order they came in.

use crate::{
    DecideError, Rules,
    rules::Roster,
    sequential::corrections,
    table::{Entry, TaskTable},
};
use daepyo_core::{
    CandidateId, ContaminationFlag, Corrected, CriterionId, CriterionRule, Derivative, GateFinding, GateRule,
    Mark, Observation, Outcome, PanelVote, Sample, StageId, SuiteId, TaskName, Vote, Withdrawal,
};
use std::collections::BTreeMap;

/// Beyond this a squared score loses the rest of a sum.
const GREATEST_SCORE: f64 = 1e12;

/// A mark with the places of its candidate and question.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PlacedMark<'a> {
    pub(crate) mark: &'a Mark,
    pub(crate) candidate: usize,
    pub(crate) item: usize,
}

/// A vote with the places of both sides.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PlacedVote<'a> {
    pub(crate) vote: &'a Vote,
    pub(crate) left: usize,
    pub(crate) right: usize,
}

/// A derivative with the place of its parent.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PlacedDerivative<'a> {
    pub(crate) derivative: &'a Derivative,
    pub(crate) candidate: usize,
}

/// Whether a candidate left the stage of its own will.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Gone {
    /// It is there.
    #[default]
    No,
    /// Before the stage opened: as if it had never entered.
    BeforeFreeze,
    /// Later: votes on it stay evidence for the others.
    AfterFreeze,
}

/// All observations of a stage, in canonical order.
#[derive(Debug, Default)]
pub(crate) struct Evidence<'a> {
    /// By suite and task.
    pub(crate) tables: Vec<TaskTable<'a>>,
    /// By criterion (its place in the stage), in order of number.
    pub(crate) votes: BTreeMap<usize, Vec<PlacedVote<'a>>>,
    /// By criterion, in order of rater, candidate and question.
    pub(crate) marks: BTreeMap<usize, Vec<PlacedMark<'a>>>,
    /// By criterion, in order of parent, owner and name.
    pub(crate) derivatives: BTreeMap<usize, Vec<PlacedDerivative<'a>>>,
    /// Of each candidate, whether it went.
    pub(crate) gone: Vec<Gone>,
    /// Panel votes, in order of member and candidate.
    pub(crate) panel: Vec<&'a PanelVote>,
    /// Flags on documents, in order.
    pub(crate) contamination: Vec<&'a ContaminationFlag>,
    /// Observations that were corrected.
    pub(crate) corrected: Vec<Corrected>,
    /// The latest finding by gate (its place in the stage) and candidate.
    pub(crate) findings: BTreeMap<(usize, usize), &'a GateFinding>,
}

type SampleKey<'a> = (&'a SuiteId, &'a TaskName, u64, usize);

/// Collects observations; the first one against the rules ends it.
struct Gatherer<'r, 'a> {
    rules: &'r Rules<'a>,
    roster: &'r Roster<'a>,
    samples: Vec<(SampleKey<'a>, usize, &'a Sample)>,
    vote_numbers: BTreeMap<(usize, u64), usize>,
    mark_keys: BTreeMap<(usize, &'a str, usize, usize), usize>,
    evidence: Evidence<'a>,
}

/// All observations, checked. The order of `observations` matters only between findings on the same gate and
/// candidate, where the last one counts.
pub(crate) fn gather<'a>(
    rules: &Rules<'a>,
    roster: &Roster<'a>,
    observations: &'a [Observation],
) -> Result<Evidence<'a>, DecideError> {
    let effective = corrections::apply(observations)?;
    let mut gatherer = Gatherer {
        rules,
        roster,
        samples: Vec::new(),
        vote_numbers: BTreeMap::new(),
        mark_keys: BTreeMap::new(),
        evidence: Evidence { gone: vec![Gone::No; roster.candidates], ..Evidence::default() },
    };
    gatherer.evidence.corrected = effective.corrected;
    for (index, observation) in &effective.observations {
        if let Observation::Withdrawal(withdrawal) = observation {
            gatherer.withdrawal(*index, withdrawal)?;
        }
    }
    for (index, observation) in effective.observations {
        match observation {
            Observation::Sample(sample) => gatherer.sample(index, sample)?,
            Observation::Vote(vote) => gatherer.vote(index, vote)?,
            Observation::Mark(mark) => gatherer.mark(index, mark)?,
            Observation::Derivative(derivative) => gatherer.derivative(index, derivative)?,
            Observation::GateFinding(finding) => gatherer.finding(index, finding)?,
            Observation::PanelVote(vote) => gatherer.panel_vote(index, vote)?,
            Observation::Contamination(flag) => gatherer.contamination(index, flag)?,
            // Both are in effect already.
            Observation::Withdrawal(_) | Observation::Correction(_) => {}
        }
    }
    gatherer.finish()
}

impl Evidence<'_> {
    /// Whether a candidate left the stage; a reference can't.
    pub(crate) fn is_gone(&self, candidate: usize) -> bool {
        self.gone.get(candidate).is_some_and(|gone| *gone != Gone::No)
    }
}

impl<'a> Gatherer<'_, 'a> {
    fn withdrawal(&mut self, index: usize, withdrawal: &Withdrawal) -> Result<(), DecideError> {
        self.stage(index, &withdrawal.stage)?;
        let candidate = withdrawal.candidate.clone();
        let place = self.place(index, &candidate)?;
        let Some(gone) = self.evidence.gone.get_mut(place) else {
            return Err(DecideError::NoCandidate { index, candidate });
        };
        let before = withdrawal.on < self.rules.stage.opens;
        // Of several declarations the first one stands.
        *gone = if before || *gone == Gone::BeforeFreeze { Gone::BeforeFreeze } else { Gone::AfterFreeze };
        Ok(())
    }

    /// Whether an observation of this candidate or reference is left out, because it never entered the stage.
    fn never_entered(&self, place: usize) -> bool {
        self.evidence.gone.get(place) == Some(&Gone::BeforeFreeze)
    }

    fn panel_vote(&mut self, index: usize, vote: &'a PanelVote) -> Result<(), DecideError> {
        self.stage(index, &vote.stage)?;
        if let Some(candidate) = &vote.candidate
            && self.place(index, candidate)? >= self.roster.candidates
        {
            return Err(DecideError::NoCandidate { index, candidate: candidate.clone() });
        }
        self.evidence.panel.push(vote);
        Ok(())
    }

    fn contamination(&mut self, index: usize, flag: &'a ContaminationFlag) -> Result<(), DecideError> {
        self.stage(index, &flag.stage)?;
        if self.rules.programme.suite(&flag.suite).is_none() {
            return Err(DecideError::UnknownSuite { index, suite: flag.suite.clone() });
        }
        let place = flag.candidate.as_ref().map(|candidate| self.place(index, candidate)).transpose()?;
        if !place.is_some_and(|place| self.never_entered(place)) {
            self.evidence.contamination.push(flag);
        }
        Ok(())
    }

    fn stage(&self, index: usize, stage: &StageId) -> Result<(), DecideError> {
        if *stage == self.rules.stage.id {
            Ok(())
        } else {
            Err(DecideError::OtherStage { index, stage: stage.clone() })
        }
    }

    fn place(&self, index: usize, candidate: &CandidateId) -> Result<usize, DecideError> {
        self.roster
            .place(candidate)
            .ok_or_else(|| DecideError::UnknownCandidate { index, candidate: candidate.clone() })
    }

    fn criterion(&self, index: usize, id: &CriterionId) -> Result<(usize, &'a CriterionRule), DecideError> {
        let mut criteria = self.rules.stage.criteria.iter().enumerate();
        criteria
            .find(|(_, criterion)| criterion.id == *id)
            .map(|(place, criterion)| (place, &criterion.rule))
            .ok_or_else(|| DecideError::UnknownCriterion { index, criterion: id.clone() })
    }

    fn sample(&mut self, index: usize, sample: &'a Sample) -> Result<(), DecideError> {
        self.stage(index, &sample.stage)?;
        let candidate = self.place(index, &sample.candidate)?;
        if self.rules.programme.suite(&sample.suite).is_none() {
            return Err(DecideError::UnknownSuite { index, suite: sample.suite.clone() });
        }
        let Sample { score, guess, .. } = *sample;
        let sane = (-GREATEST_SCORE..=GREATEST_SCORE).contains(&score);
        if !sane || !(0.0..1.0).contains(&guess) {
            return Err(DecideError::BadScore { index, score, guess });
        }
        if sample.outcome != Outcome::Scored && score.abs() > 0.0 {
            return Err(DecideError::ScoreWithoutAnswer { index, score });
        }
        if self.never_entered(candidate) {
            return Ok(());
        }
        self.samples.push(((&sample.suite, &sample.task, sample.document, candidate), index, sample));
        Ok(())
    }

    fn vote(&mut self, index: usize, vote: &'a Vote) -> Result<(), DecideError> {
        self.stage(index, &vote.stage)?;
        let left = self.place(index, &vote.left)?;
        let right = self.place(index, &vote.right)?;
        let (place, rule) = self.criterion(index, &vote.criterion)?;
        if !matches!(rule, CriterionRule::Votes { .. }) {
            return Err(DecideError::UnknownCriterion { index, criterion: vote.criterion.clone() });
        }
        if left == right {
            return Err(DecideError::SelfVote { index, candidate: vote.left.clone() });
        }
        if let Some(first) = self.vote_numbers.insert((place, vote.number), index) {
            return Err(DecideError::DuplicateVote { index, first });
        }
        if self.never_entered(left) || self.never_entered(right) {
            return Ok(());
        }
        self.evidence.votes.entry(place).or_default().push(PlacedVote { vote, left, right });
        Ok(())
    }

    fn mark(&mut self, index: usize, mark: &'a Mark) -> Result<(), DecideError> {
        self.stage(index, &mark.stage)?;
        let candidate = self.place(index, &mark.candidate)?;
        let (place, rule) = self.criterion(index, &mark.criterion)?;
        let CriterionRule::Marks { minimum, maximum, items, .. } = rule else {
            return Err(DecideError::UnknownCriterion { index, criterion: mark.criterion.clone() });
        };
        let Some(item) = items.iter().position(|item| item.id == mark.item) else {
            let (criterion, item) = (mark.criterion.clone(), mark.item.clone());
            return Err(DecideError::UnknownItem { index, criterion, item });
        };
        if !(*minimum..=*maximum).contains(&mark.value) {
            let (value, minimum, maximum) = (mark.value, *minimum, *maximum);
            return Err(DecideError::MarkOffScale { index, value, minimum, maximum });
        }
        if let Some(first) = self.mark_keys.insert((place, mark.rater.as_str(), candidate, item), index) {
            return Err(DecideError::DuplicateMark { index, first });
        }
        if self.never_entered(candidate) {
            return Ok(());
        }
        self.evidence.marks.entry(place).or_default().push(PlacedMark { mark, candidate, item });
        Ok(())
    }

    fn derivative(&mut self, index: usize, derivative: &'a Derivative) -> Result<(), DecideError> {
        self.stage(index, &derivative.stage)?;
        let candidate = self.place(index, &derivative.candidate)?;
        let (place, rule) = self.criterion(index, &derivative.criterion)?;
        if !matches!(rule, CriterionRule::Derivatives { .. }) {
            return Err(DecideError::UnknownCriterion { index, criterion: derivative.criterion.clone() });
        }
        let placed = PlacedDerivative { derivative, candidate };
        if self.never_entered(candidate) {
            return Ok(());
        }
        self.evidence.derivatives.entry(place).or_default().push(placed);
        Ok(())
    }

    fn finding(&mut self, index: usize, finding: &'a GateFinding) -> Result<(), DecideError> {
        self.stage(index, &finding.stage)?;
        let candidate = self.place(index, &finding.candidate)?;
        let mut gates = self.rules.stage.gates.iter();
        let by_finding =
            |rule: &GateRule| matches!(rule, GateRule::Independence { .. } | GateRule::Finding { .. });
        match gates.position(|gate| gate.id == finding.gate && by_finding(&gate.rule)) {
            Some(_) if self.never_entered(candidate) => Ok(()),
            Some(gate) => {
                self.evidence.findings.insert((gate, candidate), finding);
                Ok(())
            }
            None => Err(DecideError::UnknownGate { index, gate: finding.gate.clone() }),
        }
    }

    fn finish(mut self) -> Result<Evidence<'a>, DecideError> {
        self.samples.sort_by_key(|(key, index, _)| (*key, *index));
        check_documents(&self.samples)?;
        let same_task = |a: &(SampleKey<'a>, usize, &Sample), b: &(SampleKey<'a>, usize, &Sample)| {
            (a.0.0, a.0.1) == (b.0.0, b.0.1)
        };
        for task in self.samples.chunk_by(same_task) {
            let entries =
                task.iter().map(|(key, _, sample)| Entry { entrant: key.3, sample }).collect::<Vec<_>>();
            if let Some(table) = TaskTable::new(self.roster.ids.len(), &entries) {
                self.evidence.tables.push(table);
            }
        }
        self.evidence.panel.sort_by(|a, b| (&a.member, &a.candidate).cmp(&(&b.member, &b.candidate)));
        for votes in self.evidence.votes.values_mut() {
            votes.sort_by_key(|placed| placed.vote.number);
        }
        for marks in self.evidence.marks.values_mut() {
            marks.sort_by(|a, b| {
                (&a.mark.rater, a.candidate, a.item).cmp(&(&b.mark.rater, b.candidate, b.item))
            });
        }
        for derivatives in self.evidence.derivatives.values_mut() {
            derivatives.sort_by(|a, b| {
                let key = |placed: &PlacedDerivative<'a>| {
                    let Derivative { owner, name, relation, payload, status, .. } = placed.derivative;
                    (placed.candidate, owner, name, *relation, *payload, *status)
                };
                key(a).cmp(&key(b))
            });
        }
        Ok(self.evidence)
    }
}

/// Fails where a candidate has two samples of one document, or where two candidates' samples of one document
/// disagree on what the document is: they could not be compared item by item.
fn check_documents(samples: &[(SampleKey<'_>, usize, &Sample)]) -> Result<(), DecideError> {
    let mut wrong: Option<DecideError> = None;
    let mut keep = |error: DecideError| {
        if wrong.as_ref().is_none_or(|old| old.index() > error.index()) {
            wrong = Some(error);
        }
    };
    for document in samples.chunk_by(|a, b| (a.0.0, a.0.1, a.0.2) == (b.0.0, b.0.1, b.0.2)) {
        for ((key, first, _), (next, index, _)) in document.iter().zip(document.iter().skip(1)) {
            if key == next {
                keep(DecideError::DuplicateSample { index: *index, first: *first });
            }
        }
        let Some((_, first, known)) = document.iter().min_by_key(|(_, index, _)| *index) else {
            continue;
        };
        let answered = document.iter().filter(|(_, _, sample)| sample.outcome != Outcome::Infrastructure);
        let guess = answered.clone().min_by_key(|(_, index, _)| *index);
        for (_, index, sample) in document {
            if sample.document_digest != known.document_digest {
                keep(DecideError::DocumentsDiffer { index: *index, first: *first, what: "digest" });
            } else if sample.cluster != known.cluster {
                keep(DecideError::DocumentsDiffer { index: *index, first: *first, what: "cluster" });
            }
        }
        for (_, index, sample) in answered {
            if let Some((_, first, known)) = guess
                && known.guess.total_cmp(&sample.guess).is_ne()
            {
                keep(DecideError::DocumentsDiffer { index: *index, first: *first, what: "guessing rate" });
            }
        }
    }
    wrong.map_or(Ok(()), Err)
}
