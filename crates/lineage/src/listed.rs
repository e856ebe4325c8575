//! What a list of models says of their weights without the weights: which contents they have, and why some are not there.

use crate::scan::Reason;
use serde::{Deserialize, Serialize};

/// What a list says of a model's weights.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default)]
pub struct Listed {
    /// The commit that was looked at.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    /// What names the content of each file of weights (`sha256:…`, `git:…`), ascending; empty where nobody says.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub contents: Vec<String>,
    /// The model whose files are read in place of its own, since the list gives them the same contents.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub same_as: Option<String>,
    /// Why the weights are not there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub absent: Option<Absence>,
    /// What happened when they were asked for, in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
}

impl Listed {
    /// Whether nothing is said.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether both have files of weights, and of the same contents.
    pub(crate) fn is_copy_of(&self, other: &Self) -> bool {
        !self.contents.is_empty() && self.contents == other.contents
    }
}

/// Why a model's weights were not brought.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Absence {
    /// Only what is declared was asked for.
    NotAsked,
    /// They are given only to people who accepted its terms.
    Gated,
    /// They are larger than what was left of the limit.
    TooLarge,
    /// As many models as the limit allows were brought before.
    TooMany,
    /// It has no file of weights of a format that is read.
    NoFiles,
    /// They were asked for, and did not come.
    Failed,
}

impl Absence {
    /// What a scan says of a claim whose weights are not there for this reason.
    pub fn reason(self) -> Reason {
        match self {
            Self::NotAsked => Reason::NoWeights,
            Self::Gated => Reason::Gated,
            Self::TooLarge => Reason::TooLarge,
            Self::TooMany => Reason::TooMany,
            Self::NoFiles => Reason::NoFiles,
            Self::Failed => Reason::NotFetched,
        }
    }
}
