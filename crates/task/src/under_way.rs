//! What foreign templates, patterns and files are being worked on, so that a program can watch over itself.
//!
//! The work itself is bounded where that can be told beforehand. What cannot is a value that a template doubles again
//! and again, or a pattern that is slow on one answer: a program that watches [`under_way`] can say which task holds it
//! up, and end. Nothing here has a clock.

use std::{
    cell::RefCell,
    sync::{
        Arc, Mutex, PoisonError, Weak,
        atomic::{AtomicU64, Ordering},
    },
};

/// One piece of work on something foreign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Work {
    /// Another number for every piece of work of this process.
    pub number: u64,
    /// The task, or the file.
    pub what: String,
    /// The document's place, such as `3` or `few-shot 3`; empty where there is none.
    pub document: String,
    /// The key of the task file, such as `doc_to_text`; empty where there is none.
    pub key: String,
}

#[derive(Debug, Default)]
struct Slot {
    /// 0 where the thread is not at such work.
    number: AtomicU64,
    place: Mutex<Place>,
}

/// Kept from one piece of work to the next, so that no memory need be asked for.
#[derive(Debug, Default)]
struct Place {
    what: String,
    document: String,
    key: String,
}

static NUMBERS: AtomicU64 = AtomicU64::new(1);
static SLOTS: Mutex<Vec<Weak<Slot>>> = Mutex::new(Vec::new());

thread_local! {
    static OWN: RefCell<Option<Arc<Slot>>> = const { RefCell::new(None) };
}

/// The slot of this thread.
fn own() -> Arc<Slot> {
    OWN.with(|own| {
        let mut own = own.borrow_mut();
        let slot = own.get_or_insert_with(|| {
            let slot = Arc::new(Slot::default());
            let mut slots = SLOTS.lock().unwrap_or_else(PoisonError::into_inner);
            slots.retain(|slot| slot.strong_count() > 0);
            slots.push(Arc::downgrade(&slot));
            slot
        });
        Arc::clone(slot)
    })
}

/// Lasts as long as the work.
#[derive(Debug)]
pub(crate) struct UnderWay(Option<Arc<Slot>>);

/// Notes that this thread works on the document `document` of `what` for `key`. Work inside of other work is not noted.
pub(crate) fn begin(what: &str, document: &str, key: &str) -> UnderWay {
    let slot = own();
    if slot.number.load(Ordering::Relaxed) != 0 {
        return UnderWay(None);
    }
    {
        let mut place = slot.place.lock().unwrap_or_else(PoisonError::into_inner);
        let Place { what: kept_what, document: kept_document, key: kept_key } = &mut *place;
        for (kept, now) in [(kept_what, what), (kept_document, document), (kept_key, key)] {
            kept.clear();
            kept.push_str(now);
        }
    }
    slot.number.store(NUMBERS.fetch_add(1, Ordering::Relaxed), Ordering::Release);
    UnderWay(Some(slot))
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        if let Some(slot) = &self.0 {
            slot.number.store(0, Ordering::Release);
        }
    }
}

/// What all threads of this process are at now, in the order in which it began.
pub fn under_way() -> Vec<Work> {
    let slots: Vec<Arc<Slot>> =
        SLOTS.lock().unwrap_or_else(PoisonError::into_inner).iter().filter_map(Weak::upgrade).collect();
    let mut found: Vec<Work> = slots
        .iter()
        .filter_map(|slot| {
            let number = slot.number.load(Ordering::Acquire);
            let place = slot.place.lock().unwrap_or_else(PoisonError::into_inner);
            let (what, document, key) = (place.what.clone(), place.document.clone(), place.key.clone());
            drop(place);
            // It may have ended, and other work begun, in between.
            (number != 0 && slot.number.load(Ordering::Acquire) == number).then_some(Work {
                number,
                what,
                document,
                key,
            })
        })
        .collect();
    found.sort_by_key(|work| work.number);
    found
}

#[cfg(test)]
mod tests {
    use super::{begin, under_way};

    #[test]
    fn work_is_seen_by_its_outermost_name_until_it_ends() {
        let of_task = || under_way().into_iter().filter(|work| work.what == "seen").collect::<Vec<_>>();
        let outer = begin("seen", "3", "doc_to_text");
        let inner = begin("unseen", "", "");
        let seen = of_task();
        assert_eq!(seen.len(), 1);
        assert!(seen.iter().all(|work| work.document == "3" && work.key == "doc_to_text"));
        drop(inner);
        assert_eq!(of_task(), seen);
        drop(outer);
        assert!(of_task().is_empty());
    }
}
