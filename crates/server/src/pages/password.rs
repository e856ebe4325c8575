//! `/me/password`: whoever has a local account changes its password.

use crate::app::App;
use crate::page::csrf_field;
use crate::pages::me;
use crate::refusal::Refusal;
use crate::route::{Rate, Roles, Route};
use crate::sign_in::{change, is_long_enough};
use crate::who::Who;
use axum::Form;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use maud::{Markup, html};
use serde::Deserialize;

pub(super) fn rows() -> Vec<Route> {
    vec![Route::post("/me/password", Roles::SIGNED_IN, take).rate(Rate::SignIn).body(4 << 10)]
}

/// The form on `/me`. The name stands in it for programs that keep passwords.
pub(super) fn form(who: &Who, name: &str) -> Markup {
    html! {
        h2 #password { (who.say("site-password", &[])) }
        p { (who.say("site-password-about", &[])) }
        form.stacked method="post" action="/me/password" {
            (csrf_field(who))
            div.field {
                label for="account" { (who.say("site-field-name", &[])) }
                input #account name="account" value=(name) readonly autocomplete="username";
            }
            div.field {
                label for="old" { (who.say("site-password-old", &[])) }
                input #old name="old" type="password" required maxlength="256" autocomplete="current-password";
            }
            div.field {
                label for="new" { (who.say("site-password-new", &[])) }
                input #new name="new" type="password" required minlength="12" maxlength="256" autocomplete="new-password"
                    aria-describedby="new-about";
                p.soft #new-about { (who.say("site-field-password-about", &[])) }
            }
            div.field {
                label for="again" { (who.say("site-password-again", &[])) }
                input #again name="again" type="password" required minlength="12" maxlength="256"
                    autocomplete="new-password";
            }
            button type="submit" { (who.say("site-password-change", &[])) }
        }
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Given {
    old: String,
    new: String,
    again: String,
}

async fn take(State(app): State<App>, who: Who, Form(given): Form<Given>) -> Result<Response, Refusal> {
    if !is_long_enough(&given.new) {
        return me::again(&app, &who, "site-field-password-about").await;
    }
    if given.new != given.again {
        return me::again(&app, &who, "site-password-differs").await;
    }
    if !change(&app, &who, given.old, given.new).await? {
        return me::again(&app, &who, "site-password-wrong").await;
    }
    Ok(me::done(&app, &who, "site-password-changed").await?.into_response())
}
