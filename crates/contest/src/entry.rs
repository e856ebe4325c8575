//! What of a contest stands in the evidence log: its opening, commitments of ballots, withdrawals, its closing.

use crate::{
    ContestError,
    published::{BALLOTS, CONTEST, CONVERSATIONS, Counts, DRAWS, EXAMINATIONS, VOTES},
};
use daepyo_core::{CriterionId, Digest, StageId, canonical};
use serde::{Deserialize, Serialize};

/// An entry of the log. Its bytes are the canonical form.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Entry {
    /// A contest was opened. The SHA-256 of this entry is the contest's name everywhere else.
    ContestOpened {
        /// The stage.
        stage: StageId,
        /// The criterion.
        criterion: CriterionId,
        /// SHA-256 of the sealed rules.
        rules: Digest,
        /// The commitment to the secret seed.
        seed: Digest,
        /// When, in milliseconds since 1970.
        opened_ms: i64,
    },
    /// A vote was taken. Nothing about it can be read here.
    Ballot {
        /// The contest.
        contest: Digest,
        /// The commitment to the vote.
        commitment: Digest,
    },
    /// A vote was withdrawn by its voter.
    Withdrawal {
        /// The contest.
        contest: Digest,
        /// The commitment to the vote.
        commitment: Digest,
    },
    /// The registered tests of voters were run.
    VotersExamined {
        /// The contest.
        contest: Digest,
        /// The commitment to what they found: a keyed hash under the contest's seed.
        commitment: Digest,
    },
    /// A contest was closed.
    ContestClosed {
        /// The contest.
        contest: Digest,
        /// When, in milliseconds since 1970.
        closed_ms: i64,
        /// What happened in it.
        counts: Box<Counts>,
        /// Digests of the published files.
        files: Files,
    },
}

/// SHA-256 of the files that are published with the close.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Files {
    /// `ballots.jsonl`.
    pub ballots: Digest,
    /// `contest.json`.
    pub contest: Digest,
    /// `conversations.jsonl`.
    pub conversations: Digest,
    /// `draws.jsonl`.
    pub draws: Digest,
    /// `examinations.jsonl`.
    pub examinations: Digest,
    /// `votes.csv`.
    pub votes: Digest,
}

impl Files {
    /// Each with its name, in the order in which they are written: `contest.json` says that the others are whole.
    pub(crate) const fn by_name(&self) -> [(&'static str, Digest); 6] {
        [
            (BALLOTS, self.ballots),
            (CONVERSATIONS, self.conversations),
            (DRAWS, self.draws),
            (EXAMINATIONS, self.examinations),
            (VOTES, self.votes),
            (CONTEST, self.contest),
        ]
    }
}

impl Entry {
    /// The bytes that stand in the log.
    pub fn to_bytes(&self) -> Result<Vec<u8>, ContestError> {
        canonical::to_bytes(self).map_err(|_| ContestError::Canonical)
    }

    /// Reads an entry of a contest; none where it is something else, or not in its canonical form.
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let entry: Self = serde_json::from_slice(bytes).ok()?;
        (entry.to_bytes().ok()? == bytes).then_some(entry)
    }
}
