//! The rows of public pages and files.

use super::answer::{self, As, kind_of, show};
use super::view::View;
use super::{files, pages};
use crate::app::App;
use crate::programme::day_in_korea;
use crate::refusal::Refusal;
use crate::route::{Kind, Roles, Route};
use crate::who::{Came, Who};
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};
use serde::Deserialize;

/// The rows, those of the navigation first.
pub(crate) fn rows() -> Vec<Route> {
    let pages = vec![
        Route::get("/", Roles::ANYONE, home).nav("site-nav-home"),
        Route::get("/rules", Roles::ANYONE, rules).nav("site-nav-rules"),
        Route::get("/candidates", Roles::ANYONE, candidates).nav("site-nav-candidates"),
        Route::get("/evidence", Roles::ANYONE, logs).nav("site-nav-evidence"),
        Route::get("/data", Roles::ANYONE, data).nav("site-nav-data"),
        Route::get("/verify", Roles::ANYONE, verify).nav("site-nav-verify"),
        Route::get("/about", Roles::ANYONE, about),
        Route::get("/privacy", Roles::ANYONE, privacy),
        Route::get("/accessibility", Roles::ANYONE, accessibility),
        Route::get("/stages/{id}", Roles::ANYONE, stage),
        Route::get("/stages/{id}/report", Roles::ANYONE, report),
        Route::get("/candidates/{id}", Roles::ANYONE, candidate),
        Route::get("/evidence/{stage}", Roles::ANYONE, log),
        Route::get("/evidence/{stage}/{index}", Roles::ANYONE, entry),
    ];
    let plain = vec![
        Route::get("/evidence/{stage}/{index}/entry", Roles::ANYONE, entry_file),
        Route::get("/evidence/{stage}/{index}/proof", Roles::ANYONE, proof_file),
        Route::get("/rules/programme.toml", Roles::ANYONE, programme_file),
        Route::get("/verify/check_proof.py", Roles::ANYONE, check_proof),
        Route::get("/data/{stage}/{*path}", Roles::ANYONE, data_file),
        Route::get("/log/{stage}/{*path}", Roles::ANYONE, log_file),
    ];
    pages.into_iter().chain(plain.into_iter().map(|row| row.kind(Kind::Plain))).collect()
}

async fn home(State(app): State<App>, who: Who, Came(headers): Came) -> Result<Response, Refusal> {
    show(app, who, headers, |view| Some(pages::home(view))).await
}

async fn rules(State(app): State<App>, who: Who, Came(headers): Came) -> Result<Response, Refusal> {
    show(app, who, headers, |view| Some(pages::rules(view))).await
}

async fn candidates(State(app): State<App>, who: Who, Came(headers): Came) -> Result<Response, Refusal> {
    show(app, who, headers, |view| Some(pages::candidates(view))).await
}

async fn logs(State(app): State<App>, who: Who, Came(headers): Came) -> Result<Response, Refusal> {
    show(app, who, headers, |view| Some(pages::logs(view))).await
}

async fn data(State(app): State<App>, who: Who, Came(headers): Came) -> Result<Response, Refusal> {
    show(app, who, headers, |view| Some(pages::data(view))).await
}

async fn verify(State(app): State<App>, who: Who, Came(headers): Came) -> Result<Response, Refusal> {
    show(app, who, headers, |view| Some(pages::verify(view))).await
}

async fn about(State(app): State<App>, who: Who, Came(headers): Came) -> Result<Response, Refusal> {
    show(app, who, headers, |view| Some(pages::about(view))).await
}

async fn privacy(State(app): State<App>, who: Who, Came(headers): Came) -> Result<Response, Refusal> {
    show(app, who, headers, |view| Some(pages::privacy(view))).await
}

async fn accessibility(State(app): State<App>, who: Who, Came(headers): Came) -> Result<Response, Refusal> {
    show(app, who, headers, |view| Some(pages::accessibility(view))).await
}

async fn stage(
    State(app): State<App>,
    who: Who,
    Came(headers): Came,
    Path(id): Path<String>,
) -> Result<Response, Refusal> {
    show(app, who, headers, move |view| pages::stage(view, &id)).await
}

async fn candidate(
    State(app): State<App>,
    who: Who,
    Came(headers): Came,
    Path(id): Path<String>,
) -> Result<Response, Refusal> {
    show(app, who, headers, move |view| pages::candidate(view, &id)).await
}

#[derive(Deserialize)]
struct Search {
    #[serde(default)]
    index: String,
}

