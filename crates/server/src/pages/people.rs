//! `/office/people`: gives a role to somebody who has signed in before, whichever way they sign in.

use crate::app::App;
use crate::page::csrf_field;
use crate::pages::accounts::{known_team, role_message};
use crate::refusal::Refusal;
use crate::route::{Rate, Roles, Route};
use crate::who::Who;
use axum::Form;
use axum::extract::State;
use axum::response::Redirect;
use daepyo_core::TeamId;
use daepyo_store::site::{PersonId, Role};
use maud::{Markup, html};
use serde::Deserialize;

pub(super) fn rows() -> Vec<Route> {
    vec![Route::post("/office/people", Roles::OFFICE, give).rate(Rate::Write).body(4 << 10)]
}

/// Every role with its word in forms; the first is what everybody begins as.
const ROLES: [(&str, Role); 5] = [
    ("citizen", Role::Citizen),
    ("expert", Role::Expert),
    ("team", Role::Team),
    ("auditor", Role::Auditor),
    ("office", Role::Office),
];

/// The form on the page of accounts.
pub(super) fn form(who: &Who) -> Markup {
    html! {
        p { (who.say("site-people-about", &[])) }
        form.stacked method="post" action="/office/people" {
            (csrf_field(who))
            div.field {
                label for="person" { (who.say("site-accounts-number", &[])) }
                input #person name="person" required inputmode="numeric" pattern="[0-9]{1,18}" autocomplete="off";
            }
            div.field {
                label for="given-role" { (who.say("site-accounts-role", &[])) }
                select #given-role name="role" {
                    @for (word, role) in ROLES { option value=(word) { (who.say(role_message(role), &[])) } }
                }
            }
            div.field {
                label for="given-team" { (who.say("site-accounts-team", &[])) }
                input #given-team name="team" maxlength="64" autocapitalize="none" aria-describedby="given-team-about";
                p.soft #given-team-about { (who.say("site-accounts-team-about", &[])) }
            }
            button type="submit" { (who.say("site-people-give", &[])) }
        }
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Given {
    person: String,
    role: String,
    team: String,
}

/// Gives the role; not to oneself, so that an office is never without itself by a slip.
async fn give(State(app): State<App>, who: Who, Form(given): Form<Given>) -> Result<Redirect, Refusal> {
    let number = given.person.trim().parse().map_err(|_| Refusal::bad_form("person"))?;
    let person = PersonId(number);
    if who.id()? == person {
        return Err(Refusal::bad_form("person"));
    }
    let role = ROLES.iter().find(|(word, _)| *word == given.role).map(|(_, role)| *role);
    let role = role.ok_or_else(|| Refusal::bad_form("role"))?;
    let team = match role {
        Role::Team => Some(known_team(&app, given.team.trim())?),
        Role::Office | Role::Expert | Role::Citizen | Role::Auditor => None,
    };
    give_role(&app, person, role, team).await?;
    Ok(Redirect::to("/office/accounts#people"))
}

/// Gives a role to somebody who has signed in before.
pub(crate) async fn give_role(
    app: &App,
    person: PersonId,
    role: Role,
    team: Option<TeamId>,
) -> Result<(), Refusal> {
    app.site().person(person).await?.ok_or_else(Refusal::not_found)?;
    Ok(app.site().set_role(person, role, team).await?)
}
