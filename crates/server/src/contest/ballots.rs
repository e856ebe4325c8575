//! The log of ballots as C2SP tlog-tiles, and the list with which a closed contest is fetched together with it.

use super::held::Held;
use crate::app::App;
use crate::public::{As, FETCH, View, at_hand, curl_list};
use crate::refusal::Refusal;
use crate::route::{Kind, Roles, Route};
use crate::who::Came;
use axum::extract::{Path, State};
use axum::response::Response;
use daepyo_contest::published::{CONTEST, FILES};
use daepyo_evidence::{SignedCheckpoint, VerifierKey, is_log_path, mirrored_paths};
use maud::{Markup, html};
use std::io::ErrorKind;

/// Where the log stands on the site.
pub(super) const LOG: &str = "/ballots";
/// The newest checkpoint, within the log.
pub(super) const CHECKPOINT: &str = "checkpoint";

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
pub(super) fn facts(view: &View<'_>, key: &VerifierKey) -> Markup {
    let checkpoint = format!("{LOG}/{CHECKPOINT}");
    html! {
        h2 { (view.word("site-ballots")) }
        p { (view.word("site-ballots-about")) }
        dl.facts {
            dt { (view.word("site-log-checkpoint")) }
            dd { a href=(view.file(&checkpoint)) { code { (view.shown.origin) (checkpoint) } } }
            dt { (view.word("site-log-key")) }
            dd { code.digest { (key.as_text()) } }
        }
        p { a href=(view.page("/receipts")) { (view.word("site-receipts-link")) } }
    }
}

/// The folder that the list makes of a contest; its log lies in `log` below it.
fn folder(held: &Held) -> String {
    format!("{}-{}", held.setup.stage, held.setup.criterion)
}

/// How a closed contest is fetched and checked by anybody.
pub(super) fn commands(view: &View<'_>, held: &Held, key: &VerifierKey) -> Markup {
    let (list, folder) = (held.file(FETCH), folder(held));
    html! {
        p { (view.word("site-data-fetch")) " " a href=(view.file(&list)) download=(FETCH) { code { (FETCH) } } }
        p { (view.word("site-results-check")) }
        pre {
            "curl -sS " (view.shown.origin) (list) " | curl -K -\n"
            "daepyo contest check " (folder) " --log " (folder) "/log --key '" (key.as_text()) "'"
        }
    }
}

/// The list for the log as it stands now.
pub(super) async fn list(app: &App, held: &Held) -> Result<String, Refusal> {
    let logbook = app.contests().logbook().ok_or_else(Refusal::not_found)?;
    if !tokio::fs::try_exists(app.contests().folder(held).join(CONTEST)).await.unwrap_or(false) {
        return Err(Refusal::not_found());
    }
    let checkpoint = tokio::fs::read(logbook.folder().join(CHECKPOINT)).await.map_err(Refusal::inside)?;
    let size = SignedCheckpoint::parse(&checkpoint, logbook.key()).map_err(Refusal::inside)?.size();
    Ok(list_of(&app.settings().origin(), held, size))
}

/// The files of a closed contest and the log of so many entries, as a configuration of curl.
pub(super) fn list_of(origin: &str, held: &Held, size: u64) -> String {
    let folder = folder(held);
    let files = FILES.into_iter().map(|file| (held.file(file), format!("{folder}/{file}")));
    // The kept copy stays the same when the log grows.
    let newest = (format!("{LOG}/checkpoints/{size}"), format!("{folder}/log/{CHECKPOINT}"));
    let log = mirrored_paths(size).into_iter();
    let log = log.map(|path| (format!("{LOG}/{path}"), format!("{folder}/log/{path}")));
    curl_list(origin, files.chain([newest]).chain(log))
}
