//! A battle: two answers side by side, the vote, and what can be done afterwards.

use super::form::Fields;
use super::held::Held;
use super::live;
use super::names::name;
use crate::app::App;
use crate::page::{Page, csrf_field, page};
use crate::refusal::Refusal;
use crate::route::{Roles, Route};
use crate::who::Who;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Redirect, Response};
use daepyo_arena::markdown;
use daepyo_contest::{Arena, Choice, ContestError, REASON_CHARS, Receipt, battle_name};
use daepyo_report::words;
use daepyo_store::site::{Answered, Battle, BattleId, BattleMode, BattleState, Ended, PersonId, Turn};
use maud::{Markup, PreEscaped, html};
use std::time::Duration;

/// So long a receipt waits for the log.
const RECEIPT_WAIT: Duration = Duration::from_secs(5);
/// Bytes of an answer's HTML, at most.
const ANSWER_BYTES: usize = 1 << 20;

pub(super) fn rows() -> Vec<Route> {
    vec![
        Route::get("/battles/{battle}", Roles::CITIZEN, show),
        Route::post("/battles/{battle}/vote", Roles::CITIZEN, vote),
        Route::post("/battles/{battle}/withdraw", Roles::CITIZEN, withdraw),
        Route::post("/battles/{battle}/leave", Roles::CITIZEN, leave),
        Route::post("/battles/{battle}/report", Roles::CITIZEN, report),
        Route::get("/battles/{battle}/receipt", Roles::CITIZEN, receipt),
    ]
}

/// A battle of this person and its contest.
pub(crate) async fn find<'a>(
    app: &'a App,
    who: &Who,
    name: &str,
) -> Result<(&'a Held, Arena, Battle), Refusal> {
    let (held, arena, battle, _) = find_and_close(app, who, name).await?;
    Ok((held, arena, battle))
}

/// The same, and whether the contest is closed.
async fn find_and_close<'a>(
    app: &'a App,
    who: &Who,
    name: &str,
) -> Result<(&'a Held, Arena, Battle, bool), Refusal> {
    let id = parse(name).ok_or_else(Refusal::not_found)?;
    let person = who.id()?;
    let found = app.contests().battle_and_close(id, app.now_ms()).await?.ok_or_else(Refusal::not_found)?;
    // Somebody else's battle is no battle.
    if found.2.opened.person == person { Ok(found) } else { Err(Refusal::not_found()) }
}

/// The battle of a name in an address.
pub(super) fn parse(name: &str) -> Option<BattleId> {
    let id = i64::from_str_radix(name, 16).ok().filter(|_| name.len() == 16).map(BattleId)?;
    (battle_name(id) == name).then_some(id)
}

async fn show(State(app): State<App>, who: Who, Path(name): Path<String>) -> Result<Page, Refusal> {
    let (held, arena, battle, is_closed) = find_and_close(&app, &who, &name).await?;
    let is_answered = battle.turns.last().is_some_and(|turn| turn.answers.is_some());
    let is_open = battle.state == BattleState::Open && !is_closed;
    let is_live = is_open && battle.opened.mode == BattleMode::Live;
    let pending = battle.turns.last().filter(|turn| is_live && turn.answers.is_none());
    let sides = is_closed.then(|| contestants(&who, held, &battle));
    // A report ends an open battle: one that is open has none.
    let is_over = battle.state != BattleState::Open;
    let is_reported = is_over && !app.site().reports_of(battle.opened.id).await?.is_empty();
    let body = html! {
        (conversation(
            &who,
            &battle,
            sides.as_ref(),
            pending.map(|turn| live::waiting(&who, &arena, &name, turn)).as_ref(),
        ))
        @match &battle.state {
            BattleState::Open => {
                @if is_live && is_answered { p.said role="status" data-said {} }
                @if is_open && is_answered { (ballot(&who, held, &name)) }
                @if is_live && pending.is_none() { (live::further(&who, &arena, &battle, &name)) }
                @if is_open { (others(&who, &name)) }
                @if pending.is_some() { (live::script()) }
            }
            BattleState::Voted => (voted(&who, held, &arena, &battle, is_closed).await?),
            BattleState::Ended(end) => (ended(&who, held, end)),
        }
        @if is_over || is_closed { (reporting_afterwards(&who, &name, is_closed, is_reported)) }
    };
    let title = if is_live && !is_answered { "site-live-title" } else { "site-battle" };
    Ok(page(&who, &who.say(title, &[]), &body))
}

/// Who was on the left and on the right. Of a contest that is open nobody may be told.
pub(super) fn contestants(who: &Who, held: &Held, battle: &Battle) -> (String, String) {
    let view = who.view();
    (name(&view, held, &battle.opened.left), name(&view, held, &battle.opened.right))
}

