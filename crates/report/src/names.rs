//! Ids of the rules as the names that people read.

use crate::{
    ReportInput,
    both::{Both, say},
    chart::Mark,
};
use daepyo_core::{
    CandidateDecision, CandidateId, CandidateOutcome, Criterion, CriterionId, Gate, GateId, GateOutcome,
    Outcome, Programme, Stage, StageId, SuiteId, TieStep,
};
use maud::{Markup, html};

/// Looks names up in the programme of a report.
#[derive(Clone, Copy)]
pub(crate) struct Names<'a> {
    programme: &'a Programme,
    stage: &'a Stage,
    outcomes: &'a [CandidateOutcome],
}

impl<'a> Names<'a> {
    pub(crate) fn new(input: &'a ReportInput<'a>) -> Self {
        Self { programme: input.programme, stage: input.stage, outcomes: &input.verdict.outcomes }
    }

    /// The names of a stage that has no verdict yet.
    pub(crate) const fn of(programme: &'a Programme, stage: &'a Stage) -> Self {
        Self { programme, stage, outcomes: &[] }
    }

    /// The team's name for a candidate; the id itself for a reference.
    pub(crate) fn candidate(self, id: &CandidateId) -> Both {
        let programme = self.programme;
        let candidate = programme.candidates.iter().find(|candidate| candidate.submission.id == *id);
        let team =
            candidate.and_then(|candidate| programme.teams.iter().find(|team| team.id == candidate.team));
        team.map_or_else(|| Both::from(id.as_str()), |team| Both::from(&team.name))
    }

    /// The name for an id given as text; the text itself where it is nobody's id.
    pub(crate) fn entrant(self, id: &str) -> Both {
        id.parse::<CandidateId>().map_or_else(|_| Both::from(id), |id| self.candidate(&id))
    }

    /// Whether an id given as text is a candidate's.
    pub(crate) fn is_candidate(self, id: &str) -> bool {
        self.programme.candidates.iter().any(|candidate| candidate.submission.id.as_str() == id)
    }

    /// The criterion for an id given as text.
    pub(crate) fn criterion_of(self, id: &str) -> Option<&'a Criterion> {
        self.stage.criteria.iter().find(|criterion| criterion.id.as_str() == id)
    }

    /// Its title; points of an earlier stage count as a criterion.
    pub(crate) fn criterion_text(self, id: &str) -> Both {
        if id.starts_with("carry:") {
            return say("report-carried", &[]);
        }
        self.criterion_of(id).map_or_else(|| Both::from(id), |criterion| Both::from(&criterion.title))
    }

    /// The suite's title for an id given as text.
    pub(crate) fn suite_text(self, id: &str) -> Both {
        id.parse::<SuiteId>().map_or_else(|_| Both::from(id), |id| self.suite(&id))
    }

    /// The title of a gate or criterion for an id given as text; a word for the stage itself.
    pub(crate) fn rule_text(self, id: &str) -> Both {
        if id == "stage" {
            return Both::from(&self.stage.title);
        }
        let gate = self.stage.gates.iter().find(|gate| gate.id.as_str() == id);
        gate.map_or_else(|| self.criterion_text(id), |gate| Both::from(&gate.title))
    }

    pub(crate) fn candidates<'b>(self, ids: impl IntoIterator<Item = &'b CandidateId>) -> Both {
        Both::list(&ids.into_iter().map(|id| self.candidate(id)).collect::<Vec<_>>())
    }

    /// The name with the id under it, for the first cell of a row.
    pub(crate) fn cell(self, id: &CandidateId) -> Markup {
        let name = self.candidate(id);
        html! {
            (name)
            @if name != Both::from(id.as_str()) { code.id { (Both::from(id.as_str())) } }
        }
    }

    /// The name, with a word under it where it is a reference's.
    pub(crate) fn row(self, id: &CandidateId) -> Markup {
        let is_reference = self.programme.references.iter().any(|reference| reference.submission.id == *id);
        html! {
            (self.candidate(id))
            @if is_reference { span.id { (say("report-legend-reference", &[])) } }
        }
    }

    pub(crate) fn outcome(self, id: &CandidateId) -> Option<&'a CandidateOutcome> {
        self.outcomes.iter().find(|outcome| outcome.candidate == *id)
    }

    /// Where a candidate or reference stands in every list: candidates as the verdict orders them, then
    /// references as the file does.
    pub(crate) fn order(self, id: &CandidateId) -> usize {
        let outcomes = self.outcomes;
        let references = &self.programme.references;
        outcomes.iter().position(|outcome| outcome.candidate == *id).unwrap_or_else(|| {
            let place = references.iter().position(|reference| reference.submission.id == *id);
            outcomes.len().saturating_add(place.unwrap_or(usize::MAX))
        })
    }

    /// The same for an id given as text; last where it is nobody's id.
    pub(crate) fn order_of(self, id: &str) -> usize {
        id.parse::<CandidateId>().map_or(usize::MAX, |id| self.order(&id))
    }

    /// The mark that charts give a candidate.
    pub(crate) fn mark(self, id: &CandidateId) -> Mark {
        self.outcome(id).map_or(Mark::Plain, |outcome| decision_mark(outcome.decision))
    }

    pub(crate) fn gate(self, id: &GateId) -> Option<&'a Gate> {
        self.stage.gates.iter().find(|gate| gate.id == *id)
    }

    pub(crate) fn gate_title(self, id: &GateId) -> Both {
        self.gate(id).map_or_else(|| Both::from(id.as_str()), |gate| Both::from(&gate.title))
    }

    pub(crate) fn criterion(self, id: &CriterionId) -> Option<&'a Criterion> {
        self.stage.criteria.iter().find(|criterion| criterion.id == *id)
    }

    pub(crate) fn criterion_title(self, id: &CriterionId) -> Both {
        self.criterion(id).map_or_else(|| Both::from(id.as_str()), |criterion| Both::from(&criterion.title))
    }

    pub(crate) fn suite(self, id: &SuiteId) -> Both {
        self.programme.suite(id).map_or_else(|| Both::from(id.as_str()), |suite| Both::from(&suite.title))
    }

    pub(crate) fn stage(self, id: &StageId) -> Both {
        self.programme.stage(id).map_or_else(|| Both::from(id.as_str()), |stage| Both::from(&stage.title))
    }

    /// A step of the tie order in words.
    pub(crate) fn tie_step(self, step: &TieStep) -> Both {
        match step {
            TieStep::Criterion(id) => {
                say("report-tie-criterion", &[("criterion", &self.criterion_title(id))])
            }
            TieStep::MoreEvidence => say("report-tie-more-evidence", &[]),
            TieStep::MoreRaters => say("report-tie-more-raters", &[]),
            TieStep::AdvanceAll => say("report-tie-advance-all", &[]),
            TieStep::Lot => say("report-tie-lot", &[]),
        }
    }
}

