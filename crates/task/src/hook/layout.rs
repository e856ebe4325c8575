//! Which folders a worker sees, and where: those of the tasks' families and those that their Python imports, nothing
//! around them.

use super::HookError;
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

/// Bounds the search for what a folder imports.
const MAX_FILES: usize = 4_000;
const MAX_FILE_BYTES: u64 = 1 << 20;
const MAX_FOLDERS: usize = 32;
const TASKS: &str = "/tasks";
const OTHERS: &str = "/others";
/// Folders that only a home has: a task beside them would show them to its code.
const PRIVATE: [&str; 3] = [".ssh", ".gnupg", ".aws"];

/// A folder of the machine, and where the worker sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mount {
    pub(super) host: PathBuf,
    pub(super) inside: PathBuf,
}

/// What a worker sees of the machine.
#[derive(Clone, Debug)]
pub(super) struct Layout {
    pub(super) mounts: Vec<Mount>,
    /// The folder that is the package `lm_eval.tasks`, as the worker sees it.
    pub(super) tasks_root: Option<PathBuf>,
    /// Each folder as it was named, with its real path.
    named: BTreeMap<PathBuf, PathBuf>,
}

impl Layout {
    /// The layout for tasks in `folders`. `root`: the folder under which all tasks lie, where that is known; a folder
    /// `lm_eval/tasks` above is found by itself. `trusted`: nothing is moved.
    pub(super) fn of(folders: &[PathBuf], root: Option<&Path>, trusted: bool) -> Result<Self, HookError> {
        let mut named = BTreeMap::new();
        for folder in folders {
            named.insert(folder.clone(), real(folder)?);
        }
        let root = match named.values().next() {
            Some(first) => tasks_root(first, root),
            None => root.and_then(|root| real(root).ok()),
        };
        let mut hosts: Vec<PathBuf> = Vec::new();
        for folder in named.values() {
            let folder = family(folder);
            refuse_private(&folder)?;
            add(&mut hosts, folder);
        }
        if let Some(root) = &root {
            add_imported(&mut hosts, root);
        }
        let mounts = hosts
            .into_iter()
            .enumerate()
            .map(|(place, host)| {
                let below = root.as_deref().and_then(|root| host.strip_prefix(root).ok());
                let inside = match (trusted, below) {
                    (true, _) => host.clone(),
                    (false, Some(below)) if below.as_os_str().is_empty() => PathBuf::from(TASKS),
                    (false, Some(below)) => Path::new(TASKS).join(below),
                    (false, None) => {
                        let name = host.file_name().map_or_else(|| "task".into(), std::ffi::OsStr::to_owned);
                        Path::new(OTHERS).join(place.to_string()).join(name)
                    }
                };
                Mount { host, inside }
            })
            .collect();
        let tasks_root = if trusted { root } else { root.map(|_| PathBuf::from(TASKS)) };
        Ok(Self { mounts, tasks_root, named })
    }

    /// Where the worker sees `folder`.
    pub(super) fn inside(&self, folder: &Path) -> Option<PathBuf> {
        let real = self.named.get(folder)?;
        let below = |mount: &Mount| real.strip_prefix(&mount.host).ok().map(|below| mount.inside.join(below));
        self.mounts.iter().find_map(below)
    }

    /// The file of this machine that the worker calls `path`.
    pub(super) fn outside(&self, path: &Path) -> PathBuf {
        let below = |mount: &Mount| path.strip_prefix(&mount.inside).ok().map(|below| mount.host.join(below));
        self.mounts.iter().find_map(below).unwrap_or_else(|| path.to_path_buf())
    }
}

fn real(folder: &Path) -> Result<PathBuf, HookError> {
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    std::fs::canonicalize(folder)
        .map_err(|cause| HookError::Folder { folder: folder.to_path_buf(), problem: cause.to_string() })
}

fn refuse_private(folder: &Path) -> Result<(), HookError> {
    let problem = if folder.parent().is_none() {
        "the root of the file system"
    } else if PRIVATE.iter().any(|name| folder.join(name).exists()) {
        "somebody's home"
    } else {
        return Ok(());
    };
    Err(HookError::Folder {
        folder: folder.to_path_buf(),
        problem: format!("a task with Python of its own needs a folder of its own, and this is {problem}"),
    })
}

/// The folder under which all tasks lie, for one in `folder`, a real path: an `lm_eval/tasks` above it, else `root`.
pub(crate) fn tasks_root(folder: &Path, root: Option<&Path>) -> Option<PathBuf> {
    harness_root(folder).or_else(|| root.and_then(|root| real(root).ok()))
}

/// The folder below `lm_eval/tasks` that holds `folder`, since Python there reads files of the folders around it; elsewhere
/// `folder` itself.
fn family(folder: &Path) -> PathBuf {
    let below = harness_root(folder).and_then(|root| {
        let name = folder.strip_prefix(&root).ok()?.components().next()?;
        Some(root.join(name))
    });
    below.unwrap_or_else(|| folder.to_path_buf())
}

/// `folder`'s ancestor `lm_eval/tasks`.
fn harness_root(folder: &Path) -> Option<PathBuf> {
    let is_root = |path: &Path| {
        path.file_name().is_some_and(|name| name == "tasks")
            && path.parent().and_then(Path::file_name).is_some_and(|name| name == "lm_eval")
    };
    folder.ancestors().find(|path| is_root(path)).map(Path::to_path_buf)
}

/// Adds `folder`, unless one of `hosts` holds it; drops those that it holds.
fn add(hosts: &mut Vec<PathBuf>, folder: PathBuf) -> bool {
    if hosts.iter().any(|host| folder.starts_with(host)) {
        return false;
    }
    hosts.retain(|host| !host.starts_with(&folder));
    hosts.push(folder);
    true
}

/// Adds the folders of `root` that Python in `hosts` imports as `lm_eval.tasks.NAME`, and those that these import.
fn add_imported(hosts: &mut Vec<PathBuf>, root: &Path) {
    let mut budget = MAX_FILES;
    let mut waiting = hosts.clone();
    while let Some(folder) = waiting.pop() {
        let mut names = Vec::new();
        imported(&folder, &mut names, &mut budget);
        for name in names {
            let below = root.join(&name);
            if hosts.len() < MAX_FOLDERS && below.is_dir() && add(hosts, below.clone()) {
                waiting.push(below);
            }
        }
    }
}

fn imported(folder: &Path, names: &mut Vec<String>, budget: &mut usize) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    for path in paths {
        let Ok(kind) = std::fs::symlink_metadata(&path) else { continue };
        if *budget == 0 {
            return;
        }
        *budget -= 1;
        if kind.is_dir() {
            imported(&path, names, budget);
        } else if kind.is_file()
            && kind.len() <= MAX_FILE_BYTES
            && path.extension().is_some_and(|ending| ending == "py")
            && let Ok(text) = std::fs::read_to_string(&path)
        {
            let follows = text.split("lm_eval.tasks.").skip(1);
            names.extend(follows.map(|rest| {
                rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>()
            }));
        }
    }
    names.sort();
    names.dedup();
    names.retain(|name| !name.is_empty());
}
