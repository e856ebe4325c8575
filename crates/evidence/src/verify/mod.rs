//! The check of a whole log folder; it reads the files alone and trusts nothing that the writer computed.

mod checkpoints;
mod findings;
mod tree;

use std::fs;
use std::path::Path;

use crate::layout;
use crate::{Checkpoint, TreeHash, VerifierKey};

pub use findings::{Finding, Problem};

use checkpoints::Signed;
use findings::Findings;

/// What is known about a log in which nothing was found wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    key: VerifierKey,
    head: Checkpoint,
    earlier: Vec<Checkpoint>,
}

impl Verified {
    /// The number of entries.
    pub fn size(&self) -> u64 {
        self.head.size()
    }

    /// The root hash over all entries.
    pub fn root(&self) -> TreeHash {
        self.head.root()
    }

    /// The newest checkpoint. Remember it, and give it to [`verify_since`] the next time.
    pub fn checkpoint(&self) -> &Checkpoint {
        &self.head
    }

    /// The key that signed every checkpoint. Unless it was given, it is only what the folder says of itself.
    pub fn key(&self) -> &VerifierKey {
        &self.key
    }

    /// The earlier checkpoints in ascending size, each a prefix of the newest.
    pub fn earlier(&self) -> &[Checkpoint] {
        &self.earlier
    }
}

/// Checks every file of the log in `folder`.
///
/// The signatures are checked with `trusted`, which `key.pub` must then equal; without it with `key.pub`. Every
/// leaf hash is recomputed from the entries, every tile and every root from the leaf hashes, and each file is
/// compared byte for byte with what follows. Missing files and files that belong to no log are named.
///
/// # Errors
/// All findings, by file. A folder in which an append was interrupted has findings until [`crate::Log::open`]
/// has finished or undone it.
pub fn verify(folder: &Path, trusted: Option<&VerifierKey>) -> Result<Verified, Vec<Finding>> {
    verify_since(folder, trusted, None)
}

/// [`verify()`], and that the log extends `remembered`, a checkpoint seen earlier: that it was neither rolled
/// back behind it nor replaced by another history.
pub fn verify_since(
    folder: &Path,
    trusted: Option<&VerifierKey>,
    remembered: Option<&Checkpoint>,
) -> Result<Verified, Vec<Finding>> {
    let mut findings = Findings::default();
    let checked = check(folder, trusted, remembered, &mut findings);
    match (checked, findings.into_vec()) {
        (Some(verified), findings) if findings.is_empty() => Ok(verified),
        (_, findings) => Err(findings),
    }
}

fn check(
    folder: &Path,
    trusted: Option<&VerifierKey>,
    remembered: Option<&Checkpoint>,
    findings: &mut Findings,
) -> Option<Verified> {
    let files = match layout::files_below(folder) {
        Ok(files) => files,
        Err(error) => {
            findings.add(".", Problem::UnreadableFile, format!("the folder cannot be listed: {error}"));
            return None;
        }
    };
    let key = check_key(folder, trusted, findings);
    let Signed { head, checkpoints, sizes } = checkpoints::check(folder, &files, key.as_ref(), findings);
    let Some(head) = head else {
        findings.add(
            layout::CHECKPOINT,
            Problem::NoCheckpoint,
            "no checkpoint of the folder can be used, so that nothing says what the log should hold"
                .to_owned(),
        );
        return None;
    };
    // A folder may say of itself that it holds more entries than any disk: do not count them up.
    let blocks = head.size().div_ceil(layout::FULL);
    if blocks / 4 > files.len() as u64 + 256 {
        let message = format!("has {} entries, for which most files are missing", head.size());
        findings.add(layout::CHECKPOINT, Problem::MissingFile, message);
        return None;
    }
    let retained = layout::retained(&sizes);
    for (file, &plain) in &files {
        let of_the_log = retained.contains_key(file)
            || file == layout::KEY
            || file == layout::CHECKPOINT
            || layout::checkpoint_size(file).is_some();
        if of_the_log && plain {
            continue;
        }
        let message = if of_the_log {
            "is not a plain file"
        } else if file.starts_with(layout::TEMPORARY) {
            "was left by an interrupted append; opening the log for writing removes it"
        } else {
            "belongs to no log of this size"
        };
        findings.add(file, Problem::UnexpectedFile, message.to_owned());
    }
    let mut asked = sizes;
    asked.extend(remembered.map(Checkpoint::size).filter(|&size| size < head.size()));
    asked.sort_unstable();
    asked.dedup();
    let roots = tree::check(folder, &retained, &head, &asked, findings);
    checkpoints::check_roots(&checkpoints, &roots, findings);
    if let Some(remembered) = remembered {
        check_remembered(remembered, &head, roots.get(&remembered.size()), findings);
    }
    let earlier = checkpoints.into_iter().filter(|earlier| earlier.size() < head.size()).collect();
    Some(Verified { key: key?, head, earlier })
}

/// The key to check signatures with: the trusted one, or else what `key.pub` says.
fn check_key(folder: &Path, trusted: Option<&VerifierKey>, findings: &mut Findings) -> Option<VerifierKey> {
    let stored = findings.read(folder, layout::KEY).and_then(|bytes| {
        let key = VerifierKey::parse_file(&bytes);
        if let Err(error) = &key {
            findings.add(layout::KEY, Problem::MalformedKey, error.to_string());
        }
        key.ok()
    });
    match (trusted, stored) {
        (Some(trusted), stored) => {
            if let Some(other) = stored.filter(|stored| stored != trusted) {
                let message = format!("holds the key `{other}`, not the trusted `{trusted}`");
                findings.add(layout::KEY, Problem::KeyMismatch, message);
            }
            Some(trusted.clone())
        }
        (None, stored) => stored,
    }
}

/// `root` is the one that the log has at the remembered size, where that could be told.
fn check_remembered(
    remembered: &Checkpoint,
    head: &Checkpoint,
    root: Option<&TreeHash>,
    findings: &mut Findings,
) {
    let size = remembered.size();
    if remembered.origin() != head.origin() {
        let message =
            format!("is of the log `{}`; the one remembered of `{}`", head.origin(), remembered.origin());
        findings.add(layout::CHECKPOINT, Problem::WrongOrigin, message);
    } else if head.size() < size {
        let message = format!(
            "has {} entries, but a checkpoint with {size} was remembered: entries were taken back",
            head.size()
        );
        findings.add(layout::CHECKPOINT, Problem::RolledBack, message);
    } else if root.is_some_and(|&root| root != remembered.root()) {
        let message = format!(
            "does not extend the remembered checkpoint: the first {size} entries are not those signed then"
        );
        findings.add(layout::CHECKPOINT, Problem::Forked, message);
    }
}

/// Reads a file of the folder for the check.
fn read(folder: &Path, file: &str) -> std::io::Result<Vec<u8>> {
    fs::read(folder.join(file))
}
