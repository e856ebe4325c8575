//! The decision in one sentence, and how sure it is.

use crate::{
    ReportInput,
    both::{Both, say},
    chart::Mark,
    names::{Names, badge},
    number,
};
use daepyo_core::{
    CandidateDecision, CandidateOutcome, Decided, GateId, GateOutcome, Localized, NoVerdict, NotShown,
    Status, TieStep,
};
use maud::{Markup, html};

/// The sentence with its state, the facts of the stage, and the notes.
pub(crate) fn render(input: &ReportInput<'_>) -> Markup {
    let verdict = input.verdict;
    let (mark, word) = match &verdict.status {
        Status::Decided(_) => (Mark::In, "report-state-decided"),
        Status::Undecided { .. } => (Mark::Open, "report-state-undecided"),
        Status::NoVerdict(_) => (Mark::Out, "report-state-no-verdict"),
    };
    let stage = input.stage;
    let facts = say(
        "report-facts",
        &[
            ("opens", &stage.opens.to_string().into()),
            ("closes", &stage.closes.to_string().into()),
            ("version", &input.programme.version.to_string().into()),
            ("dated", &input.programme.dated.to_string().into()),
            ("observations", &number::count(verdict.observations).into()),
        ],
    );
    html! {
        section #decision .decision aria-labelledby="decision-title" {
            h2 #decision-title { (say("report-decision", &[])) (badge(mark, &say(word, &[]))) }
            p.sentence { (sentence(input)) }
            p.facts {
                (facts)
                @if stage.objection_days > 0 {
                    " " (say("report-objections", &[("days", &stage.objection_days.to_string().into())]))
                }
            }
        }
        @let own = &input.programme.notes;
        @let further = input.notes.iter().filter(|note| !own.contains(note));
        @let notes: Vec<&Localized> = own.iter().chain(further).collect();
        @if !notes.is_empty() {
            aside.notes role="note" aria-labelledby="notes-title" {
                p #notes-title { strong { (say("report-notes", &[])) } }
                ul { @for note in notes { li { (Both::from(note)) } } }
            }
        }
    }
}

/// Who advances, who is out and why, and how sure that is.
pub(crate) fn sentence(input: &ReportInput<'_>) -> Both {
    let names = Names::new(input);
    let verdict = input.verdict;
    match &verdict.status {
        Status::Decided(decided) => {
            let sure = sure(input, *decided);
            say(
                "report-decided",
                &[("in", &advancing(names, input)), ("out", &out(names, input)), ("sure", &sure)],
            )
        }
        Status::Undecided { step } => undecided(input, step.as_ref()),
        Status::NoVerdict(NoVerdict::InfrastructureFailures { candidate, rate, limit }) => say(
            "report-no-verdict-infrastructure",
            &[
                ("name", &names.candidate(candidate)),
                ("rate", &number::probability(*rate).into()),
                ("limit", &number::share(*limit).into()),
            ],
        ),
        Status::NoVerdict(NoVerdict::MissingEvidence { candidate, what }) => {
            let stage = input.stage;
            let gate = stage.gates.iter().find(|gate| gate.id.as_str() == what).map(|gate| &gate.title);
            let criterion = stage.criteria.iter().find(|criterion| criterion.id.as_str() == what);
            let title = gate.or(criterion.map(|criterion| &criterion.title));
            let what = title.map_or_else(|| Both::from(what.as_str()), Both::from);
            say("report-no-verdict-missing", &[("name", &names.candidate(candidate)), ("what", &what)])
        }
    }
}

fn undecided(input: &ReportInput<'_>, step: Option<&TieStep>) -> Both {
    let names = Names::new(input);
    let open = chosen(input, |outcome| outcome.decision == CandidateDecision::Open);
    let held = input.verdict.gates.iter().find(|result| {
        let rule = names.gate(&result.gate).map(|gate| gate.not_shown);
        result.outcome == GateOutcome::NotShown && rule == Some(NotShown::Hold)
    });
    let why = match (step, held) {
        (Some(TieStep::MoreEvidence), _) => say("report-why-more-evidence", &[]),
        (Some(TieStep::MoreRaters), _) => say("report-why-more-raters", &[]),
        (Some(step @ (TieStep::Criterion(_) | TieStep::AdvanceAll | TieStep::Lot)), _) => {
            say("report-why-step", &[("step", &names.tie_step(step))])
        }
        (None, Some(result)) => say("report-why-gate", &[("gate", &names.gate_title(&result.gate))]),
        (None, None) => say("report-why-end", &[]),
    };
    let list = names.candidates(open.iter().map(|outcome| &outcome.candidate));
    let state = say(
        count_id(open.len(), ["report-undecided-none", "report-undecided-one", "report-undecided-many"]),
        &[("names", &list), ("why", &why)],
    );
    let ins = chosen(input, |outcome| goes_on(outcome.decision));
    let reasons = reasons(names, input);
    if ins.is_empty() && reasons.is_empty() {
        return state;
    }
    let nobody = || say("report-nobody", &[]);
    let ins = if ins.is_empty() { nobody() } else { listed(names, &ins) };
    let outs = if reasons.is_empty() { nobody() } else { Both::list(&reasons) };
    Both::join(&[state, say("report-settled", &[("in", &ins), ("out", &outs)])], " ")
}

