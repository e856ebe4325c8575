//! The rules of a public contest: how citizens come to two anonymous answers, and what one of them may do.

use crate::{CandidateId, Date, Localized, PromptId, TagId};
use serde::{Deserialize, Serialize};

/// The rules of a public contest whose votes a criterion takes, with every default written out.
///
/// Its contestants are all candidates of the programme and the reference that the criterion is measured against. How
/// many advance, which the pairing needs too, is the stage's.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ContestRule {
    /// Where answers come from.
    pub mode: ContestMode,
    /// Path, relative to the programme file, of a CSV file with the columns id, text, language and category: the
    /// prompts that are assigned.
    pub prompts: String,
    /// Path, relative to the programme file, of a file with one answer a line, as JSON with the keys prompt, candidate
    /// and text: every prompt's answer by every contestant. Always there where answers are recorded, never where
    /// they are live.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answers: Option<String>,
    /// First day, within the stage's; the stage's own where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opens: Option<Date>,
    /// Last day, within the stage's; the stage's own where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closes: Option<Date>,
    /// Share of conversations, 0 to 1, that begin with an assigned prompt instead of the voter's own; 1 where answers
    /// are recorded.
    pub assigned: f64,
    /// Votes that one person may cast on one day, at most.
    pub votes_a_day: u32,
    /// Votes that one person may cast in all, at most; no less than on one day.
    pub votes_in_all: u32,
    /// Most votes of one person that count in full: a person with more has each of them weighed down to this sum.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weight_cap: Option<u32>,
    /// Turns of a conversation, at most; 1 where answers are recorded.
    pub turns: u32,
    /// Characters (Unicode scalar values) of one prompt of a voter, at most.
    pub prompt_characters: u32,
    /// Characters (Unicode scalar values) that are shown of one answer, at most.
    pub answer_characters: u32,
    /// Most milliseconds that a piece of the faster answer is held back, so that speed does not give a contestant away.
    pub hold_ms: u64,
    /// System prompt that every contestant gets, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub system: Option<String>,
    /// Temperature of live answers.
    pub temperature: f64,
    /// Tokens of one live answer, at most.
    pub max_tokens: u32,
    /// Tokens that live answers of all contestants together may read and write on one day, at most, where that is
    /// bounded: no battle begins above it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tokens_a_day: Option<u64>,
    /// Names that give contestants away, beyond those that the programme itself holds; each contestant once at most.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub names: Vec<ContestantNames>,
    /// How pairs are drawn.
    pub pairing: ContestPairing,
    /// Reasons that a voter may tick with a vote: a closed list, empty where none is asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<ContestTag>,
}

impl ContestRule {
    /// Default of [`Self::assigned`] where answers are live: half.
    pub const ASSIGNED: f64 = 0.5;
    /// Default of [`Self::votes_a_day`].
    pub const VOTES_A_DAY: u32 = 20;
    /// Default of [`Self::votes_in_all`], or the votes of one day where that is more.
    pub const VOTES_IN_ALL: u32 = 200;
    /// Default of [`Self::turns`] where answers are live.
    pub const TURNS: u32 = 5;
    /// Default of [`Self::prompt_characters`].
    pub const PROMPT_CHARACTERS: u32 = 2_000;
    /// Default of [`Self::answer_characters`].
    pub const ANSWER_CHARACTERS: u32 = 8_000;
    /// Default of [`Self::hold_ms`].
    pub const HOLD_MS: u64 = 8_000;
    /// Default of [`Self::temperature`].
    pub const TEMPERATURE: f64 = 0.7;
    /// Default of [`Self::max_tokens`].
    pub const MAX_TOKENS: u32 = 1_024;

    /// The paths of the files that belong to the rules, relative to the programme file: prompts, then answers.
    pub fn files(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.prompts.as_str()).chain(self.answers.as_deref())
    }

    /// The names that were written for a contestant, where any were.
    pub fn names_of(&self, contestant: &CandidateId) -> Option<&ContestantNames> {
        self.names.iter().find(|names| names.candidate == *contestant)
    }
}

/// Where the answers of a contest come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ContestMode {
    /// From a file that was made before the stage was sealed.
    Recorded,
    /// From the contestants, while the voter waits.
    Live,
}

impl ContestMode {
    /// The mode's word in programme files.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Recorded => "recorded",
            Self::Live => "live",
        }
    }
}

/// What a contestant is called, in whatever script.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ContestantNames {
    /// The candidate or reference.
    pub candidate: CandidateId,
    /// Names that give it away wherever they stand.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub distinctive: Vec<String>,
    /// Names that are ordinary words too: they give it away in introductions of itself only.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ordinary: Vec<String>,
}

/// How the pairs of a contest are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ContestPairing {
    /// Least exposure of each contestant as a share of the even one, 0 to 1.
    pub floor: f64,
    /// Share of pairs that are drawn evenly, above 0 and up to 1 (1: all).
    pub even: f64,
    /// Power of a pair's worth that its chance is proportional to, above 0.
    pub sharpness: f64,
}

impl Default for ContestPairing {
    /// A floor of a third, a tenth drawn evenly, sharpness 2.
    fn default() -> Self {
        Self { floor: 1.0 / 3.0, even: 0.1, sharpness: 2.0 }
    }
}

/// A reason that a voter may tick.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ContestTag {
    /// The reason.
    pub id: TagId,
    /// Its title.
    pub title: Localized,
}

/// A prompt that a contest assigns.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct AssignedPrompt {
    /// The prompt.
    pub id: PromptId,
    /// What is said to both contestants.
    pub text: String,
    /// Its language, two or three letters of ISO 639, such as `ko`.
    pub language: String,
    /// What kind of prompt it is, for strata.
    pub category: String,
}

/// An answer that was recorded before the stage was sealed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct RecordedAnswer {
    /// The prompt.
    pub prompt: PromptId,
    /// Who answered: a candidate or a reference.
    pub candidate: CandidateId,
    /// The answer as it came; hostile, as everything is that a candidate writes.
    pub text: String,
}
