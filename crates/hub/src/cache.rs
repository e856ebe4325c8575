//! The hub's cache on disk, in the layout that its other programs share: `blobs/` by content id, `snapshots/COMMIT/`
//! of links to them, `refs/` from names to commits, and `.locks/`.

use crate::{
    Commit, HubError, Repository, Revision,
    listing::Entry,
    names::{ContentId, FilePath},
};
use std::{
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
};

/// One repository's part of the cache.
#[derive(Clone, Debug)]
pub(crate) struct Shelf {
    root: PathBuf,
    folder: PathBuf,
    locks: PathBuf,
}

/// Held while one content is downloaded; other processes wait. Given back when dropped.
#[derive(Debug)]
pub(crate) struct Held(#[expect(dead_code, reason = "the lock lasts as long as the open file")] File);

pub(crate) fn failed(path: &Path) -> impl FnOnce(io::Error) -> HubError + '_ {
    move |cause| HubError::Cache { path: path.to_path_buf(), cause }
}

impl Shelf {
    pub(crate) fn new(cache: &Path, repository: &Repository) -> Self {
        Self {
            root: cache.to_path_buf(),
            folder: cache.join(repository.folder()),
            locks: cache.join(".locks").join(repository.folder()),
        }
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    pub(crate) fn snapshot(&self, commit: &Commit) -> PathBuf {
        self.folder.join("snapshots").join(commit.as_str())
    }

    pub(crate) fn blob(&self, id: &ContentId) -> PathBuf {
        self.folder.join("blobs").join(id.hex())
    }

    /// Where a download grows. The name is daepyo's own: others may cut theirs off without asking for the lock.
    pub(crate) fn partial(&self, id: &ContentId) -> PathBuf {
        self.folder.join("blobs").join(format!("{}.daepyo.incomplete", id.hex()))
    }

    pub(crate) fn pointer(&self, commit: &Commit, path: &FilePath) -> PathBuf {
        path.parts().fold(self.snapshot(commit), |folder, part| folder.join(part))
    }

    /// The commit that `revision` was when it was last asked for.
    pub(crate) fn known_commit(&self, revision: &Revision) -> Option<Commit> {
        revision.commit().or_else(|| {
            let text = fs::read_to_string(self.reference(revision)).ok()?;
            Commit::new(text.trim()).ok()
        })
    }

    fn reference(&self, revision: &Revision) -> PathBuf {
        revision.as_str().split('/').fold(self.folder.join("refs"), |folder, part| folder.join(part))
    }

    pub(crate) fn remember(&self, revision: &Revision, commit: &Commit) -> Result<(), HubError> {
        if revision.commit().is_some() {
            return Ok(());
        }
        write_whole(&self.reference(revision), commit.as_str().as_bytes())
    }

    fn listing(&self, commit: &Commit) -> PathBuf {
        self.folder.join("daepyo").join(format!("{commit}.json"))
    }

    /// The files of a commit, where they were asked for before. A damaged note counts as none.
    pub(crate) fn known_files(&self, commit: &Commit) -> Option<Vec<Entry>> {
        Entry::read_all(&fs::read(self.listing(commit)).ok()?)
    }

    pub(crate) fn remember_files(&self, commit: &Commit, entries: &[Entry]) -> Result<(), HubError> {
        write_whole(&self.listing(commit), &Entry::write_all(entries))
    }

    /// Files that lie in a snapshot, whoever put them there; sorted.
    pub(crate) fn snapshot_files(&self, commit: &Commit) -> Result<Vec<String>, HubError> {
        let folder = self.snapshot(commit);
        let mut found = Vec::new();
        if folder.is_dir() {
            walk(&folder, "", 0, &mut found).map_err(failed(&folder))?;
        }
        found.sort();
        Ok(found)
    }

    /// Waits until no other process downloads this content.
    pub(crate) fn lock(&self, id: &ContentId) -> Result<Held, HubError> {
        let path = self.locks.join(format!("{}.lock", id.hex()));
        make_parent(&path)?;
        let file =
            File::options().create(true).truncate(false).write(true).open(&path).map_err(failed(&path))?;
        file.lock().map_err(failed(&path))?;
        Ok(Held(file))
    }

    /// Makes the snapshot's link to a content.
    pub(crate) fn link(&self, commit: &Commit, path: &FilePath, id: &ContentId) -> Result<(), HubError> {
        let pointer = self.pointer(commit, path);
        let depth = path.parts().count() + 1;
        let target: PathBuf = std::iter::repeat_n("..", depth).chain(["blobs", id.hex()]).collect();
        if fs::read_link(&pointer).is_ok_and(|found| found == target) {
            return Ok(());
        }
        self.refuse_links_above(commit, path)?;
        make_parent(&pointer)?;
        let fresh = beside(&pointer);
        let _ = fs::remove_file(&fresh);
        std::os::unix::fs::symlink(&target, &fresh).map_err(failed(&fresh))?;
        fs::rename(&fresh, &pointer).map_err(failed(&pointer))
    }

    /// A link in place of a folder would lead writes out of the snapshot.
    fn refuse_links_above(&self, commit: &Commit, path: &FilePath) -> Result<(), HubError> {
        let mut folder = self.snapshot(commit);
        let count = path.parts().count();
        for part in path.parts().take(count.saturating_sub(1)) {
            folder.push(part);
            if folder.is_symlink() {
                let cause =
                    io::Error::new(io::ErrorKind::NotADirectory, "a link stands where a folder must be");
                return Err(HubError::Cache { path: folder, cause });
            }
        }
        Ok(())
    }
}

fn walk(folder: &Path, below: &str, depth: usize, found: &mut Vec<String>) -> io::Result<()> {
    if depth > 64 {
        return Ok(());
    }
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let Ok(name) = entry.file_name().into_string() else { continue };
        let path = if below.is_empty() { name } else { format!("{below}/{name}") };
        if entry.file_type()?.is_dir() {
            walk(&entry.path(), &path, depth + 1, found)?;
        } else if entry.path().is_file() {
            found.push(path);
        }
    }
    Ok(())
}

pub(crate) fn make_parent(path: &Path) -> Result<(), HubError> {
    match path.parent() {
        Some(parent) => fs::create_dir_all(parent).map_err(failed(parent)),
        None => Ok(()),
    }
}

/// A name beside `path` that no other process uses.
fn beside(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_os_string();
    name.push(format!(".{}.daepyo", std::process::id()));
    path.with_file_name(name)
}

/// Writes a file so that nobody ever reads a part of it.
fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), HubError> {
    make_parent(path)?;
    let fresh = beside(path);
    let write = || {
        let mut file = File::create(&fresh)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&fresh, path)
    };
    write().map_err(failed(path))
}
