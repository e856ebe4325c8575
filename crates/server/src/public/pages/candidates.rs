//! Who takes part: what was submitted, and after a verdict what became of it.

use crate::public::draw::{broken, code, cut_line, table};
use crate::public::finished::Finished;
use crate::public::published::Published;
use crate::public::view::{Piece, View};
use daepyo_core::{
    Candidate, CandidateId, CandidateOutcome, CriterionResult, GateResult, Programme, Stage, Submission, Team,
};
use daepyo_report::single;
use maud::{Markup, html};

/// Characters that are shown of a model's specification, a licence or a reason.
const MOST_TEXT: usize = 600;

pub(crate) fn candidates(view: &View<'_>) -> Piece {
    let all = view.shown.candidates();
    let rows = html! {
        @for (programme, candidate) in &all {
            @let id = &candidate.submission.id;
            tr {
                th scope="row" { a href=(view.page(&format!("/candidates/{id}"))) { (name(view, programme, candidate)) } }
                td { code { (id) } }
                td { (cut_line(&candidate.submission.licence, MOST_TEXT)) }
                td { (code(&candidate.submission.digest.to_string())) }
                td {
                    @match last(view, id) {
                        Some((stage, outcome)) => {
                            (single::decision_badge(outcome.decision, view.language)) " "
                            span.soft { (stage.title.get(view.language)) }
                        }
                        None => { (view.word("site-candidate-submitted")) }
                    }
                }
            }
        }
    };
    let heads = [
        "site-candidate-team",
        "site-candidate-id",
        "site-candidate-licence",
        "site-candidate-digest",
        "site-candidate-standing",
    ];
    let body = html! {
        p.lead { (view.word("site-candidates-lead")) }
        @if all.is_empty() { p { (view.word("site-candidates-none")) } } @else {
            (table(view, &view.word("site-candidates-caption"), &heads, &rows))
        }
        (without_submission(view))
    };
    Piece { title: view.word("site-nav-candidates"), body }
}

/// Teams that have submitted nothing.
fn without_submission(view: &View<'_>) -> Markup {
    let Some(programme) = view.shown.programme() else { return html! {} };
    let has_submitted = |team: &&Team| programme.candidates.iter().any(|one| one.team == team.id);
    let teams: Vec<&Team> = programme.teams.iter().filter(|team| !has_submitted(team)).collect();
    html! {
        @if !teams.is_empty() {
            h2 { (view.word("site-teams-without")) }
            ul { @for team in teams { li { (team.name.get(view.language)) } } }
        }
    }
}

fn team<'a>(programme: &'a Programme, candidate: &Candidate) -> Option<&'a Team> {
    programme.teams.iter().find(|team| team.id == candidate.team)
}

fn name(view: &View<'_>, programme: &Programme, candidate: &Candidate) -> String {
    let team = team(programme, candidate);
    team.map_or_else(|| candidate.team.to_string(), |team| team.name.get(view.language).to_owned())
}

/// The newest verdict that says something of a candidate.
fn last<'a>(view: &View<'a>, id: &CandidateId) -> Option<(&'a Stage, &'a CandidateOutcome)> {
    let found = view.shown.finished().filter_map(|(_, finished)| outcome(finished, id));
    found.last()
}

fn outcome<'a>(finished: &'a Finished, id: &CandidateId) -> Option<(&'a Stage, &'a CandidateOutcome)> {
    let outcome = finished.verdict().outcomes.iter().find(|outcome| outcome.candidate == *id)?;
    Some((finished.stage()?, outcome))
}

pub(crate) fn candidate(view: &View<'_>, id: &str) -> Option<Piece> {
    let (programme, candidate) = view.shown.candidate(id)?;
    let submission = &candidate.submission;
    let decided: Vec<(&Published, &Finished)> =
        view.shown.finished().filter(|(_, finished)| outcome(finished, &submission.id).is_some()).collect();
    let body = html! {
        p.soft { code { (submission.id) } }
        @for one in &view.shown.published { (broken(view, one)) }
        h2 { (view.word("site-candidate-what")) }
        (submitted(view, programme, candidate))
        @if decided.is_empty() { p { (view.word("site-candidate-before")) } }
        @for (one, finished) in decided { (result(view, one, finished, submission)) }
    };
    Some(Piece { title: name(view, programme, candidate), body })
}

fn submitted(view: &View<'_>, programme: &Programme, candidate: &Candidate) -> Markup {
    let submission = &candidate.submission;
    let yes = |is: bool| view.word(if is { "site-yes" } else { "site-no" });
    html! {
        dl.facts {
            dt { (view.word("site-candidate-team")) }
            dd { (name(view, programme, candidate)) " " code { (candidate.team) } }
            dt { (view.word("site-candidate-model")) }
            dd { code { (cut_line(&submission.model.to_string(), MOST_TEXT)) } }
            dt { (view.word("site-candidate-digest")) }
            dd { (code(&submission.digest.to_string())) }
            @if let Some(weights) = &submission.weights {
                dt { (view.word("site-candidate-weights")) }
                dd { code { (cut_line(&weights.file, MOST_TEXT)) } " " (code(&weights.digest.to_string())) }
            }
            dt { (view.word("site-candidate-licence")) }
            dd { (cut_line(&submission.licence, MOST_TEXT)) }
            @if let Some(tokenizer) = &submission.tokenizer {
                dt { (view.word("site-candidate-tokenizer")) }
                dd { code { (cut_line(tokenizer, MOST_TEXT)) } }
            }
            dt { (view.word("site-candidate-template")) }
            dd { (yes(submission.chat_template)) }
        }
    }
}

