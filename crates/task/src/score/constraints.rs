//! Instructions that can be checked by program: `constraints`, daepyo's own metric.

use super::{corpus::real, error::ScoreError, py_text};
use serde::Deserialize;
use serde_json::Value;
use unicode_normalization::UnicodeNormalization;

/// One checkable instruction. Texts are compared in NFC, without white space around the answer.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Constraint {
    /// At most `n` characters, white space included.
    MaxChars {
        /// The limit.
        n: usize,
    },
    /// At least `n` characters, white space included.
    MinChars {
        /// The limit.
        n: usize,
    },
    /// At most `n` sentences.
    MaxSentences {
        /// The limit.
        n: usize,
    },
    /// At least `n` sentences.
    MinSentences {
        /// The limit.
        n: usize,
    },
    /// At most `n` words (어절).
    MaxWords {
        /// The limit.
        n: usize,
    },
    /// The text occurs.
    Contains {
        /// The text.
        text: String,
    },
    /// The text does not occur.
    NotContains {
        /// The text.
        text: String,
    },
    /// The answer begins with the text.
    StartsWith {
        /// The text.
        text: String,
    },
    /// The answer ends with the text.
    EndsWith {
        /// The text.
        text: String,
    },
    /// No letter of another script than Hangul.
    OnlyHangul {},
    /// No Latin letter.
    NoLatin {},
    /// No digit.
    NoDigits {},
    /// Exactly `n` lines that are not empty.
    Lines {
        /// How many.
        n: usize,
    },
    /// Exactly `n` lines that begin with "- ".
    BulletLines {
        /// How many.
        n: usize,
    },
    /// Exactly `n` lines that begin with a number, a full stop and a space.
    NumberedLines {
        /// How many.
        n: usize,
    },
    /// Every sentence ends formally: 습니다, ㅂ니다, 십시오 or 까.
    EndsFormal {},
    /// Every sentence ends plainly: 다, but not 습니다 or ㅂ니다.
    EndsPlain {},
    /// The answer is a JSON object with at least these keys (a code fence around it is allowed).
    JsonKeys {
        /// The keys.
        keys: Vec<String>,
    },
    /// The text occurs exactly `n` times.
    CountOf {
        /// The text.
        text: String,
        /// How many times.
        n: usize,
    },
}

/// Reads a document's list of constraints; an unknown kind, a missing field or an empty list is an error.
pub fn parse(value: &Value) -> Result<Vec<Constraint>, ScoreError> {
    let bad = |problem: String| ScoreError::BadTarget { problem };
    let list = value
        .as_array()
        .filter(|list| !list.is_empty())
        .ok_or_else(|| bad("`constraints` must be a list that is not empty".to_owned()))?;
    list.iter()
        .map(|entry| {
            Constraint::deserialize(entry).map_err(|error| bad(format!("constraint {entry}: {error}")))
        })
        .collect()
}

/// The share of constraints that `answer` satisfies; an empty answer satisfies none.
pub fn share(constraints: &[Constraint], answer: &str) -> f64 {
    let answer: String = answer.nfc().collect();
    let answer = answer.trim();
    if answer.is_empty() || constraints.is_empty() {
        return 0.0;
    }
    let satisfied = constraints.iter().filter(|constraint| constraint.holds(answer)).count();
    real(satisfied) / real(constraints.len())
}

impl Constraint {
    fn holds(&self, answer: &str) -> bool {
        let composed = |text: &str| text.nfc().collect::<String>();
        match self {
            Self::MaxChars { n } => answer.chars().count() <= *n,
            Self::MinChars { n } => answer.chars().count() >= *n,
            Self::MaxSentences { n } => sentences(answer).len() <= *n,
            Self::MinSentences { n } => sentences(answer).len() >= *n,
            Self::MaxWords { n } => py_text::words(answer).count() <= *n,
            Self::Contains { text } => answer.contains(&composed(text)),
            Self::NotContains { text } => !answer.contains(&composed(text)),
            Self::StartsWith { text } => answer.starts_with(&composed(text)),
            Self::EndsWith { text } => answer.ends_with(&composed(text)),
            Self::OnlyHangul {} => answer.chars().all(|c| !c.is_alphabetic() || is_hangul(c)),
            Self::NoLatin {} => !answer.chars().any(is_latin),
            Self::NoDigits {} => !answer.chars().any(char::is_numeric),
            Self::Lines { n } => lines(answer).count() == *n,
            Self::BulletLines { n } => lines(answer).filter(|line| line.starts_with("- ")).count() == *n,
            Self::NumberedLines { n } => lines(answer).filter(|line| is_numbered(line)).count() == *n,
            Self::EndsFormal {} => all_sentences(answer, ends_formally),
            Self::EndsPlain {} => all_sentences(answer, ends_plainly),
            Self::JsonKeys { keys } => has_keys(answer, keys),
            Self::CountOf { text, n } => {
                let text = composed(text);
                !text.is_empty() && answer.matches(&text).count() == *n
            }
        }
    }
}

