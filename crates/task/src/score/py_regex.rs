//! Python's `re` on top of `fancy-regex`: the dialect, `findall` and `sub`.
//!
//! Look-around and back-references need a backtracking engine; its steps are bounded, and a pattern that
//! exceeds them has found nothing.

use super::error::ScoreError;
use fancy_regex::{Regex, RegexBuilder};
use std::sync::atomic::{AtomicU64, Ordering};

/// A generous bound: the patterns of lm-eval's task files need fewer than a thousand steps.
const BACKTRACK_LIMIT: usize = 1_000_000;
const SLOW: &str = "task::slow_regex";

/// One match as `re.findall` gives it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// The whole match, or the only group.
    One(String),
    /// All groups of a pattern with two or more; a group that took no part is empty.
    Groups(Vec<String>),
}

/// A compiled pattern in Python's dialect.
#[derive(Debug)]
pub(super) struct PyRegex {
    regex: Regex,
    /// The same pattern without empty matches: needed after an empty match, where Python looks for a
    /// match that moves on.
    not_empty: Option<Regex>,
    pattern: String,
    /// Texts on which the bound was met.
    given_up: AtomicU64,
}

impl PyRegex {
    /// Compiles `pattern`, written for Python's `re`.
    pub(super) fn compile(owner: &str, pattern: &str) -> Result<Self, ScoreError> {
        let translated = translate(pattern);
        let build = |find_not_empty: bool| {
            RegexBuilder::new(&translated)
                .backtrack_limit(BACKTRACK_LIMIT)
                .find_not_empty(find_not_empty)
                .build()
        };
        let regex = build(false).map_err(|source| ScoreError::BadRegex {
            owner: owner.to_owned(),
            pattern: pattern.to_owned(),
            source: Box::new(source),
        })?;
        Ok(Self {
            regex,
            // A pattern that only ever matches nothing (`^`, `\b`) can't be built this way.
            not_empty: build(true).ok(),
            pattern: pattern.to_owned(),
            given_up: AtomicU64::new(0),
        })
    }

    /// What to tell people where texts needed too many steps so far.
    pub(super) fn problem(&self) -> Option<String> {
        let texts = self.given_up.load(Ordering::Relaxed);
        (texts > 0).then(|| {
            format!(
                "{SLOW}: the pattern `{}` needs more than {BACKTRACK_LIMIT} steps on {texts} answers, and finds nothing \
                 more there",
                self.pattern
            )
        })
    }

    /// The groups of the first match from `position` on, group 0 first.
    fn capture(&self, regex: &Regex, text: &str, position: usize) -> Option<Vec<Option<(usize, usize)>>> {
        let Ok(captures) = regex.captures_from_pos(text, position) else {
            // The step bound: nothing found.
            self.given_up.fetch_add(1, Ordering::Relaxed);
            return None;
        };
        let captures = captures?;
        Some(
            (0..captures.len())
                .map(|group| captures.get(group).map(|found| (found.start(), found.end())))
                .collect(),
        )
    }

    /// Every match from left to right as byte ranges of the groups, group 0 first.
    fn spans(&self, text: &str) -> Vec<Vec<Option<(usize, usize)>>> {
        let mut found = Vec::new();
        let mut position = 0;
        let mut must_advance = false;
        while position <= text.len() {
            let spans = if must_advance {
                self.advance_from(text, position)
            } else {
                self.capture(&self.regex, text, position)
            };
            let Some(spans) = spans else { break };
            let Some((start, end)) = spans.first().copied().flatten() else {
                break;
            };
            must_advance = start == end;
            position = end;
            found.push(spans);
        }
        found
    }

    /// The next match that either begins after `position` or is not empty.
    fn advance_from(&self, text: &str, position: usize) -> Option<Vec<Option<(usize, usize)>>> {
        let moved = self
            .not_empty
            .as_ref()
            .and_then(|regex| self.capture(regex, text, position))
            .filter(|spans| spans.first().copied().flatten().is_some_and(|(start, _)| start == position));
        moved.or_else(|| {
            let step = text.get(position..)?.chars().next()?.len_utf8();
            self.capture(&self.regex, text, position + step)
        })
    }

    /// `re.findall(text)`.
    pub(super) fn find_all(&self, text: &str) -> Vec<Found> {
        let piece = |span: &Option<(usize, usize)>| {
            span.and_then(|(start, end)| text.get(start..end)).unwrap_or_default().to_owned()
        };
        self.spans(text)
            .iter()
            .map(|spans| match spans.as_slice() {
                [] => Found::One(String::new()),
                [whole] => Found::One(piece(whole)),
                [_, group] => Found::One(piece(group)),
                [_, groups @ ..] => Found::Groups(groups.iter().map(piece).collect()),
            })
            .collect()
    }