/// A decision's word with its mark.
pub(crate) fn decision_badge(decision: CandidateDecision) -> Markup {
    badge(decision_mark(decision), &decision_word(decision))
}

/// A decision's word.
pub(crate) fn decision_word(decision: CandidateDecision) -> Both {
    let id = match decision {
        CandidateDecision::Advances => "report-advances",
        CandidateDecision::AdvancesByTie => "report-advances-tie",
        CandidateDecision::Eliminated => "report-eliminated",
        CandidateDecision::EliminatedByTie => "report-eliminated-tie",
        CandidateDecision::EliminatedByGate => "report-eliminated-gate",
        CandidateDecision::Open => "report-open",
        CandidateDecision::AdvancesByWildcard => "report-advances-wildcard",
        CandidateDecision::Withdrawn => "report-withdrawn",
    };
    say(id, &[])
}

/// A gate's outcome in words with its mark.
pub(crate) fn gate_badge(outcome: GateOutcome) -> Markup {
    badge(gate_mark(outcome), &say(gate_word(outcome), &[]))
}

pub(crate) const fn gate_word(outcome: GateOutcome) -> &'static str {
    match outcome {
        GateOutcome::Passed => "gate-passed",
        GateOutcome::Failed => "gate-failed",
        GateOutcome::NotShown => "gate-not-shown",
    }
}

pub(crate) const fn decision_mark(decision: CandidateDecision) -> Mark {
    match decision {
        CandidateDecision::Advances
        | CandidateDecision::AdvancesByTie
        | CandidateDecision::AdvancesByWildcard => Mark::In,
        CandidateDecision::Eliminated
        | CandidateDecision::EliminatedByTie
        | CandidateDecision::EliminatedByGate => Mark::Out,
        CandidateDecision::Open => Mark::Open,
        CandidateDecision::Withdrawn => Mark::Plain,
    }
}

pub(crate) const fn gate_mark(outcome: GateOutcome) -> Mark {
    match outcome {
        GateOutcome::Passed => Mark::In,
        GateOutcome::Failed => Mark::Out,
        GateOutcome::NotShown => Mark::Open,
    }
}

/// A sample's outcome in words, with a mark.
pub(crate) fn sample_badge(outcome: Outcome, score: f64) -> Markup {
    let (mark, id) = match outcome {
        Outcome::Scored if score > 0.0 => (Mark::In, "report-right"),
        Outcome::Scored => (Mark::Out, "report-wrong"),
        Outcome::Unparsed => (Mark::Open, "report-unparsed"),
        Outcome::Truncated => (Mark::Open, "report-truncated"),
        Outcome::Refused => (Mark::Open, "report-refused"),
        Outcome::Infrastructure => (Mark::Plain, "report-infrastructure"),
    };
    badge(mark, &say(id, &[]))
}

/// A word with the mark that charts use for it; the mark is for the eye alone.
pub(crate) fn badge(mark: Mark, word: &Both) -> Markup {
    html! {
        span class={ "badge " (mark.class()) } {
            svg.key width="12" height="12" aria-hidden="true" focusable="false" { (mark.shape("50%", "50%")) }
            (word)
        }
    }
}
