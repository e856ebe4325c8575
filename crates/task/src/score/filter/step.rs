//! One filter step: its options, and what it does to the responses of a document.

use super::{Certainty, Item, multi_choice::MultiChoice, options, span};
use crate::hook::{HookError, HookFunction, Hooks, settings_without};
use crate::score::{
    Question,
    error::{ScoreError, nearest},
    korean::{self, Kind},
    py_regex::{Found, PyRegex},
    py_text,
};
use serde_json::{Map, Value};
use std::sync::{Arc, LazyLock};

/// What lm-eval's `regex` looks for where no pattern is written.
const DEFAULT_PATTERN: &str = r"#### (\-?[0-9\.\,]+)";
const NAMES: [&str; 12] = [
    "take_first",
    "take_first_k",
    "regex",
    "regex_pos",
    "remove_whitespace",
    "multi_choice_regex",
    "format_span",
    "majority_vote",
    "map",
    "lowercase",
    "uppercase",
    "korean_answer",
];

/// A compiled filter function.
#[derive(Debug)]
pub(in crate::score) enum Step {
    TakeFirst,
    TakeFirstK(usize),
    Regex(RegexStep),
    RegexPos { fallback: Value },
    RemoveWhitespace,
    MultiChoice(Box<MultiChoice>),
    FormatSpan,
    MajorityVote,
    Map { mapping: Map<String, Value>, default: Value },
    Lowercase,
    Uppercase,
    KoreanAnswer(Kind),
    Hook(HookStep),
}

/// A filter of the task's own, in Python. It sees one document at a time.
#[derive(Debug)]
pub(in crate::score) struct HookStep {
    hooks: Arc<Hooks>,
    function: HookFunction,
    settings: Map<String, Value>,
    /// `custom` with a `filter_fn`, which takes responses and documents itself.
    plain_function: bool,
}

impl HookStep {
    /// The step that `values` describe, where they name a Python function.
    fn of(values: &Map<String, Value>, hooks: &Arc<Hooks>) -> Option<Self> {
        let named = values.get("function")?;
        let custom = named.as_str() == Some("custom");
        let mark = if custom { values.get("filter_fn")? } else { named };
        Some(Self {
            hooks: Arc::clone(hooks),
            function: HookFunction::of_placed_mark(mark)?,
            settings: settings_without(values, &["function", "filter_fn"]),
            plain_function: custom,
        })
    }

    /// The answers that it gives, and whether it picked one of them.
    pub(super) fn apply(
        &self,
        items: &[Item],
        question: &Question<'_>,
    ) -> Result<(Vec<Item>, bool), HookError> {
        let responses: Vec<Value> = items.iter().map(|item| item.value.clone()).collect();
        let given = self.hooks.filter(
            &self.function,
            &[responses],
            &[question.doc],
            &self.settings,
            self.plain_function,
        )?;
        let item = |value: Value| {
            let nothing = match &value {
                Value::Null => true,
                Value::String(text) => text.is_empty() || text == "[invalid]",
                Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => false,
            };
            let certainty = if nothing { Certainty::Nothing } else { Certainty::Found };
            Item { value, certainty }
        };
        Ok(match given.into_iter().next() {
            Some(Value::Array(values)) => (values.into_iter().map(item).collect(), false),
            Some(value) => (vec![item(value)], true),
            None => (Vec::new(), false),
        })
    }
}

/// `regex`: all matches, one of them chosen, its first group that holds something.
#[derive(Debug)]
pub(in crate::score) struct RegexStep {
    pub(super) regex: PyRegex,
    pub(super) group_select: i64,
    pub(super) fallback: String,
}

impl Step {
    pub(super) fn compile(
        function: &Value,
        reads_text: bool,
        output_type: &'static str,
        hooks: Option<&Arc<Hooks>>,
    ) -> Result<Self, ScoreError> {
        if let Some(step) =
            function.as_object().zip(hooks).and_then(|(values, hooks)| HookStep::of(values, hooks))
        {
            if !reads_text {
                let filter = step.function.name;
                return Err(ScoreError::FilterUnsuitable { filter, output_type });
            }
            return Ok(Self::Hook(step));
        }
        let written = function
            .as_object()
            .and_then(|values| values.get("function")?.as_str().map(|name| (name, values)));
        let Some((name, values)) = written else {
            return Err(ScoreError::BadOption {
                owner: "filter_list".to_owned(),
                option: "function".to_owned(),
                expected: "the name of a filter",
            });
        };
        if !NAMES.contains(&name) {
            return Err(ScoreError::UnknownFilter { name: name.to_owned(), nearest: nearest(name, &NAMES) });
        }
        if !reads_text && !matches!(name, "take_first" | "take_first_k") {
            return Err(ScoreError::FilterUnsuitable { filter: name.to_owned(), output_type });
        }
        Self::build(name, values)
    }

