//! One byte form for every value: JSON with sorted keys and no white space.
//!
//! Numbers are written as the shortest text that reads back to the same `f64`. The form follows RFC 8785
//! except that keys are sorted by their UTF-8 bytes and integers beyond 2^53 keep all digits.

use crate::Digest;
use serde::Serialize;

/// A value that has no canonical form: a non-finite number, or a map whose keys are not strings.
#[derive(Debug, thiserror::Error)]
#[error("value has no canonical JSON form")]
pub struct CanonicalError(#[source] serde_json::Error);

/// The canonical bytes of `value`.
///
/// # Examples
/// ```
/// let value = serde_json::json!({"b": 1.0, "a": [true, null]});
/// assert_eq!(daepyo_core::canonical::to_bytes(&value)?, br#"{"a":[true,null],"b":1.0}"#);
/// # Ok::<(), daepyo_core::canonical::CanonicalError>(())
/// ```
pub fn to_bytes<T: Serialize>(value: &T) -> Result<Vec<u8>, CanonicalError> {
    let mut value = serde_json::to_value(value).map_err(CanonicalError)?;
    value.sort_all_objects();
    serde_json::to_vec(&value).map_err(CanonicalError)
}

/// SHA-256 of the canonical bytes of `value`.
pub fn digest<T: Serialize>(value: &T) -> Result<Digest, CanonicalError> {
    Ok(Digest::of(&to_bytes(value)?))
}
