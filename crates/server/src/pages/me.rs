//! `/me`: what the site knows of whoever is signed in, and their passkeys.

use crate::app::App;
use crate::page::{Page, csrf_field, page};
use crate::pages::accounts::role_message;
use crate::pages::{password, sessions};
use crate::programme::day_in_korea;
use crate::refusal::Refusal;
use crate::route::{Rate, Roles, Route};
use crate::sign_in::passkey::{self, Purpose};
use crate::who::Who;
use axum::Form;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use daepyo_core::TeamId;
use daepyo_store::site::{Passkey, SiteError};
use maud::{Markup, html};
use serde::Deserialize;

/// Passkeys of one person at most.
const MOST_PASSKEYS: usize = 10;

pub(super) fn rows() -> Vec<Route> {
    vec![
        Route::get("/me", Roles::SIGNED_IN, show).nav("site-nav-me"),
        Route::post("/me/passkeys", Roles::SIGNED_IN, add).rate(Rate::Write).body(passkey::BODY_BYTES),
        Route::post("/me/passkeys/remove", Roles::SIGNED_IN, remove).rate(Rate::Write).body(8 << 10),
    ]
}

async fn show(State(app): State<App>, who: Who) -> Result<Page, Refusal> {
    draw(&app, &who, None, None).await
}

/// The page with what was done.
pub(super) async fn done(app: &App, who: &Who, said: &'static str) -> Result<Page, Refusal> {
    draw(app, who, Some(said), None).await
}

/// A team by the programme's name; its id where the programme does not have it.
fn team_name(app: &App, who: &Who, id: &TeamId) -> String {
    let team = app.programme().and_then(|programme| programme.teams.iter().find(|team| team.id == *id));
    team.map_or_else(|| id.to_string(), |team| team.name.get(who.language()).to_owned())
}

async fn draw(
    app: &App,
    who: &Who,
    said: Option<&'static str>,
    problem: Option<&'static str>,
) -> Result<Page, Refusal> {
    let person = who.person().ok_or_else(Refusal::signed_out)?;
    let sessions = app.site().sessions_of(person.id, app.now_ms()).await?;
    let account = app.site().account_of(person.id).await?;
    let passkeys = app.site().passkeys(person.id).await?;
    let number = person.id.0.to_string();
    let body = html! {
        @if let Some(said) = said { div.notice role="status" { p.said { (who.say(said, &[])) } } }
        @if let Some(problem) = problem {
            div.notice.bad role="alert" { p.said { (who.say(problem, &[])) } }
        }
        dl.facts {
            dt { (who.say("site-accounts-number", &[])) }
            dd { (number) }
            dt { (who.say("site-accounts-role", &[])) }
            dd { (who.say(role_message(person.role), &[])) }
            @if let Some(team) = &person.team {
                dt { (who.say("site-accounts-team", &[])) }
                dd { (team_name(app, who, team)) }
            }
            dt { (who.say("site-accounts-since", &[])) }
            dd { time { (day_in_korea(person.since_ms)) } }
        }
        p.soft { (who.say("site-me-about", &[])) }
        h2 #passkeys { (who.say("site-passkeys", &[])) }
        p { (who.say("site-passkeys-about", &[])) }
        @if !passkeys.is_empty() { (list(who, &passkeys)) }
        @match passkey::site_id(app.settings()) {
            None => p { (who.say("site-passkeys-name", &[])) },
            Some(_) if passkeys.len() >= MOST_PASSKEYS => p { (who.say("site-passkeys-full", &[])) },
            Some(site) => (form(app, who, site, &passkeys)),
        }
        @if let Some((name, _)) = &account { (password::form(who, name)) }
        (sessions::list(app, who, &sessions))
    };
    Ok(page(who, &who.say("site-nav-me", &[]), &body))
}

