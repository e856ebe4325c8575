//! Tables of words: as they are written, one line a meaning, and as they are looked up.

use std::collections::BTreeMap;

/// A table as it is written: a meaning, and the words that have it, with spaces between.
pub(super) type Written<T> = &'static [(T, &'static str)];

/// The meanings of `written` by word.
pub(super) fn by_word<T: Copy + 'static>(written: Written<T>) -> BTreeMap<&'static str, T> {
    let rows = written
        .iter()
        .flat_map(|(meaning, words)| words.split_whitespace().map(move |word| (word, *meaning)));
    rows.collect()
}

/// Whether `text` is one of `words`, which have spaces between.
pub(super) fn is_one_of(words: &str, text: &str) -> bool {
    words.split_whitespace().any(|word| word == text)
}

/// Whether `segment` names a norm, in any of the ways in which makers do.
pub(super) fn is_norm(segment: &str) -> bool {
    let segment = segment.to_ascii_lowercase();
    let short = segment.trim_end_matches(|letter: char| letter.is_ascii_digit() || letter == '_');
    let is_short = matches!(short, "ln" | "bn")
        || segment.starts_with("ln_")
        || segment.ends_with("_ln")
        || segment.ends_with("_rms");
    is_short || segment.contains("norm")
}
