//! Checks the signed checkpoints of a log against the key and against each other.

use std::collections::BTreeMap;
use std::path::Path;

use super::findings::{Findings, Problem};
use crate::layout;
use crate::{Checkpoint, CheckpointError, SignedCheckpoint, TreeHash, VerifierKey};

/// The checkpoints of a folder.
pub(super) struct Signed {
    /// The largest usable one.
    pub(super) head: Option<Checkpoint>,
    /// All usable ones in ascending size.
    pub(super) checkpoints: Vec<Checkpoint>,
    /// The sizes that decide which tiles the log must have, the largest last.
    pub(super) sizes: Vec<u64>,
}

/// Reads every checkpoint. Without a key signatures cannot be checked; the lack of it is a finding already.
pub(super) fn check(
    folder: &Path,
    files: &BTreeMap<String, bool>,
    key: Option<&VerifierKey>,
    findings: &mut Findings,
) -> Signed {
    let mut checkpoints = BTreeMap::new();
    let mut named = Vec::new();
    for file in files.keys() {
        let Some(size) = layout::checkpoint_size(file) else {
            continue;
        };
        named.push(size);
        let Some(checkpoint) = read_one(folder, file, key, findings) else {
            continue;
        };
        if checkpoint.size() == size {
            checkpoints.insert(size, checkpoint);
        } else {
            let message = format!("holds the checkpoint of size {}", checkpoint.size());
            findings.add(file, Problem::WrongName, message);
        }
    }
    if let Some(newest) = read_one(folder, layout::CHECKPOINT, key, findings) {
        check_newest(&newest, &mut checkpoints, files, findings);
    }
    let head = checkpoints.values().next_back().cloned();
    let largest = head.as_ref().map_or(0, Checkpoint::size);
    // A damaged checkpoint is still named by its size, and its partial tiles still belong to the log.
    named.extend(checkpoints.keys());
    named.retain(|&size| size <= largest);
    named.sort_unstable();
    named.dedup();
    Signed { head, checkpoints: checkpoints.into_values().collect(), sizes: named }
}

/// Checks `checkpoint` against the kept ones, and adds it to them where its own copy is missing.
fn check_newest(
    newest: &Checkpoint,
    checkpoints: &mut BTreeMap<u64, Checkpoint>,
    files: &BTreeMap<String, bool>,
    findings: &mut Findings,
) {
    let kept = layout::checkpoint_path(newest.size());
    if !files.contains_key(&kept) {
        findings.add(&kept, Problem::MissingFile, "is missing, the copy of `checkpoint`".to_owned());
    }
    if let Some((&larger, _)) = checkpoints.last_key_value()
        && larger > newest.size()
    {
        let message =
            format!("has {} entries, but a checkpoint with {larger} was signed and is kept", newest.size());
        findings.add(layout::CHECKPOINT, Problem::RolledBack, message);
    }
    let copy = checkpoints.entry(newest.size()).or_insert_with(|| newest.clone());
    if copy != newest {
        let message = format!("contradicts `{kept}`: two trees of the same size were signed");
        findings.add(layout::CHECKPOINT, Problem::Forked, message);
    }
}

fn read_one(
    folder: &Path,
    file: &str,
    key: Option<&VerifierKey>,
    findings: &mut Findings,
) -> Option<Checkpoint> {
    let bytes = findings.read(folder, file)?;
    let parsed = match key {
        Some(key) => SignedCheckpoint::parse(&bytes, key).map(|signed| signed.checkpoint().clone()),
        None => Checkpoint::parse_unverified(&bytes),
    };
    match parsed {
        Ok(checkpoint) => Some(checkpoint),
        Err(error) => {
            let problem = match error {
                CheckpointError::Malformed => Problem::MalformedCheckpoint,
                CheckpointError::WrongSignature => Problem::WrongSignature,
                CheckpointError::WrongOrigin => Problem::WrongOrigin,
            };
            findings.add(file, problem, error.to_string());
            None
        }
    }
}

/// Compares each checkpoint with the root that its size has in the checked tree.
pub(super) fn check_roots(
    checkpoints: &[Checkpoint],
    roots: &BTreeMap<u64, TreeHash>,
    findings: &mut Findings,
) {
    for checkpoint in checkpoints {
        let size = checkpoint.size();
        if roots.get(&size).is_some_and(|&root| root != checkpoint.root()) {
            let message = format!(
                "contradicts the newest checkpoint: the first {size} entries are not those signed here"
            );
            findings.add(&layout::checkpoint_path(size), Problem::Forked, message);
        }
    }
}
