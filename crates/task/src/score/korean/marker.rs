//! Where a text says that an answer follows, or that it just stood there.

use super::clean::{BOX_END, BOX_START};
use crate::score::py_regex::PyRegex;
use std::sync::LazyLock;

/// A stretch of text that a marker points at.
#[derive(Clone, Copy, Debug)]
pub(super) struct Segment<'a> {
    pub(super) text: &'a str,
    /// The marker follows the answer ("3번이 정답입니다"): the last candidate counts, not the first.
    pub(super) before: bool,
    at: usize,
}

const NOUN: &str = r"(?:(?<![가-힣])(?:최종\s?)?(?:정답|해답|답안|답)|정답|최종\s?(?:답변|결과|값))";
const LABEL: &str = r"[(\[<]?\s?(?:\d|[①-⑳❶-❿㉠-㉧㉮-㉵]|[A-Ha-h](?![A-Za-z])|\x{e000})";

static FORWARD: LazyLock<Option<PyRegex>> = LazyLock::new(|| {
    let pattern = [
        format!(r"{NOUN}\s?(?:은|는)\s?[:=]?"),
        format!(r"{NOUN}\s?(?:\([가-힣A-Za-z ]*\)\s?)?(?:[:=]|->|→|=>|⇒)"),
        format!(r"{NOUN}(?:이\s)?\s?(?={LABEL})"),
        format!(r"(?<=\n){NOUN}[ \t]*(?=\n)"),
        r"(?i:\banswer\s?(?:is|:|=)\s?:?)".to_owned(),
        "∴|####|\\x{e000}".to_owned(),
    ]
    .join("|");
    PyRegex::compile("korean_answer", &pattern).ok()
});

/// The answer line of worked solutions; among choices it is the first of them.
static ANSWER_LINE: LazyLock<Option<PyRegex>> =
    LazyLock::new(|| PyRegex::compile("korean_answer", r"(?<=\n)A\s?:").ok());

static BACKWARD: LazyLock<Option<PyRegex>> = LazyLock::new(|| {
    let pattern = r"(?<=[이가은는])\s?(?:바로\s?)?(?:정답|답)(?:입니다|이다|이에요|예요|이야|임(?![가-힣])|이\s?됩니다|이\s?된다|이므로|이라고)";
    PyRegex::compile("korean_answer", pattern).ok()
});

static PROMPT_END: LazyLock<Option<PyRegex>> = LazyLock::new(|| {
    let pattern = r"(?:(?:정답|해답|답안|답)(?:\([^)]*\))?\s?(?:은|는)?|\b[Aa]nswer|\bA)\s?[:：]?\s*\Z";
    PyRegex::compile("korean_answer", pattern).ok()
});

/// All stretches that markers point at, in the order of the text. `labelled`: "A:" is a choice's label.
pub(super) fn segments(text: &str, labelled: bool) -> Vec<Segment<'_>> {
    let ranges = |regex: &LazyLock<Option<PyRegex>>| {
        let all = regex.as_ref().map(|regex| regex.ranges(text)).unwrap_or_default();
        let earlier = all.len().saturating_sub(MOST_MARKERS);
        all.into_iter().skip(earlier)
    };
    let mut starts: Vec<_> = ranges(&FORWARD).collect();
    if !labelled {
        starts.extend(ranges(&ANSWER_LINE));
    }
    let forward = starts.into_iter().filter_map(|range| {
        let boxed = text.get(range.clone())?.ends_with(BOX_START);
        let rest = text.get(range.end..)?;
        let segment = if boxed { within_box(rest) } else { sentence(rest) };
        Some(Segment { text: segment, before: false, at: range.start })
    });
    let backward = ranges(&BACKWARD).filter_map(|range| {
        let earlier = text.get(..range.start)?;
        Some(Segment { text: last_sentence(earlier), before: true, at: range.start })
    });
    let mut all: Vec<Segment<'_>> = forward.chain(backward).collect();
    all.sort_by_key(|segment| segment.at);
    all
}

/// The content of the box that `text` lies in.
fn within_box(text: &str) -> &str {
    let text = text.get(..text.floor_char_boundary(MAX_SEGMENT_BYTES)).unwrap_or(text);
    text.split(BOX_END).next().unwrap_or(text)
}

/// Whether the prompt itself ends by asking for the answer ("정답:", "Answer:").
pub(super) fn ends_prompt(prompt: &str) -> bool {
    let tail_start = prompt.char_indices().rev().nth(39).map_or(0, |(at, _)| at);
    let tail = prompt.get(tail_start..).unwrap_or_default();
    PROMPT_END.as_ref().is_some_and(|regex| regex.occurs_in(tail))
}

/// Longest stretch behind or before a marker that may hold the answer, in bytes. A text of nothing but markers would
/// otherwise be read as many times as it has markers.
const MAX_SEGMENT_BYTES: usize = 1024;
/// Only so many markers are looked behind, the last ones of a text.
const MOST_MARKERS: usize = 256;

/// The first sentence of `text`, after empty lines.
fn sentence(text: &str) -> &str {
    let text = text.trim_start_matches(|c: char| c.is_whitespace() || c == ':');
    let text = text.get(..text.floor_char_boundary(MAX_SEGMENT_BYTES)).unwrap_or(text);
    let mut chars = text.char_indices().peekable();
    let mut previous = ' ';
    while let Some((at, c)) = chars.next() {
        let next = chars.peek().map(|(_, next)| *next);
        let ends = match c {
            '\n' => true,
            // "1." or "A." at the very beginning is a label, not a sentence.
            '.' if at <= 2 => false,
            '.' | '!' | '?' | '。' => {
                next.is_none_or(char::is_whitespace)
                    || (previous == '다' && next.is_some_and(|next| !next.is_ascii_digit()))
            }
            _ => false,
        };
        if ends {
            return text.get(..at).unwrap_or(text);
        }
        previous = c;
    }
    text
}

/// The last, unfinished sentence of `text`.
fn last_sentence(text: &str) -> &str {
    let cut = text.len().saturating_sub(MAX_SEGMENT_BYTES);
    let text = text.get(text.ceil_char_boundary(cut)..).unwrap_or(text);
    let start = text
        .char_indices()
        .rev()
        .find(|(at, c)| match c {
            '\n' => true,
            '.' | '!' | '?' => text.get(at + 1..).is_some_and(|rest| rest.starts_with(char::is_whitespace)),
            _ => false,
        })
        .map_or(0, |(at, c)| at + c.len_utf8());
    text.get(start..).unwrap_or(text)
}

/// What follows the last "1번이 아니라".
pub(super) fn without_denied(segment: &str) -> &str {
    ["아니라", "아니고"]
        .iter()
        .filter_map(|denial| segment.rfind(denial).map(|at| at + denial.len()))
        .max()
        .and_then(|at| segment.get(at..))
        .map_or(segment, str::trim_start)
}
