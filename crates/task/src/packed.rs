//! Documents that wait for their turn, as text: a fraction of the memory of their parsed form.

use crate::{dataset::Document, prompt::Doc};
use serde_json::Value;
use std::collections::BTreeMap;

/// A document, and what the task's own Python gave for it.
#[derive(Clone, Debug)]
pub(crate) struct Packed {
    form: Form,
    given: BTreeMap<&'static str, Value>,
}

#[derive(Clone, Debug)]
enum Form {
    Text(Box<str>),
    /// Nested deeper than the reader of JSON would follow.
    Whole(Document),
}

/// The reader of JSON follows 128 levels.
const DEEPEST: usize = 120;

impl Packed {
    /// Packs a document.
    pub(crate) fn new(doc: Doc) -> Self {
        let (map, given) = doc.into_parts();
        let form = if map.values().all(|value| is_within(value, DEEPEST)) {
            match serde_json::to_string(&map) {
                Ok(text) => Form::Text(text.into_boxed_str()),
                Err(_) => Form::Whole(map),
            }
        } else {
            Form::Whole(map)
        };
        Self { form, given }
    }

    /// The document's fields, in their order.
    pub(crate) fn document(&self) -> Document {
        match &self.form {
            Form::Text(text) => read(text),
            Form::Whole(map) => map.clone(),
        }
    }

    /// The document again; `place` names it in messages.
    pub(crate) fn open(&self, place: String) -> Doc {
        Doc::with(self.document(), place, self.given.clone())
    }
}

#[expect(clippy::expect_used, reason = "the text was written from a map by the same library")]
fn read(text: &str) -> Document {
    serde_json::from_str(text).expect("a document reads back as it was written")
}

fn is_within(value: &Value, levels: usize) -> bool {
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => true,
        Value::Array(values) => levels > 0 && values.iter().all(|value| is_within(value, levels - 1)),
        Value::Object(map) => levels > 0 && map.values().all(|value| is_within(value, levels - 1)),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed assertion is the point of a test")]
    use super::*;
    use serde_json::json;

    fn same(value: &Value) {
        let map = value.as_object().unwrap().clone();
        let packed = Packed::new(Doc::new(map.clone(), "0".to_owned()));
        let opened = packed.open("0".to_owned());
        assert_eq!(opened.map, map);
        let keys = |map: &Document| map.keys().cloned().collect::<Vec<_>>();
        assert_eq!(keys(&opened.map), keys(&map), "the order of the fields");
        assert_eq!(serde_json::to_string(&opened.map).unwrap(), serde_json::to_string(&map).unwrap());
    }

    #[test]
    fn a_document_comes_back_as_it_was() {
        same(
            &json!({"z": 1, "a": [1.5, -0.0, 1e300, 5e-324, u64::MAX, i64::MIN], "한글": "\u{0}\u{2028}\"", "n": null}),
        );
        same(&json!({"f": 0.1, "g": 123_456_789.123_456_79, "nested": {"b": {"a": []}}, "": ""}));
        same(&json!({}));
    }

    #[test]
    fn a_document_deeper_than_json_readers_follow_comes_back_too() {
        let mut value = json!("deep");
        for _ in 0..400 {
            value = json!([value]);
        }
        same(&json!({ "value": value }));
    }
}
