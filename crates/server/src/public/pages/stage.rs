//! A stage: what will be measured, how far it is, what was decided.

use super::{rules, votes};
use crate::live::Topic;
use crate::public::draw::{broken, code, now, state, table, verified};
use crate::public::finished::Finished;
use crate::public::published::{Published, State, UnderWay};
use crate::public::view::{Piece, View};
use daepyo_core::{CandidateId, Composite, CriterionId, Programme, Stage, Suite, Verdict};
use daepyo_report::single::{self, Figures, Words};
use daepyo_stage::{Answered, Phase};
use maud::{Markup, html};

pub(crate) fn stage(view: &View<'_>, id: &str) -> Option<Piece> {
    let Some((programme, stage)) = view.shown.stage(id) else { return bare(view, id) };
    let folders: Vec<&Published> = view.shown.of_stage(&stage.id).collect();
    let suites: Vec<&Suite> = stage.suites().into_iter().filter_map(|id| programme.suite(id)).collect();
    let is_before = folders.is_empty();
    let body = html! {
        p #state data-live={ (Topic::Contests.name()) " " (Topic::Stages.name()) } aria-live="polite" { (state(view, now(view, stage))) }
        dl.facts {
            dt { (view.word("site-stage-opens")) } dd { time { (stage.opens) } }
            dt { (view.word("site-stage-closes")) } dd { time { (stage.closes) } }
            dt { (view.word("site-stage-objections")) }
            dd { time { (stage.closes.days_after(stage.objection_days)) } }
        }
        // Always there, so that an open page gets the verdict with its charts when it is published.
        div #folders data-live=(Topic::Stages.name()) {
            @if is_before { p { (view.word("site-stage-before")) } }
            @for one in &folders { (folder(view, stage, one, folders.len() > 1)) }
        }
        h2 { (view.word("site-stage-measured")) }
        (rules::of_stage(view, programme, stage))
        h3 { (view.word("site-suites")) }
        (rules::suites(view, programme, &suites))
    };
    Some(Piece { title: stage.title.get(view.language).to_owned(), body })
}

/// A stage of which nothing is known but folders that do not verify.
fn bare(view: &View<'_>, id: &str) -> Option<Piece> {
    let mut folders = view.shown.published.iter().filter(|one| {
        matches!(one.state, State::Broken(_))
            && (one.key == id || one.stage.as_ref().is_some_and(|stage| stage.as_str() == id))
    });
    let one = folders.next()?;
    let body = html! { div #folders data-live=(Topic::Stages.name()) { (broken(view, one)) } };
    Some(Piece { title: view.word("site-standing-broken"), body })
}

fn folder(view: &View<'_>, stage: &Stage, one: &Published, is_one_of_several: bool) -> Markup {
    let heading = |word: String| {
        html! { h2 { (word) @if is_one_of_several { " · " code { (one.key) } } } }
    };
    match &one.state {
        State::Broken(_) => html! { (heading(view.word("site-stage-verdict"))) (broken(view, one)) },
        State::UnderWay(far) => {
            html! { (heading(view.word("site-stage-progress"))) (under_way(view, stage, &one.key, far)) }
        }
        State::Verified(finished) => {
            html! { (heading(view.word("site-stage-verdict"))) (verdict(view, one, finished)) }
        }
        State::NotYet => html! {},
    }
}

/// How far the measuring is, without any score.
fn under_way(view: &View<'_>, stage: &Stage, key: &str, far: &UnderWay) -> Markup {
    let progress = far.progress();
    let title = |id: &CriterionId| {
        let criterion = stage.criteria.iter().find(|criterion| criterion.id == *id);
        criterion.map_or_else(|| id.to_string(), |criterion| criterion.title.get(view.language).to_owned())
    };
    let sealed = far.sealed.as_ref().map(|(sealed, _)| &sealed.programme);
    let words = sealed.or_else(|| view.shown.programme());
    let words = words.map(|programme| Words::new(programme, stage, view.language));
    let name = |id: &CandidateId| words.map_or_else(|| id.to_string(), |words| words.candidate(id));
    html! {
        p { (view.word("site-progress-about")) }
        @if let Some((_, digest)) = &far.sealed {
            p { (view.word("site-rules-digest")) ": " (code(&digest.to_string())) }
        }
        div id={ "progress-" (key) } data-live="" { @if let Some(progress) = &progress {
            p { (view.word("site-progress-phase")) ": " strong { (view.word(phase(progress.phase))) } }
            @let criteria = progress.criteria.iter().map(|(id, row)| (title(id), *row));
            (counted(view, "site-criterion", "site-progress-criteria-caption", criteria.collect()))
            @let candidates = progress.candidates.iter().map(|(id, row)| (name(id), *row));
            (counted(view, "site-candidate", "site-progress-caption", candidates.collect()))
        } }
    }
}

const fn phase(phase: Phase) -> &'static str {
    match phase {
        Phase::Prepare => "site-progress-prepare",
        Phase::Measure => "site-progress-measure",
        Phase::Decide => "site-progress-decide",
        Phase::Publish => "site-progress-publish",
    }
}

