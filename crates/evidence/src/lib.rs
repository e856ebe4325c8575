//! An append-only, signed log of opaque bytes: append, sign, prove and check.
//!
//! The log is a folder. Served as it is by any static web server it is a tiled transparency log, so that
//! existing witnesses, mirrors and verifiers can read it.
//!
//! # Format
//! | file | holds | source |
//! | --- | --- | --- |
//! | `key.pub` | the log's public key, `name+hash+base64`, one line | C2SP signed-note |
//! | `checkpoint` | origin, size and root hash, signed with Ed25519 | C2SP tlog-checkpoint, signed-note |
//! | `checkpoints/<size>` | every checkpoint ever signed, by its size; the largest is a copy of `checkpoint` | ours |
//! | `tile/<L>/<N>[.p/<W>]` | up to 256 hashes of 32 bytes | C2SP tlog-tiles |
//! | `tile/entries/<N>[.p/<W>]` | up to 256 entries, each after its length in two big-endian bytes | C2SP tlog-tiles |
//! | `.tmp/` | files being written; present only during a write or after an interrupted one | ours |
//!
//! Hashes are those of RFC 6962, section 2.1: a leaf is SHA-256 of `00` and the entry, an inner node SHA-256
//! of `01`, its left and its right child. The origin line equals the name of the key. A checkpoint carries
//! exactly one signature and no extension line. An entry holds at most 65,535 bytes.
//!
//! A proof that a person keeps is a file in the form of C2SP tlog-proof: index, hashes and the signed
//! checkpoint ([`InclusionProof`]).
//!
//! **Partial tiles.** tlog-tiles asks that a log serves the partial tiles of every size that it signed a
//! checkpoint for, until the full tile exists. So the folder holds exactly these; when a tile becomes full,
//! its partial forms are removed.
//!
//! # Order of writing
//! [`Log::append`] writes entries and tiles to temporary files, makes them durable, moves them into place, and
//! only then writes `checkpoints/<size>` and last `checkpoint`. A process killed at any instant leaves a
//! folder that [`Log::open`] accepts:
//! - before `checkpoints/<size>` is in place nothing was signed; what lies beyond the last checkpoint is
//!   removed and the caller appends again;
//! - after it, the append counts: opening finishes it. A signed tree of some size is therefore never
//!   followed by another tree of the same size.
//!
//! # Checking
//! [`verify()`] shares no state with the writer: it reads the folder alone, recomputes every leaf from the
//! entries and every tile from the leaves, and names each file that differs, is missing or does not belong.
//! What a folder cannot show about itself is that it was rolled back, signed twice, or that the file of an
//! earlier checkpoint was taken out; a checkpoint that somebody remembered shows the first two
//! ([`verify_since`]).
//!
//! ```
//! use daepyo_evidence::{Log, SigningKey, verify};
//!
//! let folder = tempfile::tempdir()?;
//! let key = SigningKey::from_seed("example.org/log", &[7; 32])?;
//! let public = key.verifier();
//! let mut log = Log::create(folder.path(), key)?;
//! log.append(&["first", "second"])?;
//!
//! let kept = log.reader().prove(1)?.to_text();
//! let proof = daepyo_evidence::InclusionProof::parse(kept.as_bytes())?;
//! assert_eq!(proof.check(b"second", &public)?.size(), 2);
//! assert_eq!(verify(folder.path(), Some(&public)).map(|v| v.size()), Ok(2));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod checkpoint;
mod disk;
mod error;
mod hash;
mod key;
mod layout;
mod log;
mod proof;
mod reader;
mod verify;

pub use checkpoint::{Checkpoint, CheckpointError, SignedCheckpoint};
pub use error::Error;
pub use hash::TreeHash;
pub use key::{KeyError, SigningKey, VerifierKey};
pub use layout::{is_log_path, mirrored_paths};
pub use log::Log;
pub use proof::{InclusionProof, ProofError, Step, check_consistency, check_inclusion, inclusion_steps};
pub use reader::{Entries, LogReader};
pub use verify::{Finding, Problem, Verified, verify, verify_since};

/// The largest entry in bytes, set by the two-byte length of the C2SP tlog-tiles entry bundle.
pub const MAX_ENTRY_BYTES: usize = u16::MAX as usize;
