//! What a check of a log can find, each bound to one file.

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::path::Path;

/// The kind of a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Problem {
    /// A file that the log must have is not there.
    MissingFile,
    /// A file, a link or a device that is no part of the log.
    UnexpectedFile,
    /// The system could not read a file or the folder.
    UnreadableFile,
    /// `key.pub` is not one public key in canonical form.
    MalformedKey,
    /// `key.pub` is not the key that was given as trusted.
    KeyMismatch,
    /// No checkpoint can be used.
    NoCheckpoint,
    /// A checkpoint file is not in the canonical form.
    MalformedCheckpoint,
    /// A checkpoint is not signed by the log's key, or changed since.
    WrongSignature,
    /// A checkpoint is of another log.
    WrongOrigin,
    /// A file in `checkpoints/` holds the checkpoint of another size than its name says.
    WrongName,
    /// A larger checkpoint was signed or remembered than the log now shows.
    RolledBack,
    /// Two signed checkpoints contradict each other, or one contradicts what was remembered.
    Forked,
    /// The signed root is not that of the entries, nor that of the tiles.
    WrongRoot,
    /// A bundle of entries cannot be split into the number of entries that its name says.
    MalformedEntries,
    /// An entry is not the one that was signed.
    WrongEntry,
    /// A tile is not the one that follows from the entries.
    WrongTile,
}

impl Problem {
    /// The stable code, `evidence::...`.
    pub fn code(self) -> &'static str {
        match self {
            Self::MissingFile => "evidence::missing_file",
            Self::UnexpectedFile => "evidence::unexpected_file",
            Self::UnreadableFile => "evidence::unreadable_file",
            Self::MalformedKey => "evidence::malformed_key",
            Self::KeyMismatch => "evidence::key_mismatch",
            Self::NoCheckpoint => "evidence::no_checkpoint",
            Self::MalformedCheckpoint => "evidence::malformed_checkpoint",
            Self::WrongSignature => "evidence::wrong_signature",
            Self::WrongOrigin => "evidence::wrong_origin",
            Self::WrongName => "evidence::wrong_name",
            Self::RolledBack => "evidence::rolled_back",
            Self::Forked => "evidence::forked",
            Self::WrongRoot => "evidence::wrong_root",
            Self::MalformedEntries => "evidence::malformed_entries",
            Self::WrongEntry => "evidence::wrong_entry",
            Self::WrongTile => "evidence::wrong_tile",
        }
    }
}

/// Something wrong with one file of a log.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    file: String,
    problem: Problem,
    message: String,
}

impl Finding {
    /// The file, relative to the log folder, with `/`.
    pub fn file(&self) -> &str {
        &self.file
    }

    /// The kind.
    pub fn problem(&self) -> Problem {
        self.problem
    }

    /// The stable code, `evidence::...`.
    pub fn code(&self) -> &'static str {
        self.problem.code()
    }

    /// What is wrong, as a sentence without its subject, which is the file.
    pub fn message(&self) -> &str {
        &self.message
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} ({})", self.file, self.message, self.code())
    }
}

/// Findings as they are collected: for a file and a kind the first one is kept.
#[derive(Debug, Default)]
pub(super) struct Findings(BTreeMap<(String, Problem), String>);

impl Findings {
    pub(super) fn add(&mut self, file: &str, problem: Problem, message: String) {
        self.0.entry((file.to_owned(), problem)).or_insert(message);
    }

    /// Reads a file that must be there; where it cannot be read, that is a finding.
    pub(super) fn read(&mut self, folder: &Path, file: &str) -> Option<Vec<u8>> {
        match super::read(folder, file) {
            Ok(bytes) => Some(bytes),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                self.add(file, Problem::MissingFile, "is missing".to_owned());
                None
            }
            Err(error) => {
                self.add(file, Problem::UnreadableFile, format!("cannot be read: {error}"));
                None
            }
        }
    }

    pub(super) fn into_vec(self) -> Vec<Finding> {
        self.0.into_iter().map(|((file, problem), message)| Finding { file, problem, message }).collect()
    }
}
