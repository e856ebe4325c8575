//! The files of a closed contest as they lie in a folder. They may be larger than memory, so they are never in it whole.

use crate::{
    ContestError,
    entry::Files,
    published::{BALLOTS, CONTEST, CONVERSATIONS, DRAWS, EXAMINATIONS, FILES, Summary, VOTES, to_line},
};
use daepyo_core::Digest;
use serde::Serialize;
use std::{
    fs::{self, File},
    io::{BufWriter, ErrorKind, Write as _},
    path::{Path, PathBuf},
};

/// All files of a contest in a folder.
pub(crate) struct Laid {
    folder: PathBuf,
    pub(crate) summary: Summary,
    pub(crate) digests: Files,
}

impl Laid {
    /// Those of a folder; nothing where one is not there.
    pub(crate) fn find(folder: &Path) -> Option<Self> {
        let of = |name| File::open(folder.join(name)).and_then(Digest::of_reader).ok();
        let digests = Files {
            ballots: of(BALLOTS)?,
            contest: of(CONTEST)?,
            conversations: of(CONVERSATIONS)?,
            draws: of(DRAWS)?,
            examinations: of(EXAMINATIONS)?,
            votes: of(VOTES)?,
        };
        let summary = serde_json::from_slice(&fs::read(folder.join(CONTEST)).ok()?).ok()?;
        Some(Self { folder: folder.to_owned(), summary, digests })
    }

    /// Copies them into a folder, each whole or not at all, `contest.json` last.
    pub(crate) fn copy_to(&self, folder: &Path) -> Result<(), ContestError> {
        if folder == self.folder {
            return Ok(());
        }
        fs::create_dir_all(folder).map_err(ContestError::io("make", folder))?;
        for name in FILES.into_iter().rev() {
            let (path, new) = (folder.join(name), folder.join(format!(".{name}.new")));
            let copied = fs::copy(self.folder.join(name), &new).and_then(|_| File::open(&new)?.sync_all());
            copied.and_then(|()| fs::rename(&new, &path)).map_err(ContestError::io("write", &path))?;
        }
        sync(folder)
    }
}

/// A folder of files on their way.
pub(crate) struct Part(PathBuf);

impl Part {
    /// An empty one for what will lie at `aside`.
    pub(crate) fn new(aside: &Path) -> Result<Self, ContestError> {
        // Another server of the site may do the same at once.
        let part = beside(aside, &format!("{}.part", std::process::id()));
        remove(&part)?;
        fs::create_dir_all(&part).map_err(ContestError::io("make", &part))?;
        Ok(Self(part))
    }

    /// Begins a file.
    pub(crate) fn file(&self, name: &str) -> Result<Lines, ContestError> {
        let path = self.0.join(name);
        let file = File::create(&path).map_err(ContestError::io("write", &path))?;
        Ok(Lines { out: BufWriter::new(file), path, count: 0 })
    }

    /// Lays the files of this contest down at `aside`, a folder that gets its name now that it is whole, and gives what lies
    /// there: another server may have been first.
    pub(crate) fn lay_down(self, aside: &Path, contest: Digest) -> Result<Laid, ContestError> {
        sync(&self.0)?;
        let failed = ContestError::io("write", aside);
        if let Err(error) = fs::rename(&self.0, aside) {
            let first = Laid::find(aside).filter(|laid| laid.summary.contest == contest);
            if let Some(first) = first {
                remove(&self.0)?;
                return Ok(first);
            }
            if error.kind() != ErrorKind::DirectoryNotEmpty {
                return Err(failed(error));
            }
            // What a contest of the same address left there that was held before this one.
            remove(aside)?;
            fs::rename(&self.0, aside).map_err(failed)?;
        }
        sync(aside.parent().unwrap_or_else(|| Path::new(".")))?;
        let gone = || ContestError::io("read", aside)(ErrorKind::NotFound.into());
        Laid::find(aside).ok_or_else(gone)
    }
}

/// A file that is written line by line.
pub(crate) struct Lines {
    out: BufWriter<File>,
    path: PathBuf,
    pub(crate) count: u64,
}

impl Lines {
    /// Adds lines of canonical JSON.
    pub(crate) fn add<T: Serialize>(
        &mut self,
        lines: impl IntoIterator<Item = T>,
    ) -> Result<(), ContestError> {
        for line in lines {
            self.raw(&to_line(&line)?)?;
            self.count += 1;
        }
        Ok(())
    }

    /// Adds bytes as they are.
    pub(crate) fn raw(&mut self, bytes: &[u8]) -> Result<(), ContestError> {
        self.out.write_all(bytes).map_err(ContestError::io("write", &self.path))
    }

    /// Waits until the file is on the disk.
    pub(crate) fn finish(mut self) -> Result<(), ContestError> {
        let synced = self.out.flush().and_then(|()| self.out.get_ref().sync_all());
        synced.map_err(ContestError::io("write", &self.path))
    }
}

/// The folder of this name with something added, in which files lie while they are not published yet.
pub(crate) fn beside(folder: &Path, what: &str) -> PathBuf {
    let mut name = folder.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{what}"));
    folder.with_file_name(name)
}

/// Removes a folder, where it is there.
pub(crate) fn remove(folder: &Path) -> Result<(), ContestError> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(ContestError::io("write", folder)(error)),
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Waits until names in a folder are on the disk.
fn sync(folder: &Path) -> Result<(), ContestError> {
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(ContestError::io("write", folder))
}
