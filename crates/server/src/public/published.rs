//! Published folders, opened once at the start: nothing of a folder is shown before all of it was verified.

use super::finished::Finished;
use daepyo_core::{CandidateId, Digest, StageId};
use daepyo_evidence::LogReader;
use daepyo_stage::{Finding, Folder, Record, Sealed};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::Read as _;
use std::path::Path;

/// A published folder as it was found at the start.
#[derive(Debug)]
pub(crate) struct Published {
    /// What addresses call it: its stage, with a number behind it where several folders are of one stage.
    pub(crate) key: String,
    /// The stage that it says it is of; nothing vouches for it where the folder does not verify.
    pub(crate) stage: Option<StageId>,
    pub(crate) state: State,
}

#[derive(Debug)]
pub(crate) enum State {
    /// All of it is as it was signed.
    Verified(Box<Finished>),
    /// The stage has no verdict yet.
    UnderWay(Box<UnderWay>),
    /// Something is not as it was signed.
    Broken(Vec<Finding>),
}

/// A stage that is still being measured: how far it is, and never a score.
#[derive(Debug)]
pub(crate) struct UnderWay {
    /// The sealed rules with their digest, where the log vouches for them.
    pub(crate) sealed: Option<(Sealed, Digest)>,
    /// How many requests are answered.
    pub(crate) progress: BTreeMap<CandidateId, Answered>,
}

/// Of one candidate or reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Answered {
    /// Requests that have an answer.
    pub(crate) answered: u64,
    /// Requests in all.
    pub(crate) planned: u64,
}

/// `progress.json` beside the store of responses.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ProgressFile {
    format: u32,
    candidates: BTreeMap<CandidateId, Answered>,
}

impl Published {
    /// Opens the folders in order. Never fails: what cannot be read does not verify.
    pub(crate) fn open(paths: &[impl AsRef<Path>]) -> Vec<Self> {
        let mut keys = BTreeSet::new();
        let mut all = Vec::new();
        for (place, path) in paths.iter().enumerate() {
            let (stage, standing) = open(path.as_ref());
            let name = match &stage {
                Some(stage) => stage.to_string(),
                None => format!("folder-{}", place + 1),
            };
            let others = (2..=paths.len() + 1).map(|n| format!("{name}~{n}"));
            let mut tries = std::iter::once(name.clone()).chain(others);
            let Some(key) = tries.find(|key| !keys.contains(key)) else { continue };
            keys.insert(key.clone());
            all.push(Self { key, stage, state: standing });
        }
        all
    }

    /// Whether something in it is not as it was signed.
    pub(crate) const fn is_broken(&self) -> bool {
        matches!(self.state, State::Broken(_))
    }

    /// What is in it, where it verified.
    pub(crate) fn finished(&self) -> Option<&Finished> {
        match &self.state {
            State::Verified(finished) => Some(finished),
            State::UnderWay(_) | State::Broken(_) => None,
        }
    }
}

fn open(path: &Path) -> (Option<StageId>, State) {
    let folder = Folder::at(path);
    if folder.rules().is_file() && !folder.manifest().exists() {
        let under_way = under_way(&folder);
        let stage = match &under_way.sealed {
            Some((sealed, _)) => Some(sealed.stage.clone()),
            None => claimed_stage(&folder),
        };
        return (stage, State::UnderWay(Box::new(under_way)));
    }
    match Finished::verify(&folder) {
        Ok(finished) => (Some(finished.sealed.stage.clone()), State::Verified(Box::new(finished))),
        Err(findings) => (claimed_stage(&folder), State::Broken(findings)),
    }
}

/// The stage that the folder says it is of.
fn claimed_stage(folder: &Folder) -> Option<StageId> {
    let sealed: Sealed = serde_json::from_slice(&read(&folder.rules(), 64 << 20)?).ok()?;
    Some(sealed.stage)
}

fn under_way(folder: &Folder) -> UnderWay {
    UnderWay { sealed: sealed(folder), progress: progress(folder).unwrap_or_default() }
}

/// The rules that the log's first entry names, where the log is as it was signed. A run may be writing at this moment,
/// and then they are not shown.
fn sealed(folder: &Folder) -> Option<(Sealed, Digest)> {
    daepyo_evidence::verify(&folder.log(), None).ok()?;
    let bytes = read(&folder.rules(), 64 << 20)?;
    let digest = Digest::of(&bytes);
    let entry = LogReader::open(&folder.log()).ok()?.entry(0).ok()?;
    match Record::parse(&entry)? {
        Record::Rules(rules) if rules.digest == digest => {
            Some((serde_json::from_slice(&bytes).ok()?, digest))
        }
        Record::Rules(_)
        | Record::Measured(_)
        | Record::Observation(_)
        | Record::Verdict(_)
        | Record::Manifest(_) => None,
    }
}

fn progress(folder: &Folder) -> Option<BTreeMap<CandidateId, Answered>> {
    let file: ProgressFile =
        serde_json::from_slice(&read(&folder.work().join("progress.json"), 1 << 20)?).ok()?;
    (file.format == 1).then_some(file.candidates)
}

/// A file of at most so many bytes.
fn read(path: &Path, most: u64) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path).ok()?.take(most + 1).read_to_end(&mut bytes).ok()?;
    (bytes.len() as u64 <= most).then_some(bytes)
}