    /// `re.sub(pattern, "", text)`.
    pub(super) fn remove_all(&self, text: &str) -> String {
        self.replace_all(text, |_| String::new())
    }

    /// `re.sub(pattern, new, text)`, where `new` is made from the whole match.
    pub(super) fn replace_all(&self, text: &str, new: impl Fn(&str) -> String) -> String {
        let mut out = String::with_capacity(text.len());
        let mut position = 0;
        for spans in self.spans(text) {
            let Some((start, end)) = spans.first().copied().flatten() else {
                continue;
            };
            out.push_str(text.get(position..start).unwrap_or_default());
            out.push_str(&new(text.get(start..end).unwrap_or_default()));
            position = end;
        }
        out.push_str(text.get(position..).unwrap_or_default());
        out
    }

    /// Byte ranges of all whole matches.
    pub(super) fn ranges(&self, text: &str) -> Vec<std::ops::Range<usize>> {
        self.spans(text)
            .iter()
            .filter_map(|spans| spans.first().copied().flatten())
            .map(|(start, end)| start..end)
            .collect()
    }

    /// Whether the pattern occurs in `text`.
    pub(super) fn occurs_in(&self, text: &str) -> bool {
        self.regex.is_match(text).unwrap_or(false)
    }
}

/// Rewrites what Python and `fancy-regex` read differently: `$`, `\Z`, `\<`, escaped letters of neither,
/// `{,n}`, and `[`, `&&`, `--`, `~~` inside a class.
fn translate(pattern: &str) -> String {
    let multi_line = sets_multi_line(pattern);
    let mut out = String::with_capacity(pattern.len() + 8);
    let mut chars = pattern.chars().peekable();
    let mut class_start = None;
    while let Some(c) = chars.next() {
        match (c, class_start) {
            ('\\', _) => escape(chars.next(), class_start.is_some(), &mut out),
            ('[', None) => {
                out.push('[');
                if chars.peek() == Some(&'^') {
                    out.push('^');
                    chars.next();
                }
                class_start = Some(out.len());
            }
            (']', Some(start)) if out.len() > start => {
                out.push(']');
                class_start = None;
            }
            ('[' | ']' | '&' | '~', Some(_)) => {
                out.push('\\');
                out.push(c);
            }
            ('-', Some(_)) if chars.peek() == Some(&'-') => out.push_str("\\-"),
            ('$', None) if !multi_line => out.push_str(r"(?=\n?\z)"),
            ('{', None) if chars.peek() == Some(&',') => out.push_str("{0"),
            (other, _) => out.push(other),
        }
    }
    out
}

/// Whether the pattern begins by switching on multi-line mode, where `$` means the same in both dialects.
fn sets_multi_line(pattern: &str) -> bool {
    pattern
        .strip_prefix("(?")
        .map(|flags| flags.chars().take_while(char::is_ascii_alphabetic))
        .is_some_and(|mut flags| flags.any(|flag| flag == 'm'))
}

fn escape(next: Option<char>, in_class: bool, out: &mut String) {
    match next {
        // A lone backslash at the end: leave it to the engine to refuse.
        None => out.push('\\'),
        Some('Z') if !in_class => out.push_str(r"\z"),
        Some('b') if in_class => out.push_str(r"\x08"),
        Some('0') => out.push_str(r"\x00"),
        Some(c) if c.is_ascii_alphanumeric() => {
            out.push('\\');
            out.push(c);
        }
        // `\<` is a word border in Rust, a plain sign in Python; `\ ` and `\"` only exist in Python.
        Some(c) if r"\.+*?()|[]{}^$#&-~".contains(c) => {
            out.push('\\');
            out.push(c);
        }
        Some(c) => out.push(c),
    }
}

#[cfg(test)]
mod tests {
    use super::translate;

    #[test]
    fn dialect_differences_are_rewritten() {
        for (python, rust) in [
            (r"a$", r"a(?=\n?\z)"),
            (r"[$]", r"[$]"),
            (r"\$", r"\$"),
            (r"x\Z", r"x\z"),
            (r"[[a]", r"[\[a]"),
            (r"[]a]", r"[\]a]"),
            (r"[^]a]", r"[^\]a]"),
            (r"\<b\>", r"<b>"),
            (r"a{,3}", r"a{0,3}"),
            (r"[a&&b]", r"[a\&\&b]"),
            (r"[\b]", r"[\x08]"),
        ] {
            assert_eq!(translate(python), rust, "{python}");
        }
    }
}
