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
    let is_short = places.len() < 1 << SHORT_PLACES;
    if is_short && places.iter().all(|place| place.last < 1 << SHORT_UNITS) {
        counted::<u64>(&texts, &mut places, orders)
    } else {
        counted::<u128>(&texts, &mut places, orders)
    }
}

/// Bits of a place in the short form of a key, and of an n-gram's number: there are no more of these.
const SHORT_PLACES: u32 = 20;
/// Bits of a unit in the short form: a character has 21.
const SHORT_UNITS: u32 = 21;

/// An n-gram and its place as one number that sorts by n-gram, then by place.
trait Key: Copy + Ord {
    fn new(place: &Place, at: usize) -> Self;
    fn at(self) -> usize;
    fn is_same_gram(self, other: Self) -> bool;
}

impl Key for u64 {
    fn new(place: &Place, at: usize) -> Self {
        let gram = Self::from(place.begins) << SHORT_UNITS | Self::from(place.last);
        gram << SHORT_PLACES | at as Self
    }

    fn at(self) -> usize {
        usize::try_from(self & ((1 << SHORT_PLACES) - 1)).unwrap_or(usize::MAX)
    }

    fn is_same_gram(self, other: Self) -> bool {
        self >> SHORT_PLACES == other >> SHORT_PLACES
    }
}

impl Key for u128 {
    fn new(place: &Place, at: usize) -> Self {
        (Self::from(place.begins) << 32 | Self::from(place.last)) << 64 | at as Self
    }

    fn at(self) -> usize {
        usize::try_from(self & Self::from(u64::MAX)).unwrap_or(usize::MAX)
    }

    fn is_same_gram(self, other: Self) -> bool {
        self >> 64 == other >> 64
    }
}

fn counted<K: Key>(texts: &[&[u32]], places: &mut [Place], orders: usize) -> Vec<Grams> {
    let mut sorted: Vec<K> = Vec::with_capacity(places.len());
    let mut found = Vec::with_capacity(orders);
    for order in 0..orders {
        sorted.clear();
        let mut start = 0;
        for text in texts {
            let all = places.get_mut(start..start + text.len()).unwrap_or_default();
            let last = text.get(order..).unwrap_or_default();
            for (place, (own, unit)) in all.iter_mut().zip(last).enumerate() {
                own.last = *unit;
                sorted.push(K::new(own, start + place));
            }
            start += text.len();
        }
        sorted.sort_unstable();
        let mut one = Grams { own: 0, references: vec![0; texts.len().saturating_sub(1)], matched: 0 };
        for (number, run) in (0_u32..).zip(sorted.chunk_by(|one, other| one.is_same_gram(*other))) {
            let (mut in_own, mut most, mut in_text, mut text) = (0, 0, 0, 0);
            for key in run {
                let Some(place) = places.get_mut(key.at()) else { continue };
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

/// Numbers for words, the same for the same word.
struct Numbered<'w>(HashMap<&'w str, u32>);

impl<'w> Numbered<'w> {
    /// With room for about so many words.
    fn for_words(words: usize) -> Self {
        Self(HashMap::with_capacity(words))
    }

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
                // Units that the short form has no room for.
                let far = |text: &[u32]| text.iter().map(|unit| unit + (1 << 30)).collect::<Vec<u32>>();
                let others: Vec<Vec<u32>> = references.iter().map(|text| far(text)).collect();
                assert_eq!(grams(&far(&own), &others, 6), wanted, "long keys");
            }
        }
    }
}
