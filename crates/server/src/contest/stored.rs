//! Contests as files: what was published of each and the log of ballots, copied and checked before anything of it is
//! shown.

use super::ballots::{self, CHECKPOINT};
use super::held::{Held, LOG, defined};
use super::hub::{cards, rules, title};
use super::moving::{first_day, last_day};
use super::receipts::offline;
use super::results::{Results, of_votes, outcome};
use crate::public::{
    Contest, ExportError, FETCH, Piece, Published, Shown, View, Writer, stored_file, unverified,
};
use daepyo_contest::published::{CONTEST, FILES, Summary, VOTES};
use daepyo_contest::{Finding, Problem, check_closed};
use daepyo_core::Digest;
use daepyo_evidence::{SignedCheckpoint, VerifierKey, mirrored_paths};
use maud::{Markup, html};
use std::fs;
use std::io::ErrorKind;
use std::path::Path;

/// The file of a log's public key.
const KEY: &str = "key.pub";
/// What the paths of tiles have that are not full.
const PARTIAL: &str = ".p/";
/// The log may grow while it is copied, and the partial tiles of its old checkpoint go then; it is tried so often.
const TRIES: u32 = 5;

/// The programme's contests as an export has them.
pub(crate) struct StoredContests {
    contests: Vec<(Held, State)>,
    ballots: Ballots,
}

/// What is known of a contest.
enum State {
    /// Nothing is published.
    Unpublished,
    /// All of it holds.
    Closed(Box<Closed>),
    /// Something does not hold.
    Broken(Vec<Finding>),
}

/// A closed contest that was checked.
struct Closed {
    /// Its name in the log, and the digest of its rules.
    sealed: Option<(Digest, Digest)>,
    results: Option<Results>,
}

/// The log of ballots.
enum Ballots {
    /// It is not there.
    Missing,
    /// It was copied, and the copy holds.
    Whole(Log),
    /// The copy does not hold.
    Broken,
}

struct Log {
    key: VerifierKey,
    /// Entries that were copied.
    size: u64,
}

impl StoredContests {
    /// Copies what the site's data has of the programme's contests and of their log.
    pub(crate) fn write(data: &Path, shown: &Shown, writer: &mut Writer<'_>) -> Result<Self, ExportError> {
        // Where the stage's files lie is of no concern here.
        let held = shown.programme().map(|programme| defined(programme, Path::new("."))).unwrap_or_default();
        let mut copied = Vec::new();
        for held in held {
            let files = copy_files(&held, data, writer)?;
            copied.push((held, files));
        }
        // After the contests: all that the copied files rest on is in the log by now, even of a contest that was published a
        // moment ago.
        let ballots =
            if copied.is_empty() { Ballots::Missing } else { Ballots::copy(&data.join(LOG), writer)? };
        let mut contests = Vec::new();
        for (held, files) in copied {
            contests.push(match files {
                Some(files) => judge(held, files, &ballots, &shown.origin, writer)?,
                None => (held, State::Unpublished),
            });
        }
        Ok(Self { contests, ballots })
    }

    /// All of them.
    pub(crate) fn held(&self) -> impl Iterator<Item = &Held> {
        self.contests.iter().map(|(held, _)| held)
    }

    /// Those that are closed.
    pub(crate) fn closed(&self) -> Vec<Contest> {
        let closed = self.contests.iter().filter(|(_, state)| matches!(state, State::Closed(_)));
        closed.map(|(held, _)| Contest { stage: held.setup.stage.to_string(), is_open: false }).collect()
    }

    /// The paths of their pages; none where the programme has no contest.
    pub(crate) fn paths(&self) -> Vec<String> {
        let list = (!self.contests.is_empty()).then(|| "/contests".to_owned());
        let receipts = self.ballots.key().map(|_| "/receipts".to_owned());
        list.into_iter().chain(self.held().map(Held::path)).chain(receipts).collect()
    }

    /// The list of contests.
    pub(crate) fn list(&self, view: &View<'_>) -> Piece {
        let rows = self.contests.iter().map(|(held, state)| (held, standing(view, held, state)));
        let rows: Vec<_> = rows.collect();
        Piece { title: view.word("site-nav-contests"), body: cards(view, &rows) }
    }

