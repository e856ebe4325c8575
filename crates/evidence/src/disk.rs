//! Writing files so that each is either absent or whole after a crash.

use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::mem;
use std::path::{Path, PathBuf};

use crate::{Error, layout};

/// Beyond this many files the wait for the device is shared between threads.
const FILES_PER_THREAD: usize = 16;
const MAX_THREADS: usize = 16;

/// The folder of a log, for writing.
#[derive(Debug)]
pub(crate) struct Disk {
    folder: PathBuf,
    #[cfg(test)]
    steps_left: std::cell::Cell<Option<u32>>,
}

impl Disk {
    /// The folder `folder`, which must exist.
    pub(crate) fn new(folder: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
            #[cfg(test)]
            steps_left: std::cell::Cell::new(None),
        }
    }

    /// Lets this many file operations happen and fails all that follow, as a killed process would.
    #[cfg(test)]
    pub(crate) fn failing_after(folder: &Path, steps: u32) -> Self {
        Self { folder: folder.to_owned(), steps_left: std::cell::Cell::new(Some(steps)) }
    }

    /// The folder.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// The place of a file of the log.
    pub(crate) fn path(&self, file: &str) -> PathBuf {
        self.folder.join(file)
    }

    /// Called before each operation that changes the folder, so that tests can end there.
    #[cfg_attr(not(test), expect(clippy::unused_self, clippy::unnecessary_wraps, reason = "tests end here"))]
    fn step(&self) -> io::Result<()> {
        #[cfg(test)]
        if let Some(left) = self.steps_left.get() {
            let left = left.checked_sub(1).ok_or_else(|| io::Error::other("the test ends here"))?;
            self.steps_left.set(Some(left));
        }
        Ok(())
    }

    /// Starts sets of files that reach their places with [`Stage::commit`], one set after the other.
    pub(crate) fn stage(&self) -> Result<Stage<'_>, Error> {
        self.clear_temporary()?;
        let temporary = self.path(layout::TEMPORARY);
        self.step().and_then(|()| fs::create_dir(&temporary)).map_err(Error::io("create", &temporary))?;
        Ok(Stage { disk: self, temporary, files: Vec::new() })
    }

    /// Writes one file durably, replacing an earlier one at once.
    pub(crate) fn write(&self, file: &str, bytes: &[u8]) -> Result<(), Error> {
        let mut stage = self.stage()?;
        stage.put(file, bytes)?;
        stage.commit()?;
        stage.end()
    }

    /// Removes what an interrupted write left.
    pub(crate) fn clear_temporary(&self) -> Result<(), Error> {
        let temporary = self.path(layout::TEMPORARY);
        if !temporary.exists() {
            return Ok(());
        }
        for entry in fs::read_dir(&temporary).map_err(Error::io("list", &temporary))? {
            let path = entry.map_err(Error::io("list", &temporary))?.path();
            self.step().and_then(|()| fs::remove_file(&path)).map_err(Error::io("remove", &path))?;
        }
        self.step().and_then(|()| fs::remove_dir(&temporary)).map_err(Error::io("remove", &temporary))
    }

    /// Removes one file, and its folder where that is then empty.
    pub(crate) fn remove(&self, file: &str) -> Result<(), Error> {
        let path = self.path(file);
        self.step().and_then(|()| fs::remove_file(&path)).map_err(Error::io("remove", &path))?;
        if let Some(folder) = path.parent() {
            self.step().map_err(Error::io("remove", folder))?;
            // Fails where other files are left, which is the usual case.
            let _still_in_use = fs::remove_dir(folder);
        }
        Ok(())
    }
}

/// Files that were written beside the log and wait to be moved into it.
pub(crate) struct Stage<'a> {
    disk: &'a Disk,
    temporary: PathBuf,
    files: Vec<(PathBuf, String)>,
}

impl Stage<'_> {
    /// Writes a file beside the log.
    pub(crate) fn put(&mut self, file: &str, bytes: &[u8]) -> Result<(), Error> {
        let path = self.temporary.join(self.files.len().to_string());
        self.disk
            .step()
            .and_then(|()| File::create_new(&path))
            .and_then(|mut open| {
                let (first, second) = bytes.split_at(bytes.len() / 2);
                open.write_all(first)?;
                self.disk.step()?;
                open.write_all(second)
            })
            .map_err(Error::io("write", &path))?;
        self.files.push((path, file.to_owned()));
        Ok(())
    }

    /// Makes the files durable, moves them into place and makes that durable.
    pub(crate) fn commit(&mut self) -> Result<(), Error> {
        let files = mem::take(&mut self.files);
        sync_files(&files)?;
        let mut changed = BTreeSet::new();
        for (temporary, file) in &files {
            let place = self.disk.path(file);
            if let Some(parent) = place.parent() {
                if !parent.exists() {
                    changed.extend(missing_folders(parent, self.disk.folder()));
                    self.disk
                        .step()
                        .and_then(|()| fs::create_dir_all(parent))
                        .map_err(Error::io("create", parent))?;
                }
                changed.insert(parent.to_owned());
            }
            self.disk
                .step()
                .and_then(|()| fs::rename(temporary, &place))
                .map_err(Error::io("move into place", &place))?;
        }
        for folder in &changed {
            sync_folder(folder)?;
        }
        Ok(())
    }

    /// Leaves nothing beside the log; to be called after the last commit.
    pub(crate) fn end(self) -> Result<(), Error> {
        self.disk
            .step()
            .and_then(|()| fs::remove_dir(&self.temporary))
            .map_err(Error::io("remove", &self.temporary))
    }
}

/// The folders in which new folders appear when `folder` is made, up to `top`.
fn missing_folders(folder: &Path, top: &Path) -> Vec<PathBuf> {
    let mut touched = Vec::new();
    let mut at = folder;
    while at != top && !at.exists() {
        let Some(parent) = at.parent() else { break };
        touched.push(parent.to_owned());
        at = parent;
    }
    touched
}

fn sync_files(files: &[(PathBuf, String)]) -> Result<(), Error> {
    let sync = |files: &[(PathBuf, String)]| {
        files.iter().try_for_each(|(path, _)| {
            OpenOptions::new()
                .write(true)
                .open(path)
                .and_then(|file| file.sync_all())
                .map_err(Error::io("make durable", path))
        })
    };
    let threads = (files.len() / FILES_PER_THREAD).clamp(1, MAX_THREADS);
    if threads == 1 {
        return sync(files);
    }
    std::thread::scope(|scope| {
        let waiting: Vec<_> = files
            .chunks(files.len().div_ceil(threads))
            .map(|files| scope.spawn(move || sync(files)))
            .collect();
        waiting
            .into_iter()
            .try_for_each(|thread| thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
    })
}

#[cfg(unix)]
fn sync_folder(folder: &Path) -> Result<(), Error> {
    File::open(folder).and_then(|open| open.sync_all()).map_err(Error::io("make durable", folder))
}

/// Elsewhere a folder cannot be opened as a file, and renames are made durable by the system.
#[cfg(not(unix))]
fn sync_folder(_: &Path) -> Result<(), Error> {
    Ok(())
}