fn list(who: &Who, passkeys: &[Passkey]) -> Markup {
    html! {
        div.scroll role="region" aria-labelledby="passkeys" tabindex="0" {
            table {
                thead { tr {
                    th scope="col" { (who.say("site-passkey", &[])) }
                    th scope="col" { (who.say("site-passkey-added", &[])) }
                    th scope="col" { (who.say("site-passkey-remove", &[])) }
                } }
                tbody {
                    @for passkey in passkeys {
                        @let id = BASE64_URL_SAFE_NO_PAD.encode(&passkey.credential);
                        @let short = id.get(..8).unwrap_or(&id);
                        tr {
                            th scope="row" { code { (short) } }
                            td.date {
                                @if let Some((added_ms, _)) = passkey::read_kept(&passkey.kept) {
                                    time { (day_in_korea(added_ms)) }
                                }
                            }
                            td {
                                form method="post" action="/me/passkeys/remove" {
                                    (csrf_field(who))
                                    input type="hidden" name="credential" value=(id);
                                    button.plain type="submit" aria-label=(who.say("site-passkey-remove-this", &[("id", short)])) {
                                        (who.say("site-passkey-remove", &[]))
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

fn form(app: &App, who: &Who, site: &str, passkeys: &[Passkey]) -> Markup {
    let known: Vec<_> =
        passkeys.iter().map(|passkey| BASE64_URL_SAFE_NO_PAD.encode(&passkey.credential)).collect();
    let person = who.person().map(|person| person.id);
    let handle =
        person.map(|id| BASE64_URL_SAFE_NO_PAD.encode(passkey::handle(app.keys(), id))).unwrap_or_default();
    let number = person.map(|id| id.0.to_string()).unwrap_or_default();
    let name = who.say("site-passkey-person", &[("site", site), ("number", &number)]);
    html! {
        form.stacked method="post" action="/me/passkeys" data-passkey="add" data-site=(site) data-site-name=(site)
            data-handle=(handle) data-person=(name) data-known=(known.join(" ")) {
            (csrf_field(who))
            input type="hidden" name="challenge" value=(passkey::challenge(app, who, Purpose::Add));
            input type="hidden" name="client_data" value="";
            input type="hidden" name="attestation" value="";
            (passkey::status(who))
            button type="submit" { (who.say("site-passkey-add", &[])) }
        }
        (passkey::script())
    }
}

/// The page with what went wrong.
pub(super) async fn again(app: &App, who: &Who, problem: &'static str) -> Result<Response, Refusal> {
    let page = draw(app, who, None, Some(problem)).await?;
    Ok(page.status(StatusCode::UNPROCESSABLE_ENTITY).into_response())
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct New {
    challenge: String,
    client_data: String,
    attestation: String,
}

async fn add(State(app): State<App>, who: Who, Form(new): Form<New>) -> Result<Response, Refusal> {
    if passkey::site_id(app.settings()).is_none() {
        return Err(Refusal::not_found());
    }
    if new.attestation.is_empty() {
        return again(&app, &who, "site-passkey-script").await;
    }
    let person = who.id()?;
    if app.site().passkeys(person).await?.len() >= MOST_PASSKEYS {
        return again(&app, &who, "site-passkeys-full").await;
    }
    let made = passkey::register(&app, &who, &new.challenge, &new.client_data, &new.attestation).await?;
    let kept = made.as_ref().and_then(|made| passkey::kept(&made.key, app.now_ms()));
    let (Some(made), Some(kept)) = (made, kept) else {
        return again(&app, &who, "site-passkey-wrong").await;
    };
    let passkey = Passkey { person, credential: made.credential, kept, counter: made.counter };
    match app.site().add_passkey(&passkey, app.now_ms()).await {
        Ok(()) => Ok(Redirect::to("/me#passkeys").into_response()),
        Err(SiteError::Taken) => again(&app, &who, "site-passkey-taken").await,
        Err(error) => Err(error.into()),
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Old {
    credential: String,
}

async fn remove(State(app): State<App>, who: Who, Form(old): Form<Old>) -> Result<Response, Refusal> {
    let credential = BASE64_URL_SAFE_NO_PAD.decode(&old.credential);
    let credential = credential.map_err(|_| Refusal::bad_form("credential"))?;
    // One that is not there, or somebody else's, is removed already as far as this person is concerned.
    app.site().remove_passkey(who.id()?, &credential).await?;
    Ok(Redirect::to("/me#passkeys").into_response())
}
