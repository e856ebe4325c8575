//! What the office does to accounts: a new password, disabled, let in again.

use crate::app::App;
use crate::page::{Page, csrf_field};
use crate::pages::accounts::{Typed, draw, refuse, role_message};
use crate::programme::day_in_korea;
use crate::refusal::Refusal;
use crate::route::{Rate, Roles, Route};
use crate::sign_in::generated_password;
use crate::who::Who;
use axum::Form;
use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};
use daepyo_store::site::{Person, PersonId, Role, SiteError};
use maud::{Markup, html};
use serde::Deserialize;

pub(super) fn rows() -> Vec<Route> {
    vec![
        Route::post("/office/accounts/reset", Roles::OFFICE, reset).rate(Rate::Write).body(4 << 10),
        Route::post("/office/accounts/disable", Roles::OFFICE, disable).rate(Rate::Write).body(4 << 10),
        Route::post("/office/accounts/enable", Roles::OFFICE, enable).rate(Rate::Write).body(4 << 10),
    ]
}

/// Everyone who has a role, with what the office can do; others see the same without the buttons.
pub(super) fn table(who: &Who, staff: &[Person], names: &[(PersonId, String)]) -> Markup {
    let is_office = who.role() == Some(Role::Office);
    let own = who.person().map(|person| person.id);
    html! {
        div.scroll role="region" aria-labelledby="people" tabindex="0" {
            table {
                thead {
                    tr {
                        th scope="col" { (who.say("site-accounts-number", &[])) }
                        th scope="col" { (who.say("site-field-name", &[])) }
                        th scope="col" { (who.say("site-accounts-role", &[])) }
                        th scope="col" { (who.say("site-accounts-team", &[])) }
                        th scope="col" { (who.say("site-accounts-since", &[])) }
                        th scope="col" { (who.say("site-accounts-state", &[])) }
                        @if is_office { th scope="col" { (who.say("site-accounts-actions", &[])) } }
                    }
                }
                tbody {
                    @for person in staff {
                        @let name = name_of(names, person.id);
                        tr {
                            th scope="row" { (person.id.0) }
                            td { @if let Some(name) = name { (name) } }
                            td { (who.say(role_message(person.role), &[])) }
                            td { @if let Some(team) = &person.team { (team) } }
                            td.date { time { (day_in_korea(person.since_ms)) } }
                            td { (state(who, person)) }
                            @if is_office {
                                td { @if own != Some(person.id) { (actions(who, person, name.is_some())) } }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn name_of(names: &[(PersonId, String)], person: PersonId) -> Option<&str> {
    let place = names.binary_search_by_key(&person, |(id, _)| *id).ok()?;
    names.get(place).map(|(_, name)| name.as_str())
}

fn state(who: &Who, person: &Person) -> String {
    match person.disabled_ms {
        None => who.say("site-accounts-active", &[]),
        Some(since_ms) => who.say("site-accounts-disabled", &[("day", &day_in_korea(since_ms).to_string())]),
    }
}

fn actions(who: &Who, person: &Person, has_account: bool) -> Markup {
    let number = person.id.0.to_string();
    let named = [("number", number.as_str())];
    let button = |path: &str, word: &str, whole: &str| {
        html! {
            form method="post" action=(path) {
                (csrf_field(who))
                input type="hidden" name="person" value=(number);
                button.plain type="submit" aria-label=(who.say(whole, &named)) { (who.say(word, &[])) }
            }
        }
    };
    html! {
        @if has_account {
            (button("/office/accounts/reset", "site-accounts-reset", "site-accounts-reset-this"))
        }
        @if person.disabled_ms.is_some() {
            (button("/office/accounts/enable", "site-accounts-enable", "site-accounts-enable-this"))
        } @else {
            (button("/office/accounts/disable", "site-accounts-disable", "site-accounts-disable-this"))
        }
    }
}

/// The form for somebody whom the table does not show: citizens.
pub(super) fn disabling(who: &Who, typed: Typed<'_>) -> Markup {
    let person = match typed {
        Typed::Person(kept) => kept,
        Typed::Nothing | Typed::Account(_) | Typed::Role(_) => "",
    };
    html! {
        p { (who.say("site-disable-about", &[])) }
        form.stacked method="post" action="/office/accounts/disable" {
            (csrf_field(who))
            div.field {
                label for="disabled" { (who.say("site-accounts-number", &[])) }
                input #disabled name="person" value=(person) required inputmode="numeric" pattern="[0-9]{1,18}" autocomplete="off";
            }
            div.actions {
                button type="submit" { (who.say("site-accounts-disable", &[])) }
                button.second type="submit" formaction="/office/accounts/enable" { (who.say("site-accounts-enable", &[])) }
            }
        }
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Named {
    person: String,
}

impl Named {
    /// Somebody else than whoever asks, so that an office does not lock itself out by a slip; or the message that says
    /// what is wrong.
    fn other(&self, who: &Who) -> Result<Result<PersonId, &'static str>, Refusal> {
        let Ok(number) = self.person.trim().parse() else { return Ok(Err("site-wrong-person")) };
        let person = PersonId(number);
        Ok(if who.id()? == person { Err("site-wrong-self-account") } else { Ok(person) })
    }
}

/// Gives an account a new password, shown this once, and ends all its sessions.
async fn reset(State(app): State<App>, who: Who, Form(named): Form<Named>) -> Result<Page, Refusal> {
    let person = match named.other(&who)? {
        Ok(person) => person,
        Err(problem) => return refuse(&app, &who, problem, Typed::Nothing).await,
    };
    let (name, _) = app.site().account_of(person).await?.ok_or_else(Refusal::not_found)?;
    let password = generated_password();
    let hash = app.passwords().hash(password.clone()).await?;
    app.site().set_password(person, &hash, None).await?;
    let above = html! {
        div.notice role="status" {
            p.said { (who.say("site-accounts-was-reset", &[("name", &name)])) }
            p { span.secret { (password) } }
            p { (who.say("site-accounts-once", &[])) }
        }
    };
    draw(&app, &who, above).await
}

async fn disable(State(app): State<App>, who: Who, Form(named): Form<Named>) -> Result<Response, Refusal> {
    let since_ms = app.now_ms();
    set_disabled(&app, &who, &named, Some(since_ms)).await
}

async fn enable(State(app): State<App>, who: Who, Form(named): Form<Named>) -> Result<Response, Refusal> {
    set_disabled(&app, &who, &named, None).await
}

/// Disables somebody from a time on, or lets them in again.
async fn set_disabled(
    app: &App,
    who: &Who,
    named: &Named,
    since_ms: Option<i64>,
) -> Result<Response, Refusal> {
    let problem = match named.other(who)? {
        Err(problem) => problem,
        Ok(person) => match app.site().set_disabled(person, since_ms).await {
            Ok(()) => return Ok(Redirect::to("/office/accounts#people").into_response()),
            Err(SiteError::Missing { .. }) => "site-wrong-nobody",
            Err(error) => return Err(error.into()),
        },
    };
    Ok(refuse(app, who, problem, Typed::Person(&named.person)).await?.into_response())
}
