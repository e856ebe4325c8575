//! The folder of a stage: what is published, and what is only for work.

use crate::StageError;
use daepyo_core::CandidateId;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

/// A stage's folder. Everything but [`Folder::work`] is published.
#[derive(Clone, Debug)]
pub struct Folder(PathBuf);

impl Folder {
    /// The folder at `path`, which need not exist yet.
    pub fn at(path: &Path) -> Self {
        Self(path.to_owned())
    }

    /// Its path.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// The sealed rules in canonical form.
    pub fn rules(&self) -> PathBuf {
        self.0.join("rules.json")
    }

    /// The programme file as it was written.
    pub fn programme(&self) -> PathBuf {
        self.0.join("programme.toml")
    }

    /// The sealed files of a suite.
    pub fn suite(&self, suite: &str) -> PathBuf {
        self.0.join("suites").join(suite)
    }

    /// The evidence log.
    pub fn log(&self) -> PathBuf {
        self.0.join("log")
    }

    /// The responses of a candidate or reference.
    pub fn responses(&self, candidate: &CandidateId) -> PathBuf {
        self.0.join("responses").join(format!("{candidate}.jsonl"))
    }

    /// The verdict in canonical form.
    pub fn verdict(&self) -> PathBuf {
        self.0.join("verdict.json")
    }

    /// What the verdict rests on, in canonical form.
    pub fn analysis(&self) -> PathBuf {
        self.0.join("analysis.json")
    }

    /// The report.
    pub fn report(&self) -> PathBuf {
        self.0.join("report.html")
    }

    /// Digests of all published files outside the log.
    pub fn manifest(&self) -> PathBuf {
        self.0.join("manifest.json")
    }

    /// Results in lm-eval's layout, a folder for each candidate.
    pub fn lm_eval(&self, candidate: &CandidateId) -> PathBuf {
        self.0.join("lm-eval").join(candidate.as_str())
    }

    /// What is not published: the store of responses.
    pub fn work(&self) -> PathBuf {
        self.0.join(".work")
    }

    /// How far the run is, for the site; not published.
    pub fn progress(&self) -> PathBuf {
        self.work().join("progress.json")
    }

    /// Every published file outside the log and the manifest itself, by its path with `/`, sorted.
    pub fn published(&self) -> Result<Vec<String>, StageError> {
        let mut found = Vec::new();
        walk(&self.0, &mut found)?;
        found.sort();
        Ok(found)
    }
}

/// What is published: not the log, the manifest or what is for work.
fn walk(root: &Path, found: &mut Vec<String>) -> Result<(), StageError> {
    let mut all = Vec::new();
    for name in names(root, "")? {
        if !matches!(name.0.as_str(), "log" | ".work" | "manifest.json") {
            all.push(name);
        }
    }
    descend(root, all, found)
}

fn walk_all(root: &Path, prefix: &str, found: &mut Vec<String>) -> Result<(), StageError> {
    descend(root, names(root, prefix)?, found)
}

fn descend(root: &Path, paths: Vec<(String, bool)>, found: &mut Vec<String>) -> Result<(), StageError> {
    for (path, is_folder) in paths {
        if is_folder {
            walk_all(root, &path, found)?;
        } else {
            found.push(path);
        }
    }
    Ok(())
}

/// What lies in a folder, by path, and whether it is a folder. A link is neither followed nor published: it would mean
/// something else elsewhere.
fn names(root: &Path, prefix: &str) -> Result<Vec<(String, bool)>, StageError> {
    let folder = root.join(prefix);
    let failed = |cause| StageError::File { what: "read", path: folder.clone(), cause };
    let mut found = Vec::new();
    for entry in std::fs::read_dir(&folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = if prefix.is_empty() { name } else { format!("{prefix}/{name}") };
        found.push((path, entry.file_type().map_err(failed)?.is_dir()));
    }
    Ok(found)
}

/// Every file below a folder, by its path with `/`, sorted.
pub(crate) fn below(folder: &Path) -> Result<Vec<String>, StageError> {
    let mut found = Vec::new();
    walk_all(folder, "", &mut found)?;
    found.sort();
    Ok(found)
}

/// Reads a file.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, StageError> {
    std::fs::read(path).map_err(|cause| StageError::File { what: "read", path: path.to_owned(), cause })
}

/// Writes a file whole or not at all: to a neighbour first, made durable, then renamed.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> Result<(), StageError> {
    let failed = |cause| StageError::File { what: "write", path: path.to_owned(), cause };
    if let Some(parent) = path.parent() {
        std::fs::create_dir_all(parent).map_err(failed)?;
    }
    if std::fs::read(path).is_ok_and(|old| old == bytes) {
        return Ok(());
    }
    let neighbour = neighbour(path);
    let result = File::create(&neighbour).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()
    });
    result.and_then(|()| std::fs::rename(&neighbour, path)).map_err(failed)
}

/// Writes a file whole or not at all, for a reader who looks now: it need not outlast a loss of power.
pub(crate) fn replace(path: &Path, bytes: &[u8]) -> Result<(), StageError> {
    let failed = |cause| StageError::File { what: "write", path: path.to_owned(), cause };
    if let Some(parent) = path.parent() {
        std::fs::create_dir_all(parent).map_err(failed)?;
    }
    let neighbour = neighbour(path);
    std::fs::write(&neighbour, bytes).and_then(|()| std::fs::rename(&neighbour, path)).map_err(failed)
}

/// Where a file is written before it gets its name.
fn neighbour(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".part");
    path.with_file_name(name)
}

/// A file that is written piece by piece, and gets its name when it is whole.
pub(crate) struct Growing {
    path: PathBuf,
    file: BufWriter<File>,
}

impl Growing {
    /// Begins the file; what had its name before stays until [`Growing::finish`].
    pub(crate) fn create(path: &Path) -> Result<Self, StageError> {
        let failed = |cause| StageError::File { what: "write", path: path.to_owned(), cause };
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent).map_err(failed)?;
        }
        let file = File::create(neighbour(path)).map_err(failed)?;
        Ok(Self { path: path.to_owned(), file: BufWriter::with_capacity(1 << 16, file) })
    }

    /// Adds to it.
    pub(crate) fn add(&mut self, bytes: &[u8]) -> Result<(), StageError> {
        self.file.write_all(bytes).map_err(|cause| self.failed(cause))
    }

    /// Makes it durable and gives it its name.
    pub(crate) fn finish(self) -> Result<(), StageError> {
        let Self { path, file } = self;
        let failed = |cause| StageError::File { what: "write", path: path.clone(), cause };
        let file = file.into_inner().map_err(|error| failed(error.into_error()))?;
        file.sync_all().map_err(failed)?;
        std::fs::rename(neighbour(&path), &path).map_err(failed)
    }

    fn failed(&self, cause: std::io::Error) -> StageError {
        StageError::File { what: "write", path: self.path.clone(), cause }
    }
}
