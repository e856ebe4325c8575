//! Labels of choices: ①–⑳, 1번, 가/나/다, ㄱ/ㄴ, A–H, and a choice's own text.

use crate::score::py_regex::PyRegex;
use std::sync::LazyLock;
use unicode_normalization::UnicodeNormalization;

const SYLLABLES: [char; 8] = ['가', '나', '다', '라', '마', '바', '사', '아'];
const JAMO: [char; 8] = ['ㄱ', 'ㄴ', 'ㄷ', 'ㄹ', 'ㅁ', 'ㅂ', 'ㅅ', 'ㅇ'];
const OPENING: &str = "([{<「『\"'“‘$ ";
const CLOSING: &str = ")]}>」』\"'”’.,:;!?$";
/// What may follow a bare label directly.
const ENDINGS: [&str; 15] = [
    "번",
    "입니다",
    "이다",
    "이에요",
    "예요",
    "임",
    "항",
    "이며",
    "이고",
    "가 ",
    "이 ",
    "는 ",
    "은 ",
    "라고",
    "이라고",
];

/// How a label at the beginning of a text may go on.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Strictness {
    /// After a marker.
    Marked,
    /// At the very beginning of an unmarked text.
    Bare,
}

static EXPLICIT: LazyLock<Option<PyRegex>> = LazyLock::new(|| {
    let pattern = [
        "[①-⑳❶-❿㉠-㉧㉮-㉵⑴-⒇]",
        r"\((?:[A-Ha-h]|[1-9]|[가나다라마바사아]|[ㄱ-ㅇ])\)",
        r"(?<![0-9.,])(?:1[0-9]|20|[1-9])(?=\s?번(?!째|지|의|씩|을\s|만))",
        r"(?<![A-Za-z])(?:[B-H](?![A-Za-z'’])|A(?![A-Za-z'’]|\s[a-z]))",
        r"(?<![ㄱ-ㅎ가-힣])[ㄱㄴㄷㄹㅁㅂㅅㅇ](?![ㄱ-ㅎ])",
    ]
    .join("|");
    PyRegex::compile("korean_answer", &pattern).ok()
});

/// The label that a marked stretch gives, as a capital letter ("C", or "A,C" for several jamo).
pub(super) fn in_segment(segment: &str, before: bool, choices: &[String]) -> Option<String> {
    if before {
        return explicit(segment).pop().or_else(|| by_text(segment, choices));
    }
    let segment = super::marker::without_denied(segment);
    label(segment, Strictness::Marked)
        .or_else(|| {
            let found = explicit(segment);
            found.into_iter().next()
        })
        .or_else(|| by_text(segment, choices))
}

/// The label that a text begins with; `asked`: the prompt ends by asking for it.
pub(super) fn at_start(text: &str, asked: bool, choices: &[String]) -> Option<String> {
    let line = text.trim_start().lines().next().unwrap_or_default();
    label(line, Strictness::Bare).or_else(|| {
        let exact = asked.then(|| choices.iter().position(|choice| same(choice, line))).flatten();
        exact.and_then(letter)
    })
}

/// The last label of a text, else the one choice whose text occurs in it.
pub(super) fn last(text: &str, choices: &[String]) -> Option<String> {
    explicit(text).pop().or_else(|| by_text(text, choices))
}

/// The canonical letter of a reference answer: a label, or the text of a choice.
pub(in crate::score) fn canonical(reference: &str, choices: &[String]) -> Option<String> {
    let plain: String = super::clean::clean(reference);
    let plain = plain.trim();
    label(plain, Strictness::Bare)
        .filter(|_| plain.chars().count() <= 4 || plain.contains(','))
        .or_else(|| choices.iter().position(|choice| same(choice, plain)).and_then(letter))
}

fn same(choice: &str, text: &str) -> bool {
    let choice: String = choice.nfc().collect();
    choice.trim() == text.trim().trim_end_matches('.')
}

fn letter(index: usize) -> Option<String> {
    ('A'..='Z').nth(index).map(String::from)
}

/// The index of a single label sign.
fn index_of(c: char) -> Option<usize> {
    let from = |first: char, last: char| {
        (first..=last).contains(&c).then(|| usize::try_from(u32::from(c) - u32::from(first)).ok()).flatten()
    };
    [('①', '⑳'), ('❶', '❿'), ('⑴', '⒇'), ('㉠', '㉧'), ('㉮', '㉵'), ('A', 'H'), ('a', 'h')]
        .into_iter()
        .find_map(|(first, last)| from(first, last))
        .or_else(|| SYLLABLES.iter().position(|syllable| *syllable == c))
        .or_else(|| JAMO.iter().position(|jamo| *jamo == c))
}