/// The prompts and both answers of each; `sides` names who was on the left and on the right, once that may be told;
/// `pending` stands for answers that are still written.
pub(super) fn conversation(
    who: &Who,
    battle: &Battle,
    sides: Option<&(String, String)>,
    pending: Option<&Markup>,
) -> Markup {
    let last = battle.turns.last().map(|turn| turn.number);
    html! {
        @for turn in &battle.turns {
            section.turn {
                h2.said tabindex="-1" data-here[last == Some(turn.number)] { (who.say("site-battle-asked", &[])) }
                div.prompt dir="auto" { (PreEscaped(markdown::to_html(&turn.prompt, ANSWER_BYTES))) }
                @if let Some((left, right)) = &turn.answers {
                    div.sides {
                        (answer(who, "left", turn, left, sides.map(|(left, _)| left.as_str())))
                        (answer(who, "right", turn, right, sides.map(|(_, right)| right.as_str())))
                    }
                } @else if let Some(pending) = pending {
                    (pending)
                }
            }
        }
    }
}

fn answer(
    who: &Who,
    side: &'static str,
    turn: &Turn,
    answered: &Answered,
    contestant: Option<&str>,
) -> Markup {
    let id = format!("{side}-{}", turn.number);
    let heading = if side == "left" { "site-battle-left" } else { "site-battle-right" };
    html! {
        article.answer aria-labelledby=(id) {
            h3 #(id) { (who.say(heading, &[])) @if let Some(contestant) = contestant { " · " bdi { (contestant) } } }
            div.written dir="auto" { (PreEscaped(markdown::to_html(&answered.text, ANSWER_BYTES))) }
            @if answered.cut { p.soft { (who.say("site-battle-cut", &[])) } }
        }
    }
}

/// The form of the vote.
fn ballot(who: &Who, held: &Held, name: &str) -> Markup {
    let choices = [
        ("left", "site-vote-left"),
        ("right", "site-vote-right"),
        ("tie", "site-vote-tie"),
        ("both_bad", "site-vote-both-bad"),
    ];
    html! {
        form.ballot method="post" action=(format!("/battles/{name}/vote")) {
            (csrf_field(who))
            @if !held.setup.rule.tags.is_empty() {
                fieldset.tags {
                    legend { (who.say("site-vote-tags", &[])) }
                    @for tag in &held.setup.rule.tags {
                        label { input type="checkbox" name="tag" value=(tag.id); " " (tag.title.get(who.language())) }
                    }
                }
            }
            div.field {
                label for="reason" { (who.say("site-vote-reason", &[])) }
                textarea #reason name="reason" rows="2" maxlength=(REASON_CHARS) aria-describedby="reason-about" {}
                p.soft #reason-about { (who.say("site-vote-reason-about", &[])) }
            }
            fieldset.choices {
                legend { (who.say("site-vote-which", &[])) }
                @for (value, id) in choices {
                    button.second name="choice" value=(value) { (who.say(id, &[])) }
                }
            }
        }
    }
}

/// The form of a report; `about` is the message that says what it does.
fn reporting(who: &Who, name: &str, about: &str) -> Markup {
    html! {
        details {
            summary { (who.say("site-battle-report", &[])) }
            form.stacked method="post" action=(format!("/battles/{name}/report")) {
                (csrf_field(who))
                div.field {
                    label for="report" { (who.say("site-battle-report-what", &[])) }
                    textarea #report name="text" rows="3" maxlength=(REASON_CHARS) required {}
                }
                p.soft { (who.say(about, &[])) }
                button { (who.say("site-battle-report-send", &[])) }
            }
        }
    }
}

/// The form of a report on a battle that takes no vote any more, and whether there is one already.
fn reporting_afterwards(who: &Who, name: &str, is_closed: bool, is_reported: bool) -> Markup {
    let about = if is_closed { "site-battle-report-about-closed" } else { "site-battle-report-about-over" };
    html! {
        @if is_reported { p { (who.say("site-battle-reported", &[])) } }
        (reporting(who, name, about))
    }
}

/// What can be done with an open battle beside voting.
fn others(who: &Who, name: &str) -> Markup {
    html! {
        (reporting(who, name, "site-battle-report-about"))
        form method="post" action=(format!("/battles/{name}/leave")) {
            (csrf_field(who))
            button.second { (who.say("site-battle-leave", &[])) }
        }
    }
}

