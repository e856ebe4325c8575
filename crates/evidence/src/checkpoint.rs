//! Checkpoints: what a log commits to at one size (C2SP tlog-checkpoint), signed (C2SP signed-note).

use std::fmt;

use signed_note::{Note, NoteError, StandardVerifier, VerifierList};

use crate::{SigningKey, TreeHash, VerifierKey};

/// Why bytes are no checkpoint of this log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointError {
    /// Not a signed note with exactly the three lines and the one signature, in their canonical spelling.
    #[error("not a signed checkpoint in its canonical form")]
    Malformed,
    /// The signature is not by the expected key, or not over this text.
    #[error("the signature is not by the expected key over this text")]
    WrongSignature,
    /// The origin line is not the name of the key that signs.
    #[error("the origin line is not the name of the signing key")]
    WrongOrigin,
}

impl CheckpointError {
    /// The stable code, `evidence::...`.
    pub fn code(self) -> &'static str {
        match self {
            Self::Malformed => "evidence::malformed_checkpoint",
            Self::WrongSignature => "evidence::wrong_signature",
            Self::WrongOrigin => "evidence::wrong_origin",
        }
    }
}

/// What a checkpoint says: the log's origin, the number of entries and the root hash over them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    origin: String,
    size: u64,
    root: TreeHash,
}

impl Checkpoint {
    /// A checkpoint of the log `origin` with `size` entries.
    pub(crate) fn new(origin: &str, size: u64, root: TreeHash) -> Self {
        Self { origin: origin.to_owned(), size, root }
    }

    /// Reads a signed checkpoint **without** checking its signature, for a reader that has no key.
    pub fn parse_unverified(bytes: &[u8]) -> Result<Self, CheckpointError> {
        let note = Note::from_bytes(bytes).map_err(|_| CheckpointError::Malformed)?;
        if note.to_bytes() == bytes { Self::parse_text(note.text()) } else { Err(CheckpointError::Malformed) }
    }

    fn parse_text(text: &[u8]) -> Result<Self, CheckpointError> {
        let parsed = tlog_tiles::Checkpoint::from_bytes(text).map_err(|_| CheckpointError::Malformed)?;
        let checkpoint = Self::new(parsed.origin(), parsed.size(), (*parsed.hash()).into());
        if checkpoint.to_string().as_bytes() == text {
            Ok(checkpoint)
        } else {
            Err(CheckpointError::Malformed)
        }
    }

    /// The origin line: the name of the log and of its key.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// The number of entries.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The root hash over all entries.
    pub fn root(&self) -> TreeHash {
        self.root
    }
}

/// The text that is signed.
impl fmt::Display for Checkpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}\n{}\n{}", self.origin, self.size, self.root)
    }
}

/// A checkpoint with its signature, checked against a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedCheckpoint {
    checkpoint: Checkpoint,
    bytes: Vec<u8>,
}

impl SignedCheckpoint {
    /// Reads a signed checkpoint and checks that `key`, and no other, signed it.
    pub fn parse(bytes: &[u8], key: &VerifierKey) -> Result<Self, CheckpointError> {
        let note = Note::from_bytes(bytes).map_err(|_| CheckpointError::Malformed)?;
        let checkpoint = Checkpoint::parse_text(note.text())?;
        let verifier = StandardVerifier::new(key.as_text()).map_err(|_| CheckpointError::WrongSignature)?;
        let (signatures, others) =
            note.verify(&VerifierList::new(vec![Box::new(verifier)])).map_err(|error| match error {
                NoteError::MalformedNote => CheckpointError::Malformed,
                _ => CheckpointError::WrongSignature,
            })?;
        // The library drops repeated signatures and tolerates those of unknown keys; neither is covered by
        // anything, so that a changed bit in them would go unseen.
        let [signature] = signatures.as_slice() else {
            return Err(CheckpointError::Malformed);
        };
        let canonical = [note.text(), b"\n", &signature.to_bytes()].concat();
        if !others.is_empty() || canonical != bytes {
            return Err(CheckpointError::Malformed);
        }
        if checkpoint.origin != key.name() {
            return Err(CheckpointError::WrongOrigin);
        }
        Ok(Self { checkpoint, bytes: bytes.to_vec() })
    }

    /// Signs `checkpoint`. Ed25519 is deterministic: the same checkpoint and key give the same bytes.
    pub(crate) fn sign(checkpoint: Checkpoint, key: &SigningKey) -> Result<Self, CheckpointError> {
        let signer = key.signer().map_err(|_| CheckpointError::WrongSignature)?;
        let mut note =
            Note::new(checkpoint.to_string().as_bytes(), &[]).map_err(|_| CheckpointError::Malformed)?;
        note.add_sigs(&[&signer]).map_err(|_| CheckpointError::WrongSignature)?;
        Ok(Self { checkpoint, bytes: note.to_bytes() })
    }

    /// The checkpoint.
    pub fn checkpoint(&self) -> &Checkpoint {
        &self.checkpoint
    }

    /// The number of entries.
    pub fn size(&self) -> u64 {
        self.checkpoint.size
    }

    /// The root hash over all entries.
    pub fn root(&self) -> TreeHash {
        self.checkpoint.root
    }

    /// The signed note, as it lies in the file `checkpoint`.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }
}
