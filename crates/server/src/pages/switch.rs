//! `/lang`: remembers a language and leads back.

use crate::app::App;
use crate::door::{YEAR_S, cookies, language};
use crate::refusal::Refusal;
use crate::route::{Roles, Route};
use crate::sign_in::local_path;
use axum::extract::{Query, State};
use axum::http::{HeaderValue, Method, header};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

pub(super) fn rows() -> Vec<Route> {
    vec![Route::get("/lang", Roles::ANYONE, switch)]
}

#[derive(Deserialize)]
struct Switch {
    #[serde(default)]
    to: String,
    #[serde(default)]
    back: String,
}

async fn switch(State(app): State<App>, Query(asked): Query<Switch>) -> Result<Response, Refusal> {
    let language = language::named(&asked.to).ok_or_else(|| Refusal::bad_form("to"))?;
    let is_https = app.settings().is_https();
    let cookie = cookies::make(language::COOKIE, language::word(language), Some(YEAR_S), is_https);
    let cookie: HeaderValue = cookie.map_err(Refusal::inside)?;
    // The answer to a form stands at a path that may have no page of its own.
    let back = local_path(&asked.back).unwrap_or("/");
    let is_page =
        app.table().row(&Method::GET, back).is_some() || app.table().row(&Method::POST, back).is_none();
    let back = if is_page { back } else { "/" };
    Ok(([(header::SET_COOKIE, cookie)], Redirect::to(back)).into_response())
}
