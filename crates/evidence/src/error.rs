//! What can go wrong while a log is written or read.

use std::io;
use std::path::{Path, PathBuf};

use crate::{CheckpointError, KeyError, MAX_ENTRY_BYTES};

/// Why a log could not be opened, extended or read.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file operation failed.
    #[error("cannot {action} {}", path.display())]
    Io {
        /// What was tried, as a verb.
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// An entry is larger than the format holds.
    #[error("entry {index} of this append has {size_bytes} bytes; an entry holds at most {MAX_ENTRY_BYTES}")]
    EntryTooLarge {
        /// Its position in the append.
        index: usize,
        /// Its size in bytes.
        size_bytes: usize,
    },
    /// The private key lies inside the folder that will be published.
    #[error("the private key {} lies inside the log folder {}, which is made to be published; move it out",
            key.display(), log.display())]
    KeyInsideLog {
        /// The key file.
        key: PathBuf,
        /// The log folder.
        log: PathBuf,
    },
    /// The log belongs to another key.
    #[error("the log in {} belongs to the key `{found}`, not to `{expected}`", log.display())]
    KeyMismatch {
        /// The log folder.
        log: PathBuf,
        /// The key in the folder.
        found: String,
        /// The key that was given.
        expected: String,
    },
    /// A new log was asked for in a folder that holds something.
    #[error("{} holds `{found}` already; a new log needs an empty folder", log.display())]
    NotEmpty {
        /// The folder.
        log: PathBuf,
        /// A file in it.
        found: String,
    },
    /// The folder holds no log.
    #[error("{} holds no log: its file `checkpoint` is missing", log.display())]
    NoLog {
        /// The folder.
        log: PathBuf,
    },
    /// Another process has the log open for writing.
    #[error("another process is writing to the log in {}", log.display())]
    Locked {
        /// The log folder.
        log: PathBuf,
    },
    /// A file is not as the last checkpoint says.
    #[error("`{file}` in the log {} is damaged: {reason}", log.display())]
    Damaged {
        /// The log folder.
        log: PathBuf,
        /// The file, relative to the folder.
        file: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A checkpoint file is malformed or not signed by the log's key.
    #[error("`{file}` is no checkpoint of this log")]
    Checkpoint {
        /// The file, relative to the folder.
        file: String,
        /// What is wrong with it.
        #[source]
        source: CheckpointError,
    },
    /// The key in the folder or the one given is unusable.
    #[error("the key of the log is unusable")]
    Key(#[source] KeyError),
    /// An earlier append failed half-way; the log must be opened again.
    #[error("an earlier append failed; open the log again before appending")]
    Interrupted,
    /// An index or size outside the log was asked for.
    #[error("{what} {asked} is outside the log of {size} entries")]
    OutOfRange {
        /// `entry`, `size` or `checkpoint`.
        what: &'static str,
        /// The number asked for.
        asked: u64,
        /// The number of entries.
        size: u64,
    },
}

impl Error {
    /// The stable code, `evidence::...`.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Io { .. } => "evidence::io",
            Self::EntryTooLarge { .. } => "evidence::entry_too_large",
            Self::KeyInsideLog { .. } => "evidence::key_inside_log",
            Self::KeyMismatch { .. } => "evidence::key_mismatch",
            Self::NotEmpty { .. } => "evidence::not_empty",
            Self::NoLog { .. } => "evidence::no_log",
            Self::Locked { .. } => "evidence::locked",
            Self::Damaged { .. } => "evidence::damaged",
            Self::Checkpoint { source, .. } => source.code(),
            Self::Key(source) => source.code(),
            Self::Interrupted => "evidence::interrupted",
            Self::OutOfRange { .. } => "evidence::out_of_range",
        }
    }

    /// Wraps a system error with what was tried on which path.
    pub(crate) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { action, path, source }
    }
}
