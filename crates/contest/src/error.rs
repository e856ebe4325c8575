//! Why a contest refuses or fails.

use daepyo_store::site::SiteError;
use daepyo_verdict::voters::VoterError;
use std::path::PathBuf;

/// Why a contest refuses or fails.
#[derive(Debug, thiserror::Error)]
pub enum ContestError {
    /// What the contest is set up with cannot be held.
    #[error("the contest cannot be held: {what}")]
    Setup {
        /// What is wrong.
        what: &'static str,
    },
    /// A line of recorded answers that cannot be read.
    #[error("line {line} of the recorded answers cannot be read: {what}")]
    Recorded {
        /// The line, from 1.
        line: usize,
        /// What is wrong.
        what: &'static str,
    },
    /// The store refuses or fails.
    #[error("the store of the site refuses")]
    Site(#[source] SiteError),
    /// The evidence log fails.
    #[error("the evidence log fails")]
    Log(#[source] Box<daepyo_evidence::Error>),
    /// Nothing is left that this person has not seen.
    #[error("this person has seen everything")]
    NothingLeft,
    /// There is no such battle of this person in this contest.
    #[error("there is no such battle")]
    NoBattle,
    /// The battle is not in a state for this.
    #[error("the battle is not open for this")]
    NotOpen,
    /// A tag that is not on the list.
    #[error("there is no such tag")]
    UnknownTag,
    /// A reason that is too long.
    #[error("the reason is longer than {most} characters")]
    LongReason {
        /// Characters, at most.
        most: u32,
    },
    /// A prompt that is empty or too long.
    #[error("the prompt is empty or longer than {most} characters")]
    BadPrompt {
        /// Characters, at most.
        most: u32,
    },
    /// The log has not come so far in the time that was given.
    #[error("the log has not come so far yet")]
    NotLogged,
    /// The contest was closed with other files.
    #[error("the log has another closing of this contest")]
    ClosedOtherwise,
    /// The contest is open.
    #[error("the contest is not closed")]
    NotClosed,
    /// What was to be given to the stage does not hold, such as because the log grew while it was copied.
    #[error("the closed contest cannot be given to the stage: {first}, and {more} more")]
    HandOver {
        /// The first thing that does not hold.
        first: crate::Finding,
        /// How many more.
        more: usize,
    },
    /// No battle can be drawn.
    #[error("no battle can be drawn")]
    Draw(#[source] daepyo_arena::assign::AssignError),
    /// The tests of voters cannot be run.
    #[error("the tests of voters cannot be run")]
    Voters(#[source] VoterError),
    /// A value without a canonical form.
    #[error("a value has no canonical form")]
    Canonical,
    /// A file cannot be read or written.
    #[error("cannot {action} {}", path.display())]
    Io {
        /// `read`, `write`.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// The server is stopping.
    #[error("the server is stopping")]
    Stopping,
}

impl ContestError {
    /// The stable code, `contest::…`.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Setup { .. } => "contest::setup",
            Self::Recorded { .. } => "contest::recorded",
            Self::Site(_) => "contest::site",
            Self::Log(_) => "contest::log",
            Self::NothingLeft => "contest::nothing_left",
            Self::NoBattle => "contest::no_battle",
            Self::NotOpen => "contest::not_open",
            Self::UnknownTag => "contest::unknown_tag",
            Self::LongReason { .. } => "contest::long_reason",
            Self::BadPrompt { .. } => "contest::bad_prompt",
            Self::NotLogged => "contest::not_logged",
            Self::ClosedOtherwise => "contest::closed_otherwise",
            Self::NotClosed => "contest::not_closed",
            Self::HandOver { .. } => "contest::hand_over",
            Self::Draw(error) => error.code(),
            Self::Voters(error) => error.code(),
            Self::Canonical => "contest::canonical",
            Self::Io { .. } => "contest::io",
            Self::Stopping => "contest::stopping",
        }
    }

    pub(crate) fn io(
        action: &'static str,
        path: &std::path::Path,
    ) -> impl FnOnce(std::io::Error) -> Self + use<> {
        let path = path.to_owned();
        move |source| Self::Io { action, path, source }
    }
}

impl From<SiteError> for ContestError {
    fn from(error: SiteError) -> Self {
        match error {
            SiteError::NotOpen => Self::NotOpen,
            other => Self::Site(other),
        }
    }
}

impl From<daepyo_evidence::Error> for ContestError {
    fn from(error: daepyo_evidence::Error) -> Self {
        Self::Log(Box::new(error))
    }
}

impl From<daepyo_arena::assign::AssignError> for ContestError {
    fn from(error: daepyo_arena::assign::AssignError) -> Self {
        Self::Draw(error)
    }
}
