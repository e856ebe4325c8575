//! Reads one table of the file by its [`Section`], noting every problem and going on.

use crate::layout::{Kind, Section, Variant};
use crate::problem::{Code, Problem, nearest};
use daepyo_messages::{Argument, Explain, Message};
use std::cell::RefCell;
use std::ops::Range;
use std::str::FromStr;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A value with the place it was read from.
#[derive(Clone, Debug)]
pub(crate) struct At<T> {
    pub(crate) value: T,
    pub(crate) span: Range<usize>,
}

/// All problems found so far.
#[derive(Debug, Default)]
pub(crate) struct Problems(RefCell<Vec<Problem>>);

impl Problems {
    pub(crate) fn push(&self, problem: Problem) {
        self.0.borrow_mut().push(problem);
    }

    /// The problems by place, each once.
    pub(crate) fn into_sorted(self) -> Vec<Problem> {
        let mut problems = self.0.into_inner();
        problems.sort_by_key(|problem| (problem.span.start, problem.span.end, problem.code));
        problems.dedup();
        problems
    }
}

/// One table of the file with what it should hold.
#[derive(Clone)]
pub(crate) struct Table<'a> {
    section: &'static Section,
    entries: &'a DeTable<'a>,
    pub(crate) span: Range<usize>,
    problems: &'a Problems,
}

impl<'a> Table<'a> {
    /// Wraps a table; notes unknown and missing keys at once.
    pub(crate) fn new(
        section: &'static Section,
        table: &'a DeTable<'a>,
        span: Range<usize>,
        problems: &'a Problems,
    ) -> Self {
        let names = section.names();
        let mut mistyped = Vec::new();
        for (key, _) in table {
            let name = key.get_ref().as_ref();
            if section.key(name).is_none() {
                mistyped.extend(nearest(name, &names));
                problems.push(Problem::unknown_key(key.span(), section.name, name, &names));
            }
        }
        for key in section.keys.iter().filter(|key| key.required) {
            // A missing digest of a candidate has a code and words of its own.
            let own_words = section.name.en == "[[candidates]]" && key.name == "digest";
            // A mistyped key is one problem, not two.
            if table.get(key.name).is_none() && !own_words && !mistyped.contains(&key.name) {
                problems.push(
                    Problem::new(Code::MissingKey, span.clone())
                        .with("section", section.name)
                        .with("key", key.name)
                        .with("about", key.about),
                );
            }
        }
        Self { section, entries: table, span, problems }
    }

    fn about(&self, key: &str) -> Argument {
        self.section.key(key).map_or_else(|| Argument::from(""), |key| key.about.into())
    }

    fn value(&self, key: &str) -> Option<&'a Spanned<DeValue<'a>>> {
        debug_assert!(
            self.section.key(key).is_some(),
            "`{key}` is not in the layout of {}",
            self.section.name.en
        );
        self.entries.get(key)
    }

    /// Notes a value of another type than `expected`, the id of the message with its name.
    fn wrong_type(&self, key: &str, expected: &'static str, value: &Spanned<DeValue<'_>>) {
        self.problems.push(
            Problem::new(Code::WrongType, value.span())
                .with("key", key)
                .with("expected", Message::new(expected))
                .with("found", Message::new(type_of(value.get_ref())))
                .with("about", self.about(key)),
        );
    }