const fn is_hangul(c: char) -> bool {
    matches!(c, '\u{1100}'..='\u{11ff}' | '\u{3130}'..='\u{318f}' | '\u{a960}'..='\u{a97f}'
        | '가'..='힣' | '\u{d7b0}'..='\u{d7ff}')
}

const fn is_latin(c: char) -> bool {
    matches!(c, 'a'..='z' | 'A'..='Z' | 'Ａ'..='Ｚ' | 'ａ'..='ｚ' | '\u{c0}'..='\u{24f}')
        && !matches!(c, '×' | '÷')
}

fn lines(answer: &str) -> impl Iterator<Item = &str> {
    answer.lines().map(str::trim).filter(|line| !line.is_empty())
}

fn is_numbered(line: &str) -> bool {
    let rest = line.trim_start_matches(|c: char| c.is_ascii_digit());
    rest.len() < line.len() && rest.starts_with(". ")
}

/// Sentences: they end with `.`, `!`, `?`, `。` or `…` before white space or the end, and with a line. A
/// number of a list ("1.") is not one.
fn sentences(answer: &str) -> Vec<&str> {
    let mut found = Vec::new();
    for line in lines(answer) {
        let mut start = 0;
        let mut chars = line.char_indices().peekable();
        while let Some((at, c)) = chars.next() {
            let closes = |next: char| next.is_whitespace() || "\"'”’」』)]".contains(next);
            let next = chars.peek().map(|(_, next)| *next);
            if !matches!(c, '.' | '!' | '?' | '。' | '…') || !next.is_none_or(closes) {
                continue;
            }
            let end = at + c.len_utf8();
            let sentence = line.get(start..end).unwrap_or_default();
            if is_number_of_list(sentence) {
                continue;
            }
            found.push(sentence);
            start = end;
        }
        found.push(line.get(start..).unwrap_or_default());
    }
    found.retain(|sentence| sentence.chars().any(char::is_alphanumeric));
    found
}

fn is_number_of_list(sentence: &str) -> bool {
    sentence.trim().strip_suffix('.').is_some_and(|number| number.chars().all(|c| c.is_ascii_digit()))
}

fn all_sentences(answer: &str, ends: impl Fn(&str) -> bool) -> bool {
    let sentences = sentences(answer);
    !sentences.is_empty()
        && sentences.iter().all(|sentence| ends(sentence.trim_end_matches(|c: char| !c.is_alphanumeric())))
}

/// Whether a syllable ends in ㅂ.
fn closes_with_bieup(c: char) -> bool {
    ('가'..='힣').contains(&c) && (u32::from(c) - u32::from('가')) % 28 == 17
}

fn is_formal_statement(sentence: &str) -> bool {
    sentence.strip_suffix("니다").and_then(|stem| stem.chars().next_back()).is_some_and(closes_with_bieup)
}

fn ends_formally(sentence: &str) -> bool {
    is_formal_statement(sentence) || sentence.ends_with("십시오") || sentence.ends_with('까')
}

fn ends_plainly(sentence: &str) -> bool {
    sentence.ends_with('다') && !is_formal_statement(sentence)
}

fn has_keys(answer: &str, keys: &[String]) -> bool {
    let inner = answer.strip_prefix("```").and_then(|rest| {
        let rest = rest.strip_prefix("json").unwrap_or(rest);
        rest.trim_end().strip_suffix("```")
    });
    let value: Result<Value, _> = serde_json::from_str(inner.unwrap_or(answer).trim());
    value.is_ok_and(|value| {
        let object = value.as_object();
        object.is_some_and(|object| keys.iter().all(|key| object.contains_key(key)))
    })
}
