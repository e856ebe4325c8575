//! Where links beside a task may lead: a task that somebody else wrote must not show a model what it does not hold.

use crate::taskfile::TaskConfig;
use std::path::{Component, Path, PathBuf};

pub(super) const PROBLEM: &str = "it is a link that leads out of the task's folder and of the data root; put the file \
                                  itself there, or name its folder as the data root";

/// The folders of a task. The data root is the user's own: its links may lead anywhere.
#[derive(Debug)]
pub(super) struct Bounds {
    /// As they were named.
    named: Vec<PathBuf>,
    /// Where a link may lead: these and the data root, with no link in them.
    real: Vec<PathBuf>,
}

impl Bounds {
    /// Those of `config`: the folder of the task file, and the one under which all tasks lie.
    pub(super) fn of(config: &TaskConfig, data_root: Option<&Path>) -> Self {
        let folders = [Some(config.folder()), config.tasks_root.as_deref()];
        let named: Vec<PathBuf> = folders.into_iter().flatten().map(plain).collect();
        let real = named.iter().map(PathBuf::as_path).chain(data_root);
        Self { real: real.filter_map(|folder| plain(folder).canonicalize().ok()).collect(), named }
    }

    /// Whether `path` was found in these folders, and is a file somewhere else.
    pub(super) fn are_left_by(&self, path: &Path) -> bool {
        let found = plain(path);
        self.named.iter().any(|folder| found.starts_with(folder))
            && found.canonicalize().is_ok_and(|real| !self.real.iter().any(|folder| real.starts_with(folder)))
    }
}

/// The absolute path without `.` and `..`, by its text alone.
fn plain(path: &Path) -> PathBuf {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                plain.pop();
            }
            Component::Prefix(_) | Component::RootDir | Component::Normal(_) => plain.push(part),
        }
    }
    plain
}
