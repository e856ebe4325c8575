//! Ids of requests.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher as _;
use std::sync::atomic::{AtomicU64, Ordering};

/// Gives ids of 32 hexadecimal digits that are not given again and tell nobody how many there were.
#[derive(Debug, Default)]
pub(crate) struct RequestIds {
    /// Each hashes with a key of its own that is new at each start.
    keyed: [RandomState; 2],
    given: AtomicU64,
}

impl RequestIds {
    pub(crate) fn next(&self) -> String {
        let number = self.given.fetch_add(1, Ordering::Relaxed);
        let [upper, lower] = self.keyed.each_ref().map(|keyed| keyed.hash_one(number));
        format!("{upper:016x}{lower:016x}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn ids_are_given_once_and_not_again_after_a_restart() {
        let (first, second) = (RequestIds::default(), RequestIds::default());
        let ids: BTreeSet<String> = (0..1000).flat_map(|_| [first.next(), second.next()]).collect();
        assert_eq!(ids.len(), 2000);
        assert!(ids.iter().all(|id| id.len() == 32 && id.bytes().all(|digit| digit.is_ascii_hexdigit())));
    }
}
