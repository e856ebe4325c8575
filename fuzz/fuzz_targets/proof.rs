//! Proof files: one spelling only, and none but the log's own proves an entry.
#![no_main]

use daepyo_evidence::{InclusionProof, VerifierKey};
use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;

static KEY: LazyLock<VerifierKey> = LazyLock::new(|| daepyo_fuzz::log(7).1.key());

fuzz_target!(|bytes: &[u8]| {
    let Ok(proof) = InclusionProof::parse(bytes) else { return };
    assert_eq!(proof.to_text().as_bytes(), bytes);
    if let Ok(checkpoint) = proof.check(b"second", &KEY) {
        assert_eq!(proof.index(), 1);
        assert!((2..=3).contains(&checkpoint.size()), "forged");
    }
    assert!(proof.check(b"never appended", &KEY).is_err(), "forged");
});
