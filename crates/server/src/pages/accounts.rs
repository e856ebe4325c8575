//! `/office/accounts`: accounts for experts, teams and auditors, and access codes for citizens.

use crate::app::App;
use crate::page::{Page, csrf_field, page};
use crate::pages::people;
use crate::programme::day_in_korea;
use crate::refusal::Refusal;
use crate::route::{Rate, Roles, Route};
use crate::sign_in::{account_name, code, generated_password};
use crate::who::Who;
use axum::Form;
use axum::extract::State;
use daepyo_core::TeamId;
use daepyo_store::site::{PersonId, Role};
use maud::{Markup, html};
use serde::Deserialize;

/// Codes that are made at once, at most: a page of them must be printed.
pub(crate) const MOST_CODES: u32 = 1000;

pub(super) fn rows() -> Vec<Route> {
    vec![
        Route::get("/office/accounts", Roles::SEES_OFFICE, list).nav("site-nav-accounts"),
        Route::post("/office/accounts", Roles::OFFICE, add).rate(Rate::Write),
        Route::post("/office/codes", Roles::OFFICE, make_codes).rate(Rate::Write),
    ]
}

async fn list(State(app): State<App>, who: Who) -> Result<Page, Refusal> {
    draw(&app, &who, html! {}).await
}

async fn draw(app: &App, who: &Who, above: Markup) -> Result<Page, Refusal> {
    let staff = app.site().staff().await?;
    let body = html! {
        (above)
        h2 #people { (who.say("site-accounts-people", &[])) }
        div.scroll role="region" aria-labelledby="people" tabindex="0" {
            table {
                thead {
                    tr {
                        th scope="col" { (who.say("site-accounts-number", &[])) }
                        th scope="col" { (who.say("site-accounts-role", &[])) }
                        th scope="col" { (who.say("site-accounts-team", &[])) }
                        th scope="col" { (who.say("site-accounts-since", &[])) }
                    }
                }
                tbody {
                    @for person in &staff {
                        tr {
                            th scope="row" { (person.id.0) }
                            td { (who.say(role_message(person.role), &[])) }
                            td { @if let Some(team) = &person.team { (team) } }
                            td.date { time { (day_in_korea(person.since_ms)) } }
                        }
                    }
                }
            }
        }
        @if who.role() == Some(Role::Office) {
            h2 { (who.say("site-accounts-new", &[])) }
            (new_account(app, who))
            h2 { (who.say("site-people", &[])) }
            (people::form(who))
            h2 { (who.say("site-codes", &[])) }
            p { (who.say("site-codes-about", &[])) }
            (new_codes(who))
        }
    };
    Ok(page(who, &who.say("site-nav-accounts", &[]), &body))
}

/// The message that names a role.
pub(super) fn role_message(role: Role) -> &'static str {
    match role {
        Role::Office => "site-role-office",
        Role::Team => "site-role-team",
        Role::Expert => "site-role-expert",
        Role::Citizen => "site-role-citizen",
        Role::Auditor => "site-role-auditor",
    }
}

fn new_account(app: &App, who: &Who) -> Markup {
    let teams = app.programme().map(|programme| programme.teams.as_slice()).unwrap_or_default();
    let roles = [
        ("expert", Role::Expert),
        ("team", Role::Team),
        ("auditor", Role::Auditor),
        ("office", Role::Office),
    ];
    html! {
        form.stacked method="post" action="/office/accounts" {
            (csrf_field(who))
            div.field {
                label for="name" { (who.say("site-field-name", &[])) }
                input #name name="name" required maxlength="64" autocomplete="off" autocapitalize="none" spellcheck="false"
                    aria-describedby="name-about";
                p.soft #name-about { (who.say("site-field-name-about", &[])) }
            }
            div.field {
                label for="role" { (who.say("site-accounts-role", &[])) }
                select #role name="role" {
                    @for (word, role) in roles { option value=(word) { (who.say(role_message(role), &[])) } }
                }
            }
            div.field {
                label for="team" { (who.say("site-accounts-team", &[])) }
                @if teams.is_empty() {
                    input #team name="team" maxlength="64" autocapitalize="none" aria-describedby="team-about";
                } @else {
                    select #team name="team" aria-describedby="team-about" {
                        option value="" { "–" }
                        @for team in teams { option value=(team.id) { (team.name.get(who.language())) } }
                    }
                }
                p.soft #team-about { (who.say("site-accounts-team-about", &[])) }
            }
            button type="submit" { (who.say("site-accounts-make", &[])) }
        }
    }
}

