//! Records of a log: what is read has one canonical form, which reads back the same.
#![no_main]

use daepyo_core::{Observation, Programme, Request, StoredExchange, canonical};
use libfuzzer_sys::fuzz_target;
use serde::{Serialize, de::DeserializeOwned};
use std::fmt::Debug;

fn check<T: Serialize + DeserializeOwned + PartialEq + Debug>(bytes: &[u8]) {
    let Ok(value) = serde_json::from_slice::<T>(bytes) else { return };
    let written = canonical::to_bytes(&value).expect("what was read has a canonical form");
    let again: T = serde_json::from_slice(&written).expect("the canonical form reads back");
    assert_eq!(again, value);
    assert_eq!(canonical::to_bytes(&again).expect("as before"), written);
}

fuzz_target!(|bytes: &[u8]| {
    check::<Observation>(bytes);
    check::<Programme>(bytes);
    check::<Request>(bytes);
    check::<StoredExchange>(bytes);
});
