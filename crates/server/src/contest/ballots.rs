//! The log of ballots as C2SP tlog-tiles, and the list with which a closed contest is fetched together with it.

use super::held::Held;
use crate::app::App;
use crate::public::{As, FETCH, at_hand, curl_list};
use crate::refusal::Refusal;
use crate::route::{Kind, Roles, Route};
use crate::who::{Came, Who};
use axum::extract::{Path, State};
use axum::response::Response;
use daepyo_contest::published::{CONTEST, FILES};
use daepyo_evidence::{SignedCheckpoint, is_log_path, mirrored_paths};
use maud::{Markup, html};
use std::io::ErrorKind;

/// Where the log stands on the site.
const LOG: &str = "/ballots";
/// The newest checkpoint, within the log.
const CHECKPOINT: &str = "checkpoint";

pub(super) fn rows() -> Vec<Route> {
    vec![Route::get("/ballots/{*path}", Roles::ANYONE, file).kind(Kind::Plain)]
}

/// A file of the log, as it lies there. While a contest is open the log holds commitments alone.
async fn file(
    State(app): State<App>,
    Came(headers): Came,
    Path(path): Path<String>,
) -> Result<Response, Refusal> {
    let logbook = app.contests().logbook().ok_or_else(Refusal::not_found)?;
    if !is_log_path(&path) {
        return Err(Refusal::not_found());
    }
    let bytes = match tokio::fs::read(logbook.folder().join(&path)).await {
        Ok(bytes) => bytes,
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            return Err(Refusal::not_found());
        }
        Err(error) => return Err(Refusal::inside(error)),
    };
    Ok(at_hand(&headers, bytes, As::of_log(&path)))
}

/// Where the log stands and who signs it.
pub(super) fn facts(app: &App, who: &Who) -> Markup {
    let Some(logbook) = app.contests().logbook() else { return html! {} };
    let checkpoint = format!("{LOG}/{CHECKPOINT}");
    html! {
        h2 { (who.say("site-ballots", &[])) }
        p { (who.say("site-ballots-about", &[])) }
        dl.facts {
            dt { (who.say("site-log-checkpoint", &[])) }
            dd { a href=(checkpoint) { code { (app.settings().origin()) (checkpoint) } } }
            dt { (who.say("site-log-key", &[])) }
            dd { code.digest { (logbook.key().as_text()) } }
        }
    }
}

/// The folder that the list makes of a contest; its log lies in `log` below it.
fn folder(held: &Held) -> String {
    format!("{}-{}", held.setup.stage, held.setup.criterion)
}

/// How a closed contest is fetched and checked by anybody.
pub(super) fn commands(app: &App, who: &Who, held: &Held) -> Markup {
    let Some(logbook) = app.contests().logbook() else { return html! {} };
    let (list, folder) = (format!("{}/files/{FETCH}", held.path()), folder(held));
    html! {
        p { (who.say("site-data-fetch", &[])) " " a href=(list) download=(FETCH) { code { (FETCH) } } }
        p { (who.say("site-results-check", &[])) }
        pre {
            "curl -sS " (app.settings().origin()) (list) " | curl -K -\n"
            "daepyo contest check " (folder) " --log " (folder) "/log --key '" (logbook.key().as_text()) "'"
        }
    }
}

/// The files of a closed contest and the log as it stands now, as a configuration of curl.
pub(super) async fn list(app: &App, held: &Held) -> Result<String, Refusal> {
    let logbook = app.contests().logbook().ok_or_else(Refusal::not_found)?;
    if !tokio::fs::try_exists(app.contests().folder(held).join(CONTEST)).await.unwrap_or(false) {
        return Err(Refusal::not_found());
    }
    let checkpoint = tokio::fs::read(logbook.folder().join(CHECKPOINT)).await.map_err(Refusal::inside)?;
    let size = SignedCheckpoint::parse(&checkpoint, logbook.key()).map_err(Refusal::inside)?.size();
    let folder = folder(held);
    let files =
        FILES.into_iter().map(|file| (format!("{}/files/{file}", held.path()), format!("{folder}/{file}")));
    // The kept copy stays the same when the log grows.
    let newest = (format!("{LOG}/checkpoints/{size}"), format!("{folder}/log/{CHECKPOINT}"));
    let log = mirrored_paths(size).into_iter();
    let log = log.map(|path| (format!("{LOG}/{path}"), format!("{folder}/log/{path}")));
    Ok(curl_list(&app.settings().origin(), files.chain([newest]).chain(log)))
}
