//! `/office/reports`: reports of harmful content, the conversations that they are about, and what the office found of them.

use super::battle::{contestants, conversation, parse};
use super::form::Fields;
use super::hub::title;
use crate::app::App;
use crate::page::{Page, csrf_field, page};
use crate::programme::moment_in_korea;
use crate::refusal::Refusal;
use crate::route::{Roles, Route};
use crate::who::Who;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::response::Redirect;
use daepyo_contest::battle_name;
use daepyo_core::visible::{Place, drawn};
use daepyo_store::site::{Battle, Report, Role};
use maud::{Markup, html};
use serde::Deserialize;

/// Reports on one page of the list.
const PAGE: u32 = 100;

pub(super) fn rows() -> Vec<Route> {
    vec![
        Route::get("/office/reports", Roles::SEES_OFFICE, list).nav("site-nav-office-reports"),
        Route::get("/office/reports/{battle}", Roles::SEES_OFFICE, show),
        Route::post("/office/reports/{battle}/handled", Roles::OFFICE, handle).body(4 << 10),
    ]
}

/// The report behind which a page begins: when it was written, and its number.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Paged {
    behind: Option<i64>,
    number: Option<i64>,
}

async fn list(State(app): State<App>, who: Who, Query(paged): Query<Paged>) -> Result<Page, Refusal> {
    let reports = app.site().reports(paged.behind.zip(paged.number), PAGE).await?;
    let older = reports.last().filter(|_| u32::try_from(reports.len()) == Ok(PAGE));
    let body = html! {
        (to_handle(&app, &who).await?)
        @if reports.is_empty() { p { (who.say("site-office-reports-none", &[])) } }
        @else { (table(&app, &who, &reports)) }
        @if let Some(last) = older {
            p {
                a href=(format!("/office/reports?behind={}&number={}", last.reported_ms, last.id)) {
                    (who.say("site-reports-older", &[]))
                }
            }
        }
    };
    Ok(page(&who, &who.say("site-office-reports", &[]), &body))
}

/// How many reports nobody has handled.
pub(super) async fn to_handle(app: &App, who: &Who) -> Result<Markup, Refusal> {
    let count = app.site().open_reports().await?.to_string();
    Ok(html! { p { (who.say("site-reports-open", &[("count", &count)])) } })
}

fn table(app: &App, who: &Who, reports: &[Report]) -> Markup {
    html! {
        div.scroll role="region" aria-label=(who.say("site-office-reports", &[])) tabindex="0" {
            table {
                thead { tr {
                    th scope="col" { (who.say("site-me-battle", &[])) }
                    th scope="col" { (who.say("site-report-contest", &[])) }
                    th scope="col" { (who.say("site-report-when", &[])) }
                    th scope="col" { (who.say("site-report-text", &[])) }
                    th scope="col" { (who.say("site-report-state", &[])) }
                } }
                tbody {
                    @for report in reports {
                        @let name = battle_name(report.battle);
                        tr {
                            th scope="row" { a href=(format!("/office/reports/{name}")) { code { (name) } } }
                            td { (contest(app, who, report)) }
                            td.date { time { (moment_in_korea(report.reported_ms)) } }
                            td { bdi { (drawn(&report.text, Place::Line)) } }
                            td { (who.say(state(report), &[])) }
                        }
                    }
                }
            }
        }
    }
}

/// The title of the report's contest; its address where the programme no longer has it.
fn contest(app: &App, who: &Who, report: &Report) -> String {
    let held = app.contests().of(&report.stage, &report.criterion);
    held.map_or_else(
        || format!("{} · {}", report.stage, report.criterion),
        |held| title(held, who.language()),
    )
}

/// What has become of a report.
fn state(report: &Report) -> &'static str {
    match (report.handled_ms.is_some(), report.is_held_back) {
        (false, true) => "site-report-open",
        (false, false) => "site-report-late",
        (true, true) => "site-report-stays",
        (true, false) => "site-report-harmless",
    }
}

async fn show(State(app): State<App>, who: Who, Path(name): Path<String>) -> Result<Page, Refusal> {
    let id = parse(&name).ok_or_else(Refusal::not_found)?;
    let reports = app.site().reports_of(id).await?;
    let newest = reports.iter().max_by_key(|report| report.reported_ms).ok_or_else(Refusal::not_found)?;
    let battle = app.site().battle(id).await?.ok_or_else(Refusal::not_found)?;
    let held = app.contests().of(&newest.stage, &newest.criterion).filter(|_| newest.is_closed);
    let sides = held.map(|held| contestants(&who, held, &battle));
    let body = html! {
        p { (contest(&app, &who, newest)) }
        h2 { (who.say("site-office-reports", &[])) }
        ul {
            @for report in &reports {
                li {
                    time { (moment_in_korea(report.reported_ms)) } " — "
                    bdi { (drawn(&report.text, Place::Line)) } " — "
                    (who.say(state(report), &[]))
                }
            }
        }
        @if who.role() == Some(Role::Office) { (handling(&who, &name, newest)) }
        @if has_text(&battle) { (conversation(&who, &battle, sides.as_ref(), None)) }
        @else { p { (who.say("site-report-deleted", &[])) } }
        p { a href="/office/reports" { (who.say("site-reports-list", &[])) } }
    };
    Ok(page(&who, &who.say("site-report-title", &[("battle", &name)]), &body))
}

/// Whether anything of a conversation was not deleted.
fn has_text(battle: &Battle) -> bool {
    battle.turns.iter().any(|turn| {
        let mut answers = turn.answers.iter().flat_map(|(left, right)| [left, right]);
        !turn.prompt.is_empty() || answers.any(|answer| !answer.text.is_empty())
    })
}

/// The form of what the office found. `seen` says up to when it has read what was reported.
fn handling(who: &Who, name: &str, newest: &Report) -> Markup {
    let (about, choices) = if newest.is_closed {
        ("site-report-handle-closed", [None, Some(("stays", "site-report-handled-do"))])
    } else {
        let harmless = Some(("harmless", "site-report-harmless-do"));
        ("site-report-handle-about", [harmless, Some(("stays", "site-report-stays-do"))])
    };
    html! {
        h2 { (who.say("site-report-handle", &[])) }
        p { (who.say(about, &[])) }
        form.stacked method="post" action=(format!("/office/reports/{name}/handled")) {
            (csrf_field(who))
            input type="hidden" name="seen" value=(newest.reported_ms);
            @for (found, said) in choices.into_iter().flatten() {
                button name="found" value=(found) { (who.say(said, &[])) }
            }
        }
    }
}

async fn handle(State(app): State<App>, Path(name): Path<String>, body: Bytes) -> Result<Redirect, Refusal> {
    let id = parse(&name).ok_or_else(Refusal::not_found)?;
    let fields = Fields::read(&body);
    let is_harmless = match fields.one("found") {
        "harmless" => true,
        "stays" => false,
        _ => return Err(Refusal::bad_form("found")),
    };
    let seen_ms: i64 = fields.one("seen").parse().map_err(|_| Refusal::bad_form("seen"))?;
    app.site().handle_reports(id, is_harmless, seen_ms, app.now_ms()).await?;
    Ok(Redirect::to(&format!("/office/reports/{name}")))
}