    fn build(name: &str, values: &Map<String, Value>) -> Result<Self, ScoreError> {
        let plain = |step| options(name, values, &[]).map(|_| step);
        match name {
            "take_first" => plain(Self::TakeFirst),
            "remove_whitespace" => plain(Self::RemoveWhitespace),
            "format_span" => plain(Self::FormatSpan),
            "majority_vote" => plain(Self::MajorityVote),
            "lowercase" => plain(Self::Lowercase),
            "uppercase" => plain(Self::Uppercase),
            "take_first_k" => {
                let options = options(name, values, &["k"])?;
                usize::try_from(options.integer("k", 0)?)
                    .ok()
                    .filter(|k| *k > 0)
                    .map(Self::TakeFirstK)
                    .ok_or_else(|| options.reject("k", "a whole number from 1"))
            }
            "regex" => {
                let options = options(name, values, &["regex_pattern", "group_select", "fallback"])?;
                RegexStep::compile(name, &options).map(Self::Regex)
            }
            "regex_pos" => {
                // The pattern is fixed in lm-eval, whatever `regex_pattern` says.
                let options = options(name, values, &["regex_pattern", "group_select", "fallback"])?;
                let fallback = match options.any("fallback") {
                    Value::Null => serde_json::json!(["invalid"]),
                    written @ (Value::Bool(_)
                    | Value::Number(_)
                    | Value::String(_)
                    | Value::Array(_)
                    | Value::Object(_)) => written,
                };
                Ok(Self::RegexPos { fallback })
            }
            "multi_choice_regex" => MultiChoice::compile(name, values).map(Box::new).map(Self::MultiChoice),
            "map" => {
                let options = options(name, values, &["mapping_dict", "default_value"])?;
                Ok(Self::Map {
                    mapping: options.mapping("mapping_dict")?,
                    default: options.any("default_value"),
                })
            }
            _ => {
                let options = options(name, values, &["kind"])?;
                let kind = options.text("kind", "")?;
                Kind::parse(&kind)
                    .map(Self::KoreanAnswer)
                    .ok_or_else(|| options.reject("kind", "`number`, `choice` or `text`"))
            }
        }
    }

    /// What to tell people of the step's patterns so far.
    pub(super) fn problems(&self) -> Vec<String> {
        match self {
            Self::Regex(step) => step.regex.problem().into_iter().collect(),
            Self::MultiChoice(step) => step.problems(),
            Self::TakeFirst
            | Self::TakeFirstK(_)
            | Self::RegexPos { .. }
            | Self::RemoveWhitespace
            | Self::FormatSpan
            | Self::MajorityVote
            | Self::Map { .. }
            | Self::Lowercase
            | Self::Uppercase
            | Self::KoreanAnswer(_)
            | Self::Hook(_) => Vec::new(),
        }
    }

    pub(super) const fn extracts(&self) -> bool {
        match self {
            Self::Regex(_)
            | Self::RegexPos { .. }
            | Self::MultiChoice(_)
            | Self::FormatSpan
            | Self::Map { .. }
            | Self::Hook(_)
            | Self::KoreanAnswer(_) => true,
            Self::TakeFirst
            | Self::TakeFirstK(_)
            | Self::RemoveWhitespace
            | Self::MajorityVote
            | Self::Lowercase
            | Self::Uppercase => false,
        }
    }

    pub(super) const fn korean_kind(&self) -> Option<Kind> {
        if let Self::KoreanAnswer(kind) = self { Some(*kind) } else { None }
    }

    /// Whether the step drops responses unread, unlike a vote, which reads all of them.
    pub(super) const fn discards(&self) -> bool {
        matches!(self, Self::TakeFirst | Self::TakeFirstK(_))
    }

