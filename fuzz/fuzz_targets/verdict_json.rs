//! Verdicts: what is read has one canonical form, which reads back the same.
#![no_main]

use daepyo_core::{Verdict, canonical};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(verdict) = serde_json::from_slice::<Verdict>(bytes) else { return };
    let written = canonical::to_bytes(&verdict).expect("what was read has a canonical form");
    let again: Verdict = serde_json::from_slice(&written).expect("the canonical form reads back");
    assert_eq!(again, verdict);
    assert_eq!(canonical::to_bytes(&again).expect("as before"), written);
});
