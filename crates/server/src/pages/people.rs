//! `/office/people`: gives a role to somebody who has signed in before, whichever way they sign in.

use crate::app::App;
use crate::page::csrf_field;
use crate::pages::accounts::{Typed, known_team, refuse, role_field, team_field};
use crate::refusal::Refusal;
use crate::route::{Rate, Roles, Route};
use crate::who::Who;
use axum::Form;
use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};
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
pub(super) fn form(app: &App, who: &Who, typed: Typed<'_>) -> Markup {
    let (person, role, team) = match typed {
        Typed::Role(kept) => (kept.person.as_str(), kept.role.as_str(), kept.team.trim()),
        Typed::Nothing | Typed::Account(_) | Typed::Person(_) => ("", "", ""),
    };
    html! {
        p { (who.say("site-people-about", &[])) }
        form.stacked method="post" action="/office/people" {
            (csrf_field(who))
            div.field {
                label for="person" { (who.say("site-accounts-number", &[])) }
                input #person name="person" value=(person) required inputmode="numeric" pattern="[0-9]{1,18}" autocomplete="off";
            }
            (role_field(who, "given-role", &ROLES, role))
            (team_field(app, who, "given-team", team))
            button type="submit" { (who.say("site-people-give", &[])) }
        }
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Given {
    person: String,
    role: String,
    team: String,
}

async fn give(State(app): State<App>, who: Who, Form(given): Form<Given>) -> Result<Response, Refusal> {
    match read(&app, &who, &given).await? {
        Ok((person, role, team)) => {
            give_role(&app, person, role, team).await?;
            Ok(Redirect::to("/office/accounts#people").into_response())
        }
        Err(problem) => Ok(refuse(&app, &who, problem, Typed::Role(&given)).await?.into_response()),
    }
}

/// Who is to get which role, and for which team.
type Wanted = (PersonId, Role, Option<TeamId>);

/// What is wanted, or the message that says what is wrong; not oneself, so that an office is never without
/// itself by a slip.
async fn read(app: &App, who: &Who, given: &Given) -> Result<Result<Wanted, &'static str>, Refusal> {
    let Ok(number) = given.person.trim().parse() else { return Ok(Err("site-wrong-person")) };
    let person = PersonId(number);
    if who.id()? == person {
        return Ok(Err("site-wrong-self-role"));
    }
    let Some((_, role)) = ROLES.into_iter().find(|(word, _)| *word == given.role) else {
        return Ok(Err("site-wrong-role"));
    };
    let team = match role {
        Role::Team => match known_team(app, given.team.trim()) {
            None => return Ok(Err("site-wrong-team")),
            known => known,
        },
        Role::Office | Role::Expert | Role::Citizen | Role::Auditor => None,
    };
    if app.site().person(person).await?.is_none() {
        return Ok(Err("site-wrong-nobody"));
    }
    Ok(Ok((person, role, team)))
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
