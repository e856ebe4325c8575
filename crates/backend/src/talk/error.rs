//! Why an answer was not given to its end: always the infrastructure, never what the candidate said.

use daepyo_core::FailureClass;

/// An infrastructure failure in a conversation.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TalkError {
    /// No connection to the server: nobody listens, no such name, no trusted certificate, or none in time.
    #[error("talk::unreachable: {detail}")]
    Unreachable {
        /// What the system said.
        detail: String,
    },
    /// The server was reached and wrote nothing in time.
    #[error("talk::first_token: no token within {limit_ms} ms")]
    FirstToken {
        /// The limit, in milliseconds.
        limit_ms: u64,
    },
    /// The server began, then wrote nothing for too long.
    #[error("talk::stalled: no further token within {limit_ms} ms")]
    Stalled {
        /// The limit, in milliseconds.
        limit_ms: u64,
    },
    /// The whole answer took too long.
    #[error("talk::deadline: no complete answer within {limit_ms} ms")]
    Deadline {
        /// The limit, in milliseconds.
        limit_ms: u64,
    },
    /// The connection ended before the answer did.
    #[error("talk::dropped: {detail}")]
    Dropped {
        /// What the system said.
        detail: String,
    },
    /// The server refused or gave up.
    #[error("talk::status: status {status}: {detail}")]
    Status {
        /// The HTTP status; 200 where the server told of an error inside its answer.
        status: u16,
        /// The server's words, on one line, cut, without the key.
        detail: String,
    },
    /// Not the promised stream of events.
    #[error("talk::malformed: {detail}")]
    Malformed {
        /// What is wrong.
        detail: String,
    },
    /// A line, an event or the whole stream is longer than allowed.
    #[error("talk::oversized: more than {limit_bytes} bytes in one {what}")]
    Oversized {
        /// `event` or `answer`.
        what: &'static str,
        /// The limit.
        limit_bytes: usize,
    },
    /// No answer to these messages is recorded.
    #[error("talk::not_recorded: no answer to this prompt is recorded")]
    NotRecorded,
}

impl TalkError {
    /// The class under which the failure counts.
    pub fn class(&self) -> FailureClass {
        match self {
            Self::Unreachable { .. } | Self::Dropped { .. } => FailureClass::Connection,
            Self::FirstToken { .. } | Self::Stalled { .. } | Self::Deadline { .. } => FailureClass::Deadline,
            Self::Status { status: 400..=407 | 410..=428 | 430..=499, .. } => FailureClass::Rejected,
            Self::Status { .. } => FailureClass::Server,
            Self::Malformed { .. } | Self::Oversized { .. } => FailureClass::Malformed,
            Self::NotRecorded => FailureClass::NotRecorded,
        }
    }
}
