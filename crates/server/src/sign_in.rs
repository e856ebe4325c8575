//! Signing in and out: the ways that this site offers, each a module with its own rows and its part of the page.

pub(crate) mod code;
mod first_run;
mod oidc;
pub(crate) mod passkey;
mod password;

pub(crate) use oidc::Providers;
pub(crate) use password::{Passwords, account_name, change, generated_password, is_long_enough};

use crate::app::App;
use crate::page::{Page, page};
use crate::refusal::Refusal;
use crate::route::{Rate, Roles, Route};
use crate::session;
use crate::who::Who;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use daepyo_store::site::PersonId;
use maud::{Markup, html};
use serde::Deserialize;

/// The rows of signing in and out.
pub(crate) fn rows() -> Vec<Route> {
    let own = vec![
        Route::get("/sign-in", Roles::ANYONE, show),
        Route::post("/sign-out", Roles::SIGNED_IN, sign_out).rate(Rate::Read),
    ];
    [own, oidc::rows(), passkey::rows(), password::rows(), code::rows(), first_run::rows()].concat()
}

/// The ways to sign in, in the order of the page. A further one is a line here and a
/// module like its kin; where it is not set up, its part is `None`.
fn ways(app: &App, who: &Who, next: &str) -> Vec<Markup> {
    let all = [oidc::way, passkey::way, code::way, password::way];
    all.iter().filter_map(|way| way(app, who, next)).collect()
}

#[derive(Deserialize)]
struct Asked {
    #[serde(default)]
    next: String,
    /// `yes` where something was sent that was not taken, since nobody was signed in any more.
    #[serde(default)]
    lost: String,
}

async fn show(State(app): State<App>, who: Who, Query(asked): Query<Asked>) -> Response {
    let next = local_path(&asked.next).unwrap_or("/");
    if who.person().is_some() {
        return Redirect::to(next).into_response();
    }
    let said = html! {
        @if asked.lost == "yes" {
            div.notice role="status" { p.said { (who.say("site-sign-in-lost", &[])) } }
        }
    };
    whole(&app, &who, next, &said).into_response()
}

/// The page of all ways; `problem` is the id of what went wrong with the last try.
pub(crate) fn draw(app: &App, who: &Who, next: &str, problem: Option<&'static str>) -> Page {
    let said = html! {
        @if let Some(problem) = problem {
            div.notice.bad role="alert" { p.said { (who.say(problem, &[])) } }
        }
    };
    // It may stand at the path of a form, or at that of a provider's answer, which serves once.
    let mut back = url::form_urlencoded::Serializer::new(String::new());
    back.append_pair("next", next);
    who.lead_back_to(format!("/sign-in?{}", back.finish()));
    let page = whole(app, who, next, &said);
    if problem.is_some() { page.status(StatusCode::UNPROCESSABLE_ENTITY) } else { page }
}

/// The page with what is said above all ways.
fn whole(app: &App, who: &Who, next: &str, said: &Markup) -> Page {
    let body = html! {
        (said)
        div.ways { @for way in ways(app, who, next) { section { (way) } } }
    };
    page(who, &who.say("site-sign-in", &[]), &body)
}

/// Starts a session for somebody who has shown who they are, and leads on; not for whoever the office has disabled.
pub(crate) async fn enter(app: &App, who: &Who, person: PersonId, next: &str) -> Result<Response, Refusal> {
    let is_disabled = app.site().person(person).await?.is_none_or(|person| person.disabled_ms.is_some());
    if is_disabled {
        return Ok(draw(app, who, next, Some("site-sign-in-disabled")).into_response());
    }
    let headers = session::start(app, who, person).await?;
    Ok((headers, Redirect::to(local_path(next).unwrap_or("/"))).into_response())
}

async fn sign_out(State(app): State<App>, who: Who, came: HeaderMap) -> Result<Response, Refusal> {
    let mut headers = session::end(&app, &who).await?;
    let leads_to = match oidc::after_sign_out(&app, &came) {
        None => "/".to_owned(),
        Some((leads_to, gone)) => {
            headers.append(header::SET_COOKIE, gone);
            leads_to
        }
    };
    Ok((headers, Redirect::to(&leads_to)).into_response())
}

/// The text, where it is a path on this site; anything else would lead people away from it.
pub(crate) fn local_path(text: &str) -> Option<&str> {
    let is_local = text.starts_with('/')
        && !text.starts_with("//")
        && text.len() <= 512
        && text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    is_local.then_some(text)
}

#[cfg(test)]
mod tests {
    //! No way leads off the site.
    use super::local_path;

    #[test]
    fn only_paths_of_this_site_are_followed() {
        for good in ["/", "/office/accounts", "/vote?x=1#y"] {
            assert_eq!(local_path(good), Some(good));
        }
        for bad in [
            "",
            "//evil.example",
            "https://evil.example",
            "/\\evil.example",
            "/a\r\nb",
            "x",
            "/\t/evil.example",
        ] {
            assert_eq!(local_path(bad), None, "{bad}");
        }
    }
}
