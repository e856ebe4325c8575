//! Documents that wait for their turn, as text: a fraction of the memory of their parsed form.

use crate::dataset::Document;
use serde_json::Value;
use std::collections::BTreeMap;

/// The reader of JSON follows 128 levels.
const DEEPEST: usize = 120;

/// A chunk of text is closed behind the document that makes it longer than this.
const CHUNK_BYTES: usize = 64 << 10;

/// Documents in their order, as JSON.
#[derive(Clone, Debug, Default)]
pub(crate) struct Documents {
    chunks: Vec<Chunk>,
    count: usize,
    /// By place: nested deeper than the reader of JSON would follow, or too long for a chunk.
    whole: BTreeMap<usize, Document>,
}

/// Documents one after the other.
#[derive(Clone, Debug)]
struct Chunk {
    /// The place of its first document.
    first: usize,
    text: String,
    /// Where each of its documents ends.
    ends: Vec<u32>,
}

impl Chunk {
    fn of(&self, place: usize) -> Option<&str> {
        let own = place.checked_sub(self.first)?;
        let bound = |end: &u32| usize::try_from(*end).ok();
        let start = match own.checked_sub(1) {
            Some(before) => self.ends.get(before).and_then(bound)?,
            None => 0,
        };
        self.text.get(start..self.ends.get(own).and_then(bound)?)
    }
}

impl Documents {
    /// Adds one behind all others.
    pub(crate) fn push(&mut self, document: Document) {
        let fits = document.values().all(|value| is_within(value, DEEPEST));
        let text = if fits { serde_json::to_string(&document).unwrap_or_default() } else { String::new() };
        let place = self.count;
        self.count += 1;
        if self.chunks.last().is_none_or(|last| last.text.len() >= CHUNK_BYTES) {
            if let Some(full) = self.chunks.last_mut() {
                full.text.shrink_to_fit();
                full.ends.shrink_to_fit();
            }
            self.chunks.push(Chunk { first: place, text: String::new(), ends: Vec::new() });
        }
        let Some(chunk) = self.chunks.last_mut() else { return };
        match u32::try_from(chunk.text.len() + text.len()) {
            Ok(end) if !text.is_empty() => {
                chunk.text.push_str(&text);
                chunk.ends.push(end);
            }
            Ok(_) | Err(_) => {
                // Its text is empty there.
                chunk.ends.extend(u32::try_from(chunk.text.len()));
                self.whole.insert(place, document);
            }
        }
    }

    /// How many there are.
    pub(crate) const fn len(&self) -> usize {
        self.count
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Forgets all behind the first `count`.
    pub(crate) fn truncate(&mut self, count: usize) {
        self.count = self.count.min(count);
        self.chunks.retain(|chunk| chunk.first < count);
        self.whole.split_off(&count);
        if let Some(last) = self.chunks.last_mut() {
            last.ends.truncate(count - last.first);
            let end = last.ends.last().and_then(|end| usize::try_from(*end).ok());
            last.text.truncate(end.unwrap_or(0));
        }
    }

    /// The one at `place`, its fields in their order.
    pub(crate) fn get(&self, place: usize) -> Option<Document> {
        if let Some(whole) = self.whole.get(&place) {
            return Some(whole.clone());
        }
        self.text(place).map(read)
    }

    /// All, one after the other.
    pub(crate) fn iter(&self) -> impl ExactSizeIterator<Item = Document> {
        (0..self.count).map(|place| self.get(place).unwrap_or_default())
    }

    /// Whether the one at `place` says what `other` has at `its`, in whatever order of fields.
    pub(crate) fn is_same(&self, place: usize, other: &Self, its: usize) -> bool {
        match (self.text(place), other.text(its)) {
            (Some(one), Some(two)) if !one.is_empty() && !two.is_empty() => {
                // The same fields in another order have the same length.
                one == two || (one.len() == two.len() && read(one) == read(two))
            }
            _ => self.get(place) == other.get(its),
        }
    }

    fn text(&self, place: usize) -> Option<&str> {
        if place >= self.count {
            return None;
        }
        let behind = self.chunks.partition_point(|chunk| chunk.first <= place);
        self.chunks.get(behind.checked_sub(1)?)?.of(place)
    }
}

impl FromIterator<Document> for Documents {
    fn from_iter<T: IntoIterator<Item = Document>>(documents: T) -> Self {
        let mut made = Self::default();
        documents.into_iter().for_each(|document| made.push(document));
        made
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

    fn map(value: &Value) -> Document {
        value.as_object().unwrap().clone()
    }

    fn same(value: &Value) {
        let map = map(value);
        let packed: Documents = [Document::new(), map.clone(), Document::new()].into_iter().collect();
        let opened = packed.get(1).unwrap();
        assert_eq!(opened, map);
        let keys = |map: &Document| map.keys().cloned().collect::<Vec<_>>();
        assert_eq!(keys(&opened), keys(&map), "the order of the fields");
        assert_eq!(serde_json::to_string(&opened).unwrap(), serde_json::to_string(&map).unwrap());
        assert_eq!(
            (packed.get(0), packed.get(2), packed.get(3)),
            (Some(Document::new()), Some(Document::new()), None)
        );
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

    #[test]
    fn documents_over_many_chunks_keep_their_places_and_are_cut_anywhere() {
        let made = |place: usize| map(&json!({"place": place, "text": "가".repeat(place % 900)}));
        let all: Documents = (0..600).map(made).collect();
        assert!(all.chunks.len() > 3);
        assert!(all.iter().enumerate().all(|(place, document)| document == made(place)));
        for count in [600, 599, 300, 1, 0] {
            let mut cut = all.clone();
            cut.truncate(count);
            assert_eq!((cut.len(), cut.iter().len(), cut.get(count)), (count, count, None));
            cut.push(made(7));
            assert_eq!(cut.get(count), Some(made(7)), "one more behind {count}");
            assert!(count == 0 || cut.get(count - 1) == Some(made(count - 1)));
        }
    }

    #[test]
    fn documents_are_the_same_whatever_the_order_of_their_fields() {
        let one: Documents =
            [map(&json!({"a": 1, "b": 2})), map(&json!({"a": 2, "b": 1}))].into_iter().collect();
        let two: Documents = [map(&json!({"b": 2, "a": 1}))].into_iter().collect();
        assert!(one.is_same(0, &two, 0) && one.is_same(0, &one, 0));
        assert!(!one.is_same(1, &two, 0) && !one.is_same(0, &two, 9));
    }
}
