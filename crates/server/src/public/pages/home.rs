//! The first page: the programme, what it decides, and how its stages stand.

use crate::live::Topic;
use crate::public::draw::{broken, now, state, table};
use crate::public::view::{Piece, View};
use daepyo_core::{Date, Programme, Stage};
use maud::{Markup, html};

pub(crate) fn home(view: &View<'_>) -> Piece {
    match view.shown.programme() {
        Some(programme) => {
            Piece { title: programme.title.get(view.language).to_owned(), body: stages(view, programme) }
        }
        None => Piece {
            title: view.word("site-name"),
            body: html! {
                p.lead { (view.word("site-home-empty")) }
                @for one in &view.shown.published { (broken(view, one)) }
            },
        },
    }
}

fn stages(view: &View<'_>, programme: &Programme) -> Markup {
    let counts = [
        ("candidates", programme.candidates.len().to_string()),
        ("teams", programme.teams.len().to_string()),
        ("stages", programme.stages.len().to_string()),
    ];
    let counts: Vec<(&str, &str)> = counts.iter().map(|(name, count)| (*name, count.as_str())).collect();
    let rows = html! { @for stage in &programme.stages { (row(view, stage)) } };
    let heads = [
        "site-stage",
        "site-stage-opens",
        "site-stage-closes",
        "site-stage-objections",
        "site-stage-standing",
        "site-stage-decides",
    ];
    html! {
        p.lead { (view.say("site-home-decides", &counts)) }
        p { (view.word("site-home-lead")) }
        @for note in &programme.notes {
            div.notice role="note" { p { (note.get(view.language)) } }
        }
        @for one in &view.shown.published { (broken(view, one)) }
        h2 { (view.word("site-stages")) }
        (table(view, &view.word("site-stages-caption"), &heads, &rows))
        h2 { (view.word("site-home-more")) }
        ul.links {
            li { a href=(view.page("/rules")) { (view.word("site-nav-rules")) } " – " (view.word("site-home-rules")) }
            li { a href=(view.page("/candidates")) { (view.word("site-nav-candidates")) } " – " (view.word("site-home-candidates")) }
            li { a href=(view.page("/evidence")) { (view.word("site-nav-evidence")) } " – " (view.word("site-home-evidence")) }
            li { a href=(view.page("/data")) { (view.word("site-nav-data")) } " – " (view.word("site-home-data")) }
            li { a href=(view.page("/verify")) { (view.word("site-nav-verify")) } " – " (view.word("site-home-verify")) }
        }
    }
}

fn row(view: &View<'_>, stage: &Stage) -> Markup {
    let advance = stage.decision.advance.to_string();
    let contest = view.contests.iter().find(|contest| contest.stage == stage.id.as_str());
    html! {
        tr {
            th scope="row" {
                a href=(view.page(&format!("/stages/{}", stage.id))) { (stage.title.get(view.language)) }
            }
            td.date { time { (stage.opens) } }
            td.date {
                time { (stage.closes) }
                @for (first, last) in polls(stage) {
                    br;
                    span.soft { (view.say("site-poll-days", &[("first", &first.to_string()), ("last", &last.to_string())])) }
                }
            }
            td.date { time { (stage.closes.days_after(stage.objection_days)) } }
            td id={ "state-" (stage.id) } data-live={ (Topic::Contests.name()) " " (Topic::Stages.name()) } {
                (state(view, now(view, stage)))
                @if let Some(contest) = contest {
                    br;
                    span.soft {
                        @if contest.is_open { (view.word("site-poll-open")) } @else { (view.word("site-poll-closed")) }
                    }
                }
            }
            td { (view.say("site-stage-advance", &[("advance", &advance)])) }
        }
    }
}

/// The days between which the public votes in a stage's contests.
fn polls(stage: &Stage) -> Vec<(Date, Date)> {
    let contests = stage.criteria.iter().filter_map(|criterion| criterion.rule.contest());
    contests.map(|rule| (rule.opens.unwrap_or(stage.opens), rule.closes.unwrap_or(stage.closes))).collect()
}