fn new_codes(who: &Who) -> Markup {
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

#[derive(Deserialize)]
struct NewAccount {
    #[serde(default)]
    name: String,
    #[serde(default)]
    role: String,
    #[serde(default)]
    team: String,
}

/// Makes an account. Gives its number and its password, which the site does not keep.
pub(crate) async fn make_account(
    app: &App,
    name: &str,
    role: Role,
    team: Option<TeamId>,
) -> Result<(PersonId, String), Refusal> {
    let password = generated_password();
    let hash = app.passwords().hash(password.clone()).await?;
    let person = app.site().add_account(name, &hash, role, team, app.now_ms()).await?;
    Ok((person, password))
}

/// Makes an account and shows its password, this once.
async fn add(State(app): State<App>, who: Who, Form(form): Form<NewAccount>) -> Result<Page, Refusal> {
    let name = account_name(&form.name).ok_or_else(|| Refusal::bad_form("name"))?;
    let role = match form.role.as_str() {
        "expert" => Role::Expert,
        "team" => Role::Team,
        "auditor" => Role::Auditor,
        "office" => Role::Office,
        _ => return Err(Refusal::bad_form("role")),
    };
    let team = match (role, form.team.trim()) {
        (Role::Team, team) => Some(known_team(&app, team)?),
        (Role::Office | Role::Expert | Role::Citizen | Role::Auditor, _) => None,
    };
    let (_, password) = make_account(&app, &name, role, team).await?;
    let above = html! {
        div.notice role="status" {
            p.said { (who.say("site-accounts-made", &[("name", &name)])) }
            p { span.secret { (password) } }
            p { (who.say("site-accounts-once", &[])) }
        }
    };
    draw(&app, &who, above).await
}

/// A team of the programme, or any id where there is no programme.
pub(crate) fn known_team(app: &App, text: &str) -> Result<TeamId, Refusal> {
    let team = TeamId::new(text).map_err(|_| Refusal::bad_form("team"))?;
    match app.programme() {
        Some(programme) if !programme.teams.iter().any(|known| known.id == team) => {
            Err(Refusal::bad_form("team"))
        }
        Some(_) | None => Ok(team),
    }
}

#[derive(Deserialize)]
struct NewCodes {
    #[serde(default)]
    count: String,
}

/// Draws so many access codes.
pub(crate) fn draw_codes(app: &App, count: u32) -> Vec<String> {
    (0..count).map(|_| code::draw_code(app.keys())).collect()
}

/// Makes access codes and shows them, this once: the site does not keep them.
async fn make_codes(State(app): State<App>, who: Who, Form(form): Form<NewCodes>) -> Result<Page, Refusal> {
    let count: u32 = form.count.trim().parse().map_err(|_| Refusal::bad_form("count"))?;
    if !(1..=MOST_CODES).contains(&count) {
        return Err(Refusal::bad_form("count"));
    }
    let codes = draw_codes(&app, count);
    let body = html! {
        div.notice role="status" {
            p.said { (who.say("site-codes-made", &[("count", &count.to_string())])) }
            p { (who.say("site-codes-once", &[])) }
        }
        ol.codes { @for code in &codes { li { code { (code) } } } }
        p { a href="/office/accounts" { (who.say("site-nav-accounts", &[])) } }
    };
    Ok(page(&who, &who.say("site-codes", &[]), &body))
}
