//! Lists in pages: a place to go on from, and how many at most.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// Entries of a page, where nothing else is asked for.
const USUAL: u32 = 50;
/// Entries of a page at most.
const MOST: u32 = 200;

/// An answer.
pub(super) struct Given<T> {
    pub(super) value: T,
    /// Where a list goes on.
    pub(super) next: Option<String>,
}

impl<T> Given<T> {
    /// One thing.
    pub(super) fn one(value: T) -> Self {
        Self { value, next: None }
    }
}

/// A page of a list.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "{T}List")]
pub(super) struct Listed<T> {
    /// The entries, in an order that does not change.
    items: Vec<T>,
    /// Where the list goes on, for the parameter `after`; null at its end. A page may have fewer entries than were asked
    /// for, even none, and still go on.
    next: Option<Cursor>,
}

impl<T> Given<Listed<T>> {
    /// A page, and the number of the entry at which the next one begins.
    pub(super) fn list(items: Vec<T>, next: Option<u64>) -> Self {
        let next = next.map(Cursor);
        Self { next: next.map(Cursor::text), value: Listed { items, next } }
    }

    /// The page that was asked for of a list that is at hand.
    pub(super) fn page_of(all: impl IntoIterator<Item = T>, page: &PageQuery) -> Self {
        let from = usize::try_from(page.from()).unwrap_or(usize::MAX);
        let mut rest = all.into_iter().skip(from);
        let items: Vec<T> = rest.by_ref().take(page.most()).collect();
        let next = rest.next().is_some().then(|| page.from().saturating_add(items.len() as u64));
        Self::list(items, next)
    }
}

/// A place in a list. Clients hand back what they were given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct Cursor(pub(super) u64);

impl Cursor {
    fn text(self) -> String {
        format!("{:016x}", self.0)
    }
}

impl TryFrom<String> for Cursor {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let read = u64::from_str_radix(&text, 16).map(Self);
        read.ok().filter(|cursor| cursor.text() == text).ok_or("no place in a list")
    }
}

impl Serialize for Cursor {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text())
    }
}

impl JsonSchema for Cursor {
    fn schema_name() -> Cow<'static, str> {
        "Cursor".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "pattern": "^[0-9a-f]{16}$",
            "description": "A place in a list, as `next` of the page before gives it.",
        })
    }
}

/// How many entries a page has at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "u32")]
pub(super) struct Most(u32);

impl TryFrom<u32> for Most {
    type Error = &'static str;

    fn try_from(number: u32) -> Result<Self, Self::Error> {
        (1..=MOST).contains(&number).then_some(Self(number)).ok_or("from 1 to 200")
    }
}

impl JsonSchema for Most {
    fn schema_name() -> Cow<'static, str> {
        "Most".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "integer",
            "minimum": 1,
            "maximum": MOST,
            "default": USUAL,
            "description": "So many entries at most.",
        })
    }
}

/// Which page of a list.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PageQuery {
    /// Where to go on; without it, at the beginning.
    pub(super) after: Option<Cursor>,
    /// So many entries at most; 50 without it.
    pub(super) limit: Option<Most>,
}

impl PageQuery {
    /// The number of the first entry.
    pub(super) fn from(&self) -> u64 {
        self.after.map_or(0, |cursor| cursor.0)
    }

    /// Entries at most.
    pub(super) fn most(&self) -> usize {
        usize::try_from(self.limit.map_or(USUAL, |most| most.0)).unwrap_or(1)
    }
}
