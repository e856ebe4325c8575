//! Windows over a long text, as lm-eval's `get_rolling_token_windows` and `make_disjoint_window` cut them
//! (with a context of one token): every token is judged once.

use std::ops::Range;

/// Tokens `judged` are judged after tokens `context`; positions count from 0 in the text without its prefix
/// token. In the first window the context begins with the prefix token instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Window {
    /// What stands before, without the prefix token.
    pub(crate) context: Range<usize>,
    /// What is judged.
    pub(crate) judged: Range<usize>,
    /// Whether the prefix token stands before the context.
    pub(crate) prefixed: bool,
}

/// The windows of a text of `tokens` tokens, each of at most `limit` tokens of input.
pub(crate) fn windows(tokens: usize, limit: usize) -> Vec<Window> {
    let mut windows = Vec::new();
    if tokens == 0 || limit == 0 {
        return windows;
    }
    let first = tokens.min(limit);
    windows.push(Window { context: 0..0, judged: 0..first, prefixed: true });
    let mut done = first;
    while done < tokens {
        let end = (done + limit).min(tokens);
        // The input is the `limit` tokens before the last judged one; of them, those before `done` are context.
        windows.push(Window { context: end - 1 - limit..done, judged: done..end, prefixed: false });
        done = end;
    }
    windows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_token_is_judged_once_and_no_input_is_longer_than_the_limit() {
        for tokens in 1..40 {
            for limit in 1..12 {
                let mut judged = Vec::new();
                for window in windows(tokens, limit) {
                    let input = usize::from(window.prefixed) + window.context.len() + window.judged.len() - 1;
                    assert!(input <= limit, "{tokens} {limit} {window:?}");
                    assert!(window.prefixed || !window.context.is_empty(), "{tokens} {limit} {window:?}");
                    assert!(window.context.end == window.judged.start);
                    judged.extend(window.judged);
                }
                assert_eq!(judged, (0..tokens).collect::<Vec<_>>());
            }
        }
    }

    #[test]
    fn windows_equal_those_of_lm_eval() {
        // get_rolling_token_windows(range(10), prefix, max_seq_len=4, context_len=1), made disjoint.
        let expected = [(0..0, 0..4, true), (3..4, 4..8, false), (5..8, 8..10, false)];
        let got: Vec<_> = windows(10, 4).into_iter().map(|w| (w.context, w.judged, w.prefixed)).collect();
        assert_eq!(got, expected);
    }
}