    fn as_text(&self, key: &str, value: &'a Spanned<DeValue<'a>>) -> Option<At<&'a str>> {
        if let Some(text) = value.get_ref().as_str() {
            return Some(At { value: text, span: value.span() });
        }
        self.wrong_type(key, "type-text", value);
        None
    }

    /// The place of a key's value, or of the table where there is none.
    pub(crate) fn place(&self, key: &str) -> Range<usize> {
        self.entries.get(key).map_or_else(|| self.span.clone(), Spanned::span)
    }

    pub(crate) fn has(&self, key: &str) -> bool {
        self.entries.contains_key(key)
    }

    /// Text that is not empty.
    pub(crate) fn text(&self, key: &str) -> Option<At<String>> {
        let text = self.as_text(key, self.value(key)?)?;
        if text.value.trim().is_empty() {
            self.note_bad(key, &text, Message::new("reason-empty"));
            return None;
        }
        Some(At { value: text.value.to_owned(), span: text.span })
    }

    /// Text that is not empty, where the key is there at all.
    pub(crate) fn optional(&self, key: &str) -> Option<At<String>> {
        if self.has(key) { self.text(key) } else { None }
    }

    /// Text that parses as `T`: an id, a date, a digest, a model spec.
    pub(crate) fn parsed<T: FromStr<Err: Explain>>(&self, key: &str) -> Option<At<T>> {
        let text = self.as_text(key, self.value(key)?)?;
        self.parse_at(key, &text)
    }

    pub(crate) fn parse_at<T: FromStr<Err: Explain>>(&self, key: &str, text: &At<&str>) -> Option<At<T>> {
        match text.value.parse() {
            Ok(value) => Some(At { value, span: text.span.clone() }),
            Err(error) => {
                self.note_bad(key, text, error.explain());
                None
            }
        }
    }

    fn note_bad(&self, key: &str, text: &At<&str>, reason: Message) {
        self.problems.push(
            Problem::new(Code::BadValue, text.span.clone())
                .with("key", key)
                .with("value", text.value)
                .with("reason", reason)
                .with("about", self.about(key)),
        );
    }

    pub(crate) fn flag(&self, key: &str) -> Option<bool> {
        let value = self.value(key)?;
        if let Some(flag) = value.get_ref().as_bool() {
            return Some(flag);
        }
        self.wrong_type(key, "type-flag", value);
        None
    }

    /// A whole number within the layout's range.
    pub(crate) fn integer(&self, key: &str) -> Option<At<u64>> {
        let value = self.value(key)?;
        let Some(number) = value.get_ref().as_integer() else {
            self.wrong_type(key, "type-whole-number", value);
            return None;
        };
        let Some(Kind::Integer(low, high)) = self.section.key(key).map(|key| key.kind) else {
            return None;
        };
        let text = number.to_string();
        let parsed = u64::from_str_radix(&number.as_str().replace('_', ""), number.radix()).ok();
        match parsed {
            Some(n) if (low..=high).contains(&n) => Some(At { value: n, span: value.span() }),
            Some(_) | None => {
                let upper = if high >= i64::MAX as u64 { "…".to_owned() } else { high.to_string() };
                self.note_range(key, &text, &format!("{low} … {upper}"), value.span());
                None
            }
        }
    }

    /// A whole number that fits 32 bits.
    pub(crate) fn count(&self, key: &str) -> Option<u32> {
        self.integer(key).and_then(|at| u32::try_from(at.value).ok())
    }

    /// A number within the layout's range.
    pub(crate) fn number(&self, key: &str) -> Option<At<f64>> {
        let value = self.value(key)?;
        let number = self.as_number(key, value)?;
        let Some(Kind::Number { low, high, above_low }) = self.section.key(key).map(|key| key.kind) else {
            return None;
        };
        if number.is_finite() && number <= high && (number > low || (!above_low && number >= low)) {
            return Some(At { value: number, span: value.span() });
        }
        let lower = if low <= f64::MIN { "…".to_owned() } else { low.to_string() };
        let upper = if high >= f64::MAX { "…".to_owned() } else { high.to_string() };
        let sign = if above_low { "> " } else { "" };
        self.note_range(key, &number.to_string(), &format!("{sign}{lower} … {upper}"), value.span());
        None
    }

    fn as_number(&self, key: &str, value: &Spanned<DeValue<'_>>) -> Option<f64> {
        let text = match value.get_ref() {
            DeValue::Integer(number) if number.radix() == 10 => number.as_str().replace('_', ""),
            DeValue::Float(number) => number.as_str().replace('_', ""),
            DeValue::Integer(_)
            | DeValue::String(_)
            | DeValue::Boolean(_)
            | DeValue::Datetime(_)
            | DeValue::Array(_)
            | DeValue::Table(_) => {
                self.wrong_type(key, "type-number", value);
                return None;
            }
        };
        text.parse().ok()
    }

    pub(crate) fn note_range(&self, key: &str, value: &str, range: &str, span: Range<usize>) {
        self.problems.push(
            Problem::new(Code::OutOfRange, span)
                .with("key", key)
                .with("value", value)
                .with("range", range)
                .with("about", self.about(key)),
        );
    }

    /// One of the layout's words.
    pub(crate) fn word(&self, key: &str) -> Option<At<String>> {
        let text = self.as_text(key, self.value(key)?)?;
        let (Kind::Word(words) | Kind::Words(words)) = self.section.key(key)?.kind else {
            return None;
        };
        self.word_at(key, &text, words)
    }

    fn word_at(&self, key: &str, text: &At<&str>, words: &[&str]) -> Option<At<String>> {
        if words.contains(&text.value) {
            return Some(At { value: text.value.to_owned(), span: text.span.clone() });
        }
        let near = nearest(text.value, words).or_else(|| words.first().copied()).unwrap_or_default();
        self.problems.push(
            Problem::new(Code::UnknownWord, text.span.clone())
                .with("key", key)
                .with("value", text.value)
                .with("known", words.join(", "))
                .with("near", near),
        );
        None
    }

    /// A list that is not empty, entry by entry.
    pub(crate) fn list(&self, key: &str) -> Vec<&'a Spanned<DeValue<'a>>> {
        let Some(value) = self.value(key) else {
            return Vec::new();
        };
        let Some(array) = value.get_ref().as_array() else {
            self.wrong_type(key, "type-list", value);
            return Vec::new();
        };
        if array.is_empty() {
            let problem = Problem::new(Code::TooFew, value.span());
            self.problems.push(problem.with("key", key).with("about", self.about(key)));
        }
        array.iter().collect()
    }

    /// How many entries a list has, whatever they are.
    pub(crate) fn listed(&self, key: &str) -> usize {
        self.entries.get(key).and_then(|value| value.get_ref().as_array()).map_or(0, |array| array.len())
    }

    /// A list of text.
    pub(crate) fn texts(&self, key: &str) -> Vec<At<&'a str>> {
        self.list(key).into_iter().filter_map(|value| self.as_text(key, value)).collect()
    }

    /// A list of the layout's words.
    pub(crate) fn words(&self, key: &str) -> Vec<At<String>> {
        let Some(Kind::Words(words)) = self.section.key(key).map(|key| key.kind) else {
            return Vec::new();
        };
        self.texts(key).iter().filter_map(|text| self.word_at(key, text, words)).collect()
    }

    /// The table behind a key.
    pub(crate) fn table(&self, key: &str) -> Option<Self> {
        let Some(Kind::Table(section)) = self.section.key(key).map(|key| key.kind) else {
            return None;
        };
        let value = self.value(key)?;
        self.as_table(key, section, value)
    }

    /// Any value as a table of `section`.
    pub(crate) fn as_table(
        &self,
        key: &str,
        section: &'static Section,
        value: &'a Spanned<DeValue<'a>>,
    ) -> Option<Self> {
        let Some(table) = value.get_ref().as_table() else {
            self.wrong_type(key, "type-table", value);
            return None;
        };
        Some(Self::new(section, table, value.span(), self.problems))
    }

    /// The tables of a list, each by the section of the key or of its `kind`.
    pub(crate) fn tables(&self, key: &str) -> Vec<Self> {
        let kind = self.section.key(key).map(|key| key.kind);
        let values = self.list(key);
        let one = |value| match kind {
            Some(Kind::Tables(section)) => self.as_table(key, section, value),
            Some(Kind::Variants(variants)) => self.variant(key, variants, value),
            Some(_) | None => None,
        };
        values.into_iter().filter_map(one).collect()
    }

    fn variant(&self, key: &str, variants: &[Variant], value: &'a Spanned<DeValue<'a>>) -> Option<Self> {
        let Some(table) = value.get_ref().as_table() else {
            self.wrong_type(key, "type-table", value);
            return None;
        };
        let words: Vec<_> = variants.iter().map(|variant| variant.kind).collect();
        let Some(kind) = table.get("kind") else {
            self.problems.push(
                Problem::new(Code::MissingKey, value.span())
                    .with("section", format!("[[stages.{key}]]"))
                    .with("key", "kind")
                    .with("about", words.join(", ")),
            );
            return None;
        };
        let text = self.as_text("kind", kind)?;
        let word = self.word_at("kind", &text, &words)?;
        let variant = variants.iter().find(|variant| variant.kind == word.value)?;
        Some(Self::new(variant.section, table, value.span(), self.problems))
    }

    pub(crate) fn problems(&self) -> &'a Problems {
        self.problems
    }

    pub(crate) fn text_of(&self, key: &str, value: &'a Spanned<DeValue<'a>>) -> Option<At<&'a str>> {
        self.as_text(key, value)
    }

    pub(crate) fn number_of(&self, key: &str, value: &'a Spanned<DeValue<'a>>) -> Option<f64> {
        self.as_number(key, value)
    }

    pub(crate) fn raw(&self, key: &str) -> Option<&'a Spanned<DeValue<'a>>> {
        self.value(key)
    }
}

/// The message that names a value's type.
fn type_of(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "type-text",
        DeValue::Integer(_) => "type-whole-number",
        DeValue::Float(_) => "type-fraction",
        DeValue::Boolean(_) => "type-flag",
        DeValue::Datetime(_) => "type-date",
        DeValue::Array(_) => "type-list",
        DeValue::Table(_) => "type-table",
    }
}
