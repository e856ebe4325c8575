//! `multi_choice_regex`: a lettered answer, else a choice's text, else a letter after a colon.

use super::{
    Certainty, Item, options,
    step::{RegexStep, select},
};
use crate::py_str;
use crate::score::{
    Question,
    error::ScoreError,
    py_regex::{Found, PyRegex},
    py_text,
};
use serde_json::{Map, Value};
use std::{collections::BTreeMap, sync::LazyLock};

/// The filter with its options.
#[derive(Debug)]
pub(in crate::score) struct MultiChoice {
    direct: RegexStep,
    ignore_case: bool,
    ignore_punctuation: bool,
    regexes_to_ignore: Vec<PyRegex>,
}

static PUNCTUATION: LazyLock<Option<PyRegex>> =
    LazyLock::new(|| PyRegex::compile("multi_choice_regex", r"\p{P}").ok());

impl MultiChoice {
    pub(super) fn compile(owner: &str, values: &Map<String, Value>) -> Result<Self, ScoreError> {
        let known = [
            "regex_pattern",
            "group_select",
            "fallback",
            "ignore_case",
            "ignore_punctuation",
            "regexes_to_ignore",
        ];
        let options = options(owner, values, &known)?;
        Ok(Self {
            direct: RegexStep::compile(owner, &options)?,
            ignore_case: options.flag("ignore_case")?,
            ignore_punctuation: options.flag("ignore_punctuation")?,
            regexes_to_ignore: options
                .texts("regexes_to_ignore")?
                .iter()
                .map(|pattern| PyRegex::compile(owner, pattern))
                .collect::<Result<_, _>>()?,
        })
    }

    pub(super) fn apply(&self, text: &str, question: &Question<'_>) -> Item {
        let own = choices_of(question);
        let answer = self
            .by_pattern(text)
            .or_else(|| self.by_choice(text, &own))
            .or_else(|| self.by_letter(text, own.len()))
            .filter(|answer| !answer.is_empty());
        match answer {
            Some(answer) => Item::text(answer, Certainty::Found),
            None => Item::text(self.direct.fallback.clone(), Certainty::Nothing),
        }
    }

    /// What to tell people of its patterns.
    pub(super) fn problems(&self) -> Vec<String> {
        let patterns = std::iter::once(&self.direct.regex).chain(&self.regexes_to_ignore);
        patterns.filter_map(PyRegex::problem).collect()
    }

    fn by_pattern(&self, text: &str) -> Option<String> {
        let found = select(self.direct.regex.find_all(text), self.direct.group_select)?;
        let answer = match found {
            Found::One(text) => text,
            Found::Groups(groups) => groups.into_iter().find(|group| !group.is_empty())?,
        };
        Some(py_text::strip(&answer).to_owned()).filter(|answer| !answer.is_empty())
    }

    /// The text of a choice, wherever it stands; of choices that begin alike the longest.
    fn by_choice(&self, text: &str, choices: &[String]) -> Option<String> {
        let mut letter_of = BTreeMap::new();
        for (choice, letter) in choices.iter().zip('A'..) {
            letter_of.insert(self.simplify(py_text::strip(choice)), format!("({letter})"));
        }
        let mut longest_first: Vec<&String> = letter_of.keys().filter(|key| !key.is_empty()).collect();
        longest_first.sort_by_key(|choice| std::cmp::Reverse(choice.len()));
        let text = self.simplify(text);
        let mut found = Vec::new();
        let mut rest = text.as_str();
        while let Some(first) = rest.chars().next() {
            let here = longest_first.iter().find(|choice| rest.starts_with(choice.as_str()));
            let step = here.map_or(first.len_utf8(), |choice| choice.len());
            found.extend(here.map(|choice| (*choice).clone()));
            rest = rest.get(step..).unwrap_or_default();
        }
        let chosen = select(found, self.direct.group_select)?;
        let chosen = py_text::strip(&chosen);
        Some(letter_of.get(chosen).cloned().unwrap_or_else(|| chosen.to_owned()))
            .filter(|answer| !answer.is_empty())
    }

    /// A choice's letter after a colon.
    fn by_letter(&self, text: &str, choices: usize) -> Option<String> {
        let letters: Vec<char> = ('A'..).take(choices).collect();
        let found = text
            .match_indices(':')
            .filter_map(|(position, colon)| {
                let rest = text.get(position + colon.len()..)?;
                let next = rest.trim_start_matches(py_text::is_space).chars().next()?;
                letters.contains(&next).then_some(next)
            })
            .collect();
        select(found, self.direct.group_select).map(|letter| format!("({letter})"))
    }

    fn simplify(&self, text: &str) -> String {
        let mut text =
            self.regexes_to_ignore.iter().fold(text.to_owned(), |text, regex| regex.remove_all(&text));
        if self.ignore_case {
            text = text.to_lowercase();
        }
        match PUNCTUATION.as_ref().filter(|_| self.ignore_punctuation) {
            Some(punctuation) => punctuation.remove_all(&text),
            None => text,
        }
    }
}

/// The document's own `choices`, which lm-eval reads; the task's choices where it has none.
fn choices_of(question: &Question<'_>) -> Vec<String> {
    match question.doc.get("choices").and_then(Value::as_array) {
        Some(list) => list.iter().map(py_str).collect(),
        None => question.choices.to_vec(),
    }
}
