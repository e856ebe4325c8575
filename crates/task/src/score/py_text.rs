//! Python's idea of white space, where a result must equal lm-eval's.

/// White space as `str.isspace` has it: Unicode's, and the four ASCII separators.
pub(super) const fn is_space(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\u{1c}'..='\u{1f}')
}

/// `str.strip()`.
pub(super) fn strip(text: &str) -> &str {
    text.trim_matches(is_space)
}

/// `str.rstrip()`.
pub(super) fn strip_end(text: &str) -> &str {
    text.trim_end_matches(is_space)
}

/// `str.split()`.
pub(super) fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(is_space).filter(|word| !word.is_empty())
}

/// `len(re.split(r"\s+", text))`: words, counting the empty ones at the borders.
pub(super) fn count_pieces(text: &str) -> usize {
    let mut pieces = 1;
    let mut inside = false;
    for c in text.chars() {
        let space = is_space(c);
        pieces += usize::from(space && !inside);
        inside = space;
    }
    pieces
}
