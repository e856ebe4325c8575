//! The office's page of contests: opened, watched without a score, closed.

use super::closing::{close_contest, is_finished, may_open};
use super::held::Held;
use super::hub::title;
use super::{moving, reports};
use crate::app::App;
use crate::live::{self, Topic};
use crate::page::{Page, csrf_field, page};
use crate::refusal::Refusal;
use crate::route::{Rate, Roles, Route};
use crate::who::Who;
use axum::extract::{Path, State};
use axum::response::Redirect;
use daepyo_contest::Arena;
use daepyo_core::visible::{Place, drawn};
use daepyo_report::words;
use daepyo_store::site::{Contest, Role};
use daepyo_verdict::voters::{VoterReport, VoterTest};
use maud::{Markup, html};
use std::collections::BTreeMap;

pub(super) fn rows() -> Vec<Route> {
    vec![
        Route::get("/office/contests", Roles::SEES_OFFICE, show).nav("site-nav-office-contests"),
        Route::post("/office/contests/{stage}/{criterion}/open", Roles::OFFICE, open),
        Route::post("/office/contests/{stage}/{criterion}/close", Roles::OFFICE, close).rate(Rate::Costly),
    ]
}

async fn show(State(app): State<App>, who: Who) -> Result<Page, Refusal> {
    let mut parts = Vec::new();
    for held in app.contests().held() {
        parts.push(part(&app, &who, held).await?);
    }
    let to_handle = reports::to_handle(&app, &who).await?;
    let trouble = app.contests().logbook().and_then(daepyo_contest::Logbook::trouble);
    let body = html! {
        @if let Some(trouble) = trouble {
            div.notice.bad role="alert" {
                p.said { (who.say("site-office-log-trouble", &[])) }
                p { (who.say("site-office-log-trouble-about", &[])) }
                p { code lang="en" { (drawn(&trouble, Place::Line)) } }
            }
        }
        @if parts.is_empty() { p { (who.say("site-contests-none", &[])) } }
        @for part in &parts { (part) }
        h2 { (who.say("site-office-reports", &[])) }
        (to_handle)
        p { a href="/office/reports" { (who.say("site-reports-list", &[])) } }
    };
    Ok(page(&who, &who.say("site-nav-office-contests", &[]), &body))
}

async fn part(app: &App, who: &Who, held: &Held) -> Result<Markup, Refusal> {
    let open = app.contests().arena(held, app.now_ms()).await?;
    let is_office = who.role() == Some(Role::Office);
    let inner = match &open {
        None => to_come(who, held, is_office)?,
        Some((arena, contest)) => {
            let turnout = moving::turnout(app, who, held, contest).await?;
            let rest = under_way(app, who, held, arena, contest, is_office).await?;
            html! { (turnout) (rest) }
        }
    };
    Ok(html! {
        section {
            h2 { a href=(held.path()) { (title(held, who.language())) } }
            (moving::in_list(held, open.as_ref().map(|(_, contest)| contest), who))
            (inner)
        }
    })
}

/// A contest that is not open yet: answers that would be shown to nobody, and the button.
fn to_come(who: &Who, held: &Held, is_office: bool) -> Result<Markup, Refusal> {
    let barred = Arena::leaks(&held.setup)?;
    Ok(html! {
        @if !barred.is_empty() {
            h3 { (who.say("site-office-barred", &[])) }
            p { (who.say("site-office-barred-about", &[])) }
            ul { @for barred in &barred { li { code { (barred.prompt) " · " (barred.candidate) } " — " (why_barred(who, &barred.why)) } } }
        }
        @if is_office {
            p { (who.say("site-office-open-about", &[])) }
            form method="post" action=(format!("/office{}/open", held.path())) {
                (csrf_field(who))
                button { (who.say("site-office-open", &[])) }
            }
        }
    })
}

/// Why an answer is shown to nobody, as `Barred` has it: a word, or `leak:KIND:WHO`, whom it leads to.
fn why_barred(who: &Who, why: &str) -> String {
    match why.split_once(':') {
        Some(("leak", leak)) => {
            let bearer = leak.split_once(':').map_or(leak, |(_, bearer)| bearer);
            who.say("site-barred-leak", &[("who", &drawn(bearer, Place::Line))])
        }
        Some(_) => why.to_owned(),
        None => match why {
            "missing" => who.say("site-barred-missing", &[]),
            "empty" => who.say("site-barred-empty", &[]),
            other => other.to_owned(),
        },
    }
}

async fn under_way(
    app: &App,
    who: &Who,
    held: &Held,
    arena: &Arena,
    contest: &Contest,
    is_office: bool,
) -> Result<Markup, Refusal> {
    let examinations = arena.examinations().await?;
    Ok(html! {
        h3 { (who.say("site-office-flags", &[])) }
        p.soft { (who.say("site-office-examined", &[("count", &examinations.len().to_string())])) }
        @if let Some(last) = examinations.last() {
            p { (who.say("site-office-voters", &[("count", &last.report.voters.to_string())])) }
            (flags(who, &last.report))
        }
        @if is_office && contest.closed_ms.is_none() {
            details {
                summary { (who.say("site-office-close", &[])) }
                p { (who.say("site-office-close-about", &[])) }
                (close_form(who, held, "site-office-close-do"))
            }
        }
        @if contest.closed_ms.is_some() && !is_finished(app, held) {
            p { (who.say("site-office-publishing", &[])) }
            @if is_office {
                (close_form(who, held, "site-office-close-go-on"))
            }
        }
    })
}

/// The form that closes a contest, or goes on with its close; `button` is the message on it.
fn close_form(who: &Who, held: &Held, button: &str) -> Markup {
    html! {
        form method="post" action=(format!("/office{}/close", held.path())) {
            (csrf_field(who))
            button { (who.say(button, &[])) }
        }
    }
}

/// Flags of the registered tests, by test. Who was flagged is a pseudonym; whom they voted for is not shown before the close.
fn flags(who: &Who, report: &VoterReport) -> Markup {
    let mut by_test: BTreeMap<VoterTest, u64> = BTreeMap::new();
    for flag in &report.flags {
        *by_test.entry(flag.test).or_default() += 1;
    }
    html! {
        p.soft { (who.say("site-office-flags-about", &[])) }
        @if by_test.is_empty() { p { (who.say("site-office-flags-none", &[])) } }
        @else {
            ul { @for (test, count) in by_test { li { (who.say(words::voter_test(test), &[])) ": " (count) } } }
        }
    }
}

async fn open(
    State(app): State<App>,
    Path((stage, criterion)): Path<(String, String)>,
) -> Result<Redirect, Refusal> {
    let held = app.contests().of(&stage, &criterion).ok_or_else(Refusal::not_found)?;
    may_open(&app, held)?;
    app.contests().open(held, app.now_ms()).await?;
    live::tell(&app, Topic::Contests).await;
    Ok(Redirect::to("/office/contests"))
}

async fn close(
    State(app): State<App>,
    Path((stage, criterion)): Path<(String, String)>,
) -> Result<Redirect, Refusal> {
    let held = close_contest(&app, &stage, &criterion).await?;
    Ok(Redirect::to(&held.path()))
}
