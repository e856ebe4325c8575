//! `/lang`: remembers a language and leads back to the page with its query.

use crate::app::App;
use crate::door::{YEAR_S, cookies, language};
use crate::refusal::Refusal;
use crate::route::{Roles, Route};
use crate::sign_in::local_path;
use axum::extract::{Query, State};
use axum::http::{HeaderValue, header};
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
    // Only to what the table has as a page: the path of a form has none, and other sites are not ours.
    let is_page = |back: &str| back.split(['?', '#']).next().is_some_and(|path| app.table().has_page(path));
    let back = local_path(&asked.back).filter(|back| is_page(back)).unwrap_or("/");
    Ok(([(header::SET_COOKIE, cookie)], Redirect::to(back)).into_response())
}