/// The log's page; with a number in the query, the way to that entry.
async fn log(
    State(app): State<App>,
    who: Who,
    Came(headers): Came,
    Path(stage): Path<String>,
    Query(search): Query<Search>,
) -> Result<Response, Refusal> {
    if search.index.is_empty() {
        return show(app, who, headers, move |view| pages::log(view, &stage)).await;
    }
    let finished = app.shown().find(&stage).ok_or_else(Refusal::not_found)?;
    let index = number(search.index.trim()).filter(|index| *index < finished.log.len());
    let Some(index) = index else {
        let draw = move |view: &View<'_>| pages::log_with(view, &stage, Some(search.index.as_str()));
        let page = answer::draw_page(&app, &who, draw).await?;
        return Ok(page.status(StatusCode::UNPROCESSABLE_ENTITY).into_response());
    };
    Ok(Redirect::to(&super::view::encode(&format!("/evidence/{stage}/{index}"))).into_response())
}

/// A number as the site itself writes it, so that every entry has one address.
fn number(text: &str) -> Option<u64> {
    text.parse::<u64>().ok().filter(|number| number.to_string() == text)
}

async fn entry(
    State(app): State<App>,
    who: Who,
    Came(headers): Came,
    Path((stage, index)): Path<(String, String)>,
) -> Result<Response, Refusal> {
    let index = number(&index).ok_or_else(Refusal::not_found)?;
    show(app, who, headers, move |view| pages::entry(view, &stage, index)).await
}

async fn report(
    State(app): State<App>,
    Came(headers): Came,
    Path(stage): Path<String>,
) -> Result<Response, Refusal> {
    let finished = app.shown().find(&stage).ok_or_else(Refusal::not_found)?;
    answer::report(&headers, finished, day_in_korea(app.now_ms())).await
}

/// What `read` takes from a log, read beside the other requests.
async fn of_log(
    app: App,
    stage: String,
    index: String,
    read: fn(&super::finished::Finished, u64) -> Option<Vec<u8>>,
) -> Result<Vec<u8>, Refusal> {
    let index = number(&index).ok_or_else(Refusal::not_found)?;
    let reading = move || read(app.shown().find(&stage)?, index);
    let read = tokio::task::spawn_blocking(reading).await.map_err(Refusal::inside)?;
    read.ok_or_else(Refusal::not_found)
}

async fn entry_file(
    State(app): State<App>,
    Came(headers): Came,
    Path((stage, index)): Path<(String, String)>,
) -> Result<Response, Refusal> {
    let name = format!("{stage}-{index}.json");
    let bytes = of_log(app, stage, index, files::entry).await?;
    Ok(answer::bytes(&headers, "application/json", &name, bytes))
}

async fn proof_file(
    State(app): State<App>,
    Came(headers): Came,
    Path((stage, index)): Path<(String, String)>,
) -> Result<Response, Refusal> {
    let name = format!("{stage}-{index}.tlog-proof");
    let bytes = of_log(app, stage, index, files::proof).await?;
    Ok(answer::bytes(&headers, "text/plain; charset=utf-8", &name, bytes))
}

async fn programme_file(State(app): State<App>, Came(headers): Came) -> Result<Response, Refusal> {
    let text = app.shown().programme_text().ok_or_else(Refusal::not_found)?.to_owned();
    Ok(answer::bytes(&headers, kind_of("programme.toml"), "programme.toml", text))
}

async fn check_proof(Came(headers): Came) -> Response {
    answer::bytes(&headers, kind_of("check_proof.py"), "check_proof.py", files::CHECK_PROOF)
}

async fn data_file(
    State(app): State<App>,
    Came(headers): Came,
    Path((stage, path)): Path<(String, String)>,
) -> Result<Response, Refusal> {
    let finished = app.shown().find(&stage).ok_or_else(Refusal::not_found)?;
    let today = day_in_korea(app.now_ms());
    if path == files::FETCH {
        let list = files::fetch(&app.shown().origin, &stage, finished, today);
        return Ok(answer::bytes(&headers, "text/plain; charset=utf-8", files::FETCH, list));
    }
    // Only what is covered can be found here, whatever the path says.
    let kept = finished.file(&path, today).ok_or_else(Refusal::not_found)?;
    let name = path.rsplit('/').next();
    answer::file(&headers, kept, As { kind: kind_of(&path), name, caching: None }).await
}

/// A file of a log by C2SP tlog-tiles, so that witnesses and mirrors read it as it is.
async fn log_file(
    State(app): State<App>,
    Came(headers): Came,
    Path((stage, path)): Path<(String, String)>,
) -> Result<Response, Refusal> {
    let finished = app.shown().find(&stage).ok_or_else(Refusal::not_found)?;
    let kept = finished.log_files.get(&path).ok_or_else(Refusal::not_found)?;
    answer::file(&headers, kept, As::of_log(&path)).await
}
