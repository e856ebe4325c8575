//! BLEU (Papineni et al. 2002) as sacrebleu computes it: 13a tokens, order 4, exponential smoothing.

use super::{Numbered, grams, real};
use crate::score::py_text;
use std::borrow::Cow;

/// Orders of n-grams.
pub(crate) const ORDERS: usize = 4;
/// Numbers in [`counts`]: two lengths, then matches and totals of each order.
pub(crate) const WIDTH: usize = 2 + 2 * ORDERS;

/// Length of the hypothesis, length of the closest reference, matches and totals of each order.
pub(crate) fn counts(hypothesis: &str, references: &[String]) -> Vec<f64> {
    let hypothesis = tokenized(hypothesis);
    let references: Vec<String> = references.iter().map(|text| tokenized(text)).collect();
    let mut numbered = Numbered::for_words(hypothesis.len() / 4);
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

/// The text with white space between the tokens of mteval-v13a. Its rules are about ASCII alone, so that bytes do: a
/// byte of another character is neither digit nor stop, and a space is only put beside a byte of ASCII.
fn tokenized(text: &str) -> String {
    let text = plain(py_text::strip_end(text));
    let mut bytes = Vec::with_capacity(text.len() + text.len() / 4 + 6);
    let (mut has_stops, mut has_dashes) = (false, false);
    // The text stands between spaces, which the first rule sets between spaces.
    bytes.extend(b"   ");
    for byte in text.bytes() {
        match byte {
            b'{'..=b'~' | b'['..=b'`' | b' '..=b'&' | b'('..=b'+' | b':'..=b'@' | b'/' => {
                bytes.extend([b' ', byte, b' ']);
            }
            _ => {
                has_stops |= is_stop(byte);
                has_dashes |= byte == b'-';
                bytes.push(byte);
            }
        }
    }
    bytes.extend(b"   ");
    if has_stops {
        bytes = pairs(&bytes, |a, b| (!a.is_ascii_digit() && is_stop(b)).then_some([a, b' ', b, b' ']));
        bytes = pairs(&bytes, |a, b| (is_stop(a) && !b.is_ascii_digit()).then_some([b' ', a, b' ', b]));
    }
    if has_dashes {
        bytes = pairs(&bytes, |a, b| (a.is_ascii_digit() && b == b'-').then_some([a, b' ', b, b' ']));
    }
    String::from_utf8(bytes).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}

const fn is_stop(byte: u8) -> bool {
    matches!(byte, b'.' | b',')
}

/// Without marks of skipped text, broken lines and HTML's names for signs.
fn plain(text: &str) -> Cow<'_, str> {
    if !text.bytes().any(|byte| matches!(byte, b'<' | b'\n' | b'&')) {
        return Cow::Borrowed(text);
    }
    let mut text = text.replace("<skipped>", "").replace("-\n", "").replace('\n', " ");
    if text.contains('&') {
        text = text.replace("&quot;", "\"").replace("&amp;", "&").replace("&lt;", "<").replace("&gt;", ">");
    }
    Cow::Owned(text)
}

/// Replaces each pair of neighbours that `rule` takes; both are then used up.
fn pairs(bytes: &[u8], rule: impl Fn(u8, u8) -> Option<[u8; 4]>) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len() + bytes.len() / 8 + 4);
    let mut rest = bytes;
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

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed assertion is the point of a test")]
    use super::{py_text, tokenized};
    use fancy_regex::Regex;

    /// The rules as sacrebleu writes them.
    fn by_rules(text: &str) -> String {
        let text = py_text::strip_end(text).replace("<skipped>", "").replace("-\n", "").replace('\n', " ");
        let text =
            text.replace("&quot;", "\"").replace("&amp;", "&").replace("&lt;", "<").replace("&gt;", ">");
        let rules = [
            (r"([\{-~\[-` -&\(-\+:-@/])", " ${1} "),
            (r"([^0-9])([\.,])", "${1} ${2} "),
            (r"([\.,])([^0-9])", " ${1} ${2}"),
            (r"([0-9])(-)", "${1} ${2} "),
        ];
        rules.iter().fold(format!(" {text} "), |text, (pattern, replacement)| {
            Regex::new(pattern).unwrap().replace_all(&text, *replacement).into_owned()
        })
    }

    #[test]
    fn tokens_are_those_of_the_rules() {
        let signs: Vec<char> = "a1.,-\n&<>;가é漢 /{~[`'".chars().collect();
        let mut state = 11_u32;
        for round in 0..3000 {
            let text: String = (0..round % 17)
                .filter_map(|_| {
                    state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    signs.get(usize::try_from(state >> 16).unwrap_or(0) % signs.len())
                })
                .collect();
            assert_eq!(tokenized(&text), by_rules(&text), "{text:?}");
        }
        assert_eq!(
            tokenized("&amp;lt; <skipped>1-\n2 3-4, 가. 나"),
            by_rules("&amp;lt; <skipped>1-\n2 3-4, 가. 나")
        );
    }
}
