//! The task files under a folder, in the order in which lm-eval reads them.

use crate::TaskError;
use serde::{Deserialize, Serialize};
use std::{
    fs::Metadata,
    os::unix::{ffi::OsStrExt as _, fs::MetadataExt as _},
    path::{Path, PathBuf},
};

const IGNORED_FOLDERS: [&str; 2] = ["__pycache__", ".ipynb_checkpoints"];
/// Folders below folders; a link that leads upwards is not followed, so this bounds only odd trees.
const MAX_DEPTH: usize = 200;

/// What tells, without reading it, that a file is the one seen before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Stamp {
    #[serde(rename = "s")]
    size_bytes: u64,
    #[serde(rename = "i")]
    inode: u64,
    #[serde(rename = "m")]
    modified_ns: i64,
    /// When content or metadata last changed, by the kernel's clock; no program can set it back.
    #[serde(rename = "c")]
    pub(super) changed_ns: i64,
}

impl Stamp {
    fn of(metadata: &Metadata) -> Self {
        let ns = |seconds: i64, ns: i64| seconds.saturating_mul(1_000_000_000).saturating_add(ns);
        Self {
            size_bytes: metadata.size(),
            inode: metadata.ino(),
            modified_ns: ns(metadata.mtime(), metadata.mtime_nsec()),
            changed_ns: ns(metadata.ctime(), metadata.ctime_nsec()),
        }
    }

    /// That of the file at `path`; `None` where there is none.
    pub(super) fn at(path: &Path) -> Option<Self> {
        std::fs::metadata(path).ok().map(|metadata| Self::of(&metadata))
    }
}

/// Every `.yaml` file under `root`, or `root` itself where it is a file, sorted by the bytes of the path.
pub(super) fn task_files(root: &Path) -> Result<Vec<PathBuf>, TaskError> {
    if root.is_file() {
        return Ok(vec![root.to_path_buf()]);
    }
    let mut files = Vec::new();
    walk(root, 0, &mut files)?;
    files.sort_unstable_by(|a, b| a.as_os_str().as_bytes().cmp(b.as_os_str().as_bytes()));
    Ok(files)
}

fn walk(folder: &Path, depth: usize, files: &mut Vec<PathBuf>) -> Result<(), TaskError> {
    let unreadable = |cause| TaskError::Unreadable { path: folder.to_path_buf(), cause };
    if depth > MAX_DEPTH {
        return Err(unreadable(std::io::Error::other("folders are nested too deep")));
    }
    for entry in std::fs::read_dir(folder).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        let name = entry.file_name();
        if entry.file_type().map_err(unreadable)?.is_dir() {
            if !IGNORED_FOLDERS.iter().any(|ignored| name == *ignored) {
                walk(&folder.join(name), depth + 1, files)?;
            }
        } else if name.as_bytes().ends_with(b".yaml") {
            files.push(folder.join(name));
        }
    }
    Ok(())
}