const fn goes_on(decision: CandidateDecision) -> bool {
    match decision {
        CandidateDecision::Advances
        | CandidateDecision::AdvancesByTie
        | CandidateDecision::AdvancesByWildcard => true,
        CandidateDecision::Eliminated
        | CandidateDecision::EliminatedByTie
        | CandidateDecision::EliminatedByGate
        | CandidateDecision::Open
        | CandidateDecision::Withdrawn => false,
    }
}

/// Names of those who go on, with a word where it is by the panel's choice.
fn listed(names: Names<'_>, outcomes: &[&CandidateOutcome]) -> Both {
    let name = |outcome: &&CandidateOutcome| {
        let name = names.candidate(&outcome.candidate);
        match outcome.decision {
            CandidateDecision::AdvancesByWildcard => say("report-in-wildcard", &[("name", &name)]),
            CandidateDecision::Advances
            | CandidateDecision::AdvancesByTie
            | CandidateDecision::Eliminated
            | CandidateDecision::EliminatedByTie
            | CandidateDecision::EliminatedByGate
            | CandidateDecision::Open
            | CandidateDecision::Withdrawn => name,
        }
    };
    Both::list(&outcomes.iter().map(name).collect::<Vec<_>>())
}

fn advancing(names: Names<'_>, input: &ReportInput<'_>) -> Both {
    let list = chosen(input, |outcome| goes_on(outcome.decision));
    let joined = listed(names, &list);
    say(count_id(list.len(), ["report-in-none", "report-in-one", "report-in-many"]), &[("names", &joined)])
}

fn out(names: Names<'_>, input: &ReportInput<'_>) -> Both {
    let reasons = reasons(names, input);
    let id = count_id(reasons.len(), ["report-out-none", "report-out-one", "report-out-many"]);
    say(id, &[("names", &Both::list(&reasons))])
}

/// Each candidate that is out, with the reason.
fn reasons(names: Names<'_>, input: &ReportInput<'_>) -> Vec<Both> {
    let mut reasons = Vec::new();
    for outcome in &input.verdict.outcomes {
        let name = names.candidate(&outcome.candidate);
        match outcome.decision {
            CandidateDecision::Eliminated => reasons.push(say("report-out-score", &[("name", &name)])),
            CandidateDecision::EliminatedByTie => reasons.push(say("report-out-tie", &[("name", &name)])),
            CandidateDecision::EliminatedByGate => {
                let title = |gate: &GateId| names.gate_title(gate);
                let gate = outcome.gate.as_ref().map_or_else(|| Both::from("–"), title);
                reasons.push(say("report-out-gate", &[("name", &name), ("gate", &gate)]));
            }
            CandidateDecision::Withdrawn => reasons.push(say("report-out-withdrawn", &[("name", &name)])),
            CandidateDecision::Advances
            | CandidateDecision::AdvancesByTie
            | CandidateDecision::AdvancesByWildcard
            | CandidateDecision::Open => {}
        }
    }
    reasons
}

fn sure(input: &ReportInput<'_>, decided: Decided) -> Both {
    let confidence = number::share(input.stage.decision.confidence).into();
    let draws = number::count(input.verdict.draws.into()).into();
    match decided {
        Decided::ByTieOrder => say("report-sure-tie", &[("confidence", &confidence)]),
        Decided::Confident => match least_certain(input) {
            Some(p) if p >= 1.0 => say("report-sure-all", &[("draws", &draws)]),
            Some(p) => say("report-sure", &[("p", &number::probability(p).into()), ("draws", &draws)]),
            None => say("report-sure-gates", &[]),
        },
    }
}

/// The probability of the least certain decision that the resampling carries; none where gates alone decided.
fn least_certain(input: &ReportInput<'_>) -> Option<f64> {
    let verdict = input.verdict;
    let rows = verdict.outcomes.iter().filter_map(|outcome| {
        let row = verdict.composite.iter().find(|row| row.candidate == outcome.candidate)?;
        match outcome.decision {
            CandidateDecision::Advances | CandidateDecision::AdvancesByTie => Some(row.p_advance),
            CandidateDecision::Eliminated | CandidateDecision::EliminatedByTie => Some(1.0 - row.p_advance),
            // A panel's choice and a withdrawal rest on no points.
            CandidateDecision::EliminatedByGate
            | CandidateDecision::Open
            | CandidateDecision::AdvancesByWildcard
            | CandidateDecision::Withdrawn => None,
        }
    });
    rows.reduce(f64::min)
}

fn chosen<'a>(
    input: &'a ReportInput<'_>,
    wanted: impl Fn(&CandidateOutcome) -> bool,
) -> Vec<&'a CandidateOutcome> {
    input.verdict.outcomes.iter().filter(|outcome| wanted(outcome)).collect()
}

const fn count_id(count: usize, [none, one, many]: [&'static str; 3]) -> &'static str {
    match count {
        0 => none,
        1 => one,
        _ => many,
    }
}
