//! Evidence: logs and their checkpoints, observations, entries with their proofs, and the list of data files.

use super::call::{Asked, Nothing, read};
use super::listing::{Cursor, Given, Listed, Most, PageQuery};
use super::operation::{About, Link, Tag};
use super::stages::OfFolder;
use crate::programme::day_in_korea;
use crate::public::{Finished, entry as entry_bytes, proof as proof_bytes};
use crate::refusal::Refusal;
use crate::route::{Roles, Route};
use daepyo_core::{CandidateId, CriterionId, Digest, Observation, StageId};
use daepyo_stage::Record;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Entries that one request looks through at most.
const LOOKED_AT: u64 = 5_000;

const OF_LOG: &[Link] = &[
    Link::to("getLog", &[("folder", "$response.body#/items/0/folder")]),
    Link::to("listObservations", &[("folder", "$response.body#/items/0/folder")]),
    Link::to("listFiles", &[("folder", "$response.body#/items/0/folder")]),
    Link::to("getVerdict", &[("folder", "$response.body#/items/0/folder")]),
];
const OF_OBSERVATION: &[Link] = &[Link::to(
    "getEntry",
    &[("folder", "$request.path.folder"), ("index", "$response.body#/items/0/index")],
)];

pub(super) fn rows() -> Vec<Route> {
    let about = |id| About::new(id, Tag::Evidence);
    vec![
        read("/api/v1/evidence", Roles::ANYONE, about("listLogs").kept().leads_to(OF_LOG), logs),
        read("/api/v1/evidence/{folder}", Roles::ANYONE, about("getLog").kept(), log),
        read(
            "/api/v1/evidence/{folder}/observations",
            Roles::ANYONE,
            about("listObservations").leads_to(OF_OBSERVATION),
            observations,
        ),
        read("/api/v1/evidence/{folder}/entries/{index}", Roles::ANYONE, about("getEntry"), entry),
        read("/api/v1/data", Roles::ANYONE, about("getData").kept(), data),
        read("/api/v1/data/{folder}", Roles::ANYONE, about("listFiles").kept(), files),
    ]
}

/// The log of a published folder.
#[derive(Serialize, JsonSchema)]
pub(super) struct LogView {
    folder: String,
    stage: StageId,
    /// Entries.
    size: u64,
    /// Root of the tree over them.
    root: String,
    /// The public key that signs it, in the form of C2SP signed-note.
    key: String,
    /// The newest checkpoint as it lies in the log (C2SP tlog-checkpoint).
    checkpoint: String,
}

fn log_view(folder: &str, finished: &Finished) -> LogView {
    LogView {
        folder: folder.to_owned(),
        stage: finished.sealed.stage.clone(),
        size: finished.log.len(),
        root: finished.verification.root.clone(),
        key: finished.key.as_text().to_owned(),
        checkpoint: String::from_utf8_lossy(&finished.checkpoint).into_owned(),
    }
}

async fn logs(asked: Asked<Nothing, PageQuery>) -> Result<Given<Listed<LogView>>, Refusal> {
    let all = asked.app.shown().finished().map(|(one, finished)| log_view(&one.key, finished));
    Ok(Given::page_of(all, &asked.query))
}

async fn log(asked: Asked<OfFolder>) -> Result<Given<LogView>, Refusal> {
    let folder = asked.path.folder;
    let finished = asked.app.shown().find(&folder).ok_or_else(Refusal::not_found)?;
    Ok(Given::one(log_view(&folder, finished)))
}

/// What an entry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum EntryKind {
    Rules,
    Measured,
    Verdict,
    Manifest,
    Sample,
    Vote,
    Mark,
    Derivative,
    GateFinding,
    Withdrawal,
    PanelVote,
    Contamination,
    Correction,
}

impl From<&Observation> for EntryKind {
    fn from(observation: &Observation) -> Self {
        match observation {
            Observation::Sample(_) => Self::Sample,
            Observation::Vote(_) => Self::Vote,
            Observation::Mark(_) => Self::Mark,
            Observation::Derivative(_) => Self::Derivative,
            Observation::GateFinding(_) => Self::GateFinding,
            Observation::Withdrawal(_) => Self::Withdrawal,
            Observation::PanelVote(_) => Self::PanelVote,
            Observation::Contamination(_) => Self::Contamination,
            Observation::Correction(_) => Self::Correction,
        }
    }
}

