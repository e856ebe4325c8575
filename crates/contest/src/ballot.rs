//! A vote as it is committed to: one canonical form, hidden by a salt until the close.

use crate::{ContestError, keyed::keyed};
use daepyo_core::{CandidateId, Digest, VoteChoice};
use serde::{Deserialize, Serialize};

/// What stands before a ballot's canonical form under the digest.
const DOMAIN: &[u8] = b"daepyo contest ballot v1\n";
/// What stands before opener and reason.
const REASON: &[u8] = b"daepyo contest reason v1\n";

/// Everything that a commitment binds. Its canonical form has the fields in this order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Ballot {
    /// The battle, 16 hexadecimal digits.
    pub battle: String,
    /// What was chosen.
    pub choice: VoteChoice,
    /// The contest: SHA-256 of its opening entry.
    pub contest: Digest,
    /// The assigned prompt, where one was.
    pub prompt: Option<String>,
    /// Hides the vote while the contest is open, and is the digest of the reason: see [`reason_digest`].
    pub salt: Digest,
    /// When both answers of the last turn stood there in full, in milliseconds since 1970.
    pub shown_ms: i64,
    /// Who was shown on which side, under the contest's seed: the voter has this before the close too, and it must not
    /// tell them. See [`sides_digest`].
    pub sides: Digest,
    /// Tags, sorted.
    pub tags: Vec<String>,
    /// When the vote came.
    pub voted_ms: i64,
    /// Who voted, by pseudonym.
    pub voter: String,
}

impl Ballot {
    /// SHA-256 of the domain and the canonical form.
    pub fn commitment(&self) -> Result<Digest, ContestError> {
        // Nothing has to be sorted: this is the canonical form.
        let mut whole = DOMAIN.to_vec();
        serde_json::to_writer(&mut whole, self).map_err(|_| ContestError::Canonical)?;
        Ok(Digest::of(&whole))
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

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed assertion is the point of a test")]

    use super::*;
    use daepyo_core::canonical;

    #[test]
    fn a_commitment_is_of_the_canonical_form() {
        let ballot = Ballot {
            battle: "0123456789abcdef".to_owned(),
            choice: VoteChoice::BothBad,
            contest: Digest::of(b"contest"),
            prompt: Some("\u{1f}\"가\\\u{2028}".to_owned()),
            salt: Digest::of(b"salt"),
            shown_ms: -1,
            sides: Digest::of(b"sides"),
            tags: vec!["a".to_owned(), "나".to_owned()],
            voted_ms: i64::MAX,
            voter: "v1".to_owned(),
        };
        for ballot in [Ballot { prompt: None, tags: Vec::new(), ..ballot.clone() }, ballot] {
            let form = canonical::to_bytes(&ballot).unwrap();
            assert_eq!(ballot.commitment().unwrap(), Digest::of(&[DOMAIN, &form].concat()));
        }
    }
}
