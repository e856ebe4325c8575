//! Public pages and answers of the API as they were made last for somebody who is not signed in, kept for a moment: a
//! crowd that asks for one costs one drawing.
//!
//! Such a page follows from its address, the language and what is shown. It is given out until the second is over in
//! which it was drawn, and to others until that of the next second is drawn by whoever asked first: so it is less than
//! two seconds old. Once something is told of a topic that pages hear of, it is given to nobody any more. Where there is no
//! page to give out, one draws and the others wait for it: a crowd that comes after a quiet moment costs one drawing too.

use super::answer::Tag;
use bytes::Bytes;
use daepyo_core::{Digest, Language};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use tokio::sync::watch;

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
    pub(crate) tag: Tag,
    /// Where a list goes on.
    pub(crate) next: Option<String>,
    /// What [`Whole::short`] found.
    short: OnceLock<Option<Bytes>>,
}

impl Whole {
    pub(crate) fn new(body: impl Into<Bytes>, next: Option<String>) -> Self {
        let body = body.into();
        Self { tag: Tag::of(Digest::of(&body)), body, next, short: OnceLock::new() }
    }

    /// The body in a shorter form, made by whoever asks first; none where there is no shorter one.
    pub(crate) fn short(&self, make: impl FnOnce(&[u8]) -> Option<Vec<u8>>) -> Option<Bytes> {
        self.short.get_or_init(|| make(&self.body).map(Bytes::from)).clone()
    }
}

#[derive(Debug)]
struct Page {
    source: Source,
    whole: Arc<Whole>,
    /// The second in which somebody began to draw it anew.
    begun: Option<i64>,
}

impl Page {
    /// Whether it was drawn in the second before, and from nothing else than a page that is drawn now.
    fn is_of_last_second(&self, now: Source) -> bool {
        self.source == Source { second: now.second.saturating_sub(1), ..now }
    }
}

/// An address and a language.
type Key = (String, Option<bool>);

#[derive(Debug, Default)]
struct Kept {
    pages: BTreeMap<Key, Page>,
    bytes: usize,
    /// What is being drawn while others wait for it.
    drawing: BTreeMap<Key, watch::Receiver<()>>,
}

/// Held by whoever draws a page for others too; when it is dropped, they look for the page again.
#[derive(Debug)]
pub(crate) struct Drawing<'a> {
    drawn: &'a Drawn,
    key: Key,
    /// Those who wait hear that it is gone.
    _told: watch::Sender<()>,
}

impl Drop for Drawing<'_> {
    fn drop(&mut self) {
        self.drawn.kept().drawing.remove(&self.key);
    }
}

/// The kept pages.
#[derive(Debug, Default)]
pub(crate) struct Drawn(Mutex<Kept>);

impl Drawn {
    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The page at an address, as [`Drawn::find`]; where there is none and somebody draws it, once they have. Else the caller
    /// has to draw it, and holds what is given until it is kept. Nobody waits twice: what is not kept is drawn by each.
    pub(crate) async fn get(
        &self,
        now: Source,
        at: &str,
        language: Option<Language>,
    ) -> Result<Arc<Whole>, Option<Drawing<'_>>> {
        if let Some(whole) = self.find(now, at, language) {
            return Ok(whole);
        }
        let key = key(at, language);
        let mut others = {
            let mut kept = self.kept();
            if let Some(others) = kept.drawing.get(&key) {
                others.clone()
            } else {
                let (told, waiting) = watch::channel(());
                kept.drawing.insert(key.clone(), waiting);
                return Err(Some(Drawing { drawn: self, key, _told: told }));
            }
        };
        // It fails when they are done, which is what is waited for.
        let _ = others.changed().await;
        self.find(now, at, language).ok_or(None)
    }

    /// The page at an address, no language for what is the same in both; none where the caller has to draw it.
    fn find(&self, now: Source, at: &str, language: Option<Language>) -> Option<Arc<Whole>> {
        let mut kept = self.kept();
        let page = kept.pages.get_mut(&key(at, language))?;
        let is_told = page.source == now || page.is_of_last_second(now) && page.begun == Some(now.second);
        if !is_told {
            page.begun = Some(now.second);
        }
        is_told.then(|| Arc::clone(&page.whole))
    }

    /// Keeps a page that was drawn from a source which was taken before the drawing.
    pub(crate) fn keep(&self, source: Source, at: &str, language: Option<Language>, whole: &Arc<Whole>) {
        let mut kept = self.kept();
        let key = key(at, language);
        // A slow drawing takes nothing away that is newer.
        let is_older = |page: &Page| {
            (source.second, source.shown, source.told)
                < (page.source.second, page.source.shown, page.source.told)
        };
        if kept.pages.get(&key).is_some_and(is_older) {
            return;
        }
        kept.drop_page(&key);
        let bytes = whole.body.len();
        if !kept.has_room(bytes) {
            kept.drop_stale(source);
        }
        if kept.has_room(bytes) {
            kept.bytes = kept.bytes.saturating_add(bytes);
            kept.pages.insert(key, Page { source, whole: Arc::clone(whole), begun: None });
        }
    }
}

