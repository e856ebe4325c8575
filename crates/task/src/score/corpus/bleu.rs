//! BLEU (Papineni et al. 2002) as sacrebleu computes it: 13a tokens, order 4, exponential smoothing.

use super::{Numbered, grams, real};
use crate::score::py_text;

/// Orders of n-grams.
pub(crate) const ORDERS: usize = 4;
/// Numbers in [`counts`]: two lengths, then matches and totals of each order.
pub(crate) const WIDTH: usize = 2 + 2 * ORDERS;

/// Length of the hypothesis, length of the closest reference, matches and totals of each order.
pub(crate) fn counts(hypothesis: &str, references: &[String]) -> Vec<f64> {
    let hypothesis = tokenized(hypothesis);
    let references: Vec<String> = references.iter().map(|text| tokenized(text)).collect();
    let mut numbered = Numbered::default();
    let own = numbered.of(py_text::words(&hypothesis));
    let others: Vec<Vec<u32>> =
        references.iter().map(|reference| numbered.of(py_text::words(reference))).collect();
    let mut counts = vec![real(own.len()), real(closest(own.len(), &others))];
    let orders = grams(&own, &others, ORDERS);
    counts.extend(orders.iter().map(|order| f64::from(order.matched)));
    counts.extend(orders.iter().map(|order| f64::from(order.own)));
    counts
}

/// The reference length nearest to `length`; of two equally near the shorter.
fn closest(length: usize, references: &[Vec<u32>]) -> usize {
    references
        .iter()
        .map(Vec::len)
        .min_by_key(|reference| (reference.abs_diff(length), *reference))
        .unwrap_or(0)
}

/// The score, 0 to 100, from summed counts. `effective`: leave out orders that a single short text can't
/// have.
pub(crate) fn score(counts: &[f64], effective: bool) -> f64 {
    let Some(parts) = Parts::new(counts) else { return 0.0 };
    let mut smoothing = 1.0;
    let mut logs = 0.0;
    let mut orders = if effective { 0 } else { ORDERS };
    for (matched, total) in parts.matched.iter().zip(parts.totals) {
        if *total <= 0.0 {
            if !effective {
                return 0.0;
            }
            break;
        }
        if effective {
            orders += 1;
        }
        let precision = if *matched > 0.0 {
            100.0 * matched / total
        } else {
            smoothing *= 2.0;
            100.0 / (smoothing * total)
        };
        logs += libm::log(precision);
    }
    libm::exp(parts.brevity()) * libm::exp(logs / real(orders.max(1)))
}

/// Derivative of the score by each summed count, for the influence of a document.
pub(crate) fn gradient(counts: &[f64]) -> Vec<f64> {
    let mut gradient = vec![0.0; WIDTH];
    let score = score(counts, false);
    let Some(parts) = Parts::new(counts).filter(|_| score > 0.0) else {
        return gradient;
    };
    let each = score / real(ORDERS);
    let (lengths, orders) = gradient.split_at_mut(2);
    let (matches, totals) = orders.split_at_mut(ORDERS);
    for (slope, matched) in matches.iter_mut().zip(parts.matched) {
        *slope = if *matched > 0.0 { each / matched } else { 0.0 };
    }
    for (slope, total) in totals.iter_mut().zip(parts.totals) {
        *slope = -each / total;
    }
    if let [own, reference] = lengths
        && parts.own < parts.reference
    {
        *own = score * parts.reference / (parts.own * parts.own);
        *reference = -score / parts.own;
    }
    gradient
}

struct Parts<'a> {
    own: f64,
    reference: f64,
    matched: &'a [f64],
    totals: &'a [f64],
}

impl<'a> Parts<'a> {
    /// `None` where nothing matches at all.
    fn new(counts: &'a [f64]) -> Option<Self> {
        let [own, reference, orders @ ..] = counts else {
            return None;
        };
        let (matched, totals) = orders.split_at_checked(ORDERS)?;
        matched.iter().any(|count| *count > 0.0).then_some(Self {
            own: *own,
            reference: *reference,
            matched,
            totals,
        })
    }

    /// Logarithm of the brevity penalty.
    fn brevity(&self) -> f64 {
        if self.own < self.reference { 1.0 - self.reference / self.own } else { 0.0 }
    }
}

/// The text with white space between the tokens of mteval-v13a.
fn tokenized(text: &str) -> String {
    let mut text = py_text::strip_end(text).replace("<skipped>", "").replace("-\n", "").replace('\n', " ");
    if text.contains('&') {
        text = text.replace("&quot;", "\"").replace("&amp;", "&").replace("&lt;", "<").replace("&gt;", ">");
    }
    let mut chars = Vec::with_capacity(text.len() + 2);
    for c in std::iter::once(' ').chain(text.chars()).chain(std::iter::once(' ')) {
        if matches!(c, '{'..='~' | '['..='`' | ' '..='&' | '('..='+' | ':'..='@' | '/') {
            chars.extend([' ', c, ' ']);
        } else {
            chars.push(c);
        }
    }
    let digit = |c: char| c.is_ascii_digit();
    let stop = |c: char| matches!(c, '.' | ',');
    let has = |wanted: &[char]| chars.iter().any(|c| wanted.contains(c));
    let (has_stops, has_dashes) = (has(&['.', ',']), has(&['-']));
    if has_stops {
        chars = pairs(&chars, |a, b| (!digit(a) && stop(b)).then_some([a, ' ', b, ' ']));
        chars = pairs(&chars, |a, b| (stop(a) && !digit(b)).then_some([' ', a, ' ', b]));
    }
    if has_dashes {
        chars = pairs(&chars, |a, b| (digit(a) && b == '-').then_some([a, ' ', b, ' ']));
    }
    chars.into_iter().collect()
}

/// Replaces each pair of neighbours that `rule` takes; both are then used up.
fn pairs(chars: &[char], rule: impl Fn(char, char) -> Option<[char; 4]>) -> Vec<char> {
    let mut out = Vec::with_capacity(chars.len() * 2);
    let mut rest = chars;
    while let [first, tail @ ..] = rest {
        let replaced = tail.first().and_then(|second| rule(*first, *second));
        if let Some(four) = replaced {
            out.extend(four);
            rest = tail.get(1..).unwrap_or_default();
        } else {
            out.push(*first);
            rest = tail;
        }
    }
    out
}
