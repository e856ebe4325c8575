//! The task files under a folder, in the order in which lm-eval reads them.

use crate::TaskError;
use serde::{Deserialize, Serialize};
use std::{
    fs::{DirEntry, Metadata},
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
    Ok(files(root, &|_, _| ())?.into_iter().map(|(path, ())| path).collect())
}

/// [`task_files`], each with what tells whether it was seen before.
pub(super) fn stamped_files(root: &Path) -> Result<Vec<(PathBuf, Option<Stamp>)>, TaskError> {
    files(root, &|path, entry| match entry {
        // Looked up in its folder, which is far quicker than by its path. A link is followed.
        Some(entry) if entry.file_type().is_ok_and(|kind| kind.is_file()) => {
            entry.metadata().ok().map(|metadata| Stamp::of(&metadata))
        }
        Some(_) | None => Stamp::at(path),
    })
}

/// What is to be told of a file, from its path and its entry in a folder.
type Tell<'a, T> = dyn Fn(&Path, Option<&DirEntry>) -> T + 'a;

fn files<T>(root: &Path, tell: &Tell<'_, T>) -> Result<Vec<(PathBuf, T)>, TaskError> {
    if root.is_file() {
        return Ok(vec![(root.to_path_buf(), tell(root, None))]);
    }
    let mut files = Vec::new();
    walk(root, 0, tell, &mut files)?;
    files.sort_unstable_by(|(a, _), (b, _)| a.as_os_str().as_bytes().cmp(b.as_os_str().as_bytes()));
    Ok(files)
}

fn walk<T>(
    folder: &Path,
    depth: usize,
    tell: &Tell<'_, T>,
    files: &mut Vec<(PathBuf, T)>,
) -> Result<(), TaskError> {
    let unreadable = |cause| TaskError::Unreadable { path: folder.to_path_buf(), cause };
    if depth > MAX_DEPTH {
        return Err(unreadable(std::io::Error::other("folders are nested too deep")));
    }
    for entry in std::fs::read_dir(folder).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        let name = entry.file_name();
        if entry.file_type().map_err(unreadable)?.is_dir() {
            if !IGNORED_FOLDERS.iter().any(|ignored| name == *ignored) {
                walk(&folder.join(name), depth + 1, tell, files)?;
            }
        } else if name.as_bytes().ends_with(b".yaml") {
            let path = folder.join(name);
            let told = tell(&path, Some(&entry));
            files.push((path, told));
        }
    }
    Ok(())
}
