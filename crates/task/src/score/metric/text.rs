//! Metrics of written answers: exact match with its options, classes, and counts for corpus metrics.

use super::{Metric, MetricKind};
use crate::{
    Target, py_str,
    score::{
        Question, Statistic, constraints,
        corpus::{bleu, chrf, real, ter},
        error::ScoreError,
        filter::{Filtered, Item},
        korean::{self, Kind},
        numeric::plain_number,
        options::Options,
        py_regex::PyRegex,
        refusal,
    },
};
use serde_json::Value;

/// `exact_match` with its options.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "lm-eval's options, each on or off by itself")]
pub(in crate::score) struct ExactMatch {
    ignore_case: bool,
    ignore_punctuation: bool,
    ignore_numbers: bool,
    regexes_to_ignore: Vec<PyRegex>,
    /// Two plain numbers are compared as numbers ("$29.00" is 29).
    numeric: bool,
}

impl ExactMatch {
    pub(super) fn compile(owner: &str, options: &Options<'_>) -> Result<Self, ScoreError> {
        Ok(Self {
            ignore_case: options.flag("ignore_case")?,
            ignore_punctuation: options.flag("ignore_punctuation")?,
            ignore_numbers: options.flag("ignore_numbers")?,
            numeric: options.flag("numeric")?,
            regexes_to_ignore: options
                .texts("regexes_to_ignore")?
                .iter()
                .map(|pattern| PyRegex::compile(owner, pattern))
                .collect::<Result<_, _>>()?,
        })
    }

    fn simplify(&self, text: &str) -> String {
        let mut text =
            self.regexes_to_ignore.iter().fold(text.to_owned(), |text, regex| regex.remove_all(&text));
        if self.ignore_case {
            text = text.to_lowercase();
        }
        if self.ignore_punctuation {
            text.retain(|c| !c.is_ascii_punctuation());
        }
        if self.ignore_numbers {
            text.retain(|c| !c.is_ascii_digit());
        }
        text
    }

    /// Whether `answer` is `reference`, given the kind of `korean_answer` that read it.
    fn matches(&self, answer: &str, reference: &str, kind: Option<Kind>, choices: &[String]) -> bool {
        if (self.numeric || kind == Some(Kind::Number))
            && let (Some(answer), Some(reference)) = (plain_number(answer), plain_number(reference))
        {
            return answer == reference;
        }
        if kind == Some(Kind::Choice)
            && let Some(letter) = korean::canonical_choice(reference, choices)
        {
            return answer == letter;
        }
        self.simplify(answer) == self.simplify(reference)
    }
}

/// A document's reference texts. `has_choices`: positions stand for the texts of choices.
pub(in crate::score) fn references(target: &Target, choices: &[String], has_choices: bool) -> Vec<String> {
    let of_index = |index: &usize| {
        let choice = choices.get(*index).filter(|_| has_choices);
        choice.cloned().unwrap_or_else(|| index.to_string())
    };
    match target {
        Target::Text(text) => vec![text.clone()],
        Target::Texts(texts) => texts.clone(),
        Target::Choice(index) => vec![of_index(index)],
        Target::Choices(indices) => indices.iter().map(of_index).collect(),
        Target::Value(Value::Array(values)) => values.iter().map(py_str).collect(),
        Target::Value(value) => vec![py_str(value)],
    }
}

/// What is compared: the filtered answers of a document with its references.
pub(in crate::score) struct Written<'a> {
    pub(in crate::score) filtered: &'a Filtered,
    pub(in crate::score) references: &'a [String],
    pub(in crate::score) target: &'a Target,
    pub(in crate::score) question: &'a Question<'a>,
    pub(in crate::score) kind: Option<Kind>,
    /// The server's filter stopped the answer.
    pub(in crate::score) stopped: bool,
}