/// What a verdict says of a candidate.
fn result(view: &View<'_>, one: &Published, finished: &Finished, submission: &Submission) -> Markup {
    let Some((stage, outcome)) = outcome(finished, &submission.id) else { return html! {} };
    let verdict = finished.verdict();
    let composite = verdict.composite.iter().find(|row| row.candidate == submission.id);
    let of_gates: Vec<&GateResult> =
        verdict.gates.iter().filter(|result| result.candidate == submission.id).collect();
    let of_criteria: Vec<&CriterionResult> =
        verdict.criteria.iter().filter(|result| result.candidate == submission.id).collect();
    html! {
        h2 {
            a href=(view.page(&format!("/stages/{}", stage.id))) { (stage.title.get(view.language)) }
            @if one.key != stage.id.as_str() { " · " code { (one.key) } }
        }
        p { (single::decision_badge(outcome.decision, view.language)) }
        @if let Some(row) = composite {
            p {
                (view.say("site-candidate-points", &[
                    ("points", &single::points(row.points.estimate)),
                    ("range", &single::range(row.points)),
                ]))
            }
        }
        @if !of_gates.is_empty() {
            h3 { (view.word("report-gates")) }
            (gates(view, finished, stage, &of_gates))
        }
        @if !of_criteria.is_empty() {
            h3 { (view.word("report-criteria")) }
            (criteria(view, stage, &of_criteria))
        }
        (lineage(view, one, finished, submission))
    }
}

fn gates(view: &View<'_>, finished: &Finished, stage: &Stage, results: &[&GateResult]) -> Markup {
    let title = |result: &GateResult| {
        let gate = stage.gates.iter().find(|gate| gate.id == result.gate);
        gate.map_or_else(|| result.gate.to_string(), |gate| gate.title.get(view.language).to_owned())
    };
    let words = single::Words::new(&finished.sealed.programme, stage, view.language);
    let against = |id: Option<&CandidateId>| match id {
        Some(id) => words.candidate(id),
        None => view.word("report-threshold"),
    };
    let signed = |x: f64| if x > 0.0 { format!("+{}", single::trimmed(x)) } else { single::trimmed(x) };
    let rows = html! {
        @for result in results {
            tr {
                th scope="row" { (title(result)) }
                td { (single::gate_badge(result.outcome, view.language)) }
                td {
                    @if let Some(reason) = &result.reason { (cut_line(reason, MOST_TEXT)) }
                    @for (place, one) in result.comparisons.iter().enumerate() {
                        @if place > 0 { br; }
                        (single::line(&against(one.reference.as_ref()))) ": " (signed(one.difference))
                        @if let Some((low, high)) = one.lower.zip(one.upper) { " [" (signed(low)) ", " (signed(high)) "]" }
                    }
                    @if result.reason.is_none() && result.comparisons.is_empty() { "–" }
                }
            }
        }
    };
    let heads = ["site-gate", "report-outcome", "site-gate-evidence"];
    table(view, &view.word("site-candidate-gates"), &heads, &rows)
}

fn criteria(view: &View<'_>, stage: &Stage, results: &[&CriterionResult]) -> Markup {
    let find =
        |result: &CriterionResult| stage.criteria.iter().find(|criterion| criterion.id == result.criterion);
    let rows = html! {
        @for result in results {
            @let criterion = find(result);
            tr {
                th scope="row" {
                    @match criterion {
                        Some(criterion) => { (criterion.title.get(view.language)) }
                        None => { (result.criterion) }
                    }
                }
                td.n { (single::points(result.points.estimate)) }
                td.n { (single::range(result.points)) }
                td.n { @if let Some(criterion) = criterion { (single::trimmed(criterion.weight)) } }
                td.n { (single::count(result.observations)) }
                td.n { (single::count(result.units)) }
            }
        }
    };
    let heads = [
        "site-criterion",
        "report-points",
        "report-interval",
        "site-criterion-most",
        "site-criterion-observations",
        "site-criterion-units",
    ];
    table(view, &view.word("site-candidate-criteria"), &heads, &rows)
}

/// The files that say what a candidate's weights showed beside those of published models.
fn lineage(view: &View<'_>, one: &Published, finished: &Finished, submission: &Submission) -> Markup {
    let end = format!("/{}.json", submission.id);
    let files = finished.files(view.today).map(|(path, _)| path);
    let files: Vec<&String> =
        files.filter(|path| path.starts_with("lineage/") && path.ends_with(&end)).collect();
    if files.is_empty() {
        return html! {};
    }
    html! {
        h3 { (view.word("site-candidate-lineage")) }
        p { (view.word("site-candidate-lineage-about")) }
        ul { @for path in files { li { a href=(view.file(&format!("/data/{}/{path}", one.key))) { code { (path) } } } } }
    }
}