    /// The page of a contest.
    pub(crate) fn page(&self, view: &View<'_>, stage: &str, criterion: &str) -> Option<Piece> {
        let (held, known) = self.contests.iter().find(|(held, _)| held.is(stage, criterion))?;
        let closed = match known {
            State::Closed(closed) => Some(&**closed),
            State::Unpublished | State::Broken(_) => None,
        };
        let body = html! {
            div #standing {
                @match known {
                    State::Broken(findings) => {
                        (unverified(view, &view.word("site-contest-broken"), &told(findings)))
                    }
                    State::Unpublished | State::Closed(_) => { (standing(view, held, known)) }
                }
            }
            @if let Some(closed) = closed {
                p { a href="#results" { (view.word("site-contest-see-results")) } }
                @let results = closed.results.as_ref().ok_or("site-results-none");
                div #results { (outcome(view, held, results, self.ballots.key())) }
            }
            (rules(view, held, closed.and_then(|closed| closed.sealed)))
            (self.ballots.draw(view))
        };
        Some(Piece { title: title(held, view.language), body })
    }

    /// How a receipt is checked; only where the log is there that it is checked against.
    pub(crate) fn receipts(&self, view: &View<'_>) -> Option<Piece> {
        let key = self.ballots.key()?;
        let body = html! {
            p.lead { (view.word("site-receipts-stored")) }
            (offline(view, key))
        };
        Some(Piece { title: view.word("site-receipts"), body })
    }
}

/// How a contest stands: what was published says it, or else its days.
fn standing(view: &View<'_>, held: &Held, state: &State) -> Markup {
    match state {
        State::Closed(_) => html! { p.lead { (view.word("site-contest-closed")) } },
        State::Broken(_) => html! { p.lead { (view.word("site-contest-broken")) } },
        State::Unpublished if is_decided(view, held) => {
            let of_stage = format!("/stages/{}", held.setup.stage);
            html! {
                p.lead { (view.word("site-contest-closed")) }
                p { a href=(view.page(&of_stage)) { (view.word("site-contest-stored-decided")) } }
            }
        }
        State::Unpublished => {
            let programme = view.shown.programme();
            let days = first_day(programme, held).zip(last_day(programme, held));
            html! {
                @if let Some((first, last)) = days {
                    p.lead {
                        (view.say("site-contest-stored-days", &[("first", &first.to_string()), ("last", &last.to_string())]))
                    }
                }
                p { (view.say("site-contest-stored", &[("today", &view.today.to_string())])) }
            }
        }
    }
}

/// Whether a finished stage has taken its votes, though the site's data do not have it.
fn is_decided(view: &View<'_>, held: &Held) -> bool {
    let finished = view.shown.of_stage(&held.setup.stage).filter_map(Published::finished);
    finished.flat_map(|one| &one.verification.contests).any(|one| one.criterion == held.setup.criterion)
}

/// Findings of the contest's check as those of a stage are told.
fn told(findings: &[Finding]) -> Vec<daepyo_stage::Finding> {
    let tell = |one: &Finding| daepyo_stage::Finding {
        file: one.file.clone(),
        code: one.problem.code().to_owned(),
        message: one.place.map_or_else(|| one.file.clone(), |place| format!("{} {place}", one.file)),
    };
    findings.iter().map(tell).collect()
}

/// Copies the files of a contest and says how many there were; none where it is not published.
fn copy_files(held: &Held, data: &Path, writer: &mut Writer<'_>) -> Result<Option<usize>, ExportError> {
    let (from, before) = (held.folder(data), writer.done.files);
    // It is written last.
    if !from.join(CONTEST).is_file() {
        return Ok(None);
    }
    for name in FILES {
        // What is missing is found by the check.
        if from.join(name).is_file() {
            writer.copy(&from.join(name), &stored_file(&held.file(name)))?;
        }
    }
    Ok(Some(writer.done.files - before))
}

