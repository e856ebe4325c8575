//! The rules as they were sealed, their history, and the rules of one stage as other pages show them.

use super::contest;
use crate::public::draw::{broken, code, cut_line, table};
use crate::public::published::Published;
use crate::public::view::{Piece, View};
use daepyo_core::{Digest, Programme, Stage};
use daepyo_report::single::{self, Words};
use daepyo_spec::{Change, difference};
use maud::{Markup, html};

/// Changes that are shown between two versions.
const MOST_CHANGES: usize = 200;
/// Characters that are shown of a changed value.
const MOST_VALUE: usize = 300;

pub(crate) fn rules(view: &View<'_>) -> Piece {
    let title = view.word("site-nav-rules");
    let Some(programme) = view.shown.programme() else {
        return Piece { title, body: html! { p.lead { (view.word("site-home-empty")) } } };
    };
    let (version, dated) = (programme.version.to_string(), programme.dated.to_string());
    let body = html! {
        p.lead { (view.word("site-rules-lead")) }
        (standing(view, programme))
        dl.facts {
            dt { (view.word("site-rules-programme")) } dd { (programme.title.get(view.language)) " " code { (programme.id) } }
            dt { (view.word("site-rules-version")) }
            dd { (view.say("site-rules-version-of", &[("version", &version), ("dated", &dated)])) }
            dt { (view.word("site-rules-file")) }
            dd { a href=(view.file("/rules/programme.toml")) { code { "programme.toml" } } }
        }
        @for stage in &programme.stages {
            h2 {
                a href=(view.page(&format!("/stages/{}", stage.id))) { (stage.title.get(view.language)) }
            }
            p { (view.say("site-stage-dates", &[("opens", &stage.opens.to_string()), ("closes", &stage.closes.to_string())])) }
            (of_stage(view, programme, stage))
        }
        @if !programme.suites.is_empty() {
            h2 { (view.word("site-suites")) }
            (suites(view, programme, &programme.suites.iter().collect::<Vec<_>>()))
        }
        h2 { (view.word("site-rules-history")) }
        (history(view))
    };
    Piece { title, body }
}

/// Whether the rules that are shown are sealed.
fn standing(view: &View<'_>, programme: &Programme) -> Markup {
    let Some(sealed) = view.shown.newest_sealed() else {
        return html! { div.notice role="note" { p { (view.word("site-rules-not-sealed")) } } };
    };
    let changes = changes(sealed, programme);
    html! {
        @if changes.is_empty() {
            p { (view.word("site-rules-sealed")) }
        } @else {
            div.notice role="note" {
                p.said { (view.word("site-rules-differ")) }
                (listed(view, &changes))
            }
        }
    }
}

/// What changed from one version of the rules to another.
pub(crate) fn changes(old: &Programme, new: &Programme) -> Vec<Change> {
    match (serde_json::to_value(old), serde_json::to_value(new)) {
        (Ok(old), Ok(new)) => difference(&old, &new),
        (Err(_), _) | (_, Err(_)) => Vec::new(),
    }
}

fn listed(view: &View<'_>, changes: &[Change]) -> Markup {
    let value = |value: &Option<String>| {
        html! {
            @match value {
                Some(value) => { code { (cut_line(value, MOST_VALUE)) } }
                None => { (view.word("site-rules-nothing")) }
            }
        }
    };
    html! {
        ul.changes {
            @for change in changes.iter().take(MOST_CHANGES) {
                li { code { (cut_line(&change.path, MOST_VALUE)) } ": " (value(&change.old)) " → " (value(&change.new)) }
            }
            @if changes.len() > MOST_CHANGES { li { "…" } }
        }
    }
}