/// Requests by criterion or candidate; nothing where none are planned yet.
fn counted(view: &View<'_>, head: &str, caption: &str, rows: Vec<(String, Answered)>) -> Markup {
    if rows.is_empty() {
        return html! {};
    }
    let rows = html! {
        @for (name, row) in rows {
            tr {
                th scope="row" { (single::line(&name)) }
                td.n { (single::count(row.answered)) }
                td.n { (single::count(row.planned)) }
            }
        }
    };
    table(view, &view.word(caption), &[head, "site-progress-answered", "site-progress-planned"], &rows)
}

fn verdict(view: &View<'_>, one: &Published, finished: &Finished) -> Markup {
    let Some(stage) = finished.stage() else { return html! {} };
    let (programme, verdict) = (&finished.sealed.programme, finished.verdict());
    let figures = Figures::new(programme, stage, verdict, view.language);
    html! {
        p.sentence { (single::line(&figures.sentence())) }
        (verified(view, finished))
        ul.links {
            li { a href=(view.file(&format!("/stages/{}/report", one.key))) { (view.word("site-stage-report")) } }
            li { a href=(view.page(&format!("/evidence/{}", one.key))) { (view.word("site-nav-evidence")) } }
            li { a href={ (view.page("/data")) "#folder-" (one.key) } { (view.word("site-nav-data")) } }
        }
        h3 { (view.word("site-stage-places")) }
        // Drawn by the report's own code. Its figures have ids, so that only one folder of a page may have them.
        @if is_last(view, one) { (figures.composite()) }
        (places(view, programme, stage, verdict))
        @if verdict.follows.is_some() { p { (view.word("site-stage-follows")) } }
        h3 { (view.word("report-gates")) }
        (gates(view, programme, stage, verdict))
        @if is_last(view, one) {
            h3 { (view.word("report-criteria")) }
            @for (place, criterion) in stage.criteria.iter().enumerate() {
                (figures.criterion(place))
                (votes::draw(view, finished, &Words::new(programme, stage, view.language), &figures, &criterion.id))
            }
        }
    }
}

/// Whether this folder is the last of its stage.
fn is_last(view: &View<'_>, one: &Published) -> bool {
    let last = one.stage.as_ref().and_then(|stage| view.shown.of_stage(stage).last());
    last.is_some_and(|last| last.key == one.key)
}

/// Everybody's place: decision, points with their interval, possible ranks, chance to advance.
fn places(view: &View<'_>, programme: &Programme, stage: &Stage, verdict: &Verdict) -> Markup {
    let words = Words::new(programme, stage, view.language);
    let find = |id: &CandidateId| verdict.composite.iter().find(|row| row.candidate == *id);
    let rows = html! {
        @for outcome in &verdict.outcomes {
            tr {
                th scope="row" {
                    a href=(view.page(&format!("/candidates/{}", outcome.candidate))) {
                        (single::line(&words.candidate(&outcome.candidate)))
                    }
                }
                td { (single::decision_badge(outcome.decision, view.language)) }
                (cells(find(&outcome.candidate)))
            }
        }
    };
    let heads = [
        "site-candidate",
        "report-decision",
        "report-composite",
        "report-interval",
        "site-rank-set",
        "report-p-advance",
    ];
    table(view, &view.word("site-places-caption"), &heads, &rows)
}

fn cells(row: Option<&Composite>) -> Markup {
    let dash = || "–".to_owned();
    let ranks = row
        .and_then(|row| row.rank_set)
        .map(|(first, last)| if first == last { first.to_string() } else { format!("{first} – {last}") });
    let chance = row.filter(|row| !row.ranks.is_empty()).map(|row| single::probability(row.p_advance));
    html! {
        td.n { strong { (row.map_or_else(dash, |row| single::points(row.points.estimate))) } }
        td.n { (row.map_or_else(dash, |row| single::range(row.points))) }
        td.n { (ranks.unwrap_or_else(dash)) }
        td.n { (chance.unwrap_or_else(dash)) }
    }
}

fn gates(view: &View<'_>, programme: &Programme, stage: &Stage, verdict: &Verdict) -> Markup {
    if stage.gates.is_empty() {
        return html! { p { (view.word("report-gates-none")) } };
    }
    let words = Words::new(programme, stage, view.language);
    let find = |outcome: &daepyo_core::CandidateOutcome, gate: &daepyo_core::Gate| {
        let mut results = verdict.gates.iter();
        results.find(|result| result.gate == gate.id && result.candidate == outcome.candidate)
    };
    html! {
        div.scroll role="region" aria-label=(view.word("site-gates-caption")) tabindex="0" {
            table {
                caption { (view.word("site-gates-caption")) }
                thead {
                    tr {
                        th scope="col" { (view.word("site-candidate")) }
                        @for gate in &stage.gates { th scope="col" { (gate.title.get(view.language)) } }
                    }
                }
                tbody {
                    @for outcome in &verdict.outcomes {
                        tr {
                            th scope="row" { (single::line(&words.candidate(&outcome.candidate))) }
                            @for gate in &stage.gates {
                                td {
                                    @match find(outcome, gate) {
                                        Some(result) => { (single::gate_badge(result.outcome, view.language)) }
                                        None => { "–" }
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}
