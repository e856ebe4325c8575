//! A closed contest given to the stage: its files and its log, copied together and checked before they count.

use crate::{
    ContestError, check_closed,
    laid::{Part, clear_parts, remove},
    published::{CONTEST, FILES},
};
use std::{fs, path::Path};

/// The folder of the log within what is given to the stage.
pub const LOG: &str = "log";

/// The log may grow while it is copied; it is tried so often.
const TRIES: u32 = 5;

/// Copies the closed contest in `published` and the `log` that it stands in to the folder `to`, which gets its name only
/// when everything in it holds. The same contest that lies there already and holds is left as it is.
///
/// Fails with `HandOver` where it does not hold, and with `Io`.
pub fn hand_over(published: &Path, log: &Path, to: &Path) -> Result<(), ContestError> {
    let is_same = matches!(
        (fs::read(published.join(CONTEST)), fs::read(to.join(CONTEST))),
        (Ok(ours), Ok(theirs)) if ours == theirs
    );
    if is_same && check_closed(to, &to.join(LOG), None).is_ok() {
        return Ok(());
    }
    let part = Part::new(to)?;
    let folder = part.folder();
    let mut findings = Vec::new();
    for _ in 0..TRIES {
        remove(folder)?;
        copy_all(published, log, folder)?;
        match check_closed(folder, &folder.join(LOG), None) {
            Ok(_) => {
                remove(to)?;
                part.rename(to)?;
                return clear_parts(to);
            }
            Err(found) => findings = found,
        }
    }
    let more = findings.len().saturating_sub(1);
    let first = findings.into_iter().next().ok_or(ContestError::NotClosed)?;
    Err(ContestError::HandOver { first, more })
}

fn copy_all(published: &Path, log: &Path, to: &Path) -> Result<(), ContestError> {
    fs::create_dir_all(to).map_err(ContestError::io("make", to))?;
    for name in FILES {
        copy(&published.join(name), &to.join(name))?;
    }
    copy_below(log, &to.join(LOG))
}

/// Every plain file below a folder. One that a writer has removed in between is left out: what the log needs is asked for
/// by the check.
fn copy_below(from: &Path, to: &Path) -> Result<(), ContestError> {
    fs::create_dir_all(to).map_err(ContestError::io("make", to))?;
    for entry in fs::read_dir(from).map_err(ContestError::io("read", from))? {
        let entry = entry.map_err(ContestError::io("read", from))?;
        let kind = entry.file_type().map_err(ContestError::io("read", from))?;
        let target = to.join(entry.file_name());
        if kind.is_dir() {
            copy_below(&entry.path(), &target)?;
        } else if kind.is_file() {
            match copy(&entry.path(), &target) {
                Err(ContestError::Io { source, .. }) if source.kind() == std::io::ErrorKind::NotFound => {}
                other => other?,
            }
        }
    }
    Ok(())
}

fn copy(from: &Path, to: &Path) -> Result<(), ContestError> {
    let synced = fs::copy(from, to).and_then(|_| fs::File::open(to)?.sync_all());
    synced.map_err(ContestError::io("read", from))
}
