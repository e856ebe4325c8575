//! The rules of a public contest in words and tables.

use crate::public::draw::table;
use crate::public::view::View;
use daepyo_core::{CandidateId, ContestMode, ContestPairing, ContestRule};
use daepyo_report::single::{self, Words};
use maud::{Markup, html};

/// What the contest behind a criterion is held by.
pub(super) fn rules(view: &View<'_>, words: &Words<'_>, rule: &ContestRule) -> Markup {
    html! {
        p { (view.word("site-poll-rules")) }
        dl.facts {
            @for (id, value) in facts(view, rule) { dt { (view.word(id)) } dd { (value) } }
        }
        (tags(view, rule))
        (names(view, words, rule))
    }
}

/// Each limit with the message that names it. What has no bearing on recorded answers is left out for them.
fn facts(view: &View<'_>, rule: &ContestRule) -> Vec<(&'static str, Markup)> {
    let count = |number: u64| html! { (single::count(number)) };
    let file = |path: &str| html! { code { (single::line(path)) } };
    let ContestPairing { floor, even, sharpness } = rule.pairing;
    let is_live = rule.mode == ContestMode::Live;
    let mode = match rule.mode {
        ContestMode::Recorded => "site-poll-mode-recorded",
        ContestMode::Live => "site-poll-mode-live",
    };
    let mut facts = vec![("site-poll-mode", html! { (view.word(mode)) })];
    facts.push(("site-poll-prompts", file(&rule.prompts)));
    facts.extend(rule.answers.as_deref().map(|answers| ("site-poll-answers", file(answers))));
    facts.extend(rule.opens.map(|day| ("site-poll-opens", html! { time { (day) } })));
    facts.extend(rule.closes.map(|day| ("site-poll-closes", html! { time { (day) } })));
    facts.push(("site-poll-votes-a-day", count(rule.votes_a_day.into())));
    facts.push(("site-poll-votes-in-all", count(rule.votes_in_all.into())));
    facts.extend(rule.weight_cap.map(|most| ("site-poll-weight-cap", count(most.into()))));
    facts.push(("site-poll-answer-characters", count(rule.answer_characters.into())));
    facts.push(("site-poll-hold-ms", count(rule.hold_ms)));
    if is_live {
        facts.push(("site-poll-assigned", html! { (percent(rule.assigned)) }));
        facts.push(("site-poll-turns", count(rule.turns.into())));
        facts.push(("site-poll-prompt-characters", count(rule.prompt_characters.into())));
        facts.push(("site-poll-temperature", html! { (single::trimmed(rule.temperature)) }));
        facts.push(("site-poll-max-tokens", count(rule.max_tokens.into())));
        facts.extend(rule.tokens_a_day.map(|tokens| ("site-poll-tokens-a-day", count(tokens))));
        facts.extend(rule.system.as_deref().map(|text| ("site-poll-system", single::line(text))));
    }
    facts.push(("site-poll-floor", html! { (percent(floor)) }));
    facts.push(("site-poll-even", html! { (percent(even)) }));
    facts.push(("site-poll-sharpness", html! { (single::trimmed(sharpness)) }));
    facts
}

fn percent(share: f64) -> String {
    format!("{} %", single::trimmed((share * 1000.0).round() / 10.0))
}

fn tags(view: &View<'_>, rule: &ContestRule) -> Markup {
    if rule.tags.is_empty() {
        return html! {};
    }
    let rows = html! {
        @for tag in &rule.tags {
            tr { th scope="row" { (single::line(tag.title.get(view.language))) } td { code { (tag.id) } } }
        }
    };
    table(view, &view.word("site-poll-tags-caption"), &["site-poll-tag", "site-poll-tag-id"], &rows)
}

fn names(view: &View<'_>, words: &Words<'_>, rule: &ContestRule) -> Markup {
    if rule.names.is_empty() {
        return html! {};
    }
    let list = |names: &[String]| {
        html! {
            @if names.is_empty() { "–" }
            @for (place, name) in names.iter().enumerate() { @if place > 0 { ", " } (single::line(name)) }
        }
    };
    let who = |id: &CandidateId| html! { (single::line(&words.candidate(id))) " " code { (id) } };
    let rows = html! {
        @for one in &rule.names {
            tr {
                th scope="row" { (who(&one.candidate)) }
                td { (list(&one.distinctive)) }
                td { (list(&one.ordinary)) }
            }
        }
    };
    let heads = ["site-candidate", "site-poll-distinctive", "site-poll-ordinary"];
    table(view, &view.word("site-poll-names-caption"), &heads, &rows)
}
