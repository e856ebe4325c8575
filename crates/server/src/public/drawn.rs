//! Public pages and answers of the API as they were made last for somebody who is not signed in, kept for a moment: a
//! crowd that asks for one costs one drawing.
//!
//! Such a page follows from its address, the language and what is shown. It is given out until the second is over in
//! which it was drawn, or until something is told of a topic that pages hear of.

use bytes::Bytes;
use daepyo_core::{Digest, Language};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// So many pages are kept, of so many bytes in all; more are drawn each time.
const MOST_PAGES: usize = 512;
const MOST_BYTES: usize = 16 << 20;

/// What pages are drawn from; where any of it is another, they are drawn anew.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Source {
    /// The state of the published folders.
    pub(crate) shown: usize,
    /// How often something was told.
    pub(crate) told: u64,
    /// The second.
    pub(crate) second: i64,
}

/// A page or an answer of the API, with its tag.
#[derive(Debug)]
pub(crate) struct Whole {
    pub(crate) body: Bytes,
    pub(crate) digest: Digest,
    /// Where a list goes on.
    pub(crate) next: Option<String>,
}

impl Whole {
    pub(crate) fn new(body: impl Into<Bytes>, next: Option<String>) -> Self {
        let body = body.into();
        Self { digest: Digest::of(&body), body, next }
    }
}

#[derive(Debug, Default)]
struct Kept {
    source: Source,
    pages: BTreeMap<(String, Option<bool>), Arc<Whole>>,
    bytes: usize,
}

/// The kept pages.
#[derive(Debug, Default)]
pub(crate) struct Drawn(Mutex<Kept>);

impl Drawn {
    /// The page at an address, where it was drawn from this source; no language for what is the same in both.
    pub(crate) fn find(&self, source: Source, at: &str, language: Option<Language>) -> Option<Arc<Whole>> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.source != source {
            return None;
        }
        kept.pages.get(&key(at, language)).cloned()
    }

    /// Keeps a page that was drawn from a source which was taken before the drawing.
    pub(crate) fn keep(&self, source: Source, at: &str, language: Option<Language>, page: &Arc<Whole>) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.source != source {
            *kept = Kept { source, ..Kept::default() };
        }
        let bytes = kept.bytes.saturating_add(page.body.len());
        if kept.pages.len() < MOST_PAGES && bytes <= MOST_BYTES {
            kept.bytes = bytes;
            kept.pages.insert(key(at, language), Arc::clone(page));
        }
    }
}

fn key(at: &str, language: Option<Language>) -> (String, Option<bool>) {
    (at.to_owned(), language.map(|language| language == Language::Ko))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed assertion is the point of a test")]

    use super::*;

    const KO: Option<Language> = Some(Language::Ko);
    const EN: Option<Language> = Some(Language::En);

    fn page(text: &str) -> Arc<Whole> {
        Arc::new(Whole::new(text.to_owned(), None))
    }

    #[test]
    fn a_page_is_found_as_long_as_all_that_it_was_drawn_from_stands() {
        let (drawn, source) = (Drawn::default(), Source { shown: 1, told: 2, second: 3 });
        drawn.keep(source, "/", KO, &page("처음"));
        assert_eq!(drawn.find(source, "/", KO).unwrap().body, "처음");
        assert!(drawn.find(source, "/", EN).is_none());
        assert!(drawn.find(source, "/rules", KO).is_none());
        for other in
            [Source { shown: 2, ..source }, Source { told: 3, ..source }, Source { second: 4, ..source }]
        {
            assert!(drawn.find(other, "/", KO).is_none());
        }
    }

    #[test]
    fn pages_without_end_do_not_fill_the_memory() {
        let (drawn, source) = (Drawn::default(), Source::default());
        let large = page(&"가".repeat(1 << 20));
        for number in 0..100 {
            drawn.keep(source, &format!("/evidence/log/{number}"), KO, &large);
        }
        let kept = drawn.0.lock().unwrap();
        assert!(kept.bytes <= MOST_BYTES && kept.pages.len() == 5, "{} pages", kept.pages.len());
        drop(kept);
        drawn.keep(Source { second: 1, ..source }, "/", EN, &page("first"));
        assert_eq!(drawn.0.lock().unwrap().pages.len(), 1, "what is old is dropped");
    }
}
