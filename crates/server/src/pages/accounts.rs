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
use axum::http::StatusCode;
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

/// A form of this page as it was sent, where it could not be taken: it is drawn again with what was typed.
#[derive(Clone, Copy, Debug)]
pub(super) enum Typed<'a> {
    Nothing,
    Account(&'a NewAccount),
    Role(&'a people::Given),
    /// The number of somebody to disable.
    Person(&'a str),
}

/// The page; `above` is what is to be said above all else.
pub(super) async fn draw(app: &App, who: &Who, above: Markup) -> Result<Page, Refusal> {
    draw_with(app, who, &above, Typed::Nothing).await
}

/// The page again, with the message of what is wrong with a form.
pub(super) async fn refuse(app: &App, who: &Who, problem: &str, typed: Typed<'_>) -> Result<Page, Refusal> {
    let above = html! { div.notice.bad role="alert" { p.said { (who.say(problem, &[])) } } };
    Ok(draw_with(app, who, &above, typed).await?.status(StatusCode::UNPROCESSABLE_ENTITY))
}

async fn draw_with(app: &App, who: &Who, above: &Markup, typed: Typed<'_>) -> Result<Page, Refusal> {
    let (staff, names) = (app.site().staff().await?, app.site().account_names().await?);
    let is_office = who.role() == Some(Role::Office);
    let body = html! {
        (above)
        h2 #people { (who.say("site-accounts-people", &[])) }
        (staff::table(who, &staff, &names))
        @if is_office {
            h2 { (who.say("site-accounts-new", &[])) }
            (new_account(app, who, typed))
            h2 { (who.say("site-people", &[])) }
            (people::form(app, who, typed))
            h2 { (who.say("site-disable", &[])) }
            (staff::disabling(who, typed))
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

/// The field of a team: those of the programme, or any where there is no programme.
pub(super) fn team_field(app: &App, who: &Who, id: &str, chosen: &str) -> Markup {
    let teams = app.programme().map(|programme| programme.teams.as_slice()).unwrap_or_default();
    let about = format!("{id}-about");
    html! {
        div.field {
            label for=(id) { (who.say("site-accounts-team", &[])) }
            @if teams.is_empty() {
                input id=(id) name="team" value=(chosen) maxlength="64" autocapitalize="none" aria-describedby=(about);
            } @else {
                select id=(id) name="team" aria-describedby=(about) {
                    option value="" { "–" }
                    @for team in teams {
                        option value=(team.id) selected[team.id.as_str() == chosen] { (team.name.get(who.language())) }
                    }
                }
            }
            p.soft id=(about) { (who.say("site-accounts-team-about", &[])) }
        }
    }
}

/// The field of a role.
pub(super) fn role_field(who: &Who, id: &str, roles: &[(&str, Role)], chosen: &str) -> Markup {
    html! {
        div.field {
            label for=(id) { (who.say("site-accounts-role", &[])) }
            select id=(id) name="role" {
                @for (word, role) in roles {
                    option value=(word) selected[*word == chosen] { (who.say(role_message(*role), &[])) }
                }
            }
        }
    }
}

fn new_account(app: &App, who: &Who, typed: Typed<'_>) -> Markup {
    let (name, role, team) = match typed {
        Typed::Account(kept) => (kept.name.as_str(), kept.role.as_str(), kept.team.trim()),
        Typed::Nothing | Typed::Role(_) | Typed::Person(_) => ("", "", ""),
    };
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
                input #name name="name" value=(name) required maxlength="64" autocomplete="off" autocapitalize="none"
                    spellcheck="false" aria-describedby="name-about";
                p.soft #name-about { (who.say("site-field-name-about", &[])) }
            }
            (role_field(who, "role", &roles, role))
            (team_field(app, who, "team", team))
            button type="submit" { (who.say("site-accounts-make", &[])) }
        }
    }
}

#[derive(Debug, Deserialize)]
pub(super) struct NewAccount {
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
    let typed = Typed::Account(&form);
    let Some(name) = account_name(&form.name) else {
        return refuse(&app, &who, "site-wrong-name", typed).await;
    };
    let role = match form.role.as_str() {
        "expert" => Role::Expert,
        "team" => Role::Team,
        "auditor" => Role::Auditor,
        "office" => Role::Office,
        _ => return refuse(&app, &who, "site-wrong-role", typed).await,
    };
    let team = match role {
        Role::Team => match known_team(&app, form.team.trim()) {
            None => return refuse(&app, &who, "site-wrong-team", typed).await,
            known => known,
        },
        Role::Office | Role::Expert | Role::Citizen | Role::Auditor => None,
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

/// A team of the programme, or any id where there is no programme; none where there is no such team.
pub(crate) fn known_team(app: &App, text: &str) -> Option<TeamId> {
    let team = TeamId::new(text).ok()?;
    let is_known =
        app.programme().is_none_or(|programme| programme.teams.iter().any(|known| known.id == team));
    is_known.then_some(team)
}