/// Which observations.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Which {
    /// Where to go on; without it, at the beginning.
    after: Option<Cursor>,
    /// So many entries at most; 50 without it.
    limit: Option<Most>,
    /// Only those that are about this candidate or reference.
    candidate: Option<CandidateId>,
    /// Only those that count for this criterion. Samples name a suite and no criterion.
    criterion: Option<CriterionId>,
    /// Only those of this kind.
    kind: Option<EntryKind>,
}

impl Which {
    fn takes(&self, observation: &Observation) -> bool {
        self.kind.is_none_or(|kind| kind == observation.into())
            && self.candidate.as_ref().is_none_or(|candidate| is_about(observation, candidate))
            && self.criterion.as_ref().is_none_or(|criterion| criterion_of(observation) == Some(criterion))
    }
}

fn is_about(observation: &Observation, candidate: &CandidateId) -> bool {
    match observation {
        Observation::Sample(one) => one.candidate == *candidate,
        Observation::Vote(one) => one.left == *candidate || one.right == *candidate,
        Observation::Mark(one) => one.candidate == *candidate,
        Observation::Derivative(one) => one.candidate == *candidate,
        Observation::GateFinding(one) => one.candidate == *candidate,
        Observation::Withdrawal(one) => one.candidate == *candidate,
        Observation::PanelVote(one) => one.candidate.as_ref() == Some(candidate),
        Observation::Contamination(one) => one.candidate.as_ref() == Some(candidate),
        Observation::Correction(one) => one.replacement.as_ref().is_some_and(|new| is_about(new, candidate)),
    }
}

fn criterion_of(observation: &Observation) -> Option<&CriterionId> {
    match observation {
        Observation::Vote(one) => Some(&one.criterion),
        Observation::Mark(one) => Some(&one.criterion),
        Observation::Derivative(one) => Some(&one.criterion),
        Observation::Correction(one) => one.replacement.as_ref().and_then(|new| criterion_of(new)),
        Observation::Sample(_)
        | Observation::GateFinding(_)
        | Observation::Withdrawal(_)
        | Observation::PanelVote(_)
        | Observation::Contamination(_) => None,
    }
}

/// An observation and its place in the log.
#[derive(Serialize, JsonSchema)]
pub(super) struct ObservationView {
    /// The entry's number, from 0.
    index: u64,
    observation: Observation,
}

async fn observations(asked: Asked<OfFolder, Which>) -> Result<Given<Listed<ObservationView>>, Refusal> {
    let Asked { app, path, query, .. } = asked;
    let reading = move || {
        let finished = app.shown().find(&path.folder).ok_or_else(Refusal::not_found)?;
        page_of(finished, &query)
    };
    tokio::task::spawn_blocking(reading).await.map_err(Refusal::inside)?
}

/// The observations of a log from one entry on; looks at so many entries at most, and then says where to go on.
fn page_of(finished: &Finished, which: &Which) -> Result<Given<Listed<ObservationView>>, Refusal> {
    let size = finished.log.len();
    let page = PageQuery { after: which.after, limit: which.limit };
    let from = page.from().min(size);
    let until = from.saturating_add(LOOKED_AT).min(size);
    let mut items = Vec::new();
    for (index, entry) in (from..until).zip(finished.log.entries(from..until)) {
        let entry = entry.map_err(Refusal::inside)?;
        let Some(Record::Observation(observation)) = Record::parse(&entry) else { continue };
        if !which.takes(&observation) {
            continue;
        }
        if items.len() == page.most() {
            return Ok(Given::list(items, Some(index)));
        }
        items.push(ObservationView { index, observation: *observation });
    }
    Ok(Given::list(items, (until < size).then_some(until)))
}

#[derive(Deserialize, JsonSchema)]
pub(super) struct OfEntry {
    /// The published folder.
    #[schemars(regex(pattern = r"^[a-z0-9][a-z0-9._~-]{0,79}$"))]
    folder: String,
    /// The entry's number, from 0.
    #[schemars(with = "u64")]
    index: String,
}

