//! The close of a contest: begun by the office or by the calendar, and gone on with until the stage has everything. The
//! first step is one statement of the store; the rest may take long, so it is nobody's request and outlives a restart.

use super::held::Held;
use super::hub::find;
use super::moving::{first_day, last_day};
use super::results;
use crate::app::App;
use crate::keys::random;
use crate::live::{self, Topic};
use crate::programme::day_in_korea;
use crate::refusal::Refusal;
use axum::http::StatusCode;
use daepyo_contest::published::{CONTEST, VOTES};
use daepyo_core::{CriterionId, StageId};
use daepyo_messages::Message;
use std::fs::{self, File};
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;
use tokio::sync::Mutex;

/// So long whoever closes a contest waits for all of it.
const PATIENCE: Duration = Duration::from_secs(20);
/// So long a try waits for the log.
const LOG_WAIT: Duration = Duration::from_mins(10);
/// So long after a try that failed comes the next one that nobody asked for.
const REST_MS: i64 = 10 * 60 * 1000;

/// What this server is closing: one contest after another.
#[derive(Debug, Default)]
pub(crate) struct Closing {
    one: Mutex<()>,
    not_before_ms: AtomicI64,
}

/// Closes a contest, publishes it and hands its votes over to the stage. What takes longer than somebody waits goes on by
/// itself; asked again, it goes on where it was.
pub(crate) async fn close_contest<'a>(
    app: &'a App,
    stage: &str,
    criterion: &str,
) -> Result<&'a Held, Refusal> {
    let (held, open) = find(app, stage, criterion).await?;
    let Some((arena, contest)) = open else { return Err(Refusal::not_found()) };
    if contest.closed_ms.is_none() {
        if tokio::fs::try_exists(&held.votes).await.map_err(Refusal::inside)? {
            return Err(in_the_way(held));
        }
        arena.shut(app.now_ms()).await?;
        live::tell(app, Topic::Contests).await;
    }
    let rest = tokio::spawn(finish(app.clone(), held.setup.stage.clone(), held.setup.criterion.clone()));
    if let Ok(ended) = tokio::time::timeout(PATIENCE, rest).await {
        ended.map_err(Refusal::inside)??;
    } else {
        tracing::info!("a close takes long and goes on by itself");
    }
    Ok(held)
}

/// The rest of a close.
async fn finish(app: App, stage: StageId, criterion: CriterionId) -> Result<(), Refusal> {
    let contests = app.contests();
    let held = contests.of(stage.as_str(), criterion.as_str()).ok_or_else(Refusal::not_found)?;
    let _one = contests.closing().one.lock().await;
    if is_finished(&app, held) {
        return Ok(());
    }
    let Some((arena, _)) = contests.arena(held, app.now_ms()).await? else {
        return Err(Refusal::not_found());
    };
    let folder = contests.folder(held);
    arena.close(app.now_ms(), &folder, LOG_WAIT).await?;
    let (log, to, votes) = (contests.log(), held.handed_over.clone(), held.votes.clone());
    let handing = tokio::task::spawn_blocking(move || {
        daepyo_contest::hand_over(&folder, &log, &to).map_err(Refusal::from)?;
        hand_over(&folder.join(VOTES), &votes).map_err(Refusal::inside)
    });
    if !handing.await.map_err(Refusal::inside)?? {
        return Err(in_the_way(held));
    }
    // Before a crowd asks for them.
    results::results(&app, held).await?;
    live::tell(&app, Topic::Contests).await;
    Ok(())
}

/// Puts the votes where the stage reads them; false where something else lies there.
fn hand_over(votes: &Path, to: &Path) -> io::Result<bool> {
    match fs::read(to) {
        Ok(there) => return Ok(there == fs::read(votes)?),
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        Err(_) => {}
    }
    // Another server of the site may do the same at once.
    let aside = to.with_extension(format!("{:016x}.part", u64::from_ne_bytes(random())));
    fs::copy(votes, &aside)?;
    File::open(&aside)?.sync_all()?;
    fs::rename(&aside, to)?;
    Ok(true)
}

/// Whether a closed contest is published and the stage has it.
pub(crate) fn is_finished(app: &App, held: &Held) -> bool {
    let folder = app.contests().folder(held);
    let size = |path: &Path| fs::metadata(path).ok().map(|file| file.len());
    let is_same = |ours: &Path, theirs: &Path| size(ours).is_some_and(|bytes| size(theirs) == Some(bytes));
    is_same(&folder.join(CONTEST), &held.handed_over.join(CONTEST))
        && is_same(&folder.join(VOTES), &held.votes)
}

/// That the stage's file of votes is another one.
fn in_the_way(held: &Held) -> Refusal {
    let name = held.votes.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let message = Message::new("site-refused-votes-file").with("file", name);
    Refusal::new(StatusCode::CONFLICT, "contest::votes_file", message)
}

/// That the calendar lets a contest be opened today.
pub(crate) fn may_open(app: &App, held: &Held) -> Result<(), Refusal> {
    let programme = app.programme();
    let (Some(first), Some(last)) = (first_day(programme, held), last_day(programme, held)) else {
        return Ok(());
    };
    let today = day_in_korea(app.now_ms());
    if first <= today && today <= last {
        return Ok(());
    }
    let days =
        Message::new("site-refused-days").with("first", first.to_string()).with("last", last.to_string());
    Err(Refusal::new(StatusCode::CONFLICT, "contest::days", days))
}

/// Closes contests whose last day is over, and goes on with closes that have not come to their end.
pub(crate) async fn look(app: &App) {
    let contests = app.contests();
    let closing = contests.closing();
    let now_ms = app.now_ms();
    if closing.one.try_lock().is_err() || now_ms < closing.not_before_ms.load(Ordering::Relaxed) {
        return;
    }
    for held in contests.held() {
        if let Err(error) = look_at(app, held).await {
            closing.not_before_ms.store(now_ms.saturating_add(REST_MS), Ordering::Relaxed);
            tracing::warn!(code = error.code(), cause = error.causes(), "a contest cannot be closed");
        }
    }
}

async fn look_at(app: &App, held: &Held) -> Result<(), Refusal> {
    let Some((_, contest)) = app.contests().arena(held, app.now_ms()).await? else { return Ok(()) };
    let is_due = match contest.closed_ms {
        Some(_) => !is_finished(app, held),
        None => last_day(app.programme(), held).is_some_and(|last| day_in_korea(app.now_ms()) > last),
    };
    if is_due {
        let (stage, criterion) = (held.setup.stage.as_str(), held.setup.criterion.as_str());
        close_contest(app, stage, criterion).await?;
    }
    Ok(())
}
