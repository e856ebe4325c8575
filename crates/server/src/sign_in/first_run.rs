//! `/first-run`: whoever holds the link makes the office's account, once.

use super::password::PASSWORD_BYTES;
use super::{account_name, enter};
use crate::app::App;
use crate::page::{Page, csrf_field, page};
use crate::refusal::Refusal;
use crate::route::{Rate, Roles, Route};
use crate::who::Who;
use axum::Form;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use daepyo_store::site::Role;
use maud::html;
use serde::Deserialize;

pub(super) fn rows() -> Vec<Route> {
    vec![
        Route::get("/first-run", Roles::ANYONE, show).rate(Rate::SignIn),
        Route::post("/first-run", Roles::ANYONE, make).rate(Rate::SignIn).body(4 << 10),
    ]
}

#[derive(Deserialize)]
struct Given {
    #[serde(default)]
    token: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    password: String,
}

/// Refuses once there is an office, and whoever does not hold the link.
async fn admit(app: &App, token: &str) -> Result<(), Refusal> {
    if !app.site().is_new().await? {
        return Err(Refusal::gone());
    }
    if app.keys().is_first_run(token) { Ok(()) } else { Err(Refusal::forged()) }
}

async fn show(State(app): State<App>, who: Who, Query(given): Query<Given>) -> Result<Page, Refusal> {
    admit(&app, &given.token).await?;
    Ok(draw(&who, &given, None))
}

fn draw(who: &Who, given: &Given, problem: Option<&'static str>) -> Page {
    // After a form the token is in no address any more, and without it there is no page.
    let mut back = url::form_urlencoded::Serializer::new(String::new());
    back.append_pair("token", &given.token);
    who.lead_back_to(format!("/first-run?{}", back.finish()));
    let body = html! {
        p.lead { (who.say("site-first-run-about", &[])) }
        @if let Some(problem) = problem {
            div.notice.bad role="alert" { p.said { (who.say(problem, &[])) } }
        }
        form.stacked method="post" action="/first-run" {
            (csrf_field(who))
            input type="hidden" name="token" value=(given.token);
            div.field {
                label for="name" { (who.say("site-field-name", &[])) }
                input #name name="name" required maxlength="64" value=(given.name) autocomplete="username" autocapitalize="none"
                    spellcheck="false" aria-describedby="name-about";
                p.soft #name-about { (who.say("site-field-name-about", &[])) }
            }
            div.field {
                label for="password" { (who.say("site-field-password", &[])) }
                input #password name="password" type="password" required minlength="12" maxlength="256"
                    autocomplete="new-password" aria-describedby="password-about";
                p.soft #password-about { (who.say("site-field-password-about", &[])) }
            }
            button type="submit" { (who.say("site-first-run-make", &[])) }
        }
    };
    page(who, &who.say("site-first-run", &[]), &body)
}

async fn make(State(app): State<App>, who: Who, Form(given): Form<Given>) -> Result<Response, Refusal> {
    // Two that hold the link at once must not both become the office.
    let _only = app.first_run().lock().await;
    admit(&app, &given.token).await?;
    let wrong = |problem| {
        Ok(draw(&who, &given, Some(problem)).status(StatusCode::UNPROCESSABLE_ENTITY).into_response())
    };
    let Some(name) = account_name(&given.name) else { return wrong("site-field-name-about") };
    if !PASSWORD_BYTES.contains(&given.password.len()) {
        return wrong("site-field-password-about");
    }
    let hash = app.passwords().hash(given.password.clone()).await?;
    let person = app.site().add_account(&name, &hash, Role::Office, None, app.now_ms()).await?;
    enter(&app, &who, person, "/office/accounts").await
}
