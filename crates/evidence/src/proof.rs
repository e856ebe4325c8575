//! Proofs that stand alone: their checks, and the file that a person keeps (C2SP tlog-proof).

use std::fmt::Write as _;

use base64::prelude::{BASE64_STANDARD, Engine};

use crate::{Checkpoint, CheckpointError, SignedCheckpoint, TreeHash, VerifierKey};

/// The first line of a proof file.
const HEADER: &str = "c2sp.org/tlog-proof@v1";

/// Why a proof does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// The file is no proof in the form of C2SP tlog-proof.
    #[error("not a proof of the form {HEADER}")]
    Malformed,
    /// The hashes do not lead from the entry or the old root to the root.
    #[error("the proof does not lead to the root of the checkpoint")]
    Wrong,
    /// The checkpoint in the proof is unusable.
    #[error("the checkpoint of the proof is unusable")]
    Checkpoint(#[source] CheckpointError),
}

impl ProofError {
    /// The stable code, `evidence::...`.
    pub fn code(self) -> &'static str {
        match self {
            Self::Malformed => "evidence::malformed_proof",
            Self::Wrong => "evidence::wrong_proof",
            Self::Checkpoint(source) => source.code(),
        }
    }
}

/// One step of the way from an entry to the root: the hash so far is joined with its sibling.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    /// The sibling.
    pub sibling: TreeHash,
    /// Whether the sibling is the left child.
    pub is_left: bool,
    /// The hash of both.
    pub result: TreeHash,
}

/// Checks that the leaf with hash `leaf` is number `index` of the tree with `size` leaves and this `root`.
///
/// The algorithm is that of RFC 9162, section 2.1.3.2; the proof has the form of RFC 6962.
pub fn check_inclusion(
    leaf: &TreeHash,
    index: u64,
    size: u64,
    root: &TreeHash,
    proof: &[TreeHash],
) -> Result<(), ProofError> {
    let reached = climb(leaf, index, size, proof, |_| {})?;
    if reached == *root { Ok(()) } else { Err(ProofError::Wrong) }
}

/// The steps of [`check_inclusion`], for somebody to look at; that they end at the root is what that one says.
///
/// Fails where the proof has too few or too many hashes for such a tree.
pub fn inclusion_steps(
    leaf: &TreeHash,
    index: u64,
    size: u64,
    proof: &[TreeHash],
) -> Result<Vec<Step>, ProofError> {
    let mut steps = Vec::with_capacity(proof.len().min(64));
    climb(leaf, index, size, proof, |step| steps.push(step))?;
    Ok(steps)
}

/// Goes from a leaf upwards; the hash at the top.
fn climb(
    leaf: &TreeHash,
    index: u64,
    size: u64,
    proof: &[TreeHash],
    mut see: impl FnMut(Step),
) -> Result<TreeHash, ProofError> {
    if index >= size {
        return Err(ProofError::Wrong);
    }
    let (mut node, mut last) = (index, size - 1);
    let mut hash = *leaf;
    for sibling in proof {
        if last == 0 {
            return Err(ProofError::Wrong);
        }
        let is_left = node & 1 == 1 || node == last;
        if is_left {
            hash = TreeHash::node(sibling, &hash);
            while node & 1 == 0 && node != 0 {
                node >>= 1;
                last >>= 1;
            }
        } else {
            hash = TreeHash::node(&hash, sibling);
        }
        node >>= 1;
        last >>= 1;
        see(Step { sibling: *sibling, is_left, result: hash });
    }
    if last == 0 { Ok(hash) } else { Err(ProofError::Wrong) }
}

/// Checks that the tree with `old_size` leaves and `old_root` is a prefix of the one with `new_size` leaves
/// and `new_root`.
///
/// The algorithm is that of RFC 9162, section 2.1.4.2. An old tree without leaves is a prefix of every tree,
/// proven by an empty proof.
pub fn check_consistency(
    old_size: u64,
    old_root: &TreeHash,
    new_size: u64,
    new_root: &TreeHash,
    proof: &[TreeHash],
) -> Result<(), ProofError> {
    let sure = |holds: bool| if holds { Ok(()) } else { Err(ProofError::Wrong) };
    if old_size == 0 {
        return sure(proof.is_empty() && *old_root == TreeHash::empty_tree());
    }
    if old_size >= new_size {
        return sure(old_size == new_size && proof.is_empty() && old_root == new_root);
    }
    // Where the old tree is one whole subtree its root is known and not repeated in the proof.
    let (first, rest) = match proof.split_first() {
        _ if old_size.is_power_of_two() => (*old_root, proof),
        Some((first, rest)) => (*first, rest),
        None => return Err(ProofError::Wrong),
    };
    let (mut node, mut last) = (old_size - 1, new_size - 1);
    while node & 1 == 1 {
        node >>= 1;
        last >>= 1;
    }
    let (mut old, mut new) = (first, first);
    for hash in rest {
        if last == 0 {
            return Err(ProofError::Wrong);
        }
        if node & 1 == 1 || node == last {
            old = TreeHash::node(hash, &old);
            new = TreeHash::node(hash, &new);
            while node & 1 == 0 && node != 0 {
                node >>= 1;
                last >>= 1;
            }
        } else {
            new = TreeHash::node(&new, hash);
        }
        node >>= 1;
        last >>= 1;
    }
    sure(last == 0 && old == *old_root && new == *new_root)
}

