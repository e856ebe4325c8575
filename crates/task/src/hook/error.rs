//! Why a task's own Python cannot run, or what went wrong in it.

use std::{fmt, path::PathBuf, time::Duration};

/// A problem with a task's own Python. Every variant has a code, [`HookError::code`], with which its text begins.
#[derive(Debug, thiserror::Error)]
pub enum HookError {
    /// No sandbox on this machine, and none was declared unnecessary.
    #[error(
        "hook::sandbox_missing: the task's own Python runs only in a sandbox, and {problem}; install bubblewrap \
         (apt-get install bubblewrap), or, where you trust the task's files as you trust a program, pass --trust-hooks"
    )]
    SandboxMissing {
        /// What is the matter with it.
        problem: String,
    },
    /// The worker could not be started.
    #[error("hook::start: cannot start {program}; the task's own Python needs python3 3.9 or newer")]
    Start {
        /// The program.
        program: String,
        /// Why not.
        #[source]
        cause: std::io::Error,
    },
    /// A limit that the machine does not let the worker set.
    #[error("hook::limits: the worker could not limit itself: {missing}")]
    Limits {
        /// Which, in words.
        missing: String,
    },
    /// A folder that must not be shown to a task's Python.
    #[error("hook::folder: {}: {problem}", folder.display())]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// What is wrong.
        problem: String,
    },
    /// The task's code failed.
    #[error("hook::failed: `{function}` failed{failure}")]
    Failed {
        /// The function.
        function: String,
        /// How.
        failure: Box<Failure>,
    },
    /// The task's code took too long and was stopped.
    #[error("hook::timeout: `{function}` did not end within {} s and was stopped", limit.as_secs_f64())]
    Timeout {
        /// The function.
        function: String,
        /// The limit.
        limit: Duration,
    },
    /// The worker ended while it was asked.
    #[error("hook::ended: the worker ended in `{function}`: {reason}")]
    Ended {
        /// The function.
        function: String,
        /// How, in words.
        reason: String,
    },
    /// The worker had to be stopped again and again.
    #[error(
        "hook::given_up: the worker had to be stopped {stops} times and is not asked for `{function}` again; the last \
         time: {last}"
    )]
    GivenUp {
        /// The function.
        function: String,
        /// How often.
        stops: u32,
        /// What it was stopped for the last time.
        last: String,
    },
    /// More was answered than is allowed.
    #[error("hook::too_large: the answer of `{function}` is larger than {limit_bytes} bytes")]
    TooLarge {
        /// The function.
        function: String,
        /// The limit.
        limit_bytes: u64,
    },
    /// Something else than the answer arrived.
    #[error("hook::protocol: `{function}`: {problem}; the worker was stopped")]
    Protocol {
        /// The function.
        function: String,
        /// What is wrong.
        problem: String,
    },
    /// The function gave something of the wrong kind.
    #[error("hook::result: `{function}` {problem}")]
    Result {
        /// The function.
        function: String,
        /// What is wrong.
        problem: String,
    },
}

impl HookError {
    /// The stable code of this problem, such as `hook::timeout`.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::SandboxMissing { .. } => "hook::sandbox_missing",
            Self::Start { .. } => "hook::start",
            Self::Limits { .. } => "hook::limits",
            Self::Folder { .. } => "hook::folder",
            Self::Failed { .. } => "hook::failed",
            Self::Timeout { .. } => "hook::timeout",
            Self::Ended { .. } => "hook::ended",
            Self::GivenUp { .. } => "hook::given_up",
            Self::TooLarge { .. } => "hook::too_large",
            Self::Protocol { .. } => "hook::protocol",
            Self::Result { .. } => "hook::result",
        }
    }

    /// The same problem, where documents are counted from `first` on.
    pub(super) fn counted_from(mut self, first: usize) -> Self {
        if let Self::Failed { failure, .. } = &mut self {
            failure.document = failure.document.map(|document| document + first);
        }
        self
    }
}

/// An exception in a task's code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Python's name of the problem, such as `KeyError`.
    pub kind: String,
    /// What Python says.
    pub message: String,
    /// The task's file.
    pub file: Option<PathBuf>,
    /// Its line, from 1.
    pub line: Option<u64>,
    /// The document's place among those of the call, from 0.
    pub document: Option<usize>,
    /// The end of what the code printed.
    pub output: String,
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(document) = self.document {
            write!(formatter, " on document {document}")?;
        }
        if let Some(file) = &self.file {
            write!(formatter, " at {}", file.display())?;
        }
        if let Some(line) = self.line {
            write!(formatter, ":{line}")?;
        }
        write!(formatter, ": {}: {}", self.kind, self.message)?;
        if self.output.is_empty() { Ok(()) } else { write!(formatter, " (it printed: {})", self.output) }
    }
}