async fn voted(
    who: &Who,
    held: &Held,
    arena: &Arena,
    battle: &Battle,
    is_closed: bool,
) -> Result<Markup, Refusal> {
    let id = battle.opened.id;
    let name = battle_name(id);
    let receipt = arena.receipt(who.id()?, id).await?;
    let is_withdrawn = receipt.withdrawn_ms.is_some();
    Ok(html! {
        div.notice role="status" {
            p.said {
                @if is_withdrawn { (who.say("site-voted-withdrawn", &[])) }
                @else { (who.say("site-voted", &[("choice", &who.say(words::choice(receipt.ballot.choice), &[]))])) }
            }
            p { (who.say("site-voted-receipt", &[])) }
            p {
                @if receipt.logged.is_some() {
                    a href=(format!("/receipts/{}", receipt.commitment)) { code { (receipt.commitment) } }
                } @else { code { (receipt.commitment) } }
            }
        }
        div.actions {
            @if !is_closed {
                form method="post" action=(format!("{}/battles", held.path())) {
                    (csrf_field(who))
                    button { (who.say("site-battle-next", &[])) }
                }
            }
            a.button href=(format!("/battles/{name}/receipt")) download=(format!("receipt-{name}.json")) {
                (who.say("site-voted-fetch", &[]))
            }
            @if !is_closed && !is_withdrawn {
                form method="post" action=(format!("/battles/{name}/withdraw")) {
                    (csrf_field(who))
                    button.second { (who.say("site-voted-withdraw", &[])) }
                }
            }
        }
    })
}

/// What is said of an end without a vote. It names nobody, whatever the reason in the store.
pub(super) fn ended_message(end: &Ended) -> &'static str {
    match end {
        Ended::Void { why } if why.starts_with("report") => "site-ended-report",
        Ended::Void { .. } => "site-ended-void",
        Ended::Failed { .. } => "site-ended-failed",
        Ended::Left => "site-ended-left",
    }
}

fn ended(who: &Who, held: &Held, end: &Ended) -> Markup {
    html! {
        div.notice role="status" { p.said { (who.say(ended_message(end), &[])) } }
        form method="post" action=(format!("{}/battles", held.path())) {
            (csrf_field(who))
            button { (who.say("site-battle-next", &[])) }
        }
    }
}

async fn vote(
    State(app): State<App>,
    who: Who,
    Path(name): Path<String>,
    body: Bytes,
) -> Result<Redirect, Refusal> {
    let (_, arena, battle) = find(&app, &who, &name).await?;
    let fields = Fields::read(&body);
    let reason = fields.one("reason").to_owned();
    let choice = Choice { choice: fields.choice()?, tags: fields.all("tag"), reason };
    arena.vote(who.id()?, battle.opened.id, choice, app.now_ms()).await?;
    app.metrics().count("daepyo_votes_total", &[], 1);
    Ok(Redirect::to(&format!("/battles/{name}")))
}

async fn withdraw(State(app): State<App>, who: Who, Path(name): Path<String>) -> Result<Redirect, Refusal> {
    let (_, arena, battle) = find(&app, &who, &name).await?;
    arena.withdraw(who.id()?, battle.opened.id, app.now_ms()).await?;
    Ok(Redirect::to(&format!("/battles/{name}")))
}

async fn leave(State(app): State<App>, who: Who, Path(name): Path<String>) -> Result<Redirect, Refusal> {
    let (held, arena, battle) = find(&app, &who, &name).await?;
    arena.leave(who.id()?, battle.opened.id, app.now_ms()).await?;
    Ok(Redirect::to(&held.path()))
}

async fn report(
    State(app): State<App>,
    who: Who,
    Path(name): Path<String>,
    body: Bytes,
) -> Result<Redirect, Refusal> {
    let (_, arena, battle) = find(&app, &who, &name).await?;
    let text = Fields::read(&body).one("text").trim().to_owned();
    if text.is_empty() {
        return Err(Refusal::bad_form("text"));
    }
    arena.report(who.id()?, battle.opened.id, &text, app.now_ms()).await?;
    Ok(Redirect::to(&format!("/battles/{name}")))
}

/// A receipt; with its proof where the log has the vote in time.
pub(crate) async fn receipt_in_time(
    arena: &Arena,
    person: PersonId,
    battle: BattleId,
) -> Result<Receipt, ContestError> {
    match arena.await_receipt(person, battle, RECEIPT_WAIT).await {
        Err(ContestError::NotLogged) => arena.receipt(person, battle).await,
        other => other,
    }
}

/// The receipt's file; with its proof where the log has the vote in time.
async fn receipt(State(app): State<App>, who: Who, Path(name): Path<String>) -> Result<Response, Refusal> {
    let (_, arena, battle) = find(&app, &who, &name).await?;
    let receipt = receipt_in_time(&arena, who.id()?, battle.opened.id).await?;
    let named = format!("attachment; filename=\"receipt-{name}.json\"");
    let headers =
        [(header::CONTENT_TYPE, "application/json".to_owned()), (header::CONTENT_DISPOSITION, named)];
    Ok((headers, receipt.to_json()?).into_response())
}
