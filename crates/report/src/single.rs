//! Pieces of the report in one language, for pages that stand beside it: rules in words, figures, text made harmless.

use crate::{
    ReportInput,
    both::{Both, say},
    candidates, criteria, decision, gates,
    names::{self, Names, badge},
    number, rules, visible,
};
use daepyo_core::{
    CandidateDecision, CandidateId, Criterion, CriterionId, CriterionResult, Gate, GateOutcome, GateResult,
    Interval, Language, Programme, Stage, TieStep, Verdict,
};
use maud::{Markup, html};

/// The rules of a stage in words.
#[derive(Clone, Copy)]
pub struct Words<'a> {
    programme: &'a Programme,
    stage: &'a Stage,
    names: Names<'a>,
    language: Language,
}

impl std::fmt::Debug for Words<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Words({})", self.stage.id)
    }
}

impl<'a> Words<'a> {
    /// For a stage of a programme.
    pub const fn new(programme: &'a Programme, stage: &'a Stage, language: Language) -> Self {
        Self { programme, stage, names: Names::of(programme, stage), language }
    }

    fn text(&self, both: &Both) -> String {
        both.get(self.language).to_owned()
    }

    /// What a gate asks, and what becomes of a candidate for which it is not shown.
    pub fn gate(&self, gate: &Gate) -> String {
        let both = [gates::rule(self.names, gate), gates::not_shown(gate.not_shown)];
        self.text(&Both::join(&both, " "))
    }

    /// How a criterion's points come about.
    pub fn criterion(&self, criterion: &Criterion) -> String {
        self.text(&criteria::rule(self.names, criterion))
    }

    /// How many points a criterion gives at most.
    pub fn weight(&self, criterion: &Criterion) -> String {
        self.text(&say("report-weight", &[("points", &number::trimmed(criterion.weight).into())]))
    }

    /// How many advance and how sure that must be, and what else bears on the cut; a sentence or two each.
    pub fn decision(&self) -> Vec<String> {
        let decision = &self.stage.decision;
        let looks = decision.looks.as_ref().map(|looks| rules::growing(self.names, looks));
        let carry = self.stage.carry.as_ref().map(|carry| rules::carried(self.names, carry));
        let wildcard = decision.wildcard.as_ref().map(rules::second_chance);
        let all = [Some(rules::cut(self.stage)), looks, carry, wildcard];
        all.iter().flatten().map(|both| self.text(both)).collect()
    }

    /// A step of the tie order.
    pub fn tie_step(&self, step: &TieStep) -> String {
        self.text(&self.names.tie_step(step))
    }

    /// Which references count.
    pub fn window(&self) -> String {
        self.text(&rules::window(self.programme, self.stage))
    }

    /// How the joint resampling is done.
    pub fn resampling(&self) -> String {
        self.text(&rules::resampling(self.stage))
    }

    /// The team's name for a candidate; the id itself for a reference.
    pub fn candidate(&self, id: &CandidateId) -> String {
        self.text(&self.names.candidate(id))
    }
}

/// The figures of a verdict.
#[derive(Clone, Copy, Debug)]
pub struct Figures<'a> {
    input: ReportInput<'a>,
}

impl<'a> Figures<'a> {
    /// For the verdict on a stage of a programme.
    pub const fn new(
        programme: &'a Programme,
        stage: &'a Stage,
        verdict: &'a Verdict,
        language: Language,
    ) -> Self {
        let input = ReportInput {
            programme,
            stage,
            verdict,
            analysis: None,
            lineage: &[],
            contests: &[],
            samples: &[],
            samples_per_task: 0,
            rules_digest: verdict.rules,
            log_size: 0,
            checkpoint: "",
            verifier_key: "",
            verify_command: "",
            rules_text: "",
            notes: &[],
            language,
        };
        Self { input }
    }

    /// The decision in one sentence: who advances, who is out and why, and how sure that is.
    pub fn sentence(&self) -> String {
        decision::sentence(&self.input).get(self.input.language).to_owned()
    }

    /// The composite of everybody with its interval, drawn; nothing where nobody has one.
    pub fn composite(&self) -> Markup {
        let chart = candidates::composite(&self.input);
        chart.map_or_else(|| html! {}, |chart| chart.only(self.input.language).draw())
    }

    /// The points of the criterion at this place of the stage's list with their intervals, drawn; nothing where there
    /// are none.
    pub fn criterion(&self, place: usize) -> Markup {
        let input = &self.input;
        let Some(criterion) = input.stage.criteria.get(place) else { return html! {} };
        let names = Names::new(input);
        let all = input.verdict.criteria.iter();
        let mut results: Vec<&CriterionResult> =
            all.filter(|result| result.criterion == criterion.id).collect();
        results.sort_by_key(|result| names.order(&result.candidate));
        criteria::chart(names, criterion, &results, place).only(input.language).draw()
    }

    /// The ratings that the public votes of a criterion give, with their intervals, drawn; nothing where there are none.
    pub fn ratings(&self, criterion: &CriterionId) -> Markup {
        let input = &self.input;
        let place = input.stage.criteria.iter().position(|one| one.id == *criterion);
        let votes = input.verdict.votes.iter().find(|votes| votes.criterion == *criterion);
        let (Some(place), Some(votes)) = (place, votes) else { return html! {} };
        let Some(rule) = input.stage.criteria.get(place) else { return html! {} };
        criteria::rating_chart(Names::new(input), rule, votes, place).only(input.language).draw()
    }

    /// What the comparisons of the gate at this place of the stage's list found, drawn; nothing where there are none.
    pub fn gate(&self, place: usize) -> Markup {
        let input = &self.input;
        let Some(gate) = input.stage.gates.get(place) else { return html! {} };
        let names = Names::new(input);
        let mut results: Vec<&GateResult> =
            input.verdict.gates.iter().filter(|result| result.gate == gate.id).collect();
        results.sort_by_key(|result| names.order(&result.candidate));
        gates::chart(names, gate, &results, place).only(input.language).draw()
    }
}

/// A decision's word with its mark.
pub fn decision_badge(decision: CandidateDecision, language: Language) -> Markup {
    badge(names::decision_mark(decision), &names::decision_word(decision).only(language))
}

/// A gate's outcome in words with its mark.
pub fn gate_badge(outcome: GateOutcome, language: Language) -> Markup {
    badge(names::gate_mark(outcome), &say(names::gate_word(outcome), &[]).only(language))
}

/// Points with one decimal.
pub fn points(points: f64) -> String {
    number::points(points)
}

/// The ends of an interval of points.
pub fn range(interval: Interval) -> String {
    candidates::range(interval)
}

/// A probability as a percentage; only what is certain reads 0% or 100%.
pub fn probability(p: f64) -> String {
    number::probability(p)
}

/// A count, its thousands apart.
pub fn count(n: u64) -> String {
    number::count(n)
}

/// A number written in the rules, with the decimals it needs.
pub fn trimmed(x: f64) -> String {
    number::trimmed(x)
}

/// Foreign text on one line: control characters and line ends are shown by name.
pub fn line(text: &str) -> Markup {
    visible::line(text)
}

/// Foreign text as a block: line ends and tabs stay, other control characters are shown by name.
pub fn block(text: &str) -> Markup {
    visible::block(text)
}