impl Kept {
    fn has_room(&self, bytes: usize) -> bool {
        self.pages.len() < MOST_PAGES && self.bytes.saturating_add(bytes) <= MOST_BYTES
    }

    fn drop_page(&mut self, key: &Key) {
        if let Some(page) = self.pages.remove(key) {
            self.bytes = self.bytes.saturating_sub(page.whole.body.len());
        }
    }

    /// Drops what is given to nobody any more.
    fn drop_stale(&mut self, now: Source) {
        self.pages.retain(|_, page| page.source == now || page.is_of_last_second(now));
        self.bytes = self.pages.values().map(|page| page.whole.body.len()).sum();
    }
}

fn key(at: &str, language: Option<Language>) -> Key {
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
            [Source { shown: 2, ..source }, Source { told: 3, ..source }, Source { second: 5, ..source }]
        {
            for _ in 0..2 {
                assert!(drawn.find(other, "/", KO).is_none(), "{other:?}");
            }
        }
    }

    #[test]
    fn when_a_second_is_over_one_draws_and_the_others_do_not_wait() {
        let (drawn, source) = (Drawn::default(), Source::default());
        drawn.keep(source, "/", KO, &page("old"));
        let next = Source { second: 1, ..source };
        assert!(drawn.find(next, "/", KO).is_none(), "who comes first draws");
        assert_eq!(drawn.find(next, "/", KO).unwrap().body, "old");
        assert!(drawn.find(Source { told: 1, ..next }, "/", KO).is_none(), "news are waited for");
        drawn.keep(next, "/", KO, &page("new"));
        drawn.keep(source, "/", KO, &page("a slow drawing"));
        assert_eq!(drawn.find(next, "/", KO).unwrap().body, "new");
        assert!(drawn.find(Source { second: 3, ..source }, "/", KO).is_none(), "no page is two seconds old");
    }

    #[tokio::test]
    async fn where_there_is_no_page_one_draws_and_the_others_wait() {
        let (drawn, source) = (Arc::new(Drawn::default()), Source::default());
        let wait = |source| {
            let drawn = Arc::clone(&drawn);
            tokio::spawn(async move { drawn.get(source, "/", KO).await.map_err(|drawing| drawing.is_some()) })
        };
        let drawing = drawn.get(source, "/", KO).await.unwrap_err().unwrap();
        assert!(drawn.get(source, "/", EN).await.unwrap_err().is_some(), "another page is not waited for");
        let waiting = [wait(source), wait(source)];
        tokio::task::yield_now().await;
        drawn.keep(source, "/", KO, &page("drawn once"));
        drop(drawing);
        for one in waiting {
            assert_eq!(one.await.unwrap().unwrap().body, "drawn once");
        }
        let later = Source { second: 5, ..source };
        let drawing = drawn.get(later, "/", KO).await.unwrap_err().unwrap();
        let waiting = wait(later);
        tokio::task::yield_now().await;
        drop(drawing);
        assert!(!waiting.await.unwrap().unwrap_err(), "what is not kept is drawn by each");
        assert!(drawn.get(later, "/", KO).await.unwrap_err().is_some(), "nobody draws any more");
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
        drawn.keep(Source { second: 2, ..source }, "/large", EN, &large);
        let kept = drawn.0.lock().unwrap();
        assert_eq!((kept.pages.len(), kept.bytes), (1, large.body.len()), "what is old is dropped");
    }
}
