//! Published folders as they were opened: nothing of a folder is shown before all of it was verified.

use super::finished::Finished;
use daepyo_core::{Digest, StageId};
use daepyo_evidence::LogReader;
use daepyo_stage::{Finding, Folder, ProgressFile, Record, Sealed};
use std::collections::BTreeSet;
use std::fs::File;
use std::io::Read as _;
use std::path::Path;
use std::sync::Arc;

/// A published folder as it was found.
#[derive(Clone, Debug)]
pub(crate) struct Published {
    /// What addresses call it: its stage, with a number behind it where several folders are of one stage.
    pub(crate) key: String,
    /// The stage that it says it is of; nothing vouches for it where the folder does not verify.
    pub(crate) stage: Option<StageId>,
    pub(crate) state: State,
}

#[derive(Clone, Debug)]
pub(crate) enum State {
    /// All of it is as it was signed.
    Verified(Arc<Finished>),
    /// The stage has no verdict yet.
    UnderWay(Arc<UnderWay>),
    /// Something is not as it was signed.
    Broken(Vec<Finding>),
    /// No run has begun: the folder, or its rules and its log, were never there.
    NotYet,
}

impl State {
    /// Whether a page says something else of it than of the other one.
    pub(super) fn is_other(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::UnderWay(one), Self::UnderWay(other)) => one.rules() != other.rules(),
            (Self::NotYet, Self::NotYet) => false,
            (Self::Verified(_) | Self::UnderWay(_) | Self::Broken(_) | Self::NotYet, _) => true,
        }
    }
}

/// A stage that is still being measured: how far it is, and never a score.
#[derive(Debug)]
pub(crate) struct UnderWay {
    /// The sealed rules with their digest, where the log vouches for them.
    pub(crate) sealed: Option<(Sealed, Digest)>,
    folder: Folder,
}

impl UnderWay {
    /// The digest of the sealed rules.
    fn rules(&self) -> Option<Digest> {
        self.sealed.as_ref().map(|(_, digest)| *digest)
    }

    /// How far it is at this moment; none where the run has not written it.
    pub(crate) fn progress(&self) -> Option<ProgressFile> {
        ProgressFile::read(&self.folder)
    }
}

impl Published {
    /// Opens the folders in order. Never fails: what cannot be read does not verify.
    pub(crate) fn open(paths: &[impl AsRef<Path>]) -> Vec<Self> {
        Self::named(paths.iter().map(|path| open(path.as_ref())).collect())
    }

    /// Gives each folder the name that addresses call it.
    pub(crate) fn named(opened: Vec<(Option<StageId>, State)>) -> Vec<Self> {
        let mut keys = BTreeSet::new();
        let mut all = Vec::new();
        let most = opened.len() + 1;
        for (place, (stage, state)) in opened.into_iter().enumerate() {
            let name = match &stage {
                Some(stage) => stage.to_string(),
                None => format!("folder-{}", place + 1),
            };
            let others = (2..=most).map(|n| format!("{name}~{n}"));
            let mut tries = std::iter::once(name.clone()).chain(others);
            let Some(key) = tries.find(|key| !keys.contains(key)) else { continue };
            keys.insert(key.clone());
            match &state {
                State::Broken(findings) => {
                    tracing::warn!(
                        folder = key,
                        findings = findings.len(),
                        "a published folder does not verify"
                    );
                }
                State::NotYet => tracing::info!(folder = key, "nothing is in a published folder yet"),
                State::Verified(_) | State::UnderWay(_) => {}
            }
            all.push(Self { key, stage, state });
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
            State::UnderWay(_) | State::Broken(_) | State::NotYet => None,
        }
    }
}

/// Opens a folder; the stage that it says it is of. Never fails.
pub(super) fn open(path: &Path) -> (Option<StageId>, State) {
    let folder = Folder::at(path);
    if !has_begun(&folder) {
        return (None, State::NotYet);
    }
    if folder.rules().is_file() && !folder.manifest().exists() {
        let under_way = under_way(&folder);
        let stage = match &under_way.sealed {
            Some((sealed, _)) => Some(sealed.stage.clone()),
            None => claimed_stage(&folder),
        };
        return (stage, State::UnderWay(Arc::new(under_way)));
    }
    match Finished::verify(&folder) {
        Ok(finished) => (Some(finished.sealed.stage.clone()), State::Verified(Arc::new(finished))),
        Err(findings) => (claimed_stage(&folder), State::Broken(findings)),
    }
}

/// Whether there is anything of a run: its rules, its log or its manifest.
fn has_begun(folder: &Folder) -> bool {
    let parts = [folder.rules(), folder.manifest(), folder.log().join("checkpoint")];
    // What cannot be looked at counts as there: it is to be told of.
    parts.iter().any(|part| part.try_exists().unwrap_or(true))
}

/// The state of a folder in which there was something and is nothing any more.
pub(super) fn gone(path: &Path) -> State {
    match Finished::verify(&Folder::at(path)) {
        Ok(finished) => State::Verified(Arc::new(finished)),
        Err(findings) => State::Broken(findings),
    }
}

/// The stage that the folder says it is of.
fn claimed_stage(folder: &Folder) -> Option<StageId> {
    let sealed: Sealed = serde_json::from_slice(&read(&folder.rules(), 64 << 20)?).ok()?;
    Some(sealed.stage)
}

fn under_way(folder: &Folder) -> UnderWay {
    UnderWay { sealed: sealed(folder), folder: folder.clone() }
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

/// A file of at most so many bytes.
fn read(path: &Path, most: u64) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path).ok()?.take(most + 1).read_to_end(&mut bytes).ok()?;
    (bytes.len() as u64 <= most).then_some(bytes)
}
