//! chrF and chrF++ (Popović 2015, 2017) as sacrebleu computes them: characters to order 6, beta 2.

use super::{Grams, Numbered, grams, real};
use crate::score::py_text;

const CHARACTER_ORDERS: usize = 6;
/// Beta squared.
const FACTOR: f64 = 4.0;

/// For each order three numbers: n-grams of the hypothesis, of the reference, and matches. Of several
/// references the one with the best score.
pub(crate) fn counts(hypothesis: &str, references: &[String], word_orders: usize) -> Vec<f64> {
    let own = Units::new(hypothesis, word_orders);
    let mut best: Option<(f64, Vec<f64>)> = None;
    for reference in references {
        let counts = own.against(&Units::new(reference, word_orders), word_orders);
        let score = score(&counts);
        if best.as_ref().is_none_or(|(most, _)| score > *most) {
            best = Some((score, counts));
        }
    }
    best.map_or_else(|| vec![0.0; 3 * (CHARACTER_ORDERS + word_orders)], |(_, counts)| counts)
}

struct Units {
    characters: Vec<u32>,
    words: Vec<String>,
}

impl Units {
    fn new(text: &str, word_orders: usize) -> Self {
        Self {
            characters: py_text::words(text).flat_map(str::chars).map(u32::from).collect(),
            words: if word_orders > 0 { words(text) } else { Vec::new() },
        }
    }

    fn against(&self, reference: &Self, word_orders: usize) -> Vec<f64> {
        let mut counts = Vec::with_capacity(3 * (CHARACTER_ORDERS + word_orders));
        let characters = std::slice::from_ref(&reference.characters);
        push_matches(&grams(&self.characters, characters, CHARACTER_ORDERS), &mut counts);
        if word_orders > 0 {
            let mut numbered = Numbered::for_words(self.words.len());
            let own = numbered.of(self.words.iter().map(String::as_str));
            let other = numbered.of(reference.words.iter().map(String::as_str));
            push_matches(&grams(&own, &[other], word_orders), &mut counts);
        }
        counts
    }
}

fn push_matches(orders: &[Grams], counts: &mut Vec<f64>) {
    for Grams { own, references, matched } in orders {
        let reference: u32 = references.iter().sum();
        // An order that the reference is too short for does not count against the hypothesis.
        let total = if reference == 0 { 0 } else { *own };
        counts.extend([total, reference, *matched].map(f64::from));
    }
}

/// Words with punctuation split off at one end.
fn words(text: &str) -> Vec<String> {
    let mut out = Vec::new();
    for word in py_text::words(text) {
        let mut chars = word.chars();
        match (chars.next(), chars.next_back()) {
            (Some(_), Some(last)) if last.is_ascii_punctuation() => {
                out.push(word.strip_suffix(last).unwrap_or(word).to_owned());
                out.push(last.to_string());
            }
            (Some(first), Some(_)) if first.is_ascii_punctuation() => {
                out.push(first.to_string());
                out.push(word.strip_prefix(first).unwrap_or(word).to_owned());
            }
            (Some(_) | None, _) => out.push(word.to_owned()),
        }
    }
    out
}

/// Mean precision, mean recall and the number of orders that both texts have.
fn means(counts: &[f64]) -> (f64, f64, f64) {
    let (mut precision, mut recall, mut orders) = (0.0, 0.0, 0_usize);
    for order in counts.chunks_exact(3) {
        let [own, reference, matched] = order else { continue };
        if *own > 0.0 && *reference > 0.0 {
            precision += matched / own;
            recall += matched / reference;
            orders += 1;
        }
    }
    let orders = real(orders.max(1));
    (precision / orders, recall / orders, orders)
}

/// The score, 0 to 100, from summed counts.
pub(crate) fn score(counts: &[f64]) -> f64 {
    let (precision, recall, _) = means(counts);
    if precision + recall > 0.0 {
        100.0 * (1.0 + FACTOR) * precision * recall / (FACTOR * precision + recall)
    } else {
        0.0
    }
}

/// Derivative of the score by each summed count, for the influence of a document.
pub(crate) fn gradient(counts: &[f64]) -> Vec<f64> {
    let (precision, recall, orders) = means(counts);
    let below = FACTOR * precision + recall;
    if precision + recall <= 0.0 {
        return vec![0.0; counts.len()];
    }
    let scale = 100.0 * (1.0 + FACTOR) / (below * below) / orders;
    let by_precision = scale * recall * recall;
    let by_recall = scale * FACTOR * precision * precision;
    let mut gradient = Vec::with_capacity(counts.len());
    for order in counts.chunks_exact(3) {
        let [own, reference, matched] = order else { continue };
        if *own > 0.0 && *reference > 0.0 {
            gradient.push(-by_precision * matched / (own * own));
            gradient.push(-by_recall * matched / (reference * reference));
            gradient.push(by_precision / own + by_recall / reference);
        } else {
            gradient.extend([0.0; 3]);
        }
    }
    gradient
}
