//! Metrics of a whole corpus of texts, as counts that add up over documents: BLEU, chrF, TER.

pub(super) mod bleu;
pub(super) mod chrf;
pub(super) mod ter;

use std::collections::HashMap;
/// The n-grams of one order of a text, and how many of them references have too.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Grams {
    /// In the text.
    own: u32,
    /// In each reference.
    references: Vec<u32>,
    /// Of the text's, those that a reference has, each at most as often as the reference that has it most often.
    matched: u32,
}

/// The n-grams of orders 1 to `orders`; `own` and `references` are units, numbered alike.
///
/// An n-gram is known by the one that it begins with and its last unit, so that each order costs one sorting of pairs
/// of numbers, whatever its length.
fn grams(own: &[u32], references: &[Vec<u32>], orders: usize) -> Vec<Grams> {
    let texts: Vec<&[u32]> = std::iter::once(own).chain(references.iter().map(Vec::as_slice)).collect();
    // Of each place of each text, the number of the n-gram that begins there.
    let mut beginning: Vec<Vec<u32>> = texts.iter().map(|text| vec![0; text.len()]).collect();
    let mut sorted: Vec<(u64, u32, u32)> = Vec::with_capacity(texts.iter().map(|text| text.len()).sum());
    let mut found = Vec::with_capacity(orders);
    for order in 0..orders {
        sorted.clear();
        for ((text, units), before) in (0_u32..).zip(&texts).zip(&beginning) {
            let last = units.get(order..).unwrap_or_default();
            let keys =
                before.iter().zip(last).map(|(before, unit)| u64::from(*before) << 32 | u64::from(*unit));
            sorted.extend((0_u32..).zip(keys).map(|(place, key)| (key, text, place)));
        }
        sorted.sort_unstable();
        let mut one = Grams { own: 0, references: vec![0; references.len()], matched: 0 };
        for (number, run) in (0_u32..).zip(sorted.chunk_by(|(one, ..), (other, ..)| one == other)) {
            let (mut in_own, mut most) = (0, 0);
            for same in run.chunk_by(|(_, one, _), (_, other, _)| one == other) {
                let count = u32::try_from(same.len()).unwrap_or(u32::MAX);
                match same.first().map(|(_, text, _)| *text) {
                    Some(0) | None => in_own = count,
                    Some(text) => {
                        most = count.max(most);
                        let place = usize::try_from(text - 1).ok();
                        if let Some(sum) = place.and_then(|place| one.references.get_mut(place)) {
                            *sum += count;
                        }
                    }
                }
            }
            one.own += in_own;
            one.matched += in_own.min(most);
            for (_, text, place) in run {
                let own = usize::try_from(*text).ok().and_then(|text| beginning.get_mut(text));
                let place = usize::try_from(*place).ok();
                if let Some(own) = own.zip(place).and_then(|(own, place)| own.get_mut(place)) {
                    *own = number;
                }
            }
        }
        found.push(one);
    }
    found
}

/// Numbers for words, the same for the same word.
#[derive(Default)]
struct Numbered<'w>(HashMap<&'w str, u32>);

impl<'w> Numbered<'w> {
    fn of(&mut self, words: &'w [String]) -> Vec<u32> {
        let number = |word: &'w String| {
            let next = u32::try_from(self.0.len()).unwrap_or(u32::MAX);
            *self.0.entry(word.as_str()).or_insert(next)
        };
        words.iter().map(number).collect()
    }
}

/// A count as a number to compute with; exact for every text that fits into memory.
#[expect(clippy::cast_precision_loss, reason = "counts of one text are far below 2^53")]
pub(super) const fn real(count: usize) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::{Grams, grams};
    use std::collections::BTreeMap;

    /// Counted one by one.
    fn plain(own: &[u32], references: &[Vec<u32>], order: usize) -> Grams {
        let count = |text: &[u32]| {
            let mut counts: BTreeMap<Vec<u32>, u32> = BTreeMap::new();
            for gram in text.windows(order) {
                *counts.entry(gram.to_vec()).or_insert(0) += 1;
            }
            counts
        };
        let (own, references) = (count(own), references.iter().map(|text| count(text)).collect::<Vec<_>>());
        let most = |gram: &Vec<u32>| references.iter().filter_map(|counts| counts.get(gram)).max().copied();
        Grams {
            own: own.values().sum(),
            references: references.iter().map(|counts| counts.values().sum()).collect(),
            matched: own.iter().map(|(gram, count)| most(gram).unwrap_or(0).min(*count)).sum(),
        }
    }

    #[test]
    fn grams_are_those_that_are_counted_one_by_one() {
        let mut state = 7_u32;
        let mut below = |bound: u32| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 16) % bound
        };
        for round in 0..200 {
            let kinds = 1 + round % 5;
            let mut text = || (0..below(14)).map(|_| below(kinds)).collect::<Vec<u32>>();
            let (own, references) = (text(), [text(), text(), text()]);
            for count in 0..=3 {
                let references = references.get(..count).unwrap_or_default();
                let found = grams(&own, references, 6);
                let wanted: Vec<Grams> = (1..=6).map(|order| plain(&own, references, order)).collect();
                assert_eq!(found, wanted, "{own:?} {references:?}");
            }
        }
    }
}