/// An entry of a log, with the proof that it stands there.
#[derive(Serialize, JsonSchema)]
pub(super) struct EntryView {
    folder: String,
    index: u64,
    /// Null for an entry of a kind that this site does not know.
    kind: Option<EntryKind>,
    /// SHA-256 of the entry's bytes.
    digest: Digest,
    /// The entry's bytes, which are canonical JSON.
    entry: String,
    /// The observation, where it is one.
    observation: Option<Observation>,
    /// The proof with the signed checkpoint (C2SP tlog-proof). This site has checked it.
    proof: String,
    /// The key that it was checked with.
    key: String,
}

async fn entry(asked: Asked<OfEntry>) -> Result<Given<EntryView>, Refusal> {
    let Asked { app, path, .. } = asked;
    let reading = move || -> Option<EntryView> {
        let finished = app.shown().find(&path.folder)?;
        let index: u64 = path.index.parse().ok().filter(|index: &u64| index.to_string() == path.index)?;
        let bytes = entry_bytes(finished, index)?;
        let proof = String::from_utf8(proof_bytes(finished, index)?).ok()?;
        let (kind, observation) = match Record::parse(&bytes) {
            Some(Record::Rules(_)) => (Some(EntryKind::Rules), None),
            Some(Record::Measured(_)) => (Some(EntryKind::Measured), None),
            Some(Record::Verdict(_)) => (Some(EntryKind::Verdict), None),
            Some(Record::Manifest(_)) => (Some(EntryKind::Manifest), None),
            Some(Record::Observation(one)) => (Some(EntryKind::from(&*one)), Some(*one)),
            None => (None, None),
        };
        Some(EntryView {
            index,
            kind,
            digest: Digest::of(&bytes),
            entry: String::from_utf8_lossy(&bytes).into_owned(),
            observation,
            proof,
            key: finished.key.as_text().to_owned(),
            folder: path.folder,
        })
    };
    let read = tokio::task::spawn_blocking(reading).await.map_err(Refusal::inside)?;
    read.map(Given::one).ok_or_else(Refusal::not_found)
}

/// What is published as files.
#[derive(Serialize, JsonSchema)]
pub(super) struct DataView {
    /// Under which licence the data may be used, in the office's words; null where the office has not said.
    licence: Option<String>,
    folders: Vec<DataFolder>,
}

/// A published folder.
#[derive(Serialize, JsonSchema)]
pub(super) struct DataFolder {
    folder: String,
    /// Files that may be fetched today, without those of the log.
    files: u64,
    /// Their size in bytes.
    bytes: u64,
    /// A configuration of curl that fetches them all, the log too.
    fetch: String,
}

async fn data(asked: Asked<Nothing>) -> Result<Given<DataView>, Refusal> {
    let (shown, today) = (asked.app.shown(), day_in_korea(asked.app.now_ms()));
    let folders = shown.finished().map(|(one, finished)| DataFolder {
        folder: one.key.clone(),
        files: finished.files(today).count() as u64,
        bytes: finished.files(today).map(|(_, kept)| kept.bytes).sum(),
        fetch: format!("/data/{}/fetch.curl", one.key),
    });
    Ok(Given::one(DataView { licence: shown.licence.clone(), folders: folders.collect() }))
}

/// A file of a published folder.
#[derive(Serialize, JsonSchema)]
pub(super) struct FileView {
    /// Its path in the folder; it is fetched from `/data/{folder}/{path}`.
    path: String,
    /// Its size in bytes.
    bytes: u64,
    digest: Digest,
}

async fn files(asked: Asked<OfFolder, PageQuery>) -> Result<Given<Listed<FileView>>, Refusal> {
    let today = day_in_korea(asked.app.now_ms());
    let finished = asked.app.shown().find(&asked.path.folder).ok_or_else(Refusal::not_found)?;
    let all = finished.files(today).map(|(path, kept)| FileView {
        path: path.clone(),
        bytes: kept.bytes,
        digest: kept.digest,
    });
    Ok(Given::page_of(all, &asked.query))
}