/// The label that `text` begins with.
fn label(text: &str, strictness: Strictness) -> Option<String> {
    let mut rest = text.trim_start();
    for word in ["보기", "선택지", "번호", "항목", "옵션", "option", "Option", "choice", "Choice"]
    {
        rest = rest.strip_prefix(word).unwrap_or(rest).trim_start();
    }
    let inner = rest.trim_start_matches(|c| OPENING.contains(c));
    let enclosed = inner.len() < rest.len();
    let first = inner.chars().next()?;
    if strictness == Strictness::Bare && has_particle(inner, first) {
        return None;
    }
    if first.is_ascii_digit() {
        return digit_label(inner);
    }
    if JAMO.contains(&first) {
        return jamo_list(inner);
    }
    let index = index_of(first)?;
    let after = inner.get(first.len_utf8()..)?;
    let stands_alone = match first {
        'A'..='H' => upper_stands_alone(after, strictness),
        'a'..='h' => after.is_empty() || after.starts_with(|c| CLOSING.contains(c)),
        _ if SYLLABLES.contains(&first) => syllable_stands_alone(after, enclosed),
        _ => true,
    };
    stands_alone.then(|| letter(index)).flatten()
}

/// Whether the label is a part of a sentence ("①은 틀렸고", "3번과"), and not the answer by itself.
fn has_particle(text: &str, first: char) -> bool {
    let after = if first.is_ascii_digit() {
        text.trim_start_matches(|c: char| c.is_ascii_digit())
    } else {
        text.get(first.len_utf8()..).unwrap_or_default()
    };
    let after = after.strip_prefix('번').unwrap_or(after);
    let copula = ["이다", "이에요", "이며", "이고", "이라고"];
    after.starts_with(['은', '는', '도', '가', '과', '와', '을', '를', '만', '의', '이'])
        && !copula.iter().any(|copula| after.starts_with(copula))
}

fn upper_stands_alone(after: &str, strictness: Strictness) -> bool {
    let mut chars = after.chars();
    match chars.next() {
        Some('\'' | '’') => false,
        Some(c) if c.is_ascii_alphanumeric() => false,
        // "A dog": an article unless a marker stands before.
        Some(' ') => {
            strictness == Strictness::Marked || !chars.next().is_some_and(|next| next.is_ascii_lowercase())
        }
        Some(_) | None => true,
    }
}

fn syllable_stands_alone(after: &str, enclosed: bool) -> bool {
    after.is_empty()
        || after.starts_with(|c| CLOSING.contains(c) || c == '\n')
        || (!enclosed && ENDINGS.iter().any(|ending| after.starts_with(ending)))
        || after.trim().is_empty()
}

/// A number from 1 to 20 that counts nothing ("3", "3번", not "3개").
fn digit_label(text: &str) -> Option<String> {
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (digits, after) = text.split_at(digits);
    let index = digits.parse::<usize>().ok().filter(|number| (1..=20).contains(number))?;
    let decimal = after.starts_with(['.', ',']) && after.chars().nth(1).is_some_and(|c| c.is_ascii_digit());
    let counted =
        after.trim_start().starts_with(|c: char| ('가'..='힣').contains(&c) || c.is_ascii_alphabetic());
    let named = ENDINGS.iter().any(|ending| after.starts_with(ending)) || after.starts_with(" 번");
    // "3. 세종대왕", "3) 세종대왕", "3 세종대왕"
    let separated = after.starts_with(' ') && after.trim_start().starts_with(|c: char| c.is_alphabetic());
    let plain = !decimal && !after.starts_with(['/', '%', '^', '+', '×', '*', '=']);
    (plain && (named || separated || !counted)).then(|| letter(index - 1)).flatten()
}

/// "ㄱ, ㄷ" and the like.
fn jamo_list(text: &str) -> Option<String> {
    let mut letters = Vec::new();
    for c in text.chars() {
        match JAMO.iter().position(|jamo| *jamo == c) {
            Some(index) => letters.extend(letter(index)),
            None if matches!(c, ',' | '·' | ' ' | '와' | '과' | '및' | '/') => {}
            None => break,
        }
    }
    letters.sort();
    letters.dedup();
    (!letters.is_empty()).then(|| letters.join(","))
}

/// Every explicit label of a text.
fn explicit(text: &str) -> Vec<String> {
    let Some(regex) = EXPLICIT.as_ref() else {
        return Vec::new();
    };
    regex
        .ranges(text)
        .into_iter()
        .filter_map(|range| {
            let found = text.get(range)?.trim_matches(['(', ')']);
            match found.parse::<usize>() {
                Ok(number) => letter(number.checked_sub(1)?),
                Err(_) => found.chars().next().and_then(index_of).and_then(letter),
            }
        })
        .collect()
}

/// The one choice whose text occurs; of choices that contain each other the longest.
fn by_text(text: &str, choices: &[String]) -> Option<String> {
    let found: Vec<(usize, String)> = choices
        .iter()
        .enumerate()
        .map(|(index, choice)| (index, choice.trim().nfc().collect::<String>()))
        .filter(|(_, choice)| choice.chars().count() >= 2 && text.contains(choice.as_str()))
        .collect();
    let longest = found.iter().max_by_key(|(_, choice)| choice.len())?;
    let only = found.iter().all(|(_, choice)| longest.1.contains(choice.as_str()));
    only.then(|| letter(longest.0)).flatten()
}
