//! Why a task ended without success, and the exit code that says so.

use std::path::{Path, PathBuf};

/// The end of a task that did not succeed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// The task ran, and the answer is no. Exit code 1.
    #[error("{0}")]
    No(String),
    /// Something that the task reads is not as it must be. Exit code 2.
    #[error("{0}")]
    BadInput(String),
    /// The machine lacks something, or a file or command could not be used. Exit code 3.
    #[error("{0}")]
    Environment(String),
    /// A file operation failed. Exit code 3.
    #[error("cannot {action} {}", path.display())]
    Io {
        /// What was tried, as a verb.
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
}

impl Failure {
    /// The exit code, as the command line of daepyo has them.
    pub(crate) fn exit_code(&self) -> u8 {
        match self {
            Self::No(_) => 1,
            Self::BadInput(_) => 2,
            Self::Environment(_) | Self::Io { .. } => 3,
        }
    }

    /// Wraps a system error with what was tried on which path.
    pub(crate) fn io(action: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { action, path, source }
    }
}
