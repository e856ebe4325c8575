//! Names of things as distinct types, so that a suite is never taken for a stage.

use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// Text that is not an id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// Where an id is asked for.
    #[error("`{0}` is not an id: 1 to 64 of a-z, 0-9, `-`, `_` and `.`, beginning with a letter or digit")]
    Id(String),
    /// Where any one-line name will do: a task, a rater, a voter.
    #[error("`{0}` is not a name: 1 to 256 bytes on one line, without white space at its ends")]
    Name(String),
}

fn strict(text: &str) -> bool {
    let body = |b: u8| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.');
    (1..=64).contains(&text.len())
        && text.bytes().all(body)
        && text.as_bytes().first().is_some_and(u8::is_ascii_alphanumeric)
}

fn free(text: &str) -> bool {
    (1..=256).contains(&text.len()) && !text.chars().any(char::is_control) && text.trim() == text
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $valid:path, $wrong:path) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The id, or an error where the text breaks the rule for ids.
            pub fn new(text: impl Into<String>) -> Result<Self, IdError> {
                let text = text.into();
                if $valid(&text) { Ok(Self(text)) } else { Err($wrong(text)) }
            }

            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl FromStr for $name {
            type Err = IdError;
            fn from_str(text: &str) -> Result<Self, IdError> {
                Self::new(text)
            }
        }

        impl TryFrom<String> for $name {
            type Error = IdError;
            fn try_from(text: String) -> Result<Self, IdError> {
                Self::new(text)
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.0
            }
        }
    };
}

id!(/// A programme.
    ProgrammeId, strict, IdError::Id);
id!(/// A stage of a programme.
    StageId, strict, IdError::Id);
id!(/// A team.
    TeamId, strict, IdError::Id);
id!(/// A candidate or a reference: both are measured alike, so both have ids of one kind.
    CandidateId, strict, IdError::Id);
id!(/// A suite of tasks.
    SuiteId, strict, IdError::Id);
id!(/// A criterion of a stage.
    CriterionId, strict, IdError::Id);
id!(/// A gate of a stage.
    GateId, strict, IdError::Id);
id!(/// One question of a rubric.
    RubricItemId, strict, IdError::Id);
id!(/// A prompt that a contest assigns.
    PromptId, strict, IdError::Id);
id!(/// A reason that a voter may tick.
    TagId, strict, IdError::Id);
id!(/// A task, as its file names it.
    TaskName, free, IdError::Name);
id!(/// A rater, by pseudonym.
    RaterId, free, IdError::Name);
id!(/// A voter, by pseudonym.
    VoterId, free, IdError::Name);
