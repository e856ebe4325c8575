//! What a voter keeps: the vote in clear, what opens its commitment, and the proof that the log has it.

use crate::{Ballot, ContestError, Entry, ballot::reason_digest};
use daepyo_core::Digest;
use daepyo_evidence::{Checkpoint, InclusionProof, ProofError, VerifierKey};
use serde::{Deserialize, Serialize};

/// The receipt of a vote. It is checked with the log's public key and nothing else.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Receipt {
    /// The vote.
    pub ballot: Ballot,
    /// Why, in the voter's words; empty for none. Null once it was deleted.
    pub reason: Option<String>,
    /// Opens the reason: the ballot's salt is the digest of both.
    pub opener: Digest,
    /// What the log has of the vote.
    pub commitment: Digest,
    /// Where the log has it, once it has.
    pub logged: Option<Inclusion>,
    /// When the voter withdrew it, in milliseconds since 1970; null where they did not. The log's entry has no time: this is
    /// what the site says.
    pub withdrawn_ms: Option<i64>,
    /// Where the log has the withdrawal of this commitment, once it has. Receipts of earlier versions lack it.
    pub withdrawal: Option<Inclusion>,
}

/// The place of a commitment in the log. It says nothing about the vote.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Inclusion {
    /// The contest.
    pub contest: Digest,
    /// The commitment.
    pub commitment: Digest,
    /// The log's origin.
    pub origin: String,
    /// The entry's number, from 0.
    pub index: u64,
    /// The proof and the signed checkpoint, in the form of C2SP tlog-proof.
    pub proof: String,
}

/// Why a receipt does not hold.
#[derive(Debug, thiserror::Error)]
pub enum ReceiptError {
    /// The text is no receipt.
    #[error("this is no receipt")]
    Malformed,
    /// The vote or the reason is not what was committed to.
    #[error("the vote is not the one that was committed to")]
    OtherVote,
    /// The log did not have the vote yet when the receipt was made.
    #[error("the receipt has no proof yet; fetch it again")]
    NotLogged,
    /// The proof does not hold.
    #[error("the log's proof does not hold")]
    Proof(#[source] ProofError),
    /// The parts of the receipt are about different things.
    #[error("the parts of the receipt do not belong together")]
    Parts,
}

impl ReceiptError {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Malformed => "receipt::malformed",
            Self::OtherVote => "receipt::other_vote",
            Self::NotLogged => "receipt::not_logged",
            Self::Proof(error) => error.code(),
            Self::Parts => "receipt::parts",
        }
    }
}

impl Receipt {
    /// Reads a receipt's file.
    pub fn parse(bytes: &[u8]) -> Result<Self, ReceiptError> {
        serde_json::from_slice(bytes).map_err(|_| ReceiptError::Malformed)
    }

    /// The receipt's file.
    pub fn to_json(&self) -> Result<String, ContestError> {
        let mut text = serde_json::to_string_pretty(self).map_err(|_| ContestError::Canonical)?;
        text.push('\n');
        Ok(text)
    }

    /// Computes everything anew: the reason's digest, the commitment, the entry, the way to the signed root; likewise the
    /// entry of the withdrawal, where the receipt has one. Returns what the vote's checkpoint says.
    pub fn check(&self, key: &VerifierKey) -> Result<Checkpoint, ReceiptError> {
        let reason = self.reason.as_ref().map(|reason| reason_digest(self.opener, reason));
        let commitment = self.ballot.commitment().map_err(|_| ReceiptError::OtherVote)?;
        if reason.is_some_and(|digest| digest != self.ballot.salt) || commitment != self.commitment {
            return Err(ReceiptError::OtherVote);
        }
        let logged = self.logged.as_ref().ok_or(ReceiptError::NotLogged)?;
        if logged.commitment != commitment || logged.contest != self.ballot.contest {
            return Err(ReceiptError::Parts);
        }
        let checkpoint = logged.check(key)?;
        if let Some(withdrawal) = &self.withdrawal {
            let is_of_vote = (withdrawal.contest, withdrawal.commitment) == (logged.contest, commitment);
            // Nothing is withdrawn before it was cast.
            if !is_of_vote || self.withdrawn_ms.is_none() || withdrawal.index <= logged.index {
                return Err(ReceiptError::Parts);
            }
            withdrawal.check_withdrawal(key)?;
        }
        Ok(checkpoint)
    }

    /// Whether the vote was withdrawn, so that it does not count.
    pub fn is_withdrawn(&self) -> bool {
        self.withdrawn_ms.is_some()
    }
}

impl Inclusion {
    pub(crate) fn new(
        contest: Digest,
        commitment: Digest,
        key: &VerifierKey,
        proof: &InclusionProof,
    ) -> Self {
        let (origin, index) = (key.name().to_owned(), proof.index());
        Self { contest, commitment, origin, index, proof: proof.to_text() }
    }

    /// Checks that the log of `key` has the commitment of a vote; returns what the checkpoint says.
    pub fn check(&self, key: &VerifierKey) -> Result<Checkpoint, ReceiptError> {
        self.check_entry(&Entry::Ballot { contest: self.contest, commitment: self.commitment }, key)
    }

    /// Checks that the log of `key` has the withdrawal of the commitment; returns what the checkpoint says.
    pub fn check_withdrawal(&self, key: &VerifierKey) -> Result<Checkpoint, ReceiptError> {
        self.check_entry(&Entry::Withdrawal { contest: self.contest, commitment: self.commitment }, key)
    }

    fn check_entry(&self, entry: &Entry, key: &VerifierKey) -> Result<Checkpoint, ReceiptError> {
        let proof = InclusionProof::parse(self.proof.as_bytes()).map_err(ReceiptError::Proof)?;
        if proof.index() != self.index || self.origin != key.name() {
            return Err(ReceiptError::Parts);
        }
        let entry = entry.to_bytes().map_err(|_| ReceiptError::Malformed)?;
        proof.check(&entry, key).map_err(ReceiptError::Proof)
    }
}