/// Checks the copied files of a contest, of which so many were copied; what does not hold goes again.
fn judge(
    held: Held,
    files: usize,
    ballots: &Ballots,
    origin: &str,
    writer: &mut Writer<'_>,
) -> Result<(Held, State), ExportError> {
    match check(&held, ballots, writer) {
        Ok((summary, size)) => {
            let list = ballots::list_of(origin, &held, size);
            writer.file(&stored_file(&held.file(FETCH)), list.as_bytes())?;
            let held = held.under(&summary.rules);
            let results = of_votes(&held.setup, &writer.path(&stored_file(&held.file(VOTES))));
            let sealed = summary.rules.digest().ok().map(|rules| (summary.contest, rules));
            Ok((held, State::Closed(Box::new(Closed { sealed, results }))))
        }
        Err(findings) => {
            writer.take_back(&stored_file(&held.path()), files)?;
            writer.done.broken += 1;
            Ok((held, State::Broken(findings)))
        }
    }
}

/// Checks the copies of a contest against the copy of the log; its summary and the log's size.
fn check(held: &Held, ballots: &Ballots, writer: &Writer<'_>) -> Result<(Summary, u64), Vec<Finding>> {
    let finding = |file: &str, problem| vec![Finding { file: file.to_owned(), place: None, problem }];
    let Ballots::Whole(logged) = ballots else { return Err(finding("log", Problem::Log)) };
    let (folder, log) = (writer.path(&stored_file(&held.file(""))), writer.path(&stored_file(ballots::LOG)));
    let summary = check_closed(&folder, &log, Some(&logged.key))?.summary;
    if held.is(summary.rules.stage.as_str(), summary.rules.criterion.as_str()) {
        Ok((summary, logged.size))
    } else {
        Err(finding(CONTEST, Problem::Opening))
    }
}

impl Ballots {
    fn key(&self) -> Option<&VerifierKey> {
        match self {
            Self::Whole(log) => Some(&log.key),
            Self::Missing | Self::Broken => None,
        }
    }

    /// Where the log stands and who signs it, or that it does not verify.
    fn draw(&self, view: &View<'_>) -> Markup {
        match self {
            Self::Missing => html! {},
            Self::Whole(log) => ballots::facts(view, &log.key),
            Self::Broken => html! {
                div.notice.bad role="note" { p.said { (view.word("site-ballots-broken")) } }
            },
        }
    }

    /// Copies the log as it stands now, and checks the copy.
    fn copy(from: &Path, writer: &mut Writer<'_>) -> Result<Self, ExportError> {
        if !from.join(CHECKPOINT).is_file() {
            return Ok(Self::Missing);
        }
        let (to, before) = (stored_file(ballots::LOG), writer.done.files);
        let mut gone = None;
        for _ in 0..TRIES {
            gone = None;
            match copy_log(from, &to, writer) {
                Ok(Some(log)) => {
                    if daepyo_evidence::verify(&writer.path(&to), Some(&log.key)).is_ok() {
                        return Ok(Self::Whole(log));
                    }
                }
                Ok(None) => {}
                Err(ExportError::File { path, cause }) if cause.kind() == ErrorKind::NotFound => {
                    gone = Some(ExportError::File { path, cause });
                }
                Err(error) => return Err(error),
            }
            writer.take_back(&to, writer.done.files - before)?;
        }
        // A log that could not be copied whole may well hold.
        if let Some(error) = gone {
            return Err(error);
        }
        writer.done.broken += 1;
        Ok(Self::Broken)
    }
}

/// Copies what a log's newest checkpoint covers; none where its key did not sign it.
fn copy_log(from: &Path, to: &str, writer: &mut Writer<'_>) -> Result<Option<Log>, ExportError> {
    let read = |name: &str| {
        let path = from.join(name);
        fs::read(&path).map_err(|cause| ExportError::File { path, cause })
    };
    let (key, checkpoint) = (read(KEY)?, read(CHECKPOINT)?);
    let key = VerifierKey::parse(String::from_utf8_lossy(&key).trim_end());
    let Ok(key) = key else { return Ok(None) };
    let Ok(head) = SignedCheckpoint::parse(&checkpoint, &key) else { return Ok(None) };
    writer.file(&format!("{to}/{CHECKPOINT}"), &checkpoint)?;
    let mut paths = mirrored_paths(head.size());
    // First what goes as the log grows.
    paths.sort_by_key(|path| !path.contains(PARTIAL));
    for path in paths {
        writer.copy(&from.join(&path), &format!("{to}/{path}"))?;
    }
    Ok(Some(Log { key, size: head.size() }))
}