/// A proof that an entry is in a log, with the signed checkpoint that it leads to. Its file form is C2SP
/// tlog-proof, by custom with the extension `.tlog-proof`. The entry itself is kept beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InclusionProof {
    index: u64,
    hashes: Vec<TreeHash>,
    extra: Option<Vec<u8>>,
    checkpoint: Vec<u8>,
}

impl InclusionProof {
    pub(crate) fn new(index: u64, hashes: Vec<TreeHash>, checkpoint: Vec<u8>) -> Self {
        Self { index, hashes, extra: None, checkpoint }
    }

    /// The zero-based index of the entry.
    pub fn index(&self) -> u64 {
        self.index
    }

    /// The hashes from the leaf's sibling up to the root's child.
    pub fn hashes(&self) -> &[TreeHash] {
        &self.hashes
    }

    /// Bytes that travel with the proof. Nothing vouches for them.
    pub fn extra(&self) -> Option<&[u8]> {
        self.extra.as_deref()
    }

    /// The same proof with bytes that travel with it.
    #[must_use]
    pub fn with_extra(self, extra: Vec<u8>) -> Self {
        Self { extra: Some(extra), ..self }
    }

    /// The signed checkpoint.
    pub fn checkpoint_bytes(&self) -> &[u8] {
        &self.checkpoint
    }

    /// The text of the proof file.
    pub fn to_text(&self) -> String {
        let mut text = format!("{HEADER}\n");
        // Writing to a string does not fail.
        if let Some(extra) = &self.extra {
            let _ = writeln!(text, "extra {}", BASE64_STANDARD.encode(extra));
        }
        let _ = writeln!(text, "index {}", self.index);
        for hash in &self.hashes {
            let _ = writeln!(text, "{hash}");
        }
        text.push('\n');
        text.push_str(&String::from_utf8_lossy(&self.checkpoint));
        text
    }

    /// Reads a proof file; only the one canonical spelling is taken.
    pub fn parse(bytes: &[u8]) -> Result<Self, ProofError> {
        let text = std::str::from_utf8(bytes).map_err(|_| ProofError::Malformed)?;
        let (head, checkpoint) = text.split_once("\n\n").ok_or(ProofError::Malformed)?;
        let mut lines = head.split('\n').peekable();
        if lines.next() != Some(HEADER) {
            return Err(ProofError::Malformed);
        }
        let extra = match lines.peek().and_then(|line| line.strip_prefix("extra ")) {
            Some(extra) => {
                lines.next();
                Some(BASE64_STANDARD.decode(extra).map_err(|_| ProofError::Malformed)?)
            }
            None => None,
        };
        let index = lines.next().and_then(|line| line.strip_prefix("index ")).and_then(|n| n.parse().ok());
        let hashes: Option<Vec<TreeHash>> = lines.map(TreeHash::parse).collect();
        let proof = Self {
            index: index.ok_or(ProofError::Malformed)?,
            hashes: hashes.ok_or(ProofError::Malformed)?,
            extra,
            checkpoint: checkpoint.as_bytes().to_vec(),
        };
        Checkpoint::parse_unverified(&proof.checkpoint).map_err(ProofError::Checkpoint)?;
        if proof.to_text().as_bytes() == bytes { Ok(proof) } else { Err(ProofError::Malformed) }
    }

    /// Checks that `entry` is in the log of `key`, at [`Self::index`]; returns what the checkpoint says.
    pub fn check(&self, entry: &[u8], key: &VerifierKey) -> Result<Checkpoint, ProofError> {
        let signed = SignedCheckpoint::parse(&self.checkpoint, key).map_err(ProofError::Checkpoint)?;
        check_inclusion(&TreeHash::leaf(entry), self.index, signed.size(), &signed.root(), &self.hashes)?;
        Ok(signed.checkpoint().clone())
    }
}
