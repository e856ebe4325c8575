//! Checkpoints and keys: one spelling only, and no signature but the one that the key made is taken.
#![no_main]

use daepyo_evidence::{Checkpoint, SignedCheckpoint, VerifierKey};
use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;

static SIGNED: LazyLock<(SignedCheckpoint, VerifierKey)> = LazyLock::new(|| {
    let (_folder, log) = daepyo_fuzz::log(7);
    (log.checkpoint().clone(), log.key())
});

fuzz_target!(|bytes: &[u8]| {
    let (signed, key) = &*SIGNED;
    if let Ok(checkpoint) = Checkpoint::parse_unverified(bytes) {
        assert!(bytes.starts_with(checkpoint.to_string().as_bytes()));
    }
    if let Ok(found) = SignedCheckpoint::parse(bytes, key) {
        assert_eq!(found.as_bytes(), bytes);
        assert!(found.size() <= signed.size(), "forged");
    }
    if let Ok(key) = VerifierKey::parse(std::str::from_utf8(bytes).unwrap_or_default()) {
        assert_eq!(key.to_string().as_bytes(), bytes);
    }
});
