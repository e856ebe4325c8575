//! `/office/codes`: access codes for citizens, made, listed by state and revoked one by one.

use crate::app::App;
use crate::page::{Page, csrf_field, page};
use crate::programme::day_in_korea;
use crate::refusal::Refusal;
use crate::route::{Rate, Roles, Route};
use crate::sign_in::code;
use crate::who::Who;
use axum::Form;
use axum::extract::{Query, State};
use axum::response::Redirect;
use daepyo_core::Digest;
use daepyo_store::site::{Code, CodeState, Role};
use maud::{Markup, html};
use serde::Deserialize;

/// Codes that are made at once, at most: a page of them must be printed.
pub(crate) const MOST_CODES: u32 = 1000;
/// Codes on one page of the list.
const PAGE: u32 = 100;

pub(super) fn rows() -> Vec<Route> {
    vec![
        Route::get("/office/codes", Roles::SEES_OFFICE, list),
        Route::post("/office/codes", Roles::OFFICE, make).rate(Rate::Write),
        Route::post("/office/codes/revoke", Roles::OFFICE, revoke).rate(Rate::Write).body(4 << 10),
    ]
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Paged {
    below: Option<i64>,
}

async fn list(State(app): State<App>, who: Who, Query(paged): Query<Paged>) -> Result<Page, Refusal> {
    let below = paged.below.unwrap_or(i64::MAX);
    let codes = app.site().codes(below, PAGE).await?;
    let (unused, used, revoked) = app.site().code_counts().await?;
    let (unused, used, revoked) = (unused.to_string(), used.to_string(), revoked.to_string());
    let counts = [("unused", unused.as_str()), ("used", used.as_str()), ("revoked", revoked.as_str())];
    let is_office = who.role() == Some(Role::Office);
    let older = codes.last().filter(|_| u32::try_from(codes.len()) == Ok(PAGE)).map(|last| last.id);
    let body = html! {
        p { (who.say("site-codes-about", &[])) }
        @if is_office { (making(&who)) }
        h2 #codes { (who.say("site-codes-list", &[])) }
        p { (who.say("site-codes-counts", &counts)) }
        @if !codes.is_empty() { (table(&who, &codes, is_office)) }
        @if let Some(older) = older {
            p { a href=(format!("/office/codes?below={older}")) { (who.say("site-codes-older", &[])) } }
        }
        p { a href="/office/accounts" { (who.say("site-nav-accounts", &[])) } }
    };
    Ok(page(&who, &who.say("site-codes", &[]), &body))
}

fn making(who: &Who) -> Markup {
    html! {
        form.stacked method="post" action="/office/codes" {
            (csrf_field(who))
            div.field {
                label for="count" { (who.say("site-codes-count", &[])) }
                input #count name="count" type="number" inputmode="numeric" min="1" max=(MOST_CODES) value="10" required;
            }
            button type="submit" { (who.say("site-codes-make", &[])) }
        }
    }
}

fn table(who: &Who, codes: &[Code], is_office: bool) -> Markup {
    html! {
        div.scroll role="region" aria-labelledby="codes" tabindex="0" {
            table {
                thead { tr {
                    th scope="col" { (who.say("site-accounts-number", &[])) }
                    th scope="col" { (who.say("site-accounts-since", &[])) }
                    th scope="col" { (who.say("site-accounts-state", &[])) }
                    @if is_office { th scope="col" { (who.say("site-code-revoke", &[])) } }
                } }
                tbody {
                    @for code in codes {
                        tr {
                            th scope="row" { (code.id) }
                            td.date { time { (day_in_korea(code.made_ms)) } }
                            td { (state(who, code.state)) }
                            @if is_office { td { (revoking(who, code)) } }
                        }
                    }
                }
            }
        }
    }
}

fn state(who: &Who, state: CodeState) -> String {
    match state {
        CodeState::Unused => who.say("site-code-unused", &[]),
        CodeState::Used => who.say("site-code-used", &[]),
        CodeState::Revoked(since_ms) => {
            who.say("site-code-revoked", &[("day", &day_in_korea(since_ms).to_string())])
        }
    }
}

fn revoking(who: &Who, code: &Code) -> Markup {
    let number = code.id.to_string();
    let is_revoked = match code.state {
        CodeState::Revoked(_) => true,
        CodeState::Unused | CodeState::Used => false,
    };
    html! {
        @if !is_revoked {
            form method="post" action="/office/codes/revoke" {
                (csrf_field(who))
                input type="hidden" name="code" value=(number);
                button.plain type="submit" aria-label=(who.say("site-code-revoke-this", &[("number", &number)])) {
                    (who.say("site-code-revoke", &[]))
                }
            }
        }
    }
}

#[derive(Deserialize)]
struct New {
    #[serde(default)]
    count: String,
}

/// Draws so many access codes; each with the number that it is listed and revoked by.
pub(crate) async fn draw_codes(app: &App, count: u32) -> Result<Vec<(String, i64)>, Refusal> {
    let codes: Vec<_> = (0..count).map(|_| code::draw_code(app.keys())).collect();
    let subjects: Vec<Digest> = codes.iter().map(|drawn| code::subject(app.keys(), drawn)).collect();
    let numbers = app.site().add_codes(&subjects, app.now_ms()).await?;
    Ok(codes.into_iter().zip(numbers).collect())
}

/// Makes access codes and shows them with their numbers, this once: the site does not keep them.
async fn make(State(app): State<App>, who: Who, Form(form): Form<New>) -> Result<Page, Refusal> {
    let count: u32 = form.count.trim().parse().map_err(|_| Refusal::bad_form("count"))?;
    if !(1..=MOST_CODES).contains(&count) {
        return Err(Refusal::bad_form("count"));
    }
    let codes = draw_codes(&app, count).await?;
    let body = html! {
        div.notice role="status" {
            p.said { (who.say("site-codes-made", &[("count", &count.to_string())])) }
            p { (who.say("site-codes-once", &[])) }
        }
        ul.codes {
            @for (code, number) in &codes {
                li { code { (code) } " " span.soft { (who.say("site-code-number", &[("number", &number.to_string())])) } }
            }
        }
        p { a href="/office/codes" { (who.say("site-codes-list", &[])) } }
    };
    Ok(page(&who, &who.say("site-codes", &[]), &body))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Old {
    code: String,
}

async fn revoke(State(app): State<App>, who: Who, Form(old): Form<Old>) -> Result<Redirect, Refusal> {
    let number = old.code.trim().parse().map_err(|_| Refusal::bad_form("code"))?;
    app.site().revoke_code(number, app.now_ms()).await?;
    tracing::info!(request_id = who.request_id(), number, "an access code was revoked");
    Ok(Redirect::to("/office/codes#codes"))
}