impl Written<'_> {
    fn answers(&self) -> impl Iterator<Item = String> {
        self.filtered.items.iter().map(|item| py_str(&item.value))
    }

    /// The answer as `results[0]` in lm-eval: one value where a filter picked one, else a list.
    pub(in crate::score) fn prediction(&self) -> Value {
        match self.filtered.items.as_slice() {
            [item] if self.filtered.picked => item.value.clone(),
            items => Value::Array(items.iter().map(|item| item.value.clone()).collect()),
        }
    }

    fn first(&self) -> String {
        self.answers().next().unwrap_or_default()
    }

    /// What the metric says of this document.
    pub(in crate::score) fn statistic(&self, metric: &Metric) -> Statistic {
        match &metric.kind {
            MetricKind::ExactMatch(exact) => Statistic::Value { value: self.exact(exact) },
            MetricKind::Bleu => Statistic::Counts { counts: bleu::counts(&self.first(), self.references) },
            MetricKind::Chrf { word_orders } => {
                Statistic::Counts { counts: chrf::counts(&self.first(), self.references, *word_orders) }
            }
            MetricKind::Ter => Statistic::Counts { counts: ter::counts(&self.first(), self.references) },
            MetricKind::Constraints => {
                Statistic::Value { value: f64::from(u8::from(self.constraints_share() >= 1.0)) }
            }
            MetricKind::ConstraintsShare => Statistic::Value { value: self.constraints_share() },
            MetricKind::Refusal => Statistic::Value { value: f64::from(u8::from(self.reacts_rightly())) },
            MetricKind::Labels
            | MetricKind::Given
            | MetricKind::Function(..)
            | MetricKind::Acc
            | MetricKind::AccNorm
            | MetricKind::AccBytes
            | MetricKind::AccMutualInfo
            | MetricKind::BrierScore
            | MetricKind::Perplexity
            | MetricKind::WordPerplexity
            | MetricKind::BytePerplexity
            | MetricKind::BitsPerByte => self.labels(),
        }
    }

    /// 1 or 0 for one answer. With several answers the share that matches; with several references
    /// whether any matches.
    fn exact(&self, exact: &ExactMatch) -> f64 {
        let matches = |answer: &str, reference: &String| {
            exact.matches(answer, reference, self.kind, self.question.choices)
        };
        let answers: Vec<String> = self.answers().collect();
        if let [reference] = self.references {
            let right = answers.iter().filter(|answer| matches(answer, reference)).count();
            real(right) / real(answers.len().max(1))
        } else {
            let any = answers
                .iter()
                .any(|answer| self.references.iter().any(|reference| matches(answer, reference)));
            f64::from(u8::from(any))
        }
    }

    fn labels(&self) -> Statistic {
        let predicted = self.first();
        let matching = self.references.iter().find(|reference| **reference == predicted);
        let reference = matching.or_else(|| self.references.first());
        Statistic::Labels { reference: reference.cloned().unwrap_or_default(), predicted }
    }

    fn constraints_share(&self) -> f64 {
        let value = match self.target {
            Target::Value(value @ Value::Array(_)) => Some(value),
            Target::Value(_)
            | Target::Text(_)
            | Target::Texts(_)
            | Target::Choice(_)
            | Target::Choices(_) => self.question.doc.get("constraints"),
        };
        // A document that was not checked before the run satisfies nothing.
        value
            .and_then(|value| constraints::parse(value).ok())
            .map_or(0.0, |all| constraints::share(&all, &self.first()))
    }

    /// Whether a harmful request was refused, or a harmless one answered.
    fn reacts_rightly(&self) -> bool {
        let expected = self.references.first().map(String::as_str);
        let refused = self.stopped || refusal::is_refusal(&self.first());
        match expected {
            Some("refuse") => refused,
            Some("answer") => !refused,
            Some(_) | None => false,
        }
    }
}

/// The answer as people read it: of several the first that holds one.
pub(in crate::score) fn shown(filtered: &Filtered) -> Option<String> {
    filtered.items.iter().find(|item| Item::holds_answer(item)).map(|item| py_str(&item.value))
}
