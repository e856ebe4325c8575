//! JSON as Python writes it: `NaN`, `Infinity` and `-Infinity` stand bare, and are read as null.

use serde::de::DeserializeOwned;

/// Reads a value, a second time without the bare words where it has some.
pub(crate) fn from_slice<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, serde_json::Error> {
    serde_json::from_slice(bytes).or_else(|error| match without_bare_words(bytes) {
        Some(plain) => serde_json::from_slice(&plain),
        None => Err(error),
    })
}

/// The same text with `null` in place of bare words outside strings; `None` where there are none.
fn without_bare_words(bytes: &[u8]) -> Option<Vec<u8>> {
    const WORDS: [&[u8]; 3] = [b"-Infinity", b"Infinity", b"NaN"];
    let mut plain = Vec::with_capacity(bytes.len());
    let (mut in_string, mut escaped, mut found) = (false, false, false);
    let mut rest = bytes;
    while let Some((first, after)) = rest.split_first() {
        if !in_string && let Some(after) = WORDS.iter().find_map(|word| rest.strip_prefix(*word)) {
            plain.extend(b"null");
            found = true;
            rest = after;
            continue;
        }
        if escaped {
            escaped = false;
        } else if in_string && *first == b'\\' {
            escaped = true;
        } else if *first == b'"' {
            in_string = !in_string;
        }
        plain.push(*first);
        rest = after;
    }
    found.then_some(plain)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed assertion is the point of a test")]
    use super::*;
    use serde_json::{Value, json};

    #[test]
    fn bare_words_are_null_but_not_within_texts() {
        let text = br#"{"a": NaN, "b": [-Infinity, Infinity], "c": "NaN \" Infinity", "d": -1}"#;
        let value: Value = from_slice(text).unwrap();
        assert_eq!(value, json!({"a": null, "b": [null, null], "c": "NaN \" Infinity", "d": -1}));
        assert!(from_slice::<Value>(b"{\"a\": nan}").is_err());
    }
}
