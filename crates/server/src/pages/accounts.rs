//! `/office/accounts`: accounts for experts, teams and auditors.

use crate::app::App;
use crate::page::{Page, csrf_field, page};
use crate::pages::{people, staff};
use crate::refusal::Refusal;
use crate::route::{Rate, Roles, Route};
use crate::sign_in::{account_name, generated_password};
use crate::who::Who;
use axum::Form;
use axum::extract::State;
use daepyo_core::TeamId;
use daepyo_store::site::{PersonId, Role};
use maud::{Markup, html};
use serde::Deserialize;

pub(super) fn rows() -> Vec<Route> {
    vec![
        Route::get("/office/accounts", Roles::SEES_OFFICE, list).nav("site-nav-accounts"),
        Route::post("/office/accounts", Roles::OFFICE, add).rate(Rate::Write),
    ]
}

async fn list(State(app): State<App>, who: Who) -> Result<Page, Refusal> {
    draw(&app, &who, html! {}).await
}

/// The page; `above` is what is to be said above all else.
pub(super) async fn draw(app: &App, who: &Who, above: Markup) -> Result<Page, Refusal> {
    let (staff, names) = (app.site().staff().await?, app.site().account_names().await?);
    let is_office = who.role() == Some(Role::Office);
    let body = html! {
        (above)
        h2 #people { (who.say("site-accounts-people", &[])) }
        (staff::table(who, &staff, &names))
        @if is_office {
            h2 { (who.say("site-accounts-new", &[])) }
            (new_account(app, who))
            h2 { (who.say("site-people", &[])) }
            (people::form(who))
            h2 { (who.say("site-disable", &[])) }
            (staff::disabling(who))
        }
        p { a href="/office/codes" { (who.say("site-codes", &[])) } }
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
