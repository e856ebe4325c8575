//! A vote as it is committed to: one canonical form, hidden by a salt until the close.

use crate::{ContestError, keyed::keyed};
use daepyo_core::{CandidateId, Digest, VoteChoice, canonical};
use serde::{Deserialize, Serialize};

/// What stands before a ballot's canonical form under the digest.
const DOMAIN: &[u8] = b"daepyo contest ballot v1\n";
/// What stands before opener and reason.
const REASON: &[u8] = b"daepyo contest reason v1\n";

/// Everything that a commitment binds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Ballot {
    /// The contest: SHA-256 of its opening entry.
    pub contest: Digest,
    /// The battle, 16 hexadecimal digits.
    pub battle: String,
    /// Who was shown on which side, under the contest's seed: the voter has this before the close too, and it must not
    /// tell them. See [`sides_digest`].
    pub sides: Digest,
    /// The assigned prompt, where one was.
    pub prompt: Option<String>,
    /// What was chosen.
    pub choice: VoteChoice,
    /// Tags, sorted.
    pub tags: Vec<String>,
    /// When both answers of the last turn stood there in full, in milliseconds since 1970.
    pub shown_ms: i64,
    /// When the vote came.
    pub voted_ms: i64,
    /// Who voted, by pseudonym.
    pub voter: String,
    /// Hides the vote while the contest is open, and is the digest of the reason: see [`reason_digest`].
    pub salt: Digest,
}

impl Ballot {
    /// SHA-256 of the domain and the canonical form.
    pub fn commitment(&self) -> Result<Digest, ContestError> {
        let form = canonical::to_bytes(self).map_err(|_| ContestError::Canonical)?;
        Ok(Digest::of(&[DOMAIN, &form].concat()))
    }
}

/// Who was shown on which side of a battle, bound by the seed: nobody learns it before the close, and everybody can compute
/// it afterwards.
pub fn sides_digest(seed: &[u8; 32], battle: &str, left: &CandidateId, right: &CandidateId) -> Digest {
    keyed(seed, "sides", &[battle.as_bytes(), left.as_str().as_bytes(), right.as_str().as_bytes()])
}

/// The digest of a reason (empty where none was given) under its opener, which nobody but the voter is given: a short
/// reason cannot be guessed from it. It is the ballot's salt too, so that a reason may be deleted and the ballot still be
/// opened.
pub fn reason_digest(opener: Digest, reason: &str) -> Digest {
    Digest::of(&[REASON, opener.as_bytes(), reason.as_bytes()].concat())
}
