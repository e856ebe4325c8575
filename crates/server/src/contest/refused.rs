//! What a contest's refusals are to whoever asked.

use crate::refusal::Refusal;
use axum::http::StatusCode;
use daepyo_contest::ContestError;
use daepyo_messages::Message;

impl From<ContestError> for Refusal {
    fn from(error: ContestError) -> Self {
        let bad = |code, id| Self::new(StatusCode::UNPROCESSABLE_ENTITY, code, Message::new(id));
        match error {
            ContestError::Site(error) => error.into(),
            ContestError::NoBattle => Self::not_found(),
            ContestError::NothingLeft => Self::new(
                StatusCode::CONFLICT,
                "contest::nothing_left",
                Message::new("site-refused-nothing-left"),
            ),
            ContestError::NotOpen => {
                Self::new(StatusCode::CONFLICT, "contest::not_open", Message::new("site-refused-state"))
            }
            ContestError::UnknownTag => bad("contest::unknown_tag", "site-refused-tag"),
            ContestError::LongReason { .. } => bad("contest::long_reason", "site-refused-long"),
            ContestError::BadPrompt { .. } => bad("contest::bad_prompt", "site-refused-prompt"),
            ContestError::NotLogged => Self::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "contest::not_logged",
                Message::new("site-refused-not-logged"),
            )
            .retry_after(5),
            error @ (ContestError::Setup { .. }
            | ContestError::Recorded { .. }
            | ContestError::Log(_)
            | ContestError::ClosedOtherwise
            | ContestError::NotClosed
            | ContestError::HandOver { .. }
            | ContestError::Draw(_)
            | ContestError::Voters(_)
            | ContestError::Canonical
            | ContestError::Io { .. }
            | ContestError::Stopping) => Self::inside(error),
        }
    }
}
