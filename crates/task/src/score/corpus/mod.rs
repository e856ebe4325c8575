//! Metrics of a whole corpus of texts, as counts that add up over documents: BLEU, chrF, TER.

pub(super) mod bleu;
pub(super) mod chrf;
pub(super) mod ter;

use std::collections::BTreeMap;

/// How often each n-gram of `order` occurs.
fn ngrams<T: Ord>(units: &[T], order: usize) -> BTreeMap<&[T], u32> {
    let mut counts = BTreeMap::new();
    for gram in units.windows(order) {
        *counts.entry(gram).or_insert(0) += 1;
    }
    counts
}

/// A count as a number to compute with; exact for every text that fits into memory.
#[expect(clippy::cast_precision_loss, reason = "counts of one text are far below 2^53")]
pub(super) const fn real(count: usize) -> f64 {
    count as f64
}
