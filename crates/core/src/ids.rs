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

#[cfg(feature = "schema")]
fn strict_schema() -> schemars::Schema {
    schemars::json_schema!({ "type": "string", "pattern": "^[a-z0-9][a-z0-9._-]{0,63}$" })
}

/// The rule on white space is not in it: it cannot be written as a pattern that all readers understand alike.
#[cfg(feature = "schema")]
fn free_schema() -> schemars::Schema {
    schemars::json_schema!({ "type": "string", "minLength": 1, "maxLength": 256 })
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $valid:path, $wrong:path, $schema:path) => {
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

        #[cfg(feature = "schema")]
        impl schemars::JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                $schema()
            }
        }
    };
}

id!(/// A programme.
    ProgrammeId, strict, IdError::Id, strict_schema);
id!(/// A stage of a programme.
    StageId, strict, IdError::Id, strict_schema);
id!(/// A team.
    TeamId, strict, IdError::Id, strict_schema);
id!(/// A candidate or a reference: both are measured alike, so both have ids of one kind.
    CandidateId, strict, IdError::Id, strict_schema);
id!(/// A suite of tasks.
    SuiteId, strict, IdError::Id, strict_schema);
id!(/// A criterion of a stage.
    CriterionId, strict, IdError::Id, strict_schema);
id!(/// A gate of a stage.
    GateId, strict, IdError::Id, strict_schema);
id!(/// One question of a rubric.
    RubricItemId, strict, IdError::Id, strict_schema);
id!(/// A prompt that a contest assigns.
    PromptId, strict, IdError::Id, strict_schema);
id!(/// A reason that a voter may tick.
    TagId, strict, IdError::Id, strict_schema);
id!(/// A task, as its file names it.
    TaskName, free, IdError::Name, free_schema);
id!(/// A rater, by pseudonym.
    RaterId, free, IdError::Name, free_schema);
id!(/// A voter, by pseudonym.
    VoterId, free, IdError::Name, free_schema);