    pub(super) fn apply(&self, mut items: Vec<Item>, question: &Question<'_>) -> Vec<Item> {
        match self {
            // The pipeline asks it, since it can fail.
            Self::Hook(_) => {}
            Self::TakeFirst => items.truncate(1),
            Self::TakeFirstK(k) => items.truncate(*k),
            Self::MajorityVote => return majority(items),
            Self::Regex(step) => each_text(&mut items, |text| step.apply(text)),
            Self::RegexPos { fallback } => each_text(&mut items, |text| tags(text, fallback)),
            Self::MultiChoice(step) => each_text(&mut items, |text| step.apply(text, question)),
            Self::FormatSpan => {
                each_text(&mut items, |text| Item::text(span::format(text), Certainty::Found));
            }
            Self::RemoveWhitespace => keep_certainty(&mut items, |text| py_text::strip(text).to_owned()),
            Self::Lowercase => keep_certainty(&mut items, str::to_lowercase),
            Self::Uppercase => keep_certainty(&mut items, str::to_uppercase),
            Self::Map { mapping, default } => {
                for item in &mut items {
                    let mapped = item.value.as_str().and_then(|text| mapping.get(text));
                    if mapped.is_none() {
                        item.certainty = Certainty::Nothing;
                    }
                    item.value = mapped.unwrap_or(default).clone();
                }
            }
            Self::KoreanAnswer(kind) => each_text(&mut items, |text| {
                let answer = korean::extract(text, *kind, question.prompt, question.choices);
                match answer {
                    Some(answer) if answer.marked => Item::text(answer.text, Certainty::Found),
                    Some(answer) => Item::text(answer.text, Certainty::Guess),
                    None => Item::text("[invalid]".to_owned(), Certainty::Nothing),
                }
            }),
        }
        items
    }
}

/// Replaces every item by what `read` makes of its text; what is not text reads as empty.
fn each_text(items: &mut [Item], read: impl Fn(&str) -> Item) {
    for item in items {
        let before = item.certainty;
        *item = read(item.value.as_str().unwrap_or_default());
        item.certainty = item.certainty.min(before);
    }
}

fn keep_certainty(items: &mut [Item], change: impl Fn(&str) -> String) {
    for item in items {
        if let Value::String(text) = &item.value {
            item.value = Value::String(change(text));
        }
    }
}

/// The most frequent value; of equally frequent ones the first.
fn majority(items: Vec<Item>) -> Vec<Item> {
    let mut counts: Vec<(Item, usize)> = Vec::new();
    for item in items {
        match counts.iter_mut().find(|(seen, _)| seen.value == item.value) {
            Some((seen, count)) => {
                *count += 1;
                seen.certainty = seen.certainty.max(item.certainty);
            }
            None => counts.push((item, 1)),
        }
    }
    let most = counts.iter().map(|(_, count)| *count).max();
    counts.into_iter().find(|(_, count)| Some(*count) == most).map(|(item, _)| item).into_iter().collect()
}

static TAGGED: LazyLock<Option<PyRegex>> =
    LazyLock::new(|| PyRegex::compile("regex_pos", r"\('([^']*)', '([^']*)'\)").ok());

/// The second parts of all `('token', 'tag')` in a text.
fn tags(text: &str, fallback: &Value) -> Item {
    let tags: Vec<Value> = TAGGED
        .as_ref()
        .map(|regex| regex.find_all(text))
        .unwrap_or_default()
        .into_iter()
        .filter_map(|found| match found {
            Found::Groups(groups) => groups.into_iter().nth(1).map(Value::String),
            Found::One(_) => None,
        })
        .collect();
    if tags.is_empty() {
        Item { value: fallback.clone(), certainty: Certainty::Nothing }
    } else {
        Item { value: Value::Array(tags), certainty: Certainty::Found }
    }
}

impl RegexStep {
    pub(super) fn compile(
        owner: &str,
        options: &crate::score::options::Options<'_>,
    ) -> Result<Self, ScoreError> {
        Ok(Self {
            regex: PyRegex::compile(owner, &options.text("regex_pattern", DEFAULT_PATTERN)?)?,
            group_select: options.integer("group_select", 0)?,
            fallback: options.text("fallback", "[invalid]")?,
        })
    }

    fn apply(&self, text: &str) -> Item {
        let found = select(self.regex.find_all(text), self.group_select);
        let answer = found.and_then(|found| match found {
            Found::One(text) => Some(text),
            Found::Groups(groups) => groups.into_iter().find(|group| !group.is_empty()),
        });
        match answer {
            Some(answer) => Item::text(py_text::strip(&answer).to_owned(), Certainty::Found),
            None => Item::text(self.fallback.clone(), Certainty::Nothing),
        }
    }
}

/// The element at `index`, counted from the end where it is negative.
pub(super) fn select<T>(mut list: Vec<T>, index: i64) -> Option<T> {
    let position = if index < 0 { i64::try_from(list.len()).ok()?.checked_add(index)? } else { index };
    let position = usize::try_from(position).ok()?;
    (position < list.len()).then(|| list.swap_remove(position))
}
