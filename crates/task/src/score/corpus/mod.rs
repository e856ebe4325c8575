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
/// An n-gram is known by the one that it begins with and its last unit, so that each order costs one sorting of
/// numbers, whatever its length.
fn grams(own: &[u32], references: &[Vec<u32>], orders: usize) -> Vec<Grams> {
    let texts: Vec<&[u32]> = std::iter::once(own).chain(references.iter().map(Vec::as_slice)).collect();
    let mut places: Vec<Place> = Vec::with_capacity(texts.iter().map(|text| text.len()).sum());
    for (text, units) in texts.iter().enumerate() {
        places.extend(units.iter().map(|unit| Place { text, begins: 0, last: *unit }));
    }
    let mut sorted: Vec<u128> = Vec::with_capacity(places.len());
    let mut found = Vec::with_capacity(orders);
    for order in 0..orders {
        sorted.clear();
        let mut start = 0;
        for text in &texts {
            let all = places.get_mut(start..start + text.len()).unwrap_or_default();
            let last = text.get(order..).unwrap_or_default();
            for (place, (own, unit)) in all.iter_mut().zip(last).enumerate() {
                own.last = *unit;
                sorted.push(own.key() << 32 | (start + place) as u128);
            }
            start += text.len();
        }
        sorted.sort_unstable();
        let mut one = Grams { own: 0, references: vec![0; references.len()], matched: 0 };
        for (number, run) in (0_u32..).zip(sorted.chunk_by(|one, other| one >> 32 == other >> 32)) {
            let (mut in_own, mut most, mut in_text, mut text) = (0, 0, 0, 0);
            for key in run {
                #[expect(clippy::cast_possible_truncation, reason = "the low half is meant")]
                let place = usize::try_from(*key as u32).unwrap_or(usize::MAX);
                let Some(place) = places.get_mut(place) else { continue };
                place.begins = number;
                if place.text != text {
                    (text, in_text) = (place.text, 0);
                }
                in_text += 1;
                match text.checked_sub(1).and_then(|reference| one.references.get_mut(reference)) {
                    Some(sum) => {
                        *sum += 1;
                        most = in_text.max(most);
                    }
                    None => in_own = in_text,
                }
            }
            one.own += in_own;
            one.matched += in_own.min(most);
        }
        found.push(one);
    }
    found
}

/// A place of a text with the n-gram that begins there.
struct Place {
    text: usize,
    /// The number of what it begins with.
    begins: u32,
    /// Its last unit.
    last: u32,
}

impl Place {
    fn key(&self) -> u128 {
        u128::from(self.begins) << 32 | u128::from(self.last)
    }
}

/// Numbers for words, the same for the same word.
#[derive(Default)]
struct Numbered<'w>(HashMap<&'w str, u32>);

impl<'w> Numbered<'w> {
    fn of(&mut self, words: impl Iterator<Item = &'w str>) -> Vec<u32> {
        let number = |word: &'w str| {
            let next = u32::try_from(self.0.len()).unwrap_or(u32::MAX);
            *self.0.entry(word).or_insert(next)
        };
        words.map(number).collect()
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
