//! The files of a closed contest as they lie in a folder. They may be larger than memory, so they are never in it whole.

use crate::{
    ContestError,
    entry::Files,
    published::{BALLOTS, CONTEST, CONVERSATIONS, DRAWS, EXAMINATIONS, Summary, VOTES, to_line},
};
use daepyo_core::Digest;
use serde::Serialize;
use std::{
    fs::{self, File},
    io::{BufWriter, ErrorKind, Write as _},
    path::{Path, PathBuf},
};

/// How names end of folders of files on their way.
const PART: &str = ".part";
/// How names end of files on their way.
const NEW: &str = ".new";

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
        match self.copy_all(folder) {
            // Another server that was first removes what it has copied, but not from where it belongs.
            Err(error) if Self::find(folder).is_none_or(|there| there.digests != self.digests) => Err(error),
            Ok(()) | Err(_) => Ok(()),
        }
    }

    fn copy_all(&self, folder: &Path) -> Result<(), ContestError> {
        fs::create_dir_all(folder).map_err(ContestError::io("make", folder))?;
        for (name, digest) in self.digests.by_name() {
            let (from, path) = (self.folder.join(name), folder.join(name));
            let new = folder.join(format!(".{name}.{}{NEW}", unlike_others()?));
            fs::copy(&from, &new).map_err(ContestError::io("write", &path))?;
            let copied = File::open(&new).and_then(|file| {
                file.sync_all()?;
                Digest::of_reader(file)
            });
            if copied.map_err(ContestError::io("read", &path))? != digest {
                return Err(ContestError::io("read", &from)(ErrorKind::InvalidData.into()));
            }
            fs::rename(&new, &path).map_err(ContestError::io("write", &path))?;
        }
        sync(folder)?;
        remove_named(folder, ".", NEW)
    }
}

/// A folder of files on their way; goes with what is in it unless they are laid down.
pub(crate) struct Part {
    folder: PathBuf,
    is_laid: bool,
}

impl Drop for Part {
    fn drop(&mut self) {
        if !self.is_laid {
            // What stays goes with the close.
            let _ = remove(&self.folder);
        }
    }
}

impl Part {
    /// An empty one for what will lie at `aside`.
    pub(crate) fn new(aside: &Path) -> Result<Self, ContestError> {
        // Another server of the site may do the same at once.
        let folder = beside(aside, &format!("{}{PART}", unlike_others()?));
        fs::create_dir_all(&folder).map_err(ContestError::io("make", &folder))?;
        Ok(Self { folder, is_laid: false })
    }

    /// Where the files lie.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Gives the folder its name; there must be nothing.
    pub(crate) fn rename(mut self, to: &Path) -> Result<(), ContestError> {
        fs::rename(&self.folder, to).map_err(ContestError::io("write", to))?;
        self.is_laid = true;
        Ok(())
    }

    /// Begins a file.
    pub(crate) fn file(&self, name: &str) -> Result<Lines, ContestError> {
        let path = self.folder.join(name);
        let file = File::create(&path).map_err(ContestError::io("write", &path))?;
        Ok(Lines { out: BufWriter::new(file), path, count: 0 })
    }

    /// Lays the files of this contest down at `aside`, a folder that gets its name now that it is whole, and gives what lies
    /// there: another server may have been first.
    pub(crate) fn lay_down(mut self, aside: &Path, contest: Digest) -> Result<Laid, ContestError> {
        sync(&self.folder)?;
        let failed = ContestError::io("write", aside);
        if let Err(error) = fs::rename(&self.folder, aside) {
            let first = Laid::find(aside).filter(|laid| laid.summary.contest == contest);
            if let Some(first) = first {
                return Ok(first);
            }
            // What there is in place of a folder that is not empty depends on the file system.
            if !matches!(error.kind(), ErrorKind::DirectoryNotEmpty | ErrorKind::AlreadyExists) {
                return Err(failed(error));
            }
            // What a contest of the same address left there that was held before this one.
            remove(aside)?;
            fs::rename(&self.folder, aside).map_err(failed)?;
        }
        self.is_laid = true;
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

/// Removes what tries that were cut off left on its way to `place`.
pub(crate) fn clear_parts(place: &Path) -> Result<(), ContestError> {
    let mut name = place.file_name().unwrap_or_default().to_string_lossy().into_owned();
    name.push('.');
    remove_named(place.parent().unwrap_or_else(|| Path::new(".")), &name, PART)
}

/// Removes what in a folder has names of this beginning and end.
fn remove_named(folder: &Path, begin: &str, end: &str) -> Result<(), ContestError> {
    for entry in fs::read_dir(folder).map_err(ContestError::io("read", folder))? {
        let path = entry.map_err(ContestError::io("read", folder))?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name.starts_with(begin) && name.ends_with(end) {
            if path.is_dir() {
                remove(&path)?;
            } else {
                // Another server may have been first.
                let _ = fs::remove_file(&path);
            }
        }
    }
    Ok(())
}

/// A name that no other try has, of this server or another.
fn unlike_others() -> Result<String, ContestError> {
    let number = getrandom::u64().map_err(std::io::Error::from);
    Ok(format!("{:016x}", number.map_err(ContestError::io("read", Path::new("/dev/urandom")))?))
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