/// Every sealed version, and what changed from one to the next.
fn history(view: &View<'_>) -> Markup {
    let sealed: Vec<(&Published, &Programme)> = view.shown.sealed().collect();
    let rows = html! {
        @for (one, programme) in &sealed {
            tr {
                th scope="row" { (one.stage.as_ref().map_or(one.key.as_str(), |stage| stage.as_str())) }
                td { (programme.version) }
                td.date { time { (programme.dated) } }
                td { @if let Some(digest) = digest(one) { (code(&digest.to_string())) } }
                td {
                    @if one.finished().is_some() {
                        a href=(view.page(&format!("/evidence/{}/0", one.key))) { (view.word("site-rules-entry")) } " · "
                        a href=(view.file(&format!("/data/{}/rules.json", one.key))) { code { "rules.json" } }
                    } @else { (view.word("site-standing-open")) }
                }
            }
        }
    };
    let heads =
        ["site-stage", "site-rules-version", "site-rules-dated", "site-rules-digest", "site-rules-where"];
    html! {
        p { (view.word("site-rules-history-about")) }
        @for one in &view.shown.published { (broken(view, one)) }
        @if sealed.is_empty() {
            p { (view.word("site-rules-none")) }
        } @else {
            (table(view, &view.word("site-rules-history-caption"), &heads, &rows))
        }
        @for pair in sealed.windows(2) {
            @if let [(before, old), (after, new)] = pair {
                @let changes = changes(old, new);
                h3 { (view.say("site-rules-between", &[("old", &before.key), ("new", &after.key)])) }
                @if changes.is_empty() { p { (view.word("site-rules-same")) } } @else { (listed(view, &changes)) }
            }
        }
    }
}

/// The digest of a folder's `rules.json`.
pub(crate) fn digest(one: &Published) -> Option<Digest> {
    use crate::public::published::State;
    match &one.state {
        State::Verified(finished) => Some(finished.rules),
        State::UnderWay(under_way) => under_way.sealed.as_ref().map(|(_, digest)| *digest),
        State::Broken(_) | State::NotYet => None,
    }
}

/// Gates, criteria, cut, ties, window and resampling of a stage, under headings of the third level.
pub(crate) fn of_stage(view: &View<'_>, programme: &Programme, stage: &Stage) -> Markup {
    let words = Words::new(programme, stage, view.language);
    html! {
        h3 { (view.word("report-rules-gates")) }
        @if stage.gates.is_empty() { p { (view.word("report-gates-none")) } } @else {
            ul {
                @for gate in &stage.gates {
                    li { strong { (gate.title.get(view.language)) } " – " (single::line(&words.gate(gate))) }
                }
            }
        }
        h3 { (view.word("report-rules-criteria")) }
        ul {
            @for criterion in &stage.criteria {
                li {
                    strong { (criterion.title.get(view.language)) } ", " (words.weight(criterion)) " – "
                    (single::line(&words.criterion(criterion)))
                    @if let Some(rule) = criterion.rule.contest() { (contest::rules(view, &words, rule)) }
                }
            }
        }
        h3 { (view.word("report-rules-decision")) }
        @for sentence in words.decision() { p { (single::line(&sentence)) } }
        @if !stage.decision.tie_order.is_empty() {
            p { (view.word("report-tie-order")) }
            ol { @for step in &stage.decision.tie_order { li { (single::line(&words.tie_step(step))) } } }
        }
        p { (single::line(&words.window())) }
        p { (single::line(&words.resampling())) }
    }
}

/// Suites with their tasks; of a hidden one the day on which it is published.
pub(crate) fn suites(view: &View<'_>, programme: &Programme, shown: &[&daepyo_core::Suite]) -> Markup {
    let documents = |suite: &daepyo_core::Suite| match suite.limit {
        Some(limit) => view.say("site-suite-limit", &[("limit", &limit.to_string())]),
        None => view.word("site-suite-all"),
    };
    let rows = html! {
        @for suite in shown {
            tr {
                th scope="row" { (suite.title.get(view.language)) " " code { (suite.id) } }
                td { @for (place, task) in suite.tasks.iter().enumerate() { @if place > 0 { ", " } code { (single::line(task.as_str())) } } }
                td { (documents(suite)) }
                td {
                    @match suite.reveal {
                        Some(day) => { (view.say("site-suite-hidden", &[("day", &day.to_string())])) }
                        None => { (view.word("site-suite-open")) }
                    }
                }
            }
        }
    };
    let heads = ["site-suite", "site-suite-tasks", "site-suite-documents", "site-suite-published"];
    let caption = view.say("site-suites-caption", &[("programme", programme.title.get(view.language))]);
    table(view, &caption, &heads, &rows)
}
