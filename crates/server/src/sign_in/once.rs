//! What may be used once: answers to sign-ins that have been seen, until they would have expired anyway.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

/// Kept at most. Each took a request that is held to the rate of sign-ins.
const MOST: usize = 100_000;

type Kept = (BTreeMap<[u8; 32], i64>, BTreeSet<(i64, [u8; 32])>);

/// Used ones of this server; the other servers of a site have their own.
#[derive(Debug, Default)]
pub(crate) struct Once(Mutex<Kept>);

impl Once {
    /// Whether this is the first use. It is remembered until `until_ms`; where too many are, the one that would expire
    /// first is forgotten.
    pub(crate) fn take(&self, id: [u8; 32], until_ms: i64, now_ms: i64) -> bool {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (by_id, by_time) = &mut *kept;
        while by_time.first().is_some_and(|(until, _)| *until < now_ms || by_time.len() >= MOST) {
            if let Some((_, old)) = by_time.pop_first() {
                by_id.remove(&old);
            }
        }
        if by_id.contains_key(&id) {
            return false;
        }
        by_id.insert(id, until_ms);
        by_time.insert((until_ms, id));
        true
    }
}

#[cfg(test)]
mod tests {
    //! Once means once.
    use super::*;

    #[test]
    fn nothing_is_taken_twice_before_it_expires() {
        let once = Once::default();
        assert!(once.take([1; 32], 100, 0));
        assert!(!once.take([1; 32], 100, 100));
        assert!(once.take([2; 32], 100, 100));
        assert!(once.take([1; 32], 300, 101));
        assert!(!once.take([1; 32], 300, 102));
    }
}
